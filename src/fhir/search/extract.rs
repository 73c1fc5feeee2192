//! From a resource to its keys, and to what a criterion reads of a body.
//!
//! Keys are read in one walk over the members of a resource, by a plan made once per type: it
//! runs at every write.

use super::Context;
use super::IndexKey;
use super::dates;
use super::quantity;
use super::quantity::Told;
use super::table::ALIAS_PARAM;
use super::table::LINK_PARAM;
use super::table::PERSON_PARAM;
use super::table::Parameter;
use super::table::Shape;
use super::table::parameters;
use super::text::folded;
use super::token::identifier_key;
use super::token::push_coding;
use crate::domain::fact::Kind;
use crate::fhir::facts::further_patients;
use crate::fhir::facts::hash::Use;
use crate::fhir::facts::identity::link_keys;
use crate::fhir::facts::identity::national_keys;
use crate::fhir::facts::identity::normal;
use crate::fhir::facts::patient::linked;
use crate::fhir::facts::read::items;
use crate::fhir::facts::read::text;
use crate::fhir::identity::is_billing_number;
use crate::fhir::json::Value;
use crate::fhir::references;
use crate::fhir::references::local;
use std::sync::LazyLock;

/// What of an element is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// What the parameter's type compares.
    Usual,
    /// `:exact`: the text as it is.
    Exact,
    /// `:text`: the words that go with a code.
    Words,
    /// `:identifier`: that of a reference.
    Identifier,
    /// `:of-type`: type and value of an identifier.
    OfType,
    /// Identifiers that may say who a person is: not a billing number, which a child shares with its parent.
    Personal,
    /// Whether there is anything.
    Presence,
}

/// One value met in a resource.
pub(super) enum Found<'a> {
    Key(&'a [u8]),
    Amount(Told<'a>),
}

/// Where the kept keys of a type stand, ready to be walked.
struct Step {
    member: &'static str,
    rest: &'static str,
    parameter: &'static Parameter,
    words: bool,
}

/// The steps of every type, by its number.
static PLANS: LazyLock<Vec<Vec<Step>>> = LazyLock::new(|| {
    let last = Kind::ALL.iter().map(|k| usize::from(k.code())).max().unwrap_or(0);
    let mut plans: Vec<Vec<Step>> = (0..=last).map(|_| Vec::new()).collect();
    for kind in Kind::ALL {
        for parameter in parameters(*kind).filter(|p| p.in_row()) {
            for path in &parameter.paths[..parameter.own] {
                let (member, rest) = path.split_once('.').unwrap_or((path, ""));
                plans[usize::from(kind.code())].push(Step { member, rest, parameter, words: path.ends_with(".text") });
            }
        }
    }
    plans
});

/// Answers the search keys of a resource, sorted, each once.
pub fn keys(kind: Kind, resource: &Value, context: Context<'_>) -> Vec<IndexKey> {
    let mut keys = Vec::with_capacity(8);
    if kind == Kind::Patient {
        let links = link_keys(resource, context.key).into_iter();
        keys.extend(links.map(|hash| IndexKey { param: LINK_PARAM, value: hash.as_slice().into(), lead: true }));
        let persons = national_keys(resource, context.key).into_iter();
        keys.extend(persons.map(|hash| IndexKey { param: PERSON_PARAM, value: hash.as_slice().into(), lead: false }));
        for link_type in ["replaced-by", "replaces"] {
            let ids = linked(resource, link_type, context.base).into_iter();
            keys.extend(ids.map(|id| IndexKey { param: ALIAS_PARAM, value: id.as_bytes().into(), lead: false }));
        }
    }
    let further = further_patients(kind, resource, context.base, context.key).into_iter();
    keys.extend(further.map(|id| IndexKey { param: ALIAS_PARAM, value: id.into_boxed_bytes(), lead: false }));
    let (Some(members), Some(plan)) = (resource.as_object(), PLANS.get(usize::from(kind.code()))) else { return keys };
    let mut reading = Reading { context, room: Vec::with_capacity(64) };
    for (name, value) in members {
        for step in plan.iter().filter(|step| step.member == name) {
            let Parameter { id, shape, .. } = *step.parameter;
            let lead = step.parameter.leads();
            let mut push = |found: Found<'_>| {
                if let Found::Key(key) = found {
                    keys.push(IndexKey { param: id, value: key.into(), lead });
                }
            };
            let form = if step.words { Form::Words } else { Form::Usual };
            each_of(value, step.rest, &mut |value| reading.read(shape, form, value, &mut push));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Calls `visit` with every value of a parameter in a resource, read in this form.
pub(super) fn visit(
    parameter: &Parameter,
    form: Form,
    resource: &Value,
    context: Context<'_>,
    found: &mut dyn FnMut(Found<'_>),
) {
    let mut reading = Reading { context, room: Vec::new() };
    for path in parameter.paths {
        let words = form == Form::Usual && path.ends_with(".text");
        let form = if words { Form::Words } else { form };
        each(resource, path, &mut |value| reading.read(parameter.shape, form, value, found));
    }
}

/// Calls `found` with every value of one side of a composite within an element.
pub(super) fn visit_part(
    (shape, paths): (Shape, &[&str]),
    element: &Value,
    context: Context<'_>,
    found: &mut dyn FnMut(Found<'_>),
) {
    let mut reading = Reading { context, room: Vec::new() };
    for path in paths {
        each(element, path, &mut |value| reading.read(shape, Form::Usual, value, found));
    }
}

/// Calls `visit` with every value at the dotted path, through lists; the empty path is the value.
pub(super) fn each<'a>(value: &'a Value<'a>, path: &str, visit: &mut dyn FnMut(&'a Value<'a>)) {
    if path.is_empty() {
        return visit(value);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(inner) = value.get(step) {
        each_of(inner, rest, visit);
    }
}

fn each_of<'a>(value: &'a Value<'a>, rest: &str, visit: &mut dyn FnMut(&'a Value<'a>)) {
    for inner in items(value) {
        each(inner, rest, visit);
    }
}

/// Reads values into keys, each in the same room.
struct Reading<'a> {
    context: Context<'a>,
    room: Vec<u8>,
}

impl Reading<'_> {
    fn read(&mut self, shape: Shape, form: Form, value: &Value, found: &mut dyn FnMut(Found<'_>)) {
        match (form, shape) {
            (Form::Presence, _) => found(Found::Key(&[])),
            (Form::Exact, _) => {
                if let Some(text) = value.as_str() {
                    found(Found::Key(text.as_bytes()));
                }
            }
            (Form::Words, Shape::Text) => suffixes(value, found),
            (Form::Words, _) => {
                let codings = items(&value["coding"]).chain(std::iter::once(value));
                let told = codings.map(|coding| &coding["display"]).chain([&value["text"]]);
                for words in told.filter_map(text).filter_map(folded) {
                    found(Found::Key(words.as_bytes()));
                }
            }
            (Form::Identifier, _) => self.identifier(&value["identifier"], found),
            (Form::OfType, _) => self.typed(value, found),
            (Form::Personal, _) => {
                if !is_billing_number(value) {
                    self.identifier(value, found);
                }
            }
            (Form::Usual, Shape::Code(implicit)) => self.code(implicit, value, found),
            (Form::Usual, Shape::Contact(system)) => {
                if system.is_empty() || text(&value["system"]) == Some(system) {
                    self.coding(text(&value["use"]).unwrap_or_default(), text(&value["value"]), found);
                }
            }
            (Form::Usual, Shape::Deceased) => {
                let dead = value["deceasedBoolean"].as_bool() == Some(true) || value.get("deceasedDateTime").is_some();
                self.coding("", Some(if dead { "true" } else { "false" }), found);
            }
            (Form::Usual, Shape::Identifier) => self.identifier(value, found),
            (Form::Usual, Shape::Date) => {
                if let Some(interval) = dates::interval(value) {
                    found(Found::Key(&dates::encode(interval)));
                }
            }
            (Form::Usual, Shape::Reference(targets)) => {
                let key = text(&value["reference"]).and_then(|r| reference_key(r, targets, self.context.base));
                if let Some(key) = key {
                    found(Found::Key(key.as_bytes()));
                }
            }
            (Form::Usual, Shape::Text) => {
                if let Some(words) = text(value).and_then(folded) {
                    found(Found::Key(words.as_bytes()));
                }
            }
            (Form::Usual, Shape::Quantity) => {
                if let Some(told) = quantity::told(value) {
                    found(Found::Amount(told));
                }
            }
            (Form::Usual, Shape::Uri | Shape::Canonical) => {
                if let Some(uri) = text(value) {
                    found(Found::Key(uri.as_bytes()));
                }
            }
            // Its sides are read one by one, within their element.
            (Form::Usual, Shape::Pair(_)) => {}
        }
    }

    fn code(&mut self, implicit: &str, value: &Value, found: &mut dyn FnMut(Found<'_>)) {
        match value {
            Value::Object(members) => {
                let coded = members.get("coding").into_iter().flat_map(items);
                for coding in coded.chain(members.contains_key("code").then_some(value)) {
                    self.coding(text(&coding["system"]).unwrap_or_default(), text(&coding["code"]), found);
                }
            }
            Value::Bool(yes) => self.coding("", Some(if *yes { "true" } else { "false" }), found),
            other => self.coding(implicit, text(other), found),
        }
    }

    fn coding(&mut self, system: &str, code: Option<&str>, found: &mut dyn FnMut(Found<'_>)) {
        self.room.clear();
        if code.is_some_and(|code| push_coding(system, code, &mut self.room)) {
            found(Found::Key(&self.room));
        }
    }

    fn identifier(&mut self, value: &Value, found: &mut dyn FnMut(Found<'_>)) {
        if let Some(number) = text(&value["value"]) {
            found(Found::Key(&identifier_key(text(&value["system"]).unwrap_or_default(), number, self.context.key)));
        }
    }

    fn typed(&mut self, value: &Value, found: &mut dyn FnMut(Found<'_>)) {
        let Some(number) = text(&value["value"]) else { return };
        let (_, number) = normal(text(&value["system"]).unwrap_or_default(), number);
        for coding in items(&value["type"]["coding"]) {
            let system = text(&coding["system"]).unwrap_or_default();
            if let Some(code) = text(&coding["code"]) {
                found(Found::Key(&typed_key(system, code, &number, self.context)));
            }
        }
    }
}

/// Answers the key of an identifier of a type.
pub(super) fn typed_key(system: &str, code: &str, value: &str, context: Context<'_>) -> [u8; 16] {
    context.key.hash(Use::Identifier, &format!("{system}|{code}"), value)
}

/// A text in one piece is found by the beginning of each of its words.
fn suffixes(value: &Value, found: &mut dyn FnMut(Found<'_>)) {
    let Some(words) = text(value).and_then(folded) else { return };
    found(Found::Key(words.as_bytes()));
    for (at, _) in words.match_indices(' ') {
        found(Found::Key(&words.as_bytes()[at + 1..]));
    }
}

/// Answers `Type/id` of our own resource, or the URL of another server's; `None` where a parameter
/// with these targets does not lead there.
pub(super) fn reference_key(reference: &str, targets: &[Kind], base: &str) -> Option<String> {
    let patient_only = targets == [Kind::Patient];
    let fits = |name: &str| match Kind::from_name(name) {
        Some(kind) => targets.contains(&kind),
        None => !patient_only,
    };
    if let Some(target) = local(reference, base) {
        return fits(target.resource_type).then(|| format!("{}/{}", target.resource_type, target.id));
    }
    match references::form(reference) {
        references::Form::Rest { base, target } => {
            fits(target.resource_type).then(|| format!("{base}/{}/{}", target.resource_type, target.id))
        }
        references::Form::Absolute | references::Form::Urn => (!patient_only).then(|| reference.to_owned()),
        _ => None,
    }
}
