//! Reconciliation: a payer's list against what was issued and what is computed now.
//!
//! Of each closed month the list names, every patient-month of ours is compared, so that what the list
//! leaves out is told too; of an open month only the lines of the list are. Nothing is stored.

mod list;

pub use list::{TheirLine, Theirs, Who};

use super::basis::Basis;
use super::evaluate::Found;
use super::failure::Failure;
use super::once::Bases;
use super::statement::{Again, Ledger, Looked};
use super::sweep::Done;
use super::{Gateway, today};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::money::Centimes;
use crate::domain::statement::Divergence;
use crate::domain::statement::MonthRow;
use crate::domain::statement::Now;
use crate::domain::statement::Sides;
use crate::fhir::render::{Difference, MonthSides, Reconciliation};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What the lines of a list say of each patient: month, amount and place of each.
type ByPatient = HashMap<Box<str>, Vec<(Month, Centimes, u32)>>;

/// A comparison under way.
struct Comparing<'a> {
    gateway: &'a Gateway,
    basis: Basis,
    ledger: Arc<Ledger>,
    bases: Bases,
    again: Again,
    listed: ByPatient,
}

/// What comparing one patient gives.
#[derive(Default)]
struct Compared {
    differences: Vec<Difference>,
    equal: u64,
    /// Month, issued and now of each patient-month.
    ours: Vec<(Month, Centimes, Now)>,
}

impl Gateway {
    /// Compares a payer's list with the statements of a structure, as known at an instant.
    pub fn reconcile(
        &self,
        structure: &str,
        theirs: &Theirs,
        known_at: Option<Instant>,
        done: Done<'_>,
    ) -> Result<Reconciliation, Failure> {
        let basis = self.basis_of_all(&self.basis(structure, known_at)?, known_at)?;
        let ledger = self.ledger(&basis)?;
        let months: BTreeSet<Month> = theirs.lines.iter().map(|line| line.month).collect();
        let again = self.again(&basis, &ledger, |month| months.contains(&month))?;
        let mut out = Reconciliation {
            structure: structure.to_owned(),
            known_at: basis.known_at,
            rulebook: basis.rules.digest.clone(),
            lines: theirs.lines.len() as u64,
            equal: 0,
            months: months.iter().map(|month| (*month, MonthSides::new(ledger.month(*month).is_some()))).collect(),
            differences: Vec::new(),
        };
        for line in &theirs.lines {
            if let Some(sides) = out.months.get_mut(&line.month) {
                sides.theirs += line.amount;
            }
        }
        let listed = self.listed(&basis, theirs, &mut out.differences)?;
        let comparing = Comparing { gateway: self, basis, ledger, bases: Bases::default(), again, listed };
        let compared = self.sweep(&comparing.basis, done, |found, id| comparing.patient(&found, id).map(Some))?;
        for one in compared {
            out.equal += one.equal;
            out.differences.extend(one.differences);
            for (month, issued, now) in one.ours {
                let Some(sides) = out.months.get_mut(&month) else { continue };
                sides.issued += issued;
                match now {
                    Now::Known(now) => sides.now += now,
                    Now::Unknown => sides.unknown += 1,
                }
            }
        }
        out.differences.sort_by(|a, b| (a.month, &a.patient, a.line).cmp(&(b.month, &b.patient, b.line)));
        Ok(out)
    }

    /// Finds whom each line is about; those about nobody, and those that come twice, are told.
    fn listed(&self, basis: &Basis, theirs: &Theirs, told: &mut Vec<Difference>) -> Result<ByPatient, Failure> {
        let mut known: HashMap<&Who, Result<Box<str>, Divergence>> = HashMap::new();
        let mut listed = ByPatient::new();
        for line in &theirs.lines {
            let who = match known.get(&line.who) {
                Some(who) => who.clone(),
                None => {
                    let who = self.who(basis, &line.who)?;
                    known.insert(&line.who, who.clone());
                    who
                }
            };
            let patient = match who {
                Ok(patient) => patient,
                Err(reason) => {
                    told.push(Difference::of_line(line.month, None, (line.place, line.amount), reason));
                    continue;
                }
            };
            let lines = listed.entry(patient.clone()).or_default();
            if lines.iter().any(|(month, ..)| *month == line.month) {
                let place = (line.place, line.amount);
                told.push(Difference::of_line(line.month, Some(patient), place, Divergence::DuplicateLine));
            } else {
                lines.push((line.month, line.amount, line.place));
            }
        }
        Ok(listed)
    }

    /// Answers the patient a line is about. Who is merged into another still is who it was: an
    /// identifier that several carry is theirs of whom nobody else stands for.
    fn who(&self, basis: &Basis, who: &Who) -> Result<Result<Box<str>, Divergence>, Failure> {
        let carriers = match who {
            Who::Id(id) => {
                let known = !matches!(self.find_patient(basis, id)?, Found::Unknown);
                return Ok(if known { Ok(id.clone()) } else { Err(Divergence::PatientUnknown) });
            }
            Who::Identifier(hash) => self.store.patients_by_identifier(&basis.structure, hash, CARRIERS)?,
            Who::Nobody => Vec::new(),
        };
        let mut here = Vec::new();
        for id in carriers {
            if let Found::Here(evaluated) = self.find_patient(basis, &id)?
                && evaluated.merged_into().is_none()
            {
                here.push(id);
            }
        }
        Ok(match (here.pop(), here.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) => Err(Divergence::PatientUnknown),
            _ => Err(Divergence::PatientAmbiguous),
        })
    }
}

/// How many carriers of one identifier are looked at.
const CARRIERS: usize = 16;

impl Comparing<'_> {
    fn patient(&self, found: &Found, id: &str) -> Result<Compared, Failure> {
        let listed = self.listed.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut compared = Compared::default();
        for looked in self.gateway.looked(&self.again, (&self.bases, &self.basis), (id, found))? {
            compared.closed(id, listed, looked);
        }
        for (month, amount, place) in listed.iter().filter(|(month, ..)| self.ledger.month(*month).is_none()) {
            let now = self.draft(found, *month)?;
            compared.ours.extend(now.map(|now| (*month, Centimes::ZERO, now)));
            compared.differences.push(Difference {
                now,
                ..Difference::of_line(*month, Some(id.into()), (*place, *amount), Divergence::MonthOpen)
            });
        }
        Ok(compared)
    }

    /// Answers what an open month would come to; `None` when it has not begun, or the patient is gone.
    fn draft(&self, found: &Found, month: Month) -> Result<Option<Now>, Failure> {
        let Found::Here(evaluated) = found else { return Ok(None) };
        if month > today().month() {
            return Ok(None);
        }
        let months = self.gateway.months(&self.basis, evaluated)?;
        match self.gateway.bill(&months, month, None) {
            Ok(bill) => Ok(Some(Now::Known(bill.row.total()))),
            Err(failure) if failure.reason == super::Reason::Contract => Ok(Some(Now::Unknown)),
            Err(failure) => Err(failure),
        }
    }
}

impl Compared {
    fn closed(&mut self, id: &str, listed: &[(Month, Centimes, u32)], looked: Looked) {
        let line = listed.iter().find(|(month, ..)| *month == looked.month);
        let issued = looked.issued.as_ref().map(MonthRow::total);
        let sides =
            Sides { theirs: line.map(|(_, amount, _)| *amount), issued, now: looked.now, adjusted: looked.adjusted };
        self.ours.push((looked.month, issued.unwrap_or_default(), looked.now));
        match sides.divergence() {
            None => self.equal += u64::from(line.is_some()),
            Some(reason) => self.differences.push(Difference {
                month: looked.month,
                patient: Some(id.into()),
                line: line.map(|(.., place)| *place),
                theirs: sides.theirs,
                issued,
                now: Some(looked.now),
                not_payable: looked.issued.and_then(|row| row.not_payable),
                reason,
            }),
        }
    }
}
