//! A process killed while it writes: what it acknowledged is there, whole, and once.

use super::support::*;
use crate::domain::fact::Kind;
use crate::store::*;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write as _;
use std::process::Command;
use std::process::Stdio;

const DIR: &str = "MTR_STORE_TEST_DIR";
const PAIR: [Kind; 2] = [Kind::Flag, Kind::Coverage];

/// Not a test of its own: the process that is killed. Without its directory it does nothing.
#[test]
fn the_writer_that_is_killed() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let mut small = options();
    small.segment_bytes = 20_000;
    let store = Store::open(dir.as_ref(), small).unwrap();
    let first = store.sequence();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for n in 0.. {
                    let id = format!("{first}-{writer}-{n}");
                    let writes = PAIR.map(|kind| put(kind, &id, &format!("patient=p id={id}"))).to_vec();
                    store.commit_blocking(commit(writes)).unwrap();
                    writeln!(std::io::stderr(), "acknowledged {id}").unwrap();
                }
            });
        }
    });
}

/// Runs the writer until it has acknowledged `count` commits, kills it, answers those it told of.
fn killed_after(dir: &std::path::Path, count: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::killed::the_writer_that_is_killed", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = |line: String| line.strip_prefix("acknowledged ").map(str::to_owned);
    let mut acknowledged: Vec<String> = lines.by_ref().map_while(Result::ok).filter_map(told).take(count).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    // A line cut by the kill names an id that was never written: the last one may not be whole.
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    acknowledged.extend(rest.into_iter().rev().skip(1).filter_map(told));
    acknowledged
}

#[test]
fn what_a_killed_process_acknowledged_is_there_and_nothing_is_half_applied() {
    let dir = dir();
    let mut acknowledged = Vec::new();
    for count in [50, 200, 20] {
        let told = killed_after(dir.path(), count);
        assert!(told.len() >= count);
        acknowledged.extend(told);
    }
    let store = open(dir.path());
    for id in &acknowledged {
        for kind in PAIR {
            assert_eq!(text(&store, kind, id).unwrap(), format!("patient=p id={id}"));
        }
    }
    let ids = PAIR.map(|kind| store.ids(S, kind, None, usize::MAX).unwrap());
    assert_eq!(ids[0], ids[1]);
    let dump = store.dump();
    drop(store);
    assert_eq!(verify(dir.path()).unwrap().records as usize, ids[0].len());
    rebuild(dir.path(), &options()).unwrap();
    assert_eq!(open(dir.path()).dump(), dump);
}
