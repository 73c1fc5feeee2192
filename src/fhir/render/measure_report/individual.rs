//! The report of one patient: where he is counted, and by which resources.

use super::super::{reference, structure_definition};
use super::ReportView;
use super::populations::{group_coding, link, population_code, population_id, populations, put_score};
use crate::domain::finding::EvidenceRef;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Share;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const CRITERIA: &str = "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference";

/// Answers every group of the measure, also those he has no part in.
pub(super) fn groups(view: &ReportView<'_>, shares: &[Share]) -> Value {
    let names = view.measure.groups(view.rules);
    let scoring = view.measure.scoring(view.rules);
    let each = names.iter().enumerate().map(|(n, name)| {
        let counts: Counts = shares.iter().filter(|share| share.group == n).map(|share| share.counts).sum();
        let mut group = Map::new();
        group.insert("id".to_owned(), json!(&*name.code));
        let unit =
            json!({"url": structure_definition("measure-unit"), "valueCode": view.measure.unit(view.rules, n).code()});
        group.insert("extension".to_owned(), json!([link("group", &name.code)[0], unit]));
        group.insert("code".to_owned(), group_coding(view.measure, n, name));
        let told = populations(scoring).iter().map(|(code, count)| {
            let id = population_id(&name.code, code);
            let link = link("group.population", &id);
            json!({"id": id, "extension": link, "code": population_code(code), "count": count(&counts)})
        });
        group.insert("population".to_owned(), told.collect());
        put_score(&mut group, &counts, scoring);
        Value::Object(group)
    });
    each.collect()
}

/// Answers what decided, each once, with the populations it is of itself; `Null` where nothing is cited.
pub(super) fn evaluated(view: &ReportView<'_>, shares: &[Share]) -> Value {
    let names = view.measure.groups(view.rules);
    let scoring = view.measure.scoring(view.rules);
    let mut cited: BTreeMap<&EvidenceRef, Vec<String>> = BTreeMap::new();
    for share in shares {
        let Some(name) = names.get(share.group) else { continue };
        let counted = |counts: &Counts| {
            let all = populations(scoring).iter().filter(|(_, count)| count(counts) > 0);
            all.map(|(code, _)| population_id(&name.code, code)).collect::<Vec<_>>()
        };
        // The last that counts him is the narrowest. Where his appointments or encounters are counted, he
        // himself is of the first alone: each of them says where it is.
        let own = counted(&share.counts);
        let own = if share.units.is_none() { own.last() } else { own.first() };
        let mut cite = |evidence, population: Option<&String>| {
            let of: &mut Vec<String> = cited.entry(evidence).or_default();
            if let Some(id) = population.filter(|id| !of.contains(id)) {
                of.push(id.clone());
            }
        };
        share.evidence.iter().for_each(|evidence| cite(evidence, own));
        for (evidence, brought) in share.units.iter().flatten() {
            cite(evidence, counted(brought).last());
        }
    }
    if cited.is_empty() {
        return Value::Null;
    }
    let told = cited.into_iter().map(|(evidence, criteria)| {
        let mut told = reference(evidence);
        if !criteria.is_empty() {
            told["extension"] = criteria.iter().map(|id| json!({"url": CRITERIA, "valueString": id})).collect();
        }
        told
    });
    told.collect()
}
