//! The forfait of a patient-month under a monthly tariff: lines, cap, total, to the centime.

use super::calendar::Month;
use super::enrolment::NotPayable;
use super::finding::{EvidenceRef, Uses};
use super::money::Centimes;
use super::param::ParamId;
use super::verdict::RuleStatus;

/// A tariff pack of `mappings/tariffs/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tariff {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Nothing in it is official; served with the tag `fictional`.
    pub kind: TariffKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TariffKind {
    Monthly(MonthlyTariff),
    Fmt(super::fmt::FmtTariff),
}

/// Socle plus capped bricks, then bricks outside the cap; the FMT beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthlyTariff {
    pub socle: ParamId,
    /// Typology (index in `Rules::typologies`), its amount, whether the cap covers it.
    pub bricks: Vec<Brick>,
    /// Monthly cap over socle and capped bricks; `None`: no cap in this pack.
    pub cap: Option<ParamId>,
    /// Word: `included` or `on_top`.
    pub fmt_treatment: ParamId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Brick {
    pub typologie: usize,
    pub amount: ParamId,
    pub capped: bool,
}

/// What a line of a forfait is for. The code is of CodeSystem/forfait-line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineCode {
    Socle,
    /// Index in `Rules::typologies`.
    Brick(usize),
    /// The cap as its own negative line.
    Ecretement,
    /// Informational (monthly packs) or the instalment itself (FMT packs).
    Fmt,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub code: LineCode,
    pub amount: Centimes,
    /// The parameters the amount comes from (socle amount, brick amount, cap).
    pub uses: Uses,
    pub status: RuleStatus,
    pub evidence: Vec<EvidenceRef>,
    /// The brick is paid on the GP's declaration alone.
    pub declared_only: bool,
}

/// How the FMT stands beside a monthly forfait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FmtTreatment {
    Included,
    OnTop,
}

/// A priced patient-month. `total` is the sum of `lines`, to the centime.
#[derive(Clone, Debug, PartialEq)]
pub struct Forfait {
    pub month: Month,
    /// Empty when not payable. Order: socle, bricks, ecretement, outside the cap. Never a zero line.
    pub lines: Vec<Line>,
    pub total: Centimes,
    pub not_payable: Option<NotPayable>,
    /// Monthly packs only; never in the total.
    pub fmt: Option<FmtTreatment>,
    /// FMT packs only: how the year was reckoned.
    pub year: Option<super::fmt::FmtYear>,
    /// Weakest status among everything used.
    pub status: RuleStatus,
    /// Some amount used is fictional.
    pub fictional: bool,
}

/// Why a month could not be priced. Never answered as 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// The parameter has no known value on that day.
    #[error("no known amount for {param} in {month}")]
    AmountUnknown { param: Box<str>, month: Month },
    /// The pack has no such tariff.
    #[error("unknown tariff")]
    UnknownTariff,
}
