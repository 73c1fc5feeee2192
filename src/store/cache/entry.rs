//! The values of the cache: one version of a resource, where it lives, what a commit changed.
//!
//! A raised `FORMAT` makes every older cache be rebuilt.

use super::super::codec::Reader;
use super::super::codec::put_block;
use super::super::codec::put_varint;
use super::super::journal::Place;
use super::super::types::IndexKey;
use super::pack::Packed;
use crate::domain::fact::Kind;

/// Format of keys and values; part of the cache's format file.
pub(in crate::store) const FORMAT: u32 = 1;

const DELETED: u8 = 1;
/// The end of a stay: as of this version the resource belongs to another patient.
const LEFT: u8 = 2;
const JOINED: u8 = 4;

/// A version of a resource in the range of a patient, borrowed from its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    flags: u8,
    pub version: u32,
    pub known: i64,
    /// When it became known to this patient, if later: it had waited for the patient.
    pub joined: Option<i64>,
    /// The record that brought it, and its place among the record's writes.
    pub place: Place,
    pub op: u32,
    /// Postcard of the fact; empty when there is none.
    pub fact: &'a [u8],
    keys: &'a [u8],
    body: &'a [u8],
}

impl<'a> Entry<'a> {
    /// A put or deleted version without keys and body: how old versions are kept.
    pub(super) fn old(&self) -> Entry<'a> {
        Entry { keys: &[], body: &[], ..*self }
    }

    /// The end of the stay with a patient, from the version on that went elsewhere.
    pub(super) fn left(version: u32, known: i64, place: Place, op: u32) -> Entry<'static> {
        Entry { flags: LEFT, version, known, joined: None, place, op, fact: &[], keys: &[], body: &[] }
    }

    pub(super) fn deleted(version: u32, known: i64, place: Place, op: u32) -> Entry<'static> {
        Entry { flags: DELETED, ..Entry::left(version, known, place, op) }
    }

    pub(super) fn put(version: u32, known: i64, place: Place, op: u32) -> Entry<'static> {
        Entry { flags: 0, ..Entry::left(version, known, place, op) }
    }

    pub(super) fn with_content(self, fact: &'a [u8], keys: &'a [u8], body: &'a [u8]) -> Entry<'a> {
        Entry { fact, keys, body, ..self }
    }

    pub(super) fn with_joined(self, known: i64) -> Entry<'a> {
        Entry { joined: Some(known), ..self }
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.flags & DELETED != 0
    }

    pub(super) fn is_left(&self) -> bool {
        self.flags & LEFT != 0
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + self.fact.len() + self.keys.len() + self.body.len());
        let joined = if self.joined.is_some() { JOINED } else { 0 };
        out.push((self.flags & !JOINED) | joined);
        put_varint(&mut out, u64::from(self.version));
        out.extend_from_slice(&self.known.to_le_bytes());
        if let Some(joined) = self.joined {
            out.extend_from_slice(&joined.to_le_bytes());
        }
        put_varint(&mut out, u64::from(self.place.segment));
        put_varint(&mut out, self.place.offset);
        put_varint(&mut out, u64::from(self.op));
        put_block(&mut out, self.fact);
        put_block(&mut out, self.keys);
        out.extend_from_slice(self.body);
        out
    }

    pub(super) fn decode(value: &'a [u8]) -> Option<Entry<'a>> {
        let mut reader = Reader::new(value);
        let flags = reader.u8()?;
        let version = reader.varint32()?;
        let known = reader.i64()?;
        let joined = if flags & JOINED != 0 { Some(reader.i64()?) } else { None };
        let place = Place { segment: reader.varint32()?, offset: reader.varint()? };
        let op = reader.varint32()?;
        let fact = reader.block()?;
        let keys = reader.block()?;
        Some(Entry { flags, version, known, joined, place, op, fact, keys, body: reader.rest() })
    }

    pub(super) fn keys(&self) -> Option<Vec<IndexKey>> {
        let mut reader = Reader::new(self.keys);
        let mut keys = Vec::new();
        while !reader.is_empty() {
            let param = reader.u8()?;
            let lead = reader.u8()? != 0;
            keys.push(IndexKey { param, value: reader.block()?.into(), lead });
        }
        Some(keys)
    }

    /// The compressed body; empty for a deleted or an old version.
    pub(super) fn packed(&self) -> Option<Packed<'a>> {
        Packed::decode(self.body)
    }
}

pub(in crate::store) fn encode_keys(keys: &[IndexKey]) -> Vec<u8> {
    let mut out = Vec::with_capacity(keys.len() * 24);
    for key in keys {
        out.push(key.param);
        out.push(u8::from(key.lead));
        put_block(&mut out, &key.value);
    }
    out
}

/// Where a resource lives: its home now, and every other it has lived in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locator {
    pub deleted: bool,
    /// Never empty: the current home first.
    pub homes: Vec<Box<str>>,
}

impl Locator {
    pub(super) fn home(&self) -> &str {
        self.homes.first().map_or("", |h| h)
    }

    /// Makes `home` the current one; the old ones are kept, because old versions are there.
    pub(super) fn move_to(&mut self, home: &str) {
        self.homes.retain(|h| **h != *home);
        self.homes.insert(0, home.into());
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![u8::from(self.deleted)];
        for (index, home) in self.homes.iter().enumerate() {
            if index > 0 {
                out.push(0);
            }
            out.extend_from_slice(home.as_bytes());
        }
        out
    }

    pub(super) fn decode(value: &[u8]) -> Option<Locator> {
        let (flags, rest) = value.split_first()?;
        let homes = std::str::from_utf8(rest).ok()?.split('\0').map(Into::into).collect();
        Some(Locator { deleted: *flags & 1 != 0, homes })
    }
}

/// Answers whether a locator's value says that the resource is deleted.
pub(super) fn locator_is_deleted(value: &[u8]) -> bool {
    value.first().is_none_or(|f| f & 1 != 0)
}

/// One write of a commit, as the list of changes keeps it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChangeEntry<'a> {
    pub kind: Kind,
    pub version: u32,
    pub deleted: bool,
    pub id: &'a str,
}

pub(super) fn begin_changes(known: i64) -> Vec<u8> {
    known.to_le_bytes().to_vec()
}

pub(super) fn push_change(out: &mut Vec<u8>, change: &ChangeEntry) {
    out.push(change.kind.code());
    out.push(u8::from(change.deleted));
    put_varint(out, u64::from(change.version));
    put_block(out, change.id.as_bytes());
}

/// Reads the list of changes of one commit: its instant and its writes, in order.
pub(super) fn decode_changes(value: &[u8]) -> Option<(i64, Vec<ChangeEntry<'_>>)> {
    let mut reader = Reader::new(value);
    let known = reader.i64()?;
    let mut changes = Vec::new();
    while !reader.is_empty() {
        let kind = Kind::from_code(reader.u8()?)?;
        let deleted = reader.u8()? != 0;
        let version = reader.varint32()?;
        changes.push(ChangeEntry { kind, version, deleted, id: reader.text()? });
    }
    Some((known, changes))
}
