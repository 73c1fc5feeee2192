//! Conditional update, delete and patch (http.html#cond-update, #cdelete): `PUT /fhir/{type}?...`
//! and its like, and what all of them read of a request.

use super::body::Body;
use super::problem::{self, Problem};
use super::update::listed;
use super::{Shared, access, delete, negotiate, patch, reply};
use crate::app::{Cascade, Done, Failure, Interaction, Outcome, Received, Target};
use crate::domain::fact::Kind;
use crate::fhir::bundle::Method;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// The parameters of an address that are no criterion.
const ASIDE: [&str; 3] = ["_format", "_pretty", "_cascade"];

/// Replaces what the criteria find, or creates it.
pub async fn update(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let body = body.bytes()?;
    let received =
        run(&request, &shared, structure.clone(), Wanted { method: Method::Put, kind, id: None, body }).await?;
    Ok(reply::received(received, &request, (&shared, &structure)))
}

/// Deletes what the criteria find: one, or where the settings allow it several together.
pub async fn remove(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let kind = access::kind(&path)?;
    let wanted = Wanted { method: Method::Delete, kind, id: None, body: web::Bytes::new() };
    let (count, version) = match interact(&request, &shared, structure, wanted).await? {
        Done::Removed(count) => (count, None),
        Done::Written(one) if one.outcome == Outcome::Deleted => (1 + one.beside, Some(one.version)),
        Done::Written(_) => (0, None),
    };
    Ok(delete::deleted(&request, count, version))
}

/// Patches what the criteria find.
pub async fn amend(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    patch::run(&request, (&path, None), body, &shared).await
}

/// What is asked of one resource.
pub struct Wanted {
    pub method: Method,
    pub kind: Kind,
    /// `None`: the criteria of the address find it.
    pub id: Option<String>,
    pub body: web::Bytes,
}

/// Runs an interaction that writes one resource.
pub async fn run(
    request: &HttpRequest,
    shared: &Shared,
    structure: String,
    wanted: Wanted,
) -> Result<Received, Problem> {
    match interact(request, shared, structure, wanted).await? {
        Done::Written(received) => Ok(received),
        Done::Removed(_) => Err(Problem(Failure::internal())),
    }
}

/// Runs an interaction on a thread of its own: once begun it is not given up.
async fn interact(request: &HttpRequest, shared: &Shared, structure: String, wanted: Wanted) -> Result<Done, Problem> {
    let if_match = listed(request.headers(), &IF_MATCH, "If-Match")?;
    let if_none_match = listed(request.headers(), &IF_NONE_MATCH, "If-None-Match")?;
    let (cascade, handling) = (cascade(request), access::handling(request));
    let condition = criteria(request.query_string(), &ASIDE);
    let gateway = Arc::clone(&shared.gateway);
    let answered = web::block(move || {
        let Wanted { method, kind, id, body } = wanted;
        let interaction = Interaction {
            method,
            kind,
            target: id.as_deref().map_or(Target::Condition(&condition), Target::Id),
            body: (!body.is_empty()).then_some(&*body),
            if_match: if_match.as_deref(),
            if_none_match: if_none_match.as_deref(),
            cascade,
        };
        gateway.interact(&structure, &interaction, handling)
    });
    Ok(answered.await.map_err(|_| problem::lost_thread())??)
}

/// Reads `_cascade=delete`.
pub fn cascade(request: &HttpRequest) -> Cascade {
    if request.query_string().split('&').any(|pair| pair == "_cascade=delete") {
        Cascade::Dependants
    } else {
        Cascade::Refuse
    }
}

/// Answers the criteria of an address, as they stand there, without the parameters that are none.
pub fn criteria(query: &str, aside: &[&str]) -> String {
    let name = |pair: &str| pair.split('=').next().unwrap_or("").to_owned();
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !aside.contains(&name(pair).as_str())).collect();
    kept.join("&")
}
