//! `CarePlan`: read and search of the plans of pathways, which are computed (careplan.html); nothing
//! is written here.

use super::body::Body;
use super::group::{id_of, instant, token};
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::{Shared, access, negotiate, reply, routes};
use crate::app;
use crate::app::{CarePlan, CarePlans, PlanQuestion, Reason};
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::CarePlanView;
use crate::fhir::search::encoded;
use crate::fhir::subset::Subset;
use crate::fhir::subset::Summary;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use std::sync::Arc;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/patient/parcours"),
    ("subject", "reference", "Le patient"),
    ("patient", "reference", "Le patient"),
    ("date", "date", "Un jour du plan ; eq, ge, gt, le, lt, sa, eb"),
    ("category", "token", "Le parcours (CodeSystem/mtr-parcours)"),
    ("status", "token", "draft (en attente), active, on-hold, completed ou revoked"),
    ("intent", "token", "plan"),
];
/// What else a search takes.
const RESULT: [&str; 2] = ["knownAt", "_count"];

const COUNT: usize = 50;
const MOST: usize = 500;
const CURSOR: &str = "_page";

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/CarePlan").route(routes::reads().to(search)).default_service(routes::only("GET, HEAD")),
    )
    .service(
        web::resource("/fhir/CarePlan/_search")
            .route(web::post().to(search_by_form))
            .default_service(routes::only("POST")),
    )
    .service(
        web::resource("/fhir/CarePlan/{id}").route(routes::reads().to(read)).default_service(routes::only("GET, HEAD")),
    );
}

async fn read(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let mut asked = Asked::new(&access::structure(&request, &shared)?);
    for (name, value) in query_pairs(&request)? {
        match name.as_str() {
            "knownAt" | "_summary" | "_elements" | "_format" | "_pretty" => asked.take(&name, &value)?,
            _ => return Err(unknown(&name)),
        }
    }
    asked.question.ids = Some(vec![path.into_inner()]);
    let gateway = Arc::clone(&shared.gateway);
    let plan = web::block(move || {
        let plans = gateway.care_plans(&asked.question, app::today())?;
        let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["CarePlan"]));
        plans.found.first().and_then(|plan| asked.shown(&plans, plan)).ok_or_else(missing)
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::ok(&plan))
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
    let mut asked = Asked::new(&access::structure(&request, &shared)?);
    for (name, value) in &pairs {
        asked.take(name, value)?;
    }
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base.clone());
    let found = web::block(move || {
        let plans = gateway.care_plans(&asked.question, app::today())?;
        asked.bundle(&plans, &pairs, &base)
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, found.to_string()))
}

/// A question, read: of each list one value must match, and of all lists.
struct Asked {
    question: PlanQuestion,
    identifiers: Vec<Vec<String>>,
    categories: Vec<Vec<String>>,
    statuses: Vec<Vec<String>>,
    dates: Vec<Vec<Bound>>,
    subset: Subset,
    count: usize,
    after: Option<String>,
    /// Nothing can match.
    none: bool,
}

/// One value of `date`: how it compares, and the days it stands for.
struct Bound {
    prefix: &'static str,
    first: Day,
    last: Day,
}

impl Bound {
    fn read(value: &str) -> Result<Bound, Problem> {
        const PREFIXES: [&str; 8] = ["eq", "ne", "ge", "gt", "le", "lt", "sa", "eb"];
        let prefix = PREFIXES.into_iter().find(|prefix| value.starts_with(prefix));
        let date: PartialDate =
            value[prefix.map_or(0, str::len)..].parse().map_err(|_| super::group::bad("date", "ge2026-10-01"))?;
        Ok(Bound { prefix: prefix.unwrap_or("eq"), first: date.earliest(), last: date.latest() })
    }

    /// Answers whether a plan over these days matches (search.html#date): an end that is open goes on.
    fn matches(&self, (start, end): (Option<Day>, Option<Day>)) -> bool {
        let (from, to) = (start.unwrap_or(Day::min_value()), end.unwrap_or(Day::max_value()));
        let within = self.first <= from && to <= self.last;
        match self.prefix {
            "eq" => within,
            "ne" => !within,
            "gt" => to > self.last,
            "ge" => to > self.last || within,
            "lt" => from < self.first,
            "le" => from < self.first || within,
            "sa" => from > self.last,
            _ => to < self.first,
        }
    }
}

impl Asked {
    fn new(structure: &str) -> Asked {
        Asked {
            question: PlanQuestion { structure: structure.to_owned(), ..PlanQuestion::default() },
            identifiers: Vec::new(),
            categories: Vec::new(),
            statuses: Vec::new(),
            dates: Vec::new(),
            subset: Subset::default(),
            count: COUNT,
            after: None,
            none: false,
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let values = || value.split(',').map(str::trim);
        match name {
            "_format" | "_pretty" | "_total" => {}
            "_id" => both(&mut self.question.ids, values().map(str::to_owned).collect()),
            "identifier" => {
                let system = format!("{CANONICAL_BASE}/identifier/care-plan");
                self.identifiers.push(values().filter_map(|v| token(v, &system)).collect());
            }
            "subject" | "subject:Patient" | "patient" | "patient:Patient" => {
                both(&mut self.question.patients, values().filter_map(|v| id_of(v, "Patient")).collect());
            }
            "category" => {
                let system = render::code_system("mtr-parcours");
                self.categories.push(values().filter_map(|v| token(v, &system)).collect());
            }
            "status" => {
                let last = |v: &str| v.rsplit('|').next().unwrap_or_default().to_owned();
                self.statuses.push(values().map(last).collect());
            }
            "intent" => self.none |= !values().any(|v| v.rsplit('|').next() == Some("plan")),
            "date" => self.dates.push(values().map(Bound::read).collect::<Result<_, _>>()?),
            "knownAt" => self.question.known_at = Some(instant(value)?),
            "_count" => {
                let refused = |_| super::group::bad(name, "50");
                self.count = value.parse::<usize>().map_err(refused)?.min(MOST);
            }
            "_summary" => {
                let refused = || super::group::bad(name, "true");
                self.subset.summary = Summary::from_code(value).ok_or_else(refused)?;
            }
            "_elements" => self.subset.elements.extend(Subset::elements_of(value)),
            CURSOR => self.after = Some(value.to_owned()),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn wants(&self, plans: &CarePlans, plan: &CarePlan) -> bool {
        let Some(stay) = &plan.result.stay else { return false };
        let pathway = &*plans.rules.rulebook.rules.pathways[plan.result.pathway].id;
        let one = |lists: &[Vec<String>], value: &str| lists.iter().all(|list| list.iter().any(|v| v == value));
        let days = render::care_plan_days(stay);
        !self.none
            && one(&self.categories, pathway)
            && one(&self.statuses, render::care_plan_status(stay))
            && one(&self.identifiers, &format!("{}/{}/{pathway}", self.question.structure, plan.patient))
            && self.dates.iter().all(|any| any.iter().any(|bound| bound.matches(days)))
    }

    fn shown(&self, plans: &CarePlans, plan: &CarePlan) -> Option<Value> {
        let view = CarePlanView {
            structure: &self.question.structure,
            id: &plan.id,
            patient: &plan.patient,
            result: &plan.result,
            rules: &plans.rules.rulebook.rules,
            stamp: &plan.stamp,
        };
        render::care_plan(&view, &self.subset)
    }

    fn bundle(&self, plans: &CarePlans, pairs: &[(String, String)], base: &str) -> Result<Value, Problem> {
        let mut found: Vec<&CarePlan> = plans.found.iter().filter(|plan| self.wants(plans, plan)).collect();
        let total = found.len();
        if let Some(after) = &self.after {
            let place = found.iter().position(|plan| plan.id == *after);
            found.drain(..=place.ok_or_else(|| super::group::bad(CURSOR, "cp-..."))?);
        }
        let room = if self.subset.summary == Summary::Count { 0 } else { self.count };
        let more = found.len() > room && room > 0;
        found.truncate(room);
        let address = |pairs: &[(&str, &str)]| {
            let parts: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
            format!("{base}/CarePlan{}{}", if parts.is_empty() { "" } else { "?" }, parts.join("&"))
        };
        let said: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut link = vec![json!({"relation": "self", "url": address(&said)})];
        if let Some(last) = found.last().filter(|_| more) {
            let mut next: Vec<(&str, &str)> = said.iter().copied().filter(|(name, _)| *name != CURSOR).collect();
            next.push((CURSOR, &last.id));
            link.push(json!({"relation": "next", "url": address(&next)}));
        }
        let mut out = json!({"resourceType": "Bundle", "type": "searchset", "total": total, "link": link});
        if !found.is_empty() {
            let entry = |plan: &&CarePlan| {
                let url = format!("{base}/CarePlan/{}", plan.id);
                let resource = self.shown(plans, plan)?;
                Some(json!({"fullUrl": url, "resource": resource, "search": {"mode": "match"}}))
            };
            out["entry"] = found.iter().filter_map(entry).collect();
        }
        Ok(out)
    }
}

/// Keeps the values that every list of them has.
fn both(kept: &mut Option<Vec<String>>, other: Vec<String>) {
    match kept {
        None => *kept = Some(other),
        Some(kept) => kept.retain(|value| other.contains(value)),
    }
}

fn unknown(sent: &str) -> Problem {
    let names: Vec<String> = PARAMETERS.iter().map(|(name, ..)| *name).chain(RESULT).map(str::to_owned).collect();
    let near = format!(" ({} ? {})", negotiate::nearest(sent, &names), names.join(", "));
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "CarePlan", &near]))
}
