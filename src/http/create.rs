//! create (http.html#create): `POST /fhir/{type}`; on a condition (http.html#ccreate) that If-None-Exist
//! has, or the address.

use super::body::Body;
use super::problem::Problem;
use super::{Shared, access, conditional, negotiate, reply};
use crate::app::{OF_THE_ANSWER, Reason};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::{HttpRequest, HttpResponse, web};

/// Stores a new resource under an id of ours; on a condition, only when nothing matches.
pub async fn create(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let body = body.bytes()?;
    let header = condition(&request)?;
    // To pass criteria over would make a second of what the client asks not to make twice.
    let address = Some(conditional::criteria(request.query_string(), &OF_THE_ANSWER)).filter(|text| !text.is_empty());
    let condition = shared.gateway.one_condition(kind, (header.as_deref(), address.as_deref()))?;
    let received = shared.gateway.create(&structure, kind, &body, condition, access::handling(&request)).await?;
    Ok(reply::received(received, &request, (&shared, &structure)))
}

/// Reads If-None-Exist. One that cannot be read is refused: to go on without it would make a duplicate.
fn condition(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("If-None-Exist") else { return Ok(None) };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(Problem::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &["If-None-Exist"]))),
    }
}
