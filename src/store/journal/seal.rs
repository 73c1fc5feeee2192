//! The background compression of full segments.
//!
//! The sealed file replaces the raw one by rename, under the same name: at every moment there is
//! exactly one whole file per segment. Readers that hold the raw file go on with it.

use super::super::error::Fault;
use super::super::error::StoreError;
use super::record::End;
use super::record::Record;
use super::segment;
use super::segment::HEADER;
use super::segment::Segment;
use super::segments::Segments;
use super::write_durably;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

/// The thread that seals; dropping it waits for the segment under way.
pub(super) struct Sealer {
    tasks: Option<mpsc::Sender<u32>>,
    thread: Option<JoinHandle<()>>,
}

impl Sealer {
    pub(super) fn start(dir: &Path, segments: &Arc<Segments>) -> Sealer {
        let (tasks, queue) = mpsc::channel();
        let (dir, segments) = (dir.to_path_buf(), Arc::clone(segments));
        let thread = std::thread::Builder::new().name("seal".into()).spawn(move || work(&dir, &segments, &queue));
        // Without the thread segments stay raw, which costs space and nothing else.
        Sealer { tasks: thread.is_ok().then_some(tasks), thread: thread.ok() }
    }

    pub(super) fn submit(&self, number: u32) {
        if let Some(tasks) = &self.tasks {
            // The thread ends only when the sender is gone.
            let _ = tasks.send(number);
        }
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(dir: &Path, segments: &Segments, queue: &mpsc::Receiver<u32>) {
    for number in queue {
        match seal(dir, number) {
            Ok(()) => segments.replaced(number),
            Err(error) => {
                tracing::warn!(journal.segment = number, error = %error, "a full journal segment stays uncompressed");
            }
        }
    }
}

/// Compresses one full segment, after checking every record of it: damage is not sealed in.
fn seal(dir: &Path, number: u32) -> Result<(), StoreError> {
    let segment = Segment::open(dir, number)?;
    if segment.sealed_end().is_some() {
        return Ok(());
    }
    let raw = segment.bytes()?;
    let path = segment::path_of(dir, number);
    let end = last_end(number, &raw)?;
    let sealed = segment::seal_bytes(&segment.header, &raw, &end).map_err(StoreError::io("compress", &path))?;
    write_durably(dir, &path, &sealed)
}

/// Answers where the records of a full segment end. The chain was made or checked by this
/// process: checksums are enough here.
fn last_end(number: u32, raw: &[u8]) -> Result<End, StoreError> {
    let mut offset = HEADER;
    let mut end = None;
    while offset < raw.len() {
        let record = Record::parse(&raw[offset..]).map_err(|_| damaged(number, offset))?;
        end = Some(record.end());
        offset += record.len;
    }
    end.ok_or_else(|| damaged(number, HEADER))
}

fn damaged(segment: u32, offset: usize) -> StoreError {
    StoreError::Corrupt { segment, offset: offset as u64, fault: Fault::Damaged }
}
