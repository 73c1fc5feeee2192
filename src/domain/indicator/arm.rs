//! The arms of the comparison the seeds publish: MTR patients against the others.
//!
//! Which side somebody is on is told on the last day of the period, by the basis of enrolment then in
//! force. Until the end of 2024 the contract enrols, so that patients declared without one are the
//! other arm. From 2025 every declared patient is enrolled (but for one whose contract says that it
//! ended): the arm to compare with is then that of patients seen but not declared, and `declared` is
//! published as empty.

use super::Subject;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;

/// On which side of the comparison a patient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    /// Enrolled.
    Mtr,
    /// Not enrolled, though a médecin traitant of the structure is declared.
    Declared,
    /// Neither, but a consommant: seen by a GP or a midwife of the structure within the window.
    Seen,
    /// None of these.
    Other,
}

impl Arm {
    pub const ALL: [Arm; 4] = [Arm::Mtr, Arm::Declared, Arm::Seen, Arm::Other];

    /// Answers the stable code, as a stratum carries it.
    pub fn code(self) -> &'static str {
        match self {
            Arm::Mtr => "mtr",
            Arm::Declared => "declared",
            Arm::Seen => "seen",
            Arm::Other => "other",
        }
    }

    pub fn label_fr(self) -> &'static str {
        match self {
            Arm::Mtr => "Patients MTR",
            Arm::Declared => "Autres patients ayant déclaré un médecin traitant de la structure",
            Arm::Seen => "Patients vus sans y avoir déclaré de médecin traitant",
            Arm::Other => "Autres patients",
        }
    }
}

impl Subject<'_> {
    /// Answers the arm of the patient; `None` when nobody can tell for want of a datum. A death does
    /// not change it: measures say themselves whom they ask about.
    pub fn arm(&self) -> Option<Arm> {
        for arm in [Arm::Mtr, Arm::Declared, Arm::Seen] {
            let stands = match arm {
                Arm::Mtr => self.enrolled(),
                Arm::Declared => self.declared(),
                Arm::Seen | Arm::Other => self.seen(),
            };
            match stands.verdict {
                Verdict::Yes => return Some(arm),
                Verdict::Unknown => return None,
                Verdict::No => {}
            }
        }
        Some(Arm::Other)
    }

    /// Answers the weakest status among the rules that told the arm.
    pub fn arm_status(&self) -> RuleStatus {
        let mut status = self.enrolled().status;
        if self.enrolled().verdict == Verdict::No {
            status = status.max(self.declared().status);
            if self.declared().verdict == Verdict::No {
                status = status.max(self.seen().status);
            }
        }
        status
    }
}
