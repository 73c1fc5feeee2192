//! FHIR R4 as we speak it: JSON in and out, validation, facts, search, rendering.
//!
//! Must not know: HTTP, the store, YAML. Imports `domain` only.

pub mod bundle;
pub mod derive;
pub mod facts;
pub mod issue;
pub mod json;
pub mod references;
pub mod search;
