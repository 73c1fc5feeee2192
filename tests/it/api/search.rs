//! search (search.html): by identifier, patient, subject, code and date; strict, with paging.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn ids(found: &Value) -> Vec<String> {
    let entries = found["entry"].as_array();
    entries.into_iter().flatten().map(|e| e["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn finds(client: &Client, query: &str, wanted: &[&str]) {
    let found = client.found(query);
    assert_eq!(
        (ids(&found), found["total"].as_u64()),
        (wanted.iter().map(|&w| w.to_owned()).collect(), Some(wanted.len() as u64)),
        "{query}"
    );
}

/// An Observation of `p` with this code and date.
fn noted(id: &str, code: Value, date: &str) -> Value {
    make::with(make::observation(id, "p", code, date), json!({"valueString": "x"}))
}

#[test]
fn a_searchset_says_what_it_is() {
    let client = harness::structure();
    client.push(&[make::patient("a", "male", "1950-01-01"), make::patient("b", "male", "1950-01-01")]);
    let found = client.found(&format!("/Patient?identifier={}%7CN-a", make::IPP));
    assert_eq!(
        (&found["resourceType"], &found["type"], &found["total"]),
        (&json!("Bundle"), &json!("searchset"), &json!(1))
    );
    assert_eq!(found["entry"][0]["search"]["mode"], "match");
    assert_eq!(found["entry"][0]["fullUrl"], format!("{}/fhir/Patient/a", client.base()));
    assert_eq!(found["entry"][0]["resource"]["meta"]["versionId"], "1");
    let link = &found["link"][0];
    assert_eq!(link["relation"], "self");
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/fhir/Patient?", client.base())) && url.contains("identifier="), "{url}");
    let nothing = client.found("/Patient?identifier=none");
    assert_eq!(nothing["total"], 0);
    assert!(nothing.get("entry").is_none(), "an empty array is no FHIR");
}

#[test]
fn identifiers_are_found_by_system_and_value() {
    let client = harness::structure();
    let identified = |id: &str, identifiers: Value| {
        make::with(make::patient(id, "male", "1950-01-01"), json!({"identifier": identifiers}))
    };
    client.push(&[
        identified("a", json!([{"system": "urn:s1", "value": "1"}, {"system": "urn:s2", "value": "2"}])),
        identified("b", json!([{"system": "urn:s2", "value": "1"}])),
        identified("c", json!([{"value": "1"}])),
        identified("d", json!([{"system": "urn:s1", "value": "Ab-1 é"}])),
    ]);
    let cases: [(&str, &[&str]); 10] = [
        ("urn:s1|1", &["a"]),
        ("urn:s2|2", &["a"]),
        ("urn:s2|1", &["b"]),
        ("1", &["a", "b", "c"]),
        ("|1", &["c"]),
        ("urn:s3|1", &[]),
        ("urn:s1|1,urn:s2|1", &["a", "b"]),
        ("urn:s1|1&identifier=urn:s2|2", &["a"]),
        ("urn:s1|1&identifier=urn:s2|1", &[]),
        ("urn:s1|Ab-1%20%C3%A9", &["d"]),
    ];
    for (value, wanted) in cases {
        finds(&client, &format!("/Patient?identifier={value}"), wanted);
        finds(&client, &format!("/Patient?identifier={}", value.replace('|', "%7C")), wanted);
    }
    finds(&client, "/Patient?identifier=urn:s1|ab-1%20%C3%A9", &[]);
}

#[test]
fn a_patients_resources_are_found_by_patient_and_subject() {
    let client = harness::structure();
    client.push(&make::one_of_each("p"));
    client.push(&make::one_of_each("q"));
    for resource in make::one_of_each("p").iter().skip(1).take(12) {
        let kind = resource["resourceType"].as_str().unwrap();
        let wanted = [resource["id"].as_str().unwrap()];
        finds(&client, &format!("/{kind}?patient=p"), &wanted);
        finds(&client, &format!("/{kind}?patient=Patient/p"), &wanted);
        finds(&client, &format!("/{kind}?patient={}/fhir/Patient/p", client.base()), &wanted);
        finds(&client, &format!("/{kind}?patient=absent"), &[]);
        // The same within the patient's compartment.
        finds(&client, &format!("/Patient/p/{kind}"), &wanted);
        finds(&client, &format!("/Patient/p/{kind}?_id={}", wanted[0]), &wanted);
        finds(&client, &format!("/Patient/p/{kind}?patient=q"), &[]);
        finds(&client, &format!("/Patient/absent/{kind}"), &[]);
    }
    for kind in [
        "Encounter",
        "Observation",
        "Condition",
        "Procedure",
        "DiagnosticReport",
        "QuestionnaireResponse",
        "CareTeam",
        "Flag",
    ] {
        assert_eq!(client.found(&format!("/{kind}?subject=Patient/p"))["total"], 1, "{kind}");
        assert_eq!(client.found(&format!("/{kind}?subject=Patient/p,Patient/q"))["total"], 2, "{kind}");
    }
}

#[test]
fn a_compartment_holds_what_is_of_its_patient_and_its_links_say_so() {
    let client = harness::structure();
    client.push(&make::one_of_each("p"));
    let found = client.found("/Patient/p/Observation?_count=1");
    let own = found["link"][0]["url"].as_str().unwrap();
    assert!(own.contains("/fhir/Observation?patient=Patient/p"), "{own}");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let posted = client.send("POST", "/Patient/p/Observation/_search", &form, b"_count=1").expect(200).json();
    assert_eq!(ids(&posted), ids(&found));
    for (path, status) in [("Practitioner", 404), ("Patient", 404), ("Zodiac", 404), ("Observation?patiant=p", 400)] {
        assert_eq!(client.get(&format!("/Patient/p/{path}")).status, status, "{path}");
    }
    assert_eq!(client.post("/Patient/p/Observation", &json!({})).status, 405);
    let told = client.found("/metadata");
    assert_eq!(told["rest"][0]["compartment"], json!(["http://hl7.org/fhir/CompartmentDefinition/patient"]));
}

#[test]
fn codes_are_found_by_system_and_code() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let coded = |id: &str, coding: Value| noted(id, json!({"coding": coding}), "2025-01-02");
    client.push(&[
        coded("a", json!([{"system": "http://loinc.org", "code": "39156-5"}, {"system": "urn:local", "code": "bmi"}])),
        coded("b", json!([{"system": "http://loinc.org", "code": "8302-2"}])),
        coded("c", json!([{"system": "urn:local", "code": "39156-5"}])),
    ]);
    let cases: [(&str, &[&str]); 6] = [
        ("http://loinc.org|39156-5", &["a"]),
        ("39156-5", &["a", "c"]),
        ("urn:local|bmi", &["a"]),
        ("http://loinc.org|", &["a", "b"]),
        ("http://loinc.org|39156-5,http://loinc.org|8302-2", &["a", "b"]),
        ("http://loinc.org|8480-6", &[]),
    ];
    for (value, wanted) in cases {
        finds(&client, &format!("/Observation?code={value}"), wanted);
        finds(&client, &format!("/Observation?patient=p&code={value}"), wanted);
    }
}

/// Each resource's date is an interval of its precision, and so is the value searched for.
#[test]
fn dates_are_found_by_interval_and_prefix() {
    let client = harness::structure();
    let dated = |id: &str, date: &str| noted(id, make::concept("urn:local", "x"), date);
    client.push(&[
        dated("day", "2025-03-10"),
        dated("evening", "2025-03-10T23:30:00+01:00"),
        dated("month", "2025-03"),
        dated("next", "2025-03-11T00:30:00+01:00"),
        // 23:30 in UTC is the next day in Paris.
        dated("utc", "2025-03-10T23:30:00Z"),
        dated("year", "2025"),
    ]);
    let cases: [(&str, &[&str]); 14] = [
        ("2025-03-10", &["day", "evening"]),
        ("eq2025-03-10", &["day", "evening"]),
        ("2025-03-11", &["next", "utc"]),
        ("2025-03", &["day", "evening", "month", "next", "utc"]),
        ("2025", &["day", "evening", "month", "next", "utc", "year"]),
        ("ne2025-03", &["year"]),
        ("gt2025-03-10", &["month", "next", "utc", "year"]),
        ("ge2025-03-11", &["month", "next", "utc", "year"]),
        ("lt2025-03-10", &["month", "year"]),
        ("le2025-03-10", &["day", "evening", "month", "year"]),
        ("sa2025-03-10", &["next", "utc"]),
        ("eb2025-03-11", &["day", "evening"]),
        ("ge2025-03-10&date=lt2025-03-11", &["day", "evening", "month", "year"]),
        ("2024", &[]),
    ];
    for (value, wanted) in cases {
        finds(&client, &format!("/Observation?date={value}"), wanted);
    }
    finds(&client, "/Observation?date=2025-03-10T23:30:00%2B01:00", &["evening"]);
    finds(&client, "/Observation?date=2025-03-10T22:30:00Z", &["evening"]);
}

#[test]
fn a_period_is_found_where_it_overlaps() {
    let client = harness::structure();
    let visit = |id: &str, period: Value| make::with(make::visit(id, "p", ""), json!({"period": period}));
    client.push(&[
        visit("open", json!({"start": "2025-01-10"})),
        visit("short", json!({"start": "2025-02-01T09:00:00+01:00", "end": "2025-02-01T09:20:00+01:00"})),
    ]);
    finds(&client, "/Encounter?date=2025-02-01", &["short"]);
    finds(&client, "/Encounter?date=ge2025-06-01", &["open"]);
    finds(&client, "/Encounter?date=lt2025-02-01", &["open"]);
    finds(&client, "/Encounter?date=sa2025-01-31", &["short"]);
}

#[test]
fn an_unknown_parameter_is_refused_with_the_nearest_known_one() {
    let client = harness::structure();
    for (query, near) in [
        ("/Observation?patiant=p", "patient"),
        ("/Observation?dat=2025", "date"),
        ("/Patient?identifer=x", "identifier"),
        ("/Observation?patient=p&codes=x", "code"),
    ] {
        let refused = client.get(query);
        outcome::refused(&refused, 400, "not-supported", "MTR-SRC-001", "");
        let told = &outcome::issues(&refused.json())[0];
        assert!(told.fr.contains(near) && told.en.contains(near), "{query}: {told:?}");
    }
    let condition = make::patient("x", "male", "1950-01-01").to_string();
    let refused = client.send("POST", "/Patient", &[("If-None-Exist", "identifer=x")], condition.as_bytes());
    outcome::refused(&refused, 400, "not-supported", "MTR-SRC-001", "");
}

#[test]
fn a_value_that_cannot_be_read_is_refused() {
    let client = harness::structure();
    for query in ["date=yesterday", "date=2025-02-31", "date=xx2025-01-01", "date="] {
        let refused = client.get(&format!("/Observation?{query}"));
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert!(outcome::codes(&refused.json())[0].starts_with("MTR-SRC-"), "{query}");
    }
    outcome::refused(&client.get("/Observation?code:above=x"), 400, "not-supported", "MTR-SRC-003", "");
}

#[test]
fn pages_follow_without_a_gap_or_a_repetition() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let all: Vec<Value> =
        (0..25).map(|n| noted(&format!("o{n:02}"), make::concept("urn:local", "x"), "2025-01-02")).collect();
    client.push(&all);
    let mut path = "/Observation?patient=p&_count=10".to_owned();
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let page = client.found(&path);
        assert_eq!(page["total"], 25);
        sizes.push(ids(&page).len());
        seen.extend(ids(&page));
        let links = page["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|l| l["relation"] == "next") else { break };
        path = next["url"].as_str().unwrap().split("/fhir").nth(1).unwrap().to_owned();
    }
    assert_eq!(sizes, [10, 10, 5]);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
    let exact = client.found("/Observation?patient=p&_count=25");
    assert!(!exact["link"].as_array().unwrap().iter().any(|l| l["relation"] == "next"), "no empty last page");
}

#[test]
fn only_the_current_version_is_found() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let coded = |code: &str| noted("o", make::concept("urn:local", code), "2025-01-02");
    client.store(&coded("8302-2"));
    client.store(&coded("39156-5"));
    finds(&client, "/Observation?code=8302-2", &[]);
    finds(&client, "/Observation?code=39156-5", &["o"]);
    client.delete("/Observation/o").expect(204);
    finds(&client, "/Observation?code=39156-5", &[]);
    finds(&client, "/Observation?patient=p", &[]);
}

#[test]
fn a_resource_whose_patient_arrives_later_is_found_then() {
    let client = harness::structure();
    client.store(&make::condition("c", "later", "I10", "2020"));
    client.store(&make::patient("later", "male", "1950-01-01"));
    finds(&client, "/Condition?patient=later", &["c"]);
}

#[test]
fn a_resource_that_waits_for_its_patient_is_found_by_the_name_it_gives() {
    let client = harness::structure();
    client.store(&make::condition("c", "absent", "I10", "2020"));
    client.store(&make::condition("d", "absent", "E11", "2021"));
    client.store(&make::condition("e", "other", "I10", "2020"));
    for query in ["patient=absent", "patient=Patient/absent", "subject=Patient/absent", "subject:Patient=absent"] {
        finds(&client, &format!("/Condition?{query}"), &["c", "d"]);
    }
    finds(&client, "/Condition?patient=absent&code=I10", &["c"]);
    finds(&client, "/Condition?patient=absent,other&code=I10", &["c", "e"]);
    finds(&client, "/Condition?patient=absent&_id=c,e", &["c"]);
    finds(&client, "/Condition?patient:not=absent", &["e"]);
    finds(&client, "/Observation?patient=absent", &[]);
    let page = client.found("/Condition?patient=absent&_count=1");
    assert_eq!((&page["total"], page["link"][1]["relation"].as_str()), (&json!(2), Some("next")));
    client.get("/Patient/absent/$everything").expect(404);
    client.delete("/Condition?patient=absent&code=I10").expect(204);
    finds(&client, "/Condition?patient=absent", &["d"]);
    client.store(&make::patient("absent", "male", "1950-01-01"));
    finds(&client, "/Condition?patient=absent", &["d"]);
}
