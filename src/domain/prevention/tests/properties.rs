//! What holds for any dossier.

use super::*;
use crate::domain::condition::Condition;
use crate::domain::fact::ActState;
use crate::domain::fact::Death;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::gap;
use crate::domain::gap::GapStatus;
use proptest::prelude::*;

/// A catalogue with one item of every rule kind.
fn catalogue() -> Book {
    let mut book = Book::new();
    let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(|id| book.evidence(id));
    let proofs = vec![book.proof(a, Some("24")), book.proof(b, Some("60"))];
    let abnormal =
        Abnormal { evidence: vec![a], cleared_by: vec![b], months: book.number("0"), reason: "follow-up".into() };
    let tiers = vec![Tier { when: Condition::Always, proofs, lead_days: None }];
    book.item("validity", vec![Rule::Validity(Validity { tiers, abnormal: Some(abnormal) })]);
    let season = Season { evidence: c, campaign_start: book.word("10-15"), window_start: book.word("09-01") };
    book.item("season", vec![Rule::Season(season.clone())]);
    let ages = [("6", "1"), ("25", "5"), ("45", "5")].map(|(m, t)| (book.number(m), book.number(t))).to_vec();
    book.item("milestones", vec![Rule::Milestones(Milestones { evidence: d, ages, must_contain: None })]);
    let schedule = Schedule {
        when: Condition::Always,
        first_dose_before: None,
        min_spacing_months: None,
        doses: book.number("2"),
        incomplete_months: book.number("6"),
        lead_days: None,
    };
    let series = Series { evidence: e, min_days: book.number("28"), schedules: vec![schedule] };
    book.item("series", vec![Rule::Series(series)]);
    let both = vec![book.valid(a, "12"), Rule::Season(season)];
    book.item("components", both);
    book
}

prop_compose! {
    fn fact()(
        code in prop::sample::select(vec!["a", "b", "c", "d", "e", "refused:series"]),
        date in (2018i16..2027, 1i8..13, 1i8..29),
        abnormal in prop::bool::weighted(0.2),
        second in prop::option::of(0u32..3),
    ) -> ActFact {
        let date = format!("{:04}-{:02}-{:02}", date.0, date.1, date.2);
        let mut act = act((OWN, code), "");
        act.when = Some(crate::domain::calendar::When { date: date.parse().unwrap(), second });
        if abnormal {
            act.value = coded(OWN, "abnormal");
        }
        act
    }
}

fn dossier_of(facts: &[ActFact]) -> Vec<Record> {
    let mut records = vec![person("1981-03-09", Sex::Female)];
    records.extend(facts.iter().enumerate().map(|(n, f)| observation(&format!("o{n}"), f.clone())));
    records
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

    #[test]
    fn the_order_of_records_changes_nothing(
        facts in prop::collection::vec(fact(), 0..12),
        rotation in 0usize..12,
        days in 0i32..3000,
    ) {
        let book = catalogue();
        let date = day("2018-06-01").add_days(days);
        let records = dossier_of(&facts);
        let mut turned = records.clone();
        turned.reverse();
        let turn = rotation % turned.len();
        turned.rotate_left(turn);
        prop_assert_eq!(
            card(&Dossier::build(&records, &book.0), date),
            card(&Dossier::build(&turned, &book.0), date)
        );
    }

    #[test]
    fn what_counts_for_nothing_changes_nothing(
        facts in prop::collection::vec(fact(), 0..8),
        mut extra in fact(),
        days in 0i32..3000,
    ) {
        let book = catalogue();
        let date = day("2018-06-01").add_days(days);
        let records = dossier_of(&facts);
        let before = card(&Dossier::build(&records, &book.0), date);
        extra.state = ActState::Ignored;
        let mut more = records.clone();
        more.push(observation("zz", extra));
        prop_assert_eq!(before, card(&Dossier::build(&more, &book.0), date));
    }

    #[test]
    fn up_to_date_exactly_before_the_due_date(
        facts in prop::collection::vec(fact(), 0..8),
        days in 0i32..3000,
    ) {
        let book = catalogue();
        let date = day("2018-06-01").add_days(days);
        let records = dossier_of(&facts);
        for line in card(&Dossier::build(&records, &book.0), date).items {
            let current = line.status == ItemStatus::UpToDate;
            if let Some(due) = line.due {
                prop_assert_eq!(current, date < due, "{:?}", line);
            }
            prop_assert!(!line.due_soon || current);
            prop_assert!(line.last_done.is_none_or(|d| d.earliest() <= date));
            prop_assert_eq!(line.last_done.is_none(), line.status == ItemStatus::NeverDone || line.evidence.len() == 1 && line.status == ItemStatus::Refused);
        }
    }

    #[test]
    fn what_is_dated_after_the_day_changes_nothing(
        facts in prop::collection::vec(fact(), 0..8),
        later in fact(),
    ) {
        let book = catalogue();
        let date = later.when.unwrap().earliest().add_days(-1);
        let records = dossier_of(&facts);
        let mut more = records.clone();
        more.push(observation("zz", later));
        prop_assert_eq!(
            card(&Dossier::build(&records, &book.0), date),
            card(&Dossier::build(&more, &book.0), date)
        );
    }

    #[test]
    fn each_line_has_one_gap_status_or_is_indeterminate(
        facts in prop::collection::vec(fact(), 0..8),
        birth in prop::option::of(prop::sample::select(vec!["1981-03-09", "1981", "2017-01-01", "1920-12-31"])),
        sex in prop::sample::select(vec![Sex::Female, Sex::Male, Sex::Other, Sex::Unknown]),
        dead in prop::bool::weighted(0.1),
        days in 0i32..3000,
        ahead in 0i32..2000,
    ) {
        let mut book = catalogue();
        let lines = vec![Eligibility { sex: Some(Sex::Female), age_min: Some(book.number("18")), age_max: None, requires_any: vec![] }];
        book.item_mut(1).eligibility = lines;
        let date = day("2018-06-01").add_days(days);
        let through = date.add_days(ahead);
        let mut whom = patient(birth.unwrap_or("1981"), sex);
        if birth.is_none() {
            whom.birth = None;
        }
        if dead {
            whom.death = Death::On(when("2018-06-01"));
        }
        let mut records = dossier_of(&facts);
        records[0] = record(Kind::Patient, "p", Fact::Patient(whom));
        for line in card(&Dossier::build(&records, &book.0), date).items {
            let told = gap::of_line(&line, through);
            prop_assert_eq!(told.is_none(), line.status == ItemStatus::Indeterminate, "{:?}", line);
            let Some(told) = told else { continue };
            let open = matches!(line.status, ItemStatus::Expired | ItemStatus::NeverDone | ItemStatus::Refused);
            prop_assert_eq!(told.status == GapStatus::Open, open, "{:?}", line);
            prop_assert_eq!(told.status == GapStatus::NotApplicable, line.status == ItemStatus::NotEligible);
            let to_come = line.due_soon || line.due.is_some_and(|due| due <= through);
            let prospective = line.status == ItemStatus::UpToDate && to_come;
            prop_assert_eq!(told.status == GapStatus::Prospective, prospective, "{:?}", line);
        }
    }
}
