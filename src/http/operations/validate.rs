//! `POST /fhir/{type}/$validate` (resource-operation-validate.html): always 200 when it could validate.

use crate::fhir::render;
use crate::http::Shared;
use crate::http::access;
use crate::http::bundle;
use crate::http::negotiate;
use crate::http::problem::Problem;
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};

/// Answers every fault of the resource sent (alone, or as `resource` of a Parameters), stores nothing.
pub async fn validate(
    request: HttpRequest,
    path: web::Path<String>,
    body: Result<web::Bytes, actix_web::Error>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let body = bundle::body(body, &shared)?;
    let issues = shared.gateway.validate(kind, &body);
    Ok(reply::json_for(&request, &render::operation_outcome_or_ok(&issues)))
}
