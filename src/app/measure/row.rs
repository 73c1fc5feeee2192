//! What one patient brings to the measures of a question.

use crate::domain::indicator::Frame;
use crate::domain::indicator::Part;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Strata;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Subject;

/// One patient: where he stands, and his part in each measure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) patient: Box<str>,
    pub(super) strata: Strata,
    /// With the number of the measure in the question.
    parts: Box<[(u16, Part)]>,
}

impl Row {
    /// Answers what he brings, and where he stands by these stratifiers.
    pub(super) fn of(
        patient: &str,
        subject: &Subject<'_>,
        (frame, asked): (&Frame, &[Stratifier]),
        measures: &[QualityMeasure],
    ) -> Row {
        let parts = measures
            .iter()
            .zip(0_u16..)
            .flat_map(|(measure, n)| measure.parts(subject).into_iter().map(move |part| (n, part)));
        Row { patient: patient.into(), parts: parts.collect(), strata: Strata::of(subject, frame, asked) }
    }

    /// Answers the part in a measure, group by group.
    pub(super) fn parts(&self, measure: usize) -> impl Iterator<Item = Part> + '_ {
        self.parts.iter().filter(move |(n, _)| usize::from(*n) == measure).map(|(_, part)| *part)
    }
}
