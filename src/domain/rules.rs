//! A rulebook as the engine reads it: every rule, linked, with its parameters.

use super::condition::Flag;
use super::enrolment::{ConsommantRule, EnrolmentRule};
use super::forfait::Tariff;
use super::indicator::{Indicator, ReportRules};
use super::measure::{ConceptId, Concepts, Measures};
use super::param::Params;
use super::pathway::Pathway;
use super::prevention::{Evidence, Item, NotDone};
use super::published::PublicationRules;
use super::statement::StatementRules;
use super::typologie::Typologie;
use super::worklist::WorklistRules;

/// Everything the engine needs to answer, built once from `mappings/` and shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub concepts: Concepts,
    pub measures: Measures,
    pub params: Params,
    pub flags: Vec<Flag>,
    pub evidences: Vec<Evidence>,
    pub enrolment: EnrolmentRule,
    pub consommant: ConsommantRule,
    /// In catalogue order (ordinal).
    pub typologies: Vec<Typologie>,
    /// In catalogue order (ordinal).
    pub items: Vec<Item>,
    pub not_done: NotDone,
    pub pathways: Vec<Pathway>,
    /// In catalogue order (ordinal).
    pub indicators: Vec<Indicator>,
    /// What is published of each closed month.
    pub published: PublicationRules,
    pub tariffs: Vec<Tariff>,
    pub statements: StatementRules,
    pub reports: ReportRules,
    pub worklist: WorklistRules,
    /// ALD list numbers 1 to 32 (`ald-number`), and the right of type `ald` of no known number.
    pub ald_numbers: Vec<ConceptId>,
    pub ald_right: ConceptId,
}

impl Rules {
    pub fn tariff(&self, id: &str) -> Option<&Tariff> {
        self.tariffs.iter().find(|t| &*t.id == id)
    }
}
