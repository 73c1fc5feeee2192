//! Encounters that took place, as the indicators read them: when, with whom, where, how long.
//!
//! The readings are those of the patient consommant: the civil day in Paris of the beginning; an
//! encounter that names no provider is of the structure; a profession nobody told is unknown, and
//! never a GP by default.

use super::Subject;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::directory::Profession;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::dossier::Seen;
use crate::domain::enrolment::StructureScope;
use crate::domain::enrolment::best;
use crate::domain::enrolment::people;
use crate::domain::enrolment::provided_here;
use crate::domain::fact::ActState;
use crate::domain::fact::EncounterFact;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;
use crate::domain::verdict::Verdict;

/// Which encounters an indicator counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Encounter.class; `None`: any.
    pub class: Option<ConceptId>,
    /// With one of these at least.
    pub by: Vec<Profession>,
}

/// One finished encounter.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) index: FactIndex,
    /// The day on which it began, as precisely as told.
    pub(super) on: Option<PartialDate>,
    /// Nobody told, or the ends contradict each other: none.
    pub(super) minutes: Option<u32>,
    provided_here: Verdict,
    /// The profession of each professional, and whether of the structure.
    people: Vec<(Profession, Verdict)>,
}

impl Contact {
    pub(super) fn all(dossier: &Dossier<'_>, scope: &StructureScope<'_>) -> Vec<Contact> {
        let finished = dossier.encounters().filter(|seen| seen.fact.state == ActState::Done);
        finished.map(|seen| Contact::read(seen, dossier, scope)).collect()
    }

    fn read(seen: Seen<'_, EncounterFact>, dossier: &Dossier<'_>, scope: &StructureScope<'_>) -> Contact {
        let encounter = seen.fact;
        let on = encounter.period.start.map(|start| start.date);
        // Who works where is asked of the day; without one, of any.
        let day = on.map_or(Day::max_value(), PartialDate::earliest);
        Contact {
            index: seen.index,
            on,
            minutes: encounter.minutes,
            provided_here: provided_here(encounter, scope, day),
            people: people(&encounter.participants, dossier.rules(), scope, day).collect(),
        }
    }

    /// Answers whether it began on a day from `first` to `last`, both included.
    pub(super) fn within(&self, first: Day, last: Day) -> Verdict {
        within(self.on, first, last)
    }

    /// Answers (was it with one of these professions, was that in the structure).
    pub(super) fn by(&self, professions: &[Profession]) -> (Verdict, Verdict) {
        let counts = |profession| match profession {
            told if professions.contains(&told) => Verdict::Yes,
            Profession::Unknown => Verdict::Unknown,
            _ => Verdict::No,
        };
        let (by_whom, here) = best(self.people.iter().map(|(profession, here)| (counts(*profession), *here)));
        (by_whom, self.provided_here.and(here))
    }

    /// Answers whether anybody of the structure gave it.
    pub(super) fn here(&self) -> Verdict {
        let with = self.people.iter().map(|(_, here)| *here).reduce(Verdict::or);
        self.provided_here.and(with.unwrap_or(Verdict::Yes))
    }
}

impl Counted {
    /// Answers the encounters of the right class, with (with one of these professions, in the structure).
    pub(super) fn of<'s>(
        &'s self,
        subject: &'s Subject<'_>,
    ) -> impl Iterator<Item = (&'s Contact, (Verdict, Verdict))> + 's {
        of_class(subject, self.class).map(|contact| (contact, contact.by(&self.by)))
    }
}

/// Answers the encounters of a class; of any, where none is told.
pub(super) fn of_class<'s>(
    subject: &'s Subject<'_>,
    class: Option<ConceptId>,
) -> impl Iterator<Item = &'s Contact> + 's {
    let is = move |contact: &&Contact| class.is_none_or(|class| subject.dossier.is(contact.index, Role::Class, class));
    subject.contacts().iter().filter(is)
}

/// Answers whether something dated so was on a day from `first` to `last`: every day the date may
/// stand for must be, and nobody can tell of what has no date.
pub(super) fn within(on: Option<PartialDate>, first: Day, last: Day) -> Verdict {
    let Some(on) = on else { return Verdict::Unknown };
    if first > last || on.latest() < first || on.earliest() > last {
        Verdict::No
    } else if on.earliest() >= first && on.latest() <= last {
        Verdict::Yes
    } else {
        Verdict::Unknown
    }
}
