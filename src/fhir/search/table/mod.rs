//! The table of search parameters: add a row, and it is searched and advertised.
//!
//! Owns: which parameters each type has, how their values are read, which of them leave keys, and
//! which of these keys lead. Keys cost at every write, so that only what is asked often or across
//! patients leaves any; every other parameter is read from the body of the candidates.

mod care;
mod people;

use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;

/// How a parameter's values are read and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// token over CodeableConcept, Coding, boolean, or a code whose system is this one.
    Code(&'static str),
    /// token over ContactPoint: of this system only, of any where it is empty.
    Contact(&'static str),
    /// token: whether the Patient is dead.
    Deceased,
    /// token over Identifier: only keyed hashes are kept.
    Identifier,
    /// date over date, dateTime, instant or Period.
    Date,
    /// reference to these of our types (none: to others only).
    Reference(&'static [Kind]),
    /// string.
    Text,
    /// quantity over Quantity and Age.
    Quantity,
    /// uri; a canonical one with or without its version.
    Uri,
    /// reference to a canonical URL.
    Canonical,
    /// Two values of one element, joined by `$`.
    Pair(&'static Pair),
}

/// What a composite parameter reads.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    /// The elements within which both values must stand; the empty path is the resource.
    pub within: &'static [&'static str],
    pub first: Part,
    pub second: Part,
}

/// One side of a composite parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    pub shape: Shape,
    pub paths: &'static [&'static str],
}

impl Shape {
    /// Answers the search parameter type of R4 (search.html#ptypes).
    pub fn search_type(self) -> &'static str {
        match self {
            Shape::Code(_) | Shape::Contact(_) | Shape::Deceased | Shape::Identifier => "token",
            Shape::Date => "date",
            Shape::Reference(_) | Shape::Canonical => "reference",
            Shape::Text => "string",
            Shape::Quantity => "quantity",
            Shape::Uri => "uri",
            Shape::Pair(_) => "composite",
        }
    }
}

/// Whether and how a parameter's values stand beside the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nowhere: read from the body.
    No,
    /// In the resource's row.
    Row,
    /// In the row and across patients, so that a search can start from them.
    Lead,
    /// As the patient the row belongs to, where the value is a Patient.
    Home,
    /// As the instant of the row's version.
    Instant,
}

/// One parameter of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub shape: Shape,
    /// Where the values are; all of them count.
    pub paths: &'static [&'static str],
    pub kept: Kept,
    /// Number of the name in the stored keys, 0 where none are: never reuse one, raise
    /// `derive::FORMAT` on change.
    pub id: u8,
    /// Numbers of other parameters whose keys count for this one too.
    pub also: &'static [u8],
    /// How many of the paths leave keys under its own number.
    pub own: usize,
}

/// The keys by which a reference by identifier meets its Patient; no search names it.
pub const LINK_PARAM: u8 = 1;
/// The ids of the patients a Patient is merged with, and of those an appointment is of beside the
/// first; no search names it.
pub const ALIAS_PARAM: u8 = 12;
/// The hashes of the national identifiers a Patient carries as keys; no search names it.
pub const PERSON_PARAM: u8 = 13;
const IDENTIFIER: u8 = 2;
const STATUS: u8 = 3;
const CATEGORY: u8 = 4;
const CODE: u8 = 5;
const DATE: u8 = 6;
const CLASS: u8 = 7;
const GENDER: u8 = 8;
const FAMILY: u8 = 9;
const GIVEN: u8 = 10;
const NAME: u8 = 11;

const fn row(name: &'static str, shape: Shape, paths: &'static [&'static str]) -> Parameter {
    Parameter { name, shape, paths, kept: Kept::No, id: 0, also: &[], own: paths.len() }
}

/// A CodeableConcept, a Coding or a boolean.
const fn token(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Shape::Code(""), paths)
}

/// A code of a required binding: its system is never sent.
const fn code(name: &'static str, system: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Shape::Code(system), paths)
}

const fn text(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Shape::Text, paths)
}

const fn date(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Shape::Date, paths)
}

const fn quantity(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Shape::Quantity, paths)
}

const fn reference(name: &'static str, targets: &'static [Kind], paths: &'static [&'static str]) -> Parameter {
    row(name, Shape::Reference(targets), paths)
}

const fn contact(name: &'static str, system: &'static str) -> Parameter {
    row(name, Shape::Contact(system), &["telecom"])
}

const fn identifier() -> Parameter {
    row("identifier", Shape::Identifier, &["identifier"]).lead(IDENTIFIER)
}

const fn patient(paths: &'static [&'static str]) -> Parameter {
    reference("patient", &[Kind::Patient], paths).home()
}

const fn subject(targets: &'static [Kind]) -> Parameter {
    reference("subject", targets, &["subject"]).home()
}

const fn encounter() -> Parameter {
    reference("encounter", &[Kind::Encounter], &["encounter"])
}

impl Parameter {
    const fn keep(self, id: u8) -> Parameter {
        Parameter { kept: Kept::Row, id, ..self }
    }

    const fn lead(self, id: u8) -> Parameter {
        Parameter { kept: Kept::Lead, id, ..self }
    }

    const fn home(self) -> Parameter {
        Parameter { kept: Kept::Home, ..self }
    }

    /// Counts the keys of other parameters as its own; only the first `own` paths leave more.
    const fn with(self, also: &'static [u8], own: usize) -> Parameter {
        Parameter { also, own, ..self }
    }

    /// Answers whether its keys are kept across patients.
    pub fn leads(&self) -> bool {
        self.kept == Kept::Lead
    }

    /// Answers whether its values stand in the row.
    pub(super) fn in_row(&self) -> bool {
        matches!(self.kept, Kept::Row | Kept::Lead)
    }

    /// Answers whether a key of this number counts for it.
    pub(super) fn counts(&self, id: u8) -> bool {
        self.id == id || self.also.contains(&id)
    }

    /// Answers whether what is asked of it may name a person: links of ours do not repeat it.
    pub fn is_personal(&self, kind: Kind) -> bool {
        let of = |shape: Shape| match shape {
            Shape::Identifier | Shape::Contact(_) => true,
            // Words may be anybody's, but of what is no person and tells of none.
            Shape::Text => !matches!(kind, Kind::Organization | Kind::Location),
            Shape::Date => kind == Kind::Patient && self.name != "_lastUpdated",
            _ => false,
        };
        match self.shape {
            Shape::Pair(pair) => of(pair.first.shape) || of(pair.second.shape),
            shape => of(shape),
        }
    }

    /// Answers the URL of its definition: that of R4, or ours.
    pub fn definition(&self, kind: Kind) -> String {
        let name = self.name.trim_start_matches('_');
        let (base, owner) = match (self.name.starts_with('_'), kind, name) {
            (true, _, _) => (R4, "Resource"),
            // R4 defines no such parameter of Flag.
            (_, Kind::Flag, "status" | "category" | "code") => (CANONICAL_BASE, "Flag"),
            _ if shared(INDIVIDUAL, kind, name) => (R4, "individual"),
            _ if shared(CLINICAL, kind, name) => (R4, "clinical"),
            _ => (R4, kind.name()),
        };
        format!("{base}/SearchParameter/{owner}-{name}")
    }
}

const R4: &str = "http://hl7.org/fhir";

/// Parameters that R4 defines once for several types.
type SharedNames = &'static [(&'static [&'static str], &'static [Kind])];

const INDIVIDUAL: SharedNames = &[
    (
        &[
            "address",
            "address-city",
            "address-country",
            "address-postalcode",
            "address-state",
            "address-use",
            "family",
            "gender",
            "given",
        ],
        &[Kind::Patient, Kind::Practitioner],
    ),
    (&["birthdate"], &[Kind::Patient]),
    (&["email", "phone", "telecom"], &[Kind::Patient, Kind::Practitioner, Kind::PractitionerRole]),
];

const CLINICAL: SharedNames = &[
    (&["code"], &[Kind::Condition, Kind::DiagnosticReport, Kind::Observation, Kind::Procedure]),
    (
        &["date"],
        &[
            Kind::CareTeam,
            Kind::DiagnosticReport,
            Kind::Encounter,
            Kind::EpisodeOfCare,
            Kind::Flag,
            Kind::Immunization,
            Kind::Observation,
            Kind::Procedure,
        ],
    ),
    (&["encounter"], &[Kind::DiagnosticReport, Kind::Flag, Kind::Observation, Kind::Procedure]),
    (
        &["identifier"],
        &[
            Kind::CareTeam,
            Kind::Condition,
            Kind::DiagnosticReport,
            Kind::Encounter,
            Kind::EpisodeOfCare,
            Kind::Immunization,
            Kind::Observation,
            Kind::Procedure,
        ],
    ),
    (
        &["patient"],
        &[
            Kind::CareTeam,
            Kind::Condition,
            Kind::DiagnosticReport,
            Kind::Encounter,
            Kind::EpisodeOfCare,
            Kind::Flag,
            Kind::Immunization,
            Kind::Observation,
            Kind::Procedure,
        ],
    ),
    (&["type"], &[Kind::Encounter, Kind::EpisodeOfCare]),
];

fn shared(names: SharedNames, kind: Kind, name: &str) -> bool {
    names.iter().any(|(names, kinds)| names.contains(&name) && kinds.contains(&kind))
}

/// The parameters of every type.
static COMMON: &[Parameter] = &[
    row("_id", Shape::Code(""), &["id"]),
    Parameter { kept: Kept::Instant, ..date("_lastUpdated", &[]) },
    row("_profile", Shape::Uri, &["meta.profile"]),
    token("_security", &["meta.security"]),
    row("_source", Shape::Uri, &["meta.source"]),
    token("_tag", &["meta.tag"]),
];

/// Answers the parameters of a type, those of every type last; the result parameters apart.
pub fn parameters(kind: Kind) -> impl Iterator<Item = &'static Parameter> {
    people::rows(kind).or_else(|| care::rows(kind)).unwrap_or_default().iter().chain(COMMON)
}

/// Answers the parameter of that name.
pub fn parameter(kind: Kind, name: &str) -> Option<&'static Parameter> {
    parameters(kind).find(|p| p.name == name)
}

/// Answers the inclusions that may start from a type: `*`, `Type:parameter`.
pub fn includes(kind: Kind) -> Vec<String> {
    let references = parameters(kind).filter(|p| matches!(p.shape, Shape::Reference(targets) if !targets.is_empty()));
    let named = references.map(|p| format!("{}:{}", kind.name(), p.name));
    std::iter::once("*".to_owned()).chain(named).collect()
}

/// Answers the inclusions that may lead to a type: `Type:parameter` of all types.
pub fn revincludes(kind: Kind) -> Vec<String> {
    let of = |source: &Kind| {
        let source = *source;
        parameters(source)
            .filter(move |p| matches!(p.shape, Shape::Reference(targets) if targets.contains(&kind)))
            .map(move |p| format!("{}:{}", source.name(), p.name))
    };
    Kind::ALL.iter().flat_map(of).collect()
}
