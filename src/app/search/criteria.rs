//! Conditions: searches that other work depends on (http.html#ccreate, #cond-update).

use super::decoded_pairs;
use super::work::Budget;
use super::work::Work;
use crate::app::Context;
use crate::app::Gateway;
use crate::app::derive;
use crate::app::failure::Failure;
use crate::app::failure::Reason;
use crate::app::identity;
use crate::domain::fact::Kind;
use crate::fhir::identity::BILLING;
use crate::fhir::identity::is_billing_system;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::json::Value;
use crate::fhir::references::same_base;
use crate::fhir::search::Fit;
use crate::fhir::search::Lead;
use crate::fhir::search::Query;
use crate::fhir::search::Seen;
use crate::fhir::search::Unknown;
use crate::store::Derived;
use crate::store::Guard;
use crate::store::PatientLink;
use crate::store::Store;
use std::sync::Arc;

/// A search that other work depends on (If-None-Exist).
#[derive(Clone)]
pub struct Criteria {
    structure: String,
    kind: Kind,
    query: Arc<Query>,
    records: Records,
}

/// Which records of one person a condition finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Records {
    /// The one that stands for those merged into it.
    Standing,
    /// Each: what is deleted is a record, not a person.
    Each,
}

/// What a condition found, and when the store was asked.
pub struct Matched {
    /// Of the records of one person that are merged, the one that stands for the others.
    pub ids: Vec<String>,
    seen: u64,
}

impl Matched {
    /// Answers the one match, `None` when there is none; several refuse.
    pub fn only(&self) -> Result<Option<String>, Failure> {
        match self.ids.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            several => {
                let count = several.len().to_string();
                Err(Failure::new(Reason::Precondition, Issue::general(&issues::MULTIPLE_MATCHES, &[&count])))
            }
        }
    }
}

/// Answers the criteria of If-None-Exist without the address before them: some clients send that of the
/// search (`[base]/Patient?identifier=...`, ours) where its query alone is asked for (http.html#ccreate).
pub fn query_of<'c>(base: &str, kind: Kind, condition: &'c str) -> &'c str {
    let of_kind = |address: &str| {
        let rest = address.strip_suffix(kind.name()).filter(|_| !address.contains('='));
        rest.is_some_and(|rest| rest.is_empty() || rest == "/" || same_base(rest, base))
    };
    condition.split_once('?').filter(|(address, _)| of_kind(address)).map_or(condition, |(_, query)| query)
}

/// Answers whether a criterion names a billing number: by its system, or by the type of an identifier.
fn names_billing_number(name: &str, value: &str) -> bool {
    let (name, modifier) = name.split_once(':').map_or((name, ""), |(name, modifier)| (name, modifier));
    let part = |asked: &str, place| asked.split('|').nth(place).map(str::to_owned).unwrap_or_default();
    name == "identifier"
        && value.split(',').any(|asked| match modifier {
            "of-type" => part(asked, 1) == BILLING,
            _ => is_billing_system(&part(asked, 0)),
        })
}

/// Answers criteria written in one way, whatever their order and escapes were.
pub fn in_one_order(condition: &str) -> Result<String, Failure> {
    let mut pairs = decoded_pairs(condition)?;
    pairs.sort();
    Ok(pairs.into_iter().map(|(name, value)| format!("{name}={value}\n")).collect())
}

impl Gateway {
    /// Answers the condition of a create: that of If-None-Exist, or the criteria of its address, where some
    /// clients write them. Where both are there they are the same.
    pub fn one_condition<'c>(
        &self,
        kind: Kind,
        (header, address): (Option<&'c str>, Option<&'c str>),
    ) -> Result<Option<&'c str>, Failure> {
        if let (Some(header), Some(address)) = (header, address)
            && in_one_order(query_of(&self.context.base, kind, header))? != in_one_order(address)?
        {
            return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::CONDITION_TWO, &[])));
        }
        Ok(header.or(address))
    }
}

impl Criteria {
    /// Reads the parameters of a condition; strict, and of one type: what is chained may change
    /// without anything of that type being written.
    pub fn read(gateway: &Gateway, structure: &str, kind: Kind, condition: &str) -> Result<Criteria, Failure> {
        let pairs = decoded_pairs(condition)?;
        let mut query = gateway.query(kind, &pairs, Unknown::Refused)?;
        if !query.has_criteria() {
            return Err(Failure::new(Reason::Precondition, Issue::general(&issues::CONDITION_EMPTY, &[])));
        }
        // Who writes `_count=1` means to bound what is written, which it would not: refused, however
        // leniently the client wants to be read.
        let told: Vec<Issue> =
            query.of_the_answer().map(|name| Issue::general(&issues::CONDITION_RESULT, &[name])).collect();
        if !told.is_empty() {
            return Err(Failure { reason: Reason::NotSupported, issues: told });
        }
        let hop = query.chains.first().map(|chain| chain.parameter().name);
        if let Some(name) = hop.or((!query.has.is_empty()).then_some("_has")) {
            return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::SEARCH_CHAIN, &[name])));
        }
        if kind == Kind::Patient {
            if pairs.iter().any(|(name, value)| names_billing_number(name, value)) {
                return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::CONDITION_BILLING, &[])));
            }
            query.of_persons();
        }
        Ok(Criteria { structure: structure.to_owned(), kind, query: Arc::new(query), records: Records::Standing })
    }

    /// Answers the same condition on records, merged or not.
    pub fn of_records(self) -> Criteria {
        Criteria { records: Records::Each, ..self }
    }

    /// Refuses a Patient that the condition would find by its billing number alone: it would be created
    /// again at every push.
    pub fn names_who_is_sent(&self, context: &Context, sent: &[u8]) -> Result<(), Failure> {
        let by_number = self.kind == Kind::Patient
            && json::parse(sent).is_ok_and(|sent| self.query.is_by_billing_number(&sent, context.search()));
        if by_number {
            return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::CONDITION_BILLING, &[])));
        }
        Ok(())
    }

    /// Answers the ids that match now.
    pub fn run(&self, gateway: &Gateway) -> Result<Matched, Failure> {
        let seen = gateway.store.sequence();
        let budget = Budget::new();
        let found = Work::new(gateway, &self.structure, &self.query, &budget).ids()?;
        let standing = self.standing(&gateway.store, &gateway.context, found)?;
        Ok(Matched { ids: standing.into_iter().map(Into::into).collect(), seen })
    }

    /// Answers those found that no other one found stands for.
    fn standing(&self, store: &Store, context: &Context, found: Vec<Box<str>>) -> Result<Vec<Box<str>>, Failure> {
        match self.kind {
            Kind::Patient if found.len() > 1 && self.records == Records::Standing => {
                identity::standing(store, context, &self.structure, found)
            }
            _ => Ok(found),
        }
    }

    /// Answers the key ranges outside which nothing matches.
    pub(in crate::app) fn lead(&self) -> Option<Lead> {
        self.query.lead()
    }

    /// Answers whether a resource not stored yet would match.
    pub(in crate::app) fn holds(&self, context: &derive::Context, id: &str, body: &Value, derived: &Derived) -> bool {
        let patient = match &derived.patient {
            PatientLink::Own => Some(id),
            PatientLink::Id(patient) => Some(&**patient),
            PatientLink::Identifier(_) | PatientLink::Shared => None,
        };
        let keys = derived.keys.iter().map(|key| (key.param, &*key.value));
        let seen = Seen { id, patient, known: crate::app::now(), keys };
        match self.query.matches(&seen) {
            Fit::No => false,
            Fit::Yes => true,
            Fit::Open => self.query.matches_body(body, patient, context.search()),
        }
    }

    /// Answers the guard that keeps what was matched true until the commit.
    pub fn guard(&self, gateway: &Gateway, matched: &Matched) -> Guard {
        let (store, context) = (gateway.store.clone(), gateway.context.clone());
        let criteria = self.clone();
        let expected = matched.ids.clone();
        let still_true = Arc::new(move || {
            let budget = Budget::new();
            let (store, context, structure) = (&store, &context, criteria.structure.as_str());
            let work = Work { store, context, structure, query: &criteria.query, budget: &budget, snapshot: None };
            let found = work.ids().and_then(|found| criteria.standing(store, context, found));
            found.is_ok_and(|found| found.iter().map(|id| &**id).eq(expected.iter().map(String::as_str)))
        });
        Guard { touches: vec![self.kind], seen: matched.seen, still_true }
    }
}
