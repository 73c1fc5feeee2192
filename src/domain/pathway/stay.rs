//! Who is in a pathway, waits for it, or has left it: what the EpisodeOfCare of its type tell.
//!
//! waitlist and planned wait, active and onhold are in, finished and cancelled are out. Dates count
//! by the day, both ends included; one known to the month or year counts from its first day to its
//! last. What ends without a date ends on the Paris day its version became known, and on that day
//! already the place is free.

use super::Pathway;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::PartialDate;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::dossier::Seen;
use crate::domain::enrolment::Span;
use crate::domain::enrolment::StructureScope;
use crate::domain::enrolment::cite;
use crate::domain::fact::EpisodeFact;
use crate::domain::fact::EpisodeStatus;
use crate::domain::fact::Fact;
use crate::domain::fact::Version;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::FactIndex;
use crate::domain::verdict::Verdict;

/// Where somebody stands with a pathway on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Asked for it and never was in it.
    Withdrawn,
    Left,
    Waiting,
    OnHold,
    Entered,
}

impl State {
    pub const ALL: [State; 5] = [State::Waiting, State::Entered, State::OnHold, State::Left, State::Withdrawn];

    pub fn code(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Entered => "entered",
            State::OnHold => "on-hold",
            State::Left => "left",
            State::Withdrawn => "withdrawn",
        }
    }

    /// Answers whether a place is taken.
    pub fn is_in(self) -> bool {
        matches!(self, State::Entered | State::OnHold)
    }
}

/// One stay in a pathway, or the wait for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    pub state: State,
    /// First day of the wait, and the instant it became known; `None`: never waited.
    pub waiting: Option<(Day, Instant)>,
    /// First day in the pathway; `None`: not told, or never was in it.
    pub since: Option<Day>,
    /// Last day; `None`: it goes on, or never began.
    pub until: Option<Day>,
    /// It ended on the day somebody learned of it, for want of a date.
    pub undated_end: bool,
    /// It ended as cancelled, not as finished.
    pub cancelled: bool,
    /// The EpisodeOfCare that tells.
    pub evidence: EvidenceRef,
    pub(super) fact: FactIndex,
}

/// Answers the stay that counts on `date`: the one in force, else the wait, else the last that ended;
/// `None` where nothing was told by then.
pub fn stay(dossier: &Dossier<'_>, scope: &StructureScope<'_>, pathway: &Pathway, date: Day) -> Option<Stay> {
    let elsewhere = |episode: &EpisodeFact| {
        episode.organization.as_ref().is_some_and(|named| scope.belongs(named, date, date) == Verdict::No)
    };
    let life = (dossier.died().map(PartialDate::latest), dossier.lives_on(date));
    let told = dossier
        .with_concept(pathway.entry, Role::Code)
        .filter_map(|(fact, _)| dossier.episode(fact))
        .filter(|seen| !elsewhere(seen.fact))
        .filter_map(|seen| Told::read(seen).on(date, &life));
    // Of two alike the later, whichever comes first.
    told.max_by(|a, b| {
        let rank = |stay: &Stay| (stay.state, stay.since.or(stay.waiting.map(|(day, _)| day)), stay.until);
        rank(a).cmp(&rank(b)).then_with(|| b.evidence.id.cmp(&a.evidence.id))
    })
}

/// What the versions of one episode tell, whatever the day.
struct Told<'d> {
    seen: Seen<'d, EpisodeFact>,
    /// First day of the wait and when it became known.
    waiting: Option<(Day, Instant)>,
    /// The days in the pathway, where it ever was in it.
    inside: Option<Span>,
    /// First day on which the wait is over, with nothing.
    withdrawn: Option<Day>,
    held_since: Option<Day>,
    undated_end: bool,
}

impl<'d> Told<'d> {
    fn read(seen: Seen<'d, EpisodeFact>) -> Told<'d> {
        let run = || seen.record.versions.iter().rev().take_while(|v| v.fact.is_some());
        let first = |is: fn(EpisodeStatus) -> bool| run().filter(|v| is(status(v))).last();
        let waits = |s| matches!(s, EpisodeStatus::Planned | EpisodeStatus::Waitlist);
        let is_in = |s| matches!(s, EpisodeStatus::Active | EpisodeStatus::OnHold);
        let ends = |s| matches!(s, EpisodeStatus::Finished | EpisodeStatus::Cancelled);
        let entered = first(is_in);
        // The latest word on when the wait began counts, and the first on who was known to wait.
        let corrected = run().filter(|v| status(v) == EpisodeStatus::Waitlist).find_map(start);
        let waiting = first(waits).map(|version| {
            let (known, told) = (version.known.paris_day(), start(version));
            let since = match status(version) {
                _ if corrected.is_some() => corrected.unwrap_or(known),
                // The day of a planned stay is that of the stay: it does not put off the wait for it.
                EpisodeStatus::Planned => told.map_or(known, |day| day.min(known)),
                _ => told.unwrap_or(known),
            };
            (since, version.known)
        });
        let now = seen.fact.status;
        let over = seen.record.since(|fact| matches!(fact, Fact::Episode(e) if ends(e.status)));
        let was_in =
            is_in(now) || now == EpisodeStatus::Finished || now == EpisodeStatus::Cancelled && entered.is_some();
        let span = Span::of(&seen.fact.period);
        let inside = was_in.then(|| {
            // Who waited and got in without a date did so when that became known.
            let known =
                entered.filter(|_| waiting.is_some()).map(|version| PartialDate::Day(version.known.paris_day()));
            let span = Span { start: span.start.or(known), ..span };
            span.ended_by(over.map(|version| version.known.paris_day()))
        });
        let known = over.map(|version| version.known.paris_day());
        let told = span.end.map(|end| end.latest());
        let after = told.map(|end| end.add_days(1));
        let withdrawn = match known.filter(|_| !was_in) {
            Some(known) => Some(after.map_or(known, |after| after.min(known))),
            None => after.filter(|_| waits(now)),
        };
        let held = seen.record.since(|fact| matches!(fact, Fact::Episode(e) if e.status == EpisodeStatus::OnHold));
        Told {
            seen,
            waiting,
            inside,
            withdrawn,
            held_since: held.map(|version| version.known.paris_day()),
            undated_end: known.is_some_and(|known| told.is_none_or(|told| told > known)),
        }
    }

    /// Answers where that leaves the patient on a day; `None` before anything began. `life` is the
    /// latest day of a death that was told, and whether the patient lives on that day.
    fn on(&self, date: Day, (death, alive): &(Option<Day>, Verdict)) -> Option<Stay> {
        let fact = self.seen.fact;
        if fact.status == EpisodeStatus::Void {
            return None;
        }
        let since = self.inside.and_then(|span| span.start).map(|start| start.earliest());
        let ended = self.inside.and_then(|span| span.end).map(|end| end.latest());
        let has_begun = self.inside.is_some() && since.is_none_or(|since| since <= date);
        let until = [ended, *death].into_iter().flatten().min().filter(|_| self.inside.is_some());
        let dead = *alive == Verdict::No;
        let over = dead || until.is_some_and(|day| date > day || date == day && self.undated_end && ended == until);
        let state = if has_begun {
            match over {
                true => State::Left,
                false if self.held_since.is_some_and(|held| held <= date) => State::OnHold,
                false => State::Entered,
            }
        } else {
            // What was first told as cancelled was given up, whether or not anybody waited.
            let begun = self.waiting.map(|(first, _)| first).or(self.withdrawn).filter(|first| *first <= date)?;
            let gone = dead || self.withdrawn.is_some_and(|day| day.max(begun) <= date);
            if gone { State::Withdrawn } else { State::Waiting }
        };
        Some(Stay {
            state,
            waiting: self.waiting,
            since: since.filter(|_| has_begun),
            until: until.filter(|_| has_begun),
            undated_end: self.undated_end && has_begun,
            cancelled: fact.status == EpisodeStatus::Cancelled,
            evidence: cite(self.seen.record, self.seen.version),
            fact: self.seen.index,
        })
    }
}

fn status(version: &Version) -> EpisodeStatus {
    match &version.fact {
        Some(Fact::Episode(episode)) => episode.status,
        _ => EpisodeStatus::Void,
    }
}

fn start(version: &Version) -> Option<Day> {
    match &version.fact {
        Some(Fact::Episode(episode)) => episode.period.start.map(|when| when.date.earliest()),
        _ => None,
    }
}
