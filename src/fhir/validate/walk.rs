//! What base FHIR asks of any element wherever it stands, seen in one walk over the resource.
//!
//! Owns: unknown modifier extensions, ext-1, nulls beside `_` siblings, periods in order, contained
//! references, the codes of our own systems, control characters. FHIR pages: R4 extensibility.html,
//! json.html, references.html, datatypes.html#string.

use super::faults::Faults;
use super::formats;
use super::invariants;
use super::names::Place;
use super::systems::Systems;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json::Object;
use crate::fhir::json::Value;
use std::borrow::Cow;

/// What the walk needs to know of the whole resource.
pub struct Walk<'a> {
    pub root: &'a Value<'a>,
    pub systems: &'a Systems<'a>,
    pub faults: &'a mut Faults,
}

impl Walk<'_> {
    /// Looks at one value and all below it.
    pub fn value(&mut self, value: &Value, place: &Place<'_>) {
        match value {
            Value::Object(map) => self.object(map, place),
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    if item.is_object() || item.is_array() {
                        self.value(item, &place.index(n));
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, map: &Object<'_>, place: &Place<'_>) {
        for (member, value) in map {
            match value {
                Value::String(text) => {
                    if has_control(value) {
                        self.control(&place.member(member));
                    }
                    self.text(map, member, text, place);
                }
                Value::Object(_) => {
                    self.pair(map, member, place);
                    self.value(value, &place.member(member));
                }
                Value::Array(items) => {
                    let here = place.member(member);
                    self.array(map, member, items, &here);
                    self.value(value, &here);
                }
                _ => {}
            }
        }
    }

    /// What two elements beside each other ask of one another.
    fn pair(&mut self, map: &Object<'_>, member: &str, place: &Place<'_>) {
        match member {
            "low" => invariants::range(map, place, self.faults),
            "numerator" | "denominator" => invariants::ratio(map, place, self.faults),
            _ => {}
        }
    }

    fn text(&mut self, map: &Object<'_>, member: &str, text: &str, place: &Place<'_>) {
        match member {
            "reference" => self.reference(map, text, place),
            "start" => self.order(map, text, place),
            "code" => invariants::quantity(map, place, self.faults),
            "system" if text.starts_with(CANONICAL_BASE) => {
                if let Some(issue) = self.systems.check(text, map.get("code").and_then(Value::as_str), place) {
                    self.faults.add(issue);
                }
            }
            _ => {}
        }
    }

    fn array(&mut self, map: &Object<'_>, member: &str, items: &[Value], here: &Place<'_>) {
        match member {
            "modifierExtension" => {
                for n in 0..items.len() {
                    self.faults.add(Issue::new(&issues::UNKNOWN_MODIFIER, here.index(n).expression(), &[]));
                }
                self.extensions(items, here);
            }
            "extension" => self.extensions(items, here),
            _ => {
                if member == "telecom" {
                    invariants::contact_points(items, here, self.faults);
                }
                if items.iter().any(Value::is_null) {
                    self.nulls(map, member, items, here);
                }
                for (n, item) in items.iter().enumerate() {
                    if has_control(item) {
                        self.control(&here.index(n));
                    }
                }
            }
        }
    }

    fn control(&mut self, here: &Place<'_>) {
        self.faults.add(Issue::new(&issues::CONTROL_CHARACTER, here.expression(), &[&here.name()]));
    }

    /// ext-1: a value or extensions, not both, not neither.
    fn extensions(&mut self, items: &[Value], here: &Place<'_>) {
        for (n, item) in items.iter().enumerate() {
            let Some(map) = item.as_object() else { continue };
            let valued = map.keys().any(|k| k.starts_with("value") || k.starts_with("_value"));
            if valued == map.contains_key("extension") {
                self.faults.add(Issue::new(&issues::EXTENSION_CONTENT, here.index(n).expression(), &[]));
            }
        }
    }

    /// A null keeps the place of a primitive of which only the `_` sibling has something to say.
    fn nulls(&mut self, map: &Object<'_>, member: &str, items: &[Value], here: &Place<'_>) {
        let sibling = match member.strip_prefix('_') {
            Some(plain) => map.get(plain),
            None => map.get(&format!("_{member}")),
        };
        for (n, _) in items.iter().enumerate().filter(|(_, item)| item.is_null()) {
            if sibling.and_then(|s| s.item(n)).is_none_or(Value::is_null) {
                let name = super::names::shown(member.strip_prefix('_').unwrap_or(member));
                self.faults.add(Issue::new(&issues::STRAY_NULL, here.index(n).expression(), &[name]));
            }
        }
    }

    fn reference(&mut self, map: &Object<'_>, text: &str, place: &Place<'_>) {
        use formats::ReferenceForm::{Contained, Relative};
        match formats::reference_form(text) {
            Some(Contained { id }) if !id.is_empty() && !self.contains(id) => {
                self.faults.add(Issue::new(&issues::CONTAINED_MISSING, place.expression(), &["reference"]));
            }
            Some(Relative { kind }) => {
                let told = map.get("type").and_then(Value::as_str);
                if told.is_some_and(|t| t != kind && super::names::is_resource_type(t)) {
                    self.faults.add(Issue::new(&issues::TYPE_DISAGREES, place.expression(), &["reference"]));
                }
            }
            _ => {}
        }
    }

    fn contains(&self, id: &str) -> bool {
        let contained = self.root.get("contained").and_then(Value::as_array).into_iter().flatten();
        contained.into_iter().any(|r| r.get("id").and_then(Value::as_str) == Some(id))
    }

    /// Any element with a start and an end (Period, Appointment) ends after it starts.
    fn order(&mut self, map: &Object<'_>, start: &str, place: &Place<'_>) {
        let Some(end) = map.get("end").and_then(Value::as_str) else { return };
        if ends_before(start, end) {
            self.faults.add(Issue::new(&issues::END_BEFORE_START, place.expression(), &[&place.name()]));
        }
    }
}

/// Answers whether a value is a text that holds what FHIR allows in none. JSON writes these by escapes alone, and a text
/// without an escape is borrowed from the bytes received: it need not be read again.
fn has_control(value: &Value) -> bool {
    matches!(value, Value::String(Cow::Owned(text)) if text.bytes().any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')))
}

/// Answers whether every moment `end` may stand for lies before every moment `start` may.
pub fn ends_before(start: &str, end: &str) -> bool {
    match (formats::seconds(start), formats::seconds(end)) {
        (Some((first, _)), Some((_, last))) => last < first,
        _ => false,
    }
}
