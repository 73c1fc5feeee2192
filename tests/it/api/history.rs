//! history (http.html#history): of a resource, of a type, of the structure; newest first, in pages.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

/// Stores `n` versions of a patient.
fn versions(client: &Client, id: &str, n: usize) {
    for k in 0..n {
        let patient = make::with(make::patient(id, "male", "1950-01-01"), json!({"language": format!("x-{k}")}));
        client.store(&patient);
    }
}

/// Answers `Type/id/version` of each entry.
fn told(bundle: &Value) -> Vec<String> {
    let none = Vec::new();
    let entries = bundle["entry"].as_array().unwrap_or(&none);
    let name = |entry: &Value| {
        let etag = entry["response"]["etag"].as_str().unwrap().replace(['W', '/', '"'], "");
        let full = entry["fullUrl"].as_str().unwrap().split("/fhir/").last().unwrap().to_owned();
        format!("{full}/{etag}")
    };
    entries.iter().map(name).collect()
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    let link = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == relation)?;
    Some(link["url"].as_str().unwrap().split("/fhir").last().unwrap().to_owned())
}

/// Follows the pages; answers what all of them tell.
fn pages(client: &Client, first: &str, meanwhile: impl Fn(usize)) -> Vec<Vec<String>> {
    let (mut all, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let page = client.found(&path);
        all.push(told(&page));
        meanwhile(all.len());
        next = link(&page, "next");
        assert!(all.len() < 50);
    }
    all
}

#[test]
fn a_resource_tells_its_versions_and_its_deletion() {
    let client = harness::structure();
    versions(&client, "p", 2);
    client.delete("/Patient/p").expect(204);
    client.store(&make::patient("p", "female", "1950-01-01"));
    let history = client.found("/Patient/p/_history");
    assert_eq!((&history["type"], &history["total"]), (&json!("history"), &json!(4)));
    assert_eq!(told(&history), ["Patient/p/4", "Patient/p/3", "Patient/p/2", "Patient/p/1"]);
    let entries = history["entry"].as_array().unwrap();
    assert!(entries[1].get("resource").is_none());
    assert_eq!(entries[1]["request"], json!({"method": "DELETE", "url": "Patient/p"}));
    assert_eq!(entries[3]["request"], json!({"method": "PUT", "url": "Patient/p"}));
    assert_eq!(entries[2]["resource"], client.found("/Patient/p/_history/2"));
    let response = &entries[0]["response"];
    assert_eq!(response["lastModified"], entries[0]["resource"]["meta"]["lastUpdated"]);
    let statuses: Vec<&str> = entries.iter().map(|e| e["response"]["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["200 OK", "204 No Content", "200 OK", "201 Created"]);
    let posted = client.post("/Patient", &make::patient("x", "male", "1950-01-01")).expect(201).id();
    let created = &client.found(&format!("/Patient/{posted}/_history"))["entry"][0];
    assert_eq!(created["request"], json!({"method": "POST", "url": "Patient"}));
    outcome::refused(&client.get("/Patient/never/_history"), 404, "not-found", "MTR-GET-001", "");
    client.send("HEAD", "/Patient/p/_history", &[], b"").expect(200);
}

#[test]
fn a_type_and_the_structure_tell_everything_newest_first() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01"), make::condition("c", "p", "I10", "2020")]);
    versions(&client, "q", 2);
    client.delete("/Condition/c").expect(204);
    assert_eq!(told(&client.found("/Patient/_history")), ["Patient/q/2", "Patient/q/1", "Patient/p/1"]);
    assert_eq!(told(&client.found("/Condition/_history")), ["Condition/c/2", "Condition/c/1"]);
    let all = client.found("/_history");
    assert_eq!(told(&all), ["Condition/c/2", "Patient/q/2", "Patient/q/1", "Condition/c/1", "Patient/p/1"]);
    assert_eq!(all["total"], 5);
    let other = harness::structure();
    assert_eq!(other.found("/_history")["total"], 0, "another structure's writes are its own");
    assert!(other.found("/_history").get("entry").is_none());
    outcome::refused(&client.get("/Medication/_history"), 404, "not-supported", "MTR-RES-002", "");
}

#[test]
fn later_writes_do_not_disturb_the_pages() {
    let client = harness::structure();
    versions(&client, "p", 7);
    client.push(&(0..5).map(|n| make::patient(&format!("t{n}"), "male", "1950-01-01")).collect::<Vec<_>>());
    for path in ["/Patient/p/_history", "/Patient/_history", "/_history"] {
        let whole = told(&client.found(path));
        assert!(whole.len() >= 7, "{whole:?}");
        let cut = pages(&client, &format!("{path}?_count=3"), |page| {
            versions(&client, "p", page + 1);
            client.store(&make::patient(&format!("late-{page}"), "male", "1950-01-01"));
        });
        assert!(cut.iter().all(|page| !page.is_empty() && page.len() <= 3), "{cut:?}");
        assert_eq!(cut.concat(), whole, "{path}");
    }
}

#[test]
fn since_and_at_cut_in_time() {
    let client = harness::structure();
    versions(&client, "p", 3);
    client.delete("/Patient/p").expect(204);
    let all = client.found("/Patient/p/_history");
    let instant = |n: usize| all["entry"][n]["response"]["lastModified"].as_str().unwrap().to_owned();
    let (deleted, third, second) = (instant(0), instant(1), instant(2));
    // A day without a zone is one of Paris, where it begins an hour or two before that of the instant.
    let moment: jiff::Timestamp = deleted.parse().unwrap();
    let day = moment.in_tz("Europe/Paris").unwrap().date();
    for path in ["/Patient/p/_history", "/Patient/_history", "/_history"] {
        let count = |query: &str| told(&client.found(&format!("{path}?{query}"))).len();
        assert_eq!(count(&format!("_since={third}")), 2, "{path}");
        assert_eq!(count("_since=2000-01-01"), 4, "{path}");
        assert_eq!(count("_since=2999-01-01"), 0, "{path}");
        assert_eq!(told(&client.found(&format!("{path}?_at={second}"))), ["Patient/p/2"], "{path}");
        assert_eq!(told(&client.found(&format!("{path}?_at={deleted}"))), ["Patient/p/4"], "{path}");
        assert_eq!(count("_at=2000"), 0, "{path}");
        assert_eq!(count("_at=2999"), 0, "{path}: it was deleted long before");
        assert_eq!(count(&format!("_at={day}")), 4, "{path}");
        assert_eq!(client.found(&format!("{path}?_since={third}"))["total"], 2);
    }
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let client = harness::structure();
    versions(&client, "p", 1);
    let cases = [
        ("_since=yesterday", "value", "MTR-HIS-001"),
        ("_at=2026-13", "value", "MTR-HIS-001"),
        ("_count=-1", "value", "MTR-HIS-001"),
        ("_sinse=2026-01-01", "not-supported", "MTR-HIS-002"),
        ("Dupont=1", "not-supported", "MTR-HIS-002"),
        ("_cursor=zz", "value", "MTR-SRC-008"),
        ("_count=1&_count=2", "invalid", "MTR-OPR-005"),
        ("_summary=maybe", "value", "MTR-SRC-002"),
    ];
    for path in ["/Patient/p/_history", "/Patient/_history", "/_history"] {
        for (query, kind, code) in cases {
            let answer = client.get(&format!("{path}?{query}"));
            outcome::refused(&answer, 400, kind, code, "");
            assert!(!answer.text().contains("Dupont"), "what the sender wrote is not repeated");
        }
    }
}

#[test]
fn a_history_is_counted_cut_and_indented() {
    let client = harness::structure();
    versions(&client, "p", 3);
    for query in ["_count=0", "_summary=count"] {
        let counted = client.found(&format!("/Patient/p/_history?{query}"));
        assert_eq!((&counted["total"], counted.get("entry")), (&json!(3), None), "{query}");
        assert_eq!(link(&counted, "next"), None);
    }
    let cut = client.found("/Patient/p/_history?_elements=gender&_count=2");
    let first = &cut["entry"][0]["resource"];
    assert_eq!((first.get("birthDate"), &first["gender"]), (None, &json!("male")));
    assert_eq!(first["meta"]["tag"][0]["code"], "SUBSETTED");
    let next = client.found(&link(&cut, "next").unwrap());
    assert_eq!(next["entry"][0]["resource"].get("birthDate"), None, "page 2 is cut as page 1");
    let text = client.get("/Patient/p/_history?_pretty=true").text();
    assert!(text.starts_with("{\n  \"resourceType\": \"Bundle\""), "{text}");
}

#[test]
fn what_is_unknown_passes_where_the_client_asks_for_leniency() {
    let client = harness::structure();
    versions(&client, "p", 1);
    let lenient = [("Prefer", "handling=lenient")];
    let answer = client.send("GET", "/Patient/p/_history?_sinse=2999&_count=5", &lenient, b"").expect(200).json();
    assert_eq!(answer["total"], 1);
    assert!(link(&answer, "self").unwrap().ends_with("/_history?_count=5"), "{answer}");
}
