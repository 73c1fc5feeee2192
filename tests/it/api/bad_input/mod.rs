//! Bad input, line by line of what was promised: status, type, stable code, place, both languages.

mod contract;
mod json;
mod requests;
mod structure;

use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

/// What must be answered: status, IssueType, stable code, expression (any, when empty).
type Refusal = (u16, &'static str, &'static str, &'static str);
type Request = (&'static str, &'static str);
/// What is wrong, the request, its body, the answer.
type Case = (&'static str, Request, fn() -> String, Refusal);

const PATIENT: Request = ("POST", "/Patient");
const OBSERVATION: Request = ("POST", "/Observation");
const ENCOUNTER: Request = ("POST", "/Encounter");
const BUNDLE: Request = ("POST", "");
const PUT: Request = ("PUT", "/Patient/p");

#[track_caller]
fn check(client: &Client, cases: &[Case]) {
    let mut wrong = Vec::new();
    for (what, (method, path), body, (status, kind, code, place)) in cases {
        let answer = client.send(method, path, &[], body().as_bytes());
        let issues = outcome::issues(&answer.json());
        let found = issues.iter().any(|issue| {
            let here = place.is_empty() || issue.expression == *place;
            here && issue.kind == *kind && issue.code == *code && issue.severity != "warning"
        });
        if answer.status != *status || !found {
            wrong.push(format!("{what}: {status} {kind} {code} at {place:?} was {} {issues:#?}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A good Patient without an id, with these members changed.
fn patient(changes: Value) -> String {
    make::with(make::with(make::patient("p", "male", "1950-01-01"), json!({"id": null})), changes).to_string()
}

/// A good BMI without an id, with these members changed.
fn observation(changes: Value) -> String {
    let base = make::observation("o", "p", make::concept("http://loinc.org", "39156-5"), "2025-01-02");
    let valued = make::with(base, json!({"id": null, "valueQuantity": make::quantity(24.0, "kg/m2")}));
    make::with(valued, changes).to_string()
}

/// A good consultation without an id, with these members changed.
fn encounter(changes: Value) -> String {
    make::with(make::with(make::visit("e", "p", "2025-01-02"), json!({"id": null})), changes).to_string()
}
