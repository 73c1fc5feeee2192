//! Which answers are compressed: a short one costs more than it saves.

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, HeaderValue};
use actix_web::middleware::Next;

/// Bytes from which an answer is compressed.
const WORTH: u64 = 1024;

const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// Inside the compression: marks what is too short for it.
pub async fn spare_short<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut answered = next.call(request).await?;
    if matches!(answered.response().body().size(), BodySize::Sized(size) if size < WORTH) {
        answered.headers_mut().insert(CONTENT_ENCODING, AS_IT_IS);
    }
    Ok(answered)
}

/// Outside the compression: takes the mark away.
pub async fn unmark<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut answered = next.call(request).await?;
    if answered.headers().get(CONTENT_ENCODING) == Some(&AS_IT_IS) {
        answered.headers_mut().remove(CONTENT_ENCODING);
    }
    Ok(answered)
}
