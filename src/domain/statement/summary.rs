//! What a statement says without naming anybody: totals per line, refusals, doubts, control totals.

use super::MonthRow;
use super::REGULARISATION;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::money::Centimes;
use crate::domain::verdict::RuleStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A statement of a structure and month, without its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub month: Month,
    pub tariff: Box<str>,
    /// SHA-256 of the rulebook it was computed by.
    pub rulebook: [u8; 32],
    /// Version of the software that computed it.
    pub engine: Box<str>,
    /// Who closed the month.
    pub by: Box<str>,
    /// What was known when it was computed: the instant of the last commit read.
    pub known_at: Instant,
    /// Sequence of that commit.
    pub sequence: u64,
    /// Head of the journal's hash chain at that instant: it stands for everything that was read.
    pub snapshot: [u8; 32],
    pub tally: Tally,
    /// Code and French label of each line, as they were.
    pub names: Vec<(Box<str>, Box<str>)>,
    /// The complementary envelope of the structure, beside the total.
    pub envelope: Option<Envelope>,
    /// Which rulebook each earlier closed month was last computed by, where it is another than at its
    /// closing.
    pub revisited: Vec<(Month, [u8; 32])>,
    /// SHA-256 of the rows as they are kept.
    pub rows: [u8; 32],
}

/// The complementary envelope of a structure: a year's amount and the month's part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub year: Centimes,
    pub month: Centimes,
    pub status: RuleStatus,
}

/// How often a line was paid, and what that comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTotal {
    pub code: Box<str>,
    pub label_fr: Box<str>,
    pub count: u32,
    pub sum: Centimes,
}

/// What the rows of a month come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows, refused ones included.
    pub patients: u32,
    pub payable: u32,
    /// Lines, adjustments included.
    pub count: u32,
    /// By line, in the order of a forfait; only lines there are.
    pub lines: Vec<LineTotal>,
    pub total: Centimes,
    /// Reasons not to pay, with how many rows have each.
    pub refused: Vec<(Box<str>, u32)>,
    /// Codes of doubts, with how many rows have each.
    pub doubts: Vec<(Box<str>, u32)>,
    pub contested: u32,
    pub status: RuleStatus,
    pub fictional: bool,
}

impl Tally {
    /// Adds up rows. `names`: code and French label of every line, in the order to show them.
    pub fn of<'r>(rows: impl Iterator<Item = &'r MonthRow>, names: &[(&str, &str)]) -> Tally {
        let mut sums: BTreeMap<&str, (u32, Centimes)> = BTreeMap::new();
        let (mut refused, mut doubts): (BTreeMap<&str, u32>, BTreeMap<&str, u32>) = Default::default();
        let mut tally = Tally {
            patients: 0,
            payable: 0,
            count: 0,
            lines: Vec::new(),
            total: Centimes::ZERO,
            refused: Vec::new(),
            doubts: Vec::new(),
            contested: 0,
            status: RuleStatus::Official,
            fictional: false,
        };
        let mut add = |code: &'r str, amount: Centimes| {
            let sum = sums.entry(code).or_default();
            *sum = (sum.0 + 1, sum.1 + amount);
        };
        for row in rows {
            tally.patients += 1;
            tally.payable += u32::from(row.not_payable.is_none());
            tally.contested += u32::from(row.contested);
            tally.count += (row.lines.len() + row.adjustments.len()) as u32;
            tally.total += row.total();
            tally.status = tally.status.max(row.status);
            tally.fictional |= row.fictional;
            row.lines.iter().for_each(|line| add(&line.code, line.amount));
            row.adjustments.iter().for_each(|adjustment| add(REGULARISATION, adjustment.amount()));
            row.not_payable.iter().for_each(|reason| *refused.entry(reason).or_default() += 1);
            row.doubts.iter().for_each(|code| *doubts.entry(code).or_default() += 1);
        }
        let owned = |counts: BTreeMap<&str, u32>| counts.into_iter().map(|(code, n)| (code.into(), n)).collect();
        (tally.refused, tally.doubts) = (owned(refused), owned(doubts));
        // A line nobody has a name for any more is still counted, last.
        let named = names.iter().map(|(code, label)| (*code, *label));
        let other = sums.keys().copied().filter(|code| !names.iter().any(|(name, _)| name == code)).map(|c| (c, c));
        let all: Vec<_> = named.chain(other).collect();
        let total = |(code, label): (&str, &str)| {
            sums.get(code).map(|(count, sum)| LineTotal {
                code: code.into(),
                label_fr: label.into(),
                count: *count,
                sum: *sum,
            })
        };
        tally.lines = all.into_iter().filter_map(total).collect();
        tally
    }
}
