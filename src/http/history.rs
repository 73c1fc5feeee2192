//! history (http.html#history): of a resource, of a type, of the structure.

use super::part;
use super::problem::{Problem, lost_thread};
use super::search::query_pairs;
use super::{Shared, access, negotiate, reply};
use crate::app::{HISTORY_PARAMETERS, HistoryOf, HistoryPage, Told};
use crate::fhir::subset::Subset;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::fmt::Write;
use std::sync::Arc;

/// Answers the versions of a resource.
pub async fn of_instance(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let address = format!("{}/{name}/{id}/_history", shared.base(&request));
    answer(&request, &shared, (HistoryOf::Instance(access::kind(&name)?, id), address)).await
}

/// Answers the versions of all resources of a type.
pub async fn of_type(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let address = format!("{}/{path}/_history", shared.base(&request));
    answer(&request, &shared, (HistoryOf::Type(access::kind(&path)?), address)).await
}

/// Answers the versions of everything in the structure.
pub async fn of_system(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let address = format!("{}/_history", shared.base(&request));
    answer(&request, &shared, (HistoryOf::System, address)).await
}

async fn answer(
    request: &HttpRequest,
    shared: &Shared,
    (of, address): (HistoryOf, String),
) -> Result<HttpResponse, Problem> {
    negotiate::accept(request)?;
    let structure = access::structure(request, shared)?;
    let pairs = history_pairs(request)?;
    let subset = part::of_pairs(&pairs)?;
    let gateway = Arc::clone(&shared.gateway);
    // Old versions are read from files.
    let page = web::block(move || gateway.history(&structure, &of, &pairs)).await.map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, bundle(&page, &subset, (&address, &shared.base(request)))))
}

/// Answers what is asked of a history.
pub fn history_pairs(request: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs = query_pairs(request)?;
    // Lenient handling that was asked for lets unknown parameters pass; `self` says what was used.
    if reply::prefer(request, "handling").as_deref() == Some("lenient") {
        pairs.retain(|(name, _)| HISTORY_PARAMETERS.contains(&name.as_str()));
    }
    Ok(pairs)
}

/// Writes the Bundle around the versions as they are.
fn bundle(page: &HistoryPage, subset: &Subset, (address, base): (&str, &str)) -> String {
    let size: usize = page.versions.iter().map(|v| v.json.as_ref().map_or(0, Vec::len) + 300).sum();
    let mut out = String::with_capacity(size + 256);
    // Writing to a String cannot fail.
    let _ = write!(out, r#"{{"resourceType":"Bundle","type":"history","total":{},"#, page.total);
    part::write_links(&mut out, address, &page.used, page.next.as_deref());
    for (n, told) in page.versions.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        write_version(&mut out, told, subset, base);
    }
    if !page.versions.is_empty() {
        out.push(']');
    }
    out.push('}');
    out
}

fn write_version(out: &mut String, told: &Told, subset: &Subset, base: &str) {
    let (kind, id) = (told.kind.name(), &told.id);
    let _ = write!(out, r#"{{"fullUrl":"{base}/{kind}/{id}","#);
    if let Some(json) = &told.json {
        let _ = write!(out, r#""resource":{},"#, String::from_utf8_lossy(&subset.apply(told.kind, json)));
    }
    let created = told.version == 1;
    // Ids of ours are given by create, all others by update.
    let ours = uuid::Uuid::try_parse(id).is_ok_and(|uuid| uuid.get_version_num() == 7);
    let (method, url, status) = match told.json {
        None => ("DELETE", format!("{kind}/{id}"), "204 No Content"),
        Some(_) if created && ours => ("POST", kind.to_owned(), "201 Created"),
        Some(_) if created => ("PUT", format!("{kind}/{id}"), "201 Created"),
        Some(_) => ("PUT", format!("{kind}/{id}"), "200 OK"),
    };
    let _ = write!(
        out,
        r#""request":{{"method":"{method}","url":"{url}"}},"response":{{"status":"{status}","etag":"W/\"{}\"","lastModified":"{}"}}}}"#,
        told.version, told.known
    );
}
