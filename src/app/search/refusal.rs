//! Refusals of queries, every fault at once; values are never repeated.

use crate::app::failure::Failure;
use crate::app::failure::Reason;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::SearchFault;

/// Answers the refusal of a query.
pub(super) fn refused(faults: &[SearchFault]) -> Failure {
    Failure { reason: Reason::NotSupported, issues: faults.iter().map(issue).collect() }
}

fn issue(fault: &SearchFault) -> Issue {
    match fault {
        SearchFault::UnknownParameter { kind, name, suggestion, known } => {
            let near = suggestion.map(|s| format!(" ; {s} ?")).unwrap_or_default();
            let near = if near.is_empty() { format!(" ({})", known.join(", ")) } else { near };
            Issue::general(&issues::SEARCH_UNKNOWN, &[name, kind.name(), &near])
        }
        SearchFault::UnknownModifier { name, modifier, suggestion } => {
            let shown = suggestion.map_or_else(|| modifier.clone(), |near| format!("{modifier} ({near} ?)"));
            Issue::general(&issues::SEARCH_MODIFIER, &[name, &shown])
        }
        SearchFault::NoValue { name } => Issue::general(&issues::SEARCH_NO_VALUE, &[name]),
        SearchFault::BadValue { name, form } => Issue::general(&issues::SEARCH_VALUE, &[name, form]),
        SearchFault::TypeNotAccepted { name, sent } => Issue::general(&issues::SEARCH_TYPE, &[name, sent]),
        SearchFault::NotIncluded { name, asked, kind } => {
            Issue::general(&issues::SEARCH_INCLUDE, &[name, asked, kind.name()])
        }
        SearchFault::UnknownValueSet { name } => Issue::general(&issues::SEARCH_VALUE_SET, &[name]),
        SearchFault::Repeated { name } => Issue::general(&issues::SEARCH_TWICE, &[name]),
        SearchFault::Chain { name } => Issue::general(&issues::SEARCH_CHAIN, &[name]),
        SearchFault::BadEncoding => Issue::general(&issues::SEARCH_VALUE, &["?", "UTF-8"]),
    }
}

/// Answers the refusal of a search that reads too much.
pub(super) fn too_costly() -> Failure {
    let leads = "patient, identifier, code, date, _id, _lastUpdated, _count";
    Failure::new(Reason::NotSupported, Issue::general(&issues::SEARCH_TOO_BROAD, &[leads]))
}

/// Answers the refusal of a page link that is not one of ours, for this structure and type.
pub(super) fn bad_cursor() -> Failure {
    Failure::new(Reason::NotSupported, Issue::general(&issues::SEARCH_CURSOR, &[]))
}
