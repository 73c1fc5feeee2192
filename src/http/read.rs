//! read and vread (http.html#read, #vread).

use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use crate::app::Reason;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::header::IF_NONE_MATCH;
use actix_web::{HttpRequest, HttpResponse, web};

/// Answers the current version; 410 when deleted; 304 when the client has it.
pub async fn read(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (name, id) = path.into_inner();
    // One key look-up: cheaper than the way to another thread and back.
    let resource = shared.gateway.read(&structure, access::kind(&name)?, &id)?;
    let has = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if has.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == reply::etag(resource.version))) {
        return Ok(HttpResponse::NotModified().insert_header(("ETag", reply::etag(resource.version))).finish());
    }
    Ok(reply::resource(resource))
}

/// Answers one version as it was.
pub async fn vread(
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (name, id, version) = path.into_inner();
    let kind = access::kind(&name)?;
    let unknown = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &[kind.name()]));
    let version: u32 = version.parse().map_err(|_| unknown())?;
    let gateway = std::sync::Arc::clone(&shared.gateway);
    // An old version is read from the journal: a file, so not on this thread.
    let resource = web::block(move || gateway.vread(&structure, kind, &id, version))
        .await
        .map_err(|_| super::problem::lost_thread())??;
    Ok(reply::resource(resource))
}
