//! Who asks, for which structure.
//!
//! Open access (demo mode on loopback): the header `X-MTR-Structure`, else `--structure`.
//! Closed access: nobody, until clients with credentials exist.

use super::problem::Problem;
use super::{Shared, reply};
use crate::app::{Handling, Reason};
use crate::config::Access;
use crate::config::is_id;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use actix_web::HttpRequest;

/// Answers the structure the request speaks for.
pub fn structure(request: &HttpRequest, shared: &Shared) -> Result<String, Problem> {
    if shared.settings.access == Access::Closed {
        return Err(Problem::new(Reason::SignIn, Issue::general(&issues::SIGN_IN, &[])));
    }
    match request.headers().get("X-MTR-Structure") {
        None => Ok(shared.settings.structure.clone()),
        Some(value) => match value.to_str() {
            Ok(id) if is_id(id) => Ok(id.to_owned()),
            _ => Err(Problem::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &["X-MTR-Structure"]))),
        },
    }
}

/// Answers the accepted type named in the path.
pub fn kind(name: &str) -> Result<Kind, Problem> {
    Kind::from_name(name).ok_or_else(|| {
        let accepted: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
        Problem::new(Reason::UnacceptedType, Issue::general(&issues::UNACCEPTED_TYPE, &["?", &accepted.join(", ")]))
    })
}

/// Reads `Prefer: handling=strict|lenient`.
pub fn handling(request: &HttpRequest) -> Handling {
    match reply::prefer(request, "handling").as_deref() {
        Some("strict") => Handling::Strict,
        _ => Handling::Lenient,
    }
}
