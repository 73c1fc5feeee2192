//! The patient of the README: 15 of the 26 items apply; 6 are up to date, 4 expired, 5 never done.
//!
//! A man of 61, seen on the plan's day D. Dates are counted from D, so that the card reads the same
//! whatever D is; what follows is what each of the 26 items must say, worked out by hand from the
//! catalogue (for D = 2026-10-31; the same table is data in `tests/it/cases/demo.json`):
//!
//! | # | item | status | why |
//! |---|---|---|---|
//! | 1 | blood-pressure | up-to-date | 2026-05, 12 months from 40 years |
//! | 2 | bmi | up-to-date | 2026-05, 12 months |
//! | 3 | cardiovascular-risk | up-to-date | SCORE2 of 2026-05, 60 months: no diabetes, hypertension, dyslipidaemia, tobacco |
//! | 4 | aaa-screening | not-eligible | men from 65 |
//! | 5 | dental-check | never-done | |
//! | 6 | melanoma | never-done | |
//! | 7 | colorectal-cancer | expired | negative FIT in 2018, 24 months |
//! | 8 | breast-cancer | not-eligible | women |
//! | 9 | cervical-cancer | not-eligible | women |
//! | 10 | sti-screening | expired | 2015, 60 months |
//! | 11 | hiv-hepatitis | never-done | |
//! | 12 | diabetes-screening | not-eligible | BMI 23.4 and no risk factor |
//! | 13 | kidney-function | not-eligible | no risk factor |
//! | 14 | tobacco | up-to-date | 2026-05, 12 months |
//! | 15 | alcohol | expired | AUDIT-C of 2024-03, 12 months |
//! | 16 | physical-activity | never-done | |
//! | 17 | dietary-habits | expired | 2023-06, 24 months |
//! | 18 | depression | up-to-date | PHQ-9 of last month, 24 months; no mood disorder on record |
//! | 19 | falls | not-eligible | from 65 |
//! | 20 | osteoporosis | not-eligible | women |
//! | 21 | vision-hearing | never-done | from 60 |
//! | 22 | dtp-pertussis-vaccine | up-to-date | dose of 2012 serves the milestone of 45, next at 65 |
//! | 23 | influenza-covid-vaccine | not-eligible | from 65, no risk (prostate cancer is none) |
//! | 24 | pneumococcal-vaccine | not-eligible | the same |
//! | 25 | zoster-vaccine | not-eligible | the same |
//! | 26 | hpv-vaccine | not-eligible | 11 to 26 |
//!
//! The month's forfait of the tariff `mtr-demo`: socle 8.40, ALD 7.35 (list number 30), social
//! vulnerability 12.40 (PRECAR 52), mental health 9.99 (PHQ-9 of 14) make 38.14; the cap of 31.50
//! takes 6.64 back. A SCORE2 of 4 % is not high at 61.

use super::Plan;
use super::codes::*;
use super::named::day_in;
use super::named::followed;
use super::named::seen;
use super::network::NURSES;
use super::resources::Answer;
use super::resources::Chart;
use super::resources::Span;

pub(super) fn tell(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 60);
    visits(chart, plan);
    rights(chart, plan);
    recent(chart, plan);
    old(chart, plan);
}

fn visits(chart: &mut Chart, plan: &Plan) {
    seen(chart, "e-1", day_in(plan, 40, 22), AMB, "gp-1");
    seen(chart, "e-2", day_in(plan, 31, 7), AMB, "gp-1");
    seen(chart, "e-3", day_in(plan, 17, 11), REMOTE, "gp-1");
    seen(chart, "e-4", day_in(plan, 9, 4), AMB, NURSES[0]);
    seen(chart, "e-5", day_in(plan, 5, 12), AMB, "gp-1");
    seen(chart, "e-6", day_in(plan, 1, 18), AMB, "gp-1");
    chart.appointment("rdv-1", "noshow", day_in(plan, 3, 9), 11, "gp-1");
    chart.appointment("rdv-2", "fulfilled", day_in(plan, 1, 18), 10, "gp-1");
}

fn rights(chart: &mut Chart, plan: &Plan) {
    let since = day_in(plan, 42, 3);
    chart.problem("cancer", cim10("C61", "Tumeur maligne de la prostate"), None, Span::since(since));
    let exempted = Span { start: since, end: Some(since.add_months(60)) };
    chart.coverage(
        "droits",
        right("amo", "Assurance maladie obligatoire"),
        Span::since(since),
        &[(ald("30", "Tumeur maligne"), exempted)],
    );
}

fn recent(chart: &mut Chart, plan: &Plan) {
    let month = plan.as_of.month().add_months(-5).to_string();
    chart.observation("tension", &[PRESSURE], &month, Answer::Pressure(128, 78));
    chart.observation("imc", &[BMI], &month, Answer::Quantity("23.4".to_owned(), "kg/m2"));
    let score = evidence("cv-risk-score", "Évaluation du risque cardiovasculaire");
    chart.observation("score2", &[SCORE2, score], &month, Answer::Quantity("4".to_owned(), "%"));
    chart.observation("tabac", &[TOBACCO], &month, Answer::Coded(NEVER_SMOKED));
    let day = day_in(plan, 1, 18).to_string();
    chart.observation("phq9", &[PHQ9], &day, Answer::Integer(14));
    chart.observation("precar", &[PRECAR], &day, Answer::Integer(52));
}

/// What lapsed, and the vaccine that did not: dates as a record has them, to the month or the year.
fn old(chart: &mut Chart, plan: &Plan) {
    let year = plan.as_of.year();
    chart.observation("fit", &[FIT], &format!("{}", year - 8), Answer::Coded(NEGATIVE));
    let sti = evidence("sti-test", "Dépistage d’infections sexuellement transmissibles");
    chart.observation("ist", &[sti], &format!("{}", year - 11), Answer::Done);
    chart.observation("audit-c", &[AUDIT_C], &plan.as_of.month().add_months(-31).to_string(), Answer::Integer(2));
    let diet = evidence("dietary-habits", "Habitudes alimentaires");
    chart.observation("alimentation", &[diet], &plan.as_of.month().add_months(-40).to_string(), Answer::Done);
    chart.vaccine("dtcap", atc("J07CA02", "dTcaP"), &day_in(plan, 172, 14).to_string());
}
