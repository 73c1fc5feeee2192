//! The journal (the truth) and the cache over it (sled: everything derived).
//!
//! Must not know: FHIR, rules, HTTP. Keys, bytes and facts in, the same out.

mod types;
pub use types::*;
