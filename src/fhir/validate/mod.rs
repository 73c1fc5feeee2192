//! Validation of one resource: every fault of it at once, each with its place and stable code.
//!
//! Owns: base FHIR R4 (schemas and what schemas cannot say) and the contract of the gateway.
//! Must not know: HTTP statuses, the store, which patients exist. No text holds a value sent.
//! FHIR page: R4 validation.html.

mod contained;
mod contract;
mod faults;
pub mod formats;
mod invariants;
mod keywords;
pub mod names;
mod narrative;
mod schemas;
mod systems;
mod walk;

pub use contract::FRENCH_PROFILES;
pub use contract::is_withdrawn;
pub use contract::subject_advice;
pub use names::is_resource_type;
pub use names::resource_type;

use crate::domain::calendar::Day;
use crate::domain::fact::Kind;
use crate::domain::measure::Concepts;
use crate::domain::measure::Measures;
use crate::fhir::issue::Issue;
use crate::fhir::json::Value;
use crate::fhir::profiles::CodeSystem;
use crate::fhir::profiles::ProfileError;
use crate::fhir::profiles::Profiles;
use faults::Faults;
use names::Place;
use schemas::Asked;
use std::collections::HashMap;

/// Whether real patients are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Test and demonstration INS are refused.
    Production,
    Demo,
}

/// What the answer depends on beside the resource.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub mode: Mode,
    /// The day in Paris on which the resource is received.
    pub today: Day,
    /// Concepts and measures of the rulebook in force (units and bounds of what rules read).
    pub concepts: &'a Concepts,
    pub measures: &'a Measures,
}

/// The resource types that are checked but never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// A Bundle, without looking into its resources.
    Bundle,
    Parameters,
}

impl Shell {
    pub fn name(self) -> &'static str {
        match self {
            Shell::Bundle => "Bundle",
            Shell::Parameters => "Parameters",
        }
    }
}

/// Everything compiled that validation needs, built once at start-up.
pub struct Validator {
    schemas: schemas::Schemas,
    systems: HashMap<Box<str>, CodeSystem>,
}

impl Validator {
    /// Compiles the schemas of the folder; the first that does not compile is the error.
    pub fn new(profiles: &Profiles) -> Result<Validator, ProfileError> {
        let systems = profiles.code_systems.iter().map(|s| (s.url.clone(), s.clone())).collect();
        Ok(Validator { schemas: schemas::Schemas::new(profiles)?, systems })
    }

    /// Answers every fault and advice about a resource of an accepted type, errors first.
    pub fn check(&self, kind: Kind, resource: &Value, scope: &Scope<'_>) -> Vec<Issue> {
        let mut faults = Faults::default();
        let asked = if contract::is_withdrawn(kind, resource) { Asked::BaseFhir } else { Asked::All };
        self.schemas.check(kind.name(), resource, asked, &mut faults);
        narrative::check(resource, kind.name(), &mut faults);
        contained::check(&self.schemas, kind, resource, &mut faults);
        self.walk(kind.name(), resource, scope.concepts, &mut faults);
        invariants::check(kind, resource, &mut faults);
        contract::check(kind, resource, scope, &mut faults);
        faults.into_issues()
    }

    /// Answers the faults of a Bundle received (its entries' resources apart) or of Parameters.
    pub fn check_shell(&self, shell: Shell, resource: &Value, scope: &Scope<'_>) -> Vec<Issue> {
        let mut faults = Faults::default();
        self.schemas.check(shell.name(), resource, Asked::All, &mut faults);
        if shell == Shell::Parameters {
            self.walk(shell.name(), resource, scope.concepts, &mut faults);
        }
        faults.into_issues()
    }

    fn walk(&self, name: &str, resource: &Value, concepts: &Concepts, faults: &mut Faults) {
        let systems = systems::Systems { shipped: &self.systems, concepts };
        walk::Walk { root: resource, systems: &systems, faults }.value(resource, &Place::root(name));
    }
}

#[cfg(test)]
mod tests;
