//! Why a use case was refused: a reason the caller's protocol can translate, and the issues to tell.

use crate::fhir::issue::Class;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::store::StoreError;

/// What class of refusal it is. `http/problem.rs` gives each its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not JSON, or base FHIR violated.
    Malformed,
    /// Our contract, or a rule of business, violated.
    Contract,
    /// A resource type we do not accept.
    UnacceptedType,
    NotFound,
    Gone,
    /// Another version is current, or the resource cannot be changed as it stands.
    Conflict,
    /// If-Match, If-None-Match or a conditional match that found several.
    Precondition,
    /// What a condition had found changed before the write was decided, each time it was tried.
    Contended,
    /// A parameter or an operation we do not offer.
    NotSupported,
    MethodNotAllowed,
    /// The request was not sent in time.
    Timeout,
    MediaType,
    NotAcceptable,
    TooLarge,
    SignIn,
    Forbidden,
    /// Too much is asked at once.
    Throttled,
    Busy,
    Internal,
}

/// A refusal: nothing was changed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub reason: Reason,
    pub issues: Vec<Issue>,
}

impl Failure {
    pub fn new(reason: Reason, issue: Issue) -> Failure {
        Failure { reason, issues: vec![issue] }
    }

    /// A bug, or a store that cannot be read: told to the log where it happened.
    pub fn internal() -> Failure {
        Failure::new(Reason::Internal, Issue::general(&issues::INTERNAL, &[]))
    }

    /// Answers the refusal of a resource with these issues; base FHIR faults outweigh our contract's.
    pub fn of(issues: Vec<Issue>) -> Failure {
        let has = |class| issues.iter().any(|i| i.is_error() && i.kind.class == class);
        let reason = if has(Class::Malformed) {
            Reason::Malformed
        } else if has(Class::UnacceptedType) {
            Reason::UnacceptedType
        } else {
            Reason::Contract
        };
        Failure { reason, issues }
    }

    /// Answers the same refusal seen from an entry of a Bundle: `Observation.status` becomes
    /// `Bundle.entry[56].resource.status`.
    pub fn in_entry(self, entry: usize) -> Failure {
        let issues = self.issues.into_iter().map(|issue| relocate(issue, entry)).collect();
        Failure { reason: if self.reason == Reason::UnacceptedType { Reason::Contract } else { self.reason }, issues }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        // The store's messages carry no key and no value.
        tracing::error!("store: {error}");
        Failure::internal()
    }
}

/// Moves an issue under an entry of a Bundle.
pub fn relocate(issue: Issue, entry: usize) -> Issue {
    let root = format!("Bundle.entry[{entry}]");
    let expression = match issue.expression.as_deref() {
        Some(inner) if inner.starts_with("Bundle.") => inner.to_owned(),
        Some(inner) => match inner.split_once('.') {
            Some((_, path)) => format!("{root}.resource.{path}"),
            None => format!("{root}.resource"),
        },
        None => root,
    };
    Issue { expression: Some(expression), ..issue }
}
