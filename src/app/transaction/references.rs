//! References of a Bundle (http.html#trules): to other entries by their fullUrl, and by condition:
//! `Patient?identifier=...` stands for the one resource it finds, among what is stored and what
//! the same Bundle writes.

use super::Gateway;
use super::step::Planned;
use crate::app::derive::Context;
use crate::app::failure::Failure;
use crate::app::search::Criteria;
use crate::domain::fact::Kind;
use crate::fhir::bundle::Entry;
use crate::fhir::bundle::Plan;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::json::Value;
use crate::fhir::references;
use crate::fhir::references::Form;
use crate::fhir::references::Found;
use crate::store::Derived;
use crate::store::Guard;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

/// What the conditional references met so far stand for, each asked once per Bundle.
#[derive(Default)]
pub(super) struct Named {
    targets: HashMap<String, String>,
    /// What keeps the answers true until the commit.
    pub(super) guards: Vec<Guard>,
    /// What the Bundle writes, by type, derived when first asked about.
    own: HashMap<Kind, Own>,
}

/// What a Bundle writes of one type, found by the keys it will have: a Bundle of thousands of
/// conditional references must not look at thousands of entries for each.
#[derive(Default)]
struct Own {
    entries: Vec<(String, Value<'static>, Derived)>,
    by_key: BTreeMap<(u8, Box<[u8]>), Vec<usize>>,
}

/// Answers the conditional references of a resource, with the type and criteria each names. A type
/// we do not accept has none stored: its reference stays as it is and is told by validation.
fn conditional(sent: &[u8], kind: Kind) -> Vec<(Found, Kind, String)> {
    // Cheap for the many resources that have none.
    if !sent.contains(&b'?') {
        return Vec::new();
    }
    let named = |found: Found| match references::form(&found.text) {
        Form::Conditional { resource_type, query } => {
            let (kind, query) = (Kind::from_name(resource_type)?, query.to_owned());
            Some((found, kind, query))
        }
        _ => None,
    };
    references::collect(sent, kind.name()).into_iter().filter_map(named).collect()
}

impl Gateway {
    /// Asks what the conditional references of an entry stand for.
    pub(super) fn name_conditionals(
        &self,
        structure: &str,
        named: &mut Named,
        (sent, kind): (&[u8], Kind),
        (planned, touched): (&[Planned<'_, '_>], &HashSet<(Kind, &str)>),
    ) -> Result<(), Failure> {
        let mut faults = Vec::new();
        for (found, target, query) in conditional(sent, kind) {
            if named.targets.contains_key(&found.text) {
                continue;
            }
            let criteria = Criteria::read(self, structure, target, &query)?;
            let matched = criteria.run(self)?;
            named.guards.push(criteria.guard(self, &matched));
            let own = named.own.entry(target).or_insert_with(|| self.own(planned, target));
            // The stored version of what the Bundle writes is not the one that will be there.
            let mut ids: Vec<String> =
                matched.ids.into_iter().filter(|id| !touched.contains(&(target, id.as_str()))).collect();
            ids.extend(own.find(&criteria, &self.context));
            match ids.as_slice() {
                [one] => drop(named.targets.insert(found.text, format!("{}/{one}", target.name()))),
                [] => faults.push(Issue::new(&issues::CONDITIONAL_NONE, found.expression, &[&found.element])),
                several => {
                    let count = several.len().to_string();
                    faults.push(Issue::new(&issues::CONDITIONAL_MANY, found.expression, &[&found.element, &count]));
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Failure::of(faults)) }
    }

    /// Derives the keys of everything the Bundle writes of a type, once.
    fn own(&self, planned: &[Planned<'_, '_>], kind: Kind) -> Own {
        let mut own = Own::default();
        for one in planned {
            let (Some((its_kind, id)), Some(sent)) = (one.touched().next(), one.put()) else { continue };
            if its_kind != kind {
                continue;
            }
            // What cannot be read is told where it is prepared.
            let Ok(value) = json::parse(sent) else { continue };
            let derived = self.context.derive(kind, &value);
            own.add(id, value.into_owned(), derived);
        }
        own
    }
}

impl Own {
    fn add(&mut self, id: &str, value: Value<'static>, derived: Derived) {
        for key in &derived.keys {
            self.by_key.entry((key.param, key.value.clone())).or_default().push(self.entries.len());
        }
        self.entries.push((id.to_owned(), value, derived));
    }

    /// Answers the ids that will match.
    fn find(&self, criteria: &Criteria, context: &Context) -> Vec<String> {
        let candidates: Vec<usize> = match criteria.lead() {
            None => (0..self.entries.len()).collect(),
            Some(lead) => {
                let near =
                    lead.ranges.iter().filter(|(_, range)| range.lower < range.upper).flat_map(|(param, range)| {
                        self.by_key.range((*param, range.lower.clone())..(*param, range.upper.clone()))
                    });
                let mut near: Vec<usize> = near.flat_map(|(_, entries)| entries.iter().copied()).collect();
                near.sort_unstable();
                near.dedup();
                near
            }
        };
        let entries = candidates.into_iter().filter_map(|n| self.entries.get(n));
        let matching = entries.filter(|(id, value, derived)| criteria.holds(context, id, value, derived));
        matching.map(|(id, ..)| id.clone()).collect()
    }
}

/// Answers the resource with its references to other entries replaced. A Bundle that names no
/// entry and no urn has nothing to replace: its resources are not walked.
pub(super) fn resolved<'s>(
    (entry, kind): (&Entry<'_>, Kind),
    sent: &'s [u8],
    plan: &Plan,
    named: &Named,
) -> Result<Cow<'s, [u8]>, Failure> {
    if plan.is_empty() && named.targets.is_empty() && memchr::memmem::find(sent, b"urn:").is_none() {
        return Ok(Cow::Borrowed(sent));
    }
    let full_url = entry.full_url.as_deref();
    let resolve = |reference: &str| named.targets.get(reference).cloned().or_else(|| plan.resolve(full_url, reference));
    let rewritten = references::rewrite(sent, &resolve);
    let dangling: Vec<Issue> = references::collect(&rewritten, kind.name())
        .into_iter()
        .filter(|found| plan.dangling(&found.text))
        .map(|found| Issue::new(&issues::URN_UNRESOLVED, &found.expression, &[&found.expression]))
        .collect();
    if dangling.is_empty() { Ok(rewritten) } else { Err(Failure::of(dangling)) }
}
