//! Drawn patients: age, rights, enrolment, problems, prevention; their visits are in `visits`.
//!
//! Shares and prevalences are hand-rounded inventions: no figure here is a French statistic.

use super::Plan;
use super::Resource;
use super::codes::*;
use super::dice::Dice;
use super::network::GPS;
use super::network::SITES;
use super::resources::Answer;
use super::resources::Chart;
use super::resources::Person;
use super::resources::Span;
use super::resources::identity;
use super::visits;
use crate::domain::calendar::Day;
use crate::domain::fact::Sex;

const FAMILIES: [&str; 48] = [
    "Abadie",
    "Armand",
    "Aubin",
    "Barthe",
    "Béranger",
    "Bouchet",
    "Cardoso",
    "Carlier",
    "Chauvin",
    "Coste",
    "D’Amico",
    "Delattre",
    "Diallo",
    "Diop",
    "Esnault",
    "Fleury",
    "Gaudin",
    "Gomès",
    "Grandjean",
    "Hoarau",
    "Huet",
    "Jamet",
    "Kaya",
    "Keller",
    "Lacombe",
    "Le Gall",
    "L’Hostis",
    "Maillot",
    "Marty",
    "Mendès",
    "Monnier",
    "Müller",
    "N’Diaye",
    "Nguyễn",
    "Ollivier",
    "Pasquier",
    "Pham",
    "Poulain",
    "Prévost",
    "Rault",
    "Ruiz",
    "Sanchez",
    "Schäfer",
    "Tessier",
    "Valentin",
    "Vasseur",
    "Weber",
    "Zeitoun",
];
const WOMEN: [&str; 20] = [
    "Aïcha",
    "Alice",
    "Anne",
    "Camille",
    "Catherine",
    "Chantal",
    "Clara",
    "Claudine",
    "Fatou",
    "Hélène",
    "Irène",
    "Jeanne",
    "Léonie",
    "Lucie",
    "Manon",
    "Martine",
    "Nadia",
    "Rose",
    "Sandrine",
    "Yvonne",
];
const MEN: [&str; 20] = [
    "Adrien",
    "Ahmed",
    "Alexis",
    "Antoine",
    "Bernard",
    "Christian",
    "Daniel",
    "Eliott",
    "Gilles",
    "Jean-Luc",
    "Julien",
    "Kévin",
    "Mamadou",
    "Marius",
    "Mehdi",
    "Nolan",
    "Paul",
    "Robert",
    "Thierry",
    "Yves",
];

/// Lower age of a band and its weight; the last band ends at 104.
const AGES: [(i32, u32); 13] = [
    (0, 15),
    (1, 40),
    (5, 60),
    (11, 70),
    (18, 90),
    (26, 120),
    (36, 130),
    (46, 130),
    (56, 120),
    (65, 95),
    (75, 65),
    (85, 25),
    (95, 3),
];
const OLDEST: i32 = 104;

/// A diagnosis, the ALD list number it often has, and how many in a thousand have it at 0 to 17,
/// 18 to 39, 40 to 64, and from 65.
struct Problem {
    code: Code,
    list: Option<Code>,
    per_mille: [u32; 4],
}

const fn problem(code: Code, list: Option<Code>, per_mille: [u32; 4]) -> Problem {
    Problem { code, list, per_mille }
}

const PROBLEMS: [Problem; 14] = [
    problem(cim10("I10", "Hypertension essentielle"), None, [0, 15, 190, 470]),
    problem(cim10("E11.9", "Diabète de type 2"), Some(ald("8", "Diabète")), [0, 6, 65, 150]),
    problem(cim10("E10.9", "Diabète de type 1"), Some(ald("8", "Diabète")), [4, 5, 5, 3]),
    problem(cim10("E78.5", "Hyperlipidémie"), None, [0, 15, 140, 280]),
    problem(cim10("I25.1", "Cardiopathie ischémique"), Some(ald("13", "Maladie coronaire")), [0, 1, 22, 95]),
    problem(cim10("I50.0", "Insuffisance cardiaque"), Some(ald("5", "Insuffisance cardiaque grave")), [0, 0, 4, 55]),
    problem(cim10("J44.9", "BPCO"), Some(ald("14", "Insuffisance respiratoire chronique")), [0, 2, 22, 50]),
    problem(cim10("J45.9", "Asthme"), None, [80, 60, 45, 35]),
    problem(cim10("N18.3", "Maladie rénale chronique, stade 3"), Some(ald("19", "Néphropathie")), [0, 1, 12, 65]),
    problem(cim10("G30.9", "Maladie d’Alzheimer"), Some(ald("15", "Maladie d’Alzheimer")), [0, 0, 1, 40]),
    problem(cim10("F32.1", "Épisode dépressif moyen"), None, [8, 55, 70, 55]),
    problem(cim10("F20.0", "Schizophrénie paranoïde"), Some(ald("23", "Affection psychiatrique")), [0, 8, 8, 4]),
    problem(cim10("F41.1", "Anxiété généralisée"), None, [8, 50, 50, 35]),
    problem(cim10("E66.9", "Obésité"), None, [30, 85, 160, 170]),
];

const VACCINES: [(Code, i16, i16, u32); 7] = [
    (atc("J07CA09", "Hexavalent"), 0, 2, 950),
    (atc("J07CA02", "dTcaP"), 6, OLDEST as i16, 450),
    (atc("J07BM03", "Papillomavirus 9-valent"), 11, 26, 450),
    (atc("J07BB02", "Grippe saisonnière"), 65, OLDEST as i16, 550),
    (atc("J07BN01", "Covid-19"), 65, OLDEST as i16, 350),
    (atc("J07AL02", "Pneumocoque conjugué"), 65, OLDEST as i16, 300),
    (atc("J07BK03", "Zona recombinant"), 65, OLDEST as i16, 150),
];

/// What practice software records with our own codes, often to the month or the year only.
const CONVERSATIONS: [(Code, i16, u32); 6] = [
    (evidence("dental-check", "Consultation dentaire"), 3, 350),
    (evidence("melanoma-risk-assessment", "Repérage du mélanome"), 18, 150),
    (evidence("physical-activity", "Activité physique"), 18, 250),
    (evidence("dietary-habits", "Habitudes alimentaires"), 18, 250),
    (evidence("sexual-health-assessment", "Santé sexuelle"), 15, 150),
    (evidence("hearing-check", "Audition"), 60, 200),
];

/// Who the patient is, as far as the rest of the draw needs it.
pub(super) struct Profile {
    pub(super) born: Day,
    pub(super) as_of: Day,
    pub(super) age: i16,
    pub(super) sex: Sex,
    pub(super) doctor: &'static str,
    pub(super) site: &'static str,
    /// Diagnoses drawn, which make visits more frequent.
    pub(super) burden: u32,
}

impl Profile {
    /// Draws a day from at most `back` days before the plan's day (and from birth) to that day.
    pub(super) fn past(&self, dice: &mut Dice, back: i32) -> Day {
        let days = self.as_of.days_since(self.born).min(back).max(0);
        self.as_of.add_days(-dice.between(0, days))
    }

    /// 0 to 17, 18 to 39, 40 to 64, from 65.
    pub(super) fn class(&self) -> usize {
        match self.age {
            ..18 => 0,
            18..40 => 1,
            40..65 => 2,
            _ => 3,
        }
    }
}

/// Answers a drawn patient: the same for the same seed, index and day.
pub(super) fn regular(plan: &Plan, index: u32) -> Vec<Resource> {
    let mut dice = Dice::new(plan.seed, index);
    let mut profile = profile(&mut dice, plan);
    let mut chart = Chart::new(&format!("p{index:05}"));
    chart.patient(person(&mut dice, &profile, index));
    enrolment(&mut dice, &profile, &mut chart, &plan.structure);
    rights(&mut dice, &profile, &mut chart);
    profile.burden = problems(&mut dice, &profile, &mut chart);
    visits::visits(&mut dice, &profile, &mut chart);
    vaccines(&mut dice, &profile, &mut chart);
    screenings(&mut dice, &profile, &mut chart);
    conversations(&mut dice, &profile, &mut chart);
    chart.finish()
}

/// Answers the age of a drawn patient, as `regular` draws it.
pub(super) fn age(plan: &Plan, index: u32) -> i16 {
    profile(&mut Dice::new(plan.seed, index), plan).age
}

fn profile(dice: &mut Dice, plan: &Plan) -> Profile {
    let band = dice.weighted(&AGES.map(|(_, weight)| weight));
    let top = AGES.get(band + 1).map_or(OLDEST, |(low, _)| *low);
    let days = dice.between(AGES[band].0 * 366, top * 365 - 1);
    let born = plan.as_of.add_days(-days.max(1));
    let gp = dice.below(GPS.len() as u32) as usize;
    Profile {
        born,
        as_of: plan.as_of,
        age: born.age_at(plan.as_of),
        sex: if dice.chance(520) { Sex::Female } else { Sex::Male },
        doctor: GPS[gp],
        site: SITES[gp / 3],
        burden: 0,
    }
}

fn person(dice: &mut Dice, profile: &Profile, index: u32) -> Person<'static> {
    let given: &[&'static str] = if profile.sex == Sex::Female { &WOMEN } else { &MEN };
    let (identifiers, birthplace) = identity(index, profile.sex, profile.born);
    Person {
        family: dice.pick(&FAMILIES),
        given: dice.pick(given),
        sex: profile.sex,
        birth: profile.born.to_string(),
        identifiers,
        birthplace,
        declared: if dice.chance(880) { Some(profile.doctor) } else { None },
        site: profile.site,
        deceased: if dice.chance(4) { Some(profile.as_of) } else { None },
    }
}

/// A declaration with its dates for most, a contract for many, neither for some.
fn enrolment(dice: &mut Dice, profile: &Profile, chart: &mut Chart, structure: &str) {
    let start = profile.past(dice, 1800);
    let left = dice.chance(40);
    let end = if left { Some(start.add_days(200)).filter(|day| *day < profile.as_of) } else { None };
    let span = Span { start, end };
    if dice.chance(600) {
        chart.declaration(profile.doctor, span);
    }
    if dice.chance(550) {
        chart.contract(structure, span);
    }
}

fn rights(dice: &mut Dice, profile: &Profile, chart: &mut Chart) {
    let since = Span::since(profile.past(dice, 3000));
    chart.coverage("droits", right("amo", "Assurance maladie obligatoire"), since, &[]);
    if dice.chance(110) {
        let start = profile.past(dice, 360);
        let year = Span { start, end: Some(start.add_months(12).add_days(-1)) };
        chart.coverage("c2s", right("c2s", "Complémentaire santé solidaire"), year, &[]);
    } else if dice.chance(15) {
        let start = profile.past(dice, 360);
        let year = Span { start, end: Some(start.add_months(12).add_days(-1)) };
        chart.coverage("ame", right("ame", "Aide médicale de l’État"), year, &[]);
    }
    if dice.chance(18) {
        let value = if profile.age < 20 { mtr("aeeh", "AEEH") } else { mtr("aah", "AAH") };
        chart.recognition("handicap", value, Span::since(profile.past(dice, 1500)));
    }
}

fn problems(dice: &mut Dice, profile: &Profile, chart: &mut Chart) -> u32 {
    let mut count = 0;
    for (rank, one) in PROBLEMS.iter().enumerate() {
        if !dice.chance(one.per_mille[profile.class()]) {
            continue;
        }
        count += 1;
        let start = profile.past(dice, 4000);
        let over = if one.list.is_none() && dice.chance(100) { Some(start.add_days(90)) } else { None };
        let end = over.filter(|day| *day <= profile.as_of);
        let exempted = one.list.filter(|_| dice.chance(900));
        // Half of the exemptions come from the insurance, with their end; half from the record.
        if let Some(list) = exempted.filter(|_| dice.chance(500)) {
            chart.problem(&format!("pb-{rank}"), one.code, None, Span { start, end });
            let held = Span { start, end: Some(start.add_months(120)) };
            let kind = right("ald", "Affection de longue durée");
            chart.coverage(&format!("ald-{rank}"), kind, Span::since(start), &[(list, held)]);
        } else {
            chart.problem(&format!("pb-{rank}"), one.code, exempted, Span { start, end });
        }
    }
    count
}

fn vaccines(dice: &mut Dice, profile: &Profile, chart: &mut Chart) {
    for (rank, (product, low, high, per_mille)) in VACCINES.iter().enumerate() {
        if !(*low..=*high).contains(&profile.age) {
            continue;
        }
        let when = profile.past(dice, 1400).to_string();
        let name = format!("vac-{rank}");
        if dice.chance(*per_mille) {
            chart.vaccine(&name, *product, &when);
        } else if dice.chance(60) {
            let reason = if dice.chance(800) { PATIENT_REFUSED } else { MEDICAL_PRECAUTION };
            chart.declined_vaccine(&name, *product, &when, reason);
        }
    }
}

fn screenings(dice: &mut Dice, profile: &Profile, chart: &mut Chart) {
    let when = profile.past(dice, 1400).to_string();
    if (50..75).contains(&profile.age) {
        match dice.weighted(&[450, 60, 40, 450]) {
            0 => {
                let result = if dice.chance(40) { POSITIVE } else { NEGATIVE };
                chart.observation("fit", &[FIT], &when, Answer::Coded(result));
            }
            1 => chart.procedure("coloscopie", ccam("HHQE002", "Coloscopie totale"), &when),
            2 => {
                let fit = evidence("fit", "Test immunologique fécal");
                chart.declined_procedure("fit", fit, &when, snomed("105480006", "Refus du patient"));
            }
            _ => {}
        }
    }
    if profile.sex == Sex::Male {
        return;
    }
    let when = profile.past(dice, 1400).to_string();
    if (50..75).contains(&profile.age) && dice.chance(550) {
        chart.procedure("mammographie", ccam("QEQK004", "Mammographie bilatérale"), &when);
    }
    if (25..66).contains(&profile.age) && dice.chance(500) {
        chart.report("hpv", loinc("82675-0", "Recherche de papillomavirus à haut risque"), &when);
    }
    if profile.age >= 65 && dice.chance(250) {
        chart.procedure("densitometrie", ccam("PAQK007", "Ostéodensitométrie"), &when);
    }
}

fn conversations(dice: &mut Dice, profile: &Profile, chart: &mut Chart) {
    for (rank, (code, from, per_mille)) in CONVERSATIONS.iter().enumerate() {
        if profile.age < *from || !dice.chance(*per_mille) {
            continue;
        }
        let day = profile.past(dice, 1400);
        let when = match dice.below(3) {
            0 => day.to_string(),
            1 => day.month().to_string(),
            _ => format!("{:04}", day.year()),
        };
        chart.observation(&format!("prev-{rank}"), &[*code], &when, Answer::Done);
    }
}
