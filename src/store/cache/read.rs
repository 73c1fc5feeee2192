//! Reading the cache: one resource, one patient, one index.

use super::super::error::StoreError;
use super::super::journal::Place;
use super::super::types::Body;
use super::super::types::IndexKey;
use super::super::types::Stored;
use super::Cache;
use super::entry;
use super::entry::Entry;
use super::entry::Locator;
use super::failed;
use super::keys;
use crate::domain::calendar::Instant;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::fact::Version;
use std::ops::Bound;
use std::ops::ControlFlow;

/// A current version met by a scan; its body is decompressed only when asked for.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    kind: Kind,
    id: &'a str,
    home: &'a str,
    entry: Entry<'a>,
}

impl Row<'_> {
    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn id(&self) -> &str {
        self.id
    }

    pub fn version(&self) -> u32 {
        self.entry.version
    }

    pub fn known(&self) -> Instant {
        Instant(self.entry.known)
    }

    /// Answers the patient it belongs to; `None` when shared or waiting for its patient.
    pub fn patient(&self) -> Option<&str> {
        (self.home != keys::SHARED && !self.is_pending()).then_some(self.home)
    }

    /// Answers whether its patient is not known yet.
    pub fn is_pending(&self) -> bool {
        keys::is_waiting(self.home)
    }

    pub fn is_deleted(&self) -> bool {
        self.entry.is_deleted()
    }

    /// Answers its search keys.
    pub fn keys(&self) -> Result<Vec<IndexKey>, StoreError> {
        self.entry.keys().ok_or_else(StoreError::unreadable)
    }

    /// Answers its body; `None` when it is deleted.
    pub fn body(&self) -> Result<Option<Body>, StoreError> {
        if self.entry.is_deleted() {
            return Ok(None);
        }
        let body = self.entry.packed().and_then(|p| p.unpack());
        body.map(Some).ok_or_else(StoreError::unreadable)
    }

    pub fn to_stored(&self) -> Result<Stored, StoreError> {
        Ok(Stored {
            kind: self.kind,
            id: self.id.into(),
            version: self.version(),
            known: self.known(),
            body: self.body()?,
            keys: self.keys()?,
            patient: self.patient().map(Into::into),
            pending: self.is_pending(),
        })
    }
}

/// A version that is no longer current: when it became known and where the journal has it.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct OldVersion {
    pub version: u32,
    pub known: i64,
    pub deleted: bool,
    pub place: Place,
    pub op: u32,
}

/// One write of a commit, for histories over many resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub sequence: u64,
    pub known: Instant,
    pub kind: Kind,
    pub id: Box<str>,
    pub version: u32,
    pub deleted: bool,
}

/// A range of index values.
pub type ValueRange<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

type Scan<'f> = &'f mut dyn FnMut(&Row) -> ControlFlow<()>;

impl Cache {
    fn locator(&self, structure: &str, kind: Kind, id: &str) -> Result<Option<Locator>, StoreError> {
        match self.tree.get(keys::locator(structure, kind, id)).map_err(failed)? {
            None => Ok(None),
            Some(value) => Locator::decode(&value).map(Some).ok_or_else(StoreError::unreadable),
        }
    }

    /// Hands over the current version (deleted ones too).
    pub(in crate::store) fn with_current<R>(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        read: impl FnOnce(&Row) -> R,
    ) -> Result<Option<R>, StoreError> {
        // Between the two reads it may move to another patient: look again, it cannot move for ever.
        for _ in 0..100 {
            let Some(locator) = self.locator(structure, kind, id)? else { return Ok(None) };
            let home = locator.home();
            if let Some(value) = self.tree.get(keys::current(structure, home, kind, id)).map_err(failed)? {
                let entry = Entry::decode(&value).ok_or_else(StoreError::unreadable)?;
                return Ok(Some(read(&Row { kind, id, home, entry })));
            }
        }
        Err(StoreError::unreadable())
    }

    /// Answers every version, oldest first, the current one included.
    pub(in crate::store) fn versions(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
    ) -> Result<Vec<OldVersion>, StoreError> {
        let mut all = Vec::new();
        let Some(locator) = self.locator(structure, kind, id)? else { return Ok(all) };
        for home in &locator.homes {
            let current = self.tree.get(keys::current(structure, home, kind, id)).map_err(failed)?;
            let olds = self.tree.scan_prefix(keys::olds(structure, home, kind, id));
            let olds = olds.map(|item| item.map(|(_, value)| value).map_err(failed));
            for value in current.map(Ok).into_iter().chain(olds) {
                let value = value?;
                let entry = Entry::decode(&value).ok_or_else(StoreError::unreadable)?;
                if !entry.is_left() {
                    all.push(old_version(&entry));
                }
            }
        }
        all.sort_by_key(|v| v.version);
        all.dedup_by_key(|v| v.version);
        Ok(all)
    }

    /// Answers one version that is no longer current.
    pub(in crate::store) fn old_version(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        version: u32,
    ) -> Result<Option<OldVersion>, StoreError> {
        let Some(locator) = self.locator(structure, kind, id)? else { return Ok(None) };
        for home in &locator.homes {
            if let Some(value) = self.tree.get(keys::old(structure, home, kind, id, version)).map_err(failed)? {
                return Entry::decode(&value).map(|e| Some(old_version(&e))).ok_or_else(StoreError::unreadable);
            }
        }
        Ok(None)
    }

    /// Answers what the rules read of everything that lives with `home`, as known at `until`.
    pub(in crate::store) fn facts(
        &self,
        structure: &str,
        home: &str,
        kind: Option<Kind>,
        until: Instant,
    ) -> Result<Vec<Record>, StoreError> {
        let base = keys::home(structure, home).len();
        let prefix = match kind {
            None => keys::home(structure, home),
            Some(kind) => keys::home_kind(structure, home, kind),
        };
        let mut records: Vec<Record> = Vec::new();
        for item in self.tree.scan_prefix(prefix) {
            let (key, value) = item.map_err(failed)?;
            let (tail, entry) =
                keys::tail(&key[base..]).zip(Entry::decode(&value)).ok_or_else(StoreError::unreadable)?;
            let version = fact_version(&entry)?;
            match records.last_mut() {
                Some(last) if last.kind == tail.kind && *last.id == *tail.id => last.versions.push(version),
                _ => records.push(Record { kind: tail.kind, id: tail.id.into(), versions: vec![version] }),
            }
        }
        for record in &mut records {
            settle(&mut record.versions, until);
        }
        // A resource without any fact says nothing to the rules, nor does one not yet known.
        records.retain(|r| r.versions.iter().any(|v| v.fact.is_some()));
        Ok(records)
    }

    /// Hands over the current resources of one kind that live with `home`, deleted ones left out.
    pub(in crate::store) fn in_home(
        &self,
        structure: &str,
        home: &str,
        kind: Kind,
        each: Scan,
    ) -> Result<(), StoreError> {
        let base = keys::home(structure, home).len();
        for item in self.tree.scan_prefix(keys::home_kind(structure, home, kind)) {
            let (key, value) = item.map_err(failed)?;
            let (tail, entry) =
                keys::tail(&key[base..]).zip(Entry::decode(&value)).ok_or_else(StoreError::unreadable)?;
            if tail.version.is_none() && !entry.is_deleted() && each(&Row { kind, id: tail.id, home, entry }).is_break()
            {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Counts the current resources that live with a patient, the Patient itself apart.
    pub(in crate::store) fn dependants(&self, structure: &str, patient: &str) -> Result<u64, StoreError> {
        let prefix = keys::home(structure, patient);
        let mut count = 0;
        for item in self.tree.scan_prefix(&prefix) {
            let (key, value) = item.map_err(failed)?;
            let (tail, entry) =
                keys::tail(&key[prefix.len()..]).zip(Entry::decode(&value)).ok_or_else(StoreError::unreadable)?;
            let itself = tail.kind == Kind::Patient && *tail.id == *patient;
            count += u64::from(tail.version.is_none() && !entry.is_deleted() && !itself);
        }
        Ok(count)
    }

    /// Hands over the ids of a kind after `after`, ascending, deleted ones left out.
    pub(in crate::store) fn ids(
        &self,
        structure: &str,
        kind: Kind,
        after: Option<&str>,
        each: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let prefix = keys::locators(structure, kind);
        let from = match after {
            None => Bound::Included(prefix.clone()),
            Some(id) => Bound::Excluded(keys::locator(structure, kind, id)),
        };
        for item in self.tree.range((from, Bound::Excluded(keys::after(&prefix)))) {
            let (key, value) = item.map_err(failed)?;
            let id = std::str::from_utf8(&key[prefix.len()..]).map_err(|_| StoreError::unreadable())?;
            if !entry::locator_is_deleted(&value) && each(id).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands over value and id of a lead index, in order of values, then of ids.
    pub(in crate::store) fn lead(
        &self,
        structure: &str,
        (kind, param): (Kind, u8),
        range: ValueRange,
        each: &mut dyn FnMut(&[u8], &str) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let prefix = keys::leads(structure, kind, param);
        let at = |value: &[u8]| {
            let mut key = prefix.clone();
            keys::push_value(&mut key, value);
            key
        };
        // A value's keys begin with it and its end mark: `after` steps over all of them.
        let from = match range.0 {
            Bound::Unbounded => prefix.clone(),
            Bound::Included(value) => at(value),
            Bound::Excluded(value) => keys::after(&at(value)),
        };
        let to = match range.1 {
            Bound::Unbounded => keys::after(&prefix),
            Bound::Included(value) => keys::after(&at(value)),
            Bound::Excluded(value) => at(value),
        };
        if from >= to {
            return Ok(());
        }
        for item in self.tree.range(from..to) {
            let (key, _) = item.map_err(failed)?;
            let (value, id) = keys::lead_tail(&key[prefix.len()..]).ok_or_else(StoreError::unreadable)?;
            if each(&value, id).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands over what the commits of a structure with a sequence in `from..to` wrote.
    pub(in crate::store) fn changes(
        &self,
        structure: &str,
        range: std::ops::Range<u64>,
        order: Order,
        each: &mut dyn FnMut(&Changed) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if range.is_empty() {
            return Ok(());
        }
        let prefix = keys::changes(structure).len();
        let mut items = self.tree.range(keys::change(structure, range.start)..keys::change(structure, range.end));
        while let Some(item) = match order {
            Order::OldestFirst => items.next(),
            Order::NewestFirst => items.next_back(),
        } {
            let (key, value) = item.map_err(failed)?;
            let sequence = key[prefix..].try_into().map(u64::from_be_bytes).map_err(|_| StoreError::unreadable())?;
            let (known, mut writes) = entry::decode_changes(&value).ok_or_else(StoreError::unreadable)?;
            if order == Order::NewestFirst {
                writes.reverse();
            }
            for w in writes {
                let (id, version, deleted) = (w.id.into(), w.version, w.deleted);
                let changed = Changed { sequence, known: Instant(known), kind: w.kind, id, version, deleted };
                if each(&changed).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// In which order commits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

fn old_version(entry: &Entry) -> OldVersion {
    let (version, known, deleted) = (entry.version, entry.known, entry.is_deleted());
    OldVersion { version, known, deleted, place: entry.place, op: entry.op }
}

fn fact_version(entry: &Entry) -> Result<Version, StoreError> {
    let fact = match entry.fact {
        [] => None,
        bytes => Some(postcard::from_bytes::<Fact>(bytes).map_err(|e| StoreError::Cache(Box::new(e)))?),
    };
    // What waited for its patient became known of the patient when it moved in.
    let known = entry.joined.map_or(entry.known, |joined| joined.max(entry.known));
    Ok(Version { number: entry.version, known: Instant(known), fact })
}

/// Orders versions by the instant they became known of this patient, and cuts those after `until`.
/// Of several that became known at once the last one stands.
fn settle(versions: &mut Vec<Version>, until: Instant) {
    versions.retain(|v| v.known <= until);
    versions.sort_by_key(|v| (v.known, v.number));
    versions.reverse();
    versions.dedup_by_key(|v| v.known);
    versions.reverse();
}
