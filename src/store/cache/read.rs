//! Reading the cache: one resource, one patient, one index.

use super::super::codec::Reader;
use super::super::error::StoreError;
use super::super::relevant::Relevant;
use super::super::types::Body;
use super::super::types::IndexKey;
use super::super::types::Stored;
use super::Cache;
use super::entry;
use super::entry::Entry;
use super::entry::OldVersion;
use super::fact;
use super::facts;
use super::facts::Chunk;
use super::facts::Item;
use super::facts::Keys;
use super::keys;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::fact::Version;
use crate::domain::fact::Versions;
use crate::domain::id::compare_ids;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::ops::ControlFlow;

/// A last version met by a read; its body is decompressed only when asked for.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    kind: Kind,
    id: &'a str,
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
        patient_of(self.entry.home)
    }

    /// Answers the id of the patient it names and waits for; `None` where that is known.
    pub fn waits_for(&self) -> Option<&str> {
        keys::waited_for(self.entry.home)
    }

    /// Answers whether its patient is not known yet.
    pub fn is_pending(&self) -> bool {
        keys::is_waiting(self.entry.home)
    }

    pub fn is_deleted(&self) -> bool {
        self.entry.deleted
    }

    /// Answers its search keys.
    pub fn keys(&self) -> Result<Vec<IndexKey>, StoreError> {
        self.entry.keys().ok_or_else(StoreError::unreadable)
    }

    /// Answers parameter and value of each of its search keys, as they are kept.
    pub fn key_values(&self) -> impl Iterator<Item = (u8, &[u8])> + Clone {
        KeyValues(self.entry.keys)
    }

    /// Answers its body; `None` when it is deleted.
    pub fn body(&self) -> Result<Option<Body>, StoreError> {
        if self.entry.deleted {
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

/// What stands of a resource beside its patient's facts: read before its row is.
#[derive(Clone, Copy)]
pub struct Glimpse<'a> {
    pub id: &'a str,
    /// The patient it belongs to, or waits for.
    pub patient: Option<&'a str>,
    keys: &'a [u8],
}

impl Glimpse<'_> {
    /// Answers parameter and value of each of its search keys, as they are kept.
    pub fn key_values(&self) -> impl Iterator<Item = (u8, &[u8])> + Clone {
        KeyValues(self.keys)
    }
}

/// Search keys read one after the other, without a copy; see `entry::encode_keys`.
#[derive(Clone)]
struct KeyValues<'a>(&'a [u8]);

impl<'a> Iterator for KeyValues<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = Reader::new(self.0);
        let param = reader.u8()?;
        let _lead = reader.u8()?;
        let value = reader.block()?;
        self.0 = reader.rest();
        Some((param, value))
    }
}

/// A range of index values.
pub type ValueRange<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

type Scan<'f> = &'f mut dyn FnMut(&Row) -> ControlFlow<()>;

/// Answers whether the row behind a glimpse is to be read.
type Wish<'f> = &'f mut dyn FnMut(&Glimpse) -> bool;

impl Cache {
    /// Hands over the last version (a deletion too).
    pub(crate) fn with_current<R>(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        read: impl FnOnce(&Row) -> R,
    ) -> Result<Option<R>, StoreError> {
        let Some(value) = self.layer.get(&keys::current(structure, kind, id))? else { return Ok(None) };
        let entry = Entry::decode(&value).ok_or_else(StoreError::unreadable)?;
        Ok(Some(read(&Row { kind, id, entry })))
    }

    /// Answers every version, oldest first, the last one included.
    pub(crate) fn versions(&self, structure: &str, kind: Kind, id: &str) -> Result<Vec<OldVersion>, StoreError> {
        // The last one is read first: should it be replaced meanwhile, it is met again as an old one.
        let Some(last) = self.with_current(structure, kind, id, |row| row.entry.to_old())? else {
            return Ok(Vec::new());
        };
        let prefix = keys::olds(structure, kind, id);
        let mut all = Vec::new();
        self.layer.scan_prefix(&prefix, |key, value| {
            let number = key[prefix.len()..].try_into().map(u32::from_be_bytes).ok();
            let old = number.and_then(|number| OldVersion::decode(number, value));
            all.push(old.ok_or_else(StoreError::unreadable)?);
            Ok(ControlFlow::Continue(()))
        })?;
        all.retain(|old| old.version < last.version);
        all.push(last);
        Ok(all)
    }

    /// Answers one version that is no longer the last.
    pub(crate) fn old_version(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        version: u32,
    ) -> Result<Option<OldVersion>, StoreError> {
        match self.layer.get(&keys::old(structure, kind, id, version))? {
            None => Ok(None),
            Some(value) => OldVersion::decode(version, &value).map(Some).ok_or_else(StoreError::unreadable),
        }
    }

    /// Hands over what was brought to `home`, oldest first: the instant it became known, and what.
    fn items(
        &self,
        (structure, home): (&str, &str),
        wanted: Keys,
        mut each: impl FnMut(i64, &Item) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        self.layer.scan_prefix(&keys::home(structure, home), |_, value| {
            let chunk = Chunk::decode(value, wanted).ok_or_else(StoreError::unreadable)?;
            for (known, item) in chunk.items().ok_or_else(StoreError::unreadable)? {
                if each(known, &item)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Answers what the rules read of everything that lives with `home` and is of one of `kinds`
    /// (none: of any), as known at `until`.
    pub(crate) fn facts(
        &self,
        structure: &str,
        home: &str,
        kinds: &[Kind],
        (until, relevant): (Instant, Option<&Relevant>),
    ) -> Result<Vec<Record>, StoreError> {
        let mut brought = Chunk::default();
        self.layer.scan_prefix(&keys::home(structure, home), |_, value| {
            brought.append_facts(value).ok_or_else(StoreError::unreadable)?;
            Ok(ControlFlow::Continue(()))
        })?;
        let asked = |known: i64, item: &Item<'_>| {
            known <= until.0
                && (kinds.is_empty() || kinds.contains(&item.kind))
                // Before a first version that says nothing to this reader there is nothing to take back.
                && (item.version > 1 || relevant.is_none_or(|relevant| relevant.wants(item.kind, item.fact)))
        };
        let mut met = brought.items_where(asked).ok_or_else(StoreError::unreadable)?;
        // Put in order before anything is read of them. Stable: the versions of a resource stay in the
        // order in which they became known.
        met.sort_by(|(_, a), (_, b)| a.kind.cmp(&b.kind).then_with(|| compare_ids(a.id, b.id)));
        let mut records: Vec<Record> = Vec::with_capacity(met.len());
        for (known, item) in met {
            // A first version that says nothing to the reader is not among them.
            let version = version_of(Instant(known), &item, relevant.filter(|_| item.version > 1))?;
            match records.last_mut() {
                Some(last) if last.kind == item.kind && last.id.as_bytes() == item.id => {
                    push_version(&mut last.versions, version);
                }
                // A resource says nothing to the rules before its first fact.
                _ if version.fact.is_none() => {}
                _ => {
                    let id = item.name().ok_or_else(StoreError::unreadable)?.into();
                    records.push(Record { kind: item.kind, id, versions: [version].into() });
                }
            }
        }
        // What came and went in one commit left no fact.
        records.retain(|record| record.versions.iter().any(|version| version.fact.is_some()));
        Ok(records)
    }

    /// Answers kind and id of what lives with `home` now, sorted.
    fn residents(&self, structure: &str, home: &str) -> Result<Vec<(Kind, Box<str>)>, StoreError> {
        let mut here: BTreeMap<(Kind, Box<str>), bool> = BTreeMap::new();
        self.items((structure, home), Keys::Unwanted, |_, item| {
            let id = item.name().ok_or_else(StoreError::unreadable)?;
            here.insert((item.kind, id.into()), !item.gone);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(here.into_iter().filter(|(_, lives)| *lives).map(|(resource, _)| resource).collect())
    }

    /// Answers the ids, ascending, of what of one kind lives with `home` now and is wished for.
    fn wished(&self, (structure, home): (&str, &str), kind: Kind, wish: Wish) -> Result<Vec<Box<str>>, StoreError> {
        let mut met: Vec<(Box<str>, bool)> = Vec::new();
        self.items((structure, home), Keys::Wanted, |_, item| {
            if item.kind == kind {
                let id = item.name().ok_or_else(StoreError::unreadable)?;
                let patient = patient_of(home).or_else(|| keys::waited_for(home));
                let glimpse = Glimpse { id, patient, keys: item.keys };
                let wanted = !item.gone && wish(&glimpse);
                // A first version that nobody wishes for has nothing before it to take back.
                if wanted || item.version > 1 || item.gone {
                    met.push((id.into(), wanted));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        // Stable: of several versions the last one met says what is so.
        met.sort_by(|a, b| a.0.cmp(&b.0));
        met.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = later.1;
            }
            same
        });
        Ok(met.into_iter().filter(|(_, wanted)| *wanted).map(|(id, _)| id).collect())
    }

    /// Hands over the current resources of one kind, by id, that live with a patient, are told to it as
    /// well or wait for it, and are wished for; deleted ones left out.
    pub(crate) fn of_patient(
        &self,
        (structure, patient): (&str, &str),
        kind: Kind,
        wish: Wish,
        each: Scan,
    ) -> Result<(), StoreError> {
        let waiting = keys::waiting_for_id(patient);
        let waits = self.wished((structure, &waiting), kind, wish)?;
        let mut ids = self.wished((structure, patient), kind, wish)?;
        if !waits.is_empty() {
            ids.extend(waits);
            ids.sort_unstable();
            ids.dedup();
        }
        self.in_homes(structure, &[patient, &waiting], (kind, ids), each)
    }

    /// Hands over the current resources of one kind, by id, that live with `home` or are told to it as
    /// well; deleted ones left out.
    pub(crate) fn in_home(&self, (structure, home): (&str, &str), kind: Kind, each: Scan) -> Result<(), StoreError> {
        let ids = self.wished((structure, home), kind, &mut |_| true)?;
        self.in_homes(structure, &[home], (kind, ids), each)
    }

    fn in_homes(
        &self,
        structure: &str,
        homes: &[&str],
        (kind, ids): (Kind, Vec<Box<str>>),
        each: Scan,
    ) -> Result<(), StoreError> {
        for id in ids {
            let flow = self.with_current(structure, kind, &id, |row| {
                // It may have been deleted or have left since the list was made.
                let here = homes.iter().any(|home| row.entry.home == *home || self.is_told_to(row, home));
                if row.is_deleted() || !here { ControlFlow::Continue(()) } else { each(row) }
            })?;
            if flow.is_some_and(|f| f.is_break()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A Patient told to those it is merged with is still its own only.
    fn is_told_to(&self, row: &Row, patient: &str) -> bool {
        let mut keys = row.key_values();
        row.kind != Kind::Patient && keys.any(|(p, id)| Some(p) == self.alias_param && id == patient.as_bytes())
    }

    /// Counts the current resources that live with a patient, Patients apart: itself, and those it
    /// is merged with.
    pub(crate) fn dependants(&self, structure: &str, patient: &str) -> Result<u64, StoreError> {
        let residents = self.residents(structure, patient)?;
        let others = residents.iter().filter(|(kind, _)| *kind != Kind::Patient);
        Ok(others.count() as u64)
    }

    /// Answers the instant of the last commit of a structure at or before `instant`, among those up to
    /// `sequence`: windows and instants grow together, so that a bisection over windows finds it.
    pub(crate) fn last_commit_at(
        &self,
        structure: &str,
        instant: Instant,
        sequence: u64,
    ) -> Result<Option<Instant>, StoreError> {
        let (mut low, mut high, mut found) = (0, sequence.saturating_add(1), None);
        while low < high {
            let middle = low + (high - low) / 2;
            let (first, last) = (keys::commits(structure, low), keys::commits(structure, middle));
            let met = self.layer.last((Bound::Included(&first), Bound::Included(&last)))?;
            let Some((key, value)) = met else {
                low = middle + 1;
                continue;
            };
            let window = keys::window_of(&key).ok_or_else(StoreError::unreadable)?;
            let (instants, []) = value.as_chunks::<8>() else { return Err(StoreError::unreadable()) };
            let instants = instants.iter().map(|bytes| i64::from_le_bytes(*bytes));
            // Those of a window are in the order of its commits.
            match instants.take_while(|known| *known <= instant.0).last() {
                Some(known) => {
                    found = Some(Instant(known));
                    low = middle + 1;
                }
                None => high = window,
            }
        }
        Ok(found)
    }

    /// Answers how many current resources of a structure wait for their patient.
    pub(crate) fn waiting(&self, structure: &str) -> Result<u64, StoreError> {
        let prefix = keys::waiting(structure);
        let (mut count, mut seen) = (0, std::collections::HashSet::new());
        self.layer.scan_prefix(&prefix, |_, value| {
            let chunk = Chunk::decode(value, Keys::Unwanted).ok_or_else(StoreError::unreadable)?;
            for (_, item) in chunk.items().ok_or_else(StoreError::unreadable)? {
                let id = item.name().ok_or_else(StoreError::unreadable)?;
                if seen.insert((item.kind, Box::<str>::from(id))) {
                    let waits = |row: &Row| !row.is_deleted() && row.is_pending();
                    count += u64::from(self.with_current(structure, item.kind, id, waits)? == Some(true));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    /// Hands over the current resources of a kind with an id after `after`, ascending.
    pub(crate) fn of_kind(
        &self,
        structure: &str,
        kind: Kind,
        after: Option<&str>,
        each: Scan,
    ) -> Result<(), StoreError> {
        let prefix = keys::of_kind(structure, kind);
        let from = match after {
            None => Bound::Included(prefix.clone()),
            Some(id) => Bound::Excluded(keys::current(structure, kind, id)),
        };
        let (from, end) = (from.as_ref().map(Vec::as_slice), keys::after(&prefix));
        self.layer.scan((from, Bound::Excluded(&end)), |key, value| {
            if entry::is_deleted(value) {
                return Ok(ControlFlow::Continue(()));
            }
            let id = std::str::from_utf8(&key[prefix.len()..]).map_err(|_| StoreError::unreadable())?;
            let entry = Entry::decode(value).ok_or_else(StoreError::unreadable)?;
            Ok(each(&Row { kind, id, entry }))
        })
    }

    /// Answers the id of every resource of a kind there is or ever was, ascending.
    pub(crate) fn ids_ever(&self, structure: &str, kind: Kind) -> Result<Vec<Box<str>>, StoreError> {
        let prefix = keys::of_kind(structure, kind);
        let mut ids = Vec::new();
        self.layer.scan_prefix(&prefix, |key, _| {
            let id = std::str::from_utf8(&key[prefix.len()..]).map_err(|_| StoreError::unreadable())?;
            ids.push(id.into());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(ids)
    }

    /// Hands over value and id of a lead index: by value, then in the order they were written.
    pub(crate) fn lead(
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
        self.layer.scan((Bound::Included(&from), Bound::Excluded(&to)), |key, ids| {
            let value = keys::lead_value(&key[prefix.len()..]).ok_or_else(StoreError::unreadable)?;
            for id in facts::ids(ids).ok_or_else(StoreError::unreadable)? {
                if each(&value, id).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// Answers the patient that a home is; none when shared or waiting.
fn patient_of(home: &str) -> Option<&str> {
    (home != keys::SHARED && !keys::is_waiting(home)).then_some(home)
}

fn version_of(known: Instant, item: &Item, relevant: Option<&Relevant>) -> Result<Version, StoreError> {
    let fact = match item.fact {
        [] => None,
        // It says nothing to this reader, and it still stands in the place of what came before.
        bytes if relevant.is_some_and(|relevant| !relevant.wants(item.kind, bytes)) => None,
        bytes => Some(fact::read(bytes)?),
    };
    Ok(Version { number: item.version, known, fact })
}

/// Adds a version; of several that became known at once the last one stands.
fn push_version(versions: &mut Versions, version: Version) {
    match versions.last_mut() {
        Some(last) if last.known == version.known => *last = version,
        _ => versions.push(version),
    }
}
