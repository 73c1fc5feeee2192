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
    let one = Counts { initial: 1, denominator: 2, excluded: 3, numerator: 4, undecided: 5, measured: 6, sum: 7 };
    let sum: Counts = [one, one].into_iter().sum();
    let twice = Counts { initial: 2, denominator: 4, excluded: 6, numerator: 8, undecided: 10, measured: 12, sum: 14 };
    assert_eq!(sum, twice);
}
