//! The vaccines recommended to a patient, as the prevention card tells them.

use super::Gateway;
use super::evaluate::Question;
use super::failure::Failure;
use crate::domain::calendar::Day;
use crate::domain::prevention::ItemStatus;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::RecommendationView;

/// What is recommended to one patient.
pub struct Recommended {
    pub id: String,
    /// The ImmunizationRecommendation; `None` where nothing is recommended.
    pub json: Option<String>,
    /// The vaccines of which nobody can tell, and why.
    pub undecided: Vec<Issue>,
}

impl Gateway {
    /// Answers what is recommended on a day. An unknown patient, and another structure's, is not found.
    pub fn recommended(&self, question: &Question, date: Day) -> Result<Recommended, Failure> {
        let evaluated = self.evaluate(question)?;
        let rules = evaluated.rules();
        let lines = evaluated.view().vaccines(date);
        let view = RecommendationView {
            structure: &question.structure,
            patient: &question.patient,
            date,
            rules,
            stamp: &evaluated.stamp(None, RuleStatus::Official),
            lines: &lines,
        };
        let unknown = lines.iter().filter(|(_, line)| line.status == ItemStatus::Indeterminate);
        let undecided = unknown.map(|(_, line)| {
            let reason = line.reason.as_deref().unwrap_or(ItemStatus::Indeterminate.code());
            Issue::general(&issues::GAP_RECOMMENDATION, &[&rules.items[line.item].id, reason])
        });
        Ok(Recommended {
            id: render::recommendation_id(&question.structure, &question.patient),
            json: render::recommendation(&view).map(|resource| resource.to_string()),
            undecided: undecided.collect(),
        })
    }

    /// Answers whose recommendation has this id. Every id of a patient of the structure is tried: what is
    /// computed is in no index.
    pub fn patient_recommended(&self, structure: &str, id: &str) -> Result<Option<Box<str>>, Failure> {
        let patients = self.store.patients_ever(structure)?;
        Ok(patients.into_iter().find(|patient| render::recommendation_id(structure, patient) == id))
    }
}
