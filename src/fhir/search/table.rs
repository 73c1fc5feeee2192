//! The table of search parameters: add a row, and it is indexed, searched and advertised.

use crate::domain::fact::Kind;

/// How a parameter's values are read and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// token over CodeableConcept, Coding or code.
    Code,
    /// token over Identifier: only keyed hashes are kept.
    Identifier,
    /// date over date, dateTime, instant or Period.
    Date,
    /// reference, to Patient only when `patient_only`.
    Reference { patient_only: PatientOnly },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatientOnly {
    Yes,
    No,
}

/// One parameter of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub kind: Kind,
    pub name: &'static str,
    /// Number of the name in the stored keys: never reuse one, raise `derive::FORMAT` on change.
    pub id: u8,
    pub shape: Shape,
    /// Where the values are; all of them count.
    pub paths: &'static [&'static str],
}

/// The keys by which a reference by identifier meets its Patient; no search names it.
pub const LINK_PARAM: u8 = 1;
const IDENTIFIER: u8 = 2;
const PATIENT: u8 = 3;
const SUBJECT: u8 = 4;
const CODE: u8 = 5;
const DATE: u8 = 6;
const VACCINE_CODE: u8 = 7;
const AUTHORED: u8 = 8;
const BENEFICIARY: u8 = 9;
const ONSET_DATE: u8 = 10;
const RECORDED_DATE: u8 = 11;

const fn identifier(kind: Kind) -> Parameter {
    Parameter { kind, name: "identifier", id: IDENTIFIER, shape: Shape::Identifier, paths: &["identifier"] }
}

const fn patient(kind: Kind, paths: &'static [&'static str]) -> Parameter {
    let shape = Shape::Reference { patient_only: PatientOnly::Yes };
    Parameter { kind, name: "patient", id: PATIENT, shape, paths }
}

const fn subject(kind: Kind) -> Parameter {
    let shape = Shape::Reference { patient_only: PatientOnly::No };
    Parameter { kind, name: "subject", id: SUBJECT, shape, paths: &["subject"] }
}

const fn code(kind: Kind) -> Parameter {
    Parameter { kind, name: "code", id: CODE, shape: Shape::Code, paths: &["code"] }
}

const fn date(kind: Kind, paths: &'static [&'static str]) -> Parameter {
    Parameter { kind, name: "date", id: DATE, shape: Shape::Date, paths }
}

static TABLE: &[Parameter] = &[
    identifier(Kind::Patient),
    identifier(Kind::Encounter),
    patient(Kind::Encounter, &["subject"]),
    subject(Kind::Encounter),
    date(Kind::Encounter, &["period"]),
    identifier(Kind::Observation),
    patient(Kind::Observation, &["subject"]),
    subject(Kind::Observation),
    code(Kind::Observation),
    date(Kind::Observation, &["effectiveDateTime", "effectivePeriod", "effectiveInstant"]),
    identifier(Kind::Condition),
    patient(Kind::Condition, &["subject"]),
    subject(Kind::Condition),
    code(Kind::Condition),
    Parameter {
        kind: Kind::Condition,
        name: "onset-date",
        id: ONSET_DATE,
        shape: Shape::Date,
        paths: &["onsetDateTime", "onsetPeriod"],
    },
    Parameter {
        kind: Kind::Condition,
        name: "recorded-date",
        id: RECORDED_DATE,
        shape: Shape::Date,
        paths: &["recordedDate"],
    },
    identifier(Kind::Coverage),
    patient(Kind::Coverage, &["beneficiary"]),
    Parameter {
        kind: Kind::Coverage,
        name: "beneficiary",
        id: BENEFICIARY,
        shape: Shape::Reference { patient_only: PatientOnly::Yes },
        paths: &["beneficiary"],
    },
    identifier(Kind::Procedure),
    patient(Kind::Procedure, &["subject"]),
    subject(Kind::Procedure),
    code(Kind::Procedure),
    date(Kind::Procedure, &["performedDateTime", "performedPeriod"]),
    identifier(Kind::Immunization),
    patient(Kind::Immunization, &["patient"]),
    // occurrenceString names no day: such an immunization is found by no date.
    date(Kind::Immunization, &["occurrenceDateTime"]),
    Parameter {
        kind: Kind::Immunization,
        name: "vaccine-code",
        id: VACCINE_CODE,
        shape: Shape::Code,
        paths: &["vaccineCode"],
    },
    identifier(Kind::DiagnosticReport),
    patient(Kind::DiagnosticReport, &["subject"]),
    subject(Kind::DiagnosticReport),
    code(Kind::DiagnosticReport),
    date(Kind::DiagnosticReport, &["effectiveDateTime", "effectivePeriod"]),
    identifier(Kind::QuestionnaireResponse),
    patient(Kind::QuestionnaireResponse, &["subject"]),
    subject(Kind::QuestionnaireResponse),
    Parameter {
        kind: Kind::QuestionnaireResponse,
        name: "authored",
        id: AUTHORED,
        shape: Shape::Date,
        paths: &["authored"],
    },
    identifier(Kind::EpisodeOfCare),
    patient(Kind::EpisodeOfCare, &["patient"]),
    date(Kind::EpisodeOfCare, &["period"]),
    identifier(Kind::CareTeam),
    patient(Kind::CareTeam, &["subject"]),
    subject(Kind::CareTeam),
    date(Kind::CareTeam, &["period"]),
    identifier(Kind::Appointment),
    patient(Kind::Appointment, &["participant.actor"]),
    date(Kind::Appointment, &["start"]),
    identifier(Kind::Flag),
    patient(Kind::Flag, &["subject"]),
    subject(Kind::Flag),
    date(Kind::Flag, &["period"]),
    identifier(Kind::Practitioner),
    identifier(Kind::PractitionerRole),
    date(Kind::PractitionerRole, &["period"]),
    identifier(Kind::Organization),
    identifier(Kind::Location),
];

impl Parameter {
    /// Answers whether its keys are kept across patients; references are not: a patient's
    /// resources are found by the patient.
    pub fn leads(&self) -> bool {
        !matches!(self.shape, Shape::Reference { .. })
    }

    /// Answers the FHIR name of its type.
    pub fn type_name(&self) -> &'static str {
        match self.shape {
            Shape::Code | Shape::Identifier => "token",
            Shape::Date => "date",
            Shape::Reference { .. } => "reference",
        }
    }
}

/// Answers the parameters of a type, `_id` and the result parameters apart.
pub fn parameters(kind: Kind) -> impl Iterator<Item = &'static Parameter> {
    TABLE.iter().filter(move |p| p.kind == kind)
}

/// Answers the parameter of that name.
pub fn parameter(kind: Kind, name: &str) -> Option<&'static Parameter> {
    parameters(kind).find(|p| p.name == name)
}
