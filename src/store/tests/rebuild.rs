//! The cache is a function of the journal: made live or made again, it is the same.

use super::support::*;
use crate::domain::fact::Kind;
use crate::store::*;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::Mutex;

/// One random write over few ids, so that they meet.
fn any_write() -> impl Strategy<Value = Write> {
    let patient = (0..3u8, prop::sample::select(vec!["id=a", "id=b", "id=a id=b", "x"]))
        .prop_map(|(n, text)| put(Kind::Patient, &format!("p{n}"), text));
    let link = prop::sample::select(vec!["patient=p0", "patient=p1", "patient=p2", "of=a", "of=b", "shared"]);
    let kind = prop::sample::select(vec![Kind::Flag, Kind::Observation, Kind::Practitioner]);
    let resource = (kind.clone(), 0..4u8, link, 0..3u8)
        .prop_map(|(kind, n, link, code)| put(kind, &format!("r{n}"), &format!("{link} code={code}")));
    let gone = prop_oneof![
        (0..3u8).prop_map(|n| delete(Kind::Patient, &format!("p{n}"))),
        (kind, 0..4u8).prop_map(|(kind, n)| delete(kind, &format!("r{n}"))),
    ];
    prop_oneof![3 => patient, 6 => resource, 2 => gone]
}

fn any_commits() -> impl Strategy<Value = Vec<Vec<Write>>> {
    let once_each = |writes: Vec<Write>| {
        let mut seen = std::collections::HashSet::new();
        writes.into_iter().filter(|w| seen.insert((w.kind, w.id.clone()))).collect()
    };
    prop::collection::vec(prop::collection::vec(any_write(), 1..5).prop_map(once_each), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rebuilt_cache_equals_the_live_one(commits in any_commits()) {
        let dir = dir();
        let mut small = options();
        small.segment_bytes = 1_000;
        let store = Store::open(dir.path(), small.clone()).unwrap();
        for writes in commits {
            store.commit_blocking(commit(writes)).unwrap();
        }
        let live = store.dump();
        store.close();
        rebuild(dir.path(), &small).unwrap();
        let store = Store::open(dir.path(), small).unwrap();
        prop_assert_eq!(store.recovery().cache, Freshness::Kept);
        prop_assert_eq!(store.dump(), live);
    }

    #[test]
    fn every_version_is_found_and_every_resource_lives_in_one_place(commits in any_commits()) {
        let dir = dir();
        let store = open(dir.path());
        let mut put_count = 0;
        for writes in commits {
            let committed = store.commit_blocking(commit(writes)).unwrap();
            put_count += committed
                .writes
                .iter()
                .filter(|w| !matches!(w.outcome, Outcome::Unchanged | Outcome::AlreadyGone))
                .count();
        }
        let mut found = 0;
        for kind in [Kind::Patient, Kind::Flag, Kind::Observation, Kind::Practitioner] {
            for id in ["p0", "p1", "p2", "r0", "r1", "r2", "r3"] {
                let history = store.history(S, kind, id).unwrap();
                for (index, mark) in history.iter().enumerate() {
                    prop_assert_eq!(mark.version as usize, index + 1);
                    let stored = store.version(S, kind, id, mark.version).unwrap().unwrap();
                    prop_assert_eq!(stored.body.is_none(), mark.deleted);
                    prop_assert_eq!(stored.known, mark.known);
                }
                found += history.len();
            }
        }
        prop_assert_eq!(found, put_count);
    }
}

#[test]
fn a_rebuild_says_how_far_it_is() {
    let dir = dir();
    let store = open(dir.path());
    for n in 0..10 {
        write(&store, put(Kind::Flag, &format!("f{n}"), "x"));
    }
    drop(store);
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let mut options = options();
    options.progress = Some(Arc::new(move |done, total| teller.lock().unwrap().push((done, total))));
    assert_eq!(rebuild(dir.path(), &options).unwrap().replayed, 10);
    assert_eq!(told.lock().unwrap().last(), Some(&(10, 10)));
}

#[test]
fn what_is_published_stays_as_it_was_published() {
    let dir = dir();
    let store = open(dir.path());
    store.commit_blocking(commit(vec![put(Kind::Patient, "p0", "x")])).unwrap();
    let known = store.last_known(S);
    let new = |structure: &str, name: &str, body: &[u8]| NewPublication {
        structure: structure.into(),
        name: name.into(),
        body: body.to_vec(),
    };
    let first = store.publish_blocking(new(S, "2026-09", b"figures")).unwrap();
    store.publish_blocking(new(S, "2026-10", b"")).unwrap();
    store.publish_blocking(new("elsewhere", "2026-09", b"theirs")).unwrap();
    let again = store.publish_blocking(new(S, "2026-09", b"other figures"));
    assert!(matches!(again, Err(CommitError::Issued)), "{again:?}");
    // What is known of patients is as it was: no answer changes.
    assert_eq!(store.last_known(S), known);
    let live = store.dump();
    store.close();
    rebuild(dir.path(), &options()).unwrap();
    let store = open(dir.path());
    assert_eq!(store.dump(), live);
    assert_eq!(store.publications(S).unwrap(), ["2026-09".into(), "2026-10".into()]);
    assert_eq!(store.publication(S, "2026-09").unwrap(), Some((first, b"figures".to_vec())));
    assert_eq!(store.publication("elsewhere", "2026-09").unwrap().unwrap().1, b"theirs");
    assert_eq!(store.publication("elsewhere", "2026-10").unwrap(), None);
    store.close();
    assert_eq!(verify(dir.path()).unwrap().publications, 3);
}
