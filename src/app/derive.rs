//! Between the floors: what `fhir` derives of a body, in the words of the store, and back.

use super::failure::{Failure, Reason};
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::derive as fhir_derive;
use crate::fhir::issue;
use crate::fhir::issue::Issue;
use crate::fhir::json;
use crate::fhir::json::JsonFault;
use crate::fhir::json::JsonFaultKind;
use crate::store::Body;
use crate::store::Derived;
use crate::store::Deriver;
use crate::store::IndexKey;
use crate::store::Options;
use crate::store::PatientLink;
use serde_json::Value;
use std::sync::Arc;

/// Derives facts and search keys again when the cache is rebuilt.
struct FromBody {
    key: [u8; 32],
}

impl Deriver for FromBody {
    fn derive(&self, kind: Kind, id: &str, body: &Body) -> Derived {
        match json::value_of(kind.name(), id, &to_fhir(body)) {
            Ok(value) => derive(kind, id, &value, &self.key),
            // The journal only holds bodies that were read once; one that is not readable any
            // more yields no fact and is still served as it is.
            Err(_) => Derived { patient: PatientLink::Shared, fact: None, keys: Vec::new() },
        }
    }

    fn format(&self) -> u32 {
        fhir_derive::FORMAT
    }
}

/// Answers how the store of this gateway is opened.
pub fn store_options() -> Options {
    Options {
        deriver: Arc::new(|key| Arc::new(FromBody { key }) as Arc<dyn Deriver>),
        same_body: |a, b| json::same(&to_fhir(a), &to_fhir(b)),
        patient_identifier_param: fhir_derive::PATIENT_IDENTIFIER,
        clock: Arc::new(|| super::now().0),
        ..Options::default()
    }
}

pub fn derive(kind: Kind, id: &str, value: &Value, key: &[u8; 32]) -> Derived {
    let derived = fhir_derive::derive(kind, id, value, key);
    let patient = match derived.patient {
        fhir_derive::PatientLink::Own => PatientLink::Own,
        fhir_derive::PatientLink::Id(id) => PatientLink::Id(id),
        fhir_derive::PatientLink::Identifier(hash) => PatientLink::Identifier(hash),
        fhir_derive::PatientLink::Shared => PatientLink::Shared,
    };
    let keys = derived.keys.into_iter().map(|k| IndexKey { param: k.param, value: k.value, lead: k.lead }).collect();
    Derived { patient, fact: derived.fact, keys }
}

pub fn to_store(body: json::Body) -> Body {
    Body { bytes: body.bytes, meta_len: body.meta_len }
}

fn to_fhir(body: &Body) -> json::Body {
    json::Body { bytes: Arc::clone(&body.bytes), meta_len: body.meta_len }
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
    let (line, column) = (fault.line.to_string(), fault.column.to_string());
    let kind = match fault.kind {
        JsonFaultKind::NotUtf8 => &issue::NOT_UTF8,
        JsonFaultKind::NotJson | JsonFaultKind::TrailingData => &issue::NOT_JSON,
        JsonFaultKind::NumberOutOfRange => &issue::NUMBER_OUT_OF_RANGE,
        JsonFaultKind::DuplicateMember => &issue::DUPLICATE_MEMBER,
        JsonFaultKind::TooDeep => &issue::TOO_DEEP,
        JsonFaultKind::NotAnObject => &issue::NOT_AN_OBJECT,
        JsonFaultKind::NoResourceType => &issue::NO_RESOURCE_TYPE,
    };
    Failure::new(Reason::Malformed, Issue::new(kind, fault.expression(), &[&line, &column]))
}
