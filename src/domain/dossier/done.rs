//! Done acts: which accepted facts prove which prevention evidence, and when.
//!
//! Implements "ignored evidence" and "generic evidence" of the catalogue's conventions.

use super::Dossier;
use super::Role;
use super::readings;
use super::tags_of;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::When;
use crate::domain::condition::EvidenceId;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::Coding;
use crate::domain::fact::Fact;
use crate::domain::fact::Value;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Derived;
use crate::domain::measure::MeasureId;
use crate::domain::prevention::EvidenceSource;
use std::borrow::Cow;

/// An act that counts as evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The earliest day its date may stand for.
    pub day: Day,
    pub second: Option<u32>,
    /// Its date as precisely as known.
    pub date: PartialDate,
    pub fact: FactIndex,
    /// The other facts of an evidence made of several.
    pub also: Vec<FactIndex>,
}

impl Done {
    fn new(when: When, fact: FactIndex) -> Done {
        Done { day: when.earliest(), second: when.second, date: when.date, fact, also: Vec::new() }
    }

    /// Answers every fact the evidence is made of.
    pub fn facts(&self) -> impl Iterator<Item = FactIndex> + '_ {
        std::iter::once(self.fact).chain(self.also.iter().copied())
    }

    /// Answers what puts two acts in order of time: the day, then the time of that day.
    pub fn moment(&self) -> (Day, Option<u32>) {
        (self.day, self.second)
    }
}

/// The done acts of every evidence, oldest first.
#[derive(Debug, Default)]
pub(super) struct DoneList {
    all: Vec<Done>,
    /// Where each evidence begins in `all`; one more entry than evidences.
    starts: Vec<u32>,
}

impl DoneList {
    pub(super) fn collect(dossier: &Dossier<'_>) -> DoneList {
        let evidences = &dossier.rules.evidences;
        let mut all = Vec::with_capacity(dossier.len());
        let mut starts = Vec::with_capacity(evidences.len() + 1);
        for (n, evidence) in evidences.iter().enumerate() {
            let id = EvidenceId(n as u16);
            let from = all.len();
            starts.push(from as u32);
            match &evidence.source {
                EvidenceSource::Coded { concept, .. } if !dossier.has(*concept) => continue,
                EvidenceSource::Coded { concept, numeric } => all.extend(coded(dossier, *concept, *numeric)),
                EvidenceSource::SameDay(measures) => {
                    same_day(dossier, measures, &mut all);
                    told_itself(dossier, id, &mut all);
                }
                // The date of the whole depends on the reference day: see `on`.
                EvidenceSource::AllOf(_) => told_itself(dossier, id, &mut all),
            }
            sort(&mut all[from..]);
        }
        starts.push(all.len() as u32);
        DoneList { all, starts }
    }

    fn of(&self, evidence: EvidenceId) -> &[Done] {
        let n = usize::from(evidence.0);
        &self.all[self.starts[n] as usize..self.starts[n + 1] as usize]
    }
}

/// Answers the acts that prove the evidence on the reference day, oldest first.
pub(super) fn on<'d>(dossier: &'d Dossier<'_>, evidence: EvidenceId, on: Day) -> Cow<'d, [Done]> {
    let known = dossier.done.of(evidence);
    let upto =
        if known.last().is_none_or(|d| d.day <= on) { known.len() } else { known.partition_point(|d| d.day <= on) };
    let known = &known[..upto];
    let EvidenceSource::AllOf(concepts) = &dossier.rules.evidences[usize::from(evidence.0)].source else {
        return Cow::Borrowed(known);
    };
    let Some(whole) = all_of(dossier, concepts, on) else { return Cow::Borrowed(known) };
    let mut both = known.to_vec();
    both.push(whole);
    sort(&mut both);
    Cow::Owned(both)
}

fn sort(done: &mut [Done]) {
    if done.len() > 1 {
        done.sort_unstable_by_key(order);
    }
}

/// Answers what orders the acts of one evidence: time, never the order in which they came.
fn order(done: &Done) -> (Day, Option<u32>, FactIndex) {
    (done.day, done.second, done.fact)
}

/// Answers every fact that carries the concept as its code or as that of an answered component, in
/// order of facts.
fn coded(dossier: &Dossier<'_>, concept: ConceptId, numeric: bool) -> impl Iterator<Item = Done> {
    let mut last = None;
    tags_of(dossier, concept).iter().filter(|t| t.role() == Role::Code).filter_map(move |tag| {
        let fact = tag.fact();
        // Tags come grouped by fact: one fact proves once, however many codings say so.
        let when = if last == Some(fact) { None } else { proves(dossier, fact, tag.part().into(), (concept, numeric)) };
        last = when.map(|_| fact).or(last);
        when.map(|when| Done::new(when, fact))
    })
}

/// Answers when the part of the fact that carries the concept was done, `None` when it does not
/// count.
fn proves(dossier: &Dossier<'_>, fact: FactIndex, part: usize, (concept, numeric): (ConceptId, bool)) -> Option<When> {
    if let Fact::Act(act) = dossier.fact(fact)
        && !(answered(act, part) && (!numeric || has_number(act, part) || own_code(dossier, &act.codings, concept)))
    {
        return None;
    }
    counts(dossier, fact)
}

/// Answers the date of a fact that counts as evidence: done, dated, possible.
fn counts(dossier: &Dossier<'_>, fact: FactIndex) -> Option<When> {
    let when = match dossier.fact(fact) {
        Fact::Act(act) if act.state == ActState::Done && answered(act, 0) => act.when,
        Fact::Encounter(f) if f.state == ActState::Done => f.period.start,
        Fact::Condition(f) if f.confirmed && !f.void => f.recorded.or(f.onset),
        Fact::Flag(f) if !f.void => f.period.start,
        _ => None,
    }?;
    dossier.possible(when.date).then_some(when)
}

/// Answers whether something was said: an absent reason in place of every value is no evidence,
/// but an act without any result is (a billed procedure).
fn answered(act: &ActFact, part: usize) -> bool {
    let told = |value: &Value| !matches!(value, Value::None);
    match part.checked_sub(1).map(|n| &act.components[n]) {
        Some(component) => !component.absent && told(&component.value),
        None if told(&act.value) => true,
        None => {
            act.components.iter().any(|c| !c.absent && told(&c.value))
                || !(act.absent || act.components.iter().any(|c| c.absent))
        }
    }
}

fn has_number(act: &ActFact, part: usize) -> bool {
    let number = |v: &Value| matches!(v, Value::Quantity { .. } | Value::Bounded { .. } | Value::Integer(_));
    match part.checked_sub(1) {
        Some(n) => number(&act.components[n].value),
        None => number(&act.value) || act.components.iter().any(|c| number(&c.value)),
    }
}

/// Appends every fact that names the evidence as a whole by our own code for it.
fn told_itself(dossier: &Dossier<'_>, evidence: EvidenceId, all: &mut Vec<Done>) {
    for &fact in dossier.tags.own() {
        if says_itself(dossier, fact, evidence)
            && let Some(when) = counts(dossier, fact)
        {
            all.push(Done::new(when, fact));
        }
    }
}

/// Answers whether the fact carries the evidence's id as a code of our own system.
fn says_itself(dossier: &Dossier<'_>, fact: FactIndex, evidence: EvidenceId) -> bool {
    let id = &dossier.rules.evidences[usize::from(evidence.0)].id;
    let is_own = |c: &Coding| c.code == *id && own_system(dossier, c).is_some();
    match dossier.fact(fact) {
        Fact::Act(f) => f.codings.iter().any(is_own),
        Fact::Encounter(f) => f.types.iter().chain(&f.reasons).any(is_own),
        Fact::Condition(f) => f.codings.iter().any(is_own),
        Fact::Flag(f) => f.codings.iter().any(is_own),
        _ => false,
    }
}

/// Answers whether one of the codings is our own evidence code for that concept.
fn own_code(dossier: &Dossier<'_>, codings: &[Coding], concept: ConceptId) -> bool {
    let mut found = Vec::new();
    for coding in codings {
        if let Some(system) = own_system(dossier, coding) {
            dossier.rules.concepts.resolve_in(system, &coding.code, None, &mut found);
        }
    }
    found.contains(&concept)
}

fn own_system(dossier: &Dossier<'_>, coding: &Coding) -> Option<u16> {
    let concepts = &dossier.rules.concepts;
    concepts.system_of(&coding.system).filter(|system| concepts.is_own(*system))
}

/// Appends one act per calendar day on which all the measures were taken.
fn same_day(dossier: &Dossier<'_>, measures: &[MeasureId], all: &mut Vec<Done>) {
    let Some((first, others)) = measures.split_first() else { return };
    // What is computed from them must be possible too: an impossible index proves nothing.
    let computed = dossier.rules.measures.0.iter().position(|measure| {
        matches!(measure.derived, Some(Derived::BodyMassIndex { weight, height })
            if measures.contains(&weight) && measures.contains(&height))
    });
    let computed = computed.map(|n| MeasureId(n as u16));
    for day in readings::exact_days(&dossier.readings, *first) {
        if computed.is_some_and(|index| readings::of_day(&dossier.readings, index, day).is_none()) {
            continue;
        }
        let Some(start) = readings::of_day(&dossier.readings, *first, day) else { continue };
        let rest: Vec<_> = others.iter().filter_map(|m| readings::of_day(&dossier.readings, *m, day)).collect();
        if rest.len() == others.len() {
            all.push(Done {
                day,
                second: rest.iter().map(|r| r.second).chain([start.second]).max().flatten(),
                date: start.date,
                fact: start.fact,
                also: rest.iter().map(|r| r.fact).filter(|f| *f != start.fact).collect(),
            });
        }
    }
}

/// Answers one act dated by the oldest of the latest acts of each group, when every group has one.
fn all_of(dossier: &Dossier<'_>, concepts: &[ConceptId], on: Day) -> Option<Done> {
    let before = |done: &Done| done.day <= on;
    let of_group = |concept: &ConceptId| coded(dossier, *concept, false).filter(before).max_by_key(order);
    let latest: Vec<Done> = concepts.iter().map(of_group).collect::<Option<_>>()?;
    let oldest = latest.iter().min_by_key(|d| (d.moment(), d.fact))?.clone();
    let also = latest.iter().map(|d| d.fact).filter(|f| *f != oldest.fact).collect();
    Some(Done { also, ..oldest })
}
