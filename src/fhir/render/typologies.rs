//! `Patient/{id}/$typologies`: declared, eligible and paid, kept apart.

use super::{Stamp, evidence_parts, parameters, part};
use crate::domain::calendar::Day;
use crate::domain::rules::Rules;
use crate::domain::typologie::PatientMonth;
use crate::domain::typologie::TypologieResult;
use serde_json::{Value, json};

/// Answers one `typology` part per typology of the rulebook, for the civil month of the date asked.
pub fn typologies(month: &PatientMonth, date: Day, rules: &Rules, stamp: &Stamp) -> Value {
    let mut out = vec![
        part("date", "valueDate", date.to_string()),
        part("month", "valueString", month.month.to_string()),
        part("payable", "valueBoolean", month.not_payable.is_none()),
    ];
    if let Some(reason) = month.not_payable {
        out.push(part("notPayableReason", "valueCode", reason.code()));
    }
    out.push(part("alive", "valueCode", month.alive.code()));
    out.extend(month.doubtful.iter().map(|code| part("doubtful", "valueCode", *code)));
    out.extend(stamp.parameters());
    out.extend(month.typologies.iter().map(|result| typology(result, rules)));
    parameters(out)
}

fn typology(result: &TypologieResult, rules: &Rules) -> Value {
    let rule = &rules.typologies[result.typologie];
    let mut parts = vec![
        part("id", "valueCode", &*rule.id),
        part("label", "valueString", &*rule.label_fr),
        part("declared", "valueBoolean", result.declared),
        part("eligible", "valueCode", result.eligible.code()),
        part("paid", "valueBoolean", result.paid),
    ];
    parts.extend(result.missing.iter().map(|m| part("missing", "valueString", &*m.label_fr)));
    parts.extend(evidence_parts(&result.evidence));
    parts.push(part("ruleStatus", "valueCode", result.rule_status.code()));
    json!({"name": "typology", "part": parts})
}
