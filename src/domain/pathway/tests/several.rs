//! Several episodes of one pathway, merged or written twice, and episodes of which a day is partial.

use super::*;

/// `id status span`, with `+` behind the id where ten sessions are prescribed.
fn stays(told: &[&str]) -> Vec<Record> {
    let each = told.iter().map(|text| {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap();
        let (id, status, span) = (next(), status_of(next()), next());
        let mut fact = episode(status, span);
        if id.ends_with('+') {
            fact.types = codings(&["parcours", "psychologue-10"]);
        }
        let id = format!("EpisodeOfCare/{}", id.trim_end_matches('+'));
        // Known after all that it tells.
        history(&id, vec![("2026-05-01", Some(Fact::Episode(fact)))])
    });
    each.collect()
}

fn sessions(days: &[&str]) -> Vec<Record> {
    days.iter().enumerate().map(|(n, day)| session(&format!("s{n}"), "psychologue", day)).collect()
}

fn dates(stay: &Stay) -> String {
    let bound = |day: Option<PartialDate>| day.map(|d| d.to_string()).unwrap_or_default();
    format!("{} {}/{}", stay.state.code(), bound(stay.since), bound(stay.until))
}

/// What is told, the episodes, the stay, then granted, used, undated.
type Case<'a> = (&'a str, &'a [&'a str], &'a str, (Option<u32>, u32, u32));

/// Sessions were held on 15 January, 15 February and 20 March.
const SEVERAL: &[Case<'static>] = &[
    ("one", &["a active 2026-01-01/"], "entered 2026-01-01/", (Some(5), 3, 0)),
    (
        "two open, one of them longer",
        &["a active 2026-01-01/", "b+ active 2026-02-01/"],
        "entered 2026-01-01/",
        (Some(10), 3, 0),
    ),
    (
        "the longer one is the earlier",
        &["a+ active 2026-01-01/", "b active 2026-02-01/"],
        "entered 2026-01-01/",
        (Some(10), 3, 0),
    ),
    (
        "two of ten grant ten",
        &["a+ active 2026-01-01/", "b+ active 2026-02-01/"],
        "entered 2026-01-01/",
        (Some(10), 3, 0),
    ),
    (
        "one on hold beside one in force",
        &["a onhold 2026-01-01/", "b active 2026-02-01/"],
        "entered 2026-01-01/",
        (Some(5), 3, 0),
    ),
    (
        "ended while the next had begun",
        &["a+ finished 2026-01-01/2026-02-20", "b active 2026-02-10/"],
        "entered 2026-01-01/",
        (Some(10), 3, 0),
    ),
    (
        "a second stay, after the first",
        &["a+ finished 2026-01-01/2026-02-09", "b active 2026-02-10/"],
        "entered 2026-02-10/",
        (Some(5), 2, 0),
    ),
    (
        "three in a row that share days",
        &["a finished 2026-01-01/2026-02-01", "b finished 2026-02-01/2026-03-01", "c active 2026-03-01/"],
        "entered 2026-01-01/",
        (Some(5), 3, 0),
    ),
    (
        "both over",
        &["a finished 2026-01-01/2026-03-31", "b finished 2026-02-01/2026-02-28"],
        "left 2026-01-01/2026-03-31",
        (Some(5), 3, 0),
    ),
    (
        "the last of two that are over",
        &["a finished 2026-01-01/2026-01-31", "b finished 2026-02-01/2026-03-31"],
        "left 2026-02-01/2026-03-31",
        (Some(5), 2, 0),
    ),
    (
        "nobody can tell whether the first had ended",
        &["a finished 2026-01-01/2026-02", "b active 2026-02-10/"],
        "entered 2026-02-10/",
        (Some(5), 2, 1),
    ),
    (
        "nor what is granted, then",
        &["a+ finished 2026-01-01/2026-02", "b active 2026-02-10/"],
        "entered 2026-02-10/",
        (None, 2, 1),
    ),
];

#[test]
fn sessions_of_a_stay_told_by_several_episodes_count_once_and_the_largest_prescription_counts() {
    for (what, told, want, numbers) in SEVERAL {
        let mut records = stays(told);
        records.extend(sessions(&["2026-01-15", "2026-02-15", "2026-03-20"]));
        let mut result = on(records, "2026-06-01");
        let used = result.used.remove(0);
        assert_eq!((used.granted, used.used, used.undated), *numbers, "{what}");
        assert_eq!(dates(&result.stay.unwrap()), *want, "{what}");
    }
}

#[test]
fn what_is_used_is_the_same_the_day_after_one_of_two_ended() {
    let mut records = stays(&["a finished 2026-01-01/2026-03-31", "b active 2026-03-15/"]);
    records.extend(sessions(&["2026-01-15", "2026-02-15"]));
    let used = |date: &str| on(records.clone(), date).used[0].used;
    assert_eq!(["2026-03-14", "2026-03-31", "2026-04-01"].map(used), [2, 2, 2]);
}

#[test]
fn one_closed_without_a_date_on_the_day_the_next_begins_was_a_stay_of_its_own() {
    let first = told("2026-01-01: active 2026-01-01/, 2026-04-10: finished 2026-01-01/");
    let mut records = stays(&["b active 2026-04-10/"]);
    records.push(first);
    records.extend(sessions(&["2026-02-01", "2026-04-10"]));
    let result = on(records, "2026-04-10");
    assert_eq!((dates(&result.stay.unwrap()), result.used[0].used), ("entered 2026-04-10/".to_owned(), 1));
}

#[test]
fn every_episode_of_a_stay_is_cited_the_one_in_force_first() {
    let records = stays(&["a active 2026-01-01/", "b active 2026-02-01/", "c finished 2025-01-01/2025-02-01"]);
    let stay = on(records, "2026-06-01").stay.unwrap();
    let cited: Vec<&str> = stay.evidence.iter().map(|evidence| &*evidence.id).collect();
    assert_eq!(cited, ["b", "a"]);
}

#[test]
fn who_waits_does_so_since_the_earliest_wait_still_open() {
    let cases: [(&[&str], Option<&str>); 6] = [
        (&["a waitlist 2025-01-01/", "b waitlist 2026-03-10/"], Some("2025-01-01")),
        (&["b waitlist 2026-03-10/", "a planned 2025-01-01/"], Some("2025-01-01")),
        (&["a waitlist 2025-01-01/2025-12-31", "b waitlist 2026-03-10/"], Some("2026-03-10")),
        (&["a waitlist 2026-03/", "b waitlist 2026-03-10/"], Some("2026-03-10")),
        (&["a waitlist 2026-02/", "b waitlist 2026-03-10/"], Some("2026-02")),
        (&["a waitlist 2026/"], Some("2026")),
    ];
    for (told, want) in cases {
        let stay = on(stays(told), "2026-12-31").stay.unwrap();
        assert_eq!(stay.state, State::Waiting, "{told:?}");
        assert_eq!(stay.waiting.map(|(day, _)| day.to_string()).as_deref(), want, "{told:?}");
    }
}

#[test]
fn a_wait_that_was_given_up_has_a_last_day() {
    let cases = [
        ("2026-01-10: waitlist 2026-01-05/2026-01-31", Some("2026-01-31")),
        ("2026-01-10: waitlist 2026-01-05/, 2026-02-20: cancelled 2026-01-05/", Some("2026-02-20")),
        ("2026-01-10: waitlist 2026-01-05/, 2026-02-20: cancelled 2026-01-05/2026-02-10", Some("2026-02-10")),
        ("2026-01-10: waitlist 2026-01-05/", None),
    ];
    for (versions, want) in cases {
        let stay = on(vec![told(versions)], "2026-06-01").stay.unwrap();
        assert_eq!(stay.waited_until.map(|day| day.to_string()).as_deref(), want, "{versions}");
    }
}

#[test]
fn nobody_is_passed_for_a_day_that_nobody_knows() {
    let mut overview = Overview::all(&book(), "home", day("2026-12-31")).remove(0);
    let waits = [
        ("month", "2026-07-01: waitlist 2026-06/"),
        ("first", "2026-07-01: waitlist 2026-06-02/"),
        ("last", "2026-07-01: waitlist 2026-06-30/"),
        ("after", "2026-07-01: waitlist 2026-07-01/"),
        ("year", "2026-07-01: waitlist 2026/"),
        ("before", "2026-07-01: waitlist 2026-05/"),
    ];
    for (patient, versions) in waits {
        overview.add(patient, &on(vec![told(versions)], "2026-12-31"));
    }
    let overview = overview.ordered();
    let order: Vec<&str> = overview.waiting.iter().map(|turn| &*turn.patient).collect();
    assert_eq!(order, ["before", "first", "last", "month", "after", "year"]);
}

#[test]
fn a_session_that_hangs_on_a_partial_day_of_the_stay_is_left_open() {
    // The episode, the session, used, undated.
    let cases = [
        ("2026-03/", "2026-02-28", 0, 0),
        ("2026-03/", "2026-03-10", 0, 1),
        ("2026-03/", "2026-03-31", 1, 0),
        ("2026-03/", "2026-04-10", 1, 0),
        ("2026/", "2026-04-10", 0, 1),
        ("2026-01-01/2026-04", "2026-03-31", 1, 0),
        ("2026-01-01/2026-04", "2026-04-01", 1, 0),
        ("2026-01-01/2026-04", "2026-04-02", 0, 1),
        ("2026-01-01/2026-04", "2026-04-30", 0, 1),
        ("2026-01-01/2026-04", "2026-05-01", 0, 0),
        ("2026-03/", "2026-03", 0, 1),
        ("2026-03/", "2026-04", 1, 0),
    ];
    for (span, held, used, undated) in cases {
        let records = vec![told(&format!("2026-01-01: active {span}")), session("s", "psychologue", held)];
        let found = on(records, "2026-06-01").used.remove(0);
        assert_eq!((found.used, found.undated), (used, undated), "{span} {held}");
        assert_eq!(found.left().is_none(), undated > 0, "{span} {held}");
    }
}

#[test]
fn one_workshop_told_twice_is_one_and_booked_and_held_it_is_held() {
    let at = |second: Option<u32>| Some(When { date: "2026-05-04".parse().unwrap(), second });
    let room = || Some(named("Location/room"));
    let held = |id: &str, second, location| {
        let mut held = EncounterFact { types: codings(&["atelier"]), location, ..encounter("", participant("", "")) };
        held.period.start = at(second);
        record(&format!("Encounter/{id}"), Fact::Encounter(held))
    };
    let booked = |id: &str, second| {
        let participants = vec![participant("", "Location/room")];
        let start = at(second);
        let fact = AppointmentFact {
            state: AppointmentState::Booked,
            types: codings(&["atelier"]),
            start,
            participants,
            declined: Vec::new(),
        };
        record(&format!("Appointment/{id}"), Fact::Appointment(fact))
    };
    // What is told, the records, used, planned, evidence.
    let cases = [
        ("twice", vec![held("a", Some(64_800), room()), held("b", Some(64_800), room())], 1, 0, 2),
        ("twice within the hour", vec![held("a", Some(64_800), room()), held("b", Some(66_000), room())], 1, 0, 2),
        ("an hour later", vec![held("a", Some(64_800), room()), held("b", Some(68_400), room())], 2, 0, 2),
        ("elsewhere", vec![held("a", Some(64_800), room()), held("b", Some(64_800), None)], 2, 0, 2),
        ("of no hour, twice", vec![held("a", None, room()), held("b", None, room())], 1, 0, 2),
        ("held and booked", vec![booked("a", Some(64_800)), held("b", Some(64_800), room())], 1, 0, 1),
        ("booked twice", vec![booked("a", Some(64_800)), booked("b", Some(65_000))], 0, 1, 0),
    ];
    for (what, mut records, used, planned, cited) in cases {
        records.extend(stays(&["e active 2026-01-01/"]));
        let seats = ask(records.clone(), |dossier, _| seats(dossier, day("2026-01-01")));
        let meetings: std::collections::BTreeSet<_> = seats.iter().map(|seat| &seat.meeting).collect();
        let found = on(records, "2026-05-04").used.remove(1);
        assert_eq!((found.used, found.planned, found.evidence.len()), (used, planned, cited), "{what}");
        assert_eq!(meetings.len() as u32, used + planned, "{what}");
    }
}

#[test]
fn an_unknown_number_that_an_episode_may_grant_leaves_open_what_is_granted() {
    let mut rules = book();
    let granted = rules.pathways[0].allowances[0].extension.as_ref().unwrap().granted;
    rules.params.change(granted, |param| param.values[0].value = None);
    let granted_by = |told: &[&str]| {
        let mut records = stays(told);
        records.insert(0, record("Patient/p", Fact::Patient(declared("1980", Sex::Male))));
        let directory = Directory::build(&tenant(), &rules);
        let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
        let dossier = Dossier::build(&records, &rules);
        evaluate(&dossier, &scope, day("2026-06-01")).remove(0).used.remove(0).granted
    };
    assert_eq!(granted_by(&["b active 2026-02-10/"]), Some(5));
    assert_eq!(granted_by(&["a+ active 2026-02-10/"]), None);
    assert_eq!(granted_by(&["a+ finished 2026-01-01/2026-02", "b active 2026-02-10/"]), None);
}

#[test]
fn a_wait_given_up_before_it_was_to_begin_ends_on_its_first_day() {
    let stay = |told_so: &str, date: &str| on(vec![told(told_so)], date).stay.unwrap();
    let never_began = stay("2026-01-01: waitlist 2026-12-01/, 2026-10-01: cancelled 2026-12-01/", "2026-12-15");
    assert_eq!(never_began.state, State::Withdrawn);
    assert_eq!(never_began.waited_until, never_began.waiting.map(|(first, _)| first));
    let given_up = stay("2026-01-01: waitlist 2026-02-01/, 2026-10-01: cancelled 2026-02-01/", "2026-12-15");
    assert_eq!(given_up.waited_until.map(|last| last.to_string()).as_deref(), Some("2026-10-01"));
}
