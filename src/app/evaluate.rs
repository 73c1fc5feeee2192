//! Evaluates one patient: loads the facts known at an instant and asks the domain.
//!
//! Reading is one prefix scan of the patient's range; call it from a thread that may block.

use super::failure::{Failure, Reason};
use super::rulebooks::ActiveRules;
use super::{Gateway, now};
use crate::config::Mode;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::explain;
use crate::domain::explain::Explanation;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::forfait;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::PricingError;
use crate::domain::forfait::Tariff;
use crate::domain::pathway;
use crate::domain::pathway::PathwayResult;
use crate::domain::prevention;
use crate::domain::prevention::Card;
use crate::domain::typologie;
use crate::domain::typologie::PatientMonth;
use crate::fhir::issue;
use crate::fhir::issue::Issue;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// About whom, and as known when.
#[derive(Clone, Debug)]
pub struct Question {
    pub structure: String,
    pub patient: String,
    /// `None`: with all that is known.
    pub known_at: Option<Instant>,
}

/// A patient's records with the rules and the directory to read them by.
pub struct Evaluated {
    pub rules: Arc<ActiveRules>,
    /// Instant of the last commit read.
    pub known_at: Instant,
    records: Vec<Record>,
    scope: Arc<Scope>,
    mode: Mode,
}

/// The directory of a structure and its sites, at one state of its shared facts.
struct Scope {
    directory: Directory,
    sites: BTreeSet<Box<str>>,
}

/// The scopes last used, one per structure: rebuilt when a practitioner, an organization or the
/// rulebook changes, never per request.
#[derive(Default)]
pub struct Scopes(Mutex<HashMap<String, (u64, [u8; 32], Arc<Scope>)>>);

impl Gateway {
    /// Loads a patient as known at the instant asked. An unknown patient, and another structure's,
    /// is not found; a deleted one is gone.
    pub fn evaluate(&self, question: &Question) -> Result<Evaluated, Failure> {
        let known_at = self.knowledge(&question.structure, question.known_at);
        let rules = self.rulebooks.at(&self.store, known_at)?;
        let records = self.store.facts(&question.structure, &question.patient, known_at);
        let person = records.iter().find(|r| r.kind == Kind::Patient && *r.id == *question.patient);
        match person.and_then(Record::current) {
            Some(version) if version.fact.is_some() => {}
            Some(_) => return Err(Failure::new(Reason::Gone, Issue::general(&issue::GONE, &["Patient"]))),
            None => return Err(Failure::new(Reason::NotFound, Issue::general(&issue::NOT_FOUND, &["Patient"]))),
        }
        let scope = self.scope(&question.structure, question.known_at.map(|_| known_at), &rules);
        Ok(Evaluated { rules, known_at, records, scope, mode: self.policy.mode })
    }

    /// Answers the instant of the last commit of the structure that was known at `asked`.
    fn knowledge(&self, structure: &str, asked: Option<Instant>) -> Instant {
        match asked {
            Some(instant) => self.store.last_known_at(structure, instant),
            None => self.store.last_known(structure),
        }
    }

    fn scope(&self, structure: &str, known_at: Option<Instant>, rules: &ActiveRules) -> Arc<Scope> {
        let Some(past) = known_at else {
            return self.current_scope(structure, rules);
        };
        Arc::new(self.build_scope(structure, past, rules))
    }

    fn current_scope(&self, structure: &str, rules: &ActiveRules) -> Arc<Scope> {
        let sequence = self.store.shared_sequence(structure);
        let digest = rules.rulebook.digest;
        let cached = self.scopes.0.lock().unwrap_or_else(PoisonError::into_inner).get(structure).cloned();
        if let Some((at, by, scope)) = cached
            && at == sequence
            && by == digest
        {
            return scope;
        }
        // Built outside the lock: two requests may build the same scope once each, none waits on I/O.
        let scope = Arc::new(self.build_scope(structure, Instant::MAX, rules));
        self.scopes
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(structure.to_owned(), (sequence, digest, Arc::clone(&scope)));
        scope
    }

    fn build_scope(&self, structure: &str, known_at: Instant, rules: &ActiveRules) -> Scope {
        let records = self.store.shared_facts(structure, known_at);
        let directory = Directory::build(&records, &rules.rulebook.rules);
        let policy = match self.policy.mode {
            Mode::Demo => SitePolicy::AllOrganizations,
            Mode::Production => SitePolicy::StructureTree,
        };
        let sites = directory.sites(structure, &self.policy.sites, policy);
        Scope { directory, sites }
    }

    /// Answers the tariff asked for, else the default one.
    pub fn tariff<'r>(&self, asked: Option<&str>, rules: &'r ActiveRules) -> Result<&'r Tariff, Failure> {
        let Some(id) = asked.or(self.policy.tariff.as_deref()) else {
            return Err(Failure::new(Reason::Contract, Issue::general(&issue::AMOUNT_UNKNOWN_NO_TARIFF, &[])));
        };
        rules.rulebook.rules.tariff(id).ok_or_else(|| {
            let known: Vec<&str> = rules.rulebook.rules.tariffs.iter().map(|t| &*t.id).collect();
            Failure::new(Reason::NotSupported, Issue::general(&issue::UNKNOWN_TARIFF, &[&known.join(", ")]))
        })
    }
}

impl Evaluated {
    fn dossier(&self) -> Dossier<'_> {
        Dossier::build(&self.records, &self.rules.rulebook.rules)
    }

    fn structure_scope(&self) -> StructureScope<'_> {
        StructureScope { directory: &self.scope.directory, sites: self.scope.sites.clone() }
    }

    /// Answers the prevention card of a day.
    pub fn card(&self, date: Day) -> Card {
        prevention::card(&self.dossier(), date)
    }

    /// Answers what decides a month, before any amount.
    pub fn month(&self, month: Month) -> PatientMonth {
        typologie::patient_month(&self.dossier(), &self.structure_scope(), month)
    }

    /// Answers which pathways the patient may enter on a day.
    pub fn pathways(&self, date: Day) -> Vec<PathwayResult> {
        pathway::evaluate(&self.dossier(), date)
    }

    /// Prices a month. In production an invented amount is refused like an unknown one.
    pub fn forfait(&self, patient_month: &PatientMonth, tariff: &Tariff) -> Result<Forfait, Failure> {
        let priced = forfait::price(&self.dossier(), patient_month, &self.structure_scope(), tariff, patient_month.month);
        let forfait = priced.map_err(|error| pricing(&error))?;
        if forfait.fictional && self.mode == Mode::Production {
            return Err(Failure::new(Reason::Contract, Issue::general(&issue::AMOUNT_FICTIONAL, &[&tariff.id])));
        }
        Ok(forfait)
    }

    /// Answers the trace of a month: every rule, parameter, evidence and amount.
    pub fn explanation(&self, patient_month: &PatientMonth, forfait: Result<&Forfait, &PricingError>) -> Explanation {
        explain::explain(&self.dossier(), patient_month, forfait)
    }
}

fn pricing(error: &PricingError) -> Failure {
    let issue = match error {
        PricingError::AmountUnknown { param, month } => Issue::general(&issue::AMOUNT_UNKNOWN, &[param, &month.to_string()]),
        PricingError::UnknownTariff => Issue::general(&issue::UNKNOWN_TARIFF, &[""]),
    };
    Failure::new(Reason::Contract, issue)
}

/// Answers the day to evaluate on when none is asked.
pub fn default_day() -> Day {
    now().paris_day()
}
