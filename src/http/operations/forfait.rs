//! `GET /fhir/Patient/{id}/$forfait?month=&tariff=&knownAt=`

use super::parameters::Asked;
use crate::app::{Failure, Gateway, Months};
use crate::domain::calendar::Month;
use crate::fhir::render;
use crate::fhir::render::Invoice;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers the month's Invoice, euro by euro: as issued once the month is closed, a draft before.
pub async fn forfait(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["month", "date", "tariff", "knownAt", "rulebook"])?;
    let gateway = Arc::clone(&shared.gateway);
    let answer = web::block(move || {
        let (basis, evaluated) = gateway.patient(&asked.question)?;
        let months = gateway.months(&basis, &evaluated)?;
        Ok::<_, Problem>(invoice(&gateway, &months, asked.civil_month(), asked.tariff.as_deref())?)
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&answer))
}

/// Prices the month and renders it.
pub fn invoice(gateway: &Gateway, months: &Months<'_>, month: Month, tariff: Option<&str>) -> Result<Invoice, Failure> {
    let bill = gateway.bill(months, month, tariff)?;
    bill.show(render::invoice).ok_or_else(Failure::internal)
}
