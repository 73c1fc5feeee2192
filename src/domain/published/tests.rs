//! Figures of many kinds become tables that tell nothing of few people.

use super::Cell;
use super::Kind;
use super::make::line;
use super::people;
use crate::domain::disclosure::Guard;
use crate::domain::disclosure::Relation;
use crate::domain::disclosure::Shown;
use crate::domain::disclosure::protect;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Part;
use crate::domain::indicator::Scoring;
use crate::domain::indicator::Unit;
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
fn who_is_excluded_or_cannot_be_told_of_is_somebody_whatever_is_counted() {
    let guard = Guard { small: 11, base: 5 };
    let shown = |kind, unit, counts: Counts| {
        let line = line((kind, unit), &people(part(counts)).counts);
        protect(guard, Relation::Partition, &line, std::slice::from_ref(&line)).0
    };
    let kinds = [
        (Kind::Proportion, Unit::Patient),
        (Kind::Proportion, Unit::Appointment),
        (Kind::Mean, Unit::PatientMonth),
        (Kind::Count, Unit::Patient),
    ];
    for (kind, unit) in kinds {
        let excluded = Counts { initial: 3, denominator: 3, excluded: 3, ..Counts::default() };
        for somebody in [excluded, Counts { undecided: 2, ..Counts::default() }] {
            assert_eq!(shown(kind, unit, somebody), Shown::Hidden, "{kind:?} of {unit:?}: {somebody:?}");
        }
        assert_eq!(shown(kind, unit, Counts::default()), Shown::Empty, "{kind:?} of {unit:?}");
    }
}

#[test]
fn exclusions_are_a_count_where_a_denominator_of_people_is_told() {
    let of = Counts { initial: 1, denominator: 1, excluded: 1, ..Counts::default() };
    let excluded = |kind, unit| line((kind, unit), &people(part(of)).counts).excluded;
    assert_eq!(excluded(Kind::Proportion, Unit::Patient), 1);
    // A rate alone tells no denominator to subtract.
    assert_eq!(excluded(Kind::Proportion, Unit::Appointment), 0);
    assert_eq!(excluded(Kind::Mean, Unit::PatientMonth), 0);
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
