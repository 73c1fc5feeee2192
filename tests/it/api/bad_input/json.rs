//! Not JSON, not FHIR, duplicate keys, depth, size, media types.

use super::{BUNDLE, Case, PATIENT, PUT, Refusal, check, observation, patient};
use crate::harness;
use crate::harness::outcome;
use serde_json::json;

const NOT_JSON: Refusal = (400, "structure", "MTR-JSN-001", "");
const NO_OBJECT: Refusal = (400, "structure", "MTR-JSN-002", "");
const TWICE: Refusal = (400, "structure", "MTR-JSN-003", "");
const TOO_DEEP: Refusal = (400, "structure", "MTR-JSN-004", "");
const EMPTY: Refusal = (400, "structure", "MTR-JSN-006", "");
const NO_TYPE: Refusal = (400, "structure", "MTR-RES-001", "");
const NOT_ACCEPTED: Refusal = (404, "not-supported", "MTR-RES-002", "");
const OTHER_TYPE: Refusal = (400, "invalid", "MTR-RES-003", "");

fn t(text: &str) -> String {
    text.to_owned()
}

const NO_RESOURCES: &[Case] = &[
    ("cut", PATIENT, || t(r#"{"resourceType":"Patient","#), NOT_JSON),
    ("a word", PATIENT, || t("bonjour"), NOT_JSON),
    ("two documents", PATIENT, || t(r#"{"resourceType":"Patient"} {}"#), NOT_JSON),
    ("a comma too many", PATIENT, || t(r#"{"resourceType":"Patient",}"#), NOT_JSON),
    ("single quotes", PATIENT, || t("{'resourceType':'Patient'}"), NOT_JSON),
    ("a leading zero", PATIENT, || t(r#"{"resourceType":"Patient","multipleBirthInteger":01}"#), NOT_JSON),
    ("no number", PATIENT, || t(r#"{"resourceType":"Patient","multipleBirthInteger":NaN}"#), NOT_JSON),
    ("a control character", PATIENT, || t("{\"resourceType\":\"Pat\nient\"}"), NOT_JSON),
    ("half a surrogate pair", PATIENT, || t(r#"{"resourceType":"Patient","language":"\ud83d"}"#), NOT_JSON),
    ("XML", PATIENT, || t("<Patient xmlns=\"http://hl7.org/fhir\"/>"), NOT_JSON),
    ("a list", PATIENT, || t("[]"), NO_OBJECT),
    ("a string", PATIENT, || t("\"Patient\""), NO_OBJECT),
    ("nothing", PATIENT, || t(""), EMPTY),
    ("no resourceType", PATIENT, || t(r#"{"a":1}"#), NO_TYPE),
    ("no resourceType where a Bundle is read", BUNDLE, || t("{}"), NO_TYPE),
    ("a resourceType that is no text", PATIENT, || t(r#"{"resourceType":7}"#), NO_TYPE),
    ("a type that is not received", ("POST", "/Medication"), || t(r#"{"resourceType":"Medication"}"#), NOT_ACCEPTED),
    ("no type at all", ("POST", "/Nonsense"), || t("{}"), NOT_ACCEPTED),
    ("another type than the URL's", PATIENT, || observation(json!({})), OTHER_TYPE),
    ("another type in PUT", PUT, || t(r#"{"resourceType":"Group","id":"p"}"#), OTHER_TYPE),
];

#[test]
fn what_is_not_json_or_not_fhir() {
    let client = harness::structure();
    check(&client, NO_RESOURCES);
    let latin1 = b"{\"resourceType\":\"Patient\",\"language\":\"\xe9\"}";
    outcome::refused(&client.send("POST", "/Patient", &[], latin1), 400, "structure", "MTR-JSN-005", "");
    assert_eq!(client.found("/Patient?_count=1")["total"], 0);
}

/// A good Patient with text put before its last brace.
fn born(more: &str) -> String {
    format!(r#"{{"resourceType":"Patient","birthDate":"1950-01-01",{more}}}"#)
}

fn in_an_entry() -> String {
    let resource = r#"{"resourceType":"Patient","id":"p","id":"q","birthDate":"1950-01-01"}"#;
    let request = r#"{"method":"PUT","url":"Patient/p"}"#;
    format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{resource},"request":{request}}}]}}"#
    )
}

const DOUBLED: &[Case] = &[
    ("at the root", PATIENT, || born(r#""birthDate":"1951-01-01""#), TWICE),
    ("with the same value", PATIENT, || born(r#""birthDate":"1950-01-01""#), TWICE),
    ("within", PATIENT, || born(r#""name":[{"family":"A","family":"A"}]"#), TWICE),
    ("by an escape", PATIENT, || born(r#""birth\u0044ate":"1951-01-01""#), TWICE),
    ("the type", PATIENT, || born(r#""resourceType":"Patient""#), TWICE),
    ("in an entry", BUNDLE, in_an_entry, TWICE),
];

#[test]
fn a_member_that_stands_twice() {
    let client = harness::structure();
    check(&client, DOUBLED);
    assert_eq!(client.found("/Patient?_count=1")["total"], 0);
}

fn deep(open: &str, close: &str, n: usize) -> String {
    format!("{}{}", open.repeat(n), close.repeat(n))
}

fn extended(inner: &str) -> String {
    born(&format!("\"extension\":{inner}"))
}

const NESTED: &[Case] = &[
    ("lists alone", PATIENT, || deep("[", "]", 10_000), NO_OBJECT),
    ("lists within", PATIENT, || extended(&deep("[", "]", 10_000)), TOO_DEEP),
    ("objects", PATIENT, || format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)), TOO_DEEP),
    ("extensions", PATIENT, || extended(&deep("[{\"url\":\"u\",\"extension\":", "}]", 5_000)), TOO_DEEP),
    ("never closed", PATIENT, || extended(&"[".repeat(1_000_000)), TOO_DEEP),
    ("objects never closed", PATIENT, || "{\"a\":".repeat(200_000), TOO_DEEP),
    (
        "in a Bundle",
        BUNDLE,
        || format!(r#"{{"resourceType":"Bundle","type":"batch","entry":{}}}"#, deep("[", "]", 10_000)),
        TOO_DEEP,
    ),
];

#[test]
fn ten_thousand_levels_of_nesting() {
    let client = harness::structure();
    check(&client, NESTED);
    client.send_at("GET", "/health/live", &[], b"").expect(200);
}

fn of_size(characters: usize) -> String {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", "x".repeat(characters));
    patient(json!({"text": {"status": "generated", "div": div}}))
}

#[test]
fn a_body_over_the_limit() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let big = of_size(1_100_000);
    for (method, path) in [PATIENT, PUT, BUNDLE, ("POST", "/Patient/$validate")] {
        let refused = client.send(method, path, &[], big.as_bytes());
        outcome::refused(&refused, 413, "too-long", "MTR-REQ-004", "");
        let told = &outcome::issues(&refused.json())[0].en;
        let named = ["1 MB", "1048576", "1 048 576", "1,048,576"].iter().any(|limit| told.contains(limit));
        assert!(named, "the limit is not named: {told}");
    }
    client.send("POST", "/Patient", &[], of_size(1_000_000).as_bytes()).expect(201);
}

#[test]
fn a_media_type_that_is_not_read() {
    let client = harness::structure();
    let body = patient(json!({}));
    let post = |media: &str| client.send("POST", "/Patient", &[("Content-Type", media)], body.as_bytes());
    for media in [
        "application/fhir+xml",
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "nonsense",
    ] {
        outcome::refused(&post(media), 415, "not-supported", "MTR-REQ-002", "");
    }
    for media in [
        "application/fhir+json",
        "application/json",
        "application/fhir+json; charset=UTF-8",
        "application/fhir+json;fhirVersion=4.0",
        "APPLICATION/JSON",
    ] {
        let created = post(media);
        assert_eq!(created.status, 201, "{media}");
        client.delete(&format!("/Patient/{}", created.id())).expect(204);
    }
    let bundle = client.send("POST", "", &[("Content-Type", "application/fhir+xml")], b"<Bundle/>");
    outcome::refused(&bundle, 415, "not-supported", "MTR-REQ-002", "");
}
