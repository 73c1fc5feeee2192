//! Hops: a parameter of what a reference leads to, or of what refers here (search.html#chaining, #has).

use super::Reader;
use super::Reading;
use super::Unknown;
use super::modifiers::unknown_modifier;
use super::parse_within;
use super::results;
use crate::domain::fact::Kind;
use crate::fhir::search::fault::SearchFault;
use crate::fhir::search::fault::nearest;
use crate::fhir::search::fault::shown;
use crate::fhir::search::query::Chain;
use crate::fhir::search::query::Has;
use crate::fhir::search::query::Query;
use crate::fhir::search::table::Parameter;
use crate::fhir::search::table::Shape;
use crate::fhir::search::table::parameter;
use crate::fhir::search::table::parameters;
use crate::fhir::validate::resource_type;

impl Reading<'_> {
    /// `subject:Patient.birthdate=...`: the parameter is that of what the reference leads to.
    pub(super) fn chain(
        &mut self,
        full: &str,
        reference: &str,
        (rest, value): (&str, &str),
    ) -> Result<(), SearchFault> {
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
    pub(super) fn has(&mut self, full: &str, rest: &str, value: &str) -> Result<(), SearchFault> {
        let refused = || SearchFault::Chain { name: shown(full) };
        let mut parts = rest.splitn(3, ':');
        let named = parts.next().ok_or_else(refused)?;
        let unaccepted = |sent| SearchFault::TypeNotAccepted { name: "_has", sent };
        let source = Kind::from_name(named).ok_or_else(|| resource_type(named).map_or_else(refused, unaccepted))?;
        let (name, inner) = (parts.next().ok_or_else(refused)?, parts.next().ok_or_else(refused)?);
        let kind = self.query.kind;
        let leads = |p: &&'static Parameter| matches!(p.shape, Shape::Reference(targets) if targets.contains(&kind));
        let Some(found) = parameter(source, name).filter(|p| leads(p)) else {
            let known: Vec<&'static str> = parameters(source).filter(leads).map(|p| p.name).collect();
            return Err(SearchFault::UnknownParameter {
                kind: source,
                name: shown(name),
                suggestion: nearest(name, &known),
                known,
            });
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
