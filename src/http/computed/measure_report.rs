//! `MeasureReport`: read and search of the tables published of closed months (measurereport.html). What
//! is evaluated on request is answered by `$evaluate-measure` and kept nowhere.

use super::access::Role;
use super::body::Body;
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::{Shared, access, negotiate, part, reply, routes};
use crate::app::Gateway;
use crate::app::Reason;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::published::Table;
use crate::domain::published::Tables;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::written::Written;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("measure", "reference", "La mesure : son canonical, avec ou sans version, ou son identifiant"),
    ("reporter", "reference", "La structure"),
    ("period", "date", "Les jours sur lesquels porte le rapport ; eq, ge, gt, le, lt, sa, eb"),
    ("date", "date", "Le jour où ses données étaient connues ; les mêmes préfixes"),
    ("status", "token", "complete"),
];

const COUNT: usize = 50;
const MOST: usize = 500;
const OFFSET: &str = "_offset";

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/MeasureReport")
            .route(routes::reads().to(search))
            .default_service(routes::only("GET, HEAD")),
    )
    .service(
        web::resource("/fhir/MeasureReport/_search")
            .route(web::post().to(search_by_form))
            .default_service(routes::only("POST")),
    )
    .service(
        web::resource("/fhir/MeasureReport/{id}")
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
    for (name, _) in query_pairs(&request)? {
        if !matches!(name.as_str(), "_format" | "_pretty") {
            return Err(unknown(&name));
        }
    }
    let wanted = Asked { id: Some(path.into_inner()), ..Asked::default() };
    let whom = whose(&request, &shared)?;
    let gateway = Arc::clone(&shared.gateway);
    let found = web::block(move || wanted.find(&gateway, &whom)).await.map_err(|_| lost_thread())??;
    let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["MeasureReport"]));
    let (_, text) = found.into_iter().next().ok_or_else(missing)?;
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
    let asked = Asked::read(&pairs)?;
    let whom = whose(&request, &shared)?;
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base.clone());
    let text = web::block(move || {
        let found = asked.find(&gateway, &whom)?;
        Ok::<_, Problem>(bundle(&found, &asked, &pairs, &base))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// Answers whose tables are seen: a practice's own; every structure's, or that of the header, by whoever
/// sees no patient.
fn whose(request: &HttpRequest, shared: &Shared) -> Result<Option<String>, Problem> {
    let reader = access::reader(request, shared)?;
    Ok(match reader.role {
        Role::Practice => Some(reader.structure),
        Role::Payer | Role::Authority => reader.named.then_some(reader.structure),
    })
}

/// A search, read; what is not said is not asked.
#[derive(Default)]
struct Asked {
    id: Option<String>,
    measure: Option<String>,
    reporter: Option<String>,
    period: Vec<(Prefix, PartialDate)>,
    date: Vec<(Prefix, PartialDate)>,
    count: Option<usize>,
    offset: usize,
    /// Nothing can match: a status that none of ours has.
    none: bool,
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> Result<Asked, Problem> {
        let mut asked = Asked::default();
        for (name, value) in pairs {
            match name.as_str() {
                "_format" | "_pretty" | "_total" => {}
                "_id" => asked.id = Some(value.clone()),
                "measure" => {
                    let id = value.strip_prefix(&format!("{CANONICAL_BASE}/Measure/")).unwrap_or(value);
                    asked.measure = Some(id.strip_prefix("Measure/").unwrap_or(id).to_owned());
                }
                "reporter" | "reporter:Organization" => {
                    asked.reporter = Some(value.strip_prefix("Organization/").unwrap_or(value).to_owned());
                }
                "period" => asked.period.push(dated(name, value)?),
                "date" => asked.date.push(dated(name, value)?),
                "status" => asked.none |= !value.split(',').any(|s| s.rsplit('|').next() == Some("complete")),
                "_count" => asked.count = Some(value.parse().map_err(|_| bad(name, "50"))?),
                OFFSET => asked.offset = value.parse().map_err(|_| bad(name, "50"))?,
                _ => return Err(unknown(name)),
            }
        }
        Ok(asked)
    }

    /// Answers what matches, id and JSON, by structure, month and the order of the tables.
    fn find(&self, gateway: &Gateway, whom: &Option<String>) -> Result<Vec<(String, String)>, Problem> {
        let mut found = Vec::new();
        if self.none {
            return Ok(found);
        }
        let structures = match whom {
            Some(structure) => vec![structure.clone()],
            None => gateway.publishing_structures(),
        };
        for structure in structures.iter().filter(|s| self.reporter.as_ref().is_none_or(|wanted| wanted == *s)) {
            for tables in gateway.published_tables(structure)? {
                let wanted = tables.tables.iter().filter(|table| self.wants(&tables, table));
                found.extend(wanted.map(|table| {
                    let text = Written(&render::published_report(&tables, table)).text();
                    (render::published_id(&tables, table), text)
                }));
            }
        }
        Ok(found)
    }

    fn wants(&self, tables: &Tables, table: &Table) -> bool {
        let known = tables.known_at.paris_day();
        let measure = |wanted: &String| match wanted.split_once('|') {
            Some((id, version)) => {
                *id == *table.measure && render::hex(&tables.rulebook).get(..version.len()) == Some(version)
            }
            None => **wanted == *table.measure,
        };
        self.id.as_ref().is_none_or(|id| *id == render::published_id(tables, table))
            && self.measure.as_ref().is_none_or(measure)
            && self.period.iter().all(|(prefix, date)| prefix.holds(tables.period, *date))
            && self.date.iter().all(|(prefix, date)| prefix.holds((known, known), *date))
    }
}

/// How a date is compared (search.html#prefix).
#[derive(Clone, Copy)]
enum Prefix {
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Sa,
    Eb,
}

impl Prefix {
    /// Answers whether the days from `start` to `end` stand so to those a date may be.
    fn holds(self, (start, end): (Day, Day), date: PartialDate) -> bool {
        let (first, last) = (date.earliest(), date.latest());
        match self {
            Prefix::Eq => start >= first && end <= last,
            Prefix::Ge => end >= first,
            Prefix::Gt => end > last,
            Prefix::Le => start <= last,
            Prefix::Lt => start < first,
            Prefix::Sa => start > last,
            Prefix::Eb => end < first,
        }
    }
}

fn dated(name: &str, value: &str) -> Result<(Prefix, PartialDate), Problem> {
    const WORDS: [(&str, Prefix); 7] = [
        ("eq", Prefix::Eq),
        ("ge", Prefix::Ge),
        ("gt", Prefix::Gt),
        ("le", Prefix::Le),
        ("lt", Prefix::Lt),
        ("sa", Prefix::Sa),
        ("eb", Prefix::Eb),
    ];
    let found = WORDS.iter().find_map(|(word, prefix)| Some((*prefix, value.strip_prefix(word)?)));
    let (prefix, text) = found.unwrap_or((Prefix::Eq, value));
    Ok((prefix, text.parse().map_err(|_| bad(name, "ge2026-09-01"))?))
}

fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

fn unknown(sent: &str) -> Problem {
    let names: Vec<String> = PARAMETERS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let near = format!(" ({} ? {})", negotiate::nearest(sent, &names), names.join(", "));
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "MeasureReport", &near]))
}

/// Writes the Bundle around the reports as they are.
fn bundle(found: &[(String, String)], asked: &Asked, pairs: &[(String, String)], base: &str) -> String {
    let address = format!("{base}/MeasureReport");
    let quoted = |text: &str| Value::from(text).to_string();
    let used: Vec<(String, String)> = pairs.iter().filter(|(name, _)| name != OFFSET).cloned().collect();
    let size = asked.count.unwrap_or(COUNT).min(MOST);
    let page: Vec<&(String, String)> = found.iter().skip(asked.offset).take(size).collect();
    let end = asked.offset + page.len();
    let mut out = format!(r#"{{"resourceType":"Bundle","type":"searchset","total":{},"link":["#, found.len());
    // Writing to a String cannot fail.
    let _ = write!(out, r#"{{"relation":"self","url":{}}}"#, quoted(&part::link(&address, &used, None)));
    if !page.is_empty() && end < found.len() {
        let next: Vec<(String, String)> = used.into_iter().chain([(OFFSET.to_owned(), end.to_string())]).collect();
        let _ = write!(out, r#",{{"relation":"next","url":{}}}"#, quoted(&part::link(&address, &next, None)));
    }
    out.push(']');
    for (n, (id, text)) in page.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        let _ = write!(out, r#"{{"fullUrl":"{address}/{id}","resource":{text},"search":{{"mode":"match"}}}}"#);
    }
    out.push_str(if page.is_empty() { "}" } else { "]}" });
    out
}
