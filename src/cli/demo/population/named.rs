//! The named patients: each shows one rule, under an id one can type.
//!
//! Dates are counted back from the plan's day, so that what a patient shows holds whatever that
//! day is. What each must be paid under `mtr-demo` on 2026-10 is in `tests/it/cases/demo.json`.

use super::Plan;
use super::Resource;
use super::codes::*;
use super::exemple;
use super::ins;
use super::network::MIDWIFE;
use super::network::NO_SPECIALTY;
use super::network::SITES;
use super::resources::Answer;
use super::resources::Chart;
use super::resources::Person;
use super::resources::Span;
use super::resources::Visit;
use super::resources::clock;
use super::resources::identity;
use super::resources::ipp_identifier;
use super::resources::nss_identifier;
use crate::domain::calendar::Day;
use crate::domain::fact::Sex;
use serde_json::Value;

/// Ids of the named patients, in the order of the practice.
#[cfg(test)]
pub const IDS: [&str; 20] = ids();

#[derive(Clone, Copy)]
enum Identity {
    /// INS and IPP.
    Full,
    /// IPP, and the insurance number of the mother, who is another patient of the practice.
    MothersNumber,
    /// No identifier at all.
    Nothing,
}

#[derive(Clone, Copy)]
enum BirthDate {
    Exact,
    YearOnly,
}

struct Cast {
    id: &'static str,
    name: (&'static str, &'static str),
    sex: Sex,
    /// Completed years and months on the plan's day.
    age: (i32, i32),
    tell: fn(&mut Chart, &Plan),
    identity: Identity,
    birth: BirthDate,
    doctor: Option<&'static str>,
    /// Months between the death and the plan's month.
    died: Option<i32>,
}

type Tell = fn(&mut Chart, &Plan);

const fn cast(id: &'static str, name: (&'static str, &'static str), sex: Sex, age: (i32, i32), tell: Tell) -> Cast {
    let identity = Identity::Full;
    Cast { id, name, sex, age, tell, identity, birth: BirthDate::Exact, doctor: Some("gp-1"), died: None }
}

/// Where the mother of the patient with `Identity::MothersNumber` stands in `CAST`.
const MOTHER: u32 = 2;

const CAST: [Cast; 20] = [
    cast("exemple", ("Exemple", "Marcel"), Sex::Male, (61, 7), exemple::tell),
    Cast { identity: Identity::MothersNumber, ..cast("nourrisson", ("Lemoine", "Côme"), Sex::Male, (1, 2), newborn) },
    cast("mere", ("Lemoine", "Élodie"), Sex::Female, (33, 4), mother),
    cast("jeune-enfant", ("Nguyên", "Zoé"), Sex::Female, (4, 5), child),
    cast("senior", ("D’Hautefeuille", "Odette"), Sex::Female, (84, 2), dependent),
    cast("polypathologie", ("Traoré", "Aminata"), Sex::Female, (78, 7), capped),
    cast("diabetique", ("Benaïssa", "Farid"), Sex::Male, (55, 6), diabetic),
    cast("handicap", ("Œuvrard", "Étienne"), Sex::Male, (29, 8), disabled),
    cast("declare", ("Saint-Léger", "Loïc"), Sex::Male, (38, 3), declared),
    cast("seuil", ("Çelik", "Deniz"), Sex::Male, (30, 5), threshold),
    cast("frontiere", ("Faure", "Agnès"), Sex::Female, (36, 2), boundary),
    cast("lieu-inconnu", ("Roche", "Huguette"), Sex::Female, (80, 1), unknown_home),
    cast("refus", ("Garnier", "Hervé"), Sex::Male, (66, 4), refusals),
    cast("perdu-de-vue", ("Colin", "Rémi"), Sex::Male, (45, 3), not_seen),
    Cast {
        doctor: Some(NO_SPECIALTY),
        ..cast("profession-inconnue", ("Rey", "Solène"), Sex::Female, (52, 3), unknown_doctor)
    },
    Cast { identity: Identity::Nothing, ..cast("sans-identifiant", ("Vidal", "Joël"), Sex::Male, (37, 2), ordinary) },
    Cast { doctor: None, ..cast("non-inscrit", ("Picard", "Maud"), Sex::Female, (27, 6), passing) },
    Cast { doctor: Some("gp-2"), ..cast("sortant", ("Aubert", "Gaël"), Sex::Male, (39, 9), left) },
    Cast { died: Some(1), ..cast("decede", ("Fabre", "Gérard"), Sex::Male, (88, 5), ordinary) },
    Cast {
        birth: BirthDate::YearOnly,
        ..cast("naissance-partielle", ("Renaud", "Simon"), Sex::Male, (75, 3), partial_birth)
    },
];

#[cfg(test)]
const fn ids() -> [&'static str; 20] {
    let mut all = [""; 20];
    let mut at = 0;
    while at < all.len() {
        all[at] = CAST[at].id;
        at += 1;
    }
    all
}

/// Answers the named patient of that index, `None` after the last one.
pub(super) fn named(plan: &Plan, index: u32) -> Option<Vec<Resource>> {
    let cast = CAST.get(index as usize)?;
    let mut chart = Chart::new(cast.id);
    chart.patient(person(plan, cast, index));
    (cast.tell)(&mut chart, plan);
    Some(chart.finish())
}

fn person(plan: &Plan, cast: &Cast, index: u32) -> Person<'static> {
    let born = born(plan, cast.age);
    let (identifiers, birthplace) = identifiers(plan, cast, index, born);
    Person {
        family: cast.name.0,
        given: cast.name.1,
        sex: cast.sex,
        birth: match cast.birth {
            BirthDate::Exact => born.to_string(),
            BirthDate::YearOnly => format!("{:04}", born.year()),
        },
        identifiers,
        birthplace,
        declared: cast.doctor,
        site: SITES[0],
        deceased: cast.died.map(|months| day_in(plan, months, 12)),
    }
}

fn identifiers(plan: &Plan, cast: &Cast, index: u32, born: Day) -> (Vec<Value>, Option<String>) {
    match cast.identity {
        Identity::Full => identity(index, cast.sex, born),
        Identity::Nothing => (Vec::new(), None),
        Identity::MothersNumber => {
            let mother = &CAST[MOTHER as usize];
            let number = ins::matricule(MOTHER, mother.sex, self::born(plan, mother.age));
            (vec![nss_identifier(&number), ipp_identifier(index)], None)
        }
    }
}

/// Answers the birth of somebody of that age: the 14th of the month.
fn born(plan: &Plan, age: (i32, i32)) -> Day {
    day_in(plan, age.0 * 12 + age.1, 14)
}

/// Answers a day (1 to 28) of the month that lies `months` (1 or more) before the plan's.
pub(super) fn day_in(plan: &Plan, months: i32, day: i32) -> Day {
    plan.as_of.month().add_months(-months).first_day().add_days(day - 1)
}

/// The declaration and the contract with gp-1, since so many months.
pub(super) fn followed(chart: &mut Chart, plan: &Plan, months: i32) {
    let span = Span::since(day_in(plan, months, 2));
    chart.declaration("gp-1", span);
    chart.contract(&plan.structure, span);
}

/// A visit of twenty minutes in the middle of the morning.
pub(super) fn seen(chart: &mut Chart, name: &str, day: Day, class: Code, practitioner: &str) {
    let (start, end) = (clock(day, 10, 10), clock(day, 10, 30));
    chart.visit(name, Visit { start, end, class, practitioner, site: SITES[0] }, None);
}

fn precar(chart: &mut Chart, plan: &Plan, score: i32) {
    chart.observation("precar", &[PRECAR], &day_in(plan, 6, 21).to_string(), Answer::Integer(score));
}

fn newborn(chart: &mut Chart, plan: &Plan) {
    chart.declaration("gp-1", Span::since(day_in(plan, 13, 5)));
    chart.contract(&plan.structure, Span::since(day_in(plan, 13, 5)));
    for (rank, months) in [12, 10, 3].into_iter().enumerate() {
        let day = day_in(plan, months, 16);
        seen(chart, &format!("e-{rank}"), day, AMB, "gp-1");
        let when = clock(day, 10, 15);
        let weight = Answer::Quantity(["5.2", "7.1", "9.8"][rank].to_owned(), "kg");
        chart.observation(&format!("poids-{rank}"), &[WEIGHT], &when, weight);
        chart.observation(
            &format!("taille-{rank}"),
            &[HEIGHT],
            &when,
            Answer::Quantity(["58", "66", "75"][rank].to_owned(), "cm"),
        );
        chart.vaccine(&format!("vaccin-{rank}"), atc("J07CA09", "Hexavalent"), &day.to_string());
    }
}

fn mother(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 30);
    seen(chart, "e-1", day_in(plan, 14, 20), AMB, MIDWIFE);
    seen(chart, "e-2", day_in(plan, 3, 17), AMB, MIDWIFE);
    precar(chart, plan, 20);
    chart.report(
        "hpv",
        loinc("82675-0", "Recherche de papillomavirus à haut risque"),
        &day_in(plan, 20, 6).to_string(),
    );
    chart.observation("tension", &[PRESSURE], &clock(day_in(plan, 3, 17), 10, 15), Answer::Pressure(114, 71));
}

fn child(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 40);
    let day = day_in(plan, 4, 9);
    seen(chart, "e-1", day, AMB, "gp-1");
    chart.observation("imc", &[BMI], &clock(day, 10, 15), Answer::Quantity("15.6".to_owned(), "kg/m2"));
    let dental = evidence("dental-check", "Examen bucco-dentaire");
    chart.observation("dentiste", &[dental], &plan.as_of.month().add_months(-7).to_string(), Answer::Done);
}

/// GIR 3 at home: paid outside the cap.
fn dependent(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 50);
    seen(chart, "e-1", day_in(plan, 8, 13), AMB, "gp-1");
    seen(chart, "e-2", day_in(plan, 1, 13), HOME, "gp-1");
    autonomy(chart, plan, 3);
    precar(chart, plan, 30);
    let since = day_in(plan, 70, 8);
    chart.problem("coeur", cim10("I50.0", "Insuffisance cardiaque congestive"), None, Span::since(since));
    let heart = ald("5", "Insuffisance cardiaque grave");
    chart.coverage(
        "droits",
        right("amo", "Assurance maladie obligatoire"),
        Span::since(since),
        &[(heart, Span::since(since))],
    );
    chart.vaccine("grippe", atc("J07BB02", "Grippe saisonnière"), &day_in(plan, 1, 24).to_string());
    chart.questionnaire("chutes", "falls-screening", &clock(day_in(plan, 1, 13), 10, 20));
}

fn autonomy(chart: &mut Chart, plan: &Plan, group: i32) {
    let day = day_in(plan, 2, 10).to_string();
    chart.observation("gir", &[GIR], &day, Answer::Integer(group));
    chart.observation("lieu-de-vie", &[LIVING_PLACE], &day, Answer::Coded(AT_HOME));
}

/// Every capped brick of her age and sex at once: the cap takes most of it back.
fn capped(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 44);
    seen(chart, "e-1", day_in(plan, 2, 10), HOME, "gp-1");
    autonomy(chart, plan, 2);
    precar(chart, plan, 61);
    let since = Span::since(day_in(plan, 90, 19));
    chart.problem("diabete", cim10("E11.9", "Diabète de type 2"), Some(ald("8", "Diabète")), since);
    chart.problem("depression", cim10("F33.1", "Trouble dépressif récurrent"), None, Span::since(day_in(plan, 25, 4)));
}

fn diabetic(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 36);
    let day = day_in(plan, 2, 24);
    seen(chart, "e-1", day, AMB, "gp-1");
    precar(chart, plan, 18);
    let since = Span::since(day_in(plan, 60, 11));
    chart.problem("diabete", cim10("E11.9", "Diabète de type 2"), Some(ald("8", "Diabète")), since);
    let year = Span { start: day_in(plan, 4, 1), end: Some(day_in(plan, -8, 1).add_days(-1)) };
    chart.coverage("c2s", right("c2s", "Complémentaire santé solidaire"), year, &[]);
    let when = clock(day, 10, 15);
    chart.observation("hba1c", &[loinc("4548-4", "HbA1c")], &when, Answer::Quantity("7.1".to_owned(), "%"));
    chart.observation("tabac", &[TOBACCO], &when, Answer::Coded(FORMER_SMOKER));
}

fn disabled(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 20);
    seen(chart, "e-1", day_in(plan, 5, 6), AMB, "gp-1");
    precar(chart, plan, 22);
    let span = Span { start: day_in(plan, 30, 1), end: Some(day_in(plan, -30, 1).add_days(-1)) };
    chart.recognition("aah", mtr("aah", "Allocation aux adultes handicapés"), span);
}

/// Two declarations of the doctor: the second is against a limit of age, and changes nothing.
fn declared(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 24);
    seen(chart, "e-1", day_in(plan, 4, 14), AMB, "gp-1");
    precar(chart, plan, 10);
    chart.declared(typologie("sante-mentale", "Santé mentale"), Span::since(day_in(plan, 4, 14)));
    chart.declared(typologie("personne-agee", "Personne âgée"), Span::since(day_in(plan, 4, 14)));
}

/// PRECAR 44 is not above 44, PHQ-9 9 is not 10.
fn threshold(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 24);
    seen(chart, "e-1", day_in(plan, 6, 21), AMB, "gp-1");
    precar(chart, plan, 44);
    chart.observation("phq9", &[PHQ9], &day_in(plan, 6, 21).to_string(), Answer::Integer(9));
}

/// Seen once, at 23:30Z on the eve of the first day of the 24 months: in Paris it is that day.
fn boundary(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 48);
    let eve = plan.as_of.month().last_day().add_months(-24).add_days(-1);
    let (start, end) = (format!("{eve}T23:30:00Z"), format!("{eve}T23:45:00Z"));
    chart.visit("e-1", Visit { start, end, class: REMOTE, practitioner: "gp-1", site: SITES[0] }, None);
    precar(chart, plan, 15);
}

/// GIR 3, and nobody sent where she lives: unknown, neither paid nor refused.
fn unknown_home(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 33);
    let day = day_in(plan, 2, 26);
    seen(chart, "e-1", day, AMB, "gp-1");
    precar(chart, plan, 12);
    chart.observation("gir", &[GIR], &day.to_string(), Answer::Integer(3));
    chart.observation("score2", &[SCORE2], &day.to_string(), Answer::Quantity("7".to_owned(), "%"));
}

fn refusals(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 26);
    let day = day_in(plan, 2, 19);
    seen(chart, "e-1", day, AMB, "gp-1");
    precar(chart, plan, 12);
    chart.observation("score2", &[SCORE2], &day.to_string(), Answer::Integer(4));
    let fit = evidence("fit", "Test immunologique fécal");
    chart.declined_procedure("fit", fit, &day.to_string(), snomed("105480006", "Refus du patient"));
    chart.declined_vaccine("grippe", atc("J07BB02", "Grippe saisonnière"), &day.to_string(), PATIENT_REFUSED);
    chart.declined_vaccine("zona", atc("J07BK03", "Zona recombinant"), &day.to_string(), MEDICAL_PRECAUTION);
}

/// Last seen thirty months ago.
fn not_seen(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 48);
    seen(chart, "e-1", day_in(plan, 30, 15), AMB, "gp-1");
    chart.appointment("rdv", "noshow", day_in(plan, 12, 15), 9, "gp-1");
}

fn unknown_doctor(chart: &mut Chart, plan: &Plan) {
    chart.contract(&plan.structure, Span::since(day_in(plan, 36, 2)));
    seen(chart, "e-1", day_in(plan, 7, 18), AMB, NO_SPECIALTY);
    seen(chart, "e-2", day_in(plan, 1, 8), AMB, NO_SPECIALTY);
    precar(chart, plan, 16);
}

fn ordinary(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 36);
    let day = day_in(plan, 6, 21);
    seen(chart, "e-1", day, AMB, "gp-1");
    precar(chart, plan, 14);
    chart.observation("tension", &[PRESSURE], &clock(day, 10, 15), Answer::Pressure(131, 82));
}

/// Seen, and declared with nobody here.
fn passing(chart: &mut Chart, plan: &Plan) {
    seen(chart, "e-1", day_in(plan, 2, 5), AMB, "gp-4");
}

/// Left two months ago: enrolled until then, not since.
fn left(chart: &mut Chart, plan: &Plan) {
    let span = Span { start: day_in(plan, 30, 2), end: Some(day_in(plan, 2, 15)) };
    chart.declaration("gp-2", span);
    chart.contract(&plan.structure, span);
    seen(chart, "e-1", day_in(plan, 5, 23), AMB, "gp-2");
    precar(chart, plan, 11);
}

/// Born in a year: whether he is 75 in this month is not known.
fn partial_birth(chart: &mut Chart, plan: &Plan) {
    followed(chart, plan, 36);
    let day = day_in(plan, 3, 3).to_string();
    seen(chart, "e-1", day_in(plan, 3, 3), AMB, "gp-1");
    precar(chart, plan, 10);
    chart.observation("score2", &[SCORE2], &day, Answer::Quantity("5".to_owned(), "%"));
}
