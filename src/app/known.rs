//! Knowledge time: which commit was the last one at an instant.

use super::evaluate::Basis;
use super::failure::{Failure, Reason};
use crate::domain::calendar::Instant;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::store::Order;
use crate::store::Store;
use std::ops::ControlFlow;

impl Basis {
    /// Refuses an instant asked for at which nothing was known yet, not even the rules: what is said of
    /// nobody by no rules is no figure. (Of one patient it is told that he is not found.)
    pub(super) fn is_known(&self, asked: Option<Instant>) -> Result<(), Failure> {
        match asked {
            Some(_) if self.known_at == Instant::default() => {
                Err(Failure::new(Reason::NotFound, Issue::general(&issues::KNOWN_TOO_EARLY, &[])))
            }
            _ => Ok(()),
        }
    }
}

/// Answers the instant of the last commit of a structure, of a statement of its or of the rules, at or before `instant`.
/// Sequences and instants grow together: a bisection over the commits, a look-up each step.
pub fn last_commit_at(store: &Store, structure: &str, instant: Instant) -> Result<Instant, Failure> {
    let rules = store.rulebooks().iter().map(|r| r.known).filter(|known| *known <= instant).max().unwrap_or_default();
    let (mut low, mut high, mut found) = (0, store.sequence() + 1, Instant::default());
    while low < high {
        let middle = low + (high - low) / 2;
        match first_from(store, structure, middle, high)? {
            Some((sequence, known)) if known <= instant => {
                found = known;
                low = sequence + 1;
            }
            // Nothing of this structure from the middle on, or only what came later.
            _ => high = middle,
        }
    }
    let issued =
        store.statements(structure)?.iter().map(|issued| issued.known()).filter(|known| *known <= instant).max();
    Ok(found.max(rules).max(issued.unwrap_or_default()))
}

/// Answers sequence and instant of the structure's first commit in `from..to`.
fn first_from(store: &Store, structure: &str, from: u64, to: u64) -> Result<Option<(u64, Instant)>, Failure> {
    let mut first = None;
    store.changes(structure, from..to, Order::OldestFirst, |change| {
        first = Some((change.sequence, change.known));
        ControlFlow::Break(())
    })?;
    Ok(first)
}
