//! `Measure/{id}/$evaluate-measure` and `Measure/$evaluate-measure?measure=` (R4
//! measure-operation-evaluate-measure.html), by GET or POST; nothing is kept of the answer.

use super::measure_answer::{individual, over_many};
use super::measure_request::{Asked, ReportType};
use super::parameters::values;
use super::whom;
use crate::app::{Populations, Whom};
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

const KNOWN: &[&str] = &[
    "measure",
    "periodStart",
    "periodEnd",
    "reportType",
    "subject",
    "practitioner",
    "provider",
    "lastReceivedOn",
    "knownAt",
    "stratifier",
];

/// Answers the MeasureReport of one measure.
pub async fn evaluate_measure(
    request: HttpRequest,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let measure = request.match_info().get("id").map(str::to_owned);
    let mut asked = Asked::new(&structure, &shared.base(&request), measure);
    let pairs = values(&request, body, "Measure", KNOWN)?;
    whom::once(&pairs)?;
    for (name, value) in pairs {
        asked.take(&name, &value)?;
    }
    let report = asked.report("subject")?;
    let question = asked.question("measure")?;
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        let reports = match (report, &question.whom) {
            (ReportType::Individual, Whom::Patient(id)) => individual(&gateway, &question, id)?,
            (ReportType::SubjectList, _) => over_many(&gateway, &question, Populations::Listed)?,
            _ => over_many(&gateway, &question, Populations::Counted)?,
        };
        Ok::<_, Problem>(reports.first().map(|report| Written(report).text()).unwrap_or_default())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}
