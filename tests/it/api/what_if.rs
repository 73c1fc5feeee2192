//! `$what-if`: a month and a card as they would be with a fact more or less, and nothing stored.

use crate::api::statements::closed;
use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const OPERATION: &str = "/Patient/p/$what-if";

fn loaded(client: &Client) {
    client.push(&make::and(
        make::man("p", "1980-01-01"),
        vec![
            make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60})),
            make::evidence("bp", "p", "blood-pressure", "2025-05-01"),
        ],
    ));
    client.push(&make::man("q", "1950-01-01"));
}

fn add(resource: &Value) -> Value {
    json!({"name": "add", "resource": resource})
}

fn remove(reference: &str) -> Value {
    json!({"name": "remove", "valueReference": {"reference": reference}})
}

fn asked(month: &str, more: Vec<Value>) -> Value {
    let mut parameter = vec![json!({"name": "month", "valueString": month})];
    parameter.extend(more);
    json!({"resourceType": "Parameters", "parameter": parameter})
}

fn supposed(client: &Client, month: &str, more: Vec<Value>) -> Value {
    client.post(OPERATION, &asked(month, more)).expect(200).json()
}

fn total(answer: &Value, when: &str) -> String {
    read::euros(&read::value(read::all(answer, when)[0], "total")["value"])
}

fn difference(answer: &Value) -> String {
    read::euros(&read::value(answer, "difference")["value"])
}

/// What is supposed; the total and the difference; the typologies that change.
type Case = (&'static str, Vec<Value>, &'static str, &'static str, &'static [&'static str]);

#[test]
fn a_fact_more_and_a_fact_less_say_what_they_would_change() {
    let client = harness::practice();
    loaded(&client);
    let ald = || make::ald("x", "p", "23", "F33.1", "2019-01-01");
    let cases: Vec<Case> = vec![
        ("nothing", vec![], "20.40", "0.00", &[]),
        ("an ALD 23", vec![add(&ald())], "30.00", "9.60", &["ald", "sante-mentale"]),
        ("no PRECAR", vec![remove("Observation/precar")], "8.00", "-12.40", &["vulnerabilite-sociale"]),
        (
            "neither",
            vec![remove("Observation/precar"), add(&ald())],
            "25.34",
            "4.94",
            &["ald", "vulnerabilite-sociale", "sante-mentale"],
        ),
        ("no consultation", vec![remove("Encounter/p-seen")], "0.00", "-20.40", &["vulnerabilite-sociale"]),
        (
            "PRECAR 44 in its place",
            vec![add(&make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 44})))],
            "8.00",
            "-12.40",
            &["vulnerabilite-sociale"],
        ),
        ("born in 1940", vec![add(&make::patient("p", "male", "1940-01-01"))], "29.40", "9.00", &["personne-agee"]),
    ];
    for (name, more, after, change, typologies) in cases {
        let answer = supposed(&client, "2025-12", more);
        assert_eq!((total(&answer, "before").as_str(), total(&answer, "after").as_str()), ("20.40", after), "{name}");
        assert_eq!(difference(&answer), change, "{name}");
        let changed: Vec<String> = read::all(&answer, "typology").iter().flat_map(|t| read::texts(t, "id")).collect();
        assert_eq!(changed, typologies, "{name}");
    }
}

#[test]
fn the_answer_says_what_it_is_and_what_it_rests_on() {
    let client = harness::practice();
    loaded(&client);
    let answer = client
        .post(OPERATION, &asked("2025-12", vec![add(&make::ald("x", "p", "23", "F33.1", "2019-01-01"))]))
        .expect(200);
    // Two decimals, as amounts are written everywhere.
    for text in [r#""value":30.00,"currency":"EUR""#, r#""name":"difference","valueMoney":{"value":9.60"#] {
        assert!(answer.text().contains(text), "{text} in {}", answer.text());
    }
    let answer = answer.json();
    assert_eq!(read::tags(&answer, "figure"), ["simulated", "fictional"]);
    let forfait = client.found("/Patient/p/$explain?month=2025-12");
    for name in ["knownAt", "rulebook", "tariff"] {
        assert_eq!(read::value(&answer, name), read::value(&forfait, name), "{name}");
    }
    assert!(read::value(&answer, "weakestStatus").is_string());
    let ald = read::by_id(&answer, "typology", "ald");
    let state = |when: &str| {
        let part = read::all(ald, when)[0];
        (read::value(part, "eligible").clone(), read::value(part, "paid").clone())
    };
    assert_eq!((state("from"), state("to")), ((json!("no"), json!(false)), (json!("yes"), json!(true))));
    let cut = read::by_id(&answer, "line", "ecretement");
    assert!(read::all(cut, "from").is_empty());
    assert_eq!(read::euros(&read::value(cut, "to")["value"]), "-7.74");
}

#[test]
fn a_month_becomes_payable_or_stops_being_so() {
    let client = harness::practice();
    loaded(&client);
    client.push(&[make::patient("r", "male", "1980-01-01")]);
    let body = asked("2025-12", vec![add(&make::with(make::visit("v", "r", "2025-11-03"), json!({"id": null})))]);
    let answer = client.post("/Patient/r/$what-if", &body).expect(200).json();
    let before = read::all(&answer, "before")[0];
    assert_eq!(read::value(before, "notPayableReason"), "not-consuming");
    let payability = read::all(&answer, "payability")[0];
    assert_eq!(
        (read::value(payability, "from"), read::value(payability, "to")),
        (&json!("not-consuming"), &json!("payable"))
    );
    let death = make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedDateTime": "2025-11-30"}));
    let answer = supposed(&client, "2025-12", vec![add(&death)]);
    assert_eq!(read::value(read::all(&answer, "after")[0], "notPayableReason"), "deceased");
}

#[test]
fn the_card_changes_too_on_the_day_asked() {
    let client = harness::practice();
    loaded(&client);
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "date", "valueDate": "2025-12-10"}, remove("Observation/bp")]});
    let answer = client.post(OPERATION, &body).expect(200).json();
    assert_eq!(read::value(&answer, "date"), "2025-12-10");
    let items = read::all(&answer, "item");
    assert_eq!(items.len(), 1, "{answer}");
    assert_eq!(
        (read::value(items[0], "from"), read::value(items[0], "to")),
        (&json!("up-to-date"), &json!("never-done"))
    );
    // The same resource, sent in a part of the parameter.
    let within = json!({"name": "add", "part": [{"name": "resource", "resource": make::evidence("d", "p", "dental-check", "2025-12-09")}]});
    let answer = supposed(&client, "2025-12", vec![within]);
    assert_eq!(read::value(read::by_id(&answer, "item", "dental-check"), "to"), "up-to-date", "{answer}");
}

fn drafted(client: &Client, month: &str) -> String {
    read::euros(&client.found(&format!("/Patient/p/$forfait?month={month}"))["totalNet"]["value"])
}

/// Month, line and amount of each adjustment that a month carries.
fn carried(answer: &Value, when: &str) -> Vec<[String; 3]> {
    let text = |part: &Value, name: &str| read::value(part, name).as_str().unwrap_or_default().to_owned();
    let each = read::all(read::all(answer, when)[0], "adjustment").into_iter();
    let told = each.map(|part| {
        let before = read::euros(&read::value(part, "before")["value"]);
        let after = read::euros(&read::value(part, "after")["value"]);
        assert!(read::value(part, "reason").is_string(), "{before} {after}");
        [text(part, "month"), text(part, "id"), read::euros(&read::value(part, "amount")["value"])]
    });
    told.collect()
}

#[test]
fn before_is_the_forfait_as_it_is_and_after_as_it_is_once_written() {
    let ald = || make::ald("x", "p", "23", "F33.1", "2019-01-01");
    // (what is supposed, how it is written, the difference with the two closed months)
    type Written = fn(&Client);
    let cases: Vec<(Value, Written, &str)> = vec![
        (add(&ald()), |client| drop(client.store(&make::ald("x", "p", "23", "F33.1", "2019-01-01"))), "28.80"),
        (remove("Observation/precar"), |client| drop(client.delete("/Observation/precar").expect(204)), "-37.20"),
        (
            add(&make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 44}))),
            |client| {
                let precar = make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 44}));
                drop(client.store(&precar));
            },
            "-37.20",
        ),
    ];
    for (supposition, write, expected) in cases {
        let client = harness::practice();
        loaded(&client);
        closed(&client, &["2025-10", "2025-11"]);
        let before = drafted(&client, "2025-12");
        let told = supposed(&client, "2025-12", vec![supposition.clone()]);
        assert_eq!((total(&told, "before"), difference(&told).as_str()), (before, expected), "{supposition}");
        assert!(carried(&told, "before").is_empty(), "{told}");
        let months: Vec<String> = carried(&told, "after").into_iter().map(|[month, ..]| month).collect();
        assert!(["2025-10", "2025-11"].iter().all(|month| months.iter().any(|m| m == month)), "{told}");
        let adjusted = read::all(&told, "adjustment");
        assert_eq!(adjusted.len(), months.len(), "each is a change");
        assert!(adjusted.iter().all(|part| read::all(part, "from").is_empty()), "{told}");
        assert_eq!(read::euros(&read::value(read::all(&told, "total")[0], "to")["value"]), total(&told, "after"));
        assert!(read::all(&told, "closed").is_empty() && read::value(&told, "adjustedIn").is_null(), "{told}");
        write(&client);
        assert_eq!(drafted(&client, "2025-12"), total(&told, "after"), "{supposition}");
        // What was supposed is now how it is: supposing it again changes nothing.
        let again = supposed(&client, "2025-12", vec![]);
        assert_eq!((total(&again, "before"), difference(&again).as_str()), (total(&told, "after"), "0.00"));
        assert_eq!(carried(&again, "before"), carried(&told, "after"));
    }
}

#[test]
fn adjustments_that_stand_already_are_those_of_the_draft() {
    let client = harness::practice();
    loaded(&client);
    closed(&client, &["2025-10", "2025-11"]);
    client.store(&make::ald("x", "p", "23", "F33.1", "2019-01-01"));
    let told = supposed(&client, "2025-12", vec![remove("Condition/x")]);
    assert_eq!((total(&told, "before"), total(&told, "after")), (drafted(&client, "2025-12"), "20.40".to_owned()));
    let of_month = |month: &str| -> i64 {
        let told = carried(&told, "before").into_iter().filter(|[of, ..]| of == month);
        told.map(|[.., amount]| amount.replace('.', "").parse::<i64>().unwrap()).sum()
    };
    assert_eq!((of_month("2025-10"), of_month("2025-11")), (960, 960));
    assert!(carried(&told, "after").is_empty());
    let changes = read::all(&told, "adjustment");
    assert!(!changes.is_empty() && changes.iter().all(|part| read::all(part, "to").is_empty()), "{told}");
}

#[test]
fn a_closed_month_says_what_was_issued_and_which_month_will_carry_the_difference() {
    let client = harness::practice();
    loaded(&client);
    closed(&client, &["2025-11"]);
    let ald = || add(&make::ald("x", "p", "23", "F33.1", "2019-01-01"));
    let told = supposed(&client, "2025-11", vec![ald()]);
    let closed = read::all(&told, "closed")[0];
    assert_eq!(read::euros(&read::value(closed, "issued")["value"]), drafted(&client, "2025-11"));
    assert_eq!(read::value(closed, "tariff"), "mtr-demo");
    assert_eq!((read::value(&told, "adjustedIn"), difference(&told).as_str()), (&json!("2025-12"), "9.60"));
    // A month after the one that carries adjustments says which one does.
    let later = supposed(&client, "2026-01", vec![ald()]);
    assert!(read::all(&later, "closed").is_empty());
    assert_eq!(read::value(&later, "adjustedIn"), "2025-12");
    // That month itself carries them under the default tariff alone; under another it names no month.
    let path = "/Patient/p/$what-if?tariff=fmt-2026";
    let other = client.post(path, &asked("2025-12", vec![ald()])).expect(200).json();
    assert!(read::value(&other, "adjustedIn").is_null(), "{other}");
    // A patient who came later has no Invoice of it: nothing was issued, which is not 0.
    client.push(&make::man("r", "1980-01-01"));
    let told = client.post("/Patient/r/$what-if", &asked("2025-11", vec![])).expect(200).json();
    assert!(read::all(read::all(&told, "closed")[0], "issued").is_empty(), "{told}");
}

#[test]
fn a_partial_year_and_a_month_to_come_are_marked_as_on_the_forfait() {
    let client = harness::practice();
    loaded(&client);
    let fmt = json!({"name": "tariff", "valueString": "fmt-2026"});
    // (the month, the figures beside `simulated`)
    for (month, figures) in [("2026-04", vec!["partial"]), ("2099-06", vec!["projection", "partial"])] {
        let told = supposed(&client, month, vec![fmt.clone()]);
        let tags = read::tags(&told, "figure");
        assert_eq!(tags.iter().skip(1).collect::<Vec<_>>(), figures, "{month}");
        for when in ["before", "after"] {
            let year = read::all(read::all(&told, when)[0], "year")[0];
            assert_eq!(read::value(year, "partial"), true, "{month} {when}");
            assert!(!read::all(year, "unknownIndicator").is_empty() && read::value(year, "total").is_object());
        }
        let forfait = client.found(&format!("/Patient/p/$forfait?month={month}&tariff=fmt-2026"));
        assert!(forfait["note"].to_string().contains("partiel"), "{forfait}");
        let ahead = read::tags(&forfait, "figure").contains(&"projection".to_owned());
        assert_eq!(tags.contains(&"projection".to_owned()), ahead, "{month}");
    }
    assert_eq!(read::tags(&supposed(&client, "2025-12", vec![]), "figure"), ["simulated", "fictional"]);
}

#[test]
fn nothing_is_written() {
    let client = harness::practice();
    loaded(&client);
    let reads =
        ["/Patient/p/$forfait?month=2025-12", "/Patient/p/$everything", "/_history", "/Observation/precar/_history"];
    let seen = || reads.map(|path| client.get(path).expect(200).body);
    let before = seen();
    let flag = make::declared("f", "p", "handicap", json!({"start": "2025-01-01"}));
    for more in
        [vec![add(&flag)], vec![remove("Observation/precar")], vec![add(&make::patient("p", "female", "2001-01-01"))]]
    {
        supposed(&client, "2025-12", more);
    }
    assert_eq!(seen(), before);
    client.get("/Flag/f").expect(404);
}

#[test]
fn what_was_not_known_then_is_not_removed_now() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    let then = read::value(&client.found("/Patient/p/$typologies?date=2025-12-31"), "knownAt").clone();
    client.store(&make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60})));
    let known_at = json!({"name": "knownAt", "valueInstant": then});
    let answer = supposed(&client, "2025-12", vec![known_at.clone()]);
    assert_eq!((total(&answer, "before").as_str(), read::value(&answer, "knownAt")), ("8.00", &then));
    let refused = client.post(OPERATION, &asked("2025-12", vec![known_at, remove("Observation/precar")]));
    outcome::refused(&refused, 422, "not-found", "MTR-WIF-002", "Parameters.parameter[2].valueReference");
}

#[test]
fn what_cannot_be_supposed_is_refused_with_its_place() {
    let client = harness::practice();
    loaded(&client);
    let of_q = make::condition("x", "q", "I10", "2020");
    let place = "Parameters.parameter[1].resource";
    let merged = json!({"link": [{"other": {"reference": "Patient/q"}, "type": "replaced-by"}]});
    let cases: Vec<(Value, u16, &str, &str, String)> = vec![
        (add(&of_q), 422, "business-rule", "MTR-WIF-001", format!("{place}.subject")),
        (add(&make::patient("q", "male", "1950-01-01")), 422, "business-rule", "MTR-WIF-001", format!("{place}.id")),
        (add(&make::professionals()[0]), 422, "business-rule", "MTR-WIF-001", place.into()),
        (add(&json!({"resourceType": "Medication"})), 422, "not-supported", "MTR-RES-002", place.into()),
        (
            add(&make::with(make::condition("x", "p", "I10", "2020"), json!({"onsetDateTime": "2020-13"}))),
            400,
            "",
            "",
            format!("{place}.onset"),
        ),
        (
            add(&make::with(make::patient("p", "male", "1980-01-01"), merged)),
            422,
            "not-supported",
            "MTR-WIF-004",
            format!("{place}.link"),
        ),
        (
            remove("Observation/absent"),
            422,
            "not-found",
            "MTR-WIF-002",
            "Parameters.parameter[1].valueReference".into(),
        ),
        (remove("Encounter/q-seen"), 422, "not-found", "MTR-WIF-002", "Parameters.parameter[1].valueReference".into()),
        (remove("Patient/p"), 422, "business-rule", "MTR-WIF-003", "Parameters.parameter[1].valueReference".into()),
        (remove("Medication/m"), 422, "not-supported", "MTR-RES-002", "Parameters.parameter[1].valueReference".into()),
        (json!({"name": "add", "valueString": "x"}), 400, "", "", String::new()),
        (json!({"name": "add"}), 400, "required", "MTR-OPR-009", place.into()),
        (
            json!({"name": "remove", "valueReference": {"display": "x"}}),
            400,
            "required",
            "MTR-OPR-003",
            "Parameters.parameter[1].valueReference".into(),
        ),
        (json!({"name": "addd", "valueString": "x"}), 400, "not-supported", "MTR-OPR-002", String::new()),
        (json!({"name": "month", "valueString": "2025-11"}), 400, "invalid", "MTR-OPR-005", String::new()),
        (json!({"name": "tariff", "valueString": "none"}), 400, "not-found", "MTR-OPR-008", String::new()),
    ];
    for (parameter, status, kind, code, place) in cases {
        let answer = client.post(OPERATION, &asked("2025-12", vec![parameter.clone()]));
        if code.is_empty() {
            assert_eq!(answer.status, status, "{parameter}: {}", answer.text());
            let told = outcome::issues(&answer.json());
            assert!(told.iter().any(|issue| issue.expression.starts_with(&place)), "{parameter}: {told:#?}");
        } else {
            outcome::refused(&answer, status, kind, code, &place);
        }
    }
    outcome::refused(&client.get(OPERATION), 405, "not-supported", "MTR-REQ-001", "");
    let absent = client.post("/Patient/absent/$what-if", &asked("2025-12", vec![]));
    outcome::refused(&absent, 404, "not-found", "MTR-GET-001", "");
    outcome::refused(&client.post(OPERATION, &json!({"resourceType": "Patient"})), 400, "invalid", "MTR-RES-003", "");
    let identity = make::with(make::patient("p", "male", "1980-01-01"), json!({"identifier": [make::ipp("N-q")]}));
    outcome::refused(
        &client.post(OPERATION, &asked("2025-12", vec![add(&identity)])),
        409,
        "duplicate",
        "MTR-PAT-023",
        "Parameters.parameter[1].resource.identifier",
    );
}

#[test]
fn the_facts_of_a_merged_record_are_the_persons_own() {
    let client = harness::practice();
    client.push(&[make::patient("p", "male", "1980-01-01")]);
    client.push(&make::and(
        make::but(
            make::man("q", "1980-01-01"),
            json!({"link": [{"other": {"reference": "Patient/p"}, "type": "replaced-by"}]}),
        ),
        vec![make::measure("precar", "q", "precar", "2024-06-01", json!({"valueInteger": 60}))],
    ));
    let answer = supposed(&client, "2025-12", vec![remove("Observation/precar")]);
    assert_eq!((total(&answer, "before"), difference(&answer)), ("20.40".to_owned(), "-12.40".to_owned()));
    let answer = supposed(&client, "2025-12", vec![add(&make::ald("x", "q", "10", "D57.1", "2019-01-01"))]);
    assert_eq!(difference(&answer), "7.35");
}
