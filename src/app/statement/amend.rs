//! What late data makes of closed months: only the months it can reach are computed again.

use super::super::Gateway;
use super::super::basis::Basis;
use super::super::evaluate::{Evaluated, Found as Then};
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
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What of a ledger may have to be computed again, decided once for all patients.
pub struct Amending {
    pub ledger: Arc<Ledger>,
    /// Knowledge that every closed month has been computed with: what came later may change them.
    since: Instant,
    /// First closed month that is still adjusted.
    from: Month,
    /// Who works where has changed: every month of everybody may have.
    directory_changed: bool,
    /// What of the directory came since.
    directory: Vec<EvidenceRef>,
    /// Which late changes adjust, in the order of `LateChange`.
    reopens: [bool; 4],
    /// Per closed month, the knowledge that late data was last admitted to it with. Only where data
    /// reopens nothing and new rules do.
    admitted: Vec<Instant>,
    /// Under what patients were known at such an instant, and those beside it.
    then: Mutex<BTreeMap<Instant, Arc<(Basis, Bases)>>>,
}

impl Amending {
    fn reopens(&self, change: LateChange) -> bool {
        self.reopens[change as usize]
    }
}

/// Whether the patient is still there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Here,
    Deleted,
}

/// One patient whose closed months are looked at.
struct Late<'a> {
    amending: &'a Amending,
    bases: &'a Bases,
    basis: &'a Basis,
    evaluated: &'a Evaluated,
    presence: Presence,
    rivals: &'a Rivals,
    /// Versions that came since.
    versions: Vec<EvidenceRef>,
    /// The patient as known at the instant asked last.
    then: Option<(Instant, Option<Evaluated>)>,
}

/// One closed month of a patient: its place, and what was paid of it.
struct Of<'a> {
    n: usize,
    closed: &'a Closed,
    new_rules: bool,
    paid: Paid,
}

/// What a closed month is adjusted by, and the row it comes to.
type Found = (Vec<Adjustment>, MonthRow);

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
        // Where late data counts, so does what came while it did not.
        let last = if reopens[LateChange::Data as usize] { self.last_admitting(ledger)?.unwrap_or(last) } else { last };
        let since = last.summary.known_at;
        let past = basis.known_at < self.store.last_known(&basis.structure);
        let untouched = !past && self.store.shared_sequence(&basis.structure) <= last.summary.sequence;
        let directory_changed = !untouched && self.directory_changed(basis, since)?;
        let directory = match directory_changed {
            true => {
                let shared = self.store.shared_facts(&basis.structure, basis.known_at).map_err(Failure::from)?;
                late_versions(&shared.iter().collect::<Vec<_>>(), since)
            }
            false => Vec::new(),
        };
        let apart = reopens[LateChange::Rules as usize] && !reopens[LateChange::Data as usize];
        let admitted = match apart && ledger.closed.iter().any(|closed| closed.new_rules) {
            true => self.admitted(ledger)?,
            false => Vec::new(),
        };
        let (ledger, from) = (Arc::clone(ledger), next.add_months(-months));
        let then = Mutex::default();
        Ok(Some(Amending { ledger, since, from, directory_changed, directory, reopens, admitted, then }))
    }

    /// Answers whether late data adjusted closed months when this one was closed, and how far back.
    fn admitting(&self, closed: &Closed) -> Result<Option<Month>, Failure> {
        let rules = self.rulebooks.at(&self.store, closed.summary.known_at)?;
        let (rules, month) = (&rules.rulebook.rules, closed.summary.month);
        let (statements, day) = (&rules.statements, month.last_day());
        let admits = statements.reopens(&rules.params, LateChange::Data, day).is_yes();
        let months = statements.recovery_months(&rules.params, day).filter(|_| admits);
        Ok(months.map(|months| month.add_months(-months)))
    }

    /// Answers the last closing at which late data adjusted closed months; else the first of all.
    fn last_admitting<'l>(&self, ledger: &'l Ledger) -> Result<Option<&'l Closed>, Failure> {
        for closed in ledger.closed.iter().rev() {
            if self.admitting(closed)?.is_some() {
                return Ok(Some(closed));
            }
        }
        Ok(ledger.closed.first())
    }

    /// Answers, per closed month, the knowledge of the last closing that admitted late data to it: its
    /// own, or a later one while data reopened closed months.
    fn admitted(&self, ledger: &Ledger) -> Result<Vec<Instant>, Failure> {
        let mut admitted: Vec<Instant> = ledger.closed.iter().map(|closed| closed.summary.known_at).collect();
        for (later, closed) in ledger.closed.iter().enumerate() {
            let Some(from) = self.admitting(closed)? else { continue };
            for (known, earlier) in admitted.iter_mut().zip(ledger.closed.iter().take(later)) {
                if earlier.summary.month >= from {
                    *known = closed.summary.known_at;
                }
            }
        }
        Ok(admitted)
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
        let mut versions = late_versions(&changed, amending.since);
        versions.extend(linked.into_iter().cloned());
        let mut late = Late { amending, bases, basis, evaluated, presence, rivals, versions, then: None };
        let mut out = Adjusted::default();
        let mut rows: Option<Rows> = None;
        for (n, closed) in amending.ledger.closed.iter().enumerate() {
            let month = closed.summary.month;
            let new_rules = closed.new_rules && amending.reopens(LateChange::Rules);
            let reached = amending.directory_changed || reach.is_none_or(|first| month >= first);
            if month < amending.from || !(reached || new_rules || rivals.were_any()) {
                continue;
            }
            let paid = rows.get_or_insert_with(|| Rows::new(&amending.ledger, n, &evaluated.patient)).paid(self, n)?;
            let of = Of { n, closed, new_rules, paid };
            let found = match new_rules && !amending.reopens(LateChange::Data) {
                true => self.by_rules_apart(&mut late, &of)?,
                false => Some(self.by_all(&late, &of)?),
            };
            if let Some((adjusted, due)) = found {
                out.add(adjusted, of.paid.issued.as_ref(), &due);
            }
        }
        Ok(out)
    }

    /// Brings a closed month to what it is with all that is known now, as far as that reopens it.
    fn by_all(&self, late: &Late<'_>, of: &Of<'_>) -> Result<Found, Unmade> {
        let amending = late.amending;
        let due = match late.presence {
            Presence::Deleted => deleted(late.evaluated),
            Presence::Here => self.due((late.bases, late.basis), late.evaluated, late.rivals, (amending, of.closed))?,
        };
        let change = Change {
            versions: late.versions.clone(),
            directory: amending.directory.clone(),
            last: of.paid.last,
            rulebook: of.new_rules.then_some(of.closed.rules.rulebook.digest),
        };
        let mut adjusted = adjust(of.closed.summary.month, of.paid.issued.as_ref(), &of.paid.lines, &due, &change);
        adjusted.retain(|a| amending.reopens(a.reason.change()));
        Ok((adjusted, due))
    }

    /// Where late data reopens nothing, and new rules do all the same: their part is told as if nothing
    /// had come since data was last admitted to the month, neither to the record nor to the directory.
    /// Who is one person, and who else is paid for them, decide the month before any part of it.
    fn by_rules_apart(&self, late: &mut Late<'_>, of: &Of<'_>) -> Result<Option<Found>, Unmade> {
        let amending = late.amending;
        if late.rivals.were_any() || late.versions.iter().any(|version| version.kind == Kind::Patient) {
            let found = self.by_all(late, of)?;
            if found.0.iter().any(|adjustment| adjustment.reason != Reason::Rules) {
                return Ok(Some(found));
            }
        }
        let known = amending.admitted.get(of.n).copied().max(of.paid.whole).unwrap_or(of.closed.summary.known_at);
        let basis = self.then(late, known)?;
        let Some((_, Some(evaluated))) = &late.then else { return Ok(None) };
        let (bases, rules) = ((late.bases, late.basis), &of.closed.rules);
        let there = self.basis_of(&basis.1, &basis.0, &late.basis.structure, rules)?;
        let due = self.due_read(bases, &evaluated.by(&there), late.rivals, of.closed)?;
        let rulebook = Some(rules.rulebook.digest);
        let change = Change { last: of.paid.last, rulebook, ..Change::default() };
        let mut adjusted = adjust(of.closed.summary.month, of.paid.issued.as_ref(), &of.paid.lines, &due, &change);
        adjusted.iter_mut().for_each(of_rules);
        adjusted.retain(|adjustment| adjustment.reason == Reason::Rules);
        Ok(Some((adjusted, due)))
    }

    /// Reads the patient as known at an instant, and answers under what.
    fn then(&self, late: &mut Late<'_>, known: Instant) -> Result<Arc<(Basis, Bases)>, Failure> {
        let kept = late.amending.then.lock().unwrap_or_else(PoisonError::into_inner).get(&known).cloned();
        let basis = match kept {
            Some(basis) => basis,
            None => {
                // Made outside the lock: two threads may make it once each.
                let made = Arc::new((self.basis_as_known_at(late.basis, known)?, Bases::default()));
                late.amending.then.lock().unwrap_or_else(PoisonError::into_inner).insert(known, Arc::clone(&made));
                made
            }
        };
        if late.then.as_ref().is_none_or(|(read, _)| *read != known) {
            let found = match self.find_patient(&basis.0, &late.evaluated.patient)? {
                Then::Here(evaluated) => Some(evaluated),
                Then::Deleted(_) | Then::Unknown => None,
            };
            late.then = Some((known, found));
        }
        Ok(basis)
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
        let rules = match amending.reopens(LateChange::Rules) {
            true => Arc::clone(&closed.rules),
            false => self.rulebooks.at(&self.store, closed.summary.known_at)?,
        };
        let by = self.basis_of(bases, basis, &basis.structure, &rules)?;
        self.due_read((bases, basis), &evaluated.by(&by), rivals, closed)
    }

    /// Answers the same of a patient who is read by the rules and the directory to be used.
    fn due_read(
        &self,
        (bases, basis): (&Bases, &Basis),
        read: &Evaluated,
        rivals: &Rivals,
        closed: &Closed,
    ) -> Result<MonthRow, Unmade> {
        let by = self.basis_of(bases, basis, &basis.structure, &read.rules)?;
        let tariff = self.tariff(Some(&closed.summary.tariff), &read.rules)?;
        self.make((bases, &by), &read.view(), rivals, (closed.summary.month, tariff))
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

/// What was paid of a closed month.
struct Paid {
    /// The row as issued.
    issued: Option<MonthRow>,
    /// For each line, as issued and adjusted since.
    lines: Vec<(Box<str>, Centimes)>,
    /// Why it was last adjusted.
    last: Option<Reason>,
    /// Knowledge of the last closing that adjusted it by more than its rules.
    whole: Option<Instant>,
}

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
        let ledger = self.ledger;
        let rows = &self.read(gateway)?[n - first..];
        let issued = rows.first().cloned().flatten();
        let mut paid: Vec<(Box<str>, Centimes)> = Vec::new();
        let mut add = |code: &str, amount: Centimes| match paid.iter_mut().find(|(known, _)| **known == *code) {
            Some((_, sum)) => *sum += amount,
            None => paid.push((code.into(), amount)),
        };
        issued.iter().flat_map(|row| &row.lines).for_each(|line| add(&line.code, line.amount));
        let (mut last, mut whole) = (None, None);
        for (later, row) in ledger.closed.iter().skip(n).zip(rows).skip(1) {
            let adjustments = row.iter().flat_map(|row| &row.adjustments).filter(|a| a.month == month);
            for adjustment in adjustments {
                add(&adjustment.line, adjustment.amount());
                last = Some(adjustment.reason);
                if adjustment.reason != Reason::Rules {
                    whole = Some(later.summary.known_at);
                }
            }
        }
        Ok(Paid { issued, lines: paid, last, whole })
    }
}
