//! What a report says: of one patient, of a list, of all; populations, scores, strata.

use super::*;
use crate::harness;
use crate::harness::parameters as read;
use serde_json::json;

#[test]
fn every_state_of_a_line_has_its_populations_and_its_score() {
    let client = harness::practice();
    client.push(&people());
    // Initial population, denominator, exclusions, numerator, undecided; not applicable has no score.
    let cases = [
        ("done", [1, 1, 0, 1, 0], Some(1.0)),
        ("expired", [1, 1, 0, 0, 0], Some(0.0)),
        ("never", [1, 1, 0, 0, 0], Some(0.0)),
        ("refused", [1, 1, 0, 0, 0], Some(0.0)),
        ("excluded", [1, 1, 1, 0, 0], None),
        ("young", [0, 0, 0, 0, 0], None),
        ("undated", [0, 0, 0, 0, 1], None),
    ];
    let mut sum = vec![0; 5];
    for (patient, expected, score) in cases {
        let report = evaluate(&client, ITEM, &format!("{YEAR}&subject=Patient/{patient}"));
        assert_eq!(whole(&report), expected, "{patient}");
        assert_eq!(report["group"][0]["measureScore"]["value"].as_f64(), score, "{patient}");
        assert_eq!((&report["type"], &report["status"]), (&json!("individual"), &json!("complete")));
        assert_eq!(report["subject"]["reference"], format!("Patient/{patient}"));
        sum.iter_mut().zip(expected).for_each(|(sum, one)| *sum += one);
    }
    let all = evaluate(&client, ITEM, YEAR);
    assert_eq!((whole(&all), &all["type"]), (sum, &json!("summary")));
    assert!(all.get("subject").is_none() && all.get("evaluatedResource").is_none());
}

#[test]
fn an_individual_report_cites_what_decided_and_for_which_population() {
    let client = harness::practice();
    client.push(&people());
    let report = evaluate(&client, ITEM, &format!("{YEAR}&subject=Patient/done&reportType=subject"));
    let cited = report["evaluatedResource"].as_array().unwrap();
    let fit = cited.iter().find(|one| one["reference"] == "Observation/done-fit/_history/1").unwrap();
    assert_eq!(fit["extension"][0]["url"], "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference");
    assert_eq!(fit["extension"][0]["valueString"], "colorectal-cancer-numerator");
    let ids: Vec<&Value> = report["group"][0]["population"].as_array().unwrap().iter().map(|p| &p["id"]).collect();
    assert!(ids.contains(&&json!("colorectal-cancer-numerator")), "{ids:?}");
    assert_eq!(report["improvementNotation"]["coding"][0]["code"], "increase");
    let scoring = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-measureScoring";
    let scoring = &read::extension(&report, scoring).unwrap()["valueCodeableConcept"]["coding"][0]["code"];
    assert_eq!(scoring, "proportion");
    let card = client.found("/Patient/done/$prevention?date=2025-12-31");
    assert_eq!(report["date"], *read::value(&card, "knownAt"));
    let rulebook = read::value(&card, "rulebook").as_str().unwrap();
    let canonical = format!("https://mtr-gateway.example/fhir/Measure/colorectal-cancer|{}", &rulebook[..12]);
    assert_eq!(report["measure"], canonical);
    assert_eq!(read::tags(&report, "rulebook"), [rulebook]);
    // Asked for by its version, and by that of another rulebook.
    let by = |url: &str| client.get(&format!("/Measure/$evaluate-measure?measure={url}&{YEAR}&subject=Patient/done"));
    assert_eq!(by(&canonical.replace('|', "%7C")).expect(200).json(), report);
    assert_eq!(by("Measure/colorectal-cancer").expect(200).json(), report);
}

/// Answers what is cited, and for which populations.
fn cited(report: &Value) -> Vec<(String, Vec<String>)> {
    let all = report["evaluatedResource"].as_array().into_iter().flatten();
    all.map(|one| {
        let criteria = one["extension"].as_array().into_iter().flatten();
        let name = one["reference"].as_str().unwrap().split("/_history").next().unwrap();
        (name.to_owned(), criteria.map(|each| each["valueString"].as_str().unwrap().to_owned()).collect())
    })
    .collect()
}

#[test]
fn what_is_counted_one_by_one_is_cited_for_what_it_brings_itself() {
    let client = harness::practice();
    client.push(&make::man("p", "1965-05-05"));
    let meeting = |id: &str, status: &str, start: &str| {
        json!({"resourceType": "Appointment", "id": id, "status": status,
            "start": format!("{start}T09:00:00+01:00"), "end": format!("{start}T09:15:00+01:00"),
            "participant": [{"actor": {"reference": "Patient/p"}, "status": "accepted"}]})
    };
    let at =
        |id: &str, day: &str, more: Value| make::with(make::visit(id, "p", &format!("{day}T09:00:00+01:00")), more);
    let lasting = json!({"length": {"value": 20, "code": "min", "system": make::UCUM}});
    let payer = json!({"resourceType": "Organization", "id": "payer", "name": "Caisse", "type": [
        make::concept("http://terminology.hl7.org/CodeSystem/organization-type", "pay")]});
    client.store(&payer);
    client.push(&[
        meeting("missed", "noshow", "2025-03-10"),
        meeting("kept", "fulfilled", "2025-04-10"),
        at("inside", "2025-05-05", lasting),
        at("outside", "2025-05-06", json!({"serviceProvider": {"reference": "Organization/payer"}})),
        at("somewhere", "2025-05-07", json!({"serviceProvider": {"reference": "Organization/nowhere"}})),
    ]);
    let of = |measure: &str, period: &str| cited(&evaluate(&client, measure, &format!("{period}&subject=Patient/p")));
    let row = |name: &str, criteria: &[&str]| (name.to_owned(), criteria.iter().map(|id| id.to_string()).collect());
    assert_eq!(
        of("no-show-rate", YEAR),
        [
            row("Appointment/kept", &["no-show-rate-denominator"]),
            row("Appointment/missed", &["no-show-rate-numerator"]),
        ]
    );
    let leakage = of("leakage", YEAR);
    for (name, criterion) in [
        ("Patient/p", "leakage-initial-population"),
        ("Encounter/inside", "leakage-denominator"),
        ("Encounter/outside", "leakage-numerator"),
        ("Encounter/somewhere", "leakage-undecided"),
    ] {
        assert!(leakage.contains(&row(name, &[criterion])), "{name}: {leakage:?}");
    }
    // Of whom nothing is known to be decided, the patient is undecided too.
    let may = of("leakage", "periodStart=2025-05-07&periodEnd=2025-05-07");
    assert!(may.contains(&row("Encounter/somewhere", &["leakage-undecided"])), "{may:?}");
    assert!(may.contains(&row("Patient/p", &["leakage-undecided"])), "{may:?}");
    let contacts = of("team-contacts", YEAR);
    let inside = contacts.iter().find(|(name, _)| name == "Encounter/inside").unwrap();
    assert!(inside.1.iter().any(|id| id.ends_with("-numerator")), "{contacts:?}");
    assert!(inside.1.iter().any(|id| id.ends_with("-denominator")), "{contacts:?}");
    let minutes = of("consultation-minutes", "periodStart=2025-01-01&periodEnd=2025-06-30");
    let inside = minutes.iter().find(|(name, _)| name == "Encounter/inside").unwrap();
    assert!(inside.1.iter().all(|id| id.ends_with("-measure-observation")), "{minutes:?}");
}

#[test]
fn a_line_of_the_card_is_cited_for_itself_in_the_whole() {
    let client = harness::practice();
    client.push(&people());
    let report = evaluate(&client, "prevention", &format!("{YEAR}&subject=Patient/expired"));
    let all = cited(&report);
    let fit = all.iter().find(|(name, _)| name == "Observation/expired-fit").unwrap();
    assert_eq!(fit.1, ["prevention-denominator", "colorectal-cancer-denominator"]);
}

#[test]
fn the_card_is_a_measure_of_all_its_lines_together_then_of_each() {
    let client = harness::practice();
    client.push(&people());
    let report = evaluate(&client, "prevention", &format!("{YEAR}&subject=Patient/done"));
    let groups = report["group"].as_array().unwrap();
    assert_eq!(groups.len(), 27);
    let sum =
        groups[1..].iter().map(numbers).fold(vec![0; 5], |sum, one| sum.iter().zip(one).map(|(a, b)| a + b).collect());
    assert_eq!(numbers(&groups[0]), sum);
    assert!(groups[1..].iter().flat_map(numbers).all(|count| count <= 1));
    let card = client.found("/Patient/done/$prevention?date=2025-12-31");
    let summary = read::all(&card, "summary")[0];
    assert_eq!(json!(numbers(&groups[0])[3]), *read::value(summary, "upToDate"));
}

#[test]
fn a_subject_list_names_who_is_in_each_population() {
    let client = harness::practice();
    client.push(&people());
    let report = evaluate(&client, ITEM, &format!("{YEAR}&reportType=subject-list"));
    assert_eq!(report["type"], "subject-list");
    let contained = report["contained"].as_array().unwrap();
    let listed = |population: &Value| -> Vec<String> {
        let Some(reference) = population["subjectResults"]["reference"].as_str() else { return Vec::new() };
        let list = contained.iter().find(|list| format!("#{}", list["id"].as_str().unwrap()) == reference).unwrap();
        assert_eq!((&list["resourceType"], &list["mode"]), (&json!("List"), &json!("snapshot")));
        let entries = list["entry"].as_array().unwrap();
        entries.iter().map(|e| e["item"]["reference"].as_str().unwrap().to_owned()).collect()
    };
    let expected: [&[&str]; 5] = [
        &["done", "excluded", "expired", "never", "refused"],
        &["done", "excluded", "expired", "never", "refused"],
        &["excluded"],
        &["done"],
        &["undated"],
    ];
    for (population, expected) in report["group"][0]["population"].as_array().unwrap().iter().zip(expected) {
        let expected: Vec<String> = expected.iter().map(|id| format!("Patient/{id}")).collect();
        assert_eq!(listed(population), expected);
        assert_eq!(population["count"], expected.len());
    }
}

#[test]
fn a_score_is_exact_and_written_with_four_decimals() {
    let client = harness::practice();
    client.push(&people());
    // One of four: the excluded is not asked.
    let text = client.get(&format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}&stratifier=none")).expect(200).text();
    assert!(text.contains(r#""measureScore":{"value":0.2500,"#), "{text}");
    assert!(!text.contains("stratifier"), "{text}");
    client.push(&[fit("never", "2025-02-01"), fit("expired", "2025-02-01"), fit("refused", "2025-02-01")]);
    let text = client.get(&format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}&stratifier=none")).expect(200).text();
    assert!(text.contains(r#""measureScore":{"value":1.0000,"#), "{text}");
    client.push(&[make::man("third", "1965-05-05"), make::man("fourth", "1965-05-05")].concat());
    let text = client.get(&format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}&stratifier=none")).expect(200).text();
    assert!(text.contains(r#""measureScore":{"value":0.6667,"#), "{text}");
}

#[test]
fn strata_that_do_not_overlap_add_up_to_the_whole() {
    let client = harness::practice();
    client.push(&people());
    for measure in [ITEM, "prevention", "prevention-fill-rate", "no-show-rate", "active-file"] {
        let report = evaluate(&client, measure, YEAR);
        for group in report["group"].as_array().unwrap() {
            for by in ["age-band", "sex", "arm", "structure"] {
                let all = strata(group, by);
                let zero = vec![0; numbers(group).len()];
                let sum = all.iter().fold(zero, |sum, (_, one)| sum.iter().zip(one).map(|(a, b)| a + b).collect());
                assert_eq!(sum, numbers(group), "{measure} {by} {all:?}");
            }
        }
    }
    let report = evaluate(&client, ITEM, YEAR);
    let group = &report["group"][0];
    let sexes = strata(group, "sex");
    assert_eq!(sexes[0], ("female".to_owned(), vec![2, 2, 1, 0, 0]));
    assert_eq!(sexes[1], ("male".to_owned(), vec![3, 3, 0, 1, 1]));
    assert_eq!(sexes.len(), 2);
    let bands = strata(group, "age-band");
    assert_eq!(bands.last().unwrap(), &("unknown".to_owned(), vec![0, 0, 0, 0, 1]));
    assert!(bands.contains(&("50-64".to_owned(), vec![4, 4, 1, 1, 0])), "{bands:?}");
    assert!(bands.contains(&("65-74".to_owned(), vec![1, 1, 0, 0, 0])), "{bands:?}");
    // From 2025 whoever is declared is MTR: the group of those who are only declared is empty, and told.
    let arms = strata(group, "arm");
    assert_eq!(arms[0], ("mtr".to_owned(), vec![5, 5, 1, 1, 1]));
    assert_eq!(arms[1], ("declared".to_owned(), vec![0; 5]));
    assert_eq!(strata(group, "practitioner"), [("Practitioner/gp".to_owned(), vec![5, 5, 1, 1, 1])]);
    let overlap = "https://mtr-gateway.example/fhir/StructureDefinition/strata-overlap";
    let overlaps = |code: &str| {
        let all = group["stratifier"].as_array().unwrap();
        let found = all.iter().find(|s| s["code"][0]["coding"][0]["code"] == code).unwrap();
        read::extension(found, overlap).is_some()
    };
    assert!(overlaps("typologie") && overlaps("practitioner") && !overlaps("sex"));
    for system in ["measure-stratifier", "stratum", "measure-group", "measure-population", "measure-unit"] {
        client.found(&format!("/CodeSystem/{system}"));
    }
}

#[test]
fn a_patient_of_two_typologies_is_in_both_strata() {
    let client = harness::practice();
    let right = json!({"start": "2020-01-01"});
    client.push(&make::and(
        make::woman("w", "1947-05-05"),
        vec![make::coverage("c2s", "w", "c2s", right.clone()), make::coverage("ald", "w", "ald", right)],
    ));
    let report = evaluate(&client, "dental-check", YEAR);
    let typologies = strata(&report["group"][0], "typologie");
    let there: Vec<&str> = typologies.iter().filter(|(_, n)| n[0] > 0).map(|(code, _)| code.as_str()).collect();
    assert!(there.len() > 1 && there.contains(&"ald") && there.contains(&"personne-agee"), "{typologies:?}");
    assert!(!there.contains(&"none"));
}

#[test]
fn only_the_patients_of_a_practitioner_or_of_a_roster_are_counted() {
    let client = harness::practice();
    client.push(&people());
    client.push(&make::but(
        make::man("hers", "1965-05-05"),
        json!({"generalPractitioner": [{"reference": "Practitioner/doctor"}]}),
    ));
    let of = |query: &str| whole(&evaluate(&client, ITEM, &format!("{YEAR}&{query}")))[0];
    assert_eq!(of(""), 6);
    assert_eq!(of("practitioner=Practitioner/gp"), 5);
    assert_eq!(of("practitioner=PractitionerRole/role-doctor"), 1);
    assert_eq!(of("practitioner=Practitioner/nurse"), 0);
    assert_eq!(of(&format!("subject=Organization/{}", client.structure())), 6);
    let scoped = evaluate(&client, ITEM, &format!("{YEAR}&practitioner=Practitioner/doctor"));
    assert_eq!(scoped["subject"]["reference"], "Practitioner/doctor");
    let one = evaluate(&client, ITEM, &format!("{YEAR}&practitioner=Practitioner/doctor&subject=Patient/done"));
    assert_eq!(whole(&one), [0; 5]);
    let rosters = client.found("/Group?month=2025-12&_summary=true");
    let roster = |code: &str| {
        let all = rosters["entry"].as_array().unwrap();
        let found = all.iter().find(|e| e["resource"]["code"]["coding"][0]["code"] == code).unwrap();
        found["resource"]["id"].as_str().unwrap().to_owned()
    };
    let file = roster("file-active");
    let report = evaluate(&client, ITEM, &format!("{YEAR}&subject=Group/{file}"));
    assert_eq!((whole(&report)[0], &report["subject"]["reference"]), (6, &json!(format!("Group/{file}"))));
    assert_eq!(of(&format!("subject=Group/{}", roster("nourrisson"))), 0);
}

#[test]
fn a_merged_record_is_counted_once() {
    let client = harness::practice();
    client.push(&[make::man("a", "1965-05-05"), make::man("b", "1965-05-05"), vec![fit("a", "2025-06-01")]].concat());
    assert_eq!(whole(&evaluate(&client, ITEM, YEAR)), [2, 2, 0, 1, 0]);
    let link = json!({"link": [{"other": {"reference": "Patient/b"}, "type": "replaced-by"}]});
    client.store(&make::with(make::patient("a", "male", "1965-05-05"), link));
    assert_eq!(whole(&evaluate(&client, ITEM, YEAR)), [1, 1, 0, 1, 0]);
}

#[test]
fn an_indicator_says_what_its_figures_are_made_of() {
    let client = harness::practice();
    client.push(&people());
    let report = evaluate(&client, "active-file", YEAR);
    let group = &report["group"][0];
    let url = "https://mtr-gateway.example/fhir/StructureDefinition/derived-figure";
    let figures: Vec<&Value> = group["extension"].as_array().unwrap().iter().filter(|e| e["url"] == url).collect();
    let part = |figure: &Value, name: &str| {
        let all = figure["extension"].as_array().unwrap();
        all.iter().find(|p| p["url"] == name).cloned().unwrap_or_default()
    };
    let codes: Vec<String> =
        figures.iter().map(|f| part(f, "code")["valueCode"].as_str().unwrap().to_owned()).collect();
    assert!(codes.contains(&"projected-patients-per-full-time-gp".to_owned()), "{codes:?}");
    // Nobody told how many full-time GPs there are: the figure has no value, and is not left out.
    let unknown = figures.iter().find(|f| part(f, "code")["valueCode"] == "full-time-gps").unwrap();
    assert_eq!((part(unknown, "value"), part(unknown, "status")["valueCode"].is_string()), (Value::Null, true));
    assert_eq!(counts(group).len(), 2);
    assert!(group.get("measureScore").is_none(), "a cohort has no score");
}

#[test]
fn an_appointment_of_two_patients_is_missed_by_both() {
    let client = harness::practice();
    let mut all = make::woman("mother", "1985-03-14");
    all.extend(make::man("child", "2019-03-14"));
    client.push(&all);
    let both = |id: &str, status: &str, patients: &[&str]| {
        let named = |id: &&str| json!({"actor": {"reference": format!("Patient/{id}")}, "status": "accepted"});
        json!({"resourceType": "Appointment", "id": id, "status": status,
            "start": "2025-03-10T09:00:00+01:00", "end": "2025-03-10T09:15:00+01:00",
            "participant": patients.iter().map(named).collect::<Vec<_>>()})
    };
    let missed = |patient: &str| {
        let report = evaluate(&client, "no-show-rate", &format!("{YEAR}&subject=Patient/{patient}"));
        whole(&report)
    };
    let found = |patient: &str| client.found(&format!("/Appointment?patient={patient}"))["total"].as_u64().unwrap();
    client.store(&both("a", "noshow", &["mother", "child"]));
    assert_eq!(missed("child"), missed("mother"));
    assert_eq!(missed("child")[3], 1, "{:?}", missed("child"));
    assert_eq!((found("mother"), found("child"), found("mother,child")), (1, 1, 1));
    let everything = client.found("/Patient/child/$everything");
    assert!(everything.to_string().contains("Appointment/a"));
    // It is the child's alone now, then nobody's.
    client.store(&both("a", "noshow", &["child"]));
    assert_eq!((missed("mother").get(3).copied().unwrap_or_default(), missed("child")[3]), (0, 1));
    assert_eq!((found("mother"), found("child")), (0, 1));
    client.store(&both("a", "noshow", &["mother", "child"]));
    assert_eq!((missed("mother")[3], missed("child")[3]), (1, 1));
    client.delete("/Appointment/a").expect(204);
    assert_eq!((found("mother"), found("child")), (0, 0));
    // Merged, they are one person who missed it once.
    client.store(&both("b", "noshow", &["mother", "child"]));
    let link = json!({"link": [{"other": {"reference": "Patient/mother"}, "type": "replaced-by"}]});
    client.store(&make::with(make::patient("child", "male", "2019-03-14"), link));
    assert_eq!(missed("mother")[3], 1);
}

#[test]
fn every_group_of_a_report_says_what_is_counted() {
    let client = harness::practice();
    client.push(&people());
    let unit = "https://mtr-gateway.example/fhir/StructureDefinition/measure-unit";
    for measure in [ITEM, "prevention", "no-show-rate"] {
        let one = evaluate(&client, measure, &format!("{YEAR}&subject=Patient/done"));
        let all = evaluate(&client, measure, YEAR);
        let units = |report: &Value| -> Vec<Value> {
            let groups = report["group"].as_array().unwrap().iter();
            groups.map(|group| read::extension(group, unit).unwrap()["valueCode"].clone()).collect()
        };
        assert_eq!(units(&one), units(&all), "{measure}");
    }
}

#[test]
fn whoever_brings_a_length_is_listed() {
    let client = harness::practice();
    let mut all = make::man("told", "1965-05-05");
    let lasting = json!({"length": {"value": 20, "code": "min", "system": make::UCUM}});
    all.push(make::with(make::visit("first", "told", "2024-01-10T09:00:00+01:00"), lasting.clone()));
    all.push(make::with(make::visit("second", "told", "2025-01-10T09:00:00+01:00"), lasting));
    client.push(&all);
    let report = evaluate(&client, "consultation-minutes", &format!("{YEAR}&reportType=subject-list"));
    let group = &report["group"][0];
    for population in group["population"].as_array().unwrap() {
        let counted = population["count"].as_u64().unwrap() > 0;
        assert_eq!(population["subjectResults"]["reference"].is_string(), counted, "{population}");
    }
    assert!(counts(group).iter().any(|(code, count)| code == "measure-observation" && *count > 0), "{group}");
}
