//! The data-quality report of a structure: one pass over its patients, kept until something changes.
//!
//! The pass reads every patient's facts, some at a time; call it on a thread that may block.

use super::failure::Failure;
use super::{Gateway, rulebooks::ActiveRules};
use crate::domain::calendar::Instant;
use crate::domain::directory::Directory;
use crate::domain::quality::Check;
use crate::domain::quality::Count;
use crate::domain::quality::LocalCodes;
use crate::domain::quality::Tally;
use crate::domain::verdict::RuleStatus;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many patients are listed at a time.
const STEP: usize = 500;
/// For how many structures the last report is kept.
const KEPT: usize = 32;

/// What the records of a structure leave unsaid, as known at an instant.
#[derive(Debug)]
pub struct Quality {
    pub known_at: Instant,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: String,
    pub counts: Vec<(Check, Count, RuleStatus)>,
    pub local: LocalCodes,
}

/// The reports made last, by structure. Each is held while it is made, so that it is made once and
/// nobody of another structure waits for it.
#[derive(Default)]
pub struct Reports(Mutex<HashMap<String, Arc<Kept>>>);

/// The report of one structure.
type Kept = Mutex<Option<Arc<Quality>>>;

impl Reports {
    fn of(&self, structure: &str) -> Arc<Kept> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT && !all.contains_key(structure) {
            all.clear();
        }
        Arc::clone(all.entry(structure.to_owned()).or_default())
    }
}

impl Gateway {
    /// Answers the report of a structure; computed again only when a commit or the rules came between.
    pub fn quality(&self, structure: &str) -> Result<Arc<Quality>, Failure> {
        let place = self.reports.of(structure);
        let mut kept = place.lock().unwrap_or_else(PoisonError::into_inner);
        let (known_at, rules) = (self.store.last_known(structure), self.rulebooks.current());
        if let Some(report) = kept.as_ref()
            && report.known_at == known_at
            && report.rulebook == rules.digest
        {
            return Ok(Arc::clone(report));
        }
        let report = Arc::new(self.measured(structure, known_at, &rules)?);
        *kept = Some(Arc::clone(&report));
        Ok(report)
    }

    fn measured(&self, structure: &str, known_at: Instant, active: &ActiveRules) -> Result<Quality, Failure> {
        let rules = &active.rulebook.rules;
        let shared = self.store.shared_facts(structure, known_at)?;
        let directory = Directory::build(&shared, rules);
        let mut tally = Tally::default();
        tally.directory(&shared, &directory);
        let mut after: Option<Box<str>> = None;
        let mut patients = 0;
        loop {
            let ids = self.store.patients(structure, after.as_deref(), STEP)?;
            for id in &ids {
                let records = self.store.facts(structure, id, known_at)?;
                tally.patient(id, &records, rules, &directory);
            }
            patients += ids.len() as u64;
            match ids.into_iter().last() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        let shared = self.shared_identities(structure)?;
        tally.add(Check::IdentityShared, Count { found: shared, of: patients });
        tally.add(Check::Pending, Count { found: self.store.waiting(structure)?, of: 0 });
        let counts = Check::ALL.into_iter().map(|check| (check, tally.count(check), check.status(rules)));
        Ok(Quality { known_at, rulebook: active.digest.clone(), counts: counts.collect(), local: tally.local_codes() })
    }
}
