//! Codes of the invariants of R4: what binds elements to each other and nothing here reads.
//!
//! All are advice. FHIR pages: R4 datatypes.html, and the constraints of each type's page.

use crate::fhir::issue::Class;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::Severity;

issue_table! {
    QUANTITY_SYSTEM = "MTR-INV-001" "invariant" Warning Advice,
        "Le code d'une unité dit de quel système il est (qty-3).", "The code of a unit says of which system it is (qty-3).";
    RANGE_CROSSED = "MTR-INV-002" "invariant" Warning Advice,
        "« {0} » : la borne basse ne dépasse pas la borne haute (rng-2).", "'{0}': the low end does not lie above the high end (rng-2).";
    RATIO_HALF = "MTR-INV-003" "invariant" Warning Advice,
        "« {0} » : un rapport a un numérateur et un dénominateur, ou aucun (rat-1).", "'{0}': a ratio has a numerator and a denominator, or neither (rat-1).";
    TELECOM_SYSTEM = "MTR-INV-004" "invariant" Warning Advice,
        "Un moyen de communication dit lequel il est (system) (cpt-2).", "A contact point says what it is (system) (cpt-2).";
    CONTACT_EMPTY = "MTR-INV-005" "invariant" Warning Advice,
        "Un contact a un nom, un moyen de communication, une adresse ou une organisation (pat-1).", "A contact has a name, a telecom, an address or an organization (pat-1).";
    REFERENCE_RANGE_EMPTY = "MTR-INV-006" "invariant" Warning Advice,
        "Un intervalle de référence a une borne ou un texte (obs-3).", "A reference range has a limit or a text (obs-3).";
    VALUE_OF_COMPONENT = "MTR-INV-007" "invariant" Warning Advice,
        "Une valeur dont le code est celui d'un composant est portée par ce composant seul (obs-7).", "A value whose code is that of a component stands in that component alone (obs-7).";
    STAGE_EMPTY = "MTR-INV-008" "invariant" Warning Advice,
        "Un stade a un résumé ou une évaluation (con-1).", "A stage has a summary or an assessment (con-1).";
    EVIDENCE_EMPTY = "MTR-INV-009" "invariant" Warning Advice,
        "Une preuve a un code ou un détail (con-2).", "Evidence has a code or details (con-2).";
    PARTICIPANT_EMPTY = "MTR-INV-010" "invariant" Warning Advice,
        "Un participant a un type ou un acteur (app-1).", "A participant has a type or an actor (app-1).";
    HALF_DATED = "MTR-INV-011" "invariant" Warning Advice,
        "Le début et la fin sont donnés tous deux, ou aucun (app-2).", "Start and end are both given, or neither (app-2).";
    APPOINTMENT_UNDATED = "MTR-INV-012" "invariant" Warning Advice,
        "Seul un rendez-vous proposé, annulé ou en liste d'attente est sans début ni fin (app-3).", "Only an appointment that is proposed, cancelled or on a waiting list has no start and end (app-3).";
    CANCELATION_REASON = "MTR-INV-013" "invariant" Warning Advice,
        "La raison d'une annulation ne vaut que d'un rendez-vous annulé ou manqué (app-4).", "A reason of cancelation belongs to an appointment that is cancelled or noshow (app-4).";
    ON_BEHALF_OF = "MTR-INV-014" "invariant" Warning Advice,
        "« onBehalfOf » ne vaut que d'un professionnel (ctm-1).", "'onBehalfOf' belongs to a practitioner (ctm-1).";
    EDUCATION_EMPTY = "MTR-INV-015" "invariant" Warning Advice,
        "Une information remise a un type de document ou une adresse (imm-1).", "Education has a document type or a reference (imm-1).";
    ORGANIZATION_NAMELESS = "MTR-INV-016" "invariant" Warning Advice,
        "Une organisation a un nom ou un identifiant (org-1).", "An organization has a name or an identifier (org-1).";
    ORGANIZATION_HOME_ADDRESS = "MTR-INV-017" "invariant" Warning Advice,
        "Une organisation n'a pas d'adresse personnelle (home) (org-2).", "An organization has no address of use home (org-2).";
    ORGANIZATION_HOME_TELECOM = "MTR-INV-018" "invariant" Warning Advice,
        "Une organisation n'a pas de moyen de communication personnel (home) (org-3).", "An organization has no telecom of use home (org-3).";
}
