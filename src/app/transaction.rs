//! Batch and transaction (http.html#transaction): everything or nothing, or each for itself.
//!
//! Everything that can be done outside the committer is: reading, matching, rewriting references,
//! validating, deriving. The commit is one step that no client can cancel.

use super::failure::{Failure, Reason, relocate};
use super::read::{Cascade, Resource};
use super::receive::{
    ATTEMPTS, Handling, Precondition, Prepared, Received, already_exists, commit_failure, new_id, received,
};
use super::search::{Criteria, Page, decoded_pairs};
use super::{Gateway, conditional, derive};
use crate::domain::fact::Kind;
use crate::fhir::bundle;
use crate::fhir::bundle::Entry;
use crate::fhir::bundle::Method;
use crate::fhir::bundle::Mode;
use crate::fhir::bundle::Plan;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;
use crate::fhir::references;
use crate::store::Action;
use crate::store::Commit;
use crate::store::Expect;
use crate::store::Guard;
use crate::store::Write;
use std::borrow::Cow;
use std::collections::HashMap;

/// What became of one entry, in the order of the request.
#[derive(Debug)]
pub enum EntryResult {
    Written(Received),
    Read(Resource),
    Found(Page),
    Refused(Failure),
}

/// What an entry of a transaction will do, once its condition is matched.
enum Step {
    /// Write under this id; `expect` as its precondition says.
    Put {
        kind: Kind,
        id: String,
        expect: Expect,
    },
    /// The condition matched: nothing is written.
    Existing {
        kind: Kind,
        id: String,
    },
    Delete {
        kind: Kind,
        id: String,
        expect: Expect,
    },
    /// A conditional delete that matched nothing.
    Nothing {
        kind: Kind,
    },
    Read,
}

/// One entry with its step.
pub(super) struct Planned<'a, 'b> {
    entry: &'a Entry<'b>,
    step: Step,
}

impl Planned<'_, '_> {
    /// Answers type and id of what the entry writes or deletes.
    pub(super) fn touched(&self) -> Option<(Kind, &str)> {
        match &self.step {
            Step::Put { kind, id, .. } | Step::Delete { kind, id, .. } => Some((*kind, id)),
            Step::Existing { .. } | Step::Nothing { .. } | Step::Read => None,
        }
    }

    /// Answers the resource the entry writes, as it was sent.
    pub(super) fn put(&self) -> Option<&[u8]> {
        matches!(self.step, Step::Put { .. }).then_some(self.entry.resource).flatten()
    }
}

/// A commit in the making.
#[derive(Default)]
struct Draft {
    writes: Vec<Write>,
    guards: Vec<Guard>,
    /// Entry index and what was prepared for each write, `None` for deletions.
    prepared: Vec<(usize, Kind, String, Option<Prepared>)>,
    /// What each conditional reference met so far stands for.
    named: HashMap<String, String>,
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
        let bundle =
            bundle::read(bytes, &self.context.base, self.policy.max_bundle_entries).map_err(|f| whole_failure(&f))?;
        let results = match bundle.mode {
            Mode::Transaction => self.transaction(structure, &bundle, handling)?,
            Mode::Batch => bundle.entries.iter().map(|entry| self.batch_entry(structure, entry, handling)).collect(),
        };
        Ok((bundle.mode, results))
    }

    fn batch_entry(
        &self,
        structure: &str,
        entry: &Result<Entry<'_>, Vec<bundle::BundleFault>>,
        handling: Handling,
    ) -> EntryResult {
        let entry = match entry {
            Ok(entry) => entry,
            Err(faults) => return EntryResult::Refused(entry_faults(faults.iter())),
        };
        // A batch entry is a transaction of its own; its references to other entries stay as sent.
        match self.run_until_decided(structure, std::slice::from_ref(&entry), handling) {
            Ok(mut results) => {
                results.pop().map_or_else(|| EntryResult::Refused(Failure::internal()), |(_, result)| result)
            }
            Err(failure) => EntryResult::Refused(failure),
        }
    }

    fn transaction(
        &self,
        structure: &str,
        bundle: &bundle::Bundle<'_>,
        handling: Handling,
    ) -> Result<Vec<EntryResult>, Failure> {
        if bundle.faults().next().is_some() {
            return Err(entry_faults(bundle.faults()));
        }
        let mut results = self.run_until_decided(structure, &bundle.in_turn(), handling)?;
        results.sort_by_key(|(index, _)| *index);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// Runs the entries again as long as another write changes what their conditions found.
    fn run_until_decided(
        &self,
        structure: &str,
        entries: &[&Entry<'_>],
        handling: Handling,
    ) -> Result<Vec<(usize, EntryResult)>, Failure> {
        for _ in 1..ATTEMPTS {
            match self.run(structure, entries, handling) {
                Err(failure) if failure.reason == Reason::Contended => {}
                done => return done,
            }
        }
        self.run(structure, entries, handling)
    }

    /// Plans, prepares and commits the entries as one; then answers the reads.
    fn run(
        &self,
        structure: &str,
        entries: &[&Entry<'_>],
        handling: Handling,
    ) -> Result<Vec<(usize, EntryResult)>, Failure> {
        let mut guards = Vec::new();
        let mut planned = Vec::with_capacity(entries.len());
        let mut plan = Plan::new();
        for entry in entries {
            let step = self.step(structure, entry, &mut guards).map_err(|f| f.in_entry(entry.index))?;
            if let Step::Put { kind, id, .. } | Step::Existing { kind, id } = &step {
                plan.assign(entry, kind.name(), id);
            }
            planned.push(Planned { entry, step });
        }
        refuse_overlap(&planned)?;
        let mut draft = self.draft(structure, &planned, &plan, handling)?;
        draft.guards.append(&mut guards);
        let mut results = self.commit_draft(structure, draft)?;
        for Planned { entry, step } in &planned {
            match step {
                Step::Existing { kind, id } => {
                    results.push((entry.index, EntryResult::Written(self.existing(structure, *kind, id)?)));
                }
                Step::Nothing { kind } => results.push((entry.index, EntryResult::Written(Received::nothing(*kind)))),
                Step::Read => results.push((entry.index, self.read_entry(structure, entry))),
                Step::Put { .. } | Step::Delete { .. } => {}
            }
        }
        Ok(results)
    }

    /// Matches the entry's condition against the starting state and decides what it will do.
    fn step(&self, structure: &str, entry: &Entry<'_>, guards: &mut Vec<Guard>) -> Result<Step, Failure> {
        let place = |element: &str| format!("Bundle.entry[{}].request.{element}", entry.index);
        if let Some(operation) = &entry.url.operation {
            let issue = Issue::new(&issues::OPERATION_UNKNOWN, place("url"), &[operation, ""]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        if matches!(entry.method, Method::Get | Method::Head) {
            return Ok(Step::Read);
        }
        if entry.method == Method::Patch {
            let issue = Issue::new(&issues::BUNDLE_METHOD, place("method"), &["PATCH"]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        let kind = entry.url.resource_type.as_deref().and_then(Kind::from_name).ok_or_else(Failure::internal)?;
        let condition = match entry.method {
            Method::Post => entry.if_none_exist.as_deref(),
            _ => entry.url.query.as_deref(),
        };
        let matched = match condition {
            None => None,
            Some(text) => {
                let criteria = Criteria::read(self, structure, kind, text)?;
                let matched = criteria.run(self)?;
                // What the condition found must still be what it finds when the commit is decided.
                guards.push(criteria.guard(self, &matched));
                Some(matched.only()?)
            }
        };
        match (entry.method, matched) {
            (Method::Post, Some(Some(id))) => Ok(Step::Existing { kind, id }),
            (Method::Post, _) => Ok(Step::Put { kind, id: new_id(), expect: Expect::Absent }),
            (Method::Delete, Some(None)) => Ok(Step::Nothing { kind }),
            (Method::Delete, found) => {
                let id = found.flatten().or_else(|| entry.url.id.clone()).ok_or_else(Failure::internal)?;
                Ok(Step::Delete { kind, expect: self.entry_expect(structure, kind, &id, entry)?, id })
            }
            // A conditional update: an id that is sent along must be the one found (http.html#cond-update).
            (_, Some(Some(id))) => match sent_id(entry) {
                Some(sent) if sent != id => Err(Failure::new(
                    Reason::Malformed,
                    Issue::new(&issues::CONDITION_ID_CONFLICT, format!("{}.id", kind.name()), &[]),
                )),
                _ => Ok(Step::Put { kind, expect: self.entry_expect(structure, kind, &id, entry)?, id }),
            },
            // Nothing found: it creates, and never replaces what has the id sent along.
            (_, Some(None)) => {
                Ok(Step::Put { kind, id: sent_id(entry).unwrap_or_else(new_id), expect: Expect::Absent })
            }
            (_, None) => {
                let id = entry.url.id.clone().ok_or_else(Failure::internal)?;
                Ok(Step::Put { kind, expect: self.entry_expect(structure, kind, &id, entry)?, id })
            }
        }
    }

    fn entry_expect(&self, structure: &str, kind: Kind, id: &str, entry: &Entry<'_>) -> Result<Expect, Failure> {
        let wanted = match (entry.if_none_match.as_deref(), entry.if_match.as_deref()) {
            (Some("*"), _) => Precondition::Absent,
            (_, Some("*")) => Precondition::Present,
            (_, Some(tag)) => {
                tag.trim_start_matches("W/").trim_matches('"').parse().map(Precondition::Version).map_err(|_| {
                    Failure::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &["ifMatch"]))
                })?
            }
            _ => Precondition::Anything,
        };
        self.expect(structure, kind, id, wanted)
    }

    /// Validates and derives every entry; every fault of every entry is told at once.
    fn draft(
        &self,
        structure: &str,
        planned: &[Planned<'_, '_>],
        plan: &Plan,
        handling: Handling,
    ) -> Result<Draft, Failure> {
        let mut draft = Draft::default();
        let mut issues = Vec::new();
        let mut reason = None;
        for Planned { entry, step } in planned {
            let added = match step {
                Step::Put { kind, id, expect } => self
                    .name_conditionals(structure, &mut draft, (entry, *kind), planned)
                    .and_then(|()| self.add_put(structure, &mut draft, entry, (*kind, id, expect), (plan, handling))),
                Step::Delete { kind, id, expect } => {
                    self.add_delete(structure, &mut draft, entry.index, (*kind, id, expect))
                }
                Step::Existing { .. } | Step::Nothing { .. } | Step::Read => Ok(()),
            };
            if let Err(failure) = added {
                let failure = failure.in_entry(entry.index);
                reason.get_or_insert(failure.reason);
                issues.extend(failure.issues);
            }
        }
        match reason {
            None => Ok(draft),
            Some(Reason::Malformed | Reason::Contract) => Err(Failure::of(issues)),
            Some(reason) => Err(Failure { reason, issues }),
        }
    }

    fn add_put(
        &self,
        structure: &str,
        draft: &mut Draft,
        entry: &Entry<'_>,
        (kind, id, expect): (Kind, &str, &Expect),
        (plan, handling): (&Plan, Handling),
    ) -> Result<(), Failure> {
        let sent = entry.resource.ok_or_else(Failure::internal)?;
        let rewritten = resolved((entry, kind), sent, plan, &draft.named)?;
        let prepared = self.prepare(structure, kind, &rewritten)?;
        if handling == Handling::Strict && !self.patient_in(draft, &prepared) {
            draft.guards.extend(self.subject_guard(structure, &prepared, handling)?);
        }
        let action = Action::Put { body: prepared.body.clone(), derived: prepared.derived.clone() };
        draft.writes.push(Write { kind, id: id.into(), action, expect: expect.clone() });
        draft.prepared.push((entry.index, kind, id.to_owned(), Some(prepared)));
        Ok(())
    }

    /// Asks what the conditional references of an entry stand for, each once per Bundle.
    fn name_conditionals(
        &self,
        structure: &str,
        draft: &mut Draft,
        (entry, kind): (&Entry<'_>, Kind),
        planned: &[Planned<'_, '_>],
    ) -> Result<(), Failure> {
        let sent = entry.resource.ok_or_else(Failure::internal)?;
        let mut faults = Vec::new();
        for (found, resource_type, query) in conditional::references(sent, kind) {
            if draft.named.contains_key(&found.text) {
                continue;
            }
            let names = self.conditional(structure, (resource_type, &query), planned, &mut draft.guards)?;
            match names.as_slice() {
                [one] => drop(draft.named.insert(found.text, format!("{}/{one}", resource_type.name()))),
                [] => faults.push(Issue::new(&issues::CONDITIONAL_NONE, found.expression, &[&found.element])),
                several => {
                    let count = several.len().to_string();
                    faults.push(Issue::new(&issues::CONDITIONAL_MANY, found.expression, &[&found.element, &count]));
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Failure::of(faults)) }
    }

    /// Answers whether the Patient the resource names is written by the same Bundle.
    fn patient_in(&self, draft: &Draft, prepared: &Prepared) -> bool {
        let crate::store::PatientLink::Id(patient) = &prepared.derived.patient else { return false };
        draft.writes.iter().any(|w| w.kind == Kind::Patient && w.id == *patient)
    }

    fn add_delete(
        &self,
        structure: &str,
        draft: &mut Draft,
        index: usize,
        target: (Kind, &str, &Expect),
    ) -> Result<(), Failure> {
        let (kind, id, expect) = target;
        let (writes, guards) = self.deletion(structure, kind, id, expect.clone(), Cascade::Refuse)?;
        draft.guards.extend(guards);
        draft.prepared.push((index, kind, id.to_owned(), None));
        draft.writes.extend(writes);
        Ok(())
    }

    fn commit_draft(&self, structure: &str, draft: Draft) -> Result<Vec<(usize, EntryResult)>, Failure> {
        if draft.writes.is_empty() {
            return Ok(Vec::new());
        }
        let indexes: Vec<usize> = draft.prepared.iter().map(|(index, ..)| *index).collect();
        let creates: Vec<bool> = draft.writes.iter().map(|w| matches!(w.expect, Expect::Absent)).collect();
        let commit = Commit { structure: structure.into(), writes: draft.writes, guards: draft.guards };
        let committed = self.store.commit_blocking(commit).map_err(|error| {
            let crate::store::CommitError::Conflict { write, .. } = error else { return commit_failure(error) };
            let create = creates.get(write).is_some_and(|create| *create);
            let failure = if create { already_exists() } else { commit_failure(error) };
            match indexes.get(write) {
                Some(index) => failure.in_entry(*index),
                None => failure,
            }
        })?;
        let results =
            draft.prepared.into_iter().zip(&committed.writes).map(|((index, kind, id, prepared), written)| {
                let (body, issues) = prepared.map_or((None, Vec::new()), |p| (Some(p.body), p.issues));
                let mut told = received(kind, &id, body, issues, written);
                told.issues = told.issues.into_iter().map(|issue| relocate(issue, index)).collect();
                (index, EntryResult::Written(told))
            });
        Ok(results.collect())
    }

    fn read_entry(&self, structure: &str, entry: &Entry<'_>) -> EntryResult {
        let kind = entry.url.resource_type.as_deref().and_then(Kind::from_name);
        let answer = match (kind, &entry.url.id, &entry.url.version) {
            (Some(kind), Some(id), None) => self.read(structure, kind, id).map(EntryResult::Read),
            (Some(kind), Some(id), Some(version)) => {
                self.vread(structure, kind, id, version.parse().unwrap_or(0)).map(EntryResult::Read)
            }
            (Some(kind), None, _) => decoded_pairs(entry.url.query.as_deref().unwrap_or(""))
                .and_then(|pairs| self.search(structure, kind, &pairs))
                .map(EntryResult::Found),
            (None, ..) => Err(Failure::new(Reason::NotSupported, Issue::general(&issues::BUNDLE_URL, &[]))),
        };
        answer.unwrap_or_else(|failure| EntryResult::Refused(failure.in_entry(entry.index)))
    }
}

/// Answers the resource with its references to other entries replaced. A Bundle that names no
/// entry and no urn has nothing to replace: its resources are not walked.
fn resolved<'s>(
    (entry, kind): (&Entry<'_>, Kind),
    sent: &'s [u8],
    plan: &Plan,
    named: &HashMap<String, String>,
) -> Result<Cow<'s, [u8]>, Failure> {
    if plan.is_empty() && named.is_empty() && memchr::memmem::find(sent, b"urn:").is_none() {
        return Ok(Cow::Borrowed(sent));
    }
    let full_url = entry.full_url.as_deref();
    let resolve = |reference: &str| named.get(reference).cloned().or_else(|| plan.resolve(full_url, reference));
    let rewritten = references::rewrite(sent, &resolve);
    let dangling: Vec<Issue> = references::collect(&rewritten, kind.name())
        .into_iter()
        .filter(|found| plan.dangling(&found.text))
        .map(|found| Issue::new(&issues::URN_UNRESOLVED, &found.expression, &[&found.expression]))
        .collect();
    if dangling.is_empty() { Ok(rewritten) } else { Err(Failure::of(dangling)) }
}

/// The id a conditional update's resource brings along, used when nothing matched.
fn sent_id(entry: &Entry<'_>) -> Option<String> {
    let scanned = crate::fhir::json::scan(entry.resource?).ok()?;
    scanned.id.map(|id| id.to_string())
}

fn refuse_overlap(planned: &[Planned<'_, '_>]) -> Result<(), Failure> {
    let identities = planned.iter().filter_map(|p| match &p.step {
        Step::Put { kind, id, .. } | Step::Delete { kind, id, .. } => Some((p.entry.index, kind.name(), id.as_str())),
        _ => None,
    });
    let faults = bundle::overlapping(identities);
    if faults.is_empty() { Ok(()) } else { Err(entry_faults(faults.iter())) }
}

fn whole_failure(fault: &bundle::WholeFault) -> Failure {
    use bundle::WholeFault;
    let place = fault.expression();
    let (reason, issue) = match fault {
        WholeFault::Json(fault) => return derive::json_failure(fault),
        WholeFault::TooManyEntries { count, limit } => {
            (Reason::TooLarge, Issue::new(&issues::BUNDLE_TOO_MANY, place, &[&count.to_string(), &limit.to_string()]))
        }
        WholeFault::NotABundle => {
            (Reason::Malformed, Issue::new(&issues::WRONG_RESOURCE_TYPE, place, &["?", "Bundle"]))
        }
        WholeFault::NoResourceType => (Reason::Malformed, Issue::new(&issues::NOT_FHIR, place, &[])),
        WholeFault::NoType | WholeFault::TypeNotSupported => {
            (Reason::Contract, Issue::new(&issues::BUNDLE_TYPE, place, &[]))
        }
        WholeFault::UnknownElement(name) => {
            (Reason::Malformed, Issue::new(&issues::UNKNOWN_ELEMENT, place, &[name, ""]))
        }
        WholeFault::EntryNotAnArray => (Reason::Malformed, Issue::new(&issues::REPEATING, place, &["entry"])),
    };
    Failure::new(reason, issue)
}

fn entry_faults<'f>(faults: impl Iterator<Item = &'f bundle::BundleFault>) -> Failure {
    let failure = Failure::of(faults.map(bundle_issue).collect());
    // A type we do not accept is no address that is not there: the Bundle was found at fault.
    let reason = if failure.reason == Reason::UnacceptedType { Reason::Contract } else { failure.reason };
    Failure { reason, ..failure }
}

/// The element at fault stands in the place itself; methods and types are told where texts ask for them.
fn bundle_issue(fault: &bundle::BundleFault) -> Issue {
    let element = fault.expression.rsplit('.').next().unwrap_or("").to_owned();
    let identity = format!("entry[{}]", fault.entry);
    let accepted: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
    let accepted = accepted.join(", ");
    let args: Vec<&str> = match fault.kind {
        bundle::BundleFaultKind::WrongType => vec![&element, "object"],
        bundle::BundleFaultKind::UnknownElement => vec![&element, ""],
        bundle::BundleFaultKind::NoResource => vec!["POST/PUT"],
        bundle::BundleFaultKind::UnknownMethod => vec!["?"],
        bundle::BundleFaultKind::TypeNotAccepted => vec!["?", &accepted],
        bundle::BundleFaultKind::TypeMismatch => vec!["request.url", "?"],
        bundle::BundleFaultKind::SameIdentity => vec![&identity],
        _ => vec![],
    };
    Issue::new(fault_kind(fault.kind), fault.expression.clone(), &args)
}

fn fault_kind(kind: bundle::BundleFaultKind) -> &'static IssueKind {
    use bundle::BundleFaultKind as Fault;
    match kind {
        Fault::WrongType => &issues::WRONG_TYPE,
        Fault::UnknownElement => &issues::UNKNOWN_ELEMENT,
        Fault::NoRequest | Fault::NoMethod | Fault::NoUrl => &issues::BUNDLE_REQUEST_MISSING,
        Fault::UnknownMethod => &issues::BUNDLE_METHOD,
        Fault::BadUrl | Fault::ForeignUrl | Fault::UrlNotForMethod => &issues::BUNDLE_URL,
        Fault::TypeNotAccepted => &issues::UNACCEPTED_TYPE,
        Fault::NoResource => &issues::BUNDLE_RESOURCE_MISSING,
        Fault::NoResourceType => &issues::NOT_FHIR,
        Fault::TypeMismatch => &issues::BUNDLE_TYPE_DISAGREES,
        Fault::IdMismatch => &issues::ID_MISMATCH,
        Fault::BadFullUrl => &issues::BUNDLE_FULL_URL,
        Fault::DuplicateFullUrl => &issues::BUNDLE_FULL_URL_TWICE,
        Fault::SameIdentity => &issues::BUNDLE_IDENTITY_TWICE,
        Fault::SameCondition => &issues::BUNDLE_CONDITIONAL_TWICE,
        Fault::EmptyCondition => &issues::CONDITION_EMPTY,
    }
}
