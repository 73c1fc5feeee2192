//! A person in several structures: who else claims them, and to whom a month is paid.
//!
//! Persons are met by the keyed hash of their national identifier; no clear value is compared.

use super::Gateway;
use super::evaluate::{Basis, Evaluated, Found, View};
use super::failure::Failure;
use super::rulebooks::ActiveRules;
use super::statement::{Unmade, unknown};
use crate::domain::enrolment::NotPayable;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::PatientFact;
use crate::domain::statement::Claim;
use crate::domain::statement::first_of;
use crate::domain::typologie::PatientMonth;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The bases of other structures and other rules, made once for all patients of a question.
#[derive(Default)]
pub struct Bases(Mutex<HashMap<(String, [u8; 32]), Basis>>);

/// The other structures' records of a person.
pub struct Rivals(Vec<(String, Evaluated)>);

impl Rivals {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Answers the structures, each once.
    pub fn structures(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(structure, _)| structure.as_str())
    }
}

impl Gateway {
    /// Answers a basis of the same knowledge for another structure or by other rules.
    pub(super) fn basis_of(
        &self,
        bases: &Bases,
        basis: &Basis,
        structure: &str,
        rules: &Arc<ActiveRules>,
    ) -> Result<Basis, Failure> {
        if structure == basis.structure && rules.rulebook.digest == basis.rules.rulebook.digest {
            return Ok(basis.clone());
        }
        let key = (structure.to_owned(), rules.rulebook.digest);
        let kept = bases.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(found) = kept {
            return Ok(found);
        }
        // Built outside the lock: two threads may build the same basis once each.
        let made = self.basis_by(basis, structure, Arc::clone(rules))?;
        bases.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        Ok(made)
    }

    /// Answers the records other structures have of a patient's person, as known at the same instant.
    pub(super) fn rivals(&self, bases: &Bases, basis: &Basis, evaluated: &Evaluated) -> Result<Rivals, Failure> {
        let mut found: Vec<(String, Evaluated)> = Vec::new();
        let alone = self.store.structures_known() < 2;
        let Some(own) = evaluated.person().filter(|_| !alone) else { return Ok(Rivals(found)) };
        for hash in &own.persons {
            for (structure, id) in self.store.persons(&hash.0)? {
                let known = found.iter().any(|(s, rival)| *s == *structure && *rival.patient == *id);
                if *structure == *basis.structure || known {
                    continue;
                }
                let there = self.basis_of(bases, basis, &structure, &basis.rules)?;
                // What was once said of an identifier may be so no longer, or not yet.
                if let Found::Here(rival) = self.find_patient(&there, &id)?
                    && rival.person().is_some_and(|other| same_person(own, other))
                {
                    found.push((structure.into(), rival));
                }
            }
        }
        Ok(Rivals(found))
    }

    /// Takes a month from a patient that is paid for elsewhere; answers whether another structure
    /// claims it too.
    pub(super) fn contest(
        &self,
        (bases, basis): (&Bases, &Basis),
        view: &View<'_>,
        rivals: &Rivals,
        month: &mut PatientMonth,
    ) -> Result<bool, Unmade> {
        if month.not_payable.is_some() || rivals.is_empty() {
            return Ok(false);
        }
        let mut claims = vec![claim(&basis.structure, view.of, month)];
        for (structure, rival) in &rivals.0 {
            let there = self.basis_of(bases, basis, structure, &basis.rules)?;
            let other = rival.by(&there);
            let theirs = other.view().month(month.month);
            if theirs.not_payable.is_none() {
                claims.push(claim(structure, &other, &theirs));
            }
        }
        let contested = claims.len() > 1;
        let rules = &basis.rules.rulebook.rules;
        let said = rules.statements.once_per_month(&rules.params, month.month.last_day());
        let rule = said.ok_or_else(|| unknown(rules, rules.statements.once_per_month, month.month))?;
        if contested && first_of(&claims, rule) != claims.first() {
            month.refuse(NotPayable::PaidElsewhere);
        }
        Ok(contested)
    }
}

impl Evaluated {
    /// Answers the patient as its record in force says.
    pub fn person(&self) -> Option<&PatientFact> {
        let own = self.records.iter().find(|record| record.kind == Kind::Patient && record.id == self.patient)?;
        match own.current()?.fact.as_ref()? {
            Fact::Patient(fact) => Some(fact),
            _ => None,
        }
    }
}

/// A mother and a newborn may share an identifier: birth dates that cannot be one tell them apart.
fn same_person(a: &PatientFact, b: &PatientFact) -> bool {
    let births = a.birth.zip(b.birth);
    let apart = births.is_some_and(|(a, b)| a.latest() < b.earliest() || b.latest() < a.earliest());
    !apart && a.persons.iter().any(|hash| b.persons.contains(hash))
}

fn claim(structure: &str, evaluated: &Evaluated, month: &PatientMonth) -> Claim {
    let own = evaluated.records.iter().find(|record| record.kind == Kind::Patient && record.id == evaluated.patient);
    let known = own.and_then(|record| record.versions.first()).map_or(evaluated.known_at, |version| version.known);
    Claim {
        structure: structure.into(),
        patient: evaluated.patient.clone(),
        declared: month.enrolment.0,
        known,
        consulted: month.consulted,
    }
}
