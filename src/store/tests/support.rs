//! A toy resource: words `name=value`, from which link, keys and fact are derived.

use crate::domain::calendar::Instant;
use crate::domain::fact::Coding;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::OrganizationFact;
use crate::store::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

pub const IDENTIFIER: u8 = 7;
pub const CODE: u8 = 3;
pub const S: &str = "cabinet-1";

pub struct Toy(pub u32);

impl Deriver for Toy {
    fn derive(&self, kind: Kind, _id: &str, body: &Body) -> Derived {
        derive(kind, body)
    }
    fn format(&self) -> u32 {
        self.0
    }
}

pub fn hash(text: &str) -> [u8; 16] {
    let mut out = [0; 16];
    out[..text.len()].copy_from_slice(text.as_bytes());
    out
}

fn derive(kind: Kind, body: &Body) -> Derived {
    let text = std::str::from_utf8(&body.bytes).unwrap();
    let mut patient = if kind == Kind::Patient { PatientLink::Own } else { PatientLink::Shared };
    let mut keys = Vec::new();
    for word in text.split(' ') {
        match word.split_once('=') {
            Some(("patient", id)) => patient = PatientLink::Id(id.into()),
            Some(("of", id)) => patient = PatientLink::Identifier(hash(id)),
            Some(("id", id)) => keys.push(IndexKey { param: IDENTIFIER, value: hash(id).into(), lead: true }),
            Some(("code", code)) => keys.push(IndexKey { param: CODE, value: code.as_bytes().into(), lead: true }),
            Some(("own", value)) => keys.push(IndexKey { param: 9, value: value.as_bytes().into(), lead: false }),
            _ => {}
        }
    }
    let fact =
        Fact::Organization(OrganizationFact { types: vec![Coding::new("", text)], ..OrganizationFact::default() });
    Derived { patient, fact: Some(fact), keys }
}

/// The text a fact was derived from.
pub fn text_of(fact: &Fact) -> &str {
    match fact {
        Fact::Organization(o) => &o.types[0].code,
        _ => "",
    }
}

pub fn options() -> Options {
    static NOW: AtomicI64 = AtomicI64::new(1_000_000);
    let clock = Arc::new(|| NOW.fetch_add(10, Ordering::Relaxed));
    Options::new(clock, Arc::new(Toy(1)), |a, b| words(a) == words(b), IDENTIFIER)
}

fn words(body: &Body) -> Vec<&[u8]> {
    let mut words: Vec<_> = body.bytes.split(|b| *b == b' ').collect();
    words.sort_unstable();
    words
}

/// Syncs that are counted, and that wait while the gate is held.
pub struct Gate {
    held: Mutex<()>,
    entered: AtomicUsize,
}

impl Gate {
    pub fn options() -> (Options, Arc<Gate>) {
        let gate = Arc::new(Gate { held: Mutex::new(()), entered: AtomicUsize::new(0) });
        let inside = Arc::clone(&gate);
        let mut options = options();
        options.sync = Arc::new(move |file| {
            inside.entered.fetch_add(1, Ordering::SeqCst);
            drop(inside.held.lock().unwrap());
            file.sync_data()
        });
        (options, gate)
    }

    pub fn hold(&self) -> MutexGuard<'_, ()> {
        self.held.lock().unwrap()
    }

    pub fn syncs(&self) -> usize {
        self.entered.load(Ordering::SeqCst)
    }

    /// Waits until a sync has begun: what is committed from then on goes into the next group.
    pub fn wait_for_sync(&self) {
        while self.syncs() == 0 {
            std::thread::yield_now();
        }
    }
}

pub fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub fn open(dir: &Path) -> Store {
    Store::open(dir, options()).unwrap()
}

pub fn body(text: &str) -> Body {
    Body { bytes: text.as_bytes().into(), meta_len: 0 }
}

pub fn put(kind: Kind, id: &str, text: &str) -> Write {
    let body = body(text);
    let derived = derive(kind, &body);
    Write { kind, id: id.into(), action: Action::Put { body, derived }, expect: Expect::Anything }
}

pub fn delete(kind: Kind, id: &str) -> Write {
    Write { kind, id: id.into(), action: Action::Delete, expect: Expect::Anything }
}

pub fn expecting(expect: Expect, write: Write) -> Write {
    Write { expect, ..write }
}

pub fn commit(writes: Vec<Write>) -> Commit {
    Commit { structure: S.into(), writes, guards: Vec::new(), claims: Vec::new() }
}

pub fn write(store: &Store, write: Write) -> Written {
    store.commit_blocking(commit(vec![write])).unwrap().writes.remove(0)
}

pub fn text(store: &Store, kind: Kind, id: &str) -> Option<String> {
    let stored = store.get(S, kind, id).unwrap()?;
    stored.body.map(|b| String::from_utf8(b.bytes.to_vec()).unwrap())
}

/// Facts of a patient as `kind/id: version text ...`, a dash where the fact ends.
pub fn facts(store: &Store, patient: &str, until: Instant) -> Vec<String> {
    let records = store.facts(S, patient, until).unwrap();
    let line = |r: &crate::domain::fact::Record| {
        let versions: Vec<_> =
            r.versions.iter().map(|v| format!("{} {}", v.number, v.fact.as_ref().map_or("-", text_of))).collect();
        format!("{}/{}: {}", r.kind.name(), r.id, versions.join(", "))
    };
    records.iter().map(line).collect()
}

/// The journal's segment files, in order.
pub fn segments(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(dir.join("journal"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "seg"))
        .collect();
    all.sort();
    all
}
