//! Why something changes by itself: what the two days have between them.
//!
//! A reason is told only of what one of the two answers rests on: a parameter it read, an age that
//! parameter names, evidence it cites. Where none of that moves, time passing is the reason.

use super::Change;
use super::Money;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::condition::BirthReading;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::NotPayable;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::Uses;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::LineCode;
use crate::domain::forfait::PricingError;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::param::ParamId;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemStatus;
use crate::domain::typologie::Ground;
use crate::domain::typologie::PatientMonth;

/// A reason for a change that no new fact makes.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    Death,
    Birthday {
        age: i16,
        on: Day,
    },
    /// The parameter has another value from that day on.
    Parameter {
        id: ParamId,
        on: Day,
    },
    /// The first day on which what was done no longer counts.
    ValidityEnds {
        on: Day,
        proof: Vec<EvidenceRef>,
    },
    /// The last day of a period (right, contract, declaration, problem).
    PeriodEnds {
        what: EvidenceRef,
        on: Day,
    },
    PeriodBegins {
        what: EvidenceRef,
        on: Day,
    },
    /// It is older than the window that looks for it.
    WindowEnds {
        what: EvidenceRef,
    },
    /// The FMT is paid in some months of the year only.
    Instalment,
    /// The FMT photographs another 31 December.
    NewYear,
    /// It follows from another change told beside it.
    Follows,
    /// Nothing more precise is known.
    Time,
}

impl Cause {
    /// Answers the stable code of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Death => "death",
            Cause::Birthday { .. } => "birthday",
            Cause::Parameter { .. } => "parameter-changes",
            Cause::ValidityEnds { .. } => "validity-ends",
            Cause::PeriodEnds { .. } => "period-ends",
            Cause::PeriodBegins { .. } => "period-begins",
            Cause::WindowEnds { .. } => "window-ends",
            Cause::Instalment => "instalment",
            Cause::NewYear => "new-year",
            Cause::Follows => "follows",
            Cause::Time => "time",
        }
    }
}

/// The days that each of the two answers looks at.
pub(super) struct Window {
    before: (Day, Day),
    after: (Day, Day),
    birth: BirthReading,
}

impl Window {
    pub(super) fn of_months(before: Month, after: Month) -> Window {
        Window {
            before: (before.first_day(), before.last_day()),
            after: (after.first_day(), after.last_day()),
            birth: BirthReading::Money,
        }
    }

    pub(super) fn of_days(before: Day, after: Day, birth: BirthReading) -> Window {
        Window { before: (before, before), after: (after, after), birth }
    }

    /// Answers whether the second answer is the first to see something that begins that day.
    fn begins(&self, day: Day) -> bool {
        day > self.before.1 && day <= self.after.1
    }

    /// Answers whether the first answer is the last to see something whose last day is that.
    fn ends(&self, day: Day) -> bool {
        day >= self.before.0 && day < self.after.0
    }
}

/// Looks for reasons between two days.
pub(super) struct Search<'d> {
    pub(super) dossier: &'d Dossier<'d>,
    pub(super) window: Window,
    pub(super) tariff: Option<&'d Tariff>,
}

/// What two answers rest on.
#[derive(Clone, Copy)]
struct Grounds<'a> {
    uses: [&'a Uses; 2],
    before: &'a [EvidenceRef],
    after: &'a [EvidenceRef],
}

impl<'a> Grounds<'a> {
    fn of(before: &'a Ground, after: &'a Ground) -> Grounds<'a> {
        Grounds { uses: [&before.uses, &after.uses], before: &before.evidence, after: &after.evidence }
    }
}

impl Search<'_> {
    pub(super) fn of_money(&self, change: &Change, (before, after): (&Money, &Money)) -> Vec<Cause> {
        let found = match change {
            Change::Payable { to, .. } => self.payable(*to, (before, after)),
            Change::Typologie { typologie, from, to } => {
                if (from.declared, from.eligible) == (to.declared, to.eligible) {
                    return vec![Cause::Follows];
                }
                self.typologie(*typologie, (&before.month, &after.month))
            }
            Change::Line { code, from, to } => {
                let found = match (from, to) {
                    (Some(_), Some(_)) => self.amounts(*code, (before.forfait(), after.forfait())),
                    _ => Vec::new(),
                };
                match (found.is_empty(), code) {
                    (true, LineCode::Fmt) => vec![self.instalment()],
                    (true, _) => vec![Cause::Follows],
                    (false, _) => found,
                }
            }
            Change::Fmt { .. } => self.treatment(),
            Change::Total { from: Some(_), to: Some(_) } => vec![Cause::Follows],
            Change::Total { .. } => self.priceless((before, after)),
            // Of what comes by itself no closed month is adjusted.
            Change::Adjustment { .. } | Change::Item { .. } => Vec::new(),
        };
        or_time(found)
    }

    pub(super) fn of_card(&self, change: &Change, (before, after): (&Card, &Card)) -> Vec<Cause> {
        let Change::Item { item, from, .. } = change else { return vec![Cause::Time] };
        let line = |card: &'_ Card| card.items.iter().position(|line| line.item == *item);
        let (Some(was), Some(is)) = (line(before), line(after)) else { return vec![Cause::Time] };
        let (was, is) = (&before.items[was], &after.items[is]);
        if matches!(is.reason.as_deref(), Some("deceased" | "death-date-partial")) {
            return vec![Cause::Death];
        }
        if let (ItemStatus::UpToDate, Some(on)) = (from, was.due.filter(|due| *due == after.date)) {
            return vec![Cause::ValidityEnds { on, proof: was.evidence.clone() }];
        }
        let grounds = Grounds { uses: [&was.uses, &is.uses], before: &was.evidence, after: &is.evidence };
        let mut found = self.causes(grounds);
        if found.is_empty() {
            // Who an item concerns rests on facts that a card does not cite.
            let records = self.dossier.records().iter().filter(|record| record.kind != Kind::Patient);
            records.for_each(|record| self.bounds(record, &mut found));
        }
        or_time(found)
    }

    fn payable(&self, to: Option<NotPayable>, (before, after): (&Money, &Money)) -> Vec<Cause> {
        if matches!(to, Some(NotPayable::Deceased | NotPayable::DeathDatePartial)) {
            return vec![Cause::Death];
        }
        let own = |money: &Money| money.forfait().is_some_and(|f| f.not_payable != money.month.not_payable);
        let photographed = |money: &Money| money.forfait().is_some_and(|f| f.year.is_some());
        if own(before) || own(after) || photographed(before) || photographed(after) {
            return vec![self.instalment()];
        }
        let (was, is) = (&before.month, &after.month);
        let mut found = Vec::new();
        for (was, is) in [(&was.enrolled, &is.enrolled), (&was.consommant, &is.consommant)] {
            if was.verdict != is.verdict {
                self.causes(Grounds::of(was, is)).into_iter().for_each(|cause| note(&mut found, cause));
            }
        }
        found
    }

    fn typologie(&self, typologie: usize, (before, after): (&PatientMonth, &PatientMonth)) -> Vec<Cause> {
        let of = |month: &PatientMonth| month.typologies.iter().position(|result| result.typologie == typologie);
        let (Some(was), Some(is)) = (of(before), of(after)) else { return Vec::new() };
        let (was, is) = (&before.typologies[was], &after.typologies[is]);
        self.causes(Grounds { uses: [&was.uses, &is.uses], before: &was.evidence, after: &is.evidence })
    }

    /// The amounts of one line, where one of them takes another value.
    fn amounts(&self, code: LineCode, (before, after): (Option<&Forfait>, Option<&Forfait>)) -> Vec<Cause> {
        let lines = before.into_iter().chain(after).flat_map(|f| &f.lines).filter(|line| line.code == code);
        let mut found = Vec::new();
        lines.flat_map(|line| &line.uses.0).for_each(|id| self.parameter(*id, &mut found));
        found
    }

    /// The parameter without which one of the two has no amount.
    fn priceless(&self, (before, after): (&Money, &Money)) -> Vec<Cause> {
        let params = &self.dossier.rules().params;
        let mut found = Vec::new();
        for money in [before, after] {
            if let Some(Err(PricingError::AmountUnknown { param, .. })) = &money.priced
                && let Some(id) = params.find(param)
            {
                self.parameter(id, &mut found);
            }
        }
        found
    }

    /// The word that says how the FMT stands beside the forfait.
    fn treatment(&self) -> Vec<Cause> {
        let mut found = Vec::new();
        if let Some(TariffKind::Monthly(pack)) = self.tariff.map(|tariff| &tariff.kind) {
            self.parameter(pack.fmt_treatment, &mut found);
        }
        found
    }

    fn instalment(&self) -> Cause {
        if self.window.before.0.year() == self.window.after.0.year() { Cause::Instalment } else { Cause::NewYear }
    }

    /// Everything between the two days that the answers rest on.
    fn causes(&self, grounds: Grounds<'_>) -> Vec<Cause> {
        let mut found = Vec::new();
        for id in grounds.uses.iter().flat_map(|uses| &uses.0) {
            self.parameter(*id, &mut found);
            self.birthday(*id, &mut found);
        }
        let cited = grounds.before.iter().chain(grounds.after);
        for record in cited.filter_map(|evidence| self.record(evidence)) {
            self.bounds(record, &mut found);
        }
        let gone = |e: &&EvidenceRef| e.kind != Kind::Patient && !grounds.after.contains(e);
        for what in grounds.before.iter().filter(gone) {
            let told = |cause: &Cause| matches!(cause, Cause::PeriodEnds { what: ended, .. } if ended == what);
            if !found.iter().any(told) {
                note(&mut found, Cause::WindowEnds { what: what.clone() });
            }
        }
        if found.is_empty() {
            let cited = grounds.before.iter().chain(grounds.after);
            cited.filter_map(|evidence| self.record(evidence)).for_each(|record| self.learned(record, &mut found));
        }
        found
    }

    fn parameter(&self, id: ParamId, found: &mut Vec<Cause>) {
        let values = &self.dossier.rules().params.get(id).values;
        for (n, dated) in values.iter().enumerate().filter(|(_, dated)| self.window.begins(dated.from)) {
            let earlier = n.checked_sub(1).and_then(|n| values.get(n)).and_then(|v| v.value.as_ref());
            if earlier != dated.value.as_ref() {
                note(found, Cause::Parameter { id, on: dated.from });
            }
        }
    }

    /// A birthday is a reason where a parameter in years names the age reached, or the one left.
    fn birthday(&self, id: ParamId, found: &mut Vec<Cause>) {
        let params = &self.dossier.rules().params;
        let Some(limit) = params.integer(id, self.window.after.1) else { return };
        if &*params.get(id).unit != "years" {
            return;
        }
        for born in self.births() {
            for age in [limit, limit.saturating_add(1)] {
                let Ok(age) = i16::try_from(age) else { continue };
                let on = born.birthday(age);
                if age > 0 && self.window.begins(on) {
                    note(found, Cause::Birthday { age, on });
                }
            }
        }
    }

    fn births(&self) -> Vec<Day> {
        let Some(birth) = self.dossier.birth() else { return Vec::new() };
        let mut days = match self.window.birth {
            BirthReading::Card => vec![birth.midpoint()],
            BirthReading::Money => vec![birth.earliest(), birth.latest()],
        };
        days.dedup();
        days
    }

    fn record(&self, evidence: &EvidenceRef) -> Option<&Record> {
        self.dossier.records().iter().find(|record| record.kind == evidence.kind && record.id == evidence.id)
    }

    /// The first and last days of the record that lie between the two answers.
    fn bounds(&self, record: &Record, found: &mut Vec<Cause>) {
        let Some(version) = record.current() else { return };
        let Some(fact) = &version.fact else { return };
        let what = || EvidenceRef { kind: record.kind, id: record.id.clone(), version: version.number };
        for (start, end) in spans(fact) {
            for on in start.into_iter().flat_map(ends).filter(|day| self.window.begins(*day)) {
                note(found, Cause::PeriodBegins { what: what(), on });
            }
            for on in end.into_iter().flat_map(ends).filter(|day| self.window.ends(*day)) {
                note(found, Cause::PeriodEnds { what: what(), on });
            }
        }
    }

    /// What ended without a date ends on the day that became known.
    fn learned(&self, record: &Record, found: &mut Vec<Cause>) {
        for version in record.versions.iter().skip(1) {
            let on = version.known.paris_day();
            if self.window.ends(on) {
                let what = EvidenceRef { kind: record.kind, id: record.id.clone(), version: version.number };
                note(found, Cause::PeriodEnds { what, on });
            }
        }
    }
}

fn or_time(found: Vec<Cause>) -> Vec<Cause> {
    if found.is_empty() { vec![Cause::Time] } else { found }
}

fn note(found: &mut Vec<Cause>, cause: Cause) {
    if !found.contains(&cause) {
        found.push(cause);
    }
}

/// Both ends of what a date may stand for.
fn ends(date: PartialDate) -> impl Iterator<Item = Day> {
    let (first, last) = (date.earliest(), date.latest());
    std::iter::once(first).chain((last != first).then_some(last))
}

/// From when to when what a fact says holds.
fn spans(fact: &Fact) -> Vec<(Option<PartialDate>, Option<PartialDate>)> {
    let of = |period: &Period| (period.start.map(|w| w.date), period.end.map(|w| w.date));
    match fact {
        Fact::Act(act) => match &act.period {
            Some(period) => vec![of(period)],
            None => vec![(act.when.map(|w| w.date), None)],
        },
        Fact::Encounter(encounter) => vec![(encounter.period.start.map(|w| w.date), None)],
        Fact::Condition(c) => vec![(c.onset.or(c.recorded).map(|w| w.date), c.abatement.map(|w| w.date))],
        Fact::Coverage(coverage) => {
            std::iter::once(of(&coverage.period)).chain(coverage.exceptions.iter().map(|e| of(&e.period))).collect()
        }
        Fact::Episode(episode) => vec![of(&episode.period)],
        Fact::CareTeam(team) => {
            std::iter::once(of(&team.period)).chain(team.participants.iter().map(|p| of(&p.period))).collect()
        }
        Fact::Flag(flag) => vec![of(&flag.period)],
        _ => Vec::new(),
    }
}
