//! `Measure/$evaluate-measure`, `$evaluate`, `$trend`: measures of one patient, of some, of all.

mod reports;
mod requests;
mod today;

use crate::harness::Client;
use crate::harness::make;
use serde_json::{Value, json};

const YEAR: &str = "periodStart=2025-01-01&periodEnd=2025-12-31";
const ITEM: &str = "colorectal-cancer";

fn evaluate(client: &Client, measure: &str, query: &str) -> Value {
    client.found(&format!("/Measure/{measure}/$evaluate-measure?{query}"))
}

fn fit(patient: &str, date: &str) -> Value {
    make::evidence(&format!("{patient}-fit"), patient, "fit", date)
}

/// Who is asked about colorectal cancer at the end of 2025, one in each state.
fn people() -> Vec<Value> {
    let mut all = make::and(make::man("done", "1965-05-05"), vec![fit("done", "2025-06-01")]);
    all.extend(make::and(make::woman("expired", "1965-05-05"), vec![fit("expired", "2019-06-01")]));
    all.extend(make::man("never", "1965-05-05"));
    all.extend(make::and(
        make::man("refused", "1960-01-01"),
        vec![make::evidence("refused-no", "refused", "refused:colorectal-cancer", "2025-09-01")],
    ));
    all.extend(make::and(
        make::woman("excluded", "1970-01-01"),
        vec![make::evidence("excluded-no", "excluded", "contraindicated:colorectal-cancer", "2025-09-01")],
    ));
    all.extend(make::man("young", "1999-01-01"));
    let unborn = json!({"birthDate": null, "_birthDate": {"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}});
    all.extend(make::but(make::man("undated", "1965-05-05"), unborn));
    all
}

/// Count of each population of a group or of a stratum, by code.
fn counts(holder: &Value) -> Vec<(String, u64)> {
    let all = holder["population"].as_array().unwrap();
    let code = |p: &Value| p["code"]["coding"][0]["code"].as_str().unwrap().to_owned();
    all.iter().map(|p| (code(p), p["count"].as_u64().unwrap())).collect()
}

/// The same, without the codes.
fn numbers(holder: &Value) -> Vec<u64> {
    counts(holder).into_iter().map(|(_, count)| count).collect()
}

/// Initial population, denominator, exclusions, numerator, undecided of the first group.
fn whole(report: &Value) -> Vec<u64> {
    numbers(&report["group"][0])
}

/// The strata of a stratifier of a group: value and counts.
fn strata(group: &Value, code: &str) -> Vec<(String, Vec<u64>)> {
    let all = group["stratifier"].as_array().unwrap();
    let found = all.iter().find(|s| s["code"][0]["coding"][0]["code"] == code);
    let found = found.unwrap_or_else(|| panic!("no stratifier {code} in {group}"));
    let value = |s: &Value| {
        let value = &s["value"];
        value["coding"][0]["code"].as_str().or_else(|| value["text"].as_str()).unwrap().to_owned()
    };
    found["stratum"].as_array().unwrap().iter().map(|s| (value(s), numbers(s))).collect()
}
