//! A gap: DetectedIssue (detectedissue.html; DEQM Gaps In Care DetectedIssue), and the GuidanceResponse
//! that says why and what would close it (guidanceresponse.html; DEQM Detailed Care Gap Guidance).

use super::requirements::path_of_date;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::gap::Gap;
use crate::domain::gap::GapStatus;
use crate::domain::prevention::Item;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::words;
use crate::fhir::render::provenance::software;
use crate::fhir::render::{bind, code_system, reference};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// What is said of a gap.
pub(in crate::render) struct IssueView<'a> {
    pub id: &'a str,
    pub patient: &'a str,
    /// The day it was looked at.
    pub date: Day,
    pub item: &'a Item,
    pub line: &'a ItemResult,
    pub gap: Gap,
    /// What tells so: one evidence each, of one reference or several.
    pub evidence: Vec<Vec<Value>>,
}

/// Answers the gap. Expired, never done and refused, which are all open, are told apart by our own
/// status beside DEQM's code.
pub(in crate::render) fn detected_issue(view: &IssueView<'_>) -> Value {
    let evidence: Vec<Value> = view.evidence.iter().map(|detail| json!({"detail": detail})).collect();
    json!({
        "resourceType": "DetectedIssue",
        "id": view.id,
        "meta": {"profile": ["http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-gapsincaredetectedissue"]},
        "modifierExtension": [{
            "url": "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-gapStatus",
            "valueCodeableConcept": {"coding": [{
                "system": "http://hl7.org/fhir/uv/deqm/CodeSystem/deqm-gaps-status", "code": view.gap.status.code()}]}}],
        "status": "final",
        "code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "CAREGAP"},
                            {"system": code_system("prevention-status"), "code": view.line.status.code()}],
                 "text": &*view.item.label_fr},
        "patient": {"reference": format!("Patient/{}", view.patient)},
        "identifiedDateTime": view.date.to_string(),
        // R4 takes a person or a device as the author of an issue, never an organization.
        "author": {"type": "Device", "display": software()},
        "evidence": evidence,
    })
}

/// What is said of why.
pub(super) struct GuidanceView<'a> {
    pub id: &'a str,
    /// Versioned canonical of the measure.
    pub measure: &'a str,
    pub patient: &'a str,
    /// Instant of the knowledge.
    pub known_at: &'a str,
    pub line: &'a ItemResult,
    pub gap: Gap,
    pub requirements: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Guidance<'a> {
    #[serde(flatten)]
    members: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_requirement: Option<&'a RawValue>,
}

/// Answers why there is a gap or none, and what would close it where it is open or about to be.
pub(super) fn guidance<'a>(view: &GuidanceView<'a>, base: &str) -> Guidance<'a> {
    let mut members = json!({
        "resourceType": "GuidanceResponse",
        "id": view.id,
        "meta": {"profile": ["http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-detailedcaregapguidanceresponse"]},
        "moduleCanonical": view.measure,
        "status": "success",
        "subject": {"reference": format!("Patient/{}", view.patient)},
        "occurrenceDateTime": view.known_at,
        "performer": {"type": "Device", "display": software()},
        "reasonCode": reasons(view),
        "note": [{"text": text_fr(view.line)}],
    });
    bind(&mut members, base);
    let members = match members {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let wanted = matches!(view.gap.status, GapStatus::Open | GapStatus::Prospective);
    Guidance { members, data_requirement: view.requirements.filter(|_| wanted) }
}

/// Answers DEQM's reason with the data element that caused it, then our status with its own reason.
fn reasons(view: &GuidanceView<'_>) -> Vec<Value> {
    let GuidanceView { line, gap, .. } = view;
    let mut all = Vec::new();
    if let Some(reason) = gap.reason {
        let mut told = json!({"coding": [{
            "system": "http://hl7.org/fhir/uv/deqm/CodeSystem/deqm-care-gap-reason", "code": reason.code()}]});
        // Of a refusal the last evidence is the refusal, not what was found too old.
        if let Some(last) = line.evidence.last().filter(|_| line.status != ItemStatus::Refused) {
            told["extension"] = json!([{
                "url": "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-reasonDetail",
                "extension": [{"url": "reference", "valueReference": reference(last)},
                              {"url": "path", "valueString": path_of_date(last.kind)}]}]);
        }
        all.push(told);
    }
    let mut coding = vec![json!({"system": code_system("prevention-status"), "code": line.status.code()})];
    if let Some(reason) = line.reason.as_deref().filter(|reason| *reason != line.status.code()) {
        coding.push(json!({"system": code_system("prevention-reason"), "code": reason}));
    }
    all.push(json!({"coding": coding, "text": status_fr(line.status)}));
    all
}

/// Answers where somebody stands, in French.
pub(in crate::render) fn status_fr(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::UpToDate => "À jour",
        ItemStatus::Expired => "Expiré",
        ItemStatus::NeverDone => "Jamais fait",
        ItemStatus::Refused => "Refusé",
        ItemStatus::Excluded => "Exclu",
        ItemStatus::NotEligible => "Non concerné",
        ItemStatus::Indeterminate => "Indéterminé",
    }
}

/// Answers the same with its dates.
pub(in crate::render) fn text_fr(line: &ItemResult) -> String {
    let mut text = status_fr(line.status).to_owned();
    if let Some(done) = line.last_done {
        text += &format!(", dernier {}", on_fr(done));
    }
    match (line.status, line.due) {
        (ItemStatus::UpToDate, Some(due)) => text += &format!(", à refaire le {due}"),
        (_, Some(due)) => text += &format!(", à refaire depuis le {due}"),
        _ => {}
    }
    text
}

/// Answers a date as a sentence goes on with it: `le 2018-03-05`, `en mars 2018`, `en 2018`.
fn on_fr(date: PartialDate) -> String {
    let first = date.earliest();
    match date {
        PartialDate::Day(day) => format!("le {day}"),
        PartialDate::Year(_) => format!("en {}", first.year()),
        PartialDate::Month(_) => {
            let month = words::month(first.month().number().into()).unwrap_or_default();
            format!("en {month} {}", first.year())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_date_is_told_as_what_it_is() {
        for (date, want) in [
            ("2018-03-05", "le 2018-03-05"),
            ("2018-03", "en mars 2018"),
            ("2018-08", "en août 2018"),
            ("2018-12", "en décembre 2018"),
            ("2018", "en 2018"),
        ] {
            assert_eq!(on_fr(date.parse().unwrap()), want);
        }
    }
}
