//! A bug in a handler answers 500 with an OperationOutcome; the connection and the worker go on.

use super::problem::Problem;
use crate::app::Failure;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// Answers what the handler answers, or that it failed.
///
/// Unwind safety: what handlers share is behind the store's own locks, which outlive a poisoned one.
pub async fn contain<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answered) => answered.map(ServiceResponse::map_into_boxed_body),
        // The text of a panic may hold data: the hook told the log where it was, nothing more.
        Err(_) => Err(Problem(Failure::internal()).into()),
    }
}
