//! `ImmunizationRecommendation`: the vaccination items of the card, one resource per patient.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const ATC: &str = "http://www.whocc.no/atc";

fn dose(id: &str, code: &str, date: &str) -> Value {
    make::immunization(id, "p", make::concept(ATC, code), date)
}

/// A woman of 70: tetanus up to date, flu of the season before last, Covid never, zoster refused.
fn woman_of_70() -> Vec<Value> {
    let refused = json!({"status": "not-done",
        "statusReason": make::concept("http://terminology.hl7.org/CodeSystem/v3-ActReason", "PATOBJ")});
    make::and(
        make::woman("p", "1955-03-14"),
        vec![
            dose("dtp", "J07CA01", "2020-05-10"),
            dose("flu", "J07BB02", "2023-10-20"),
            make::with(dose("zona", "J07BK03", "2025-01-10"), refused),
            make::evidence("barred", "p", "contraindicated:pneumococcal-vaccine", "2015-01-10"),
        ],
    )
}

fn found(client: &Client, query: &str) -> Value {
    client.found(&format!("/ImmunizationRecommendation?{query}"))
}

fn only(bundle: &Value) -> &Value {
    assert_eq!(bundle["total"], 1, "{bundle}");
    &bundle["entry"][0]["resource"]
}

/// Answers status, due date, reasons and doses of the recommendation whose first vaccine is this.
fn told<'a>(resource: &'a Value, evidence: &str) -> (&'a str, &'a str, Vec<&'a str>, Vec<&'a str>) {
    let all = resource["recommendation"].as_array().unwrap();
    let one = all.iter().find(|one| one["vaccineCode"][0]["coding"][0]["code"] == evidence);
    let one = one.unwrap_or_else(|| panic!("no {evidence} in {resource}"));
    let text = |value: &'a Value| value.as_str().unwrap_or_default();
    let reasons = one["forecastReason"][0]["coding"].as_array().unwrap().iter().map(|c| text(&c["code"]));
    let doses = one["supportingImmunization"].as_array();
    (
        text(&one["forecastStatus"]["coding"][0]["code"]),
        text(&one["dateCriterion"][0]["value"]),
        reasons.collect(),
        doses.into_iter().flatten().map(|dose| text(&dose["reference"])).collect(),
    )
}

#[test]
fn each_component_of_a_vaccination_item_has_its_forecast() {
    let client = harness::practice();
    client.push(&woman_of_70());
    let bundle = found(&client, "patient=Patient/p&date=2025-06-30");
    let resource = only(&bundle);
    let cases = [
        ("dtp-dose", ("complete", "2030-03-14", vec!["up-to-date"], vec!["Immunization/dtp/_history/1"])),
        ("influenza-dose", ("overdue", "2024-10-15", vec!["expired"], vec!["Immunization/flu/_history/1"])),
        ("covid-dose", ("due", "", vec!["never-done"], vec![])),
        ("zoster-dose", ("due", "", vec!["refused"], vec!["Immunization/zona/_history/1"])),
        ("pcv20-dose", ("contraindicated", "", vec!["excluded", "contraindicated"], vec![])),
    ];
    for (evidence, wanted) in cases {
        assert_eq!(told(resource, evidence), wanted, "{evidence}");
    }
    // The vaccine against HPV does not concern her: it is not among them.
    assert_eq!(resource["recommendation"].as_array().unwrap().len(), 5);
    assert_eq!(resource["patient"]["reference"], "Patient/p");
    assert_eq!((&resource["date"], &resource["language"]), (&json!("2025-06-30"), &json!("fr")));
    let text = resource["text"]["div"].as_str().unwrap();
    assert!(text.contains("Jamais fait") && text.contains("Covid"), "{text}");
    let criterion = &resource["recommendation"][0]["dateCriterion"][0]["code"]["coding"][0];
    assert_eq!((&criterion["system"], &criterion["code"]), (&json!("http://loinc.org"), &json!("30980-7")));
    let barred =
        resource["recommendation"].as_array().unwrap().iter().find(|one| one["contraindicatedVaccineCode"].is_array());
    assert_eq!(barred.unwrap()["supportingPatientInformation"][0]["reference"], "Observation/barred/_history/1");
}

#[test]
fn what_is_soon_due_is_due_and_what_is_complete_for_life_has_no_date() {
    let client = harness::practice();
    client.push(&make::and(
        make::woman("p", "1955-03-14"),
        vec![
            dose("dtp", "J07CA01", "2020-05-10"),
            make::immunization("pcv", "p", make::concept("http://hl7.org/fhir/sid/cvx", "216"), "2024-05-01"),
        ],
    ));
    for (date, status) in [("2029-06-30", "complete"), ("2030-03-13", "due"), ("2030-03-14", "overdue")] {
        let bundle = found(&client, &format!("patient=p&date={date}"));
        assert_eq!(told(only(&bundle), "dtp-dose").0, status, "{date}");
        assert_eq!(&told(only(&bundle), "pcv20-dose").1, &"", "{date}");
        assert_eq!(told(only(&bundle), "pcv20-dose").0, "complete", "{date}");
    }
}

#[test]
fn it_is_read_by_the_id_it_keeps_and_as_it_was_known() {
    let client = harness::practice();
    client.push(&woman_of_70());
    let bundle = found(&client, "patient=Patient/p&date=2025-06-30");
    let resource = only(&bundle);
    let id = resource["id"].as_str().unwrap();
    assert!(id.starts_with("imr-") && id.len() == 36);
    let path = format!("/ImmunizationRecommendation/{id}");
    assert_eq!(client.found(&format!("{path}?date=2025-06-30")), *resource);
    assert_eq!(bundle["entry"][0]["fullUrl"], format!("{}/fhir{path}", client.base()));
    let identifier = resource["identifier"][0]["value"].as_str().unwrap();
    for query in [
        format!("_id={id}"),
        format!("identifier={identifier}"),
        format!("patient=p,q&_id={id},x"),
        "patient=q,p".to_owned(),
        format!("patient={}/fhir/Patient/p", client.base()),
        "patient:Patient=p&_count=5&_summary=false".to_owned(),
    ] {
        assert_eq!(only(&found(&client, &format!("{query}&date=2025-06-30"))), resource, "{query}");
    }
    let url = "https://mtr-gateway.example/fhir/StructureDefinition/known-at";
    let known = read::extension(resource, url).unwrap()["valueInstant"].as_str().unwrap();
    client.store(&dose("covid", "J07BN01", "2025-05-10"));
    let now = found(&client, "patient=p&date=2025-06-30");
    assert_eq!(told(only(&now), "covid-dose").0, "complete");
    assert_eq!(only(&found(&client, &format!("patient=p&date=2025-06-30&knownAt={known}"))), resource);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let posted = client.send("POST", "/ImmunizationRecommendation/_search", &[form], b"patient=p&date=2025-06-30");
    assert_eq!(only(&posted.expect(200).json()), only(&now));
}

#[test]
fn a_partial_date_is_its_last_day_and_a_search_has_pages() {
    let client = harness::practice();
    client.push(&woman_of_70());
    client.push(&make::woman("q", "1955-03-14"));
    let on = |date: &str| found(&client, &format!("patient=p&date={date}"))["entry"][0]["resource"]["date"].clone();
    for (date, day) in [("2025-06", "2025-06-30"), ("2025", "2025-12-31"), ("eq2025-02", "2025-02-28")] {
        assert_eq!(on(date), day, "{date}");
    }
    let ask = "patient=p,q&date=2025-06-30";
    let counted = found(&client, &format!("{ask}&_summary=count"));
    assert_eq!((&counted["total"], counted.get("entry")), (&json!(2), None));
    let first = found(&client, &format!("{ask}&_count=1"));
    assert_eq!((&first["total"], first["entry"].as_array().unwrap().len()), (&json!(2), 1));
    assert_eq!(first["link"][1]["relation"], "next");
    let second = client.found(first["link"][1]["url"].as_str().unwrap().split("/fhir").nth(1).unwrap());
    assert_eq!((&second["total"], second["link"].as_array().unwrap().len()), (&json!(2), 1));
    let whole = found(&client, ask);
    assert_eq!(whole["entry"], json!([first["entry"][0], second["entry"][0]]));
    let part = found(&client, &format!("{ask}&_summary=true"));
    let recommended = &part["entry"][0]["resource"]["recommendation"][0];
    assert_eq!((recommended.get("description"), recommended["forecastStatus"].is_object()), (None, true));
    for (query, code) in [("_count=many", "MTR-OPR-004"), ("_page=x", "MTR-OPR-004"), ("_sort=date", "MTR-OPR-002")] {
        let answer = client.get(&format!("/ImmunizationRecommendation?{ask}&{query}"));
        assert_eq!(outcome::codes(&answer.expect(400).json()), [code], "{query}");
    }
}

#[test]
fn whom_no_vaccine_concerns_has_none_and_a_missing_datum_is_said() {
    let client = harness::practice();
    client.push(&[
        make::patient("child", "female", "2023-01-01"),
        make::with(
            make::patient("who", "female", "1955-03-14"),
            json!({"birthDate": null, "_birthDate": {"extension": [{
"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}}),
        ),
        make::with(make::patient("late", "female", "1955-03-14"), json!({"deceasedDateTime": "2024-05-01"})),
    ]);
    for patient in ["child", "late", "nobody"] {
        let bundle = found(&client, &format!("patient={patient}&date=2025-06-30"));
        assert_eq!((&bundle["total"], bundle.get("entry")), (&json!(0), None), "{patient}");
    }
    let bundle = found(&client, "patient=who");
    assert_eq!(bundle["total"], 0);
    let entry = &bundle["entry"][0];
    assert_eq!(entry["search"]["mode"], "outcome");
    assert!(outcome::codes(&entry["resource"]).iter().all(|code| code == "MTR-GAP-006"));
    assert!(entry["resource"].to_string().contains("missing-birth-date"));
}

#[test]
fn what_is_computed_is_not_written_and_bad_questions_are_refused() {
    let client = harness::practice();
    client.push(&woman_of_70());
    let id = only(&found(&client, "patient=p&date=2025-06-30"))["id"].as_str().unwrap().to_owned();
    client
        .put(&format!("/ImmunizationRecommendation/{id}"), &json!({"resourceType": "ImmunizationRecommendation"}))
        .expect(405);
    client.post("/ImmunizationRecommendation", &json!({"resourceType": "ImmunizationRecommendation"})).expect(405);
    for (query, kind, code) in [
        ("", "too-costly", "MTR-SRC-007"),
        ("?patients=p", "not-supported", "MTR-OPR-002"),
        ("?patient=p&date=hier", "value", "MTR-OPR-004"),
        ("?patient=p&knownAt=hier", "value", "MTR-OPR-004"),
    ] {
        let answer = client.get(&format!("/ImmunizationRecommendation{query}"));
        outcome::refused(&answer, 400, kind, code, "");
    }
    let other = harness::structure();
    outcome::refused(&other.get(&format!("/ImmunizationRecommendation/{id}")), 404, "not-found", "MTR-GET-001", "");
    assert_eq!(found(&other, "patient=p")["total"], 0);
    let metadata = client.found("/metadata");
    let told = metadata["rest"][0]["resource"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["type"] == "ImmunizationRecommendation");
    let codes: Vec<&Value> = told.unwrap()["interaction"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["read", "search-type"]);
}
