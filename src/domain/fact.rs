//! Facts: what the rules read of a resource, without its FHIR form.
//!
//! Owns: one fact type per kind of resource, and the record of a resource's versions. Codings are
//! kept as sent (system and code as text): which concept they belong to, which profession a
//! participant has, which patients are one person are all decided at evaluation, so that a new
//! rulebook or a merge rewrites nothing.

use super::calendar::{Instant, PartialDate, Period, When};
use super::system::System;
use compact_str::CompactString;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

macro_rules! kinds {
    ($($name:ident = $code:literal),+ $(,)?) => {
        /// The accepted resource types. The number is part of the stored format: never reuse one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Kind { $($name = $code),+ }

        impl Kind {
            /// Every accepted type, in the order of `design/api.md`.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),+];

            /// Answers the FHIR name of the type.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => stringify!($name)),+ }
            }

            /// Reads the FHIR name of a type; `None` when it is not accepted.
            pub fn from_name(name: &str) -> Option<Kind> {
                match name { $(stringify!($name) => Some(Kind::$name),)+ _ => None }
            }

            /// Reads the stored number of a type.
            pub fn from_code(code: u8) -> Option<Kind> {
                match code { $($code => Some(Kind::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    Patient = 1, Encounter = 2, Observation = 3, Condition = 4, Coverage = 5, Procedure = 6,
    Immunization = 7, DiagnosticReport = 8, QuestionnaireResponse = 9, EpisodeOfCare = 10,
    CareTeam = 11, Appointment = 12, Flag = 13, Practitioner = 14, PractitionerRole = 15,
    Organization = 16, Location = 17,
}

impl Kind {
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// A code in its system, both as sent (trimmed). An absent system is the empty text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coding {
    pub system: System,
    pub code: CompactString,
}

/// The codings of a fact that mostly has one, which is held in place.
pub type Codings = SmallVec<[Coding; 1]>;

impl Coding {
    pub fn new(system: &str, code: &str) -> Coding {
        Coding { system: system.into(), code: code.into() }
    }
}

/// A literal reference inside the structure: `Practitioner/pr-1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    pub kind: Kind,
    pub id: Box<str>,
}

impl Reference {
    pub fn new(kind: Kind, id: &str) -> Reference {
        Reference { kind, id: id.into() }
    }
}

/// Keyed hash of an identifier (RPPS, FINESS, SIRET...): all that leaves the resource of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentifierHash(pub [u8; 16]);

/// Whom or what a Reference names. Who stands behind an identifier is decided at evaluation, by the
/// directory: the resource that carries it may come later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// A resource of the structure, received or not.
    Resource(Reference),
    /// By identifier alone; the type, where the sender told it.
    Identifier { kind: Option<Kind>, hash: IdentifierHash },
    /// Somebody or something, in a way nobody can follow: a display, a resource elsewhere.
    Untold,
}

impl Named {
    /// Names a resource of the structure.
    pub fn resource(kind: Kind, id: &str) -> Named {
        Named::Resource(Reference::new(kind, id))
    }

    /// Answers what kind of resource is named, where that is told.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Named::Resource(reference) => Some(reference.kind),
            Named::Identifier { kind, .. } => *kind,
            Named::Untold => None,
        }
    }
}

impl From<Reference> for Named {
    fn from(reference: Reference) -> Named {
        Named::Resource(reference)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind.name(), self.id)
    }
}

/// Administrative sex as Patient.gender says it; `Other` and `Unknown` are no evidence of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    Female,
    Male,
    Other,
    Unknown,
}

/// What is known of a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Death {
    /// No word of a death.
    None,
    /// deceasedBoolean true: the date is not told; it ends on the day its version became known.
    Undated,
    On(When),
}

/// Which usable identifiers a Patient carries (values never leave the resource itself).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// An INS-* identifier that may be a key: status VALI, or status absent and type INS-*.
    pub ins_key: bool,
    /// A PI (IPP) with system and value.
    pub pi: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatientFact {
    pub birth: Option<PartialDate>,
    pub sex: Sex,
    pub death: Death,
    pub identity: Identity,
    /// Patient.generalPractitioner (Practitioner, PractitionerRole, Organization).
    pub general_practitioners: Vec<Named>,
    pub managing_organization: Option<Reference>,
    /// Patient.link of type replaced-by: ids of the patients who stand for this one, as sent.
    pub replaced_by: Vec<Box<str>>,
    /// Patient.link of type replaces: ids of the patients this one stands for.
    pub replaces: Vec<Box<str>>,
    /// The keyed hashes of the national identifiers (INS) that may be keys: by them one person is
    /// met in several structures.
    pub persons: Vec<IdentifierHash>,
}

/// On which side of the number a value lies (Quantity.comparator).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparator {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

/// A value of an Observation or of one of its components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// No value at all.
    None,
    /// valueQuantity: exact decimal and its UCUM `code` (absent when only `unit` was sent).
    Quantity {
        #[serde(with = "exact")]
        value: Decimal,
        unit: Option<CompactString>,
    },
    /// valueQuantity with a comparator: only a bound of the value is known.
    Bounded {
        comparator: Comparator,
        #[serde(with = "exact")]
        value: Decimal,
        unit: Option<CompactString>,
    },
    /// valueInteger.
    Integer(i64),
    Boolean(bool),
    /// valueCodeableConcept.
    Coded(Vec<Coding>),
    /// Any other `value[x]`, and the results that a report refers to: answered, but no rule reads it.
    Other,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    pub codings: Codings,
    pub value: Value,
    pub absent: bool,
}

/// Where an act stands, over the status codes of the five kinds that carry evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActState {
    /// final, amended, corrected, appended, completed, finished: it counts.
    Done,
    /// not-done: it counts as refusal or contraindication by its reason.
    NotDone,
    /// Everything else (entered-in-error, preliminary, planned...): it counts for nothing.
    Ignored,
}

/// Observation, Procedure, Immunization, DiagnosticReport or QuestionnaireResponse as evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActFact {
    pub state: ActState,
    /// code / vaccineCode / questionnaire tail and items / conclusionCode does not count here.
    pub codings: Codings,
    /// When it was done; `None` when it cannot be dated.
    pub when: Option<When>,
    /// effectivePeriod / performedPeriod as sent (a recognition is valid over it).
    pub period: Option<Period>,
    pub value: Value,
    /// A dataAbsentReason stands in place of the value.
    pub absent: bool,
    pub components: Vec<Component>,
    /// interpretation codes (A, AA, POS...) and DiagnosticReport.conclusionCode.
    pub interpretation: Vec<Coding>,
    /// `referenceRange[0].high`, same unit as the value: a quantitative FIT is positive above it.
    #[serde(with = "exact::option")]
    pub reference_high: Option<Decimal>,
    /// statusReason / reasonCode of a not-done act.
    pub reasons: Vec<Coding>,
}

/// One participant of an encounter, care team or appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    pub roles: Vec<Coding>,
    pub actor: Option<Named>,
    /// onBehalfOf of a care team member.
    pub on_behalf_of: Option<Named>,
    pub period: Period,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncounterFact {
    pub state: ActState,
    pub class: Option<Coding>,
    pub types: Vec<Coding>,
    pub reasons: Vec<Coding>,
    pub period: Period,
    /// Encounter.length, else end minus start when both have a time; in minutes.
    pub minutes: Option<u32>,
    pub participants: Vec<Participant>,
    pub service_provider: Option<Named>,
    /// The first location told.
    pub location: Option<Named>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clinical {
    Absent,
    /// active, recurrence or relapse.
    Active,
    /// inactive, remission or resolved.
    Ended,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionFact {
    pub codings: Codings,
    pub categories: Vec<Coding>,
    pub clinical: Clinical,
    /// verificationStatus absent or confirmed.
    pub confirmed: bool,
    /// entered-in-error: the record is void.
    pub void: bool,
    pub onset: Option<When>,
    pub abatement: Option<When>,
    /// Some `abatement[x]` was sent, even one that cannot be read as a date.
    pub abated: bool,
    pub recorded: Option<When>,
}

/// One costToBeneficiary.exception: an exemption (ALD number) and its period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverageException {
    pub codings: Vec<Coding>,
    pub period: Period,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverageFact {
    /// status is active.
    pub active: bool,
    pub void: bool,
    /// type and class codings.
    pub codings: Vec<Coding>,
    pub period: Period,
    pub exceptions: Vec<CoverageException>,
}

/// EpisodeOfCare.status as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EpisodeStatus {
    Planned,
    Waitlist,
    Active,
    OnHold,
    Finished,
    Cancelled,
    /// entered-in-error, and what no status is.
    Void,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeFact {
    pub status: EpisodeStatus,
    /// planned, waitlist, cancelled and entered-in-error count for nothing.
    pub counts: bool,
    /// status finished: without an end date it ends on the day its version became known.
    pub finished: bool,
    pub types: Vec<Coding>,
    pub period: Period,
    pub organization: Option<Named>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CareTeamFact {
    /// proposed and entered-in-error count for nothing.
    pub counts: bool,
    /// status inactive or suspended.
    pub ended: bool,
    pub period: Period,
    pub participants: Vec<Participant>,
    pub organizations: Vec<Reference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppointmentState {
    Fulfilled,
    NoShow,
    Cancelled,
    Booked,
    Other,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentFact {
    pub state: AppointmentState,
    /// serviceType and appointmentType codings.
    pub types: Vec<Coding>,
    pub start: Option<When>,
    pub participants: Vec<Participant>,
    /// Ids of the Patients who declined, where others did not; booked and declined by all, its state
    /// is `Other`.
    pub declined: Vec<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagFact {
    pub active: bool,
    pub void: bool,
    /// code and category codings.
    pub codings: Vec<Coding>,
    pub period: Period,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PractitionerFact {
    /// qualification.code codings (TRE_G15 profession, TRE_R38 specialty).
    pub qualifications: Vec<Coding>,
    pub identifiers: Vec<IdentifierHash>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleFact {
    pub active: bool,
    pub practitioner: Option<Named>,
    pub organization: Option<Named>,
    /// code and specialty codings.
    pub codings: Vec<Coding>,
    pub period: Period,
    pub identifiers: Vec<IdentifierHash>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrganizationFact {
    pub part_of: Option<Named>,
    pub types: Vec<Coding>,
    pub identifiers: Vec<IdentifierHash>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocationFact {
    pub managing_organization: Option<Named>,
}

/// What the rules read of one version of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    Patient(PatientFact),
    Act(ActFact),
    Encounter(EncounterFact),
    Condition(ConditionFact),
    Coverage(CoverageFact),
    Episode(EpisodeFact),
    CareTeam(CareTeamFact),
    Appointment(AppointmentFact),
    Flag(FlagFact),
    Practitioner(PractitionerFact),
    Role(RoleFact),
    Organization(OrganizationFact),
    Location(LocationFact),
}

/// One version of a resource and the instant it became known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// meta.versionId.
    pub number: u32,
    pub known: Instant,
    /// `None`: deleted, or moved to another patient, as of `known`.
    pub fact: Option<Fact>,
}

/// The versions of a resource: mostly one, which is held in place.
pub type Versions = SmallVec<[Version; 1]>;

/// A resource with its versions, oldest first, never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub kind: Kind,
    pub id: CompactString,
    pub versions: Versions,
}

impl Record {
    /// Answers the version in force: the last one known.
    pub fn current(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// Answers the version since which `holds` has been true without a break up to the one in
    /// force; `None` when it is not true of the one in force.
    pub fn since(&self, holds: impl Fn(&Fact) -> bool) -> Option<&Version> {
        self.versions.iter().rev().take_while(|version| version.fact.as_ref().is_some_and(&holds)).last()
    }
}

/// Decimals as they are kept: digits and scale, as sent (7.0 stays 7.0).
mod exact {
    use rust_decimal::Decimal;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Decimal, s: S) -> Result<S::Ok, S::Error> {
        (value.mantissa(), value.scale()).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Decimal, D::Error> {
        read(Deserialize::deserialize(d)?)
    }

    fn read<E: Error>((mantissa, scale): (i128, u32)) -> Result<Decimal, E> {
        Decimal::try_from_i128_with_scale(mantissa, scale).map_err(E::custom)
    }

    pub mod option {
        use super::{Decimal, Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<S: Serializer>(value: &Option<Decimal>, s: S) -> Result<S::Ok, S::Error> {
            value.map(|value| (value.mantissa(), value.scale())).serialize(s)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Decimal>, D::Error> {
            Option::deserialize(d)?.map(super::read).transpose()
        }
    }
}
