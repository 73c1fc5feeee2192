//! `GET /fhir/Patient/{id}/$prevention?date=&knownAt=`

use super::parameters::Asked;
use crate::domain::verdict::RuleStatus;
use crate::fhir::render;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the prevention card as Parameters.
pub async fn prevention(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["date", "month", "knownAt", "rulebook"])?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let evaluated = gateway.evaluate(&asked.question)?;
        let card = evaluated.view().card(asked.day());
        let weakest = card.items.iter().map(|i| i.rule_status).max().unwrap_or(RuleStatus::Official);
        Ok::<_, Problem>(render::prevention(&card, evaluated.rules(), &evaluated.stamp(None, weakest)))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}
