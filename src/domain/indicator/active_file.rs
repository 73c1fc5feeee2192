//! The active file: how many patients there are, and how many a full-time GP could follow.
//!
//! The minutes of consultation of each are summed beside, so that the projection is made of the same
//! patients (`derived`).

use super::Counts;
use super::Rule;
use super::Share;
use super::Standing;
use super::Subject;
use crate::domain::calendar::Day;
use crate::domain::param::ParamId;
use crate::domain::verdict::Verdict;

/// `active_file:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveFile {
    /// The indicator whose minutes are taken: index in `Rules::indicators`.
    pub minutes_of: usize,
    /// Hours of consultation of a full-time GP in a week.
    pub weekly_hours: ParamId,
    /// Weeks of consultation in a year.
    pub weeks_per_year: ParamId,
    /// Full-time GPs of each structure, where somebody told.
    pub full_time_gps: PerStructure,
}

/// A parameter that may differ from one structure to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PerStructure {
    /// Of the structures that are not named; `None`: nobody told.
    pub default: Option<ParamId>,
    /// Organization id, its own parameter.
    pub by_structure: Vec<(Box<str>, ParamId)>,
}

impl PerStructure {
    /// Answers the parameter of a structure.
    pub fn of(&self, structure: &str) -> Option<ParamId> {
        let own = self.by_structure.iter().find(|(id, _)| &**id == structure);
        own.map(|(_, param)| *param).or(self.default)
    }

    fn parameters(&self) -> impl Iterator<Item = ParamId> + '_ {
        self.default.into_iter().chain(self.by_structure.iter().map(|(_, param)| *param))
    }
}

impl ActiveFile {
    pub(super) fn parameters(&self) -> Vec<ParamId> {
        [self.weekly_hours, self.weeks_per_year].into_iter().chain(self.full_time_gps.parameters()).collect()
    }

    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        let (counts, status) = match member.verdict {
            Verdict::No => return Vec::new(),
            Verdict::Unknown => (Counts { undecided: 1, ..Counts::default() }, member.status),
            Verdict::Yes => {
                let one = Counts { initial: 1, ..Counts::default() };
                match subject.rules().indicators.get(self.minutes_of).map(|indicator| &indicator.rule) {
                    Some(Rule::Minutes(minutes)) => {
                        let sums = minutes.sum(subject, (Day::min_value(), subject.day()));
                        let Counts { measured, sum, known, missing, .. } = sums;
                        (Counts { measured, sum, known, missing, ..one }, member.status.max(minutes.status(subject)))
                    }
                    _ => (one, member.status),
                }
            }
        };
        vec![Share { group: 0, counts, evidence: member.evidence.clone(), units: None, status }]
    }
}
