//! What is asked of the store all the time, kept in memory: where it stands.

use super::cache::Marks;
use super::cache::RulebookMark;
use super::journal::End;
use super::touched::Touch;
use super::touched::Touches;
use super::types::Structure;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;

struct Published {
    end: End,
    marks: HashMap<Structure, Marks>,
    rulebooks: Vec<RulebookMark>,
}

/// Where the store stands, as readers may see it: only what is durable and applied.
pub(super) struct State {
    published: RwLock<Published>,
    /// Sequence of the last commit that wrote a kind in a structure since the start.
    touched: Mutex<HashMap<(Structure, Kind), u64>>,
    /// Which patients were touched. Held while a group is shown: who watches misses none.
    touches: Mutex<Touches>,
}

impl State {
    pub(super) fn new(end: End, marks: Vec<(Structure, Marks)>, rulebooks: Vec<RulebookMark>) -> State {
        let published = Published { end, marks: marks.into_iter().collect(), rulebooks };
        State { published: RwLock::new(published), touched: Mutex::default(), touches: Mutex::default() }
    }

    fn read(&self) -> RwLockReadGuard<'_, Published> {
        self.published.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a group that is durable and applied.
    pub(super) fn publish(
        &self,
        end: End,
        marks: HashMap<Structure, Marks>,
        rulebooks: &[RulebookMark],
        touches: Vec<Touch>,
    ) {
        let mut log = self.touches.lock().unwrap_or_else(PoisonError::into_inner);
        log.note(touches);
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        published.end = end;
        published.marks.extend(marks);
        published.rulebooks.extend_from_slice(rulebooks);
    }

    pub(super) fn watch(&self, structure: &str) {
        let mut log = self.touches.lock().unwrap_or_else(PoisonError::into_inner);
        log.watch(structure, self.sequence());
    }

    pub(super) fn forget(&self, structure: &str) {
        self.touches.lock().unwrap_or_else(PoisonError::into_inner).forget(structure);
    }

    pub(super) fn touched_since(&self, structure: &str, sequence: u64) -> Option<BTreeSet<Box<str>>> {
        self.touches.lock().unwrap_or_else(PoisonError::into_inner).since(structure, sequence)
    }

    pub(super) fn sequence(&self) -> u64 {
        self.read().end.sequence
    }

    pub(super) fn end(&self) -> End {
        self.read().end
    }

    pub(super) fn shared(&self, structure: &str) -> u64 {
        self.read().marks.get(structure).map_or(0, |m| m.shared)
    }

    pub(super) fn issued(&self, structure: &str) -> u32 {
        self.read().marks.get(structure).map_or(0, |m| m.statements)
    }

    pub(super) fn structures_known(&self) -> usize {
        self.read().marks.len()
    }

    pub(super) fn structures(&self) -> Vec<Structure> {
        let mut all: Vec<Structure> = self.read().marks.keys().cloned().collect();
        all.sort();
        all
    }

    pub(super) fn last_known(&self, structure: &str) -> Instant {
        let published = self.read();
        let commit = published.marks.get(structure).map_or(0, |m| m.known);
        let rulebook = published.rulebooks.last().map_or(0, |r| r.known);
        Instant(commit.max(rulebook))
    }

    pub(super) fn rulebooks(&self) -> Vec<RulebookMark> {
        self.read().rulebooks.clone()
    }

    pub(super) fn touch(&self, structure: &str, kind: Kind, sequence: u64) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.insert((structure.into(), kind), sequence);
    }

    pub(super) fn touched(&self, structure: &str, kind: Kind) -> u64 {
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.get(&(Structure::from(structure), kind)).copied().unwrap_or(0)
    }
}
