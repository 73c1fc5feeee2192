//! read and vread (http.html#read, #vread), conditional as http.html#cread says.

use super::part;
use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use crate::app::{Precondition, Reason, Resource};
use crate::domain::calendar::Instant;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::header::{self, HeaderName, HttpDate, IF_MODIFIED_SINCE, IF_NONE_MATCH};
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
    // Only whom a date leaves in doubt is asked about once more.
    let before = match since(&request) {
        Some(since) if since == second(resource.known) => shared.gateway.known_before(&structure, &resource)?,
        _ => None,
    };
    answer(&request, resource, before)
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
    // An old version is what it is: no other stands behind it.
    answer(&request, resource, None)
}

/// Answers the resource; `before`: when the version before it became known.
fn answer(request: &HttpRequest, resource: Resource, before: Option<Instant>) -> Result<HttpResponse, Problem> {
    let subset = part::subset(request)?;
    if has(request, &resource, before) {
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
fn has(request: &HttpRequest, resource: &Resource, before: Option<Instant>) -> bool {
    match text(request, IF_NONE_MATCH) {
        Some(tags) => tags == "*" || tags.split(',').any(|tag| Precondition::version_of(tag) == Some(resource.version)),
        None => since(request).is_some_and(|since| unchanged(since, resource.known, before)),
    }
}

fn text(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// Answers the second of If-Modified-Since, where it is a date and counts.
fn since(request: &HttpRequest) -> Option<i64> {
    let date = text(request, IF_MODIFIED_SINCE)?.parse::<HttpDate>().ok()?;
    let passed = SystemTime::from(date).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_secs()).ok()
}

/// The second that Last-Modified tells of an instant: the one it lies in, never the next.
fn second(known: Instant) -> i64 {
    known.0.div_euclid(1_000_000)
}

/// Answers whether nothing changed since a second. Last-Modified tells whole seconds: where the version
/// before lies in that second too, the client may have that one, and is sent the new one. Where it does
/// not, whoever was told this second was told it of the version that stands.
fn unchanged(since: i64, known: Instant, before: Option<Instant>) -> bool {
    second(known) <= since && before.is_none_or(|before| second(before) < since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_the_same_second_is_another() {
        let at = |micros: i64| Instant(micros);
        // Asked since second 10: known now, known before, unchanged.
        let cases = [
            (10_000_000, None, true),
            (10_999_999, None, true),
            (11_000_000, None, false),
            (10_700_000, Some(9_999_999), true),
            (10_700_000, Some(10_000_000), false),
            (10_700_000, Some(10_699_999), false),
            (9_999_999, Some(9_000_000), true),
        ];
        for (known, before, want) in cases {
            assert_eq!(unchanged(10, at(known), before.map(at)), want, "{known} {before:?}");
        }
    }
}
