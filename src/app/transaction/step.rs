//! What each entry will do, decided against the state before the Bundle (http.html#trules).

use super::draft::patch_of;
use super::faults::entry_faults;
use super::{Form, Gateway, Scope};
use crate::app::COMPUTED;
use crate::app::failure::{Failure, Reason};
use crate::app::patch;
use crate::app::precondition::Precondition;
use crate::app::read::{Cascade, missing};
use crate::app::receive::{already_exists, new_id, precondition_failed};
use crate::app::search::{Criteria, in_one_order, query_of};
use crate::config;
use crate::config::ConditionalDelete;
use crate::domain::fact::Kind;
use crate::fhir::bundle;
use crate::fhir::bundle::Entry;
use crate::fhir::bundle::Method;
use crate::fhir::bundle::Mode;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::terminology::Published;
use crate::fhir::validate::resource_type;
use crate::store::Expect;
use crate::store::Guard;
use std::collections::HashSet;

/// Most resources that one condition deletes together; what belongs to them is not counted.
const MOST_DELETED: usize = 1_000;

/// What an entry of a transaction will do, once its condition is matched.
pub(super) enum Step {
    /// Write under this id; `expect` as its precondition says.
    Put {
        kind: Kind,
        id: String,
        expect: Expect,
        origin: Origin,
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
        cascade: Cascade,
    },
    /// A conditional delete that matched several, where that is allowed.
    DeleteAll {
        kind: Kind,
        ids: Vec<String>,
        cascade: Cascade,
    },
    /// A conditional delete that matched nothing.
    Nothing {
        kind: Kind,
    },
    Read,
    /// What is asked of the other floors of the interface.
    Call,
}

/// Where what is written comes from.
pub(super) enum Origin {
    /// The entry's resource.
    Sent,
    /// The entry's resource, under a condition that found nothing (its criteria in one order).
    Condition(String),
    /// The current version, patched. It is patched again when another write comes between,
    /// unless the entry says which version it is for.
    Patch { body: Vec<u8>, version_asked: Asked },
}

/// Whether the sender named the version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Yes,
    No,
}

/// One entry with its step.
pub(in crate::app) struct Planned<'a, 'b> {
    pub(super) entry: &'a Entry<'b>,
    pub(super) step: Step,
}

impl Planned<'_, '_> {
    /// Answers type and id of all that the entry writes or deletes.
    pub(super) fn touched(&self) -> impl Iterator<Item = (Kind, &str)> {
        let (one, several) = match &self.step {
            Step::Put { kind, id, .. } | Step::Delete { kind, id, .. } => (Some((*kind, id.as_str())), None),
            Step::DeleteAll { kind, ids, .. } => (None, Some((*kind, ids))),
            Step::Existing { .. } | Step::Nothing { .. } | Step::Read | Step::Call => (None, None),
        };
        let several = several.into_iter().flat_map(|(kind, ids)| ids.iter().map(move |id| (kind, id.as_str())));
        one.into_iter().chain(several)
    }

    /// Answers type and id of all that the entry deletes.
    fn deleted(&self) -> impl Iterator<Item = (Kind, &str)> {
        let deletes = matches!(self.step, Step::Delete { .. } | Step::DeleteAll { .. });
        self.touched().filter(move |_| deletes)
    }

    /// Answers the resource the entry writes, its references as they were sent.
    pub(super) fn put(&self) -> Option<&[u8]> {
        match &self.step {
            Step::Put { origin: Origin::Patch { body, .. }, .. } => Some(body),
            Step::Put { .. } => self.entry.resource,
            _ => None,
        }
    }
}

impl Gateway {
    /// Matches the entry's condition against the starting state and decides what it will do.
    pub(super) fn step(&self, scope: Scope<'_>, entry: &Entry<'_>, guards: &mut Vec<Guard>) -> Result<Step, Failure> {
        match (is_call(entry), reads(entry), scope.form) {
            (true, _, Form::Bundle(Mode::Batch)) => return Ok(Step::Call),
            (true, ..) => return Err(only_in_batch(entry)),
            (false, true, _) => return Ok(Step::Read),
            (false, false, _) => {}
        }
        let kind = kind_of(entry).ok_or_else(Failure::internal)?;
        let condition = match entry.method {
            Method::Post => entry.if_none_exist.as_deref().map(|text| query_of(&self.context.base, kind, text)),
            _ => entry.url.query.as_deref(),
        };
        let matched = match condition {
            None => None,
            Some(text) => {
                let criteria = Criteria::read(self, scope.structure, kind, text)?;
                let criteria = match entry.method {
                    Method::Delete => criteria.of_records(),
                    _ => criteria,
                };
                if let Some(sent) = entry.resource.as_ref().filter(|_| entry.method != Method::Patch) {
                    criteria.names_who_is_sent(&self.context, sent)?;
                }
                let matched = criteria.run(self)?;
                // What the condition found must still be what it finds when the commit is decided.
                guards.push(criteria.guard(self, &matched));
                if self.takes_several(entry) && matched.ids.len() > 1 {
                    return delete_all(entry, kind, matched.ids);
                }
                Some(matched.only()?)
            }
        };
        match (condition, matched) {
            (Some(condition), Some(None)) => self.unmatched(scope, entry, kind, condition),
            (_, Some(Some(id))) => self.matched(scope, entry, kind, id),
            _ => self.named(scope, entry, kind),
        }
    }

    /// Answers whether a condition of the entry may find several. A version is that of one.
    fn takes_several(&self, entry: &Entry<'_>) -> bool {
        entry.method == Method::Delete
            && entry.if_match.is_none()
            && entry.if_none_match.is_none()
            && self.policy.conditional_delete == ConditionalDelete::Multiple
    }

    /// The condition found nothing.
    fn unmatched(&self, scope: Scope<'_>, entry: &Entry<'_>, kind: Kind, condition: &str) -> Result<Step, Failure> {
        let under = || in_one_order(condition).map(Origin::Condition);
        match entry.method {
            Method::Post => Ok(Step::Put { kind, id: new_id(), expect: Expect::Made, origin: under()? }),
            Method::Delete if entry.if_match.is_some() => Err(precondition_failed()),
            Method::Delete => Ok(Step::Nothing { kind }),
            Method::Put if entry.if_match.is_some() => Err(precondition_failed()),
            Method::Put => {
                let Some(id) = sent_id(entry) else {
                    return Ok(Step::Put { kind, id: new_id(), expect: Expect::Made, origin: under()? });
                };
                // It creates, and never replaces what has the id sent along.
                let taken = self.store.get(scope.structure, kind, &id)?.is_some_and(|stored| stored.body.is_some());
                if taken {
                    let issue = Issue::new(&issues::CONDITION_ID_TAKEN, format!("{}.id", kind.name()), &[]);
                    return Err(Failure::new(Reason::Conflict, issue));
                }
                Ok(Step::Put { kind, id: usable(kind, id)?, expect: Expect::Absent, origin: under()? })
            }
            _ => Err(Failure::new(Reason::NotFound, Issue::general(&issues::NO_MATCH, &[]))),
        }
    }

    /// The condition found one resource.
    fn matched(&self, scope: Scope<'_>, entry: &Entry<'_>, kind: Kind, id: String) -> Result<Step, Failure> {
        match entry.method {
            Method::Post => Ok(Step::Existing { kind, id }),
            // An id that is sent along must be the one found (http.html#cond-update).
            Method::Put if sent_id(entry).is_some_and(|sent| sent != id) => Err(Failure::new(
                Reason::Malformed,
                Issue::new(&issues::CONDITION_ID_CONFLICT, format!("{}.id", kind.name()), &[]),
            )),
            _ => self.on(scope, entry, kind, id),
        }
    }

    /// The address names the resource, or the resource is new.
    fn named(&self, scope: Scope<'_>, entry: &Entry<'_>, kind: Kind) -> Result<Step, Failure> {
        if entry.method == Method::Post {
            return Ok(Step::Put { kind, id: new_id(), expect: Expect::Made, origin: Origin::Sent });
        }
        let id = entry.url.id.clone().ok_or_else(Failure::internal)?;
        self.on(scope, entry, kind, id)
    }

    /// Answers the update, patch or deletion of one resource.
    fn on(&self, scope: Scope<'_>, entry: &Entry<'_>, kind: Kind, id: String) -> Result<Step, Failure> {
        let wanted =
            Precondition::read(entry.if_match.as_deref(), entry.if_none_match.as_deref()).ok_or_else(|| {
                Failure::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &["If-Match"]))
            })?;
        match entry.method {
            Method::Patch => self.patch_step(scope, entry, (kind, id), wanted),
            Method::Delete => {
                let expect = self.expect(scope.structure, kind, &id, wanted)?;
                Ok(Step::Delete { kind, expect, cascade: cascade(entry), id })
            }
            _ => {
                let expect = self.expect(scope.structure, kind, &id, wanted)?;
                Ok(Step::Put { kind, expect, id: usable(kind, id)?, origin: Origin::Sent })
            }
        }
    }

    /// Applies the entry's patch to what is there before the Bundle.
    fn patch_step(
        &self,
        scope: Scope<'_>,
        entry: &Entry<'_>,
        (kind, id): (Kind, String),
        wanted: Precondition,
    ) -> Result<Step, Failure> {
        let patch = patch_of(scope, entry)?;
        let current = self.read(scope.structure, kind, &id).map_err(|failure| missing(failure, wanted))?;
        match wanted {
            Precondition::Absent => return Err(already_exists()),
            Precondition::Version(version) if version != current.version => return Err(precondition_failed()),
            Precondition::Among(versions) if !versions.has(current.version) => return Err(precondition_failed()),
            _ => {}
        }
        let body = patch::patched(kind, &current.json, &patch)?;
        let version_asked = match wanted {
            Precondition::Version(_) | Precondition::Among(_) => Asked::Yes,
            _ => Asked::No,
        };
        Ok(Step::Put {
            kind,
            id,
            expect: Expect::Version(current.version),
            origin: Origin::Patch { body, version_asked },
        })
    }
}

/// Answers whether an entry asks more than the stored resources: what the other routes answer.
pub(super) fn is_call(entry: &Entry<'_>) -> bool {
    kind_of(entry).is_none() || !reads(entry) && entry.url.operation.is_some()
}

fn reads(entry: &Entry<'_>) -> bool {
    let searches = entry.method == Method::Post && entry.url.operation.as_deref() == Some("_search");
    searches || entry.url.operation.is_none() && !entry.method.writes()
}

fn kind_of(entry: &Entry<'_>) -> Option<Kind> {
    entry.url.resource_type.as_deref().and_then(Kind::from_name)
}

/// Refuses what a transaction cannot promise: its answer rests on what the commit makes, so that
/// whether it fails cannot be known before.
fn only_in_batch(entry: &Entry<'_>) -> Failure {
    let place = format!("Bundle.entry[{}].request.url", entry.index);
    let known = |name: &str| COMPUTED.contains(&name) || Published::from_name(name).is_some();
    let asked = entry.url.operation.is_some() || entry.url.resource_type.as_deref().is_none_or(known);
    if asked {
        return Failure::of(vec![Issue::new(&issues::BUNDLE_ONLY_BATCH, place, &[])]);
    }
    let accepted: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let sent = entry.url.resource_type.as_deref().and_then(resource_type).unwrap_or("?");
    let issue = Issue::new(&issues::UNACCEPTED_TYPE, place, &[sent, &accepted.join(", ")]);
    Failure::new(Reason::Contract, issue)
}

/// The condition of a deletion found several.
fn delete_all(entry: &Entry<'_>, kind: Kind, ids: Vec<String>) -> Result<Step, Failure> {
    if ids.len() > MOST_DELETED {
        let (count, most) = (ids.len().to_string(), MOST_DELETED.to_string());
        let issue = Issue::general(&issues::CONDITION_TOO_MANY, &[&count, &most]);
        return Err(Failure::new(Reason::Precondition, issue));
    }
    Ok(Step::DeleteAll { kind, ids, cascade: cascade(entry) })
}

fn cascade(entry: &Entry<'_>) -> Cascade {
    if entry.url.cascade { Cascade::Dependants } else { Cascade::Refuse }
}

/// Refuses an id that no address can hold (`.`, `..`), or that is none.
fn usable(kind: Kind, id: String) -> Result<String, Failure> {
    if config::is_id(&id) {
        return Ok(id);
    }
    Err(Failure::new(Reason::Malformed, Issue::new(&issues::BAD_ID, format!("{}.id", kind.name()), &[])))
}

/// The id a conditional update's resource brings along, used when nothing matched.
fn sent_id(entry: &Entry<'_>) -> Option<String> {
    let scanned = crate::fhir::json::scan(entry.resource?).ok()?;
    scanned.id.map(|id| id.to_string())
}

/// Refuses a transaction that touches one identity twice, also where conditions led to it.
pub(super) fn refuse_overlap(planned: &[Planned<'_, '_>]) -> Result<(), Failure> {
    // The later entry of the request is at fault, whichever is processed first.
    let mut planned: Vec<&Planned<'_, '_>> = planned.iter().collect();
    planned.sort_by_key(|p| p.entry.index);
    let written = planned.iter().flat_map(|p| p.touched().map(|(kind, id)| (p.entry.index, kind.name(), id)));
    let faults = bundle::overlapping(written);
    if !faults.is_empty() {
        return Err(entry_faults(faults.iter()));
    }
    // What a create found already there may be updated beside it, and not be taken away.
    let mut known = HashSet::new();
    let ends = planned.iter().flat_map(|p| {
        let found = match &p.step {
            Step::Existing { kind, id } if known.insert((*kind, id)) => Some((*kind, id.as_str())),
            _ => None,
        };
        p.deleted().chain(found).map(|(kind, id)| (p.entry.index, kind.name(), id))
    });
    let faults = bundle::overlapping(ends);
    if !faults.is_empty() {
        return Err(entry_faults(faults.iter()));
    }
    let mut conditions = HashSet::new();
    for Planned { entry, step } in planned {
        if let Step::Put { kind, origin: Origin::Condition(under), .. } = step
            && !conditions.insert((*kind, under))
        {
            let place = format!("Bundle.entry[{}].request", entry.index);
            return Err(Failure::of(vec![Issue::new(&issues::BUNDLE_CONDITIONAL_TWICE, place, &[])]));
        }
    }
    Ok(())
}
