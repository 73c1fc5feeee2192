//! The codes of our own systems: is this code one of them?
//!
//! Owns: which of our CodeSystems list all their codes (an unknown one makes the fact meaningless)
//! and which the rulebook may extend (an unknown one is worth a warning).

use super::names::Place;
use crate::domain::measure::Concepts;
use crate::fhir::issue::Issue;
use crate::fhir::issue::hint;
use crate::fhir::issues;
use crate::fhir::profiles::CodeSystem;
use crate::fhir::profiles::Listing;
use std::collections::HashMap;

/// Our systems, and the codes the rulebook in force adds.
pub struct Systems<'a> {
    pub shipped: &'a HashMap<Box<str>, CodeSystem>,
    pub concepts: &'a Concepts,
}

impl Systems<'_> {
    /// Answers what is wrong with a coding in a system under our canonical base.
    pub fn check(&self, url: &str, code: Option<&str>, place: &Place<'_>) -> Option<Issue> {
        // Identifiers and extensions have systems too: only code systems are listed here.
        let name = url.strip_prefix(crate::domain::measure::CANONICAL_BASE)?.strip_prefix("/CodeSystem/")?;
        let Some(system) = self.shipped.get(url) else {
            if self.concepts.system(url).is_some() {
                return None;
            }
            let near = hint(name, self.shipped.keys().filter_map(|k| k.rsplit('/').next()));
            let element = place.name();
            return Some(Issue::new(&issues::UNKNOWN_LOCAL_SYSTEM, place.expression(), &[&element, &near]));
        };
        let code = code?.trim();
        let kind = match system.listing {
            Listing::NotPresent => return None,
            Listing::Complete => &issues::UNKNOWN_LOCAL_CODE,
            Listing::Fragment => &issues::UNKNOWN_CATALOGUE_CODE,
        };
        if system.knows(code) || self.rulebook_knows(url, code) {
            return None;
        }
        let near = hint(code, system.codes.iter().map(|(c, _)| &**c));
        Some(Issue::new(kind, format!("{}.code", place.expression()), &[&place.name(), name, &near]))
    }

    fn rulebook_knows(&self, url: &str, code: &str) -> bool {
        let Some(system) = self.concepts.system(url) else { return false };
        self.concepts.codes.get(usize::from(system)).is_some_and(|codes| codes.names(code))
    }
}
