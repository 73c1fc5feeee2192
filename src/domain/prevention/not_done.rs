//! Refusals and contraindications: acts not done for a reason, or our own codes that say so.

use super::EvidenceSource;
use super::Item;
use super::part;
use crate::domain::calendar::Day;
use crate::domain::calendar::When;
use crate::domain::condition::EvidenceId;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::fact::ActState;
use crate::domain::fact::Fact;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;

/// The acts of a dossier that were refused or contraindicated, found once for all items.
#[derive(Debug)]
pub(super) struct NotDoneActs {
    refused: Vec<(FactIndex, Day)>,
    contraindicated: Vec<FactIndex>,
}

impl NotDoneActs {
    /// Answers those known on the reference day. A refusal without a date cannot be in force at a
    /// given time; a contraindication holds until it is withdrawn, dated or not.
    pub(super) fn of(dossier: &Dossier<'_>, on: Day) -> NotDoneActs {
        let codes = &dossier.rules().not_done;
        let of = |concept| dossier.with_concept(concept, Role::Reason).map(|(fact, _)| fact);
        let refused = of(codes.refusal).filter_map(|fact| {
            let when = not_done(dossier, fact)?;
            when.map(|w| (fact, w.earliest())).filter(|(_, day)| *day <= on)
        });
        let contraindicated = of(codes.contraindication)
            .filter(|fact| not_done(dossier, *fact).is_some_and(|when| when.is_none_or(|w| w.earliest() <= on)));
        NotDoneActs { refused: refused.collect(), contraindicated: contraindicated.collect() }
    }

    /// Answers the latest refusal of an act of the item, with its day.
    pub(super) fn refusal(&self, dossier: &Dossier<'_>, item: usize, on: Day) -> Option<(FactIndex, Day)> {
        let acts = self.refused.iter().copied().filter(|(fact, _)| concerns(dossier, *fact, item));
        let own = dossier.rules().not_done.per_item.get(item).map(|(refused, _)| *refused);
        let own = own.filter(|concept| dossier.has(*concept));
        if own.is_none() && self.refused.is_empty() {
            return None;
        }
        let told = own.into_iter().flat_map(|concept| told(dossier, concept));
        let told = told.filter_map(|(fact, when)| Some((fact, when?.earliest()))).filter(|(_, day)| *day <= on);
        acts.chain(told).max_by_key(|(fact, day)| (*day, *fact))
    }

    /// Answers a contraindication of an act of the item.
    pub(super) fn contraindication(&self, dossier: &Dossier<'_>, item: usize, on: Day) -> Option<FactIndex> {
        let acts = self.contraindicated.iter().copied().filter(|fact| concerns(dossier, *fact, item));
        let own = dossier.rules().not_done.per_item.get(item).map(|(_, contraindicated)| *contraindicated);
        let own = own.filter(|concept| dossier.has(*concept));
        if own.is_none() && self.contraindicated.is_empty() {
            return None;
        }
        let told = own.into_iter().flat_map(|concept| told(dossier, concept));
        let told = told.filter(|(_, when)| when.is_none_or(|w| w.earliest() <= on)).map(|(fact, _)| fact);
        acts.chain(told).min()
    }
}

/// Answers the date of an act that was not done: `None` when the fact is none, `Some(None)` when
/// it is not dated.
fn not_done(dossier: &Dossier<'_>, fact: FactIndex) -> Option<Option<When>> {
    match dossier.fact(fact) {
        Fact::Act(act) if act.state == ActState::NotDone => Some(act.when),
        _ => None,
    }
}

/// Answers every fact that carries our own code for it, done or not done alike, with its date.
fn told<'d>(dossier: &'d Dossier<'_>, concept: ConceptId) -> impl Iterator<Item = (FactIndex, Option<When>)> + 'd {
    dossier.with_concept(concept, Role::Code).filter_map(|(fact, _)| {
        let when = match dossier.fact(fact) {
            Fact::Act(act) if act.state != ActState::Ignored => act.when,
            Fact::Encounter(f) if f.state == ActState::Done => f.period.start,
            Fact::Condition(f) if f.confirmed && !f.void => f.recorded.or(f.onset),
            Fact::Flag(f) if !f.void => f.period.start,
            _ => return None,
        };
        Some((fact, when))
    })
}

/// Answers whether the fact is coded as some act of the item: it then concerns the whole item.
fn concerns(dossier: &Dossier<'_>, fact: FactIndex, item: usize) -> bool {
    let rules = dossier.rules();
    let mut evidences: Vec<EvidenceId> = Vec::new();
    let item: &Item = &rules.items[item];
    for component in &item.components {
        part::evidences(&component.rule, &mut evidences);
    }
    evidences.iter().any(|id| match &rules.evidences[usize::from(id.0)].source {
        EvidenceSource::Coded { concept, .. } => dossier.carries(fact, Role::Code, *concept),
        EvidenceSource::SameDay(measures) => {
            measures.iter().any(|m| dossier.carries(fact, Role::Code, rules.measures.get(*m).concept))
        }
        EvidenceSource::AllOf(concepts) => concepts.iter().any(|c| dossier.carries(fact, Role::Code, *c)),
    })
}
