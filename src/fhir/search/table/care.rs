//! The rows of what is done: encounters, observations, problems, acts and what frames them.

use super::CATEGORY;
use super::CLASS;
use super::CODE;
use super::DATE;
use super::Pair;
use super::Parameter;
use super::Part;
use super::STATUS;
use super::Shape;
use super::code;
use super::date;
use super::encounter;
use super::identifier;
use super::patient;
use super::quantity;
use super::reference;
use super::row;
use super::subject;
use super::text;
use super::token;
use crate::domain::fact::Kind;

/// Who acts: the types among ours.
const ACTORS: &[Kind] =
    &[Kind::Practitioner, Kind::Organization, Kind::PractitionerRole, Kind::CareTeam, Kind::Patient];
const PRACTITIONERS: &[Kind] = &[Kind::Practitioner];
const ROLES: &[Kind] = &[Kind::Practitioner, Kind::PractitionerRole];
const REASONS: &[Kind] = &[Kind::Condition, Kind::Observation, Kind::Procedure, Kind::DiagnosticReport];
const PATIENTS: &[Kind] = &[Kind::Patient];

/// Answers the rows of a type that stands here.
pub(super) fn rows(kind: Kind) -> Option<&'static [Parameter]> {
    match kind {
        Kind::Encounter => Some(ENCOUNTER),
        Kind::Observation => Some(OBSERVATION),
        Kind::Condition => Some(CONDITION),
        Kind::Procedure => Some(PROCEDURE),
        Kind::Immunization => Some(IMMUNIZATION),
        Kind::DiagnosticReport => Some(DIAGNOSTIC_REPORT),
        Kind::QuestionnaireResponse => Some(QUESTIONNAIRE_RESPONSE),
        Kind::EpisodeOfCare => Some(EPISODE_OF_CARE),
        Kind::CareTeam => Some(CARE_TEAM),
        Kind::Appointment => Some(APPOINTMENT),
        Kind::Flag => Some(FLAG),
        _ => None,
    }
}

static ENCOUNTER: &[Parameter] = &[
    reference("account", &[], &["account"]),
    reference("appointment", &[Kind::Appointment], &["appointment"]),
    reference("based-on", &[], &["basedOn"]),
    token("class", &["class"]).keep(CLASS),
    date("date", &["period"]).lead(DATE),
    reference("diagnosis", &[Kind::Condition, Kind::Procedure], &["diagnosis.condition"]),
    reference("episode-of-care", &[Kind::EpisodeOfCare], &["episodeOfCare"]),
    identifier(),
    quantity("length", &["length"]),
    reference("location", &[Kind::Location], &["location.location"]),
    date("location-period", &["location.period"]),
    reference("part-of", &[Kind::Encounter], &["partOf"]),
    reference("participant", ROLES, &["participant.individual"]),
    token("participant-type", &["participant.type"]),
    patient(&["subject"]),
    reference("practitioner", PRACTITIONERS, &["participant.individual"]),
    token("reason-code", &["reasonCode"]),
    reference("reason-reference", REASONS, &["reasonReference"]),
    reference("service-provider", &[Kind::Organization], &["serviceProvider"]),
    token("special-arrangement", &["hospitalization.specialArrangement"]),
    code("status", "http://hl7.org/fhir/encounter-status", &["status"]).keep(STATUS),
    subject(PATIENTS),
    token("type", &["type"]),
];

const CONCEPTS: &[&str] = &["code"];
const VALUE_CONCEPT: &[&str] = &["valueCodeableConcept"];
const VALUE_QUANTITY: &[&str] = &["valueQuantity"];
const VALUE_DATE: &[&str] = &["valueDateTime", "valuePeriod"];
const VALUE_TEXT: &[&str] = &["valueString", "valueCodeableConcept.text"];
const ROOT: &[&str] = &[""];
const COMPONENT: &[&str] = &["component"];
const BOTH: &[&str] = &["", "component"];

const fn pair(within: &'static [&'static str], shape: Shape, paths: &'static [&'static str]) -> Pair {
    let first = Part { shape: Shape::Code(""), paths: CONCEPTS };
    Pair { within, first, second: Part { shape, paths } }
}

static CODE_QUANTITY: Pair = pair(ROOT, Shape::Quantity, VALUE_QUANTITY);
static CODE_CONCEPT: Pair = pair(ROOT, Shape::Code(""), VALUE_CONCEPT);
static CODE_DATE: Pair = pair(ROOT, Shape::Date, VALUE_DATE);
static CODE_TEXT: Pair = pair(ROOT, Shape::Text, VALUE_TEXT);
static COMBO_QUANTITY: Pair = pair(BOTH, Shape::Quantity, VALUE_QUANTITY);
static COMBO_CONCEPT: Pair = pair(BOTH, Shape::Code(""), VALUE_CONCEPT);
static COMPONENT_QUANTITY: Pair = pair(COMPONENT, Shape::Quantity, VALUE_QUANTITY);
static COMPONENT_CONCEPT: Pair = pair(COMPONENT, Shape::Code(""), VALUE_CONCEPT);

static OBSERVATION: &[Parameter] = &[
    reference("based-on", &[], &["basedOn"]),
    token("category", &["category"]).keep(CATEGORY),
    token("code", &["code"]).lead(CODE),
    row("code-value-concept", Shape::Pair(&CODE_CONCEPT), &["valueCodeableConcept"]),
    row("code-value-date", Shape::Pair(&CODE_DATE), VALUE_DATE),
    row("code-value-quantity", Shape::Pair(&CODE_QUANTITY), &["valueQuantity"]),
    row("code-value-string", Shape::Pair(&CODE_TEXT), VALUE_TEXT),
    token("combo-code", &["code", "component.code"]),
    row(
        "combo-code-value-concept",
        Shape::Pair(&COMBO_CONCEPT),
        &["valueCodeableConcept", "component.valueCodeableConcept"],
    ),
    row("combo-code-value-quantity", Shape::Pair(&COMBO_QUANTITY), &["valueQuantity", "component.valueQuantity"]),
    token("combo-data-absent-reason", &["dataAbsentReason", "component.dataAbsentReason"]),
    token("combo-value-concept", &["valueCodeableConcept", "component.valueCodeableConcept"]),
    quantity("combo-value-quantity", &["valueQuantity", "component.valueQuantity"]),
    token("component-code", &["component.code"]),
    row("component-code-value-concept", Shape::Pair(&COMPONENT_CONCEPT), &["component.valueCodeableConcept"]),
    row("component-code-value-quantity", Shape::Pair(&COMPONENT_QUANTITY), &["component.valueQuantity"]),
    token("component-data-absent-reason", &["component.dataAbsentReason"]),
    token("component-value-concept", &["component.valueCodeableConcept"]),
    quantity("component-value-quantity", &["component.valueQuantity"]),
    token("data-absent-reason", &["dataAbsentReason"]),
    date("date", &["effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming"]).lead(DATE),
    reference("derived-from", &[Kind::Observation, Kind::QuestionnaireResponse], &["derivedFrom"]),
    reference("device", &[], &["device"]),
    encounter(),
    reference("focus", Kind::ALL, &["focus"]),
    reference("has-member", &[Kind::Observation, Kind::QuestionnaireResponse], &["hasMember"]),
    identifier(),
    token("method", &["method"]),
    reference("part-of", &[Kind::Procedure, Kind::Immunization], &["partOf"]),
    patient(&["subject"]),
    reference("performer", ACTORS, &["performer"]),
    reference("specimen", &[], &["specimen"]),
    code("status", "http://hl7.org/fhir/observation-status", &["status"]).keep(STATUS),
    subject(&[Kind::Patient, Kind::Location]),
    token("value-concept", VALUE_CONCEPT),
    date("value-date", VALUE_DATE),
    quantity("value-quantity", &["valueQuantity"]),
    text("value-string", VALUE_TEXT),
];

static CONDITION: &[Parameter] = &[
    quantity("abatement-age", &["abatementAge"]),
    date("abatement-date", &["abatementDateTime", "abatementPeriod"]),
    text("abatement-string", &["abatementString"]),
    reference("asserter", &[Kind::Practitioner, Kind::PractitionerRole, Kind::Patient], &["asserter"]),
    token("body-site", &["bodySite"]),
    token("category", &["category"]).keep(CATEGORY),
    token("clinical-status", &["clinicalStatus"]).keep(STATUS),
    token("code", &["code"]).lead(CODE),
    encounter(),
    token("evidence", &["evidence.code"]),
    reference("evidence-detail", Kind::ALL, &["evidence.detail"]),
    identifier(),
    quantity("onset-age", &["onsetAge"]),
    date("onset-date", &["onsetDateTime", "onsetPeriod"]).keep(DATE),
    text("onset-info", &["onsetString"]),
    patient(&["subject"]),
    date("recorded-date", &["recordedDate"]),
    token("severity", &["severity"]),
    token("stage", &["stage.summary"]),
    subject(PATIENTS),
    token("verification-status", &["verificationStatus"]),
];

static PROCEDURE: &[Parameter] = &[
    reference("based-on", &[], &["basedOn"]),
    token("category", &["category"]),
    token("code", &["code"]).lead(CODE),
    date("date", &["performedDateTime", "performedPeriod"]).lead(DATE),
    encounter(),
    identifier(),
    row("instantiates-canonical", Shape::Canonical, &["instantiatesCanonical"]),
    row("instantiates-uri", Shape::Uri, &["instantiatesUri"]),
    reference("location", &[Kind::Location], &["location"]),
    reference("part-of", &[Kind::Procedure, Kind::Observation], &["partOf"]),
    patient(&["subject"]),
    reference("performer", ACTORS, &["performer.actor"]),
    token("reason-code", &["reasonCode"]),
    reference("reason-reference", REASONS, &["reasonReference"]),
    code("status", "http://hl7.org/fhir/event-status", &["status"]).keep(STATUS),
    subject(PATIENTS),
];

static IMMUNIZATION: &[Parameter] = &[
    // occurrenceString names no day: such an immunization is found by no date.
    date("date", &["occurrenceDateTime"]).lead(DATE),
    identifier(),
    reference("location", &[Kind::Location], &["location"]),
    text("lot-number", &["lotNumber"]),
    reference("manufacturer", &[Kind::Organization], &["manufacturer"]),
    patient(&["patient"]),
    reference("performer", &[Kind::Practitioner, Kind::Organization, Kind::PractitionerRole], &["performer.actor"]),
    reference("reaction", &[Kind::Observation], &["reaction.detail"]),
    date("reaction-date", &["reaction.date"]),
    token("reason-code", &["reasonCode"]),
    reference("reason-reference", REASONS, &["reasonReference"]),
    text("series", &["protocolApplied.series"]),
    code("status", "http://hl7.org/fhir/event-status", &["status"]).keep(STATUS),
    token("status-reason", &["statusReason"]),
    token("target-disease", &["protocolApplied.targetDisease"]),
    token("vaccine-code", &["vaccineCode"]).lead(CODE),
];

static DIAGNOSTIC_REPORT: &[Parameter] = &[
    reference("based-on", &[], &["basedOn"]),
    token("category", &["category"]).keep(CATEGORY),
    token("code", &["code"]).lead(CODE),
    token("conclusion", &["conclusionCode"]),
    date("date", &["effectiveDateTime", "effectivePeriod"]).lead(DATE),
    encounter(),
    identifier(),
    date("issued", &["issued"]),
    reference("media", &[], &["media.link"]),
    patient(&["subject"]),
    reference("performer", ACTORS, &["performer"]),
    reference("result", &[Kind::Observation], &["result"]),
    reference("results-interpreter", ACTORS, &["resultsInterpreter"]),
    reference("specimen", &[], &["specimen"]),
    code("status", "http://hl7.org/fhir/diagnostic-report-status", &["status"]).keep(STATUS),
    subject(&[Kind::Patient, Kind::Location]),
];

static QUESTIONNAIRE_RESPONSE: &[Parameter] = &[
    reference("author", &[Kind::Practitioner, Kind::Organization, Kind::Patient, Kind::PractitionerRole], &["author"]),
    date("authored", &["authored"]).keep(DATE),
    reference("based-on", &[], &["basedOn"]),
    encounter(),
    identifier(),
    reference("part-of", &[Kind::Observation, Kind::Procedure], &["partOf"]),
    patient(&["subject"]),
    row("questionnaire", Shape::Canonical, &["questionnaire"]),
    reference("source", &[Kind::Practitioner, Kind::Patient, Kind::PractitionerRole], &["source"]),
    code("status", "http://hl7.org/fhir/questionnaire-answers-status", &["status"]).keep(STATUS),
    subject(Kind::ALL),
];

static EPISODE_OF_CARE: &[Parameter] = &[
    reference("care-manager", PRACTITIONERS, &["careManager"]),
    reference("condition", &[Kind::Condition], &["diagnosis.condition"]),
    date("date", &["period"]).keep(DATE),
    identifier(),
    reference("incoming-referral", &[], &["referralRequest"]),
    reference("organization", &[Kind::Organization], &["managingOrganization"]),
    patient(&["patient"]),
    code("status", "http://hl7.org/fhir/episode-of-care-status", &["status"]).keep(STATUS),
    token("type", &["type"]).keep(CODE),
];

static CARE_TEAM: &[Parameter] = &[
    token("category", &["category"]),
    date("date", &["period"]),
    encounter(),
    identifier(),
    reference("participant", ACTORS, &["participant.member"]),
    patient(&["subject"]),
    code("status", "http://hl7.org/fhir/care-team-status", &["status"]).keep(STATUS),
    subject(PATIENTS),
];

const APPOINTED: &[&str] = &["participant.actor"];

static APPOINTMENT: &[Parameter] = &[
    reference("actor", &[Kind::Practitioner, Kind::Patient, Kind::PractitionerRole, Kind::Location], APPOINTED),
    token("appointment-type", &["appointmentType"]),
    reference("based-on", &[], &["basedOn"]),
    date("date", &["start"]).lead(DATE),
    identifier(),
    reference("location", &[Kind::Location], APPOINTED),
    code("part-status", "http://hl7.org/fhir/participationstatus", &["participant.status"]),
    patient(APPOINTED),
    reference("practitioner", PRACTITIONERS, APPOINTED),
    token("reason-code", &["reasonCode"]),
    reference("reason-reference", REASONS, &["reasonReference"]),
    token("service-category", &["serviceCategory"]),
    token("service-type", &["serviceType"]),
    reference("slot", &[], &["slot"]),
    token("specialty", &["specialty"]),
    code("status", "http://hl7.org/fhir/appointmentstatus", &["status"]).keep(STATUS),
    reference("supporting-info", Kind::ALL, &["supportingInformation"]),
];

static FLAG: &[Parameter] = &[
    reference("author", ACTORS, &["author"]),
    token("category", &["category"]).keep(CATEGORY),
    token("code", &["code"]),
    date("date", &["period"]),
    encounter(),
    identifier(),
    patient(&["subject"]),
    code("status", "http://hl7.org/fhir/flag-status", &["status"]).keep(STATUS),
    subject(&[Kind::Patient, Kind::Location, Kind::Organization, Kind::Practitioner]),
];
