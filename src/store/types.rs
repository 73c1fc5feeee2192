//! What goes in and out of the store: keys, bytes, facts. No FHIR, no sled type.

use crate::domain::calendar::Instant;
use crate::domain::fact::{Fact, Kind};
use std::sync::Arc;

pub use super::cache::Freshness;
pub use super::cache::Glimpse;
pub use super::cache::Row;
pub use super::cache::ValueRange;
pub use super::changes::Changed;
pub use super::changes::Order;
pub use super::error::Fault;
pub use super::error::StoreError;
pub use super::journal::Report;
pub use super::journal::Torn;

/// A tenant: the id of its Organization. Every key of the store begins with it.
pub type Structure = Box<str>;

/// A resource body as it is kept: the JSON members of the resource, minified, without
/// resourceType, id, meta.versionId and meta.lastUpdated, which the reader splices back.
/// `bytes[..meta_len]` are the remaining members of meta (without braces), the rest are the
/// remaining members of the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub bytes: Arc<[u8]>,
    pub meta_len: u32,
}

/// Which patient a resource belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientLink {
    /// It is the Patient itself.
    Own,
    /// A literal reference to a Patient of the structure.
    Id(Box<str>),
    /// A reference by identifier: the keyed hash of system and value.
    Identifier([u8; 16]),
    /// It belongs to the structure (Practitioner, Organization...) or names no patient.
    Shared,
}

/// One search key of a resource: parameter number and an encoded value that sorts as the value does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexKey {
    pub param: u8,
    pub value: Box<[u8]>,
    /// The key leads: it is also kept across patients, so that a search can start from it.
    pub lead: bool,
}

/// What is derived from a body: never in the journal, always recomputable.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    pub patient: PatientLink,
    pub fact: Option<Fact>,
    pub keys: Vec<IndexKey>,
}

/// Recomputes what is derived from a body when the cache is rebuilt. Pure: the same body gives
/// the same answer. Raise `format()` when the answer changes: the cache is then rebuilt.
pub trait Deriver: Send + Sync {
    fn derive(&self, kind: Kind, id: &str, body: &Body) -> Derived;
    fn format(&self) -> u32;
}

/// What must be true of the resource before the write, decided by the committer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    Anything,
    /// No current version (never existed, or deleted): create.
    Absent,
    /// The id was made at random for this write: nobody can have had it, and nothing is looked up.
    Made,
    /// The current version has this number (If-Match).
    Version(u32),
}

impl Expect {
    /// Answers whether the write is to create.
    pub fn creates(&self) -> bool {
        matches!(self, Expect::Absent | Expect::Made)
    }
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every action is a put: a box would be one more allocation each")]
pub enum Action {
    /// Creates or replaces. An identical body makes no version.
    Put {
        body: Body,
        derived: Derived,
    },
    Delete,
}

#[derive(Clone, Debug)]
pub struct Write {
    pub kind: Kind,
    pub id: Box<str>,
    pub action: Action,
    pub expect: Expect,
}

/// A question about the stored state whose answer the commit relies on (If-None-Exist, a
/// conditional reference, "no dependants"). It was answered when the store stood at `seen`; the
/// committer asks again when a later commit touched one of `touches` in the structure.
#[derive(Clone)]
pub struct Guard {
    pub touches: Vec<Kind>,
    pub seen: u64,
    /// Answers whether the commit may go on with what it was told at `seen`.
    pub still_true: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// A Patient's claim to an identifier: nobody else carries it when the commit is decided, those
/// apart that were judged to be somebody else at `seen`. Unlike a guard it is asked of what the
/// group under way holds, so that patients are still committed together.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Index of the Patient in `Commit::writes`; one that carries the identifier already keeps it.
    pub write: usize,
    /// The keyed hash of system and value.
    pub value: [u8; 16],
    pub seen: u64,
    /// Who may carry it too: id and the version that was judged.
    pub besides: Vec<(Box<str>, u32)>,
}

/// One atomic commit: everything or nothing.
#[derive(Clone, Default)]
pub struct Commit {
    pub structure: Structure,
    pub writes: Vec<Write>,
    pub guards: Vec<Guard>,
    pub claims: Vec<Claim>,
}

/// A statement to be issued: what it says is its owner's business.
#[derive(Clone, Debug)]
pub struct NewStatement {
    pub structure: Structure,
    /// How many statements of the structure came before, as far as its maker knows: nobody else may
    /// have issued one meanwhile.
    pub position: u32,
    /// What is told of it without its rows; small.
    pub summary: Vec<u8>,
    /// Blocks of rows with the first key of each, ascending.
    pub blocks: Vec<([u8; 16], Vec<u8>)>,
}

/// Figures to be kept as they are published: what they say is their owner's business.
#[derive(Clone, Debug)]
pub struct NewPublication {
    pub structure: Structure,
    /// Unique in the structure: of two under one name the first stays.
    pub name: Box<str>,
    pub body: Vec<u8>,
}

/// A statement as it was issued, kept for ever in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub(crate) structure: Structure,
    pub(crate) mark: super::cache::StatementMark,
}

impl Issued {
    /// Answers when it was issued.
    pub fn known(&self) -> Instant {
        Instant(self.mark.known)
    }

    pub fn sequence(&self) -> u64 {
        self.mark.sequence
    }

    pub fn summary(&self) -> &[u8] {
        &self.mark.head.summary
    }

    /// Answers how many blocks of rows it has.
    pub fn blocks(&self) -> usize {
        self.mark.head.blocks.len()
    }

    /// Answers the block that holds a key, if any does.
    pub fn block_of(&self, key: &[u8; 16]) -> Option<usize> {
        self.mark.head.blocks.partition_point(|(first, _)| first <= key).checked_sub(1)
    }
}

/// Where the whole store stands: the last record a read shows, and the head of the hash chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub sequence: u64,
    pub known: Instant,
    pub chain: [u8; 32],
}

/// What became of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Updated,
    /// Identical body: the current version stands.
    Unchanged,
    Deleted,
    /// Nothing to delete.
    AlreadyGone,
}

#[derive(Clone, Debug)]
pub struct Written {
    pub outcome: Outcome,
    pub version: u32,
    /// Instant of this version (the old one when unchanged).
    pub known: Instant,
    /// The patient it names is not known yet: parked, counted nowhere.
    pub pending: bool,
}

#[derive(Clone, Debug)]
pub struct Committed {
    pub sequence: u64,
    pub known: Instant,
    /// One per write, in the order given.
    pub writes: Vec<Written>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// `Expect::Absent` and it exists, or `Expect::Version` and another is current
    /// (`current: None`: there is none). `write` is the index in `Commit::writes`.
    #[error("version conflict")]
    Conflict { write: usize, current: Option<u32> },
    /// A guard no longer holds: match again and resubmit.
    #[error("the state changed under a condition")]
    Guard { guard: usize },
    /// Another Patient came to carry an identifier that the commit claims: judge again and resubmit.
    #[error("an identifier was taken meanwhile")]
    Claimed { write: usize },
    /// Another statement of the structure was issued meanwhile, or the same was published.
    #[error("another statement was issued meanwhile")]
    Issued,
    /// Queue or bytes in flight are at their limit: try again later.
    #[error("the store is busy")]
    Busy,
    /// The journal could not be synced; writes are refused until restart.
    #[error("writes are stopped after a failed sync")]
    Stopped,
    /// An id that is not 1 to 64 of `A-Z a-z 0-9 - .`, of which no key can be made, or one resource
    /// written twice.
    #[error("an id is not one a resource can have, or is there twice")]
    Invalid,
}

/// A stored version of a resource.
#[derive(Clone, Debug)]
pub struct Stored {
    pub kind: Kind,
    pub id: Box<str>,
    pub version: u32,
    pub known: Instant,
    /// `None`: deleted at this version.
    pub body: Option<Body>,
    pub keys: Vec<IndexKey>,
    /// The patient it belongs to, when one is known.
    pub patient: Option<Box<str>>,
    pub pending: bool,
}

/// A rulebook as it was put in force: its files, kept for ever in the journal.
#[derive(Clone, Debug)]
pub struct RulebookRecord {
    pub known: Instant,
    pub digest: [u8; 32],
    /// Relative path, content; sorted by path.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A rulebook as it was put in force, without its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulebookHeader {
    /// Names it: `Store::rulebook` loads its files.
    pub sequence: u64,
    pub known: Instant,
    pub digest: [u8; 32],
}

/// One version in the history of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionMark {
    pub version: u32,
    pub known: Instant,
    pub deleted: bool,
}

/// What opening a store had to repair.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// An unfinished write that was cut from the journal's end: never acknowledged.
    pub torn: Option<Torn>,
    pub cache: Freshness,
    /// Records of the journal applied to the cache.
    pub replayed: u64,
}
