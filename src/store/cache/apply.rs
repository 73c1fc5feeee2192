//! How one version of a resource changes the cache. The same journal always gives the same cache.

use super::super::error::StoreError;
use super::super::journal::Place;
use super::super::touched::Touch;
use super::super::types::Body;
use super::super::types::IndexKey;
use super::super::types::PatientLink;
use super::entry;
use super::entry::Entry;
use super::facts;
use super::facts::Chunk;
use super::facts::Item;
use super::facts::Keys;
use super::keys;
use super::layer::Value;
use super::staging::Staging;
use crate::domain::fact::Kind;
use std::collections::BTreeSet;

/// The kinds whose facts are read without a patient: who works where.
pub(crate) const DIRECTORY: [Kind; 4] =
    [Kind::Practitioner, Kind::PractitionerRole, Kind::Organization, Kind::Location];

/// The commit under way: its structure, its instant and its record.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub structure: &'a str,
    pub sequence: u64,
    pub known: i64,
    pub place: Place,
}

/// A version about to become the current one.
pub(crate) struct NewVersion<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub version: u32,
    /// Its place among the writes of the record.
    pub op: u32,
    /// `None`: deleted.
    pub content: Option<Content<'a>>,
}

/// What a version holds, in the form the cache keeps.
pub(crate) struct Content<'a> {
    pub link: &'a PatientLink,
    pub keys: &'a [IndexKey],
    /// `keys` encoded, the fact in postcard (empty: none), the body packed.
    pub packed_keys: &'a [u8],
    pub fact: &'a [u8],
    pub body: &'a [u8],
}

/// What stands in the cache under a resource's id.
pub(crate) struct Found(Option<Value>);

impl Found {
    /// What stands under an id that nobody can have had.
    pub(crate) fn nothing() -> Found {
        Found(None)
    }

    fn entry(&self) -> Option<Entry<'_>> {
        Entry::decode(self.0.as_deref()?)
    }

    /// Answers the last version: number, instant, and whether it is a deletion.
    pub(crate) fn last(&self) -> Option<(u32, i64, bool)> {
        self.entry().map(|e| (e.version, e.known, e.deleted))
    }

    /// Answers the current body, `None` when there is none.
    pub(crate) fn body(&self) -> Option<Body> {
        self.entry().filter(|e| !e.deleted)?.packed()?.unpack()
    }

    /// Answers whether it waits for its patient.
    pub(crate) fn is_waiting(&self) -> bool {
        self.entry().is_some_and(|e| keys::is_waiting(e.home))
    }
}

/// The lead index keys among `keys`, in order and each once.
fn leads(keys: &[IndexKey]) -> BTreeSet<(u8, &[u8])> {
    keys.iter().filter(|k| k.lead).map(|k| (k.param, &*k.value)).collect()
}

impl Staging<'_> {
    /// Looks up a resource by id.
    pub(crate) fn find(&self, structure: &str, kind: Kind, id: &str) -> Result<Found, StoreError> {
        let found = Found(self.get(&keys::current(structure, kind, id))?);
        if found.0.is_some() && found.entry().is_none() {
            return Err(StoreError::unreadable());
        }
        Ok(found)
    }

    /// Makes `new` the last version; answers whether it waits for its patient.
    pub(crate) fn apply(&mut self, at: &At, found: &Found, new: &NewVersion) -> Result<bool, StoreError> {
        if new.kind == Kind::Patient {
            self.known.forget(at.structure, new.id);
        }
        let previous = found.entry();
        let home: Box<str> = match (&new.content, &previous) {
            (Some(content), _) => self.home_of(at.structure, new, content.link)?,
            (None, Some(previous)) => previous.home.into(),
            (None, None) => keys::SHARED.into(),
        };
        let gone = new.content.is_none();
        let (keys, fact) = new.content.as_ref().map_or((&[][..], &[][..]), |c| (c.packed_keys, c.fact));
        let item = Item { kind: new.kind, id: new.id.as_bytes(), version: new.version, gone, keys, fact };
        if let Some(previous) = &previous {
            let old = keys::old(at.structure, new.kind, new.id, previous.version);
            self.put(old, previous.to_old().encode());
            // What waited belonged to nobody: only a patient sees it leave.
            if *previous.home != *home && !keys::is_waiting(previous.home) {
                self.bring(previous.home, &Item { gone: true, keys: &[], fact: &[], ..item });
            }
        }
        self.bring(&home, &item);
        if matches!(new.kind, Kind::Patient | Kind::Appointment) {
            self.tell_linked(previous.as_ref(), (new, &home), &item)?;
        }
        if new.kind == Kind::Patient {
            self.remember_person(at.structure, new)?;
        }
        let leads = self.set_leads(at, previous.as_ref(), new)?;
        let (packed_keys, body) = new.content.as_ref().map_or((&[][..], &[][..]), |c| (c.packed_keys, c.body));
        let entry = Entry {
            deleted: gone,
            version: new.version,
            known: at.known,
            place: at.place,
            op: new.op,
            leads,
            home: &home,
            keys: packed_keys,
            body,
        };
        self.put(keys::current(at.structure, new.kind, new.id), entry.encode());
        if new.kind == Kind::Patient {
            self.admit_to_patient(at, previous.as_ref(), new)?;
        }
        Ok(keys::is_waiting(&home))
    }

    /// Closes a commit: the facts it brought, and where its structure stands.
    pub(crate) fn finish(&mut self, at: &At, touched: Touched) -> Result<(), StoreError> {
        let window = self.window(at.sequence);
        for (home, items) in std::mem::take(&mut self.brought) {
            let part = facts::encode_part(at.known, &items);
            if *home != *keys::SHARED {
                self.touches.push(Touch {
                    structure: at.structure.into(),
                    sequence: at.sequence,
                    patient: home.clone(),
                });
            }
            self.append(keys::chunk(at.structure, &home, window), part);
        }
        self.append(keys::commits(at.structure, window), at.known.to_le_bytes().to_vec());
        let mut marks = self.marks(at.structure)?;
        marks.known = at.known;
        if touched.directory {
            marks.shared = at.sequence;
        }
        self.set_marks(at.structure, &marks);
        Ok(())
    }

    /// A Patient and those it is merged with, an appointment and those it is of beside the one it
    /// lives with: each of them is told its fact, and when that link is gone. It is then read where a
    /// patient is read, as it was known at any instant.
    fn tell_linked(
        &mut self,
        previous: Option<&Entry>,
        (new, home): (&NewVersion, &str),
        item: &Item,
    ) -> Result<(), StoreError> {
        let Some(param) = self.alias_param else { return Ok(()) };
        let before = previous.map_or(Some(Vec::new()), Entry::keys).ok_or_else(StoreError::unreadable)?;
        let after = new.content.as_ref().map_or(&[][..], |c| c.keys);
        let named = |keys: &[IndexKey]| -> BTreeSet<Box<str>> {
            let values = keys.iter().filter(|k| k.param == param);
            let ids = values.filter_map(|k| std::str::from_utf8(&k.value).ok());
            ids.filter(|id| !id.is_empty() && *id != home).map(Into::into).collect()
        };
        let (before, after) = (named(&before), named(after));
        // Of several items of one commit the last one stands: whom it lived with before may be told it still.
        for id in &after {
            self.bring(id, item);
        }
        for id in before.difference(&after) {
            self.bring(id, &Item { gone: true, keys: &[], fact: &[], ..*item });
        }
        Ok(())
    }

    /// Whoever once carried a national identifier is found by it ever after: what was known at an
    /// instant of the past is read from the facts.
    fn remember_person(&mut self, structure: &str, new: &NewVersion) -> Result<(), StoreError> {
        let Some(param) = self.person_param else { return Ok(()) };
        let keys = new.content.as_ref().map_or(&[][..], |c| c.keys);
        for hash in keys.iter().filter(|k| k.param == param) {
            let key = keys::person(&hash.value);
            let mut value = self.get(&key)?.map(|v| v.to_vec()).unwrap_or_default();
            let known = facts::pairs(&value).ok_or_else(StoreError::unreadable)?;
            if !known.iter().any(|(s, id)| **s == *structure && **id == *new.id) {
                facts::push_pair(&mut value, structure, new.id);
                self.put(key, value);
            }
        }
        Ok(())
    }

    fn bring(&mut self, home: &str, item: &Item) {
        match self.brought.get_mut(home) {
            Some(items) => facts::push_item(items, item),
            None => {
                let mut items = Vec::with_capacity(item.keys.len() + item.fact.len() + item.id.len() + 10);
                facts::push_item(&mut items, item);
                self.brought.insert(home.into(), items);
            }
        }
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
        if self.known.has(structure, id) {
            return Ok(true);
        }
        let value = self.get(&keys::current(structure, Kind::Patient, id))?;
        let known = value.is_some_and(|v| !entry::is_deleted(&v));
        if known {
            self.known.add(structure, id);
        }
        Ok(known)
    }

    /// Answers the one patient that carries the identifier; none when several do.
    fn patient_with(&self, structure: &str, hash: &[u8]) -> Result<Option<Box<str>>, StoreError> {
        let mut found = self.patients_with(structure, hash)?;
        Ok(if found.len() > 1 { None } else { found.pop() })
    }

    /// Answers every patient that carries the identifier.
    pub(crate) fn patients_with(&self, structure: &str, hash: &[u8]) -> Result<Vec<Box<str>>, StoreError> {
        let mut prefix = keys::leads(structure, Kind::Patient, self.identifier_param);
        keys::push_value(&mut prefix, hash);
        let mut found = Vec::new();
        for (_, value) in self.scan(&prefix)? {
            found.extend(facts::ids(&value).ok_or_else(StoreError::unreadable)?.into_iter().map(Box::from));
        }
        Ok(found)
    }

    /// Brings the lead index from the keys of the version before to those of `new`; answers the
    /// window they stand in.
    fn set_leads(&mut self, at: &At, previous: Option<&Entry>, new: &NewVersion) -> Result<u64, StoreError> {
        let old_keys = previous.map_or(Some(Vec::new()), Entry::keys).ok_or_else(StoreError::unreadable)?;
        let before = leads(&old_keys);
        let after = leads(new.content.as_ref().map_or(&[][..], |c| c.keys));
        if let Some(previous) = previous {
            if before == after {
                return Ok(previous.leads);
            }
            for (param, value) in before {
                let key = keys::lead(at.structure, (new.kind, param), value, previous.leads);
                self.remove_id(key, new.id)?;
            }
        }
        let window = self.window(at.sequence);
        for (param, value) in after {
            let key = keys::lead(at.structure, (new.kind, param), value, window);
            let mut id = Vec::with_capacity(new.id.len() + 1);
            facts::push_id(&mut id, new.id);
            self.append(key, id);
        }
        Ok(window)
    }

    fn remove_id(&mut self, key: Vec<u8>, id: &str) -> Result<(), StoreError> {
        let Some(value) = self.get(&key)? else { return Ok(()) };
        let mut left = Vec::new();
        for other in facts::ids(&value).ok_or_else(StoreError::unreadable)? {
            if other != id {
                facts::push_id(&mut left, other);
            }
        }
        if left.is_empty() {
            self.remove(key);
        } else {
            self.put(key, left);
        }
        Ok(())
    }

    /// A Patient changed: what waited for its id or for one of its identifiers moves in.
    fn admit_to_patient(&mut self, at: &At, previous: Option<&Entry>, new: &NewVersion) -> Result<(), StoreError> {
        if new.content.is_some() {
            self.admit(at, &keys::waiting_for_id(new.id), new.id)?;
        }
        // An identifier that left may now name one patient only, so the old ones count as well.
        let before = previous.and_then(Entry::keys).unwrap_or_default();
        let after = new.content.as_ref().map_or(&[][..], |c| c.keys);
        let identifiers: BTreeSet<_> = leads(&before)
            .union(&leads(after))
            .filter(|(p, _)| *p == self.identifier_param)
            .map(|(_, v)| v.to_vec())
            .collect();
        for hash in identifiers {
            if let Some(patient) = self.patient_with(at.structure, &hash)? {
                self.admit(at, &keys::waiting_for_identifier(&hash), &patient)?;
            }
        }
        Ok(())
    }

    /// Moves what waits in `waiting` to a patient, who knows of it as of now.
    fn admit(&mut self, at: &At, waiting: &str, patient: &str) -> Result<(), StoreError> {
        for (key, value) in self.scan(&keys::home(at.structure, waiting))? {
            let chunk = Chunk::decode(&value, Keys::Wanted).ok_or_else(StoreError::unreadable)?;
            for (_, item) in chunk.items().ok_or_else(StoreError::unreadable)? {
                let id = item.name().ok_or_else(StoreError::unreadable)?;
                let entry_key = keys::current(at.structure, item.kind, id);
                let Some(value) = self.get(&entry_key)? else { continue };
                let entry = Entry::decode(&value).ok_or_else(StoreError::unreadable)?;
                // Older versions, and what has left meanwhile, stay in the past.
                if entry.home == waiting && entry.version == item.version {
                    self.put(entry_key, Entry { home: patient, ..entry }.encode());
                    self.bring(patient, &item);
                }
            }
            self.remove(key);
        }
        Ok(())
    }
}

/// What of a structure a commit touched.
#[derive(Clone, Copy, Default)]
pub(crate) struct Touched {
    directory: bool,
}

impl Touched {
    pub(crate) fn add(&mut self, kind: Kind) {
        self.directory |= DIRECTORY.contains(&kind);
    }
}
