//! What one rule concludes, and what the four rule kinds share.

use super::Component;
use super::ItemStatus;
use super::Rule;
use super::milestones;
use super::season;
use super::series;
use super::validity;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::condition::Context;
use crate::domain::condition::EvidenceId;
use crate::domain::dossier::Done;
use crate::domain::finding::Facts;
use crate::domain::param::ParamId;
use std::borrow::Cow;

/// The day from which a proof no longer counts. A later end is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Until {
    Day(Day),
    Ever,
}

impl Until {
    pub(super) fn day(self) -> Option<Day> {
        match self {
            Until::Day(day) => Some(day),
            Until::Ever => None,
        }
    }
}

/// Codes of `reason` that the engine itself decides.
pub(super) const INCOMPLETE: &str = "incomplete";
pub(super) const PARAMETER_UNKNOWN: &str = "missing-parameter";

/// What the rule of one component concludes on the reference day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<'r> {
    /// Up to date, expired, never done; indeterminate where a parameter has no known value.
    pub status: ItemStatus,
    pub due: Option<Day>,
    pub last: Option<Done>,
    /// The facts that decided.
    pub facts: Facts,
    pub reason: Option<&'r str>,
    /// The shortest interval in force for this person, in months; a refusal holds no longer.
    pub months: Option<i32>,
    /// The lead in force in place of the component's.
    pub lead_days: Option<ParamId>,
}

impl<'r> Part<'r> {
    pub(super) fn never() -> Part<'r> {
        Part {
            status: ItemStatus::NeverDone,
            due: None,
            last: None,
            facts: Facts::new(),
            reason: None,
            months: None,
            lead_days: None,
        }
    }

    pub(super) fn unknown() -> Part<'r> {
        Part { status: ItemStatus::Indeterminate, reason: Some(PARAMETER_UNKNOWN), ..Part::never() }
    }

    /// Answers a part whose evidence counts until then.
    pub(super) fn until(until: Until, last: &Done, on: Day) -> Part<'r> {
        let current = until > Until::Day(on);
        Part {
            status: if current { ItemStatus::UpToDate } else { ItemStatus::Expired },
            due: until.day(),
            last: Some(last.clone()),
            facts: last.facts().collect(),
            ..Part::never()
        }
    }

    pub(super) fn is_current(&self) -> bool {
        self.status == ItemStatus::UpToDate
    }
}

/// Answers what the rule concludes on the context's day.
pub(super) fn conclude<'d>(rule: &'d Rule, ctx: &mut Context<'d>) -> Part<'d> {
    match rule {
        Rule::Validity(rule) => validity::conclude(rule, ctx),
        Rule::Season(rule) => season::conclude(rule, ctx),
        Rule::Milestones(rule) => milestones::conclude(rule, ctx),
        Rule::Series(rule) => series::conclude(rule, ctx),
    }
}

impl Component {
    /// Answers every evidence its rule looks at, each once, in the order of the rule.
    pub fn evidences(&self) -> Vec<EvidenceId> {
        let mut all = Vec::new();
        evidences(&self.rule, &mut all);
        let mut once = Vec::with_capacity(all.len());
        all.into_iter().for_each(|evidence| {
            if !once.contains(&evidence) {
                once.push(evidence);
            }
        });
        once
    }
}

impl Rule {
    /// Answers the evidences that hold longest: what is worth doing, where the line has this reason.
    pub fn wanted(&self, reason: Option<&str>) -> Vec<EvidenceId> {
        match self {
            Rule::Validity(rule) => {
                let proofs = || rule.tiers.iter().flat_map(|tier| &tier.proofs);
                let for_life: Vec<EvidenceId> = proofs().filter(|p| p.months.is_none()).map(|p| p.evidence).collect();
                if for_life.is_empty() { proofs().map(|proof| proof.evidence).collect() } else { for_life }
            }
            Rule::Season(rule) => vec![rule.evidence],
            Rule::Milestones(rule) => match &rule.must_contain {
                Some(must) if reason == Some(&*must.reason) => vec![must.evidence],
                _ => vec![rule.evidence],
            },
            Rule::Series(rule) => vec![rule.evidence],
        }
    }
}

/// Appends every evidence the rule looks at.
pub(super) fn evidences(rule: &Rule, out: &mut Vec<EvidenceId>) {
    match rule {
        Rule::Validity(rule) => {
            out.extend(rule.tiers.iter().flat_map(|t| &t.proofs).map(|p| p.evidence));
            if let Some(abnormal) = &rule.abnormal {
                out.extend(abnormal.evidence.iter().chain(&abnormal.cleared_by));
            }
        }
        Rule::Season(rule) => out.push(rule.evidence),
        Rule::Milestones(rule) => {
            out.push(rule.evidence);
            out.extend(rule.must_contain.iter().map(|m| m.evidence));
        }
        Rule::Series(rule) => out.push(rule.evidence),
    }
}

/// Answers the acts that prove the evidence on the reference day, oldest first; those done before
/// the evidence's minimum age are none.
pub(super) fn accepted<'d>(evidence: EvidenceId, ctx: &mut Context<'d>) -> Cow<'d, [Done]> {
    let dossier = ctx.dossier;
    let known = dossier.done(evidence, ctx.day);
    if known.is_empty() {
        return known;
    }
    let min_age = dossier.rules().evidences[usize::from(evidence.0)].min_age;
    if min_age.is_none() {
        return known;
    }
    known.iter().filter(|d| ctx.is_aged(d.day, (min_age, None))).cloned().collect()
}

/// Answers the date of the last act, as precisely as known.
pub(super) fn last_date(part: &Part<'_>) -> Option<PartialDate> {
    part.last.as_ref().map(|d| d.date)
}
