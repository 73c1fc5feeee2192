//! Tables of stays, of sessions used, of waiting lists and of workshop groups.

mod several;

use super::*;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::When;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::*;
use crate::domain::param::ParamValue;
use crate::domain::rules::Rules;
use proptest::prelude::*;

/// A pathway of 5 sessions, 10 by prescription, and 4 workshops of 2; 3 places, 1 for `small`,
/// nobody knows how many for `mute`.
fn book() -> Rules {
    let mut rules = rules();
    let [five, ten, four, two] =
        [("five", 5), ("ten", 10), ("four", 4), ("two", 2)].map(|(id, n)| number(&mut rules, id, n));
    let [three, one] = [("three", 3), ("one", 1)].map(|(id, n)| number(&mut rules, id, n));
    let mute = param(&mut rules, "mute", &[("1900-01-01", None, RuleStatus::Unknown)]);
    let allowance = |kind, code: &str, granted, extension, group_size| Allowance {
        kind,
        label_fr: code.into(),
        concept: concept(code),
        granted,
        extension,
        group_size,
    };
    let more = Extension { by: concept("ten-sessions"), granted: ten };
    rules.pathways.push(Pathway {
        id: "p".into(),
        label_fr: "p".into(),
        eligible: Condition::Right { right: concept("c2s") },
        entry: concept("parcours"),
        allowances: vec![
            allowance(AllowanceKind::Session, "session", five, Some(more), None),
            allowance(AllowanceKind::Workshop, "workshop", four, None, Some(two)),
        ],
        capacity: Some(Capacity {
            default: Some(three),
            by_structure: vec![("small".into(), one), ("mute".into(), mute)],
        }),
        status: RuleStatus::Official,
    });
    rules
}

fn episode(status: EpisodeStatus, span: &str) -> EpisodeFact {
    EpisodeFact { status, types: codings(&["parcours"]), period: period(span), ..contract(span) }
}

fn status_of(word: &str) -> EpisodeStatus {
    match word {
        "planned" => EpisodeStatus::Planned,
        "waitlist" => EpisodeStatus::Waitlist,
        "active" => EpisodeStatus::Active,
        "onhold" => EpisodeStatus::OnHold,
        "finished" => EpisodeStatus::Finished,
        "cancelled" => EpisodeStatus::Cancelled,
        _ => EpisodeStatus::Void,
    }
}

/// `known day: status span`, several separated by commas.
fn told(versions: &str) -> Record {
    let version = |text: &'static str| -> (&'static str, Option<Fact>) {
        let (known, rest) = text.split_once(": ").unwrap();
        let (status, span) = rest.split_once(' ').unwrap();
        (known, Some(Fact::Episode(episode(status_of(status), span))))
    };
    let text: &'static str = Box::leak(versions.to_owned().into_boxed_str());
    history("EpisodeOfCare/e", text.split(", ").map(version).collect())
}

fn session(id: &str, code: &str, start: &str) -> Record {
    let held = EncounterFact { types: codings(&[code]), ..encounter(start, participant("", "Practitioner/psy")) };
    record(&format!("Encounter/{id}"), Fact::Encounter(held))
}

fn ask<R>(mut records: Vec<Record>, of: impl FnOnce(&Dossier<'_>, &StructureScope<'_>) -> R) -> R {
    let rules = book();
    let directory = Directory::build(&tenant(), &rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    records.insert(0, record("Patient/p", Fact::Patient(declared("1980", Sex::Male))));
    of(&Dossier::build(&records, &rules), &scope)
}

fn on(records: Vec<Record>, date: &str) -> PathwayResult {
    ask(records, |dossier, scope| evaluate(dossier, scope, day(date)).remove(0))
}

/// What is told, the versions, the day, the state, since and until.
const STAYS: &[(&str, &str, &str, &str)] = &[
    ("before its first day nobody is in", "2026-01-01: active 2026-03-01/", "2026-02-28", "-"),
    ("from its first day", "2026-01-01: active 2026-03-01/", "2026-03-01", "entered 2026-03-01/"),
    ("without a first day: always", "2026-01-01: active /", "2020-01-01", "entered /"),
    (
        "on the last day still",
        "2026-01-01: active 2026-03-01/2026-05-31",
        "2026-05-31",
        "entered 2026-03-01/2026-05-31",
    ),
    ("the day after no more", "2026-01-01: active 2026-03-01/2026-05-31", "2026-06-01", "left 2026-03-01/2026-05-31"),
    ("on hold is in", "2026-04-01: onhold 2026-03-01/", "2026-04-01", "on-hold 2026-03-01/"),
    (
        "before it was on hold",
        "2026-03-01: active 2026-03-01/, 2026-04-01: onhold 2026-03-01/",
        "2026-03-31",
        "entered 2026-03-01/",
    ),
    ("finished on a day", "2026-06-05: finished 2026-03-01/2026-05-31", "2026-06-01", "left 2026-03-01/2026-05-31"),
    (
        "finished on a day: earlier days stand",
        "2026-06-05: finished 2026-03-01/2026-05-31",
        "2026-05-31",
        "entered 2026-03-01/2026-05-31",
    ),
    (
        "finished without a day: in until it was known",
        "2026-03-01: active 2026-03-01/, 2026-06-05: finished 2026-03-01/",
        "2026-06-04",
        "entered 2026-03-01/2026-06-05",
    ),
    (
        "finished without a day: out on the day it was known",
        "2026-03-01: active 2026-03-01/, 2026-06-05: finished 2026-03-01/",
        "2026-06-05",
        "left 2026-03-01/2026-06-05",
    ),
    (
        "said again, it ended when first said",
        "2026-06-05: finished 2026-03-01/, 2026-07-01: finished 2026-03-01/",
        "2026-06-05",
        "left 2026-03-01/2026-06-05",
    ),
    (
        "finished before a planned end",
        "2026-06-05: finished 2026-03-01/2026-12-31",
        "2026-06-06",
        "left 2026-03-01/2026-06-05",
    ),
    (
        "cancelled in the midst",
        "2026-03-01: active 2026-03-01/, 2026-06-05: cancelled 2026-03-01/",
        "2026-06-06",
        "left 2026-03-01/2026-06-05",
    ),
    ("on the waiting list", "2026-01-10: waitlist 2026-01-05/", "2026-01-05", "waiting /"),
    ("not yet on it", "2026-01-10: waitlist 2026-01-05/", "2026-01-04", "-"),
    ("without a day: since it was known", "2026-01-10: waitlist /", "2026-01-10", "waiting /"),
    ("planned for later: waits since that was known", "2026-01-10: planned 2026-09-01/", "2026-01-10", "waiting /"),
    (
        "waited, then entered",
        "2026-01-10: waitlist 2026-01-05/, 2026-02-20: active 2026-03-01/",
        "2026-02-28",
        "waiting /",
    ),
    (
        "waited, then entered: in",
        "2026-01-10: waitlist 2026-01-05/, 2026-02-20: active 2026-03-01/",
        "2026-03-01",
        "entered 2026-03-01/",
    ),
    ("waited, then entered without a day", "2026-01-10: waitlist /, 2026-02-20: active /", "2026-02-19", "waiting /"),
    (
        "waited, then entered without a day: when known",
        "2026-01-10: waitlist /, 2026-02-20: active /",
        "2026-02-20",
        "entered 2026-02-20/",
    ),
    (
        "waited and gave up",
        "2026-01-10: waitlist 2026-01-05/, 2026-02-20: cancelled 2026-01-05/",
        "2026-02-20",
        "withdrawn /",
    ),
    (
        "had not yet given up",
        "2026-01-10: waitlist 2026-01-05/, 2026-02-20: cancelled 2026-01-05/",
        "2026-02-19",
        "waiting /",
    ),
    ("a wait with its last day", "2026-01-10: waitlist 2026-01-05/2026-01-31", "2026-01-31", "waiting /"),
    ("a wait that is over", "2026-01-10: waitlist 2026-01-05/2026-01-31", "2026-02-01", "withdrawn /"),
    ("a month known only: from its first day", "2026-01-10: active 2026-03/", "2026-03-01", "entered 2026-03/"),
    ("a month known only: not before", "2026-01-10: active 2026-03/", "2026-02-28", "-"),
    (
        "an end of a month: to its last day",
        "2026-01-10: active 2026-03/2026-05",
        "2026-05-31",
        "entered 2026-03/2026-05",
    ),
    ("an end of a month: not after", "2026-01-10: active 2026-03/2026-05", "2026-06-01", "left 2026-03/2026-05"),
    (
        "an end of a month, known within it: not after that",
        "2026-01-10: active 2026-03/, 2026-05-12: finished 2026-03/2026-05",
        "2026-05-13",
        "left 2026-03/2026-05",
    ),
    ("first told as cancelled", "2026-01-10: cancelled 2026-01-05/", "2026-01-10", "withdrawn /"),
    ("entered in error says nothing", "2026-01-10: void 2026-01-05/", "2026-03-01", "-"),
];

#[test]
fn a_stay_is_what_its_episode_tells_on_the_day() {
    for (what, versions, date, want) in STAYS {
        let result = on(vec![told(versions)], date);
        let bound = |day: Option<PartialDate>| day.map(|d| d.to_string()).unwrap_or_default();
        let found = result.stay.map_or_else(
            || "-".to_owned(),
            |stay| format!("{} {}/{}", stay.state.code(), bound(stay.since), bound(stay.until)),
        );
        assert_eq!(found, *want, "{what}");
    }
}

#[test]
fn a_death_ends_a_stay_and_a_wait() {
    let dead = PatientFact { death: Death::On(When::day(day("2026-04-01"))), ..declared("1980", Sex::Male) };
    for (versions, before, after) in [
        ("2026-01-10: active 2026-01-05/", State::Entered, State::Left),
        ("2026-01-10: waitlist 2026-01-05/", State::Waiting, State::Withdrawn),
    ] {
        let records = [record("Patient/p", Fact::Patient(dead.clone())), told(versions)];
        let rules = book();
        let directory = Directory::build(&tenant(), &rules);
        let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
        let dossier = Dossier::build(&records, &rules);
        let state = |date: &str| evaluate(&dossier, &scope, day(date))[0].state().unwrap();
        assert_eq!((state("2026-04-01"), state("2026-04-02")), (before, after));
    }
}

#[test]
fn an_episode_of_another_structure_counts_for_nothing() {
    for (organization, counts) in [("Organization/home", true), ("Organization/hospital", false)] {
        let of =
            EpisodeFact { organization: Some(named(organization)), ..episode(EpisodeStatus::Active, "2026-01-01/") };
        let result = on(vec![record("EpisodeOfCare/e", Fact::Episode(of))], "2026-02-01");
        assert_eq!(result.stay.is_some(), counts, "{organization}");
    }
}

#[test]
fn of_several_stays_the_one_in_force_counts_else_the_wait_else_the_last() {
    let stay =
        |id: &str, status, span: &str| record(&format!("EpisodeOfCare/{id}"), Fact::Episode(episode(status, span)));
    let past = || stay("a", EpisodeStatus::Finished, "2024-01-01/2024-06-30");
    let later = || stay("b", EpisodeStatus::Finished, "2025-01-01/2025-06-30");
    let waits = || stay("c", EpisodeStatus::Waitlist, "2026-01-01/");
    let now = || stay("d", EpisodeStatus::Active, "2026-01-15/");
    for (records, id) in [
        (vec![past(), later()], "b"),
        (vec![later(), past()], "b"),
        (vec![past(), waits(), later()], "c"),
        (vec![now(), waits(), past()], "d"),
    ] {
        assert_eq!(&*on(records, "2026-02-01").stay.unwrap().evidence[0].id, id);
    }
}

#[test]
fn five_sessions_are_granted_ten_by_prescription_and_more_is_said() {
    let ten = EpisodeFact {
        types: codings(&["parcours", "psychologue-10"]),
        ..episode(EpisodeStatus::Active, "2026-01-01/")
    };
    let short = || told("2026-01-01: active 2026-01-01/");
    let long = || record("EpisodeOfCare/e", Fact::Episode(ten.clone()));
    type Case<'a> = (Record, u32, (Option<u32>, Option<u32>, Option<u32>));
    let cases: [Case<'_>; 5] = [
        (short(), 0, (Some(5), Some(5), Some(0))),
        (short(), 5, (Some(5), Some(0), Some(0))),
        (short(), 6, (Some(5), Some(0), Some(1))),
        (long(), 6, (Some(10), Some(4), Some(0))),
        (long(), 11, (Some(10), Some(0), Some(1))),
    ];
    for (stay, held, want) in cases {
        let mut records = vec![stay];
        records.extend((0..held).map(|n| session(&format!("s{n}"), "psychologue", &format!("2026-02-{:02}", n + 1))));
        let used = on(records, "2026-06-01").used.remove(0);
        assert_eq!((used.granted, used.left(), used.exceeded()), want, "{held}");
        assert_eq!((used.used, used.evidence.len() as u32), (held, held));
    }
}

#[test]
fn only_what_was_held_in_the_stay_by_the_day_is_used() {
    let booked = |id: &str, state, start: &str| {
        let types = codings(&["psychologue"]);
        let fact = AppointmentFact { state, types, start: when(start), participants: Vec::new(), declined: Vec::new() };
        record(&format!("Appointment/{id}"), Fact::Appointment(fact))
    };
    let ignored = EncounterFact {
        state: ActState::Ignored,
        types: codings(&["psychologue"]),
        ..encounter("2026-02-01", participant("", ""))
    };
    let records = vec![
        told("2026-01-01: active 2026-01-10/2026-03-31"),
        session("before", "psychologue", "2026-01-09"),
        session("first", "psychologue", "2026-01-10"),
        session("last", "psychologue", "2026-03-31"),
        session("after", "psychologue", "2026-04-01"),
        session("other", "atelier", "2026-02-02"),
        record("Encounter/ignored", Fact::Encounter(ignored)),
        booked("missed", AppointmentState::NoShow, "2026-02-03"),
        booked("next", AppointmentState::Booked, "2026-03-20"),
    ];
    let used = |date: &str| {
        let result = on(records.clone(), date);
        result.used.iter().map(|used| (used.used, used.planned)).collect::<Vec<_>>()
    };
    assert_eq!(used("2026-01-10"), [(1, 1), (0, 0)]);
    assert_eq!(used("2026-03-31"), [(2, 0), (1, 0)]);
    assert_eq!(used("2027-01-01"), [(2, 0), (1, 0)]);
    assert_eq!(used("2026-01-09"), []);
}

#[test]
fn a_session_whose_day_nobody_knows_leaves_what_is_left_unknown() {
    let stay = || told("2026-01-01: active 2026-01-10/");
    let with = |start: &str| on(vec![stay(), session("s", "psychologue", start)], "2026-06-01").used.remove(0);
    for (start, used, undated, left) in
        [("2026-01", 0, 1, None), ("", 0, 1, None), ("2026-02", 1, 0, Some(4)), ("2025-12", 0, 0, Some(5))]
    {
        let found = with(start);
        assert_eq!((found.used, found.undated, found.left()), (used, undated, left), "{start}");
    }
}

#[test]
fn a_waiting_list_is_in_order_of_the_wait_then_of_what_was_known_then_of_ids() {
    let mut overview = Overview::all(&book(), "home", day("2026-06-01")).remove(0);
    let waits = [
        ("d", "2026-03-01: waitlist 2026-02-01/"),
        ("c", "2026-02-01: waitlist 2026-02-01/"),
        ("b", "2026-02-01: waitlist 2026-02-01/"),
        ("a", "2026-02-02: waitlist /"),
        ("e", "2026-02-02: waitlist 2026-01-31/"),
        ("f", "2026-01-01: active 2026-01-01/"),
    ];
    for (patient, versions) in waits {
        overview.add(patient, &on(vec![told(versions)], "2026-06-01"));
    }
    let overview = overview.ordered();
    let order: Vec<&str> = overview.waiting.iter().map(|turn| &*turn.patient).collect();
    assert_eq!(order, ["e", "b", "c", "d", "a"]);
    assert_eq!((overview.turn("e"), overview.turn("a"), overview.turn("f")), (Some(1), Some(5), None));
    assert_eq!((overview.entered.len(), overview.eligible), (1, [0, 6, 0]));
}

#[test]
fn free_places_are_told_where_the_capacity_is_known() {
    let rules = book();
    let places = |structure: &str| Places::of(&rules, 0, structure, day("2026-06-01"));
    assert_eq!([0, 2, 3, 4].map(|entered| places("home").free(entered)), [Some(3), Some(1), Some(0), Some(0)]);
    assert_eq!(places("small").free(0), Some(1));
    assert_eq!((places("mute").capacity, places("mute").free(0)), (None, None));
    assert_eq!(places("mute").status, RuleStatus::Unknown);
    let mut bare = book();
    bare.pathways[0].capacity = None;
    assert_eq!(Places::of(&bare, 0, "home", day("2026-06-01")).capacity, None);
}

#[test]
fn a_group_meets_at_one_time_in_one_place_and_too_many_is_said() {
    let at = |day_of: &str, second| Some(When { date: day_of.parse().unwrap(), second: Some(second) });
    let meeting = |second, place: &str, by: &str| {
        let location = (!place.is_empty()).then(|| named(place));
        let mut held = EncounterFact { types: codings(&["atelier"]), location, ..encounter("", participant("", by)) };
        held.period.start = at("2026-05-04", second);
        record("Encounter/w", Fact::Encounter(held))
    };
    let room = || vec![participant("", "Practitioner/psy"), participant("", "Location/room")];
    let booking = AppointmentFact {
        state: AppointmentState::Booked,
        types: codings(&["atelier"]),
        start: at("2026-07-06", 0),
        participants: room(),
        declined: Vec::new(),
    };
    let people = [
        ("a", meeting(64_800, "Location/room", "Practitioner/x")),
        ("b", meeting(64_800, "Location/room", "Practitioner/y")),
        ("c", meeting(64_800, "Location/room", "")),
        ("d", meeting(64_800, "Location/other", "")),
        ("e", meeting(68_400, "Location/room", "")),
        // Within the hour, as somebody arrived.
        ("h", meeting(65_130, "Location/room", "")),
        ("i", meeting(68_399, "Location/room", "")),
        ("f", meeting(64_800, "", "Practitioner/x")),
        ("g", record("Appointment/w", Fact::Appointment(booking))),
    ];
    let rules = book();
    let all = people.into_iter().flat_map(|(patient, record)| {
        let seats = ask(vec![record], |dossier, _| seats(dossier, day("2026-01-01")));
        seats.into_iter().map(move |seat| (Box::from(patient), seat))
    });
    let groups = groups(&rules, all.collect::<Vec<_>>());
    let told: Vec<(String, &str, bool, Option<u32>)> =
        groups.iter().map(|g| (g.patients.concat(), &*g.place, g.held, g.over())).collect();
    assert_eq!(
        told,
        [
            ("d".to_owned(), "Location/other", true, Some(0)),
            ("abchi".to_owned(), "Location/room", true, Some(3)),
            ("f".to_owned(), "Practitioner/x", true, Some(0)),
            ("e".to_owned(), "Location/room", true, Some(0)),
            ("g".to_owned(), "Location/room", false, Some(0)),
        ]
    );
    // It began when the first of them did.
    assert_eq!(groups[1].start, (day("2026-05-04"), Some(64_800)));
}

#[test]
fn a_size_that_nobody_knows_is_exceeded_by_nobody_knows_how_many() {
    let mut rules = book();
    let unknown = param(&mut rules, "group", &[("1900-01-01", None::<ParamValue>, RuleStatus::Unknown)]);
    rules.pathways[0].allowances[1].group_size = Some(unknown);
    let meeting = Meeting { day: day("2026-05-04"), hour: None, place: String::new() };
    let seat = Seat { of: (0, 1), meeting, second: None, held: true };
    let found = groups(&rules, [("a".into(), seat)]);
    assert_eq!((found[0].over(), found[0].status), (None, RuleStatus::Unknown));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

    #[test]
    fn the_order_of_facts_changes_nothing(
        stays in prop::collection::vec((0usize..6, 0i32..400, 0i32..300), 1..4),
        held in prop::collection::vec(0i32..700, 0..8),
        turn in 0usize..8,
        ask_on in 0i32..800,
    ) {
        let base = day("2025-01-01");
        let words = ["planned", "waitlist", "active", "onhold", "finished", "cancelled"];
        let mut records: Vec<Record> = Vec::new();
        for (n, (word, from, length)) in stays.into_iter().enumerate() {
            let (from, to) = (base.add_days(from), base.add_days(from + length));
            let fact = episode(status_of(words[word]), &format!("{from}/{to}"));
            records.push(record(&format!("EpisodeOfCare/e{n}"), Fact::Episode(fact)));
        }
        for (n, at) in held.iter().enumerate() {
            records.push(session(&format!("s{n}"), "psychologue", &base.add_days(*at).to_string()));
        }
        let date = base.add_days(ask_on).to_string();
        let one = on(records.clone(), &date);
        let shift = turn % records.len();
        records.rotate_left(shift);
        records.reverse();
        let other = on(records, &date);
        let comparable = |result: &PathwayResult| (result.stay.clone().map(|s| (s.state, s.since, s.until, s.evidence)), result.used.clone());
        prop_assert_eq!(comparable(&one), comparable(&other));
        // What is used and what is left is what is granted, unless more was used.
        for used in &one.used {
            prop_assert_eq!(used.used + used.left().unwrap(), used.granted.unwrap() + used.exceeded().unwrap());
        }
    }
}
