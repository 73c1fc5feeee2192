//! Media types in and out, and answers for what has no route.

use super::problem::Problem;
use super::{access, routes, search};
use crate::app::{OF_THE_ANSWER, Reason, only_known};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::terminology::Published;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

const JSON_TYPES: [&str; 4] = ["application/fhir+json", "application/json", "application/json+fhir", "text/json"];

/// The only version of FHIR spoken, as the parameter `fhirVersion` of a media type says it.
const FHIR_VERSION: &str = "4.0";

/// Refuses a body that is not FHIR JSON of R4 in UTF-8 (415). A missing Content-Type is taken as JSON.
pub fn content(request: &HttpRequest) -> Result<(), Problem> {
    encoding(request)?;
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else { return Ok(()) };
    let text = value.to_str().unwrap_or("").to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or("");
    let read = parts.filter_map(|p| p.split_once('=')).all(|(key, value)| match (key.trim(), unquoted(value)) {
        ("charset", charset) => matches!(charset, "utf-8" | "utf8"),
        ("fhirversion", version) => version.starts_with(FHIR_VERSION),
        _ => true,
    });
    if JSON_TYPES.contains(&media) && read {
        Ok(())
    } else {
        Err(Problem::new(Reason::MediaType, Issue::general(&issues::MEDIA_TYPE, &["application/fhir+json"])))
    }
}

/// Refuses a body compressed in a way we do not read (415).
pub fn encoding(request: &HttpRequest) -> Result<(), Problem> {
    let Some(value) = request.headers().get(header::CONTENT_ENCODING) else { return Ok(()) };
    let sent = value.to_str().unwrap_or("").trim().to_ascii_lowercase();
    if matches!(sent.as_str(), "gzip" | "deflate" | "identity" | "") {
        return Ok(());
    }
    Err(Problem::new(Reason::MediaType, Issue::general(&issues::CONTENT_ENCODING, &[])))
}

/// Refuses a client that takes no JSON at all (406). `_format` wins over Accept (http.html, content types).
pub fn accept(request: &HttpRequest) -> Result<(), Problem> {
    if let Some(format) = format_parameter(request) {
        return format_is_json(&format);
    }
    // Several headers are one list (RFC 9110, 5.3).
    let mut wanted = request.headers().get_all(header::ACCEPT).filter_map(|v| v.to_str().ok()).peekable();
    let takes = wanted.peek().is_none() || wanted.any(|list| list.split(',').any(takes_json));
    if takes { Ok(()) } else { Err(not_acceptable()) }
}

/// The same of a search by form, whose body may say `_format` as well as its address.
pub fn accept_form(request: &HttpRequest, pairs: &[(String, String)]) -> Result<(), Problem> {
    match pairs.iter().find(|(key, _)| key == "_format") {
        Some((_, format)) => format_is_json(&format.replace(' ', "+")),
        None => accept(request),
    }
}

fn format_is_json(format: &str) -> Result<(), Problem> {
    if takes_json(format) { Ok(()) } else { Err(not_acceptable()) }
}

/// Answers whether a media range with its parameters takes what is served; `q=0` says it does not.
fn takes_json(item: &str) -> bool {
    let mut parts = item.split(';').map(str::trim);
    is_json(parts.next().unwrap_or(""))
        && parts.filter_map(|p| p.split_once('=')).all(|(key, value)| {
            let (key, value) = (key.trim(), unquoted(value));
            if key.eq_ignore_ascii_case("fhirVersion") {
                return value.starts_with(FHIR_VERSION);
            }
            !(key.eq_ignore_ascii_case("q") && value.parse::<f32>() == Ok(0.0))
        })
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches('"')
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

/// Refuses a parameter that the interaction on a resource does not take beside how the answer is written,
/// unless the client prefers that it be passed over. The address is told by its type and what is below.
pub fn takes(request: &HttpRequest, beside: &[&str], (kind, below): (&str, &str)) -> Result<(), Problem> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    let known = [&OF_THE_ANSWER, beside].concat();
    let place = format!("{} {kind}{below}", request.method());
    Ok(only_known(&search::query_pairs(request)?, &known, (&place, search::unknown(request)))?)
}

/// Answers a path that is no route: an unaccepted type when it looks like one, else not found.
pub async fn no_such_route(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut segments = request.path().trim_start_matches('/').split('/');
    if segments.next() == Some("fhir")
        && let Some(name) = segments.next()
    {
        let is_type = name.starts_with(|c: char| c.is_ascii_uppercase());
        if is_type && Published::from_name(name).is_none() {
            access::kind(name)?;
        }
        let operation = request.path().rsplit('/').next().filter(|s| s.starts_with('$'));
        if let Some(operation) = operation.filter(|_| is_type || name.starts_with('$')) {
            return Err(unknown_operation(name, operation));
        }
    }
    Err(Problem::new(Reason::NotFound, Issue::general(&issues::NO_SUCH_ADDRESS, &[])))
}

/// Answers the refusal of an operation that a type does not have: where it is asked, when it is one of
/// ours, else the nearest one there is.
fn unknown_operation(kind: &str, operation: &str) -> Problem {
    let places = match kind.starts_with('$') {
        true => routes::places_of_any_type(operation.trim_start_matches('$')),
        false => routes::places_of(operation.trim_start_matches('$')),
    };
    if !places.is_empty() {
        // Its name is one of our own: it may be repeated.
        let args = [operation, &places.join(", ")];
        return Problem::new(Reason::NotSupported, Issue::general(&issues::OPERATION_PLACE, &args));
    }
    let known: Vec<&str> = match Published::from_name(kind) {
        Some(published) => super::conformance::operation_names(published),
        None => {
            let own = super::routes::PATIENT_OPERATIONS.iter().filter(|_| kind == "Patient");
            let of_structure = super::routes::STRUCTURE_OPERATIONS.iter().filter(|_| kind == "Organization");
            own.chain(of_structure).chain(super::routes::TYPE_OPERATIONS).map(|(name, _)| *name).collect()
        }
    };
    let known: Vec<String> = known.into_iter().map(|name| format!("${name}")).collect();
    let near = if known.is_empty() { String::new() } else { format!(" ({} ?)", nearest(operation, &known)) };
    Problem::new(Reason::NotSupported, Issue::general(&issues::OPERATION_UNKNOWN, &["?", &near]))
}

/// Answers the known word nearest to the one sent (never the word sent: it may be anything).
pub fn nearest(sent: &str, known: &[String]) -> String {
    known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(sent, a).total_cmp(&strsim::jaro_winkler(sent, b)))
        .cloned()
        .unwrap_or_default()
}

/// Answers a method the route does not have, with those it has (also as the header Allow).
pub fn method_not_allowed(request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish();
    }
    let mut segments = request.path().trim_start_matches('/').split('/');
    if let (Some("fhir"), Some(name)) = (segments.next(), segments.next())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && Published::from_name(name).is_none()
        && !routes::COMPUTED.contains(&name)
        && let Err(unaccepted) = access::kind(name)
    {
        return unaccepted.error_response();
    }
    // A method's name is the client's: only the usual ones are repeated.
    let sent = match request.method().as_str() {
        usual @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => usual,
        _ => "?",
    };
    let issue = Issue::general(&issues::METHOD_NOT_ALLOWED, &[sent, allowed]);
    let mut response = Problem::new(Reason::MethodNotAllowed, issue).error_response();
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}
