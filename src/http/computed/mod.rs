//! Types that are computed: read and searched, never written (http.html#search, bundle.html#searchset).
//!
//! Owns what they have in common: their routes, the parameters of every search (`_count`, `_summary`,
//! `_elements`, the cursor of a page), refusals, and the Bundle. A type says what else it takes, and
//! finds. Must not know: how anything is computed.

pub mod care_plan;
pub mod group;
pub mod invoice;
pub mod measure_report;
pub mod recommendation;
mod values;

use super::body::Body;
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::searchset::{Mode, Searchset};
use super::{Shared, negotiate, reply, routes};
use crate::app::Gateway;
use crate::app::Reason;
use crate::app::unknown_parameter;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::encoded;
use crate::fhir::subset::Subset;
use crate::fhir::subset::Summary;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use std::sync::Arc;
use values::bad;

/// Resources of a page, where its `_count` says nothing.
const COUNT: usize = 50;
const MOST: usize = 500;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub type Told = &'static [(&'static str, &'static str, &'static str)];

/// Who leaves out what `_summary` and `_elements` do not ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// It is cut from what the type tells whole.
    Cut,
    /// The type itself, which does not work it out either.
    Own,
}

/// What a parameter was to a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Yes,
    /// It is none of its own.
    Unknown,
}

/// A question about one computed type, as it is read.
pub trait Computed: Sized + Send + 'static {
    const NAME: &'static str;
    const PARAMETERS: Told;
    /// What a search takes beside them: named when a name is refused.
    const BESIDE: &'static [&'static str];
    /// What a read takes.
    const READ: &'static [&'static str];
    const PARTS: Parts;
    /// The parameter by which a page is continued.
    const CURSOR: &'static str = "_page";

    /// Begins the question of whoever asks; whoever may not is refused.
    fn begin(request: &HttpRequest, shared: &Shared) -> Result<Self, Problem>;

    /// Takes a parameter.
    fn take(&mut self, name: &str, value: &str) -> Result<Taken, Problem>;

    /// Answers the resource of this id as JSON text.
    fn read(self, gateway: &Gateway, id: &str, subset: &Subset) -> Result<Option<String>, Problem>;

    /// Answers a page of what is asked for.
    fn find(self, gateway: &Gateway, page: &Page) -> Result<Found, Problem>;
}

/// Which page is asked for.
#[derive(Debug, Default)]
pub struct Page {
    /// How many resources it holds at most; 0 where they are only counted.
    pub room: usize,
    /// What the page before was continued by.
    pub after: Option<String>,
    pub subset: Subset,
}

/// A page of resources, and what is told beside them.
#[derive(Debug, Default)]
pub struct Found {
    /// How many there are on all pages.
    pub total: u64,
    /// Id and JSON text, in order.
    pub resources: Vec<(String, String)>,
    /// What the next page is continued by; `None`: this is the last.
    pub next: Option<String>,
    /// What could not be told, as an OperationOutcome.
    pub outcome: Option<Value>,
}

impl Found {
    /// Answers a page of what was found whole, in order: `told` writes those that are on it. A cursor is
    /// the id of the last resource told.
    pub fn page_of<T>(
        mut all: Vec<T>,
        page: &Page,
        (id, told): (impl Fn(&T) -> String, impl Fn(&T) -> Option<String>),
        refused: impl FnOnce() -> Problem,
    ) -> Result<Found, Problem> {
        let total = all.len() as u64;
        if let Some(after) = &page.after {
            let place = all.iter().position(|one| id(one) == *after).ok_or_else(refused)?;
            all.drain(..=place);
        }
        let more = all.len() > page.room && page.room > 0;
        all.truncate(page.room);
        let next = all.last().filter(|_| more).map(&id);
        let resources = all.iter().filter_map(|one| Some((id(one), told(one)?))).collect();
        Ok(Found { total, resources, next, outcome: None })
    }
}

/// Declares the routes of a type.
pub fn routes<T: Computed>(app: &mut web::ServiceConfig) {
    let name = T::NAME;
    app.service(
        web::resource(format!("/fhir/{name}"))
            .route(routes::reads().to(search::<T>))
            .default_service(routes::only("GET, HEAD")),
    )
    .service(
        web::resource(format!("/fhir/{name}/_search"))
            .route(web::post().to(search_by_form::<T>))
            .default_service(routes::only("POST")),
    )
    .service(
        web::resource(format!("/fhir/{name}/{{id}}"))
            .route(routes::reads().to(read::<T>))
            .default_service(routes::only("GET, HEAD")),
    );
}

async fn read<T: Computed>(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let mut asked = T::begin(&request, &shared)?;
    let mut page = Page::default();
    for (name, value) in query_pairs(&request)? {
        let known = T::READ.contains(&name.as_str()) || matches!(name.as_str(), "_format" | "_pretty");
        if !known || take(&mut asked, &mut page, (&name, &value))? == Taken::Unknown {
            return Err(unknown::<T>(&name));
        }
    }
    let gateway = Arc::clone(&shared.gateway);
    let subset = page.subset.clone();
    let found = web::block(move || asked.read(&gateway, &path, &subset)).await.map_err(|_| lost_thread())??;
    let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &[T::NAME]));
    Ok(reply::text_json(StatusCode::OK, part_of::<T>(found.ok_or_else(missing)?, &page.subset)))
}

async fn search<T: Computed>(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let pairs = query_pairs(&request)?;
    answer::<T>(request, pairs, shared).await
}

async fn search_by_form<T: Computed>(
    request: HttpRequest,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let pairs = form_pairs(&request, body)?;
    answer::<T>(request, pairs, shared).await
}

async fn answer<T: Computed>(
    request: HttpRequest,
    pairs: Vec<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept_form(&request, &pairs)?;
    let mut asked = T::begin(&request, &shared)?;
    let mut page = Page { room: COUNT, ..Page::default() };
    for (name, value) in &pairs {
        if take(&mut asked, &mut page, (name, value))? == Taken::Unknown {
            return Err(unknown::<T>(name));
        }
    }
    if page.subset.summary == Summary::Count {
        page.room = 0;
    }
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base(&request).into_owned());
    let text = web::block(move || {
        let mut found = asked.find(&gateway, &page)?;
        found.resources =
            found.resources.into_iter().map(|(id, text)| (id, part_of::<T>(text, &page.subset))).collect();
        Ok::<_, Problem>(bundle::<T>(&found, &pairs, &base))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// Takes what every search takes, and hands the rest to the type.
fn take<T: Computed>(asked: &mut T, page: &mut Page, (name, value): (&str, &str)) -> Result<Taken, Problem> {
    match name {
        "_format" | "_pretty" | "_total" => {}
        "_count" => page.room = value.parse::<usize>().map_err(|_| bad(name, "50"))?.min(MOST),
        "_summary" => {
            page.subset.summary = Summary::from_code(value).ok_or_else(|| bad(name, "true"))?;
        }
        "_elements" => page.subset.elements.extend(Subset::elements_of(value)),
        _ if name == T::CURSOR => page.after = Some(value.to_owned()),
        _ => return asked.take(name, value),
    }
    Ok(Taken::Yes)
}

/// Answers the part of a resource that is asked for.
fn part_of<T: Computed>(text: String, subset: &Subset) -> String {
    match T::PARTS {
        Parts::Cut => subset.apply_to_computed(T::NAME, text),
        Parts::Own => text,
    }
}

fn unknown<T: Computed>(sent: &str) -> Problem {
    let own = T::PARAMETERS.iter().map(|(name, ..)| *name);
    let names: Vec<&str> = own.chain(T::BESIDE.iter().copied()).collect();
    Problem(unknown_parameter(sent, T::NAME, &names))
}

/// Answers a value as `self` may repeat it: what may be an identifier of a person is left out. What is
/// computed has identifiers of ours alone, and by any other nothing is found.
fn shown<'v>(name: &str, value: &'v str) -> &'v str {
    let bare = name.split(':').next().unwrap_or(name);
    let ours = value.starts_with(CANONICAL_BASE);
    match bare {
        "identifier" if !ours => "...",
        "patient" | "subject" | "member" if value.contains('|') && !ours => "...",
        _ => value,
    }
}

/// Answers the Bundle of a page: `self` tells what was asked, `next` the same from where this page ends.
fn bundle<T: Computed>(found: &Found, pairs: &[(String, String)], base: &str) -> String {
    let name = T::NAME;
    let address = |pairs: &[(&str, &str)]| {
        let parts: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("{base}/{name}{}{}", if parts.is_empty() { "" } else { "?" }, parts.join("&"))
    };
    let said: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let own: Vec<(&str, &str)> = said.iter().map(|(name, value)| (*name, shown(name, value))).collect();
    let next = found.next.as_ref().map(|cursor| {
        let mut next: Vec<(&str, &str)> = said.iter().copied().filter(|(name, _)| *name != T::CURSOR).collect();
        next.push((T::CURSOR, cursor));
        address(&next)
    });
    let size: usize = found.resources.iter().map(|(_, json)| json.len() + 160).sum();
    let mut out = Searchset::begin(size, Some(found.total), (&address(&own), next.as_deref()));
    for (id, json) in &found.resources {
        out.add(format_args!("{base}/{name}/{id}"), json, Mode::Match);
    }
    if let Some(outcome) = &found.outcome {
        out.tell(outcome);
    }
    out.text()
}
