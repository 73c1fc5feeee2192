//! OperationOutcome (FHIR R4 operationoutcome.html): issues with a place, a stable code and two languages.

use crate::fhir::issue::Issue;
use crate::fhir::issue::Severity;
use crate::fhir::render::code_system;
use serde_json::{Value, json};

/// Answers the OperationOutcome of these issues, in the order given: `details.coding` is our
/// stable code, `details.text` the French text (the English one as translation), `diagnostics`
/// the English text.
pub fn operation_outcome(issues: &[Issue]) -> Value {
    let issue: Vec<Value> = issues.iter().map(issue_json).collect();
    json!({"resourceType": "OperationOutcome", "issue": issue})
}

/// Answers the outcome of these issues, or that there is nothing to say.
pub fn operation_outcome_or_ok(issues: &[Issue]) -> Value {
    if issues.is_empty() {
        operation_outcome(&[Issue::general(&crate::fhir::issues::VALID, &[])])
    } else {
        operation_outcome(issues)
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Information => "information",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Fatal => "fatal",
    }
}

fn issue_json(issue: &Issue) -> Value {
    let en = issue.text_en();
    let mut out = json!({
        "severity": severity(issue.kind.severity),
        "code": issue.kind.fhir,
        "details": {
            "coding": [{"system": code_system("outcome"), "code": issue.kind.code}],
            "text": issue.text_fr(),
            "_text": translation(&en),
        },
        "diagnostics": en,
    });
    if let (Some(expression), Value::Object(map)) = (&issue.expression, &mut out) {
        map.insert("expression".into(), json!([expression]));
    }
    out
}

/// The FHIR translation extension on a primitive text.
fn translation(en: &str) -> Value {
    json!({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": [
        {"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": en}]}]})
}
