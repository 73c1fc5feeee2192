//! When an answer was made, where it says when a resource was last modified (RFC 9110, 8.8.2.1).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{DATE, HttpDate, LAST_MODIFIED, TryIntoHeaderValue};
use actix_web::middleware::Next;
use std::time::SystemTime;

/// Adds the Date of this very moment: the server keeps one for half a second, and a resource written
/// meanwhile would be modified later than it was answered.
pub async fn date<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut answered = next.call(request).await?;
    if answered.headers().contains_key(LAST_MODIFIED)
        && let Ok(now) = HttpDate::from(SystemTime::now()).try_into_value()
    {
        answered.headers_mut().insert(DATE, now);
    }
    Ok(answered)
}
