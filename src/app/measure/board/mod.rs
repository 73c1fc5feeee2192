//! The board: the figures of every patient of a structure for today, by the rules in force, kept in
//! memory.
//!
//! A row holds what a patient brings to every measure, with the first day on which it may differ
//! without a new fact. A question finds the board as it is, or brings it up to date: the patients that
//! commits touched since, and when the day turned those whose day has come; when the directory, the
//! rules or the month changed, everybody. Nothing is locked while patients are read: one request
//! brings it up to date, the others wait for that one.

mod packed;
mod row;

pub use row::{BoardItem, RowFigures};

use crate::app::Gateway;
use crate::app::basis::Basis;
use crate::app::failure::Failure;
use crate::app::rulebooks::ActiveRules;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::indicator::Figures;
use crate::domain::indicator::Frame;
use crate::domain::indicator::Horizon;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Stratifier;
use crate::domain::roster::Roster;
#[cfg(test)]
pub(super) use row::{BoardRow, Making};
#[cfg(not(test))]
use row::{BoardRow, Making};
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// For how many structures a board is kept: the one unused for longest goes.
const KEPT: usize = 16;
/// How many figures over everybody a board keeps.
const ADDED: usize = 128;

/// The figures of a structure on a day.
pub struct Board {
    /// Instant of the last commit they rest on.
    pub known_at: Instant,
    pub day: Day,
    pub rules: Arc<ActiveRules>,
    /// By id; also those counted nowhere.
    rows: Vec<Arc<BoardRow>>,
    pub(super) frame: Frame,
    /// The lists there are, in the order of the bits of a row.
    pub(super) rosters: Vec<Roster>,
    /// Every commit up to this one is in it.
    sequence: u64,
    /// State of the directory.
    shared: u64,
    /// The first day on which everybody may differ.
    turns: Day,
    /// What has been added up of everybody, by measure and how it is broken down.
    added: Mutex<HashMap<(QualityMeasure, Vec<Stratifier>), Figures>>,
}

impl Board {
    /// Answers the figures of a measure over everybody: added up for the first who asks, then kept as
    /// long as the board is what it is.
    pub(super) fn everybody(
        &self,
        (measure, by): (QualityMeasure, &[Stratifier]),
        add: impl FnOnce() -> Figures,
    ) -> Figures {
        let key = (measure, by.to_vec());
        if let Some(kept) = self.added.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return kept.clone();
        }
        // Added up outside the lock: two requests may do it once each, none waits for another.
        let figures = add();
        let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        if added.len() >= ADDED {
            added.clear();
        }
        added.insert(key, figures.clone());
        figures
    }

    /// Answers the patients that are counted, by id, each with his figures.
    pub fn patients(&self) -> impl Iterator<Item = (&str, &RowFigures)> {
        self.rows.iter().filter_map(|row| Some((&*row.patient, row.figures.as_ref()?)))
    }

    /// Answers the period that what depends on one is kept for: the civil year so far.
    pub fn period(&self) -> (Day, Day) {
        (first_day(self.day), self.day)
    }

    fn is_of(&self, now: &Now) -> bool {
        self.known_at == now.known_at && self.day == now.day && self.rules.digest == now.rules.digest
    }
}

fn first_day(day: Day) -> Day {
    Month::new(day.year(), 1).map_or(day, Month::first_day)
}

/// What a board has to be of.
struct Now {
    known_at: Instant,
    day: Day,
    rules: Arc<ActiveRules>,
}

/// The boards that are kept, by structure.
#[derive(Default)]
pub struct Boards(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    slots: HashMap<String, Arc<Slot>>,
    /// The structures asked about, the last one last.
    used: Vec<String>,
}

/// The board of one structure, and whether somebody is making it.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    made: Condvar,
}

#[derive(Default)]
struct State {
    board: Option<Arc<Board>>,
    making: Maker,
}

/// Whether somebody is bringing the board up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Maker {
    #[default]
    Nobody,
    Somebody,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the others on when the one who makes the board ends, in any way.
struct Turn<'s>(&'s Slot);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().making = Maker::Nobody;
        self.0.made.notify_all();
    }
}

impl Boards {
    /// Answers the slot of a structure, and the structure whose board goes for it.
    fn slot(&self, structure: &str) -> (Arc<Slot>, Option<String>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.used.retain(|used| used != structure);
        kept.used.push(structure.to_owned());
        let slot = Arc::clone(kept.slots.entry(structure.to_owned()).or_default());
        if kept.slots.len() <= KEPT {
            return (slot, None);
        }
        let oldest = kept.used.remove(0);
        kept.slots.remove(&oldest);
        (slot, Some(oldest))
    }
}

impl Gateway {
    /// Answers the figures of every patient of a structure today, with all that is known.
    pub fn board(&self, structure: &str) -> Result<Arc<Board>, Failure> {
        self.board_on(structure, crate::app::today())
    }

    /// Answers the same for the day that is today.
    pub(in crate::app::measure) fn board_on(&self, structure: &str, day: Day) -> Result<Arc<Board>, Failure> {
        let (slot, gone) = self.boards.slot(structure);
        gone.iter().for_each(|gone| self.store.unwatch(gone));
        let mut state = slot.lock();
        let old = loop {
            let now = Now { known_at: self.store.last_known(structure), day, rules: self.rulebooks.current() };
            if let Some(board) = state.board.as_ref().filter(|board| board.is_of(&now)) {
                return Ok(Arc::clone(board));
            }
            if state.making == Maker::Nobody {
                state.making = Maker::Somebody;
                break state.board.clone();
            }
            state = slot.made.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        drop(state);
        let turn = Turn(&slot);
        let board = Arc::new(self.made((structure, day), old)?);
        slot.lock().board = Some(Arc::clone(&board));
        drop(turn);
        Ok(board)
    }

    /// Brings a board up to date, or makes it anew.
    fn made(&self, (structure, day): (&str, Day), old: Option<Arc<Board>>) -> Result<Board, Failure> {
        self.store.watch(structure);
        // In this order: what is committed meanwhile is read twice rather than never.
        let (sequence, shared) = (self.store.sequence(), self.store.shared_sequence(structure));
        let basis = self.basis(structure, None)?;
        let same = |old: &Arc<Board>| {
            old.rules.digest == basis.rules.digest && old.shared == shared && old.day <= day && day < old.turns
        };
        let touched = match old.filter(same) {
            Some(old) => self.store.touched_since(structure, old.sequence).map(|touched| (old, touched)),
            None => None,
        };
        match touched {
            // Many patients are read faster in one pass.
            Some((old, touched)) if touched.len() <= old.rows.len() / 4 + 64 => {
                let rows = self.brought_up(&old, &basis, touched, day)?;
                Ok(Board {
                    known_at: basis.known_at,
                    day,
                    rules: Arc::clone(&old.rules),
                    rows,
                    frame: old.frame.clone(),
                    rosters: old.rosters.clone(),
                    sequence,
                    shared,
                    turns: old.turns,
                    added: Mutex::default(),
                })
            }
            _ => self.anew(basis, day, (sequence, shared)),
        }
    }

    fn anew(&self, basis: Basis, day: Day, (sequence, shared): (u64, u64)) -> Result<Board, Failure> {
        let rules = &basis.rules.rulebook.rules;
        let (frame, horizon) = (Frame::of(rules, day), Horizon::of(rules, day));
        let rosters = Roster::all(rules);
        let making = Making { frame: &frame, horizon: &horizon, days: (first_day(day), day), rosters: &rosters };
        let rows =
            self.sweep(&basis, &|_, _| {}, |found, patient| Ok(BoardRow::of(&found, patient, &making).map(Arc::new)))?;
        let turns = basis.turns(day);
        let (known_at, rules, added) = (basis.known_at, basis.rules, Mutex::default());
        Ok(Board { known_at, day, rows, frame, rosters, sequence, shared, turns, rules, added })
    }

    /// Answers the rows with those made again that may differ: of the patients touched, of those whose
    /// day has come, and of all records that are one person with one of these, as it was or is.
    fn brought_up(
        &self,
        old: &Board,
        basis: &Basis,
        touched: BTreeSet<Box<str>>,
        day: Day,
    ) -> Result<Vec<Arc<BoardRow>>, Failure> {
        let horizon = Horizon::of(&basis.rules.rulebook.rules, day);
        let days = (first_day(day), day);
        let making = Making { frame: &old.frame, horizon: &horizon, days, rosters: &old.rosters };
        let due = old.rows.iter().filter(|row| row.until <= day).map(|row| row.patient.clone());
        let mut wanted: BTreeSet<Box<str>> = touched.into_iter().chain(due).collect();
        let mut rows: BTreeMap<Box<str>, Option<Arc<BoardRow>>> = BTreeMap::new();
        while !wanted.is_empty() {
            let ids: Vec<Box<str>> = wanted.iter().cloned().collect();
            let made = self.sweep_of(basis, &ids, &|_, _| {}, |found, patient| {
                Ok(BoardRow::of(&found, patient, &making).map(Arc::new))
            })?;
            let mut near: BTreeSet<Box<str>> = made.iter().flat_map(|row| row.others.iter().cloned()).collect();
            for row in &old.rows {
                if !row.others.is_empty()
                    && (wanted.contains(&row.patient) || row.others.iter().any(|id| wanted.contains(id)))
                {
                    near.insert(row.patient.clone());
                    near.extend(row.others.iter().cloned());
                }
            }
            rows.extend(ids.into_iter().map(|id| (id, None)));
            rows.extend(made.into_iter().map(|row| (row.patient.clone(), Some(row))));
            near.retain(|id| !rows.contains_key(id));
            wanted = near;
        }
        let kept = old.rows.iter().filter(|row| !rows.contains_key(&row.patient)).map(Arc::clone);
        let mut all: Vec<Arc<BoardRow>> = kept.chain(rows.values().flatten().map(Arc::clone)).collect();
        all.sort_unstable_by(|a, b| a.patient.cmp(&b.patient));
        Ok(all)
    }
}
