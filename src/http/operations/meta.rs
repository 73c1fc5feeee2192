//! `GET [/fhir | /fhir/{type} | /fhir/{type}/{id}]/$meta`, `POST /fhir/{type}/{id}/$meta-add` and
//! `$meta-delete` (resource-operation-meta.html).

use crate::app;
use crate::app::MetaChange;
use crate::domain::fact::Kind;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
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
    Ok(answer(&meta.await.map_err(|_| lost_thread())??))
}

/// Adds profiles, labels and tags to a resource.
pub async fn meta_add(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    change(&request, path.into_inner(), body, (&shared, MetaChange::Add)).await
}

/// Takes profiles, labels and tags away from a resource.
pub async fn meta_delete(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    change(&request, path.into_inner(), body, (&shared, MetaChange::Delete)).await
}

async fn change(
    request: &HttpRequest,
    (name, id): (String, String),
    body: Body,
    (shared, change): (&Shared, MetaChange),
) -> Result<HttpResponse, Problem> {
    negotiate::content(request)?;
    negotiate::accept(request)?;
    let structure = access::structure(request, shared)?;
    let kind = access::kind(&name)?;
    let body = body.bytes()?;
    let gateway = Arc::clone(&shared.gateway);
    let meta = web::block(move || {
        let sent = app::sent_meta(&body)?;
        gateway.change_meta(&structure, (kind, &id), change, sent)
    });
    Ok(answer(&meta.await.map_err(|_| lost_thread())??))
}

/// Nothing in use is no value: FHIR has no empty objects.
fn answer(meta: &[u8]) -> HttpResponse {
    if meta == b"{}" {
        return reply::text_json(StatusCode::OK, r#"{"resourceType":"Parameters"}"#.to_owned());
    }
    let text = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"return","valueMeta":{}}}]}}"#,
        String::from_utf8_lossy(meta)
    );
    reply::text_json(StatusCode::OK, text)
}
