//! The reading side of the journal: records by place and in sequence, beside the writer.

use super::super::error::Fault;
use super::super::error::StoreError;
use super::record;
use super::record::Record;
use super::segment::FRAME;
use super::segment::Form;
use super::segment::HEADER;
use super::segment::Segment;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

/// Where a record stands: its segment and its offset in the raw bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub segment: u32,
    pub offset: u64,
}

/// A segment and the sequence of its first record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub number: u32,
    pub first: u64,
}

const OPEN_FILES: usize = 64;
const WARM_FRAMES: usize = 16;

/// Told each record and where it stands; answers whether to go on.
type Each<'f> = &'f mut dyn FnMut(&Record, Place) -> Result<ControlFlow<()>, StoreError>;

/// One decompressed frame: segment, index, bytes.
type WarmFrame = (u32, usize, Arc<Vec<u8>>);

/// All segments of a journal, for reading. Shared between threads.
pub(crate) struct Segments {
    dir: PathBuf,
    spans: RwLock<Vec<Span>>,
    open: Mutex<HashMap<u32, Arc<Segment>>>,
    /// The last frames decompressed, newest last: neighbours are read together.
    warm: Mutex<VecDeque<WarmFrame>>,
}

impl Segments {
    pub(super) fn new(dir: &Path, spans: Vec<Span>) -> Segments {
        Segments { dir: dir.to_path_buf(), spans: RwLock::new(spans), open: Mutex::default(), warm: Mutex::default() }
    }

    pub(super) fn add(&self, number: u32, first: u64) {
        self.spans.write().unwrap_or_else(PoisonError::into_inner).push(Span { number, first });
    }

    /// Forgets the open file of a segment that was replaced on disk.
    pub(super) fn replaced(&self, number: u32) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    fn segment(&self, number: u32) -> Result<Arc<Segment>, StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = open.get(&number) {
            return Ok(Arc::clone(segment));
        }
        if open.len() >= OPEN_FILES {
            open.clear();
        }
        let segment = Arc::new(Segment::open(&self.dir, number)?);
        open.insert(number, Arc::clone(&segment));
        Ok(segment)
    }

    fn frame(&self, segment: &Segment, index: usize) -> Result<Arc<Vec<u8>>, StoreError> {
        let number = segment.header.number;
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, bytes)) = warm.iter().find(|(n, i, _)| *n == number && *i == index) {
            return Ok(Arc::clone(bytes));
        }
        let bytes = Arc::new(segment.frame(index)?);
        if warm.len() >= WARM_FRAMES {
            warm.pop_front();
        }
        warm.push_back((number, index, Arc::clone(&bytes)));
        Ok(bytes)
    }

    fn bytes_at(&self, segment: &Segment, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        if segment.form() == Form::Raw {
            return segment.read_raw(offset, len);
        }
        let mut out = Vec::with_capacity(len);
        let mut at = offset as usize;
        while out.len() < len {
            let frame = self.frame(segment, at / FRAME)?;
            let from = frame.get(at % FRAME..).unwrap_or_default();
            let part = &from[..from.len().min(len - out.len())];
            if part.is_empty() {
                return Err(damaged(Place { segment: segment.header.number, offset }));
            }
            out.extend_from_slice(part);
            at += part.len();
        }
        Ok(out)
    }

    /// Reads the record at `place` and hands it to `read`.
    pub(crate) fn at<R>(&self, place: Place, read: impl FnOnce(&Record) -> R) -> Result<R, StoreError> {
        let segment = self.segment(place.segment)?;
        let head = self.bytes_at(&segment, place.offset, record::HEAD)?;
        let len = record::announced_len(&head).ok_or_else(|| damaged(place))?;
        let bytes = self.bytes_at(&segment, place.offset, len)?;
        let record = Record::parse(&bytes).map_err(|_| damaged(place))?;
        Ok(read(&record))
    }

    /// Answers a part of the payload of the record of a structure at `place`, without reading the
    /// rest: whoever wrote it put a checksum of its own there.
    pub(crate) fn part_of(
        &self,
        (place, structure): (Place, &str),
        (from, len): (u64, usize),
    ) -> Result<Vec<u8>, StoreError> {
        let segment = self.segment(place.segment)?;
        let payload = place.offset + record::before_payload(structure) as u64;
        self.bytes_at(&segment, payload + from, len)
    }

    /// Hands over the records from sequence `from` to `last`, in order. `last` must be durable:
    /// what stands after it may be half written.
    pub(crate) fn read_from(
        &self,
        from: u64,
        last: u64,
        mut each: impl FnMut(&Record, Place) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        for span in self.spans_of(from, last) {
            if self.in_segment(span, from, last, &mut each)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Hands over the records from sequence `from` down to `first`; `from` must be durable.
    pub(crate) fn read_back(&self, from: u64, first: u64, each: Each) -> Result<(), StoreError> {
        for span in self.spans_of(first, from).into_iter().rev() {
            let mut places = Vec::new();
            let _ = self.in_segment(span, first, from, &mut |_, place| {
                places.push(place);
                Ok(ControlFlow::Continue(()))
            })?;
            for place in places.into_iter().rev() {
                if self.at(place, |record| each(record, place))??.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Answers the segments that hold records of `first..=last`.
    fn spans_of(&self, first: u64, last: u64) -> Vec<Span> {
        if first > last {
            return Vec::new();
        }
        let spans = self.spans.read().unwrap_or_else(PoisonError::into_inner);
        let start = spans.partition_point(|s| s.first <= first).saturating_sub(1);
        let end = spans.partition_point(|s| s.first <= last);
        spans.get(start..end).unwrap_or_default().to_vec()
    }

    fn in_segment(&self, span: Span, first: u64, last: u64, each: Each) -> Result<ControlFlow<()>, StoreError> {
        let bytes = Segment::open(&self.dir, span.number)?.bytes()?;
        let mut offset = HEADER;
        while offset < bytes.len() {
            let place = Place { segment: span.number, offset: offset as u64 };
            let record = Record::parse(&bytes[offset..]).map_err(|_| damaged(place))?;
            if record.sequence >= first && record.sequence <= last && each(&record, place)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if record.sequence >= last {
                return Ok(ControlFlow::Break(()));
            }
            offset += record.len;
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn damaged(place: Place) -> StoreError {
    StoreError::Corrupt { segment: place.segment, offset: place.offset, fault: Fault::Damaged }
}
