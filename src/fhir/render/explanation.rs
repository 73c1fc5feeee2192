//! `Patient/{id}/$explain`: the trace for machines, beside its text for people.

use super::invoice::invoice_id;
use super::outlook::next_of_trace;
use super::provenance::provenance;
use super::{Stamp, computed_id, evidence_parts, parameters, part};
use crate::domain::explain::Cut;
use crate::domain::explain::Explanation;
use crate::domain::explain::ParameterUse;
use crate::domain::explain::Step;
use crate::domain::explain::Subject;
use crate::domain::forfait::PricingError;
use crate::domain::money::Centimes;
use crate::domain::outlook::Turn;
use crate::domain::param::ParamValue;
use serde_json::{Value, json};

/// What the answer to "why" shows.
pub struct ExplanationView<'a> {
    pub structure: &'a str,
    pub patient: &'a str,
    pub explanation: &'a Explanation,
    pub text: &'a str,
    /// The first month whose money is another, where one is known.
    pub next: Option<&'a Turn>,
    pub stamp: &'a Stamp,
}

/// Answers the trace as Parameters: `text`, then one `step` part per thing decided, with its rule,
/// verdict, amount (text with two decimals), parameters, evidence and what was missing; then the
/// Provenance of the month's Invoice.
pub fn explanation(view: &ExplanationView<'_>) -> Value {
    let ExplanationView { explanation, stamp, .. } = view;
    let month = explanation.month;
    let mut out = vec![part("month", "valueString", month.to_string()), part("text", "valueString", view.text)];
    out.extend(stamp.parameters());
    if explanation.fictional {
        out.push(part("fictional", "valueBoolean", true));
    }
    out.extend(explanation.doubtful.iter().map(|code| part("doubtful", "valueCode", *code)));
    out.extend(explanation.steps.iter().map(step));
    out.extend(view.next.map(next_of_trace));
    // One month under one tariff has one trace: another tariff rests on other facts.
    let tariff = stamp.tariff.as_deref().unwrap_or("");
    let id = computed_id("prov-", &format!("{}/{}/{month}/{tariff}/explain", view.structure, view.patient));
    let target = format!("Invoice/{}", invoice_id(view.structure, view.patient, month));
    let provenance = provenance(&id, &[target], &explanation.evidence(), stamp);
    out.push(json!({"name": "provenance", "resource": provenance}));
    parameters(out)
}

fn step(step: &Step) -> Value {
    let mut parts = vec![part("rule", "valueCode", &*step.rule), part("label", "valueString", &*step.label_fr)];
    if let Some(verdict) = step.verdict {
        parts.push(part("verdict", "valueCode", verdict.code()));
    }
    parts.extend(subject(&step.about));
    if let Some(amount) = step.amount {
        parts.push(part("amount", "valueString", format!("{amount} EUR")));
    }
    parts.push(part("status", "valueCode", step.status.code()));
    parts.extend(step.parameters.iter().map(parameter));
    parts.extend(step.missing.iter().map(|m| part("missing", "valueString", &*m.label_fr)));
    parts.extend(evidence_parts(&step.evidence));
    json!({"name": "step", "part": parts})
}

/// What only some steps say.
fn subject(about: &Subject) -> Vec<Value> {
    match about {
        Subject::Payable(Some(reason)) => vec![part("notPayableReason", "valueCode", reason.code())],
        Subject::Typologie { declared, paid, declared_only } => vec![
            part("declared", "valueBoolean", *declared),
            part("paid", "valueBoolean", *paid),
            part("declaredOnly", "valueBoolean", *declared_only),
        ],
        Subject::Line { declared_only, cut, .. } => {
            let mut parts = Vec::new();
            if *declared_only {
                parts.push(part("declaredOnly", "valueBoolean", true));
            }
            parts.extend(cut.as_ref().map(removed));
            parts
        }
        Subject::Unpriced(error) => match error {
            PricingError::AmountUnknown { param, .. } => vec![part("unknownParameter", "valueString", &**param)],
            PricingError::FactMissing { missing, .. } => vec![part("missing", "valueString", &**missing)],
            PricingError::UnknownTariff => Vec::new(),
        },
        Subject::FmtYear { partial, unknown_indicators } => {
            let mut parts = vec![part("partial", "valueBoolean", *partial)];
            parts.extend(unknown_indicators.iter().map(|id| part("unknownIndicator", "valueCode", &**id)));
            parts
        }
        _ => Vec::new(),
    }
}

/// What the cap took back: the lines it covers, their sum, the limit, what is above it.
fn removed(cut: &Cut) -> Value {
    let euros = |name: &str, amount: Centimes| part(name, "valueString", format!("{amount} EUR"));
    let mut parts = vec![euros("limit", cut.limit), euros("sumBefore", cut.before), euros("removed", cut.removed)];
    parts.extend(cut.lines.iter().map(|line| {
        json!({"name": "line", "part": [
            part("rule", "valueCode", &*line.rule), part("label", "valueString", &*line.label_fr),
            euros("amount", line.amount)]})
    }));
    json!({"name": "cap", "part": parts})
}

fn parameter(used: &ParameterUse) -> Value {
    let mut parts = vec![part("id", "valueString", &*used.id), part("label", "valueString", &*used.label_fr)];
    if let Some(value) = &used.value {
        parts.push(part("value", "valueString", value_text(value)));
    }
    parts.push(part("unit", "valueString", &*used.unit));
    if let Some(from) = used.from {
        parts.push(part("from", "valueDate", from.to_string()));
    }
    parts.push(part("status", "valueCode", used.status.code()));
    parts.push(part("source", "valueString", &*used.source));
    json!({"name": "parameter", "part": parts})
}

fn value_text(value: &ParamValue) -> String {
    match value {
        ParamValue::Number(number) => number.to_string(),
        ParamValue::Amount(amount) => amount.to_string(),
        ParamValue::Word(word) => word.to_string(),
        ParamValue::Day(day) => day.to_string(),
    }
}
