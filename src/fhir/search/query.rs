//! Queries: strict parsing with every fault at once, and matching against keys.

use super::Context;
use super::IndexKey;
use super::dates;
use super::dates::Prefix;
use super::extract::reference_key;
use super::fault::SearchFault;
use super::fault::nearest;
use super::fault::shown;
use super::lead::Lead;
use super::lead::lead;
use super::table::Parameter;
use super::table::PatientOnly;
use super::table::Shape;
use super::table::parameter;
use super::table::parameters;
use super::token::Token;
use super::token::asked_identifier;
use super::token::coding_key;
use crate::domain::fact::Kind;
use crate::fhir::facts::date::Interval;
use crate::fhir::references::Form;
use crate::fhir::references::form;
use crate::fhir::references::is_id;
use crate::fhir::references::is_type_name;
use crate::fhir::references::local;

/// A patient a query names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatientRef(pub Box<str>);

/// One value a key is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Exact(Box<[u8]>),
    Begins(Box<[u8]>),
    Ends(Box<[u8]>),
    Date(Prefix, Interval),
}

/// One parameter of the query: one of the alternatives must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Criterion {
    pub(super) parameter: &'static Parameter,
    pub(super) alternatives: Vec<Test>,
}

/// What a query asks of the resources of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub kind: Kind,
    /// `_count`, as given; 0 asks for the total only.
    pub count: Option<u32>,
    /// The parameters that were used, as given: what `self` says.
    pub used: Vec<(String, String)>,
    ids: Option<Vec<Box<str>>>,
    patients: Option<Vec<PatientRef>>,
    criteria: Vec<Criterion>,
}

impl Query {
    /// Answers the only ids that can match, where `_id` was given.
    pub fn ids(&self) -> Option<&[Box<str>]> {
        self.ids.as_deref()
    }

    /// Answers the only patients whose resources can match, where `patient`, or `subject` with
    /// patients alone, was given. The caller reads those patients' resources: `matches` does not
    /// look at the patient, because a resource linked by identifier has no such key.
    pub fn patients(&self) -> Option<&[PatientRef]> {
        self.patients.as_deref()
    }

    /// Answers where to start across patients: the ranges of the most telling parameter.
    pub fn lead(&self) -> Option<Lead> {
        lead(&self.criteria)
    }

    /// Answers whether a resource with this id and these keys is asked for (see `patients`).
    pub fn matches(&self, id: &str, keys: &[IndexKey]) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.iter().any(|i| &**i == id))
            && self.criteria.iter().all(|criterion| {
                let mut own = keys.iter().filter(|k| k.param == criterion.parameter.id);
                own.any(|key| criterion.alternatives.iter().any(|test| test.holds(&key.value)))
            })
    }
}

impl Test {
    fn holds(&self, key: &[u8]) -> bool {
        match self {
            Test::Exact(want) => **want == *key,
            Test::Begins(start) => key.starts_with(start),
            Test::Ends(end) => key.ends_with(end),
            Test::Date(prefix, asked) => dates::decode(key).is_some_and(|target| prefix.holds(*asked, target)),
        }
    }
}

/// Splits a query string into decoded names and values; a `+` is a blank.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>, SearchFault> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(n, v)| Ok((decoded(n)?, decoded(v)?))).collect()
}

fn decoded(text: &str) -> Result<String, SearchFault> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(), digit());
                let code = high.zip(low).map(|(h, l)| h * 16 + l).ok_or(SearchFault::BadEncoding)?;
                u8::try_from(code).map_err(|_| SearchFault::BadEncoding)?
            }
            plain => plain,
        });
    }
    String::from_utf8(out).map_err(|_| SearchFault::BadEncoding)
}

/// Reads decoded names and values as a query over `kind`; answers all faults at once.
pub fn parse(kind: Kind, pairs: &[(String, String)], context: Context<'_>) -> Result<Query, Vec<SearchFault>> {
    let query = Query { kind, count: None, used: Vec::new(), ids: None, patients: None, criteria: Vec::new() };
    let mut reading = Reading { query, faults: Vec::new(), context };
    for (name, value) in pairs {
        // How the answer is written is the caller's matter.
        if matches!(name.as_str(), "_format" | "_pretty") {
            continue;
        }
        match reading.pair(name, value) {
            Ok(()) => reading.query.used.push((name.clone(), value.clone())),
            Err(fault) => reading.faults.push(fault),
        }
    }
    if reading.faults.is_empty() { Ok(reading.query) } else { Err(reading.faults) }
}

struct Reading<'a> {
    query: Query,
    faults: Vec<SearchFault>,
    context: Context<'a>,
}

impl Reading<'_> {
    fn pair(&mut self, full_name: &str, value: &str) -> Result<(), SearchFault> {
        let (name, modifier) = full_name.split_once(':').map_or((full_name, None), |(n, m)| (n, Some(m)));
        match name {
            "_id" => return no_modifier("_id", modifier).and_then(|()| self.ids(value)),
            "_count" => return no_modifier("_count", modifier).and_then(|()| self.count(value)),
            _ => {}
        }
        let Some(found) = parameter(self.query.kind, name) else { return Err(self.unknown(full_name)) };
        let values = alternatives(value);
        if values.iter().any(|v| v.trim().is_empty()) {
            return Err(SearchFault::NoValue { name: found.name });
        }
        if let Shape::Reference { patient_only } = found.shape {
            return self.references(found, patient_only, modifier, &values);
        }
        no_modifier(found.name, modifier)?;
        let tests: Result<Vec<Test>, SearchFault> = values.iter().map(|v| self.test(found, v)).collect();
        self.query.criteria.push(Criterion { parameter: found, alternatives: tests? });
        Ok(())
    }

    fn unknown(&self, name: &str) -> SearchFault {
        let mut known: Vec<&'static str> = parameters(self.query.kind).map(|p| p.name).collect();
        known.extend(["_id", "_count"]);
        known.sort_unstable();
        SearchFault::UnknownParameter { name: shown(name), suggestion: nearest(name, &known), known }
    }

    fn ids(&mut self, value: &str) -> Result<(), SearchFault> {
        let ids: Vec<Box<str>> = alternatives(value).iter().map(|id| unescaped(id.trim()).into()).collect();
        if ids.iter().any(|id| id.is_empty()) {
            return Err(SearchFault::NoValue { name: "_id" });
        }
        if !ids.iter().all(|id| is_id(id)) {
            return Err(SearchFault::BadId);
        }
        intersect(&mut self.query.ids, ids);
        Ok(())
    }

    fn count(&mut self, value: &str) -> Result<(), SearchFault> {
        if self.query.count.is_some() {
            return Err(SearchFault::Repeated { name: "_count" });
        }
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        // More than anybody can be given is as many as there are.
        self.query.count = Some(digits.then(|| value.parse().unwrap_or(u32::MAX)).ok_or(SearchFault::BadCount)?);
        Ok(())
    }

    fn test(&self, found: &Parameter, value: &str) -> Result<Test, SearchFault> {
        let name = found.name;
        match found.shape {
            Shape::Date => {
                let (prefix, asked) = dates::asked(&unescaped(value)).ok_or(SearchFault::BadDate { name })?;
                Ok(Test::Date(prefix, asked))
            }
            Shape::Identifier => {
                let token = token(value).ok_or(SearchFault::BadToken { name })?;
                Ok(Test::Exact(asked_identifier(&token, self.context.key)))
            }
            Shape::Code | Shape::Reference { .. } => {
                token(value).and_then(|t| coded(&t)).ok_or(SearchFault::BadToken { name })
            }
        }
    }

    fn references(
        &mut self,
        found: &'static Parameter,
        patient_only: PatientOnly,
        modifier: Option<&str>,
        values: &[&str],
    ) -> Result<(), SearchFault> {
        let name = found.name;
        if let Some(other) = modifier.filter(|m| !is_type_name(m) || Kind::from_name(m).is_none()) {
            return Err(SearchFault::UnknownModifier { name, modifier: shown(other) });
        }
        let targets: Option<Vec<Target>> =
            values.iter().map(|v| self.target(unescaped(v.trim()).as_str(), modifier)).collect();
        let targets = targets.ok_or(SearchFault::BadReference { name })?;
        let only_patients: Option<Vec<PatientRef>> = targets.iter().map(Target::patient).collect();
        match only_patients {
            Some(patients) => intersect(&mut self.query.patients, patients),
            None if patient_only == PatientOnly::Yes && targets.iter().any(|t| t.of_other_type("Patient")) => {
                return Err(SearchFault::BadReference { name });
            }
            None => {
                let alternatives = targets.into_iter().filter_map(|t| t.test(self.context.base)).collect();
                self.query.criteria.push(Criterion { parameter: found, alternatives });
            }
        }
        Ok(())
    }

    /// Reads `Type/id`, `id` (of a Patient, or of the modifier's type) or an absolute URL.
    fn target(&self, text: &str, modifier: Option<&str>) -> Option<Target> {
        let own = |resource_type: &str, id: &str| Target::Own(resource_type.to_owned(), id.to_owned());
        if is_id(text) {
            return Some(own(modifier.unwrap_or("Patient"), text));
        }
        if let Some(target) = local(text, self.context.base) {
            let fits = modifier.is_none_or(|m| m == target.resource_type);
            return fits.then(|| own(target.resource_type, target.id));
        }
        matches!(form(text), Form::Rest { .. } | Form::Absolute).then(|| Target::Elsewhere(text.to_owned()))
    }
}

enum Target {
    Own(String, String),
    Elsewhere(String),
}

impl Target {
    fn patient(&self) -> Option<PatientRef> {
        match self {
            Target::Own(resource_type, id) if resource_type == "Patient" => Some(PatientRef(id.as_str().into())),
            _ => None,
        }
    }

    fn of_other_type(&self, wanted: &str) -> bool {
        matches!(self, Target::Own(resource_type, _) if resource_type != wanted)
    }

    fn test(self, base: &str) -> Option<Test> {
        let text = match self {
            Target::Own(resource_type, id) => format!("{resource_type}/{id}"),
            Target::Elsewhere(url) => url,
        };
        reference_key(&text, PatientOnly::No, base).map(Test::Exact)
    }
}

fn no_modifier(name: &'static str, modifier: Option<&str>) -> Result<(), SearchFault> {
    match modifier {
        None => Ok(()),
        Some(modifier) => Err(SearchFault::UnknownModifier { name, modifier: shown(modifier) }),
    }
}

/// Repeated parameters must all hold: what remains is what all of them name.
fn intersect<T: PartialEq>(kept: &mut Option<Vec<T>>, asked: Vec<T>) {
    match kept {
        None => *kept = Some(asked),
        Some(kept) => kept.retain(|one| asked.contains(one)),
    }
}

/// Splits at the commas that are not escaped.
fn alternatives(value: &str) -> Vec<&str> {
    split(value, ',')
}

fn split(value: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (place, c) in value.char_indices() {
        if c == at && !escaped {
            parts.push(&value[start..place]);
            start = place + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&value[start..]);
    parts
}

/// Takes the backslash from `\,` `\|` `\$` and `\\`.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && matches!(chars.peek(), Some(',' | '|' | '$' | '\\'));
        out.push(if escapes { chars.next().unwrap_or(c) } else { c });
    }
    out
}

fn token(value: &str) -> Option<Token> {
    let parts: Vec<String> = split(value, '|').into_iter().map(|part| unescaped(part).trim().to_owned()).collect();
    match parts.as_slice() {
        [code] => Some(Token::Any(code.clone())),
        [system, code] if !code.is_empty() => Some(Token::Exact(system.clone(), code.clone())),
        [system, _] if !system.is_empty() => Some(Token::System(system.clone())),
        _ => None,
    }
}

fn coded(token: &Token) -> Option<Test> {
    Some(match token {
        Token::Any(code) => Test::Begins(coding_key("", code)?),
        Token::Exact(system, code) => Test::Exact(coding_key(system, code)?),
        Token::System(system) => Test::Ends(coding_key(system, "")?),
    })
}
