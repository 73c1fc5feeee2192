//! Batch and transaction (http.html#transaction): everything or nothing, or each for itself.
//!
//! Everything that can be done outside the committer is: reading, matching, rewriting references,
//! validating, deriving. The commit is one step that no client can cancel. A single conditional
//! or patching request goes the same way, as a transaction of one.

mod answer;
mod draft;
mod faults;
mod references;
mod step;

pub use answer::{Bare, Call, EntryResult};

use super::Gateway;
use super::failure::{Failure, Reason};
use super::identity::or_again;
use super::published::only_published;
use super::read::Cascade;
use super::receive::{ATTEMPTS, Handling, Received};
use crate::domain::fact::Kind;
use crate::fhir::bundle;
use crate::fhir::bundle::Entry;
use crate::fhir::bundle::Method;
use crate::fhir::bundle::Mode;
use crate::fhir::bundle::Plan;
use crate::fhir::bundle::RequestUrl;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::Unknown;
use crate::store::Guard;
use faults::{entry_faults, whole_failure};
use std::borrow::Cow;
use step::{Planned, Step};

/// Who the entries are run for, and how they came.
#[derive(Clone, Copy)]
struct Scope<'s> {
    structure: &'s str,
    handling: Handling,
    form: Form,
    /// What becomes of search parameters that are not known.
    unknown: Unknown,
    room: Room,
}

/// How many bytes the answers to a Bundle's reads may have together, and how many are left of them: a
/// small Bundle may ask much.
#[derive(Clone, Copy)]
struct Room {
    limit: usize,
    left: usize,
}

impl Room {
    const ENDLESS: Room = Room { limit: usize::MAX, left: usize::MAX };

    /// Answers the result where it fits, and takes what it needs; else its refusal.
    fn take(&mut self, result: EntryResult) -> EntryResult {
        match self.take_bytes(result.size()) {
            Ok(()) => result,
            Err(refusal) => EntryResult::Refused(refusal),
        }
    }

    fn take_bytes(&mut self, bytes: usize) -> Result<(), Failure> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| beyond(self.limit))?;
        Ok(())
    }
}

/// Answers the refusal of an answer that does not fit into `limit` bytes with the others of its Bundle.
pub fn beyond(limit: usize) -> Failure {
    Failure::new(Reason::TooLarge, Issue::general(&issues::BUNDLE_ANSWER_TOO_LARGE, &[&limit.to_string()]))
}

/// Who sends a Bundle, and how it is run.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    pub structure: &'t str,
    pub handling: Handling,
    pub unknown: Unknown,
    pub sees: Sees,
    /// How many bytes the answers to reads may have together.
    pub room: usize,
}

/// What the sender may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// The patients of the structure, and all that is reckoned of them.
    Patients,
    /// What is published alone.
    Published,
}

/// Where an entry stands: decides what its faults say and how its patch is carried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Bundle(Mode),
    /// A request of its own.
    Request,
}

impl Scope<'_> {
    /// Answers the failure as the sender sees it: in an entry of its Bundle, or as it is.
    fn told(&self, failure: Failure, entry: usize) -> Failure {
        match self.form {
            Form::Bundle(_) => failure.in_entry(entry),
            Form::Request => failure,
        }
    }
}

/// What one request asks of one resource, by its id or by a condition.
#[derive(Clone, Debug)]
pub struct Interaction<'a> {
    pub method: Method,
    pub kind: Kind,
    pub target: Target<'a>,
    /// The resource, or the patch.
    pub body: Option<&'a [u8]>,
    pub if_match: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
    pub cascade: Cascade,
}

/// What became of one interaction.
#[derive(Debug)]
pub enum Done {
    Written(Received),
    /// A condition deleted so many resources together.
    Removed(usize),
}

/// Which resource is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    Id(&'a str),
    /// The criteria of a search, as in an address.
    Condition(&'a str),
}

impl Interaction<'_> {
    fn entry(&self) -> Entry<'_> {
        let (id, query) = match self.target {
            Target::Id(id) => (Some(id.to_owned()), None),
            Target::Condition(query) => (None, Some(query.to_owned())),
        };
        let resource_type = Some(self.kind.name().to_owned());
        Entry {
            index: 0,
            full_url: None,
            resource: self.body,
            method: self.method,
            url: RequestUrl {
                resource_type,
                id,
                query,
                cascade: self.cascade == Cascade::Dependants,
                ..RequestUrl::default()
            },
            if_none_exist: None,
            if_match: self.if_match.map(Cow::Borrowed),
            if_none_match: self.if_none_match.map(Cow::Borrowed),
            if_modified_since: None,
        }
    }
}

impl Gateway {
    /// Runs a Bundle and answers one result per entry, in the order of the request. Blocks: call
    /// it on a thread of its own.
    pub fn bundle(
        &self,
        structure: &str,
        bytes: &[u8],
        handling: Handling,
    ) -> Result<(Mode, Vec<EntryResult>), Failure> {
        let unknown = Unknown::Refused;
        self.bundle_for(bytes, Terms { structure, handling, unknown, sees: Sees::Patients, room: usize::MAX })
    }

    /// The same, for whoever may see less or asks from outside.
    pub fn bundle_for(&self, bytes: &[u8], terms: Terms<'_>) -> Result<(Mode, Vec<EntryResult>), Failure> {
        let bundle =
            bundle::read(bytes, &self.context.base, self.policy.max_bundle_entries).map_err(|f| whole_failure(&f))?;
        let Terms { structure, handling, unknown, sees, room } = terms;
        let room = Room { limit: room, left: room };
        let mut scope = Scope { structure, handling, form: Form::Bundle(bundle.mode), unknown, room };
        if bundle.mode == Mode::Transaction {
            if sees == Sees::Published {
                return Err(only_published());
            }
            return Ok((bundle.mode, self.transaction(scope, &bundle)?));
        }
        let results = bundle.entries.iter().map(|entry| {
            let result = match (sees, entry) {
                // What is published the routes know, and who may see it.
                (Sees::Published, Ok(entry)) if !step::is_call(entry) => EntryResult::Refused(only_published()),
                _ => self.batch_entry(scope, entry),
            };
            scope.room.left = scope.room.left.saturating_sub(result.size());
            result
        });
        let results = results.collect();
        Ok((bundle.mode, results))
    }

    /// Runs one write that a condition or a patch decides. Blocks: call it on a thread of its own.
    pub fn interact(
        &self,
        structure: &str,
        interaction: &Interaction<'_>,
        handling: Handling,
    ) -> Result<Done, Failure> {
        let entry = interaction.entry();
        let scope = Scope { structure, handling, form: Form::Request, unknown: Unknown::Refused, room: Room::ENDLESS };
        match self.run_until_decided(scope, &[&entry])?.pop() {
            Some((_, EntryResult::Written(received))) => Ok(Done::Written(received)),
            Some((_, EntryResult::Removed(count))) => Ok(Done::Removed(count)),
            Some((_, EntryResult::Refused(failure))) => Err(failure),
            _ => Err(Failure::internal()),
        }
    }

    fn batch_entry(&self, scope: Scope<'_>, entry: &Result<Entry<'_>, Vec<bundle::BundleFault>>) -> EntryResult {
        let entry = match entry {
            Ok(entry) => entry,
            Err(faults) => return EntryResult::Refused(entry_faults(faults.iter())),
        };
        // A batch entry is a transaction of its own; its references to other entries stay as sent.
        match self.run_until_decided(scope, std::slice::from_ref(&entry)) {
            Ok(mut results) => {
                results.pop().map_or_else(|| EntryResult::Refused(Failure::internal()), |(_, result)| result)
            }
            Err(failure) => EntryResult::Refused(failure),
        }
    }

    fn transaction(&self, scope: Scope<'_>, bundle: &bundle::Bundle<'_>) -> Result<Vec<EntryResult>, Failure> {
        if bundle.faults().next().is_some() {
            return Err(entry_faults(bundle.faults()));
        }
        let mut results = self.run_until_decided(scope, &bundle.in_turn())?;
        results.sort_by_key(|(index, _)| *index);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// Runs the entries again as long as another write changes what their conditions found.
    fn run_until_decided(
        &self,
        scope: Scope<'_>,
        entries: &[&Entry<'_>],
    ) -> Result<Vec<(usize, EntryResult)>, Failure> {
        for _ in 1..ATTEMPTS {
            match self.run(scope, entries) {
                Err(failure) if failure.reason == Reason::Contended => {}
                done => return done,
            }
        }
        self.run(scope, entries)
    }

    /// Plans, prepares and commits the entries as one; then answers the reads.
    fn run(&self, scope: Scope<'_>, entries: &[&Entry<'_>]) -> Result<Vec<(usize, EntryResult)>, Failure> {
        let mut guards: Vec<Guard> = Vec::new();
        let mut planned = Vec::with_capacity(entries.len());
        let mut plan = Plan::new();
        for entry in entries {
            let step = self.step(scope, entry, &mut guards).map_err(|f| scope.told(f, entry.index))?;
            if let Step::Put { kind, id, .. } | Step::Existing { kind, id } = &step {
                plan.assign(entry, kind.name(), id);
            }
            planned.push(Planned { entry, step });
        }
        step::refuse_overlap(&planned)?;
        let mut draft = self.draft(scope, &planned, &plan).map_err(|failure| or_again(failure, &guards))?;
        draft.guards.append(&mut guards);
        let mut room = scope.room;
        if scope.form == Form::Bundle(Mode::Transaction) {
            self.check_reads(scope, &planned, &draft)?;
            // Checked before anything was written: what is written is not refused to be shown.
            room = Room::ENDLESS;
        }
        let mut results = self.commit_draft(scope, draft)?;
        for Planned { entry, step } in &planned {
            let result = match step {
                Step::Existing { kind, id } => EntryResult::Written(self.existing(scope.structure, *kind, id)?),
                Step::Nothing { kind } => EntryResult::Written(Received::nothing(*kind)),
                Step::Read => room.take(self.read_entry(scope, entry)),
                Step::Call => EntryResult::Call(Call::of(entry)),
                Step::Put { .. } | Step::Delete { .. } | Step::DeleteAll { .. } => continue,
            };
            results.push((entry.index, result));
        }
        Ok(results)
    }
}
