//! `ImmunizationRecommendation` (immunizationrecommendation.html): what the vaccination items of the
//! card come to for one person, a recommendation per component.

use super::gaps::{escaped, text_fr, undecided};
use super::{Stamp, code_system, computed_id, merged_into, reference, structure_definition};
use crate::domain::calendar::Day;
use crate::domain::condition::EvidenceId;
use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::measure::PREVENTION_EVIDENCE;
use crate::domain::prevention::EvidenceSource;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use serde_json::{Value, json};

/// A person's vaccines on a day.
pub struct RecommendationView<'a> {
    pub structure: &'a str,
    pub patient: &'a str,
    pub date: Day,
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
    /// Each with its component's place in its item.
    pub lines: &'a [(usize, ItemResult)],
}

/// Answers the id of a patient's recommendation: the same on every day.
pub fn recommendation_id(structure: &str, patient: &str) -> String {
    computed_id("imr-", &format!("{structure}/{patient}"))
}

/// Answers the resource; `None` where nothing is recommended: FHIR has no empty recommendation.
pub fn recommendation(view: &RecommendationView<'_>) -> Option<Value> {
    let told = view.lines.iter().filter_map(|line| Some((line, forecast(&line.1)?)));
    let told: Vec<_> = told.collect();
    if told.is_empty() {
        return None;
    }
    let weakest = view.lines.iter().map(|(_, line)| line.rule_status).max().unwrap_or(view.stamp.weakest);
    let mut extension = vec![
        json!({"url": structure_definition("known-at"), "valueInstant": view.stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": weakest.code()}),
    ];
    extension.extend(merged_into(view.stamp));
    let unknown = view.lines.iter().filter(|(_, line)| line.status == ItemStatus::Indeterminate);
    extension.extend(unknown.map(|(_, line)| undecided(line)));
    Some(json!({
        "resourceType": "ImmunizationRecommendation",
        "id": recommendation_id(view.structure, view.patient),
        "meta": {
            "lastUpdated": view.stamp.known_at.to_string(),
            "tag": [{"system": code_system("rulebook"), "code": view.stamp.rulebook},
                    {"system": code_system("rule-status"), "code": weakest.code()}]},
        "language": "fr",
        "text": {"status": "generated", "div": narrative(view)},
        "extension": extension,
        "identifier": [{"system": format!("{CANONICAL_BASE}/identifier/immunization-recommendation"),
                        "value": format!("{}/{}", view.structure, view.patient)}],
        "patient": {"reference": format!("Patient/{}", view.patient)},
        // The day that was looked at; when that was known is said beside.
        "date": view.date.to_string(),
        "authority": {"reference": format!("Organization/{}", view.structure)},
        "recommendation": told.iter().map(|(line, code)| one(view, line, code)).collect::<Vec<_>>(),
    }))
}

/// Answers the forecast of a line: `None` for whom the vaccine does not concern, or nobody can tell.
fn forecast(line: &ItemResult) -> Option<&'static str> {
    match line.status {
        ItemStatus::UpToDate if line.due_soon => Some("due"),
        ItemStatus::UpToDate => Some("complete"),
        ItemStatus::Expired => Some("overdue"),
        ItemStatus::NeverDone | ItemStatus::Refused => Some("due"),
        ItemStatus::Excluded => Some("contraindicated"),
        ItemStatus::NotEligible | ItemStatus::Indeterminate => None,
    }
}

fn one(view: &RecommendationView<'_>, (component, line): &(usize, ItemResult), forecast: &str) -> Value {
    let item = &view.rules.items[line.item];
    let wanted = item.components[*component].rule.wanted(line.reason.as_deref());
    let codes: Vec<Value> = wanted.iter().flat_map(|evidence| vaccines(view.rules, *evidence)).collect();
    let mut out = json!({"vaccineCode": &codes});
    if line.status == ItemStatus::Excluded {
        out["contraindicatedVaccineCode"] = codes.into();
    }
    out["forecastStatus"] = json!({"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/immunization-recommendation-status", "code": forecast}]});
    let mut reason = vec![json!({"system": code_system("prevention-status"), "code": line.status.code()})];
    if let Some(code) = line.reason.as_deref().filter(|code| *code != line.status.code()) {
        reason.push(json!({"system": code_system("prevention-reason"), "code": code}));
    }
    out["forecastReason"] = json!([{"coding": reason, "text": text_fr(line)}]);
    if let Some(due) = line.due {
        out["dateCriterion"] = json!([{
            "code": {"coding": [{"system": "http://loinc.org", "code": "30980-7", "display": "Date vaccine due"}]},
            "value": due.to_string()}]);
    }
    out["description"] = json!(&*item.label_fr);
    let (doses, others): (Vec<_>, Vec<_>) = line.evidence.iter().partition(|one| one.kind == Kind::Immunization);
    for (name, evidence) in [("supportingImmunization", doses), ("supportingPatientInformation", others)] {
        // FHIR has no empty arrays.
        if !evidence.is_empty() {
            out[name] = evidence.into_iter().map(reference).collect();
        }
    }
    out
}

/// Answers the vaccines that count as an evidence: our own code for any of them, then each code.
fn vaccines(rules: &Rules, evidence: EvidenceId) -> Vec<Value> {
    let evidence = &rules.evidences[usize::from(evidence.0)];
    let mut all = vec![json!({"coding": [{"system": PREVENTION_EVIDENCE, "code": &*evidence.id}],
                              "text": &*evidence.label_fr})];
    if let EvidenceSource::Coded { concept, .. } = &evidence.source {
        let standard = rules.concepts.get(*concept).codes.iter().filter(|code| &*code.system != PREVENTION_EVIDENCE);
        all.extend(standard.map(|code| {
            let mut coding = json!({"system": &*code.system, "code": &*code.code});
            if let Some(display) = &code.display {
                coding["display"] = json!(&**display);
            }
            json!({"coding": [coding]})
        }));
    }
    all
}

fn narrative(view: &RecommendationView<'_>) -> String {
    let mut div = format!(r#"<div xmlns="http://www.w3.org/1999/xhtml"><p>Vaccins au {}.</p><ul>"#, view.date);
    let concerned = view.lines.iter().filter(|(_, line)| line.status != ItemStatus::NotEligible);
    for (component, line) in concerned {
        let item = &view.rules.items[line.item];
        // Of an item of several vaccines, which of them.
        let which = match &item.components[*component].rule.wanted(None)[..] {
            [evidence, ..] if item.components.len() > 1 => {
                format!(" ({})", view.rules.evidences[usize::from(evidence.0)].label_fr)
            }
            _ => String::new(),
        };
        div += &format!("<li>{} : {}</li>", escaped(&format!("{}{which}", item.label_fr)), text_fr(line));
    }
    div + "</ul></div>"
}
