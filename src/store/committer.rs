//! Group commit: one thread decides, appends, syncs once for all who wait, applies, answers.
//!
//! Nothing is answered before the sync, a refusal neither: it may rest on a commit of the same
//! group. A guard that depends on the group under way closes the group first, because it asks the
//! store, which shows only what is durable.

use super::cache::Applied;
use super::cache::At;
use super::cache::Cache;
use super::cache::Marks;
use super::cache::RulebookMark;
use super::cache::Staging;
use super::cache::StatementMark;
use super::decide;
use super::decide::Ready;
use super::decide::Refused;
use super::error::StoreError;
use super::journal::Journal;
use super::journal::NewRecord;
use super::journal::Place;
use super::journal::RecordKind;
use super::journal::payload;
use super::options::Clock;
use super::queue::Job;
use super::queue::NewRulebook;
use super::queue::Queue;
use super::state::State;
use super::types::Body;
use super::types::CommitError;
use super::types::Committed;
use super::types::NewPublication;
use super::types::NewStatement;
use super::types::Structure;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use std::collections::HashMap;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::oneshot;

/// An answer held back until the group is durable.
enum Answer {
    Commit(oneshot::Sender<Result<Committed, CommitError>>, Result<Committed, CommitError>),
    /// Of a rulebook or a statement.
    Told(oneshot::Sender<Result<Instant, CommitError>>, Result<Instant, CommitError>),
}

/// The thread's own things.
pub(super) struct Committer {
    pub journal: Journal,
    pub cache: Arc<Cache>,
    pub queue: Arc<Queue>,
    pub state: Arc<State>,
    pub clock: Clock,
    pub same_body: fn(&Body, &Body) -> bool,
}

/// Commits decided and not yet durable.
struct Group<'c> {
    staging: Staging<'c>,
    answers: Vec<Answer>,
    /// What was written in which structure.
    touched: HashSet<(Structure, Kind)>,
    marks: HashMap<Structure, Marks>,
    rulebooks: Vec<RulebookMark>,
    last_place: Option<Place>,
}

impl<'c> Group<'c> {
    fn new(cache: &'c Cache) -> Group<'c> {
        Group {
            staging: cache.stage(),
            answers: Vec::new(),
            touched: HashSet::new(),
            marks: HashMap::new(),
            rulebooks: Vec::new(),
            last_place: None,
        }
    }
}

/// Stops the queue when the committer ends in any way, so that nobody waits for ever.
struct StopAtEnd(Arc<Queue>);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Committer {
    /// Commits until the queue is closed and empty, or a write fails.
    pub(super) fn run(mut self) {
        let _stop = StopAtEnd(Arc::clone(&self.queue));
        let cache = Arc::clone(&self.cache);
        while let Some(taken) = self.queue.take() {
            let weight = taken.weight();
            let mut group = Group::new(&cache);
            let mut failure = None;
            for job in taken.jobs {
                if failure.is_some() {
                    job.refuse();
                    continue;
                }
                match self.take_in(group, job, &cache) {
                    Ok(next) => group = next,
                    Err(error) => {
                        failure = Some(error);
                        group = Group::new(&cache);
                    }
                }
            }
            let failure = failure.or_else(|| self.flush(group).err());
            if let Some(error) = failure {
                tracing::error!(error = %error, "writes are stopped until the next start");
                return;
            }
            self.queue.done(weight);
        }
    }

    /// Adds one job to the group, closing it first where the job depends on it.
    fn take_in<'c>(&mut self, mut group: Group<'c>, job: Job, cache: &'c Cache) -> Result<Group<'c>, StoreError> {
        match job {
            Job::Rulebook(new, waiter) => {
                if let Err(error) = self.rulebook(&mut group, &new, waiter) {
                    refuse_all(group);
                    return Err(error);
                }
            }
            Job::Statement(new, waiter) => {
                if let Err(error) = self.statement(&mut group, &new, waiter) {
                    refuse_all(group);
                    return Err(error);
                }
            }
            Job::Publication(new, waiter) => {
                if let Err(error) = self.publication(&mut group, &new, waiter) {
                    refuse_all(group);
                    return Err(error);
                }
            }
            Job::Commit(ready, waiter) => {
                if needs_fresh_state(&ready, &group) {
                    self.flush(group)?;
                    group = Group::new(cache);
                }
                let answer = match self.commit(&mut group, &ready) {
                    Ok(committed) => Ok(committed),
                    Err(Refused::Commit(error)) => Err(error),
                    Err(Refused::Store(error)) => {
                        drop(waiter.send(Err(CommitError::Stopped)));
                        refuse_all(group);
                        return Err(error);
                    }
                };
                group.answers.push(Answer::Commit(waiter, answer));
            }
        }
        Ok(group)
    }

    /// Answers a strictly increasing instant.
    fn now(&self) -> i64 {
        (self.clock)().max(self.journal.end().known.saturating_add(1))
    }

    fn commit(&mut self, group: &mut Group, ready: &Ready) -> Result<Committed, Refused> {
        self.check_guards(ready)?;
        self.check_claims(&group.staging, ready)?;
        let next = self.journal.next();
        let at = At { structure: &ready.structure, sequence: next.sequence, known: self.now(), place: next.place };
        let decided = decide::decide(&mut group.staging, ready, at, self.same_body)?;
        if decided.payload.is_empty() {
            let marks = group.staging.marks(&ready.structure)?;
            let (sequence, known) = (self.journal.end().sequence, Instant(marks.known));
            return Ok(Committed { sequence, known, writes: decided.writes });
        }
        let record = NewRecord {
            kind: RecordKind::Resources,
            known: at.known,
            structure: &ready.structure,
            payload: &decided.payload,
        };
        self.journal.stage(&record);
        group.last_place = Some(next.place);
        group.marks.insert(ready.structure.clone(), group.staging.marks(&ready.structure)?);
        for write in &ready.writes {
            if group.touched.insert((ready.structure.clone(), write.kind)) {
                self.state.touch(&ready.structure, write.kind, next.sequence);
            }
        }
        Ok(Committed { sequence: next.sequence, known: Instant(at.known), writes: decided.writes })
    }

    /// Asks again every guard whose kinds were written since it was answered.
    fn check_guards(&self, ready: &Ready) -> Result<(), Refused> {
        for (index, guard) in ready.guards.iter().enumerate() {
            let structure = &ready.structure;
            let touched = guard.touches.iter().any(|kind| self.state.touched(structure, *kind) > guard.seen);
            // A guard that panics answered nothing: the commit cannot rest on it.
            let holds = || std::panic::catch_unwind(AssertUnwindSafe(|| (guard.still_true)())).unwrap_or(false);
            if touched && !holds() {
                return Err(Refused::Commit(CommitError::Guard { guard: index }));
            }
        }
        Ok(())
    }

    /// Asks again every claim since which a Patient was written.
    fn check_claims(&self, staging: &Staging, ready: &Ready) -> Result<(), Refused> {
        for claim in &ready.claims {
            if self.state.touched(&ready.structure, Kind::Patient) > claim.seen
                && !decide::holds(claim, ready, staging)?
            {
                return Err(Refused::Commit(CommitError::Claimed { write: claim.write }));
            }
        }
        Ok(())
    }

    fn rulebook(
        &mut self,
        group: &mut Group,
        new: &NewRulebook,
        waiter: oneshot::Sender<Result<Instant, CommitError>>,
    ) -> Result<(), StoreError> {
        let active = group.rulebooks.last().copied().or_else(|| self.state.rulebooks().last().copied());
        if let Some(active) = active.filter(|a| a.digest == new.digest) {
            group.answers.push(Answer::Told(waiter, Ok(Instant(active.known))));
            return Ok(());
        }
        let next = self.journal.next();
        let payload = payload::rulebook(&new.digest, &new.files);
        let record = NewRecord { kind: RecordKind::Rulebook, known: self.now(), structure: "", payload: &payload };
        let mark = RulebookMark { sequence: next.sequence, known: record.known, digest: new.digest, place: next.place };
        self.journal.stage(&record);
        group.staging.add_rulebook(&mark);
        group.rulebooks.push(mark);
        group.last_place = Some(next.place);
        group.answers.push(Answer::Told(waiter, Ok(Instant(mark.known))));
        Ok(())
    }

    fn statement(
        &mut self,
        group: &mut Group,
        new: &NewStatement,
        waiter: oneshot::Sender<Result<Instant, CommitError>>,
    ) -> Result<(), StoreError> {
        if group.staging.marks(&new.structure)?.statements != new.position {
            group.answers.push(Answer::Told(waiter, Err(CommitError::Issued)));
            return Ok(());
        }
        let next = self.journal.next();
        let payload = payload::statement(new.position, &new.summary, &new.blocks);
        let head = payload::statement_head(&payload).ok_or_else(StoreError::unreadable)?;
        let record =
            NewRecord { kind: RecordKind::Statement, known: self.now(), structure: &new.structure, payload: &payload };
        let mark = StatementMark { sequence: next.sequence, known: record.known, place: next.place, head };
        self.journal.stage(&record);
        group.staging.add_statement(&new.structure, &mark)?;
        group.marks.insert(new.structure.clone(), group.staging.marks(&new.structure)?);
        group.last_place = Some(next.place);
        group.answers.push(Answer::Told(waiter, Ok(Instant(mark.known))));
        Ok(())
    }

    fn publication(
        &mut self,
        group: &mut Group,
        new: &NewPublication,
        waiter: oneshot::Sender<Result<Instant, CommitError>>,
    ) -> Result<(), StoreError> {
        if group.staging.has_publication(&new.structure, &new.name)? {
            group.answers.push(Answer::Told(waiter, Err(CommitError::Issued)));
            return Ok(());
        }
        let next = self.journal.next();
        let payload = payload::publication(&new.name, &new.body);
        let kind = RecordKind::Publication;
        let record = NewRecord { kind, known: self.now(), structure: &new.structure, payload: &payload };
        self.journal.stage(&record);
        group.staging.add_publication(&new.structure, &new.name, (record.known, &new.body));
        group.last_place = Some(next.place);
        group.answers.push(Answer::Told(waiter, Ok(Instant(record.known))));
        Ok(())
    }

    /// Makes the group durable, shows it, and answers all who wait for it.
    fn flush(&mut self, mut group: Group) -> Result<(), StoreError> {
        if let Err(error) = self.write(&mut group) {
            refuse_all(group);
            return Err(error);
        }
        for answer in group.answers {
            // Whoever no longer waits does not hear it; the commit stands all the same.
            match answer {
                Answer::Commit(waiter, answer) => drop(waiter.send(answer)),
                Answer::Told(waiter, answer) => drop(waiter.send(answer)),
            }
        }
        Ok(())
    }

    fn write(&mut self, group: &mut Group) -> Result<(), StoreError> {
        let Some(place) = group.last_place else { return Ok(()) };
        let end = self.journal.end();
        self.journal.sync()?;
        group.staging.set_applied(&Applied { end, place });
        let changes = group.staging.take_changes();
        let applied = std::panic::catch_unwind(AssertUnwindSafe(|| self.cache.apply(changes)));
        match applied {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.cache.mark_damaged();
                return Err(error);
            }
            Err(_) => {
                self.cache.mark_damaged();
                return Err(StoreError::unreadable());
            }
        }
        self.state.publish(end, std::mem::take(&mut group.marks), &group.rulebooks);
        Ok(())
    }
}

/// Answers whether a guard of the commit asks about something the group has written.
fn needs_fresh_state(ready: &Ready, group: &Group) -> bool {
    let structure = &ready.structure;
    ready.guards.iter().flat_map(|guard| &guard.touches).any(|kind| group.touched.contains(&(structure.clone(), *kind)))
}

fn refuse_all(group: Group) {
    for answer in group.answers {
        match answer {
            Answer::Commit(waiter, _) => drop(waiter.send(Err(CommitError::Stopped))),
            Answer::Told(waiter, _) => drop(waiter.send(Err(CommitError::Stopped))),
        }
    }
}
