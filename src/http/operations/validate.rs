//! `[GET|POST] /fhir/{type}[/{id}]/$validate` (resource-operation-validate.html): always 200 when it
//! could validate.

use crate::app;
use crate::app::{Reason, Validation, ValidationMode, unknown_parameter};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::problem::Problem;
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

/// Answers every fault of the resource sent (alone, or as `resource` of a Parameters) or stored,
/// and of what `mode` says is to be done with it; changes nothing.
pub async fn validate(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(request.match_info().get("type").unwrap_or(""))?;
    let id = request.match_info().get("id");
    let mut pairs = query_pairs(&request)?;
    let sent = if request.method() == Method::POST { body.or_empty()? } else { web::Bytes::new() };
    let resource = if sent.is_empty() {
        None
    } else {
        negotiate::content(&request)?;
        let (resource, parameters) = app::validation_parameters(&sent)?;
        pairs.extend(parameters);
        resource
    };
    let (mode, profiles) = asked(&pairs)?;
    if resource.is_none() && mode != ValidationMode::Delete && id.is_none() {
        let (kind, place) = match sent.is_empty() {
            true => (&issues::EMPTY_BODY, None),
            false => (&issues::RESOURCE_MISSING, Some("Parameters.parameter".to_owned())),
        };
        return Err(Problem::new(Reason::Malformed, Issue { expression: place, ..Issue::general(kind, &[]) }));
    }
    let validation = Validation { kind, id, mode, profiles: &profiles, resource: resource.as_deref() };
    let issues = shared.gateway.check(&structure, &validation)?;
    Ok(reply::ok(&render::operation_outcome_or_ok(&issues)))
}

/// Reads `mode` and `profile`.
fn asked(pairs: &[(String, String)]) -> Result<(ValidationMode, Vec<String>), Problem> {
    let (mut mode, mut profiles) = (ValidationMode::default(), Vec::new());
    for (name, value) in pairs {
        match name.as_str() {
            "mode" => {
                mode = ValidationMode::from_code(value).ok_or_else(|| {
                    let example = "create, update, delete, profile";
                    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &["mode", example]))
                })?;
            }
            "profile" => profiles.push(value.clone()),
            "_format" | "_pretty" => {}
            _ => {
                return Err(Problem(unknown_parameter(name, "$validate", &["mode", "profile", "resource"])));
            }
        }
    }
    Ok((mode, profiles))
}
