//! Refusals as HTTP: the one place where a reason gets its status (design: house, errors).

use super::reply;
use crate::app;
use crate::app::{Failure, Reason};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use std::fmt;

/// A refusal on its way out.
pub struct Problem(pub Failure);

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem(failure)
    }
}

impl Problem {
    pub fn new(reason: Reason, issue: Issue) -> Problem {
        Problem(Failure::new(reason, issue))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.0.issues.iter().map(|i| i.kind.code).collect();
        write!(f, "{}", codes.join(" "))
    }
}

impl fmt::Debug for Problem {
    /// Codes only: logs print errors so, and the issues' arguments may name what the client sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Answers the status of a reason.
pub fn status(reason: Reason) -> StatusCode {
    match reason {
        Reason::Malformed | Reason::NotSupported => StatusCode::BAD_REQUEST,
        Reason::Contract => StatusCode::UNPROCESSABLE_ENTITY,
        Reason::UnacceptedType | Reason::NotFound => StatusCode::NOT_FOUND,
        Reason::Gone => StatusCode::GONE,
        Reason::Conflict | Reason::Contended => StatusCode::CONFLICT,
        Reason::Timeout => StatusCode::REQUEST_TIMEOUT,
        Reason::Precondition => StatusCode::PRECONDITION_FAILED,
        Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Reason::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Reason::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::SignIn => StatusCode::UNAUTHORIZED,
        Reason::Forbidden => StatusCode::FORBIDDEN,
        Reason::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Reason::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Reason::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(self.0.reason)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let status = status(self.0.reason);
        if status.is_server_error() {
            tracing::error!(http.status = status.as_u16(), issue.codes = %self, "request failed");
        }
        let mut response = reply::json(status, &render::operation_outcome(&self.0.issues));
        let later = match self.0.reason {
            Reason::Busy | Reason::Contended => Some("1"),
            Reason::Throttled => Some(app::RETRY_LATER),
            _ => None,
        };
        if let Some(seconds) = later {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if self.0.reason == Reason::SignIn {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A thread of the pool died: a bug, told once in the log.
pub fn lost_thread() -> Problem {
    Problem::new(Reason::Internal, Issue::general(&issues::INTERNAL, &[]))
}
