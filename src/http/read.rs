//! read and vread (http.html#read, #vread), conditional as http.html#cread says.

use super::part;
use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use crate::app::{Precondition, Reason, Resource};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::header::{self, HttpDate, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use std::time::SystemTime;

/// Answers the current version; 410 when deleted; 304 when the client has it.
pub async fn read(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (name, id) = path.into_inner();
    let kind = access::kind(&name)?;
    negotiate::takes(&request, &[], (&name, "/id"))?;
    // One key look-up: cheaper than the way to another thread and back.
    let resource = shared.gateway.read(&structure, kind, &id)?;
    answer(&request, resource)
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
    negotiate::takes(&request, &[], (&name, "/id/_history/version"))?;
    let unknown = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &[kind.name()]));
    // One way to write a version only: `01` and `+1` are none.
    let version = version.parse::<u32>().ok().filter(|n| n.to_string() == version).ok_or_else(unknown)?;
    let gateway = std::sync::Arc::clone(&shared.gateway);
    // An old version is read from the journal: a file, so not on this thread.
    let resource = web::block(move || gateway.vread(&structure, kind, &id, version))
        .await
        .map_err(|_| super::problem::lost_thread())??;
    answer(&request, resource)
}

fn answer(request: &HttpRequest, resource: Resource) -> Result<HttpResponse, Problem> {
    let subset = part::subset(request)?;
    if has(request, &resource) {
        let mut response = HttpResponse::NotModified();
        response.insert_header((header::ETAG, reply::etag(resource.version)));
        response.insert_header((header::LAST_MODIFIED, reply::last_modified(resource.known)));
        return Ok(response.finish());
    }
    let json = match subset.is_whole() {
        true => resource.json,
        false => subset.apply(resource.kind, &resource.json).into_owned(),
    };
    Ok(reply::resource(Resource { json, ..resource }))
}

/// Answers whether the client has this version. If-None-Match wins over If-Modified-Since (RFC 9110, 13.1.3).
fn has(request: &HttpRequest, resource: &Resource) -> bool {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(tags) = text(IF_NONE_MATCH) {
        return tags == "*" || tags.split(',').any(|tag| Precondition::version_of(tag) == Some(resource.version));
    }
    let since = text(IF_MODIFIED_SINCE).and_then(|date| date.parse::<HttpDate>().ok());
    // The header says whole seconds: so does what is compared with it.
    since.is_some_and(|since| {
        let modified = SystemTime::from(reply::last_modified(resource.known));
        let whole = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        whole(modified) <= whole(SystemTime::from(since))
    })
}
