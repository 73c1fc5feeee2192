//! The care pathways (parcours): who may enter, who is in or waits, what is used of what is granted.
//!
//! Owns: eligibility, the stay that an EpisodeOfCare tells, sessions and workshops, the places of a
//! structure, its waiting list and its workshop groups. Must not know: FHIR, the clock, how many
//! patients there are. Implements the annexes "parcours de soins coordonnés" of the experiment.

mod allowance;
mod days;
mod overview;
mod stay;
#[cfg(test)]
mod tests;
mod workshop;

pub use allowance::Allowance;
pub use allowance::AllowanceKind;
pub use allowance::Extension;
pub use allowance::Used;
pub use overview::Capacity;
pub use overview::Overview;
pub use overview::Places;
pub use overview::Turn;
pub use stay::State;
pub use stay::Stay;
pub use stay::stay;
pub use workshop::Meeting;
pub use workshop::Seat;
pub use workshop::Workshop;
pub use workshop::groups;
pub use workshop::seats;

use super::calendar::Day;
use super::condition;
use super::condition::BirthReading;
use super::condition::Condition;
use super::condition::Context;
use super::dossier::Dossier;
use super::enrolment::StructureScope;
use super::finding::EvidenceRef;
use super::finding::Finding;
use super::measure::ConceptId;
use super::typologie::Ground;
use super::verdict::RuleStatus;
use super::verdict::Verdict;

/// One pathway of `mappings/pathways/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pathway {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub eligible: Condition,
    /// EpisodeOfCare.type of who waits for it, is in it, or was.
    pub entry: ConceptId,
    /// Sessions and workshops that it grants.
    pub allowances: Vec<Allowance>,
    /// `None`: its rulebook says nothing of places, so nobody knows how many there are.
    pub capacity: Option<Capacity>,
    pub status: RuleStatus,
}

/// Where a patient stands with a pathway on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct PathwayResult {
    /// Index in `Rules::pathways`.
    pub pathway: usize,
    /// Whether the patient may enter.
    pub ground: Ground,
    /// The parts of the rule that decided it; empty where it is unknown, or where nobody asked (`explained`).
    pub reasons: Vec<Reason>,
    /// `None`: neither in it, nor waiting, nor ever was.
    pub stay: Option<Stay>,
    /// What is used of each of `Pathway::allowances`; empty for who was never in it.
    pub used: Vec<Used>,
}

/// A part of the rule that decided whether the patient may enter.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub condition: Condition,
    pub verdict: Verdict,
    pub evidence: Vec<EvidenceRef>,
}

impl PathwayResult {
    /// Answers the weakest status of all that was used.
    pub fn status(&self) -> RuleStatus {
        let stay = self.stay.as_ref().map_or(RuleStatus::Official, |_| RuleStatus::Interpretation);
        self.used.iter().map(|used| used.status).fold(self.ground.status.max(stay), Ord::max)
    }

    /// Answers where the patient stands, `None` where nobody told of him and the pathway.
    pub fn state(&self) -> Option<State> {
        self.stay.as_ref().map(|stay| stay.state)
    }
}

/// Answers where the patient stands with each pathway on `date`, in the order of the rulebook. Rights
/// and states are those of the month of that day; a partial birth date stays three-valued.
pub fn evaluate(dossier: &Dossier<'_>, scope: &StructureScope<'_>, date: Day) -> Vec<PathwayResult> {
    let mut context = Context::new(dossier, date, BirthReading::Money);
    let params = &dossier.rules().params;
    let each = dossier.rules().pathways.iter().enumerate().map(|(pathway, rule)| {
        let finding = condition::evaluate(&rule.eligible, &mut context);
        let uses = context.take_uses();
        let ground = Ground {
            verdict: finding.verdict,
            evidence: dossier.references(&finding.evidence),
            missing: Finding::told(&finding.missing),
            status: uses.weakest(rule.status, params, date),
            uses,
        };
        let stay = stay(dossier, scope, rule, date);
        let used = stay.as_ref().map_or_else(Vec::new, |stay| allowance::used(dossier, rule, stay, date));
        PathwayResult { pathway, ground, reasons: Vec::new(), stay, used }
    });
    each.collect()
}

/// Answers the same with the reasons of each verdict, which sums over many patients do not ask for.
pub fn explained(results: Vec<PathwayResult>, dossier: &Dossier<'_>, date: Day) -> Vec<PathwayResult> {
    let mut context = Context::new(dossier, date, BirthReading::Money);
    let explain = |result: PathwayResult| {
        let decided = condition::decided(&dossier.rules().pathways[result.pathway].eligible, &mut context);
        let reasons = decided.into_iter().map(|one| Reason {
            condition: one.condition.clone(),
            verdict: one.verdict,
            evidence: dossier.references(&one.facts),
        });
        PathwayResult { reasons: reasons.collect(), ..result }
    };
    results.into_iter().map(explain).collect()
}
