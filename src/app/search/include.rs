//! What comes along with a page: `_include` and `_revinclude`, one hop, or with `:iterate` until
//! nothing new comes (search.html#include).

use super::page::resource;
use super::refusal::too_costly;
use super::work::Work;
use crate::app::failure::Failure;
use crate::app::read::Resource;
use crate::domain::fact::Kind;
use crate::fhir::json::Value;
use crate::fhir::search::Include;
use crate::store::Row;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Most resources that come along with one page.
const MOST: usize = 10_000;

/// The resources that come along, each once.
struct Along {
    met: BTreeSet<(Kind, String)>,
    resources: Vec<Resource>,
}

impl Along {
    fn add(&mut self, found: Resource) -> Result<(), Failure> {
        if self.met.insert((found.kind, found.id.clone())) {
            self.resources.push(found);
        }
        if self.resources.len() > MOST { Err(too_costly()) } else { Ok(()) }
    }
}

/// Answers what the resources of a page refer to, and what refers to them.
pub(super) fn along(work: Work<'_>, page: &[Resource]) -> Result<Vec<Resource>, Failure> {
    let results = &work.query.results;
    let met = page.iter().map(|r| (r.kind, r.id.clone())).collect();
    let mut along = Along { met, resources: Vec::new() };
    let includes = results.includes.iter().chain(&results.iterated);
    let revincludes = results.revincludes.iter().chain(&results.reviterated);
    round(work, page, (includes, revincludes), &mut along)?;
    if results.iterated.is_empty() && results.reviterated.is_empty() {
        return Ok(along.resources);
    }
    let mut followed = 0;
    while followed < along.resources.len() {
        // What the last round brought; what it leads to stands behind it.
        let fresh = along.resources.split_off(followed);
        let mut beyond = Along { met: along.met, resources: Vec::new() };
        round(work, &fresh, (results.iterated.iter(), results.reviterated.iter()), &mut beyond)?;
        followed += fresh.len();
        along.met = beyond.met;
        along.resources.extend(fresh);
        along.resources.extend(beyond.resources);
        if along.resources.len() > MOST {
            return Err(too_costly());
        }
    }
    Ok(along.resources)
}

/// Follows inclusions from some resources.
fn round<'i>(
    work: Work<'_>,
    from: &[Resource],
    (includes, revincludes): (impl Iterator<Item = &'i Include> + Clone, impl Iterator<Item = &'i Include>),
    along: &mut Along,
) -> Result<(), Failure> {
    if includes.clone().next().is_some() {
        for one in from {
            let body: Value = serde_json::from_slice(&one.json).map_err(|_| Failure::internal())?;
            for include in includes.clone().filter(|include| include.source == one.kind) {
                follow(work, (one, &body), include, along)?;
            }
        }
    }
    for include in revincludes {
        referring(work, from, include, along)?;
    }
    Ok(())
}

fn follow(
    work: Work<'_>,
    (from, body): (&Resource, &Value),
    include: &Include,
    along: &mut Along,
) -> Result<(), Failure> {
    let mut targets = include.references(body, work.context.search());
    if include.follows_home() && from.kind != Kind::Patient {
        // One that names its patient by identifier leads there as well.
        let home = work.store.with(work.structure, from.kind, &from.id, |row| row.patient().map(Box::from))?;
        targets.extend(home.flatten().map(|id| (Kind::Patient, id)));
    }
    for (kind, id) in targets {
        if along.met.contains(&(kind, id.to_string())) {
            continue;
        }
        work.budget.spend(1)?;
        let found = work.store.with(work.structure, kind, &id, resource)?;
        if let Some(found) = found.transpose()?.flatten() {
            along.add(found)?;
        }
    }
    Ok(())
}

/// What refers to a patient, or to what a patient has, stands with the patient; for the rest the
/// whole type is read.
fn referring(work: Work<'_>, from: &[Resource], include: &Include, along: &mut Along) -> Result<(), Failure> {
    let reached = || from.iter().filter(|one| include.leads_to(one.kind));
    let wanted: BTreeSet<(Kind, &str)> = reached().map(|r| (r.kind, r.id.as_str())).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut patients = BTreeSet::new();
    let mut shared = false;
    for target in reached() {
        let home = work.store.with(work.structure, target.kind, &target.id, |row| row.patient().map(str::to_owned))?;
        match home.flatten() {
            Some(patient) => {
                patients.insert(patient);
            }
            None => shared = true,
        }
    }
    let mut failure = None;
    let mut each = |row: &Row| {
        refers(work, row, include, &wanted)
            .and_then(|refers| if refers { add(row, along) } else { Ok(()) })
            .map_or_else(
                |error| {
                    failure = Some(error);
                    ControlFlow::Break(())
                },
                ControlFlow::Continue,
            )
    };
    // A patient is referred to from other patients' resources as well, but by their owner only here.
    let strangers = wanted.iter().any(|(kind, _)| *kind == Kind::Patient) && !include.follows_home();
    if shared || strangers {
        work.store.all(work.structure, include.source, None, &mut each)?;
    } else {
        for patient in &patients {
            work.store.in_patient(work.structure, patient, include.source, &mut each)?;
        }
    }
    failure.map_or(Ok(()), Err)
}

fn refers(work: Work<'_>, row: &Row, include: &Include, wanted: &BTreeSet<(Kind, &str)>) -> Result<bool, Failure> {
    work.budget.spend(1)?;
    if include.follows_home() && row.patient().is_some_and(|patient| wanted.contains(&(Kind::Patient, patient))) {
        return Ok(true);
    }
    let Some(body) = work.body(row)? else { return Ok(false) };
    let found = include.references(&body, work.context.search());
    Ok(found.iter().any(|(kind, id)| wanted.contains(&(*kind, &**id))))
}

fn add(row: &Row, along: &mut Along) -> Result<(), Failure> {
    match resource(row)? {
        Some(found) => along.add(found),
        None => Ok(()),
    }
}
