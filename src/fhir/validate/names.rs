//! Names of FHIR R4: resource types, datatypes, choice elements; and FHIRPath expressions of places.
//!
//! Owns: how a place in a JSON resource is written as FHIRPath (`Patient.name[0].given[1]`, and
//! `Observation.value` where the JSON says `valueQuantity`).

use std::fmt::Write;

/// The resource types of R4 (4.0.1).
const RESOURCE_TYPES: &[&str] = &[
    "Account",
    "ActivityDefinition",
    "AdverseEvent",
    "AllergyIntolerance",
    "Appointment",
    "AppointmentResponse",
    "AuditEvent",
    "Basic",
    "Binary",
    "BiologicallyDerivedProduct",
    "BodyStructure",
    "Bundle",
    "CapabilityStatement",
    "CarePlan",
    "CareTeam",
    "CatalogEntry",
    "ChargeItem",
    "ChargeItemDefinition",
    "Claim",
    "ClaimResponse",
    "ClinicalImpression",
    "CodeSystem",
    "Communication",
    "CommunicationRequest",
    "CompartmentDefinition",
    "Composition",
    "ConceptMap",
    "Condition",
    "Consent",
    "Contract",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DetectedIssue",
    "Device",
    "DeviceDefinition",
    "DeviceMetric",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "EffectEvidenceSynthesis",
    "Encounter",
    "Endpoint",
    "EnrollmentRequest",
    "EnrollmentResponse",
    "EpisodeOfCare",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "GraphDefinition",
    "Group",
    "GuidanceResponse",
    "HealthcareService",
    "ImagingStudy",
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "ImplementationGuide",
    "InsurancePlan",
    "Invoice",
    "Library",
    "Linkage",
    "List",
    "Location",
    "Measure",
    "MeasureReport",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationKnowledge",
    "MedicationRequest",
    "MedicationStatement",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MessageDefinition",
    "MessageHeader",
    "MolecularSequence",
    "NamingSystem",
    "NutritionOrder",
    "Observation",
    "ObservationDefinition",
    "OperationDefinition",
    "OperationOutcome",
    "Organization",
    "OrganizationAffiliation",
    "Parameters",
    "Patient",
    "PaymentNotice",
    "PaymentReconciliation",
    "Person",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RequestGroup",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "ResearchStudy",
    "ResearchSubject",
    "RiskAssessment",
    "RiskEvidenceSynthesis",
    "Schedule",
    "SearchParameter",
    "ServiceRequest",
    "Slot",
    "Specimen",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Subscription",
    "Substance",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
    "TerminologyCapabilities",
    "TestReport",
    "TestScript",
    "ValueSet",
    "VerificationResult",
    "VisionPrescription",
];

/// Elements that may have one of several types, as far as our schemas have them.
const CHOICES: &[&str] = &[
    "value",
    "effective",
    "onset",
    "abatement",
    "performed",
    "occurrence",
    "deceased",
    "multipleBirth",
    "doseNumber",
    "seriesDoses",
    "author",
    "bounds",
    "timing",
    "asNeeded",
    "dose",
    "rate",
    "subject",
];

/// The types a choice element may end with.
const TYPES: &[&str] = &[
    "Base64Binary",
    "Boolean",
    "Canonical",
    "Code",
    "Date",
    "DateTime",
    "Decimal",
    "Id",
    "Instant",
    "Integer",
    "Markdown",
    "Oid",
    "PositiveInt",
    "String",
    "Time",
    "UnsignedInt",
    "Uri",
    "Url",
    "Uuid",
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "Coding",
    "ContactPoint",
    "Count",
    "Distance",
    "Duration",
    "HumanName",
    "Identifier",
    "Money",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "SampledData",
    "Signature",
    "Timing",
    "ContactDetail",
    "Contributor",
    "DataRequirement",
    "Expression",
    "ParameterDefinition",
    "RelatedArtifact",
    "TriggerDefinition",
    "UsageContext",
    "Dosage",
    "Meta",
];

/// Answers whether the name is a resource type of R4, accepted here or not.
pub fn is_resource_type(name: &str) -> bool {
    resource_type(name).is_some()
}

/// Answers the name of a resource type of FHIR R4 where it is one: a word of a closed list, which a text may
/// repeat.
pub fn resource_type(name: &str) -> Option<&'static str> {
    RESOURCE_TYPES.binary_search(&name).ok().and_then(|place| RESOURCE_TYPES.get(place)).copied()
}

/// Answers the FHIRPath name of a JSON member: `value` for `valueQuantity`, `birthDate` for `_birthDate`.
pub fn element_name(member: &str) -> &str {
    let name = member.strip_prefix('_').unwrap_or(member);
    for base in CHOICES {
        if let Some(rest) = name.strip_prefix(base)
            && TYPES.contains(&rest)
        {
            return base;
        }
    }
    name
}

/// Answers whether the text is a type that ends the name of a choice element: `Quantity` of `valueQuantity`.
pub fn is_type_suffix(text: &str) -> bool {
    TYPES.contains(&text)
}

/// Answers the name of a member as a text may show it: what does not look like an element name
/// is the sender's own text and is not repeated.
pub fn shown(member: &str) -> &str {
    let plain = member.len() <= 40
        && member.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && member.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'[' | b']'));
    if plain { member } else { "?" }
}

/// A place in a resource, as a chain of frames on the stack: nothing is written unless a fault is found.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    pub fn root(name: &'a str) -> Place<'a> {
        Place { parent: None, step: Step::Member(name) }
    }

    pub fn member(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), step: Step::Member(name) }
    }

    pub fn index(&'a self, index: usize) -> Place<'a> {
        Place { parent: Some(self), step: Step::Index(index) }
    }

    /// Answers whether this is one of several in an array.
    pub fn is_item(&self) -> bool {
        matches!(self.step, Step::Index(_))
    }

    /// Answers the name of the element here, as texts show it.
    pub fn name(&self) -> String {
        match (self.step, self.parent) {
            (Step::Member(name), _) => shown(element_name(name)).to_owned(),
            (Step::Index(_), Some(parent)) => parent.name(),
            (Step::Index(_), None) => String::new(),
        }
    }

    /// Answers the FHIRPath expression of the place.
    pub fn expression(&self) -> String {
        let mut text = match self.parent {
            Some(parent) => parent.expression(),
            None => String::new(),
        };
        match self.step {
            Step::Member(name) => push_member(&mut text, name),
            Step::Index(n) => {
                let _ = write!(text, "[{n}]");
            }
        }
        text
    }
}

fn push_member(text: &mut String, member: &str) {
    if !text.is_empty() {
        text.push('.');
    }
    text.push_str(shown(element_name(member)));
}

/// Answers the FHIRPath expression of a JSON pointer below `root`.
pub fn from_pointer(root: &str, pointer: &str) -> String {
    let mut text = root.to_owned();
    for segment in pointer.split('/').skip(1) {
        // Longer digits are a member of the sender's naming, not a place in an array.
        if (1..=7).contains(&segment.len()) && segment.bytes().all(|b| b.is_ascii_digit()) {
            let _ = write!(text, "[{segment}]");
        } else {
            push_member(&mut text, segment);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_types_is_sorted_as_its_search_needs() {
        assert!(RESOURCE_TYPES.windows(2).all(|w| w[0] < w[1]));
        assert!(crate::domain::fact::Kind::ALL.iter().all(|k| is_resource_type(k.name())));
    }

    #[test]
    fn places_are_written_as_fhirpath() {
        let cases = [
            ("/name/0/given/1", "Patient.name[0].given[1]"),
            ("/_birthDate/extension/0/valueCode", "Patient.birthDate.extension[0].value"),
            ("/deceasedDateTime", "Patient.deceased"),
            ("", "Patient"),
            ("/180010000000122", "Patient.?"),
        ];
        for (pointer, want) in cases {
            assert_eq!(from_pointer("Patient", pointer), want);
        }
        let root = Place::root("Patient");
        let name = root.member("name");
        assert_eq!(name.index(2).member("_family").expression(), "Patient.name[2].family");
    }

    #[test]
    fn a_member_that_is_no_element_name_is_not_repeated() {
        assert_eq!(shown("180010000000122"), "?");
        assert_eq!(shown("Jean Dupont"), "?");
        assert_eq!(shown("birthdate"), "birthdate");
    }
}
