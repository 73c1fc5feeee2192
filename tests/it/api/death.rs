//! A death nobody can place: no amount is told as certain where the date leaves open who lived when.

use super::statements::{adjusted, bill, cases, closed, dry_run, foots, short};
use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const OPEN: &str = "death-date-partial";
const REASON: &str = "https://mtr-gateway.example/fhir/StructureDefinition/not-payable-reason";

/// A man of 45 declared to the GP, seen on 10 March 2025, of whom this death is told.
fn dead(p: &str, date: &str) -> Vec<Value> {
    make::but(make::man(p, "1980-01-01"), json!({"deceasedDateTime": date}))
}

fn practice(charts: &[Vec<Value>]) -> Client {
    let client = harness::practice();
    for chart in charts {
        client.push(chart);
    }
    client
}

fn forfait(client: &Client, patient: &str, month: &str) -> Value {
    client.found(&format!("/Patient/{patient}/$forfait?month={month}"))
}

#[test]
fn a_month_is_paid_refused_or_open_as_the_date_lets_tell() {
    let came_later = |p: &str, from: &str| {
        let patient = make::with(
            make::patient(p, "male", "1980-01-01"),
            json!({
            "deceasedDateTime": "2025-09", "generalPractitioner": null}),
        );
        let declared = make::declaration(&format!("{p}-t"), p, "gp", json!({"start": from}));
        vec![patient, declared, make::visit(&format!("{p}-e"), p, "2025-03-10")]
    };
    let client = practice(&[
        dead("year", "2025"),
        dead("month", "2025-09"),
        came_later("came", "2025-09-15"),
        came_later("before", "2025-09-01"),
        make::but(dead("stranger", "2025"), json!({"generalPractitioner": null})),
    ]);
    // What it shows, the month, why it is not payable.
    let cases = [
        ("year", "2025-01", Some("not-consuming")),
        ("year", "2025-03", Some(OPEN)),
        ("year", "2025-12", Some(OPEN)),
        ("year", "2026-01", Some("deceased")),
        ("month", "2025-08", None),
        ("month", "2025-09", None),
        ("month", "2025-10", Some("deceased")),
        ("came", "2025-09", Some(OPEN)),
        ("came", "2025-10", Some("deceased")),
        ("before", "2025-09", None),
        ("stranger", "2025-06", Some("not-enrolled")),
    ];
    for (patient, month, want) in cases {
        let invoice = forfait(&client, patient, month);
        assert_eq!(read::not_payable(&invoice), want, "{patient} {month}");
        let notes = invoice["note"].to_string();
        assert_eq!(notes.contains("date de décès"), want == Some(OPEN), "{patient} {month}: {notes}");
        assert_eq!(read::euros(&invoice["totalNet"]["value"]) == "0.00", want.is_some(), "{patient} {month}");
        let told = client.found(&format!("/Patient/{patient}/$typologies?month={month}"));
        assert_eq!(read::value(&told, "payable"), want.is_none(), "{patient} {month}");
        assert_eq!(read::texts(&told, "notPayableReason"), want.into_iter().collect::<Vec<_>>(), "{patient} {month}");
        let doubted = read::texts(&told, "doubtful").contains(&OPEN.to_owned());
        assert!(doubted || want != Some(OPEN), "{patient} {month}");
        assert!(want.is_none() || !told.to_string().contains(r#"{"name":"paid","valueBoolean":true}"#), "{told}");
    }
    for (month, want) in [("2025-01", "yes"), ("2025-06", "unknown"), ("2026-01", "no")] {
        assert_eq!(read::texts(&client.found(&format!("/Patient/year/$typologies?month={month}")), "alive"), [want]);
    }
}

#[test]
fn a_death_without_any_date_is_told_alike_everywhere() {
    let client = practice(&[make::man("p", "1980-01-01")]);
    client.store(&make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedBoolean": true})));
    // It is of the day it became known: that month is due, and doubted; the next is not.
    let known = client.found("/Patient/p")["meta"]["lastUpdated"].as_str().unwrap()[..7].to_owned();
    let next = {
        let (year, month) = (known[..4].parse::<i32>().unwrap(), known[5..].parse::<i32>().unwrap());
        format!("{}-{:02}", year + month / 12, month % 12 + 1)
    };
    let told = client.found(&format!("/Patient/p/$typologies?month={known}"));
    assert_eq!(
        (read::value(&told, "payable"), read::texts(&told, "doubtful")),
        (&json!(true), vec!["undated-death".to_owned()])
    );
    assert_eq!(read::texts(&told, "alive"), ["yes"]);
    assert_eq!(read::not_payable(&forfait(&client, "p", &known)), None);
    let doubtful = cases(&dry_run(&client, &known), "doubtful");
    assert!(doubtful.contains(&("undated-death".to_owned(), "Patient/p".to_owned())), "{doubtful:?}");
    let told = client.found(&format!("/Patient/p/$typologies?month={next}"));
    assert_eq!(
        (read::texts(&told, "notPayableReason"), read::texts(&told, "alive")),
        (vec!["deceased".to_owned()], vec!["no".to_owned()])
    );
    assert_eq!(read::not_payable(&forfait(&client, "p", &next)), Some("deceased"));
}

#[test]
fn people_and_machines_read_why_nobody_can_tell() {
    let client = practice(&[dead("p", "2025")]);
    let text = |language: &str| {
        let headers = [("Accept", "text/plain"), ("Accept-Language", language)];
        client.send("GET", "/Patient/p/$explain?month=2025-06", &headers, b"").expect(200).text()
    };
    let (fr, en) = (text("fr"), text("en"));
    for word in ["Mois payable\u{a0}: inconnu", "date de décès est incomplète", OPEN, "date de décès au jour près"]
    {
        assert!(fr.contains(word), "{word} in {fr}");
    }
    for word in ["Month payable: unknown", "date of death is partial", "partial date of death"] {
        assert!(en.contains(word), "{word} in {en}");
    }
    let told = client.found("/Patient/p/$explain?month=2025-06");
    assert!(read::texts(&told, "doubtful").contains(&OPEN.to_owned()), "{told}");
    let file = client.found("/Group?code=file-active")["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
    let moved = client.found(&format!("/Group/{file}/$diff?from=2025-12&to=2026-01")).to_string();
    assert!(!moved.contains("Patient/p"), "in neither month: {moved}");
    client.store(&make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedDateTime": "2026"})));
    let moved = client.found(&format!("/Group/{file}/$diff?from=2026-01&to=2026-02")).to_string();
    assert!(moved.contains("Patient/p") && moved.contains(OPEN), "{moved}");
    let next = client.found("/Patient/p/$next-change?date=2026-01-15");
    assert!(next.to_string().contains(OPEN), "{next}");
}

#[test]
fn a_supposed_death_of_a_year_opens_the_month() {
    let client = practice(&[make::man("p", "1980-01-01")]);
    let death = make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedDateTime": "2025"}));
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "month", "valueString": "2025-06"}, {"name": "add", "resource": death}]});
    let answer = client.post("/Patient/p/$what-if", &body).expect(200).json();
    assert_eq!(read::value(read::all(&answer, "after")[0], "notPayableReason"), OPEN);
    let payability = read::all(&answer, "payability")[0];
    assert_eq!((read::value(payability, "from"), read::value(payability, "to")), (&json!("payable"), &json!(OPEN)));
    let cause = read::all(payability, "cause");
    assert!(cause.is_empty() || read::texts(cause[0], "code") == ["death"], "{payability}");
}

#[test]
fn a_closing_lists_it_counts_it_and_an_exact_date_adjusts_it() {
    let client = practice(&[dead("p", "2026"), make::man("q", "1980-01-01")]);
    closed(&client, &["2026-01"]);
    let told = dry_run(&client, "2026-02");
    assert_eq!(read::value(&told, "closable"), true);
    assert!(cases(&told, "doubtful").contains(&(OPEN.to_owned(), "Patient/p".to_owned())), "{told}");
    let refused: Vec<_> = read::all(&told, "refused");
    let counts: Vec<_> =
        refused.iter().map(|r| (read::value(r, "reason").clone(), read::value(r, "patients").clone())).collect();
    assert_eq!(counts, [(json!(OPEN), json!(1))]);
    closed(&client, &["2026-02", "2026-03"]);
    let issued = bill(&client, "p", "2026-02");
    assert_eq!(read::extension(&issued, REASON).unwrap()["valueCode"], OPEN);
    let lines = client
        .get(&format!("/Organization/{}/$export-lines?month=2026-02&format=csv", client.structure()))
        .expect(200)
        .text();
    assert!(lines.lines().any(|line| line.contains(",p,") && line.contains(OPEN)), "{lines}");
    // He died on 20 February: February is due, March stays refused, January was paid.
    client.store(&make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedDateTime": "2026-02-20"})));
    closed(&client, &["2026-04"]);
    let april = bill(&client, "p", "2026-04");
    assert_eq!(read::not_payable(&april), Some("deceased"));
    assert_eq!(short(&adjusted(&april)), [("2026-02", "socle", "0.00", "8.40", "8.40", "death")]);
    assert_eq!(adjusted(&april)[0].causes, ["Patient/p/_history/2"]);
    foots(&client, "2026-04");
    // Taken back to the year, the month is open again, and what was paid for it goes back.
    client.store(&make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedDateTime": "2026"})));
    closed(&client, &["2026-05"]);
    let may = bill(&client, "p", "2026-05");
    assert_eq!(short(&adjusted(&may)), [("2026-02", "socle", "8.40", "0.00", "-8.40", "death")]);
    assert_eq!(bill(&client, "p", "2026-02"), issued, "it stays as issued");
}

#[test]
fn the_photograph_of_31_december_is_open_where_the_death_may_have_come_before_it() {
    let client = practice(&[dead("p", "2025-12"), dead("q", "2025-11")]);
    let of = |patient: &str| client.found(&format!("/Patient/{patient}/$forfait?month=2026-04&tariff=fmt-2026"));
    assert_eq!((read::not_payable(&of("p")), read::not_payable(&of("q"))), (Some(OPEN), Some("deceased")));
    let told = client.found("/Patient/p/$explain?month=2026-04&tariff=fmt-2026");
    assert!(read::texts(&told, "doubtful").contains(&OPEN.to_owned()), "{told}");
    let body = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": "2026-04"},
        {"name": "tariff", "valueString": "fmt-2026"}, {"name": "dryRun", "valueBoolean": true}]});
    let told = client.post(&format!("/Organization/{}/$close-month", client.structure()), &body).expect(200).json();
    assert_eq!(cases(&told, "doubtful"), [(OPEN.to_owned(), "Patient/p".to_owned())]);
}
