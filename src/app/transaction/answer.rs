//! What became of each entry: the commit, and the reads that follow it.

use super::draft::{Draft, Drafted};
use super::step::{Planned, Step};
use super::{Form, Gateway, Scope};
use crate::app::address::{OF_THE_ANSWER, only_known};
use crate::app::failure::{Failure, Reason, relocate};
use crate::app::precondition::Precondition;
use crate::app::read::{Resource, deletions, gone};
use crate::app::receive::{Received, already_exists, commit_failure, received};
use crate::app::search::{Page, decoded_pairs};
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::bundle::Entry;
use crate::fhir::bundle::Method;
use crate::fhir::facts::date::Moment;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::Unknown;
use crate::fhir::subset::Subset;
use crate::store::Commit;
use crate::store::CommitError;
use std::collections::HashMap;

/// What became of one entry, in the order of the request.
#[derive(Debug)]
pub enum EntryResult {
    Written(Received),
    Read(Resource),
    Found(Page),
    /// Read, and nothing to show.
    Bare(Bare),
    Refused(Failure),
    /// A condition deleted so many resources together.
    Removed(usize),
    /// Not answered here: an operation, a history, what is published or computed.
    Call(Call),
}

/// What a batch asks of the interface beside the resources that are kept, as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// Below the base: `Patient/p1/$forfait`.
    pub path: String,
    /// What follows `?`, as it was sent.
    pub query: Option<String>,
    /// The resource of the entry: what the operation is asked with.
    pub body: Option<Vec<u8>>,
    pub if_none_match: Option<String>,
}

impl Call {
    pub(super) fn of(entry: &Entry<'_>) -> Call {
        Call {
            method: entry.method,
            path: entry.url.path(),
            query: entry.url.query.clone(),
            body: entry.resource.map(<[u8]>::to_vec),
            if_none_match: entry.if_none_match.as_deref().map(str::to_owned),
        }
    }
}

impl EntryResult {
    /// Answers how many bytes of resources it shows that were not sent along.
    pub fn size(&self) -> usize {
        match self {
            EntryResult::Read(resource) => resource.json.len(),
            EntryResult::Found(page) => {
                page.resources.iter().chain(&page.included).map(|found| found.json.len() + FRAME).sum()
            }
            _ => 0,
        }
    }

    /// Leaves out what is advised about what was written.
    pub fn quiet(&mut self) {
        if let EntryResult::Written(received) = self {
            received.issues.clear();
        }
    }

    /// Adds what `Gateway::advised` does; `entry` is its place in the Bundle.
    pub fn advised(self, gateway: &Gateway, structure: &str, entry: usize) -> EntryResult {
        let EntryResult::Written(mut received) = self else { return self };
        let told = std::mem::take(&mut received.issues);
        let mut advised = gateway.advised(structure, received);
        let advice = std::mem::replace(&mut advised.issues, told);
        advised.issues.extend(advice.into_iter().map(|issue| relocate(issue, entry)));
        EntryResult::Written(advised)
    }
}

impl EntryResult {
    /// Answers the result of an entry that deleted so many resources more.
    fn and_more(&self, more: usize) -> EntryResult {
        match self {
            EntryResult::Removed(count) => EntryResult::Removed(count + more),
            EntryResult::Written(one) => EntryResult::Removed(1 + one.beside + more),
            _ => EntryResult::Removed(1 + more),
        }
    }
}

/// What stands around a resource in a searchset, roughly.
const FRAME: usize = 120;

/// Why a read shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// HEAD: version and instant where one resource was asked for.
    Head(Option<(u32, Instant)>),
    /// The sender has this version.
    NotModified(u32, Instant),
}

impl Gateway {
    pub(super) fn commit_draft(&self, scope: Scope<'_>, draft: Draft) -> Result<Vec<(usize, EntryResult)>, Failure> {
        if draft.writes.is_empty() {
            return Ok(Vec::new());
        }
        let creates: Vec<bool> = draft.writes.iter().map(|w| w.expect.creates()).collect();
        let Draft { writes, guards, claims, .. } = draft;
        let commit = Commit { structure: scope.structure.into(), writes, guards, claims };
        let committed = self.store.commit_blocking(commit).map_err(|error| {
            let CommitError::Conflict { write, .. } = error else { return commit_failure(error) };
            let whose = draft.prepared.iter().rev().find(|drafted| drafted.write <= write);
            let failure = if whose.is_some_and(|drafted| drafted.again) {
                Failure::new(Reason::Contended, Issue::general(&issues::CONTENDED, &[]))
            } else if creates.get(write).is_some_and(|create| *create) {
                already_exists()
            } else {
                commit_failure(error)
            };
            match whose {
                Some(drafted) => scope.told(failure, drafted.entry),
                None => failure,
            }
        })?;
        let mut told: Vec<(usize, EntryResult)> = Vec::with_capacity(draft.prepared.len());
        let mut prepared = draft.prepared.into_iter().peekable();
        while let Some(Drafted { entry, write, kind, id, stored, .. }) = prepared.next() {
            let written = committed.writes.get(write).ok_or_else(Failure::internal)?;
            let next = prepared.peek().map_or(committed.writes.len(), |next| next.write);
            let beside = committed.writes.get(write + 1..next).map_or(0, deletions);
            // Only a condition that found several gives one entry several writes.
            if let Some((before, result)) = told.last_mut()
                && *before == entry
            {
                *result = result.and_more(1 + beside);
                continue;
            }
            let (body, issues) = stored.map_or((None, Vec::new()), |(body, issues)| (Some(body), issues));
            let mut one = Received { beside, ..received(kind, &id, body, issues, written) };
            if matches!(scope.form, Form::Bundle(_)) {
                one.issues = one.issues.into_iter().map(|issue| relocate(issue, entry)).collect();
            }
            told.push((entry, EntryResult::Written(one)));
        }
        Ok(told)
    }

    /// Refuses a Bundle one of whose reads would fail: all of it succeeds, or nothing is written.
    pub(super) fn check_reads(
        &self,
        scope: Scope<'_>,
        planned: &[Planned<'_, '_>],
        draft: &Draft,
    ) -> Result<(), Failure> {
        // Whether each resource the Bundle touches will be there.
        let ends: HashMap<(Kind, &str), bool> =
            planned.iter().flat_map(|p| p.touched().map(|touched| (touched, p.put().is_some()))).collect();
        let mut room = scope.room;
        let written: HashMap<(Kind, &str), usize> = draft.prepared.iter().filter_map(Drafted::size).collect();
        for Planned { entry, step } in planned {
            if !matches!(step, Step::Read) {
                continue;
            }
            let kind = entry.url.resource_type.as_deref().and_then(Kind::from_name);
            let target = kind.zip(entry.url.id.as_deref()).filter(|_| entry.url.version.is_none());
            let failure = match target.and_then(|target| ends.get(&target)) {
                Some(true) => {
                    let bytes = target.and_then(|target| written.get(&target)).copied().unwrap_or_default();
                    room.take_bytes(bytes).err()
                }
                Some(false) => kind.map(gone),
                None => match room.take(self.read_one(scope, entry)) {
                    EntryResult::Refused(failure) => Some(failure),
                    _ => None,
                },
            };
            if let Some(failure) = failure {
                return Err(scope.told(failure, entry.index));
            }
        }
        Ok(())
    }

    /// Answers a read, after the writes.
    pub(super) fn read_entry(&self, scope: Scope<'_>, entry: &Entry<'_>) -> EntryResult {
        match self.read_one(scope, entry) {
            EntryResult::Refused(failure) => EntryResult::Refused(scope.told(failure, entry.index)),
            result => result,
        }
    }

    fn read_one(&self, scope: Scope<'_>, entry: &Entry<'_>) -> EntryResult {
        let structure = scope.structure;
        let kind = entry.url.resource_type.as_deref().and_then(Kind::from_name);
        let Some(kind) = kind else { return EntryResult::Refused(Failure::internal()) };
        if entry.url.id.is_some()
            && let Err(failure) = takes(entry, (kind, scope.unknown))
        {
            return EntryResult::Refused(failure);
        }
        let read = match (&entry.url.id, &entry.url.version) {
            (Some(id), None) => self.read(structure, kind, id),
            (Some(id), Some(version)) => self.vread(structure, kind, id, version.parse().unwrap_or(0)),
            (None, _) => return self.find(scope, kind, entry),
        };
        match read {
            Ok(resource) if has(entry, resource.version, resource.known) => {
                EntryResult::Bare(Bare::NotModified(resource.version, resource.known))
            }
            Ok(resource) if entry.method == Method::Head => {
                EntryResult::Bare(Bare::Head(Some((resource.version, resource.known))))
            }
            Ok(resource) => part(entry, resource).map_or_else(EntryResult::Refused, EntryResult::Read),
            Err(failure) => EntryResult::Refused(failure),
        }
    }

    fn find(&self, scope: Scope<'_>, kind: Kind, entry: &Entry<'_>) -> EntryResult {
        let pairs = decoded_pairs(entry.url.query.as_deref().unwrap_or(""));
        match pairs.and_then(|pairs| self.search_with(scope.structure, kind, &pairs, scope.unknown)) {
            Ok(_) if entry.method == Method::Head => EntryResult::Bare(Bare::Head(None)),
            Ok(page) => EntryResult::Found(page),
            Err(failure) => EntryResult::Refused(failure),
        }
    }
}

/// Refuses a parameter that a read does not take, as a read alone does.
fn takes(entry: &Entry<'_>, (kind, unknown): (Kind, Unknown)) -> Result<(), Failure> {
    let Some(query) = entry.url.query.as_deref() else { return Ok(()) };
    only_known(&decoded_pairs(query)?, &OF_THE_ANSWER, (&format!("GET {}/id", kind.name()), unknown))
}

/// Answers the part of a resource that the entry's `_summary` or `_elements` asks for.
fn part(entry: &Entry<'_>, resource: Resource) -> Result<Resource, Failure> {
    let Some(query) = entry.url.query.as_deref() else { return Ok(resource) };
    let subset = Subset::of(&decoded_pairs(query)?).ok_or_else(|| {
        let issue = Issue::general(&issues::SEARCH_VALUE, &["_summary", "code"]);
        Failure::new(Reason::NotSupported, issue)
    })?;
    let json = if subset.is_whole() { resource.json } else { subset.apply(resource.kind, &resource.json).into_owned() };
    Ok(Resource { json, ..resource })
}

/// Answers whether the sender says that it has this version. A tag wins over a time.
fn has(entry: &Entry<'_>, version: u32, known: Instant) -> bool {
    if let Some(tags) = entry.if_none_match.as_deref() {
        return tags.trim() == "*" || tags.split(',').any(|tag| Precondition::version_of(tag) == Some(version));
    }
    let since = entry.if_modified_since.as_deref().and_then(Moment::read).map(Moment::interval);
    since.is_some_and(|since| known.0 < since.upper)
}
