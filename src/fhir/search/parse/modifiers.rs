//! What follows the colon of a name (search.html#modifiers).

use super::Asked;
use crate::domain::fact::Kind;
use crate::fhir::search::extract::Form;
use crate::fhir::search::fault::SearchFault;
use crate::fhir::search::fault::shown;
use crate::fhir::search::query::How;
use crate::fhir::search::table::Parameter;
use crate::fhir::search::table::Shape;

/// The modifiers of a type of parameter, `:missing` and the types of references apart.
pub fn modifiers(shape: Shape) -> &'static [&'static str] {
    match shape {
        Shape::Code(_) => &["not", "text", "in", "not-in", "missing"],
        Shape::Contact(_) | Shape::Deceased => &["not", "missing"],
        Shape::Identifier => &["not", "of-type", "missing"],
        Shape::Text => &["exact", "contains", "missing"],
        Shape::Reference(_) => &["identifier", "not", "missing"],
        Shape::Uri | Shape::Canonical => &["above", "below", "not", "missing"],
        Shape::Date | Shape::Quantity => &["not", "missing"],
        Shape::Pair(_) => &["missing"],
    }
}

/// Answers what a modifier makes of a parameter.
pub(super) fn modified(asked: Asked<'_>) -> Result<(Form, How), SearchFault> {
    let Some(modifier) = asked.modifier else { return Ok((Form::Usual, How::Any)) };
    if !modifiers(asked.parameter.shape).contains(&modifier) || has_none(asked.parameter) {
        return Err(unknown_modifier(asked.parameter, modifier));
    }
    Ok(match modifier {
        "not" | "not-in" => (Form::Usual, How::None),
        "exact" => (Form::Exact, How::Any),
        "text" => (Form::Words, How::Any),
        "identifier" => (Form::Identifier, How::Any),
        "of-type" => (Form::OfType, How::Any),
        _ => (Form::Usual, How::Any),
    })
}

/// Answers whether a parameter has none of the modifiers of its kind: an id has no other form.
fn has_none(parameter: &Parameter) -> bool {
    parameter.name == "_id"
}

pub(super) fn unknown_modifier(parameter: &'static Parameter, modifier: &str) -> SearchFault {
    let mut known = if has_none(parameter) { Vec::new() } else { modifiers(parameter.shape).to_vec() };
    if let Shape::Reference(targets) = parameter.shape {
        known.extend(targets.iter().map(|kind| kind.name()));
    }
    let near = known.iter().map(|k| (strsim::jaro_winkler(&modifier.to_lowercase(), &k.to_lowercase()), *k));
    let best = near.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0));
    let suggestion = best.map(|(_, known)| known);
    // Told as it was sent only where it is a modifier, or nearly one: any other word may be anything.
    let modifier = if suggestion.is_some() { shown(modifier) } else { named_modifier(modifier) };
    SearchFault::UnknownModifier { name: parameter.name, modifier, suggestion }
}

/// Answers a modifier of R4 as it is written, `?` for anything else.
pub(super) fn named_modifier(modifier: &str) -> String {
    const MODIFIERS: [&str; 14] = [
        "above",
        "below",
        "contains",
        "exact",
        "identifier",
        "in",
        "iterate",
        "missing",
        "not",
        "not-in",
        "of-type",
        "recurse",
        "text",
        "type",
    ];
    let known = MODIFIERS.contains(&modifier) || Kind::from_name(modifier).is_some();
    if known { modifier.to_owned() } else { "?".to_owned() }
}

pub(super) fn no_modifier(name: &'static str, modifier: Option<&str>) -> Result<(), SearchFault> {
    match modifier {
        None => Ok(()),
        Some(modifier) => {
            Err(SearchFault::UnknownModifier { name, modifier: named_modifier(modifier), suggestion: None })
        }
    }
}
