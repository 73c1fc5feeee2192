//! Rules of R4 that bind elements to each other, as far as nothing here reads what they speak of.
//!
//! Owns: the invariants of datatypes and of the accepted types that neither a schema nor the contract
//! says. All of them are advice: a sender who breaks one is still understood (handling=strict refuses).
//! FHIR pages: R4 datatypes.html, and the constraints of each type's page.

use super::contract::codings;
use super::contract::decimal;
use super::contract::has_value;
use super::contract::items;
use super::contract::text;
use super::faults::Faults;
use super::names::Place;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;
use crate::fhir::json::Object;
use crate::fhir::json::Value;

/// One invariant: where it is asked, and whether it is kept there.
struct Invariant {
    kind: &'static IssueKind,
    /// Members on the way to the element, all repeating; none is the resource itself.
    at: &'static [&'static str],
    kept: fn(&Value) -> bool,
}

const PATIENT: &[Invariant] = &[Invariant {
    kind: &issues::CONTACT_EMPTY,
    at: &["contact"],
    kept: |contact| has_any(contact, &["name", "telecom", "address", "organization"]),
}];

const RANGE: Invariant = Invariant {
    kind: &issues::REFERENCE_RANGE_EMPTY,
    at: &["referenceRange"],
    kept: |range| has_any(range, &["low", "high", "text"]),
};

const OBSERVATION: &[Invariant] = &[
    RANGE,
    Invariant { at: &["component", "referenceRange"], ..RANGE },
    Invariant {
        kind: &issues::VALUE_OF_COMPONENT,
        at: &[],
        kept: |observation| {
            !has_value(observation) || !items(observation, "component").any(|c| shares_code(c, observation))
        },
    },
];

const CONDITION: &[Invariant] = &[
    Invariant { kind: &issues::STAGE_EMPTY, at: &["stage"], kept: |stage| has_any(stage, &["summary", "assessment"]) },
    Invariant {
        kind: &issues::EVIDENCE_EMPTY,
        at: &["evidence"],
        kept: |evidence| has_any(evidence, &["code", "detail"]),
    },
];

const APPOINTMENT: &[Invariant] = &[
    Invariant {
        kind: &issues::PARTICIPANT_EMPTY,
        at: &["participant"],
        kept: |participant| has_any(participant, &["type", "actor"]),
    },
    Invariant {
        kind: &issues::HALF_DATED,
        at: &[],
        kept: |appointment| has(appointment, "start") == has(appointment, "end"),
    },
    Invariant {
        kind: &issues::APPOINTMENT_UNDATED,
        at: &[],
        kept: |appointment| {
            (has(appointment, "start") && has(appointment, "end"))
                || matches!(text(appointment, "status"), Some("proposed" | "cancelled" | "waitlist"))
        },
    },
    Invariant {
        kind: &issues::CANCELATION_REASON,
        at: &[],
        kept: |appointment| {
            !has(appointment, "cancelationReason")
                || matches!(text(appointment, "status"), Some("cancelled" | "noshow"))
        },
    },
];

const CARE_TEAM: &[Invariant] = &[Invariant {
    kind: &issues::ON_BEHALF_OF,
    at: &["participant"],
    kept: |participant| {
        let member = participant.get("member").and_then(|member| text(member, "reference"));
        !has(participant, "onBehalfOf") || member.is_none_or(|to| to.contains("Practitioner/") || !to.contains('/'))
    },
}];

const IMMUNIZATION: &[Invariant] = &[Invariant {
    kind: &issues::EDUCATION_EMPTY,
    at: &["education"],
    kept: |education| has_any(education, &["documentType", "reference"]),
}];

const ORGANIZATION: &[Invariant] = &[
    Invariant {
        kind: &issues::ORGANIZATION_NAMELESS,
        at: &[],
        kept: |organization| has_any(organization, &["name", "identifier"]),
    },
    Invariant { kind: &issues::ORGANIZATION_HOME_ADDRESS, at: &["address"], kept: is_not_home },
    Invariant { kind: &issues::ORGANIZATION_HOME_TELECOM, at: &["telecom"], kept: is_not_home },
];

/// Adds to `faults` the invariants of its type that a resource does not keep.
pub fn check(kind: Kind, resource: &Value, faults: &mut Faults) {
    let all = match kind {
        Kind::Patient => PATIENT,
        Kind::Observation => OBSERVATION,
        Kind::Condition => CONDITION,
        Kind::Appointment => APPOINTMENT,
        Kind::CareTeam => CARE_TEAM,
        Kind::Immunization => IMMUNIZATION,
        Kind::Organization => ORGANIZATION,
        _ => return,
    };
    for invariant in all {
        below(invariant, invariant.at, resource, &Place::root(kind.name()), faults);
    }
}

/// Asks one invariant of every element at the end of the way.
fn below(invariant: &Invariant, way: &[&str], element: &Value, place: &Place<'_>, faults: &mut Faults) {
    match way.split_first() {
        None if !element.is_object() || (invariant.kept)(element) => {}
        None => say(invariant.kind, place, faults),
        Some((member, rest)) => {
            for (n, item) in items(element, member).enumerate() {
                below(invariant, rest, item, &place.member(member).index(n), faults);
            }
        }
    }
}

/// A code of a unit says of which system (qty-3). What has a code beside a number or a unit is a
/// Quantity; a Coding has neither.
pub fn quantity(map: &Object<'_>, place: &Place<'_>, faults: &mut Faults) {
    let measured = ["value", "unit", "comparator"].iter().any(|member| map.contains_key(member));
    if measured && !map.contains_key("system") {
        say(&issues::QUANTITY_SYSTEM, place, faults);
    }
}

/// The low end of a Range lies below its high end (rng-2). A reference range of an Observation is none.
pub fn range(map: &Object<'_>, place: &Place<'_>, faults: &mut Faults) {
    let (Some(low), Some(high)) = (map.get("low"), map.get("high")) else { return };
    let unit = |end: &Value| ["system", "code", "unit"].map(|member| text(end, member).map(str::to_owned));
    let number = |end: &Value| end.get("value").and_then(decimal);
    let crossed = number(low).zip(number(high)).is_some_and(|(low, high)| low > high);
    if crossed && unit(low) == unit(high) && !place.is_item() {
        say(&issues::RANGE_CROSSED, place, faults);
    }
}

/// A Ratio has both its numbers or neither (rat-1).
pub fn ratio(map: &Object<'_>, place: &Place<'_>, faults: &mut Faults) {
    if map.contains_key("numerator") != map.contains_key("denominator") {
        say(&issues::RATIO_HALF, place, faults);
    }
}

/// A ContactPoint with a value says what it is (cpt-2).
pub fn contact_points(telecom: &[Value], here: &Place<'_>, faults: &mut Faults) {
    for (n, point) in telecom.iter().enumerate() {
        if has(point, "value") && !has(point, "system") {
            say(&issues::TELECOM_SYSTEM, &here.index(n), faults);
        }
    }
}

fn say(kind: &'static IssueKind, place: &Place<'_>, faults: &mut Faults) {
    faults.add(Issue::new(kind, place.expression(), &[&place.name()]));
}

/// Answers whether an element is there, by its value or by what is said beside it.
fn has(element: &Value, member: &str) -> bool {
    element.as_object().is_some_and(|members| {
        members.keys().any(|key| key == member || key.strip_prefix('_').is_some_and(|key| key == member))
    })
}

fn has_any(element: &Value, members: &[&str]) -> bool {
    members.iter().any(|member| has(element, member))
}

fn shares_code(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.get("code"), other.get("code")) else { return false };
    codings(one).any(|coding| codings(other).any(|known| known == coding))
}

fn is_not_home(point: &Value) -> bool {
    text(point, "use") != Some("home")
}
