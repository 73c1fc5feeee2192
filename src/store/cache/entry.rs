//! The values kept per resource: its last version, and where the journal has the older ones.
//!
//! A raised `FORMAT` makes every older cache be rebuilt.

use super::super::codec::Reader;
use super::super::codec::put_block;
use super::super::codec::put_varint;
use super::super::journal::Place;
use super::super::types::IndexKey;
use super::pack::Packed;

/// Format of keys and values; part of the cache's format file.
pub(crate) const FORMAT: u32 = 5;

const DELETED: u8 = 1;

/// The last version of a resource, borrowed from its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub deleted: bool,
    pub version: u32,
    pub known: i64,
    /// The record that brought it, and its place among the record's writes.
    pub place: Place,
    pub op: u32,
    /// The window that its lead index keys were put under.
    pub leads: u64,
    /// The patient it lives with.
    pub home: &'a str,
    /// Search keys and body, encoded; empty when deleted.
    pub keys: &'a [u8],
    pub body: &'a [u8],
}

impl<'a> Entry<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(40 + self.home.len() + self.keys.len() + self.body.len());
        out.push(if self.deleted { DELETED } else { 0 });
        put_varint(&mut out, u64::from(self.version));
        out.extend_from_slice(&self.known.to_le_bytes());
        push_place(&mut out, self.place, self.op);
        put_varint(&mut out, self.leads);
        put_block(&mut out, self.home.as_bytes());
        put_block(&mut out, self.keys);
        out.extend_from_slice(self.body);
        out
    }

    pub(super) fn decode(value: &'a [u8]) -> Option<Entry<'a>> {
        let mut reader = Reader::new(value);
        let deleted = reader.u8()? & DELETED != 0;
        let version = reader.varint32()?;
        let known = reader.i64()?;
        let (place, op) = read_place(&mut reader)?;
        let leads = reader.varint()?;
        let home = reader.text()?;
        let keys = reader.block()?;
        Some(Entry { deleted, version, known, place, op, leads, home, keys, body: reader.rest() })
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

    /// Answers the body as kept; nothing readable for a deletion.
    pub(super) fn packed(&self) -> Option<Packed<'a>> {
        Packed::decode(self.body)
    }

    /// Answers what is kept of it once it is no longer the last version.
    pub(super) fn to_old(self) -> OldVersion {
        let Entry { version, known, deleted, place, op, .. } = self;
        OldVersion { version, known, deleted, place, op }
    }
}

/// Answers the value of an entry as it would be in the first window.
#[cfg(test)]
pub(super) fn without_window(key: &[u8], value: &[u8]) -> Vec<u8> {
    match (super::keys::is_entry(key), Entry::decode(value)) {
        (true, Some(entry)) => Entry { leads: 0, ..entry }.encode(),
        _ => value.to_vec(),
    }
}

/// Answers whether an entry's value says that the resource is deleted.
pub(super) fn is_deleted(value: &[u8]) -> bool {
    value.first().is_none_or(|f| f & DELETED != 0)
}

pub(crate) fn encode_keys(keys: &[IndexKey]) -> Vec<u8> {
    let mut out = Vec::with_capacity(keys.len() * 24);
    for key in keys {
        out.push(key.param);
        out.push(u8::from(key.lead));
        put_block(&mut out, &key.value);
    }
    out
}

/// A version that is no longer the last: when it became known and where the journal has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OldVersion {
    pub version: u32,
    pub known: i64,
    pub deleted: bool,
    pub place: Place,
    pub op: u32,
}

impl OldVersion {
    /// Encodes all but the number, which the key holds.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![if self.deleted { DELETED } else { 0 }];
        out.extend_from_slice(&self.known.to_le_bytes());
        push_place(&mut out, self.place, self.op);
        out
    }

    pub(super) fn decode(version: u32, value: &[u8]) -> Option<OldVersion> {
        let mut reader = Reader::new(value);
        let deleted = reader.u8()? & DELETED != 0;
        let known = reader.i64()?;
        let (place, op) = read_place(&mut reader)?;
        Some(OldVersion { version, known, deleted, place, op })
    }
}

fn push_place(out: &mut Vec<u8>, place: Place, op: u32) {
    put_varint(out, u64::from(place.segment));
    put_varint(out, place.offset);
    put_varint(out, u64::from(op));
}

fn read_place(reader: &mut Reader) -> Option<(Place, u32)> {
    let place = Place { segment: reader.varint32()?, offset: reader.varint()? };
    Some((place, reader.varint32()?))
}
