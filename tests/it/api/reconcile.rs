//! `$reconcile`: a payer's list, what was issued and what is computed now, with the reason of each
//! difference; lists that cannot be read.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

fn precar(p: &str) -> Value {
    make::measure(&format!("{p}-precar"), p, "precar", "2024-06-01", json!({"valueInteger": 60}))
}

fn close(client: &Client, month: &str) {
    let body = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": month}]});
    client.post(&format!("/Organization/{}/$close-month", client.structure()), &body).expect(200);
}

/// December 2025 is closed with 20.40 for `p`, 8.00 for `q` and `s`, nothing for `r`; then `q` turns
/// out to be in precarity (20.40), and `new` comes, never seen.
fn closed() -> Client {
    let client = harness::practice();
    client.push(&make::and(make::man("p", "1980-01-01"), vec![precar("p")]));
    client.push(&make::man("q", "1980-01-01"));
    client.push(&make::man("s", "1980-01-01"));
    client.push(&[make::patient("r", "male", "1980-01-01")]);
    close(&client, "2025-12");
    client.push(&[precar("q"), make::patient("new", "male", "1980-01-01")]);
    client
}

fn send(client: &Client, csv: &str) -> Answer {
    let path = format!("/Organization/{}/$reconcile", client.structure());
    client.send("POST", &path, &[("Content-Type", "text/csv")], csv.as_bytes())
}

fn list(lines: &[&str]) -> String {
    format!("patient,month,amount\n{}\n", lines.join("\n"))
}

/// Patient, reason, theirs, issued and now of each difference; `-` where there is none.
fn told(answer: &Value) -> Vec<String> {
    let amount = |one: &Value, name: &str| match read::value(one, name) {
        Value::Null => "-".to_owned(),
        money => read::euros(&money["value"]),
    };
    let difference = |one: &&Value| {
        let patient = read::value(one, "patient")["reference"].as_str().unwrap_or("-").trim_start_matches("Patient/");
        let reason = read::value(one, "reason");
        assert_eq!(reason["system"], format!("{}/reconcile-reason", make::OURS));
        let reason = reason["code"].as_str().unwrap();
        [patient, reason, &amount(one, "theirs"), &amount(one, "issued"), &amount(one, "now")].join(" ")
    };
    read::all(answer, "difference").iter().map(difference).collect()
}

#[test]
fn each_difference_has_its_reason_and_the_totals_foot() {
    let client = closed();
    let lines =
        ["p,2025-12,20.40", "q,2025-12,8.00", "r,2025-12,5", "new,2025-12,3.1", "nobody,2025-12,1", "p,2025-12,20.40"];
    let answer = send(&client, &list(&lines)).expect(200);
    let json = answer.json();
    let want = [
        "- patient-unknown 1.00 - -",
        "new not-ours 3.10 - 0.00",
        "p duplicate-line 20.40 - -",
        "q late-data 8.00 8.00 20.40",
        "r amount-differs 5.00 0.00 0.00",
        "s not-theirs - 8.00 8.00",
    ];
    assert_eq!(told(&json), want);
    assert_eq!((read::value(&json, "lines"), read::value(&json, "equal")), (&json!(6), &json!(1)));
    let month = read::all(&json, "month")[0];
    let total = |name: &str| read::euros(&read::value(month, name)["value"]);
    // 20.40 + 8 + 5 + 3.10 + 1 + 20.40; 20.40 + 8 + 8; 20.40 + 20.40 + 8.
    assert_eq!([total("theirs"), total("issued"), total("now")], ["57.90", "36.40", "48.80"]);
    assert!(answer.text().contains(r#""theirs","valueMoney":{"value":57.90,"currency":"EUR"}"#), "{}", answer.text());
    let cents =
        |one: &Value, name: &str| (read::value(one, name)["value"].as_f64().unwrap_or(0.0) * 100.0).round() as i64;
    let differences: i64 =
        read::all(&json, "difference").iter().map(|one| cents(one, "theirs") - cents(one, "issued")).sum();
    assert_eq!(differences, 5790 - 3640);
    let counts: Vec<_> = read::all(&json, "count").iter().map(|one| read::texts(one, "reason").concat()).collect();
    assert_eq!(counts, ["patient-unknown", "duplicate-line", "not-ours", "not-theirs", "amount-differs", "late-data"]);
    let refused =
        read::all(&json, "difference").into_iter().find(|d| read::texts(d, "patient") == ["Patient/r"]).unwrap();
    assert_eq!(read::value(refused, "notPayable"), "not-consuming");
    assert_eq!(read::value(refused, "line"), &json!(4));
}

#[test]
fn what_is_adjusted_since_and_what_they_know_already_are_told_apart() {
    let client = closed();
    let all = ["p,2025-12,20.40", "s,2025-12,8"];
    let with = |q: &str| send(&client, &list(&[&all[..], &[q]].concat())).expect(200).json();
    assert_eq!(told(&with("q,2025-12,20.40")), ["q paid-late 20.40 8.00 20.40"]);
    assert_eq!(told(&with("q,2025-12,8.00")), ["q late-data 8.00 8.00 20.40"]);
    close(&client, "2026-01");
    assert_eq!(told(&with("q,2025-12,8.00")), ["q already-adjusted 8.00 8.00 20.40"]);
    // The adjustment is on the Invoice of January: 20.40 and the 12.40 of December.
    let january = ["p,2026-01,21.00", "q,2026-01,33.00", "s,2026-01,8.40"];
    let january = send(&client, &list(&january)).expect(200).json();
    let issued = |patient: &str| {
        let invoice = client.found(&format!("/Patient/{patient}/$forfait?month=2026-01"));
        read::euros(&invoice["totalNet"]["value"])
    };
    for difference in told(&january) {
        let patient = difference.split(' ').next().unwrap().to_owned();
        assert_eq!(difference.split(' ').nth(3), Some(&*issued(&patient)), "{difference}");
    }
    let exact: Vec<String> = ["p", "q", "s"].map(|p| format!("{p},2026-01,{}", issued(p))).to_vec();
    let exact: Vec<&str> = exact.iter().map(String::as_str).collect();
    assert!(told(&send(&client, &list(&exact)).expect(200).json()).is_empty());
}

#[test]
fn an_open_month_is_compared_with_its_draft_line_by_line() {
    let client = closed();
    let answer = send(&client, &list(&["p,2026-01,1", "q,2031-01,2", "gone,2026-01,3"])).expect(200).json();
    let draft = read::euros(&client.found("/Patient/p/$forfait?month=2026-01")["totalNet"]["value"]);
    let want = [
        "- patient-unknown 3.00 - -".to_owned(),
        format!("p month-open 1.00 - {draft}"),
        "q month-open 2.00 - -".to_owned(),
    ];
    assert_eq!(told(&answer), want);
    assert_eq!(read::texts(read::all(&answer, "month")[0], "status"), ["draft"]);
}

#[test]
fn a_list_is_the_same_as_csv_and_as_parameters() {
    let client = closed();
    let csv = list(&["Patient/p,2025-12,20.40", "q,2025-12,7", "s,2025-12,8.0"]);
    let line = |patient: Value, amount: Value| {
        let month = json!({"name": "month", "valueString": "2025-12"});
        json!({"name": "line", "part": [patient, month, amount]})
    };
    let sent = json!({"resourceType": "Parameters", "parameter": [
        line(json!({"name": "patient", "valueReference": {"reference": "Patient/p"}}),
             json!({"name": "amount", "valueMoney": {"value": 20.40, "currency": "EUR"}})),
        line(json!({"name": "patient", "valueString": "q"}), json!({"name": "amount", "valueDecimal": 7})),
        line(json!({"name": "patient", "valueIdentifier": make::ipp("N-s")}), json!({"name": "amount", "valueDecimal": 8.0})),
    ]});
    let by_csv = told(&send(&client, &csv).expect(200).json());
    assert_eq!(by_csv, ["q amount-differs 7.00 8.00 20.40"]);
    let path = format!("/Organization/{}/$reconcile", client.structure());
    assert_eq!(told(&client.post(&path, &sent).expect(200).json()), by_csv);
}

#[test]
fn patients_are_met_by_their_identifier_and_it_is_never_repeated() {
    let client = closed();
    let by = |value: &str| format!("{}|{value},2025-12,1", make::IPP);
    let answer = send(&client, &list(&[&by("N-p"), &by("N-nobody"), "s,2025-12,8", "q,2025-12,20.4"])).expect(200);
    let want = ["- patient-unknown 1.00 - -", "p amount-differs 1.00 20.40 20.40", "q paid-late 20.40 8.00 20.40"];
    assert_eq!(told(&answer.json()), want);
    assert!(!answer.text().contains("N-p") && !answer.text().contains("N-nobody"), "{}", answer.text());
    // Once by id and once by number is twice.
    let twice = send(&client, &list(&[&by("N-p"), "p,2025-12,20.40"])).expect(200).json();
    assert!(told(&twice).contains(&"p duplicate-line 20.40 - -".to_owned()), "{:?}", told(&twice));
}

#[test]
fn an_identifier_that_several_carry_is_the_survivors_or_nobodys() {
    // An INS under two births is nobody's alone, and each is kept.
    let (client, system) = (harness::practice(), "urn:oid:1.2.250.1.213.1.4.10");
    let kind = make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST");
    let ins = json!({"type": kind, "system": system, "value": "255050000000296"});
    let carrier = |id: &str, birth: &str| make::with(make::patient(id, "female", birth), json!({"identifier": [ins]}));
    client.push(&[carrier("a", "1955-05-02"), carrier("b", "2001-01-01")]);
    client.push(&[make::visit("seen", "b", "2025-03-10T09:00:00+01:00")]);
    close(&client, "2025-12");
    let lines = list(&[&format!("{system}|255050000000296,2025-12,10.50")]);
    let apart = told(&send(&client, &lines).expect(200).json());
    assert_eq!(apart, ["- patient-ambiguous 10.50 - -", "b not-theirs - 10.50 10.50"]);
    let link = json!([{"type": "replaced-by", "other": {"reference": "Patient/b"}}]);
    client.store(&make::with(carrier("a", "1955-05-02"), json!({"link": link})));
    assert!(told(&send(&client, &lines).expect(200).json()).is_empty());
}

#[test]
fn a_deleted_patient_and_another_structures_are_no_secret_and_no_error() {
    let client = closed();
    client.delete("/Encounter/s-seen").expect(204);
    client.delete("/Patient/s").expect(204);
    let other = harness::practice();
    other.push(&make::man("elsewhere", "1980-01-01"));
    let lines = ["p,2025-12,20.40", "q,2025-12,20.4", "s,2025-12,8", "elsewhere,2025-12,8"];
    let want = ["- patient-unknown 8.00 - -", "q paid-late 20.40 8.00 20.40", "s late-data 8.00 8.00 0.00"];
    assert_eq!(told(&send(&client, &list(&lines)).expect(200).json()), want);
}

#[test]
fn the_answer_is_as_of_the_instant_asked() {
    let client = harness::practice();
    client.push(&make::man("q", "1980-01-01"));
    close(&client, "2025-12");
    let known = client.found(&format!("/Invoice?issuer=Organization/{}&status=issued", client.structure()));
    let issued = &known["entry"][0]["resource"];
    let known = client.found("/Patient/q/$typologies?month=2025-12");
    let known = read::value(&known, "knownAt").as_str().unwrap().to_owned();
    assert_eq!(issued["status"], "issued");
    client.push(&[precar("q")]);
    let path = format!("/Organization/{}/$reconcile?knownAt={known}", client.structure());
    let then = client.send("POST", &path, &[("Content-Type", "text/csv")], list(&["q,2025-12,8"]).as_bytes());
    assert!(told(&then.expect(200).json()).is_empty());
    assert_eq!(told(&send(&client, &list(&["q,2025-12,8"])).json()), ["q late-data 8.00 8.00 20.40"]);
}

#[test]
fn a_list_that_cannot_be_read_is_refused_with_its_lines() {
    let client = harness::structure();
    let cases = [
        ("patient,amount\np,1\n", "required", "MTR-RCN-001", "line[1]"),
        ("patient,month,amount\np,2025-12,1\np,12/2025,1\n", "value", "MTR-RCN-002", "line[3].month"),
        ("patient,month,amount\np,2025-12,8.405\n", "value", "MTR-RCN-002", "line[2].amount"),
        ("patient,month,amount\np,2025-12\n", "structure", "MTR-RCN-003", "line[2]"),
        ("patient,month,amount\n\n", "required", "MTR-RCN-004", ""),
    ];
    for (csv, kind, code, place) in cases {
        outcome::refused(&send(&client, csv), 400, kind, code, place);
    }
    let months = (2015..=2025).flat_map(|year| (1..=12).map(move |month| format!("p,{year}-{month:02},1")));
    let months: Vec<String> = months.collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    outcome::refused(&send(&client, &list(&months)), 413, "too-long", "MTR-RCN-005", "");
    let path = format!("/Organization/{}/$reconcile", client.structure());
    let amount = json!({"resourceType": "Parameters", "parameter": [{"name": "line", "part": [
        {"name": "patient", "valueString": "p"}, {"name": "month", "valueString": "2025-12"},
        {"name": "amount", "valueMoney": {"value": 1, "currency": "USD"}}]}]});
    outcome::refused(&client.post(&path, &amount), 400, "value", "MTR-RCN-002", "Parameters.parameter[0].part[2]");
    let nothing = json!({"resourceType": "Parameters"});
    outcome::refused(&client.post(&path, &nothing), 400, "required", "MTR-RCN-004", "");
    outcome::refused(&client.post(&path, &json!({"resourceType": "Patient"})), 400, "invalid", "MTR-RES-003", "");
    let xml = client.send("POST", &path, &[("Content-Type", "application/xml")], b"<a/>");
    outcome::refused(&xml, 415, "not-supported", "MTR-REQ-002", "");
    let latin =
        client.send("POST", &path, &[("Content-Type", "text/csv; charset=iso-8859-1")], b"patient,month,amount\n");
    assert_eq!(latin.status, 415);
    assert_eq!(client.get(&path).status, 405);
    let elsewhere = client.send("POST", "/Organization/x/$reconcile", &[("Content-Type", "text/csv")], b"a");
    outcome::refused(&elsewhere, 404, "not-found", "MTR-GET-001", "");
}
