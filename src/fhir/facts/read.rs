//! The few readings every fact is made of: lists, texts, codings, numbers, references.

use crate::domain::fact::Coding;
use crate::domain::fact::Kind;
use crate::domain::fact::Reference;
use crate::fhir::json::Value;
use crate::fhir::references::local;
use rust_decimal::Decimal;

/// Answers the elements of a list; one that was sent alone counts as a list of one.
pub fn items<'v>(value: &'v Value<'v>) -> impl Iterator<Item = &'v Value<'v>> {
    let many = value.as_array().map(Vec::as_slice);
    let one = if many.is_none() { std::slice::from_ref(value) } else { &[] };
    many.unwrap_or(one).iter().filter(|item| !item.is_null())
}

/// Answers a text without the blanks around it; an empty one is none.
pub fn text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Answers a Coding that has a code.
pub fn coding(value: &Value) -> Option<Coding> {
    text(&value["code"]).map(|code| Coding::new(text(&value["system"]).unwrap_or_default(), code))
}

/// Appends the codings of a CodeableConcept, or of a list of them.
pub fn concepts(value: &Value, out: &mut Vec<Coding>) {
    for concept in items(value) {
        out.extend(items(&concept["coding"]).filter_map(coding));
    }
}

/// Answers the codings of a CodeableConcept, or of a list of them.
pub fn codings(value: &Value) -> Vec<Coding> {
    let mut out = Vec::new();
    concepts(value, &mut out);
    out
}

/// Answers whether the concept has one of these codes, whatever the system: for the status
/// concepts of FHIR itself, whose system senders often leave out.
pub fn has_code(value: &Value, codes: &[&str]) -> bool {
    items(value).flat_map(|c| items(&c["coding"])).filter_map(|c| text(&c["code"])).any(|c| codes.contains(&c))
}

/// Answers a number as exactly as a Decimal holds it.
pub fn decimal(value: &Value) -> Option<Decimal> {
    let number = value.as_number()?.to_string();
    number.parse().ok().or_else(|| Decimal::from_scientific(&number).ok())
}

/// Answers the resource of this server that a Reference names, when its type is accepted.
pub fn reference(value: &Value, base: &str) -> Option<Reference> {
    let target = local(text(&value["reference"])?, base)?;
    Some(Reference::new(Kind::from_name(target.resource_type)?, target.id))
}

/// Answers the resource a Reference `#id` names inside `resource`.
pub fn contained<'a>(resource: &'a Value<'a>, value: &Value) -> Option<&'a Value<'a>> {
    let id = text(&value["reference"])?.strip_prefix('#')?;
    items(&resource["contained"]).find(|inner| text(&inner["id"]) == Some(id))
}
