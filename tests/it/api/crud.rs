//! create, read, vread, update, delete (http.html): one resource at a time.

use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::json;

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

#[test]
fn a_created_resource_is_read_back_at_its_location() {
    let client = harness::structure();
    let sent = make::with(make::patient("x", "male", "1950-01-01"), json!({"id": null}));
    let created = client.post("/Patient", &sent).expect(201);
    let location = created.header("location").unwrap().to_owned();
    let root = format!("{}/fhir/Patient/", client.base());
    let (id, version) = location.strip_prefix(&root).and_then(|l| l.split_once("/_history/")).unwrap();
    assert_eq!((version, created.header("etag")), ("1", Some("W/\"1\"")));
    assert_eq!(created.header("content-type"), Some("application/fhir+json; charset=utf-8"));
    assert!(created.header("last-modified").is_some_and(|d| d.ends_with(" GMT")));
    assert_eq!(created.json()["meta"]["versionId"], "1");
    assert!(created.json()["meta"]["lastUpdated"].as_str().unwrap().ends_with('Z'));
    let read = client.get(&format!("/Patient/{id}")).expect(200);
    assert_eq!((read.json(), read.header("etag")), (created.json(), Some("W/\"1\"")));
    assert_eq!(client.found(location.split("/fhir").nth(1).unwrap()), created.json());
}

#[test]
fn create_gives_an_id_of_its_own_whatever_id_wsent() {
    let client = harness::structure();
    let sent = make::patient("chosen", "male", "1950-01-01");
    let other = make::with(sent.clone(), json!({"identifier": [make::ipp("other")]}));
    let (one, two) =
        (client.post("/Patient", &sent).expect(201).id(), client.post("/Patient", &other).expect(201).id());
    assert!(one != two && one != "chosen" && two != "chosen");
    client.get("/Patient/chosen").expect(404);
    assert_eq!(client.found(&format!("/Patient/{one}"))["id"], one);
}

#[test]
fn put_creates_under_the_clients_id_then_updates() {
    let client = harness::structure();
    let first = make::patient("p.1-A", "male", "1950-01-01");
    assert_eq!(client.put("/Patient/p.1-A", &first).expect(201).version(), 1);
    let second = make::with(first.clone(), json!({"gender": "female"}));
    let updated = client.put("/Patient/p.1-A", &second).expect(200);
    assert_eq!(updated.version(), 2);
    assert!(updated.header("location").unwrap().ends_with("/fhir/Patient/p.1-A/_history/2"));
    assert_eq!(client.found("/Patient/p.1-A")["gender"], "female");
    assert_eq!(client.found("/Patient/p.1-A/_history/1")["gender"], "male");
    assert_eq!(client.found("/Patient/p.1-A/_history/2")["meta"]["versionId"], "2");
    outcome::refused(&client.get("/Patient/p.1-A/_history/3"), 404, "not-found", "MTR-GET-003", "");
}

#[test]
fn an_identical_put_makes_no_version() {
    let client = harness::structure();
    let first = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"urn:local","code":"x"}],"text":"é"},
        "subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-01-02",
        "valueQuantity":{"value":1.10,"unit":"g"},"note":[{"text":"a"},{"text":"b"}]}"#;
    let reordered = r#"{"note":[{"text":"a"},{"text":"b"}],"valueQuantity":{"unit":"g","value":1.10},
        "effectiveDateTime":"2025-01-02","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"urn:local","code":"x"}],"text":"é"},
        "id":"o","status":"final","resourceType":"Observation"}"#;
    let put = |text: &str| client.send("PUT", "/Observation/o", &[], text.as_bytes());
    put(first).expect(201);
    let same = [
        ("member order", reordered.to_owned()),
        ("white space", first.replace(',', " ,\n\t ")),
        ("an escaped character", first.replace('é', "\\u00e9")),
        (
            "the meta of the stored version",
            first.replacen(
                "\"id\":\"o\"",
                r#""id":"o","meta":{"versionId":"1","lastUpdated":"2001-01-01T00:00:00Z"}"#,
                1,
            ),
        ),
    ];
    for (what, text) in &same {
        let answer = put(text).expect(200);
        assert_eq!(answer.version(), 1, "{what}");
    }
    client.get("/Observation/o/_history/2").expect(404);
    let other = [
        ("1.1 is not 1.10", first.replace("1.10", "1.1"), 2),
        ("the order of a list", first.replace(r#"{"text":"a"},{"text":"b"}"#, r#"{"text":"b"},{"text":"a"}"#), 3),
        ("back to the first", first.to_owned(), 4),
        (
            "a profile in meta",
            first.replacen("\"id\":\"o\"", r#""id":"o","meta":{"profile":["http://a.example/p"]}"#, 1),
            5,
        ),
    ];
    for (what, text, version) in &other {
        assert_eq!(put(text).expect(200).version(), *version, "{what}");
    }
}

#[test]
fn a_deleted_resource_is_gone_and_its_old_versions_stay() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let deleted = client.delete("/Patient/p").expect(204);
    assert!(deleted.body.is_empty());
    outcome::refused(&client.get("/Patient/p"), 410, "deleted", "MTR-GET-002", "");
    assert_eq!(client.found("/Patient/p/_history/1")["gender"], "male");
    client.get("/Patient/p/_history/2").expect(410);
    client.delete("/Patient/p").expect(204);
    client.delete("/Patient/never-there").expect(204);
    client.get("/Patient/never-there").expect(404);
    let back = client.store(&make::patient("p", "female", "1950-01-01"));
    assert_eq!(back.version(), 3);
    assert_eq!(client.found("/Patient/p")["gender"], "female");
    client.get("/Patient/p/_history/2").expect(410);
}

#[test]
fn a_patient_with_dependants_is_not_deleted_alone() {
    let client = harness::structure();
    client.push(&[
        make::patient("p", "male", "1950-01-01"),
        make::visit("e", "p", "2025-01-02"),
        make::condition("c", "p", "I10", "2020"),
        make::patient("q", "male", "1950-01-01"),
        make::condition("cq", "q", "I10", "2020"),
    ]);
    let refused = client.delete("/Patient/p");
    outcome::refused(&refused, 409, "conflict", "MTR-PAT-021", "");
    assert!(outcome::issues(&refused.json())[0].fr.contains('2'), "the count: {}", refused.text());
    client.get("/Patient/p").expect(200);
    client.delete("/Patient/p?_cascade=delete").expect(204);
    for gone in ["/Patient/p", "/Encounter/e", "/Condition/c"] {
        client.get(gone).expect(410);
    }
    client.get("/Condition/cq").expect(200);
}

#[test]
fn the_client_says_what_it_wants_back() {
    let client = harness::structure();
    let body = make::patient("p", "male", "1950-01-01").to_string();
    let put = |prefer: &str| client.send("PUT", "/Patient/p", &[("Prefer", prefer)], body.as_bytes());
    let minimal = put("return=minimal").expect(201);
    assert!(minimal.body.is_empty());
    assert!(minimal.header("location").is_some() && minimal.header("etag").is_some());
    assert_eq!(put("return=representation").json()["id"], "p");
    assert_eq!(put("handling=lenient, return=representation").json()["id"], "p");
    let outcome = put("return=OperationOutcome").expect(200);
    assert_eq!(outcome.json()["resourceType"], "OperationOutcome");
    let errors = outcome::issues(&outcome.json()).into_iter().filter(|i| i.severity == "error").count();
    assert_eq!(errors, 0);
}

#[test]
fn if_match_and_if_none_match_keep_a_version() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let changed = make::patient("p", "female", "1950-01-01").to_string();
    let put = |path: &str, header: (&str, &str), body: &str| client.send("PUT", path, &[header], body.as_bytes());
    outcome::refused(&put("/Patient/p", ("If-Match", "W/\"7\""), &changed), 412, "conflict", "MTR-CND-001", "");
    outcome::refused(&put("/Patient/p", ("If-None-Match", "*"), &changed), 412, "conflict", "MTR-CND-002", "");
    let absent = make::patient("absent", "male", "1950-01-01").to_string();
    put("/Patient/absent", ("If-Match", "W/\"1\""), &absent).expect(412);
    client.get("/Patient/absent").expect(404);
    assert_eq!(client.found("/Patient/p")["gender"], "male");
    assert_eq!(put("/Patient/p", ("If-Match", "W/\"1\""), &changed).expect(200).version(), 2);
    put("/Patient/absent", ("If-None-Match", "*"), &absent).expect(201);
    let delete = |tag: &str| client.send("DELETE", "/Patient/p", &[("If-Match", tag)], b"");
    delete("W/\"1\"").expect(412);
    delete("W/\"2\"").expect(204);
}

#[test]
fn one_of_sixteen_updates_of_one_version_wins() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let statuses = harness::together(16, |n| {
        let body = make::with(make::patient("p", "male", "1950-01-01"), json!({"language": format!("x-{n}")}));
        client.send("PUT", "/Patient/p", &[("If-Match", "W/\"1\"")], body.to_string().as_bytes()).status
    });
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 412).count(), 15, "{statuses:?}");
    client.get("/Patient/p/_history/3").expect(404);
}

#[test]
fn head_answers_the_headers_and_no_body() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let head = client.send("HEAD", "/Patient/p", &[], b"").expect(200);
    assert_eq!((head.header("etag"), head.body.len()), (Some("W/\"1\""), 0));
    client.send("HEAD", "/Patient/absent", &[], b"").expect(404);
}

#[test]
fn a_version_the_client_has_is_not_sent_again() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let get = |tag: &str| client.send("GET", "/Patient/p", &[("If-None-Match", tag)], b"");
    let same = get("W/\"1\"").expect(304);
    assert_eq!((same.header("etag"), same.body.len()), (Some("W/\"1\""), 0));
    get("W/\"9\", W/\"1\"").expect(304);
    get("W/\"2\"").expect(200);
}

#[test]
fn what_is_not_there_is_said_so() {
    let client = harness::structure();
    outcome::refused(&client.get("/Patient/absent"), 404, "not-found", "MTR-GET-001", "");
    client.get("/Patient/absent/_history/1").expect(404);
    let unaccepted = client.get("/Medication/m");
    outcome::refused(&unaccepted, 404, "not-supported", "MTR-RES-002", "");
    let told = &outcome::issues(&unaccepted.json())[0].fr;
    for resource in make::one_of_each("p") {
        let name = resource["resourceType"].as_str().unwrap();
        assert!(told.contains(name), "{name} is not named in {told}");
    }
}

#[test]
fn another_structures_resource_does_not_exist() {
    let ours = harness::structure();
    let theirs = harness::structure();
    ours.push(&[make::patient("p", "male", "1950-01-01"), make::visit("e", "p", "2025-01-02")]);
    theirs.get("/Patient/p").expect(404);
    theirs.get("/Patient/p/_history/1").expect(404);
    theirs.get("/Patient/p/$forfait?month=2025-02").expect(404);
    assert_eq!(theirs.found("/Encounter?patient=p")["total"], 0);
    theirs.delete("/Patient/p").expect(204);
    assert_eq!(theirs.store(&make::patient("p", "female", "1990-01-01")).version(), 1);
    assert_eq!(ours.found("/Patient/p")["gender"], "male");
}

#[test]
fn every_accepted_type_is_created_read_updated_and_deleted() {
    let client = harness::structure();
    let all = make::one_of_each("p");
    assert_eq!(all.len(), 17);
    for resource in &all {
        let path = make::path(resource);
        client.put(&path, resource).expect(201);
        let read = client.get(&path).expect(200);
        assert_eq!(read.tree().sent(), harness::Tree::parse(&resource.to_string()), "{path}");
        let changed = make::with(resource.clone(), json!({"language": "fr"}));
        assert_eq!(client.put(&path, &changed).expect(200).version(), 2, "{path}");
        // One person is one patient: the second is somebody else.
        let mut other = resource.clone();
        if resource["resourceType"] == "Patient" {
            other["identifier"] = json!([make::ipp("other")]);
        }
        let created = client.post(&format!("/{}", resource["resourceType"].as_str().unwrap()), &other);
        assert_eq!(created.status, 201, "{path}: {}", created.text());
    }
    for resource in all.iter().rev() {
        let cascade = if resource["resourceType"] == "Patient" { "?_cascade=delete" } else { "" };
        let path = make::path(resource);
        client.delete(&format!("{path}{cascade}")).expect(204);
        client.get(&path).expect(410);
    }
}

#[test]
fn only_json_is_served() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let get = |accept: &str| client.send("GET", "/Patient/p", &[("Accept", accept)], b"");
    outcome::refused(&get("application/fhir+xml"), 406, "not-supported", "MTR-REQ-003", "");
    for accepted in ["application/fhir+json", "application/json", "*/*", "text/html, application/fhir+json;q=0.9"] {
        get(accepted).expect(200);
    }
    client.get("/Patient/p?_format=json").expect(200);
    client.get("/Patient/p?_format=xml").expect(406);
}

#[test]
fn a_method_that_is_not_offered_is_said_so() {
    let client = harness::structure();
    for (method, path) in [("POST", "/Patient/p"), ("PUT", "/metadata"), ("DELETE", "/metadata")] {
        let answer = client.send(method, path, &[], b"{}");
        assert!(matches!(answer.status, 404 | 405), "{method} {path}: {} {}", answer.status, answer.text());
        outcome::issues(&answer.json());
    }
    outcome::refused(&client.send("POST", "/Patient/p", &[], b"{}"), 405, "not-supported", "MTR-REQ-001", "");
}

#[test]
fn a_part_of_a_resource_does_not_take_the_place_of_the_whole() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01")]);
    let part = client.found("/Patient/p?_elements=birthDate");
    let refused = client.put("/Patient/p", &part);
    assert_eq!(refused.status, 422);
    let issue = &refused.json()["issue"][0];
    assert_eq!(issue["details"]["coding"][0]["code"], "MTR-RES-007");
    assert_eq!(issue["expression"], json!(["Patient.meta.tag[0]"]));
    let whole = client.found("/Patient/p");
    assert_eq!((&whole["gender"], &whole["meta"]["versionId"]), (&json!("male"), &json!("1")));
}

#[test]
fn an_answer_is_kept_by_nobody_but_who_asked_and_asked_again() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let none = [("If-None-Match", "W/\"1\"")];
    let asked: [(&str, &str, Headers, u16); 9] = [
        ("GET", "/Patient/p", &[], 200),
        ("HEAD", "/Patient/p", &[], 200),
        ("GET", "/Patient/p", &none, 304),
        ("GET", "/Patient", &[], 200),
        ("GET", "/Patient/p/$prevention", &[], 200),
        ("GET", "/Patient/absent", &[], 404),
        ("PUT", "/Invoice/x", &[], 405),
        ("GET", "/metadata", &[], 200),
        ("GET", "/CodeSystem/outcome", &[], 200),
    ];
    for (method, path, headers, status) in asked {
        let answer = client.send(method, path, headers, b"").expect(status);
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"), "{method} {path}");
    }
    let patch = br#"[{"op": "replace", "path": "/birthDate", "value": "1951-01-01"}]"#;
    client.send("PATCH", "/Patient/p", &[("Content-Type", "application/json-patch+json")], patch).expect(200);
    client.send("GET", "/Patient/p", &none, b"").expect(200);
    for path in ["/health/live", "/health/ready", "/fhir/_jobs/none"] {
        let answer = client.send_at("GET", path, &[], b"");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[test]
fn a_retraction_is_not_refused_for_what_is_missing() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let about = json!({"reference": "Patient/p"});
    let void = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
        "code": "entered-in-error"}]});
    let error = json!("entered-in-error");
    let weight = make::observation("o", "p", make::concept("http://loinc.org", "29463-7"), "2026-01-10");
    client.store(&make::with(weight, json!({"valueQuantity": make::quantity(70.0, "kg")})));
    client.store(&make::condition("c", "p", "I10", "2020"));
    for (retraction, found) in [
        (json!({"resourceType": "Observation", "id": "o", "status": error, "code": {"text": "poids"}}), "code=29463-7"),
        (json!({"resourceType": "Condition", "id": "c", "subject": about, "verificationStatus": void}), "code=I10"),
    ] {
        let kind = retraction["resourceType"].as_str().unwrap();
        assert_eq!(client.found(&format!("/{kind}?patient=p&{found}"))["total"], 1, "{kind}");
        client.store(&retraction).expect(200);
        let again = make::with(retraction.clone(), json!({"language": "fr"})).to_string();
        let strict = [("Prefer", "handling=strict")];
        client.send("PUT", &make::path(&retraction), &strict, again.as_bytes()).expect(200);
        assert_eq!(client.found(&format!("/{kind}?patient=p&{found}"))["total"], 0, "{kind}");
    }
    // Nor for what it keeps of what it said, and nobody has to be named.
    let strict = [("Prefer", "handling=strict")];
    let active = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
        "code": "active"}]});
    let keeps = json!({"resourceType": "Condition", "id": "k", "subject": about, "verificationStatus": void,
        "clinicalStatus": active, "code": {"text": "x"}});
    client.send("PUT", "/Condition/k", &strict, keeps.to_string().as_bytes()).expect(201);
    let nobodys = json!({"resourceType": "Appointment", "id": "a", "status": "entered-in-error",
        "participant": [{"status": "accepted", "actor": {"display": "x"}}]});
    client.send("PUT", "/Appointment/a", &strict, nobodys.to_string().as_bytes()).expect(201);
    let visit = json!({"resourceType": "Encounter", "id": "e", "status": "planned", "subject": about,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}});
    let prefer = [("Prefer", "return=OperationOutcome")];
    let told = client.send("PUT", "/Encounter/e", &prefer, visit.to_string().as_bytes()).expect(201);
    assert!(outcome::codes(&told.json()).contains(&"MTR-ENC-011".to_owned()), "{}", told.text());
    let finished = client.put("/Encounter/e", &make::with(visit, json!({"status": "finished"})));
    outcome::refused(&finished, 422, "required", "MTR-ENC-005", "Encounter.period");
}
