//! update (http.html#update): `PUT /fhir/{type}/{id}`; creates when the id is new.

use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use crate::app::{Precondition, Reason};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};

/// Replaces a resource, or creates it under the client's id.
pub async fn update(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Result<web::Bytes, actix_web::Error>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (name, id) = path.into_inner();
    let kind = access::kind(&name)?;
    let body = super::bundle::body(body, &shared)?;
    let precondition = precondition(request.headers())?;
    let received =
        shared.gateway.update(&structure, (kind, &id), &body, precondition, access::handling(&request)).await?;
    Ok(reply::received(received, reply::preferred(&request), &shared.base))
}

/// Reads If-Match (`W/"3"`) and `If-None-Match: *`.
pub fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    if text(IF_NONE_MATCH) == Some("*") {
        return Ok(Precondition::Absent);
    }
    match text(IF_MATCH) {
        None => Ok(Precondition::default()),
        Some("*") => Ok(Precondition::Present),
        Some(tag) => tag
            .trim_start_matches("W/")
            .trim_matches('"')
            .parse()
            .map(Precondition::Version)
            .map_err(|_| Problem::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &["If-Match"]))),
    }
}
