//! What can be wrong with bytes that should be a resource in JSON.
//!
//! Owns: the fault and its place. It never holds a value that was sent, nor a member name that
//! does not look like the name of an element.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFaultKind {
    /// The bytes are no UTF-8 text.
    NotUtf8,
    /// The text breaks the grammar of JSON (or ends too early).
    NotJson,
    /// A number no double can hold (1e999).
    NumberOutOfRange,
    /// An object has two members of one name.
    DuplicateMember,
    /// More levels of objects and arrays than we accept.
    TooDeep,
    /// JSON, but its root is no object.
    NotAnObject,
    /// No resourceType, or one that is no text.
    NoResourceType,
    /// Something follows the resource.
    TrailingData,
}

/// A fault with its place: line and column (from 1, in bytes), and the path where one is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not acceptable JSON ({kind:?}) at line {line}, column {column}")]
pub struct JsonFault {
    pub kind: JsonFaultKind,
    pub line: u32,
    pub column: u32,
    /// Name of the root in `expression`: the resource type when it was read before the fault.
    root: Box<str>,
    /// Path below the root, `.name[0].given`.
    path: Box<str>,
}

impl JsonFault {
    pub(super) fn at(kind: JsonFaultKind, line: u32, column: u32) -> JsonFault {
        JsonFault { kind, line, column, root: "Resource".into(), path: "".into() }
    }

    pub(super) fn placed(self, root: &str, path: String) -> JsonFault {
        JsonFault { root: root.into(), path: path.into(), ..self }
    }

    /// Answers the FHIRPath of the fault: `Patient.name[0].given`.
    pub fn expression(&self) -> String {
        format!("{}{}", self.root, self.path)
    }

    /// Answers the same fault as seen from outside: `Bundle.entry[3].resource.name[0]`.
    pub fn within(self, root: &str) -> JsonFault {
        JsonFault { root: root.into(), ..self }
    }
}

/// Answers a member name fit to be shown: one that could be an element, else a mark.
pub(super) fn shown(name: &str) -> &str {
    let fit = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fit && !name.is_empty() { name } else { "?" }
}
