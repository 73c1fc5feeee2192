//! HTTP: routes, headers, access, statuses. The only floor that knows actix and status codes.
//!
//! FHIR R4 RESTful API: http.html. Each handler file cites its section.

mod access;
mod body;
mod bundle;
mod caching;
mod compression;
mod computed;
mod conditional;
mod conformance;
mod cors;
mod create;
mod dated;
mod delete;
mod health;
mod history;
mod home;
mod jobs;
mod metadata;
mod negotiate;
mod operations;
mod panics;
mod part;
mod patch;
mod problem;
mod read;
mod reply;
mod routes;
mod search;
mod searchset;
mod server;
mod trace;
mod update;
mod within;

/// Answers the status of a refusal: for the page that documents each code.
pub use problem::status;
pub use server::{Running, ServerError, listen, start};

use crate::app::Gateway;
use crate::config::Settings;
use crate::fhir::references::same_base;
use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use std::borrow::Cow;
use std::sync::Arc;

/// What every handler sees.
pub struct Shared {
    pub gateway: Arc<Gateway>,
    pub settings: Settings,
    /// Base URL of links where the request does not say another of our own, with `/fhir`, without a slash at
    /// the end.
    usual_base: String,
    /// The CapabilityStatement, rendered once.
    pub metadata: metadata::Rendered,
}

impl Shared {
    /// Answers the base URL of the links of an answer, with `/fhir`, without a slash at the end: where none is
    /// configured and this machine was asked by another of its own names (`localhost`), that one. Some clients
    /// follow no link that does not begin as they were told to ask.
    pub fn base(&self, request: &HttpRequest) -> Cow<'_, str> {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let Some(host) = host.filter(|_| self.settings.base_url.is_none()) else {
            return Cow::Borrowed(&self.usual_base);
        };
        let asked = format!("http://{host}/fhir");
        if same_base(&asked, &self.usual_base) { Cow::Owned(asked) } else { Cow::Borrowed(&self.usual_base) }
    }
}
