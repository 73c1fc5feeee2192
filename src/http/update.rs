//! update (http.html#update): `PUT /fhir/{type}/{id}`; creates when the id is new.

use super::body::Body;
use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use crate::app::{Precondition, Reason};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
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
    negotiate::takes(&request, &[], (&name, "/id"))?;
    let body = body.bytes()?;
    let precondition = precondition(request.headers())?;
    let received =
        shared.gateway.update(&structure, (kind, &id), &body, precondition, access::handling(&request)).await?;
    Ok(reply::received(received, &request, (&shared, &structure)))
}

/// Reads If-Match (`W/"3"`, `"3"`, `*`) and `If-None-Match: *`.
pub fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let matching = listed(headers, &IF_MATCH, "If-Match")?;
    let absent = listed(headers, &IF_NONE_MATCH, "If-None-Match")?;
    Precondition::read(matching.as_deref(), absent.as_deref()).ok_or_else(|| unreadable("If-Match"))
}

fn unreadable(header: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &[header]))
}

/// Reads a header whose loss would overwrite what it protects: one that cannot be read is refused. Several
/// of one name are one list (RFC 9110, 5.3).
pub fn listed(headers: &HeaderMap, name: &HeaderName, shown: &str) -> Result<Option<String>, Problem> {
    let mut list: Option<String> = None;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| unreadable(shown))?;
        list = Some(list.map_or_else(|| text.to_owned(), |list| format!("{list}, {text}")));
    }
    Ok(list)
}
