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
/// What it shows, the chart, the date, the typology, whether eligible.
type Case = (&'static str, Chart, &'static str, &'static str, &'static str);

#[track_caller]
fn check(cases: &[Case]) {
    let client = harness::practice();
    client.push(&cases.iter().enumerate().flat_map(|(n, case)| (case.1)(&format!("c{n}"))).collect::<Vec<_>>());
    for (n, (what, _, date, id, eligible)) in cases.iter().enumerate() {
        let answer = client.found(&format!("/Patient/c{n}/$typologies?date={date}"));
        let typology = read::by_id(&answer, "typology", id);
        assert_eq!(read::value(typology, "eligible"), eligible, "{what}");
        let missing = read::texts(typology, "missing");
        assert_eq!(missing.is_empty(), *eligible != "unknown", "{what}: {missing:?}");
        assert_eq!(read::value(typology, "paid"), &json!(*eligible == "yes"), "{what}");
    }
}

fn adult(p: &str, more: Vec<Value>) -> Vec<Value> {
    make::and(make::man(p, "1985-06-01"), more)
}

fn id(p: &str, name: &str) -> String {
    format!("{p}-{name}")
}

fn living(p: &str, place: &str) -> Value {
    make::measure(
        &id(p, "place"),
        p,
        "living-place",
        "2024-01-01",
        json!({"valueCodeableConcept": make::ours("mtr-observation", place)}),
    )
}

fn precar(p: &str, score: i32) -> Value {
    make::measure(&id(p, "precar"), p, "precar", "2024-01-01", json!({"valueInteger": score}))
}

fn gir(p: &str, name: &str, date: &str, value: i32) -> Value {
    make::measure(&id(p, name), p, "gir", date, json!({"valueInteger": value}))
}

fn score2(p: &str, date: &str, percent: f64) -> Value {
    make::measure(&id(p, "score2"), p, "score2", date, json!({"valueQuantity": make::quantity(percent, "%")}))
}

/// A Coverage of the ALD right with one exception.
fn exempted(p: &str, number: &str, period: Value) -> Value {
    make::with(
        make::coverage(&id(p, "cov"), p, "amo", json!({"start": "2015-01-01"})),
        json!({
        "costToBeneficiary": [{"valueQuantity": make::quantity(0.0, "%"), "exception": [{"type": make::ours("ald-number", number), "period": period}]}]}),
    )
}

#[test]
fn an_exonerating_ald_active_one_day_of_the_month() {
    check(&[
        (
            "recorded on a problem",
            |p| adult(p, vec![make::ald(&id(p, "a"), p, "8", "E10.9", "2020")]),
            "2025-04-30",
            "ald",
            "yes",
        ),
        (
            "a diagnosis alone is no exemption",
            |p| adult(p, vec![make::condition(&id(p, "a"), p, "E10.9", "2020")]),
            "2025-04-30",
            "ald",
            "no",
        ),
        (
            "from the last day",
            |p| adult(p, vec![make::ald(&id(p, "a"), p, "8", "E10.9", "2025-04-30")]),
            "2025-04-10",
            "ald",
            "yes",
        ),
        (
            "from the day after",
            |p| adult(p, vec![make::ald(&id(p, "a"), p, "8", "E10.9", "2025-05-01")]),
            "2025-04-30",
            "ald",
            "no",
        ),
        (
            "until the first day",
            |p| adult(p, vec![exempted(p, "8", json!({"start": "2015-01-01", "end": "2025-04-01"}))]),
            "2025-04-30",
            "ald",
            "yes",
        ),
        (
            "until the day before",
            |p| adult(p, vec![exempted(p, "8", json!({"start": "2015-01-01", "end": "2025-03-31"}))]),
            "2025-04-30",
            "ald",
            "no",
        ),
        (
            "the Coverage governs its number",
            |p| {
                adult(
                    p,
                    vec![
                        make::ald(&id(p, "a"), p, "8", "E10.9", "2020"),
                        exempted(p, "8", json!({"start": "2015-01-01", "end": "2025-03-31"})),
                    ],
                )
            },
            "2025-04-30",
            "ald",
            "no",
        ),
        (
            "and no other",
            |p| {
                adult(
                    p,
                    vec![
                        make::ald(&id(p, "a"), p, "8", "E10.9", "2020"),
                        exempted(p, "23", json!({"start": "2015-01-01", "end": "2025-03-31"})),
                    ],
                )
            },
            "2025-04-30",
            "ald",
            "yes",
        ),
        (
            "a right of no known number",
            |p| adult(p, vec![make::coverage(&id(p, "c"), p, "ald", json!({"start": "2020-01-01"}))]),
            "2025-04-30",
            "ald",
            "yes",
        ),
        (
            "another right",
            |p| adult(p, vec![make::coverage(&id(p, "c"), p, "c2s", json!({"start": "2020-01-01"}))]),
            "2025-04-30",
            "ald",
            "no",
        ),
        (
            "refuted",
            |p| {
                adult(
                    p,
                    vec![make::with(
                        make::ald(&id(p, "a"), p, "8", "E10.9", "2020"),
                        json!({"verificationStatus": make::concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")}),
                    )],
                )
            },
            "2025-04-30",
            "ald",
            "no",
        ),
        ("nothing at all", |p| adult(p, vec![]), "2025-04-30", "ald", "no"),
    ]);
}

#[test]
fn precar_over_44_and_unknown_without_a_score() {
    check(&[
        ("45", |p| adult(p, vec![precar(p, 45)]), "2025-04-30", "vulnerabilite-sociale", "yes"),
        ("44", |p| adult(p, vec![precar(p, 44)]), "2025-04-30", "vulnerabilite-sociale", "no"),
        ("no score", |p| adult(p, vec![]), "2025-04-30", "vulnerabilite-sociale", "unknown"),
        ("no score, 17 years old", |p| make::man(p, "2007-05-01"), "2025-04-30", "vulnerabilite-sociale", "no"),
        ("no score, 18 years old", |p| make::man(p, "2007-04-30"), "2025-04-30", "vulnerabilite-sociale", "unknown"),
        (
            "a score after the month",
            |p| adult(p, vec![precar(p, 60)]),
            "2023-12-31",
            "vulnerabilite-sociale",
            "unknown",
        ),
        (
            "the latest score",
            |p| {
                adult(
                    p,
                    vec![
                        precar(p, 60),
                        make::measure(&id(p, "q"), p, "precar", "2025-02-01", json!({"valueInteger": 20})),
                    ],
                )
            },
            "2025-04-30",
            "vulnerabilite-sociale",
            "no",
        ),
        (
            "the highest of one day",
            |p| {
                adult(
                    p,
                    vec![
                        precar(p, 60),
                        make::measure(&id(p, "q"), p, "precar", "2024-01-01", json!({"valueInteger": 20})),
                    ],
                )
            },
            "2025-04-30",
            "vulnerabilite-sociale",
            "yes",
        ),
        (
            "a score told as a quantity",
            |p| {
                adult(
                    p,
                    vec![make::measure(
                        &id(p, "q"),
                        p,
                        "precar",
                        "2024-01-01",
                        json!({"valueQuantity": make::quantity(44.5, "{score}")}),
                    )],
                )
            },
            "2025-04-30",
            "vulnerabilite-sociale",
            "yes",
        ),
    ]);
}

#[test]
fn a_mental_disorder_by_ald_diagnosis_or_score() {
    check(&[
        (
            "ALD 23",
            |p| adult(p, vec![make::ald(&id(p, "a"), p, "23", "F60.3", "2020")]),
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "F20",
            |p| adult(p, vec![make::condition(&id(p, "a"), p, "F20.0", "2020")]),
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "F48 without a dot",
            |p| adult(p, vec![make::condition(&id(p, "a"), p, "F489", "2020")]),
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "F19 is before",
            |p| adult(p, vec![make::condition(&id(p, "a"), p, "F19.9", "2020")]),
            "2025-04-30",
            "sante-mentale",
            "no",
        ),
        (
            "F50 is after",
            |p| adult(p, vec![make::condition(&id(p, "a"), p, "F50.0", "2020")]),
            "2025-04-30",
            "sante-mentale",
            "no",
        ),
        (
            "under the ANS address of CIM-10",
            |p| {
                adult(
                    p,
                    vec![make::with(
                        make::condition(&id(p, "a"), p, "F32", "2020"),
                        json!({"code": make::concept("https://smt.esante.gouv.fr/terminologie-cim-10", "F32.1")}),
                    )],
                )
            },
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "with its trailing slash",
            |p| {
                adult(
                    p,
                    vec![make::with(
                        make::condition(&id(p, "a"), p, "F32", "2020"),
                        json!({"code": make::concept("https://smt.esante.gouv.fr/terminologie-cim-10/", "F321")}),
                    )],
                )
            },
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "resolved in the month",
            |p| {
                adult(
                    p,
                    vec![make::with(
                        make::condition(&id(p, "a"), p, "F32.1", "2020"),
                        json!({"clinicalStatus": make::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved"), "abatementDateTime": "2025-04-01"}),
                    )],
                )
            },
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "resolved before",
            |p| {
                adult(
                    p,
                    vec![make::with(
                        make::condition(&id(p, "a"), p, "F32.1", "2020"),
                        json!({"clinicalStatus": make::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved"), "abatementDateTime": "2025-03-31"}),
                    )],
                )
            },
            "2025-04-30",
            "sante-mentale",
            "no",
        ),
        (
            "PHQ-9 10",
            |p| adult(p, vec![make::score(&id(p, "s"), p, "44261-6", "2025-04-30", 10)]),
            "2025-04-30",
            "sante-mentale",
            "yes",
        ),
        (
            "PHQ-9 9",
            |p| adult(p, vec![make::score(&id(p, "s"), p, "44261-6", "2025-04-30", 9)]),
            "2025-04-30",
            "sante-mentale",
            "no",
        ),
        (
            "GAD-7 10 twelve months before",
            |p| adult(p, vec![make::score(&id(p, "s"), p, "70274-6", "2024-04-30", 10)]),
            "2025-04-15",
            "sante-mentale",
            "yes",
        ),
        (
            "and a day more",
            |p| adult(p, vec![make::score(&id(p, "s"), p, "70274-6", "2024-04-29", 10)]),
            "2025-04-15",
            "sante-mentale",
            "no",
        ),
        ("no score", |p| adult(p, vec![]), "2025-04-30", "sante-mentale", "no"),
    ]);
}

#[test]
fn high_cardiovascular_risk_by_disease_or_score() {
    fn aged(p: &str, birth: &str, percent: f64) -> Vec<Value> {
        make::and(make::man(p, birth), vec![score2(p, "2025-04-30", percent)])
    }
    check(&[
        (
            "diabetes",
            |p| make::and(make::man(p, "1970-01-01"), vec![make::condition(&id(p, "a"), p, "E11.9", "2020")]),
            "2025-04-30",
            "haut-risque-cv",
            "yes",
        ),
        (
            "an infarct that has long resolved",
            |p| {
                make::and(
                    make::man(p, "1970-01-01"),
                    vec![make::with(
                        make::condition(&id(p, "a"), p, "I21.9", "2010"),
                        json!({"clinicalStatus": make::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved"), "abatementDateTime": "2011"}),
                    )],
                )
            },
            "2025-04-30",
            "haut-risque-cv",
            "yes",
        ),
        (
            "heart failure alone",
            |p| make::and(make::man(p, "1990-01-01"), vec![make::condition(&id(p, "a"), p, "I50.9", "2020")]),
            "2025-04-30",
            "haut-risque-cv",
            "no",
        ),
        ("2.5 under 50", |p| aged(p, "1975-05-01", 2.5), "2025-04-30", "haut-risque-cv", "yes"),
        ("2.4 under 50", |p| aged(p, "1975-05-01", 2.4), "2025-04-30", "haut-risque-cv", "no"),
        ("4.9 at 50", |p| aged(p, "1975-04-30", 4.9), "2025-04-30", "haut-risque-cv", "no"),
        ("5 at 50", |p| aged(p, "1975-04-30", 5.0), "2025-04-30", "haut-risque-cv", "yes"),
        ("7.4 at 70", |p| aged(p, "1955-04-30", 7.4), "2025-04-30", "haut-risque-cv", "no"),
        ("7.5 at 70", |p| aged(p, "1955-04-30", 7.5), "2025-04-30", "haut-risque-cv", "yes"),
        (
            "the age is that of the measure",
            |p| make::and(make::man(p, "1974-06-01"), vec![score2(p, "2024-05-31", 3.0)]),
            "2025-04-30",
            "haut-risque-cv",
            "yes",
        ),
        (
            "sixty months old",
            |p| make::and(make::man(p, "1980-01-01"), vec![score2(p, "2020-04-30", 9.0)]),
            "2025-04-30",
            "haut-risque-cv",
            "yes",
        ),
        (
            "and a day more",
            |p| make::and(make::man(p, "1980-01-01"), vec![score2(p, "2020-04-29", 9.0)]),
            "2025-04-30",
            "haut-risque-cv",
            "unknown",
        ),
        ("not measured at 40", |p| make::man(p, "1985-04-30"), "2025-04-30", "haut-risque-cv", "unknown"),
        ("not measured at 39", |p| make::man(p, "1985-05-01"), "2025-04-30", "haut-risque-cv", "no"),
        ("not measured at 89", |p| make::man(p, "1935-05-01"), "2025-04-30", "haut-risque-cv", "unknown"),
        ("not measured at 90", |p| make::man(p, "1935-04-30"), "2025-04-30", "haut-risque-cv", "no"),
    ]);
}

#[test]
fn disability_by_recognition_and_dependence_by_gir_at_home() {
    check(&[
        (
            "AAH",
            |p| {
                adult(
                    p,
                    vec![make::recognition(&id(p, "r"), p, "aah", json!({"start": "2024-01-01", "end": "2025-04-01"}))],
                )
            },
            "2025-04-30",
            "handicap",
            "yes",
        ),
        (
            "AAH that has ended",
            |p| {
                adult(
                    p,
                    vec![make::recognition(&id(p, "r"), p, "aah", json!({"start": "2024-01-01", "end": "2025-03-31"}))],
                )
            },
            "2025-04-30",
            "handicap",
            "no",
        ),
        (
            "AEEH",
            |p| {
                make::and(
                    make::man(p, "2012-01-01"),
                    vec![make::recognition(&id(p, "r"), p, "aeeh", json!({"start": "2024-01-01"}))],
                )
            },
            "2025-04-30",
            "handicap",
            "yes",
        ),
        (
            "RQTH alone",
            |p| adult(p, vec![make::recognition(&id(p, "r"), p, "rqth", json!({"start": "2024-01-01"}))]),
            "2025-04-30",
            "handicap",
            "no",
        ),
        ("none", |p| adult(p, vec![]), "2025-04-30", "handicap", "no"),
        (
            "GIR 4 at home",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 4), living(p, "home")]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "yes",
        ),
        (
            "GIR 5 at home",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 5), living(p, "home")]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "no",
        ),
        (
            "GIR 1 in an institution",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 1), living(p, "institution")]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "no",
        ),
        (
            "GIR 2 living nobody knows where",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 2)]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "unknown",
        ),
        (
            "GIR 6 living nobody knows where",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 6)]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "no",
        ),
        ("no GIR", |p| adult(p, vec![living(p, "home")]), "2025-04-30", "perte-autonomie-domicile", "no"),
        (
            "the lowest of one day",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 5), gir(p, "h", "2024-01-01", 3), living(p, "home")]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "yes",
        ),
        (
            "the latest",
            |p| adult(p, vec![gir(p, "g", "2024-01-01", 2), gir(p, "h", "2025-01-01", 5), living(p, "home")]),
            "2025-04-30",
            "perte-autonomie-domicile",
            "no",
        ),
    ]);
}

#[test]
fn the_shape_is_the_one_specified() {
    let client = harness::practice();
    client.push(&adult("p", vec![precar("p", 60)]));
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
    assert_eq!(read::texts(social, "evidence"), ["Observation/p-precar/_history/1"]);
    assert_eq!(read::value(&answer, "rulebook").as_str().unwrap().len(), 64);
    for name in ["knownAt", "weakestStatus"] {
        assert!(read::value(&answer, name).is_string(), "{name}");
    }
}

#[test]
fn declared_eligible_and_paid_are_three_facts() {
    let client = harness::practice();
    let flag = |name: &str, typologie: &str| make::declared(name, "p", typologie, json!({"start": "2025-01-01"}));
    client.push(&adult(
        "p",
        vec![
            flag("f1", "handicap"),
            flag("f2", "sante-mentale"),
            flag("f3", "nourrisson"),
            flag("f4", "sante-femme"),
            make::condition("c", "p", "F41.1", "2020"),
            make::ald("a", "p", "3", "I70.2", "2020"),
        ],
    ));
    let facts = |client: &harness::Client, patient: &str| -> Vec<(String, bool, String, bool)> {
        let answer = client.found(&format!("/Patient/{patient}/$typologies?date=2025-04-30"));
        read::all(&answer, "typology")
            .into_iter()
            .map(|t| {
                let text = |name| read::value(t, name).as_str().unwrap().to_owned();
                (text("id"), read::value(t, "declared") == true, text("eligible"), read::value(t, "paid") == true)
            })
            .collect()
    };
    let told = |id: &str| facts(&client, "p").into_iter().find(|f| f.0 == id).unwrap();
    for (id, declared, eligible, paid) in [
        ("handicap", true, "no", true),
        ("sante-mentale", true, "yes", true),
        ("nourrisson", true, "no", false),
        ("sante-femme", true, "no", false),
        ("ald", false, "yes", true),
        ("personne-agee", false, "no", false),
    ] {
        assert_eq!(told(id), (id.to_owned(), declared, eligible.to_owned(), paid));
    }
    // A patient who is not payable keeps his eligibility and is paid nothing.
    client.push(&make::but(
        adult("q", vec![make::ald("b", "q", "3", "I70.2", "2020")]),
        json!({"generalPractitioner": null}),
    ));
    let unpaid = facts(&client, "q");
    assert!(unpaid.contains(&("ald".to_owned(), false, "yes".to_owned(), false)), "{unpaid:?}");
    assert!(unpaid.iter().all(|f| !f.3));
}

#[test]
fn a_partial_birth_date_is_unknown_only_where_its_ends_disagree() {
    check(&[
        ("1950 is 75 or not on 30 April 2025", |p| make::man(p, "1950"), "2025-04-30", "personne-agee", "unknown"),
        ("1950-04 is 75 on 30 April", |p| make::man(p, "1950-04"), "2025-04-30", "personne-agee", "yes"),
        ("1949 is 75", |p| make::man(p, "1949"), "2025-04-30", "personne-agee", "yes"),
        ("1951 is not", |p| make::man(p, "1951"), "2025-04-30", "personne-agee", "no"),
        ("1990 is nowhere near", |p| make::man(p, "1990"), "2025-04-30", "personne-agee", "no"),
    ]);
}
