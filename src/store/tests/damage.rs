//! Torn tails, flipped bytes, lost and spoilt caches, and directories in use.

use super::support::*;
use crate::domain::fact::Kind;
use crate::store::*;
use std::path::Path;
use std::sync::Arc;

/// Writes `count` flags, one commit each, and closes.
fn filled(dir: &Path, count: usize) {
    let store = open(dir);
    for n in 0..count {
        write(&store, put(Kind::Flag, &format!("f{n}"), &format!("n={n}")));
    }
}

fn flags(store: &Store) -> usize {
    store.ids(S, Kind::Flag, None, usize::MAX).unwrap().len()
}

/// Offsets at which the records of a raw segment begin.
fn records(bytes: &[u8]) -> Vec<usize> {
    bytes.windows(4).enumerate().filter(|(_, w)| *w == b"MTRr").map(|(at, _)| at).collect()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x20;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_torn_tail_is_cut_at_every_length_and_kept() {
    let full = dir();
    filled(full.path(), 3);
    let bytes = std::fs::read(&segments(full.path())[0]).unwrap();
    let starts = records(&bytes);
    for len in 0..bytes.len() {
        let dir = dir();
        std::fs::create_dir_all(dir.path().join("journal")).unwrap();
        std::fs::write(dir.path().join("journal/00000001.seg"), &bytes[..len]).unwrap();
        let store = open(dir.path());
        // A record counts when the next one begins, or the file ends, after it.
        let whole = starts.iter().skip(1).filter(|s| **s <= len).count();
        assert_eq!(store.sequence(), whole as u64, "cut at {len}");
        let clean = len == 64 || starts.contains(&len);
        match &store.recovery().torn {
            None => assert!(clean, "cut at {len}"),
            Some(torn) => {
                let from = torn.offset as usize;
                assert_eq!(std::fs::read(&torn.kept).unwrap(), bytes[from..len], "cut at {len}");
                assert_eq!(torn.bytes as usize, len - from);
            }
        }
        if len % 50 == 0 {
            write(&store, put(Kind::Flag, "next", "x"));
            drop(store);
            assert_eq!(verify(dir.path()).unwrap().records as usize, whole + 1);
        }
    }
}

#[test]
fn a_flipped_byte_before_valid_records_is_refused_with_its_place() {
    let full = dir();
    filled(full.path(), 4);
    let path = segments(full.path())[0].clone();
    let original = std::fs::read(&path).unwrap();
    let starts = records(&original);
    for (record, start) in starts.iter().enumerate().take(3) {
        for delta in [0, 8, 20, 40, 80, starts[record + 1] - start - 1] {
            std::fs::write(&path, &original).unwrap();
            flip(&path, start + delta);
            let before = std::fs::read(&path).unwrap();
            for answer in [Store::open(full.path(), options()).map(|_| ()), verify(full.path()).map(|_| ())] {
                match answer {
                    Err(StoreError::Corrupt { segment: 1, offset, .. }) => assert_eq!(offset, *start as u64),
                    other => panic!("record {record}, byte {delta}: {other:?}"),
                }
            }
            assert_eq!(std::fs::read(&path).unwrap(), before, "nothing is changed");
        }
    }
    std::fs::write(&path, &original).unwrap();
    flip(&path, 30);
    let answer = Store::open(full.path(), options()).map(|_| ());
    assert!(matches!(answer, Err(StoreError::Corrupt { segment: 1, offset: 0, fault: Fault::Header })));
}

#[test]
fn a_flipped_byte_in_the_last_record_is_a_torn_tail_unless_it_was_applied() {
    let dir = dir();
    filled(dir.path(), 3);
    let path = segments(dir.path())[0].clone();
    let last = records(&std::fs::read(&path).unwrap())[2];
    flip(&path, last + 50);
    refused_as_short(dir.path(), (2, 3));
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    assert!(verify(dir.path()).unwrap().unfinished_bytes > 0);
    let store = open(dir.path());
    assert_eq!(store.recovery().torn.as_ref().unwrap().offset, last as u64);
    assert_eq!((store.sequence(), flags(&store)), (2, 2));
}

/// What was acknowledged is missing at the end of the journal: opening and checking stop, nothing is changed.
fn refused_as_short(dir: &Path, (has, had): (u64, u64)) {
    let files = |dir: &Path| segments(dir).iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>();
    let before = files(dir);
    for answer in
        [Store::open(dir, options()).map(|_| ()), verify(dir).map(|_| ()), Store::open(dir, options()).map(|_| ())]
    {
        match answer {
            Err(StoreError::Short { found, applied, .. }) => assert_eq!((found, applied), (has, had)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(files(dir), before);
}

#[test]
fn a_journal_that_ends_before_what_was_applied_is_refused_until_it_is_rebuilt() {
    for cache in ["kept", "damaged", "older", "in crash"] {
        let dir = dir();
        filled(dir.path(), 5);
        let path = segments(dir.path())[0].clone();
        let bytes = std::fs::read(&path).unwrap();
        let starts = records(&bytes);
        std::fs::write(&path, &bytes[..starts[3]]).unwrap();
        let in_cache = |name: &str| dir.path().join("cache").join(name);
        match cache {
            "damaged" => std::fs::write(in_cache("damaged"), b"").unwrap(),
            "older" => std::fs::write(in_cache("format"), "mtr-gateway cache 1 deriver 1 key 00000000\n").unwrap(),
            "in crash" => std::fs::remove_file(in_cache("clean")).unwrap(),
            _ => {}
        }
        match Store::open(dir.path(), options()).map(|_| ()) {
            Err(StoreError::Short { found: 3, applied: 5, .. }) => {}
            other => panic!("{other:?}"),
        }
        // However often it is tried, and whatever became of the cache.
        refused_as_short(dir.path(), (3, 5));
        assert_eq!(rebuild(dir.path(), &options()).unwrap().replayed, 3);
        assert_eq!(verify(dir.path()).unwrap().records, 3);
        assert_eq!(flags(&open(dir.path())), 3);
    }
}

#[test]
fn a_file_in_the_place_of_the_cache_gives_way() {
    let dir = dir();
    filled(dir.path(), 2);
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    std::fs::write(dir.path().join("cache"), b"x").unwrap();
    assert_eq!(flags(&open(dir.path())), 2);
}

#[test]
fn a_journal_that_is_gone_is_not_taken_for_a_new_one() {
    let dir = dir();
    filled(dir.path(), 2);
    std::fs::remove_dir_all(dir.path().join("journal")).unwrap();
    let answer = Store::open(dir.path(), options()).map(|_| ());
    assert!(matches!(answer, Err(StoreError::Short { found: 0, applied: 2, .. })), "{answer:?}");
}

#[test]
fn a_hole_in_the_last_group_is_a_torn_tail() {
    let dir = dir();
    let (options, gate) = Gate::options();
    let store = Store::open(dir.path(), options).unwrap();
    let large = "x".repeat(20_000);
    let flag = |n: usize| commit(vec![put(Kind::Flag, &format!("f{n}"), &large)]);
    // The first goes alone; the others wait for it and make one group.
    let held = gate.hold();
    drop(store.commit(flag(0)));
    gate.wait_for_sync();
    drop((store.commit(flag(1)), store.commit(flag(2))));
    drop(held);
    drop(store);
    let path = segments(dir.path())[0].clone();
    let mut bytes = std::fs::read(&path).unwrap();
    let starts = records(&bytes);
    bytes[starts[1] + 1000..starts[1] + 1000 + 8192].fill(0);
    std::fs::write(&path, bytes).unwrap();
    // Power went before the group was on disk: no cache had it.
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    let store = open(dir.path());
    assert_eq!(store.recovery().torn.as_ref().unwrap().offset, starts[1] as u64);
    assert_eq!(store.sequence(), 1);
}

#[test]
fn a_record_taken_out_breaks_the_sequence() {
    let dir = dir();
    filled(dir.path(), 4);
    let path = segments(dir.path())[0].clone();
    let mut bytes = std::fs::read(&path).unwrap();
    let starts = records(&bytes);
    bytes.drain(starts[1]..starts[2]);
    std::fs::write(&path, bytes).unwrap();
    let answer = Store::open(dir.path(), options()).map(|_| ());
    let offset = starts[1] as u64;
    assert!(
        matches!(answer, Err(StoreError::Corrupt { segment: 1, offset: o, fault: Fault::Sequence }) if o == offset),
        "{answer:?}"
    );
}

fn small_segments() -> Options {
    let mut options = options();
    options.segment_bytes = 4_000;
    options
}

fn filled_with_segments(dir: &Path) -> Store {
    let store = Store::open(dir, small_segments()).unwrap();
    for n in 0..60 {
        write(&store, put(Kind::Flag, &format!("f{}", n % 20), &format!("n={n} {}", "word ".repeat(40))));
    }
    store
}

#[test]
fn sealed_segments_read_as_raw_ones_did() {
    let dir = dir();
    let store = filled_with_segments(dir.path());
    let read = |store: &Store| -> Vec<_> {
        let mut all = Vec::new();
        for n in 0..20 {
            for version in 1..=3 {
                all.push(store.version(S, Kind::Flag, &format!("f{n}"), version).unwrap().unwrap().body);
            }
        }
        all
    };
    let live = read(&store);
    let dump = store.dump();
    let chain = verify(dir.path()).unwrap().chain;
    drop(store);
    let report = verify(dir.path()).unwrap();
    assert!(report.segments > 3 && report.sealed == report.segments - 1, "{report:?}");
    assert_eq!((report.records, report.versions, report.chain), (60, 60, chain));
    assert!(std::fs::metadata(&segments(dir.path())[0]).unwrap().len() < 3_000);
    let store = Store::open(dir.path(), small_segments()).unwrap();
    assert_eq!(store.recovery().cache, Freshness::Kept);
    assert_eq!(read(&store), live);
    drop(store);
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    let store = Store::open(dir.path(), small_segments()).unwrap();
    assert_eq!(store.dump(), dump);
    assert_eq!(read(&store), live);
}

#[test]
fn any_flipped_byte_of_a_sealed_segment_is_refused() {
    let dir = dir();
    drop(filled_with_segments(dir.path()));
    let path = segments(dir.path())[1].clone();
    let original = std::fs::read(&path).unwrap();
    for at in (0..original.len()).step_by(7) {
        std::fs::write(&path, &original).unwrap();
        flip(&path, at);
        for answer in [Store::open(dir.path(), small_segments()).map(|_| ()), verify(dir.path()).map(|_| ())] {
            assert!(matches!(answer, Err(StoreError::Corrupt { segment: 2, .. })), "byte {at}: {answer:?}");
        }
    }
    std::fs::remove_file(&path).unwrap();
    let answer = Store::open(dir.path(), small_segments()).map(|_| ());
    assert!(matches!(answer, Err(StoreError::Corrupt { segment: 2, fault: Fault::Missing, .. })));
}

#[test]
fn a_lost_cache_is_rebuilt() {
    let dir = dir();
    filled(dir.path(), 5);
    let dump = open(dir.path()).dump();
    for lost in ["cache", "cache/sled", "cache/format", "cache/sled/db"] {
        let path = dir.path().join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
        let store = open(dir.path());
        assert_eq!(store.recovery().replayed, 5, "{lost}");
        assert_eq!(store.dump(), dump, "{lost}");
    }
}

#[test]
fn a_spoilt_cache_is_put_aside_and_rebuilt() {
    let dir = dir();
    filled(dir.path(), 200);
    let dump = open(dir.path()).dump();
    let path = dir.path().join("cache/sled/db");
    let len = std::fs::metadata(&path).unwrap().len() as usize;
    // After a clean close, and after one that left no mark; one byte, a page, everything.
    for clean in [true, false] {
        for spoil in [10..11, len / 2..len / 2 + 1, 100..5000, 0..len] {
            let mut bytes = std::fs::read(&path).unwrap();
            let end = spoil.end.min(bytes.len());
            for byte in &mut bytes[spoil.start.min(end)..end] {
                *byte ^= 0x5a;
            }
            std::fs::write(&path, bytes).unwrap();
            if !clean {
                std::fs::remove_file(dir.path().join("cache/clean")).unwrap();
            }
            let store = open(dir.path());
            assert_eq!(store.dump(), dump, "clean {clean}, {spoil:?}, {:?}", store.recovery());
            assert_eq!(flags(&store), 200);
        }
    }
}

#[test]
fn a_cache_behind_its_journal_gets_the_tail() {
    let (dir, old) = (dir(), dir());
    filled(dir.path(), 3);
    copy(&dir.path().join("cache"), &old.path().join("cache"));
    let store = open(dir.path());
    write(&store, put(Kind::Patient, "p", "id=1"));
    write(&store, put(Kind::Flag, "f1", "patient=p"));
    let dump = store.dump();
    drop(store);
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    copy(&old.path().join("cache"), &dir.path().join("cache"));
    let store = open(dir.path());
    assert_eq!((store.recovery().cache, store.recovery().replayed), (Freshness::Kept, 2));
    assert_eq!(store.dump(), dump);
    assert_eq!(store.last_known(S).0, store.get(S, Kind::Flag, "f1").unwrap().unwrap().known.0);
}

#[test]
fn a_cache_of_another_journal_is_not_believed() {
    let (dir, other) = (dir(), dir());
    filled(dir.path(), 3);
    let store = open(other.path());
    for n in 0..2 {
        write(&store, put(Kind::Coverage, &format!("c{n}"), "x"));
    }
    drop(store);
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    copy(&other.path().join("cache"), &dir.path().join("cache"));
    std::fs::copy(other.path().join("keys"), dir.path().join("keys")).unwrap();
    let store = open(dir.path());
    assert_eq!(store.recovery().cache, Freshness::Foreign);
    assert_eq!(flags(&store), 3);
    assert!(store.get(S, Kind::Coverage, "c0").unwrap().is_none());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn an_older_cache_is_rebuilt_and_a_newer_one_refused() {
    let dir = dir();
    filled(dir.path(), 3);
    let deriver = |format| {
        let mut options = options();
        options.deriver = Arc::new(Toy(format));
        options
    };
    let store = Store::open(dir.path(), deriver(2)).unwrap();
    assert_eq!((store.recovery().cache, store.recovery().replayed), (Freshness::Older, 3));
    drop(store);
    let answer = Store::open(dir.path(), deriver(1)).map(|_| ());
    assert!(matches!(answer, Err(StoreError::NewerCache { found: 2, supported: 1 })), "{answer:?}");
    let path = dir.path().join("cache/format");
    let text = std::fs::read_to_string(&path).unwrap();
    let of_format = |other: &str| {
        let (before, after) = text.split_once("cache ").unwrap();
        format!("{before}cache {other}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    std::fs::write(&path, of_format("99")).unwrap();
    let answer = Store::open(dir.path(), deriver(2)).map(|_| ());
    assert!(matches!(answer, Err(StoreError::NewerCache { found: 99, .. })), "{answer:?}");
    std::fs::write(&path, of_format("1")).unwrap();
    assert_eq!(Store::open(dir.path(), deriver(2)).unwrap().recovery().cache, Freshness::Older);
}

#[test]
fn a_newer_journal_is_refused() {
    let dir = dir();
    filled(dir.path(), 2);
    let path = segments(dir.path())[0].clone();
    let original = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        for answer in [Store::open(dir.path(), options()).map(|_| ()), verify(dir.path()).map(|_| ())] {
            assert!(matches!(answer, Err(StoreError::NewerJournal { found: 2, supported: 1 })), "{answer:?}");
        }
    };
    let mut segment = original.clone();
    segment[8] = 2;
    let crc = crc32fast::hash(&segment[..60]);
    segment[60..64].copy_from_slice(&crc.to_le_bytes());
    refused(&segment);
    let mut record = original.clone();
    let start = records(&record)[1];
    record[start + 4] = 2;
    let end = record.len() - 4;
    let crc = crc32fast::hash(&record[start..end]);
    record[end..].copy_from_slice(&crc.to_le_bytes());
    refused(&record);
}

#[test]
fn a_directory_in_use_is_refused_and_verified_all_the_same() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Flag, "a", "x"));
    assert!(matches!(Store::open(dir.path(), options()).map(|_| ()), Err(StoreError::Locked { .. })));
    assert!(matches!(rebuild(dir.path(), &options()).map(|_| ()), Err(StoreError::Locked { .. })));
    assert_eq!(verify(dir.path()).unwrap().versions, 1);
    drop(store);
    assert_eq!(flags(&open(dir.path())), 1);
}

#[test]
fn the_key_outlives_the_cache_and_belongs_to_the_owner() {
    use std::os::unix::fs::PermissionsExt;
    let dir = dir();
    let key = key(dir.path()).unwrap();
    assert_eq!(open(dir.path()).key(), key);
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    assert_eq!(open(dir.path()).key(), key);
    assert_eq!(std::fs::metadata(dir.path().join("keys")).unwrap().permissions().mode() & 0o777, 0o600);
    // With another key every identifier hashes to something else.
    std::fs::remove_file(dir.path().join("keys")).unwrap();
    let store = open(dir.path());
    assert_ne!(store.key(), key);
    assert_eq!(store.recovery().cache, Freshness::Older);
    drop(store);
    std::fs::write(dir.path().join("keys"), b"short").unwrap();
    assert!(matches!(Store::open(dir.path(), options()).map(|_| ()), Err(StoreError::Keys { .. })));
}

#[test]
fn without_a_journal_there_is_nothing_to_verify() {
    let dir = dir();
    assert!(matches!(verify(dir.path()), Err(StoreError::NoJournal { .. })));
    assert!(matches!(rebuild(dir.path(), &options()), Err(StoreError::NoJournal { .. })));
}
