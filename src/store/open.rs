//! Opening a data directory: lock, keys, journal, cache, replay.
//!
//! | name | what |
//! |---|---|
//! | `LOCK` | held by the process that writes |
//! | `keys` | 32 random bytes, for hashes of identifiers and pseudonyms; never derived, never lost with the cache |
//! | `addresses` | the base URLs it has been served under, a line each: what was sent with them is read with them |
//! | `journal/` | the truth |
//! | `cache/` | derived; `cache.damaged/` is the last one that had to be put aside |

use super::cache;
use super::cache::Cache;
use super::cache::Freshness;
use super::error::StoreError;
use super::journal;
use super::journal::Journal;
use super::journal::Report;
use super::journal::Torn;
use super::options::Options;
use super::replay::Replay;
use super::types::Recovery;
use std::fs::File;
use std::fs::TryLockError;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

const ADDRESSES: &str = "addresses";

/// A data directory ready for use.
pub(super) struct Opened {
    pub lock: File,
    pub key: [u8; 32],
    pub journal: Journal,
    pub cache: Cache,
    pub recovery: Recovery,
}

/// Whether a cache that can be used is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CacheUse {
    Keep,
    Rebuild,
}

pub(super) fn open(dir: &Path, options: &Options, cache_use: CacheUse) -> Result<Opened, StoreError> {
    std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
    let lock = lock(dir)?;
    let key = key(dir)?;
    keep_addresses(dir, &options.addresses)?;
    // Read first: a cache that is put aside still says how far its journal once reached.
    let told = if cache_use == CacheUse::Keep { cache::told_applied(&dir.join("cache")) } else { 0 };
    let cache = opened_cache(dir, options, cache_use, &key)?;
    let applied = cache.cache.applied()?.map_or(0, |applied| applied.end.sequence).max(told);
    let settings = journal::Settings { segment_bytes: options.segment_bytes, sync: options.sync.clone() };
    let (journal, torn) = match Journal::open(&dir.join("journal"), settings, applied) {
        Ok(opened) => opened,
        Err(error) => {
            // Closed as it was found: what is wrong is not the cache.
            cache.cache.close();
            return Err(error);
        }
    };
    let (cache, recovery) = bring_up(cache, options, &journal, torn)?;
    Ok(Opened { lock, key, journal, cache, recovery })
}

/// A cache as it was found, or empty where none could be used.
struct Found {
    cache: Cache,
    freshness: Freshness,
    dir: PathBuf,
    settings: cache::Settings,
}

impl Found {
    /// Answers the same with an empty cache.
    fn anew(self, freshness: Freshness) -> Result<Found, StoreError> {
        drop(self.cache);
        Ok(Found { cache: cache::start_again(&self.dir, self.settings)?, freshness, ..self })
    }
}

fn opened_cache(dir: &Path, options: &Options, cache_use: CacheUse, key: &[u8; 32]) -> Result<Found, StoreError> {
    let dir = dir.join("cache");
    let settings = cache::Settings {
        deriver_format: options.deriver.format(),
        key_mark: crc32fast::hash(&[key, options.addresses.as_bytes()].concat()),
        identifier_param: options.patient_identifier_param,
        alias_param: options.patient_alias_param,
        person_param: options.person_param,
        bytes: options.cache_bytes,
    };
    let (cache, freshness) = match cache_use {
        CacheUse::Keep => cache::open(&dir, settings)?,
        CacheUse::Rebuild => (cache::start_over(&dir, settings)?, Freshness::Missing),
    };
    Ok(Found { cache, freshness, dir, settings })
}

/// Brings the cache up to the journal, starting over where it cannot be used.
fn bring_up(
    mut found: Found,
    options: &Options,
    journal: &Journal,
    torn: Option<Torn>,
) -> Result<(Cache, Recovery), StoreError> {
    if !belongs(&found.cache, journal)? {
        found = found.anew(Freshness::Foreign)?;
    }
    let replay = |cache: &Cache| -> Result<u64, StoreError> {
        Replay {
            segments: &journal.segments(),
            cache,
            deriver: &*options.deriver,
            progress: options.progress.as_ref(),
            from: cache.applied()?.map_or(0, |a| a.end.sequence),
            to: journal.end().sequence,
        }
        .run()
    };
    let replayed = match replay(&found.cache) {
        // Damage that shows only when the tail is applied: once more, from nothing.
        Err(StoreError::Cache(_)) if found.freshness == Freshness::Kept => {
            found = found.anew(Freshness::Damaged)?;
            replay(&found.cache)?
        }
        replayed => replayed?,
    };
    Ok((found.cache, Recovery { torn, cache: found.freshness, replayed }))
}

/// Answers whether the cache holds a beginning of this journal.
fn belongs(cache: &Cache, journal: &Journal) -> Result<bool, StoreError> {
    let Some(applied) = cache.applied()? else { return Ok(true) };
    let found = journal.segments().at(applied.place, |r| (r.sequence, r.chain));
    Ok(found.is_ok_and(|found| found == (applied.end.sequence, applied.end.chain)))
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("LOCK");
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(StoreError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { dir: dir.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(StoreError::io("lock", &path)(source)),
    }
}

/// Answers the secret key of a data directory, made at the first call. A `Deriver` that hashes
/// identifiers needs it before the store is opened.
pub fn key(dir: &Path) -> Result<[u8; 32], StoreError> {
    std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
    let path = dir.join("keys");
    match read_key(&path)? {
        Some(key) => Ok(key),
        None => {
            let temporary = dir.join("keys.tmp");
            let write = || {
                let mut key = [0; 32];
                File::open("/dev/urandom")?.read_exact(&mut key)?;
                let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
                file.write_all(&key)?;
                file.sync_all()?;
                std::fs::rename(&temporary, &path)?;
                File::open(dir)?.sync_all()
            };
            write().map_err(StoreError::io("write", &path))?;
            read_key(&path)?.ok_or(StoreError::Keys { path })
        }
    }
}

/// Answers the base URLs that a data directory has been served under, in the order they came.
pub fn addresses(dir: &Path) -> Result<Vec<String>, StoreError> {
    let path = dir.join(ADDRESSES);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreError::io("read", &path)(error)),
    }
}

/// Keeps the base URLs, parted by blanks, where some are new; under the lock.
fn keep_addresses(dir: &Path, told: &str) -> Result<(), StoreError> {
    let told: Vec<&str> = told.split_whitespace().collect();
    if addresses(dir)? == told {
        return Ok(());
    }
    let (path, temporary) = (dir.join(ADDRESSES), dir.join("addresses.tmp"));
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all((told.join("\n") + "\n").as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, &path)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(StoreError::io("write", &path))
}

fn read_key(path: &Path) -> Result<Option<[u8; 32]>, StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => bytes.try_into().map(Some).map_err(|_| StoreError::Keys { path: path.to_path_buf() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

/// Answers whether a data directory has a journal; asking makes nothing.
pub fn has_journal(dir: &Path) -> bool {
    dir.join("journal").is_dir()
}

/// Checks the whole journal of a data directory, beside a running server if there is one.
/// Changes nothing.
pub fn verify(dir: &Path) -> Result<Report, StoreError> {
    let journal = dir.join("journal");
    if !has_journal(dir) {
        return Err(StoreError::NoJournal { dir: dir.to_path_buf() });
    }
    journal::verify(&journal, cache::told_applied(&dir.join("cache")))
}

/// Drops the cache of a data directory and makes it again from the journal; answers how many
/// records were applied. `options.progress` is told how far it is.
pub fn rebuild(dir: &Path, options: &Options) -> Result<Recovery, StoreError> {
    if !has_journal(dir) {
        return Err(StoreError::NoJournal { dir: dir.to_path_buf() });
    }
    let opened = open(dir, options, CacheUse::Rebuild)?;
    opened.cache.close();
    Ok(opened.recovery)
}
