//! `POST /fhir/Organization/{id}/$close-month` with Parameters `month`, `dryRun`, `tariff`, `by`.

use super::parameters::{bad, values};
use crate::app::{Case, Close, Closing, Failure, Gateway, Reason};
use crate::domain::calendar::Month;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::{CaseView, ClosingView};
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Closes a month and answers the Invoice of the structure; a dry run answers what would be closed,
/// and what speaks against it. A month that has begun to be closed is closed, whether or not the
/// client waits.
pub async fn close_month(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = own_structure(&request, &path, &shared)?;
    let (mut month, mut dry) = (None::<Month>, false);
    let mut close = Close { structure, month: Month::max_value(), tariff: None, by: "open access".to_owned() };
    for (name, value) in values(&request, body, "Organization", &["month", "dryRun", "tariff", "by"])? {
        match name.as_str() {
            "month" => month = Some(value.parse().map_err(|_| bad("month", "2026-10"))?),
            "dryRun" => dry = value.parse().map_err(|_| bad("dryRun", "true"))?,
            "tariff" => close.tariff = Some(value),
            _ => close.by = value,
        }
    }
    let missing = || Problem::new(Reason::NotSupported, Issue::general(&issues::MONTH_MISSING, &[]));
    close.month = month.ok_or_else(missing)?;
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        if dry {
            let closing = gateway.closing(&close, &|_, _| {})?;
            return Ok::<_, Problem>(Written(&told(&close.structure, &closing)).text());
        }
        gateway.close_month(&close, &|_, _| {})?;
        publish(&gateway, &close);
        let bill = gateway.closed_statement(&close.structure, close.month)?;
        let invoice = bill.and_then(|bill| bill.invoice());
        let text = invoice.and_then(|invoice| serde_json::to_string(&invoice).ok());
        text.ok_or_else(|| Problem(Failure::internal()))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// Publishes the tables of a month just closed, while its statement is answered. Should it not come to
/// that, whoever asks for them first makes the same.
fn publish(gateway: &Arc<Gateway>, close: &Close) {
    let (gateway, structure, month) = (Arc::clone(gateway), close.structure.clone(), close.month);
    std::thread::spawn(move || {
        if gateway.publish_month(&structure, month).is_err() {
            tracing::warn!(month = %month, "the tables of a closed month are not published yet");
        }
    });
}

/// Answers what a dry run tells.
fn told(structure: &str, closing: &Closing) -> serde_json::Value {
    render::closing(&ClosingView {
        structure,
        month: closing.month,
        tariff: &closing.tariff,
        rulebook: &closing.basis.rules.digest,
        known_at: closing.basis.known_at,
        tally: &closing.tally,
        blocking: &views(&closing.blocking),
        doubtful: &views(&closing.doubtful()),
    })
}

fn views(cases: &[Case]) -> Vec<CaseView<'_>> {
    cases
        .iter()
        .map(|case| CaseView { code: &case.code, patient: case.patient.as_deref(), about: case.about.as_deref() })
        .collect()
}

/// Answers the structure that asks, which must be the Organization of the path: of another nothing is
/// told, not even whether it is there.
pub fn own_structure(request: &HttpRequest, id: &str, shared: &Shared) -> Result<String, Problem> {
    let structure = access::structure(request, shared)?;
    if structure != id {
        return Err(Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Organization"])));
    }
    Ok(structure)
}
