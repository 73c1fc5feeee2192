//! Tariffs as they are published, without a server.

use super::*;
use crate::domain::enrolment::testing;
use crate::domain::money::Centimes;
use crate::domain::typologie::Typologie;
use crate::fhir::written::Written;

fn euros(cents: i64) -> Option<ParamValue> {
    Some(ParamValue::Amount(Centimes(cents)))
}

/// Socle known, then unknown, then known; a brick that ends; no cap; an envelope of one structure.
fn book() -> Rules {
    let mut rules = testing::rules();
    let (official, unknown) = (RuleStatus::Official, RuleStatus::Unknown);
    let always = crate::domain::condition::Condition::Always;
    rules.typologies.push(Typologie {
        ordinal: 1,
        id: "ald".into(),
        label_fr: "ALD".into(),
        eligible: always.clone(),
        limits: always,
        declaration: testing::concept("c2s"),
        status: official,
    });
    let dated =
        [("2021-01-01", euros(800), official), ("2026-01-01", None, unknown), ("2027-01-01", euros(1_005), official)];
    let socle = testing::param(&mut rules, "t.socle", &dated);
    let dated = [("2021-01-01", euros(-5), official), ("2026-01-01", None, official)];
    let amount = testing::param(&mut rules, "t.ald", &dated);
    let fmt_treatment = testing::param(&mut rules, "t.fmt", &[("2021-01-01", testing::word("on_top"), official)]);
    let own = testing::amount(&mut rules, "t.own", 1, official);
    let bricks = vec![Brick { typologie: 0, amount, capped: true }];
    let envelope = Some(Envelope { default: None, by_structure: vec![("secret".into(), own)] });
    let pack = MonthlyTariff { socle, bricks, cap: None, fmt_treatment, envelope };
    rules.tariffs.push(Tariff { id: "t".into(), label_fr: "T".into(), kind: TariffKind::Monthly(pack) });
    rules
}

fn published() -> Value {
    all(&book(), &Publication::default(), ("v", "digest")).remove(0)
}

#[test]
fn each_period_of_each_line_is_told_and_an_unknown_amount_is_never_zero() {
    let definition = published();
    let told: Vec<String> = definition["propertyGroup"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            let period = &group["applicability"][0]["extension"][0]["valuePeriod"];
            let price = &group["priceComponent"][0];
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let amount = match &price["amount"] {
                Value::Null => "none".to_owned(),
                amount => text(&amount["value"]) + text(&amount["extension"][0]["valueCode"]).trim_matches('-'),
            };
            let (start, end) = (text(&period["start"]), text(&period["end"]));
            format!("{start} {end} {} {amount}", text(&price["code"]["coding"][0]["code"]))
        })
        .collect();
    let want = [
        "2021-01-01 2025-12-31 socle 8.00",
        "2026-01-01 2026-12-31 socle -unknown",
        "2027-01-01 - socle 10.05",
        "2021-01-01 2025-12-31 ald -0.05",
        "2021-01-01 - on-top none",
    ];
    assert_eq!(told, want);
    assert_eq!(definition["extension"][0]["valueCode"], "unknown");
    assert_eq!((&definition["experimental"], definition["meta"]["tag"].as_array().unwrap().len()), (&json!(false), 1));
}

#[test]
fn the_amount_of_a_named_structure_is_not_published() {
    let text = published().to_string();
    assert!(!text.contains("secret") && !text.contains("enveloppe"), "{text}");
}

#[test]
fn money_is_written_as_a_number_of_two_decimals_and_nothing_else_changes() {
    let cases = [
        (json!({"value": "8.40", "currency": "EUR"}), r#"{"value":8.40,"currency":"EUR"}"#),
        (json!([{"a": {"value": "-0.05", "currency": "EUR"}}]), r#"[{"a":{"value":-0.05,"currency":"EUR"}}]"#),
        (json!({"value": "8.40"}), r#"{"value":"8.40"}"#),
        (json!({"value": "a", "b": [1, true, null, "é"]}), r#"{"value":"a","b":[1,true,null,"é"]}"#),
        (json!({"value": "x", "currency": "EUR"}), r#"{"value":"x","currency":"EUR"}"#),
    ];
    for (value, want) in cases {
        assert_eq!(Written(&value).text(), want);
    }
}
