//! What a condition says of a dossier on a day: yes, no or unknown, with its grounds.

use super::ConceptState;
use super::Condition;
use super::Exists;
use super::FlagId;
use super::latest;
use super::rights;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::dossier::spans;
use crate::domain::fact::ActState;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Sex;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Facts;
use crate::domain::finding::Finding;
use crate::domain::finding::Uses;
use crate::domain::measure::ConceptId;
use crate::domain::param::ParamId;
use crate::domain::verdict::Verdict;
use rust_decimal::Decimal;

/// How a partial birth date is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BirthReading {
    /// The convention of the prevention card: 1 July of the year, the 15th of the month.
    Card,
    /// For money: unknown where the two ends of the date disagree.
    Money,
}

/// The dossier on a reference day, and what has been read so far to answer.
#[derive(Debug)]
pub struct Context<'d> {
    pub dossier: &'d Dossier<'d>,
    /// The reference day: of ages, of what is known, of the values of parameters.
    pub day: Day,
    /// The month over which rights and states are looked at.
    pub month: Month,
    pub birth: BirthReading,
    /// The day whose parameters count; the reference day unless a photograph of an earlier day is
    /// read under later rules (the FMT).
    pub rules_of: Day,
    /// Every parameter read since this was last emptied.
    pub uses: Uses,
    /// What flags answered, with the parameters they read.
    flags: Vec<Option<(Finding<'d>, Uses)>>,
    /// The ages on the day of this memory, which nearly every question asks for.
    ages: (Day, BirthReading, Option<(i16, i16)>),
}

impl<'d> Context<'d> {
    pub fn new(dossier: &'d Dossier<'d>, day: Day, birth: BirthReading) -> Context<'d> {
        let flags = vec![None; dossier.rules().flags.len()];
        let ages = (day, birth, ages(dossier, birth, day));
        Context { dossier, day, month: day.month(), birth, rules_of: day, uses: Uses::default(), flags, ages }
    }

    /// Answers the context of the prevention card on a day.
    pub fn for_card(dossier: &'d Dossier<'d>, day: Day) -> Context<'d> {
        Context::new(dossier, day, BirthReading::Card)
    }

    /// Answers the context of a month of money: its last day, partial birth dates three-valued.
    pub fn for_month(dossier: &'d Dossier<'d>, month: Month) -> Context<'d> {
        Context::new(dossier, month.last_day(), BirthReading::Money)
    }

    /// Answers the parameters read since the last call, and starts anew.
    pub fn take_uses(&mut self) -> Uses {
        std::mem::take(&mut self.uses)
    }

    /// Answers a whole number in force on the reference day and notes that it was read.
    pub fn integer(&mut self, id: ParamId) -> Option<i32> {
        self.uses.note(id);
        self.dossier.rules().params.integer(id, self.rules_of)
    }

    /// Answers a number in force on the reference day and notes that it was read.
    pub fn number(&mut self, id: ParamId) -> Option<Decimal> {
        self.uses.note(id);
        self.dossier.rules().params.number(id, self.rules_of)
    }

    /// Answers a word in force on the reference day and notes that it was read.
    pub fn word(&mut self, id: ParamId) -> Option<&'d str> {
        self.uses.note(id);
        self.dossier.rules().params.word(id, self.rules_of)
    }

    /// Answers a day in force on the reference day and notes that it was read.
    pub fn date(&mut self, id: ParamId) -> Option<Day> {
        self.uses.note(id);
        self.dossier.rules().params.day(id, self.rules_of)
    }

    /// Says that a parameter has no known value: nothing can be concluded from it.
    pub fn parameter_unknown(&self, id: ParamId) -> Finding<'d> {
        let param = self.dossier.rules().params.get(id);
        Finding::unknown(&param.id, &param.label_fr)
    }

    /// Answers the lowest and highest age, in completed years, the person may have on `on`;
    /// `None` without a birth date. Negative: certainly not born yet.
    pub fn ages(&self, on: Day) -> Option<(i16, i16)> {
        let (day, birth, known) = self.ages;
        if (day, birth) == (on, self.birth) { known } else { ages(self.dossier, self.birth, on) }
    }

    /// Answers whether the completed years on `on` lie within the bounds, both included.
    pub fn age_within(&mut self, on: Day, bounds: (Option<ParamId>, Option<ParamId>)) -> Finding<'d> {
        match self.aged(on, bounds) {
            Ok(within) => Finding::truth(within),
            Err(Gap::Parameter(id)) => self.parameter_unknown(id),
            Err(Gap::BirthDate) => Finding::unknown("birth-date", "Date de naissance"),
            Err(Gap::WholeBirthDate) => Finding::unknown("birth-date", "Date de naissance complète"),
        }
    }

    /// Answers whether the completed years on `on` surely lie within the bounds, both included.
    pub fn is_aged(&mut self, on: Day, bounds: (Option<ParamId>, Option<ParamId>)) -> bool {
        matches!(self.aged(on, bounds), Ok(true))
    }

    fn aged(&mut self, on: Day, bounds: (Option<ParamId>, Option<ParamId>)) -> Result<bool, Gap> {
        if bounds == (None, None) {
            return Ok(true);
        }
        let (min, max) = (self.bound(bounds.0, i32::MIN), self.bound(bounds.1, i32::MAX));
        let (min, max) = (min?, max?);
        let (low, high) = self.ages(on).ok_or(Gap::BirthDate)?;
        let (low, high, min) = (i32::from(low), i32::from(high), min.max(0));
        // Between the two ends every age is possible, not only the ends themselves.
        if min <= low && high <= max {
            Ok(true)
        } else if min.max(low) <= max.min(high) {
            Err(Gap::WholeBirthDate)
        } else {
            Ok(false)
        }
    }

    fn bound(&mut self, id: Option<ParamId>, open: i32) -> Result<i32, Gap> {
        id.map_or(Ok(open), |id| self.integer(id).ok_or(Gap::Parameter(id)))
    }

    fn flag(&mut self, id: FlagId) -> Finding<'d> {
        let slot = usize::from(id.0);
        if let Some((finding, uses)) = &self.flags[slot] {
            self.uses.note_all(uses);
            return finding.clone();
        }
        let before = self.take_uses();
        let rules = self.dossier.rules();
        let finding = evaluate(&rules.flags[slot].condition, self);
        let read = std::mem::replace(&mut self.uses, before);
        self.uses.note_all(&read);
        self.flags[slot] = Some((finding.clone(), read));
        finding
    }
}

/// What keeps an age from being told.
#[derive(Clone, Copy)]
enum Gap {
    /// The bound has no known value.
    Parameter(ParamId),
    BirthDate,
    /// The two ends of the birth date disagree.
    WholeBirthDate,
}

fn ages(dossier: &Dossier<'_>, reading: BirthReading, on: Day) -> Option<(i16, i16)> {
    let birth = dossier.birth()?;
    if birth.earliest() > on {
        return Some((-1, -1));
    }
    let age = |born: Day| born.age_at(on).max(0);
    Some(match (reading, birth) {
        (_, PartialDate::Day(born)) => (age(born), age(born)),
        (BirthReading::Card, _) => (age(birth.midpoint()), age(birth.midpoint())),
        (BirthReading::Money, _) => (age(birth.latest()), age(birth.earliest())),
    })
}

/// Answers what the condition says of the context's dossier on its day.
pub fn evaluate<'d>(condition: &Condition, ctx: &mut Context<'d>) -> Finding<'d> {
    match condition {
        Condition::Always => Finding::of(Verdict::Yes),
        Condition::All(parts) => all(parts, ctx),
        Condition::Any(parts) => any(parts, ctx),
        Condition::None(parts) => {
            let finding = any(parts, ctx);
            Finding { verdict: !finding.verdict, ..finding }
        }
        Condition::AllOrAny { word, parts } => match ctx.word(*word) {
            Some(Condition::AND) => all(parts, ctx),
            Some(Condition::OR) => any(parts, ctx),
            _ => ctx.parameter_unknown(*word),
        },
        Condition::Age { min, max } => ctx.age_within(ctx.day, (*min, *max)),
        Condition::Sex(sex) => of_sex(*sex, ctx),
        Condition::Concept { concept, state } => coded(*concept, *state, ctx),
        Condition::Latest(latest) => latest::measured(latest, ctx),
        Condition::LatestCoded { question, value, absent } => latest::coded((*question, *value), absent, ctx),
        Condition::Exists(exists) => evidence_exists(exists, ctx),
        Condition::Right { right } => rights::right(*right, ctx),
        Condition::Ald { number } => rights::ald(*number, ctx),
        Condition::Recognition { observation, value } => rights::recognition((*observation, *value), ctx),
        Condition::Flag(id) => ctx.flag(*id),
    }
}

/// A single no decides and is the whole ground; else everything that holds or is missing is.
fn all<'d>(parts: &[Condition], ctx: &mut Context<'d>) -> Finding<'d> {
    let mut whole = Finding::of(Verdict::Yes);
    for part in parts {
        let finding = evaluate(part, ctx);
        if finding.verdict == Verdict::No {
            return finding;
        }
        whole.verdict = whole.verdict.and(finding.verdict);
        whole.absorb(finding);
    }
    whole
}

/// A single yes decides and is the whole ground; else all that was looked at is.
fn any<'d>(parts: &[Condition], ctx: &mut Context<'d>) -> Finding<'d> {
    let mut whole = Finding::of(Verdict::No);
    for part in parts {
        let finding = evaluate(part, ctx);
        if finding.verdict == Verdict::Yes {
            return finding;
        }
        whole.verdict = whole.verdict.or(finding.verdict);
        whole.absorb(finding);
    }
    whole
}

fn of_sex<'d>(sex: Sex, ctx: &Context<'d>) -> Finding<'d> {
    match ctx.dossier.patient().map(|p| p.sex) {
        Some(known @ (Sex::Female | Sex::Male)) => Finding::truth(known == sex),
        _ => Finding::unknown("sex", "Sexe"),
    }
}

/// Diagnoses are made on indication: none recorded means no, never unknown.
fn coded<'d>(concept: ConceptId, state: ConceptState, ctx: &Context<'d>) -> Finding<'d> {
    let mut found = Facts::new();
    for (fact, part) in ctx.dossier.with_concept(concept, Role::Code) {
        if part == 0 && in_state(fact, state, ctx) {
            found.push(fact);
        }
    }
    Finding::grounded(Verdict::of(!found.is_empty()), found)
}

fn in_state(fact: FactIndex, state: ConceptState, ctx: &Context<'_>) -> bool {
    let seen = match ctx.dossier.fact(fact) {
        Fact::Condition(_) => match ctx.dossier.condition(fact) {
            Some(seen) => seen,
            None => return false,
        },
        Fact::Act(act) => {
            return state == ConceptState::History
                && ctx.dossier.record(fact).kind == Kind::Procedure
                && act.state == ActState::Done
                && act.when.is_none_or(|w| w.earliest() <= ctx.day);
        }
        _ => return false,
    };
    match state {
        ConceptState::Active => spans::active(seen).is_some_and(|s| s.contains(ctx.day)),
        ConceptState::History => spans::known_from(seen.fact).is_some_and(|first| first <= ctx.day),
        ConceptState::InMonth => {
            spans::active(seen).is_some_and(|s| s.overlaps(ctx.month.first_day(), ctx.month.last_day()))
        }
    }
}

fn evidence_exists<'d>(exists: &Exists, ctx: &mut Context<'d>) -> Finding<'d> {
    let dossier = ctx.dossier;
    let own_age = dossier.rules().evidences[usize::from(exists.evidence.0)].min_age;
    let from = match exists.from {
        None => None,
        Some(id) => match ctx.date(id) {
            Some(day) => Some(day),
            None => return ctx.parameter_unknown(id),
        },
    };
    let mut whole = Finding::of(Verdict::No);
    for done in dossier.done(exists.evidence, ctx.day).iter().rev().filter(|d| from.is_none_or(|f| d.day >= f)) {
        let mut finding = ctx.age_within(done.day, (own_age, None));
        let asked = ctx.age_within(done.day, (exists.min_age, None));
        finding.verdict = finding.verdict.and(asked.verdict);
        finding.absorb(asked);
        if finding.verdict == Verdict::Yes {
            return Finding::grounded(Verdict::Yes, done.facts().collect());
        }
        whole.verdict = whole.verdict.or(finding.verdict);
        whole.absorb(finding);
    }
    if whole.verdict == Verdict::No {
        whole.missing.clear();
    }
    whole
}
