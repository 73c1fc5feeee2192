//! `Patient/{id}/$what-if` and `Patient/{id}/$next-change`: what is another, from what to what.
//!
//! Amounts are Money with two decimals, and a JSON number keeps them: these Parameters are written
//! member by member, never as a tree of floats.

use super::invoice::Money as Euros;
use super::{Stamp, code_system, part, reference};
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::enrolment::NotPayable;
use crate::domain::explain::Language;
use crate::domain::fmt::FmtYear;
use crate::domain::forfait::FmtTreatment;
use crate::domain::forfait::PricingError;
use crate::domain::money::Centimes;
use crate::domain::outlook::Cause;
use crate::domain::outlook::Change;
use crate::domain::outlook::Money;
use crate::domain::outlook::Standing;
use crate::domain::outlook::Told;
use crate::domain::outlook::Turn;
use crate::domain::outlook::change_text;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use crate::domain::statement::Adjustment;
use crate::domain::statement::line_name;
use crate::domain::statement::line_names;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// One parameter or part: a value (a tree that holds no amount), an amount, or parts.
enum Parameter {
    Plain(Value),
    Amount(&'static str, Option<Euros>),
    Parts(&'static str, Vec<Parameter>),
}

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Parameter::Plain(value) => value.serialize(serializer),
            Parameter::Amount(name, amount) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("name", name)?;
                map.serialize_entry("valueMoney", amount)?;
                map.end()
            }
            Parameter::Parts(name, parts) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("name", name)?;
                map.serialize_entry("part", parts)?;
                map.end()
            }
        }
    }
}

/// A Parameters resource that may hold amounts.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    resource_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
    parameter: Vec<Parameter>,
}

/// What a what-if answers.
pub struct WhatIfView<'a> {
    pub before: &'a Money,
    pub after: &'a Money,
    pub changes: &'a [Change],
    pub cards: (&'a Card, &'a Card),
    /// Of a closed month: its tariff, and what was issued to the patient, if anything was.
    pub closed: Option<(&'a str, Option<Centimes>)>,
    /// The month that carries the adjustments of closed ones, when it is not this one.
    pub adjusted_in: Option<Month>,
    /// Codes of CodeSystem/figure beside `simulated` and `fictional`.
    pub figures: &'a [&'static str],
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
}

/// Answers month and card before and after, the difference, then one `typology`, `line` or `item`
/// per change; tagged as simulated.
pub fn what_if(view: &WhatIfView<'_>) -> Changes {
    let mut out = plain([
        part("month", "valueString", view.after.month.month.to_string()),
        part("date", "valueDate", view.cards.1.date.to_string()),
    ]);
    out.extend(plain(view.stamp.parameters()));
    if let Some((tariff, issued)) = view.closed {
        let mut closed = plain([part("tariff", "valueString", tariff)]);
        closed.extend(issued.map(|issued| amount("issued", issued)));
        out.push(Parameter::Parts("closed", closed));
    }
    out.extend(view.adjusted_in.map(|month| Parameter::Plain(part("adjustedIn", "valueString", month.to_string()))));
    out.push(Parameter::Parts("before", month(view.before, view.rules)));
    out.push(Parameter::Parts("after", month(view.after, view.rules)));
    if let (Some(before), Some(after)) = (view.before.total(), view.after.total()) {
        out.push(amount("difference", after - before));
    }
    out.extend(view.changes.iter().map(|one| change(one, view.rules, Vec::new())));
    let fictional = (view.before.is_fictional() || view.after.is_fictional()).then_some("fictional");
    let figures = ["simulated"].into_iter().chain(fictional).chain(view.figures.iter().copied());
    let tag: Vec<Value> = figures.map(|code| json!({"system": code_system("figure"), "code": code})).collect();
    Changes { resource_type: "Parameters", meta: Some(json!({"tag": tag})), parameter: out }
}

/// What a question of what comes next answers.
pub struct NextView<'a> {
    pub from: Day,
    pub months: u16,
    pub money: Option<&'a Turn>,
    pub card: Option<&'a Turn>,
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
    pub language: Language,
}

/// Answers the first date on which something changes by itself, then what changes first of the money
/// and of the card, each with its date, its changes and their reasons. No `next`: nothing changes.
pub fn next_change(view: &NextView<'_>) -> Changes {
    let mut out = plain([
        part("date", "valueDate", view.from.to_string()),
        part("months", "valueInteger", view.months),
        part("until", "valueDate", view.from.add_months(i32::from(view.months)).to_string()),
    ]);
    out.extend(plain(view.stamp.parameters()));
    if let Some(next) = view.money.into_iter().chain(view.card).map(|turn| turn.date).min() {
        out.push(Parameter::Plain(part("next", "valueDate", next.to_string())));
    }
    for (name, found) in [("money", view.money), ("prevention", view.card)] {
        let Some(found) = found else { continue };
        let mut parts = plain([part("date", "valueDate", found.date.to_string())]);
        if name == "money" {
            parts.extend(plain([part("month", "valueString", found.date.month().to_string())]));
        }
        parts.extend(found.changes.iter().map(|told| told_change(told, view)));
        out.push(Parameter::Parts(name, parts));
    }
    Changes { resource_type: "Parameters", meta: None, parameter: out }
}

fn told_change(told: &Told, view: &NextView<'_>) -> Parameter {
    let mut parts = plain([part("text", "valueString", change_text(told, view.rules, view.language))]);
    parts.extend(told.causes.iter().map(|one| Parameter::Plain(cause(one, view.rules))));
    change(&told.change, view.rules, parts)
}

fn plain(values: impl IntoIterator<Item = Value>) -> Vec<Parameter> {
    values.into_iter().map(Parameter::Plain).collect()
}

fn amount(name: &'static str, amount: Centimes) -> Parameter {
    Parameter::Amount(name, Euros::eur(amount))
}

/// What a month comes to: whether it is paid, its lines, its total, or why there is none.
fn month(money: &Money, rules: &Rules) -> Vec<Parameter> {
    let mut out = plain([part("payable", "valueBoolean", money.not_payable().is_none())]);
    out.extend(
        money.not_payable().map(|reason| Parameter::Plain(part("notPayableReason", "valueCode", reason.code()))),
    );
    match &money.priced {
        None => {}
        Some(Ok(forfait)) => {
            for line in &forfait.lines {
                let (code, label) = line_name(line.code, rules);
                let mut parts = plain([part("id", "valueCode", code), part("label", "valueString", label)]);
                parts.push(amount("amount", line.amount));
                out.push(Parameter::Parts("line", parts));
            }
            out.extend(money.adjusted.lines.iter().map(|one| adjustment(one, rules)));
            out.extend(money.total().map(|total| amount("total", total)));
            out.extend(forfait.year.as_ref().map(year));
        }
        Some(Err(error)) => out.push(Parameter::Plain(part("unpriced", "valueString", unpriced(error)))),
    }
    out
}

/// What of a closed month is paid or taken back: the line, what was paid for it, what is due now, why.
fn adjustment(one: &Adjustment, rules: &Rules) -> Parameter {
    let mut parts = of_closed(one.month, &one.line, rules);
    parts.extend([amount("before", one.before), amount("after", one.after), amount("amount", one.amount())]);
    parts.extend(plain([part("reason", "valueCode", one.reason.code())]));
    Parameter::Parts("adjustment", parts)
}

/// A line of a closed month: by its code where nobody has a name for it any more.
fn of_closed(month: Month, line: &str, rules: &Rules) -> Vec<Parameter> {
    let names = line_names(rules);
    let label = names.iter().find(|(code, _)| *code == line).map_or(line, |(_, label)| label);
    plain([
        part("month", "valueString", month.to_string()),
        part("id", "valueCode", line),
        part("label", "valueString", label),
    ])
}

/// The year of which the month pays an instalment: told, and in no total.
fn year(year: &FmtYear) -> Parameter {
    let mut parts = plain([part("year", "valueInteger", year.year)]);
    parts.push(amount("total", year.total));
    parts.extend(plain([part("partial", "valueBoolean", year.partial)]));
    let unknown = year.unknown_indicators.iter().map(|id| part("unknownIndicator", "valueCode", &**id));
    parts.extend(plain(unknown));
    Parameter::Parts("year", parts)
}

/// The parameter or the datum without which there is no amount.
fn unpriced(error: &PricingError) -> &str {
    match error {
        PricingError::AmountUnknown { param, .. } => param,
        PricingError::FactMissing { missing, .. } => missing,
        PricingError::UnknownTariff => "tariff",
    }
}

/// Answers one change under the name of what it is about, with `more` at its end.
fn change(change: &Change, rules: &Rules, more: Vec<Parameter>) -> Parameter {
    let (name, mut parts) = match change {
        Change::Payable { from, to } => ("payability", payability(*from, *to)),
        Change::Typologie { typologie, from, to } => {
            let rule = &rules.typologies[*typologie];
            let mut parts = plain([part("id", "valueCode", &*rule.id), part("label", "valueString", &*rule.label_fr)]);
            parts.push(Parameter::Parts("from", standing(*from)));
            parts.push(Parameter::Parts("to", standing(*to)));
            ("typology", parts)
        }
        Change::Line { code, from, to } => {
            let (code, label) = line_name(*code, rules);
            let mut parts = plain([part("id", "valueCode", code), part("label", "valueString", label)]);
            parts.extend(amounts(*from, *to));
            ("line", parts)
        }
        Change::Adjustment { month, line, from, to } => {
            let mut parts = of_closed(*month, line, rules);
            parts.extend(amounts(*from, *to));
            ("adjustment", parts)
        }
        Change::Fmt { from, to } => ("fmt", treatments(*from, *to)),
        Change::Total { from, to } => ("total", amounts(*from, *to)),
        Change::Item { item, from, to } => {
            let rule = &rules.items[*item];
            let parts = plain([
                part("id", "valueCode", &*rule.id),
                part("label", "valueString", &*rule.label_fr),
                part("from", "valueCode", ItemStatus::code(*from)),
                part("to", "valueCode", ItemStatus::code(*to)),
            ]);
            ("item", parts)
        }
    };
    parts.extend(more);
    Parameter::Parts(name, parts)
}

/// `payable`, or the reason not to pay.
fn payability(from: Option<NotPayable>, to: Option<NotPayable>) -> Vec<Parameter> {
    let code = |reason: Option<NotPayable>| reason.map_or("payable", NotPayable::code);
    plain([part("from", "valueCode", code(from)), part("to", "valueCode", code(to))])
}

fn standing(of: Standing) -> Vec<Parameter> {
    plain([
        part("declared", "valueBoolean", of.declared),
        part("eligible", "valueCode", of.eligible.code()),
        part("paid", "valueBoolean", of.paid),
    ])
}

/// An amount that is not there is left out.
fn amounts(from: Option<Centimes>, to: Option<Centimes>) -> Vec<Parameter> {
    let both = [("from", from), ("to", to)];
    both.into_iter().filter_map(|(name, value)| value.map(|value| amount(name, value))).collect()
}

fn treatments(from: Option<FmtTreatment>, to: Option<FmtTreatment>) -> Vec<Parameter> {
    let code = |treatment: FmtTreatment| match treatment {
        FmtTreatment::Included => "included",
        FmtTreatment::OnTop => "on-top",
    };
    let both = [("from", from), ("to", to)];
    plain(both.into_iter().filter_map(|(name, value)| value.map(|value| part(name, "valueCode", code(value)))))
}

/// A reason: its code, the day it turns on, what it is about.
fn cause(cause: &Cause, rules: &Rules) -> Value {
    let mut parts = vec![part("code", "valueCode", cause.code())];
    let on = match cause {
        Cause::Birthday { on, .. }
        | Cause::Parameter { on, .. }
        | Cause::ValidityEnds { on, .. }
        | Cause::PeriodEnds { on, .. }
        | Cause::PeriodBegins { on, .. } => Some(*on),
        _ => None,
    };
    parts.extend(on.map(|on| part("on", "valueDate", on.to_string())));
    match cause {
        Cause::Birthday { age, .. } => parts.push(part("age", "valueInteger", *age)),
        Cause::Parameter { id, .. } => parts.push(part("parameter", "valueString", &*rules.params.get(*id).id)),
        Cause::ValidityEnds { proof, .. } => {
            parts.extend(proof.iter().map(|e| part("evidence", "valueReference", reference(e))));
        }
        Cause::PeriodEnds { what, .. } | Cause::PeriodBegins { what, .. } | Cause::WindowEnds { what } => {
            parts.push(part("evidence", "valueReference", reference(what)));
        }
        _ => {}
    }
    json!({"name": "cause", "part": parts})
}

/// The next change of the money in the trace of a month.
pub(super) fn next_of_trace(turn: &Turn) -> Value {
    let month: Month = turn.date.month();
    json!({"name": "nextChange", "part": [
        part("date", "valueDate", turn.date.to_string()), part("month", "valueString", month.to_string())]})
}
