//! What would close a gap: the resources and codes that the rules accept, as DataRequirement
//! (metadatatypes.html#DataRequirement). Made once per rulebook: no patient is in it.

use crate::domain::condition::EvidenceId;
use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::measure::Concept;
use crate::domain::measure::ConceptId;
use crate::domain::prevention::EvidenceSource;
use crate::domain::rules::Rules;
use crate::fhir::render::measure_version;
use crate::fhir::terminology::id_of;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What closes the gaps of each item of a rulebook.
#[derive(Debug)]
pub struct Requirements(Vec<Option<Box<RawValue>>>);

impl Requirements {
    /// Reads the items of the rulebook named `digest`.
    pub fn of(rules: &Rules, digest: &str) -> Requirements {
        let of_item = |item: &crate::domain::prevention::Item| {
            let evidences = item.components.iter().flat_map(|component| component.evidences());
            let mut all = Vec::new();
            let mut seen: Vec<EvidenceId> = Vec::new();
            for evidence in evidences {
                if !seen.contains(&evidence) {
                    seen.push(evidence);
                    all.extend(requirements(rules, evidence, digest));
                }
            }
            // FHIR has no empty arrays.
            (!all.is_empty()).then(|| serde_json::value::to_raw_value(&all).ok()).flatten()
        };
        Requirements(rules.items.iter().map(of_item).collect())
    }

    /// Answers the array of what closes the gap of an item; `None` when nothing can.
    pub fn of_item(&self, item: usize) -> Option<&RawValue> {
        self.0.get(item)?.as_deref()
    }
}

fn requirements(rules: &Rules, evidence: EvidenceId, digest: &str) -> Vec<Value> {
    let evidence = &rules.evidences[usize::from(evidence.0)];
    let concepts: Vec<ConceptId> = match &evidence.source {
        EvidenceSource::Coded { concept, .. } => vec![*concept],
        EvidenceSource::SameDay(measures) => measures.iter().map(|m| rules.measures.get(*m).concept).collect(),
        EvidenceSource::AllOf(concepts) => concepts.clone(),
    };
    let concepts = concepts.into_iter().map(|concept| rules.concepts.get(concept));
    concepts.flat_map(|concept| of_concept(concept, digest)).collect()
}

/// Answers one requirement per type of resource on which the codes of the concept count.
fn of_concept<'c>(concept: &'c Concept, digest: &str) -> impl Iterator<Item = Value> + use<'c> {
    let kinds = if concept.kinds.is_empty() { &[Kind::Observation][..] } else { &concept.kinds };
    let set = format!("{CANONICAL_BASE}/ValueSet/{}|{}", id_of(&concept.id), measure_version(digest));
    let codes: Value = concept.codes.iter().map(|c| json!({"system": &*c.system, "code": &*c.code})).collect();
    kinds.iter().map(move |kind| {
        let mut filter = json!({"path": path_of_code(*kind), "valueSet": &set});
        if !concept.codes.is_empty() {
            filter["code"] = codes.clone();
        }
        json!({"type": kind.name(), "codeFilter": [filter]})
    })
}

/// Answers the element that says what was done.
fn path_of_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Immunization => "vaccineCode",
        Kind::Encounter => "type",
        Kind::QuestionnaireResponse => "questionnaire",
        _ => "code",
    }
}

/// Answers the element that says when it was done.
pub(super) fn path_of_date(kind: Kind) -> &'static str {
    match kind {
        Kind::Observation | Kind::DiagnosticReport => "effective",
        Kind::Procedure => "performed",
        Kind::Immunization => "occurrence",
        Kind::QuestionnaireResponse => "authored",
        Kind::Condition => "recordedDate",
        _ => "period",
    }
}
