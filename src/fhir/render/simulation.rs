//! A simulation as Parameters: totals by line and month, who gains and who loses, the distribution.

use super::{code_system, money, part};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::simulation::Balance;
use crate::domain::simulation::Change;
use crate::domain::simulation::Comparison;
use serde_json::{Value, json};

/// A comparison and what it rests on.
pub struct SimulationView<'a> {
    pub comparison: &'a Comparison,
    pub known_at: Instant,
    /// Of the rules in force, and of the simulated ones.
    pub rulebook: &'a str,
    pub simulated: &'a str,
    pub current: &'a str,
    pub tariff: &'a str,
    /// Months of the range that are closed, and those that have days to come.
    pub closed: &'a [Month],
    pub ahead: &'a [Month],
}

/// Answers the Parameters of a simulation.
pub fn simulation(view: &SimulationView<'_>) -> Value {
    let found = view.comparison;
    let mut parts = vec![
        part("knownAt", "valueInstant", view.known_at.to_string()),
        part("rulebook", "valueString", view.rulebook),
        part("simulatedRulebook", "valueString", view.simulated),
        part("currentTariff", "valueString", view.current),
        part("tariff", "valueString", view.tariff),
        part("weakestStatus", "valueCode", found.status.code()),
        part("fictional", "valueBoolean", found.fictional),
        part("patients", "valueInteger", found.patients),
        part("unpriced", "valueInteger", found.unpriced),
        part("withoutAdjustments", "valueBoolean", true),
        json!({"name": "total", "part": changed(&found.total)}),
        json!({"name": "patientsByEffect", "part": balance(&found.all)}),
    ];
    for (code, label, change) in &found.lines {
        let mut line = vec![part("code", "valueCode", &**code), part("display", "valueString", &**label)];
        line.extend(changed(change));
        parts.push(json!({"name": "line", "part": line}));
    }
    for (month, of_month) in &found.months {
        let mut told = vec![part("month", "valueString", month.to_string())];
        let marks = [
            ("closed", view.closed.contains(month)),
            ("projection", view.ahead.contains(month)),
            ("partial", of_month.partial),
        ];
        told.extend(marks.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| part(name, "valueBoolean", true)));
        told.push(part("unpriced", "valueInteger", of_month.unpriced));
        told.extend(changed(&of_month.change));
        parts.push(json!({"name": "month", "part": told}));
    }
    for (code, of_line) in &found.by_line {
        let mut told = vec![part("code", "valueCode", &**code)];
        told.extend(balance(of_line));
        parts.push(json!({"name": "patientsByLine", "part": told}));
    }
    for (share, effect) in &found.distribution {
        parts.push(json!({"name": "distribution", "part": [
            part("percentile", "valueInteger", *share), {"name": "effect", "valueMoney": money(*effect)}]}));
    }
    let figures = [
        ("simulated", true),
        ("projection", !view.ahead.is_empty()),
        ("partial", found.months.iter().any(|(_, month)| month.partial)),
    ];
    let tag = |code: &str| json!({"system": code_system("figure"), "code": code});
    let tags: Vec<Value> = figures.iter().filter(|(_, holds)| *holds).map(|(code, _)| tag(code)).collect();
    json!({"resourceType": "Parameters", "meta": {"tag": tags}, "parameter": parts})
}

fn changed(change: &Change) -> Vec<Value> {
    vec![
        part("countBefore", "valueInteger", change.count_before),
        json!({"name": "before", "valueMoney": money(change.before)}),
        part("countAfter", "valueInteger", change.count_after),
        json!({"name": "after", "valueMoney": money(change.after)}),
        json!({"name": "effect", "valueMoney": money(change.effect())}),
    ]
}

fn balance(balance: &Balance) -> Vec<Value> {
    vec![
        part("winners", "valueInteger", balance.winners),
        part("losers", "valueInteger", balance.losers),
        part("unchanged", "valueInteger", balance.unchanged),
        json!({"name": "effect", "valueMoney": money(balance.effect)}),
    ]
}
