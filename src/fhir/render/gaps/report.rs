//! MeasureReport of one person (measurereport.html; DEQM Individual MeasureReport): which populations
//! the person is in, and which resource versions said so.

use super::undecided;
use crate::domain::calendar::Day;
use crate::domain::finding::EvidenceRef;
use crate::domain::indicator::counts_of;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use crate::fhir::render::{Stamp, code_system, measure_canonical, merged_into, reference, structure_definition};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const POPULATION: &str = "http://terminology.hl7.org/CodeSystem/measure-population";

/// What an individual report says: one group per line.
pub(in crate::fhir::render) struct ReportView<'a> {
    pub id: String,
    /// Id of the measure.
    pub measure: &'a str,
    pub structure: &'a str,
    pub patient: &'a str,
    pub period: (Day, Day),
    pub rules: &'a Rules,
    /// Its weakest status is that of the whole report.
    pub stamp: Stamp,
    pub lines: Vec<&'a ItemResult>,
}

/// Answers the report. A group has a score where somebody is asked about: never for whom the measure
/// does not concern, nor for whom it excludes.
pub(in crate::fhir::render) fn individual_report(view: &ReportView<'_>) -> Value {
    let mut report = json!({
        "resourceType": "MeasureReport",
        "id": view.id,
        "meta": {
            "profile": ["http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-individualmeasurereport"],
            "tag": [{"system": code_system("rulebook"), "code": view.stamp.rulebook},
                    {"system": code_system("rule-status"), "code": view.stamp.weakest.code()}]},
        "extension": extensions(view),
        "status": "complete",
        "type": "individual",
        "measure": measure_canonical(view.measure, &view.stamp.rulebook),
        "subject": {"reference": format!("Patient/{}", view.patient)},
        "date": view.stamp.known_at.to_string(),
        "reporter": {"reference": format!("Organization/{}", view.structure)},
        "period": {"start": view.period.0.to_string(), "end": view.period.1.to_string()},
        "improvementNotation": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/measure-improvement-notation", "code": "increase"}]},
        "group": view.lines.iter().map(|line| group(line, view.rules)).collect::<Vec<_>>(),
    });
    let evaluated = evaluated(&view.lines);
    // FHIR has no empty arrays.
    if !evaluated.is_empty() {
        report["evaluatedResource"] = Value::Array(evaluated);
    }
    report
}

fn extensions(view: &ReportView<'_>) -> Vec<Value> {
    let mut all = vec![
        json!({"url": "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-measureScoring",
               "valueCodeableConcept": {"coding": [{
                   "system": "http://terminology.hl7.org/CodeSystem/measure-scoring", "code": "proportion"}]}}),
        json!({"url": structure_definition("known-at"), "valueInstant": view.stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": view.stamp.weakest.code()}),
    ];
    all.extend(merged_into(&view.stamp));
    all.extend(view.lines.iter().filter(|line| line.status == ItemStatus::Indeterminate).map(|line| undecided(line)));
    all
}

fn group(line: &ItemResult, rules: &Rules) -> Value {
    let item = &rules.items[line.item];
    let counts = counts_of(line.status);
    let population =
        |code: &str, count: u32| json!({"code": {"coding": [{"system": POPULATION, "code": code}]}, "count": count});
    let mut group = json!({
        "code": {"coding": [{"system": code_system("prevention-item"), "code": &*item.id}], "text": &*item.label_fr},
        "population": [
            population("initial-population", counts.initial),
            population("denominator", counts.denominator),
            population("denominator-exclusion", counts.excluded),
            population("numerator", counts.numerator),
        ],
    });
    if counts.base() > 0 {
        group["measureScore"] = json!({"value": counts.numerator});
    }
    group
}

/// Answers each version used once, with the populations it speaks for.
fn evaluated(lines: &[&ItemResult]) -> Vec<Value> {
    let mut used: BTreeMap<&EvidenceRef, BTreeSet<&str>> = BTreeMap::new();
    for line in lines {
        for evidence in &line.evidence {
            used.entry(evidence).or_default().insert(population_of(line.status));
        }
    }
    let told = |(evidence, populations): (&EvidenceRef, BTreeSet<&str>)| {
        let mut told = reference(evidence);
        let criteria = |code: &str| json!({"url": "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference", "valueString": code});
        told["extension"] = populations.into_iter().map(criteria).collect();
        told
    };
    used.into_iter().map(told).collect()
}

/// Answers the population that the evidence of a line puts the person in.
fn population_of(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::UpToDate => "numerator",
        ItemStatus::Expired | ItemStatus::NeverDone | ItemStatus::Refused => "denominator",
        ItemStatus::Excluded => "denominator-exclusion",
        ItemStatus::NotEligible | ItemStatus::Indeterminate => "initial-population",
    }
}
