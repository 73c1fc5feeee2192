//! Patient/$everything (patient-operation-everything.html).

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn told(bundle: &Value) -> Vec<String> {
    let none = Vec::new();
    let path = |entry: &Value| make::path(&entry["resource"]).trim_start_matches('/').to_owned();
    bundle["entry"].as_array().unwrap_or(&none).iter().map(path).collect()
}

fn next(bundle: &Value) -> Option<String> {
    let link = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next")?;
    Some(link["url"].as_str().unwrap().split("/fhir").last().unwrap().to_owned())
}

/// A visit of an hour: one without an end would go on for ever.
fn visit(id: &str, day: &str) -> Value {
    let period = json!({"start": format!("{day}T10:00:00+01:00"), "end": format!("{day}T11:00:00+01:00")});
    make::with(make::visit(id, "p", day), json!({"period": period}))
}

/// A practice, a patient of it with two visits, and another patient.
fn filled() -> Client {
    let client = harness::practice();
    client.push(&[
        make::patient("p", "male", "1950-01-01"),
        visit("e24", "2024-03-01"),
        visit("e25", "2025-03-01"),
        make::condition("c", "p", "I10", "2020"),
        make::patient("q", "male", "1950-01-01"),
        make::condition("other", "q", "I10", "2020"),
    ]);
    client
}

#[test]
fn everything_is_the_patient_its_own_and_whom_it_names() {
    let client = filled();
    let all = client.found("/Patient/p/$everything");
    assert_eq!(all["type"], "searchset");
    assert_eq!(told(&all), ["Patient/p", "Encounter/e24", "Encounter/e25", "Condition/c", "Practitioner/gp"]);
    assert_eq!(all["total"], 4, "what belongs to the patient");
    let modes: Vec<&str> =
        all["entry"].as_array().unwrap().iter().map(|e| e["search"]["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["match", "match", "match", "match", "include"]);
    assert_eq!(all["entry"][0]["resource"], client.found("/Patient/p"));
    assert_eq!(client.post("/Patient/p/$everything", &json!({"resourceType": "Parameters"})).expect(200).json(), all);
    let count = json!({"resourceType": "Parameters", "parameter": [{"name": "_count", "valueInteger": 2}]});
    assert_eq!(told(&client.post("/Patient/p/$everything", &count).expect(200).json()), ["Patient/p", "Encounter/e24"]);
    outcome::refused(&client.get("/Patient/absent/$everything"), 404, "not-found", "MTR-GET-001", "");
    outcome::refused(&client.get("/Encounter/e24/$everything"), 400, "not-supported", "MTR-OPR-011", "");
    client.delete("/Patient/p?_cascade=delete").expect(204);
    outcome::refused(&client.get("/Patient/p/$everything"), 410, "deleted", "MTR-GET-002", "");
}

#[test]
fn it_is_narrowed_by_time_of_care_type_and_change() {
    let client = filled();
    let of = |query: &str| told(&client.found(&format!("/Patient/p/$everything?{query}"))).join(" ");
    assert_eq!(of("start=2025-01-01"), "Patient/p Encounter/e25 Condition/c Practitioner/gp");
    assert_eq!(of("start=2020&end=2024"), "Patient/p Encounter/e24 Condition/c Practitioner/gp");
    assert_eq!(of("start=2024-03-01&end=2024-03-01"), "Patient/p Encounter/e24 Condition/c Practitioner/gp");
    assert_eq!(of("end=2019-12-31"), "Patient/p Practitioner/gp");
    assert_eq!(of("_type=Condition,Practitioner"), "Condition/c Practitioner/gp");
    let since = client.found("/Patient/p")["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    client.store(&make::condition("c", "p", "E11", "2020"));
    assert_eq!(of("_since=2999-01-01"), "");
    assert!(of(&format!("_since={since}")).contains("Condition/c"));
    assert!(!of(&format!("_since={since}")).contains("Practitioner"), "unchanged since");
    let short = client.found("/Patient/p/$everything?_elements=gender");
    assert_eq!(short["entry"][0]["resource"]["meta"]["tag"][0]["code"], "SUBSETTED");
    let ids = client.found("/Patient/p/$everything?_elements=id");
    assert!(ids["entry"].as_array().unwrap().iter().all(|entry| entry["resource"].get("name").is_none()), "{ids}");
    for query in ["_summary=count", "_count=2&_summary=count", "_summary=count&_count=2"] {
        let counted = client.found(&format!("/Patient/p/$everything?{query}"));
        assert_eq!((&counted["total"], counted.get("entry"), next(&counted)), (&json!(4), None, None), "{query}");
    }
    assert_eq!(client.found("/Patient/p/$everything?_summary=count&_type=Encounter")["total"], 2);
}

#[test]
fn pages_tell_each_resource_once_whatever_comes_between() {
    let client = filled();
    let whole = told(&client.found("/Patient/p/$everything"));
    let (mut all, mut path) = (Vec::new(), Some("/Patient/p/$everything?_count=2".to_owned()));
    while let Some(at) = path {
        let page = client.found(&at);
        assert!(told(&page).len() <= 2);
        assert_eq!(page["total"], 4);
        all.extend(told(&page));
        client.store(&make::condition(&format!("z{}", all.len()), "p", "J45", "2021"));
        path = next(&page);
        assert!(all.len() < 20);
    }
    assert_eq!(all, whole);
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let client = filled();
    let cases = [
        ("start=soon", "value", "MTR-OPR-004"),
        ("_since=2026-02-30", "value", "MTR-OPR-004"),
        ("_type=Observatoin", "value", "MTR-OPR-004"),
        ("_count=x", "value", "MTR-OPR-004"),
        ("_count=1&_count=2", "invalid", "MTR-OPR-005"),
        ("begin=2020", "not-supported", "MTR-OPR-002"),
        ("_cursor=q", "value", "MTR-SRC-008"),
    ];
    for (query, kind, code) in cases {
        outcome::refused(&client.get(&format!("/Patient/p/$everything?{query}")), 400, kind, code, "");
    }
}
