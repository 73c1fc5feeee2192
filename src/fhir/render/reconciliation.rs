//! A payer's list against ours, as Parameters: totals of each side, counts, and every difference.
//!
//! Patients are named by reference, never by an identifier the list brought.

use super::{code_system, money, parameters, part};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::money::Centimes;
use crate::domain::statement::Divergence;
use crate::domain::statement::Now;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a comparison came to.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    pub structure: String,
    pub known_at: Instant,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: String,
    /// Lines of the list.
    pub lines: u64,
    /// Lines that differ in nothing.
    pub equal: u64,
    pub months: BTreeMap<Month, MonthSides>,
    /// By month, patient and line.
    pub differences: Vec<Difference>,
}

/// The totals of a month on each side.
#[derive(Clone, Copy, Debug)]
pub struct MonthSides {
    pub is_closed: bool,
    pub theirs: Centimes,
    pub issued: Centimes,
    pub now: Centimes,
    /// Patient-months of which no amount can be told now: `now` is without them.
    pub unknown: u64,
}

/// A patient-month on which the sides differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub month: Month,
    /// `None`: the list names nobody we know.
    pub patient: Option<Box<str>>,
    /// Number of the line in the list.
    pub line: Option<u32>,
    pub theirs: Option<Centimes>,
    pub issued: Option<Centimes>,
    /// `None`: there is nothing to compute.
    pub now: Option<Now>,
    /// Why nothing was issued.
    pub not_payable: Option<Box<str>>,
    pub reason: Divergence,
}

impl MonthSides {
    /// Answers the totals of nothing yet.
    pub fn new(is_closed: bool) -> MonthSides {
        let zero = Centimes::ZERO;
        MonthSides { is_closed, theirs: zero, issued: zero, now: zero, unknown: 0 }
    }

    fn parts(&self) -> Vec<Value> {
        let mut parts = vec![json!({"name": "theirs", "valueMoney": money(self.theirs)})];
        if self.is_closed {
            parts.push(json!({"name": "issued", "valueMoney": money(self.issued)}));
        }
        parts.push(json!({"name": "now", "valueMoney": money(self.now)}));
        if self.unknown > 0 {
            parts.push(part("nowUnknown", "valueDecimal", self.unknown));
        }
        parts
    }
}

impl Difference {
    /// Answers what is told of a line that has nothing beside it.
    pub fn of_line(
        month: Month,
        patient: Option<Box<str>>,
        (line, theirs): (u32, Centimes),
        reason: Divergence,
    ) -> Difference {
        Difference {
            month,
            patient,
            line: Some(line),
            theirs: Some(theirs),
            issued: None,
            now: None,
            not_payable: None,
            reason,
        }
    }

    fn part(&self) -> Value {
        let coding = json!({"system": code_system("reconcile-reason"), "code": self.reason.code()});
        let mut parts = vec![
            json!({"name": "reason", "valueCoding": coding}),
            part("month", "valueString", self.month.to_string()),
        ];
        if let Some(patient) = &self.patient {
            parts.push(json!({"name": "patient", "valueReference": {"reference": format!("Patient/{patient}")}}));
        }
        parts.extend(self.line.map(|line| part("line", "valuePositiveInt", line)));
        let now = match self.now {
            Some(Now::Known(now)) => Some(now),
            Some(Now::Unknown) | None => None,
        };
        for (name, amount) in [("theirs", self.theirs), ("issued", self.issued), ("now", now)] {
            parts.extend(amount.map(|amount| json!({"name": name, "valueMoney": money(amount)})));
        }
        parts.extend(self.not_payable.as_ref().map(|reason| part("notPayable", "valueCode", &**reason)));
        json!({"name": "difference", "part": parts})
    }
}

impl Reconciliation {
    /// Answers how often each reason is met.
    pub fn counts(&self) -> BTreeMap<Divergence, u64> {
        let mut counts = BTreeMap::new();
        for difference in &self.differences {
            *counts.entry(difference.reason).or_default() += 1;
        }
        counts
    }

    /// Answers the Parameters; `Written` gives amounts their two decimals.
    pub fn parameters(&self) -> Value {
        let mut parts = vec![
            json!({"name": "structure", "valueReference": {"reference": format!("Organization/{}", self.structure)}}),
            part("knownAt", "valueInstant", self.known_at.to_string()),
            part("rulebook", "valueString", self.rulebook.as_str()),
            part("lines", "valueDecimal", self.lines),
            part("equal", "valueDecimal", self.equal),
        ];
        let mut all = MonthSides::new(true);
        for (month, sides) in &self.months {
            all.theirs += sides.theirs;
            all.issued += sides.issued;
            all.now += sides.now;
            all.unknown += sides.unknown;
            let status = if sides.is_closed { "issued" } else { "draft" };
            let mut inner = vec![part("month", "valueString", month.to_string()), part("status", "valueCode", status)];
            inner.extend(sides.parts());
            parts.push(json!({"name": "month", "part": inner}));
        }
        parts.push(json!({"name": "total", "part": all.parts()}));
        for (reason, count) in self.counts() {
            parts.push(json!({"name": "count", "part": [
                part("reason", "valueCode", reason.code()), part("count", "valueDecimal", count)]}));
        }
        parts.extend(self.differences.iter().map(Difference::part));
        parameters(parts)
    }
}
