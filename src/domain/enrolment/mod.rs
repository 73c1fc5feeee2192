//! Who is enrolled, who is a consommant, and why somebody is not payable.

mod attending;
mod claim;
mod consommant;
mod membership;
mod span;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use attending::Attending;
pub use attending::attending;
pub(crate) use claim::cite;
pub(crate) use consommant::best;
pub(crate) use consommant::consulted;
pub(crate) use consommant::consulted_since;
pub(crate) use consommant::people;
pub(crate) use consommant::professionals;
pub(crate) use consommant::provided_here;
pub(crate) use membership::Basis;
pub(crate) use membership::Membership;
pub(crate) use membership::declared_on;
pub(crate) use membership::member;
pub(crate) use span::Span;

use super::calendar::Day;
use super::directory::Directory;
use super::directory::SitePolicy;
use super::fact::Named;
use super::measure::ConceptId;
use super::param::ParamId;
use super::verdict::RuleStatus;
use super::verdict::Verdict;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The structure a figure is for: who and what belongs to it.
#[derive(Clone, Debug)]
pub struct StructureScope<'a> {
    pub directory: &'a Directory,
    /// Ids of the Organizations that are the structure.
    pub sites: Cow<'a, BTreeSet<Box<str>>>,
}

impl<'a> StructureScope<'a> {
    /// Reads the sites of the structure from the directory of its tenant.
    pub fn new(directory: &'a Directory, organization: &str, named: &[Box<str>], policy: SitePolicy) -> Self {
        StructureScope { directory, sites: Cow::Owned(directory.sites(organization, named, policy)) }
    }

    /// Answers whether somebody or something is of the structure at some time from `first` to `last`.
    pub fn belongs(&self, named: &Named, first: Day, last: Day) -> Verdict {
        self.directory.belongs(named, &self.sites, first, last)
    }
}

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
    /// The record was merged into another, which is paid: a person is paid once.
    Merged,
    Deceased,
    IdentityMissing,
    NotEnrolled,
    ProfessionUnknown,
    NotConsuming,
    /// All else says payable, and a date of death known to the month or the year leaves open whether
    /// the person lived then: nothing is paid until somebody tells.
    DeathDatePartial,
    /// Payable, and paid to another structure: a person is paid once a month.
    PaidElsewhere,
    /// The patient's record was deleted.
    Deleted,
}

impl NotPayable {
    pub fn code(self) -> &'static str {
        match self {
            NotPayable::Merged => "merged",
            NotPayable::Deceased => "deceased",
            NotPayable::IdentityMissing => "identity-missing",
            NotPayable::NotEnrolled => "not-enrolled",
            NotPayable::ProfessionUnknown => "profession-unknown",
            NotPayable::NotConsuming => "not-consuming",
            NotPayable::DeathDatePartial => "death-date-partial",
            NotPayable::PaidElsewhere => "paid-elsewhere",
            NotPayable::Deleted => "deleted",
        }
    }

    /// Answers whether the month may be payable all the same: nobody can tell.
    pub fn payable(self) -> Verdict {
        if self == NotPayable::DeathDatePartial { Verdict::Unknown } else { Verdict::No }
    }
}
