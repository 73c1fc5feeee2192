//! What the payloads of records hold: writes of resources, the files of a rulebook, a statement, figures
//! as they were published.

use super::super::codec::Reader;
use super::super::codec::put_block;
use super::super::codec::put_varint;
use crate::domain::fact::Kind;

/// One write of a resources record, read in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub version: u32,
    pub change: Change<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    Put { meta_len: u32, bytes: &'a [u8] },
    Delete,
}

/// Appends one write to the payload of a resources record.
pub(crate) fn put_op(out: &mut Vec<u8>, op: &Op) {
    out.push(op.kind.code());
    put_block(out, op.id.as_bytes());
    put_varint(out, u64::from(op.version));
    match op.change {
        Change::Delete => out.push(0),
        Change::Put { meta_len, bytes } => {
            out.push(1);
            put_varint(out, u64::from(meta_len));
            put_block(out, bytes);
        }
    }
}

/// The writes of a resources record, in order; `Err` where the payload does not read.
pub(crate) struct Ops<'a>(Reader<'a>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPayload;

impl<'a> Ops<'a> {
    pub(crate) fn new(payload: &'a [u8]) -> Ops<'a> {
        Ops(Reader::new(payload))
    }

    fn read(&mut self) -> Option<Op<'a>> {
        let kind = Kind::from_code(self.0.u8()?)?;
        let id = self.0.text()?;
        let version = self.0.varint32()?;
        let change = match self.0.u8()? {
            0 => Change::Delete,
            1 => {
                let meta_len = self.0.varint32()?;
                let bytes = self.0.block()?;
                if meta_len as usize > bytes.len() {
                    return None;
                }
                Change::Put { meta_len, bytes }
            }
            _ => return None,
        };
        Some(Op { kind, id, version, change })
    }
}

impl<'a> Iterator for Ops<'a> {
    type Item = Result<Op<'a>, BadPayload>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let op = self.read();
        if op.is_none() {
            self.0 = Reader::new(&[]);
        }
        Some(op.ok_or(BadPayload))
    }
}

/// The files of a rulebook: relative path, content.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// Writes the payload of a rulebook record.
pub(crate) fn rulebook(digest: &[u8; 32], files: &Files) -> Vec<u8> {
    let mut out = digest.to_vec();
    for (path, content) in files {
        put_block(&mut out, path.as_bytes());
        put_block(&mut out, content);
    }
    out
}

/// Reads the digest of a rulebook record.
pub(crate) fn rulebook_digest(payload: &[u8]) -> Option<[u8; 32]> {
    Reader::new(payload).array()
}

/// Reads the files of a rulebook record.
pub(crate) fn rulebook_files(payload: &[u8]) -> Option<Files> {
    let mut reader = Reader::new(payload);
    reader.array::<32>()?;
    let mut files = Vec::new();
    while !reader.is_empty() {
        let path = reader.text()?.to_owned();
        files.push((path, reader.block()?.to_vec()));
    }
    Some(files)
}

/// Writes the payload of a publication: its name in the structure, and what it says.
pub(crate) fn publication(name: &str, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + body.len() + 8);
    put_block(&mut out, name.as_bytes());
    out.extend_from_slice(body);
    out
}

/// Reads the name of a publication and what it says.
pub(crate) fn publication_parts(payload: &[u8]) -> Option<(&str, &[u8])> {
    let mut reader = Reader::new(payload);
    let name = reader.text()?;
    Some((name, reader.rest()))
}

/// The head of a statement record: which one it is, what is told of it, and where its blocks stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatementHead {
    /// How many statements of the structure came before.
    pub position: u32,
    pub summary: Vec<u8>,
    /// For each block the first key of its rows, and where it ends, from `start` of the payload.
    pub blocks: Vec<([u8; 16], u64)>,
    pub start: u64,
}

/// Writes the payload of a statement record.
pub(crate) fn statement(position: u32, summary: &[u8], blocks: &[([u8; 16], Vec<u8>)]) -> Vec<u8> {
    let bytes: usize = blocks.iter().map(|(_, block)| block.len() + 20).sum();
    let mut out = Vec::with_capacity(summary.len() + bytes + 16);
    put_varint(&mut out, u64::from(position));
    put_block(&mut out, summary);
    put_varint(&mut out, blocks.len() as u64);
    for (first, block) in blocks {
        out.extend_from_slice(first);
        put_varint(&mut out, block.len() as u64);
    }
    blocks.iter().for_each(|(_, block)| out.extend_from_slice(block));
    out
}

/// Reads the head of a statement record.
pub(crate) fn statement_head(payload: &[u8]) -> Option<StatementHead> {
    let mut reader = Reader::new(payload);
    let position = reader.varint32()?;
    let summary = reader.block()?.to_vec();
    let count = reader.varint32()?;
    let (mut blocks, mut end) = (Vec::new(), 0u64);
    for _ in 0..count {
        let first = reader.array()?;
        end = end.checked_add(reader.varint()?)?;
        blocks.push((first, end));
    }
    let rest = reader.rest().len();
    (rest as u64 == end).then(|| StatementHead { position, summary, blocks, start: (payload.len() - rest) as u64 })
}
