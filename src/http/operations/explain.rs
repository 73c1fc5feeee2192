//! `GET /fhir/Patient/{id}/$explain?month=&tariff=&knownAt=`

use super::parameters::Asked;
use crate::domain::explain::Language;
use crate::fhir::render;
use crate::fhir::render::ExplanationView;
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
    let asked = Asked::of(&request, &path, body, &shared, &["month", "date", "tariff", "knownAt", "rulebook"])?;
    let language = language(&request);
    let accepted = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    let plain = accepted.trim_start().starts_with("text/plain");
    let gateway = Arc::clone(&shared.gateway);
    let month = asked.civil_month();
    let told = web::block(move || {
        let explained = gateway.explain(&asked.question, month, asked.tariff.as_deref(), language)?;
        Ok::<_, Problem>((explained, asked.question))
    });
    let (explained, question) = told.await.map_err(|_| lost_thread())??;
    if plain {
        return Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(explained.text));
    }
    Ok(reply::ok(&render::explanation(&ExplanationView {
        structure: &question.structure,
        patient: &question.patient,
        explanation: &explained.explanation,
        text: &explained.text,
        next: explained.next.as_ref(),
        stamp: &explained.stamp,
    })))
}

/// Answers English when Accept-Language asks for it before French, else French.
pub(super) fn language(request: &HttpRequest) -> Language {
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let first = accepted.split(',').map(str::trim).find(|l| l.starts_with("en") || l.starts_with("fr"));
    if first.is_some_and(|l| l.starts_with("en")) { Language::En } else { Language::Fr }
}
