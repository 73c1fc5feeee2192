//! `POST /fhir/$simulate`: what another tariff or rulebook would pay over a range of months.
//!
//! The body is Parameters (`from`, `to`, `current`, `tariff`, `knownAt`, and files: `content`, or `file`
//! with parts `path` and `content`), or one YAML file with the other parameters in the address.

use super::parameters::{bad, known_values};
use crate::app;
use crate::app::{Reason, Simulation};
use crate::domain::calendar::Month;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

const KNOWN: &[&str] = &["from", "to", "current", "tariff", "knownAt"];

/// Compares the tariff in force with another, month by month and line by line; nothing is stored.
pub async fn simulate(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (mut pairs, sent) = (query_pairs(&request)?, body.or_empty()?);
    let mut asked = Simulation { structure, ..Simulation::default() };
    if is_yaml(&request) {
        asked.files = app::yaml_file(&sent).map_err(Problem)?;
    } else if !sent.is_empty() {
        negotiate::content(&request)?;
        let (values, files) = app::simulation_parameters(&sent)?;
        pairs.extend(values);
        asked.files = files;
    }
    let (mut from, mut to) = (None::<Month>, None::<Month>);
    for (name, value) in known_values(pairs, "$simulate", KNOWN)? {
        match name.as_str() {
            "from" => from = Some(value.parse().map_err(|_| bad("from", "2026-01"))?),
            "to" => to = Some(value.parse().map_err(|_| bad("to", "2026-12"))?),
            "current" => asked.current = Some(value),
            "tariff" => asked.tariff = Some(value),
            _ => asked.known_at = Some(value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))?),
        }
    }
    let from = from.ok_or_else(|| bad("from", "2026-01"))?;
    let range = || {
        Problem::new(Reason::NotSupported, Issue::general(&issues::MONTH_RANGE, &[&app::SIMULATED_MONTHS.to_string()]))
    };
    asked.months = app::months_between(from, to.unwrap_or(from)).ok_or_else(range)?;
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        let result = gateway.simulate(&asked, &|_, _| {})?;
        Ok::<_, Problem>(result.json())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

fn is_yaml(request: &HttpRequest) -> bool {
    let sent = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = sent.split(';').next().unwrap_or_default().trim();
    ["application/yaml", "text/yaml", "application/x-yaml"].iter().any(|yaml| media.eq_ignore_ascii_case(yaml))
}
