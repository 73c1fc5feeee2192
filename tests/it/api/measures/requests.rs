//! How a measure is asked for, and what is refused.

use super::*;
use crate::harness;
use crate::harness::outcome;

#[test]
fn a_partial_date_stands_for_its_widest_reading() {
    let client = harness::practice();
    client.push(&people());
    let whole = evaluate(&client, ITEM, YEAR);
    for period in ["periodStart=2025&periodEnd=2025", "periodStart=2025-01&periodEnd=2025-12"] {
        assert_eq!(evaluate(&client, ITEM, period), whole, "{period}");
    }
    assert_eq!(whole["period"], json!({"start": "2025-01-01", "end": "2025-12-31"}));
    // Before the test of June nothing was done.
    assert_eq!(super::whole(&evaluate(&client, ITEM, "periodStart=2025-01&periodEnd=2025-05"))[3], 0);
}

#[test]
fn a_post_answers_the_same_and_keeps_nothing() {
    let client = harness::practice();
    client.push(&people());
    let before = client.found("/_history?_count=1")["total"].clone();
    let posted = client.post(
        &format!("/Measure/{ITEM}/$evaluate-measure"),
        &json!({"resourceType": "Parameters", "parameter": [
            {"name": "periodStart", "valueDate": "2025-01-01"}, {"name": "periodEnd", "valueDate": "2025-12-31"},
            {"name": "reportType", "valueCode": "individual"},
            {"name": "subject", "valueReference": {"reference": "Patient/done"}}]}),
    );
    assert_eq!(posted.expect(200).json(), evaluate(&client, ITEM, &format!("{YEAR}&subject=Patient/done")));
    assert_eq!(client.found("/_history?_count=1")["total"], before);
}

#[test]
fn an_absolute_reference_to_this_gateway_is_understood() {
    let client = harness::practice();
    client.push(&people());
    let own = format!("{}/fhir/Patient/done", client.base());
    let report = evaluate(&client, ITEM, &format!("{YEAR}&subject={own}"));
    assert_eq!(report["subject"]["reference"], "Patient/done");
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_reason() {
    let client = harness::practice();
    client.push(&people());
    let base = format!("/Measure/{ITEM}/$evaluate-measure");
    let cases = [
        (format!("{base}?periodEnd=2025"), 400, "MTR-OPR-003"),
        (format!("{base}?periodStart=2025"), 400, "MTR-OPR-003"),
        (format!("{base}?periodStart=2025-12-31&periodEnd=2025-01-01"), 400, "MTR-MEA-004"),
        (format!("{base}?periodStart=2025-02-30&periodEnd=2025"), 400, "MTR-OPR-004"),
        (format!("{base}?{YEAR}&period=2025"), 400, "MTR-OPR-002"),
        (format!("{base}?{YEAR}&subject=Patient/done&subject=Patient/never"), 400, "MTR-OPR-005"),
        (format!("{base}?{YEAR}&reportType=everything"), 400, "MTR-OPR-004"),
        (format!("{base}?{YEAR}&stratifier=colour"), 400, "MTR-OPR-004"),
        (format!("{base}?{YEAR}&subject=done"), 400, "MTR-OPR-004"),
        (format!("{base}?{YEAR}&subject=Location/x"), 400, "MTR-OPR-004"),
        (format!("{base}?{YEAR}&lastReceivedOn=2025-01-01"), 400, "MTR-MEA-005"),
        (format!("{base}?{YEAR}&reportType=subject"), 400, "MTR-MEA-006"),
        (format!("{base}?{YEAR}&measure=bmi"), 400, "MTR-MEA-003"),
        (format!("{base}?{YEAR}&subject=Patient/nobody"), 404, "MTR-GET-001"),
        (format!("{base}?{YEAR}&reportType=population&subject=Patient/nobody"), 404, "MTR-GET-001"),
        (format!("{base}?{YEAR}&subject=Group/nothing"), 404, "MTR-GET-001"),
        (format!("{base}?{YEAR}&subject=Organization/elsewhere"), 404, "MTR-GET-001"),
        (format!("{base}?{YEAR}&practitioner=Practitioner/nobody"), 404, "MTR-GET-001"),
        (format!("{base}?{YEAR}&practitioner=Patient/done"), 400, "MTR-OPR-004"),
        (format!("/Measure/colorectal-canser/$evaluate-measure?{YEAR}"), 404, "MTR-MEA-001"),
        (format!("/Measure/$evaluate-measure?{YEAR}"), 400, "MTR-OPR-003"),
        (format!("/Measure/$evaluate-measure?{YEAR}&measure={ITEM}%7C000000000000"), 404, "MTR-MEA-002"),
        (format!("/Measure/$evaluate?{YEAR}"), 400, "MTR-OPR-003"),
        (format!("/Measure/$evaluate?{YEAR}&measureurl={ITEM}"), 400, "MTR-OPR-002"),
        (format!("/Measure/{ITEM}/$trend?from=2025-01"), 400, "MTR-SIM-002"),
        (format!("/Measure/{ITEM}/$trend?from=2025-03&to=2025-01"), 400, "MTR-SIM-002"),
        (format!("/Measure/{ITEM}/$trend?from=2020-01&to=2025-01"), 400, "MTR-SIM-002"),
        (format!("/Measure/{ITEM}/$trend?from=2025-01&to=2025-13"), 400, "MTR-OPR-004"),
        ("/Measure/nothing/$trend?from=2025-01&to=2025-02".to_owned(), 404, "MTR-MEA-001"),
    ];
    for (path, status, code) in cases {
        let answer = client.get(&path);
        assert_eq!(answer.status, status, "{path} {}", answer.text());
        assert_eq!(outcome::codes(&answer.json()), [code], "{path}");
    }
    let near = client.get(&format!("/Measure/colorectal-canser/$evaluate-measure?{YEAR}")).text();
    assert!(near.contains("colorectal-cancer"), "{near}");
    let elsewhere = harness::practice();
    let there = elsewhere.get(&format!("{base}?{YEAR}&subject=Patient/done"));
    outcome::refused(&there, 404, "not-found", "MTR-GET-001", "");
    client.delete("/Patient/young?_cascade=delete");
    assert_eq!(client.get(&format!("{base}?{YEAR}&subject=Patient/young")).status, 410);
}

#[test]
fn a_future_month_has_no_trend() {
    let client = harness::practice();
    let answer = client.get(&format!("/Measure/{ITEM}/$trend?from=2999-01&to=2999-02"));
    outcome::refused(&answer, 400, "value", "MTR-MEA-008", "");
}

#[test]
fn each_subject_has_a_bundle_with_a_report_per_measure() {
    let client = harness::practice();
    client.push(&people());
    let answer =
        client.found(&format!("/Measure/$evaluate?{YEAR}&measureUrl={ITEM}&measureUrl=bmi&subject=Patient/done"));
    let bundles = answer["parameter"].as_array().unwrap();
    assert_eq!((bundles.len(), &bundles[0]["name"]), (1, &json!("return")));
    let bundle = &bundles[0]["resource"];
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    let entries = bundle["entry"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    // In the Bundle what it refers to is told whole: the report itself is at no address.
    let base = format!("{}/fhir/", client.base());
    let loose = entries[0]["resource"].to_string().replace(&base, "");
    let alone = evaluate(&client, ITEM, &format!("{YEAR}&subject=Patient/done"));
    assert_eq!(serde_json::from_str::<Value>(&loose).unwrap(), alone);
    assert_eq!(entries[0]["resource"]["subject"]["reference"], format!("{base}Patient/done"));
    assert!(entries[0]["fullUrl"].as_str().unwrap().starts_with("urn:uuid:"));
    let of = |query: &str| {
        let answer = client.found(&format!("/Measure/{ITEM}/$evaluate?{YEAR}&{query}"));
        let all = answer["parameter"].as_array().cloned().unwrap_or_default();
        all.iter()
            .map(|p| p["resource"]["entry"][0]["resource"]["type"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("reportType=individual"), vec!["individual"; 7]);
    assert_eq!(of(""), ["summary"]);
    assert_eq!(of("reportType=subject-list&provider=Practitioner/gp"), ["subject-list"]);
    assert_eq!(of("reportType=individual&provider=Practitioner/nurse"), Vec::<String>::new());
}

#[test]
fn too_many_subjects_have_no_bundle_each() {
    let client = harness::structure();
    let many: Vec<Value> = (0..501).map(|n| make::patient(&format!("m{n}"), "male", "1965-05-05")).collect();
    client.push(&many);
    let answer = client.get(&format!("/Measure/{ITEM}/$evaluate?{YEAR}&reportType=individual"));
    outcome::refused(&answer, 413, "too-long", "MTR-MEA-007", "");
    let list = client.found(&format!("/Measure/{ITEM}/$evaluate?{YEAR}&reportType=summary"));
    assert_eq!(super::whole(&list["parameter"][0]["resource"]["entry"][0]["resource"])[0], 501);
}

#[test]
fn the_operations_are_published() {
    let client = harness::structure();
    let told = client.found("/metadata");
    let all = told["rest"][0]["resource"].as_array().unwrap();
    let measure = all.iter().find(|resource| resource["type"] == "Measure").unwrap();
    for name in ["evaluate-measure", "evaluate", "trend"] {
        let definition = client.found(&format!("/OperationDefinition/Measure-{name}"));
        let offered = measure["operation"].as_array().unwrap().iter().find(|o| o["name"] == name).unwrap();
        assert_eq!((&offered["definition"], &definition["code"]), (&definition["url"], &json!(name)));
    }
}

#[test]
fn who_attends_is_spelled_in_each_way_everywhere() {
    let client = harness::practice();
    client.push(&people());
    let own = client.structure();
    let base = format!("{}/fhir/", client.base());
    let care = "/Measure/$care-gaps?periodStart=2025-01-01&periodEnd=2025-12-31&measureId=bmi&status=open-gap";
    let asked = [
        format!("{care}&subject=Organization/{own}&isDocument=false"),
        format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}&reportType=subject-list"),
        format!("/Measure/{ITEM}/$evaluate?{YEAR}&reportType=subject-list"),
        format!("/Measure/{ITEM}/$trend?from=2025-01&to=2025-02"),
        format!("/Organization/{own}/$worklist?date=2025-10-31"),
    ];
    for path in asked {
        let wanted = client.get(&format!("{path}&practitioner=Practitioner/gp")).expect(200).text();
        for name in ["practitioner", "provider"] {
            for value in ["Practitioner/gp".to_owned(), "gp".to_owned(), format!("{base}Practitioner/gp")] {
                assert_eq!(
                    client.get(&format!("{path}&{name}={value}")).expect(200).text(),
                    wanted,
                    "{path} {name}={value}"
                );
            }
            client.get(&format!("{path}&{name}=PractitionerRole/role-gp")).expect(200);
            client.get(&format!("{path}&{name}=Organization/{own}")).expect(200);
            client.get(&format!("{path}&{name}=Organization/elsewhere")).expect(404);
            client.get(&format!("{path}&{name}=Practitioner/nobody")).expect(404);
            outcome::refused(&client.get(&format!("{path}&{name}=Patient/done")), 400, "value", "MTR-OPR-004", "");
        }
        let twice = client.get(&format!("{path}&provider=gp&practitioner=gp"));
        outcome::refused(&twice, 400, "invalid", "MTR-OPR-005", "");
    }
}

#[test]
fn a_period_that_has_not_begun_is_refused() {
    let client = harness::practice();
    client.push(&people());
    for path in [format!("/Measure/{ITEM}/$evaluate-measure"), format!("/Measure/{ITEM}/$evaluate")] {
        let asked = |period: &str| client.get(&format!("{path}?{period}&subject=Patient/done"));
        outcome::refused(&asked("periodStart=2999&periodEnd=2999"), 400, "value", "MTR-MEA-009", "");
        asked("periodStart=2025&periodEnd=2999").expect(200);
    }
}

#[test]
fn reports_that_differ_have_ids_that_differ() {
    let client = harness::practice();
    client.push(&people());
    let id = |query: &str| evaluate(&client, ITEM, query)["id"].as_str().unwrap().to_owned();
    let first = evaluate(&client, ITEM, YEAR);
    let known = first["date"].as_str().unwrap().to_owned();
    let other = "periodStart=2025-01-01&periodEnd=2025-11-30";
    let queries = [
        YEAR.to_owned(),
        other.to_owned(),
        format!("{YEAR}&stratifier=none"),
        format!("{YEAR}&stratifier=sex"),
        format!("{YEAR}&reportType=subject-list"),
        format!("{YEAR}&practitioner=Practitioner/gp"),
        format!("{YEAR}&subject=Patient/done"),
        format!("{YEAR}&subject=Patient/never"),
    ];
    let mut ids: Vec<String> = queries.iter().map(|query| id(query)).collect();
    assert_eq!(id(&format!("{YEAR}&knownAt={known}")), ids[0], "the same knowledge");
    std::thread::sleep(std::time::Duration::from_millis(2));
    client.store(&fit("never", "2025-02-02"));
    ids.push(id(YEAR));
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "{ids:?}");
}
