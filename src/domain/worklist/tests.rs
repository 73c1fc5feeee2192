//! Tables of lines of work: what is open, what it weighs, what one visit closes, and in which order.

use super::*;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::*;
use crate::domain::finding::Uses;
use crate::domain::money::Centimes;
use crate::domain::prevention::Item;
use proptest::prelude::*;

const ITEMS: [&str; 4] = ["tension", "sein", "vaccin", "inconnu"];

/// Four items: 1, 3 and 2 points, and one whose weight nobody knows; a visit closes the first and
/// the third, nobody told of the last.
fn book() -> Rules {
    let mut rules = rules();
    let none = ParamId(0);
    for (n, id) in ITEMS.into_iter().enumerate() {
        rules.items.push(Item {
            ordinal: n as u16 + 1,
            id: id.into(),
            domain: "test".into(),
            label_fr: id.into(),
            short_fr: id.into(),
            eligibility: Vec::new(),
            exclusions: Vec::new(),
            components: Vec::new(),
            refusal_months: none,
            status: RuleStatus::Official,
        });
    }
    let [one, three, two] = [("one", 1), ("three", 3), ("two", 2)].map(|(id, n)| number(&mut rules, id, n));
    let unknown = param(&mut rules, "unknown", &[("1900-01-01", None, RuleStatus::Unknown)]);
    rules.worklist = WorklistRules {
        weight: one,
        by_item: vec![(1, three), (2, two), (3, unknown)],
        closing: vec![Some(Closing::InVisit), Some(Closing::Elsewhere), Some(Closing::InVisit), None],
        status: RuleStatus::Interpretation,
    };
    rules
}

fn card(statuses: [ItemStatus; 4]) -> Card {
    let line = |(item, status): (usize, ItemStatus)| ItemResult {
        item,
        status,
        due: (status == ItemStatus::UpToDate).then(|| day("2026-11-30")),
        last_done: None,
        due_soon: status == ItemStatus::UpToDate,
        turns: None,
        reason: None,
        rule_status: RuleStatus::Official,
        evidence: Vec::new(),
        uses: Uses::default(),
    };
    let items = statuses.into_iter().enumerate().map(line).collect();
    Card { date: day("2026-10-31"), approximate: false, items }
}

use ItemStatus::*;

#[test]
fn a_line_tells_what_is_open_what_it_weighs_and_what_a_visit_closes() {
    let rules = book();
    // What is told, the card, the items asked, open, weight, refused, soon, closed by a visit, untold.
    type Case<'a> = (&'a str, [ItemStatus; 4], &'a [usize], &'a str, &'a str);
    let cases: [Case<'_>; 7] = [
        ("nothing is open", [UpToDate; 4], &[], "-", ""),
        (
            "excluded, not eligible, indeterminate are no gaps",
            [Excluded, NotEligible, Indeterminate, Excluded],
            &[],
            "-",
            "",
        ),
        ("two are open", [Expired, NeverDone, UpToDate, UpToDate], &[], "0,1 4 soon 2,3 visit 0", ""),
        ("refused weighs nothing", [Refused, NeverDone, Expired, NotEligible], &[], "1,2 5 visit 2", "0"),
        ("refused alone is no work", [Refused, Refused, NotEligible, NotEligible], &[], "-", ""),
        ("of the items asked only", [Expired, NeverDone, UpToDate, UpToDate], &[1, 2], "1 3 soon 2", ""),
        ("a weight nobody knows", [Expired, UpToDate, Excluded, NeverDone], &[], "0,3 ? soon 1 visit 0 untold 3", ""),
    ];
    for (what, statuses, wanted, want, refused) in cases {
        let found = work(&rules, &card(statuses), wanted, None, &[]);
        let Some(found) = found else {
            assert_eq!(want, "-", "{what}");
            continue;
        };
        let list = |items: Vec<usize>| items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let of = |gaps: &[Gap]| list(gaps.iter().map(|gap| gap.item).collect());
        let mut text = format!("{} {}", of(&found.open), found.weight.map_or("?".to_owned(), |w| w.to_string()));
        let rest = [
            ("soon", list(found.soon.iter().map(|(item, _)| *item).collect())),
            ("visit", list(found.closed_by_visit().map(|gap| gap.item).collect())),
            ("untold", list(found.untold().map(|gap| gap.item).collect())),
        ];
        rest.iter()
            .filter(|(_, items)| !items.is_empty())
            .for_each(|(name, items)| text += &format!(" {name} {items}"));
        assert_eq!((text.as_str(), of(&found.refused).as_str()), (want, refused), "{what}");
    }
}

#[test]
fn the_heaviest_comes_first_then_the_most_gaps_then_the_id_and_no_weight_before_all() {
    let weight = |n: i64| Some(Decimal::from(n));
    let ranks = [
        Rank::new(None, 1, "z"),
        Rank::new(weight(10), 2, "y"),
        Rank::new(weight(9), 4, "b"),
        Rank::new(weight(9), 3, "a"),
        Rank::new(weight(9), 3, "c"),
        Rank::new(weight(0), 1, "a"),
    ];
    assert!(ranks.is_sorted());
    assert_eq!(ranks[1].parts(), (weight(10), 2, "y"));
    assert_eq!(ranks[0].parts(), (None, 1, "z"));
}

#[test]
fn a_stake_goes_with_its_gap() {
    let stake = |item| Stake { item, indicators: vec![0], amount: Some(Centimes(500)), status: RuleStatus::Fallback };
    let found =
        work(&book(), &card([Expired, UpToDate, Refused, NotEligible]), &[], None, &[stake(0), stake(1)]).unwrap();
    assert_eq!(found.stakes().map(|stake| stake.item).collect::<Vec<_>>(), [0]);
}

fn booked(id: &str, state: AppointmentState, start: &str) -> Record {
    let participants = vec![participant("", "Practitioner/gp"), participant("", "Location/room")];
    let fact = AppointmentFact { state, types: Vec::new(), start: when(start), participants, declined: Vec::new() };
    record(&format!("Appointment/{id}"), Fact::Appointment(fact))
}

#[test]
fn the_next_appointment_is_the_first_booked_from_the_day_on() {
    use AppointmentState::*;
    let records = [
        record("Patient/p", Fact::Patient(declared("1980", Sex::Male))),
        booked("past", Booked, "2026-10-30"),
        booked("missed", NoShow, "2026-11-01"),
        booked("off", Cancelled, "2026-11-02"),
        booked("b", Booked, "2026-11-05"),
        booked("a", Booked, "2026-11-05"),
        booked("later", Booked, "2026-12-05"),
        booked("undated", Booked, ""),
    ];
    let rules = book();
    let dossier = Dossier::build(&records, &rules);
    let next = |date: &str| next_appointment(&dossier, day(date)).map(|next| next.evidence.id);
    let cases =
        [("2026-10-30", Some("past")), ("2026-10-31", Some("a")), ("2026-11-06", Some("later")), ("2026-12-06", None)];
    for (date, want) in cases {
        assert_eq!(next(date).as_deref(), want, "{date}");
    }
    assert_eq!(next_appointment(&dossier, day("2026-10-31")).unwrap().with, [Box::from("Practitioner/gp")]);
}

#[test]
fn an_appointment_that_the_patient_declined_is_no_next_one() {
    let people = |ids: &[&str]| ids.iter().map(|id| participant("", &format!("Patient/{id}"))).collect::<Vec<_>>();
    let meeting = |invited: &[&str], declined: &[&str]| AppointmentFact {
        state: AppointmentState::Booked,
        types: Vec::new(),
        start: when("2026-11-05"),
        participants: people(invited),
        declined: declined.iter().map(|id| Box::from(*id)).collect(),
    };
    let rules = book();
    // `old` was merged into `p`.
    let own = || ["p", "old"].map(|id| record(&format!("Patient/{id}"), Fact::Patient(declared("1980", Sex::Male))));
    let cases: [(&[&str], &[&str], bool); 6] = [
        (&["p", "q"], &[], true),
        (&["p", "q"], &["q"], true),
        (&["p", "q"], &["p"], false),
        (&["p", "old", "q"], &["old"], true),
        (&["p", "old", "q"], &["old", "p"], false),
        // Named by an identifier: nobody told who declined.
        (&["q"], &["q"], true),
    ];
    for (invited, declined, comes) in cases {
        let mut records = own().to_vec();
        records.push(record("Appointment/a", Fact::Appointment(meeting(invited, declined))));
        let dossier = Dossier::build(&records, &rules);
        let next = next_appointment(&dossier, day("2026-10-31"));
        assert_eq!(next.is_some(), comes, "{invited:?} {declined:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_gap_is_counted_once_and_the_weight_is_their_sum(picks in prop::array::uniform4(0usize..7)) {
        let rules = book();
        let card = card(picks.map(|n| ItemStatus::ALL[n]));
        let open = card.count(Expired) + card.count(NeverDone);
        let found = work(&rules, &card, &[], None, &[]);
        prop_assert_eq!(found.is_some(), open > 0);
        let Some(found) = found else { return Ok(()) };
        prop_assert_eq!(found.open.len(), open);
        prop_assert_eq!(found.count(Refused), card.count(Refused));
        prop_assert!(found.closed_by_visit().count() + found.untold().count() <= open);
        let sum: Option<Decimal> = found.open.iter().map(|gap| gap.weight).sum();
        prop_assert_eq!(found.weight, sum);
    }
}
