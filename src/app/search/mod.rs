//! Searches one structure: a patient's range, or one indexed lead, filtered by the rest.
//!
//! Owns: where candidates come from, what a search may cost, pages, what comes along with them.
//! Must not know: HTTP. FHIR page: R4 search.html.

mod criteria;
mod cursor;
mod include;
mod links;
mod page;
mod refusal;
mod source;
mod work;

pub(super) use criteria::Criteria;
pub(super) use criteria::in_one_order;
pub(super) use criteria::query_of;
pub use links::CURSOR;

use super::Gateway;
use super::failure::Failure;
use super::read::Resource;
use super::rulebooks::ActiveRules;
use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::measure::ConceptId;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search;
use crate::fhir::search::Members;
use crate::fhir::search::Query;
use crate::fhir::search::Unknown;
use crate::fhir::terminology::id_of;
use refusal::refused;
use std::borrow::Cow;
use std::sync::Arc;
use work::Budget;
use work::Work;

/// One page of results.
#[derive(Debug)]
pub struct Page {
    pub resources: Vec<Resource>,
    /// What these refer to or is referred from, each once and none of `resources`.
    pub included: Vec<Resource>,
    /// What was passed over.
    pub told: Vec<Issue>,
    /// Of all pages; `None` where it was not asked for, or costs too much to know.
    pub total: Option<u64>,
    /// Below the base URL: what was used, and the next page.
    pub self_link: String,
    pub next_link: Option<String>,
}

impl Gateway {
    /// Answers a page of what matches; strict. Blocks: call it on a thread of its own.
    pub fn search(&self, structure: &str, kind: Kind, pairs: &[(String, String)]) -> Result<Page, Failure> {
        self.search_with(structure, kind, pairs, Unknown::Refused)
    }

    /// The same, with what becomes of parameters that are not known.
    pub fn search_with(
        &self,
        structure: &str,
        kind: Kind,
        pairs: &[(String, String)],
        unknown: Unknown,
    ) -> Result<Page, Failure> {
        let written = pairs;
        let (pairs, cursor) = self.turned_to(structure, kind, pairs)?;
        // What a first page passed over, its followers pass over.
        let unknown = if cursor.is_some() { Unknown::Ignored } else { unknown };
        let mut query = self.query(kind, &pairs, unknown)?;
        let budget = Budget::new();
        self.bind(structure, &mut query, &budget)?;
        let found = page::find(Work::new(self, structure, &query, &budget), cursor.as_ref())?;
        let included = include::along(Work::new(self, structure, &query, &budget), &found.resources)?;
        let next_link = match &found.next {
            None => None,
            Some(next) => Some(links::next(kind, &self.cursors().seal(structure, kind, &pairs, next)?, written)),
        };
        let subset = query.results.subset();
        let shown = |resource: Resource| match subset.apply(resource.kind, &resource.json) {
            Cow::Borrowed(_) => resource,
            Cow::Owned(json) => Resource { json, ..resource },
        };
        let told = query.ignored.iter().map(|name| Issue::general(&issues::SEARCH_IGNORED, &[name])).collect();
        Ok(Page {
            resources: found.resources.into_iter().map(shown).collect(),
            included,
            told: if cursor.is_some() { Vec::new() } else { told },
            total: found.total,
            self_link: match cursor {
                Some(cursor) => links::turned(kind, &cursor.sealed, written),
                None => self.own_link(structure, kind, &query.used),
            },
            next_link,
        })
    }

    /// Answers the link of what was used: it names nobody, and can be followed, unless so much is left out
    /// that it fits in no link.
    fn own_link(&self, structure: &str, kind: Kind, used: &[(String, String)]) -> String {
        let left_out = Some(links::left_out(kind, used)).filter(|left_out| !left_out.is_empty());
        let sealed = left_out.and_then(|left_out| self.cursors().seal_values(structure, kind, left_out).ok());
        links::own(kind, used, sealed.as_deref())
    }

    fn query(&self, kind: Kind, pairs: &[(String, String)], unknown: Unknown) -> Result<Query, Failure> {
        let rules = self.rulebooks.current();
        let base = &self.context.base;
        let value_sets = move |url: &str| members(&rules, base, url);
        let reader = search::Reader { context: self.context.search(), value_sets: &value_sets, unknown };
        search::parse(kind, pairs, reader).map_err(|faults| refused(&faults))
    }

    /// Finds what the chains of a query lead to, the farthest first, so that it speaks of its own type
    /// only.
    fn bind(&self, structure: &str, query: &mut Query, budget: &Budget) -> Result<(), Failure> {
        for mut chain in std::mem::take(&mut query.chains) {
            let mut found = Vec::new();
            for inner in &mut chain.queries {
                self.bind(structure, inner, budget)?;
                let ids = Work::new(self, structure, inner, budget).ids()?;
                found.extend(ids.into_iter().map(|id| (inner.kind, id)));
            }
            query.bind(chain.parameter(), found);
        }
        for mut has in std::mem::take(&mut query.has) {
            self.bind(structure, &mut has.query, budget)?;
            let ids = Work::new(self, structure, &has.query, budget).referred((has.parameter, query.kind))?;
            query.bind_referrers(ids);
        }
        Ok(())
    }
}

/// Answers whether a search is short enough for the thread that asks: it names the one patient whose
/// resources are read, or ids, and follows nothing from there.
pub fn is_short(pairs: &[(String, String)]) -> bool {
    let few = |(name, value): &(String, String)| match name.as_str() {
        "patient" | "_id" => !value.contains(','),
        "subject" => value.starts_with("Patient/") && !value.contains(','),
        _ => false,
    };
    let follows = |(name, _): &(String, String)| {
        name.starts_with("_include")
            || name.starts_with("_revinclude")
            || name.starts_with("_has")
            || name.contains('.')
    };
    pairs.iter().any(few) && !pairs.iter().any(follows)
}

/// Answers the members of a value set of the rulebook: each concept is one.
fn members(rules: &Arc<ActiveRules>, base: &str, url: &str) -> Option<Members> {
    let url = url.split_once('|').map_or(url, |(url, _)| url);
    let own = [CANONICAL_BASE, base].iter().find_map(|base| url.strip_prefix(base)?.strip_prefix('/'));
    let name = own.unwrap_or(url).strip_prefix("ValueSet/")?;
    let concepts = &rules.rulebook.rules.concepts;
    // By the end of its canonical, which is the id of the ValueSet, or by the concept's own name.
    let wanted: ConceptId = concepts.find(name).or_else(|| concepts.find_where(|id| id_of(id) == name))?;
    let rules = Arc::clone(rules);
    Some(Arc::new(move |system, code| {
        let concepts = &rules.rulebook.rules.concepts;
        let mut found = Vec::new();
        if let Some(system) = concepts.system(system) {
            concepts.resolve_in(system, code, None, &mut found);
        }
        found.contains(&wanted)
    }))
}

/// Decodes `a=b&c=d`, with or without a leading question mark.
pub fn decoded_pairs(text: &str) -> Result<Vec<(String, String)>, Failure> {
    search::pairs(text.trim_start_matches('?')).map_err(|fault| refused(&[fault]))
}
