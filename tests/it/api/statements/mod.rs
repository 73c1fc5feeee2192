//! Money a payer accepts: months closed, adjusted, found again, paid once. One file per question; here
//! what they all ask with.

mod adjustments;
mod closing;
mod invoices;
mod once_per_month;
mod replay;
mod settings;

use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const OURS: &str = "https://mtr-gateway.example/fhir";

fn parameters(parts: &[(&str, Value)]) -> Value {
    let part = |(name, value): &(&str, Value)| match value {
        Value::Bool(_) => json!({"name": name, "valueBoolean": value}),
        _ => json!({"name": name, "valueString": value}),
    };
    json!({"resourceType": "Parameters", "parameter": parts.iter().map(part).collect::<Vec<_>>()})
}

fn operation(client: &Client) -> String {
    format!("/Organization/{}/$close-month", client.structure())
}

fn close(client: &Client, month: &str) -> Answer {
    client.post(&operation(client), &parameters(&[("month", json!(month))]))
}

/// Closes these months; each answers the structure's Invoice.
#[track_caller]
pub(super) fn closed(client: &Client, months: &[&str]) -> Vec<Value> {
    months.iter().map(|month| close(client, month).expect(200).json()).collect()
}

#[track_caller]
pub(super) fn dry_run(client: &Client, month: &str) -> Value {
    client.post(&operation(client), &parameters(&[("month", json!(month)), ("dryRun", json!(true))])).expect(200).json()
}

/// Code and patient (or what it is about) of each case of a list.
pub(super) fn cases(told: &Value, list: &str) -> Vec<(String, String)> {
    let text = |case: &Value, name: &str| {
        let value = read::value(case, name);
        value.as_str().or(value["reference"].as_str()).unwrap_or_default().to_owned()
    };
    let about = |case: &Value| {
        let patient = text(case, "patient");
        if patient.is_empty() { text(case, "about") } else { patient }
    };
    read::all(told, list).into_iter().map(|case| (text(case, "code"), about(case))).collect()
}

/// The resources that a search finds, page by page to the end.
#[track_caller]
fn found(client: &Client, query: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = format!("/Invoice?{query}");
    loop {
        let page = client.found(&path);
        let entries = page["entry"].as_array().into_iter().flatten();
        all.extend(entries.map(|entry| entry["resource"].clone()));
        assert!(all.len() < 1000, "pages without end");
        let links = page["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            assert_eq!(page["total"].as_u64(), Some(all.len() as u64), "{query}");
            return all;
        };
        path = next["url"].as_str().unwrap().split("/fhir").nth(1).unwrap().to_owned();
    }
}

fn within(month: &str) -> String {
    format!("date=ge{month}-01&date=le{month}")
}

/// The Invoice of a patient-month.
#[track_caller]
pub(super) fn bill(client: &Client, patient: &str, month: &str) -> Value {
    let mut all = found(client, &format!("subject=Patient/{patient}&{}", within(month)));
    assert_eq!(all.len(), 1, "{patient} {month}");
    all.remove(0)
}

/// The Invoice of the structure's month.
#[track_caller]
fn statement(client: &Client, month: &str) -> Value {
    let mut all = found(client, &format!("type=structure-month&{}", within(month)));
    assert_eq!(all.len(), 1, "{month}");
    all.remove(0)
}

fn total(invoice: &Value) -> String {
    read::euros(&invoice["totalNet"]["value"])
}

/// An amount in centimes.
fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

/// One adjustment as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Adjusted {
    month: String,
    line: String,
    before: String,
    after: String,
    amount: String,
    reason: String,
    /// References of the resource versions, and `rulebook`.
    pub(super) causes: Vec<String>,
    /// The original Invoice.
    original: String,
}

/// Month, line, before, after, amount and reason, to be compared with a table.
pub(super) fn short(adjusted: &[Adjusted]) -> Vec<(&str, &str, &str, &str, &str, &str)> {
    adjusted.iter().map(|a| (&*a.month, &*a.line, &*a.before, &*a.after, &*a.amount, &*a.reason)).collect()
}

#[track_caller]
pub(super) fn adjusted(invoice: &Value) -> Vec<Adjusted> {
    let lines = invoice["lineItem"].as_array().into_iter().flatten();
    let lines = lines.filter(|line| read::line_code(line) == "regularisation");
    lines
        .map(|line| {
            let parts = read::extension(line, &format!("{OURS}/StructureDefinition/adjusts")).unwrap();
            let part = |url: &str| read::extension(parts, url).unwrap_or_else(|| panic!("no {url} in {line}"));
            let money = |url: &str| read::euros(&part(url)["valueMoney"]["value"]);
            let causes = parts["extension"].as_array().unwrap().iter().filter_map(|part| match part["url"].as_str() {
                Some("cause") => part["valueReference"]["reference"].as_str(),
                Some("rulebook") => Some("rulebook"),
                _ => None,
            });
            Adjusted {
                month: part("month")["valueString"].as_str().unwrap().to_owned(),
                line: part("line")["valueCode"].as_str().unwrap().to_owned(),
                before: money("before"),
                after: money("after"),
                amount: read::euros(&line["priceComponent"][0]["amount"]["value"]),
                reason: part("reason")["valueCode"].as_str().unwrap().to_owned(),
                causes: causes.map(str::to_owned).collect(),
                original: part("invoice")["valueReference"]["reference"].as_str().unwrap().to_owned(),
            }
        })
        .collect()
}

/// The structure's Invoice comes to what those of its patients come to, line by line.
#[track_caller]
pub(super) fn foots(client: &Client, month: &str) {
    let whole = statement(client, month);
    let parts = found(client, &format!("type=patient-month&{}", within(month)));
    let sum: i64 = parts.iter().map(|invoice| cents(&total(invoice))).sum();
    assert_eq!(cents(&total(&whole)), sum, "{month}");
    let mut codes: Vec<String> = parts.iter().flat_map(read::lines).map(|(code, _)| code).collect();
    codes.sort();
    codes.dedup();
    let lines: Vec<(String, String)> =
        read::lines(&whole).into_iter().filter(|(code, _)| code != "enveloppe").collect();
    assert_eq!(lines.len(), codes.len(), "{month}: {lines:?} {codes:?}");
    for (code, amount) in lines {
        let of_line: Vec<i64> =
            parts.iter().flat_map(read::lines).filter(|(c, _)| *c == code).map(|(_, a)| cents(&a)).collect();
        assert_eq!(cents(&amount), of_line.iter().sum::<i64>(), "{month} {code}");
        let line = whole["lineItem"].as_array().unwrap().iter().find(|line| read::line_code(line) == code).unwrap();
        let count = read::extension(line, &format!("{OURS}/StructureDefinition/line-count")).unwrap();
        assert_eq!(count["valueUnsignedInt"], of_line.len(), "{month} {code}");
    }
    assert!(!whole.to_string().contains("Patient/"), "nobody is named");
}
