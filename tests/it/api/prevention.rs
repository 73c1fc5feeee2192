//! `$prevention`: the card of a day, its shape and its statuses.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const CATALOGUE: [&str; 26] = [
    "blood-pressure",
    "bmi",
    "cardiovascular-risk",
    "aaa-screening",
    "dental-check",
    "melanoma",
    "colorectal-cancer",
    "breast-cancer",
    "cervical-cancer",
    "sti-screening",
    "hiv-hepatitis",
    "diabetes-screening",
    "kidney-function",
    "tobacco",
    "alcohol",
    "physical-activity",
    "dietary-habits",
    "depression",
    "falls",
    "osteoporosis",
    "vision-hearing",
    "dtp-pertussis-vaccine",
    "influenza-covid-vaccine",
    "pneumococcal-vaccine",
    "zoster-vaccine",
    "hpv-vaccine",
];

const SUMMARY: [&str; 9] = [
    "applicable:valueInteger",
    "upToDate:valueInteger",
    "expired:valueInteger",
    "neverDone:valueInteger",
    "refused:valueInteger",
    "excluded:valueInteger",
    "notEligible:valueInteger",
    "indeterminate:valueInteger",
    "text:valueString",
];

fn card(client: &Client, patient: &str, date: &str) -> Value {
    client.found(&format!("/Patient/{patient}/$prevention?date={date}"))
}

/// Answers status, reason, last done, due and due soon of an item.
fn item<'a>(card: &'a Value, id: &str) -> (&'a str, &'a str, &'a str, &'a str, bool) {
    let item = read::by_id(card, "item", id);
    let text = |name| read::value(item, name).as_str().unwrap_or("");
    (text("status"), text("reason"), text("lastDone"), text("dueDate"), read::value(item, "dueSoon") == true)
}

/// A man of 62 on 30 June 2025.
fn man_of_62(done: &[(&str, &str)]) -> Vec<Value> {
    let mut all = vec![make::patient("p", "male", "1963-03-14")];
    all.extend(done.iter().enumerate().map(|(n, (code, date))| make::evidence(&format!("o{n}"), "p", code, date)));
    all
}

#[test]
fn the_card_of_a_man_of_62_is_the_one_worked_by_hand() {
    let client = harness::structure();
    client.push(&man_of_62(&[
        ("blood-pressure", "2025-05"),
        ("bmi", "2025-05-20"),
        ("cv-risk-score", "2025-05"),
        ("dental-check", "2024"),
        ("fit", "2023-06-30"),
        ("tobacco-status", "2024-07-01"),
        ("alcohol-screening", "2024-06-30"),
    ]));
    let card = card(&client, "p", "2025-06-30");
    let summary = read::all(&card, "summary")[0];
    let counts: Vec<i64> = SUMMARY[..8]
        .iter()
        .map(|name| read::value(summary, name.split(':').next().unwrap()).as_i64().unwrap())
        .collect();
    assert_eq!(counts, [15, 4, 3, 8, 0, 0, 11, 0]);
    assert_eq!(read::value(summary, "text"), "à jour 4/15, expirés 3/15, jamais faits 8/15");
    for (id, wanted) in [
        ("blood-pressure", ("up-to-date", "", "2025-05", "2026-05-01", false)),
        ("bmi", ("up-to-date", "", "2025-05-20", "2026-05-20", false)),
        ("cardiovascular-risk", ("up-to-date", "", "2025-05", "2030-05-01", false)),
        // A year alone counts from its first day, and on the due day itself it has expired.
        ("dental-check", ("expired", "", "2024", "2025-01-01", false)),
        ("colorectal-cancer", ("expired", "", "2023-06-30", "2025-06-30", false)),
        ("tobacco", ("up-to-date", "", "2024-07-01", "2025-07-01", true)),
        ("alcohol", ("expired", "", "2024-06-30", "2025-06-30", false)),
        ("melanoma", ("never-done", "", "", "", false)),
        ("breast-cancer", ("not-eligible", "", "", "", false)),
    ] {
        assert_eq!(item(&card, id), wanted, "{id}");
    }
}

#[test]
fn the_shape_is_the_one_specified() {
    let client = harness::structure();
    client.push(&man_of_62(&[("fit", "2024-06-30")]));
    let card = card(&client, "p", "2025-06-30");
    assert_eq!(card["resourceType"], "Parameters");
    assert_eq!(read::value(&card, "date"), "2025-06-30");
    let names: Vec<&str> = card["parameter"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["date", "summary"]);
    assert_eq!(read::shape(read::all(&card, "summary")[0]), SUMMARY);
    let items = read::all(&card, "item");
    let ids: Vec<&str> = items.iter().map(|i| read::value(i, "id").as_str().unwrap()).collect();
    assert_eq!(ids, CATALOGUE);
    let always = [
        "id:valueCode",
        "domain:valueCode",
        "status:valueCode",
        "label:valueString",
        "dueSoon:valueBoolean",
        "ruleStatus:valueCode",
    ];
    let sometimes = ["dueDate:valueDate", "lastDone:valueDate", "reason:valueCode", "evidence:valueReference"];
    for item in &items {
        let shape = read::shape(item);
        for part in always {
            assert_eq!(shape.iter().filter(|s| *s == part).count(), 1, "{part} in {shape:?}");
        }
        assert!(shape.iter().all(|s| always.contains(&s.as_str()) || sometimes.contains(&s.as_str())), "{shape:?}");
        let status = read::value(item, "ruleStatus").as_str().unwrap();
        assert!(["official", "fallback", "interpretation"].contains(&status), "{status}");
    }
    let fit = read::by_id(&card, "item", "colorectal-cancer");
    assert_eq!(read::texts(fit, "evidence"), ["Observation/o0/_history/1"]);
    assert_eq!(read::value(&card, "rulebook").as_str().unwrap().len(), 64);
    assert!(read::value(&card, "knownAt").as_str().unwrap().ends_with('Z'));
    assert!(read::value(&card, "weakestStatus").is_string());
}

#[test]
fn counts_foot_whoever_the_patient_is() {
    let client = harness::structure();
    let people: Vec<Value> = ["male", "female", "other", "unknown"]
        .iter()
        .flat_map(|gender| {
            ["2024-05", "2015-01-01", "2005-02-28", "1990", "1975-12-31", "1960-06-15", "1945-01-01", "1920"]
                .iter()
                .enumerate()
                .map(move |(n, birth)| make::patient(&format!("{gender}-{n}"), gender, birth))
        })
        .collect();
    client.push(&people);
    for person in &people {
        let card = card(&client, person["id"].as_str().unwrap(), "2025-06-30");
        let summary = read::all(&card, "summary")[0];
        let count = |name: &str| read::value(summary, name).as_i64().unwrap();
        assert_eq!(count("applicable"), count("upToDate") + count("expired") + count("neverDone") + count("refused"));
        assert_eq!(count("applicable") + count("excluded") + count("notEligible") + count("indeterminate"), 26);
    }
}

#[test]
fn validity_ends_on_its_day_and_due_soon_warns_before() {
    let client = harness::structure();
    client.push(&man_of_62(&[("tobacco-status", "2024-07-01")]));
    for (date, status, soon) in [
        ("2024-06-30", "never-done", false),
        ("2024-07-01", "up-to-date", false),
        ("2025-04-01", "up-to-date", false),
        ("2025-04-02", "up-to-date", true),
        ("2025-06-30", "up-to-date", true),
        ("2025-07-01", "expired", false),
    ] {
        let card = card(&client, "p", date);
        let (got, _, _, _, got_soon) = item(&card, "tobacco");
        assert_eq!((got, got_soon), (status, soon), "{date}");
    }
}

#[test]
fn refusals_contraindications_and_known_diseases() {
    let client = harness::structure();
    let vaccine = |id: &str, reason: &str| {
        make::with(
            make::immunization(id, "p", make::concept("http://www.whocc.no/atc", "J07BB02"), "2025-01-10"),
            json!({
            "status": "not-done", "statusReason": make::concept("http://terminology.hl7.org/CodeSystem/v3-ActReason", reason)}),
        )
    };
    client.push(&[
        make::patient("p", "male", "1958-03-14"),
        make::evidence("r", "p", "refused:colorectal-cancer", "2025-01-10"),
        make::evidence("c", "p", "contraindicated:dental-check", "2015-01-10"),
        make::condition("d", "p", "F32.0", "2024"),
        vaccine("v", "PATOBJ"),
        make::with(make::evidence("w", "p", "fit", "2025-02-01"), json!({"status": "entered-in-error"})),
    ]);
    let card = card(&client, "p", "2025-06-30");
    for (id, status, reason) in [
        ("colorectal-cancer", "refused", "refused"),
        ("dental-check", "excluded", "contraindicated"),
        ("depression", "excluded", "known-disease"),
        ("influenza-covid-vaccine", "refused", "refused"),
    ] {
        let (got, why, ..) = item(&card, id);
        assert_eq!(got, status, "{id}");
        assert!(why == reason || (status == "refused" && why.is_empty()), "{id}: {why}");
    }
    let after_a_year = client.found("/Patient/p/$prevention?date=2026-01-10");
    assert_eq!(item(&after_a_year, "colorectal-cancer").0, "never-done", "a refusal holds twelve months");
}

#[test]
fn a_positive_test_without_a_colonoscopy_is_expired_at_once() {
    let client = harness::structure();
    let fit = |id: &str, date: &str, result: &str| {
        make::with(
            make::observation(id, "p", make::concept("http://loinc.org", "29771-3"), date),
            json!({"valueCodeableConcept": make::concept("http://snomed.info/sct", result)}),
        )
    };
    client.push(&[make::patient("p", "male", "1963-03-14"), fit("a", "2025-01-10", "260385009")]);
    assert_eq!(item(&card(&client, "p", "2025-06-30"), "colorectal-cancer").0, "up-to-date");
    client.store(&fit("b", "2025-03-10", "10828004"));
    let positive = card(&client, "p", "2025-06-30");
    assert_eq!(
        (item(&positive, "colorectal-cancer").0, item(&positive, "colorectal-cancer").1),
        ("expired", "abnormal-needs-follow-up")
    );
    client.store(&make::procedure(
        "c",
        "p",
        make::concept("https://smt.esante.gouv.fr/terminologie-ccam", "HHQE002"),
        "2025-04-10",
    ));
    assert_eq!(
        item(&card(&client, "p", "2025-06-30"), "colorectal-cancer"),
        ("up-to-date", "", "2025-04-10", "2030-04-10", false)
    );
}

#[test]
fn after_death_nothing_is_due() {
    let client = harness::structure();
    client.store(&make::with(make::patient("p", "male", "1963-03-14"), json!({"deceasedDateTime": "2025-05-01"})));
    let after = card(&client, "p", "2025-06-30");
    for id in CATALOGUE {
        assert_eq!((item(&after, id).0, item(&after, id).1), ("not-eligible", "deceased"), "{id}");
    }
    assert_eq!(read::value(read::all(&after, "summary")[0], "applicable"), 0);
    assert_eq!(item(&card(&client, "p", "2025-04-30"), "tobacco").0, "never-done");
}

#[test]
fn what_decides_and_is_missing_is_said() {
    let client = harness::structure();
    client.push(&[
        make::patient("unknown", "unknown", "1963-03-14"),
        make::with(make::patient("absent", "male", "1963-03-14"), json!({"gender": null})),
        make::patient("child", "unknown", "2018-01-01"),
        make::patient("year", "male", "1963"),
    ]);
    for patient in ["unknown", "absent"] {
        let card = card(&client, patient, "2025-06-30");
        for id in ["breast-cancer", "cervical-cancer"] {
            assert_eq!((item(&card, id).0, item(&card, id).1), ("indeterminate", "missing-sex"), "{patient} {id}");
        }
        assert_eq!(item(&card, "tobacco").0, "never-done");
    }
    assert_eq!(item(&card(&client, "child", "2025-06-30"), "breast-cancer").0, "not-eligible");
    let year = card(&client, "year", "2025-06-30");
    assert_eq!(read::value(read::all(&year, "summary")[0], "approximate"), true);
    // Born in 1963 is read as 1 July: 61 on 30 June 2025, 62 the day after.
    assert_eq!(
        read::value(read::all(&card(&client, "unknown", "2025-06-30"), "summary")[0], "approximate"),
        &Value::Null
    );
}

#[test]
fn evidence_counts_whoever_coded_it() {
    let client = harness::structure();
    let loinc = |id: &str, code: &str, value: Value| {
        make::with(make::observation(id, "p", make::concept("http://loinc.org", code), "2025-05-10"), value)
    };
    client.push(&[
        make::patient("p", "female", "1963-03-14"),
        make::with(
            loinc("bp", "85354-9", json!({})),
            json!({"component": [
            {"code": make::concept("http://loinc.org", "8480-6"), "valueQuantity": make::quantity(128.0, "mm[Hg]")},
            {"code": make::concept("http://loinc.org", "8462-4"), "valueQuantity": make::quantity(78.0, "mm[Hg]")}]}),
        ),
        loinc("w", "29463-7", json!({"valueQuantity": make::quantity(70.0, "kg")})),
        loinc("h", "8302-2", json!({"valueQuantity": make::quantity(170.0, "cm")})),
        make::score("phq", "p", "44261-6", "2025-05-10", 3),
        make::procedure(
            "m",
            "p",
            make::concept("https://smt.esante.gouv.fr/terminologie-ccam", "QEQK004"),
            "2025-05-10",
        ),
        make::immunization("d", "p", make::concept("http://www.whocc.no/atc", "J07CA02"), "2010-05-10"),
        make::with(
            make::procedure("dent", "p", make::ours("prevention-evidence", "dental-check"), "2025-05-10"),
            json!({}),
        ),
    ]);
    let card = card(&client, "p", "2025-06-30");
    for id in ["blood-pressure", "bmi", "depression", "breast-cancer", "dental-check", "dtp-pertussis-vaccine"] {
        assert_eq!(item(&card, id).0, "up-to-date", "{id}");
    }
    assert_eq!(read::texts(read::by_id(&card, "item", "bmi"), "evidence").len(), 2);
}

#[test]
fn the_newest_version_is_what_counts() {
    let client = harness::structure();
    client.push(&man_of_62(&[("fit", "2025-05-10")]));
    client.store(&make::evidence("o0", "p", "fit", "2019-05-10"));
    let changed = card(&client, "p", "2025-06-30");
    assert_eq!(
        (item(&changed, "colorectal-cancer").0, item(&changed, "colorectal-cancer").2),
        ("expired", "2019-05-10")
    );
    assert_eq!(
        read::texts(read::by_id(&changed, "item", "colorectal-cancer"), "evidence"),
        ["Observation/o0/_history/2"]
    );
    client.delete("/Observation/o0").expect(204);
    assert_eq!(item(&card(&client, "p", "2025-06-30"), "colorectal-cancer").0, "never-done");
}
