//! What is asked of measures, and what is answered.

use crate::app::ActiveRules;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::indicator::Figures;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Share;
use crate::domain::indicator::Stratifier;
use std::sync::Arc;

/// Which measures, of whom, over which period, as known when.
#[derive(Clone, Debug)]
pub struct MeasureQuestion {
    pub structure: String,
    /// Ids or canonicals, with their version or not.
    pub measures: Vec<String>,
    /// First and last day, both included.
    pub period: (Day, Day),
    pub known_at: Option<Instant>,
    pub whom: Whom,
    /// Only patients whom this one attends: `Practitioner/id` or `PractitionerRole/id`.
    pub practitioner: Option<String>,
    pub stratifiers: Vec<Stratifier>,
}

/// Whose figures are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    Everybody,
    Patient(String),
    /// Id of a roster.
    Group(String),
}

/// Whether who is in a population is told, or only how many are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Populations {
    Counted,
    Listed,
}

/// Measures of one patient.
pub struct Individual {
    pub known_at: Instant,
    pub rules: Arc<ActiveRules>,
    /// The day whose states count.
    pub day: Day,
    pub merged_into: Option<Box<str>>,
    pub measures: Vec<(QualityMeasure, Vec<Share>)>,
}

/// Measures over many patients.
pub struct Evaluation {
    pub known_at: Instant,
    pub rules: Arc<ActiveRules>,
    /// The day whose states count.
    pub day: Day,
    pub reports: Vec<Measured>,
}

/// A measure by month.
pub struct Trend {
    pub known_at: Instant,
    pub rules: Arc<ActiveRules>,
    /// With the day whose states count.
    pub reports: Vec<(Month, Day, Measured)>,
}

/// One measure over many patients.
pub struct Measured {
    pub measure: QualityMeasure,
    pub figures: Figures,
    /// Of each group, who is in its populations; empty where they are only counted.
    pub lists: Vec<Lists>,
}

/// Ids of patients: of initial population, denominator, its exclusions, numerator or what was measured,
/// undecided.
pub type Lists = [Vec<Box<str>>; 5];

impl MeasureQuestion {
    /// Answers the days that are looked at: none after today, whose states nobody knows yet.
    pub fn days(&self, today: Day) -> (Day, Day) {
        let (first, last) = self.period;
        let last = last.min(today);
        (first.min(last), last)
    }
}
