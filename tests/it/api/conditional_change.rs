//! Conditional update and delete (http.html#cond-update, #cdelete), by request and in Bundles; and
//! conditional read.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn by(number: &str) -> String {
    format!("Patient?identifier={}%7C{number}", make::IPP)
}

fn numbered(number: &str, id: Value) -> Value {
    make::with(make::patient("x", "male", "1950-01-01"), json!({"id": id, "identifier": [make::ipp(number)]}))
}

/// Another patient whom the same criteria find.
fn untyped(number: &str, id: Value) -> Value {
    make::with(numbered(number, id), json!({"identifier": [make::untyped(number)]}))
}

/// Sends the change as a request or as the one entry of a transaction or batch; answers status,
/// version location and outcome alike.
fn change(client: &Client, form: &str, method: &str, url: &str, resource: Option<&Value>) -> (u16, String, Value) {
    if form == "request" {
        let body = resource.map(Value::to_string).unwrap_or_default();
        let answer: Answer = client.send(method, &format!("/{url}"), &[], body.as_bytes());
        let outcome = if answer.status >= 400 { answer.json() } else { Value::Null };
        return (answer.status, answer.header("location").unwrap_or_default().to_owned(), outcome);
    }
    let mut entry = json!({"request": {"method": method, "url": url}});
    if let Some(resource) = resource {
        entry["resource"] = resource.clone();
    }
    let answer = client.post("", &json!({"resourceType": "Bundle", "type": form, "entry": [entry]}));
    if answer.status != 200 {
        return (answer.status, String::new(), answer.json());
    }
    let response = answer.json()["entry"][0]["response"].clone();
    let status = response["status"].as_str().unwrap()[..3].parse().unwrap();
    (status, response["location"].as_str().unwrap_or_default().to_owned(), response["outcome"].clone())
}

const FORMS: [&str; 3] = ["request", "transaction", "batch"];

#[test]
fn an_update_by_criteria_creates_then_updates() {
    for form in FORMS {
        let client = harness::structure();
        let put = |resource: &Value, number: &str| change(&client, form, "PUT", &by(number), Some(resource));
        let (status, location, _) = put(&numbered("1", Value::Null), "1");
        assert_eq!(status, 201, "{form}");
        let id = location.split("/Patient/").last().unwrap().split('/').next().unwrap().to_owned();
        let female = make::with(numbered("1", Value::Null), json!({"gender": "female"}));
        assert_eq!(put(&female, "1").0, 200, "{form}");
        assert_eq!(client.found(&format!("/Patient/{id}"))["gender"], "female");
        assert_eq!(put(&make::with(female, json!({"id": id, "gender": "male"})), "1").0, 200, "{form}");
        assert_eq!(client.found(&format!("/Patient/{id}"))["meta"]["versionId"], "3");
        assert_eq!(put(&numbered("2", json!("chosen")), "2").0, 201, "{form}: under the id sent");
        client.get("/Patient/chosen").expect(200);
        let (status, _, told) = put(&numbered("1", json!("chosen")), "1");
        assert_eq!((status, &outcome::codes(&told)[0][..]), (400, "MTR-CND-005"), "{form}");
        let (status, _, told) = put(&numbered("3", json!("chosen")), "3");
        assert_eq!((status, &outcome::codes(&told)[0][..]), (409, "MTR-CND-009"), "{form}: the id is taken");
        client.post("/Patient", &untyped("1", Value::Null)).expect(201);
        let (status, _, told) = put(&numbered("1", Value::Null), "1");
        assert_eq!((status, &outcome::codes(&told)[0][..]), (412, "MTR-CND-003"), "{form}");
        for id in [".", "..", "a b"] {
            let (status, _, told) = put(&numbered("9", json!(id)), "9");
            assert_eq!(status, 400, "{form} {id} {told}");
        }
    }
}

#[test]
fn a_deletion_by_criteria_takes_one_at_most() {
    for form in FORMS {
        let client = harness::structure();
        let delete = |number: &str| change(&client, form, "DELETE", &by(number), None);
        assert_eq!(delete("none").0, 204, "{form}");
        client.put("/Patient/a", &numbered("1", json!("a"))).expect(201);
        assert_eq!(delete("1").0, 204, "{form}");
        client.get("/Patient/a").expect(410);
        client.put("/Patient/b", &numbered("2", json!("b"))).expect(201);
        client.put("/Patient/c", &untyped("2", json!("c"))).expect(201);
        let (status, _, told) = delete("2");
        assert_eq!((status, &outcome::codes(&told)[0][..]), (412, "MTR-CND-003"), "{form}");
        client.get("/Patient/b").expect(200);
        client.put("/Patient/d", &numbered("4", json!("d"))).expect(201);
        client.store(&make::condition("k", "d", "I10", "2020"));
        let (status, _, told) = delete("4");
        assert_eq!((status, &outcome::codes(&told)[0][..]), (409, "MTR-PAT-021"), "{form}");
        let cascade = format!("{}&_cascade=delete", by("4"));
        assert_eq!(change(&client, form, "DELETE", &cascade, None).0, 204, "{form}");
        client.get("/Condition/k").expect(410);
    }
}

#[test]
fn nothing_is_changed_without_a_criterion() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let body = numbered("1", Value::Null).to_string();
    for (method, body) in [("PUT", body.as_bytes()), ("DELETE", b"")] {
        for path in ["/Patient", "/Patient?", "/Patient?_format=json", "/Patient?_count=1"] {
            outcome::refused(&client.send(method, path, &[], body), 412, "required", "MTR-CND-006", "");
        }
        let typo = client.send(method, "/Patient?identifer=1", &[], body);
        outcome::refused(&typo, 400, "not-supported", "MTR-SRC-001", "");
    }
    client.get("/Patient/p").expect(200);
}

#[test]
fn sixty_four_updates_by_one_condition_make_one_resource() {
    let client = harness::structure();
    let answers = harness::together(64, |n| {
        let body = make::with(numbered("900", Value::Null), json!({"language": format!("x-{n}")}));
        client.send("PUT", &format!("/{}", by("900")), &[], body.to_string().as_bytes())
    });
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|s| matches!(s, 200 | 201)), "{statuses:?}");
    assert_eq!(client.found(&format!("/{}", by("900")))["total"], 1);
}

#[test]
fn sixty_four_deletions_by_one_condition_delete_once() {
    let client = harness::structure();
    client.put("/Patient/a", &numbered("1", json!("a"))).expect(201);
    let statuses = harness::together(64, |_| client.delete(&format!("/{}", by("1"))).status);
    assert!(statuses.iter().all(|s| *s == 204), "{statuses:?}");
    assert_eq!(client.found("/Patient/a/_history")["total"], 2);
}

#[test]
fn a_version_that_is_asked_for_is_the_one_that_is_changed() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let put = |header: (&str, &str), gender: &str| {
        let body = make::patient("p", gender, "1950-01-01").to_string();
        client.send("PUT", "/Patient/p", &[header], body.as_bytes())
    };
    for (n, tag) in ["W/\"1\"", "\"2\"", "3", "*"].iter().enumerate() {
        put(("If-Match", tag), ["female", "male"][n % 2]).expect(200);
    }
    for tag in ["\"1\"", "W/\"x\"", "\"a1b2\""] {
        outcome::refused(&put(("If-Match", tag), "other"), 412, "conflict", "MTR-CND-001", "");
    }
    outcome::refused(&put(("If-Match", "x"), "other"), 400, "value", "MTR-REQ-005", "");
    let absent = make::patient("absent", "male", "1950-01-01").to_string();
    let star = client.send("PUT", "/Patient/absent", &[("If-Match", "*")], absent.as_bytes());
    outcome::refused(&star, 412, "conflict", "MTR-CND-001", "");
    client.send("DELETE", "/Patient/p", &[("If-Match", "\"1\"")], b"").expect(412);
    client.send("DELETE", "/Patient/p", &[("If-Match", "*")], b"").expect(204);
    let by_condition = client.send("DELETE", &format!("/{}", by("N-none")), &[("If-Match", "W/\"1\"")], b"");
    outcome::refused(&by_condition, 412, "conflict", "MTR-CND-001", "");
}

#[test]
fn one_of_several_versions_that_are_asked_for_will_do() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let put = |headers: &[(&str, &str)], gender: &str| {
        let body = make::patient("p", gender, "1950-01-01").to_string();
        client.send("PUT", "/Patient/p", headers, body.as_bytes())
    };
    put(&[("If-Match", "W/\"4\", W/\"1\"")], "female").expect(200);
    put(&[("If-Match", "\"a,b\" ,\"2\"")], "male").expect(200);
    put(&[("If-Match", "\"9\""), ("If-Match", "\"3\"")], "female").expect(200);
    for list in ["\"1\", \"2\"", "W/\"x\", \"y\""] {
        outcome::refused(&put(&[("If-Match", list)], "other"), 412, "conflict", "MTR-CND-001", "");
    }
    for list in ["\"4\",", "\"4\" \"5\"", "\"4\", x", "*, \"4\"", "\"4"] {
        outcome::refused(&put(&[("If-Match", list)], "other"), 400, "value", "MTR-REQ-005", "");
    }
    let patch = json!([{"op": "replace", "path": "/gender", "value": "male"}]).to_string();
    let amend = |list: &str| {
        let headers = [("If-Match", list), ("Content-Type", "application/json-patch+json")];
        client.send("PATCH", "/Patient/p", &headers, patch.as_bytes())
    };
    outcome::refused(&amend("\"1\", \"2\""), 412, "conflict", "MTR-CND-001", "");
    amend("\"1\", \"4\"").expect(200);
    let entry = |list: &str| {
        let request = json!({"method": "PUT", "url": "Patient/p", "ifMatch": list});
        let entry = json!([{"request": request, "resource": make::patient("p", "other", "1950-01-01")}]);
        client.post("", &json!({"resourceType": "Bundle", "type": "transaction", "entry": entry}))
    };
    entry("W/\"1\", W/\"2\"").expect(412);
    entry("W/\"1\", W/\"5\"").expect(200);
    client.send("DELETE", "/Patient/p", &[("If-Match", "\"1\", \"5\"")], b"").expect(412);
    client.send("DELETE", "/Patient/p", &[("If-Match", "\"1\", \"6\"")], b"").expect(204);
    put(&[("If-Match", "\"1\", \"2\"")], "male").expect(412);
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let modified = client.get("/Patient/p").header("last-modified").unwrap().to_owned();
    let get = |headers: &[(&str, &str)]| client.send("GET", "/Patient/p", headers, b"").status;
    for tag in ["W/\"1\"", "\"1\"", "*", "\"7\", W/\"1\""] {
        assert_eq!(get(&[("If-None-Match", tag)]), 304, "{tag}");
    }
    assert_eq!(get(&[("If-None-Match", "\"2\"")]), 200);
    assert_eq!(get(&[("If-Modified-Since", &modified)]), 304);
    assert_eq!(get(&[("If-Modified-Since", "Mon, 01 Jan 2035 00:00:00 GMT")]), 304);
    assert_eq!(get(&[("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")]), 200);
    assert_eq!(get(&[("If-Modified-Since", "some day")]), 200);
    assert_eq!(get(&[("If-None-Match", "\"2\""), ("If-Modified-Since", &modified)]), 200, "the tag decides");
    assert_eq!(client.send("GET", "/Patient/p/_history/1", &[("If-None-Match", "\"1\"")], b"").status, 304);
    let head = client.send("HEAD", "/Patient/p", &[("If-None-Match", "\"1\"")], b"").expect(304);
    assert_eq!(head.header("etag"), Some("W/\"1\""));
}

#[test]
fn a_change_in_the_second_of_last_modified_is_not_hidden() {
    let client = harness::structure();
    for round in 0..5 {
        let patient = |gender: &str| make::patient(&format!("p{round}"), gender, "1950-01-01");
        let path = format!("/Patient/p{round}");
        client.store(&patient("male"));
        let modified = client.get(&path).header("last-modified").unwrap().to_owned();
        client.store(&patient("female"));
        let again = client.send("GET", &path, &[("If-Modified-Since", &modified)], b"").expect(200);
        assert_eq!(again.json()["gender"], "female");
        // Deleted and made anew it is another, too.
        client.delete(&path).expect(204);
        client.store(&patient("other"));
        client.send("GET", &path, &[("If-Modified-Since", &modified)], b"").expect(200);
    }
}

#[test]
fn nothing_is_modified_later_than_it_is_answered() {
    let client = harness::structure();
    let second = |date: &str| date.split_whitespace().nth(4).unwrap().to_owned();
    for round in 0..100 {
        let birth = format!("19{:02}-01-01", round % 100);
        let answer = client.put("/Patient/p", &make::patient("p", "male", &birth));
        let told = |name: &str| second(answer.header(name).unwrap());
        // Within a day; around midnight the hours say nothing.
        assert!(told("last-modified") <= told("date") || told("date").starts_with("00:00"), "{round}");
    }
}

#[test]
fn a_deletion_answers_what_the_client_prefers() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let answer = client.send("DELETE", "/Patient/p", &[("Prefer", "return=OperationOutcome")], b"").expect(200);
    assert_eq!((outcome::codes(&answer.json()), answer.header("etag")), (vec!["MTR-OKK-004".into()], Some("W/\"2\"")));
    client.send("DELETE", "/Patient/p", &[("Prefer", "return=minimal")], b"").expect(204);
}

#[test]
fn any_version_will_do_however_many_write_at_once() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let statuses = harness::together(12, |n| {
        let body = make::with(make::patient("p", "male", "1950-01-01"), json!({"language": format!("x-{n}")}));
        client.send("PUT", "/Patient/p", &[("If-Match", "*")], body.to_string().as_bytes()).status
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(client.found("/Patient/p")["meta"]["versionId"], "13");
}

#[test]
fn how_a_search_answers_is_no_criterion_of_a_change() {
    let client = harness::structure();
    client.store(&numbered("one", json!("a")));
    let results = [
        "_count=1",
        "_sort=birthdate",
        "_include=Patient:general-practitioner",
        "_summary=true",
        "_elements=name",
        "_total=none",
        "_revinclude:iterate=Observation:patient",
    ];
    for result in results {
        let name = result.split(['=', ':']).next().unwrap();
        for handling in ["handling=lenient", "handling=strict"] {
            let prefer = [("Prefer", handling)];
            let url = format!("/{}&{result}", by("one"));
            let body = numbered("one", json!("a")).to_string();
            let patch = br#"[{"op": "replace", "path": "/gender", "value": "female"}]"#;
            let patched = [("Prefer", handling), ("Content-Type", "application/json-patch+json")];
            let condition = format!("{}&{result}", by("one").trim_start_matches("Patient?"));
            let answers = [
                client.send("DELETE", &url, &prefer, b""),
                client.send("PUT", &url, &prefer, body.as_bytes()),
                client.send("PATCH", &url, &patched, patch),
                client.send(
                    "POST",
                    "/Patient",
                    &[("Prefer", handling), ("If-None-Exist", &condition)],
                    body.as_bytes(),
                ),
            ];
            for answer in answers {
                outcome::refused(&answer, 400, "not-supported", "MTR-CND-011", "");
                assert!(outcome::issues(&answer.json())[0].en.contains(name), "{result}: {}", answer.text());
            }
        }
        for form in ["transaction", "batch"] {
            let (status, _, told) = change(&client, form, "DELETE", &format!("{}&{result}", by("one")), None);
            assert_eq!(status, 400, "{form} {result}: {told}");
        }
    }
    assert_eq!(client.found("/Patient/a")["meta"]["versionId"], "1");
    client.delete(&format!("/{}&_format=json&_pretty=true", by("one"))).expect(204);
}
