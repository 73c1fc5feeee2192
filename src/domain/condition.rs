//! Conditions: the closed vocabulary in which rules say when something holds.
//!
//! Each condition has a three-valued meaning over (dossier, reference day, month of that day) and
//! leaves evidence (which facts decided) and what was missing.

mod decided;
mod evaluate;
mod holding;
mod latest;
mod rights;
#[cfg(test)]
mod tests;
mod windows;

pub use decided::Decided;
pub use decided::decided;
pub use evaluate::BirthReading;
pub use evaluate::Context;
pub use evaluate::evaluate;
pub use holding::Bound;
pub use holding::Cause;
pub use holding::Window;
pub use holding::holding;
pub use latest::counted;
pub use windows::LookBack;
pub use windows::windows;

use super::fact::Sex;
use super::measure::{ConceptId, MeasureId};
use super::param::ParamId;

/// Where a flag stands in `Rules::flags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlagId(pub u16);

/// Where an evidence stands in `Rules::evidences`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceId(pub u16);

/// A named condition (`obesity`, `smoker-ever`), defined once in `mappings/facts/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub condition: Condition,
}

/// A condition of a rule. Every number in it is a named parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Always true (`otherwise`).
    Always,
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// True when none of them is.
    None(Vec<Condition>),
    /// All of them, or one at least: the word parameter says which, where a text leaves it open.
    /// Without a word in force: unknown.
    AllOrAny {
        word: ParamId,
        parts: Vec<Condition>,
    },
    /// Completed years on the reference day, both bounds included. Unknown when the two ends of a
    /// partial birth date disagree (money) or without any birth date.
    Age {
        min: Option<ParamId>,
        max: Option<ParamId>,
    },
    /// Unknown when the sex is absent, unknown or other.
    Sex(Sex),
    /// A Condition (or an accepted Procedure) coded so.
    Concept {
        concept: ConceptId,
        state: ConceptState,
    },
    /// A measured number, the latest on or before the reference day, compared.
    Latest(Latest),
    /// The latest answer coded `question` is one of the values `value`
    /// (smoking status, living place). Without any answer: `absent`.
    LatestCoded {
        question: ConceptId,
        value: ConceptId,
        absent: Absent,
    },
    /// Some evidence of this kind was accepted on or before the reference day.
    Exists(Exists),
    /// A coverage right (c2s, ame, invalidite, ald...) in force at least one day of the month.
    Right {
        right: ConceptId,
    },
    /// An exonerating ALD in force at least one day of the month: Coverage exceptions govern per
    /// number, else Condition.category; `number` restricts to one list number.
    Ald {
        number: Option<ConceptId>,
    },
    /// An Observation coded `observation` whose coded value is one of `value` and whose effective
    /// period overlaps the month (a handicap recognition).
    Recognition {
        observation: ConceptId,
        value: ConceptId,
    },
    Flag(FlagId),
}

impl Condition {
    /// The words of the parameter of `AllOrAny`: every part, one part at least.
    pub const WORDS: &'static [&'static str] = &[Condition::AND, Condition::OR];
    pub(super) const AND: &'static str = "and";
    pub(super) const OR: &'static str = "or";
}

/// What state a coded problem must be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConceptState {
    /// clinicalStatus absent, active, recurrence or relapse on the reference day, and known by then
    /// (onset, else recordedDate, not after it).
    Active,
    /// Any clinicalStatus, from its onset on; accepted Procedures count too.
    History,
    /// Active at least one day of the month (domain reading "active during the month").
    InMonth,
}

/// How a comparison reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Compare {
    /// Answers the sign of a comparison.
    pub fn sign(self) -> &'static str {
        match self {
            Compare::AtLeast => "≥",
            Compare::Above => ">",
            Compare::AtMost => "≤",
            Compare::Below => "<",
        }
    }
}

/// What the absence of any measure says.
#[derive(Clone, Debug, PartialEq)]
pub enum Absent {
    /// Made on indication: no measure means no.
    No,
    /// Made systematically: no measure means unknown.
    Unknown,
    /// Unknown while the condition holds (from 18 years), else no.
    UnknownIf(Box<Condition>),
    /// Absence satisfies the comparison ("no latest diastolic OR latest diastolic < 85").
    Yes,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// The latest among all of these counts (fasting glucose or HbA1c).
    pub of: Vec<LatestBound>,
    /// Older than this many calendar months counts as absent. Both ends included.
    pub within_months: Option<ParamId>,
    /// Completed years on the day of the measure, bounds included.
    pub age_at_measure: (Option<ParamId>, Option<ParamId>),
    /// A value taken on a day, or perhaps on a day, on which this problem was active is passed over:
    /// one before it still counts, one in it never does (a weight in pregnancy).
    pub not_during: Option<ConceptId>,
    pub absent: Absent,
}

/// One measure and what its value must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestBound {
    pub measure: MeasureId,
    pub bounds: Vec<(Compare, ParamId)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Exists {
    pub evidence: EvidenceId,
    /// Only evidence dated on or after the parameter's day.
    pub from: Option<ParamId>,
    /// Completed years when it was done.
    pub min_age: Option<ParamId>,
}
