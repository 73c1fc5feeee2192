//! What a rulebook says of itself beside its rules: notes, sources, the codes of vendors.
//!
//! Owns: what is published of a rulebook and decides nothing. Must not know: FHIR, YAML.

use super::param::ParamId;

/// Everything a rulebook says for its readers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Publication {
    pub notes: Vec<Note>,
    pub maps: Vec<VendorMap>,
    pub tariffs: Vec<TariffNote>,
    pub rules: Vec<RuleNote>,
}

/// Where a concept comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The concept spoken of, by its id.
    pub concept: Box<str>,
    /// The file of the rulebook, below `mappings/`.
    pub file: Box<str>,
    pub note_fr: Option<Box<str>>,
    /// The texts and lists it was taken from or checked against, each once.
    pub sources: Vec<Box<str>>,
}

/// Which catalogue a rule is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catalogue {
    Prevention,
    Indicators,
}

/// The file of one rule, as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleNote {
    pub catalogue: Catalogue,
    pub id: Box<str>,
    /// The file of the rulebook, below `mappings/`.
    pub file: Box<str>,
    pub content: Box<[u8]>,
    pub notes_fr: Vec<Box<str>>,
    pub sources: Vec<Source>,
    /// Those of the file, in its order, then those of other files that it names.
    pub parameters: Vec<ParamId>,
}

/// A text a rule was taken from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub title: Box<str>,
    pub year: Option<Box<str>>,
    pub url: Option<Box<str>>,
}

/// Where a tariff comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct TariffNote {
    pub id: Box<str>,
    /// The file of the rulebook, below `mappings/`.
    pub file: Box<str>,
    pub notes_fr: Vec<Box<str>>,
    /// Titles, each once.
    pub sources: Vec<Box<str>>,
}

/// The local codes of one vendor, with the standard codes they stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct VendorMap {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub note_fr: Option<Box<str>>,
    /// The file of the rulebook, below `mappings/`.
    pub file: Box<str>,
    /// System of the local codes.
    pub system: Box<str>,
    pub codes: Vec<VendorCode>,
}

/// One local code.
#[derive(Clone, Debug, PartialEq)]
pub struct VendorCode {
    pub code: Box<str>,
    pub label_fr: Option<Box<str>>,
    /// Canonical URI of the standard system.
    pub target_system: Box<str>,
    pub target: Box<str>,
}

impl Publication {
    /// Answers the file of a rule.
    pub fn rule(&self, catalogue: Catalogue, id: &str) -> Option<&RuleNote> {
        self.rules.iter().find(|rule| rule.catalogue == catalogue && &*rule.id == id)
    }

    /// Answers what is said of a concept.
    pub fn note(&self, concept: &str) -> Option<&Note> {
        self.notes.iter().find(|note| &*note.concept == concept)
    }
}
