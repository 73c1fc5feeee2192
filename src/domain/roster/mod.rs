//! Rosters: who is on the file active, on a typology, on a pathway, over which days, and why that
//! changed from one month to another.
//!
//! Owns: the lists there are, the window of each membership, the comparison of two months of one
//! patient with its reasons and its effect in money, and the end of the consommant window. Decides
//! nothing itself: it reads what decided the months. Must not know: FHIR, the clock, how many
//! patients there are.

mod change;
mod leaving;
mod reason;
#[cfg(test)]
mod tests;
mod window;

pub use change::Change;
pub use change::Counts;
pub use change::Move;
pub use change::Side;
pub use change::compare;
pub use leaving::Leaving;
pub use leaving::leaving;
pub use reason::Reason;
pub use window::days;

use super::enrolment::NotPayable;
use super::pathway::PathwayResult;
use super::pathway::State;
use super::rules::Rules;
use super::typologie::PatientMonth;
use super::verdict::RuleStatus;

/// One list of patients of a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Roster {
    /// Everybody payable.
    FileActive,
    /// Everybody a typology is paid for: index in `Rules::typologies`.
    Typologie(usize),
    /// Everybody who may enter a pathway: index in `Rules::pathways`.
    Pathway(usize),
    /// Everybody who is in it on the last day of the month.
    Entered(usize),
    /// Everybody who waits for it on that day.
    Waiting(usize),
}

impl Roster {
    /// Answers every roster of a rulebook: the file active, the typologies, who may enter each
    /// pathway, then who is in each and who waits for it.
    pub fn all(rules: &Rules) -> Vec<Roster> {
        let typologies = (0..rules.typologies.len()).map(Roster::Typologie);
        let pathways = (0..rules.pathways.len()).map(Roster::Pathway);
        let stays = (0..rules.pathways.len()).flat_map(|n| [Roster::Entered(n), Roster::Waiting(n)]);
        [Roster::FileActive].into_iter().chain(typologies).chain(pathways).chain(stays).collect()
    }

    /// Answers its code of CodeSystem/roster.
    pub fn code(self, rules: &Rules) -> String {
        match self {
            Roster::FileActive => "file-active".to_owned(),
            Roster::Typologie(n) => rules.typologies[n].id.to_string(),
            // A pathway may have the name of a typology: the two rosters are not one.
            Roster::Pathway(n) => format!("parcours-{}", rules.pathways[n].id),
            Roster::Entered(n) => format!("parcours-{}-entered", rules.pathways[n].id),
            Roster::Waiting(n) => format!("parcours-{}-waiting", rules.pathways[n].id),
        }
    }

    /// Answers its name in French.
    pub fn label_fr(self, rules: &Rules) -> String {
        match self {
            Roster::FileActive => "File active".to_owned(),
            Roster::Typologie(n) => format!("Typologie : {}", rules.typologies[n].label_fr),
            Roster::Pathway(n) => format!("Parcours : {}", rules.pathways[n].label_fr),
            Roster::Entered(n) => format!("Dans le parcours : {}", rules.pathways[n].label_fr),
            Roster::Waiting(n) => format!("En attente du parcours : {}", rules.pathways[n].label_fr),
        }
    }

    /// Answers whether it asks where patients stand with pathways.
    pub fn asks_pathways(self) -> bool {
        matches!(self, Roster::Pathway(_) | Roster::Entered(_) | Roster::Waiting(_))
    }

    /// Answers whether a patient is on it: payable, paid for the typology, or somebody alive who may
    /// enter the pathway and is not counted in another's record.
    pub fn has(self, month: &PatientMonth, pathways: &[PathwayResult]) -> bool {
        let counted = !matches!(month.not_payable, Some(NotPayable::Merged | NotPayable::Deleted));
        match self {
            Roster::FileActive => month.not_payable.is_none(),
            Roster::Typologie(n) => month.typologies.iter().any(|result| result.typologie == n && result.paid),
            Roster::Pathway(n) => {
                let may = |result: &&PathwayResult| result.pathway == n && result.ground.verdict.is_yes();
                month.alive.is_yes() && counted && pathways.iter().find(may).is_some()
            }
            Roster::Entered(n) => counted && state(pathways, n).is_some_and(State::is_in),
            Roster::Waiting(n) => counted && state(pathways, n) == Some(State::Waiting),
        }
    }

    /// Answers the status of its rules themselves, weakest of all, whoever is on it.
    pub fn own_status(self, rules: &Rules) -> RuleStatus {
        let payable = rules.enrolment.status.max(rules.consommant.status);
        match self {
            Roster::FileActive => payable,
            Roster::Typologie(n) => payable.max(rules.typologies[n].status),
            Roster::Pathway(n) => rules.pathways[n].status,
            // That an EpisodeOfCare tells so is our reading.
            Roster::Entered(_) | Roster::Waiting(_) => RuleStatus::Interpretation,
        }
    }

    /// Answers the weakest status of what decided whether a patient is on it.
    pub fn status(self, month: &PatientMonth, pathways: &[PathwayResult]) -> RuleStatus {
        let payable = month.enrolled.status.max(month.consommant.status);
        match self {
            Roster::FileActive => payable,
            Roster::Typologie(n) => {
                let result = month.typologies.iter().find(|result| result.typologie == n);
                result.map_or(payable, |result| payable.max(result.rule_status))
            }
            Roster::Pathway(n) => {
                let result = pathways.iter().find(|result| result.pathway == n);
                result.map_or(RuleStatus::Official, |result| result.ground.status)
            }
            Roster::Entered(_) | Roster::Waiting(_) => RuleStatus::Interpretation,
        }
    }
}

fn state(pathways: &[PathwayResult], pathway: usize) -> Option<State> {
    pathways.iter().find(|result| result.pathway == pathway)?.state()
}
