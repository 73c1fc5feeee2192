//! create (http.html#create): `POST /fhir/{type}`.

use super::problem::Problem;
use super::{Shared, access, negotiate, reply};
use actix_web::{HttpRequest, HttpResponse, web};

/// Stores a new resource under an id of ours; with If-None-Exist, only when nothing matches.
pub async fn create(
    request: HttpRequest,
    path: web::Path<String>,
    body: Result<web::Bytes, actix_web::Error>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let body = super::bundle::body(body, &shared)?;
    let condition = request.headers().get("If-None-Exist").and_then(|v| v.to_str().ok());
    let received = shared.gateway.create(&structure, kind, &body, condition, access::handling(&request)).await?;
    Ok(reply::received(received, reply::preferred(&request), &shared.base))
}
