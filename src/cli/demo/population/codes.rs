//! The codes the practice speaks, with their systems.

/// A coding with its display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) system: &'static str,
    pub(super) code: &'static str,
    pub(super) display: &'static str,
}

const fn code(system: &'static str, code: &'static str, display: &'static str) -> Code {
    Code { system, code, display }
}

pub(super) const fn loinc(value: &'static str, display: &'static str) -> Code {
    code("http://loinc.org", value, display)
}
pub(super) const fn snomed(value: &'static str, display: &'static str) -> Code {
    code("http://snomed.info/sct", value, display)
}
pub(super) const fn cim10(value: &'static str, display: &'static str) -> Code {
    code("http://hl7.org/fhir/sid/icd-10", value, display)
}
pub(super) const fn ccam(value: &'static str, display: &'static str) -> Code {
    code("https://smt.esante.gouv.fr/terminologie-ccam", value, display)
}
pub(super) const fn atc(value: &'static str, display: &'static str) -> Code {
    code("http://www.whocc.no/atc", value, display)
}
pub(super) const fn typologie(value: &'static str, display: &'static str) -> Code {
    code("https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie", value, display)
}
pub(super) const fn mtr(value: &'static str, display: &'static str) -> Code {
    code("https://mtr-gateway.example/fhir/CodeSystem/mtr-observation", value, display)
}
pub(super) const fn evidence(value: &'static str, display: &'static str) -> Code {
    code("https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence", value, display)
}
pub(super) const fn right(value: &'static str, display: &'static str) -> Code {
    code("https://mtr-gateway.example/fhir/CodeSystem/coverage-right", value, display)
}
pub(super) const fn ald(number: &'static str, display: &'static str) -> Code {
    code("https://mtr-gateway.example/fhir/CodeSystem/ald-number", number, display)
}
pub(super) const fn profession(value: &'static str, display: &'static str) -> Code {
    code("https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante", value, display)
}
pub(super) const fn specialty(value: &'static str, display: &'static str) -> Code {
    code("https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale", value, display)
}
pub(super) const fn class(value: &'static str, display: &'static str) -> Code {
    code("http://terminology.hl7.org/CodeSystem/v3-ActCode", value, display)
}

pub(super) const CONTRACT: Code =
    code("https://mtr-gateway.example/fhir/CodeSystem/episode-type", "mtr", "Contrat médecin traitant renforcé");
pub(super) const PCP: Code = code(
    "https://mos.esante.gouv.fr/NOS/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction",
    "PCP",
    "Médecin traitant",
);
pub(super) const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
pub(super) const PROBLEM_LIST: Code =
    code("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item");
pub(super) const ORGANIZATION_TYPE: &str = "http://terminology.hl7.org/CodeSystem/organization-type";
pub(super) const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";
pub(super) const INS_TEST: &str = "urn:oid:1.2.250.1.213.1.4.10";
pub(super) const NSS_NIR: &str = "urn:oid:1.2.250.1.213.1.4.13";
/// OID 1.2.250.1.999 is attributed to nobody: the practice's own numbers.
pub(super) const IPP: &str = "urn:oid:1.2.250.1.999.1.1.1";
pub(super) const VISIT_NUMBER: &str = "urn:oid:1.2.250.1.999.1.1.2";
pub(super) const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
pub(super) const FR_0203: &str = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203";
pub(super) const RPPS: &str = "https://rpps.esante.gouv.fr";
pub(super) const FINESS: &str = "https://finess.esante.gouv.fr";
pub(super) const PATIENT_REFUSED: Code = code("http://terminology.hl7.org/CodeSystem/v3-ActReason", "PATOBJ", "Refus");
pub(super) const MEDICAL_PRECAUTION: Code =
    code("http://terminology.hl7.org/CodeSystem/v3-ActReason", "MEDPREC", "Contre-indication");

pub(super) const AMB: Code = class("AMB", "Consultation au cabinet");
pub(super) const HOME: Code = class("HH", "Consultation à domicile");
pub(super) const REMOTE: Code = class("VR", "Téléconsultation");

pub(super) const PRESSURE: Code = loinc("85354-9", "Pression artérielle");
pub(super) const SYSTOLIC: Code = loinc("8480-6", "Pression systolique");
pub(super) const DIASTOLIC: Code = loinc("8462-4", "Pression diastolique");
pub(super) const WEIGHT: Code = loinc("29463-7", "Poids");
pub(super) const HEIGHT: Code = loinc("8302-2", "Taille");
pub(super) const BMI: Code = loinc("39156-5", "Indice de masse corporelle");
pub(super) const TOBACCO: Code = loinc("72166-2", "Statut tabagique");
pub(super) const SMOKER: Code = snomed("449868002", "Fumeur quotidien");
pub(super) const FORMER_SMOKER: Code = snomed("8517006", "Ancien fumeur");
pub(super) const NEVER_SMOKED: Code = snomed("266919005", "N’a jamais fumé");
pub(super) const PHQ9: Code = loinc("44261-6", "PHQ-9, score total");
pub(super) const GAD7: Code = loinc("70274-6", "GAD-7, score total");
pub(super) const AUDIT_C: Code = loinc("75626-2", "AUDIT-C, score total");
pub(super) const FIT: Code = loinc("29771-3", "Test immunologique fécal");
pub(super) const NEGATIVE: Code = snomed("260385009", "Négatif");
pub(super) const POSITIVE: Code = snomed("10828004", "Positif");
pub(super) const PRECAR: Code = mtr("precar", "Score PRECAR");
pub(super) const GIR: Code = mtr("gir", "Groupe iso-ressources (grille AGGIR)");
pub(super) const SCORE2: Code = mtr("score2", "SCORE2");
pub(super) const LIVING_PLACE: Code = mtr("living-place", "Lieu de vie");
pub(super) const AT_HOME: Code = mtr("home", "Domicile");
pub(super) const INSTITUTION: Code = mtr("institution", "Établissement");
pub(super) const RECOGNITION: Code = mtr("handicap-recognition", "Reconnaissance de handicap");
