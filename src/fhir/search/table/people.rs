//! The rows of who and where: Patient, professionals, places, and the rights of a patient.

use super::FAMILY;
use super::GENDER;
use super::GIVEN;
use super::NAME;
use super::Parameter;
use super::STATUS;
use super::Shape;
use super::code;
use super::contact;
use super::date;
use super::identifier;
use super::patient;
use super::reference;
use super::row;
use super::text;
use super::token;
use crate::domain::fact::Kind;

const GENDERS: &str = "http://hl7.org/fhir/administrative-gender";

const PAYERS: &[Kind] = &[Kind::Organization, Kind::Patient];

/// The birth date leads, as dates of acts do, under their number.
const DATE: u8 = super::DATE;

/// Answers the rows of a type that stands here.
pub(super) fn rows(kind: Kind) -> Option<&'static [Parameter]> {
    match kind {
        Kind::Patient => Some(PATIENT),
        Kind::Practitioner => Some(PRACTITIONER),
        Kind::PractitionerRole => Some(PRACTITIONER_ROLE),
        Kind::Organization => Some(ORGANIZATION),
        Kind::Location => Some(LOCATION),
        Kind::Coverage => Some(COVERAGE),
        _ => None,
    }
}

const ADDRESS: &[&str] = &[
    "address.line",
    "address.city",
    "address.district",
    "address.state",
    "address.country",
    "address.postalCode",
    "address.text",
];

const NAMES: &[&str] = &["name.text", "name.prefix", "name.suffix", "name.family", "name.given"];

static PATIENT: &[Parameter] = &[
    token("active", &["active"]),
    text("address", ADDRESS),
    text("address-city", &["address.city"]),
    text("address-country", &["address.country"]),
    text("address-postalcode", &["address.postalCode"]),
    text("address-state", &["address.state"]),
    code("address-use", "http://hl7.org/fhir/address-use", &["address.use"]),
    date("birthdate", &["birthDate"]).lead(DATE),
    date("death-date", &["deceasedDateTime"]),
    row("deceased", Shape::Deceased, &[""]),
    contact("email", "email"),
    text("family", &["name.family"]).lead(FAMILY),
    code("gender", GENDERS, &["gender"]).keep(GENDER),
    reference(
        "general-practitioner",
        &[Kind::Practitioner, Kind::Organization, Kind::PractitionerRole],
        &["generalPractitioner"],
    ),
    text("given", &["name.given"]).lead(GIVEN),
    identifier(),
    token("language", &["communication.language"]),
    reference("link", &[Kind::Patient], &["link.other"]),
    text("name", NAMES).lead(NAME).with(&[FAMILY, GIVEN], 3),
    reference("organization", &[Kind::Organization], &["managingOrganization"]),
    contact("phone", "phone"),
    contact("telecom", ""),
];

static PRACTITIONER: &[Parameter] = &[
    token("active", &["active"]),
    text("address", ADDRESS),
    text("address-city", &["address.city"]),
    text("address-country", &["address.country"]),
    text("address-postalcode", &["address.postalCode"]),
    text("address-state", &["address.state"]),
    code("address-use", "http://hl7.org/fhir/address-use", &["address.use"]),
    token("communication", &["communication"]),
    contact("email", "email"),
    text("family", &["name.family"]),
    code("gender", GENDERS, &["gender"]),
    text("given", &["name.given"]),
    identifier(),
    text("name", NAMES),
    contact("phone", "phone"),
    contact("telecom", ""),
];

static PRACTITIONER_ROLE: &[Parameter] = &[
    token("active", &["active"]),
    date("date", &["period"]),
    contact("email", "email"),
    reference("endpoint", &[], &["endpoint"]),
    identifier(),
    reference("location", &[Kind::Location], &["location"]),
    reference("organization", &[Kind::Organization], &["organization"]),
    contact("phone", "phone"),
    reference("practitioner", &[Kind::Practitioner], &["practitioner"]),
    token("role", &["code"]),
    reference("service", &[], &["healthcareService"]),
    token("specialty", &["specialty"]),
    contact("telecom", ""),
];

static ORGANIZATION: &[Parameter] = &[
    token("active", &["active"]),
    text("address", ADDRESS),
    text("address-city", &["address.city"]),
    text("address-country", &["address.country"]),
    text("address-postalcode", &["address.postalCode"]),
    text("address-state", &["address.state"]),
    code("address-use", "http://hl7.org/fhir/address-use", &["address.use"]),
    reference("endpoint", &[], &["endpoint"]),
    identifier(),
    text("name", &["name", "alias"]),
    reference("partof", &[Kind::Organization], &["partOf"]),
    token("type", &["type"]),
];

static LOCATION: &[Parameter] = &[
    text("address", ADDRESS),
    text("address-city", &["address.city"]),
    text("address-country", &["address.country"]),
    text("address-postalcode", &["address.postalCode"]),
    text("address-state", &["address.state"]),
    code("address-use", "http://hl7.org/fhir/address-use", &["address.use"]),
    reference("endpoint", &[], &["endpoint"]),
    identifier(),
    text("name", &["name", "alias"]),
    token("operational-status", &["operationalStatus"]),
    reference("organization", &[Kind::Organization], &["managingOrganization"]),
    reference("partof", &[Kind::Location], &["partOf"]),
    code("status", "http://hl7.org/fhir/location-status", &["status"]),
    token("type", &["type"]),
];

static COVERAGE: &[Parameter] = &[
    reference("beneficiary", &[Kind::Patient], &["beneficiary"]).home(),
    token("class-type", &["class.type"]),
    text("class-value", &["class.value"]),
    text("dependent", &["dependent"]),
    identifier(),
    patient(&["beneficiary"]),
    reference("payor", PAYERS, &["payor"]),
    reference("policy-holder", PAYERS, &["policyHolder"]),
    code("status", "http://hl7.org/fhir/fm-status", &["status"]).keep(STATUS),
    reference("subscriber", &[Kind::Patient], &["subscriber"]),
    token("type", &["type"]),
];
