//! Practitioner, PractitionerRole, Organization and Location: who works where, as what.

use super::date::period;
use super::named::Origin;
use super::named::identifiers;
use super::named::linked;
use super::read::codings;
use super::read::concepts;
use super::read::items;
use crate::domain::fact::Kind;
use crate::domain::fact::LocationFact;
use crate::domain::fact::OrganizationFact;
use crate::domain::fact::PractitionerFact;
use crate::domain::fact::RoleFact;
use crate::fhir::json::Value;

pub fn practitioner(resource: &Value, origin: Origin<'_>) -> PractitionerFact {
    let mut qualifications = Vec::new();
    items(&resource["qualification"]).for_each(|q| concepts(&q["code"], &mut qualifications));
    PractitionerFact { qualifications, identifiers: identifiers(resource, origin) }
}

pub fn role(resource: &Value, origin: Origin<'_>) -> RoleFact {
    let mut found = codings(&resource["code"]);
    concepts(&resource["specialty"], &mut found);
    RoleFact {
        // Absent means active: the element is there to say the contrary.
        active: resource["active"].as_bool().unwrap_or(true),
        practitioner: linked(resource, &resource["practitioner"], &[Kind::Practitioner], origin),
        organization: linked(resource, &resource["organization"], &[Kind::Organization], origin),
        codings: found,
        period: period(&resource["period"]),
        identifiers: identifiers(resource, origin),
    }
}

pub fn organization(resource: &Value, origin: Origin<'_>) -> OrganizationFact {
    OrganizationFact {
        part_of: linked(resource, &resource["partOf"], &[Kind::Organization], origin),
        types: codings(&resource["type"]),
        identifiers: identifiers(resource, origin),
    }
}

pub fn location(resource: &Value, origin: Origin<'_>) -> LocationFact {
    LocationFact {
        managing_organization: linked(resource, &resource["managingOrganization"], &[Kind::Organization], origin),
    }
}
