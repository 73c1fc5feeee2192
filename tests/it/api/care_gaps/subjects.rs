//! Whom it is about: a patient, a roster, a Group that is sent, the structure, a doctor's patients.

use super::*;
use crate::harness::Gateway;
use sha2::{Digest, Sha256};

/// Three patients of the practice: two men of the doctor, a woman declared to another, and a child.
fn practice() -> Client {
    let client = harness::practice();
    let mut all = make::man("a", "1963-03-14");
    all.extend(make::man("b", "1970-03-14"));
    all.extend(make::but(
        make::woman("c", "1963-03-14"),
        json!({"generalPractitioner": [{"reference": "Practitioner/doctor"}]}),
    ));
    all.push(make::patient("d", "female", "2023-01-01"));
    client.push(&all);
    client
}

fn roster(client: &Client, code: &str) -> String {
    let name = format!("{}/{code}", client.structure());
    let digest: String = Sha256::digest(name).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("grp-{digest}")
}

fn patients(client: &Client, more: &str) -> Vec<String> {
    let answer = client.found(&asking(&["tobacco"], &format!("status=open-gap&{more}")));
    about(&answer).into_iter().map(str::to_owned).collect()
}

#[test]
fn everybody_of_the_structure_in_the_order_of_ids() {
    let client = practice();
    let structure = client.structure().to_owned();
    assert_eq!(
        patients(&client, &format!("subject=Organization/{structure}")),
        ["Patient/a", "Patient/b", "Patient/c"]
    );
    client.delete("/Patient/b?_cascade=delete");
    assert_eq!(patients(&client, &format!("organization={structure}")), ["Patient/a", "Patient/c"]);
}

#[test]
fn a_roster_and_a_group_that_is_sent_name_their_members() {
    let client = practice();
    let active = client.found(&format!("/Group/{}?month=2025-06", roster(&client, "file-active")));
    let members: Vec<&str> =
        active["member"].as_array().unwrap().iter().map(|m| m["entity"]["reference"].as_str().unwrap()).collect();
    for name in ["subject", "subjectGroup"] {
        assert_eq!(patients(&client, &format!("{name}=Group/{}", roster(&client, "file-active"))), members);
    }
    let group = json!({"resourceType": "Group", "type": "person", "actual": true, "member": [
        {"entity": {"reference": "Patient/c"}}, {"entity": {"reference": "Patient/a"}}, {"entity": {"reference": "Patient/a"}},
        {"entity": {"reference": "Patient/b"}, "inactive": true}]});
    let sent = |group: &Value| json!({"resourceType": "Parameters", "parameter": [{"name": "subjectGroup", "resource": group}]});
    let query = asking(&["tobacco"], "status=open-gap");
    let answer = client.post(&query, &sent(&group)).expect(200).json();
    assert_eq!(about(&answer), ["Patient/a", "Patient/c"]);
    let stranger = json!({"resourceType": "Group", "member": [{"entity": {"reference": "Patient/nobody"}}]});
    outcome::refused(&client.post(&query, &sent(&stranger)), 404, "not-found", "MTR-GET-001", "");
    for (wrong, place) in [(json!({"actual": false}), "actual"), (json!({"type": "practitioner"}), "type")] {
        let place = format!("Parameters.parameter[0].resource.{place}");
        let refused = client.post(&query, &sent(&make::with(group.clone(), wrong)));
        outcome::refused(&refused, 400, "not-supported", "MTR-OPR-012", &place);
    }
    let site = json!({"resourceType": "Group", "member": [{"entity": {"reference": "Location/x"}}]});
    outcome::refused(&client.post(&query, &sent(&site)), 400, "value", "MTR-OPR-004", "");
}

#[test]
fn a_provider_narrows_to_those_who_declared_it() {
    let client = practice();
    let structure = client.structure().to_owned();
    assert_eq!(patients(&client, "provider=Practitioner/gp"), ["Patient/a", "Patient/b"]);
    assert_eq!(patients(&client, "provider=Practitioner/doctor"), ["Patient/c"]);
    assert_eq!(patients(&client, "provider=PractitionerRole/role-gp"), ["Patient/a", "Patient/b"]);
    assert_eq!(patients(&client, &format!("practitioner=doctor&organization={structure}")), ["Patient/c"]);
    assert_eq!(patients(&client, "provider=Practitioner/gp&subject=Patient/a"), ["Patient/a"]);
    assert_eq!(patients(&client, "provider=Practitioner/gp&subject=Patient/c"), Vec::<String>::new());
    // The care team decides where there is one, on the day that is looked at.
    client.store(&make::declaration("team", "a", "doctor", json!({"start": "2025-06-30"})));
    assert_eq!(patients(&client, "provider=Practitioner/doctor"), ["Patient/a", "Patient/c"]);
}

#[test]
fn a_merged_record_is_told_with_the_one_that_stands_for_it() {
    let client = practice();
    let link =
        |kind: &str, other: &str| json!({"link": [{"other": {"reference": format!("Patient/{other}")}, "type": kind}]});
    client.store(&make::with(make::patient("b", "male", "1970-03-14"), link("replaced-by", "a")));
    let structure = client.structure().to_owned();
    assert_eq!(patients(&client, &format!("organization={structure}")), ["Patient/a", "Patient/c"]);
    let answer = client.found(&asking(&["tobacco"], "status=open-gap&subject=Patient/b"));
    let bundle = bundles(&answer)[0];
    let url = format!("{OURS}/StructureDefinition/merged-into");
    let composition = of_type(bundle, "Composition")[0];
    let survivor = &read::extension(composition, &url).unwrap()["valueReference"]["reference"];
    assert_eq!(here(survivor.as_str().unwrap()), "Patient/a");
    let ids: Vec<&Value> = of_type(bundle, "Patient").iter().map(|patient| &patient["id"]).collect();
    assert_eq!(ids, ["b", "a"]);
}

#[test]
fn of_another_structure_nothing_is_told() {
    let client = practice();
    let other = harness::structure();
    for subject in [
        "Patient/a".to_owned(),
        format!("Organization/{}", client.structure()),
        format!("Group/{}", roster(&client, "file-active")),
    ] {
        let answer = other.get(&asking(&["tobacco"], &format!("status=open-gap&subject={subject}")));
        outcome::refused(&answer, 404, "not-found", "MTR-GET-001", "");
    }
    let answer = other.get(&asking(&["tobacco"], "status=open-gap&provider=Practitioner/gp"));
    outcome::refused(&answer, 404, "not-found", "MTR-GET-001", "");
    client.delete("/Patient/d").expect(204);
    outcome::refused(
        &client.get(&asking(&["bmi"], "status=open-gap&subject=Patient/d")),
        410,
        "deleted",
        "MTR-GET-002",
        "",
    );
}

#[test]
fn many_patients_are_sent_as_they_are_worked_out_and_too_many_are_not() {
    let gateway = Gateway::start(&["--max-sync-subjects", "300"]);
    let client = gateway.client();
    let people = |from: usize, to: usize| -> Vec<Value> {
        (from..to).map(|n| make::patient(&format!("p{n:03}"), "male", "1963-03-14")).collect()
    };
    client.push(&people(0, 300));
    let query = asking(&["tobacco"], &format!("status=open-gap&subject=Organization/{}", client.structure()));
    let answer = client.get(&query).expect(200);
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"), "it is longer than one batch");
    let want: Vec<String> = (0..300).map(|n| format!("Patient/p{n:03}")).collect();
    assert_eq!(about(&answer.json()), want);
    client.push(&people(300, 301));
    let refused = client.get(&query);
    outcome::refused(&refused, 413, "too-costly", "MTR-GAP-004", "");
    let text = refused.text();
    assert!(text.contains("301") && text.contains("300") && text.contains("respond-async"), "{text}");
}

#[test]
fn a_topic_is_every_measure_of_its_domain_and_the_programme_all_of_them() {
    let client = harness::practice();
    client.push(&man_of_62());
    let asked = |what: &str| client.get(&asking(&[], &format!("{what}&subject=Patient/p&{ALL}"))).expect(200).text();
    let measures = |ids: &[&str]| ids.iter().map(|id| format!("measureUrl={OURS}/Measure/{id}&")).collect::<String>();
    let gut = asked(&measures(&["colorectal-cancer"]));
    assert_eq!(asked("topic=gastro"), gut);
    assert_eq!(asked("topic=gastro&topic=%7Cgastro"), gut);
    assert_eq!(asked("topic=gastro&measureId=bmi"), asked(&measures(&["bmi", "colorectal-cancer"])));
    let all = asked(&measures(&["prevention"]));
    for programme in ["program=mtr", &format!("program={OURS}/CodeSystem/episode-type%7Cmtr")] {
        assert_eq!(asked(programme), all, "{programme}");
        assert_eq!(asked(&format!("{programme}&topic=gastro")), gut, "{programme}");
    }
}
