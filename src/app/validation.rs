//! $validate (resource-operation-validate.html): what would be said of a resource, or of a change,
//! and nothing done.

use super::Gateway;
use super::failure::{Failure, Reason};
use super::identity::Beside;
use super::read::Cascade;
use super::receive::id_failure;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::profiles;
use crate::store::Expect;

/// What the resource is to be valid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValidationMode {
    /// Its content, wherever it goes.
    #[default]
    Content,
    Create,
    Update,
    Delete,
    /// Its content, against the profile named.
    Profile,
}

impl ValidationMode {
    /// Reads the code of `mode`.
    pub fn from_code(code: &str) -> Option<ValidationMode> {
        match code {
            "create" => Some(ValidationMode::Create),
            "update" => Some(ValidationMode::Update),
            "delete" => Some(ValidationMode::Delete),
            "profile" => Some(ValidationMode::Profile),
            _ => None,
        }
    }
}

/// A question to $validate.
#[derive(Clone, Debug)]
pub struct Validation<'a> {
    pub kind: Kind,
    /// Of the instance asked about.
    pub id: Option<&'a str>,
    pub mode: ValidationMode,
    pub profiles: &'a [String],
    /// `None`: the stored one.
    pub resource: Option<&'a [u8]>,
}

impl Gateway {
    /// Answers every issue; an error only where there is nothing that could be validated.
    pub fn check(&self, structure: &str, asked: &Validation<'_>) -> Result<Vec<Issue>, Failure> {
        let kind = asked.kind;
        if asked.mode == ValidationMode::Delete {
            return self.check_delete(structure, kind, asked.id);
        }
        let mut issues = Vec::new();
        for profile in asked.profiles {
            issues.extend(profile_issue(kind, profile));
        }
        if asked.mode == ValidationMode::Profile && asked.profiles.is_empty() && asked.resource.is_none() {
            return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_MISSING, &["profile"])));
        }
        let stored;
        let resource = match (asked.resource, asked.id) {
            (Some(resource), _) => resource,
            (None, Some(id)) => {
                stored = self.read(structure, kind, id)?.json;
                &stored
            }
            (None, None) => {
                let missing = Issue::new(&issues::RESOURCE_MISSING, "Parameters.parameter", &[]);
                return Err(Failure::new(Reason::Malformed, missing));
            }
        };
        if asked.mode == ValidationMode::Update {
            issues.extend(id_issue(kind, asked.id, resource));
        }
        issues.extend(self.validate(structure, kind, resource));
        issues.extend(self.identity_issues(structure, asked, resource)?);
        issues.sort_by_key(|issue| !issue.is_error());
        Ok(issues)
    }

    /// Answers what would refuse a Patient because another one is the same person.
    fn identity_issues(&self, structure: &str, asked: &Validation<'_>, resource: &[u8]) -> Result<Vec<Issue>, Failure> {
        let written = matches!(asked.mode, ValidationMode::Create | ValidationMode::Update);
        // What is no JSON, or no Patient, is told by validation itself.
        let (true, Kind::Patient, Ok(scanned), Ok(value)) =
            (written, asked.kind, json::scan(resource), json::parse(resource))
        else {
            return Ok(Vec::new());
        };
        let id = match asked.mode {
            ValidationMode::Update => scanned.id.as_deref().filter(|sent| asked.id.is_none_or(|id| id == *sent)),
            // A create gets an id of ours, whatever id comes along: one that nobody has.
            _ => Some(""),
        };
        let Some(id) = id.filter(|_| &*scanned.resource_type == asked.kind.name()) else { return Ok(Vec::new()) };
        let person = self.context.person(&value);
        match self.claims(structure, (0, id, &person), &Beside::default()) {
            Ok(_) => Ok(Vec::new()),
            Err(failure) if failure.reason == Reason::Conflict => Ok(failure.issues),
            Err(failure) => Err(failure),
        }
    }

    /// Answers whether the resource could be deleted now.
    fn check_delete(&self, structure: &str, kind: Kind, id: Option<&str>) -> Result<Vec<Issue>, Failure> {
        let Some(id) = id else {
            let place = Issue::general(&issues::PARAMETER_INSTANCE, &["delete"]);
            return Err(Failure::new(Reason::NotSupported, place));
        };
        let told = self
            .read(structure, kind, id)
            .and_then(|_| self.deletion(structure, (kind, id), Expect::Anything, Cascade::Refuse, &|_, _| false));
        match told {
            Ok(_) => Ok(Vec::new()),
            Err(failure) if failure.reason == Reason::Internal => Err(failure),
            Err(failure) => Ok(failure.issues),
        }
    }
}

/// An update carries the id of what it updates.
fn id_issue(kind: Kind, id: Option<&str>, resource: &[u8]) -> Vec<Issue> {
    // What is no JSON is told by validation itself.
    let Ok(scanned) = json::scan(resource) else { return Vec::new() };
    match (scanned.id.as_deref(), id) {
        (None, _) => id_failure(kind, &issues::ID_MISSING).issues,
        (Some(sent), Some(id)) if sent != id => id_failure(kind, &issues::ID_MISMATCH).issues,
        _ => Vec::new(),
    }
}

/// Answers what is to be said of a profile that was asked for.
fn profile_issue(kind: Kind, profile: &str) -> Option<Issue> {
    match profiles::constrained_type(profile) {
        None => Some(Issue::general(&issues::PROFILE_UNKNOWN, &[])),
        Some(profiles::Constrained::Type(other)) if other != kind => {
            Some(Issue::general(&issues::PROFILE_OTHER_TYPE, &[other.name(), kind.name()]))
        }
        Some(_) => None,
    }
}
