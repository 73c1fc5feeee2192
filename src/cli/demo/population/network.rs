//! The structure, its sites and its professionals.
//!
//! Professions are TRE_G15, specialties TRE_R38 (Agence du numérique en santé). One doctor has a
//! profession and no specialty: whether he is a general practitioner is not known, and the gateway
//! must say so and not guess.

use super::Plan;
use super::Resource;
use super::codes::*;
use super::ins;
use super::resources::concept;
use super::resources::reference;
use super::resources::resource;
use crate::domain::fact::Kind;
use serde_json::Value;
use serde_json::json;

pub(super) const SITES: [&str; 2] = ["site-nord", "site-sud"];
pub(super) const GPS: [&str; 6] = ["gp-1", "gp-2", "gp-3", "gp-4", "gp-5", "gp-6"];
pub(super) const MIDWIFE: &str = "sage-femme";
pub(super) const NURSES: [&str; 2] = ["ide-1", "ide-2"];
pub(super) const ADVANCED_NURSE: &str = "ipa";
/// A doctor whose specialty nobody sent.
pub(super) const NO_SPECIALTY: &str = "medecin-sans-specialite";

const DOCTOR: Code = profession("10", "Médecin");
const MIDWIVES: Code = profession("50", "Sage-Femme");
const NURSE: Code = profession("60", "Infirmier");
const GENERAL_PRACTICE: Code = specialty("SM54", "Médecine générale");
const QUALIFIED_GP: Code = specialty("SM26", "Qualifié en médecine générale");
const SPECIALIST_GP: Code = specialty("SM53", "Spécialiste en médecine générale");
const CHRONIC_CARE: Code = specialty("SI01", "Pathologies chroniques stabilisées");

struct Professional {
    id: &'static str,
    family: &'static str,
    given: &'static str,
    profession: Code,
    specialty: Option<Code>,
    site: usize,
}

const fn person(
    id: &'static str,
    name: (&'static str, &'static str),
    job: (Code, Option<Code>),
    site: usize,
) -> Professional {
    Professional { id, family: name.0, given: name.1, profession: job.0, specialty: job.1, site }
}

const TEAM: [Professional; 11] = [
    person("gp-1", ("Aubry", "Mathilde"), (DOCTOR, Some(GENERAL_PRACTICE)), 0),
    person("gp-2", ("Besson", "Karim"), (DOCTOR, Some(GENERAL_PRACTICE)), 0),
    person("gp-3", ("Cordier", "Anne-Laure"), (DOCTOR, Some(SPECIALIST_GP)), 0),
    person("gp-4", ("Delorme", "Yann"), (DOCTOR, Some(GENERAL_PRACTICE)), 1),
    person("gp-5", ("Évrard", "Sofia"), (DOCTOR, Some(QUALIFIED_GP)), 1),
    person("gp-6", ("Ferrand", "Loïc"), (DOCTOR, Some(SPECIALIST_GP)), 1),
    person(MIDWIFE, ("Guyot", "Maëlle"), (MIDWIVES, None), 0),
    person("ide-1", ("Humbert", "Inès"), (NURSE, None), 0),
    person("ide-2", ("Imbert", "Pascal"), (NURSE, None), 1),
    person(ADVANCED_NURSE, ("Jacquet", "Noémie"), (NURSE, Some(CHRONIC_CARE)), 0),
    person(NO_SPECIALTY, ("Klein", "Bastien"), (DOCTOR, None), 1),
];

/// Answers the network's resources: every Organization before what refers to it.
pub(super) fn network(plan: &Plan) -> Vec<Resource> {
    let mut all = vec![structure(&plan.structure), payor()];
    all.extend(SITES.iter().enumerate().map(|(rank, id)| site(id, rank, &plan.structure)));
    all.extend(SITES.iter().map(|id| office(id)));
    all.extend(TEAM.iter().enumerate().flat_map(|(rank, one)| [practitioner(one, rank), role(one)]));
    all
}

fn organization(number: &str, name: &str, kind: &str, finess: &str) -> Value {
    json!({
        "identifier": [{
            "type": {"coding": [{"system": FR_0203, "code": number}]},
            "system": FINESS,
            "value": finess,
        }],
        "active": true,
        "type": [{"coding": [{"system": ORGANIZATION_TYPE, "code": kind}]}],
        "name": name,
    })
}

fn structure(id: &str) -> Resource {
    let members = organization("FINEJ", "Maison de santé de démonstration", "prov", &ins::with_luhn("99000000"));
    resource(Kind::Organization, id.to_owned(), members)
}

fn site(id: &str, rank: usize, structure: &str) -> Resource {
    let name = ["Cabinet du Nord", "Cabinet du Sud"][rank % 2];
    let mut members = organization("FINEG", name, "prov", &ins::with_luhn(&format!("9900001{rank}")));
    members["partOf"] = reference(Kind::Organization, structure);
    resource(Kind::Organization, id.to_owned(), members)
}

/// The rooms of a site.
fn office(site: &str) -> Resource {
    let members = json!({
        "status": "active",
        "name": "Salles de consultation",
        "managingOrganization": reference(Kind::Organization, site),
    });
    resource(Kind::Location, format!("salles-{site}"), members)
}

/// The health insurance is an Organization too, and no site of the structure.
fn payor() -> Resource {
    let members = json!({
        "active": true,
        "type": [{"coding": [{"system": ORGANIZATION_TYPE, "code": "pay"}]}],
        "name": "Caisse de démonstration",
    });
    resource(Kind::Organization, "caisse".to_owned(), members)
}

fn practitioner(one: &Professional, rank: usize) -> Resource {
    let members = json!({
        "identifier": [{
            "type": {"coding": [{"system": FR_0203, "code": "RPPS"}]},
            "system": RPPS,
            "value": ins::with_luhn(&format!("99000000{rank:02}")),
        }],
        "active": true,
        "name": [{"family": one.family, "given": [one.given]}],
        "qualification": [{"code": concept(&[one.profession])}],
    });
    resource(Kind::Practitioner, one.id.to_owned(), members)
}

fn role(one: &Professional) -> Resource {
    let mut members = json!({
        "active": true,
        "practitioner": reference(Kind::Practitioner, one.id),
        "organization": reference(Kind::Organization, SITES[one.site % SITES.len()]),
        "code": [concept(&[one.profession])],
    });
    if let Some(specialty) = one.specialty {
        members["specialty"] = json!([concept(&[specialty])]);
    }
    resource(Kind::PractitionerRole, format!("role-{}", one.id), members)
}
