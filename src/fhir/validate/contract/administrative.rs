//! Encounter, Appointment, EpisodeOfCare, CareTeam, Practitioner: rules E1 to E5, A1, C1.
//!
//! FHIR pages: R4 encounter.html, appointment.html.

use super::View;
use super::codings;
use super::has_own_code;
use super::item_place;
use super::items;
use super::subject;
use super::subject::Target;
use super::text;
use crate::domain::fact::Coding;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json::Value;
use crate::fhir::validate::faults::Faults;
use crate::fhir::validate::names::Place;

/// Systems in which v3-ActCode is met.
const ACT_CODE: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
];
/// The encounter classes of v3-ActCode.
const CLASSES: &[&str] = &["AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"];
/// UCUM units of time and their FHIR-wide variants.
const TIMES: &[&str] = &["s", "min", "h", "d", "wk", "mo", "a", "ms"];
const PRIMARY_CARE: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction";
const RPPS: &str = "https://rpps.esante.gouv.fr";

pub fn encounter(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "subject", faults);
    let identified =
        items(view.resource, "identifier").any(|i| text(i, "system").is_some() && text(i, "value").is_some());
    if !identified {
        view.say(faults, &issues::ENC_IDENTIFIER_MISSING, "identifier");
    }
    class(view, faults);
    match view.text("status") {
        Some("finished") => finished(view, faults),
        Some("planned" | "cancelled") if view.get("period").is_none() => {
            view.say(faults, &issues::ENC_UNDATED, "period");
        }
        _ => {}
    }
}

/// What counts is over, and says who gave it.
fn finished(view: &View<'_>, faults: &mut Faults) {
    let dates = ["start", "end"].iter().filter_map(|m| view.get("period").and_then(|p| text(p, m)));
    if dates.into_iter().any(|d| view.is_future(d)) {
        view.say(faults, &issues::ENC_FUTURE, "period");
    }
    let professional = items(view.resource, "participant").filter_map(|p| p.get("individual")).any(is_followable);
    if !professional {
        view.say(faults, &issues::ENC_PARTICIPANT_MISSING, "participant");
    }
    if view.get("serviceProvider").is_none() {
        view.say(faults, &issues::ENC_PROVIDER_MISSING, "serviceProvider");
    }
    let unit = view.get("length").and_then(|l| text(l, "code"));
    if view.get("length").is_some() && !unit.is_some_and(|u| TIMES.contains(&u)) {
        view.say(faults, &issues::ENC_LENGTH_UNIT, "length");
    }
}

fn class(view: &View<'_>, faults: &mut Faults) {
    let Some(class) = view.get("class") else { return };
    let (Some(system), Some(code)) = (text(class, "system"), text(class, "code")) else { return };
    if ACT_CODE.contains(&system.trim()) && CLASSES.contains(&code.trim()) {
        return;
    }
    let mut concepts = Vec::new();
    view.scope.concepts.resolve(&Coding::new(system.trim(), code.trim()), Kind::Encounter, &mut concepts);
    if concepts.is_empty() {
        view.say(faults, &issues::ENC_CLASS_UNKNOWN, "class");
    }
}

/// A reference with an address or an identifier: somebody can be found behind it.
fn is_followable(reference: &Value) -> bool {
    reference.get("reference").is_some() || reference.get("identifier").is_some()
}

/// A1: an appointment is a patient's.
pub fn appointment(view: &View<'_>, faults: &mut Faults) {
    if view.retracted() || view.get("participant").is_none() {
        return;
    }
    let patient = items(view.resource, "participant")
        .filter_map(|p| p.get("actor"))
        .any(|a| matches!(subject::target(view.resource, a), Target::Patient | Target::Later));
    if !patient {
        view.say(faults, &issues::APT_PATIENT_MISSING, "participant");
    }
}

pub fn episode(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "patient", faults);
    let contract = items(view.resource, "type").any(|t| has_own_code(t, "episode-type"));
    if contract && view.resource.pointer("/period/start").is_none() {
        view.say(faults, &issues::EOC_PERIOD_MISSING, "period");
    }
}

pub fn care_team(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "subject", faults);
    let root = Place::root(view.kind.name());
    let dated = view.resource.pointer("/period/start").is_some();
    for (n, participant) in items(view.resource, "participant").enumerate() {
        let primary = items(participant, "role")
            .any(|role| codings(role).any(|(system, code)| code == "PCP" && system == PRIMARY_CARE));
        if primary && !dated && participant.pointer("/period/start").is_none() {
            let place = format!("{}.period", item_place(&root, "participant", n));
            faults.add(Issue::new(&issues::CTM_PERIOD_MISSING, place, &["period"]));
        }
    }
}

pub fn practitioner(view: &View<'_>, faults: &mut Faults) {
    let root = Place::root(view.kind.name());
    for (n, identifier) in items(view.resource, "identifier").enumerate() {
        let number = text(identifier, "value").unwrap_or("");
        if text(identifier, "system") == Some(RPPS) && !is_luhn(number) {
            let place = format!("{}.value", item_place(&root, "identifier", n));
            faults.add(Issue::new(&issues::PRA_RPPS_KEY, place, &[]));
        }
    }
}

/// Answers whether eleven digits end with the check digit of ISO/IEC 7812 (Luhn).
fn is_luhn(number: &str) -> bool {
    let digits: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    if digits.len() != 11 || digits.len() != number.len() {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, d)| match (n % 2, d * 2) {
            (0, _) => u32::from(*d),
            (_, double) => u32::from(if double > 9 { double - 9 } else { double }),
        })
        .sum();
    sum.is_multiple_of(10)
}
