//! How a patient stands to the structure on the day of a measure: alive, enrolled, declared, seen.
//!
//! Owns these four answers, each three-valued with its grounds, worked out once per subject. They are
//! those of that one day, where a month of a forfait asks of any of its days.

use super::Subject;
use crate::domain::enrolment::Basis;
use crate::domain::enrolment::consulted;
use crate::domain::enrolment::declared_on;
use crate::domain::enrolment::member;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::Uses;
use crate::domain::typologie::life;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;

/// One answer about a patient, with the resource versions it rests on and how sure its rule is.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub verdict: Verdict,
    pub evidence: Vec<EvidenceRef>,
    pub status: RuleStatus,
}

impl Standing {
    /// Answers a verdict without grounds.
    pub(super) fn of(verdict: Verdict, status: RuleStatus) -> Standing {
        Standing { verdict, evidence: Vec::new(), status }
    }

    /// Answers whether both hold, with the grounds of whichever decides.
    pub(super) fn and(&self, other: &Standing) -> Standing {
        let verdict = self.verdict.and(other.verdict);
        let grounds = || [self, other].into_iter().filter(|one| one.verdict == verdict);
        let mut evidence: Vec<EvidenceRef> = grounds().flat_map(|one| one.evidence.iter().cloned()).collect();
        evidence.sort();
        evidence.dedup();
        let status = grounds().map(|one| one.status).max().unwrap_or(self.status.max(other.status));
        Standing { verdict, evidence, status }
    }
}

impl Subject<'_> {
    /// Answers whether the patient lives on the day; the day of the death is still one of life.
    pub fn alive(&self) -> Standing {
        let life = life(self.dossier, self.day(), self.day());
        let born = match self.dossier.birth() {
            Some(birth) if birth.earliest() > self.day() => Verdict::No,
            Some(birth) if birth.latest() > self.day() => Verdict::Unknown,
            _ => Verdict::Yes,
        };
        Standing { verdict: life.alive.and(born), evidence: life.evidence, status: RuleStatus::Official }
    }

    /// Answers whether the patient is enrolled on the day, by the basis then in force: the contract
    /// until the end of 2024, the declaration from 2025.
    pub fn enrolled(&self) -> &Standing {
        self.enrolled.get_or_init(|| {
            let rules = self.rules();
            let status = Uses::of(&[rules.enrolment.basis]).weakest(rules.enrolment.status, &rules.params, self.day());
            let word = rules.params.word(rules.enrolment.basis, self.day());
            let Some(basis) = word.and_then(Basis::from_word) else { return Standing::of(Verdict::Unknown, status) };
            let found = member(self.dossier, self.scope, basis, (self.day(), self.day()));
            Standing { verdict: found.verdict, evidence: sorted(found.evidence), status }
        })
    }

    /// Answers whether a médecin traitant of the structure is declared on the day, contracts apart.
    pub fn declared(&self) -> &Standing {
        self.declared.get_or_init(|| {
            let found = declared_on(self.dossier, self.scope, self.day());
            let status = self.rules().enrolment.status;
            Standing { verdict: found.verdict, evidence: sorted(found.evidence), status }
        })
    }

    /// Answers whether the patient is a consommant on the day: seen by a GP or a midwife of the
    /// structure within the window that ends on it.
    pub fn seen(&self) -> &Standing {
        self.seen.get_or_init(|| {
            let rules = self.rules();
            let window = rules.consommant.window_months;
            let status = Uses::of(&[window]).weakest(rules.consommant.status, &rules.params, self.day());
            let Some(months) = rules.params.integer(window, self.day()) else {
                return Standing::of(Verdict::Unknown, status);
            };
            let found = consulted(self.dossier, self.scope, (self.day().add_months(-months), self.day()));
            Standing { verdict: found.verdict, evidence: sorted(found.evidence), status }
        })
    }
}

fn sorted(mut evidence: Vec<EvidenceRef>) -> Vec<EvidenceRef> {
    evidence.sort();
    evidence.dedup();
    evidence
}
