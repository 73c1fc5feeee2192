//! Reading a whole journal to check it, beside a running server if need be.

use super::super::error::Fault;
use super::super::error::StoreError;
use super::payload::Change;
use super::payload::Ops;
use super::record::End;
use super::record::Record;
use super::record::RecordKind;
use super::recover;
use super::recover::Stop;
use super::segment::Segment;
use crate::domain::calendar::Instant;
use std::path::Path;

/// What a journal holds, every checksum, sequence, instant and link of the chain checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub segments: u32,
    /// How many of them are compressed.
    pub sealed: u32,
    pub records: u64,
    /// Resource versions written, deletions apart.
    pub versions: u64,
    pub deletions: u64,
    pub rulebooks: u64,
    /// Months closed.
    pub statements: u64,
    /// Months whose figures were published.
    pub publications: u64,
    /// Sequence of the last record, 0 when there is none.
    pub last_sequence: u64,
    pub first_known: Option<Instant>,
    pub last_known: Option<Instant>,
    /// Head of the hash chain: the same in two journals only if they are the same.
    pub chain: [u8; 32],
    /// Bytes after the last whole record: a write under way, or a torn one that the next start cuts.
    pub unfinished_bytes: u64,
}

/// Checks the journal in `dir` without changing anything; it reaches commit `applied` at least.
pub(crate) fn verify(dir: &Path, applied: u64) -> Result<Report, StoreError> {
    let numbers = recover::numbers(dir)?;
    let mut report = Report::default();
    let mut end = End::START;
    let mut expected = 1;
    for (index, &number) in numbers.iter().enumerate() {
        if number != expected {
            return Err(StoreError::Corrupt { segment: expected, offset: 0, fault: Fault::Missing });
        }
        expected = number + 1;
        let tail_may_be_torn = index + 1 == numbers.len();
        end = segment(dir, number, end, tail_may_be_torn, &mut report)?;
    }
    recover::reaches(dir, &end, applied)?;
    report.last_sequence = end.sequence;
    report.chain = end.chain;
    report.last_known = (end.sequence > 0).then_some(Instant(end.known));
    Ok(report)
}

fn segment(dir: &Path, number: u32, end: End, last: bool, report: &mut Report) -> Result<End, StoreError> {
    let segment = match Segment::open(dir, number) {
        Err(StoreError::Corrupt { fault: Fault::Header, .. }) if last => {
            let path = super::segment::path_of(dir, number);
            let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
            if !recover::is_torn(&bytes, 0, end.sequence + 1) {
                return Err(StoreError::Corrupt { segment: number, offset: 0, fault: Fault::Header });
            }
            report.unfinished_bytes = bytes.len() as u64;
            return Ok(end);
        }
        opened => opened?,
    };
    recover::check_header(&segment.header, &end)?;
    report.segments += 1;
    let bytes = segment.bytes()?;
    let mut bad_payload = None;
    let mut offset = super::segment::HEADER as u64;
    let scan = recover::scan(&bytes, end, |record| {
        if !count(record, report) {
            bad_payload.get_or_insert(offset);
        }
        offset += record.len as u64;
    });
    if let Some(offset) = bad_payload {
        return Err(StoreError::Corrupt { segment: number, offset, fault: Fault::Payload });
    }
    if let Some(stop) = scan.stop {
        let torn = last && stop == Stop::Unreadable && recover::is_torn(&bytes, scan.offset, scan.end.sequence + 1);
        if !torn {
            return Err(recover::stop_error(number, &scan, stop));
        }
        report.unfinished_bytes = (bytes.len() - scan.offset) as u64;
    }
    if let Some(sealed) = segment.sealed_end() {
        report.sealed += 1;
        if sealed != scan.end {
            return Err(StoreError::Corrupt { segment: number, offset: 0, fault: Fault::Index });
        }
    }
    Ok(scan.end)
}

/// Counts one record; answers whether its payload reads.
fn count(record: &Record, report: &mut Report) -> bool {
    report.records += 1;
    report.first_known.get_or_insert(Instant(record.known));
    match record.kind {
        RecordKind::Rulebook => {
            report.rulebooks += 1;
            super::payload::rulebook_files(record.payload).is_some()
        }
        RecordKind::Resources => Ops::new(record.payload).all(|op| match op {
            Ok(op) => {
                match op.change {
                    Change::Put { .. } => report.versions += 1,
                    Change::Delete => report.deletions += 1,
                }
                true
            }
            Err(_) => false,
        }),
        RecordKind::Statement => {
            report.statements += 1;
            super::payload::statement_head(record.payload).is_some()
        }
        RecordKind::Publication => {
            report.publications += 1;
            super::payload::publication_parts(record.payload).is_some()
        }
        RecordKind::Decision | RecordKind::Erasure => true,
    }
}
