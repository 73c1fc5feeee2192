//! Segment files: a header, then records; sealed ones hold the same bytes in compressed frames.
//!
//! Offsets are always those of the raw file, header included, so that a pointer to a record stays
//! good when its segment is sealed. A sealed file: header, zstd frames of 64 KiB of raw bytes
//! each, index (length and CRC32 of each frame), footer.

use super::super::codec::Reader;
use super::super::error::Fault;
use super::super::error::StoreError;
use super::record::Chain;
use super::record::End;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;

pub(super) const HEADER: usize = 64;
pub(super) const FRAME: usize = 64 * 1024;
pub(crate) const SEGMENT_FORMAT: u16 = 1;
const RAW: [u8; 8] = *b"MTRJRAW\n";
const SEALED: [u8; 8] = *b"MTRJZST\n";
const FOOTER: usize = 76;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Raw,
    Sealed,
}

/// The first bytes of a segment: which one it is and what it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub form: Form,
    pub number: u32,
    /// Sequence of its first record.
    pub first: u64,
    pub previous: Chain,
}

pub(super) fn path_of(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.seg"))
}

impl SegmentHeader {
    pub(super) fn encode(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[..8].copy_from_slice(match self.form {
            Form::Raw => &RAW,
            Form::Sealed => &SEALED,
        });
        out[8..10].copy_from_slice(&SEGMENT_FORMAT.to_le_bytes());
        out[10..14].copy_from_slice(&self.number.to_le_bytes());
        out[14..22].copy_from_slice(&self.first.to_le_bytes());
        out[22..54].copy_from_slice(&self.previous);
        let crc = crc32fast::hash(&out[..60]);
        out[60..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads a header; a right checksum with a newer format is refused as such.
    pub(super) fn decode(bytes: &[u8], number: u32) -> Result<SegmentHeader, StoreError> {
        let bad = || StoreError::Corrupt { segment: number, offset: 0, fault: Fault::Header };
        let head: &[u8; HEADER] = bytes.first_chunk().ok_or_else(bad)?;
        if crc32fast::hash(&head[..60]).to_le_bytes() != head[60..] {
            return Err(bad());
        }
        let mut reader = Reader::new(head);
        let form = match reader.array::<8>().ok_or_else(bad)? {
            RAW => Form::Raw,
            SEALED => Form::Sealed,
            _ => return Err(bad()),
        };
        let format = u16::from_le_bytes(reader.array().ok_or_else(bad)?);
        if format > SEGMENT_FORMAT {
            return Err(StoreError::NewerJournal { found: format.into(), supported: SEGMENT_FORMAT.into() });
        }
        let found = reader.u32().ok_or_else(bad)?;
        let first = reader.u64().ok_or_else(bad)?;
        let previous = reader.array().ok_or_else(bad)?;
        if found != number {
            return Err(bad());
        }
        Ok(SegmentHeader { form, number, first, previous })
    }
}

/// Where a frame lies in a sealed file.
#[derive(Clone, Copy, Debug)]
struct Frame {
    at: u64,
    len: u32,
    crc: u32,
}

/// An open segment, read by offset of the raw file.
pub(super) struct Segment {
    pub header: SegmentHeader,
    file: File,
    body: Body,
}

enum Body {
    Raw,
    Sealed { frames: Vec<Frame>, raw_len: u64, end: End },
}

/// Turns raw bytes of a segment into the bytes of its sealed file.
pub(super) fn seal_bytes(header: &SegmentHeader, raw: &[u8], end: &End) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len() / 4);
    out.extend_from_slice(&SegmentHeader { form: Form::Sealed, ..*header }.encode());
    let mut index = Vec::new();
    let mut compressor = zstd::bulk::Compressor::new(3)?;
    for chunk in raw.chunks(FRAME) {
        let frame = compressor.compress(chunk)?;
        index.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        index.extend_from_slice(&crc32fast::hash(&frame).to_le_bytes());
        out.extend_from_slice(&frame);
    }
    let index_at = out.len() as u64;
    out.extend_from_slice(&index);
    let footer_at = out.len();
    out.extend_from_slice(&index_at.to_le_bytes());
    out.extend_from_slice(&(raw.len() as u64).to_le_bytes());
    out.extend_from_slice(&end.sequence.to_le_bytes());
    out.extend_from_slice(&end.known.to_le_bytes());
    out.extend_from_slice(&end.chain);
    let crc = crc32fast::hash(&out[index_at as usize..]);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(&SEALED);
    debug_assert_eq!(out.len() - footer_at, FOOTER);
    Ok(out)
}

impl Segment {
    pub(super) fn open(dir: &Path, number: u32) -> Result<Segment, StoreError> {
        let path = path_of(dir, number);
        let file = File::open(&path).map_err(StoreError::io("open", &path))?;
        let len = file.metadata().map_err(StoreError::io("read", &path))?.len();
        let mut head = vec![0; HEADER.min(len as usize)];
        file.read_exact_at(&mut head, 0).map_err(StoreError::io("read", &path))?;
        let header = SegmentHeader::decode(&head, number)?;
        let body = match header.form {
            Form::Raw => Body::Raw,
            Form::Sealed => sealed_index(&file, len, number)?,
        };
        Ok(Segment { header, file, body })
    }

    /// Answers where its records end, as its footer says; `None` when it is not sealed.
    pub(super) fn sealed_end(&self) -> Option<End> {
        match &self.body {
            Body::Raw => None,
            Body::Sealed { end, .. } => Some(*end),
        }
    }

    fn corrupt(&self, offset: u64, fault: Fault) -> StoreError {
        StoreError::Corrupt { segment: self.header.number, offset, fault }
    }

    fn raw_io(&self, source: std::io::Error) -> StoreError {
        let path = PathBuf::from(format!("{:08}.seg", self.header.number));
        StoreError::Io { what: "read", path, source }
    }

    /// Reads all raw bytes as they stand now.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, StoreError> {
        match &self.body {
            Body::Raw => {
                let len = self.file.metadata().map_err(|e| self.raw_io(e))?.len();
                let mut out = vec![0; len as usize];
                self.file.read_exact_at(&mut out, 0).map_err(|e| self.raw_io(e))?;
                Ok(out)
            }
            Body::Sealed { frames, raw_len, .. } => {
                let mut out = Vec::with_capacity(*raw_len as usize);
                for index in 0..frames.len() {
                    out.extend_from_slice(&self.frame(index)?);
                }
                Ok(out)
            }
        }
    }

    /// Checks the stored checksum of every frame of a sealed segment, without decompressing.
    pub(super) fn check_frames(&self) -> Result<(), StoreError> {
        if let Body::Sealed { frames, .. } = &self.body {
            for index in 0..frames.len() {
                self.packed_frame(index)?;
            }
        }
        Ok(())
    }

    fn packed_frame(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        let offset = (index * FRAME) as u64;
        let Body::Sealed { frames, .. } = &self.body else { return Err(self.corrupt(offset, Fault::Index)) };
        let frame = frames.get(index).ok_or_else(|| self.corrupt(offset, Fault::Index))?;
        let mut packed = vec![0; frame.len as usize];
        self.file.read_exact_at(&mut packed, frame.at).map_err(|e| self.raw_io(e))?;
        if crc32fast::hash(&packed) != frame.crc {
            return Err(self.corrupt(offset, Fault::Damaged));
        }
        Ok(packed)
    }

    /// Reads and decompresses one frame: raw bytes `index * FRAME ..`.
    pub(super) fn frame(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        let packed = self.packed_frame(index)?;
        zstd::bulk::decompress(&packed, FRAME).map_err(|_| self.corrupt((index * FRAME) as u64, Fault::Damaged))
    }

    pub(super) fn form(&self) -> Form {
        self.header.form
    }

    /// Reads raw bytes of an unsealed segment.
    pub(super) fn read_raw(&self, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        let mut out = vec![0; len];
        self.file.read_exact_at(&mut out, offset).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => self.corrupt(offset, Fault::Damaged),
            _ => self.raw_io(e),
        })?;
        Ok(out)
    }
}

/// Reads and checks index and footer of a sealed file.
fn sealed_index(file: &File, len: u64, number: u32) -> Result<Body, StoreError> {
    let bad = || StoreError::Corrupt { segment: number, offset: 0, fault: Fault::Index };
    let at = len.checked_sub(FOOTER as u64).ok_or_else(bad)?;
    let mut footer = [0; FOOTER];
    file.read_exact_at(&mut footer, at).map_err(|_| bad())?;
    let mut reader = Reader::new(&footer);
    let index_at = reader.u64().ok_or_else(bad)?;
    let raw_len = reader.u64().ok_or_else(bad)?;
    let sequence = reader.u64().ok_or_else(bad)?;
    let known = reader.i64().ok_or_else(bad)?;
    let chain = reader.array().ok_or_else(bad)?;
    let crc = reader.u32().ok_or_else(bad)?;
    if reader.rest() != SEALED || index_at > at {
        return Err(bad());
    }
    let mut index = vec![0; (at - index_at) as usize];
    file.read_exact_at(&mut index, index_at).map_err(|_| bad())?;
    let mut check = crc32fast::Hasher::new();
    check.update(&index);
    check.update(&footer[..FOOTER - 12]);
    if check.finalize() != crc {
        return Err(bad());
    }
    let mut frames = Vec::with_capacity(index.len() / 8);
    let mut at = HEADER as u64;
    let mut reader = Reader::new(&index);
    while let (Some(len), Some(crc)) = (reader.u32(), reader.u32()) {
        frames.push(Frame { at, len, crc });
        at += u64::from(len);
    }
    if at != index_at {
        return Err(bad());
    }
    Ok(Body::Sealed { frames, raw_len, end: End { sequence, known, chain } })
}
