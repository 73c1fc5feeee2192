//! Where the store stands: who was touched, what was known when, which rules were in force.

use super::Store;
use crate::domain::calendar::Instant;
use crate::store::cache::RulebookMark;
use crate::store::error::StoreError;
use crate::store::journal::payload;
use crate::store::types::*;
use std::collections::BTreeSet;

impl Store {
    /// Begins to remember which patients of a structure commits bring something to.
    pub fn watch(&self, structure: &str) {
        self.0.state.watch(structure);
    }

    /// Ends it.
    pub fn unwatch(&self, structure: &str) {
        self.0.state.forget(structure);
    }

    /// Answers the patients of a watched structure to whom commits after `sequence` brought something
    /// (a fact, a link that names them), and lets go of those before; `None`: nobody knows.
    pub fn touched_since(&self, structure: &str, sequence: u64) -> Option<BTreeSet<Box<str>>> {
        self.0.state.touched_since(structure, sequence)
    }

    /// Answers the instant of the last commit of a structure or of the last rulebook, whichever
    /// is later: what a read shows is known as of then.
    pub fn last_known(&self, structure: &str) -> Instant {
        self.0.state.last_known(structure)
    }

    /// Answers the instant of the last commit of a structure at or before `instant`; `None`: there was none.
    pub fn last_commit_at(&self, structure: &str, instant: Instant) -> Result<Option<Instant>, StoreError> {
        let sequence = self.sequence();
        self.read(|cache| cache.last_commit_at(structure, instant, sequence))
    }

    /// Answers the sequence of the last commit a read shows, 0 when there is none.
    pub fn sequence(&self) -> u64 {
        self.0.state.sequence()
    }

    /// Answers how many structures have a commit.
    pub fn structures_known(&self) -> usize {
        self.0.state.structures_known()
    }

    /// Answers the structures that have a commit, sorted.
    pub fn structures(&self) -> Vec<Structure> {
        self.0.state.structures()
    }

    /// Answers the rulebooks put in force, oldest first.
    pub fn rulebooks(&self) -> Vec<RulebookHeader> {
        let header =
            |m: &RulebookMark| RulebookHeader { sequence: m.sequence, known: Instant(m.known), digest: m.digest };
        self.0.state.rulebooks().iter().map(header).collect()
    }

    /// Answers a rulebook with its files, from the journal.
    pub fn rulebook(&self, sequence: u64) -> Result<Option<RulebookRecord>, StoreError> {
        let marks = self.0.state.rulebooks();
        let Some(mark) = marks.iter().find(|m| m.sequence == sequence) else { return Ok(None) };
        let files = self.0.segments.at(mark.place, |record| payload::rulebook_files(record.payload))?;
        let files = files.ok_or_else(StoreError::unreadable)?;
        Ok(Some(RulebookRecord { known: Instant(mark.known), digest: mark.digest, files }))
    }
}
