//! Request spans without patient data: method, route template, status; never the path or query.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::{RootSpanBuilder, TracingLogger};

/// Builds our own root span: the crate's default would log the URL, search values included.
pub struct PrivateSpan;

/// Answers the logging middleware.
pub fn logger() -> TracingLogger<PrivateSpan> {
    TracingLogger::new()
}

impl RootSpanBuilder for PrivateSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern().unwrap_or_default();
        tracing::debug_span!("request", http.method = %request.method(), http.route = %route, http.status = tracing::field::Empty)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        if let Ok(response) = outcome {
            span.record("http.status", response.status().as_u16());
        }
    }
}
