//! Who attends a patient: the médecin traitant declared on a day, by name.

use super::StructureScope;
use super::membership;
use crate::domain::calendar::Day;
use crate::domain::dossier::Dossier;
use crate::domain::verdict::Verdict;

/// The attending practitioners of a patient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attending {
    /// Ids of Practitioners, sorted, each once.
    pub practitioners: Vec<Box<str>>,
    /// Somebody is declared whom no Practitioner of the structure tells.
    pub unknown: bool,
}

/// Answers who of the structure attends the patient on a day, as declarations say; whoever may attend
/// counts where a date or a place leaves it open.
pub fn attending(dossier: &Dossier<'_>, scope: &StructureScope<'_>, day: Day) -> Attending {
    let mut found = Attending::default();
    for claim in membership::declarations_on(dossier, scope, day) {
        if claim.verdict(day, day) == Verdict::No {
            continue;
        }
        let known: Vec<Box<str>> = claim.who.iter().flat_map(|named| scope.directory.practitioners(named)).collect();
        found.unknown |= known.is_empty();
        found.practitioners.extend(known);
    }
    found.practitioners.sort_unstable();
    found.practitioners.dedup();
    found.unknown &= found.practitioners.is_empty();
    found
}
