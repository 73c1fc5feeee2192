//! The body of a request: read whole, within the limit and in time, or refused.

use super::problem::Problem;
use crate::app::Reason;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long a client may take to send its body: a connection that sends nothing more is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// The largest body taken, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

/// A whole body, or why there is none. Access and address are judged first, so it is no refusal yet.
pub struct Body(Result<web::Bytes, Problem>);

impl Body {
    /// Answers the bytes; 413 names the limit, 408 says nothing was written, 400 that there is no body.
    pub fn bytes(self) -> Result<web::Bytes, Problem> {
        let bytes = self.0?;
        if bytes.is_empty() {
            return Err(Problem::new(Reason::Malformed, Issue::general(&issues::EMPTY_BODY, &[])));
        }
        Ok(bytes)
    }
}

impl Body {
    /// Answers the bytes of a request that may have none.
    pub fn or_empty(self) -> Result<web::Bytes, Problem> {
        self.0
    }
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Body, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<BodyLimit>().map_or(0, |limit| limit.0);
        let reading = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let read = match actix_web::rt::time::timeout(PATIENCE, reading).await {
                Ok(Ok(bytes)) => Ok(bytes),
                Ok(Err(error)) => Err(refusal(&error, limit)),
                Err(_) => Err(Problem::new(Reason::Timeout, Issue::general(&issues::TIMEOUT, &[]))),
            };
            Ok(Body(read))
        })
    }
}

fn refusal(error: &actix_web::Error, limit: usize) -> Problem {
    if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Reason::TooLarge, Issue::general(&issues::BODY_TOO_LARGE, &[&limit.to_string()]))
    } else {
        Problem::new(Reason::Malformed, Issue::general(&issues::BODY_UNREADABLE, &[]))
    }
}
