//! Where a search across patients starts: the key ranges of its most telling parameter.

use super::dates::SPANS;
use super::dates::start_key;
use super::query::Criterion;
use super::query::Test;
use super::table::Shape;
use super::token::is_system_key;

/// The ranges of one parameter's keys outside which nothing matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    pub param: u8,
    /// Ascending and apart; empty when nothing can match.
    pub ranges: Vec<LeadRange>,
}

/// Keys from `lower` up to, not including, `upper`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadRange {
    pub lower: Box<[u8]>,
    pub upper: Box<[u8]>,
}

/// Answers the best lead: identifier before code before date.
pub(super) fn lead(criteria: &[Criterion]) -> Option<Lead> {
    let of = |shape: Shape| criteria.iter().filter(move |c| c.parameter.shape == shape);
    of(Shape::Identifier)
        .chain(of(Shape::Code))
        .find_map(|criterion| {
            let ranges: Option<Vec<LeadRange>> =
                criterion.alternatives.iter().map(|t| range(t, criterion.parameter.shape)).collect();
            Some(Lead { param: criterion.parameter.id, ranges: apart(ranges?) })
        })
        .or_else(|| of(Shape::Date).next().map(|first| dated(first.parameter.id, criteria)))
}

/// Answers the keys a test can hold for; `None` when they stand all over the index.
fn range(test: &Test, shape: Shape) -> Option<LeadRange> {
    match test {
        Test::Exact(key) if shape != Shape::Identifier || !is_system_key(key) => {
            let upper: Vec<u8> = key.iter().copied().chain([0]).collect();
            Some(LeadRange { lower: key.clone(), upper: upper.into() })
        }
        Test::Begins(start) => {
            // The start ends in NUL: what follows it in order ends in the next byte.
            let upper: Vec<u8> = start[..start.len() - 1].iter().copied().chain([1]).collect();
            Some(LeadRange { lower: start.clone(), upper: upper.into() })
        }
        _ => None,
    }
}

fn apart(mut ranges: Vec<LeadRange>) -> Vec<LeadRange> {
    ranges.sort();
    ranges.dedup();
    ranges
}

/// Intersects what all criteria of one date parameter leave possible, class by class.
fn dated(param: u8, criteria: &[Criterion]) -> Lead {
    let criteria: Vec<&Criterion> = criteria.iter().filter(|c| c.parameter.id == param).collect();
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
            if end == i64::MAX { vec![u8::try_from(class + 1).unwrap_or(u8::MAX)] } else { start_key(class, end) };
        ranges.push(LeadRange { lower: start_key(class, first).into(), upper: upper.into() });
    }
    Lead { param, ranges }
}
