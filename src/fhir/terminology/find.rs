//! Search over what is published (search.html): the parameters each type has, and what they find.

use super::{Artefact, Library, Published};
use crate::fhir::issue::Issue;
use crate::fhir::issue::nearest;
use crate::fhir::issues;
use crate::fhir::search::folded;
use crate::fhir::search::parameter_word;
use crate::fhir::written::Written;
use serde_json::{Value, json};

/// One search parameter of a published type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    /// token, string or uri.
    pub search_type: &'static str,
    /// The canonical URL of its definition in R4.
    pub definition: &'static str,
    member: &'static str,
}

const fn row(name: &'static str, search_type: &'static str, definition: &'static str, member: &'static str) -> Row {
    Row { name, search_type, definition, member }
}

const COMMON: &[Row] = &[
    row("_id", "token", "http://hl7.org/fhir/SearchParameter/Resource-id", "id"),
    row("name", "string", "http://hl7.org/fhir/SearchParameter/conformance-name", "name"),
    row("status", "token", "http://hl7.org/fhir/SearchParameter/conformance-status", "status"),
    row("url", "uri", "http://hl7.org/fhir/SearchParameter/conformance-url", "url"),
    row("version", "token", "http://hl7.org/fhir/SearchParameter/conformance-version", "version"),
];
const TITLE: Row = row("title", "string", "http://hl7.org/fhir/SearchParameter/conformance-title", "title");
const PROFILES: &[Row] =
    &[TITLE, row("type", "uri", "http://hl7.org/fhir/SearchParameter/StructureDefinition-type", "type")];
const PARAMETERS: &[Row] = &[
    row("base", "token", "http://hl7.org/fhir/SearchParameter/SearchParameter-base", "base"),
    row("code", "token", "http://hl7.org/fhir/SearchParameter/SearchParameter-code", "code"),
];
const OPERATIONS: &[Row] =
    &[TITLE, row("code", "token", "http://hl7.org/fhir/SearchParameter/OperationDefinition-code", "code")];
const TITLED: &[Row] = &[TITLE];
const NONE: &[Row] = &[];
// The type has no name, and shares no definition with the others.
const TARIFFS: &[Row] = &[
    row("_id", "token", "http://hl7.org/fhir/SearchParameter/Resource-id", "id"),
    row("description", "string", "http://hl7.org/fhir/SearchParameter/ChargeItemDefinition-description", "description"),
    row("publisher", "string", "http://hl7.org/fhir/SearchParameter/ChargeItemDefinition-publisher", "publisher"),
    row("status", "token", "http://hl7.org/fhir/SearchParameter/ChargeItemDefinition-status", "status"),
    row("title", "string", "http://hl7.org/fhir/SearchParameter/ChargeItemDefinition-title", "title"),
    row("url", "uri", "http://hl7.org/fhir/SearchParameter/ChargeItemDefinition-url", "url"),
    row("version", "token", "http://hl7.org/fhir/SearchParameter/ChargeItemDefinition-version", "version"),
];

const MEASURES: &[Row] = &[
    row("_id", "token", "http://hl7.org/fhir/SearchParameter/Resource-id", "id"),
    row("description", "string", "http://hl7.org/fhir/SearchParameter/Measure-description", "description"),
    row("name", "string", "http://hl7.org/fhir/SearchParameter/Measure-name", "name"),
    row("publisher", "string", "http://hl7.org/fhir/SearchParameter/Measure-publisher", "publisher"),
    row("status", "token", "http://hl7.org/fhir/SearchParameter/Measure-status", "status"),
    row("title", "string", "http://hl7.org/fhir/SearchParameter/Measure-title", "title"),
    row("url", "uri", "http://hl7.org/fhir/SearchParameter/Measure-url", "url"),
    row("version", "token", "http://hl7.org/fhir/SearchParameter/Measure-version", "version"),
];
const LIBRARIES: &[Row] = &[
    row("_id", "token", "http://hl7.org/fhir/SearchParameter/Resource-id", "id"),
    row("description", "string", "http://hl7.org/fhir/SearchParameter/Library-description", "description"),
    row("name", "string", "http://hl7.org/fhir/SearchParameter/Library-name", "name"),
    row("publisher", "string", "http://hl7.org/fhir/SearchParameter/Library-publisher", "publisher"),
    row("status", "token", "http://hl7.org/fhir/SearchParameter/Library-status", "status"),
    row("title", "string", "http://hl7.org/fhir/SearchParameter/Library-title", "title"),
    row("url", "uri", "http://hl7.org/fhir/SearchParameter/Library-url", "url"),
    row("version", "token", "http://hl7.org/fhir/SearchParameter/Library-version", "version"),
];

/// Answers the search parameters of a published type; the result parameters apart.
pub fn rows(kind: Published) -> impl Iterator<Item = &'static Row> {
    let (common, own) = match kind {
        Published::ChargeItemDefinition => (TARIFFS, NONE),
        Published::Measure => (MEASURES, NONE),
        Published::Library => (LIBRARIES, NONE),
        Published::StructureDefinition => (COMMON, PROFILES),
        Published::SearchParameter => (COMMON, PARAMETERS),
        Published::OperationDefinition => (COMMON, OPERATIONS),
        Published::CodeSystem | Published::ValueSet | Published::ConceptMap => (COMMON, TITLED),
    };
    common.iter().chain(own)
}

/// The result parameters.
const RESULT: [&str; 5] = ["_count", "_offset", "_summary", "_elements", "_total"];

/// What a resource of a type is none without, in R4: no part of it goes without them.
fn mandatory(kind: Published) -> &'static [&'static str] {
    match kind {
        Published::StructureDefinition => &["url", "name", "status", "kind", "abstract", "type"],
        Published::CodeSystem => &["status", "content"],
        Published::ValueSet | Published::ConceptMap | Published::Measure => &["status"],
        Published::SearchParameter => &["url", "name", "status", "description", "code", "base", "type"],
        Published::OperationDefinition => &["name", "status", "kind", "code", "system", "type", "instance"],
        Published::ChargeItemDefinition => &["url", "status"],
        Published::Library => &["status", "type"],
    }
}

/// What no summary shows: the members that carry the bulk of a definition (search.html#summary).
const BULK: [&str; 11] = [
    "compose",
    "concept",
    "content",
    "differential",
    "group",
    "parameter",
    "propertyGroup",
    "snapshot",
    "text",
    "component",
    "filter",
];
/// Beyond this, a page is cut.
const LARGEST_PAGE: usize = 1000;
const PAGE: usize = 50;

/// One page of what is published.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub total: usize,
    /// Id and JSON of each resource, cut as was asked.
    pub resources: Vec<(Box<str>, Box<str>)>,
    /// What was used, to be repeated in `self`.
    pub used: Vec<(String, String)>,
    /// Where the next page begins.
    pub next: Option<usize>,
}

#[derive(Default)]
struct Asked {
    tests: Vec<(Row, How, Vec<String>)>,
    count: Option<usize>,
    offset: usize,
    summary: Option<String>,
    elements: Vec<String>,
    used: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Usual,
    Exact,
    Contains,
    Below,
    Above,
    Not,
    Missing,
}

impl Library {
    /// Answers a page of what matches, in the order of publication; strict.
    pub fn find(&self, kind: Published, pairs: &[(String, String)]) -> Result<Found, Vec<Issue>> {
        let mut asked = Asked::default();
        let faults: Vec<Issue> = pairs.iter().filter_map(|pair| asked.take(kind, pair).err()).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let all = self.artefacts.iter().filter(|a| a.kind == kind);
        let hits: Vec<&Artefact> = all.filter(|a| asked.tests.iter().all(|test| holds(a, test))).collect();
        let counts_only = asked.count == Some(0) || asked.summary.as_deref() == Some("count");
        let size = if counts_only { 0 } else { asked.count.unwrap_or(PAGE).min(LARGEST_PAGE) };
        let page = hits.iter().skip(asked.offset).take(size);
        let resources: Vec<_> = page.map(|a| (a.id.clone(), asked.shown(a))).collect();
        let end = asked.offset + resources.len();
        let next = (!resources.is_empty() && end < hits.len()).then_some(end);
        Ok(Found { total: hits.len(), resources, used: asked.used, next })
    }
}

/// Answers the part of a resource that `_summary` and `_elements` ask for; other parameters ask for
/// no part.
pub fn part(artefact: &Artefact, pairs: &[(String, String)]) -> Result<Box<str>, Vec<Issue>> {
    let mut asked = Asked::default();
    for pair in pairs.iter().filter(|(name, _)| matches!(name.as_str(), "_summary" | "_elements")) {
        asked.take(artefact.kind, pair).map_err(|issue| vec![issue])?;
    }
    Ok(asked.shown(artefact))
}

impl Asked {
    fn take(&mut self, kind: Published, (sent, value): &(String, String)) -> Result<(), Issue> {
        let (name, modifier) = sent.split_once(':').map_or((sent.as_str(), None), |(n, m)| (n, Some(m)));
        let bad = |form: &str| Issue::general(&issues::SEARCH_VALUE, &[name, form]);
        match name {
            "_format" | "_pretty" => return Ok(()),
            "_count" => self.count = Some(value.parse().map_err(|_| bad("number"))?),
            "_offset" => self.offset = value.parse().map_err(|_| bad("number"))?,
            "_total" if ["none", "estimate", "accurate"].contains(&value.as_str()) => {}
            "_summary" if ["true", "text", "data", "count", "false"].contains(&value.as_str()) => {
                self.summary = Some(value.clone());
            }
            "_total" | "_summary" => return Err(bad("code")),
            "_elements" => self.elements = value.split(',').map(|e| e.trim().to_owned()).collect(),
            _ => {
                let row = rows(kind).find(|row| row.name == name).ok_or_else(|| unknown(kind, name))?;
                let how = how(row, modifier)?;
                let values: Vec<String> = value.split(',').map(str::to_owned).collect();
                if values.iter().any(String::is_empty) {
                    return Err(bad(row.search_type));
                }
                self.tests.push((*row, how, values));
            }
        }
        // The page is told by the links themselves.
        if name != "_offset" {
            self.used.push((sent.clone(), value.clone()));
        }
        Ok(())
    }

    /// Answers a resource with what was asked of it.
    fn shown(&self, artefact: &Artefact) -> Box<str> {
        let wanted = |member: &str| match self.summary.as_deref() {
            _ if matches!(member, "resourceType" | "id" | "meta") || mandatory(artefact.kind).contains(&member) => true,
            Some("true") => !BULK.contains(&member),
            Some("text") => matches!(member, "text" | "url"),
            Some("data") => member != "text",
            _ => self.elements.is_empty() || self.elements.iter().any(|e| e == member),
        };
        let Some(members) = artefact.json.as_object().filter(|members| !members.keys().all(|m| wanted(m))) else {
            return artefact.text.clone();
        };
        let mut cut: serde_json::Map<String, Value> =
            members.iter().filter(|(member, _)| wanted(member)).map(|(m, v)| (m.clone(), v.clone())).collect();
        let meta = cut.entry("meta").or_insert_with(|| json!({}));
        meta["tag"] =
            json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]);
        Written(&Value::Object(cut)).text().into()
    }
}

fn how(row: &Row, modifier: Option<&str>) -> Result<How, Issue> {
    Ok(match (modifier, row.search_type) {
        (None, _) => How::Usual,
        (Some("missing"), _) => How::Missing,
        (Some("exact"), "string") => How::Exact,
        (Some("contains"), "string") => How::Contains,
        (Some("below"), "uri") => How::Below,
        (Some("above"), "uri") => How::Above,
        (Some("not"), "token") => How::Not,
        // A modifier that is none may be a value that slipped: it is not repeated.
        _ => return Err(Issue::general(&issues::SEARCH_MODIFIER, &[row.name, "?"])),
    })
}

fn unknown(kind: Published, name: &str) -> Issue {
    let known = || rows(kind).map(|row| row.name).chain(RESULT);
    let near = match nearest(name, known()) {
        Some(near) => format!(" ; {near} ?"),
        None => format!(" ({})", known().collect::<Vec<_>>().join(", ")),
    };
    Issue::general(&issues::SEARCH_UNKNOWN, &[parameter_word(name), kind.name(), &near])
}

fn holds(artefact: &Artefact, (row, how, wanted): &(Row, How, Vec<String>)) -> bool {
    let values: Vec<&str> = match artefact.json.get(row.member) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if *how == How::Missing {
        return wanted.iter().any(|w| (w == "true") == values.is_empty());
    }
    if *how == How::Not {
        return !values.iter().any(|value| wanted.iter().any(|w| matches(row, How::Usual, (value, w))));
    }
    values.iter().any(|value| wanted.iter().any(|w| matches(row, *how, (value, w))))
}

/// Answers whether an address is another one or one under it (search.html#uri).
fn is_below(address: &str, root: &str) -> bool {
    let rest = address.strip_prefix(root.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn matches(row: &Row, how: How, (value, wanted): (&str, &str)) -> bool {
    match (row.search_type, how) {
        ("string", How::Exact) => value == wanted,
        ("string", _) => match (folded(value), folded(wanted)) {
            (Some(value), Some(wanted)) if how == How::Contains => value.contains(&wanted),
            (Some(value), Some(wanted)) => value.starts_with(&wanted),
            _ => false,
        },
        ("uri", How::Below) => is_below(value, wanted),
        ("uri", How::Above) => is_below(wanted, value),
        // A code of a required binding may be asked with or without its system.
        ("token", _) => value == wanted.rsplit('|').next().unwrap_or(wanted),
        // The type of a profile is asked as a code or as the address R4 gives it.
        _ if row.name == "type" => {
            value == wanted.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or(wanted)
        }
        _ => value == wanted,
    }
}
