//! Result parameters: how many, in which order, how much of each, and what comes along
//! (search.html#return).

use super::Context;
use super::dates;
use super::extract;
use super::extract::Form;
use super::extract::Found;
use super::fault::SearchFault;
use super::fault::nearest;
use super::fault::shown;
use super::quantity;
use super::query::Seen;
use super::syntax::alternatives;
use super::table::Kept;
use super::table::Parameter;
use super::table::Shape;
use super::table::parameter;
use super::table::parameters;
use crate::domain::fact::Kind;
use crate::fhir::json::Value;
use crate::fhir::subset::Subset;
use crate::fhir::subset::Summary;
use crate::fhir::validate::resource_type;
use rust_decimal::prelude::ToPrimitive;

/// The result parameters we offer.
pub const NAMES: [&str; 7] = ["_count", "_elements", "_include", "_revinclude", "_sort", "_summary", "_total"];

/// Whether the number of all matches is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// Where it costs little.
    #[default]
    Cheap,
    None,
    Estimate,
    Accurate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// One key of `_sort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    parameter: &'static Parameter,
    direction: Direction,
}

/// References to follow: those of `parameter` (none: of any) on resources of `source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Include {
    pub source: Kind,
    pub parameter: Option<&'static Parameter>,
    /// Only to this type.
    pub target: Option<Kind>,
}

/// Whether an inclusion is followed from what came along, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Once,
    /// `:iterate`: until nothing new comes.
    Iterate,
}

/// How the answer is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// `_count`, as given; 0 asks for the total only.
    pub count: Option<u32>,
    pub sort: Vec<SortKey>,
    pub total: Option<Total>,
    pub summary: Option<Summary>,
    pub elements: Vec<String>,
    pub includes: Vec<Include>,
    pub revincludes: Vec<Include>,
    /// Followed from what came along as well.
    pub iterated: Vec<Include>,
    pub reviterated: Vec<Include>,
}

impl Results {
    /// Answers whether only the number of matches is asked for.
    pub fn only_count(&self) -> bool {
        self.count == Some(0) || self.summary == Some(Summary::Count)
    }

    /// Answers which part of each resource is shown.
    pub fn subset(&self) -> Subset {
        Subset { summary: self.summary.unwrap_or_default(), elements: self.elements.clone() }
    }

    /// Reads a result parameter. The reach is that of an inclusion.
    pub(super) fn read(
        &mut self,
        kind: Kind,
        name: &'static str,
        (value, reach): (&str, Reach),
    ) -> Result<(), SearchFault> {
        let once = |given: bool| if given { Err(SearchFault::Repeated { name }) } else { Ok(()) };
        let bad = |form| SearchFault::BadValue { name, form };
        if value.trim().is_empty() {
            return Err(SearchFault::NoValue { name });
        }
        match name {
            "_count" => {
                once(self.count.is_some())?;
                let digits = value.bytes().all(|b| b.is_ascii_digit());
                // More than anybody can be given is as many as there are.
                self.count = Some(digits.then(|| value.parse().unwrap_or(u32::MAX)).ok_or(bad("integer"))?);
            }
            "_total" => {
                once(self.total.is_some())?;
                self.total = Some(match value {
                    "none" => Total::None,
                    "estimate" => Total::Estimate,
                    "accurate" => Total::Accurate,
                    _ => return Err(bad("code none|estimate|accurate")),
                });
            }
            "_summary" => {
                once(self.summary.is_some())?;
                self.summary = Some(Summary::from_code(value).ok_or(bad("code true|text|data|count|false"))?);
            }
            "_elements" => {
                for element in value.split(',').map(str::trim) {
                    let bare = element.strip_prefix(kind.name()).and_then(|e| e.strip_prefix('.')).unwrap_or(element);
                    if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
                        return Err(bad("element"));
                    }
                    self.elements.push(bare.into());
                }
            }
            "_sort" => {
                once(!self.sort.is_empty())?;
                self.sort = value.split(',').map(|key| sort_key(kind, key.trim())).collect::<Result<_, _>>()?;
            }
            "_include" if reach == Reach::Iterate => self.iterated.push(iterated(include(value, name)?, name)?),
            "_revinclude" if reach == Reach::Iterate => self.reviterated.push(iterated(include(value, name)?, name)?),
            "_include" => self.includes.push(include(value, name).and_then(|i| leaves(i, kind))?),
            "_revinclude" => self.revincludes.push(include(value, name).and_then(|i| reaches(i, kind))?),
            _ => return Err(bad("parameter")),
        }
        Ok(())
    }

    /// Answers the place of a resource in the order asked for, as bytes that sort so; values that
    /// are missing come last. `body` is asked only where keys do not say.
    pub fn rank<'k, K: Iterator<Item = (u8, &'k [u8])> + Clone>(
        &self,
        seen: &Seen<'_, K>,
        body: &mut dyn FnMut() -> Option<Value<'static>>,
        context: Context<'_>,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let mut read = None;
        for SortKey { parameter, direction } in &self.sort {
            let mut best: Option<Vec<u8>> = None;
            let mut offer = |found: Found<'_>| {
                let Some(rank) = rank(parameter, &found) else { return };
                let better = best.as_ref().is_none_or(|best| match direction {
                    Direction::Ascending => rank < *best,
                    Direction::Descending => rank > *best,
                });
                if better {
                    best = Some(rank);
                }
            };
            if parameter.name == "_id" {
                best = Some(seen.id.as_bytes().to_vec());
            } else if parameter.kept == Kept::Instant {
                best = Some((seen.known.0.cast_unsigned() ^ (1 << 63)).to_be_bytes().to_vec());
            } else if parameter.in_row() {
                for (_, key) in seen.keys.clone().filter(|(param, _)| parameter.counts(*param)) {
                    offer(Found::Key(key));
                }
            } else if let Some(body) = read.get_or_insert_with(&mut *body) {
                extract::visit(parameter, Form::Usual, body, context, &mut offer);
            }
            push_rank(&mut out, best.as_deref(), *direction);
        }
        out
    }
}

/// Appends a value so that the whole sorts by its parts: 0 becomes 0 255 and 0 1 ends; descending
/// is ascending of the opposite bytes.
fn push_rank(out: &mut Vec<u8>, value: Option<&[u8]>, direction: Direction) {
    let Some(value) = value else { return out.push(1) };
    out.push(0);
    let start = out.len();
    for byte in value {
        out.push(*byte);
        if *byte == 0 {
            out.push(255);
        }
    }
    out.extend_from_slice(&[0, 1]);
    if direction == Direction::Descending {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

/// Answers a value as bytes that sort as it does.
fn rank(parameter: &Parameter, found: &Found<'_>) -> Option<Vec<u8>> {
    match (parameter.shape, found) {
        (Shape::Date, Found::Key(key)) => dates::decode(key).map(|interval| dates::rank(interval).to_vec()),
        (_, Found::Key(key)) => Some(key.to_vec()),
        (_, Found::Amount(told)) => {
            let bits = quantity::rank(told)?.to_f64()?.to_bits();
            let sortable = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
            Some(sortable.to_be_bytes().to_vec())
        }
    }
}

fn sort_key(kind: Kind, key: &str) -> Result<SortKey, SearchFault> {
    let (name, direction) = match key.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (key, Direction::Ascending),
    };
    let Some(parameter) = parameter(kind, name) else {
        let known: Vec<&'static str> = parameters(kind).map(|p| p.name).collect();
        return Err(SearchFault::UnknownParameter {
            kind,
            name: shown(name),
            suggestion: nearest(name, &known),
            known,
        });
    };
    let sortable = !matches!(parameter.shape, Shape::Pair(_) | Shape::Identifier);
    let key = SortKey { parameter, direction };
    sortable.then_some(key).ok_or(SearchFault::BadValue { name: "_sort", form: "parameter" })
}

/// Reads `Type:parameter`, `Type:parameter:Target`, `Type:*` or `*`.
fn include(value: &str, name: &'static str) -> Result<(Option<Kind>, Include), SearchFault> {
    let bad = || SearchFault::BadValue { name, form: "Type:parameter[:Type]" };
    // Escapes and alternatives have no meaning here.
    if alternatives(value).len() != 1 {
        return Err(bad());
    }
    if value == "*" {
        return Ok((None, Include { source: Kind::Patient, parameter: None, target: None }));
    }
    // A type of FHIR is told by its name: that none of it is here is no fault of the writing.
    let kind_of = |sent: &str| {
        Kind::from_name(sent)
            .ok_or_else(|| resource_type(sent).map_or_else(bad, |sent| SearchFault::TypeNotAccepted { name, sent }))
    };
    let mut parts = value.split(':');
    let source = parts.next().ok_or_else(bad).and_then(kind_of)?;
    let wanted = parts.next().ok_or_else(bad)?;
    let target = match parts.next() {
        None | Some("") => None,
        Some(target) => Some(kind_of(target)?),
    };
    if parts.next().is_some() {
        return Err(bad());
    }
    if wanted == "*" {
        return Ok((Some(source), Include { source, parameter: None, target }));
    }
    let references = |p: &&'static Parameter| matches!(p.shape, Shape::Reference(_));
    let Some(parameter) = parameter(source, wanted).filter(|p| references(p)) else {
        let known: Vec<&'static str> = parameters(source).filter(references).map(|p| p.name).collect();
        let suggestion = nearest(wanted, &known);
        return Err(SearchFault::UnknownParameter { kind: source, name: shown(wanted), suggestion, known });
    };
    Ok((Some(source), Include { source, parameter: Some(parameter), target }))
}

/// `_include` starts from the type that is searched.
fn leaves((source, include): (Option<Kind>, Include), kind: Kind) -> Result<Include, SearchFault> {
    match source {
        None => Ok(Include { source: kind, ..include }),
        Some(source) if source == kind => Ok(include),
        Some(_) => Err(SearchFault::NotIncluded { name: "_include", asked: include.written(), kind }),
    }
}

/// An inclusion that is followed again names its type: it starts from any resource of it.
fn iterated((source, include): (Option<Kind>, Include), name: &'static str) -> Result<Include, SearchFault> {
    let leads = |p: &Parameter| matches!(p.shape, Shape::Reference(targets) if !targets.is_empty());
    let fits = source.is_some() && include.parameter.is_none_or(leads);
    fits.then_some(include).ok_or(SearchFault::BadValue { name, form: "Type:parameter[:Type]" })
}

/// `_revinclude` leads to the type that is searched, from one type.
fn reaches((source, include): (Option<Kind>, Include), kind: Kind) -> Result<Include, SearchFault> {
    if source.is_none() {
        return Err(SearchFault::BadValue { name: "_revinclude", form: "Type:parameter[:Type]" });
    }
    let leads = |p: &Parameter| matches!(p.shape, Shape::Reference(targets) if targets.contains(&kind));
    let fits = include.parameter.is_none_or(leads) && include.target.is_none_or(|target| target == kind);
    let other = || SearchFault::NotIncluded { name: "_revinclude", asked: include.written(), kind };
    fits.then_some(include).ok_or_else(other)
}

impl Include {
    /// Answers it as it is asked for.
    fn written(&self) -> String {
        let target = self.target.map_or(String::new(), |target| format!(":{}", target.name()));
        format!("{}:{}{target}", self.source.name(), self.parameter.map_or("*", |parameter| parameter.name))
    }

    /// Answers the references it follows from a resource of its source, as `Type/id`.
    pub fn references(&self, body: &Value, context: Context<'_>) -> Vec<(Kind, Box<str>)> {
        let mut found = Vec::new();
        let follow = |p: &&'static Parameter| matches!(p.shape, Shape::Reference(_));
        let all = parameters(self.source).filter(follow);
        for parameter in all.filter(|p| self.parameter.is_none_or(|wanted| wanted.name == p.name)) {
            extract::visit(parameter, Form::Usual, body, context, &mut |value| {
                let Found::Key(key) = value else { return };
                let target = std::str::from_utf8(key).ok().and_then(|key| key.split_once('/'));
                let target = target.and_then(|(name, id)| Some((Kind::from_name(name)?, id)));
                if let Some((kind, id)) = target.filter(|(kind, _)| self.target.is_none_or(|t| t == *kind)) {
                    found.push((kind, Box::from(id)));
                }
            });
        }
        found
    }

    /// Answers whether it may lead to a type.
    pub fn leads_to(&self, kind: Kind) -> bool {
        let leads = |p: &Parameter| matches!(p.shape, Shape::Reference(targets) if targets.contains(&kind));
        let own = || parameters(self.source).filter(|p| self.parameter.is_none_or(|wanted| wanted.name == p.name));
        self.target.is_none_or(|target| target == kind) && own().any(leads)
    }

    /// Answers whether it follows the reference by which a resource belongs to its patient.
    pub fn follows_home(&self) -> bool {
        let home = parameters(self.source).any(|p| p.kept == Kept::Home);
        home && self.parameter.is_none_or(|p| p.kept == Kept::Home)
            && self.target.is_none_or(|target| target == Kind::Patient)
    }
}
