//! `$close-month`: the dry run, the closing, and everything that is refused.

use super::*;
use crate::harness;
use crate::harness::make;
use crate::harness::outcome;

/// A man and a woman who are payable, one who is not, one who is doubtful.
fn practice() -> Client {
    let client = harness::practice();
    client.push(&make::man("a", "1980-01-01"));
    client.push(&make::woman("b", "1980-01-01"));
    client.push(&[make::patient("c", "male", "1980-01-01")]);
    client.push(&[
        make::patient("d", "male", "1980-01-01"),
        make::visit_with("d-seen", "d", "2025-03-10T09:00:00+01:00", "doctor"),
    ]);
    client.push(&[make::declared("a-flag", "a", "handicap", json!({"start": "2025-01-01"}))]);
    client
}

#[test]
fn a_dry_run_tells_totals_and_cases_and_stores_nothing() {
    let client = practice();
    let told = dry_run(&client, "2026-01");
    // a: 8.40 socle + 8.15 handicap; b: 8.40 socle + 2.50 santé de la femme.
    assert_eq!(read::euros(&read::value(&told, "total")["value"]), "27.45");
    let counts: Vec<_> = ["patients", "payable", "lines"].map(|name| read::value(&told, name).clone()).to_vec();
    assert_eq!(counts, [json!(4), json!(2), json!(4)]);
    assert_eq!(read::value(&told, "closable"), true);
    assert_eq!(read::value(&told, "fictional"), true);
    let line = |code: &str| {
        let line = read::all(&told, "line").into_iter().find(|line| read::value(line, "code") == code).unwrap();
        (read::value(line, "count").clone(), read::euros(&read::value(line, "sum")["value"]))
    };
    assert_eq!(line("socle"), (json!(2), "16.80".to_owned()));
    assert_eq!(line("handicap"), (json!(1), "8.15".to_owned()));
    assert_eq!(cases(&told, "blocking"), []);
    let doubtful = cases(&told, "doubtful");
    for case in [("declared-only", "Patient/a"), ("profession-unknown", "Patient/d"), ("typology-unknown", "Patient/b")]
    {
        let (code, patient) = case;
        assert!(doubtful.iter().any(|(c, p)| c == code && p == patient), "{case:?} in {doubtful:?}");
    }
    let once = |case: &(String, String)| doubtful.iter().filter(|one| *one == case).count();
    assert!(read::all(&told, "doubtful").iter().all(|one| read::value(one, "code") != "typologie-unknown"));
    assert_eq!(once(&("declared-only".into(), "Patient/a".into())), 1);
    assert!(told["parameter"].as_array().unwrap().iter().all(|part| part["name"] != "partial"));
    assert_eq!(statement(&client, "2026-01")["status"], "draft");
    let without_instant = |told: Value| {
        let parts = told["parameter"].as_array().unwrap().iter().filter(|part| part["name"] != "knownAt");
        parts.cloned().collect::<Vec<_>>()
    };
    assert_eq!(without_instant(dry_run(&client, "2026-01")), without_instant(told), "it changed nothing");
    closed(&client, &["2026-01"]);
}

#[test]
fn the_code_of_a_vendor_pays_in_a_closing_what_it_pays_for_one_patient() {
    let client = harness::practice();
    client.push(&make::man("a", "1980-01-01"));
    let precar = json!({"coding": [{"system": "https://exemple-editeur.example/nomenclature", "code": "PRECAR"}]});
    let score = make::observation("a-precar", "a", precar, "2025-06-01");
    client.store(&make::with(score, json!({"valueInteger": 60})));
    let alone = client.found("/Patient/a/$forfait?month=2026-01");
    let told = dry_run(&client, "2026-01");
    assert_eq!(read::lines(&alone).len(), 2, "{alone}");
    assert_eq!(read::euros(&read::value(&told, "total")["value"]), read::euros(&alone["totalNet"]["value"]));
    assert_eq!(read::value(&told, "lines"), 2);
}

#[test]
fn a_closed_month_says_who_closed_it_when_and_on_what_it_rests() {
    let client = practice();
    let parts = [("month", json!("2026-01")), ("by", json!("Comptable")), ("tariff", json!("mtr-demo"))];
    let invoice = client.post(&operation(&client), &parameters(&parts)).expect(200).json();
    assert_eq!(invoice["status"], "issued");
    assert_eq!(invoice["type"]["coding"][0]["code"], "structure-month");
    assert_eq!(invoice["date"], "2026-01-31");
    assert_eq!(invoice["issuer"]["reference"], format!("Organization/{}", client.structure()));
    assert!(invoice.get("subject").is_none());
    assert_eq!(total(&invoice), "27.45");
    let control = read::extension(&invoice, &format!("{OURS}/StructureDefinition/statement-control")).unwrap();
    let part = |url: &str| {
        let part = read::extension(control, url).unwrap().as_object().unwrap();
        part.iter().find(|(name, _)| name.starts_with("value")).unwrap().1.clone()
    };
    assert_eq!((part("patients"), part("payable"), part("lines")), (json!(4), json!(2), json!(4)));
    assert_eq!(part("closedBy"), "Comptable");
    for hash in ["snapshot", "rows"] {
        assert!(part(hash).as_str().is_some_and(|h| h.len() == 64), "{hash}");
    }
    assert_eq!(read::tags(&invoice, "tariff"), ["mtr-demo"]);
    assert_eq!(read::tags(&invoice, "rulebook")[0].len(), 64);
    assert_eq!(statement(&client, "2026-01"), invoice);
    foots(&client, "2026-01");
}

#[test]
fn a_closed_month_is_not_closed_again() {
    let client = practice();
    closed(&client, &["2026-03"]);
    for dry in [false, true] {
        let again =
            client.post(&operation(&client), &parameters(&[("month", json!("2026-03")), ("dryRun", json!(dry))]));
        outcome::refused(&again, 409, "business-rule", "MTR-CLO-001", "");
        let before =
            client.post(&operation(&client), &parameters(&[("month", json!("2026-02")), ("dryRun", json!(dry))]));
        outcome::refused(&before, 409, "business-rule", "MTR-CLO-002", "");
    }
    assert!(close(&client, "2026-02").text().contains("2026-04"), "what is next is told");
}

#[test]
fn months_are_closed_in_order_and_none_before_it_begins() {
    let client = practice();
    closed(&client, &["2026-01"]);
    let told = dry_run(&client, "2026-04");
    assert_eq!(read::value(&told, "closable"), false);
    let open = |month: &str| ("earlier-month-open".to_owned(), month.to_owned());
    assert_eq!(cases(&told, "blocking"), [open("2026-02"), open("2026-03")]);
    let answer = close(&client, "2026-04");
    outcome::refused(&answer, 422, "business-rule", "MTR-CLO-003", "");
    assert!(answer.text().contains("earlier-month-open"), "{}", answer.text());
    let future = harness::practice();
    let told = dry_run(&future, "2199-01");
    assert_eq!(cases(&told, "blocking"), [("month-not-begun".to_owned(), "2199-01".to_owned())]);
    outcome::refused(&close(&future, "2199-01"), 422, "business-rule", "MTR-CLO-003", "");
    closed(&client, &["2026-02", "2026-03", "2026-04"]);
}

#[test]
fn a_month_without_an_amount_is_not_closed() {
    let client = practice();
    // The demonstration knows no amount before 2021.
    let told = dry_run(&client, "2020-12");
    let blocking = cases(&told, "blocking");
    assert!(blocking.iter().all(|(code, _)| code == "amount-unknown"), "{blocking:?}");
    assert!(!blocking.is_empty());
    assert_eq!(read::value(&told, "closable"), false);
    assert_eq!(read::value(&told, "partial"), true, "the totals are without what nobody knows");
    outcome::refused(&close(&client, "2020-12"), 422, "business-rule", "MTR-CLO-003", "");
    assert_eq!(found(&client, "status=issued").len(), 0);
}

#[test]
fn a_request_that_does_not_read_is_refused() {
    let client = practice();
    let path = operation(&client);
    let send = |parts: &[(&str, Value)]| client.post(&path, &parameters(parts));
    outcome::refused(&send(&[]), 400, "required", "MTR-CLO-004", "");
    outcome::refused(&send(&[("dryRun", json!(true))]), 400, "required", "MTR-CLO-004", "");
    for month in ["2026-13", "2026", "2026-1", "2026-01-31", "janvier", ""] {
        outcome::refused(&send(&[("month", json!(month))]), 400, "value", "MTR-OPR-004", "");
    }
    let bad = send(&[("month", json!("2026-01")), ("dryRun", json!("peut-être"))]);
    outcome::refused(&bad, 400, "value", "MTR-OPR-004", "");
    let twice = send(&[("month", json!("2026-01")), ("month", json!("2026-01"))]);
    outcome::refused(&twice, 400, "invalid", "MTR-OPR-005", "");
    let near = send(&[("month", json!("2026-01")), ("dryrun", json!(true))]);
    outcome::refused(&near, 400, "not-supported", "MTR-OPR-002", "");
    assert!(near.text().contains("dryRun ?"), "{}", near.text());
    let tariff = send(&[("month", json!("2026-01")), ("tariff", json!("mtr-2030"))]);
    outcome::refused(&tariff, 400, "not-found", "MTR-OPR-008", "");
    for body in ["{", "[]", r#"{"resourceType":"Patient"}"#] {
        let answer = client.send("POST", &path, &[], body.as_bytes());
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        outcome::issues(&answer.json());
    }
    let other = client.post("/Organization/another/$close-month", &parameters(&[("month", json!("2026-01"))]));
    outcome::refused(&other, 404, "not-found", "MTR-GET-001", "");
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = client.send(method, &path, &[], b"");
        outcome::refused(&answer, 405, "not-supported", "MTR-REQ-001", "");
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
    }
    assert_eq!(found(&client, "status=issued").len(), 0, "nothing was closed");
    // In the address is as good as in a body.
    client.send("POST", &format!("{path}?month=2026-01"), &[], b"").expect(200);
}

#[test]
fn a_month_of_nobody_is_closed_all_the_same() {
    let client = harness::practice();
    let invoice = closed(&client, &["2026-01"]).remove(0);
    assert_eq!(total(&invoice), "0.00");
    assert_eq!(read::lines(&invoice), [("enveloppe".to_owned(), "2083.34".to_owned())]);
    // Whoever is known later is adjusted.
    client.push(&make::man("a", "1980-01-01"));
    assert_eq!(total(&closed(&client, &["2026-02"])[0]), "16.80");
    foots(&client, "2026-02");
}

#[test]
fn of_several_who_close_a_month_at_once_one_does() {
    let client = practice();
    let answers = harness::together(4, |_| close(&client, "2026-01"));
    let closed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(closed, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        outcome::refused(answer, 409, "business-rule", "MTR-CLO-001", "");
    }
    assert_eq!(found(&client, "status=issued&type=structure-month").len(), 1);
}
