//! Receives one resource: read, validate, derive, commit. Acknowledged means on disk.

use super::failure::{Failure, Reason};
use super::identity::{Beside, or_again};
use super::precondition::Precondition;
use super::search::Criteria;
use super::search::query_of;
use super::{Gateway, derive, today};
use crate::config::Mode;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::Severity;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::person::Person;
use crate::fhir::references;
use crate::fhir::validate;
use crate::fhir::validate::Scope;
use crate::fhir::validate::resource_type;
use crate::store::Action;
use crate::store::Body;
use crate::store::Commit;
use crate::store::CommitError;
use crate::store::Committed;
use crate::store::Derived;
use crate::store::Expect;
use crate::store::Guard;
use crate::store::Outcome;
use crate::store::PatientLink;
use crate::store::Store;
use crate::store::Write;
use crate::store::Written;
use std::collections::HashSet;
use std::sync::Arc;

/// How often a write is tried whose condition found something else when it was decided. Each
/// attempt loses only to another write that succeeded.
pub(super) const ATTEMPTS: usize = 16;

/// How the client wants doubts handled (http.html, "handling" preference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// What is merely missing is a warning.
    Lenient,
    /// A reference to an unknown Patient, and warnings of structure, are errors.
    Strict,
}

/// What became of a resource that was sent.
#[derive(Debug)]
pub struct Received {
    pub kind: Kind,
    pub id: String,
    pub version: u32,
    pub known: Instant,
    pub outcome: Outcome,
    /// How many resources a deletion took along: what belonged to a Patient.
    pub beside: usize,
    /// Warnings only.
    pub issues: Vec<Issue>,
    pub(super) body: Option<Body>,
}

impl Received {
    /// Answers the resource as it is served.
    pub fn json(&self) -> Vec<u8> {
        self.body
            .as_ref()
            .map(|body| derive::render(self.kind, &self.id, self.version, self.known, body))
            .unwrap_or_default()
    }

    /// Answers how many bytes of it are kept; none of a deletion.
    pub fn size(&self) -> usize {
        self.body.as_ref().map_or(0, |body| body.bytes.len())
    }

    /// Answers what a conditional delete that matched nothing became.
    pub(super) fn nothing(kind: Kind) -> Received {
        let known = Instant::default();
        Received {
            kind,
            id: String::new(),
            version: 0,
            known,
            outcome: Outcome::AlreadyGone,
            beside: 0,
            issues: Vec::new(),
            body: None,
        }
    }

    pub fn is_deletion(&self) -> bool {
        self.body.is_none()
    }
}

/// A resource that passed validation, ready to be committed.
#[derive(Clone)]
pub(super) struct Prepared {
    pub kind: Kind,
    pub body: Body,
    pub derived: Derived,
    pub issues: Vec<Issue>,
    /// The patients of a resource that may have several, all of them.
    pub patients: Vec<PatientLink>,
    /// Who a Patient is; `None` for every other type.
    pub person: Option<Person>,
    /// It says of itself that it was entered in error.
    pub withdrawn: bool,
}

impl Gateway {
    /// Creates a resource under an id of ours. With a condition (`If-None-Exist`), one match
    /// answers that match and writes nothing, several refuse.
    pub async fn create(
        &self,
        structure: &str,
        kind: Kind,
        bytes: &[u8],
        condition: Option<&str>,
        handling: Handling,
    ) -> Result<Received, Failure> {
        let criteria = condition
            .map(|text| Criteria::read(self, structure, kind, query_of(&self.context.base, kind, text)))
            .transpose();
        let prepared = match self.prepare(kind, bytes) {
            Ok(prepared) => prepared,
            Err(failure) => return self.existing_instead(structure, (kind, bytes), criteria?.as_ref(), failure),
        };
        let criteria = criteria?;
        if let Some(criteria) = &criteria {
            criteria.names_who_is_sent(&self.context, bytes)?;
        }
        if criteria.is_some() || prepared.person.is_some() {
            for _ in 1..ATTEMPTS {
                match self.create_under(structure, criteria.as_ref(), prepared.clone(), handling).await {
                    Err(failure) if failure.reason == Reason::Contended => {}
                    done => return done,
                }
            }
        }
        self.create_under(structure, criteria.as_ref(), prepared, handling).await
    }

    /// Answers what a create's condition finds where what was sent cannot be stored: it is ignored then
    /// (http.html#ccreate), as long as it is of the type. Where nothing is found it is refused as it is.
    fn existing_instead(
        &self,
        structure: &str,
        (kind, bytes): (Kind, &[u8]),
        criteria: Option<&Criteria>,
        failure: Failure,
    ) -> Result<Received, Failure> {
        let of_type = json::scan(bytes).is_ok_and(|scanned| &*scanned.resource_type == kind.name());
        let Some(criteria) = criteria.filter(|_| of_type) else { return Err(failure) };
        match criteria.run(self)?.only()? {
            Some(id) => self.existing(structure, kind, &id),
            None => Err(failure),
        }
    }

    /// One attempt of a create: match its condition, then commit if nothing matches still.
    async fn create_under(
        &self,
        structure: &str,
        criteria: Option<&Criteria>,
        prepared: Prepared,
        handling: Handling,
    ) -> Result<Received, Failure> {
        let mut guards = Vec::new();
        if let Some(criteria) = criteria {
            let matched = criteria.run(self)?;
            if let Some(id) = matched.only()? {
                return self.existing(structure, prepared.kind, &id);
            }
            guards.push(criteria.guard(self, &matched));
        }
        guards.extend(self.subject_guard(structure, &prepared, handling)?);
        self.put(structure, &new_id(), prepared, Expect::Made, guards).await
    }

    /// Replaces a resource, or creates it under the client's id.
    pub async fn update(
        &self,
        structure: &str,
        (kind, id): (Kind, &str),
        bytes: &[u8],
        precondition: Precondition,
        handling: Handling,
    ) -> Result<Received, Failure> {
        let prepared = self.prepare_update((kind, id), bytes)?;
        if precondition == Precondition::Present {
            // Which version is there does not matter: one that comes between is no conflict.
            for _ in 1..ATTEMPTS {
                let expect = self.expect(structure, kind, id, precondition)?;
                let guards = self.subject_guard(structure, &prepared, handling)?;
                match self.put(structure, id, prepared.clone(), expect, guards).await {
                    Err(failure) if failure.reason == Reason::Precondition => {}
                    done => return done,
                }
            }
        }
        let expect = self.expect(structure, kind, id, precondition)?;
        if prepared.person.is_some() {
            for _ in 1..ATTEMPTS {
                let guards = self.subject_guard(structure, &prepared, handling)?;
                match self.put(structure, id, prepared.clone(), expect.clone(), guards).await {
                    Err(failure) if failure.reason == Reason::Contended => {}
                    done => return done,
                }
            }
        }
        let guards = self.subject_guard(structure, &prepared, handling)?;
        self.put(structure, id, prepared, expect, guards).await
    }

    /// Answers every issue of a resource, stores nothing.
    pub fn validate(&self, structure: &str, kind: Kind, bytes: &[u8]) -> Vec<Issue> {
        let prepared = match self.examine(kind, bytes) {
            Ok(prepared) => prepared,
            Err(failure) => return failure.issues,
        };
        let mut issues = prepared.issues;
        if let Ok(value) = json::parse(bytes) {
            issues.extend(self.advice(structure, kind, &value));
        }
        issues
    }

    /// Reads a body that must carry the id of the URL.
    fn prepare_update(&self, (kind, id): (Kind, &str), bytes: &[u8]) -> Result<Prepared, Failure> {
        if !crate::config::is_id(id) {
            return Err(Failure::new(
                Reason::Malformed,
                Issue::new(&issues::BAD_ID, format!("{}.id", kind.name()), &[]),
            ));
        }
        let scanned = scan(bytes)?;
        match scanned.id.as_deref() {
            Some(sent) if sent == id => {}
            Some(_) => return Err(id_failure(kind, &issues::ID_MISMATCH)),
            None => return Err(id_failure(kind, &issues::ID_MISSING)),
        }
        self.prepare_scanned(kind, bytes, scanned)
    }

    pub(super) fn prepare(&self, kind: Kind, bytes: &[u8]) -> Result<Prepared, Failure> {
        let scanned = scan(bytes)?;
        self.prepare_scanned(kind, bytes, scanned)
    }

    fn prepare_scanned(&self, kind: Kind, bytes: &[u8], scanned: json::Scanned) -> Result<Prepared, Failure> {
        let prepared = self.examine_scanned(kind, bytes, scanned)?;
        if prepared.issues.iter().any(Issue::is_error) {
            return Err(Failure::of(prepared.issues));
        }
        Ok(prepared)
    }

    fn examine(&self, kind: Kind, bytes: &[u8]) -> Result<Prepared, Failure> {
        let scanned = scan(bytes)?;
        self.examine_scanned(kind, bytes, scanned)
    }

    /// Validates and derives. The tree is parsed once and serves both.
    fn examine_scanned(&self, kind: Kind, bytes: &[u8], scanned: json::Scanned) -> Result<Prepared, Failure> {
        if &*scanned.resource_type != kind.name() {
            let sent = resource_type(&scanned.resource_type).unwrap_or("?");
            let expected =
                Issue::new(&issues::WRONG_RESOURCE_TYPE, format!("{}.resourceType", kind.name()), &[sent, kind.name()]);
            return Err(Failure::new(Reason::Malformed, expected));
        }
        let value = json::parse(bytes).map_err(|fault| derive::json_failure(&fault))?;
        let rules = self.rulebooks.current();
        let scope = Scope {
            mode: match self.policy.mode {
                Mode::Production => validate::Mode::Production,
                Mode::Demo => validate::Mode::Demo,
            },
            today: today(),
            concepts: &rules.rulebook.rules.concepts,
            measures: &rules.rulebook.rules.measures,
        };
        let mut issues = self.validator.check(kind, &value, &scope);
        issues.extend(conditional_outside(kind, bytes));
        let derived = self.context.derive(kind, &value);
        let person = (kind == Kind::Patient).then(|| self.context.person(&value));
        let patients = self.context.named_patients(kind, &value);
        let withdrawn = validate::is_withdrawn(kind, &value);
        let body = derive::to_store(scanned.body);
        Ok(Prepared { kind, body, derived, issues, patients, person, withdrawn })
    }

    /// Refuses, under strict handling, what else is only a warning of structure.
    pub(super) fn strict_issues(&self, prepared: &Prepared) -> Result<(), Failure> {
        // What is withdrawn is withdrawn, however it is written.
        if prepared.withdrawn {
            return Ok(());
        }
        let strict: Vec<Issue> =
            prepared.issues.iter().filter(|i| refused_when_strict(i)).cloned().map(Issue::refused).collect();
        if strict.is_empty() { Ok(()) } else { Err(Failure { reason: Reason::Contract, issues: strict }) }
    }

    /// Under strict handling every Patient that is named must be known, and still be when the write is
    /// decided.
    fn subject_guard(&self, structure: &str, prepared: &Prepared, handling: Handling) -> Result<Vec<Guard>, Failure> {
        match handling {
            Handling::Lenient => Ok(Vec::new()),
            Handling::Strict => self.strict_guard(structure, prepared, &HashSet::new()),
        }
    }

    /// The same, where the Patients `beside` are written by the same commit.
    pub(super) fn strict_guard(
        &self,
        structure: &str,
        prepared: &Prepared,
        beside: &HashSet<&str>,
    ) -> Result<Vec<Guard>, Failure> {
        self.strict_issues(prepared)?;
        let seen = self.store.sequence();
        let one = std::slice::from_ref(&prepared.derived.patient);
        let all = if prepared.patients.is_empty() { one } else { &prepared.patients };
        let written = |link: &&PatientLink| matches!(link, PatientLink::Id(id) if beside.contains(&**id));
        let links: Vec<PatientLink> = all.iter().filter(|link| !written(link)).cloned().collect();
        if !links.iter().all(|link| knows_patient(&self.store, structure, link)) {
            let expression = derive::subject_expression(prepared.kind);
            return Err(Failure::new(
                Reason::Contract,
                Issue::new(&issues::SUBJECT_UNKNOWN, &expression, &[&expression]),
            ));
        }
        if links.is_empty() {
            return Ok(Vec::new());
        }
        let (store, tenant) = (self.store.clone(), structure.to_owned());
        let still_true = Arc::new(move || links.iter().all(|link| knows_patient(&store, &tenant, link)));
        Ok(vec![Guard { touches: vec![Kind::Patient], seen, still_true }])
    }

    pub(super) fn expect(
        &self,
        structure: &str,
        kind: Kind,
        id: &str,
        wanted: Precondition,
    ) -> Result<Expect, Failure> {
        match wanted {
            Precondition::Anything => Ok(Expect::Anything),
            Precondition::Absent => Ok(Expect::Absent),
            Precondition::Version(version) => Ok(Expect::Version(version)),
            Precondition::Among(versions) => match self.store.get(structure, kind, id)? {
                Some(stored) if versions.has(stored.version) => Ok(Expect::Version(stored.version)),
                _ => Err(precondition_failed()),
            },
            Precondition::Present => match self.store.get(structure, kind, id)? {
                Some(stored) if stored.body.is_some() => Ok(Expect::Version(stored.version)),
                _ => Err(precondition_failed()),
            },
        }
    }

    async fn put(
        &self,
        structure: &str,
        id: &str,
        prepared: Prepared,
        expect: Expect,
        guards: Vec<Guard>,
    ) -> Result<Received, Failure> {
        let Prepared { kind, body, derived, issues, person, .. } = prepared;
        let claims = match &person {
            Some(person) => self
                .claims(structure, (0, id, person), &Beside::default())
                .map_err(|failure| or_again(failure, &guards))?,
            None => Vec::new(),
        };
        let create = expect.creates();
        let write = Write { kind, id: id.into(), action: Action::Put { body: body.clone(), derived }, expect };
        let commit = Commit { structure: structure.into(), writes: vec![write], guards, claims };
        let committed = self.store.commit(commit).await.map_err(|error| match error {
            CommitError::Conflict { .. } if create => already_exists(),
            error => commit_failure(error),
        })?;
        let written = first(&committed)?;
        Ok(received(kind, id, Some(body), issues, written))
    }

    /// Answers the resource that a condition matched, as if it had been written.
    pub(super) fn existing(&self, structure: &str, kind: Kind, id: &str) -> Result<Received, Failure> {
        let stored = self.store.get(structure, kind, id)?.ok_or_else(Failure::internal)?;
        Ok(Received {
            kind,
            id: id.to_owned(),
            version: stored.version,
            known: stored.known,
            outcome: Outcome::Unchanged,
            beside: 0,
            issues: Vec::new(),
            body: stored.body,
        })
    }
}

/// Answers what became of one write, with the warning that its Patient is not known yet.
pub(super) fn received(
    kind: Kind,
    id: &str,
    body: Option<Body>,
    mut issues: Vec<Issue>,
    written: &Written,
) -> Received {
    if written.pending {
        let expression = derive::subject_expression(kind);
        issues.push(Issue::new(&issues::SUBJECT_PENDING, &expression, &[&expression]));
    }
    Received {
        kind,
        id: id.to_owned(),
        version: written.version,
        known: written.known,
        outcome: written.outcome.clone(),
        beside: 0,
        issues,
        body,
    }
}

pub(super) fn first(committed: &Committed) -> Result<&Written, Failure> {
    committed.writes.first().ok_or_else(Failure::internal)
}

/// Answers whether the Patient a resource names is known now; what names none is not asked.
fn knows_patient(store: &Store, structure: &str, link: &PatientLink) -> bool {
    match link {
        PatientLink::Own | PatientLink::Shared => true,
        PatientLink::Id(id) => {
            store.with(structure, Kind::Patient, id, |row| !row.is_deleted()).is_ok_and(|known| known == Some(true))
        }
        PatientLink::Identifier(hash) => {
            store.find_patient_by_identifier(structure, hash).is_ok_and(|found| found.len() == 1)
        }
    }
}

/// Under strict handling what is missing or doubtful in the structure is a refusal; doubts about
/// values (checksums, unlikely measures) stay warnings.
fn refused_when_strict(issue: &Issue) -> bool {
    issue.kind.severity == Severity::Warning
        && matches!(issue.kind.fhir, "incomplete" | "not-found" | "processing" | "code-invalid" | "invariant")
}

fn scan(bytes: &[u8]) -> Result<json::Scanned, Failure> {
    json::scan(bytes).map_err(|fault| derive::json_failure(&fault))
}

pub(super) fn id_failure(kind: Kind, what: &'static IssueKind) -> Failure {
    Failure::new(Reason::Malformed, Issue::new(what, format!("{}.id", kind.name()), &[]))
}

/// Answers a fault for each conditional reference: they are read in Bundles alone, and what a
/// Bundle resolved is none any more.
fn conditional_outside(kind: Kind, bytes: &[u8]) -> Vec<Issue> {
    if !bytes.contains(&b'?') {
        return Vec::new();
    }
    references::collect(bytes, kind.name())
        .into_iter()
        .filter(|found| matches!(references::form(&found.text), references::Form::Conditional { .. }))
        .map(|found| Issue::new(&issues::CONDITIONAL_OUTSIDE, found.expression, &[&found.element]))
        .collect()
}

/// `If-None-Match: *`, and there is one.
pub(super) fn already_exists() -> Failure {
    Failure::new(Reason::Precondition, Issue::general(&issues::ALREADY_EXISTS, &[]))
}

pub(super) fn precondition_failed() -> Failure {
    Failure::new(Reason::Precondition, Issue::general(&issues::VERSION_CONFLICT, &[]))
}

/// Translates what the committer refused.
pub(super) fn commit_failure(error: CommitError) -> Failure {
    match error {
        CommitError::Conflict { .. } => precondition_failed(),
        CommitError::Invalid => Failure::new(Reason::Malformed, Issue::general(&issues::BAD_ID, &[])),
        CommitError::Guard { .. } | CommitError::Claimed { .. } | CommitError::Issued => {
            Failure::new(Reason::Contended, Issue::general(&issues::CONTENDED, &[]))
        }
        CommitError::Busy => Failure::new(Reason::Busy, Issue::general(&issues::STORE_BUSY, &["1"])),
        CommitError::Stopped => Failure::new(Reason::Busy, Issue::general(&issues::STORE_READ_ONLY, &[])),
    }
}

/// Answers a new id of ours: time-ordered, so that what arrives together is stored together.
pub(super) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
