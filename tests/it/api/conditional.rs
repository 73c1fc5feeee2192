//! Conditional create (http.html#ccreate): the condition is decided once, whoever asks at once.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::json;

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn create(client: &Client, condition: &str, number: &str) -> Answer {
    let body =
        make::with(make::patient("x", "male", "1950-01-01"), json!({"id": null, "identifier": [make::ipp(number)]}));
    client.send("POST", "/Patient", &[("If-None-Exist", condition)], body.to_string().as_bytes())
}

fn by_number(number: &str) -> String {
    format!("identifier={}%7C{number}", make::IPP)
}

#[test]
fn no_match_creates_one_match_answers_it_two_refuse() {
    let client = harness::structure();
    let first = create(&client, &by_number("77"), "77").expect(201);
    for condition in [by_number("77"), format!("?{}", by_number("77")), format!("identifier={}|77", make::IPP)] {
        let again = create(&client, &condition, "other").expect(200);
        assert_eq!((again.id(), again.version()), (first.id(), 1), "{condition}");
    }
    assert_eq!(client.found(&format!("/Patient?{}", by_number("other")))["total"], 0, "the body was ignored");
    let local = json!({"identifier": [make::untyped("77")]});
    client.post("/Patient", &make::with(make::patient("x", "male", "1950-01-01"), local)).expect(201);
    outcome::refused(&create(&client, &by_number("77"), "77"), 412, "multiple-matches", "MTR-CND-003", "");
}

#[test]
fn a_condition_may_be_written_as_the_address_of_the_search() {
    let client = harness::structure();
    let first = create(&client, &by_number("77"), "77").expect(201).id();
    let written = [
        format!("Patient?{}", by_number("77")),
        format!("/Patient?{}", by_number("77")),
        format!("{}/fhir/Patient?{}", client.base(), by_number("77")),
    ];
    for condition in &written {
        assert_eq!(create(&client, condition, "77").expect(200).id(), first, "{condition}");
        let resource = make::with(make::patient("x", "male", "1950-01-01"), json!({"identifier": [make::ipp("77")]}));
        for kind in ["transaction", "batch"] {
            let request = json!({"method": "POST", "url": "Patient", "ifNoneExist": condition});
            let body =
                json!({"resourceType": "Bundle", "type": kind, "entry": [{"request": request, "resource": resource}]});
            let answer = client.post("", &body).expect(200).json();
            assert_eq!(answer["entry"][0]["response"]["status"], "200 OK", "{kind} {condition}: {answer}");
        }
    }
    let other = create(&client, &format!("Encounter?{}", by_number("77")), "77");
    outcome::refused(&other, 400, "not-supported", "MTR-SRC-001", "");
    // A question mark may be part of a value.
    create(&client, &format!("name=a/Patient?{}", by_number("77")), "78").expect(201);
    outcome::refused(&create(&client, "Patient?", "77"), 412, "required", "MTR-CND-006", "");
}

#[test]
fn a_condition_that_cannot_be_read_creates_nothing() {
    let client = harness::structure();
    for condition in ["", "?", "identifierr=a|b", "birthdate=notadate"] {
        let answer = create(&client, condition, "88");
        assert!(matches!(answer.status, 400 | 412), "{condition:?}: {} {}", answer.status, answer.text());
        outcome::issues(&answer.json());
    }
    assert_eq!(client.found(&format!("/Patient?{}", by_number("88")))["total"], 0);
}

#[test]
fn a_deleted_match_counts_no_more() {
    let client = harness::structure();
    let first = create(&client, &by_number("5"), "5").expect(201).id();
    client.delete(&format!("/Patient/{first}")).expect(204);
    assert_ne!(create(&client, &by_number("5"), "5").expect(201).id(), first);
}

#[test]
fn sixty_four_at_once_create_one() {
    let client = harness::structure();
    let answers = harness::together(64, |_| create(&client, &by_number("900"), "900"));
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 63, "{statuses:?}");
    let first = answers[0].id();
    assert!(answers.iter().all(|a| a.id() == first));
    assert_eq!(client.found(&format!("/Patient?{}", by_number("900")))["total"], 1);
}

#[test]
fn sixty_four_transactions_at_once_create_one() {
    let client = harness::structure();
    let bundle = |n: usize| {
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"fullUrl": "urn:uuid:0b3a7a3e-0000-4000-8000-000000000001",
             "resource": make::with(make::patient("x", "male", "1950-01-01"), json!({"id": null, "identifier": [make::ipp("901")]})),
             "request": {"method": "POST", "url": "Patient", "ifNoneExist": by_number("901")}},
            {"resource": make::with(make::condition("x", "x", "I10", "2020"),
                json!({"id": null, "subject": {"reference": "urn:uuid:0b3a7a3e-0000-4000-8000-000000000001"}, "language": format!("x-{n}")})),
             "request": {"method": "POST", "url": "Condition"}},
        ]})
    };
    let answers = harness::together(64, |n| client.post("", &bundle(n)));
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let created =
        answers.iter().filter(|a| a.json()["entry"][0]["response"]["status"].as_str().unwrap().starts_with("201"));
    assert_eq!(created.count(), 1);
    let found = client.found(&format!("/Patient?{}", by_number("901")));
    assert_eq!(found["total"], 1);
    let patient = found["entry"][0]["resource"]["id"].as_str().unwrap();
    assert_eq!(client.found(&format!("/Condition?patient={patient}"))["total"], 64);
}

#[test]
fn what_is_there_is_answered_whatever_else_was_sent() {
    let client = harness::structure();
    let first = create(&client, &by_number("77"), "77").expect(201).id();
    let send = |condition: &str, headers: &[(&str, &str)], body: &str| {
        let headers = [&[("If-None-Exist", condition)], headers].concat();
        client.send("POST", "/Patient", &headers, body.as_bytes())
    };
    // No birth date; an element that does not exist.
    for body in [r#"{"resourceType":"Patient"}"#, r#"{"resourceType":"Patient","foo":1}"#] {
        for headers in [&[][..], &[("Prefer", "handling=strict")]] {
            assert_eq!(send(&by_number("77"), headers, body).expect(200).id(), first, "{body}");
        }
        assert!(matches!(send(&by_number("none"), &[], body).status, 400 | 422), "{body}");
    }
    outcome::refused(&send(&by_number("77"), &[], "{"), 400, "structure", "MTR-JSN-001", "");
    let other = send(&by_number("77"), &[], r#"{"resourceType":"Flag"}"#);
    outcome::refused(&other, 400, "invalid", "MTR-RES-003", "Patient.resourceType");
    for kind in ["transaction", "batch"] {
        let request = json!({"method": "POST", "url": "Patient", "ifNoneExist": by_number("77")});
        let entry = json!([{"request": request, "resource": {"resourceType": "Patient"}}]);
        let answer =
            client.post("", &json!({"resourceType": "Bundle", "type": kind, "entry": entry})).expect(200).json();
        assert_eq!(answer["entry"][0]["response"]["status"], "200 OK", "{kind}: {answer}");
    }
}

#[test]
fn criteria_of_the_address_are_those_of_the_header() {
    let client = harness::structure();
    let send = |query: &str, headers: &[(&str, &str)], number: &str| {
        let identifier = json!({"id": null, "identifier": [make::ipp(number)]});
        let body = make::with(make::patient("x", "male", "1950-01-01"), identifier);
        client.send("POST", &format!("/Patient?{query}"), headers, body.to_string().as_bytes())
    };
    let first = send(&by_number("77"), &[], "77").expect(201).id();
    let and_format = format!("_format=json&{}&_pretty=true", by_number("77"));
    for query in [&by_number("77"), &and_format, &format!("identifier={}|77", make::IPP)] {
        assert_eq!(send(query, &[], "other").expect(200).id(), first, "{query}");
    }
    let same = format!("Patient?identifier={}|77", make::IPP);
    assert_eq!(send(&by_number("77"), &[("If-None-Exist", &same)], "other").expect(200).id(), first);
    let two = send(&by_number("77"), &[("If-None-Exist", &by_number("78"))], "other");
    outcome::refused(&two, 400, "invalid", "MTR-CND-013", "");
    for prefer in ["handling=strict", "handling=lenient"] {
        let misspelt = send("identifierr=a|b", &[("Prefer", prefer)], "other");
        outcome::refused(&misspelt, 400, "not-supported", "MTR-SRC-001", "");
    }
    let bounded = send(&format!("{}&_count=1", by_number("77")), &[], "other");
    outcome::refused(&bounded, 400, "not-supported", "MTR-CND-011", "");
    assert_eq!(client.found(&format!("/Patient?{}", by_number("other")))["total"], 0);
    // How the answer is written is no condition.
    for aside in ["_format=json", "_pretty=true", "_summary=true", "_elements=id", ""] {
        send(aside, &[], &format!("n{aside}")).expect(201);
    }
    client.post("/Patient", &make::with(make::patient("x", "male", "1950"), json!({"identifier": [make::ipp("77")]})));
    let twice = "birthdate=1950-01-01&gender=male";
    outcome::refused(&send(twice, &[], "77"), 412, "multiple-matches", "MTR-CND-003", "");
}

#[test]
fn an_interaction_without_criteria_passes_no_parameter_over() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let body = make::patient("p", "male", "1951-01-01").to_string();
    let patch = br#"[{"op": "replace", "path": "/birthDate", "value": "1952-01-01"}]"#;
    let patched = [("Content-Type", "application/json-patch+json")];
    let asked: [(&str, &str, Headers, &[u8]); 6] = [
        ("GET", "/Patient/p", &[], b""),
        ("GET", "/Patient/p/_history/1", &[], b""),
        ("PUT", "/Patient/p", &[], body.as_bytes()),
        ("PATCH", "/Patient/p", &patched, patch),
        ("GET", "/metadata", &[], b""),
        ("DELETE", "/Patient/p", &[], b""),
    ];
    for (method, path, headers, body) in asked {
        let at = |query: &str| format!("{path}?{query}");
        for query in ["_fromat=json", "Dupont=1", "_pretty=false&_sort=_id"] {
            let answer = client.send(method, &at(query), headers, body);
            outcome::refused(&answer, 400, "not-supported", "MTR-OPR-002", "");
            assert!(!answer.text().contains("Dupont"), "{}", answer.text());
        }
        let told = outcome::issues(&client.send(method, &at("_fromat=json"), headers, body).json());
        assert!(told[0].en.contains("_format ?"), "{told:?}");
        for (query, prefer) in [("foo=1", "handling=lenient"), ("_format=json&_pretty=true", "handling=strict")] {
            let headers = [headers, &[("Prefer", prefer)]].concat();
            let answer = client.send(method, &at(query), &headers, body);
            assert!(matches!(answer.status, 200 | 204), "{method} {path}?{query}: {}", answer.text());
        }
    }
    client.get("/metadata?mode=full").expect(200);
    outcome::refused(&client.get("/CodeSystem/outcome?foo=1"), 400, "not-supported", "MTR-OPR-002", "");
    client.store(&make::patient("p", "male", "1950-01-01"));
    let entry = json!([{"request": {"method": "GET", "url": "Patient/p?foo=1"}}]);
    let batch = client.post("", &json!({"resourceType": "Bundle", "type": "batch", "entry": entry})).expect(200);
    let told = batch.json()["entry"][0]["response"].clone();
    assert_eq!(told["status"], "400 Bad Request", "{told}");
    client.delete("/Patient/p?_cascade=delete").expect(204);
}
