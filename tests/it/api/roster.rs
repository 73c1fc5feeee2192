//! Rosters: `Group`, what changes of one between two months, and who is leaving the file active.
//!
//! The effects were reckoned by hand from the invented amounts of `mtr-demo`: socle 8.00 (8.40 from
//! 2026), ALD 7.35, nourrisson 12.00, jeune-enfant 6.00, vulnérabilité sociale 12.40.

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

/// Five patients: one who stays, one whose ALD ends in June, one who turns two in July, one who dies
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
fn a_roster_names_its_members_with_their_days() {
    let client = practice();
    let june = group(&client, "file-active", "month=2025-06");
    let period = |start: &str, end: &str| json!({"start": start, "end": end});
    let seen = period("2025-03-10", "2027-03-10");
    let want = [
        ("Patient/a", seen.clone()),
        ("Patient/b", seen.clone()),
        ("Patient/c", seen.clone()),
        ("Patient/d", period("2025-03-10", "2025-06-30")),
        ("Patient/f", period("2023-07-15", "2025-07-15")),
    ];
    assert_eq!(members(&june), want.map(|(name, days)| (name.to_owned(), days)));
    assert_eq!((&june["quantity"], &june["type"], &june["actual"]), (&json!(5), &json!("person"), &json!(true)));
    assert_eq!(june["managingEntity"]["reference"], format!("Organization/{}", client.structure()));
    assert_eq!(june["code"]["coding"][0]["code"], "file-active");
    assert_eq!(june["code"]["coding"][0]["system"], format!("{}/roster", make::OURS));
    assert_eq!(
        members(&group(&client, "ald", "month=2025-06")),
        [("Patient/b".to_owned(), period("2025-03-10", "2025-06-20"))]
    );
    assert_eq!(
        members(&group(&client, "nourrisson", "month=2025-06")),
        [("Patient/c".to_owned(), period("2025-03-10", "2025-07-30"))]
    );
    let july = group(&client, "file-active", "date=2025-07-04");
    assert_eq!(names(&july), ["Patient/a", "Patient/b", "Patient/c", "Patient/e"]);
    let none = group(&client, "nourrisson", "month=2025-07");
    assert_eq!((&none["quantity"], none.get("member")), (&json!(0), None));
}

#[test]
fn a_roster_carries_what_its_figures_rest_on() {
    let client = practice();
    let june = group(&client, "file-active", "month=2025-06");
    let url = |name: &str| format!("https://mtr-gateway.example/fhir/StructureDefinition/{name}");
    let typologies = client.found("/Patient/a/$typologies?month=2025-06");
    let known = read::value(&typologies, "knownAt");
    assert_eq!(read::extension(&june, &url("known-at")).unwrap()["valueInstant"], *known);
    assert_eq!(june["meta"]["lastUpdated"], *known);
    assert_eq!(read::tags(&june, "rulebook"), [read::value(&typologies, "rulebook").as_str().unwrap()]);
    let weakest = &read::extension(&june, &url("weakest-status")).unwrap()["valueCode"];
    assert_eq!(read::tags(&june, "rule-status"), [weakest.as_str().unwrap()]);
    let month = &read::extension(&june, &url("roster-month")).unwrap()["valuePeriod"];
    assert_eq!(*month, json!({"start": "2025-06-01", "end": "2025-06-30"}));
    for name in ["known-at", "weakest-status", "roster-month"] {
        let definition = client.found(&format!("/StructureDefinition/{name}"));
        let contexts = definition["context"].as_array().unwrap();
        assert!(contexts.iter().any(|context| context["expression"] == "Group"), "{name}");
    }
}

#[test]
fn groups_are_found_by_what_they_are_and_by_a_member() {
    let client = practice();
    let found = |query: &str| {
        let bundle = client.found(&format!("/Group?{query}"));
        assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        assert_eq!(bundle["total"], entries.len(), "{query}");
        entries
            .iter()
            .map(|entry| {
                let group = &entry["resource"];
                assert_eq!(
                    entry["fullUrl"],
                    format!("{}/Group/{}", client.base() + "/fhir", group["id"].as_str().unwrap())
                );
                group["code"]["coding"][0]["code"].as_str().unwrap().to_owned()
            })
            .collect::<Vec<_>>()
    };
    let (own, file, ald) = (client.structure(), id(&client, "file-active"), id(&client, "ald"));
    let cases: Vec<(String, Vec<&str>)> = vec![
        (format!("_id={ald}"), vec!["ald"]),
        (format!("_id={ald},{file}"), vec!["file-active", "ald"]),
        (format!("_id={ald}&code=file-active"), vec![]),
        ("_id=grp-0".into(), vec![]),
        ("code=ald".into(), vec!["ald"]),
        (format!("code={}/roster%7Cald", make::OURS), vec!["ald"]),
        ("code=http://loinc.org%7Cald".into(), vec![]),
        ("code=ald,nourrisson".into(), vec!["nourrisson", "ald"]),
        (format!("identifier={own}/ald"), vec!["ald"]),
        ("identifier=elsewhere/ald".into(), vec![]),
        ("member=Patient/b&month=2025-06".into(), vec!["file-active", "ald"]),
        ("member=b&month=2025-07".into(), vec!["file-active"]),
        ("member:Patient=c&date=2025-06-01".into(), vec!["file-active", "nourrisson"]),
        ("member=Patient/b&member=Patient/c&month=2025-06".into(), vec!["file-active"]),
        ("member=Patient/b,Patient/c&month=2025-06".into(), vec!["file-active", "nourrisson", "ald"]),
        ("member=Patient/nobody&month=2025-06".into(), vec![]),
        ("member=Practitioner/gp&month=2025-06".into(), vec![]),
        (format!("code=ald&managing-entity=Organization/{own}"), vec!["ald"]),
        (format!("code=ald&managing-entity={own}"), vec!["ald"]),
        ("code=ald&managing-entity=Organization/other".into(), vec![]),
        ("code=ald&type=person&actual=true".into(), vec!["ald"]),
        ("code=ald&type=animal".into(), vec![]),
        ("code=ald&actual=false".into(), vec![]),
    ];
    for (query, want) in cases {
        assert_eq!(found(&query), want, "{query}");
    }
    let all = found("month=2025-06");
    assert_eq!(all.len(), 14, "{all:?}");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let posted = client.send("POST", "/Group/_search", &form, b"member=Patient/b&month=2025-06").expect(200).json();
    assert_eq!(posted["total"], 2);
}

#[test]
fn a_group_that_was_found_is_the_one_that_is_read() {
    let client = practice();
    let bundle = client.found("/Group?month=2025-06");
    for entry in bundle["entry"].as_array().unwrap() {
        let group = &entry["resource"];
        assert_eq!(*group, client.found(&format!("/Group/{}?month=2025-06", group["id"].as_str().unwrap())));
    }
}

#[test]
fn the_rosters_of_a_patient_are_those_of_the_dossier() {
    let client = practice();
    client.push(&[make::measure("b-precar", "b", "precar", "2025-01-01", json!({"valueInteger": 60}))]);
    let dossier = client.found("/Patient/b/$mtr-dossier?date=2025-06-30");
    let of_dossier: Vec<(&Value, &Value)> = dossier["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|resource| resource["resourceType"] == "Group")
        .map(|group| (&group["id"], &group["name"]))
        .collect();
    let found = client.found("/Group?member=Patient/b&month=2025-06");
    let entries = found["entry"].as_array().unwrap();
    assert_eq!(entries.iter().map(|e| (&e["resource"]["id"], &e["resource"]["name"])).collect::<Vec<_>>(), of_dossier);
    assert!(of_dossier.iter().any(|(_, name)| *name == "Parcours : Vulnérabilité sociale"), "{of_dossier:?}");
    // Both the typology and the pathway are known since the measure.
    let pathway = group(&client, "parcours-vulnerabilite-sociale", "month=2025-06");
    assert_eq!(members(&pathway), [("Patient/b".to_owned(), json!({"start": "2025-01-01"}))]);
    let typologie = group(&client, "vulnerabilite-sociale", "month=2025-06");
    assert_eq!(members(&typologie), [("Patient/b".to_owned(), json!({"start": "2025-03-10", "end": "2027-03-10"}))]);
}

#[test]
fn measures_in_a_row_are_one_membership() {
    let client = practice();
    let precar =
        |id: &str, date: &str, score: i32| make::measure(id, "a", "precar", date, json!({"valueInteger": score}));
    client.push(&[
        precar("p1", "2025-03-20", 60),
        precar("p2", "2025-04-20", 20),
        precar("p3", "2025-05-20", 50),
        precar("p4", "2025-06-20", 70),
    ]);
    let start = |month: &str| {
        let group = group(&client, "parcours-vulnerabilite-sociale", &format!("month={month}"));
        members(&group).first().map(|(_, period)| period["start"].as_str().unwrap().to_owned())
    };
    let want = [
        ("2025-03", Some("2025-03-20")),
        ("2025-04", None),
        ("2025-05", Some("2025-05-20")),
        ("2025-06", Some("2025-05-20")),
    ];
    for (month, since) in want {
        assert_eq!(start(month).as_deref(), since, "{month}");
    }
    let left = diff(&client, "parcours-vulnerabilite-sociale", "from=2025-03&to=2025-04");
    // The typology of the same name, 12.40, goes with it.
    assert_eq!(told(&left, "left"), [("Patient/a".to_owned(), vec!["measured".to_owned()], "-12.40".to_owned())]);
    let entered = diff(&client, "parcours-vulnerabilite-sociale", "from=2025-04&to=2025-06");
    assert_eq!(told(&entered, "entered"), [("Patient/a".to_owned(), vec!["measured".to_owned()], "12.40".to_owned())]);
}

#[test]
fn what_changed_between_two_months_is_told_with_why_and_what_it_costs() {
    let client = practice();
    let answer = diff(&client, "file-active", "from=2025-06&to=2025-07");
    let one = |patient: &str, reason: &[&str], effect: &str| {
        (format!("Patient/{patient}"), reason.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>(), effect.to_owned())
    };
    assert_eq!(told(&answer, "entered"), [one("e", &["new-declaration", "consultation"], "8.00")]);
    assert_eq!(told(&answer, "left"), [one("d", &["death"], "-8.00"), one("f", &["window-elapsed"], "-8.00")]);
    // Of a baby 12.00, of a child 6.00.
    assert_eq!(told(&answer, "changed"), [one("b", &["right-ended"], "-7.35"), one("c", &["birthday"], "-6.00")]);
    assert!(told(&answer, "unchanged").is_empty());
    let counts = parts(&answer, "counts");
    let count = |name: &str| read::value(&counts, name).as_i64().unwrap();
    assert_eq!(["from", "to", "entered", "left", "changed", "unchanged"].map(count), [5, 4, 1, 2, 2, 1]);
    let effects = parts(&answer, "effects");
    let effect = |name: &str| read::euros(&read::value(&effects, name)["value"]);
    // 8.00 - 16.00 - 13.35
    let want = ["8.00", "-16.00", "-13.35", "0.00", "-21.35"];
    assert_eq!(["entered", "left", "changed", "unchanged", "total"].map(effect), want.map(str::to_owned));
    let total = |month: &str| {
        let sum = ["a", "b", "c", "d", "e", "f"].map(|p| {
            let invoice = client.found(&format!("/Patient/{p}/$forfait?month={month}"));
            (invoice["totalNet"]["value"].as_f64().unwrap() * 100.0).round() as i64
        });
        sum.iter().sum::<i64>()
    };
    assert_eq!(total("2025-07") - total("2025-06"), -2135);
    for (name, value) in [("from", "2025-06"), ("to", "2025-07"), ("code", "file-active"), ("tariff", "mtr-demo")] {
        assert_eq!(read::value(&answer, name), value);
    }
    for name in ["knownAt", "rulebook", "weakestStatus"] {
        assert!(read::value(&answer, name).is_string(), "{name}");
    }
    assert_eq!(read::value(&answer, "fictional"), true);
    // Money has two decimals in the text itself.
    let text = client.get(&format!("/Group/{}/$diff?from=2025-06&to=2025-07", id(&client, "file-active"))).text();
    assert!(text.contains(r#""value":-16.00"#), "{text}");
}

#[test]
fn a_typology_has_its_own_comings_and_goings() {
    let client = practice();
    let only = |code: &str, name: &str| {
        let answer = diff(&client, code, "from=2025-06&to=2025-07");
        told(&answer, name)
            .into_iter()
            .map(|(patient, reasons, effect)| (patient, reasons.join(" "), effect))
            .collect::<Vec<_>>()
    };
    let one =
        |patient: &str, reason: &str, effect: &str| vec![(patient.to_owned(), reason.to_owned(), effect.to_owned())];
    assert_eq!(only("ald", "left"), one("Patient/b", "right-ended", "-7.35"));
    assert_eq!(only("nourrisson", "left"), one("Patient/c", "birthday", "-6.00"));
    assert_eq!(only("jeune-enfant", "entered"), one("Patient/c", "birthday", "-6.00"));
}

#[test]
fn a_new_amount_is_a_change_for_everybody_and_who_is_unchanged_is_named_on_demand() {
    let client = practice();
    let answer = diff(&client, "file-active", "from=2025-12&to=2026-01");
    // The socle is 0.40 dearer from 2026.
    let want =
        ["a", "b", "c", "e"].map(|p| (format!("Patient/{p}"), vec!["amount-changed".to_owned()], "0.40".to_owned()));
    assert_eq!(told(&answer, "changed"), want);
    let answer = diff(&client, "file-active", "from=2025-06&to=2025-07&unchanged=true");
    assert_eq!(told(&answer, "unchanged"), [("Patient/a".to_owned(), vec![], "0.00".to_owned())]);
}

#[test]
fn an_amount_nobody_knows_is_no_zero() {
    let client = practice();
    let file = id(&client, "file-active");
    // The socle of the demonstration is known from 2021 on; a tariff of the FMT from 2026.
    let answer = client.found(&format!("/Group/{file}/$diff?from=2025-06&to=2025-07&tariff=fmt-2026"));
    for one in ["entered", "left", "changed"].iter().flat_map(|name| read::all(&answer, name)) {
        assert!(read::value(one, "effect").is_null() == (read::value(one, "effectUnknown") == true), "{one}");
    }
    let effects = parts(&answer, "effects");
    if read::value(&effects, "unknown").is_null() {
        assert!(read::value(&effects, "total").is_object(), "{effects}");
    } else {
        assert!(read::value(&effects, "total").is_null(), "{effects}");
    }
}

#[test]
fn a_diff_is_asked_by_post_too() {
    let client = practice();
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "from", "valueString": "2025-06"}, {"name": "to", "valueString": "2025-07"},
        {"name": "unchanged", "valueBoolean": true}]});
    let path = format!("/Group/{}/$diff", id(&client, "file-active"));
    let posted = client.post(&path, &asked).expect(200).json();
    assert_eq!(posted, client.found(&format!("{path}?from=2025-06&to=2025-07&unchanged=true")));
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
fn the_order_in_which_patients_came_changes_nothing() {
    let (one, other) = (practice(), harness::practice());
    let mut reversed = people();
    reversed.reverse();
    for resource in &reversed {
        other.store(resource);
    }
    for code in ["file-active", "ald", "nourrisson"] {
        let both = [&one, &other].map(|client| members(&group(client, code, "month=2025-06")));
        assert_eq!(both[0], both[1], "{code}");
        let both = [&one, &other].map(|client| {
            let answer = diff(client, code, "from=2025-06&to=2025-07");
            ["entered", "left", "changed", "unchanged"].map(|name| told(&answer, name))
        });
        assert_eq!(both[0], both[1], "{code}");
    }
}

#[test]
fn a_person_of_two_structures_is_on_one_file_active() {
    let (first, second) = (harness::practice(), harness::practice());
    let ins = json!({
        "use": "official", "type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST"),
        "system": "urn:oid:1.2.250.1.213.1.4.10", "value": "180010000077722"});
    for (client, start) in [(&first, "2024-01-01"), (&second, "2025-01-01")] {
        let shared = make::with(
            make::patient("s", "male", "1980-01-01"),
            json!({"identifier": [ins], "generalPractitioner": null}),
        );
        client.push(&[
            shared,
            make::declaration("t", "s", "gp", json!({"start": start})),
            make::visit("v", "s", "2025-03-10"),
        ]);
    }
    assert_eq!(names(&group(&first, "file-active", "month=2025-06")), ["Patient/s"]);
    assert!(names(&group(&second, "file-active", "month=2025-06")).is_empty());
    // What the first learns later counts in the second at once.
    first.store(&make::declaration("t", "s", "gp", json!({"start": "2024-01-01", "end": "2025-05-31"})));
    assert_eq!(names(&group(&second, "file-active", "month=2025-06")), ["Patient/s"]);
    let answer = diff(&second, "file-active", "from=2025-05&to=2025-06");
    assert_eq!(told(&answer, "entered"), [("Patient/s".to_owned(), vec!["paid-here".to_owned()], "8.00".to_owned())]);
}

#[test]
fn a_merged_record_is_on_no_roster_beside_its_survivor() {
    let client = practice();
    client.push(&[make::measure("b-precar", "b", "precar", "2025-01-01", json!({"valueInteger": 60}))]);
    let mut replaced = make::man("a", "1980-01-01")[0].clone();
    replaced["link"] = json!([{"other": {"reference": "Patient/b"}, "type": "replaced-by"}]);
    client.store(&replaced);
    assert_eq!(names(&group(&client, "parcours-vulnerabilite-sociale", "month=2025-06")), ["Patient/b"]);
    assert!(!names(&group(&client, "file-active", "month=2025-06")).contains(&"Patient/a".to_owned()));
    client.send("DELETE", "/Patient/c?_cascade=delete", &[], b"");
    assert!(!names(&group(&client, "file-active", "month=2025-06")).contains(&"Patient/c".to_owned()));
}

#[test]
fn parts_of_a_group_are_marked_as_parts() {
    let client = practice();
    let keys = |group: &Value| {
        let mut keys: Vec<String> = group.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    let cases = [
        ("_summary=true", "active actual code id identifier managingEntity meta name quantity resourceType type"),
        ("_summary=text", "actual id meta resourceType type"),
        (
            "_summary=data",
            "active actual code extension id identifier managingEntity member meta name quantity resourceType type",
        ),
        ("_elements=name", "actual id meta name resourceType type"),
        ("_elements=member,code", "actual code id member meta resourceType type"),
    ];
    for (query, want) in cases {
        let part = group(&client, "file-active", &format!("month=2025-06&{query}"));
        assert_eq!(keys(&part), want, "{query}");
        assert!(part["meta"]["tag"].as_array().unwrap().iter().any(|tag| tag["code"] == "SUBSETTED"), "{query}");
    }
    let short = group(&client, "file-active", "month=2025-06&_summary=true");
    assert_eq!(short["quantity"], 5);
    let counted = client.found("/Group?month=2025-06&_summary=count");
    assert_eq!((&counted["total"], counted.get("entry")), (&json!(14), None));
}

#[test]
fn groups_come_in_pages() {
    let client = practice();
    let (mut path, mut codes) = ("/Group?month=2025-06&_count=6".to_owned(), Vec::new());
    for wanted in [6, 6, 2] {
        let page = client.found(&path);
        assert_eq!(page["total"], 14);
        let entries = page["entry"].as_array().unwrap();
        assert_eq!(entries.len(), wanted);
        codes.extend(entries.iter().map(|e| e["resource"]["id"].clone()));
        let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        assert_eq!(next.is_some(), wanted == 6);
        if let Some(next) = next {
            path = next["url"].as_str().unwrap().split_once("/fhir").unwrap().1.to_owned();
        }
    }
    let whole = client.found("/Group?month=2025-06");
    assert_eq!(
        codes,
        whole["entry"].as_array().unwrap().iter().map(|e| e["resource"]["id"].clone()).collect::<Vec<_>>()
    );
    assert_eq!(client.found("/Group?_count=0&month=2025-06").get("entry"), None);
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
