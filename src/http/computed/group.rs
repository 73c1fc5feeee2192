//! `Group`: read and search of the rosters, which are computed (group.html); nothing is written here.

use super::body::Body;
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::{Shared, access, negotiate, reply, routes};
use crate::app;
use crate::app::{Depth, Listed, Reason, RosterQuestion, Rosters};
use crate::config::is_id;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::GroupView;
use crate::fhir::render::Stamp;
use crate::fhir::search::encoded;
use crate::fhir::subset::Subset;
use crate::fhir::subset::Summary;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/code"),
    ("code", "token", "Le code de la liste (CodeSystem/roster)"),
    ("member", "reference", "Un patient de la liste"),
    ("managing-entity", "reference", "La structure"),
    ("type", "token", "person"),
    ("actual", "token", "true"),
    ("date", "date", "Un jour du mois, ou le mois ; le mois en cours à Paris par défaut"),
];
/// What else a search takes, and a read with them.
const RESULT: [&str; 3] = ["month", "knownAt", "_count"];

const COUNT: usize = 50;
const MOST: usize = 500;
const CURSOR: &str = "_page";

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/Group").route(routes::reads().to(search)).default_service(routes::only("GET, HEAD")),
    )
    .service(
        web::resource("/fhir/Group/_search")
            .route(web::post().to(search_by_form))
            .default_service(routes::only("POST")),
    )
    .service(
        web::resource("/fhir/Group/{id}").route(routes::reads().to(read)).default_service(routes::only("GET, HEAD")),
    );
}

async fn read(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let mut asked = Asked::new(&structure);
    for (name, value) in query_pairs(&request)? {
        match name.as_str() {
            "month" | "date" | "knownAt" | "_summary" | "_elements" | "_format" | "_pretty" => {
                asked.take(&name, &value)?;
            }
            _ => return Err(unknown(&name)),
        }
    }
    asked.ids.push(vec![path.into_inner()]);
    let gateway = Arc::clone(&shared.gateway);
    let text = web::block(move || {
        let Answer { rosters, .. } = asked.find(&gateway)?;
        let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Group"]));
        let listed = rosters.found.first().ok_or_else(missing)?;
        Ok::<_, Problem>(asked.shown(&rosters, listed))
    })
    .await
    .map_err(|_| lost_thread())??;
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
    let mut asked = Asked::new(&structure);
    for (name, value) in &pairs {
        asked.take(name, value)?;
    }
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base.clone());
    let text = web::block(move || {
        let answer = asked.find(&gateway)?;
        Ok::<_, Problem>(asked.bundle(&answer, &pairs, &base))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// A question, read: of each list one value must match, and of all lists.
struct Asked {
    question: RosterQuestion,
    ids: Vec<Vec<String>>,
    codes: Vec<Vec<String>>,
    members: Vec<Vec<String>>,
    subset: Subset,
    count: usize,
    after: Option<String>,
    /// Nothing can match: another structure, a code that is none of ours.
    none: bool,
}

/// A page of rosters.
struct Answer {
    rosters: Rosters,
    /// How many there are in all.
    total: usize,
    /// Whether others come after this page.
    more: bool,
}

impl Asked {
    fn new(structure: &str) -> Asked {
        let question = RosterQuestion { structure: structure.to_owned(), month: app::today().month(), known_at: None };
        Asked {
            question,
            ids: Vec::new(),
            codes: Vec::new(),
            members: Vec::new(),
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
            "_id" => self.ids.push(values().map(str::to_owned).collect()),
            "code" => self.codes.push(values().filter_map(|v| token(v, &render::code_system("roster"))).collect()),
            "identifier" => {
                let system = format!("{CANONICAL_BASE}/identifier/group");
                let own = format!("{}/", self.question.structure);
                let code = |v: &str| token(v, &system)?.strip_prefix(&own).map(str::to_owned);
                self.codes.push(values().filter_map(code).collect());
            }
            "member" | "member:Patient" => {
                self.members.push(values().filter_map(|v| id_of(v, "Patient")).collect());
            }
            "managing-entity" | "managing-entity:Organization" => {
                let own = |v: &str| id_of(v, "Organization").as_deref() == Some(&*self.question.structure);
                self.none |= !values().any(own);
            }
            "type" => self.none |= !values().any(|v| v.rsplit('|').next() == Some("person")),
            "actual" => self.none |= !values().any(|v| v.rsplit('|').next() == Some("true")),
            "date" | "month" => self.question.month = month(name, value)?,
            "knownAt" => self.question.known_at = Some(instant(value)?),
            "_count" => self.count = value.parse::<usize>().map_err(|_| bad(name, "50"))?.min(MOST),
            "_summary" => {
                self.subset.summary = Summary::from_code(value).ok_or_else(|| bad(name, "true"))?;
            }
            "_elements" => self.subset.elements.extend(Subset::elements_of(value)),
            CURSOR => self.after = Some(value.to_owned()),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// Finds what is asked for, of this page, as deep as it is shown; and how many there are in all.
    fn find(&self, gateway: &app::Gateway) -> Result<Answer, Problem> {
        let mut rosters = gateway.roster_names(&self.question, None)?;
        rosters.found.retain(|listed| {
            let one = |lists: &[Vec<String>], value: &str| lists.iter().all(|list| list.iter().any(|v| v == value));
            !self.none && one(&self.ids, &listed.id) && one(&self.codes, &listed.code)
        });
        for any in &self.members {
            let mut on = Vec::new();
            for patient in any {
                on.extend(gateway.roster_names(&self.question, Some(patient))?.found.into_iter().map(|l| l.roster));
            }
            rosters.found.retain(|listed| on.contains(&listed.roster));
        }
        let total = rosters.found.len();
        if let Some(after) = &self.after {
            let place = rosters.found.iter().position(|listed| listed.id == *after);
            let reached = place.ok_or_else(|| bad(CURSOR, "grp-..."))? + 1;
            rosters.found.drain(..reached);
        }
        let room = if self.subset.summary == Summary::Count { 0 } else { self.count };
        let more = rosters.found.len() > room && room > 0;
        rosters.found.truncate(room);
        Ok(Answer { rosters: gateway.roster_members(&self.question, rosters, self.depth())?, total, more })
    }

    fn depth(&self) -> Depth {
        let shows = |element| render::group_shows(&self.subset, element);
        match (shows("member"), shows("quantity")) {
            (true, _) => Depth::Members,
            (false, true) => Depth::Count,
            (false, false) => Depth::Name,
        }
    }

    fn shown(&self, rosters: &Rosters, listed: &Listed) -> String {
        let stamp = Stamp {
            known_at: rosters.known_at,
            rulebook: rosters.rulebook.clone(),
            tariff: None,
            weakest: listed.status,
            merged_into: None,
        };
        let view = GroupView {
            structure: &self.question.structure,
            id: &listed.id,
            code: &listed.code,
            label_fr: &listed.label_fr,
            month: rosters.month,
            stamp: &stamp,
            places: listed.places,
            count: listed.count,
            members: &listed.members,
        };
        render::group(&view, &self.subset)
    }

    /// Writes the Bundle around the Groups as they are.
    fn bundle(&self, answer: &Answer, pairs: &[(String, String)], base: &str) -> String {
        let Answer { rosters, total, more } = answer;
        let quoted = |text: &str| Value::from(text).to_string();
        let address = |pairs: &[(&str, &str)]| {
            let parts: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
            format!("{base}/Group{}{}", if parts.is_empty() { "" } else { "?" }, parts.join("&"))
        };
        let said: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut out = String::from(r#"{"resourceType":"Bundle","type":"searchset","#);
        // Writing to a String cannot fail.
        let _ = write!(out, r#""total":{total},"link":[{{"relation":"self","url":{}}}"#, quoted(&address(&said)));
        if let Some(last) = rosters.found.last().filter(|_| *more) {
            let mut next: Vec<(&str, &str)> = said.iter().copied().filter(|(name, _)| *name != CURSOR).collect();
            next.push((CURSOR, &last.id));
            let _ = write!(out, r#",{{"relation":"next","url":{}}}"#, quoted(&address(&next)));
        }
        out.push(']');
        let mut opening = r#","entry":["#;
        for listed in &rosters.found {
            let (id, json) = (&listed.id, self.shown(rosters, listed));
            let _ = write!(
                out,
                r#"{opening}{{"fullUrl":"{base}/Group/{id}","resource":{json},"search":{{"mode":"match"}}}}"#
            );
            opening = ",";
        }
        out.push_str(if rosters.found.is_empty() { "}" } else { "]}" });
        out
    }
}

/// Answers the value of a token of this system, or of none.
pub(super) fn token(value: &str, system: &str) -> Option<String> {
    match value.split_once('|') {
        None => Some(value.to_owned()),
        Some((of, code)) if of == system => Some(code.to_owned()),
        Some(_) => None,
    }
}

/// Answers the id a reference to this type holds, alone, relative or absolute.
pub(super) fn id_of(value: &str, kind: &str) -> Option<String> {
    let id = match value.rsplit_once('/') {
        None => value,
        Some((before, id)) if before.rsplit('/').next() == Some(kind) => id,
        Some(_) => return None,
    };
    is_id(id).then(|| id.to_owned())
}

/// A month, or a day of it.
fn month(name: &str, value: &str) -> Result<Month, Problem> {
    match value.strip_prefix("eq").unwrap_or(value).parse() {
        Ok(PartialDate::Month(month)) => Ok(month),
        Ok(PartialDate::Day(day)) => Ok(day.month()),
        _ => Err(bad(name, "2026-10")),
    }
}

pub(super) fn instant(value: &str) -> Result<Instant, Problem> {
    value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))
}

pub(super) fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

fn unknown(sent: &str) -> Problem {
    let names: Vec<String> = PARAMETERS.iter().map(|(name, ..)| *name).chain(RESULT).map(str::to_owned).collect();
    let near = format!(" ({} ? {})", negotiate::nearest(sent, &names), names.join(", "));
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "Group", &near]))
}
