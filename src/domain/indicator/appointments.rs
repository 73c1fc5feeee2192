//! Appointments of a period that ended in one way among those that ended in several: no-shows.

use super::Counts;
use super::Share;
use super::Standing;
use super::Subject;
use super::contacts::within;
use super::units::Units;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::dossier::Dossier;
use crate::domain::fact::AppointmentFact;
use crate::domain::fact::AppointmentState;
use crate::domain::verdict::Verdict;

/// `appointments:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Appointments {
    /// The denominator: Appointment.status.
    pub of: Vec<AppointmentState>,
    /// Of these, the numerator.
    pub counted: Vec<AppointmentState>,
}

impl Appointments {
    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let (first, last) = subject.period;
        let mut units = Units::of(subject.dossier);
        for seen in subject.dossier.appointments().filter(|seen| self.of.contains(&seen.fact.state)) {
            let on = seen.fact.start.map(|start| start.date);
            let asked = within(on, first, last).and(here(subject, seen.fact));
            if asked == Verdict::No {
                continue;
            }
            units.add(seen.index, self.one(seen.fact, asked, after_death(subject.dossier, on)));
        }
        let share = units.share(0, subject.rules().consommant.status);
        share.and_then(|share| share.only_if(member)).into_iter().collect()
    }

    /// Nobody misses an appointment after their death: it is taken out of the denominator.
    fn one(&self, appointment: &AppointmentFact, asked: Verdict, dead: Verdict) -> Counts {
        let denominator = Counts { initial: 1, denominator: 1, ..Counts::default() };
        match (asked, dead) {
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Counts { undecided: 1, ..Counts::default() },
            (_, Verdict::Yes) => Counts { excluded: 1, ..denominator },
            _ if self.counted.contains(&appointment.state) => Counts { numerator: 1, ..denominator },
            _ => denominator,
        }
    }
}

/// An appointment is of the structure unless all it names that the tenant knows are outside it.
fn here(subject: &Subject<'_>, appointment: &AppointmentFact) -> Verdict {
    let day = appointment.start.map_or(Day::max_value(), |start| start.earliest());
    let actors = appointment.participants.iter().filter_map(|participant| participant.actor.as_ref());
    let known = actors.filter(|actor| subject.scope.directory.knows(actor));
    known.map(|actor| subject.scope.belongs(actor, day, day)).reduce(Verdict::or).unwrap_or(Verdict::Yes)
}

/// Answers whether it took place after the death; without a day nobody can tell of the dead.
fn after_death(dossier: &Dossier<'_>, on: Option<PartialDate>) -> Verdict {
    let (first, last) = match on {
        Some(on) => (dossier.lives_on(on.earliest()), dossier.lives_on(on.latest())),
        None => (dossier.lives_on(Day::min_value()), dossier.lives_on(Day::max_value())),
    };
    match (first, last) {
        (_, Verdict::Yes) => Verdict::No,
        (Verdict::No, _) => Verdict::Yes,
        _ => Verdict::Unknown,
    }
}
