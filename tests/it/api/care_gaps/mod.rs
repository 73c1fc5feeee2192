//! `Measure/$care-gaps`: statuses, the document, whom it is about, deferred answers, refusals.

mod deferred;
mod document;
mod refusals;
mod statuses;
mod subjects;

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const OURS: &str = "https://mtr-gateway.example/fhir";
const ALL: &str = "status=open-gap&status=closed-gap&status=prospective-gap&status=not-applicable";

/// Answers the query of the first half of 2025 for these items, then what is added.
fn asking(items: &[&str], more: &str) -> String {
    let measures: String = items.iter().map(|item| format!("&measureUrl={OURS}/Measure/{item}")).collect();
    format!("/Measure/$care-gaps?periodStart=2025-01-01&periodEnd=2025-06-30{measures}&{more}")
}

/// Answers the Bundles of an answer.
fn bundles(answer: &Value) -> Vec<&Value> {
    assert_eq!(answer["resourceType"], "Parameters");
    let returned = answer.get("parameter").and_then(Value::as_array);
    returned
        .into_iter()
        .flatten()
        .map(|one| {
            assert_eq!(one["name"], "return");
            assert_eq!(one["resource"]["resourceType"], "Bundle");
            &one["resource"]
        })
        .collect()
}

fn of_type<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap();
    entries.iter().map(|entry| &entry["resource"]).filter(|one| one["resourceType"] == kind).collect()
}

/// Answers the patients that the Bundles are about, in order.
fn about(answer: &Value) -> Vec<&str> {
    let all = bundles(answer).into_iter();
    all.map(|bundle| here(of_type(bundle, "MeasureReport")[0]["subject"]["reference"].as_str().unwrap())).collect()
}

/// What is computed refers to what is stored by its whole address: answers what stands below the base.
fn here(reference: &str) -> &str {
    reference.split_once("/fhir/").unwrap_or_else(|| panic!("{reference} is not whole")).1
}

/// Answers the entry a reference of a Bundle names.
fn named<'a>(bundle: &'a Value, reference: &Value) -> &'a Value {
    let mut entries = bundle["entry"].as_array().unwrap().iter();
    let found = entries.find(|entry| entry["fullUrl"] == *reference);
    &found.unwrap_or_else(|| panic!("no {reference}"))["resource"]
}

/// Answers the id of the item an issue, a report or a response is about.
fn item_of(canonical: &Value) -> &str {
    let rest = canonical.as_str().unwrap().strip_prefix(&format!("{OURS}/Measure/")).unwrap();
    rest.split('|').next().unwrap()
}

/// Answers each issue of a Bundle: item, gap status, our status, the codes of its reasons.
fn gaps(bundle: &Value) -> Vec<(String, String, String, Vec<String>)> {
    of_type(bundle, "DetectedIssue")
        .into_iter()
        .map(|issue| {
            let why = named(bundle, &issue["evidence"][1]["detail"][0]["reference"]);
            assert_eq!(why["resourceType"], "GuidanceResponse");
            let codes = why["reasonCode"].as_array().unwrap().iter().flat_map(|r| r["coding"].as_array().unwrap());
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                item_of(&why["moduleCanonical"]).to_owned(),
                text(&issue["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]["code"]),
                text(&issue["code"]["coding"][1]["code"]),
                codes.map(|coding| text(&coding["code"])).collect(),
            )
        })
        .collect()
}

/// A man of 62: up to date, due soon, expired, never done, refused, excluded, not concerned.
fn man_of_62() -> Vec<Value> {
    make::and(
        make::man("p", "1963-03-14"),
        vec![
            make::evidence("bmi", "p", "bmi", "2025-05-20"),
            make::evidence("risk", "p", "cv-risk-score", "2025-05-20"),
            make::evidence("tobacco", "p", "tobacco-status", "2024-07-01"),
            make::evidence("fit", "p", "fit", "2023-06-30"),
            make::evidence("no", "p", "refused:melanoma", "2025-01-10"),
            make::evidence("late", "p", "alcohol-screening", "2020-01-10"),
            make::evidence("no-more", "p", "refused:alcohol", "2025-01-10"),
            make::evidence("barred", "p", "contraindicated:dental-check", "2015-01-10"),
            make::condition("sad", "p", "F32.0", "2024"),
        ],
    )
}
