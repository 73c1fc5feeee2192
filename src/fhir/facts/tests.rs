use super::*;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::fact::Value as Measured;
use crate::domain::fact::*;
use crate::domain::measure::PREVENTION_EVIDENCE;
use crate::fhir::facts::date::Moment;
use crate::fhir::json::tree;
use rust_decimal::Decimal;
use serde_json::json;

const BASE: &str = "https://gw.example/fhir";
const NOT_ASKED: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
const LOINC: &str = "http://loinc.org";
const KEY: HashKey = HashKey([3; 32]);
const UCUM: &str = "http://unitsofmeasure.org";

fn read(kind: Kind, resource: serde_json::Value) -> Fact {
    fact(kind, &tree(&resource), BASE, &KEY).unwrap()
}

fn act(kind: Kind, resource: serde_json::Value) -> ActFact {
    let Fact::Act(act) = read(kind, resource) else { panic!() };
    act
}

fn at(text: &str) -> Option<When> {
    Some(Moment::read(text).unwrap().when())
}

fn span(start: &str, end: &str) -> Period {
    let end_of = |text: &str| if text.is_empty() { None } else { at(text) };
    Period { start: end_of(start), end: end_of(end) }
}

fn coded(system: &str, code: &str) -> serde_json::Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn evidence(code: &str) -> Coding {
    Coding::new(PREVENTION_EVIDENCE, code)
}

#[test]
fn a_patient_is_read_with_its_doctors_and_its_death() {
    let full = json!({
        "resourceType": "Patient", "birthDate": "1950-02", "gender": "female",
        "deceasedDateTime": "2026-03-01T00:30:00+02:00",
        "identifier": [
            {"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "255050000000296"},
            {"system": "http://ipp", "value": "3", "type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "PI")}
        ],
        "generalPractitioner": [
            {"reference": "Practitioner/dr"}, {"identifier": {"value": "x"}}, {"reference": "#x"},
            {"reference": "https://gw.example/fhir/PractitionerRole/r/_history/3"}, {"reference": "https://else/fhir/Practitioner/9"}
        ],
        "managingOrganization": {"reference": "Organization/o"},
        "link": [{"type": "seealso", "other": {"reference": "Patient/a"}}, {"type": "replaced-by", "other": {"reference": "Patient/b"}}]
    });
    let Fact::Patient(PatientFact { persons, .. }) = read(Kind::Patient, full.clone()) else { unreachable!() };
    assert_eq!(persons.len(), 1, "one INS is a key");
    let want = PatientFact {
        birth: Some("1950-02".parse().unwrap()),
        sex: Sex::Female,
        death: Death::On(at("2026-02-28T23:30:00").unwrap()),
        identity: Identity { ins_key: true, pi: true },
        general_practitioners: vec![
            Named::resource(Kind::Practitioner, "dr"),
            Named::Untold,
            Named::Untold,
            Named::resource(Kind::PractitionerRole, "r"),
            Named::Untold,
        ],
        managing_organization: Some(Reference::new(Kind::Organization, "o")),
        replaced_by: vec!["b".into()],
        replaces: Vec::new(),
        persons,
    };
    assert_eq!(read(Kind::Patient, full), Fact::Patient(want));
    let cases = [
        (json!({}), Death::None),
        (json!({"deceasedBoolean": false}), Death::None),
        (json!({"deceasedBoolean": true}), Death::Undated),
        (json!({"deceasedDateTime": "2026"}), Death::On(at("2026").unwrap())),
        (json!({"deceasedDateTime": "hier"}), Death::Undated),
    ];
    for (resource, want) in cases {
        let Fact::Patient(patient) = read(Kind::Patient, resource) else { panic!() };
        assert_eq!((patient.death, patient.sex, patient.birth), (want, Sex::Unknown, None));
    }
}

#[test]
fn the_status_of_an_act_says_whether_it_counts() {
    use ActState::*;
    let cases: [(Kind, &str, ActState); 20] = [
        (Kind::Observation, "final", Done),
        (Kind::Observation, "amended", Done),
        (Kind::Observation, "corrected", Done),
        (Kind::Observation, "appended", Ignored),
        (Kind::Observation, "preliminary", Ignored),
        (Kind::Observation, "entered-in-error", Ignored),
        (Kind::Observation, "cancelled", Ignored),
        (Kind::DiagnosticReport, "appended", Done),
        (Kind::DiagnosticReport, "partial", Ignored),
        (Kind::Procedure, "completed", Done),
        (Kind::Procedure, "not-done", NotDone),
        (Kind::Procedure, "in-progress", Ignored),
        (Kind::Procedure, "preparation", Ignored),
        (Kind::Immunization, "completed", Done),
        (Kind::Immunization, "not-done", NotDone),
        (Kind::Immunization, "entered-in-error", Ignored),
        (Kind::QuestionnaireResponse, "completed", Done),
        (Kind::QuestionnaireResponse, "amended", Done),
        (Kind::QuestionnaireResponse, "in-progress", Ignored),
        (Kind::QuestionnaireResponse, "stopped", Ignored),
    ];
    for (kind, status, want) in cases {
        assert_eq!(act(kind, json!({"status": status})).state, want, "{kind:?} {status}");
        assert_eq!(act(kind, json!({})).state, Ignored);
    }
}

#[test]
fn every_form_of_value_is_read() {
    let quantity = |value: &str, unit: Option<&str>| Measured::Quantity {
        value: value.parse().unwrap(),
        unit: unit.map(Into::into),
    };
    let bounded = |comparator, value: &str, unit: Option<&str>| Measured::Bounded {
        comparator,
        value: value.parse().unwrap(),
        unit: unit.map(Into::into),
    };
    let cases = [
        (r#"{}"#, Measured::None),
        (
            r#"{"valueQuantity":{"value":71.50,"unit":"Kg","system":"http://unitsofmeasure.org","code":"kg"}}"#,
            quantity("71.5", Some("kg")),
        ),
        (r#"{"valueQuantity":{"value":1e2,"code":"mm[Hg]"}}"#, quantity("100", Some("mm[Hg]"))),
        (r#"{"valueQuantity":{"value":0.1,"unit":"kg"}}"#, quantity("0.1", None)),
        (
            r#"{"valueQuantity":{"value":1e-7,"system":"http://snomed.info/sct","code":"258683005"}}"#,
            quantity("0.0000001", None),
        ),
        (
            r#"{"valueQuantity":{"value":-12,"system":"https://unitsofmeasure.org/","code":"Cel"}}"#,
            quantity("-12", Some("Cel")),
        ),
        (r#"{"valueQuantity":{"comparator":">","value":90}}"#, bounded(Comparator::Above, "90", None)),
        (
            r#"{"valueQuantity":{"comparator":"<=","value":4,"code":"g/L"}}"#,
            bounded(Comparator::AtMost, "4", Some("g/L")),
        ),
        (r#"{"valueQuantity":{"comparator":"~","value":4}}"#, Measured::Other),
        (r#"{"valueQuantity":{"unit":"kg"}}"#, Measured::None),
        (r#"{"valueQuantity":{"value":1e40}}"#, Measured::Other),
        (r#"{"valueInteger":45}"#, Measured::Integer(45)),
        (r#"{"valueBoolean":false}"#, Measured::Boolean(false)),
        (
            r#"{"valueCodeableConcept":{"coding":[{"code":" home "},{"system":"s"}]}}"#,
            Measured::Coded(vec![Coding::new("", "home")]),
        ),
        (r#"{"valueCodeableConcept":{"text":"chez lui"}}"#, Measured::Other),
        (r#"{"valueString":"12"}"#, Measured::Other),
        (r#"{"valueRange":{}}"#, Measured::Other),
        (r#"{"valueset":1}"#, Measured::None),
    ];
    for (text, want) in cases {
        let holder: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(act(Kind::Observation, holder.clone()).value, want, "{text}");
        let inside = act(Kind::Observation, json!({"component": [holder]}));
        assert_eq!(inside.components[0].value, want, "{text}");
    }
}

#[test]
fn an_observation_is_read_whole() {
    let resource = json!({
        "status": "final", "code": {"coding": [{"system": LOINC, "code": "85354-9"}, {"system": "local", "code": "TA", "display": "Tension"}], "text": "TA"},
        "effectiveDateTime": "2026-01-31T23:30:00Z",
        "valueQuantity": {"value": 12, "system": UCUM, "code": "ug/g"},
        "referenceRange": [{"high": {"value": 10.50, "system": UCUM, "code": "ug/g"}}, {"high": {"value": 99}}],
        "interpretation": [coded("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "A")],
        "component": [
            {"code": coded(LOINC, "8480-6"), "valueQuantity": {"value": 128, "code": "mm[Hg]"}},
            {"code": coded(LOINC, "8462-4"), "dataAbsentReason": coded("x", "unknown")}
        ]
    });
    let want = ActFact {
        state: ActState::Done,
        codings: vec![Coding::new(LOINC, "85354-9"), Coding::new("local", "TA")].into(),
        when: at("2026-02-01T00:30:00"),
        period: None,
        value: Measured::Quantity { value: Decimal::from(12), unit: Some("ug/g".into()) },
        absent: false,
        components: vec![
            Component {
                codings: [Coding::new(LOINC, "8480-6")].into(),
                value: Measured::Quantity { value: Decimal::from(128), unit: Some("mm[Hg]".into()) },
                absent: false,
            },
            Component { codings: [Coding::new(LOINC, "8462-4")].into(), value: Measured::None, absent: true },
        ],
        interpretation: vec![Coding::new("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "A")],
        reference_high: Some("10.5".parse().unwrap()),
        reasons: vec![],
    };
    assert_eq!(read(Kind::Observation, resource), Fact::Act(want));
}

#[test]
fn an_act_is_dated_by_the_start_of_what_it_says() {
    use Kind::*;
    let period = json!({"start": "2025-01-10", "end": "2026-02"});
    let cases = [
        (Observation, json!({"effectiveInstant": "2026-05-01T10:00:00.5Z"}), at("2026-05-01T12:00:00"), None),
        (Observation, json!({"effectivePeriod": period}), at("2025-01-10"), Some(span("2025-01-10", "2026-02"))),
        (Observation, json!({"effectivePeriod": {"end": "2026"}}), None, Some(span("", "2026"))),
        (
            Observation,
            json!({"effectiveTiming": {"event": ["2026-02-03", "2026-02-05", "2026-02-04"]}}),
            at("2026-02-05"),
            None,
        ),
        (
            Observation,
            json!({"effectiveTiming": {"code": {"text": "x"}}, "issued": "2026-01-01T00:00:00Z"}),
            None,
            None,
        ),
        (Procedure, json!({"performedDateTime": "2024"}), at("2024"), None),
        (Procedure, json!({"performedPeriod": period}), at("2025-01-10"), Some(span("2025-01-10", "2026-02"))),
        (Procedure, json!({"performedString": "2024"}), None, None),
        (Procedure, json!({"performedAge": {"value": 30}}), None, None),
        (Immunization, json!({"occurrenceDateTime": "2024-10-15"}), at("2024-10-15"), None),
        (Immunization, json!({"occurrenceString": "2024-10-15"}), None, None),
        (
            DiagnosticReport,
            json!({"effectiveDateTime": "2024-03", "issued": "2026-01-01T00:00:00Z"}),
            at("2024-03"),
            None,
        ),
        (DiagnosticReport, json!({"issued": "2026-01-01T00:00:00Z"}), at("2026-01-01T01:00:00"), None),
        (QuestionnaireResponse, json!({"authored": "2026-01-01"}), at("2026-01-01"), None),
    ];
    for (kind, resource, when, period) in cases {
        let found = act(kind, resource.clone());
        assert_eq!((found.when, found.period), (when, period), "{resource}");
    }
}

#[test]
fn an_absent_value_is_told_in_four_ways() {
    let url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    for (resource, want) in [
        (json!({"dataAbsentReason": {"text": "refus"}}), true),
        (json!({"_valueInteger": {"extension": [{"url": url, "valueCode": "unknown"}]}}), true),
        (json!({"_valueInteger": {"extension": [{"url": "x"}]}}), false),
        (json!({"valueInteger": 1}), false),
        (json!({"valueCodeableConcept": coded(NOT_ASKED, "asked-declined")}), true),
        (
            json!({"valueCodeableConcept": {"coding": [{"system": NOT_ASKED, "code": "x"}, {"system": "s", "code": "1"}]}}),
            false,
        ),
    ] {
        let found = act(Kind::Observation, resource.clone());
        assert_eq!(found.absent, want, "{resource}");
        assert!(!want || found.value == Measured::None, "{resource}");
    }
    let answer = |value: serde_json::Value| json!({"status": "completed", "item": [{"linkId": "tobacco-status", "answer": [value]}]});
    let told = |value| act(Kind::QuestionnaireResponse, answer(value)).codings.contains(&evidence("tobacco-status"));
    assert!(told(json!({"valueCoding": {"system": "s", "code": "never"}})));
    assert!(!told(json!({"valueCoding": {"system": NOT_ASKED, "code": "asked-declined"}})));
}

#[test]
fn a_limit_in_another_unit_is_no_limit() {
    let with = |high: serde_json::Value| {
        act(
            Kind::Observation,
            json!({"valueQuantity": {"value": 12, "code": "ug/g"}, "referenceRange": [{"high": high}]}),
        )
        .reference_high
    };
    assert_eq!(with(json!({"value": 10, "code": "ug/g"})), Some(Decimal::from(10)));
    assert_eq!(with(json!({"value": 10})), Some(Decimal::from(10)));
    assert_eq!(with(json!({"value": 10, "code": "ng/mL"})), None);
    assert_eq!(with(json!({})), None);
}

#[test]
fn what_was_not_done_says_why() {
    let refusal = coded("http://snomed.info/sct", "105480006");
    let cause = json!([coded("http://hl7.org/fhir/sid/icd-10", "Z28.1")]);
    let sct = Coding::new("http://snomed.info/sct", "105480006");
    let icd = Coding::new("http://hl7.org/fhir/sid/icd-10", "Z28.1");
    for kind in [Kind::Procedure, Kind::Immunization] {
        let not_done = act(kind, json!({"status": "not-done", "statusReason": refusal, "reasonCode": cause}));
        assert_eq!(not_done.reasons, [sct.clone(), icd.clone()]);
        let done = act(kind, json!({"status": "completed", "reasonCode": cause}));
        assert_eq!(done.reasons, []);
    }
}

#[test]
fn a_questionnaire_is_evidence_where_it_was_answered() {
    let found = act(
        Kind::QuestionnaireResponse,
        json!({
            "status": "completed", "authored": "2026-01-02T10:00:00+01:00",
            "questionnaire": "https://mtr-gateway.example/fhir/Questionnaire/depression-screening|1.2",
            "item": [
                {"linkId": "group", "item": [
                    {"linkId": "tobacco-status", "answer": [{"valueCoding": {"system": "http://snomed.info/sct", "code": "266919005"},
                        "item": [{"linkId": "below", "answer": [{"valueInteger": 3}]}]}]},
                    {"linkId": "unanswered"},
                    {"linkId": "empty", "answer": []}
                ]},
                {"linkId": "alone", "item": [{"linkId": "nothing"}]}
            ]
        }),
    );
    let want = [
        evidence("depression-screening"),
        evidence("group"),
        evidence("tobacco-status"),
        Coding::new("http://snomed.info/sct", "266919005"),
        evidence("below"),
    ];
    assert_eq!(*found.codings, want);
    for (canonical, tail) in
        [("urn:x:falls-screening", "falls-screening"), ("falls-screening", "falls-screening"), ("http://a/b/", "b")]
    {
        assert_eq!(
            act(Kind::QuestionnaireResponse, json!({"questionnaire": canonical})).codings,
            Codings::from([evidence(tail)])
        );
    }
    // As LOINC publishes its questionnaires, and as forms made of them name their items.
    let of_loinc = json!({
        "questionnaire": "http://loinc.org/q/44249-1",
        "item": [{"linkId": "/44250-9", "answer": [{"valueInteger": 1}]}, {"linkId": "1-22", "answer": [{"valueInteger": 1}]}]
    });
    let loinc = |code: &str| Coding::new("http://loinc.org", code);
    let want = [evidence("44249-1"), loinc("44249-1"), evidence("/44250-9"), loinc("44250-9"), evidence("1-22")];
    assert_eq!(act(Kind::QuestionnaireResponse, of_loinc).codings.to_vec(), want);
}

#[test]
fn the_conclusion_of_a_report_is_its_interpretation() {
    let report = act(
        Kind::DiagnosticReport,
        json!({"status": "final", "code": coded(LOINC, "24606-6"), "conclusionCode": [coded("s", "neg")]}),
    );
    assert_eq!(report.codings, Codings::from([Coding::new(LOINC, "24606-6")]));
    assert_eq!(report.interpretation, [Coding::new("s", "neg")]);
}

const G15: &str = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante";

#[test]
fn an_encounter_is_read_whole() {
    let resource = json!({
        "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR"},
        "type": [coded("t", "C")], "reasonCode": [coded("r", "Z01.2")], "subject": {"reference": "Patient/1"},
        "period": {"start": "2026-01-31T23:30:00Z", "end": "2026-01-31T23:50:40Z"},
        "participant": [
            {"type": [coded("p", "PPRF")], "individual": {"reference": "Practitioner/dr"}, "period": {"start": "2026-02-01"}},
            {"individual": {"reference": "#doc"}}, {"individual": {"reference": "#role"}}, {"individual": {"identifier": {"value": "1"}}}
        ],
        "contained": [
            {"resourceType": "Practitioner", "id": "doc", "qualification": [{"code": coded(G15, "50")}]},
            {"resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "Practitioner/x"},
             "code": [coded(G15, "10")], "specialty": [coded("R38", "SM54")]}
        ],
        "location": [{"status": "completed"}, {"location": {"reference": "Location/room"}}, {"location": {"reference": "Location/other"}}],
        "serviceProvider": {"reference": "Organization/o"}
    });
    let participant = |roles: Vec<Coding>, actor: Option<Named>, period: Period| Participant {
        roles,
        actor,
        on_behalf_of: None,
        period,
    };
    let want = EncounterFact {
        state: ActState::Done,
        class: Some(Coding::new("http://terminology.hl7.org/CodeSystem/v3-ActCode", "VR")),
        types: vec![Coding::new("t", "C")],
        reasons: vec![Coding::new("r", "Z01.2")],
        period: span("2026-02-01T00:30:00", "2026-02-01T00:50:40"),
        minutes: Some(21),
        participants: vec![
            participant(
                vec![Coding::new("p", "PPRF")],
                Some(Named::resource(Kind::Practitioner, "dr")),
                span("2026-02-01", ""),
            ),
            participant(vec![Coding::new(G15, "50")], Some(Named::Untold), Period::default()),
            participant(
                vec![Coding::new(G15, "10"), Coding::new("R38", "SM54")],
                Some(Named::resource(Kind::Practitioner, "x")),
                Period::default(),
            ),
            participant(vec![], Some(Named::Untold), Period::default()),
        ],
        service_provider: Some(Named::resource(Kind::Organization, "o")),
        location: Some(Named::resource(Kind::Location, "room")),
    };
    assert_eq!(read(Kind::Encounter, resource), Fact::Encounter(want));
}

#[test]
fn an_encounter_lasts_what_it_says_or_what_lies_between_its_ends() {
    let ends = |start: &str, end: &str| json!({"period": {"start": start, "end": end}});
    let length = |value: serde_json::Value, code: &str| json!({"length": {"value": value, "system": UCUM, "code": code}, "period": {"start": "2026-01-01T10:00:00Z", "end": "2026-01-01T11:00:00Z"}});
    let cases = [
        (length(json!(15), "min"), Some(15)),
        (length(json!(0.5), "h"), Some(30)),
        (length(json!(90), "s"), Some(2)),
        (length(json!(89), "s"), Some(1)),
        (ends("2026-01-01T09:00:00Z", "2026-01-01T09:19:59Z"), Some(20)),
        (ends("2026-01-01T09:00:00Z", "2026-01-01T09:00:29Z"), Some(0)),
        (length(json!(-5), "min"), Some(60)),
        (length(json!(15), "furlong"), Some(60)),
        (json!({"length": {"value": 20, "unit": "min"}}), Some(20)),
        (ends("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"), Some(60)),
        (ends("2026-01-01", "2026-01-02"), None),
        (ends("2026-01-01T10:00:00Z", "2026-01-01"), None),
        (ends("2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z"), None),
        (json!({}), None),
    ];
    for (resource, want) in cases {
        let Fact::Encounter(found) = read(Kind::Encounter, resource.clone()) else { panic!() };
        assert_eq!(found.minutes, want, "{resource}");
    }
}

#[test]
fn a_provider_that_cannot_be_followed_is_told_from_none() {
    for (provider, unreadable) in [
        (json!(null), false),
        (json!({"reference": "Organization/o"}), false),
        (json!({"identifier": {"value": "x"}}), true),
        (json!({"reference": "#o"}), true),
        (json!({"reference": "https://else/fhir/Organization/o"}), true),
        (json!({"display": "Cabinet"}), true),
    ] {
        let Fact::Encounter(found) = read(Kind::Encounter, json!({"serviceProvider": provider})) else { panic!() };
        assert_eq!(found.service_provider == Some(Named::Untold), unreadable, "{provider}");
    }
    let statuses = [
        ("finished", ActState::Done),
        ("not-done", ActState::Ignored),
        ("in-progress", ActState::Ignored),
        ("entered-in-error", ActState::Ignored),
    ];
    for (status, want) in statuses {
        let Fact::Encounter(found) = read(Kind::Encounter, json!({"status": status})) else { panic!() };
        assert_eq!(found.state, want);
    }
}

#[test]
fn a_condition_is_read_with_what_is_known_of_its_time() {
    let base = ConditionFact {
        codings: Codings::new(),
        categories: vec![],
        clinical: Clinical::Absent,
        confirmed: true,
        void: false,
        onset: None,
        abatement: None,
        abated: false,
        recorded: None,
    };
    let status = |code: &str| coded("http://terminology.hl7.org/CodeSystem/condition-clinical", code);
    let cases = [
        (json!({}), base.clone()),
        (
            json!({"code": coded("icd", "E11.9"), "category": [coded("ald-number", "8")], "recordedDate": "2026-01-05T23:30:00Z"}),
            ConditionFact {
                codings: [Coding::new("icd", "E11.9")].into(),
                categories: vec![Coding::new("ald-number", "8")],
                recorded: at("2026-01-06T00:30:00"),
                ..base.clone()
            },
        ),
        (
            json!({"clinicalStatus": status("relapse"), "verificationStatus": status("confirmed"), "onsetDateTime": "2019"}),
            ConditionFact { clinical: Clinical::Active, onset: at("2019"), ..base.clone() },
        ),
        (
            json!({"clinicalStatus": status("remission"), "onsetPeriod": {"start": "2019-03"}, "abatementDateTime": "2024"}),
            ConditionFact {
                clinical: Clinical::Ended,
                onset: at("2019-03"),
                abatement: at("2024"),
                abated: true,
                ..base.clone()
            },
        ),
        (
            json!({"onsetAge": {"value": 30}, "abatementString": "l'an dernier"}),
            ConditionFact { abated: true, ..base.clone() },
        ),
        (
            json!({"abatementPeriod": {"start": "2023", "end": "2024-02"}}),
            ConditionFact { abatement: at("2024-02"), abated: true, ..base.clone() },
        ),
        (json!({"abatementBoolean": false}), base.clone()),
        (
            json!({"verificationStatus": status("entered-in-error")}),
            ConditionFact { confirmed: false, void: true, ..base.clone() },
        ),
        (json!({"verificationStatus": status("provisional")}), ConditionFact { confirmed: false, ..base.clone() }),
        (json!({"verificationStatus": status("refuted")}), ConditionFact { confirmed: false, ..base.clone() }),
    ];
    for (resource, want) in cases {
        assert_eq!(read(Kind::Condition, resource.clone()), Fact::Condition(want), "{resource}");
    }
}

#[test]
fn a_coverage_is_read_in_any_order_and_form() {
    let right = "https://mtr-gateway.example/fhir/CodeSystem/coverage-right";
    let exception =
        |number: &str, period: serde_json::Value| json!({"period": period, "type": coded("ald-number", number)});
    let resource = json!({
        "costToBeneficiary": [
            {"exception": [exception("8", json!({"start": "2024-05-01"})), exception("23", json!(null))], "type": coded("x", "copay")},
            {"exception": exception("30", json!({"end": "2026"}))}
        ],
        "class": [{"value": "c", "type": coded(right, "ald")}], "period": {"end": "2026-12-31", "start": "2026-01-01"},
        "type": coded(right, "amo"), "status": "active"
    });
    let exception =
        |number: &str, period: Period| CoverageException { codings: vec![Coding::new("ald-number", number)], period };
    let want = CoverageFact {
        active: true,
        void: false,
        codings: vec![Coding::new(right, "amo"), Coding::new(right, "ald")],
        period: span("2026-01-01", "2026-12-31"),
        exceptions: vec![
            exception("8", span("2024-05-01", "")),
            exception("23", Period::default()),
            exception("30", span("", "2026")),
        ],
    };
    assert_eq!(read(Kind::Coverage, resource), Fact::Coverage(want));
    let Fact::Coverage(void) = read(Kind::Coverage, json!({"status": "entered-in-error"})) else { panic!() };
    assert_eq!((void.active, void.void), (false, true));
}

#[test]
fn care_and_meetings_are_read_with_their_states() {
    for (status, told, counts, finished) in [
        ("active", EpisodeStatus::Active, true, false),
        ("finished", EpisodeStatus::Finished, true, true),
        ("onhold", EpisodeStatus::OnHold, true, false),
        ("planned", EpisodeStatus::Planned, false, false),
        ("waitlist", EpisodeStatus::Waitlist, false, false),
        ("cancelled", EpisodeStatus::Cancelled, false, false),
        ("entered-in-error", EpisodeStatus::Void, false, false),
    ] {
        let episode = json!({"status": status, "type": [coded("e", "mtr")], "period": {"start": "2024-01-15"}, "managingOrganization": {"reference": "Organization/o"}});
        let want = EpisodeFact {
            status: told,
            counts,
            finished,
            types: vec![Coding::new("e", "mtr")],
            period: span("2024-01-15", ""),
            organization: Some(Named::resource(Kind::Organization, "o")),
        };
        assert_eq!(read(Kind::EpisodeOfCare, episode), Fact::Episode(want));
    }
    for (status, counts, ended) in [
        ("active", true, false),
        ("proposed", false, false),
        ("suspended", true, true),
        ("inactive", true, true),
        ("entered-in-error", false, false),
    ] {
        let team = json!({"status": status, "participant": [{"role": [coded("R259", "PCP")], "member": {"reference": "Practitioner/dr"},
            "onBehalfOf": {"reference": "Organization/o"}, "period": {"start": "2020"}}], "managingOrganization": [{"reference": "Organization/o"}]});
        let participant = Participant {
            roles: vec![Coding::new("R259", "PCP")],
            actor: Some(Named::resource(Kind::Practitioner, "dr")),
            on_behalf_of: Some(Named::resource(Kind::Organization, "o")),
            period: span("2020", ""),
        };
        let want = CareTeamFact {
            counts,
            ended,
            period: Period::default(),
            participants: vec![participant],
            organizations: vec![Reference::new(Kind::Organization, "o")],
        };
        assert_eq!(read(Kind::CareTeam, team), Fact::CareTeam(want));
    }
}

#[test]
fn meetings_and_flags_are_read_with_their_states() {
    use AppointmentState::*;
    for (status, state) in [
        ("fulfilled", Fulfilled),
        ("noshow", NoShow),
        ("cancelled", Cancelled),
        ("booked", Booked),
        ("waitlist", Other),
        ("arrived", Other),
    ] {
        let meeting = json!({"status": status, "serviceType": [coded("s", "atelier")], "appointmentType": coded("a", "ROUTINE"), "start": "2026-05-01T08:00:00Z", "participant": [{"actor": {"reference": "Patient/1"}, "type": [coded("t", "ATND")]}]});
        let participant = Participant {
            roles: vec![Coding::new("t", "ATND")],
            actor: Some(Named::resource(Kind::Patient, "1")),
            on_behalf_of: None,
            period: Period::default(),
        };
        assert_eq!(
            read(Kind::Appointment, meeting),
            Fact::Appointment(AppointmentFact {
                state,
                types: vec![Coding::new("s", "atelier"), Coding::new("a", "ROUTINE")],
                start: at("2026-05-01T10:00:00"),
                participants: vec![participant],
                declined: vec![],
            })
        );
    }
    let flag = json!({"status": "active", "code": coded("t", "ald"), "category": [coded("t", "handicap")], "period": {"start": "2026"}});
    let want = FlagFact {
        active: true,
        void: false,
        codings: vec![Coding::new("t", "ald"), Coding::new("t", "handicap")],
        period: span("2026", ""),
    };
    assert_eq!(read(Kind::Flag, flag), Fact::Flag(want));
}

#[test]
fn who_declined_an_appointment_is_read() {
    use AppointmentState::*;
    let ins = json!({"type": {"coding": [{"code": "PI"}]}, "system": "http://ipp.example", "value": "4"});
    let named = |who: &str, status: &str| json!({"actor": {"reference": who}, "status": status});
    let met = |status: &str| json!({"actor": {"type": "Patient", "identifier": ins}, "status": status});
    let doctor = || named("Practitioner/dr", "declined");
    // Who is invited and what each answered, the state, who declined.
    let cases = [
        (vec![named("Patient/1", "accepted"), doctor()], Booked, vec![]),
        (vec![named("Patient/1", "needs-action")], Booked, vec![]),
        (vec![named("Patient/1", "tentative")], Booked, vec![]),
        (vec![json!({"actor": {"reference": "Patient/1"}})], Booked, vec![]),
        (vec![doctor(), named("Patient/1", "declined")], Other, vec![]),
        (vec![met("declined"), named("Practitioner/dr", "accepted")], Other, vec![]),
        (vec![met("accepted")], Booked, vec![]),
        (vec![named("Patient/1", "declined"), named("Patient/2", "accepted")], Booked, vec!["1"]),
        (vec![named("Patient/1", "declined"), named("Patient/2", "declined")], Other, vec![]),
        (
            vec![named("Patient/1", "declined"), named("Patient/1", "accepted"), named("Patient/2", "accepted")],
            Booked,
            vec![],
        ),
    ];
    for (participant, state, declined) in cases {
        let meeting = json!({"status": "booked", "start": "2026-05-01T08:00:00Z", "participant": participant});
        let Fact::Appointment(read) = read(Kind::Appointment, meeting.clone()) else { panic!("{meeting}") };
        let ids: Vec<&str> = read.declined.iter().map(|id| &**id).collect();
        assert_eq!((read.state, ids), (state, declined), "{meeting}");
    }
    let kept = json!({"status": "fulfilled", "participant": [named("Patient/1", "declined")]});
    let Fact::Appointment(read) = read(Kind::Appointment, kept) else { panic!() };
    assert_eq!(read.state, Fulfilled);
}

#[test]
fn who_works_where_is_read() {
    let practitioner = json!({"qualification": [{"code": coded(G15, "10")}, {"code": coded("R38", "SM54")}]});
    let want = PractitionerFact {
        qualifications: vec![Coding::new(G15, "10"), Coding::new("R38", "SM54")],
        identifiers: vec![],
    };
    assert_eq!(read(Kind::Practitioner, practitioner), Fact::Practitioner(want));
    let role = json!({"practitioner": {"reference": "Practitioner/dr"}, "organization": {"reference": "Organization/o"},
        "code": [coded(G15, "10")], "specialty": [coded("R38", "SM54")], "period": {"end": "2026"}});
    let mut want = RoleFact {
        active: true,
        practitioner: Some(Named::resource(Kind::Practitioner, "dr")),
        organization: Some(Named::resource(Kind::Organization, "o")),
        codings: vec![Coding::new(G15, "10"), Coding::new("R38", "SM54")],
        period: span("", "2026"),
        identifiers: vec![],
    };
    assert_eq!(read(Kind::PractitionerRole, role.clone()), Fact::Role(want.clone()));
    let mut ended = role;
    ended["active"] = json!(false);
    want.active = false;
    assert_eq!(read(Kind::PractitionerRole, ended), Fact::Role(want));
    let organization = json!({"type": [coded("t", "pay")], "partOf": {"reference": "Organization/p"}});
    assert_eq!(
        read(Kind::Organization, organization),
        Fact::Organization(OrganizationFact {
            part_of: Some(Named::resource(Kind::Organization, "p")),
            types: vec![Coding::new("t", "pay")],
            identifiers: vec![]
        })
    );
    let location = json!({"managingOrganization": {"reference": "Organization/o"}});
    assert_eq!(
        read(Kind::Location, location),
        Fact::Location(LocationFact { managing_organization: Some(Named::resource(Kind::Organization, "o")) })
    );
}

#[test]
fn a_resource_belongs_to_the_patient_it_names() {
    use Kind::*;
    let key = HashKey([3; 32]);
    let ins = json!({"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "255050000000296"});
    let met = identity::link_keys(&tree(&json!({"identifier": [ins]})), &key)[0];
    let id = |id: &str| Link::Id(id.into());
    let cases = [
        (Patient, json!({"id": "1"}), Link::Own),
        (Organization, json!({"subject": {"reference": "Patient/1"}}), Link::Shared),
        (Observation, json!({"subject": {"reference": "Patient/1"}}), id("1")),
        (Observation, json!({"subject": {"reference": "Patient/1/_history/4"}}), id("1")),
        (Observation, json!({"subject": {"reference": "https://gw.example/fhir/Patient/1"}}), id("1")),
        (Observation, json!({"subject": {"reference": "Group/1"}}), Link::Shared),
        (Observation, json!({"subject": {"reference": "Device/1"}}), Link::Shared),
        (Observation, json!({}), Link::Shared),
        (Immunization, json!({"patient": {"reference": "Patient/1"}, "subject": {"reference": "Patient/2"}}), id("1")),
        (EpisodeOfCare, json!({"patient": {"reference": "Patient/1"}}), id("1")),
        (Coverage, json!({"beneficiary": {"reference": "Patient/1"}}), id("1")),
        (Condition, json!({"subject": {"identifier": ins}}), Link::Identifier(met)),
        (Condition, json!({"subject": {"identifier": ins, "type": "Patient"}}), Link::Identifier(met)),
        (Condition, json!({"subject": {"identifier": ins, "type": "Group"}}), Link::Shared),
        (
            Condition,
            json!({"subject": {"identifier": ins, "reference": "https://else/fhir/Patient/7"}}),
            Link::Identifier(met),
        ),
        (
            Flag,
            json!({"subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p", "identifier": [ins]}]}),
            Link::Identifier(met),
        ),
        (
            Flag,
            json!({"subject": {"reference": "#g"}, "contained": [{"resourceType": "Group", "id": "g"}]}),
            Link::Shared,
        ),
        (
            Appointment,
            json!({"participant": [{"actor": {"reference": "Practitioner/1"}}, {"actor": {"identifier": {"system": "https://rpps.esante.gouv.fr", "value": "1"}}},
            {"actor": {"reference": "Patient/2"}}, {"actor": {"reference": "Patient/3"}}]}),
            id("2"),
        ),
        (Appointment, json!({"participant": [{"actor": {"identifier": ins}}]}), Link::Identifier(met)),
        (Appointment, json!({"participant": [{"actor": {"reference": "Location/1"}}]}), Link::Shared),
    ];
    for (kind, resource, want) in cases {
        assert_eq!(patient_link(kind, &tree(&resource), BASE, &key), want, "{resource}");
    }
    // A patient named in a way nobody can follow is waited for, and never given to another.
    for subject in [
        json!({"reference": "https://else/fhir/Patient/7"}),
        json!({"reference": "urn:uuid:5b1a"}),
        json!({"reference": "Patient?identifier=x"}),
        json!({"identifier": {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "1", "type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "NH")}}),
    ] {
        let link = patient_link(Observation, &tree(&json!({"subject": subject})), BASE, &key);
        assert!(matches!(link, Link::Identifier(hash) if hash != met), "{subject}");
    }
}
