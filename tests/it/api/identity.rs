//! One person, one patient: INS and IPP are not carried twice, a billing number is nobody's.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

const NIR: &str = "urn:oid:1.2.250.1.213.1.4.8";
const TEST_INS: &str = "urn:oid:1.2.250.1.213.1.4.10";
const MOTHER: &str = "255050000000296";
const TAKEN: &str = "MTR-PAT-023";

fn number(kind: &str, system: &str, value: &str) -> Value {
    json!({"type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", kind),
           "system": system, "value": value})
}

fn carrying(id: &str, birth: &str, identifiers: Value) -> Value {
    make::with(make::patient(id, "female", birth), json!({"identifier": identifiers}))
}

fn known_by(id: &str, value: &str) -> Value {
    carrying(id, "1955-05-02", json!([make::ipp(value)]))
}

fn taken(client: &Client, method: &str, path: &str, patient: &Value, expression: &str) {
    let answer = client.send(method, path, &[], patient.to_string().as_bytes());
    outcome::refused(&answer, 409, "duplicate", TAKEN, expression);
    assert!(!answer.text().contains(MOTHER) && !answer.text().contains("1955"), "{}", answer.text());
}

#[test]
fn a_second_push_of_one_person_under_another_id_is_a_conflict() {
    let client = harness::structure();
    let ins = json!([number("INS-NIR-TEST", TEST_INS, MOTHER)]);
    client.store(&carrying("one", "1955-05-02", ins.clone()));
    client.store(&known_by("two", "7"));
    for second in [
        carrying("x", "1955-05-02", ins),
        carrying("x", "1955", json!([number("INS-NIR-TEST", "1.2.250.1.213.1.4.10", "2 55 05 00 000 002 96")])),
        carrying("x", "1955-05-02", json!([make::ipp("9"), number("INS-NIR-TEST", TEST_INS, "2550500000002")])),
        known_by("x", "7"),
        carrying("x", "2001-01-01", json!([make::ipp("7")])),
    ] {
        taken(&client, "POST", "/Patient", &second, "Patient.identifier");
        taken(&client, "PUT", "/Patient/x", &second, "Patient.identifier");
        let entry = make::transaction(&[second.clone(), make::condition("c", "x", "I10", "2020")]);
        let place = "Bundle.entry[0].resource.identifier";
        taken(&client, "POST", "", &entry, place);
        let batch = make::with(entry, json!({"type": "batch"}));
        let answer = client.post("", &batch).expect(200).json();
        assert_eq!(answer["entry"][0]["response"]["status"], "409 Conflict", "{answer}");
        assert_eq!(outcome::codes(&answer["entry"][0]["response"]["outcome"]), [TAKEN]);
        client.delete("/Condition/c");
    }
    client.get("/Patient/x").expect(404);
}

#[test]
fn two_numbers_of_two_patients_are_told_as_such() {
    let client = harness::structure();
    client.store(&known_by("one", "1"));
    client.store(&known_by("two", "2"));
    let both = carrying("x", "1955-05-02", json!([make::ipp("1"), make::ipp("2")]));
    outcome::refused(&client.post("/Patient", &both), 409, "multiple-matches", "MTR-PAT-006", "Patient.identifier");
    // Nor may one of them take the other's.
    let more = carrying("one", "1955-05-02", json!([make::ipp("1"), make::ipp("2")]));
    taken(&client, "PUT", "/Patient/one", &more, "Patient.identifier");
    let patch = json!([{"op": "add", "path": "/identifier/-", "value": make::ipp("2")}]).to_string();
    let patched =
        client.send("PATCH", "/Patient/one", &[("Content-Type", "application/json-patch+json")], patch.as_bytes());
    outcome::refused(&patched, 409, "duplicate", TAKEN, "Patient.identifier");
}

#[test]
fn by_conditional_update_it_is_an_update() {
    let client = harness::structure();
    let first = client.post("/Patient", &known_by("x", "7")).expect(201).id();
    let again = make::with(known_by("x", "7"), json!({"id": null, "gender": "male"}));
    let path = format!("/Patient?identifier={}%7C7", make::IPP);
    let updated = client.put(&path, &again).expect(200);
    assert_eq!((updated.id(), updated.version()), (first, 2));
    assert_eq!(client.found("/Patient")["total"], 1);
}

#[test]
fn a_mother_and_a_newborn_who_share_a_number_stay_two() {
    let client = harness::structure();
    let own = |kind: &str, system: &str, ipp: &str| json!([make::ipp(ipp), number(kind, system, MOTHER)]);
    client.store(&carrying("mother", "1990-04-02", own("INS-NIR-TEST", TEST_INS, "1")));
    client.store(&carrying("nss-2-1", "2025-09-01", own("NH", NIR, "2")));
    client.store(&carrying("nss-2-2", "2025-09-01", own("NH", "urn:oid:1.2.250.1.213.1.4.13", "3")));
    client.store(&carrying("by-mistake", "2025-09-01", own("INS-NIR-TEST", TEST_INS, "4")));
    assert_eq!(client.found("/Patient")["total"], 4);
    let twin = |id: &str, rank: u8, ipp: &str| {
        let twin = carrying(id, "2024-01-01", own("INS-NIR-TEST", TEST_INS, ipp));
        make::with(twin, json!({"multipleBirthInteger": rank}))
    };
    client.store(&twin("twin-1", 1, "5"));
    client.store(&twin("twin-2", 2, "6"));
    taken(&client, "PUT", "/Patient/twin-3", &twin("twin-3", 2, "7"), "Patient.identifier");
}

#[test]
fn a_deleted_patient_frees_its_number() {
    let client = harness::structure();
    client.store(&known_by("one", "7"));
    taken(&client, "PUT", "/Patient/two", &known_by("two", "7"), "Patient.identifier");
    client.delete("/Patient/one").expect(204);
    client.store(&known_by("two", "7"));
    taken(&client, "PUT", "/Patient/one", &known_by("one", "7"), "Patient.identifier");
    // A number that is given up is free as well, in the same transaction too.
    let swapped = make::transaction(&[known_by("two", "8"), known_by("one", "7")]);
    client.post("", &swapped).expect(200);
    let back = make::transaction(&[known_by("two", "7"), known_by("one", "8")]);
    client.post("", &back).expect(200);
    let moved = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "DELETE", "url": "Patient/two"}},
        {"resource": make::with(known_by("x", "7"), json!({"id": null})), "request": {"method": "POST", "url": "Patient"}},
    ]});
    client.post("", &moved).expect(200);
}

#[test]
fn one_transaction_does_not_bring_one_person_twice() {
    let client = harness::structure();
    let twice = make::transaction(&[known_by("one", "7"), known_by("two", "7")]);
    taken(&client, "POST", "", &twice, "Bundle.entry[1].resource.identifier");
    client.get("/Patient/one").expect(404);
}

#[test]
fn a_number_without_a_type_says_which_record_and_not_who() {
    let client = harness::structure();
    let local = |id: &str| carrying(id, "1955-05-02", json!([{"system": "urn:oid:1.2.250.1.999.9", "value": "7"}]));
    client.store(&local("one"));
    client.store(&local("two"));
}

#[test]
fn sixty_four_at_once_make_one_patient() {
    let client = harness::structure();
    let create = |n: usize| {
        let patient = known_by(&format!("p{n}"), "900");
        match n % 3 {
            0 => client.post("/Patient", &patient).status,
            1 => client.put(&format!("/Patient/p{n}"), &patient).status,
            _ => client.post("", &make::transaction(&[patient])).status,
        }
    };
    let statuses = harness::together(64, create);
    assert_eq!(statuses.iter().filter(|s| matches!(s, 200 | 201)).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 409).count(), 63, "{statuses:?}");
    assert_eq!(client.found("/Patient")["total"], 1);
}

/// Answers the codes and places of the errors that `$validate` tells.
fn foretold(client: &Client, path: &str, resource: &Value) -> Vec<(String, String)> {
    let told = client.post(path, resource).expect(200);
    assert!(!told.text().contains(MOTHER) && !told.text().contains("1955"), "{}", told.text());
    let errors = outcome::issues(&told.json()).into_iter().filter(|issue| issue.severity == "error");
    errors.map(|issue| (issue.code, issue.expression)).collect()
}

#[test]
fn a_validation_before_a_write_tells_the_conflict_that_the_write_would_meet() {
    let client = harness::structure();
    client.store(&known_by("one", "1"));
    client.store(&carrying("two", "1955-05-02", json!([number("INS-NIR-TEST", TEST_INS, MOTHER)])));
    let at = "Patient.identifier";
    let ins = carrying("x", "1955-05-02", json!([number("INS-NIR-TEST", TEST_INS, MOTHER)]));
    let both = carrying("x", "1955-05-02", json!([make::ipp("1"), number("INS-NIR-TEST", TEST_INS, MOTHER)]));
    let mine = known_by("one", "1");
    let newborn = carrying("x", "2025-09-01", json!([number("INS-NIR-TEST", TEST_INS, MOTHER)]));
    let cases: [(&str, &Value, &[&str]); 11] = [
        ("/Patient/$validate?mode=create", &known_by("x", "1"), &[TAKEN]),
        ("/Patient/$validate?mode=create", &ins, &[TAKEN]),
        ("/Patient/$validate?mode=create", &both, &["MTR-PAT-006"]),
        // A create gets an id of ours: the one sent along does not make it an update.
        ("/Patient/$validate?mode=create", &mine, &[TAKEN]),
        ("/Patient/$validate?mode=create", &known_by("x", "2"), &[]),
        ("/Patient/$validate?mode=create", &newborn, &[]),
        ("/Patient/$validate?mode=update", &mine, &[]),
        ("/Patient/one/$validate?mode=update", &mine, &[]),
        ("/Patient/$validate?mode=update", &ins, &[TAKEN]),
        ("/Patient/x/$validate?mode=update", &ins, &[TAKEN]),
        // What the resource says is right in itself.
        ("/Patient/$validate", &ins, &[]),
    ];
    for (path, patient, codes) in cases {
        let wanted: Vec<_> = codes.iter().map(|code| ((*code).to_owned(), at.to_owned())).collect();
        assert_eq!(foretold(&client, path, patient), wanted, "{path} {patient}");
    }
    let within = json!({"resourceType": "Parameters", "parameter": [
        {"name": "mode", "valueCode": "create"}, {"name": "resource", "resource": ins}]});
    assert_eq!(foretold(&client, "/Patient/$validate", &within), [(TAKEN.to_owned(), at.to_owned())]);
    assert_eq!(foretold(&client, "/Patient/$validate?mode=create", &json!({"resourceType": "Condition"})).len(), 1);
    assert_eq!(client.found("/Patient")["total"], 2, "nothing is stored");
}

fn by(system: &str, value: &str) -> String {
    format!("identifier={system}%7C{value}")
}

#[test]
fn a_condition_by_ins_never_finds_the_newborn_whose_billing_number_is_its_mothers() {
    let condition = by(NIR, MOTHER);
    let baby = carrying("baby", "2026-06-01", json!([number("NH", NIR, MOTHER)]));
    let mother = carrying("mother", "1955-05-02", json!([number("INS-NIR", NIR, MOTHER)]));
    let observation = make::with(
        make::observation("o", "x", make::concept("urn:x", "1"), "2026-07-01"),
        json!({"subject": {"reference": format!("Patient?identifier={NIR}|{MOTHER}")}, "valueInteger": 1}),
    );
    let fact = make::transaction(&[observation]);
    let client = harness::structure();
    client.store(&baby);
    let named = client.post("", &fact);
    outcome::refused(&named, 422, "not-found", "MTR-REF-006", "Bundle.entry[0].resource.subject");
    let told = client.send("DELETE", &format!("/Patient?{condition}"), &[], b"").expect(204);
    assert_eq!(told.text(), "");
    client.get("/Patient/baby").expect(200);
    let bare = make::with(mother.clone(), json!({"id": null}));
    let answer = client.send("POST", "/Patient", &[("If-None-Exist", &condition)], bare.to_string().as_bytes());
    let id = answer.expect(201).id();
    // Both are there: the mother alone is meant.
    let again = client.send("PUT", &format!("/Patient?{condition}"), &[], bare.to_string().as_bytes()).expect(200);
    assert_eq!(again.id(), id);
    assert_eq!(client.get("/Patient/baby").version(), 1);
    client.post("", &fact).expect(200);
    assert_eq!(client.found(&format!("/Observation?patient={id}"))["total"], 1);
    assert_eq!(client.found(&format!("/Patient?{condition}"))["total"], 2, "a search finds whoever carries it");
}

#[test]
fn a_billing_number_is_no_condition() {
    let client = harness::structure();
    for condition in [
        by("urn:oid:1.2.250.1.213.1.4.13", "1"),
        by("1.2.250.1.213.1.4.14", "1"),
        format!("identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203%7CNH%7C{MOTHER}"),
    ] {
        let path = format!("/Patient?{condition}");
        let answer = client.send("PUT", &path, &[], make::patient("x", "male", "1950").to_string().as_bytes());
        outcome::refused(&answer, 400, "not-supported", "MTR-CND-012", "");
    }
}

#[test]
fn of_merged_records_a_condition_finds_the_one_that_stands_for_the_others() {
    let client = harness::structure();
    client.store(&known_by("old", "1"));
    client.store(&known_by("kept", "2"));
    let link = json!([{"other": {"reference": "Patient/kept"}, "type": "replaced-by"}]);
    client.store(&make::with(known_by("old", "1"), json!({"link": link})));
    client.store(&carrying("kept", "1955-05-02", json!([make::ipp("2"), make::ipp("1")])));
    let new = carrying("x", "1955-05-02", json!([make::ipp("1")]));
    taken(&client, "POST", "/Patient", &new, "Patient.identifier");
    let body = carrying("kept", "1955-05-02", json!([make::ipp("2"), make::ipp("1"), make::ipp("3")]));
    let path = format!("/Patient?{}", by(make::IPP, "1"));
    assert_eq!(client.send("PUT", &path, &[], body.to_string().as_bytes()).expect(200).id(), "kept");
    // The merge undone, they are two again.
    client.store(&known_by("old", "1"));
    let answer = client.send("PUT", &path, &[], body.to_string().as_bytes());
    outcome::refused(&answer, 412, "multiple-matches", "MTR-CND-003", "");
}

#[test]
fn who_is_sent_with_a_billing_number_alone_is_not_created_at_every_push() {
    let client = harness::structure();
    let baby = make::with(carrying("baby", "2026-06-01", json!([number("NH", NIR, MOTHER)])), json!({"id": null}));
    let condition = by(NIR, MOTHER);
    for _ in 0..2 {
        let body = baby.to_string();
        let answer = client.send("POST", "/Patient", &[("If-None-Exist", &condition)], body.as_bytes());
        outcome::refused(&answer, 400, "not-supported", "MTR-CND-012", "");
        let answer = client.send("PUT", &format!("/Patient?{condition}"), &[], body.as_bytes());
        outcome::refused(&answer, 400, "not-supported", "MTR-CND-012", "");
        let request = json!({"method": "POST", "url": "Patient", "ifNoneExist": condition});
        let entry = json!({"request": request, "resource": baby});
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
        assert_eq!(outcome::codes(&client.post("", &bundle).expect(400).json()), ["MTR-CND-012"]);
    }
    assert_eq!(client.found("/Patient")["total"], 0);
}

#[test]
fn a_conditional_deletion_is_of_records_merged_or_not() {
    let client = harness::structure();
    client.store(&carrying("kept", "1955-05-02", json!([make::ipp("2")])));
    let link = json!([{"other": {"reference": "Patient/kept"}, "type": "replaced-by"}]);
    client.store(&make::with(known_by("old", "1"), json!({"link": link})));
    client.store(&carrying("kept", "1955-05-02", json!([make::ipp("2"), make::ipp("1")])));
    let answer = client.send("DELETE", &format!("/Patient?{}", by(make::IPP, "1")), &[], b"");
    outcome::refused(&answer, 412, "multiple-matches", "MTR-CND-003", "");
    client.get("/Patient/kept").expect(200);
}
