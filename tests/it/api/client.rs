//! What another vendor's client asks beside the main road: every method, references by condition,
//! operations by POST, and a CapabilityStatement it can generate itself from.

use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn bundle(entry: Value) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entry})
}

fn weighed(subject: &str) -> Value {
    make::with(
        make::observation("x", "x", make::concept("http://loinc.org", "29463-7"), "2026-10-01"),
        json!({"id": null, "valueQuantity": make::quantity(70.5, "kg"), "subject": {"reference": subject}}),
    )
}

fn numbered(number: &str) -> Value {
    make::with(make::patient("x", "male", "1950-01-01"), json!({"id": null, "identifier": [make::ipp(number)]}))
}

#[test]
fn a_refused_method_says_which_are_offered() {
    let client = harness::structure();
    let cases = [
        ("POST", "/Patient/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("TRACE", "/Patient", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("PUT", "/Patient/$validate", "GET, HEAD, POST"),
        ("POST", "/Patient/1/_history", "GET, HEAD"),
        ("POST", "/Patient/1/$meta", "GET, HEAD"),
        ("PUT", "/Patient/1/$forfait", "GET, HEAD, POST"),
        ("DELETE", "/metadata", "GET, HEAD"),
        ("GET", "", "POST"),
    ];
    for (method, path, allowed) in cases {
        let answer = client.send(method, path, &[], b"{}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        outcome::refused(&answer, 405, "not-supported", "MTR-REQ-001", "");
    }
    for path in ["/metadata", "/Patient"] {
        client.send("HEAD", path, &[], b"").expect(200);
    }
}

#[test]
fn a_conditional_reference_finds_what_is_stored_or_written_beside_it() {
    let client = harness::structure();
    let by = |number: &str| format!("Patient?identifier={}|{number}", make::IPP);
    let observed =
        |number: &str| json!({"resource": weighed(&by(number)), "request": {"method": "POST", "url": "Observation"}});
    let stored = client.post("/Patient", &numbered("1")).expect(201).id();
    client.post("", &bundle(json!([observed("1")]))).expect(200);
    assert_eq!(client.found(&format!("/Observation?patient={stored}"))["total"], 1);

    let beside = json!({"resource": numbered("2"), "request": {"method": "POST", "url": "Patient"}});
    client.post("", &bundle(json!([observed("2"), beside]))).expect(200);
    let found = client.found(&format!("/Patient?identifier={}%7C2", make::IPP));
    let patient = found["entry"][0]["resource"]["id"].as_str().unwrap();
    assert_eq!(client.found(&format!("/Observation?patient={patient}"))["total"], 1);

    let place = "Bundle.entry[0].resource.subject";
    let none = client.post("", &bundle(json!([observed("3")])));
    outcome::refused(&none, 422, "not-found", "MTR-REF-006", place);
    client.post("/Patient", &make::with(numbered("1"), json!({"identifier": [make::untyped("1")]}))).expect(201);
    let two = client.post("", &bundle(json!([observed("1")])));
    outcome::refused(&two, 422, "multiple-matches", "MTR-REF-007", place);
    let alone = client.post("/Observation", &weighed(&by("1")));
    outcome::refused(&alone, 400, "not-supported", "MTR-REF-005", "Observation.subject");
}

#[test]
fn a_conditional_update_keeps_to_the_id_it_finds() {
    let client = harness::structure();
    let url = format!("Patient?identifier={}|7", make::IPP);
    let put = |id: &str| {
        let resource = make::with(numbered("7"), json!({"id": id}));
        client.post("", &bundle(json!([{"resource": resource, "request": {"method": "PUT", "url": url}}])))
    };
    put("seven").expect(200);
    put("seven").expect(200);
    outcome::refused(&put("eight"), 400, "conflict", "MTR-CND-005", "Bundle.entry[0].resource.id");
    client.get("/Patient/eight").expect(404);
}

#[test]
fn an_operation_is_asked_by_address_or_by_parameters() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let asked = client.get("/Patient/p/$forfait?month=2026-10").expect(200).json();
    let parameters = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": "2026-10"}]});
    assert_eq!(client.post("/Patient/p/$forfait", &parameters).expect(200).json(), asked);
    let twice = client.get("/Patient/p/$forfait?month=2026-10&month=2026-11");
    outcome::refused(&twice, 400, "invalid", "MTR-OPR-005", "");
}

#[test]
fn validation_takes_a_resource_within_parameters_and_on_an_instance() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let early = make::measure("x", "p", "precar", "1940-01-01", json!({"valueInteger": 45}));
    let within = json!({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": early}]});
    for path in ["/Observation/$validate", "/Observation/x/$validate"] {
        let told = outcome::codes(&client.post(path, &within).expect(200).json());
        assert!(told.contains(&"MTR-OBS-015".to_owned()), "before birth: {told:?}");
    }
}

#[test]
fn search_parameters_are_declared_with_their_types_and_definitions() {
    let statement = harness::structure().get("/metadata").expect(200).json();
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    // As R4 has them: type, parameter, its type, the end of its definition.
    let cases = [
        ("Patient", "birthdate", "date", "individual-birthdate"),
        ("Patient", "general-practitioner", "reference", "Patient-general-practitioner"),
        ("Patient", "name", "string", "Patient-name"),
        ("Patient", "family", "string", "individual-family"),
        ("Patient", "deceased", "token", "Patient-deceased"),
        ("Patient", "_lastUpdated", "date", "Resource-lastUpdated"),
        ("Patient", "_profile", "uri", "Resource-profile"),
        ("Encounter", "class", "token", "Encounter-class"),
        ("Encounter", "type", "token", "clinical-type"),
        ("Encounter", "length", "quantity", "Encounter-length"),
        ("Observation", "code", "token", "clinical-code"),
        ("Observation", "value-quantity", "quantity", "Observation-value-quantity"),
        ("Observation", "code-value-quantity", "composite", "Observation-code-value-quantity"),
        ("Observation", "date", "date", "clinical-date"),
        ("Condition", "onset-date", "date", "Condition-onset-date"),
        ("Coverage", "class-value", "string", "Coverage-class-value"),
        ("Immunization", "vaccine-code", "token", "Immunization-vaccine-code"),
        ("QuestionnaireResponse", "questionnaire", "reference", "QuestionnaireResponse-questionnaire"),
        ("PractitionerRole", "practitioner", "reference", "PractitionerRole-practitioner"),
        ("Location", "organization", "reference", "Location-organization"),
    ];
    for (kind, name, wanted, definition) in cases {
        let resource = resources.iter().find(|r| r["type"] == kind).unwrap();
        let parameters = resource["searchParam"].as_array().unwrap();
        let told = parameters.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("{kind} has no {name}"));
        assert_eq!(told["type"], wanted, "{kind} {name}");
        assert!(told["definition"].as_str().unwrap().ends_with(&format!("/{definition}")), "{told}");
    }
    let of = |kind: &str| resources.iter().find(|r| r["type"] == kind).unwrap();
    let has = |list: &Value, text: &str| list.as_array().unwrap().iter().any(|one| one == text);
    assert!(has(&of("Encounter")["searchInclude"], "Encounter:practitioner"));
    assert!(has(&of("Patient")["searchRevInclude"], "Observation:patient"));
}

#[test]
fn what_the_patients_record_makes_doubtful_is_told_to_who_asks() {
    let client = harness::structure();
    let early = make::measure("x", "p", "precar", "1940-01-01", json!({"valueInteger": 45}));
    let bundle = make::transaction(&[make::patient("p", "male", "1950-01-01"), early.clone()]);
    let asks = [("Prefer", "return=OperationOutcome"), ("Content-Type", "application/fhir+json")];
    let answered = client.send("POST", "", &asks, bundle.to_string().as_bytes()).expect(200).json();
    let told = &answered["entry"][1]["response"]["outcome"];
    assert!(outcome::codes(told).contains(&"MTR-OBS-015".to_owned()), "{told}");
    assert!(told.to_string().contains("Bundle.entry[1].resource"), "{told}");
    let told = client.send("PUT", "/Observation/x", &asks, early.to_string().as_bytes()).expect(200).json();
    assert!(outcome::codes(&told).contains(&"MTR-OBS-015".to_owned()), "{told}");
}
