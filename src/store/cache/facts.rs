//! The values that gather what one commit brought: facts to a patient, ids to an index value.

use super::super::codec::Reader;
use super::super::codec::put_block;
use super::super::codec::put_varint;
use super::keys;
use crate::domain::fact::Kind;
use std::borrow::Cow;
use std::cell::RefCell;
use zstd::bulk::Decompressor;

const GONE: u8 = 1;
const RAW: u8 = 0;
const ZSTD: u8 = 1;
/// Chunks above this are compressed: the facts of one patient repeat each other. Those of most patients
/// are shorter, and every question about a patient would pay for unpacking them.
const WORTH_PACKING: usize = 8192;

/// One version of a resource as its patient knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub version: u32,
    /// Deleted, or with another patient, as of this version.
    pub gone: bool,
    /// Its search keys, as in its row: a search of the patient reads only the rows it may want.
    pub keys: &'a [u8],
    /// Postcard of the fact; empty when there is none.
    pub fact: &'a [u8],
}

pub(super) fn push_item(out: &mut Vec<u8>, item: &Item) {
    out.push(item.kind.code());
    out.push(if item.gone { GONE } else { 0 });
    put_varint(out, u64::from(item.version));
    put_block(out, item.id.as_bytes());
    put_block(out, item.keys);
    put_block(out, item.fact);
}

/// Makes the part of a chunk that one commit brings: its instant, and items.
pub(super) fn encode_part(known: i64, items: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(items.len() + 12);
    out.push(RAW);
    out.extend_from_slice(&known.to_le_bytes());
    put_block(&mut out, items);
    out
}

/// Answers a value as the tree keeps it: a long chunk is compressed.
pub(super) fn compact<'v>(key: &[u8], value: &'v [u8]) -> Cow<'v, [u8]> {
    if value.len() < WORTH_PACKING || value.first() != Some(&RAW) || !keys::is_chunk(key) {
        return Cow::Borrowed(value);
    }
    match zstd::bulk::compress(value, 1) {
        Ok(packed) if packed.len() < value.len() => {
            let mut out = Vec::with_capacity(packed.len() + 8);
            out.push(ZSTD);
            put_varint(&mut out, value.len() as u64);
            put_block(&mut out, &packed);
            Cow::Owned(out)
        }
        _ => Cow::Borrowed(value),
    }
}

thread_local! {
    /// To make one costs as much as to use it.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// What the commits of a window brought to a patient, read from its value: parts, oldest first,
/// with compressed runs of parts among them.
#[derive(Default)]
pub(super) struct Chunk<'v>(Cow<'v, [u8]>);

impl<'v> Chunk<'v> {
    pub(super) fn decode(value: &'v [u8]) -> Option<Chunk<'v>> {
        if !matches!(value.first(), Some(&ZSTD)) {
            return Some(Chunk(Cow::Borrowed(value)));
        }
        let mut reader = Reader::new(&value[1..]);
        let len = reader.varint32()? as usize;
        let packed = reader.block()?;
        let mut parts = DECOMPRESSOR.with_borrow_mut(|slot| {
            if slot.is_none() {
                *slot = Some(Decompressor::new().ok()?);
            }
            slot.as_mut()?.decompress(packed, len).ok()
        })?;
        parts.extend_from_slice(&Chunk::decode(reader.rest())?.0);
        Some(Chunk(Cow::Owned(parts)))
    }

    /// Adds what a later value holds; `None` where it does not read.
    pub(super) fn append(&mut self, value: &[u8]) -> Option<()> {
        let later = Chunk::decode(value)?;
        match (self.0.is_empty(), later.0) {
            (true, Cow::Owned(parts)) => self.0 = Cow::Owned(parts),
            (_, parts) => self.0.to_mut().extend_from_slice(&parts),
        }
        Some(())
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> &[u8] {
        &self.0
    }

    /// Answers the instant of each commit and what it brought, in the order they were written;
    /// `None` where it does not read.
    pub(super) fn items(&self) -> Option<Vec<(i64, Item<'_>)>> {
        let mut reader = Reader::new(&self.0);
        // About as many as their bytes tell: a fact takes some sixty.
        let mut items = Vec::with_capacity(self.0.len() / 64 + 4);
        while !reader.is_empty() {
            if reader.u8()? != RAW {
                return None;
            }
            let known = reader.i64()?;
            let mut part = Reader::new(reader.block()?);
            while !part.is_empty() {
                items.push((known, Item::read(&mut part)?));
            }
        }
        Some(items)
    }
}

impl<'v> Item<'v> {
    fn read(reader: &mut Reader<'v>) -> Option<Item<'v>> {
        let kind = Kind::from_code(reader.u8()?)?;
        let gone = reader.u8()? & GONE != 0;
        let version = reader.varint32()?;
        let id = reader.text()?;
        Some(Item { kind, id, version, gone, keys: reader.block()?, fact: reader.block()? })
    }
}

pub(super) fn push_id(out: &mut Vec<u8>, id: &str) {
    put_block(out, id.as_bytes());
}

/// Answers the ids of an index entry.
pub(super) fn ids(value: &[u8]) -> Option<Vec<&str>> {
    let mut reader = Reader::new(value);
    let mut ids = Vec::new();
    while !reader.is_empty() {
        ids.push(reader.text()?);
    }
    Some(ids)
}

pub(super) fn push_pair(out: &mut Vec<u8>, structure: &str, id: &str) {
    push_id(out, structure);
    push_id(out, id);
}

/// Answers the structures and ids of an entry of `push_pair`.
pub(super) fn pairs(value: &[u8]) -> Option<Vec<(Box<str>, Box<str>)>> {
    let mut reader = Reader::new(value);
    let mut pairs = Vec::new();
    while !reader.is_empty() {
        pairs.push((reader.text()?.into(), reader.text()?.into()));
    }
    Some(pairs)
}
