//! Who a Patient is beside other Patients: the same person, somebody else, or a merged record.
//!
//! Owns: when two Patients are one person. An INS or an IPP says so, a billing number (NH) never:
//! it may be a parent's. Where an INS was sent for a child in the place of its own, birth date or
//! birth rank tell the two apart. Sources: référentiel INS, FR Core 2.2.0, R4 patient.html (link).

use crate::domain::calendar::PartialDate;
use crate::fhir::facts::HashKey;
use crate::fhir::facts::identity::key_hash;
use crate::fhir::facts::patient::linked;
use crate::fhir::identity::KeyKind;
use crate::fhir::identity::identity_keys;
use crate::fhir::json::Value;

/// What tells a Patient from others. It holds no value that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The keyed hash of each INS and IPP that may be a key.
    pub keys: Vec<PersonKey>,
    birth: Option<PartialDate>,
    /// multipleBirthInteger: which of several children of one birth.
    rank: Option<i64>,
    pub replaced_by: Vec<Box<str>>,
    pub replaces: Vec<Box<str>>,
}

/// One identifier of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonKey {
    pub hash: [u8; 16],
    national: National,
}

/// Whether the identifier is the national one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum National {
    Yes,
    No,
}

impl Person {
    /// Reads a Patient. `base` is our public base URL.
    pub fn of(patient: &Value, base: &str, key: &HashKey) -> Person {
        let known = identity_keys(patient).keys;
        let keys = known.iter().map(|known| PersonKey {
            hash: key_hash(known, key),
            national: if known.kind == KeyKind::Ins { National::Yes } else { National::No },
        });
        Person {
            keys: keys.collect(),
            birth: patient["birthDate"].as_str().and_then(|date| date.parse().ok()),
            rank: patient["multipleBirthInteger"].as_i64(),
            replaced_by: linked(patient, "replaced-by", base),
            replaces: linked(patient, "replaces", base),
        }
    }

    /// Answers whether both are one person: an IPP is that of one record, an INS that of one person
    /// unless birth date or birth rank say that they are two.
    pub fn is(&self, other: &Person) -> bool {
        self.keys.iter().any(|key| other.keys.contains(key) && (key.national == National::No || !self.differs(other)))
    }

    /// Answers whether the two are surely not of one birth.
    fn differs(&self, other: &Person) -> bool {
        let births = self.birth.zip(other.birth);
        let apart = births.is_some_and(|(a, b)| a.latest() < b.earliest() || b.latest() < a.earliest());
        apart || self.rank.zip(other.rank).is_some_and(|(a, b)| a != b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::json::tree;
    use serde_json::Value;
    use serde_json::json;

    const NIR: &str = "urn:oid:1.2.250.1.213.1.4.8";

    fn person(kind: &str, system: &str, value: &str, more: Value) -> Person {
        let mut patient = json!({"resourceType": "Patient", "birthDate": "1990-04-02",
            "identifier": [{"type": {"coding": [{"code": kind}]}, "system": system, "value": value}]});
        for (name, value) in more.as_object().unwrap() {
            patient[name] = value.clone();
        }
        Person::of(&tree(&patient), "https://gw.example/fhir", &HashKey([3; 32]))
    }

    #[test]
    fn an_ins_or_an_ipp_is_one_person_and_a_billing_number_is_not() {
        let (ins, same, shared) = ("255050000000296", json!({}), json!({"birthDate": "2024-05-01"}));
        let cases = [
            ("INS-NIR", NIR, ins, &same, true),
            ("INS-NIR", "1.2.250.1.213.1.4.8", "2 55 05 00 000 002", &same, true),
            ("INS-NIR", NIR, ins, &json!({"birthDate": "1990"}), true),
            ("INS-NIR", NIR, ins, &shared, false),
            ("INS-NIR", NIR, ins, &json!({"birthDate": "1990-04-03"}), false),
            ("NH", NIR, ins, &same, false),
            ("NH", NIR, ins, &shared, false),
            ("NH", "urn:oid:1.2.250.1.213.1.4.13", ins, &shared, false),
        ];
        for (kind, system, value, more, want) in cases {
            let first = person("INS-NIR", NIR, ins, json!({}));
            assert_eq!(first.is(&person(kind, system, value, more.clone())), want, "{kind} {system} {more}");
        }
        let record = |more| person("PI", "https://cabinet.example/ipp", "A-1", more);
        assert!(record(json!({})).is(&record(json!({"birthDate": "2024-05-01"}))), "a record is one person's");
        assert!(!record(json!({})).is(&person("PI", "https://other.example/ipp", "A-1", json!({}))));
        let nss = |birth: &str| person("NH", NIR, ins, json!({"birthDate": birth}));
        assert!(!nss("1990").is(&nss("1990")), "a billing number is nobody's");
    }

    #[test]
    fn twins_under_one_number_are_two() {
        let twin = |rank: i64| person("INS-NIR", NIR, "255050000000296", json!({"multipleBirthInteger": rank}));
        assert!(!twin(1).is(&twin(2)));
        assert!(twin(1).is(&twin(1)));
    }
}
