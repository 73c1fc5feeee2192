//! `$data-quality`: what a structure's records leave unsaid, counted, and nobody named.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

const VENDOR: &str = "https://editeur.example/codes";

fn report(client: &Client) -> Value {
    client.found("/$data-quality")
}

/// Answers what is at fault, and of how many, of one check; 0 where no denominator is told.
#[track_caller]
fn count(report: &Value, check: &str) -> (u64, u64) {
    let groups = report["entry"][0]["resource"]["group"].as_array().unwrap();
    let group = groups.iter().find(|g| g["code"]["coding"][0]["code"] == check);
    let group = group.unwrap_or_else(|| panic!("no {check} in {report}"));
    let told = |code: &str| {
        let mut all = group["population"].as_array().unwrap().iter();
        all.find(|p| p["code"]["coding"][0]["code"] == code).map_or(0, |p| p["count"].as_u64().unwrap())
    };
    assert_eq!(
        group["extension"][0]["url"],
        format!("{}/rule-status", make::OURS.replace("CodeSystem", "StructureDefinition"))
    );
    (told("numerator"), told("denominator"))
}

fn warnings(report: &Value) -> Vec<String> {
    outcome::codes(&report["entry"][1]["resource"])
}

/// Answers system, code and count of the local codes.
fn local(report: &Value) -> Vec<(String, String, u64)> {
    let groups = report["entry"][0]["resource"]["group"].as_array().unwrap();
    let group = groups.iter().find(|g| g["code"]["coding"][0]["code"] == "local-code-unmapped").unwrap();
    let strata = group["stratifier"][0]["stratum"].as_array();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    strata
        .into_iter()
        .flatten()
        .map(|s| {
            let coding = &s["value"]["coding"][0];
            (text(&coding["system"]), text(&coding["code"]), s["population"][0]["count"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn a_structure_without_faults_has_nothing_to_report() {
    let client = harness::structure();
    let empty = report(&client);
    assert_eq!((&empty["resourceType"], &empty["type"]), (&json!("Bundle"), &json!("collection")));
    let measured = &empty["entry"][0]["resource"];
    assert_eq!((&measured["resourceType"], &measured["type"]), (&json!("MeasureReport"), &json!("summary")));
    assert_eq!(warnings(&empty), ["MTR-QLT-012"]);
    // Neither is at an address: each has a name of its own, and what the report refers to is told whole.
    let names: Vec<&str> = (0..2).map(|n| empty["entry"][n]["fullUrl"].as_str().unwrap()).collect();
    assert!(names.iter().all(|name| name.starts_with("urn:uuid:")) && names[0] != names[1], "{names:?}");
    let reporter = format!("{}/fhir/Organization/{}", client.base(), client.structure());
    assert_eq!(measured["reporter"]["reference"], reporter);
    // Its measure is one that can be read, in that version, and has a group for each of the report.
    let (url, version) = measured["measure"].as_str().unwrap().split_once('|').unwrap();
    let named = client.found(&format!("/Measure?url={url}&version={version}"));
    let measure = &named["entry"][0]["resource"];
    assert_eq!((&named["total"], &measure["id"]), (&json!(1), &json!("data-quality")));
    assert_eq!(client.found("/Measure/data-quality"), *measure);
    let codes = |holder: &Value| -> Vec<Value> {
        holder["group"].as_array().unwrap().iter().map(|group| group["code"]["coding"][0]["code"].clone()).collect()
    };
    assert_eq!(codes(measure), codes(measured));
    assert_eq!(measure["group"][0]["code"]["text"], "INS absent");
    assert_eq!(count(&empty, "ins-missing"), (0, 0));
}

#[test]
fn each_fault_is_counted_once() {
    let client = harness::practice();
    let before = report(&client);
    assert_eq!(count(&before, "practitioner-profession-unknown"), (1, 4), "the doctor without a specialty");
    let ins = json!([{"type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST"),
                      "system": "urn:oid:1.2.250.1.213.1.4.10", "value": "255050000000296"}]);
    client.push(&[
        make::with(make::patient("a", "female", "1955-05-02"), json!({"identifier": ins})),
        make::with(make::patient("b", "female", "2025-09"), json!({"identifier": ins})),
        make::with(make::patient("c", "male", "1980"), json!({"identifier": null})),
        make::visit("v1", "a", "2025-03-10T09:00:00+01:00"),
        make::visit_with("v2", "a", "2025-03-11T09:00:00+01:00", "doctor"),
        make::with(make::observation("w", "a", make::concept("http://loinc.org", "29463-7"), "2025-03"),
                   json!({"valueQuantity": make::quantity(290.0, "kg")})),
        make::measure("early", "b", "precar", "2024-01-01", json!({"valueInteger": 12})),
        make::with(make::condition("over", "a", "I10", "2010-01-01"),
                   json!({"clinicalStatus": make::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved")})),
        make::with(make::contract("ended", "a", json!({"start": "2021-02-01"})), json!({"status": "finished"})),
        make::condition("waits-1", "nobody", "I10", "2020-01-01"),
        make::condition("waits-2", "nobody", "I10", "2020-01-01"),
    ]);
    let told = report(&client);
    let wants = [
        ("ins-missing", (1, 3)),
        ("identity-missing", (1, 3)),
        ("identity-shared", (1, 3)),
        ("consultation-profession-unknown", (1, 2)),
        ("practitioner-profession-unknown", (1, 4)),
        ("local-code-unmapped", (0, 6)),
        ("value-impossible", (1, 2)),
        ("date-partial", (3, 9)),
        ("subject-pending", (2, 0)),
        ("end-undated", (2, 2)),
    ];
    for (check, want) in wants {
        assert_eq!(count(&told, check), want, "{check}");
    }
    let codes = warnings(&told);
    assert!(codes.contains(&"MTR-QLT-001".to_owned()) && !codes.contains(&"MTR-QLT-006".to_owned()), "{codes:?}");
    assert!(told["entry"][1]["resource"]["issue"][0]["diagnostics"].as_str().unwrap().starts_with("1 patients of 3"));
    // Nobody is in it.
    let text = told.to_string();
    for secret in ["255050000000296", "1955", "N-a", "Camille", "Patient/a", "waits-1"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn the_ten_most_frequent_local_codes_come_first_and_none_names_a_person() {
    let client = harness::structure();
    let mut all = vec![make::patient("p", "male", "1950-01-01")];
    let mut add = |coding: Value, times: usize| {
        for _ in 0..times {
            let id = format!("o{}", all.len());
            all.push(make::with(
                make::observation(&id, "p", json!({"coding": [coding]}), "2025-01-01"),
                json!({"valueBoolean": true}),
            ));
        }
    };
    for n in 1..=12 {
        add(json!({"system": VENDOR, "code": format!("L{n:02}")}), n);
    }
    add(json!({"system": "urn:local", "code": "autre"}), 20);
    add(json!({"system": VENDOR, "code": "255050000000296"}), 30);
    add(json!({"system": "http://loinc.org", "code": "2951-2"}), 5);
    client.push(&all);
    let told = report(&client);
    let codes = local(&told);
    assert_eq!(codes.len(), 11, "{codes:?}");
    assert_eq!(codes[0], ("urn:local".to_owned(), "autre".to_owned(), 20));
    assert_eq!(codes[1], (VENDOR.to_owned(), "L12".to_owned(), 12));
    assert_eq!(codes[9], (VENDOR.to_owned(), "L04".to_owned(), 4));
    assert_eq!(codes[10], ("-".to_owned(), "-".to_owned(), 30), "a number is counted, not shown");
    assert!(!told.to_string().contains("255050000000296"));
    assert_eq!(count(&told, "local-code-unmapped"), (128, 133));
    assert!(warnings(&told).contains(&"MTR-QLT-006".to_owned()));
}

#[test]
fn the_report_follows_what_is_written() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let first = report(&client);
    assert_eq!(report(&client), first);
    assert_eq!(count(&first, "ins-missing"), (1, 1));
    client.store(&make::patient("q", "male", "1950-01-01"));
    assert_eq!(count(&report(&client), "ins-missing"), (2, 2));
    client.delete("/Patient/q").expect(204);
    assert_eq!(count(&report(&client), "ins-missing"), (1, 1));
    assert_eq!(count(&report(&client), "identity-shared").0, 0);
}

#[test]
fn only_the_structure_itself_is_told() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let own = client.found(&format!("/Organization/{}/$data-quality", client.structure()));
    assert_eq!(own, report(&client));
    outcome::refused(&client.get("/Organization/other/$data-quality"), 404, "not-found", "MTR-GET-001", "");
    outcome::refused(&client.get("/$data-quality?dat=2025"), 400, "not-supported", "MTR-OPR-002", "");
    assert_eq!(client.post("/$data-quality", &json!({})).status, 405);
    let metadata = client.found("/metadata");
    let offered = metadata["rest"][0]["operation"].as_array().unwrap();
    assert!(offered.iter().any(|operation| operation["name"] == "data-quality"));
}

#[test]
fn a_class_that_nothing_recognizes_and_a_patient_nobody_can_follow_are_said() {
    let client = harness::practice();
    let class = |code: &str| json!({"class": {"system": make::ACT_CODE, "code": code}});
    let at = |id: &str| make::visit(id, "a", "2025-03-10T09:00:00+01:00");
    let actor = |actor: Value| json!({"actor": actor, "status": "accepted"});
    let named = |id: &str| actor(json!({"reference": format!("Patient/{id}")}));
    let by_number = actor(json!({"type": "Patient", "identifier": make::ipp("N-b")}));
    let meeting = |id: &str, participant: Value| {
        json!({"resourceType": "Appointment", "id": id, "status": "fulfilled", "participant": participant,
            "start": "2025-03-10T09:00:00+01:00", "end": "2025-03-10T09:15:00+01:00"})
    };
    client.push(&[
        make::patient("a", "female", "1955-05-02"),
        make::patient("b", "male", "1955-05-02"),
        at("known"),
        make::with(at("stay"), class("IMP")),
        make::with(at("odd"), class("CONSULT")),
        make::with(at("local"), json!({"class": {"system": VENDOR, "code": "C"}})),
        make::with(at("planned"), json!({"status": "planned", "class": {"system": VENDOR, "code": "C"}})),
        meeting("alone", json!([named("a")])),
        meeting("both", json!([named("a"), named("b")])),
        meeting("untold", json!([named("a"), by_number])),
    ]);
    let told = report(&client);
    assert_eq!(count(&told, "encounter-class-unknown"), (2, 4));
    assert_eq!(count(&told, "appointment-patient-untold"), (1, 2));
    let codes = warnings(&told);
    for code in ["MTR-QLT-013", "MTR-QLT-014"] {
        assert!(codes.contains(&code.to_owned()), "{code} in {codes:?}");
    }
}
