//! Resources that stand in another one, and live with it.
//!
//! Owns: what FHIR asks of any contained resource (dom-2, dom-4, dom-5, an id that is its own), and that
//! one of a type we describe has the elements of its type. One that nothing refers to (dom-3) is kept.
//! Must not know: the contract; a contained resource is never counted. FHIR page: R4 references.html#contained.

use super::faults::Faults;
use super::formats;
use super::names;
use super::narrative;
use super::schemas::Schemas;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;
use crate::fhir::json::Value;
use std::collections::HashSet;

/// What belongs to the container alone (dom-4, dom-5).
const OF_CONTAINER: &[&str] = &["versionId", "lastUpdated", "security"];

/// Adds to `faults` what is wrong with the resources contained in one of type `kind`. That they are
/// objects with a type the schema of the container says.
pub fn check(schemas: &Schemas, kind: Kind, container: &Value, faults: &mut Faults) {
    let Some(contained) = container.get("contained").and_then(Value::as_array) else { return };
    let mut ids = HashSet::new();
    for (n, resource) in contained.iter().enumerate() {
        let Some(told) = resource.get("resourceType").and_then(Value::as_str) else { continue };
        let root = format!("{}.contained[{n}]", kind.name());
        let mut say = |kind: &'static IssueKind, element: &str| {
            faults.add(Issue::new(kind, format!("{root}.{element}"), &[element]));
        };
        if !names::is_resource_type(told) {
            say(&issues::CONTAINED_TYPE, "resourceType");
        }
        match resource.get("id") {
            None => say(&issues::CONTAINED_ID, "id"),
            Some(Value::String(id)) if !formats::is_id(id) => say(&issues::BAD_ID, "id"),
            Some(Value::String(id)) if !ids.insert(&**id) => say(&issues::CONTAINED_TWICE, "id"),
            Some(Value::String(_)) => {}
            Some(_) => say(&issues::BAD_ID, "id"),
        }
        if resource.get("contained").is_some() {
            say(&issues::CONTAINED_NESTED, "contained");
        }
        if let Some(meta) = resource.get("meta") {
            for element in OF_CONTAINER.iter().filter(|element| meta.get(element).is_some()) {
                say(&issues::CONTAINED_META, &format!("meta.{element}"));
            }
        }
        narrative::check(resource, &root, faults);
        if let Some(known) = Kind::from_name(told) {
            schemas.check_contained((known.name(), &root), resource, faults);
        }
    }
}
