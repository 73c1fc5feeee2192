//! `Patient/{id}/$explain`: the trace for machines, beside its text for people.

use super::{Stamp, evidence_parts, parameters, part};
use crate::domain::explain::Explanation;
use crate::domain::explain::ParameterUse;
use crate::domain::explain::Step;
use crate::domain::explain::Subject;
use crate::domain::param::ParamValue;
use serde_json::{Value, json};

/// Answers the trace as Parameters: `text`, then one `step` part per thing decided, with its rule,
/// verdict, amount (text with two decimals), parameters, evidence and what was missing.
pub fn explanation(explanation: &Explanation, text: &str, stamp: &Stamp) -> Value {
    let mut out = vec![part("month", "valueString", explanation.month.to_string()), part("text", "valueString", text)];
    out.extend(stamp.parameters());
    if explanation.fictional {
        out.push(part("fictional", "valueBoolean", true));
    }
    out.extend(explanation.doubtful.iter().map(|code| part("doubtful", "valueCode", *code)));
    out.extend(explanation.steps.iter().map(step));
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
        Subject::FmtYear { partial, unknown_indicators } => {
            let mut parts = vec![part("partial", "valueBoolean", *partial)];
            parts.extend(unknown_indicators.iter().map(|id| part("unknownIndicator", "valueCode", &**id)));
            parts
        }
        _ => Vec::new(),
    }
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
