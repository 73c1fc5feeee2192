//! Rows added up: one way for those of a pass over the patients and those the board keeps.
//!
//! Counts are whole numbers: how the rows are shared out among the cores changes nothing.

use super::board::RowFigures;
use super::question::{Lists, Measured, Populations};
use super::row::Row;
use crate::domain::indicator::Figures;
use crate::domain::indicator::Frame;
use crate::domain::indicator::Part;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Strata;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Tally;
use crate::domain::rules::Rules;

/// A measure, and its number among those of the question.
pub(super) type Numbered = (usize, QualityMeasure);

/// What one patient brings to measures.
pub(super) trait Brings: Sync {
    fn patient(&self) -> &str;

    fn strata(&self) -> &Strata;

    /// Adds to `out` his part in a measure, group by group.
    fn parts(&self, measure: Numbered, out: &mut Vec<Part>);
}

impl Brings for &Row {
    fn patient(&self) -> &str {
        &self.patient
    }

    fn strata(&self) -> &Strata {
        &self.strata
    }

    fn parts(&self, (n, _): Numbered, out: &mut Vec<Part>) {
        out.extend(Row::parts(self, n));
    }
}

impl Brings for (&str, &RowFigures) {
    fn patient(&self) -> &str {
        self.0
    }

    fn strata(&self) -> &Strata {
        &self.1.strata
    }

    fn parts(&self, (_, measure): Numbered, out: &mut Vec<Part>) {
        self.1.parts(measure, out);
    }
}

/// By what rows are added up.
#[derive(Clone, Copy)]
pub(super) struct Adding<'a> {
    pub(super) structure: &'a str,
    pub(super) rules: &'a Rules,
    pub(super) frame: &'a Frame,
    pub(super) stratifiers: &'a [Stratifier],
    pub(super) listed: Populations,
}

/// Patients that one core adds up before it is worth asking another.
const SHARE: usize = 4096;

impl<'a> Adding<'a> {
    /// Answers a measure over these patients, its figures as `figures` finds them.
    pub(super) fn measured<R: Brings>(
        &self,
        measure: Numbered,
        rows: &[R],
        figures: impl FnOnce(&dyn Fn() -> Figures) -> Figures,
    ) -> Measured {
        let figures = figures(&|| self.tally(measure, rows).finish(self.structure));
        let lists = match self.listed {
            Populations::Counted => Vec::new(),
            Populations::Listed => self.lists(measure, rows),
        };
        Measured { measure: measure.1, figures, lists }
    }

    /// Adds up a measure over these patients, on all cores.
    fn tally<R: Brings>(&self, measure: Numbered, rows: &[R]) -> Tally<'a> {
        let groups = measure.1.groups(self.rules).len();
        let some = |rows: &[R]| {
            let mut tally = Tally::new(self.frame, self.stratifiers, groups);
            let mut parts: Vec<Part> = Vec::new();
            for row in rows {
                parts.clear();
                row.parts(measure, &mut parts);
                tally.add(row.strata(), parts.iter().copied());
            }
            tally
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = rows.len().div_ceil(cores).max(SHARE);
        let (own, others) = rows.split_at(rows.len().min(share));
        std::thread::scope(|scope| {
            let others: Vec<_> = others.chunks(share).map(|rows| scope.spawn(move || some(rows))).collect();
            let mut tally = some(own);
            for other in others {
                tally.absorb(&other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            tally
        })
    }

    /// Answers who is in which population, in the order of the patients.
    fn lists<R: Brings>(&self, measure: Numbered, rows: &[R]) -> Vec<Lists> {
        let mut lists = vec![Lists::default(); measure.1.groups(self.rules).len()];
        let mut parts = Vec::new();
        for row in rows {
            parts.clear();
            row.parts(measure, &mut parts);
            for part in &parts {
                let Some(of) = lists.get_mut(usize::from(part.group)) else { continue };
                let counts = part.counts;
                // A proportion has a numerator, a mean what was measured; neither has both.
                let met = counts.numerator.max(counts.measured);
                let counted = [counts.initial, counts.denominator, counts.excluded, met, counts.undecided];
                for (list, count) in of.iter_mut().zip(counted) {
                    if count > 0 {
                        list.push(row.patient().into());
                    }
                }
            }
        }
        lists
    }
}
