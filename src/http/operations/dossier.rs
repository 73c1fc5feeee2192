//! `GET /fhir/Patient/{id}/$mtr-dossier?date=&tariff=&knownAt=`

use super::forfait::invoice;
use super::parameters::Asked;
use crate::app::{Failure, Reason};
use crate::domain::roster::Roster;
use crate::domain::verdict::RuleStatus;
use crate::fhir::render;
use crate::fhir::render::DossierView;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

/// Answers the whole dossier of a date as one Bundle. Without a known amount the Bundle holds an
/// OperationOutcome in the Invoice's place: the rest is still true.
pub async fn dossier(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&request, &path, body, &shared, &["date", "month", "tariff", "knownAt", "rulebook"])?;
    let (shared, base) = (shared.clone().into_inner(), shared.base(&request).into_owned());
    let text = web::block(move || render_dossier(&shared, &asked, &base)).await.map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

fn render_dossier(shared: &Shared, asked: &Asked, base: &str) -> Result<String, Problem> {
    let (basis, evaluated) = shared.gateway.patient(&asked.question)?;
    let date = asked.day();
    let months = shared.gateway.months(&basis, &evaluated)?;
    let facts = &months.view;
    let month = shared.gateway.decided(&months, date.month())?;
    let invoice = match invoice(&shared.gateway, &months, date.month(), asked.tariff.as_deref()) {
        Ok(invoice) => Ok(invoice),
        Err(failure) if failure.reason == Reason::Contract => Err(render::operation_outcome(&failure.issues)),
        Err(failure) => return Err(failure.into()),
    };
    // Without a tariff the Invoice's place says so.
    let tariff = shared.gateway.tariff(asked.tariff.as_deref(), &evaluated.rules).ok();
    let card = facts.card(date);
    let weakest = card.items.iter().map(|i| i.rule_status).max().unwrap_or(RuleStatus::Official);
    // As the rosters of the month are told: of its last day.
    let pathways = facts.pathways(date.month().last_day());
    let on = Roster::all(evaluated.rules()).into_iter().filter(|roster| roster.has(&month, &pathways));
    let rosters: Vec<_> = on.map(|roster| (roster, facts.days_on(roster, &month))).collect();
    let view = DossierView {
        structure: &asked.question.structure,
        patient: &asked.question.patient,
        date,
        rules: evaluated.rules(),
        stamp: &evaluated.stamp(None, weakest),
        card: &card,
        month: &month,
        rosters: &rosters,
        evidence: &facts.evidence(&month, tariff),
        invoice: invoice.as_ref(),
        base,
    };
    render::dossier(&view).map_err(|_| Problem(Failure::internal()))
}
