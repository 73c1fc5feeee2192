//! Readings: every measured number of a dossier, in its canonical unit, in order of time.

use super::Dossier;
use super::Role;
use super::tags_of;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::Comparator;
use crate::domain::fact::Fact;
use crate::domain::fact::Value;
use crate::domain::finding::FactIndex;
use crate::domain::measure::Derived;
use crate::domain::measure::Measure;
use crate::domain::measure::MeasureId;
use crate::domain::measure::SameDay;
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// One value of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub measure: MeasureId,
    /// The earliest day its date may stand for.
    pub day: Day,
    pub second: Option<u32>,
    pub date: PartialDate,
    /// In the measure's canonical unit.
    pub value: Decimal,
    /// On which side of the number it lies, where the number itself is not told.
    pub comparator: Option<Comparator>,
    pub fact: FactIndex,
    /// The second fact of a value computed from two (weight and height).
    pub also: Option<FactIndex>,
}

/// Answers every usable reading, sorted by measure, then by time; of one day the one that counts
/// comes last.
pub(super) fn collect(dossier: &Dossier<'_>) -> Vec<Reading> {
    let measures = &dossier.rules.measures.0;
    let mut all = Vec::with_capacity(dossier.len());
    for (n, measure) in measures.iter().enumerate() {
        let id = MeasureId(n as u16);
        let from = all.len();
        for tag in tags_of(dossier, measure.concept).iter().filter(|t| t.role() == Role::Code) {
            let Fact::Act(act) = dossier.fact(tag.fact()) else { continue };
            all.extend(read(dossier, act, (id, measure), (tag.fact(), tag.part())));
        }
        sort(dossier, &mut all[from..]);
    }
    let computed = derive(dossier, &all);
    if !computed.is_empty() {
        all.extend(computed);
        sort(dossier, &mut all);
    }
    all
}

fn read(
    dossier: &Dossier<'_>,
    act: &ActFact,
    (id, measure): (MeasureId, &Measure),
    (fact, part): (FactIndex, u16),
) -> Option<Reading> {
    if act.state != ActState::Done {
        return None;
    }
    let when = act.when?;
    let value = match usize::from(part).checked_sub(1) {
        None => &act.value,
        Some(n) => &act.components.get(n)?.value,
    };
    let comparator = if let Value::Bounded { comparator, .. } = value { Some(*comparator) } else { None };
    let value = match value {
        Value::Quantity { value, unit } | Value::Bounded { value, unit, .. } => {
            measure.convert(*value, unit.as_deref())?
        }
        Value::Integer(n) => measure.convert(Decimal::from(*n), None)?,
        _ => return None,
    };
    (measure.possible(value) && dossier.possible(when.date)).then(|| Reading {
        measure: id,
        day: when.earliest(),
        second: when.second,
        date: when.date,
        value,
        comparator,
        fact,
        also: None,
    })
}

fn sort(dossier: &Dossier<'_>, readings: &mut [Reading]) {
    readings.sort_unstable_by(|a, b| {
        (a.measure, a.day)
            .cmp(&(b.measure, b.day))
            .then_with(|| prefer(dossier.rules.measures.get(a.measure).same_day, a, b))
            .then_with(|| a.second.cmp(&b.second))
            // Two of one moment are in no order of time, whichever came first: the higher counts.
            .then_with(|| higher(a, b))
            .then_with(|| a.fact.cmp(&b.fact))
    });
}

fn prefer(rule: SameDay, a: &Reading, b: &Reading) -> Ordering {
    match rule {
        SameDay::Latest => Ordering::Equal,
        SameDay::Highest => higher(a, b),
        SameDay::Lowest => lower(a, b),
    }
}

/// The higher one last; one of which nobody knows how low it is says nothing against another.
fn higher(a: &Reading, b: &Reading) -> Ordering {
    let tells = |reading: &Reading| !matches!(reading.comparator, Some(Comparator::Below | Comparator::AtMost));
    tells(a).cmp(&tells(b)).then_with(|| a.value.cmp(&b.value)).then_with(|| side(a).cmp(&side(b)))
}

/// The lower one last; one of which nobody knows how high it is says nothing against another.
fn lower(a: &Reading, b: &Reading) -> Ordering {
    let tells = |reading: &Reading| !matches!(reading.comparator, Some(Comparator::AtLeast | Comparator::Above));
    tells(a).cmp(&tells(b)).then_with(|| b.value.cmp(&a.value)).then_with(|| side(b).cmp(&side(a)))
}

/// Where a value lies, seen from its number: what is above 44 is more than 44.
fn side(reading: &Reading) -> i8 {
    match reading.comparator {
        Some(Comparator::Below) => -2,
        Some(Comparator::AtMost) => -1,
        None => 0,
        Some(Comparator::AtLeast) => 1,
        Some(Comparator::Above) => 2,
    }
}

/// Answers the readings computed from two others of one calendar day, on days without a direct one.
fn derive(dossier: &Dossier<'_>, all: &[Reading]) -> Vec<Reading> {
    let mut computed = Vec::new();
    for (n, measure) in dossier.rules.measures.0.iter().enumerate() {
        let Some(Derived::BodyMassIndex { weight, height }) = measure.derived else { continue };
        let id = MeasureId(n as u16);
        for day in exact_days(all, weight) {
            if of_day(all, id, day).is_none() {
                computed.extend(body_mass_index(all, (id, measure), (weight, height), day));
            }
        }
    }
    computed
}

fn body_mass_index(
    all: &[Reading],
    (id, measure): (MeasureId, &Measure),
    (weight, height): (MeasureId, MeasureId),
    day: Day,
) -> Option<Reading> {
    let told = |measure| of_that_day(all, measure, day).find(|reading| reading.comparator.is_none());
    let (weight, height) = (told(weight)?, told(height)?);
    let square = height.value.checked_mul(height.value)?;
    let value = weight.value.checked_div(square)?;
    measure.possible(value).then(|| Reading {
        measure: id,
        value,
        also: Some(height.fact),
        second: weight.second.max(height.second),
        ..weight.clone()
    })
}

/// Answers the days on which the measure was taken, each once; only dates known to the day.
pub(super) fn exact_days(all: &[Reading], measure: MeasureId) -> Vec<Day> {
    let mut days: Vec<Day> = of(all, measure).iter().filter(|r| r.date.is_exact()).map(|r| r.day).collect();
    days.dedup();
    days
}

/// Answers the reading that counts on that very day.
pub(super) fn of_day(all: &[Reading], measure: MeasureId, day: Day) -> Option<&Reading> {
    of_that_day(all, measure, day).next()
}

/// Answers the readings of that very day, the one that counts first.
fn of_that_day(all: &[Reading], measure: MeasureId, day: Day) -> impl Iterator<Item = &Reading> {
    let of_measure = of(all, measure);
    let upto = of_measure.partition_point(|r| r.day <= day);
    of_measure[..upto].iter().rev().take_while(move |r| r.day == day).filter(|r| r.date.is_exact())
}

/// Answers the readings of one measure, of those sorted by measure.
pub(super) fn of(all: &[Reading], measure: MeasureId) -> &[Reading] {
    let from = all.partition_point(|r| r.measure < measure);
    let count = all[from..].partition_point(|r| r.measure == measure);
    &all[from..from + count]
}
