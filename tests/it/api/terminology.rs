//! `$expand`, `$lookup`, `$validate-code` and `$translate` on what is published.

use crate::harness;
use crate::harness::Client;
use crate::harness::make::{ACT_CODE, ICD10, OURS};
use crate::harness::outcome;
use serde_json::{Value, json};

const SETS: &str = "https://mtr-gateway.example/fhir/ValueSet";

fn part<'v>(answer: &'v Value, name: &str) -> &'v Value {
    assert_eq!(answer["resourceType"], "Parameters", "{answer}");
    let found = answer["parameter"].as_array().unwrap().iter().find(|p| p["name"] == name);
    found
        .and_then(|p| p.as_object()?.iter().find(|(k, _)| k.starts_with("value")).map(|(_, v)| v))
        .unwrap_or(&Value::Null)
}

fn codes(expanded: &Value) -> Vec<&str> {
    let contains = expanded["expansion"]["contains"].as_array();
    contains.into_iter().flatten().map(|c| c["code"].as_str().unwrap()).collect()
}

fn parameters(items: Value) -> Value {
    json!({"resourceType": "Parameters", "parameter": items})
}

#[test]
fn a_value_set_that_lists_its_codes_is_expanded() {
    let client = harness::structure();
    let whole = client.found(&format!("/ValueSet/$expand?url={SETS}/consultation"));
    assert_eq!(codes(&whole), ["AMB", "HH", "VR"]);
    assert_eq!(whole["expansion"]["total"], 3);
    assert!(whole["expansion"]["timestamp"].is_string() && whole["expansion"]["identifier"].is_string());
    assert_eq!(whole["expansion"]["contains"][0]["system"], ACT_CODE);
    assert_eq!(codes(&client.found("/ValueSet/consultation/$expand?filter=CABINET")), ["AMB"]);
    let page = client.found("/ValueSet/consultation/$expand?count=1&offset=1");
    assert_eq!((codes(&page), &page["expansion"]["total"]), (vec!["HH"], &json!(3)));
    let none = client.found("/ValueSet/consultation/$expand?filter=nowhere");
    assert!(none["expansion"].get("contains").is_none() && none["expansion"]["total"] == 0, "{none}");
}

#[test]
fn a_value_set_of_a_whole_system_of_ours_is_expanded() {
    let client = harness::structure();
    let asked = parameters(json!([{"name": "url", "valueUri": format!("{SETS}/mtr-typologie")},
        {"name": "includeDesignations", "valueBoolean": true}, {"name": "count", "valueInteger": 2}]));
    let expanded = client.post("/ValueSet/$expand", &asked).expect(200).json();
    assert_eq!((codes(&expanded).len(), &expanded["expansion"]["total"]), (2, &json!(10)));
    assert!(expanded["expansion"]["contains"][0]["designation"][0]["value"].is_string(), "{expanded}");
    let english = client.found("/ValueSet/mtr-typologie/$expand?displayLanguage=en&filter=infant");
    assert_eq!(english["expansion"]["contains"][0]["display"], "Infant");
}

#[test]
fn what_cannot_be_enumerated_is_refused_and_says_why() {
    let client = harness::structure();
    let answer = client.get(&format!("/ValueSet/$expand?url={SETS}/mental-disorder"));
    outcome::refused(&answer, 422, "too-costly", "MTR-TRM-003", "");
    let set = client.found("/ValueSet/mental-disorder");
    let filter = &set["compose"]["include"][0]["filter"][0];
    assert_eq!((&filter["property"], &filter["op"]), (&json!("code"), &json!("regex")));
    assert!(filter["value"].as_str().unwrap().starts_with("(F20|F21|"), "{filter}");
}

#[test]
fn a_value_set_of_the_rulebook_says_where_it_comes_from() {
    let client = harness::structure();
    let set = client.found("/ValueSet/mental-disorder");
    let told = |name: &str| -> Vec<String> {
        let url = format!("https://mtr-gateway.example/fhir/StructureDefinition/{name}");
        let found = set["extension"].as_array().unwrap().iter().filter(|e| e["url"] == url.as_str());
        found.map(|e| e["valueCode"].as_str().or(e["valueString"].as_str()).unwrap().to_owned()).collect()
    };
    assert_eq!(told("rule-status"), ["interpretation"]);
    assert!(told("rule-source").contains(&"mappings/facts/concepts/mental-disorder.yaml".to_owned()));
    assert_eq!(told("rulebook-digest")[0].len(), 64);
    assert!(told("rulebook-digest")[0].starts_with(set["version"].as_str().unwrap()));
}

#[track_caller]
fn judged(client: &Client, path: &str, want: bool) -> Value {
    let answer = client.get(path).expect(200).json();
    assert_eq!(part(&answer, "result"), want, "{path}: {answer}");
    assert_eq!(part(&answer, "message").is_null(), want, "{path}: {answer}");
    answer
}

#[test]
fn a_code_is_judged_in_a_value_set_as_the_rules_read_it() {
    let client = harness::structure();
    let alias = "https://smt.esante.gouv.fr/terminologie-cim-10";
    let local = "https://exemple-editeur.example/nomenclature";
    for (set, system, code, want) in [
        ("mental-disorder", ICD10, "F20", true),
        ("mental-disorder", ICD10, "F20.1", true),
        ("mental-disorder", ICD10, "f201", true),
        ("mental-disorder", alias, "F33.1", true),
        ("mental-disorder", ICD10, "F10", false),
        ("mental-disorder", "http://loinc.org", "F20", false),
        ("consultation", ACT_CODE, "AMB", true),
        ("consultation", ACT_CODE, "amb", false),
        ("consultation", ACT_CODE, "IMP", false),
        ("diabetes", local, "DIAB2", true),
        ("diabetes", local, "HTA", false),
    ] {
        judged(&client, &format!("/ValueSet/$validate-code?url={SETS}/{set}&system={system}&code={code}"), want);
    }
    let path = format!("/ValueSet/consultation/$validate-code?system={ACT_CODE}&code=AMB");
    assert_eq!(part(&judged(&client, &path, true), "display"), "Consultation au cabinet");
    judged(&client, &format!("{path}&display=consultation%20au%20CABINET"), true);
    let other = client.found(&format!("{path}&display=autre"));
    assert_eq!((part(&other, "result"), part(&other, "display")), (&json!(false), &json!("Consultation au cabinet")));
}

#[test]
fn a_coding_or_a_concept_may_be_judged() {
    let client = harness::structure();
    let coding = json!({"system": ACT_CODE, "code": "VR"});
    let other = json!({"system": "http://example.org", "code": "x"});
    for (name, kind, value, want) in [
        ("coding", "valueCoding", coding.clone(), true),
        ("coding", "valueCoding", other.clone(), false),
        ("codeableConcept", "valueCodeableConcept", json!({"coding": [other, coding]}), true),
    ] {
        let mut parameter = json!({"name": name});
        parameter[kind] = value;
        let asked = parameters(json!([{"name": "url", "valueUri": format!("{SETS}/consultation")}, parameter]));
        let answer = client.post("/ValueSet/$validate-code", &asked).expect(200).json();
        assert_eq!(part(&answer, "result"), want, "{answer}");
    }
}

#[test]
fn a_code_of_ours_is_looked_up_in_both_languages() {
    let client = harness::structure();
    let found = client.found(&format!("/CodeSystem/$lookup?system={OURS}/mtr-typologie&code=nourrisson"));
    assert_eq!(part(&found, "display"), "Nourrisson");
    assert!(found.to_string().contains("Infant"), "{found}");
    let asked = parameters(json!([{"name": "coding",
        "valueCoding": {"system": format!("{OURS}/outcome"), "code": "MTR-JSN-001"}}]));
    let code = client.post("/CodeSystem/$lookup", &asked).expect(200).json();
    assert!(code.to_string().contains("docs/outcomes.md#mtr-jsn-001"), "{code}");
    let refused = client.found(&format!("/CodeSystem/$lookup?coding={OURS}/prevention-evidence|refused:bmi"));
    assert!(part(&refused, "display").is_string(), "{refused}");
    let set = client.found("/ValueSet/refused-bmi/$expand");
    assert_eq!(&set["expansion"]["contains"][0]["display"], part(&refused, "display"));
    assert_eq!(set["title"], "Refus : Indice de masse corporelle");
    judged(&client, &format!("/CodeSystem/$validate-code?url={OURS}/rule-status&code=official"), true);
    judged(&client, "/CodeSystem/rule-status/$validate-code?code=official&display=Official", true);
    judged(&client, "/CodeSystem/rule-status/$validate-code?code=certain", false);
}

#[test]
fn a_local_code_is_translated() {
    let client = harness::structure();
    let local = "https://exemple-editeur.example/nomenclature";
    let found = client.found(&format!("/ConceptMap/$translate?system={local}&code=TA_SYS"));
    assert_eq!(part(&found, "result"), true);
    assert!(found.to_string().contains("8480-6"), "{found}");
    let none = client.found(&format!("/ConceptMap/exemple-editeur/$translate?system={local}&code=AUTRE"));
    assert_eq!(part(&none, "result"), false);
}

#[test]
fn a_question_that_cannot_be_answered_says_why() {
    let client = harness::structure();
    for (path, status, kind, code) in [
        (format!("/ValueSet/$expand?url={SETS}/absent"), 404, "not-found", "MTR-TRM-001"),
        (format!("/ValueSet/$expand?url={SETS}/consultation|0"), 404, "not-found", "MTR-TRM-001"),
        ("/ValueSet/absent/$expand".to_owned(), 404, "not-found", "MTR-GET-001"),
        ("/ValueSet/$expand".to_owned(), 400, "required", "MTR-OPR-003"),
        ("/ValueSet/consultation/$expand?count=x".to_owned(), 400, "value", "MTR-OPR-004"),
        ("/ValueSet/consultation/$expand?filtre=x".to_owned(), 400, "not-supported", "MTR-OPR-002"),
        ("/ValueSet/consultation/$expand?count=1&count=2".to_owned(), 400, "invalid", "MTR-OPR-005"),
        ("/ValueSet/consultation/$validate-code?code=AMB".to_owned(), 400, "required", "MTR-OPR-003"),
        ("/CodeSystem/$lookup?system=http://loinc.org&code=8480-6".to_owned(), 404, "not-found", "MTR-TRM-001"),
        (format!("/CodeSystem/$lookup?system={OURS}/rule-status&code=x"), 404, "not-found", "MTR-TRM-002"),
    ] {
        outcome::refused(&client.get(&path), status, kind, code, "");
    }
    let wrong = client.post("/ValueSet/$expand", &json!({"resourceType": "ValueSet"}));
    outcome::refused(&wrong, 400, "invalid", "MTR-RES-003", "Parameters.resourceType");
}

#[test]
fn a_resource_sent_with_the_question_is_not_read() {
    let client = harness::structure();
    let set = json!({"resourceType": "ValueSet", "status": "active", "compose": {"include": [{"system": ACT_CODE}]}});
    for (path, name, resource) in [
        ("/ValueSet/$expand", "valueSet", set.clone()),
        ("/ValueSet/$validate-code", "valueSet", set),
        ("/CodeSystem/$validate-code", "codeSystem", json!({"resourceType": "CodeSystem"})),
        ("/ConceptMap/$translate", "conceptMap", json!({"resourceType": "ConceptMap"})),
    ] {
        let asked = parameters(json!([{"name": "code", "valueCode": "AMB"}, {"name": name, "resource": resource}]));
        let place = "Parameters.parameter[1]";
        outcome::refused(&client.post(path, &asked), 400, "not-supported", "MTR-TRM-004", place);
    }
}
