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
fn a_patient_who_leaves_takes_nothing_of_the_other() {
    let client = harness::practice();
    meeting(&client);
    client.delete("/Patient/b").expect(204);
    assert_eq!(ids(&client.found("/Appointment?patient=a")), ["both"]);

    let client = harness::practice();
    meeting(&client);
    client.delete("/Patient/b?_cascade=delete").expect(204);
    client.get("/Appointment/both").expect(200);
    client.delete("/Patient/a").expect(409);
    client.delete("/Patient/a?_cascade=delete").expect(204);
    client.get("/Appointment/both").expect(410);
}
