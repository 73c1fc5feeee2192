//! Patient: birth, sex, death, usable identifiers, declared doctors.

use super::date::when;
use super::identity::identity;
use super::identity::national_keys;
use super::named::Origin;
use super::named::named;
use super::read::items;
use super::read::reference;
use super::read::text;
use crate::domain::fact::Death;
use crate::domain::fact::IdentifierHash;
use crate::domain::fact::Kind;
use crate::domain::fact::PatientFact;
use crate::domain::fact::Sex;
use crate::fhir::json::Value;

const DOCTORS: [Kind; 3] = [Kind::Practitioner, Kind::PractitionerRole, Kind::Organization];

pub fn patient(resource: &Value, origin: Origin<'_>) -> PatientFact {
    let doctors = items(&resource["generalPractitioner"]);
    PatientFact {
        birth: text(&resource["birthDate"]).and_then(|date| date.parse().ok()),
        sex: sex(&resource["gender"]),
        death: death(resource),
        identity: identity(resource),
        general_practitioners: doctors.filter_map(|r| named(resource, r, &DOCTORS, origin)).collect(),
        managing_organization: reference(&resource["managingOrganization"], origin.base)
            .filter(|r| r.kind == Kind::Organization),
        replaced_by: linked(resource, "replaced-by", origin.base),
        replaces: linked(resource, "replaces", origin.base),
        persons: national_keys(resource, origin.key).into_iter().map(IdentifierHash).collect(),
    }
}

/// Answers the ids of the patients of the structure that links of this type name, each once.
pub fn linked(patient: &Value, link_type: &str, base: &str) -> Vec<Box<str>> {
    let links = items(&patient["link"]).filter(|link| text(&link["type"]) == Some(link_type));
    let mut ids: Vec<Box<str>> = Vec::new();
    for target in links.filter_map(|link| reference(&link["other"], base)) {
        if target.kind == Kind::Patient && is_id(&target.id) && !ids.contains(&target.id) {
            ids.push(target.id);
        }
    }
    ids
}

/// Answers whether a resource can have this id.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

fn sex(gender: &Value) -> Sex {
    match text(gender) {
        Some("female") => Sex::Female,
        Some("male") => Sex::Male,
        Some("other") => Sex::Other,
        _ => Sex::Unknown,
    }
}

fn death(resource: &Value) -> Death {
    match (&resource["deceasedDateTime"], &resource["deceasedBoolean"]) {
        // A date that cannot be read still says that the patient is dead.
        (Value::String(_), _) => when(&resource["deceasedDateTime"]).map_or(Death::Undated, Death::On),
        (_, Value::Bool(true)) => Death::Undated,
        _ => Death::None,
    }
}
