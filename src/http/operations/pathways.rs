//! `GET /fhir/Patient/{id}/$pathways?date=&knownAt=` and `GET /fhir/Organization/{id}/$pathways`, and by
//! POST with Parameters.

use super::close_month::own_structure;
use super::parameters::{Asked, bad, values};
use crate::app;
use crate::fhir::render;
use crate::fhir::render::{StandingView, StructurePathwaysView};
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers where a patient stands with each pathway.
pub async fn pathways(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["date", "month", "knownAt", "rulebook"])?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let found = gateway.pathways_of(&asked.question, asked.day())?;
        let view = |standing: &'_ app::PathwayStanding| standing.turn.map(|turn| (turn.turn, turn.of, turn.free));
        let standings: Vec<StandingView<'_>> = found
            .standings
            .iter()
            .map(|standing| StandingView { result: &standing.result, places: standing.places, turn: view(standing) })
            .collect();
        Ok::<_, Problem>(render::pathways(&standings, asked.day(), &found.rules.rulebook.rules, &found.stamp))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}

/// Answers the pathways of the structure: who is in, who waits, how many places, which groups meet.
pub async fn structure_pathways(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = own_structure(&request, &path, &shared)?;
    let (mut date, mut known_at) = (app::today(), None);
    for (name, value) in values(&request, body, "Organization", &["date", "knownAt"])? {
        match name.as_str() {
            "date" => date = value.parse().map_err(|_| bad("date", "2026-10-31"))?,
            _ => known_at = Some(value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))?),
        }
    }
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let found = gateway.pathways_of_structure(&structure, date, known_at)?;
        Ok::<_, Problem>(render::structure_pathways(&StructurePathwaysView {
            structure: &structure,
            date,
            rules: &found.rules.rulebook.rules,
            stamp: &found.stamp,
            overviews: &found.overviews,
            workshops: &found.workshops,
        }))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}
