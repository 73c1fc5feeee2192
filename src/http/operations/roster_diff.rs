//! `GET /fhir/Group/{id}/$diff?from=&to=&unchanged=&tariff=&knownAt=`, and by POST with Parameters.

use super::parameters::{bad, values};
use crate::app::{DiffQuestion, Reason};
use crate::domain::calendar::Month;
use crate::domain::roster::Move;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::{DiffView, Stamp};
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

const KNOWN: &[&str] = &["from", "to", "unchanged", "tariff", "knownAt"];

/// Answers who came on a roster, left it or costs something else, why, and what that comes to.
pub async fn roster_diff(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let (mut from, mut to, mut unchanged) = (None::<Month>, None::<Month>, false);
    let (mut tariff, mut known_at) = (None, None);
    for (name, value) in values(&request, body, "Group", KNOWN)? {
        match name.as_str() {
            "from" => from = Some(value.parse().map_err(|_| bad("from", "2026-09"))?),
            "to" => to = Some(value.parse().map_err(|_| bad("to", "2026-10"))?),
            "unchanged" => unchanged = value.parse().map_err(|_| bad("unchanged", "true"))?,
            "tariff" => tariff = Some(value),
            _ => known_at = Some(value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))?),
        }
    }
    let missing = |name| Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_MISSING, &[name]));
    let (from, to) = (from.ok_or_else(|| missing("from"))?, to.ok_or_else(|| missing("to"))?);
    if from >= to {
        let args = [&*from.to_string(), &*to.to_string()];
        return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::DIFF_ORDER, &args)));
    }
    let listed = Move::ALL.into_iter().filter(|moved| unchanged || *moved != Move::Unchanged).collect();
    let asked = DiffQuestion { structure, group: path.into_inner(), from, to, known_at, tariff, listed };
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Group"]));
        let diff = gateway.roster_diff(&asked)?.ok_or_else(missing)?;
        let stamp = Stamp {
            known_at: diff.known_at,
            rulebook: diff.rulebook.clone(),
            tariff: diff.tariff.as_deref().map(str::to_owned),
            weakest: diff.group.status,
            merged_into: None,
        };
        let view = DiffView {
            group: &diff.group.id,
            code: &diff.group.code,
            label_fr: &diff.group.label_fr,
            from: asked.from,
            to: asked.to,
            stamp: &stamp,
            fictional: diff.fictional,
            counts: &diff.counts,
            changes: &diff.changes,
        };
        Ok::<_, Problem>(Written(&render::roster_diff(&view)).text())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}
