//! The contract of the gateway, per resource type, and the advice it gives.
//!
//! Owns: what makes a fact meaningless (an error) and what merely weakens it (advice), as far as the
//! schemas do not say it. Must not know: the store; a reference is judged by its form alone.

mod administrative;
mod observation;
mod patient;
mod problems;
mod subject;

pub use observation::subject_advice;

use super::Scope;
use super::faults::Faults;
use super::formats;
use super::names::Place;
use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;
use crate::fhir::json::Value;
use rust_decimal::Decimal;

/// Where FR Core was published, under its old and its present address.
pub const FRENCH_PROFILES: &[&str] = &["https://hl7.fr/ig/fhir/core/", "http://interopsante.org/fhir/"];
/// The generations met in guides in force.
const FRENCH_VERSIONS: &[&str] = &["1.1.0", "2.0.0", "2.0.1", "2.1.0", "2.2.0"];

/// Adds to `faults` what the contract says of one resource. A resource that breaks base FHIR is
/// read as far as it goes.
pub fn check(kind: Kind, resource: &Value, scope: &Scope<'_>, faults: &mut Faults) {
    let view = View { kind, resource, scope };
    if resource.get("implicitRules").is_some() {
        faults.add(Issue::new(&issues::IMPLICIT_RULES, view.at("implicitRules"), &[]));
    }
    if let Some(n) = subsetted(resource) {
        faults.add(Issue::new(&issues::SUBSETTED, view.at(&format!("meta.tag[{n}]")), &[]));
    }
    profiles(&view, faults);
    match kind {
        Kind::Patient => patient::check(&view, faults),
        Kind::Encounter => administrative::encounter(&view, faults),
        Kind::Observation => observation::check(&view, faults),
        Kind::Condition => problems::condition(&view, faults),
        Kind::Coverage => problems::coverage(&view, faults),
        Kind::Procedure => problems::procedure(&view, faults),
        Kind::Immunization => problems::immunization(&view, faults),
        Kind::DiagnosticReport => problems::report(&view, faults),
        Kind::QuestionnaireResponse => problems::answers(&view, faults),
        Kind::EpisodeOfCare => administrative::episode(&view, faults),
        Kind::CareTeam => administrative::care_team(&view, faults),
        Kind::Appointment => administrative::appointment(&view, faults),
        Kind::Flag => subject::check(&view, "subject", faults),
        Kind::Practitioner => administrative::practitioner(&view, faults),
        Kind::PractitionerRole | Kind::Organization | Kind::Location => {}
    }
    if text(resource, "status") == Some("entered-in-error") {
        faults.add(Issue::new(&issues::RETRACTED, view.at("status"), &[]));
    }
}

/// Answers whether the resource withdraws what it said: nothing that it would have to say to count is asked of it.
pub fn is_withdrawn(kind: Kind, resource: &Value) -> bool {
    match kind {
        Kind::Condition => {
            resource.get("verificationStatus").is_some_and(|c| codings(c).any(|(_, code)| code == "entered-in-error"))
        }
        _ => text(resource, "status") == Some("entered-in-error"),
    }
}

/// Answers which of the tags says that this is a part of a resource only (search.html#summary).
fn subsetted(resource: &Value) -> Option<usize> {
    const SYSTEMS: [&str; 2] = [
        "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        // Of a server of STU3.
        "http://hl7.org/fhir/v3/ObservationValue",
    ];
    let tags = resource.get("meta")?.get("tag")?.as_array()?;
    let says = |tag: &Value| {
        text(tag, "code") == Some("SUBSETTED") && text(tag, "system").is_none_or(|system| SYSTEMS.contains(&system))
    };
    tags.iter().position(says)
}

/// French profiles in versions nobody has published are worth a word, never a refusal.
fn profiles(view: &View<'_>, faults: &mut Faults) {
    let declared = view.resource.pointer("/meta/profile").and_then(Value::as_array);
    let strange = declared.into_iter().flatten().filter_map(Value::as_str).any(|profile| {
        let french = FRENCH_PROFILES.iter().any(|base| profile.starts_with(base));
        let version = profile.split_once('|').map(|(_, version)| version);
        french && version.is_some_and(|v| !FRENCH_VERSIONS.contains(&v))
    });
    if strange {
        faults.add(Issue::new(&issues::PROFILE_VERSION, view.at("meta.profile"), &[]));
    }
}

/// One resource under the eyes of the contract.
struct View<'a> {
    kind: Kind,
    resource: &'a Value<'a>,
    scope: &'a Scope<'a>,
}

impl<'a> View<'a> {
    /// Answers the expression of an element of the resource.
    fn at(&self, element: &str) -> String {
        format!("{}.{element}", self.kind.name())
    }

    fn say(&self, faults: &mut Faults, kind: &'static IssueKind, element: &str) {
        faults.add(Issue::new(kind, self.at(element), &[element]));
    }

    fn get(&self, member: &str) -> Option<&'a Value<'a>> {
        self.resource.get(member)
    }

    fn text(&self, member: &str) -> Option<&'a str> {
        text(self.resource, member)
    }

    fn retracted(&self) -> bool {
        is_withdrawn(self.kind, self.resource)
    }

    /// Answers whether a date or dateTime begins after today.
    fn is_future(&self, date: &str) -> bool {
        formats::first_day(date).is_some_and(|day| day > self.scope.today)
    }
}

pub(super) fn text<'a>(value: &'a Value<'a>, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str)
}

pub(super) fn items<'a>(value: &'a Value<'a>, member: &str) -> impl Iterator<Item = &'a Value<'a>> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// Answers (system, code) of each coding of a CodeableConcept, trimmed; an absent one is empty.
pub(super) fn codings<'v>(concept: &'v Value<'v>) -> impl Iterator<Item = (&'v str, &'v str)> {
    items(concept, "coding").map(|c| (text(c, "system").unwrap_or("").trim(), text(c, "code").unwrap_or("").trim()))
}

/// Answers whether the concept has a code of our system `name`.
fn has_own_code(concept: &Value, name: &str) -> bool {
    codings(concept).any(|(system, code)| !code.is_empty() && own_system(system) == Some(name))
}

/// Answers the name of one of our code systems.
fn own_system(system: &str) -> Option<&str> {
    system.strip_prefix(CANONICAL_BASE)?.strip_prefix("/CodeSystem/")
}

/// Answers whether some coding has both system and code.
fn is_coded(concept: Option<&Value>) -> bool {
    concept.is_some_and(|c| codings(c).any(|(system, code)| !system.is_empty() && !code.is_empty()))
}

/// Says when a status concept is not in the system FHIR binds it to, or has none of its codes.
fn bound(view: &View<'_>, element: &'static str, system: &str, codes: &[&str], faults: &mut Faults) {
    let Some(concept) = view.get(element).filter(|c| c.is_object()) else { return };
    let mut sent = codings(concept).filter(|(s, _)| *s == system).peekable();
    if sent.peek().is_none() {
        faults.add(Issue::new(&issues::STATUS_SYSTEM, view.at(element), &[element, system]));
    }
    if sent.any(|(_, code)| !codes.contains(&code)) {
        faults.add(Issue::new(&issues::BAD_CODE, view.at(element), &[element, &codes.join(", ")]));
    }
}

/// Answers the first member `<base>DateTime`, else the start of `<base>Period`, else `<base>Instant`,
/// else the last event of `<base>Timing`.
fn dated<'a>(view: &View<'a>, base: &str) -> Option<&'a str> {
    let member = |suffix: &str| view.get(&format!("{base}{suffix}"));
    member("DateTime")
        .or_else(|| member("Period").and_then(|p| p.get("start").or_else(|| p.get("end"))))
        .or_else(|| member("Instant"))
        .or_else(|| member("Timing").and_then(last_event))
        .and_then(Value::as_str)
}

/// Answers the latest event of a Timing, in whatever order they stand.
pub(super) fn last_event<'v>(timing: &'v Value<'v>) -> Option<&'v Value<'v>> {
    items(timing, "event").max_by_key(|event| event.as_str().and_then(formats::first_day))
}

/// Answers the place of an item of an array of the resource.
fn item_place(root: &Place<'_>, member: &str, index: usize) -> String {
    root.member(member).index(index).expression()
}

/// Answers whether an element has an answer, or says beside it why it has none.
pub(super) fn has_value(value: &Value) -> bool {
    let Some(map) = value.as_object() else { return false };
    map.keys().any(|k| k.starts_with("value") || k.starts_with("_value"))
}

pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    let text = value.as_number()?.to_string();
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}
