//! search (http.html#search): `GET /fhir/{type}?...` and `POST /fhir/{type}/_search`, the same within a
//! Patient's compartment (`/fhir/Patient/{id}/{type}`), strict unless the client prefers otherwise.

use super::body::Body;
use super::problem::Problem;
use super::searchset::{Mode, Searchset};
use super::{Shared, access, negotiate, problem, reply};
use crate::app::Page;
use crate::app::Reason;
use crate::app::decoded_pairs;
use crate::app::is_short;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::search::Unknown;
use crate::fhir::search::parameter;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// Answers a searchset Bundle; an unknown parameter is refused with the nearest known one.
pub async fn search(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let pairs = query_pairs(&request)?;
    answer(&request, structure, (kind, pairs), &shared).await
}

/// The same with the parameters in a form, beside those of the address.
pub async fn search_by_form(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let pairs = form_pairs(&request, body)?;
    negotiate::accept_form(&request, &pairs)?;
    answer(&request, structure, (kind, pairs), &shared).await
}

/// Answers a search among what is of one Patient (compartmentdefinition-patient.html): the same as a
/// search of the type that names the patient, and its links say so.
pub async fn of_patient(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let (kind, member) = compartment(&path)?;
    let pairs = std::iter::once(member).chain(query_pairs(&request)?).collect();
    answer(&request, structure, (kind, pairs), &shared).await
}

/// The same with the parameters in a form.
pub async fn of_patient_by_form(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let (kind, member) = compartment(&path)?;
    let pairs: Vec<(String, String)> = std::iter::once(member).chain(form_pairs(&request, body)?).collect();
    negotiate::accept_form(&request, &pairs)?;
    answer(&request, structure, (kind, pairs), &shared).await
}

/// Answers the type that is searched, and the parameter that keeps to the patient; what belongs to no
/// patient is in no compartment.
fn compartment((patient, name): &(String, String)) -> Result<(Kind, (String, String)), Problem> {
    const MEMBER: &str = "patient";
    let kind = access::kind(name)?;
    match parameter(kind, MEMBER) {
        Some(_) => Ok((kind, (MEMBER.to_owned(), format!("Patient/{patient}")))),
        None => Err(Problem::new(Reason::NotFound, Issue::general(&issues::NO_SUCH_ADDRESS, &[]))),
    }
}

async fn answer(
    request: &HttpRequest,
    structure: String,
    (kind, pairs): (Kind, Vec<(String, String)>),
    shared: &web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let unknown = unknown(request);
    // To hand a short search to another thread costs more than to make it.
    let page = if is_short(&pairs) {
        shared.gateway.search_with(&structure, kind, &pairs, unknown)?
    } else {
        let gateway = Arc::clone(&shared.gateway);
        web::block(move || gateway.search_with(&structure, kind, &pairs, unknown))
            .await
            .map_err(|_| problem::lost_thread())??
    };
    Ok(reply::text_json(StatusCode::OK, bundle(&page, &shared.base(request))))
}

/// Answers what becomes of parameters that are not known: they are refused, unless the client prefers
/// that they be passed over.
pub fn unknown(request: &HttpRequest) -> Unknown {
    match reply::prefer(request, "handling").as_deref() {
        Some("lenient") => Unknown::Ignored,
        _ => Unknown::Refused,
    }
}

/// Answers the parameters of a search by form: those of the address, then those of the body.
pub fn form_pairs(request: &HttpRequest, body: Body) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs = query_pairs(request)?;
    let form = body.or_empty()?;
    if !form.is_empty() {
        is_form(request)?;
        let unreadable = || Problem::new(Reason::NotSupported, Issue::general(&issues::SEARCH_VALUE, &["?", "UTF-8"]));
        pairs.extend(decoded_pairs(std::str::from_utf8(&form).map_err(|_| unreadable())?.trim())?);
    }
    Ok(pairs)
}

/// Refuses a body that is no form (415).
pub fn is_form(request: &HttpRequest) -> Result<(), Problem> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let sent = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = sent.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case(FORM) {
        return Ok(());
    }
    Err(Problem::new(Reason::MediaType, Issue::general(&issues::MEDIA_TYPE, &[FORM])))
}

/// Answers the decoded query parameters, in order.
pub fn query_pairs(request: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
    web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|_| Problem::new(Reason::NotSupported, Issue::general(&issues::SEARCH_VALUE, &["?", "UTF-8"])))
}

/// Answers the Bundle of a page: what matches, what comes along, what was passed over.
pub fn bundle(page: &Page, base: &str) -> String {
    let all = || page.resources.iter().chain(&page.included);
    let size: usize = all().map(|r| r.json.len() + 120).sum();
    let own = format!("{base}/{}", page.self_link);
    let next = page.next_link.as_ref().map(|next| format!("{base}/{next}"));
    let mut out = Searchset::begin(size, page.total, (&own, next.as_deref()));
    for (n, found) in all().enumerate() {
        let mode = if n < page.resources.len() { Mode::Match } else { Mode::Include };
        out.add(format_args!("{base}/{}/{}", found.kind.name(), found.id), &reply::as_text(&found.json), mode);
    }
    if !page.told.is_empty() {
        out.tell(&render::operation_outcome(&page.told));
    }
    out.text()
}
