//! The Measure of `$data-quality`: what each check counts, so that its report names something that can
//! be read. It is no indicator of a rulebook: no patient is evaluated by it.

use super::code_systems::Codes;
use super::value_sets::rulebook_digest;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::quality::Check;
use crate::fhir::render::QUALITY;
use crate::fhir::render::population_id;
use serde_json::{Value, json};

/// Answers the measure; `codes` are those of CodeSystem/data-quality, which say what each check is.
pub fn measure(codes: Option<&Codes>, (version, digest): (&str, &str)) -> Value {
    json!({
        "resourceType": "Measure",
        "id": QUALITY,
        "language": "fr",
        "extension": [rulebook_digest(digest)],
        "url": format!("{CANONICAL_BASE}/Measure/{QUALITY}"),
        "identifier": [{"system": format!("{CANONICAL_BASE}/Measure"), "value": QUALITY}],
        "version": version,
        "name": "DataQuality",
        "title": "Qualité des données",
        "status": "active",
        "experimental": false,
        "publisher": "mtr-gateway",
        "description": "Ce que les données d'une structure laissent non dit, compté contrôle par contrôle, sans nommer \
                        personne. La réponse est celle de $data-quality ; $evaluate-measure ne l'évalue pas.",
        "jurisdiction": [{"coding": [{"system": "urn:iso:std:iso:3166", "code": "FR", "display": "France"}]}],
        "scoring": coded("http://terminology.hl7.org/CodeSystem/measure-scoring", "proportion"),
        "type": [coded("http://terminology.hl7.org/CodeSystem/measure-type", "structure")],
        "improvementNotation": coded("http://terminology.hl7.org/CodeSystem/measure-improvement-notation", "decrease"),
        "group": Check::ALL.iter().map(|check| group(*check, codes)).collect::<Value>(),
    })
}

fn group(check: Check, codes: Option<&Codes>) -> Value {
    let code = codes.and_then(|codes| codes.get(check.code()));
    let label = code.map_or(check.code(), |code| &*code.display);
    let said = code.and_then(|code| code.concept["definition"].as_str()).unwrap_or(label);
    let population = |kind: &str, name: &str, text: &str| {
        json!({
            "id": population_id(check.code(), kind),
            "code": coded("http://terminology.hl7.org/CodeSystem/measure-population", kind),
            "description": text,
            "criteria": {"name": name, "language": "text/x-mtr-check", "expression": check.code(), "description": text},
        })
    };
    json!({
        "id": check.code(),
        "code": {"coding": [{"system": format!("{CANONICAL_BASE}/CodeSystem/data-quality"), "code": check.code(),
                             "display": label}], "text": label},
        "description": said,
        "population": [
            population("denominator", "Denominator", "Ce qui est contrôlé, quand on sait combien"),
            population("numerator", "Numerator", said),
        ],
    })
}

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}
