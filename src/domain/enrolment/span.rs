//! Stretches of days whose ends may be open or known only to the month or year.
//!
//! Money never guesses: whether such a stretch touches a month is yes, no or unknown.

use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::verdict::Verdict;

/// From `start` to `end`, both included; `None` is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Option<PartialDate>,
    pub(crate) end: Option<PartialDate>,
}

impl Span {
    pub(crate) fn of(period: &Period) -> Span {
        Span { start: period.start.map(|w| w.date), end: period.end.map(|w| w.date) }
    }

    /// Answers the span with the bounds it lacks taken from `other`.
    pub(crate) fn or_bounds_of(self, other: Span) -> Span {
        Span { start: self.start.or(other.start), end: self.end.or(other.end) }
    }

    /// Answers the span cut on `day` at the latest, where a day is given.
    pub(crate) fn ended_by(self, day: Option<Day>) -> Span {
        match (self.end, day) {
            (_, None) => self,
            (Some(end), Some(day)) if end.latest() <= day || end.earliest() <= day && !end.is_exact() => self,
            (_, Some(day)) => Span { end: Some(PartialDate::Day(day)), ..self },
        }
    }

    /// Answers the smallest span that holds both.
    pub(crate) fn hull(self, other: Span) -> Span {
        let start = match (self.start, other.start) {
            (Some(a), Some(b)) => Some(if b.earliest() < a.earliest() { b } else { a }),
            _ => None,
        };
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(if b.latest() > a.latest() { b } else { a }),
            _ => None,
        };
        Span { start, end }
    }

    /// Answers whether some day from `first` to `last` lies in the span.
    pub(crate) fn overlaps(self, first: Day, last: Day) -> Verdict {
        let (start_min, start_max) =
            self.start.map_or((Day::min_value(), Day::min_value()), |d| (d.earliest(), d.latest()));
        let (end_min, end_max) = self.end.map_or((Day::max_value(), Day::max_value()), |d| (d.earliest(), d.latest()));
        if start_min > last || end_max < first || start_min > end_max || first > last {
            Verdict::No
        } else if start_max <= last && end_min >= first {
            Verdict::Yes
        } else {
            Verdict::Unknown
        }
    }

    /// Answers whether the two may share a day.
    pub(crate) fn may_meet(self, other: Span) -> bool {
        let start = other.start.map_or(Day::min_value(), PartialDate::earliest);
        let end = other.end.map_or(Day::max_value(), PartialDate::latest);
        self.overlaps(start, end) != Verdict::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: &str, end: &str) -> Span {
        let read = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Span { start: read(start), end: read(end) }
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_touches_a_month_surely_perhaps_or_not() {
        use Verdict::*;
        let cases = [
            ("", "", Yes),
            ("2026-03-31", "", Yes),
            ("2026-04-01", "", No),
            ("", "2026-03-01", Yes),
            ("", "2026-02-28", No),
            ("2026-03", "2026-03", Yes),
            ("2026", "", Unknown),
            ("2025", "", Yes),
            ("", "2026", Unknown),
            ("", "2025", No),
            ("2026-03-10", "2026-03-01", No),
        ];
        for (start, end, want) in cases {
            assert_eq!(span(start, end).overlaps(day("2026-03-01"), day("2026-03-31")), want, "{start}..{end}");
        }
    }

    #[test]
    fn the_earlier_of_two_ends_counts() {
        let cases = [
            ("", "2026-03-05", "2026-03-05"),
            ("2026-02-01", "2026-03-05", "2026-02-01"),
            ("2027-01-01", "2026-03-05", "2026-03-05"),
            ("2026", "2026-03-05", "2026"),
            ("2027", "2026-03-05", "2026-03-05"),
        ];
        for (end, known, want) in cases {
            assert_eq!(span("", end).ended_by(Some(day(known))), span("", want), "{end} known {known}");
        }
        assert_eq!(span("", "2026").ended_by(None), span("", "2026"));
    }
}
