//! Knowledge time: the same question at the same knowledge gives the same bytes, for ever.

use crate::harness;
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};
use std::time::Duration;

const QUESTIONS: [&str; 6] = [
    "$forfait?month=2025-12",
    "$typologies?date=2025-12-31",
    "$prevention?date=2025-12-31",
    "$explain?month=2025-12",
    "$mtr-dossier?date=2025-12-31",
    "$next-change?date=2025-12-31",
];

/// Answers each question, as known then.
fn answers(client: &Client, known_at: Option<&str>) -> Vec<Vec<u8>> {
    let known_at = known_at.map(|at| format!("&knownAt={at}")).unwrap_or_default();
    QUESTIONS.iter().map(|q| client.get(&format!("/Patient/p/{q}{known_at}")).expect(200).body).collect()
}

fn known(client: &Client) -> String {
    let answer = client.found("/Patient/p/$prevention?date=2025-12-31");
    read::value(&answer, "knownAt").as_str().unwrap().to_owned()
}

fn chart() -> Vec<Value> {
    make::and(
        make::professionals(),
        make::and(
            make::man("p", "1963-03-14"),
            vec![
                make::ald("ald", "p", "23", "F33.1", "2019-01-01"),
                make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60})),
                make::evidence("fit", "p", "fit", "2020-06-01"),
            ],
        ),
    )
}

#[test]
fn a_past_answer_stays_the_same_after_more_writes_and_a_restart() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&chart());
    let then = known(&client);
    let before = answers(&client, None);
    assert_eq!(answers(&client, Some(&then)), before, "asked as of now");
    std::thread::sleep(Duration::from_millis(2));
    client.push(&[
        make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 3})),
        make::evidence("fit", "p", "fit", "2025-06-01"),
        make::recognition("r", "p", "aah", json!({"start": "2020-01-01"})),
        make::with(make::patient("p", "male", "1963-03-14"), json!({"deceasedDateTime": "2025-06-01"})),
    ]);
    client.delete("/Condition/ald").expect(204);
    let after = answers(&client, None);
    for ((now, then), question) in after.iter().zip(&before).zip(QUESTIONS) {
        assert_ne!(now, then, "{question} should have changed");
    }
    assert_eq!(answers(&client, Some(&then)), before, "after more writes");
    gateway.restart();
    let client = gateway.client();
    // Links name the port, which is another one: what is computed is the same.
    let port = |bytes: &Vec<u8>, client: &Client| String::from_utf8_lossy(bytes).replace(&client.base(), "");
    let (again, later) = (answers(&client, Some(&then)), answers(&client, None));
    for n in 0..4 {
        assert_eq!(port(&again[n], &client), port(&before[n], &client), "{} after a restart", QUESTIONS[n]);
        assert_eq!(port(&later[n], &client), port(&after[n], &client), "{} after a restart", QUESTIONS[n]);
    }
}

#[test]
fn before_he_was_known_a_patient_is_not_found() {
    let client = harness::structure();
    client.push(&chart());
    client.get("/Patient/p/$forfait?month=2025-12&knownAt=2001-01-01T00:00:00Z").expect(404);
}

#[test]
fn what_was_known_is_a_filter_on_each_fact() {
    let client = harness::structure();
    client.push(&chart());
    let first = known(&client);
    std::thread::sleep(Duration::from_millis(2));
    client.store(&make::recognition("r", "p", "aah", json!({"start": "2020-01-01"})));
    let second = known(&client);
    std::thread::sleep(Duration::from_millis(2));
    client.delete("/Observation/r").expect(204);
    let paid = |at: &str| {
        let answer = client.found(&format!("/Patient/p/$typologies?date=2025-12-31&knownAt={at}"));
        read::value(read::by_id(&answer, "typology", "handicap"), "paid").clone()
    };
    assert_eq!((paid(&first), paid(&second), paid(&known(&client))), (json!(false), json!(true), json!(false)));
    // An offset is the same instant, also when its plus sign arrives as a space.
    let offset = second.replace('Z', "%2B00:00");
    assert_eq!(paid(&offset), json!(true));
}

/// Answers the questions of a client, without what differs by structure and by the order of arrival.
fn told(client: &Client) -> Vec<String> {
    let at = known(client);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&at, "T").replace(client.structure(), "S");
    answers(client, None)
        .into_iter()
        .take(4)
        .map(text)
        .map(|t| ["inv-", "prov-"].iter().fold(t, |t, prefix| without_digests(&t, prefix)))
        .collect()
}

/// Answers the text without the 32 hex digits that follow the prefix of an id.
fn without_digests(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + prefix + &part[32..])
}

#[test]
fn the_order_of_arrival_changes_nothing() {
    let together = harness::structure();
    together.push(&chart());
    let wanted = told(&together);
    let mut rest = chart();
    let mut state: usize = 12_345;
    for round in 0..4 {
        let client = harness::structure();
        // A fixed shuffle: every round another order, the same at every run.
        for n in (1..rest.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rest.swap(n, (state >> 33) % (n + 1));
        }
        for resource in &rest {
            client.store(resource);
        }
        assert_eq!(told(&client), wanted, "round {round}: {:?}", rest.iter().map(make::path).collect::<Vec<_>>());
    }
}

#[test]
fn the_same_push_twice_changes_nothing() {
    let client = harness::structure();
    client.push(&chart());
    let before = answers(&client, None);
    client.push(&chart());
    for resource in chart() {
        client.store(&resource);
    }
    assert_eq!(answers(&client, None), before);
}

#[test]
fn another_structures_writes_change_nothing() {
    let client = harness::structure();
    client.push(&chart());
    let before = answers(&client, None);
    harness::structure().push(&chart());
    assert_eq!(answers(&client, None), before);
}
