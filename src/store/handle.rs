//! The handle of an open store: commits in, reads out.
//!
//! Reads block. Those by id take microseconds; those marked *scan* walk a range and belong on a
//! thread that may block. What a read shows is durable.

use super::cache::Cache;
use super::cache::DIRECTORY;
use super::cache::SHARED;
use super::cache::StatementMark;
use super::changes;
use super::committer::Committer;
use super::decide::Ready;
use super::decide::ReadyWrite;
use super::error::StoreError;
use super::journal::End;
use super::journal::Segments;
use super::journal::payload;
use super::journal::payload::Change;
use super::journal::payload::Ops;
use super::open;
use super::open::CacheUse;
use super::options::Options;
use super::prepare::Prepared;
use super::queue::Job;
use super::queue::NewRulebook;
use super::queue::Queue;
use super::relevant::Relevant;
use super::state::State;
use super::statement;
use super::statement::RowKey;
use super::types::*;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::statement::MonthRow;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::fs::File;
use std::future::Future;
use std::ops::ControlFlow;
use std::ops::Range;
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

    /// Answers the last version, a deletion too (without body); `None` when there never was one.
    pub fn get(&self, structure: &str, kind: Kind, id: &str) -> Result<Option<Stored>, StoreError> {
        self.read(|cache| cache.with_current(structure, kind, id, |row| row.to_stored())?.transpose())
    }

    /// Hands over the last version without decompressing it.
    pub fn with<R>(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        read: impl FnOnce(&Row) -> R,
    ) -> Result<Option<R>, StoreError> {
        self.read(|cache| cache.with_current(structure, kind, id, read))
    }

    /// Answers version `number`. One that is no longer current comes without search keys.
    pub fn version(&self, structure: &str, kind: Kind, id: &str, number: u32) -> Result<Option<Stored>, StoreError> {
        let Some(current) = self.get(structure, kind, id)? else { return Ok(None) };
        if current.version == number {
            return Ok(Some(current));
        }
        let Some(old) = self.read(|cache| cache.old_version(structure, kind, id, number))? else { return Ok(None) };
        let body = self.0.segments.at(old.place, |record| {
            match Ops::new(record.payload).nth(old.op as usize) {
                Some(Ok(op)) if op.kind == kind && op.id == id && op.version == number => Ok(match op.change {
                    Change::Delete => None,
                    Change::Put { meta_len, bytes } => Some(Body { bytes: bytes.into(), meta_len }),
                }),
                // The cache points at something else: it is not of this journal.
                _ => Err(StoreError::unreadable()),
            }
        })?;
        let body = self.read(|_| body)?;
        Ok(Some(Stored { version: number, known: Instant(old.known), body, keys: Vec::new(), ..current }))
    }

    /// Answers every version, oldest first.
    pub fn history(&self, structure: &str, kind: Kind, id: &str) -> Result<Vec<VersionMark>, StoreError> {
        let versions = self.read(|cache| cache.versions(structure, kind, id))?;
        let mark = |v: super::cache::OldVersion| VersionMark {
            version: v.version,
            known: Instant(v.known),
            deleted: v.deleted,
        };
        Ok(versions.into_iter().map(mark).collect())
    }

    /// *Scan of one patient.* Answers what the rules read of a patient, as known at `known_at`.
    pub fn facts(&self, structure: &str, patient: &str, known_at: Instant) -> Result<Vec<Record>, StoreError> {
        self.read(|cache| cache.facts(structure, patient, &[], (known_at, None)))
    }

    /// *Scan of one patient.* The same, of the facts that a reader wants.
    pub fn relevant_facts(
        &self,
        structure: &str,
        patient: &str,
        known_at: Instant,
        relevant: &Relevant,
    ) -> Result<Vec<Record>, StoreError> {
        self.read(|cache| cache.facts(structure, patient, &[], (known_at, Some(relevant))))
    }

    /// *Scan of the directory.* Answers the facts of Practitioner, PractitionerRole, Organization
    /// and Location, as known at `known_at`.
    pub fn shared_facts(&self, structure: &str, known_at: Instant) -> Result<Vec<Record>, StoreError> {
        self.read(|cache| cache.facts(structure, SHARED, &DIRECTORY, (known_at, None)))
    }

    /// Answers a number that changes whenever `shared_facts` may.
    pub fn shared_sequence(&self, structure: &str) -> u64 {
        self.0.state.shared(structure)
    }

    /// *Scan.* Answers up to `limit` ids of patients after `after`, ascending.
    pub fn patients(&self, structure: &str, after: Option<&str>, limit: usize) -> Result<Vec<Box<str>>, StoreError> {
        self.ids(structure, Kind::Patient, after, limit)
    }

    /// *Scan.* Answers the id of every patient there is or ever was, ascending.
    pub fn patients_ever(&self, structure: &str) -> Result<Vec<Box<str>>, StoreError> {
        self.read(|cache| cache.ids_ever(structure, Kind::Patient))
    }

    /// *Scan.* Answers up to `limit` ids of a kind after `after`, ascending, pending ones too.
    pub fn ids(
        &self,
        structure: &str,
        kind: Kind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Box<str>>, StoreError> {
        let mut ids = Vec::new();
        if limit == 0 {
            return Ok(ids);
        }
        self.read(|cache| {
            cache.of_kind(structure, kind, after, &mut |row| {
                ids.push(row.id().into());
                if ids.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })?;
        Ok(ids)
    }

    /// *Scan of one kind.* Hands over every current resource of a kind after id `after`.
    pub fn all(
        &self,
        structure: &str,
        kind: Kind,
        after: Option<&str>,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.of_kind(structure, kind, after, &mut each))
    }

    /// *Scan of one patient.* Hands over the patient's current resources of a kind, by id.
    pub fn in_patient(
        &self,
        structure: &str,
        patient: &str,
        kind: Kind,
        each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.in_patient_if(structure, (patient, kind), |_| true, each)
    }

    /// *Scan of one patient.* The same, of those that are wished for by what is seen of them first.
    pub fn in_patient_if(
        &self,
        structure: &str,
        (patient, kind): (&str, Kind),
        mut wish: impl FnMut(&Glimpse) -> bool,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.in_home((structure, patient), kind, &mut wish, &mut each))
    }

    /// *Scan.* Hands over the current resources of a kind that no patient owns.
    pub fn in_structure(
        &self,
        structure: &str,
        kind: Kind,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.in_home((structure, SHARED), kind, &mut |_| true, &mut each))
    }

    /// *Scan of an index.* Hands over value and id of a lead parameter: by value, then in the
    /// order they were written.
    pub fn lead(
        &self,
        structure: &str,
        (kind, param): (Kind, u8),
        range: ValueRange,
        mut each: impl FnMut(&[u8], &str) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|cache| cache.lead(structure, (kind, param), range, &mut each))
    }

    /// Answers the patients that carry an identifier, by its hash; two at most, which is enough
    /// to know that it is not unique.
    pub fn find_patient_by_identifier(&self, structure: &str, hash: &[u8; 16]) -> Result<Vec<Box<str>>, StoreError> {
        self.patients_by_identifier(structure, hash, 2)
    }

    /// Answers up to `limit` patients that carry an identifier, by its hash.
    pub fn patients_by_identifier(
        &self,
        structure: &str,
        hash: &[u8; 16],
        limit: usize,
    ) -> Result<Vec<Box<str>>, StoreError> {
        let mut found = Vec::new();
        self.read(|cache| {
            let exactly = (std::ops::Bound::Included(&hash[..]), std::ops::Bound::Included(&hash[..]));
            cache.lead(structure, (Kind::Patient, cache.identifier_param()), exactly, &mut |_, id| {
                found.push(id.into());
                if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })?;
        Ok(found)
    }

    /// *Scan of an index.* Hands over each identifier hash that several patients carry, and them.
    pub fn shared_identifiers(
        &self,
        structure: &str,
        mut each: impl FnMut(&[u8], &[Box<str>]),
    ) -> Result<(), StoreError> {
        let mut run: (Vec<u8>, Vec<Box<str>>) = (Vec::new(), Vec::new());
        self.read(|cache| {
            let all = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
            cache.lead(structure, (Kind::Patient, cache.identifier_param()), all, &mut |hash, id| {
                if run.0 != hash {
                    if run.1.len() > 1 {
                        each(&run.0, &run.1);
                    }
                    run = (hash.to_vec(), Vec::new());
                }
                run.1.push(id.into());
                ControlFlow::Continue(())
            })
        })?;
        if run.1.len() > 1 {
            each(&run.0, &run.1);
        }
        Ok(())
    }

    /// *Scan.* Counts the current resources that wait for their patient.
    pub fn waiting(&self, structure: &str) -> Result<u64, StoreError> {
        self.read(|cache| cache.waiting(structure))
    }

    /// *Scan of the journal.* Hands over what the commits of a structure with a sequence in `range`
    /// wrote: histories of a type or of the structure, and order of last update.
    pub fn changes(
        &self,
        structure: &str,
        range: Range<u64>,
        order: Order,
        mut each: impl FnMut(&Changed) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let last = range.end.saturating_sub(1).min(self.sequence());
        changes::read(&self.0.segments, structure, range.start..=last, order, &mut each)
    }

    /// *Scan of one patient.* Counts the patient's current resources, the Patient itself apart.
    pub fn dependants(&self, structure: &str, patient: &str) -> Result<u64, StoreError> {
        self.read(|cache| cache.dependants(structure, patient))
    }

    /// Begins to remember which patients of a structure commits bring something to.
    pub fn watch(&self, structure: &str) {
        self.0.state.watch(structure);
    }

    /// Ends it.
    pub fn unwatch(&self, structure: &str) {
        self.0.state.forget(structure);
    }

    /// Answers the patients of a watched structure to whom commits after `sequence` brought something
    /// (a fact, a link that names them), and lets go of those before; `None`: nobody knows.
    pub fn touched_since(&self, structure: &str, sequence: u64) -> Option<BTreeSet<Box<str>>> {
        self.0.state.touched_since(structure, sequence)
    }

    /// Answers the instant of the last commit of a structure or of the last rulebook, whichever
    /// is later: what a read shows is known as of then.
    pub fn last_known(&self, structure: &str) -> Instant {
        self.0.state.last_known(structure)
    }

    /// Answers the sequence of the last commit a read shows, 0 when there is none.
    pub fn sequence(&self) -> u64 {
        self.0.state.sequence()
    }

    /// Answers how many structures have a commit.
    pub fn structures_known(&self) -> usize {
        self.0.state.structures_known()
    }

    /// Answers the structures that have a commit, sorted.
    pub fn structures(&self) -> Vec<Structure> {
        self.0.state.structures()
    }

    /// Answers the rulebooks put in force, oldest first.
    pub fn rulebooks(&self) -> Vec<RulebookHeader> {
        let header = |m: &super::cache::RulebookMark| RulebookHeader {
            sequence: m.sequence,
            known: Instant(m.known),
            digest: m.digest,
        };
        self.0.state.rulebooks().iter().map(header).collect()
    }

    /// Answers a rulebook with its files, from the journal.
    pub fn rulebook(&self, sequence: u64) -> Result<Option<RulebookRecord>, StoreError> {
        let marks = self.0.state.rulebooks();
        let Some(mark) = marks.iter().find(|m| m.sequence == sequence) else { return Ok(None) };
        let files = self.0.segments.at(mark.place, |record| payload::rulebook_files(record.payload))?;
        let files = files.ok_or_else(StoreError::unreadable)?;
        Ok(Some(RulebookRecord { known: Instant(mark.known), digest: mark.digest, files }))
    }

    #[cfg(test)]
    pub(super) fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
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
