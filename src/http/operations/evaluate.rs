//! `Measure/$evaluate?measureUrl=` and `Measure/{id}/$evaluate` (DEQM 1.0.0 for any country), by GET or
//! POST: Parameters with one Bundle per subject, in it a report per measure.

use super::measure_answer::{collection, individual, over_many};
use super::measure_request::{Asked, ReportType};
use super::parameters::values_repeating;
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
use serde_json::{Value, json};
use std::sync::Arc;

const KNOWN: &[&str] = &[
    "measureUrl",
    "periodStart",
    "periodEnd",
    "reportType",
    "subject",
    "subjectGroup",
    "provider",
    "practitioner",
    "knownAt",
    "stratifier",
];
/// More subjects than that have no Bundle each.
const SUBJECTS: usize = 500;

/// Answers the reports of some measures.
pub async fn evaluate(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let measure = request.match_info().get("id").map(str::to_owned);
    let mut asked = Asked::new(&structure, &shared.base(&request), measure);
    let pairs = values_repeating(&request, body, "Measure", KNOWN, &["measureUrl", "stratifier"])?;
    whom::once(&pairs)?;
    for (name, value) in pairs {
        asked.take(&name, &value)?;
    }
    // Of a group, one report each is what `individual` means here.
    let report = match asked.report_asked() {
        Some(told) => told,
        None => asked.report("subject")?,
    };
    let question = asked.question("measureUrl")?;
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base(&request).into_owned());
    let text = web::block(move || {
        let bundles = match (report, &question.whom) {
            (ReportType::Individual, Whom::Patient(id)) => vec![individual(&gateway, &question, id)?],
            (ReportType::Individual, _) => {
                let subjects = gateway.subjects(&question, SUBJECTS)?;
                let each = subjects.iter().map(|id| individual(&gateway, &question, id));
                each.collect::<Result<Vec<_>, _>>()?
            }
            (ReportType::SubjectList, _) => vec![over_many(&gateway, &question, Populations::Listed)?],
            (ReportType::Summary, _) => vec![over_many(&gateway, &question, Populations::Counted)?],
        };
        let parts: Vec<Value> = bundles
            .into_iter()
            .map(|reports| json!({"name": "return", "resource": collection(reports, &base)}))
            .collect();
        let mut answer = json!({"resourceType": "Parameters"});
        // FHIR has no empty arrays.
        if !parts.is_empty() {
            answer["parameter"] = Value::Array(parts);
        }
        Ok::<_, Problem>(Written(&answer).text())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}
