//! What was sent comes back equal: every element, every character, every digit.

use crate::harness;
use crate::harness::Tree;
use crate::harness::make;

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"urn:local","code":"x"}]},
    "subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-01-02","valueQuantity":{"value":@,"unit":"g"}}"#;

/// Decimals whose text a binary double would change.
const DECIMALS: [&str; 12] = [
    "1.10",
    "105.00",
    "0",
    "0.0",
    "-0",
    "-1.50",
    "1e2",
    "1.0E-3",
    "0.123456789012345678",
    "123456789012345678.9",
    "100000000000000000000",
    "0.000000000000000001",
];

/// Resources that hold what servers lose.
const RESOURCES: [(&str, &str); 10] = [
    (
        "unicode as it is and as escapes",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01","gender":"female",
        "name":[{"family":"Ben\u00e9ze\u0069t-\ud83d\ude00 \u0152uvré","given":["a\"b","c\\d","e\/f","g\nh\ti"]}]}"#,
    ),
    (
        "extensions, nested and of ours and of strangers",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01",
        "extension":[{"url":"http://stranger.example/a","extension":[{"url":"b","valueDecimal":2.50},{"url":"c","valueCode":"d"}]},
                     {"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-nationality","valueString":"FR"}]}"#,
    ),
    (
        "an extension on a primitive beside its value",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01",
        "_birthDate":{"id":"b","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1950-01-01T03:04:05.678+01:00"}]}}"#,
    ),
    (
        "nulls that hold a place in a list of primitives",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01",
        "name":[{"given":[null,"A"],"_given":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]},null]}]}"#,
    ),
    (
        "a primitive that is only an extension",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01",
        "_gender":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}"#,
    ),
    (
        "contained resources, of types that are not received alone too",
        r##"{"resourceType":"Observation","id":"o","status":"final",
        "contained":[{"resourceType":"Device","id":"d","serialNumber":"007"},{"resourceType":"Practitioner","id":"g","name":[{"family":"X"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"39156-5"}]},"subject":{"reference":"Patient/p"},
        "performer":[{"reference":"#g"}],"device":{"reference":"#d"},"effectiveDateTime":"2025-01-02",
        "valueQuantity":{"value":27.30,"unit":"Kg/m2","system":"http://unitsofmeasure.org","code":"kg/m2"}}"##,
    ),
    (
        "profiles, tags, security and a source nobody knows",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01",
        "meta":{"source":"urn:oid:1.2.3","profile":["https://interop.example/p|9.9"],"tag":[{"system":"http://t.example","code":"t"}],
                "security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]}}"#,
    ),
    (
        "narrative",
        r#"{"resourceType":"Patient","id":"p","birthDate":"1950-01-01",
        "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Né le <b>1<\/b> &amp; &eacute; <a href=\"Patient/p\">p</a></p></div>"}}"#,
    ),
    (
        "partial dates and times with fractions and offsets",
        r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},
        "code":{"text":"x"},"onsetDateTime":"2019","abatementDateTime":"2020-02","recordedDate":"2020-02-29T23:59:59.999999-02:00"}"#,
    ),
    (
        "components, ranges, ratios, identifiers as references",
        r#"{"resourceType":"Observation","id":"o","status":"amended",
        "identifier":[{"system":"urn:x:y","value":"000"}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
        "subject":{"identifier":{"system":"urn:oid:1.2.250.1.999.1.1.1","value":"N-1"},"display":"x"},
        "effectivePeriod":{"start":"2025-01-02","end":"2025-01-03"},
        "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":130.0,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
                     {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":8e1,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}],
        "referenceRange":[{"low":{"value":0.10},"high":{"value":1.20}}]}"#,
    ),
];

#[test]
fn decimals_keep_their_text() {
    let client = harness::structure();
    for decimal in DECIMALS {
        let sent = OBSERVATION.replace('@', decimal);
        let put = client.send("PUT", "/Observation/o", &[], sent.as_bytes());
        assert!(matches!(put.status, 200 | 201), "{decimal}: {}", put.text());
        for tree in [put.tree(), client.get("/Observation/o").tree()] {
            let value = tree.get("valueQuantity").and_then(|q| q.get("value")).cloned();
            assert_eq!(value, Some(Tree::Word(decimal.to_owned())));
        }
    }
}

#[test]
fn resources_come_back_as_they_were_sent() {
    let client = harness::structure();
    for (what, sent) in RESOURCES {
        let wanted = Tree::parse(sent).sent();
        let path = make::path(&serde_json::from_str(sent).unwrap());
        let put = client.send("PUT", &path, &[], sent.as_bytes());
        assert!(matches!(put.status, 200 | 201), "{what}: {}", put.text());
        assert_eq!(put.tree().sent(), wanted, "{what}");
        assert_eq!(client.get(&path).tree().sent(), wanted, "{what}");
        let version = format!("{path}/_history/{}", put.version());
        assert_eq!(client.get(&version).tree().sent(), wanted, "{what}");
    }
}

#[test]
fn a_transaction_keeps_them_too() {
    let client = harness::structure();
    for (what, sent) in RESOURCES {
        let path = make::path(&serde_json::from_str(sent).unwrap());
        let url = path.trim_start_matches('/');
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{sent},"request":{{"method":"PUT","url":"{url}"}}}}]}}"#
        );
        client.send("POST", "", &[], bundle.as_bytes()).expect(200);
        assert_eq!(client.get(&path).tree().sent(), Tree::parse(sent).sent(), "{what}");
    }
}

#[test]
fn a_created_resource_differs_by_its_id_only() {
    let client = harness::structure();
    for (what, sent) in RESOURCES {
        let kind = make::path(&serde_json::from_str(sent).unwrap()).split('/').nth(1).unwrap().to_owned();
        let created = client.send("POST", &format!("/{kind}"), &[], sent.as_bytes()).expect(201);
        let wanted = Tree::parse(sent).sent().without("id");
        assert_eq!(created.tree().sent().without("id"), wanted, "{what}");
        assert_eq!(client.get(&format!("/{kind}/{}", created.id())).tree().sent().without("id"), wanted, "{what}");
    }
}

#[test]
fn meta_keeps_what_wsent_beside_what_the_gateway_sets() {
    let client = harness::structure();
    let sent = RESOURCES[6].1;
    client.send("PUT", "/Patient/p", &[], sent.as_bytes()).expect(201);
    let meta = client.found("/Patient/p")["meta"].clone();
    assert_eq!(meta["profile"][0], "https://interop.example/p|9.9");
    assert_eq!(meta["versionId"], "1");
    assert!(meta["lastUpdated"].is_string());
}
