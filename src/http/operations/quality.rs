//! `GET /fhir/$data-quality` and `GET /fhir/Organization/{id}/$data-quality`

use crate::app::Reason;
use crate::app::unknown_parameter;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::QualityView;
use crate::http::Shared;
use crate::http::access;
use crate::http::negotiate;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the counts of the structure asked for; it takes no parameter.
pub async fn quality(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let pairs = query_pairs(&request)?;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !matches!(name.as_str(), "_format" | "_pretty")) {
        return Err(Problem(unknown_parameter(name, "$data-quality", &[])));
    }
    // Of another organization than the one that asks nothing is told, not even whether it is there.
    if request.match_info().get("id").is_some_and(|id| id != structure) {
        return Err(Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Organization"])));
    }
    let gateway = Arc::clone(&shared.gateway);
    let base = shared.base(&request).into_owned();
    let answer = web::block(move || {
        let found = gateway.quality(&structure)?;
        Ok::<_, Problem>(render::quality(&QualityView {
            structure: &structure,
            known_at: found.known_at,
            rulebook: &found.rulebook,
            counts: &found.counts,
            local: &found.local,
            base: &base,
        }))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}
