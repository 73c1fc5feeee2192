//! Figures published of a closed month, to whoever must not learn of few people: a fixed list of
//! tables, made once and kept as they were published.
//!
//! Owns: which tables there are, what one holds, and how figures become it (`disclosure` decides what
//! may be shown). Must not know: FHIR, how patients are found, who asks.

mod make;
#[cfg(test)]
mod tests;

pub use make::people;
pub use make::table;

use super::calendar::Day;
use super::calendar::Instant;
use super::calendar::Month;
use super::disclosure::Guard;
use super::indicator::QualityMeasure;
use super::indicator::Score;
use super::indicator::Scoring;
use super::indicator::Stratifier;
use super::param::ParamId;
use super::rules::Rules;
use super::verdict::RuleStatus;
use serde::{Deserialize, Serialize};

/// What is published, of `mappings/reports.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicationRules {
    /// A count below it is small.
    pub small_cell: Option<ParamId>,
    /// Every count is rounded to a multiple of it.
    pub rounding: Option<ParamId>,
    /// Over how many months, the last of them the one that was closed.
    pub months: Option<ParamId>,
    pub tables: Vec<TableRule>,
}

/// One table: a measure, broken down in one way and no other, so that no two tables cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRule {
    pub measure: QualityMeasure,
    pub groups: Groups,
    pub by: Option<Stratifier>,
}

/// How the groups of a measure belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Groups {
    /// Only the first is published.
    First,
    /// Each for itself: other people, or another question.
    Apart,
    /// The first is the whole, the others are parts of it that overlap.
    Overlap,
    /// Their numerators add up to the denominator that they share.
    Shares,
}

impl Groups {
    pub const WORDS: [(&'static str, Groups); 4] =
        [("first", Groups::First), ("apart", Groups::Apart), ("overlap", Groups::Overlap), ("shares", Groups::Shares)];
}

/// The tables of a month, as they are published and kept for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    pub structure: Box<str>,
    pub month: Month,
    /// First and last day that the figures look at.
    pub period: (Day, Day),
    /// What was known when they were made: the instant of the closing.
    pub known_at: Instant,
    /// SHA-256 of the rulebook they were made by.
    pub rulebook: [u8; 32],
    /// Version of the software that made them.
    pub engine: Box<str>,
    /// What is small, and to what counts are rounded.
    pub small: u32,
    pub base: u32,
    pub tables: Vec<Table>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Id of the measure.
    pub measure: Box<str>,
    pub kind: Kind,
    /// Stable code of what is counted.
    pub unit: Box<str>,
    /// Code of what it is broken down by.
    pub by: Option<Box<str>>,
    pub groups: Vec<Group>,
    pub status: RuleStatus,
}

/// How the score of a table is made; stored, so apart from the rulebook's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Proportion,
    Mean,
    Count,
}

impl Kind {
    pub fn of(scoring: Scoring) -> Kind {
        match scoring {
            Scoring::Proportion => Kind::Proportion,
            Scoring::ContinuousVariable => Kind::Mean,
            Scoring::Cohort => Kind::Count,
        }
    }

    pub fn scoring(self) -> Scoring {
        match self {
            Kind::Proportion => Scoring::Proportion,
            Kind::Mean => Scoring::ContinuousVariable,
            Kind::Count => Scoring::Cohort,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub code: Box<str>,
    pub label_fr: Box<str>,
    pub whole: Cell,
    pub strata: Vec<Stratum>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    pub code: Box<str>,
    pub label_fr: Box<str>,
    pub cell: Cell,
}

/// What is shown of some people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// Nobody is asked about, before exclusions: which is told.
    Empty,
    Hidden,
    /// Rounded counts: for whom it holds, of how many. The rate is theirs, never that of the exact ones.
    Proportion {
        numerator: u64,
        denominator: u64,
    },
    /// Hundredths. What is counted is not people, and one of them may bring many: counts of two months or
    /// tables would tell his, the rate does not.
    Rate(u64),
    /// Tenths of the unit, alone for the same reason, and of how many hundredths of it something is known.
    Mean {
        tenths: u64,
        coverage: u64,
    },
    /// Nothing is known of what would be shown.
    Unknown,
    Count(u64),
}

impl Cell {
    /// Answers the score; `None` where there is none to show.
    pub fn score(&self) -> Option<Score> {
        match self {
            Cell::Proportion { numerator, denominator } => Score::ratio(*numerator, *denominator),
            Cell::Mean { tenths, .. } => Score::ratio(*tenths, 10),
            Cell::Rate(hundredths) => Score::ratio(*hundredths, 100),
            Cell::Unknown | Cell::Empty | Cell::Hidden | Cell::Count(_) => None,
        }
    }
}

impl PublicationRules {
    /// Answers what is small and how counts are rounded on a day; `None` where no value is known: then
    /// nothing can be published.
    pub fn guard(&self, rules: &Rules, day: Day) -> Option<Guard> {
        let count = |id: Option<ParamId>| u32::try_from(rules.params.integer(id?, day)?).ok();
        let (small, base) = (count(self.small_cell)?, count(self.rounding)?);
        (small > 0 && base > 0).then_some(Guard { small, base })
    }

    /// Answers the first and the last day that the figures of a month look at.
    pub fn period(&self, rules: &Rules, month: Month) -> Option<(Day, Day)> {
        let months = rules.params.integer(self.months?, month.last_day()).filter(|months| *months > 0)?;
        Some((month.add_months(1 - months).first_day(), month.last_day()))
    }

    /// Answers the weakest status of what decides what is shown on a day.
    pub fn status(&self, rules: &Rules, day: Day) -> RuleStatus {
        let own = [self.small_cell, self.rounding, self.months];
        own.into_iter().flatten().map(|id| rules.params.status(id, day)).max().unwrap_or(RuleStatus::Official)
    }
}
