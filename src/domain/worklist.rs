//! Worklists: the open care gaps of a patient, what they weigh, what one visit would close, and what
//! closing one would add to a tariff that pays for prevention.
//!
//! Owns: from a card, a next appointment and the stakes of a tariff to one line of work, and the
//! order of lines. Must not know: FHIR, the clock, how patients are found.

use super::calendar::Day;
use super::calendar::When;
use super::dossier::Dossier;
use super::enrolment::cite;
use super::fact::Kind;
use super::fact::Named;
use super::finding::EvidenceRef;
use super::fmt::Stake;
use super::param::ParamId;
use super::prevention::Card;
use super::prevention::ItemResult;
use super::prevention::ItemStatus;
use super::rules::Rules;
use super::verdict::RuleStatus;
use rust_decimal::Decimal;
use std::cmp::Reverse;

/// `mappings/worklist.yaml`, and what the prevention files say of a visit.
#[derive(Clone, Debug, PartialEq)]
pub struct WorklistRules {
    /// Of the items that are not named.
    pub weight: ParamId,
    /// Index of an item, its own weight.
    pub by_item: Vec<(usize, ParamId)>,
    /// `one_visit` of each item, in catalogue order; `None`: its file does not say.
    pub closing: Vec<Option<Closing>>,
    pub status: RuleStatus,
}

impl WorklistRules {
    /// Answers the parameter of an item's weight.
    pub fn weight_of(&self, item: usize) -> ParamId {
        self.by_item.iter().find(|(n, _)| *n == item).map_or(self.weight, |(_, param)| *param)
    }
}

/// Where the proof of an item is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// In one visit at the structure: measured, asked or given on the spot.
    InVisit,
    /// By somebody else, or later: a laboratory, an imaging centre, a test done at home.
    Elsewhere,
}

/// A booked appointment.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub start: When,
    /// `Practitioner/x`, of those named by reference.
    pub with: Vec<Box<str>>,
    pub evidence: EvidenceRef,
}

/// One open gap of a patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Index in `Rules::items`.
    pub item: usize,
    /// Expired, never done, or refused.
    pub status: ItemStatus,
    pub due: Option<Day>,
    /// `None`: nobody knows.
    pub weight: Option<Decimal>,
    /// `None`: the rulebook does not say.
    pub closing: Option<Closing>,
    /// What closing it would add to the tariff asked for; `None`: nothing, or no tariff was asked.
    pub stake: Option<Stake>,
    /// Weakest status of the rule, of its parameters and of the weight.
    pub rule_status: RuleStatus,
}

/// What there is to do for one patient.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkItem {
    /// Expired and never done, in catalogue order.
    pub open: Vec<Gap>,
    /// Refused: told apart, they weigh nothing.
    pub refused: Vec<Gap>,
    /// Up to date and due soon: item and day.
    pub soon: Vec<(usize, Day)>,
    /// What the open gaps weigh together; `None`: some weight is unknown.
    pub weight: Option<Decimal>,
    pub next: Option<Next>,
    pub status: RuleStatus,
}

/// Where a line stands in a worklist: the heaviest first, then the most gaps, then by id. A weight
/// that nobody knows comes before all, so that it is not overlooked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    known: bool,
    weight: Reverse<Decimal>,
    number: Reverse<usize>,
    patient: Box<str>,
}

impl Rank {
    /// Answers the rank of these figures; `None`: the weight is not known.
    pub fn new(weight: Option<Decimal>, number: usize, patient: &str) -> Rank {
        let known = weight.is_some();
        Rank { known, weight: Reverse(weight.unwrap_or_default()), number: Reverse(number), patient: patient.into() }
    }

    /// Answers what it was made of.
    pub fn parts(&self) -> (Option<Decimal>, usize, &str) {
        (self.known.then_some(self.weight.0), self.number.0, &self.patient)
    }
}

impl WorkItem {
    pub fn count(&self, status: ItemStatus) -> usize {
        self.open.iter().chain(&self.refused).filter(|gap| gap.status == status).count()
    }

    /// Answers the open gaps one visit at the structure would close.
    pub fn closed_by_visit(&self) -> impl Iterator<Item = &Gap> {
        self.open.iter().filter(|gap| gap.closing == Some(Closing::InVisit))
    }

    /// Answers the open gaps of which nobody told whether a visit closes them.
    pub fn untold(&self) -> impl Iterator<Item = &Gap> {
        self.open.iter().filter(|gap| gap.closing.is_none())
    }

    /// Answers the stakes of the open gaps.
    pub fn stakes(&self) -> impl Iterator<Item = &Stake> {
        self.open.iter().filter_map(|gap| gap.stake.as_ref())
    }

    pub fn rank(&self, patient: &str) -> Rank {
        Rank::new(self.weight, self.open.len(), patient)
    }
}

/// Answers the next appointment booked on `date` or after it, known by then.
pub fn next_appointment(dossier: &Dossier<'_>, date: Day) -> Option<Next> {
    let booked = dossier.appointments().filter(|seen| dossier.expects(seen.fact));
    let ahead = booked.filter_map(|seen| {
        let start = seen.fact.start.filter(|start| start.date.latest() >= date)?;
        let named = seen.fact.participants.iter().filter_map(|participant| participant.actor.as_ref());
        let with = named.filter_map(|actor| match actor {
            Named::Resource(reference) if matches!(reference.kind, Kind::Practitioner | Kind::PractitionerRole) => {
                Some(reference.to_string().into())
            }
            _ => None,
        });
        Some(Next { start, with: with.collect(), evidence: cite(seen.record, seen.version) })
    });
    ahead.min_by(|a, b| {
        let key = |next: &Next| (next.start.earliest(), next.start.second);
        key(a).cmp(&key(b)).then_with(|| a.evidence.id.cmp(&b.evidence.id))
    })
}

/// Answers what there is to do for a patient, of the items `wanted` (all where it is empty); `None`
/// when no gap is open.
pub fn work(rules: &Rules, card: &Card, wanted: &[usize], next: Option<Next>, stakes: &[Stake]) -> Option<WorkItem> {
    let is_wanted = |result: &&ItemResult| wanted.is_empty() || wanted.contains(&result.item);
    let gap = |result: &ItemResult| {
        let weight = rules.worklist.weight_of(result.item);
        let stake = stakes.iter().find(|stake| stake.item == result.item).cloned();
        Gap {
            item: result.item,
            status: result.status,
            due: result.due,
            weight: rules.params.number(weight, card.date),
            closing: rules.worklist.closing.get(result.item).copied().flatten(),
            rule_status: result.rule_status.max(rules.params.status(weight, card.date)).max(rules.worklist.status),
            stake,
        }
    };
    let of = |is: &dyn Fn(&ItemResult) -> bool| -> Vec<Gap> {
        card.items.iter().filter(is_wanted).filter(|result| is(result)).map(gap).collect()
    };
    let open = of(&|result| matches!(result.status, ItemStatus::Expired | ItemStatus::NeverDone));
    if open.is_empty() {
        return None;
    }
    let refused = of(&|result| result.status == ItemStatus::Refused);
    let due = card.items.iter().filter(is_wanted).filter(|result| result.due_soon);
    let soon = due.filter_map(|result| Some((result.item, result.due?))).collect();
    let weight = open.iter().try_fold(Decimal::ZERO, |sum, gap| sum.checked_add(gap.weight?));
    let status = open.iter().chain(&refused).map(|gap| gap.rule_status).max().unwrap_or(rules.worklist.status);
    Some(WorkItem { open, refused, soon, weight, next, status })
}

#[cfg(test)]
mod tests;
