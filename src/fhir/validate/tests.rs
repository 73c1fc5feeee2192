//! Validation as its users see it: bad resource, code, place.

mod contained;
mod invariants;

use super::*;
use crate::domain::measure;
use crate::domain::measure::Concept;
use crate::domain::measure::ConceptCode;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Measure;
use crate::domain::measure::SameDay;
use crate::domain::measure::UnitConversion;
use crate::fhir::issue::Class;
use crate::fhir::json::tree;
use serde_json::Value;
use serde_json::json;
use std::path::Path;
use std::sync::LazyLock;

/// A value that no text may ever repeat.
const PLANTED: &str = "255050000000296";

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fhir-profiles")
}

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| Validator::new(&Profiles::load_dir(&folder()).unwrap()).unwrap());

static RULES: LazyLock<(Concepts, Measures)> = LazyLock::new(|| {
    let mut concepts = Concepts::default();
    let loinc = measure::CodeSystem { uri: "http://loinc.org".into(), aliases: vec![], dotless: false };
    let loinc = concepts.add_system(loinc);
    concepts.by_uri.insert("http://loinc.org", loinc);
    let mut measures = Measures::default();
    let rows = [
        ("weight", "29463-7", "kg", Some(("g", "0.001"))),
        ("systolic", "8480-6", "mm[Hg]", None),
        ("score", "99999-9", "{score}", Some(("", "1"))),
    ];
    for (n, (id, code, unit, conversion)) in rows.into_iter().enumerate() {
        let concept = ConceptId(n as u16);
        let coded = ConceptCode {
            system: "http://loinc.org".into(),
            code: code.into(),
            display: None,
            prefix: false,
            verified: true,
        };
        concepts.add(Concept {
            id: id.into(),
            label_fr: id.into(),
            kinds: vec![Kind::Observation],
            codes: vec![coded],
        });
        concepts.codes[0].add(code, concept);
        let conversions = conversion.into_iter().map(|(ucum, factor)| UnitConversion {
            ucum: ucum.into(),
            factor: factor.parse().unwrap(),
            offset: 0.into(),
        });
        measures.0.push(Measure {
            id: id.into(),
            label_fr: id.into(),
            concept,
            unit: unit.into(),
            conversions: conversions.collect(),
            hard_min: Some(1.into()),
            hard_max: Some(400.into()),
            soft_min: Some(2.into()),
            soft_max: Some(250.into()),
            same_day: SameDay::Latest,
            derived: None,
        });
    }
    // One code for two measures.
    (0..2).for_each(|measure| concepts.codes[0].add("77777-7", ConceptId(measure)));
    (concepts, measures)
});

fn scope(mode: Mode) -> Scope<'static> {
    Scope { mode, today: "2026-10-31".parse().unwrap(), concepts: &RULES.0, measures: &RULES.1 }
}

fn check_in(mode: Mode, resource: &Value) -> Vec<Issue> {
    let kind = Kind::from_name(resource["resourceType"].as_str().unwrap()).unwrap();
    VALIDATOR.check(kind, &tree(resource), &scope(mode))
}

fn check(resource: &Value) -> Vec<Issue> {
    check_in(Mode::Demo, resource)
}

fn errors(issues: &[Issue]) -> Vec<(&'static str, &str)> {
    let errors = issues.iter().filter(|i| i.is_error());
    errors.map(|i| (i.kind.code, i.expression.as_deref().unwrap_or(""))).collect()
}

/// Merges `change` into `base`; null takes a member away.
fn with(mut base: Value, change: Value) -> Value {
    for (member, value) in change.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().shift_remove(member);
        } else {
            base[member] = value.clone();
        }
    }
    base
}

fn example(name: &str) -> Value {
    let path = folder().join("examples").join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn patient() -> Value {
    example("patient")
}

fn weight(quantity: Value) -> Value {
    let observation = example("observation-blood-pressure");
    with(
        observation,
        json!({
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "component": null,
            "valueQuantity": quantity,
        }),
    )
}

fn kg(value: f64) -> Value {
    json!({"value": value, "unit": "Kg", "system": "http://unitsofmeasure.org", "code": "kg"})
}

/// Each change of a valid example has exactly the errors told, as (code, place).
fn table(name: &str, cases: &[(Value, &[(&str, &str)])]) {
    for (change, want) in cases {
        let resource = with(example(name), change.clone());
        let issues = check(&resource);
        let mut have = errors(&issues);
        let mut want = want.to_vec();
        have.sort_unstable();
        want.sort_unstable();
        assert_eq!(have, want, "{name} with {change}");
        for issue in &issues {
            for text in [issue.text_fr(), issue.text_en(), issue.expression.clone().unwrap_or_default()] {
                assert!(!text.contains(PLANTED) && !text.contains("EXEMPLE"), "{text}");
                assert!(!text.contains("{0}") && !text.contains("{1}") && !text.contains("{2}"), "{text}");
            }
        }
    }
}

#[test]
fn the_examples_have_no_error() {
    let mut seen = std::collections::HashSet::new();
    for (file, bytes) in &Profiles::load_dir(&folder()).unwrap().examples {
        let resource: Value = serde_json::from_slice(bytes).unwrap();
        seen.insert(Kind::from_name(resource["resourceType"].as_str().unwrap()).unwrap());
        assert_eq!(errors(&check(&resource)), [], "{file}");
    }
    assert_eq!(seen.len(), Kind::ALL.len(), "one example of each type at least");
}

#[test]
fn base_fhir_faults_name_their_place() {
    table(
        "patient",
        &[
            (json!({"birthdate": "1955-05-12"}), &[("MTR-STR-001", "Patient.birthdate")]),
            (json!({"name": [{"family": "A", "firstname": "B"}]}), &[("MTR-STR-001", "Patient.name[0].firstname")]),
            (json!({"_identifier": {"id": "x"}}), &[("MTR-STR-001", "Patient._identifier")]),
            (json!({"name": {"family": "A"}}), &[("MTR-STR-005", "Patient.name")]),
            (json!({"gender": ["female"]}), &[("MTR-STR-004", "Patient.gender")]),
            (json!({"active": "true"}), &[("MTR-STR-002", "Patient.active")]),
            (json!({"gender": 1}), &[("MTR-STR-002", "Patient.gender")]),
            (json!({"gender": "femelle"}), &[("MTR-VAL-005", "Patient.gender")]),
            (json!({"name": []}), &[("MTR-STR-006", "Patient.name")]),
            (json!({"name": [{}]}), &[("MTR-STR-006", "Patient.name[0]")]),
            (json!({"name": [{"family": ""}]}), &[("MTR-STR-006", "Patient.name[0].family")]),
            (json!({"name": [{"family": "  "}]}), &[("MTR-STR-006", "Patient.name[0].family")]),
            (json!({"name": [{"given": [null, "A"]}]}), &[("MTR-STR-008", "Patient.name[0].given[0]")]),
            (json!({"birthDate": "2023-02-31"}), &[("MTR-VAL-002", "Patient.birthDate")]),
            (json!({"birthDate": "12/05/1955"}), &[("MTR-VAL-001", "Patient.birthDate")]),
            (json!({"birthDate": "1955-05-12T00:00:00Z"}), &[("MTR-VAL-001", "Patient.birthDate")]),
            (json!({"deceasedDateTime": "2020-01-01T10:00:00"}), &[("MTR-VAL-003", "Patient.deceased")]),
            (json!({"deceasedDateTime": "2020-01-01T25:00:00Z"}), &[("MTR-VAL-002", "Patient.deceased")]),
            (json!({"deceasedBoolean": false, "deceasedDateTime": "2020"}), &[("MTR-STR-007", "Patient.deceased")]),
            (json!({"id": "a b"}), &[("MTR-RES-006", "Patient.id")]),
            (json!({"multipleBirthInteger": 3_000_000_000_u64}), &[("MTR-VAL-004", "Patient.multipleBirth")]),
            (json!({"communication": [{"preferred": true}]}), &[("MTR-STR-003", "Patient.communication[0].language")]),
            (json!({"meta": {"lastUpdated": "2026-01-01"}}), &[("MTR-VAL-007", "Patient.meta.lastUpdated")]),
            (json!({"text": {"status": "generated"}}), &[("MTR-STR-003", "Patient.text.div")]),
            (
                json!({"name": [{"period": {"start": "2024-02", "end": "2024-01-31"}}]}),
                &[("MTR-VAL-006", "Patient.name[0].period")],
            ),
            (
                json!({"name": [{"period": {"start": "2024-02-01T10:00:00Z", "end": "2024-02-01T10:30:00+01:00"}}]}),
                &[("MTR-VAL-006", "Patient.name[0].period")],
            ),
        ],
    );
}

#[test]
fn extensions_are_kept_and_modifiers_refused() {
    let url = "https://elsewhere.example/x";
    table(
        "patient",
        &[
            (json!({"extension": [{"url": url, "valueString": "x"}]}), &[]),
            (json!({"extension": [{"url": url, "extension": [{"url": "y", "valueInteger": 1}]}]}), &[]),
            (json!({"extension": [{"url": url}]}), &[("MTR-STR-009", "Patient.extension[0]")]),
            (
                json!({"extension": [{"url": url, "valueString": "x", "valueCode": "y"}]}),
                &[("MTR-STR-007", "Patient.extension[0].value")],
            ),
            (json!({"extension": [{"valueString": "x"}]}), &[("MTR-STR-003", "Patient.extension[0].url")]),
            (
                json!({"modifierExtension": [{"url": url, "valueBoolean": true}]}),
                &[("MTR-EXT-001", "Patient.modifierExtension[0]")],
            ),
            (
                json!({"contact": [{"modifierExtension": [{"url": url, "valueBoolean": true}]}]}),
                &[("MTR-EXT-001", "Patient.contact[0].modifierExtension[0]")],
            ),
            (json!({"implicitRules": url}), &[("MTR-EXT-002", "Patient.implicitRules")]),
            (
                json!({"meta": {"tag": [{"code": "x"}, {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}}),
                &[("MTR-RES-007", "Patient.meta.tag[1]")],
            ),
            (json!({"meta": {"tag": [{"system": "urn:of:mine", "code": "SUBSETTED"}]}}), &[]),
        ],
    );
}

#[test]
fn references_are_of_a_form_and_point_to_the_right_type() {
    let place = "Encounter.subject";
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!({"reference": "https://a.example/fhir/Patient/1"}), &[]),
        (json!({"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}), &[]),
        (json!({"reference": "Patient/1/_history/2", "type": "Patient"}), &[]),
        (json!({"identifier": {"system": "urn:oid:1.2", "value": "1"}}), &[]),
        (json!({"reference": "Patient"}), &[("MTR-REF-001", "Encounter.subject.reference")]),
        (json!({"reference": "urn:uuid:1"}), &[("MTR-REF-001", "Encounter.subject.reference")]),
        (json!({"reference": "Practitioner/1"}), &[("MTR-REF-002", place)]),
        (json!({"reference": "ZZSECRETEXEMPLE/1"}), &[("MTR-REF-002", place)]),
        (json!({"reference": "#p"}), &[("MTR-REF-003", place)]),
        (json!({"reference": "Patient/1", "type": "Practitioner"}), &[("MTR-REF-008", place)]),
        (json!({"reference": "Group/1"}), &[("MTR-REF-010", place)]),
        (json!({"display": "Somebody"}), &[("MTR-REF-011", place)]),
        (json!("Patient/1"), &[("MTR-STR-002", place)]),
        (json!([{"reference": "Patient/1"}]), &[("MTR-STR-004", place)]),
    ];
    for (subject, want) in cases {
        table("encounter", &[(json!({"subject": subject}), want)]);
    }
    table(
        "encounter",
        &[(json!({"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}}), &[])],
    );
}

#[test]
fn the_contract_of_a_patient() {
    let absent = json!({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]});
    table(
        "patient",
        &[
            (json!({"birthDate": null}), &[("MTR-PAT-002", "Patient.birthDate")]),
            (json!({"birthDate": null, "_birthDate": absent}), &[]),
            (json!({"birthDate": null, "_birthDate": {"id": "x"}}), &[("MTR-PAT-002", "Patient.birthDate")]),
            (json!({"birthDate": "1955"}), &[]),
            (json!({"birthDate": "1955-05"}), &[]),
            (json!({"birthDate": "2026-11-01"}), &[("MTR-PAT-003", "Patient.birthDate")]),
            (json!({"birthDate": "2026-10-31"}), &[]),
            (json!({"birthDate": "1895-10-30"}), &[("MTR-PAT-004", "Patient.birthDate")]),
            (json!({"birthDate": "1895-11-01"}), &[]),
            (json!({"deceasedDateTime": "1950"}), &[("MTR-PAT-018", "Patient.deceased")]),
            (json!({"deceasedDateTime": "2027"}), &[("MTR-PAT-019", "Patient.deceased")]),
            (json!({"identifier": null}), &[]),
            (json!({"name": null, "gender": null}), &[]),
            (json!({"gender": "other"}), &[]),
        ],
    );
}

#[test]
fn what_is_said_of_identities_is_advice_except_a_test_number_in_production() {
    let production = check_in(Mode::Production, &patient());
    assert_eq!(errors(&production), [("MTR-PAT-005", "Patient.identifier[0].system")]);
    let ins = |code: &str, oid: &str, value: &str| json!({"identifier": [{"type": {"coding": [{"code": code}]}, "system": format!("urn:oid:1.2.250.1.213.1.4.{oid}"), "value": value}]});
    let cases = [
        (ins("INS-NIR", "8", PLANTED), "", "MTR-PAT-007"),
        (ins("INS-NIR", "8", "255050000000297"), "MTR-PAT-007", "MTR-PAT-009"),
        (ins("INS-NIR", "8", "155050000000296"), "MTR-PAT-009", "MTR-PAT-008"),
        (ins("INS-NIR", "8", "256050000000296"), "MTR-PAT-010", "MTR-PAT-009"),
        (ins("INS-NIR", "8", "25505"), "MTR-PAT-008", "MTR-PAT-007"),
        (ins("NH", "8", PLANTED), "MTR-PAT-020", "MTR-PAT-007"),
        (ins("NH", "8", PLANTED), "MTR-PAT-001", "MTR-PAT-007"),
        (json!({"extension": null}), "MTR-PAT-011", "MTR-PAT-012"),
        // What is no key is not taken as one.
        (with(ins("INS-NIR", "8", "25505"), json!({"extension": null})), "MTR-PAT-008", "MTR-PAT-011"),
        (json!({"extension": null}), "MTR-PAT-015", "MTR-PAT-012"),
        (json!({"gender": null}), "MTR-PAT-016", "MTR-PAT-017"),
    ];
    for (change, said, unsaid) in cases {
        let issues = check(&with(patient(), change.clone()));
        let codes: Vec<&str> = issues.iter().map(|i| i.kind.code).collect();
        assert!(said.is_empty() || codes.contains(&said), "{change}: {codes:?}");
        assert!(!codes.contains(&unsaid), "{change}: {codes:?}");
        assert_eq!(errors(&issues), [], "{change}");
    }
}

#[test]
fn the_contract_of_an_encounter() {
    table(
        "encounter",
        &[
            (json!({"subject": null}), &[("MTR-ENC-002", "Encounter.subject")]),
            (json!({"status": null}), &[("MTR-ENC-003", "Encounter.status")]),
            (json!({"status": "noshow"}), &[("MTR-VAL-005", "Encounter.status")]),
            (json!({"class": null}), &[("MTR-ENC-004", "Encounter.class")]),
            (json!({"class": {"code": "AMB"}}), &[("MTR-ENC-004", "Encounter.class.system")]),
            (json!({"class": "AMB"}), &[("MTR-STR-002", "Encounter.class")]),
            (json!({"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"}}), &[]),
            (json!({"period": null}), &[("MTR-ENC-005", "Encounter.period")]),
            (json!({"period": {"end": "2026-03-12"}}), &[("MTR-ENC-005", "Encounter.period.start")]),
            (json!({"period": {"start": "2026-11-02"}}), &[("MTR-ENC-006", "Encounter.period")]),
            (json!({"status": "planned", "period": {"start": "2026-11-02"}}), &[]),
            (json!({"status": "planned", "period": null}), &[]),
            (json!({"status": "cancelled", "period": null}), &[]),
            (json!({"status": "in-progress", "period": null}), &[("MTR-ENC-005", "Encounter.period")]),
            (json!({"period": {"start": "2026-03-12", "end": "2026-03-11"}}), &[("MTR-VAL-006", "Encounter.period")]),
            (json!({"identifier": null, "participant": null, "serviceProvider": null}), &[]),
        ],
    );
}

#[test]
fn the_contract_of_an_observation() {
    table(
        "observation-blood-pressure",
        &[
            (json!({"status": null}), &[("MTR-OBS-001", "Observation.status")]),
            (json!({"code": null}), &[("MTR-OBS-002", "Observation.code")]),
            (json!({"code": {"text": "TA"}}), &[("MTR-OBS-002", "Observation.code.coding")]),
            (json!({"code": {"coding": [{"code": "85354-9"}]}}), &[("MTR-OBS-002", "Observation.code.coding")]),
            (json!({"code": "85354-9"}), &[("MTR-STR-002", "Observation.code")]),
            (json!({"subject": null}), &[("MTR-OBS-003", "Observation.subject")]),
            (json!({"effectiveDateTime": null}), &[("MTR-OBS-004", "Observation.effective")]),
            (json!({"component": null}), &[("MTR-OBS-005", "Observation.value")]),
            (json!({"component": null, "dataAbsentReason": {"text": "refus"}}), &[]),
            (json!({"component": null, "hasMember": [{"reference": "Observation/2"}]}), &[]),
            (json!({"component": null, "status": "registered"}), &[]),
            (
                json!({"valueString": "x", "dataAbsentReason": {"text": "x"}}),
                &[("MTR-OBS-012", "Observation.dataAbsentReason")],
            ),
            (json!({"valueString": "x", "valueInteger": 1}), &[("MTR-STR-007", "Observation.value")]),
            (
                json!({"component": [{"code": {"text": "a"}, "valueString": "x", "valueBoolean": true}]}),
                &[("MTR-STR-007", "Observation.component[0].value")],
            ),
            (json!({"effectiveDateTime": "2024-02-30"}), &[("MTR-VAL-002", "Observation.effective")]),
            (
                json!({"effectiveDateTime": "2024-02-20", "effectivePeriod": {"start": "2024"}}),
                &[("MTR-STR-007", "Observation.effective")],
            ),
            (json!({"subject": {"reference": "Device/1"}}), &[]),
        ],
    );
    table(
        "observation-mammography",
        &[
            (json!({}), &[]),
            (json!({"effectiveDateTime": null}), &[("MTR-OBS-004", "Observation.effective")]),
            (
                json!({"code": {"coding": [{"system": "http://loinc.org", "code": "24606-6"}]}}),
                &[("MTR-OBS-005", "Observation.value")],
            ),
        ],
    );
}

#[test]
fn numbers_the_rules_read_have_their_unit_and_their_bounds() {
    let place = "Observation.value";
    let ucum = "http://unitsofmeasure.org";
    let cases: &[(Value, &[(&str, &str)])] = &[
        (kg(70.5), &[]),
        (json!({"value": 70500, "system": ucum, "code": "g"}), &[]),
        (json!({"value": 70, "code": "kg"}), &[]),
        (json!({"value": 70, "system": ucum, "code": "cm"}), &[("MTR-OBS-006", place)]),
        (json!({"value": 70, "unit": "kg"}), &[("MTR-OBS-007", place)]),
        (json!({"value": 70, "system": "https://units.example", "code": "kg"}), &[("MTR-OBS-010", place)]),
        (kg(700.0), &[("MTR-OBS-008", place)]),
        (json!({"value": 0.5, "system": ucum, "code": "g"}), &[("MTR-OBS-008", place)]),
        (json!({"value": "70", "system": ucum, "code": "kg"}), &[("MTR-STR-002", "Observation.value.value")]),
    ];
    for (quantity, want) in cases {
        assert_eq!(errors(&check(&weight(quantity.clone()))), *want, "{quantity}");
    }
    let unlikely = check(&weight(kg(300.0)));
    assert!(unlikely.iter().any(|i| i.kind.code == "MTR-OBS-009" && !i.is_error()));
    let retracted = with(weight(kg(700.0)), json!({"status": "entered-in-error"}));
    assert_eq!(errors(&check(&retracted)), []);
    let mut pressure = example("observation-blood-pressure");
    pressure["component"][0]["valueQuantity"]["code"] = json!("kPa");
    assert_eq!(errors(&check(&pressure)), [("MTR-OBS-006", "Observation.component[0].value")]);
    let score = with(
        weight(kg(1.0)),
        json!({
            "code": {"coding": [{"system": "http://loinc.org", "code": "99999-9"}]}, "valueQuantity": null, "valueInteger": 12,
        }),
    );
    assert_eq!(errors(&check(&score)), []);
}

#[test]
fn of_a_code_for_two_measures_the_unit_tells_which_is_meant() {
    let (place, ucum) = ("Observation.value", "http://unitsofmeasure.org");
    let coded = |codes: &[&str], quantity: &Value| {
        let codings: Vec<Value> =
            codes.iter().map(|code| json!({"system": "http://loinc.org", "code": code})).collect();
        with(weight(quantity.clone()), json!({"code": {"coding": codings}}))
    };
    let pressure = |value: u16| json!({"value": value, "system": ucum, "code": "mm[Hg]"});
    type Case<'a> = (&'a [&'a str], Value, &'a [(&'a str, &'a str)]);
    let cases: &[Case<'_>] = &[
        (&["77777-7"], kg(70.5), &[]),
        (&["77777-7"], pressure(120), &[]),
        (&["77777-7"], kg(700.0), &[("MTR-OBS-008", place)]),
        (&["77777-7"], pressure(700), &[("MTR-OBS-008", place)]),
        // Neither of both: the code alone counts.
        (&["77777-7"], json!({"value": 70, "system": ucum, "code": "cm"}), &[]),
        (&["77777-7"], json!({"value": 700}), &[]),
        // A code of one measure beside it keeps its own unit.
        (&["29463-7", "77777-7"], json!({"value": 70}), &[("MTR-OBS-007", place)]),
        (&["29463-7", "77777-7"], kg(700.0), &[("MTR-OBS-008", place)]),
    ];
    for (codes, quantity, want) in cases {
        assert_eq!(errors(&check(&coded(codes, quantity))), *want, "{codes:?} {quantity}");
    }
}

#[test]
fn codes_of_our_systems_are_known_or_said() {
    let gir = |value: Value| {
        with(
            example("observation-precar"),
            json!({
                "code": {"coding": [{"system": "https://mtr-gateway.example/fhir/CodeSystem/mtr-observation", "code": "gir"}]},
                "valueInteger": value,
            }),
        )
    };
    assert_eq!(errors(&check(&gir(json!(4)))), []);
    assert_eq!(errors(&check(&gir(json!(7)))), [("MTR-OBS-016", "Observation.value")]);
    let mut flag = example("flag-typologie");
    flag["category"][0]["coding"][0]["code"] = json!("nourisson");
    let issues = check(&flag);
    assert_eq!(errors(&issues), [("MTR-COD-001", "Flag.category[0].coding[0].code")]);
    assert!(issues[0].text_fr().contains("(nourrisson ?)"), "{}", issues[0].text_fr());
    let mut evidence = example("observation-mammography");
    evidence["code"]["coding"][0]["code"] = json!("mamography");
    let issues = check(&evidence);
    assert_eq!(errors(&issues), []);
    assert!(issues.iter().any(|i| i.kind.code == "MTR-COD-002"), "a catalogue may add codes: only advice");
    evidence["code"]["coding"][0]["code"] = json!("refused:breast-cancer");
    assert!(check(&evidence).iter().all(|i| i.kind.code != "MTR-COD-002"));
}

#[test]
fn the_contract_of_problems_and_rights() {
    let right = |code: &str| json!({"coding": [{"system": "https://mtr-gateway.example/fhir/CodeSystem/coverage-right", "code": code}]});
    table(
        "condition-ald",
        &[
            (json!({"subject": null}), &[("MTR-CON-001", "Condition.subject")]),
            (json!({"code": null}), &[("MTR-CON-002", "Condition.code")]),
            (json!({"abatementDateTime": "2018"}), &[("MTR-CON-008", "Condition.abatement")]),
            (json!({"onsetPeriod": {"start": "2019"}}), &[("MTR-STR-007", "Condition.onset")]),
            (json!({"onsetDateTime": null}), &[]),
            (
                json!({"clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "actif"}]}}),
                &[("MTR-VAL-005", "Condition.clinicalStatus")],
            ),
        ],
    );
    table(
        "coverage-ald",
        &[
            (json!({"beneficiary": null}), &[("MTR-COV-001", "Coverage.beneficiary")]),
            (json!({"type": null}), &[("MTR-COV-002", "Coverage.type")]),
            (json!({"payor": null}), &[("MTR-STR-003", "Coverage.payor")]),
            (json!({"type": right("c2s"), "period": null}), &[("MTR-COV-003", "Coverage.period")]),
            (json!({"type": right("amo"), "period": null}), &[]),
        ],
    );
}

#[test]
fn the_contract_of_the_other_types() {
    table("care-team", &[(json!({"subject": null}), &[("MTR-CTM-001", "CareTeam.subject")])]);
    table(
        "appointment-noshow",
        &[
            (json!({"status": null}), &[("MTR-APT-001", "Appointment.status")]),
            (json!({"start": null}), &[("MTR-APT-003", "Appointment.start")]),
            (json!({"start": null, "status": "cancelled"}), &[]),
            (json!({"participant": null}), &[("MTR-APT-002", "Appointment.participant")]),
            (
                json!({"participant": [{"actor": {"reference": "Practitioner/1"}, "status": "accepted"}]}),
                &[("MTR-APT-002", "Appointment.participant")],
            ),
            (json!({"end": "2026-04-02T09:00:00+02:00"}), &[("MTR-VAL-006", "Appointment")]),
            (json!({"start": "2026-04-02"}), &[("MTR-VAL-007", "Appointment.start")]),
        ],
    );
    table(
        "immunization",
        &[
            (json!({"occurrenceDateTime": null}), &[("MTR-STR-003", "Immunization.occurrence")]),
            (json!({"occurrenceDateTime": null, "occurrenceString": "vers 2010"}), &[]),
            (json!({"vaccineCode": null}), &[("MTR-STR-003", "Immunization.vaccineCode")]),
        ],
    );
    table(
        "procedure-refused",
        &[
            (json!({"status": null, "_status": {"id": "s"}}), &[]),
            (json!({"status": null}), &[("MTR-STR-003", "Procedure.status")]),
        ],
    );
    table(
        "questionnaire-response",
        &[
            (json!({"item": [{"text": "x"}]}), &[("MTR-STR-003", "QuestionnaireResponse.item[0].linkId")]),
            (
                json!({"item": [{"linkId": "1", "item": [{"linkId": "2", "answer": [{"valueInteger": 1, "valueString": "x"}]}]}]}),
                &[("MTR-STR-007", "QuestionnaireResponse.item[0].item[0].answer[0].value")],
            ),
            (json!({"subject": null}), &[]),
        ],
    );
    table(
        "practitioner-role",
        &[
            (
                json!({"availableTime": [{"daysOfWeek": ["lundi"]}]}),
                &[("MTR-VAL-005", "PractitionerRole.availableTime[0].daysOfWeek[0]")],
            ),
            (
                json!({"availableTime": [{"availableStartTime": "8:30"}]}),
                &[("MTR-VAL-001", "PractitionerRole.availableTime[0].availableStartTime")],
            ),
        ],
    );
    table("location", &[(json!({"position": {"longitude": 2.3}}), &[("MTR-STR-003", "Location.position.latitude")])]);
}

#[test]
fn all_faults_of_a_resource_are_reported_at_once() {
    table(
        "patient",
        &[(
            json!({
                "gender": "femelle", "birthDate": "2023-02-31", "surname": "x", "active": "oui",
                "name": [{"given": "A"}], "modifierExtension": [{"url": "https://x.example", "valueBoolean": true}],
                "managingOrganization": {"reference": "Patient/1"},
            }),
            &[
                ("MTR-VAL-005", "Patient.gender"),
                ("MTR-VAL-002", "Patient.birthDate"),
                ("MTR-STR-001", "Patient.surname"),
                ("MTR-STR-002", "Patient.active"),
                ("MTR-STR-005", "Patient.name[0].given"),
                ("MTR-EXT-001", "Patient.modifierExtension[0]"),
                ("MTR-REF-002", "Patient.managingOrganization"),
            ],
        )],
    );
}

#[test]
fn an_identifier_is_never_repeated_wherever_it_is_planted() {
    let places = [
        json!({PLANTED: 1}),
        json!({"gender": PLANTED}),
        json!({"birthDate": PLANTED}),
        json!({"id": format!("{PLANTED}!")}),
        json!({"identifier": PLANTED}),
        json!({"identifier": [{"value": [PLANTED]}]}),
        json!({"active": PLANTED}),
        json!({"managingOrganization": {"reference": PLANTED}}),
        json!({"identifier": [{"use": PLANTED}]}),
        json!({"managingOrganization": {"reference": format!("Patient/{PLANTED}")}}),
        json!({"name": [{"given": [[PLANTED]]}]}),
        json!({"contained": [{"resourceType": "X", PLANTED: {"modifierExtension": [{"url": PLANTED}]}}]}),
        json!({"maritalStatus": {"coding": [{"system": "https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie", "code": PLANTED}]}}),
        json!({"maritalStatus": {"coding": [{"system": format!("https://mtr-gateway.example/fhir/CodeSystem/{PLANTED}"), "code": "x"}]}}),
    ];
    for change in places {
        let issues = check(&with(patient(), change.clone()));
        assert!(!issues.is_empty(), "{change}");
        for issue in issues {
            let told = format!("{} {} {:?}", issue.text_fr(), issue.text_en(), issue);
            assert!(!told.contains(PLANTED), "{change}: {told}");
        }
    }
}

#[test]
fn unknown_elements_get_the_nearest_name() {
    let issues = check(&with(patient(), json!({"birthdate": "1955"})));
    let unknown = issues.iter().find(|i| i.kind.code == "MTR-STR-001").unwrap();
    assert!(unknown.text_fr().ends_with("R4 (birthDate ?)."), "{}", unknown.text_fr());
}

#[test]
fn what_base_fhir_allows_is_not_refused() {
    table(
        "patient",
        &[
            (
                json!({"meta": {"profile": ["http://interopsante.org/fhir/StructureDefinition/FrPatient", "https://x.example/p|9"]}}),
                &[],
            ),
            (
                json!({"name": [{"given": [null, "A"], "_given": [{"extension": [{"url": "https://x.example", "valueString": "x"}]}]}]}),
                &[],
            ),
            (json!({"_gender": {"extension": [{"url": "https://x.example", "valueCode": "x"}]}}), &[]),
            (
                json!({"contained": [{"resourceType": "Organization", "id": "o", "name": "x"}], "managingOrganization": {"reference": "#o"}}),
                &[],
            ),
            (
                json!({"text": {"status": "additional", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}),
                &[],
            ),
            (json!({"maritalStatus": {"text": "x"}, "multipleBirthBoolean": true, "language": "fr-FR"}), &[]),
            (json!({"photo": [{"contentType": "image/png", "data": "iVBORw0K", "creation": "2020"}]}), &[]),
            (
                json!({"deceasedBoolean": true, "link": [{"other": {"reference": "Patient/2"}, "type": "replaced-by"}]}),
                &[],
            ),
        ],
    );
}

#[test]
fn a_bundle_received_is_a_batch_or_a_transaction_whose_entries_ask_something() {
    let entry = json!({"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}});
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}), &[]),
        (json!({"resourceType": "Bundle", "type": "batch"}), &[]),
        (json!({"resourceType": "Bundle", "type": "searchset"}), &[("MTR-BDL-001", "Bundle.type")]),
        (json!({"resourceType": "Bundle"}), &[("MTR-CTR-001", "Bundle.type")]),
        (
            json!({"resourceType": "Bundle", "type": "batch", "entry": [entry, {"fullUrl": "urn:x"}]}),
            &[("MTR-BDL-002", "Bundle.entry[1].request")],
        ),
        (
            json!({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "PUTT", "url": "Patient/1"}}]}),
            &[("MTR-VAL-005", "Bundle.entry[0].request.method")],
        ),
        (
            json!({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET"}}]}),
            &[("MTR-STR-003", "Bundle.entry[0].request.url")],
        ),
    ];
    for (bundle, want) in cases {
        assert_eq!(errors(&VALIDATOR.check_shell(Shell::Bundle, &tree(bundle), &scope(Mode::Demo))), *want, "{bundle}");
    }
    let parameters = json!({"resourceType": "Parameters", "parameter": [{"name": "date", "valueDate": "2026-02-30"}]});
    let issues = VALIDATOR.check_shell(Shell::Parameters, &tree(&parameters), &scope(Mode::Demo));
    assert_eq!(errors(&issues), [("MTR-VAL-002", "Parameters.parameter[0].value")]);
}

#[test]
fn base_faults_and_contract_faults_are_told_apart() {
    let class = |change: Value| {
        check(&with(example("encounter"), change)).into_iter().find(Issue::is_error).unwrap().kind.class
    };
    assert_eq!(class(json!({"unknown": 1})), Class::Malformed);
    assert_eq!(class(json!({"length": {"value": "x"}})), Class::Malformed);
    assert_eq!(class(json!({"subject": null})), Class::Contract);
    assert_eq!(class(json!({"status": null})), Class::Contract);
}

#[test]
fn what_the_birth_date_says_of_an_observation() {
    let codes = |observation: Value, birth: &str| -> Vec<&'static str> {
        subject_advice(&tree(&observation), birth.parse().unwrap()).iter().map(|i| i.kind.code).collect()
    };
    let precar = example("observation-precar");
    assert_eq!(codes(precar.clone(), "2015-03-01"), ["MTR-OBS-013"]);
    assert_eq!(codes(precar.clone(), "1980-03-01"), [""; 0]);
    assert_eq!(codes(precar.clone(), "2026-02-01"), ["MTR-OBS-015"]);
    assert_eq!(codes(with(precar, json!({"effectiveDateTime": "2026"})), "2026-02-01"), ["MTR-OBS-013"]);
}

#[test]
fn a_withdrawn_resource_is_asked_what_base_fhir_asks_alone() {
    let void = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
        "code": "entered-in-error"}]});
    let subject = json!({"reference": "Patient/p"});
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!({"resourceType": "Observation", "code": {"text": "poids"}, "subject": subject}), &[]),
        (json!({"resourceType": "Observation", "code": {"text": "poids"}}), &[]),
        (json!({"resourceType": "Observation", "subject": subject}), &[("MTR-STR-003", "Observation.code")]),
        (json!({"resourceType": "Encounter", "class": {"code": "AMB"}}), &[]),
        (json!({"resourceType": "CareTeam"}), &[]),
        (json!({"resourceType": "Coverage", "beneficiary": subject, "payor": [{"display": "CPAM"}]}), &[]),
        (
            json!({"resourceType": "Observation", "code": {"text": "poids"}, "subject": {"reference": "Group/g"}}),
            &[("MTR-REF-010", "Observation.subject")],
        ),
        (
            json!({"resourceType": "Observation", "code": {"text": "poids"}, "zorglub": 1}),
            &[("MTR-STR-001", "Observation.zorglub")],
        ),
    ];
    for (resource, want) in cases {
        let withdrawn = with(resource.clone(), json!({"status": "entered-in-error"}));
        assert_eq!(errors(&check(&withdrawn)), *want, "{resource}");
    }
    let condition = json!({"resourceType": "Condition", "subject": subject});
    assert_eq!(errors(&check(&condition)), [("MTR-CON-002", "Condition.code")]);
    assert_eq!(errors(&check(&with(condition, json!({"verificationStatus": void})))), []);
}
