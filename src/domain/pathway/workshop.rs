//! Workshop groups: who sits together, and whether they are too many.
//!
//! Our reading, no text telling how a group is known: the patients whose workshops of one type begin
//! within the same hour of the clock at the same place (else with the same professionals) are one
//! group, and whatever one patient has of it is one workshop.

use super::AllowanceKind;
use crate::domain::calendar::Day;
use crate::domain::dossier::Dossier;
use crate::domain::dossier::Role;
use crate::domain::fact::ActState;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::fact::Participant;
use crate::domain::finding::FactIndex;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use std::collections::BTreeMap;

/// The seat of one patient in one workshop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// Index in `Rules::pathways`, and in `Pathway::allowances`.
    pub of: (usize, usize),
    pub meeting: Meeting,
    /// Second of the day where a time was told.
    pub second: Option<u32>,
    /// It took place; else it is booked.
    pub held: bool,
}

/// What tells one workshop from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meeting {
    pub day: Day,
    /// Hour of the clock in Paris, where a time was told.
    pub hour: Option<u32>,
    /// `Location/x`, else `Practitioner/y`; empty where nobody told.
    pub place: String,
}

impl Meeting {
    /// Answers the meeting that is held or booked; `None` where its day is not known: a month is none.
    pub(super) fn of(fact: &Fact) -> Option<(Meeting, Option<u32>)> {
        let (start, place) = match fact {
            Fact::Encounter(held) => {
                (held.period.start?, held.location.as_ref().and_then(name).or_else(|| people(&held.participants)))
            }
            Fact::Appointment(booked) => {
                let room = booked.participants.iter().filter_map(|p| p.actor.as_ref());
                let room = room.filter(|actor| actor.kind() == Some(Kind::Location)).find_map(name);
                (booked.start?, room.or_else(|| people(&booked.participants)))
            }
            _ => return None,
        };
        let hour = start.second.map(|second| second / 3600);
        let meeting = Meeting { day: start.earliest(), hour, place: place.unwrap_or_default() };
        start.date.is_exact().then_some((meeting, start.second))
    }
}

/// A workshop and its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workshop {
    pub of: (usize, usize),
    /// Day, and the first second of it that was told.
    pub start: (Day, Option<u32>),
    /// Empty where nobody told.
    pub place: String,
    pub held: bool,
    /// In order of ids.
    pub patients: Vec<Box<str>>,
    /// Most patients of one workshop; `None`: nobody knows, or there is no limit.
    pub most: Option<u32>,
    pub status: RuleStatus,
}

impl Workshop {
    /// Answers how many are too many; `None` where nobody can tell.
    pub fn over(&self) -> Option<u32> {
        self.most.map(|most| (self.patients.len() as u32).saturating_sub(most))
    }
}

/// Answers the workshops of a patient from `first` on that were held, and those that are booked.
pub fn seats(dossier: &Dossier<'_>, first: Day) -> Vec<Seat> {
    let mut seats = Vec::new();
    for (n, pathway) in dossier.rules().pathways.iter().enumerate() {
        for (m, allowance) in pathway.allowances.iter().enumerate() {
            if allowance.kind != AllowanceKind::Workshop {
                continue;
            }
            let told = dossier.with_concept(allowance.concept, Role::Code);
            seats.extend(told.filter_map(|(fact, _)| seat(dossier, (n, m), fact, first)));
        }
    }
    seats.sort_unstable();
    seats.dedup();
    seats
}

fn seat(dossier: &Dossier<'_>, of: (usize, usize), fact: FactIndex, first: Day) -> Option<Seat> {
    let fact = dossier.fact(fact);
    let held = match fact {
        Fact::Encounter(held) if held.state == ActState::Done => true,
        Fact::Appointment(booked) if dossier.expects(booked) => false,
        _ => return None,
    };
    let (meeting, second) = Meeting::of(fact)?;
    (meeting.day >= first).then_some(Seat { of, meeting, second, held })
}

fn people(participants: &[Participant]) -> Option<String> {
    let who = participants.iter().filter_map(|p| p.actor.as_ref());
    let kinds = [Some(Kind::Practitioner), Some(Kind::PractitionerRole)];
    let mut names: Vec<String> = who.filter(|actor| kinds.contains(&actor.kind())).filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| names.join(" "))
}

fn name(named: &Named) -> Option<String> {
    match named {
        Named::Resource(reference) => Some(reference.to_string()),
        // The keyed hash of an identifier tells two people apart, and nobody who they are.
        Named::Identifier { hash, .. } => Some(format!("#{:032x}", u128::from_be_bytes(hash.0))),
        Named::Untold => None,
    }
}

/// Answers the groups of these seats, in order of time, as the rules of each day say.
pub fn groups(rules: &Rules, seats: impl IntoIterator<Item = (Box<str>, Seat)>) -> Vec<Workshop> {
    type Key = ((Day, Option<u32>), (usize, usize), String);
    type Told = (bool, Option<u32>, Vec<Box<str>>);
    let mut found: BTreeMap<Key, Told> = BTreeMap::new();
    for (patient, seat) in seats {
        let Meeting { day, hour, place } = seat.meeting;
        let (held, second, patients) = found.entry(((day, hour), seat.of, place)).or_default();
        *held |= seat.held;
        *second = second.iter().copied().chain(seat.second).min();
        patients.push(patient);
    }
    let group = |(((day, _), of, place), (held, second, mut patients)): (Key, Told)| {
        patients.sort_unstable();
        patients.dedup();
        let size = rules.pathways[of.0].allowances[of.1].group_size;
        let most = size.and_then(|id| rules.params.integer(id, day)).and_then(|n| u32::try_from(n).ok());
        let status = size.map_or(RuleStatus::Interpretation, |id| rules.params.status(id, day));
        let status = status.max(RuleStatus::Interpretation);
        Workshop { of, start: (day, second), place, held, patients, most, status }
    };
    found.into_iter().map(group).collect()
}
