//! The invariants of R4 that are advice: what breaks each, what keeps it, and where it is told.

use super::*;

/// The rule of each invariant told, with its place.
fn broken(resource: &Value) -> Vec<(String, String)> {
    let issues = check(resource);
    let told = issues.iter().filter(|issue| issue.kind.code.starts_with("MTR-INV-"));
    told.map(|issue| {
        assert!(!issue.is_error());
        let (fr, en) = (issue.text_fr(), issue.text_en());
        let rule = |text: &str| text.rsplit_once(" (").and_then(|(_, key)| key.strip_suffix(").")).map(str::to_owned);
        assert_eq!(rule(&fr), rule(&en));
        (rule(&fr).unwrap(), issue.expression.clone().unwrap())
    })
    .collect()
}

const UCUM: &str = "http://unitsofmeasure.org";

/// An example, what is changed in it, and each rule then broken with its place.
type Case = (&'static str, Value, &'static [(&'static str, &'static str)]);

fn each(cases: &[Case]) {
    for (name, change, want) in cases {
        let mut have = broken(&with(example(name), change.clone()));
        have.sort_unstable();
        let want: Vec<_> = want.iter().map(|(key, place)| ((*key).to_owned(), (*place).to_owned())).collect();
        assert_eq!(have, want, "{name} with {change}");
    }
}

fn loinc(code: &str) -> Value {
    json!({"coding": [{"system": "http://loinc.org", "code": code}]})
}

fn quantity(value: u32) -> Value {
    json!({"value": value, "unit": "kg", "system": UCUM, "code": "kg"})
}

#[test]
fn datatypes_are_told_where_they_break_a_rule() {
    let weight = loinc("29463-7");
    each(&[
        (
            "patient",
            json!({"contact": [{"name": {"family": "A"}}, {"gender": "female"}]}),
            &[("pat-1", "Patient.contact[1]")],
        ),
        ("patient", json!({"contact": [{"_name": {"extension": [{"url": "urn:x", "valueCode": "y"}]}}]}), &[]),
        (
            "patient",
            json!({"telecom": [{"value": "x"}, {"system": "phone", "value": "x"}]}),
            &[("cpt-2", "Patient.telecom[0]")],
        ),
        ("patient", json!({"contact": [{"telecom": [{"value": "x"}]}]}), &[("cpt-2", "Patient.contact[0].telecom[0]")]),
        (
            "observation-blood-pressure",
            json!({"code": weight, "component": null, "valueQuantity": {"value": 70, "unit": "kg", "code": "kg"}}),
            &[("qty-3", "Observation.value")],
        ),
        ("observation-blood-pressure", json!({"code": weight, "component": null, "valueQuantity": quantity(70)}), &[]),
        (
            "observation-blood-pressure",
            json!({"component": null, "valueRange": {"low": quantity(3), "high": quantity(2)}}),
            &[("rng-2", "Observation.value")],
        ),
        (
            "observation-blood-pressure",
            json!({"component": null, "valueRange": {"low": quantity(2), "high": quantity(2)}}),
            &[],
        ),
        (
            "observation-blood-pressure",
            json!({"component": null, "valueRange": {"low": quantity(3), "high": {"value": 2, "unit": "t"}}}),
            &[],
        ),
        ("observation-blood-pressure", json!({"referenceRange": [{"low": quantity(3), "high": quantity(2)}]}), &[]),
        (
            "observation-blood-pressure",
            json!({"component": null, "valueRatio": {"numerator": quantity(1)}}),
            &[("rat-1", "Observation.value")],
        ),
    ]);
}

#[test]
fn what_is_clinical_is_told_where_it_breaks_a_rule() {
    let weight = loinc("29463-7");
    each(&[
        (
            "observation-blood-pressure",
            json!({"referenceRange": [{"appliesTo": [{"text": "x"}]}]}),
            &[("obs-3", "Observation.referenceRange[0]")],
        ),
        (
            "observation-blood-pressure",
            json!({
                "code": weight, "valueQuantity": quantity(70),
                "component": [{"code": weight, "valueQuantity": quantity(70), "referenceRange": [{"type": {"text": "x"}}]}],
            }),
            &[("obs-3", "Observation.component[0].referenceRange[0]"), ("obs-7", "Observation")],
        ),
        (
            "observation-blood-pressure",
            json!({"code": weight, "valueQuantity": quantity(70), "component": [{"code": loinc("x"), "valueInteger": 1}]}),
            &[],
        ),
        ("condition-ald", json!({"stage": [{"type": {"text": "x"}}]}), &[("con-1", "Condition.stage[0]")]),
        ("condition-ald", json!({"evidence": [{"id": "x"}]}), &[("con-2", "Condition.evidence[0]")]),
    ]);
}

#[test]
fn what_is_administrative_is_told_where_it_breaks_a_rule() {
    each(&[
        (
            "appointment-noshow",
            json!({"start": "2026-01-01T08:00:00Z", "end": null}),
            &[("app-2", "Appointment"), ("app-3", "Appointment")],
        ),
        ("appointment-noshow", json!({"start": null, "end": null}), &[("app-3", "Appointment")]),
        ("appointment-noshow", json!({"start": null, "end": null, "status": "proposed"}), &[]),
        ("appointment-noshow", json!({"cancelationReason": {"text": "x"}}), &[]),
        (
            "appointment-noshow",
            json!({"cancelationReason": {"text": "x"}, "status": "booked"}),
            &[("app-4", "Appointment")],
        ),
        (
            "immunization",
            json!({"education": [{"publicationDate": "2026"}]}),
            &[("imm-1", "Immunization.education[0]")],
        ),
        ("organization", json!({"name": null, "identifier": null, "active": true}), &[("org-1", "Organization")]),
        ("organization", json!({"address": [{"use": "home", "city": "x"}]}), &[("org-2", "Organization.address[0]")]),
        (
            "organization",
            json!({"telecom": [{"use": "home", "system": "url", "value": "x"}]}),
            &[("org-3", "Organization.telecom[0]")],
        ),
    ]);
}

#[test]
fn a_team_member_acts_for_another_as_a_practitioner_alone() {
    let team = |member: &str| {
        let participant = json!({"member": {"reference": member}, "onBehalfOf": {"reference": "Organization/o"}});
        broken(&with(example("care-team"), json!({"participant": [participant]})))
    };
    let told = [("ctm-1".to_owned(), "CareTeam.participant[0]".to_owned())];
    assert_eq!(team("Organization/p"), told);
    assert_eq!(team("Practitioner/p"), []);
    assert_eq!(team("urn:uuid:4a2b7c1e-0000-4000-8000-000000000001"), []);
}

#[test]
fn our_examples_keep_every_invariant() {
    for file in std::fs::read_dir(folder().join("examples")).unwrap() {
        let path = file.unwrap().path();
        let resource: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(broken(&resource), [], "{}", path.display());
    }
}
