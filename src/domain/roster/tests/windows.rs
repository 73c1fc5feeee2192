//! Over which days somebody is on a roster in October 2026.

use super::*;

const ALL: Roster = Roster::FileActive;

/// What is told, the roster, the words of the chart, its days (`-`: not on it).
const CASES: &[(&str, Roster, &str, &str)] = &[
    ("seen once", ALL, "seen 2025-03-10", "2025-03-10/2027-03-10"),
    ("never seen", ALL, "born 1980", "-"),
    (
        "seen again within the window: since the first time",
        ALL,
        "seen 2023-06-01, seen 2025-06-01, seen 2026-01-05",
        "2023-06-01/2028-01-05",
    ),
    ("seen again a day after the window: since then", ALL, "seen 2023-06-01, seen 2025-06-02", "2025-06-02/2027-06-02"),
    (
        "declared after the consultation, until a day",
        ALL,
        "team 2026-02-01/2026-10-12, seen 2025-03-10",
        "2026-02-01/2026-10-12",
    ),
    ("a death comes before the end of the window", ALL, "died 2026-10-03, seen 2025-03-10", "2025-03-10/2026-10-03"),
    (
        "declaration and consultation of one month that never meet: the month",
        ALL,
        "team 2026-10-01/2026-10-10, seen 2026-10-20",
        "2026-10-01/2026-10-31",
    ),
    ("in the last month of the window", ALL, "seen 2024-10-31", "2024-10-31/2026-10-31"),
    (
        "a baby until the day before his second birthday",
        INFANT,
        "born 2025-01-20, seen 2025-03-10",
        "2025-03-10/2027-01-19",
    ),
    ("from a birthday on", ELDER, "born 1951-10-31, seen 2025-03-10", "2026-10-31/2027-03-10"),
    (
        "a birth known to the year: from the last day it may be",
        ELDER,
        "born 1950, seen 2025-03-10",
        "2025-12-31/2027-03-10",
    ),
    ("a right with its dates", LONG_TERM, "seen 2025-03-10, ald 2026-01-01/2026-10-05", "2026-01-01/2026-10-05"),
    (
        "two rights of one month",
        LONG_TERM,
        "seen 2025-03-10, ald 2026-01-01/2026-10-05, ald 2026-10-06/",
        "2026-01-01/2027-03-10",
    ),
    (
        "a right that ended before the enrolment of the same month",
        LONG_TERM,
        "team 2026-10-20/, seen 2025-03-10, ald /2026-10-05",
        "2026-10-01/2026-10-31",
    ),
    ("declared by the GP alone", LONG_TERM, "seen 2025-03-10, flag 2026-05-01/2026-12-31", "2026-05-01/2026-12-31"),
    (
        "declared by the GP, and a right since later",
        LONG_TERM,
        "seen 2025-03-10, flag 2026-05-01/2026-12-31, ald 2026-06-01/2026-11-30",
        "2026-05-01/2026-12-31",
    ),
    ("a pathway needs no consultation; who told no date, has none", PRECARIOUS, "c2s /", "/"),
    ("nobody dead is on a pathway", PRECARIOUS, "died 2026-09-30, c2s /", "-"),
    (
        "a pathway ends with a death in the month",
        PRECARIOUS,
        "died 2026-10-03, c2s 2026-01-01/",
        "2026-01-01/2026-10-03",
    ),
];

#[test]
fn a_membership_lasts_as_long_as_its_grounds_tell() {
    for (what, roster, words, want) in CASES {
        let days = told(words).days(*roster, "2026-10");
        let days = days.map_or_else(|| "-".to_owned(), |(from, until)| format!("{from}/{until}"));
        assert_eq!(days, *want, "{what}");
    }
}
