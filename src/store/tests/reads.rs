//! What the read face answers.

use super::support::*;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::store::*;
use std::ops::Bound::Excluded;
use std::ops::Bound::Included;
use std::ops::Bound::Unbounded;
use std::ops::ControlFlow;

fn lead(store: &Store, range: ValueRange) -> Vec<String> {
    let mut found = Vec::new();
    store
        .lead(S, (Kind::Flag, CODE), range, |value, id| {
            found.push(format!("{}:{id}", String::from_utf8_lossy(value)));
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

#[test]
fn a_lead_index_answers_ranges_in_order_and_follows_changes() {
    let dir = dir();
    let store = open(dir.path());
    for (id, code) in [("f1", "b"), ("f2", "a"), ("f3", "ab"), ("f4", "a")] {
        write(&store, put(Kind::Flag, id, &format!("code={code}")));
    }
    let cases: [(ValueRange, &[&str]); 6] = [
        ((Unbounded, Unbounded), &["a:f2", "a:f4", "ab:f3", "b:f1"]),
        ((Included(b"a"), Included(b"a")), &["a:f2", "a:f4"]),
        ((Excluded(b"a"), Unbounded), &["ab:f3", "b:f1"]),
        ((Included(b"a"), Excluded(b"b")), &["a:f2", "a:f4", "ab:f3"]),
        ((Included(b"c"), Unbounded), &[]),
        ((Included(b"b"), Excluded(b"a")), &[]),
    ];
    for (range, wanted) in cases {
        assert_eq!(lead(&store, range), wanted, "{range:?}");
    }
    write(&store, put(Kind::Flag, "f2", "code=z"));
    write(&store, delete(Kind::Flag, "f4"));
    assert_eq!(lead(&store, (Unbounded, Unbounded)), ["ab:f3", "b:f1", "z:f2"]);
}

#[test]
fn search_keys_come_back_with_the_current_version() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Flag, "f", "code=a own=b"));
    let keys = store.get(S, Kind::Flag, "f").unwrap().unwrap().keys;
    let wanted = [(CODE, b"a".as_slice(), true), (9, b"b".as_slice(), false)];
    assert_eq!(keys.iter().map(|k| (k.param, &*k.value, k.lead)).collect::<Vec<_>>(), wanted);
}

#[test]
fn pages_of_ids_go_on_where_the_last_one_ended() {
    let dir = dir();
    let store = open(dir.path());
    for id in ["p3", "p1", "p2", "p10"] {
        write(&store, put(Kind::Patient, id, "x"));
    }
    write(&store, delete(Kind::Patient, "p2"));
    assert_eq!(store.patients(S, None, 2).unwrap(), ["p1".into(), "p10".into()]);
    assert_eq!(store.patients(S, Some("p10"), 2).unwrap(), ["p3".into()]);
    assert!(store.patients(S, None, 0).unwrap().is_empty());
    let mut all = Vec::new();
    store
        .all(S, Kind::Patient, Some("p1"), |row| {
            all.push(row.id().to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(all, ["p10", "p3"]);
}

#[test]
fn a_patient_is_read_kind_by_kind_without_its_past() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Patient, "p", "x"));
    for (kind, id, text) in [
        (Kind::Flag, "a", "patient=p one"),
        (Kind::Flag, "a", "patient=p two"),
        (Kind::Flag, "b", "patient=p"),
        (Kind::Condition, "c", "patient=p"),
    ] {
        write(&store, put(kind, id, text));
    }
    write(&store, delete(Kind::Flag, "b"));
    let mut seen = Vec::new();
    store
        .in_patient(S, "p", Kind::Flag, |row| {
            let body = row.body().unwrap().unwrap();
            seen.push((row.id().to_owned(), row.version(), String::from_utf8(body.bytes.to_vec()).unwrap()));
            assert_eq!(row.patient(), Some("p"));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, [("a".to_owned(), 2, "patient=p two".to_owned())]);
    assert_eq!(store.dependants(S, "p").unwrap(), 2);
}

#[test]
fn only_the_last_version_of_a_resource_is_wished_for_by_its_keys() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Flag, "waited", "patient=p code=1"));
    write(&store, put(Kind::Patient, "p", "x"));
    for (id, text) in [
        ("a", "patient=p code=1"),
        ("b", "patient=p code=2"),
        ("c", "patient=p code=1"),
        ("c", "patient=p code=2"),
        ("d", "patient=p code=2"),
        ("d", "patient=p code=1"),
        ("e", "patient=p code=1"),
        ("moved", "patient=p code=1"),
        ("moved", "patient=nobody code=1"),
    ] {
        write(&store, put(Kind::Flag, id, text));
    }
    write(&store, delete(Kind::Flag, "e"));
    let mut read = Vec::new();
    let wish = |glimpse: &Glimpse| {
        assert_eq!(glimpse.patient, Some("p"));
        glimpse.key_values().any(|(param, value)| (param, value) == (CODE, b"1"))
    };
    store
        .of_patient(S, ("p", Kind::Flag), wish, |row| {
            read.push(row.id().to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(read, ["a", "d", "waited"]);
}

#[test]
fn the_directory_is_told_apart_and_its_sequence_moves_with_it() {
    let dir = dir();
    let store = open(dir.path());
    let zero = store.shared_sequence(S);
    write(&store, put(Kind::Practitioner, "pr", "x"));
    let one = store.shared_sequence(S);
    assert_ne!(zero, one);
    write(&store, put(Kind::Flag, "nobody", "x"));
    assert_eq!(store.shared_sequence(S), one);
    let at = store.last_known(S);
    write(&store, put(Kind::Organization, "o", "x"));
    assert_ne!(store.shared_sequence(S), one);
    let names = |known| -> Vec<String> {
        store.shared_facts(S, known).unwrap().iter().map(|r| format!("{}/{}", r.kind.name(), r.id)).collect()
    };
    assert_eq!(names(Instant::MAX), ["Practitioner/pr", "Organization/o"]);
    assert_eq!(names(at), ["Practitioner/pr"]);
}

#[test]
fn changes_are_read_in_both_orders() {
    let dir = dir();
    let store = open(dir.path());
    store.commit_blocking(commit(vec![put(Kind::Flag, "a", "x"), put(Kind::Flag, "b", "x")])).unwrap();
    write(&store, put(Kind::Flag, "a", "y"));
    write(&store, delete(Kind::Flag, "b"));
    let read = |range, order| {
        let mut seen = Vec::new();
        store
            .changes(S, range, order, |c| {
                seen.push(format!("{} {}/{}{}", c.sequence, c.id, c.version, if c.deleted { " gone" } else { "" }));
                ControlFlow::Continue(())
            })
            .unwrap();
        seen
    };
    assert_eq!(read(0..u64::MAX, Order::OldestFirst), ["1 a/1", "1 b/1", "2 a/2", "3 b/2 gone"]);
    assert_eq!(read(0..3, Order::NewestFirst), ["2 a/2", "1 b/1", "1 a/1"]);
    assert!(read(3..3, Order::OldestFirst).is_empty());
}

#[test]
fn rulebooks_are_kept_and_the_same_one_is_put_in_force_once() {
    let dir = dir();
    let store = open(dir.path());
    let files = |text: &str| vec![("b.yaml".to_owned(), text.into()), ("a.yaml".to_owned(), b"a".to_vec())];
    let first = store.activate_rulebook_blocking([1; 32], files("x")).unwrap();
    assert_eq!(store.activate_rulebook_blocking([1; 32], files("x")).unwrap(), first);
    let second = store.activate_rulebook_blocking([2; 32], files("y")).unwrap();
    let third = store.activate_rulebook_blocking([1; 32], files("x")).unwrap();
    let known: Vec<_> = store.rulebooks().iter().map(|r| (r.known, r.digest[0])).collect();
    assert_eq!(known, [(first, 1), (second, 2), (third, 1)]);
    assert_eq!(store.last_known(S), third);
    drop(store);
    std::fs::remove_dir_all(dir.path().join("cache")).unwrap();
    let store = open(dir.path());
    let record = store.rulebook(store.rulebooks()[1].sequence).unwrap().unwrap();
    assert_eq!((record.known, record.digest), (second, [2; 32]));
    assert_eq!(record.files, [("a.yaml".to_owned(), b"a".to_vec()), ("b.yaml".to_owned(), b"y".to_vec())]);
    assert!(store.rulebook(999).unwrap().is_none());
    assert_eq!(verify(dir.path()).unwrap().rulebooks, 3);
}

#[test]
fn what_was_never_there_is_not_found() {
    let dir = dir();
    let store = open(dir.path());
    assert!(store.get(S, Kind::Flag, "a").unwrap().is_none());
    assert!(store.version(S, Kind::Flag, "a", 1).unwrap().is_none());
    assert!(store.history(S, Kind::Flag, "a").unwrap().is_empty());
    assert!(store.facts(S, "p", Instant::MAX).unwrap().is_empty());
    write(&store, put(Kind::Flag, "a", "x"));
    assert!(store.version(S, Kind::Flag, "a", 0).unwrap().is_none());
    assert!(store.version(S, Kind::Flag, "a", 2).unwrap().is_none());
}

#[test]
fn the_last_commit_at_an_instant_is_found_among_those_of_others() {
    let dir = dir();
    let mut known: Vec<i64> = Vec::new();
    {
        let store = open(dir.path());
        assert_eq!(store.last_commit_at(S, Instant::MAX).unwrap(), None);
        for n in 0..120 {
            let structure = if n % 7 == 3 { S } else { "cabinet-2" };
            let writes = vec![put(Kind::Flag, &format!("f{n}"), "x")];
            let commit = Commit { structure: structure.into(), writes, ..Commit::default() };
            let committed = store.commit_blocking(commit).unwrap();
            if structure == S {
                known.push(committed.known.0);
            }
        }
        assert_found(&store, &known);
    }
    // What was in memory is in the tree by now.
    assert_found(&open(dir.path()), &known);
    let store = open(dir.path());
    assert_eq!(store.last_commit_at("cabinet-9", Instant::MAX).unwrap(), None);
}

#[track_caller]
fn assert_found(store: &Store, known: &[i64]) {
    let probes = known.iter().flat_map(|at| [at - 1, *at, at + 1]).chain([i64::MIN, 0, i64::MAX]);
    for probe in probes {
        let want = known.iter().copied().filter(|at| *at <= probe).max();
        let found = store.last_commit_at(S, Instant(probe)).unwrap();
        assert_eq!(found.map(|instant| instant.0), want, "{probe}");
    }
}
