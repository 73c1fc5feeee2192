//! Doubts about a resource that only its patient's record raises: looked up for who asks to hear them.

use super::receive::Received;
use super::{Gateway, derive};
use crate::domain::calendar::PartialDate;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::json::Value;
use crate::fhir::validate;
use crate::store::PatientLink;

impl Gateway {
    /// Adds to what was received the doubts that the patient's own record raises. Nothing is refused
    /// for them, so that only a client who wants to hear them pays for the look-up.
    pub fn advised(&self, structure: &str, mut received: Received) -> Received {
        let value = received.body.as_ref().and_then(|body| derive::value(received.kind, &received.id, body));
        if let Some(value) = value {
            received.issues.extend(self.advice(structure, received.kind, &value));
        }
        received
    }

    pub(super) fn advice(&self, structure: &str, kind: Kind, value: &Value) -> Vec<Issue> {
        if kind != Kind::Observation {
            return Vec::new();
        }
        let PatientLink::Id(patient) = self.context.derive(kind, value).patient else { return Vec::new() };
        self.birth(structure, &patient).map(|birth| validate::subject_advice(value, birth)).unwrap_or_default()
    }

    /// Answers the birth date of a patient that is known: one look-up, the rest of it is not parsed.
    fn birth(&self, structure: &str, patient: &str) -> Option<PartialDate> {
        // What cannot be read is told where the patient itself is read.
        let body = self.store.with(structure, Kind::Patient, patient, |row| row.body()).ok()??.ok()??;
        derive::member(&body, "birthDate")?.parse().ok()
    }
}
