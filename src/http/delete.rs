//! delete (http.html#delete): `DELETE /fhir/{type}/{id}`.

use super::problem::Problem;
use super::{Shared, access, reply, update};
use crate::app::Cascade;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

/// Deletes a resource: 204 with the version of the deletion, also when it was already gone. A
/// Patient with dependants is a conflict unless `_cascade=delete`.
pub async fn delete(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let (name, id) = path.into_inner();
    let kind = access::kind(&name)?;
    let cascade = if request.query_string().split('&').any(|pair| pair == "_cascade=delete") {
        Cascade::Dependants
    } else {
        Cascade::Refuse
    };
    let precondition = update::precondition(request.headers())?;
    let version = shared.gateway.delete(&structure, kind, &id, precondition, cascade).await?;
    let mut response = HttpResponse::NoContent();
    if let Some(version) = version {
        response.insert_header((header::ETAG, reply::etag(version)));
    }
    Ok(response.finish())
}
