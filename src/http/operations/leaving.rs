//! `GET /fhir/Organization/{id}/$leaving?days=&date=&tariff=&knownAt=`, and by POST with Parameters.

use super::close_month::own_structure;
use super::parameters::{bad, values};
use crate::app;
use crate::app::LeavingQuestion;
use crate::fhir::render;
use crate::fhir::render::{LeavingView, Stamp};
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// The longest notice, in days.
const LONGEST: i32 = 3650;

/// Answers the payable patients whose last consultation will soon count no more.
pub async fn leaving(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = own_structure(&request, &path, &shared)?;
    let mut asked = LeavingQuestion { structure, date: app::today(), days: None, known_at: None, tariff: None };
    for (name, value) in values(&request, body, "Organization", &["days", "date", "tariff", "knownAt"])? {
        match name.as_str() {
            "days" => {
                let days = value.parse().ok().filter(|days| (0..=LONGEST).contains(days));
                asked.days = Some(days.ok_or_else(|| bad("days", "90"))?);
            }
            "date" => asked.date = value.parse().map_err(|_| bad("date", "2026-10-31"))?,
            "tariff" => asked.tariff = Some(value),
            _ => asked.known_at = Some(value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))?),
        }
    }
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        let told = gateway.leaving(&asked)?;
        let stamp = Stamp {
            known_at: told.known_at,
            rulebook: told.rulebook.clone(),
            tariff: told.tariff.as_deref().map(str::to_owned),
            weakest: told.status,
            merged_into: None,
        };
        let found = told.found.iter().map(|leaver| (&*leaver.patient, leaver.leaving, leaver.total)).collect();
        let view = LeavingView {
            structure: &asked.structure,
            date: asked.date,
            days: told.days,
            stamp: &stamp,
            fictional: told.fictional,
            found,
        };
        Ok::<_, Problem>(Written(&render::leaving(&view)).text())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}
