//! What part of an answer is wanted, and how: `_summary`, `_elements`, `_pretty`, links to pages.

use super::problem::Problem;
use super::search::query_pairs;
use crate::app::{CURSOR, Reason};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::search::encoded;
use crate::fhir::subset::Subset;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};

/// Reads `_summary` and `_elements` of the address.
pub fn subset(request: &HttpRequest) -> Result<Subset, Problem> {
    let query = request.query_string();
    if !query.contains("_summary") && !query.contains("_elements") {
        return Ok(Subset::default());
    }
    of_pairs(&query_pairs(request)?)
}

/// Reads `_summary` and `_elements` of parameters.
pub fn of_pairs(pairs: &[(String, String)]) -> Result<Subset, Problem> {
    Subset::of(pairs).ok_or_else(|| {
        let args = ["_summary", "code (true, text, data, count, false)"];
        Problem::new(Reason::NotSupported, Issue::general(&issues::SEARCH_VALUE, &args))
    })
}

/// Indents the answer where the address says `_pretty=true`, whatever the answer is.
pub async fn indent<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let wanted = request.query_string().split('&').any(|pair| pair == "_pretty=true");
    let answered = next.call(request).await?.map_into_boxed_body();
    let json = |response: &HttpResponse| {
        let media = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        media.is_some_and(|media| media.contains("json"))
    };
    if !wanted || !json(answered.response()) {
        return Ok(answered);
    }
    Ok(answered.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) => BoxBody::new(json::pretty(&bytes)),
        Err(body) => body,
    }))
}

/// Writes the links of a Bundle: to the page itself, and to the next one where there is one.
pub fn write_links(out: &mut String, address: &str, used: &[(String, String)], next: Option<&str>) {
    let quoted = |cursor| serde_json::Value::from(link(address, used, cursor)).to_string();
    out.push_str(r#""link":[{"relation":"self","url":"#);
    out.push_str(&quoted(None));
    if next.is_some() {
        out.push_str(r#"},{"relation":"next","url":"#);
        out.push_str(&quoted(next));
    }
    out.push_str("}]");
}

/// Answers an address below the base with what was asked, and the cursor of a next page.
pub fn link(address: &str, used: &[(String, String)], cursor: Option<&str>) -> String {
    let cursor = cursor.map(|text| (CURSOR, text));
    let pairs = used.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(cursor);
    pairs.enumerate().fold(address.to_owned(), |link, (n, (name, value))| {
        let separator = if n == 0 { '?' } else { '&' };
        format!("{link}{separator}{}={}", encoded(name), encoded(value))
    })
}
