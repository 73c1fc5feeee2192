//! One person with several records or episodes, workshops told twice, days of which only the month is known.

use super::*;

fn replaced(patient: &str, by: &str) -> Value {
    let link = json!({"link": [{"other": {"reference": format!("Patient/{by}")}, "type": "replaced-by"}]});
    make::with(make::patient(patient, "male", "1970-01-01"), link)
}

fn used(client: &Client, patient: &str, pathway: &str, kind: &str, date: &str) -> [String; 4] {
    let found = standing(client, patient, pathway, date);
    ["granted", "used", "left", "undated"].map(|name| text(read::all(&found, kind)[0], name))
}

fn overview(client: &Client, date: &str) -> Value {
    client.found(&format!("/Organization/{}/$pathways?date={date}", client.structure()))
}

#[test]
fn a_merge_grants_nothing_twice_and_keeps_what_was_used() {
    let client = harness::practice();
    client.push(&[
        make::patient("old", "male", "1970-01-01"),
        make::patient("new", "male", "1970-01-01"),
        episode("e-old", "old", PSY, "active", json!({"start": "2025-01-01"})),
        episode("e-new", "new", PSY, "active", json!({"start": "2025-06-01"})),
    ]);
    let days = ["2025-02-01", "2025-02-08", "2025-02-15", "2025-02-22"];
    let held = days.iter().enumerate().map(|(n, day)| session(&format!("s{n}"), "old", "psychologue", day));
    client.push(&held.collect::<Vec<_>>());
    client.store(&session("s-new", "new", "psychologue", "2025-07-01"));
    assert_eq!(used(&client, "new", PSY, "sessions", "2025-10-31"), ["5", "1", "4", "-"]);
    let answer = client.found("/Patient/new/$pathways?date=2025-10-31");
    let known = read::value(&answer, "knownAt").as_str().unwrap().to_owned();
    client.store(&replaced("old", "new"));
    assert_eq!(used(&client, "new", PSY, "sessions", "2025-10-31"), ["5", "5", "0", "-"]);
    let found = standing(&client, "new", PSY, "2025-10-31");
    assert_eq!(["state", "entered"].map(|name| text(&found, name)), ["entered", "2025-01-01"]);
    assert_eq!(read::texts(&found, "episode"), ["EpisodeOfCare/e-new/_history/1", "EpisodeOfCare/e-old/_history/1"]);
    let plan = client.found("/CarePlan?patient=new&date=2025-02-10");
    let plan = &plan["entry"][0]["resource"];
    assert_eq!(plan["period"], json!({"start": "2025-01-01"}));
    assert_eq!(plan["activity"][0]["detail"]["description"], json!("5 sur 5, reste 0"));
    assert_eq!(plan["activity"][0]["detail"]["status"], json!("completed"));
    let whole = overview(&client, "2025-10-31");
    let sessions = read::all(read::by_id(&whole, "pathway", PSY), "sessions")[0].clone();
    assert_eq!(text(&sessions, "used"), "5");
    // As it was known before the merge, and once it is undone.
    assert_eq!(client.found(&format!("/Patient/new/$pathways?date=2025-10-31&knownAt={known}")), answer);
    client.store(&make::patient("old", "male", "1970-01-01"));
    assert_eq!(used(&client, "new", PSY, "sessions", "2025-10-31"), ["5", "1", "4", "-"]);
}

#[test]
fn two_open_episodes_are_one_stay_and_one_after_another_are_two() {
    let client = harness::practice();
    let ten = |mut of: Value| {
        of["type"].as_array_mut().unwrap().push(make::ours("mtr-session", "psychologue-10"));
        of
    };
    client.push(&[
        make::patient("a", "male", "1970-01-01"),
        episode("e1", "a", PSY, "active", json!({"start": "2025-01-01"})),
        ten(episode("e2", "a", PSY, "active", json!({"start": "2025-02-01"}))),
        session("s1", "a", "psychologue", "2025-01-15"),
        session("s2", "a", "psychologue", "2025-02-15"),
    ]);
    assert_eq!(used(&client, "a", PSY, "sessions", "2025-10-31"), ["10", "2", "8", "-"]);
    client.store(&episode("e1", "a", PSY, "finished", json!({"start": "2025-01-01", "end": "2025-01-31"})));
    assert_eq!(used(&client, "a", PSY, "sessions", "2025-10-31"), ["10", "1", "9", "-"]);
    assert_eq!(text(&standing(&client, "a", PSY, "2025-10-31"), "entered"), "2025-02-01");
}

#[test]
fn the_earliest_wait_counts_and_a_month_is_the_last_of_its_days() {
    let client = harness::practice();
    let waits = [
        ("old", json!({"start": "2025-01-01"})),
        ("new", json!({"start": "2025-08-01"})),
        ("b", json!({"start": "2025-06-02"})),
        ("c", json!({"start": "2025-06"})),
        ("d", json!({"start": "2025-07-01"})),
    ];
    let mut all = Vec::new();
    for (id, period) in waits {
        all.push(make::patient(id, "male", "1970-01-01"));
        all.push(episode(&format!("e-{id}"), id, PSY, "waitlist", period));
    }
    client.push(&all);
    let turns = || {
        let whole = overview(&client, "2025-10-31");
        let each = read::all(read::by_id(&whole, "pathway", PSY), "turn").into_iter().map(|turn| {
            let patient = read::value(turn, "patient")["reference"].as_str().unwrap().to_owned();
            (patient, text(turn, "waitingSince"), text(turn, "waitingSincePartial"))
        });
        each.collect::<Vec<_>>()
    };
    let row = |id: &str, since: &str, partial: &str| (format!("Patient/{id}"), since.to_owned(), partial.to_owned());
    let rest = [row("b", "2025-06-02", "-"), row("c", "2025-06", "true"), row("d", "2025-07-01", "-")];
    let want = [&[row("old", "2025-01-01", "-")], &rest[..], &[row("new", "2025-08-01", "-")]].concat();
    assert_eq!(turns(), want);
    client.store(&replaced("old", "new"));
    assert_eq!(turns(), [&[row("new", "2025-01-01", "-")], &rest[..]].concat());
    let place = |patient: &str| {
        let found = standing(&client, patient, PSY, "2025-10-31");
        ["place", "waiting", "waitingSince", "waitingSincePartial"].map(|name| text(&found, name))
    };
    assert_eq!(place("new"), ["1", "4", "2025-01-01", "-"]);
    assert_eq!(place("c"), ["3", "4", "2025-06", "true"]);
}

#[test]
fn a_partial_day_of_a_stay_is_told_so_and_leaves_open_what_hangs_on_it() {
    let client = harness::practice();
    client.push(&[
        make::patient("a", "male", "1970-01-01"),
        episode("e", "a", PSY, "finished", json!({"start": "2025-03", "end": "2025-09"})),
        session("s1", "a", "psychologue", "2025-03-10"),
        session("s2", "a", "psychologue", "2025-04-10"),
        session("s3", "a", "psychologue", "2025-09-10"),
        session("s4", "a", "psychologue", "2025-10-10"),
    ]);
    let found = standing(&client, "a", PSY, "2025-10-31");
    assert_eq!(
        ["state", "entered", "left", "leftUndated"].map(|name| text(&found, name)),
        ["left", "2025-03", "2025-09", "-"]
    );
    assert_eq!(used(&client, "a", PSY, "sessions", "2025-10-31"), ["5", "1", "-", "2"]);
    let plans = client.found("/CarePlan?patient=a&date=2025-03-05");
    assert_eq!(plans["entry"][0]["resource"]["period"], json!({"start": "2025-03", "end": "2025-09"}));
    assert_eq!(client.found("/CarePlan?patient=a&date=2025-10-01")["total"], json!(0));
}

#[test]
fn a_workshop_told_twice_is_one_for_the_cycle_and_for_the_group() {
    let client = harness::practice();
    client.store(&json!({"resourceType": "Location", "id": "salle", "status": "active", "name": "Salle"}));
    let at = |id: &str, patient: &str, code: &str, start: &str| {
        make::with(
            session(id, patient, code, start),
            json!({"location": [{"location": {"reference": "Location/salle"}}]}),
        )
    };
    let mut all = Vec::new();
    for id in ["a", "b"] {
        all.push(make::patient(id, "male", "1970-01-01"));
        all.push(episode(&format!("e-{id}"), id, HEART, "active", json!({"start": "2025-05-01"})));
    }
    all.extend([
        at("w1", "a", "atelier-collectif", "2025-05-05T18:00:00+02:00"),
        at("w2", "a", "atelier", "2025-05-05T18:00:30+02:00"),
        // Written in another zone, at its arrival.
        at("w3", "b", "atelier", "2025-05-05T16:05:00Z"),
        at("w4", "a", "atelier", "2025-05-05T19:00:00+02:00"),
    ]);
    client.push(&all);
    assert_eq!(used(&client, "a", HEART, "workshops", "2025-05-31"), ["4", "2", "2", "-"]);
    let whole = overview(&client, "2025-05-31");
    let groups: Vec<[String; 2]> =
        read::all(&whole, "workshop").into_iter().map(|w| [text(w, "start"), text(w, "size")]).collect();
    assert_eq!(
        groups,
        [["2025-05-05T18:00:00+02:00", "2"], ["2025-05-05T19:00:00+02:00", "1"]].map(|g| g.map(str::to_owned))
    );
}

#[test]
fn a_session_the_patient_declined_is_not_planned() {
    let client = harness::practice();
    client.push(&[
        make::patient("a", "male", "1970-01-01"),
        make::patient("b", "male", "1970-01-01"),
        episode("e-a", "a", PSY, "active", json!({"start": "2025-01-01"})),
        episode("e-b", "b", PSY, "active", json!({"start": "2025-01-01"})),
    ]);
    let planned = |patient: &str| {
        let found = standing(&client, patient, PSY, "2025-03-01");
        text(read::all(&found, "sessions")[0], "planned")
    };
    // What each answered, and what is planned for each.
    let cases = [
        ("accepted", "accepted", ["1", "1"]),
        ("declined", "accepted", ["0", "1"]),
        ("needs-action", "declined", ["1", "0"]),
        ("tentative", "tentative", ["1", "1"]),
        ("declined", "declined", ["0", "0"]),
    ];
    for (a, b, want) in cases {
        client.store(&json!({"resourceType": "Appointment", "id": "next", "status": "booked",
            "serviceType": [make::ours("mtr-session", "psychologue")],
            "start": "2025-04-02T18:00:00+02:00", "end": "2025-04-02T19:00:00+02:00",
            "participant": [{"actor": {"reference": "Patient/a"}, "status": a},
                            {"actor": {"reference": "Patient/b"}, "status": b}]}));
        assert_eq!(["a", "b"].map(planned), want, "{a} {b}");
    }
}
