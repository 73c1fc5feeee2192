//! Rights in force during the month: coverages, exonerating ALD, handicap recognitions.

use super::evaluate::Context;
use crate::domain::calendar::Period;
use crate::domain::dossier::DaySpan;
use crate::domain::dossier::Role;
use crate::domain::dossier::spans;
use crate::domain::fact::ActState;
use crate::domain::fact::Fact;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Facts;
use crate::domain::finding::Finding;
use crate::domain::measure::ConceptId;
use crate::domain::verdict::Verdict;

/// Rights are recorded when opened: none recorded means no.
fn finding<'d>(held: impl Iterator<Item = Held>) -> Finding<'d> {
    let mut facts = Facts::new();
    held.for_each(|(fact, _)| facts.push(fact));
    Finding::grounded(Verdict::of(!facts.is_empty()), facts)
}

/// What records a right, and the days over which it holds.
pub(super) type Held = (FactIndex, DaySpan);

fn in_month(span: DaySpan, ctx: &Context<'_>) -> bool {
    span.overlaps(ctx.month.first_day(), ctx.month.last_day())
}

/// Answers whether a coverage of that right holds at least one day of the month.
pub(super) fn right<'d>(right: ConceptId, ctx: &Context<'d>) -> Finding<'d> {
    finding(rights(right, ctx))
}

/// Answers the days of the coverages of that right that hold at least one day of the month.
pub(super) fn right_spans(right: ConceptId, ctx: &Context<'_>) -> impl Iterator<Item = DaySpan> {
    rights(right, ctx).map(|(_, span)| span)
}

fn rights(right: ConceptId, ctx: &Context<'_>) -> impl Iterator<Item = Held> {
    let dossier = ctx.dossier;
    let coverages = dossier.with_concept(right, Role::Code).filter_map(|(fact, _)| dossier.coverage(fact));
    let held = coverages.filter_map(|seen| Some((seen.index, spans::covered(seen)?)));
    held.filter(|(_, span)| in_month(*span, ctx))
}

/// Answers whether an exonerating ALD, of the number where one is asked, holds at least one day
/// of the month. A number that a coverage exception names is decided by exceptions alone.
pub(super) fn ald<'d>(number: Option<ConceptId>, ctx: &Context<'d>) -> Finding<'d> {
    finding(ald_spans(number, ctx).into_iter())
}

/// Answers what records such an ALD in the month, with the days over which it holds.
pub(super) fn ald_spans(number: Option<ConceptId>, ctx: &Context<'_>) -> Vec<Held> {
    let rules = ctx.dossier.rules();
    let mut facts = Vec::new();
    match &number {
        Some(asked) => number_in_month(*asked, ctx, &mut facts),
        None => {
            for known in rules.ald_numbers.iter().filter(|number| ctx.dossier.has(**number)) {
                number_in_month(*known, ctx, &mut facts);
            }
            unnumbered(ctx, &mut facts);
        }
    }
    facts
}

/// Several exceptions of one coverage are one fact, over the days of all of them.
fn push(facts: &mut Vec<Held>, (fact, span): Held) {
    match facts.iter_mut().find(|(known, _)| *known == fact) {
        Some((_, held)) => *held = DaySpan { first: held.first.min(span.first), last: held.last.max(span.last) },
        None => facts.push((fact, span)),
    }
}

fn number_in_month(number: ConceptId, ctx: &Context<'_>, facts: &mut Vec<Held>) {
    let dossier = ctx.dossier;
    let mut governed = false;
    for (fact, part) in dossier.with_concept(number, Role::Exception) {
        let Some((seen, covered)) = dossier.coverage(fact).and_then(|s| Some((s, spans::covered(s)?))) else {
            continue;
        };
        let Some(exception) = part.checked_sub(1).and_then(|n| seen.fact.exceptions.get(n)) else { continue };
        governed = true;
        let span = spans::excepted(&exception.period, covered, seen.fact.active);
        if in_month(span, ctx) {
            push(facts, (fact, span));
        }
    }
    if governed {
        return;
    }
    for (fact, _) in dossier.with_concept(number, Role::Category) {
        let span = dossier.condition(fact).and_then(spans::active);
        if let Some(span) = span.filter(|span| in_month(*span, ctx)) {
            push(facts, (fact, span));
        }
    }
}

/// A coverage of type `ald` whose exceptions name no known number is a right of unknown number.
fn unnumbered(ctx: &Context<'_>, facts: &mut Vec<Held>) {
    let dossier = ctx.dossier;
    let rules = dossier.rules();
    for (fact, _) in dossier.with_concept(rules.ald_right, Role::Code) {
        let Some(seen) = dossier.coverage(fact) else { continue };
        let numbered = (1..=seen.fact.exceptions.len())
            .any(|part| rules.ald_numbers.iter().any(|n| dossier.is_part(seen.index, Role::Exception, part, *n)));
        if let Some(span) = spans::covered(seen).filter(|span| !numbered && in_month(*span, ctx)) {
            push(facts, (seen.index, span));
        }
    }
}

/// Answers whether a recognition with one of the values holds at least one day of the month. One
/// dated without a period holds from its date on.
pub(super) fn recognition<'d>(asked: (ConceptId, ConceptId), ctx: &Context<'d>) -> Finding<'d> {
    finding(recognitions(asked, ctx))
}

/// Answers what records such a recognition in the month, with the days over which it holds.
pub(super) fn recognitions(
    (observation, value): (ConceptId, ConceptId),
    ctx: &Context<'_>,
) -> impl Iterator<Item = Held> {
    let dossier = ctx.dossier;
    let held = dossier.with_concept(observation, Role::Code).filter_map(move |(fact, part)| {
        let Fact::Act(act) = dossier.fact(fact) else { return None };
        let open = Period { start: act.when, end: None };
        let period = act.period.filter(|p| p.start.is_some() || p.end.is_some());
        let dated = period.or(act.when.map(|_| open))?;
        let counts = act.state == ActState::Done && dossier.is_part(fact, Role::Value, part, value);
        counts.then(|| (fact, DaySpan::of(&dated)))
    });
    held.filter(|(_, span)| in_month(*span, ctx))
}
