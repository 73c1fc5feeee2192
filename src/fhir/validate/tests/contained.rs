//! Resources that stand in another one.

use super::*;

/// A Flag with these contained resources.
fn contained(resources: Value) -> Value {
    with(example("flag-typologie"), json!({"contained": resources}))
}

#[test]
fn a_contained_resource_has_the_elements_of_its_type() {
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!([{"resourceType": "Practitioner", "id": "a", "foo": 1}]), &[("MTR-STR-001", "Flag.contained[0].foo")]),
        (
            json!([{"resourceType": "Device", "id": "d", "foo": 1}, {"resourceType": "Organization", "id": "o", "name": ["x"]}]),
            &[("MTR-STR-004", "Flag.contained[1].name")],
        ),
        (
            json!([{"resourceType": "Patient", "id": "a", "birthDate": "2023-02-31"}]),
            &[("MTR-VAL-002", "Flag.contained[0].birthDate")],
        ),
        (
            json!([{"resourceType": "Observation", "id": "a", "status": "final"}]),
            &[("MTR-STR-003", "Flag.contained[0].code")],
        ),
        (
            json!([{"resourceType": "Practitioner", "id": "a", "gender": "x"}]),
            &[("MTR-VAL-005", "Flag.contained[0].gender")],
        ),
        (
            json!([{"resourceType": "Location", "id": "a", "managingOrganization": {"reference": "Patient/1"}}]),
            &[("MTR-REF-002", "Flag.contained[0].managingOrganization")],
        ),
        // What stands for nobody need not be complete: the contract asks nothing of it.
        (json!([{"resourceType": "Patient", "id": "a", "name": [{"text": "x"}]}]), &[]),
        (json!([{"resourceType": "Observation", "id": "a", "status": "final", "code": {"text": "x"}}]), &[]),
        (
            json!([{"resourceType": "Coverage", "id": "a", "status": "active", "beneficiary": {"reference": "Patient/1"},
            "payor": [{"display": "x"}]}]),
            &[],
        ),
        (json!([{"resourceType": "Encounter", "id": "a", "status": "finished", "class": {"code": "AMB"}}]), &[]),
        (
            json!([{"resourceType": "Appointment", "id": "a", "status": "proposed", "participant": [{"status": "accepted"}]}]),
            &[],
        ),
        (json!([{"resourceType": "Medication", "id": "a", "whatever": {"x": [1]}}]), &[]),
        (json!([{"resourceType": "Bundle", "id": "a", "type": "collection"}]), &[]),
    ];
    for (resources, want) in cases {
        assert_eq!(errors(&check(&contained(resources.clone()))), *want, "{resources}");
    }
}

#[test]
fn a_contained_resource_has_an_id_of_its_own_and_nothing_of_a_container() {
    let device = |changes: Value| with(json!({"resourceType": "Device", "id": "d"}), changes);
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!([device(json!({}))]), &[]),
        (json!([device(json!({"meta": {"profile": ["https://a.example/p"], "tag": [{"code": "x"}]}}))]), &[]),
        (json!([device(json!({"resourceType": "Zork"}))]), &[("MTR-RES-008", "Flag.contained[0].resourceType")]),
        (
            json!([device(json!({"resourceType": "DomainResource"}))]),
            &[("MTR-RES-008", "Flag.contained[0].resourceType")],
        ),
        (json!([device(json!({"resourceType": null}))]), &[("MTR-STR-003", "Flag.contained[0].resourceType")]),
        (json!([device(json!({"id": null}))]), &[("MTR-RES-009", "Flag.contained[0].id")]),
        (json!([device(json!({"id": "a_b"}))]), &[("MTR-RES-006", "Flag.contained[0].id")]),
        (json!([device(json!({"id": 1}))]), &[("MTR-RES-006", "Flag.contained[0].id")]),
        (
            json!([device(json!({})), {"resourceType": "Practitioner", "id": "d"}, device(json!({"id": "e"}))]),
            &[("MTR-RES-010", "Flag.contained[1].id")],
        ),
        (
            json!([device(json!({"contained": [device(json!({"id": "e"}))]}))]),
            &[("MTR-RES-011", "Flag.contained[0].contained")],
        ),
        (json!([device(json!({"meta": {"versionId": "1"}}))]), &[("MTR-RES-012", "Flag.contained[0].meta.versionId")]),
        (
            json!([device(json!({"meta": {"lastUpdated": "2026-01-01T00:00:00Z", "security": [{"code": "R"}]}}))]),
            &[
                ("MTR-RES-012", "Flag.contained[0].meta.lastUpdated"),
                ("MTR-RES-012", "Flag.contained[0].meta.security"),
            ],
        ),
        (
            json!([device(json!({"text": {"status": "generated", "div": "<div><script/></div>"}}))]),
            &[("MTR-STR-011", "Flag.contained[0].text.div")],
        ),
    ];
    for (resources, want) in cases {
        assert_eq!(errors(&check(&contained(resources.clone()))), *want, "{resources}");
    }
}

#[test]
fn a_narrative_is_formatted_text() {
    for (div, want) in [
        ("<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href='javascript:x'>x</a></div>", true),
        ("<div xmlns=\"http://www.w3.org/1999/xhtml\" onclick='x'/>", true),
        ("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='a'>x<br/></div>", false),
    ] {
        let resource = with(patient(), json!({"text": {"status": "generated", "div": div}}));
        let want: &[(&str, &str)] = if want { &[("MTR-STR-011", "Patient.text.div")] } else { &[] };
        assert_eq!(errors(&check(&resource)), want, "{div}");
    }
}
