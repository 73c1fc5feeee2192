//! `Prefer: respond-async`: kick-off, polling, the manifest and its file, the end.

use super::*;
use crate::harness::Answer;
use crate::harness::Gateway;
use std::time::{Duration, Instant};

const ASYNC: (&str, &str) = ("Prefer", "respond-async");

fn begun(client: &Client, query: &str) -> String {
    let answer = client.send("GET", query, &[ASYNC], b"").expect(202);
    let place = answer.header("content-location").unwrap();
    let path =
        place.strip_prefix(&format!("{}/fhir", client.base())).unwrap_or_else(|| panic!("not absolute: {place}"));
    path.to_owned()
}

/// Polls until it is done.
fn done(client: &Client, place: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = client.get(place);
        if answer.status != 202 {
            return answer;
        }
        let progress = answer.header("x-progress").unwrap();
        assert!(progress.split_once('/').is_some() && progress.len() < 100, "{progress}");
        assert!(answer.header("retry-after").is_some());
        assert!(begun.elapsed() < Duration::from_secs(60), "it never ended: {progress}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn file(client: &Client, manifest: &Value) -> String {
    let url = manifest["output"][0]["url"].as_str().unwrap();
    url.strip_prefix(&format!("{}/fhir", client.base())).unwrap().to_owned()
}

#[test]
fn a_deferred_answer_has_the_same_bundles_one_per_line() {
    let client = harness::practice();
    client.push(&man_of_62());
    client.push(&make::woman("q", "1970-01-01"));
    let query = asking(&["prevention"], &format!("organization={}&{ALL}", client.structure()));
    let direct = client.found(&query);
    let place = begun(&client, &query);
    let answer = done(&client, &place).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("expires").is_some());
    let manifest = answer.json();
    assert_eq!(manifest["transactionTime"], bundles(&direct)[0]["timestamp"]);
    assert!(manifest["request"].as_str().unwrap().starts_with(&format!("{}/fhir/Measure/$care-gaps?", client.base())));
    assert_eq!((&manifest["requiresAccessToken"], &manifest["error"]), (&json!(false), &json!([])));
    assert_eq!((&manifest["output"][0]["type"], &manifest["output"][0]["count"]), (&json!("Bundle"), &json!(2)));
    let lines = client.get(&file(&client, &manifest)).expect(200);
    assert_eq!(lines.header("content-type"), Some("application/fhir+ndjson"));
    let told: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.iter().collect::<Vec<_>>(), bundles(&direct));
    assert_eq!(client.get(&place).expect(200).json(), manifest, "it can be asked again");
}

#[test]
fn what_cannot_be_answered_is_refused_at_once() {
    let client = harness::practice();
    let query = asking(&["tobacco"], "status=open-gap&subject=Patient/nobody");
    outcome::refused(&client.send("GET", &query, &[ASYNC], b""), 404, "not-found", "MTR-GET-001", "");
    let query = asking(&["tobaco"], "status=open-gap&subject=Patient/nobody");
    outcome::refused(&client.send("GET", &query, &[ASYNC], b""), 404, "not-found", "MTR-MEA-001", "");
}

#[test]
fn one_that_is_cancelled_and_one_of_another_structure_are_not_there() {
    let client = harness::practice();
    client.push(&man_of_62());
    let place = begun(&client, &asking(&["bmi"], &format!("subject=Patient/p&{ALL}")));
    let manifest = done(&client, &place).expect(200).json();
    let (other, lines) = (harness::structure(), file(&client, &manifest));
    for path in [&place, &lines] {
        outcome::refused(&other.get(path), 404, "not-found", "MTR-JOB-001", "");
    }
    outcome::refused(&other.delete(&place), 404, "not-found", "MTR-JOB-001", "");
    let cancelled = client.delete(&place).expect(202);
    assert_eq!(outcome::codes(&cancelled.json()), ["MTR-JOB-002"]);
    for path in [&place, &lines] {
        outcome::refused(&client.get(path), 404, "not-found", "MTR-JOB-001", "");
    }
    outcome::refused(&client.delete(&place), 404, "not-found", "MTR-JOB-001", "");
    for path in ["/_jobs/nothing", "/_jobs/nothing/1-Bundle.ndjson"] {
        outcome::refused(&client.get(path), 404, "not-found", "MTR-JOB-001", "");
    }
    client.put("/_jobs/nothing", &json!({})).expect(405);
}

#[test]
fn one_under_way_can_be_cancelled() {
    let client = harness::practice();
    let people: Vec<Value> = (0..600).map(|n| make::patient(&format!("p{n}"), "male", "1963-03-14")).collect();
    client.push(&people);
    let place = begun(&client, &asking(&["prevention"], &format!("organization={}&{ALL}", client.structure())));
    client.delete(&place).expect(202);
    outcome::refused(&client.get(&place), 404, "not-found", "MTR-JOB-001", "");
}

#[test]
fn what_was_kept_is_gone_after_a_restart() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&man_of_62());
    let place = begun(&client, &asking(&["bmi"], &format!("subject=Patient/p&{ALL}")));
    done(&client, &place).expect(200);
    let kept = || std::fs::read_dir(gateway.data_dir().join("jobs")).map_or(0, Iterator::count);
    assert_eq!(kept(), 1);
    gateway.restart();
    let client = gateway.client();
    outcome::refused(&client.get(&place), 404, "not-found", "MTR-JOB-001", "");
    assert_eq!(std::fs::read_dir(gateway.data_dir().join("jobs")).map_or(0, Iterator::count), 0);
}
