//! The queue before the committer: bounded by the bytes that wait in it.

use super::decide::Ready;
use super::types::CommitError;
use super::types::Committed;
use super::types::NewPublication;
use super::types::NewStatement;
use crate::domain::calendar::Instant;
use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tokio::sync::oneshot;

/// Something to be committed and who waits for it.
pub(super) enum Job {
    Commit(Ready, oneshot::Sender<Result<Committed, CommitError>>),
    Rulebook(NewRulebook, oneshot::Sender<Result<Instant, CommitError>>),
    Statement(NewStatement, oneshot::Sender<Result<Instant, CommitError>>),
    Publication(NewPublication, oneshot::Sender<Result<Instant, CommitError>>),
}

pub(super) struct NewRulebook {
    pub digest: [u8; 32],
    pub files: Vec<(String, Vec<u8>)>,
}

/// A job and the bytes it holds.
struct Waiting {
    job: Job,
    weight: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Waiting>,
    in_flight: usize,
    closed: bool,
    stopped: bool,
}

pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    budget: usize,
}

/// Bytes of commits that one group takes at most: what one sync makes durable.
const GROUP_BYTES: usize = 8 << 20;

/// Jobs taken from the queue together.
pub(super) struct Taken {
    pub jobs: Vec<Job>,
    weight: usize,
}

impl Queue {
    pub(super) fn new(budget: usize) -> Queue {
        Queue { state: Mutex::default(), arrived: Condvar::new(), budget }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job, unless the bytes in flight are at their limit or nothing is committed any more.
    pub(super) fn push(&self, job: Job, weight: usize) -> Result<(), CommitError> {
        let mut state = self.lock();
        if state.closed || state.stopped {
            return Err(CommitError::Stopped);
        }
        // A commit larger than the whole budget may pass alone.
        if state.in_flight > 0 && state.in_flight + weight > self.budget {
            return Err(CommitError::Busy);
        }
        state.in_flight += weight;
        // Whoever takes jobs only waits when there are none.
        let first = state.jobs.is_empty();
        state.jobs.push_back(Waiting { job, weight });
        drop(state);
        if first {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Waits for jobs and takes as many as one group may hold; `None` when closed and empty.
    pub(super) fn take(&self) -> Option<Taken> {
        let mut state = self.lock();
        while state.jobs.is_empty() {
            if state.closed || state.stopped {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut taken = Taken { jobs: Vec::new(), weight: 0 };
        while taken.weight < GROUP_BYTES
            && let Some(next) = state.jobs.pop_front()
        {
            taken.weight += next.weight;
            taken.jobs.push(next.job);
        }
        Some(taken)
    }

    /// Gives back the bytes of a group that is answered.
    pub(super) fn done(&self, weight: usize) {
        let mut state = self.lock();
        state.in_flight = state.in_flight.saturating_sub(weight);
    }

    /// Takes no more jobs; those that wait are still committed.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Refuses everything from now on, what waits included.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        let jobs = std::mem::take(&mut state.jobs);
        state.in_flight = 0;
        drop(state);
        for waiting in jobs {
            waiting.job.refuse();
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }
}

impl Taken {
    pub(super) fn weight(&self) -> usize {
        self.weight
    }
}

impl Job {
    /// Answers that writes are stopped. Whoever no longer waits does not hear it.
    pub(super) fn refuse(self) {
        match self {
            Job::Commit(_, waiter) => drop(waiter.send(Err(CommitError::Stopped))),
            Job::Rulebook(_, waiter) | Job::Statement(_, waiter) | Job::Publication(_, waiter) => {
                drop(waiter.send(Err(CommitError::Stopped)));
            }
        }
    }
}
