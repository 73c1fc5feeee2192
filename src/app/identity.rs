//! One person, one patient: who may carry an INS or an IPP that another patient carries.
//!
//! What is decided here holds when the write is committed: each identifier goes with a claim that
//! the committer checks. A patient that carries an identifier already keeps it, so that what was
//! stored before, or a merge that is undone, can still be updated.

use super::failure::{Failure, Reason};
use super::{Context, Gateway, derive};
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::person::Person;
use crate::store::Claim;
use crate::store::Guard;
use crate::store::Store;
use std::collections::HashMap;

/// How many carriers of one identifier are looked at: more than one is rare already.
const CARRIERS: usize = 64;
/// How many merges are followed from a patient to the one who stands for it.
const STEPS: usize = 16;

/// A Patient about to be written: its place among the writes, its id and who it is.
pub(super) type Written<'p> = (usize, &'p str, &'p Person);

/// The Patients that one commit writes or deletes.
#[derive(Default)]
pub(super) struct Beside<'p> {
    /// By id: its place among the writes, and who it is; `None`: deleted.
    by_id: HashMap<&'p str, (usize, Option<&'p Person>)>,
    by_key: HashMap<[u8; 16], Vec<&'p str>>,
}

impl<'p> Beside<'p> {
    /// Reads place, id and person of each.
    pub(super) fn of(patients: impl Iterator<Item = (usize, &'p str, Option<&'p Person>)>) -> Beside<'p> {
        let mut beside = Beside::default();
        for (place, id, person) in patients {
            beside.by_id.insert(id, (place, person));
            for key in person.iter().flat_map(|person| &person.keys) {
                beside.by_key.entry(key.hash).or_default().push(id);
            }
        }
        beside
    }

    /// Answers the Patients of the commit that carry an identifier, with their places.
    fn carriers(&self, hash: &[u8; 16]) -> impl Iterator<Item = (&'p str, usize, &'p Person)> + '_ {
        let ids = self.by_key.get(hash).into_iter().flatten();
        ids.filter_map(|id| {
            let (place, person) = self.by_id.get(id)?;
            Some((*id, *place, (*person)?))
        })
    }
}

/// Answers what a refusal comes to for a write that rests on conditions: where one of them would
/// find something else by now, it is to be matched again rather than refused.
pub(super) fn or_again(failure: Failure, guards: &[Guard]) -> Failure {
    let stale = |guard: &Guard| guard.touches.contains(&Kind::Patient) && !(guard.still_true)();
    if failure.reason == Reason::Conflict && guards.iter().any(stale) {
        return Failure::new(Reason::Contended, Issue::general(&issues::CONTENDED, &[]));
    }
    failure
}

impl Gateway {
    /// Answers the claims of a Patient to its identifiers; refuses it where another patient is the
    /// same person, is not merged with it and is not written by the same commit as somebody else.
    pub(super) fn claims(
        &self,
        structure: &str,
        (write, id, person): Written<'_>,
        beside: &Beside<'_>,
    ) -> Result<Vec<Claim>, Failure> {
        let mut claims = Vec::with_capacity(person.keys.len());
        let mut taken: Vec<Box<str>> = Vec::new();
        for key in &person.keys {
            let seen = self.store.sequence();
            let carriers = self.store.patients_by_identifier(structure, &key.hash, CARRIERS)?;
            if carriers.iter().any(|carrier| **carrier == *id) {
                continue;
            }
            let mut besides = Vec::new();
            for carrier in carriers.into_iter().filter(|carrier| !beside.by_id.contains_key(&**carrier)) {
                let Some((version, other)) = self.stored_person(structure, &carrier)? else { continue };
                if !person.is(&other) || self.merged(structure, (id, person), (&carrier, &other), beside)? {
                    besides.push((carrier, version));
                } else if !taken.contains(&carrier) {
                    taken.push(carrier);
                }
            }
            // Of two new ones in one commit the later is at fault, whatever stood before.
            for (other_id, place, other) in beside.carriers(&key.hash).filter(|(other, ..)| *other != id) {
                // Two are enough to say so.
                if taken.len() > 1 {
                    break;
                }
                let earlier = place < write || self.carries(structure, other_id, &key.hash)?;
                if earlier
                    && person.is(other)
                    && !self.merged(structure, (id, person), (other_id, other), beside)?
                    && !taken.iter().any(|t| **t == *other_id)
                {
                    taken.push(other_id.into());
                }
            }
            claims.push(Claim { write, value: key.hash, seen, besides });
        }
        let kind = match standing(&self.store, &self.context, structure, taken)?.len() {
            0 => return Ok(claims),
            1 => &issues::PAT_IDENTITY_TAKEN,
            _ => &issues::PAT_IDENTITY_CONFLICT,
        };
        Err(Failure::new(Reason::Conflict, Issue::new(kind, "Patient.identifier", &[])))
    }

    /// Answers whether the two records are told to be one person's: a chain of merges leads from
    /// each of them to one and the same.
    fn merged(
        &self,
        structure: &str,
        (id, person): (&str, &Person),
        (other_id, other): (&str, &Person),
        beside: &Beside<'_>,
    ) -> Result<bool, Failure> {
        let names = |ids: &[Box<str>], id: &str| ids.iter().any(|named| **named == *id);
        if names(&person.replaces, other_id) || names(&other.replaces, id) {
            return Ok(true);
        }
        let chain = self.chain(structure, (id, person), beside)?;
        let other = self.chain(structure, (other_id, other), beside)?;
        Ok(chain.iter().any(|step| other.contains(step)))
    }

    /// Answers the patients that stand for one, itself first.
    fn chain(
        &self,
        structure: &str,
        (id, person): (&str, &Person),
        beside: &Beside<'_>,
    ) -> Result<Vec<Box<str>>, Failure> {
        let mut chain: Vec<Box<str>> = vec![id.into()];
        let mut next = person.replaced_by.first().cloned();
        while let Some(step) = next.filter(|step| !chain.contains(step) && chain.len() < STEPS) {
            next = match beside.by_id.get(&*step) {
                Some((_, person)) => person.and_then(|person| person.replaced_by.first().cloned()),
                None => self.stored_person(structure, &step)?.and_then(|(_, p)| p.replaced_by.first().cloned()),
            };
            chain.push(step);
        }
        Ok(chain)
    }

    fn carries(&self, structure: &str, id: &str, hash: &[u8; 16]) -> Result<bool, Failure> {
        let carriers = self.store.patients_by_identifier(structure, hash, CARRIERS)?;
        Ok(carriers.iter().any(|carrier| **carrier == *id))
    }

    /// Answers a stored Patient with its version; `None` when it is deleted.
    pub(super) fn stored_person(&self, structure: &str, id: &str) -> Result<Option<(u32, Person)>, Failure> {
        stored(&self.store, &self.context, structure, id)
    }

    /// *Scan of an index.* Counts the identifiers by which several patients are one person, or seem
    /// to be, that are not merged: an INS under two births counts too, one of them is not its own.
    pub(super) fn shared_identities(&self, structure: &str) -> Result<u64, Failure> {
        let mut groups = Vec::new();
        self.store.shared_identifiers(structure, |hash, ids| {
            if let Ok(hash) = <[u8; 16]>::try_from(hash) {
                groups.push((hash, ids.iter().take(CARRIERS).cloned().collect::<Vec<_>>()));
            }
        })?;
        let mut count = 0;
        for (hash, ids) in groups {
            let mut carriers = Vec::new();
            for id in ids {
                let person = self.stored_person(structure, &id)?.map(|(_, person)| person);
                carriers.extend(person.filter(|p| p.keys.iter().any(|key| key.hash == hash)).map(|p| (id, p)));
            }
            let Some(((first, person), others)) = carriers.split_first() else { continue };
            for (id, other) in others {
                if !self.merged(structure, (first, person), (id, other), &Beside::default())? {
                    count += 1;
                    break;
                }
            }
        }
        Ok(count)
    }
}

fn stored(store: &Store, context: &Context, structure: &str, id: &str) -> Result<Option<(u32, Person)>, Failure> {
    let Some(stored) = store.get(structure, Kind::Patient, id)? else { return Ok(None) };
    let Some(body) = stored.body else { return Ok(None) };
    let value = derive::value(Kind::Patient, id, &body).ok_or_else(Failure::internal)?;
    Ok(Some((stored.version, context.person(&value))))
}

/// Answers the patients among these that no other of them stands for: of records that are merged, the
/// one that is left.
pub(super) fn standing(
    store: &Store,
    context: &Context,
    structure: &str,
    found: Vec<Box<str>>,
) -> Result<Vec<Box<str>>, Failure> {
    let mut replaced: Vec<Box<str>> = Vec::new();
    for id in &found {
        let mut met = vec![id.clone()];
        while met.len() < STEPS {
            let last = met.last().map_or("", |last| last);
            let next = stored(store, context, structure, last)?.and_then(|(_, p)| p.replaced_by.first().cloned());
            match next.filter(|next| !met.contains(next)) {
                Some(next) => met.push(next),
                None => break,
            }
        }
        if met[1..].iter().any(|step| found.contains(step) && !replaced.contains(step)) {
            replaced.push(id.clone());
        }
    }
    Ok(found.into_iter().filter(|id| !replaced.contains(id)).collect())
}
