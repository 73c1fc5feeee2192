//! One page: the next resources in the order asked for, and how many there are in all.
//!
//! By id the walk ends with the page, and goes on for the total only where that is cheap or asked
//! for. In any other order every match is looked at, and no more are held than a page has.

use super::cursor::Cursor;
use super::cursor::Mark;
use super::source::Source;
use super::work::Work;
use super::work::seen;
use crate::app::derive;
use crate::app::failure::Failure;
use crate::app::read::Resource;
use crate::domain::calendar::Instant;
use crate::fhir::search::Total;
use crate::store::Row;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

/// Resources on one page, unless `_count` says otherwise.
const PAGE: usize = 100;
/// Most resources on one page.
const LARGEST_PAGE: usize = 1000;
/// What may be read for a total that nobody asked for.
const CHEAP: u64 = 3_000;

/// What a page shows.
pub(super) struct Found {
    pub resources: Vec<Resource>,
    pub total: Option<u64>,
    /// Where the next page begins, when there is one.
    pub next: Option<Mark>,
}

/// Answers the first page, or the one after the cursor.
pub(super) fn find(work: Work<'_>, cursor: Option<&Cursor>) -> Result<Found, Failure> {
    let snapshot = cursor.map_or_else(|| work.store.last_known(work.structure), |c| c.mark.snapshot());
    let work = Work { snapshot: Some(snapshot), ..work };
    let results = &work.query.results;
    if results.only_count() {
        let total = count(&work)?;
        return Ok(Found { resources: Vec::new(), total, next: None });
    }
    let limit = results.count.map_or(PAGE, |n| n as usize).min(LARGEST_PAGE);
    let by_id = results.sort.is_empty() && Source::of(work.query).is_by_id();
    let (resources, last, total) = if by_id { in_turn(&work, cursor, limit)? } else { ranked(&work, cursor, limit)? };
    let total = cursor.map_or(total, |c| c.mark.total).filter(|_| results.total != Some(Total::None));
    let next = last.map(|(rank, id)| Mark { snapshot: snapshot.0, rank, id, total });
    Ok(Found { resources, total, next })
}

/// The resources of a page, the place of its last one when more follow, and how many match.
type Taken = (Vec<Resource>, Option<(Vec<u8>, String)>, Option<u64>);

/// Answers the number of all matches: refused where it costs too much.
fn count(work: &Work<'_>) -> Result<Option<u64>, Failure> {
    if let Some(total) = indexed(work)? {
        return Ok(Some(total));
    }
    let mut total = 0;
    work.walk("", &mut |_| {
        total += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(Some(total))
}

/// Answers the number of all matches where an index knows it.
fn indexed(work: &Work<'_>) -> Result<Option<u64>, Failure> {
    match work.query.deciding_lead() {
        Some(lead) => Ok(Some(work.led(&lead, "")?.len() as u64)),
        None => Ok(None),
    }
}

fn in_turn(work: &Work<'_>, cursor: Option<&Cursor>, limit: usize) -> Result<Taken, Failure> {
    let indexed = if cursor.is_some() { None } else { indexed(work)? };
    let known = cursor.is_some() || indexed.is_some();
    let wanted = if known { Some(Total::None) } else { work.query.results.total };
    let (mut resources, mut total, mut whole) = (Vec::new(), 0u64, true);
    let after = cursor.map_or("", |c| &c.mark.id);
    work.walk(after, &mut |row| {
        total += 1;
        if resources.len() < limit {
            resources.extend(resource(row)?);
            return Ok(ControlFlow::Continue(()));
        }
        // One more is there: what follows is read for the total only.
        whole = match wanted {
            Some(Total::None) => false,
            Some(Total::Accurate) => true,
            Some(Total::Estimate | Total::Cheap) | None => work.budget.spent() < CHEAP,
        };
        Ok(if whole { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    let more = total > limit as u64;
    let last = resources.last().filter(|_| more).map(|r: &Resource| (Vec::new(), r.id.clone()));
    Ok((resources, last, indexed.or(whole.then_some(total))))
}

fn ranked(work: &Work<'_>, cursor: Option<&Cursor>, limit: usize) -> Result<Taken, Failure> {
    let results = &work.query.results;
    let context = work.context.search();
    let mut nearest: BinaryHeap<(Vec<u8>, Box<str>)> = BinaryHeap::with_capacity(limit + 2);
    let mut total = 0;
    work.walk("", &mut |row| {
        total += 1;
        let mut body = || work.body(row).ok().flatten();
        let rank = results.rank(&seen(row), &mut body, context);
        // A body that was too much to read has no place: the search ends here.
        work.budget.spend(0)?;
        let shown = cursor.is_some_and(|c| (rank.as_slice(), row.id()) <= (c.mark.rank.as_slice(), c.mark.id.as_str()));
        let far = nearest.len() > limit
            && nearest.peek().is_some_and(|(r, id)| (rank.as_slice(), row.id()) > (r.as_slice(), &**id));
        if !shown && !far {
            nearest.push((rank, row.id().into()));
            if nearest.len() > limit + 1 {
                nearest.pop();
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut ordered = nearest.into_sorted_vec();
    let more = ordered.len() > limit;
    ordered.truncate(limit);
    let mut resources = Vec::with_capacity(ordered.len());
    for (_, id) in &ordered {
        let found = work.store.with(work.structure, work.query.kind, id, resource)?;
        // What was deleted meanwhile is gone from the page as well.
        resources.extend(found.transpose()?.flatten());
    }
    let last = ordered.pop().filter(|_| more).map(|(rank, id)| (rank, id.into()));
    Ok((resources, last, Some(total)))
}

/// Answers a row as it is served; nothing of a deleted one.
pub(super) fn resource(row: &Row) -> Result<Option<Resource>, Failure> {
    let Some(body) = row.body()? else { return Ok(None) };
    let (kind, id, version) = (row.kind(), row.id(), row.version());
    let known: Instant = row.known();
    let json = derive::render(kind, id, version, known, &body);
    Ok(Some(Resource { kind, id: id.to_owned(), version, known, json }))
}
