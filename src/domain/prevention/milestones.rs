//! Milestones: a booster due at fixed ages, each satisfied by a dose from a little before.

use super::Milestones;
use super::MustContain;
use super::part::Part;
use super::part::Until;
use super::part::accepted;
use crate::domain::calendar::Day;
use crate::domain::condition::Context;
use crate::domain::dossier::Done;

/// One milestone, dated for this person.
struct Milestone {
    age: i32,
    /// The birthday itself: from then on the dose is due.
    due: Day,
    /// From then on a dose satisfies it.
    opens: Day,
}

/// Answers until when the latest dose holds: the birthday of the first milestone it does not
/// satisfy.
pub(super) fn conclude<'d>(rule: &'d Milestones, ctx: &mut Context<'d>) -> Part<'d> {
    let Some(birth) = ctx.dossier.birth().map(|b| b.midpoint()) else { return Part::unknown() };
    let Some(milestones) = dated(rule, birth, ctx) else { return Part::unknown() };
    let mut doses = accepted(rule.evidence, ctx).into_owned();
    let containing = match &rule.must_contain {
        Some(must) => accepted(must.evidence, ctx),
        None => Default::default(),
    };
    doses.extend(containing.iter().filter(|d| !doses.iter().any(|k| k.fact == d.fact)).cloned().collect::<Vec<_>>());
    let Some(last) = doses.iter().max_by_key(|d| (d.moment(), d.fact)) else { return Part::never() };
    let satisfied = milestones.iter().filter(|m| last.day >= m.opens).count();
    let until = milestones.get(satisfied).map_or(Until::Ever, |next| Until::Day(next.due));
    let part = Part::until(until, last, ctx.day);
    match &rule.must_contain {
        Some(must) => with_content(must, part, &milestones, &containing, ctx),
        None => part,
    }
}

fn dated(rule: &Milestones, birth: Day, ctx: &mut Context<'_>) -> Option<Vec<Milestone>> {
    let mut dated = Vec::with_capacity(rule.ages.len());
    for (age, tolerance) in &rule.ages {
        let age = ctx.integer(*age)?;
        let tolerance = ctx.integer(*tolerance)?;
        let due = birth.birthday(i16::try_from(age).ok()?);
        dated.push(Milestone { age, due, opens: due.add_months(tolerance.checked_mul(-12)?) });
    }
    Some(dated)
}

/// Brings the end forward to the milestone whose dose must contain more, when none does.
fn with_content<'d>(
    must: &'d MustContain,
    part: Part<'d>,
    milestones: &[Milestone],
    containing: &[Done],
    ctx: &mut Context<'d>,
) -> Part<'d> {
    let (Some(at), Some(until)) = (ctx.integer(must.at), ctx.integer(must.until)) else { return Part::unknown() };
    let Some(age) = ctx.ages(ctx.day).map(|(age, _)| i32::from(age)) else { return Part::unknown() };
    let Some(position) = milestones.iter().position(|m| m.age == at) else { return part };
    let passed = milestones.get(position + 1).is_some_and(|next| age >= next.age);
    let demanded = &milestones[position];
    let contained = containing.iter().any(|d| d.day >= demanded.opens);
    let until_then = Until::Day(demanded.due);
    let ends_before = part.due.is_some_and(|due| Until::Day(due) <= until_then);
    if passed || age > until || contained || ends_before {
        return part;
    }
    let Some(last) = part.last else { return part };
    let earlier = Part::until(until_then, &last, ctx.day);
    let reason = (!earlier.is_current()).then_some(&*must.reason);
    Part { reason, ..earlier }
}
