//! Who a Patient is: which of its identifiers may be keys.
//!
//! Owns: how INS, IPP and billing numbers are told apart over four generations of FR Core, the
//! identity status, and the form of an INS. A billing number (NH) is never a key: a child's may be
//! its parent's. Sources: référentiel INS, FR Core 1.1 to 2.2 (fr-core-patient, fr-core-patient-ins).

use crate::domain::fact::Identity;
use crate::fhir::json::Value;

/// What kind of key an identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// National identity (INS).
    Ins,
    /// Identifier of the patient in the sender's own register (IPP).
    Pi,
}

/// An identifier by which a patient may be recognised. Its value never goes into a text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    pub kind: KeyKind,
    pub system: Box<str>,
    /// Without spaces; for an INS the 13 characters of the number, upper case, without its key.
    pub value: Box<str>,
}

/// What a Patient says of its identity.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityKeys {
    pub keys: Vec<IdentityKey>,
    pub summary: Identity,
}

/// What the sender says of how far the identity was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityStatus {
    Absent,
    /// VALI, and nothing that contradicts it.
    Valid,
    Other,
}

/// The number an INS system stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsSystem {
    /// .8
    Nir,
    /// .9
    Nia,
    /// .10
    Test,
    /// .11
    Demo,
}

/// What an identifier turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An INS; `typed` by an INS-* type, else known by its system only.
    Ins {
        system: InsSystem,
        typed: Typed,
    },
    Pi,
    /// A billing number (NSS): of type NH, in a system of its own, or .8 without an INS type.
    Billing,
    /// A number of the sender's own: it says which record, not who the person is.
    Local,
    /// A number that names no one person for sure: an INS-C, or an INS type and an INS system that disagree.
    Other,
}

/// Whether the type says INS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    Yes,
    No,
}

/// One identifier of a Patient, read.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// Place in Patient.identifier.
    pub index: usize,
    pub role: Role,
    pub system: Option<&'a str>,
    pub value: Option<&'a str>,
    /// use is old.
    pub old: bool,
    /// use is official.
    pub official: bool,
}

/// Characters of an INS without its key.
const NUMBER: usize = 13;
/// Characters of an INS with its key.
const WITH_KEY: usize = 15;
/// The type of a billing number.
pub const BILLING: &str = "NH";
/// Statuses that deny an identity even beside VALI.
const DENIED: &[&str] = &["PROV", "VIDE", "DOUT", "FICT", "USUR", "INVA"];

/// Answers the keys of a Patient and their summary.
pub fn identity_keys(patient: &Value) -> IdentityKeys {
    let status = identity_status(patient);
    let mut keys = Vec::new();
    for reading in readings(patient, status) {
        if let Some(key) = key_of(&reading, status)
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    let has = |kind| keys.iter().any(|k: &IdentityKey| k.kind == kind);
    let summary = Identity { ins_key: has(KeyKind::Ins), pi: has(KeyKind::Pi) };
    IdentityKeys { keys, summary }
}

/// Answers the key an identifier is, if it may be one.
pub fn key_of(reading: &Reading<'_>, status: IdentityStatus) -> Option<IdentityKey> {
    if reading.old {
        return None;
    }
    let (system, value) = (reading.system?, reading.value?);
    match reading.role {
        Role::Ins { system, .. } if status != IdentityStatus::Other => {
            let number = ins_number(value)?;
            Some(IdentityKey { kind: KeyKind::Ins, system: system.uri().into(), value: number[..NUMBER].into() })
        }
        Role::Pi => {
            let value = value.trim();
            (!value.is_empty()).then(|| IdentityKey {
                kind: KeyKind::Pi,
                system: system.trim().into(),
                value: value.into(),
            })
        }
        _ => None,
    }
}

/// Answers every identifier of a Patient with its role.
pub fn readings<'v>(patient: &'v Value<'v>, status: IdentityStatus) -> Vec<Reading<'v>> {
    let identifiers = patient.get("identifier").and_then(Value::as_array).into_iter().flatten();
    let objects = identifiers.enumerate().filter(|(_, identifier)| identifier.is_object());
    objects.map(|(index, identifier)| reading(index, identifier, status)).collect()
}

/// Reads one identifier, of a Patient or of a Reference to one.
pub fn reading<'v>(index: usize, identifier: &'v Value<'v>, status: IdentityStatus) -> Reading<'v> {
    let text = |member| identifier.get(member).and_then(Value::as_str);
    let usage = text("use").unwrap_or("");
    let system = text("system").filter(|s| !s.trim().is_empty());
    Reading {
        index,
        role: role(identifier.get("type"), system, status),
        system,
        value: text("value").filter(|v| !v.trim().is_empty()),
        old: usage == "old",
        official: usage == "official",
    }
}

/// Answers whether an identifier is told to be a billing number (NSS), by its type or by its system.
pub fn is_billing_number(identifier: &Value) -> bool {
    let text = |value: &Value, member| value.get(member).and_then(Value::as_str).map(str::trim).map(str::to_owned);
    codings(identifier.get("type")).any(|coding| text(coding, "code").as_deref() == Some(BILLING))
        || text(identifier, "system").is_some_and(|system| is_billing_system(&system))
}

fn role(kind: Option<&Value>, system: Option<&str>, status: IdentityStatus) -> Role {
    let codes: Vec<&str> = codings(kind).filter_map(|c| c.get("code").and_then(Value::as_str)).map(str::trim).collect();
    let known = |code: &str| codes.contains(&code);
    if known(BILLING) {
        return Role::Billing;
    }
    let ins = system.and_then(InsSystem::of);
    let typed = ["INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO", "INS-NIA-TEST", "INS-NIA-DEMO", "INS"];
    let says_ins = typed.iter().any(|t| known(t));
    match ins {
        Some(system) if says_ins => Role::Ins { system, typed: Typed::Yes },
        // Up to FR Core 2.1 the billing number had the same system as the INS-NIR: without a type
        // only a validated identity says which of the two it is.
        Some(InsSystem::Nir) if codes.is_empty() && status == IdentityStatus::Valid => {
            Role::Ins { system: InsSystem::Nir, typed: Typed::No }
        }
        Some(InsSystem::Nir) if codes.is_empty() => Role::Billing,
        Some(system) if codes.is_empty() => Role::Ins { system, typed: Typed::No },
        _ if system.is_some_and(is_billing_system) => Role::Billing,
        // An INS system under another type, an INS type under another system, or an INS-C.
        Some(_) => Role::Other,
        None if says_ins || known("INS-C") || system.is_some_and(is_computed_system) => Role::Other,
        None if known("PI") => Role::Pi,
        None => Role::Local,
    }
}

impl InsSystem {
    /// Reads an identifier system, with or without `urn:oid:`.
    pub fn of(system: &str) -> Option<InsSystem> {
        let system = system.trim();
        let oid = system.strip_prefix("urn:oid:").unwrap_or(system);
        match oid.strip_prefix("1.2.250.1.213.1.4.")? {
            "8" => Some(InsSystem::Nir),
            "9" => Some(InsSystem::Nia),
            "10" => Some(InsSystem::Test),
            "11" => Some(InsSystem::Demo),
            _ => None,
        }
    }

    pub fn uri(self) -> &'static str {
        match self {
            InsSystem::Nir => "urn:oid:1.2.250.1.213.1.4.8",
            InsSystem::Nia => "urn:oid:1.2.250.1.213.1.4.9",
            InsSystem::Test => "urn:oid:1.2.250.1.213.1.4.10",
            InsSystem::Demo => "urn:oid:1.2.250.1.213.1.4.11",
        }
    }

    /// Answers whether nobody real holds a number of this system.
    pub fn is_fictitious(self) -> bool {
        matches!(self, InsSystem::Test | InsSystem::Demo)
    }
}

/// Answers whether a system is of billing numbers alone.
pub fn is_billing_system(system: &str) -> bool {
    let oid = system.trim();
    matches!(oid.strip_prefix("urn:oid:").unwrap_or(oid), "1.2.250.1.213.1.4.13" | "1.2.250.1.213.1.4.14")
}

/// INS-C, the number computed before 2020: not unique.
fn is_computed_system(system: &str) -> bool {
    let oid = system.trim();
    oid.strip_prefix("urn:oid:").unwrap_or(oid) == "1.2.250.1.213.1.4.2"
}

/// Answers what the sender says of the identity, in any of the generations of the extension.
pub fn identity_status(patient: &Value) -> IdentityStatus {
    let mut codes = Vec::new();
    for extension in extensions(patient) {
        let url = extension.get("url").and_then(Value::as_str).unwrap_or("");
        if url.ends_with("/fr-core-identity-reliability") || url.ends_with("/fr-core-ident-reliability") {
            for part in extensions(extension) {
                if matches!(part.get("url").and_then(Value::as_str), Some("identityStatus" | "identityReliability")) {
                    status_codes(part, &mut codes);
                }
            }
        }
    }
    if codes.is_empty() {
        IdentityStatus::Absent
    } else if codes.contains(&"VALI") && !codes.iter().any(|c| DENIED.contains(c)) {
        IdentityStatus::Valid
    } else {
        IdentityStatus::Other
    }
}

fn status_codes<'a>(part: &'a Value<'a>, codes: &mut Vec<&'a str>) {
    let coding = part.get("valueCoding").into_iter().chain(codings(part.get("valueCodeableConcept")));
    codes.extend(coding.filter_map(|c| c.get("code").and_then(Value::as_str)).map(str::trim));
    codes.extend(part.get("valueCode").and_then(Value::as_str).map(str::trim));
}

fn extensions<'v>(value: &'v Value<'v>) -> impl Iterator<Item = &'v Value<'v>> {
    value.get("extension").and_then(Value::as_array).into_iter().flatten()
}

fn codings<'v>(concept: Option<&'v Value<'v>>) -> impl Iterator<Item = &'v Value<'v>> {
    concept.and_then(|c| c.get("coding")).and_then(Value::as_array).into_iter().flatten()
}

/// Answers an INS without spaces, in upper case, when it has the form of one: 13 characters or 15
/// with the key, digits but for the A or B of a Corsican department.
pub fn ins_number(value: &str) -> Option<String> {
    let number: String = value.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let shaped = matches!(number.len(), NUMBER | WITH_KEY)
        && number.bytes().enumerate().all(|(n, b)| b.is_ascii_digit() || n == 6 && matches!(b, b'A' | b'B'))
        && (number.as_bytes()[6].is_ascii_digit() || number.as_bytes()[5] == b'2');
    shaped.then_some(number)
}

/// Answers whether the key of a number agrees with it; `None` when it carries no key.
pub fn ins_key_agrees(number: &str) -> Option<bool> {
    let (digits, key) = number.split_at_checked(NUMBER)?;
    if key.is_empty() {
        return None;
    }
    // Corsica: 2A counts as 19, 2B as 18.
    let department = match digits.get(5..7)? {
        "2A" => "19",
        "2B" => "18",
        other => other,
    };
    let number: u64 = format!("{}{department}{}", &digits[..5], &digits[7..]).parse().ok()?;
    Some(key.parse::<u64>() == Ok(97 - number % 97))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::json::tree;
    use serde_json::Value;
    use serde_json::json;

    fn typed(code: &str, system: &str, value: &str) -> Value {
        json!({"type": {"coding": [{"code": code}]}, "system": system, "value": value})
    }

    fn with_status(identifier: Value, status: &str) -> Value {
        json!({
            "resourceType": "Patient",
            "identifier": [identifier],
            "extension": [{
                "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
                "extension": [{"url": "identityStatus", "valueCoding": {"code": status}}],
            }],
        })
    }

    const NIR: &str = "urn:oid:1.2.250.1.213.1.4.8";
    const TEST: &str = "urn:oid:1.2.250.1.213.1.4.10";

    #[test]
    fn published_numbers_satisfy_their_key_and_others_do_not() {
        let cases = [
            ("162126587913677", true),
            ("279035121518989", true),
            ("206127511100564", true),
            ("180010000000122", true),
            ("255050000000296", true),
            ("221110000000314", true),
            ("180012A00000191", true),
            ("280122B00000249", true),
            ("123456789012244", false),
            ("180012B00000191", false),
        ];
        for (number, agrees) in cases {
            assert_eq!(ins_key_agrees(&ins_number(number).unwrap()), Some(agrees), "{number}");
        }
        assert_eq!(ins_key_agrees("1800100000001"), None);
        assert_eq!(ins_number("1 69 05 69 123 456 78").as_deref(), Some("169056912345678"));
        assert_eq!(ins_number("1 80 01 2a 000 001 91").as_deref(), Some("180012A00000191"));
        for wrong in ["", "12", "18001XX00000191", "180011A00000191", "1800100000001221"] {
            assert_eq!(ins_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_an_ins_or_an_ipp_and_never_a_billing_number() {
        let number = "255050000000296";
        let (ins, pi, none) = (Some(KeyKind::Ins), Some(KeyKind::Pi), None);
        let cases = [
            (typed("INS-NIR", NIR, number), ins),
            (typed("INS-NIR", "1.2.250.1.213.1.4.8", number), ins),
            (typed("INS-NIR-TEST", TEST, "2 55 05 00 000 002 96"), ins),
            (typed("NH", NIR, number), none),
            (typed("NH", "urn:oid:1.2.250.1.213.1.4.13", number), none),
            (json!({"system": NIR, "value": number}), none),
            (json!({"system": TEST, "value": number}), ins),
            (typed("INS-C", "urn:oid:1.2.250.1.213.1.4.2", number), none),
            (typed("PI", "https://cabinet.example/ipp", "A-1"), pi),
            (typed("PI", "", "A-1"), none),
            (json!({"type": {"coding": [{"code": "PI"}]}, "value": "A-1"}), none),
            (json!({"system": "https://cabinet.example/other", "value": "A-1"}), none),
            (typed("INS-NIR", NIR, "not a number"), none),
        ];
        for (identifier, want) in cases {
            let keys = identity_keys(&tree(&json!({"resourceType": "Patient", "identifier": [identifier.clone()]})));
            assert_eq!(keys.keys.first().map(|k| k.kind), want, "{identifier}");
            assert_eq!(keys.summary, Identity { ins_key: want == ins, pi: want == pi }, "{identifier}");
        }
    }

    #[test]
    fn the_identity_status_decides_and_old_numbers_never_count() {
        let number = "255050000000296";
        let cases =
            [("VALI", true), ("PROV", false), ("VIDE", false), ("FICT", false), ("USUR", false), ("DPOT", false)];
        for (status, key) in cases {
            let patient = with_status(typed("INS-NIR", NIR, number), status);
            assert_eq!(identity_keys(&tree(&patient)).summary.ins_key, key, "{status}");
        }
        let untyped = with_status(json!({"system": NIR, "value": number}), "VALI");
        assert!(identity_keys(&tree(&untyped)).summary.ins_key, "a validated .8 without type is an INS");
        let mut old = typed("INS-NIR", NIR, number);
        old["use"] = json!("old");
        assert!(!identity_keys(&tree(&with_status(old, "VALI"))).summary.ins_key);
    }

    #[test]
    fn the_legacy_extension_is_read_too() {
        let mut patient = with_status(typed("INS-NIR", NIR, "255050000000296"), "PROV");
        patient["extension"][0]["url"] =
            json!("http://interopsante.org/fhir/StructureDefinition/fr-core-ident-reliability");
        patient["extension"][0]["extension"][0]["url"] = json!("identityReliability");
        assert_eq!(identity_status(&tree(&patient)), IdentityStatus::Other);
    }

    #[test]
    fn a_number_with_and_without_its_key_is_one_key() {
        let patient = json!({"identifier": [
            typed("INS-NIR", NIR, "255050000000296"),
            typed("INS-NIR", NIR, "2550500000002"),
        ]});
        assert_eq!(identity_keys(&tree(&patient)).keys.len(), 1);
    }
}
