//! Series: a number of doses, once; an incomplete series holds for a while.

use super::Schedule;
use super::Series;
use super::part::INCOMPLETE;
use super::part::Part;
use super::part::Until;
use super::part::accepted;
use crate::domain::condition::Context;
use crate::domain::condition::evaluate;
use crate::domain::dossier::Done;

/// Answers whether the doses of the first schedule that applies were given.
pub(super) fn conclude<'d>(rule: &'d Series, ctx: &mut Context<'d>) -> Part<'d> {
    let Some(min_days) = ctx.integer(rule.min_days) else { return Part::unknown() };
    let all = accepted(rule.evidence, ctx);
    let doses = distinct(&all, min_days);
    let (Some(last), Some(latest)) = (doses.last(), all.last()) else { return Part::never() };
    let Some(schedule) = rule.schedules.iter().find(|s| applies(s, &doses, ctx)) else { return Part::never() };
    let (Some(needed), Some(months)) = (ctx.integer(schedule.doses), ctx.integer(schedule.incomplete_months)) else {
        return Part::unknown();
    };
    let complete = i32::try_from(doses.len()).is_ok_and(|given| given >= needed);
    let until = if complete { Until::Ever } else { Until::Day(last.day.add_months(months)) };
    let part = Part::until(until, latest, ctx.day);
    let reason = (!part.is_current()).then_some(INCOMPLETE);
    Part { reason, lead_days: schedule.lead_days, facts: doses.iter().flat_map(|d| d.facts()).collect(), ..part }
}

/// Answers the doses with those too close to the one before counted as that one.
fn distinct(all: &[Done], min_days: i32) -> Vec<&Done> {
    let mut kept: Vec<&Done> = Vec::with_capacity(all.len());
    for dose in all {
        if kept.last().is_none_or(|before| dose.day.days_since(before.day) >= min_days && dose.day > before.day) {
            kept.push(dose);
        }
    }
    kept
}

fn applies(schedule: &Schedule, doses: &[&Done], ctx: &mut Context<'_>) -> bool {
    let young_enough = schedule.first_dose_before.is_none_or(|id| {
        let age = doses.first().and_then(|d| ctx.ages(d.day)).map(|(age, _)| i32::from(age));
        ctx.integer(id).zip(age).is_some_and(|(limit, age)| age < limit)
    });
    let far_enough = schedule.min_spacing_months.is_none_or(|id| match doses {
        [first, second, ..] => ctx.integer(id).is_some_and(|months| second.day >= first.day.add_months(months)),
        _ => true,
    });
    young_enough && far_enough && evaluate(&schedule.when, ctx).verdict.is_yes()
}
