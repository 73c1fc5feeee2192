use super::*;
use crate::domain::verdict::RuleStatus;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn line(status: ItemStatus) -> ItemResult {
    ItemResult {
        item: 0,
        status,
        due: None,
        last_done: None,
        due_soon: false,
        turns: None,
        reason: None,
        rule_status: RuleStatus::Fallback,
        evidence: Vec::new(),
        uses: Default::default(),
    }
}

#[test]
fn the_truth_table_of_deqm_holds() {
    use GapStatus::{Closed, NotApplicable, Open};
    let counts = |[initial, denominator, excluded, numerator]: [u32; 4]| Counts {
        initial,
        denominator,
        excluded,
        numerator,
        ..Counts::default()
    };
    // Populations, then where more is better, then where less is.
    let cases = [
        ([0, 0, 0, 0], NotApplicable, NotApplicable),
        ([0, 1, 0, 1], NotApplicable, NotApplicable),
        ([1, 0, 0, 0], Closed, Closed),
        ([1, 1, 1, 0], Closed, Closed),
        ([1, 1, 1, 1], Closed, Closed),
        ([1, 1, 0, 1], Closed, Open),
        ([1, 1, 0, 0], Open, Closed),
    ];
    for (populations, increase, decrease) in cases {
        assert_eq!(status_of(&counts(populations), Improvement::Increase), Some(increase), "{populations:?}");
        assert_eq!(status_of(&counts(populations), Improvement::Decrease), Some(decrease), "{populations:?}");
    }
    let undecided = Counts { undecided: 1, ..Counts::default() };
    assert_eq!(status_of(&undecided, Improvement::Increase), None);
}

#[test]
fn every_status_of_the_card_has_its_gap() {
    use GapReason::{DateInRange, DateOutOfRange, NotFound, Present};
    use GapStatus::{Closed, NotApplicable, Open};
    let due = Some(day("2027-01-01"));
    let done = Some("2020".parse().unwrap());
    let of = |status| line(status);
    let cases = [
        (of(ItemStatus::UpToDate), Some((Closed, Some(Present)))),
        (ItemResult { due, ..of(ItemStatus::UpToDate) }, Some((Closed, Some(DateInRange)))),
        (ItemResult { due, ..of(ItemStatus::Expired) }, Some((Open, Some(DateOutOfRange)))),
        // Expired, and no day can be named.
        (of(ItemStatus::Expired), Some((Open, Some(DateOutOfRange)))),
        (of(ItemStatus::NeverDone), Some((Open, Some(NotFound)))),
        (of(ItemStatus::Refused), Some((Open, Some(NotFound)))),
        (ItemResult { last_done: done, ..of(ItemStatus::Refused) }, Some((Open, Some(DateOutOfRange)))),
        (of(ItemStatus::Excluded), Some((Closed, None))),
        (of(ItemStatus::NotEligible), Some((NotApplicable, None))),
        (of(ItemStatus::Indeterminate), None),
    ];
    for (line, wanted) in cases {
        let told = of_line(&line, day("2026-06-30")).map(|gap| (gap.status, gap.reason));
        assert_eq!(told, wanted, "{}", line.status.code());
    }
}

#[test]
fn what_is_due_by_the_end_of_the_period_is_a_gap_to_come() {
    use GapStatus::{Closed, Open, Prospective};
    let until = |due: &str, due_soon| ItemResult { due: Some(day(due)), due_soon, ..line(ItemStatus::UpToDate) };
    let cases = [
        (until("2026-12-31", false), "2026-12-30", Closed),
        // On its due day it is no longer up to date: that day is within the period.
        (until("2026-12-31", false), "2026-12-31", Prospective),
        (until("2026-12-31", false), "2027-06-30", Prospective),
        (until("2026-12-31", true), "2026-10-01", Prospective),
        (ItemResult { due_soon: false, ..line(ItemStatus::UpToDate) }, "2099-01-01", Closed),
        (ItemResult { due: Some(day("2020-01-01")), ..line(ItemStatus::Expired) }, "2026-12-31", Open),
        (ItemResult { due: Some(day("2020-01-01")), ..line(ItemStatus::Excluded) }, "2026-12-31", Closed),
    ];
    for (line, through, wanted) in cases {
        assert_eq!(of_line(&line, day(through)).map(|gap| gap.status), Some(wanted), "{line:?} {through}");
    }
}

#[test]
fn codes_are_those_of_deqm_and_read_back() {
    for status in GapStatus::ALL {
        assert_eq!(GapStatus::from_code(status.code()), Some(status));
    }
    assert_eq!(GapStatus::from_code("open"), None);
}
