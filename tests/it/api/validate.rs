//! `$validate` (resource-operation-validate.html): always 200 where it could validate, nothing stored.

use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::json;

#[test]
fn a_valid_resource_of_each_type_is_told_so() {
    let client = harness::structure();
    for resource in make::one_of_each("p") {
        let kind = resource["resourceType"].as_str().unwrap();
        let told = client.post(&format!("/{kind}/$validate"), &resource).expect(200).json();
        let errors: Vec<_> =
            outcome::issues(&told).into_iter().filter(|i| i.severity == "error" || i.severity == "fatal").collect();
        assert!(errors.is_empty(), "{kind}: {errors:#?}");
        assert_eq!(client.found(&format!("/{kind}?_count=1"))["total"], 0, "nothing is stored");
    }
}

#[test]
fn every_fault_is_told_and_the_status_is_200() {
    let client = harness::structure();
    let bad = make::with(make::patient("p", "male", "2023-02-31"), json!({"nom": "X", "active": 1}));
    let told = outcome::issues(&client.post("/Patient/$validate", &bad).expect(200).json());
    for (code, place) in
        [("MTR-VAL-002", "Patient.birthDate"), ("MTR-STR-001", "Patient.nom"), ("MTR-STR-002", "Patient.active")]
    {
        assert!(told.iter().any(|i| i.code == code && i.expression == place), "{code} at {place} in {told:#?}");
    }
}

#[test]
fn a_resource_may_come_in_parameters() {
    let client = harness::structure();
    let wrapped =
        |resource| json!({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}]});
    let good = client.post("/Patient/$validate", &wrapped(make::patient("p", "male", "1950-01-01"))).expect(200);
    assert!(outcome::issues(&good.json()).iter().all(|i| i.severity != "error"), "{}", good.text());
    let bad = client.post("/Patient/$validate", &wrapped(make::patient("p", "male", "1950-13-01"))).expect(200);
    assert!(outcome::codes(&bad.json()).contains(&"MTR-VAL-002".to_owned()), "{}", bad.text());
}

#[test]
fn what_is_not_json_is_told_as_an_outcome() {
    let client = harness::structure();
    let told = client.send("POST", "/Patient/$validate", &[], b"{");
    assert!(matches!(told.status, 200 | 400), "{}", told.text());
    assert_eq!(outcome::codes(&told.json()), ["MTR-JSN-001"]);
}

#[test]
fn warnings_are_told_too() {
    let client = harness::structure();
    let bare = make::with(make::patient("p", "male", "1950-01-01"), json!({"identifier": null}));
    let told = outcome::issues(&client.post("/Patient/$validate", &bare).expect(200).json());
    assert!(told.iter().any(|i| i.code == "MTR-PAT-001" && i.severity == "warning"), "{told:#?}");
}
