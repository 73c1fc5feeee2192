//! The practice in which every example happens: fixed, so that an example tells only its patient.
//!
//! The structure `structure` has a second site `antenne`; `ailleurs` is another practice and
//! `caisse` a payor. `mg` is a GP, `sage-femme` a midwife, `infirmiere` a nurse, `cardiologue` a
//! physician of another specialty, `sans-specialite` a physician of none; `ipa` is a nurse in advanced
//! practice, `psychologue` a psychologist; `mg-ailleurs` is a GP who works elsewhere.

use crate::domain::calendar::Instant;
use crate::domain::calendar::Period;
use crate::domain::fact::Coding;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::fact::OrganizationFact;
use crate::domain::fact::PractitionerFact;
use crate::domain::fact::Record;
use crate::domain::fact::RoleFact;
use crate::domain::fact::Version;

pub const STRUCTURE: &str = "structure";
const G15: &str = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante";
const R38: &str = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale";
const ORGANIZATION_TYPE: &str = "http://terminology.hl7.org/CodeSystem/organization-type";

/// Answers the people and places of the practice.
pub fn records() -> Vec<Record> {
    let people: [(&str, &[(&str, &str)]); 8] = [
        ("mg", &[(G15, "10"), (R38, "SM54")]),
        ("sage-femme", &[(G15, "50")]),
        ("infirmiere", &[(G15, "60")]),
        ("ipa", &[(G15, "60"), (R38, "SI01")]),
        ("psychologue", &[(G15, "93")]),
        ("cardiologue", &[(G15, "10"), (R38, "SM04")]),
        ("sans-specialite", &[(G15, "10")]),
        ("mg-ailleurs", &[(G15, "10"), (R38, "SM54")]),
    ];
    let mut records: Vec<Record> = people
        .iter()
        .map(|(id, codes)| {
            let qualifications = codes.iter().map(|(system, code)| Coding::new(system, code)).collect();
            record(
                Kind::Practitioner,
                id,
                Fact::Practitioner(PractitionerFact { qualifications, identifiers: Vec::new() }),
            )
        })
        .collect();
    records.push(record(Kind::PractitionerRole, "role-ailleurs", Fact::Role(elsewhere())));
    let structure = Some(Named::resource(Kind::Organization, STRUCTURE));
    let payor = vec![Coding::new(ORGANIZATION_TYPE, "pay")];
    let places = [
        (STRUCTURE, None, vec![]),
        ("antenne", structure, vec![]),
        ("ailleurs", None, vec![]),
        ("caisse", None, payor),
    ];
    records.extend(places.into_iter().map(|(id, part_of, types)| {
        record(Kind::Organization, id, Fact::Organization(OrganizationFact { part_of, types, identifiers: Vec::new() }))
    }));
    records
}

fn elsewhere() -> RoleFact {
    RoleFact {
        active: true,
        practitioner: Some(Named::resource(Kind::Practitioner, "mg-ailleurs")),
        organization: Some(Named::resource(Kind::Organization, "ailleurs")),
        codings: Vec::new(),
        period: Period::default(),
        identifiers: Vec::new(),
    }
}

/// Answers a resource of one version, known since 2000: examples say nothing of knowledge time.
pub fn record(kind: Kind, id: &str, fact: Fact) -> Record {
    let known = Instant(946_684_800_000_000);
    Record { kind, id: id.into(), versions: [Version { number: 1, known, fact: Some(fact) }].into() }
}
