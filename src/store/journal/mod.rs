//! The journal: the truth. Append-only segment files of records, in a hash chain.
//!
//! Owns: what is on disk, in which order, and whether it verifies. Its face is narrow (stage
//! records, make them durable, read from a sequence), so that a replicated log can take its
//! place: nothing above may assume that it is a file. Must not know: the cache, sled, facts.

pub(super) mod payload;
pub(super) mod record;
mod recover;
mod seal;
mod segment;
mod segments;
mod verify;

pub(super) use record::End;
pub(super) use record::NewRecord;
pub(super) use record::Record;
pub(super) use record::RecordKind;
pub use recover::Torn;
pub(super) use segments::Place;
pub(super) use segments::Segments;
pub use verify::Report;
pub(super) use verify::verify;

use super::error::StoreError;
use segment::Form;
use segment::SegmentHeader;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// How an append is made durable: fdatasync, or what a test puts in its place.
pub(super) type SyncFile = Arc<dyn Fn(&File) -> std::io::Result<()> + Send + Sync>;

pub(super) struct Settings {
    /// A segment longer than this is closed, and sealed in the background.
    pub segment_bytes: u64,
    pub sync: SyncFile,
}

/// Where a staged record will stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staged {
    pub sequence: u64,
    pub place: Place,
}

/// The end of the journal, where records are appended. One owner: the committer.
pub(super) struct Journal {
    dir: PathBuf,
    settings: Settings,
    segments: Arc<Segments>,
    sealer: seal::Sealer,
    file: File,
    number: u32,
    /// Durable bytes of the last segment.
    len: u64,
    /// The end of what is staged.
    end: End,
    group: u64,
    staged: Vec<u8>,
}

impl Journal {
    /// Opens the journal in `dir`, checks it, and cuts a torn tail.
    pub(super) fn open(dir: &Path, settings: Settings, applied: u64) -> Result<(Journal, Option<Torn>), StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        let recovered = recover::recover(dir, applied)?;
        let segments = Arc::new(Segments::new(dir, recovered.spans));
        let sealer = seal::Sealer::start(dir, &segments);
        for number in recovered.unsealed {
            sealer.submit(number);
        }
        let (number, end) = (recovered.last, recovered.end);
        let path = segment::path_of(dir, number);
        let file = std::fs::OpenOptions::new().append(true).open(&path).map_err(StoreError::io("open", &path))?;
        let len = file.metadata().map_err(StoreError::io("read", &path))?.len();
        let group = end.sequence + 1;
        let dir = dir.to_path_buf();
        let journal = Journal { dir, settings, segments, sealer, file, number, len, end, group, staged: Vec::new() };
        Ok((journal, recovered.torn))
    }

    /// Answers where the journal ends, staged records included.
    pub(super) fn end(&self) -> End {
        self.end
    }

    /// Answers the reading side, to be shared.
    pub(super) fn segments(&self) -> Arc<Segments> {
        Arc::clone(&self.segments)
    }

    /// Answers the sequence and the place the next staged record will have.
    pub(super) fn next(&self) -> Staged {
        let place = Place { segment: self.number, offset: self.len + self.staged.len() as u64 };
        Staged { sequence: self.end.sequence + 1, place }
    }

    /// Adds a record to the group under way: nothing is on disk before `sync`.
    pub(super) fn stage(&mut self, record: &NewRecord) {
        let sequence = self.end.sequence + 1;
        let chain = record::encode(&mut self.staged, record, sequence, self.group, &self.end.chain);
        self.end = End { sequence, known: record.known, chain };
    }

    /// Makes the group durable with one write and one sync. After an error nothing more may be
    /// written: what the disk holds is unknown until the next start has read it.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let path = segment::path_of(&self.dir, self.number);
        let written = self.file.write_all(&self.staged).and_then(|()| (self.settings.sync)(&self.file));
        written.map_err(StoreError::io("sync", &path))?;
        self.len += self.staged.len() as u64;
        self.staged.clear();
        // A large transaction must not leave its buffer behind.
        self.staged.shrink_to(1 << 20);
        self.group = self.end.sequence + 1;
        if self.len >= self.settings.segment_bytes {
            self.roll()?;
        }
        Ok(())
    }

    /// Starts the next segment and hands the full one to the sealer.
    fn roll(&mut self) -> Result<(), StoreError> {
        let number = self.number + 1;
        let header = SegmentHeader { form: Form::Raw, number, first: self.end.sequence + 1, previous: self.end.chain };
        self.file = create_segment(&self.dir, &header)?;
        self.segments.add(number, header.first);
        self.sealer.submit(self.number);
        self.number = number;
        self.len = segment::HEADER as u64;
        Ok(())
    }
}

/// Creates a segment with its header, durably: the file appears whole or not at all.
fn create_segment(dir: &Path, header: &SegmentHeader) -> Result<File, StoreError> {
    let path = segment::path_of(dir, header.number);
    write_durably(dir, &path, &header.encode())?;
    std::fs::OpenOptions::new().append(true).open(&path).map_err(StoreError::io("open", &path))
}

/// Writes a whole file under its final name: temporary file, sync, rename, sync of the directory.
fn write_durably(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(StoreError::io("write", path))
}
