//! The rules of a transaction (http.html#trules): the order of entries decides nothing, conditions
//! see what was there before, references what will be there after, and all of it happens or none.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use base64::Engine;
use serde_json::{Value, json};

fn transaction(entry: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entry})
}

fn request(method: &str, url: &str) -> Value {
    json!({"request": {"method": method, "url": url}})
}

fn posted(urn: &str, resource: Value) -> Value {
    let kind = resource["resourceType"].clone();
    json!({"fullUrl": urn, "resource": make::with(resource, json!({"id": null})), "request": {"method": "POST", "url": kind}})
}

fn put(url: &str, resource: Value) -> Value {
    json!({"resource": resource, "request": {"method": "PUT", "url": url}})
}

fn numbered(id: Value, number: &str) -> Value {
    make::with(make::patient("x", "male", "1950-01-01"), json!({"id": id, "identifier": [make::ipp(number)]}))
}

fn by(number: &str) -> String {
    format!("Patient?identifier={}|{number}", make::IPP)
}

fn about(id: &str, subject: &str) -> Value {
    make::with(make::condition(id, "x", "I10", "2020"), json!({"subject": {"reference": subject}}))
}

fn status(answer: &Value, entry: usize) -> &str {
    &answer["entry"][entry]["response"]["status"].as_str().unwrap()[..3]
}

const URN: [&str; 2] =
    ["urn:uuid:5a1c7a3e-0000-4000-8000-000000000001", "urn:uuid:5a1c7a3e-0000-4000-8000-000000000002"];

/// One of each kind of entry, each depending on another.
fn intertwined() -> Vec<Value> {
    let patch = json!([{"op": "replace", "path": "/subject/reference", "value": URN[0]}]).to_string();
    let patch = base64::engine::general_purpose::STANDARD.encode(patch);
    let binary = json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data": patch});
    let mut known = posted(URN[1], numbered(Value::Null, "known"));
    known["request"]["ifNoneExist"] = json!(by("known").split('?').next_back());
    vec![
        request("DELETE", "Patient/leaving"),
        request("DELETE", "Condition/of-leaving"),
        posted(URN[0], numbered(Value::Null, "new")),
        known,
        put("Condition/moved", about("moved", URN[1])),
        put(&by("updated"), make::with(numbered(Value::Null, "updated"), json!({"gender": "female"}))),
        json!({"resource": binary, "request": {"method": "PATCH", "url": "Condition/patched"}}),
        posted("urn:uuid:5a1c7a3e-0000-4000-8000-000000000003", about("x", &by("new"))),
        put("Condition/named", about("named", &by("updated"))),
        request("DELETE", &by("forgotten")),
        request("GET", "Condition/moved"),
        request("GET", &by("new")),
        request("HEAD", "Condition/patched"),
    ]
}

fn prepared() -> Client {
    let client = harness::structure();
    client.push(&[
        numbered(json!("known-id"), "known"),
        numbered(json!("updated-id"), "updated"),
        numbered(json!("forgotten-id"), "forgotten"),
        make::patient("leaving", "male", "1950-01-01"),
        about("of-leaving", "Patient/leaving"),
        about("moved", "Patient/leaving"),
        about("patched", "Patient/updated-id"),
    ]);
    client
}

/// Answers everything a structure holds, with the id given to the new patient written `NEW`.
fn state(client: &Client) -> Vec<String> {
    let number = format!("/Patient?identifier={}%7Cnew", make::IPP);
    let new = client.found(&number)["entry"][0]["resource"]["id"].as_str().unwrap().to_owned();
    let mut all = Vec::new();
    for kind in ["Patient", "Condition"] {
        let found = client.found(&format!("/{kind}?_count=1000"));
        for entry in found["entry"].as_array().unwrap() {
            let mut resource = entry["resource"].clone();
            resource["meta"] = resource["meta"]["versionId"].clone();
            if resource["id"].as_str().unwrap().len() == 36 {
                resource["id"] = json!("given");
            }
            all.push(resource.to_string().replace(&new, "NEW"));
        }
    }
    all.sort();
    all
}

/// Shuffles by a fixed sequence of numbers: the same seed gives the same order everywhere.
fn shuffled(mut order: Vec<usize>, seed: u64) -> Vec<usize> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for n in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(n, (state >> 33) as usize % (n + 1));
    }
    order
}

#[test]
fn the_order_of_entries_decides_nothing() {
    let entries = intertwined();
    let mut first: Option<(Vec<String>, Vec<String>)> = None;
    for seed in 0..24 {
        let client = prepared();
        let order: Vec<usize> = (0..entries.len()).collect();
        let order = if seed == 0 { order } else { shuffled(order, seed) };
        let sent = transaction(order.iter().map(|n| entries[*n].clone()).collect());
        let answer = client.post("", &sent);
        assert_eq!(answer.status, 200, "{order:?}: {}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["entry"].as_array().unwrap().len(), entries.len());
        let mut statuses = vec![String::new(); entries.len()];
        for (place, entry) in order.iter().enumerate() {
            statuses[*entry] = status(&answer, place).to_owned();
        }
        let outcome = (statuses, state(&client));
        let want = first.get_or_insert_with(|| outcome.clone());
        assert_eq!(&outcome, want, "{order:?}");
    }
    let (statuses, held) = first.unwrap();
    let want = ["204", "204", "201", "200", "200", "200", "200", "201", "201", "204", "200", "200", "200"];
    assert_eq!(statuses, want.map(str::to_owned).to_vec());
    assert_eq!(held.iter().filter(|r| r.contains("Patient/NEW")).count(), 2, "{held:#?}");
    assert_eq!(held.iter().filter(|r| r.contains("Patient/updated-id")).count(), 1, "{held:#?}");
}

#[test]
fn conditions_see_the_state_before_and_references_the_state_after() {
    let client = harness::structure();
    client.put("/Patient/old", &numbered(json!("old"), "1")).expect(201);
    // The old one gives its number away, another takes it: the condition still sees the old one.
    let sent = transaction(vec![
        put("Patient/old", numbered(json!("old"), "2")),
        put("Patient/young", numbered(json!("young"), "1")),
        {
            let mut entry = posted(URN[0], numbered(Value::Null, "1"));
            entry["request"]["ifNoneExist"] = json!(format!("identifier={}|1", make::IPP));
            entry
        },
        put("Condition/c", about("c", &by("1"))),
        put("Condition/d", about("d", &by("2"))),
    ]);
    let answer = client.post("", &sent).expect(200).json();
    assert_eq!(status(&answer, 2), "200");
    assert!(answer["entry"][2]["response"]["location"].as_str().unwrap().contains("/Patient/old/"));
    assert_eq!(client.found("/Condition/c")["subject"]["reference"], "Patient/young");
    assert_eq!(client.found("/Condition/d")["subject"]["reference"], "Patient/old");
}

#[test]
fn one_identity_touched_twice_fails_whole_however_it_is_named() {
    let client = harness::structure();
    client.put("/Patient/p", &numbered(json!("p"), "1")).expect(201);
    let escaped = by("1").replace('|', "%7C");
    let conditional = |url: &str| put(url, numbered(Value::Null, "1"));
    let create = |condition: &str| {
        let mut entry = posted(URN[0], numbered(Value::Null, "7"));
        entry["fullUrl"] = Value::Null;
        entry.as_object_mut().unwrap().remove("fullUrl");
        entry["request"]["ifNoneExist"] = json!(condition);
        entry
    };
    let seven = format!("identifier={}|7", make::IPP);
    let seven_escaped = format!("?identifier={}%7C7", make::IPP);
    let cases = [
        (
            "by id and by criteria",
            vec![put("Patient/p", numbered(json!("p"), "1")), conditional(&by("1"))],
            "MTR-BDL-008",
        ),
        ("by criteria twice", vec![conditional(&by("1")), conditional(&escaped)], "MTR-BDL-008"),
        ("updated and deleted", vec![conditional(&by("1")), request("DELETE", "Patient/p")], "MTR-BDL-008"),
        ("deleted twice", vec![request("DELETE", &by("1")), request("DELETE", "Patient/p")], "MTR-BDL-008"),
        (
            "found and deleted",
            vec![request("DELETE", "Patient/p"), create(&format!("identifier={}|1", make::IPP))],
            "MTR-BDL-008",
        ),
        ("created twice", vec![create(&seven), create(&seven_escaped)], "MTR-BDL-011"),
        (
            "created under one id",
            vec![put(&by("8"), numbered(json!("n"), "8")), put("Patient/n", numbered(json!("n"), "9"))],
            "MTR-BDL-008",
        ),
    ];
    for (what, entries, code) in cases {
        for entries in [entries.clone(), entries.into_iter().rev().collect()] {
            let answer = client.post("", &transaction(entries));
            assert_eq!(answer.status, 422, "{what}: {}", answer.text());
            let told = outcome::issues(&answer.json());
            assert!(
                told.iter().any(|i| i.code == code && i.expression.starts_with("Bundle.entry[1]")),
                "{what}: {told:#?}"
            );
        }
    }
    let read = client.found("/Patient/p/_history");
    assert_eq!(read["total"], 1, "nothing was written");
    assert_eq!(client.found("/Patient?_count=10")["total"], 1);
}

#[test]
fn a_read_that_fails_fails_the_whole() {
    let client = harness::structure();
    client.store(&make::condition("c", "q", "I10", "2020"));
    let good = put("Patient/p", make::patient("p", "male", "1950-01-01"));
    let cases = [
        ("Patient/absent", 404, "MTR-GET-001"),
        ("Condition/c/_history/7", 404, "MTR-GET-003"),
        ("Patient?nmae=x", 400, "MTR-SRC-001"),
        ("Medication/m", 422, "MTR-RES-002"),
    ];
    for (url, status, code) in cases {
        let answer = client.post("", &transaction(vec![request("GET", url), good.clone()]));
        let told = outcome::issues(&answer.json());
        assert_eq!(answer.status, status, "{url} {told:#?}");
        assert!(told.iter().any(|i| i.code == code && i.expression.starts_with("Bundle.entry[0]")), "{url} {told:#?}");
        client.get("/Patient/p").expect(404);
    }
    let deleted =
        client.post("", &transaction(vec![request("GET", "Condition/c"), request("DELETE", "Condition/c"), good]));
    outcome::refused(&deleted, 410, "deleted", "MTR-GET-002", "Bundle.entry[0]");
    client.get("/Condition/c").expect(200);
}

#[test]
fn reads_come_after_the_writes_and_may_have_nothing_to_say() {
    let client = harness::structure();
    client.store(&make::patient("q", "male", "1950-01-01"));
    let mut known = request("GET", "Patient/q");
    known["request"]["ifNoneMatch"] = json!("W/\"1\"");
    let mut unchanged = request("GET", "Patient/q");
    unchanged["request"]["ifModifiedSince"] = client.found("/Patient/q")["meta"]["lastUpdated"].clone();
    for kind in ["transaction", "batch"] {
        let mut sent = transaction(vec![
            put("Patient/p", make::patient("p", "male", "1950-01-01")),
            request("GET", "Patient/p"),
            request("HEAD", "Patient/p"),
            known.clone(),
            request("HEAD", "Patient?_id=p"),
            unchanged.clone(),
            request("GET", "Patient/q?_elements=gender"),
        ]);
        sent["type"] = json!(kind);
        let answer = client.post("", &sent).expect(200).json();
        let statuses: Vec<&str> = (1..6).map(|n| status(&answer, n)).collect();
        assert_eq!(statuses, ["200", "200", "304", "200", "304"], "{kind}");
        assert_eq!(answer["entry"][1]["resource"]["id"], "p");
        let part = &answer["entry"][6]["resource"];
        assert_eq!((&part["gender"], part.get("birthDate")), (&json!("male"), None), "{kind}");
        for bare in [2, 3, 4, 5] {
            assert!(answer["entry"][bare].get("resource").is_none(), "{kind} {bare}");
        }
        assert_eq!(answer["entry"][2]["response"]["etag"], "W/\"1\"");
    }
}

#[test]
fn a_patient_leaves_with_all_that_depends_on_it_or_not_at_all() {
    let client = harness::structure();
    let all = [make::patient("p", "male", "1950-01-01"), about("a", "Patient/p"), about("b", "Patient/p")];
    client.push(&all);
    let some = vec![request("DELETE", "Patient/p"), request("DELETE", "Condition/a")];
    let refused = client.post("", &transaction(some));
    outcome::refused(&refused, 409, "conflict", "MTR-PAT-021", "Bundle.entry[0]");
    assert!(outcome::issues(&refused.json())[0].en.contains(": 1;"), "{}", refused.text());
    client.get("/Condition/a").expect(200);
    let every =
        vec![request("DELETE", "Patient/p"), request("DELETE", "Condition/b"), request("DELETE", "Condition/a")];
    client.post("", &transaction(every)).expect(200);
    client.push(&all);
    let cascade = transaction(vec![
        request("DELETE", "Patient/p?_cascade=delete"),
        put("Patient/q", make::patient("q", "male", "1950-01-01")),
        put("Condition/a", about("a", "Patient/q")),
    ]);
    let answer = client.post("", &cascade).expect(200).json();
    assert_eq!((status(&answer, 0), status(&answer, 1), status(&answer, 2)), ("204", "201", "200"));
    client.get("/Condition/b").expect(410);
    assert_eq!(client.found("/Condition/a")["subject"]["reference"], "Patient/q");
}

#[test]
fn ids_that_no_address_holds_are_refused() {
    let client = harness::structure();
    for id in [".", ".."] {
        for kind in ["transaction", "batch"] {
            let mut sent = transaction(vec![put(&format!("Patient/{id}"), make::patient(id, "male", "1950-01-01"))]);
            sent["type"] = json!(kind);
            let answer = client.post("", &sent);
            let outcome =
                if kind == "batch" { answer.json()["entry"][0]["response"]["outcome"].clone() } else { answer.json() };
            assert_eq!(outcome::codes(&outcome), ["MTR-RES-006"], "{kind} {id}");
        }
    }
    assert_eq!(client.found("/_history")["total"], 0);
}

#[test]
fn a_thousand_conditional_references_each_find_their_own() {
    let client = harness::structure();
    let count = 1000;
    let mut entries = Vec::new();
    for n in 0..count {
        entries.push(put(&format!("Condition/c{n}"), about(&format!("c{n}"), &by(&format!("n{n}")))));
        entries.push(put(&format!("Patient/p{n}"), numbered(json!(format!("p{n}")), &format!("n{n}"))));
    }
    client.post("", &transaction(entries)).expect(200);
    for n in [0, 1, 500, count - 1] {
        assert_eq!(client.found(&format!("/Condition/c{n}"))["subject"]["reference"], format!("Patient/p{n}"));
    }
}

#[test]
fn under_strict_handling_a_patient_may_stand_anywhere_in_the_bundle() {
    let client = harness::practice();
    let visit = make::visit("e", "p", "2025-01-02T10:00:00+01:00");
    let patient = make::patient("p", "male", "1950-01-01");
    let birthplace = json!([{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
        "valueAddress": {"extension": [{"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
            "valueCoding": {"code": "75056"}}]}}]);
    let patient = make::with(patient, json!({"extension": birthplace}));
    for order in [[&visit, &patient], [&patient, &visit]] {
        let sent = transaction(order.iter().map(|r| make::put_entry(r)).collect()).to_string();
        let answer = client.send("POST", "", &[("Prefer", "handling=strict")], sent.as_bytes());
        let unknown = answer.status == 422 && outcome::codes(&answer.json()).contains(&"MTR-REF-013".to_owned());
        assert!(!unknown, "{}", answer.text());
    }
}

#[test]
fn a_bundle_of_too_many_bytes_is_refused_before_any_work() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let long = make::with(make::patient("p", "male", "1950-01-01"), json!({"language": "x".repeat(1_100_000)}));
    let refused = client.post("", &make::transaction(&[long]));
    outcome::refused(&refused, 413, "too-long", "MTR-REQ-004", "");
    assert_eq!(client.found("/Patient?_count=1")["total"], 0);
}

#[test]
fn references_by_condition_are_for_transactions() {
    let client = harness::structure();
    client.put("/Patient/p", &numbered(json!("p"), "1")).expect(201);
    let resource = about("c", &by("1"));
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [put("Condition/c", resource.clone())]});
    let answer = client.post("", &batch).expect(200).json();
    let told = outcome::issues(&answer["entry"][0]["response"]["outcome"]);
    assert_eq!((&told[0].code[..], &told[0].expression[..]), ("MTR-REF-005", "Bundle.entry[0].resource.subject"));
    outcome::refused(&client.put("/Condition/c", &resource), 400, "not-supported", "MTR-REF-005", "Condition.subject");
    client.post("", &transaction(vec![put("Condition/c", resource)])).expect(200);
}

#[test]
fn a_client_that_goes_away_leaves_all_or_nothing() {
    let client = harness::structure();
    let count = 120;
    for round in 0..4 {
        let patients: Vec<Value> =
            (0..count).map(|n| make::patient(&format!("r{round}-{n}"), "male", "1950-01-01")).collect();
        client.send_and_leave("", &make::transaction(&patients));
        for _ in 0..20 {
            let total = client.found("/Patient?_count=1")["total"].as_u64().unwrap();
            assert_eq!(total % count, 0, "half a transaction: {total}");
        }
    }
}

#[test]
fn a_text_that_cannot_hold_a_relative_link_stays_as_it_is() {
    let client = harness::structure();
    let told = |value: Value| make::with(json!({"url": "https://a.example/told"}), value);
    let extension = json!([told(json!({"valueUuid": URN[0]})), told(json!({"valueUri": URN[0]}))]);
    let flagged = make::with(about("flagged", URN[0]), json!({"extension": extension}));
    let entries = vec![posted(URN[0], numbered(Value::Null, "told")), put("Condition/flagged", flagged)];
    client.post("", &transaction(entries)).expect(200);
    let stored = client.found("/Condition/flagged");
    assert_eq!(stored["extension"][0]["valueUuid"], URN[0]);
    assert_eq!(stored["extension"][1]["valueUri"], stored["subject"]["reference"]);
}
