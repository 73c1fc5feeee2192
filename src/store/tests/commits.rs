//! What one commit decides, and what many share.

use super::support::*;
use crate::domain::fact::Kind;
use crate::store::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

#[test]
fn versions_count_from_one_over_deletions() {
    let dir = dir();
    let store = open(dir.path());
    let steps = [
        (put(Kind::Flag, "a", "x"), Outcome::Created, 1),
        (put(Kind::Flag, "a", "y"), Outcome::Updated, 2),
        (put(Kind::Flag, "a", "y"), Outcome::Unchanged, 2),
        (delete(Kind::Flag, "a"), Outcome::Deleted, 3),
        (delete(Kind::Flag, "a"), Outcome::AlreadyGone, 3),
        (put(Kind::Flag, "a", "y"), Outcome::Created, 4),
        (delete(Kind::Flag, "never"), Outcome::AlreadyGone, 0),
    ];
    for (index, (step, outcome, version)) in steps.into_iter().enumerate() {
        let written = write(&store, step);
        assert_eq!((written.outcome, written.version), (outcome, version), "step {index}");
    }
}

#[test]
fn an_unchanged_put_writes_nothing_and_keeps_its_instant() {
    let dir = dir();
    let store = open(dir.path());
    let first = write(&store, put(Kind::Flag, "a", "x y"));
    let sequence = store.sequence();
    // Equal as the comparer says, though not in bytes.
    for same in ["x y", "y x"] {
        let again = write(&store, put(Kind::Flag, "a", same));
        assert_eq!((again.outcome, again.version, again.known), (Outcome::Unchanged, 1, first.known));
    }
    assert_eq!(store.sequence(), sequence);
    assert_eq!(verify(dir.path()).unwrap().records, 1);
}

#[test]
fn a_change_of_meta_alone_is_a_change() {
    let dir = dir();
    let mut options = options();
    options.same_body = |_, _| false;
    let store = Store::open(dir.path(), options).unwrap();
    write(&store, put(Kind::Flag, "a", "x y"));
    let mut other = put(Kind::Flag, "a", "x y");
    if let Action::Put { body, .. } = &mut other.action {
        body.meta_len = 1;
    }
    assert_eq!(write(&store, other).outcome, Outcome::Updated);
    assert_eq!(store.get(S, Kind::Flag, "a").unwrap().unwrap().body.unwrap().meta_len, 1);
}

#[test]
fn expectations_are_checked_against_the_current_version() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Flag, "a", "x"));
    write(&store, put(Kind::Flag, "gone", "x"));
    write(&store, delete(Kind::Flag, "gone"));
    let cases = [
        ("a", Expect::Absent, Some(Some(1))),
        ("a", Expect::Version(2), Some(Some(1))),
        ("a", Expect::Version(1), None),
        ("gone", Expect::Version(2), Some(None)),
        ("gone", Expect::Absent, None),
        ("new", Expect::Version(1), Some(None)),
        ("new", Expect::Absent, None),
    ];
    for (id, expect, conflict) in cases {
        let name = format!("{id} {expect:?}");
        let answer = store.commit_blocking(commit(vec![expecting(expect, put(Kind::Flag, id, "z"))]));
        match (answer, conflict) {
            (Ok(_), None) => {}
            (Err(CommitError::Conflict { write: 0, current }), Some(wanted)) => assert_eq!(current, wanted, "{name}"),
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_commit_with_one_conflict_writes_nothing() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Flag, "b", "x"));
    let before = store.dump();
    let writes = vec![
        put(Kind::Patient, "p", "id=1"),
        put(Kind::Flag, "a", "patient=p"),
        expecting(Expect::Absent, put(Kind::Flag, "b", "y")),
        put(Kind::Flag, "c", "z"),
    ];
    let answer = store.commit_blocking(commit(writes));
    assert!(matches!(answer, Err(CommitError::Conflict { write: 2, current: Some(1) })), "{answer:?}");
    assert_eq!(store.dump(), before);
    // The group goes on as if it had never been.
    write(&store, put(Kind::Flag, "a", "patient=p"));
    assert_eq!(text(&store, Kind::Flag, "a").unwrap(), "patient=p");
    assert!(store.get(S, Kind::Flag, "a").unwrap().unwrap().pending);
}

#[test]
fn of_many_creates_of_one_id_exactly_one_wins() {
    let dir = dir();
    let store = open(dir.path());
    let won = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for n in 0..32 {
            let (store, won) = (&store, &won);
            scope.spawn(move || {
                let create = expecting(Expect::Absent, put(Kind::Flag, "only", &format!("n={n}")));
                match store.commit_blocking(commit(vec![create])) {
                    Ok(_) => won.fetch_add(1, Ordering::SeqCst),
                    Err(CommitError::Conflict { current: Some(1), .. }) => 0,
                    Err(other) => panic!("{other:?}"),
                };
            });
        }
    });
    assert_eq!(won.into_inner(), 1);
    assert_eq!(store.history(S, Kind::Flag, "only").unwrap().len(), 1);
}

#[test]
fn of_many_conditional_creates_exactly_one_finds_nobody() {
    let dir = dir();
    let store = open(dir.path());
    let won = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for n in 0..16 {
            let (store, won) = (&store, &won);
            scope.spawn(move || {
                let seen = store.sequence();
                let asked = store.clone();
                let still_true =
                    Arc::new(move || asked.find_patient_by_identifier(S, &hash("ins")).unwrap().is_empty());
                if !still_true() {
                    return;
                }
                let guards = vec![Guard { touches: vec![Kind::Patient], seen, still_true }];
                let writes = vec![put(Kind::Patient, &format!("p{n}"), "id=ins")];
                match store.commit_blocking(Commit { structure: S.into(), writes, guards, ..Commit::default() }) {
                    Ok(_) => won.fetch_add(1, Ordering::SeqCst),
                    Err(CommitError::Guard { guard: 0 }) => 0,
                    Err(other) => panic!("{other:?}"),
                };
            });
        }
    });
    assert_eq!(won.into_inner(), 1);
    assert_eq!(store.find_patient_by_identifier(S, &hash("ins")).unwrap().len(), 1);
}

#[test]
fn a_guard_is_asked_again_only_when_its_kinds_were_touched() {
    let dir = dir();
    let store = open(dir.path());
    let cases = [(Kind::Condition, 0, true), (Kind::Flag, 1, false)];
    for (kind, asked_times, passes) in cases {
        let seen = store.sequence();
        write(&store, put(Kind::Flag, "other", &format!("n={seen}")));
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let still_true = Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            false
        });
        let guards = vec![Guard { touches: vec![kind], seen, still_true }];
        let writes = vec![put(Kind::Coverage, "a", "x")];
        let answer = store.commit_blocking(Commit { structure: S.into(), writes, guards, ..Commit::default() });
        assert_eq!(answer.is_ok(), passes, "{kind:?}");
        assert_eq!(asked.load(Ordering::SeqCst), asked_times, "{kind:?}");
    }
}

#[test]
fn a_guard_that_panics_refuses_its_commit_and_nothing_else() {
    let dir = dir();
    let store = open(dir.path());
    write(&store, put(Kind::Flag, "a", "x"));
    let guards = vec![Guard { touches: vec![Kind::Flag], seen: 0, still_true: Arc::new(|| panic!("asked")) }];
    let writes = vec![put(Kind::Flag, "b", "x")];
    let answer = store.commit_blocking(Commit { structure: S.into(), writes, guards, ..Commit::default() });
    assert!(matches!(answer, Err(CommitError::Guard { guard: 0 })));
    assert_eq!(write(&store, put(Kind::Flag, "b", "x")).outcome, Outcome::Created);
}

#[test]
fn waiting_commits_share_a_sync() {
    let dir = dir();
    let (options, gate) = Gate::options();
    let store = Store::open(dir.path(), options).unwrap();
    let held = gate.hold();
    let mut waiting = vec![store.commit(commit(vec![put(Kind::Flag, "f0", "x")]))];
    gate.wait_for_sync();
    for n in 1..64 {
        waiting.push(store.commit(commit(vec![put(Kind::Flag, &format!("f{n}"), "x")])));
    }
    drop(held);
    for (n, answer) in waiting.into_iter().enumerate() {
        assert_eq!(block_on(answer).unwrap().sequence, n as u64 + 1);
    }
    assert_eq!(gate.syncs(), 2);
}

#[test]
fn commits_of_one_group_see_each_other() {
    let dir = dir();
    let (options, gate) = Gate::options();
    let store = Store::open(dir.path(), options).unwrap();
    let held = gate.hold();
    let first = store.commit(commit(vec![put(Kind::Flag, "first", "x")]));
    gate.wait_for_sync();
    let steps = [
        (put(Kind::Patient, "p", "id=1"), Some((Outcome::Created, 1))),
        (put(Kind::Flag, "f", "patient=p"), Some((Outcome::Created, 1))),
        (put(Kind::Flag, "f", "patient=p"), Some((Outcome::Unchanged, 1))),
        (put(Kind::Flag, "f", "patient=p more"), Some((Outcome::Updated, 2))),
        (expecting(Expect::Absent, put(Kind::Flag, "f", "x")), None),
        (delete(Kind::Flag, "f"), Some((Outcome::Deleted, 3))),
    ];
    let (steps, wanted): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
    let waiting: Vec<_> = steps.into_iter().map(|step| store.commit(commit(vec![step]))).collect();
    drop(held);
    block_on(first).unwrap();
    for (index, (answer, wanted)) in waiting.into_iter().zip(wanted).enumerate() {
        let answer = block_on(answer).ok().map(|c| (c.writes[0].outcome.clone(), c.writes[0].version));
        assert_eq!(answer, wanted, "step {index}");
    }
    assert_eq!(gate.syncs(), 2);
    assert_eq!(verify(dir.path()).unwrap().records, 5);
}

#[test]
fn a_guard_over_the_group_under_way_is_asked_after_it() {
    let dir = dir();
    let (options, gate) = Gate::options();
    let store = Store::open(dir.path(), options).unwrap();
    let held = gate.hold();
    let first = store.commit(commit(vec![put(Kind::Flag, "first", "x")]));
    gate.wait_for_sync();
    let asked = store.clone();
    let still_true = Arc::new(move || asked.get(S, Kind::Patient, "p").unwrap().is_none());
    let create = store.commit(commit(vec![put(Kind::Patient, "p", "x")]));
    let guards = vec![Guard { touches: vec![Kind::Patient], seen: 0, still_true }];
    let writes = vec![put(Kind::Patient, "q", "x")];
    let guarded = store.commit(Commit { structure: S.into(), writes, guards, ..Commit::default() });
    drop(held);
    block_on(first).unwrap();
    block_on(create).unwrap();
    assert!(matches!(block_on(guarded), Err(CommitError::Guard { guard: 0 })));
}

#[test]
fn nothing_is_answered_or_written_after_a_failed_sync() {
    let dir = dir();
    let broken = Arc::new(AtomicBool::new(false));
    let breaks = Arc::clone(&broken);
    let mut options = options();
    options.sync = Arc::new(move |file| match breaks.load(Ordering::SeqCst) {
        false => file.sync_data(),
        true => Err(std::io::Error::other("no disk")),
    });
    let store = Store::open(dir.path(), options).unwrap();
    write(&store, put(Kind::Flag, "a", "x"));
    broken.store(true, Ordering::SeqCst);
    let failed = store.commit_blocking(commit(vec![put(Kind::Flag, "b", "x")]));
    assert!(matches!(failed, Err(CommitError::Stopped)));
    broken.store(false, Ordering::SeqCst);
    let after = store.commit_blocking(commit(vec![put(Kind::Flag, "c", "x")]));
    assert!(matches!(after, Err(CommitError::Stopped)));
    assert!(store.is_stopped());
    // Reads go on, and show only what was acknowledged.
    assert_eq!(text(&store, Kind::Flag, "a").unwrap(), "x");
    assert_eq!(text(&store, Kind::Flag, "b"), None);
    drop(store);
    let store = open(dir.path());
    assert_eq!(write(&store, put(Kind::Flag, "c", "x")).outcome, Outcome::Created);
}

#[test]
fn a_full_queue_is_busy_and_a_large_commit_passes_alone() {
    let dir = dir();
    let (mut options, gate) = Gate::options();
    options.in_flight_bytes = 2_000;
    let store = Store::open(dir.path(), options).unwrap();
    let held = gate.hold();
    let first = store.commit(commit(vec![put(Kind::Flag, "large", &"x".repeat(5_000))]));
    let second = store.commit_blocking(commit(vec![put(Kind::Flag, "small", "x")]));
    assert!(matches!(second, Err(CommitError::Busy)), "{second:?}");
    drop(held);
    block_on(first).unwrap();
    assert_eq!(text(&store, Kind::Flag, "large").unwrap().len(), 5_000);
}

#[test]
fn dropping_the_future_does_not_take_the_commit_back() {
    let dir = dir();
    let store = open(dir.path());
    drop(store.commit(commit(vec![put(Kind::Flag, "a", "x")])));
    store.close();
    assert_eq!(text(&open(dir.path()), Kind::Flag, "a").unwrap(), "x");
}

#[test]
fn a_closed_store_refuses_reads_and_writes() {
    let dir = dir();
    let store = open(dir.path());
    store.close();
    let answer = store.commit_blocking(commit(vec![put(Kind::Flag, "a", "x")]));
    assert!(matches!(answer, Err(CommitError::Stopped)));
    assert!(matches!(store.get(S, Kind::Flag, "a"), Err(StoreError::Closed)));
}

#[test]
fn ids_that_no_key_can_hold_are_refused() {
    let dir = dir();
    let store = open(dir.path());
    let long = "a".repeat(65);
    for bad in ["", "a/b", "a\0b", "~a", "é", &long] {
        for writes in [vec![put(Kind::Flag, bad, "x")], vec![put(Kind::Flag, "a", &format!("patient={bad}"))]] {
            let answer = store.commit_blocking(commit(writes));
            assert!(matches!(answer, Err(CommitError::Invalid)), "{bad:?}");
        }
    }
    assert_eq!(store.sequence(), 0);
}

#[test]
fn instants_increase_even_when_the_clock_does_not() {
    let dir = dir();
    let mut options = options();
    options.clock = Arc::new(|| 42);
    let store = Store::open(dir.path(), options).unwrap();
    let known: Vec<i64> = (0..3).map(|n| write(&store, put(Kind::Flag, &format!("f{n}"), "x")).known.0).collect();
    assert_eq!(known, [42, 43, 44]);
    assert_eq!(store.last_known(S).0, 44);
    assert_eq!(store.last_known("other").0, 0);
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
