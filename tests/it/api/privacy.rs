//! Nothing that names a patient is ever said in a refusal or written in the log.

use crate::harness;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::json;

/// Planted values: an INS, a billing number, a practice number, names, a birth date, free text.
const SECRETS: [&str; 7] = [
    "180010000000122",
    "255050000000296",
    "IPP-SECRET-77",
    "Zorglubov",
    "Ipsilantia",
    "1947-08-23",
    "angoisse-du-soir",
];

fn secret_patient() -> serde_json::Value {
    json!({
        "resourceType": "Patient", "id": "p", "gender": "female", "birthDate": SECRETS[5],
        "identifier": [
            {"use": "official", "type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST"),
             "system": "urn:oid:1.2.250.1.213.1.4.10", "value": SECRETS[0]},
            {"use": "official", "type": make::concept("http://terminology.hl7.org/CodeSystem/v2-0203", "NH"),
             "system": "urn:oid:1.2.250.1.213.1.4.13", "value": SECRETS[1]},
            make::ipp(SECRETS[2]),
        ],
        "name": [{"family": SECRETS[3], "given": [SECRETS[4]]}],
    })
}

/// Answers requests that are refused, each with secrets where a value stands.
fn bad_requests() -> Vec<(&'static str, String, String)> {
    let good = secret_patient();
    let changed = |changes| make::with(good.clone(), changes).to_string();
    let mut all = vec![
        ("PUT", "/Patient/p".into(), good.to_string().replace('}', "")),
        ("PUT", "/Patient/p".into(), good.to_string() + SECRETS[3]),
        ("PUT", "/Patient/other".into(), good.to_string()),
        ("POST", "/Observation".into(), good.to_string()),
        ("PUT", "/Patient/p".into(), changed(json!({"id": SECRETS[0]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"resourceType": SECRETS[3]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"birthDate": format!("{}x", SECRETS[5])}))),
        ("PUT", "/Patient/p".into(), changed(json!({"deceasedDateTime": "1940-01-01"}))),
        ("PUT", "/Patient/p".into(), changed(json!({"birthDate": SECRETS[0]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"gender": SECRETS[3]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"active": SECRETS[4]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"name": SECRETS[3]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"name": [{"family": SECRETS[3], "given": SECRETS[4]}]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"identifier": [{"system": SECRETS[0], "value": {"a": SECRETS[0]}}]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"generalPractitioner": [{"reference": SECRETS[3]}]}))),
        ("PUT", "/Patient/p".into(), changed(json!({"communication": [{"language": {"text": SECRETS[6]}, "preferred": SECRETS[6]}]}))),
        ("POST", "/Observation".into(), make::with(make::observation("o", "p", json!({"text": SECRETS[6]}), SECRETS[3]), json!({"status": SECRETS[6], "valueString": ""})).to_string()),
        ("POST", "/Condition".into(), make::with(make::condition("c", "p", SECRETS[6], SECRETS[5]), json!({"clinicalStatus": SECRETS[6], "subject": {"reference": format!("Group/{}", SECRETS[2])}})).to_string()),
        ("GET", format!("/Patient?identifier={}&famly={}", SECRETS[0], SECRETS[3]), String::new()),
        ("GET", format!("/Patient?birthdate={}", SECRETS[3]), String::new()),
        ("GET", format!("/Patient?name:{}={}", SECRETS[6], SECRETS[4]), String::new()),
        ("GET", format!("/Patient?_sort={}&_total={}", SECRETS[0], SECRETS[5]), String::new()),
        ("GET", format!("/Observation?patient.birthdate={}x&code-value-quantity={}", SECRETS[5], SECRETS[6]), String::new()),
        ("GET", format!("/Observation?_include={}:{}&code:in={}", SECRETS[3], SECRETS[4], SECRETS[0]), String::new()),
        ("GET", format!("/Patient?_cursor={}", SECRETS[2]), String::new()),
        ("GET", format!("/Patient/{}", SECRETS[0]), String::new()),
        ("GET", format!("/Patient/{}/$forfait?month={}", SECRETS[2], SECRETS[3]), String::new()),
        ("GET", format!("/Patient/{}/$forfait?month=2026-10", SECRETS[2]), String::new()),
        ("GET", format!("/{}/{}", SECRETS[3], SECRETS[0]), String::new()),
        ("DELETE", format!("/Patient/{}/{}", SECRETS[3], SECRETS[0]), String::new()),
        ("POST", String::new(), json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"fullUrl": SECRETS[3],
            "resource": make::with(good.clone(), json!({"birthDate": SECRETS[4]})), "request": {"method": SECRETS[4], "url": format!("Patient/{}", SECRETS[0])}}]}).to_string()),
    ];
    for (n, _) in SECRETS.iter().enumerate() {
        // The same member twice, whatever its value.
        let body = good.to_string();
        let doubled = body.replacen(
            "{\"resourceType\"",
            &format!("{{\"language\":\"{0}\",\"language\":\"{0}\",\"resourceType\"", SECRETS[n]),
            1,
        );
        all.push(("PUT", "/Patient/p".into(), doubled));
    }
    all
}

#[test]
fn no_refusal_and_no_log_names_a_patient() {
    let mut gateway = harness::Gateway::start(&["--log", "debug"]);
    let client = gateway.client();
    for (method, path, body) in bad_requests() {
        let answer = client.send(method, &path, &[("Prefer", "return=OperationOutcome")], body.as_bytes());
        assert!((400..500).contains(&answer.status), "{method} {path} {body}: {} {}", answer.status, answer.text());
        for secret in SECRETS {
            assert!(!answer.text().contains(secret), "{method} {path}: {secret} in {}", answer.text());
        }
    }
    // What is accepted is not written in the log either, nor what is asked.
    client.put("/Patient/p", &secret_patient()).expect(201);
    client.get(&format!("/Patient?identifier={}", SECRETS[0])).expect(200);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let asked = format!("identifier={}&family={}&birthdate={}&_count=1", SECRETS[2], SECRETS[3], SECRETS[5]);
    client.send("POST", "/Patient/_search", &form, asked.as_bytes()).expect(200);
    client
        .get(&format!("/Observation?patient.name={}&subject:Patient.birthdate={}", SECRETS[4], SECRETS[5]))
        .expect(200);
    client.get("/Patient/p/$explain?month=2026-10").expect(200);
    client
        .send("PUT", "/Patient/p", &[("Prefer", "return=OperationOutcome")], secret_patient().to_string().as_bytes())
        .expect(200);
    assert_eq!(gateway.terminate(), Some(0));
    let log = gateway.log();
    assert!(log.contains("OPEN ACCESS") && log.contains("stopping"), "nothing was logged at all: {log:?}");
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} in the log:\n{log}");
    }
}

#[test]
fn no_warning_names_a_patient() {
    let client = harness::structure();
    let body = make::with(secret_patient(), json!({"id": null, "birthDate": "1947-08-23"}));
    let answer = client
        .send("POST", "/Patient", &[("Prefer", "return=OperationOutcome")], body.to_string().as_bytes())
        .expect(201);
    let validated = client.post("/Patient/$validate", &body).expect(200);
    for (secret, text) in SECRETS.iter().flat_map(|s| [(s, answer.text()), (s, validated.text())]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn a_refusal_names_a_word_of_fhir_and_no_other() {
    let client = harness::structure();
    let entry = |name: &str, method: &str| {
        let resource = json!({"resourceType": name, "id": "x"});
        let url = if method == "PUT" { format!("{name}/x") } else { name.to_owned() };
        let entry = json!({"request": {"method": method, "url": url}, "resource": resource});
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    };
    let told = |text: &str, word: &str| {
        let issue = &outcome::issues(&serde_json::from_str(text).unwrap())[0];
        assert!(issue.fr.contains(word) && issue.en.contains(word), "{word}: {text}");
    };
    for method in ["POST", "PUT"] {
        told(&client.post("", &entry("MedicationStatement", method)).expect(422).text(), "MedicationStatement");
        assert!(!client.post("", &entry("Zorglubov", method)).expect(422).text().contains("Zorglubov"));
    }
    let get = json!([{"request": {"method": "GET", "url": "MedicationStatement/x"}}]);
    let read = json!({"resourceType": "Bundle", "type": "transaction", "entry": get});
    told(&client.post("", &read).expect(422).text(), "MedicationStatement");
    let mut other = entry("Patient", "POST");
    other["entry"][0]["resource"]["resourceType"] = json!("Claim");
    told(&client.post("", &other).expect(422).text(), "Claim");
    for (path, code, word) in [
        ("/Invoice?subject=Patient/p&_sort=date", "MTR-OPR-002", "_sort"),
        ("/Group?_include:iterate=Group:member", "MTR-OPR-002", "_include"),
        ("/Patient/p/$forfait?_elements=id", "MTR-OPR-002", "_elements"),
        ("/ValueSet?_revinclude=x", "MTR-SRC-001", "_revinclude"),
        ("/Patient?_revinclude=Provenance:target", "MTR-SRC-013", "Provenance"),
        ("/Observation?_include=Observation:subject:Medication", "MTR-SRC-013", "Medication"),
        ("/Patient?_has:Provenance:target:agent=x", "MTR-SRC-013", "Provenance"),
        ("/Encounter?_revinclude=Flag:patient", "MTR-SRC-014", "Flag:patient"),
        ("/Encounter?_include=Patient:organization", "MTR-SRC-014", "Patient:organization"),
    ] {
        let answer = client.get(path);
        outcome::refused(&answer, 400, "not-supported", code, "");
        told(&answer.text(), word);
    }
    for path in ["/Invoice?Zorglubov=1", "/Patient?_revinclude=Zorglubov:x", "/ValueSet?Zorglubov=1"] {
        assert!(!client.get(path).expect(400).text().contains("Zorglubov"), "{path}");
    }
}
