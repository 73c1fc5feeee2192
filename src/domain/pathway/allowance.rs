//! Sessions and workshops of a stay: what is granted, what is used, what is left.
//!
//! A session is a finished Encounter of its type within the days of the stay: a no-show, which is an
//! Appointment, is none. What is booked is told apart and uses nothing.

use super::Pathway;
use super::State;
use super::Stay;
use super::stay::Held;
use super::workshop::Meeting;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::fact::ActState;
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
    if matches!(stay.state, State::Waiting | State::Withdrawn) {
        return Vec::new();
    }
    pathway.allowances.iter().enumerate().map(|(n, allowance)| one(dossier, (n, allowance), stay, date)).collect()
}

fn one(dossier: &Dossier<'_>, (allowance, rule): (usize, &Allowance), stay: &Stay, date: Day) -> Used {
    let (granted, status) = granted(dossier, rule, stay, date);
    let mut used = Used { allowance, granted, used: 0, undated: 0, planned: 0, status, evidence: Vec::new() };
    // One workshop is one, however often it was told; a session is an Encounter of its own.
    let mut met: Vec<Meeting> = Vec::new();
    let mut is_new = |fact: &Fact| {
        let Some((meeting, _)) = Meeting::of(fact).filter(|_| rule.kind == AllowanceKind::Workshop) else {
            return true;
        };
        let is_new = !met.contains(&meeting);
        met.extend(is_new.then_some(meeting));
        is_new
    };
    let mut grounds: Vec<FactIndex> = Vec::new();
    for (index, _) in dossier.with_concept(rule.concept, Role::Code) {
        let fact = dossier.fact(index);
        let Fact::Encounter(held) = fact else { continue };
        if held.state != ActState::Done {
            continue;
        }
        let counts = held.period.start.map_or(Verdict::Unknown, |when| stay.held.holds(when.date, date));
        match counts {
            Verdict::No => continue,
            Verdict::Yes => used.used += u32::from(is_new(fact)),
            Verdict::Unknown => used.undated += u32::from(is_new(fact)),
        }
        grounds.push(index);
    }
    for (index, _) in dossier.with_concept(rule.concept, Role::Code) {
        let fact = dossier.fact(index);
        if let Fact::Appointment(booked) = fact
            && dossier.expects(booked)
            && booked.start.is_some_and(|when| when.date.latest() >= date)
        {
            used.planned += u32::from(stay.state.is_in() && is_new(fact));
        }
    }
    used.evidence = dossier.references(&grounds);
    used
}

/// The most that an episode of the stay grants, `None` where nobody knows, and how sure that is.
fn granted(dossier: &Dossier<'_>, rule: &Allowance, stay: &Stay, date: Day) -> (Option<u32>, RuleStatus) {
    let params = &dossier.rules().params;
    let by = |fact: FactIndex| {
        let more = rule.extension.as_ref().filter(|more| dossier.is(fact, Role::Code, more.by));
        let param = more.map_or(rule.granted, |more| more.granted);
        let number = params.integer(param, date).and_then(|n| u32::try_from(n).ok());
        (number.is_none(), number, params.status(param, date))
    };
    let most = stay.held.facts.iter().map(|fact| by(*fact)).max();
    let (unknown, number, status) = most.unwrap_or((true, None, RuleStatus::Unknown));
    // Of what may be no part of the stay, nobody can tell what it grants; an unknown number may be more.
    let grants = |fact: FactIndex| (by(fact).0, by(fact).1);
    let may_be_more = stay.held.perhaps.iter().any(|(_, fact)| (unknown, number) < grants(*fact));
    // How they are told, and that the text's numbers are read so, is our reading.
    (number.filter(|_| !may_be_more), status.max(RuleStatus::Interpretation))
}

impl Held {
    /// Answers whether a date is one of the days, up to `by`.
    fn holds(&self, date: PartialDate, by: Day) -> Verdict {
        let perhaps = self.perhaps.iter().map(|(days, _)| days.by(Some(by)).holds(date).and(Verdict::Unknown));
        perhaps.fold(self.days.by(Some(by)).holds(date), Verdict::or)
    }
}
