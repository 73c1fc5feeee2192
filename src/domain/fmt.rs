//! The Forfait Médecin Traitant: annual rows by age, ALD and C2S, paid in instalments.
//!
//! Population, ages and rights are photographed on 31 December of the year before, amounts and
//! thresholds are those in force on 1 January of the year, "seen" means what it means for the
//! patient consommant (over the FMT's own window), and the status of a prevention
//! indicator is that of the last day of the month asked (our reading: the texts do not say).
//!
//! An indicator may be gained or lost between two instalments. Where the last one is a balance, it
//! brings the year as it then stands less the advances as they were reckoned in their own months: what
//! is paid in a year under the same rules is one year, to the centime. The balance is negative when the
//! advances were too high. It settles the year: the months after it tell the same, and no gap adds to it
//! any more. After a death the indicators stand as on the last day lived.

mod schedule;

use super::calendar::Day;
use super::calendar::Month;
use super::condition::BirthReading;
use super::condition::Condition;
use super::condition::Context;
use super::condition::evaluate;
use super::dossier::Dossier;
use super::enrolment::NotPayable;
use super::enrolment::StructureScope;
use super::enrolment::consulted;
use super::enrolment::declared_on;
use super::fact::Death;
use super::fact::Fact;
use super::finding::EvidenceRef;
use super::finding::Uses;
use super::forfait::Forfait;
use super::forfait::Line;
use super::forfait::LineCode;
use super::forfait::PricingError;
use super::forfait::unknown_amount;
use super::measure::ConceptId;
use super::money::Centimes;
use super::param::ParamId;
use super::param::Params;
use super::prevention;
use super::prevention::ItemResult;
use super::prevention::ItemStatus;
use super::typologie::PatientMonth;
use super::typologie::life;
use super::verdict::RuleStatus;
use super::verdict::Verdict;
use schedule::Schedule;

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
    /// Word: what the last of them pays. `None`, a tariff older than the word: `share`.
    pub last_instalment: Option<ParamId>,
    /// Per validated prevention indicator.
    pub per_indicator: ParamId,
    /// Indicators: a catalogue item whose status decides, or none (unknown).
    pub indicators: Vec<FmtIndicator>,
}

impl FmtTariff {
    /// The words of `last_instalment`: the year less its advances, or a share like the others.
    pub const LAST: &'static [&'static str] = &[FmtTariff::BALANCE, "share"];
    const BALANCE: &'static str = "balance";

    /// Answers whether the last instalment is a balance under the rules of a day.
    pub fn has_balance(&self, params: &Params, on: Day) -> bool {
        self.last_instalment.and_then(|id| params.word(id, on)) == Some(FmtTariff::BALANCE)
    }
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
    pub total: Centimes,
    /// Row label, amount; then supplements.
    pub parts: Vec<(Box<str>, Centimes)>,
    /// Of the month of the balance: the instalments before it, each as reckoned in its own month.
    pub advances: Vec<(Month, Centimes)>,
    /// Some indicator has no rule in the catalogue: the total is partial.
    pub partial: bool,
    /// Ids of the indicators nobody can decide from the catalogue.
    pub unknown_indicators: Vec<Box<str>>,
}

/// Prices the instalment of a month: a quarter of the year in the months that pay an advance, what
/// remains of the year in the month of the balance, else no line.
pub(super) fn price(
    dossier: &Dossier<'_>,
    scope: &StructureScope<'_>,
    patient: &PatientMonth,
    pack: &FmtTariff,
) -> Result<Forfait, PricingError> {
    let month = patient.month;
    let mut reckoning = Reckoning::new(dossier, month.year());
    let row = match reckoning.population(scope, patient, pack)? {
        Population::NotPayable(reason) => return Ok(reckoning.close(month, Some(reason), None)),
        Population::Seen => reckoning.row(pack, month)?,
        Population::NotSeen => (pack.not_seen, None),
    };
    reckoning.part(row.0, row.1, month)?;
    if reckoning.has_c2s(pack) {
        reckoning.part(pack.c2s, None, month)?;
    }
    let schedule = reckoning.schedule(pack, month)?;
    let before_indicators = reckoning.year.total;
    reckoning.indicators(pack, schedule.reckoned_in(month), schedule.advances_before(month))?;
    if schedule.is_balance(month) {
        reckoning.advances(pack, &schedule, before_indicators)?;
    }
    let line = reckoning.instalment(&schedule, month);
    Ok(reckoning.close(month, None, line))
}

/// What closing one gap would add to the FMT of the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Index of the prevention item.
    pub item: usize,
    /// Indexes in `FmtTariff::indicators` of those it would validate.
    pub indicators: Vec<usize>,
    /// Of the year, in full; `None`: nobody knows.
    pub amount: Option<Centimes>,
    pub status: RuleStatus,
}

/// Answers what the open gaps of a patient would each add to the year of the month, if they were
/// closed in it: the same population, indicators and amount as in `price`. Nothing for who brings no
/// FMT, whatever the gaps, nor once the balance has settled the year; an amount that depends on a fact
/// nobody told is unknown.
pub fn stakes(
    dossier: &Dossier<'_>,
    scope: &StructureScope<'_>,
    patient: &PatientMonth,
    pack: &FmtTariff,
) -> Vec<Stake> {
    let mut reckoning = Reckoning::new(dossier, patient.month.year());
    let settled = reckoning.schedule(pack, patient.month).is_ok_and(|schedule| schedule.is_settled(patient.month));
    if settled {
        return Vec::new();
    }
    match reckoning.population(scope, patient, pack) {
        Ok(Population::NotPayable(_)) => Vec::new(),
        Ok(Population::Seen | Population::NotSeen) => reckoning.stakes(pack, patient.month),
        Err(_) => {
            let mut stakes = reckoning.stakes(pack, patient.month);
            stakes.iter_mut().for_each(|stake| stake.amount = None);
            stakes
        }
    }
}

/// Who the photograph of 31 December shows.
enum Population {
    NotPayable(NotPayable),
    Seen,
    NotSeen,
}

/// The parts of one FMT year as they are found.
struct Reckoning<'d> {
    dossier: &'d Dossier<'d>,
    /// 31 December of the year before.
    photo: Day,
    /// 1 January of the year: the day whose parameters count.
    rules_of: Day,
    year: FmtYear,
    uses: Uses,
    evidence: Vec<EvidenceRef>,
    status: RuleStatus,
}

impl<'d> Reckoning<'d> {
    fn new(dossier: &'d Dossier<'d>, year: i16) -> Reckoning<'d> {
        let rules_of = Month::new(year, 1).map_or(Day::min_value(), Month::first_day);
        let year = FmtYear {
            year,
            total: Centimes::ZERO,
            parts: Vec::new(),
            advances: Vec::new(),
            partial: false,
            unknown_indicators: Vec::new(),
        };
        Reckoning {
            dossier,
            photo: rules_of.add_days(-1),
            rules_of,
            year,
            uses: Uses::default(),
            evidence: Vec::new(),
            status: RuleStatus::Official,
        }
    }

    /// The first reason not to pay, in the order of every month; else whether the patient was seen.
    fn population(
        &mut self,
        scope: &StructureScope<'_>,
        patient: &PatientMonth,
        pack: &FmtTariff,
    ) -> Result<Population, PricingError> {
        let rules = self.dossier.rules();
        let unborn = self.dossier.patient().and_then(|p| p.birth).is_some_and(|birth| birth.earliest() > self.photo);
        let declared = declared_on(self.dossier, scope, self.photo);
        self.status = self.status.max(rules.enrolment.status).max(rules.consommant.status);
        if self.dossier.is_replaced() {
            return Ok(Population::NotPayable(NotPayable::Merged));
        }
        let alive = life(self.dossier, self.photo, self.photo).alive;
        if alive == Verdict::No {
            return Ok(Population::NotPayable(NotPayable::Deceased));
        }
        if !patient.identified {
            return Ok(Population::NotPayable(NotPayable::IdentityMissing));
        }
        if unborn || !declared.verdict.is_yes() {
            return Ok(Population::NotPayable(NotPayable::NotEnrolled));
        }
        self.cite(declared.evidence);
        self.exists(pack, patient.month)?;
        self.uses.note(pack.not_seen_months);
        let Some(months) = rules.params.integer(pack.not_seen_months, self.rules_of) else {
            return Err(unknown_amount(rules, pack.not_seen_months, patient.month));
        };
        let seen = consulted(self.dossier, scope, (self.photo.add_months(-months), self.photo));
        match seen.verdict {
            Verdict::Unknown if seen.profession_unknown => Ok(Population::NotPayable(NotPayable::ProfessionUnknown)),
            // Dead or alive that day: no row of either is certain.
            _ if alive == Verdict::Unknown => Ok(Population::NotPayable(NotPayable::DeathDatePartial)),
            Verdict::Yes => {
                self.cite(seen.evidence);
                Ok(Population::Seen)
            }
            Verdict::No => Ok(Population::NotSeen),
            Verdict::Unknown => Err(missing(seen.missing.first().map(|m| &*m.code), patient.month)),
        }
    }

    /// Before the FMT existed the amount is nobody's to tell.
    fn exists(&mut self, pack: &FmtTariff, month: Month) -> Result<(), PricingError> {
        let rules = self.dossier.rules();
        self.uses.note(pack.exists_from);
        match rules.params.day(pack.exists_from, self.rules_of) {
            Some(from) if from <= month.first_day() => Ok(()),
            _ => Err(unknown_amount(rules, pack.exists_from, month)),
        }
    }

    /// The first row that applies; one that may apply before it leaves the amount open.
    fn row<'p>(&mut self, pack: &'p FmtTariff, month: Month) -> Result<(ParamId, Option<&'p str>), PricingError> {
        let mut context = self.context();
        for row in &pack.rows {
            let finding = evaluate(&row.when, &mut context);
            match finding.verdict {
                Verdict::No => {}
                Verdict::Unknown => return Err(missing(finding.missing.first().map(|m| m.code), month)),
                Verdict::Yes => {
                    self.uses.note_all(&context.take_uses());
                    self.cite(self.dossier.references(&finding.evidence));
                    return Ok((row.amount, Some(&row.label_fr)));
                }
            }
        }
        Err(missing(None, month))
    }

    fn has_c2s(&mut self, pack: &FmtTariff) -> bool {
        let finding = evaluate(&Condition::Right { right: pack.c2s_right }, &mut self.context());
        self.cite(self.dossier.references(&finding.evidence));
        finding.verdict.is_yes()
    }

    /// An indicator is validated while the catalogue item (or component) that decides it is up to
    /// date on the last day of the month. One that nobody can decide any more when the balance is
    /// reckoned takes nothing back: it counts as when it was last decided, among the `advances`.
    fn indicators(&mut self, pack: &FmtTariff, month: Month, advances: &[Month]) -> Result<(), PricingError> {
        for indicator in &pack.indicators {
            let mut verdict = self.validated(indicator, month);
            if verdict == Verdict::Unknown {
                self.year.unknown_indicators.push(indicator.id.clone());
                let before = advances.iter().rev().map(|paid| self.validated(indicator, *paid));
                verdict = before.into_iter().find(|told| *told != Verdict::Unknown).unwrap_or(verdict);
            }
            if verdict.is_yes() {
                self.part(pack.per_indicator, Some(&indicator.label_fr), month)?;
            }
        }
        self.year.partial = !self.year.unknown_indicators.is_empty();
        Ok(())
    }

    /// Whether an indicator is validated in a month, with the grounds of a yes.
    fn validated(&mut self, indicator: &FmtIndicator, month: Month) -> Verdict {
        match self.standing(indicator, self.last_lived(month)) {
            Some(ItemResult { status: ItemStatus::UpToDate, evidence, rule_status, .. }) => {
                self.cite(evidence);
                self.status = self.status.max(rule_status);
                Verdict::Yes
            }
            None | Some(ItemResult { status: ItemStatus::Indeterminate, .. }) => Verdict::Unknown,
            Some(_) => Verdict::No,
        }
    }

    /// Answers the last day of a month that the person surely lived: a death during the year takes
    /// nothing back of what was done before it.
    fn last_lived(&self, month: Month) -> Day {
        let dead = |fact: &Fact| matches!(fact, Fact::Patient(patient) if patient.death != Death::None);
        let end = self.dossier.person().and_then(|person| match person.fact.death {
            Death::None => None,
            Death::On(when) => Some(when.earliest()),
            Death::Undated => person.record.since(dead).map(|version| version.known.paris_day()),
        });
        end.map_or(month.last_day(), |end| end.min(month.last_day()))
    }

    /// Where the catalogue item (or component) that decides an indicator stands; `None`: none does.
    fn standing(&self, indicator: &FmtIndicator, day: Day) -> Option<ItemResult> {
        indicator.item.map(|(item, component)| match component {
            None => prevention::item(self.dossier, day, item),
            Some(part) => prevention::component(self.dossier, day, item, part),
        })
    }

    /// What each indicator that is not validated, and could be, would add to the year.
    fn stakes(&mut self, pack: &FmtTariff, month: Month) -> Vec<Stake> {
        let mut stakes: Vec<Stake> = Vec::new();
        let params = &self.dossier.rules().params;
        let amount = params.amount(pack.per_indicator, self.rules_of);
        for (n, indicator) in pack.indicators.iter().enumerate() {
            let open = |result: &ItemResult| {
                matches!(result.status, ItemStatus::Expired | ItemStatus::NeverDone | ItemStatus::Refused)
            };
            let Some(result) = self.standing(indicator, month.last_day()).filter(open) else { continue };
            let status = self.weakest().max(result.rule_status).max(params.status(pack.per_indicator, self.rules_of));
            match stakes.iter_mut().find(|stake| stake.item == result.item) {
                Some(stake) => {
                    stake.indicators.push(n);
                    stake.amount = stake.amount.zip(amount).map(|(a, b)| a + b);
                    stake.status = stake.status.max(status);
                }
                None => stakes.push(Stake { item: result.item, indicators: vec![n], amount, status }),
            }
        }
        stakes
    }

    fn amount(&mut self, id: ParamId, month: Month) -> Result<Centimes, PricingError> {
        let rules = self.dossier.rules();
        self.uses.note(id);
        rules.params.amount(id, self.rules_of).ok_or_else(|| unknown_amount(rules, id, month))
    }

    /// Adds an amount to the year under its label, by default that of its parameter.
    fn part(&mut self, id: ParamId, label_fr: Option<&str>, month: Month) -> Result<(), PricingError> {
        let amount = self.amount(id, month)?;
        let label = label_fr.unwrap_or(&self.dossier.rules().params.get(id).label_fr);
        self.year.parts.push((label.into(), amount));
        self.year.total += amount;
        Ok(())
    }

    /// In which months of the year of `month` it is paid.
    fn schedule(&mut self, pack: &FmtTariff, month: Month) -> Result<Schedule, PricingError> {
        let rules = self.dossier.rules();
        let mut paying = Vec::with_capacity(pack.instalment_months.len());
        for id in &pack.instalment_months {
            self.uses.note(*id);
            let number = rules.params.integer(*id, self.rules_of).and_then(|number| number.try_into().ok());
            let paid = number.and_then(|number| Month::new(month.year(), number).ok());
            paying.push(paid.ok_or_else(|| unknown_amount(rules, *id, month))?);
        }
        if let Some(id) = pack.last_instalment {
            self.uses.note(id);
            rules.params.word(id, self.rules_of).ok_or_else(|| unknown_amount(rules, id, month))?;
        }
        paying.sort_unstable();
        let balance = paying.last().copied().filter(|_| pack.has_balance(&rules.params, self.rules_of));
        Ok(Schedule { paying, balance })
    }

    /// The instalments before the balance, each as it was reckoned in its own month.
    fn advances(&mut self, pack: &FmtTariff, schedule: &Schedule, fixed: Centimes) -> Result<(), PricingError> {
        let parts = schedule.paying.len();
        for (n, paid) in schedule.paying.iter().enumerate().take(parts.saturating_sub(1)) {
            self.exists(pack, *paid)?;
            let mut year = fixed;
            for indicator in &pack.indicators {
                if self.validated(indicator, *paid).is_yes() {
                    year += self.amount(pack.per_indicator, *paid)?;
                }
            }
            let advance = year.split(parts).get(n).copied().unwrap_or_default();
            self.year.advances.push((*paid, advance));
        }
        Ok(())
    }

    /// What the month pays: its share of the year, of which the first instalments take the extra
    /// centimes, or what the advances left of it. Too high advances make it negative.
    fn instalment(&self, schedule: &Schedule, month: Month) -> Option<Line> {
        let place = schedule.paying.iter().position(|paid| *paid == month)?;
        let amount = if schedule.is_balance(month) {
            self.year.total - self.year.advances.iter().map(|(_, amount)| *amount).sum()
        } else {
            *self.year.total.split(schedule.paying.len()).get(place)?
        };
        (amount != Centimes::ZERO).then(|| Line {
            code: LineCode::Fmt,
            amount,
            uses: self.uses.clone(),
            status: self.weakest(),
            evidence: self.evidence.clone(),
            declared_only: false,
        })
    }

    fn close(self, month: Month, not_payable: Option<NotPayable>, line: Option<Line>) -> Forfait {
        let params = &self.dossier.rules().params;
        let fictional = |id: &ParamId| params.status(*id, self.rules_of) == RuleStatus::Fictional;
        Forfait {
            month,
            total: line.iter().map(|line| line.amount).sum(),
            lines: line.into_iter().collect(),
            fmt: None,
            status: self.weakest(),
            fictional: self.uses.0.iter().any(fictional),
            year: not_payable.is_none().then_some(self.year),
            not_payable,
        }
    }

    fn weakest(&self) -> RuleStatus {
        self.uses.weakest(self.status, &self.dossier.rules().params, self.rules_of)
    }

    fn context(&self) -> Context<'d> {
        let mut context = Context::new(self.dossier, self.photo, BirthReading::Money);
        context.rules_of = self.rules_of;
        context
    }

    fn cite(&mut self, evidence: Vec<EvidenceRef>) {
        for reference in evidence {
            if !self.evidence.contains(&reference) {
                self.evidence.push(reference);
            }
        }
    }
}

fn missing(code: Option<&str>, month: Month) -> PricingError {
    PricingError::FactMissing { missing: code.unwrap_or("fmt-row").into(), month }
}

#[cfg(test)]
mod tests;
