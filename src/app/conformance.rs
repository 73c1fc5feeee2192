//! What is published beside the data, and what is asked of it: made once for each rulebook in force.

use super::Gateway;
use super::derive::json_failure;
use super::failure::{Failure, Reason};
use super::history::undated;
use super::rulebooks::ActiveRules;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::profiles::Profiles;
use crate::fhir::render;
use crate::fhir::terminology::Artefact;
use crate::fhir::terminology::AskedCoding;
use crate::fhir::terminology::Designations;
use crate::fhir::terminology::Expansion;
use crate::fhir::terminology::Found;
use crate::fhir::terminology::Language;
use crate::fhir::terminology::Library;
use crate::fhir::terminology::Published;
use crate::fhir::terminology::part;
use crate::rulebook;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// How many libraries are kept: what is published under the rules in force, and under a few before them.
const KEPT: usize = 6;
/// So many earlier rulebooks are looked through for a version of a resource; by the version of its rulebook
/// each is found, however old.
const LOOKED_THROUGH: usize = 4;

/// The length of the version that a rulebook gives to what is published.
const VERSION: usize = 12;
/// The length of a versionId of what is published.
const TAG: usize = 16;

/// The profiles folder, and what was last made of it.
#[derive(Default)]
pub struct Shelf {
    profiles: Profiles,
    /// Those last asked for, by the digest of their rules; the latest comes last.
    made: Mutex<Vec<(String, Arc<Library>)>>,
}

impl Shelf {
    pub fn of(profiles: Profiles) -> Shelf {
        Shelf { profiles, made: Mutex::default() }
    }

    /// Answers what is published while these rules are in force.
    fn library(&self, rules: &ActiveRules) -> Arc<Library> {
        let kept = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut made = kept();
            if let Some(at) = made.iter().position(|(digest, _)| *digest == rules.digest) {
                let found = made.remove(at);
                let library = Arc::clone(&found.1);
                made.push(found);
                return library;
            }
        }
        // Made by whoever needs it, twice if need be, while others read what there is.
        let publication = rulebook::publication(&rules.rulebook);
        let library = Library::build(&self.profiles, &rules.rulebook.rules, &publication, &rules.digest);
        let library = Arc::new(library);
        let mut made = kept();
        made.retain(|(digest, _)| *digest != rules.digest);
        if made.len() >= KEPT {
            made.remove(0);
        }
        made.push((rules.digest.clone(), Arc::clone(&library)));
        library
    }
}

/// A published resource as it is served.
#[derive(Clone, Debug)]
pub struct Edition {
    /// Names this content, and is its version.
    pub tag: Box<str>,
    pub json: Box<str>,
}

/// What was asked, to be repeated in `self`.
pub type Used = Vec<(String, String)>;

/// The operations on what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermOperation {
    Expand,
    Lookup,
    ValidateCode,
    Translate,
}

impl TermOperation {
    /// Answers its name, without the `$`.
    pub fn name(self) -> &'static str {
        match self {
            TermOperation::Expand => "expand",
            TermOperation::Lookup => "lookup",
            TermOperation::ValidateCode => "validate-code",
            TermOperation::Translate => "translate",
        }
    }

    /// Answers the parameters it knows.
    fn parameters(self, kind: Published) -> &'static [&'static str] {
        match (self, kind) {
            (TermOperation::Expand, _) => &[
                "url",
                "valueSetVersion",
                "filter",
                "count",
                "offset",
                "includeDesignations",
                "displayLanguage",
                "activeOnly",
                "excludeNested",
            ],
            (TermOperation::Lookup, _) => &["system", "code", "coding", "version", "displayLanguage", "property"],
            (TermOperation::ValidateCode, Published::CodeSystem) => {
                &["url", "code", "version", "display", "coding", "codeableConcept", "displayLanguage"]
            }
            (TermOperation::ValidateCode, _) => &[
                "url",
                "valueSetVersion",
                "code",
                "system",
                "systemVersion",
                "display",
                "coding",
                "codeableConcept",
                "displayLanguage",
            ],
            (TermOperation::Translate, _) => &[
                "url",
                "conceptMapVersion",
                "code",
                "system",
                "version",
                "coding",
                "codeableConcept",
                "target",
                "targetsystem",
            ],
        }
    }
}

/// Parameters of R4 by which a resource is sent along with the question.
const INLINE: &[&str] = &["valueSet", "codeSystem", "conceptMap"];

/// What an operation is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermQuestion {
    values: Vec<(String, String)>,
    codings: Vec<AskedCoding>,
}

impl TermQuestion {
    /// Reads the parameters of the address and those of a Parameters sent; strict.
    pub fn read(
        pairs: Vec<(String, String)>,
        body: Option<&[u8]>,
        (kind, operation): (Published, TermOperation),
    ) -> Result<TermQuestion, Failure> {
        let mut question = TermQuestion::default();
        for (name, value) in pairs {
            question.take(name, value);
        }
        if let Some(body) = body {
            question.take_body(body)?;
        }
        let known = operation.parameters(kind);
        for (n, (name, _)) in question.values.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(unknown(name, kind, known));
            }
            if name != "property" && question.values[..n].iter().any(|(earlier, _)| earlier == name) {
                return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_TWICE, &[name])));
            }
        }
        Ok(question)
    }

    fn take(&mut self, name: String, value: String) {
        match (name.as_str(), value.rsplit_once('|')) {
            ("_format" | "_pretty", _) => {}
            // In an address a coding is written as a token.
            ("coding", Some((system, code))) => self.codings.push(AskedCoding {
                system: Some(system.to_owned()).filter(|s| !s.is_empty()),
                code: code.to_owned(),
                display: None,
            }),
            _ => self.values.push((name, value)),
        }
    }

    fn take_body(&mut self, body: &[u8]) -> Result<(), Failure> {
        json::check(body, json::DEPTH_LIMIT, "Parameters").map_err(|fault| json_failure(&fault))?;
        let sent: Value = serde_json::from_slice(body).map_err(|_| wrong_body())?;
        if sent.get("resourceType").and_then(Value::as_str) != Some("Parameters") {
            return Err(wrong_body());
        }
        let parameters = sent.get("parameter").and_then(Value::as_array);
        for (n, parameter) in parameters.into_iter().flatten().enumerate() {
            let no_value = || {
                let place = format!("Parameters.parameter[{n}]");
                Failure::new(Reason::Malformed, Issue::new(&issues::WRONG_TYPE, place, &["value", "string"]))
            };
            let name = parameter.get("name").and_then(Value::as_str).ok_or_else(no_value)?;
            let members = parameter.as_object().ok_or_else(no_value)?;
            if let Some(inline) = INLINE.iter().find(|inline| **inline == name && members.contains_key("resource")) {
                let place = format!("Parameters.parameter[{n}]");
                return Err(Failure::new(Reason::NotSupported, Issue::new(&issues::RESOURCE_INLINE, place, &[inline])));
            }
            let (kind, value) = members.iter().find(|(member, _)| member.starts_with("value")).ok_or_else(no_value)?;
            match (kind.as_str(), value) {
                ("valueCoding", coding) => self.codings.extend(coding_of(coding)),
                ("valueCodeableConcept", concept) => {
                    let codings = concept.get("coding").and_then(Value::as_array);
                    self.codings.extend(codings.into_iter().flatten().filter_map(coding_of));
                }
                (_, Value::String(text)) => self.take(name.to_owned(), text.clone()),
                (_, Value::Bool(_) | Value::Number(_)) => self.take(name.to_owned(), value.to_string()),
                _ => return Err(no_value()),
            }
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Failure> {
        let bad = |_| Failure::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, "20"]));
        self.value(name).map(|value| value.parse().map_err(bad)).transpose()
    }

    /// Answers the codings asked about: those sent whole, else `code` with its system.
    fn codings(&self, system: Option<&str>) -> Result<Vec<AskedCoding>, Failure> {
        if !self.codings.is_empty() {
            return Ok(self.codings.clone());
        }
        let code = self.value("code").ok_or_else(|| missing("code"))?;
        let system = self.value("system").or(system).ok_or_else(|| missing("system"))?;
        let display = self.value("display").map(str::to_owned);
        Ok(vec![AskedCoding { system: Some(system.to_owned()), code: code.to_owned(), display }])
    }
}

impl Gateway {
    /// Answers the same gateway, which publishes this folder.
    pub fn publishing(self, profiles: Profiles) -> Gateway {
        Gateway { shelf: Shelf::of(profiles), ..self }
    }

    /// Answers what is published while the current rules are in force.
    pub fn library(&self) -> Arc<Library> {
        self.shelf.library(&self.rulebooks.current())
    }

    /// Answers what was published under the rulebooks before the one in force, the latest first.
    fn earlier(&self) -> impl Iterator<Item = Arc<Library>> + '_ {
        let mut seen = vec![self.rulebooks.current().digest.clone()];
        let digests = self.store.rulebooks().into_iter().rev().map(|header| render::hex(&header.digest));
        let digests = digests.filter(move |digest| {
            let first = !seen.contains(digest);
            seen.extend(first.then(|| digest.clone()));
            first
        });
        // An engine that can no longer read one says so where it is asked for by name.
        let rules = digests.take(LOOKED_THROUGH).filter_map(|digest| self.rulebooks.named(&self.store, &digest).ok());
        rules.map(|rules| self.shelf.library(&rules))
    }

    /// Answers one published resource, or the part of it that is asked for: as it is served, or in a
    /// version that was.
    pub fn published(
        &self,
        (kind, id, version): (Published, &str, Option<&str>),
        pairs: &[(String, String)],
    ) -> Result<Edition, Failure> {
        let now = self.library();
        let served = now.get(kind, id);
        let Some(version) = version else {
            return edition(served.ok_or_else(|| not_found(&issues::NOT_FOUND, kind))?, pairs);
        };
        if let Some(served) = served.filter(|served| *served.tag == *version) {
            return edition(served, pairs);
        }
        let was = |library: Arc<Library>| {
            let found = library.get(kind, id).filter(|found| *found.tag == *version)?;
            Some(edition(found, pairs))
        };
        // A version is sixteen digits: nothing else is looked for.
        let may_be = version.len() == TAG && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found = may_be.then(|| self.earlier().find_map(was)).flatten();
        let missing = if served.is_some() { &issues::VERSION_NOT_FOUND } else { &issues::NOT_FOUND };
        found.unwrap_or_else(|| Err(not_found(missing, kind)))
    }

    /// Answers the history of a published resource: the version that is served and those before it, the
    /// latest first, as many as the page has room for; how many there are, and what was asked.
    pub fn published_history(
        &self,
        (kind, id): (Published, &str),
        pairs: &[(String, String)],
    ) -> Result<(Vec<Edition>, usize, Used), Failure> {
        let (room, used) = undated(pairs)?;
        let mut all = vec![self.published((kind, id, None), pairs)?];
        for library in self.earlier() {
            if let Some(found) = library.get(kind, id).filter(|found| all.iter().all(|one| one.tag != found.tag)) {
                all.push(edition(found, pairs)?);
            }
        }
        let total = all.len();
        all.truncate(room);
        Ok((all, total, used))
    }

    /// Answers a page of what is published.
    pub fn find_published(&self, kind: Published, pairs: &[(String, String)]) -> Result<Found, Failure> {
        let refused = |issues| Failure { reason: Reason::NotSupported, issues };
        let found = self.library().find(kind, pairs).map_err(refused)?;
        // What an earlier rulebook published is found by its version, which names the rulebook.
        let version = pairs.iter().find(|(name, _)| name == "version").map(|(_, version)| version.as_str());
        let version = version.filter(|version| found.total == 0 && version.len() == VERSION);
        let Some(rules) = version.and_then(|version| self.rulebooks.named(&self.store, version).ok()) else {
            return Ok(found);
        };
        self.shelf.library(&rules).find(kind, pairs).map_err(refused)
    }

    /// Answers an operation on what is published, of one resource or of those its parameters name.
    pub fn ask_published(
        &self,
        (kind, id): (Published, Option<&str>),
        operation: TermOperation,
        question: &TermQuestion,
    ) -> Result<Value, Failure> {
        let library = self.library();
        match operation {
            TermOperation::Expand => {
                let set = named(&library, (kind, id), (question, "valueSetVersion"))?;
                let asked = expansion(question)?;
                library.expand(set, &asked).map_err(|issue| Failure::new(Reason::Contract, issue))
            }
            TermOperation::Lookup => {
                let codings = question.codings(None)?;
                let coding = codings.first().ok_or_else(|| missing("code"))?;
                library.lookup(coding, language(question)).map_err(|issue| Failure::new(Reason::NotFound, issue))
            }
            TermOperation::ValidateCode if kind == Published::CodeSystem => {
                let system = named(&library, (kind, id), (question, "version"))?;
                Ok(library.validate_in_system(system, &question.codings(Some(&system.url))?))
            }
            TermOperation::ValidateCode => {
                let set = named(&library, (kind, id), (question, "valueSetVersion"))?;
                Ok(library.validate_in_set(set, &question.codings(None)?))
            }
            TermOperation::Translate => {
                let map = match (id, question.value("url")) {
                    (None, None) => None,
                    _ => Some(named(&library, (kind, id), (question, "conceptMapVersion"))?),
                };
                let codings = question.codings(None)?;
                let coding = codings.first().ok_or_else(|| missing("code"))?;
                let target = question.value("targetsystem").or(question.value("target"));
                Ok(library.translate(map.map(|map| &*map.url), coding, target))
            }
        }
    }
}

/// Answers a resource as it is served, or the part of it that is asked for.
fn edition(found: &Artefact, pairs: &[(String, String)]) -> Result<Edition, Failure> {
    let json = part(found, pairs).map_err(|issues| Failure { reason: Reason::NotSupported, issues })?;
    Ok(Edition { tag: found.tag.clone(), json })
}

/// Answers the resource an operation is about: that of the address, else that of `url`.
fn named<'l>(
    library: &'l Library,
    (kind, id): (Published, Option<&str>),
    (question, version): (&TermQuestion, &str),
) -> Result<&'l Artefact, Failure> {
    if let Some(id) = id {
        return library.get(kind, id).ok_or_else(|| not_found(&issues::NOT_FOUND, kind));
    }
    let url = question.value("url").ok_or_else(|| missing("url"))?;
    let canonical = match question.value(version) {
        Some(version) if !url.contains('|') => format!("{url}|{version}"),
        _ => url.to_owned(),
    };
    library.by_url(kind, &canonical).ok_or_else(|| not_found(&issues::CANONICAL_UNKNOWN, kind))
}

fn expansion(question: &TermQuestion) -> Result<Expansion, Failure> {
    let told = question.value("includeDesignations") == Some("true");
    Ok(Expansion {
        filter: question.value("filter").map(str::to_owned),
        count: question.number("count")?,
        offset: question.number("offset")?.unwrap_or(0),
        designations: if told { Designations::Told } else { Designations::Left },
        language: language(question),
        timestamp: super::now().to_string(),
    })
}

/// Answers which language displays are wanted in: French unless English is asked for.
fn language(question: &TermQuestion) -> Language {
    match question.value("displayLanguage") {
        Some(language) if language.to_ascii_lowercase().starts_with("en") => Language::English,
        _ => Language::French,
    }
}

fn coding_of(coding: &Value) -> Option<AskedCoding> {
    let text = |member: &str| coding.get(member).and_then(Value::as_str).map(str::to_owned);
    Some(AskedCoding { system: text("system"), code: text("code")?, display: text("display") })
}

fn wrong_body() -> Failure {
    let issue = Issue::new(&issues::WRONG_RESOURCE_TYPE, "Parameters.resourceType", &["?", "Parameters"]);
    Failure::new(Reason::Malformed, issue)
}

fn missing(name: &str) -> Failure {
    Failure::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_MISSING, &[name]))
}

fn not_found(issue: &'static IssueKind, kind: Published) -> Failure {
    Failure::new(Reason::NotFound, Issue::general(issue, &[kind.name()]))
}

fn unknown(sent: &str, kind: Published, known: &[&str]) -> Failure {
    super::unknown_parameter(sent, kind.name(), known)
}
