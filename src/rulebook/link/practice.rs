//! Enrolment, consommant, typologies and pathways.

use super::At;
use super::Linker;
use super::params::ParamKind;
use crate::domain::condition::Condition;
use crate::domain::enrolment::ConsommantRule;
use crate::domain::enrolment::EnrolmentRule;
use crate::domain::pathway::Allowance;
use crate::domain::pathway::AllowanceKind;
use crate::domain::pathway::Capacity;
use crate::domain::pathway::Extension;
use crate::domain::pathway::Pathway;
use crate::domain::typologie::Typologie;
use crate::domain::verdict::RuleStatus;
use crate::rulebook::schema::FileKind;

impl<'f> Linker<'f> {
    pub(super) fn enrolment(&mut self) -> Option<EnrolmentRule> {
        let at = self.only(FileKind::Enrolment, "enrolment.yaml")?;
        let basis = self.param(&at, "basis", ParamKind::Word);
        let contract = self.concept_of(&at, "contract");
        let primary_care = self.concept_of(&at, "primary_care");
        let status = RuleStatus::from_code(at.text_of("status"))?;
        Some(EnrolmentRule { basis: basis?, contract: contract?, primary_care: primary_care?, status })
    }

    pub(super) fn consommant(&mut self) -> Option<ConsommantRule> {
        let at = self.only(FileKind::Consommant, "consommant.yaml")?;
        let window_months = self.number(&at, "window_months");
        let [consultation, physician, general_practice, any_specialty, midwife, any_profession, payor] =
            ["consultation", "physician", "general_practice", "any_specialty", "midwife", "any_profession", "payor"]
                .map(|key| self.concept_of(&at, key));
        Some(ConsommantRule {
            window_months: window_months?,
            consultation: consultation?,
            physician: physician?,
            general_practice: general_practice?,
            any_specialty: any_specialty?,
            midwife: midwife?,
            any_profession: any_profession?,
            payor: payor?,
            status: RuleStatus::from_code(at.text_of("status"))?,
        })
    }

    /// Answers the typologies in catalogue order.
    pub(super) fn typologies(&mut self) -> Vec<Typologie> {
        let roots = self.roots(FileKind::Typologie);
        self.check_ordinals(&roots);
        let mut found: Vec<Typologie> = Vec::new();
        for at in &roots {
            match self.typologie(at) {
                Some(typologie) => found.push(typologie),
                // Its own fault is told: what names it is not a second one.
                None => drop(self.left_out.insert(at.text_of("id").to_owned())),
            }
        }
        found.sort_by_key(|t| t.ordinal);
        found
    }

    fn typologie(&mut self, at: &At<'f>) -> Option<Typologie> {
        self.check_file_name(at);
        let id = at.text_of("id");
        let limits = match at.key("limits") {
            Some(limits) => self.condition(&limits),
            None => Some(Condition::Always),
        };
        let eligible = self.condition(&at.key("eligible")?);
        Some(Typologie {
            ordinal: u16::try_from(at.integer_of("ordinal")?).ok()?,
            id: id.into(),
            label_fr: at.text_of("label_fr").into(),
            eligible: eligible?,
            limits: limits?,
            declaration: *self.concept_ids.get(format!("declared:{id}").as_str())?,
            status: RuleStatus::from_code(at.text_of("status"))?,
        })
    }

    pub(super) fn pathways(&mut self) -> Vec<Pathway> {
        let roots = self.roots(FileKind::Pathway);
        roots.iter().filter_map(|at| self.pathway(at)).collect()
    }

    fn pathway(&mut self, at: &At<'f>) -> Option<Pathway> {
        self.check_file_name(at);
        let eligible = self.condition(&at.key("eligible")?);
        let sessions = at.key("sessions").map(|at| self.allowance(&at, AllowanceKind::Session));
        let workshops = at.key("workshops").map(|at| self.allowance(&at, AllowanceKind::Workshop));
        let capacity = at.key("capacity").map(|at| self.capacity(&at));
        let id = at.text_of("id");
        Some(Pathway {
            id: id.into(),
            label_fr: at.text_of("label_fr").into(),
            eligible: eligible?,
            entry: *self.concept_ids.get(format!("pathway:{id}").as_str())?,
            allowances: sessions.into_iter().chain(workshops).collect::<Option<_>>()?,
            capacity,
            status: RuleStatus::from_code(at.text_of("status"))?,
        })
    }

    fn allowance(&mut self, at: &At<'f>, kind: AllowanceKind) -> Option<Allowance> {
        let concept = self.concept_of(at, "type");
        let granted = self.count(at, "granted");
        let group_size = self.count(at, "group_size");
        let extension = match at.key("extended") {
            None => None,
            Some(more) => {
                let (by, granted) = (self.concept_of(&more, "by"), self.count(&more, "granted"));
                Some(Extension { by: by?, granted: granted? })
            }
        };
        let label_fr = at.text_of("label_fr").into();
        Some(Allowance { kind, label_fr, concept: concept?, granted: granted?, extension, group_size })
    }

    fn capacity(&mut self, at: &At<'f>) -> Capacity {
        let default = self.count(at, "default");
        let own = at.key("by_structure").map(|own| own.entries()).unwrap_or_default();
        let by_structure = own.iter().filter_map(|(id, at)| Some(((*id).into(), self.count_at(at)?))).collect();
        Capacity { default, by_structure }
    }
}
