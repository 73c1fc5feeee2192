//! Tokens: codings as `code NUL system`, identifiers as keyed hashes.
//!
//! The code comes first, so that `code` and `system|code` both begin a range of keys; so does the
//! hash of an identifier's value. Nothing of an identifier is ever in a key in clear. The systems
//! that nearly every resource repeats are one byte.

use crate::fhir::facts::HashKey;
use crate::fhir::facts::hash::Use;
use crate::fhir::facts::identity::normal;

/// A form of token in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `code`: of any system.
    Any(String),
    /// `system|code`; the empty system is `|code`, without a system.
    Exact(String, String),
    /// `system|`: any code of the system.
    System(String),
}

/// Systems kept as one byte, by their place: only ever append, or raise `derive::FORMAT`.
const SYSTEMS: [&str; 24] = [
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10",
    "http://unitsofmeasure.org",
    "http://terminology.hl7.org/CodeSystem/observation-category",
    "http://terminology.hl7.org/CodeSystem/condition-category",
    "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://terminology.hl7.org/CodeSystem/v2-0203",
    "http://terminology.hl7.org/CodeSystem/v2-0074",
    "http://www.whocc.no/atc",
    "http://hl7.org/fhir/administrative-gender",
    "http://hl7.org/fhir/observation-status",
    "http://hl7.org/fhir/encounter-status",
    "http://hl7.org/fhir/event-status",
    "http://hl7.org/fhir/diagnostic-report-status",
    "http://hl7.org/fhir/questionnaire-answers-status",
    "http://hl7.org/fhir/episode-of-care-status",
    "http://hl7.org/fhir/care-team-status",
    "http://hl7.org/fhir/appointmentstatus",
    "http://hl7.org/fhir/flag-status",
    "http://hl7.org/fhir/fm-status",
    "https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence",
];
/// The bytes 1 to 31 stand for systems: no URI begins with one.
const FIRST: u8 = 1;
const RESERVED: u8 = 0x20;

/// Appends the key of a coding; answers whether it could: a control character would forge another.
pub(super) fn push_coding(system: &str, code: &str, out: &mut Vec<u8>) -> bool {
    let clean = |text: &str| !text.bytes().any(|b| b < RESERVED);
    if !clean(system) || !clean(code) {
        return false;
    }
    out.extend_from_slice(code.as_bytes());
    out.push(0);
    match SYSTEMS.iter().position(|s| *s == system).and_then(|n| u8::try_from(n).ok()) {
        Some(number) => out.push(FIRST + number),
        None => out.extend_from_slice(system.as_bytes()),
    }
    true
}

/// Answers the key of a coding, or `None` where it has none.
pub(super) fn coding_key(system: &str, code: &str) -> Option<Box<[u8]>> {
    let mut key = Vec::with_capacity(code.len() + 2);
    push_coding(system, code, &mut key).then(|| key.into())
}

/// Reads the key of a coding: system and code.
pub(super) fn coding_of(key: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(key).ok()?;
    let (code, system) = text.split_once('\0')?;
    match system.as_bytes() {
        [byte] if *byte < RESERVED => Some((SYSTEMS.get(usize::from(byte.checked_sub(FIRST)?))?, code)),
        _ => Some((system, code)),
    }
}

/// Length of the part of an identifier's key that is of its value.
pub(super) const VALUE_HASH: usize = 10;
const SYSTEM_HASH: usize = 6;

/// Answers the key of an identifier: the keyed hash of its value, then a hash of its system.
pub(super) fn identifier_key(system: &str, value: &str, key: &HashKey) -> [u8; VALUE_HASH + SYSTEM_HASH] {
    let (system, value) = normal(system, value);
    let mut out = [0; VALUE_HASH + SYSTEM_HASH];
    out[..VALUE_HASH].copy_from_slice(&key.hash(Use::IdentifierValue, "", &value)[..VALUE_HASH]);
    out[VALUE_HASH..].copy_from_slice(&system_hash(&system));
    out
}

/// A system is no secret: what is hashed at every write is hashed cheaply (FNV-1a, 64 bits).
fn system_hash(system: &str) -> [u8; SYSTEM_HASH] {
    let mixed = system
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut out = [0; SYSTEM_HASH];
    out.copy_from_slice(&mixed.to_be_bytes()[8 - SYSTEM_HASH..]);
    out
}

/// What an identifier's key is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Whole,
    Start,
    End,
}

/// Answers the part of an identifier's key that a token asks for, and where it stands.
pub(super) fn asked_identifier(token: &Token, key: &HashKey) -> (Place, Box<[u8]>) {
    match token {
        Token::Any(value) => (Place::Start, identifier_key("", value, key)[..VALUE_HASH].into()),
        Token::Exact(system, value) => (Place::Whole, identifier_key(system, value, key).as_slice().into()),
        Token::System(system) => (Place::End, system_hash(&normal(system, "").0).as_slice().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_come_back_from_their_keys_and_forge_no_other() {
        for (system, code) in [("http://loinc.org", "1-8"), ("", "x"), ("urn:x", "é"), (SYSTEMS[23], "bp")] {
            let key = coding_key(system, code).unwrap();
            assert_eq!(coding_of(&key), Some((system, code)));
        }
        assert_eq!(coding_key("http://loinc.org", "1-8").unwrap().len(), 5);
        assert_eq!(coding_key("\u{1}", "1-8"), None);
        assert_eq!(coding_key("urn:x", "a\0b"), None);
        for system in SYSTEMS {
            assert_eq!(SYSTEMS.iter().filter(|s| **s == system).count(), 1);
        }
        assert!(FIRST as usize + SYSTEMS.len() <= usize::from(RESERVED));
    }
}
