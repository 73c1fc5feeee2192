//! `GET /fhir/Patient/{id}/$forfait?month=&tariff=&knownAt=`

use super::parameters::Asked;
use crate::app::View;
use crate::app::{Failure, Gateway};
use crate::domain::typologie::PatientMonth;
use crate::fhir::render;
use crate::fhir::render::{Invoice, InvoiceView};
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the month's draft Invoice, euro by euro.
pub async fn forfait(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["month", "date", "tariff", "knownAt"])?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let evaluated = gateway.evaluate(&asked.question)?;
        let view = evaluated.view();
        let month = view.month(asked.civil_month());
        Ok::<_, Problem>(invoice(&gateway, &view, &month, &asked)?)
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}

/// Prices the month and renders it.
pub fn invoice(gateway: &Gateway, view: &View<'_>, month: &PatientMonth, asked: &Asked) -> Result<Invoice, Failure> {
    let tariff = gateway.tariff(asked.tariff.as_deref(), &view.of.rules)?;
    let forfait = view.forfait(month, tariff)?;
    let stamp = view.of.stamp(Some(&tariff.id), forfait.status);
    let shown = InvoiceView {
        structure: &asked.question.structure,
        patient: &asked.question.patient,
        month: month.month,
        tariff: &tariff.id,
        rules: view.of.rules(),
        stamp: &stamp,
    };
    render::invoice(&forfait, &shown).ok_or_else(Failure::internal)
}
