//! Validity: each accepted proof counts for a time; an abnormal result overrides the others.

use super::Abnormal;
use super::ItemStatus;
use super::Proof;
use super::Tier;
use super::Validity;
use super::part::INCOMPLETE;
use super::part::Part;
use super::part::Until;
use super::part::accepted;
use crate::domain::condition::Context;
use crate::domain::condition::EvidenceId;
use crate::domain::condition::evaluate;
use crate::domain::dossier::Done;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::fact::Comparator;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Value;
use rust_decimal::Decimal;

/// An evidence after the latest abnormal result, or any evidence where there was none.
struct Filter<'d> {
    abnormal: Option<&'d Abnormal>,
    /// The latest abnormal result, cleared since.
    since: Option<Done>,
}

/// Answers the conclusion of the first tier that applies; the others accept nothing.
pub(super) fn conclude<'d>(rule: &'d Validity, ctx: &mut Context<'d>) -> Part<'d> {
    let Some(tier) = rule.tiers.iter().find(|t| evaluate(&t.when, ctx).verdict.is_yes()) else {
        return Part::never();
    };
    let mut filter = Filter { abnormal: rule.abnormal.as_ref(), since: None };
    let months = shortest(tier, ctx);
    if let Some(abnormal) = filter.abnormal
        && let Some(found) = latest_abnormal(abnormal, ctx)
    {
        if !is_cleared(abnormal, &found, ctx) {
            return Part { months, lead_days: tier.lead_days, ..follow_up(abnormal, &found, ctx) };
        }
        filter.since = Some(found);
    }
    Part { months, lead_days: tier.lead_days, ..best(tier, &filter, ctx) }
}

/// Answers the shortest interval of the tier, in months.
fn shortest(tier: &Tier, ctx: &mut Context<'_>) -> Option<i32> {
    tier.proofs.iter().filter_map(|p| ctx.integer(p.months?)).min()
}

/// Until it is followed up, an abnormal result decides alone.
fn follow_up<'d>(abnormal: &'d Abnormal, found: &Done, ctx: &mut Context<'d>) -> Part<'d> {
    let Some(months) = ctx.integer(abnormal.months) else { return Part::unknown() };
    let until = Until::Day(found.day.add_months(months));
    Part { reason: Some(&abnormal.reason), ..Part::until(until, found, ctx.day) }
}

fn best<'d>(tier: &'d Tier, filter: &Filter<'_>, ctx: &mut Context<'d>) -> Part<'d> {
    let mut best: Option<(Until, Done)> = None;
    let mut last: Option<Done> = None;
    let mut incomplete: Option<Done> = None;
    for (n, proof) in tier.proofs.iter().enumerate() {
        let normal = usable(proof.evidence, filter, ctx);
        let Some(done) = normal.iter().rev().find(|d| governs(&tier.proofs[..=n], d, &normal, ctx)) else {
            continue;
        };
        if !is_enough(proof, &normal, ctx) {
            incomplete = latest(incomplete, done);
            continue;
        }
        let until = match proof.months {
            None => Until::Ever,
            Some(id) => match ctx.integer(id) {
                Some(months) => Until::Day(done.day.add_months(months)),
                None => return Part::unknown(),
            },
        };
        if best.as_ref().is_none_or(|(end, _)| until > *end) {
            best = Some((until, done.clone()));
        }
        last = latest(last, done);
    }
    match (best, incomplete) {
        (Some((until, done)), _) => {
            let mut part = Part::until(until, &done, ctx.day);
            if let Some(last) = last.filter(|l| l.fact != done.fact) {
                part.facts.extend(last.facts());
                part.last = Some(last);
            }
            part
        }
        (None, Some(done)) => Part {
            status: ItemStatus::Expired,
            reason: Some(INCOMPLETE),
            facts: done.facts().collect(),
            last: Some(done),
            ..Part::never()
        },
        (None, None) => Part::never(),
    }
}

fn latest(known: Option<Done>, done: &Done) -> Option<Done> {
    match known {
        Some(known) if known.moment() >= done.moment() => Some(known),
        _ => Some(done.clone()),
    }
}

/// Answers the accepted acts of the evidence with a normal result, after the abnormal one if any.
fn usable<'d>(evidence: EvidenceId, filter: &Filter<'_>, ctx: &mut Context<'d>) -> std::borrow::Cow<'d, [Done]> {
    let all = accepted(evidence, ctx);
    let Some(abnormal) = filter.abnormal else { return all };
    let watched = abnormal.evidence.contains(&evidence);
    let counts = |d: &Done| {
        let normal = !(watched && is_abnormal(ctx.dossier, d));
        normal && filter.since.as_ref().is_none_or(|since| follows(abnormal, since, d))
    };
    if all.iter().all(counts) { all } else { all.iter().filter(|d| counts(d)).cloned().collect() }
}

/// Answers whether the last of `proofs` is the first of them that accepts the act.
fn governs(proofs: &[Proof], done: &Done, normal: &[Done], ctx: &mut Context<'_>) -> bool {
    let Some((proof, earlier)) = proofs.split_last() else { return false };
    accepts(proof, done, normal, ctx)
        && !earlier.iter().any(|p| p.evidence == proof.evidence && accepts(p, done, normal, ctx))
}

fn accepts(proof: &Proof, done: &Done, normal: &[Done], ctx: &mut Context<'_>) -> bool {
    let counted = match proof.only_if_count {
        None => true,
        Some(id) => ctx.integer(id) == i32::try_from(days(normal)).ok(),
    };
    counted && ctx.is_aged(ctx.day, proof.age_now) && ctx.is_aged(done.day, proof.age_at)
}

/// Answers whether there are as many acts as the proof needs.
fn is_enough(proof: &Proof, normal: &[Done], ctx: &mut Context<'_>) -> bool {
    let Some(id) = proof.min_count else { return true };
    ctx.integer(id).is_some_and(|needed| i32::try_from(days(normal)).is_ok_and(|n| n >= needed))
}

/// Two records of one day are one act told twice.
fn days(done: &[Done]) -> usize {
    done.chunk_by(|a, b| a.day == b.day).count()
}

fn latest_abnormal(abnormal: &Abnormal, ctx: &mut Context<'_>) -> Option<Done> {
    let mut found: Option<Done> = None;
    for evidence in &abnormal.evidence {
        let all = accepted(*evidence, ctx);
        if let Some(done) = all.iter().rfind(|d| is_abnormal(ctx.dossier, d)) {
            found = latest(found, done);
        }
    }
    found
}

fn is_cleared(abnormal: &Abnormal, found: &Done, ctx: &mut Context<'_>) -> bool {
    let by_normal = abnormal.cleared_by.is_empty();
    let by = if by_normal { &abnormal.evidence } else { &abnormal.cleared_by };
    by.iter().any(|evidence| {
        accepted(*evidence, ctx)
            .iter()
            .any(|d| (!by_normal || is_normal(ctx.dossier, d)) && follows(abnormal, found, d))
    })
}

/// Answers whether an act says that all is well: a report that refers to its results, and concludes
/// nothing itself, leaves it to them.
fn is_normal(dossier: &Dossier<'_>, done: &Done) -> bool {
    let leaves_it = match dossier.fact(done.fact) {
        Fact::Act(act) => {
            dossier.record(done.fact).kind == Kind::DiagnosticReport
                && act.value == Value::Other
                && act.interpretation.is_empty()
        }
        _ => false,
    };
    !leaves_it && !is_abnormal(dossier, done)
}

/// A named clearing act counts from the very day of the abnormal result; a normal result must come
/// after it: of two results of one moment the abnormal one counts.
fn follows(abnormal: &Abnormal, found: &Done, done: &Done) -> bool {
    if abnormal.cleared_by.is_empty() {
        let later_that_day =
            done.day == found.day && matches!((done.second, found.second), (Some(this), Some(other)) if this > other);
        done.day > found.day || later_that_day
    } else {
        done.day >= found.day
    }
}

/// Answers whether a result is abnormal; a result that is not told is normal.
fn is_abnormal(dossier: &Dossier<'_>, done: &Done) -> bool {
    let concept = dossier.rules().not_done.abnormal;
    let Fact::Act(act) = dossier.fact(done.fact) else { return false };
    let said = [Role::Interpretation, Role::Value, Role::Code];
    let above = |value: Decimal| act.reference_high.is_some_and(|high| value > high);
    said.iter().any(|role| dossier.carries(done.fact, *role, concept))
        || match &act.value {
            Value::Boolean(positive) => *positive,
            Value::Quantity { value, .. } => above(*value),
            Value::Integer(n) => above(Decimal::from(*n)),
            // Above a number that is the limit or beyond it.
            Value::Bounded { comparator: Comparator::Above, value, .. } => {
                act.reference_high.is_some_and(|high| *value >= high)
            }
            Value::Bounded { comparator: Comparator::AtLeast, value, .. } => above(*value),
            _ => false,
        }
}
