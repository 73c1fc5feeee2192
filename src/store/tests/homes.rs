//! Which patient a resource belongs to, when it is not known yet, and when that changes.

use super::support::*;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::store::*;

fn now(store: &Store) -> Vec<String> {
    facts(store, "p", Instant::MAX)
}

#[test]
fn a_resource_waits_for_its_patient_and_moves_in() {
    let dir = dir();
    let store = open(dir.path());
    let early = write(&store, put(Kind::Flag, "f", "patient=p"));
    assert!(early.pending);
    write(&store, put(Kind::Flag, "f", "patient=p again"));
    let waiting = store.get(S, Kind::Flag, "f").unwrap().unwrap();
    assert_eq!((waiting.pending, waiting.patient), (true, None));
    assert!(now(&store).is_empty());
    let arrived = write(&store, put(Kind::Patient, "p", "x"));
    let home = store.get(S, Kind::Flag, "f").unwrap().unwrap();
    assert_eq!((home.pending, home.patient.as_deref(), home.known < arrived.known), (false, Some("p"), true));
    // It counts for the patient since the patient is known, not before.
    assert_eq!(now(&store), ["Patient/p: 1 x", "Flag/f: 2 patient=p again"]);
    assert!(facts(&store, "p", Instant(arrived.known.0 - 1)).is_empty());
    let versions: Vec<u32> = store.history(S, Kind::Flag, "f").unwrap().iter().map(|v| v.version).collect();
    assert_eq!(versions, [1, 2]);
    assert_eq!(store.version(S, Kind::Flag, "f", 1).unwrap().unwrap().body.unwrap(), body("patient=p"));
}

#[test]
fn in_one_commit_the_order_of_patient_and_resource_does_not_matter() {
    let dir = dir();
    let store = open(dir.path());
    let writes = vec![put(Kind::Flag, "f", "patient=p"), put(Kind::Patient, "p", "x")];
    let committed = store.commit_blocking(commit(writes)).unwrap();
    assert!(committed.writes.iter().all(|w| !w.pending));
    assert_eq!(committed.writes.len(), 2);
    assert_eq!(now(&store), ["Patient/p: 1 x", "Flag/f: 1 patient=p"]);
}

#[test]
fn an_identifier_names_a_patient_only_when_one_carries_it() {
    let dir = dir();
    let store = open(dir.path());
    assert!(write(&store, put(Kind::Flag, "f", "of=ins")).pending);
    write(&store, put(Kind::Patient, "q", "id=other"));
    assert!(store.get(S, Kind::Flag, "f").unwrap().unwrap().pending);
    write(&store, put(Kind::Patient, "p", "id=ins"));
    assert_eq!(now(&store), ["Patient/p: 1 id=ins", "Flag/f: 1 of=ins"]);
    // A second carrier: who is meant is unknown until one of them lets go of it.
    write(&store, put(Kind::Patient, "q", "id=ins"));
    assert!(write(&store, put(Kind::Flag, "g", "of=ins")).pending);
    write(&store, put(Kind::Patient, "q", "id=other"));
    assert_eq!(store.get(S, Kind::Flag, "g").unwrap().unwrap().patient.as_deref(), Some("p"));
    assert_eq!(now(&store).len(), 3);
}

#[test]
fn a_deleted_patient_is_not_known_and_one_created_again_is() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Patient, "p", "id=ins"));
    write(&store, delete(Kind::Patient, "p"));
    assert!(store.find_patient_by_identifier(S, &hash("ins")).unwrap().is_empty());
    assert!(write(&store, put(Kind::Flag, "f", "patient=p")).pending);
    assert!(write(&store, put(Kind::Flag, "g", "of=ins")).pending);
    write(&store, put(Kind::Patient, "p", "id=ins"));
    assert_eq!(now(&store), ["Patient/p: 1 id=ins, 2 -, 3 id=ins", "Flag/f: 1 patient=p", "Flag/g: 1 of=ins"]);
}

#[test]
fn a_resource_that_changes_patient_ends_there_and_begins_here() {
    let dir = dir();
    let store = open(dir.path());
    for patient in ["p", "q"] {
        write(&store, put(Kind::Patient, patient, "x"));
    }
    write(&store, put(Kind::Flag, "f", "patient=p"));
    let moved = write(&store, put(Kind::Flag, "f", "patient=q"));
    assert_eq!(now(&store), ["Patient/p: 1 x", "Flag/f: 1 patient=p, 2 -"]);
    assert_eq!(facts(&store, "q", Instant::MAX), ["Patient/q: 1 x", "Flag/f: 2 patient=q"]);
    assert_eq!(facts(&store, "q", Instant(moved.known.0 - 1)), ["Patient/q: 1 x"]);
    assert_eq!((store.dependants(S, "p").unwrap(), store.dependants(S, "q").unwrap()), (0, 1));
    write(&store, put(Kind::Flag, "f", "patient=p back"));
    assert_eq!(now(&store)[1], "Flag/f: 1 patient=p, 2 -, 3 patient=p back");
    assert_eq!(facts(&store, "q", Instant::MAX)[1], "Flag/f: 2 patient=q, 3 -");
    for (number, wanted) in [(1, "patient=p"), (2, "patient=q"), (3, "patient=p back")] {
        let stored = store.version(S, Kind::Flag, "f", number).unwrap().unwrap();
        assert_eq!(stored.body.unwrap(), body(wanted), "{number}");
    }
}

#[test]
fn a_resource_may_leave_for_a_patient_that_is_not_known_and_come_back() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Patient, "p", "x"));
    write(&store, put(Kind::Flag, "f", "patient=p"));
    assert!(write(&store, put(Kind::Flag, "f", "patient=q")).pending);
    assert_eq!(now(&store)[1], "Flag/f: 1 patient=p, 2 -");
    write(&store, put(Kind::Flag, "f", "patient=p back"));
    assert_eq!(now(&store)[1], "Flag/f: 1 patient=p, 2 -, 3 patient=p back");
    assert_eq!(store.history(S, Kind::Flag, "f").unwrap().len(), 3);
}

#[test]
fn a_deletion_ends_the_fact_and_keeps_its_past() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Patient, "p", "x"));
    write(&store, put(Kind::Flag, "f", "patient=p code=a"));
    let gone = write(&store, delete(Kind::Flag, "f"));
    assert_eq!(now(&store)[1], "Flag/f: 1 patient=p code=a, 2 -");
    assert_eq!(facts(&store, "p", Instant(gone.known.0 - 1))[1], "Flag/f: 1 patient=p code=a");
    let stored = store.get(S, Kind::Flag, "f").unwrap().unwrap();
    assert_eq!((stored.version, stored.body, stored.keys), (2, None, vec![]));
    assert_eq!(store.dependants(S, "p").unwrap(), 0);
}

#[test]
fn structures_do_not_see_each_other() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Patient, "p", "id=ins"));
    let writes = vec![put(Kind::Flag, "f", "patient=p"), put(Kind::Flag, "g", "of=ins")];
    let other = store.commit_blocking(Commit { structure: "cabinet-2".into(), writes, ..Commit::default() }).unwrap();
    assert!(other.writes.iter().all(|w| w.pending));
    assert!(store.get("cabinet-2", Kind::Patient, "p").unwrap().is_none());
    assert!(store.get(S, Kind::Flag, "f").unwrap().is_none());
    assert_eq!(store.structures(), ["cabinet-1".into(), "cabinet-2".into()]);
}
