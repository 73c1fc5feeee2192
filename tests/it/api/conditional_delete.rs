//! Deleting what criteria find (http.html#cdelete) where the settings allow several matches.

use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const FORMS: [&str; 3] = ["request", "transaction", "batch"];

fn structure() -> Client {
    static SHARED: OnceLock<Gateway> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let shared = SHARED.get_or_init(|| Gateway::start(&["--conditional-delete", "multiple"]));
    shared.client().of_structure(&format!("cabinet-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Deletes by criteria; answers the status and the outcome.
fn delete(client: &Client, form: &str, url: &str) -> (u16, Value) {
    let prefer = [("Prefer", "return=OperationOutcome")];
    if form == "request" {
        let answer = client.send("DELETE", &format!("/{url}"), &prefer, b"");
        return (answer.status, answer.json());
    }
    let entry = json!({"request": {"method": "DELETE", "url": url}});
    let body = json!({"resourceType": "Bundle", "type": form, "entry": [entry]}).to_string();
    let answer = client.send("POST", "", &prefer, body.as_bytes());
    if answer.status != 200 {
        return (answer.status, answer.json());
    }
    let response = answer.json()["entry"][0]["response"].clone();
    (response["status"].as_str().unwrap()[..3].parse().unwrap(), response["outcome"].clone())
}

fn chart(client: &Client) {
    client.push(&[
        make::patient("p", "male", "1950-01-01"),
        make::condition("a", "p", "I10", "2020"),
        make::condition("b", "p", "I10", "2021"),
        make::condition("c", "p", "I10", "2022"),
        make::condition("other", "p", "E11", "2020"),
    ]);
}

#[test]
fn all_that_the_criteria_find_are_deleted_together_each_with_a_version_of_its_own() {
    for form in FORMS {
        let client = structure();
        chart(&client);
        let (status, told) = delete(&client, form, "Condition?code=I10");
        assert!(matches!(status, 200 | 204), "{form}: {status} {told}");
        assert_eq!(outcome::codes(&told), ["MTR-OKK-004"], "{form}");
        assert!(outcome::issues(&told)[0].en.ends_with(": 3."), "{form}: {told}");
        for id in ["a", "b", "c"] {
            client.get(&format!("/Condition/{id}")).expect(410);
            let history = client.found(&format!("/Condition/{id}/_history"));
            assert_eq!((&history["total"], &history["entry"][0]["request"]["method"]), (&json!(2), &json!("DELETE")));
        }
        client.get("/Condition/other").expect(200);
        let instants: Vec<Value> = client.found("/Condition/_history?_count=3")["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["response"]["lastModified"].clone())
            .collect();
        assert!(instants.iter().all(|instant| *instant == instants[0]), "one commit: {instants:?}");
        assert_eq!(delete(&client, form, "Condition?code=I10").0 / 100, 2, "{form}: nothing is left");
    }
}

#[test]
fn a_request_without_preference_is_answered_with_nothing() {
    let client = structure();
    chart(&client);
    let answer = client.delete("/Condition?code=I10").expect(204);
    assert_eq!((answer.header("etag"), answer.body.len()), (None, 0));
    assert_eq!(client.delete("/Condition?code=E11").expect(204).header("etag"), Some("W/\"2\""));
}

#[test]
fn patients_on_whom_something_depends_stop_the_whole_deletion_unless_it_cascades() {
    for form in FORMS {
        let client = structure();
        chart(&client);
        client.store(&make::with(make::patient("q", "male", "1950-01-01"), json!({"identifier": [make::ipp("q-1")]})));
        let (status, told) = delete(&client, form, "Patient?birthdate=1950-01-01");
        assert_eq!((status, outcome::codes(&told)), (409, vec!["MTR-PAT-021".to_owned()]), "{form}: {told}");
        client.get("/Patient/q").expect(200);
        let (status, told) = delete(&client, form, "Patient?birthdate=1950-01-01&_cascade=delete");
        assert_eq!(status / 100, 2, "{form}");
        assert!(outcome::issues(&told)[0].en.ends_with(": 6."), "two patients and four conditions, {form}: {told}");
        for path in ["/Patient/p", "/Patient/q", "/Condition/a", "/Condition/other"] {
            client.get(path).expect(410);
        }
    }
}

#[test]
fn what_goes_with_a_patient_is_counted_too() {
    for path in ["Patient/p?_cascade=delete", "Patient?birthdate=1950-01-01&_cascade=delete"] {
        let client = structure();
        chart(&client);
        let (status, told) = delete(&client, "request", path);
        assert_eq!(status, 200, "{path}: {told}");
        let issue = &outcome::issues(&told)[0];
        assert!(issue.en.ends_with(": 5.") && issue.fr.ends_with(" : 5."), "{path}: {told}");
    }
}

#[test]
fn too_many_matches_are_refused_whole() {
    let client = structure();
    let mut resources = vec![make::patient("p", "male", "1950-01-01")];
    resources.extend((0..=1000).map(|n| make::condition(&format!("c{n}"), "p", "I10", "2020")));
    client.push(&resources);
    for form in FORMS {
        let (status, told) = delete(&client, form, "Condition?code=I10");
        assert_eq!((status, outcome::codes(&told)), (412, vec!["MTR-CND-010".to_owned()]), "{form}");
    }
    client.delete("/Condition/c0").expect(204);
    assert_eq!(client.found("/Condition?code=I10&_count=0")["total"], 1000);
    client.delete("/Condition?code=I10").expect(204);
    assert_eq!(client.found("/Condition?code=I10&_count=0")["total"], 0);
}

#[test]
fn a_version_is_that_of_one_resource() {
    let client = structure();
    chart(&client);
    let answer = client.send("DELETE", "/Condition?code=I10", &[("If-Match", "W/\"1\"")], b"");
    outcome::refused(&answer, 412, "multiple-matches", "MTR-CND-003", "");
    client.send("DELETE", "/Condition?code=E11", &[("If-Match", "W/\"1\"")], b"").expect(204);
}

#[test]
fn a_transaction_that_deletes_and_writes_one_resource_is_refused() {
    let client = structure();
    chart(&client);
    let all = json!({"request": {"method": "DELETE", "url": "Condition?code=I10"}});
    let body = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        all, make::put_entry(&make::condition("b", "p", "I10", "2023"))]});
    outcome::refused(&client.post("", &body), 422, "duplicate", "MTR-BDL-008", "Bundle.entry[1].request.url");
    // A search beside it sees what is left.
    let body = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "GET", "url": "Condition?patient=p"}}, all]});
    assert_eq!(client.post("", &body).expect(200).json()["entry"][0]["resource"]["total"], 1);
    let gone = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "DELETE", "url": "Condition?code=E11"}}, {"request": {"method": "GET", "url": "Condition/other"}}]});
    client.post("", &gone).expect(410);
}

#[test]
fn what_is_declared_follows_the_setting_wherever_it_is_made() {
    let told = |client: &Client| client.found("/metadata")["rest"][0]["resource"][0]["conditionalDelete"].clone();
    assert_eq!(told(&structure()), "multiple");
    assert_eq!(told(&crate::harness::structure()), "single");
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data").to_string_lossy().into_owned();
    let arguments = ["serve", "--bind", "127.0.0.1:0", "--data-dir", &data, "--structure", "cabinet"];
    let open = ["--mode", "demo", "--access", "open"];
    let gateway = Gateway::run(home, &[&arguments[..], &open[..]].concat(), &[("MTR_CONDITIONAL_DELETE", "multiple")]);
    assert_eq!(told(&gateway.client()), "multiple");
}
