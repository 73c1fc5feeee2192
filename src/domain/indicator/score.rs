//! The score of a group: one exact division, rounded once.

use super::Counts;
use super::Improvement;
use super::QualityMeasure;
use super::Scoring;
use super::Unit;
use crate::domain::rules::Rules;
use std::fmt;

/// A score in ten-thousandths, rounded once, halves away from zero. A proportion lies from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u128);

const SCALE: u128 = 10_000;

impl Score {
    /// Answers `part` over `whole`; `None` over nothing, which is no number.
    pub fn ratio(part: u64, whole: u64) -> Option<Score> {
        let (part, whole) = (u128::from(part), u128::from(whole));
        (whole > 0).then(|| Score((2 * part * SCALE + whole) / (2 * whole)))
    }
}

impl fmt::Display for Score {
    /// Writes it with four decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:04}", self.0 / SCALE, self.0 % SCALE)
    }
}

impl Counts {
    /// Answers the score; `None` where there is nothing to divide by, and for a cohort.
    pub fn score(&self, scoring: Scoring) -> Option<Score> {
        match scoring {
            Scoring::Proportion => Score::ratio(u64::from(self.numerator), u64::from(self.base())),
            // A sum of which nothing is known is no 0.
            Scoring::ContinuousVariable if self.known == 0 && self.missing > 0 => None,
            Scoring::ContinuousVariable => Score::ratio(self.sum, u64::from(self.measured)),
            Scoring::Cohort => None,
        }
    }
}

impl QualityMeasure {
    pub fn scoring(self, rules: &Rules) -> Scoring {
        match self {
            QualityMeasure::Item(_) | QualityMeasure::Card => Scoring::Proportion,
            QualityMeasure::Indicator(n) => rules.indicators[n].scoring,
        }
    }

    /// Answers what a group counts. The first group of the card counts its lines, not patients.
    pub fn unit(self, rules: &Rules, group: usize) -> Unit {
        match self {
            QualityMeasure::Card if group == 0 => Unit::Item,
            QualityMeasure::Item(_) | QualityMeasure::Card => Unit::Patient,
            QualityMeasure::Indicator(n) => rules.indicators[n].unit,
        }
    }

    pub fn improvement(self, rules: &Rules) -> Option<Improvement> {
        match self {
            QualityMeasure::Item(_) | QualityMeasure::Card => Some(Improvement::Increase),
            QualityMeasure::Indicator(n) => rules.indicators[n].improvement,
        }
    }
}

impl Scoring {
    /// Answers the code of FHIR measure-scoring.
    pub fn code(self) -> &'static str {
        match self {
            Scoring::Proportion => "proportion",
            Scoring::ContinuousVariable => "continuous-variable",
            Scoring::Cohort => "cohort",
        }
    }
}

impl Improvement {
    /// Answers the code of FHIR measure-improvement-notation.
    pub fn code(self) -> &'static str {
        match self {
            Improvement::Increase => "increase",
            Improvement::Decrease => "decrease",
        }
    }
}

impl Unit {
    /// Answers the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Unit::Patient => "patient",
            Unit::Appointment => "appointment",
            Unit::Consultation => "consultation",
            Unit::Item => "item",
            Unit::PatientMonth => "patient-month",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_exact_and_rounded_once() {
        let cases = [
            (0, 1, "0.0000"),
            (1, 1, "1.0000"),
            (1, 3, "0.3333"),
            (2, 3, "0.6667"),
            (1, 20_000, "0.0001"),
            (1, 20_001, "0.0000"),
            (9_999_999, 10_000_000, "1.0000"),
            (7, 2, "3.5000"),
            (u64::MAX, 1, "18446744073709551615.0000"),
        ];
        for (part, whole, text) in cases {
            assert_eq!(Score::ratio(part, whole).unwrap().to_string(), text, "{part}/{whole}");
        }
        assert_eq!(Score::ratio(0, 0), None);
    }

    #[test]
    fn each_scoring_divides_what_it_is_about() {
        let counts =
            Counts { initial: 9, denominator: 5, excluded: 1, numerator: 3, measured: 2, sum: 9, ..Counts::default() };
        let text = |scoring| counts.score(scoring).map(|score| score.to_string());
        assert_eq!(text(Scoring::Proportion).as_deref(), Some("0.7500"));
        assert_eq!(text(Scoring::ContinuousVariable).as_deref(), Some("4.5000"));
        assert_eq!(text(Scoring::Cohort), None);
        let untold = Counts { measured: 12, missing: 3, ..Counts::default() };
        assert_eq!(untold.score(Scoring::ContinuousVariable), None, "no length is known");
        assert_eq!(Counts { denominator: 2, excluded: 2, ..Counts::default() }.score(Scoring::Proportion), None);
    }
}
