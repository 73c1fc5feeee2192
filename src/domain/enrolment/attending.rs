//! Who is declared as the médecin traitant of a patient, by name.

use super::StructureScope;
use crate::domain::calendar::Day;
use crate::domain::dossier::Dossier;
use crate::domain::fact::CareTeamFact;
use crate::domain::fact::Kind;
use crate::domain::fact::Participant;

/// Answers whether a practitioner of the structure is declared as médecin traitant on a day: by a
/// CareTeam, which governs where it names one on that day, else by Patient.generalPractitioner.
pub fn is_declared_to(dossier: &Dossier<'_>, scope: &StructureScope<'_>, practitioner: &str, day: Day) -> bool {
    let rules = dossier.rules();
    let primary = |member: &&Participant| {
        let mut found = Vec::new();
        member.roles.iter().for_each(|coding| rules.concepts.resolve(coding, Kind::CareTeam, &mut found));
        found.contains(&rules.enrolment.primary_care) && member.period.contains(day)
    };
    let in_force = |team: &&CareTeamFact| team.counts && !team.ended && team.period.contains(day);
    let teams: Vec<&CareTeamFact> = dossier.care_teams().map(|seen| seen.fact).filter(in_force).collect();
    let mut doctors = teams.iter().flat_map(|team| &team.participants).filter(primary).peekable();
    if doctors.peek().is_some() {
        let mut named = doctors.filter_map(|doctor| doctor.actor.as_ref());
        return named.any(|actor| scope.directory.is_person(actor, practitioner));
    }
    let declared = dossier.patient().map(|patient| patient.general_practitioners.as_slice()).unwrap_or_default();
    declared.iter().any(|named| scope.directory.is_person(named, practitioner))
}
