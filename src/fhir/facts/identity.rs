//! Which identifiers of a Patient tell who the patient is.
//!
//! Owns: INS and PI against everything else. A social security number (type NH) is never a key:
//! a child's can be its parent's, under the very system of the INS. Implements FR Core 1.1 to
//! 2.2 (fr-core-patient, fr-core-patient-ins) in the three generations of identity status.

use super::hash::HashKey;
use super::hash::Use;
use super::read::items;
use super::read::text;
use crate::domain::fact::Identity;
use serde_json::Value;
use std::borrow::Cow;

const INS_OIDS: [&str; 4] =
    ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];
/// Social security numbers (shared by a family) and the INS-C (computed, not unique): never keys.
const SHARED_OIDS: [&str; 3] = ["1.2.250.1.213.1.4.13", "1.2.250.1.213.1.4.14", "1.2.250.1.213.1.4.2"];
/// The OID that was used for both the INS-NIR and the social security number.
const SHARED_OID: &str = "1.2.250.1.213.1.4.8";

/// Answers which usable identifiers the Patient carries.
pub fn identity(patient: &Value) -> Identity {
    let status = Status::of(patient);
    let identifiers = items(&patient["identifier"]);
    identifiers.fold(Identity::default(), |found, identifier| match role(identifier, status) {
        Role::Ins => Identity { ins_key: true, ..found },
        Role::Pi => Identity { pi: true, ..found },
        Role::Local | Role::Other => found,
    })
}

/// Answers the keyed hashes under which a reference by identifier meets this Patient: those of
/// INS, PI and local numbers, which name one patient of their system.
pub fn link_keys(patient: &Value, key: &HashKey) -> Vec<[u8; 16]> {
    let status = Status::of(patient);
    let mut keys: Vec<[u8; 16]> = items(&patient["identifier"])
        .filter(|identifier| role(identifier, status) != Role::Other)
        .map(|identifier| hash_of(identifier, key, Use::Link))
        .collect();
    keys.dedup();
    keys
}

/// Answers the hash of a Reference.identifier that names a patient. One that cannot be a key (a
/// social security number) gets a hash that meets no Patient, so that it stays without a patient
/// rather than reach the wrong one.
pub fn reference_key(identifier: &Value, key: &HashKey) -> Option<[u8; 16]> {
    text(&identifier["value"])?;
    // A Reference has no identity status of its own: the Patient it meets has.
    let of = match role(identifier, Status::Absent) {
        Role::Ins | Role::Pi | Role::Local => Use::Link,
        Role::Other => Use::Unknown,
    };
    Some(hash_of(identifier, key, of))
}

/// Answers whether the identifier is by its kind one of a person in care: INS or PI.
pub fn says_person(identifier: &Value) -> bool {
    matches!(role(identifier, Status::Absent), Role::Ins | Role::Pi)
}

/// Answers system and value as they are hashed: an OID in its URN form, an INS without blanks.
pub fn normal<'a>(system: &'a str, value: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let (system, value) = (system.trim(), value.trim());
    let bare = !system.is_empty() && system.bytes().all(|b| b.is_ascii_digit() || b == b'.') && system.contains('.');
    let full = if bare { Cow::Owned(format!("urn:oid:{system}")) } else { Cow::Borrowed(system) };
    if !INS_OIDS.contains(&oid(system)) {
        return (full, Cow::Borrowed(value));
    }
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    (full, Cow::Owned(compact.to_uppercase()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Ins,
    Pi,
    /// A number of the sender's own: it says which record, not who the person is.
    Local,
    Other,
}

/// What the Patient's identity status says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Absent,
    Validated,
    /// Said, and anything but VALI.
    NotValidated,
}

fn role(identifier: &Value, status: Status) -> Role {
    if text(&identifier["value"]).is_none() || system(identifier).is_none() {
        return Role::Other;
    }
    let ins_type = type_codes(identifier).any(is_ins_type);
    if is_ins(identifier) {
        let untyped = type_codes(identifier).next().is_none();
        let shared = system(identifier).is_some_and(|s| oid(s) == SHARED_OID);
        // Without a type, the shared OID is the INS only when the identity is validated.
        let typed = ins_type || (untyped && (!shared || status == Status::Validated));
        let old = text(&identifier["use"]) == Some("old");
        return if typed && !old && status != Status::NotValidated { Role::Ins } else { Role::Other };
    }
    let shared = system(identifier).is_some_and(|s| SHARED_OIDS.contains(&oid(s)));
    if shared || ins_type || type_codes(identifier).any(|code| matches!(code, "NH" | "INS-C")) {
        return Role::Other;
    }
    if type_codes(identifier).any(|code| code == "PI") { Role::Pi } else { Role::Local }
}

fn is_ins(identifier: &Value) -> bool {
    system(identifier).is_some_and(|s| INS_OIDS.contains(&oid(s)))
}

/// INS-C, the computed number of before 2020, is no INS.
fn is_ins_type(code: &str) -> bool {
    matches!(code, "INS-NIR" | "INS-NIA" | "INS-NIR-TEST" | "INS-NIR-DEMO")
}

fn type_codes(identifier: &Value) -> impl Iterator<Item = &str> {
    items(&identifier["type"]["coding"]).filter_map(|coding| text(&coding["code"]))
}

fn system(identifier: &Value) -> Option<&str> {
    text(&identifier["system"])
}

fn oid(system: &str) -> &str {
    system.strip_prefix("urn:oid:").unwrap_or(system)
}

fn hash_of(identifier: &Value, key: &HashKey, of: Use) -> [u8; 16] {
    let (system, value) =
        normal(system(identifier).unwrap_or_default(), text(&identifier["value"]).unwrap_or_default());
    key.hash(of, &system, &value)
}

const RELIABILITY: [&str; 2] = ["fr-core-identity-reliability", "fr-core-ident-reliability"];
const STATUS_PARTS: [&str; 2] = ["identityStatus", "identityReliability"];

impl Status {
    fn of(patient: &Value) -> Status {
        let codes: Vec<&str> = items(&patient["extension"])
            .filter(|e| text(&e["url"]).is_some_and(|url| RELIABILITY.iter().any(|name| url.ends_with(name))))
            .flat_map(|e| items(&e["extension"]))
            .filter(|part| text(&part["url"]).is_some_and(|url| STATUS_PARTS.contains(&url)))
            .flat_map(status_codes)
            .collect();
        match codes.as_slice() {
            [] => Status::Absent,
            codes if codes.contains(&"VALI") => Status::Validated,
            _ => Status::NotValidated,
        }
    }
}

fn status_codes(part: &Value) -> impl Iterator<Item = &str> {
    let coded = items(&part["valueCodeableConcept"]["coding"]).chain(items(&part["valueCoding"]));
    coded.filter_map(|coding| text(&coding["code"])).chain(text(&part["valueCode"]))
}

#[cfg(test)]
mod tests {
    use super::*;
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
            assert_eq!(identity(&patient).ins_key, want, "{kind} {end} {usage} {status}");
            assert_eq!(
                link_keys(&patient, &HashKey([1; 32])).len(),
                usize::from(want),
                "{kind} {end} {usage} {status}"
            );
        }
    }

    #[test]
    fn a_pi_needs_a_system_and_a_value() {
        let pi = |identifier: Value| identity(&json!({"identifier": [identifier]})).pi;
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
            assert!(!identity(&patient).ins_key, "{url}");
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
        let keys = link_keys(&child, &key);
        assert_eq!(reference_key(&own, &key), Some(keys[0]));
        assert_ne!(reference_key(&parent, &key), Some(keys[0]));
        assert_ne!(reference_key(&untyped, &key), Some(keys[0]));
        assert_eq!(reference_key(&json!({"system": "s"}), &key), None);
        let file = json!({"identifier": [{"type": {"coding": [{"code": "PI"}]}, "system": "http://h", "value": "12"}]});
        let local = json!({"identifier": [{"system": "http://h", "value": "12"}]});
        let plain = json!({"system": "http://h", "value": "12"});
        assert_eq!(reference_key(&plain, &key), Some(link_keys(&file, &key)[0]));
        assert_eq!(reference_key(&plain, &key), Some(link_keys(&local, &key)[0]));
        assert_eq!(identity(&local), Identity::default());
    }
}
