//! Questions are read as strictly as what is sent.

use super::{Case, check};
use crate::harness;
use crate::harness::make;
use crate::harness::outcome;

const fn question(path: &'static str) -> (&'static str, &'static str) {
    ("GET", path)
}

const QUESTIONS: &[Case] = &[
    ("no month", question("/Patient/p/$forfait?month=2026-13"), String::new, (400, "value", "MTR-OPR-004", "")),
    ("no date", question("/Patient/p/$prevention?date=2026-02-30"), String::new, (400, "value", "MTR-OPR-004", "")),
    (
        "no instant",
        question("/Patient/p/$prevention?knownAt=2026-02-03"),
        String::new,
        (400, "value", "MTR-OPR-004", ""),
    ),
    (
        "no parameter",
        question("/Patient/p/$forfait?mois=2026-10"),
        String::new,
        (400, "not-supported", "MTR-OPR-002", ""),
    ),
    ("no operation", question("/Patient/p/$forfai"), String::new, (400, "not-supported", "MTR-OPR-001", "")),
    (
        "no patient",
        question("/Patient/absent/$forfait?month=2026-10"),
        String::new,
        (404, "not-found", "MTR-GET-001", ""),
    ),
    (
        "no tariff",
        question("/Patient/p/$forfait?month=2026-10&tariff=none"),
        String::new,
        (400, "not-found", "MTR-OPR-008", ""),
    ),
    ("nowhere", question("/Patient/p/q/r/s"), String::new, (404, "not-found", "MTR-GET-004", "")),
];

#[test]
fn a_question_that_cannot_be_read_is_told_what_it_should_be() {
    let client = harness::practice();
    client.store(&make::patient("p", "male", "1950-01-01"));
    check(&client, QUESTIONS);
    let near = outcome::issues(&client.get("/Patient/p/$forfait?mont=2026-10").json());
    assert!(near[0].fr.contains("month") && near[0].en.contains("month"), "{near:?}");
}

#[test]
fn a_structure_that_is_no_id_is_refused() {
    let client = harness::structure();
    for header in ["a b", "a/b", "", "é"] {
        let answer = client.send("GET", "/Patient/p", &[("X-MTR-Structure", header)], b"");
        assert_eq!(answer.status, 400, "{header:?}: {}", answer.text());
        outcome::issues(&answer.json());
    }
}
