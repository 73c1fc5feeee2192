//! The rulebook in force, and those of the past: each activation is a journal record.

use super::Gateway;
use super::failure::{Failure, Reason};
use crate::domain::calendar::Instant;
use crate::domain::statement::Summary;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::profiles::ProfileError;
use crate::fhir::profiles::Profiles;
use crate::fhir::render;
use crate::rulebook;
use crate::rulebook::MappingError;
use crate::rulebook::Rulebook;
use crate::rulebook::Source;
use crate::rulebook::examples;
use crate::rulebook::examples::ExampleFailure;
use crate::store::RulebookHeader;
use crate::store::Store;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The rulebook of this source tree, in the binary: one file to install.
#[derive(rust_embed::Embed)]
#[folder = "mappings/"]
struct BuiltInRules;

/// The profiles of this source tree, in the binary.
#[derive(rust_embed::Embed)]
#[folder = "fhir-profiles/"]
struct BuiltInProfiles;

/// How many digits of a digest name a rulebook at least.
const SHORTEST: usize = 8;

/// A rulebook with the text of its digest.
pub struct ActiveRules {
    pub rulebook: Rulebook,
    /// Lower-case hex.
    pub digest: String,
}

/// The rulebook in force and those loaded to answer about the past.
pub struct Rulebooks {
    current: RwLock<Arc<ActiveRules>>,
    past: Mutex<HashMap<[u8; 32], Arc<ActiveRules>>>,
}

impl Rulebooks {
    /// Puts the rulebook in force, unless it already is.
    pub fn start(store: &Store, rulebook: Rulebook) -> Result<Rulebooks, Failure> {
        record(store, &rulebook)?;
        let active = active(rulebook);
        Ok(Rulebooks { current: RwLock::new(active), past: Mutex::default() })
    }

    pub fn current(&self) -> Arc<ActiveRules> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers the rulebook in force at an instant; the first one for instants before any.
    pub fn at(&self, store: &Store, instant: Instant) -> Result<Arc<ActiveRules>, Failure> {
        let records = store.rulebooks();
        let found = records.iter().rev().find(|r| r.known <= instant).or(records.first());
        let Some(record) = found else { return Ok(self.current()) };
        self.of_header(store, record)
    }

    /// Answers a rulebook that was once in force by the beginning of its digest; one rulebook alone may
    /// begin so.
    pub fn named(&self, store: &Store, digest: &str) -> Result<Arc<ActiveRules>, Failure> {
        let unknown = || Failure::new(Reason::NotSupported, Issue::general(&issues::RULEBOOK_UNKNOWN, &[]));
        let begins = |header: &RulebookHeader| render::hex(&header.digest).starts_with(&digest.to_ascii_lowercase());
        let records = store.rulebooks();
        let found = records.iter().rev().find(|header| begins(header)).filter(|_| digest.len() >= SHORTEST);
        let found = found.ok_or_else(unknown)?;
        let same = records.iter().filter(|header| begins(header)).all(|header| header.digest == found.digest);
        if same { self.of_header(store, found) } else { Err(unknown()) }
    }

    /// Answers the rulebook that applies to a closed month as known at an instant: that of its closing,
    /// with the files put in force since that say they apply to it; true where these do not fit, so that
    /// the rules of the closing stand alone.
    pub fn of_closed(
        &self,
        store: &Store,
        closed: &Summary,
        known_at: Instant,
    ) -> Result<(Arc<ActiveRules>, bool), Failure> {
        let records = store.rulebooks();
        let at_closing = records.iter().rposition(|r| r.digest == closed.rulebook && r.known <= closed.known_at);
        let Some(at) = at_closing else { return Err(rules_unknown()) };
        let closing = self.of_header(store, &records[at])?;
        let mut later = Vec::new();
        for header in records[at + 1..].iter().filter(|header| header.known <= known_at) {
            later.push(self.of_header(store, header)?);
        }
        let sources: Vec<&Source> = later.iter().map(|rules| &rules.rulebook.files).collect();
        if !rulebook::applies_to_closed(&closing.rulebook.files, &sources, closed.month) {
            return Ok((closing, false));
        }
        let combined = rulebook::for_closed_month(&closing.rulebook.files, &sources, closed.month);
        let digest = combined.digest();
        if let Some(found) = self.kept(&digest) {
            return Ok((found, false));
        }
        let Ok(loaded) = rulebook::load_accepted(&combined) else { return Ok((closing, true)) };
        let loaded = active(loaded);
        self.past.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, Arc::clone(&loaded));
        Ok((loaded, false))
    }

    fn of_header(&self, store: &Store, header: &RulebookHeader) -> Result<Arc<ActiveRules>, Failure> {
        let current = self.current();
        if current.rulebook.digest == header.digest { Ok(current) } else { self.past(store, header) }
    }

    fn kept(&self, digest: &[u8; 32]) -> Option<Arc<ActiveRules>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn past(&self, store: &Store, header: &RulebookHeader) -> Result<Arc<ActiveRules>, Failure> {
        if let Some(found) = self.kept(&header.digest) {
            return Ok(found);
        }
        let record = store.rulebook(header.sequence)?.ok_or_else(Failure::internal)?;
        // It was checked when it came in force; an engine that can no longer read it says so.
        let loaded = rulebook::load_accepted(&Source(record.files)).map_err(|_| rules_unknown())?;
        let loaded = active(loaded);
        self.past.lock().unwrap_or_else(PoisonError::into_inner).insert(header.digest, Arc::clone(&loaded));
        Ok(loaded)
    }
}

/// Answers the examples that a rulebook fails: of one that was never in force in the store, and is not the one
/// built in, which was checked when it was built.
pub fn failed_examples(store: &Store, rulebook: &Rulebook) -> Vec<ExampleFailure> {
    let was_in_force = store.rulebooks().iter().any(|record| record.digest == rulebook.digest);
    if was_in_force || rulebook.digest == built_in().digest() { Vec::new() } else { examples::run_examples(rulebook) }
}

/// Answers the rulebook last put in force in a store; `None` where there was none yet. One that this version
/// can no longer read is refused.
pub fn rules_in_force(store: &Store) -> Result<Option<Rulebook>, Failure> {
    let records = store.rulebooks();
    let Some(last) = records.last() else { return Ok(None) };
    let record = store.rulebook(last.sequence)?.ok_or_else(Failure::internal)?;
    rulebook::load_accepted(&Source(record.files)).map(Some).map_err(|_| rules_unknown())
}

impl Gateway {
    /// Answers the examples that a rulebook to be put in force fails.
    pub fn failed_examples(&self, rulebook: &Rulebook) -> Vec<ExampleFailure> {
        failed_examples(&self.store, rulebook)
    }

    /// Puts a checked rulebook in force and answers its digest. Nothing stored is rewritten.
    pub fn activate(&self, rulebook: Rulebook) -> Result<String, Failure> {
        record(&self.store, &rulebook)?;
        let next = active(rulebook);
        let digest = next.digest.clone();
        *self.rulebooks.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(digest)
    }
}

fn record(store: &Store, rulebook: &Rulebook) -> Result<(), Failure> {
    store
        .activate_rulebook_blocking(rulebook.digest, rulebook.files.0.clone())
        .map(|_| ())
        .map_err(super::receive::commit_failure)
}

fn rules_unknown() -> Failure {
    Failure::new(Reason::Internal, Issue::general(&issues::RULES_UNKNOWN, &[]))
}

pub(super) fn active(rulebook: Rulebook) -> Arc<ActiveRules> {
    let digest = rulebook.digest_hex();
    Arc::new(ActiveRules { rulebook, digest })
}

/// Loads and checks the rulebook of a folder.
pub fn rules_from(folder: &Path) -> Result<Rulebook, Vec<MappingError>> {
    let source = Source::read_dir(folder).map_err(|error| vec![unreadable(folder, &error)])?;
    rulebook::load(&source)
}

fn unreadable(folder: &Path, error: &std::io::Error) -> MappingError {
    MappingError {
        file: folder.display().to_string(),
        line: 1,
        path: String::new(),
        code: "unreadable",
        text_fr: format!("ce dossier ne peut être lu : {error}"),
        text_en: format!("this folder cannot be read: {error}"),
    }
}

/// Loads the rulebook built into the binary.
pub fn default_rules() -> Result<Rulebook, Vec<MappingError>> {
    rulebook::load(&built_in())
}

fn built_in() -> Source {
    // Schemas and texts stand beside the rules; only the rules make the digest, as from a folder.
    let mut files = embedded::<BuiltInRules>();
    files.retain(|(path, _)| path.ends_with(".yaml"));
    Source(files)
}

/// Loads the profiles of a folder.
pub fn profiles_from(folder: &Path) -> Result<Profiles, ProfileError> {
    Profiles::load_dir(folder)
}

/// Loads the profiles built into the binary.
pub fn default_profiles() -> Result<Profiles, ProfileError> {
    let files = embedded::<BuiltInProfiles>();
    Profiles::from_files(files.iter().map(|(path, content)| (path.as_str(), content.as_slice())))
}

fn embedded<E: rust_embed::Embed>() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> =
        E::iter().filter_map(|path| E::get(&path).map(|file| (path.into_owned(), file.data.into_owned()))).collect();
    files.sort();
    files
}
