//! `$typologies`: declared, eligible and paid, three facts kept apart; unknown is unknown.

use crate::harness;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const CATALOGUE: [&str; 10] = [
    "nourrisson",
    "jeune-enfant",
    "sante-femme",
    "personne-agee",
    "ald",
    "vulnerabilite-sociale",
    "sante-mentale",
    "haut-risque-cv",
    "handicap",
    "perte-autonomie-domicile",
];

type Chart = fn(&str) -> Vec<Value>;
/// What it shows, the chart, whether the typology is eligible in April 2025.
type Case = (&'static str, Chart, &'static str);

const YES: &str = "yes";
const NO: &str = "no";
const UNKNOWN: &str = "unknown";

#[track_caller]
fn check(id: &str, cases: &[Case]) {
    let client = harness::practice();
    client.push(&cases.iter().enumerate().flat_map(|(n, case)| (case.1)(&format!("c{n}"))).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for (n, (what, _, eligible)) in cases.iter().enumerate() {
        let answer = client.found(&format!("/Patient/c{n}/$typologies?date=2025-04-15"));
        let typology = read::by_id(&answer, "typology", id);
        let told = read::value(typology, "eligible");
        let missing = read::texts(typology, "missing");
        let paid = read::value(typology, "paid") == true;
        if told != eligible || paid != (*eligible == YES) || missing.is_empty() != (*eligible != UNKNOWN) {
            wrong.push(format!("{what}: {eligible} was {told}, paid {paid}, missing {missing:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn born<const N: usize>(p: &str, birth: &str, more: [Value; N]) -> Vec<Value> {
    make::and(make::man(p, birth), more.into())
}

fn adult<const N: usize>(p: &str, more: [Value; N]) -> Vec<Value> {
    born(p, "1985-06-01", more)
}

fn id(p: &str, name: &str) -> String {
    format!("{p}-{name}")
}

/// A diagnosis since 2020.
fn dx(p: &str, code: &str) -> Value {
    make::condition(&id(p, "dx"), p, code, "2020")
}

/// The same, under another address of CIM-10.
fn dx_of(p: &str, system: &str, code: &str) -> Value {
    make::with(dx(p, code), json!({"code": make::concept(system, code)}))
}

/// The same, resolved on a day.
fn resolved(p: &str, code: &str, day: &str) -> Value {
    let status = make::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved");
    make::with(dx(p, code), json!({"clinicalStatus": status, "abatementDateTime": day}))
}

fn ald(p: &str, number: &str, onset: &str) -> Value {
    make::ald(&id(p, "ald"), p, number, "E10.9", onset)
}

fn refuted(p: &str) -> Value {
    let status = make::concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted");
    make::with(ald(p, "8", "2020"), json!({"verificationStatus": status}))
}

/// A Coverage with one exemption until a day.
fn exempted(p: &str, number: &str, end: &str) -> Value {
    let exception = json!({"type": make::ours("ald-number", number), "period": {"start": "2015-01-01", "end": end}});
    let cost = json!([{"valueQuantity": make::quantity(0.0, "%"), "exception": [exception]}]);
    make::with(right(p, "amo"), json!({"costToBeneficiary": cost}))
}

fn right(p: &str, code: &str) -> Value {
    make::coverage(&id(p, "right"), p, code, json!({"start": "2015-01-01"}))
}

fn precar(p: &str, day: &str, score: i32) -> Value {
    make::measure(&id(p, &format!("precar-{score}")), p, "precar", day, json!({"valueInteger": score}))
}

fn precar_quantity(p: &str, score: f64) -> Value {
    make::measure(
        &id(p, "precar"),
        p,
        "precar",
        "2024-01-01",
        json!({"valueQuantity": make::quantity(score, "{score}")}),
    )
}

fn precar_bounded(p: &str, comparator: &str, score: f64) -> Value {
    let bounded = make::with(make::quantity(score, "{score}"), json!({"comparator": comparator}));
    make::measure(&id(p, "precar"), p, "precar", "2024-01-01", json!({"valueQuantity": bounded}))
}

fn scored(p: &str, loinc: &str, day: &str, score: i32) -> Value {
    make::score(&id(p, "score"), p, loinc, day, score)
}

fn score2(p: &str, day: &str, percent: f64) -> Value {
    make::measure(&id(p, "score2"), p, "score2", day, json!({"valueQuantity": make::quantity(percent, "%")}))
}

fn gir(p: &str, day: &str, value: i32) -> Value {
    make::measure(&id(p, &format!("gir-{value}")), p, "gir", day, json!({"valueInteger": value}))
}

fn living(p: &str, place: &str) -> Value {
    let place = json!({"valueCodeableConcept": make::ours("mtr-observation", place)});
    make::measure(&id(p, "place"), p, "living-place", "2024-01-01", place)
}

fn recognised(p: &str, code: &str, end: &str) -> Value {
    make::recognition(&id(p, "recognition"), p, code, json!({"start": "2020-01-01", "end": end}))
}

const ALD: &[Case] = &[
    ("recorded on a problem", |p| adult(p, [ald(p, "8", "2020")]), YES),
    ("a diagnosis alone is no exemption", |p| adult(p, [dx(p, "E10.9")]), NO),
    ("from the last day", |p| adult(p, [ald(p, "8", "2025-04-30")]), YES),
    ("from the day after", |p| adult(p, [ald(p, "8", "2025-05-01")]), NO),
    ("until the first day", |p| adult(p, [exempted(p, "8", "2025-04-01")]), YES),
    ("until the day before", |p| adult(p, [exempted(p, "8", "2025-03-31")]), NO),
    ("the Coverage governs its number", |p| adult(p, [ald(p, "8", "2020"), exempted(p, "8", "2025-03-31")]), NO),
    ("and no other", |p| adult(p, [ald(p, "8", "2020"), exempted(p, "23", "2025-03-31")]), YES),
    ("a right of no known number", |p| adult(p, [right(p, "ald")]), YES),
    ("another right", |p| adult(p, [right(p, "c2s")]), NO),
    ("refuted", |p| adult(p, [refuted(p)]), NO),
    ("nothing at all", |p| adult(p, []), NO),
];

#[test]
fn an_exonerating_ald_active_one_day_of_the_month() {
    check("ald", ALD);
}

const VULNERABLE: &[Case] = &[
    ("45", |p| adult(p, [precar(p, "2024-01-01", 45)]), YES),
    ("44", |p| adult(p, [precar(p, "2024-01-01", 44)]), NO),
    ("44.5 told as a quantity", |p| adult(p, [precar_quantity(p, 44.5)]), YES),
    ("less than 45, not how much", |p| adult(p, [precar_bounded(p, "<", 45.0)]), UNKNOWN),
    ("at most 44", |p| adult(p, [precar_bounded(p, "<=", 44.0)]), NO),
    ("more than 44", |p| adult(p, [precar_bounded(p, ">", 44.0)]), YES),
    ("no score", |p| adult(p, []), UNKNOWN),
    ("no score, 17 years old", |p| born(p, "2007-05-01", []), NO),
    ("no score, 18 years old", |p| born(p, "2007-04-30", []), UNKNOWN),
    ("a score after the month", |p| adult(p, [precar(p, "2025-05-01", 60)]), UNKNOWN),
    ("an old score", |p| adult(p, [precar(p, "2015-01-01", 60)]), YES),
    ("the latest", |p| adult(p, [precar(p, "2024-01-01", 60), precar(p, "2025-02-01", 20)]), NO),
    ("the highest of one day", |p| adult(p, [precar(p, "2024-01-01", 60), precar(p, "2024-01-01", 20)]), YES),
];

#[test]
fn precar_over_44_and_unknown_without_a_score() {
    check("vulnerabilite-sociale", VULNERABLE);
}

const ANS_CIM10: &str = "https://smt.esante.gouv.fr/terminologie-cim-10";
const ANS_CIM10_SLASH: &str = "https://smt.esante.gouv.fr/terminologie-cim-10/";
const PHQ9: &str = "44261-6";
const GAD7: &str = "70274-6";

const MENTAL: &[Case] = &[
    ("ALD 23", |p| adult(p, [ald(p, "23", "2020")]), YES),
    ("F20", |p| adult(p, [dx(p, "F20.0")]), YES),
    ("F48 without a dot", |p| adult(p, [dx(p, "F489")]), YES),
    ("F19 is before", |p| adult(p, [dx(p, "F19.9")]), NO),
    ("F50 is after", |p| adult(p, [dx(p, "F50.0")]), NO),
    ("under the ANS address of CIM-10", |p| adult(p, [dx_of(p, ANS_CIM10, "F32.1")]), YES),
    ("with its trailing slash", |p| adult(p, [dx_of(p, ANS_CIM10_SLASH, "F321")]), YES),
    ("of no known system", |p| adult(p, [dx_of(p, "urn:local", "F32.1")]), NO),
    ("resolved in the month", |p| adult(p, [resolved(p, "F32.1", "2025-04-01")]), YES),
    ("resolved before", |p| adult(p, [resolved(p, "F32.1", "2025-03-31")]), NO),
    ("PHQ-9 10", |p| adult(p, [scored(p, PHQ9, "2025-04-30", 10)]), YES),
    ("PHQ-9 9", |p| adult(p, [scored(p, PHQ9, "2025-04-30", 9)]), NO),
    ("GAD-7 10 twelve months before", |p| adult(p, [scored(p, GAD7, "2024-04-30", 10)]), YES),
    ("and a day more", |p| adult(p, [scored(p, GAD7, "2024-04-29", 10)]), NO),
    ("no score", |p| adult(p, []), NO),
];

#[test]
fn a_mental_disorder_by_ald_diagnosis_or_score() {
    check("sante-mentale", MENTAL);
}

const CARDIOVASCULAR: &[Case] = &[
    ("diabetes", |p| born(p, "1970-01-01", [dx(p, "E11.9")]), YES),
    ("an infarct that has resolved", |p| born(p, "1970-01-01", [resolved(p, "I21.9", "2021")]), YES),
    ("heart failure alone", |p| born(p, "1990-01-01", [dx(p, "I50.9")]), NO),
    ("2.5 under 50", |p| born(p, "1975-05-01", [score2(p, "2025-04-30", 2.5)]), YES),
    ("2.4 under 50", |p| born(p, "1975-05-01", [score2(p, "2025-04-30", 2.4)]), NO),
    ("4.9 at 50", |p| born(p, "1975-04-30", [score2(p, "2025-04-30", 4.9)]), NO),
    ("5 at 50", |p| born(p, "1975-04-30", [score2(p, "2025-04-30", 5.0)]), YES),
    ("6.9 at 69", |p| born(p, "1955-05-01", [score2(p, "2025-04-30", 6.9)]), YES),
    ("7.4 at 70", |p| born(p, "1955-04-30", [score2(p, "2025-04-30", 7.4)]), NO),
    ("7.5 at 70", |p| born(p, "1955-04-30", [score2(p, "2025-04-30", 7.5)]), YES),
    ("the age is that of the measure", |p| born(p, "1974-06-01", [score2(p, "2024-05-31", 3.0)]), YES),
    ("sixty months old", |p| born(p, "1980-01-01", [score2(p, "2020-04-30", 9.0)]), YES),
    ("and a day more", |p| born(p, "1980-01-01", [score2(p, "2020-04-29", 9.0)]), UNKNOWN),
    ("not measured at 40", |p| born(p, "1985-04-30", []), UNKNOWN),
    ("not measured at 39", |p| born(p, "1985-05-01", []), NO),
    ("not measured at 89", |p| born(p, "1935-05-01", []), UNKNOWN),
    ("not measured at 90", |p| born(p, "1935-04-30", []), NO),
];

#[test]
fn high_cardiovascular_risk_by_disease_or_score() {
    check("haut-risque-cv", CARDIOVASCULAR);
}

const DISABLED: &[Case] = &[
    ("AAH until the first day", |p| adult(p, [recognised(p, "aah", "2025-04-01")]), YES),
    ("AAH that has ended", |p| adult(p, [recognised(p, "aah", "2025-03-31")]), NO),
    ("AEEH", |p| born(p, "2012-01-01", [recognised(p, "aeeh", "2026-01-01")]), YES),
    ("RQTH alone", |p| adult(p, [recognised(p, "rqth", "2026-01-01")]), NO),
    ("none", |p| adult(p, []), NO),
];

const DEPENDENT: &[Case] = &[
    ("GIR 4 at home", |p| adult(p, [gir(p, "2024-01-01", 4), living(p, "home")]), YES),
    ("GIR 5 at home", |p| adult(p, [gir(p, "2024-01-01", 5), living(p, "home")]), NO),
    ("GIR 1 in an institution", |p| adult(p, [gir(p, "2024-01-01", 1), living(p, "institution")]), NO),
    ("GIR 2 living nobody knows where", |p| adult(p, [gir(p, "2024-01-01", 2)]), UNKNOWN),
    ("GIR 6 living nobody knows where", |p| adult(p, [gir(p, "2024-01-01", 6)]), NO),
    ("no GIR", |p| adult(p, [living(p, "home")]), NO),
    ("the lowest", |p| adult(p, [gir(p, "2024-01-01", 5), gir(p, "2024-01-01", 3), living(p, "home")]), YES),
    ("the latest", |p| adult(p, [gir(p, "2024-01-01", 2), gir(p, "2025-01-01", 5), living(p, "home")]), NO),
];

#[test]
fn disability_by_recognition_and_dependence_by_gir_at_home() {
    check("handicap", DISABLED);
    check("perte-autonomie-domicile", DEPENDENT);
}

#[test]
fn the_shape_is_the_one_specified() {
    let client = harness::practice();
    client.push(&adult("p", [precar("p", "2024-01-01", 60)]));
    let answer = client.found("/Patient/p/$typologies?date=2025-04-10");
    assert_eq!(answer["resourceType"], "Parameters");
    let all = read::all(&answer, "typology");
    let ids: Vec<&str> = all.iter().map(|t| read::value(t, "id").as_str().unwrap()).collect();
    assert_eq!(ids, CATALOGUE);
    let order = [
        "id:valueCode",
        "label:valueString",
        "declared:valueBoolean",
        "eligible:valueCode",
        "paid:valueBoolean",
        "missing:valueString",
        "evidence:valueReference",
        "ruleStatus:valueCode",
    ];
    for typology in &all {
        let shape = read::shape(typology);
        let ranks: Vec<usize> =
            shape.iter().map(|part| order.iter().position(|o| o == part).unwrap_or_else(|| panic!("{part}"))).collect();
        assert!(ranks.is_sorted(), "{shape:?}");
        for part in ["id", "label", "declared", "eligible", "paid", "ruleStatus"] {
            assert_eq!(shape.iter().filter(|s| s.starts_with(part)).count(), 1, "{part} in {shape:?}");
        }
    }
    let social = read::by_id(&answer, "typology", "vulnerabilite-sociale");
    assert_eq!(read::texts(social, "evidence"), ["Observation/p-precar-60/_history/1"]);
    assert_eq!(read::value(&answer, "rulebook").as_str().unwrap().len(), 64);
    for name in ["knownAt", "weakestStatus"] {
        assert!(read::value(&answer, name).is_string(), "{name}");
    }
}

/// Answers id, declared, eligible and paid of each typology in April 2025.
fn facts(client: &harness::Client, patient: &str) -> Vec<(String, bool, String, bool)> {
    let answer = client.found(&format!("/Patient/{patient}/$typologies?date=2025-04-30"));
    let fact = |typology: &Value| {
        let text = |name| read::value(typology, name).as_str().unwrap().to_owned();
        let truth = |name| read::value(typology, name) == true;
        (text("id"), truth("declared"), text("eligible"), truth("paid"))
    };
    read::all(&answer, "typology").into_iter().map(fact).collect()
}

#[test]
fn declared_eligible_and_paid_are_three_facts() {
    let client = harness::practice();
    let flag = |name: &str, typologie: &str| make::declared(name, "p", typologie, json!({"start": "2025-01-01"}));
    let flags =
        [flag("f1", "handicap"), flag("f2", "sante-mentale"), flag("f3", "nourrisson"), flag("f4", "sante-femme")];
    client.push(&make::and(adult("p", flags), vec![dx("p", "F41.1"), ald("p", "3", "2020")]));
    let told = facts(&client, "p");
    for (id, declared, eligible, paid) in [
        ("handicap", true, NO, true),
        ("sante-mentale", true, YES, true),
        ("nourrisson", true, NO, false),
        ("sante-femme", true, NO, false),
        ("ald", false, YES, true),
        ("personne-agee", false, NO, false),
    ] {
        assert!(told.contains(&(id.to_owned(), declared, eligible.to_owned(), paid)), "{id} in {told:?}");
    }
}

#[test]
fn a_patient_who_is_not_payable_keeps_his_eligibility_and_is_paid_nothing() {
    let client = harness::practice();
    client.push(&make::but(adult("q", [ald("q", "3", "2020")]), json!({"generalPractitioner": null})));
    let told = facts(&client, "q");
    assert!(told.contains(&("ald".to_owned(), false, YES.to_owned(), false)), "{told:?}");
    assert!(told.iter().all(|fact| !fact.3), "{told:?}");
}

const PARTLY_BORN: &[Case] = &[
    ("1950 is 75 or not on 30 April 2025", |p| born(p, "1950", []), UNKNOWN),
    ("1950-04 is 75 on 30 April", |p| born(p, "1950-04", []), YES),
    ("1949 is 75", |p| born(p, "1949", []), YES),
    ("1951 is not", |p| born(p, "1951", []), NO),
    ("1990 is nowhere near", |p| born(p, "1990", []), NO),
];

#[test]
fn a_partial_birth_date_is_unknown_only_where_its_ends_disagree() {
    check("personne-agee", PARTLY_BORN);
}
