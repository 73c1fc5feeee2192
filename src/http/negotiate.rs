//! Media types in and out, and answers for what has no route.

use super::access;
use super::problem::Problem;
use crate::app::Reason;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::HttpRequest;
use actix_web::http::header;

const JSON_TYPES: [&str; 4] = ["application/fhir+json", "application/json", "application/json+fhir", "text/json"];

/// Refuses a body that is not FHIR JSON (415). A missing Content-Type is taken as JSON.
pub fn content(request: &HttpRequest) -> Result<(), Problem> {
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else { return Ok(()) };
    let text = value.to_str().unwrap_or("").to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or("");
    let utf8 = parts
        .filter_map(|p| p.split_once('='))
        .all(|(key, value)| key.trim() != "charset" || matches!(value.trim().trim_matches('"'), "utf-8" | "utf8"));
    if JSON_TYPES.contains(&media) && utf8 {
        Ok(())
    } else {
        Err(Problem::new(Reason::MediaType, Issue::general(&issues::MEDIA_TYPE, &["application/fhir+json"])))
    }
}

/// Refuses a client that takes no JSON at all (406). `_format` wins over Accept (http.html, content types).
pub fn accept(request: &HttpRequest) -> Result<(), Problem> {
    let wanted = match format_parameter(request) {
        Some(format) => return if is_json(&format) { Ok(()) } else { Err(not_acceptable()) },
        None => request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()),
    };
    let Some(wanted) = wanted else { return Ok(()) };
    if wanted.split(',').any(|item| is_json(item.split(';').next().unwrap_or("").trim())) {
        Ok(())
    } else {
        Err(not_acceptable())
    }
}

fn format_parameter(request: &HttpRequest) -> Option<String> {
    let query = request.query_string();
    if !query.contains("_format=") {
        return None;
    }
    let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(query).ok()?;
    pairs.0.into_iter().find(|(key, _)| key == "_format").map(|(_, value)| value.replace(' ', "+"))
}

fn is_json(media: &str) -> bool {
    let media = media.to_ascii_lowercase();
    JSON_TYPES.contains(&media.as_str())
        || matches!(media.as_str(), "*/*" | "application/*" | "text/*" | "json" | "text/plain" | "")
}

fn not_acceptable() -> Problem {
    Problem::new(Reason::NotAcceptable, Issue::general(&issues::NOT_ACCEPTABLE, &["application/fhir+json"]))
}

/// Answers a path that is no route: an unaccepted type when it looks like one, else not found.
pub async fn no_such_route(request: HttpRequest) -> Result<actix_web::HttpResponse, Problem> {
    let mut segments = request.path().trim_start_matches('/').split('/');
    if segments.next() == Some("fhir")
        && let Some(name) = segments.next().filter(|n| n.starts_with(|c: char| c.is_ascii_uppercase()))
    {
        access::kind(name)?;
        if let Some(operation) = request.path().rsplit('/').next().filter(|s| s.starts_with('$')) {
            let known =
                super::routes::PATIENT_OPERATIONS.iter().map(|(name, _)| format!("${name}")).collect::<Vec<_>>();
            let near = format!(" ; {} ?", nearest(operation, &known));
            return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::OPERATION_UNKNOWN, &["?", &near])));
        }
    }
    Err(Problem::new(Reason::NotFound, Issue::general(&issues::NO_SUCH_ADDRESS, &[])))
}

/// Answers the known word nearest to the one sent (never the word sent: it may be anything).
pub fn nearest(sent: &str, known: &[String]) -> String {
    known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(sent, a).total_cmp(&strsim::jaro_winkler(sent, b)))
        .cloned()
        .unwrap_or_default()
}

/// Answers a method the route does not have.
pub async fn method_not_allowed(request: HttpRequest) -> Result<actix_web::HttpResponse, Problem> {
    let mut segments = request.path().trim_start_matches('/').split('/');
    if let (Some("fhir"), Some(name)) = (segments.next(), segments.next().filter(|n| !n.is_empty())) {
        access::kind(name)?;
    }
    Err(Problem::new(
        Reason::MethodNotAllowed,
        Issue::general(&issues::METHOD_NOT_ALLOWED, &[request.method().as_str(), "GET, POST, PUT, DELETE"]),
    ))
}
