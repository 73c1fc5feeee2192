//! FHIR R4 as we speak it: JSON in and out, validation, facts, search, rendering.
//!
//! Must not know: HTTP, the store, YAML. Imports `domain` only.

// The paths of this floor read alike from inside and from above.
extern crate mtr_domain as domain;
extern crate self as fhir;

pub mod bundle;
pub mod compartment;
pub mod derive;
pub mod facts;
pub mod identity;
pub mod issue;
pub mod issues;
pub mod json;
pub mod patch;
pub mod person;
pub mod profiles;
pub mod references;
pub mod render;
pub mod search;
pub mod subset;
pub mod terminology;
pub mod validate;
pub mod written;
