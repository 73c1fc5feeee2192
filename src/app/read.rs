//! Reads what is stored: the current version, an old one; deletes.

use super::failure::{Failure, Reason};
use super::precondition::Precondition;
use super::receive::{ATTEMPTS, commit_failure, first, precondition_failed};
use super::{Gateway, derive};
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::ALIAS_PARAM;
use crate::store::Action;
use crate::store::Commit;
use crate::store::Expect;
use crate::store::Guard;
use crate::store::Outcome;
use crate::store::Stored;
use crate::store::Write;
use crate::store::Written;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A stored resource as it is served.
#[derive(Debug)]
pub struct Resource {
    pub kind: Kind,
    pub id: String,
    pub version: u32,
    pub known: Instant,
    pub json: Vec<u8>,
}

/// What the deletion of a Patient does to what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cascade {
    /// Refuse while something belongs to it.
    Refuse,
    /// Delete it all in one commit.
    Dependants,
}

impl Gateway {
    /// Answers the current version. One or two key look-ups.
    pub fn read(&self, structure: &str, kind: Kind, id: &str) -> Result<Resource, Failure> {
        self.store.get(structure, kind, id)?.ok_or_else(|| not_found(kind)).and_then(resource)
    }

    /// Answers when the version before this one became known, a deletion too; `None` of the first.
    pub fn known_before(&self, structure: &str, resource: &Resource) -> Result<Option<Instant>, Failure> {
        let marks = self.store.history(structure, resource.kind, &resource.id)?;
        Ok(marks.iter().filter(|mark| mark.version < resource.version).map(|mark| mark.known).max())
    }

    /// Answers one version as it was.
    pub fn vread(&self, structure: &str, kind: Kind, id: &str, version: u32) -> Result<Resource, Failure> {
        if let Some(found) = self.store.version(structure, kind, id, version)? {
            return resource(found);
        }
        let known = self.store.get(structure, kind, id)?.is_some();
        Err(if known {
            Failure::new(Reason::NotFound, Issue::general(&issues::VERSION_NOT_FOUND, &[]))
        } else {
            not_found(kind)
        })
    }

    /// Deletes; answers the version of the deletion and how many resources went, itself among them;
    /// `None` when there was nothing.
    pub async fn delete(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        precondition: Precondition,
        cascade: Cascade,
    ) -> Result<Option<(u32, usize)>, Failure> {
        for _ in 1..ATTEMPTS {
            match self.delete_now(structure, (kind, id), precondition, cascade).await {
                // Something was added to the patient meanwhile: count again.
                Err(failure) if failure.reason == Reason::Contended => {}
                done => return done,
            }
        }
        self.delete_now(structure, (kind, id), precondition, cascade).await
    }

    async fn delete_now(
        &self,
        structure: &str,
        (kind, id): (Kind, &str),
        precondition: Precondition,
        cascade: Cascade,
    ) -> Result<Option<(u32, usize)>, Failure> {
        let expect = self.expect(structure, kind, id, precondition)?;
        let (writes, guards) = self.deletion(structure, (kind, id), expect, cascade, &|_, _| false)?;
        let commit = Commit { structure: structure.into(), writes, guards, claims: Vec::new() };
        let committed = self.store.commit(commit).await.map_err(commit_failure)?;
        let written = first(&committed)?;
        Ok((written.outcome == Outcome::Deleted).then(|| (written.version, deletions(&committed.writes))))
    }

    /// Answers the writes of a deletion, the resource itself first. What is `spared` is written by
    /// the same commit, and no dependant any more.
    pub(super) fn deletion(
        &self,
        structure: &str,
        (kind, id): (Kind, &str),
        expect: Expect,
        cascade: Cascade,
        spared: &Spared<'_>,
    ) -> Result<(Vec<Write>, Vec<Guard>), Failure> {
        let mut writes = vec![Write { kind, id: id.into(), action: Action::Delete, expect }];
        if kind != Kind::Patient {
            return Ok((writes, Vec::new()));
        }
        let seen = self.store.sequence();
        let count = self.store.dependants(structure, id)?;
        if count > 0 {
            let dependants = self.dependants(structure, id, spared)?;
            if cascade == Cascade::Refuse && !dependants.is_empty() {
                let issue = Issue::general(&issues::PAT_DEPENDANTS, &[&dependants.len().to_string()]);
                return Err(Failure::new(Reason::Conflict, issue));
            }
            writes.extend(dependants);
        }
        let (store, tenant, patient) = (self.store.clone(), structure.to_owned(), id.to_owned());
        // A count that cannot be read again does not hold.
        let still_true = Arc::new(move || store.dependants(&tenant, &patient).is_ok_and(|now| now == count));
        let touches = Kind::ALL.iter().copied().filter(|k| *k != Kind::Patient).collect();
        Ok((writes, vec![Guard { touches, seen, still_true }]))
    }

    /// Answers the deletions of everything that belongs to a patient and is not spared. What is of another
    /// living patient too (an appointment of two) stays: it is a fact of his.
    fn dependants(&self, structure: &str, patient: &str, spared: &Spared<'_>) -> Result<Vec<Write>, Failure> {
        let mut writes = Vec::new();
        for kind in Kind::ALL.iter().copied().filter(|k| *k != Kind::Patient) {
            let mut shared: Vec<(Box<str>, Vec<Box<str>>)> = Vec::new();
            self.store.in_patient(structure, patient, kind, |row| {
                let told = row.key_values().filter(|(param, _)| *param == ALIAS_PARAM);
                let others = told.filter_map(|(_, id)| std::str::from_utf8(id).ok()).filter(|id| *id != patient);
                let others: Vec<Box<str>> =
                    others.chain(row.patient().filter(|own| *own != patient)).map(Box::from).collect();
                // Where the one it lives with goes by the same commit, that deletion tells.
                let goes = row.patient().is_some_and(|own| *own != *patient && spared(Kind::Patient, own));
                match others.is_empty() {
                    _ if goes || spared(kind, row.id()) => {}
                    true => writes.push(deletion_of(kind, row.id())),
                    false => shared.push((row.id().into(), others)),
                }
                ControlFlow::Continue(())
            })?;
            for (id, others) in shared {
                if !self.any_lives(structure, &others, spared)? {
                    writes.push(deletion_of(kind, &id));
                }
            }
        }
        Ok(writes)
    }

    /// Answers whether one of these patients is known, and not written by the same commit.
    fn any_lives(&self, structure: &str, patients: &[Box<str>], spared: &Spared<'_>) -> Result<bool, Failure> {
        for id in patients.iter().filter(|id| !spared(Kind::Patient, id)) {
            if self.store.with(structure, Kind::Patient, id, |row| !row.is_deleted())? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Answers how many of these writes deleted something.
pub(super) fn deletions(writes: &[Written]) -> usize {
    writes.iter().filter(|written| written.outcome == Outcome::Deleted).count()
}

fn deletion_of(kind: Kind, id: &str) -> Write {
    Write { kind, id: id.into(), action: Action::Delete, expect: Expect::Anything }
}

/// Answers whether a resource is written by the same commit.
pub(super) type Spared<'s> = dyn Fn(Kind, &str) -> bool + 's;

pub(super) fn not_found(kind: Kind) -> Failure {
    Failure::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &[kind.name()]))
}

/// Answers what became of a deleted resource.
pub(super) fn gone(kind: Kind) -> Failure {
    Failure::new(Reason::Gone, Issue::general(&issues::GONE, &[kind.name()]))
}

/// Answers the refusal of a change of what is not there: where a version was asked for, that is
/// what failed.
pub(super) fn missing(failure: Failure, wanted: Precondition) -> Failure {
    match (failure.reason, wanted) {
        (
            Reason::NotFound | Reason::Gone,
            Precondition::Present | Precondition::Version(_) | Precondition::Among(_),
        ) => precondition_failed(),
        _ => failure,
    }
}

/// Answers a stored version as it is served; a deleted one is gone.
pub(super) fn resource(stored: Stored) -> Result<Resource, Failure> {
    let Some(body) = stored.body else {
        return Err(gone(stored.kind));
    };
    let json = derive::render(stored.kind, &stored.id, stored.version, stored.known, &body);
    Ok(Resource { kind: stored.kind, id: stored.id.into(), version: stored.version, known: stored.known, json })
}
