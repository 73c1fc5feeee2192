//! The latest measured number or coded answer, compared.

use super::Absent;
use super::Compare;
use super::Latest;
use super::LatestBound;
use super::evaluate::Context;
use super::evaluate::evaluate;
use crate::domain::calendar::Day;
use crate::domain::dossier::DaySpan;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Reading;
use crate::domain::dossier::Role;
use crate::domain::dossier::spans;
use crate::domain::fact::ActState;
use crate::domain::fact::Comparator;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Value;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Facts;
use crate::domain::finding::Finding;
use crate::domain::measure::ConceptId;
use crate::domain::measure::MeasureId;
use crate::domain::verdict::Verdict;
use rust_decimal::Decimal;

/// Answers whether the latest reading among the measures satisfies the bounds of its measure.
pub(super) fn measured<'d>(latest: &Latest, ctx: &mut Context<'d>) -> Finding<'d> {
    let oldest = match latest.within_months {
        None => None,
        // Same day so many calendar months before, both ends included.
        Some(id) => match ctx.integer(id) {
            Some(months) => Some(ctx.day.add_months(-months)),
            None => return ctx.parameter_unknown(id),
        },
    };
    let dossier = ctx.dossier;
    let reading = |bound: &LatestBound| counted(dossier, (bound.measure, latest.not_during), ctx.day);
    let recent = |bound: &LatestBound| reading(bound).filter(|r| is_recent(r, oldest));
    let Some(moment) = latest.of.iter().filter_map(recent).map(|r| (r.day, r.second)).max() else {
        return none_measured(latest, ctx);
    };
    // Two measures of the very same moment: either may satisfy.
    let mut whole = Finding::of(Verdict::No);
    for bound in &latest.of {
        let reading = counted(dossier, (bound.measure, latest.not_during), ctx.day);
        let Some(reading) = reading.filter(|r| (r.day, r.second) == moment) else { continue };
        let finding = judge(latest, bound, reading, ctx);
        whole.verdict = whole.verdict.or(finding.verdict);
        whole.absorb(finding);
    }
    whole
}

/// Answers the value of a measure that counts on a day: the latest that was surely not taken while the
/// problem, if one is named, was active.
pub fn counted<'d>(
    dossier: &'d Dossier<'_>,
    (measure, not_during): (MeasureId, Option<ConceptId>),
    on: Day,
) -> Option<&'d Reading> {
    let Some(problem) = not_during else { return dossier.latest(measure, on) };
    let active = dossier.with_concept(problem, Role::Code).filter(|(_, part)| *part == 0);
    let active: Vec<DaySpan> = active.filter_map(|(fact, _)| dossier.condition(fact).and_then(spans::active)).collect();
    let within = |reading: &Reading| {
        let (first, last) = (reading.date.earliest(), reading.date.latest());
        active.iter().any(|span| span.overlaps(first, last))
    };
    dossier.readings(measure, on).iter().rev().find(|reading| !within(reading))
}

fn is_recent(reading: &Reading, oldest: Option<Day>) -> bool {
    oldest.is_none_or(|o| reading.day >= o)
}

fn none_measured<'d>(latest: &Latest, ctx: &mut Context<'d>) -> Finding<'d> {
    let measures = &ctx.dossier.rules().measures;
    let mut unknown = Finding::of(Verdict::Unknown);
    for bound in &latest.of {
        let measure = measures.get(bound.measure);
        unknown.absorb(Finding::unknown(&measure.id, &measure.label_fr));
    }
    absent(&latest.absent, unknown, ctx)
}

/// Answers what the absence of an answer says; `unknown` is what to say where it leaves it open.
fn absent<'d>(rule: &Absent, mut unknown: Finding<'d>, ctx: &mut Context<'d>) -> Finding<'d> {
    match rule {
        Absent::No => Finding::of(Verdict::No),
        Absent::Yes => Finding::of(Verdict::Yes),
        Absent::Unknown => unknown,
        Absent::UnknownIf(condition) => {
            let finding = evaluate(condition, ctx);
            match finding.verdict {
                Verdict::No => finding,
                Verdict::Yes => unknown,
                Verdict::Unknown => {
                    unknown.absorb(finding);
                    unknown
                }
            }
        }
    }
}

/// A measure that exists but was taken at another age is a no, not an absence: something was
/// measured, and it is not this.
fn judge<'d>(latest: &Latest, bound: &LatestBound, reading: &Reading, ctx: &mut Context<'d>) -> Finding<'d> {
    let facts = || std::iter::once(reading.fact).chain(reading.also).collect::<Facts>();
    let mut whole = ctx.age_within(reading.day, latest.age_at_measure);
    for (compare, id) in &bound.bounds {
        let Some(limit) = ctx.number(*id) else {
            whole.verdict = whole.verdict.and(Verdict::Unknown);
            whole.absorb(ctx.parameter_unknown(*id));
            continue;
        };
        match holds(reading, *compare, limit) {
            Verdict::Yes => {}
            Verdict::No => return Finding::grounded(Verdict::No, facts()),
            Verdict::Unknown => {
                let measure = ctx.dossier.rules().measures.get(bound.measure);
                whole.verdict = whole.verdict.and(Verdict::Unknown);
                whole.absorb(Finding::unknown(&measure.id, &measure.label_fr));
            }
        }
    }
    if whole.verdict == Verdict::No {
        whole.missing.clear();
    }
    whole.evidence = facts();
    whole
}

/// Answers whether a value is on the side of the limit that is asked for; of one that is only bounded,
/// whether all it may be is there, or nothing of it.
fn holds(reading: &Reading, compare: Compare, limit: Decimal) -> Verdict {
    match compare {
        Compare::AtLeast => reaches(reading, limit),
        Compare::Above => exceeds(reading, limit),
        Compare::AtMost => !exceeds(reading, limit),
        Compare::Below => !reaches(reading, limit),
    }
}

/// Answers whether a value is the limit or more.
fn reaches(reading: &Reading, limit: Decimal) -> Verdict {
    let value = reading.value;
    match reading.comparator {
        None => Verdict::of(value >= limit),
        Some(Comparator::Below) if value <= limit => Verdict::No,
        Some(Comparator::AtMost) if value < limit => Verdict::No,
        Some(Comparator::AtLeast | Comparator::Above) if value >= limit => Verdict::Yes,
        Some(_) => Verdict::Unknown,
    }
}

/// Answers whether a value is more than the limit.
fn exceeds(reading: &Reading, limit: Decimal) -> Verdict {
    let value = reading.value;
    match reading.comparator {
        None => Verdict::of(value > limit),
        Some(Comparator::Below | Comparator::AtMost) if value <= limit => Verdict::No,
        Some(Comparator::Above) if value >= limit => Verdict::Yes,
        Some(Comparator::AtLeast) if value > limit => Verdict::Yes,
        Some(_) => Verdict::Unknown,
    }
}

/// Answers whether the latest answer to the question is one of the values. Of answers of one and the
/// same moment none is the later, whichever came first: where they contradict each other nobody knows.
pub(super) fn coded<'d>(
    (question, value): (ConceptId, ConceptId),
    rule: &Absent,
    ctx: &mut Context<'d>,
) -> Finding<'d> {
    let dossier = ctx.dossier;
    let concept = dossier.rules().concepts.get(question);
    let answers = latest_answers(dossier, question, ctx.day);
    let says = |(fact, part): &(FactIndex, usize)| dossier.is_part(*fact, Role::Value, *part, value);
    let Some(first) = answers.first().map(says) else {
        return absent(rule, Finding::unknown(&concept.id, &concept.label_fr), ctx);
    };
    let verdict =
        if answers.iter().all(|answer| says(answer) == first) { Verdict::of(first) } else { Verdict::Unknown };
    let evidence = answers.iter().map(|(fact, _)| *fact).collect();
    match verdict {
        Verdict::Unknown => Finding { evidence, ..Finding::unknown(&concept.id, &concept.label_fr) },
        told => Finding::grounded(told, evidence),
    }
}

/// Answers the day of the latest answer to the question, on or before `on`.
pub(super) fn answered_on(dossier: &Dossier<'_>, question: ConceptId, on: Day) -> Option<Day> {
    let (fact, _) = *latest_answers(dossier, question, on).first()?;
    match dossier.fact(fact) {
        Fact::Act(act) => act.when.map(|when| when.earliest()),
        _ => None,
    }
}

/// Answers the answers of the latest moment, in order of facts.
fn latest_answers(dossier: &Dossier<'_>, question: ConceptId, on: Day) -> Vec<(FactIndex, usize)> {
    let mut latest = None;
    let mut answers = Vec::new();
    for (fact, part) in dossier.with_concept(question, Role::Code) {
        let Some(moment) = answered_at(dossier, (fact, part)).filter(|(day, _)| *day <= on) else { continue };
        if latest.is_none_or(|latest| moment > latest) {
            latest = Some(moment);
            answers.clear();
        }
        if latest == Some(moment) {
            answers.push((fact, part));
        }
    }
    answers
}

/// Answers when that part of a fact was answered; `None` when it was not.
fn answered_at(dossier: &Dossier<'_>, (fact, part): (FactIndex, usize)) -> Option<(Day, Option<u32>)> {
    // A report is no answer: what it refers to is.
    if dossier.record(fact).kind == Kind::DiagnosticReport {
        return None;
    }
    let Fact::Act(act) = dossier.fact(fact) else { return None };
    let (value, absent) = match part.checked_sub(1) {
        None => (&act.value, act.absent),
        Some(n) => act.components.get(n).map(|c| (&c.value, c.absent))?,
    };
    let answered = act.state == ActState::Done && !absent && *value != Value::None;
    act.when.filter(|_| answered).map(|when| (when.earliest(), when.second))
}
