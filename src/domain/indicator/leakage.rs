//! Consultations outside the structure, of those that are known: leaving is free, so that it is
//! measured and never blocked.

use super::Counted;
use super::Counts;
use super::Share;
use super::Standing;
use super::Subject;
use super::units::Units;
use crate::domain::verdict::Verdict;

/// `leakage:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Leakage {
    pub counted: Counted,
}

impl Leakage {
    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let (first, last) = subject.period;
        let mut units = Units::of(subject.dossier);
        for (contact, (by, here)) in self.counted.of(subject) {
            let asked = contact.within(first, last).and(by);
            if asked == Verdict::No {
                continue;
            }
            let denominator = Counts { initial: 1, denominator: 1, ..Counts::default() };
            let brought = match (asked, here) {
                (Verdict::Yes, Verdict::Yes) => denominator,
                (Verdict::Yes, Verdict::No) => Counts { numerator: 1, ..denominator },
                _ => Counts { undecided: 1, ..Counts::default() },
            };
            units.add(contact.index, brought);
        }
        let share = units.share(0, subject.rules().consommant.status);
        share.and_then(|share| share.only_if(member)).into_iter().collect()
    }
}
