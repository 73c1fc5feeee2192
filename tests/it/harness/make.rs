//! Resources as a practice sends them: the least that counts, to be changed with `with`.
//!
//! Dates are past ones: what is dated after today is not received as done.

use serde_json::{Value, json};

pub const OURS: &str = "https://mtr-gateway.example/fhir/CodeSystem";
pub const IPP: &str = "urn:oid:1.2.250.1.999.1.1.1";
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
pub const UCUM: &str = "http://unitsofmeasure.org";
pub const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";
const PROFESSION: &str = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante";
const SPECIALTY: &str = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale";
const FUNCTION: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction";

/// Answers the resource with these members set, or removed where they are null.
pub fn with(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}

/// Answers `/Type/id`.
pub fn path(resource: &Value) -> String {
    format!("/{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap())
}

pub fn transaction(resources: &[Value]) -> Value {
    let entry: Vec<Value> = resources.iter().map(put_entry).collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entry})
}

pub fn put_entry(resource: &Value) -> Value {
    let url = path(resource);
    json!({"resource": resource, "request": {"method": "PUT", "url": url.trim_start_matches('/')}})
}

pub fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

/// Answers a concept of one of our code systems.
pub fn ours(system: &str, code: &str) -> Value {
    concept(&format!("{OURS}/{system}"), code)
}

fn subject(patient: &str) -> Value {
    json!({"reference": format!("Patient/{patient}")})
}

/// A patient of the practice, known by its own number, whose GP is `gp`.
pub fn patient(id: &str, gender: &str, birth: &str) -> Value {
    json!({
        "resourceType": "Patient",
        "id": id,
        "identifier": [ipp(&format!("N-{id}"))],
        "name": [{"family": "Exemple", "given": ["Camille"]}],
        "gender": gender,
        "birthDate": birth,
        "generalPractitioner": [{"reference": "Practitioner/gp"}],
    })
}

/// A number the practice gives.
pub fn ipp(value: &str) -> Value {
    json!({
        "use": "usual",
        "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PI"),
        "system": IPP,
        "value": value,
    })
}

/// The same number of no type: it says which record, not who the person is, so that two may carry it.
pub fn untyped(value: &str) -> Value {
    json!({"system": IPP, "value": value})
}

/// A general practitioner, a midwife, a nurse and a doctor whose specialty nobody sent.
pub fn professionals() -> Vec<Value> {
    let mut all = Vec::new();
    for (id, profession, specialty) in
        [("gp", "10", Some("SM54")), ("midwife", "50", None), ("nurse", "60", None), ("doctor", "10", None)]
    {
        all.push(json!({
            "resourceType": "Practitioner",
            "id": id,
            "name": [{"family": "Soignant"}],
            "qualification": [{"code": concept(PROFESSION, profession)}],
        }));
        let mut role = json!({
            "resourceType": "PractitionerRole",
            "id": format!("role-{id}"),
            "practitioner": {"reference": format!("Practitioner/{id}")},
            "code": [concept(PROFESSION, profession)],
        });
        if let Some(specialty) = specialty {
            role["specialty"] = json!([concept(SPECIALTY, specialty)]);
        }
        all.push(role);
    }
    all
}

/// A finished consultation at the practice.
pub fn visit(id: &str, patient: &str, start: &str) -> Value {
    visit_with(id, patient, start, "gp")
}

/// The same with another professional.
pub fn visit_with(id: &str, patient: &str, start: &str, practitioner: &str) -> Value {
    json!({
        "resourceType": "Encounter",
        "id": id,
        "identifier": [{"system": "urn:oid:1.2.250.1.999.1.1.2", "value": id}],
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "AMB"},
        "subject": subject(patient),
        "participant": [{"individual": {"reference": format!("Practitioner/{practitioner}")}}],
        "period": {"start": start},
    })
}

/// A final Observation without a value.
pub fn observation(id: &str, patient: &str, code: Value, date: &str) -> Value {
    json!({
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": code,
        "subject": subject(patient),
        "effectiveDateTime": date,
    })
}

/// One of our `mtr-observation` codes with its value: `{"valueInteger": 45}`.
pub fn measure(id: &str, patient: &str, code: &str, date: &str, value: Value) -> Value {
    with(observation(id, patient, ours("mtr-observation", code), date), value)
}

/// The local evidence code of a prevention act.
pub fn evidence(id: &str, patient: &str, code: &str, date: &str) -> Value {
    observation(id, patient, ours("prevention-evidence", code), date)
}

/// A score by its LOINC code.
pub fn score(id: &str, patient: &str, loinc: &str, date: &str, score: i32) -> Value {
    with(observation(id, patient, concept("http://loinc.org", loinc), date), json!({"valueInteger": score}))
}

pub fn quantity(value: f64, unit: &str) -> Value {
    json!({"value": value, "unit": unit, "system": UCUM, "code": unit})
}

/// An active CIM-10 diagnosis.
pub fn condition(id: &str, patient: &str, code: &str, onset: &str) -> Value {
    json!({
        "resourceType": "Condition",
        "id": id,
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "code": concept(ICD10, code),
        "subject": subject(patient),
        "onsetDateTime": onset,
    })
}

/// The same, recorded as an ALD of this number.
pub fn ald(id: &str, patient: &str, number: &str, code: &str, onset: &str) -> Value {
    with(condition(id, patient, code, onset), json!({"category": [ours("ald-number", number)]}))
}

/// A Coverage of one of our rights.
pub fn coverage(id: &str, patient: &str, right: &str, period: Value) -> Value {
    json!({
        "resourceType": "Coverage",
        "id": id,
        "status": "active",
        "type": ours("coverage-right", right),
        "beneficiary": subject(patient),
        "period": period,
        "payor": [{"display": "Assurance maladie"}],
    })
}

/// The MTR contract.
pub fn contract(id: &str, patient: &str, period: Value) -> Value {
    json!({
        "resourceType": "EpisodeOfCare",
        "id": id,
        "status": "active",
        "type": [ours("episode-type", "mtr")],
        "patient": subject(patient),
        "period": period,
    })
}

/// The declaration of a médecin traitant, with its dates.
pub fn declaration(id: &str, patient: &str, practitioner: &str, period: Value) -> Value {
    json!({
        "resourceType": "CareTeam",
        "id": id,
        "status": "active",
        "subject": subject(patient),
        "participant": [{
            "role": [concept(FUNCTION, "PCP")],
            "member": {"reference": format!("Practitioner/{practitioner}")},
            "period": period,
        }],
    })
}

/// A typology the GP declares.
pub fn declared(id: &str, patient: &str, typologie: &str, period: Value) -> Value {
    json!({
        "resourceType": "Flag",
        "id": id,
        "status": "active",
        "category": [ours("mtr-typologie", typologie)],
        "code": {"text": "déclaré par le médecin"},
        "subject": subject(patient),
        "period": period,
    })
}

/// A recognition of disability, valid over its period.
pub fn recognition(id: &str, patient: &str, code: &str, period: Value) -> Value {
    with(
        observation(id, patient, ours("mtr-observation", "handicap-recognition"), ""),
        json!({"effectiveDateTime": null, "effectivePeriod": period, "valueCodeableConcept": ours("mtr-observation", code)}),
    )
}

pub fn immunization(id: &str, patient: &str, vaccine: Value, date: &str) -> Value {
    json!({
        "resourceType": "Immunization",
        "id": id,
        "status": "completed",
        "vaccineCode": vaccine,
        "patient": subject(patient),
        "occurrenceDateTime": date,
    })
}

pub fn procedure(id: &str, patient: &str, code: Value, date: &str) -> Value {
    json!({
        "resourceType": "Procedure",
        "id": id,
        "status": "completed",
        "code": code,
        "subject": subject(patient),
        "performedDateTime": date,
    })
}

/// One small valid resource of each type received, about a patient.
pub fn one_of_each(patient_id: &str) -> Vec<Value> {
    let p = patient_id;
    let id = |kind: &str| format!("{p}-{kind}");
    vec![
        patient(p, "female", "1980-03-14"),
        visit(&id("visit"), p, "2025-03-10T09:00:00+01:00"),
        measure(&id("precar"), p, "precar", "2025-03-10", json!({"valueInteger": 12})),
        condition(&id("problem"), p, "E11.9", "2019-05"),
        coverage(&id("amo"), p, "amo", json!({"start": "2020-01-01"})),
        procedure(&id("act"), p, concept("https://smt.esante.gouv.fr/terminologie-ccam", "QEQK004"), "2024-11-02"),
        immunization(&id("vaccine"), p, concept("http://www.whocc.no/atc", "J07BB02"), "2024-10-20"),
        json!({"resourceType": "DiagnosticReport", "id": id("report"), "status": "final",
               "code": concept("http://loinc.org", "24604-1"), "subject": subject(p), "effectiveDateTime": "2024-11-02"}),
        json!({"resourceType": "QuestionnaireResponse", "id": id("answers"), "status": "completed", "subject": subject(p),
               "questionnaire": "https://mtr-gateway.example/fhir/Questionnaire/falls-screening", "authored": "2024-11-02",
               "item": [{"linkId": "1", "answer": [{"valueBoolean": false}]}]}),
        contract(&id("contract"), p, json!({"start": "2021-02-01"})),
        declaration(&id("team"), p, "gp", json!({"start": "2021-02-01"})),
        json!({"resourceType": "Appointment", "id": id("missed"), "status": "noshow",
               "start": "2025-04-01T09:00:00+02:00", "end": "2025-04-01T09:15:00+02:00",
               "participant": [{"actor": subject(p), "status": "accepted"}]}),
        declared(&id("flag"), p, "handicap", json!({"start": "2025-01-01"})),
        json!({"resourceType": "Practitioner", "id": id("doctor"), "name": [{"family": "Soignant"}]}),
        json!({"resourceType": "PractitionerRole", "id": id("role"), "practitioner": {"reference": "Practitioner/gp"}}),
        json!({"resourceType": "Organization", "id": id("site"), "name": "Site"}),
        json!({"resourceType": "Location", "id": id("room"), "status": "active", "name": "Salle 1"}),
    ]
}

/// A man declared to the practice, seen there on 10 March 2025.
pub fn man(id: &str, birth: &str) -> Vec<Value> {
    vec![patient(id, "male", birth), visit(&format!("{id}-seen"), id, "2025-03-10T09:00:00+01:00")]
}

/// A woman, the same.
pub fn woman(id: &str, birth: &str) -> Vec<Value> {
    let mut all = man(id, birth);
    all[0]["gender"] = json!("female");
    all
}

/// Answers the chart with these resources added.
pub fn and(mut chart: Vec<Value>, more: Vec<Value>) -> Vec<Value> {
    chart.extend(more);
    chart
}

/// Answers the chart with its first resource, the Patient, changed.
pub fn but(mut chart: Vec<Value>, changes: Value) -> Vec<Value> {
    chart[0] = with(chart[0].clone(), changes);
    chart
}
