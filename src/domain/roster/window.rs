//! The days of a membership: what is told of them, and nothing more.

use super::Roster;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::condition::BirthReading;
use crate::domain::condition::Bound;
use crate::domain::condition::Cause;
use crate::domain::condition::Context;
use crate::domain::condition::Window;
use crate::domain::condition::holding;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::Span;
use crate::domain::enrolment::StructureScope;
use crate::domain::enrolment::consulted_since;
use crate::domain::pathway;
use crate::domain::pathway::State;
use crate::domain::rules::Rules;
use crate::domain::typologie::PatientMonth;
use crate::domain::typologie::TypologieResult;
use crate::domain::typologie::declared_over;

/// Answers the days of a patient on a roster he is on in the month.
pub fn days(roster: Roster, dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: &PatientMonth) -> Window {
    let of_month = month_of(month.month);
    let own = ground(roster, dossier, month);
    let window = match roster {
        Roster::FileActive => file_active(dossier, scope, month),
        Roster::Typologie(_) => own.unwrap_or(of_month).within(file_active(dossier, scope, month)),
        Roster::Pathway(_) => own.unwrap_or(of_month).within(alive(month)),
        Roster::Entered(n) | Roster::Waiting(n) => stay_of(n, dossier, scope, month).unwrap_or(of_month),
    };
    // Where the two do not meet in one day, the whole month is due all the same.
    if window.is_empty() { of_month } else { window }
}

/// Answers over which days the typology or the pathway holds by itself; `None` where nobody tells.
pub(super) fn ground(roster: Roster, dossier: &Dossier<'_>, month: &PatientMonth) -> Option<Window> {
    match roster {
        // What an EpisodeOfCare tells is compared by itself.
        Roster::FileActive | Roster::Entered(_) | Roster::Waiting(_) => None,
        Roster::Typologie(n) => {
            let result = month.typologies.iter().find(|result| result.typologie == n)?;
            typologie(dossier, month.month, result)
        }
        Roster::Pathway(n) => {
            let mut ctx = Context::new(dossier, month.month.last_day(), BirthReading::Money);
            holding(&dossier.rules().pathways[n].eligible, &mut ctx)
        }
    }
}

/// From the day somebody entered, or asked to, until he leaves.
fn stay_of(pathway: usize, dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: &PatientMonth) -> Option<Window> {
    let stay = pathway::stay(dossier, scope, &dossier.rules().pathways[pathway], month.month.last_day())?;
    let from = if stay.state == State::Waiting { stay.waiting.map(|(day, _)| day) } else { stay.since };
    Some(of_span(Span { start: from, end: stay.until }, Cause::Month))
}

/// Declared, eligible, or both: each with its days.
fn typologie(dossier: &Dossier<'_>, month: Month, result: &TypologieResult) -> Option<Window> {
    let rule = &dossier.rules().typologies[result.typologie];
    let mut ctx = Context::for_month(dossier, month);
    let declared = match declared_over(dossier, rule, month) {
        // A declaration never overrides the limits of age and sex.
        Some(span) => Some(of_span(span, Cause::Declaration).within(holding(&rule.limits, &mut ctx)?)),
        None => None,
    };
    if !result.eligible.is_yes() {
        return declared;
    }
    let eligible = holding(&rule.eligible, &mut ctx)?;
    Some(declared.map_or(eligible, |declared| declared.hull(eligible)))
}

/// From the later of enrolment and first consultation to the first of what ends it.
fn file_active(dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: &PatientMonth) -> Window {
    let (since, until) = month.enrolment;
    let bound = |cause: Cause| move |day: Day| Bound { day, cause };
    let enrolled = Window { from: since.map(bound(Cause::Enrolment)), until: until.map(bound(Cause::Enrolment)) };
    let last = month.month.last_day();
    let first = window_months(dossier.rules(), last).and_then(|n| consulted_since(dossier, scope, n, last));
    let ends = month.consulted.and_then(|day| window_end(dossier.rules(), last, day));
    let seen = Window { from: first.map(bound(Cause::Consultation)), until: ends.map(bound(Cause::Consultation)) };
    enrolled.within(seen).within(alive(month))
}

fn alive(month: &PatientMonth) -> Window {
    Window { from: None, until: month.died.map(|day| Bound { day, cause: Cause::Death }) }
}

/// Answers how many months a consultation counts, by the rules of a day.
pub(super) fn window_months(rules: &Rules, on: Day) -> Option<i32> {
    rules.params.integer(rules.consommant.window_months, on)
}

/// Answers the last day on which a consultation still counts, by the rules of `on`.
pub(super) fn window_end(rules: &Rules, on: Day, consulted: Day) -> Option<Day> {
    window_months(rules, on).map(|months| consulted.add_months(months))
}

fn month_of(month: Month) -> Window {
    let bound = |day| Some(Bound { day, cause: Cause::Month });
    Window { from: bound(month.first_day()), until: bound(month.last_day()) }
}

fn of_span(span: Span, cause: Cause) -> Window {
    let bound = |day| Bound { day, cause };
    Window { from: span.start.map(|date| bound(date.earliest())), until: span.end.map(|date| bound(date.latest())) }
}
