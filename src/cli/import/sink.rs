//! Where an import goes: a running gateway over HTTP, or a data directory through the gateway itself.

use super::ImportArguments;
use crate::app::{EntryResult, Failure, Gateway, Handling, Precondition, Reason};
use crate::cli::client::{self, Client, ClientError, Method};
use crate::cli::place::Place;
use crate::cli::startup::{self, StartError};
use crate::domain::fact::Kind;
use serde::Deserialize;
use std::sync::Arc;

/// Why there is nowhere to import to.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Settings that cannot be used: told already, the exit code is left.
    #[error("settings")]
    Told(u8),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Client(#[from] ClientError),
}

/// What became of a line.
pub enum Pushed {
    Stored,
    /// It was answered with a refusal: the next lines go on.
    Refused(String),
    /// The gateway does not take writes: the import stops.
    Broken(String),
}

pub enum Sink {
    Server(Client),
    Store(Arc<Gateway>),
}

/// The two members that decide where a line goes.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "resourceType")]
    resource_type: String,
    id: Option<String>,
}

impl Sink {
    /// Opens the data directory named, else speaks to the server (the local one by default).
    pub fn open(arguments: &ImportArguments) -> Result<Sink, OpenError> {
        let place = &arguments.place;
        match place.place() {
            Place::Server(server) => Ok(Sink::Server(Client::new(server)?.for_structure(place.structure.as_deref()))),
            Place::Folder(folder) => {
                let settings = place.settings(folder, None).map_err(OpenError::Told)?;
                Ok(Sink::Store(Arc::new(startup::open_offline(&settings)?)))
            }
        }
    }

    /// Makes sure there is somebody to speak to before the first line.
    pub async fn prepare(&self) -> Result<(), StartError> {
        match self {
            Sink::Server(client) => Ok(client.ready().await?),
            Sink::Store(gateway) => Ok(gateway.ensure_structure().await.map(|_| ())?),
        }
    }

    /// Pushes one resource (PUT when it has an id, or is given one) or Bundle.
    pub async fn push(&self, text: Vec<u8>, id: Option<String>) -> Pushed {
        let header: Header = match serde_json::from_slice(&text) {
            Ok(header) => header,
            Err(error) => return Pushed::Refused(format!("not a resource: {error}")),
        };
        let (header, text) = named(header, text, id);
        match self {
            Sink::Server(client) => push_to_server(client, header, text).await,
            Sink::Store(gateway) => push_to_store(gateway, header, text).await,
        }
    }

    /// Closes the store, when it is ours.
    pub fn close(&self) {
        if let Sink::Store(gateway) = self {
            gateway.close();
        }
    }
}

/// Gives a resource without an id the one it is to have.
fn named(header: Header, text: Vec<u8>, id: Option<String>) -> (Header, Vec<u8>) {
    let Some(id) = id.filter(|_| header.id.is_none() && header.resource_type != "Bundle") else {
        return (header, text);
    };
    let Some(rest) = text.trim_ascii_start().strip_prefix(b"{") else { return (header, text) };
    let text = [format!("{{\"id\":\"{id}\",").as_bytes(), rest].concat();
    (Header { id: Some(id), ..header }, text)
}

async fn push_to_server(client: &Client, header: Header, text: Vec<u8>) -> Pushed {
    let (method, path) = match (header.resource_type.as_str(), &header.id) {
        ("Bundle", _) => (Method::Post, String::new()),
        (kind, Some(id)) => (Method::Put, format!("/{kind}/{id}")),
        (kind, None) => (Method::Post, format!("/{kind}")),
    };
    match client.send(method, &path, text).await {
        Ok((status, body)) if status < 300 => refused_entries(&body).map_or(Pushed::Stored, Pushed::Refused),
        Ok((status, _)) if status == 503 || status == 401 => Pushed::Broken(format!("the gateway answered {status}")),
        Ok((status, body)) => Pushed::Refused(format!("{status} {}", client::diagnostics(&body))),
        Err(error) => Pushed::Broken(error.to_string()),
    }
}

/// A batch answers 200 with each entry's own status.
fn refused_entries(body: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(body).ok()?;
    let entries = answer.get("entry")?.as_array()?;
    let refused: Vec<String> = entries
        .iter()
        .enumerate()
        .filter(|(_, e)| e["response"]["status"].as_str().is_some_and(|s| s.starts_with('4') || s.starts_with('5')))
        .map(|(n, e)| format!("entry {n}: {}", client::diagnostics(&e["response"]["outcome"].to_string())))
        .collect();
    (!refused.is_empty()).then(|| refused.join("; "))
}

async fn push_to_store(gateway: &Arc<Gateway>, header: Header, text: Vec<u8>) -> Pushed {
    let structure = gateway.policy.structure.clone();
    if header.resource_type == "Bundle" {
        let gateway = Arc::clone(gateway);
        let answer = tokio::task::spawn_blocking(move || gateway.bundle(&structure, &text, Handling::Lenient)).await;
        return match answer {
            Ok(Ok((_, entries))) => entries_told(&entries),
            Ok(Err(failure)) => told(&failure),
            Err(error) => Pushed::Broken(error.to_string()),
        };
    }
    let Some(kind) = Kind::from_name(&header.resource_type) else {
        return Pushed::Refused(format!("{} is not an accepted type", header.resource_type));
    };
    let answer = match header.id {
        Some(id) => gateway.update(&structure, (kind, &id), &text, Precondition::default(), Handling::Lenient).await,
        None => gateway.create(&structure, kind, &text, None, Handling::Lenient).await,
    };
    answer.map_or_else(|failure| told(&failure), |_| Pushed::Stored)
}

fn entries_told(entries: &[EntryResult]) -> Pushed {
    let refused: Vec<String> = entries
        .iter()
        .enumerate()
        .filter_map(|(n, entry)| match entry {
            EntryResult::Refused(failure) => Some(format!("entry {n}: {}", texts(failure))),
            _ => None,
        })
        .collect();
    if refused.is_empty() { Pushed::Stored } else { Pushed::Refused(refused.join("; ")) }
}

fn told(failure: &Failure) -> Pushed {
    match failure.reason {
        Reason::Busy | Reason::Internal => Pushed::Broken(texts(failure)),
        _ => Pushed::Refused(texts(failure)),
    }
}

fn texts(failure: &Failure) -> String {
    let issues: Vec<String> = failure
        .issues
        .iter()
        .filter(|i| i.is_error())
        .map(|i| format!("{} {} {}", i.kind.code, i.expression.as_deref().unwrap_or(""), i.text_en()))
        .collect();
    issues.join("; ")
}
