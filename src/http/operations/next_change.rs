//! `GET /fhir/Patient/{id}/$next-change?date=&months=&tariff=&knownAt=`

use super::explain::language;
use super::parameters::Asked;
use crate::fhir::render;
use crate::fhir::render::NextView;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers when the month's money and the prevention card change with no new data, and why.
pub async fn next_change(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked =
        Asked::of(&request, &path, body, &shared, &["date", "month", "months", "tariff", "knownAt", "rulebook"])?;
    let language = language(&request);
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let evaluated = gateway.evaluate(&asked.question)?;
        let (from, months) = (asked.day(), asked.months);
        let found = gateway.outlook(&evaluated.view(), asked.tariff.as_deref(), (from, months))?;
        Ok::<_, Problem>(render::next_change(&NextView {
            from,
            months,
            money: found.money.as_ref(),
            card: found.card.as_ref(),
            rules: evaluated.rules(),
            stamp: &found.stamp,
            language,
        }))
    });
    Ok(reply::ok(&answer.await.map_err(|_| lost_thread())??))
}
