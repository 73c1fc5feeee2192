//! `$simulate`: another tariff beside the one in force; nothing is stored.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const TARIFF: &str = include_str!("../../../mappings/tariffs/mtr-demo.yaml");

/// The demonstration tariff without its examples, its socle of 2026 raised by one euro, under another id.
fn raised() -> String {
    let rules = TARIFF.split("\nexamples:").next().unwrap_or_default();
    rules.replace("id: mtr-demo", "id: essai").replace("value: \"8.40\"", "value: \"9.40\"")
}

/// A man of 30: the socle alone. One of 80: socle and personne âgée.
fn practice() -> Client {
    let client = harness::practice();
    client.push(&[make::man("young", "1996-01-01"), make::man("old", "1945-01-01")].concat());
    client
}

fn yaml(client: &Client, range: &str, tariff: &str) -> harness::Answer {
    let headers = [("Content-Type", "application/yaml")];
    client.send("POST", &format!("/$simulate?{range}"), &headers, tariff.as_bytes())
}

/// (before, after, effect) of a part.
fn amounts(part: &Value) -> [String; 3] {
    ["before", "after", "effect"].map(|name| read::euros(&read::value(part, name)["value"]))
}

#[test]
fn one_euro_more_of_socle_is_one_euro_for_each_patient_and_month() {
    let client = practice();
    let before = client.get("/_history").text();
    let told = yaml(&client, "from=2026-01&to=2026-03", &raised()).expect(200).json();
    assert_eq!(read::value(&told, "tariff"), "essai");
    assert_eq!(read::value(&told, "currentTariff"), "mtr-demo");
    assert_eq!(read::value(&told, "fictional"), true);
    assert_eq!(read::tags(&told, "figure"), ["simulated"]);
    // 2 patients × 3 months × 8.40 and 9.40; personne âgée 3 × 9.00 either way.
    let line = |code: &str| {
        let lines = read::all(&told, "line");
        lines.into_iter().find(|line| read::value(line, "code") == code).cloned().unwrap_or_default()
    };
    assert_eq!(amounts(&line("socle")), ["50.40", "56.40", "6.00"]);
    assert_eq!(amounts(&line("personne-agee")), ["27.00", "27.00", "0.00"]);
    assert_eq!(amounts(read::all(&told, "total")[0]), ["77.40", "83.40", "6.00"]);
    let months: Vec<_> =
        read::all(&told, "month").into_iter().map(|m| read::euros(&read::value(m, "effect")["value"])).collect();
    assert_eq!(months, ["2.00", "2.00", "2.00"]);
    let by_effect = read::all(&told, "patientsByEffect")[0];
    assert_eq!((read::value(by_effect, "winners"), read::value(by_effect, "losers")), (&json!(2), &json!(0)));
    let shares: Vec<_> = read::all(&told, "distribution");
    assert_eq!(read::euros(&read::value(shares[3], "effect")["value"]), "3.00", "the middle patient");
    assert_eq!(client.get("/_history").text(), before, "nothing is stored");
}

#[test]
fn a_tariff_beside_itself_changes_nothing() {
    let client = practice();
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "from", "valueString": "2026-10"}, {"name": "content", "valueString": TARIFF}]});
    let told = client.post("/$simulate", &asked).expect(200).json();
    let [before, after, effect] = amounts(read::all(&told, "total")[0]);
    assert_eq!((before == after, effect.as_str()), (true, "0.00"));
    assert_eq!(read::value(&told, "rulebook"), read::value(&told, "simulatedRulebook"));
    // The sum of the draft Invoices of the month.
    let drafts = ["young", "old"].map(|p| client.found(&format!("/Patient/{p}/$forfait?month=2026-10")));
    let cents = |text: String| text.replace('.', "").parse::<i64>().unwrap_or_default();
    let sum: i64 = drafts.iter().map(|draft| cents(read::euros(&draft["totalNet"]["value"]))).sum();
    assert_eq!(cents(before), sum);
}

#[test]
fn rules_may_be_simulated_too() {
    let client = practice();
    let elder = include_str!("../../../mappings/typologies/personne-agee.yaml");
    // Nobody is that old.
    let elder = elder.split("\nexamples:").next().unwrap_or_default().replace("value: 75", "value: 99");
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "from", "valueString": "2026-10"},
        {"name": "file", "part": [{"name": "path", "valueString": "typologies/personne-agee.yaml"},
                                  {"name": "content", "valueString": elder}]}]});
    let told = client.post("/$simulate", &asked).expect(200).json();
    assert_eq!(amounts(read::all(&told, "total")[0]), ["25.80", "16.80", "-9.00"]);
    let by_effect = read::all(&told, "patientsByEffect")[0];
    assert_eq!((read::value(by_effect, "losers"), read::value(by_effect, "unchanged")), (&json!(1), &json!(1)));
}

#[test]
fn an_amount_nobody_knows_is_in_no_sum() {
    let client = practice();
    let told = yaml(&client, "from=2020-11&to=2021-01", &raised()).expect(200).json();
    // Before 2021 neither tariff knows its socle; who is not payable needs none.
    let unpriced = read::value(&told, "unpriced").as_u64().unwrap_or_default();
    let total = amounts(read::all(&told, "total")[0]);
    assert_eq!((unpriced, total[2].as_str()), (0, "0.00"), "nobody was enrolled in 2020");
    let told = yaml(
        &client,
        "from=2026-10",
        &raised()
            .replace("from: \"2021-01-01\", value: \"8.00\"", "from: \"2030-01-01\", value: \"8.00\"")
            .replace("from: \"2026-01-01\", value: \"9.40\"", "from: \"2031-01-01\", value: \"9.40\""),
    )
    .expect(200)
    .json();
    assert_eq!(read::value(&told, "unpriced"), 2);
}

#[test]
fn what_cannot_be_simulated_is_refused_with_its_place() {
    let client = practice();
    let faulty = raised().replace("typologie: nourrisson", "typologie: nourisson");
    let answer = yaml(&client, "from=2026-10", &faulty);
    outcome::refused(&answer, 422, "business-rule", "MTR-SIM-001", "");
    assert!(answer.text().contains("tariffs/essai.yaml:"), "{}", answer.text());
    let wrong_example = TARIFF.replace("total: \"8.40\"", "total: \"8.41\"");
    outcome::refused(&yaml(&client, "from=2026-10", &wrong_example), 422, "business-rule", "MTR-SIM-001", "");
    outcome::refused(&yaml(&client, "from=2026-10", "no tariff"), 422, "business-rule", "MTR-SIM-001", "");
    let ranges = ["from=2026-10&to=2026-09", "from=2020-01&to=2026-09"];
    for range in ranges {
        outcome::refused(&yaml(&client, range, &raised()), 400, "value", "MTR-SIM-002", "");
    }
    for query in ["", "from=2026", "from=2026-01&to=x", "from=2026-01&until=2026-02", "from=2026-01&from=2026-02"] {
        assert_eq!(yaml(&client, query, &raised()).status, 400, "{query}");
    }
    assert_eq!(yaml(&client, "from=2026-01&current=none", &raised()).status, 400, "an unknown tariff");
    assert_eq!(client.get("/$simulate?from=2026-10").status, 405);
    let no_content = json!({"resourceType": "Parameters", "parameter": [{"name": "file", "part": []}]});
    assert_eq!(client.post("/$simulate", &no_content).status, 400);
}
