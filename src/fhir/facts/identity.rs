//! Under which keyed hashes a Patient is met.
//!
//! Owns: the hash of an identifier for links, and its normal form. Which identifier is a key at all
//! (INS, PI, never a social security number) is `fhir::identity`'s alone to say, as for validation.

use super::hash::HashKey;
use super::hash::Use;
use super::read::items;
use super::read::text;
use crate::domain::fact::Identity;
use crate::fhir::identity::IdentityKey;
use crate::fhir::identity::IdentityStatus;
use crate::fhir::identity::InsSystem;
use crate::fhir::identity::KeyKind;
use crate::fhir::identity::Reading;
use crate::fhir::identity::Role;
use crate::fhir::identity::identity_keys;
use crate::fhir::identity::identity_status;
use crate::fhir::identity::key_of;
use crate::fhir::identity::reading;
use crate::fhir::json::Value;
use std::borrow::Cow;

/// Answers which usable identifiers the Patient carries.
pub fn identity(patient: &Value) -> Identity {
    identity_keys(patient).summary
}

/// Answers the keyed hashes under which a reference by identifier meets this Patient: those of
/// INS, PI and local numbers, which name one patient of their system.
pub fn link_keys(patient: &Value, key: &HashKey) -> Vec<[u8; 16]> {
    let status = identity_status(patient);
    let mut keys: Vec<[u8; 16]> =
        items(&patient["identifier"]).filter_map(|identifier| link_key(identifier, status, key)).collect();
    keys.dedup();
    keys
}

/// Answers the hash of a Reference.identifier that names a patient. One that cannot be a key (a
/// social security number) gets a hash that meets no Patient, so that it stays without a patient
/// rather than reach the wrong one.
pub fn reference_key(identifier: &Value, key: &HashKey) -> Option<[u8; 16]> {
    let value = text(&identifier["value"])?;
    // A Reference has no identity status of its own: the Patient it meets has.
    Some(link_key(identifier, IdentityStatus::Absent, key).unwrap_or_else(|| {
        let (system, value) = normal(text(&identifier["system"]).unwrap_or_default(), value);
        key.hash(Use::Unknown, &system, &value)
    }))
}

/// Answers whether the identifier is by its kind one of a person in care: INS or PI.
pub fn says_person(identifier: &Value) -> bool {
    identifier.is_object() && key_of(&reading(0, identifier, IdentityStatus::Absent), IdentityStatus::Absent).is_some()
}

/// Answers system and value as they are hashed for search: an OID in its URN form, an INS without blanks.
pub fn normal<'a>(system: &'a str, value: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let (system, value) = (system.trim(), value.trim());
    let bare = !system.is_empty() && system.bytes().all(|b| b.is_ascii_digit() || b == b'.') && system.contains('.');
    let full = if bare { Cow::Owned(format!("urn:oid:{system}")) } else { Cow::Borrowed(system) };
    if InsSystem::of(system).is_none() {
        return (full, Cow::Borrowed(value));
    }
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    (full, Cow::Owned(compact.to_uppercase()))
}

/// Answers the hash by which an identity key links: of the number without its check digits, so that
/// sent with them or without, it is one person.
pub fn key_hash(known: &IdentityKey, key: &HashKey) -> [u8; 16] {
    let (system, value) = normal(&known.system, &known.value);
    key.hash(Use::Link, &system, &value)
}

/// Answers the keyed hashes of the national identifiers that are keys of a Patient.
pub fn national_keys(patient: &Value, key: &HashKey) -> Vec<[u8; 16]> {
    let known = identity_keys(patient).keys;
    known.iter().filter(|known| known.kind == KeyKind::Ins).map(|known| key_hash(known, key)).collect()
}

/// Answers the hash by which an identifier links; `None` when it may not.
fn link_key(identifier: &Value, status: IdentityStatus, key: &HashKey) -> Option<[u8; 16]> {
    if !identifier.is_object() {
        return None;
    }
    let read = reading(0, identifier, status);
    if let Some(known) = key_of(&read, status) {
        return Some(key_hash(&known, key));
    }
    match read {
        Reading { role: Role::Local, system: Some(system), value: Some(value), .. } => {
            let (system, value) = normal(system, value);
            Some(key.hash(Use::Link, &system, &value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::json::tree;
    use serde_json::Value;
    use serde_json::json;

    fn patient(kind: &str, system: &str, usage: &str, status: &str) -> Value {
        let mut identifier = json!({"system": system, "value": "1 80 01 00 000 001 22"});
        if !kind.is_empty() {
            identifier["type"] = json!({"coding": [{"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": kind}]});
        }
        if !usage.is_empty() {
            identifier["use"] = json!(usage);
        }
        let mut patient = json!({"resourceType": "Patient", "identifier": [identifier]});
        if !status.is_empty() {
            patient["extension"] = json!([{
                "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
                "extension": [{"url": "identityStatus", "valueCoding": {"code": status}}]
            }]);
        }
        patient
    }

    const OID: &str = "urn:oid:1.2.250.1.213.1.4.";

    #[test]
    fn only_an_ins_that_may_travel_is_a_key() {
        let cases = [
            ("INS-NIR", "8", "official", "VALI", true),
            ("INS-NIR", "8", "official", "", true),
            ("INS-NIR", "8", "old", "VALI", false),
            ("INS-NIR", "8", "official", "PROV", false),
            ("INS-NIR", "8", "", "DOUT", false),
            ("NH", "8", "official", "VALI", false),
            ("NH", "13", "official", "VALI", false),
            ("", "8", "official", "VALI", true),
            ("", "8", "official", "", false),
            ("", "9", "official", "", true),
            ("", "10", "", "", true),
            ("INS-NIA", "9", "official", "", true),
            ("INS-NIR-DEMO", "11", "official", "", true),
            ("INS-C", "2", "secondary", "VALI", false),
        ];
        for (kind, end, usage, status, want) in cases {
            let patient = patient(kind, &format!("{OID}{end}"), usage, status);
            assert_eq!(identity(&tree(&patient)).ins_key, want, "{kind} {end} {usage} {status}");
            assert_eq!(
                link_keys(&tree(&patient), &HashKey([1; 32])).len(),
                usize::from(want),
                "{kind} {end} {usage} {status}"
            );
        }
    }

    #[test]
    fn an_ins_links_with_and_without_its_key() {
        let key = HashKey([1; 32]);
        let whole = patient("INS-NIR", &format!("{OID}8"), "official", "VALI");
        let bare =
            json!({"type": {"coding": [{"code": "INS-NIR"}]}, "system": format!("{OID}8"), "value": "1800100000001"});
        assert_eq!(reference_key(&tree(&bare), &key), Some(link_keys(&tree(&whole), &key)[0]));
    }

    #[test]
    fn a_pi_needs_a_system_and_a_value() {
        let pi = |identifier: Value| identity(&tree(&json!({"identifier": [identifier]}))).pi;
        let kind = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]});
        assert!(pi(json!({"type": kind, "system": "http://h", "value": "1"})));
        assert!(!pi(json!({"type": kind, "value": "1"})));
        assert!(!pi(json!({"type": kind, "system": "http://h", "value": " "})));
        assert!(!pi(json!({"system": "http://h", "value": "1"})));
    }

    #[test]
    fn the_three_generations_of_identity_status_are_read() {
        for (url, part) in [
            (
                "http://interopsante.org/fhir/StructureDefinition/fr-core-ident-reliability",
                json!({"url": "identityReliability", "valueCoding": {"code": "PROV"}}),
            ),
            (
                "http://interopsante.org/fhir/StructureDefinition/fr-core-ident-reliability",
                json!({"url": "identityReliability", "valueCodeableConcept": {"coding": [{"code": "PROV"}]}}),
            ),
            (
                "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
                json!({"url": "identityStatus", "valueCode": "PROV"}),
            ),
        ] {
            let mut patient = patient("INS-NIR", &format!("{OID}8"), "official", "");
            patient["extension"] = json!([{"url": url, "extension": [part]}]);
            assert!(!identity(&tree(&patient)).ins_key, "{url}");
        }
    }

    #[test]
    fn a_reference_by_identifier_meets_its_patient_and_no_relative() {
        let key = HashKey([1; 32]);
        let child = patient("INS-NIR", &format!("{OID}8"), "official", "");
        let own = json!({"type": {"coding": [{"code": "INS-NIR"}]}, "system": "1.2.250.1.213.1.4.8", "value": "180010000000122"});
        let parent =
            json!({"type": {"coding": [{"code": "NH"}]}, "system": format!("{OID}8"), "value": "180010000000122"});
        let untyped = json!({"system": format!("{OID}8"), "value": "180010000000122"});
        let keys = link_keys(&tree(&child), &key);
        assert_eq!(reference_key(&tree(&own), &key), Some(keys[0]));
        assert_ne!(reference_key(&tree(&parent), &key), Some(keys[0]));
        assert_ne!(reference_key(&tree(&untyped), &key), Some(keys[0]));
        assert_eq!(reference_key(&tree(&json!({"system": "s"})), &key), None);
        let file = json!({"identifier": [{"type": {"coding": [{"code": "PI"}]}, "system": "http://h", "value": "12"}]});
        let local = json!({"identifier": [{"system": "http://h", "value": "12"}]});
        let plain = json!({"system": "http://h", "value": "12"});
        assert_eq!(reference_key(&tree(&plain), &key), Some(link_keys(&tree(&file), &key)[0]));
        assert_eq!(reference_key(&tree(&plain), &key), Some(link_keys(&tree(&local), &key)[0]));
        assert_eq!(identity(&tree(&local)), Identity::default());
    }
}
