//! Change of médecin traitant: declared in the structure on the first day of the period, no longer on
//! the last.
//!
//! Our reading of the seed's 5 %: leaving the structure, for another médecin traitant or for none.
//! Another one within the structure is no change. Who died meanwhile is taken out of the denominator;
//! who was dead on the first day is none of those asked about, whatever declaration was left standing.

use super::Counts;
use super::Share;
use super::Standing;
use super::Subject;
use super::share::both;
use crate::domain::enrolment::declared_on;
use crate::domain::typologie::life;
use crate::domain::verdict::Verdict;

pub(super) fn shares(subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
    let (first, last) = subject.period;
    // Patient.generalPractitioner has no first day: nobody is declared before their birth.
    let born_later = subject.dossier.birth().is_some_and(|birth| birth.earliest() > first);
    if member.verdict == Verdict::No || born_later || first > last {
        return Vec::new();
    }
    let lived = life(subject.dossier, first, first);
    if lived.alive == Verdict::No {
        return Vec::new();
    }
    let at_first = declared_on(subject.dossier, subject.scope, first);
    if at_first.verdict == Verdict::No {
        return Vec::new();
    }
    let alive = subject.alive();
    let still = subject.declared();
    let asked = Counts { initial: 1, denominator: 1, ..Counts::default() };
    let counts = match (at_first.verdict.and(lived.alive), alive.verdict, still.verdict) {
        (Verdict::Yes, Verdict::No, _) => Counts { excluded: 1, ..asked },
        (Verdict::Yes, Verdict::Yes, Verdict::Yes) => asked,
        (Verdict::Yes, Verdict::Yes, Verdict::No) => Counts { numerator: 1, ..asked },
        _ => Counts { undecided: 1, ..Counts::default() },
    };
    let evidence = both(&both(&at_first.evidence, &still.evidence), &alive.evidence);
    let share = Share { group: 0, counts, evidence, units: None, status: still.status };
    share.only_if(member).into_iter().collect()
}
