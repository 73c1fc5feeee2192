//! The closed months of a structure, with the rules that now apply to each.

use super::super::Gateway;
use super::super::basis::Basis;
use super::super::failure::Failure;
use super::super::rulebooks::ActiveRules;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::forfait::Tariff;
use crate::domain::statement::MonthRow;
use crate::domain::statement::Summary;
use crate::store::Issued;
use crate::store::row_key;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The closed months of a structure as known at an instant, oldest first.
pub struct Ledger {
    pub structure: String,
    pub closed: Vec<Closed>,
}

/// One closed month.
pub struct Closed {
    pub issued: Issued,
    pub summary: Summary,
    /// The rules that apply to it now: those of its closing, and what later rulebooks say of closed months.
    pub rules: Arc<ActiveRules>,
    /// It was last computed by other rules than these.
    pub new_rules: bool,
    /// Files that apply to it do not fit the rules of its closing, which still apply.
    pub broken: bool,
}

/// The ledgers used last, one per structure: made again when a month is closed or rules change.
#[derive(Default)]
pub struct Ledgers(Mutex<HashMap<String, Kept>>);

/// A ledger with how many statements and rulebooks it was made from.
type Kept = (u32, usize, Arc<Ledger>);

impl Closed {
    /// Answers its tariff by the rules that apply to it now.
    pub fn tariff(&self) -> Option<&Tariff> {
        self.rules.rulebook.rules.tariff(&self.summary.tariff)
    }
}

impl Ledger {
    /// Answers the month to be closed next; `None` when none is closed yet: any may be the first.
    pub fn next(&self) -> Option<Month> {
        self.closed.last().map(|closed| closed.summary.month.add_months(1))
    }

    /// Answers whether a month comes before the first that was closed: it never will be.
    pub fn is_out_of_reach(&self, month: Month) -> bool {
        self.closed.first().is_some_and(|first| month < first.summary.month)
    }

    pub fn month(&self, month: Month) -> Option<&Closed> {
        let first = self.closed.first()?.summary.month;
        self.closed.get(usize::try_from(month.months_since(first)).ok()?)
    }
}

impl Gateway {
    /// Answers the closed months of a structure as known at the basis's instant.
    pub fn ledger(&self, basis: &Basis) -> Result<Arc<Ledger>, Failure> {
        let (structure, known_at) = (&*basis.structure, basis.known_at);
        // Counted first: a month closed after this is later than the instant, and seen by the next line.
        let made_from = (self.store.issued(structure), self.store.rulebooks().len());
        if known_at < self.store.last_known(structure) {
            return self.made_ledger(structure, known_at).map(Arc::new);
        }
        let kept = self.ledgers.0.lock().unwrap_or_else(PoisonError::into_inner).get(structure).cloned();
        if let Some((statements, rulebooks, ledger)) = kept
            && (statements, rulebooks) == made_from
        {
            return Ok(ledger);
        }
        // Made outside the lock: two requests may make it once each, none waits on I/O.
        let ledger = Arc::new(self.made_ledger(structure, known_at)?);
        let entry = (made_from.0, made_from.1, Arc::clone(&ledger));
        self.ledgers.0.lock().unwrap_or_else(PoisonError::into_inner).insert(structure.to_owned(), entry);
        Ok(ledger)
    }

    fn made_ledger(&self, structure: &str, known_at: Instant) -> Result<Ledger, Failure> {
        let mut closed: Vec<Closed> = Vec::new();
        let mut last_rules: HashMap<Month, [u8; 32]> = HashMap::new();
        let issued = self.store.statements(structure)?;
        for issued in issued.into_iter().filter(|issued| issued.known() <= known_at) {
            let summary = issued.read_summary()?;
            last_rules.insert(summary.month, summary.rulebook);
            last_rules.extend(summary.revisited.iter().copied());
            let (rules, broken) = self.rulebooks.of_closed(&self.store, &summary, known_at)?;
            closed.push(Closed { issued, summary, rules, new_rules: false, broken });
        }
        for month in &mut closed {
            let last = last_rules.get(&month.summary.month);
            month.new_rules = last != Some(&month.rules.rulebook.digest);
        }
        Ok(Ledger { structure: structure.to_owned(), closed })
    }

    /// Answers the row of a patient in a closed month.
    pub fn issued_row(&self, closed: &Closed, patient: &str, structure: &str) -> Result<Option<MonthRow>, Failure> {
        let key = row_key(structure, Some(patient), closed.summary.month);
        Ok(self.store.statement_row(&closed.issued, &key)?.filter(|row| *row.patient == *patient))
    }
}
