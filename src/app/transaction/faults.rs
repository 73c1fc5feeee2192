//! What is wrong with a Bundle, as issues.

use crate::app::derive;
use crate::app::failure::{Failure, Reason};
use crate::domain::fact::Kind;
use crate::fhir::bundle;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;

pub(super) fn whole_failure(fault: &bundle::WholeFault) -> Failure {
    use bundle::WholeFault;
    let place = fault.expression();
    let (reason, issue) = match fault {
        WholeFault::Json(fault) => return derive::json_failure(fault),
        WholeFault::TooManyEntries { count, limit } => {
            (Reason::TooLarge, Issue::new(&issues::BUNDLE_TOO_MANY, place, &[&count.to_string(), &limit.to_string()]))
        }
        WholeFault::NotABundle(sent) => {
            (Reason::Malformed, Issue::new(&issues::WRONG_RESOURCE_TYPE, place, &[sent, "Bundle"]))
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

pub(super) fn entry_faults<'f>(faults: impl Iterator<Item = &'f bundle::BundleFault>) -> Failure {
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
        bundle::BundleFaultKind::TypeNotAccepted(sent) => vec![sent, &accepted],
        bundle::BundleFaultKind::TypeMismatch(expected, sent) => vec![expected, sent],
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
        Fault::TypeNotAccepted(_) => &issues::UNACCEPTED_TYPE,
        Fault::NoResource => &issues::BUNDLE_RESOURCE_MISSING,
        Fault::NoResourceType => &issues::NOT_FHIR,
        Fault::TypeMismatch(..) => &issues::BUNDLE_TYPE_DISAGREES,
        Fault::IdMismatch => &issues::ID_MISMATCH,
        Fault::BadFullUrl => &issues::BUNDLE_FULL_URL,
        Fault::DuplicateFullUrl => &issues::BUNDLE_FULL_URL_TWICE,
        Fault::SameIdentity => &issues::BUNDLE_IDENTITY_TWICE,
        Fault::SameCondition => &issues::BUNDLE_CONDITIONAL_TWICE,
        Fault::EmptyCondition => &issues::CONDITION_EMPTY,
    }
}
