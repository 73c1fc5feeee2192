//! The named patients of the demonstration against the table of what each must be told: lines,
//! total, reason, unknown typologies, and the 26 items of the card of `exemple`.

use crate::harness::parameters::{all, by_id, euros, lines, not_payable, value};
use crate::harness::{Client, Gateway};
use serde_json::{Value, json};
use std::sync::OnceLock;

fn table() -> Value {
    serde_json::from_str(include_str!("cases/demo.json")).unwrap()
}

/// One demonstration for the tests of this file: it is only read.
fn demo() -> Client {
    static DEMO: OnceLock<Gateway> = OnceLock::new();
    DEMO.get_or_init(|| Gateway::demo(&["--patients", "20"])).client()
}

#[test]
fn every_named_patient_gets_the_lines_the_total_and_the_reason_of_the_table() {
    let (table, client) = (table(), demo());
    let (month, tariff) = (table["month"].as_str().unwrap(), table["tariff"].as_str().unwrap());
    let mut wrong = Vec::new();
    for case in table["forfaits"].as_array().unwrap() {
        let patient = case["patient"].as_str().unwrap();
        let invoice = client.found(&format!("/Patient/{patient}/$forfait?month={month}&tariff={tariff}"));
        let typologies =
            client.found(&format!("/Patient/{patient}/$typologies?date={}", table["asOf"].as_str().unwrap()));
        let open = all(&typologies, "typology");
        let unknown: Vec<&Value> =
            open.into_iter().filter(|one| value(one, "eligible") == "unknown").map(|one| value(one, "id")).collect();
        let mut found =
            json!({"patient": patient, "lines": lines(&invoice), "total": euros(&invoice["totalNet"]["value"])});
        if let Some(reason) = not_payable(&invoice) {
            found["notPayable"] = json!(reason);
        }
        if !unknown.is_empty() {
            found["unknown"] = json!(unknown);
        }
        if *case != found {
            wrong.push(format!("wanted {case}\nfound  {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_card_of_the_exemple_has_the_26_items_of_the_table() {
    let (table, client) = (table(), demo());
    let card = &table["card"];
    let path =
        format!("/Patient/{}/$prevention?date={}", card["patient"].as_str().unwrap(), table["asOf"].as_str().unwrap());
    let found = client.found(&path);
    let summary = all(&found, "summary")[0];
    for count in ["applicable", "upToDate", "expired", "neverDone", "notEligible"] {
        assert_eq!(value(summary, count), &card[count], "{count}");
    }
    assert_eq!(value(summary, "text"), "à jour 6/15, expirés 4/15, jamais faits 5/15");
    let items = card["items"].as_array().unwrap();
    let order: Vec<&Value> = all(&found, "item").into_iter().map(|one| value(one, "id")).collect();
    assert_eq!(order, items.iter().map(|item| &item["id"]).collect::<Vec<_>>());
    for item in items {
        let one = by_id(&found, "item", item["id"].as_str().unwrap());
        assert_eq!(value(one, "status"), &item["status"], "{item}");
        assert_eq!(value(one, "lastDone"), &item["lastDone"], "{item}");
        if !item["due"].is_null() {
            assert_eq!(value(one, "dueDate"), &item["due"], "{item}");
        }
    }
}
