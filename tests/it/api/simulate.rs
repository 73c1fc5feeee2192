//! `$simulate`: another tariff beside the one in force; nothing is stored.

use crate::api::statements::closed;
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

/// The part of a month.
fn of_month<'t>(told: &'t Value, month: &str) -> &'t Value {
    read::all(told, "month").into_iter().find(|part| read::value(part, "month") == month).unwrap()
}

/// Which marks a month carries.
fn marks(told: &Value, month: &str) -> Vec<&'static str> {
    let of = of_month(told, month);
    ["closed", "projection", "partial"].into_iter().filter(|mark| read::value(of, mark) == true).collect()
}

#[test]
fn closed_months_are_told_to_be_computed_again_and_without_adjustments() {
    let client = practice();
    closed(&client, &["2026-02", "2026-03"]);
    client.store(&make::ald("x", "young", "23", "F33.1", "2019-01-01"));
    let told = yaml(&client, "from=2026-01&to=2026-04", TARIFF).expect(200).json();
    assert_eq!(read::value(&told, "withoutAdjustments"), true);
    let marked = ["2026-01", "2026-02", "2026-03", "2026-04"].map(|month| marks(&told, month));
    assert_eq!(marked, [vec![], vec!["closed"], vec!["closed"], vec![]]);
    // What is known now, not what was issued; and no line of the draft of April that adjusts them.
    let before = |month: &str| amounts(of_month(&told, month))[0].clone();
    assert_eq!((before("2026-02"), before("2026-04")), (before("2026-03"), before("2026-03")));
}

#[test]
fn patients_whom_one_side_has_no_amount_for_are_told_by_month() {
    let client = practice();
    let told = yaml(&client, "from=2025-12&to=2026-01&tariff=fmt-2026", TARIFF).expect(200).json();
    let unpriced =
        ["2025-12", "2026-01"].map(|month| read::value(of_month(&told, month), "unpriced").as_u64().unwrap());
    assert!(unpriced[0] > 0, "{told}");
    assert_eq!(read::value(&told, "unpriced").as_u64(), Some(unpriced.iter().sum()));
    // A month none of whose patients are compared has no figures but zeros, and says whom it left out.
    assert_eq!(unpriced, [2, 0], "{told}");
}

#[test]
fn a_partial_year_and_a_month_to_come_are_marked() {
    let client = practice();
    let asked = |range: &str, tariff: &str| {
        let path = format!("/$simulate?{range}&current={tariff}&tariff={tariff}");
        client.post(&path, &json!({"resourceType": "Parameters"})).expect(200).json()
    };
    // (months, tariff, figures, marks of the last month)
    for (range, last, tariff, figures, expected) in [
        ("from=2026-04&to=2026-04", "2026-04", "fmt-2026", vec!["simulated", "partial"], vec!["partial"]),
        ("from=2026-03&to=2026-05", "2026-05", "mtr-demo", vec!["simulated"], vec![]),
        ("from=2099-06", "2099-06", "mtr-demo", vec!["simulated", "projection"], vec!["projection"]),
    ] {
        let told = asked(range, tariff);
        assert_eq!(read::tags(&told, "figure"), figures, "{range} {tariff}");
        assert_eq!(marks(&told, last), expected, "{range} {tariff}");
    }
}

#[test]
fn before_anything_was_known_nothing_is_simulated() {
    let client = practice();
    for instant in ["2000-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
        let answer = yaml(&client, &format!("from=2026-10&knownAt={instant}"), &raised());
        outcome::refused(&answer, 404, "not-found", "MTR-MEA-010", "");
    }
    let known = yaml(&client, "from=2026-10&knownAt=2099-01-01T00:00:00Z", &raised()).expect(200).json();
    assert_eq!(read::value(&known, "patients"), 2);
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
