//! Base FHIR violated: elements, types, dates, ids. Always 400, with the FHIRPath.

use super::{Case, ENCOUNTER, OBSERVATION, PATIENT, PUT, Refusal, check, encounter, observation, patient};
use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

const fn unknown(place: &'static str) -> Refusal {
    (400, "structure", "MTR-STR-001", place)
}

const fn shape(code: &'static str, place: &'static str) -> Refusal {
    (400, "structure", code, place)
}

const fn value(code: &'static str, place: &'static str) -> Refusal {
    (400, "value", code, place)
}

fn subject_with_more() -> String {
    observation(json!({"subject": {"reference": "Patient/p", "ref": "x"}}))
}

fn of_another_choice() -> String {
    observation(json!({"valueQuantity": null, "valueDecimal": 1.0}))
}

const UNKNOWN: &[Case] = &[
    ("at the root", PATIENT, || patient(json!({"birthdate": "1950-01-01"})), unknown("Patient.birthdate")),
    (
        "within",
        PATIENT,
        || patient(json!({"name": [{"family": "X"}, {"familly": "X"}]})),
        unknown("Patient.name[1].familly"),
    ),
    ("of R5", OBSERVATION, || observation(json!({"triggeredBy": []})), unknown("Observation.triggeredBy")),
    ("of another choice", OBSERVATION, of_another_choice, unknown("Observation.valueDecimal")),
    ("an underscore of nothing", PATIENT, || patient(json!({"_nom": {"id": "x"}})), unknown("Patient._nom")),
    ("beside a reference", OBSERVATION, subject_with_more, unknown("Observation.subject.ref")),
];

#[test]
fn an_element_that_does_not_exist() {
    let client = harness::structure();
    check(&client, UNKNOWN);
    let refused = client.send("POST", "/Patient", &[], patient(json!({"birthdate": "1950-01-01"})).as_bytes());
    let told = &outcome::issues(&refused.json())[0];
    assert!(told.fr.contains("birthDate") && told.en.contains("birthDate"), "the nearest element: {told:?}");
}

fn null_alone() -> String {
    r#"{"resourceType":"Patient","birthDate":"1950-01-01","name":[{"given":[null]}]}"#.to_owned()
}

fn two_deaths() -> String {
    patient(json!({"deceasedBoolean": true, "deceasedDateTime": "2020-01-01"}))
}

fn listed_subject() -> String {
    observation(json!({"subject": [{"reference": "Patient/p"}]}))
}

fn number_as_text() -> String {
    observation(json!({"valueQuantity": {"value": "24"}}))
}

const WRONG: &[Case] = &[
    ("a text for a boolean", PATIENT, || patient(json!({"active": "true"})), shape("MTR-STR-002", "Patient.active")),
    ("a number for a text", PATIENT, || patient(json!({"gender": 1})), shape("MTR-STR-002", "Patient.gender")),
    ("a text for a number", OBSERVATION, number_as_text, shape("MTR-STR-002", "Observation.value.value")),
    (
        "a text for an object",
        OBSERVATION,
        || observation(json!({"code": "x"})),
        shape("MTR-STR-002", "Observation.code"),
    ),
    (
        "decimals for an integer",
        PATIENT,
        || patient(json!({"multipleBirthInteger": 1.5})),
        shape("MTR-STR-002", "Patient.multipleBirth"),
    ),
    ("a list for one", OBSERVATION, listed_subject, shape("MTR-STR-004", "Observation.subject")),
    ("one for a list", PATIENT, || patient(json!({"name": {"family": "X"}})), shape("MTR-STR-005", "Patient.name")),
    ("an empty list", PATIENT, || patient(json!({"name": []})), shape("MTR-STR-006", "Patient.name")),
    (
        "an empty object",
        PATIENT,
        || patient(json!({"maritalStatus": {}})),
        shape("MTR-STR-006", "Patient.maritalStatus"),
    ),
    (
        "an empty text",
        PATIENT,
        || patient(json!({"name": [{"family": ""}]})),
        shape("MTR-STR-006", "Patient.name[0].family"),
    ),
    (
        "two choices of value",
        OBSERVATION,
        || observation(json!({"valueString": "x"})),
        shape("MTR-STR-007", "Observation.value"),
    ),
    ("two choices of death", PATIENT, two_deaths, shape("MTR-STR-007", "Patient.deceased")),
    ("a null alone", PATIENT, null_alone, shape("MTR-STR-008", "Patient.name[0].given[0]")),
];

#[test]
fn a_value_of_the_wrong_type() {
    check(&harness::structure(), WRONG);
}

fn born(date: &str) -> String {
    patient(json!({"birthDate": date}))
}

fn seen(date: &str) -> String {
    observation(json!({"effectiveDateTime": date}))
}

fn ends_before_it_starts() -> String {
    encounter(json!({"period": {"start": "2025-02-01", "end": "2025-01-31"}}))
}

const BIRTH: &str = "Patient.birthDate";
const EFFECTIVE: &str = "Observation.effective";

const DATES: &[Case] = &[
    ("31 February", PATIENT, || born("2023-02-31"), value("MTR-VAL-002", BIRTH)),
    ("29 February of no leap year", PATIENT, || born("2023-02-29"), value("MTR-VAL-002", BIRTH)),
    ("29 February 1900", PATIENT, || born("1900-02-29"), value("MTR-VAL-002", BIRTH)),
    ("month 13", PATIENT, || born("2023-13-01"), value("MTR-VAL-002", BIRTH)),
    ("month 0", PATIENT, || born("2023-00-10"), value("MTR-VAL-002", BIRTH)),
    ("31 April with a time", OBSERVATION, || seen("2025-04-31T10:00:00Z"), value("MTR-VAL-002", EFFECTIVE)),
    ("25 o'clock", OBSERVATION, || seen("2025-04-30T25:00:00Z"), value("MTR-VAL-002", EFFECTIVE)),
    ("in French", PATIENT, || born("14/03/1950"), value("MTR-VAL-001", BIRTH)),
    ("short", PATIENT, || born("1950-1-1"), value("MTR-VAL-001", BIRTH)),
    ("a day with a time", PATIENT, || born("1950-01-01T00:00:00Z"), value("MTR-VAL-001", BIRTH)),
    ("a time without a zone", OBSERVATION, || seen("2025-04-30T10:00:00"), value("MTR-VAL-003", EFFECTIVE)),
    (
        "an end before its start",
        ENCOUNTER,
        ends_before_it_starts,
        (400, "invariant", "MTR-VAL-006", "Encounter.period"),
    ),
];

#[test]
fn a_date_that_does_not_exist() {
    let client = harness::structure();
    check(&client, DATES);
    for good in ["2024-02-29", "2000-02-29", "1950", "1950-02"] {
        let id = client.send("POST", "/Patient", &[], born(good).as_bytes()).expect(201).id();
        client.delete(&format!("/Patient/{id}")).expect(204);
    }
}

const CONTROL: &[Case] = &[
    (
        "nothing at all",
        PATIENT,
        || patient(json!({"name": [{"family": "A\u{0}B"}]})),
        value(BELOW, "Patient.name[0].family"),
    ),
    (
        "in a list",
        PATIENT,
        || patient(json!({"name": [{"given": ["A", "B\u{7}"]}]})),
        value(BELOW, "Patient.name[0].given[1]"),
    ),
    ("a form feed", OBSERVATION, || noted("A\u{c}B"), value(BELOW, "Observation.note[0].text")),
    ("a backspace", OBSERVATION, || noted("A\u{8}"), value(BELOW, "Observation.note[0].text")),
    (
        "in a code",
        OBSERVATION,
        || observation(json!({"code": make::concept("http://loinc.org", "39156-5\u{1}")})),
        value(BELOW, "Observation.code.coding[0].code"),
    ),
    (
        "in an extension",
        PATIENT,
        || patient(json!({"_birthDate": {"extension": [{"url": "urn:x", "valueString": "\u{1f}"}]}})),
        value(BELOW, "Patient.birthDate.extension[0].value"),
    ),
    (
        "in what is contained",
        OBSERVATION,
        || observation(json!({"contained": [{"resourceType": "Device", "id": "d", "lotNumber": "\u{b}"}]})),
        value(BELOW, "Observation.contained[0].lotNumber"),
    ),
    (
        "in the narrative",
        PATIENT,
        || {
            patient(
                json!({"text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">\u{2}</div>"}}),
            )
        },
        value(BELOW, "Patient.text.div"),
    ),
];

const BELOW: &str = "MTR-VAL-008";

fn noted(text: &str) -> String {
    observation(json!({"note": [{"text": text}]}))
}

#[test]
fn a_text_holds_no_control_character_but_tabs_and_line_ends() {
    let client = harness::structure();
    check(&client, CONTROL);
    for good in ["A\tB\r\nC", "A\u{7f}B\u{85}", "\u{20ac} \\u0000"] {
        client.send("POST", "/Observation", &[], noted(good).as_bytes()).expect(201);
    }
}

fn named(id: Value) -> String {
    make::with(make::patient("p", "male", "1950-01-01"), json!({"id": id})).to_string()
}

const LONG: &str = "/Patient/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const IDS: &[Case] = &[
    ("another", PUT, || named(json!("q")), value("MTR-RES-005", "Patient.id")),
    ("another by its case", PUT, || named(json!("P")), value("MTR-RES-005", "Patient.id")),
    ("none", PUT, || named(json!(null)), (400, "required", "MTR-RES-004", "Patient.id")),
    ("a bad one in the URL", ("PUT", "/Patient/a_b"), || named(json!("a_b")), value("MTR-RES-006", "Patient.id")),
    ("one too long", ("PUT", LONG), || named(json!("a".repeat(65))), value("MTR-RES-006", "Patient.id")),
];

#[test]
fn the_wrong_id_in_a_put() {
    check(&harness::structure(), IDS);
}

#[test]
fn every_fault_is_told_at_once() {
    let client = harness::structure();
    let body = patient(json!({
        "birthDate": "2023-02-31",
        "active": "yes",
        "nom": "X",
        "name": [{"family": "A"}, {"given": "B"}],
        "contact": [{"gender": "none", "period": {"start": "2025-02-01", "end": "2024-01-01"}}],
    }));
    let refused = client.send("POST", "/Patient", &[], body.as_bytes()).expect(400);
    let places: Vec<String> = outcome::issues(&refused.json()).into_iter().map(|i| i.expression).collect();
    for place in
        ["Patient.birthDate", "Patient.active", "Patient.nom", "Patient.name[1].given", "Patient.contact[0].period"]
    {
        assert_eq!(places.iter().filter(|p| *p == place).count(), 1, "{place} in {places:?}");
    }
}

const CONTAINED: &[Case] = &[
    (
        "an element its type does not have",
        OBSERVATION,
        || contained(json!([{"resourceType": "Practitioner", "id": "a", "foo": 1}])),
        (400, "structure", "MTR-STR-001", "Observation.contained[0].foo"),
    ),
    (
        "no type of FHIR",
        OBSERVATION,
        || contained(json!([{"resourceType": "Zork", "id": "a"}])),
        (400, "structure", "MTR-RES-008", "Observation.contained[0].resourceType"),
    ),
    (
        "no id",
        OBSERVATION,
        || contained(json!([{"resourceType": "Device"}])),
        (400, "required", "MTR-RES-009", "Observation.contained[0].id"),
    ),
    (
        "one id twice",
        OBSERVATION,
        || contained(json!([{"resourceType": "Device", "id": "a"}, {"resourceType": "Practitioner", "id": "a"}])),
        (400, "duplicate", "MTR-RES-010", "Observation.contained[1].id"),
    ),
    (
        "one within another",
        OBSERVATION,
        || {
            contained(
                json!([{"resourceType": "Device", "id": "a", "contained": [{"resourceType": "Device", "id": "b"}]}]),
            )
        },
        (400, "invariant", "MTR-RES-011", "Observation.contained[0].contained"),
    ),
    (
        "a version of its own",
        OBSERVATION,
        || contained(json!([{"resourceType": "Device", "id": "a", "meta": {"versionId": "1"}}])),
        (400, "invariant", "MTR-RES-012", "Observation.contained[0].meta.versionId"),
    ),
    (
        "a script in the narrative",
        PATIENT,
        || {
            let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"x\">x</p></div>";
            patient(json!({"text": {"status": "generated", "div": div}}))
        },
        (400, "invariant", "MTR-STR-011", "Patient.text.div"),
    ),
];

fn contained(resources: Value) -> String {
    observation(json!({"contained": resources}))
}

#[test]
fn what_a_resource_brings_along_is_looked_at() {
    let client = harness::structure();
    check(&client, CONTAINED);
    let whole = json!([
        {"resourceType": "Patient", "id": "p", "name": [{"family": "Exemple"}]},
        {"resourceType": "Practitioner", "id": "g", "identifier": [{"system": "urn:x", "value": "1"}]},
        {"resourceType": "Medication", "id": "m", "code": {"text": "x"}},
        {"resourceType": "Location", "id": "l", "managingOrganization": {"reference": "#o"}},
        {"resourceType": "Organization", "id": "o", "name": "x"},
    ]);
    client.send("POST", "/Observation", &[], contained(whole).as_bytes()).expect(201);
}
