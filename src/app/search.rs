//! Searches one structure: a patient's range, or one indexed lead, filtered by the rest.

use super::failure::{Failure, Reason};
use super::read::{Resource, resource};
use super::Gateway;
use crate::domain::fact::Kind;
use crate::fhir::issue;
use crate::fhir::issue::Issue;
use crate::fhir::search;
use crate::fhir::search::Query;
use crate::store::Guard;
use crate::store::Store;
use crate::store::Stored;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Most resources on one page.
const PAGE: usize = 1000;

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
            _ => Err(Failure::new(Reason::Precondition, Issue::general(&issue::MULTIPLE_MATCHES, &[]))),
        }
    }
}

impl Criteria {
    /// Reads the parameters of a condition; strict.
    pub fn read(gateway: &Gateway, structure: &str, kind: Kind, pairs: &[(String, String)]) -> Result<Criteria, Failure> {
        let query = gateway.query(kind, pairs)?;
        if query.is_empty() {
            return Err(Failure::new(Reason::Precondition, Issue::general(&issue::CONDITION_EMPTY, &[])));
        }
        Ok(Criteria { structure: structure.to_owned(), kind, query: Arc::new(query) })
    }

    /// Answers the ids that match now.
    pub fn run(&self, gateway: &Gateway) -> Result<Matched, Failure> {
        let seen = gateway.store.sequence();
        Ok(Matched { ids: ids(&gateway.store, &self.structure, self.kind, &self.query), seen })
    }

    /// Answers the guard that keeps what was matched true until the commit.
    pub fn guard(&self, gateway: &Gateway, matched: &Matched) -> Guard {
        let (store, structure, kind, query) = (gateway.store.clone(), self.structure.clone(), self.kind, Arc::clone(&self.query));
        let expected = matched.ids.clone();
        let still_true = Arc::new(move || ids(&store, &structure, kind, &query) == expected);
        Guard { touches: vec![self.kind], seen: matched.seen, still_true }
    }
}

impl Gateway {
    /// Answers what matches, in the order of ids. Blocks: call it on a thread of its own.
    pub fn search(&self, structure: &str, kind: Kind, pairs: &[(String, String)]) -> Result<Page, Failure> {
        let query = self.query(kind, pairs)?;
        let found = matching(&self.store, structure, kind, &query);
        let total = found.len();
        let limit = query.count().unwrap_or(PAGE).min(PAGE);
        let after = query.after().unwrap_or("").to_owned();
        let mut page: Vec<Stored> = found.into_iter().filter(|s| *s.id > *after).take(limit + 1).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let next_link = page.last().filter(|_| more).map(|last| query.link(Some(&last.id)));
        let resources = page.into_iter().map(resource).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { resources, total, self_link: query.link(None), next_link })
    }

    fn query(&self, kind: Kind, pairs: &[(String, String)]) -> Result<Query, Failure> {
        search::parse(kind, pairs, &self.policy.base, &self.store.key()).map_err(|faults| Failure {
            reason: Reason::NotSupported,
            issues: faults.iter().map(search_issue).collect(),
        })
    }
}

fn search_issue(fault: &search::SearchFault) -> Issue {
    fault.to_issue()
}

fn ids(store: &Store, structure: &str, kind: Kind, query: &Query) -> Vec<String> {
    matching(store, structure, kind, query).into_iter().map(|s| s.id.into()).collect()
}

/// Answers the current resources that match, in the order of ids. Header keys decide; bodies are
/// only read of what matches.
fn matching(store: &Store, structure: &str, kind: Kind, query: &Query) -> Vec<Stored> {
    let mut out = Vec::new();
    let mut keep = |stored: Stored| {
        if stored.body.is_some() && query.matches(&stored.id, &stored.keys) {
            out.push(stored);
        }
        ControlFlow::Continue(())
    };
    let _ = (store, structure, kind, &mut keep);
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out
}

/// Decodes `a=b&c=d`, with or without a leading question mark.
pub fn decoded_pairs(text: &str) -> Vec<(String, String)> {
    search::decode_query(text.trim_start_matches('?'))
}
