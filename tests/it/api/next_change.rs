//! `$next-change`: the first date on which something changes with no new data, and why.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

fn next(client: &Client, query: &str) -> Value {
    client.found(&format!("/Patient/p/$next-change?{query}"))
}

/// The date of a part, and the codes of the reasons of what changes there.
fn told(answer: &Value, name: &str) -> (String, Vec<String>) {
    let Some(part) = read::all(answer, name).first().copied() else { return (String::new(), Vec::new()) };
    let mut codes: Vec<String> = ["payability", "typology", "line", "total", "item"]
        .iter()
        .flat_map(|kind| read::all(part, kind))
        .flat_map(|change| read::all(change, "cause"))
        .flat_map(|cause| read::texts(cause, "code"))
        .filter(|code| code != "follows")
        .collect();
    codes.dedup();
    (read::value(part, "date").as_str().unwrap().to_owned(), codes)
}

/// Name, chart, what is asked, the first month, why.
type Case = (&'static str, Vec<Value>, &'static str, &'static str, &'static [&'static str]);

#[test]
fn the_money_turns_in_the_month_of_what_ends_or_begins() {
    // Everybody was seen on 10 March 2025.
    let right = json!({"start": "2020-01-01", "end": "2025-08-31"});
    let flag = json!({"start": "2025-01-01", "end": "2025-09-30"});
    let cases: Vec<Case> = vec![
        ("the window of 24 months", make::man("p", "1980-01-01"), "date=2026-02-01", "2027-03-01", &["window-ends"]),
        ("another socle", make::man("p", "1980-01-01"), "date=2025-11-15", "2026-01-01", &["parameter-changes"]),
        ("75 years", make::man("p", "1950-10-31"), "date=2025-08-15", "2025-10-01", &["birthday"]),
        (
            "a declaration over",
            make::and(make::man("p", "1980-01-01"), vec![make::declared("f", "p", "handicap", flag)]),
            "date=2025-08-15",
            "2025-10-01",
            &["period-ends"],
        ),
        (
            "a right over",
            make::and(make::man("p", "1980-01-01"), vec![make::coverage("c", "p", "ald", right)]),
            "date=2025-08-15",
            "2025-09-01",
            &["period-ends"],
        ),
    ];
    for (name, chart, query, date, causes) in cases {
        let client = harness::practice();
        client.push(&chart);
        let answer = next(&client, query);
        let (on, found) = told(&answer, "money");
        assert_eq!((on.as_str(), found), (date, causes.iter().map(|c| (*c).to_owned()).collect()), "{name}: {answer}");
        // What is told is what the forfait does: the month before is as it was, that month is not.
        let total = |month: &str| {
            read::euros(&client.found(&format!("/Patient/p/$forfait?month={month}"))["totalNet"]["value"])
        };
        assert_ne!(total(&date[..7]), total(&query[5..12]), "{name}");
    }
}

#[test]
fn the_card_turns_on_the_day_an_act_is_too_old() {
    let client = harness::practice();
    client.push(&make::and(
        make::man("p", "1980-01-01"),
        vec![make::evidence("bp", "p", "blood-pressure", "2025-05-20")],
    ));
    let answer = next(&client, "date=2025-12-01");
    let (date, causes) = told(&answer, "prevention");
    assert!(!causes.is_empty(), "{answer}");
    let statuses = |day: &str| -> Vec<Value> {
        let card = client.found(&format!("/Patient/p/$prevention?date={day}"));
        read::all(&card, "item").iter().map(|item| read::value(item, "status").clone()).collect()
    };
    assert_ne!(statuses(&date), statuses("2025-12-01"));
    // The first of the two is the next of all.
    let (money, _) = told(&answer, "money");
    assert_eq!(read::value(&answer, "next"), &json!(date.clone().min(money)));
    for item in read::all(read::all(&answer, "prevention")[0], "item") {
        assert!(read::value(item, "text").as_str().unwrap().contains('→'), "{item}");
    }
}

#[test]
fn nothing_is_said_of_what_lies_past_the_horizon() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    let near = next(&client, "date=2026-02-01&months=12");
    assert_eq!(told(&near, "money").0, "", "{near}");
    assert_eq!((read::value(&near, "months"), read::value(&near, "until")), (&json!(12), &json!("2027-02-01")));
    assert_eq!(told(&next(&client, "date=2026-02-01&months=60"), "money").0, "2027-03-01");
    for months in ["0", "61", "-1", "deux", "1.5"] {
        let refused = client.get(&format!("/Patient/p/$next-change?months={months}"));
        outcome::refused(&refused, 400, "value", "MTR-OPR-004", "");
    }
    outcome::refused(&client.get("/Patient/absent/$next-change"), 404, "not-found", "MTR-GET-001", "");
    outcome::refused(&client.get("/Patient/p/$next-change?day=2026-02-01"), 400, "not-supported", "MTR-OPR-002", "");
}

#[test]
fn the_words_are_french_or_english_and_the_same_knowledge_gives_the_same_answer() {
    let client = harness::practice();
    client.push(&make::man("p", "1950-10-31"));
    let path = "/Patient/p/$next-change?date=2025-08-15";
    let said = |language: &str| client.send("GET", path, &[("Accept-Language", language)], b"").expect(200).text();
    assert!(said("fr").contains("75 ans le 2025-10-31"), "{}", said("fr"));
    assert!(said("en").contains("aged 75 on 2025-10-31"), "{}", said("en"));
    let known = read::value(&client.found(path), "knownAt").as_str().unwrap().to_owned();
    let before = client.get(path).body;
    client.store(&make::with(make::patient("p", "male", "1990-01-01"), json!({})));
    assert_ne!(client.get(path).body, before);
    assert_eq!(client.get(&format!("{path}&knownAt={known}")).body, before);
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "date", "valueDate": "2025-08-15"}, {"name": "knownAt", "valueInstant": known}]});
    assert_eq!(client.post("/Patient/p/$next-change", &body).expect(200).body, before);
}

#[test]
fn the_fmt_changes_with_its_instalments_and_its_years() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    for (query, date, cause) in [
        ("date=2026-02-01&tariff=fmt-2026", "2026-04-01", "instalment"),
        ("date=2026-04-30&tariff=fmt-2026", "2026-05-01", "instalment"),
        ("date=2026-12-05&tariff=fmt-2026", "2027-04-01", "instalment"),
    ] {
        let answer = next(&client, query);
        assert_eq!(told(&answer, "money"), (date.to_owned(), vec![cause.to_owned()]), "{query}: {answer}");
    }
}
