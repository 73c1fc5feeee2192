//! Which patient a resource belongs to.

use super::hash::HashKey;
use super::hash::Use;
use super::identity::link_keys;
use super::identity::reference_key;
use super::identity::says_person;
use super::read::contained;
use super::read::items;
use super::read::text;
use crate::domain::fact::Kind;
use crate::fhir::json::Value;
use crate::fhir::references::Form;
use crate::fhir::references::form;
use crate::fhir::references::local;

/// Which patient a resource belongs to; the store's own type has the same shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the Patient itself.
    Own,
    /// A literal reference to a Patient of the structure.
    Id(Box<str>),
    /// A reference by identifier: the keyed hash of system and value. It meets the Patient whose
    /// `link_keys` have it. A Patient named in a way that we cannot follow has a hash no Patient
    /// has: the resource stays pending rather than belong to nobody.
    Identifier([u8; 16]),
    /// It belongs to the structure, or names no patient.
    Shared,
}

/// Answers the patient of the resource. `base` is our public base URL.
pub fn patient_link(kind: Kind, resource: &Value, base: &str, key: &HashKey) -> Link {
    let subject = match kind {
        Kind::Patient => return Link::Own,
        Kind::Encounter
        | Kind::Observation
        | Kind::Condition
        | Kind::Procedure
        | Kind::DiagnosticReport
        | Kind::QuestionnaireResponse
        | Kind::CareTeam
        | Kind::Flag => &resource["subject"],
        Kind::Immunization | Kind::EpisodeOfCare => &resource["patient"],
        Kind::Coverage => &resource["beneficiary"],
        Kind::Appointment => return appointed(resource, base, key).next().unwrap_or(Link::Shared),
        Kind::Practitioner | Kind::PractitionerRole | Kind::Organization | Kind::Location => return Link::Shared,
    };
    of_reference(resource, subject, base, key)
}

/// Answers the ids of the patients, beside the one of `patient_link`, whose resource it is as well:
/// all those whom an appointment names by a literal reference. `Own` and `Shared` have none.
pub fn further_patients(kind: Kind, resource: &Value, base: &str, key: &HashKey) -> Vec<Box<str>> {
    if kind != Kind::Appointment {
        return Vec::new();
    }
    let mut links = appointed(resource, base, key);
    let first = links.next();
    let mut ids: Vec<Box<str>> = Vec::new();
    for link in links.filter(|link| Some(link) != first.as_ref()) {
        match link {
            Link::Id(id) if !ids.contains(&id) => ids.push(id),
            _ => {}
        }
    }
    ids
}

/// Answers every patient that a resource of several names, in order; nothing of one that has at most
/// one patient: that is `patient_link`'s.
pub fn named_patients(kind: Kind, resource: &Value, base: &str, key: &HashKey) -> Vec<Link> {
    if kind == Kind::Appointment { appointed(resource, base, key).collect() } else { Vec::new() }
}

/// Answers the patients of an appointment, in order.
fn appointed<'r>(resource: &'r Value, base: &'r str, key: &'r HashKey) -> impl Iterator<Item = Link> + 'r {
    invited(resource, base, key).map(|(link, _)| link)
}

/// Who of the patients of an appointment declined it (`participant.status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// None of them, or there is no patient.
    Nobody,
    /// The ids of those who are named by a literal reference; whoever is named twice and declined
    /// once has not.
    Some(Vec<Box<str>>),
    Everybody,
}

/// Answers who declined an appointment.
pub fn declined(resource: &Value, base: &str, key: &HashKey) -> Declined {
    let said_no = |(_, status): &(Link, Option<&str>)| *status == Some("declined");
    let (no, yes): (Vec<_>, Vec<_>) = invited(resource, base, key).partition(said_no);
    if no.is_empty() {
        return Declined::Nobody;
    }
    if yes.is_empty() {
        return Declined::Everybody;
    }
    let ids = no.into_iter().filter(|(link, _)| yes.iter().all(|(other, _)| other != link));
    Declined::Some(ids.filter_map(|(link, _)| if let Link::Id(id) = link { Some(id) } else { None }).collect())
}

/// The patients of an appointment in order, and what each answered.
fn invited<'r>(
    resource: &'r Value,
    base: &'r str,
    key: &'r HashKey,
) -> impl Iterator<Item = (Link, Option<&'r str>)> + 'r {
    let patients = items(&resource["participant"]).filter(|p| may_be_patient(&p["actor"]));
    let each = patients.map(move |p| (of_reference(resource, &p["actor"], base, key), text(&p["status"])));
    each.filter(|(link, _)| *link != Link::Shared)
}

/// Answers whether the actor of an appointment, where doctors and rooms stand beside the patient,
/// may be the patient: an identifier alone must say so by its type.
fn may_be_patient(actor: &Value) -> bool {
    text(&actor["reference"]).is_some() || text(&actor["type"]) == Some("Patient") || says_person(&actor["identifier"])
}

/// Reads one Reference that may name a patient; `Shared` when it certainly does not.
fn of_reference(resource: &Value, reference: &Value, base: &str, key: &HashKey) -> Link {
    let typed = text(&reference["type"]).map(|t| t.rsplit('/').next().unwrap_or(t));
    if let Some(literal) = text(&reference["reference"]) {
        if let Some(target) = local(literal, base) {
            return if target.resource_type == "Patient" { Link::Id(target.id.into()) } else { Link::Shared };
        }
        if let Some(inner) = contained(resource, reference) {
            return of_contained(inner, key);
        }
        // A Patient elsewhere, or one of a transaction that is not ours: the identifier beside
        // the literal, when there is one, still tells who it is.
        let may_be_patient = match form(literal) {
            Form::Rest { target, .. } => target.resource_type == "Patient",
            Form::Conditional { resource_type, .. } => resource_type == "Patient",
            Form::Urn => typed.is_none_or(|t| t == "Patient"),
            _ => typed == Some("Patient"),
        };
        if !may_be_patient {
            return Link::Shared;
        }
        let unknown = || Link::Identifier(key.hash(Use::Unknown, "literal", literal));
        return reference_key(&reference["identifier"], key).map_or_else(unknown, Link::Identifier);
    }
    if typed.is_some_and(|t| t != "Patient") {
        return Link::Shared;
    }
    reference_key(&reference["identifier"], key).map_or(Link::Shared, Link::Identifier)
}

fn of_contained(inner: &Value, key: &HashKey) -> Link {
    if text(&inner["resourceType"]) != Some("Patient") {
        return Link::Shared;
    }
    let known = link_keys(inner, key).into_iter().next();
    Link::Identifier(known.unwrap_or_else(|| key.hash(Use::Unknown, "contained", "")))
}
