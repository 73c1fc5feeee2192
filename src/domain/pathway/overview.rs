//! A pathway of a whole structure: who may enter, who is in, who waits and in which order, and how
//! many places there are. A number of places that nobody knows is said, never taken for none.

use super::PathwayResult;
use super::State;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::PartialDate;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;

/// `capacity` of a pathway: how many may be in it at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Of the structures that are not named.
    pub default: Option<ParamId>,
    /// Organization id, its own number.
    pub by_structure: Vec<(Box<str>, ParamId)>,
}

/// The places of a structure on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// `None`: nobody knows.
    pub capacity: Option<u32>,
    pub status: RuleStatus,
}

impl Places {
    /// Answers the places of a pathway in a structure on a day.
    pub fn of(rules: &Rules, pathway: usize, structure: &str, date: Day) -> Places {
        let capacity = rules.pathways[pathway].capacity.as_ref();
        let param = capacity.and_then(|capacity| {
            let own = capacity.by_structure.iter().find(|(id, _)| &**id == structure);
            own.map(|(_, param)| *param).or(capacity.default)
        });
        let Some(param) = param else { return Places { capacity: None, status: RuleStatus::Unknown } };
        let capacity = rules.params.integer(param, date).and_then(|n| u32::try_from(n).ok());
        Places { capacity, status: rules.params.status(param, date) }
    }

    /// Answers how many places are free; `None` where nobody can tell.
    pub fn free(self, entered: usize) -> Option<u32> {
        self.capacity.map(|capacity| capacity.saturating_sub(entered.try_into().unwrap_or(u32::MAX)))
    }
}

/// The place of one patient in a waiting list: who waits longest, then whose wait was known first,
/// then by id. A wait known to the month or the year has the place of the last day it may have begun
/// on: nobody is passed for a day that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub since: PartialDate,
    pub known: Instant,
    pub patient: Box<str>,
}

impl Turn {
    fn rank(&self) -> (Day, Instant, &str) {
        (self.since.latest(), self.known, &self.patient)
    }
}

/// A pathway of a structure on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Index in `Rules::pathways`.
    pub pathway: usize,
    /// How many may enter, may not, and of how many nobody can tell.
    pub eligible: [u32; 3],
    pub places: Places,
    /// In order of ids.
    pub entered: Vec<Box<str>>,
    /// In their turn.
    pub waiting: Vec<Turn>,
    /// How many of those in it used more than was granted, by allowance.
    pub exceeding: Vec<u32>,
    /// How many sessions or workshops those in it have used, by allowance.
    pub used: Vec<u32>,
    pub status: RuleStatus,
}

impl Overview {
    /// Answers the pathways of a structure on a day, nobody counted yet.
    pub fn all(rules: &Rules, structure: &str, date: Day) -> Vec<Overview> {
        let each = rules.pathways.iter().enumerate().map(|(pathway, rule)| Overview {
            pathway,
            eligible: [0; 3],
            places: Places::of(rules, pathway, structure, date),
            entered: Vec::new(),
            waiting: Vec::new(),
            exceeding: vec![0; rule.allowances.len()],
            used: vec![0; rule.allowances.len()],
            status: rule.status,
        });
        each.collect()
    }

    /// Counts one patient.
    pub fn add(&mut self, patient: &str, result: &PathwayResult) {
        let n = match result.ground.verdict {
            Verdict::Yes => 0,
            Verdict::No => 1,
            Verdict::Unknown => 2,
        };
        self.eligible[n] += 1;
        self.status = self.status.max(result.ground.status);
        let Some(stay) = &result.stay else { return };
        if stay.state.is_in() {
            self.entered.push(patient.into());
            for used in &result.used {
                self.used[used.allowance] += used.used;
                self.exceeding[used.allowance] += u32::from(used.exceeded().is_some_and(|n| n > 0));
            }
        } else if let (State::Waiting, Some((since, known))) = (stay.state, stay.waiting) {
            self.waiting.push(Turn { since, known, patient: patient.into() });
        }
    }

    /// Puts everybody in order, once all are counted.
    pub fn ordered(mut self) -> Overview {
        self.entered.sort_unstable();
        self.waiting.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
        self
    }

    /// Answers the turn of a patient, from 1; `None` for who does not wait.
    pub fn turn(&self, patient: &str) -> Option<usize> {
        self.waiting.iter().position(|turn| *turn.patient == *patient).map(|n| n + 1)
    }
}
