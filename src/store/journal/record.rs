//! One record of the journal: a commit and the proof that it is the next one.
//!
//! Layout, little-endian: magic(4) format(1) kind(1) structure length(1) zero(1) payload length(4)
//! sequence(8) instant(8) group(8) structure chain(32) payload CRC32(4, of all before).
//! `chain` = SHA-256(previous chain, header with structure, SHA-256(payload)): the payload enters
//! by its hash only, so that it can one day be erased and the chain still be checked.

use super::super::error::Fault;
use ring::digest;

pub(crate) const FORMAT: u8 = 1;
pub(super) const MAGIC: [u8; 4] = *b"MTRr";
const FIXED: usize = 36;
const CHAIN: usize = 32;
const CRC: usize = 4;

pub(crate) type Chain = [u8; 32];

/// What a record holds. The numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    Resources,
    Rulebook,
    /// An issued monthly statement.
    Statement,
    /// Reserved: a decision, an erasure of a payload.
    Decision,
    Erasure,
    /// Figures as they were published.
    Publication,
}

impl RecordKind {
    fn code(self) -> u8 {
        match self {
            RecordKind::Resources => 1,
            RecordKind::Rulebook => 2,
            RecordKind::Statement => 3,
            RecordKind::Decision => 4,
            RecordKind::Erasure => 5,
            RecordKind::Publication => 6,
        }
    }

    fn from_code(code: u8) -> Option<RecordKind> {
        use RecordKind::*;
        [Resources, Rulebook, Statement, Decision, Erasure, Publication].into_iter().find(|k| k.code() == code)
    }
}

/// A record to be written; the journal adds the chain.
pub(crate) struct NewRecord<'a> {
    pub kind: RecordKind,
    pub known: i64,
    pub structure: &'a str,
    pub payload: &'a [u8],
}

/// A record read in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub kind: RecordKind,
    pub sequence: u64,
    pub known: i64,
    /// First sequence of the group it was synced with.
    pub group: u64,
    pub structure: &'a str,
    pub chain: Chain,
    pub payload: &'a [u8],
    header: &'a [u8],
    /// Bytes it takes in the segment.
    pub len: usize,
}

/// Why no record was read at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Not a whole record with a right checksum.
    Damaged,
    /// A right checksum, of a format this version does not know.
    Newer(u8),
}

/// Appends the record to `out` and answers its chain value.
pub(super) fn encode(out: &mut Vec<u8>, record: &NewRecord, sequence: u64, group: u64, previous: &Chain) -> Chain {
    let start = out.len();
    out.extend_from_slice(&MAGIC);
    out.push(FORMAT);
    out.push(record.kind.code());
    out.push(record.structure.len() as u8);
    out.push(0);
    out.extend_from_slice(&(record.payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(&record.known.to_le_bytes());
    out.extend_from_slice(&group.to_le_bytes());
    out.extend_from_slice(record.structure.as_bytes());
    let chain = link(previous, &out[start..], record.payload);
    out.extend_from_slice(&chain);
    out.extend_from_slice(record.payload);
    let crc = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
    chain
}

/// Answers the chain value of a record: what its `chain` field must hold.
fn link(previous: &Chain, header: &[u8], payload: &[u8]) -> Chain {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(previous);
    hash.update(header);
    hash.update(digest::digest(&digest::SHA256, payload).as_ref());
    let mut chain = [0; CHAIN];
    chain.copy_from_slice(hash.finish().as_ref());
    chain
}

/// Answers how many bytes the record that starts here takes, from its first `FIXED` bytes.
pub(super) fn announced_len(head: &[u8]) -> Option<usize> {
    if head.len() < FIXED || head[..4] != MAGIC {
        return None;
    }
    let payload = u32::from_le_bytes(head[8..12].try_into().ok()?) as usize;
    Some(FIXED + usize::from(head[6]) + CHAIN + payload + CRC)
}

pub(super) const HEAD: usize = FIXED;

/// Answers how many bytes of a record stand before its payload.
pub(super) fn before_payload(structure: &str) -> usize {
    FIXED + structure.len() + CHAIN
}

impl<'a> Record<'a> {
    /// Reads the record at the beginning of `bytes`: whole, with a right checksum.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Record<'a>, Unread> {
        let len = announced_len(bytes).ok_or(Unread::Damaged)?;
        let bytes = bytes.get(..len).ok_or(Unread::Damaged)?;
        let (body, crc) = bytes.split_at(len - CRC);
        if crc32fast::hash(body).to_le_bytes() != crc {
            return Err(Unread::Damaged);
        }
        if body[4] > FORMAT {
            return Err(Unread::Newer(body[4]));
        }
        Self::fields(body, len).ok_or(Unread::Damaged)
    }

    fn fields(body: &'a [u8], len: usize) -> Option<Record<'a>> {
        let word = |at: usize| body.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let header = body.get(..FIXED + usize::from(body[6]))?;
        Some(Record {
            kind: RecordKind::from_code(body[5])?,
            sequence: word(12)?,
            known: word(20)? as i64,
            group: word(28)?,
            structure: std::str::from_utf8(header.get(FIXED..)?).ok()?,
            chain: body.get(header.len()..header.len() + CHAIN)?.try_into().ok()?,
            payload: body.get(header.len() + CHAIN..)?,
            header,
            len,
        })
    }

    /// Answers whether it follows `end`: sequence, instant and chain.
    pub(super) fn follows(&self, end: &End) -> Result<(), Fault> {
        if self.sequence != end.sequence + 1 {
            return Err(Fault::Sequence);
        }
        if self.known <= end.known {
            return Err(Fault::Instant);
        }
        if link(&end.chain, self.header, self.payload) != self.chain {
            return Err(Fault::Chain);
        }
        Ok(())
    }

    pub(super) fn end(&self) -> End {
        End { sequence: self.sequence, known: self.known, chain: self.chain }
    }
}

/// Where a run of records ends: what the next one must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub sequence: u64,
    pub known: i64,
    pub chain: Chain,
}

impl End {
    /// Before the first record.
    pub(crate) const START: End = End { sequence: 0, known: i64::MIN, chain: [0; 32] };
}
