//! What would be: the same questions of a patient with facts added or taken away, nothing stored.
//!
//! A supposed resource is read exactly as a write of it would be; it becomes known at the instant of
//! the answer, never at that of the clock. An open month is what its draft is, and would be once these
//! facts were written: with the adjustments of closed months, where it is the one that carries them.

use super::basis::Basis;
use super::failure::{Failure, Reason};
use super::parameters::Supposition;
use super::receive::{Handling, Prepared};
use super::statement::{Ledger, Months, PARTIAL, projection};
use super::{Evaluated, Gateway, Question, derive};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::fact::Version;
use crate::domain::forfait::Tariff;
use crate::domain::money::Centimes;
use crate::domain::outlook;
use crate::domain::outlook::Change;
use crate::domain::outlook::Money;
use crate::domain::prevention::Card;
use crate::domain::statement::Adjusted;
use crate::domain::statement::MonthRow;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::references;
use crate::fhir::render::Stamp;
use crate::fhir::validate::resource_type;
use crate::store::PatientLink;
use std::sync::Arc;

/// What is supposed of a patient, and of which month and day it is asked.
pub struct Hypothesis<'a> {
    pub question: &'a Question,
    pub supposed: &'a Supposition<'a>,
    pub handling: Handling,
    pub month: Month,
    /// Of the prevention card.
    pub day: Day,
    pub tariff: Option<&'a str>,
}

/// A month and a card as they are and as they would be.
pub struct Supposed {
    pub before: Money,
    pub after: Money,
    pub changes: Vec<Change>,
    pub cards: (Card, Card),
    /// What was issued of the month, when it is closed: the two are what it comes to, not what is paid.
    pub closed: Option<IssuedMonth>,
    /// The month that carries the adjustments of closed ones, when it is not the one asked about.
    pub adjusted_in: Option<Month>,
    /// Codes of CodeSystem/figure that the month deserves beside `simulated` and `fictional`.
    pub figures: Vec<&'static str>,
    pub evaluated: Evaluated,
    pub stamp: Stamp,
}

/// What was issued of a closed month.
pub struct IssuedMonth {
    pub tariff: Box<str>,
    /// `None`: the patient has no Invoice of it.
    pub total: Option<Centimes>,
}

impl Gateway {
    /// Answers what a month and a card would be with these facts; refuses a fact of somebody else,
    /// one that a write would refuse, and the removal of what is not known.
    pub fn what_if(&self, asked: &Hypothesis<'_>) -> Result<Supposed, Failure> {
        let (basis, evaluated) = self.patient(asked.question)?;
        let mut records = (*evaluated.records).clone();
        for (n, reference) in &asked.supposed.remove {
            let forgotten = self.forget(&mut records, reference, evaluated.known_at);
            forgotten.map_err(|failure| within(failure, *n, "valueReference"))?;
        }
        for (n, bytes) in &asked.supposed.add {
            let added = self.suppose(&evaluated, asked, (*n, bytes));
            let (kind, id, fact) = added.map_err(|failure| within(failure, *n, "resource"))?;
            stand(&mut records, (kind, id, fact), &evaluated);
        }
        let supposed = evaluated.with_records(records);
        let tariff = match asked.tariff.or(self.policy.tariff.as_deref()) {
            Some(id) => Some(self.tariff(Some(id), &evaluated.rules)?),
            None => None,
        };
        let ledger = self.ledger(&basis)?;
        let (is, would) = (self.months(&basis, &evaluated)?, self.months(&basis, &supposed)?);
        let money = |months: &Months<'_>| self.money(months, &ledger, (asked.month, tariff));
        let (before, after) = (money(&is)?, money(&would)?);
        let cards = (is.view.card(asked.day), would.view.card(asked.day));
        let mut changes = outlook::money_changes(&before, &after);
        changes.extend(outlook::card_changes(&cards.0, &cards.1));
        let weakest = weakest([(&before, &cards.0), (&after, &cards.1)]);
        let stamp = evaluated.stamp(tariff.map(|tariff| &*tariff.id), weakest);
        let closed = self.issued_month(&basis, &ledger, (asked.month, &evaluated.patient))?;
        let carries = tariff.is_some_and(|tariff| self.carries_adjustments(&basis, &ledger, (asked.month, tariff)));
        let adjusted_in = ledger.next().filter(|next| *next != asked.month && !basis.named && !carries);
        let partial = [&before, &after].into_iter().any(|money| money.year().is_some_and(|year| year.partial));
        let figures = projection(asked.month, basis.known_at).into_iter().chain(partial.then_some(PARTIAL)).collect();
        drop((is, would));
        Ok(Supposed { before, after, changes, cards, closed, adjusted_in, figures, evaluated, stamp })
    }

    /// Decides and prices a month as its draft is: once across structures, with what it carries of closed
    /// months.
    fn money(
        &self,
        months: &Months<'_>,
        ledger: &Arc<Ledger>,
        (month, tariff): (Month, Option<&Tariff>),
    ) -> Result<Money, Failure> {
        let decided = self.decided(months, month)?;
        let priced = tariff.map(|tariff| months.view.priced(&decided, tariff));
        let adjusted = match (tariff, &priced) {
            (Some(tariff), Some(Ok(_))) => self.carried(months, ledger, (month, tariff))?,
            _ => Adjusted::default(),
        };
        let money = Money { month: decided, priced, adjusted };
        months.view.refuse_fictional(&money, tariff).map(|()| money)
    }

    /// Answers what was issued of a month; `None` when it is open, or asked for by rules somebody names.
    fn issued_month(
        &self,
        basis: &Basis,
        ledger: &Ledger,
        (month, patient): (Month, &str),
    ) -> Result<Option<IssuedMonth>, Failure> {
        let Some(closed) = ledger.month(month).filter(|_| !basis.named) else { return Ok(None) };
        let row = self.issued_row(closed, patient, &ledger.structure)?;
        Ok(Some(IssuedMonth { tariff: closed.summary.tariff.clone(), total: row.as_ref().map(MonthRow::total) }))
    }

    /// Takes away what a reference names, as a deletion would.
    fn forget(&self, records: &mut [Record], reference: &str, known: Instant) -> Result<(), Failure> {
        let unknown = || Failure::new(Reason::Contract, Issue::general(&issues::WHAT_IF_NOT_KNOWN, &[]));
        let target = references::local(reference, self.context.own_bases()).filter(|target| target.version.is_none());
        let target = target.ok_or_else(unknown)?;
        let kind = Kind::from_name(target.resource_type).ok_or_else(|| unaccepted(target.resource_type))?;
        if kind == Kind::Patient {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::WHAT_IF_PATIENT_REMOVED, &[])));
        }
        let is = |record: &&mut Record| {
            record.kind == kind && *record.id == *target.id && record.current().is_some_and(|v| v.fact.is_some())
        };
        let record = records.iter_mut().find(is).ok_or_else(unknown)?;
        next(record, known, None);
        Ok(())
    }

    /// Reads a supposed resource as a write of it: its type, its id and what the rules read of it.
    fn suppose(
        &self,
        evaluated: &Evaluated,
        asked: &Hypothesis<'_>,
        (n, bytes): (usize, &[u8]),
    ) -> Result<(Kind, Box<str>, Option<Fact>), Failure> {
        let scanned = json::scan(bytes).map_err(|fault| derive::json_failure(&fault))?;
        let kind = Kind::from_name(&scanned.resource_type).ok_or_else(|| unaccepted(&scanned.resource_type))?;
        let prepared = self.prepare(kind, bytes)?;
        if asked.handling == Handling::Strict {
            self.strict_issues(&prepared)?;
        }
        let structure = &asked.question.structure;
        let id = match (scanned.id, kind) {
            (Some(id), _) if !crate::config::is_id(&id) => {
                let place = format!("{}.id", kind.name());
                return Err(Failure::new(Reason::Malformed, Issue::new(&issues::BAD_ID, place, &[])));
            }
            (Some(id), _) => id,
            (None, Kind::Patient) => asked.question.patient.as_str().into(),
            (None, _) => format!("supposed-{n}").into(),
        };
        self.concerns(evaluated, (structure, &id), &prepared)?;
        if let Some(person) = &prepared.person {
            self.claims(structure, (0, &id, person), &super::identity::Beside::default())?;
        }
        if let Some(Fact::Patient(now)) = &prepared.derived.fact {
            let linked = |record: &&Record| record.kind == Kind::Patient && record.id == id;
            let was = evaluated.records.iter().find(linked).and_then(Record::current).and_then(|v| v.fact.as_ref());
            let same = |p: &crate::domain::fact::PatientFact| {
                (&p.replaced_by, &p.replaces) == (&now.replaced_by, &now.replaces)
            };
            if !matches!(was, Some(Fact::Patient(was)) if same(was)) {
                return Err(Failure::new(Reason::Contract, Issue::new(&issues::WHAT_IF_MERGE, "Patient.link", &[])));
            }
        }
        Ok((kind, id, prepared.derived.fact))
    }

    /// Refuses what is about nobody, or about somebody else.
    fn concerns(
        &self,
        evaluated: &Evaluated,
        (structure, id): (&str, &str),
        prepared: &Prepared,
    ) -> Result<(), Failure> {
        let person = |id: &str| evaluated.records.iter().any(|r| r.kind == Kind::Patient && *r.id == *id);
        let own = match &prepared.derived.patient {
            PatientLink::Own => person(id),
            PatientLink::Id(id) => person(id),
            PatientLink::Shared => false,
            PatientLink::Identifier(hash) => {
                matches!(&self.store.find_patient_by_identifier(structure, hash)?[..], [id] if person(id))
            }
        };
        if own {
            return Ok(());
        }
        let place = match prepared.derived.patient {
            PatientLink::Own => "Patient.id".to_owned(),
            PatientLink::Shared => prepared.kind.name().to_owned(),
            _ => derive::subject_expression(prepared.kind),
        };
        Err(Failure::new(Reason::Contract, Issue::new(&issues::WHAT_IF_OTHER_PATIENT, place, &[])))
    }
}

/// Puts a supposed fact among the records: the next version of what has its id, else a new record.
fn stand(records: &mut Vec<Record>, (kind, id, fact): (Kind, Box<str>, Option<Fact>), evaluated: &Evaluated) {
    let known = evaluated.known_at;
    match records.iter_mut().find(|record| record.kind == kind && record.id == id) {
        Some(record) => next(record, known, fact),
        None => records.push(Record { kind, id: id.into(), versions: [Version { number: 1, known, fact }].into() }),
    }
}

/// Adds a version; `None`: a deletion.
fn next(record: &mut Record, known: Instant, fact: Option<Fact>) {
    let number = record.current().map_or(1, |version| version.number.saturating_add(1));
    record.versions.push(Version { number, known, fact });
}

fn weakest(both: [(&Money, &Card); 2]) -> RuleStatus {
    let each = both.into_iter().flat_map(|(money, card)| {
        let typologies = money.month.typologies.iter().map(|result| result.rule_status);
        let items = card.items.iter().map(|item| item.rule_status);
        typologies.chain(items).chain(money.forfait().map(|forfait| forfait.status)).chain([money.adjusted.status])
    });
    each.max().unwrap_or(RuleStatus::Official)
}

fn unaccepted(sent: &str) -> Failure {
    let sent = resource_type(sent).unwrap_or("?");
    let accepted: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    Failure::new(Reason::Contract, Issue::general(&issues::UNACCEPTED_TYPE, &[sent, &accepted.join(", ")]))
}

/// Moves the issues of a supposed resource under its parameter.
fn within(failure: Failure, n: usize, member: &str) -> Failure {
    let root = format!("Parameters.parameter[{n}].{member}");
    let moved = failure.issues.into_iter().map(|issue| {
        let expression = match issue.expression.as_deref().and_then(|place| place.split_once('.')) {
            Some((_, path)) => format!("{root}.{path}"),
            None => root.clone(),
        };
        Issue { expression: Some(expression), ..issue }
    });
    Failure { issues: moved.collect(), ..failure }
}
