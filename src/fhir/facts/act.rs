//! The five kinds that carry evidence of an act: Observation, Procedure, Immunization,
//! DiagnosticReport, QuestionnaireResponse.

use super::date::period;
use super::date::when;
use super::read::coding;
use super::read::codings;
use super::read::concepts;
use super::read::decimal;
use super::read::items;
use super::read::text;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::Coding;
use crate::domain::fact::Codings;
use crate::domain::fact::Comparator;
use crate::domain::fact::Component;
use crate::domain::fact::Value as Measured;
use crate::domain::measure::PREVENTION_EVIDENCE;
use crate::fhir::json::Value;
use rust_decimal::Decimal;

/// Systems whose codes are reasons for which there is no answer.
const NO_ANSWER: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    "http://hl7.org/fhir/data-absent-reason",
    "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
];
const DATA_ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

pub fn observation(resource: &Value) -> ActFact {
    let (when, period) = effective(resource);
    ActFact {
        state: state(resource, &["final", "amended", "corrected"]),
        codings: codings(&resource["code"]).into(),
        when,
        period,
        value: value(resource),
        absent: absent(resource),
        components: items(&resource["component"]).map(component).collect(),
        interpretation: codings(&resource["interpretation"]),
        reference_high: reference_high(resource),
        reasons: Vec::new(),
    }
}

pub fn procedure(resource: &Value) -> ActFact {
    let span = resource.get("performedPeriod").map(period);
    let state = state(resource, &["completed"]);
    ActFact {
        codings: codings(&resource["code"]).into(),
        when: when(&resource["performedDateTime"]).or_else(|| span.and_then(|p| p.start)),
        period: span,
        reasons: reasons(resource, state),
        ..bare(state)
    }
}

pub fn immunization(resource: &Value) -> ActFact {
    let state = state(resource, &["completed"]);
    ActFact {
        codings: codings(&resource["vaccineCode"]).into(),
        // occurrenceString ("childhood") names no day: such a dose cannot be dated.
        when: when(&resource["occurrenceDateTime"]),
        reasons: reasons(resource, state),
        ..bare(state)
    }
}

pub fn report(resource: &Value) -> ActFact {
    let (effective, period) = effective(resource);
    ActFact {
        codings: codings(&resource["code"]).into(),
        when: effective.or_else(|| when(&resource["issued"])),
        period,
        // What its results say is told by them: it does not say by itself that all is well.
        value: if items(&resource["result"]).next().is_some() { Measured::Other } else { Measured::None },
        interpretation: codings(&resource["conclusionCode"]),
        ..bare(state(resource, &["final", "amended", "corrected", "appended"]))
    }
}

/// A questionnaire is evidence by its canonical's last part, by the linkId of an answered item
/// and by coded answers; canonical and linkId may be LOINC codes.
pub fn questionnaire(resource: &Value) -> ActFact {
    let mut codings = Vec::new();
    codings.extend(text(&resource["questionnaire"]).and_then(canonical_tail).into_iter().flat_map(named));
    for item in items(&resource["item"]) {
        answered(item, &mut codings);
    }
    ActFact {
        codings: codings.into(),
        when: when(&resource["authored"]),
        ..bare(state(resource, &["completed", "amended"]))
    }
}

fn bare(state: ActState) -> ActFact {
    ActFact {
        state,
        codings: Codings::new(),
        when: None,
        period: None,
        value: Measured::None,
        absent: false,
        components: Vec::new(),
        interpretation: Vec::new(),
        reference_high: None,
        reasons: Vec::new(),
    }
}

pub(super) fn state(resource: &Value, done: &[&str]) -> ActState {
    match text(&resource["status"]) {
        Some("not-done") => ActState::NotDone,
        Some(status) if done.contains(&status) => ActState::Done,
        _ => ActState::Ignored,
    }
}

/// Answers why an act was not done. reasonCode says why one was done, unless it was not.
fn reasons(resource: &Value, state: ActState) -> Vec<Coding> {
    let mut reasons = codings(&resource["statusReason"]);
    if state == ActState::NotDone {
        concepts(&resource["reasonCode"], &mut reasons);
    }
    reasons
}

/// A Timing counts from its last event: what took several moments was done by then.
fn effective(resource: &Value) -> (Option<When>, Option<Period>) {
    let span = resource.get("effectivePeriod").map(period);
    let last =
        || items(&resource["effectiveTiming"]["event"]).filter_map(when).max_by_key(|w| (w.earliest(), w.second));
    let at = when(&resource["effectiveDateTime"]).or_else(|| when(&resource["effectiveInstant"])).or_else(last);
    (at.or_else(|| span.and_then(|p| p.start)), span)
}

fn component(component: &Value) -> Component {
    Component { codings: codings(&component["code"]).into(), value: value(component), absent: absent(component) }
}

/// Reads `value[x]` of an Observation or of a component.
fn value(holder: &Value) -> Measured {
    let Some(members) = holder.as_object() else { return Measured::None };
    let sent = members.iter().find(|(name, value)| is_choice(name, "value") && !value.is_null());
    match sent {
        None => Measured::None,
        Some((name, value)) => match name {
            "valueQuantity" => quantity(value),
            "valueInteger" => value.as_i64().map_or(Measured::Other, Measured::Integer),
            "valueBoolean" => value.as_bool().map_or(Measured::Other, Measured::Boolean),
            "valueCodeableConcept" => match codings(value) {
                coded if coded.is_empty() => Measured::Other,
                coded if says_why_not(&coded) => Measured::None,
                coded => Measured::Coded(coded),
            },
            _ => Measured::Other,
        },
    }
}

/// Answers whether the member is a choice of the element: `valueQuantity` of `value`.
pub(super) fn is_choice(name: &str, element: &str) -> bool {
    name.strip_prefix(element).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn quantity(quantity: &Value) -> Measured {
    if quantity["value"].is_null() {
        return Measured::None;
    }
    let Some(value) = decimal(&quantity["value"]) else { return Measured::Other };
    let unit = unit(quantity).map(Into::into);
    let comparator = match text(&quantity["comparator"]) {
        None => return Measured::Quantity { value, unit },
        Some("<") => Comparator::Below,
        Some("<=") => Comparator::AtMost,
        Some(">=") => Comparator::AtLeast,
        Some(">") => Comparator::Above,
        Some(_) => return Measured::Other,
    };
    Measured::Bounded { comparator, value, unit }
}

/// Answers the UCUM code of a quantity. The human `unit` is never read: senders write what they
/// like there.
fn unit<'v>(quantity: &'v Value<'_>) -> Option<&'v str> {
    let ucum = match text(&quantity["system"]) {
        None => true,
        Some(system) => {
            let bare = system.trim_end_matches('/');
            let bare = bare.strip_prefix("http://").or_else(|| bare.strip_prefix("https://")).unwrap_or(bare);
            matches!(bare, "unitsofmeasure.org" | "urn:oid:2.16.840.1.113883.6.8")
        }
    };
    text(&quantity["code"]).filter(|_| ucum)
}

/// Answers whether all that is coded is why there is no answer (asked and declined, not known).
fn says_why_not(coded: &[Coding]) -> bool {
    !coded.is_empty() && coded.iter().all(|coding| NO_ANSWER.contains(&&*coding.system))
}

/// Answers whether something says why there is no value.
fn absent(holder: &Value) -> bool {
    let Some(members) = holder.as_object() else { return false };
    let by_extension = |name: &str, value: &Value| {
        name.strip_prefix('_').is_some_and(|name| is_choice(name, "value"))
            && items(&value["extension"]).any(|e| text(&e["url"]) == Some(DATA_ABSENT))
    };
    holder["dataAbsentReason"].is_object()
        || says_why_not(&codings(&holder["valueCodeableConcept"]))
        || members.iter().any(|(name, value)| by_extension(name, value))
}

/// Answers the upper limit of normal, when it is in the unit of the value.
fn reference_high(resource: &Value) -> Option<Decimal> {
    let high = &items(&resource["referenceRange"]).next()?["high"];
    let measured = &resource["valueQuantity"];
    let comparable = measured.is_null() || unit(high).is_none() || unit(high) == unit(measured);
    decimal(&high["value"]).filter(|_| comparable)
}

fn canonical_tail(canonical: &str) -> Option<&str> {
    let url = canonical.split(['|', '#']).next().unwrap_or(canonical).trim_end_matches('/');
    url.rsplit(['/', ':']).next().filter(|tail| !tail.is_empty())
}

/// Answers what the name of a questionnaire or of an item may be: our own evidence code, or, where it
/// has that form (`44249-1`, in a link also `/44249-1`), a LOINC code.
fn named(name: &str) -> impl Iterator<Item = Coding> {
    let code = name.strip_prefix('/').unwrap_or(name);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_loinc =
        code.split_once('-').is_some_and(|(number, check)| digits(number) && digits(check) && check.len() == 1);
    let loinc = is_loinc.then(|| Coding::new("http://loinc.org", code));
    [Coding::new(PREVENTION_EVIDENCE, name)].into_iter().chain(loinc)
}

/// Appends what an item and those below it say; answers whether anything was answered. A question
/// without an answer is no evidence that it was asked.
fn answered(item: &Value, codings: &mut Vec<Coding>) -> bool {
    let mut below = Vec::new();
    let mut any = false;
    for answer in items(&item["answer"]) {
        let declined = coding(&answer["valueCoding"]).is_some_and(|coding| says_why_not(&[coding]));
        any |= !declined && answer.as_object().is_some_and(|given| given.keys().any(|name| is_choice(name, "value")));
        below.extend(coding(&answer["valueCoding"]));
        for inner in items(&answer["item"]) {
            any |= answered(inner, &mut below);
        }
    }
    for inner in items(&item["item"]) {
        any |= answered(inner, &mut below);
    }
    if any {
        codings.extend(text(&item["linkId"]).into_iter().flat_map(named));
    }
    codings.append(&mut below);
    any
}
