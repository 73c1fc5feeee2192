//! Answers: media type, ETag, Last-Modified, Location, Prefer.

use super::Shared;
use crate::app::{Outcome, Received, Resource};
use crate::domain::calendar::Instant;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

pub const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// What the client wants back of a write (http.html, "return" preference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    Minimal,
    Representation,
    Outcome,
}

/// Reads `Prefer: return=...`; a representation unless told otherwise.
pub fn preferred(request: &HttpRequest) -> Return {
    match prefer(request, "return").as_deref() {
        Some("minimal") => Return::Minimal,
        Some("OperationOutcome") => Return::Outcome,
        _ => Return::Representation,
    }
}

/// Answers the value of one preference of the Prefer headers.
pub fn prefer(request: &HttpRequest, name: &str) -> Option<String> {
    request
        .headers()
        .get_all("Prefer")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split([',', ';']))
        .filter_map(|item| item.trim().split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

/// Answers whether a preference without a value is among those of the Prefer headers.
pub fn prefers(request: &HttpRequest, wanted: &str) -> bool {
    let headers = request.headers().get_all("Prefer").filter_map(|value| value.to_str().ok());
    headers.flat_map(|text| text.split([',', ';'])).any(|item| item.trim().eq_ignore_ascii_case(wanted))
}

/// Answers a resource as JSON, 200.
pub fn ok(resource: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, resource)
}

/// Answers a resource as JSON.
pub fn json(status: StatusCode, resource: &impl Serialize) -> HttpResponse {
    match serde_json::to_string(resource) {
        Ok(text) => text_json(status, text),
        Err(_) => HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

pub fn text_json(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status).content_type(HeaderValue::from_static(FHIR_JSON)).body(text)
}

/// Answers the text of JSON that was stored: nearly free where it is what it should be.
pub fn as_text(json: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(json).map_or_else(|_| String::from_utf8_lossy(json), Cow::Borrowed)
}

/// Answers a stored resource with its version headers.
pub fn resource(resource: Resource) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(HeaderValue::from_static(FHIR_JSON))
        .insert_header((header::ETAG, etag(resource.version)))
        .insert_header((header::LAST_MODIFIED, last_modified(resource.known)))
        .body(resource.json)
}

/// Answers a write: 201 with Location for a creation, 200 for the rest, with what the client prefers.
pub fn received(received: Received, request: &HttpRequest, (shared, structure): (&Shared, &str)) -> HttpResponse {
    let preferred = preferred(request);
    let received = match preferred {
        Return::Outcome => shared.gateway.advised(structure, received),
        Return::Minimal | Return::Representation => received,
    };
    let status = if received.outcome == Outcome::Created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::ETAG, etag(received.version)));
    response.insert_header((header::LAST_MODIFIED, last_modified(received.known)));
    let base = shared.base(request);
    let location = format!("{base}/{}/{}/_history/{}", received.kind.name(), received.id, received.version);
    response.insert_header((header::LOCATION, location));
    match preferred {
        Return::Minimal => response.finish(),
        Return::Representation => response.content_type(HeaderValue::from_static(FHIR_JSON)).body(received.json()),
        Return::Outcome => {
            let outcome = if received.issues.is_empty() {
                let told = if received.outcome == Outcome::Unchanged { &issues::UNCHANGED } else { &issues::STORED };
                render::operation_outcome(&[Issue::general(told, &[])])
            } else {
                render::operation_outcome(&received.issues)
            };
            response.content_type(HeaderValue::from_static(FHIR_JSON)).body(outcome.to_string())
        }
    }
}

pub fn etag(version: u32) -> String {
    format!("W/\"{version}\"")
}

/// Answers the instant as an HTTP date (whole seconds).
pub fn last_modified(known: Instant) -> header::HttpDate {
    let micros = u64::try_from(known.0).unwrap_or(0);
    header::HttpDate::from(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
}
