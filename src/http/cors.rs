//! CORS (fetch.spec.whatwg.org): which pages of other origins may ask, from configuration.

use super::jobs::PROGRESS;
use super::operations::CONTROL;
use actix_cors::Cors;
use actix_web::http::header;

/// How long a browser may keep the answer to a preflight, in seconds.
const KEPT: usize = 600;

/// Answers the middleware for these origins; `*` lets every page ask. No cookie is ever read, so
/// none is allowed.
pub fn of(origins: &[String]) -> Cors {
    let cors = if origins.iter().any(|origin| origin == "*") {
        Cors::default().allow_any_origin().send_wildcard()
    } else {
        origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin))
    };
    cors.allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        .allow_any_header()
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::CONTENT_LOCATION,
            header::LAST_MODIFIED,
            header::ALLOW,
            header::CONTENT_DISPOSITION,
            header::RETRY_AFTER,
            header::EXPIRES,
            header::HeaderName::from_static(PROGRESS),
            header::HeaderName::from_static(CONTROL),
            header::HeaderName::from_static("repr-digest"),
        ])
        .max_age(KEPT)
}
