//! Sessions and workshops of a stay: what is granted, what is used, what is left.
//!
//! A session is a finished Encounter of its type within the days of the stay: a no-show, which is an
//! Appointment, is none. What is booked is told apart and uses nothing.

use super::Pathway;
use super::Stay;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::enrolment::Span;
use crate::domain::fact::ActState;
use crate::domain::fact::AppointmentState;
use crate::domain::fact::Fact;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;
use crate::domain::param::ParamId;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;

/// With one patient, or with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllowanceKind {
    Session,
    Workshop,
}

impl AllowanceKind {
    pub fn code(self) -> &'static str {
        match self {
            AllowanceKind::Session => "session",
            AllowanceKind::Workshop => "workshop",
        }
    }
}

/// So many sessions or workshops that a pathway grants in one stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowance {
    pub kind: AllowanceKind,
    pub label_fr: Box<str>,
    /// Encounter.type of one of them, Appointment.serviceType of one that is booked.
    pub concept: ConceptId,
    pub granted: ParamId,
    pub extension: Option<Extension>,
    /// Most patients in one workshop.
    pub group_size: Option<ParamId>,
}

/// More of them, for a stay whose EpisodeOfCare.type says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    pub by: ConceptId,
    pub granted: ParamId,
}

/// What a stay used of an allowance by a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Index in `Pathway::allowances`.
    pub allowance: usize,
    /// `None`: nobody knows how many.
    pub granted: Option<u32>,
    pub used: u32,
    /// Dated so that nobody can tell whether they were in the stay, or not dated at all.
    pub undated: u32,
    /// Booked on the day or after it.
    pub planned: u32,
    pub status: RuleStatus,
    pub evidence: Vec<EvidenceRef>,
}

impl Used {
    /// Answers how many are left, never less than none; `None` where nobody can tell.
    pub fn left(&self) -> Option<u32> {
        let left = self.granted?.saturating_sub(self.used);
        // One whose day nobody knows may be one of them.
        (self.undated == 0 || left == 0).then_some(left)
    }

    /// Answers how many were held beyond what was granted; `None` where nobody can tell.
    pub fn exceeded(&self) -> Option<u32> {
        Some(self.used.saturating_sub(self.granted?))
    }
}

/// Answers what a stay used of each allowance of its pathway by `date`.
pub(super) fn used(dossier: &Dossier<'_>, pathway: &Pathway, stay: &Stay, date: Day) -> Vec<Used> {
    if stay.since.is_none() && stay.until.is_none() && !stay.state.is_in() {
        return Vec::new();
    }
    pathway.allowances.iter().enumerate().map(|(n, allowance)| one(dossier, (n, allowance), stay, date)).collect()
}

fn one(dossier: &Dossier<'_>, (allowance, rule): (usize, &Allowance), stay: &Stay, date: Day) -> Used {
    let more = rule.extension.as_ref().filter(|more| dossier.is(stay.fact, Role::Code, more.by));
    let param = more.map_or(rule.granted, |more| more.granted);
    let params = &dossier.rules().params;
    let mut used = Used {
        allowance,
        granted: params.integer(param, date).and_then(|n| u32::try_from(n).ok()),
        used: 0,
        undated: 0,
        planned: 0,
        // How they are told, and that the text's numbers are read so, is our reading.
        status: params.status(param, date).max(RuleStatus::Interpretation),
        evidence: Vec::new(),
    };
    let last = stay.until.map_or(date, |until| until.min(date));
    let within = |day: PartialDate| {
        let day = Span { start: Some(day), end: Some(day) };
        day.overlaps(stay.since.unwrap_or(Day::min_value()), last)
    };
    let mut grounds: Vec<FactIndex> = Vec::new();
    for (fact, _) in dossier.with_concept(rule.concept, Role::Code) {
        match dossier.fact(fact) {
            Fact::Encounter(held) if held.state == ActState::Done => {
                match held.period.start.map_or(Verdict::Unknown, |when| within(when.date)) {
                    Verdict::Yes => used.used += 1,
                    Verdict::Unknown => used.undated += 1,
                    Verdict::No => continue,
                }
                grounds.push(fact);
            }
            Fact::Appointment(booked) if booked.state == AppointmentState::Booked => {
                let ahead = booked.start.is_some_and(|when| when.date.latest() >= date);
                used.planned += u32::from(ahead && stay.state.is_in());
            }
            _ => {}
        }
    }
    used.evidence = dossier.references(&grounds);
    used
}
