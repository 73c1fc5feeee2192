//! Request spans without patient data: method, route template, status; never the path or query.
//!
//! Nothing is made for a request unless the log is detailed enough to show it.

use super::problem::Problem;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use tracing::{Instrument, Level, Span};

/// Runs a request inside its span.
pub async fn trace<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    if !tracing::enabled!(Level::DEBUG) {
        return next.call(request).await;
    }
    let route = request.match_pattern().unwrap_or_default();
    let method = request.method().clone();
    let span = tracing::debug_span!("request", http.method = %method, http.route = %route, http.status = tracing::field::Empty);
    let outcome = next.call(request).instrument(span.clone()).await;
    record(&span, &outcome);
    outcome
}

fn record<B: MessageBody>(span: &Span, outcome: &Result<ServiceResponse<B>, Error>) {
    if let Ok(response) = outcome {
        span.record("http.status", response.status().as_u16());
        // A refusal is the client's matter and is told to it; only codes are kept here.
        if let Some(problem) = response.response().error().and_then(|e| e.as_error::<Problem>()) {
            tracing::debug!(parent: span, issue.codes = %problem, "refused");
        }
    }
}
