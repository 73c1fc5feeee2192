//! Figures of many kinds become tables that tell nothing of few people.

use super::Cell;
use super::Kind;
use super::people;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Part;
use crate::domain::indicator::Scoring;
use crate::domain::verdict::RuleStatus;

fn part(counts: Counts) -> Part {
    Part { group: 3, status: RuleStatus::Official, counts }
}

#[test]
fn twelve_appointments_of_one_patient_are_one_patient() {
    let cases = [
        // (what is counted, the people behind: initial, base, numerator, rest, excluded, untold, measured)
        (Counts { initial: 12, denominator: 12, numerator: 12, ..Counts::default() }, [1, 1, 1, 0, 0, 0, 0]),
        (Counts { initial: 12, denominator: 12, numerator: 3, ..Counts::default() }, [1, 1, 1, 1, 0, 0, 0]),
        (Counts { initial: 5, denominator: 5, excluded: 5, ..Counts::default() }, [1, 0, 0, 0, 1, 0, 0]),
        (Counts { initial: 36, denominator: 36, measured: 30, sum: 200, ..Counts::default() }, [1, 1, 0, 1, 0, 0, 1]),
        (Counts { undecided: 4, ..Counts::default() }, [0, 0, 0, 0, 0, 1, 0]),
    ];
    for (counts, expected) in cases {
        let told = people(part(counts)).counts;
        let told = [
            told.initial,
            told.denominator,
            told.numerator,
            told.undecided,
            told.excluded,
            told.missing,
            told.measured,
        ];
        assert_eq!(told, expected, "{counts:?}");
    }
    assert_eq!(people(part(Counts::default())).group, 3);
}

#[test]
fn a_score_is_that_of_the_rounded_counts_and_of_nothing_hidden() {
    let cases = [
        (Cell::Proportion { numerator: 15, denominator: 60 }, Some("0.2500")),
        (Cell::Mean { tenths: 52, coverage: 97 }, Some("5.2000")),
        (Cell::Rate(4), Some("0.0400")),
        (Cell::Unknown, None),
        (Cell::Proportion { numerator: 0, denominator: 0 }, None),
        (Cell::Count(40), None),
        (Cell::Hidden, None),
        (Cell::Empty, None),
    ];
    for (cell, text) in cases {
        assert_eq!(cell.score().map(|score| score.to_string()).as_deref(), text, "{cell:?}");
    }
}

#[test]
fn how_a_score_is_made_is_kept_apart_from_the_rulebook() {
    for scoring in [Scoring::Proportion, Scoring::ContinuousVariable, Scoring::Cohort] {
        assert_eq!(Kind::of(scoring).scoring(), scoring);
    }
}
