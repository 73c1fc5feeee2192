//! What is refused, with what to do.

use super::*;

#[test]
fn every_bad_question_says_what_is_wrong_with_it() {
    let client = harness::practice();
    client.push(&man_of_62());
    let url = format!("measureUrl={OURS}/Measure/bmi");
    let good = format!("periodStart=2025-01-01&periodEnd=2025-06-30&{url}&status=open-gap&subject=Patient/p");
    client.get(&format!("/Measure/$care-gaps?{good}")).expect(200);
    let swap = |from: &str, to: &str| good.replace(from, to);
    let cases = [
        // What is missing.
        (swap("periodStart=2025-01-01&", ""), "required", "MTR-OPR-003", "periodStart"),
        (swap("periodEnd=2025-06-30&", ""), "required", "MTR-OPR-003", "periodEnd"),
        (swap(&format!("{url}&"), ""), "required", "MTR-OPR-003", "measureUrl"),
        (swap("status=open-gap&", ""), "required", "MTR-OPR-003", "status"),
        (swap("&subject=Patient/p", ""), "invalid", "MTR-GAP-002", "subjectGroup"),
        // What does not read.
        (swap("2025-01-01", "2025-13-01"), "value", "MTR-OPR-004", "periodStart"),
        (swap("2025-01-01", "hier"), "value", "MTR-OPR-004", "periodStart"),
        (swap("2025-06-30", "2025-02-30"), "value", "MTR-OPR-004", "periodEnd"),
        (swap("open-gap", "open"), "value", "MTR-OPR-004", "open-gap"),
        (swap("open-gap", "open-gap,closed-gap"), "value", "MTR-OPR-004", "status"),
        (swap("open-gap", "http://elsewhere.example|open-gap"), "value", "MTR-OPR-004", "open-gap"),
        (swap(&url, "measureUrl="), "value", "MTR-OPR-004", "measureUrl"),
        (swap(&url, "measureId="), "value", "MTR-OPR-004", "measureId"),
        (swap(&url, "measureIdentifier=urn:x|bmi"), "value", "MTR-OPR-004", "measureIdentifier"),
        (swap(&url, "topic=elsewhere"), "value", "MTR-OPR-004", "gastro"),
        (swap(&url, "topic=http://elsewhere.example%7Cgastro"), "value", "MTR-OPR-004", "topic"),
        (swap("Patient/p", "p"), "value", "MTR-OPR-004", "subject"),
        (swap("Patient/p", "Practitioner/gp"), "value", "MTR-OPR-004", "subject"),
        (format!("{good}&isDocument=oui"), "value", "MTR-OPR-004", "isDocument"),
        (format!("{good}&knownAt=hier"), "value", "MTR-OPR-004", "knownAt"),
        (format!("{good}&provider=Patient/p"), "value", "MTR-OPR-004", "provider"),
        (
            format!("{good}&subjectGroup=Patient/p").replace("&subject=Patient/p", ""),
            "value",
            "MTR-OPR-004",
            "subjectGroup",
        ),
        // What contradicts itself.
        (swap("2025-01-01", "2025-07-01"), "value", "MTR-MEA-004", "2025-07-01"),
        (swap("2025-01-01", "2026"), "value", "MTR-MEA-004", "2026-01-01"),
        (swap("2025-01-01&periodEnd=2025-06-30", "2998-01-01&periodEnd=2999"), "value", "MTR-MEA-009", "2998-01-01"),
        (format!("{good}&subject=Patient/p"), "invalid", "MTR-GAP-002", "subject"),
        (format!("{good}&organization={}", client.structure()), "invalid", "MTR-GAP-002", "subject"),
        (format!("{good}&subjectGroup=Group/x"), "invalid", "MTR-GAP-002", "subject"),
        (format!("{good}&periodEnd=2025-12-31"), "invalid", "MTR-OPR-005", "periodEnd"),
        (format!("{good}&isDocument=true&nonDocument=false"), "invalid", "MTR-OPR-005", "isDocument"),
        (format!("{good}&provider=Practitioner/gp&practitioner=gp"), "invalid", "MTR-OPR-005", "provider"),
        // What is not known, with what is near.
        (swap("measureUrl=", "measureurl="), "not-supported", "MTR-OPR-002", "measureUrl"),
        (swap("&status=", "&statut="), "not-supported", "MTR-OPR-002", "status"),
        (format!("{good}&measure=bmi"), "not-supported", "MTR-OPR-002", "measureUrl"),
        // What DEQM has and nothing here could honour.
        (format!("{good}&program=x"), "not-supported", "MTR-GAP-003", "measureUrl"),
        (format!("{good}&program=http://elsewhere.example%7Cmtr"), "not-supported", "MTR-GAP-003", "program=mtr"),
        (format!("{good}&location=Location/x"), "not-supported", "MTR-GAP-003", "location"),
        (format!("{good}&manifest=x"), "not-supported", "MTR-GAP-003", "manifest"),
    ];
    for (query, kind, code, named) in cases {
        let answer = client.get(&format!("/Measure/$care-gaps?{query}"));
        outcome::refused(&answer, 400, kind, code, "");
        let told = &outcome::issues(&answer.json())[0];
        assert!(told.fr.contains(named) && told.en.contains(named), "{query}: {told:?}");
        assert!(
            !told.fr.contains("cancr") && !told.fr.contains("elsewhere"),
            "what was sent is not repeated: {told:?}"
        );
    }
}

#[test]
fn an_unknown_measure_names_the_nearest_and_never_what_was_sent() {
    let client = harness::practice();
    client.push(&man_of_62());
    for (sent, nearest) in [
        (format!("measureUrl={OURS}/Measure/colorectal-cancr"), "colorectal-cancer"),
        ("measureUrl=http://elsewhere.example/Measure/bmi".to_owned(), "bmi"),
        ("measureUrl=bmi".to_owned(), "bmi"),
        ("measureId=bmii".to_owned(), "bmi"),
        (format!("measureIdentifier={OURS}/Measure|tobaco"), "tobacco"),
    ] {
        let answer = client.get(&asking(&[], &format!("{sent}&status=open-gap&subject=Patient/p")));
        outcome::refused(&answer, 404, "not-found", "MTR-MEA-001", "");
        let told = &outcome::issues(&answer.json())[0];
        assert!(told.fr.contains(nearest) && told.en.contains(nearest), "{told:?}");
        assert!(!told.fr.contains("cancr") && !told.fr.contains("elsewhere"), "{told:?}");
    }
    let indicator = asking(&["no-show-rate"], "status=open-gap&subject=Patient/p");
    outcome::refused(&client.get(&indicator), 422, "business-rule", "MTR-GAP-001", "");
}

#[test]
fn a_period_that_has_begun_may_end_in_the_future_and_one_that_has_not_is_refused() {
    let client = harness::practice();
    client.push(&man_of_62());
    let asked = |start: &str, end: &str| {
        let what = format!("measureUrl={OURS}/Measure/bmi&{ALL}&subject=Patient/p");
        client.get(&format!("/Measure/$care-gaps?periodStart={start}&periodEnd={end}&{what}"))
    };
    asked("2025-01-01", "2999-12-31").expect(200);
    outcome::refused(&asked("2999-01-01", "2999-12-31"), 400, "value", "MTR-MEA-009", "");
}

#[test]
fn before_anything_was_known_there_is_nothing_to_tell() {
    let client = harness::practice();
    client.push(&man_of_62());
    let early = "knownAt=2001-01-01T00:00:00Z";
    let own = client.structure();
    for path in [
        asking(&["bmi"], &format!("{ALL}&subject=Organization/{own}&{early}")),
        format!("/Measure/bmi/$evaluate-measure?periodStart=2025&periodEnd=2025&{early}"),
        format!("/Measure/bmi/$evaluate?periodStart=2025&periodEnd=2025&{early}"),
        format!("/Measure/bmi/$trend?from=2025-01&to=2025-02&{early}"),
        format!("/Organization/{own}/$worklist?{early}"),
    ] {
        outcome::refused(&client.get(&path), 404, "not-found", "MTR-MEA-010", "");
    }
    client.get(&format!("/Patient/p/$forfait?{early}")).expect(404);
}

#[test]
fn a_group_that_is_sent_is_read_as_a_group() {
    let client = harness::practice();
    client.push(&man_of_62());
    client.push(&make::man("q", "1963-03-14"));
    let asked = |member: Value| {
        let group = json!({"resourceType": "Group", "type": "person", "actual": true, "member": member});
        let parameter = json!([
            {"name": "periodStart", "valueDate": "2025-01-01"}, {"name": "periodEnd", "valueDate": "2025-06-30"},
            {"name": "measureUrl", "valueString": format!("{OURS}/Measure/bmi")},
            {"name": "status", "valueCode": "open-gap"}, {"name": "status", "valueCode": "closed-gap"},
            {"name": "subjectGroup", "resource": group}]);
        client.post("/Measure/$care-gaps", &json!({"resourceType": "Parameters", "parameter": parameter}))
    };
    let of = |id: &str, more: Value| make::with(json!({"entity": {"reference": format!("Patient/{id}")}}), more);
    let is_in = |period: Value| asked(json!([of("p", json!({"period": period}))])).expect(200).json();
    let cases = [
        (json!({"start": "2025-06-30"}), 1),
        (json!({"start": "2025-07-01"}), 0),
        (json!({"end": "2025-06-30"}), 1),
        (json!({"end": "2025-06"}), 1),
        (json!({"end": "2025-06-29"}), 0),
        (json!({"start": "2020", "end": "2025"}), 1),
    ];
    for (period, count) in cases {
        assert_eq!(bundles(&is_in(period.clone())).len(), count, "{period}");
    }
    let both = asked(json!([of("p", json!({"inactive": true})), of("q", json!({"inactive": false}))]));
    assert_eq!(about(&both.expect(200).json()), ["Patient/q"]);
    let refused = asked(json!([of("p", json!({})), {"entity": {"reference": "Practitioner/gp"}}]));
    outcome::refused(&refused, 400, "value", "MTR-OPR-004", "Parameters.parameter[5].resource.member[1].entity");
    let empty = asked(json!([{"inactive": false}]));
    outcome::refused(&empty, 400, "required", "MTR-STR-003", "Parameters.parameter[5].resource.member[0].entity");
    // An unknown name is told with the nearest, whatever it carries.
    for odd in [json!({"valuePeriod": {}}), json!({"resource": {"resourceType": "Group"}}), json!({"part": []})] {
        let parameter = make::with(json!({"name": "subjectGrup"}), odd);
        let sent = json!({"resourceType": "Parameters", "parameter": [parameter]});
        let answer = client.post("/Measure/$care-gaps", &sent);
        outcome::refused(&answer, 400, "not-supported", "MTR-OPR-002", "");
        assert!(answer.text().contains("subjectGroup"), "{}", answer.text());
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let client = harness::practice();
    for more in [
        "subject=Patient/nobody",
        "subject=Group/grp-nothing",
        "subject=Organization/elsewhere",
        "provider=Practitioner/nobody",
    ] {
        let answer = client.get(&asking(&["bmi"], &format!("status=open-gap&{more}")));
        outcome::refused(&answer, 404, "not-found", "MTR-GET-001", "");
    }
}

#[test]
fn a_body_that_is_no_parameters_is_refused_and_other_methods_too() {
    let client = harness::practice();
    let query = "/Measure/$care-gaps";
    outcome::refused(&client.post(query, &json!({"resourceType": "Patient"})), 400, "invalid", "MTR-RES-003", "");
    let group = json!({"resourceType": "Parameters", "parameter": [{"name": "subjectGroup", "resource": {"resourceType": "Patient"}}]});
    assert_eq!(client.post(query, &group).status, 400);
    client.put(query, &json!({})).expect(405);
    let near = client.get("/Measure/$care-gap");
    outcome::refused(&near, 400, "not-supported", "MTR-OPR-001", "");
    assert!(near.text().contains("$care-gaps"));
}

#[test]
fn it_is_told_where_it_is_and_what_it_takes() {
    let client = harness::structure();
    let metadata = client.found("/metadata");
    let resources = metadata["rest"][0]["resource"].as_array().unwrap();
    let measure: Vec<&Value> = resources.iter().filter(|one| one["type"] == "Measure").collect();
    assert_eq!(measure.len(), 1);
    let operation = measure[0]["operation"].as_array().unwrap().iter().find(|one| one["name"] == "care-gaps").unwrap();
    let url = operation["definition"].as_str().unwrap();
    let found = client.found(&format!("/OperationDefinition?url={url}"));
    let definition = &found["entry"][0]["resource"];
    assert_eq!(definition["base"], "http://hl7.org/fhir/uv/deqm/OperationDefinition/care-gaps");
    let named = |min: i64| -> Vec<&str> {
        let all = definition["parameter"].as_array().unwrap().iter();
        all.filter(|one| one["use"] == "in" && one["min"] == min).map(|one| one["name"].as_str().unwrap()).collect()
    };
    assert_eq!(named(1), ["periodStart", "periodEnd", "measureUrl", "status"]);
    assert_eq!(named(0), ["subject", "subjectGroup", "provider", "isDocument", "knownAt"]);
}
