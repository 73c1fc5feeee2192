//! From which day on a fact can matter: a late one reopens no month before.

use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::fact::Fact;
use crate::domain::fact::Record;

/// Answers the first day on which a record can matter to any rule, over all its versions; `None`
/// when that may be any day.
///
/// Only what is dated by one day says so: rules look back from a day and never ahead of it.
pub fn reach(record: &Record) -> Option<Day> {
    let days = record.versions.iter().filter_map(|version| version.fact.as_ref()).map(of_fact);
    days.reduce(|a, b| a.zip(b).map(|(a, b)| a.min(b))).unwrap_or(Some(Day::max_value()))
}

fn of_fact(fact: &Fact) -> Option<Day> {
    match fact {
        // A period of validity (a recognition) may begin before the act is dated.
        Fact::Act(act) => {
            let starts = act.period.as_ref().map_or(Some(Day::max_value()), |p| p.start.map(|s| s.date.earliest()));
            Some(act.when?.date.earliest().min(starts?))
        }
        Fact::Encounter(encounter) => Some(encounter.period.start?.date.earliest()),
        // No rule of a forfait reads one.
        Fact::Appointment(_) => Some(Day::max_value()),
        _ => None,
    }
}

/// Answers the first month that records, changed, can change; `None`: any month.
pub fn first_month<'r>(changed: impl Iterator<Item = &'r Record>) -> Option<Month> {
    changed.map(reach).reduce(|a, b| a.zip(b).map(|(a, b)| a.min(b))).flatten().map(Day::month)
}
