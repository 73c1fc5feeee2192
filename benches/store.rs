//! What a durable write and a read cost in the store alone: `cargo bench --bench store`.
//!
//! Prints, for 1, 16 and 64 waiting writers, acknowledged commits per second and CPU per commit;
//! for transactions, CPU per entry; for reads by id and facts of a patient, time per call. On a
//! shared machine the CPU figures hold up better than the rates.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops at the first fault")]

use mtr_gateway::domain::calendar::Day;
use mtr_gateway::domain::calendar::Instant;
use mtr_gateway::domain::calendar::When;
use mtr_gateway::domain::fact::ActFact;
use mtr_gateway::domain::fact::ActState;
use mtr_gateway::domain::fact::Coding;
use mtr_gateway::domain::fact::Fact;
use mtr_gateway::domain::fact::Kind;
use mtr_gateway::domain::fact::Value;
use mtr_gateway::store::*;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant as Clock;

// What the binary runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const STRUCTURE: &str = "demo";

struct Same;

impl Deriver for Same {
    fn derive(&self, kind: Kind, id: &str, _: &Body) -> Derived {
        derived(kind, id)
    }
    fn format(&self) -> u32 {
        1
    }
}

/// An Observation of the patient its id begins with, as the gateway derives it.
fn derived(kind: Kind, id: &str) -> Derived {
    if kind == Kind::Patient {
        return Derived { patient: PatientLink::Own, fact: None, keys: Vec::new() };
    }
    let patient = id.split('-').next().unwrap_or_default();
    let fact = Fact::Act(ActFact {
        state: ActState::Done,
        codings: [Coding::new("http://loinc.org", "29463-7")].into(),
        when: Some(When::day(Day::new(2025, 3, 4).unwrap())),
        period: None,
        value: Value::Quantity { value: rust_decimal::Decimal::new(713, 1), unit: Some("kg".into()) },
        absent: false,
        components: Vec::new(),
        interpretation: Vec::new(),
        reference_high: None,
        reasons: Vec::new(),
    });
    let key = |param, value: &str, lead| IndexKey { param, value: value.as_bytes().into(), lead };
    let keys = vec![key(1, "http://loinc.org|29463-7", true), key(2, "2025-03-04", false)];
    Derived { patient: PatientLink::Id(patient.into()), fact: Some(fact), keys }
}

fn put(kind: Kind, id: &str) -> Write {
    let bytes = format!(
        r#""status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"29463-7","display":"Poids"}}]}},"subject":{{"reference":"Patient/{id}"}},"encounter":{{"reference":"Encounter/{id}-e7"}},"effectiveDateTime":"2025-03-04T09:15:00+01:00","valueQuantity":{{"value":71.3,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}"#
    );
    let body = Body { bytes: bytes.into_bytes().into(), meta_len: 0 };
    let action = Action::Put { body, derived: derived(kind, id) };
    Write { kind, id: id.into(), action, expect: Expect::Anything }
}

fn commit(writes: Vec<Write>) -> Commit {
    Commit { structure: STRUCTURE.into(), writes, ..Commit::default() }
}

fn open(dir: &Path) -> Store {
    let clock = Arc::new(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
    });
    Store::open(dir, Options::new(clock, Arc::new(Same), |_, _| false, 7)).unwrap()
}

/// CPU seconds of this process so far, from /proc (ticks of 10 ms).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|t| t.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn measure(name: &str, count: usize, run: impl FnOnce()) {
    let (clock, before) = (Clock::now(), cpu());
    run();
    let (seconds, used) = (clock.elapsed().as_secs_f64(), cpu() - before);
    let (rate, each) = (count as f64 / seconds, used * 1e6 / count as f64);
    println!("{name:<40} {count:>7} in {seconds:>6.2} s  {rate:>9.0} per s  {each:>7.1} us CPU each");
}

fn patients(store: &Store, count: usize) {
    let writes = (0..count).map(|n| put(Kind::Patient, &format!("p{n:06}"))).collect();
    store.commit_blocking(commit(writes)).unwrap();
}

fn main() {
    for writers in [1, 16, 64] {
        let dir = tempfile::tempdir_in("target").unwrap();
        let store = open(dir.path());
        patients(&store, 1000);
        let each = if writers == 1 { 2_000 } else { 40_000 / writers };
        measure(&format!("one Observation, {writers} writers"), each * writers, || {
            std::thread::scope(|scope| {
                for writer in 0..writers {
                    let store = &store;
                    scope.spawn(move || {
                        for n in 0..each {
                            let id = format!("p{:06}-w{writer}o{n}", (n * 7 + writer) % 1000);
                            store.commit_blocking(commit(vec![put(Kind::Observation, &id)])).unwrap();
                        }
                    });
                }
            });
        });
    }
    let dir = tempfile::tempdir_in("target").unwrap();
    let store = open(dir.path());
    patients(&store, 1000);
    measure("entry of a transaction of 100, 4 writers", 60_000, || {
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let store = &store;
                scope.spawn(move || {
                    for bundle in 0..150 {
                        let patient = bundle * 4 + writer;
                        let entry = |n| put(Kind::Observation, &format!("p{patient:06}-o{n}"));
                        store.commit_blocking(commit((0..100).map(entry).collect())).unwrap();
                    }
                });
            }
        });
    });
    measure("read by id", 200_000, || {
        for n in 0..200_000 {
            let id = format!("p{:06}-o{}", n % 600, n % 100);
            assert!(store.get(STRUCTURE, Kind::Observation, &id).unwrap().is_some());
        }
    });
    measure("facts of a patient with 100 resources", 2_000, || {
        for n in 0..2_000 {
            let facts = store.facts(STRUCTURE, &format!("p{:06}", n % 600), Instant::MAX).unwrap();
            assert_eq!(facts.len(), 100);
        }
    });
    drop(store);
    measure("record of a rebuild (of 100)", 600, || {
        std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
        assert_eq!(open(dir.path()).recovery().replayed, 601);
    });
    measure("start on 61,000 resources", 1, || drop(open(dir.path())));
    let store = open(dir.path());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default());
    drop(store);
    println!("journal {} KB, cache {} KB", size(&dir.path().join("journal")), size(&dir.path().join("cache")));
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.map(|p| if p.is_dir() { size(&p) } else { std::fs::metadata(p).unwrap().len() / 1024 }).sum()
}
