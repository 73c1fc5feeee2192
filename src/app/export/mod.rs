//! Exports: the lines of a structure's statements for a payer's accountant, with control totals.
//!
//! Closed months stand as issued, so that the same question gives the same bytes for ever; open ones
//! only when drafts are asked for. Lines go in the order of month, Invoice id and sequence. A month is
//! read block by block: never more than a few thousand lines are in memory, drafts apart.

mod columnar;
mod line;
mod spool;
mod text;

pub use line::{COLUMNS, Column, Holds, Presence};
pub use spool::Spooled;

use super::basis::Basis;
use super::failure::{Failure, Reason};
use super::statement::Ledger;
use super::sweep::Done;
use super::{Gateway, today};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::statement::MonthRow;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::{Control, MonthControl, Standing};
use crate::store::RowKey;
use crate::store::row_key;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use columnar::Columnar;
use line::{Head, Line, lines};
use sha2::Digest;
use sha2::Sha256;
use std::sync::Arc;
use text::Text;

/// Blocks of a closed month read at once.
const BLOCKS: usize = 64;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Ndjson,
    Csv,
    Parquet,
}

impl Format {
    pub const ALL: [Format; 3] = [Format::Ndjson, Format::Csv, Format::Parquet];

    /// Answers its name as the parameter `format`, which is also the end of a file's name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }

    /// Answers its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Parquet => "application/vnd.apache.parquet",
        }
    }

    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Which lines are asked for.
#[derive(Clone, Debug)]
pub struct Lines {
    pub structure: String,
    /// First and last month, both included.
    pub from: Month,
    pub to: Month,
    /// Whether open months are exported as they would be closed.
    pub drafts: bool,
    pub format: Format,
    /// `None`: with all that is known.
    pub known_at: Option<Instant>,
}

/// An export under way: chunk after chunk until there is none.
pub struct Export {
    asked: Lines,
    basis: Basis,
    ledger: Arc<Ledger>,
    months: Vec<(Month, Standing)>,
    /// Place of the month under way, and its block.
    at: (usize, usize),
    writer: Option<Writer>,
    hash: Sha256,
    control: Control,
    /// Patient-months written, and how many are known of.
    done: (u64, u64),
}

enum Writer {
    Text(Text),
    Columnar(Box<Columnar>),
}

impl Lines {
    /// How many months one export holds at most.
    pub const MOST_MONTHS: i32 = 120;
}

impl Gateway {
    /// Prepares an export. Refused: months that are no range, or none of which is there to export.
    pub fn export(&self, asked: Lines) -> Result<Export, Failure> {
        if asked.from > asked.to || asked.to.months_since(asked.from) >= Lines::MOST_MONTHS {
            let issue = Issue::general(&issues::EXPORT_MONTHS, &[&Lines::MOST_MONTHS.to_string()]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        let basis = self.basis(&asked.structure, asked.known_at)?;
        let ledger = self.ledger(&basis)?;
        let begun = today().month();
        let (mut months, mut open) = (Vec::new(), Vec::new());
        for month in (0..=asked.to.months_since(asked.from)).map(|n| asked.from.add_months(n)) {
            match ledger.month(month) {
                Some(closed) => months.push((month, Standing::Issued(closed.issued.known()))),
                None if asked.drafts && month <= begun && !ledger.is_out_of_reach(month) => {
                    months.push((month, Standing::Draft))
                }
                None => open.push(month),
            }
        }
        if months.is_empty() {
            let issue = Issue::general(&issues::EXPORT_OPEN, &[&asked.from.to_string(), &asked.to.to_string()]);
            return Err(Failure::new(Reason::Contract, issue));
        }
        let has_drafts = months.iter().any(|(_, standing)| *standing == Standing::Draft);
        let basis = if has_drafts { self.basis_of_all(&basis, asked.known_at)? } else { basis };
        let closed = months.iter().filter_map(|(month, _)| ledger.month(*month));
        let all = closed.map(|closed| u64::from(closed.summary.tally.patients)).sum();
        let control = Control::new(&asked.structure, asked.format.name(), open);
        Ok(Export {
            asked,
            basis,
            ledger,
            months,
            at: (0, 0),
            writer: None,
            hash: Sha256::new(),
            control,
            done: (0, all),
        })
    }
}

impl Export {
    /// Answers the same export at its beginning: the same lines of the same knowledge.
    pub fn again(&self) -> Export {
        Export {
            asked: self.asked.clone(),
            basis: self.basis.clone(),
            ledger: Arc::clone(&self.ledger),
            months: self.months.clone(),
            at: (0, 0),
            writer: None,
            hash: Sha256::new(),
            control: Control::new(&self.asked.structure, self.asked.format.name(), self.control.open.clone()),
            done: (0, self.done.1),
        }
    }

    /// Answers the next bytes; `None` at the end, when the control totals are those of the whole.
    pub fn next(&mut self, gateway: &Gateway, done: Done<'_>) -> Result<Option<Vec<u8>>, Failure> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None if self.at.0 == 0 && self.at.1 == 0 => Writer::new(self.asked.format)?,
            None => return Ok(None),
        };
        let bytes = loop {
            let Some(&(month, standing)) = self.months.get(self.at.0) else {
                break writer.finish()?;
            };
            match standing {
                Standing::Issued(_) => self.blocks(gateway, month, &mut writer)?,
                Standing::Draft => self.draft(gateway, month, &mut writer, done)?,
            }
            done(self.done.0, self.done.1);
            let bytes = writer.take()?;
            if !bytes.is_empty() {
                self.writer = Some(writer);
                break bytes;
            }
        };
        self.hash.update(&bytes);
        self.control.bytes += bytes.len() as u64;
        Ok(Some(bytes))
    }

    /// Answers the control totals of what was handed over.
    pub fn control(&self) -> Control {
        let digest = self.hash.clone().finalize();
        Control { sha256: render::hex(&digest), ..self.control.clone() }
    }

    /// Answers the SHA-256 of what was handed over as a Repr-Digest says it (RFC 9530).
    pub fn digest(&self) -> String {
        format!("sha-256=:{}:", STANDARD.encode(self.hash.clone().finalize()))
    }

    /// Answers a name for a file of it.
    pub fn file_name(&self) -> String {
        let Lines { structure, from, to, format, .. } = &self.asked;
        let months = if from == to { from.to_string() } else { format!("{from}_{to}") };
        format!("lines-{structure}-{months}.{}", format.name())
    }

    pub fn format(&self) -> Format {
        self.asked.format
    }

    /// Writes the next blocks of a closed month.
    fn blocks(&mut self, gateway: &Gateway, month: Month, writer: &mut Writer) -> Result<(), Failure> {
        let ledger = Arc::clone(&self.ledger);
        let closed = ledger.month(month).ok_or_else(Failure::internal)?;
        let summary = &closed.summary;
        let head = Head {
            structure: self.asked.structure.clone(),
            month,
            tariff: summary.tariff.clone(),
            rulebook: render::hex(&summary.rulebook),
            status: Standing::Issued(closed.issued.known()).code(),
            known_at: summary.known_at,
        };
        if self.at.1 == 0 {
            self.begin(&head);
        }
        let last = closed.issued.blocks().min(self.at.1 + BLOCKS);
        for block in self.at.1..last {
            for (key, row) in gateway.store.statement_rows(&closed.issued, block)? {
                self.row(&head, (&key, &row), writer)?;
            }
        }
        self.at = if last == closed.issued.blocks() { (self.at.0 + 1, 0) } else { (self.at.0, last) };
        let told = self.control.months.last();
        // What is exported is what was issued, to the centime: anything else is a damage of the store.
        let foots = told.is_some_and(|m| (m.patients, m.lines, m.sum) == foot(&summary.tally));
        if self.at.1 == 0 && !foots {
            tracing::error!("export: the lines of {month} are not those of its statement");
            return Err(Failure::internal());
        }
        Ok(())
    }

    /// Writes an open month as it would be closed.
    fn draft(&mut self, gateway: &Gateway, month: Month, writer: &mut Writer, done: Done<'_>) -> Result<(), Failure> {
        let (before, all) = self.done;
        let sweeping = |patients: u64, of: u64| done(before + patients, all + of);
        let (rows, tariff) = gateway.draft_rows(&self.basis, month, &sweeping)?;
        let head = Head {
            structure: self.asked.structure.clone(),
            month,
            tariff,
            rulebook: self.basis.rules.digest.clone(),
            status: Standing::Draft.code(),
            known_at: self.basis.known_at,
        };
        self.begin(&head);
        self.done.1 += rows.len() as u64;
        let key = |row: MonthRow| (row_key(&head.structure, Some(&row.patient), month), row);
        let mut rows: Vec<(RowKey, MonthRow)> = rows.into_iter().map(key).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        for (key, row) in &rows {
            self.row(&head, (key, row), writer)?;
        }
        self.at = (self.at.0 + 1, 0);
        Ok(())
    }

    fn begin(&mut self, head: &Head) {
        self.control.months.push(MonthControl {
            month: head.month,
            status: head.status,
            known_at: head.known_at,
            tariff: head.tariff.clone(),
            rulebook: head.rulebook.clone(),
            patients: 0,
            records: 0,
            lines: 0,
            sum: crate::domain::money::Centimes::ZERO,
        });
    }

    fn row(&mut self, head: &Head, (key, row): (&RowKey, &MonthRow), writer: &mut Writer) -> Result<(), Failure> {
        let invoice = format!("inv-{}", render::hex(key));
        self.done.0 += 1;
        let Some(month) = self.control.months.last_mut() else { return Err(Failure::internal()) };
        month.patients += 1;
        for line in lines(head, row, &invoice) {
            month.records += 1;
            month.lines += u64::from(line.is_charged());
            month.sum += line.amount();
            writer.line(&line)?;
        }
        Ok(())
    }
}

fn foot(tally: &crate::domain::statement::Tally) -> (u64, u64, crate::domain::money::Centimes) {
    (u64::from(tally.patients), u64::from(tally.count), tally.total)
}

impl Writer {
    fn new(format: Format) -> Result<Writer, Failure> {
        Ok(match format {
            Format::Parquet => Writer::Columnar(Box::new(Columnar::new().map_err(|e| unwritable(&e))?)),
            text => Writer::Text(Text::new(text)),
        })
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        match self {
            Writer::Text(text) => {
                text.line(line);
                Ok(())
            }
            Writer::Columnar(columnar) => columnar.line(line).map_err(|e| unwritable(&e)),
        }
    }

    fn take(&mut self) -> Result<Vec<u8>, Failure> {
        match self {
            Writer::Text(text) => Ok(text.take()),
            Writer::Columnar(columnar) => columnar.take().map_err(|e| unwritable(&e)),
        }
    }

    fn finish(self) -> Result<Vec<u8>, Failure> {
        match self {
            Writer::Text(mut text) => Ok(text.take()),
            Writer::Columnar(columnar) => columnar.finish().map_err(|e| unwritable(&e)),
        }
    }
}

/// A file that cannot be written to memory is a bug of ours.
fn unwritable(error: &dyn std::fmt::Display) -> Failure {
    tracing::error!("export: {error}");
    Failure::internal()
}
