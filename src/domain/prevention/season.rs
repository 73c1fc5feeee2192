//! Season: one dose a season, counting until the campaign of the next one starts.

use super::Season;
use super::part::Part;
use super::part::Until;
use super::part::accepted;
use crate::domain::calendar::Day;
use crate::domain::condition::Context;
use crate::domain::param::ParamId;

/// Answers whether the season's dose was given. A dose belongs to the season whose window it is
/// in, and counts until the campaign after that season; so the latest dose decides alone.
pub(super) fn conclude<'d>(rule: &'d Season, ctx: &mut Context<'d>) -> Part<'d> {
    let (Some(campaign), Some(window)) = (month_day(rule.campaign_start, ctx), month_day(rule.window_start, ctx))
    else {
        return Part::unknown();
    };
    let doses = accepted(rule.evidence, ctx);
    let Some(dose) = doses.last() else { return Part::never() };
    let season = if dose.day.month_day() >= window { dose.day.year() } else { dose.day.year() - 1 };
    match Day::new(season.saturating_add(1), campaign.0, campaign.1) {
        Ok(end) => Part::until(Until::Day(end), dose, ctx.day),
        Err(_) => Part::unknown(),
    }
}

/// Reads a word `MM-DD`.
fn month_day(id: ParamId, ctx: &mut Context<'_>) -> Option<(i8, i8)> {
    let (month, day) = ctx.word(id)?.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}
