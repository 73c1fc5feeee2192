//! FHIR R4 as we speak it: JSON in and out, validation, facts, search, rendering.
//!
//! Must not know: HTTP, the store, YAML. Imports `domain` only.

pub mod identity;
pub mod issue;
pub mod issues;
pub mod profiles;
pub mod validate;
