//! Who is on a roster, and how it is found and shown.

use super::*;

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
    assert_eq!(all.len(), 20, "{all:?}");
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
    assert_eq!((&counted["total"], counted.get("entry")), (&json!(20), None));
}

#[test]
fn groups_come_in_pages() {
    let client = practice();
    let (mut path, mut codes) = ("/Group?month=2025-06&_count=6".to_owned(), Vec::new());
    for wanted in [6, 6, 6, 2] {
        let page = client.found(&path);
        assert_eq!(page["total"], 20);
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
