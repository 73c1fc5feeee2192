//! patch (http.html#patch): `PATCH /fhir/{type}/{id}` with a JSON Patch.

use super::body::Body;
use super::conditional::{self, Wanted};
use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use crate::app::JSON_PATCH;
use crate::app::Reason;
use crate::app::check_patch;
use crate::fhir::bundle::Method;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

/// Patches a resource; the result is validated like an update.
pub async fn patch(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    run(&request, (&name, Some(id)), body, &shared).await
}

/// Patches by id, or by the criteria of the address.
pub async fn run(
    request: &HttpRequest,
    (name, id): (&str, Option<String>),
    body: Body,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(request, shared)?;
    let kind = access::kind(name)?;
    if id.is_some() {
        negotiate::takes(request, &[], (name, "/id"))?;
    }
    media(request)?;
    negotiate::encoding(request)?;
    negotiate::accept(request)?;
    let body = body.bytes()?;
    // A patch that is none is told so, whether or not there is something to patch.
    check_patch(kind, &body)?;
    let wanted = Wanted { method: Method::Patch, kind, id, body };
    let received = conditional::run(request, shared, structure.clone(), wanted).await?;
    Ok(reply::received(received, request, (shared, &structure)))
}

/// Takes a JSON Patch and nothing else (415); a FHIRPath Patch is told why.
fn media(request: &HttpRequest) -> Result<(), Problem> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = media.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let kind = match media.as_str() {
        JSON_PATCH => return Ok(()),
        "application/fhir+json" | "application/fhir+xml" => &issues::PATCH_FHIRPATH,
        _ => &issues::PATCH_MEDIA,
    };
    Err(Problem::new(Reason::MediaType, Issue::general(kind, &[])))
}
