//! JSON as received and as kept: one pass that checks and minifies, and the way back.
//!
//! Owns: the scanner, `Body` (a resource without what the server sets), equality of bodies and the
//! walk over checked bytes. Must not know: what any element means. Implements the JSON
//! representation of FHIR R4 (json.html) as far as bytes go; numbers are only ever text here.

mod compare;
mod fault;
mod lexer;
mod pretty;
mod scan;
mod text;
mod tree;
mod walk;

pub use compare::same;
pub use fault::JsonFault;
pub use fault::JsonFaultKind;
pub use pretty::pretty;
pub use scan::DEPTH_LIMIT;
pub use scan::Scanned;
pub use scan::check;
pub use scan::scan;
pub use scan::scan_within;
pub use text::decode;
pub use text::encode;
pub(crate) use tree::Borrowed;
pub use tree::Object;
pub use tree::Value;
#[cfg(any(test, feature = "testing"))]
pub use tree::tree;
pub use walk::Elements;
pub use walk::Members;
pub use walk::Path;
pub use walk::Step;
pub(crate) use walk::count_elements;
pub use walk::strings;

use std::sync::Arc;

/// A resource as it is kept: its members, minified, without resourceType, id, meta.versionId and
/// meta.lastUpdated. `bytes[..meta_len]` are the remaining members of meta without braces, the
/// rest are the remaining members of the resource without braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub bytes: Arc<[u8]>,
    pub meta_len: u32,
}

impl Body {
    /// Answers the members of meta that are kept.
    pub fn meta(&self) -> &[u8] {
        self.bytes.get(..self.meta_len as usize).unwrap_or(&[])
    }

    /// Answers the members of the resource that are kept.
    pub fn members(&self) -> &[u8] {
        self.bytes.get(self.meta_len as usize..).unwrap_or(&[])
    }
}

/// Answers the resource as it is served: what the server sets spliced back into what was received.
pub fn render(resource_type: &str, id: &str, version: u32, instant: &str, body: &Body) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.bytes.len() + id.len() + 128);
    out.extend_from_slice(b"{\"resourceType\":");
    encode(resource_type, &mut out);
    out.extend_from_slice(b",\"id\":");
    encode(id, &mut out);
    out.extend_from_slice(b",\"meta\":{\"versionId\":\"");
    out.extend_from_slice(version.to_string().as_bytes());
    out.extend_from_slice(b"\",\"lastUpdated\":");
    encode(instant, &mut out);
    append(body.meta(), &mut out);
    out.push(b'}');
    append(body.members(), &mut out);
    out.push(b'}');
    out
}

/// Answers the resource as a tree, without version and instant: what rules and indexes read.
pub fn value_of(resource_type: &str, id: &str, body: &Body) -> Result<Value<'static>, JsonFault> {
    let mut out = Vec::with_capacity(body.bytes.len() + id.len() + 64);
    out.extend_from_slice(b"{\"resourceType\":");
    encode(resource_type, &mut out);
    out.extend_from_slice(b",\"id\":");
    encode(id, &mut out);
    if body.meta_len > 0 {
        out.extend_from_slice(b",\"meta\":{");
        out.extend_from_slice(body.meta());
        out.push(b'}');
    }
    append(body.members(), &mut out);
    out.push(b'}');
    parse(&out).map(Value::into_owned)
}

/// Parses bytes that `scan` accepted into a tree, for validation and facts.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, JsonFault> {
    let bytes = text::without_mark(bytes);
    // Texts of one that is UTF-8 as a whole need not be looked at one by one.
    let read = std::str::from_utf8(bytes).map_or_else(|_| serde_json::from_slice(bytes), serde_json::from_str);
    read.map_err(|e| {
        let (line, column) = (u32::try_from(e.line()), u32::try_from(e.column()));
        JsonFault::at(JsonFaultKind::NotJson, line.unwrap_or(u32::MAX), column.unwrap_or(u32::MAX))
    })
}

fn append(members: &[u8], out: &mut Vec<u8>) {
    if !members.is_empty() {
        out.push(b',');
        out.extend_from_slice(members);
    }
}

#[cfg(test)]
mod tests;
