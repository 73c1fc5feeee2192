//! The plan of a transaction's references: which fullUrl became which resource.

use super::BundleFault;
use super::BundleFaultKind;
use super::Entry;
use crate::fhir::references::Form;
use crate::fhir::references::Target;
use crate::fhir::references::form;
use std::collections::HashMap;

/// Which resource each fullUrl of the Bundle stands for. It is filled with the ids of all entries
/// before any reference is rewritten, so forward and circular references resolve alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan(HashMap<String, String>);

impl Plan {
    pub fn new() -> Plan {
        Plan::default()
    }

    /// Answers whether no entry has a fullUrl.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes that the entry's resource is (or will be) `resource_type/id`.
    pub fn assign(&mut self, entry: &Entry<'_>, resource_type: &str, id: &str) {
        if let Some(full_url) = &entry.full_url {
            self.0.insert(key(full_url), format!("{resource_type}/{id}"));
        }
    }

    /// Answers what a reference in an entry with this fullUrl becomes; `None` when it names no
    /// entry of the Bundle. A relative reference is read against the root of the entry's fullUrl
    /// when that is a RESTful URL, and never otherwise.
    pub fn resolve(&self, full_url: Option<&str>, reference: &str) -> Option<String> {
        if let Some(known) = self.0.get(&key(reference)) {
            return Some(known.clone());
        }
        match form(reference) {
            Form::Rest { base, target } => self.versioned(base, target),
            Form::Relative(target) => match form(full_url?) {
                Form::Rest { base, .. } => self.versioned(base, target),
                _ => None,
            },
            _ => None,
        }
    }

    fn versioned(&self, base: &str, target: Target<'_>) -> Option<String> {
        let known = self.0.get(&format!("{base}/{}/{}", target.resource_type, target.id))?;
        Some(target.version.map_or_else(|| known.clone(), |version| format!("{known}/_history/{version}")))
    }

    /// Answers whether a reference looks as if it named an entry of the Bundle but names none: a
    /// `urn:` nothing in the Bundle carries can never be resolved later.
    pub fn dangling(&self, reference: &str) -> bool {
        form(reference) == Form::Urn && !self.0.contains_key(&key(reference))
    }
}

/// UUIDs are compared without regard to case (RFC 4122); all else as written.
pub(super) fn key(url: &str) -> String {
    let uuid = url.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("urn:uuid:"));
    if uuid { url.to_ascii_lowercase() } else { url.to_owned() }
}

/// Answers a fault for each entry that writes a resource an earlier one writes too. Call it with
/// what the conditional entries were found to be, once that is known.
pub fn overlapping<'i>(identities: impl IntoIterator<Item = (usize, &'i str, &'i str)>) -> Vec<BundleFault> {
    let mut seen = std::collections::HashSet::new();
    identities
        .into_iter()
        .filter(|(_, resource_type, id)| !seen.insert((*resource_type, *id)))
        .map(|(entry, _, _)| BundleFault::new(entry, BundleFaultKind::SameIdentity, ".request.url"))
        .collect()
}
