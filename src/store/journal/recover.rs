//! Start-up: which segments there are, whether they verify, and the cut of a torn tail.
//!
//! The rule: what follows the last whole record of the last segment, and holds no valid record,
//! was being written when the power went: it is cut and kept aside. Whatever else does not verify
//! is damage, which only a person may judge: opening stops and nothing is changed. So it does where
//! the journal ends before what the cache has applied, which was on disk and acknowledged.

use super::super::error::Fault;
use super::super::error::StoreError;
use super::create_segment;
use super::record::End;
use super::record::MAGIC;
use super::record::Record;
use super::record::Unread;
use super::segment;
use super::segment::Form;
use super::segment::HEADER;
use super::segment::Segment;
use super::segment::SegmentHeader;
use super::segments::Span;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// An unfinished write that was cut from the end of the journal, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    pub segment: u32,
    pub offset: u64,
    pub bytes: u64,
    pub kept: PathBuf,
}

pub(super) struct Recovered {
    pub spans: Vec<Span>,
    /// Full segments that are not compressed yet.
    pub unsealed: Vec<u32>,
    pub last: u32,
    pub end: End,
    pub torn: Option<Torn>,
}

/// The records of one raw segment, as far as they verify.
pub(super) struct Scan {
    pub end: End,
    /// Offset after the last good record.
    pub offset: usize,
    pub records: u64,
    /// What stands at `offset`, when it is not the end of the file.
    pub stop: Option<Stop>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// No record can be read there.
    Unreadable,
    /// A record is there, and it is not the one that should be.
    Wrong(Fault),
    Newer(u8),
}

/// Numbers of the segment files of `dir`, ascending; leftovers of unfinished writes are removed.
pub(super) fn numbers(dir: &Path) -> Result<Vec<u32>, StoreError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(StoreError::io("read", dir))? {
        let path = entry.map_err(StoreError::io("read", dir))?.path();
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        if stem.len() == 8
            && path.extension().is_some_and(|e| e == "seg")
            && let Ok(number) = stem.parse()
        {
            found.push(number);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads the records of a raw segment one after the other until one does not verify.
/// `each` sees every good record.
pub(super) fn scan(bytes: &[u8], start: End, mut each: impl FnMut(&Record)) -> Scan {
    let mut scan = Scan { end: start, offset: HEADER, records: 0, stop: None };
    while scan.offset < bytes.len() {
        let record = match Record::parse(&bytes[scan.offset..]) {
            Ok(record) => record,
            Err(Unread::Damaged) => {
                scan.stop = Some(Stop::Unreadable);
                break;
            }
            Err(Unread::Newer(format)) => {
                scan.stop = Some(Stop::Newer(format));
                break;
            }
        };
        if let Err(fault) = record.follows(&scan.end) {
            scan.stop = Some(Stop::Wrong(fault));
            break;
        }
        each(&record);
        scan.end = record.end();
        scan.offset += record.len;
        scan.records += 1;
    }
    scan
}

/// Answers whether what stands from `offset` on is only the unfinished last write.
pub(super) fn is_torn(bytes: &[u8], offset: usize, next_sequence: u64) -> bool {
    let tail = bytes.get(offset..).unwrap_or_default();
    let mut later = tail
        .windows(MAGIC.len())
        .enumerate()
        .skip(1)
        .filter(|(_, w)| *w == MAGIC)
        .filter_map(|(at, _)| Record::parse(&tail[at..]).ok().map(|r| (at, r.group)))
        .peekable();
    let Some((first, _)) = later.peek().copied() else { return true };
    // A disk may write the pages of one unsynced group in any order: a page of zeros before
    // records of that same group is such a hole, and nothing of the group was acknowledged.
    let hole = tail[..first].chunks(512).filter(|c| c.len() == 512 && c.iter().all(|b| *b == 0)).count() >= 7;
    hole && later.all(|(_, group)| group <= next_sequence)
}

pub(super) fn stop_error(segment: u32, scan: &Scan, stop: Stop) -> StoreError {
    let fault = match stop {
        Stop::Unreadable => Fault::Damaged,
        Stop::Wrong(fault) => fault,
        Stop::Newer(format) => {
            let supported = u32::from(super::record::FORMAT);
            return StoreError::NewerJournal { found: format.into(), supported };
        }
    };
    StoreError::Corrupt { segment, offset: scan.offset as u64, fault }
}

/// Checks that a segment follows `end`.
pub(super) fn check_header(header: &SegmentHeader, end: &End) -> Result<(), StoreError> {
    let corrupt = |fault| StoreError::Corrupt { segment: header.number, offset: 0, fault };
    if header.first != end.sequence + 1 {
        return Err(corrupt(Fault::Sequence));
    }
    if header.previous != end.chain {
        return Err(corrupt(Fault::Chain));
    }
    Ok(())
}

/// Checks the journal in `dir`, cuts a torn tail, and makes sure there is a segment to append to. It reaches
/// commit `applied` at least, or is refused.
pub(super) fn recover(dir: &Path, applied: u64) -> Result<Recovered, StoreError> {
    remove_leftovers(dir)?;
    let numbers = numbers(dir)?;
    let mut state = Recovered { spans: Vec::new(), unsealed: Vec::new(), last: 0, end: End::START, torn: None };
    for (index, &number) in numbers.iter().enumerate() {
        if number != state.last + 1 {
            return Err(StoreError::Corrupt { segment: state.last + 1, offset: 0, fault: Fault::Missing });
        }
        state.last = number;
        if index + 1 < numbers.len() {
            full_segment(dir, number, &mut state)?;
        } else {
            last_segment(dir, number, applied, &mut state)?;
        }
    }
    reaches(dir, &state.end, applied)?;
    if numbers.is_empty() {
        new_segment(dir, 1, &mut state)?;
    }
    Ok(state)
}

/// Refuses a journal that ends before a commit that was once applied.
pub(super) fn reaches(dir: &Path, end: &End, applied: u64) -> Result<(), StoreError> {
    if end.sequence >= applied {
        return Ok(());
    }
    Err(StoreError::Short { dir: dir.to_path_buf(), found: end.sequence, applied })
}

fn remove_leftovers(dir: &Path) -> Result<(), StoreError> {
    for entry in std::fs::read_dir(dir).map_err(StoreError::io("read", dir))? {
        let path = entry.map_err(StoreError::io("read", dir))?.path();
        if path.extension().is_some_and(|e| e == "tmp") {
            std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    Ok(())
}

fn new_segment(dir: &Path, number: u32, state: &mut Recovered) -> Result<(), StoreError> {
    let first = state.end.sequence + 1;
    create_segment(dir, &SegmentHeader { form: Form::Raw, number, first, previous: state.end.chain })?;
    state.spans.push(Span { number, first });
    state.last = number;
    Ok(())
}

/// A segment that has a successor: it must verify to its last byte.
fn full_segment(dir: &Path, number: u32, state: &mut Recovered) -> Result<(), StoreError> {
    let segment = Segment::open(dir, number)?;
    check_header(&segment.header, &state.end)?;
    state.spans.push(Span { number, first: segment.header.first });
    if let Some(end) = segment.sealed_end() {
        segment.check_frames()?;
        state.end = end;
        return Ok(());
    }
    let scan = scan(&segment.bytes()?, state.end, |_| ());
    if let Some(stop) = scan.stop {
        return Err(stop_error(number, &scan, stop));
    }
    state.end = scan.end;
    state.unsealed.push(number);
    Ok(())
}

/// The segment that was being appended to: its tail may be torn.
fn last_segment(dir: &Path, number: u32, applied: u64, state: &mut Recovered) -> Result<(), StoreError> {
    let path = segment::path_of(dir, number);
    let segment = match Segment::open(dir, number) {
        Ok(segment) => segment,
        Err(StoreError::Corrupt { fault: Fault::Header, offset, segment }) => {
            let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
            if !is_torn(&bytes, 0, state.end.sequence + 1) {
                return Err(StoreError::Corrupt { fault: Fault::Header, offset, segment });
            }
            reaches(dir, &state.end, applied)?;
            state.torn = Some(keep(dir, number, &bytes, 0)?);
            return new_segment(dir, number, state);
        }
        Err(error) => return Err(error),
    };
    if segment.sealed_end().is_some() {
        full_segment(dir, number, state)?;
        return new_segment(dir, number + 1, state);
    }
    check_header(&segment.header, &state.end)?;
    state.spans.push(Span { number, first: segment.header.first });
    let bytes = segment.bytes()?;
    let scan = scan(&bytes, state.end, |_| ());
    state.end = scan.end;
    let Some(stop) = scan.stop else { return Ok(()) };
    if stop != Stop::Unreadable || !is_torn(&bytes, scan.offset, scan.end.sequence + 1) {
        return Err(stop_error(number, &scan, stop));
    }
    reaches(dir, &state.end, applied)?;
    state.torn = Some(keep(dir, number, &bytes, scan.offset)?);
    cut(&path, scan.offset as u64)
}

/// Copies the bytes that are about to be cut to `<segment>.torn`, never over an older one.
fn keep(dir: &Path, number: u32, bytes: &[u8], offset: usize) -> Result<Torn, StoreError> {
    let mut kept = dir.join(format!("{number:08}.torn"));
    let mut count = 1;
    while kept.exists() {
        kept = dir.join(format!("{number:08}.torn.{count}"));
        count += 1;
    }
    let write = || {
        let mut file = File::create_new(&kept)?;
        file.write_all(&bytes[offset..])?;
        file.sync_all()?;
        File::open(dir)?.sync_all()
    };
    write().map_err(StoreError::io("write", &kept))?;
    Ok(Torn { segment: number, offset: offset as u64, bytes: (bytes.len() - offset) as u64, kept })
}

fn cut(path: &Path, len: u64) -> Result<(), StoreError> {
    let cut = || {
        let file = File::options().write(true).open(path)?;
        file.set_len(len)?;
        file.sync_all()
    };
    cut().map_err(StoreError::io("cut", path))
}
