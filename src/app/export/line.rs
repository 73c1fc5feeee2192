//! One line of an export: what its columns are, in their order, and where each value comes from.
//!
//! The one table that the writers, the help and the page of documentation are made from.

use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::money::Centimes;
use crate::domain::statement::Adjustment;
use crate::domain::statement::DueLine;
use crate::domain::statement::MonthRow;
use crate::domain::statement::REGULARISATION;
use crate::fhir::render;
use std::borrow::Cow;

/// What the lines of one month have in common.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub structure: String,
    pub month: Month,
    pub tariff: Box<str>,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: String,
    /// Code of Invoice.status.
    pub status: &'static str,
    pub known_at: Instant,
}

/// One line: of which patient-month, where in it, and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Line<'r> {
    pub(super) head: &'r Head,
    pub(super) row: &'r MonthRow,
    pub(super) invoice: &'r str,
    pub(super) sequence: usize,
    pub(super) what: What<'r>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What<'r> {
    Due(&'r DueLine),
    Adjustment(&'r Adjustment),
    /// Nothing is due of the patient-month, for the reason it says.
    Refused,
    /// Payable, and no line of the tariff applies.
    Nothing,
}

impl Line<'_> {
    /// Answers what is to be paid for the line.
    pub fn amount(&self) -> Centimes {
        match self.what {
            What::Due(line) => line.amount,
            What::Adjustment(adjustment) => adjustment.amount(),
            What::Refused | What::Nothing => Centimes::ZERO,
        }
    }

    /// Answers whether it is a line of the Invoice: a refusal is none.
    pub fn is_charged(&self) -> bool {
        matches!(self.what, What::Due(_) | What::Adjustment(_))
    }

    fn is_declared_only(&self) -> bool {
        match self.what {
            What::Due(line) => line.declared_only,
            What::Adjustment(adjustment) => self.row.is_declared_only(adjustment),
            What::Refused | What::Nothing => false,
        }
    }

    fn adjustment(&self) -> Option<&Adjustment> {
        match self.what {
            What::Adjustment(adjustment) => Some(adjustment),
            _ => None,
        }
    }
}

/// Answers the lines of a patient-month, numbered as in its Invoice; one of sequence 0 where nothing
/// is due of the month itself.
pub(super) fn lines<'r>(head: &'r Head, row: &'r MonthRow, invoice: &'r str) -> impl Iterator<Item = Line<'r>> {
    let line = move |sequence, what| Line { head, row, invoice, sequence, what };
    let none = match (&row.not_payable, row.lines.is_empty() && row.adjustments.is_empty()) {
        (Some(_), _) => Some(What::Refused),
        (None, true) => Some(What::Nothing),
        (None, false) => None,
    };
    // The FMT beside a forfait is told on the Invoice as a line of its own, without an amount.
    let told = usize::from(row.fmt.is_some() && row.not_payable.is_none());
    let due = row.lines.iter().enumerate().map(move |(n, due)| line(n + 1, What::Due(due)));
    let after = row.lines.len() + told;
    let late = row.adjustments.iter().enumerate().map(move |(n, late)| line(after + n + 1, What::Adjustment(late)));
    none.map(|what| line(0, what)).into_iter().chain(due).chain(late)
}

/// A value of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'l> {
    Empty,
    Text(Cow<'l, str>),
    Money(Centimes),
    Integer(i64),
    Flag(bool),
    Instant(Instant),
}

impl<'l> Cell<'l> {
    fn text(text: &'l str) -> Cell<'l> {
        Cell::Text(Cow::Borrowed(text))
    }

    fn made(text: String) -> Cell<'l> {
        Cell::Text(Cow::Owned(text))
    }

    fn maybe(text: Option<&'l str>) -> Cell<'l> {
        text.map_or(Cell::Empty, Cell::text)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Text,
    /// Euros with two decimals.
    Money,
    Integer,
    Flag,
    Instant,
}

impl Holds {
    /// Answers the type as the documentation names it, in CSV and NDJSON, and in Parquet.
    pub fn name(self) -> &'static str {
        match self {
            Holds::Text => "text / STRING",
            Holds::Money => "euros, 2 decimals / DECIMAL(18,2)",
            Holds::Integer => "integer / INT64",
            Holds::Flag => "true, false / BOOLEAN",
            Holds::Instant => "instant, UTC / TIMESTAMP(MICROS)",
        }
    }
}

/// Whether every line has a value there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Always,
    Sometimes,
}

/// A column of every format.
pub struct Column {
    pub name: &'static str,
    pub holds: Holds,
    pub presence: Presence,
    pub meaning: &'static str,
    pub(super) value: for<'l> fn(&'l Line<'l>) -> Cell<'l>,
}

impl std::fmt::Debug for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

use Holds::{Flag, Integer, Money, Text};
use Presence::{Always, Sometimes};

macro_rules! columns {
    ($($name:literal $holds:expr, $presence:expr, $meaning:literal, $value:expr;)+) => {
        &[$(Column { name: $name, holds: $holds, presence: $presence, meaning: $meaning, value: $value }),+]
    };
}

/// Every column, in order. One is only ever added at the end.
pub const COLUMNS: &[Column] = columns! {
    "structure" Text, Always, "Organization the statement is of", |l| Cell::text(&l.head.structure);
    "month" Text, Always, "month of the statement, YYYY-MM", |l| Cell::made(l.head.month.to_string());
    "invoice" Text, Always, "id of the patient-month's Invoice", |l| Cell::text(l.invoice);
    "patient" Text, Always, "id of the Patient", |l| Cell::text(&l.row.patient);
    "sequence" Integer, Always, "Invoice.lineItem.sequence; 0 where nothing is due",
        |l| Cell::Integer(l.sequence as i64);
    "kind" Text, Always, "due, adjustment, refused (see not_payable) or nothing-due", |l| Cell::text(match l.what {
        What::Due(_) => "due",
        What::Adjustment(_) => "adjustment",
        What::Refused => "refused",
        What::Nothing => "nothing-due",
    });
    "line" Text, Sometimes, "code of CodeSystem/forfait-line; empty where nothing is due", |l| match l.what {
        What::Due(line) => Cell::text(&line.code),
        What::Adjustment(_) => Cell::text(REGULARISATION),
        What::Refused | What::Nothing => Cell::Empty,
    };
    "amount" Money, Always, "to be paid in EUR; negative: taken back, or above the cap", |l| Cell::Money(l.amount());
    "centimes" Integer, Always, "the same amount in centimes", |l| Cell::Integer(l.amount().0);
    "rule_status" Text, Always, "CodeSystem/rule-status of the line; of an adjustment and a refusal, that of the patient-month",
        |l| Cell::text(match l.what {
            What::Due(line) => line.status.code(),
            _ => l.row.status.code(),
        });
    "fictional" Flag, Always, "an invented amount was used for the patient-month", |l| Cell::Flag(l.row.fictional);
    "declared_only" Flag, Always, "the line rests on a declaration alone",
        |l| Cell::Flag(l.is_declared_only());
    "contested" Flag, Always, "another structure claims the same person for the month", |l| Cell::Flag(l.row.contested);
    "not_payable" Text, Sometimes, "CodeSystem/not-payable-reason of the patient-month", |l| Cell::maybe(l.row.not_payable.as_deref());
    "merged_into" Text, Sometimes, "id of the Patient that stands for this one", |l| Cell::maybe(l.row.merged_into.as_deref());
    "adjusted_month" Text, Sometimes, "adjustment: the closed month it corrects, YYYY-MM",
        |l| l.adjustment().map_or(Cell::Empty, |a| Cell::made(a.month.to_string()));
    "adjusted_invoice" Text, Sometimes, "adjustment: id of the Invoice it corrects", |l| match l.adjustment() {
        Some(a) => Cell::made(render::invoice_id(&l.head.structure, &l.row.patient, a.month)),
        None => Cell::Empty,
    };
    "adjusted_line" Text, Sometimes, "adjustment: code of the line it corrects",
        |l| Cell::maybe(l.adjustment().map(|a| &*a.line));
    "before" Money, Sometimes, "adjustment: paid for that line until now",
        |l| l.adjustment().map_or(Cell::Empty, |a| Cell::Money(a.before));
    "after" Money, Sometimes, "adjustment: due for that line",
        |l| l.adjustment().map_or(Cell::Empty, |a| Cell::Money(a.after));
    "reason" Text, Sometimes, "adjustment: code of CodeSystem/adjustment-reason",
        |l| Cell::maybe(l.adjustment().map(|a| a.reason.code()));
    "tariff" Text, Always, "id of the tariff", |l| Cell::text(&l.head.tariff);
    "rulebook" Text, Always, "SHA-256 of the rulebook, in hex", |l| Cell::text(&l.head.rulebook);
    "status" Text, Always, "issued (for ever) or draft", |l| Cell::text(l.head.status);
    "known_at" Holds::Instant, Always, "instant of the last commit the month was computed from",
        |l| Cell::Instant(l.head.known_at);
};
