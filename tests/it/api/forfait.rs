//! `$forfait`: the month's Invoice, euro by euro, under the invented amounts of `mtr-demo`.
//!
//! Each total below was added by hand from the amounts of the specification.

use crate::harness;
use crate::harness::Client;
use crate::harness::Tree;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A chart made for a patient's id.
type Chart = fn(&str) -> Vec<Value>;
/// What it shows, the chart, the month, its lines, their sum.
type Worked = (&'static str, Chart, &'static str, &'static [(&'static str, &'static str)], &'static str);

#[track_caller]
fn check(cases: &[Worked]) {
    let client = harness::practice();
    client.push(&cases.iter().enumerate().flat_map(|(n, case)| (case.1)(&format!("c{n}"))).collect::<Vec<_>>());
    for (n, (what, _, month, lines, total)) in cases.iter().enumerate() {
        let invoice = client.found(&format!("/Patient/c{n}/$forfait?month={month}"));
        let wanted: Vec<(String, String)> = lines.iter().map(|(l, a)| ((*l).to_owned(), (*a).to_owned())).collect();
        assert_eq!(read::lines(&invoice), wanted, "{what}, {month}: {:?}", read::not_payable(&invoice));
        assert_eq!(read::euros(&invoice["totalNet"]["value"]), *total, "{what}");
    }
    closing_comes_to_the_drafts(&client, cases);
}

/// Closing reads less of each patient than a question about one does: it must come to the same.
#[track_caller]
fn closing_comes_to_the_drafts(client: &Client, cases: &[Worked]) {
    let cents = |value: &Value| read::euros(value).replace('.', "").parse::<i64>().unwrap_or_default();
    let mut months: Vec<&str> = cases.iter().map(|(_, _, month, ..)| *month).collect();
    months.sort_unstable();
    months.dedup();
    for month in months {
        let draft = |n: usize| client.found(&format!("/Patient/c{n}/$forfait?month={month}"));
        let due: i64 = (0..cases.len()).map(|n| cents(&draft(n)["totalNet"]["value"])).sum();
        let asked = json!({"resourceType": "Parameters", "parameter": [
            {"name": "month", "valueString": month}, {"name": "dryRun", "valueBoolean": true}]});
        let path = format!("/Organization/{}/$close-month", client.structure());
        let told = client.post(&path, &asked).expect(200).json();
        assert_eq!(cents(&read::value(&told, "total")["value"]), due, "{month}");
    }
}

fn id(p: &str, name: &str) -> String {
    format!("{p}-{name}")
}

fn man<const N: usize>(p: &str, birth: &str, more: [Value; N]) -> Vec<Value> {
    make::and(make::man(p, birth), more.into())
}

fn dx(p: &str, code: &str) -> Value {
    make::condition(&id(p, "dx"), p, code, "2020")
}

fn recognised(p: &str) -> Value {
    make::recognition(&id(p, "aah"), p, "aah", json!({"start": "2020-01-01"}))
}

fn precar(p: &str) -> Value {
    make::measure(&id(p, "precar"), p, "precar", "2024-06-01", json!({"valueInteger": 60}))
}

fn declared(p: &str, typologie: &str) -> Value {
    make::declared(&id(p, "flag"), p, typologie, json!({"start": "2025-01-01"}))
}

fn declared_over(p: &str, period: Value) -> Value {
    make::declared(&id(p, "flag"), p, "handicap", period)
}

/// Loss of autonomy, living at home.
fn dependence(p: &str, gir: i32) -> Vec<Value> {
    let home = json!({"valueCodeableConcept": make::ours("mtr-observation", "home")});
    vec![
        make::measure(&id(p, "gir"), p, "gir", "2024-06-01", json!({"valueInteger": gir})),
        make::measure(&id(p, "home"), p, "living-place", "2024-06-01", home),
    ]
}

/// ALD 23, a PRECAR of 60 and, by the ALD, a mental disorder.
fn loaded(p: &str) -> Vec<Value> {
    man(p, "1980-01-01", [make::ald(&id(p, "ald"), p, "23", "F33.1", "2019-01-01"), precar(p)])
}

fn dependent(p: &str) -> Vec<Value> {
    make::and(loaded(p), dependence(p, 2))
}

fn everything(p: &str) -> Vec<Value> {
    let rights = vec![make::ald(&id(p, "ald"), p, "5", "I25.9", "2015"), precar(p), dx(p, "F41.1"), recognised(p)];
    make::and(make::and(make::woman(p, "1940-06-01"), rights), dependence(p, 1))
}

const WORKED: &[Worked] = &[
    ("the consultation alone", |p| man(p, "1980-01-01", []), "2025-04", &[("socle", "8.00")], "8.00"),
    ("the socle of 2025", |p| man(p, "1980-01-01", []), "2025-12", &[("socle", "8.00")], "8.00"),
    ("the socle of 2026", |p| man(p, "1980-01-01", []), "2026-01", &[("socle", "8.40")], "8.40"),
    ("a baby", |p| man(p, "2024-06-01", []), "2025-04", &[("socle", "8.00"), ("nourrisson", "12.00")], "20.00"),
    ("a child", |p| man(p, "2020-06-01", []), "2025-04", &[("socle", "8.00"), ("jeune-enfant", "6.00")], "14.00"),
    ("a woman", |p| make::woman(p, "1980-06-01"), "2025-04", &[("socle", "8.00"), ("sante-femme", "2.50")], "10.50"),
    ("an old man", |p| man(p, "1940-06-01", []), "2025-04", &[("socle", "8.00"), ("personne-agee", "9.00")], "17.00"),
    (
        "an ALD, by a diabetes that is a high risk too",
        |p| man(p, "1990-06-01", [make::ald(&id(p, "ald"), p, "8", "E10.9", "2020")]),
        "2025-04",
        &[("socle", "8.00"), ("ald", "7.35"), ("haut-risque-cv", "5.20")],
        "20.55",
    ),
    (
        "a recognised disability",
        |p| man(p, "1990-06-01", [recognised(p)]),
        "2025-04",
        &[("socle", "8.00"), ("handicap", "8.15")],
        "16.15",
    ),
    (
        // 8.00 + 7.35 + 12.40 + 9.99 = 37.74, over the cap by 7.74.
        "over the cap of 2025",
        loaded,
        "2025-12",
        &[
            ("socle", "8.00"),
            ("ald", "7.35"),
            ("vulnerabilite-sociale", "12.40"),
            ("sante-mentale", "9.99"),
            ("ecretement", "-7.74"),
        ],
        "30.00",
    ),
    (
        // 8.40 + 29.74 = 38.14, over the cap of 31.50 by 6.64.
        "over the cap of 2026",
        loaded,
        "2026-01",
        &[
            ("socle", "8.40"),
            ("ald", "7.35"),
            ("vulnerabilite-sociale", "12.40"),
            ("sante-mentale", "9.99"),
            ("ecretement", "-6.64"),
        ],
        "31.50",
    ),
    (
        "loss of autonomy stands outside the cap",
        dependent,
        "2025-12",
        &[
            ("socle", "8.00"),
            ("ald", "7.35"),
            ("vulnerabilite-sociale", "12.40"),
            ("sante-mentale", "9.99"),
            ("ecretement", "-7.74"),
            ("perte-autonomie-domicile", "30.00"),
        ],
        "60.00",
    ),
    (
        "under the cap, loss of autonomy makes no cut",
        |p| make::and(man(p, "1940-06-01", []), dependence(p, 4)),
        "2025-04",
        &[("socle", "8.00"), ("personne-agee", "9.00"), ("perte-autonomie-domicile", "30.00")],
        "47.00",
    ),
    (
        "declared alone",
        |p| man(p, "1990-06-01", [declared(p, "sante-mentale")]),
        "2025-04",
        &[("socle", "8.00"), ("sante-mentale", "9.99")],
        "17.99",
    ),
    (
        // 8.00 + 2.50 + 9.00 + 7.35 + 12.40 + 9.99 + 5.20 + 8.15 = 62.59.
        "everything a woman can have",
        everything,
        "2025-04",
        &[
            ("socle", "8.00"),
            ("sante-femme", "2.50"),
            ("personne-agee", "9.00"),
            ("ald", "7.35"),
            ("vulnerabilite-sociale", "12.40"),
            ("sante-mentale", "9.99"),
            ("haut-risque-cv", "5.20"),
            ("handicap", "8.15"),
            ("ecretement", "-32.59"),
            ("perte-autonomie-domicile", "30.00"),
        ],
        "60.00",
    ),
];

#[test]
fn lines_and_totals_are_those_worked_by_hand() {
    check(WORKED);
}

const SOCLE: &[(&str, &str)] = &[("socle", "8.00")];
const BABY: &[(&str, &str)] = &[("socle", "8.00"), ("nourrisson", "12.00")];
const CHILD: &[(&str, &str)] = &[("socle", "8.00"), ("jeune-enfant", "6.00")];
const OLD: &[(&str, &str)] = &[("socle", "8.00"), ("personne-agee", "9.00")];
const WOMAN: &[(&str, &str)] = &[("socle", "8.00"), ("sante-femme", "2.50")];
const DISABLED: &[(&str, &str)] = &[("socle", "8.00"), ("handicap", "8.15")];
const BABY_2026: &[(&str, &str)] = &[("socle", "8.40"), ("nourrisson", "12.00")];
const CHILD_2026: &[(&str, &str)] = &[("socle", "8.40"), ("jeune-enfant", "6.00")];

fn born_and_seen(p: &str) -> Vec<Value> {
    vec![make::patient(p, "male", "2025-03-05"), make::visit(&id(p, "seen"), p, "2025-03-10")]
}

const AGES: &[Worked] = &[
    ("born this month", born_and_seen, "2025-03", BABY, "20.00"),
    ("two the day after", |p| man(p, "2023-05-01", []), "2025-04", BABY, "20.00"),
    ("two on the last day", |p| man(p, "2023-04-30", []), "2025-04", CHILD, "14.00"),
    ("seven the day after", |p| man(p, "2018-05-01", []), "2025-04", CHILD, "14.00"),
    ("seven on the last day", |p| man(p, "2018-04-30", []), "2025-04", SOCLE, "8.00"),
    ("a girl of 15", |p| make::woman(p, "2010-04-30"), "2025-04", WOMAN, "10.50"),
    ("a girl of 14", |p| make::woman(p, "2010-05-01"), "2025-04", SOCLE, "8.00"),
    ("75 on the last day", |p| man(p, "1950-04-30", []), "2025-04", OLD, "17.00"),
    ("75 the day after", |p| man(p, "1950-05-01", []), "2025-04", SOCLE, "8.00"),
    ("born on 29 February, still one on the 28th", |p| man(p, "2024-02-29", []), "2026-02", BABY_2026, "20.40"),
    ("born on 29 February, two on 1 March", |p| man(p, "2024-02-29", []), "2026-03", CHILD_2026, "14.40"),
];

#[test]
fn ages_turn_on_the_last_day_of_the_month() {
    check(AGES);
}

fn in_error(p: &str) -> Value {
    make::with(declared(p, "handicap"), json!({"status": "entered-in-error"}))
}

fn ended(p: &str) -> Value {
    declared_over(p, json!({"start": "2024-01-01", "end": "2025-03-31"}))
}

fn of_one_day(p: &str) -> Value {
    declared_over(p, json!({"start": "2025-04-30"}))
}

const DECLARED: &[Worked] = &[
    ("no baby of 45", |p| man(p, "1980-01-01", [declared(p, "nourrisson")]), "2025-04", SOCLE, "8.00"),
    ("no child of 45", |p| man(p, "1980-01-01", [declared(p, "jeune-enfant")]), "2025-04", SOCLE, "8.00"),
    ("no old man of 74", |p| man(p, "1950-05-01", [declared(p, "personne-agee")]), "2025-04", SOCLE, "8.00"),
    ("no woman among men", |p| man(p, "1980-01-01", [declared(p, "sante-femme")]), "2025-04", SOCLE, "8.00"),
    ("a disability is declared", |p| man(p, "1980-01-01", [declared(p, "handicap")]), "2025-04", DISABLED, "16.15"),
    ("for one day of the month", |p| man(p, "1980-01-01", [of_one_day(p)]), "2025-04", DISABLED, "16.15"),
    ("until the month before", |p| man(p, "1980-01-01", [ended(p)]), "2025-04", SOCLE, "8.00"),
    ("in error", |p| man(p, "1980-01-01", [in_error(p)]), "2025-04", SOCLE, "8.00"),
];

#[test]
fn a_declaration_never_overrides_a_limit_of_age_or_sex() {
    check(DECLARED);
}

#[test]
fn the_invoice_says_what_it_is() {
    let client = harness::practice();
    client.push(&loaded("p"));
    let answer = client.get("/Patient/p/$forfait?month=2025-12").expect(200);
    let invoice = answer.json();
    let structure = client.structure();
    assert_eq!(
        (&invoice["resourceType"], &invoice["status"], &invoice["date"]),
        (&json!("Invoice"), &json!("draft"), &json!("2025-12-31"))
    );
    let identifier = format!("{structure}/p/2025-12");
    assert_eq!(invoice["identifier"][0]["value"], identifier);
    let digest: String = Sha256::digest(identifier.as_bytes()).iter().take(16).map(|b| format!("{b:02x}")).collect();
    assert_eq!(invoice["id"], format!("inv-{digest}"));
    assert_eq!(invoice["subject"]["reference"], "Patient/p");
    assert_eq!(invoice["issuer"]["reference"], format!("Organization/{structure}"));
    let period =
        read::extension(&invoice, "http://hl7.org/fhir/5.0/StructureDefinition/extension-Invoice.period").unwrap();
    assert_eq!(period["valuePeriod"], json!({"start": "2025-12-01", "end": "2025-12-31"}));
    assert_eq!(read::tags(&invoice, "figure"), ["fictional"]);
    assert_eq!(read::tags(&invoice, "tariff"), ["mtr-demo"]);
    assert_eq!(read::tags(&invoice, "rulebook")[0].len(), 64);
    for (n, line) in invoice["lineItem"].as_array().unwrap().iter().enumerate() {
        assert_eq!(line["sequence"], n + 1);
        assert_eq!(line["chargeItemCodeableConcept"]["coding"][0]["system"], format!("{}/forfait-line", make::OURS));
        assert!(line["chargeItemCodeableConcept"]["coding"][0]["display"].is_string());
        let component = &line["priceComponent"][0];
        let kind = match read::line_code(line).as_str() {
            "ecretement" => "deduction",
            "fmt" => "informational",
            _ => "base",
        };
        assert_eq!(component["type"], kind);
        assert!(component["amount"].is_null() || component["amount"]["currency"] == "EUR");
    }
}

#[test]
fn amounts_are_written_with_two_decimals() {
    let client = harness::practice();
    client.push(&loaded("p"));
    let invoice = client.get("/Patient/p/$forfait?month=2026-01").tree();
    let text = format!("{invoice:?}");
    for amount in ["8.40", "7.35", "12.40", "9.99", "-6.64", "31.50"] {
        assert!(text.contains(&format!("Word(\"{amount}\")")), "{amount} in {text}");
    }
    let total = invoice.get("totalNet").and_then(|t| t.get("value")).cloned();
    assert_eq!(total, Some(Tree::Word("31.50".into())));
}

#[test]
fn the_lines_foot_in_every_month() {
    let client = harness::practice();
    client.push(&make::and(loaded("p"), make::and(dependent("q"), make::woman("r", "1949-06-15"))));
    for (patient, year) in [("p", 2025), ("q", 2025), ("r", 2025), ("p", 2026), ("r", 2026)] {
        for month in 1..=10 {
            let invoice = client.found(&format!("/Patient/{patient}/$forfait?month={year}-{month:02}"));
            let centimes = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
            let sum: i64 = read::lines(&invoice).iter().map(|(_, amount)| centimes(amount)).sum();
            assert_eq!(centimes(&read::euros(&invoice["totalNet"]["value"])), sum, "{invoice}");
        }
    }
}

fn fmt_code(client: &Client, month: &str) -> Value {
    let invoice = client.found(&format!("/Patient/p/$forfait?month={month}"));
    let lines = invoice["lineItem"].as_array().cloned().unwrap_or_default();
    let line = lines.iter().find(|l| read::line_code(l) == "fmt").unwrap_or_else(|| panic!("no fmt line in {invoice}"));
    assert_eq!(lines.last(), Some(line), "the FMT comes last");
    assert!(line["priceComponent"][0]["amount"].is_null());
    line["priceComponent"][0]["code"]["coding"][0]["code"].clone()
}

#[test]
fn the_fmt_is_included_until_2024_and_on_top_from_2025() {
    let client = harness::practice();
    let contract = make::contract("k", "p", json!({"start": "2022-01-01"}));
    client.push(&make::and(make::man("p", "1980-01-01"), vec![contract, make::visit("e", "p", "2024-02-01")]));
    assert_eq!(fmt_code(&client, "2024-12"), "included");
    assert_eq!(fmt_code(&client, "2025-01"), "on-top");
    assert_eq!(fmt_code(&client, "2026-01"), "on-top");
    assert_eq!(read::euros(&client.found("/Patient/p/$forfait?month=2025-01")["totalNet"]["value"]), "8.00");
}

#[test]
fn a_line_cites_the_versions_it_rests_on() {
    let client = harness::practice();
    client.push(&loaded("p"));
    client.store(&make::measure("p-precar", "p", "precar", "2024-06-01", json!({"valueInteger": 61})));
    let invoice = client.found("/Patient/p/$forfait?month=2025-12");
    let cited = |code: &str| -> Vec<String> {
        let lines = invoice["lineItem"].as_array().unwrap();
        let line = lines.iter().find(|l| read::line_code(l) == code).unwrap();
        let url = "https://mtr-gateway.example/fhir/StructureDefinition/line-evidence";
        let all = line["extension"].as_array().cloned().unwrap_or_default();
        all.iter()
            .filter(|e| e["url"] == url)
            .map(|e| e["valueReference"]["reference"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(cited("socle").contains(&"Encounter/p-seen/_history/1".to_owned()), "{:?}", cited("socle"));
    assert_eq!(cited("ald"), ["Condition/p-ald/_history/1"]);
    assert_eq!(cited("vulnerabilite-sociale"), ["Observation/p-precar/_history/2"]);
    for reference in cited("socle").iter().chain(&cited("ald")).chain(&cited("vulnerabilite-sociale")) {
        client.get(&format!("/{reference}")).expect(200);
    }
}

#[test]
fn what_is_paid_on_declaration_alone_is_marked() {
    let client = harness::practice();
    client.push(&make::and(
        make::man("p", "1990-06-01"),
        vec![
            make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})),
            make::declared("g", "p", "sante-mentale", json!({"start": "2025-01-01"})),
            make::condition("c", "p", "F41.1", "2020"),
        ],
    ));
    let invoice = client.found("/Patient/p/$forfait?month=2025-04");
    let url = "https://mtr-gateway.example/fhir/StructureDefinition/declared-only";
    let alone: Vec<String> = invoice["lineItem"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| read::extension(l, url).is_some())
        .map(read::line_code)
        .collect();
    assert_eq!(alone, ["handicap"]);
}

#[test]
fn a_month_without_a_known_amount_is_refused_and_not_zero() {
    let client = harness::practice();
    let contract = make::contract("k", "p", json!({"start": "2019-01-01"}));
    client.push(&make::and(make::man("p", "1980-01-01"), vec![contract, make::visit("e", "p", "2020-06-01")]));
    assert_eq!(read::euros(&client.found("/Patient/p/$forfait?month=2021-01")["totalNet"]["value"]), "8.00");
    let refused = client.get("/Patient/p/$forfait?month=2020-12");
    outcome::refused(&refused, 422, "business-rule", "MTR-FIG-001", "");
    client.get("/Patient/p/$typologies?date=2020-12-31").expect(200);
    client.get("/Patient/p/$prevention?date=2020-12-31").expect(200);
}

#[test]
fn the_month_may_be_named_by_a_date_of_it() {
    let client = harness::practice();
    client.push(&loaded("p"));
    let month = client.get("/Patient/p/$forfait?month=2025-12").body;
    assert_eq!(client.get("/Patient/p/$forfait?date=2025-12-05").body, month);
    assert_eq!(client.get("/Patient/p/$forfait?month=2025-12&tariff=mtr-demo").body, month);
}

#[test]
fn no_floating_point_reaches_a_total() {
    // Thirteen charts whose sums in binary would not be these decimals.
    let client = harness::practice();
    let all: Vec<Value> = (0..13)
        .flat_map(|n| {
            make::and(
                make::woman(&format!("w{n}"), "1990-01-01"),
                vec![make::condition(&format!("w{n}-m"), &format!("w{n}"), "F32.0", "2024")],
            )
        })
        .collect();
    client.push(&all);
    for n in 0..13 {
        let answer = client.get(&format!("/Patient/w{n}/$forfait?month=2025-04")).expect(200);
        assert!(answer.text().contains("\"totalNet\":{\"value\":20.49,\"currency\":\"EUR\"}"), "{}", answer.text());
    }
}
