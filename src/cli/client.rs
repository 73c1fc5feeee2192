//! The HTTP client of the command line: pushes and asks a gateway through its public API.

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use std::time::Duration;

pub const FHIR_JSON: &str = "application/fhir+json";

/// Why an exchange with a gateway failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0}")]
    Transport(String),
    /// It answered, but not with success: status and body.
    #[error("HTTP {status}")]
    Refused { status: u16, body: String },
    #[error("cannot start the runtime: {0}")]
    Runtime(std::io::Error),
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> ClientError {
        // The URL may carry a patient id: leave it out of the text.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        ClientError::Transport(text)
    }
}

/// A connection to one gateway.
pub struct Client {
    http: reqwest::Client,
    base: String,
    structure: Option<String>,
}

impl Client {
    /// `base` is the gateway's address, without `/fhir`.
    pub fn new(base: &str) -> Result<Client, ClientError> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(300)).build()?;
        Ok(Client { http, base: base.trim_end_matches('/').to_owned(), structure: None })
    }

    /// Speaks for this structure (`X-MTR-Structure`, open access only).
    pub fn for_structure(mut self, structure: Option<&str>) -> Client {
        self.structure = structure.map(str::to_owned);
        self
    }

    /// Answers the status of a GET.
    pub async fn status(&self, url: &str) -> Result<u16, ClientError> {
        Ok(self.http.get(url).send().await?.status().as_u16())
    }

    /// Sends a body to `path` under `/fhir` and answers status and body, whatever the status.
    pub async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Result<(u16, String), ClientError> {
        self.send_as(method, path, (FHIR_JSON, body)).await
    }

    /// Sends a body of a media type likewise.
    pub async fn send_as(
        &self,
        method: Method,
        path: &str,
        (media, body): (&str, Vec<u8>),
    ) -> Result<(u16, String), ClientError> {
        let url = format!("{}/fhir{path}", self.base);
        let mut request = match method {
            Method::Post => self.http.post(url),
            Method::Put => self.http.put(url),
        };
        if let Some(Ok(value)) = self.structure.as_deref().map(HeaderValue::from_str) {
            request = request.header("X-MTR-Structure", value);
        }
        let response =
            request.header(CONTENT_TYPE, media).header("Prefer", "return=OperationOutcome").body(body).send().await?;
        let status = response.status().as_u16();
        Ok((status, response.text().await?))
    }

    /// Answers the text of a GET under `/fhir`, in the language and form asked.
    pub async fn text(&self, path: &str, accept: &str, language: &str) -> Result<String, ClientError> {
        let mut request = self.http.get(format!("{}/fhir{path}", self.base));
        if let Some(Ok(value)) = self.structure.as_deref().map(HeaderValue::from_str) {
            request = request.header("X-MTR-Structure", value);
        }
        let response = request.header(ACCEPT, accept).header("Accept-Language", language).send().await?;
        let status = response.status().as_u16();
        let body = response.text().await?;
        if status == 200 { Ok(body) } else { Err(ClientError::Refused { status, body }) }
    }
}

impl Client {
    /// Answers what a GET under `/fhir` gives, to be read chunk by chunk; with success or not at all.
    pub async fn open(&self, path: &str) -> Result<reqwest::Response, ClientError> {
        let mut request = self.http.get(format!("{}/fhir{path}", self.base));
        if let Some(Ok(value)) = self.structure.as_deref().map(HeaderValue::from_str) {
            request = request.header("X-MTR-Structure", value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        if status == 200 { Ok(response) } else { Err(ClientError::Refused { status, body: response.text().await? }) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Post,
    Put,
}

/// Runs one exchange to its end on a small runtime of its own.
pub fn block_on<T>(work: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ClientError::Runtime)?;
    runtime.block_on(work)
}

impl Client {
    /// Fails unless the gateway says it is ready.
    pub async fn ready(&self) -> Result<(), ClientError> {
        let status = self.status(&format!("{}/health/ready", self.base)).await?;
        if status == 200 { Ok(()) } else { Err(ClientError::Refused { status, body: String::new() }) }
    }
}

/// Answers the errors of an OperationOutcome in one line; our outcomes never hold an identifier.
pub fn diagnostics(body: &str) -> String {
    let Ok(outcome) = serde_json::from_str::<serde_json::Value>(body) else { return "no outcome".to_owned() };
    let issues: Vec<String> = outcome["issue"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|issue| matches!(issue["severity"].as_str(), Some("error" | "fatal")))
        .map(|issue| {
            let code = issue["details"]["coding"][0]["code"].as_str().unwrap_or("");
            let place = issue["expression"][0].as_str().unwrap_or("");
            format!("{code} {place} {}", issue["diagnostics"].as_str().unwrap_or(""))
        })
        .collect();
    issues.join("; ")
}
