//! Who is enrolled, who is a consommant, and why somebody is not payable.

use super::measure::ConceptId;
use super::param::ParamId;
use super::verdict::RuleStatus;

/// The rule of enrolment and of the patient consommant, from `mappings/enrolment.yaml` and
/// `mappings/consommant.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnrolmentRule {
    /// Word parameter: `contract` or `declaration`, dated.
    pub basis: ParamId,
    /// EpisodeOfCare.type of the contract.
    pub contract: ConceptId,
    /// CareTeam.participant.role of the médecin traitant (PCP).
    pub primary_care: ConceptId,
    pub status: RuleStatus,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConsommantRule {
    /// Look-back in calendar months, from the last day of the month, both ends included.
    pub window_months: ParamId,
    /// Encounter.class codes that are consultations (AMB, HH, VR).
    pub consultation: ConceptId,
    /// Profession physician (TRE_G15 10) and its GP specialties (TRE_R38 SM26, SM53, SM54).
    pub physician: ConceptId,
    pub general_practice: ConceptId,
    /// Any specialty code at all of the ordinal list (to tell "other specialty" from "unknown").
    pub any_specialty: ConceptId,
    /// Profession midwife (TRE_G15 50).
    pub midwife: ConceptId,
    /// Any known profession other than these two (a nurse is known and does not count).
    pub any_profession: ConceptId,
    /// Organization.type of a payor, never a site.
    pub payor: ConceptId,
    pub status: RuleStatus,
}

/// Why a patient-month is not payable, in the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotPayable {
    Deceased,
    IdentityMissing,
    NotEnrolled,
    ProfessionUnknown,
    NotConsuming,
}

impl NotPayable {
    pub fn code(self) -> &'static str {
        match self {
            NotPayable::Deceased => "deceased",
            NotPayable::IdentityMissing => "identity-missing",
            NotPayable::NotEnrolled => "not-enrolled",
            NotPayable::ProfessionUnknown => "profession-unknown",
            NotPayable::NotConsuming => "not-consuming",
        }
    }
}
