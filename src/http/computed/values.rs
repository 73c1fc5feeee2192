//! Values of searches over computed types: tokens, references, dates (search.html).

use crate::app::Reason;
use crate::config::is_id;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::PartialDate;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::http::problem::Problem;

/// Answers the value of a token of this system, or of none.
pub(super) fn token(value: &str, system: &str) -> Option<String> {
    match value.split_once('|') {
        None => Some(value.to_owned()),
        Some((of, code)) if of == system => Some(code.to_owned()),
        Some(_) => None,
    }
}

/// Answers the id a reference to this type holds, alone, relative or absolute.
pub(super) fn id_of(value: &str, kind: &str) -> Option<String> {
    let id = match value.rsplit_once('/') {
        None => value,
        Some((before, id)) if before.rsplit('/').next() == Some(kind) => id,
        Some(_) => return None,
    };
    is_id(id).then(|| id.to_owned())
}

/// Reads `knownAt`.
pub(super) fn instant(value: &str) -> Result<Instant, Problem> {
    value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))
}

/// Answers the refusal of a value that does not read, with one that would.
pub(super) fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

/// Keeps the values that every list of them has.
pub(super) fn both(kept: &mut Option<Vec<String>>, other: Vec<String>) {
    match kept {
        None => *kept = Some(other),
        Some(kept) => kept.retain(|value| other.contains(value)),
    }
}

/// One value of a date parameter: how it compares, and the days it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) prefix: &'static str,
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Bound {
    pub(super) fn read(name: &str, value: &str) -> Result<Bound, Problem> {
        const PREFIXES: [&str; 8] = ["eq", "ne", "ge", "gt", "le", "lt", "sa", "eb"];
        let prefix = PREFIXES.into_iter().find(|prefix| value.starts_with(prefix));
        let text = value.get(prefix.map_or(0, str::len)..).unwrap_or_default();
        let date: PartialDate = text.parse().map_err(|_| bad(name, "ge2026-10-01"))?;
        Ok(Bound { prefix: prefix.unwrap_or("eq"), first: date.earliest(), last: date.latest() })
    }

    /// Answers whether what lasts over these days matches, as it does for every other type
    /// (search.html#prefix): an end that is open goes on.
    pub(super) fn matches(&self, (start, end): (Option<Day>, Option<Day>)) -> bool {
        let (from, to) = (start.unwrap_or(Day::min_value()), end.unwrap_or(Day::max_value()));
        let within = self.first <= from && to <= self.last;
        match self.prefix {
            "eq" => within,
            "ne" => !within,
            "gt" => to > self.last,
            "ge" => to > self.last || within,
            "lt" => from < self.first,
            "le" => from < self.first || within,
            "sa" => from > self.last,
            _ => to < self.first,
        }
    }

    /// The same where the date asked is a day of what lasts, and need not hold all of it: without a
    /// prefix they share a day, and what goes with "equal" goes with that.
    pub(super) fn meets(&self, (start, end): (Option<Day>, Option<Day>)) -> bool {
        let (from, to) = (start.unwrap_or(Day::min_value()), end.unwrap_or(Day::max_value()));
        let touches = from <= self.last && to >= self.first;
        match self.prefix {
            "eq" => touches,
            "ne" => !touches,
            "ge" => to > self.last || touches,
            "le" => from < self.first || touches,
            _ => self.matches((start, end)),
        }
    }

    /// Answers whether something that ends on a day may match, whenever it begins.
    pub(super) fn may_end_on(&self, end: Day) -> bool {
        match self.prefix {
            "eq" => self.first <= end && end <= self.last,
            "gt" => end > self.last,
            "ge" => end >= self.first,
            "sa" => end > self.last,
            "eb" => end < self.first,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<Day> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_period_meets_a_date_by_its_prefix() {
        let months = (day("2026-03-01"), day("2026-05-31"));
        let cases = [
            ("2026", true),
            ("2026-03", false),
            ("ne2026-03", true),
            ("ne2026", false),
            ("gt2026-05-30", true),
            ("gt2026-05", false),
            ("ge2026-05-31", false),
            ("ge2026-05-30", true),
            ("ge2026", true),
            ("lt2026-03-01", false),
            ("lt2026-03-02", true),
            ("le2026", true),
            ("sa2026-02", true),
            ("sa2026-03", false),
            ("eb2026-06", true),
            ("eb2026-05", false),
        ];
        for (value, want) in cases {
            let bound = Bound::read("date", value).unwrap_or_else(|_| panic!("{value}"));
            assert_eq!(bound.matches(months), want, "{value}");
            // What matches is never passed over before it is read.
            assert!(!want || bound.may_end_on(months.1.unwrap()), "{value}");
        }
        for value in ["", "hier", "ge", "2026-13", "ap2026"] {
            assert!(Bound::read("date", value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_day_asked_is_one_of_those_it_lasts() {
        let months = (day("2026-03-01"), day("2026-05-31"));
        let open = (day("2026-03-01"), None);
        let cases = [
            ("2026-02-28", false, false),
            ("2026-03-01", true, true),
            ("2026-05-31", true, true),
            ("2026-06-01", false, true),
            ("2026-06", false, true),
            ("2026-02", false, false),
            ("2025", false, false),
            ("2026", true, true),
            ("ne2026-04-10", false, false),
            ("ne2026-07-10", true, false),
            ("ge2026-05-31", true, true),
            ("ge2026-06-01", false, true),
            ("le2026-03-01", true, true),
            ("le2026-02-28", false, false),
            ("gt2026-05-31", false, true),
            ("lt2026-03-01", false, false),
            ("sa2026-02", true, true),
            ("eb2026-06", true, false),
        ];
        for (value, closed, going_on) in cases {
            let bound = Bound::read("date", value).unwrap_or_else(|_| panic!("{value}"));
            assert_eq!((bound.meets(months), bound.meets(open)), (closed, going_on), "{value}");
        }
    }

    #[test]
    fn a_reference_is_an_id_a_relative_or_an_absolute_one() {
        for value in ["p1", "Patient/p1", "https://gw.example/fhir/Patient/p1"] {
            assert_eq!(id_of(value, "Patient").as_deref(), Some("p1"), "{value}");
        }
        for value in ["Group/p1", "Patient/", "Patient/p 1"] {
            assert_eq!(id_of(value, "Patient"), None, "{value}");
        }
    }
}
