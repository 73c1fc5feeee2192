//! Rosters: `Group`, what changes of one between two months, and who is leaving the file active.
//!
//! The effects were reckoned by hand from the invented amounts of `mtr-demo`: socle 8.00 (8.40 from
//! 2026), ALD 7.35, nourrisson 12.00, jeune-enfant 6.00, vulnérabilité sociale 12.40.

mod changes;
mod groups;

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use mtr_gateway::domain::roster::Reason;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn id(client: &Client, code: &str) -> String {
    let name = format!("{}/{code}", client.structure());
    let digest: String = Sha256::digest(name).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("grp-{digest}")
}

fn group(client: &Client, code: &str, query: &str) -> Value {
    client.found(&format!("/Group/{}?{query}", id(client, code)))
}

fn members(group: &Value) -> Vec<(String, Value)> {
    let all = group["member"].as_array();
    all.into_iter()
        .flatten()
        .map(|m| (m["entity"]["reference"].as_str().unwrap().to_owned(), m["period"].clone()))
        .collect()
}

fn names(group: &Value) -> Vec<String> {
    members(group).into_iter().map(|(name, _)| name).collect()
}

/// Six patients: one who stays, one whose ALD ends in June, one who turns two in July, one who dies
/// in June, one who is declared and seen in July, one whose only consultation is too old from July on.
fn people() -> Vec<Value> {
    let sick = json!({"start": "2020-01-01", "end": "2025-06-20"});
    let mut all = make::man("a", "1980-01-01");
    all.extend(make::and(make::man("b", "1980-01-01"), vec![make::coverage("b-ald", "b", "ald", sick)]));
    all.extend(make::man("c", "2023-07-31"));
    all.extend(make::but(make::man("d", "1980-01-01"), json!({"deceasedDateTime": "2025-06-30"})));
    all.extend([
        make::with(make::patient("e", "male", "1980-01-01"), json!({"generalPractitioner": null})),
        make::declaration("e-team", "e", "gp", json!({"start": "2025-07-02"})),
        make::visit("e-seen", "e", "2025-07-02"),
        make::patient("f", "male", "1980-01-01"),
        make::visit("f-seen", "f", "2023-07-15"),
    ]);
    all
}

fn practice() -> Client {
    let client = harness::practice();
    client.push(&people());
    client
}

fn diff(client: &Client, code: &str, query: &str) -> Value {
    client.found(&format!("/Group/{}/$diff?{query}", id(client, code)))
}

/// Patient, reasons, effect of each part of that name.
fn told(answer: &Value, name: &str) -> Vec<(String, Vec<String>, String)> {
    read::all(answer, name)
        .into_iter()
        .map(|one| {
            let reasons = read::all(one, "reason").into_iter().map(|r| {
                assert_eq!(r["valueCoding"]["system"], format!("{}/roster-reason", make::OURS));
                r["valueCoding"]["code"].as_str().unwrap().to_owned()
            });
            let patient = read::value(one, "patient")["reference"].as_str().unwrap().to_owned();
            (patient, reasons.collect(), read::euros(&read::value(one, "effect")["value"]))
        })
        .collect()
}

fn parts(answer: &Value, name: &str) -> Value {
    (*read::all(answer, name).first().unwrap_or_else(|| panic!("no {name} in {answer}"))).clone()
}

#[test]
fn who_is_leaving_is_told_the_first_to_leave_first() {
    let client = practice();
    client.push(&[make::patient("g", "male", "1980-01-01"), make::visit("g-seen", "g", "2023-07-02")]);
    let own = client.structure().to_owned();
    let leaving = |query: &str| client.found(&format!("/Organization/{own}/$leaving?{query}"));
    let told = |answer: &Value| {
        let one = |part: &&Value| {
            ["patient", "lastConsultation", "windowEnds", "lastMonth"].map(|name| {
                let value = read::value(part, name);
                value["reference"].as_str().or_else(|| value.as_str()).unwrap().to_owned()
            })
        };
        read::all(answer, "leaving").iter().map(one).collect::<Vec<_>>()
    };
    let answer = leaving("date=2025-06-10");
    let want =
        [["Patient/g", "2023-07-02", "2025-07-02", "2025-06"], ["Patient/f", "2023-07-15", "2025-07-15", "2025-06"]];
    assert_eq!(told(&answer), want.map(|row| row.map(str::to_owned)));
    assert_eq!((read::value(&answer, "days"), read::value(&answer, "patients")), (&json!(90), &json!(2)));
    assert_eq!(read::euros(&read::value(&answer, "amount")["value"]), "16.00");
    let first = read::all(&answer, "leaving")[0].clone();
    assert_eq!(read::euros(&read::value(&first, "amount")["value"]), "8.00");
    for name in ["knownAt", "rulebook", "tariff", "weakestStatus"] {
        assert!(read::value(&answer, name).is_string(), "{name}");
    }
    assert_eq!(told(&leaving("date=2025-06-10&days=22")).len(), 1);
    assert_eq!(told(&leaving("date=2025-06-10&days=21")).len(), 0);
    // In July they are payable no more: nobody is leaving.
    assert_eq!(told(&leaving("date=2025-07-01")).len(), 0);
    let posted = client.post(
        &format!("/Organization/{own}/$leaving"),
        &json!({"resourceType": "Parameters", "parameter": [
            {"name": "date", "valueDate": "2025-06-10"}, {"name": "days", "valueInteger": 22}]}),
    );
    assert_eq!(posted.expect(200).json(), leaving("date=2025-06-10&days=22"));
}

#[test]
fn what_was_known_before_gives_the_same_bytes_again() {
    let client = practice();
    let (file, own) = (id(&client, "file-active"), client.structure().to_owned());
    let paths = [
        format!("/Group/{file}?month=2025-06"),
        "/Group?code=ald&month=2025-06".to_owned(),
        format!("/Group/{file}/$diff?from=2025-06&to=2025-07"),
        format!("/Organization/{own}/$leaving?date=2025-06-10"),
    ];
    let before = paths.clone().map(|path| client.get(&path).expect(200).body);
    let known =
        read::value(&client.found("/Patient/a/$typologies?month=2025-06"), "knownAt").as_str().unwrap().to_owned();
    std::thread::sleep(std::time::Duration::from_millis(2));
    client.push(&make::man("later", "1990-01-01"));
    assert_eq!(names(&group(&client, "file-active", "month=2025-06")).last().unwrap(), "Patient/later");
    for (path, before) in paths.iter().zip(before) {
        let again = client.get(&format!("{path}&knownAt={known}")).expect(200);
        // The link of a search says what was asked.
        let text = |body: &[u8]| String::from_utf8_lossy(body).replace(&format!("&knownAt={known}"), "");
        assert_eq!(text(&again.body), text(&before), "{path}");
    }
    let empty = group(&client, "file-active", "month=2025-06&knownAt=2001-01-01T00:00:00Z");
    assert_eq!(empty["quantity"], 0);
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_code() {
    let client = practice();
    let (file, own) = (id(&client, "file-active"), client.structure().to_owned());
    let cases = [
        (format!("/Group/{file}/$diff?from=2025-07&to=2025-06"), 400, "MTR-ROS-001"),
        (format!("/Group/{file}/$diff?from=2025-06&to=2025-06"), 400, "MTR-ROS-001"),
        (format!("/Group/{file}/$diff?from=2025-06"), 400, "MTR-OPR-003"),
        (format!("/Group/{file}/$diff?to=2025-06"), 400, "MTR-OPR-003"),
        (format!("/Group/{file}/$diff?from=2025-06&to=juillet"), 400, "MTR-OPR-004"),
        (format!("/Group/{file}/$diff?from=2025-06&to=2025-07&tariff=none"), 400, "MTR-OPR-008"),
        (format!("/Group/{file}/$diff?from=2025-06&to=2025-07&unchanged=oui"), 400, "MTR-OPR-004"),
        (format!("/Group/{file}/$diff?from=2025-06&to=2025-07&month=2025-06"), 400, "MTR-OPR-002"),
        ("/Group/grp-0/$diff?from=2025-06&to=2025-07".into(), 404, "MTR-GET-001"),
        ("/Group/grp-0".into(), 404, "MTR-GET-001"),
        (format!("/Group/{file}?month=2025"), 400, "MTR-OPR-004"),
        (format!("/Group/{file}?code=ald"), 400, "MTR-OPR-002"),
        ("/Group?color=red".into(), 400, "MTR-OPR-002"),
        ("/Group?_count=many".into(), 400, "MTR-OPR-004"),
        ("/Group?_page=grp-0".into(), 400, "MTR-OPR-004"),
        ("/Group?knownAt=yesterday".into(), 400, "MTR-OPR-004"),
        (format!("/Organization/{own}/$leaving?days=-1"), 400, "MTR-OPR-004"),
        (format!("/Organization/{own}/$leaving?days=4000"), 400, "MTR-OPR-004"),
        (format!("/Organization/{own}/$leaving?date=2025-06"), 400, "MTR-OPR-004"),
        (format!("/Organization/{own}/$leaving?month=2025-06"), 400, "MTR-OPR-002"),
        ("/Organization/elsewhere/$leaving".into(), 404, "MTR-GET-001"),
    ];
    for (path, status, code) in cases {
        let answer = client.get(&path);
        assert_eq!((answer.status, outcome::codes(&answer.json())), (status, vec![code.to_owned()]), "{path}");
    }
    for (method, path) in
        [("PUT", format!("/Group/{file}")), ("DELETE", format!("/Group/{file}")), ("POST", "/Group".into())]
    {
        assert_eq!(client.send(method, &path, &[], b"").status, 405, "{method} {path}");
    }
}

#[test]
fn rosters_are_published_with_their_operations_and_reasons() {
    let client = harness::structure();
    let capability = client.found("/metadata");
    let resources = capability["rest"][0]["resource"].as_array().unwrap();
    let of = |kind: &str| resources.iter().find(|resource| resource["type"] == kind).unwrap();
    let operations = |kind: &str| of(kind)["operation"].as_array().cloned().unwrap_or_default();
    for (kind, name, id) in [("Group", "diff", "Group-diff"), ("Organization", "leaving", "Organization-leaving")] {
        let told = operations(kind).into_iter().find(|operation| operation["name"] == name).unwrap();
        assert_eq!(told["definition"], format!("https://mtr-gateway.example/fhir/OperationDefinition/{id}"));
        let definition = client.found(&format!("/OperationDefinition/{id}"));
        assert_eq!((&definition["code"], &definition["resource"][0]), (&json!(name), &json!(kind)));
    }
    for kind in ["Group", "Invoice"] {
        let codes: Vec<&Value> = of(kind)["interaction"].as_array().unwrap().iter().map(|i| &i["code"]).collect();
        assert_eq!(codes, ["read", "search-type"], "{kind}");
    }
    let parameters = of("Group")["searchParam"].as_array().unwrap();
    for name in ["_id", "code", "member", "managing-entity"] {
        assert!(parameters.iter().any(|parameter| parameter["name"] == name), "{name}");
    }
    let published = client.found("/CodeSystem/roster-reason");
    let concepts = published["concept"].as_array().unwrap();
    let told: Vec<(&str, &str)> =
        concepts.iter().map(|c| (c["code"].as_str().unwrap(), c["display"].as_str().unwrap())).collect();
    assert_eq!(told, Reason::ALL.map(|reason| (reason.code(), reason.label_fr())));
    assert!(concepts.iter().all(|concept| concept["designation"][0]["language"] == "en"));
    assert_eq!(client.found("/ValueSet/roster-reason/$expand")["expansion"]["total"], Reason::ALL.len());
}
