//! Codes of our contract per resource type, and of the advice given on each.
//!
//! Source: design notes on French interoperability; INS rules of the référentiel INS and FR Core.

use crate::fhir::issue::Class;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::Severity;

issue_table! {
    CONTRACT_REQUIRED = "MTR-CTR-001" "required" Error Contract,
        "« {0} » est exigé par le contrat de la passerelle.", "'{0}' is required by the gateway's contract.";
    CONTRACT_SHAPE = "MTR-CTR-002" "invariant" Error Contract,
        "« {0} » ne respecte pas le contrat de la passerelle.", "'{0}' does not respect the gateway's contract.";
    RETRACTED = "MTR-CTR-003" "informational" Information Advice,
        "Le statut entered-in-error retire ce fait des calculs.", "The status entered-in-error takes this fact out of the computations.";

    PAT_IDENTITY_MISSING = "MTR-PAT-001" "incomplete" Warning Advice,
        "Aucun identifiant utilisable (INS ou IPP avec système et valeur) : le patient est calculé mais non payable.", "No usable identifier (INS, or PI with system and value): the patient is computed but not payable.";
    PAT_BIRTH_MISSING = "MTR-PAT-002" "required" Error Contract,
        "La date de naissance est exigée, même partielle, ou la raison de son absence (data-absent-reason).", "The birth date is required, even partial, or the reason of its absence (data-absent-reason).";
    PAT_BIRTH_FUTURE = "MTR-PAT-003" "value" Error Contract,
        "La date de naissance est dans le futur.", "The birth date is in the future.";
    PAT_BIRTH_TOO_OLD = "MTR-PAT-004" "value" Error Contract,
        "La date de naissance remonte à plus de {0} ans.", "The birth date is more than {0} years ago.";
    PAT_TEST_INS = "MTR-PAT-005" "business-rule" Error Contract,
        "Un INS de test ou de démonstration est refusé en production.", "A test or demonstration INS is refused in production.";
    PAT_IDENTITY_CONFLICT = "MTR-PAT-006" "multiple-matches" Error Contract,
        "Les identifiants désignent deux patients différents déjà connus.", "The identifiers point to two different known patients.";
    PAT_INS_KEY = "MTR-PAT-007" "value" Warning Advice,
        "La clé de l'INS ne correspond pas au matricule.", "The key of the INS does not match the number.";
    PAT_INS_SHAPE = "MTR-PAT-008" "value" Warning Advice,
        "L'INS n'a pas la forme d'un matricule (13 caractères et 2 chiffres de clé) : ce n'est pas une clé.", "The INS has not the form of a number (13 characters and a key of 2 digits): it is no key.";
    PAT_INS_SEX = "MTR-PAT-009" "business-rule" Warning Advice,
        "Le sexe du matricule INS contredit Patient.gender.", "The sex in the INS contradicts Patient.gender.";
    PAT_INS_BIRTH = "MTR-PAT-010" "business-rule" Warning Advice,
        "L'année ou le mois du matricule INS contredit Patient.birthDate.", "The year or month in the INS contradicts Patient.birthDate.";
    PAT_STATUS_ABSENT = "MTR-PAT-011" "incomplete" Warning Advice,
        "L'INS voyage sans statut d'identité : il est pris comme clé.", "The INS travels without an identity status: it is taken as a key.";
    PAT_STATUS_NOT_VALID = "MTR-PAT-012" "business-rule" Warning Advice,
        "Le statut d'identité n'est pas VALI : l'INS est gardé mais n'est pas une clé.", "The identity status is not VALI: the INS is kept but is no key.";
    PAT_INS_UNTYPED = "MTR-PAT-013" "incomplete" Warning Advice,
        "L'identifiant porte un système INS sans type INS-*.", "The identifier has an INS system without a type INS-*.";
    PAT_TWO_OFFICIAL = "MTR-PAT-014" "invariant" Warning Advice,
        "Plus d'un identifiant d'usage « official » (fr-core-2).", "More than one identifier of use 'official' (fr-core-2).";
    PAT_BIRTHPLACE_MISSING = "MTR-PAT-015" "incomplete" Warning Advice,
        "Le code du lieu de naissance (COG) manque : les cinq traits de l'INS sont incomplets.", "The code of the birth place (COG) is missing: the five traits of the INS are incomplete.";
    PAT_GENDER_MISSING = "MTR-PAT-016" "incomplete" Warning Advice,
        "Patient.gender manque : les règles qui dépendent du sexe seront indéterminées.", "Patient.gender is missing: the rules that depend on sex will be indeterminate.";
    PAT_GENDER_OTHER = "MTR-PAT-017" "value" Warning Advice,
        "FR Core n'admet que male, female et unknown ; « other » ne décide d'aucune règle.", "FR Core admits male, female and unknown only; 'other' decides no rule.";
    PAT_DEATH_BEFORE_BIRTH = "MTR-PAT-018" "value" Error Contract,
        "La date de décès précède la naissance.", "The date of death comes before the birth.";
    PAT_DEATH_FUTURE = "MTR-PAT-019" "value" Error Contract,
        "La date de décès est dans le futur.", "The date of death is in the future.";
    PAT_NSS_NOT_KEY = "MTR-PAT-020" "informational" Information Advice,
        "Le numéro de facturation (NH) n'identifie pas un patient : il n'est pas une clé.", "The billing number (NH) identifies no patient: it is no key.";
    PAT_DEPENDANTS = "MTR-PAT-021" "conflict" Error Exchange,
        "Ressources qui dépendent de ce patient : {0} ; les supprimer avec lui demande _cascade=delete.", "Resources that depend on this patient: {0}; deleting them too takes _cascade=delete.";
    PAT_PI_INCOMPLETE = "MTR-PAT-022" "incomplete" Warning Advice,
        "Un IPP sans système ou sans valeur n'est pas une clé.", "A PI without system or value is no key.";

    PAT_IDENTITY_TAKEN = "MTR-PAT-023" "duplicate" Error Exchange,
        "Un autre patient porte déjà cet INS ou cet IPP : mettez-le à jour (PUT Patient?identifier=...), ou dites la fusion par Patient.link (replaced-by).", "Another patient carries this INS or PI already: update it (PUT Patient?identifier=...), or tell the merge by Patient.link (replaced-by).";

    ENC_IDENTIFIER_MISSING = "MTR-ENC-001" "incomplete" Warning Advice,
        "Encounter.identifier (système et valeur) manque : les envois répétés ne pourront être reconnus.", "Encounter.identifier (system and value) is missing: repeated sendings cannot be recognised.";
    ENC_SUBJECT_MISSING = "MTR-ENC-002" "required" Error Contract,
        "Encounter.subject est exigé : sans patient, la consultation ne compte pour personne.", "Encounter.subject is required: without a patient the consultation counts for nobody.";
    ENC_STATUS_MISSING = "MTR-ENC-003" "required" Error Contract,
        "Encounter.status est exigé.", "Encounter.status is required.";
    ENC_CLASS_MISSING = "MTR-ENC-004" "required" Error Contract,
        "Encounter.class est exigé avec système et code : « {0} » manque.", "Encounter.class is required with system and code: '{0}' is missing.";
    ENC_PERIOD_MISSING = "MTR-ENC-005" "required" Error Contract,
        "Encounter.period.start est exigé : « {0} » manque.", "Encounter.period.start is required: '{0}' is missing.";
    ENC_FUTURE = "MTR-ENC-006" "business-rule" Error Contract,
        "Une rencontre terminée ne peut être dans le futur.", "A finished encounter cannot be in the future.";
    ENC_PARTICIPANT_MISSING = "MTR-ENC-007" "incomplete" Warning Advice,
        "Aucun professionnel désigné : la consultation aura une profession inconnue et ne comptera pas.", "No professional is named: the consultation will have an unknown profession and will not count.";
    ENC_CLASS_UNKNOWN = "MTR-ENC-008" "code-invalid" Warning Advice,
        "Encounter.class n'est pas un code v3-ActCode connu : la rencontre n'est pas comptée comme consultation.", "Encounter.class is no known v3-ActCode: the encounter does not count as a consultation.";
    ENC_PROVIDER_MISSING = "MTR-ENC-009" "informational" Information Advice,
        "serviceProvider manque : la structure de l'expéditeur est retenue.", "serviceProvider is missing: the sender's structure is taken.";
    ENC_LENGTH_UNIT = "MTR-ENC-010" "value" Warning Advice,
        "Encounter.length n'est pas dans une unité de temps UCUM : la durée n'est pas lue.", "Encounter.length is not in a UCUM unit of time: the duration is not read.";
    ENC_UNDATED = "MTR-ENC-011" "incomplete" Information Advice,
        "Encounter.period manque : prévue ou annulée, la rencontre est reçue sans ; terminée, elle en a besoin.", "Encounter.period is missing: planned or cancelled, the encounter is received without one; finished, it needs one.";

    OBS_STATUS_MISSING = "MTR-OBS-001" "required" Error Contract,
        "Observation.status est exigé.", "Observation.status is required.";
    OBS_CODE_MISSING = "MTR-OBS-002" "required" Error Contract,
        "Observation.code est exigé avec au moins un codage (système et code).", "Observation.code is required with at least one coding (system and code).";
    OBS_SUBJECT_MISSING = "MTR-OBS-003" "required" Error Contract,
        "Observation.subject est exigé.", "Observation.subject is required.";
    OBS_DATE_MISSING = "MTR-OBS-004" "required" Error Contract,
        "Observation.effective[x] est exigé : un résultat sans date ne vaut rien.", "Observation.effective[x] is required: a result without a date is worth nothing.";
    OBS_VALUE_MISSING = "MTR-OBS-005" "required" Error Contract,
        "Une valeur, un composant, un membre ou dataAbsentReason est exigé.", "A value, a component, a member or dataAbsentReason is required.";
    OBS_UNIT_UNKNOWN = "MTR-OBS-006" "value" Error Contract,
        "L'unité UCUM de « {0} » ne se convertit pas dans celle de la mesure {1}. Unités admises : {2}.", "The UCUM unit of '{0}' does not convert to that of the measure {1}. Allowed units: {2}.";
    OBS_UNIT_MISSING = "MTR-OBS-007" "required" Error Contract,
        "« {0} » doit porter l'unité UCUM dans « code » pour la mesure {1} (unités admises : {2}) ; « unit » n'est pas lu.", "'{0}' must carry the UCUM unit in 'code' for the measure {1} (allowed units: {2}); 'unit' is not read.";
    OBS_IMPOSSIBLE = "MTR-OBS-008" "value" Error Contract,
        "« {0} » : valeur physiologiquement impossible pour la mesure {1} (de {2} à {3}).", "'{0}': physiologically impossible value for the measure {1} ({2} to {3}).";
    OBS_UNLIKELY = "MTR-OBS-009" "value" Warning Advice,
        "« {0} » : valeur peu vraisemblable pour la mesure {1} (d'ordinaire de {2} à {3}).", "'{0}': unlikely value for the measure {1} (usually {2} to {3}).";
    OBS_UNIT_SYSTEM = "MTR-OBS-010" "value" Error Contract,
        "« {0} » : l'unité d'une mesure lue par les règles est codée en UCUM (http://unitsofmeasure.org).", "'{0}': the unit of a measure the rules read is coded in UCUM (http://unitsofmeasure.org).";
    OBS_VALUE_UNREADABLE = "MTR-OBS-011" "value" Warning Advice,
        "« {0} » : la mesure {1} est un nombre ; ce type de valeur n'est pas lu.", "'{0}': the measure {1} is a number; this type of value is not read.";
    OBS_VALUE_AND_REASON = "MTR-OBS-012" "invariant" Error Malformed,
        "dataAbsentReason n'est permis qu'en l'absence de valeur (obs-6).", "dataAbsentReason is allowed only where there is no value (obs-6).";
    OBS_PRECAR_CHILD = "MTR-OBS-013" "value" Warning Advice,
        "Le score PRECAR est validé chez l'adulte : celui d'un enfant n'est lu par aucune règle.", "The PRECAR score is validated in adults: that of a child is read by no rule.";
    OBS_FUTURE = "MTR-OBS-014" "value" Warning Advice,
        "La date du résultat est dans le futur : il ne compte pas encore.", "The date of the result is in the future: it does not count yet.";
    OBS_BEFORE_BIRTH = "MTR-OBS-015" "value" Warning Advice,
        "La date du résultat précède la naissance : il ne compte pas.", "The date of the result comes before the birth: it does not count.";
    OBS_GIR_RANGE = "MTR-OBS-016" "value" Error Contract,
        "Le GIR est un entier de 1 à 6.", "The GIR is an integer from 1 to 6.";
    OBS_UNDATABLE = "MTR-OBS-017" "incomplete" Warning Advice,
        "La date du résultat ne peut être lue : il ne compte pas.", "The date of the result cannot be read: it does not count.";

    CON_SUBJECT_MISSING = "MTR-CON-001" "required" Error Contract,
        "Condition.subject est exigé.", "Condition.subject is required.";
    CON_CODE_MISSING = "MTR-CON-002" "required" Error Contract,
        "Condition.code est exigé.", "Condition.code is required.";
    CON_UNCODED = "MTR-CON-003" "incomplete" Warning Advice,
        "Condition.code n'a pas de codage : aucune règle ne le lit.", "Condition.code has no coding: no rule reads it.";
    CON_RIGHT_UNDATED = "MTR-CON-004" "incomplete" Warning Advice,
        "L'ALD portée par Condition.category n'a pas de date de début : elle vaut depuis toujours.", "The ALD in Condition.category has no start date: it holds since always.";
    CON_ABATED_ACTIVE = "MTR-CON-005" "invariant" Warning Advice,
        "Un problème terminé (abatement) devrait être inactive, remission ou resolved (con-4).", "A problem that abated should be inactive, remission or resolved (con-4).";
    CON_ERROR_WITH_STATUS = "MTR-CON-006" "invariant" Warning Advice,
        "clinicalStatus n'a pas de sens avec entered-in-error (con-5).", "clinicalStatus has no meaning with entered-in-error (con-5).";
    CON_ONSET_FUTURE = "MTR-CON-007" "value" Warning Advice,
        "Le début du problème est dans le futur : il ne compte pas encore.", "The onset of the problem is in the future: it does not count yet.";
    CON_ABATED_BEFORE_ONSET = "MTR-CON-008" "invariant" Error Malformed,
        "Le problème finit avant de commencer.", "The problem ends before it begins.";

    COV_BENEFICIARY_MISSING = "MTR-COV-001" "required" Error Contract,
        "Coverage.beneficiary est exigé.", "Coverage.beneficiary is required.";
    COV_TYPE_MISSING = "MTR-COV-002" "required" Error Contract,
        "Coverage.type ou Coverage.class est exigé : de quel droit s'agit-il ?", "Coverage.type or Coverage.class is required: which right is it?";
    COV_PERIOD_MISSING = "MTR-COV-003" "required" Error Contract,
        "Un droit est daté : Coverage.period est exigé.", "A right is dated: Coverage.period is required.";
    COV_START_MISSING = "MTR-COV-004" "incomplete" Warning Advice,
        "« {0} » n'a pas de début : le droit vaut depuis toujours.", "'{0}' has no start: the right holds since always.";

    CTM_SUBJECT_MISSING = "MTR-CTM-001" "required" Error Contract,
        "CareTeam.subject est exigé.", "CareTeam.subject is required.";
    CTM_PERIOD_MISSING = "MTR-CTM-002" "incomplete" Warning Advice,
        "Le médecin traitant n'a pas de période : il vaut sans limite de début.", "The médecin traitant has no period: it holds without a lower bound.";

    EOC_PERIOD_MISSING = "MTR-EOC-001" "incomplete" Warning Advice,
        "Le contrat n'a pas de date d'entrée (EpisodeOfCare.period.start).", "The contract has no entry date (EpisodeOfCare.period.start).";

    APT_STATUS_MISSING = "MTR-APT-001" "required" Error Contract,
        "Appointment.status est exigé.", "Appointment.status is required.";
    APT_PATIENT_MISSING = "MTR-APT-002" "required" Error Contract,
        "Un participant au moins doit être un patient.", "At least one participant must be a patient.";
    APT_START_MISSING = "MTR-APT-003" "required" Error Contract,
        "Appointment.start est exigé pour un rendez-vous pris, honoré ou manqué.", "Appointment.start is required for a booked, kept or missed appointment.";

    ACT_UNDATED = "MTR-ACT-001" "incomplete" Warning Advice,
        "« {0} » manque ou n'est pas une date : l'acte ne peut être compté.", "'{0}' is missing or is no date: the act cannot be counted.";
    ACT_UNCODED = "MTR-ACT-002" "incomplete" Warning Advice,
        "« {0} » n'a pas de codage avec système : aucune règle ne le lit.", "'{0}' has no coding with a system: no rule reads it.";
    ACT_FUTURE = "MTR-ACT-003" "value" Warning Advice,
        "« {0} » est dans le futur : l'acte ne compte pas encore.", "'{0}' is in the future: the act does not count yet.";
    ACT_REASON_MISSING = "MTR-ACT-004" "incomplete" Warning Advice,
        "Un acte non fait sans raison ne vaut ni refus ni contre-indication.", "An act not done without a reason is neither a refusal nor a contraindication.";

    PRA_RPPS_KEY = "MTR-PRA-001" "value" Warning Advice,
        "Le numéro RPPS ne satisfait pas sa clé de contrôle.", "The RPPS number does not satisfy its check digit.";
}
