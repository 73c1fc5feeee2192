//! The patient consommant: seen by a GP or a midwife of the structure within the window.
//!
//! A consultation of somebody whose profession nobody told is neither one nor none: it leaves the
//! answer unknown, unless another consultation settles it.

use super::StructureScope;
use super::claim::cite;
use crate::domain::calendar::Day;
use crate::domain::directory::Profession;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::fact::ActState;
use crate::domain::fact::EncounterFact;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::fact::Participant;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::Missing;
use crate::domain::rules::Rules;
use crate::domain::verdict::Verdict;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Whether somebody was seen, by which consultation, and what keeps the question open.
#[derive(Clone, Debug)]
pub(crate) struct Consulted {
    pub(crate) verdict: Verdict,
    /// The latest consultation that counts; else those that might.
    pub(crate) evidence: Vec<EvidenceRef>,
    pub(crate) missing: Vec<Missing>,
    /// Nobody told the profession of whoever gave one of those.
    pub(crate) profession_unknown: bool,
    /// The day of the latest consultation that counts.
    pub(crate) on: Option<Day>,
}

/// One consultation against the window: each of the three questions apart.
struct Contact {
    within: Verdict,
    by_whom: Verdict,
    here: Verdict,
}

/// Answers whether a GP or midwife of the structure was consulted from `first` to `last`, both
/// included, by the civil day in Paris on which the consultation began.
pub(crate) fn consulted(dossier: &Dossier<'_>, scope: &StructureScope<'_>, (first, last): (Day, Day)) -> Consulted {
    let rules = dossier.rules();
    let class = rules.consommant.consultation;
    // The latest first: most often it settles the question, and the others need not be looked at.
    let mut latest_first: BinaryHeap<_> = dossier
        .encounters()
        .filter(|seen| seen.fact.state == ActState::Done && within(seen.fact, first, last) != Verdict::No)
        .filter(|seen| dossier.is(seen.index, Role::Class, class) && is_possible(dossier, seen.fact))
        .map(|seen| (seen.fact.period.start.map(|when| when.earliest()), Reverse(seen.index)))
        .collect();
    let mut open = Consulted {
        verdict: Verdict::No,
        evidence: Vec::new(),
        missing: Vec::new(),
        profession_unknown: false,
        on: None,
    };
    while let Some((_, Reverse(index))) = latest_first.pop() {
        let Some(seen) = dossier.encounter(index) else { continue };
        let contact = Contact::read(seen.fact, rules, scope, within(seen.fact, first, last), last);
        match contact.within.and(contact.by_whom).and(contact.here) {
            Verdict::Yes => {
                let evidence = vec![cite(seen.record, seen.version)];
                let on = seen.fact.period.start.map(|start| start.date.latest());
                return Consulted { verdict: Verdict::Yes, evidence, on, ..open.settled() };
            }
            Verdict::Unknown => open.leave_open(&contact, cite(seen.record, seen.version)),
            Verdict::No => {}
        }
    }
    open
}

/// Answers the day from which on the patient has been a consommant until `on`, without a gap longer
/// than the window: the first of the consultations that count, each followed by the next in time.
pub(crate) fn consulted_since(dossier: &Dossier<'_>, scope: &StructureScope<'_>, months: i32, on: Day) -> Option<Day> {
    let rules = dossier.rules();
    let class = rules.consommant.consultation;
    let counts = |encounter: &EncounterFact, day: Day| {
        let contact = Contact::read(encounter, rules, scope, Verdict::Yes, day);
        contact.by_whom.and(contact.here).is_yes()
    };
    let mut latest_first: BinaryHeap<_> = dossier
        .encounters()
        .filter(|seen| seen.fact.state == ActState::Done && dossier.is(seen.index, Role::Class, class))
        .filter(|seen| is_possible(dossier, seen.fact))
        .filter_map(|seen| Some((seen.fact.period.start.map(|start| start.date.latest())?, Reverse(seen.index))))
        .filter(|(day, _)| *day <= on)
        .collect();
    let mut since: Option<Day> = None;
    while let Some((day, Reverse(index))) = latest_first.pop() {
        if since.is_some_and(|since| day.add_months(months) < since) {
            break;
        }
        if dossier.encounter(index).is_some_and(|seen| counts(seen.fact, day)) {
            since = Some(day);
        }
    }
    since
}

/// Nobody is seen before he is born: such a consultation is another's, or its date is wrong.
fn is_possible(dossier: &Dossier<'_>, encounter: &EncounterFact) -> bool {
    encounter.period.start.is_none_or(|start| dossier.possible(start.date))
}

/// Every day on which the consultation may have begun must lie in the window, both ends included.
fn within(encounter: &EncounterFact, first: Day, last: Day) -> Verdict {
    let Some(start) = encounter.period.start else { return Verdict::Unknown };
    let (earliest, latest) = (start.date.earliest(), start.date.latest());
    if latest < first || earliest > last {
        Verdict::No
    } else if earliest >= first && latest <= last {
        Verdict::Yes
    } else {
        Verdict::Unknown
    }
}

impl Consulted {
    /// Nothing is left open.
    fn settled(self) -> Consulted {
        Consulted { missing: Vec::new(), profession_unknown: false, ..self }
    }

    fn leave_open(&mut self, contact: &Contact, evidence: EvidenceRef) {
        self.verdict = Verdict::Unknown;
        self.evidence.push(evidence);
        let gaps = [
            (contact.by_whom, "profession", "profession du soignant"),
            (contact.here, "service-provider", "structure de la consultation"),
            (contact.within, "encounter-date", "date de la consultation au jour près"),
        ];
        for (verdict, code, label_fr) in gaps {
            if verdict == Verdict::Unknown && !self.missing.iter().any(|m| &*m.code == code) {
                self.missing.push(Missing { code: code.into(), label_fr: label_fr.into() });
            }
        }
        self.profession_unknown |= contact.by_whom == Verdict::Unknown;
    }
}

impl Contact {
    fn read(
        encounter: &EncounterFact,
        rules: &Rules,
        scope: &StructureScope<'_>,
        within: Verdict,
        last: Day,
    ) -> Contact {
        let day = encounter.period.start.map_or(last, |start| start.earliest());
        let counts = |profession| match profession {
            Profession::Gp | Profession::Midwife => Verdict::Yes,
            Profession::OtherKnown => Verdict::No,
            Profession::Unknown => Verdict::Unknown,
        };
        let met = people(&encounter.participants, rules, scope, day);
        let (by_whom, with_whom) = best(met.map(|(profession, here)| (counts(profession), here)));
        Contact { within, by_whom, here: provided_here(encounter, scope, day).and(with_whom) }
    }
}

/// Answers whether the organization that provides an encounter is of the structure; one that names
/// none is.
pub(crate) fn provided_here(encounter: &EncounterFact, scope: &StructureScope<'_>, day: Day) -> Verdict {
    encounter.service_provider.as_ref().map_or(Verdict::Yes, |organization| scope.belongs(organization, day, day))
}

/// Answers the professionals somebody met: the profession of each, and whether of the structure.
pub(crate) fn people<'a>(
    participants: &'a [Participant],
    rules: &'a Rules,
    scope: &'a StructureScope<'_>,
    day: Day,
) -> impl Iterator<Item = (Profession, Verdict)> + 'a {
    professionals(participants).map(move |participant| {
        // Somebody the tenant never sent is of where the consultation took place.
        let sent = participant.actor.as_ref().filter(|actor| scope.directory.knows(actor));
        let here = sent.map_or(Verdict::Yes, |actor| scope.belongs(actor, day, day));
        (scope.directory.profession(participant, rules), here)
    })
}

/// A patient or an organization that takes part is nobody whose profession could be told.
pub(crate) fn professionals(participants: &[Participant]) -> impl Iterator<Item = &Participant> {
    participants.iter().filter(|participant| {
        let kind = participant.actor.as_ref().and_then(Named::kind);
        kind.is_none_or(|kind| matches!(kind, Kind::Practitioner | Kind::PractitionerRole))
    })
}

/// Answers (is one of those who count, is that one of the structure), of the best of the people;
/// where there is nobody, nobody knows who it was.
pub(crate) fn best(people: impl Iterator<Item = (Verdict, Verdict)>) -> (Verdict, Verdict) {
    people.reduce(better).unwrap_or((Verdict::Unknown, Verdict::Yes))
}

fn better(a: (Verdict, Verdict), b: (Verdict, Verdict)) -> (Verdict, Verdict) {
    let rank = |(counts, here): (Verdict, Verdict)| match counts.and(here) {
        Verdict::Yes => 2,
        Verdict::Unknown => 1,
        Verdict::No => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}
