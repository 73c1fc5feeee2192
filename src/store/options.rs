//! What the store is told when it is opened.

use super::journal::SyncFile;
use super::types::Body;
use super::types::Deriver;
use std::fs::File;
use std::sync::Arc;

/// Answers the time in microseconds since 1970-01-01T00:00:00Z.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Told how far a replay of the journal is: records done, records in all.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// Read once per commit, by the committer: nothing else in the store knows the time.
    pub clock: Clock,
    pub deriver: Arc<dyn Deriver>,
    /// Whether two bodies that differ in bytes say the same.
    pub same_body: fn(&Body, &Body) -> bool,
    /// The search parameter of Patient whose index values are identifier hashes of 16 bytes.
    pub patient_identifier_param: u8,
    /// The search parameter whose values are the ids of the patients a Patient is merged with, or an
    /// Appointment is of beside the first: each of them is told its facts. `None`: there is none.
    pub patient_alias_param: Option<u8>,
    /// The search parameter of Patient whose values are keyed hashes of national identifiers: by it
    /// one person is found in several structures. `None`: there is none.
    pub person_param: Option<u8>,
    /// A journal segment longer than this is closed and compressed.
    pub segment_bytes: u64,
    /// Bytes of waiting commits above which new ones are refused as busy.
    pub in_flight_bytes: usize,
    /// Memory the cache engine may keep.
    pub cache_bytes: u64,
    pub progress: Option<Progress>,
    /// The base URLs that the deriver takes for our own: where there are others, all is derived again.
    pub addresses: String,
    pub(super) sync: SyncFile,
}

impl Options {
    /// Answers the usual limits: 8 MiB segments, 256 MB in flight, 24 MB of cache memory.
    pub fn new(
        clock: Clock,
        deriver: Arc<dyn Deriver>,
        same_body: fn(&Body, &Body) -> bool,
        patient_identifier_param: u8,
    ) -> Options {
        Options {
            clock,
            deriver,
            same_body,
            patient_identifier_param,
            patient_alias_param: None,
            person_param: None,
            segment_bytes: 8 << 20,
            in_flight_bytes: 256 << 20,
            cache_bytes: 24 << 20,
            progress: None,
            addresses: String::new(),
            sync: Arc::new(File::sync_data),
        }
    }
}
