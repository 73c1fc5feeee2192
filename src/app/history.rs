//! history (http.html#history): the versions of a resource, of a type, of the structure.
//!
//! Newest first. A page carries the snapshot it was cut from: what is written later moves nothing.

use super::Gateway;
use super::derive;
use super::failure::{Failure, Reason};
use super::read::not_found;
use super::search::CURSOR;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::facts::date::Interval;
use crate::fhir::facts::date::Moment;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::store::Changed;
use crate::store::Order;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Versions on one page, unless `_count` says otherwise.
const PAGE: usize = 100;
/// Most versions on one page.
const LARGEST_PAGE: usize = 1000;

/// Whose history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryOf {
    Instance(Kind, String),
    Type(Kind),
    System,
}

/// One version as it is told.
#[derive(Debug)]
pub struct Told {
    pub kind: Kind,
    pub id: String,
    pub version: u32,
    pub known: Instant,
    /// `None`: the version is a deletion.
    pub json: Option<Vec<u8>>,
}

/// One page of a history.
#[derive(Debug)]
pub struct HistoryPage {
    pub versions: Vec<Told>,
    pub total: usize,
    /// What was asked, without the cursor.
    pub used: Vec<(String, String)>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The parameters of a history.
pub const KNOWN: [&str; 8] = ["_since", "_at", "_count", "_summary", "_elements", "_format", "_pretty", CURSOR];

#[derive(Default)]
struct Asked {
    /// Microseconds: versions made at or after.
    since: Option<i64>,
    /// Versions that were current at some time of it.
    at: Option<Interval>,
    count: Option<usize>,
    cursor: Option<Cursor>,
    used: Vec<(String, String)>,
}

/// Where a page ends: the state it was cut from, the last version told, how many there are.
#[derive(Clone, Copy)]
struct Cursor {
    /// Sequence of the last commit seen; of an instance its last version.
    snapshot: u64,
    /// Sequence of the last version told; of an instance its number.
    position: u64,
    /// How many of that commit were told.
    within: u64,
    total: u64,
}

impl Cursor {
    fn read(text: &str) -> Option<Cursor> {
        let mut parts = text.split('-').map(|part| u64::from_str_radix(part, 16).ok());
        let cursor = Cursor {
            snapshot: parts.next()??,
            position: parts.next()??,
            within: parts.next()??,
            total: parts.next()??,
        };
        parts.next().is_none().then_some(cursor)
    }

    fn text(self) -> String {
        format!("{:x}-{:x}-{:x}-{:x}", self.snapshot, self.position, self.within, self.total)
    }
}

/// A version that is on the page, before its body is read.
struct Mark {
    kind: Kind,
    id: Box<str>,
    version: u32,
    known: Instant,
    deleted: bool,
}

impl Gateway {
    /// Answers a page of a history. Blocks: call it on a thread of its own.
    pub fn history(&self, structure: &str, of: &HistoryOf, pairs: &[(String, String)]) -> Result<HistoryPage, Failure> {
        let asked = Asked::read(pairs)?;
        let (marks, total, next) = match of {
            HistoryOf::Instance(kind, id) => self.of_instance(structure, (*kind, id), &asked)?,
            HistoryOf::Type(kind) => self.of_commits(structure, Some(*kind), &asked)?,
            HistoryOf::System => self.of_commits(structure, None, &asked)?,
        };
        let versions = marks.into_iter().map(|mark| self.told(structure, mark)).collect::<Result<_, _>>()?;
        Ok(HistoryPage { versions, total, used: asked.used, next: next.map(Cursor::text) })
    }

    fn of_instance(&self, structure: &str, (kind, id): (Kind, &str), asked: &Asked) -> Result<Cut, Failure> {
        let marks = self.store.history(structure, kind, id)?;
        let Some(last) = marks.last() else { return Err(not_found(kind)) };
        let snapshot = asked.cursor.map_or(u64::from(last.version), |cursor| cursor.snapshot);
        let mut kept = Vec::new();
        let mut newer: Option<Instant> = None;
        for mark in marks.iter().rev().filter(|mark| u64::from(mark.version) <= snapshot) {
            if asked.wants(mark.known, newer, mark.deleted) {
                kept.push(mark);
            }
            newer = Some(mark.known);
        }
        let total = kept.len();
        let position = asked.cursor.map_or(u64::MAX, |cursor| cursor.position);
        let mut page: Vec<Mark> = kept
            .into_iter()
            .filter(|mark| u64::from(mark.version) < position)
            .take(asked.page() + 1)
            .map(|m| Mark { kind, id: id.into(), version: m.version, known: m.known, deleted: m.deleted })
            .collect();
        let more = page.len() > asked.page();
        page.truncate(asked.page());
        let next = page.last().filter(|_| more).map(|last| Cursor {
            snapshot,
            position: u64::from(last.version),
            within: 0,
            total: total as u64,
        });
        Ok((page, total, next))
    }

    /// *Scan of the journal.* The first page counts them all, the others carry the count.
    fn of_commits(&self, structure: &str, kind: Option<Kind>, asked: &Asked) -> Result<Cut, Failure> {
        let snapshot = asked.cursor.map_or_else(|| self.store.sequence(), |cursor| cursor.snapshot);
        // What was current at a time is only known with what came after it.
        let from = match (asked.cursor, asked.at) {
            (Some(cursor), None) => cursor.position.min(snapshot),
            _ => snapshot,
        };
        let mut cut = Cutting {
            asked,
            kind,
            page: Vec::new(),
            newer: HashMap::new(),
            counted: 0,
            more: false,
            at: (0, 0),
            last: (0, 0),
        };
        self.store.changes(structure, 0..from.saturating_add(1), Order::NewestFirst, |change| cut.take(change))?;
        let total = asked.cursor.map_or(cut.counted, |cursor| cursor.total);
        let (position, within) = cut.last;
        let next = cut.more.then_some(Cursor { snapshot, position, within, total });
        Ok((cut.page, usize::try_from(total).unwrap_or(usize::MAX), next))
    }

    fn told(&self, structure: &str, mark: Mark) -> Result<Told, Failure> {
        let Mark { kind, id, version, known, deleted } = mark;
        let json = if deleted {
            None
        } else {
            let stored = self.store.version(structure, kind, &id, version)?.ok_or_else(Failure::internal)?;
            let body = stored.body.ok_or_else(Failure::internal)?;
            Some(derive::render(kind, &id, version, known, &body))
        };
        Ok(Told { kind, id: id.into(), version, known, json })
    }
}

/// A page, how many there are in all, and the next page's cursor.
type Cut = (Vec<Mark>, usize, Option<Cursor>);

/// Commits read backwards, cut into a page.
struct Cutting<'a> {
    asked: &'a Asked,
    kind: Option<Kind>,
    page: Vec<Mark>,
    /// When the next version of each resource was made, for `_at`.
    newer: HashMap<(Kind, Box<str>), Instant>,
    counted: u64,
    more: bool,
    /// Sequence of the change under way, and how many of its commit came before it.
    at: (u64, u64),
    /// Sequence of the last one on the page, and how many of its commit were passed then.
    last: (u64, u64),
}

impl Cutting<'_> {
    fn take(&mut self, change: &Changed) -> ControlFlow<()> {
        let nth = if self.at.0 == change.sequence { self.at.1 + 1 } else { 1 };
        self.at = (change.sequence, nth);
        if self.asked.since.is_some_and(|since| change.known.0 < since) {
            return ControlFlow::Break(());
        }
        if self.kind.is_some_and(|kind| kind != change.kind) {
            return ControlFlow::Continue(());
        }
        let newer = match self.asked.at {
            Some(_) => self.newer.insert((change.kind, change.id.clone()), change.known),
            None => None,
        };
        if !self.asked.wants(change.known, newer, change.deleted) {
            return ControlFlow::Continue(());
        }
        self.counted += 1;
        let told = self.asked.cursor.is_some_and(|cursor| {
            change.sequence > cursor.position || (change.sequence == cursor.position && nth <= cursor.within)
        });
        if told {
            return ControlFlow::Continue(());
        }
        if self.page.len() < self.asked.page() {
            let Changed { kind, id, version, known, deleted, .. } = change.clone();
            self.page.push(Mark { kind, id, version, known, deleted });
            self.last = self.at;
            return ControlFlow::Continue(());
        }
        self.more = self.asked.page() > 0;
        if self.asked.cursor.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Answers how many versions a page of a history has, and what was asked: for a history of which
/// no version has an instant, so that all are told.
pub(super) fn undated(pairs: &[(String, String)]) -> Result<(usize, Vec<(String, String)>), Failure> {
    let asked = Asked::read(pairs)?;
    Ok((asked.page(), asked.used))
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> Result<Asked, Failure> {
        let mut asked = Asked::default();
        for (n, (name, value)) in pairs.iter().enumerate() {
            let refused = |kind, args: &[&str]| Failure::new(Reason::NotSupported, Issue::general(kind, args));
            // The name is the sender's own until it is one of ours: it may be anything.
            if !KNOWN.contains(&name.as_str()) {
                return Err(refused(&issues::HISTORY_PARAMETER, &[]));
            }
            if pairs[..n].iter().any(|(earlier, _)| earlier == name) {
                return Err(refused(&issues::PARAMETER_TWICE, &[name]));
            }
            let bad = |example: &str| refused(&issues::HISTORY_VALUE, &[name, example]);
            // A plus sign that nobody escaped arrives as a blank.
            let moment = || Moment::read(&value.replace(' ', "+")).map(Moment::interval);
            match name.as_str() {
                "_since" => asked.since = Some(moment().ok_or_else(|| bad("2026-10-31T08:00:00Z"))?.lower),
                "_at" => asked.at = Some(moment().ok_or_else(|| bad("2026-10-31"))?),
                "_count" => asked.count = Some(value.parse().map_err(|_| bad("50"))?),
                CURSOR => {
                    let cursor = Cursor::read(value);
                    asked.cursor = Some(cursor.ok_or_else(|| refused(&issues::SEARCH_CURSOR, &[]))?);
                    continue;
                }
                "_summary" if value == "count" => asked.count = Some(0),
                // Read where the answer is written.
                _ => {}
            }
            asked.used.push((name.clone(), value.clone()));
        }
        Ok(asked)
    }

    fn page(&self) -> usize {
        self.count.unwrap_or(PAGE).min(LARGEST_PAGE)
    }

    /// Answers whether a version is asked for; `newer` is when the next one was made.
    fn wants(&self, known: Instant, newer: Option<Instant>, deleted: bool) -> bool {
        let since = self.since.is_none_or(|since| known.0 >= since);
        let at = self.at.is_none_or(|at| {
            let begun = known.0 < at.upper;
            let lasted = newer.is_none_or(|newer| newer.0 > at.lower);
            // A deletion leaves nothing current: it is told in the time in which it happened.
            begun && lasted && (!deleted || known.0 >= at.lower)
        });
        since && at
    }
}
