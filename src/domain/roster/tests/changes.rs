//! Why somebody comes on a roster, leaves it or costs something else, and what that comes to.
//!
//! A month of somebody payable comes to 8 euros, and 5 for each typology.

use super::*;
use Move::*;

const ALL: Roster = Roster::FileActive;

/// What is told, the roster, the words of the chart, the two months, what became, why, cents.
type Case = (&'static str, Roster, &'static str, &'static str, Move, &'static [Reason], i64);

const OCTOBER: &str = "2026-09 2026-10";

const OF_THE_FILE: &[Case] = &[
    ("nothing happened", ALL, "seen 2025-09-10", OCTOBER, Unchanged, &[], 0),
    ("a consultation more", ALL, "seen 2025-09-10, seen 2026-10-02", OCTOBER, Unchanged, &[], 0),
    ("declared", ALL, "team 2026-10-05/, seen 2025-09-10", OCTOBER, Entered, &[Reason::NewDeclaration], 800),
    (
        "declared and seen for the first time",
        ALL,
        "team 2026-10-05/, seen 2026-10-05",
        OCTOBER,
        Entered,
        &[Reason::NewDeclaration, Reason::Consultation],
        800,
    ),
    ("seen on the last day", ALL, "seen 2026-10-31", OCTOBER, Entered, &[Reason::Consultation], 800),
    ("twenty-four months elapsed", ALL, "seen 2024-10-30", OCTOBER, Left, &[Reason::WindowElapsed], -800),
    (
        "the declaration ended",
        ALL,
        "team 2025-01-01/2026-09-30, seen 2025-09-10",
        OCTOBER,
        Left,
        &[Reason::DeclarationEnded],
        -800,
    ),
    (
        "declaration and window ended",
        ALL,
        "team 2025-01-01/2026-09-30, seen 2024-10-30",
        OCTOBER,
        Left,
        &[Reason::DeclarationEnded, Reason::WindowElapsed],
        -800,
    ),
    (
        "nobody knows when in 2026 it ended",
        ALL,
        "team 2025-01-01/2026, seen 2025-09-10",
        "2025-12 2026-10",
        Left,
        &[Reason::DataMissing],
        -800,
    ),
    (
        "a death nobody can place",
        ALL,
        "died 2026, seen 2025-09-10",
        "2026-01 2026-02",
        Left,
        &[Reason::DeathDatePartial],
        -800,
    ),
    (
        "a death some day of that year",
        ALL,
        "died 2026, seen 2025-09-10",
        "2026-01 2027-01",
        Left,
        &[Reason::Death],
        -800,
    ),
    ("a death says all", ALL, "died 2026-09-30, seen 2024-10-30", OCTOBER, Left, &[Reason::Death], -800),
    (
        "the contract alone enrols no more from 2025",
        ALL,
        "contract 2021-01-01/, seen 2024-06-01",
        "2024-12 2025-01",
        Left,
        &[Reason::RulesChanged],
        -800,
    ),
    (
        "a declaration of the month the rules change is a declaration",
        ALL,
        "team 2025-01-10/, seen 2024-06-01",
        "2024-12 2025-01",
        Entered,
        &[Reason::NewDeclaration],
        800,
    ),
];

const OF_TYPOLOGIES: &[Case] = &[
    (
        "an ALD ended, and he stays",
        ALL,
        "seen 2025-09-10, ald 2020-01-01/2026-09-15",
        OCTOBER,
        Changed,
        &[Reason::RightEnded],
        -500,
    ),
    (
        "an ALD ended: the same on its own roster",
        LONG_TERM,
        "seen 2025-09-10, ald 2020-01-01/2026-09-15",
        OCTOBER,
        Left,
        &[Reason::RightEnded],
        -500,
    ),
    (
        "one ALD ended, another began in between",
        LONG_TERM,
        "seen 2025-09-10, ald 2020-01-01/2026-02-15, ald 2026-05-01/",
        "2026-01 2026-10",
        Unchanged,
        &[],
        0,
    ),
    ("an ALD began", LONG_TERM, "seen 2025-09-10, ald 2026-10-31/", OCTOBER, Entered, &[Reason::RightBegan], 500),
    (
        "declared in the month in which the ALD began",
        LONG_TERM,
        "team 2026-10-05/, seen 2025-09-10, ald 2026-10-01/",
        OCTOBER,
        Entered,
        &[Reason::NewDeclaration, Reason::RightBegan],
        1300,
    ),
    (
        "an old ALD of who was not declared",
        LONG_TERM,
        "team 2026-10-05/, seen 2025-09-10, ald /",
        OCTOBER,
        Entered,
        &[Reason::NewDeclaration],
        1300,
    ),
    (
        "who leaves the file leaves its typologies for that",
        LONG_TERM,
        "seen 2024-10-30, ald /2026-09-15",
        OCTOBER,
        Left,
        &[Reason::WindowElapsed],
        -1300,
    ),
    ("two years old", INFANT, "born 2024-10-31, seen 2025-09-10", OCTOBER, Left, &[Reason::Birthday], -500),
    ("seventy-five", ELDER, "born 1951-10-01, seen 2025-09-10", OCTOBER, Entered, &[Reason::Birthday], 500),
    (
        "an ALD for a birthday: one goes, one comes, the sum stays",
        ALL,
        "born 1951-10-01, seen 2025-09-10, ald /2026-09-30",
        OCTOBER,
        Changed,
        &[Reason::Birthday, Reason::RightEnded],
        0,
    ),
    (
        "the limit of age is another from 2027",
        ELDER,
        "born 1955-03-01, seen 2025-09-10",
        "2026-12 2027-01",
        Entered,
        &[Reason::RulesChanged],
        500,
    ),
    (
        "the GP declares it",
        LONG_TERM,
        "seen 2025-09-10, flag 2026-10-05/",
        OCTOBER,
        Entered,
        &[Reason::DeclaredByGp],
        500,
    ),
    (
        "the GP declares it no more",
        LONG_TERM,
        "seen 2025-09-10, flag 2026-01-05/2026-09-30",
        OCTOBER,
        Left,
        &[Reason::GpDeclarationEnded],
        -500,
    ),
    (
        "the GP declares it no more, and the right goes on",
        LONG_TERM,
        "seen 2025-09-10, flag 2026-01-05/2026-09-30, ald 2026-01-01/",
        OCTOBER,
        Unchanged,
        &[],
        0,
    ),
];

const OF_PATHWAYS: &[Case] = &[
    (
        "who is not seen is on it all the same",
        PRECARIOUS,
        "c2s 2026-10-05/",
        OCTOBER,
        Entered,
        &[Reason::RightBegan],
        0,
    ),
    ("and leaves it by dying", PRECARIOUS, "died 2026-09-10, c2s /", OCTOBER, Left, &[Reason::Death], 0),
    (
        "on it, and payable no more",
        PRECARIOUS,
        "seen 2024-10-30, c2s 2026-01-05/",
        OCTOBER,
        Changed,
        &[Reason::WindowElapsed],
        -800,
    ),
];

fn check(cases: &[Case]) {
    for (what, roster, words, months, moved, reasons, effect) in cases {
        let (from, to) = months.split_once(' ').unwrap();
        let want = Change { moved: *moved, reasons: reasons.to_vec(), effect: Some(Centimes(*effect)) };
        assert_eq!(told(words).change(*roster, from, to), Some(want), "{what}");
    }
}

#[test]
fn each_change_of_the_file_active_has_its_reasons_and_its_effect() {
    check(OF_THE_FILE);
}

#[test]
fn each_change_of_a_typology_has_its_reasons_and_its_effect() {
    check(OF_TYPOLOGIES);
}

#[test]
fn each_change_of_a_pathway_has_its_reasons_and_its_effect() {
    check(OF_PATHWAYS);
}
