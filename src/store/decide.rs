//! What becomes of a commit: conflicts, version numbers, unchanged bodies. Run by the committer.
//!
//! A commit is decided against the state that includes all before it, staged ones as well: first all
//! it expects is checked, then it is staged. No two writes of it are of the same resource.

use super::cache::At;
use super::cache::Found;
use super::cache::NewVersion;
use super::cache::Staging;
use super::cache::Touched;
use super::error::StoreError;
use super::journal::payload;
use super::prepare::Prepared;
use super::types::Body;
use super::types::Claim;
use super::types::CommitError;
use super::types::Expect;
use super::types::Guard;
use super::types::Outcome;
use super::types::Structure;
use super::types::Written;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;

/// A commit with what its caller's thread prepared.
pub(super) struct Ready {
    pub structure: Structure,
    pub writes: Vec<ReadyWrite>,
    pub guards: Vec<Guard>,
    pub claims: Vec<Claim>,
}

pub(super) struct ReadyWrite {
    pub kind: Kind,
    pub id: Box<str>,
    pub expect: Expect,
    /// `None`: a deletion.
    pub content: Option<(Body, Prepared)>,
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
    let verdicts = verdicts(staging, ready, &at, same_body)?;
    let mut deciding = Deciding { staging, at, payload: Vec::new(), touched: Touched::default(), ops: 0 };
    let writes = deciding.all(ready, verdicts)?;
    let Deciding { payload, touched, staging, .. } = deciding;
    if !payload.is_empty() {
        staging.finish(&at, touched)?;
    }
    Ok(Decided { writes, payload })
}

/// Answers what each write meets and does; nothing is staged yet.
fn verdicts(
    staging: &Staging,
    ready: &Ready,
    at: &At,
    same_body: fn(&Body, &Body) -> bool,
) -> Result<Vec<(Found, Verdict)>, Refused> {
    let decided = ready.writes.iter().enumerate().map(|(index, write)| {
        let found = match write.expect {
            Expect::Made => Found::nothing(),
            _ => staging.find(at.structure, write.kind, &write.id)?,
        };
        let last = found.last();
        expected(write, last).map_err(|current| Refused::Commit(CommitError::Conflict { write: index, current }))?;
        let verdict = verdict(write, last, || found.body(), same_body);
        Ok((found, verdict))
    });
    decided.collect()
}

/// Answers whether what a claim relies on still is so. Patients that the commit itself writes were
/// judged as it writes them.
pub(super) fn holds(claim: &Claim, ready: &Ready, staging: &Staging) -> Result<bool, StoreError> {
    let own = ready.writes.get(claim.write).map_or("", |write| &*write.id);
    let holders = staging.patients_with(&ready.structure, &claim.value)?;
    if holders.iter().any(|holder| **holder == *own) {
        return Ok(true);
    }
    for holder in &holders {
        if ready.writes.iter().any(|write| write.kind == Kind::Patient && write.id == *holder) {
            continue;
        }
        let judged = claim.besides.iter().find(|(id, _)| id == holder);
        let last = staging.find(&ready.structure, Kind::Patient, holder)?.last();
        if judged.map(|(_, version)| *version) != last.map(|(version, ..)| version) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Deciding<'_, '_, '_> {
    /// Stages the writes, Patients first: what the same commit says of them finds them.
    fn all(&mut self, ready: &Ready, verdicts: Vec<(Found, Verdict)>) -> Result<Vec<Written>, Refused> {
        let mut written: Vec<Option<Written>> = vec![None; ready.writes.len()];
        let mut others = Vec::with_capacity(ready.writes.len());
        for (index, (write, (found, verdict))) in ready.writes.iter().zip(verdicts).enumerate() {
            if write.kind == Kind::Patient {
                written[index] = Some(self.one(write, &found, verdict)?);
            } else {
                others.push((index, write, found, verdict));
            }
        }
        let with_patients = others.len() < ready.writes.len();
        for (index, write, mut found, verdict) in others {
            // A Patient may have taken in what waited for it.
            if with_patients && found.is_waiting() {
                found = self.staging.find(self.at.structure, write.kind, &write.id)?;
            }
            written[index] = Some(self.one(write, &found, verdict)?);
        }
        Ok(written.into_iter().flatten().collect())
    }

    fn one(&mut self, write: &ReadyWrite, found: &Found, verdict: Verdict) -> Result<Written, Refused> {
        let (outcome, version) = match verdict {
            Verdict::Nothing(outcome, version, known) => {
                return Ok(Written { outcome, version, known: Instant(known), pending: found.is_waiting() });
            }
            Verdict::Version(outcome, version) => (outcome, version),
        };
        let content = write.content.as_ref().map(|(_, prepared)| prepared.content());
        let new = NewVersion { kind: write.kind, id: &write.id, version, op: self.ops, content };
        let pending = self.staging.apply(&self.at, found, &new)?;
        self.touched.add(new.kind);
        self.ops += 1;
        let change = match &write.content {
            Some((body, _)) => payload::Change::Put { meta_len: body.meta_len, bytes: &body.bytes },
            None => payload::Change::Delete,
        };
        payload::put_op(&mut self.payload, &payload::Op { kind: write.kind, id: &write.id, version, change });
        Ok(Written { outcome, version, known: Instant(self.at.known), pending })
    }
}

fn verdict(
    write: &ReadyWrite,
    last: Option<(u32, i64, bool)>,
    current: impl Fn() -> Option<Body>,
    same_body: fn(&Body, &Body) -> bool,
) -> Verdict {
    match (&write.content, last) {
        (Some(_), None) => Verdict::Version(Outcome::Created, 1),
        (Some(_), Some((version, _, true))) => Verdict::Version(Outcome::Created, version + 1),
        (Some((body, _)), Some((version, known, false))) => match current() {
            Some(old) if old == *body || same_body(&old, body) => Verdict::Nothing(Outcome::Unchanged, version, known),
            _ => Verdict::Version(Outcome::Updated, version + 1),
        },
        (None, None) => Verdict::Nothing(Outcome::AlreadyGone, 0, 0),
        (None, Some((version, known, true))) => Verdict::Nothing(Outcome::AlreadyGone, version, known),
        (None, Some((version, _, false))) => Verdict::Version(Outcome::Deleted, version + 1),
    }
}

/// Checks what a write expects; the error is the current version, if there is one.
fn expected(write: &ReadyWrite, last: Option<(u32, i64, bool)>) -> Result<(), Option<u32>> {
    let current = last.filter(|(_, _, deleted)| !deleted).map(|(version, _, _)| version);
    match write.expect {
        Expect::Anything | Expect::Made => Ok(()),
        Expect::Absent if current.is_none() => Ok(()),
        Expect::Version(wanted) if current == Some(wanted) => Ok(()),
        Expect::Absent | Expect::Version(_) => Err(current),
    }
}
