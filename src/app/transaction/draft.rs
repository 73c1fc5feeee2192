//! The commit of a Bundle in the making: every entry validated, its references resolved.

use super::references::{self, Named};
use super::step::{Asked, Origin, Planned, Step};
use super::{Form, Gateway, Scope};
use crate::app::failure::{Failure, Reason};
use crate::app::identity::Beside;
use crate::app::patch;
use crate::app::read::{Cascade, Spared};
use crate::app::receive::{Handling, Prepared};
use crate::domain::fact::Kind;
use crate::fhir::bundle::Entry;
use crate::fhir::bundle::Mode;
use crate::fhir::bundle::Plan;
use crate::fhir::issue::Issue;
use crate::fhir::person::Person;
use crate::store::Action;
use crate::store::Body;
use crate::store::Claim;
use crate::store::Expect;
use crate::store::Guard;
use crate::store::Write;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

/// A commit in the making.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) writes: Vec<Write>,
    pub(super) guards: Vec<Guard>,
    pub(super) claims: Vec<Claim>,
    /// Who the Patients are that it writes, with the entry and the place of their write.
    people: Vec<(usize, usize, Person)>,
    /// One for each entry that writes.
    pub(super) prepared: Vec<Drafted>,
}

/// What one entry writes.
pub(super) struct Drafted {
    pub(super) entry: usize,
    /// Its own write among all; a cascade adds others.
    pub(super) write: usize,
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The body and what is doubtful in it; `None` for a deletion.
    pub(super) stored: Option<(Body, Vec<Issue>)>,
    /// Another version may be current by then: the entry is then run again.
    pub(super) again: bool,
}

impl Drafted {
    /// Answers what it writes, and how many bytes; `None` for a deletion.
    pub(super) fn size(&self) -> Option<((Kind, &str), usize)> {
        let (body, _) = self.stored.as_ref()?;
        Some(((self.kind, &self.id), body.bytes.len()))
    }
}

/// What all entries need of each other.
struct Whole<'w, 'a, 'b> {
    scope: Scope<'w>,
    planned: &'w [Planned<'a, 'b>],
    plan: &'w Plan,
    /// Everything the Bundle writes or deletes.
    touched: HashSet<(Kind, &'w str)>,
    /// The Patients it writes.
    patients: HashSet<&'w str>,
}

impl Gateway {
    /// Validates and derives every entry; every fault of every entry is told at once.
    pub(super) fn draft(&self, scope: Scope<'_>, planned: &[Planned<'_, '_>], plan: &Plan) -> Result<Draft, Failure> {
        let touched: HashSet<(Kind, &str)> = planned.iter().flat_map(Planned::touched).collect();
        let written = |p: &&Planned<'_, '_>| p.put().is_some();
        let patients =
            planned.iter().filter(written).flat_map(Planned::touched).filter(|t| t.0 == Kind::Patient).map(|t| t.1);
        let whole = Whole { scope, planned, plan, patients: patients.collect(), touched };
        let mut draft = Draft::default();
        let mut named = Named::default();
        let mut issues = Vec::new();
        let mut reason = None;
        for one in planned {
            let added = match &one.step {
                Step::Put { .. } => self.add_put(&whole, &mut draft, &mut named, one),
                Step::Delete { kind, id, expect, cascade } => {
                    self.add_delete(&whole, &mut draft, one.entry, (*kind, id, expect, *cascade))
                }
                Step::DeleteAll { kind, ids, cascade } => ids.iter().try_for_each(|id| {
                    self.add_delete(&whole, &mut draft, one.entry, (*kind, id, &Expect::Anything, *cascade))
                }),
                Step::Existing { .. } | Step::Nothing { .. } | Step::Read | Step::Call => Ok(()),
            };
            if let Err(failure) = added {
                let failure = scope.told(failure, one.entry.index);
                reason.get_or_insert(failure.reason);
                issues.extend(failure.issues);
            }
        }
        draft.guards.append(&mut named.guards);
        for (entry, failure) in self.claim_identities(scope, &mut draft)? {
            let failure = scope.told(failure, entry);
            reason.get_or_insert(failure.reason);
            issues.extend(failure.issues);
        }
        match reason {
            None => Ok(draft),
            Some(Reason::Malformed | Reason::Contract) => Err(Failure::of(issues)),
            Some(reason) => Err(Failure { reason, issues }),
        }
    }

    /// Claims the identifiers of the Patients the Bundle writes; answers those another patient has.
    fn claim_identities(&self, scope: Scope<'_>, draft: &mut Draft) -> Result<Vec<(usize, Failure)>, Failure> {
        let people = std::mem::take(&mut draft.people);
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let written: HashMap<usize, &Person> = people.iter().map(|(_, write, person)| (*write, person)).collect();
        let patients = draft.writes.iter().enumerate().filter(|(_, write)| write.kind == Kind::Patient);
        let beside = Beside::of(patients.map(|(n, write)| (n, &*write.id, written.get(&n).copied())));
        let (mut claims, mut refused) = (Vec::new(), Vec::new());
        for (entry, write, person) in &people {
            let Some(id) = draft.writes.get(*write).map(|write| &*write.id) else { continue };
            match self.claims(scope.structure, (*write, id, person), &beside) {
                Ok(more) => claims.extend(more),
                Err(failure) if failure.reason == Reason::Conflict => refused.push((*entry, failure)),
                Err(failure) => return Err(failure),
            }
        }
        draft.claims = claims;
        Ok(refused)
    }

    fn add_put(
        &self,
        whole: &Whole<'_, '_, '_>,
        draft: &mut Draft,
        named: &mut Named,
        one: &Planned<'_, '_>,
    ) -> Result<(), Failure> {
        let Step::Put { kind, id, expect, origin } = &one.step else { return Ok(()) };
        let sent = one.put().ok_or_else(Failure::internal)?;
        let structure = whole.scope.structure;
        // Elsewhere such a reference is no reference: validation tells it.
        if whole.scope.form == Form::Bundle(Mode::Transaction) {
            self.name_conditionals(structure, named, (sent, *kind), (whole.planned, &whole.touched))?;
        }
        let rewritten = references::resolved((one.entry, *kind), sent, whole.plan, named)?;
        let prepared = self.prepare(*kind, &rewritten)?;
        if whole.scope.handling == Handling::Strict {
            draft.guards.extend(self.strict_guard(structure, &prepared, &whole.patients)?);
        }
        let Prepared { body, derived, issues, person, .. } = prepared;
        draft.people.extend(person.map(|person| (one.entry.index, draft.writes.len(), person)));
        let stored = Some((body.clone(), issues));
        let action = Action::Put { body, derived };
        let again = matches!(origin, Origin::Patch { version_asked: Asked::No, .. }) || any_version(one.entry);
        draft.prepared.push(Drafted {
            entry: one.entry.index,
            write: draft.writes.len(),
            kind: *kind,
            id: id.clone(),
            stored,
            again,
        });
        draft.writes.push(Write { kind: *kind, id: id.as_str().into(), action, expect: expect.clone() });
        Ok(())
    }

    fn add_delete(
        &self,
        whole: &Whole<'_, '_, '_>,
        draft: &mut Draft,
        entry: &Entry<'_>,
        (kind, id, expect, cascade): (Kind, &str, &Expect, Cascade),
    ) -> Result<(), Failure> {
        // What the same Bundle deletes or moves does not depend on the Patient any more.
        let spared: &Spared<'_> = &|kind, id| whole.touched.contains(&(kind, id));
        let (writes, guards) = self.deletion(whole.scope.structure, (kind, id), expect.clone(), cascade, spared)?;
        draft.guards.extend(guards);
        let write = draft.writes.len();
        let (entry, again) = (entry.index, any_version(entry));
        draft.prepared.push(Drafted { entry, write, kind, id: id.to_owned(), stored: None, again });
        draft.writes.extend(writes);
        Ok(())
    }
}

/// Answers whether the entry only asks that there is a version: another one is no conflict.
fn any_version(entry: &Entry<'_>) -> bool {
    entry.if_match.as_deref().map(str::trim) == Some("*")
}

/// Answers the patch an entry carries: the body of the request, or in a Bundle the Binary.
pub(super) fn patch_of<'e>(scope: Scope<'_>, entry: &'e Entry<'_>) -> Result<Cow<'e, [u8]>, Failure> {
    let sent = entry.resource.ok_or_else(Failure::internal)?;
    match scope.form {
        Form::Request => Ok(Cow::Borrowed(sent)),
        Form::Bundle(_) => patch::of_binary(sent).map(Cow::Owned),
    }
}
