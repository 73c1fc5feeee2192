//! Measures over many patients: fill rates of the prevention items and the indicators of the
//! experiment.
//!
//! Owns: what one patient brings to each group of a measure over a period, and how that adds up.
//! Must not know: FHIR, how patients are found, who may see what.

mod arm;
mod counts;
mod measure;
mod of_card;
mod reports;
mod score;
mod standing;
mod strata;
mod tally;
#[cfg(test)]
mod tests;

pub use arm::Arm;
pub use counts::Counts;
pub use measure::CARD;
pub use measure::GroupName;
pub use measure::QualityMeasure;
pub use of_card::counts as counts_of;
pub use reports::ReportRules;
pub use score::Score;
pub use standing::Standing;
pub use strata::Frame;
pub use strata::Strata;
pub use strata::Stratifier;
pub use strata::Stratum;
pub use tally::Figures;
pub use tally::GroupFigures;
pub use tally::Part;
pub use tally::Tally;

use super::calendar::Day;
use super::dossier::Dossier;
use super::enrolment::StructureScope;
use super::finding::EvidenceRef;
use super::prevention;
use super::prevention::Card;
use super::prevention::ItemResult;
use super::rules::Rules;
use super::typologie;
use super::typologie::PatientMonth;
use super::verdict::RuleStatus;
use std::cell::OnceCell;

/// One indicator of `mappings/indicators/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    pub ordinal: u16,
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Status of the rule itself, apart from its parameters.
    pub status: RuleStatus,
    pub scoring: Scoring,
    /// What is counted.
    pub unit: Unit,
    /// Whether a greater score is better; `None`: neither.
    pub improvement: Option<Improvement>,
}

/// How the score of a measure is made (FHIR measure-scoring).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// Numerator over denominator without exclusions, from 0 to 1.
    Proportion,
    /// Sum of the quantities over the number of those measured.
    ContinuousVariable,
    /// How many there are.
    Cohort,
}

/// What a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Patient,
    Appointment,
    Consultation,
    /// One line of a patient's card.
    Item,
    PatientMonth,
}

/// Which way is better (FHIR measure-improvement-notation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Improvement {
    Increase,
    Decrease,
}

/// What one patient brings to one group of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Index in `QualityMeasure::groups`.
    pub group: usize,
    pub counts: Counts,
    /// What decided, sorted, each once.
    pub evidence: Vec<EvidenceRef>,
    /// Weakest status of the rule and the parameters it used.
    pub status: RuleStatus,
}

/// A patient asked about over a period. What several measures need is worked out once.
#[derive(Debug)]
pub struct Subject<'d> {
    pub dossier: &'d Dossier<'d>,
    pub scope: &'d StructureScope<'d>,
    /// First and last day, both included. States are those of the last day.
    pub period: (Day, Day),
    card: OnceCell<Card>,
    month: OnceCell<PatientMonth>,
    enrolled: OnceCell<Standing>,
    declared: OnceCell<Standing>,
    seen: OnceCell<Standing>,
}

impl<'d> Subject<'d> {
    pub fn new(dossier: &'d Dossier<'d>, scope: &'d StructureScope<'d>, period: (Day, Day)) -> Subject<'d> {
        Subject {
            dossier,
            scope,
            period,
            card: OnceCell::new(),
            month: OnceCell::new(),
            enrolled: OnceCell::new(),
            declared: OnceCell::new(),
            seen: OnceCell::new(),
        }
    }

    pub fn rules(&self) -> &'d Rules {
        self.dossier.rules()
    }

    /// Answers the day whose states count: the last of the period.
    pub fn day(&self) -> Day {
        self.period.1
    }

    /// Answers the prevention card of that day.
    pub fn card(&self) -> &Card {
        self.card.get_or_init(|| prevention::card(self.dossier, self.day()))
    }

    /// Answers one line of that card.
    pub fn item(&self, item: usize) -> ItemResult {
        match self.card.get() {
            Some(card) => card.items[item].clone(),
            None => prevention::item(self.dossier, self.day(), item),
        }
    }

    /// Answers the month of that day: who is enrolled, consommant, of which typologies.
    pub fn month(&self) -> &PatientMonth {
        self.month.get_or_init(|| typologie::patient_month(self.dossier, self.scope, self.day().month()))
    }
}

impl Indicator {
    /// Answers the groups, never none.
    pub fn groups(&self, _rules: &Rules) -> Vec<GroupName> {
        vec![GroupName { code: self.id.clone(), label_fr: self.label_fr.clone() }]
    }

    /// Answers what one patient brings to each group.
    pub fn shares(&self, _subject: &Subject<'_>) -> Vec<Share> {
        Vec::new()
    }
}
