//! `GET /fhir/metadata` (http.html#capabilities): made from the tables that route and search.

use super::computed::{care_plan, group, invoice, measure_report, recommendation};
use super::problem::Problem;
use super::{Shared, conformance, negotiate, reply, routes};
use crate::config::ConditionalDelete;
use crate::config::Mode;
use crate::config::Settings;
use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::profiles;
use crate::fhir::search;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Answers the CapabilityStatement, or that the client has it.
pub async fn metadata(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    // The statement is the same in every mode (http.html#capabilities).
    negotiate::takes(&request, &["mode"], ("metadata", ""))?;
    let Rendered { text, tag } = &shared.metadata;
    let sent = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if sent.is_some_and(|tags| tags.split(',').any(|one| one.trim() == *tag)) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag.as_str())).finish());
    }
    let mut response = reply::text_json(StatusCode::OK, text.clone());
    if let Ok(tag) = header::HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The CapabilityStatement and the entity tag that names it.
pub struct Rendered {
    text: String,
    tag: String,
}

impl Rendered {
    /// Renders it, once at start-up.
    pub fn new(settings: &Settings, base: &str) -> Rendered {
        let text = render(settings, base);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Rendered { tag: format!("W/\"{:x}\"", hasher.finish()), text }
    }
}

fn render(settings: &Settings, base: &str) -> String {
    let limits = format!(
        "JSON seulement (JSON only). Corps limité à {} Mo, Bundle à {} entrées (413 au-delà). \
         Une transaction est faite entière ou pas du tout ; {}. \
         Un batch demande aussi opérations, historiques, ressources publiées ou calculées, répondus comme à une requête \
         seule, après les écritures ; une transaction les refuse (MTR-BDL-015). \
         Recherche stricte : un paramètre inconnu est refusé, sauf Prefer: handling=lenient. Paramètres de \
         résultat des types reçus : _count, _sort, _total, _summary, _elements, _include, _revinclude (avec :iterate jusqu'à \
         10 000 ressources) ; ceux des types calculés ou publiés sont dits à chacun. Le lien self tait (« ... ») les valeurs qui \
         peuvent désigner une personne (identifiant, nom, naissance, télécom, adresse) et les porte scellées (_hidden) ; next, scellé, se suit tel quel, ou avec _count. \
         Chaînage et _has jusqu'à quatre niveaux, dans la limite de ce qu'une recherche peut lire. Dates sans zone : Europe/Paris. \
         FR Core 1.1, 2.0, 2.1 et 2.2 acceptés ; le contrat est plus strict que FR Core sur Encounter.",
        settings.max_body_bytes / (1024 * 1024),
        settings.max_bundle_entries,
        match settings.conditional_delete {
            ConditionalDelete::Single => "une suppression conditionnelle ne touche qu'une ressource (412 au-delà)",
            ConditionalDelete::Multiple => "une suppression conditionnelle en touche 1000 au plus, toutes ou aucune",
        },
    );
    let mode = match settings.mode {
        Mode::Demo => "Mode démonstration : montants fictifs.",
        Mode::Production => "Mode production.",
    };
    json!({
        "resourceType": "CapabilityStatement",
        "url": format!("{CANONICAL_BASE}/CapabilityStatement/mtr-gateway"),
        "version": env!("CARGO_PKG_VERSION"),
        "name": "MtrGateway",
        "title": "Passerelle FHIR du Médecin Traitant Renforcé",
        "status": "active",
        // The day of this version's tables, not the clock: the same binary says the same.
        "date": "2026-11-22",
        "publisher": "mtr-gateway",
        "description": mode,
        "kind": "instance",
        "software": {"name": "mtr-gateway", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "mtr-gateway", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/json", "json"],
        "patchFormat": [crate::app::JSON_PATCH],
        "rest": [{
            "mode": "server",
            "documentation": limits,
            "security": {"cors": !settings.cors_origins.is_empty(), "description": "Accès ouvert en démonstration sur l'interface locale seulement ; sinon fermé."},
            "resource": Kind::ALL.iter().map(|kind| resource(*kind, settings)).chain(computed()).chain(conformance::capabilities()).collect::<Vec<_>>(),
            "interaction": routes::SYSTEM_INTERACTIONS.iter().map(|code| json!({"code": code})).collect::<Vec<_>>(),
            "operation": routes::SYSTEM_OPERATIONS.iter().map(|(name, text)| operation(name, text)).collect::<Vec<_>>(),
            "compartment": ["http://hl7.org/fhir/CompartmentDefinition/patient"],
        }],
    })
    .to_string()
}

fn resource(kind: Kind, settings: &Settings) -> Value {
    let interactions: Vec<Value> = routes::INTERACTIONS.iter().map(|code| json!({"code": code})).collect();
    let parameters: Vec<Value> = search::parameters(kind)
        .map(|p| json!({"name": p.name, "type": p.shape.search_type(), "definition": p.definition(kind)}))
        .collect();
    let mut operations: Vec<Value> = routes::TYPE_OPERATIONS.iter().map(|(name, text)| operation(name, text)).collect();
    if kind == Kind::Patient {
        operations.extend(routes::PATIENT_OPERATIONS.iter().map(|(name, text)| operation(name, text)));
    }
    if kind == Kind::Organization {
        operations.extend(routes::STRUCTURE_OPERATIONS.iter().map(|(name, text)| structure_operation(name, text)));
    }
    json!({
        "type": kind.name(),
        "supportedProfile": [profiles::own_profile(kind)],
        "interaction": interactions,
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalRead": "full-support",
        "conditionalCreate": true,
        "conditionalUpdate": true,
        "conditionalDelete": settings.conditional_delete.code(),
        "referencePolicy": ["literal", "logical", "local"],
        "searchInclude": search::includes(kind),
        "searchRevInclude": search::revincludes(kind),
        "searchParam": parameters,
        "operation": operations,
    })
}

/// What is said of a type that is computed.
fn documentation(kind: &str) -> String {
    let narrow = match kind {
        "ImmunizationRecommendation" => " Une recherche nomme patient, identifier ou _id.",
        _ => "",
    };
    format!(
        "Calculé, en lecture seule (computed, read only). Paramètres de résultat : _count, _summary, _elements.{narrow}"
    )
}

/// The types that are computed: read and searched, never written.
fn computed() -> Vec<Value> {
    let of = |kind: &str, parameters: &[(&str, &str, &str)], operations: &[(&str, &str)]| {
        let parameter =
            |(name, shape, text): &(&str, &str, &str)| json!({"name": name, "type": shape, "documentation": text});
        let mut told = json!({
            "type": kind,
            "documentation": documentation(kind),
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "versioning": "no-version",
            "searchParam": parameters.iter().map(parameter).collect::<Vec<_>>(),
        });
        // FHIR has no empty arrays.
        if !operations.is_empty() {
            told["operation"] = operations.iter().map(|(name, text)| operation(name, text)).collect();
        }
        told
    };
    let tables = |kind: &str| match kind {
        "Group" => (group::PARAMETERS, routes::GROUP_OPERATIONS),
        "CarePlan" => (care_plan::PARAMETERS, &[][..]),
        "MeasureReport" => (measure_report::PARAMETERS, &[][..]),
        "ImmunizationRecommendation" => (recommendation::PARAMETERS, &[][..]),
        _ => (invoice::PARAMETERS, &[][..]),
    };
    let one = |kind: &&str| {
        let (parameters, operations) = tables(kind);
        of(kind, parameters, operations)
    };
    routes::COMPUTED.iter().map(one).collect()
}

/// Answers an operation of the structure: some have the name of one of the patient.
fn structure_operation(name: &str, documentation: &str) -> Value {
    match name {
        "pathways" | "worklist" => json!({
            "name": name,
            "definition": format!("{CANONICAL_BASE}/OperationDefinition/Organization-{name}"),
            "documentation": documentation,
        }),
        _ => operation(name, documentation),
    }
}

/// Answers an operation with its definition: those of FHIR, else ours.
pub fn operation(name: &str, documentation: &str) -> Value {
    let definition = match name {
        "validate" | "meta" | "meta-add" | "meta-delete" => {
            format!("http://hl7.org/fhir/OperationDefinition/Resource-{name}")
        }
        "export-lines" | "reconcile" => format!("{CANONICAL_BASE}/OperationDefinition/Organization-{name}"),
        "data-quality" | "close-month" | "simulate" => format!("{CANONICAL_BASE}/OperationDefinition/{name}"),
        "leaving" => format!("{CANONICAL_BASE}/OperationDefinition/Organization-leaving"),
        "diff" => format!("{CANONICAL_BASE}/OperationDefinition/Group-diff"),
        "care-gaps" | "evaluate-measure" | "evaluate" | "trend" => {
            format!("{CANONICAL_BASE}/OperationDefinition/Measure-{name}")
        }
        "everything" => "http://hl7.org/fhir/OperationDefinition/Patient-everything".to_owned(),
        _ => format!("{CANONICAL_BASE}/OperationDefinition/Patient-{name}"),
    };
    json!({"name": name, "definition": definition, "documentation": documentation})
}
