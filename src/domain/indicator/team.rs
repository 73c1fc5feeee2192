//! Contacts with the team of the structure, by profession: what is delegated.

use super::Counts;
use super::GroupName;
use super::Share;
use super::Standing;
use super::Subject;
use super::contacts::of_class;
use super::units::Units;
use crate::domain::directory::Profession;
use crate::domain::enrolment::professionals;
use crate::domain::fact::Participant;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;
use crate::domain::verdict::Verdict;

/// `contacts:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Encounter.class; `None`: any.
    pub class: Option<ConceptId>,
    /// One group for each. Somebody is of the first that fits.
    pub professions: Vec<TeamProfession>,
}

/// One profession of the team.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamProfession {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub is: Who,
}

/// How a profession is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// As for the patient consommant.
    Profession(Profession),
    /// By codes of the participation, of the person or of the role.
    Concepts(Vec<ConceptId>),
}

impl Team {
    pub(super) fn groups(&self) -> Vec<GroupName> {
        let name = |one: &TeamProfession| GroupName { code: one.id.clone(), label_fr: one.label_fr.clone() };
        self.professions.iter().map(name).collect()
    }

    /// Every group has all contacts for denominator, and of a contact that two professionals gave
    /// each is told: rates add up to more than one then.
    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let (first, last) = subject.period;
        let mut groups: Vec<Units<'_>> = self.professions.iter().map(|_| Units::of(subject.dossier)).collect();
        for contact in of_class(subject, self.class) {
            let asked = contact.within(first, last).and(contact.here());
            if asked == Verdict::No {
                continue;
            }
            let given = self.given_by(subject, contact.index);
            for (group, units) in groups.iter_mut().enumerate() {
                let brought = match (asked, given.contains(&group)) {
                    (Verdict::Unknown, _) => Counts { undecided: 1, ..Counts::default() },
                    (_, by) => Counts { initial: 1, denominator: 1, numerator: u32::from(by), ..Counts::default() },
                };
                units.add(contact.index, brought);
            }
        }
        let status = subject.rules().consommant.status;
        let shares = groups.into_iter().enumerate().filter_map(|(group, units)| units.share(group, status));
        shares.filter_map(|share| share.only_if(member)).collect()
    }

    /// Answers the groups of the professionals who gave a contact, each once.
    fn given_by(&self, subject: &Subject<'_>, index: FactIndex) -> Vec<usize> {
        let Some(seen) = subject.dossier.encounter(index) else { return Vec::new() };
        let mut people = professionals(&seen.fact.participants).peekable();
        let mut groups: Vec<usize> = match people.peek() {
            None => self.first(&[], Profession::Unknown).into_iter().collect(),
            Some(_) => people.filter_map(|one| self.group_of(subject, one)).collect(),
        };
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn group_of(&self, subject: &Subject<'_>, participant: &Participant) -> Option<usize> {
        let (directory, rules) = (subject.scope.directory, subject.rules());
        self.first(&directory.concepts(participant, rules), directory.profession(participant, rules))
    }

    fn first(&self, concepts: &[ConceptId], profession: Profession) -> Option<usize> {
        self.professions.iter().position(|one| match &one.is {
            Who::Profession(wanted) => *wanted == profession,
            Who::Concepts(wanted) => wanted.iter().any(|concept| concepts.contains(concept)),
        })
    }
}
