//! The cache: everything derived from the journal, in one sled tree. It can be lost at any time.
//!
//! Owns: key layout, value forms, how a record changes them, and how they are read. No sled type
//! leaves this module, so that another engine can take its place. Must not know: FHIR, the clock.

mod apply;
mod entry;
mod fact;
mod facts;
mod health;
mod keys;
mod known;
mod layer;
mod pack;
mod read;
mod staging;

pub(super) use apply::At;
pub(super) use apply::Content;
pub(super) use apply::DIRECTORY;
pub(super) use apply::Found;
pub(super) use apply::NewVersion;
pub(super) use apply::Touched;
pub(super) use entry::OldVersion;
pub(super) use entry::encode_keys;
pub use health::Freshness;
pub(super) use health::Settings;
pub(super) use health::open;
pub(super) use health::start_again;
pub(super) use health::start_over;
pub(super) use health::told_applied;
pub(super) use keys::SHARED;
pub(super) use pack::pack;
pub use read::Glimpse;
pub use read::Row;
pub use read::ValueRange;
pub(super) use staging::Staging;

use super::codec::Reader;
use super::codec::put_block;
use super::codec::put_varint;
use super::error::StoreError;
use super::journal::End;
use super::journal::Place;
use super::journal::payload::StatementHead;
use super::types::Structure;
use known::Known;
use layer::Changes;
use layer::Layer;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The cache of one data directory.
pub(super) struct Cache {
    /// Taken when the cache is closed.
    db: Option<sled::Db>,
    layer: Arc<Layer>,
    known: Known,
    /// Brings into sled what the layer gathers; taken when the cache is closed.
    filler: Option<JoinHandle<bool>>,
    dir: PathBuf,
    /// The search parameter of Patient whose values are identifier hashes.
    identifier_param: u8,
    /// The one whose values are ids of patients it is merged with.
    alias_param: Option<u8>,
    /// The one whose values are hashes of national identifiers.
    person_param: Option<u8>,
}

/// What was applied last: the cache holds the journal up to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub end: End,
    pub place: Place,
}

/// Where one structure stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Instant of its last commit.
    pub known: i64,
    /// Sequence of the last commit that touched a shared resource.
    pub shared: u64,
    /// How many statements it has issued.
    pub statements: u32,
}

/// Where a rulebook's record stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct RulebookMark {
    pub sequence: u64,
    pub known: i64,
    pub digest: [u8; 32],
    pub place: Place,
}

/// Where a statement's record stands, and what is read of it without its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatementMark {
    pub sequence: u64,
    pub known: i64,
    pub place: Place,
    pub head: StatementHead,
}

fn failed(error: sled::Error) -> StoreError {
    StoreError::Cache(Box::new(error))
}

impl Applied {
    fn encode(&self) -> Vec<u8> {
        let mut out = self.end.sequence.to_le_bytes().to_vec();
        out.extend_from_slice(&self.end.known.to_le_bytes());
        out.extend_from_slice(&self.end.chain);
        push_place(&mut out, self.place);
        out
    }

    fn decode(value: &[u8]) -> Option<Applied> {
        let mut reader = Reader::new(value);
        let end = End { sequence: reader.u64()?, known: reader.i64()?, chain: reader.array()? };
        Some(Applied { end, place: read_place(&mut reader)? })
    }
}

impl Marks {
    fn encode(&self) -> Vec<u8> {
        let mut out = [self.known.to_le_bytes(), self.shared.to_le_bytes()].concat();
        out.extend_from_slice(&self.statements.to_le_bytes());
        out
    }

    fn decode(value: &[u8]) -> Option<Marks> {
        let mut reader = Reader::new(value);
        Some(Marks { known: reader.i64()?, shared: reader.u64()?, statements: reader.u32()? })
    }
}

impl RulebookMark {
    fn encode(&self) -> Vec<u8> {
        let mut out = self.known.to_le_bytes().to_vec();
        out.extend_from_slice(&self.digest);
        push_place(&mut out, self.place);
        out
    }

    fn decode(sequence: u64, value: &[u8]) -> Option<RulebookMark> {
        let mut reader = Reader::new(value);
        let (known, digest) = (reader.i64()?, reader.array()?);
        Some(RulebookMark { sequence, known, digest, place: read_place(&mut reader)? })
    }
}

impl StatementMark {
    fn encode(&self) -> Vec<u8> {
        let mut out = self.sequence.to_le_bytes().to_vec();
        out.extend_from_slice(&self.known.to_le_bytes());
        push_place(&mut out, self.place);
        out.extend_from_slice(&self.head.start.to_le_bytes());
        put_block(&mut out, &self.head.summary);
        for (first, end) in &self.head.blocks {
            out.extend_from_slice(first);
            put_varint(&mut out, *end);
        }
        out
    }

    fn decode(position: u32, value: &[u8]) -> Option<StatementMark> {
        let mut reader = Reader::new(value);
        let (sequence, known, place) = (reader.u64()?, reader.i64()?, read_place(&mut reader)?);
        let start = reader.u64()?;
        let summary = reader.block()?.to_vec();
        let mut blocks = Vec::new();
        while !reader.is_empty() {
            blocks.push((reader.array()?, reader.varint()?));
        }
        Some(StatementMark { sequence, known, place, head: StatementHead { position, summary, blocks, start } })
    }
}

/// Reads when something was published and what it says.
fn published(value: &[u8]) -> Option<(i64, Vec<u8>)> {
    let mut reader = Reader::new(value);
    Some((reader.i64()?, reader.rest().to_vec()))
}

fn push_place(out: &mut Vec<u8>, place: Place) {
    out.extend_from_slice(&place.segment.to_le_bytes());
    out.extend_from_slice(&place.offset.to_le_bytes());
}

fn read_place(reader: &mut Reader) -> Option<Place> {
    Some(Place { segment: reader.u32()?, offset: reader.u64()? })
}

impl Cache {
    pub(super) fn identifier_param(&self) -> u8 {
        self.identifier_param
    }

    /// Begins a set of changes that become visible together.
    pub(super) fn stage(&self) -> Staging<'_> {
        Staging::new((&self.layer, &self.known), (self.identifier_param, self.alias_param, self.person_param))
    }

    /// Makes staged changes visible, all at once.
    pub(super) fn apply(&self, changes: Changes) -> Result<(), StoreError> {
        self.layer.apply(changes)
    }

    /// Answers what was applied last, `None` when nothing was.
    pub(super) fn applied(&self) -> Result<Option<Applied>, StoreError> {
        match self.layer.get(keys::APPLIED)? {
            None => Ok(None),
            Some(value) => Applied::decode(&value).map(Some).ok_or_else(StoreError::unreadable),
        }
    }

    /// Answers every structure that has a commit, with its marks.
    pub(super) fn marks(&self) -> Result<Vec<(Structure, Marks)>, StoreError> {
        let mut all = Vec::new();
        self.layer.scan_prefix(keys::MARKS, |key, value| {
            let name = std::str::from_utf8(&key[keys::MARKS.len()..]).map_err(|_| StoreError::unreadable())?;
            all.push((name.into(), Marks::decode(value).ok_or_else(StoreError::unreadable)?));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Answers where the rulebooks' records stand, oldest first.
    pub(super) fn rulebooks(&self) -> Result<Vec<RulebookMark>, StoreError> {
        let mut all = Vec::new();
        self.layer.scan_prefix(keys::RULEBOOKS, |key, value| {
            let sequence = key[keys::RULEBOOKS.len()..].try_into().map(u64::from_be_bytes);
            let mark = sequence.ok().and_then(|s| RulebookMark::decode(s, value));
            all.push(mark.ok_or_else(StoreError::unreadable)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Answers the statements of a structure, in the order they were issued.
    pub(super) fn statements(&self, structure: &str) -> Result<Vec<StatementMark>, StoreError> {
        let prefix = keys::statements(structure);
        let mut all = Vec::new();
        self.layer.scan_prefix(&prefix, |key, value| {
            let position = key[prefix.len()..].try_into().map(u32::from_be_bytes);
            let mark = position.ok().and_then(|p| StatementMark::decode(p, value));
            all.push(mark.ok_or_else(StoreError::unreadable)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Answers what a structure has published under that name, and when.
    pub(super) fn publication(&self, structure: &str, name: &str) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        match self.layer.get(&keys::publication(structure, name))? {
            None => Ok(None),
            Some(value) => published(&value).map(Some).ok_or_else(StoreError::unreadable),
        }
    }

    /// Answers the names of what a structure has published, ascending.
    pub(super) fn publications(&self, structure: &str) -> Result<Vec<Box<str>>, StoreError> {
        let prefix = keys::publications(structure);
        let mut all = Vec::new();
        self.layer.scan_prefix(&prefix, |key, _| {
            all.push(std::str::from_utf8(&key[prefix.len()..]).map_err(|_| StoreError::unreadable())?.into());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Answers structure and id of every patient that ever carried a national identifier.
    pub(super) fn persons(&self, hash: &[u8]) -> Result<Vec<(Structure, Box<str>)>, StoreError> {
        let value = self.layer.get(&keys::person(hash))?;
        facts::pairs(value.as_deref().unwrap_or_default()).ok_or_else(StoreError::unreadable)
    }

    /// Answers every key and value, windows apart, for comparing two caches.
    #[cfg(test)]
    pub(super) fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let everything = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
        let gather = |key: &[u8], value: &[u8]| {
            let value = match keys::is_chunk(key) {
                true => told(&facts::Chunk::decode(value, facts::Keys::Wanted).unwrap()),
                false => entry::without_window(key, value),
            };
            match all.last_mut() {
                Some((last, values)) if last == keys::without_window(key) => values.extend(value),
                _ => all.push((keys::without_window(key).to_vec(), value)),
            }
            Ok(ControlFlow::Continue(()))
        };
        self.layer.scan(everything, gather).unwrap();
        all
    }
}

/// What a chunk says, however it is kept.
#[cfg(test)]
fn told(chunk: &facts::Chunk<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for (known, item) in chunk.items().unwrap() {
        out.extend_from_slice(&known.to_le_bytes());
        facts::push_item(&mut out, &item);
    }
    out
}
