//! The interface asked from within: what a batch entry asks beside the stored resources goes through
//! the same routes as a request of its own (http.html#transaction), and is answered as they answer.

use super::body::BodyLimit;
use super::problem::{Problem, lost_thread};
use super::{Shared, negotiate, panics, reply, routes};
use crate::app::{Call, Failure, Reason, beyond};
use crate::fhir::bundle::Method;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use actix_http::{Payload, Request};
use actix_service::IntoServiceFactory;
use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::middleware::from_fn;
use actix_web::{App, web};
use serde_json::json;
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use tokio::sync::OnceCell;

type Answering = Pin<Box<dyn Future<Output = Result<ServiceResponse<BoxBody>, actix_web::Error>>>>;
type Routes = Box<dyn Fn(Request) -> Answering>;

/// Answers the routes with what their handlers need; what is around them is the caller's.
pub fn app(
    shared: web::Data<Shared>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let limit = shared.settings.max_body_bytes;
    App::new()
        .app_data(shared)
        .app_data(web::PayloadConfig::new(limit))
        .app_data(BodyLimit(limit))
        .wrap(from_fn(panics::contain))
        .configure(routes::routes)
        .default_service(web::to(negotiate::no_such_route))
}

/// The routes of one worker, made at the first batch that asks for them.
pub struct Within {
    shared: web::Data<Shared>,
    routes: OnceCell<Routes>,
}

/// What the interface answered.
pub struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    /// FHIR JSON; nothing where there is none.
    resource: Option<String>,
}

impl Within {
    pub fn new(shared: web::Data<Shared>) -> Within {
        Within { shared, routes: OnceCell::new() }
    }

    /// Answers what a request of its own would be answered. `sender` are the headers of the Bundle:
    /// who asks, and how strictly. An answer of more than `room` bytes is refused.
    pub async fn ask(&self, call: &Call, sender: &HeaderMap, room: usize) -> Result<Answered, Problem> {
        let routes = self.routes.get_or_try_init(|| ready(self.shared.clone())).await?;
        let response = match routes(request(call, sender)?).await {
            Ok(response) => response,
            Err(error) => return self.read(error.error_response(), call.method, room).await,
        };
        self.read(response.into_parts().1, call.method, room).await
    }

    async fn read<B: MessageBody>(
        &self,
        response: actix_web::HttpResponse<B>,
        method: Method,
        room: usize,
    ) -> Result<Answered, Problem> {
        read(response, method, room).await?.ok_or_else(|| Problem(beyond(self.room())))
    }

    /// How many bytes the answers to all that a Bundle reads may have together.
    pub fn room(&self) -> usize {
        self.shared.settings.max_body_bytes
    }
}

async fn ready(shared: web::Data<Shared>) -> Result<Routes, Problem> {
    let made = app(shared).into_factory().new_service(AppConfig::default()).await;
    let service = made.map_err(|()| lost_thread())?;
    Ok(Box::new(move |request| Box::pin(service.call(request))))
}

/// Headers that speak of the Bundle's own body and answer, not of who sends it.
fn of_the_whole(name: &HeaderName) -> bool {
    let text = name.as_str();
    text.starts_with("content-")
        || text.starts_with("accept")
        || text.starts_with("if-")
        || matches!(text, "prefer" | "transfer-encoding" | "expect" | "connection" | "range" | "te" | "trailer")
}

fn request(call: &Call, sender: &HeaderMap) -> Result<Request, Problem> {
    let payload = call.body.clone().map_or(Payload::None, |body| Payload::from(web::Bytes::from(body)));
    let mut request = Request::with_payload(payload);
    request.head_mut().method = match call.method {
        Method::Post => actix_web::http::Method::POST,
        Method::Head => actix_web::http::Method::HEAD,
        _ => actix_web::http::Method::GET,
    };
    let query = call.query.as_deref().map_or(String::new(), |query| format!("?{}", written(query)));
    let unreadable = |_| Problem::new(Reason::Malformed, Issue::general(&issues::BUNDLE_URL, &[]));
    *request.uri_mut() = format!("/fhir/{}{query}", call.path).parse::<Uri>().map_err(unreadable)?;
    let headers = request.headers_mut();
    for (name, value) in sender.iter().filter(|(name, _)| !of_the_whole(name)) {
        headers.append(name.clone(), value.clone());
    }
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/fhir+json"));
    if call.body.is_some() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
    }
    // Strict or lenient is meant for every entry; what else is preferred is about the Bundle.
    let prefer = HeaderName::from_static("prefer");
    let preferences = sender.get_all(&prefer).filter_map(|value| value.to_str().ok());
    let handling = preferences.flat_map(|text| text.split([',', ';'])).map(str::trim);
    for preference in handling.filter(|text| text.starts_with("handling")) {
        headers.append(prefer.clone(), HeaderValue::from_str(preference).map_err(|_| lost_thread())?);
    }
    if let Some(tags) = call.if_none_match.as_deref().and_then(|tags| HeaderValue::from_str(tags).ok()) {
        headers.insert(header::IF_NONE_MATCH, tags);
    }
    Ok(request)
}

/// Answers a query as an address may hold it: what stands in a Bundle was never in an address.
fn written(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    for byte in query.bytes() {
        match byte {
            b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'}' | 0..=b' ' | 0x7f.. => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
            plain => out.push(char::from(plain)),
        }
    }
    out
}

/// Reads an answer of at most `limit` bytes; `None` when it has more.
async fn read<B: MessageBody>(
    response: actix_web::HttpResponse<B>,
    method: Method,
    limit: usize,
) -> Result<Option<Answered>, Problem> {
    let (head, body) = response.into_parts();
    let body = match to_bytes_limited(body, limit).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Err(Problem(Failure::internal())),
        Err(_) => return Ok(None),
    };
    let media = head.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let resource = match () {
        () if body.is_empty() || method == Method::Head => None,
        () if media == reply::FHIR_JSON => Some(String::from_utf8_lossy(&body).into_owned()),
        // A file (lines of an export) is a Binary where only a resource can stand.
        () => Some(render::binary(media, &body).to_string()),
    };
    Ok(Some(Answered { status: head.status(), headers: head.headers().clone(), resource }))
}

impl Answered {
    /// Answers how many bytes it takes.
    pub fn size(&self) -> usize {
        self.resource.as_ref().map_or(0, String::len)
    }

    /// Writes the entry of the answer.
    pub fn write(&self, out: &mut String) {
        let failed = self.status.is_client_error() || self.status.is_server_error();
        out.push('{');
        // Writing to a String cannot fail.
        if let Some(resource) = self.resource.as_deref().filter(|_| !failed) {
            let _ = write!(out, r#""resource":{resource},"#);
        }
        let _ = write!(out, r#""response":{{"status":"{}""#, self.status);
        let text = |name: HeaderName| self.headers.get(name).and_then(|value| value.to_str().ok());
        for (name, value) in [("location", text(header::LOCATION)), ("etag", text(header::ETAG))] {
            if let Some(value) = value {
                let _ = write!(out, r#","{name}":{}"#, json!(value));
            }
        }
        if let Some(outcome) = self.resource.as_deref().filter(|_| failed) {
            let _ = write!(out, r#","outcome":{outcome}"#);
        }
        out.push_str("}}");
    }
}
