//! Rights in force during the month: coverages, exonerating ALD, handicap recognitions.

use super::evaluate::Context;
use crate::domain::calendar::Period;
use crate::domain::dossier::DaySpan;
use crate::domain::dossier::Role;
use crate::domain::dossier::spans;
use crate::domain::fact::ActState;
use crate::domain::fact::Fact;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Finding;
use crate::domain::measure::ConceptId;
use crate::domain::verdict::Verdict;

/// Rights are recorded when opened: none recorded means no.
fn finding(facts: Vec<FactIndex>) -> Finding {
    Finding::grounded(Verdict::of(!facts.is_empty()), facts)
}

fn in_month(span: DaySpan, ctx: &Context<'_>) -> bool {
    span.overlaps(ctx.month.first_day(), ctx.month.last_day())
}

/// Answers whether a coverage of that right holds at least one day of the month.
pub(super) fn right(right: ConceptId, ctx: &Context<'_>) -> Finding {
    let dossier = ctx.dossier;
    let coverages = dossier.with_concept(right, Role::Code).filter_map(|(fact, _)| dossier.coverage(fact));
    let held = coverages.filter(|seen| spans::covered(*seen).is_some_and(|s| in_month(s, ctx)));
    finding(held.map(|seen| seen.index).collect())
}

/// Answers whether an exonerating ALD, of the number where one is asked, holds at least one day
/// of the month. A number that a coverage exception names is decided by exceptions alone.
pub(super) fn ald(number: Option<ConceptId>, ctx: &Context<'_>) -> Finding {
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
    finding(facts)
}

fn push(facts: &mut Vec<FactIndex>, fact: FactIndex) {
    if !facts.contains(&fact) {
        facts.push(fact);
    }
}

fn number_in_month(number: ConceptId, ctx: &Context<'_>, facts: &mut Vec<FactIndex>) {
    let dossier = ctx.dossier;
    let mut governed = false;
    for (fact, part) in dossier.with_concept(number, Role::Exception) {
        let Some((seen, covered)) = dossier.coverage(fact).and_then(|s| Some((s, spans::covered(s)?))) else {
            continue;
        };
        let Some(exception) = part.checked_sub(1).and_then(|n| seen.fact.exceptions.get(n)) else { continue };
        governed = true;
        if in_month(spans::excepted(&exception.period, covered, seen.fact.active), ctx) {
            push(facts, fact);
        }
    }
    if governed {
        return;
    }
    for (fact, _) in dossier.with_concept(number, Role::Category) {
        let span = dossier.condition(fact).and_then(spans::active);
        if span.is_some_and(|s| in_month(s, ctx)) {
            push(facts, fact);
        }
    }
}

/// A coverage of type `ald` whose exceptions name no known number is a right of unknown number.
fn unnumbered(ctx: &Context<'_>, facts: &mut Vec<FactIndex>) {
    let dossier = ctx.dossier;
    let rules = dossier.rules();
    for (fact, _) in dossier.with_concept(rules.ald_right, Role::Code) {
        let Some(seen) = dossier.coverage(fact) else { continue };
        let numbered = (1..=seen.fact.exceptions.len())
            .any(|part| rules.ald_numbers.iter().any(|n| dossier.is_part(seen.index, Role::Exception, part, *n)));
        if !numbered && spans::covered(seen).is_some_and(|s| in_month(s, ctx)) {
            push(facts, seen.index);
        }
    }
}

/// Answers whether a recognition with one of the values holds at least one day of the month. One
/// dated without a period holds from its date on.
pub(super) fn recognition((observation, value): (ConceptId, ConceptId), ctx: &Context<'_>) -> Finding {
    let dossier = ctx.dossier;
    let held = dossier.with_concept(observation, Role::Code).filter(|(fact, part)| {
        let Fact::Act(act) = dossier.fact(*fact) else { return false };
        let open = Period { start: act.when, end: None };
        let period = act.period.filter(|p| p.start.is_some() || p.end.is_some());
        let dated = period.or(act.when.map(|_| open));
        act.state == ActState::Done
            && dossier.is_part(*fact, Role::Value, *part, value)
            && dated.is_some_and(|p| p.overlaps(ctx.month.first_day(), ctx.month.last_day()))
    });
    finding(held.map(|(fact, _)| fact).collect())
}
