//! The forfait of a patient-month under a monthly tariff: lines, cap, total, to the centime.

use super::calendar::Day;
use super::calendar::Month;
use super::dossier::Dossier;
use super::enrolment::NotPayable;
use super::enrolment::StructureScope;
use super::envelope::Envelope;
use super::finding::EvidenceRef;
use super::finding::Uses;
use super::fmt;
use super::money::Centimes;
use super::param::ParamId;
use super::rules::Rules;
use super::typologie::PatientMonth;
use super::verdict::RuleStatus;
use serde::{Deserialize, Serialize};

/// A tariff pack of `mappings/tariffs/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tariff {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Nothing in it is official; served with the tag `fictional`.
    pub kind: TariffKind,
}

impl Tariff {
    /// Answers whether its amounts are invented: every total is then fictional, a nought too.
    pub fn is_invented(&self, rules: &Rules) -> bool {
        match &self.kind {
            TariffKind::Monthly(pack) => is_invented(pack, rules),
            TariffKind::Fmt(_) => false,
        }
    }
}

fn is_invented(pack: &MonthlyTariff, rules: &Rules) -> bool {
    rules.params.get(pack.socle).values.iter().any(|value| value.status == RuleStatus::Fictional)
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
    /// Paid to the structure, beside every patient's forfait.
    pub envelope: Option<Envelope>,
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

/// How the FMT stands beside a monthly forfait. The order is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Some amount used is fictional, or would be.
    pub fictional: bool,
}

/// Why a month could not be priced. Never answered as 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// The parameter has no known value on that day.
    #[error("no known amount for {param} in {month}")]
    AmountUnknown { param: Box<str>, month: Month },
    /// A fact without which no amount can be told is missing; the code is one of `Missing`.
    #[error("no amount in {month} without {missing}")]
    FactMissing { missing: Box<str>, month: Month },
    /// The pack has no such tariff.
    #[error("unknown tariff")]
    UnknownTariff,
}

/// Prices a patient-month under a tariff: its lines, to the centime, and their sum. An amount that
/// is needed and not known is an error; one that is not needed is never asked for.
pub fn price(
    dossier: &Dossier<'_>,
    scope: &StructureScope<'_>,
    month: &PatientMonth,
    tariff: &Tariff,
) -> Result<Forfait, PricingError> {
    match &tariff.kind {
        TariffKind::Monthly(pack) => price_month(dossier.rules(), month, pack, Grounds::Told),
        TariffKind::Fmt(pack) => fmt::price(dossier, scope, month, pack),
    }
}

/// Whether each line tells what it rests on; sums over many patients do not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    Told,
    Untold,
}

/// Prices a decided month under a monthly tariff of these rules: nothing but the month is asked.
pub fn price_month(
    rules: &Rules,
    patient: &PatientMonth,
    pack: &MonthlyTariff,
    grounds: Grounds,
) -> Result<Forfait, PricingError> {
    let mut till = Till { grounds, ..Till::new(rules, patient.month.last_day()) };
    // A total of a pack of invented amounts is one too, even where nothing is due.
    let invented = is_invented(pack, rules);
    if patient.not_payable.is_some() {
        return Ok(Forfait { fictional: invented, ..till.close(patient, None) });
    }
    // Catalogue order, whatever the order of the tariff file.
    let mut bricks: Vec<&Brick> = pack.bricks.iter().collect();
    bricks.sort_by_key(|brick| brick.typologie);
    till.add(LineCode::Socle, pack.socle, &[&patient.enrolled.evidence, &patient.consommant.evidence])?;
    for brick in bricks.iter().filter(|brick| brick.capped) {
        till.brick(brick, patient)?;
    }
    till.cut(pack.cap)?;
    for brick in bricks.iter().filter(|brick| !brick.capped) {
        till.brick(brick, patient)?;
    }
    let treatment = till.fmt_treatment(pack.fmt_treatment);
    Ok(till.close(patient, treatment))
}

/// Collects the lines of one forfait and remembers every parameter asked for.
pub(super) struct Till<'r> {
    rules: &'r Rules,
    day: Day,
    lines: Vec<Line>,
    uses: Uses,
    grounds: Grounds,
}

impl<'r> Till<'r> {
    pub(super) fn new(rules: &'r Rules, day: Day) -> Till<'r> {
        Till { rules, day, lines: Vec::new(), uses: Uses::default(), grounds: Grounds::Told }
    }

    /// Answers an amount in force on the day of the till.
    pub(super) fn amount(&mut self, id: ParamId) -> Result<Centimes, PricingError> {
        self.uses.note(id);
        let known = self.rules.params.amount(id, self.day);
        known.ok_or_else(|| unknown_amount(self.rules, id, self.day.month()))
    }

    fn add(&mut self, code: LineCode, id: ParamId, evidence: &[&[EvidenceRef]]) -> Result<(), PricingError> {
        let amount = self.amount(id)?;
        let evidence = match self.grounds {
            Grounds::Told => evidence.concat(),
            Grounds::Untold => Vec::new(),
        };
        self.push(code, amount, Uses::of(&[id]), evidence);
        Ok(())
    }

    /// Adds a line of an amount already reckoned; a zero line is not shown.
    pub(super) fn push(&mut self, code: LineCode, amount: Centimes, uses: Uses, evidence: Vec<EvidenceRef>) {
        if amount != Centimes::ZERO {
            let status = uses.weakest(RuleStatus::Official, &self.rules.params, self.day);
            self.lines.push(Line { code, amount, uses, status, evidence, declared_only: false });
        }
    }

    fn brick(&mut self, brick: &Brick, patient: &PatientMonth) -> Result<(), PricingError> {
        let paid = patient.typologies.iter().find(|result| result.typologie == brick.typologie && result.paid);
        let Some(result) = paid else { return Ok(()) };
        let before = self.lines.len();
        self.add(LineCode::Brick(brick.typologie), brick.amount, &[&result.evidence])?;
        if let Some(line) = self.lines.get_mut(before) {
            line.declared_only = result.declared_only;
            line.status = line.status.max(result.rule_status);
        }
        Ok(())
    }

    /// The cap is a line of its own: bricks keep their amounts.
    fn cut(&mut self, cap: Option<ParamId>) -> Result<(), PricingError> {
        let sum: Centimes = self.lines.iter().map(|line| line.amount).sum();
        let Some(cap) = cap.filter(|_| sum > Centimes::ZERO) else { return Ok(()) };
        let limit = self.amount(cap)?;
        if sum > limit {
            self.push(LineCode::Ecretement, limit - sum, Uses::of(&[cap]), Vec::new());
        }
        Ok(())
    }

    fn fmt_treatment(&mut self, id: ParamId) -> Option<FmtTreatment> {
        self.uses.note(id);
        match self.rules.params.word(id, self.day)? {
            "included" => Some(FmtTreatment::Included),
            "on_top" => Some(FmtTreatment::OnTop),
            _ => None,
        }
    }

    /// Adds up the lines. The status is the weakest of the amounts and of what decided the month.
    pub(super) fn close(self, patient: &PatientMonth, fmt: Option<FmtTreatment>) -> Forfait {
        let of_lines = self.lines.iter().map(|line| line.status);
        let of_amounts = self.uses.weakest(RuleStatus::Official, &self.rules.params, self.day);
        let status = of_lines.fold(of_amounts, Ord::max).max(patient.enrolled.status).max(patient.consommant.status);
        let on = |id: &ParamId| self.rules.params.status(*id, self.day) == RuleStatus::Fictional;
        Forfait {
            month: patient.month,
            total: self.lines.iter().map(|line| line.amount).sum(),
            fictional: self.uses.0.iter().any(on),
            lines: self.lines,
            not_payable: patient.not_payable,
            fmt,
            year: None,
            status,
        }
    }
}

/// Answers the error that names a parameter without a known amount.
pub(super) fn unknown_amount(rules: &Rules, id: ParamId, month: Month) -> PricingError {
    PricingError::AmountUnknown { param: rules.params.get(id).id.clone(), month }
}

#[cfg(test)]
mod tests;
