//! `Organization/{id}/$pathways`: places, waiting list, workshop groups.

use super::*;

fn overview(client: &Client, date: &str) -> Value {
    client.found(&format!("/Organization/{}/$pathways?date={date}", client.structure()))
}

#[test]
fn who_waits_has_a_turn_and_places_nobody_knows_are_said() {
    let client = harness::practice();
    let mut all = Vec::new();
    ["a", "b", "c", "d", "e"].iter().for_each(|id| all.extend(make::man(id, "1970-01-01")));
    all.extend([
        episode("ea", "a", PSY, "waitlist", json!({"start": "2025-03-01"})),
        episode("eb", "b", PSY, "waitlist", json!({"start": "2025-02-01"})),
        episode("ec", "c", PSY, "planned", json!({"start": "2025-02-01"})),
        episode("ed", "d", PSY, "active", json!({"start": "2025-01-01"})),
    ]);
    client.push(&all);
    let answer = overview(&client, "2025-06-01");
    let psy = read::by_id(&answer, "pathway", PSY);
    assert_eq!(["entered", "waiting"].map(|name| text(psy, name)), ["1", "3"]);
    assert_eq!((text(psy, "capacityUnknown"), text(psy, "capacity")), ("true".to_owned(), "-".to_owned()));
    assert_eq!((text(psy, "freePlacesUnknown"), text(psy, "freePlaces")), ("true".to_owned(), "-".to_owned()));
    assert_eq!(text(psy, "capacityStatus"), "unknown");
    let turns: Vec<(String, String)> = read::all(psy, "turn")
        .into_iter()
        .map(|turn| (text(turn, "place"), read::value(turn, "patient")["reference"].as_str().unwrap().to_owned()))
        .collect();
    let want = [("1", "Patient/b"), ("2", "Patient/c"), ("3", "Patient/a")];
    assert_eq!(turns, want.map(|(n, p)| (n.to_owned(), p.to_owned())));
    let place = |patient: &str| {
        let found = standing(&client, patient, PSY, "2025-06-01");
        ["state", "place", "waiting", "waitingSince"].map(|name| text(&found, name))
    };
    assert_eq!(place("a"), ["waiting", "3", "3", "2025-03-01"]);
    assert_eq!(place("b"), ["waiting", "1", "3", "2025-02-01"]);
    assert_eq!(place("d"), ["entered", "-", "-", "-"]);
    let eligible = ["eligible", "notEligible", "eligibleUnknown"];
    assert_eq!(eligible.map(|name| text(psy, name)), ["0", "5", "0"]);
    let social = read::by_id(&answer, "pathway", SOCIAL);
    assert_eq!(eligible.map(|name| text(social, name)), ["0", "0", "5"]);
    // Of the dead and of other structures nothing is counted.
    let dead = make::with(make::patient("b", "male", "1970-01-01"), json!({"deceasedDateTime": "2025-05-01"}));
    client.store(&dead);
    let psy = overview(&client, "2025-06-01");
    assert_eq!(text(read::by_id(&psy, "pathway", PSY), "waiting"), "2");
    assert_eq!(place("a")[1], "2");
    let own = client.structure();
    client.of_structure("somebody-else").get(&format!("/Organization/{own}/$pathways")).expect(404);
}

#[test]
fn workshop_groups_are_told_with_their_size_and_nine_are_too_many() {
    let client = harness::practice();
    client.store(&json!({"resourceType": "Location", "id": "salle", "status": "active", "name": "Salle"}));
    let mut all = Vec::new();
    let room = json!([{"location": {"reference": "Location/salle"}}]);
    for n in 0..9 {
        let id = format!("p{n}");
        all.push(make::patient(&id, "male", "1970-01-01"));
        let start = "2025-05-05T18:00:00+02:00";
        let code = if n % 2 == 0 { "atelier" } else { "atelier-collectif" };
        all.push(make::with(session(&format!("w{n}"), &id, code, start), json!({"location": room})));
    }
    all.push(make::with(session("x0", "p0", "atelier", "2025-05-12T18:00:00+02:00"), json!({"location": room})));
    all.push(session("y0", "p1", "atelier", "2025-05-12T18:00:00+02:00"));
    client.push(&all);
    client.push(&[json!({"resourceType": "Appointment", "id": "next", "status": "booked",
        "serviceType": [make::ours("mtr-session", "atelier-collectif")],
        "start": "2025-06-02T18:00:00+02:00", "end": "2025-06-02T20:00:00+02:00",
        "participant": [{"actor": {"reference": "Patient/p0"}, "status": "accepted"},
                        {"actor": {"reference": "Location/salle"}, "status": "accepted"}]})]);
    let answer = overview(&client, "2025-05-20");
    let told: Vec<[String; 6]> = read::all(&answer, "workshop")
        .into_iter()
        .map(|w| {
            let place = read::texts(w, "place").join(" ");
            [text(w, "start"), place, text(w, "held"), text(w, "size"), text(w, "most"), text(w, "tooMany")]
        })
        .collect();
    let want = [
        ["2025-05-05T18:00:00+02:00", "Location/salle", "true", "9", "8", "1"],
        ["2025-05-12T18:00:00+02:00", "Location/salle", "true", "1", "8", "-"],
        ["2025-05-12T18:00:00+02:00", "Practitioner/nurse", "true", "1", "8", "-"],
        ["2025-06-02T18:00:00+02:00", "Location/salle", "false", "1", "8", "-"],
    ];
    assert_eq!(told, want.map(|row| row.map(str::to_owned)));
}
