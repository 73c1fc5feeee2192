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

#[test]
fn the_cap_says_what_it_covers_and_what_it_removes() {
    let client = harness::practice();
    loaded(&client);
    let told = client.found("/Patient/p/$explain?month=2025-12");
    let steps = read::all(&told, "step");
    let cap = steps.iter().flat_map(|step| read::all(step, "cap")).next().unwrap_or_else(|| panic!("no cap in {told}"));
    // 8.00 + 7.35 + 12.40 + 9.99 = 37.74, and the cap of 2025 is 30.00.
    for (name, amount) in [("sumBefore", "37.74 EUR"), ("limit", "30.00 EUR"), ("removed", "7.74 EUR")] {
        assert_eq!(read::value(cap, name), amount, "{name}");
    }
    let lines: Vec<String> = read::all(cap, "line").iter().flat_map(|line| read::texts(line, "rule")).collect();
    assert_eq!(lines, ["socle", "ald", "vulnerabilite-sociale", "sante-mentale"]);
    let fr = text(&client, "/Patient/p/$explain?month=2025-12", "fr").text();
    assert!(fr.contains("il en retire 7,74"), "{fr}");
    let en = text(&client, "/Patient/p/$explain?month=2025-12", "en").text();
    assert!(en.contains("it takes back EUR 7.74"), "{en}");
}

#[test]
fn every_parameter_tells_its_value_date_status_and_source() {
    let client = harness::practice();
    loaded(&client);
    let told = client.found("/Patient/p/$explain?month=2025-12");
    let used: Vec<_> = read::all(&told, "step").into_iter().flat_map(|step| read::all(step, "parameter")).collect();
    assert!(used.len() > 6, "{told}");
    for parameter in used {
        for name in ["id", "value", "from", "status", "source"] {
            assert!(read::value(parameter, name).is_string(), "{name} of {parameter}");
        }
    }
    let fr = text(&client, "/Patient/p/$explain?month=2025-12", "fr").text();
    assert!(fr.contains("depuis le 2021-01-01, fictif, source"), "{fr}");
}

#[test]
fn the_answer_is_a_provenance_too() {
    let client = harness::practice();
    loaded(&client);
    let told = client.found("/Patient/p/$explain?month=2025-12");
    let provenance = &read::all(&told, "provenance")[0]["resource"];
    assert_eq!(provenance["resourceType"], "Provenance");
    assert_eq!(&provenance["recorded"], read::value(&told, "knownAt"));
    let invoice = client.found("/Patient/p/$forfait?month=2025-12");
    assert_eq!(provenance["target"], json!([{"reference": format!("Invoice/{}", invoice["id"].as_str().unwrap())}]));
    let agent = &provenance["agent"][0];
    assert!(agent["who"]["display"].as_str().unwrap().starts_with("mtr-gateway "));
    let digest = "https://mtr-gateway.example/fhir/StructureDefinition/rulebook-digest";
    assert_eq!(&read::extension(agent, digest).unwrap()["valueString"], read::value(&told, "rulebook"));
    let used: Vec<&str> = provenance["entity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entity| {
            assert_eq!(entity["role"], "source");
            entity["what"]["reference"].as_str().unwrap()
        })
        .collect();
    assert_eq!(
        used,
        [
            "Patient/p/_history/1",
            "Encounter/p-seen/_history/1",
            "Observation/precar/_history/1",
            "Condition/ald/_history/1"
        ]
    );
    for reference in used {
        client.get(&format!("/{reference}")).expect(200);
    }
    assert_eq!(client.found("/Patient/p/$explain?month=2025-12"), told, "the same question, the same answer");
    let other = client.found("/Patient/p/$explain?month=2025-11");
    assert_ne!(read::all(&other, "provenance")[0]["resource"]["id"], provenance["id"]);
}

#[test]
fn the_text_says_when_the_money_changes_next() {
    let client = harness::practice();
    client.push(&make::man("p", "1950-10-31"));
    let fr = text(&client, "/Patient/p/$explain?month=2025-08", "fr").text().replace('\u{a0}', " ");
    assert!(fr.contains("Prochain changement sans nouvelle donnée : 2025-10 :"), "{fr}");
    assert!(fr.contains("75 ans le 2025-10-31"), "{fr}");
    let told = client.found("/Patient/p/$explain?month=2025-08");
    assert_eq!(read::value(read::all(&told, "nextChange")[0], "date"), "2025-10-01");
}
