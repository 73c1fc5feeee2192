//! Patient: birth, sex, death, usable identifiers, declared doctors.

use super::date::when;
use super::identity::identity;
use super::named::Origin;
use super::named::named;
use super::read::items;
use super::read::reference;
use super::read::text;
use crate::domain::fact::Death;
use crate::domain::fact::Kind;
use crate::domain::fact::PatientFact;
use crate::domain::fact::Sex;
use serde_json::Value;

const DOCTORS: [Kind; 3] = [Kind::Practitioner, Kind::PractitionerRole, Kind::Organization];

pub fn patient(resource: &Value, origin: Origin<'_>) -> PatientFact {
    let doctors = items(&resource["generalPractitioner"]);
    let mut replaced = items(&resource["link"]).filter(|link| text(&link["type"]) == Some("replaced-by"));
    PatientFact {
        birth: text(&resource["birthDate"]).and_then(|date| date.parse().ok()),
        sex: sex(&resource["gender"]),
        death: death(resource),
        identity: identity(resource),
        general_practitioners: doctors.filter_map(|r| named(resource, r, &DOCTORS, origin)).collect(),
        managing_organization: reference(&resource["managingOrganization"], origin.base)
            .filter(|r| r.kind == Kind::Organization),
        replaced_by: replaced.find_map(|l| reference(&l["other"], origin.base).filter(|r| r.kind == Kind::Patient)),
    }
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
