//! Content (http.html#mime-type, #general): media types, parts of resources, indentation,
//! compression, origins of web pages, OPTIONS.

use crate::harness;
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::{Read, Write};

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn json_is_served_whatever_name_it_has() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let paths =
        ["/Patient/p", "/Patient/p/_history/1", "/Patient/p/_history", "/Patient/p/$everything", "/Patient/p/$meta"];
    for path in paths {
        for format in ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json"] {
            client.get(&format!("{path}?_format={format}")).expect(200);
        }
        for format in ["xml", "application/fhir%2Bxml", "ttl", "text/turtle", "application/fhir+turtle"] {
            let refused = client.get(&format!("{path}?_format={format}"));
            outcome::refused(&refused, 406, "not-supported", "MTR-REQ-003", "");
        }
        let wins = client.send("GET", &format!("{path}?_format=json"), &[("Accept", "application/fhir+xml")], b"");
        wins.expect(200);
    }
    let body = make::patient("p", "female", "1950-01-01").to_string();
    for (method, path) in
        [("PUT", "/Patient/p"), ("DELETE", "/Patient/p"), ("PATCH", "/Patient/p"), ("POST", "/Patient")]
    {
        let body = if method == "DELETE" { "" } else { &body };
        let media = if method == "PATCH" { "application/json-patch+json" } else { "application/fhir+json" };
        let answer =
            client.send(method, path, &[("Accept", "application/fhir+xml"), ("Content-Type", media)], body.as_bytes());
        outcome::refused(&answer, 406, "not-supported", "MTR-REQ-003", "");
    }
    assert_eq!(client.found("/Patient/p")["gender"], "male", "nothing was written");
}

#[test]
fn the_format_of_a_search_may_stand_in_its_form() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for path in ["/Patient/_search", "/Patient/p/Condition/_search", "/ValueSet/_search", "/Group/_search"] {
        let send = |accept: &str, body: &str| client.send("POST", path, &[form, ("Accept", accept)], body.as_bytes());
        for json in ["json", "application%2Ffhir%2Bjson", "application/fhir+json"] {
            send("application/fhir+xml", &format!("_format={json}")).expect(200);
        }
        for (accept, body) in [("application/fhir+xml", ""), ("application/fhir+json", "_format=xml")] {
            outcome::refused(&send(accept, body), 406, "not-supported", "MTR-REQ-003", "");
        }
    }
}

#[test]
fn several_headers_of_what_is_accepted_are_one_list() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let both = [("Accept", "application/fhir+xml"), ("Accept", "application/fhir+json;q=0.9")];
    client.send("GET", "/Patient/p", &both, b"").expect(200);
    let neither = [("Accept", "application/fhir+xml"), ("Accept", "text/turtle")];
    outcome::refused(&client.send("GET", "/Patient/p", &neither, b""), 406, "not-supported", "MTR-REQ-003", "");
}

#[test]
fn a_slash_too_many_is_the_same_address() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let same = |path: &str, other: &str| {
        let answers = [path, other].map(|path| client.send_at("GET", path, &[], b""));
        assert_eq!((answers[1].status, &answers[1].body), (200, &answers[0].body), "{other}");
    };
    same("/fhir/Patient/p", "/fhir/Patient/p/");
    same("/fhir/Patient/p", "/fhir//Patient/p");
    same("/fhir/Patient/p", "//fhir//Patient//p//");
    same("/fhir/Patient?gender=male", "/fhir/Patient/?gender=male");
    same("/fhir/Patient/p/_history", "/fhir/Patient/p/_history/");
    same("/fhir/Patient/p/$meta", "/fhir//Patient/p/$meta");
    same("/fhir/metadata", "/fhir/metadata/");
    let empty = json!({"resourceType": "Bundle", "type": "batch"}).to_string();
    for base in ["/fhir", "/fhir/", "/fhir//"] {
        client.send_at("POST", base, &[("Content-Type", "application/fhir+json")], empty.as_bytes()).expect(200);
    }
    // An id that was forgotten is no criterion.
    for method in ["PUT", "DELETE"] {
        let body = if method == "PUT" { make::patient("p", "male", "1950-01-01").to_string() } else { String::new() };
        let answer = client.send(method, "/Patient/", &[], body.as_bytes());
        outcome::refused(&answer, 412, "required", "MTR-CND-006", "");
    }
}

#[test]
fn a_gateway_on_this_machine_is_known_by_each_of_its_names() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let named = format!("{}/fhir", client.base().replace("127.0.0.1", "localhost"));
    assert!(named.contains("localhost"));
    let subject = json!({"subject": {"reference": format!("{named}/Patient/p")}});
    let request = json!({"method": "PUT", "url": format!("{named}/Condition/c")});
    let entry = json!({"request": request, "resource": make::with(make::condition("c", "p", "I10", "2020"), subject)});
    client.post("", &json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})).expect(200);
    assert_eq!(client.found("/Condition?patient=p")["total"], 1);
    assert_eq!(client.found(&format!("/Condition?subject={named}/Patient/p"))["total"], 1);
}

#[test]
fn all_types_at_once_are_not_searched() {
    let client = harness::structure();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = client.send("POST", "/_search", &form, b"_type=Patient");
    outcome::refused(&answer, 404, "not-found", "MTR-GET-004", "");
    client.get("?_type=Patient").expect(405);
}

#[test]
fn the_capability_statement_is_not_sent_twice() {
    let client = harness::structure();
    let told = client.get("/metadata").expect(200);
    let tag = told.header("etag").unwrap().to_owned();
    client.send("GET", "/metadata", &[("If-None-Match", &tag)], b"").expect(304);
    client.send("GET", "/metadata", &[("If-None-Match", "W/\"0\"")], b"").expect(200);
    outcome::refused(&client.get("/metadata?_format=xml"), 406, "not-supported", "MTR-REQ-003", "");
}

#[test]
fn a_body_says_what_it_is() {
    let client = harness::structure();
    let body = make::patient("p", "male", "1950-01-01").to_string();
    let put = |media: &str| client.send("PUT", "/Patient/p", &[("Content-Type", media)], body.as_bytes());
    for media in [
        "application/fhir+json; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        "application/fhir+json; fhirVersion=4.0",
    ] {
        assert!(matches!(put(media).status, 200 | 201), "{media}");
    }
    for media in [
        "application/fhir+xml",
        "text/xml",
        "application/fhir+json; charset=iso-8859-1",
        "application/json; fhirVersion=5.0",
    ] {
        outcome::refused(&put(media), 415, "not-supported", "MTR-REQ-002", "");
    }
}

#[test]
fn a_part_of_a_resource_is_marked_as_one() {
    let client = harness::structure();
    let narrated = make::with(
        make::patient("p", "male", "1950-01-01"),
        json!({"text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
               "maritalStatus": {"text": "M"}, "active": true}),
    );
    client.store(&narrated);
    let names = |query: &str| -> Vec<String> {
        let part = client.found(&format!("/Patient/p?{query}"));
        let tagged = part["meta"]["tag"][0]["code"] == "SUBSETTED";
        assert_eq!(tagged, query != "_summary=false", "{query}");
        assert_eq!((&part["id"], &part["meta"]["versionId"]), (&json!("p"), &json!("1")));
        part.as_object()
            .unwrap()
            .keys()
            .filter(|k| !["resourceType", "id", "meta"].contains(&k.as_str()))
            .cloned()
            .collect()
    };
    let sorted = |query: &str| {
        let mut names = names(query);
        names.sort();
        names.join(" ")
    };
    assert_eq!(sorted("_summary=true"), "active birthDate gender identifier name");
    assert_eq!(sorted("_summary=text"), "active text");
    assert_eq!(sorted("_summary=data"), "active birthDate gender generalPractitioner identifier maritalStatus name");
    assert_eq!(
        sorted("_summary=false"),
        "active birthDate gender generalPractitioner identifier maritalStatus name text"
    );
    assert_eq!(sorted("_elements=birthDate,maritalStatus"), "active birthDate maritalStatus");
    assert_eq!(sorted("_elements=Patient.gender"), "active gender");
    let old = client.found("/Patient/p/_history/1?_elements=gender");
    assert_eq!((old.get("birthDate"), &old["gender"]), (None, &json!("male")));
    outcome::refused(&client.get("/Patient/p?_summary=short"), 400, "value", "MTR-SRC-002", "");
    assert!(client.found("/Patient/p")["meta"].get("tag").is_none(), "what is stored is whole");
}

#[test]
fn any_answer_is_indented_where_it_is_asked() {
    let client = harness::structure();
    let weight = r#"{"resourceType":"Observation","id":"w","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-01-02","valueQuantity":{"value":71.50,"system":"http://unitsofmeasure.org","code":"kg"}}"#;
    client.store(&make::patient("p", "male", "1950-01-01"));
    client.send("PUT", "/Observation/w", &[], weight.as_bytes()).expect(201);
    for path in [
        "/Observation/w",
        "/Observation?patient=p",
        "/metadata",
        "/Patient/p/$prevention",
        "/Patient/absent",
        "/Patient/p/$validate",
    ] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let plain = client.get(path);
        let pretty = client.get(&format!("{path}{separator}_pretty=true"));
        assert!(pretty.text().starts_with("{\n  \"resourceType\": "), "{path}: {}", pretty.text());
        assert_eq!(pretty.status, plain.status);
        let length = pretty.header("content-length").map(str::to_owned);
        assert!(length.is_none_or(|l| l == pretty.body.len().to_string()), "{path}");
        if path.starts_with("/Observation/") {
            assert!(pretty.text().contains("\"value\": 71.50"), "{}", pretty.text());
        }
    }
    assert!(!client.get("/Observation/w?_pretty=false").text().contains('\n'));
}

#[test]
fn a_compressed_body_is_read_within_the_same_limit() {
    let gateway = Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let patient = make::patient("p", "male", "1950-01-01").to_string();
    let put = |encoding: &str, body: &[u8]| client.send("PUT", "/Patient/p", &[("Content-Encoding", encoding)], body);
    put("gzip", &gzipped(patient.as_bytes())).expect(201);
    let bomb = gzipped(&vec![b' '; 30_000_000]);
    assert!(bomb.len() < 100_000);
    outcome::refused(&put("gzip", &bomb), 413, "too-long", "MTR-REQ-004", "");
    outcome::refused(&put("gzip", b"no gzip at all"), 400, "structure", "MTR-REQ-015", "");
    for encoding in ["br", "zstd", "gzip, br", "x"] {
        outcome::refused(&put(encoding, patient.as_bytes()), 415, "not-supported", "MTR-REQ-016", "");
    }
    put("identity", patient.as_bytes()).expect(200);
}

#[test]
fn only_long_answers_are_compressed() {
    let client = harness::structure();
    client.store(&make::patient("p", "male", "1950-01-01"));
    let short = client.send("GET", "/Patient/p", &[("Accept-Encoding", "gzip")], b"").expect(200);
    assert_eq!((short.header("content-encoding"), short.json()["id"].as_str()), (None, Some("p")));
    let long = client.send("GET", "/metadata", &[("Accept-Encoding", "gzip, deflate")], b"").expect(200);
    assert_eq!(long.header("content-encoding"), Some("gzip"));
    let mut text = Vec::new();
    GzDecoder::new(&long.body[..]).read_to_end(&mut text).unwrap();
    assert_eq!(text, client.get("/metadata").body);
    let other = client.send("GET", "/metadata", &[("Accept-Encoding", "br")], b"").expect(200);
    assert_eq!(other.header("content-encoding"), None);
}

#[test]
fn options_say_what_is_offered() {
    let client = harness::structure();
    let cases = [
        ("", "POST"),
        ("/Patient", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("/Patient/p", "GET, HEAD, PUT, PATCH, DELETE"),
        ("/Patient/p/_history", "GET, HEAD"),
        ("/Patient/$validate", "GET, HEAD, POST"),
        ("/metadata", "GET, HEAD"),
    ];
    for (path, allowed) in cases {
        let answer = client.send("OPTIONS", path, &[], b"").expect(204);
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    let preflight = [("Origin", "https://portal.example"), ("Access-Control-Request-Method", "GET")];
    let answer = client.send("OPTIONS", "/Patient/p", &preflight, b"");
    assert_eq!(answer.header("access-control-allow-origin"), None, "no origin is allowed unless it was named");
}

#[test]
fn pages_of_named_origins_may_ask() {
    let gateway =
        Gateway::start(&["--cors-origin", "https://portal.example", "--cors-origin", "http://localhost:3000"]);
    let client = gateway.client();
    client.store(&make::patient("p", "male", "1950-01-01"));
    for origin in ["https://portal.example", "http://localhost:3000"] {
        let wanted = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "PATCH"),
            ("Access-Control-Request-Headers", "if-match,content-type"),
        ];
        let preflight = client.send("OPTIONS", "/Patient/p", &wanted, b"").expect(200);
        assert_eq!(preflight.header("access-control-allow-origin"), Some(origin));
        assert!(preflight.header("access-control-allow-methods").unwrap().contains("PATCH"));
        let read = client.send("GET", "/Patient/p", &[("Origin", origin)], b"").expect(200);
        assert_eq!(read.header("access-control-allow-origin"), Some(origin));
        assert!(read.header("access-control-expose-headers").unwrap().to_ascii_lowercase().contains("etag"));
    }
    let foreign = client.send("GET", "/Patient/p", &[("Origin", "https://evil.example")], b"");
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    assert_eq!(client.found("/metadata")["rest"][0]["security"]["cors"], true);
    let (code, said) = refused_to_start("portal.example");
    assert!(code != Some(0) && said.contains("cors-origin"), "{said}");
}

fn refused_to_start(origin: &str) -> (Option<i32>, String) {
    let finished = harness::run(&["serve", "--structure", "cabinet", "--cors-origin", origin]);
    (finished.code, finished.err)
}

#[test]
fn links_keep_the_name_by_which_this_machine_was_asked() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01"), make::patient("q", "male", "1950-01-01")]);
    let bases = |client: &Client| {
        let page = client.found("/Patient?_count=1");
        let history = client.found("/Patient/p/_history");
        let groups = client.found("/Group");
        let new = make::with(make::patient("x", "male", "1950-01-01"), json!({"id": null, "identifier": null}));
        let location = client.post("/Patient", &new).expect(201).header("location").unwrap().to_owned();
        let batch = client.push(&[make::patient("r", "male", "1950-01-01")]).json();
        let links = page["link"].as_array().unwrap().iter().map(|link| link["url"].clone());
        let told = [
            page["entry"][0]["fullUrl"].clone(),
            history["link"][0]["url"].clone(),
            groups["entry"][0]["fullUrl"].clone(),
            batch["entry"][0]["response"]["location"].clone(),
            location.into(),
        ];
        let all = told.into_iter().chain(links).map(|url| url.as_str().unwrap().to_owned());
        all.map(|url| url.split("/fhir").next().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    let usual = client.base();
    let local = usual.replace("127.0.0.1", "localhost");
    let by_name = Client::new(local.trim_start_matches("http://")).of_structure(client.structure());
    assert_eq!(bases(&client).into_iter().collect::<Vec<_>>(), [usual.as_str()]);
    assert_eq!(bases(&by_name).into_iter().collect::<Vec<_>>(), [local.as_str()]);
    // Any other name is somebody's word for us, and never told again.
    let port = usual.rsplit(':').next().unwrap();
    for host in [
        "elsewhere.example",
        "localhost",
        "localhost:1",
        &format!("localhost:{port}/x"),
        &format!("a@localhost:{port}"),
    ] {
        let mut stream = std::net::TcpStream::connect(usual.trim_start_matches("http://")).unwrap();
        let head = format!(
            "GET /fhir/Patient/p/_history HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
                            X-MTR-Structure: {}\r\n\r\n",
            client.structure()
        );
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        let answer = harness::Answer::read(&mut std::io::BufReader::new(stream), "GET").unwrap();
        if answer.status == 200 {
            let own = answer.json()["link"][0]["url"].as_str().unwrap().to_owned();
            assert!(own.starts_with(&usual), "{host}: {own}");
        }
    }
    let gateway = Gateway::start(&["--base-url", "https://gw.example"]);
    let address = gateway.client().base().replace("127.0.0.1", "localhost");
    let told = Client::new(address.trim_start_matches("http://")).found("/Patient");
    assert_eq!(told["link"][0]["url"], "https://gw.example/fhir/Patient");
}
