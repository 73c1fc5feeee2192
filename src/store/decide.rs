//! What becomes of a commit: conflicts, version numbers, unchanged bodies. Run by the committer.
//!
//! A commit is decided against the state that includes all before it, staged ones as well, and
//! staged write by write: one that fails is taken back whole.

use super::cache::At;
use super::cache::NewVersion;
use super::cache::Staging;
use super::cache::Touched;
use super::error::StoreError;
use super::journal::payload;
use super::prepare::Prepared;
use super::types::Action;
use super::types::Body;
use super::types::Commit;
use super::types::CommitError;
use super::types::Expect;
use super::types::Outcome;
use super::types::Write;
use super::types::Written;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;

/// A commit with what its caller's thread prepared: one entry per write, `None` for a deletion.
pub(super) struct Ready {
    pub commit: Commit,
    pub prepared: Vec<Option<Prepared>>,
}

/// What a decided commit leaves: the answers, and the record's payload (empty: nothing to write).
pub(super) struct Decided {
    pub writes: Vec<Written>,
    pub payload: Vec<u8>,
}

/// Why a commit was not decided.
pub(super) enum Refused {
    Commit(CommitError),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::Store(error)
    }
}

/// What a write does, once its expectation holds.
enum Verdict {
    /// Nothing: outcome, current version and its instant.
    Nothing(Outcome, u32, i64),
    /// A new version.
    Version(Outcome, u32),
}

struct Deciding<'s, 't, 'a> {
    staging: &'s mut Staging<'t>,
    at: At<'a>,
    same_body: fn(&Body, &Body) -> bool,
    payload: Vec<u8>,
    touched: Touched,
    ops: u32,
}

/// Decides and stages `ready` as the commit `at`.
pub(super) fn decide(
    staging: &mut Staging,
    ready: &Ready,
    at: At,
    same_body: fn(&Body, &Body) -> bool,
) -> Result<Decided, Refused> {
    staging.begin();
    let mut deciding = Deciding { staging, at, same_body, payload: Vec::new(), touched: Touched::default(), ops: 0 };
    match deciding.all(ready) {
        Ok(writes) => {
            let Deciding { payload, touched, staging, .. } = deciding;
            if !payload.is_empty() {
                staging.finish(&at, touched)?;
            }
            Ok(Decided { writes, payload })
        }
        Err(refused) => {
            deciding.staging.rollback();
            Err(refused)
        }
    }
}

impl Deciding<'_, '_, '_> {
    fn all(&mut self, ready: &Ready) -> Result<Vec<Written>, Refused> {
        let writes = &ready.commit.writes;
        let mut written: Vec<Option<Written>> = vec![None; writes.len()];
        // Patients first: what the same commit says of them finds them.
        for patients in [true, false] {
            for (index, write) in writes.iter().enumerate() {
                if (write.kind == Kind::Patient) == patients {
                    let prepared = ready.prepared.get(index).and_then(Option::as_ref);
                    written[index] = Some(self.one(index, write, prepared)?);
                }
            }
        }
        Ok(written.into_iter().flatten().collect())
    }

    fn one(&mut self, index: usize, write: &Write, prepared: Option<&Prepared>) -> Result<Written, Refused> {
        let found = self.staging.find(self.at.structure, write.kind, &write.id)?;
        let last = found.last();
        expected(write, last).map_err(|current| Refused::Commit(CommitError::Conflict { write: index, current }))?;
        let verdict = self.verdict(write, last, || found.body());
        let (outcome, version) = match verdict {
            Verdict::Nothing(outcome, version, known) => {
                return Ok(Written { outcome, version, known: Instant(known), pending: found.is_waiting() });
            }
            Verdict::Version(outcome, version) => (outcome, version),
        };
        let content = prepared.map(Prepared::content);
        let new = NewVersion { kind: write.kind, id: &write.id, version, op: self.ops, content };
        let pending = self.staging.apply(&self.at, &found, &new)?;
        self.touched.add(new.kind);
        self.ops += 1;
        let change = match &write.action {
            Action::Put { body, .. } => payload::Change::Put { meta_len: body.meta_len, bytes: &body.bytes },
            Action::Delete => payload::Change::Delete,
        };
        payload::put_op(&mut self.payload, &payload::Op { kind: write.kind, id: &write.id, version, change });
        Ok(Written { outcome, version, known: Instant(self.at.known), pending })
    }

    fn verdict(&self, write: &Write, last: Option<(u32, i64, bool)>, current: impl Fn() -> Option<Body>) -> Verdict {
        match (&write.action, last) {
            (Action::Put { .. }, None) => Verdict::Version(Outcome::Created, 1),
            (Action::Put { .. }, Some((version, _, true))) => Verdict::Version(Outcome::Created, version + 1),
            (Action::Put { body, .. }, Some((version, known, false))) => match current() {
                Some(old) if old == *body || (self.same_body)(&old, body) => {
                    Verdict::Nothing(Outcome::Unchanged, version, known)
                }
                _ => Verdict::Version(Outcome::Updated, version + 1),
            },
            (Action::Delete, None) => Verdict::Nothing(Outcome::AlreadyGone, 0, 0),
            (Action::Delete, Some((version, known, true))) => Verdict::Nothing(Outcome::AlreadyGone, version, known),
            (Action::Delete, Some((version, _, false))) => Verdict::Version(Outcome::Deleted, version + 1),
        }
    }
}

/// Checks what a write expects; the error is the current version, if there is one.
fn expected(write: &Write, last: Option<(u32, i64, bool)>) -> Result<(), Option<u32>> {
    let current = last.filter(|(_, _, deleted)| !deleted).map(|(version, _, _)| version);
    match write.expect {
        Expect::Anything => Ok(()),
        Expect::Absent if current.is_none() => Ok(()),
        Expect::Version(wanted) if current == Some(wanted) => Ok(()),
        Expect::Absent | Expect::Version(_) => Err(current),
    }
}
