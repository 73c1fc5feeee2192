//! Bringing the cache up to the journal: what is derived is computed on all cores, applied in order.

use super::cache::Applied;
use super::cache::At;
use super::cache::Cache;
use super::cache::NewVersion;
use super::cache::RulebookMark;
use super::cache::Staging;
use super::cache::StatementMark;
use super::cache::Touched;
use super::error::StoreError;
use super::journal::End;
use super::journal::Place;
use super::journal::Record;
use super::journal::RecordKind;
use super::journal::Segments;
use super::journal::payload;
use super::journal::payload::Change;
use super::journal::payload::Ops;
use super::options::Progress;
use super::prepare::Prepared;
use super::types::Body;
use super::types::Deriver;
use super::types::Structure;
use std::ops::ControlFlow;
use std::sync::mpsc;

/// Payload bytes worked on at once: bounds the memory of a rebuild.
const CHUNK_BYTES: usize = 4 << 20;

/// A record out of the journal, with what is derived from its bodies: one entry per write.
struct Loaded {
    kind: RecordKind,
    end: End,
    structure: Structure,
    place: Place,
    payload: Vec<u8>,
    prepared: Vec<Option<Prepared>>,
}

/// What to replay: the records after `from` up to `to`.
pub(super) struct Replay<'a> {
    pub segments: &'a Segments,
    pub cache: &'a Cache,
    pub deriver: &'a dyn Deriver,
    pub progress: Option<&'a Progress>,
    pub from: u64,
    pub to: u64,
}

impl Replay<'_> {
    /// Applies the records; answers how many there were.
    pub(super) fn run(&self) -> Result<u64, StoreError> {
        let total = self.to.saturating_sub(self.from);
        if total == 0 {
            return Ok(0);
        }
        let (chunks, queue) = mpsc::sync_channel::<Vec<Loaded>>(1);
        let mut done = 0;
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || self.read(&chunks));
            for chunk in queue {
                done += chunk.len() as u64;
                self.apply(&chunk)?;
                if let Some(progress) = self.progress {
                    progress(done, total);
                }
            }
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        Ok(done)
    }

    /// Reads the journal and derives, chunk by chunk, until the other side no longer takes any.
    fn read(&self, chunks: &mpsc::SyncSender<Vec<Loaded>>) -> Result<(), StoreError> {
        let mut chunk = Vec::new();
        let mut bytes = 0;
        self.segments.read_from(self.from + 1, self.to, |record, place| {
            bytes += record.payload.len() + 64;
            chunk.push(Loaded::new(record, place));
            if bytes < CHUNK_BYTES {
                return Ok(ControlFlow::Continue(()));
            }
            bytes = 0;
            let full = self.derive(std::mem::take(&mut chunk))?;
            Ok(if chunks.send(full).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        // A closed channel means that the other side failed, and says so itself.
        let _ = chunks.send(self.derive(chunk)?);
        Ok(())
    }

    fn derive(&self, mut chunk: Vec<Loaded>) -> Result<Vec<Loaded>, StoreError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = chunk.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let workers: Vec<_> = chunk
                .chunks_mut(share)
                .map(|part| scope.spawn(move || part.iter_mut().try_for_each(|loaded| loaded.derive(self.deriver))))
                .collect();
            workers.into_iter().try_for_each(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        Ok(chunk)
    }

    fn apply(&self, chunk: &[Loaded]) -> Result<(), StoreError> {
        let mut staging = self.cache.stage();
        for loaded in chunk {
            loaded.stage(&mut staging)?;
            staging.set_applied(&Applied { end: loaded.end, place: loaded.place });
            // Batches are bounded by what they change, not by what was sent.
            if staging.len() > 20_000 {
                self.cache.apply(staging.take_changes())?;
            }
        }
        self.cache.apply(staging.take_changes())
    }
}

impl Loaded {
    fn new(record: &Record, place: Place) -> Loaded {
        Loaded {
            kind: record.kind,
            end: End { sequence: record.sequence, known: record.known, chain: record.chain },
            structure: record.structure.into(),
            place,
            payload: record.payload.to_vec(),
            prepared: Vec::new(),
        }
    }

    fn bad(&self) -> StoreError {
        StoreError::bad_payload(self.place.segment, self.place.offset)
    }

    fn derive(&mut self, deriver: &dyn Deriver) -> Result<(), StoreError> {
        if self.kind != RecordKind::Resources {
            return Ok(());
        }
        let mut prepared = Vec::new();
        for op in Ops::new(&self.payload) {
            let op = op.map_err(|_| self.bad())?;
            prepared.push(match op.change {
                Change::Delete => None,
                Change::Put { meta_len, bytes } => {
                    let body = Body { bytes: bytes.into(), meta_len };
                    let derived = deriver.derive(op.kind, op.id, &body);
                    Some(Prepared::new(&body, derived).map_err(|e| StoreError::Cache(Box::new(e)))?)
                }
            });
        }
        self.prepared = prepared;
        Ok(())
    }

    fn stage(&self, staging: &mut Staging) -> Result<(), StoreError> {
        match self.kind {
            RecordKind::Resources => self.stage_writes(staging),
            RecordKind::Rulebook => {
                let digest = payload::rulebook_digest(&self.payload).ok_or_else(|| self.bad())?;
                let End { sequence, known, .. } = self.end;
                staging.add_rulebook(&RulebookMark { sequence, known, digest, place: self.place });
                Ok(())
            }
            RecordKind::Statement => {
                let head = payload::statement_head(&self.payload).ok_or_else(|| self.bad())?;
                let End { sequence, known, .. } = self.end;
                staging.add_statement(&self.structure, &StatementMark { sequence, known, place: self.place, head })
            }
            RecordKind::Publication => {
                let (name, body) = payload::publication_parts(&self.payload).ok_or_else(|| self.bad())?;
                staging.add_publication(&self.structure, name, (self.end.known, body));
                Ok(())
            }
            // Written by no version yet; nothing of the cache comes from them.
            RecordKind::Decision | RecordKind::Erasure => Ok(()),
        }
    }

    fn stage_writes(&self, staging: &mut Staging) -> Result<(), StoreError> {
        let End { sequence, known, .. } = self.end;
        let at = At { structure: &self.structure, sequence, known, place: self.place };
        let mut touched = Touched::default();
        for (index, (op, prepared)) in Ops::new(&self.payload).zip(&self.prepared).enumerate() {
            let op = op.map_err(|_| self.bad())?;
            let content = prepared.as_ref().map(Prepared::content);
            let new = NewVersion { kind: op.kind, id: op.id, version: op.version, op: index as u32, content };
            let found = staging.find(at.structure, op.kind, op.id)?;
            staging.apply(&at, &found, &new)?;
            touched.add(new.kind);
        }
        staging.finish(&at, touched)
    }
}
