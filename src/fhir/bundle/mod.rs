//! Transactions and batches: reading a Bundle into entries, and the plan of its references.
//!
//! Owns: the shape of the Bundle and of each entry.request, the order of processing, and which
//! fullUrl became which resource. Must not know: what a resource says; entries keep their bytes,
//! so that no number loses its text. Implements http.html#transaction and bundle.html (FHIR R4).

mod fault;
mod plan;
mod read;
mod url;

pub use fault::BundleFault;
pub use fault::BundleFaultKind;
pub use fault::WholeFault;
pub use plan::Plan;
pub use plan::overlapping;
pub use read::read;
pub use url::RequestUrl;
pub use url::UrlFault;

use std::borrow::Cow;

/// What kind of Bundle was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything or nothing.
    Transaction,
    /// Each entry for itself.
    Batch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Answers the turn of the method in a transaction: DELETE, POST, PUT and PATCH, GET and HEAD.
    pub fn turn(self) -> u8 {
        match self {
            Method::Delete => 0,
            Method::Post => 1,
            Method::Put | Method::Patch => 2,
            Method::Get | Method::Head => 3,
        }
    }

    /// Answers whether the method changes what is stored.
    pub fn writes(self) -> bool {
        self.turn() < 3
    }

    pub fn from_name(name: &str) -> Option<Method> {
        match name {
            "GET" => Some(Method::Get),
            "HEAD" => Some(Method::Head),
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "PATCH" => Some(Method::Patch),
            "DELETE" => Some(Method::Delete),
            _ => None,
        }
    }
}

/// One entry whose request could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Where it stands in the request; the response has it at the same place.
    pub index: usize,
    pub full_url: Option<Cow<'a, str>>,
    /// The resource as it was sent, not minified.
    pub resource: Option<&'a [u8]>,
    pub method: Method,
    pub url: RequestUrl,
    pub if_none_exist: Option<Cow<'a, str>>,
    pub if_match: Option<Cow<'a, str>>,
    pub if_none_match: Option<Cow<'a, str>>,
    pub if_modified_since: Option<Cow<'a, str>>,
}

/// A transaction or batch as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle<'a> {
    pub mode: Mode,
    /// In the order of the request; an entry with faults has no more than them.
    pub entries: Vec<Result<Entry<'a>, Vec<BundleFault>>>,
}

impl<'a> Bundle<'a> {
    /// Answers all faults of all entries: what refuses a transaction.
    pub fn faults(&self) -> impl Iterator<Item = &BundleFault> {
        self.entries.iter().filter_map(|e| e.as_ref().err()).flatten()
    }

    /// Answers the good entries in the order in which they are to be processed. The sort is
    /// stable: entries of one turn keep their order.
    pub fn in_turn(&self) -> Vec<&Entry<'a>> {
        let mut entries: Vec<&Entry<'a>> = self.entries.iter().filter_map(|e| e.as_ref().ok()).collect();
        entries.sort_by_key(|e| e.method.turn());
        entries
    }
}

#[cfg(test)]
mod tests;
