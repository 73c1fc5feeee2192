//! Whom a Reference names, and the identifiers by which professionals and structures are named.
//!
//! Owns: the one writing of each national number, whatever system carries it. Must not know: which
//! resources exist. Implements the identifiers of FR Core 2.2 (practitioner, organization): RPPS,
//! FINESS, SIREN, SIRET, and the national forms idNatPs and idNatStruct that wrap them.

use super::hash::HashKey;
use super::hash::Use;
use super::identity::normal;
use super::read::contained;
use super::read::items;
use super::read::text;
use crate::domain::fact::IdentifierHash;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::fact::Reference;
use crate::fhir::json::Value;
use crate::fhir::references::local;
use std::borrow::Cow;

/// What reading a resource depends on beside itself.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// Our public base URL: absolute references below it are our own.
    pub base: &'a str,
    /// The key under which identifiers are hashed.
    pub key: &'a HashKey,
}

const RPPS: &str = "https://rpps.esante.gouv.fr";
const FINESS: &str = "https://finess.esante.gouv.fr";
const SIRENE: &str = "https://sirene.fr";
const RPPS_RANG: &str = "https://rppsrang.esante.gouv.fr";
const ID_NAT_PS: &str = "urn:oid:1.2.250.1.71.4.2.1";
const ID_NAT_STRUCT: &str = "urn:oid:1.2.250.1.71.4.2.2";
/// Other systems under which senders write the same numbers.
const ALIASES: [(&str, &str); 4] = [
    ("http://rpps.fr", RPPS),
    ("http://finess.esante.gouv.fr", FINESS),
    ("http://finess.sante.gouv.fr", FINESS),
    ("http://sirene.fr", SIRENE),
];
/// First digit of a national structure number: which register the rest is of.
const REGISTERS: [(&str, &str); 4] = [("1", FINESS), ("2", SIRENE), ("3", SIRENE), ("4", RPPS_RANG)];

/// Answers whom a Reference names; `None` when nothing was sent. A resource of a kind that may not
/// stand there, or of elsewhere, is told by the identifier beside it, else by nothing.
pub fn named(resource: &Value, value: &Value, kinds: &[Kind], origin: Origin<'_>) -> Option<Named> {
    if !value.is_object() {
        return None;
    }
    let target = text(&value["reference"]).and_then(|literal| local(literal, origin.base));
    let ours = target.and_then(|t| Some(Reference::new(Kind::from_name(t.resource_type)?, t.id)));
    if let Some(reference) = ours.filter(|reference| kinds.contains(&reference.kind)) {
        return Some(Named::Resource(reference));
    }
    let inner = contained(resource, value).and_then(|inner| of_contained(resource, inner, kinds, origin));
    Some(inner.or_else(|| by_identifier(value, origin)).unwrap_or(Named::Untold))
}

/// The same where a display alone says nothing: an organization with no more than a name
/// contradicts nobody.
pub fn linked(resource: &Value, value: &Value, kinds: &[Kind], origin: Origin<'_>) -> Option<Named> {
    let says = text(&value["reference"]).is_some() || !value["identifier"].is_null();
    named(resource, value, kinds, origin).filter(|_| says)
}

/// Answers the hashes of the identifiers under which others may name the resource.
pub fn identifiers(resource: &Value, origin: Origin<'_>) -> Vec<IdentifierHash> {
    let current = items(&resource["identifier"]).filter(|identifier| text(&identifier["use"]) != Some("old"));
    let mut hashes: Vec<IdentifierHash> = current.filter_map(|identifier| hash(identifier, origin)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn of_contained(resource: &Value, inner: &Value, kinds: &[Kind], origin: Origin<'_>) -> Option<Named> {
    let kind = text(&inner["resourceType"]).and_then(Kind::from_name).filter(|kind| kinds.contains(kind))?;
    let own = items(&inner["identifier"]).find_map(|identifier| hash(identifier, origin));
    match own {
        Some(hash) => Some(Named::Identifier { kind: Some(kind), hash }),
        // A role without a number of its own is known by whoever holds it. One step: what is
        // contained may not contain.
        None if kind == Kind::PractitionerRole => {
            let person = &inner["practitioner"];
            match contained(resource, person) {
                Some(person) if text(&person["resourceType"]) == Some("Practitioner") => items(&person["identifier"])
                    .find_map(|identifier| hash(identifier, origin))
                    .map(|hash| Named::Identifier { kind: Some(Kind::Practitioner), hash }),
                _ => named(&Value::Null, person, &[Kind::Practitioner], origin),
            }
        }
        None => None,
    }
}

fn by_identifier(value: &Value, origin: Origin<'_>) -> Option<Named> {
    let hash = hash(&value["identifier"], origin)?;
    let typed = text(&value["type"]).map(|name| name.rsplit('/').next().unwrap_or(name));
    Some(Named::Identifier { kind: typed.and_then(Kind::from_name), hash })
}

fn hash(identifier: &Value, origin: Origin<'_>) -> Option<IdentifierHash> {
    let (system, value) = (text(&identifier["system"])?, text(&identifier["value"])?);
    let (system, value) = one_writing(system, value);
    Some(IdentifierHash(origin.key.hash(Use::Actor, &system, &value)))
}

/// Answers system and number in the one form that all writings of it share.
fn one_writing<'a>(system: &'a str, value: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let (system, value) = normal(system, value);
    let system = system.trim_end_matches('/');
    let system = ALIASES.iter().find(|(alias, _)| *alias == system).map_or(system, |(_, of)| of);
    let wrapped = match (system, value.chars().next(), value.len()) {
        (ID_NAT_PS, Some('8'), 12) => Some(RPPS),
        (ID_NAT_STRUCT, Some(_), _) => {
            REGISTERS.iter().find(|(digit, _)| value.starts_with(digit)).map(|(_, register)| *register)
        }
        _ => None,
    };
    match wrapped {
        Some(register) => (Cow::Owned(register.to_owned()), Cow::Owned(value[1..].to_owned())),
        None => (Cow::Owned(system.to_owned()), Cow::Owned(value.into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::json::tree;
    use serde_json::Value;
    use serde_json::json;

    const KINDS: [Kind; 2] = [Kind::Practitioner, Kind::PractitionerRole];

    fn read(resource: &Value, reference: &Value) -> Option<Named> {
        named(
            &tree(resource),
            &tree(reference),
            &KINDS,
            Origin { base: "https://gw.example/fhir", key: &HashKey([7; 32]) },
        )
    }

    fn hash_of(system: &str, value: &str) -> IdentifierHash {
        let origin = Origin { base: "", key: &HashKey([7; 32]) };
        hash(&tree(&json!({"system": system, "value": value})), origin).unwrap()
    }

    #[test]
    fn one_number_has_one_hash_whatever_system_carries_it() {
        let same = [
            ((RPPS, "10001234567"), ("http://rpps.fr", "10001234567")),
            ((RPPS, "10001234567"), (ID_NAT_PS, "810001234567")),
            ((RPPS, "10001234567"), ("1.2.250.1.71.4.2.1", " 810001234567 ")),
            ((FINESS, "750000001"), (ID_NAT_STRUCT, "1750000001")),
            ((FINESS, "750000001"), ("http://finess.esante.gouv.fr/", "750000001")),
            ((SIRENE, "12345678901234"), (ID_NAT_STRUCT, "312345678901234")),
            ((SIRENE, "123456789"), (ID_NAT_STRUCT, "2123456789")),
        ];
        for ((system, value), (other, written)) in same {
            assert_eq!(hash_of(system, value), hash_of(other, written), "{other}");
        }
        let apart = [
            ((RPPS, "10001234567"), (FINESS, "10001234567")),
            ((RPPS, "10001234567"), (RPPS, "10001234568")),
            ((ID_NAT_PS, "0751234567"), (RPPS, "751234567")),
            ((SIRENE, "123456789"), (FINESS, "123456789")),
        ];
        for ((system, value), (other, written)) in apart {
            assert_ne!(hash_of(system, value), hash_of(other, written), "{system} {other}");
        }
    }

    #[test]
    fn a_reference_names_a_resource_an_identifier_or_nobody() {
        let rpps = json!({"system": RPPS, "value": "10001234567"});
        let by = |kind| Some(Named::Identifier { kind, hash: hash_of(RPPS, "10001234567") });
        let holder = json!({"contained": [
            {"resourceType": "Practitioner", "id": "p", "identifier": [rpps]},
            {"resourceType": "Practitioner", "id": "bare"},
            {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#p"}},
            {"resourceType": "PractitionerRole", "id": "l", "practitioner": {"reference": "Practitioner/dr"}},
            {"resourceType": "PractitionerRole", "id": "i", "practitioner": {"reference": "#i"}},
            {"resourceType": "Organization", "id": "o", "identifier": [rpps]}
        ]});
        let cases = [
            (json!(null), None),
            (json!({"reference": "Practitioner/dr"}), Some(Named::resource(Kind::Practitioner, "dr"))),
            (
                json!({"reference": "Practitioner/dr", "identifier": rpps}),
                Some(Named::resource(Kind::Practitioner, "dr")),
            ),
            (json!({"identifier": rpps}), by(None)),
            (json!({"type": "Practitioner", "identifier": rpps}), by(Some(Kind::Practitioner))),
            (json!({"reference": "https://else/fhir/Practitioner/9", "identifier": rpps}), by(None)),
            (json!({"reference": "https://else/fhir/Practitioner/9"}), Some(Named::Untold)),
            (json!({"identifier": {"value": "10001234567"}}), Some(Named::Untold)),
            (json!({"display": "Dr Exemple"}), Some(Named::Untold)),
            (json!({"reference": "Patient/1"}), Some(Named::Untold)),
            (json!({"reference": "#p"}), by(Some(Kind::Practitioner))),
            (json!({"reference": "#r"}), by(Some(Kind::Practitioner))),
            (json!({"reference": "#l"}), Some(Named::resource(Kind::Practitioner, "dr"))),
            (json!({"reference": "#i"}), Some(Named::Untold)),
            (json!({"reference": "#bare"}), Some(Named::Untold)),
            (json!({"reference": "#o"}), Some(Named::Untold)),
        ];
        for (reference, want) in cases {
            assert_eq!(read(&holder, &reference), want, "{reference}");
        }
    }

    #[test]
    fn an_old_number_names_nobody_any_more() {
        let origin = Origin { base: "", key: &HashKey([7; 32]) };
        let one = json!({"identifier": [{"system": RPPS, "value": "1"}, {"system": RPPS, "value": "2", "use": "old"},
            {"value": "3"}, {"system": RPPS, "value": "1"}]});
        assert_eq!(identifiers(&tree(&one), origin), [hash_of(RPPS, "1")]);
    }
}
