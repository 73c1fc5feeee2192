//! `$mtr-dossier`: everything about a patient at a date, in one collection.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

fn dossier(client: &Client, query: &str) -> Value {
    client.found(&format!("/Patient/p/$mtr-dossier?{query}"))
}

fn of_type<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap();
    entries.iter().map(|e| &e["resource"]).filter(|r| r["resourceType"] == kind).collect()
}

fn loaded(client: &Client) {
    client.push(&make::and(
        make::man("p", "1963-03-14"),
        vec![
            make::ald("ald", "p", "23", "F33.1", "2019-01-01"),
            make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60})),
            make::evidence("fit", "p", "fit", "2020-06-01"),
            make::evidence("bp", "p", "blood-pressure", "2025-06-01"),
        ],
    ));
}

#[test]
fn it_holds_the_invoice_the_report_the_gaps_the_rosters_and_the_provenance() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    assert_eq!(
        bundle["entry"].as_array().unwrap().iter().filter(|e| e["fullUrl"].is_string()).count(),
        bundle["entry"].as_array().unwrap().len()
    );
    let invoice = of_type(&bundle, "Invoice");
    assert_eq!(invoice, [&client.found("/Patient/p/$forfait?month=2025-06")]);
    assert_eq!(of_type(&bundle, "MeasureReport").len(), 1);
    assert_eq!(of_type(&bundle, "Provenance").len(), 1);
    let report = of_type(&bundle, "MeasureReport")[0];
    let patient = format!("{}/fhir/Patient/p", client.base());
    assert_eq!((&report["type"], &report["subject"]["reference"]), (&json!("individual"), &json!(patient)));
}

#[test]
fn each_open_gap_is_an_issue() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    let card = client.found("/Patient/p/$prevention?date=2025-06-30");
    let open: Vec<&str> = read::all(&card, "item")
        .into_iter()
        .filter(|i| ["expired", "never-done", "refused"].contains(&read::value(i, "status").as_str().unwrap()))
        .map(|i| read::value(i, "label").as_str().unwrap())
        .collect();
    assert!(open.len() > 5);
    let told: Vec<&str> =
        of_type(&bundle, "DetectedIssue").iter().map(|d| d["code"]["text"].as_str().unwrap()).collect();
    assert_eq!(told, open);
    let patient = format!("{}/fhir/Patient/p", client.base());
    for issue in of_type(&bundle, "DetectedIssue") {
        assert!(issue["code"]["coding"].as_array().unwrap().iter().any(|c| c["code"] == "CAREGAP"));
        assert_eq!((&issue["status"], &issue["patient"]["reference"]), (&json!("final"), &json!(patient)));
        assert_eq!(issue["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]["code"], "open-gap");
        assert!(issue["evidence"][0]["detail"][0]["reference"].is_string());
    }
}

#[test]
fn rosters_are_those_of_what_is_paid() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    let codes: Vec<&str> =
        of_type(&bundle, "Group").iter().map(|g| g["code"]["coding"][0]["code"].as_str().unwrap()).collect();
    for roster in ["file-active", "ald", "vulnerabilite-sociale", "sante-mentale"] {
        assert!(codes.contains(&roster), "{roster} in {codes:?}");
    }
    assert!(!codes.contains(&"handicap"));
    for group in of_type(&bundle, "Group") {
        assert_eq!(group["member"][0]["entity"]["reference"], "Patient/p");
        // His days are those that the roster itself tells.
        let whole = client.found(&format!("/Group/{}?month=2025-06", group["id"].as_str().unwrap()));
        let mut members = whole["member"].as_array().unwrap().iter();
        let own = members.find(|member| member["entity"]["reference"] == "Patient/p").unwrap();
        assert_eq!(&group["member"][0], own, "{}", group["code"]["coding"][0]["code"]);
    }
}

#[test]
fn the_provenance_names_the_versions_used_and_they_can_be_read() {
    let client = harness::practice();
    loaded(&client);
    client.store(&make::evidence("fit", "p", "fit", "2020-06-02"));
    let bundle = dossier(&client, "date=2025-06-30");
    let used: Vec<&str> = of_type(&bundle, "Provenance")[0]["entity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["what"]["reference"].as_str().unwrap().split_once("/fhir/").unwrap().1)
        .collect();
    let all = [
        "Observation/fit/_history/2",
        "Condition/ald/_history/1",
        "Encounter/p-seen/_history/1",
        "Patient/p/_history/1",
    ];
    for reference in all {
        assert!(used.contains(&reference), "{reference} in {used:?}");
        client.get(&format!("/{reference}")).expect(200);
    }
}

#[test]
fn without_a_known_amount_the_rest_is_still_told() {
    let client = harness::practice();
    client.push(&make::and(
        make::man("p", "1963-03-14"),
        vec![make::contract("k", "p", json!({"start": "2018-01-01"})), make::visit("e", "p", "2020-06-01")],
    ));
    let bundle = dossier(&client, "date=2020-12-31");
    assert!(of_type(&bundle, "Invoice").is_empty());
    assert_eq!(of_type(&bundle, "OperationOutcome")[0]["issue"][0]["details"]["coding"][0]["code"], "MTR-FIG-001");
    assert_eq!(of_type(&bundle, "MeasureReport").len(), 1);
}

/// R4 4.0.1: element names of what we compute, the mandatory ones first, up to the bar.
const R4: [(&str, &str); 6] = [
    (
        "Invoice",
        "status | identifier cancelledReason type subject recipient date participant issuer account lineItem totalPriceComponent totalNet totalGross paymentTerms note",
    ),
    (
        "MeasureReport",
        "status type measure period | identifier subject date reporter improvementNotation group evaluatedResource",
    ),
    (
        "DetectedIssue",
        "status | identifier code severity patient identifiedDateTime identifiedPeriod author implicated evidence detail reference mitigation",
    ),
    ("Group", "type actual | identifier active code name quantity managingEntity characteristic member"),
    (
        "Provenance",
        "target recorded agent | occurredPeriod occurredDateTime policy location reason activity entity signature",
    ),
    ("OperationOutcome", "issue |"),
];
const EVERY: &str = "resourceType id meta implicitRules language text contained extension modifierExtension";

#[test]
fn what_is_computed_has_the_elements_of_r4_and_no_other() {
    let client = harness::practice();
    loaded(&client);
    let bundle = dossier(&client, "date=2025-06-30");
    let (mut ids, mut urls) = (Vec::new(), Vec::new());
    for entry in bundle["entry"].as_array().unwrap() {
        let resource = &entry["resource"];
        let kind = resource["resourceType"].as_str().unwrap();
        let (must, may) = R4.iter().find(|(name, _)| *name == kind).unwrap().1.split_once('|').unwrap();
        let known: Vec<&str> = [must, may, EVERY].into_iter().flat_map(str::split_whitespace).collect();
        for name in resource.as_object().unwrap().keys() {
            assert!(known.contains(&name.as_str()), "{kind}.{name}");
        }
        for name in must.split_whitespace() {
            assert!(!resource[name].is_null(), "{kind}.{name}");
        }
        let id = resource["id"].as_str().unwrap();
        let url = entry["fullUrl"].as_str().unwrap();
        // What is kept nowhere has no address.
        let kept = !["MeasureReport", "DetectedIssue", "Provenance"].contains(&kind);
        assert_eq!(url.ends_with(&format!("/{kind}/{id}")), kept, "{kind}/{id}");
        assert!(id.len() <= 64 && (kept || url.starts_with("urn:uuid:")), "{kind}/{id}");
        ids.push(format!("{kind}/{id}"));
        urls.push(url.to_owned());
    }
    assert!(bundle["entry"].as_array().unwrap().len() > 8);
    // Another patient's dossier holds other resources; only the rosters are shared.
    client.push(&make::man("q", "1963-03-14"));
    let other = client.found("/Patient/q/$mtr-dossier?date=2025-06-30");
    for entry in other["entry"].as_array().unwrap() {
        let name = format!(
            "{}/{}",
            entry["resource"]["resourceType"].as_str().unwrap(),
            entry["resource"]["id"].as_str().unwrap()
        );
        assert!(name.starts_with("Group/") || !ids.contains(&name), "{name}");
    }
    let issue = of_type(&bundle, "DetectedIssue")[0];
    assert!(issue["author"].get("reference").is_none(), "R4 has no organization there: {issue}");
    let mut entries = bundle["entry"].as_array().unwrap().iter();
    let report = entries.find(|entry| entry["resource"]["resourceType"] == "MeasureReport").unwrap();
    assert_eq!(issue["evidence"][0]["detail"][0]["reference"], report["fullUrl"]);
    let targets = &of_type(&bundle, "Provenance")[0]["target"];
    assert!(targets.as_array().unwrap().iter().all(|t| urls.contains(&t["reference"].as_str().unwrap().to_owned())));
}

/// Appends every coding of a CodeSystem of ours and every URL of an extension of ours.
fn ours(value: &Value, codings: &mut Vec<(String, String)>, extensions: &mut Vec<String>) {
    let base = "https://mtr-gateway.example/fhir/";
    match value {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
            if let Some(system) = text("system").strip_prefix(&format!("{base}CodeSystem/")) {
                codings.push((system.to_owned(), text("code").to_owned()));
            }
            extensions.extend(text("url").strip_prefix(&format!("{base}StructureDefinition/")).map(str::to_owned));
            members.values().for_each(|inner| ours(inner, codings, extensions));
        }
        Value::Array(all) => all.iter().for_each(|inner| ours(inner, codings, extensions)),
        _ => {}
    }
}

#[test]
fn every_code_and_extension_of_ours_that_is_served_is_published() {
    let client = harness::practice();
    loaded(&client);
    client.push(&make::man("stranger", "1963-03-14"));
    client.store(&make::but(make::man("stranger", "1963-03-14"), json!({"generalPractitioner": null}))[0]);
    let (mut codings, mut extensions) = (Vec::new(), Vec::new());
    for path in [
        "p/$mtr-dossier?date=2025-06-30",
        "p/$forfait?month=2024-12",
        "p/$forfait?month=2026-04&tariff=fmt-2026",
        "stranger/$forfait?month=2025-06",
    ] {
        ours(&client.found(&format!("/Patient/{path}")), &mut codings, &mut extensions);
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fhir-profiles");
    for (system, code) in &codings {
        let file = std::fs::read(folder.join(format!("codesystems/{system}.json")));
        let published: Value =
            serde_json::from_slice(&file.unwrap_or_else(|_| panic!("no CodeSystem {system}"))).unwrap();
        let codes = published["concept"].as_array();
        assert!(codes.is_none_or(|all| all.iter().any(|one| one["code"] == **code)), "{system}|{code}");
    }
    for name in &extensions {
        assert!(folder.join(format!("structuredefinitions/{name}.json")).exists(), "no StructureDefinition {name}");
    }
    assert!(codings.len() > 50 && extensions.len() > 10);
}
