//! From a resource to the fact the rules read, one file per group of types.
//!
//! Owns: where in a resource each field of a fact is. Codings are kept as sent; what they mean is
//! decided at evaluation. Must not know: the store, the rulebook, the clock. Reading never fails:
//! what cannot be read is absent from the fact (validation says so to the sender).

pub mod act;
pub mod admin;
pub mod care;
pub mod date;
pub mod encounter;
pub mod hash;
pub mod identity;
pub mod link;
pub mod named;
pub mod patient;
pub mod problem;
pub mod read;

pub use hash::HashKey;
pub use identity::reference_key;
pub use link::Link;
pub use link::further_patients;
pub use link::named_patients;
pub use link::patient_link;
pub use named::Origin;

use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::fhir::json::Value;

/// Answers what the rules read of the resource. `base` is our public base URL: absolute
/// references below it are our own; `key` hashes the identifiers by which people are named.
pub fn fact(kind: Kind, resource: &Value, base: &str, key: &HashKey) -> Option<Fact> {
    let origin = Origin { base, key };
    if !resource.is_object() {
        return None;
    }
    Some(match kind {
        Kind::Patient => Fact::Patient(patient::patient(resource, origin)),
        Kind::Observation => Fact::Act(act::observation(resource)),
        Kind::Procedure => Fact::Act(act::procedure(resource)),
        Kind::Immunization => Fact::Act(act::immunization(resource)),
        Kind::DiagnosticReport => Fact::Act(act::report(resource)),
        Kind::QuestionnaireResponse => Fact::Act(act::questionnaire(resource)),
        Kind::Encounter => Fact::Encounter(encounter::encounter(resource, origin)),
        Kind::Condition => Fact::Condition(problem::condition(resource)),
        Kind::Flag => Fact::Flag(problem::flag(resource)),
        Kind::Coverage => Fact::Coverage(problem::coverage(resource)),
        Kind::EpisodeOfCare => Fact::Episode(care::episode(resource, origin)),
        Kind::CareTeam => Fact::CareTeam(care::care_team(resource, origin)),
        Kind::Appointment => Fact::Appointment(care::appointment(resource, origin)),
        Kind::Practitioner => Fact::Practitioner(admin::practitioner(resource, origin)),
        Kind::PractitionerRole => Fact::Role(admin::role(resource, origin)),
        Kind::Organization => Fact::Organization(admin::organization(resource, origin)),
        Kind::Location => Fact::Location(admin::location(resource, origin)),
    })
}

#[cfg(test)]
mod tests;
