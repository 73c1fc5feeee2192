//! Which patients an indicator is about: one closed word.

use super::Standing;
use super::Subject;
use crate::domain::enrolment::ConsommantRule;
use crate::domain::enrolment::EnrolmentRule;
use crate::domain::param::ParamId;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;

/// Whom an indicator asks about, on the last day of its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// Everybody, the dead too: for what took place while they lived.
    Any,
    /// Alive that day.
    Alive,
    /// Alive and consommant.
    Seen,
    /// Alive, with a médecin traitant of the structure.
    Declared,
    /// Alive and enrolled.
    Mtr,
    /// Alive, enrolled, consommant and known by an identifier: those who may be paid for.
    ActiveFile,
}

impl Population {
    pub const ALL: [Population; 6] = [
        Population::Any,
        Population::Alive,
        Population::Seen,
        Population::Declared,
        Population::Mtr,
        Population::ActiveFile,
    ];

    /// Answers the word of the mapping files.
    pub fn code(self) -> &'static str {
        match self {
            Population::Any => "any",
            Population::Alive => "alive",
            Population::Seen => "seen",
            Population::Declared => "declared",
            Population::Mtr => "mtr",
            Population::ActiveFile => "active-file",
        }
    }

    /// Reads the word of a mapping file.
    pub fn from_code(code: &str) -> Option<Population> {
        Population::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Answers the parameters that telling it reads.
    pub fn parameters(self, enrolment: &EnrolmentRule, consommant: &ConsommantRule) -> Vec<ParamId> {
        match self {
            Population::Any | Population::Alive | Population::Declared => Vec::new(),
            Population::Seen => vec![consommant.window_months],
            Population::Mtr => vec![enrolment.basis],
            Population::ActiveFile => vec![enrolment.basis, consommant.window_months],
        }
    }
}

impl Subject<'_> {
    /// Answers whether the patient is one of those an indicator is about.
    pub(super) fn population(&self, population: Population) -> Standing {
        match population {
            Population::Any => Standing::of(Verdict::Yes, RuleStatus::Official),
            Population::Alive => self.alive(),
            Population::Seen => self.alive().and(self.seen()),
            Population::Declared => self.alive().and(self.declared()),
            Population::Mtr => self.alive().and(self.enrolled()),
            Population::ActiveFile => {
                let known = Standing::of(Verdict::of(self.dossier.identified()), RuleStatus::Official);
                self.alive().and(&known).and(self.enrolled()).and(self.seen())
            }
        }
    }
}
