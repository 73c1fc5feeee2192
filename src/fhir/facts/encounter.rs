//! Encounter: what happened, how long, with whom, where.

use super::act::state;
use super::date::moment;
use super::date::period;
use super::named::Origin;
use super::named::named;
use super::read::coding;
use super::read::codings;
use super::read::concepts;
use super::read::contained;
use super::read::decimal;
use super::read::items;
use super::read::text;
use crate::domain::fact::ActState;
use crate::domain::fact::EncounterFact;
use crate::domain::fact::Kind;
use crate::domain::fact::Participant;
use crate::fhir::json::Value;
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive;

pub fn encounter(resource: &Value, origin: Origin<'_>) -> EncounterFact {
    let people = items(&resource["participant"]).filter(|p| !is_relative(resource, &p["individual"]));
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
        participants: people.map(|p| participant(resource, p, origin)).collect(),
        service_provider: named(resource, &resource["serviceProvider"], &[Kind::Organization], origin),
        location: items(&resource["location"])
            .find_map(|place| named(resource, &place["location"], &[Kind::Location], origin)),
    }
}

/// A relative who comes along is nobody whose profession could be told.
fn is_relative(resource: &Value, individual: &Value) -> bool {
    let typed = |value: &Value| text(value).is_some_and(|name| name.ends_with("RelatedPerson"));
    let literal = text(&individual["reference"]).and_then(|literal| literal.rsplit('/').nth(1));
    typed(&individual["type"])
        || literal == Some("RelatedPerson")
        || contained(resource, individual).is_some_and(|inner| typed(&inner["resourceType"]))
}

fn participant(resource: &Value, participant: &Value, origin: Origin<'_>) -> Participant {
    let individual = &participant["individual"];
    let mut roles = codings(&participant["type"]);
    let actor = named(resource, individual, Kind::ALL, origin);
    if let Some(inner) = contained(resource, individual) {
        match text(&inner["resourceType"]) {
            Some("Practitioner") => {
                items(&inner["qualification"]).for_each(|q| concepts(&q["code"], &mut roles));
            }
            Some("PractitionerRole") => {
                concepts(&inner["code"], &mut roles);
                concepts(&inner["specialty"], &mut roles);
                if let Some(person) = contained(resource, &inner["practitioner"]) {
                    items(&person["qualification"]).for_each(|q| concepts(&q["code"], &mut roles));
                }
            }
            _ => {}
        }
    }
    Participant { roles, actor, on_behalf_of: None, period: period(&participant["period"]) }
}

/// Reads a Duration in whole minutes, the nearest.
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
    minutes.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_u32()
}

/// Answers the whole minutes, the nearest, between two ends that both have a time.
fn elapsed(period: &Value) -> Option<u32> {
    let start = moment(&period["start"])?.instant()?;
    let end = moment(&period["end"])?.instant()?;
    let between = end.checked_sub(start).filter(|between| *between >= 0)?;
    u32::try_from(between.checked_add(30_000_000)? / 60_000_000).ok()
}
