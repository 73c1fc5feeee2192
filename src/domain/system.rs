//! The address of a code system, as sent (Coding.system): what nearly every fact repeats.
//!
//! Owns: the addresses common enough to be held by their number, which costs no memory of its own, and
//! how an address is written where facts are kept. What a system means is the rulebook's.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::LazyLock;

/// The addresses held by their number. The place of an address is part of the stored format: add at
/// the end, never reorder. One that is missing is only held as text.
const COMMON: [&str; 72] = [
    "http://hl7.org/fhir/organization-type",
    "http://hl7.org/fhir/sid/cvx",
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/icd-10-fr",
    "http://hl7.org/fhir/v2/0078",
    "http://hl7.org/fhir/v2/0203",
    "http://hl7.org/fhir/v3/ActCode",
    "http://hl7.org/fhir/v3/ActReason",
    "http://hl7.org/fhir/v3/ObservationInterpretation",
    "http://hl7.org/fhir/v3/ParticipationFunction",
    "http://interopsante.org/CodeSystem/fr-v2-0203",
    "http://interopsante.org/fhir/CodeSystem/fr-v2-0203",
    "http://interopsante.org/fhir/CodeSystem/fr-v2-0445",
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://terminology.hl7.org/CodeSystem/organization-type",
    "http://terminology.hl7.org/CodeSystem/v2-0078",
    "http://terminology.hl7.org/CodeSystem/v2-0203",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationFunction",
    "http://www.whocc.no/atc",
    "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status",
    "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203",
    "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445",
    "https://mos.esante.gouv.fr/NOS/CCAM_REF/FHIR/CCAM-REF",
    "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
    "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante/",
    "https://mos.esante.gouv.fr/NOS/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction",
    "https://mos.esante.gouv.fr/NOS/TRE_R310-CIM10/FHIR/TRE-R310-CIM10",
    "https://mos.esante.gouv.fr/NOS/TRE_R311-CIM10Atih/FHIR/TRE-R311-CIM10Atih",
    "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale",
    "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale/",
    "https://mos.esante.gouv.fr/NOS/TRE_R94-ProfessionSocial/FHIR/TRE-R94-ProfessionSocial",
    "https://mos.esante.gouv.fr/NOS/TRE_R94-ProfessionSocial/FHIR/TRE-R94-ProfessionSocial/",
    "https://mos.esante.gouv.fr/NOS/TRE_R95-UsagerTitre/FHIR/TRE-R95-UsagerTitre",
    "https://mos.esante.gouv.fr/NOS/TRE_R95-UsagerTitre/FHIR/TRE-R95-UsagerTitre/",
    "https://mtr-gateway.example/fhir/CodeSystem/ald-number",
    "https://mtr-gateway.example/fhir/CodeSystem/cis",
    "https://mtr-gateway.example/fhir/CodeSystem/coverage-right",
    "https://mtr-gateway.example/fhir/CodeSystem/episode-type",
    "https://mtr-gateway.example/fhir/CodeSystem/mtr-observation",
    "https://mtr-gateway.example/fhir/CodeSystem/mtr-parcours",
    "https://mtr-gateway.example/fhir/CodeSystem/mtr-session",
    "https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie",
    "https://mtr-gateway.example/fhir/CodeSystem/ngap",
    "https://mtr-gateway.example/fhir/CodeSystem/ngap-lettre-cle",
    "https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence",
    "https://mtr-gateway.example/fhir/CodeSystem/risk-factor",
    "https://smt.esante.gouv.fr/terminologie-ccam",
    "https://smt.esante.gouv.fr/terminologie-ccam/",
    "https://smt.esante.gouv.fr/terminologie-cim-10",
    "https://smt.esante.gouv.fr/terminologie-cim-10/",
    "https://smt.esante.gouv.fr/terminologie-nabm",
    "https://smt.esante.gouv.fr/terminologie-nabm/",
    "urn:oid:1.2.250.1.213.1.4.10",
    "urn:oid:1.2.250.1.213.1.4.11",
    "urn:oid:1.2.250.1.213.1.4.2",
    "urn:oid:1.2.250.1.213.1.4.8",
    "urn:oid:1.2.250.1.213.1.4.9",
    "urn:oid:1.2.250.1.213.1.6.1.109",
    "urn:oid:1.2.250.1.215.300.2",
    "urn:oid:1.2.250.1.71.1.2.7",
    "urn:oid:2.16.840.1.113883.12.292",
    "urn:oid:2.16.840.1.113883.5.4",
    "urn:oid:2.16.840.1.113883.5.8",
    "urn:oid:2.16.840.1.113883.5.83",
    "urn:oid:2.16.840.1.113883.6.1",
    "urn:oid:2.16.840.1.113883.6.3",
    "urn:oid:2.16.840.1.113883.6.73",
    "urn:oid:2.16.840.1.113883.6.96",
];

/// Begins what stands for a common address where facts are kept: no address is sent with it.
const MARK: u8 = 0x1f;
/// What follows the mark: this letter and those after it.
const FIRST: u8 = b'!';

static NUMBERS: LazyLock<HashMap<&'static str, u8, foldhash::fast::FixedState>> =
    LazyLock::new(|| COMMON.into_iter().zip(0..).collect());

/// The address of a code system. An absent one is the empty text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct System(Held);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Held {
    /// Its place in `COMMON`: an address that stands there is never held otherwise.
    Common(u8),
    Sent(Box<str>),
}

impl System {
    /// Answers the address as it stands among the bytes of a kept fact.
    pub fn kept(&self) -> Box<str> {
        match &self.0 {
            Held::Common(n) => [MARK, FIRST + n].map(char::from).iter().collect::<String>().into(),
            Held::Sent(text) if text.starts_with(char::from(MARK)) => {
                let mark = char::from(MARK);
                format!("{mark}{mark}{text}").into()
            }
            Held::Sent(text) => text.clone(),
        }
    }

    /// Reads what stands among the bytes of a kept fact; `None` where that is no address.
    pub fn from_kept(kept: &[u8]) -> Option<System> {
        let sent = |text: &[u8]| Some(System(Held::Sent(std::str::from_utf8(text).ok()?.into())));
        match kept {
            [MARK, MARK, text @ ..] => sent(text),
            [MARK, letter] => {
                let number = letter.checked_sub(FIRST)?;
                (usize::from(number) < COMMON.len()).then_some(System(Held::Common(number)))
            }
            [MARK, ..] => None,
            text => sent(text),
        }
    }
}

/// Which code system of a rulebook each address means. One that is held by its number is found by it:
/// every coding of a patient asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Addresses {
    all: HashMap<Box<str>, u16, foldhash::fast::FixedState>,
    common: [Option<u16>; COMMON.len()],
}

impl Default for Addresses {
    fn default() -> Addresses {
        Addresses { all: HashMap::default(), common: [None; COMMON.len()] }
    }
}

impl Addresses {
    /// Adds an address; answers what it meant before.
    pub fn insert(&mut self, address: &str, system: u16) -> Option<u16> {
        if let Held::Common(n) = System::from(address).0 {
            self.common[usize::from(n)] = Some(system);
        }
        self.all.insert(address.into(), system)
    }

    pub fn get(&self, address: &str) -> Option<u16> {
        self.all.get(address).copied()
    }

    /// Answers the same of an address that was read already.
    pub fn of(&self, system: &System) -> Option<u16> {
        match &system.0 {
            Held::Common(n) => self.common[usize::from(*n)],
            Held::Sent(address) => self.get(address),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u16)> {
        self.all.iter().map(|(address, system)| (&**address, *system))
    }
}

impl From<&str> for System {
    fn from(text: &str) -> System {
        System(NUMBERS.get(text).map_or_else(|| Held::Sent(text.into()), |number| Held::Common(*number)))
    }
}

impl Deref for System {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Held::Common(n) => COMMON[usize::from(*n)],
            Held::Sent(text) => text,
        }
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for System {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.kept())
    }
}

impl<'de> Deserialize<'de> for System {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<System, D::Error> {
        struct Kept;
        impl serde::de::Visitor<'_> for Kept {
            type Value = System;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the address of a code system")
            }

            fn visit_str<E: serde::de::Error>(self, kept: &str) -> Result<System, E> {
                System::from_kept(kept.as_bytes()).ok_or_else(|| E::custom("no common address has this number"))
            }
        }
        d.deserialize_str(Kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_from_where_facts_are_kept() {
        let cases = ["", "http://loinc.org", "urn:oid:1.2.3", "\u{1f}!", "\u{1f}\u{1f}x", COMMON[COMMON.len() - 1]];
        for text in cases {
            let system = System::from(text);
            assert_eq!(&*system, text);
            let kept = postcard::to_allocvec(&system).unwrap();
            assert_eq!(postcard::from_bytes::<System>(&kept).unwrap(), system, "{text:?}");
        }
    }

    #[test]
    fn a_common_address_takes_two_bytes_and_is_held_in_one_way() {
        for text in COMMON {
            assert_eq!(System::from(text).kept().len(), 2, "{text}");
            assert_eq!(
                System::from_kept(text.as_bytes()).map(|held| held == System::from(text)),
                Some(false),
                "{text}"
            );
        }
        let each: std::collections::HashSet<_> = COMMON.iter().collect();
        assert_eq!(each.len(), COMMON.len());
        assert!(COMMON.len() < usize::from(b'~' - FIRST));
    }

    #[test]
    fn an_address_means_the_same_system_however_it_is_asked() {
        let mut addresses = Addresses::default();
        let told = [(COMMON[3], 7), ("urn:oid:1.2.3", 8)];
        told.iter().for_each(|(address, system)| assert_eq!(addresses.insert(address, *system), None));
        for (address, system) in [told[0], told[1]] {
            assert_eq!(addresses.get(address), Some(system));
            assert_eq!(addresses.of(&address.into()), Some(system));
        }
        for unknown in [COMMON[4], "urn:oid:9", ""] {
            assert_eq!((addresses.get(unknown), addresses.of(&unknown.into())), (None, None));
        }
        assert_eq!(addresses.insert(COMMON[3], 9), Some(7));
    }

    #[test]
    fn a_number_that_no_address_has_is_refused() {
        for kept in ["\u{1f}", "\u{1f}~", "\u{1f}!!"] {
            assert!(System::from_kept(kept.as_bytes()).is_none(), "{kept:?}");
        }
    }
}
