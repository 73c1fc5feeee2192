//! What counts as what, and how it adds up.

mod arms;
mod figures;
mod tallies;
mod told;

use super::Counts;
use super::counts_of;
use crate::domain::prevention::ItemStatus;

#[test]
fn every_status_of_a_line_has_its_populations() {
    let cases = [
        (ItemStatus::UpToDate, [1, 1, 0, 1, 0]),
        (ItemStatus::Expired, [1, 1, 0, 0, 0]),
        (ItemStatus::NeverDone, [1, 1, 0, 0, 0]),
        (ItemStatus::Refused, [1, 1, 0, 0, 0]),
        (ItemStatus::Excluded, [1, 1, 1, 0, 0]),
        (ItemStatus::NotEligible, [0, 0, 0, 0, 0]),
        (ItemStatus::Indeterminate, [0, 0, 0, 0, 1]),
    ];
    assert_eq!(cases.map(|(status, _)| status), ItemStatus::ALL);
    for (status, expected) in cases {
        let told = counts_of(status);
        let told = [told.initial, told.denominator, told.excluded, told.numerator, told.undecided];
        assert_eq!(told, expected, "{}", status.code());
    }
}

#[test]
fn whoever_applies_to_the_card_is_the_base_of_the_score() {
    for status in ItemStatus::ALL {
        assert_eq!(counts_of(status).base(), u32::from(status.applicable()), "{}", status.code());
    }
}

#[test]
fn counts_add_up_member_by_member() {
    let all = |n: u32| Counts {
        initial: n,
        denominator: 2 * n,
        excluded: 3 * n,
        numerator: 4 * n,
        undecided: 5 * n,
        measured: 6 * n,
        sum: 7 * u64::from(n),
        known: 8 * n,
        missing: 9 * n,
    };
    let (one, twice) = (all(1), all(2));
    let sum: Counts = [one, one].into_iter().sum();
    assert_eq!(sum, twice);
}
