//! OperationOutcome (FHIR R4 operationoutcome.html): issues with a place, a stable code and two languages.

use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render::code_system;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// Answers the OperationOutcome of these issues, in the order given: `details.coding` is our
/// stable code, `details.text` the French text (the English one as translation), `diagnostics`
/// the English text.
pub fn operation_outcome(issues: &[Issue]) -> Value {
    serde_json::to_value(Outcome::of(issues)).unwrap_or_default()
}

/// Answers the outcome of these issues, or that there is nothing to say.
pub fn operation_outcome_or_ok(issues: &[Issue]) -> Value {
    serde_json::to_value(Outcome::of(&or_ok(issues))).unwrap_or_default()
}

/// Answers the same as text: a transaction tells an outcome for nearly every entry.
pub fn outcome_text_or_ok(issues: &[Issue]) -> String {
    serde_json::to_string(&Outcome::of(&or_ok(issues))).unwrap_or_default()
}

fn or_ok(issues: &[Issue]) -> Cow<'_, [Issue]> {
    if issues.is_empty() { Cow::Owned(vec![Issue::general(&issues::VALID, &[])]) } else { Cow::Borrowed(issues) }
}

/// The OperationOutcome as it is written, without a tree in between.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    resource_type: &'static str,
    issue: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    severity: &'static str,
    code: &'static str,
    details: Details,
    diagnostics: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<[&'a str; 1]>,
}

#[derive(Serialize)]
struct Details {
    coding: [Coding; 1],
    text: String,
    #[serde(rename = "_text")]
    translated: Translated,
}

#[derive(Serialize)]
struct Coding {
    system: String,
    code: &'static str,
}

/// The FHIR translation extension on a primitive text.
#[derive(Serialize)]
struct Translated {
    extension: [Translation; 1],
}

#[derive(Serialize)]
struct Translation {
    url: &'static str,
    extension: (Language, Content),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Language {
    url: &'static str,
    value_code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    url: &'static str,
    value_string: String,
}

impl<'a> Outcome<'a> {
    fn of(issues: &'a [Issue]) -> Outcome<'a> {
        Outcome { resource_type: "OperationOutcome", issue: issues.iter().map(Told::of).collect() }
    }
}

impl<'a> Told<'a> {
    fn of(issue: &'a Issue) -> Told<'a> {
        let english = issue.text_en();
        let language = Language { url: "lang", value_code: "en" };
        let content = Content { url: "content", value_string: english.clone() };
        let translation =
            Translation { url: "http://hl7.org/fhir/StructureDefinition/translation", extension: (language, content) };
        Told {
            severity: issue.severity.code(),
            code: issue.kind.fhir,
            details: Details {
                coding: [Coding { system: code_system("outcome"), code: issue.kind.code }],
                text: issue.text_fr(),
                translated: Translated { extension: [translation] },
            },
            diagnostics: english,
            expression: issue.expression.as_deref().map(|expression| [expression]),
        }
    }
}
