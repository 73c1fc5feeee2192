//! How much of a resource is shown: `_summary` and `_elements` (search.html#summary, #elements).
//!
//! Members are kept or left out as bytes: what is shown is shown as it was received.

use super::results::Results;
use super::results::Summary;
use crate::domain::fact::Kind;
use crate::fhir::json::Members;
use std::borrow::Cow;

/// The tag of a resource that is not shown whole.
const SUBSETTED: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED","display":"Resource encoded in summary mode"}"#;

/// Answers the resource as the result parameters want it shown.
pub fn shown<'j>(kind: Kind, json: &'j [u8], results: &Results) -> Cow<'j, [u8]> {
    let summary = results.summary.unwrap_or_default();
    let elements = &results.elements;
    if summary == Summary::Whole && elements.is_empty() {
        return Cow::Borrowed(json);
    }
    let always = |name: &str| matches!(name, "resourceType" | "id" | "meta") || mandatory(kind).contains(&name);
    let keep = |name: &str| {
        let by_summary = match summary {
            Summary::Summary => in_summary(kind).contains(&name) || matches!(name, "implicitRules"),
            Summary::Text => name == "text",
            Summary::Data => name != "text",
            Summary::Whole | Summary::Count => true,
        };
        let by_elements = elements.is_empty() || elements.iter().any(|element| is_element(name, element));
        by_summary && by_elements
    };
    let mut out = Vec::with_capacity(json.len());
    for (member, value) in Members::of(json) {
        // The extension of a primitive goes with it.
        let name = member.trim_start_matches('_');
        if !always(name) && !keep(name) {
            continue;
        }
        out.push(if out.is_empty() { b'{' } else { b',' });
        out.push(b'"');
        out.extend_from_slice(member.as_bytes());
        out.extend_from_slice(b"\":");
        if member == "meta" { push_tagged(value, &mut out) } else { out.extend_from_slice(value) }
    }
    out.push(b'}');
    Cow::Owned(out)
}

/// Answers whether a member is an element as asked: `value` names `valueQuantity` too.
fn is_element(member: &str, element: &str) -> bool {
    let typed = |rest: &str| {
        matches!(
            element,
            "value" | "effective" | "onset" | "abatement" | "performed" | "occurrence" | "deceased" | "multipleBirth"
        ) && rest.starts_with(|c: char| c.is_ascii_uppercase())
    };
    member.strip_prefix(element).is_some_and(|rest| rest.is_empty() || typed(rest))
}

/// Writes meta with the tag beside those it has.
fn push_tagged(meta: &[u8], out: &mut Vec<u8>) {
    let mut tagged = false;
    out.push(b'{');
    for (n, (name, value)) in Members::of(meta).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        match value.strip_suffix(b"]") {
            Some(list) if name == "tag" && list.len() > 1 => {
                tagged = true;
                out.extend_from_slice(list);
                out.push(b',');
                out.extend_from_slice(SUBSETTED.as_bytes());
                out.push(b']');
            }
            _ => out.extend_from_slice(value),
        }
    }
    if !tagged {
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        out.extend_from_slice(b"\"tag\":[");
        out.extend_from_slice(SUBSETTED.as_bytes());
        out.push(b']');
    }
    out.push(b'}');
}

/// The elements of a minimum cardinality of 1 at the root, choices by their JSON names.
fn mandatory(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Encounter => &["status", "class"],
        Kind::Observation => &["status", "code"],
        Kind::Condition => &["subject"],
        Kind::Coverage => &["status", "beneficiary", "payor"],
        Kind::Procedure => &["status", "subject"],
        Kind::Immunization => &["status", "vaccineCode", "patient", "occurrenceDateTime", "occurrenceString"],
        Kind::DiagnosticReport => &["status", "code"],
        Kind::QuestionnaireResponse => &["status"],
        Kind::EpisodeOfCare => &["status", "patient"],
        Kind::Appointment => &["status", "participant"],
        Kind::Flag => &["status", "code", "subject"],
        Kind::Patient
        | Kind::CareTeam
        | Kind::Practitioner
        | Kind::PractitionerRole
        | Kind::Organization
        | Kind::Location => &[],
    }
}

/// The elements that R4 marks as part of the summary, at the root.
static IN_SUMMARY: &[(Kind, &[&str])] = &[
    (
        Kind::Patient,
        &[
            "identifier",
            "active",
            "name",
            "telecom",
            "gender",
            "birthDate",
            "deceasedBoolean",
            "deceasedDateTime",
            "address",
            "managingOrganization",
            "link",
        ],
    ),
    (
        Kind::Encounter,
        &[
            "identifier",
            "status",
            "class",
            "type",
            "serviceType",
            "subject",
            "episodeOfCare",
            "participant",
            "appointment",
            "reasonCode",
            "reasonReference",
            "diagnosis",
        ],
    ),
    (
        Kind::Observation,
        &[
            "identifier",
            "basedOn",
            "partOf",
            "status",
            "code",
            "subject",
            "focus",
            "encounter",
            "effectiveDateTime",
            "effectivePeriod",
            "effectiveTiming",
            "effectiveInstant",
            "issued",
            "performer",
            "valueQuantity",
            "valueCodeableConcept",
            "valueString",
            "valueBoolean",
            "valueInteger",
            "valueRange",
            "valueRatio",
            "valueSampledData",
            "valueTime",
            "valueDateTime",
            "valuePeriod",
            "hasMember",
            "derivedFrom",
            "component",
        ],
    ),
    (
        Kind::Condition,
        &[
            "identifier",
            "clinicalStatus",
            "verificationStatus",
            "code",
            "bodySite",
            "subject",
            "encounter",
            "onsetDateTime",
            "onsetAge",
            "onsetPeriod",
            "onsetRange",
            "onsetString",
            "recordedDate",
            "recorder",
            "asserter",
            "evidence",
        ],
    ),
    (
        Kind::Coverage,
        &[
            "identifier",
            "status",
            "type",
            "policyHolder",
            "subscriber",
            "subscriberId",
            "beneficiary",
            "dependent",
            "period",
            "payor",
            "order",
            "network",
        ],
    ),
    (
        Kind::Procedure,
        &[
            "identifier",
            "instantiatesCanonical",
            "instantiatesUri",
            "basedOn",
            "partOf",
            "status",
            "statusReason",
            "category",
            "code",
            "subject",
            "encounter",
            "performedDateTime",
            "performedPeriod",
            "performedString",
            "performedAge",
            "performedRange",
            "recorder",
            "asserter",
            "performer",
            "location",
            "reasonCode",
            "reasonReference",
            "bodySite",
            "outcome",
        ],
    ),
    (
        Kind::Immunization,
        &[
            "status",
            "vaccineCode",
            "patient",
            "occurrenceDateTime",
            "occurrenceString",
            "primarySource",
            "performer",
            "note",
            "isSubpotent",
        ],
    ),
    (
        Kind::DiagnosticReport,
        &[
            "identifier",
            "status",
            "category",
            "code",
            "subject",
            "encounter",
            "effectiveDateTime",
            "effectivePeriod",
            "issued",
            "performer",
            "resultsInterpreter",
            "media",
        ],
    ),
    (
        Kind::QuestionnaireResponse,
        &[
            "identifier",
            "basedOn",
            "partOf",
            "questionnaire",
            "status",
            "subject",
            "encounter",
            "authored",
            "author",
            "source",
        ],
    ),
    (Kind::EpisodeOfCare, &["status", "type", "diagnosis", "patient", "managingOrganization", "period"]),
    (
        Kind::CareTeam,
        &[
            "identifier",
            "status",
            "category",
            "name",
            "subject",
            "encounter",
            "period",
            "participant",
            "managingOrganization",
        ],
    ),
    (
        Kind::Appointment,
        &[
            "status",
            "cancelationReason",
            "serviceCategory",
            "serviceType",
            "specialty",
            "appointmentType",
            "reasonCode",
            "start",
            "end",
            "participant",
        ],
    ),
    (Kind::Flag, &["identifier", "status", "category", "code", "subject", "period", "encounter", "author"]),
    (Kind::Practitioner, &["identifier", "active", "name", "telecom", "address", "gender", "birthDate"]),
    (
        Kind::PractitionerRole,
        &["identifier", "active", "period", "practitioner", "organization", "code", "specialty", "location", "telecom"],
    ),
    (Kind::Organization, &["identifier", "active", "type", "name", "partOf"]),
    (
        Kind::Location,
        &[
            "status",
            "operationalStatus",
            "name",
            "alias",
            "description",
            "mode",
            "type",
            "physicalType",
            "managingOrganization",
        ],
    ),
];

fn in_summary(kind: Kind) -> &'static [&'static str] {
    IN_SUMMARY.iter().find(|(its, _)| *its == kind).map_or(&[], |(_, elements)| elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: &[u8] = br#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1","tag":[{"code":"a"}]},"text":{"status":"generated","div":"<div/>"},"birthDate":"1980-01-01","_birthDate":{"id":"x"},"photo":[{"title":"t"}],"multipleBirthInteger":2}"#;

    fn cut(summary: Option<Summary>, elements: &[&str]) -> Vec<String> {
        let elements = elements.iter().map(|e| Box::from(*e)).collect();
        let results = Results { summary, elements, ..Results::default() };
        let out = shown(Kind::Patient, PATIENT, &results).into_owned();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let tagged = String::from_utf8_lossy(&out).contains("SUBSETTED");
        assert_eq!(tagged, !matches!(summary, None | Some(Summary::Whole)) || !results.elements.is_empty());
        assert_eq!(value["meta"]["tag"][0]["code"], "a");
        value.as_object().unwrap().keys().skip(3).cloned().collect()
    }

    #[test]
    fn what_is_asked_is_shown_and_marked() {
        let none: [&str; 0] = [];
        assert_eq!(cut(None, &none), ["text", "birthDate", "_birthDate", "photo", "multipleBirthInteger"]);
        assert_eq!(cut(Some(Summary::Summary), &none), ["birthDate", "_birthDate"]);
        assert_eq!(cut(Some(Summary::Text), &none), ["text"]);
        assert_eq!(cut(Some(Summary::Data), &none), ["birthDate", "_birthDate", "photo", "multipleBirthInteger"]);
        assert_eq!(cut(None, &["photo"]), ["photo"]);
        assert_eq!(cut(None, &["multipleBirth", "unknown"]), ["multipleBirthInteger"]);
    }

    #[test]
    fn mandatory_elements_stay_and_numbers_stay_as_written() {
        let json = br#"{"resourceType":"Observation","id":"o","meta":{"versionId":"1"},"status":"final","code":{"text":"x"},"valueQuantity":{"value":7.10}}"#;
        let results = Results { elements: vec!["value".into()], ..Results::default() };
        let out = shown(Kind::Observation, json, &results).into_owned();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#""status":"final","code":{"text":"x"},"valueQuantity":{"value":7.10}"#), "{text}");
    }
}
