//! What a gateway answered: status, headers, body.

use super::Tree;
use serde_json::Value;
use std::io::{self, BufRead, Read};

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads one response to a request of this method.
    pub fn read(from: &mut impl BufRead, method: &str) -> io::Result<Answer> {
        let first = line(from)?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status line: {first:?}")))?;
        let mut headers = Vec::new();
        loop {
            let text = line(from)?;
            let Some((name, value)) = text.split_once(':') else { break };
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if method != "HEAD" && !matches!(status, 204 | 304) {
            answer.body = answer.read_body(from)?;
        }
        Ok(answer)
    }

    fn read_body(&self, from: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(line(from)?.split(';').next().unwrap_or(""), 16);
                let size = size.map_err(io::Error::other)?;
                from.by_ref().take(size as u64).read_to_end(&mut body)?;
                line(from)?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match self.header("content-length").map(str::parse) {
            Some(Ok(length)) => {
                body.resize(length, 0);
                from.read_exact(&mut body)?;
            }
            Some(Err(_)) => return Err(io::Error::other("content-length is no number")),
            None => {
                from.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Answers whether the gateway closes the connection after this answer.
    pub fn closes(&self) -> bool {
        let ends = self.header("content-length").is_some() || self.header("transfer-encoding").is_some();
        self.header("connection").is_some_and(|c| c.eq_ignore_ascii_case("close"))
            || !(ends || matches!(self.status, 204 | 304))
    }

    /// Answers itself when it has this status; else stops the test, with the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} is not JSON: {error}: {}", self.status, self.text()),
        }
    }

    /// Answers the body with every number as its text.
    #[track_caller]
    pub fn tree(&self) -> Tree {
        Tree::parse(&self.text())
    }

    /// Answers the id of the resource that `Location` names.
    #[track_caller]
    pub fn id(&self) -> String {
        let location = self.header("location").unwrap_or_else(|| panic!("no Location: {}", self.text()));
        let path = location.split("/_history/").next().unwrap_or(location);
        path.rsplit('/').next().unwrap_or(path).to_owned()
    }

    /// Answers the version that `ETag` names.
    #[track_caller]
    pub fn version(&self) -> u32 {
        let tag = self.header("etag").unwrap_or_else(|| panic!("no ETag: {}", self.text()));
        tag.trim_start_matches("W/").trim_matches('"').parse().unwrap()
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    if from.read_line(&mut text)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end().to_owned())
}
