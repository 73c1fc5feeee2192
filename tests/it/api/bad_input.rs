//! Bad input, line by line of what was promised: status, type, stable code, place, both languages.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

/// What is sent, and what must be answered.
struct Case {
    what: &'static str,
    request: (&'static str, &'static str),
    body: String,
    /// Status, IssueType, stable code, expression.
    answer: (u16, &'static str, &'static str, &'static str),
}

fn case(
    what: &'static str,
    request: (&'static str, &'static str),
    body: impl Into<String>,
    answer: (u16, &'static str, &'static str, &'static str),
) -> Case {
    Case { what, request, body: body.into(), answer }
}

const POST_PATIENT: (&str, &str) = ("POST", "/Patient");
const POST_OBSERVATION: (&str, &str) = ("POST", "/Observation");
const PUT_PATIENT: (&str, &str) = ("PUT", "/Patient/p");

#[track_caller]
fn check(client: &Client, cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for Case { what, request: (method, path), body, answer: (status, kind, code, place) } in cases {
        let answer = client.send(method, path, &[], body.as_bytes());
        let issues = outcome::issues(&answer.json());
        let found = issues.iter().any(|i| {
            i.kind == kind && i.code == code && (place.is_empty() || i.expression == place) && i.severity != "warning"
        });
        if answer.status != status || !found {
            wrong.push(format!("{what}: {status} {kind} {code} at {place:?} was {} {issues:#?}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn patient(changes: Value) -> String {
    make::with(make::with(make::patient("p", "male", "1950-01-01"), json!({"id": null})), changes).to_string()
}

fn observation(changes: Value) -> String {
    let base = make::observation("o", "p", make::concept("http://loinc.org", "39156-5"), "2025-01-02");
    let valued = make::with(base, json!({"id": null, "valueQuantity": make::quantity(24.0, "kg/m2")}));
    make::with(valued, changes).to_string()
}

#[test]
fn what_is_not_json_or_not_fhir() {
    let client = harness::structure();
    let structure = |code| (400, "structure", code, "");
    check(
        &client,
        vec![
            case("cut", POST_PATIENT, r#"{"resourceType":"Patient","#, structure("MTR-JSN-001")),
            case("a word", POST_PATIENT, "bonjour", structure("MTR-JSN-001")),
            case("two documents", POST_PATIENT, r#"{"resourceType":"Patient"} {}"#, structure("MTR-JSN-001")),
            case("a comma too many", POST_PATIENT, r#"{"resourceType":"Patient",}"#, structure("MTR-JSN-001")),
            case("single quotes", POST_PATIENT, "{'resourceType':'Patient'}", structure("MTR-JSN-001")),
            case(
                "a leading zero",
                POST_PATIENT,
                r#"{"resourceType":"Patient","multipleBirthInteger":01}"#,
                structure("MTR-JSN-001"),
            ),
            case(
                "NaN",
                POST_PATIENT,
                r#"{"resourceType":"Patient","multipleBirthInteger":NaN}"#,
                structure("MTR-JSN-001"),
            ),
            case("a control character", POST_PATIENT, "{\"resourceType\":\"Pat\nient\"}", structure("MTR-JSN-001")),
            case(
                "half a surrogate pair",
                POST_PATIENT,
                r#"{"resourceType":"Patient","language":"\ud83d"}"#,
                structure("MTR-JSN-001"),
            ),
            case("XML", POST_PATIENT, "<Patient xmlns=\"http://hl7.org/fhir\"/>", structure("MTR-JSN-001")),
            case("a list", POST_PATIENT, "[]", structure("MTR-JSN-002")),
            case("a string", POST_PATIENT, "\"Patient\"", structure("MTR-JSN-002")),
            case("nothing", POST_PATIENT, "", structure("MTR-JSN-006")),
            case("no resourceType", POST_PATIENT, r#"{"a":1}"#, structure("MTR-RES-001")),
            case("no resourceType in a Bundle's place", ("POST", ""), "{}", structure("MTR-RES-001")),
        ],
    );
    let latin1 = b"{\"resourceType\":\"Patient\",\"language\":\"\xe9\"}";
    outcome::refused(&client.send("POST", "/Patient", &[], latin1), 400, "structure", "MTR-JSN-005", "");
    assert_eq!(client.found("/Patient?_count=1")["total"], 0);
}

#[test]
fn a_type_that_is_unknown_or_not_the_urls() {
    let client = harness::structure();
    check(
        &client,
        vec![
            case(
                "not received",
                ("POST", "/Medication"),
                r#"{"resourceType":"Medication"}"#,
                (404, "not-supported", "MTR-RES-002", ""),
            ),
            case("no type at all", ("POST", "/Nonsense"), "{}", (404, "not-supported", "MTR-RES-002", "")),
            case("another type", POST_PATIENT, observation(json!({})), (400, "invalid", "MTR-RES-003", "")),
            case(
                "another type in PUT",
                PUT_PATIENT,
                r#"{"resourceType":"Group","id":"p"}"#,
                (400, "invalid", "MTR-RES-003", ""),
            ),
            case(
                "a type that is no text",
                POST_PATIENT,
                r#"{"resourceType":7}"#,
                (400, "structure", "MTR-RES-001", ""),
            ),
        ],
    );
}

#[test]
fn an_element_that_does_not_exist() {
    let client = harness::structure();
    let structure = |place| (400, "structure", "MTR-STR-001", place);
    check(
        &client,
        vec![
            case(
                "at the root",
                POST_PATIENT,
                patient(json!({"birthdate": "1950-01-01"})),
                structure("Patient.birthdate"),
            ),
            case(
                "within",
                POST_PATIENT,
                patient(json!({"name": [{"family": "X"}, {"familly": "X"}]})),
                structure("Patient.name[1].familly"),
            ),
            case(
                "of R5",
                POST_OBSERVATION,
                observation(json!({"triggeredBy": []})),
                structure("Observation.triggeredBy"),
            ),
            case(
                "of another choice",
                POST_OBSERVATION,
                observation(json!({"valueQuantity": null, "valueDecimal": 1.0})),
                structure("Observation.valueDecimal"),
            ),
            case(
                "an underscore of nothing",
                POST_PATIENT,
                patient(json!({"_nom": {"id": "x"}})),
                structure("Patient._nom"),
            ),
            case(
                "beside a reference",
                POST_OBSERVATION,
                observation(json!({"subject": {"reference": "Patient/p", "ref": "x"}})),
                structure("Observation.subject.ref"),
            ),
        ],
    );
    let refused = client.send("POST", "/Patient", &[], patient(json!({"birthdate": "1950-01-01"})).as_bytes());
    let told = &outcome::issues(&refused.json())[0];
    assert!(told.fr.contains("birthDate") && told.en.contains("birthDate"), "the nearest element: {told:?}");
}

#[test]
fn a_value_of_the_wrong_type() {
    let client = harness::structure();
    let wrong = |code, place| (400, "structure", code, place);
    check(
        &client,
        vec![
            case(
                "a text for a boolean",
                POST_PATIENT,
                patient(json!({"active": "true"})),
                wrong("MTR-STR-002", "Patient.active"),
            ),
            case(
                "a number for a text",
                POST_PATIENT,
                patient(json!({"gender": 1})),
                wrong("MTR-STR-002", "Patient.gender"),
            ),
            case(
                "a text for a number",
                POST_OBSERVATION,
                observation(json!({"valueQuantity": {"value": "24"}})),
                wrong("MTR-STR-002", "Observation.value.value"),
            ),
            case(
                "a text for an object",
                POST_OBSERVATION,
                observation(json!({"code": "39156-5"})),
                wrong("MTR-STR-002", "Observation.code"),
            ),
            case(
                "a list for one",
                POST_OBSERVATION,
                observation(json!({"subject": [{"reference": "Patient/p"}]})),
                wrong("MTR-STR-004", "Observation.subject"),
            ),
            case(
                "one for a list",
                POST_PATIENT,
                patient(json!({"name": {"family": "X"}})),
                wrong("MTR-STR-005", "Patient.name"),
            ),
            case("an empty list", POST_PATIENT, patient(json!({"name": []})), wrong("MTR-STR-006", "Patient.name")),
            case(
                "an empty object",
                POST_PATIENT,
                patient(json!({"maritalStatus": {}})),
                wrong("MTR-STR-006", "Patient.maritalStatus"),
            ),
            case(
                "an empty text",
                POST_PATIENT,
                patient(json!({"name": [{"family": ""}]})),
                wrong("MTR-STR-006", "Patient.name[0].family"),
            ),
            case(
                "two choices",
                POST_OBSERVATION,
                observation(json!({"valueString": "x"})),
                wrong("MTR-STR-007", "Observation.value"),
            ),
            case(
                "two choices of date",
                POST_PATIENT,
                patient(json!({"deceasedBoolean": true, "deceasedDateTime": "2020-01-01"})),
                wrong("MTR-STR-007", "Patient.deceased"),
            ),
            case(
                "a null alone",
                POST_PATIENT,
                r#"{"resourceType":"Patient","birthDate":"1950-01-01","name":[{"given":[null]}]}"#,
                wrong("MTR-STR-008", "Patient.name[0].given[0]"),
            ),
            case(
                "a whole number with decimals",
                POST_PATIENT,
                patient(json!({"multipleBirthInteger": 1.5})),
                wrong("MTR-STR-002", "Patient.multipleBirth"),
            ),
        ],
    );
}

#[test]
fn a_date_that_does_not_exist() {
    let client = harness::structure();
    let day = |place| (400, "value", "MTR-VAL-002", place);
    let form = |place| (400, "value", "MTR-VAL-001", place);
    let born = |date: &str| patient(json!({"birthDate": date}));
    let seen = |date: &str| observation(json!({"effectiveDateTime": date}));
    check(
        &client,
        vec![
            case("31 February", POST_PATIENT, born("2023-02-31"), day("Patient.birthDate")),
            case("29 February of no leap year", POST_PATIENT, born("2023-02-29"), day("Patient.birthDate")),
            case("29 February 1900", POST_PATIENT, born("1900-02-29"), day("Patient.birthDate")),
            case("month 13", POST_PATIENT, born("2023-13-01"), day("Patient.birthDate")),
            case("month 0", POST_PATIENT, born("2023-00-10"), day("Patient.birthDate")),
            case("31 April with a time", POST_OBSERVATION, seen("2025-04-31T10:00:00Z"), day("Observation.effective")),
            case("25 o'clock", POST_OBSERVATION, seen("2025-04-30T25:00:00Z"), day("Observation.effective")),
            case("in French", POST_PATIENT, born("14/03/1950"), form("Patient.birthDate")),
            case("short", POST_PATIENT, born("1950-1-1"), form("Patient.birthDate")),
            case("a day with a time", POST_PATIENT, born("1950-01-01T00:00:00Z"), form("Patient.birthDate")),
            case(
                "without a zone",
                POST_OBSERVATION,
                seen("2025-04-30T10:00:00"),
                (400, "value", "MTR-VAL-003", "Observation.effective"),
            ),
            case(
                "an end before its start",
                ("POST", "/Encounter"),
                make::with(
                    make::visit("e", "p", ""),
                    json!({"id": null, "period": {"start": "2025-02-01", "end": "2025-01-31"}}),
                )
                .to_string(),
                (400, "invariant", "MTR-VAL-006", "Encounter.period"),
            ),
        ],
    );
    for good in ["2024-02-29", "2000-02-29", "1950", "1950-02"] {
        client.send("POST", "/Patient", &[], born(good).as_bytes()).expect(201);
    }
}

#[test]
fn a_member_that_stands_twice() {
    let client = harness::structure();
    let twice = (400, "structure", "MTR-JSN-003", "");
    check(
        &client,
        vec![
            case(
                "at the root",
                POST_PATIENT,
                r#"{"resourceType":"Patient","birthDate":"1950-01-01","birthDate":"1951-01-01"}"#,
                twice,
            ),
            case(
                "within",
                POST_PATIENT,
                r#"{"resourceType":"Patient","birthDate":"1950-01-01","name":[{"family":"A","family":"A"}]}"#,
                twice,
            ),
            case(
                "by an escape",
                POST_PATIENT,
                r#"{"resourceType":"Patient","birthDate":"1950-01-01","birth\u0044ate":"1951-01-01"}"#,
                twice,
            ),
            case(
                "the type",
                POST_PATIENT,
                r#"{"resourceType":"Patient","resourceType":"Patient","birthDate":"1950-01-01"}"#,
                twice,
            ),
            case(
                "in an entry",
                ("POST", ""),
                r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","id":"p","id":"q","birthDate":"1950-01-01"},"request":{"method":"PUT","url":"Patient/p"}}]}"#,
                twice,
            ),
        ],
    );
    assert_eq!(client.found("/Patient?_count=1")["total"], 0);
}

#[test]
fn ten_thousand_levels_of_nesting() {
    let client = harness::structure();
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let wrapped =
        |inner: String| format!(r#"{{"resourceType":"Patient","birthDate":"1950-01-01","extension":{inner}}}"#);
    let too_deep = (400, "structure", "MTR-JSN-004", "");
    check(
        &client,
        vec![
            case("lists alone", POST_PATIENT, deep("[", "]", 10_000), (400, "structure", "MTR-JSN-002", "")),
            case("lists within", POST_PATIENT, wrapped(deep("[", "]", 10_000)), too_deep),
            case("objects", POST_PATIENT, format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)), too_deep),
            case(
                "extensions",
                POST_PATIENT,
                wrapped(format!("{}[]{}", "[{\"url\":\"u\",\"extension\":".repeat(5_000), "}]".repeat(5_000))),
                too_deep,
            ),
            case("never closed", POST_PATIENT, wrapped("[".repeat(1_000_000)), too_deep),
            case(
                "in a Bundle",
                ("POST", ""),
                format!(r#"{{"resourceType":"Bundle","type":"batch","entry":{}}}"#, deep("[", "]", 10_000)),
                too_deep,
            ),
        ],
    );
    client.send_at("GET", "/health/live", &[], b"").expect(200);
}

#[test]
fn a_body_over_the_limit() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let big = patient(
        json!({"text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", "x".repeat(1_100_000))}}),
    );
    for (method, path) in [POST_PATIENT, PUT_PATIENT, ("POST", ""), ("POST", "/Patient/$validate")] {
        let refused = client.send(method, path, &[], big.as_bytes());
        outcome::refused(&refused, 413, "too-long", "MTR-REQ-004", "");
        let told = &outcome::issues(&refused.json())[0].en;
        assert!(told.contains("1 MB") || told.contains("1048576"), "the limit is not named: {told}");
    }
    let just_under = patient(
        json!({"text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", "x".repeat(1_000_000))}}),
    );
    client.send("POST", "/Patient", &[], just_under.as_bytes()).expect(201);
}

#[test]
fn the_wrong_id_in_a_put() {
    let client = harness::structure();
    let good = make::patient("p", "male", "1950-01-01");
    check(
        &client,
        vec![
            case(
                "another",
                PUT_PATIENT,
                make::with(good.clone(), json!({"id": "q"})).to_string(),
                (400, "value", "MTR-RES-005", "Patient.id"),
            ),
            case(
                "another by its case",
                PUT_PATIENT,
                make::with(good.clone(), json!({"id": "P"})).to_string(),
                (400, "value", "MTR-RES-005", "Patient.id"),
            ),
            case(
                "none",
                PUT_PATIENT,
                make::with(good.clone(), json!({"id": null})).to_string(),
                (400, "required", "MTR-RES-004", "Patient.id"),
            ),
            case(
                "a bad one in the URL",
                ("PUT", "/Patient/a_b"),
                make::with(good.clone(), json!({"id": "a_b"})).to_string(),
                (400, "value", "MTR-RES-006", "Patient.id"),
            ),
            case(
                "one too long",
                ("PUT", "/Patient/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                make::with(good, json!({"id": "a".repeat(65)})).to_string(),
                (400, "value", "MTR-RES-006", "Patient.id"),
            ),
        ],
    );
}

#[test]
fn a_media_type_that_is_not_read() {
    let client = harness::structure();
    let body = patient(json!({}));
    let post = |media: &str| client.send("POST", "/Patient", &[("Content-Type", media)], body.as_bytes());
    for media in [
        "application/fhir+xml",
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "nonsense",
    ] {
        outcome::refused(&post(media), 415, "not-supported", "MTR-REQ-002", "");
    }
    for media in [
        "application/fhir+json",
        "application/json",
        "application/fhir+json; charset=UTF-8",
        "application/fhir+json;fhirVersion=4.0",
        "APPLICATION/JSON",
    ] {
        assert_eq!(post(media).status, 201, "{media}");
    }
    let bundle = client.send("POST", "", &[("Content-Type", "application/fhir+xml")], b"<Bundle/>");
    outcome::refused(&bundle, 415, "not-supported", "MTR-REQ-002", "");
}

#[test]
fn a_reference_to_a_patient_nobody_knows_waits() {
    let client = harness::practice();
    let visit = make::visit("e", "later", "2025-03-10").to_string();
    let put = |headers: &[(&str, &str)]| client.send("PUT", "/Encounter/e", headers, visit.as_bytes());
    let strict = put(&[("Prefer", "handling=strict")]);
    outcome::refused(&strict, 422, "not-found", "MTR-REF-013", "Encounter.subject");
    client.get("/Encounter/e").expect(404);
    let parked = put(&[("Prefer", "return=OperationOutcome")]).expect(201);
    let warned = outcome::issues(&parked.json());
    let pending = warned.iter().find(|i| i.code == "MTR-REF-012").unwrap_or_else(|| panic!("{warned:#?}"));
    assert_eq!((pending.severity.as_str(), pending.expression.as_str()), ("warning", "Encounter.subject"));
    client.get("/Encounter/e").expect(200);
    client.get("/Patient/later/$forfait?month=2025-04").expect(404);
    client.store(&make::patient("later", "male", "1980-01-01"));
    let invoice = client.found("/Patient/later/$forfait?month=2025-04");
    assert_eq!(invoice["totalNet"]["value"], 8.0, "the visit counts now: {invoice}");
    let strict = client.send(
        "PUT",
        "/Encounter/f",
        &[("Prefer", "handling=strict")],
        visit.replace("\"e\"", "\"f\"").as_bytes(),
    );
    assert_eq!(strict.status, 201, "{}", strict.text());
}

#[test]
fn our_own_contract_is_unprocessable() {
    let client = harness::structure();
    let required = |code, place| (422, "required", code, place);
    let visit = |changes: Value| {
        make::with(make::with(make::visit("e", "p", "2025-01-02"), json!({"id": null})), changes).to_string()
    };
    check(
        &client,
        vec![
            case(
                "no birth date",
                POST_PATIENT,
                patient(json!({"birthDate": null})),
                required("MTR-PAT-002", "Patient.birthDate"),
            ),
            case(
                "born tomorrow",
                POST_PATIENT,
                patient(json!({"birthDate": "2199-01-01"})),
                (422, "value", "MTR-PAT-003", "Patient.birthDate"),
            ),
            case(
                "born in 1850",
                POST_PATIENT,
                patient(json!({"birthDate": "1850-01-01"})),
                (422, "value", "MTR-PAT-004", "Patient.birthDate"),
            ),
            case(
                "a gender of no list",
                POST_PATIENT,
                patient(json!({"gender": "M"})),
                (422, "code-invalid", "MTR-VAL-005", "Patient.gender"),
            ),
            case(
                "a modifier nobody knows",
                POST_PATIENT,
                patient(json!({"modifierExtension": [{"url": "http://a.example/not", "valueBoolean": true}]})),
                (422, "extension", "MTR-EXT-001", "Patient.modifierExtension[0]"),
            ),
            case(
                "an Observation of nobody",
                POST_OBSERVATION,
                observation(json!({"subject": null})),
                required("MTR-OBS-003", "Observation.subject"),
            ),
            case(
                "of a group",
                POST_OBSERVATION,
                observation(json!({"subject": {"reference": "Group/g"}})),
                (422, "not-supported", "MTR-REF-010", "Observation.subject"),
            ),
            case(
                "undated",
                POST_OBSERVATION,
                observation(json!({"effectiveDateTime": null})),
                required("MTR-OBS-004", "Observation.effective"),
            ),
            case(
                "without a value",
                POST_OBSERVATION,
                observation(json!({"valueQuantity": null})),
                required("MTR-OBS-005", "Observation.value"),
            ),
            case(
                "in a unit that is none of its",
                POST_OBSERVATION,
                observation(json!({"valueQuantity": make::quantity(24.0, "mm[Hg]")})),
                (422, "value", "MTR-OBS-006", "Observation.value"),
            ),
            case(
                "no body can be so",
                POST_OBSERVATION,
                observation(json!({"valueQuantity": make::quantity(900.0, "kg/m2")})),
                (422, "value", "MTR-OBS-008", "Observation.value"),
            ),
            case(
                "a visit of nobody",
                ("POST", "/Encounter"),
                visit(json!({"subject": null})),
                required("MTR-ENC-002", "Encounter.subject"),
            ),
            case(
                "a visit at no time",
                ("POST", "/Encounter"),
                visit(json!({"period": null})),
                required("MTR-ENC-005", "Encounter.period"),
            ),
            case(
                "finished in the future",
                ("POST", "/Encounter"),
                visit(json!({"period": {"start": "2199-01-01"}})),
                (422, "business-rule", "MTR-ENC-006", "Encounter.period"),
            ),
            case(
                "GIR 7",
                POST_OBSERVATION,
                make::with(
                    make::measure("o", "p", "gir", "2025-01-02", json!({"valueInteger": 7})),
                    json!({"id": null}),
                )
                .to_string(),
                (422, "value", "MTR-OBS-008", "Observation.value"),
            ),
            case(
                "a code of ours that we have not",
                POST_OBSERVATION,
                make::with(
                    make::measure("o", "p", "gyr", "2025-01-02", json!({"valueInteger": 2})),
                    json!({"id": null}),
                )
                .to_string(),
                (422, "code-invalid", "MTR-COD-001", "Observation.code.coding[0].code"),
            ),
        ],
    );
}

#[test]
fn what_is_merely_missing_is_a_warning() {
    let client = harness::structure();
    let warned = |path: &str, body: Value| -> Vec<(String, String)> {
        let answer = client.send("POST", path, &[("Prefer", "return=OperationOutcome")], body.to_string().as_bytes());
        let issues = outcome::issues(&answer.expect(201).json());
        issues.into_iter().map(|i| (i.code, i.severity)).collect()
    };
    client.store(&make::patient("p", "male", "1950-01-01"));
    let bare = make::with(make::patient("x", "male", "1950-01-01"), json!({"identifier": null}));
    let visit = make::with(make::visit("x", "p", "2025-01-02"), json!({"identifier": null, "participant": null}));
    for (path, body, code) in [
        ("/Patient", bare, "MTR-PAT-001"),
        ("/Encounter", visit.clone(), "MTR-ENC-001"),
        ("/Encounter", visit, "MTR-ENC-007"),
    ] {
        let told = warned(path, body);
        assert!(told.contains(&(code.to_owned(), "warning".to_owned())), "{code} in {told:?}");
    }
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

#[test]
fn questions_are_read_strictly_too() {
    let client = harness::practice();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let value = |code| (400, "value", code, "");
    check(
        &client,
        vec![
            case("no month", ("GET", "/Patient/p/$forfait?month=2026-13"), "", value("MTR-OPR-004")),
            case("no date", ("GET", "/Patient/p/$prevention?date=2026-02-30"), "", value("MTR-OPR-004")),
            case("no instant", ("GET", "/Patient/p/$prevention?knownAt=2026-02-03"), "", value("MTR-OPR-004")),
            case(
                "no parameter",
                ("GET", "/Patient/p/$forfait?mois=2026-10"),
                "",
                (400, "not-supported", "MTR-OPR-002", ""),
            ),
            case("no operation", ("GET", "/Patient/p/$forfai"), "", (400, "not-supported", "MTR-OPR-001", "")),
            case(
                "no patient",
                ("GET", "/Patient/absent/$forfait?month=2026-10"),
                "",
                (404, "not-found", "MTR-GET-001", ""),
            ),
            case(
                "no tariff",
                ("GET", "/Patient/p/$forfait?month=2026-10&tariff=none"),
                "",
                (400, "not-found", "MTR-OPR-008", ""),
            ),
            case("nowhere", ("GET", "/Patient/p/q/r/s"), "", (404, "not-found", "MTR-GET-004", "")),
        ],
    );
    let near = outcome::issues(&client.get("/Patient/p/$forfait?mont=2026-10").json());
    assert!(near[0].fr.contains("month") && near[0].en.contains("month"), "{near:?}");
}

#[test]
fn a_structure_that_is_no_id_is_refused() {
    let client = harness::structure();
    for header in ["a b", "a/b", "", "é"] {
        let answer = client.send("GET", "/Patient/p", &[("X-MTR-Structure", header)], b"");
        assert_eq!(answer.status, 400, "{header:?}: {}", answer.text());
        outcome::issues(&answer.json());
    }
}
