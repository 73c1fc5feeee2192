//! From a resource to its keys.

use super::Context;
use super::IndexKey;
use super::dates;
use super::table::LINK_PARAM;
use super::table::Parameter;
use super::table::PatientOnly;
use super::table::Shape;
use super::table::parameters;
use super::token::coding_key;
use super::token::identifier_keys;
use crate::domain::fact::Kind;
use crate::fhir::facts::identity::link_keys;
use crate::fhir::facts::read::items;
use crate::fhir::facts::read::text;
use crate::fhir::references::Form;
use crate::fhir::references::form;
use crate::fhir::references::local;
use serde_json::Value;

/// Answers the search keys of a resource, sorted, each once.
pub fn keys(kind: Kind, resource: &Value, context: Context<'_>) -> Vec<IndexKey> {
    let mut keys = Vec::new();
    if kind == Kind::Patient {
        let links = link_keys(resource, context.key).into_iter();
        keys.extend(links.map(|hash| IndexKey { param: LINK_PARAM, value: hash.as_slice().into(), lead: true }));
    }
    for parameter in parameters(kind) {
        for path in parameter.paths {
            each(resource, path, &mut |value| add(parameter, value, context, &mut keys));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Calls `visit` with every value at the dotted path, through lists.
fn each<'a>(value: &'a Value, path: &str, visit: &mut dyn FnMut(&'a Value)) {
    let (step, rest) = path.split_once('.').map_or((path, ""), |(step, rest)| (step, rest));
    for inner in items(&value[step]) {
        if rest.is_empty() {
            visit(inner);
        } else {
            each(inner, rest, visit);
        }
    }
}

fn add(parameter: &Parameter, value: &Value, context: Context<'_>, keys: &mut Vec<IndexKey>) {
    let lead = parameter.leads();
    let mut push = |value: Box<[u8]>, lead| keys.push(IndexKey { param: parameter.id, value, lead });
    match parameter.shape {
        Shape::Code => {
            let coded = items(&value["coding"]).chain(value.get("code").map(|_| value));
            for coding in coded {
                let system = text(&coding["system"]).unwrap_or_default();
                if let Some(key) = text(&coding["code"]).and_then(|code| coding_key(system, code)) {
                    push(key, lead);
                }
            }
            if let Some(key) = text(value).and_then(|code| coding_key("", code)) {
                push(key, lead);
            }
        }
        Shape::Identifier => {
            let system = text(&value["system"]).unwrap_or_default();
            if let Some(number) = text(&value["value"]) {
                let [both, alone, of_system] = identifier_keys(system, number, context.key);
                push(both, lead);
                push(alone, lead);
                // All identifiers of one system: no place to start a search from.
                push(of_system, false);
            }
        }
        Shape::Date => {
            if let Some(interval) = dates::interval(value) {
                push(dates::encode(interval), lead);
            }
        }
        Shape::Reference { patient_only } => {
            if let Some(key) = text(&value["reference"]).and_then(|r| reference_key(r, patient_only, context.base)) {
                push(key, lead);
            }
        }
    }
}

/// Answers `Type/id` of our own resource, or the URL of another server's.
pub(super) fn reference_key(reference: &str, patient_only: PatientOnly, base: &str) -> Option<Box<[u8]>> {
    let (resource_type, key) = match local(reference, base) {
        Some(target) => (target.resource_type, format!("{}/{}", target.resource_type, target.id)),
        None => match form(reference) {
            Form::Rest { base, target } => {
                (target.resource_type, format!("{base}/{}/{}", target.resource_type, target.id))
            }
            Form::Absolute => ("", reference.to_owned()),
            _ => return None,
        },
    };
    let fits = patient_only == PatientOnly::No || resource_type == "Patient";
    fits.then(|| key.into_bytes().into())
}
