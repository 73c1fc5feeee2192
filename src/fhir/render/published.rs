//! The tables published of a closed month as MeasureReports (summary): rounded, and silent about few.
//!
//! What is not shown is absent with its reason `masked`; a score is that of the rounded counts.

use super::measure_report::{group_coding, population_id};
use super::{code_system, computed_id, measure_canonical, structure_definition};
use crate::domain::indicator::GroupName;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Stratifier;
use crate::domain::published::Cell;
use crate::domain::published::Group;
use crate::domain::published::Kind;
use crate::domain::published::Table;
use crate::domain::published::Tables;
use serde_json::{Map, Value, json};

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const POPULATION: &str = "http://terminology.hl7.org/CodeSystem/measure-population";

/// Answers the id of a published table: of the same structure, month and measure.
pub fn published_id(tables: &Tables, table: &Table) -> String {
    computed_id("pub-", &format!("{}/{}/{}", tables.structure, tables.month, table.measure))
}

/// Answers a table as a MeasureReport.
pub fn published_report(tables: &Tables, table: &Table) -> Value {
    let digest: String = tables.rulebook.iter().map(|byte| format!("{byte:02x}")).collect();
    let groups: Vec<Value> = table.groups.iter().map(|of| group(table, of)).collect();
    json!({
        "resourceType": "MeasureReport",
        "id": published_id(tables, table),
        "meta": {"tag": [
            {"system": code_system("rulebook"), "code": digest},
            {"system": code_system("figure"), "code": "rounded",
             "display": "Effectifs arrondis, petits effectifs tus"},
        ]},
        "language": "fr",
        "extension": [
            {"url": structure_definition("known-at"), "valueInstant": tables.known_at.to_string()},
            {"url": structure_definition("weakest-status"), "valueCode": table.status.code()},
            {"url": structure_definition("evaluated-on"), "valueDate": tables.period.1.to_string()},
            {"url": structure_definition("disclosure-control"), "extension": [
                {"url": "smallCell", "valuePositiveInt": tables.small},
                {"url": "rounding", "valuePositiveInt": tables.base},
                {"url": "month", "valueString": tables.month.to_string()},
                {"url": "engine", "valueString": &*tables.engine},
            ]},
        ],
        "status": "complete",
        "type": "summary",
        "measure": measure_canonical(&table.measure, &digest),
        "date": tables.known_at.to_string(),
        "reporter": {"reference": format!("Organization/{}", tables.structure)},
        "period": {"start": tables.period.0.to_string(), "end": tables.period.1.to_string()},
        "group": groups,
    })
}

fn group(table: &Table, of: &Group) -> Value {
    let name = GroupName { code: of.code.clone(), label_fr: of.label_fr.clone() };
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(&*of.code));
    out.insert(
        "extension".to_owned(),
        json!([{"url": structure_definition("measure-unit"), "valueCode": &*table.unit}]),
    );
    out.insert("code".to_owned(), group_coding(QualityMeasure::Indicator(0), 0, &name));
    put(&mut out, table.kind, of.whole, Some(&of.code));
    if let (Some(by), false) = (&table.by, of.strata.is_empty()) {
        let strata: Vec<Value> = of
            .strata
            .iter()
            .map(|stratum| {
                let mut told = Map::new();
                let coding = json!({"code": &*stratum.code, "display": &*stratum.label_fr});
                told.insert("value".to_owned(), json!({"coding": [coding], "text": &*stratum.label_fr}));
                put(&mut told, table.kind, stratum.cell, None);
                Value::Object(told)
            })
            .collect();
        let label = Stratifier::from_code(by).map_or("", Stratifier::label_fr);
        let code =
            json!([{"coding": [{"system": code_system("measure-stratifier"), "code": &**by, "display": label}]}]);
        out.insert("stratifier".to_owned(), json!([{"code": code, "stratum": strata}]));
    }
    Value::Object(out)
}

/// Adds the populations and the score of a cell.
fn put(out: &mut Map<String, Value>, kind: Kind, cell: Cell, group: Option<&str>) {
    let counts: Vec<(&str, Option<u64>)> = match (kind, cell) {
        (Kind::Proportion, Cell::Proportion { numerator, denominator }) => {
            vec![("denominator", Some(denominator)), ("numerator", Some(numerator))]
        }
        (Kind::Proportion, Cell::Empty) => vec![("denominator", Some(0)), ("numerator", Some(0))],
        (Kind::Proportion, _) => vec![("denominator", None), ("numerator", None)],
        (Kind::Mean, Cell::Empty) => vec![("measure-observation", Some(0))],
        (Kind::Mean, _) => vec![("measure-observation", None)],
        (Kind::Count, Cell::Count(count)) => vec![("initial-population", Some(count))],
        (Kind::Count, Cell::Empty) => vec![("initial-population", Some(0))],
        (Kind::Count, _) => vec![("initial-population", None)],
    };
    let population = |(code, count): (&str, Option<u64>)| {
        let mut told = json!({"code": {"coding": [{"system": POPULATION, "code": code}]}});
        if let Some(group) = group {
            told["id"] = json!(population_id(group, code));
        }
        match count {
            Some(count) => told["count"] = json!(count),
            None => told["_count"] = json!({"extension": [{"url": ABSENT, "valueCode": "masked"}]}),
        }
        told
    };
    if let Cell::Mean { coverage, .. } = cell {
        let told = json!({"url": structure_definition("duration-coverage"), "valueInteger": coverage});
        match out.get_mut("extension").and_then(Value::as_array_mut) {
            Some(extensions) => extensions.push(told),
            None => drop(out.insert("extension".to_owned(), json!([told]))),
        }
    }
    out.insert("population".to_owned(), counts.into_iter().map(population).collect());
    match (cell, cell.score()) {
        (_, Some(score)) => {
            let code = if kind == Kind::Mean { "min" } else { "1" };
            let quantity = json!({"value": score.to_string(), "system": "http://unitsofmeasure.org", "code": code});
            out.insert("measureScore".to_owned(), quantity);
        }
        (Cell::Hidden | Cell::Unknown, None) if kind != Kind::Count => {
            let why = if cell == Cell::Unknown { "unknown" } else { "masked" };
            out.insert("measureScore".to_owned(), json!({"extension": [{"url": ABSENT, "valueCode": why}]}));
        }
        _ => {}
    }
}
