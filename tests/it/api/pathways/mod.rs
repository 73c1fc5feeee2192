//! Pathways: who may enter, who is in, who waits, what is used; `$pathways`, `Group`, `CarePlan`.

mod plans;
mod rules;
mod several;
mod structure;

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const PSY: &str = "souffrance-psychologique";
const SOCIAL: &str = "vulnerabilite-sociale";
const HEART: &str = "obesite-risque-cv";

fn episode(id: &str, patient: &str, pathway: &str, status: &str, period: Value) -> Value {
    let mut all = json!({
        "resourceType": "EpisodeOfCare",
        "id": id,
        "status": status,
        "type": [make::ours("mtr-parcours", pathway)],
        "patient": {"reference": format!("Patient/{patient}")},
    });
    if !period.is_null() {
        all["period"] = period;
    }
    all
}

fn session(id: &str, patient: &str, code: &str, start: &str) -> Value {
    make::with(make::visit_with(id, patient, start, "nurse"), json!({"type": [make::ours("mtr-session", code)]}))
}

fn standing(client: &Client, patient: &str, pathway: &str, date: &str) -> Value {
    let answer = client.found(&format!("/Patient/{patient}/$pathways?date={date}"));
    read::by_id(&answer, "pathway", pathway).clone()
}

fn text(holder: &Value, name: &str) -> String {
    match read::value(holder, name) {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

fn bmi(patient: &str, value: f64) -> Value {
    let code = make::concept("http://loinc.org", "39156-5");
    make::with(
        make::observation(&format!("{patient}-bmi"), patient, code, "2026-09-01"),
        json!({"valueQuantity": make::quantity(value, "kg/m2")}),
    )
}

fn precar(patient: &str, score: i32) -> Value {
    make::measure(&format!("{patient}-precar"), patient, "precar", "2026-01-10", json!({"valueInteger": score}))
}

/// Patient, what is in the chart, the pathway, what is answered on 31 October 2026.
#[test]
fn the_limits_of_the_texts_decide_who_may_enter() {
    let client = harness::practice();
    let infarct = |p: &str| make::condition(&format!("{p}-mi"), p, "I21.0", "2019-05-01");
    let sad = |p: &str| make::score(&format!("{p}-phq"), p, "44261-6", "2026-09-01", 12);
    let heart =
        |p: &str, sex: &str, birth: &str, value: f64| vec![make::patient(p, sex, birth), infarct(p), bmi(p, value)];
    let man = |p: &str, more: Vec<Value>| make::and(vec![make::patient(p, "male", "1970-01-01")], more);
    let cases = [
        ("s44", SOCIAL, man("s44", vec![precar("s44", 44)]), "no"),
        ("s45", SOCIAL, man("s45", vec![precar("s45", 45)]), "yes"),
        ("s0", SOCIAL, man("s0", vec![]), "unknown"),
        ("m40", HEART, heart("m40", "male", "1985-11-01", 33.0), "no"),
        ("m41", HEART, heart("m41", "male", "1985-10-31", 33.0), "yes"),
        ("w50", HEART, heart("w50", "female", "1975-11-01", 33.0), "no"),
        ("w51", HEART, heart("w51", "female", "1975-10-31", 33.0), "yes"),
        (
            "b30",
            HEART,
            vec![
                make::patient("b30", "male", "1970-01-01"),
                bmi("b30", 30.0),
                make::measure(
                    "b30-score",
                    "b30",
                    "score2",
                    "2026-06-01",
                    json!({"valueQuantity": make::quantity(6.0, "%")}),
                ),
            ],
            "no",
        ),
        (
            "b31",
            HEART,
            vec![
                make::patient("b31", "male", "1970-01-01"),
                bmi("b31", 30.1),
                make::measure(
                    "b31-score",
                    "b31",
                    "score2",
                    "2026-06-01",
                    json!({"valueQuantity": make::quantity(6.0, "%")}),
                ),
            ],
            "yes",
        ),
        ("b25", HEART, heart("b25", "male", "1970-01-01", 25.0), "no"),
        ("b26", HEART, heart("b26", "male", "1970-01-01", 25.1), "yes"),
        ("bx", HEART, vec![make::patient("bx", "male", "1970-01-01"), infarct("bx")], "unknown"),
        ("p2", PSY, man("p2", vec![sad("p2"), precar("p2", 60)]), "yes"),
        ("p1", PSY, man("p1", vec![sad("p1"), precar("p1", 44)]), "no"),
        ("p0", PSY, man("p0", vec![sad("p0")]), "unknown"),
        ("pn", PSY, man("pn", vec![precar("pn", 60)]), "no"),
    ];
    for (patient, pathway, chart, want) in cases {
        client.push(&chart);
        let found = standing(&client, patient, pathway, "2026-10-31");
        assert_eq!(text(&found, "eligible"), want, "{patient}");
        assert_eq!(text(&found, "state"), "not-entered", "{patient}");
        assert_eq!(want == "unknown", !read::texts(&found, "missing").is_empty(), "{patient}: {found}");
        assert!(want != "yes" || !read::texts(&found, "evidence").is_empty(), "{patient}: {found}");
        assert!(["official", "fallback", "interpretation"].contains(&&*text(&found, "ruleStatus")), "{found}");
    }
}

/// Answers the French texts of the reasons of a pathway, each with its verdict.
fn reasons(found: &Value) -> Vec<(String, String)> {
    let told = |one: &&Value| (text(one, "text").replace('\u{a0}', " "), text(one, "verdict"));
    read::all(found, "reason").iter().map(told).collect()
}

#[test]
fn a_yes_and_a_no_say_which_conditions_decided() {
    let client = harness::practice();
    let sad = make::score("s-phq", "s", "44261-6", "2026-09-01", 12);
    client.push(&make::and(vec![make::patient("young", "male", "2001-01-01")], vec![bmi("young", 30.0)]));
    client.push(&make::and(vec![make::patient("s", "male", "1970-01-01")], vec![sad, precar("s", 60)]));
    client.push(&make::and(vec![make::patient("p", "male", "1970-01-01")], vec![precar("p", 44)]));
    let young = standing(&client, "young", HEART, "2026-10-31");
    let told = reasons(&young);
    let no = |text: &str| (text.to_owned(), "no".to_owned());
    assert!(told.contains(&no("âge à partir de 41 ans : non")), "{told:?}");
    assert!(
        told.iter().any(|(text, _)| text.starts_with("dernière mesure") && text.contains("> 30 kg/m2")),
        "{told:?}"
    );
    assert!(told.iter().all(|(text, verdict)| verdict == "no" && !text.contains("51 ans")), "{told:?}");
    let measured = read::all(&young, "reason");
    let measured = measured.iter().find(|one| text(one, "text").contains("> 30 kg/m2")).unwrap();
    assert_eq!(read::texts(measured, "evidence"), ["Observation/young-bmi/_history/1"]);
    // A score under its limit, and what is absent: each says so itself, in both languages.
    let score = standing(&client, "p", PSY, "2026-10-31");
    let told = reasons(&score);
    assert!(told.len() == 2 && told.iter().all(|(_, verdict)| verdict == "no"), "{told:?}");
    let english = read::all(&young, "reason").into_iter().map(|one| {
        let text = read::all(one, "text")[0];
        text["_valueString"]["extension"][0]["extension"][1]["valueString"].as_str().unwrap().to_owned()
    });
    let english: Vec<String> = english.collect();
    assert!(english.contains(&"age from 41 years: no".to_owned()), "{english:?}");
    let yes = standing(&client, "s", PSY, "2026-10-31");
    let told = reasons(&yes);
    assert!(!told.is_empty() && told.iter().all(|(_, verdict)| verdict == "yes"), "{told:?}");
    assert!(read::all(&yes, "reason").iter().all(|one| !read::texts(one, "evidence").is_empty()), "{yes}");
    // What is unknown says what is missing instead.
    client.push(&make::man("x", "1970-01-01"));
    let open = standing(&client, "x", SOCIAL, "2026-10-31");
    assert!(reasons(&open).is_empty() && !read::texts(&open, "missing").is_empty(), "{open}");
    // A plan carries the verdict: it says why, too.
    client.store(&episode("e", "p", PSY, "active", json!({"start": "2026-01-10"})));
    let plan = client.found("/CarePlan?subject=Patient/p")["entry"][0]["resource"].clone();
    let said = plan["description"].as_str().unwrap().replace('\u{a0}', " ");
    assert!(said.starts_with("Peut y entrer : non (") && said.contains(" : non ; "), "{said}");
}

#[test]
fn a_stay_is_told_with_its_days_and_its_sessions() {
    let client = harness::practice();
    client.push(&make::man("a", "1970-01-01"));
    client.store(&episode("e", "a", PSY, "active", json!({"start": "2025-01-10"})));
    let days = ["2025-01-10", "2025-01-20", "2025-02-01", "2025-02-10", "2025-03-01", "2025-03-10"];
    let five: Vec<Value> =
        days[..5].iter().enumerate().map(|(n, day)| session(&format!("s{n}"), "a", "psychologue", day)).collect();
    client.push(&five);
    // A no-show is an Appointment, and no session.
    client.store(&json!({"resourceType": "Appointment", "id": "missed", "status": "noshow",
        "serviceType": [make::ours("mtr-session", "psychologue")], "start": "2025-02-05T09:00:00+01:00",
        "end": "2025-02-05T09:45:00+01:00",
        "participant": [{"actor": {"reference": "Patient/a"}, "status": "accepted"}]}));
    let told = |date: &str| {
        let found = standing(&client, "a", PSY, date);
        let sessions = read::all(&found, "sessions");
        let numbers = sessions.first().map(|s| ["granted", "used", "left", "exceeded"].map(|name| text(s, name)));
        (text(&found, "state"), text(&found, "entered"), text(&found, "left"), numbers)
    };
    let row = |row: [&str; 4]| Some(row.map(str::to_owned));
    let is = |state: &str, left: &str, numbers| (state.to_owned(), "2025-01-10".to_owned(), left.to_owned(), numbers);
    assert_eq!(told("2025-02-10"), is("entered", "-", row(["5", "4", "1", "0"])));
    assert_eq!(told("2025-04-01"), is("entered", "-", row(["5", "5", "0", "0"])));
    client.store(&session("s5", "a", "psychologue", days[5]));
    assert_eq!(told("2025-04-01"), is("entered", "-", row(["5", "6", "0", "1"])));
    // Ten by prescription: the second coding of the episode says so.
    let mut long = episode("e", "a", PSY, "active", json!({"start": "2025-01-10"}));
    long["type"].as_array_mut().unwrap().push(make::ours("mtr-session", "psychologue-10"));
    client.store(&long);
    assert_eq!(told("2025-04-01"), is("entered", "-", row(["10", "6", "4", "0"])));
    client.store(&make::with(
        long,
        json!({"status": "finished", "period": {"start": "2025-01-10", "end": "2025-02-28"}}),
    ));
    assert_eq!(told("2025-02-28"), is("entered", "2025-02-28", row(["10", "4", "6", "0"])));
    assert_eq!(told("2025-04-01"), is("left", "2025-02-28", row(["10", "4", "6", "0"])));
    assert_eq!(told("2025-01-09").0, "not-entered");
    // As it was known before the end: still in it.
    let answer = client.found("/Patient/a/$pathways?date=2025-04-01");
    let known = read::value(&answer, "knownAt").as_str().unwrap().to_owned();
    client.store(&episode("e", "a", PSY, "entered-in-error", json!({"start": "2025-01-10"})));
    assert_eq!(text(&standing(&client, "a", PSY, "2025-04-01"), "state"), "not-entered");
    let before = client.found(&format!("/Patient/a/$pathways?date=2025-04-01&knownAt={known}"));
    assert_eq!(before, answer);
}

#[test]
fn a_stay_that_ends_without_a_date_ends_when_that_is_known() {
    let client = harness::practice();
    client.push(&make::man("a", "1970-01-01"));
    client.store(&episode("e", "a", SOCIAL, "active", json!({"start": "2025-01-10"})));
    client.store(&episode("e", "a", SOCIAL, "finished", json!({"start": "2025-01-10"})));
    let today = client.found("/Patient/a/$pathways");
    let found = read::by_id(&today, "pathway", SOCIAL);
    assert_eq!(text(found, "state"), "left");
    assert_eq!(read::value(found, "left"), read::value(&today, "date"));
    assert_eq!(read::value(found, "leftUndated"), &json!(true));
    assert_eq!(text(&standing(&client, "a", SOCIAL, "2025-06-01"), "state"), "entered");
}

#[test]
fn the_operation_answers_by_post_and_refuses_what_it_does_not_know() {
    let client = harness::practice();
    client.push(&make::man("a", "1970-01-01"));
    let asked = json!({"resourceType": "Parameters", "parameter": [{"name": "date", "valueDate": "2026-10-31"}]});
    let posted = client.post("/Patient/a/$pathways", &asked).expect(200).json();
    assert_eq!(posted, client.found("/Patient/a/$pathways?date=2026-10-31"));
    assert_eq!(posted, client.found("/Patient/a/$pathways?month=2026-10"));
    for name in ["knownAt", "rulebook", "weakestStatus"] {
        assert!(read::value(&posted, name).is_string(), "{name}");
    }
    let refused = [("date=2026-13-01", "MTR-OPR-004"), ("dat=2026-10-31", "MTR-OPR-002")];
    for (query, code) in refused {
        let answer = client.get(&format!("/Patient/a/$pathways?{query}")).expect(400).json();
        assert_eq!(outcome::codes(&answer), [code], "{query}");
    }
    client.get("/Patient/nobody/$pathways").expect(404);
    let other = client.of_structure("somebody-else");
    other.get("/Patient/a/$pathways").expect(404);
}
