//! A person in several structures: who else claims them, and to whom a month is paid.
//!
//! Persons are met by the keyed hash of their national identifier; no clear value is compared.

use super::Gateway;
use super::basis::Basis;
use super::evaluate::{Evaluated, Found, View};
use super::failure::Failure;
use super::rulebooks::ActiveRules;
use super::statement::{Unmade, unknown};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::enrolment::NotPayable;
use crate::domain::fact::Fact;
use crate::domain::fact::IdentifierHash;
use crate::domain::fact::Kind;
use crate::domain::fact::PatientFact;
use crate::domain::statement::Claim;
use crate::domain::statement::first_of;
use crate::domain::typologie::PatientMonth;
use crate::store::Structure;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of other structures at one instant, made once for all patients of a question.
#[derive(Default)]
pub struct Bases {
    /// By structure and rules.
    made: Mutex<HashMap<(String, [u8; 32]), Basis>>,
    /// The first month each structure has closed, where it has closed any.
    first_closed: Mutex<HashMap<String, Option<Month>>>,
}

/// The other structures' records of a person.
#[derive(Default)]
pub struct Rivals {
    now: Vec<(String, Evaluated)>,
    /// Another structure carries or once carried an identifier of the person.
    ever: bool,
}

impl Rivals {
    fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    /// Answers whether another structure may have had a claim to any month, also one given up since.
    pub fn were_any(&self) -> bool {
        self.ever
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
        let kept = bases.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(found) = kept {
            return Ok(found);
        }
        // Built outside the lock: two threads may build the same basis once each.
        let made = self.basis_by(basis, structure, Arc::clone(rules))?;
        bases.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        Ok(made)
    }

    /// Answers the records other structures have of a patient's person, as known at the same instant.
    pub(super) fn rivals(&self, bases: &Bases, basis: &Basis, evaluated: &Evaluated) -> Result<Rivals, Failure> {
        let mut rivals = Rivals::default();
        // One structure alone has no rival: nothing to look up.
        let alone = self.store.structures_known() < 2;
        let Some(own) = evaluated.person().filter(|_| !alone) else { return Ok(rivals) };
        let hashes = evaluated.hashes();
        for (structure, id) in self.carriers(&basis.structure, &hashes)? {
            rivals.ever = true;
            let there = self.basis_of(bases, basis, &structure, &basis.rules)?;
            // What was once said of an identifier may be so no longer, or not yet.
            let Found::Here(rival) = self.find_patient(&there, &id)? else { continue };
            if !rival.person().is_some_and(|other| same_person((own, &hashes), other)) {
                continue;
            }
            // Merged there into another record, it is that one which is paid.
            let rival = match rival.merged_into() {
                None => rival,
                Some(survivor) => match self.find_patient(&there, survivor)? {
                    Found::Here(survivor) => survivor,
                    _ => continue,
                },
            };
            if !rivals.now.iter().any(|(s, known)| *s == *structure && known.patient == rival.patient) {
                rivals.now.push((structure.into(), rival));
            }
        }
        Ok(rivals)
    }

    /// Answers structure and id of the patients elsewhere that carry or once carried one of these
    /// identifiers, each once.
    fn carriers(&self, own: &str, hashes: &[IdentifierHash]) -> Result<Vec<(Structure, Box<str>)>, Failure> {
        let mut found = Vec::new();
        for hash in hashes {
            for carrier in self.store.persons(&hash.0)? {
                if *carrier.0 != *own && !found.contains(&carrier) {
                    found.push(carrier);
                }
            }
        }
        Ok(found)
    }

    /// Answers the structures that at the instant asked had, or had had, a claim to a patient's person.
    fn claimants(&self, own: &str, evaluated: &Evaluated, asked: Option<Instant>) -> Result<Vec<Structure>, Failure> {
        let hashes = evaluated.hashes();
        let mut found = Vec::new();
        for (structure, id) in self.carriers(own, &hashes)? {
            let records = self.store.facts(&structure, &id, asked.unwrap_or(Instant::MAX))?;
            let own = records.iter().filter(|record| record.kind == Kind::Patient && record.id == id);
            let carried = own.flat_map(|record| &record.versions).any(|version| match &version.fact {
                Some(Fact::Patient(fact)) => fact.persons.iter().any(|hash| hashes.contains(hash)),
                _ => false,
            });
            if carried && !found.contains(&structure) {
                found.push(structure);
            }
        }
        Ok(found)
    }

    /// Answers the basis that also rests on what other structures know of a patient's person: as of
    /// the last commit, at the instant asked or before, of any structure with a claim.
    pub(super) fn basis_of_claims(
        &self,
        basis: &Basis,
        evaluated: &Evaluated,
        asked: Option<Instant>,
    ) -> Result<Option<Basis>, Failure> {
        self.later(basis, self.claimants(&basis.structure, evaluated, asked)?, asked)
    }

    /// Answers the same for every patient of the structure.
    pub(super) fn basis_of_all(&self, basis: &Basis, asked: Option<Instant>) -> Result<Basis, Failure> {
        if self.store.structures().len() < 2 {
            return Ok(basis.clone());
        }
        let claimants = self.sweep(basis, &|_, _| {}, |found, _| match found {
            Found::Here(evaluated) => self.claimants(&basis.structure, &evaluated, asked).map(Some),
            _ => Ok(None),
        })?;
        let all: BTreeSet<Structure> = claimants.into_iter().flatten().collect();
        Ok(self.later(basis, all, asked)?.unwrap_or_else(|| basis.clone()))
    }

    fn later(
        &self,
        basis: &Basis,
        structures: impl IntoIterator<Item = Structure>,
        asked: Option<Instant>,
    ) -> Result<Option<Basis>, Failure> {
        let mut known_at = basis.known_at;
        for structure in structures {
            known_at = known_at.max(self.knowledge(&structure, asked)?);
        }
        if known_at == basis.known_at {
            return Ok(None);
        }
        self.basis_at(&basis.structure, known_at, true).map(Some)
    }

    /// Answers the first month that a structure has closed, as known at the basis's instant.
    fn first_closed(&self, bases: &Bases, basis: &Basis, structure: &str) -> Result<Option<Month>, Failure> {
        if let Some(kept) = bases.first_closed.lock().unwrap_or_else(PoisonError::into_inner).get(structure) {
            return Ok(*kept);
        }
        // Read outside the lock: two threads may read it once each.
        let issued = self.store.statements(structure)?.into_iter().find(|issued| issued.known() <= basis.known_at);
        let first = issued.map(|issued| issued.read_summary()).transpose()?.map(|summary| summary.month);
        bases.first_closed.lock().unwrap_or_else(PoisonError::into_inner).insert(structure.to_owned(), first);
        Ok(first)
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
        for (structure, rival) in &rivals.now {
            // What a structure can close no more it is never paid for: nobody would be.
            if self.first_closed(bases, basis, structure)?.is_some_and(|first| month.month < first) {
                continue;
            }
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

    /// Answers the identifiers by which other structures may know the person: those of all its
    /// records here, where several are merged.
    fn hashes(&self) -> Vec<IdentifierHash> {
        let mut found = Vec::new();
        for record in self.records.iter().filter(|record| record.kind == Kind::Patient) {
            if let Some(Fact::Patient(fact)) = record.current().and_then(|version| version.fact.as_ref()) {
                let new = fact.persons.iter().filter(|hash| !found.contains(*hash)).copied().collect::<Vec<_>>();
                found.extend(new);
            }
        }
        found
    }
}

/// A mother and a newborn may share an identifier: birth dates that cannot be one tell them apart.
fn same_person((own, hashes): (&PatientFact, &[IdentifierHash]), other: &PatientFact) -> bool {
    let births = own.birth.zip(other.birth);
    let apart = births.is_some_and(|(a, b)| a.latest() < b.earliest() || b.latest() < a.earliest());
    !apart && other.persons.iter().any(|hash| hashes.contains(hash))
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
