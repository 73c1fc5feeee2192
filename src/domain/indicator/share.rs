//! What one patient brings to one group of a measure.

use super::Counts;
use super::Standing;
use crate::domain::finding::EvidenceRef;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;

/// What one patient brings to one group of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Index in `QualityMeasure::groups`.
    pub group: usize,
    pub counts: Counts,
    /// What decided of the patient, sorted, each once.
    pub evidence: Vec<EvidenceRef>,
    /// What was counted one by one, each with what it brings alone; `None`: the patient is what is
    /// counted. Empty where nothing is cited.
    pub units: Option<Vec<(EvidenceRef, Counts)>>,
    /// Weakest status of the rule and the parameters it used.
    pub status: RuleStatus,
}

impl Share {
    /// Answers what one unit brings of which it is known, or not, whether it is of the population and
    /// whether it is of the numerator; `None` when it is surely not of the population.
    pub(super) fn of_one(group: usize, member: &Standing, holds: &Standing) -> Option<Share> {
        let asked = Counts { initial: 1, denominator: 1, ..Counts::default() };
        let undecided = Counts { undecided: 1, ..Counts::default() };
        let counts = match (member.verdict, holds.verdict) {
            (Verdict::No, _) => return None,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => undecided,
            (Verdict::Yes, Verdict::Yes) => Counts { numerator: 1, ..asked },
            (Verdict::Yes, Verdict::No) => asked,
        };
        let evidence = both(&member.evidence, &holds.evidence);
        Some(Share { group, counts, evidence, units: None, status: member.status.max(holds.status) })
    }

    /// Answers the same share when it is not known whether the patient is of the population: what was
    /// counted is then undecided. `None` when there is nothing to decide.
    pub(super) fn only_if(self, member: &Standing) -> Option<Share> {
        let status = self.status.max(member.status);
        let units = self.counts.initial + self.counts.undecided;
        let counts = match member.verdict {
            Verdict::No => return None,
            Verdict::Yes => self.counts,
            Verdict::Unknown => Counts { undecided: units, ..Counts::default() },
        };
        let mut units = self.units;
        if member.verdict == Verdict::Unknown {
            let undecided = Counts { undecided: 1, ..Counts::default() };
            units.iter_mut().flatten().for_each(|(_, brought)| *brought = undecided);
        }
        let evidence = both(&self.evidence, &member.evidence);
        (!counts.is_empty()).then_some(Share { counts, evidence, units, status, ..self })
    }
}

/// Answers two lists of citations as one, sorted, each once.
pub(super) fn both(some: &[EvidenceRef], more: &[EvidenceRef]) -> Vec<EvidenceRef> {
    let mut all: Vec<EvidenceRef> = some.iter().chain(more).cloned().collect();
    all.sort();
    all.dedup();
    all
}
