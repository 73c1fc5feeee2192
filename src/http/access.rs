//! Who asks, for which structure.
//!
//! Open access (demo mode on loopback): the header `X-MTR-Structure`, else `--structure`; the header
//! `X-MTR-Role` (practice, payer, authority) says on whose behalf.
//! Closed access: nobody, until clients with credentials exist.

use super::problem::Problem;
use super::{Shared, reply};
use crate::app;
use crate::app::{Handling, Reason, Sees};
use crate::config::Access;
use crate::config::is_id;
use crate::domain::fact::Kind;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::validate::is_resource_type;
use actix_web::HttpRequest;

/// On whose behalf somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A structure's software: sees its own patients and all that is reckoned of them.
    Practice,
    /// The insurer and the regional authority: see what is published, and no patient.
    Payer,
    Authority,
}

/// Who reads what is published.
pub struct Reader {
    pub role: Role,
    pub structure: String,
    /// The structure was named, and not only the one by default.
    pub named: bool,
}

/// Answers who asks: under open access what the header `X-MTR-Role` says, by default a practice.
pub fn reader(request: &HttpRequest, shared: &Shared) -> Result<Reader, Problem> {
    let structure = structure_of(request, shared)?;
    let named = request.headers().contains_key("X-MTR-Structure");
    Ok(Reader { role: role(request)?, structure, named })
}

fn role(request: &HttpRequest) -> Result<Role, Problem> {
    match request.headers().get("X-MTR-Role").map(|value| value.as_bytes()) {
        None | Some(b"practice") => Ok(Role::Practice),
        Some(b"payer") => Ok(Role::Payer),
        Some(b"authority") => Ok(Role::Authority),
        Some(_) => Err(Problem::new(Reason::NotSupported, Issue::general(&issues::HEADER_INVALID, &["X-MTR-Role"]))),
    }
}

impl Reader {
    /// Answers what whoever asks may see of the structure.
    pub fn sees(&self) -> Sees {
        match self.role {
            Role::Practice => Sees::Patients,
            Role::Payer | Role::Authority => Sees::Published,
        }
    }
}

/// Answers the structure the request speaks for. Whoever may only see what is published is refused:
/// every answer about a structure's patients begins here, but those of a Bundle, whose entries are
/// refused one by one (`Gateway::bundle_for`).
pub fn structure(request: &HttpRequest, shared: &Shared) -> Result<String, Problem> {
    let reader = reader(request, shared)?;
    match reader.sees() {
        Sees::Patients => Ok(reader.structure),
        Sees::Published => Err(Problem(app::only_published())),
    }
}

fn structure_of(request: &HttpRequest, shared: &Shared) -> Result<String, Problem> {
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
        // Repeated only where it is a type of FHIR: anything else may be anything.
        let sent = if is_resource_type(name) { name } else { "?" };
        Problem::new(Reason::UnacceptedType, Issue::general(&issues::UNACCEPTED_TYPE, &[sent, &accepted.join(", ")]))
    })
}

/// Reads `Prefer: handling=strict|lenient`.
pub fn handling(request: &HttpRequest) -> Handling {
    match reply::prefer(request, "handling").as_deref() {
        Some("strict") => Handling::Strict,
        _ => Handling::Lenient,
    }
}
