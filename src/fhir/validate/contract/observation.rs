//! Observation: rules O1 to O3. Which numbers are read, in which units and bounds, is the rulebook's.
//!
//! FHIR page: R4 observation.html (obs-6). UCUM: `code` is compared, `unit` never.

use super::Scope;
use super::View;
use super::codings;
use super::dated;
use super::decimal;
use super::has_value;
use super::items;
use super::last_event;
use super::own_system;
use super::subject;
use super::text;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::fact::Coding;
use crate::domain::fact::Kind;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Measure;
use crate::domain::measure::PREVENTION_EVIDENCE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json::Value;
use crate::fhir::validate::faults::Faults;
use crate::fhir::validate::formats;
use rust_decimal::Decimal;

const UCUM: &str = "http://unitsofmeasure.org";
/// Below this age a PRECAR score is read by no rule.
const ADULT: i16 = 18;

pub fn check(view: &View<'_>, faults: &mut Faults) {
    subject::check(view, "subject", faults);
    if view.retracted() {
        return;
    }
    when(view, faults);
    content(view, faults);
    let name = view.kind.name();
    result(view, view.resource, name, faults);
    for (n, component) in items(view.resource, "component").enumerate() {
        result(view, component, &format!("{name}.component[{n}]"), faults);
    }
}

fn when(view: &View<'_>, faults: &mut Faults) {
    let sent = ["effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming"];
    if !sent.iter().any(|m| view.get(m).is_some()) {
        return;
    }
    match dated(view, "effective") {
        None => view.say(faults, &issues::OBS_UNDATABLE, "effective"),
        Some(date) if view.is_future(date) => view.say(faults, &issues::OBS_FUTURE, "effective"),
        Some(_) => {}
    }
}

/// O2: an answer, or the reason why there is none. Evidence of ours needs only its date.
fn content(view: &View<'_>, faults: &mut Faults) {
    let answered = has_value(view.resource)
        || ["component", "hasMember", "dataAbsentReason"].iter().any(|m| view.get(m).is_some())
        || matches!(view.text("status"), Some("registered" | "cancelled"));
    if !answered && !is_evidence(view) {
        view.say(faults, &issues::OBS_VALUE_MISSING, "value");
    }
}

/// Answers whether a code is of our evidence system, or of one the rulebook maps to it.
fn is_evidence(view: &View<'_>) -> bool {
    let concepts = view.scope.concepts;
    let ours = |system: &str| {
        system == PREVENTION_EVIDENCE
            || concepts
                .system(system)
                .and_then(|n| concepts.systems.get(usize::from(n)))
                .is_some_and(|s| &*s.uri == PREVENTION_EVIDENCE)
    };
    view.get("code").is_some_and(|code| codings(code).any(|(system, code)| !code.is_empty() && ours(system)))
}

/// One value with its code: the Observation's own or a component's.
fn result(view: &View<'_>, holder: &Value, place: &str, faults: &mut Faults) {
    let valued = has_value(holder);
    if valued && holder.get("dataAbsentReason").is_some() {
        faults.add(Issue::new(&issues::OBS_VALUE_AND_REASON, format!("{place}.dataAbsentReason"), &[]));
    }
    let Some(code) = holder.get("code").filter(|_| valued) else { return };
    let place = format!("{place}.value");
    if codings(code).any(|(system, code)| own_system(system) == Some("mtr-observation") && code == "gir") {
        gir(holder, &place, faults);
    }
    for measure in measures_of(view.scope, code, holder) {
        number(measure, holder, &place, faults);
    }
}

/// The measures of the rulebook that the codings of a concept stand for. Of a code that stands for
/// several the unit tells which is meant; where it tells none, no number is read and the code alone
/// counts.
fn measures_of<'s>(scope: &'s Scope<'_>, code: &Value, holder: &Value) -> Vec<&'s Measure> {
    let mut meant: Vec<&Measure> = Vec::new();
    let mut concepts: Vec<ConceptId> = Vec::new();
    for (system, code) in codings(code) {
        concepts.clear();
        scope.concepts.resolve(&Coding::new(system, code), Kind::Observation, &mut concepts);
        let of_code = || scope.measures.0.iter().filter(|m| concepts.contains(&m.concept));
        let several = of_code().nth(1).is_some();
        let read = of_code().filter(|m| !several || converts(m, holder));
        read.for_each(|m| {
            if !meant.iter().any(|known| known.concept == m.concept) {
                meant.push(m);
            }
        });
    }
    meant
}

/// Answers whether the value is a number in a unit of the measure.
fn converts(measure: &Measure, holder: &Value) -> bool {
    let quantity = holder.get("valueQuantity");
    let number = holder.get("valueInteger").or_else(|| quantity?.get("value")).and_then(decimal);
    let unit = quantity.and_then(|quantity| text(quantity, "code")).map(str::trim);
    number.is_some_and(|number| measure.convert(number, unit).is_some())
}

fn gir(holder: &Value, place: &str, faults: &mut Faults) {
    let number = holder.get("valueInteger").or_else(|| holder.pointer("/valueQuantity/value"));
    let read = number.and_then(decimal);
    if read.is_some_and(|n| n.fract() != Decimal::ZERO || n < Decimal::ONE || n > Decimal::from(6)) {
        faults.add(Issue::new(&issues::OBS_GIR_RANGE, place, &[]));
    }
}

fn number(measure: &Measure, holder: &Value, place: &str, faults: &mut Faults) {
    let unreadable = || Issue::new(&issues::OBS_VALUE_UNREADABLE, place, &["value", &measure.id]);
    if let Some(integer) = holder.get("valueInteger").and_then(decimal) {
        match measure.convert(integer, None) {
            Some(value) => bounds(measure, value, place, faults),
            None => faults.add(unreadable()),
        }
        return;
    }
    let Some(quantity) = holder.get("valueQuantity") else {
        faults.add(unreadable());
        return;
    };
    let Some(value) = quantity.get("value").and_then(decimal) else {
        faults.add(unreadable());
        return;
    };
    let code = text(quantity, "code").map(str::trim);
    if code.is_some() && text(quantity, "system").is_some_and(|s| s.trim() != UCUM) {
        faults.add(Issue::new(&issues::OBS_UNIT_SYSTEM, place, &["value"]));
        return;
    }
    match measure.convert(value, code) {
        Some(canonical) => bounds(measure, canonical, place, faults),
        None => {
            let kind = if code.is_some() { &issues::OBS_UNIT_UNKNOWN } else { &issues::OBS_UNIT_MISSING };
            faults.add(Issue::new(kind, place, &["value", &measure.id, &units(measure)]));
        }
    }
}

fn units(measure: &Measure) -> String {
    let mut units = vec![&*measure.unit];
    units.extend(measure.conversions.iter().map(|c| &*c.ucum));
    units.retain(|u| !u.is_empty());
    units.dedup();
    units.join(", ")
}

/// O3, in the measure's own unit.
fn bounds(measure: &Measure, value: Decimal, place: &str, faults: &mut Faults) {
    let shown = |limit: Option<Decimal>| limit.map_or_else(|| "…".to_owned(), |l| l.normalize().to_string());
    if !measure.possible(value) {
        let (low, high) = (shown(measure.hard_min), shown(measure.hard_max));
        faults.add(Issue::new(&issues::OBS_IMPOSSIBLE, place, &["value", &measure.id, &low, &high]));
    } else if measure.soft_min.is_some_and(|m| value < m) || measure.soft_max.is_some_and(|m| value > m) {
        let (low, high) = (shown(measure.soft_min), shown(measure.soft_max));
        faults.add(Issue::new(&issues::OBS_UNLIKELY, place, &["value", &measure.id, &low, &high]));
    }
}

/// Answers what can be said of an Observation once its patient's birth date is known: a result
/// before birth, a PRECAR score of a child.
pub fn subject_advice(observation: &Value, birth: PartialDate) -> Vec<Issue> {
    let mut faults = Faults::default();
    let last = || observation.get("effectiveTiming").and_then(last_event);
    let date = ["/effectiveDateTime", "/effectivePeriod/start", "/effectiveInstant"]
        .iter()
        .find_map(|p| observation.pointer(p))
        .or_else(last)
        .and_then(Value::as_str);
    let Some(day) = date.and_then(formats::first_day) else { return Vec::new() };
    if before_birth(date, birth) {
        faults.add(Issue::new(&issues::OBS_BEFORE_BIRTH, "Observation.effective", &[]));
    } else if is_precar(observation) && birth.earliest().age_at(day) < ADULT {
        faults.add(Issue::new(&issues::OBS_PRECAR_CHILD, "Observation.code", &[]));
    }
    faults.into_issues()
}

/// Answers whether every day the date may stand for lies before every day of the birth date.
fn before_birth(date: Option<&str>, birth: PartialDate) -> bool {
    let last: Option<Day> = date.and_then(|t| match t.parse::<PartialDate>() {
        Ok(partial) => Some(partial.latest()),
        Err(_) => formats::first_day(t),
    });
    last.is_some_and(|d| d < birth.earliest())
}

fn is_precar(observation: &Value) -> bool {
    observation.get("code").is_some_and(|code| {
        codings(code).any(|(system, code)| own_system(system) == Some("mtr-observation") && code == "precar")
    })
}
