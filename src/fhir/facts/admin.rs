//! Practitioner, PractitionerRole, Organization and Location: who works where, as what.

use super::date::period;
use super::read::codings;
use super::read::concepts;
use super::read::items;
use super::read::reference;
use crate::domain::fact::Kind;
use crate::domain::fact::LocationFact;
use crate::domain::fact::OrganizationFact;
use crate::domain::fact::PractitionerFact;
use crate::domain::fact::RoleFact;
use serde_json::Value;

pub fn practitioner(resource: &Value) -> PractitionerFact {
    let mut qualifications = Vec::new();
    items(&resource["qualification"]).for_each(|q| concepts(&q["code"], &mut qualifications));
    PractitionerFact { qualifications }
}

pub fn role(resource: &Value, base: &str) -> RoleFact {
    let mut found = codings(&resource["code"]);
    concepts(&resource["specialty"], &mut found);
    RoleFact {
        // Absent means active: the element is there to say the contrary.
        active: resource["active"].as_bool().unwrap_or(true),
        practitioner: reference(&resource["practitioner"], base).filter(|r| r.kind == Kind::Practitioner),
        organization: reference(&resource["organization"], base).filter(|r| r.kind == Kind::Organization),
        codings: found,
        period: period(&resource["period"]),
    }
}

pub fn organization(resource: &Value, base: &str) -> OrganizationFact {
    OrganizationFact {
        part_of: reference(&resource["partOf"], base).filter(|r| r.kind == Kind::Organization),
        types: codings(&resource["type"]),
    }
}

pub fn location(resource: &Value, base: &str) -> LocationFact {
    LocationFact {
        managing_organization: reference(&resource["managingOrganization"], base)
            .filter(|r| r.kind == Kind::Organization),
    }
}
