//! Why somebody came on a roster, left it, or costs something else: a closed vocabulary.

use crate::domain::condition::Cause;
use crate::domain::fact::Kind;

/// Why two months of a patient differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    NewDeclaration,
    DeclarationEnded,
    Consultation,
    WindowElapsed,
    Death,
    DeathDatePartial,
    Merged,
    Unmerged,
    IdentityFound,
    IdentityMissing,
    PaidElsewhere,
    PaidHere,
    Deleted,
    Birthday,
    RightBegan,
    RightEnded,
    DiagnosisBegan,
    DiagnosisEnded,
    Measured,
    MeasureElapsed,
    DeclaredByGp,
    GpDeclarationEnded,
    PathwayAsked,
    PathwayEntered,
    PathwayLeft,
    RulesChanged,
    AmountChanged,
    AmountUnknown,
    DataMissing,
    DataChanged,
}

impl Reason {
    pub const ALL: [Reason; 30] = [
        Reason::NewDeclaration,
        Reason::DeclarationEnded,
        Reason::Consultation,
        Reason::WindowElapsed,
        Reason::Death,
        Reason::DeathDatePartial,
        Reason::Merged,
        Reason::Unmerged,
        Reason::IdentityFound,
        Reason::IdentityMissing,
        Reason::PaidElsewhere,
        Reason::PaidHere,
        Reason::Deleted,
        Reason::Birthday,
        Reason::RightBegan,
        Reason::RightEnded,
        Reason::DiagnosisBegan,
        Reason::DiagnosisEnded,
        Reason::Measured,
        Reason::MeasureElapsed,
        Reason::DeclaredByGp,
        Reason::GpDeclarationEnded,
        Reason::PathwayAsked,
        Reason::PathwayEntered,
        Reason::PathwayLeft,
        Reason::RulesChanged,
        Reason::AmountChanged,
        Reason::AmountUnknown,
        Reason::DataMissing,
        Reason::DataChanged,
    ];

    /// Answers code and French label, of CodeSystem/roster-reason.
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Reason::NewDeclaration => ("new-declaration", "Nouvelle déclaration ou inscription"),
            Reason::DeclarationEnded => ("declaration-ended", "Déclaration ou inscription finie"),
            Reason::Consultation => ("consultation", "Consultation dans la fenêtre"),
            Reason::WindowElapsed => ("window-elapsed", "Fenêtre du patient consommant écoulée"),
            Reason::Death => ("death", "Décès"),
            Reason::DeathDatePartial => ("death-date-partial", "Date de décès incomplète"),
            Reason::Merged => ("merged", "Dossier fusionné dans un autre"),
            Reason::Unmerged => ("unmerged", "Dossier qui n'est plus fusionné"),
            Reason::IdentityFound => ("identity-found", "Identité retrouvée"),
            Reason::IdentityMissing => ("identity-missing", "Identité absente"),
            Reason::PaidElsewhere => ("paid-elsewhere", "Payé à une autre structure"),
            Reason::PaidHere => ("paid-here", "N'est plus payé à une autre structure"),
            Reason::Deleted => ("deleted", "Dossier supprimé"),
            Reason::Birthday => ("birthday", "Limite d'âge atteinte"),
            Reason::RightBegan => ("right-began", "Droit ouvert (ALD, C2S, reconnaissance)"),
            Reason::RightEnded => ("right-ended", "Droit fini (ALD, C2S, reconnaissance)"),
            Reason::DiagnosisBegan => ("diagnosis-began", "Diagnostic posé"),
            Reason::DiagnosisEnded => ("diagnosis-ended", "Diagnostic résolu"),
            Reason::Measured => ("measured", "Nouvelle mesure ou nouvelle réponse"),
            Reason::MeasureElapsed => ("measure-elapsed", "Mesure trop ancienne"),
            Reason::DeclaredByGp => ("declared-by-gp", "Typologie déclarée par le médecin"),
            Reason::GpDeclarationEnded => ("gp-declaration-ended", "Typologie qui n'est plus déclarée par le médecin"),
            Reason::PathwayAsked => ("pathway-asked", "Inscrit en attente d'un parcours"),
            Reason::PathwayEntered => ("pathway-entered", "Entré dans un parcours"),
            Reason::PathwayLeft => ("pathway-left", "Sorti d'un parcours, ou de son attente"),
            Reason::RulesChanged => ("rules-changed", "Paramètre d'une autre valeur à cette date"),
            Reason::AmountChanged => ("amount-changed", "Montant d'une autre valeur à cette date"),
            Reason::AmountUnknown => ("amount-unknown", "Montant inconnu d'un des deux mois"),
            Reason::DataMissing => ("data-missing", "Un fait manque pour décider"),
            Reason::DataChanged => ("data-changed", "Autre fait du dossier"),
        }
    }

    /// Answers its code of CodeSystem/roster-reason.
    pub fn code(self) -> &'static str {
        self.told().0
    }

    pub fn label_fr(self) -> &'static str {
        self.told().1
    }

    /// Answers what the beginning of days by this cause says; nothing of those of the month.
    pub(super) fn began(cause: Cause) -> Option<Reason> {
        Some(match cause {
            Cause::Birthday => Reason::Birthday,
            Cause::Right => Reason::RightBegan,
            Cause::Diagnosis => Reason::DiagnosisBegan,
            Cause::Measure => Reason::Measured,
            Cause::Declaration => Reason::DeclaredByGp,
            Cause::Enrolment => Reason::NewDeclaration,
            Cause::Consultation => Reason::Consultation,
            Cause::Death | Cause::Month => return None,
        })
    }

    /// Answers what the end of days by this cause says; nothing of those of the month.
    pub(super) fn ended(cause: Cause) -> Option<Reason> {
        Some(match cause {
            Cause::Birthday => Reason::Birthday,
            Cause::Right => Reason::RightEnded,
            Cause::Diagnosis => Reason::DiagnosisEnded,
            Cause::Measure => Reason::MeasureElapsed,
            Cause::Declaration => Reason::GpDeclarationEnded,
            Cause::Enrolment => Reason::DeclarationEnded,
            Cause::Consultation => Reason::WindowElapsed,
            Cause::Death => Reason::Death,
            Cause::Month => return None,
        })
    }

    /// Answers what new evidence of a kind says where no day tells.
    pub(super) fn by_evidence(kind: Kind) -> Reason {
        match kind {
            Kind::Observation | Kind::QuestionnaireResponse | Kind::DiagnosticReport => Reason::Measured,
            _ => Reason::DataChanged,
        }
    }
}
