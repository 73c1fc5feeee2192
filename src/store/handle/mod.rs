//! The handle of an open store: commits in, reads out (`read`), where it stands (`standing`).
//!
//! Reads block. Those by id take microseconds; those marked *scan* walk a range and belong on a
//! thread that may block. What a read shows is durable.

mod read;
mod standing;

use crate::domain::calendar::Instant;
use crate::domain::statement::MonthRow;
use crate::store::cache::Cache;
use crate::store::cache::StatementMark;
use crate::store::committer::Committer;
use crate::store::decide::Ready;
use crate::store::decide::ReadyWrite;
use crate::store::error::StoreError;
use crate::store::journal::End;
use crate::store::journal::Segments;
use crate::store::open;
use crate::store::open::CacheUse;
use crate::store::options::Options;
use crate::store::prepare::Prepared;
use crate::store::queue::Job;
use crate::store::queue::NewRulebook;
use crate::store::queue::Queue;
use crate::store::state::State;
use crate::store::statement;
use crate::store::statement::RowKey;
use crate::store::types::*;
use std::collections::HashSet;
use std::fs::File;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// An open store. Cheap to clone; the last one dropped closes it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    state: Arc<State>,
    segments: Arc<Segments>,
    /// `None` once closed.
    cache: RwLock<Option<Arc<Cache>>>,
    committer: Mutex<Option<JoinHandle<()>>>,
    lock: Mutex<Option<File>>,
    key: [u8; 32],
    recovery: Recovery,
}

impl Store {
    /// Opens a data directory, making it if need be: checks the journal, brings the cache up to it.
    pub fn open(dir: &Path, options: Options) -> Result<Store, StoreError> {
        let opened = open::open(dir, &options, CacheUse::Keep)?;
        let cache = Arc::new(opened.cache);
        let state = Arc::new(State::new(opened.journal.end(), cache.marks()?, cache.rulebooks()?));
        let queue = Arc::new(Queue::new(options.in_flight_bytes));
        let segments = opened.journal.segments();
        let committer = Committer {
            journal: opened.journal,
            cache: Arc::clone(&cache),
            queue: Arc::clone(&queue),
            state: Arc::clone(&state),
            clock: options.clock,
            same_body: options.same_body,
        };
        let thread = std::thread::Builder::new()
            .name("commit".into())
            .spawn(move || committer.run())
            .map_err(StoreError::io("start the committer of", dir))?;
        Ok(Store(Arc::new(Inner {
            queue,
            state,
            segments,
            cache: RwLock::new(Some(cache)),
            committer: Mutex::new(Some(thread)),
            lock: Mutex::new(Some(opened.lock)),
            key: opened.key,
            recovery: opened.recovery,
        })))
    }

    /// Answers what had to be repaired when the store was opened.
    pub fn recovery(&self) -> &Recovery {
        &self.0.recovery
    }

    /// Answers the secret key of this data directory, for hashes of identifiers.
    pub fn key(&self) -> [u8; 32] {
        self.0.key
    }

    /// Commits everything or nothing, durably. The commit is on its way when this returns:
    /// dropping the future does not take it back.
    pub fn commit(&self, commit: Commit) -> impl Future<Output = Result<Committed, CommitError>> + Send + use<> {
        let sent = self.send(commit);
        async move { sent?.await.unwrap_or(Err(CommitError::Stopped)) }
    }

    /// The same, waiting on this thread; not to be called from async code.
    pub fn commit_blocking(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.send(commit)?.blocking_recv().unwrap_or(Err(CommitError::Stopped))
    }

    fn send(&self, commit: Commit) -> Result<oneshot::Receiver<Result<Committed, CommitError>>, CommitError> {
        if !commit_is_well_formed(&commit) {
            return Err(CommitError::Invalid);
        }
        let Commit { structure, writes, guards, claims } = commit;
        let bytes = |write: &Write| match &write.action {
            Action::Put { body, .. } => body.bytes.len(),
            Action::Delete => 0,
        };
        let weight = 256 + writes.iter().map(|write| 256 + bytes(write)).sum::<usize>();
        let writes = writes.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
        let (waiter, answer) = oneshot::channel();
        self.0.queue.push(Job::Commit(Ready { structure, writes, guards, claims }, waiter), weight)?;
        Ok(answer)
    }

    /// Puts a rulebook in force: a record of the journal, unless the last one has the same digest.
    /// Answers since when it is in force.
    pub fn activate_rulebook(
        &self,
        digest: [u8; 32],
        files: Vec<(String, Vec<u8>)>,
    ) -> impl Future<Output = Result<Instant, CommitError>> + Send + use<> {
        let sent = self.send_rulebook(digest, files);
        async move { sent?.await.unwrap_or(Err(CommitError::Stopped)) }
    }

    /// The same, waiting on this thread; not to be called from async code.
    pub fn activate_rulebook_blocking(
        &self,
        digest: [u8; 32],
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Instant, CommitError> {
        self.send_rulebook(digest, files)?.blocking_recv().unwrap_or(Err(CommitError::Stopped))
    }

    fn send_rulebook(
        &self,
        digest: [u8; 32],
        mut files: Vec<(String, Vec<u8>)>,
    ) -> Result<oneshot::Receiver<Result<Instant, CommitError>>, CommitError> {
        files.sort();
        let weight = files.iter().map(|(path, content)| path.len() + content.len()).sum();
        let (waiter, answer) = oneshot::channel();
        self.0.queue.push(Job::Rulebook(NewRulebook { digest, files }, waiter), weight)?;
        Ok(answer)
    }

    /// Issues a statement: a record of the journal, whole or not at all. Answers when it was issued;
    /// not to be called from async code.
    pub fn issue_blocking(&self, new: NewStatement) -> Result<Instant, CommitError> {
        let sizes = new.blocks.iter().map(|(_, block)| block.len() + 32);
        let weight = new.summary.len() + sizes.sum::<usize>();
        let (waiter, answer) = oneshot::channel();
        self.0.queue.push(Job::Statement(new, waiter), weight)?;
        answer.blocking_recv().unwrap_or(Err(CommitError::Stopped))
    }

    /// Keeps figures as they are published: a record of the journal. Refused as issued already when
    /// there is one of that name; not to be called from async code.
    pub fn publish_blocking(&self, new: NewPublication) -> Result<Instant, CommitError> {
        let weight = new.body.len() + 32;
        let (waiter, answer) = oneshot::channel();
        self.0.queue.push(Job::Publication(new, waiter), weight)?;
        answer.blocking_recv().unwrap_or(Err(CommitError::Stopped))
    }

    /// Answers what a structure has published under that name, and when.
    pub fn publication(&self, structure: &str, name: &str) -> Result<Option<(Instant, Vec<u8>)>, StoreError> {
        let found = self.read(|cache| cache.publication(structure, name))?;
        Ok(found.map(|(known, body)| (Instant(known), body)))
    }

    /// Answers the names of what a structure has published, ascending.
    pub fn publications(&self, structure: &str) -> Result<Vec<Box<str>>, StoreError> {
        self.read(|cache| cache.publications(structure))
    }

    /// Answers how many statements a structure has issued.
    pub fn issued(&self, structure: &str) -> u32 {
        self.0.state.issued(structure)
    }

    /// Answers the statements of a structure, in the order they were issued.
    pub fn statements(&self, structure: &str) -> Result<Vec<Issued>, StoreError> {
        let marks = self.read(|cache| cache.statements(structure))?;
        Ok(marks.into_iter().map(|mark| Issued { structure: structure.into(), mark }).collect())
    }

    /// Answers the rows of one block of a statement with their keys, ascending; none past the last.
    pub fn statement_rows(&self, issued: &Issued, block: usize) -> Result<Vec<(RowKey, MonthRow)>, StoreError> {
        let StatementMark { place, head, .. } = &issued.mark;
        let Some((_, end)) = head.blocks.get(block) else { return Ok(Vec::new()) };
        let start = block.checked_sub(1).and_then(|n| head.blocks.get(n)).map_or(0, |(_, end)| *end);
        let part = (head.start + start, (end - start) as usize);
        statement::rows(&self.0.segments.part_of((*place, &issued.structure), part)?)
    }

    /// Answers the row of a statement under a key.
    pub fn statement_row(&self, issued: &Issued, key: &RowKey) -> Result<Option<MonthRow>, StoreError> {
        let Some(block) = issued.block_of(key) else { return Ok(None) };
        let rows = self.statement_rows(issued, block)?;
        Ok(rows.into_iter().find(|(found, _)| found == key).map(|(_, row)| row))
    }

    /// Answers structure and id of every patient, of any structure, that carries or once carried a
    /// national identifier, by its hash.
    pub fn persons(&self, hash: &[u8; 16]) -> Result<Vec<(Structure, Box<str>)>, StoreError> {
        self.read(|cache| cache.persons(hash))
    }

    /// Answers where the whole store stands.
    pub fn head(&self) -> Head {
        let End { sequence, known, chain } = self.0.state.end();
        Head { sequence, known: Instant(known), chain }
    }

    /// Answers whether writes are refused until the next start.
    pub fn is_stopped(&self) -> bool {
        self.0.queue.is_stopped()
    }

    /// Commits what waits, flushes, and lets go of the directory. Later calls are refused.
    pub fn close(&self) {
        self.0.close();
    }

    fn read<R>(&self, read: impl FnOnce(&Cache) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let cache = self.0.cache.read().unwrap_or_else(PoisonError::into_inner).clone();
        let cache = cache.ok_or(StoreError::Closed)?;
        let answer = read(&cache);
        if matches!(answer, Err(StoreError::Cache(_))) {
            cache.mark_damaged();
        }
        answer
    }

    #[cfg(test)]
    pub(crate) fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.read(|cache| Ok(cache.dump())).unwrap()
    }
}

/// Does to a write what need not wait for its turn.
fn prepare(write: Write) -> Result<ReadyWrite, CommitError> {
    let Write { kind, id, action, expect } = write;
    let content = match action {
        Action::Delete => None,
        Action::Put { body, derived } => {
            let prepared = Prepared::new(&body, derived).map_err(|_| CommitError::Invalid)?;
            Some((body, prepared))
        }
    };
    Ok(ReadyWrite { kind, id, expect, content })
}

/// Answers whether every id is one that FHIR allows, and none is there twice: the keys and the
/// order of the writes rely on it.
fn commit_is_well_formed(commit: &Commit) -> bool {
    let link = |write: &Write| match &write.action {
        Action::Put { derived: Derived { patient: PatientLink::Id(id), .. }, .. } => id_is_well_formed(id),
        _ => true,
    };
    let mut seen = HashSet::new();
    id_is_well_formed(&commit.structure)
        && commit.writes.iter().all(|w| id_is_well_formed(&w.id) && link(w))
        && (commit.writes.len() == 1 || commit.writes.iter().all(|w| seen.insert((w.kind, &w.id))))
}

fn id_is_well_formed(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

impl Inner {
    fn close(&self) {
        self.queue.close();
        let committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = committer {
            // A guard may hold the last handle, and is dropped by the committer itself.
            if thread.thread().id() == std::thread::current().id() {
                return;
            }
            // Its panic was told by the panic hook already.
            let _ = thread.join();
        }
        let cache = self.cache.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut cache) = cache {
            for _ in 0..500 {
                match Arc::try_unwrap(cache) {
                    Ok(cache) => {
                        cache.close();
                        break;
                    }
                    // A read is under way: it ends soon.
                    Err(shared) => cache = shared,
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}
