//! Strict parsing of queries, with every fault at once.

use super::Context;
use super::dates;
use super::extract::Form;
use super::extract::reference_key;
use super::extract::typed_key;
use super::fault::SearchFault;
use super::fault::nearest;
use super::fault::shown;
use super::quantity;
use super::query::Chain;
use super::query::Criterion;
use super::query::Has;
use super::query::How;
use super::query::Members;
use super::query::Query;
use super::query::Test;
use super::query::intersect;
use super::results;
use super::results::Reach;
use super::results::Results;
use super::syntax::alternatives;
use super::syntax::bars;
use super::syntax::split;
use super::syntax::token;
use super::syntax::unescaped;
use super::table::Kept;
use super::table::Pair;
use super::table::Parameter;
use super::table::Shape;
use super::table::parameter;
use super::table::parameters;
use super::text::folded;
use super::token::Place;
use super::token::Token;
use super::token::asked_identifier;
use super::token::coding_key;
use crate::domain::fact::Kind;
use crate::fhir::facts::identity::normal;
use crate::fhir::references::Form as Written;
use crate::fhir::references::form as written;
use crate::fhir::references::is_id;
use crate::fhir::references::local;

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
        SearchFault::UnknownParameter { name: shown(name), suggestion: nearest(name, &known), known }
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

    fn test(&self, asked: Asked<'_>, form: Form, value: &str) -> Result<Test, SearchFault> {
        let name = asked.parameter.name;
        let bad = |form| SearchFault::BadValue { name, form };
        let key = self.reader.context.key;
        match (form, asked.modifier) {
            (_, Some("in" | "not-in")) => {
                let url = unescaped(value);
                let members = (self.reader.value_sets)(&url).ok_or(SearchFault::UnknownValueSet { name })?;
                return Ok(Test::Member(members));
            }
            (_, Some("contains")) => {
                let part = folded(&unescaped(value)).ok_or(bad("string"))?;
                return Ok(Test::Contains(part.into_bytes().into()));
            }
            (_, Some("below")) => return Ok(Test::Begins(unescaped(value).into_bytes().into())),
            (_, Some("above")) => return Ok(Test::RootOf(unescaped(value).into_bytes().into())),
            (Form::Exact, _) => return Ok(Test::Exact(unescaped(value).into_bytes().into())),
            (Form::Words, _) => {
                return Ok(Test::Begins(folded(&unescaped(value)).ok_or(bad("string"))?.into_bytes().into()));
            }
            (Form::Identifier, _) => return identifier(value, key).ok_or(bad("token")),
            (Form::OfType, _) => {
                let parts = bars(value);
                let [system, code, number] = parts.as_slice() else { return Err(bad("token system|code|value")) };
                let (_, number) = normal("", number);
                return Ok(Test::Exact(typed_key(system, code, &number, self.reader.context).as_slice().into()));
            }
            _ => {}
        }
        self.usual(asked.parameter.shape, value).map_err(bad)
    }

    /// Reads a value by the type of its parameter; answers the form it should have otherwise.
    fn usual(&self, shape: Shape, value: &str) -> Result<Test, &'static str> {
        match shape {
            Shape::Date => {
                let (prefix, interval) = dates::asked(&unescaped(value)).ok_or("date")?;
                Ok(Test::Date(prefix, interval))
            }
            Shape::Identifier => identifier(value, self.reader.context.key).ok_or("token"),
            Shape::Code(_) | Shape::Contact(_) | Shape::Deceased => token(value).and_then(|t| coded(&t)).ok_or("token"),
            Shape::Text => {
                let start = folded(&unescaped(value)).ok_or("string")?;
                Ok(Test::Begins(start.into_bytes().into()))
            }
            Shape::Quantity => {
                let asked = quantity::asked(&bars(value)).ok_or("quantity")?;
                Ok(Test::Quantity(Box::new(asked)))
            }
            Shape::Uri | Shape::Canonical => {
                let uri = bars(value).join("|");
                let versioned = uri.contains('|');
                let uri = uri.into_bytes().into();
                Ok(if versioned { Test::Exact(uri) } else { Test::Canonical(uri) })
            }
            Shape::Pair(pair) => match split(value, '$').as_slice() {
                [first, second] if !first.trim().is_empty() && !second.trim().is_empty() => {
                    let sides = (self.usual(pair.first.shape, first)?, self.usual(pair.second.shape, second)?);
                    Ok(Test::Pair(Box::new(sides)))
                }
                _ => Err("composite a$b"),
            },
            Shape::Reference(_) => Err("reference"),
        }
    }

    fn references(&mut self, asked: Asked<'_>, targets: &'static [Kind]) -> Result<(), SearchFault> {
        let Asked { parameter, modifier, value } = asked;
        let name = parameter.name;
        let how = if modifier == Some("not") { How::None } else { How::Any };
        let wanted = match modifier.filter(|m| *m != "not") {
            None => None,
            Some(other) => match Kind::from_name(other).filter(|kind| targets.contains(kind)) {
                Some(kind) => Some(kind),
                None => return Err(unknown_modifier(parameter, other)),
            },
        };
        let (mut homes, mut tests, mut only_homes) = (Vec::new(), Vec::new(), true);
        for text in alternatives(value) {
            let text = unescaped(text.trim());
            if targets.is_empty() && is_id(&text) {
                // It leads to types that are not kept here: any of them may have the id.
                only_homes = false;
                tests.push(Test::Ends(format!("/{text}").into_bytes().into()));
                continue;
            }
            let own = self.own_targets(&text, parameter, (targets, wanted));
            let bad = SearchFault::BadValue { name, form: "reference" };
            match own {
                Some(own) if own.is_empty() => return Err(bad),
                Some(own) => {
                    for (kind, id) in own {
                        if parameter.kept == Kept::Home && kind == Kind::Patient {
                            homes.push(Box::<str>::from(id.as_str()));
                        } else {
                            only_homes = false;
                        }
                        tests.push(Test::Exact(format!("{}/{id}", kind.name()).into_bytes().into()));
                    }
                }
                None => {
                    only_homes = false;
                    let elsewhere = !matches!(written(&text), Written::Contained(_) | Written::Conditional { .. });
                    let key = elsewhere.then(|| reference_key(&text, Kind::ALL, self.reader.context.base)).flatten();
                    tests.push(Test::Exact(key.ok_or(bad)?.into_bytes().into()));
                }
            }
        }
        if only_homes && how == How::Any && !homes.is_empty() {
            self.query.of_patients(homes);
        } else {
            self.query.criteria.push(Criterion { parameter, form: Form::Usual, how, alternatives: tests, homes });
        }
        Ok(())
    }

    /// Reads `Type/id`, `id` or an absolute URL of ours: every resource it may name. `None`: not one
    /// of ours; empty: of a type the parameter does not lead to.
    fn own_targets(
        &self,
        text: &str,
        parameter: &Parameter,
        (targets, wanted): (&[Kind], Option<Kind>),
    ) -> Option<Vec<(Kind, String)>> {
        if is_id(text) {
            // A bare id of who owns a resource is a patient's.
            let patient = (parameter.kept == Kept::Home).then_some(Kind::Patient);
            let of = |kind: &Kind| (*kind, text.to_owned());
            return Some(match wanted.or(patient) {
                Some(kind) => vec![of(&kind)],
                None => targets.iter().map(of).collect(),
            });
        }
        let target = local(text, self.reader.context.base)?;
        let kind = Kind::from_name(target.resource_type);
        if kind.is_none() && wanted.is_none() && targets != [Kind::Patient] {
            return None;
        }
        let fits = kind.filter(|kind| targets.contains(kind) && wanted.is_none_or(|w| w == *kind));
        Some(fits.map(|kind| (kind, target.id.to_owned())).into_iter().collect())
    }

    /// `subject:Patient.birthdate=...`: the parameter is that of what the reference leads to.
    fn chain(&mut self, full: &str, reference: &str, (rest, value): (&str, &str)) -> Result<(), SearchFault> {
        let (name, modifier) = reference.split_once(':').map_or((reference, None), |(n, m)| (n, Some(m)));
        let found = parameter(self.query.kind, name).ok_or_else(|| self.unknown(full))?;
        let refused = || SearchFault::Chain { name: shown(full) };
        let Shape::Reference(targets) = found.shape else { return Err(refused()) };
        let first = rest.split([':', '.']).next().unwrap_or(rest);
        if self.hops == 0 || results::NAMES.contains(&first) {
            return Err(refused());
        }
        let wanted = match modifier {
            None => None,
            Some(m) => match Kind::from_name(m).filter(|kind| targets.contains(kind)) {
                Some(kind) => Some(kind),
                None => return Err(unknown_modifier(found, m)),
            },
        };
        let of_all = targets.iter().copied().filter(|t| wanted.is_none_or(|w| w == *t));
        let mut kinds: Vec<Kind> =
            of_all.clone().filter(|t| first == "_has" || parameter(*t, first).is_some()).collect();
        if kinds.is_empty() {
            // Told as it would be of the type itself.
            kinds.extend(of_all.take(1));
        }
        let (mut queries, mut fault) = (Vec::new(), None);
        for read in kinds.into_iter().map(|kind| self.inner(kind, (full, rest), value)) {
            // Of several types it may lead to, those that have what comes after count.
            match read {
                Ok(query) => queries.push(query),
                Err(told) => fault = fault.or(Some(told)),
            }
        }
        if queries.is_empty() {
            return Err(fault.unwrap_or_else(refused));
        }
        self.query.chains.push(Chain::new(found, queries));
        Ok(())
    }

    /// `_has:Observation:patient:code=...`: what refers to it.
    fn has(&mut self, full: &str, rest: &str, value: &str) -> Result<(), SearchFault> {
        let refused = || SearchFault::Chain { name: shown(full) };
        let mut parts = rest.splitn(3, ':');
        let source = parts.next().and_then(Kind::from_name).ok_or_else(refused)?;
        let (name, inner) = (parts.next().ok_or_else(refused)?, parts.next().ok_or_else(refused)?);
        let kind = self.query.kind;
        let leads = |p: &&'static Parameter| matches!(p.shape, Shape::Reference(targets) if targets.contains(&kind));
        let Some(found) = parameter(source, name).filter(|p| leads(p)) else {
            let known: Vec<&'static str> = parameters(source).filter(leads).map(|p| p.name).collect();
            return Err(SearchFault::UnknownParameter { name: shown(name), suggestion: nearest(name, &known), known });
        };
        let first = inner.split([':', '.']).next().unwrap_or(inner);
        if self.hops == 0 || results::NAMES.contains(&first) {
            return Err(refused());
        }
        let query = self.inner(source, (full, inner), value)?;
        self.query.has.push(Has { parameter: found, query });
        Ok(())
    }

    /// Reads the one parameter of another type, whatever hops it takes itself; it is never passed over.
    fn inner(&self, kind: Kind, (full, name): (&str, &str), value: &str) -> Result<Query, SearchFault> {
        let reader = Reader { unknown: Unknown::Refused, ..self.reader };
        let pair = (name.to_owned(), value.to_owned());
        let mut faults = match parse_within(kind, &[pair], reader, self.hops.saturating_sub(1)) {
            Ok(query) => return Ok(query),
            Err(faults) => faults,
        };
        Err(match faults.pop() {
            // Which hop it is about, the whole tells.
            None | Some(SearchFault::Chain { .. }) => SearchFault::Chain { name: shown(full) },
            Some(fault) => fault,
        })
    }
}

fn identifier(value: &str, key: &crate::fhir::facts::HashKey) -> Option<Test> {
    let (place, part) = asked_identifier(&token(value)?, key);
    Some(match place {
        Place::Whole => Test::Exact(part),
        Place::Start => Test::Begins(part),
        Place::End => Test::Ends(part),
    })
}

fn coded(token: &Token) -> Option<Test> {
    Some(match token {
        Token::Any(code) => Test::Begins(coding_key("", code)?),
        Token::Exact(system, code) => Test::Exact(coding_key(system, code)?),
        Token::System(system) => Test::Ends(coding_key(system, "")?),
    })
}

/// The modifiers of a type of parameter, `:missing` and the types of references apart.
pub fn modifiers(shape: Shape) -> &'static [&'static str] {
    match shape {
        Shape::Code(_) => &["not", "text", "in", "not-in", "missing"],
        Shape::Contact(_) | Shape::Deceased => &["not", "missing"],
        Shape::Identifier => &["not", "of-type", "missing"],
        Shape::Text => &["exact", "contains", "missing"],
        Shape::Reference(_) => &["identifier", "not", "missing"],
        Shape::Uri | Shape::Canonical => &["above", "below", "not", "missing"],
        Shape::Date | Shape::Quantity => &["not", "missing"],
        Shape::Pair(_) => &["missing"],
    }
}

/// Answers what a modifier makes of a parameter.
fn modified(asked: Asked<'_>) -> Result<(Form, How), SearchFault> {
    let Some(modifier) = asked.modifier else { return Ok((Form::Usual, How::Any)) };
    // An id has no other form.
    if !modifiers(asked.parameter.shape).contains(&modifier) || asked.parameter.name == "_id" {
        return Err(unknown_modifier(asked.parameter, modifier));
    }
    Ok(match modifier {
        "not" | "not-in" => (Form::Usual, How::None),
        "exact" => (Form::Exact, How::Any),
        "text" => (Form::Words, How::Any),
        "identifier" => (Form::Identifier, How::Any),
        "of-type" => (Form::OfType, How::Any),
        _ => (Form::Usual, How::Any),
    })
}

fn unknown_modifier(parameter: &'static Parameter, modifier: &str) -> SearchFault {
    let mut known = modifiers(parameter.shape).to_vec();
    if let Shape::Reference(targets) = parameter.shape {
        known.extend(targets.iter().map(|kind| kind.name()));
    }
    let near = known.iter().map(|k| (strsim::jaro_winkler(&modifier.to_lowercase(), &k.to_lowercase()), *k));
    let best = near.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0));
    let suggestion = best.map(|(_, known)| known);
    // Told as it was sent only where it is a modifier, or nearly one: any other word may be anything.
    let modifier = if suggestion.is_some() { shown(modifier) } else { named_modifier(modifier) };
    SearchFault::UnknownModifier { name: parameter.name, modifier, suggestion }
}

/// Answers a modifier of R4 as it is written, `?` for anything else.
fn named_modifier(modifier: &str) -> String {
    const MODIFIERS: [&str; 14] = [
        "above",
        "below",
        "contains",
        "exact",
        "identifier",
        "in",
        "iterate",
        "missing",
        "not",
        "not-in",
        "of-type",
        "recurse",
        "text",
        "type",
    ];
    let known = MODIFIERS.contains(&modifier) || Kind::from_name(modifier).is_some();
    if known { modifier.to_owned() } else { "?".to_owned() }
}

fn no_modifier(name: &'static str, modifier: Option<&str>) -> Result<(), SearchFault> {
    match modifier {
        None => Ok(()),
        Some(modifier) => {
            Err(SearchFault::UnknownModifier { name, modifier: named_modifier(modifier), suggestion: None })
        }
    }
}
