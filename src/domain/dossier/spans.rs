//! Spans: on which days a state that a record describes held.
//!
//! A state that ends without a date ends on the Paris day its version became known; what was
//! concluded for earlier days stands.

use super::Dossier;
use super::Seen;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::enrolment::Span;
use crate::domain::fact::Clinical;
use crate::domain::fact::ConditionFact;
use crate::domain::fact::CoverageFact;
use crate::domain::fact::Death;
use crate::domain::fact::Fact;
use crate::domain::fact::Record;
use crate::domain::verdict::Verdict;

/// A run of days, both ends included; open ends are the ends of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySpan {
    pub first: Day,
    pub last: Day,
}

impl DaySpan {
    fn new(first: Option<When>, last: Option<Day>) -> DaySpan {
        DaySpan { first: first.map_or(Day::min_value(), |w| w.date.earliest()), last: last.unwrap_or(Day::max_value()) }
    }

    /// Answers the days a period may stand for, at their widest.
    pub fn of(period: &Period) -> DaySpan {
        DaySpan::new(period.start, period.end.map(|w| w.date.latest()))
    }

    /// Answers whether some day of `first..=last` is in it.
    pub fn overlaps(&self, first: Day, last: Day) -> bool {
        self.first <= last && self.last >= first
    }

    pub fn contains(&self, day: Day) -> bool {
        self.overlaps(day, day)
    }
}

/// When a run of versions that all say the same began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Since {
    day: Day,
    /// How many versions came before it.
    before: usize,
}

/// Answers since when every version of the record, up to the one in force, has satisfied `says`.
fn since(record: &Record, says: impl Fn(&Fact) -> bool) -> Option<Since> {
    let holds = |n: &usize| record.versions[*n].fact.as_ref().is_some_and(&says);
    let before = (0..record.versions.len()).rev().take_while(holds).last()?;
    Some(Since { day: record.versions[before].known.paris_day(), before })
}

impl Dossier<'_> {
    /// Answers the Paris day on which the version in force, or the first of an unbroken run of
    /// versions saying the same, became known; `None` when the version in force does not say it.
    pub fn said_since(record: &Record, says: impl Fn(&Fact) -> bool) -> Option<Day> {
        since(record, says).map(|s| s.day)
    }

    /// Answers the day of the death as it was told, which may be any day of a month or a year; of an
    /// undated death the Paris day it became known. `None`: nobody told of a death.
    pub fn died(&self) -> Option<PartialDate> {
        let person = self.person()?;
        match person.fact.death {
            Death::None => None,
            Death::On(when) => Some(when.date),
            Death::Undated => undated_death(person.record).map(PartialDate::Day),
        }
    }

    /// Answers whether the person lives on a day. The day of a dated death is still one of life; what a
    /// partial date leaves open is unknown. Without a date the day it became known is none any more:
    /// whoever told it that day told of somebody dead.
    pub fn lives_on(&self, day: Day) -> Verdict {
        let Some(person) = self.person() else { return Verdict::Yes };
        match person.fact.death {
            Death::None => Verdict::Yes,
            Death::On(when) => Span { start: None, end: Some(when.date) }.overlaps(day, day),
            Death::Undated => match undated_death(person.record) {
                Some(known) if known <= day => Verdict::No,
                _ => Verdict::Yes,
            },
        }
    }
}

fn undated_death(record: &Record) -> Option<Day> {
    Dossier::said_since(record, |f| matches!(f, Fact::Patient(p) if p.death != Death::None))
}

/// Answers the days on which a coded problem was active: onset (else recorded, else always) to
/// abatement. `None`: never (unconfirmed, void, or ended when first heard of).
pub fn active(seen: Seen<'_, ConditionFact>) -> Option<DaySpan> {
    let fact = seen.fact;
    if fact.void || !fact.confirmed {
        return None;
    }
    let start = fact.onset.or(fact.recorded);
    if let Some(end) = fact.abatement {
        return Some(DaySpan::new(start, Some(end.date.latest())));
    }
    if !ended_without_date(fact) {
        return Some(DaySpan::new(start, None));
    }
    let ended = since(seen.record, |f| matches!(f, Fact::Condition(c) if ended_without_date(c)))?;
    let was_active = seen.record.versions[..ended.before]
        .iter()
        .any(|v| matches!(&v.fact, Some(Fact::Condition(c)) if c.confirmed && !c.void && !ended_without_date(c)));
    was_active.then(|| DaySpan::new(start, Some(ended.day)))
}

/// Answers whether the problem is over and no readable date says since when.
pub fn ended_without_date(fact: &ConditionFact) -> bool {
    fact.abatement.is_none() && (fact.abated || fact.clinical == Clinical::Ended)
}

/// Answers from which day on a coded problem belongs to the person's history.
pub fn known_from(fact: &ConditionFact) -> Option<Day> {
    (fact.confirmed && !fact.void).then(|| DaySpan::new(fact.onset.or(fact.recorded), None).first)
}

/// Answers the days over which a coverage holds: its period while active. One that stopped being
/// active held until its own end, or else until the day that became known.
pub fn covered(seen: Seen<'_, CoverageFact>) -> Option<DaySpan> {
    let fact = seen.fact;
    if fact.void {
        return None;
    }
    if fact.active {
        return Some(DaySpan::of(&fact.period));
    }
    let stopped = since(seen.record, |f| matches!(f, Fact::Coverage(c) if !c.active))?;
    let last_active = seen.record.versions[..stopped.before].iter().rev().find_map(|v| match &v.fact {
        Some(Fact::Coverage(c)) if c.active => Some(c),
        _ => None,
    })?;
    let mut span = DaySpan::of(&last_active.period);
    let end = fact.period.end.map_or(stopped.day, |w| w.date.latest());
    span.last = span.last.min(end);
    Some(span)
}

/// Answers the days over which an exception of a coverage holds: its own period, else its
/// coverage's, and never after the coverage itself was stopped.
pub fn excepted(period: &Period, coverage: DaySpan, active: bool) -> DaySpan {
    if period.start.is_none() && period.end.is_none() {
        return coverage;
    }
    let mut own = DaySpan::of(period);
    if !active {
        own.last = own.last.min(coverage.last);
    }
    own
}
