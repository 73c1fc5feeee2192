//! `ImmunizationRecommendation`: read and search of what is computed (immunizationrecommendation.html);
//! nothing is written here.

use super::body::Body;
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::{Shared, access, negotiate, reply, routes};
use crate::app;
use crate::app::{Question, Reason, Recommended};
use crate::config::is_id;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::search::encoded;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/patient"),
    ("patient", "reference", "Le patient"),
    ("date", "date", "Le jour regardé ; aujourd'hui à Paris par défaut"),
];
const NAME: &str = "ImmunizationRecommendation";
/// Patients that one search names at most.
const MOST: usize = 50;

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/ImmunizationRecommendation")
            .route(routes::reads().to(search))
            .default_service(routes::only("GET, HEAD")),
    )
    .service(
        web::resource("/fhir/ImmunizationRecommendation/_search")
            .route(web::post().to(search_by_form))
            .default_service(routes::only("POST")),
    )
    .service(
        web::resource("/fhir/ImmunizationRecommendation/{id}")
            .route(routes::reads().to(read))
            .default_service(routes::only("GET, HEAD")),
    );
}

async fn read(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let mut asked = Asked::default();
    for (name, value) in query_pairs(&request)? {
        match name.as_str() {
            "date" | "knownAt" | "_format" | "_pretty" => asked.take(&name, &value, &structure)?,
            _ => return Err(unknown(&name)),
        }
    }
    asked.ids = vec![vec![path.into_inner()]];
    let gateway = Arc::clone(&shared.gateway);
    let found = web::block(move || asked.find(&gateway, &structure)).await.map_err(|_| lost_thread())??;
    let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &[NAME]));
    let text = found.into_iter().find_map(|one| one.json).ok_or_else(missing)?;
    Ok(reply::text_json(StatusCode::OK, text))
}

async fn search(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let pairs = query_pairs(&request)?;
    answer(request, pairs, shared).await
}

async fn search_by_form(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let pairs = form_pairs(&request, body)?;
    answer(request, pairs, shared).await
}

async fn answer(
    request: HttpRequest,
    pairs: Vec<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let mut asked = Asked::default();
    for (name, value) in &pairs {
        asked.take(name, value, &structure)?;
    }
    if asked.patients.is_empty() && asked.ids.is_empty() {
        let issue = Issue::general(&issues::SEARCH_TOO_BROAD, &["patient, identifier, _id"]);
        return Err(Problem::new(Reason::NotSupported, issue));
    }
    let gateway = Arc::clone(&shared.gateway);
    let found = web::block(move || asked.find(&gateway, &structure)).await.map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, bundle(&found, &pairs, &shared.base)))
}

/// A question, read: of each list one value must match, and of all lists.
#[derive(Default)]
struct Asked {
    ids: Vec<Vec<String>>,
    patients: Vec<Vec<String>>,
    date: Option<Day>,
    known_at: Option<Instant>,
}

impl Asked {
    fn take(&mut self, name: &str, value: &str, structure: &str) -> Result<(), Problem> {
        let values = || value.split(',').map(str::trim);
        match name {
            "_format" | "_pretty" | "_total" => {}
            "_id" => self.ids.push(values().map(str::to_owned).collect()),
            "patient" | "patient:Patient" => {
                let id = |value: &str| value.strip_prefix("Patient/").unwrap_or(value).to_owned();
                self.patients.push(values().map(id).collect());
            }
            "identifier" => {
                let system = format!("{CANONICAL_BASE}/identifier/immunization-recommendation");
                let id = |value: &str| {
                    let value = match value.split_once('|') {
                        Some((of, value)) if of == system || of.is_empty() => value,
                        Some(_) => return None,
                        None => value,
                    };
                    value.strip_prefix(structure)?.strip_prefix('/').map(str::to_owned)
                };
                self.patients.push(values().filter_map(id).collect());
            }
            "date" => {
                let day = value.strip_prefix("eq").unwrap_or(value).parse().map_err(|_| bad(name, "2026-10-31"))?;
                self.date = Some(day);
            }
            "knownAt" => {
                self.known_at = Some(value.parse().map_err(|_| bad(name, "2026-10-31T08:00:00Z"))?);
            }
            _ => return Err(unknown(name)),
        }
        if self.patients.iter().chain(&self.ids).any(|list| list.len() > MOST) {
            return Err(bad(name, &format!("Patient/p1 (≤ {MOST})")));
        }
        Ok(())
    }

    /// Finds what is asked for, in the order of the patients' ids. Whoever is unknown has none.
    fn find(&self, gateway: &app::Gateway, structure: &str) -> Result<Vec<Recommended>, Problem> {
        let mut patients: Vec<String> = match (self.patients.first(), self.ids.first()) {
            (Some(patients), _) => patients.clone(),
            (None, Some(ids)) => {
                let mut named = Vec::new();
                for id in ids {
                    named.extend(gateway.patient_recommended(structure, id)?.map(String::from));
                }
                named
            }
            (None, None) => Vec::new(),
        };
        patients.sort_unstable();
        patients.dedup();
        patients.retain(|patient| {
            let id = render::recommendation_id(structure, patient);
            is_id(patient)
                && self.patients.iter().all(|list| list.contains(patient))
                && self.ids.iter().all(|list| list.contains(&id))
        });
        let mut found = Vec::with_capacity(patients.len());
        for patient in patients {
            let question =
                Question { structure: structure.to_owned(), patient, known_at: self.known_at, rulebook: None };
            match gateway.recommended(&question, self.date.unwrap_or_else(app::today)) {
                Ok(one) => found.push(one),
                Err(failure) if matches!(failure.reason, Reason::NotFound | Reason::Gone) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(found)
    }
}

fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

fn unknown(sent: &str) -> Problem {
    let names: Vec<String> = PARAMETERS.iter().map(|(name, ..)| (*name).to_owned()).chain(["knownAt".into()]).collect();
    let near = format!(" ({} ? {})", negotiate::nearest(sent, &names), names.join(", "));
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_UNKNOWN, &["?", NAME, &near]))
}

/// Writes the Bundle around the resources as they are; what nobody can tell is an outcome beside them.
fn bundle(found: &[Recommended], pairs: &[(String, String)], base: &str) -> String {
    let said: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let link = Value::from(format!("{base}/{NAME}?{}", said.join("&")));
    let matches = found.iter().filter(|one| one.json.is_some()).count();
    let mut out = String::from(r#"{"resourceType":"Bundle","type":"searchset","#);
    // Writing to a String cannot fail.
    let _ = write!(out, r#""total":{matches},"link":[{{"relation":"self","url":{link}}}]"#);
    let mut opening = r#","entry":["#;
    for one in found {
        if let Some(json) = &one.json {
            let id = &one.id;
            let _ = write!(
                out,
                r#"{opening}{{"fullUrl":"{base}/{NAME}/{id}","resource":{json},"search":{{"mode":"match"}}}}"#
            );
            opening = ",";
        }
    }
    let undecided: Vec<Issue> = found.iter().flat_map(|one| one.undecided.iter().cloned()).collect();
    if !undecided.is_empty() {
        let outcome = render::operation_outcome(&undecided);
        let _ = write!(out, r#"{opening}{{"resource":{outcome},"search":{{"mode":"outcome"}}}}"#);
        opening = ",";
    }
    out.push_str(if opening == "," { "]}" } else { "}" });
    out
}
