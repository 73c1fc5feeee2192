//! `GET /fhir/Patient/{id}/$everything` (patient-operation-everything.html).

use crate::app;
use crate::app::{Everything, Role};
use crate::fhir::subset::Subset;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::negotiate;
use crate::http::part;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use std::fmt::Write;
use std::sync::Arc;

/// What it takes.
const KNOWN: [&str; 9] = ["_since", "start", "end", "_type", "_count", "_page", "_format", "_summary", "_elements"];

/// Answers the patient, what belongs to it, and whom that names.
pub async fn everything(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let mut pairs = query_pairs(&request)?;
    if request.method() == Method::POST {
        let sent = body.or_empty()?;
        if !sent.is_empty() {
            negotiate::content(&request)?;
            pairs.extend(app::parameter_values(&sent, &KNOWN)?);
        }
    }
    let subset = part::of_pairs(&pairs)?;
    let gateway = Arc::clone(&shared.gateway);
    let address = format!("{}/Patient/{path}/$everything", shared.base(&request));
    let page = web::block(move || gateway.everything(&structure, &path, &pairs)).await.map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, bundle(&page, &subset, (&address, &shared.base(&request)))))
}

fn bundle(page: &Everything, subset: &Subset, (address, base): (&str, &str)) -> String {
    let size: usize = page.resources.iter().map(|(_, r)| r.json.len() + 160).sum();
    let mut out = String::with_capacity(size + 256);
    // Writing to a String cannot fail.
    let _ = write!(out, r#"{{"resourceType":"Bundle","type":"searchset","total":{},"#, page.total);
    part::write_links(&mut out, address, &page.used, page.next.as_deref());
    for (n, (role, resource)) in page.resources.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        let json = subset.apply(resource.kind, &resource.json);
        let mode = match role {
            Role::Match => "match",
            Role::Include => "include",
        };
        let _ = write!(
            out,
            r#"{{"fullUrl":"{base}/{}/{}","resource":{},"search":{{"mode":"{mode}"}}}}"#,
            resource.kind.name(),
            resource.id,
            String::from_utf8_lossy(&json)
        );
    }
    if !page.resources.is_empty() {
        out.push(']');
    }
    out.push('}');
    out
}
