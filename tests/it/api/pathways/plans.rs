//! `CarePlan`, and the rosters of who is in a pathway and who waits.

use super::*;
use crate::harness::make::OURS;
use sha2::{Digest, Sha256};

fn people() -> Vec<Value> {
    let mut all = Vec::new();
    ["in", "held", "waits", "out", "gone", "never"].iter().for_each(|id| all.extend(make::man(id, "1970-01-01")));
    all.extend([
        precar("in", 60),
        make::score("in-phq", "in", "44261-6", "2026-02-01", 12),
        make::condition("in-sad", "in", "F32.1", "2025-05-01"),
        episode("e-in", "in", PSY, "active", json!({"start": "2025-01-10"})),
        session("in-s", "in", "psychologue", "2025-02-01"),
        episode("e-held", "held", PSY, "onhold", json!({"start": "2025-03-01"})),
        episode("e-waits", "waits", PSY, "waitlist", json!({"start": "2025-02-01"})),
        episode("e-out", "out", PSY, "finished", json!({"start": "2024-01-10", "end": "2024-06-30"})),
        episode("e-gone", "gone", SOCIAL, "cancelled", json!({"start": "2024-01-10", "end": "2024-03-31"})),
    ]);
    all
}

fn practice() -> Client {
    let client = harness::practice();
    client.push(&people());
    client
}

fn plans(client: &Client, query: &str) -> Vec<(String, String)> {
    let bundle = client.found(&format!("/CarePlan?{query}"));
    let entry = bundle["entry"].as_array().cloned().unwrap_or_default();
    assert_eq!(bundle["total"], json!(entry.len()), "{bundle}");
    let told = |e: &Value| {
        let plan = &e["resource"];
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        (text(&plan["subject"]["reference"]), text(&plan["status"]))
    };
    entry.iter().map(told).collect()
}

fn pair(patient: &str, status: &str) -> (String, String) {
    (format!("Patient/{patient}"), status.to_owned())
}

#[test]
fn a_plan_tells_the_stay_its_sessions_and_its_evidence() {
    let client = practice();
    let bundle = client.found("/CarePlan?subject=Patient/in");
    let plan = &bundle["entry"][0]["resource"];
    let name = format!("{}/in/{PSY}", client.structure());
    let digest: String = Sha256::digest(&name).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(plan["id"], json!(format!("cp-{digest}")));
    assert_eq!(plan["identifier"][0]["value"], json!(name));
    assert_eq!((&plan["status"], &plan["intent"]), (&json!("active"), &json!("plan")));
    assert_eq!(plan["category"][0]["coding"][0]["system"], json!(format!("{OURS}/mtr-parcours")));
    assert_eq!(plan["category"][0]["coding"][0]["code"], json!(PSY));
    assert_eq!(plan["period"], json!({"start": "2025-01-10"}));
    assert_eq!(plan["author"]["reference"], json!(format!("Organization/{}", client.structure())));
    let information: Vec<&str> =
        plan["supportingInfo"].as_array().unwrap().iter().map(|r| r["reference"].as_str().unwrap()).collect();
    assert!(information.contains(&"EpisodeOfCare/e-in/_history/1"), "{information:?}");
    assert!(information.contains(&"Observation/in-precar/_history/1"), "{information:?}");
    let activity = &plan["activity"][0];
    assert_eq!(activity["detail"]["status"], json!("in-progress"));
    assert_eq!(activity["detail"]["description"], json!("1 sur 5, reste 4"));
    assert_eq!(activity["outcomeReference"][0]["reference"], json!("Encounter/in-s/_history/1"));
    let numbers = activity["extension"][0]["extension"].as_array().unwrap();
    let number = |url: &str| numbers.iter().find(|e| e["url"] == url).map(|e| e["valueUnsignedInt"].clone());
    assert_eq!(["granted", "used", "left", "exceeded"].map(number), [5, 1, 4, 0].map(|n| Some(json!(n))));
    let alone = client.found(&format!("/CarePlan/{}", plan["id"].as_str().unwrap()));
    assert_eq!(&alone, plan);
    assert_eq!(read::tags(&alone, "rulebook").len(), 1);
    for query in ["_elements=period", "_summary=true"] {
        let part = client.found(&format!("/CarePlan/{}?{query}", plan["id"].as_str().unwrap()));
        assert!(part["activity"].is_null() && part["status"] == "active", "{part}");
        assert_eq!(part["period"], plan["period"]);
    }
}

#[test]
fn plans_are_found_by_patient_category_status_and_day() {
    let client = practice();
    let all = [
        pair("gone", "revoked"),
        pair("held", "on-hold"),
        pair("in", "active"),
        pair("out", "completed"),
        pair("waits", "draft"),
    ];
    let cases = [
        ("", vec![0, 1, 2, 3, 4]),
        ("patient=in", vec![2]),
        ("subject=Patient/in,Patient/out", vec![2, 3]),
        ("subject:Patient=waits", vec![4]),
        ("patient=never", vec![]),
        ("patient=nobody", vec![]),
        ("category=souffrance-psychologique", vec![1, 2, 3, 4]),
        ("category=https://mtr-gateway.example/fhir/CodeSystem/mtr-parcours|vulnerabilite-sociale", vec![0]),
        ("category=http://elsewhere|vulnerabilite-sociale", vec![]),
        ("status=active,draft", vec![2, 4]),
        ("status=completed", vec![3]),
        ("status=draft&patient=in", vec![]),
        ("intent=plan&status=revoked", vec![0]),
        ("intent=order", vec![]),
        // What was given up before it was ever told has no days of its own.
        ("date=ge2025-01-01", vec![1, 2, 4]),
        ("date=lt2024-12-31", vec![3]),
        // A day of the plan: its first, its last, one of a plan that goes on.
        ("date=2024", vec![3]),
        ("date=2024-01-09", vec![]),
        ("date=2024-01-10", vec![3]),
        ("date=2024-06-30", vec![3]),
        ("date=2024-07-01", vec![]),
        ("date=2025-02-15", vec![2, 4]),
        ("date=2026-10-31", vec![1, 2, 4]),
        ("date=2025-02,2024-03-01", vec![2, 3, 4]),
        ("date=ne2026-10-31", vec![3]),
        ("date=ge2026-10-31", vec![1, 2, 4]),
        ("date=le2024-06-30", vec![3]),
        ("date=le2024-03-01&date=ge2024-03-01&category=souffrance-psychologique", vec![3]),
    ];
    for (query, want) in cases {
        let want: Vec<_> = want.into_iter().map(|n: usize| all[n].clone()).collect();
        assert_eq!(plans(&client, query), want, "{query}");
    }
    let body = b"patient=in&status=active";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let found = client.send("POST", "/CarePlan/_search", &form, body).expect(200).json();
    assert_eq!(found["total"], json!(1));
}

#[test]
fn plans_come_in_pages_and_are_never_written() {
    let client = practice();
    let first = client.found("/CarePlan?_count=2");
    assert_eq!((first["total"].clone(), first["entry"].as_array().unwrap().len()), (json!(5), 2));
    let mut seen = Vec::new();
    let mut page = first;
    loop {
        seen.extend(page["entry"].as_array().unwrap().iter().map(|e| e["resource"]["id"].clone()));
        let next = page["link"].as_array().unwrap().iter().find(|l| l["relation"] == "next").cloned();
        let Some(next) = next else { break };
        let url = next["url"].as_str().unwrap();
        page = client.found(url.split("/fhir").nth(1).unwrap());
    }
    assert_eq!(seen.len(), 5);
    seen.dedup();
    assert_eq!(seen.len(), 5);
    assert_eq!(client.found("/CarePlan?_summary=count")["total"], json!(5));
    client.post("/CarePlan", &json!({"resourceType": "CarePlan"})).expect(405);
    client.delete(&format!("/CarePlan/{}", seen[0].as_str().unwrap())).expect(405);
    client.get("/CarePlan/cp-00000000000000000000000000000000").expect(404);
    client.of_structure("somebody-else").get(&format!("/CarePlan/{}", seen[0].as_str().unwrap())).expect(404);
    for (query, code) in [("patien=in", "MTR-OPR-002"), ("date=2026-13", "MTR-OPR-004"), ("_page=cp-x", "MTR-OPR-004")]
    {
        let refused = client.get(&format!("/CarePlan?{query}")).expect(400).json();
        assert_eq!(outcome::codes(&refused), [code], "{query}");
    }
}

fn roster(client: &Client, code: &str, month: &str) -> Value {
    let bundle = client.found(&format!("/Group?code={code}&month={month}"));
    assert_eq!(bundle["total"], json!(1), "{code}");
    bundle["entry"][0]["resource"].clone()
}

fn members(group: &Value) -> Vec<(String, Value)> {
    let all = group["member"].as_array().cloned().unwrap_or_default();
    all.iter().map(|m| (m["entity"]["reference"].as_str().unwrap().to_owned(), m["period"].clone())).collect()
}

#[test]
fn who_is_in_and_who_waits_are_rosters_with_their_days() {
    let client = practice();
    let entered = roster(&client, "parcours-souffrance-psychologique-entered", "2025-06");
    let want = [
        ("Patient/held".to_owned(), json!({"start": "2025-03-01"})),
        ("Patient/in".to_owned(), json!({"start": "2025-01-10"})),
    ];
    assert_eq!((members(&entered), &entered["quantity"]), (want.to_vec(), &json!(2)));
    let places = format!("{}/pathway-capacity", OURS.replace("CodeSystem", "StructureDefinition"));
    let absent = &read::extension(&entered, &places).unwrap()["_valueUnsignedInt"]["extension"][0];
    assert_eq!(absent["valueCode"], json!("unknown"));
    let waiting = roster(&client, "parcours-souffrance-psychologique-waiting", "2025-06");
    assert_eq!(members(&waiting), [("Patient/waits".to_owned(), json!({"start": "2025-02-01"}))]);
    assert!(read::extension(&waiting, &places).is_none());
    // Nobody waited yet, and somebody had not left yet.
    assert_eq!(members(&roster(&client, "parcours-souffrance-psychologique-waiting", "2025-01")), []);
    let before = roster(&client, "parcours-souffrance-psychologique-entered", "2024-05");
    assert_eq!(members(&before), [("Patient/out".to_owned(), json!({"start": "2024-01-10", "end": "2024-06-30"}))]);
    let names = |patient: &str| {
        let bundle = client.found(&format!("/Group?member=Patient/{patient}&month=2025-06"));
        let code = |e: &Value| e["resource"]["code"]["coding"][0]["code"].as_str().unwrap().to_owned();
        let all = bundle["entry"].as_array().cloned().unwrap_or_default();
        all.iter().map(code).filter(|c| c.starts_with("parcours")).collect::<Vec<_>>()
    };
    assert_eq!(names("held"), ["parcours-souffrance-psychologique-entered"]);
    assert_eq!(names("waits"), ["parcours-souffrance-psychologique-waiting"]);
    let dossier = client.found("/Patient/waits/$mtr-dossier?date=2025-06-15");
    let groups: Vec<&str> = dossier["entry"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["resource"]["resourceType"] == "Group")
        .map(|e| e["resource"]["code"]["coding"][0]["code"].as_str().unwrap())
        .collect();
    assert!(groups.contains(&"parcours-souffrance-psychologique-waiting"), "{groups:?}");
}

#[test]
fn what_changed_on_these_rosters_is_told_with_its_reason() {
    let client = practice();
    // Who waited gets in on 1 September.
    client.store(&episode("e-waits", "waits", PSY, "active", json!({"start": "2025-09-01"})));
    let diff = |code: &str, from: &str, to: &str| {
        let id = roster(&client, code, to)["id"].as_str().unwrap().to_owned();
        let answer = client.found(&format!("/Group/{id}/$diff?from={from}&to={to}"));
        let of = |name: &str| {
            let each = read::all(&answer, name).into_iter().map(|one| {
                let reason = read::value(one, "reason")["code"].as_str().unwrap().to_owned();
                (read::value(one, "patient")["reference"].as_str().unwrap().to_owned(), reason)
            });
            each.collect::<Vec<_>>()
        };
        (of("entered"), of("left"))
    };
    let told = |patient: &str, reason: &str| vec![(format!("Patient/{patient}"), reason.to_owned())];
    let entered = "parcours-souffrance-psychologique-entered";
    let waiting = "parcours-souffrance-psychologique-waiting";
    assert_eq!(diff(entered, "2025-08", "2025-09"), (told("waits", "pathway-entered"), vec![]));
    assert_eq!(diff(waiting, "2025-08", "2025-09"), (vec![], told("waits", "pathway-entered")));
    assert_eq!(diff(waiting, "2025-01", "2025-02"), (told("waits", "pathway-asked"), vec![]));
    assert_eq!(diff(entered, "2024-05", "2024-06"), (vec![], vec![]));
    assert_eq!(diff(entered, "2024-06", "2024-07"), (vec![], told("out", "pathway-left")));
}

#[test]
fn a_plan_of_which_no_day_was_told_is_found_by_none() {
    let client = harness::practice();
    client.push(&make::man("p", "1970-01-01"));
    let mut undated = episode("e", "p", PSY, "active", json!({}));
    undated.as_object_mut().unwrap().remove("period");
    client.push(&[undated]);
    assert_eq!(plans(&client, "patient=p"), [pair("p", "active")]);
    assert!(client.found("/CarePlan?patient=p")["entry"][0]["resource"]["period"].is_null());
    for query in ["date=1950", "date=2026-10-31", "date=ge2020", "date=ne2020"] {
        assert!(plans(&client, &format!("patient=p&{query}")).is_empty(), "{query}");
    }
}
