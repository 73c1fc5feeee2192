//! Until when what a measure says of a patient surely stays as it is, when no new fact comes.
//!
//! A state changes by itself only on the day of something: a birthday, the first or last day of what a
//! fact says, the end of a window that a rule looks back over, the end of a proof's validity or its
//! notice, a month of follow-up that is over. All such days of a patient are gathered, and the first
//! after the day asked about is answered: too early costs an evaluation, too late would be wrong.
//! Typologies, pathways and amounts go by the month; what changes for everybody on one day (a month
//! begins, a parameter takes another value) is told apart by `everybody`.

use super::Rule;
use super::Subject;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::condition::LookBack;
use crate::domain::condition::counted;
use crate::domain::condition::windows;
use crate::domain::directory::Directory;
use crate::domain::fact::Death;
use crate::domain::fact::Fact;
use crate::domain::fact::Record;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use std::collections::BTreeSet;

/// The windows that rules look back over, with their lengths on a day.
#[derive(Clone, Debug)]
pub struct Horizon {
    day: Day,
    /// In months, of the latest value of a measure that counts.
    readings: Vec<(LookBack, i32)>,
    /// In months, of encounters.
    encounters: Vec<i32>,
}

impl Horizon {
    /// Reads the windows in force on a day.
    pub fn of(rules: &Rules, day: Day) -> Horizon {
        let months = |id: ParamId| rules.params.integer(id, day);
        let readings = windows(rules).into_iter().filter_map(|window| Some((window, months(window.months)?)));
        let own = rules.indicators.iter().flat_map(|indicator| &indicator.parameters);
        let asked = own.chain([&rules.consommant.window_months]);
        let spans: BTreeSet<i32> = asked
            .filter(|id| matches!(&*rules.params.get(**id).unit, "months" | "years"))
            .filter_map(|id| {
                months(*id).map(|n| if &*rules.params.get(*id).unit == "years" { n.saturating_mul(12) } else { n })
            })
            .collect();
        Horizon { day, readings: readings.collect(), encounters: spans.into_iter().collect() }
    }

    /// Answers the first day after that of the subject, which is this horizon's, on which something of
    /// the patient may change; the last of the calendar where nothing is in sight.
    pub fn until(&self, subject: &Subject<'_>) -> Day {
        let mut first = First { after: self.day, found: Day::max_value() };
        self.birthdays(subject, &mut first);
        subject.card().items.iter().filter_map(|line| line.turns).for_each(|day| first.note(day));
        for (window, months) in &self.readings {
            if let Some(reading) = counted(subject.dossier, (window.measure, window.not_during), self.day) {
                first.leaves(reading.day, *months);
            }
        }
        for record in subject.dossier.records() {
            self.record(record, &mut first);
        }
        for indicator in &subject.rules().indicators {
            if let Rule::Minutes(minutes) = &indicator.rule {
                minutes.next_month(subject).into_iter().for_each(|day| first.note(day));
            }
        }
        first.found
    }

    fn birthdays(&self, subject: &Subject<'_>, first: &mut First) {
        let Some(birth) = subject.dossier.birth() else { return };
        for born in [birth.earliest(), birth.midpoint(), birth.latest()] {
            first.around(born);
            let age = born.age_at(self.day).max(-1);
            first.note(born.birthday(age.saturating_add(1)));
        }
    }

    /// The dates of every version: what ended is read from those before.
    fn record(&self, record: &Record, first: &mut First) {
        for version in &record.versions {
            // What ends without a date ends on the day that became known.
            if version.known.0 >= self.day_begins() {
                first.around(version.known.paris_day());
            }
            let Some(fact) = &version.fact else { continue };
            dates(fact, &mut |date| {
                first.around(date.earliest());
                first.around(date.latest());
            });
            if let Fact::Encounter(encounter) = fact
                && let Some(start) = encounter.period.start
            {
                for months in &self.encounters {
                    first.leaves(start.date.earliest(), *months);
                    first.leaves(start.date.latest(), *months);
                }
            }
        }
    }

    /// Answers an instant surely before the day begins in Paris, in microseconds: reckoning it is
    /// cheaper than placing every version in its day.
    fn day_begins(&self) -> i64 {
        const DAY: i64 = 86_400_000_000;
        let epoch = Day::new(1970, 1, 1).unwrap_or(Day::min_value());
        (i64::from(self.day.days_since(epoch)) - 1) * DAY
    }
}

/// Answers the first day after `day` on which something may change for every patient: a month begins,
/// a parameter takes another value, somebody begins or ends to work somewhere.
pub fn everybody(rules: &Rules, directory: &Directory, day: Day) -> Day {
    let mut first = First { after: day, found: day.month().add_months(1).first_day() };
    for dated in rules.params.iter().flat_map(|param| &param.values) {
        first.note(dated.from);
    }
    directory.dates(&mut |date| {
        first.around(date.earliest());
        first.around(date.latest());
    });
    first.found
}

/// The first of some days after a day.
struct First {
    after: Day,
    found: Day,
}

impl First {
    fn note(&mut self, day: Day) {
        if day > self.after && day < self.found {
            self.found = day;
        }
    }

    /// Something holds from that day on, or up to it.
    fn around(&mut self, day: Day) {
        // Nearly all lie far back.
        if day >= self.after {
            self.note(day);
            self.note(day.add_days(1));
        }
    }

    /// Something of that day leaves a window of so many months, however its ends are read.
    fn leaves(&mut self, day: Day, months: i32) {
        let mut end = day.add_months(months);
        if end.add_days(4) < self.after {
            return;
        }
        self.note(end);
        self.note(end.add_days(1));
        // Months end on different days: the window may hold it for some days more.
        while end.add_months(-months) <= day && end < Day::max_value() {
            end = end.add_days(1);
        }
        self.note(end);
        self.note(end.add_days(1));
    }
}

/// Hands over every date of a fact from or until which something it says holds.
fn dates(fact: &Fact, each: &mut dyn FnMut(PartialDate)) {
    let mut when = |when: &Option<When>| when.iter().for_each(|when| each(when.date));
    match fact {
        Fact::Patient(patient) => {
            if let Death::On(on) = patient.death {
                when(&Some(on));
            }
        }
        Fact::Act(act) => {
            when(&act.when);
            act.period.iter().for_each(|period| both(period, &mut when));
        }
        Fact::Encounter(encounter) => both(&encounter.period, &mut when),
        Fact::Condition(condition) => {
            [condition.onset, condition.abatement, condition.recorded].iter().for_each(&mut when);
        }
        Fact::Coverage(coverage) => {
            both(&coverage.period, &mut when);
            coverage.exceptions.iter().for_each(|exception| both(&exception.period, &mut when));
        }
        Fact::Episode(episode) => both(&episode.period, &mut when),
        Fact::CareTeam(team) => {
            both(&team.period, &mut when);
            team.participants.iter().for_each(|participant| both(&participant.period, &mut when));
        }
        Fact::Appointment(appointment) => when(&appointment.start),
        Fact::Flag(flag) => both(&flag.period, &mut when),
        // Who works where is the same for everybody.
        Fact::Practitioner(_) | Fact::Role(_) | Fact::Organization(_) | Fact::Location(_) => {}
    }
}

fn both(period: &Period, when: &mut impl FnMut(&Option<When>)) {
    when(&period.start);
    when(&period.end);
}
