//! The prevention card: for each catalogue item, is this patient up to date on this day?
//!
//! Owns: the four rule kinds (tiers of validity, season, age milestones, dose series) and how an
//! item of one or several components becomes one status. Which item uses which is data.

mod card;
mod milestones;
mod not_done;
mod part;
mod season;
mod series;
#[cfg(test)]
mod tests;
mod validity;

pub use card::card;
pub use card::component;
pub use card::item;
pub use card::status;
pub use card::statuses;
pub use card::vaccines;

use super::calendar::{Day, PartialDate};
use super::condition::{Condition, EvidenceId};
use super::fact::Sex;
use super::finding::{EvidenceRef, Uses};
use super::measure::{ConceptId, MeasureId};
use super::param::ParamId;
use super::verdict::RuleStatus;
use compact_str::CompactString;

/// What proves that an act was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Unique name; also the code of our `prevention-evidence` system that stands for it.
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub source: EvidenceSource,
    /// At least this age when it was done, else it is no evidence.
    pub min_age: Option<ParamId>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum EvidenceSource {
    /// One accepted resource coded so. With `numeric`, a standard code needs a numeric value
    /// (our own evidence code never does).
    Coded { concept: ConceptId, numeric: bool },
    /// Measures taken on one calendar day (weight and height); its date is that day.
    SameDay(Vec<MeasureId>),
    /// One of each group at some time; its date is the oldest of the latest dates.
    AllOf(Vec<ConceptId>),
}

/// One line of eligibility: all of it must hold. A person is eligible when one line holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Eligibility {
    pub sex: Option<Sex>,
    pub age_min: Option<ParamId>,
    pub age_max: Option<ParamId>,
    /// Empty: no further requirement; else one of them must be yes (unknown counts as no).
    pub requires_any: Vec<Condition>,
}

/// The domain of the items that are vaccines.
pub const VACCINATION: &str = "vaccination";

/// Why a person who would be eligible is not asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    pub when: Condition,
    /// organ-absent, known-disease, specialised-follow-up, secondary-prevention, not-concerned.
    pub reason: Box<str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub ordinal: u16,
    pub id: Box<str>,
    /// cardio, dentaire, ...
    pub domain: Box<str>,
    pub label_fr: Box<str>,
    pub short_fr: Box<str>,
    pub eligibility: Vec<Eligibility>,
    pub exclusions: Vec<Exclusion>,
    /// One for most items. Several: all must be up to date.
    pub components: Vec<Component>,
    /// A refusal holds this many months at most (or the interval in force if shorter).
    pub refusal_months: ParamId,
    /// Status of the rule itself, apart from its parameters.
    pub status: RuleStatus,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    pub id: Box<str>,
    /// The component does not concern whoever satisfies one of these.
    pub not_applicable_if: Vec<Condition>,
    pub rule: Rule,
    /// Days before the due date from which `dueSoon` is told.
    pub lead_days: ParamId,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    Validity(Validity),
    Season(Season),
    Milestones(Milestones),
    Series(Series),
}

/// Each accepted proof is valid for a time; the item is up to date until the latest end. Of several
/// proofs of the same evidence, the first that accepts an act governs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Validity {
    /// The first tier whose `when` is yes applies; the others accept nothing.
    pub tiers: Vec<Tier>,
    pub abnormal: Option<Abnormal>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    pub when: Condition,
    pub proofs: Vec<Proof>,
    /// In place of the component's lead, where the interval is shorter than a year.
    pub lead_days: Option<ParamId>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    pub evidence: EvidenceId,
    /// Age bounds when it was done (HPV test taken at 30 or later).
    pub age_at: (Option<ParamId>, Option<ParamId>),
    /// Age bounds on the reference day.
    pub age_now: (Option<ParamId>, Option<ParamId>),
    /// Accepts only when exactly so many such evidences exist (a first normal cytology).
    pub only_if_count: Option<ParamId>,
    /// Needs at least so many (three hepatitis B doses); fewer is incomplete.
    pub min_count: Option<ParamId>,
    /// `None`: for life.
    pub months: Option<ParamId>,
}

/// What an abnormal result changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Abnormal {
    /// Evidences whose results can be abnormal.
    pub evidence: Vec<EvidenceId>,
    /// Evidence on or after the abnormal day that clears it; empty: a later normal result does.
    /// Evidence older than the abnormal result no longer counts.
    pub cleared_by: Vec<EvidenceId>,
    /// Until cleared: valid so many months from the abnormal day (0: expired at once).
    pub months: ParamId,
    /// abnormal-needs-follow-up.
    pub reason: Box<str>,
}

/// One dose per season. Season year S is the year of the last campaign start <= reference day;
/// a dose from the window start of S counts until the next campaign starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    pub evidence: EvidenceId,
    /// Word `MM-DD`: the day the campaign starts.
    pub campaign_start: ParamId,
    /// Word `MM-DD`: doses from this day of the season's year count.
    pub window_start: ParamId,
}

/// A booster at fixed ages: the dose for milestone m counts from its birthday minus a tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestones {
    pub evidence: EvidenceId,
    /// Ascending ages in years, each with its tolerance in years.
    pub ages: Vec<(ParamId, ParamId)>,
    pub must_contain: Option<MustContain>,
}

/// At milestone `at` and up to age `until`, the satisfying dose must also be `evidence`.
/// Its doses are doses of the booster too, whether or not they carry both codes.
#[derive(Clone, Debug, PartialEq)]
pub struct MustContain {
    pub at: ParamId,
    pub until: ParamId,
    pub evidence: EvidenceId,
    /// pertussis-missing.
    pub reason: Box<str>,
}

/// A number of doses, once; an incomplete series is up to date for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub evidence: EvidenceId,
    /// Doses closer than this many days count as one (the first).
    pub min_days: ParamId,
    /// The first schedule whose `when` is yes applies.
    pub schedules: Vec<Schedule>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub when: Condition,
    /// First dose before this age, else the schedule does not apply.
    pub first_dose_before: Option<ParamId>,
    /// The first two doses at least so many months apart, else the schedule does not apply.
    pub min_spacing_months: Option<ParamId>,
    pub doses: ParamId,
    /// How long an incomplete series stays up to date after its latest dose.
    pub incomplete_months: ParamId,
    /// In place of the component's lead, where that time is shorter than a year.
    pub lead_days: Option<ParamId>,
}

/// Codes that make a not-done act a refusal or a contraindication.
#[derive(Clone, Debug, PartialEq)]
pub struct NotDone {
    pub refusal: ConceptId,
    pub contraindication: ConceptId,
    /// Codings and interpretations that make a result abnormal.
    pub abnormal: ConceptId,
    /// Per item (same order as the catalogue): our `refused:<item>` and `contraindicated:<item>`.
    pub per_item: Vec<(ConceptId, ConceptId)>,
}

/// The seven statuses of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    UpToDate,
    Expired,
    NeverDone,
    Refused,
    Excluded,
    NotEligible,
    Indeterminate,
}

impl ItemStatus {
    pub const ALL: [ItemStatus; 7] = [
        ItemStatus::UpToDate,
        ItemStatus::Expired,
        ItemStatus::NeverDone,
        ItemStatus::Refused,
        ItemStatus::Excluded,
        ItemStatus::NotEligible,
        ItemStatus::Indeterminate,
    ];

    pub fn code(self) -> &'static str {
        match self {
            ItemStatus::UpToDate => "up-to-date",
            ItemStatus::Expired => "expired",
            ItemStatus::NeverDone => "never-done",
            ItemStatus::Refused => "refused",
            ItemStatus::Excluded => "excluded",
            ItemStatus::NotEligible => "not-eligible",
            ItemStatus::Indeterminate => "indeterminate",
        }
    }

    /// Answers whether the item counts in the card's denominator.
    pub fn applicable(self) -> bool {
        matches!(self, ItemStatus::UpToDate | ItemStatus::Expired | ItemStatus::NeverDone | ItemStatus::Refused)
    }
}

/// One line of the card.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemResult {
    /// Index in `Rules::items`.
    pub item: usize,
    pub status: ItemStatus,
    /// First day it is no longer up to date (kept when expired, where one day can be named).
    pub due: Option<Day>,
    /// Last accepted evidence, as precisely as known.
    pub last_done: Option<PartialDate>,
    pub due_soon: bool,
    /// The first day after the reference day on which a date of the line itself changes it, no fact and
    /// no age meant: the end of a proof, the notice before it, the end of a refusal.
    pub turns: Option<Day>,
    /// A reason code of the catalogue (`deceased`, `incomplete`, `missing-sex`, ...).
    pub reason: Option<CompactString>,
    /// Weakest status among the rule and the parameters it used.
    pub rule_status: RuleStatus,
    pub evidence: Vec<EvidenceRef>,
    pub uses: Uses,
}

/// A patient's prevention card on a day: one result per catalogue item, in catalogue order.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub date: Day,
    /// The birth date is partial: ages follow the convention of the catalogue.
    pub approximate: bool,
    pub items: Vec<ItemResult>,
}

impl Card {
    pub fn count(&self, status: ItemStatus) -> usize {
        self.items.iter().filter(|i| i.status == status).count()
    }

    /// Answers the denominator of the card: up to date + expired + never done + refused.
    pub fn applicable(&self) -> usize {
        self.items.iter().filter(|i| i.status.applicable()).count()
    }
}
