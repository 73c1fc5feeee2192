//! One search at work: candidates in, matches out, within what a search may cost.

use super::refusal::too_costly;
use super::source::Source;
use crate::app::Gateway;
use crate::app::derive;
use crate::app::derive::Context;
use crate::app::failure::Failure;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::json::Value;
use crate::fhir::search::ALIAS_PARAM;
use crate::fhir::search::Fit;
use crate::fhir::search::Include;
use crate::fhir::search::Lead;
use crate::fhir::search::Parameter;
use crate::fhir::search::Query;
use crate::fhir::search::Seen;
use crate::store::Glimpse;
use crate::store::Order;
use crate::store::Row;
use crate::store::Store;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Bound;
use std::ops::ControlFlow;

/// Most rows a search reads; a body read counts as several.
const LIMIT: u64 = 200_000;
const BODY: u64 = 4;
/// Most resources a chain may lead to.
const LINKS: usize = 5_000;
/// Most writes of the journal that are cheaper to read than the whole type.
const RECENT: usize = 5_000;

/// What one request has read so far, its chains and inclusions too.
pub(super) struct Budget(Cell<u64>);

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(Cell::new(0))
    }

    pub(super) fn spent(&self) -> u64 {
        self.0.get()
    }

    pub(super) fn spend(&self, rows: u64) -> Result<(), Failure> {
        self.0.set(self.0.get().saturating_add(rows));
        if self.0.get() > LIMIT { Err(too_costly()) } else { Ok(()) }
    }
}

/// What a search is made with.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub store: &'a Store,
    pub context: &'a Context,
    pub structure: &'a str,
    pub query: &'a Query,
    pub budget: &'a Budget,
    /// What came to be later is left out.
    pub snapshot: Option<Instant>,
}

type Found<'f> = &'f mut dyn FnMut(&Row) -> Result<ControlFlow<()>, Failure>;

impl<'a> Work<'a> {
    pub(super) fn new(gateway: &'a Gateway, structure: &'a str, query: &'a Query, budget: &'a Budget) -> Work<'a> {
        Work { store: &gateway.store, context: &gateway.context, structure, query, budget, snapshot: None }
    }

    /// Hands over what matches with an id after `after`; by id, unless several patients are named.
    pub(super) fn walk(&self, after: &str, found: Found<'_>) -> Result<(), Failure> {
        let (store, structure, kind) = (self.store, self.structure, self.query.kind);
        let mut failure = None;
        let mut each = |row: &Row| {
            if row.id() <= after {
                return ControlFlow::Continue(());
            }
            let flow = self.fits(row).and_then(|fits| if fits { found(row) } else { Ok(ControlFlow::Continue(())) });
            flow.unwrap_or_else(|error| {
                failure = Some(error);
                ControlFlow::Break(())
            })
        };
        match Source::of(self.query) {
            Source::Ids(ids) => {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids.dedup();
                self.by_ids(ids, &mut each)?;
            }
            Source::Patients(patients) => {
                let mut broke = false;
                // What belongs to several patients is told once.
                let mut guests: BTreeSet<Box<str>> = BTreeSet::new();
                for patient in patients {
                    let mut one = |row: &Row| {
                        let home = whose(row).unwrap_or_default();
                        let guest = home != &**patient;
                        let met = patients.iter().any(|other| **other == *home) || !guests.insert(row.id().into());
                        if guest && met {
                            return ControlFlow::Continue(());
                        }
                        let flow = each(row);
                        broke = flow.is_break();
                        flow
                    };
                    store.of_patient(structure, (patient, kind), |glimpse| self.may_fit(glimpse), &mut one)?;
                    if broke {
                        break;
                    }
                }
            }
            Source::Lead(lead) => self.by_ids(self.led(&lead, after)?, &mut each)?,
            Source::Since(instant) => match self.written_since(instant)? {
                Some(ids) => self.by_ids(ids, &mut each)?,
                None => store.all(structure, kind, Some(after).filter(|a| !a.is_empty()), &mut each)?,
            },
            Source::All => store.all(structure, kind, Some(after).filter(|a| !a.is_empty()), &mut each)?,
        }
        failure.map_or(Ok(()), Err)
    }

    fn by_ids(
        &self,
        ids: impl IntoIterator<Item = Box<str>>,
        each: &mut dyn FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        for id in ids {
            let flow = self.store.with(self.structure, self.query.kind, &id, &mut *each)?;
            if flow.is_some_and(|flow| flow.is_break()) {
                break;
            }
        }
        Ok(())
    }

    /// Answers the ids after `after` that an index names, ascending.
    pub(super) fn led(&self, lead: &Lead, after: &str) -> Result<Vec<Box<str>>, Failure> {
        let (mut ids, mut met): (Vec<Box<str>>, u64) = (Vec::new(), 0);
        for (param, range) in &lead.ranges {
            let bounds = (Bound::Included(&*range.lower), Bound::Excluded(&*range.upper));
            self.store.lead(self.structure, (self.query.kind, *param), bounds, |_, id| {
                met += 1;
                if id > after {
                    ids.push(id.into());
                }
                if met > LIMIT { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        if met > LIMIT {
            return Err(too_costly());
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Answers what was written from an instant on; `None` when it is more than is worth reading.
    fn written_since(&self, instant: Instant) -> Result<Option<BTreeSet<Box<str>>>, Failure> {
        let (mut ids, mut read, mut whole) = (BTreeSet::new(), 0, true);
        let all = 1..self.store.sequence() + 1;
        self.store.changes(self.structure, all, Order::NewestFirst, |change| {
            read += 1;
            whole = read <= RECENT;
            if change.known < instant || !whole {
                return ControlFlow::Break(());
            }
            if change.kind == self.query.kind {
                ids.insert(change.id.clone());
            }
            ControlFlow::Continue(())
        })?;
        Ok(whole.then_some(ids))
    }

    /// Answers whether a row may be asked for, by what is seen of it beside its patient.
    fn may_fit(&self, glimpse: &Glimpse) -> bool {
        // What waited for its patient came to him later than it was last updated.
        if self.query.asks_when_updated() {
            return true;
        }
        let Glimpse { id, patient, .. } = *glimpse;
        // What is only told to him lives with another, of whom nothing is seen here.
        let told = |(param, value): (u8, &[u8])| param == ALIAS_PARAM && Some(value) == patient.map(str::as_bytes);
        if self.query.kind != Kind::Patient && glimpse.key_values().any(told) {
            return true;
        }
        let seen = Seen { id, patient, known: Instant::default(), keys: glimpse.key_values() };
        // What is passed over counts as read; a row read after the limit says that there was one.
        self.query.matches(&seen) != Fit::No || self.budget.spend(1).is_err()
    }

    /// Answers whether a row is asked for.
    pub(super) fn fits(&self, row: &Row) -> Result<bool, Failure> {
        self.budget.spend(1)?;
        if row.is_deleted() {
            return Ok(false);
        }
        let fits = match self.query.matches(&seen(row)) {
            Fit::No => false,
            Fit::Yes => true,
            Fit::Open => {
                let body = self.body(row)?;
                body.is_some_and(|body| self.query.matches_body(&body, whose(row), self.context.search()))
            }
        };
        Ok(fits && self.was_there(row)?)
    }

    /// Answers the body of a row as a tree.
    pub(super) fn body(&self, row: &Row) -> Result<Option<Value<'static>>, Failure> {
        self.budget.spend(BODY)?;
        let Some(body) = row.body()? else { return Ok(None) };
        Ok(derive::tree(row.kind(), row.id(), &body))
    }

    /// Answers whether the resource was there when the first page was made.
    fn was_there(&self, row: &Row) -> Result<bool, Failure> {
        let Some(snapshot) = self.snapshot.filter(|snapshot| row.known() > *snapshot) else { return Ok(true) };
        if row.version() == 1 {
            return Ok(false);
        }
        self.budget.spend(BODY)?;
        let history = self.store.history(self.structure, row.kind(), row.id())?;
        Ok(history.iter().rev().find(|mark| mark.known <= snapshot).is_some_and(|mark| !mark.deleted))
    }

    /// Answers the ids of all that matches, where they are few enough to be followed.
    pub(super) fn ids(&self) -> Result<Vec<Box<str>>, Failure> {
        let mut ids: Vec<Box<str>> = Vec::new();
        self.walk("", &mut |row| {
            if ids.len() >= LINKS {
                return Err(too_costly());
            }
            ids.push(row.id().into());
            Ok(ControlFlow::Continue(()))
        })?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Answers the ids of the resources of a type that all that matches refers to.
    pub(super) fn referred(&self, (parameter, target): (&'static Parameter, Kind)) -> Result<Vec<Box<str>>, Failure> {
        let include = Include { source: self.query.kind, parameter: Some(parameter), target: Some(target) };
        let mut ids = BTreeSet::new();
        self.walk("", &mut |row| {
            match row.patient().filter(|_| include.follows_home()) {
                Some(patient) => {
                    ids.insert(Box::from(patient));
                    // An appointment is of all the patients it names.
                    let told =
                        row.key_values().filter(|(param, _)| *param == ALIAS_PARAM && row.kind() != Kind::Patient);
                    ids.extend(told.filter_map(|(_, id)| std::str::from_utf8(id).ok().map(Box::from)));
                }
                None => {
                    let body = self.body(row)?;
                    let found = body.map(|body| include.references(&body, self.context.search())).unwrap_or_default();
                    ids.extend(found.into_iter().map(|(_, id)| id));
                }
            }
            if ids.len() > LINKS { Err(too_costly()) } else { Ok(ControlFlow::Continue(())) }
        })?;
        Ok(ids.into_iter().collect())
    }
}

/// Answers what search reads of a row.
pub(super) fn seen<'r>(row: &'r Row<'r>) -> Seen<'r, impl Iterator<Item = (u8, &'r [u8])> + Clone> {
    Seen { id: row.id(), patient: whose(row), known: row.known(), keys: row.key_values() }
}

/// Answers the patient a row names, known or not.
fn whose<'r>(row: &'r Row<'r>) -> Option<&'r str> {
    row.patient().or_else(|| row.waits_for())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_reads_is_counted_together_and_bounded() {
        let budget = Budget::new();
        assert!(budget.spend(LIMIT - 1).is_ok() && budget.spend(1).is_ok());
        let refused = budget.spend(1).unwrap_err();
        assert_eq!((refused.issues[0].kind.code, refused.issues[0].kind.fhir), ("MTR-SRC-007", "too-costly"));
    }
}
