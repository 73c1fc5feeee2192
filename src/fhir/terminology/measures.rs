//! Each prevention item, the whole card and each indicator as a Measure (R4 measure.html), with the
//! Library that holds its rule: so that somebody else can reckon what we say.
//!
//! A population is named as CQL would name it; what it is stands in the rule's file, which the Library
//! carries whole. A body of CQL can be added to the Library one day under the same names: neither
//! canonical changes. What a value is worth, since when and on whose word stands on the parameter.

use super::value_sets::{rule_source, rule_status, rulebook_digest};
use super::{id_of, machine_name};
use crate::domain::asked::Asked;
use crate::domain::calendar::Day;
use crate::domain::indicator::{Improvement, QualityMeasure, Scoring, Stratifier, Texts, Unit};
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::param::{DatedValue, Param, ParamId, ParamValue};
use crate::domain::publication::{Catalogue, Publication, RuleNote};
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::domain::words;
use crate::fhir::render::{group_coding, population_id};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The language of our rule files, as an Expression names it.
const RULE_LANGUAGE: &str = "text/x-mtr-rule+yaml";
const POPULATION_BASIS: &str = "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-populationBasis";
const UNDECIDED: &str = "undecided";
/// Before this day a value in force has always been so.
const ALWAYS: i16 = 1900;

/// What is published of one measure.
struct Source<'r> {
    measure: QualityMeasure,
    note: Option<&'r RuleNote>,
    params: Vec<ParamId>,
    value_sets: Vec<&'r str>,
    text_fr: Vec<String>,
    status: RuleStatus,
}

/// Answers each measure, then each library.
pub fn all(rules: &Rules, publication: &Publication, named: (&str, &str)) -> Vec<Value> {
    let sources: Vec<Source<'_>> =
        QualityMeasure::all(rules).into_iter().map(|measure| source(rules, publication, measure)).collect();
    let measures = sources.iter().map(|source| measure(rules, source, named));
    let libraries = sources.iter().filter_map(|source| library(rules, source, named));
    measures.chain(libraries).collect()
}

fn source<'r>(rules: &'r Rules, publication: &'r Publication, measure: QualityMeasure) -> Source<'r> {
    let id = measure.id(rules);
    let mut asked = Asked::of(rules);
    let (note, text_fr) = match measure {
        QualityMeasure::Item(n) => {
            asked.item(&rules.items[n]);
            (publication.rule(Catalogue::Prevention, id), words::item(rules, &rules.items[n]))
        }
        QualityMeasure::Card => {
            rules.items.iter().for_each(|item| asked.item(item));
            (None, vec![CARD_FR.to_owned()])
        }
        QualityMeasure::Indicator(n) => (publication.rule(Catalogue::Indicators, id), told(&rules.indicators[n].texts)),
    };
    let mut params: Vec<ParamId> = note.map(|note| note.parameters.clone()).unwrap_or_default();
    params.extend(asked.params.iter().copied().filter(|id| note.is_none_or(|note| !note.parameters.contains(id))));
    let concepts: BTreeSet<_> = asked.concepts.union(&asked.values).collect();
    let value_sets = concepts.into_iter().map(|concept| &*rules.concepts.get(*concept).id).collect();
    let values = params.iter().flat_map(|id| rules.params.get(*id).values.last()).map(|dated| dated.status);
    let status = values.fold(measure.own_status(rules), RuleStatus::max);
    Source { measure, note, params, value_sets, text_fr, status }
}

/// What an indicator says of itself: the figure of the seed it answers to comes last.
fn told(texts: &Texts) -> Vec<String> {
    let first = std::iter::once(&texts.description_fr).chain(&texts.seed_fr);
    first.filter(|text| !text.is_empty()).map(|text| text.to_string()).collect()
}

const CARD_FR: &str = "La carte de prévention : chaque acte du catalogue qui concerne le patient, à jour ou non.";

/// Answers the canonical of a published resource, in this version.
fn versioned(kind: &str, id: &str, version: &str) -> String {
    format!("{CANONICAL_BASE}/{kind}/{id}|{version}")
}

/// What a Measure and its Library say alike.
fn described(rules: &Rules, source: &Source<'_>, kind: &str, (version, digest): (&str, &str)) -> Value {
    let id = source.measure.id(rules);
    let mut extensions = vec![rule_status(source.status.code()), rulebook_digest(digest)];
    extensions.extend(source.note.map(|note| rule_source(&format!("mappings/{}", note.file))));
    let mut out = json!({
        "resourceType": kind,
        "id": id_of(id),
        "language": "fr",
        "extension": extensions,
        "url": format!("{CANONICAL_BASE}/{kind}/{id}"),
        "identifier": [{"system": format!("{CANONICAL_BASE}/{kind}"), "value": id}],
        "version": version,
        "name": machine_name(id),
        "title": source.measure.label_fr(rules),
        "status": "active",
        "experimental": source.status == RuleStatus::Fictional,
        "publisher": "mtr-gateway",
        "description": description(source),
        "jurisdiction": [{"coding": [{"system": "urn:iso:std:iso:3166", "code": "FR", "display": "France"}]}],
    });
    let related: Vec<Value> = citations(source).chain(depends(source, version)).collect();
    if !related.is_empty() {
        out["relatedArtifact"] = Value::Array(related);
    }
    if let Some(period) = effective(rules, &source.params) {
        out["effectivePeriod"] = period;
    }
    out
}

fn description(source: &Source<'_>) -> String {
    let notes = source.note.into_iter().flat_map(|note| note.notes_fr.iter().map(|said| said.to_string()));
    source.text_fr.iter().cloned().chain(notes).collect::<Vec<_>>().join("\n")
}

fn citations<'s>(source: &'s Source<'_>) -> impl Iterator<Item = Value> + 's {
    source.note.into_iter().flat_map(|note| &note.sources).map(|cited| {
        let year = cited.year.as_ref().map(|year| format!(" ({year})")).unwrap_or_default();
        let mut out = json!({"type": "citation", "display": cited.title, "citation": format!("{}{year}", cited.title)});
        // Some addresses are those of a file inside a repository, in words: only an address is one.
        if let Some(url) = cited.url.as_deref().filter(|url| url.starts_with("http") && !url.contains(' ')) {
            out["url"] = Value::from(url);
        }
        out
    })
}

fn depends<'s>(source: &'s Source<'_>, version: &'s str) -> impl Iterator<Item = Value> + 's {
    source
        .value_sets
        .iter()
        .map(move |id| json!({"type": "depends-on", "resource": versioned("ValueSet", &id_of(id), version)}))
}

/// Answers the days over which every value is known: from the latest of their first days to the day
/// before the first that ends. Nothing where they have always been so, or where one is not known at all.
fn effective(rules: &Rules, params: &[ParamId]) -> Option<Value> {
    let known = |id: &ParamId| rules.params.get(*id).values.iter().find(|dated| dated.value.is_some());
    let start = params.iter().map(known).collect::<Option<Vec<_>>>()?.into_iter().map(|dated| dated.from).max()?;
    let end = |id: &ParamId| rules.params.get(*id).values.last().filter(|dated| dated.value.is_none());
    let end = params.iter().filter_map(end).map(|dated| dated.from.add_days(-1)).min();
    let mut out = json!({});
    if start.year() > ALWAYS {
        out["start"] = Value::from(start.to_string());
    }
    if let Some(end) = end {
        out["end"] = Value::from(end.to_string());
    }
    out.as_object().is_some_and(|members| !members.is_empty()).then_some(out)
}

fn measure(rules: &Rules, source: &Source<'_>, named: (&str, &str)) -> Value {
    let mut out = described(rules, source, "Measure", named);
    let id = source.measure.id(rules);
    let (scoring, improvement) = source.measure.scored(rules);
    out["subjectCodeableConcept"] =
        json!({"coding": [{"system": "http://hl7.org/fhir/resource-types", "code": "Patient"}]});
    out["scoring"] = coded("http://terminology.hl7.org/CodeSystem/measure-scoring", scoring_code(scoring));
    let kind = if source.measure == QualityMeasure::Card { "composite" } else { "process" };
    out["type"] = json!([coded("http://terminology.hl7.org/CodeSystem/measure-type", kind)]);
    if let Some(improvement) = improvement {
        let code = match improvement {
            Improvement::Increase => "increase",
            Improvement::Decrease => "decrease",
        };
        out["improvementNotation"] = coded("http://terminology.hl7.org/CodeSystem/measure-improvement-notation", code);
    }
    if source.measure == QualityMeasure::Card {
        // Every line that applies weighs the same: what is done of what could be.
        out["compositeScoring"] =
            coded("http://terminology.hl7.org/CodeSystem/composite-measure-scoring", "opportunity");
        let parts = rules.items.iter().map(|item| {
            json!({"type": "composed-of", "display": item.label_fr, "resource": versioned("Measure", &item.id, named.0)})
        });
        out["relatedArtifact"] = parts.collect();
    } else {
        out["library"] = json!([versioned("Library", id, named.0)]);
    }
    let basis = population_basis(source.measure.unit(rules, 0));
    out["extension"].as_array_mut().into_iter().for_each(|extensions| extensions.push(basis.clone()));
    out["group"] = groups(rules, source);
    out
}

/// Answers the groups; the whole of a composite has the populations of its parts added up.
fn groups(rules: &Rules, source: &Source<'_>) -> Value {
    let (scoring, _) = source.measure.scored(rules);
    let populations = populations(source.measure, rules, scoring);
    // The ids are those a MeasureReport links to.
    let within = |rows: &Value, group: &str| -> Value {
        let code = |row: &Value| row["code"]["coding"][0]["code"].as_str().unwrap_or_default().to_owned();
        let named = rows.as_array().into_iter().flatten().map(|row| {
            let mut row = row.clone();
            row["id"] = Value::from(population_id(group, &code(&row)));
            row
        });
        named.collect()
    };
    let group = |(number, name): (usize, crate::domain::indicator::GroupName)| {
        let mut code = group_coding(source.measure, number, &name);
        code["text"] = json!(name.label_fr);
        let unit = source.measure.unit(rules, number);
        let told =
            json!({"url": format!("{CANONICAL_BASE}/StructureDefinition/measure-unit"), "valueCode": unit.code()});
        json!({
            "id": name.code,
            "extension": [told, population_basis(unit)],
            "code": code,
            "description": name.label_fr,
            "population": within(&populations, &name.code),
            "stratifier": within(&stratifiers(), &name.code),
        })
    };
    source.measure.groups(rules).into_iter().enumerate().map(group).collect()
}

/// Answers of what a population is made (CQF Measures): read without it, a measure counts patients, and
/// a report of one patient that counts two appointments contradicts it.
fn population_basis(unit: Unit) -> Value {
    let basis = match unit {
        Unit::Patient => "boolean",
        Unit::Appointment => "Appointment",
        Unit::Consultation => "Encounter",
        // A line is what the measure of its own item reports of the patient.
        Unit::Item => "MeasureReport",
        // No resource is a month of follow-up: it is so many days.
        Unit::PatientMonth => "Period",
    };
    json!({"url": POPULATION_BASIS, "valueCode": basis})
}

/// A population: its code, the name CQL gives it, the key of the rule file that says it, and in words.
type Row<'t> = (&'static str, &'static str, &'static str, &'t str);

fn populations(of: QualityMeasure, rules: &Rules, scoring: Scoring) -> Value {
    let texts = populations_fr(of, rules);
    let keys = match of {
        QualityMeasure::Indicator(_) => ("initial", "denominator", "exclusion", "numerator"),
        QualityMeasure::Item(_) | QualityMeasure::Card => ("eligible", "eligible", "excluded", "components"),
    };
    let mut rows: Vec<Row<'_>> = vec![("initial-population", "InitialPopulation", keys.0, texts.0)];
    // A report holds the population whether or not anything is taken out.
    let excluded = texts.2.unwrap_or("Rien n'en est retiré");
    match scoring {
        Scoring::Proportion => {
            rows.push(("denominator", "Denominator", keys.1, texts.1));
            rows.push(("denominator-exclusion", "DenominatorExclusion", keys.2, excluded));
            rows.push(("numerator", "Numerator", keys.3, texts.3));
        }
        Scoring::ContinuousVariable => {
            rows.push(("measure-population", "MeasurePopulation", keys.1, texts.1));
            rows.push(("measure-population-exclusion", "MeasurePopulationExclusion", keys.2, excluded));
            rows.push(("measure-observation", "MeasureObservation", keys.3, texts.3));
        }
        Scoring::Cohort => {}
    }
    rows.push((
        UNDECIDED,
        "Undecided",
        keys.0,
        "Ceux dont une donnée manquante empêche de dire : dans aucune autre population",
    ));
    let row = |(code, name, key, text): Row<'_>| {
        json!({
            "code": coded(&population_system(code), code),
            "description": text,
            "criteria": {"name": name, "language": RULE_LANGUAGE, "expression": key, "description": text},
        })
    };
    rows.into_iter().map(row).collect()
}

/// Those who cannot be counted are a population of ours: FHIR has none for them.
fn population_system(code: &str) -> String {
    match code {
        UNDECIDED => format!("{CANONICAL_BASE}/CodeSystem/measure-population"),
        _ => "http://terminology.hl7.org/CodeSystem/measure-population".to_owned(),
    }
}

/// What each population is, in French: initial, denominator, exclusion, numerator.
fn populations_fr(of: QualityMeasure, rules: &Rules) -> (&str, &str, Option<&str>, &str) {
    match of {
        QualityMeasure::Indicator(n) => {
            let texts = &rules.indicators[n].texts;
            let numerator = texts.numerator_fr.as_ref().unwrap_or(&texts.description_fr);
            (&texts.initial_fr, &texts.denominator_fr, texts.exclusion_fr.as_deref(), numerator)
        }
        QualityMeasure::Item(_) | QualityMeasure::Card => (
            "Les patients que l'acte concerne, par leur âge, leur sexe et leurs facteurs de risque",
            "Les mêmes",
            Some("Ceux à qui il n'est pas à demander : organe absent, maladie connue, contre-indication"),
            "Ceux qui sont à jour le dernier jour de la période ; un refus n'en est pas un",
        ),
    }
}

/// Every report can be broken down by these.
fn stratifiers() -> Value {
    let system = format!("{CANONICAL_BASE}/CodeSystem/measure-stratifier");
    let row = |by: &Stratifier| {
        json!({
            "code": {"coding": [{"system": system, "code": by.code()}], "text": by.label_fr()},
            "criteria": {"name": machine_name(by.code()), "language": RULE_LANGUAGE, "expression": by.code(),
                         "description": by.label_fr()},
        })
    };
    Stratifier::ALL.iter().map(row).collect()
}

fn scoring_code(scoring: Scoring) -> &'static str {
    match scoring {
        Scoring::Proportion => "proportion",
        Scoring::ContinuousVariable => "continuous-variable",
        Scoring::Cohort => "cohort",
    }
}

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

/// Answers the library of a rule; the whole card has no rule of its own.
fn library(rules: &Rules, source: &Source<'_>, named: (&str, &str)) -> Option<Value> {
    let note = source.note?;
    let mut out = described(rules, source, "Library", named);
    out["type"] = coded("http://terminology.hl7.org/CodeSystem/library-type", "logic-library");
    // FHIR has no empty list: an indicator may read no parameter at all.
    if !source.params.is_empty() {
        out["parameter"] = source.params.iter().map(|id| parameter(rules.params.get(*id))).collect();
    }
    out["content"] = json!([{
        "contentType": "application/yaml",
        "language": "fr",
        "data": STANDARD.encode(&note.content),
        "size": note.content.len(),
        "title": format!("mappings/{}", note.file),
    }]);
    Some(out)
}

/// Answers a parameter with each of its dated values.
fn parameter(param: &Param) -> Value {
    let ends = param.values.iter().skip(1).map(|next| Some(next.from.add_days(-1))).chain([None]);
    let values: Vec<Value> = param.values.iter().zip(ends).map(|(dated, end)| dated_value(param, dated, end)).collect();
    let kind = match param.values.iter().find_map(|dated| dated.value.as_ref()) {
        Some(ParamValue::Number(_)) => "decimal",
        Some(ParamValue::Amount(_)) => "Money",
        Some(ParamValue::Day(_)) => "date",
        Some(ParamValue::Word(_)) | None => "string",
    };
    json!({
        "extension": values,
        "name": param.id,
        "use": "in",
        "min": 0,
        "max": "1",
        "documentation": param.label_fr,
        "type": kind,
    })
}

fn dated_value(param: &Param, dated: &DatedValue, end: Option<Day>) -> Value {
    let mut period = json!({});
    if dated.from.year() > ALWAYS {
        period["start"] = Value::from(dated.from.to_string());
    }
    if let Some(end) = end {
        period["end"] = Value::from(end.to_string());
    }
    let value = match &dated.value {
        Some(ParamValue::Number(number)) => number.to_string(),
        Some(ParamValue::Amount(amount)) => amount.to_string(),
        Some(ParamValue::Day(day)) => day.to_string(),
        Some(ParamValue::Word(word)) => word.to_string(),
        // Nobody knows it, or it ended: said, never 0.
        None => String::new(),
    };
    let mut parts = vec![];
    if !value.is_empty() {
        parts.push(json!({"url": "value", "valueString": value}));
        parts.push(json!({"url": "unit", "valueString": param.unit}));
    }
    if period.as_object().is_some_and(|members| !members.is_empty()) {
        parts.push(json!({"url": "period", "valuePeriod": period}));
    }
    parts.push(json!({"url": "status", "valueCode": dated.status.code()}));
    parts.push(json!({"url": "source", "valueString": &*dated.source}));
    json!({"url": format!("{CANONICAL_BASE}/StructureDefinition/rule-parameter-value"), "extension": parts})
}
