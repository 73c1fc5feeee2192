//! What can be wrong with a Bundle, as a whole and entry by entry.

use crate::fhir::json::JsonFault;

/// The Bundle cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WholeFault {
    #[error("the Bundle is no acceptable JSON")]
    Json(JsonFault),
    #[error("more entries than accepted")]
    TooManyEntries { count: usize, limit: usize },
    /// The type it has instead, `?` for a word that is none of FHIR.
    #[error("the resource is no Bundle")]
    NotABundle(&'static str),
    #[error("resourceType is missing")]
    NoResourceType,
    /// Bundle.type is missing or no text.
    #[error("Bundle.type is missing")]
    NoType,
    /// A type we do not process (searchset, document, message, collection, history, a response).
    #[error("Bundle.type is not processed")]
    TypeNotSupported,
    /// An element no Bundle has; its name, or `?` when it is not fit to be shown.
    #[error("an element that Bundle does not have")]
    UnknownElement(String),
    /// Bundle.entry is no array.
    #[error("Bundle.entry is not an array")]
    EntryNotAnArray,
}

impl WholeFault {
    /// Answers the FHIRPath of the fault.
    pub fn expression(&self) -> String {
        match self {
            WholeFault::Json(fault) => fault.expression(),
            WholeFault::TooManyEntries { .. } | WholeFault::EntryNotAnArray => "Bundle.entry".to_owned(),
            WholeFault::UnknownElement(name) => format!("Bundle.{name}"),
            WholeFault::NotABundle(_) | WholeFault::NoResourceType => "Bundle".to_owned(),
            WholeFault::NoType | WholeFault::TypeNotSupported => "Bundle.type".to_owned(),
        }
    }
}

/// One fault of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFault {
    /// Index of the entry in Bundle.entry.
    pub entry: usize,
    pub kind: BundleFaultKind,
    /// `Bundle.entry[56].request.url`.
    pub expression: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleFaultKind {
    /// The entry, its request or a member of it has the wrong JSON type.
    WrongType,
    /// An element we do not know in entry or request.
    UnknownElement,
    /// entry.request is missing.
    NoRequest,
    /// request.method is missing.
    NoMethod,
    /// request.method is none of the six.
    UnknownMethod,
    /// request.url is missing.
    NoUrl,
    /// request.url cannot be read.
    BadUrl,
    /// request.url points at another server.
    ForeignUrl,
    /// request.url is not one the method can be sent to (POST to an instance, PUT to a type).
    UrlNotForMethod,
    /// The resource type of a write is not accepted; `?` for a word that is none of FHIR, here and below.
    TypeNotAccepted(&'static str),
    /// POST, PUT or PATCH without a resource (or with null).
    NoResource,
    /// The resource has no resourceType.
    NoResourceType,
    /// The resource's type, told last, is not the one of request.url.
    TypeMismatch(&'static str, &'static str),
    /// PUT: the resource's id is missing or is not the one of request.url.
    IdMismatch,
    /// fullUrl is not absolute, or names a version.
    BadFullUrl,
    /// Another entry before it has the same fullUrl.
    DuplicateFullUrl,
    /// Another entry before it writes the same resource.
    SameIdentity,
    /// Another entry before it has the same condition: both would create.
    SameCondition,
    /// ifNoneExist without any parameter.
    EmptyCondition,
}

impl BundleFault {
    pub(super) fn new(entry: usize, kind: BundleFaultKind, below: &str) -> BundleFault {
        BundleFault { entry, kind, expression: format!("Bundle.entry[{entry}]{below}") }
    }
}
