//! `$data-quality`: counts as a summary MeasureReport, and as warnings by stable code.

use super::{bind, code_system, computed_id, full_url, measure_canonical, operation_outcome, structure_definition};
use crate::domain::calendar::Instant;
use crate::domain::quality::Check;
use crate::domain::quality::Count;
use crate::domain::quality::LocalCodes;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;
use serde_json::{Value, json};

/// The id of the Measure that says what each check counts, and of the system of the checks.
pub const QUALITY: &str = "data-quality";

/// What the report shows.
pub struct QualityView<'a> {
    pub structure: &'a str,
    pub known_at: Instant,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: &'a str,
    pub counts: &'a [(Check, Count, RuleStatus)],
    pub local: &'a LocalCodes,
    /// Base URL of fullUrl, without a slash at the end.
    pub base: &'a str,
}

/// Answers a collection Bundle: a MeasureReport with one group per check (numerator: at fault,
/// denominator: of how many, where that is known) and an OperationOutcome with one warning per check
/// that found something. No patient is in it.
pub fn quality(view: &QualityView<'_>) -> Value {
    let id = computed_id("dq-", &format!("{}/data-quality", view.structure));
    let group: Vec<Value> = view.counts.iter().map(|counted| group(counted, view.local)).collect();
    let mut report = json!({
        "resourceType": "MeasureReport",
        "id": id,
        "meta": {"tag": [{"system": code_system("rulebook"), "code": view.rulebook}]},
        "extension": [{"url": structure_definition("known-at"), "valueInstant": view.known_at.to_string()}],
        "status": "complete",
        "type": "summary",
        "measure": measure_canonical(QUALITY, view.rulebook),
        "date": view.known_at.to_string(),
        "reporter": {"reference": format!("Organization/{}", view.structure)},
        "period": {"end": view.known_at.paris_day().to_string()},
        "group": group,
    });
    let mut told: Vec<Issue> = view.counts.iter().filter(|(_, count, _)| count.found > 0).map(issue).collect();
    if told.is_empty() {
        told.push(Issue::general(&issues::QLT_NOTHING, &[]));
    }
    bind(&mut report, view.base);
    let outcome = computed_id("dqo-", &format!("{}/data-quality/outcome", view.structure));
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": view.known_at.to_string(),
        "entry": [
            {"fullUrl": full_url("MeasureReport", &id, view.base), "resource": report},
            {"fullUrl": full_url("OperationOutcome", &outcome, view.base), "resource": operation_outcome(&told)},
        ],
    })
}

fn group((check, count, status): &(Check, Count, RuleStatus), local: &LocalCodes) -> Value {
    let mut population = Vec::new();
    if count.of > 0 {
        population.push(populated("denominator", count.of));
    }
    population.push(populated("numerator", count.found));
    let mut group = json!({
        "extension": [{"url": structure_definition("rule-status"), "valueCode": status.code()}],
        "code": {"coding": [{"system": code_system("data-quality"), "code": check.code()}]},
        "population": population,
    });
    if *check == Check::LocalCode && count.found > 0 {
        group["stratifier"] = json!([{"code": [{"text": "system|code"}], "stratum": strata(local)}]);
    }
    group
}

/// The local codes, the most frequent first; those that might name somebody are a count alone.
fn strata(local: &LocalCodes) -> Vec<Value> {
    let mut strata: Vec<Value> = local
        .most
        .iter()
        .map(|(coding, count)| {
            let mut told = json!({"code": &*coding.code});
            if !coding.system.is_empty() {
                told["system"] = json!(&*coding.system);
            }
            json!({"value": {"coding": [told]}, "population": [populated("numerator", *count)]})
        })
        .collect();
    if local.withheld > 0 {
        strata.push(
            json!({"value": {"text": "codes non montrés"}, "population": [populated("numerator", local.withheld)]}),
        );
    }
    strata
}

fn populated(code: &str, count: u64) -> Value {
    json!({"code": {"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/measure-population", "code": code}]}, "count": count})
}

fn issue((check, count, _): &(Check, Count, RuleStatus)) -> Issue {
    let (kind, place): (&'static IssueKind, &str) = match check {
        Check::InsMissing => (&issues::QLT_INS_MISSING, "Patient.identifier"),
        Check::IdentityMissing => (&issues::QLT_IDENTITY_MISSING, "Patient.identifier"),
        Check::IdentityShared => (&issues::QLT_IDENTITY_SHARED, "Patient.identifier"),
        Check::ConsultationProfession => (&issues::QLT_CONSULTATION_PROFESSION, "Encounter.participant"),
        Check::PractitionerProfession => (&issues::QLT_PRACTITIONER_PROFESSION, "Practitioner.qualification"),
        Check::LocalCode => (&issues::QLT_LOCAL_CODE, ""),
        Check::ImpossibleValue => (&issues::QLT_IMPOSSIBLE, "Observation.value"),
        Check::UnlikelyValue => (&issues::QLT_UNLIKELY, "Observation.value"),
        Check::PartialDate => (&issues::QLT_PARTIAL_DATE, ""),
        Check::Pending => (&issues::QLT_PENDING, ""),
        Check::EndedUndated => (&issues::QLT_END_UNDATED, ""),
        Check::EncounterClass => (&issues::QLT_ENCOUNTER_CLASS, "Encounter.class"),
        Check::AppointmentPatient => (&issues::QLT_APPOINTMENT_PATIENT, "Appointment.participant.actor"),
    };
    let args = [count.found.to_string(), count.of.to_string()];
    let args = [args[0].as_str(), args[1].as_str()];
    if place.is_empty() { Issue::general(kind, &args) } else { Issue::new(kind, place, &args) }
}
