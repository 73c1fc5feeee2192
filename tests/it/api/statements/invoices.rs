//! `Invoice`: read and search of months, drafts and issued.

use super::*;
use crate::harness;
use crate::harness::make;
use crate::harness::outcome;

/// Seven patients, the first two months closed.
fn practice() -> Client {
    let client = harness::practice();
    for n in 0..7 {
        client.push(&make::man(&format!("p{n}"), "1980-01-01"));
    }
    closed(&client, &["2026-01", "2026-02"]);
    client
}

fn ids(invoices: &[Value]) -> Vec<String> {
    invoices.iter().map(|invoice| invoice["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_of_any_size_show_every_invoice_once() {
    let client = practice();
    client.delete("/Encounter/p6-seen").expect(204);
    client.send("DELETE", "/Patient/p6?_cascade=delete", &[], b"").expect(204);
    for query in [
        "date=ge2026-01-01&date=le2026-03-31",
        "date=ge2026-01-01&date=le2026-03-31&type=patient-month",
        "date=ge2026-01-01&date=le2026-03-31&type=structure-month",
        "date=ge2026-02-01&date=le2026-04-30&status=draft",
        "date=ge2026-01-01&date=le2026-03-31&status=issued",
        "subject=Patient/p3&date=ge2026-01-01&date=le2026-04-30",
    ] {
        let all = ids(&found(&client, &format!("{query}&_count=500")));
        assert!(!all.is_empty(), "{query}");
        for count in [1, 2, 3, 5, 8, 9] {
            assert_eq!(ids(&found(&client, &format!("{query}&_count={count}"))), all, "{query} by {count}");
        }
        let mut once = all.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), all.len(), "{query}");
    }
    // Two closed months of eight Invoices, and the open one: six patients, one deleted and adjusted.
    assert_eq!(found(&client, "date=ge2026-01-01&date=le2026-03-31").len(), 24);
    // Deleted, it is in no later month.
    assert_eq!(found(&client, &within("2026-04")).len(), 7);
    let none = client.found("/Invoice?date=ge2026-01-01&date=le2026-03-31&_count=0");
    assert_eq!((none["total"].clone(), none.get("entry")), (json!(24), None));
    foots(&client, "2026-01");
    foots(&client, "2026-03");
    foots(&client, "2026-04");
}

#[test]
fn each_parameter_says_what_it_says() {
    let client = practice();
    let s = client.structure().to_owned();
    let system = format!("{OURS}/identifier/invoice");
    let span = "date=ge2026-01-01&date=le2026-03-31";
    let one = bill(&client, "p1", "2026-01")["id"].as_str().unwrap().to_owned();
    let whole = statement(&client, "2026-02")["id"].as_str().unwrap().to_owned();
    let draft = bill(&client, "p1", "2026-05")["id"].as_str().unwrap().to_owned();
    let ahead = bill(&client, "p1", "2027-02")["id"].as_str().unwrap().to_owned();
    let before = bill(&client, "p1", "2025-12")["id"].as_str().unwrap().to_owned();
    let cases: Vec<(String, usize)> = vec![
        (span.into(), 24),
        (format!("_id={one}"), 1),
        (format!("_id={whole}"), 1),
        (format!("_id={draft}"), 1),
        (format!("_id={before}"), 1),
        (format!("_id={ahead}"), 1),
        (format!("_id={one}&_id={whole}"), 0),
        ("_id=inv-0".into(), 0),
        ("_id=inv-00000000000000000000000000000000".into(), 0),
        (format!("identifier={s}/p1/2026-01"), 1),
        (format!("identifier={system}%7C{s}/p1/2026-01"), 1),
        (format!("identifier={system}%7C{s}/2026-01"), 1),
        (format!("identifier={s}/2026-03"), 1),
        (format!("identifier=urn:other%7C{s}/2026-01"), 0),
        ("identifier=another/p1/2026-01".into(), 0),
        (format!("identifier={s}/nobody/2026-01"), 0),
        (format!("identifier={s}/p1/2026-01&subject=Patient/p2"), 0),
        (format!("subject=Patient/p2&identifier={s}/p1/2026-01"), 0),
        (format!("type=patient-month&identifier={s}/2026-01"), 0),
        (format!("identifier={s}/2026-01&type=patient-month"), 0),
        (format!("subject=Patient/p1&{span}"), 3),
        (format!("patient=p1&{span}"), 3),
        (format!("subject:Patient=p1&{span}"), 3),
        (format!("subject=Patient/nobody&{span}"), 0),
        (format!("subject=Patient/p1&type=structure-month&{span}"), 0),
        (format!("issuer=Organization/{s}&{span}"), 24),
        (format!("issuer=Organization/another&{span}"), 0),
        (format!("status=issued&{span}"), 16),
        (format!("status=draft&{span}"), 8),
        (format!("status=draft,issued&{span}"), 24),
        (format!("status=cancelled&{span}"), 0),
        (format!("type=structure-month&{span}"), 3),
        (format!("type=patient-month&{span}"), 21),
        (format!("type={OURS}/CodeSystem/invoice-type%7Cpatient-month&{span}"), 21),
        ("date=2026-01-31".into(), 8),
        ("date=eq2026-01-31".into(), 8),
        ("date=2026-01".into(), 8),
        ("date=2026-01-30".into(), 0),
        ("date=ge2026-01-31&date=lt2026-02-28".into(), 8),
        ("date=gt2026-01-31&date=le2026-02-28".into(), 8),
        ("date=sa2026-01-31&date=eb2026-03-31".into(), 8),
        ("date=gt2026-01&date=lt2026-03".into(), 8),
        ("date=ge2026-03-01&date=le2026-02-01".into(), 0),
    ];
    for (query, want) in cases {
        let all = found(&client, &format!("{query}&_count=500"));
        assert_eq!(all.len(), want, "{query}");
        let form = client.send(
            "POST",
            "/Invoice/_search",
            &[("Content-Type", "application/x-www-form-urlencoded")],
            format!("{query}&_count=500").as_bytes(),
        );
        assert_eq!(form.expect(200).json()["total"], want, "POST {query}");
        for invoice in all {
            let id = invoice["id"].as_str().unwrap();
            assert_eq!(client.found(&format!("/Invoice/{id}")), invoice, "{query}");
        }
    }
}

#[test]
fn a_search_that_does_not_read_is_refused() {
    let client = practice();
    for (query, kind, code) in [
        ("subjet=Patient/p1", "not-supported", "MTR-OPR-002"),
        ("date=2026-13", "value", "MTR-OPR-004"),
        ("date=ne2026-01-31", "value", "MTR-OPR-004"),
        ("date=", "value", "MTR-OPR-004"),
        ("status=paid", "value", "MTR-OPR-004"),
        ("type=month", "value", "MTR-OPR-004"),
        ("subject=Patient/p1,Patient/p2", "value", "MTR-OPR-004"),
        ("_count=beaucoup", "value", "MTR-OPR-004"),
        ("_count=-1", "value", "MTR-OPR-004"),
        ("_page=x", "value", "MTR-OPR-004"),
        ("knownAt=hier", "value", "MTR-OPR-004"),
        ("date=ge1900-01-01", "too-costly", "MTR-SRC-007"),
        ("date=le2199-12-31&date=ge2026-01-01", "too-costly", "MTR-SRC-007"),
    ] {
        outcome::refused(&client.get(&format!("/Invoice?{query}")), 400, kind, code, "");
    }
    let near = client.get("/Invoice?subjet=Patient/p1").text();
    assert!(near.contains("subject ?"), "{near}");
    for id in [
        "inv-0",
        "inv-00000000000000000000000000000000",
        "x",
        "inv-%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9",
    ] {
        outcome::refused(&client.get(&format!("/Invoice/{id}")), 404, "not-found", "MTR-GET-001", "");
    }
    let id = statement(&client, "2026-01")["id"].as_str().unwrap().to_owned();
    outcome::refused(&client.get(&format!("/Invoice/{id}?_sort=date")), 400, "not-supported", "MTR-OPR-002", "");
    for (method, path, allowed) in [
        ("POST", "/Invoice".to_owned(), "GET, HEAD"),
        ("PUT", format!("/Invoice/{id}"), "GET, HEAD"),
        ("DELETE", format!("/Invoice/{id}"), "GET, HEAD"),
        ("GET", "/Invoice/_search".to_owned(), "POST"),
    ] {
        let answer = client.send(method, &path, &[], b"");
        outcome::refused(&answer, 405, "not-supported", "MTR-REQ-001", "");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
    // Another structure's months are nobody else's.
    outcome::refused(&harness::structure().get(&format!("/Invoice/{id}")), 404, "not-found", "MTR-GET-001", "");
}

#[test]
fn before_the_closing_a_month_was_a_draft() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    let then = bill(&client, "p", "2026-01")["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    std::thread::sleep(std::time::Duration::from_millis(2));
    closed(&client, &["2026-01"]);
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-06-01"})));
    for (known_at, status) in [(format!("&knownAt={then}"), "draft"), (String::new(), "issued")] {
        let all = found(&client, &format!("{}{known_at}", within("2026-01")));
        assert!(all.iter().all(|invoice| invoice["status"] == status), "{known_at}");
        for invoice in all {
            let path = format!("/Invoice/{}", invoice["id"].as_str().unwrap());
            let read = client.found(&format!("{path}?_format=json{known_at}"));
            assert_eq!(read, invoice);
        }
    }
    assert_eq!(found(&client, "subject=Patient/p&date=2026-01&knownAt=2001-01-01T00:00:00Z").len(), 0);
    // The closed month keeps what it said; the open one carries what came late.
    assert_eq!(total(&bill(&client, "p", "2026-01")), "8.40");
    // 8.40 + 8.15 of February, and 8.15 of January.
    assert_eq!(total(&bill(&client, "p", "2026-02")), "24.70");
    let forfait = client.found("/Patient/p/$forfait?month=2026-01");
    assert_eq!((forfait["status"].clone(), total(&forfait)), (json!("issued"), "8.40".into()));
}

#[test]
fn a_part_of_an_invoice_or_several_by_their_ids() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    closed(&client, &["2026-01"]);
    let all = found(&client, "date=2026-01");
    let ids: Vec<&str> = all.iter().map(|invoice| invoice["id"].as_str().unwrap()).collect();
    assert!(ids.len() >= 2, "{ids:?}");
    let two = format!("_id={},{},inv-none,{}", ids[0], ids[1], ids[0]);
    assert_eq!(found(&client, &two).len(), 2);
    assert_eq!(found(&client, &format!("{two}&_id={}", ids[1]))[0]["id"], ids[1]);
    assert_eq!(found(&client, &format!("{two}&_id=inv-none")).len(), 0);
    assert_eq!(found(&client, &format!("{two}&type=patient-month&status=draft")).len(), 0);
    let first = client.found(&format!("/Invoice?{two}&_count=1"));
    assert_eq!((&first["total"], first["entry"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    let next = first["link"][1]["url"].as_str().unwrap().split("/fhir").last().unwrap();
    assert_ne!(client.found(next)["entry"][0]["resource"]["id"], first["entry"][0]["resource"]["id"]);
    for query in ["_summary=true", "_elements=totalNet", "_elements=totalNet&_pretty=true"] {
        let read = client.found(&format!("/Invoice/{}?{query}", ids[0]));
        assert_eq!((read.get("lineItem"), &read["totalNet"]), (None, &all[0]["totalNet"]), "{query}");
        let tags = read["meta"]["tag"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["code"] == "SUBSETTED") && tags.len() > 1, "{query}: {tags:?}");
        assert_eq!(found(&client, &format!("_id={}&{query}", ids[0])), [read], "{query}");
    }
    assert_eq!(client.found(&format!("/Invoice/{}?_summary=false", ids[0])), all[0]);
}
