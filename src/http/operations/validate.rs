//! `POST /fhir/{type}/$validate` (resource-operation-validate.html): always 200 when it could validate.

use crate::app;
use crate::fhir::render;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::problem::Problem;
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};

/// Answers every fault of the resource sent (on a type or an instance; alone, or as `resource` of a Parameters), stores nothing.
pub async fn validate(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(request.match_info().get("type").unwrap_or(""))?;
    let body = body.bytes()?;
    let issues = shared.gateway.validate(&structure, kind, &app::validated_resource(&body)?);
    Ok(reply::json_for(&request, &render::operation_outcome_or_ok(&issues)))
}
