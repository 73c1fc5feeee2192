//! Whom a resource is about: a patient, by a reference that can be followed.

use super::View;
use super::items;
use super::text;
use crate::fhir::issues;
use crate::fhir::json::Value;
use crate::fhir::validate::faults::Faults;
use crate::fhir::validate::formats::ReferenceForm;
use crate::fhir::validate::formats::reference_form;

/// Says what is wrong with the reference `element` as one to a patient. An absent one is the
/// schema's matter.
pub fn check(view: &View<'_>, element: &'static str, faults: &mut Faults) {
    let Some(reference) = view.get(element).filter(|r| r.is_object()) else { return };
    match target(view.resource, reference) {
        Target::Patient | Target::Later => {}
        Target::Group => view.say(faults, &issues::GROUP_SUBJECT, element),
        Target::Another => view.say(faults, &issues::NOT_PATIENT, element),
        Target::Nothing => view.say(faults, &issues::SUBJECT_UNRESOLVABLE, element),
    }
}

/// As `check`, and says that an absent subject makes the resource count for nobody.
pub fn check_optional(view: &View<'_>, element: &'static str, faults: &mut Faults) {
    if view.get(element).is_none() {
        view.say(faults, &issues::SUBJECT_MISSING, element);
    }
    check(view, element, faults);
}

/// What a reference points to, by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Patient,
    Group,
    Another,
    /// A urn, a logical reference or an address without a type: known when it is resolved.
    Later,
    /// Neither a reference nor an identifier.
    Nothing,
}

/// Answers what a Reference of `resource` points to.
pub fn target(resource: &Value, reference: &Value) -> Target {
    let named = |kind: &str| match kind {
        "Patient" => Target::Patient,
        "Group" => Target::Group,
        _ => Target::Another,
    };
    match text(reference, "reference").map(reference_form) {
        Some(Some(
            ReferenceForm::Relative { kind }
            | ReferenceForm::Conditional { kind }
            | ReferenceForm::Absolute { kind: Some(kind) },
        )) => named(kind),
        Some(Some(ReferenceForm::Contained { id })) => {
            let contained = items(resource, "contained").find(|r| text(r, "id") == Some(id));
            contained.and_then(|r| text(r, "resourceType")).map_or(Target::Later, named)
        }
        // A text that is no reference is told elsewhere.
        Some(_) => Target::Later,
        None => match (reference.pointer("/identifier/value"), text(reference, "type")) {
            (_, Some("Group")) => Target::Group,
            (Some(_), Some(kind)) => named(kind),
            (Some(_), None) => Target::Later,
            (None, _) => Target::Nothing,
        },
    }
}
