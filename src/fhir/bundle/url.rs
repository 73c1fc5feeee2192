//! entry.request.url: which resource, type or operation of this server it names.

use crate::fhir::references::is_id;
use crate::fhir::references::is_type_name;
use crate::fhir::references::same_origin;
use crate::fhir::references::split_origin;
use std::borrow::Cow;

/// A request URL, read. All of it absent is the base itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestUrl {
    pub resource_type: Option<String>,
    pub id: Option<String>,
    /// The version of `_history/version`.
    pub version: Option<String>,
    /// `$operation`, `_history`, `_search` or `metadata`, when the URL ends in one.
    pub operation: Option<String>,
    /// What follows `?`, not decoded; never empty.
    pub query: Option<String>,
    /// `_cascade=delete` was asked for.
    pub cascade: bool,
}

/// Why a request URL cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    #[error("not a URL of the FHIR interface")]
    Shape,
    #[error("a URL of another server")]
    Foreign,
}

impl RequestUrl {
    /// Reads `Type/id`, `/Type/id`, `[base]/Type/id`, `Type?condition` and the other forms of the
    /// RESTful interface. `base` is our public base URL; its path alone (`/fhir/Type`) is
    /// understood too.
    pub fn read(text: &str, base: &str) -> Result<RequestUrl, UrlFault> {
        let (path, query) = text.split_once('?').map_or((text, None), |(p, q)| (p, Some(q)));
        let path = plain(below_base(path, base)?)?;
        let mut url = RequestUrl::default();
        let criteria: Vec<&str> = query.unwrap_or("").split('&').filter(|p| !p.is_empty()).collect();
        let rest: Vec<&str> = criteria.iter().copied().filter(|pair| *pair != "_cascade=delete").collect();
        url.cascade = rest.len() < criteria.len();
        url.query = Some(rest.join("&")).filter(|query| !query.is_empty());
        let steps: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('/').collect() };
        let rest = match *steps.as_slice() {
            [] => &[],
            [operation] if is_operation(operation) || operation == "metadata" => {
                url.operation = Some(operation.to_owned());
                &steps[1..]
            }
            [resource_type, id, ref rest @ ..] if is_type_name(resource_type) && is_id(id) => {
                url.resource_type = Some(resource_type.to_owned());
                url.id = Some(id.to_owned());
                rest
            }
            [resource_type, ref rest @ ..] if is_type_name(resource_type) => {
                url.resource_type = Some(resource_type.to_owned());
                rest
            }
            _ => return Err(UrlFault::Shape),
        };
        match *rest {
            [] => {}
            ["_history", version] if is_id(version) && url.id.is_some() => url.version = Some(version.to_owned()),
            [operation] if is_operation(operation) => url.operation = Some(operation.to_owned()),
            // A search within the compartment of the resource.
            [sought] if is_type_name(sought) && url.id.is_some() => url.operation = Some(sought.to_owned()),
            _ => return Err(UrlFault::Shape),
        }
        Ok(url)
    }

    /// Answers the address below the base, without what follows `?`.
    pub fn path(&self) -> String {
        let version = self.version.as_ref().map(|_| "_history");
        let steps = [self.resource_type.as_deref(), self.id.as_deref(), version, self.version.as_deref()];
        let steps: Vec<&str> = steps.into_iter().chain([self.operation.as_deref()]).flatten().collect();
        steps.join("/")
    }

    /// Answers whether it is `Type`, without anything more.
    pub fn is_type(&self) -> bool {
        self.resource_type.is_some() && self.id.is_none() && self.query.is_none() && self.operation.is_none()
    }

    /// Answers whether it is `Type/id`, without anything more.
    pub fn is_instance(&self) -> bool {
        self.id.is_some() && self.version.is_none() && self.query.is_none() && self.operation.is_none()
    }

    /// Answers whether it is `Type?condition`.
    pub fn is_conditional(&self) -> bool {
        self.resource_type.is_some() && self.id.is_none() && self.query.is_some() && self.operation.is_none()
    }
}

/// Answers a path without percent-encoding, as the routes read that of a request (`%24` is `$`).
fn plain(path: &str) -> Result<Cow<'_, str>, UrlFault> {
    if !path.contains('%') {
        return Ok(Cow::Borrowed(path));
    }
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' {
            let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
            let code = digit().zip(digit()).map(|(high, low)| high * 16 + low);
            // An encoded slash is part of a step, and no step may hold one.
            let read = code.and_then(|code| u8::try_from(code).ok()).filter(|b| *b != b'/');
            read.ok_or(UrlFault::Shape)?
        } else {
            byte
        });
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| UrlFault::Shape)
}

fn is_operation(step: &str) -> bool {
    let named = step.strip_prefix('$').is_some_and(|name| !name.is_empty() && is_id(name));
    named || matches!(step, "_history" | "_search")
}

/// Answers the path below the base, without slashes around it.
fn below_base<'a>(path: &'a str, base: &str) -> Result<&'a str, UrlFault> {
    let base = base.trim_end_matches('/');
    if path.contains("://") {
        let ((theirs, path), (ours, root)) = (split_origin(path), split_origin(base));
        return match path.strip_prefix(root) {
            _ if !same_origin(theirs, ours) => Err(UrlFault::Foreign),
            None => Err(UrlFault::Foreign),
            Some("") => Ok(""),
            Some(below) => below.strip_prefix('/').map(|b| b.trim_end_matches('/')).ok_or(UrlFault::Foreign),
        };
    }
    if path.contains(':') {
        return Err(UrlFault::Shape);
    }
    let (_, base_path) = split_origin(base);
    let path = match path.strip_prefix(base_path) {
        Some(below) if !base_path.is_empty() && (below.is_empty() || below.starts_with('/')) => below,
        _ => path,
    };
    let path = path.strip_prefix('/').unwrap_or(path);
    Ok(path.strip_suffix('/').unwrap_or(path))
}
