//! What late data makes of closed months: only the months it can reach are computed again.

use super::super::Gateway;
use super::super::evaluate::{Basis, Evaluated};
use super::super::failure::Failure;
use super::super::once::{Bases, Rivals};
use super::ledger::{Closed, Ledger};
use super::{Unmade, deleted, unknown};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::finding::EvidenceRef;
use crate::domain::money::Centimes;
use crate::domain::statement::Adjusted;
use crate::domain::statement::Adjustment;
use crate::domain::statement::Change;
use crate::domain::statement::LateChange;
use crate::domain::statement::MonthRow;
use crate::domain::statement::Reason;
use crate::domain::statement::adjust;
use crate::domain::statement::first_month;
use crate::domain::verdict::Verdict;
use std::sync::Arc;

/// What of a ledger may have to be computed again, decided once for all patients.
pub struct Amending {
    pub ledger: Arc<Ledger>,
    /// Knowledge of the last closing: what came later may change closed months.
    since: Instant,
    /// First closed month that is still adjusted.
    from: Month,
    /// Who works where has changed: every month of everybody may have.
    directory_changed: bool,
    /// What of the directory came since.
    directory: Vec<EvidenceRef>,
    /// Which late changes adjust, in the order of `LateChange`.
    reopens: [bool; 4],
}

/// Whether the patient is still there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Here,
    Deleted,
}

impl Amending {
    /// Answers whether late data reopens nothing, and new rules do all the same: their part is told as if
    /// nothing had come since the closing, however long ago it came. Where who works where, or who is one
    /// person, has changed since, the two parts cannot be told apart.
    fn only_rules(&self, changed: &[&Record]) -> bool {
        let same_people = !self.directory_changed && changed.iter().all(|record| record.kind != Kind::Patient);
        same_people && !self.reopens[LateChange::Data as usize]
    }

    /// Answers the knowledge that a closed month was last computed with: that of its closing, unless
    /// late data has adjusted it since.
    fn baseline(&self, closed: &Closed, last: Option<Reason>) -> Instant {
        match last.map(Reason::change) {
            Some(LateChange::Data) => self.since,
            _ => closed.summary.known_at,
        }
    }
}

/// Where only the rules differ, what a line lost or gained it did by them.
fn of_rules(adjustment: &mut Adjustment) {
    if adjustment.reason.change() == LateChange::Data {
        adjustment.reason = Reason::Rules;
    }
}

impl Gateway {
    /// Prepares the adjustments that the next open month carries; `None` when no month is closed.
    pub fn amending(&self, basis: &Basis, ledger: &Arc<Ledger>) -> Result<Option<Amending>, Unmade> {
        let (Some(last), Some(next)) = (ledger.closed.last(), ledger.next()) else { return Ok(None) };
        let past = basis.known_at < self.store.last_known(&basis.structure);
        let untouched = !past && self.store.shared_sequence(&basis.structure) <= last.summary.sequence;
        let directory_changed = !untouched && self.directory_changed(basis, last.summary.known_at)?;
        let rules = &basis.rules.rulebook.rules;
        let (statements, day) = (&rules.statements, next.last_day());
        let months = statements.recovery_months(&rules.params, day);
        let months = months.ok_or_else(|| unknown(rules, statements.recovery_months, next))?;
        let mut reopens = [false; 4];
        for (change, reopens) in LateChange::ALL.into_iter().zip(&mut reopens) {
            *reopens = match statements.reopens(&rules.params, change, day) {
                Verdict::Unknown => return Err(unknown(rules, statements.reopening(change), next)),
                said => said.is_yes(),
            };
        }
        let (ledger, since) = (Arc::clone(ledger), last.summary.known_at);
        let directory = match directory_changed {
            true => {
                let shared = self.store.shared_facts(&basis.structure, basis.known_at).map_err(Failure::from)?;
                late_versions(&shared.iter().collect::<Vec<_>>(), since)
            }
            false => Vec::new(),
        };
        Ok(Some(Amending { ledger, since, from: next.add_months(-months), directory_changed, directory, reopens }))
    }

    /// Answers the adjustments of a patient: closed months that come to something else now.
    pub(super) fn adjustments(
        &self,
        amending: &Amending,
        (bases, basis): (&Bases, &Basis),
        (evaluated, presence): (&Evaluated, Presence),
        rivals: &Rivals,
    ) -> Result<Adjusted, Unmade> {
        let changed: Vec<&Record> = evaluated.records.iter().filter(|r| is_late(r, amending.since)).collect();
        let linked: Vec<&EvidenceRef> = evaluated.linked_since(amending.since).collect();
        let reach = match (changed.is_empty(), linked.is_empty()) {
            (true, true) => Some(Month::max_value()),
            (false, true) => first_month(changed.iter().copied()),
            // Who is one person decides every month.
            (_, false) => None,
        };
        let linked_none = linked.is_empty();
        let mut versions = late_versions(&changed, amending.since);
        versions.extend(linked.into_iter().cloned());
        let mut out = Adjusted::default();
        let mut rows: Option<Rows> = None;
        for (n, closed) in amending.ledger.closed.iter().enumerate() {
            let month = closed.summary.month;
            let new_rules = closed.new_rules && amending.reopens[LateChange::Rules as usize];
            let reached = amending.directory_changed || reach.is_none_or(|first| month >= first);
            if month < amending.from || !(reached || new_rules || rivals.were_any()) {
                continue;
            }
            let rows = rows.get_or_insert_with(|| Rows::new(&amending.ledger, n, &evaluated.patient));
            if new_rules && amending.only_rules(&changed) && linked_none && presence == Presence::Here {
                let (issued, paid, last) = rows.paid(self, n)?;
                let then = evaluated.as_known_at(amending.baseline(closed, last));
                let due = self.due((bases, basis), &then, rivals, (amending, closed))?;
                let rulebook = Some(closed.rules.rulebook.digest);
                let change = Change { last, rulebook, ..Change::default() };
                let mut adjusted = adjust(month, issued.as_ref(), &paid, &due, &change);
                adjusted.iter_mut().for_each(of_rules);
                adjusted.retain(|a| amending.reopens[a.reason.change() as usize]);
                out.add(adjusted, issued.as_ref(), &due);
                continue;
            }
            let due = match presence {
                Presence::Deleted => deleted(evaluated),
                Presence::Here => self.due((bases, basis), evaluated, rivals, (amending, closed))?,
            };
            let (issued, paid, last) = rows.paid(self, n)?;
            let change = Change {
                versions: versions.clone(),
                directory: amending.directory.clone(),
                last,
                rulebook: new_rules.then_some(closed.rules.rulebook.digest),
            };
            let mut adjusted = adjust(month, issued.as_ref(), &paid, &due, &change);
            adjusted.retain(|a| amending.reopens[a.reason.change() as usize]);
            out.add(adjusted, issued.as_ref(), &due);
        }
        Ok(out)
    }

    /// Answers what a closed month comes to with what is known now, by the rules that apply to it: those
    /// of its closing alone where later ones reopen nothing.
    pub(super) fn due(
        &self,
        (bases, basis): (&Bases, &Basis),
        evaluated: &Evaluated,
        rivals: &Rivals,
        (amending, closed): (&Amending, &Closed),
    ) -> Result<MonthRow, Unmade> {
        let rules = match amending.reopens[LateChange::Rules as usize] {
            true => Arc::clone(&closed.rules),
            false => self.rulebooks.at(&self.store, closed.summary.known_at)?,
        };
        let by = self.basis_of(bases, basis, &basis.structure, &rules)?;
        let tariff = self.tariff(Some(&closed.summary.tariff), &rules)?;
        let read = evaluated.by(&by);
        self.make((bases, &by), &read.view(), rivals, (closed.summary.month, tariff))
    }
}

impl Evaluated {
    /// Answers the same patient with no version that became known later; who works where is as it is.
    fn as_known_at(&self, instant: Instant) -> Evaluated {
        let known = |record: &Record| {
            let versions: Vec<_> = record.versions.iter().filter(|v| v.known <= instant).cloned().collect();
            (!versions.is_empty()).then(|| Record { versions, ..record.clone() })
        };
        self.with_records(self.records.iter().filter_map(known).collect())
    }
}

fn is_late(record: &Record, since: Instant) -> bool {
    record.versions.iter().any(|version| version.known > since)
}

fn late_versions(changed: &[&Record], since: Instant) -> Vec<EvidenceRef> {
    let late = |record: &&Record| -> Vec<EvidenceRef> {
        let versions = record.versions.iter().filter(|version| version.known > since);
        versions.map(|v| EvidenceRef { kind: record.kind, id: record.id.clone(), version: v.number }).collect()
    };
    changed.iter().flat_map(late).collect()
}

/// The rows of one patient in the statements from one on, read when first asked for.
struct Rows<'l> {
    ledger: &'l Ledger,
    first: usize,
    patient: &'l str,
    read: Option<Vec<Option<MonthRow>>>,
}

/// A row as issued, what was paid for each of its lines since, and why it was last adjusted.
type Paid = (Option<MonthRow>, Vec<(Box<str>, Centimes)>, Option<Reason>);

impl<'l> Rows<'l> {
    fn new(ledger: &'l Ledger, first: usize, patient: &'l str) -> Rows<'l> {
        Rows { ledger, first, patient, read: None }
    }

    fn read(&mut self, gateway: &Gateway) -> Result<&[Option<MonthRow>], Failure> {
        if self.read.is_none() {
            let statements = self.ledger.closed.iter().skip(self.first);
            let rows = statements.map(|closed| gateway.issued_row(closed, self.patient, &self.ledger.structure));
            self.read = Some(rows.collect::<Result<_, _>>()?);
        }
        Ok(self.read.as_deref().unwrap_or_default())
    }

    fn paid(&mut self, gateway: &Gateway, n: usize) -> Result<Paid, Failure> {
        let (first, month) = (self.first, self.ledger.closed[n].summary.month);
        let rows = &self.read(gateway)?[n - first..];
        let issued = rows.first().cloned().flatten();
        let mut paid: Vec<(Box<str>, Centimes)> = Vec::new();
        let mut add = |code: &str, amount: Centimes| match paid.iter_mut().find(|(known, _)| **known == *code) {
            Some((_, sum)) => *sum += amount,
            None => paid.push((code.into(), amount)),
        };
        issued.iter().flat_map(|row| &row.lines).for_each(|line| add(&line.code, line.amount));
        let later = rows.iter().skip(1).flatten().flat_map(|row| &row.adjustments);
        let mut last = None;
        for adjustment in later.filter(|a| a.month == month) {
            add(&adjustment.line, adjustment.amount());
            last = Some(adjustment.reason);
        }
        Ok((issued, paid, last))
    }
}
