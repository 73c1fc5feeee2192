//! The ten typologies: for each, declared by the GP, eligible by the rules, paid.

use super::calendar::Month;
use super::condition::Condition;
use super::enrolment::NotPayable;
use super::finding::{EvidenceRef, Missing, Uses};
use super::measure::ConceptId;
use super::verdict::{RuleStatus, Verdict};

/// One typology of `mappings/typologies/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Typologie {
    pub ordinal: u16,
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Yes, no or unknown on the last day of the month.
    pub eligible: Condition,
    /// Limits of age and sex that a declaration never overrides; `Always` when there is none.
    pub limits: Condition,
    /// The code of the Flag with which a GP declares it.
    pub declaration: ConceptId,
    pub status: RuleStatus,
}

/// One typology of a patient-month: three facts kept apart.
#[derive(Clone, Debug, PartialEq)]
pub struct TypologieResult {
    /// Index in `Rules::typologies`.
    pub typologie: usize,
    /// A Flag of the GP is active and overlaps the month.
    pub declared: bool,
    pub eligible: Verdict,
    /// The patient is payable and (eligible or declared within the limits).
    pub paid: bool,
    /// Paid on the declaration alone.
    pub declared_only: bool,
    pub missing: Vec<Missing>,
    pub evidence: Vec<EvidenceRef>,
    /// Weakest status among the rule and the parameters it used.
    pub rule_status: RuleStatus,
    pub uses: Uses,
}

/// Everything that decides a patient-month, before any amount.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientMonth {
    pub month: Month,
    /// Alive on at least one day of the month.
    pub alive: bool,
    pub identified: bool,
    pub enrolled: Ground,
    pub consommant: Ground,
    /// `None`: payable.
    pub not_payable: Option<NotPayable>,
    /// In catalogue order.
    pub typologies: Vec<TypologieResult>,
    /// Cases a human should look at before closing (undated end, declared-only, ...): stable codes.
    pub doubtful: Vec<&'static str>,
}

/// A verdict with the resource versions and parameters it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    pub verdict: Verdict,
    pub evidence: Vec<EvidenceRef>,
    pub missing: Vec<Missing>,
    pub uses: Uses,
    pub status: RuleStatus,
}
