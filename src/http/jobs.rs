//! Deferred answers (R4 async.html): where they stand, their files, and their end.
//!
//! `GET /fhir/_jobs/{id}` is 202 while it runs, then the manifest of its files; `DELETE` ends it.

use super::problem::{Problem, lost_thread};
use super::{Shared, access, reply, routes};
use crate::app::{JobReader, JobStatus};
use crate::config::Access;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use actix_web::body::SizedStream;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use serde_json::json;
use std::sync::Arc;

/// Seconds after which to ask again.
const AGAIN: &str = "1";
/// The header that says how far it is.
pub const PROGRESS: &str = "x-progress";
/// The media type of the files.
const NDJSON: &str = "application/fhir+ndjson";

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/_jobs/{id}")
            .route(routes::reads().to(status))
            .route(web::delete().to(cancel))
            .default_service(routes::only("GET, HEAD, DELETE")),
    )
    .service(
        web::resource("/fhir/_jobs/{id}/{file}")
            .route(routes::reads().to(file))
            .default_service(routes::only("GET, HEAD")),
    );
}

/// Answers the address that was asked, as the manifest repeats it.
pub fn address(request: &HttpRequest, shared: &Shared) -> String {
    let path = request.path().strip_prefix("/fhir").unwrap_or_default();
    match request.query_string() {
        "" => format!("{}{path}", shared.base(request)),
        query => format!("{}{path}?{query}", shared.base(request)),
    }
}

/// Answers that a job has begun, and where to ask for it.
pub fn accepted(id: &str, request: &HttpRequest, shared: &Shared) -> HttpResponse {
    HttpResponse::Accepted().insert_header((header::CONTENT_LOCATION, location(id, request, shared))).finish()
}

fn location(id: &str, request: &HttpRequest, shared: &Shared) -> String {
    format!("{}/_jobs/{id}", shared.base(request))
}

async fn status(
    asked: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&asked, &shared)?;
    match shared.gateway.job_status(&structure, &path)? {
        JobStatus::Running { done, all } => Ok(HttpResponse::Accepted()
            .insert_header((PROGRESS, format!("{done}/{all}")))
            .insert_header((header::RETRY_AFTER, AGAIN))
            .finish()),
        JobStatus::Failed(failure) => Err(Problem(failure)),
        JobStatus::Done { request, known_at, outputs, expires } => {
            let place = location(&path, &asked, &shared);
            let output = |one: &crate::app::Output| json!({"type": one.kind, "url": format!("{place}/{}", one.name), "count": one.count});
            let manifest = json!({
                // What the answer knows, not when it was asked: later commits are not in it.
                "transactionTime": known_at.to_string(),
                "request": request,
                "requiresAccessToken": shared.settings.access == Access::Closed,
                "output": outputs.iter().map(output).collect::<Vec<_>>(),
                "error": [],
            });
            let expires = reply::last_modified(expires);
            Ok(HttpResponse::Ok()
                .content_type("application/json")
                .insert_header((header::EXPIRES, expires.to_string()))
                .body(manifest.to_string()))
        }
    }
}

async fn cancel(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    shared.gateway.cancel_job(&structure, &path)?;
    let outcome = render::operation_outcome(&[Issue::general(&issues::JOB_CANCELLED, &[])]);
    Ok(reply::json(StatusCode::ACCEPTED, &outcome))
}

async fn file(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let (id, name) = path.into_inner();
    let gateway = Arc::clone(&shared.gateway);
    let reader = web::block(move || gateway.job_file(&structure, &id, &name)).await.map_err(|_| lost_thread())??;
    let bytes = reader.bytes;
    let chunks = stream::try_unfold(reader, |mut reader: JobReader| async move {
        let next = web::block(move || reader.read().map(|read| read.map(|bytes| (web::Bytes::from(bytes), reader))));
        Ok::<_, actix_web::Error>(next.await.map_err(|_| lost_thread())?.map_err(Problem)?)
    });
    Ok(HttpResponse::Ok().content_type(NDJSON).body(SizedStream::new(bytes, Box::pin(chunks))))
}
