//! The jobs of a process, with the clock in hand.

use super::*;

fn ticket(structure: &str) -> Ticket {
    Ticket { structure: structure.to_owned(), request: "http://gw/fhir/Measure/$care-gaps".to_owned() }
}

/// Does a job of these lines by hand.
fn done(jobs: &Jobs, structure: &str, lines: &[&str], now: Instant) -> String {
    let (id, job) = jobs.admit(ticket(structure), now).unwrap();
    let mut desk = Desk { job: Arc::clone(&job), outputs: Vec::new(), open: None };
    desk.file("Bundle").unwrap();
    lines.iter().for_each(|line| desk.line(line).unwrap());
    desk.close().unwrap();
    jobs.end(&job, Ok((Instant(7), desk.outputs)), now);
    id
}

#[test]
fn what_was_written_is_handed_over_until_it_expires() {
    let home = tempfile::tempdir().unwrap();
    let jobs = Jobs::below(home.path());
    let id = done(&jobs, "a", &["{}", "{\"n\":1}"], Instant(0));
    let expires = Instant(KEPT_MICROS);
    let before = Instant(KEPT_MICROS - 1);
    let Ok(JobStatus::Done { known_at, outputs, expires: told, .. }) = jobs.status("a", &id, before) else {
        panic!("not done");
    };
    assert_eq!((known_at, told), (Instant(7), expires));
    assert_eq!(outputs, [Output { kind: "Bundle", name: "1-Bundle.ndjson".to_owned(), count: 2 }]);
    let mut reader = jobs.open("a", (&id, "1-Bundle.ndjson"), before).unwrap();
    assert_eq!(reader.bytes, 11);
    assert_eq!(reader.read().unwrap().unwrap(), b"{}\n{\"n\":1}\n");
    assert!(reader.read().unwrap().is_none());
    assert_eq!(jobs.status("a", &id, expires).err().unwrap().reason, Reason::NotFound);
    assert!(!home.path().join("jobs").join(&id).exists());
}

#[test]
fn a_job_is_its_structures_alone_and_its_files_those_it_named() {
    let home = tempfile::tempdir().unwrap();
    let jobs = Jobs::below(home.path());
    let id = done(&jobs, "a", &["{}"], Instant(0));
    assert!(jobs.status("b", &id, Instant(1)).is_err());
    assert!(jobs.open("b", (&id, "1-Bundle.ndjson"), Instant(1)).is_err());
    assert!(jobs.cancel("b", &id, Instant(1)).is_err());
    for name in ["", "..", "../x", "2-Bundle.ndjson", "/etc/hostname"] {
        assert!(jobs.open("a", (&id, name), Instant(1)).is_err(), "{name}");
    }
}

#[test]
fn so_many_run_at_once_and_a_cancelled_one_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let jobs = Jobs::below(home.path());
    let running: Vec<_> = (0..MOST_RUNNING).map(|_| jobs.admit(ticket("a"), Instant(0)).unwrap()).collect();
    let refused = jobs.admit(ticket("b"), Instant(0)).err().unwrap();
    assert_eq!((refused.reason, refused.issues[0].kind.code), (Reason::Throttled, "MTR-REQ-006"));
    let (id, job) = &running[0];
    let desk = Desk { job: Arc::clone(job), outputs: Vec::new(), open: None };
    desk.progress(3, 10).unwrap();
    assert!(matches!(jobs.status("a", id, Instant(1)), Ok(JobStatus::Running { done: 3, all: 10 })));
    jobs.cancel("a", id, Instant(1)).unwrap();
    assert!(desk.progress(4, 10).is_err(), "the work learns of it");
    assert!(jobs.status("a", id, Instant(1)).is_err());
    jobs.end(job, Err(unknown()), Instant(2));
    assert!(!job.folder.exists());
    assert!(jobs.admit(ticket("b"), Instant(3)).is_ok(), "there is room again");
}

#[test]
fn one_structure_keeps_so_many() {
    let home = tempfile::tempdir().unwrap();
    let jobs = Jobs::below(home.path());
    let first = done(&jobs, "a", &[], Instant(0));
    (1..MOST_KEPT).for_each(|_| drop(done(&jobs, "a", &[], Instant(0))));
    assert_eq!(jobs.admit(ticket("a"), Instant(1)).err().unwrap().reason, Reason::Throttled);
    assert!(jobs.admit(ticket("b"), Instant(1)).is_ok());
    jobs.cancel("a", &first, Instant(1)).unwrap();
    assert!(jobs.admit(ticket("a"), Instant(1)).is_ok());
}

#[test]
fn what_an_earlier_process_left_is_gone_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let id = done(&Jobs::below(home.path()), "a", &["{}"], Instant(0));
    assert!(home.path().join("jobs").join(&id).exists());
    let again = Jobs::below(home.path());
    assert!(!home.path().join("jobs").exists());
    assert!(again.status("a", &id, Instant(1)).is_err());
}
