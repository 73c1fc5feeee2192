//! delete (http.html#delete): `DELETE /fhir/{type}/{id}`.

use super::problem::Problem;
use super::reply::Return;
use super::{Shared, access, conditional, negotiate, reply, update};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

/// Deletes a resource: 204 with the version of the deletion, also when it was already gone. A
/// Patient with dependants is a conflict unless `_cascade=delete`.
pub async fn delete(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (name, id) = path.into_inner();
    let kind = access::kind(&name)?;
    negotiate::takes(&request, &["_cascade"], (&name, "/id"))?;
    let precondition = update::precondition(request.headers())?;
    let cascade = conditional::cascade(&request);
    let deletion = shared.gateway.delete(&structure, kind, &id, precondition, cascade).await?;
    let (version, count) = deletion.unzip();
    Ok(deleted(&request, count.unwrap_or_default(), version))
}

/// Answers a deletion of so many resources: nothing, or an outcome where the client prefers one. The
/// version is that of one.
pub fn deleted(request: &HttpRequest, count: usize, version: Option<u32>) -> HttpResponse {
    let mut response = if reply::preferred(request) == Return::Outcome {
        let told = Issue::general(&issues::DELETED, &[&count.to_string()]);
        reply::json(StatusCode::OK, &render::operation_outcome(&[told]))
    } else {
        HttpResponse::NoContent().finish()
    };
    if let Some(version) = version
        && let Ok(tag) = header::HeaderValue::from_str(&reply::etag(version))
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
