//! The front door: what this is, what it can do, whether it is well.

use crate::harness;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;

#[test]
fn the_front_page_says_what_this_is_and_where_to_go() {
    let client = harness::structure();
    let page = client.send_at("GET", "/", &[], b"").expect(200);
    for word in ["Médecin Traitant Renforcé", "/fhir/metadata", "$forfait", "$prevention", "$explain"] {
        assert!(page.text().contains(word), "{word} in {}", page.text());
    }
    let html = client.send_at("GET", "/", &[("Accept", "text/html")], b"").expect(200);
    assert!(html.header("content-type").unwrap().starts_with("text/html"));
}

#[test]
fn the_capability_statement_tells_types_parameters_and_operations() {
    let client = harness::structure();
    let told = client.found("/metadata");
    assert_eq!((&told["resourceType"], &told["fhirVersion"]), (&"CapabilityStatement".into(), &"4.0.1".into()));
    let rest = &told["rest"][0];
    let resources = rest["resource"].as_array().unwrap();
    for expected in make::one_of_each("p") {
        let kind = &expected["resourceType"];
        let resource = resources.iter().find(|r| r["type"] == *kind).unwrap_or_else(|| panic!("{kind} is not told"));
        let interactions: Vec<&str> =
            resource["interaction"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap()).collect();
        let all =
            ["read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"];
        assert_eq!(interactions, all, "{kind}");
        for flag in ["conditionalCreate", "conditionalUpdate", "readHistory", "updateCreate"] {
            assert_eq!(resource[flag], true, "{kind} {flag}");
        }
        assert_eq!(resource["conditionalDelete"], "single", "{kind}");
        assert_eq!(resource["conditionalRead"], "full-support", "{kind}");
        // Each parameter it tells is one it takes.
        for parameter in resource["searchParam"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let value = match (parameter["type"].as_str().unwrap(), name) {
                ("date", _) => "2025",
                ("quantity", _) => "5",
                ("composite", name) if name.ends_with("date") => "x$2025",
                ("composite", name) if name.ends_with("quantity") => "x$5",
                ("composite", _) => "x$y",
                _ => "x",
            };
            let path = format!("/{}?{name}={value}", kind.as_str().unwrap());
            assert_eq!(client.get(&path).status, 200, "{path}");
        }
    }
    let patient = resources.iter().find(|r| r["type"] == "Patient").unwrap();
    let operations: Vec<&str> =
        patient["operation"].as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap()).collect();
    for operation in ["validate", "prevention", "typologies", "forfait", "mtr-dossier", "explain", "everything", "meta"]
    {
        assert!(operations.contains(&operation), "{operation} in {operations:?}");
    }
    let system: Vec<&str> =
        rest["interaction"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap()).collect();
    assert_eq!(system, ["transaction", "batch", "history-system"]);
    assert_eq!(told["patchFormat"], serde_json::json!(["application/json-patch+json"]));
    assert!(rest["documentation"].as_str().unwrap().contains("10000"), "the limit of entries");
    assert_eq!(rest["security"]["cors"], false);
    assert_eq!(client.get("/metadata").body, client.get("/metadata").body);
}

#[test]
fn it_says_that_it_lives_and_is_ready() {
    let client = harness::structure();
    client.send_at("GET", "/health/live", &[], b"").expect(200);
    client.send_at("GET", "/health/ready", &[], b"").expect(200);
}

#[test]
fn an_address_that_does_not_exist_is_said_so() {
    let client = harness::structure();
    for path in ["/nowhere", "/fhir/Patient/p/q/r/s/t", "/FHIR/Patient"] {
        let answer = client.send_at("GET", path, &[], b"");
        outcome::refused(&answer, 404, "not-found", "MTR-GET-004", "");
    }
}

#[test]
fn closed_access_lets_nobody_in_and_still_says_what_it_is() {
    let gateway = Gateway::start_as(&["--structure", "cabinet"]);
    let client = gateway.client();
    let patient = make::patient("p", "male", "1950-01-01");
    let refused = [
        client.get("/Patient/p"),
        client.get("/Patient?identifier=x"),
        client.put("/Patient/p", &patient),
        client.post("/Patient", &patient),
        client.post("", &make::transaction(std::slice::from_ref(&patient))),
        client.post("/Patient/$validate", &patient),
        client.delete("/Patient/p"),
        client.get("/Patient/p/$forfait?month=2026-10"),
        client.get("/Patient/p/$prevention?date=2026-10-31"),
        client.get("/Patient/p/_history/1"),
    ];
    for answer in &refused {
        outcome::refused(answer, 401, "login", "MTR-ACC-001", "");
    }
    client.get("/metadata").expect(200);
    client.send_at("GET", "/", &[], b"").expect(200);
    client.send_at("GET", "/health/ready", &[], b"").expect(200);
}

#[test]
fn open_access_is_said_loudly_in_the_log() {
    let gateway = Gateway::start(&[]);
    assert!(gateway.log().contains("OPEN ACCESS"), "{}", gateway.log());
}
