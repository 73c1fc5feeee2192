//! `GET /fhir/Patient/{id}/$typologies?date=&knownAt=`

use super::parameters::Asked;
use crate::domain::verdict::RuleStatus;
use crate::fhir::render;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers declared, eligible and paid for each typology, in the civil month of the date.
pub async fn typologies(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["date", "month", "knownAt", "rulebook"])?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let (basis, evaluated) = gateway.patient(&asked.question)?;
        let month = gateway.decided(&gateway.months(&basis, &evaluated)?, asked.civil_month())?;
        let weakest = month.typologies.iter().map(|t| t.rule_status).max().unwrap_or(RuleStatus::Official);
        Ok::<_, Problem>(render::typologies(&month, asked.day(), evaluated.rules(), &evaluated.stamp(None, weakest)))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}
