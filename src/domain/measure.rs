//! Concepts and measures: which codings mean the same thing, and in which unit a number is read.
//!
//! Owns: the concept index (coding -> concepts, with system aliases, dotless CIM-10 and prefix
//! matches), measures with their units and bounds, and the fixed table of UCUM conversions.

use super::codes::{Codes, Short};
use super::fact::{Coding, Kind};
use super::system::{Addresses, System};
use compact_str::CompactString;
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// Where a concept stands in `Concepts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConceptId(pub u16);

/// Where a measure stands in `Measures`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureId(pub u16);

/// A named group of codes (`diabetes`, `fit`, `gp`).
#[derive(Clone, Debug, PartialEq)]
pub struct Concept {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Kinds of resource on which its standard codes count; empty: any kind.
    /// Codes of our own `prevention-evidence` system count on any accepted type.
    pub kinds: Vec<Kind>,
    /// Status of the weakest code (an unverified code is an interpretation).
    pub codes: Vec<ConceptCode>,
}

/// One code of a concept, kept for publication (ValueSet) and explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct ConceptCode {
    pub system: Box<str>,
    pub code: Box<str>,
    pub display: Option<Box<str>>,
    /// The code stands for itself and everything below it (E11 for E11.9).
    pub prefix: bool,
    pub verified: bool,
}

/// One code system of `mappings/systems/`.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeSystem {
    /// The canonical URI, ours for what has no national one.
    pub uri: Box<str>,
    pub aliases: Vec<Box<str>>,
    /// Codes are compared without dots and in upper case (CIM-10).
    pub dotless: bool,
}

/// The index from codings as sent to concepts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concepts {
    pub all: Vec<Concept>,
    pub systems: Vec<CodeSystem>,
    /// Alias or canonical URI -> index in `systems`.
    pub by_uri: Addresses,
    /// Per system: its codes, normalised.
    pub codes: Vec<Codes>,
    /// Per concept: the kinds of resource on which its standard codes count.
    on: Vec<Kinds>,
}

/// Kinds of resource, each a bit; none of them stands for any kind.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kinds(u32);

impl Kinds {
    fn of(kinds: &[Kind]) -> Kinds {
        Kinds(kinds.iter().fold(0, |all, kind| all | Kinds::bit(*kind)))
    }

    fn bit(kind: Kind) -> u32 {
        1 << kind.code()
    }

    fn counts(self, kind: Option<Kind>) -> bool {
        self.0 == 0 || kind.is_none_or(|kind| self.0 & Kinds::bit(kind) != 0)
    }
}

/// Which of several measures of one day counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameDay {
    Latest,
    Highest,
    Lowest,
}

/// A unit in which a measure may be sent, with `canonical = value * factor + offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitConversion {
    /// UCUM code; the empty text stands for a bare integer or a quantity without code.
    pub ucum: Box<str>,
    pub factor: Decimal,
    pub offset: Decimal,
}

/// A number the rules read (systolic pressure, BMI, PRECAR...).
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    /// Codings of the Observation or of its component.
    pub concept: ConceptId,
    /// Canonical UCUM unit.
    pub unit: Box<str>,
    pub conversions: Vec<UnitConversion>,
    /// Values outside are impossible: refused on reception (O3), ignored by rules.
    pub hard_min: Option<Decimal>,
    pub hard_max: Option<Decimal>,
    /// Values outside are unlikely: a warning on reception.
    pub soft_min: Option<Decimal>,
    pub soft_max: Option<Decimal>,
    pub same_day: SameDay,
    /// Two other measures of one calendar day from which it is computed (BMI from weight, height).
    pub derived: Option<Derived>,
}

/// How a measure is computed from two others of the same day.
#[derive(Clone, Debug, PartialEq)]
pub enum Derived {
    /// weight in kg / (height in m)^2.
    BodyMassIndex { weight: MeasureId, height: MeasureId },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures(pub Vec<Measure>);

impl Concepts {
    pub fn get(&self, id: ConceptId) -> &Concept {
        &self.all[usize::from(id.0)]
    }

    /// Answers the first concept whose name is the one that is meant.
    pub fn find_where(&self, is_meant: impl Fn(&str) -> bool) -> Option<ConceptId> {
        self.all.iter().position(|c| is_meant(&c.id)).map(|n| ConceptId(n as u16))
    }

    /// Answers the concept named `id`.
    pub fn find(&self, id: &str) -> Option<ConceptId> {
        self.all.iter().position(|c| &*c.id == id).map(|n| ConceptId(n as u16))
    }

    /// Adds a concept after the others; its codes are told apart (`codes`).
    pub fn add(&mut self, concept: Concept) {
        self.on.push(Kinds::of(&concept.kinds));
        self.all.push(concept);
    }

    /// Adds a code system after the others, without codes; its own address is claimed apart (`by_uri`).
    pub fn add_system(&mut self, system: CodeSystem) -> u16 {
        self.systems.push(system);
        self.codes.push(Codes::default());
        (self.systems.len() - 1) as u16
    }

    /// Answers every code that leads to a concept, vendors' own as well, with the system it is of and the
    /// concepts. As looked up: of a dotless system without dots and in upper case.
    pub fn codes(&self) -> impl Iterator<Item = (&CodeSystem, CompactString, &[ConceptId])> {
        let of = self.systems.iter().zip(&self.codes);
        of.flat_map(|(system, codes)| codes.iter().map(move |(code, found)| (system, code, found)))
    }

    /// Answers where a code system as sent stands in `systems`; `None` when it is not described.
    pub fn system(&self, uri: &str) -> Option<u16> {
        self.by_uri.get(uri)
    }

    /// Answers the same of a system that was read already.
    pub fn system_of(&self, system: &System) -> Option<u16> {
        self.by_uri.of(system)
    }

    /// Answers whether a system is that of our own evidence codes.
    pub fn is_own(&self, system: u16) -> bool {
        &*self.systems[usize::from(system)].uri == PREVENTION_EVIDENCE
    }

    /// Appends to `out` every concept the coding belongs to when met on a resource of `kind`.
    pub fn resolve(&self, coding: &Coding, kind: Kind, out: &mut Vec<ConceptId>) {
        if let Some(system) = self.system_of(&coding.system) {
            self.resolve_in(system, &coding.code, Some(kind), out);
        }
    }

    /// Appends to `out` every concept the code of a described system belongs to when met on a
    /// resource of `kind`; of any kind, where none is told.
    pub fn resolve_in(&self, system: u16, code: &str, kind: Option<Kind>, out: &mut Vec<ConceptId>) {
        self.each_of(system, (code, Short::of(code)), kind, |concept| {
            if !out.contains(&concept) {
                out.push(concept);
            }
        });
    }

    /// Answers the same one by one, of a code and its number where it is short; a concept may come twice.
    pub(super) fn each_of(
        &self,
        system: u16,
        (code, short): (&str, Option<Short>),
        kind: Option<Kind>,
        mut each: impl FnMut(ConceptId),
    ) {
        let kind = kind.filter(|_| !self.is_own(system));
        let keep = |found: &[ConceptId]| {
            found.iter().filter(|id| self.on[usize::from(id.0)].counts(kind)).for_each(|id| each(*id));
        };
        let of = usize::from(system);
        let codes = &self.codes[of];
        let dotless = self.systems[of].dotless;
        match if dotless { Short::dotless(code) } else { short } {
            Some(short) => codes.of_short(short, keep),
            None if dotless => codes.of(&code.replace('.', "").to_ascii_uppercase(), keep),
            None => codes.of(code, keep),
        }
    }
}

/// Base of everything we publish that has no national canonical.
pub const CANONICAL_BASE: &str = "https://mtr-gateway.example/fhir";
/// Our evidence codes, accepted on any resource type.
pub const PREVENTION_EVIDENCE: &str = "https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence";

impl Measures {
    pub fn get(&self, id: MeasureId) -> &Measure {
        &self.0[usize::from(id.0)]
    }

    pub fn find(&self, id: &str) -> Option<MeasureId> {
        self.0.iter().position(|m| &*m.id == id).map(|n| MeasureId(n as u16))
    }
}

impl Measure {
    /// Converts a value to the canonical unit; `None` when the unit is not one of this measure's.
    pub fn convert(&self, value: Decimal, ucum: Option<&str>) -> Option<Decimal> {
        let unit = ucum.unwrap_or("");
        if unit == &*self.unit {
            return Some(value);
        }
        let rule = self.conversions.iter().find(|c| &*c.ucum == unit)?;
        value.checked_mul(rule.factor)?.checked_add(rule.offset)
    }

    /// Answers whether a canonical value is possible at all.
    pub fn possible(&self, value: Decimal) -> bool {
        self.hard_min.is_none_or(|m| compare(value, m).is_ge())
            && self.hard_max.is_none_or(|m| compare(value, m).is_le())
    }
}

/// Two numbers written with as many decimals, as nearly all are, compare as the integers they are.
fn compare(a: Decimal, b: Decimal) -> Ordering {
    if a.scale() == b.scale() { a.mantissa().cmp(&b.mantissa()) } else { a.cmp(&b) }
}
