//! What differs between two months and between two prevention cards.

use super::Money;
use crate::domain::calendar::Month;
use crate::domain::enrolment::NotPayable;
use crate::domain::forfait::FmtTreatment;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::LineCode;
use crate::domain::money::Centimes;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemStatus;
use crate::domain::statement::Adjustment;
use crate::domain::typologie::TypologieResult;
use crate::domain::verdict::Verdict;

/// The three facts of a typology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub declared: bool,
    pub eligible: Verdict,
    pub paid: bool,
}

impl Standing {
    fn of(result: &TypologieResult) -> Standing {
        Standing { declared: result.declared, eligible: result.eligible, paid: result.paid }
    }
}

/// One thing that is another than it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Why the month is not paid; `None`: it is.
    Payable { from: Option<NotPayable>, to: Option<NotPayable> },
    /// Index in `Rules::typologies`.
    Typologie { typologie: usize, from: Standing, to: Standing },
    /// `None`: no such line.
    Line { code: LineCode, from: Option<Centimes>, to: Option<Centimes> },
    /// What a line of a closed month is adjusted by: its code; `None`: not at all.
    Adjustment { month: Month, line: Box<str>, from: Option<Centimes>, to: Option<Centimes> },
    /// How the FMT stands beside the forfait.
    Fmt { from: Option<FmtTreatment>, to: Option<FmtTreatment> },
    /// `None`: no total can be told.
    Total { from: Option<Centimes>, to: Option<Centimes> },
    /// Index in `Rules::items`.
    Item { item: usize, from: ItemStatus, to: ItemStatus },
}

pub(super) fn money(before: &Money, after: &Money) -> Vec<Change> {
    let mut changes = Vec::new();
    let (from, to) = (before.not_payable(), after.not_payable());
    if from != to {
        changes.push(Change::Payable { from, to });
    }
    for (was, is) in before.month.typologies.iter().zip(&after.month.typologies) {
        let (from, to) = (Standing::of(was), Standing::of(is));
        if from != to {
            changes.push(Change::Typologie { typologie: is.typologie, from, to });
        }
    }
    let (was, is) = (before.forfait(), after.forfait());
    for code in codes(was, is) {
        let (from, to) = (amount(was, code), amount(is, code));
        if from != to {
            changes.push(Change::Line { code, from, to });
        }
    }
    let (from, to) = (was.and_then(|f| f.fmt), is.and_then(|f| f.fmt));
    // Where nothing is paid nothing stands beside it: that is no change of its own.
    if from != to && before.not_payable().is_none() && after.not_payable().is_none() {
        changes.push(Change::Fmt { from, to });
    }
    changes.extend(adjustments(before, after));
    let (from, to) = (before.total(), after.total());
    if from != to {
        changes.push(Change::Total { from, to });
    }
    changes
}

pub(super) fn card(before: &Card, after: &Card) -> Vec<Change> {
    let both = before.items.iter().zip(&after.items).filter(|(was, is)| was.status != is.status);
    both.map(|(was, is)| Change::Item { item: is.item, from: was.status, to: is.status }).collect()
}

/// What is adjusted otherwise of closed months, by month and line.
fn adjustments<'m>(before: &'m Money, after: &'m Money) -> impl Iterator<Item = Change> + 'm {
    let (was, is) = (&before.adjusted.lines, &after.adjusted.lines);
    let mut places: Vec<(Month, &str)> = was.iter().chain(is).map(|one| (one.month, &*one.line)).collect();
    places.sort_unstable();
    places.dedup();
    let amount = |of: &[Adjustment], place: (Month, &str)| {
        let there = of.iter().filter(|one| (one.month, &*one.line) == place);
        there.map(Adjustment::amount).reduce(|sum, amount| sum + amount)
    };
    let each = places.into_iter().map(move |place| (place, amount(was, place), amount(is, place)));
    let changed = each.filter(|(_, from, to)| from != to);
    changed.map(|((month, line), from, to)| Change::Adjustment { month, line: line.into(), from, to })
}

/// The codes of the lines of both, each once, in the order of the lines.
fn codes(was: Option<&Forfait>, is: Option<&Forfait>) -> Vec<LineCode> {
    let mut codes: Vec<LineCode> = Vec::new();
    for line in was.into_iter().chain(is).flat_map(|forfait| &forfait.lines) {
        if !codes.contains(&line.code) {
            codes.push(line.code);
        }
    }
    codes
}

/// The sum of the lines of one code; `None` when there is none.
fn amount(forfait: Option<&Forfait>, code: LineCode) -> Option<Centimes> {
    let lines = forfait.into_iter().flat_map(|f| &f.lines).filter(|line| line.code == code);
    lines.map(|line| line.amount).reduce(|sum, amount| sum + amount)
}
