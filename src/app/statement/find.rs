//! Finding Invoices: those of patients and of the structure, as issued and as drafts.
//!
//! Every month is a list in one order: the structure's Invoice, then those of its patients by id. Ids
//! are hashes, so that neither order nor cursor tells who a patient is.

use super::super::Gateway;
use super::super::basis::Basis;
use super::super::evaluate::{Found, Question};
use super::super::failure::{Failure, Reason};
use super::super::today;
use super::draft::issued_bill;
use super::ledger::Closed;
use super::{Bill, Ledger, PROJECTION, is_ahead};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::fact::Kind;
use crate::domain::statement::Envelope;
use crate::domain::statement::Summary;
use crate::domain::statement::Tally;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::Invoice;
use crate::fhir::render::InvoiceView;
use crate::fhir::render::Standing;
use crate::store::RowKey;
use crate::store::row_key;
use std::cell::OnceCell;
use std::sync::Arc;

/// How many months back an open one is looked for by the id of its Invoice.
const DRAFTS_BACK: i32 = 35;
/// And how many ahead.
const DRAFTS_AHEAD: i32 = 12;
/// How many months one search may ask for.
pub const MONTHS: i32 = 120;

/// Which Invoices are looked for; what is not said is not asked.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub patient: Option<String>,
    /// First and last day of Invoice.date, both included.
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub id: Option<RowKey>,
    /// Only drafts, or only what was issued.
    pub issued: Option<bool>,
    /// Only those of patients, or only those of the structure.
    pub of_patients: Option<bool>,
}

/// Stands in a cursor for the structure's Invoice: the patients' come after it.
const OF_STRUCTURE: RowKey = [0; 16];

/// Where a page begins: after this Invoice of this month; without one, at the month's beginning.
pub type After = (Month, Option<RowKey>);

/// A page of Invoices, rendered.
pub struct Invoices {
    /// Id and JSON of each.
    pub found: Vec<(String, String)>,
    pub next: Option<After>,
    /// How many there are in all.
    pub total: u64,
}

/// The Invoice of a structure's month and what its figures rest on.
pub struct Statement {
    structure: String,
    month: Month,
    tariff: Box<str>,
    rulebook: String,
    known_at: Instant,
    standing: Standing,
    tally: Tally,
    envelope: Option<Envelope>,
    summary: Option<Summary>,
}

impl Statement {
    fn closed(structure: &str, closed: &Closed) -> Statement {
        let summary = &closed.summary;
        Statement {
            structure: structure.to_owned(),
            month: summary.month,
            tariff: summary.tariff.clone(),
            rulebook: render::hex(&summary.rulebook),
            known_at: summary.known_at,
            standing: Standing::Issued(closed.issued.known()),
            tally: summary.tally.clone(),
            envelope: summary.envelope,
            summary: Some(summary.clone()),
        }
    }

    /// Answers it as an Invoice; `None` only when an amount cannot be written.
    pub fn invoice(&self) -> Option<Invoice> {
        let view = InvoiceView {
            structure: &self.structure,
            month: self.month,
            tariff: &self.tariff,
            rulebook: &self.rulebook,
            known_at: self.known_at,
            standing: self.standing,
            names: &[],
            figures: if is_ahead(self.month, self.standing, self.known_at) { &[PROJECTION] } else { &[] },
        };
        render::statement(&self.tally, self.envelope.as_ref(), self.summary.as_ref(), &view)
    }
}

impl Gateway {
    /// Answers the Invoice of a structure's closed month; `None` while it is open.
    pub fn closed_statement(&self, structure: &str, month: Month) -> Result<Option<Statement>, Failure> {
        let ledger = self.ledger(&self.basis(structure, None)?)?;
        Ok(ledger.month(month).map(|closed| Statement::closed(structure, closed)))
    }

    /// Answers a page of the Invoices of a structure, as known at the instant asked.
    pub fn invoices(
        &self,
        structure: &str,
        known_at: Option<Instant>,
        wanted: &Wanted,
        (after, count): (Option<After>, usize),
    ) -> Result<Invoices, Failure> {
        let basis = self.basis(structure, known_at)?;
        let ledger = self.ledger(&basis)?;
        let (ids, of_all, found) = (OnceCell::new(), OnceCell::new(), Vec::new());
        let mut page = Page { gateway: self, basis, ledger, wanted, count, known_at, ids, of_all, found, total: 0 };
        let mut next = None;
        for month in page.months()? {
            let from = match after {
                Some((reached, _)) if month < reached => Begin::Passed,
                Some((reached, key)) if month == reached => Begin::After(key),
                _ => Begin::Start,
            };
            let stopped = page.month(month, from)?;
            next = next.or(stopped);
            // An id is that of one Invoice.
            if wanted.id.is_some() && page.total > 0 {
                break;
            }
        }
        Ok(Invoices { found: page.found, next, total: page.total })
    }

    /// Answers one Invoice by its id, as known at the instant asked.
    pub fn invoice_by_id(
        &self,
        structure: &str,
        key: RowKey,
        known_at: Option<Instant>,
    ) -> Result<Option<String>, Failure> {
        let wanted = Wanted { id: Some(key), ..Wanted::default() };
        let page = self.invoices(structure, known_at, &wanted, (None, 1))?;
        Ok(page.found.into_iter().next().map(|(_, json)| json))
    }
}

/// Where in a month a page begins.
#[derive(Clone, Copy)]
enum Begin {
    Start,
    After(Option<RowKey>),
    /// Shown before.
    Passed,
}

/// Whether the page takes more.
#[derive(Clone, Copy)]
enum Room {
    Some,
    None,
}

/// A page being filled.
struct Page<'a> {
    gateway: &'a Gateway,
    basis: Basis,
    ledger: Arc<Ledger>,
    wanted: &'a Wanted,
    count: usize,
    known_at: Option<Instant>,
    ids: OnceCell<Vec<Box<str>>>,
    of_all: OnceCell<Basis>,
    found: Vec<(String, String)>,
    total: u64,
}

impl Page<'_> {
    /// The months looked through, oldest first: the closed ones, and the open ones up to today; those
    /// between two dates asked for, whatever they are.
    fn months(&self) -> Result<Vec<Month>, Failure> {
        let now = self.known_at.map_or_else(today, Instant::paris_day).month();
        let first_closed = self.ledger.closed.first().map(|closed| closed.summary.month);
        let to = self.wanted.to.map(Day::month);
        let from = match (self.wanted.from.map(Day::month), self.wanted.id) {
            (Some(from), _) => from,
            // An id does not tell its month: the open ones before the first closed may have it too.
            (None, Some(_)) => now.add_months(-DRAFTS_BACK).min(first_closed.unwrap_or(now)),
            (None, None) => first_closed.unwrap_or(to.map_or(now, |to| to.min(now))),
        };
        let ahead = if self.wanted.id.is_some() { now.add_months(DRAFTS_AHEAD) } else { now };
        let to = to.unwrap_or(ahead.max(from));
        let count = to.months_since(from) + 1;
        if count > MONTHS && self.wanted.id.is_none() {
            let issue = Issue::general(&issues::SEARCH_TOO_BROAD, &[&MONTHS.to_string()]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        let within = |month: &Month| {
            let date = month.last_day();
            self.wanted.from.is_none_or(|from| date >= from) && self.wanted.to.is_none_or(|to| date <= to)
        };
        Ok((0..count).map(|n| from.add_months(n)).filter(within).collect())
    }

    /// Adds what of a month is asked; answers where the next page begins when this one is full.
    fn month(&mut self, month: Month, begin: Begin) -> Result<Option<After>, Failure> {
        let ledger = Arc::clone(&self.ledger);
        let closed = ledger.month(month);
        if self.wanted.issued.is_some_and(|issued| issued != closed.is_some()) {
            return Ok(None);
        }
        let of_structure = self.of_structure(month, closed, begin)?;
        if self.wanted.of_patients == Some(false) {
            return Ok(of_structure);
        }
        let after = match begin {
            Begin::After(key) => key,
            Begin::Start | Begin::Passed => None,
        };
        let room = if matches!(begin, Begin::Passed) || of_structure.is_some() { Room::None } else { Room::Some };
        let whole = self.wanted.patient.is_none() && self.wanted.id.is_none();
        let of_patients = match closed {
            Some(closed) if whole => self.block_by_block(closed, after, room)?,
            _ => self.one_by_one(month, closed, after, room)?,
        };
        Ok(of_structure.or(of_patients))
    }

    fn of_structure(&mut self, month: Month, closed: Option<&Closed>, begin: Begin) -> Result<Option<After>, Failure> {
        let key = row_key(&self.basis.structure, None, month);
        let asked = self.wanted.patient.is_none() && self.wanted.of_patients != Some(true);
        if !asked || self.wanted.id.is_some_and(|id| id != key) {
            return Ok(None);
        }
        self.total += 1;
        match begin {
            Begin::Start | Begin::After(None) if self.is_full() => Ok(Some((month, None))),
            Begin::Start | Begin::After(None) => self.statement(month, closed).map(|()| None),
            Begin::After(_) | Begin::Passed => Ok(None),
        }
    }

    /// Goes through the rows of a closed month, no further than the page needs.
    fn block_by_block(&mut self, closed: &Closed, after: Option<RowKey>, room: Room) -> Result<Option<After>, Failure> {
        self.total += u64::from(closed.summary.tally.patients);
        if matches!(room, Room::None) {
            return Ok(None);
        }
        let first = after.and_then(|key| closed.issued.block_of(&key)).unwrap_or(0);
        let mut last = after.unwrap_or(OF_STRUCTURE);
        for block in first..closed.issued.blocks() {
            for (key, row) in self.gateway.store.statement_rows(&closed.issued, block)? {
                if after.is_some_and(|after| key <= after) {
                    continue;
                }
                if self.is_full() {
                    return Ok(Some((closed.summary.month, Some(last))));
                }
                let bill = issued_bill(&self.basis.structure, closed, row);
                self.push(bill.show(render::invoice))?;
                last = key;
            }
        }
        Ok(None)
    }

    fn one_by_one(
        &mut self,
        month: Month,
        closed: Option<&Closed>,
        after: Option<RowKey>,
        room: Room,
    ) -> Result<Option<After>, Failure> {
        let keys = match closed {
            Some(closed) => self.issued_keys(closed)?,
            None => self.draft_keys(month)?,
        };
        self.total += keys.len() as u64;
        if matches!(room, Room::None) {
            return Ok(None);
        }
        let mut last = after.unwrap_or(OF_STRUCTURE);
        for (key, patient) in keys.into_iter().filter(|(key, _)| after.is_none_or(|after| *key > after)) {
            if self.is_full() {
                return Ok(Some((month, Some(last))));
            }
            if let Some(bill) = self.bill(month, closed, (&key, &patient))? {
                let invoice = bill.show(render::invoice);
                self.push(invoice)?;
            }
            last = key;
        }
        Ok(None)
    }

    fn is_full(&self) -> bool {
        self.found.len() >= self.count
    }

    fn push(&mut self, invoice: Option<Invoice>) -> Result<(), Failure> {
        let invoice = invoice.ok_or_else(Failure::internal)?;
        let json = serde_json::to_string(&invoice).map_err(|_| Failure::internal())?;
        self.found.push((invoice.id, json));
        Ok(())
    }

    fn statement(&mut self, month: Month, closed: Option<&Closed>) -> Result<(), Failure> {
        let structure = self.basis.structure.clone();
        let statement = match closed {
            Some(closed) => Statement::closed(&structure, closed),
            None => {
                // What other structures say of the same persons counts here too.
                let basis = self.basis_of_all()?.clone();
                let tally = self.gateway.draft_tally(&basis, month)?;
                let tariff = self.gateway.tariff(None, &basis.rules)?;
                let rules = &basis.rules.rulebook.rules;
                let envelope = super::envelope(rules, tariff, &structure, month).map_err(super::failure)?;
                Statement {
                    envelope,
                    structure,
                    month,
                    tariff: tariff.id.clone(),
                    rulebook: basis.rules.digest.clone(),
                    known_at: basis.known_at,
                    standing: Standing::Draft,
                    tally,
                    summary: None,
                }
            }
        };
        self.push(statement.invoice())
    }

    /// Key and patient of the one row of a closed month that is asked for, if it is there.
    fn issued_keys(&self, closed: &Closed) -> Result<Vec<(RowKey, Box<str>)>, Failure> {
        let (month, issued) = (closed.summary.month, &closed.issued);
        let asked = self.wanted.patient.as_deref().map(|p| row_key(&self.basis.structure, Some(p), month));
        let Some(key) = asked.or(self.wanted.id) else { return Ok(Vec::new()) };
        let wanted = self.wanted.id.is_none_or(|id| id == key);
        let row = if wanted { self.gateway.store.statement_row(issued, &key)? } else { None };
        Ok(row.map(|row| (key, row.patient)).into_iter().collect())
    }

    /// Keys and patients of an open month that are asked for, ascending.
    fn draft_keys(&self, month: Month) -> Result<Vec<(RowKey, Box<str>)>, Failure> {
        let mut keys = Vec::new();
        for id in self.ids()? {
            let key = row_key(&self.basis.structure, Some(id), month);
            if self.wanted.id.is_none_or(|id| id == key) && self.is_there(month, id)? {
                keys.push((key, id.clone()));
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// The ids asked for, whoever they are or were.
    fn ids(&self) -> Result<&[Box<str>], Failure> {
        if let Some(read) = self.ids.get() {
            return Ok(read);
        }
        let ids = match &self.wanted.patient {
            Some(patient) => vec![patient.as_str().into()],
            None => self.gateway.store.patients_ever(&self.basis.structure)?,
        };
        Ok(self.ids.get_or_init(|| ids))
    }

    /// Answers whether an open month has an Invoice of a patient, with what was known at the instant asked.
    fn is_there(&self, month: Month, id: &str) -> Result<bool, Failure> {
        let versions = self.gateway.store.history(&self.basis.structure, Kind::Patient, id)?;
        match versions.iter().rfind(|version| version.known <= self.basis.known_at) {
            None => Ok(false),
            Some(last) if last.deleted => Ok(self.deleted(month, id)?.is_some()),
            Some(_) => Ok(true),
        }
    }

    /// What all is known under, other structures' claims included: read when first needed.
    fn basis_of_all(&self) -> Result<&Basis, Failure> {
        if let Some(made) = self.of_all.get() {
            return Ok(made);
        }
        let made = self.gateway.basis_of_all(&self.basis, self.known_at)?;
        Ok(self.of_all.get_or_init(|| made))
    }

    /// What a patient that was deleted still has in the month to be closed next: adjustments.
    fn deleted(&self, month: Month, patient: &str) -> Result<Option<Bill>, Failure> {
        if self.ledger.next() != Some(month) {
            return Ok(None);
        }
        match self.gateway.find_patient(&self.basis, patient)? {
            Found::Deleted(evaluated) => self.gateway.deleted_bill(&self.basis, &evaluated, month),
            _ => Ok(None),
        }
    }

    /// One patient-month; `None` when the patient is not known.
    fn bill(
        &self,
        month: Month,
        closed: Option<&Closed>,
        (key, patient): (&RowKey, &str),
    ) -> Result<Option<Bill>, Failure> {
        if let Some(closed) = closed {
            let row = self.gateway.store.statement_row(&closed.issued, key)?;
            return Ok(row.map(|row| issued_bill(&self.basis.structure, closed, row)));
        }
        if !matches!(self.gateway.find_patient(&self.basis, patient)?, Found::Here(_)) {
            return self.deleted(month, patient);
        }
        let question = Question {
            structure: self.basis.structure.clone(),
            patient: patient.to_owned(),
            known_at: self.known_at,
            rulebook: None,
        };
        let (basis, evaluated) = self.gateway.patient(&question)?;
        let months = self.gateway.months(&basis, &evaluated)?;
        self.gateway.bill(&months, month, None).map(Some)
    }
}
