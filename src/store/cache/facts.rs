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
const APART: u8 = 2;
/// The search keys of chunks above this are compressed: those of one patient repeat each other. What
/// the rules read never is: every question about a patient would pay for unpacking it.
const WORTH_PACKING: usize = 1024;

/// One version of a resource as its patient knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub kind: Kind,
    /// As written: a reader that passes over it need not know it for text.
    pub id: &'a [u8],
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
    put_block(out, item.id);
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

/// Answers a value as the tree keeps it: of a long chunk the search keys stand apart, compressed.
pub(super) fn compact<'v>(key: &[u8], value: &'v [u8]) -> Cow<'v, [u8]> {
    if value.len() < WORTH_PACKING || value.first() != Some(&RAW) || !keys::is_chunk(key) {
        return Cow::Borrowed(value);
    }
    apart(value).filter(|packed| packed.len() < value.len()).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// Writes the parts without search keys, then all keys; `None` where they do not read.
fn apart(parts: &[u8]) -> Option<Vec<u8>> {
    let (mut bare, mut all_keys, mut count) = (Vec::with_capacity(parts.len()), Vec::new(), 0_u64);
    let mut reader = Reader::new(parts);
    let mut items = Vec::new();
    while !reader.is_empty() {
        let (known, mut part) = part(&mut reader)?;
        items.clear();
        while !part.is_empty() {
            let item = Item::read(&mut part)?;
            put_block(&mut all_keys, item.keys);
            push_item(&mut items, &Item { keys: &[], ..item });
            count += 1;
        }
        bare.extend_from_slice(&encode_part(known, &items));
    }
    let packed = zstd::bulk::compress(&all_keys, 1).ok()?;
    let mut out = Vec::with_capacity(bare.len() + packed.len() + 24);
    out.push(APART);
    put_varint(&mut out, count);
    put_varint(&mut out, all_keys.len() as u64);
    put_block(&mut out, &packed);
    put_block(&mut out, &bare);
    Some(out)
}

/// Reads where a part begins: its instant, and its items.
fn part<'v>(reader: &mut Reader<'v>) -> Option<(i64, Reader<'v>)> {
    if reader.u8()? != RAW {
        return None;
    }
    Some((reader.i64()?, Reader::new(reader.block()?)))
}

thread_local! {
    /// To make one costs as much as to use it.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn unpack(packed: &[u8], len: usize) -> Option<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Some(Decompressor::new().ok()?);
        }
        slot.as_mut()?.decompress(packed, len).ok()
    })
}

/// Whether the search keys of a chunk are read as well; unwanted ones are told or not, whichever is cheaper.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    Wanted,
    Unwanted,
}

/// What the commits of a window brought to a patient, read from its value: parts, oldest first.
#[derive(Default)]
pub(super) struct Chunk<'v> {
    parts: Cow<'v, [u8]>,
    /// How many of the first items have their search keys apart, and these.
    apart: u32,
    keys: Vec<u8>,
}

impl<'v> Chunk<'v> {
    /// Reads a value; `None` where it does not read.
    pub(super) fn decode(value: &'v [u8], wanted: Keys) -> Option<Chunk<'v>> {
        if value.first() != Some(&APART) {
            return Some(Chunk { parts: Cow::Borrowed(value), ..Chunk::default() });
        }
        let mut reader = Reader::new(&value[1..]);
        let count = reader.varint32()?;
        let len = reader.varint32()? as usize;
        let packed = reader.block()?;
        let (apart, keys) = match wanted {
            Keys::Wanted => (count, unpack(packed, len)?),
            Keys::Unwanted => (0, Vec::new()),
        };
        let parts = reader.block()?;
        // What came since it was made compact was written behind it.
        let parts = match reader.rest() {
            [] => Cow::Borrowed(parts),
            later => Cow::Owned([parts, later].concat()),
        };
        Some(Chunk { parts, apart, keys })
    }

    /// Adds the facts that a later value holds; `None` where it does not read.
    pub(super) fn append_facts(&mut self, value: &[u8]) -> Option<()> {
        let later = Chunk::decode(value, Keys::Unwanted)?.parts;
        match (self.parts.is_empty(), later) {
            (true, Cow::Owned(parts)) => self.parts = Cow::Owned(parts),
            (_, parts) => self.parts.to_mut().extend_from_slice(&parts),
        }
        Some(())
    }

    /// Answers the instant of each commit and what it brought, in the order they were written;
    /// `None` where it does not read.
    pub(super) fn items(&self) -> Option<Vec<(i64, Item<'_>)>> {
        self.items_where(|_, _| true)
    }

    /// Answers the same of those that are wanted.
    pub(super) fn items_where(&self, wanted: impl Fn(i64, &Item<'_>) -> bool) -> Option<Vec<(i64, Item<'_>)>> {
        let (mut reader, mut keys) = (Reader::new(&self.parts), Reader::new(&self.keys));
        // About as many as their bytes tell: a fact takes some sixty.
        let mut items = Vec::with_capacity(self.parts.len() / 64 + 4);
        let mut apart = self.apart;
        while !reader.is_empty() {
            let (known, mut part) = part(&mut reader)?;
            while !part.is_empty() {
                let mut item = Item::read(&mut part)?;
                if apart > 0 {
                    apart -= 1;
                    item.keys = keys.block()?;
                }
                if wanted(known, &item) {
                    items.push((known, item));
                }
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
        let id = reader.block()?;
        Some(Item { kind, id, version, gone, keys: reader.block()?, fact: reader.block()? })
    }

    /// Answers the id as text; `None` where it is none.
    pub(super) fn name(&self) -> Option<&'v str> {
        std::str::from_utf8(self.id).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn item<'a>(id: &'a str, keys: &'a [u8], fact: &'a [u8]) -> Item<'a> {
        Item { kind: Kind::Observation, id: id.as_bytes(), version: 1, gone: false, keys, fact }
    }

    fn told(chunk: &Chunk<'_>) -> Vec<(i64, String, Vec<u8>, Vec<u8>)> {
        let items = chunk.items().unwrap();
        items
            .iter()
            .map(|(known, i)| (*known, i.name().unwrap().to_owned(), i.keys.to_vec(), i.fact.to_vec()))
            .collect()
    }

    #[test]
    fn a_compact_chunk_says_what_its_parts_said_and_what_came_behind_it() {
        let (keys, fact) = (vec![b'k'; 400], vec![b'f'; 90]);
        let mut value = Vec::new();
        for (known, ids) in [(5, ["a", "b"]), (9, ["c", "d"])] {
            let mut items = Vec::new();
            ids.iter().for_each(|id| push_item(&mut items, &item(id, &keys, &fact)));
            value.extend(encode_part(known, &items));
        }
        let mut items = Vec::new();
        push_item(&mut items, &item("late", b"own", b"fact"));
        let later = encode_part(12, &items);

        let mut packed = apart(&value).unwrap();
        assert!(packed.len() < value.len() / 2, "{} of {}", packed.len(), value.len());
        packed.extend_from_slice(&later);
        value.extend_from_slice(&later);
        assert_eq!(
            told(&Chunk::decode(&packed, Keys::Wanted).unwrap()),
            told(&Chunk::decode(&value, Keys::Wanted).unwrap())
        );

        let bare: Vec<_> = told(&Chunk::decode(&packed, Keys::Unwanted).unwrap())
            .into_iter()
            .map(|(_, id, _, fact)| (id, fact))
            .collect();
        let whole: Vec<_> = told(&Chunk::decode(&value, Keys::Wanted).unwrap())
            .into_iter()
            .map(|(_, id, _, fact)| (id, fact))
            .collect();
        assert_eq!(bare, whole);
        assert!(
            Chunk::decode(&packed[..packed.len() - 3], Keys::Wanted).and_then(|cut| cut.items().map(|_| ())).is_none()
        );
    }
}
