//! What is derived from a resource: its patient, its fact, its search keys.
//!
//! Pure: the same resource gives the same answer, so that all of it can be dropped and computed
//! again from the bytes kept.

pub use crate::fhir::facts::Link as PatientLink;
pub use crate::fhir::search::Context;
pub use crate::fhir::search::IndexKey;

use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::fhir::facts::fact;
use crate::fhir::facts::patient_link;
use crate::fhir::json::Body;
use crate::fhir::json::JsonFault;
use crate::fhir::json::Value;
use crate::fhir::json::value_of;
use crate::fhir::search::keys;

/// Number of the derivation: raise it whenever the same resource would give another answer, so
/// that what was derived before is computed again.
pub const FORMAT: u32 = 13;

/// What is derived from one resource; the store's own type has the same shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    pub patient: PatientLink,
    pub fact: Option<Fact>,
    pub keys: Vec<IndexKey>,
}

/// Derives from a resource that was parsed already.
pub fn derive(kind: Kind, resource: &Value, context: Context<'_>) -> Derived {
    Derived {
        patient: patient_link(kind, resource, context.base, context.key),
        fact: fact(kind, resource, context.base, context.key),
        keys: keys(kind, resource, context),
    }
}

/// Derives from a resource as it is kept.
pub fn derive_body(kind: Kind, id: &str, body: &Body, context: Context<'_>) -> Result<Derived, JsonFault> {
    value_of(kind.name(), id, body).map(|resource| derive(kind, &resource, context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::facts::HashKey;
    use crate::fhir::json::parse;
    use crate::fhir::json::scan;

    #[test]
    fn what_is_derived_from_the_kept_body_is_what_was_derived_at_first() {
        let sent = br#"{"resourceType":"Observation","meta":{"tag":[{"code":"x"}]},"id":"o1","status":"final",
            "code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/1"},
            "effectiveDateTime":"2026-01-01","valueQuantity":{"value":71.50,"code":"kg"}}"#;
        let key = HashKey([5; 32]);
        let context = Context { base: "https://gw.example/fhir", key: &key };
        let at_first = derive(Kind::Observation, &parse(sent).unwrap(), context);
        let body = scan(sent).unwrap().body;
        assert_eq!(derive_body(Kind::Observation, "o1", &body, context), Ok(at_first.clone()));
        assert_eq!(at_first.patient, PatientLink::Id("1".into()));
        assert!(matches!(at_first.fact, Some(Fact::Act(_))));
        assert_eq!(at_first.keys.len(), 3);
    }
}
