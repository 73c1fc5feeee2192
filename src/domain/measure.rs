//! Concepts and measures: which codings mean the same thing, and in which unit a number is read.
//!
//! Owns: the concept index (coding -> concepts, with system aliases, dotless CIM-10 and prefix
//! matches), measures with their units and bounds, and the fixed table of UCUM conversions.

use super::fact::{Coding, Kind};
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::hash::Hasher;

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

/// A table of codes or addresses of a rulebook.
pub type Index<V> = HashMap<Box<str>, V, BuildHasherDefault<CodeHasher>>;

/// A quick hash for `Index`: evaluation looks up every coding of a patient. Its keys come from the
/// rulebook alone, so that no sender can fill a table with colliding ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodeHasher(u64);

impl CodeHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for CodeHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]]));
        }
        let rest = words.remainder().iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        self.mix(rest);
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    // Tables pick their slot by the low bits, which a product mixes least.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// The index from codings as sent to concepts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concepts {
    pub all: Vec<Concept>,
    pub systems: Vec<CodeSystem>,
    /// Alias or canonical URI -> index in `systems`.
    pub by_uri: Index<u16>,
    /// Per system: normalised code -> concepts that name it exactly.
    pub exact: Vec<Index<Vec<ConceptId>>>,
    /// Per system: normalised code -> concepts that name it and all that begins with it.
    pub prefix: Vec<Index<Vec<ConceptId>>>,
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

    /// Answers the concept named `id`.
    pub fn find(&self, id: &str) -> Option<ConceptId> {
        self.all.iter().position(|c| &*c.id == id).map(|n| ConceptId(n as u16))
    }

    /// Appends to `out` every concept the coding belongs to when met on a resource of `kind`.
    pub fn resolve(&self, coding: &Coding, kind: Kind, out: &mut Vec<ConceptId>) {
        self.resolve_on(coding, Some(kind), out);
    }

    fn resolve_on(&self, coding: &Coding, kind: Option<Kind>, out: &mut Vec<ConceptId>) {
        let Some(&system) = self.by_uri.get(&*coding.system) else { return };
        let described = &self.systems[usize::from(system)];
        if described.dotless && coding.code.bytes().any(|b| b == b'.' || b.is_ascii_lowercase()) {
            let mut room = [0; 16];
            match dotless(&coding.code, &mut room) {
                Some(code) => self.resolve_normal(system, code, kind, out),
                None => {
                    let code = coding.code.replace('.', "").to_ascii_uppercase();
                    self.resolve_normal(system, &code, kind, out);
                }
            }
        } else {
            self.resolve_normal(system, &coding.code, kind, out);
        }
    }

    /// Appends to `out` every concept the coding belongs to, on whatever resource it is met.
    pub fn resolve_any_kind(&self, coding: &Coding, out: &mut Vec<ConceptId>) {
        self.resolve_on(coding, None, out);
    }

    /// Answers the canonical URI of a code system as sent; `None` when it is not described.
    pub fn canonical(&self, system: &str) -> Option<&str> {
        let found = *self.by_uri.get(system)?;
        Some(&*self.systems[usize::from(found)].uri)
    }

    fn resolve_normal(&self, system: u16, code: &str, kind: Option<Kind>, out: &mut Vec<ConceptId>) {
        if let Some(found) = self.exact[usize::from(system)].get(code) {
            self.push(found, system, kind, out);
        }
        let prefixes = &self.prefix[usize::from(system)];
        if prefixes.is_empty() {
            return;
        }
        for end in (1..=code.len()).rev().filter(|e| code.is_char_boundary(*e)) {
            if let Some(found) = prefixes.get(&code[..end]) {
                self.push(found, system, kind, out);
            }
        }
    }

    fn push(&self, found: &[ConceptId], system: u16, kind: Option<Kind>, out: &mut Vec<ConceptId>) {
        let anywhere = &*self.systems[usize::from(system)].uri == PREVENTION_EVIDENCE;
        for id in found {
            let kinds = &self.get(*id).kinds;
            let counts = anywhere || kinds.is_empty() || kind.is_none_or(|k| kinds.contains(&k));
            if counts && !out.contains(id) {
                out.push(*id);
            }
        }
    }
}

/// Writes the code without dots and in upper case; `None` when there is no room for it.
fn dotless<'r>(code: &str, room: &'r mut [u8; 16]) -> Option<&'r str> {
    let mut len = 0;
    for byte in code.bytes().filter(|b| *b != b'.') {
        *room.get_mut(len)? = byte.to_ascii_uppercase();
        len += 1;
    }
    std::str::from_utf8(&room[..len]).ok()
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
        self.hard_min.is_none_or(|m| value >= m) && self.hard_max.is_none_or(|m| value <= m)
    }
}
