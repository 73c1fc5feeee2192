//! patch (http.html#patch): JSON Patch by id, by criteria and in Bundles; the digits of what nobody
//! touched stay.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use base64::Engine;
use serde_json::{Value, json};

const MEDIA: &str = "application/json-patch+json";

fn send(client: &Client, path: &str, headers: &[(&str, &str)], patch: &str) -> Answer {
    client.send("PATCH", path, &[headers, &[("Content-Type", MEDIA)]].concat(), patch.as_bytes())
}

fn replace(path: &str, value: &str) -> String {
    json!([{"op": "replace", "path": path, "value": value}]).to_string()
}

fn weight() -> &'static str {
    r#"{"resourceType":"Observation","id":"w","status":"final",
        "code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/p"},
        "effectiveDateTime":"2025-01-02","valueQuantity":{"value":71.50,"system":"http://unitsofmeasure.org","code":"kg"}}"#
}

#[test]
fn a_patch_makes_a_version_and_touches_nothing_else() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    client.send("PUT", "/Observation/w", &[], weight().as_bytes()).expect(201);
    let answer = send(&client, "/Observation/w", &[], &replace("/status", "amended")).expect(200);
    assert_eq!((answer.version(), answer.header("etag")), (2, Some("W/\"2\"")));
    assert!(answer.header("location").unwrap().ends_with("/Observation/w/_history/2"));
    assert_eq!(answer.json()["status"], "amended");
    let read = client.get("/Observation/w").text();
    assert!(read.contains("71.50") && read.contains("\"amended\""), "{read}");
    let same = send(&client, "/Observation/w", &[("Prefer", "return=minimal")], &replace("/status", "amended"));
    assert_eq!((same.status, same.header("etag"), same.body.len()), (200, Some("W/\"2\""), 0));
}

#[test]
fn every_operation_reaches_the_resource() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let patch = json!([
        {"op": "test", "path": "/name/0/family", "value": "Exemple"},
        {"op": "add", "path": "/name/0/given/-", "value": "Alix"},
        {"op": "copy", "from": "/name/0", "path": "/name/-"},
        {"op": "move", "from": "/name/1/family", "path": "/name/1/text"},
        {"op": "add", "path": "/extension", "value": [{"url": "http://a.example/x~y/z", "valueString": "1"}]},
        {"op": "remove", "path": "/generalPractitioner/0"},
        {"op": "replace", "path": "/gender", "value": "female"},
    ]);
    let patched = send(&client, "/Patient/p", &[], &patch.to_string()).expect(200).json();
    assert_eq!(patched["name"][0]["given"], json!(["Camille", "Alix"]));
    assert_eq!(patched["name"][1], json!({"given": ["Camille", "Alix"], "text": "Exemple"}));
    assert_eq!((&patched["gender"], patched.get("generalPractitioner")), (&json!("female"), None));
}

/// What is wrong, the patch, and what is answered: status, type, code, place.
type Refused = (&'static str, &'static str, u16, &'static str, &'static str, &'static str);

const REFUSED: &[Refused] = &[
    ("no JSON", "[{", 400, "structure", "MTR-JSN-001", ""),
    ("no array", "{}", 400, "structure", "MTR-JPT-001", ""),
    ("no operation", r#"[{"op":"increase","path":"/a"}]"#, 400, "value", "MTR-JPT-002", ""),
    ("no path", r#"[{"op":"remove"}]"#, 400, "required", "MTR-JPT-003", ""),
    ("no value", r#"[{"op":"add","path":"/active"}]"#, 400, "required", "MTR-JPT-003", ""),
    ("no pointer", r#"[{"op":"remove","path":"name"}]"#, 400, "value", "MTR-JPT-004", ""),
    (
        "nothing there",
        r#"[{"op":"remove","path":"/name/3/family"}]"#,
        422,
        "not-found",
        "MTR-JPT-005",
        "Patient.name[3].family",
    ),
    (
        "another value",
        r#"[{"op":"test","path":"/gender","value":"female"}]"#,
        422,
        "conflict",
        "MTR-JPT-006",
        "Patient.gender",
    ),
    ("another id", r#"[{"op":"replace","path":"/id","value":"q"}]"#, 422, "business-rule", "MTR-JPT-007", "Patient.id"),
    ("no id", r#"[{"op":"remove","path":"/id"}]"#, 422, "business-rule", "MTR-JPT-007", "Patient.id"),
    (
        "another type",
        r#"[{"op":"replace","path":"/resourceType","value":"Flag"}]"#,
        422,
        "business-rule",
        "MTR-JPT-007",
        "Patient.resourceType",
    ),
    ("no resource left", r#"[{"op":"replace","path":"","value":[1]}]"#, 422, "business-rule", "MTR-JPT-007", ""),
    (
        "an impossible day",
        r#"[{"op":"replace","path":"/birthDate","value":"2023-02-31"}]"#,
        400,
        "value",
        "MTR-VAL-002",
        "Patient.birthDate",
    ),
    (
        "an unknown element",
        r#"[{"op":"add","path":"/nom","value":"x"}]"#,
        400,
        "structure",
        "MTR-STR-001",
        "Patient.nom",
    ),
    ("no birth date", r#"[{"op":"remove","path":"/birthDate"}]"#, 422, "required", "MTR-PAT-002", ""),
];

#[test]
fn a_patch_that_cannot_be_applied_changes_nothing_and_says_why() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    for (what, patch, status, kind, code, place) in REFUSED {
        let answer = send(&client, "/Patient/p", &[], patch);
        assert_eq!(answer.status, *status, "{what}: {}", answer.text());
        outcome::refused(&answer, *status, kind, code, place);
        assert!(!answer.text().contains("1950"), "{what}");
    }
    assert_eq!(client.get("/Patient/p").header("etag"), Some("W/\"1\""));
}

#[test]
fn what_is_not_there_is_not_patched() {
    let client = harness::structure();
    let patch = replace("/gender", "female");
    outcome::refused(&send(&client, "/Patient/absent", &[], &patch), 404, "not-found", "MTR-GET-001", "");
    client.store(&make::patient("p", "male", "1950-01-01"));
    client.delete("/Patient/p").expect(204);
    outcome::refused(&send(&client, "/Patient/p", &[], &patch), 410, "deleted", "MTR-GET-002", "");
    outcome::refused(
        &send(&client, "/Patient/p", &[("If-Match", "W/\"1\"")], &patch),
        412,
        "conflict",
        "MTR-CND-001",
        "",
    );
    outcome::refused(&send(&client, "/Medication/m", &[], &patch), 404, "not-supported", "MTR-RES-002", "");
}

#[test]
fn only_a_json_patch_is_a_patch() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let patch = replace("/gender", "female");
    let as_media = |media: &str| client.send("PATCH", "/Patient/p", &[("Content-Type", media)], patch.as_bytes());
    outcome::refused(&as_media("application/fhir+json"), 415, "not-supported", "MTR-JPT-008", "");
    for media in ["application/json", "application/merge-patch+json", "text/plain"] {
        outcome::refused(&as_media(media), 415, "not-supported", "MTR-JPT-012", "");
    }
    as_media("application/json-patch+json; charset=utf-8").expect(200);
}

#[test]
fn a_patch_keeps_to_the_version_it_is_for() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let to = |tag: &str, value: &str| send(&client, "/Patient/p", &[("If-Match", tag)], &replace("/gender", value));
    outcome::refused(&to("W/\"2\"", "female"), 412, "conflict", "MTR-CND-001", "");
    to("W/\"1\"", "female").expect(200);
    to("\"2\"", "other").expect(200);
    to("*", "unknown").expect(200);
    assert_eq!(client.found("/Patient/p")["meta"]["versionId"], "4");
}

#[test]
fn patches_at_once_are_all_applied() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let statuses = harness::together(12, |n| {
        let patch = json!([{"op": "add", "path": "/name/-", "value": {"text": format!("n{n}")}}]);
        send(&client, "/Patient/p", &[], &patch.to_string()).status
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let read = client.found("/Patient/p");
    assert_eq!(read["name"].as_array().unwrap().len(), 13);
    assert_eq!(read["meta"]["versionId"], "13");
}

#[test]
fn criteria_find_what_is_patched() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let by = |number: &str| format!("/Patient?identifier={}%7C{number}", make::IPP);
    let patch = replace("/gender", "female");
    assert_eq!(send(&client, &by("N-p"), &[], &patch).expect(200).id(), "p");
    outcome::refused(&send(&client, &by("none"), &[], &patch), 404, "not-found", "MTR-CND-004", "");
    client.store(&make::with(make::patient("q", "male", "1950-01-01"), json!({"identifier": [make::untyped("N-p")]})));
    outcome::refused(&send(&client, &by("N-p"), &[], &patch), 412, "multiple-matches", "MTR-CND-003", "");
    outcome::refused(&send(&client, "/Patient", &[], &patch), 412, "required", "MTR-CND-006", "");
    assert_eq!(client.found("/Patient/q")["gender"], "male");
}

fn binary(patch: &str) -> Value {
    let data = base64::engine::general_purpose::STANDARD.encode(patch);
    json!({"resourceType": "Binary", "contentType": MEDIA, "data": data})
}

fn bundle(entries: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

fn entry(url: &str, resource: Value) -> Value {
    json!({"resource": resource, "request": {"method": "PATCH", "url": url}})
}

#[test]
fn a_bundle_carries_patches_as_binaries() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01"), make::condition("c", "p", "I10", "2020")]);
    let urn = "urn:uuid:7d0c7a3e-0000-4000-8000-000000000001";
    let repoint = json!([{"op": "replace", "path": "/subject/reference", "value": urn}]).to_string();
    let number = format!("Patient?identifier={}|N-p", make::IPP);
    let sent = bundle(vec![
        entry("Condition/c", binary(&repoint)),
        json!({"fullUrl": urn, "request": {"method": "POST", "url": "Patient"},
               "resource": make::with(make::patient("x", "male", "1960-01-01"), json!({"id": null}))}),
        entry(&number, binary(&replace("/gender", "female"))),
    ]);
    let answer = client.post("", &sent).expect(200).json();
    assert_eq!(answer["entry"][0]["response"]["etag"], "W/\"2\"");
    assert_eq!(client.found("/Patient/p")["gender"], "female");
    let location = answer["entry"][1]["response"]["location"].as_str().unwrap();
    let subject = client.found("/Condition/c")["subject"]["reference"].as_str().unwrap().to_owned();
    assert!(location.contains(&subject), "{location} {subject}");
}

#[test]
fn a_bundle_says_which_patch_is_at_fault() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let good = make::put_entry(&make::patient("q", "male", "1950-01-01"));
    let cases = [
        (binary(&replace("/birthDate", "2023-02-31")), 400, "MTR-VAL-002", "Bundle.entry[1].resource.birthDate"),
        (
            binary(r#"[{"op":"test","path":"/gender","value":"x"}]"#),
            422,
            "MTR-JPT-006",
            "Bundle.entry[1].resource.gender",
        ),
        (binary(&replace("/id", "z")), 422, "MTR-JPT-007", "Bundle.entry[1].resource.id"),
        (json!({"resourceType": "Parameters"}), 400, "MTR-JPT-008", "Bundle.entry[1].resource"),
        (make::patient("p", "male", "1950-01-01"), 400, "MTR-JPT-009", "Bundle.entry[1].resource"),
        (
            json!({"resourceType": "Binary", "contentType": MEDIA, "data": "*"}),
            400,
            "MTR-JPT-009",
            "Bundle.entry[1].resource.data",
        ),
        (
            json!({"resourceType": "Binary", "contentType": "text/plain", "data": "W10="}),
            400,
            "MTR-JPT-009",
            "Bundle.entry[1].resource.contentType",
        ),
    ];
    for (resource, status, code, place) in cases {
        let answer = client.post("", &bundle(vec![good.clone(), entry("Patient/p", resource)]));
        let told = outcome::issues(&answer.json());
        assert!(told.iter().any(|i| i.code == code && i.expression == place), "{code} {place} {told:#?}");
        assert_eq!(answer.status, status, "{code}");
    }
    client.get("/Patient/q").expect(404);
    let stale = json!({"resource": binary(&replace("/gender", "female")),
        "request": {"method": "PATCH", "url": "Patient/p", "ifMatch": "W/\"9\""}});
    outcome::refused(&client.post("", &bundle(vec![stale])), 412, "conflict", "MTR-CND-001", "Bundle.entry[0]");
    outcome::refused(
        &client.post("", &bundle(vec![entry("Patient/absent", binary("[]"))])),
        404,
        "not-found",
        "MTR-GET-001",
        "Bundle.entry[0]",
    );
}

#[test]
fn a_patch_too_long_or_too_deep_is_refused() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let many = vec![json!({"op": "test", "path": "/gender", "value": "male"}); 1001];
    let answer = send(&client, "/Patient/p", &[], &Value::from(many).to_string());
    outcome::refused(&answer, 413, "too-long", "MTR-JPT-011", "");
    let deep = format!("{}1{}", "[".repeat(97), "]".repeat(97));
    let patch = format!(r#"[{{"op":"add","path":"/identifier/0/type/coding/0/extension","value":{deep}}}]"#);
    outcome::refused(&send(&client, "/Patient/p", &[], &patch), 413, "too-long", "MTR-JPT-010", "");
}
