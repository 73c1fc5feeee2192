//! update (http.html#update): `PUT /fhir/{type}/{id}`; creates when the id is new.

use super::body::Body;
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
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (name, id) = path.into_inner();
    let kind = access::kind(&name)?;
    let body = body.bytes()?;
    let precondition = precondition(request.headers())?;
    let received =
        shared.gateway.update(&structure, (kind, &id), &body, precondition, access::handling(&request)).await?;
    Ok(reply::received(received, &request, (&shared, &structure)))
}

/// Reads If-Match (`W/"3"`, `"3"`, `*`) and `If-None-Match: *`.
pub fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let refused = |name| Problem::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &[name]));
    // One that cannot be read is refused: to go on without it would overwrite what it protects.
    let text = |name, shown| match headers.get(name) {
        None => Ok(None),
        Some(value) => value.to_str().map(Some).map_err(|_| refused(shown)),
    };
    let (matching, absent) = (text(IF_MATCH, "If-Match")?, text(IF_NONE_MATCH, "If-None-Match")?);
    Precondition::read(matching, absent).ok_or_else(|| refused("If-Match"))
}
