//! JSON Patch over a stored resource (http.html#patch): applied, and what it may not do.

use super::derive;
use super::failure::{Failure, Reason};
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::json::Members;
use crate::fhir::patch;
use crate::fhir::patch::OperationFault;
use crate::fhir::patch::PatchFault;
use crate::fhir::validate::names::from_pointer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The largest resource a patch may leave, in bytes.
const RESULT_LIMIT: usize = 64 << 20;

/// The media type of the only patch we read.
pub const JSON_PATCH: &str = "application/json-patch+json";

/// Answers the resource after the patch. Type and id stay what they are.
pub(super) fn patched(kind: Kind, current: &[u8], patch: &[u8]) -> Result<Vec<u8>, Failure> {
    let after = patch::apply(current, patch, RESULT_LIMIT).map_err(|fault| failure(kind, &fault))?;
    for name in ["resourceType", "id"] {
        if text(&after, name) != text(current, name) || !after.starts_with(b"{") {
            let issue = Issue::new(&issues::PATCH_FIXED, format!("{}.{name}", kind.name()), &[name]);
            return Err(Failure::new(Reason::Contract, issue));
        }
    }
    Ok(after)
}

/// Answers the patch that a Bundle's entry carries as a Binary.
pub(super) fn of_binary(sent: &[u8]) -> Result<Vec<u8>, Failure> {
    let refused = |reason, kind, place: &str| Err(Failure::new(reason, Issue::new(kind, place, &[])));
    match text(sent, "resourceType").as_deref() {
        Some("Binary") => {}
        Some("Parameters") => return refused(Reason::NotSupported, &issues::PATCH_FHIRPATH, "Parameters"),
        _ => return refused(Reason::Malformed, &issues::PATCH_BINARY, "Binary"),
    }
    let media = text(sent, "contentType").unwrap_or_default();
    if media.split(';').next().map(str::trim) != Some(JSON_PATCH) {
        return refused(Reason::Malformed, &issues::PATCH_BINARY, "Binary.contentType");
    }
    // Base64 may be broken into lines (datatypes.html#base64Binary).
    let data: Vec<u8> = text(sent, "data").unwrap_or_default().bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    match STANDARD.decode(&data) {
        Ok(patch) if !patch.is_empty() => Ok(patch),
        _ => refused(Reason::Malformed, &issues::PATCH_BINARY, "Binary.data"),
    }
}

/// Answers the refusal of bytes that are no patch, whatever they would be applied to.
pub fn check_patch(kind: Kind, patch: &[u8]) -> Result<(), Failure> {
    patch::check_form(patch).map_err(|fault| failure(kind, &fault))
}

fn text(object: &[u8], name: &str) -> Option<String> {
    let (_, literal) = Members::of(object).find(|(member, _)| member == name)?;
    literal.starts_with(b"\"").then(|| json::decode(literal).into_owned())
}

fn failure(kind: Kind, fault: &PatchFault) -> Failure {
    let (operation, fault, path) = match fault {
        PatchFault::Json(fault) => return derive::json_failure(fault),
        PatchFault::NotAnArray => return Failure::new(Reason::Malformed, Issue::general(&issues::PATCH_FORM, &[])),
        PatchFault::TooMany { count } => {
            let args = [count.to_string(), patch::OPERATIONS_LIMIT.to_string()];
            let issue = Issue::general(&issues::PATCH_TOO_MANY, &[&args[0], &args[1]]);
            return Failure::new(Reason::TooLarge, issue);
        }
        PatchFault::Operation { operation, kind, path } => (operation.to_string(), *kind, path),
    };
    let place = from_pointer(kind.name(), path);
    let (reason, issue) = match fault {
        OperationFault::Unknown => (Reason::Malformed, Issue::general(&issues::PATCH_OPERATION, &[&operation])),
        OperationFault::Member(name) => (Reason::Malformed, Issue::general(&issues::PATCH_MEMBER, &[&operation, name])),
        OperationFault::Pointer => (Reason::Malformed, Issue::general(&issues::PATCH_POINTER, &[&operation])),
        OperationFault::NoTarget | OperationFault::IntoItself => {
            (Reason::Contract, Issue::new(&issues::PATCH_TARGET, place, &[&operation]))
        }
        OperationFault::TestFailed => (Reason::Contract, Issue::new(&issues::PATCH_TEST, place, &[&operation])),
        OperationFault::TooLarge => (Reason::TooLarge, Issue::new(&issues::PATCH_TOO_LARGE, place, &[&operation])),
    };
    Failure::new(reason, issue)
}
