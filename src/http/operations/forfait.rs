//! `GET /fhir/Patient/{id}/$forfait?month=&tariff=&knownAt=`

use super::parameters::Asked;
use crate::app::Evaluated;
use crate::app::{Failure, Gateway};
use crate::domain::typologie::PatientMonth;
use crate::fhir::render;
use crate::fhir::render::{Invoice, InvoiceView};
use crate::http::Shared;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the month's draft Invoice, euro by euro.
pub async fn forfait(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, &shared, &["month", "date", "tariff", "knownAt"])?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let evaluated = gateway.evaluate(&asked.question)?;
        let month = evaluated.month(asked.civil_month());
        Ok::<_, Problem>(invoice(&gateway, &evaluated, &month, &asked)?)
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::json_for(&request, &answer))
}

/// Prices the month and renders it.
pub fn invoice(
    gateway: &Gateway,
    evaluated: &Evaluated,
    month: &PatientMonth,
    asked: &Asked,
) -> Result<Invoice, Failure> {
    let tariff = gateway.tariff(asked.tariff.as_deref(), &evaluated.rules)?;
    let forfait = evaluated.forfait(month, tariff)?;
    let stamp = evaluated.stamp(Some(&tariff.id), forfait.status);
    let view = InvoiceView {
        structure: &asked.question.structure,
        patient: &asked.question.patient,
        month: month.month,
        tariff: &tariff.id,
        rules: evaluated.rules(),
        stamp: &stamp,
    };
    render::invoice(&forfait, &view).ok_or_else(Failure::internal)
}
