//! search: every type of parameter and every modifier, over what practices store.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

/// Answers the ids of the matches of a page.
fn ids(found: &Value) -> Vec<String> {
    let entries = found["entry"].as_array().into_iter().flatten().filter(|e| e["search"]["mode"] == "match");
    entries.map(|e| e["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn finds(client: &Client, cases: &[(&str, &[&str])]) {
    for (query, wanted) in cases {
        let found = client.found(query);
        let wanted: Vec<String> = wanted.iter().map(|&w| w.to_owned()).collect();
        assert_eq!((ids(&found), found["total"].as_u64()), (wanted.clone(), Some(wanted.len() as u64)), "{query}");
    }
}

fn named(id: &str, name: Value, more: Value) -> Value {
    make::with(make::with(make::patient(id, "male", "1950-01-01"), json!({ "name": name })), more)
}

#[test]
fn names_are_found_by_their_beginning_without_accents_and_case() {
    let client = harness::structure();
    client.push(&[
        named("a", json!([{"family": "Éloïse-Dupont", "given": ["Hélène", "Marie"]}]), json!({})),
        named("b", json!([{"family": "Dupont", "given": ["Jean-Pierre"]}, {"family": "Durand"}]), json!({})),
        named("c", json!([{"text": "Camille de la Tour"}]), json!({})),
        named("d", json!([{"family": "DUPOND"}]), json!({})),
    ]);
    finds(
        &client,
        &[
            ("/Patient?family=dup", &["b", "d"]),
            ("/Patient?family=DUPONT", &["b"]),
            ("/Patient?family=eloise", &["a"]),
            ("/Patient?family=%C3%89LO%C3%8FSE%20dup", &["a"]),
            ("/Patient?family=pont", &[]),
            ("/Patient?family:contains=pont", &["a", "b"]),
            ("/Patient?family:exact=Dupont", &["b"]),
            ("/Patient?family:exact=dupont", &[]),
            ("/Patient?family:exact=DUPOND", &["d"]),
            ("/Patient?given=helene", &["a"]),
            ("/Patient?given=marie", &["a"]),
            ("/Patient?given=jean%20p", &["b"]),
            ("/Patient?name=durand", &["b"]),
            ("/Patient?name=marie", &["a"]),
            ("/Patient?name=tour", &["c"]),
            ("/Patient?name=camille", &["c"]),
            ("/Patient?name=dup,hel", &["a", "b", "d"]),
            ("/Patient?family=dup&given=jean", &["b"]),
            ("/Patient?given:missing=true", &["c", "d"]),
            ("/Patient?given:missing=false", &["a", "b"]),
            ("/Patient?name:exact=H%C3%A9l%C3%A8ne", &["a"]),
        ],
    );
}

#[test]
fn patients_are_found_by_what_is_known_of_them() {
    let client = harness::structure();
    client.push(&make::professionals());
    client.push(&[
        named(
            "a",
            json!([{"family": "A"}]),
            json!({"gender": "female", "active": true, "birthDate": "1980-05-04",
                "address": [{"use": "home", "line": ["12 rue des Lilas"], "city": "Évreux", "postalCode": "27000"}],
                "telecom": [{"system": "phone", "use": "home", "value": "0102030405"}, {"system": "email", "value": "a@b.fr"}],
                "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "fr"}]}}]}),
        ),
        named("b", json!([{"family": "B"}]), json!({"birthDate": "1980-05", "deceasedDateTime": "2024-03-02"})),
        named("c", json!([{"family": "C"}]), json!({"birthDate": "1990", "active": false, "deceasedBoolean": false,
            "generalPractitioner": [{"reference": "Practitioner/nurse"}]})),
    ]);
    finds(
        &client,
        &[
            ("/Patient?gender=female", &["a"]),
            ("/Patient?gender=http://hl7.org/fhir/administrative-gender|female", &["a"]),
            ("/Patient?gender=|female", &[]),
            ("/Patient?gender:not=female", &["b", "c"]),
            ("/Patient?gender=male,female", &["a", "b", "c"]),
            ("/Patient?active=true", &["a"]),
            ("/Patient?active:not=true", &["b", "c"]),
            ("/Patient?deceased=true", &["b"]),
            ("/Patient?deceased=false", &["a", "c"]),
            ("/Patient?death-date=2024", &["b"]),
            ("/Patient?birthdate=1980-05-04", &["a"]),
            ("/Patient?birthdate=1980-05", &["a", "b"]),
            ("/Patient?birthdate=lt1985", &["a", "b"]),
            ("/Patient?birthdate=ge1985", &["c"]),
            ("/Patient?birthdate=sa1980", &["c"]),
            ("/Patient?birthdate=eb1990", &["a", "b"]),
            ("/Patient?birthdate=ne1980-05-04", &["b", "c"]),
            ("/Patient?birthdate=ap1980-05-20", &["b"]),
            ("/Patient?address=evreux", &["a"]),
            ("/Patient?address-city=%C3%A9vreux", &["a"]),
            ("/Patient?address-postalcode=27", &["a"]),
            ("/Patient?address-use=home", &["a"]),
            ("/Patient?phone=0102030405", &["a"]),
            ("/Patient?email=a@b.fr", &["a"]),
            ("/Patient?telecom=home|0102030405", &["a"]),
            ("/Patient?email=0102030405", &[]),
            ("/Patient?language=fr", &["a"]),
            ("/Patient?general-practitioner=Practitioner/nurse", &["c"]),
            ("/Patient?general-practitioner=nurse", &["c"]),
            ("/Patient?general-practitioner:Practitioner=nurse", &["c"]),
            ("/Patient?general-practitioner=Organization/nurse", &[]),
            ("/Patient?general-practitioner.name=soignant&birthdate=1990", &["c"]),
            ("/Patient?_id=a,c", &["a", "c"]),
            ("/Patient?identifier:missing=true", &[]),
        ],
    );
    let by_type =
        format!("/Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|PI|N-a&_id={}", "a,b,c");
    assert_eq!(ids(&client.found(&by_type)), ["a"]);
}

fn weight(id: &str, patient: &str, date: &str, value: Value) -> Value {
    let weight = make::concept("http://loinc.org", "29463-7");
    make::with(make::observation(id, patient, weight, date), json!({ "valueQuantity": value }))
}

#[test]
fn values_are_found_by_number_unit_and_code_together() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let pressure = |id: &str, systolic: f64, diastolic: f64| {
        let part = |code: &str, value: f64| json!({"code": make::concept("http://loinc.org", code), "valueQuantity": make::quantity(value, "mm[Hg]")});
        let panel = make::observation(id, "p", make::concept("http://loinc.org", "85354-9"), "2025-03-01");
        make::with(panel, json!({"component": [part("8480-6", systolic), part("8462-4", diastolic)]}))
    };
    let height = make::observation("h", "p", make::concept("http://loinc.org", "8302-2"), "2025-01-01");
    client.push(&[
        weight("w1", "p", "2025-01-01", make::quantity(71.5, "kg")),
        weight("w2", "p", "2025-02-01", make::quantity(90.0, "kg")),
        make::with(height, json!({"valueQuantity": make::quantity(172.0, "cm")})),
        pressure("b1", 150.0, 80.0),
        pressure("b2", 120.0, 95.0),
    ]);
    finds(
        &client,
        &[
            ("/Observation?value-quantity=71.5", &["w1"]),
            ("/Observation?value-quantity=72", &["w1"]),
            ("/Observation?value-quantity=71", &[]),
            ("/Observation?value-quantity=gt80", &["h", "w2"]),
            ("/Observation?value-quantity=gt80|http://unitsofmeasure.org|kg", &["w2"]),
            ("/Observation?value-quantity=gt80000||g", &["w2"]),
            ("/Observation?value-quantity=1.72||m", &["h"]),
            ("/Observation?value-quantity=ap92", &["w2"]),
            ("/Observation?value-quantity=lt80&patient=p", &["w1"]),
            ("/Observation?code-value-quantity=29463-7$gt80", &["w2"]),
            ("/Observation?code-value-quantity=http://loinc.org|29463-7$gt80||kg", &["w2"]),
            ("/Observation?code-value-quantity=8302-2$gt80||kg", &[]),
            ("/Observation?code-value-quantity=29463-7$lt80,8302-2$gt80", &["h", "w1"]),
            ("/Observation?component-code=8480-6", &["b1", "b2"]),
            ("/Observation?component-code-value-quantity=8480-6$gt140", &["b1"]),
            ("/Observation?component-code-value-quantity=8462-4$gt90", &["b2"]),
            ("/Observation?combo-code-value-quantity=8462-4$gt90", &["b2"]),
            ("/Observation?combo-code-value-quantity=29463-7$gt80", &["w2"]),
            ("/Observation?combo-code=8480-6,29463-7", &["b1", "b2", "w1", "w2"]),
            ("/Observation?value-quantity:missing=true", &["b1", "b2"]),
            ("/Observation?value-concept:missing=true&code=8302-2", &["h"]),
        ],
    );
}

#[test]
fn codes_are_excluded_read_in_words_and_by_value_set() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let words = |id: &str, code: Value| make::with(make::condition(id, "p", "I10", "2020"), json!({ "code": code }));
    client.push(&[
        words("d", json!({"coding": [{"system": make::ICD10, "code": "E11.9", "display": "Diabète de type 2"}]})),
        words("h", json!({"coding": [{"system": make::ICD10, "code": "I10"}], "text": "Hypertension"})),
        words("t", json!({"text": "mal de dos"})),
    ]);
    finds(
        &client,
        &[
            ("/Condition?code=E11.9", &["d"]),
            ("/Condition?code:not=E11.9", &["h", "t"]),
            ("/Condition?code:not=E11.9,I10", &["t"]),
            ("/Condition?code:text=diabete", &["d"]),
            ("/Condition?code:text=HYPER", &["h"]),
            ("/Condition?code:missing=false", &["d", "h", "t"]),
            ("/Condition?clinical-status=active", &["d", "h", "t"]),
            ("/Condition?clinical-status:not=active", &[]),
            ("/Condition?code:in=https://mtr-gateway.example/fhir/ValueSet/diabetes", &["d"]),
            ("/Condition?code:not-in=ValueSet/diabetes", &["h", "t"]),
            ("/Condition?onset-date=2020&code=I10", &["h"]),
            ("/Condition?patient=p&category:missing=true", &["d", "h", "t"]),
        ],
    );
    for set in ["http://hl7.org/fhir/ValueSet/unknown", "https://mtr-gateway.example/fhir/ValueSet/prevention-evidence"]
    {
        let refused = client.get(&format!("/Condition?code:in={set}"));
        outcome::refused(&refused, 400, "not-found", "MTR-SRC-012", "");
    }
    let refused = client.get("/Condition?_id:not=d");
    outcome::refused(&refused, 400, "not-supported", "MTR-SRC-003", "");
    assert!(!refused.text().contains("not ?"), "the same word is no suggestion: {}", refused.text());
}

#[test]
fn tags_profiles_and_instants_of_change_are_searched() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let profile = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-observation-bmi";
    let meta = |meta: Value| {
        make::with(weight("tagged", "p", "2025-01-01", make::quantity(70.0, "kg")), json!({ "meta": meta }))
    };
    client.store(&weight("old", "p", "2025-01-01", make::quantity(70.0, "kg")));
    let between = client.found("/Observation/old")["meta"]["lastUpdated"].as_str().unwrap().to_owned();
    client.store(&meta(json!({"profile": [format!("{profile}|2.1.0")], "source": "urn:app:1",
        "tag": [{"system": "urn:t", "code": "x"}], "security": [{"code": "R"}]})));
    finds(
        &client,
        &[
            ("/Observation?_tag=x", &["tagged"]),
            ("/Observation?_tag=urn:t|x", &["tagged"]),
            ("/Observation?_tag:not=x", &["old"]),
            ("/Observation?_security=R", &["tagged"]),
            ("/Observation?_source=urn:app:1", &["tagged"]),
            (&format!("/Observation?_profile={profile}"), &["tagged"]),
            (&format!("/Observation?_profile={profile}|2.1.0"), &["tagged"]),
            (&format!("/Observation?_profile={profile}|2.0.0"), &[]),
            ("/Observation?_profile:missing=true", &["old"]),
            (&format!("/Observation?_lastUpdated=gt{between}"), &["tagged"]),
            (&format!("/Observation?_lastUpdated=ge{between}"), &["old", "tagged"]),
            (&format!("/Observation?_lastUpdated={between}"), &["old"]),
            (&format!("/Observation?_lastUpdated=lt{between}"), &[]),
            ("/Observation?_lastUpdated=ge2020", &["old", "tagged"]),
        ],
    );
}

#[test]
fn chains_go_one_hop_there_and_back() {
    let client = harness::practice();
    client.push(&make::one_of_each("p"));
    client.push(&[
        named("q", json!([{"family": "Autre"}]), json!({"birthDate": "2001-01-01"})),
        weight("w", "q", "2025-01-01", make::quantity(90.0, "kg")),
        make::visit_with("v", "q", "2025-01-01T09:00:00+01:00", "nurse"),
    ]);
    finds(
        &client,
        &[
            ("/Observation?patient.identifier=N-q", &["w"]),
            (&format!("/Observation?patient.identifier={}|N-q", make::IPP), &["w"]),
            ("/Observation?subject:Patient.birthdate=2001", &["w"]),
            ("/Observation?subject.birthdate=2001-01-01", &["w"]),
            ("/Observation?patient.family=autre&value-quantity=gt80", &["w"]),
            ("/Observation?patient.family=nobody", &[]),
            ("/Encounter?practitioner.family=soignant&patient=q", &["v"]),
            ("/Encounter?practitioner:Practitioner._id=nurse&patient=q", &["v"]),
            ("/Patient?_has:Observation:patient:code-value-quantity=29463-7$gt80", &["q"]),
            ("/Patient?_has:Encounter:subject:practitioner=Practitioner/nurse", &["q"]),
            ("/Patient?_has:Observation:patient:code=nothing", &[]),
            ("/Practitioner?_has:Encounter:practitioner:patient=q", &["nurse"]),
        ],
    );
    for query in ["/Observation?patient.link.link.link.link.name=x", "/Observation?code.text=x"] {
        let refused = client.get(query);
        harness::outcome::refused(&refused, 400, "not-supported", "MTR-SRC-009", "");
    }
    let refused = client.get("/Observation?patient.famly=x");
    harness::outcome::refused(&refused, 400, "not-supported", "MTR-SRC-001", "");
    assert!(refused.text().contains("family"));
}

#[test]
fn chains_go_on_through_what_they_lead_to() {
    let client = harness::practice();
    let within = |resource: Value, encounter: &str| {
        make::with(resource, json!({"encounter": {"reference": format!("Encounter/{encounter}")}}))
    };
    let treated = |id: &str, family: &str, doctor: &str| {
        let doctor = json!({"generalPractitioner": [{"reference": format!("Practitioner/{doctor}")}]});
        named(id, json!([{"family": family}]), doctor)
    };
    client.push(&[
        treated("p", "Premier", "gp"),
        treated("q", "Autre", "nurse"),
        make::visit("vp", "p", "2025-01-01T09:00:00+01:00"),
        make::visit_with("vq", "q", "2025-01-01T09:00:00+01:00", "nurse"),
        within(weight("op", "p", "2025-01-01", make::quantity(70.0, "kg")), "vp"),
        within(weight("oq", "q", "2025-01-01", make::quantity(90.0, "kg")), "vq"),
        weight("loose", "q", "2025-01-01", make::quantity(91.0, "kg")),
        json!({"resourceType": "Organization", "id": "group", "name": "Groupe"}),
        json!({"resourceType": "Organization", "id": "house", "name": "Maison", "partOf": {"reference": "Organization/group"}}),
        json!({"resourceType": "Location", "id": "room", "status": "active", "name": "Salle", "managingOrganization": {"reference": "Organization/house"}}),
    ]);
    client.store(&make::with(
        make::visit("vr", "p", "2025-02-01T09:00:00+01:00"),
        json!({"location": [{"location": {"reference": "Location/room"}}]}),
    ));
    finds(
        &client,
        &[
            (&format!("/Observation?encounter.subject.identifier={}|N-q", make::IPP), &["oq"]),
            ("/Observation?encounter.patient.family=premier", &["op"]),
            ("/Observation?encounter:Encounter.subject:Patient.family=nobody", &[]),
            ("/Observation?patient.general-practitioner:Practitioner._id=nurse", &["loose", "oq"]),
            ("/Observation?encounter.practitioner.identifier:missing=true", &["op", "oq"]),
            ("/Encounter?location.organization.partof.name=groupe", &["vr"]),
            ("/Encounter?location.organization.partof.name=maison", &[]),
            ("/Patient?_has:Encounter:patient:_has:Observation:encounter:value-quantity=gt80", &["q"]),
            ("/Patient?_has:Observation:patient:encounter.practitioner=Practitioner/gp", &["p"]),
            ("/Practitioner?_has:Encounter:practitioner:_has:Observation:encounter:patient=q", &["nurse"]),
            ("/Observation?patient._has:Encounter:patient:practitioner=Practitioner/nurse", &["loose", "oq"]),
            ("/Organization?_has:Organization:partof:_has:Location:organization:name=salle", &["group"]),
        ],
    );
}

#[test]
fn what_comes_along_brings_more_where_that_is_asked() {
    let client = harness::practice();
    let house = |id: &str, part_of: &str| json!({"resourceType": "Organization", "id": id, "name": id, "partOf": {"reference": format!("Organization/{part_of}")}});
    client.push(&[
        make::patient("p", "male", "1950-01-01"),
        json!({"resourceType": "Location", "id": "room", "status": "active", "name": "Salle", "managingOrganization": {"reference": "Organization/a"}}),
        // A circle ends where it began.
        house("a", "b"),
        house("b", "c"),
        house("c", "a"),
        make::with(
            make::visit("v", "p", "2025-01-01T09:00:00+01:00"),
            json!({"location": [{"location": {"reference": "Location/room"}}]}),
        ),
        make::with(weight("o", "p", "2025-01-01", make::quantity(70.0, "kg")), json!({"encounter": {"reference": "Encounter/v"}})),
    ]);
    let cases: [(&str, &[&str]); 8] = [
        (
            "/Observation?_id=o&_include=Observation:encounter&_include:iterate=Encounter:location",
            &["Encounter/v", "Location/room"],
        ),
        (
            "/Observation?_id=o&_include=Observation:encounter&_include:iterate=Encounter:location\
             &_include:iterate=Location:organization&_include:iterate=Organization:partof",
            &["Encounter/v", "Location/room", "Organization/a", "Organization/b", "Organization/c"],
        ),
        ("/Organization?_id=a&_include:iterate=Organization:partof", &["Organization/b", "Organization/c"]),
        ("/Organization?_id=a&_include=Organization:partof", &["Organization/b"]),
        ("/Organization?_id=a&_revinclude:iterate=Organization:partof", &["Organization/b", "Organization/c"]),
        (
            "/Location?_id=room&_include=Location:organization&_revinclude:iterate=Organization:partof",
            &["Organization/a", "Organization/b", "Organization/c"],
        ),
        (
            "/Patient?_id=p&_revinclude=Encounter:patient&_revinclude:iterate=Observation:encounter",
            &["Encounter/v", "Observation/o"],
        ),
        (
            "/Patient?_id=p&_revinclude=Encounter:patient&_include:iterate=Encounter:practitioner",
            &["Encounter/v", "Practitioner/gp"],
        ),
    ];
    for (query, wanted) in cases {
        let page = client.found(query);
        let entries = page["entry"].as_array().unwrap().iter().filter(|entry| entry["search"]["mode"] == "include");
        let mut along: Vec<String> = entries.map(|entry| make::path(&entry["resource"])[1..].to_owned()).collect();
        along.sort();
        assert_eq!(along, wanted, "{query}");
        assert!(page["link"][0]["url"].as_str().unwrap().contains("clude"), "{query}");
    }
}

#[test]
fn escapes_keep_their_letters() {
    let client = harness::structure();
    let identified = |id: &str, value: &str| {
        make::with(
            make::patient(id, "male", "1950-01-01"),
            json!({"identifier": [{"system": "urn:s", "value": value}]}),
        )
    };
    client.push(&[identified("a", "x,y"), identified("b", "x|y"), identified("c", "x$y"), identified("d", "x\\y")]);
    finds(
        &client,
        &[
            ("/Patient?identifier=urn:s|x%5C,y", &["a"]),
            ("/Patient?identifier=urn:s|x%5C|y", &["b"]),
            ("/Patient?identifier=urn:s|x%5C$y", &["c"]),
            ("/Patient?identifier=urn:s|x%5C%5Cy", &["d"]),
            ("/Patient?identifier=urn:s|x%5C,y,urn:s|x%5C|y", &["a", "b"]),
        ],
    );
}

#[test]
fn numbers_beyond_what_is_compared_stay_on_their_side_or_are_refused() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let told = |id: &str, number: &str| {
        let text = weight(id, "p", "2025-01-02", make::quantity(1.5, "kg")).to_string().replace("1.5", number);
        client.send("PUT", &format!("/Observation/{id}"), &[], text.as_bytes()).expect(201);
    };
    told("huge", "1E300");
    told("deep", "-1E300");
    told("tiny", "1E-300");
    told("usual", "80");
    finds(
        &client,
        &[
            ("/Observation?value-quantity=gt1000000", &["huge"]),
            ("/Observation?value-quantity=lt-1000000", &["deep"]),
            ("/Observation?value-quantity=gt-1&value-quantity=lt1", &["tiny"]),
            ("/Observation?value-quantity=ge80", &["huge", "usual"]),
            ("/Observation?value-quantity=80", &["usual"]),
        ],
    );
    for number in ["1E300", "gt1e29", "lt-1e300", "1e-300", "79228162514264337593543950336"] {
        let refused = client.get(&format!("/Observation?value-quantity={number}"));
        outcome::refused(&refused, 400, "value", "MTR-SRC-002", "");
        assert!(refused.text().contains("1e28"), "{number}: {}", refused.text());
    }
    let wrong = client.get("/Observation?value-quantity=1e");
    assert!(wrong.status == 400 && !wrong.text().contains("1e28"), "{}", wrong.text());
}

#[test]
fn what_is_wrong_with_a_hop_is_told_of_the_type_it_leads_to() {
    let client = harness::structure();
    for (query, kind) in [
        ("/Patient?_has:Observation:patient:cod=x", "Observation"),
        ("/Patient?_has:Observation:pacient:code=x", "Observation"),
        ("/Observation?patient.brithdate=1950", "Patient"),
        ("/Patient?_revinclude=Observation:pacient", "Observation"),
        ("/Patient?brithdate=1950", "Patient"),
    ] {
        let refused = client.get(query);
        outcome::refused(&refused, 400, "not-supported", "MTR-SRC-001", "");
        let told = &outcome::issues(&refused.json())[0].en;
        assert!(told.contains(&format!("does not exist for {kind}")), "{query}: {told}");
    }
}

#[test]
fn a_parameter_without_a_value_is_told_as_such() {
    let client = harness::structure();
    for query in ["/Patient?gender=", "/Observation?code=a,,b", "/Patient?_count=", "/Observation?date="] {
        outcome::refused(&client.get(query), 400, "value", "MTR-SRC-011", "");
    }
}
