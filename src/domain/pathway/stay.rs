//! Who is in a pathway, waits for it, or has left it: what the EpisodeOfCare of its type tell.
//!
//! waitlist and planned wait, active and onhold are in, finished and cancelled are out. Dates count
//! by the day, both ends included. One known to the month or year stays so: who may be in, or wait,
//! is said to, and what else hangs on the day is left open. What ends without a date ends on the
//! Paris day its version became known, and on that day already the place is free.
//!
//! Episodes that share a day are one stay: two records of one person, merged or written twice, grant
//! nothing twice. One that ended before the next began was a stay of its own.

use super::Pathway;
use super::days::Days;
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
    /// First day of the wait, as precisely as it was told, and the instant it became known; the
    /// earliest, of several. `None`: never waited.
    pub waiting: Option<(PartialDate, Instant)>,
    /// Last day of a wait that was given up; `None`: of no other.
    pub waited_until: Option<PartialDate>,
    /// First day in the pathway, as precisely as it was told; `None`: not told, or never was in it.
    pub since: Option<PartialDate>,
    /// Last day, as precisely as it was told; `None`: it goes on, or never began.
    pub until: Option<PartialDate>,
    /// It ended on the day somebody learned of it, for want of a date.
    pub undated_end: bool,
    /// It ended as cancelled, not as finished.
    pub cancelled: bool,
    /// Each EpisodeOfCare that tells, the one in force first.
    pub evidence: Vec<EvidenceRef>,
    pub(super) held: Held,
}

/// The days in a pathway, and the episodes that grant what is used on them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) days: Days,
    pub(super) facts: Vec<FactIndex>,
    /// Episodes of which nobody can tell whether they are of the stay: their days are partial.
    pub(super) perhaps: Vec<(Days, FactIndex)>,
}

/// Answers the stay that counts on `date`: the one in force, else the wait, else the last that ended;
/// `None` where nothing was told by then.
pub fn stay(dossier: &Dossier<'_>, scope: &StructureScope<'_>, pathway: &Pathway, date: Day) -> Option<Stay> {
    let elsewhere = |episode: &EpisodeFact| {
        episode.organization.as_ref().is_some_and(|named| scope.belongs(named, date, date) == Verdict::No)
    };
    let life = (dossier.died(), dossier.lives_on(date));
    let told = dossier
        .with_concept(pathway.entry, Role::Code)
        .filter_map(|(fact, _)| dossier.episode(fact))
        .filter(|seen| !elsewhere(seen.fact))
        .filter_map(|seen| Told::read(seen).on(date, &life));
    let mut parts: Vec<Part> = told.collect();
    // The one in force first; of two alike the later, whichever comes first.
    let day = |date: Option<PartialDate>| date.map(PartialDate::earliest);
    let rank = |part: &Part| {
        let since = day(part.since).or(part.waiting.map(|(first, _)| first.earliest()));
        (part.state, since, part.until.map(PartialDate::latest))
    };
    parts.sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| a.evidence.id.cmp(&b.evidence.id)));
    match parts.first()?.state {
        State::Entered | State::OnHold | State::Left => held(parts),
        State::Waiting => waits(parts),
        State::Withdrawn => Some(of(&[parts.first()?], Vec::new())),
    }
}

/// Whoever waits does so since the earliest of the waits that are still open.
fn waits(mut parts: Vec<Part>) -> Option<Stay> {
    parts.retain(|part| part.state == State::Waiting);
    parts.sort_by_key(|part| part.waiting.map(|(first, known)| (first.latest(), known)));
    Some(of(&parts.iter().collect::<Vec<_>>(), Vec::new()))
}

/// The episodes that are open, or the last that was, with every other that shares a day with them.
fn held(mut parts: Vec<Part>) -> Option<Stay> {
    parts.retain(|part| !matches!(part.state, State::Waiting | State::Withdrawn));
    let seeds = parts.iter().enumerate().map(|(n, part)| Verdict::of(n == 0 || part.state.is_in()));
    let mut is_of: Vec<Verdict> = seeds.collect();
    let mut reached: Vec<usize> = (0..parts.len()).filter(|n| is_of[*n].is_yes()).collect();
    while let Some(m) = reached.pop() {
        let taken = parts[m].taken();
        for (n, part) in parts.iter().enumerate() {
            let now = is_of[n].or(is_of[m].and(part.taken().meets(taken)));
            if now != is_of[n] {
                is_of[n] = now;
                reached.push(n);
            }
        }
    }
    let those = |wanted: Verdict| {
        let each = parts.iter().zip(&is_of).filter(move |(_, of)| **of == wanted);
        each.map(|(part, _)| part).collect::<Vec<_>>()
    };
    let perhaps = those(Verdict::Unknown).into_iter().map(|part| (part.days, part.fact)).collect();
    Some(of(&those(Verdict::Yes), perhaps))
}

/// Answers the stay that these episodes are, the one in force first.
fn of(parts: &[&Part], perhaps: Vec<(Days, FactIndex)>) -> Stay {
    let lead = parts[0];
    let first = parts.iter().copied().min_by_key(|part| part.days.first).unwrap_or(lead);
    let last = parts.iter().copied().max_by_key(|part| (part.days.last.1, part.days.last.0)).unwrap_or(lead);
    let waits = parts.iter().filter_map(|part| part.waiting);
    Stay {
        state: lead.state,
        waiting: waits.min_by_key(|(first, known)| (first.latest(), *known)),
        waited_until: lead.waited_until,
        since: first.since,
        until: last.until,
        undated_end: last.undated_end,
        cancelled: last.cancelled,
        evidence: parts.iter().map(|part| part.evidence.clone()).collect(),
        held: Held {
            days: parts.iter().fold(lead.days, |all, part| all.hull(part.days)),
            facts: parts.iter().map(|part| part.fact).collect(),
            perhaps,
        },
    }
}

/// Where one episode leaves somebody on a day.
struct Part {
    state: State,
    waiting: Option<(PartialDate, Instant)>,
    waited_until: Option<PartialDate>,
    since: Option<PartialDate>,
    until: Option<PartialDate>,
    days: Days,
    undated_end: bool,
    cancelled: bool,
    evidence: EvidenceRef,
    fact: FactIndex,
}

impl Part {
    /// The days on which a place is taken: on the one somebody learned of the end it is free already.
    fn taken(&self) -> Days {
        if self.undated_end { self.days.ended_before() } else { self.days }
    }
}

/// What the versions of one episode tell, whatever the day.
struct Told<'d> {
    seen: Seen<'d, EpisodeFact>,
    /// First day of the wait and when it became known.
    waiting: Option<(PartialDate, Instant)>,
    /// The days in the pathway, where it ever was in it.
    inside: Option<Span>,
    /// First day on which the wait is over, with nothing, and the last day of it.
    withdrawn: Option<(Day, PartialDate)>,
    held_since: Option<Day>,
    /// The day it became known that the stay is over.
    ended: Option<Day>,
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
            let known = PartialDate::Day(version.known.paris_day());
            let since = match (status(version), start(version)) {
                _ if corrected.is_some() => corrected.unwrap_or(known),
                // The day of a planned stay is that of the stay: it does not put off the wait for it.
                (EpisodeStatus::Planned, Some(told)) if told.latest() > known.latest() => known,
                (_, told) => told.unwrap_or(known),
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
        let ended = over.map(|version| version.known.paris_day());
        let told = span.end.map(|end| (end.latest().add_days(1), end));
        let withdrawn = match ended.filter(|_| !was_in).map(|known| (known, PartialDate::Day(known))) {
            Some(known) => told.filter(|(after, _)| *after <= known.0).or(Some(known)),
            None => told.filter(|_| waits(now)),
        };
        let held = seen.record.since(|fact| matches!(fact, Fact::Episode(e) if e.status == EpisodeStatus::OnHold));
        Told {
            seen,
            waiting,
            inside,
            withdrawn,
            held_since: held.map(|version| version.known.paris_day()),
            ended,
            undated_end: ended.is_some_and(|known| span.end.is_none_or(|end| end.earliest() > known)),
        }
    }

    /// Answers where that leaves the patient on a day; `None` before anything began. `life` is the
    /// death that was told, and whether the patient lives on that day.
    fn on(&self, date: Day, (death, alive): &(Option<PartialDate>, Verdict)) -> Option<Part> {
        let fact = self.seen.fact;
        if fact.status == EpisodeStatus::Void {
            return None;
        }
        let days = Days::of(self.inside.unwrap_or(Span { start: None, end: None })).by(self.ended);
        let died = death.filter(|death| death.latest() < days.last.1);
        let days = days.by(died.map(PartialDate::latest));
        let has_begun = self.inside.is_some() && days.first.0 <= date;
        let (dead, undated) = (*alive == Verdict::No, self.undated_end && died.is_none());
        let over = dead || date > days.last.1 || date == days.last.1 && undated;
        let state = if has_begun {
            match over {
                true => State::Left,
                false if self.held_since.is_some_and(|held| held <= date) => State::OnHold,
                false => State::Entered,
            }
        } else {
            // What was first told as cancelled was given up, whether or not anybody waited.
            let begun = self.waiting.map(|(first, _)| first.earliest()).or(self.withdrawn.map(|(day, _)| day));
            let begun = begun.filter(|first| *first <= date)?;
            let gone = dead || self.withdrawn.is_some_and(|(day, _)| day.max(begun) <= date);
            if gone { State::Withdrawn } else { State::Waiting }
        };
        let given_up = self.withdrawn.map(|(_, last)| last).filter(|last| last.latest() <= date);
        let waited_until = given_up.into_iter().chain(*death).min_by_key(|day| day.latest());
        let until = died.or(self.inside.and_then(|span| span.end));
        Some(Part {
            state,
            waiting: self.waiting,
            waited_until: waited_until.filter(|_| state == State::Withdrawn).map(|last| self.not_before(last)),
            since: self.inside.and_then(|span| span.start).filter(|_| has_begun),
            until: until.filter(|_| has_begun),
            days,
            undated_end: undated && has_begun,
            cancelled: fact.status == EpisodeStatus::Cancelled,
            evidence: cite(self.seen.record, self.seen.version),
            fact: self.seen.index,
        })
    }
}

impl Told<'_> {
    /// A wait that was given up before the day it was to begin ends on that day.
    fn not_before(&self, last: PartialDate) -> PartialDate {
        let begins_later = |first: &PartialDate| first.earliest() > last.latest();
        self.waiting.map(|(first, _)| first).filter(begins_later).unwrap_or(last)
    }
}

fn status(version: &Version) -> EpisodeStatus {
    match &version.fact {
        Some(Fact::Episode(episode)) => episode.status,
        _ => EpisodeStatus::Void,
    }
}

fn start(version: &Version) -> Option<PartialDate> {
    match &version.fact {
        Some(Fact::Episode(episode)) => episode.period.start.map(|when| when.date),
        _ => None,
    }
}
