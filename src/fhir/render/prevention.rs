//! `Patient/{id}/$prevention`: the card as Parameters, and as an individual MeasureReport.

use super::{ReportContent, ReportView, Stamp, computed_id, evidence_parts, measure_report, parameters, part};
use crate::domain::calendar::Day;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::shares_of;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use serde_json::{Value, json};

const COUNTS: [(&str, ItemStatus); 7] = [
    ("upToDate", ItemStatus::UpToDate),
    ("expired", ItemStatus::Expired),
    ("neverDone", ItemStatus::NeverDone),
    ("refused", ItemStatus::Refused),
    ("excluded", ItemStatus::Excluded),
    ("notEligible", ItemStatus::NotEligible),
    ("indeterminate", ItemStatus::Indeterminate),
];

/// Answers the card: date, summary with counts and the French line, then one `item` each.
pub fn prevention(card: &Card, rules: &Rules, stamp: &Stamp) -> Value {
    let mut out = vec![part("date", "valueDate", card.date.to_string()), summary(card)];
    out.extend(stamp.parameters());
    out.extend(card.items.iter().map(|result| item(result, rules)));
    parameters(out)
}

fn summary(card: &Card) -> Value {
    let mut parts = vec![part("applicable", "valueInteger", card.applicable())];
    parts.extend(COUNTS.iter().map(|(name, status)| part(name, "valueInteger", card.count(*status))));
    parts.push(part("text", "valueString", card.text_fr()));
    if card.approximate {
        parts.push(part("approximate", "valueBoolean", true));
    }
    json!({"name": "summary", "part": parts})
}

fn item(result: &ItemResult, rules: &Rules) -> Value {
    let item = &rules.items[result.item];
    let mut parts = vec![
        part("id", "valueCode", &*item.id),
        part("domain", "valueCode", &*item.domain),
        part("status", "valueCode", result.status.code()),
        part("label", "valueString", &*item.label_fr),
    ];
    if let Some(due) = result.due {
        parts.push(part("dueDate", "valueDate", due.to_string()));
    }
    if let Some(done) = result.last_done {
        parts.push(part("lastDone", "valueDate", done.to_string()));
    }
    parts.push(part("dueSoon", "valueBoolean", result.due_soon));
    if let Some(reason) = &result.reason {
        parts.push(part("reason", "valueCode", &**reason));
    }
    parts.push(part("ruleStatus", "valueCode", result.rule_status.code()));
    parts.extend(evidence_parts(&result.evidence));
    json!({"name": "item", "part": parts})
}

/// Answers the card as an individual MeasureReport of the composite measure `prevention`, over the days
/// of its month up to its own.
pub fn prevention_report(card: &Card, rules: &Rules, stamp: &Stamp, patient: &str, structure: &str) -> Value {
    let mut report = measure_report(&ReportView {
        structure,
        rules,
        measure: QualityMeasure::Card,
        stamp,
        period: (card.date.month().first_day(), card.date),
        day: card.date,
        subject: Some(&format!("Patient/{patient}")),
        practitioner: None,
        content: ReportContent::Individual(&shares_of(card)),
    });
    report["id"] = Value::from(report_id(structure, patient, card.date, stamp));
    report
}

/// Answers the id of a patient's prevention report of a day, as known at an instant by some rules.
pub fn report_id(structure: &str, patient: &str, date: Day, stamp: &Stamp) -> String {
    let Stamp { known_at, rulebook, .. } = stamp;
    computed_id("mr-", &format!("{structure}/{patient}/{date}/{known_at}/{rulebook}/prevention"))
}
