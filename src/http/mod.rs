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
use std::sync::Arc;

/// What every handler sees.
pub struct Shared {
    pub gateway: Arc<Gateway>,
    pub settings: Settings,
    /// Base URL of links, with `/fhir`, without a slash at the end.
    pub base: String,
    /// The CapabilityStatement, rendered once.
    pub metadata: metadata::Rendered,
}
