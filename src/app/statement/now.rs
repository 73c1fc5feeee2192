//! What a closed month of a patient comes to with what is known now, by the rules that adjustments
//! use, within the recovery window or not.

use super::super::Gateway;
use super::super::basis::Basis;
use super::super::evaluate::{Evaluated, Found};
use super::super::failure::Failure;
use super::super::once::Bases;
use super::{Amending, Closed, Ledger, Unmade, deleted};
use crate::domain::calendar::Month;
use crate::domain::fact::Record;
use crate::domain::money::Centimes;
use crate::domain::statement::MonthRow;
use crate::domain::statement::Now;
use crate::domain::statement::first_month;
use std::sync::Arc;

/// Closed months that are looked at again, with what is the same for all patients.
pub struct Again {
    ledger: Arc<Ledger>,
    /// By which rules a closed month is computed again; `None`: none is closed.
    amending: Option<Amending>,
    /// Places in the ledger, ascending, and whether who works where has changed since.
    months: Vec<(usize, bool)>,
}

/// A patient-month of a closed month: as issued, as it is now, and what was adjusted of it since.
pub struct Looked {
    pub month: Month,
    pub issued: Option<MonthRow>,
    /// What the Invoice would come to: the month as it is now, with the adjustments it carries.
    pub now: Now,
    pub adjusted: Centimes,
}

impl Gateway {
    /// Prepares looking at closed months again.
    pub(in crate::app) fn again(
        &self,
        basis: &Basis,
        ledger: &Arc<Ledger>,
        wanted: impl Fn(Month) -> bool,
    ) -> Result<Again, Failure> {
        let mut months = Vec::new();
        for (n, closed) in ledger.closed.iter().enumerate().filter(|(_, closed)| wanted(closed.summary.month)) {
            months.push((n, self.directory_changed(basis, closed.summary.known_at)?));
        }
        let amending = self.amending(basis, ledger).map_err(super::failure)?;
        Ok(Again { ledger: Arc::clone(ledger), amending, months })
    }

    /// Answers the months of one patient. A month that nothing reached since its closing is not
    /// computed again.
    pub(in crate::app) fn looked(
        &self,
        again: &Again,
        (bases, basis): (&Bases, &Basis),
        (id, found): (&str, &Found),
    ) -> Result<Vec<Looked>, Failure> {
        let ledger = &again.ledger;
        let rivals = match found {
            Found::Here(evaluated) | Found::Deleted(evaluated) => Some(self.rivals(bases, basis, evaluated)?),
            Found::Unknown => None,
        };
        let mut out = Vec::with_capacity(again.months.len());
        for (n, moved) in &again.months {
            let Some(closed) = ledger.closed.get(*n) else { continue };
            let month = closed.summary.month;
            let issued = self.issued_row(closed, id, &ledger.structure)?;
            let due = match (found, &rivals, &again.amending) {
                (Found::Here(evaluated), Some(rivals), Some(amending)) => {
                    // Who was claimed elsewhere at the closing may not be any more.
                    let alone = !rivals.were_any() && !issued.as_ref().is_some_and(|row| row.contested);
                    let same = !moved && alone && !is_reached(evaluated, closed);
                    match same {
                        true => Ok(issued.as_ref().map_or(Centimes::ZERO, MonthRow::due)),
                        false => self.due((bases, basis), evaluated, rivals, (amending, closed)).map(|row| row.due()),
                    }
                }
                (Found::Deleted(evaluated), ..) => Ok(deleted(evaluated).due()),
                _ => Ok(Centimes::ZERO),
            };
            let now = match due {
                Ok(due) => Now::Known(due + issued.as_ref().map_or(Centimes::ZERO, MonthRow::adjusted)),
                Err(Unmade::Unpriced(_)) => Now::Unknown,
                Err(Unmade::Failed(failure)) => return Err(failure),
            };
            let told = issued.as_ref().map_or(Centimes::ZERO, MonthRow::total);
            // Looked for only where there is something to explain by it.
            let adjusted = if now == Now::Known(told) { Centimes::ZERO } else { self.adjusted_since(ledger, *n, id)? };
            out.push(Looked { month, issued, now, adjusted });
        }
        Ok(out)
    }

    /// Answers what later Invoices of a patient adjusted of a closed month.
    fn adjusted_since(&self, ledger: &Ledger, n: usize, id: &str) -> Result<Centimes, Failure> {
        let month = ledger.closed.get(n).map(|closed| closed.summary.month);
        let mut sum = Centimes::ZERO;
        for later in ledger.closed.iter().skip(n + 1) {
            let row = self.issued_row(later, id, &ledger.structure)?;
            let adjustments = row.iter().flat_map(|row| &row.adjustments);
            sum += adjustments.filter(|adjustment| Some(adjustment.month) == month).map(|a| a.amount()).sum();
        }
        Ok(sum)
    }
}

/// Answers whether what came after a month was computed, or other rules, can change it.
fn is_reached(evaluated: &Evaluated, closed: &Closed) -> bool {
    let summary = &closed.summary;
    if closed.rules.rulebook.digest != summary.rulebook {
        return true;
    }
    // Who is one person decides every month.
    if evaluated.linked_since(summary.known_at).next().is_some() {
        return true;
    }
    let late = |record: &&Record| record.versions.iter().any(|version| version.known > summary.known_at);
    let changed: Vec<&Record> = evaluated.records.iter().filter(late).collect();
    !changed.is_empty() && first_month(changed.iter().copied()).is_none_or(|first| summary.month >= first)
}
