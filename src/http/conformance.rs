//! What is published and never received: read, search, and the terminology operations
//! (terminology-service.html). One table says which type has which; routes and the
//! CapabilityStatement are made from it.

use super::body::Body;
use super::history::history_pairs;
use super::part;
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::searchset::{Mode, Searchset};
use super::{Shared, access, metadata, negotiate, reply, routes};
use crate::app::{Edition, TermOperation, TermQuestion};
use crate::fhir::terminology::Found;
use crate::fhir::terminology::Published;
use crate::fhir::terminology::rows;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

/// An operation, what it answers, and whether it may be asked of one resource.
type Offered = (TermOperation, &'static str, Level);

/// Where an operation may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Type,
    TypeAndInstance,
}

/// The operations of each published type.
fn operations(kind: Published) -> &'static [Offered] {
    match kind {
        Published::ValueSet => &[
            (TermOperation::Expand, "Les codes du ValueSet ; url, filter, count, offset", Level::TypeAndInstance),
            (TermOperation::ValidateCode, "Le code est-il dans le ValueSet ?", Level::TypeAndInstance),
        ],
        Published::CodeSystem => &[
            (TermOperation::Lookup, "Ce qui est dit d'un code", Level::Type),
            (TermOperation::ValidateCode, "Le code est-il dans le CodeSystem ?", Level::TypeAndInstance),
        ],
        Published::ConceptMap => {
            &[(TermOperation::Translate, "Le code standard d'un code local", Level::TypeAndInstance)]
        }
        Published::StructureDefinition
        | Published::SearchParameter
        | Published::OperationDefinition
        | Published::ChargeItemDefinition
        | Published::Measure
        | Published::Library => &[],
    }
}

/// Answers the names of the operations of a published type.
pub fn operation_names(kind: Published) -> Vec<&'static str> {
    let own = operations(kind).iter().map(|(operation, ..)| operation.name());
    let on_measures = routes::MEASURE_OPERATIONS.iter().filter(|_| kind == Published::Measure).map(|(name, _)| *name);
    own.chain(on_measures).collect()
}

/// Declares the routes. Nothing is written: the other methods answer 405.
pub fn routes(app: &mut web::ServiceConfig) {
    for kind in Published::ALL.iter().copied() {
        let name = kind.name();
        for (operation, _, level) in operations(kind) {
            let operation = *operation;
            let ask = move |request: HttpRequest, body: Body, shared: web::Data<Shared>| {
                answer(request, body, shared, (kind, operation))
            };
            let mut paths = vec![format!("/fhir/{name}/${}", operation.name())];
            if *level == Level::TypeAndInstance {
                paths.push(format!("/fhir/{name}/{{id}}/${}", operation.name()));
            }
            app.service(
                web::resource(paths).route(routes::asks().to(ask)).default_service(routes::only("GET, HEAD, POST")),
            );
        }
        let by_form = move |request, body, shared| search_by_form(request, body, shared, kind);
        app.service(
            web::resource(format!("/fhir/{name}"))
                .route(routes::reads().to(move |request, shared| search(request, shared, kind)))
                .default_service(routes::only("GET, HEAD")),
        )
        .service(
            web::resource(format!("/fhir/{name}/_search"))
                .route(web::post().to(by_form))
                .default_service(routes::only("POST")),
        )
        .service(
            web::resource(format!("/fhir/{name}/{{id}}/_history"))
                .route(routes::reads().to(move |request, path, shared| history(request, path, shared, kind)))
                .default_service(routes::only("GET, HEAD")),
        )
        .service(
            web::resource(format!("/fhir/{name}/{{id}}/_history/{{version}}"))
                .route(routes::reads().to(move |request, shared| read(request, shared, kind)))
                .default_service(routes::only("GET, HEAD")),
        )
        .service(
            web::resource([format!("/fhir/{name}/{{operation:\\$[^/]*}}"), format!("/fhir/{name}/{{id}}/{{tail:.*}}")])
                .route(web::to(negotiate::no_such_route)),
        )
        .service(
            web::resource(format!("/fhir/{name}/{{id}}"))
                .route(routes::reads().to(move |request, shared| read(request, shared, kind)))
                .default_service(routes::only("GET, HEAD")),
        );
    }
}

/// Answers each published type as the CapabilityStatement tells it.
pub fn capabilities() -> Vec<Value> {
    Published::ALL.iter().map(|kind| capability(*kind)).collect()
}

fn capability(kind: Published) -> Value {
    let parameters: Vec<Value> = rows(kind)
        .map(|row| json!({"name": row.name, "type": row.search_type, "definition": row.definition}))
        .collect();
    let interactions = ["read", "vread", "history-instance", "search-type"].map(|code| json!({"code": code}));
    let mut out = json!({
        "type": kind.name(),
        "documentation": "Publié, en lecture seule (published, read only). Paramètres de résultat : _count, _summary, _elements, _total.",
        "interaction": interactions,
        "versioning": "versioned",
        "readHistory": true,
        "searchParam": parameters,
    });
    let mut told: Vec<Value> = operations(kind)
        .iter()
        .map(|(operation, text, _)| {
            let (kind, name) = (kind.name(), operation.name());
            let definition = format!("http://hl7.org/fhir/OperationDefinition/{kind}-{name}");
            json!({"name": name, "definition": definition, "documentation": text})
        })
        .collect();
    if kind == Published::Measure {
        told.extend(routes::MEASURE_OPERATIONS.iter().map(|(name, text)| metadata::operation(name, text)));
    }
    // FHIR has no empty arrays.
    if !told.is_empty() {
        out["operation"] = Value::from(told);
    }
    out
}

/// Answers a read or a vread: the address has a version or none.
async fn read(request: HttpRequest, shared: web::Data<Shared>, kind: Published) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    access::reader(&request, &shared)?;
    negotiate::takes(&request, &[], (kind.name(), "/id"))?;
    let step = |name: &str| request.match_info().get(name).map(str::to_owned);
    let (id, version) = (step("id").unwrap_or_default(), step("version"));
    let (gateway, pairs) = (Arc::clone(&shared.gateway), query_pairs(&request)?);
    // What is published is made at the first request: not on this thread.
    let found = web::block(move || gateway.published((kind, &id, version.as_deref()), &pairs));
    let Edition { tag, json } = found.await.map_err(|_| lost_thread())??;
    let tag = format!("W/\"{tag}\"");
    let sent = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if sent.trim() == "*" || sent.split(',').any(|sent| strong(sent) == strong(&tag)) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let mut response = reply::text_json(StatusCode::OK, json.into());
    if let Ok(value) = header::HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

/// Answers the versions there are: when each came to be is not known, so none is left out by time.
async fn history(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
    kind: Published,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    access::reader(&request, &shared)?;
    let (gateway, pairs) = (Arc::clone(&shared.gateway), history_pairs(&request)?);
    let (name, id) = (kind.name(), path.into_inner());
    let own = id.clone();
    let found = web::block(move || gateway.published_history((kind, &own), &pairs));
    let (editions, total, used) = found.await.map_err(|_| lost_thread())??;
    let address = format!("{}/{name}/{id}", shared.base(&request));
    let mut out = format!(r#"{{"resourceType":"Bundle","type":"history","total":{total},"#);
    part::write_links(&mut out, &format!("{address}/_history"), &used, None);
    for (n, Edition { tag, json }) in editions.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            r#"{{"fullUrl":"{address}","resource":{json},"request":{{"method":"PUT","url":"{name}/{id}"}},"response":{{"status":"200 OK","etag":"W/\"{tag}\""}}}}"#
        );
    }
    out.push_str(if editions.is_empty() { "}" } else { "]}" });
    Ok(reply::text_json(StatusCode::OK, out))
}

async fn search(request: HttpRequest, shared: web::Data<Shared>, kind: Published) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    access::reader(&request, &shared)?;
    found(&request, query_pairs(&request)?, shared, kind).await
}

async fn search_by_form(
    request: HttpRequest,
    body: Body,
    shared: web::Data<Shared>,
    kind: Published,
) -> Result<HttpResponse, Problem> {
    access::reader(&request, &shared)?;
    let pairs = form_pairs(&request, body)?;
    negotiate::accept_form(&request, &pairs)?;
    found(&request, pairs, shared, kind).await
}

async fn found(
    request: &HttpRequest,
    pairs: Vec<(String, String)>,
    shared: web::Data<Shared>,
    kind: Published,
) -> Result<HttpResponse, Problem> {
    let gateway = Arc::clone(&shared.gateway);
    let page = web::block(move || gateway.find_published(kind, &pairs)).await.map_err(|_| lost_thread())??;
    Ok(bundle(&page, &shared.base(request), kind).answer())
}

fn bundle(page: &Found, base: &str, kind: Published) -> Searchset {
    let address = format!("{base}/{}", kind.name());
    let own = part::link(&address, &page.used, None);
    let next = page.next.map(|next| {
        let mut used = page.used.clone();
        used.push(("_offset".to_owned(), next.to_string()));
        part::link(&address, &used, None)
    });
    let size: usize = page.resources.iter().map(|(_, text)| text.len() + 120).sum();
    let mut out = Searchset::begin(size, Some(page.total as u64), (&own, next.as_deref()));
    for (id, text) in &page.resources {
        out.add(format_args!("{address}/{id}"), text, Mode::Match);
    }
    out
}

async fn answer(
    request: HttpRequest,
    body: Body,
    shared: web::Data<Shared>,
    (kind, operation): (Published, TermOperation),
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    access::reader(&request, &shared)?;
    let id = request.match_info().get("id").map(str::to_owned);
    let pairs = query_pairs(&request)?;
    let sent = if request.method() == Method::POST { body.or_empty()? } else { web::Bytes::new() };
    if !sent.is_empty() {
        negotiate::content(&request)?;
    }
    let gateway = Arc::clone(&shared.gateway);
    let told = web::block(move || {
        let body = (!sent.is_empty()).then_some(&*sent);
        let question = TermQuestion::read(pairs, body, (kind, operation))?;
        gateway.ask_published((kind, id.as_deref()), operation, &question)
    });
    Ok(reply::ok(&told.await.map_err(|_| lost_thread())??))
}
