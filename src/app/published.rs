//! The tables published of each closed month: made once, as of the closing, and kept as they were.
//!
//! They follow from what the closing knew, so that whoever makes them, and when, changes nothing: right
//! after the closing, or for the first who asks. Call it on a thread that may block.

use super::Gateway;
use super::basis::Basis;
use super::evaluate::Found;
use super::failure::{Failure, Reason};
use super::statement::Closed;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::disclosure::Guard;
use crate::domain::indicator::Frame;
use crate::domain::indicator::Part;
use crate::domain::indicator::Strata;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Tally;
use crate::domain::published;
use crate::domain::published::PublicationRules;
use crate::domain::published::Table;
use crate::domain::published::TableRule;
use crate::domain::published::Tables;
use crate::domain::rules::Rules;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::store::CommitError;
use crate::store::NewPublication;

/// Raised when what is kept changes; older formats stay readable for ever.
const FORMAT: u8 = 1;

/// A closed month, before its tables are read.
#[derive(Clone, Copy, Debug)]
pub struct PublishedMonth {
    pub month: Month,
    /// What its closing knew, and so its tables.
    pub known_at: Instant,
    /// The last day that its figures look at.
    pub until: Day,
}

/// What one patient brings to each table.
struct Brought {
    strata: Strata,
    parts: Vec<(u16, Part)>,
}

impl Gateway {
    /// Answers the tables of the closed months of a structure that are wanted, the first month first.
    /// Those nobody has asked for yet are made now. Of a month closed by rules that publish nothing there
    /// are none.
    pub fn published_tables(
        &self,
        structure: &str,
        wanted: impl Fn(&PublishedMonth) -> bool,
    ) -> Result<Vec<Tables>, Failure> {
        let basis = self.basis(structure, None)?;
        let ledger = self.ledger(&basis)?;
        let mut all = Vec::new();
        for closed in &ledger.closed {
            let (month, known_at) = (closed.summary.month, closed.summary.known_at);
            let month = PublishedMonth { month, known_at, until: until(month, closed) };
            if wanted(&month) {
                all.extend(self.publish_month(structure, month.month)?);
            }
        }
        Ok(all)
    }

    /// Answers the structures that have closed a month.
    pub fn publishing_structures(&self) -> Vec<String> {
        let all = self.store.structures().into_iter().filter(|structure| self.store.issued(structure) > 0);
        all.map(|structure| structure.to_string()).collect()
    }

    /// Answers the tables of a closed month as they were published, and publishes them if nobody has.
    /// `None`: the month is open, or its rules publish nothing.
    pub fn publish_month(&self, structure: &str, month: Month) -> Result<Option<Tables>, Failure> {
        let name = month.to_string();
        if let Some((_, body)) = self.store.publication(structure, &name)? {
            return Ok(Some(read(&body)?));
        }
        let Some(tables) = self.tables_of(structure, month)? else { return Ok(None) };
        let mut body = vec![FORMAT];
        body.extend(postcard::to_allocvec(&tables).map_err(|_| Failure::internal())?);
        match self.store.publish_blocking(NewPublication { structure: structure.into(), name: name.into(), body }) {
            Ok(_) => Ok(Some(tables)),
            // Somebody else was first: both made the same.
            Err(CommitError::Issued) => Ok(Some(tables)),
            Err(error) => Err(super::receive::commit_failure(error)),
        }
    }

    /// Makes the tables of a closed month, as known at its closing and by the rules of then.
    fn tables_of(&self, structure: &str, month: Month) -> Result<Option<Tables>, Failure> {
        let now = self.basis(structure, None)?;
        let ledger = self.ledger(&now)?;
        let Some(closed) = ledger.month(month) else { return Ok(None) };
        let basis = self.basis_at(structure, closed.summary.known_at, true)?;
        let rules = &basis.rules.rulebook.rules;
        let asked = &rules.published;
        let (Some(guard), Some(period)) = (asked.guard(rules, month.last_day()), asked.period(rules, month)) else {
            return Ok(None);
        };
        // Of a month closed before it was over nobody knows the last days: figures are of the day it was closed.
        let period = (period.0, period.1.min(until(month, closed)));
        let tables = self.tables(&basis, asked, (guard, period))?;
        Ok(Some(Tables {
            structure: structure.into(),
            month,
            period,
            known_at: basis.known_at,
            rulebook: basis.rules.rulebook.digest,
            engine: env!("CARGO_PKG_VERSION").into(),
            small: guard.small,
            base: guard.base,
            tables,
        }))
    }

    fn tables(
        &self,
        basis: &Basis,
        asked: &PublicationRules,
        (guard, period): (Guard, (Day, Day)),
    ) -> Result<Vec<Table>, Failure> {
        let rules = &basis.rules.rulebook.rules;
        let frame = Frame::of(rules, period.1);
        let brought = self.sweep(basis, &|_, _| {}, |found, _| {
            let Found::Here(evaluated) = found else { return Ok(None) };
            // A record merged into another is not counted: a person is counted once.
            if evaluated.merged_into().is_some() {
                return Ok(None);
            }
            let view = evaluated.view_for_sums();
            let subject = view.subject(period);
            let each = asked
                .tables
                .iter()
                .zip(0_u16..)
                .flat_map(|(table, n)| table.measure.parts(&subject).into_iter().map(move |part| (n, part)));
            Ok(Some(Brought { parts: each.collect(), strata: Strata::of(&subject, &frame, &Stratifier::ALL) }))
        })?;
        let status = asked.status(rules, period.1);
        let made = asked.tables.iter().zip(0_u16..).map(|(rule, n)| {
            let table = made((guard, rule, rules), &frame, (&brought, n));
            // Who is in which stratum rests on rules too.
            let by = rule.by.map_or(status, |by| by.status(rules, period.1));
            Table { status: table.status.max(status).max(by), ..table }
        });
        Ok(made.collect())
    }
}

/// Adds up what patients bring to a table, twice: what is counted, and of how many people it is.
fn made((guard, rule, rules): (Guard, &TableRule, &Rules), frame: &Frame, (brought, n): (&[Brought], u16)) -> Table {
    let by: Vec<_> = rule.by.into_iter().collect();
    let groups = rule.measure.groups(rules).len();
    let (mut counts, mut people) = (Tally::new(frame, &by, groups), Tally::new(frame, &by, groups));
    for patient in brought {
        let parts = || patient.parts.iter().filter(|(table, _)| *table == n).map(|(_, part)| *part);
        counts.add(&patient.strata, parts());
        people.add(&patient.strata, parts().map(published::people));
    }
    published::table(guard, rule, rules, &counts.finish(""), &people.finish(""))
}

/// Answers the last day of a month whose states were known when it was closed.
fn until(month: Month, closed: &Closed) -> Day {
    month.last_day().min(closed.issued.known().paris_day())
}

fn read(body: &[u8]) -> Result<Tables, Failure> {
    match body.split_first() {
        Some((&FORMAT, told)) => postcard::from_bytes(told).map_err(|_| Failure::internal()),
        _ => Err(Failure::internal()),
    }
}

/// Answers the refusal of figures to whoever may only see what is published.
pub fn only_published() -> Failure {
    Failure::new(Reason::Forbidden, Issue::general(&issues::PUBLISHED_ONLY, &[]))
}
