//! What is published: read, searched, never written; and the CapabilityStatement says no more and no
//! less than what is routed.

use crate::harness;
use crate::harness::Client;
use crate::harness::outcome;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TYPES: [&str; 7] = [
    "StructureDefinition",
    "CodeSystem",
    "ValueSet",
    "ConceptMap",
    "SearchParameter",
    "OperationDefinition",
    "ChargeItemDefinition",
];
const OURS: &str = "https://mtr-gateway.example/fhir";

fn entries(bundle: &Value) -> Vec<Value> {
    bundle["entry"].as_array().into_iter().flatten().map(|entry| entry["resource"].clone()).collect()
}

fn all(client: &Client, kind: &str) -> Vec<Value> {
    let bundle = client.found(&format!("/{kind}?_count=1000"));
    let found = entries(&bundle);
    assert_eq!(bundle["total"], found.len(), "{kind}");
    found
}

#[test]
fn everything_published_is_found_and_read() {
    let client = harness::structure();
    for kind in TYPES {
        let found = all(&client, kind);
        assert!(!found.is_empty(), "no {kind}");
        for resource in found {
            let (id, url) = (resource["id"].as_str().unwrap(), resource["url"].as_str().unwrap());
            assert_eq!(client.found(&format!("/{kind}/{id}")), resource, "{kind}/{id}");
            assert_eq!(client.found(&format!("/{kind}?url={url}"))["total"], 1, "{url}");
            for member in ["version", "publisher", "description"] {
                assert!(resource[member].is_string(), "{url}: no {member}");
            }
            assert_eq!(resource["status"], "active", "{url}");
            // R4 gives this type alone no name.
            if kind == "ChargeItemDefinition" {
                continue;
            }
            let name = resource["name"].as_str().unwrap();
            assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        }
    }
}

#[test]
fn a_client_that_has_it_is_told_so() {
    let client = harness::structure();
    let first = client.get("/CodeSystem/outcome").expect(200);
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(tag, format!("W/\"{}\"", first.json()["meta"]["versionId"].as_str().unwrap()));
    let again = client.send("GET", "/CodeSystem/outcome", &[("If-None-Match", &tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    client.send("GET", "/CodeSystem/outcome", &[("If-None-Match", "W/\"x\"")], b"").expect(200);
    assert_eq!(client.send("HEAD", "/CodeSystem/outcome", &[], b"").status, 200);
    outcome::refused(&client.get("/ValueSet/absent"), 404, "not-found", "MTR-GET-001", "");
}

#[test]
fn nothing_published_is_written() {
    let client = harness::structure();
    let body = json!({"resourceType": "ValueSet", "id": "rule-status", "status": "draft"}).to_string();
    for (method, path) in [
        ("POST", "/ValueSet"),
        ("PUT", "/ValueSet/rule-status"),
        ("PATCH", "/ValueSet/rule-status"),
        ("DELETE", "/ValueSet/rule-status"),
        ("DELETE", "/CodeSystem?url=x"),
        ("PUT", "/StructureDefinition/mtr-patient"),
    ] {
        let answer = client.send(method, path, &[], body.as_bytes());
        outcome::refused(&answer, 405, "not-supported", "MTR-REQ-001", "");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method} {path}");
    }
    for path in ["/ValueSet/a/b/c", "/ValueSet/rule-status/_history/1/x"] {
        outcome::refused(&client.get(path), 404, "not-found", "MTR-GET-004", "");
    }
    for path in ["/ValueSet/rule-status/_history", "/ValueSet/rule-status/_history/1"] {
        outcome::refused(&client.delete(path), 405, "not-supported", "MTR-REQ-001", "");
    }
    for path in ["/ValueSet/$expant", "/CodeSystem/$lookop", "/StructureDefinition/$validate", "/ValueSet/x/$meta"] {
        outcome::refused(&client.get(path), 400, "not-supported", "MTR-OPR-001", "");
    }
}

#[test]
fn the_version_that_is_served_is_read_by_its_number_and_is_the_whole_history() {
    let client = harness::structure();
    for kind in TYPES.into_iter().chain(["Measure", "Library"]) {
        let first = entries(&client.found(&format!("/{kind}?_count=1"))).remove(0);
        let (id, version) = (first["id"].as_str().unwrap(), first["meta"]["versionId"].as_str().unwrap());
        let path = format!("/{kind}/{id}");
        let tag = format!("W/\"{version}\"");
        let read = client.get(&path).expect(200);
        let old = client.get(&format!("{path}/_history/{version}")).expect(200);
        assert_eq!((old.header("etag"), &old.body), (Some(&*tag), &read.body), "{path}");
        assert_eq!(read.header("etag"), Some(&*tag), "{path}");
        client.send("GET", &format!("{path}/_history/{version}"), &[("If-None-Match", &tag)], b"").expect(304);
        let history = client.found(&format!("{path}/_history"));
        assert_eq!((&history["type"], &history["total"]), (&json!("history"), &json!(1)), "{path}");
        let entry = &history["entry"][0];
        assert_eq!((&entry["resource"], &entry["response"]["etag"]), (&read.json(), &json!(tag)), "{path}");
        assert_eq!(entry["request"], json!({"method": "PUT", "url": format!("{kind}/{id}")}));
        let none = client.found(&format!("{path}/_history?_count=0"));
        assert_eq!((&none["total"], none.get("entry")), (&json!(1), None));
        assert_eq!(client.found(&format!("{path}/_history?_since=2020-01-01T00:00:00Z"))["total"], 1);
        for other in ["1", "0", "9999", &version[1..]] {
            let answer = client.get(&format!("{path}/_history/{other}"));
            outcome::refused(&answer, 404, "not-found", "MTR-GET-003", "");
        }
        for lost in ["/_history", "/_history/1"] {
            outcome::refused(&client.get(&format!("/{kind}/absent{lost}")), 404, "not-found", "MTR-GET-001", "");
        }
        outcome::refused(&client.get(&format!("{path}/_history?_sinc=2020")), 400, "not-supported", "MTR-HIS-002", "");
    }
}

#[test]
fn a_part_of_what_is_published_keeps_what_it_is_none_without() {
    let client = harness::structure();
    for (path, kept, left) in [
        ("/CodeSystem/outcome?_summary=true", vec!["content", "status", "url"], vec!["concept"]),
        ("/CodeSystem/outcome?_elements=name", vec!["content", "status", "name"], vec!["concept", "title"]),
        ("/StructureDefinition/mtr-patient?_summary=text", vec!["kind", "abstract", "type"], vec!["differential"]),
        ("/OperationDefinition?_elements=title&_count=1", vec![], vec![]),
    ] {
        let told = client.found(path);
        let told = told.get("entry").map_or(told.clone(), |entries| entries[0]["resource"].clone());
        assert_eq!(told["meta"]["tag"][0]["code"], "SUBSETTED", "{path}");
        assert!(kept.iter().all(|name| told.get(name).is_some()), "{path}: {told}");
        assert!(left.iter().all(|name| told.get(name).is_none()), "{path}: {told}");
    }
    outcome::refused(&client.get("/CodeSystem/outcome?_summary=x"), 400, "value", "MTR-SRC-002", "");
}

#[test]
fn searches_are_strict_and_find_what_is_asked() {
    let client = harness::structure();
    for (path, total) in [
        ("/CodeSystem?_id=outcome,rule-status", 2),
        ("/CodeSystem?name=rulest", 1),
        ("/CodeSystem?name:exact=rulestatus", 0),
        ("/CodeSystem?url:above=https://mtr-gateway.example/fhir/CodeSystem/outcome/x", 1),
        ("/CodeSystem?url:above=https://mtr-gateway.example/fhir/CodeSystem/outcom", 0),
        ("/CodeSystem?status:not=active", 0),
        ("/CodeSystem?_id=outcome&status:not=draft", 1),
        ("/CodeSystem?name:contains=status&status=active", 2),
        ("/CodeSystem?status=draft", 0),
        ("/ValueSet?title:contains=schizo", 0),
        ("/ValueSet?title=TROUBLES%20psychiques", 1),
        ("/ValueSet?version=none", 0),
        ("/StructureDefinition?type=Patient", 1),
        ("/StructureDefinition?type=http://hl7.org/fhir/StructureDefinition/Patient", 1),
        ("/SearchParameter?base=Encounter&code=date", 1),
        ("/OperationDefinition?code=forfait", 1),
        ("/CodeSystem?_id=outcome&_count=0", 1),
        ("/CodeSystem?_id=outcome&_summary=count", 1),
    ] {
        assert_eq!(client.found(path)["total"], total, "{path}");
    }
    for (path, code, hint) in [
        ("/ValueSet?ur=x", "MTR-SRC-001", "url"),
        ("/ValueSet?system=x", "MTR-SRC-001", "version"),
        ("/ValueSet?name:exakt=x", "MTR-SRC-003", "name"),
        ("/ValueSet?_count=many", "MTR-SRC-002", "_count"),
        ("/ValueSet?url=", "MTR-SRC-002", "url"),
    ] {
        let answer = client.get(path).expect(400).json();
        let told = outcome::issues(&answer);
        assert!(told[0].code == code && told[0].fr.contains(hint), "{path}: {told:?}");
    }
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let found = client.send("POST", "/CodeSystem/_search", &form, b"_id=outcome").expect(200).json();
    assert_eq!(found["total"], 1);
}

#[test]
fn pages_hold_each_resource_once() {
    let client = harness::structure();
    let base = format!("{}/fhir", client.base());
    let (mut path, mut seen, mut pages) = ("/ValueSet?_count=40&status=active".to_owned(), BTreeSet::new(), 0);
    let total = loop {
        let bundle = client.found(&path);
        pages += 1;
        for resource in entries(&bundle) {
            assert!(seen.insert(resource["id"].as_str().unwrap().to_owned()), "{} twice", resource["id"]);
        }
        let links = bundle["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            break bundle["total"].as_u64().unwrap();
        };
        path = next["url"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    };
    assert!(pages > 2 && seen.len() as u64 == total, "{pages} pages, {} of {total}", seen.len());
}

#[test]
fn a_summary_leaves_the_bulk_out_and_says_so() {
    let client = harness::structure();
    let short = entries(&client.found("/CodeSystem?_id=outcome&_summary=true")).remove(0);
    assert!(short.get("concept").is_none() && short["url"].is_string(), "{short}");
    assert_eq!(short["meta"]["tag"][0]["code"], "SUBSETTED");
    let named = entries(&client.found("/CodeSystem?_id=outcome&_elements=name")).remove(0);
    let members: Vec<&String> = named.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 6, "{members:?}");
}

#[test]
fn the_capability_statement_names_what_is_published_and_nothing_that_is_not() {
    let client = harness::structure();
    let statement = client.found("/metadata");
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    for kind in TYPES {
        let told = resources.iter().find(|r| r["type"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        let interactions = ["read", "vread", "history-instance", "search-type"].map(|code| json!({"code": code}));
        assert_eq!((&told["interaction"], &told["versioning"]), (&json!(interactions), &json!("versioned")));
        for parameter in told["searchParam"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            assert_eq!(client.found(&format!("/{kind}?{name}=none"))["total"], 0, "{kind} {name}");
        }
        for operation in told["operation"].as_array().into_iter().flatten() {
            let name = operation["name"].as_str().unwrap();
            let told = outcome::codes(&client.get(&format!("/{kind}/${name}")).expect(400).json());
            assert_eq!(told, ["MTR-OPR-003"], "{kind}/${name}");
        }
    }
    let mut urls = BTreeSet::new();
    canonicals(&statement["rest"], &mut urls);
    assert!(urls.len() > 20, "{urls:?}");
    for url in urls {
        let kind = url[OURS.len() + 1..].split('/').next().unwrap();
        assert_eq!(client.found(&format!("/{kind}?url={url}"))["total"], 1, "{url}");
    }
}

/// Every address of ours that a resource names.
fn canonicals(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if TYPES.iter().any(|kind| text.starts_with(&format!("{OURS}/{kind}/"))) => {
            out.insert(text.split('|').next().unwrap().to_owned());
        }
        Value::Array(items) => items.iter().for_each(|item| canonicals(item, out)),
        Value::Object(members) => members.values().for_each(|member| canonicals(member, out)),
        _ => {}
    }
}

#[test]
fn what_is_published_names_nothing_of_ours_that_is_not() {
    let client = harness::structure();
    let mut urls = BTreeSet::new();
    let mut known = BTreeSet::new();
    for kind in TYPES {
        for resource in all(&client, kind) {
            known.insert(resource["url"].as_str().unwrap().to_owned());
            canonicals(&resource, &mut urls);
        }
    }
    let lost: Vec<_> = urls.difference(&known).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn modifiers_and_comparators_are_named_by_the_codes_of_r4() {
    const MODIFIERS: [&str; 12] = [
        "missing",
        "exact",
        "contains",
        "not",
        "text",
        "in",
        "not-in",
        "below",
        "above",
        "type",
        "identifier",
        "ofType",
    ];
    const COMPARATORS: [&str; 9] = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];
    let client = harness::structure();
    let named = |resource: &Value, member: &str| -> Vec<String> {
        resource[member].as_array().into_iter().flatten().map(|code| code.as_str().unwrap().to_owned()).collect()
    };
    for parameter in all(&client, "SearchParameter") {
        for (member, codes) in [("modifier", &MODIFIERS[..]), ("comparator", &COMPARATORS[..])] {
            let told = named(&parameter, member);
            assert!(told.iter().all(|code| codes.contains(&code.as_str())), "{} {told:?}", parameter["id"]);
        }
    }
}

#[test]
fn our_profiles_are_differentials_over_r4() {
    let client = harness::structure();
    let statement = client.found("/metadata");
    let received = statement["rest"][0]["resource"].as_array().unwrap();
    for resource in received.iter().filter(|r| r.get("supportedProfile").is_some()) {
        let (kind, url) = (resource["type"].as_str().unwrap(), resource["supportedProfile"][0].as_str().unwrap());
        let profile = entries(&client.found(&format!("/StructureDefinition?url={url}"))).remove(0);
        assert_eq!(profile["type"], kind);
        assert_eq!(profile["baseDefinition"], format!("http://hl7.org/fhir/StructureDefinition/{kind}"));
        assert_eq!((&profile["derivation"], &profile["fhirVersion"]), (&json!("constraint"), &json!("4.0.1")));
        let elements = profile["differential"]["element"].as_array().unwrap();
        assert_eq!(elements[0]["path"], kind, "{url}");
        let mut ids = BTreeSet::new();
        for element in elements {
            let id = element["id"].as_str().unwrap();
            assert!(ids.insert(id) && (id == kind || id.starts_with(&format!("{kind}."))), "{url}: {id}");
            assert_eq!(element["path"], id, "{url}");
            assert!(element["short"].is_string() && element["definition"].is_string(), "{url}: {id}");
            for constraint in element["constraint"].as_array().into_iter().flatten() {
                for member in ["key", "severity", "human", "expression"] {
                    assert!(constraint[member].is_string(), "{url}: {id}.constraint.{member}");
                }
            }
        }
    }
}
