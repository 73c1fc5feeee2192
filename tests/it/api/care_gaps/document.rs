//! The Bundle: its form, its closure, what it rests on.

use super::*;
use std::collections::BTreeSet;

/// Appends every `reference` of a resource.
fn references(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            out.extend(members.get("reference").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|inner| references(inner, out));
        }
        Value::Array(all) => all.iter().for_each(|inner| references(inner, out)),
        _ => {}
    }
}

/// Answers whether a reference names an entry: of a version, the entry of that version.
fn resolves(bundle: &Value, reference: &str) -> bool {
    let (resource, version) = match reference.split_once("/_history/") {
        Some((resource, version)) => (resource, Some(version)),
        None => (reference, None),
    };
    bundle["entry"].as_array().unwrap().iter().any(|entry| {
        entry["fullUrl"] == resource && version.is_none_or(|version| entry["resource"]["meta"]["versionId"] == version)
    })
}

const COMPUTED: [&str; 4] = ["Composition", "MeasureReport", "DetectedIssue", "GuidanceResponse"];

fn whole(client: &Client, form: &str) -> Value {
    client.found(&asking(&["prevention"], &format!("subject=Patient/p&{ALL}&isDocument={form}")))
}

#[test]
fn a_document_begins_with_its_composition_and_holds_what_it_refers_to() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = whole(&client, "true");
    let bundle = bundles(&answer)[0];
    assert_eq!(bundle["type"], "document");
    assert!(bundle["identifier"]["system"].is_string() && bundle["identifier"]["value"].is_string());
    assert!(bundle["timestamp"].is_string());
    let entries = bundle["entry"].as_array().unwrap();
    assert_eq!(entries[0]["resource"]["resourceType"], "Composition");
    let urls: BTreeSet<&str> = entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
    assert_eq!(urls.len(), entries.len(), "each entry has a fullUrl of its own");
    let (mut computed, mut stored) = (0, 0);
    for entry in entries {
        let resource = &entry["resource"];
        let kind = resource["resourceType"].as_str().unwrap();
        let url = entry["fullUrl"].as_str().unwrap();
        let address = format!("{}/fhir/{kind}/{}", client.base(), resource["id"].as_str().unwrap());
        // What is kept nowhere has no address.
        assert_eq!(url == address, !COMPUTED.contains(&kind), "{url}");
        assert_eq!(url.starts_with("urn:uuid:") && url.len() == 45, COMPUTED.contains(&kind), "{url}");
        let mut all = Vec::new();
        references(resource, &mut all);
        if COMPUTED.contains(&kind) {
            computed += 1;
            assert!(!all.is_empty());
            for reference in all {
                assert!(resolves(bundle, &reference), "{kind}: {reference}");
            }
        } else {
            // What is stored is served as it is: the rest of what it refers to is at its address.
            stored += 1;
            assert!(resource["meta"]["versionId"].is_string() || kind == "Organization", "{kind}");
        }
    }
    assert_eq!((computed, entries.len()), (1 + 3 * 26, computed + stored));
    assert_eq!(of_type(bundle, "Patient")[0]["birthDate"], "1963-03-14");
    assert_eq!(of_type(bundle, "Organization")[0]["id"], client.structure());
    for kind in ["Observation", "Condition"] {
        assert!(!of_type(bundle, kind).is_empty(), "the evidence is there: {kind}");
    }
}

#[test]
fn a_collection_is_the_same_without_a_composition() {
    let client = harness::practice();
    client.push(&man_of_62());
    let (document, collection) = (whole(&client, "true"), whole(&client, "false"));
    let (document, collection) = (bundles(&document)[0], bundles(&collection)[0]);
    assert_eq!(collection["type"], "collection");
    assert!(of_type(collection, "Composition").is_empty());
    let rest = |bundle: &Value, from: usize| bundle["entry"].as_array().unwrap()[from..].to_vec();
    assert_eq!(rest(document, 1), rest(collection, 0));
    assert_ne!(document["identifier"]["value"], collection["identifier"]["value"]);
}

#[test]
fn the_composition_has_a_section_per_measure_and_an_author_who_is_not_the_patient() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = client.found(&asking(&["tobacco", "colorectal-cancer"], &format!("subject=Patient/p&{ALL}")));
    let bundle = bundles(&answer)[0];
    let composition = of_type(bundle, "Composition")[0];
    assert_eq!(
        composition["type"]["coding"][0],
        json!({"system": "http://loinc.org", "code": "96315-7", "display": "Gaps in care report"})
    );
    assert_eq!(composition["status"], "final");
    assert_eq!(here(composition["subject"]["reference"].as_str().unwrap()), "Patient/p");
    let author = format!("{}/fhir/Organization/{}", client.base(), client.structure());
    assert_eq!(composition["author"], json!([{"reference": author}]));
    assert_eq!(composition["title"], "Bilan des écarts de prévention du 2025-01-01 au 2025-06-30");
    assert_eq!(composition["date"], bundle["timestamp"]);
    let sections = composition["section"].as_array().unwrap();
    // In the order of the catalogue, however they were asked.
    let titles: Vec<&str> = sections.iter().map(|s| s["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Dépistage du cancer colorectal", "Repérage du tabagisme"]);
    let focus: Vec<&Value> = sections.iter().map(|s| named(bundle, &s["focus"]["reference"])).collect();
    let entry: Vec<&Value> = sections.iter().map(|s| named(bundle, &s["entry"][0]["reference"])).collect();
    assert_eq!(focus, of_type(bundle, "MeasureReport"));
    assert_eq!(entry, of_type(bundle, "DetectedIssue"));
}

#[test]
fn a_report_counts_its_populations_and_has_a_score_only_where_somebody_is_asked() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = whole(&client, "false");
    let bundle = bundles(&answer)[0];
    let rulebook = &read::tags(bundle, "rulebook")[0];
    for (item, counts, score, population) in [
        ("bmi", [1, 1, 0, 1, 0], Some(1.0), Some("numerator")),
        ("colorectal-cancer", [1, 1, 0, 0, 0], Some(0.0), Some("denominator")),
        ("physical-activity", [1, 1, 0, 0, 0], Some(0.0), None),
        ("depression", [1, 1, 1, 0, 0], None, Some("denominator-exclusion")),
        ("breast-cancer", [0, 0, 0, 0, 0], None, None),
    ] {
        let reports = of_type(bundle, "MeasureReport");
        let report = reports.iter().find(|report| item_of(&report["measure"]) == item).unwrap();
        assert_eq!(report["measure"], format!("{OURS}/Measure/{item}|{}", &rulebook[..12]), "versioned");
        assert_eq!((&report["type"], &report["status"]), (&json!("individual"), &json!("complete")));
        assert_eq!(report["date"], bundle["timestamp"]);
        let reporter = here(report["reporter"]["reference"].as_str().unwrap());
        assert_eq!(reporter, format!("Organization/{}", client.structure()));
        assert_eq!(report["period"], json!({"start": "2025-01-01", "end": "2025-06-30"}));
        assert_eq!(report["improvementNotation"]["coding"][0]["code"], "increase");
        let group = &report["group"][0];
        let told: Vec<u64> =
            group["population"].as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).collect();
        assert_eq!(told, counts, "{item}");
        assert_eq!(group["measureScore"]["value"].as_f64(), score, "{item}");
        let evaluated = report.get("evaluatedResource").map(|all| all[0]["extension"][0]["valueString"].clone());
        assert_eq!(evaluated, population.map(|code| json!(format!("{item}-{code}"))), "{item}");
        assert!(["official", "fallback", "interpretation"].contains(&read::tags(report, "rule-status")[0].as_str()));
    }
}

#[test]
fn what_would_close_a_gap_is_told_while_it_is_open_or_about_to_be() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = whole(&client, "false");
    let responses = of_type(bundles(&answer)[0], "GuidanceResponse");
    let response = |item: &str| *responses.iter().find(|r| item_of(&r["moduleCanonical"]) == item).unwrap();
    for (item, code) in [("colorectal-cancer", "fit"), ("tobacco", "tobacco-status"), ("melanoma", "skin-examination")]
    {
        let wanted = response(item)["dataRequirement"].as_array().unwrap();
        let codes: Vec<&Value> =
            wanted.iter().flat_map(|one| one["codeFilter"][0]["code"].as_array().unwrap()).collect();
        let own = json!({"system": format!("{}/prevention-evidence", make::OURS), "code": code});
        assert!(codes.contains(&&own), "{item}: {codes:?}");
        assert!(wanted.iter().all(|one| one["type"].is_string() && one["codeFilter"][0]["path"].is_string()));
    }
    for item in ["bmi", "depression", "breast-cancer"] {
        assert!(response(item).get("dataRequirement").is_none(), "{item}");
    }
    let detail = &response("colorectal-cancer")["reasonCode"][0]["extension"][0];
    assert_eq!(detail["url"], "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-reasonDetail");
    let cited = detail["extension"][0]["valueReference"]["reference"].as_str().unwrap();
    assert_eq!(here(cited), "Observation/fit/_history/1");
    assert_eq!(detail["extension"][1]["valueString"], "effective");
    let sets = response("colorectal-cancer")["dataRequirement"][0]["codeFilter"][0]["valueSet"].clone();
    let url = sets.as_str().unwrap().split('|').next().unwrap();
    assert_eq!(client.found(&format!("/ValueSet?url={url}"))["total"], 1, "and the codes can be expanded here");
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    let client = harness::practice();
    client.push(&man_of_62());
    let query = asking(&["prevention"], &format!("subject=Patient/p&{ALL}"));
    let first = client.get(&query).expect(200).text();
    assert_eq!(client.get(&query).expect(200).text(), first);
    let answer: Value = serde_json::from_str(&first).unwrap();
    let known = bundles(&answer)[0]["timestamp"].as_str().unwrap().to_owned();
    client.store(&make::evidence("fit", "p", "fit", "2025-02-01"));
    let now = client.get(&query).expect(200).text();
    assert_ne!(now, first);
    let then = client.get(&format!("{query}&knownAt={known}")).expect(200).text();
    assert_eq!(then, first, "as it was known then, with the version of then");
    let now: Value = serde_json::from_str(&now).unwrap();
    let (then, now) = (bundles(&answer)[0], bundles(&now)[0]);
    assert_ne!(then["identifier"]["value"], now["identifier"]["value"], "another knowledge is another document");
    assert!(gaps(now).iter().any(|one| one.0 == "colorectal-cancer" && one.1 == "closed-gap"));
}

#[test]
fn an_older_rulebook_is_named_by_the_version_of_its_measures() {
    let client = harness::practice();
    client.push(&man_of_62());
    let query = asking(&[], &format!("subject=Patient/p&{ALL}&measureUrl={OURS}/Measure/bmi"));
    let answer = client.found(&query);
    let version = read::tags(bundles(&answer)[0], "rulebook")[0][..12].to_owned();
    assert_eq!(client.found(&format!("{query}|{version}")), answer);
    outcome::refused(&client.get(&format!("{query}|000000000000")), 404, "not-found", "MTR-MEA-002", "");
    let mixed = format!("{query}|{version}&measureUrl={OURS}/Measure/tobacco|000000000000");
    outcome::refused(&client.get(&mixed), 400, "invalid", "MTR-GAP-005", "");
}

#[test]
fn the_dossier_tells_the_same_open_gaps() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = client.found(&asking(&["prevention"], "subject=Patient/p&status=open-gap"));
    let dossier = client.found("/Patient/p/$mtr-dossier?date=2025-06-30");
    let told = |bundle: &Value| -> Vec<Value> {
        of_type(bundle, "DetectedIssue")
            .into_iter()
            .map(|issue| make::with(issue.clone(), json!({"id": null, "evidence": null})))
            .collect()
    };
    assert_eq!(told(bundles(&answer)[0]), told(&dossier));
    let report = of_type(&dossier, "MeasureReport")[0];
    assert_eq!(item_of(&report["measure"]), "prevention");
}

/// R4 4.0.1: element names of what we compute, the mandatory ones first, up to the bar.
const R4: [(&str, &str); 4] = [
    (
        "Composition",
        "status type date author title | identifier category subject encounter confidentiality attester custodian relatesTo event section",
    ),
    (
        "MeasureReport",
        "status type measure period | identifier subject date reporter improvementNotation group evaluatedResource",
    ),
    (
        "DetectedIssue",
        "status | identifier code severity patient identifiedDateTime identifiedPeriod author implicated evidence detail reference mitigation",
    ),
    (
        "GuidanceResponse",
        "moduleCanonical status | requestIdentifier identifier subject encounter occurrenceDateTime performer reasonCode reasonReference note evaluationMessage outputParameters result dataRequirement",
    ),
];

#[test]
fn what_is_computed_has_the_elements_of_r4_and_no_other() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = whole(&client, "true");
    for entry in bundles(&answer)[0]["entry"].as_array().unwrap() {
        let resource = &entry["resource"];
        let Some((kind, elements)) = R4.iter().find(|(kind, _)| resource["resourceType"] == *kind) else { continue };
        let (must, may) = elements.split_once('|').unwrap();
        let every = "resourceType id meta implicitRules language text contained extension modifierExtension";
        let known: Vec<&str> = [must, may, every].into_iter().flat_map(str::split_whitespace).collect();
        for name in resource.as_object().unwrap().keys() {
            assert!(known.contains(&name.as_str()), "{kind}.{name}");
        }
        for name in must.split_whitespace() {
            assert!(!resource[name].is_null(), "{kind}.{name}");
        }
        assert!(resource["id"].as_str().unwrap().len() <= 64);
    }
}

/// Appends every coding of a CodeSystem of ours and every URL of an extension of ours.
fn ours(value: &Value, codings: &mut BTreeSet<(String, String)>, extensions: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
            if let Some(system) = text("system").strip_prefix(&format!("{OURS}/CodeSystem/")) {
                codings.insert((system.to_owned(), text("code").to_owned()));
            }
            extensions.extend(text("url").strip_prefix(&format!("{OURS}/StructureDefinition/")).map(str::to_owned));
            members.values().for_each(|inner| ours(inner, codings, extensions));
        }
        Value::Array(all) => all.iter().for_each(|inner| ours(inner, codings, extensions)),
        _ => {}
    }
}

#[test]
fn every_code_and_extension_of_ours_is_published_and_speaks_of_its_resource() {
    let client = harness::practice();
    client.push(&make::but(man_of_62(), json!({"gender": "unknown"})));
    let answer = whole(&client, "true");
    let (mut codings, mut extensions) = (BTreeSet::new(), BTreeSet::new());
    ours(&answer, &mut codings, &mut extensions);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fhir-profiles");
    let read = |path: String| -> Value {
        let file = std::fs::read(folder.join(&path)).unwrap_or_else(|_| panic!("no {path}"));
        serde_json::from_slice(&file).unwrap()
    };
    for (system, code) in &codings {
        let published = read(format!("codesystems/{system}.json"));
        // A rulebook may add codes to a fragment.
        let all = published["concept"]
            .as_array()
            .filter(|_| published["content"] == "complete" || system == "prevention-reason");
        assert!(all.is_none_or(|all| all.iter().any(|one| one["code"] == **code)), "{system}|{code}");
    }
    for (name, place) in
        [("known-at", "Composition"), ("weakest-status", "MeasureReport"), ("gap-undecided", "Composition.section")]
    {
        assert!(extensions.contains(name), "{name}");
        let contexts = read(format!("structuredefinitions/{name}.json"))["context"].clone();
        assert!(contexts.as_array().unwrap().iter().any(|one| one["expression"] == place), "{name} on {place}");
    }
    let reasons = read("codesystems/prevention-reason.json".to_owned());
    let known = |code: &str| reasons["concept"].as_array().unwrap().iter().any(|one| one["code"] == code);
    let rules = mtr_gateway::app::default_rules().unwrap().rules;
    let told: Vec<&str> = rules.items.iter().flat_map(|item| item.exclusions.iter().map(|one| &*one.reason)).collect();
    assert!(told.len() > 5 && told.iter().all(|code| known(code)), "{told:?}");
}
