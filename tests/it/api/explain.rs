//! `$explain`: the same trace for people, in French or English, and for machines.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::json;

fn loaded(client: &Client) {
    client.push(&make::and(
        make::man("p", "1980-01-01"),
        vec![
            make::ald("ald", "p", "23", "F33.1", "2019-01-01"),
            make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60})),
            make::condition("f", "p", "F33.1", "2020"),
        ],
    ));
}

fn text(client: &Client, path: &str, language: &str) -> Answer {
    client.send("GET", path, &[("Accept", "text/plain"), ("Accept-Language", language)], b"").expect(200)
}

#[test]
fn people_read_every_euro_with_its_reason() {
    let client = harness::practice();
    loaded(&client);
    let fr = text(&client, "/Patient/p/$explain?month=2025-12", "fr");
    assert!(fr.header("content-type").unwrap().starts_with("text/plain"));
    for word in [
        "8,00",
        "7,35",
        "12,40",
        "9,99",
        "-7,74",
        "30,00",
        "Condition/ald/_history/1",
        "Observation/precar/_history/1",
        "Encounter/p-seen/_history/1",
    ] {
        assert!(fr.text().contains(word), "{word} in {}", fr.text());
    }
    assert!(fr.text().to_lowercase().contains("fictif"), "invented amounts are said to be: {}", fr.text());
    let en = text(&client, "/Patient/p/$explain?month=2025-12", "en-GB,en;q=0.9,fr;q=0.1");
    for word in ["8.00", "-7.74", "30.00", "eligible", "fictional"] {
        assert!(en.text().contains(word), "{word} in {}", en.text());
    }
    assert_ne!(fr.text(), en.text());
    assert_eq!(
        text(&client, "/Patient/p/$explain?month=2025-12", "de").text(),
        fr.text(),
        "French unless English is asked for"
    );
}

#[test]
fn machines_read_the_same_amounts_as_the_invoice() {
    let client = harness::practice();
    loaded(&client);
    let told = client.found("/Patient/p/$explain?month=2025-12");
    assert_eq!(told["resourceType"], "Parameters");
    let whole = told.to_string();
    let invoice = client.found("/Patient/p/$forfait?month=2025-12");
    assert_eq!(read::lines(&invoice).len(), 5);
    for (code, amount) in read::lines(&invoice) {
        assert!(whole.contains(&code) && whole.contains(&amount), "{code} {amount} in {whole}");
    }
    for name in ["knownAt", "rulebook", "tariff", "weakestStatus"] {
        assert!(read::value(&told, name).is_string(), "{name}");
    }
}

#[test]
fn a_month_that_is_not_paid_is_explained_too() {
    let client = harness::practice();
    client.store(&make::patient("p", "male", "1980-01-01"));
    let fr = text(&client, "/Patient/p/$explain?month=2025-12", "fr").text();
    assert!(fr.contains("not-consuming") && fr.contains("24"), "the window is named: {fr}");
    let unknown = client.send("GET", "/Patient/p/$explain?month=2019-12", &[("Accept", "text/plain")], b"");
    assert!(matches!(unknown.status, 200 | 422), "{}", unknown.text());
}

#[test]
fn what_is_unknown_is_said_with_what_is_missing() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    let fr = text(&client, "/Patient/p/$explain?month=2025-12", "fr").text();
    assert!(fr.contains("inconnu") && fr.contains("PRECAR") && fr.contains("SCORE2"), "{fr}");
}
