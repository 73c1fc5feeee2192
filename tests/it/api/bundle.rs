//! batch and transaction (http.html#transaction): all or nothing, or each for itself, in order.

use crate::harness;
use crate::harness::Client;
use crate::harness::Tree;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

const URN: [&str; 4] = [
    "urn:uuid:11111111-0000-4000-8000-000000000001",
    "urn:uuid:11111111-0000-4000-8000-000000000002",
    "urn:uuid:11111111-0000-4000-8000-000000000003",
    "urn:uuid:11111111-0000-4000-8000-000000000004",
];

fn bundle(kind: &str, entry: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": kind, "entry": entry})
}

fn post(urn: &str, resource: Value) -> Value {
    let kind = resource["resourceType"].clone();
    json!({"fullUrl": urn, "resource": make::with(resource, json!({"id": null})), "request": {"method": "POST", "url": kind}})
}

fn about(urn: &str) -> Value {
    json!({"reference": urn})
}

/// Answers `Type/id` of an entry's response.
fn written(answer: &Value, entry: usize) -> String {
    let location = answer["entry"][entry]["response"]["location"].as_str().unwrap();
    location.split("/fhir/").last().unwrap().split("/_history").next().unwrap().to_owned()
}

fn status(answer: &Value, entry: usize) -> String {
    answer["entry"][entry]["response"]["status"].as_str().unwrap().chars().take(3).collect()
}

fn count(client: &Client, kind: &str) -> u64 {
    client.found(&format!("/{kind}?_count=1"))["total"].as_u64().unwrap()
}

#[test]
fn references_to_entries_forward_and_in_a_circle_become_ids() {
    let client = harness::structure();
    let answer = client
        .post(
            "",
            &bundle(
                "transaction",
                vec![
                    post(
                        URN[0],
                        make::with(
                            make::visit("x", "x", "2025-01-02"),
                            json!({
                "subject": about(URN[1]), "diagnosis": [{"condition": about(URN[2])}]}),
                        ),
                    ),
                    post(URN[1], make::patient("x", "male", "1950-01-01")),
                    post(
                        URN[2],
                        make::with(
                            make::condition("x", "x", "I10", "2020"),
                            json!({
                "subject": about(URN[1]), "encounter": about(URN[0])}),
                        ),
                    ),
                ],
            ),
        )
        .expect(200)
        .json();
    assert_eq!(answer["type"], "transaction-response");
    let (visit, patient, problem) = (written(&answer, 0), written(&answer, 1), written(&answer, 2));
    assert!(visit.starts_with("Encounter/") && patient.starts_with("Patient/") && problem.starts_with("Condition/"));
    assert_eq!(client.found(&format!("/{visit}"))["subject"]["reference"], *patient);
    assert_eq!(client.found(&format!("/{visit}"))["diagnosis"][0]["condition"]["reference"], *problem);
    assert_eq!(client.found(&format!("/{problem}"))["encounter"]["reference"], *visit);
}

#[test]
fn the_answer_has_one_entry_each_in_the_order_of_the_request() {
    let client = harness::structure();
    client.push(&[make::patient("old", "male", "1950-01-01"), make::condition("gone", "old", "I10", "2020")]);
    for kind in ["transaction", "batch"] {
        let answer = client
            .post(
                "",
                &bundle(
                    kind,
                    vec![
                        json!({"request": {"method": "GET", "url": "Patient/old"}}),
                        make::put_entry(&make::patient(&format!("new-{kind}"), "male", "1950-01-01")),
                        json!({"request": {"method": "DELETE", "url": "Condition/gone"}}),
                        post(URN[0], make::condition("x", "old", "E11", "2020")),
                        make::put_entry(&make::with(
                            make::patient("old", "female", "1950-01-01"),
                            json!({"language": kind}),
                        )),
                        json!({"request": {"method": "GET", "url": "Patient?identifier=none"}}),
                    ],
                ),
            )
            .expect(200)
            .json();
        assert_eq!(answer["type"], format!("{kind}-response"));
        let statuses: Vec<String> = (0..6).map(|n| status(&answer, n)).collect();
        assert_eq!(statuses, ["200", "201", "204", "201", "200", "200"], "{answer:#}");
        assert_eq!(answer["entry"][0]["resource"]["id"], "old");
        assert_eq!(answer["entry"][5]["resource"]["type"], "searchset");
        assert_eq!(answer["entry"][1]["response"]["etag"], "W/\"1\"");
        assert!(answer["entry"][1]["response"]["lastModified"].is_string());
    }
    client.get("/Condition/gone").expect(410);
}

#[test]
fn links_of_the_narrative_and_uris_follow_and_other_text_stays() {
    let client = harness::structure();
    let div = format!(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"{0}\">voir</a> et le texte {0} <img src=\"{0}\" alt=\"\"/></div>",
        URN[1]
    );
    let visit = make::with(
        make::visit("x", "x", "2025-01-02"),
        json!({
            "text": {"status": "additional", "div": div},
            "subject": about(URN[1]),
            "identifier": [{"system": "urn:x", "value": URN[1]}],
            "extension": [{"url": "http://a.example/e", "valueUri": URN[1]}, {"url": "http://a.example/s", "valueString": URN[1]}],
        }),
    );
    let answer = client
        .post(
            "",
            &bundle("transaction", vec![post(URN[0], visit), post(URN[1], make::patient("x", "male", "1950-01-01"))]),
        )
        .expect(200)
        .json();
    let patient = written(&answer, 1);
    let read = client.found(&format!("/{}", written(&answer, 0)));
    let told = read["text"]["div"].as_str().unwrap();
    assert!(told.contains(&format!("href=\"{patient}\"")), "{told}");
    assert!(told.contains(&format!("src=\"{patient}\"")), "{told}");
    assert!(told.contains(&format!("le texte {}", URN[1])), "{told}");
    assert_eq!(read["extension"][0]["valueUri"], *patient);
    assert_eq!(read["extension"][1]["valueString"], URN[1]);
    assert_eq!(read["identifier"][0]["value"], URN[1]);
}

#[test]
fn a_reference_to_an_absolute_full_url_follows_its_entry() {
    let client = harness::structure();
    let answer = client
        .post(
            "",
            &bundle(
                "transaction",
                vec![
                    json!({"fullUrl": "https://ehr.example/fhir/Patient/77",
                   "resource": make::with(make::patient("x", "male", "1950-01-01"), json!({"id": "77"})),
                   "request": {"method": "POST", "url": "Patient"}}),
                    json!({"fullUrl": "https://ehr.example/fhir/Condition/78",
                   "resource": make::with(make::condition("x", "77", "I10", "2020"), json!({"id": null})),
                   "request": {"method": "POST", "url": "Condition"}}),
                ],
            ),
        )
        .expect(200)
        .json();
    let read = client.found(&format!("/{}", written(&answer, 1)));
    assert_eq!(read["subject"]["reference"], *written(&answer, 0));
}

#[test]
fn a_condition_of_an_entry_finds_or_creates() {
    let client = harness::structure();
    client.store(&make::patient("known", "male", "1950-01-01"));
    let entry = |urn: &str, number: &str, question_mark: &str| {
        let patient = make::with(make::patient("x", "male", "1950-01-01"), json!({"identifier": [make::ipp(number)]}));
        let mut entry = post(urn, patient);
        entry["request"]["ifNoneExist"] = json!(format!("{question_mark}identifier={}|{number}", make::IPP));
        entry
    };
    let problem = |urn: &str, patient: &str| {
        post(urn, make::with(make::condition("x", "x", "I10", "2020"), json!({"subject": about(patient)})))
    };
    let sent = bundle(
        "transaction",
        vec![
            entry(URN[0], "N-known", ""),
            entry(URN[1], "N-new", "?"),
            problem(URN[2], URN[0]),
            problem(URN[3], URN[1]),
        ],
    );
    let answer = client.post("", &sent).expect(200).json();
    assert_eq!((status(&answer, 0), status(&answer, 1)), ("200".into(), "201".into()), "{answer:#}");
    assert_eq!(written(&answer, 0), "Patient/known");
    assert_eq!(client.found(&format!("/{}", written(&answer, 2)))["subject"]["reference"], "Patient/known");
    assert_eq!(client.found(&format!("/{}", written(&answer, 3)))["subject"]["reference"], *written(&answer, 1));
    let again = client.post("", &sent).expect(200).json();
    assert_eq!((status(&again, 0), status(&again, 1)), ("200".into(), "200".into()));
    assert_eq!(written(&again, 1), written(&answer, 1));
}

#[test]
fn a_conditional_reference_is_found_once_or_refused() {
    let client = harness::structure();
    client.store(&make::patient("known", "male", "1950-01-01"));
    let problem = |number: &str| {
        let subject = about(&format!("Patient?identifier={}|{number}", make::IPP));
        bundle(
            "transaction",
            vec![post(URN[0], make::with(make::condition("x", "x", "I10", "2020"), json!({"subject": subject})))],
        )
    };
    let answer = client.post("", &problem("N-known")).expect(200).json();
    assert_eq!(client.found(&format!("/{}", written(&answer, 0)))["subject"]["reference"], "Patient/known");
    let none = client.post("", &problem("N-none"));
    outcome::refused(&none, 422, "not-found", "MTR-REF-006", "Bundle.entry[0].resource.subject");
    let twin =
        make::with(make::patient("twin", "male", "1950-01-01"), json!({"identifier": [make::untyped("N-known")]}));
    client.store(&twin);
    let many = client.post("", &problem("N-known"));
    assert!(matches!(many.status, 412 | 422), "{}", many.text());
    assert_eq!(outcome::codes(&many.json()), ["MTR-REF-007"]);
    assert_eq!(count(&client, "Condition"), 1);
}

#[test]
fn one_bad_entry_of_many_writes_nothing_and_is_named() {
    let client = harness::structure();
    let mut entries: Vec<Value> =
        (0..100).map(|n| make::put_entry(&make::patient(&format!("p-{n}"), "male", "1950-01-01"))).collect();
    entries[56]["resource"]["birthDate"] = json!("2023-02-31");
    let refused = client.post("", &bundle("transaction", entries.clone()));
    outcome::refused(&refused, 400, "value", "MTR-VAL-002", "Bundle.entry[56].resource.birthDate");
    assert_eq!(count(&client, "Patient"), 0);
    entries[56]["resource"]["birthDate"] = json!("2023-02-28");
    entries[3]["resource"]["gendre"] = json!("male");
    entries[99]["resource"]["birthDate"] = Value::Null;
    let refused = client.post("", &bundle("transaction", entries));
    outcome::refused(&refused, 400, "structure", "MTR-STR-001", "Bundle.entry[3].resource.gendre");
    assert!(outcome::issues(&refused.json()).iter().any(|i| i.expression.starts_with("Bundle.entry[99].resource")));
    assert_eq!(count(&client, "Patient"), 0);
}

fn put_patient(id: &str) -> Value {
    make::put_entry(&make::patient(id, "male", "1950-01-01"))
}

fn put(url: &str, resource: Value) -> Value {
    json!({"resource": resource, "request": {"method": "PUT", "url": url}})
}

fn post_patient(urn: &str) -> Value {
    post(urn, make::patient("x", "male", "1950-01-01"))
}

fn conditional(urn: &str) -> Value {
    let mut entry = post_patient(urn);
    entry["request"]["ifNoneExist"] = json!("identifier=urn:x|1");
    entry
}

fn medication() -> Value {
    put("Medication/m", json!({"resourceType": "Medication", "id": "m"}))
}

fn pointing_nowhere() -> Value {
    post(URN[0], make::with(make::condition("x", "x", "I10", "2020"), json!({"subject": about(URN[3])})))
}

fn delete(url: &str) -> Value {
    json!({"request": {"method": "DELETE", "url": url}})
}

fn misplaced() -> Value {
    put("Condition/a", make::patient("a", "male", "1950-01-01"))
}

fn misnamed() -> Value {
    put("Patient/b", make::patient("a", "male", "1950-01-01"))
}

fn unasked() -> Value {
    json!({"resource": make::patient("b", "male", "1950-01-01")})
}

fn bodiless() -> Value {
    json!({"request": {"method": "POST", "url": "Patient"}})
}

/// What is wrong, the entries, and what is answered: status, stable code, place.
type Refused = (&'static str, fn() -> Vec<Value>, u16, &'static str, &'static str);

const REFUSED: &[Refused] = &[
    (
        "one identity twice",
        || vec![put_patient("a"), put_patient("b"), put_patient("a")],
        422,
        "MTR-BDL-008",
        "Bundle.entry[2]",
    ),
    ("written and deleted", || vec![put_patient("a"), delete("Patient/a")], 422, "MTR-BDL-008", "Bundle.entry[1]"),
    ("one full URL twice", || vec![post_patient(URN[0]), post_patient(URN[0])], 422, "MTR-BDL-006", "Bundle.entry[1]"),
    ("one condition twice", || vec![conditional(URN[0]), conditional(URN[1])], 422, "MTR-BDL-011", "Bundle.entry[1]"),
    ("no request", || vec![put_patient("a"), unasked()], 422, "MTR-BDL-002", "Bundle.entry[1]"),
    ("no resource", || vec![bodiless()], 422, "MTR-BDL-003", "Bundle.entry[0]"),
    ("a type that is not received", || vec![put_patient("a"), medication()], 422, "MTR-RES-002", "Bundle.entry[1]"),
    ("another type than the URL's", || vec![misplaced()], 422, "MTR-BDL-012", "Bundle.entry[0]"),
    ("another id than the URL's", || vec![misnamed()], 400, "MTR-RES-005", "Bundle.entry[0]"),
    ("a urn nobody carries", || vec![pointing_nowhere()], 422, "MTR-REF-004", "Bundle.entry[0].resource.subject"),
];

#[test]
fn what_is_wrong_with_a_transaction_is_said_with_its_entry() {
    let client = harness::structure();
    let mut wrong = Vec::new();
    for (what, entries, status, code, place) in REFUSED {
        let answer = client.post("", &bundle("transaction", entries()));
        let issues = outcome::issues(&answer.json());
        let found = issues.iter().any(|i| i.code == *code && i.expression.starts_with(place));
        if answer.status != *status || !found {
            wrong.push(format!("{what}: {status} {code} at {place} was {} {issues:#?}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(count(&client, "Patient"), 0, "nothing of it was written");
}

#[test]
fn only_transactions_and_batches_are_received() {
    let client = harness::structure();
    for kind in ["collection", "searchset", "document", "message", "history", "transaction-response"] {
        let answer = client.post("", &bundle(kind, vec![make::put_entry(&make::patient("p", "male", "1950-01-01"))]));
        outcome::refused(&answer, 422, "not-supported", "MTR-BDL-001", "");
    }
    let none = client.post("", &json!({"resourceType": "Bundle", "entry": []}));
    assert!(matches!(none.status, 400 | 422), "{}", none.text());
    let patient = client.post("", &make::patient("p", "male", "1950-01-01"));
    outcome::refused(&patient, 400, "invalid", "MTR-RES-003", "");
    client.get("/Patient/p").expect(404);
}

#[test]
fn an_empty_transaction_is_answered() {
    let client = harness::structure();
    for sent in
        [json!({"resourceType": "Bundle", "type": "transaction"}), json!({"resourceType": "Bundle", "type": "batch"})]
    {
        let answer = client.post("", &sent).expect(200).json();
        assert!(answer.get("entry").is_none(), "an empty array is no FHIR: {answer}");
    }
}

#[test]
fn a_batch_keeps_what_is_good() {
    let client = harness::structure();
    let mut bad = make::patient("bad", "male", "1950-01-01");
    bad["birthDate"] = json!("1950-13-01");
    let answer = client
        .post("", &bundle("batch", vec![
            make::put_entry(&make::patient("good", "male", "1950-01-01")),
            make::put_entry(&bad),
            json!({"request": {"method": "GET", "url": "Patient/absent"}}),
            json!({"resource": {"resourceType": "Medication", "id": "m"}, "request": {"method": "PUT", "url": "Medication/m"}}),
            json!({"request": {"method": "DELETE", "url": "Patient/absent"}}),
            make::put_entry(&make::patient("also", "male", "1950-01-01")),
        ]))
        .expect(200)
        .json();
    let statuses: Vec<String> = (0..6).map(|n| status(&answer, n)).collect();
    assert_eq!(statuses, ["201", "400", "404", "422", "204", "201"], "{answer:#}");
    for refused in [1, 2, 3] {
        let issues = outcome::issues(&answer["entry"][refused]["response"]["outcome"]);
        assert!(issues[0].expression.starts_with(&format!("Bundle.entry[{refused}]")), "{issues:#?}");
    }
    client.get("/Patient/good").expect(200);
    client.get("/Patient/also").expect(200);
    client.get("/Patient/bad").expect(404);
}

#[test]
fn if_match_of_an_entry_stops_the_whole_transaction() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let mut entry = make::put_entry(&make::patient("p", "female", "1950-01-01"));
    entry["request"]["ifMatch"] = json!("W/\"4\"");
    let other = make::put_entry(&make::patient("q", "male", "1950-01-01"));
    let answer = client.post("", &bundle("transaction", vec![other.clone(), entry.clone()])).expect(412);
    assert_eq!(outcome::codes(&answer.json()), ["MTR-CND-001"]);
    client.get("/Patient/q").expect(404);
    entry["request"]["ifMatch"] = json!("W/\"1\"");
    client.post("", &bundle("transaction", vec![other, entry])).expect(200);
    assert_eq!(client.found("/Patient/p")["gender"], "female");
}

#[test]
fn prefer_rules_what_entries_carry() {
    let client = harness::structure();
    let send = |prefer: &str, id: &str| {
        let body = make::transaction(&[make::patient(id, "male", "1950-01-01")]).to_string();
        client.send("POST", "", &[("Prefer", prefer)], body.as_bytes()).expect(200).json()["entry"][0].clone()
    };
    assert!(send("return=minimal", "a").get("resource").is_none());
    // A visit of no professional is worth a word, but to whoever wants none.
    let advised = |id: &str, prefer: &[(&str, &str)]| {
        let visit = make::with(make::visit(id, "a", "2026-01-10"), json!({"participant": null}));
        let answer = client.send("POST", "", prefer, make::transaction(&[visit]).to_string().as_bytes()).expect(200);
        answer.json()["entry"][0]["response"].get("outcome").is_some()
    };
    assert!(advised("e", &[]));
    assert!(!advised("f", &[("Prefer", "return=minimal")]));
    assert_eq!(send("return=representation", "b")["resource"]["id"], "b");
    let told = send("return=OperationOutcome", "c");
    assert!(told.get("resource").is_none());
    assert_eq!(told["response"]["outcome"]["resourceType"], "OperationOutcome");
}

#[test]
fn a_bundle_over_the_limit_of_entries_is_refused_with_both_numbers() {
    let gateway = harness::Gateway::start(&["--max-bundle-entries", "3"]);
    let client = gateway.client();
    let patients =
        |n: usize| -> Vec<Value> { (0..n).map(|n| make::patient(&format!("p{n}"), "male", "1950-01-01")).collect() };
    let refused = client.post("", &make::transaction(&patients(4)));
    outcome::refused(&refused, 413, "too-long", "MTR-BDL-009", "");
    let told = &outcome::issues(&refused.json())[0].en;
    assert!(told.contains('4') && told.contains('3'), "{told}");
    assert_eq!(count(&client, "Patient"), 0);
    client.push(&patients(3));
}

#[test]
fn the_same_push_twice_makes_no_second_version() {
    let client = harness::structure();
    let all = make::one_of_each("p");
    client.push(&all);
    let again = client.push(&all).json();
    for (n, resource) in all.iter().enumerate() {
        assert_eq!(again["entry"][n]["response"]["etag"], "W/\"1\"", "{}", make::path(resource));
        assert_eq!(status(&again, n), "200");
        let read = client.get(&make::path(resource)).tree().sent();
        assert_eq!(read, Tree::parse(&resource.to_string()));
    }
}

#[test]
fn urls_of_entries_may_begin_with_a_slash_or_our_base() {
    let client = harness::structure();
    for url in ["/Patient/p".to_owned(), format!("{}/fhir/Patient/p", client.base())] {
        let mut entry = make::put_entry(&make::patient("p", "male", "1950-01-01"));
        entry["request"]["url"] = json!(url);
        client.post("", &bundle("transaction", vec![entry])).expect(200);
    }
    let mut foreign = make::put_entry(&make::patient("p", "male", "1950-01-01"));
    foreign["request"]["url"] = json!("https://elsewhere.example/fhir/Patient/p");
    outcome::refused(&client.post("", &bundle("transaction", vec![foreign])), 422, "value", "MTR-BDL-005", "");
}

#[test]
fn an_entry_with_an_address_or_a_method_that_is_none_is_told() {
    let client = harness::structure();
    let patient = make::patient("p", "male", "1950-01-01");
    let cases = [
        (json!({"fullUrl": "p", "resource": patient, "request": {"method": "PUT", "url": "Patient/p"}}), "MTR-BDL-007"),
        (json!({"resource": patient, "request": {"method": "SEND", "url": "Patient/p"}}), "MTR-BDL-010"),
    ];
    for (entry, code) in cases {
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
        let answer = client.post("", &bundle);
        assert!(matches!(answer.status, 400 | 422), "{}", answer.text());
        assert!(outcome::codes(&answer.json()).contains(&code.to_owned()), "{code}: {}", answer.text());
    }
}
