//! Queries, and matching: by the keys of a row first, by its body only where keys do not decide.

use super::Context;
use super::dates;
use super::dates::Prefix;
use super::extract;
use super::extract::Form;
use super::extract::Found;
use super::lead::Lead;
use super::lead::lead;
use super::quantity;
use super::results::NAMES;
use super::results::Results;
use super::table::ALIAS_PARAM;
use super::table::Kept;
use super::table::Pair;
use super::table::Parameter;
use super::table::Shape;
use super::token::coding_of;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::fhir::facts::date::Interval;
use crate::fhir::json::Value;
use std::sync::Arc;

/// Answers whether a coding (system, code) belongs to a value set.
pub type Members = Arc<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// One value a key is held against.
#[derive(Clone)]
pub(super) enum Test {
    Exact(Box<[u8]>),
    Begins(Box<[u8]>),
    Ends(Box<[u8]>),
    /// The key is this address, or one of those above it.
    RootOf(Box<[u8]>),
    /// One of these, sorted.
    Among(Vec<Box<[u8]>>),
    Contains(Box<[u8]>),
    /// A canonical URL without a version: with any.
    Canonical(Box<[u8]>),
    Date(Prefix, Interval),
    Quantity(Box<quantity::Asked>),
    Member(Members),
    /// Both sides of a composite.
    Pair(Box<(Test, Test)>),
}

/// How the alternatives of a criterion count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// One of them must hold for one value.
    Any,
    /// None of them may hold for any value.
    None,
    /// There must be no value.
    Missing,
    /// There must be a value.
    Present,
}

/// One parameter of the query.
#[derive(Clone)]
pub(super) struct Criterion {
    pub(super) parameter: &'static Parameter,
    pub(super) form: Form,
    pub(super) how: How,
    pub(super) alternatives: Vec<Test>,
    /// Alternatives that are patients of the structure: the row says whether it is theirs.
    pub(super) homes: Vec<Box<str>>,
}

/// A parameter over what a reference leads to: the caller finds these first, then `bind`s them.
#[derive(Clone)]
pub struct Chain {
    parameter: &'static Parameter,
    /// One query per type the reference may lead to.
    pub queries: Vec<Query>,
}

/// Resources that refer to the one searched (`_has`): found first, then `bind_referrers`.
#[derive(Clone)]
pub struct Has {
    pub parameter: &'static Parameter,
    pub query: Query,
}

/// What a query asks of the resources of one type.
#[derive(Clone)]
pub struct Query {
    pub kind: Kind,
    /// How the answer is made.
    pub results: Results,
    /// The parameters that were used, as given: what `self` says.
    pub used: Vec<(String, String)>,
    /// Names that were passed over (lenient handling).
    pub ignored: Vec<String>,
    pub chains: Vec<Chain>,
    pub has: Vec<Has>,
    pub(super) ids: Option<Vec<Box<str>>>,
    pub(super) patients: Option<Vec<Box<str>>>,
    /// Further lists of patients asked for: a resource of several patients may be in each by another.
    pub(super) and_patients: Vec<Vec<Box<str>>>,
    pub(super) criteria: Vec<Criterion>,
}

/// What matching reads of a candidate without its body.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a, K> {
    pub id: &'a str,
    /// The patient it belongs to.
    pub patient: Option<&'a str>,
    pub known: Instant,
    /// Numbers of parameters and encoded values.
    pub keys: K,
}

/// What the keys of a candidate say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    No,
    Yes,
    /// The body decides: see `matches_body`.
    Open,
}

impl Query {
    /// Answers the only ids that can match, where `_id` was given.
    pub fn ids(&self) -> Option<&[Box<str>]> {
        self.ids.as_deref()
    }

    /// Answers the only patients whose resources can match, where `patient`, or `subject` with
    /// patients alone, was given.
    pub fn patients(&self) -> Option<&[Box<str>]> {
        self.patients.as_deref()
    }

    /// Answers where to start across patients: the ranges of the most telling parameter.
    pub fn lead(&self) -> Option<Lead> {
        lead(&self.criteria)
    }

    /// Answers the lead where it says by itself what matches: nothing else is asked.
    pub fn deciding_lead(&self) -> Option<Lead> {
        match self.criteria.as_slice() {
            [only] if self.ids.is_none() && self.patients.is_none() && only.parameter.shape != Shape::Date => {
                self.lead()
            }
            _ => None,
        }
    }

    /// Answers the instant before which nothing that is asked for was last updated.
    pub fn updated_since(&self) -> Option<Instant> {
        let updated = self.criteria.iter().filter(|c| c.parameter.kept == Kept::Instant && c.how == How::Any);
        let starts = updated.filter_map(|c| {
            let starts = c.alternatives.iter().filter_map(|test| match test {
                Test::Date(prefix, asked) => Some(prefix.starts(*asked, 1).0),
                _ => None,
            });
            starts.min()
        });
        starts.max().filter(|start| *start > i64::MIN).map(Instant)
    }

    /// Answers whether it asks when resources were last updated.
    pub fn asks_when_updated(&self) -> bool {
        self.criteria.iter().any(|criterion| criterion.parameter.kept == Kept::Instant)
    }

    /// Answers whether it asks anything of the resources, rather than of the answer only.
    pub fn has_criteria(&self) -> bool {
        self.ids.is_some()
            || self.patients.is_some()
            || !(self.criteria.is_empty() && self.chains.is_empty() && self.has.is_empty())
    }

    /// Answers the result parameters among those that were used, each once.
    pub fn of_the_answer(&self) -> impl Iterator<Item = &'static str> {
        let named = |known: &str| {
            self.used.iter().any(|(name, _)| name.split_once(':').map_or(name.as_str(), |(name, _)| name) == known)
        };
        NAMES.into_iter().filter(move |known| named(known))
    }

    /// Answers what the row of a candidate says.
    pub fn matches<'k, K: Iterator<Item = (u8, &'k [u8])> + Clone>(&self, seen: &Seen<'_, K>) -> Fit {
        let listed = |ids: &Option<Vec<Box<str>>>, id: Option<&str>| {
            ids.as_ref().is_none_or(|ids| ids.iter().any(|i| Some(&**i) == id))
        };
        let mut lists = self.patients.iter().chain(&self.and_patients);
        if !listed(&self.ids, Some(seen.id)) || !lists.all(|list| self.is_of(list, seen)) {
            return Fit::No;
        }
        let mut fit = Fit::Yes;
        for criterion in &self.criteria {
            if criterion.in_row() {
                let own = seen.keys.clone().filter(|(param, _)| criterion.parameter.counts(*param));
                if !criterion.holds(own.map(|(_, key)| key)) {
                    return Fit::No;
                }
            } else if criterion.parameter.kept == Kept::Instant {
                if !criterion.holds_instant(seen.known) {
                    return Fit::No;
                }
            } else if criterion.parameter.name == "_id" {
                if !criterion.holds(std::iter::once(seen.id.as_bytes())) {
                    return Fit::No;
                }
            } else if criterion.how == How::None && criterion.homes.iter().any(|home| Some(&**home) == seen.patient) {
                return Fit::No;
            } else if !criterion.is_home_of(seen.patient) {
                fit = Fit::Open;
            }
        }
        fit
    }

    /// Answers whether it belongs to one of these patients: its own, or another it is told to.
    fn is_of<'k, K: Iterator<Item = (u8, &'k [u8])> + Clone>(&self, asked: &[Box<str>], seen: &Seen<'_, K>) -> bool {
        let listed = |id: &[u8]| asked.iter().any(|patient| patient.as_bytes() == id);
        seen.patient.is_some_and(|own| listed(own.as_bytes()))
            || self.kind != Kind::Patient
                && seen.keys.clone().any(|(param, value)| param == ALIAS_PARAM && listed(value))
    }

    /// Asks that it belong to one of these patients, beside what was asked before. Only an appointment
    /// may be of several.
    pub(super) fn of_patients(&mut self, asked: Vec<Box<str>>) {
        match self.patients {
            Some(_) if self.kind == Kind::Appointment => self.and_patients.push(asked),
            _ => intersect(&mut self.patients, asked),
        }
    }

    /// Asks of Patients that they be found by what may say who they are, and not by a billing number alone.
    pub fn of_persons(&mut self) {
        let by_number = |c: &&Criterion| {
            c.form == Form::Usual && c.how == How::Any && matches!(c.parameter.shape, Shape::Identifier)
        };
        let personal = |c: &Criterion| Criterion { form: Form::Personal, ..c.clone() };
        let further: Vec<Criterion> = self.criteria.iter().filter(by_number).map(personal).collect();
        self.criteria.extend(further);
    }

    /// Answers whether a Patient carries a number that is asked for as a billing number alone.
    pub fn is_by_billing_number(&self, patient: &Value, context: Context<'_>) -> bool {
        let carries = |c: &Criterion, form| Criterion { form, ..c.clone() }.holds_body(patient, context);
        let personal = self.criteria.iter().filter(|c| c.form == Form::Personal);
        personal.into_iter().any(|c| carries(c, Form::Usual) && !carries(c, Form::Personal))
    }

    /// Answers whether the body of a candidate that `matches` left open is asked for.
    pub fn matches_body(&self, body: &Value, patient: Option<&str>, context: Context<'_>) -> bool {
        let open = |c: &&Criterion| {
            !c.in_row() && c.parameter.kept != Kept::Instant && c.parameter.name != "_id" && !c.is_home_of(patient)
        };
        self.criteria.iter().filter(open).all(|criterion| criterion.holds_body(body, context))
    }

    /// Says which resources the reference of a chain may lead to, now that they were found.
    pub fn bind(&mut self, parameter: &'static Parameter, found: Vec<(Kind, Box<str>)>) {
        if found.is_empty() {
            return intersect(&mut self.ids, Vec::new());
        }
        if parameter.kept == Kept::Home && found.iter().all(|(kind, _)| *kind == Kind::Patient) {
            return self.of_patients(found.into_iter().map(|(_, id)| id).collect());
        }
        let is_patient = |(kind, _): &&(Kind, Box<str>)| parameter.kept == Kept::Home && *kind == Kind::Patient;
        let homes = found.iter().filter(is_patient).map(|(_, id)| id.clone()).collect();
        let keys = found.iter().map(|(kind, id)| format!("{}/{id}", kind.name()).into_bytes().into());
        let mut keys: Vec<Box<[u8]>> = keys.collect();
        keys.sort_unstable();
        let alternatives = vec![Test::Among(keys)];
        self.criteria.push(Criterion { parameter, form: Form::Usual, how: How::Any, alternatives, homes });
    }

    /// Says which resources of its own type the referrers of a `_has` refer to.
    pub fn bind_referrers(&mut self, ids: Vec<Box<str>>) {
        intersect(&mut self.ids, ids);
    }
}

impl Chain {
    pub fn parameter(&self) -> &'static Parameter {
        self.parameter
    }

    pub(super) fn new(parameter: &'static Parameter, queries: Vec<Query>) -> Chain {
        Chain { parameter, queries }
    }
}

impl Criterion {
    /// Answers whether the keys of the row decide.
    pub(super) fn in_row(&self) -> bool {
        self.form == Form::Usual && self.parameter.in_row()
    }

    /// Answers whether the row's patient is one of the alternatives.
    fn is_home_of(&self, patient: Option<&str>) -> bool {
        self.how == How::Any && self.homes.iter().any(|home| Some(&**home) == patient)
    }

    fn holds<'k>(&self, mut keys: impl Iterator<Item = &'k [u8]>) -> bool {
        let any = |key: &[u8]| self.alternatives.iter().any(|test| test.holds(key));
        match self.how {
            How::Any => keys.any(any),
            How::None => !keys.any(any),
            How::Missing => keys.next().is_none(),
            How::Present => keys.next().is_some(),
        }
    }

    /// An instant is of the precision in which we tell it.
    fn holds_instant(&self, known: Instant) -> bool {
        let told = Interval { lower: known.0, upper: known.0.saturating_add(1) };
        let any = self.alternatives.iter().any(|test| matches!(test, Test::Date(p, asked) if p.holds(*asked, told)));
        match self.how {
            How::Any => any,
            How::None => !any,
            How::Missing => false,
            How::Present => true,
        }
    }

    fn holds_body(&self, body: &Value, context: Context<'_>) -> bool {
        let mut any = false;
        if let (Form::Usual, Shape::Pair(pair)) = (self.form, self.parameter.shape) {
            any = self.alternatives.iter().any(|test| test.holds_pair(pair, body, context));
        } else {
            extract::visit(self.parameter, self.form, body, context, &mut |found| {
                let presence = matches!(self.how, How::Missing | How::Present);
                any = any || presence || self.alternatives.iter().any(|test| test.holds_found(&found));
            });
        }
        match self.how {
            How::Any | How::Present => any,
            How::None | How::Missing => !any,
        }
    }
}

impl Test {
    fn holds_found(&self, found: &Found<'_>) -> bool {
        match (self, found) {
            (Test::Quantity(asked), Found::Amount(told)) => asked.holds(told),
            (test, Found::Key(key)) => test.holds(key),
            _ => false,
        }
    }

    fn holds(&self, key: &[u8]) -> bool {
        match self {
            Test::Exact(want) => **want == *key,
            Test::Begins(start) => key.starts_with(start),
            Test::Ends(end) => key.ends_with(end),
            Test::RootOf(address) => {
                let root = key.strip_suffix(b"/").unwrap_or(key);
                address.strip_prefix(root).is_some_and(|rest| rest.first().is_none_or(|next| b"/|".contains(next)))
            }
            Test::Among(keys) => keys.binary_search_by(|one| (**one).cmp(key)).is_ok(),
            Test::Contains(part) => memchr::memmem::find(key, part).is_some(),
            Test::Canonical(url) => {
                key.strip_prefix(&**url).is_some_and(|rest| rest.first().is_none_or(|next| *next == b'|'))
            }
            Test::Date(prefix, asked) => dates::decode(key).is_some_and(|target| prefix.holds(*asked, target)),
            Test::Member(members) => coding_of(key).is_some_and(|(system, code)| members(system, code)),
            Test::Quantity(_) | Test::Pair(_) => false,
        }
    }

    /// Both sides must hold within one element.
    fn holds_pair(&self, pair: &Pair, body: &Value, context: Context<'_>) -> bool {
        let Test::Pair(tests) = self else { return false };
        let mut any = false;
        for path in pair.within {
            extract::each(body, path, &mut |element| {
                let side = |part: &super::table::Part, test: &Test| {
                    let mut held = false;
                    extract::visit_part((part.shape, part.paths), element, context, &mut |found| {
                        held = held || test.holds_found(&found);
                    });
                    held
                };
                any = any || (side(&pair.first, &tests.0) && side(&pair.second, &tests.1));
            });
        }
        any
    }
}

/// Repeated parameters must all hold: what remains is what all of them name.
pub(super) fn intersect<T: PartialEq>(kept: &mut Option<Vec<T>>, asked: Vec<T>) {
    match kept {
        None => *kept = Some(asked),
        Some(kept) => kept.retain(|one| asked.contains(one)),
    }
}
