//! Encounter: what happened, how long, with whom, where.

use super::act::state;
use super::date::moment;
use super::date::period;
use super::read::coding;
use super::read::codings;
use super::read::concepts;
use super::read::contained;
use super::read::decimal;
use super::read::items;
use super::read::reference;
use super::read::text;
use crate::domain::fact::ActState;
use crate::domain::fact::EncounterFact;
use crate::domain::fact::Kind;
use crate::domain::fact::Participant;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

pub fn encounter(resource: &Value, base: &str) -> EncounterFact {
    let provider = &resource["serviceProvider"];
    let service_provider = reference(provider, base).filter(|r| r.kind == Kind::Organization);
    EncounterFact {
        state: match state(resource, &["finished"]) {
            ActState::Done => ActState::Done,
            // Encounter has no not-done: a no-show is an Appointment.
            ActState::NotDone | ActState::Ignored => ActState::Ignored,
        },
        class: coding(&resource["class"]),
        types: codings(&resource["type"]),
        reasons: codings(&resource["reasonCode"]),
        period: period(&resource["period"]),
        minutes: length(&resource["length"]).or_else(|| elapsed(&resource["period"])),
        participants: items(&resource["participant"]).map(|p| participant(resource, p, base)).collect(),
        service_provider_unreadable: !provider.is_null() && service_provider.is_none(),
        service_provider,
    }
}

fn participant(resource: &Value, participant: &Value, base: &str) -> Participant {
    let individual = &participant["individual"];
    let mut roles = codings(&participant["type"]);
    let mut actor = reference(individual, base);
    if let Some(inner) = contained(resource, individual) {
        match text(&inner["resourceType"]) {
            Some("Practitioner") => {
                items(&inner["qualification"]).for_each(|q| concepts(&q["code"], &mut roles));
            }
            Some("PractitionerRole") => {
                concepts(&inner["code"], &mut roles);
                concepts(&inner["specialty"], &mut roles);
                actor = actor.or_else(|| reference(&inner["practitioner"], base));
                if let Some(person) = contained(resource, &inner["practitioner"]) {
                    items(&person["qualification"]).for_each(|q| concepts(&q["code"], &mut roles));
                }
            }
            _ => {}
        }
    }
    Participant { roles, actor, on_behalf_of: None, period: period(&participant["period"]) }
}

/// Reads a Duration in whole minutes.
fn length(duration: &Value) -> Option<u32> {
    let value = decimal(&duration["value"])?;
    let unit = text(&duration["code"]).or_else(|| text(&duration["unit"]))?;
    let seconds_each = match unit {
        "s" => 1,
        "min" | "minute" | "minutes" | "mn" => 60,
        "h" | "hour" | "hours" | "heure" | "heures" => 3600,
        "d" => 86_400,
        "wk" => 604_800,
        _ => return None,
    };
    let minutes = value.checked_mul(Decimal::from(seconds_each))? / Decimal::from(60);
    minutes.trunc().to_u32()
}

/// Answers the whole minutes between two ends that both have a time.
fn elapsed(period: &Value) -> Option<u32> {
    let start = moment(&period["start"])?.instant()?;
    let end = moment(&period["end"])?.instant()?;
    u32::try_from(end.checked_sub(start)?.div_euclid(60_000_000)).ok()
}
