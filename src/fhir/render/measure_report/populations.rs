//! Groups, populations and scores, as a report and its strata share them.

use super::super::{code_system, structure_definition};
use crate::domain::indicator::Counts;
use crate::domain::indicator::Derived;
use crate::domain::indicator::GroupName;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Scoring;
use serde_json::{Map, Value, json};

const LINK: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MeasureReport";
pub(super) const UNDECIDED: &str = "undecided";

/// Which count of the five a population tells.
pub(super) type Told = (&'static str, fn(&Counts) -> u32);

/// Answers the populations of a scoring, in the order they are told.
pub(super) fn populations(scoring: Scoring) -> &'static [Told] {
    match scoring {
        Scoring::Proportion => &[
            ("initial-population", |c| c.initial),
            ("denominator", |c| c.denominator),
            ("denominator-exclusion", |c| c.excluded),
            ("numerator", |c| c.numerator),
            (UNDECIDED, |c| c.undecided),
        ],
        Scoring::ContinuousVariable => &[
            ("initial-population", |c| c.initial),
            ("measure-population", |c| c.denominator),
            ("measure-population-exclusion", |c| c.excluded),
            ("measure-observation", |c| c.measured),
            (UNDECIDED, |c| c.undecided),
        ],
        Scoring::Cohort => &[("initial-population", |c| c.initial), (UNDECIDED, |c| c.undecided)],
    }
}

/// Answers the id of a population, in Measure and MeasureReport alike.
pub fn population_id(group: &str, population: &str) -> String {
    format!("{group}-{population}")
}

/// Answers the code of a group, in Measure and MeasureReport alike.
pub fn group_coding(measure: QualityMeasure, number: usize, group: &GroupName) -> Value {
    let system = match measure {
        QualityMeasure::Card if number == 0 => "measure-group",
        QualityMeasure::Item(_) | QualityMeasure::Card => "prevention-item",
        QualityMeasure::Indicator(_) => "measure-group",
    };
    json!({"coding": [{"system": code_system(system), "code": &*group.code, "display": &*group.label_fr}]})
}

/// Answers the extension by which an element is found again in its Measure.
pub(super) fn link(path: &str, id: &str) -> Value {
    json!([{"url": format!("{LINK}.{path}.linkId"), "valueString": id}])
}

/// Answers the code of a population: FHIR's, but for those who cannot be counted.
pub(super) fn population_code(population: &str) -> Value {
    let system = match population {
        UNDECIDED => code_system("measure-population"),
        _ => "http://terminology.hl7.org/CodeSystem/measure-population".to_owned(),
    };
    json!({"coding": [{"system": system, "code": population}]})
}

/// Adds the score, where there is one.
pub(super) fn put_score(holder: &mut Map<String, Value>, counts: &Counts, scoring: Scoring) {
    let code = match scoring {
        // Minutes are the one quantity there is.
        Scoring::ContinuousVariable => "min",
        Scoring::Proportion | Scoring::Cohort => "1",
    };
    if let Some(score) = counts.score(scoring) {
        let system = "http://unitsofmeasure.org";
        holder.insert("measureScore".to_owned(), json!({"value": score.to_string(), "system": system, "code": code}));
    }
}

/// Answers what a mean is made of.
pub(super) fn quantities(counts: &Counts) -> Value {
    let part = |name: &str, n: u64| json!({"url": name, "valueDecimal": n});
    json!({"url": structure_definition("measured-sum"), "extension": [
        part("sum", counts.sum), part("measured", u64::from(counts.measured)),
        part("known", u64::from(counts.known)), part("missing", u64::from(counts.missing)),
    ]})
}

/// Answers a figure made of the counts; one that nobody can tell has no value.
pub(super) fn derived(figure: &Derived) -> Value {
    let mut parts =
        vec![json!({"url": "code", "valueCode": figure.code}), json!({"url": "label", "valueString": figure.label_fr})];
    if let Some(value) = figure.value {
        let system = "http://unitsofmeasure.org";
        let quantity = json!({"value": value.to_string(), "system": system, "code": figure.unit});
        parts.push(json!({"url": "value", "valueQuantity": quantity}));
    }
    parts.push(json!({"url": "status", "valueCode": figure.status.code()}));
    json!({"url": structure_definition("derived-figure"), "extension": parts})
}
