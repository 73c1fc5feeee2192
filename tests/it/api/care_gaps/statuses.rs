//! Each status of the card as a gap, and what is asked of it.

use super::*;

#[test]
fn every_status_of_the_card_is_a_gap_with_its_reason() {
    let client = harness::practice();
    client.push(&man_of_62());
    let answer = client.found(&asking(&["prevention"], &format!("subject=Patient/p&{ALL}")));
    let all = gaps(bundles(&answer)[0]);
    let cases: [(&str, &str, &str, &[&str]); 10] = [
        ("bmi", "closed-gap", "up-to-date", &["DateInRange", "up-to-date"]),
        ("cardiovascular-risk", "closed-gap", "up-to-date", &["DateInRange", "up-to-date"]),
        ("tobacco", "prospective-gap", "up-to-date", &["DateInRange", "up-to-date"]),
        ("colorectal-cancer", "open-gap", "expired", &["DateOutOfRange", "expired"]),
        ("physical-activity", "open-gap", "never-done", &["NotFound", "never-done"]),
        ("melanoma", "open-gap", "refused", &["NotFound", "refused"]),
        // What was done before it was refused is still told.
        ("alcohol", "open-gap", "refused", &["DateOutOfRange", "refused"]),
        ("dental-check", "closed-gap", "excluded", &["excluded", "contraindicated"]),
        ("depression", "closed-gap", "excluded", &["excluded", "known-disease"]),
        ("breast-cancer", "not-applicable", "not-eligible", &["not-eligible"]),
    ];
    for (item, gap, status, reasons) in cases {
        let found = all.iter().find(|one| one.0 == item).unwrap_or_else(|| panic!("no {item}"));
        assert_eq!((&*found.1, &*found.2), (gap, status), "{item}");
        assert_eq!(found.3, reasons, "{item}");
    }
    // Every item has exactly one, and as many of each status as the card says.
    assert_eq!(all.len(), 26);
    let card = client.found("/Patient/p/$prevention?date=2025-06-30");
    for item in read::all(&card, "item") {
        let (id, status) = (read::value(item, "id").as_str().unwrap(), read::value(item, "status").as_str().unwrap());
        assert_eq!(all.iter().filter(|one| one.0 == id && one.2 == status).count(), 1, "{id}");
    }
}

#[test]
fn only_the_statuses_asked_for_are_told() {
    let client = harness::practice();
    client.push(&man_of_62());
    let items = ["bmi", "tobacco", "colorectal-cancer", "breast-cancer"];
    for (asked, wanted) in [
        ("status=open-gap", vec!["colorectal-cancer"]),
        ("status=closed-gap", vec!["bmi"]),
        ("status=prospective-gap", vec!["tobacco"]),
        ("status=not-applicable", vec!["breast-cancer"]),
        ("status=not-applicable&status=open-gap", vec!["colorectal-cancer", "breast-cancer"]),
        ("status=http://hl7.org/fhir/uv/deqm/CodeSystem/deqm-gaps-status|closed-gap", vec!["bmi"]),
    ] {
        let answer = client.found(&asking(&items, &format!("subject=Patient/p&{asked}")));
        let told: Vec<String> = gaps(bundles(&answer)[0]).into_iter().map(|one| one.0).collect();
        assert_eq!(told, wanted, "{asked}");
    }
    let none = client.found(&asking(&["bmi"], "subject=Patient/p&status=open-gap"));
    assert_eq!(none, json!({"resourceType": "Parameters"}), "nothing to tell is no Bundle, and no empty array");
}

#[test]
fn the_end_of_the_period_may_be_to_come() {
    let client = harness::practice();
    client.push(&make::and(make::man("p", "1963-03-14"), vec![make::evidence("fit", "p", "fit", "2025-06-30")]));
    let status = |period: &str| {
        let query =
            format!("/Measure/$care-gaps?{period}&subject=Patient/p&{ALL}&measureUrl={OURS}/Measure/colorectal-cancer");
        let answer = client.found(&query);
        let bundle = bundles(&answer)[0];
        let period = of_type(bundle, "MeasureReport")[0]["period"].clone();
        (gaps(bundle)[0].1.clone(), period["start"].to_string(), period["end"].to_string())
    };
    // Due on 30 June 2027: far from it, on it, and with the years read whole.
    let told = |gap: &str, start: &str, end: &str| (gap.to_owned(), format!("\"{start}\""), format!("\"{end}\""));
    assert_eq!(status("periodStart=2026&periodEnd=2026-01"), told("closed-gap", "2026-01-01", "2026-01-31"));
    assert_eq!(status("periodStart=2025-07&periodEnd=2027-06-29").1, "\"2025-07-01\"");
    assert_eq!(status("periodStart=2026&periodEnd=2030"), told("prospective-gap", "2026-01-01", "2030-12-31"));
    assert_eq!(status("periodStart=2024&periodEnd=2024"), told("open-gap", "2024-01-01", "2024-12-31"));
    assert_eq!(
        status("periodStart=2025-06-30&periodEnd=2025-06-30"),
        told("closed-gap", "2025-06-30", "2025-06-30"),
        "one day is a period"
    );
}

#[test]
fn what_nobody_can_tell_is_said_and_is_no_gap() {
    let client = harness::practice();
    client.push(&make::but(make::woman("p", "1963-03-14"), json!({"gender": "unknown"})));
    client.push(&make::but(
        make::woman("q", "1963-03-14"),
        json!({"birthDate": null, "_birthDate": {"extension": [{
"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}}),
    ));
    for (patient, reason) in [("p", "missing-sex"), ("q", "missing-birth-date")] {
        for form in ["true", "false"] {
            let more = format!("subject=Patient/{patient}&status=open-gap&isDocument={form}");
            let answer = client.found(&asking(&["breast-cancer"], &more));
            let bundle = bundles(&answer)[0];
            assert!(of_type(bundle, "DetectedIssue").is_empty() && of_type(bundle, "GuidanceResponse").is_empty());
            let report = of_type(bundle, "MeasureReport")[0];
            let url = format!("{OURS}/StructureDefinition/gap-undecided");
            let said = |holder: &Value| {
                read::extension(holder, &url).unwrap()["valueCodeableConcept"]["coding"][0]["code"].clone()
            };
            assert_eq!(said(report), reason);
            let counts = report["group"][0]["population"].as_array().unwrap();
            let counted: Vec<&Value> = counts.iter().filter(|one| one["count"] != 0).collect();
            let counted: Vec<&Value> = counted.iter().map(|one| &one["code"]["coding"][0]["code"]).collect();
            assert!(counted == ["undecided"] && report["group"][0].get("measureScore").is_none());
            if form == "true" {
                let composition = of_type(bundle, "Composition")[0];
                let section = &composition["section"][0];
                assert_eq!(said(section), reason);
                assert!(section["entry"].is_null() && section["emptyReason"].is_object());
                assert!(composition["text"]["div"].as_str().unwrap().contains("Indéterminé"));
            }
        }
    }
}

#[test]
fn older_names_and_a_parameters_resource_ask_the_same() {
    let client = harness::practice();
    client.push(&man_of_62());
    let structure = client.structure().to_owned();
    let wanted = client.get(&asking(&["bmi", "tobacco"], &format!("subject=Patient/p&{ALL}"))).expect(200).text();
    let period = "periodStart=2025-01-01&periodEnd=2025-06-30";
    let whole = client.get(&asking(&["bmi", "tobacco"], &format!("subject=Organization/{structure}&{ALL}")));
    assert_eq!(whole.expect(200).text(), wanted, "one patient is the whole structure");
    for query in [
        format!("{period}&measureId=bmi&measureId=tobacco&subject=Patient/p&{ALL}"),
        format!("{period}&measureIdentifier=bmi&measureIdentifier={OURS}/Measure|tobacco&subject=Patient/p&{ALL}"),
        format!("{period}&measureId=tobacco&measureUrl={OURS}/Measure/bmi&organization={structure}&{ALL}"),
        format!("{period}&measureId=tobacco&measureId=bmi&organization=Organization/{structure}&practitioner=gp&{ALL}"),
        format!("{period}&measureId=bmi&measureId=tobacco&practitioner=Practitioner/gp&nonDocument=false&{ALL}"),
        format!(
            "{period}&measureId=bmi&measureId=bmi&measureId=tobacco&subject={}/fhir/Patient/p&{ALL}",
            client.base()
        ),
    ] {
        assert_eq!(client.get(&format!("/Measure/$care-gaps?{query}")).expect(200).text(), wanted, "{query}");
    }
    let parameter = |name: &str, kind: &str, value: &str| json!({"name": name, kind: value});
    let mut sent = vec![
        parameter("periodStart", "valueDate", "2025-01-01"),
        parameter("periodEnd", "valueDate", "2025-06-30"),
        parameter("measureUrl", "valueCanonical", &format!("{OURS}/Measure/bmi")),
        parameter("measureUrl", "valueUri", &format!("{}/fhir/Measure/tobacco", client.base())),
        json!({"name": "subject", "valueReference": {"reference": "Patient/p"}}),
        json!({"name": "isDocument", "valueBoolean": true}),
    ];
    for status in ["open-gap", "closed-gap", "prospective-gap", "not-applicable"] {
        sent.push(parameter("status", "valueCode", status));
    }
    let posted = client.post("/Measure/$care-gaps", &json!({"resourceType": "Parameters", "parameter": sent}));
    assert_eq!(posted.expect(200).text(), wanted);
}
