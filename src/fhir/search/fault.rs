//! What can be wrong with a query. Values are never repeated: an identifier may be among them.

use crate::domain::fact::Kind;

/// One fault of a query; all of them are told at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchFault {
    /// The type has no such parameter (or one we do not offer).
    #[error("unknown search parameter")]
    UnknownParameter {
        /// The type that does not have it: of a hop, another than is searched.
        kind: Kind,
        name: String,
        /// The nearest known one, when one is near.
        suggestion: Option<&'static str>,
        known: Vec<&'static str>,
    },
    #[error("the modifier is not offered for this parameter")]
    UnknownModifier {
        name: &'static str,
        modifier: String,
        /// The nearest that is, when one is near.
        suggestion: Option<&'static str>,
    },
    /// Empty, or a comma with nothing on one side.
    #[error("the parameter has no value")]
    NoValue { name: &'static str },
    /// The value is not of the form the parameter takes.
    #[error("the value has another form than the parameter takes")]
    BadValue { name: &'static str, form: &'static str },
    /// A type of FHIR that is not received here.
    #[error("the type is not received here")]
    TypeNotAccepted { name: &'static str, sent: &'static str },
    /// An inclusion that neither starts from the type that is searched nor leads to it.
    #[error("the inclusion is not offered on this type")]
    NotIncluded { name: &'static str, asked: String, kind: Kind },
    /// A value set that we do not publish.
    #[error("the value set is not known")]
    UnknownValueSet { name: &'static str },
    /// A result parameter given twice.
    #[error("the parameter may be given once only")]
    Repeated { name: &'static str },
    /// A chain of too many hops, or over something that is no reference to a type of ours.
    #[error("the chain is not offered")]
    Chain { name: String },
    /// The query is not percent-encoded UTF-8.
    #[error("the query is not percent-encoded UTF-8")]
    BadEncoding,
}

/// Answers a name fit to be shown: as sent when it looks like a parameter's name, which no number
/// and no date does.
pub(super) fn shown(name: &str) -> String {
    let fit = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'));
    if fit && !name.is_empty() { name.to_owned() } else { "?".to_owned() }
}

/// Answers the known name that is nearest to what was written.
pub(super) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let name = name.split([':', '.']).next().unwrap_or(name).to_lowercase();
    let near = known.iter().map(|k| (strsim::jaro_winkler(&name, k), strsim::damerau_levenshtein(&name, k), *k));
    let best = near.filter(|(score, edits, _)| *edits <= 2 || *score > 0.88).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, _, known)| known)
}
