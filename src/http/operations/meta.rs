//! `GET [/fhir | /fhir/{type} | /fhir/{type}/{id}]/$meta` (resource-operation-meta.html).

use crate::domain::fact::Kind;
use crate::http::Shared;
use crate::http::access;
use crate::http::negotiate;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the profiles, labels and tags of a resource, or all in use.
pub async fn meta(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = request.match_info().get("type").map(access::kind).transpose()?;
    let id = request.match_info().get("id").map(str::to_owned);
    let gateway = Arc::clone(&shared.gateway);
    let meta = web::block(move || match (kind, id) {
        (Some(kind), Some(id)) => gateway.meta(&structure, kind, &id),
        (Some(kind), None) => gateway.meta_of(&structure, &[kind]),
        (None, _) => gateway.meta_of(&structure, Kind::ALL),
    });
    let meta = meta.await.map_err(|_| lost_thread())??;
    let text = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"return","valueMeta":{}}}]}}"#,
        String::from_utf8_lossy(&meta)
    );
    Ok(reply::text_json(StatusCode::OK, text))
}
