//! The rules as Measure, Library and ValueSet: whole enough for somebody else to reckon what we say.

use crate::cli::check::{copy_bare, edit, mappings};
use crate::harness;
use crate::harness::Gateway;
use crate::harness::outcome;
use crate::harness::parameters as read;
use crate::harness::shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const OURS: &str = "https://mtr-gateway.example/fhir";

/// What both types have (R4 measure.html, library.html).
const METADATA: [&str; 19] = [
    "resourceType",
    "id",
    "meta:Meta",
    "language",
    "extension*:Extension",
    "url",
    "identifier*:Identifier",
    "version",
    "name",
    "title",
    "status",
    "experimental",
    "publisher",
    "description",
    "jurisdiction*:CodeableConcept",
    "relatedArtifact*:RelatedArtifact",
    "effectivePeriod:Period",
    "date",
    "type:CodeableConcept",
];

fn elements() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut measure = METADATA.to_vec();
    measure.retain(|element| !element.starts_with("type:"));
    measure.extend([
        "type*:CodeableConcept",
        "subjectCodeableConcept:CodeableConcept",
        "library*",
        "scoring:CodeableConcept",
        "compositeScoring:CodeableConcept",
        "improvementNotation:CodeableConcept",
        "group*:Group",
    ]);
    let mut library = METADATA.to_vec();
    library.extend(["parameter*:ParameterDefinition", "content*:Attachment"]);
    vec![
        ("Measure", measure),
        ("Library", library),
        ("Meta", vec!["versionId", "tag*:Coding"]),
        ("Identifier", vec!["system", "value"]),
        ("CodeableConcept", vec!["coding*:Coding", "text"]),
        ("Coding", vec!["system", "code", "display"]),
        ("RelatedArtifact", vec!["type", "display", "citation", "url", "resource"]),
        (
            "Group",
            vec![
                "id",
                "extension*:Extension",
                "code:CodeableConcept",
                "description",
                "population*:Population",
                "stratifier*:Stratifier",
            ],
        ),
        ("Population", vec!["id", "code:CodeableConcept", "description", "criteria:Expression"]),
        ("Stratifier", vec!["id", "code:CodeableConcept", "criteria:Expression"]),
        ("Expression", vec!["description", "name", "language", "expression"]),
        ("ParameterDefinition", vec!["extension*:Extension", "name", "use", "min", "max", "documentation", "type"]),
        ("Attachment", vec!["contentType", "language", "data", "size", "title"]),
        ("Extension", vec!["url", "extension*:Extension", "value[x]"]),
        ("Period", vec!["start", "end"]),
        ("valuePeriod", vec!["start", "end"]),
    ]
}

fn entries(bundle: &Value) -> Vec<&Value> {
    bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect()
}

#[test]
fn every_rule_has_the_shape_r4_gives_it() {
    let client = harness::structure();
    let elements = elements();
    let table: Vec<(&str, &[&str])> = elements.iter().map(|(name, members)| (*name, members.as_slice())).collect();
    for kind in ["Measure", "Library"] {
        let found = client.found(&format!("/{kind}?_count=100"));
        let all = entries(&found);
        assert!(all.len() >= 26, "{kind}: {}", all.len());
        for resource in all {
            let mut wrong = Vec::new();
            shape::check(&table, resource, kind, kind, &mut wrong);
            assert!(wrong.is_empty(), "{wrong:#?}");
            for member in ["url", "version", "name", "title", "status", "description"] {
                assert!(resource[member].is_string(), "{} {member}", resource["id"]);
            }
            assert_eq!(resource["url"], format!("{OURS}/{kind}/{}", resource["id"].as_str().unwrap()));
        }
    }
}

#[test]
fn a_measure_names_a_library_and_value_sets_that_are_served_in_that_version() {
    let client = harness::structure();
    let found = client.found("/Measure?_count=100");
    let mut looked_up = 0;
    for measure in entries(&found) {
        let of_library = measure["library"].as_array().into_iter().flatten().map(|canonical| ("Library", canonical));
        let related = measure["relatedArtifact"].as_array().into_iter().flatten();
        let related = related.filter_map(|artifact| match artifact["type"].as_str()? {
            "depends-on" => Some(("ValueSet", &artifact["resource"])),
            "composed-of" => Some(("Measure", &artifact["resource"])),
            _ => None,
        });
        for (kind, canonical) in of_library.chain(related) {
            let (url, version) = canonical.as_str().unwrap().split_once('|').unwrap();
            assert_eq!(version, measure["version"].as_str().unwrap());
            let named = client.found(&format!("/{kind}?url={url}&version={version}"));
            assert_eq!(named["total"], 1, "{} names {canonical}", measure["id"]);
            looked_up += 1;
        }
    }
    assert!(looked_up > 26 * 2, "{looked_up}");
}

#[test]
fn a_library_carries_the_rule_file_itself_and_its_parameters_with_status_and_source() {
    let client = harness::structure();
    let library = client.found("/Library/colorectal-cancer");
    let attachment = &library["content"][0];
    let file = std::fs::read(mappings().join("prevention/colorectal-cancer.yaml")).unwrap();
    assert_eq!(STANDARD.decode(attachment["data"].as_str().unwrap()).unwrap(), file);
    assert_eq!(attachment["size"], file.len());
    let parameter = |name: &str| {
        let all = library["parameter"].as_array().unwrap();
        all.iter().find(|parameter| parameter["name"] == name).unwrap_or_else(|| panic!("no parameter {name}"))
    };
    let told = |name: &str, part: &str| {
        let value = &parameter(name)["extension"][0];
        assert_eq!(value["url"], format!("{OURS}/StructureDefinition/rule-parameter-value"));
        let parts = value["extension"].as_array().unwrap();
        let found = parts.iter().find(|each| each["url"] == part).unwrap();
        found["valueString"].as_str().or(found["valueCode"].as_str()).unwrap().to_owned()
    };
    for (name, value, status) in [
        ("prevention/colorectal-cancer.age_min", "50", "fallback"),
        ("prevention/colorectal-cancer.positive_months", "0", "interpretation"),
        // Of another file, which this one names.
        ("commun.refusal_months", "12", "interpretation"),
    ] {
        assert_eq!((told(name, "value").as_str(), told(name, "status").as_str()), (value, status), "{name}");
        assert!(!told(name, "source").is_empty(), "{name}");
    }
}

#[test]
fn a_rule_is_told_in_french_sentences() {
    let client = harness::structure();
    for (id, sentences) in [
        (
            "colorectal-cancer",
            &[
                "Concerne : de 50 ans à 74 ans.",
                "À jour après : Test immunologique fécal (24 mois), Coloscopie complète (60 mois) ou",
                "Un refus vaut au plus 12 mois.",
            ][..],
        ),
        ("influenza-covid-vaccine", &["à partir de 65 ans ; ou de 18 ans à 64 ans avec", "À jour quand chacune"]),
        ("aaa-screening", &["homme", "à vie"]),
    ] {
        let measure = client.found(&format!("/Measure/{id}"));
        let description = measure["description"].as_str().unwrap();
        for sentence in sentences {
            assert!(description.contains(sentence), "{id}: {sentence}\n{description}");
        }
    }
}

#[test]
fn populations_bear_the_names_a_body_of_cql_would_define() {
    let client = harness::structure();
    let measure = client.found("/Measure/breast-cancer");
    let populations = measure["group"][0]["population"].as_array().unwrap();
    let told: Vec<(&str, &str)> = populations
        .iter()
        .map(|p| (p["code"]["coding"][0]["code"].as_str().unwrap(), p["criteria"]["name"].as_str().unwrap()))
        .collect();
    let expected = [
        ("initial-population", "InitialPopulation"),
        ("denominator", "Denominator"),
        ("denominator-exclusion", "DenominatorExclusion"),
        ("numerator", "Numerator"),
        ("undecided", "Undecided"),
    ];
    assert_eq!(told, expected);
    assert_eq!(measure["scoring"]["coding"][0]["code"], "proportion");
    assert_eq!(measure["improvementNotation"]["coding"][0]["code"], "increase");
}

/// Measure, what its first group counts, what its populations are made of.
#[test]
fn a_measure_says_what_it_counts() {
    let client = harness::structure();
    let cases = [
        ("breast-cancer", "patient", "boolean"),
        ("practitioner-change", "patient", "boolean"),
        ("no-show-rate", "appointment", "Appointment"),
        ("leakage", "consultation", "Encounter"),
        ("team-contacts", "consultation", "Encounter"),
        ("consultation-minutes", "patient-month", "Period"),
        ("prevention", "item", "MeasureReport"),
    ];
    let basis = "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-populationBasis";
    let code = |holder: &Value, url: &str| read::extension(holder, url).unwrap()["valueCode"].clone();
    for (id, unit, made_of) in cases {
        let measure = client.found(&format!("/Measure/{id}"));
        assert_eq!(code(&measure, basis), made_of, "{id}");
        assert_eq!(code(&measure["group"][0], basis), made_of, "{id}");
        assert_eq!(code(&measure["group"][0], &format!("{OURS}/StructureDefinition/measure-unit")), unit, "{id}");
    }
    let card = client.found("/Measure/prevention");
    assert_eq!(code(&card["group"][1], basis), "boolean", "a line of one item is a patient");
}

#[test]
fn whatever_a_report_holds_its_measure_defines() {
    let client = harness::practice();
    client.push(&crate::harness::make::man("p", "1960-01-01"));
    let found = client.found("/Measure?_count=100");
    // What the data leave unsaid is reported by an operation of its own.
    for measure in entries(&found).into_iter().filter(|measure| measure["id"] != "data-quality") {
        let id = measure["id"].as_str().unwrap();
        let url = format!("/Measure/{id}/$evaluate-measure?periodStart=2025-01-01&periodEnd=2025-12-31&stratifier=sex");
        let report = client.found(&url);
        let defined: Vec<&Value> = measure["group"].as_array().unwrap().iter().flat_map(parts).collect();
        for part in report["group"].as_array().unwrap().iter().flat_map(parts) {
            assert!(defined.contains(&part), "{id}: {part}");
        }
    }
}

/// The ids of a group, of its populations and of its stratifiers.
fn parts(group: &Value) -> impl Iterator<Item = &Value> {
    let below = ["population", "stratifier"].into_iter().flat_map(|name| group[name].as_array().into_iter().flatten());
    std::iter::once(group).chain(below).map(|part| &part["id"])
}

#[test]
fn the_whole_card_is_composed_of_every_item() {
    let client = harness::structure();
    let measure = client.found("/Measure/prevention");
    let parts = measure["relatedArtifact"].as_array().unwrap();
    assert_eq!(parts.iter().filter(|part| part["type"] == "composed-of").count(), 26);
    assert_eq!(measure["type"][0]["coding"][0]["code"], "composite");
    assert_eq!(measure["group"].as_array().unwrap().len(), 27);
    assert!(measure.get("library").is_none());
}

#[test]
fn an_indicator_says_what_it_counts_and_which_figure_of_the_seeds_it_answers_to() {
    let client = harness::structure();
    let measure = client.found("/Measure/no-show-rate");
    let description = measure["description"].as_str().unwrap();
    for said in ["rendez-vous non honorés", "CMGF 2023, figure 2", "Un rendez-vous annulé n’est ni honoré, ni manqué"]
    {
        assert!(description.contains(said), "{said} in {description}");
    }
    let told: Vec<&str> = measure["group"][0]["population"]
        .as_array()
        .unwrap()
        .iter()
        .map(|population| population["description"].as_str().unwrap())
        .collect();
    assert!(told.len() == 5 && told.iter().all(|text| text.len() > 5), "{told:?}");
    assert_eq!(measure["improvementNotation"]["coding"][0]["code"], "decrease");
    let library = client.found("/Library/no-show-rate");
    let file = std::fs::read(mappings().join("indicators/no-show-rate.yaml")).unwrap();
    assert_eq!(STANDARD.decode(library["content"][0]["data"].as_str().unwrap()).unwrap(), file);
    // What is no proportion has the populations of its own kind.
    for (id, populations) in [
        ("consultation-minutes", &["initial-population", "measure-population"][..]),
        ("active-file", &["initial-population"]),
    ] {
        let measure = client.found(&format!("/Measure/{id}"));
        let told: Vec<&str> = measure["group"][0]["population"]
            .as_array()
            .unwrap()
            .iter()
            .map(|population| population["code"]["coding"][0]["code"].as_str().unwrap())
            .collect();
        assert!(populations.iter().all(|code| told.contains(code)), "{id}: {told:?}");
    }
}

#[test]
fn another_rulebook_is_another_version_and_its_dates_are_told() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    copy_bare(&mappings(), &rules);
    let dated = "{ from: \"1900-01-01\", value: 24, status: fallback, source: \"Arrêté du 29/09/2006 annexe IV, cahier des charges DO colorectal (2006)\" }";
    let file = rules.join("prevention").join("colorectal-cancer.yaml");
    edit(
        &file,
        dated,
        "{ from: \"2015-04-14\", value: 24, status: official, source: \"Essai\" }\n      - { from: \"2030-01-01\", value: null, status: unknown, source: \"Arrêté attendu\" }",
    );
    let folder = rules.to_string_lossy().into_owned();
    let options = ["--structure", "cabinet", "--mode", "demo", "--access", "open", "--mappings", &folder];
    let gateway = Gateway::start_in(home, &options);
    let measure = gateway.client().found("/Measure/colorectal-cancer");
    let before = harness::structure().found("/Measure/colorectal-cancer");
    assert_ne!(measure["version"], before["version"]);
    assert_eq!(measure["effectivePeriod"], serde_json::json!({"start": "2015-04-14", "end": "2029-12-31"}));
    // What nobody knows any more is the weakest of what the rule rests on.
    assert_eq!(measure["extension"][0]["valueCode"], "unknown");
    assert_eq!(before.get("effectivePeriod"), None);
}

/// Another rulebook was in force before: what it published, and what it says, is still there.
#[test]
fn what_an_earlier_rulebook_published_is_read_by_its_version() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    copy_bare(&mappings(), &rules);
    let folder = rules.to_string_lossy().into_owned();
    let options = ["--structure", "cabinet", "--mode", "demo", "--access", "open", "--mappings", &folder];
    let mut gateway = Gateway::start_in(home, &options);
    let client = gateway.client();
    client.push(&crate::harness::make::man("p", "1960-01-01"));
    let asked = "$evaluate-measure?periodStart=2025-01-01&periodEnd=2025-12-31";
    let paths = ["Measure/colorectal-cancer", "Library/colorectal-cancer"];
    let before = paths.map(|path| client.found(&format!("/{path}")));
    let report = client.found(&format!("/Measure/colorectal-cancer/{asked}&subject=Patient/p"));
    let all = client.found(&format!("/Measure/colorectal-cancer/{asked}"));
    let file = rules.join("prevention").join("colorectal-cancer.yaml");
    edit(&file, "value: 50, status: fallback", "value: 70, status: fallback");
    gateway.restart();
    let client = gateway.client();
    for (path, old) in paths.iter().zip(&before) {
        let now = client.found(&format!("/{path}"));
        assert_ne!(now["version"], old["version"], "{path}");
        let (url, version) = (old["url"].as_str().unwrap(), old["version"].as_str().unwrap());
        let kind = path.split('/').next().unwrap();
        let found = client.found(&format!("/{kind}?url={url}&version={version}"));
        assert_eq!((&found["total"], &found["entry"][0]["resource"]), (&Value::from(1), old), "{path}");
        let tag = old["meta"]["versionId"].as_str().unwrap();
        assert_eq!(client.found(&format!("/{path}/_history/{tag}")), *old, "{path}");
        let history = client.found(&format!("/{path}/_history"));
        assert_eq!((&history["total"], entries(&history)), (&Value::from(2), vec![&now, old]), "{path}");
        let one = client.found(&format!("/{path}/_history?_count=1"));
        assert_eq!((&one["total"], entries(&one)), (&Value::from(2), vec![&now]), "{path}");
    }
    // Asked by that version, a measure is evaluated by those rules; by none, by those in force.
    let measure = report["measure"].as_str().unwrap().replace('|', "%7C");
    let by = |more: &str| client.found(&format!("/Measure/{asked}&measure={measure}{more}"));
    let counts = |report: &Value| {
        let all = report["group"][0]["population"].as_array().unwrap().iter();
        all.map(|population| population["count"].as_u64().unwrap()).collect::<Vec<u64>>()
    };
    for (more, old) in [("&subject=Patient/p", &report), ("", &all)] {
        let again = by(more);
        assert_eq!((&again["measure"], counts(&again)), (&old["measure"], counts(old)));
        let now = client.found(&format!("/Measure/colorectal-cancer/{asked}{more}"));
        assert!(now["measure"] != old["measure"] && counts(&now) != counts(old), "{now}");
    }
    let unknown = client.get(&format!("/Measure/{asked}&measure={OURS}/Measure/bmi%7C000000000000"));
    outcome::refused(&unknown, 404, "not-found", "MTR-MEA-002", "");
    assert_eq!(client.found(&format!("/Measure?url={OURS}/Measure/bmi&version=000000000000"))["total"], 0);
}

#[test]
fn rules_are_searched_strictly() {
    let client = harness::structure();
    assert_eq!(client.found("/Measure?title:contains=colorectal")["total"], 1);
    assert_eq!(client.found(&format!("/Library?url={OURS}/Library/bmi"))["total"], 1);
    let refused = client.get("/Measure?titel=x");
    assert_eq!(refused.status, 400);
    assert!(outcome::codes(&refused.json()).contains(&"MTR-SRC-001".to_owned()), "{}", refused.text());
    assert_eq!(client.get("/Measure/no-such-rule").status, 404);
}
