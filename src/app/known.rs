//! Knowledge time: which commit was the last one at an instant.

use super::basis::Basis;
use super::failure::{Failure, Reason};
use crate::domain::calendar::Instant;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::store::Store;

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
pub fn last_commit_at(store: &Store, structure: &str, instant: Instant) -> Result<Instant, Failure> {
    let rules = store.rulebooks().iter().map(|r| r.known).filter(|known| *known <= instant).max();
    let issued =
        store.statements(structure)?.iter().map(|issued| issued.known()).filter(|known| *known <= instant).max();
    let commit = store.last_commit_at(structure, instant)?;
    Ok([commit, rules, issued].into_iter().flatten().max().unwrap_or_default())
}
