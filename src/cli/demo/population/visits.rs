//! Four years of visits of a drawn patient, and what was measured in them.

use super::codes::*;
use super::dice::Dice;
use super::network::ADVANCED_NURSE;
use super::network::GPS;
use super::network::MIDWIFE;
use super::network::NURSES;
use super::regular::Profile;
use super::resources::Answer;
use super::resources::Chart;
use super::resources::Visit;
use super::resources::clock;
use super::resources::hundredths;
use super::resources::tenths;
use crate::domain::calendar::Day;
use crate::domain::fact::Sex;

const WINDOW: i32 = 4 * 365;

/// A laboratory result; mean and spread are in units of its last decimal.
struct Analysis {
    code: Code,
    unit: &'static str,
    mean: i32,
    spread: i32,
    decimals: Decimals,
}

#[derive(Clone, Copy)]
enum Decimals {
    Zero,
    One,
    Two,
}

const PANEL: [Analysis; 5] = [
    Analysis { code: loinc("13457-7", "LDL calculé"), unit: "g/L", mean: 125, spread: 60, decimals: Decimals::Two },
    Analysis { code: loinc("4548-4", "HbA1c"), unit: "%", mean: 57, spread: 12, decimals: Decimals::One },
    Analysis { code: loinc("1558-6", "Glycémie à jeun"), unit: "g/L", mean: 96, spread: 27, decimals: Decimals::Two },
    Analysis {
        code: loinc("62238-1", "DFG estimé"),
        unit: "mL/min/{1.73_m2}",
        mean: 84,
        spread: 36,
        decimals: Decimals::Zero,
    },
    Analysis {
        code: loinc("9318-7", "Albumine/créatinine"),
        unit: "mg/g",
        mean: 14,
        spread: 12,
        decimals: Decimals::Zero,
    },
];

/// Names what one visit records: `o-3-imc`.
struct Sheet<'a> {
    chart: &'a mut Chart,
    rank: usize,
    when: String,
}

impl Sheet<'_> {
    fn note(&mut self, name: &str, code: Code, answer: Answer) {
        self.chart.observation(&format!("o-{}-{name}", self.rank), &[code], &self.when, answer);
    }
}

pub(super) fn visits(dice: &mut Dice, profile: &Profile, chart: &mut Chart) {
    let days = days(dice, profile);
    let height = height(dice, profile);
    let corpulence = dice.around(245, 75) + profile.burden as i32 * 8;
    for (rank, day) in days.into_iter().enumerate() {
        let when = visit(dice, profile, chart, (rank, day));
        let mut sheet = Sheet { chart, rank, when };
        vital_signs(dice, profile, &mut sheet, (height, corpulence));
        habits(dice, profile, &mut sheet);
        scores(dice, profile, &mut sheet);
        if profile.age >= 30 && dice.chance(220) {
            laboratory(dice, &mut sheet);
        }
        appointments(dice, profile, chart, (rank, day));
    }
}

/// The days of the visits, in order.
fn days(dice: &mut Dice, profile: &Profile) -> Vec<Day> {
    let window = profile.as_of.days_since(profile.born).min(WINDOW);
    let mut per_window = [7, 5, 8, 12][profile.class()] + profile.burden as i32 * 2;
    if profile.age < 2 {
        per_window = 12 * window / 730;
    }
    // Some registered and never came; a few come very often.
    let count = match dice.weighted(&[60, 900, 40]) {
        0 => 0,
        1 => dice.around(per_window, per_window),
        _ => per_window * 3,
    };
    let mut days: Vec<Day> = (0..count.clamp(0, 48)).map(|_| profile.past(dice, window)).collect();
    days.sort();
    days
}

fn height(dice: &mut Dice, profile: &Profile) -> i32 {
    let adult = if profile.sex == Sex::Female { 163 } else { 176 };
    match profile.age {
        ..18 => 52 + (adult - 52) * i32::from(profile.age) / 18,
        _ => dice.around(adult, 18),
    }
}

fn practitioner(dice: &mut Dice, profile: &Profile) -> &'static str {
    match dice.weighted(&[700, 90, 80, 90, 40]) {
        0 => profile.doctor,
        1 => dice.pick(&GPS),
        2 if profile.sex == Sex::Female && profile.age >= 15 => MIDWIFE,
        2 => profile.doctor,
        3 => dice.pick(&NURSES),
        _ => ADVANCED_NURSE,
    }
}

/// Adds the visit and answers when its measures were made.
fn visit(dice: &mut Dice, profile: &Profile, chart: &mut Chart, (rank, day): (usize, Day)) -> String {
    let class = match dice.weighted(&[860, 120, 20]) {
        1 => REMOTE,
        2 => HOME,
        _ if profile.age >= 80 && dice.chance(300) => HOME,
        _ => AMB,
    };
    let (start, end) = times(dice, profile, day);
    let practitioner = practitioner(dice, profile);
    let reason = if dice.chance(40) { Some(cim10("Z71.3", "Conseils diététiques")) } else { None };
    let visit = Visit { start: start.clone(), end, class, practitioner, site: profile.site };
    chart.visit(&format!("e-{rank}"), visit, reason);
    start
}

/// Office hours in Paris; sometimes half past eleven UTC on the last evening of a month, which in
/// Paris is already the next month.
fn times(dice: &mut Dice, profile: &Profile, day: Day) -> (String, String) {
    let (hour, minute) = (dice.between(8, 18) as i8, dice.between(0, 3) as i8 * 10);
    let length = dice.between(8, 24) as i8;
    let evening = day.month().last_day();
    if dice.chance(12) && evening < profile.as_of {
        return (format!("{evening}T23:30:00Z"), format!("{evening}T23:{:02}:00Z", 30 + length));
    }
    (clock(day, hour, minute), clock(day, hour, minute + length))
}

fn vital_signs(dice: &mut Dice, profile: &Profile, sheet: &mut Sheet<'_>, (height, corpulence): (i32, i32)) {
    let age = i32::from(profile.age);
    if age >= 3 && dice.chance(700) {
        let systolic = dice.around(108 + age * 3 / 10 + profile.burden as i32 * 3, 24);
        let diastolic = systolic * 6 / 10 + dice.between(-3, 5);
        sheet.note("ta", PRESSURE, Answer::Pressure(systolic, diastolic));
    }
    if !dice.chance(550) {
        return;
    }
    let tenths_of_bmi = if age < 18 { 160 + age * 3 } else { corpulence.clamp(160, 470) } + dice.between(-6, 6);
    let tenths_of_kilo = tenths_of_bmi * height * height / 10_000;
    sheet.note("poids", WEIGHT, Answer::Quantity(tenths(tenths_of_kilo), "kg"));
    if dice.chance(600) && age >= 2 {
        sheet.note("imc", BMI, Answer::Quantity(tenths(tenths_of_bmi), "kg/m2"));
    } else {
        sheet.note("taille", HEIGHT, Answer::Quantity(height.to_string(), "cm"));
    }
}

fn habits(dice: &mut Dice, profile: &Profile, sheet: &mut Sheet<'_>) {
    if profile.age >= 15 && dice.chance(280) {
        let status = dice.pick(&[SMOKER, FORMER_SMOKER, NEVER_SMOKED, NEVER_SMOKED]);
        sheet.note("tabac", TOBACCO, Answer::Coded(status));
    }
    if profile.age >= 18 && dice.chance(120) {
        sheet.note("alcool", AUDIT_C, Answer::Integer(dice.between(0, 9)));
    }
}

fn scores(dice: &mut Dice, profile: &Profile, sheet: &mut Sheet<'_>) {
    if profile.age < 18 {
        return;
    }
    if dice.chance(160) {
        let score = if dice.chance(150) { dice.between(40, 80) } else { dice.between(0, 40) };
        sheet.note("precar", PRECAR, Answer::Integer(score));
    }
    if dice.chance(120) {
        sheet.note("phq9", PHQ9, Answer::Integer(dice.between(0, 17)));
    }
    if dice.chance(50) {
        sheet.note("gad7", GAD7, Answer::Integer(dice.between(0, 14)));
    }
    if (40..90).contains(&profile.age) && dice.chance(150) {
        let risk = tenths(dice.between(10, 40) + i32::from(profile.age - 40));
        sheet.note("score2", SCORE2, Answer::Quantity(risk, "%"));
    }
    if profile.age >= 65 && dice.chance(60) {
        sheet.note("gir", GIR, Answer::Integer(dice.between(1, 6)));
        let place = if dice.chance(850) { AT_HOME } else { INSTITUTION };
        sheet.note("lieu", LIVING_PLACE, Answer::Coded(place));
    }
    if profile.age >= 65 && dice.chance(100) {
        let (name, when) = (format!("q-{}", sheet.rank), sheet.when.clone());
        sheet.chart.questionnaire(&name, "falls-screening", &when);
    }
}

fn laboratory(dice: &mut Dice, sheet: &mut Sheet<'_>) {
    for (rank, analysis) in PANEL.iter().enumerate() {
        let value = dice.around(analysis.mean, analysis.spread).max(1);
        let text = match analysis.decimals {
            Decimals::Zero => value.to_string(),
            Decimals::One => tenths(value),
            Decimals::Two => hundredths(value),
        };
        sheet.note(&format!("bio-{rank}"), analysis.code, Answer::Quantity(text, analysis.unit));
    }
}

/// The appointment of a visit of the last year, sometimes one that was missed, and one to come.
fn appointments(dice: &mut Dice, profile: &Profile, chart: &mut Chart, (rank, day): (usize, Day)) {
    if profile.as_of.days_since(day) > 365 {
        return;
    }
    let hour = dice.between(8, 18) as i8;
    chart.appointment(&format!("rdv-{rank}"), "fulfilled", day, hour, profile.doctor);
    match dice.weighted(&[900, 40, 30, 30]) {
        1 => chart.appointment(&format!("rdv-{rank}-manque"), "noshow", day, 19, profile.doctor),
        2 => chart.appointment(&format!("rdv-{rank}-annule"), "cancelled", day, 19, profile.doctor),
        3 => {
            let next = profile.as_of.add_days(dice.between(1, 60));
            chart.appointment(&format!("rdv-{rank}-prevu"), "booked", next, hour, profile.doctor);
        }
        _ => {}
    }
}
