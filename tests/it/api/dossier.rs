//! `$mtr-dossier`: everything about a patient at a date, in one collection.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

fn dossier(client: &Client, query: &str) -> Value {
    client.found(&format!("/Patient/p/$mtr-dossier?{query}"))
}

fn of_type<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap();
    entries.iter().map(|e| &e["resource"]).filter(|r| r["resourceType"] == kind).collect()
}

fn loaded(client: &Client) {
    client.push(&make::and(
        make::man("p", "1963-03-14"),
        vec![
            make::ald("ald", "p", "23", "F33.1", "2019-01-01"),
            make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60})),
            make::evidence("fit", "p", "fit", "2020-06-01"),
            make::evidence("bp", "p", "blood-pressure", "2025-06-01"),
        ],
    ));
}

#[test]
fn it_holds_the_invoice_the_report_the_gaps_the_rosters_and_the_provenance() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    assert_eq!(
        bundle["entry"].as_array().unwrap().iter().filter(|e| e["fullUrl"].is_string()).count(),
        bundle["entry"].as_array().unwrap().len()
    );
    let invoice = of_type(&bundle, "Invoice");
    assert_eq!(invoice, [&client.found("/Patient/p/$forfait?month=2025-06")]);
    assert_eq!(of_type(&bundle, "MeasureReport").len(), 1);
    assert_eq!(of_type(&bundle, "Provenance").len(), 1);
    let report = of_type(&bundle, "MeasureReport")[0];
    assert_eq!((&report["type"], &report["subject"]["reference"]), (&json!("individual"), &json!("Patient/p")));
}

#[test]
fn each_open_gap_is_an_issue() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    let card = client.found("/Patient/p/$prevention?date=2025-06-30");
    let open: Vec<&str> = read::all(&card, "item")
        .into_iter()
        .filter(|i| ["expired", "never-done", "refused"].contains(&read::value(i, "status").as_str().unwrap()))
        .map(|i| read::value(i, "label").as_str().unwrap())
        .collect();
    assert!(open.len() > 5);
    let told: Vec<&str> =
        of_type(&bundle, "DetectedIssue").iter().map(|d| d["code"]["text"].as_str().unwrap()).collect();
    assert_eq!(told, open);
    for issue in of_type(&bundle, "DetectedIssue") {
        assert!(issue["code"]["coding"].as_array().unwrap().iter().any(|c| c["code"] == "CAREGAP"));
        assert_eq!((&issue["status"], &issue["patient"]["reference"]), (&json!("final"), &json!("Patient/p")));
        assert_eq!(issue["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]["code"], "open-gap");
        assert!(issue["evidence"][0]["detail"][0]["reference"].is_string());
    }
}

#[test]
fn rosters_are_those_of_what_is_paid() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    let codes: Vec<&str> =
        of_type(&bundle, "Group").iter().map(|g| g["code"]["coding"][0]["code"].as_str().unwrap()).collect();
    for roster in ["file-active", "ald", "vulnerabilite-sociale", "sante-mentale"] {
        assert!(codes.contains(&roster), "{roster} in {codes:?}");
    }
    assert!(!codes.contains(&"handicap"));
    for group in of_type(&bundle, "Group") {
        assert_eq!(group["member"][0]["entity"]["reference"], "Patient/p");
        assert_eq!(group["member"][0]["period"], json!({"start": "2025-06-01", "end": "2025-06-30"}));
    }
}

#[test]
fn the_provenance_names_the_versions_used_and_they_can_be_read() {
    let client = harness::practice();
    loaded(&client);
    client.store(&make::evidence("fit", "p", "fit", "2020-06-02"));
    let bundle = dossier(&client, "date=2025-06-30");
    let used: Vec<&str> = of_type(&bundle, "Provenance")[0]["entity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["what"]["reference"].as_str().unwrap())
        .collect();
    for reference in ["Observation/fit/_history/2", "Condition/ald/_history/1", "Encounter/p-seen/_history/1"] {
        assert!(used.contains(&reference), "{reference} in {used:?}");
        client.get(&format!("/{reference}")).expect(200);
    }
}

#[test]
fn without_a_known_amount_the_rest_is_still_told() {
    let client = harness::practice();
    client.push(&make::and(
        make::man("p", "1963-03-14"),
        vec![make::contract("k", "p", json!({"start": "2018-01-01"})), make::visit("e", "p", "2020-06-01")],
    ));
    let bundle = dossier(&client, "date=2020-12-31");
    assert!(of_type(&bundle, "Invoice").is_empty());
    assert_eq!(of_type(&bundle, "OperationOutcome")[0]["issue"][0]["details"]["coding"][0]["code"], "MTR-FIG-001");
    assert_eq!(of_type(&bundle, "MeasureReport").len(), 1);
}
