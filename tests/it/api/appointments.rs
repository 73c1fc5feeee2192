//! An appointment of two patients (Appointment.participant): it is of both, and lives with the first.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use serde_json::{Value, json};

fn meeting(client: &Client) {
    let named = |id: &str| json!({"actor": {"reference": format!("Patient/{id}")}, "status": "accepted"});
    client.push(&[
        make::patient("a", "female", "1955-05-02"),
        make::patient("b", "male", "1955-05-02"),
        json!({"resourceType": "Appointment", "id": "both", "status": "noshow",
            "participant": [named("a"), named("b")],
            "start": "2025-03-10T09:00:00+01:00", "end": "2025-03-10T09:15:00+01:00"}),
    ]);
}

fn ids(found: &Value) -> Vec<&str> {
    let entries = found["entry"].as_array().map_or(&[][..], Vec::as_slice);
    entries.iter().filter_map(|entry| entry["resource"]["id"].as_str()).collect()
}

#[test]
fn it_is_found_from_each_of_its_patients() {
    let client = harness::practice();
    meeting(&client);
    for patient in ["a", "b"] {
        assert_eq!(ids(&client.found(&format!("/Appointment?patient={patient}"))), ["both"], "{patient}");
        let everything = client.found(&format!("/Patient/{patient}/$everything"));
        assert!(ids(&everything).contains(&"both"), "{patient}");
    }
    let mut patients = client.found("/Patient?_has:Appointment:patient:status=noshow");
    patients["entry"].as_array_mut().unwrap().sort_by_key(|entry| entry["resource"]["id"].to_string());
    assert_eq!(ids(&patients), ["a", "b"]);
}

#[test]
fn both_of_its_patients_may_be_asked_for_at_once() {
    let client = harness::practice();
    meeting(&client);
    for (query, want) in [
        ("patient=a&patient=b", 1),
        ("patient=b&patient=a", 1),
        ("patient=a&actor=Patient/b", 1),
        ("patient=a&patient.gender=male", 1),
        ("patient.gender=female&patient.gender=male", 1),
        ("patient=a&patient.gender=other", 0),
        ("patient=a&patient=nobody", 0),
    ] {
        assert_eq!(ids(&client.found(&format!("/Appointment?{query}"))).len(), want, "{query}");
    }
}

#[test]
fn a_patient_who_leaves_takes_nothing_of_the_other() {
    for (first, then) in [("b", "a"), ("a", "b")] {
        let client = harness::practice();
        meeting(&client);
        client.delete(&format!("/Patient/{first}?_cascade=delete")).expect(204);
        client.get("/Appointment/both").expect(200);
        assert_eq!(ids(&client.found(&format!("/Appointment?patient={then}"))), ["both"]);
        client.delete(&format!("/Patient/{then}")).expect(409);
        client.delete(&format!("/Patient/{then}?_cascade=delete")).expect(204);
        client.get("/Appointment/both").expect(410);
    }
}

#[test]
fn two_patients_may_leave_together() {
    let client = harness::practice();
    meeting(&client);
    let gone = |id: &str| json!({"request": {"method": "DELETE", "url": format!("Patient/{id}?_cascade=delete")}});
    let both = json!({"resourceType": "Bundle", "type": "transaction", "entry": [gone("a"), gone("b")]});
    client.post("", &both).expect(200);
    for path in ["/Patient/a", "/Patient/b", "/Appointment/both"] {
        client.get(path).expect(410);
    }
}
