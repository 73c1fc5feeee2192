//! How one version of a resource changes the cache. The same journal always gives the same cache.

use super::super::error::StoreError;
use super::super::journal::Place;
use super::super::types::Body;
use super::super::types::IndexKey;
use super::super::types::PatientLink;
use super::entry;
use super::entry::ChangeEntry;
use super::entry::Entry;
use super::entry::Locator;
use super::keys;
use super::staging::Pair;
use super::staging::Staging;
use super::staging::Value;
use crate::domain::fact::Kind;
use std::collections::BTreeSet;

/// The kinds whose facts are read without a patient: who works where.
pub(in crate::store) const DIRECTORY: [Kind; 4] =
    [Kind::Practitioner, Kind::PractitionerRole, Kind::Organization, Kind::Location];

/// The commit under way: its structure, its instant and its record.
#[derive(Clone, Copy)]
pub(in crate::store) struct At<'a> {
    pub structure: &'a str,
    pub sequence: u64,
    pub known: i64,
    pub place: Place,
}

/// A version about to become the current one.
pub(in crate::store) struct NewVersion<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub version: u32,
    /// Its place among the writes of the record.
    pub op: u32,
    /// `None`: deleted.
    pub content: Option<Content<'a>>,
}

/// What a version holds, in the form the cache keeps.
pub(in crate::store) struct Content<'a> {
    pub link: &'a PatientLink,
    pub keys: &'a [IndexKey],
    /// `keys` encoded, the fact in postcard (empty: none), the body packed.
    pub packed_keys: &'a [u8],
    pub fact: &'a [u8],
    pub body: &'a [u8],
}

/// What stands in the cache under a resource's id.
pub(in crate::store) struct Found {
    locator: Option<Locator>,
    value: Option<Value>,
}

impl Found {
    fn entry(&self) -> Option<Entry<'_>> {
        Entry::decode(self.value.as_deref()?)
    }

    /// Answers the last version: number, instant, and whether it is a deletion.
    pub(in crate::store) fn last(&self) -> Option<(u32, i64, bool)> {
        self.entry().map(|e| (e.version, e.known, e.is_deleted()))
    }

    /// Answers the current body, `None` when there is none.
    pub(in crate::store) fn body(&self) -> Option<Body> {
        self.entry().filter(|e| !e.is_deleted())?.packed()?.unpack()
    }

    /// Answers whether it waits for its patient.
    pub(in crate::store) fn is_waiting(&self) -> bool {
        self.locator.as_ref().is_some_and(|l| keys::is_waiting(l.home()))
    }
}

impl Staging<'_> {
    /// Looks up a resource by id.
    pub(in crate::store) fn find(&self, structure: &str, kind: Kind, id: &str) -> Result<Found, StoreError> {
        let Some(value) = self.get(&keys::locator(structure, kind, id))? else {
            return Ok(Found { locator: None, value: None });
        };
        let locator = Locator::decode(&value).ok_or_else(StoreError::unreadable)?;
        let value = self.get(&keys::current(structure, locator.home(), kind, id))?;
        let found = Found { locator: Some(locator), value };
        // A locator without its entry, or an entry that does not read, is a damaged cache.
        found.entry().ok_or_else(StoreError::unreadable)?;
        Ok(found)
    }

    /// Makes `new` the current version; answers whether it waits for its patient.
    pub(in crate::store) fn apply(&mut self, at: &At, found: &Found, new: &NewVersion) -> Result<bool, StoreError> {
        if new.kind == Kind::Patient {
            self.patient = None;
        }
        let home = match (&new.content, &found.locator) {
            (Some(content), _) => self.home_of(at.structure, new, content.link)?,
            (None, Some(locator)) => locator.home().into(),
            (None, None) => keys::SHARED.into(),
        };
        self.retire(at, found, new, &home)?;
        self.set_leads(at.structure, found, new);
        let entry = match &new.content {
            None => Entry::deleted(new.version, at.known, at.place, new.op),
            Some(c) => Entry::put(new.version, at.known, at.place, new.op).with_content(c.fact, c.packed_keys, c.body),
        };
        self.put(keys::current(at.structure, &home, new.kind, new.id), entry.encode());
        if new.kind == Kind::Patient {
            self.admit_to_patient(at, found, new)?;
        }
        Ok(keys::is_waiting(&home))
    }

    /// Closes a commit: what it changed, and where its structure stands.
    pub(in crate::store) fn finish(&mut self, at: &At, changes: &Changed) -> Result<(), StoreError> {
        self.put(keys::change(at.structure, at.sequence), changes.bytes.clone());
        let mut marks = self.marks(at.structure)?;
        marks.known = at.known;
        if changes.shared {
            marks.shared = at.sequence;
        }
        self.set_marks(at.structure, &marks);
        Ok(())
    }

    fn home_of(&mut self, structure: &str, new: &NewVersion, link: &PatientLink) -> Result<Box<str>, StoreError> {
        Ok(match link {
            PatientLink::Own => new.id.into(),
            PatientLink::Shared => keys::SHARED.into(),
            PatientLink::Id(id) if self.knows_patient(structure, id)? => id.clone(),
            PatientLink::Id(id) => keys::waiting_for_id(id).into(),
            PatientLink::Identifier(hash) => match self.patient_with(structure, hash)? {
                Some(id) => id,
                None => keys::waiting_for_identifier(hash).into(),
            },
        })
    }

    fn knows_patient(&mut self, structure: &str, id: &str) -> Result<bool, StoreError> {
        if self.patient.as_ref().is_some_and(|(s, p)| **s == *structure && **p == *id) {
            return Ok(true);
        }
        let value = self.get(&keys::locator(structure, Kind::Patient, id))?;
        let known = value.is_some_and(|v| !entry::locator_is_deleted(&v));
        if known {
            self.patient = Some((structure.into(), id.into()));
        }
        Ok(known)
    }

    /// Answers the one patient that carries the identifier; none when several do.
    fn patient_with(&self, structure: &str, hash: &[u8]) -> Result<Option<Box<str>>, StoreError> {
        let mut prefix = keys::leads(structure, Kind::Patient, self.identifier_param);
        keys::push_value(&mut prefix, hash);
        let found = self.scan(&prefix)?;
        let [(key, _)] = &found[..] else { return Ok(None) };
        Ok(std::str::from_utf8(&key[prefix.len()..]).ok().map(Into::into))
    }

    /// Puts the version that was current among the old ones, and leads the resource to `home`.
    fn retire(&mut self, at: &At, found: &Found, new: &NewVersion, home: &str) -> Result<(), StoreError> {
        let (structure, kind, id) = (at.structure, new.kind, new.id);
        let deleted = new.content.is_none();
        let mut locator = match &found.locator {
            None => Locator { deleted: false, homes: vec![home.into()] },
            Some(locator) => locator.clone(),
        };
        if let Some(previous) = found.entry() {
            let from: Box<str> = locator.home().into();
            self.put(keys::old(structure, &from, kind, id, previous.version), previous.old().encode());
            if *from != *home {
                self.remove(keys::current(structure, &from, kind, id));
                if keys::is_waiting(&from) {
                    // What waited belonged to nobody: its past goes along.
                    let olds = self.scan(&keys::olds(structure, &from, kind, id))?;
                    self.rehome(at, &from, home, olds)?;
                    locator.homes.retain(|h| *h != from);
                } else {
                    let left = Entry::left(new.version, at.known, at.place, new.op);
                    self.put(keys::left(structure, &from, kind, id, new.version), left.encode());
                }
                locator.move_to(home);
            }
        }
        locator.deleted = deleted;
        if found.locator.as_ref() != Some(&locator) {
            self.put(keys::locator(structure, kind, id), locator.encode());
        }
        Ok(())
    }

    /// Moves entries from a waiting home to another one, which knows of them as of now.
    fn rehome(&mut self, at: &At, from: &str, to: &str, entries: Vec<Pair>) -> Result<(), StoreError> {
        let prefix = keys::home(at.structure, from);
        let target = keys::home(at.structure, to);
        for (key, value) in entries {
            let entry = Entry::decode(&value).ok_or_else(StoreError::unreadable)?;
            let entry = if keys::is_waiting(to) { entry } else { entry.with_joined(at.known) };
            self.put([&target, &key[prefix.len()..]].concat(), entry.encode());
            self.remove(key);
        }
        Ok(())
    }

    /// Brings the lead index from the keys of the version before to those of `new`.
    fn set_leads(&mut self, structure: &str, found: &Found, new: &NewVersion) {
        let before = found.entry().and_then(|e| e.keys()).unwrap_or_default();
        let before: BTreeSet<_> = before.iter().filter(|k| k.lead).map(|k| (k.param, &*k.value)).collect();
        let after = new.content.as_ref().map_or(&[][..], |c| c.keys);
        let after: BTreeSet<_> = after.iter().filter(|k| k.lead).map(|k| (k.param, &*k.value)).collect();
        for (param, value) in before.difference(&after) {
            self.remove(keys::lead(structure, new.kind, *param, value, new.id));
        }
        for (param, value) in after.difference(&before) {
            self.put(keys::lead(structure, new.kind, *param, value, new.id), Vec::new());
        }
    }

    /// A Patient changed: what waited for its id or for one of its identifiers moves in.
    fn admit_to_patient(&mut self, at: &At, found: &Found, new: &NewVersion) -> Result<(), StoreError> {
        if new.content.is_some() {
            self.admit(at, &keys::waiting_for_id(new.id), new.id)?;
        }
        // An identifier that left may now name one patient only, so the old ones count as well.
        let before = found.entry().and_then(|e| e.keys()).unwrap_or_default();
        let after = new.content.as_ref().map_or(&[][..], |c| c.keys);
        let identifiers: BTreeSet<_> = before
            .iter()
            .chain(after)
            .filter(|k| k.lead && k.param == self.identifier_param)
            .map(|k| &*k.value)
            .collect();
        for hash in identifiers {
            if let Some(patient) = self.patient_with(at.structure, hash)? {
                self.admit(at, &keys::waiting_for_identifier(hash), &patient)?;
            }
        }
        Ok(())
    }

    fn admit(&mut self, at: &At, waiting: &str, patient: &str) -> Result<(), StoreError> {
        let prefix = keys::home(at.structure, waiting);
        let entries = self.scan(&prefix)?;
        for (key, _) in &entries {
            let tail = keys::tail(&key[prefix.len()..]).ok_or_else(StoreError::unreadable)?;
            let locator_key = keys::locator(at.structure, tail.kind, tail.id);
            let value = self.get(&locator_key)?.ok_or_else(StoreError::unreadable)?;
            let mut locator = Locator::decode(&value).ok_or_else(StoreError::unreadable)?;
            if tail.version.is_none() {
                locator.homes.retain(|h| **h != *waiting);
                locator.move_to(patient);
                self.put(locator_key, locator.encode());
            }
        }
        self.rehome(at, waiting, patient, entries)
    }
}

/// What a commit changed, collected write by write.
pub(in crate::store) struct Changed {
    bytes: Vec<u8>,
    shared: bool,
}

impl Changed {
    pub(in crate::store) fn new(known: i64) -> Changed {
        Changed { bytes: entry::begin_changes(known), shared: false }
    }

    pub(in crate::store) fn push(&mut self, new: &NewVersion) {
        let deleted = new.content.is_none();
        entry::push_change(&mut self.bytes, &ChangeEntry { kind: new.kind, version: new.version, deleted, id: new.id });
        self.shared |= DIRECTORY.contains(&new.kind);
    }
}
