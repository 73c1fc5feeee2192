//! `POST /fhir/Organization/{id}/$reconcile`: a payer's list, as CSV or as Parameters, against what
//! was issued and what is computed now.

use super::close_month::own_structure;
use super::parameters::bad;
use crate::app::Reason;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// How the list is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Parameters,
}

/// Answers the three-way difference; nothing is stored.
pub async fn reconcile(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = own_structure(&request, &path, &shared)?;
    let mut known_at = None;
    for (name, value) in query_pairs(&request)? {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "knownAt" => known_at = Some(value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))?),
            _ => {
                let issue = Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "Organization", " (knownAt ?)"]);
                return Err(Problem::new(Reason::NotSupported, issue));
            }
        }
    }
    let form = form(&request)?;
    let sent = body.bytes()?;
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        let theirs = match form {
            Form::Csv => gateway.csv_list(&sent)?,
            Form::Parameters => gateway.parameters_list(&sent)?,
        };
        let told = gateway.reconcile(&structure, &theirs, known_at, &|_, _| {})?;
        Ok::<_, Problem>(Written(&told.parameters()).text())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// Reads in which form the list comes: CSV in UTF-8, else Parameters in FHIR's JSON.
fn form(request: &HttpRequest) -> Result<Form, Problem> {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let text = value.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    if parts.next() == Some("text/csv") {
        negotiate::encoding(request)?;
        let charset = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim() == "charset");
        let utf8 = charset
            .is_none_or(|(_, charset)| matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8" | "us-ascii"));
        let refused = || Issue::general(&issues::MEDIA_TYPE, &["text/csv; charset=utf-8"]);
        return if utf8 { Ok(Form::Csv) } else { Err(Problem::new(Reason::MediaType, refused())) };
    }
    negotiate::content(request).map(|()| Form::Parameters)
}
