//! search (search.html): `GET /fhir/{type}?...`, strict.

use super::problem::Problem;
use super::{Shared, access, negotiate, problem, reply};
use crate::app::Page;
use crate::app::Reason;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::http::StatusCode;
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
    let gateway = Arc::clone(&shared.gateway);
    let page =
        web::block(move || gateway.search(&structure, kind, &pairs)).await.map_err(|_| problem::lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, bundle(&page, &shared.base)))
}

/// Answers the decoded query parameters, in order.
pub fn query_pairs(request: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
    web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|_| Problem::new(Reason::NotSupported, Issue::general(&issues::SEARCH_VALUE, &["?", "UTF-8"])))
}

/// Writes the Bundle around the resources as they are, without reading them again.
pub fn bundle(page: &Page, base: &str) -> String {
    let size: usize = page.resources.iter().map(|r| r.json.len() + 120).sum();
    let mut out = String::with_capacity(size + 256);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    out.push_str(&format!(r#"{{"resourceType":"Bundle","type":"searchset","total":{},"link":["#, page.total));
    out.push_str(&format!(r#"{{"relation":"self","url":{}}}"#, quoted(&format!("{base}/{}", page.self_link))));
    if let Some(next) = &page.next_link {
        out.push_str(&format!(r#",{{"relation":"next","url":{}}}"#, quoted(&format!("{base}/{next}"))));
    }
    out.push(']');
    for (n, resource) in page.resources.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        out.push_str(&format!(r#"{{"fullUrl":"{base}/{}/{}","resource":"#, resource.kind.name(), resource.id));
        out.push_str(&String::from_utf8_lossy(&resource.json));
        out.push_str(r#","search":{"mode":"match"}}"#);
    }
    if !page.resources.is_empty() {
        out.push(']');
    }
    out.push('}');
    out
}
