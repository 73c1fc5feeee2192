//! EpisodeOfCare, CareTeam and Appointment: the contract, the doctors, the meetings.

use super::date::period;
use super::date::when;
use super::link::Declined;
use super::link::declined;
use super::named::Origin;
use super::named::linked;
use super::named::named;
use super::read::codings;
use super::read::items;
use super::read::reference;
use super::read::text;
use crate::domain::fact::AppointmentFact;
use crate::domain::fact::AppointmentState;
use crate::domain::fact::CareTeamFact;
use crate::domain::fact::EpisodeFact;
use crate::domain::fact::EpisodeStatus;
use crate::domain::fact::Kind;
use crate::domain::fact::Participant;
use crate::fhir::json::Value;

pub fn episode(resource: &Value, origin: Origin<'_>) -> EpisodeFact {
    let status = text(&resource["status"]);
    EpisodeFact {
        status: match status {
            Some("planned") => EpisodeStatus::Planned,
            Some("waitlist") => EpisodeStatus::Waitlist,
            Some("active") => EpisodeStatus::Active,
            Some("onhold") => EpisodeStatus::OnHold,
            Some("finished") => EpisodeStatus::Finished,
            Some("cancelled") => EpisodeStatus::Cancelled,
            _ => EpisodeStatus::Void,
        },
        counts: !matches!(status, Some("planned" | "waitlist" | "cancelled" | "entered-in-error")),
        finished: status == Some("finished"),
        types: codings(&resource["type"]),
        period: period(&resource["period"]),
        organization: linked(resource, &resource["managingOrganization"], &[Kind::Organization], origin),
    }
}

pub fn care_team(resource: &Value, origin: Origin<'_>) -> CareTeamFact {
    let status = text(&resource["status"]);
    let member = |p: &Value| Participant {
        roles: codings(&p["role"]),
        actor: named(resource, &p["member"], Kind::ALL, origin),
        on_behalf_of: linked(resource, &p["onBehalfOf"], &[Kind::Organization], origin),
        period: period(&p["period"]),
    };
    CareTeamFact {
        counts: !matches!(status, Some("proposed" | "entered-in-error")),
        ended: matches!(status, Some("inactive" | "suspended")),
        period: period(&resource["period"]),
        participants: items(&resource["participant"]).map(member).collect(),
        organizations: items(&resource["managingOrganization"]).filter_map(|r| reference(r, origin.base)).collect(),
    }
}

pub fn appointment(resource: &Value, origin: Origin<'_>) -> AppointmentFact {
    let (everybody, declined) = match declined(resource, origin.base, origin.key) {
        Declined::Nobody => (false, Vec::new()),
        Declined::Some(ids) => (false, ids),
        Declined::Everybody => (true, Vec::new()),
    };
    let state = match text(&resource["status"]) {
        Some("fulfilled") => AppointmentState::Fulfilled,
        Some("noshow") => AppointmentState::NoShow,
        Some("cancelled") => AppointmentState::Cancelled,
        // What no patient will come to is awaited no more, whatever its own status says.
        Some("booked") if !everybody => AppointmentState::Booked,
        _ => AppointmentState::Other,
    };
    let participant = |p: &Value| Participant {
        roles: codings(&p["type"]),
        actor: named(resource, &p["actor"], Kind::ALL, origin),
        on_behalf_of: None,
        period: period(&p["period"]),
    };
    let mut types = codings(&resource["serviceType"]);
    types.extend(codings(&resource["appointmentType"]));
    AppointmentFact {
        state,
        types,
        start: when(&resource["start"]),
        participants: items(&resource["participant"]).map(participant).collect(),
        declined,
    }
}
