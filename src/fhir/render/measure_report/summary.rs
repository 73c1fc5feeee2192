//! The report of many patients: counts, strata, and the lists of who is counted.

use super::super::{code_system, structure_definition};
use super::ReportView;
use super::populations::{
    derived, group_coding, link, population_code, population_id, populations, put_score, quantities,
};
use crate::domain::indicator::Counts;
use crate::domain::indicator::Figures;
use crate::domain::indicator::GroupFigures;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Scoring;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Stratum;
use serde_json::{Map, Value, json};

/// Answers every group, with who is in its populations where lists are given.
pub(super) fn groups(view: &ReportView<'_>, figures: &Figures, lists: &[[Vec<Box<str>>; 5]]) -> Value {
    let names = view.measure.groups(view.rules);
    let scoring = view.measure.scoring(view.rules);
    let counts: Vec<Counts> = figures.groups.iter().map(|group| group.whole).collect();
    let told = match view.measure {
        QualityMeasure::Indicator(n) => view.rules.indicators[n].derived(view.rules, view.day, &counts, view.structure),
        QualityMeasure::Item(_) | QualityMeasure::Card => Vec::new(),
    };
    let each = names.iter().zip(&figures.groups).enumerate().map(|(n, (name, figures))| {
        let mut group = Map::new();
        let unit = view.measure.unit(view.rules, n).code();
        let mut extension = vec![
            link("group", &name.code)[0].clone(),
            json!({"url": structure_definition("measure-unit"), "valueCode": unit}),
        ];
        let whole = &figures.whole;
        if scoring == Scoring::ContinuousVariable || whole.known + whole.missing > 0 {
            extension.push(quantities(whole));
        }
        if n == 0 {
            extension.extend(told.iter().map(derived));
        }
        group.insert("id".to_owned(), json!(&*name.code));
        group.insert("extension".to_owned(), Value::Array(extension));
        group.insert("code".to_owned(), group_coding(view.measure, n, name));
        let populations = populations(scoring).iter().enumerate().map(|(which, (code, count))| {
            let id = population_id(&name.code, code);
            let mut told = json!({"id": id, "extension": link("group.population", &id),
                                  "code": population_code(code), "count": count(&figures.whole)});
            if lists.get(n).is_some_and(|lists| !listed(lists, scoring, which).is_empty()) {
                told["subjectResults"] = json!({"reference": format!("#{}", list_id(n, code))});
            }
            told
        });
        group.insert("population".to_owned(), populations.collect());
        put_score(&mut group, &figures.whole, scoring);
        if !figures.strata.is_empty() {
            group.insert("stratifier".to_owned(), stratifiers(view, &name.code, figures, scoring));
        }
        Value::Object(group)
    });
    each.collect()
}

fn stratifiers(view: &ReportView<'_>, group: &str, figures: &GroupFigures, scoring: Scoring) -> Value {
    let each = figures.strata.iter().map(|(by, strata)| {
        let id = population_id(group, by.code());
        let mut extension = vec![
            link("group.stratifier", &id)[0].clone(),
            json!({"url": structure_definition("weakest-status"), "valueCode": by.status(view.rules, view.day).code()}),
        ];
        if by.overlaps() {
            extension.push(json!({"url": structure_definition("strata-overlap"), "valueBoolean": true}));
        }
        let mut told = json!({
            "id": id,
            "extension": extension,
            "code": [{"coding": [{"system": code_system("measure-stratifier"), "code": by.code(), "display": by.label_fr()}]}],
        });
        // FHIR has no empty arrays.
        if !strata.is_empty() {
            told["stratum"] =
                strata.iter().map(|(stratum, counts)| self::stratum(*by, stratum, counts, scoring)).collect();
        }
        told
    });
    each.collect()
}

fn stratum(by: Stratifier, stratum: &Stratum, counts: &Counts, scoring: Scoring) -> Value {
    let mut told = Map::new();
    told.insert("value".to_owned(), value(by, stratum));
    let populations =
        populations(scoring).iter().map(|(code, count)| json!({"code": population_code(code), "count": count(counts)}));
    told.insert("population".to_owned(), populations.collect());
    put_score(&mut told, counts, scoring);
    Value::Object(told)
}

/// The value of a stratum: a code, or the id of the resource that is meant.
fn value(by: Stratifier, stratum: &Stratum) -> Value {
    let rest = matches!(&*stratum.code, "unknown" | "none");
    let system = match by {
        Stratifier::Typologie if !rest => "mtr-typologie",
        Stratifier::Practitioner if !rest => return json!({"text": format!("Practitioner/{}", stratum.code)}),
        Stratifier::Structure => return json!({"text": format!("Organization/{}", stratum.code)}),
        Stratifier::Sex if !rest => {
            let system = "http://hl7.org/fhir/administrative-gender";
            return json!({"coding": [{"system": system, "code": &*stratum.code, "display": &*stratum.label_fr}]});
        }
        _ => "stratum",
    };
    json!({"coding": [{"system": code_system(system), "code": &*stratum.code, "display": &*stratum.label_fr}]})
}

fn list_id(group: usize, population: &str) -> String {
    format!("g{group}-{population}")
}

/// Answers the patients of a population, by its place among those of the scoring.
fn listed(lists: &[Vec<Box<str>>; 5], scoring: Scoring, which: usize) -> &[Box<str>] {
    match scoring {
        Scoring::Cohort if which == 1 => &lists[4],
        _ => lists.get(which).map_or(&[], Vec::as_slice),
    }
}

/// Answers the Lists of patients, one per population that has somebody; `Null` where there is none.
pub(super) fn contained(view: &ReportView<'_>, lists: &[[Vec<Box<str>>; 5]]) -> Value {
    let scoring = view.measure.scoring(view.rules);
    let mut all = Vec::new();
    for (n, of) in lists.iter().enumerate() {
        for (which, (code, _)) in populations(scoring).iter().enumerate() {
            let patients = listed(of, scoring, which);
            if patients.is_empty() {
                continue;
            }
            let entry: Vec<Value> =
                patients.iter().map(|id| json!({"item": {"reference": format!("Patient/{id}")}})).collect();
            all.push(json!({"resourceType": "List", "id": list_id(n, code), "status": "current",
                            "mode": "snapshot", "entry": entry}));
        }
    }
    if all.is_empty() { Value::Null } else { Value::Array(all) }
}
