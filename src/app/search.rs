//! Searches one structure: a patient's range, or one indexed lead, filtered by the rest.

use super::failure::{Failure, Reason};
use super::read::{Resource, resource};
use super::{Gateway, derive};
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search;
use crate::fhir::search::Lead;
use crate::fhir::search::Query;
use crate::fhir::search::SearchFault;
use crate::store::Guard;
use crate::store::IndexKey;
use crate::store::Row;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Stored;
use std::collections::BTreeSet;
use std::ops::Bound;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Resources on one page, unless `_count` says otherwise.
const PAGE: usize = 100;
/// Most resources on one page.
const LARGEST_PAGE: usize = 1000;
/// Where the next page begins: the hexadecimal of the last id shown.
const CURSOR: &str = "_cursor";

/// One page of results.
#[derive(Debug)]
pub struct Page {
    pub resources: Vec<Resource>,
    pub total: usize,
    /// Below the base URL: what was used, and the next page.
    pub self_link: String,
    pub next_link: Option<String>,
}

/// A search that other work depends on (If-None-Exist).
pub struct Criteria {
    structure: String,
    kind: Kind,
    query: Arc<Query>,
}

/// What a condition found, and when the store was asked.
pub struct Matched {
    pub ids: Vec<String>,
    seen: u64,
}

impl Matched {
    /// Answers the one match, `None` when there is none; several refuse.
    pub fn only(&self) -> Result<Option<String>, Failure> {
        match self.ids.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            several => {
                let count = several.len().to_string();
                Err(Failure::new(Reason::Precondition, Issue::general(&issues::MULTIPLE_MATCHES, &[&count])))
            }
        }
    }
}

impl Criteria {
    /// Reads the parameters of a condition; strict.
    pub fn read(gateway: &Gateway, structure: &str, kind: Kind, condition: &str) -> Result<Criteria, Failure> {
        let query = gateway.query(kind, &decoded_pairs(condition)?)?;
        // How many to show is no criterion.
        if query.used.iter().all(|(name, _)| name == "_count") {
            return Err(Failure::new(Reason::Precondition, Issue::general(&issues::CONDITION_EMPTY, &[])));
        }
        Ok(Criteria { structure: structure.to_owned(), kind, query: Arc::new(query) })
    }

    /// Answers the ids that match now.
    pub fn run(&self, gateway: &Gateway) -> Result<Matched, Failure> {
        let seen = gateway.store.sequence();
        Ok(Matched { ids: ids(&gateway.store, &self.structure, self.kind, &self.query)?, seen })
    }

    /// Answers the key ranges outside which nothing matches.
    pub(super) fn lead(&self) -> Option<Lead> {
        self.query.lead()
    }

    /// Answers whether a resource not stored yet would match.
    pub(super) fn holds(&self, id: &str, keys: Vec<IndexKey>) -> bool {
        self.query.patients().is_none() && self.query.matches(id, &derive::to_search_keys(keys))
    }

    /// Answers the guard that keeps what was matched true until the commit.
    pub fn guard(&self, gateway: &Gateway, matched: &Matched) -> Guard {
        let (store, structure, kind, query) =
            (gateway.store.clone(), self.structure.clone(), self.kind, Arc::clone(&self.query));
        let expected = matched.ids.clone();
        let still_true = Arc::new(move || ids(&store, &structure, kind, &query).is_ok_and(|found| found == expected));
        Guard { touches: vec![self.kind], seen: matched.seen, still_true }
    }
}

impl Gateway {
    /// Answers what matches, in the order of ids. Blocks: call it on a thread of its own.
    pub fn search(&self, structure: &str, kind: Kind, pairs: &[(String, String)]) -> Result<Page, Failure> {
        let mut pairs = pairs.to_vec();
        let after = take_cursor(&mut pairs)?;
        let query = self.query(kind, &pairs)?;
        let found = matching(&self.store, structure, kind, &query)?;
        let total = found.len();
        let asked = query.count.map_or(PAGE, |n| n as usize).min(LARGEST_PAGE);
        // A next page would have to repeat the identifiers in its address: they come on one page.
        let hidden = query.used.iter().any(|(name, value)| shown(name, value) != *value);
        let limit = if hidden && asked > 0 { LARGEST_PAGE } else { asked };
        let mut page: Vec<Stored> = found.into_iter().filter(|s| *s.id > *after).take(limit + 1).collect();
        let more = limit > 0 && page.len() > limit;
        page.truncate(limit);
        let next_link = page.last().filter(|_| more).map(|last| link(kind, &query.used, Some(&last.id)));
        let resources = page.into_iter().map(resource).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { resources, total, self_link: link(kind, &query.used, None), next_link })
    }

    fn query(&self, kind: Kind, pairs: &[(String, String)]) -> Result<Query, Failure> {
        search::parse(kind, pairs, self.context.search()).map_err(|faults| refused(kind, &faults))
    }
}

fn ids(store: &Store, structure: &str, kind: Kind, query: &Query) -> Result<Vec<String>, StoreError> {
    Ok(matching(store, structure, kind, query)?.into_iter().map(|s| s.id.into()).collect())
}

/// Answers the current resources that match, in the order of ids. A search that names patients
/// reads their ranges; any other starts from one indexed lead, or reads the whole type. Header
/// keys decide; bodies are only read of what matches.
fn matching(store: &Store, structure: &str, kind: Kind, query: &Query) -> Result<Vec<Stored>, StoreError> {
    let mut out: Vec<Stored> = Vec::new();
    let mut failure = None;
    let mut keep = |row: &Row| match taken(row, query) {
        Ok(Some(stored)) => {
            out.push(stored);
            ControlFlow::Continue(())
        }
        Ok(None) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    };
    if let Some(ids) = query.ids() {
        for id in ids {
            let _ = store.with(structure, kind, id, &mut keep)?;
        }
    } else if let Some(patients) = query.patients() {
        for patient in patients {
            store.in_patient(structure, &patient.0, kind, &mut keep)?;
        }
    } else if let Some(lead) = query.lead() {
        for id in led(store, structure, kind, &lead)? {
            let _ = store.with(structure, kind, &id, &mut keep)?;
        }
    } else {
        store.all(structure, kind, None, &mut keep)?;
    }
    if let Some(error) = failure {
        return Err(error);
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out.dedup_by(|a, b| a.id == b.id);
    Ok(out)
}

fn taken(row: &Row, query: &Query) -> Result<Option<Stored>, StoreError> {
    if row.is_deleted() || !query.matches(row.id(), &derive::to_search_keys(row.keys()?)) {
        return Ok(None);
    }
    // Where both ids and patients are given, the patient is checked here.
    let foreign = query.patients().is_some_and(|p| !p.iter().any(|p| Some(&*p.0) == row.patient()));
    if foreign && row.kind() != Kind::Patient { Ok(None) } else { row.to_stored().map(Some) }
}

/// Answers the ids a lead names, each once.
fn led(store: &Store, structure: &str, kind: Kind, lead: &Lead) -> Result<BTreeSet<Box<str>>, StoreError> {
    let mut ids = BTreeSet::new();
    for range in &lead.ranges {
        let bounds = (Bound::Included(&*range.lower), Bound::Excluded(&*range.upper));
        store.lead(structure, (kind, lead.param), bounds, |_, id| {
            ids.insert(id.into());
            ControlFlow::Continue(())
        })?;
    }
    Ok(ids)
}

/// Takes the cursor out of the parameters; answers the id after which the page begins.
fn take_cursor(pairs: &mut Vec<(String, String)>) -> Result<String, Failure> {
    let Some(at) = pairs.iter().position(|(name, _)| name == CURSOR) else { return Ok(String::new()) };
    let (_, cursor) = pairs.remove(at);
    let digits: Option<Vec<u8>> = cursor
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|p| u8::from_str_radix(p, 16).ok()))
        .collect();
    digits
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Failure::new(Reason::NotSupported, Issue::general(&issues::SEARCH_CURSOR, &[])))
}

/// Answers `Type?a=b&c=d` with what was used. Identifier values are never put in a URL of ours.
fn link(kind: Kind, used: &[(String, String)], after: Option<&str>) -> String {
    let mut out = String::from(kind.name());
    let mut separator = '?';
    for (name, value) in used {
        out.push_str(&format!("{separator}{}={}", encoded(name), encoded(shown(name, value))));
        separator = '&';
    }
    if let Some(after) = after {
        let digits: String = after.bytes().map(|b| format!("{b:02x}")).collect();
        out.push_str(&format!("{separator}{CURSOR}={digits}"));
    }
    out
}

/// Answers a value as a link may carry it: an identifier that names a person is left out, a system alone is not.
fn shown<'v>(name: &str, value: &'v str) -> &'v str {
    let system_alone = value.ends_with('|') && !value.contains(',');
    if name.starts_with("identifier") && !system_alone { "..." } else { value }
}

/// Percent-encodes what is not unreserved or usual in search values.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:/,|$".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// Decodes `a=b&c=d`, with or without a leading question mark.
pub fn decoded_pairs(text: &str) -> Result<Vec<(String, String)>, Failure> {
    search::pairs(text.trim_start_matches('?')).map_err(|fault| refused(Kind::Patient, &[fault]))
}

/// Answers the refusal of a query, every fault at once; values are never repeated.
fn refused(kind: Kind, faults: &[SearchFault]) -> Failure {
    Failure { reason: Reason::NotSupported, issues: faults.iter().map(|fault| search_issue(kind, fault)).collect() }
}

fn search_issue(kind: Kind, fault: &SearchFault) -> Issue {
    match fault {
        SearchFault::UnknownParameter { name, suggestion, known } => {
            let near = suggestion.map(|s| format!(" ; {s} ?")).unwrap_or_default();
            let near = if near.is_empty() { format!(" ({})", known.join(", ")) } else { near };
            Issue::general(&issues::SEARCH_UNKNOWN, &[name, kind.name(), &near])
        }
        SearchFault::UnknownModifier { name, modifier } => Issue::general(&issues::SEARCH_MODIFIER, &[name, modifier]),
        SearchFault::NoValue { name } => Issue::general(&issues::SEARCH_VALUE, &[name, "valeur"]),
        SearchFault::BadDate { name } => Issue::general(&issues::SEARCH_VALUE, &[name, "date"]),
        SearchFault::BadToken { name } => Issue::general(&issues::SEARCH_VALUE, &[name, "token"]),
        SearchFault::BadReference { name } => Issue::general(&issues::SEARCH_VALUE, &[name, "reference"]),
        SearchFault::BadId => Issue::general(&issues::SEARCH_VALUE, &["_id", "id"]),
        SearchFault::BadCount => Issue::general(&issues::SEARCH_VALUE, &["_count", "integer"]),
        SearchFault::Repeated { name } => Issue::general(&issues::SEARCH_TWICE, &[name]),
        SearchFault::BadEncoding => Issue::general(&issues::SEARCH_VALUE, &["?", "UTF-8"]),
    }
}
