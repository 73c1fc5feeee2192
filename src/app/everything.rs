//! Patient/$everything (patient-operation-everything.html): the patient, what belongs to it, and
//! the professionals, organisations and places named there.
//!
//! Paged by a cursor that carries the instant of the first page: what is created later is left
//! out, what is there is told once.

use super::Gateway;
use super::failure::{Failure, Reason};
use super::read::{Resource, resource};
use crate::domain::fact::Kind;
use crate::fhir::compartment;
use crate::fhir::facts::date::Interval;
use crate::fhir::facts::date::Moment;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Most resources on one page.
const LARGEST_PAGE: usize = 10_000;

/// Why a resource is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The patient, or what belongs to it.
    Match,
    /// Named by what belongs to it.
    Include,
}

/// A page of everything about a patient.
#[derive(Debug)]
pub struct Everything {
    pub resources: Vec<(Role, Resource)>,
    /// How many belong to the patient, itself included.
    pub total: usize,
    pub used: Vec<(String, String)>,
    pub next: Option<String>,
}

#[derive(Default)]
struct Asked {
    since: Option<i64>,
    start: Option<Interval>,
    end: Option<Interval>,
    types: Vec<Kind>,
    count: Option<usize>,
    cursor: Option<Cursor>,
    used: Vec<(String, String)>,
}

/// What was told last.
struct Cursor {
    /// Instant of the first page, in microseconds.
    snapshot: i64,
    place: Place,
}

/// Where a resource stands: the patient first, then what belongs to it, then the directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    rank: u8,
    kind: u8,
    id: String,
}

impl Cursor {
    fn read(text: &str) -> Option<Cursor> {
        let mut parts = text.splitn(4, '-');
        let snapshot = i64::from_str_radix(parts.next()?, 16).ok()?;
        let rank = parts.next()?.parse().ok()?;
        let kind = parts.next()?.parse().ok()?;
        Some(Cursor { snapshot, place: Place { rank, kind, id: parts.next()?.to_owned() } })
    }
}

impl Gateway {
    /// Answers a page of everything about a patient. Blocks: call it on a thread of its own.
    pub fn everything(
        &self,
        structure: &str,
        patient: &str,
        pairs: &[(String, String)],
    ) -> Result<Everything, Failure> {
        let asked = Asked::read(pairs)?;
        let snapshot = asked.cursor.as_ref().map_or_else(|| self.store.last_known(structure).0, |c| c.snapshot);
        let mut all = vec![(0, self.read(structure, Kind::Patient, patient)?)];
        for kind in Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Patient) {
            let mut rows = Vec::new();
            self.store.in_patient(structure, patient, kind, |row| {
                rows.push(row.to_stored());
                ControlFlow::Continue(())
            })?;
            for row in rows {
                let row = row?;
                let later = row.version == 1 && row.known.0 > snapshot;
                if row.body.is_some() && !later {
                    all.push((1, resource(row)?));
                }
            }
        }
        all.retain(|(rank, resource)| *rank == 0 || asked.in_time(resource));
        let directory = self.directory_of(structure, &all)?;
        all.extend(directory.into_iter().map(|resource| (2, resource)));
        all.retain(|(_, resource)| asked.wants(resource));
        let total = all.iter().filter(|(rank, _)| *rank < 2).count();
        let mut placed: Vec<(Place, Resource)> = all
            .into_iter()
            .map(|(rank, resource)| (Place { rank, kind: resource.kind.code(), id: resource.id.clone() }, resource))
            .collect();
        placed.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(cursor) = &asked.cursor {
            placed.retain(|(place, _)| *place > cursor.place);
        }
        let page = asked.count.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        let more = page > 0 && placed.len() > page;
        placed.truncate(page);
        let next = placed
            .last()
            .filter(|_| more)
            .map(|(last, _)| format!("{snapshot:x}-{}-{}-{}", last.rank, last.kind, last.id));
        let role = |place: &Place| if place.rank < 2 { Role::Match } else { Role::Include };
        let resources = placed.into_iter().map(|(place, resource)| (role(&place), resource)).collect();
        Ok(Everything { resources, total, used: asked.used, next })
    }

    /// Answers the part of the directory that these resources name, and what that names in turn.
    fn directory_of(&self, structure: &str, all: &[(u8, Resource)]) -> Result<Vec<Resource>, Failure> {
        let mut waiting: BTreeSet<(Kind, String)> = BTreeSet::new();
        for (_, resource) in all {
            waiting.extend(compartment::directory(resource.kind, &resource.json, self.context.own_bases()));
        }
        let mut known: BTreeSet<(Kind, String)> = BTreeSet::new();
        let mut found = Vec::new();
        while let Some((kind, id)) = waiting.pop_first() {
            if !known.insert((kind, id.clone())) {
                continue;
            }
            // What is not there, or no more, is left out: the reference stands.
            let Some(stored) = self.store.get(structure, kind, &id)?.filter(|stored| stored.body.is_some()) else {
                continue;
            };
            let one = resource(stored)?;
            waiting.extend(compartment::directory(kind, &one.json, self.context.own_bases()));
            found.push(one);
        }
        Ok(found)
    }
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> Result<Asked, Failure> {
        let mut asked = Asked::default();
        let refused = |kind, args: &[&str]| Failure::new(Reason::NotSupported, Issue::general(kind, args));
        for (n, (name, value)) in pairs.iter().enumerate() {
            let bad = |example: &str| refused(&issues::PARAMETER_VALUE, &[name, example]);
            let moment = |example: &str| {
                Moment::read(&value.replace(' ', "+")).map(Moment::interval).ok_or_else(|| bad(example))
            };
            match name.as_str() {
                "_type" => {
                    for name in value.split(',').map(str::trim) {
                        asked.types.push(Kind::from_name(name).ok_or_else(|| bad("Observation,Condition"))?);
                    }
                }
                "_since" | "start" | "end" | "_count" if pairs[..n].iter().any(|(earlier, _)| earlier == name) => {
                    return Err(refused(&issues::PARAMETER_TWICE, &[name]));
                }
                "_since" => asked.since = Some(moment("2026-10-31T08:00:00Z")?.lower),
                "start" => asked.start = Some(moment("2026-10-01")?),
                "end" => asked.end = Some(moment("2026-10-31")?),
                "_count" => asked.count = Some(value.parse().map_err(|_| bad("50"))?),
                super::search::CURSOR => {
                    let cursor = Cursor::read(value).ok_or_else(|| refused(&issues::SEARCH_CURSOR, &[]))?;
                    asked.cursor = Some(cursor);
                    continue;
                }
                "_format" | "_pretty" | "_summary" | "_elements" => {}
                _ => {
                    let known = ["_since", "start", "end", "_type", "_count"];
                    return Err(super::unknown_parameter(name, "Patient", &known));
                }
            }
            asked.used.push((name.clone(), value.clone()));
        }
        // How many, and none of them.
        if pairs.iter().any(|(name, value)| name == "_summary" && value == "count") {
            asked.count = Some(0);
        }
        Ok(asked)
    }

    /// Answers whether the care took place between `start` and `end`; what has no time always did.
    fn in_time(&self, resource: &Resource) -> bool {
        if self.start.is_none() && self.end.is_none() {
            return true;
        }
        let Some(care) = compartment::care(resource.kind, &resource.json) else { return true };
        self.start.is_none_or(|start| care.upper > start.lower) && self.end.is_none_or(|end| care.lower < end.upper)
    }

    fn wants(&self, resource: &Resource) -> bool {
        let of_type = self.types.is_empty() || self.types.contains(&resource.kind);
        of_type && self.since.is_none_or(|since| resource.known.0 >= since)
    }
}
