//! What can go wrong in the store, said so that an operator knows what to do.
//!
//! Must not know: HTTP, and what the bytes mean. No message carries a key or a value.

use std::path::Path;
use std::path::PathBuf;

/// Why the store cannot open, read or go on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the directory.
    #[error("{dir} is in use by another process: stop it, or choose another data directory")]
    Locked { dir: PathBuf },
    #[error("cannot {what} {path}: {source}")]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The journal does not verify and is not a torn tail: nothing was changed.
    #[error(
        "journal segment {segment:08} does not verify at offset {offset}: {fault}; \
         nothing was changed: restore this segment from a backup"
    )]
    Corrupt { segment: u32, offset: u64, fault: Fault },
    /// The journal verifies and is shorter than what was once applied of it: commits that were acknowledged
    /// are missing at its end. Nothing was changed.
    #[error(
        "the journal in {dir} ends with commit {found}, and {applied} were acknowledged: the last {} are missing; \
         nothing was changed: restore the journal from a backup, or go on without them after `mtr-gateway rebuild`",
        applied - found
    )]
    Short { dir: PathBuf, found: u64, applied: u64 },
    #[error("the journal has format {found} and this version reads up to {supported}: use a newer version")]
    NewerJournal { found: u32, supported: u32 },
    #[error("the cache has format {found} and this version reads up to {supported}: use a newer version")]
    NewerCache { found: u32, supported: u32 },
    /// The cache failed under way; the journal is untouched and the next start rebuilds the cache.
    #[error("the cache failed: {0}; it is rebuilt from the journal at the next start")]
    Cache(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The directory of keys is not what this program wrote.
    #[error("{path} is not a key file of 32 bytes: restore it from a backup")]
    Keys { path: PathBuf },
    #[error("the store is closed")]
    Closed,
    #[error("there is no journal in {dir}")]
    NoJournal { dir: PathBuf },
}

/// What does not verify in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("a record is damaged")]
    Damaged,
    #[error("a record is out of sequence")]
    Sequence,
    #[error("an instant does not follow the one before")]
    Instant,
    #[error("the hash chain is broken")]
    Chain,
    #[error("a payload cannot be read")]
    Payload,
    #[error("the segment's header is damaged")]
    Header,
    #[error("the segment's index is damaged")]
    Index,
    #[error("the segment is missing")]
    Missing,
}

/// A cache value that does not read back.
#[derive(Debug, thiserror::Error)]
#[error("a cache entry cannot be read")]
pub(super) struct Unreadable;

impl StoreError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_path_buf();
        move |source| StoreError::Io { what, path, source }
    }

    pub(super) fn bad_payload(segment: u32, offset: u64) -> StoreError {
        StoreError::Corrupt { segment, offset, fault: Fault::Payload }
    }

    pub(super) fn unreadable() -> StoreError {
        StoreError::Cache(Box::new(Unreadable))
    }
}
