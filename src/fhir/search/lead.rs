//! Where a search across patients starts: the key ranges of its most telling parameter.

use super::dates::SPANS;
use super::dates::end_key;
use super::dates::start_key;
use super::query::Criterion;
use super::query::How;
use super::query::Test;
use super::table::Shape;

/// The ranges of keys outside which nothing matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The number of a parameter and a range of its keys; none when nothing can match.
    pub ranges: Vec<(u8, LeadRange)>,
}

/// Keys from `lower` up to, not including, `upper`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadRange {
    pub lower: Box<[u8]>,
    pub upper: Box<[u8]>,
}

/// Answers the best lead: identifier, then code, then name, then date.
pub(super) fn lead(criteria: &[Criterion]) -> Option<Lead> {
    let of = |wanted: fn(Shape) -> bool| {
        criteria
            .iter()
            .filter(move |c| c.parameter.leads() && c.in_row() && c.how == How::Any && wanted(c.parameter.shape))
    };
    of(|s| s == Shape::Identifier)
        .chain(of(|s| matches!(s, Shape::Code(_))))
        .chain(of(|s| s == Shape::Text))
        .find_map(exact)
        .or_else(|| of(|s| s == Shape::Date).next().map(|first| dated(first.parameter.id, criteria)))
}

/// Answers the keys a criterion can hold for; `None` when they stand all over the index.
fn exact(criterion: &Criterion) -> Option<Lead> {
    let ranges: Vec<LeadRange> = criterion.alternatives.iter().map(range).collect::<Option<_>>()?;
    let numbers = std::iter::once(criterion.parameter.id).chain(criterion.parameter.also.iter().copied());
    let mut all: Vec<(u8, LeadRange)> =
        numbers.flat_map(|number| ranges.iter().map(move |range| (number, range.clone()))).collect();
    all.sort();
    all.dedup();
    Some(Lead { ranges: all })
}

fn range(test: &Test) -> Option<LeadRange> {
    match test {
        Test::Exact(key) => {
            let upper: Vec<u8> = key.iter().copied().chain([0]).collect();
            Some(LeadRange { lower: key.clone(), upper: upper.into() })
        }
        Test::Begins(start) => {
            let mut upper = start.to_vec();
            // The first that is past every key that begins so.
            while upper.pop_if(|last| *last == u8::MAX).is_some() {}
            *upper.last_mut()? += 1;
            Some(LeadRange { lower: start.clone(), upper: upper.into() })
        }
        _ => None,
    }
}

/// Intersects what all criteria of one date parameter leave possible, class by class.
fn dated(param: u8, criteria: &[Criterion]) -> Lead {
    let criteria: Vec<&Criterion> =
        criteria.iter().filter(|c| c.parameter.id == param && c.in_row() && c.how == How::Any).collect();
    let mut ranges = Vec::new();
    for (class, span) in SPANS.iter().enumerate() {
        let (mut first, mut end) = (i64::MIN, i64::MAX);
        for criterion in &criteria {
            let starts = criterion.alternatives.iter().filter_map(|test| match test {
                Test::Date(prefix, asked) => Some(prefix.starts(*asked, *span)),
                _ => None,
            });
            let (low, high) = starts.fold((i64::MAX, i64::MIN), |(l, h), (a, b)| (l.min(a), h.max(b)));
            (first, end) = (first.max(low), end.min(high));
        }
        if first >= end {
            continue;
        }
        // A start at the very end of time is possible only where nothing bounds it.
        let upper =
            if end == i64::MAX { vec![u8::try_from(class + 1).unwrap_or(u8::MAX)] } else { end_key(class, end) };
        ranges.push((param, LeadRange { lower: start_key(class, first).into(), upper: upper.into() }));
    }
    Lead { ranges }
}
