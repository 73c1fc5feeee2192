//! `GET /fhir/Organization/{id}/$worklist?date=&scope=&practitioner=&item=&tariff=&knownAt=&_count=`, and
//! by POST with Parameters. A page tells the address of the next, which holds all it needs: the
//! instant of the knowledge and the rank of the last line, so that writes between two pages move
//! nobody from one to the other.

use super::close_month::own_structure;
use super::parameters::{bad, values_repeating};
use super::whom;
use crate::app;
use crate::app::{Reason, Worklist, WorklistQuestion, WorklistScope};
use crate::config::is_id;
use crate::domain::forfait::TariffKind;
use crate::domain::worklist::Rank;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::WorklistView;
use crate::fhir::search::encoded;
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_decimal::Decimal;
use std::sync::Arc;

const KNOWN: &[&str] = &["date", "scope", "practitioner", "provider", "item", "tariff", "knownAt", "_count", CURSOR];
const CURSOR: &str = "_page";
const COUNT: usize = 50;
const MOST: usize = 500;

/// Answers who has open gaps, the heaviest first, a page at a time.
pub async fn worklist(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut asked = WorklistQuestion {
        structure: own_structure(&request, &path, &shared)?,
        date: app::today(),
        known_at: None,
        scope: WorklistScope::default(),
        practitioner: None,
        items: Vec::new(),
        tariff: None,
        after: None,
        count: COUNT,
    };
    let pairs = values_repeating(&request, body, "Organization", KNOWN, &["item"])?;
    whom::once(&pairs)?;
    for (name, value) in pairs {
        take(&mut asked, (&name, &value), &shared.base(&request))?;
    }
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base(&request).into_owned());
    let text = web::block(move || Ok::<_, Problem>(told(&asked, &gateway.worklist(&asked)?, &base)))
        .await
        .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

fn take(asked: &mut WorklistQuestion, (name, value): (&str, &str), base: &str) -> Result<(), Problem> {
    match name {
        "date" => asked.date = value.parse().map_err(|_| bad(name, "2026-10-31"))?,
        "scope" => {
            let refused = || Problem::new(Reason::NotSupported, Issue::general(&issues::WORK_SCOPE, &[]));
            asked.scope = WorklistScope::from_code(value).ok_or_else(refused)?;
        }
        "practitioner" | "provider" => {
            asked.practitioner = whom::attending(name, value, (base, &asked.structure))?;
        }
        "item" => asked.items.extend(value.split(',').map(|id| id.trim().to_owned())),
        "tariff" => asked.tariff = Some(value.to_owned()),
        "knownAt" => asked.known_at = Some(value.parse().map_err(|_| bad(name, "2026-10-31T08:00:00Z"))?),
        "_count" => {
            let within = |count: &usize| *count > 0;
            asked.count = value.parse().ok().filter(within).ok_or_else(|| bad(name, "50"))?.min(MOST);
        }
        _ => asked.after = Some(rank(value).ok_or_else(|| bad(name, "..."))?),
    }
    Ok(())
}

/// Reads the rank of the last line of the page before: weight, number of gaps, patient.
fn rank(cursor: &str) -> Option<Rank> {
    let (weight, rest) = cursor.split_once('~')?;
    let (number, patient) = rest.split_once('~')?;
    let weight: Option<Decimal> = if weight.is_empty() { None } else { Some(weight.parse().ok()?) };
    is_id(patient).then_some(Rank::new(weight, number.parse().ok()?, patient))
}

fn told(asked: &WorklistQuestion, work: &Worklist, base: &str) -> String {
    let rules = &work.rules.rulebook.rules;
    let tariff = asked.tariff.as_deref().and_then(|id| rules.tariff(id));
    let pack = tariff.and_then(|tariff| match &tariff.kind {
        TariffKind::Fmt(pack) => Some(pack),
        TariffKind::Monthly(_) => None,
    });
    let answer = render::worklist(&WorklistView {
        structure: &asked.structure,
        date: asked.date,
        scope: asked.scope.code(),
        practitioner: asked.practitioner.as_deref(),
        items: &asked.items,
        rules,
        stamp: &work.stamp,
        patients: work.patients,
        undecided: work.undecided,
        listed: work.listed,
        gaps: work.gaps,
        refused: work.refused,
        stakes: work.stakes.map(|stakes| (stakes.amount, stakes.unknown)),
        pack,
        found: &work.found,
        next: work.next.as_ref().map(|last| next(asked, work, last, base)),
    });
    Written(&answer).text()
}

/// The address of the next page, as of the same knowledge.
fn next(asked: &WorklistQuestion, work: &Worklist, last: &Rank, base: &str) -> String {
    let (weight, number, patient) = last.parts();
    let weight = weight.map(|weight| weight.to_string()).unwrap_or_default();
    let mut pairs = vec![("date", asked.date.to_string()), ("scope", asked.scope.code().to_owned())];
    pairs.extend(asked.practitioner.iter().map(|id| ("practitioner", id.clone())));
    pairs.extend(asked.items.iter().map(|id| ("item", id.clone())));
    pairs.extend(asked.tariff.iter().map(|id| ("tariff", id.clone())));
    pairs.extend([
        ("knownAt", work.stamp.known_at.to_string()),
        ("_count", asked.count.to_string()),
        (CURSOR, format!("{weight}~{number}~{patient}")),
    ]);
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("{base}/Organization/{}/$worklist?{}", asked.structure, query.join("&"))
}
