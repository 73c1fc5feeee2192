//! A small HTTP/1.1 client: keeps connections, answers every status, sends exactly what it is told.

use super::Answer;
use super::make;
use serde_json::Value;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longer than any answer may take on a busy machine, shorter than a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub const FHIR_JSON: &str = "application/fhir+json";

/// Speaks to one gateway, for one structure. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    address: String,
    structure: Option<String>,
    idle: Arc<Mutex<Vec<BufReader<TcpStream>>>>,
}

impl Client {
    pub fn new(address: &str) -> Client {
        Client { address: address.to_owned(), structure: None, idle: Arc::default() }
    }

    /// Answers the same client speaking for another structure.
    pub fn of_structure(&self, structure: &str) -> Client {
        Client { structure: Some(structure.to_owned()), ..self.clone() }
    }

    /// Answers the structure spoken for; that of the command line when none was chosen.
    pub fn structure(&self) -> &str {
        self.structure.as_deref().unwrap_or(super::gateway::STRUCTURE)
    }

    /// Answers `http://host:port`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], body.to_string().as_bytes())
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], body.to_string().as_bytes())
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"")
    }

    /// PUTs a resource under its own type and id.
    #[track_caller]
    pub fn store(&self, resource: &Value) -> Answer {
        let answer = self.put(&make::path(resource), resource);
        assert!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.text());
        answer
    }

    /// PUTs these resources in one transaction.
    #[track_caller]
    pub fn push(&self, resources: &[Value]) -> Answer {
        self.post("", &make::transaction(resources)).expect(200)
    }

    /// Answers a resource found under the id it carries.
    #[track_caller]
    pub fn found(&self, path: &str) -> Value {
        self.get(path).expect(200).json()
    }

    /// Sends a request under `/fhir`. A body gets FHIR's media type unless the headers name one.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send_at(method, &format!("/fhir{path}"), headers, body)
    }

    /// Sends a request anywhere on the gateway.
    pub fn send_at(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let named = |name: &str| headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (key, value) in headers {
            head.push_str(&format!("{key}: {value}\r\n"));
        }
        if let Some(structure) = self.structure.as_deref().filter(|_| !named("X-MTR-Structure")) {
            head.push_str(&format!("X-MTR-Structure: {structure}\r\n"));
        }
        if !body.is_empty() && !named("Content-Type") {
            head.push_str(&format!("Content-Type: {FHIR_JSON}\r\n"));
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        self.exchange(method, head.as_bytes(), body)
            .unwrap_or_else(|error| panic!("{method} {target} on {}: {error}", self.address))
    }

    /// Sends a request that may find nobody: `None` when the gateway went away before it answered.
    pub fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        let body = body.to_string();
        let structure = self.structure();
        let head = format!(
            "POST /fhir{path} HTTP/1.1\r\nHost: {}\r\nX-MTR-Structure: {structure}\r\n\
             Content-Type: {FHIR_JSON}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.exchange("POST", head.as_bytes(), body.as_bytes()).ok()
    }

    /// Sends a request whole and closes the connection without waiting for the answer.
    pub fn send_and_leave(&self, path: &str, body: &Value) {
        let body = body.to_string();
        let structure = self.structure();
        let head = format!(
            "POST /fhir{path} HTTP/1.1\r\nHost: {}\r\nX-MTR-Structure: {structure}\r\n\
             Content-Type: {FHIR_JSON}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
    }

    fn exchange(&self, method: &str, head: &[u8], body: &[u8]) -> std::io::Result<Answer> {
        let kept = self.idle.lock().unwrap().pop();
        if let Some(kept) = kept
            && let Ok(answer) = self.exchange_on(kept, method, head, body)
        {
            return Ok(answer);
        }
        // A kept connection may have been closed meanwhile by the other side, without a word.
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        self.exchange_on(BufReader::new(stream), method, head, body)
    }

    fn exchange_on(
        &self,
        mut connection: BufReader<TcpStream>,
        method: &str,
        head: &[u8],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let sent = connection.get_mut().write_all(&[head, body].concat());
        // A body that is refused by its size is answered before it is read: the answer counts.
        let answer = Answer::read(&mut connection, method)?;
        if sent.is_ok() && !answer.closes() {
            self.idle.lock().unwrap().push(connection);
        }
        Ok(answer)
    }
}
