//! What an OperationOutcome must say: where, which stable code, in both languages.

use super::Answer;
use serde_json::Value;

/// One issue as it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub severity: String,
    /// FHIR IssueType.
    pub kind: String,
    /// Our stable code.
    pub code: String,
    pub expression: String,
    pub fr: String,
    pub en: String,
}

/// Answers the issues of an outcome; stops the test when one of them lacks a language or a code.
#[track_caller]
pub fn issues(outcome: &Value) -> Vec<Issue> {
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
    let all = outcome["issue"].as_array().unwrap_or_else(|| panic!("no issue: {outcome}"));
    assert!(!all.is_empty(), "{outcome}");
    all.iter().map(issue).collect()
}

#[track_caller]
fn issue(issue: &Value) -> Issue {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = Issue {
        severity: text(&issue["severity"]),
        kind: text(&issue["code"]),
        code: text(&issue["details"]["coding"][0]["code"]),
        expression: text(&issue["expression"][0]),
        fr: text(&issue["details"]["text"]),
        en: text(&issue["diagnostics"]),
    };
    let system = "https://mtr-gateway.example/fhir/CodeSystem/outcome";
    assert_eq!(issue["details"]["coding"][0]["system"], system, "{issue}");
    assert!(told.code.starts_with("MTR-"), "no stable code: {issue}");
    assert!(!told.fr.is_empty() && !told.en.is_empty() && told.fr != told.en, "one language only: {issue}");
    assert!(!told.fr.contains('{') && !told.en.contains('{'), "a placeholder is left: {issue}");
    assert!(issue.get("location").is_none(), "location is deprecated: {issue}");
    told
}

/// Stops the test unless the answer refuses with this status and an error of this type, code and
/// place; an empty place is not checked.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, kind: &str, code: &str, expression: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type").and_then(|t| t.split(';').next()), Some("application/fhir+json"));
    let told = issues(&answer.json());
    let found = told.iter().any(|issue| {
        matches!(issue.severity.as_str(), "error" | "fatal")
            && issue.kind == kind
            && issue.code == code
            && (expression.is_empty() || issue.expression == expression)
    });
    assert!(found, "no {kind} {code} at {expression:?} in {told:#?}");
}

/// Answers the codes of the issues of an outcome, in its order.
#[track_caller]
pub fn codes(outcome: &Value) -> Vec<String> {
    issues(outcome).into_iter().map(|issue| issue.code).collect()
}
