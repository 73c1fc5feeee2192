//! An appointment of two patients (Appointment.participant): it is of both, and lives with the first.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn appointment(patients: &[&str]) -> Value {
    let named = |id: &&str| json!({"actor": {"reference": format!("Patient/{id}")}, "status": "accepted"});
    let participants: Vec<Value> = patients.iter().map(named).collect();
    json!({"resourceType": "Appointment", "id": "both", "status": "noshow", "participant": participants,
        "start": "2025-03-10T09:00:00+01:00", "end": "2025-03-10T09:15:00+01:00"})
}

fn meeting(client: &Client) {
    client.push(&[
        make::patient("a", "female", "1955-05-02"),
        make::patient("b", "male", "1955-05-02"),
        appointment(&["a", "b"]),
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

#[test]
fn it_is_found_from_each_of_its_patients_known_or_not() {
    for known in [&[][..], &["a"], &["b"], &["a", "b"]] {
        let client = harness::structure();
        for id in known {
            client.store(&make::patient(id, "female", "1955-05-02"));
        }
        client.store(&appointment(&["a", "b"]));
        for query in ["patient=a", "patient=b", "patient=a,b", "patient=a&patient=b", "actor=Patient/b"] {
            assert_eq!(ids(&client.found(&format!("/Appointment?{query}"))), ["both"], "{known:?} {query}");
        }
    }
}

#[test]
fn a_strict_sender_is_told_of_any_patient_who_is_not_known() {
    let client = harness::practice();
    client.store(&make::patient("a", "female", "1955-05-02"));
    let numbered = make::with(make::patient("n", "male", "1950-01-01"), json!({"identifier": [make::ipp("n-1")]}));
    client.store(&numbered);
    let by_number = |number: &str| {
        let actor = json!({"type": "Patient", "identifier": make::ipp(number)});
        make::with(
            appointment(&["a"]),
            json!({"participant": [
            {"actor": {"reference": "Patient/a"}, "status": "accepted"}, {"actor": actor, "status": "accepted"}]}),
        )
    };
    let strict = [("Prefer", "handling=strict")];
    let cases = [
        (appointment(&["a", "absent"]), false),
        (appointment(&["absent", "a"]), false),
        (by_number("n-2"), false),
        (appointment(&["a"]), true),
        (appointment(&["a", "n"]), true),
        (by_number("n-1"), true),
    ];
    for (sent, known) in cases {
        let alone = client.send("PUT", "/Appointment/both", &strict, sent.to_string().as_bytes());
        let bundled =
            client.send("POST", "", &strict, make::transaction(std::slice::from_ref(&sent)).to_string().as_bytes());
        if known {
            assert!(matches!(alone.status, 200 | 201) && bundled.status == 200, "{sent} {}", alone.text());
        } else {
            outcome::refused(&alone, 422, "not-found", "MTR-REF-013", "Appointment.participant");
            assert_eq!(bundled.status, 422, "{sent}");
        }
    }
    let beside = make::transaction(&[make::patient("absent", "male", "1950-01-01"), appointment(&["a", "absent"])]);
    client.send("POST", "", &strict, beside.to_string().as_bytes()).expect(200);
}

#[test]
fn pages_lose_nothing_where_one_waits_and_another_is_only_told() {
    let client = harness::structure();
    client.store(&make::patient("q", "female", "1955-05-02"));
    // One lives with q and is told to p; the others wait for p alone.
    client.store(&make::with(appointment(&["q", "p"]), json!({"id": "m"})));
    client.store(&make::with(appointment(&["p"]), json!({"id": "a"})));
    client.store(&make::with(appointment(&["p"]), json!({"id": "z"})));
    let (mut met, mut next) = (Vec::new(), Some("/Appointment?patient=p&_count=1".to_owned()));
    while let Some(path) = next {
        let page = client.found(&path);
        met.extend(ids(&page).into_iter().map(str::to_owned));
        let link = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        next = link.map(|link| link["url"].as_str().unwrap().split_once("/fhir").unwrap().1.to_owned());
    }
    assert_eq!(met, ["a", "m", "z"]);
}
