//! Four generations of FR Core senders are received: 1.1, 2.0, 2.1 and 2.2, with their addresses,
//! slices and systems as each of them writes them.

use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

const CORE: &str = "https://hl7.fr/ig/fhir/core/StructureDefinition";
const OLD: &str = "http://interopsante.org/fhir";
const TYPES: &str = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203";
const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

fn identifier(usage: &str, (system, code): (&str, &str), oid: &str, value: &str) -> Value {
    json!({"use": usage, "type": make::concept(system, code), "system": format!("urn:oid:1.2.250.1.213.1.4.{oid}"),
        "value": value})
}

fn birth_place(address: Value) -> Value {
    json!({"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": address})
}

fn reliability(code: &str) -> Value {
    let status = json!({"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445", "code": code});
    json!({"url": format!("{CORE}/fr-core-identity-reliability"),
        "extension": [{"url": "identityStatus", "valueCoding": status}]})
}

fn commune() -> Value {
    let code =
        json!({"system": "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM", "code": "00000"});
    birth_place(json!({"extension": [{"url": format!("{CORE}/fr-core-address-insee-code"), "valueCoding": code}]}))
}

/// A patient with an invented INS (department 00), as a generation sends it.
fn patient(id: &str, profile: &str, extension: Value, identifier: Value) -> Value {
    json!({
        "resourceType": "Patient", "id": id, "meta": {"profile": [profile]}, "extension": extension,
        "identifier": identifier,
        "name": [{"use": "official", "family": "EXEMPLE", "given": ["CAMILLE"], "extension": [
            {"url": format!("{CORE}/fr-core-patient-birth-list-given-name"), "valueString": "CAMILLE ANNE"}]}],
        "gender": "male", "birthDate": "1980-01-01",
    })
}

fn generations() -> Vec<(&'static str, Value)> {
    let ins = "180010000000122";
    let nss = (V2_0203, "NH");
    let old_status = json!({"url": format!("{OLD}/StructureDefinition/fr-core-ident-reliability"), "extension": [
        {"url": "identityReliability", "valueCoding": {"system": format!("{OLD}/CodeSystem/fr-v2-0445"), "code": "VALI"}}]});
    let old_type = "http://interopsante.org/fhir/CodeSystem/fr-v2-0203";
    vec![
        (
            "1.1",
            patient(
                "g11",
                "http://interopsante.org/fhir/StructureDefinition/FrPatient",
                json!([old_status, birth_place(json!({"city": "X", "district": "00000"}))]),
                json!([identifier("official", (old_type, "INS-NIR"), "8", ins)]),
            ),
        ),
        (
            "2.0",
            patient(
                "g20",
                &format!("{CORE}/fr-core-patient-ins|2.0.1"),
                json!([reliability("VALI"), commune()]),
                json!([
                    identifier("official", (TYPES, "INS-NIR"), "8", "180010000000222"),
                    identifier("temp", (TYPES, "INS-NIA"), "9", "780010000000222")
                ]),
            ),
        ),
        (
            "2.1",
            patient(
                "g21",
                &format!("{CORE}/fr-core-patient-ins|2.1.0"),
                json!([reliability("VALI"), commune(),
                    {"url": format!("{CORE}/fr-core-patient-death-place"), "valueString": "X"}]),
                json!([
                    identifier("official", (TYPES, "INS-NIR"), "8", "180010000000322"),
                    identifier("official", nss, "8", "180010000000322")
                ]),
            ),
        ),
        (
            "2.2",
            patient(
                "g22",
                &format!("{CORE}/fr-core-patient-ins|2.2.0"),
                json!([commune(), {"url": format!("{CORE}/fr-core-patient-death-place"), "valueAddress": {"city": "X"}}]),
                json!([identifier("official", (TYPES, "INS-NIR-TEST"), "10", "180010000000422"),
                    identifier("official", nss, "13", "180010000000422"),
                    {"use": "secondary", "type": make::concept(V2_0203, "PI"), "system": make::IPP, "value": "G-22"}]),
            ),
        ),
    ]
}

#[test]
fn a_patient_of_each_generation_is_received_with_its_identity() {
    let client = harness::practice();
    for (generation, patient) in generations() {
        let path = make::path(&patient);
        let headers = [("Prefer", "return=OperationOutcome")];
        let answer = client.send("PUT", &path, &headers, patient.to_string().as_bytes()).expect(201);
        let codes = outcome::codes(&answer.json());
        for unwanted in ["MTR-PAT-001", "MTR-PAT-012", "MTR-PAT-015", "MTR-PRF-001"] {
            assert!(!codes.contains(&unwanted.to_owned()), "{generation}: {codes:?}");
        }
        let mut kept = client.found(&path);
        kept["meta"] = patient["meta"].clone();
        assert_eq!(kept, patient, "{generation}: kept as it was sent");
    }
}

#[test]
fn a_billing_number_is_a_key_in_no_generation() {
    let client = harness::practice();
    for (n, oid) in ["8", "13", "14"].into_iter().enumerate() {
        let number = identifier("official", (V2_0203, "NH"), oid, "180010000000522");
        let sent = patient(&format!("n{n}"), &format!("{CORE}/fr-core-patient"), json!([commune()]), json!([number]));
        let answer = client.post("/Patient/$validate", &sent).expect(200).json();
        let codes = outcome::codes(&answer);
        assert!(
            codes.contains(&"MTR-PAT-020".to_owned()) && codes.contains(&"MTR-PAT-001".to_owned()),
            "{oid}: {codes:?}"
        );
    }
}

#[test]
fn an_unknown_version_of_a_french_profile_is_told_and_received() {
    let client = harness::practice();
    let profile = format!("{CORE}/fr-core-patient-ins|9.9.9");
    let number = identifier("official", (TYPES, "INS-NIR"), "8", "180010000000622");
    let sent = patient("v", &profile, json!([reliability("VALI"), commune()]), json!([number]));
    let headers = [("Prefer", "return=OperationOutcome")];
    let answer = client.send("PUT", "/Patient/v", &headers, sent.to_string().as_bytes()).expect(201);
    assert!(outcome::codes(&answer.json()).contains(&"MTR-PRF-001".to_owned()), "{}", answer.text());
}

/// What else the guides in force send, one resource of each profile that concerns us.
fn others() -> Vec<Value> {
    let sirene = |code: &str, value: &str| json!({"use": "official", "type": make::concept(TYPES, code), "system": "https://sirene.fr", "value": value});
    let profile = |name: &str| json!({"profile": [format!("{CORE}/{name}")]});
    vec![
        make::with(
            make::visit("e", "g22", "2025-01-02"),
            json!({
            "meta": profile("fr-core-encounter|2.2.0"),
            "identifier": [{"type": make::concept(V2_0203, "VN"), "system": "urn:oid:1.2.250.1.999.2", "value": "V-1"}],
            "type": [make::concept("http://terminology.hl7.org/CodeSystem/v2-0007", "R")],
            "hospitalization": {"preAdmissionIdentifier": {"system": "1.2.250.1.71.4.2.2+.n°FINESS", "value": "P-1"}}}),
        ),
        make::with(
            make::observation("w", "g22", make::concept("http://loinc.org", "29463-7"), "2025-01-02"),
            json!({
            "meta": profile("fr-core-observation-body-weight"),
            "category": [make::concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
            "valueQuantity": {"value": 71.5, "unit": "Kg", "system": make::UCUM, "code": "kg"}}),
        ),
        json!({"resourceType": "Practitioner", "id": "fr", "meta": profile("fr-core-practitioner"),
            "identifier": [{"use": "official", "type": make::concept(TYPES, "IDNPS"),
                "system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810000000007"},
                {"type": make::concept(TYPES, "RPPS"), "system": "https://rpps.esante.gouv.fr", "value": "10000000007"}],
            "name": [{"family": "SOIGNANT", "given": ["ANNE"]}]}),
        json!({"resourceType": "PractitionerRole", "id": "fr", "meta": profile("fr-core-practitioner-role"),
            "identifier": [{"system": "https://www.ameli.fr", "value": "000000000"}],
            "practitioner": {"reference": "Practitioner/fr"}}),
        json!({"resourceType": "Organization", "id": "fr", "meta": profile("fr-core-organization-etablissement|2.2.0"),
            "identifier": [sirene("SIREN", "000000000"), sirene("SIRET", "00000000000000"),
                {"type": make::concept(TYPES, "FINEG"), "system": "https://finess.esante.gouv.fr", "value": "000000000"}],
            "name": "Maison de santé"}),
        json!({"resourceType": "Appointment", "id": "fr", "meta": profile("fr-core-appointment"),
            "extension": [{"url": format!("{CORE}/fr-core-appointment-operator"),
                "valueReference": {"reference": "Practitioner/fr"}}],
            "status": "noshow", "start": "2025-01-02T09:00:00+01:00", "end": "2025-01-02T09:15:00+01:00",
            "participant": [{"actor": {"reference": "Patient/g22"}, "status": "accepted"}]}),
    ]
}

#[test]
fn the_other_resources_of_french_guides_are_received() {
    let client = harness::practice();
    client.push(&generations().into_iter().map(|(_, patient)| patient).collect::<Vec<_>>());
    for resource in others() {
        let answer = client.put(&make::path(&resource), &resource);
        assert_eq!(answer.status, 201, "{}: {}", make::path(&resource), answer.text());
    }
}
