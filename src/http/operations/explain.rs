//! `GET /fhir/Patient/{id}/$explain?month=&tariff=&knownAt=`

use super::parameters::Asked;
use crate::domain::explain::Language;
use crate::fhir::render;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE};
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the same trace for people (text, French or English by Accept-Language) and machines
/// (Parameters); `Accept: text/plain` asks for the text alone.
pub async fn explain(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["month", "date", "tariff", "knownAt"])?;
    let header = |name| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
    let language = language(header(ACCEPT_LANGUAGE));
    let plain = header(ACCEPT).trim_start().starts_with("text/plain");
    let gateway = Arc::clone(&shared.gateway);
    let (month, tariff) = (asked.civil_month(), asked.tariff);
    let explained = web::block(move || gateway.explain(&asked.question, month, tariff.as_deref(), language))
        .await
        .map_err(|_| lost_thread())??;
    if plain {
        return Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(explained.text));
    }
    Ok(reply::ok(&render::explanation(&explained.explanation, &explained.text, &explained.stamp)))
}

/// Answers English when it is asked for before French, else French.
fn language(accepted: &str) -> Language {
    let first = accepted.split(',').map(str::trim).find(|l| l.starts_with("en") || l.starts_with("fr"));
    if first.is_some_and(|l| l.starts_with("en")) { Language::En } else { Language::Fr }
}
