//! `Organization/{id}/$worklist`: one line per patient with open gaps, the heaviest first.
//!
//! Patients are named by reference only. A weight or an amount that nobody knows is said by a part of
//! its own, and is never 0.

use super::{Stamp, money, parameters, part, reference};
use crate::domain::calendar::Day;
use crate::domain::fmt::FmtTariff;
use crate::domain::money::Centimes;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use crate::domain::worklist::Closing;
use crate::domain::worklist::Gap;
use crate::domain::worklist::Next;
use crate::domain::worklist::WorkItem;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// A page of a worklist, and what the answer rests on.
pub struct WorklistView<'a> {
    pub structure: &'a str,
    pub date: Day,
    pub scope: &'a str,
    pub practitioner: Option<&'a str>,
    pub items: &'a [String],
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
    pub patients: usize,
    /// Those of whom nobody can tell whether they are of the scope.
    pub undecided: usize,
    pub listed: usize,
    pub gaps: usize,
    pub refused: usize,
    /// What closing all open gaps would add, and of how many nobody can tell; `None`: no money is told.
    pub stakes: Option<(Centimes, u32)>,
    /// The tariff whose indicators are told.
    pub pack: Option<&'a FmtTariff>,
    pub found: &'a [(Box<str>, WorkItem)],
    /// Address of the next page.
    pub next: Option<String>,
}

/// Answers the Parameters of `$worklist`: totals, then one `work` part per patient.
pub fn worklist(view: &WorklistView<'_>) -> Value {
    let whom = |kind: &str, id: &str| json!({"reference": format!("{kind}/{id}")});
    let mut parts = vec![
        part("structure", "valueReference", whom("Organization", view.structure)),
        part("date", "valueDate", view.date.to_string()),
        part("scope", "valueCode", view.scope),
    ];
    parts.extend(view.practitioner.map(|id| part("practitioner", "valueReference", json!({"reference": id}))));
    parts.extend(view.items.iter().map(|id| part("item", "valueCode", &**id)));
    parts.extend(view.stamp.parameters());
    parts.extend([
        part("patients", "valueInteger", view.patients),
        part("undecided", "valueInteger", view.undecided),
        part("listed", "valueInteger", view.listed),
        part("gaps", "valueInteger", view.gaps),
        part("refused", "valueInteger", view.refused),
    ]);
    if view.stamp.tariff.is_some() {
        parts.push(part("paysPrevention", "valueBoolean", view.stakes.is_some()));
    }
    match view.stakes {
        Some((amount, 0)) => parts.push(part("amount", "valueMoney", money(amount))),
        Some((_, unknown)) => parts.push(part("amountUnknown", "valueInteger", unknown)),
        None => {}
    }
    parts.extend(view.found.iter().map(|(patient, work)| line(patient, work, view)));
    parts.extend(view.next.as_deref().map(|next| part("next", "valueUri", next)));
    parameters(parts)
}

fn line(patient: &str, work: &WorkItem, view: &WorklistView<'_>) -> Value {
    let item = |n: usize| &*view.rules.items[n].id;
    let mut parts = vec![
        part("patient", "valueReference", json!({"reference": format!("Patient/{patient}")})),
        part("gaps", "valueInteger", work.open.len()),
        weight(work.weight),
        part("expired", "valueInteger", work.count(ItemStatus::Expired)),
        part("neverDone", "valueInteger", work.count(ItemStatus::NeverDone)),
        part("refused", "valueInteger", work.count(ItemStatus::Refused)),
    ];
    parts.extend(work.open.iter().map(|open| gap(open, view)));
    parts.extend(work.refused.iter().map(|refused| part("refusedItem", "valueCode", item(refused.item))));
    parts.extend(work.soon.iter().map(|(n, due)| {
        json!({"name": "soon", "part": [part("item", "valueCode", item(*n)), part("due", "valueDate", due.to_string())]})
    }));
    parts.extend(work.next.as_ref().map(appointment));
    parts.push(visit(work, view.rules));
    parts.push(part("weakestStatus", "valueCode", work.status.code()));
    json!({"name": "work", "part": parts})
}

fn weight(weight: Option<Decimal>) -> Value {
    // A weight orders a list; it is no amount.
    let number = weight.and_then(|weight| serde_json::from_str::<Value>(&weight.normalize().to_string()).ok());
    number.map_or_else(|| part("weightUnknown", "valueBoolean", true), |number| part("weight", "valueDecimal", number))
}

fn gap(gap: &Gap, view: &WorklistView<'_>) -> Value {
    let rule = &view.rules.items[gap.item];
    let mut parts = vec![
        part("item", "valueCode", &*rule.id),
        part("label", "valueString", &*rule.short_fr),
        part("status", "valueCode", gap.status.code()),
    ];
    parts.extend(gap.due.map(|due| part("due", "valueDate", due.to_string())));
    parts.push(weight(gap.weight));
    parts.push(match gap.closing {
        Some(closing) => part("oneVisit", "valueBoolean", closing == Closing::InVisit),
        None => part("oneVisitUnknown", "valueBoolean", true),
    });
    if let (Some(stake), Some(pack)) = (&gap.stake, view.pack) {
        let indicators = stake.indicators.iter().map(|n| part("indicator", "valueCode", &*pack.indicators[*n].id));
        parts.extend(indicators);
        parts.push(match stake.amount {
            Some(amount) => part("amount", "valueMoney", money(amount)),
            None => part("amountUnknown", "valueBoolean", true),
        });
        parts.push(part("amountStatus", "valueCode", stake.status.code()));
    }
    parts.push(part("ruleStatus", "valueCode", gap.rule_status.code()));
    json!({"name": "gap", "part": parts})
}

fn appointment(next: &Next) -> Value {
    let mut parts = vec![part("start", "valueDateTime", next.start.date_time())];
    parts.extend(next.with.iter().map(|who| part("with", "valueReference", json!({"reference": &**who}))));
    parts.push(part("evidence", "valueReference", reference(&next.evidence)));
    json!({"name": "nextAppointment", "part": parts})
}

/// What one visit at the structure would close, and of which gaps nobody told.
fn visit(work: &WorkItem, rules: &Rules) -> Value {
    let weights = work.closed_by_visit().try_fold(Decimal::ZERO, |sum, gap| sum.checked_add(gap.weight?));
    let mut parts = vec![part("closes", "valueInteger", work.closed_by_visit().count()), weight(weights)];
    parts.extend(work.closed_by_visit().map(|gap| part("item", "valueCode", &*rules.items[gap.item].id)));
    parts.extend(work.untold().map(|gap| part("unknown", "valueCode", &*rules.items[gap.item].id)));
    json!({"name": "visit", "part": parts})
}
