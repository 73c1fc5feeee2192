//! Our own contract violated: 422; what is merely missing: a warning; a patient nobody knows yet.

use super::{Case, ENCOUNTER, OBSERVATION, PATIENT, Refusal, check, encounter, observation, patient};
use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

const fn required(code: &'static str, place: &'static str) -> Refusal {
    (422, "required", code, place)
}

const fn value(code: &'static str, place: &'static str) -> Refusal {
    (422, "value", code, place)
}

fn born(date: &str) -> String {
    patient(json!({"birthDate": date}))
}

fn modified() -> String {
    patient(json!({"modifierExtension": [{"url": "http://a.example/not", "valueBoolean": true}]}))
}

/// A measure of ours.
fn ours(code: &str, value: i32) -> String {
    let measure = make::measure("o", "p", code, "2025-01-02", json!({"valueInteger": value}));
    make::with(measure, json!({"id": null})).to_string()
}

fn of_a_group() -> String {
    observation(json!({"subject": {"reference": "Group/g"}}))
}

fn bmi(value: f64, unit: &str) -> String {
    observation(json!({"valueQuantity": make::quantity(value, unit)}))
}

fn without(member: &str) -> String {
    observation(json!({ member: null }))
}

const VALUE: &str = "Observation.value";

const REFUSED: &[Case] = &[
    ("no birth date", PATIENT, || patient(json!({"birthDate": null})), required("MTR-PAT-002", "Patient.birthDate")),
    ("born tomorrow", PATIENT, || born("2199-01-01"), value("MTR-PAT-003", "Patient.birthDate")),
    ("born in 1850", PATIENT, || born("1850-01-01"), value("MTR-PAT-004", "Patient.birthDate")),
    (
        "a gender of no list",
        PATIENT,
        || patient(json!({"gender": "M"})),
        (422, "code-invalid", "MTR-VAL-005", "Patient.gender"),
    ),
    ("a modifier nobody knows", PATIENT, modified, (422, "extension", "MTR-EXT-001", "Patient.modifierExtension[0]")),
    ("of nobody", OBSERVATION, || without("subject"), required("MTR-OBS-003", "Observation.subject")),
    ("of a group", OBSERVATION, of_a_group, (422, "not-supported", "MTR-REF-010", "Observation.subject")),
    ("undated", OBSERVATION, || without("effectiveDateTime"), required("MTR-OBS-004", "Observation.effective")),
    ("without a value", OBSERVATION, || without("valueQuantity"), required("MTR-OBS-005", VALUE)),
    ("in a unit that is none of its", OBSERVATION, || bmi(24.0, "mm[Hg]"), value("MTR-OBS-006", VALUE)),
    ("no body can be so", OBSERVATION, || bmi(900.0, "kg/m2"), value("MTR-OBS-008", VALUE)),
    ("GIR 7", OBSERVATION, || ours("gir", 7), value("MTR-OBS-008", VALUE)),
    (
        "a code of ours that we have not",
        OBSERVATION,
        || ours("gyr", 2),
        (422, "code-invalid", "MTR-COD-001", "Observation.code.coding[0].code"),
    ),
    (
        "a visit of nobody",
        ENCOUNTER,
        || encounter(json!({"subject": null})),
        required("MTR-ENC-002", "Encounter.subject"),
    ),
    (
        "a visit at no time",
        ENCOUNTER,
        || encounter(json!({"period": null})),
        required("MTR-ENC-005", "Encounter.period"),
    ),
    (
        "finished in the future",
        ENCOUNTER,
        || encounter(json!({"period": {"start": "2199-01-01"}})),
        (422, "business-rule", "MTR-ENC-006", "Encounter.period"),
    ),
];

#[test]
fn our_own_contract_is_unprocessable() {
    check(&harness::structure(), REFUSED);
}

#[test]
fn what_is_merely_missing_is_a_warning() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let unknown = patient(json!({"identifier": null}));
    let bare = encounter(json!({"identifier": null, "participant": null}));
    for (path, body, code) in [
        ("/Patient", &unknown, "MTR-PAT-001"),
        ("/Encounter", &bare, "MTR-ENC-001"),
        ("/Encounter", &bare, "MTR-ENC-007"),
    ] {
        let answer = client.send("POST", path, &[("Prefer", "return=OperationOutcome")], body.as_bytes()).expect(201);
        let told = outcome::issues(&answer.json());
        assert!(told.iter().any(|i| i.code == code && i.severity == "warning"), "{code} in {told:#?}");
    }
}

#[test]
fn what_is_refused_by_strict_handling_alone_is_an_error() {
    let client = harness::structure();
    let unknown = patient(json!({"identifier": null}));
    let lenient = client.send("POST", "/Patient/$validate", &[], unknown.as_bytes()).expect(200);
    assert!(outcome::issues(&lenient.json()).iter().any(|i| i.code == "MTR-PAT-001" && i.severity == "warning"));
    let strict = client.send("POST", "/Patient", &[("Prefer", "handling=strict")], unknown.as_bytes());
    outcome::refused(&strict, 422, "incomplete", "MTR-PAT-001", "Patient.identifier");
    let severities: Vec<String> = outcome::issues(&strict.json()).into_iter().map(|i| i.severity).collect();
    assert!(severities.iter().all(|severity| severity == "error"), "{severities:?}");
}

#[test]
fn a_reference_to_a_patient_nobody_knows_waits() {
    let client = harness::practice();
    let visit = |id: &str| make::visit(id, "later", "2025-03-10").to_string();
    let put = |id: &str, prefer: &str| {
        client.send("PUT", &format!("/Encounter/{id}"), &[("Prefer", prefer)], visit(id).as_bytes())
    };
    outcome::refused(&put("e", "handling=strict"), 422, "not-found", "MTR-REF-013", "Encounter.subject");
    client.get("/Encounter/e").expect(404);
    let parked = put("e", "return=OperationOutcome").expect(201);
    let told = outcome::issues(&parked.json());
    let pending = told.iter().find(|i| i.code == "MTR-REF-012").unwrap_or_else(|| panic!("{told:#?}"));
    assert_eq!((pending.severity.as_str(), pending.expression.as_str()), ("warning", "Encounter.subject"));
    client.get("/Encounter/e").expect(200);
    client.get("/Patient/later/$forfait?month=2025-04").expect(404);
    client.store(&make::patient("later", "male", "1980-01-01"));
    let invoice: Value = client.found("/Patient/later/$forfait?month=2025-04");
    assert_eq!(invoice["totalNet"]["value"], 8.0, "the visit counts now: {invoice}");
    put("f", "handling=strict").expect(201);
}
