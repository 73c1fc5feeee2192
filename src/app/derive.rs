//! Between the floors: what `fhir` derives of a body, in the words of the store, and back.

use super::failure::{Failure, Reason};
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::derive;
use crate::fhir::facts::HashKey;
use crate::fhir::facts::named_patients;
use crate::fhir::facts::reference_key;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::json::JsonFault;
use crate::fhir::json::JsonFaultKind;
use crate::fhir::json::Value;
use crate::fhir::person::Person;
use crate::fhir::search;
use crate::store;
use crate::store::Body;
use crate::store::Derived;
use crate::store::Deriver;
use crate::store::IndexKey;
use crate::store::Options;
use crate::store::PatientLink;
use crate::store::Progress;
use crate::store::StoreError;
use std::path::Path;
use std::sync::Arc;

/// The public base URL in use.
#[derive(Clone, Copy, Debug)]
pub enum Address<'a> {
    /// The data directory is served under it, or is said to have been: references below it are ours.
    Served(&'a str),
    /// Links are shown with it, nobody is served: it is one of ours only where none is known.
    Shown(&'a str),
}

/// What derivation depends on beside the resource: our base URLs and the key of identifier hashes.
#[derive(Clone)]
pub struct Context {
    /// The public base URL that links of ours begin with.
    pub base: String,
    /// All there ever were, parted by blanks: what was ours when it came stays ours.
    bases: String,
    key: HashKey,
}

impl Context {
    /// Reads the key of a data directory, making it if need be, and the base URLs it has been served
    /// under; the store keeps those that are new when it is opened.
    pub fn of(folder: &Path, address: Address<'_>) -> Result<Context, StoreError> {
        let key = HashKey(store::key(folder)?);
        let mut bases = store::addresses(folder)?;
        let (base, is_new) = match address {
            Address::Served(base) => (base, bases.iter().all(|known| known != base)),
            Address::Shown(base) => (base, bases.is_empty()),
        };
        if is_new {
            bases.push(base.to_owned());
        }
        Ok(Context { base: base.to_owned(), bases: bases.join(" "), key })
    }

    /// One of a fixed key, for tests.
    #[cfg(test)]
    pub fn fixed() -> Context {
        let base = "https://gw.example/fhir".to_owned();
        Context { bases: base.clone(), base, key: HashKey([7; 32]) }
    }

    pub fn search(&self) -> search::Context<'_> {
        search::Context { base: &self.bases, key: &self.key }
    }

    /// Answers the base URLs under which a reference is one of ours, parted by blanks.
    pub fn own_bases(&self) -> &str {
        &self.bases
    }

    pub fn derive(&self, kind: Kind, value: &Value) -> Derived {
        to_store_derived(derive::derive(kind, value, self.search()))
    }

    /// Answers every patient that a resource of several names; nothing of one that has at most one.
    pub fn named_patients(&self, kind: Kind, value: &Value) -> Vec<PatientLink> {
        named_patients(kind, value, &self.bases, &self.key).into_iter().map(to_store_link).collect()
    }

    /// Answers who a Patient is beside others.
    pub fn person(&self, patient: &Value) -> Person {
        Person::of(patient, &self.bases, &self.key)
    }

    /// Answers the hash by which an identifier meets a Patient, where it has a value.
    pub fn patient_key(&self, identifier: &Value) -> Option<[u8; 16]> {
        reference_key(identifier, &self.key)
    }

    /// Answers how the store of this gateway is opened; `progress` is told how far a replay is.
    pub fn options(&self, progress: Progress) -> Options {
        let clock = Arc::new(|| super::now().0);
        let mut options = Options::new(
            clock,
            Arc::new(self.clone()),
            |a, b| json::same(&to_fhir(a), &to_fhir(b)),
            search::LINK_PARAM,
        );
        options.patient_alias_param = Some(search::ALIAS_PARAM);
        options.person_param = Some(search::PERSON_PARAM);
        options.progress = Some(progress);
        options.addresses = self.bases.clone();
        options
    }
}

impl Deriver for Context {
    fn derive(&self, kind: Kind, id: &str, body: &Body) -> Derived {
        match derive::derive_body(kind, id, &to_fhir(body), self.search()) {
            Ok(derived) => to_store_derived(derived),
            // The journal only holds bodies that were read once; one that is not readable any
            // more yields no fact and is still served as it is.
            Err(_) => Derived { patient: PatientLink::Shared, fact: None, keys: Vec::new() },
        }
    }

    fn format(&self) -> u32 {
        derive::FORMAT
    }
}

fn to_store_derived(derived: derive::Derived) -> Derived {
    let keys = derived.keys.into_iter().map(|k| IndexKey { param: k.param, value: k.value, lead: k.lead }).collect();
    Derived { patient: to_store_link(derived.patient), fact: derived.fact, keys }
}

fn to_store_link(link: derive::PatientLink) -> PatientLink {
    match link {
        derive::PatientLink::Own => PatientLink::Own,
        derive::PatientLink::Id(id) => PatientLink::Id(id),
        derive::PatientLink::Identifier(hash) => PatientLink::Identifier(hash),
        derive::PatientLink::Shared => PatientLink::Shared,
    }
}

/// Answers a stored resource as a tree; `None` when its body is not readable any more.
pub fn tree(kind: Kind, id: &str, body: &Body) -> Option<Value<'static>> {
    json::value_of(kind.name(), id, &to_fhir(body)).ok()
}

pub fn to_store(body: json::Body) -> Body {
    Body { bytes: body.bytes, meta_len: body.meta_len }
}

fn to_fhir(body: &Body) -> json::Body {
    json::Body { bytes: Arc::clone(&body.bytes), meta_len: body.meta_len }
}

/// Answers a stored resource as a tree; `None` when it does not read any more.
pub fn value(kind: Kind, id: &str, body: &Body) -> Option<Value<'static>> {
    json::value_of(kind.name(), id, &to_fhir(body)).ok()
}

/// Answers the text of one member of a resource, without parsing the rest.
pub fn member(body: &Body, name: &str) -> Option<String> {
    let kept = to_fhir(body);
    let object = [b"{", kept.members(), b"}"].concat();
    let (_, literal) = json::Members::of(&object).find(|(member, _)| member == name)?;
    literal.starts_with(b"\"").then(|| json::decode(literal).into_owned())
}

/// Answers what is kept of a resource's meta, as an object.
pub fn meta(body: &Body) -> Vec<u8> {
    [b"{", to_fhir(body).meta(), b"}"].concat()
}

/// Answers the resource as it is served.
pub fn render(kind: Kind, id: &str, version: u32, known: Instant, body: &Body) -> Vec<u8> {
    json::render(kind.name(), id, version, &known.to_string(), &to_fhir(body))
}

/// Answers where a resource names its patient.
pub fn subject_expression(kind: Kind) -> String {
    let element = match kind {
        Kind::Immunization | Kind::EpisodeOfCare => "patient",
        Kind::Coverage => "beneficiary",
        Kind::Appointment => "participant",
        _ => "subject",
    };
    format!("{}.{element}", kind.name())
}

/// Answers what is wrong with bytes that are no resource.
pub fn json_failure(fault: &JsonFault) -> Failure {
    let (line, column, depth) = (fault.line.to_string(), fault.column.to_string(), json::DEPTH_LIMIT.to_string());
    let place = fault.expression();
    let member = place.rsplit('.').next().unwrap_or("").to_owned();
    let (kind, args): (_, Vec<&str>) = match fault.kind {
        JsonFaultKind::NotUtf8 => (&issues::NOT_UTF8, vec![]),
        JsonFaultKind::NotJson | JsonFaultKind::TrailingData => (&issues::NOT_JSON, vec![&line, &column]),
        JsonFaultKind::NumberOutOfRange => (&issues::OUT_OF_RANGE, vec![&member, "decimal"]),
        JsonFaultKind::DuplicateMember => (&issues::DUPLICATE_MEMBER, vec![&member]),
        JsonFaultKind::TooDeep => (&issues::TOO_DEEP, vec![&depth]),
        JsonFaultKind::NotAnObject => (&issues::NOT_OBJECT, vec![]),
        JsonFaultKind::NoResourceType => (&issues::NOT_FHIR, vec![]),
    };
    Failure::new(Reason::Malformed, Issue::new(kind, place, &args))
}
