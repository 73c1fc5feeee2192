//! The Forfait Médecin Traitant: annual rows by age, ALD and C2S, paid in instalments.

use super::condition::Condition;
use super::measure::ConceptId;
use super::param::ParamId;

/// `mappings/tariffs/fmt-2026.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct FmtTariff {
    /// Day from which the FMT exists; before it the amount is unknown (FPMT).
    pub exists_from: ParamId,
    /// Annual row of a patient not seen for `not_seen_months`; it replaces the others.
    pub not_seen: ParamId,
    pub not_seen_months: ParamId,
    /// The first row whose condition is yes on 31 December N-1 applies.
    pub rows: Vec<FmtRow>,
    /// Supplement of a C2S beneficiary.
    pub c2s: ParamId,
    pub c2s_right: ConceptId,
    /// Numbers 1..=12 of the months that pay an instalment, in order.
    pub instalment_months: Vec<ParamId>,
    /// Per validated prevention indicator.
    pub per_indicator: ParamId,
    /// Indicators: a catalogue item whose status decides, or none (unknown).
    pub indicators: Vec<FmtIndicator>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FmtRow {
    pub label_fr: Box<str>,
    pub when: Condition,
    pub amount: ParamId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FmtIndicator {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Index of the prevention item (and component) that decides it.
    pub item: Option<(usize, Option<usize>)>,
}

/// The reckoning of one FMT year.
#[derive(Clone, Debug, PartialEq)]
pub struct FmtYear {
    pub year: i16,
    /// Annual amount of what is known: row, C2S, validated indicators.
    pub total: super::money::Centimes,
    /// Row label, amount; then supplements.
    pub parts: Vec<(Box<str>, super::money::Centimes)>,
    /// Some indicator has no rule in the catalogue: the total is partial.
    pub partial: bool,
    /// Ids of the indicators nobody can decide from the catalogue.
    pub unknown_indicators: Vec<Box<str>>,
}
