//! Reads of resources, of patients, of indexes and of the journal.

use super::Store;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::store::cache::DIRECTORY;
use crate::store::cache::OldVersion;
use crate::store::cache::SHARED;
use crate::store::changes;
use crate::store::error::StoreError;
use crate::store::journal::payload::Change;
use crate::store::journal::payload::Ops;
use crate::store::relevant::Relevant;
use crate::store::types::*;
use std::ops::ControlFlow;
use std::ops::Range;

impl Store {
    /// Answers the last version, a deletion too (without body); `None` when there never was one.
    pub fn get(&self, structure: &str, kind: Kind, id: &str) -> Result<Option<Stored>, StoreError> {
        self.read(|cache| cache.with_current(structure, kind, id, |row| row.to_stored())?.transpose())
    }

    /// Hands over the last version without decompressing it.
    pub fn with<R>(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        read: impl FnOnce(&Row) -> R,
    ) -> Result<Option<R>, StoreError> {
        self.read(|cache| cache.with_current(structure, kind, id, read))
    }

    /// Answers version `number`. One that is no longer current comes without search keys.
    pub fn version(&self, structure: &str, kind: Kind, id: &str, number: u32) -> Result<Option<Stored>, StoreError> {
        let Some(current) = self.get(structure, kind, id)? else { return Ok(None) };
        if current.version == number {
            return Ok(Some(current));
        }
        let Some(old) = self.read(|cache| cache.old_version(structure, kind, id, number))? else { return Ok(None) };
        let body = self.0.segments.at(old.place, |record| {
            match Ops::new(record.payload).nth(old.op as usize) {
                Some(Ok(op)) if op.kind == kind && op.id == id && op.version == number => Ok(match op.change {
                    Change::Delete => None,
                    Change::Put { meta_len, bytes } => Some(Body { bytes: bytes.into(), meta_len }),
                }),
                // The cache points at something else: it is not of this journal.
                _ => Err(StoreError::unreadable()),
            }
        })?;
        let body = self.read(|_| body)?;
        Ok(Some(Stored { version: number, known: Instant(old.known), body, keys: Vec::new(), ..current }))
    }

    /// Answers every version, oldest first.
    pub fn history(&self, structure: &str, kind: Kind, id: &str) -> Result<Vec<VersionMark>, StoreError> {
        let versions = self.read(|cache| cache.versions(structure, kind, id))?;
        let mark = |v: OldVersion| VersionMark { version: v.version, known: Instant(v.known), deleted: v.deleted };
        Ok(versions.into_iter().map(mark).collect())
    }

    /// *Scan of one patient.* Answers what the rules read of a patient, as known at `known_at`.
    pub fn facts(&self, structure: &str, patient: &str, known_at: Instant) -> Result<Vec<Record>, StoreError> {
        self.read(|cache| cache.facts(structure, patient, &[], (known_at, None)))
    }

    /// *Scan of one patient.* The same, of the facts that a reader wants.
    pub fn relevant_facts(
        &self,
        structure: &str,
        patient: &str,
        known_at: Instant,
        relevant: &Relevant,
    ) -> Result<Vec<Record>, StoreError> {
        self.read(|cache| cache.facts(structure, patient, &[], (known_at, Some(relevant))))
    }

    /// *Scan of the directory.* Answers the facts of Practitioner, PractitionerRole, Organization
    /// and Location, as known at `known_at`.
    pub fn shared_facts(&self, structure: &str, known_at: Instant) -> Result<Vec<Record>, StoreError> {
        self.read(|cache| cache.facts(structure, SHARED, &DIRECTORY, (known_at, None)))
    }

    /// Answers a number that changes whenever `shared_facts` may.
    pub fn shared_sequence(&self, structure: &str) -> u64 {
        self.0.state.shared(structure)
    }

    /// *Scan.* Answers up to `limit` ids of patients after `after`, ascending.
    pub fn patients(&self, structure: &str, after: Option<&str>, limit: usize) -> Result<Vec<Box<str>>, StoreError> {
        self.ids(structure, Kind::Patient, after, limit)
    }

    /// *Scan.* Answers the id of every patient there is or ever was, ascending.
    pub fn patients_ever(&self, structure: &str) -> Result<Vec<Box<str>>, StoreError> {
        self.read(|cache| cache.ids_ever(structure, Kind::Patient))
    }

    /// *Scan.* Answers up to `limit` ids of a kind after `after`, ascending, pending ones too.
    pub fn ids(
        &self,
        structure: &str,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Box<str>>, StoreError> {
        let mut ids = Vec::new();
        if limit == 0 {
            return Ok(ids);
        }
        self.read(|cache| {
            cache.of_kind(structure, kind, after, &mut |row| {
                ids.push(row.id().into());
                if ids.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })?;
        Ok(ids)
    }

    /// *Scan of one kind.* Hands over every current resource of a kind after id `after`.
    pub fn all(
        &self,
        structure: &str,
        kind: Kind,
        after: Option<&str>,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.of_kind(structure, kind, after, &mut each))
    }

    /// *Scan of one patient.* Hands over the patient's current resources of a kind, by id.
    pub fn in_patient(
        &self,
        structure: &str,
        patient: &str,
        kind: Kind,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.in_home((structure, patient), kind, &mut each))
    }

    /// *Scan of one patient.* The same, with what names a patient of that id who is not known (it is
    /// counted nowhere), of those that are wished for by what is seen of them first.
    pub fn of_patient(
        &self,
        structure: &str,
        (patient, kind): (&str, Kind),
        mut wish: impl FnMut(&Glimpse) -> bool,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.of_patient((structure, patient), kind, &mut wish, &mut each))
    }

    /// *Scan.* Hands over the current resources of a kind that no patient owns.
    pub fn in_structure(
        &self,
        structure: &str,
        kind: Kind,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.in_home((structure, SHARED), kind, &mut each))
    }

    /// *Scan of an index.* Hands over value and id of a lead parameter: by value, then in the
    /// order they were written.
    pub fn lead(
        &self,
        structure: &str,
        (kind, param): (Kind, u8),
        range: ValueRange,
        mut each: impl FnMut(&[u8], &str) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.lead(structure, (kind, param), range, &mut each))
    }

    /// Answers the patients that carry an identifier, by its hash; two at most, which is enough
    /// to know that it is not unique.
    pub fn find_patient_by_identifier(&self, structure: &str, hash: &[u8; 16]) -> Result<Vec<Box<str>>, StoreError> {
        self.patients_by_identifier(structure, hash, 2)
    }

    /// Answers up to `limit` patients that carry an identifier, by its hash.
    pub fn patients_by_identifier(
        &self,
        structure: &str,
        hash: &[u8; 16],
        limit: usize,
    ) -> Result<Vec<Box<str>>, StoreError> {
        let mut found = Vec::new();
        self.read(|cache| {
            let exactly = (std::ops::Bound::Included(&hash[..]), std::ops::Bound::Included(&hash[..]));
            cache.lead(structure, (Kind::Patient, cache.identifier_param()), exactly, &mut |_, id| {
                found.push(id.into());
                if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })?;
        Ok(found)
    }

    /// *Scan of an index.* Hands over each identifier hash that several patients carry, and them.
    pub fn shared_identifiers(
        &self,
        structure: &str,
        mut each: impl FnMut(&[u8], &[Box<str>]),
    ) -> Result<(), StoreError> {
        let mut run: (Vec<u8>, Vec<Box<str>>) = (Vec::new(), Vec::new());
        self.read(|cache| {
            let all = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
            cache.lead(structure, (Kind::Patient, cache.identifier_param()), all, &mut |hash, id| {
                if run.0 != hash {
                    if run.1.len() > 1 {
                        each(&run.0, &run.1);
                    }
                    run = (hash.to_vec(), Vec::new());
                }
                run.1.push(id.into());
                ControlFlow::Continue(())
            })
        })?;
        if run.1.len() > 1 {
            each(&run.0, &run.1);
        }
        Ok(())
    }

    /// *Scan.* Counts the current resources that wait for their patient.
    pub fn waiting(&self, structure: &str) -> Result<u64, StoreError> {
        self.read(|cache| cache.waiting(structure))
    }

    /// *Scan of the journal.* Hands over what the commits of a structure with a sequence in `range`
    /// wrote: histories of a type or of the structure, and order of last update.
    pub fn changes(
        &self,
        structure: &str,
        range: Range<u64>,
        order: Order,
        mut each: impl FnMut(&Changed) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let last = range.end.saturating_sub(1).min(self.sequence());
        changes::read(&self.0.segments, structure, range.start..=last, order, &mut each)
    }

    /// *Scan of one patient.* Counts the patient's current resources, the Patient itself apart.
    pub fn dependants(&self, structure: &str, patient: &str) -> Result<u64, StoreError> {
        self.read(|cache| cache.dependants(structure, patient))
    }
}
