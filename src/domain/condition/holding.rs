//! Since when a condition that holds has held, and until when it will, by its own grounds.
//!
//! Answers only what the grounds tell: a bound that nobody told stays open, and where a condition
//! has no days of its own (an absence, an act done once) nothing is answered at all.

use super::ConceptState;
use super::Condition;
use super::Latest;
use super::evaluate::Context;
use super::evaluate::evaluate;
use super::latest;
use super::rights;
use crate::domain::calendar::Day;
use crate::domain::dossier::DaySpan;
use crate::domain::dossier::Role;
use crate::domain::dossier::spans;
use crate::domain::fact::Fact;
use crate::domain::measure::ConceptId;
use crate::domain::param::ParamId;

/// How many earlier answers to the same question are looked at; before them the beginning is open.
const ANSWERS_BACK: u8 = 12;

/// What begins or ends with a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The age reached.
    Birthday,
    Right,
    Diagnosis,
    Measure,
    /// The GP's own declaration of a typology.
    Declaration,
    Enrolment,
    Consultation,
    Death,
    /// No ground tells its days: those of the month are taken.
    Month,
}

/// A day with what begins or ends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub day: Day,
    pub cause: Cause,
}

/// From the first day to the last, both included; `None` is not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub from: Option<Bound>,
    pub until: Option<Bound>,
}

impl Window {
    /// Neither end is told.
    pub const OPEN: Window = Window { from: None, until: None };

    /// Answers the days of both: the later beginning, the earlier end.
    pub fn within(self, other: Window) -> Window {
        Window {
            from: both(self.from, other.from, |a, b| a.day >= b.day).or(self.from).or(other.from),
            until: both(self.until, other.until, |a, b| a.day <= b.day).or(self.until).or(other.until),
        }
    }

    /// Answers the days from the beginning of one to the end of the other: an open end stays open.
    pub fn hull(self, other: Window) -> Window {
        Window {
            from: both(self.from, other.from, |a, b| a.day <= b.day),
            until: both(self.until, other.until, |a, b| a.day >= b.day),
        }
    }

    /// Answers whether its end lies before its beginning: there is no such day.
    pub fn is_empty(&self) -> bool {
        self.from.zip(self.until).is_some_and(|(from, until)| from.day > until.day)
    }

    fn of_spans(spans: impl Iterator<Item = DaySpan>, cause: Cause) -> Option<Window> {
        let bound = |day: Day, open: Day| (day != open).then_some(Bound { day, cause });
        let window = |span: DaySpan| Window {
            from: bound(span.first, Day::min_value()),
            until: bound(span.last, Day::max_value()),
        };
        spans.map(window).reduce(Window::hull)
    }
}

fn both(a: Option<Bound>, b: Option<Bound>, first: impl Fn(&Bound, &Bound) -> bool) -> Option<Bound> {
    a.zip(b).map(|(a, b)| if first(&a, &b) { a } else { b })
}

/// Answers over which days a condition holds that holds on the context's day; `None` where its
/// grounds do not tell.
pub fn holding(condition: &Condition, ctx: &mut Context<'_>) -> Option<Window> {
    looking_back(condition, ctx, ANSWERS_BACK)
}

fn looking_back(condition: &Condition, ctx: &mut Context<'_>, back: u8) -> Option<Window> {
    let dossier = ctx.dossier;
    match condition {
        Condition::Always | Condition::Sex(_) => Some(Window::OPEN),
        Condition::All(parts) => every(parts, ctx, back),
        Condition::Any(parts) => some(parts, ctx, back),
        Condition::AllOrAny { word, parts } => match ctx.word(*word) {
            Some(Condition::AND) => every(parts, ctx, back),
            Some(Condition::OR) => some(parts, ctx, back),
            _ => None,
        },
        Condition::Age { min, max } => Some(aged((*min, *max), ctx)),
        Condition::Concept { concept, state } => of_problem((*concept, *state), ctx),
        Condition::Right { right } => Window::of_spans(rights::right_spans(*right, ctx), Cause::Right),
        Condition::Ald { number } => {
            let spans = rights::ald_spans(*number, ctx).into_iter().map(|(_, span)| span);
            Window::of_spans(spans, Cause::Right)
        }
        Condition::Recognition { observation, value } => {
            let held = rights::recognitions((*observation, *value), ctx);
            Window::of_spans(held.map(|(_, span)| span), Cause::Right)
        }
        Condition::Flag(id) => looking_back(&dossier.rules().flags[usize::from(id.0)].condition, ctx, back),
        Condition::Latest(asked) => Some(measured((condition, asked), ctx, back)),
        Condition::LatestCoded { question, .. } => {
            let Some(day) = latest::answered_on(dossier, *question, ctx.day) else { return Some(Window::OPEN) };
            Some(Window { from: since(condition, day, ctx, back), until: None })
        }
        Condition::Exists(_) | Condition::None(_) => None,
    }
}

/// The days on which all of them hold.
fn every(parts: &[Condition], ctx: &mut Context<'_>, back: u8) -> Option<Window> {
    let each = parts.iter().map(|part| looking_back(part, ctx, back));
    each.collect::<Option<Vec<_>>>()?.into_iter().reduce(Window::within).or(Some(Window::OPEN))
}

/// The days on which one of those holds that hold on the context's day.
fn some(parts: &[Condition], ctx: &mut Context<'_>, back: u8) -> Option<Window> {
    let mut whole: Option<Window> = None;
    for part in parts {
        if evaluate(part, ctx).verdict.is_yes() {
            let window = looking_back(part, ctx, back)?;
            whole = Some(whole.map_or(window, |whole| whole.hull(window)));
        }
    }
    whole
}

/// A partial birth date holds from the latest day it may stand for, and ends with the earliest.
fn aged((min, max): (Option<ParamId>, Option<ParamId>), ctx: &mut Context<'_>) -> Window {
    let Some(birth) = ctx.dossier.birth() else { return Window::OPEN };
    let years = |id: Option<ParamId>, ctx: &mut Context<'_>| id.and_then(|id| ctx.integer(id)?.try_into().ok());
    let bound = |day| Some(Bound { day, cause: Cause::Birthday });
    let from = match years(min, ctx) {
        Some(min @ 1..) => bound(birth.latest().birthday(min)),
        _ => bound(birth.earliest()),
    };
    let until = years(max, ctx).and_then(|max: i16| bound(birth.earliest().birthday(max + 1).add_days(-1)));
    Window { from, until }
}

fn of_problem((concept, state): (ConceptId, ConceptState), ctx: &Context<'_>) -> Option<Window> {
    let dossier = ctx.dossier;
    let (first, last) = match state {
        ConceptState::InMonth => (ctx.month.first_day(), ctx.month.last_day()),
        ConceptState::Active | ConceptState::History => (ctx.day, ctx.day),
    };
    let spans = dossier.with_concept(concept, Role::Code).filter(|(_, part)| *part == 0).filter_map(|(fact, _)| {
        if state == ConceptState::History {
            let first = match dossier.fact(fact) {
                Fact::Condition(problem) => spans::known_from(problem)?,
                Fact::Act(act) => act.when.map_or(Day::min_value(), |when| when.earliest()),
                _ => return None,
            };
            return Some(DaySpan { first, last: Day::max_value() });
        }
        dossier.condition(fact).and_then(spans::active)
    });
    Window::of_spans(spans.filter(|span| span.overlaps(first, last)), Cause::Diagnosis)
}

/// From the first of the answers in a row that say so, to the day the latest is too old.
fn measured((condition, asked): (&Condition, &Latest), ctx: &mut Context<'_>, back: u8) -> Window {
    let dossier = ctx.dossier;
    let reading = |measure| latest::counted(dossier, (measure, asked.not_during), ctx.day);
    let days = asked.of.iter().filter_map(|bound| reading(bound.measure)).map(|reading| reading.day);
    // Where the absence of any answer says so, it has no beginning.
    let Some(day) = days.max() else { return Window::OPEN };
    let months = asked.within_months.and_then(|id| ctx.integer(id));
    let until = months.map(|months| Bound { day: day.add_months(months), cause: Cause::Measure });
    Window { from: since(condition, day, ctx, back), until }
}

/// Answers from which day on the answers say so, the one of `day` and those before it.
fn since(condition: &Condition, day: Day, ctx: &Context<'_>, back: u8) -> Option<Bound> {
    let mut before = Context::new(ctx.dossier, day.add_days(-1), ctx.birth);
    if !evaluate(condition, &mut before).verdict.is_yes() {
        return Some(Bound { day, cause: Cause::Measure });
    }
    looking_back(condition, &mut before, back.checked_sub(1)?)?.from
}
