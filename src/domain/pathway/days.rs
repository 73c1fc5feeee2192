//! Days of which each bound lies between two: what partial dates leave open.

use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::enrolment::Span;
use crate::domain::verdict::Verdict;

/// The first day and the last, each as the earliest and the latest it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) first: (Day, Day),
    pub(super) last: (Day, Day),
}

impl Days {
    /// Answers the days of a span; a bound that nobody told is as far as there are days.
    pub(super) fn of(span: Span) -> Days {
        let bounds = |date: PartialDate| (date.earliest(), date.latest());
        Days {
            first: span.start.map_or((Day::min_value(), Day::min_value()), bounds),
            last: span.end.map_or((Day::max_value(), Day::max_value()), bounds),
        }
    }

    /// Answers the days up to `day` at the latest, where one is given.
    pub(super) fn by(self, day: Option<Day>) -> Days {
        let cut = |last: Day| day.map_or(last, |day| last.min(day));
        Days { last: (cut(self.last.0), cut(self.last.1)), ..self }
    }

    /// Answers the days without the last.
    pub(super) fn ended_before(self) -> Days {
        Days { last: (self.last.0.add_days(-1), self.last.1.add_days(-1)), ..self }
    }

    /// Answers the smallest days that hold both.
    pub(super) fn hull(self, other: Days) -> Days {
        Days {
            first: (self.first.0.min(other.first.0), self.first.1.min(other.first.1)),
            last: (self.last.0.max(other.last.0), self.last.1.max(other.last.1)),
        }
    }

    /// Answers whether the two share a day.
    pub(super) fn meets(self, other: Days) -> Verdict {
        let begin = (self.first.0.max(other.first.0), self.first.1.max(other.first.1));
        let end = (self.last.0.min(other.last.0), self.last.1.min(other.last.1));
        match () {
            () if begin.0 > end.1 => Verdict::No,
            () if begin.1 <= end.0 => Verdict::Yes,
            () => Verdict::Unknown,
        }
    }

    /// Answers whether a date is one of the days.
    pub(super) fn holds(self, date: PartialDate) -> Verdict {
        let (from, to) = (date.earliest(), date.latest());
        match () {
            () if from > self.last.1 || to < self.first.0 => Verdict::No,
            () if from >= self.first.1 && to <= self.last.0 => Verdict::Yes,
            () => Verdict::Unknown,
        }
    }
}
