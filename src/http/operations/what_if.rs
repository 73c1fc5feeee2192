//! `POST /fhir/Patient/{id}/$what-if`: Parameters `add`, `remove`, `month`, `date`, `tariff`, `knownAt`.

use super::parameters::{Asked, known_values};
use crate::app;
use crate::app::Hypothesis;
use crate::fhir::render;
use crate::fhir::render::WhatIfView;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the month and the card as they are and as they would be; nothing is stored.
pub async fn what_if(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let handling = access::handling(&request);
    let mut pairs = query_pairs(&request)?;
    let body = body.bytes()?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let supposed = app::what_if_parameters(&body)?;
        pairs.extend(supposed.values.iter().cloned());
        let known = ["month", "date", "tariff", "knownAt", "rulebook", "add", "remove"];
        let asked = Asked::read((structure, &path), known_values(pairs, "Patient", &known)?)?;
        let told = gateway.what_if(&Hypothesis {
            question: &asked.question,
            supposed: &supposed,
            handling,
            month: asked.civil_month(),
            day: asked.day(),
            tariff: asked.tariff.as_deref(),
        })?;
        Ok::<_, Problem>(render::what_if(&WhatIfView {
            before: &told.before,
            after: &told.after,
            changes: &told.changes,
            cards: (&told.cards.0, &told.cards.1),
            closed: told.closed.as_ref().map(|closed| (&*closed.tariff, closed.total)),
            adjusted_in: told.adjusted_in,
            figures: &told.figures,
            rules: told.evaluated.rules(),
            stamp: &told.stamp,
        }))
    });
    Ok(reply::ok(&answer.await.map_err(|_| lost_thread())??))
}
