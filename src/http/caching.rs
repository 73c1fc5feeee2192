//! Who may keep an answer (RFC 9111): the client alone, and only to ask whether it still holds. Without a word
//! a cache may take what has a date for good, for a tenth of its age (4.2.2).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::Next;

/// Kept by whoever asked, and asked again before it is used: ETag answers 304.
static ASKED_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What is true of this moment, or is a file of patients: kept by nobody.
static KEPT_BY_NOBODY: HeaderValue = HeaderValue::from_static("no-store");

/// Says of every answer that says nothing itself who may keep it.
pub async fn say<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let path = request.path();
    let kept =
        if path.starts_with("/health/") || path.starts_with("/fhir/_jobs/") { &KEPT_BY_NOBODY } else { &ASKED_AGAIN };
    let mut answered = next.call(request).await?;
    let headers = answered.headers_mut();
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, kept.clone());
    }
    Ok(answered)
}
