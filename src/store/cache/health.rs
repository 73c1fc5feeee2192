//! Whether the cache on disk may be trusted, and its opening and closing.
//!
//! Directory: `format` (text: our format and the deriver's), `sled/`, `clean` (written at a clean
//! close: the checksum of every file of `sled/`), `applied` (text, written there too: the last commit
//! applied, for those who do not open sled), `damaged` (written when it failed under way).
//! sled checks a page only when it reads it, and its flush is no sync: so a cache that was not
//! closed cleanly is read through once before it is trusted. It can always be rebuilt.

use super::super::error::StoreError;
use super::Cache;
use super::entry;
use super::failed;
use super::known::Known;
use super::layer::Layer;
use std::fs::File;
use std::io::Read;
use std::ops::Bound;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// In which state the cache was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It could be used as it was.
    Kept,
    /// There was none.
    Missing,
    /// Its format, or that of what is derived, was older.
    Older,
    /// It did not open or did not read.
    Damaged,
    /// It was not the cache of this journal.
    Foreign,
}

/// How the cache is opened.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub deriver_format: u32,
    /// Changes with the key that identifiers are hashed with, and with the addresses that are our own.
    pub key_mark: u32,
    pub identifier_param: u8,
    pub alias_param: Option<u8>,
    pub person_param: Option<u8>,
    pub bytes: u64,
}

/// Answers which commit the cache in `dir` had applied when it was last closed; 0 where it tells none.
pub(crate) fn told_applied(dir: &Path) -> u64 {
    let text = std::fs::read_to_string(dir.join("applied")).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

enum Format {
    None,
    Older,
    Same,
}

/// Opens the cache in `dir`; one that cannot be used is put aside and an empty one takes its place.
pub(crate) fn open(dir: &Path, settings: Settings) -> Result<(Cache, Freshness), StoreError> {
    match read_format(dir, settings)? {
        Format::Older => return Ok((start_again(dir, settings)?, Freshness::Older)),
        Format::None if dir.join("sled").exists() => return aside(dir, settings),
        Format::None => return Ok((start_again(dir, settings)?, Freshness::Missing)),
        Format::Same => {}
    }
    if dir.join("damaged").exists() {
        return aside(dir, settings);
    }
    if !dir.join("sled").exists() {
        return Ok((start_again(dir, settings)?, Freshness::Missing));
    }
    let clean = std::fs::read(dir.join("clean")).ok();
    if let Some(expected) = &clean
        && fingerprint(&dir.join("sled")).ok().as_ref() != Some(expected)
    {
        return aside(dir, settings);
    }
    // From here on the files change: the mark of the last clean close is void.
    if clean.is_some() {
        let path = dir.join("clean");
        std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    }
    let opened = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let cache = open_sled(dir, settings)?;
        if clean.is_none() {
            cache.read_through()?;
        }
        cache.applied()?;
        Ok::<Cache, StoreError>(cache)
    }));
    match opened {
        Ok(Ok(cache)) => Ok((cache, Freshness::Kept)),
        Ok(Err(_)) | Err(_) => aside(dir, settings),
    }
}

/// The same as `start_over`, but what the cache told of its journal stays told.
pub(crate) fn start_again(dir: &Path, settings: Settings) -> Result<Cache, StoreError> {
    let told = told_applied(dir);
    let cache = start_over(dir, settings)?;
    tell_applied(dir, told)?;
    Ok(cache)
}

fn tell_applied(dir: &Path, applied: u64) -> Result<(), StoreError> {
    let path = dir.join("applied");
    std::fs::write(&path, format!("{applied}\n")).map_err(StoreError::io("write", &path))
}

/// Replaces whatever is in `dir` by an empty cache.
pub(crate) fn start_over(dir: &Path, settings: Settings) -> Result<Cache, StoreError> {
    if dir.is_file() {
        std::fs::remove_file(dir).map_err(StoreError::io("remove", dir))?;
    } else if dir.exists() {
        wait_for_sled(dir);
        std::fs::remove_dir_all(dir).map_err(StoreError::io("remove", dir))?;
    }
    std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
    let path = dir.join("format");
    let text = format!(
        "mtr-gateway cache {} deriver {} key {:08x}\n",
        entry::FORMAT,
        settings.deriver_format,
        settings.key_mark
    );
    std::fs::write(&path, text).map_err(StoreError::io("write", &path))?;
    open_sled(dir, settings)
}

/// Keeps one damaged cache for whoever wants to look at it, and starts over.
fn aside(dir: &Path, settings: Settings) -> Result<(Cache, Freshness), StoreError> {
    wait_for_sled(dir);
    let kept = dir.with_extension("damaged");
    if kept.exists() {
        std::fs::remove_dir_all(&kept).map_err(StoreError::io("remove", &kept))?;
    }
    let told = told_applied(dir);
    std::fs::rename(dir, &kept).map_err(StoreError::io("move", dir))?;
    let cache = start_over(dir, settings)?;
    tell_applied(dir, told)?;
    Ok((cache, Freshness::Damaged))
}

fn read_format(dir: &Path, settings: Settings) -> Result<Format, StoreError> {
    let Ok(text) = std::fs::read_to_string(dir.join("format")) else { return Ok(Format::None) };
    let words: Vec<&str> = text.split_whitespace().collect();
    let ["mtr-gateway", "cache", ours, "deriver", theirs, "key", key] = words[..] else { return Ok(Format::None) };
    let (Ok(ours), Ok(theirs)) = (ours.parse::<u32>(), theirs.parse::<u32>()) else { return Ok(Format::None) };
    for (found, supported) in [(ours, entry::FORMAT), (theirs, settings.deriver_format)] {
        if found > supported {
            return Err(StoreError::NewerCache { found, supported });
        }
    }
    let same_key = key == format!("{:08x}", settings.key_mark);
    let same = (ours, theirs) == (entry::FORMAT, settings.deriver_format) && same_key;
    Ok(if same { Format::Same } else { Format::Older })
}

fn open_sled(dir: &Path, settings: Settings) -> Result<Cache, StoreError> {
    wait_for_sled(dir);
    let db = sled::Config::new()
        .path(dir.join("sled"))
        .cache_capacity(settings.bytes)
        .mode(sled::Mode::HighThroughput)
        .use_compression(false)
        .flush_every_ms(Some(2000))
        .open()
        .map_err(failed)?;
    let mut cache = Cache {
        layer: Arc::new(Layer::new(sled::Tree::clone(&db), 0)),
        known: Known::default(),
        db: Some(db),
        filler: None,
        dir: dir.to_path_buf(),
        identifier_param: settings.identifier_param,
        alias_param: settings.alias_param,
        person_param: settings.person_param,
    };
    let applied = cache.applied()?.map_or(0, |a| a.end.sequence);
    cache.start(applied)?;
    Ok(cache)
}

/// sled lets go of its file some time after it was dropped; our own lock already keeps others out.
fn wait_for_sled(dir: &Path) -> bool {
    let Ok(file) = File::open(dir.join("sled").join("db")) else { return true };
    for _ in 0..500 {
        if file.try_lock().is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Name, length and CRC32 of every file below `dir`, as text.
fn fingerprint(dir: &Path) -> std::io::Result<Vec<u8>> {
    let mut files = Vec::new();
    list(dir, &mut files)?;
    files.sort();
    let mut out = Vec::new();
    let mut buffer = vec![0; 1 << 18];
    for path in files {
        let mut file = File::open(&path)?;
        let mut crc = crc32fast::Hasher::new();
        let mut len = 0u64;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            crc.update(&buffer[..read]);
            len += read as u64;
        }
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().into_owned();
        out.extend_from_slice(format!("{:08x} {len} {name}\n", crc.finalize()).as_bytes());
    }
    Ok(out)
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Cache {
    /// Reads every entry once, so that a damaged page is found now and not by a user.
    fn read_through(&self) -> Result<(), StoreError> {
        self.layer.scan((Bound::Unbounded, Bound::Unbounded), |_, _| Ok(ControlFlow::Continue(())))
    }

    /// Starts to bring into sled what the layer over it gathers.
    fn start(&mut self, applied: u64) -> Result<(), StoreError> {
        if let Some(db) = &self.db {
            self.layer = Arc::new(Layer::new(sled::Tree::clone(db), applied));
        }
        let layer = Arc::clone(&self.layer);
        let thread = std::thread::Builder::new().name("cache".into()).spawn(move || layer.run());
        self.filler = Some(thread.map_err(StoreError::io("start the filler of", &self.dir))?);
        Ok(())
    }

    /// Brings the rest into sled; answers whether all of it is there.
    fn stop(&mut self) -> bool {
        self.layer.stop();
        // Its panic was told by the panic hook already.
        self.filler.take().is_some_and(|filler| filler.join().unwrap_or(false))
    }

    /// Remembers for the next start that the cache failed.
    pub(crate) fn mark_damaged(&self) {
        // The cache failed already: if this fails too, the next start still reads it through.
        let _ = std::fs::write(self.dir.join("damaged"), b"");
    }

    /// Flushes and leaves the mark of a clean close. Errors cost time at the next start, no data.
    pub(crate) fn close(mut self) {
        let applied = self.applied().ok().flatten().map_or(0, |applied| applied.end.sequence);
        let filled = self.stop();
        let Some(db) = self.db.take() else { return };
        let flushed = filled && db.flush().is_ok();
        let dir = self.dir.clone();
        drop(db);
        drop(self);
        if flushed
            && wait_for_sled(&dir)
            && !dir.join("damaged").exists()
            && let Ok(sum) = fingerprint(&dir.join("sled"))
        {
            // Never less than was told: an empty cache beside a short journal is closed too.
            let _ = tell_applied(&dir, applied.max(told_applied(&dir)));
            let _ = std::fs::write(dir.join("clean"), sum);
        }
    }
}
