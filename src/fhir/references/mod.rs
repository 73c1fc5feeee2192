//! References: what forms they take, where a resource holds them, and rewriting them.
//!
//! Owns: the reading of a reference's text, the walk that finds references and links, and the
//! replacement of the fullUrls of a transaction. Must not know: which resources exist.
//! Implements references.html and the link rules of http.html#trules (FHIR R4).

mod narrative;

use crate::fhir::json::Path;
use crate::fhir::json::decode;
use crate::fhir::json::encode;
use crate::fhir::json::strings;
use std::borrow::Cow;

/// What the text of a Reference.reference is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// `#id`: inside the resource itself (`#` alone is the resource).
    Contained(&'a str),
    /// `Type/id` or `Type/id/_history/version`.
    Relative(Target<'a>),
    /// `http://host/base/Type/id`: the base without its last slash.
    Rest { base: &'a str, target: Target<'a> },
    /// `urn:uuid:...`, `urn:oid:...`
    Urn,
    /// `Type?parameters`: which resource it is, a search tells. Only in transactions.
    Conditional { resource_type: &'a str, query: &'a str },
    /// Any other absolute URL.
    Absolute,
    /// Nothing a reference may be.
    Unreadable,
}

/// A resource named by type and id, and the version where one was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub resource_type: &'a str,
    pub id: &'a str,
    pub version: Option<&'a str>,
}

/// Answers what the text of a reference is.
pub fn form(text: &str) -> Form<'_> {
    if let Some(id) = text.strip_prefix('#') {
        return Form::Contained(id);
    }
    if let Some((resource_type, query)) = text.split_once('?')
        && is_type_name(resource_type)
    {
        return Form::Conditional { resource_type, query };
    }
    if starts_with_ignoring_case(text, "urn:") {
        return Form::Urn;
    }
    if starts_with_ignoring_case(text, "http://") || starts_with_ignoring_case(text, "https://") {
        return rest(text).map_or(Form::Absolute, |(base, target)| Form::Rest { base, target });
    }
    if text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
        return Form::Absolute;
    }
    target(text).map_or(Form::Unreadable, Form::Relative)
}

/// Answers the resource of this server a reference names: a relative one, or an absolute one
/// under one of `bases` (the base URLs we have been asked under, parted by blanks).
pub fn local<'a>(text: &'a str, bases: &str) -> Option<Target<'a>> {
    match form(text) {
        Form::Relative(target) => Some(target),
        Form::Rest { base, target } if bases.split(' ').any(|own| same_base(base, own)) => Some(target),
        _ => None,
    }
}

/// Answers whether two base URLs are one: scheme and host without regard to case.
pub fn same_base(one: &str, other: &str) -> bool {
    let (one, other) = (split_origin(one.trim_end_matches('/')), split_origin(other.trim_end_matches('/')));
    !one.0.is_empty() && same_origin(one.0, other.0) && one.1 == other.1
}

/// Answers scheme, host and port of an absolute URL, and the rest of it.
pub fn split_origin(url: &str) -> (&str, &str) {
    let path_at = url.find("://").and_then(|n| url[n + 3..].find('/').map(|m| n + 3 + m)).unwrap_or(url.len());
    url.split_at(path_at)
}

/// Answers whether two origins are one. A machine calls itself by several names: a gateway that tells
/// `127.0.0.1` in its links is asked as `localhost` as well.
pub fn same_origin(one: &str, other: &str) -> bool {
    let itself = |origin: &str| {
        let origin = origin.to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://").map(|(s, a)| (s.to_owned(), a.to_owned()))?;
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let port = names.iter().find_map(|name| authority.strip_prefix(name))?;
        (port.is_empty() || port.starts_with(':')).then(|| (scheme, port.to_owned()))
    };
    one.eq_ignore_ascii_case(other) || itself(one).is_some_and(|own| Some(own) == itself(other))
}

/// Reads `Type/id` or `Type/id/_history/version`.
pub fn target(text: &str) -> Option<Target<'_>> {
    let mut parts = text.split('/');
    let (resource_type, id) = (parts.next()?, parts.next()?);
    let version = match (parts.next(), parts.next(), parts.next()) {
        (None, _, _) => None,
        (Some("_history"), Some(version), None) if is_id(version) => Some(version),
        _ => return None,
    };
    (is_type_name(resource_type) && is_id(id)).then_some(Target { resource_type, id, version })
}

fn rest(text: &str) -> Option<(&str, Target<'_>)> {
    let path_at = text.find("://")? + 3;
    let slashes: Vec<usize> = text[path_at..].match_indices('/').map(|(n, _)| path_at + n).collect();
    let depth = slashes.len();
    // `base/Type/id` needs two slashes from the end, with a version four.
    [2, 4].into_iter().filter(|n| depth >= *n).find_map(|n| {
        let cut = slashes[depth - n];
        target(&text[cut + 1..]).map(|target| (&text[..cut], target))
    })
}

/// Answers whether the text has the shape of a resource type's name.
pub fn is_type_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Answers whether the text is a FHIR id: 1 to 64 of A-Z, a-z, 0-9, `-` and `.`.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes()))
}

/// A literal reference in a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub text: String,
    /// Path of the Reference: `Observation.performer[1]`.
    pub expression: String,
    /// Name of the element that holds it: `performer`, `valueReference`.
    pub element: String,
}

/// Answers every Reference.reference of a checked resource, in order, contained ones included.
/// `root` begins the expressions (`Observation`, `Bundle.entry[2].resource`).
pub fn collect(bytes: &[u8], root: &str) -> Vec<Found> {
    let mut found = Vec::new();
    strings(bytes, &mut |path, place| {
        if path.name(0) == Some("reference") {
            found.push(Found {
                text: decode(&bytes[place]).into_owned(),
                expression: path.around(root),
                element: path.name(1).unwrap_or_default().to_owned(),
            });
        }
    });
    found
}

/// Answers the resource with its references and links replaced by what `resolve` says of their
/// text; what `resolve` does not know stays, byte for byte. The suffixes `/_history/n` and
/// `#fragment` are kept. References inside the resource (`#x`) are never asked about.
pub fn rewrite<'a>(bytes: &'a [u8], resolve: &dyn Fn(&str) -> Option<String>) -> Cow<'a, [u8]> {
    let mut out: Vec<u8> = Vec::new();
    let mut copied = 0;
    strings(bytes, &mut |path, place| {
        let Some(site) = site(path) else { return };
        let text = decode(&bytes[place.clone()]);
        let replaced = match site {
            Site::Reference => with_suffix(&text, resolve),
            Site::Uri => absolute(&text).and_then(|text| with_suffix(text, resolve)),
            Site::Narrative => narrative::rewrite(&text, &|link| absolute(link).and_then(|l| with_suffix(l, resolve))),
        };
        if let Some(replaced) = replaced.filter(|new| *new != text) {
            out.extend_from_slice(&bytes[copied..place.start]);
            encode(&replaced, &mut out);
            copied = place.end;
        }
    });
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    out.extend_from_slice(&bytes[copied..]);
    Cow::Owned(out)
}

#[derive(Clone, Copy)]
enum Site {
    Reference,
    /// An element of type uri or url. One of type oid or uuid cannot hold what a link is replaced by.
    Uri,
    Narrative,
}

/// Answers what kind of link a string is by its place. Canonicals, identifiers, codings and the
/// url that names an extension are none: their text is not a link to a resource.
fn site(path: &Path<'_>) -> Option<Site> {
    let around = path.name(1);
    match path.name(0)? {
        "reference" => Some(Site::Reference),
        "div" if around == Some("text") => Some(Site::Narrative),
        "valueUri" | "valueUrl" | "instantiatesUri" | "implicitRules" => Some(Site::Uri),
        "source" if around == Some("meta") => Some(Site::Uri),
        // Attachment.url; the url of an extension is its name.
        "url" if !matches!(around, Some("extension" | "modifierExtension")) => Some(Site::Uri),
        _ => None,
    }
}

fn absolute(text: &str) -> Option<&str> {
    text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)).then_some(text)
}

fn with_suffix(text: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if text.starts_with('#') {
        return None;
    }
    if let Some(whole) = resolve(text) {
        return Some(whole);
    }
    let cut = text.find("/_history/").or_else(|| text.find('#'))?;
    resolve(&text[..cut]).map(|resource| resource + &text[cut..])
}

#[cfg(test)]
mod tests;
