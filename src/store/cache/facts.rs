//! The values that gather what one commit brought: facts to a patient, ids to an index value.

use super::super::codec::Reader;
use super::super::codec::put_block;
use super::super::codec::put_varint;
use crate::domain::fact::Kind;

const GONE: u8 = 1;
const RAW: u8 = 0;
const ZSTD: u8 = 1;
/// Chunks above this are compressed: the facts of a transaction repeat each other.
const WORTH_PACKING: usize = 1024;

/// One version of a resource as its patient knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub version: u32,
    /// Deleted, or with another patient, as of this version.
    pub gone: bool,
    /// Postcard of the fact; empty when there is none.
    pub fact: &'a [u8],
}

pub(super) fn push_item(out: &mut Vec<u8>, item: &Item) {
    out.push(item.kind.code());
    out.push(if item.gone { GONE } else { 0 });
    put_varint(out, u64::from(item.version));
    put_block(out, item.id.as_bytes());
    put_block(out, item.fact);
}

/// Makes the value of a chunk: the instant of the commit, and its items.
pub(super) fn encode_chunk(known: i64, items: &[u8]) -> Vec<u8> {
    let mut out = known.to_le_bytes().to_vec();
    let packed = (items.len() > WORTH_PACKING).then(|| zstd::bulk::compress(items, 1).ok()).flatten();
    match packed {
        Some(packed) => {
            out.push(ZSTD);
            put_varint(&mut out, items.len() as u64);
            out.extend_from_slice(&packed);
        }
        None => {
            out.push(RAW);
            out.extend_from_slice(items);
        }
    }
    out
}

/// A chunk read from its value.
pub(super) struct Chunk {
    pub known: i64,
    items: Vec<u8>,
}

impl Chunk {
    pub(super) fn decode(value: &[u8]) -> Option<Chunk> {
        let mut reader = Reader::new(value);
        let known = reader.i64()?;
        let items = match reader.u8()? {
            RAW => reader.rest().to_vec(),
            ZSTD => {
                let len = reader.varint32()? as usize;
                zstd::bulk::decompress(reader.rest(), len).ok()?
            }
            _ => return None,
        };
        Some(Chunk { known, items })
    }

    /// Answers its items in the order they were written; `None` where they do not read.
    pub(super) fn items(&self) -> Option<Vec<Item<'_>>> {
        let mut reader = Reader::new(&self.items);
        let mut items = Vec::new();
        while !reader.is_empty() {
            let kind = Kind::from_code(reader.u8()?)?;
            let gone = reader.u8()? & GONE != 0;
            let version = reader.varint32()?;
            let id = reader.text()?;
            items.push(Item { kind, id, version, gone, fact: reader.block()? });
        }
        Some(items)
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
