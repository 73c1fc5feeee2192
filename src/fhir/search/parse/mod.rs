//! Strict parsing of queries, with every fault at once.
//!
//! Owns: which name is what. What a value asks is in `values`, what references ask in `references`,
//! hops over them in `links`, what follows a colon in `modifiers`.

mod links;
mod modifiers;
mod references;
mod values;

pub use modifiers::modifiers;

use super::Context;
use super::extract::Form;
use super::fault::SearchFault;
use super::fault::nearest;
use super::fault::shown;
use super::query::Criterion;
use super::query::How;
use super::query::Members;
use super::query::Query;
use super::query::Test;
use super::query::intersect;
use super::results;
use super::results::Reach;
use super::results::Results;
use super::syntax::alternatives;
use super::syntax::unescaped;
use super::table::Pair;
use super::table::Parameter;
use super::table::Shape;
use super::table::parameter;
use super::table::parameters;
use crate::domain::fact::Kind;
use crate::fhir::references::is_id;
use modifiers::modified;
use modifiers::named_modifier;
use modifiers::no_modifier;

/// What parameters that are not known become (search.html#errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    Refused,
    /// Passed over, and told.
    Ignored,
}

/// Answers the members of a value set by its canonical URL; `None` when it is not published.
pub type ValueSets<'a> = &'a dyn Fn(&str) -> Option<Members>;

/// What reading a query needs beside it.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub context: Context<'a>,
    pub value_sets: ValueSets<'a>,
    pub unknown: Unknown,
}

/// Most hops of one chain, there or back: each is a search of its own.
const HOPS: usize = 4;

/// Reads decoded names and values as a query over `kind`; answers all faults at once.
pub fn parse(kind: Kind, pairs: &[(String, String)], reader: Reader<'_>) -> Result<Query, Vec<SearchFault>> {
    parse_within(kind, pairs, reader, HOPS)
}

fn parse_within(
    kind: Kind,
    pairs: &[(String, String)],
    reader: Reader<'_>,
    hops: usize,
) -> Result<Query, Vec<SearchFault>> {
    let mut reading = Reading { query: empty(kind), reader, faults: Vec::new(), hops };
    for (name, value) in pairs {
        // How the answer is written is the caller's matter.
        if matches!(name.as_str(), "_format" | "_pretty") {
            continue;
        }
        match reading.pair(name, value) {
            Ok(()) => reading.query.used.push((name.clone(), value.clone())),
            Err(SearchFault::UnknownParameter { name: told, .. })
                if reader.unknown == Unknown::Ignored && told == shown(name) =>
            {
                reading.query.ignored.push(told);
            }
            Err(fault) => reading.faults.push(fault),
        }
    }
    if reading.faults.is_empty() { Ok(reading.query) } else { Err(reading.faults) }
}

fn empty(kind: Kind) -> Query {
    Query {
        kind,
        results: Results::default(),
        used: Vec::new(),
        ignored: Vec::new(),
        chains: Vec::new(),
        has: Vec::new(),
        ids: None,
        patients: None,
        and_patients: Vec::new(),
        criteria: Vec::new(),
    }
}

struct Reading<'a> {
    query: Query,
    reader: Reader<'a>,
    faults: Vec<SearchFault>,
    /// How many hops a chain may still take.
    hops: usize,
}

/// One parameter as it was written.
#[derive(Clone, Copy)]
struct Asked<'a> {
    parameter: &'static Parameter,
    modifier: Option<&'a str>,
    value: &'a str,
}

impl Reading<'_> {
    fn pair(&mut self, full_name: &str, value: &str) -> Result<(), SearchFault> {
        if let Some(rest) = full_name.strip_prefix("_has:") {
            return self.has(full_name, rest, value);
        }
        if let Some((reference, rest)) = full_name.split_once('.') {
            return self.chain(full_name, reference, (rest, value));
        }
        let (name, modifier) = full_name.split_once(':').map_or((full_name, None), |(n, m)| (n, Some(m)));
        if let Some(known) = results::NAMES.iter().find(|known| **known == name) {
            let reach = match (*known, modifier) {
                ("_include" | "_revinclude", Some("iterate")) => Reach::Iterate,
                ("_include" | "_revinclude", Some(modifier)) => {
                    let (modifier, suggestion) = (named_modifier(modifier), Some("iterate"));
                    return Err(SearchFault::UnknownModifier { name: known, modifier, suggestion });
                }
                _ => no_modifier(known, modifier).map(|()| Reach::Once)?,
            };
            return self.query.results.read(self.query.kind, known, (value, reach));
        }
        let found = parameter(self.query.kind, name).ok_or_else(|| self.unknown(full_name))?;
        let asked = Asked { parameter: found, modifier, value };
        if modifier == Some("missing") {
            return self.missing(asked);
        }
        if alternatives(value).iter().any(|v| v.trim().is_empty()) {
            return Err(SearchFault::NoValue { name: found.name });
        }
        match found.shape {
            _ if found.name == "_id" && modifier.is_none() => self.ids(asked),
            Shape::Reference(targets) if modifier != Some("identifier") => self.references(asked, targets),
            _ => self.criterion(asked),
        }
    }

    fn unknown(&self, name: &str) -> SearchFault {
        let mut known: Vec<&'static str> = parameters(self.query.kind).map(|p| p.name).collect();
        known.extend(results::NAMES);
        known.sort_unstable();
        SearchFault::UnknownParameter {
            kind: self.query.kind,
            name: shown(name),
            suggestion: nearest(name, &known),
            known,
        }
    }

    fn missing(&mut self, asked: Asked<'_>) -> Result<(), SearchFault> {
        let how = match asked.value {
            "true" => How::Missing,
            "false" => How::Present,
            _ => return Err(SearchFault::BadValue { name: asked.parameter.name, form: "boolean" }),
        };
        self.push(asked.parameter, Form::Presence, how, Vec::new());
        Ok(())
    }

    fn push(&mut self, parameter: &'static Parameter, form: Form, how: How, alternatives: Vec<Test>) {
        self.query.criteria.push(Criterion { parameter, form, how, alternatives, homes: Vec::new() });
    }

    fn ids(&mut self, asked: Asked<'_>) -> Result<(), SearchFault> {
        // `_id` is a token: a system before it is none, and may be written as such.
        let ids =
            alternatives(asked.value).iter().map(|v| unescaped(v.trim().trim_start_matches('|'))).collect::<Vec<_>>();
        if !ids.iter().all(|id| is_id(id)) {
            return Err(SearchFault::BadValue { name: "_id", form: "id" });
        }
        intersect(&mut self.query.ids, ids.into_iter().map(Into::into).collect());
        Ok(())
    }

    fn criterion(&mut self, asked: Asked<'_>) -> Result<(), SearchFault> {
        let (form, how) = modified(asked)?;
        let values = alternatives(asked.value);
        let tests: Result<Vec<Test>, SearchFault> = values.iter().map(|v| self.test(asked, form, v)).collect();
        let tests = tests?;
        self.lead_of_pair(asked.parameter, &tests);
        self.push(asked.parameter, form, how, tests);
        Ok(())
    }

    /// The first side of a composite over the whole resource is also asked alone: it leads.
    fn lead_of_pair(&mut self, parameter: &'static Parameter, tests: &[Test]) {
        let Shape::Pair(Pair { within: [""], .. }) = parameter.shape else { return };
        let firsts: Option<Vec<Test>> = tests
            .iter()
            .map(|test| match test {
                Test::Pair(sides) => Some(sides.0.clone()),
                _ => None,
            })
            .collect();
        if let Some((code, firsts)) = super::table::parameter(self.query.kind, "code").zip(firsts) {
            self.push(code, Form::Usual, How::Any, firsts);
        }
    }
}
