//! What commits wrote, in order: the histories of a type and of a structure.
//!
//! Read from the journal, which is that order; segment by segment, bodies are stepped over.

use super::error::StoreError;
use super::journal::Place;
use super::journal::Record;
use super::journal::RecordKind;
use super::journal::Segments;
use super::journal::payload::BadPayload;
use super::journal::payload::Change;
use super::journal::payload::Ops;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use std::ops::ControlFlow;
use std::ops::RangeInclusive;

/// One write of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub sequence: u64,
    pub known: Instant,
    pub kind: Kind,
    pub id: Box<str>,
    pub version: u32,
    pub deleted: bool,
}

/// In which order commits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

/// Hands over what the commits of `structure` with a sequence in `range` wrote.
pub(super) fn read(
    segments: &Segments,
    structure: &str,
    range: RangeInclusive<u64>,
    order: Order,
    each: &mut dyn FnMut(&Changed) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut record = |record: &Record, place: Place| -> Result<ControlFlow<()>, StoreError> {
        if record.kind != RecordKind::Resources || record.structure != structure {
            return Ok(ControlFlow::Continue(()));
        }
        let mut writes = writes(record).map_err(|BadPayload| StoreError::bad_payload(place.segment, place.offset))?;
        if order == Order::NewestFirst {
            writes.reverse();
        }
        Ok(writes.iter().try_for_each(&mut *each))
    };
    match order {
        Order::OldestFirst => segments.read_from(*range.start(), *range.end(), record),
        Order::NewestFirst => segments.read_back(*range.end(), *range.start(), &mut record),
    }
}

fn writes(record: &Record) -> Result<Vec<Changed>, BadPayload> {
    let changed = |op: super::journal::payload::Op| Changed {
        sequence: record.sequence,
        known: Instant(record.known),
        kind: op.kind,
        id: op.id.into(),
        version: op.version,
        deleted: matches!(op.change, Change::Delete),
    };
    Ops::new(record.payload).map(|op| op.map(changed)).collect()
}
