//! $meta, $validate with its modes, and operations that do not exist.

use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn tagged(id: &str, tag: &str) -> Value {
    let meta = json!({"profile": ["http://a.example/p"], "tag": [{"system": "urn:t", "code": tag}]});
    make::with(make::patient(id, "male", "1950-01-01"), json!({"meta": meta}))
}

#[test]
fn meta_is_told_of_a_resource_a_type_and_the_structure() {
    let client = harness::structure();
    client.push(&[tagged("p", "a"), tagged("q", "b"), make::condition("c", "p", "I10", "2020")]);
    let meta = |path: &str| {
        let told = client.found(path);
        assert_eq!((&told["resourceType"], &told["parameter"][0]["name"]), (&json!("Parameters"), &json!("return")));
        told["parameter"][0]["valueMeta"].clone()
    };
    assert_eq!(meta("/Patient/p/$meta"), client.found("/Patient/p")["meta"]);
    let codes = json!([{"system": "urn:t", "code": "a"}, {"system": "urn:t", "code": "b"}]);
    for path in ["/Patient/$meta", "/$meta"] {
        assert_eq!((&meta(path)["tag"], &meta(path)["profile"]), (&codes, &json!(["http://a.example/p"])), "{path}");
    }
    // Nothing in use is no value: FHIR has no empty objects.
    assert_eq!(client.found("/Condition/$meta"), json!({"resourceType": "Parameters"}));
    outcome::refused(&client.get("/Patient/absent/$meta"), 404, "not-found", "MTR-GET-001", "");
    outcome::refused(&client.get("/Medication/$meta"), 404, "not-supported", "MTR-RES-002", "");
    client.send("HEAD", "/Patient/p/$meta", &[], b"").expect(200);
}

#[test]
fn tags_are_added_and_taken_away() {
    let client = harness::structure();
    client.store(&tagged("p", "a"));
    let change = |operation: &str, meta: Value| {
        let sent = json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]});
        client.post(&format!("/Patient/p/${operation}"), &sent).expect(200).json()["parameter"][0]["valueMeta"].clone()
    };
    let (a, b) = (json!({"system": "urn:t", "code": "a"}), json!({"system": "urn:t", "code": "b", "display": "B"}));
    let added = change("meta-add", json!({"tag": [a, b], "security": [{"code": "s"}]}));
    assert_eq!((&added["tag"], &added["security"]), (&json!([a, b]), &json!([{"code": "s"}])));
    assert_eq!(added, client.found("/Patient/p")["meta"]);
    assert_eq!(added["versionId"], "2");
    assert_eq!(change("meta-add", json!({"tag": [{"system": "urn:t", "code": "b"}]}))["versionId"], "2");
    let left =
        change("meta-delete", json!({"tag": [{"system": "urn:t", "code": "b"}], "profile": ["http://a.example/p"]}));
    assert_eq!((&left["tag"], left.get("profile")), (&json!([a]), None));
    assert_eq!(change("meta-delete", json!({"tag": [{"system": "urn:t", "code": "none"}]}))["versionId"], "3");
    let missing = client.post("/Patient/p/$meta-add", &json!({"resourceType": "Parameters"}));
    outcome::refused(&missing, 400, "required", "MTR-OPR-003", "Parameters.parameter");
    let absent = json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {}}]});
    outcome::refused(&client.post("/Patient/absent/$meta-add", &absent), 404, "not-found", "MTR-GET-001", "");
    outcome::refused(&client.get("/Patient/p/$meta-add"), 405, "not-supported", "MTR-REQ-001", "");
}

#[test]
fn validation_says_what_each_mode_would_meet() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01"), make::condition("c", "p", "I10", "2020")]);
    let good = make::patient("p", "male", "1950-01-01");
    let other = make::with(good.clone(), json!({"identifier": [make::ipp("other")]}));
    let bad = make::with(other.clone(), json!({"birthDate": "1950-13-01"}));
    let nameless = make::with(good.clone(), json!({"id": null}));
    // Path, resource, and the error that is told, if any.
    let cases: [(&str, &Value, &str); 11] = [
        ("/Patient/$validate?mode=create", &other, ""),
        ("/Patient/$validate?mode=create", &nameless, "MTR-PAT-023"),
        ("/Patient/$validate?mode=create", &bad, "MTR-VAL-002"),
        ("/Patient/$validate?mode=update", &good, ""),
        ("/Patient/$validate?mode=update", &nameless, "MTR-RES-004"),
        ("/Patient/p/$validate?mode=update", &good, ""),
        ("/Patient/q/$validate?mode=update", &good, "MTR-RES-005"),
        ("/Patient/$validate?mode=profile&profile=http://hl7.org/fhir/StructureDefinition/Patient", &good, ""),
        (
            "/Patient/$validate?profile=https://mtr-gateway.example/fhir/StructureDefinition/mtr-patient%7C0.1.0",
            &good,
            "",
        ),
        ("/Patient/$validate?profile=http://hl7.org/fhir/StructureDefinition/Condition", &good, "MTR-PRF-003"),
        ("/Patient/$validate?profile=http://elsewhere.example/x", &good, "MTR-PRF-002"),
    ];
    for (path, resource, want) in cases {
        let told = outcome::issues(&client.post(path, resource).expect(200).json());
        let errors: Vec<&str> =
            told.iter().filter(|i| matches!(i.severity.as_str(), "error" | "fatal")).map(|i| i.code.as_str()).collect();
        assert_eq!(errors.join(" "), want, "{path}");
    }
}

#[test]
fn a_deletion_and_what_is_stored_can_be_validated() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01"), make::condition("c", "p", "I10", "2020")]);
    let codes = |path: &str| outcome::codes(&client.get(path).expect(200).json());
    assert_eq!(codes("/Patient/p/$validate?mode=delete"), ["MTR-PAT-021"]);
    assert_eq!(codes("/Condition/c/$validate?mode=delete"), ["MTR-OKK-001"]);
    assert_eq!(codes("/Condition/absent/$validate?mode=delete"), ["MTR-GET-001"]);
    client.get("/Condition/c").expect(200);
    let stored = client.get("/Patient/p/$validate").expect(200).json();
    assert!(outcome::issues(&stored).iter().all(|i| i.severity != "error"), "{stored}");
    let mode = json!({"resourceType": "Parameters", "parameter": [{"name": "mode", "valueCode": "delete"}]});
    let posted = client.post("/Condition/c/$validate", &mode).expect(200);
    assert_eq!(outcome::codes(&posted.json()), ["MTR-OKK-001"]);
    let nowhere = client.post("/Condition/$validate", &mode);
    outcome::refused(&nowhere, 400, "invalid", "MTR-OPR-010", "");
}

#[test]
fn a_validation_that_cannot_be_done_is_told() {
    let client = harness::structure();
    let good = make::patient("p", "male", "1950-01-01");
    outcome::refused(&client.post("/Patient/$validate?mode=cretae", &good), 400, "value", "MTR-OPR-004", "");
    outcome::refused(&client.post("/Patient/$validate?modus=create", &good), 400, "not-supported", "MTR-OPR-002", "");
    outcome::refused(&client.get("/Patient/$validate"), 400, "structure", "MTR-JSN-006", "");
    let empty = client.post("/Patient/$validate", &json!({"resourceType": "Parameters"}));
    outcome::refused(&empty, 400, "required", "MTR-OPR-009", "Parameters.parameter");
    outcome::refused(&client.get("/Patient/absent/$validate"), 404, "not-found", "MTR-GET-001", "");
}

#[test]
fn an_operation_that_does_not_exist_is_told_with_the_nearest_one() {
    let client = harness::structure();
    for (path, near) in [
        ("/Patient/$validat", "$validate"),
        ("/Patient/p/$everythin", "$everything"),
        ("/Condition/c/$metadata", "$meta"),
        ("/$met", "$meta"),
    ] {
        for method in ["GET", "POST"] {
            let answer = client.send(method, path, &[], b"{}");
            outcome::refused(&answer, 400, "not-supported", "MTR-OPR-001", "");
            let told = &outcome::issues(&answer.json())[0];
            assert!(told.fr.contains(near) && told.en.contains(near), "{path}: {told:?}");
        }
    }
}

#[test]
fn an_operation_that_is_asked_elsewhere_says_where() {
    let client = harness::structure();
    for (path, place) in [
        ("/Encounter/e/$forfait", "Patient/id/$forfait"),
        ("/Patient/$everything", "Patient/id/$everything"),
        ("/Measure/bmi/$care-gaps", "Measure/$care-gaps"),
        ("/Measure/$trend", "Measure/id/$trend"),
        ("/Patient/p/$worklist", "Organization/id/$worklist"),
        ("/Organization/o/$diff", "Group/id/$diff"),
        ("/Patient/p/$simulate", "$simulate"),
        ("/$care-gaps", "Measure/$care-gaps"),
        ("/$validate", "Type/$validate"),
        ("/$meta-add", "Type/id/$meta-add"),
    ] {
        for method in ["GET", "POST"] {
            let answer = client.send(method, path, &[], b"{}");
            outcome::refused(&answer, 400, "not-supported", "MTR-OPR-011", "");
            let told = &outcome::issues(&answer.json())[0];
            assert!(told.fr.contains(place) && told.en.contains(place), "{path}: {told:?}");
        }
    }
}
