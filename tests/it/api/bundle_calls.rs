//! What a batch asks beside the resources that are kept is answered as the interface answers it.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

fn bundle(kind: &str, entry: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": kind, "entry": entry})
}

fn ask(method: &str, url: &str) -> Value {
    json!({"request": {"method": method, "url": url}})
}

fn ask_with(url: &str, resource: Value) -> Value {
    json!({"request": {"method": "POST", "url": url}, "resource": resource})
}

fn parameters(name: &str, value: &str) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": name, "valueString": value}]})
}

fn batch(client: &Client, entries: Vec<Value>) -> Value {
    client.post("", &bundle("batch", entries)).expect(200).json()
}

fn status(answer: &Value, entry: usize) -> u16 {
    answer["entry"][entry]["response"]["status"].as_str().unwrap()[..3].parse().unwrap()
}

fn chart() -> Client {
    let client = harness::practice();
    client.push(&make::man("p", "1950-01-01"));
    client.store(&make::with(make::patient("p", "male", "1950-01-01"), json!({"language": "fr"})));
    client
}

/// Without what the instant of the answer makes different: a cursor says what all structures wrote so far.
fn timeless(mut answer: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !matches!(name.as_str(), "timestamp" | "lastUpdated" | "date" | "authored"));
                members.values_mut().for_each(strip);
                members.retain(|_, value| !value.as_str().is_some_and(|text| text.starts_with("knownAt")));
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::String(text) => text.truncate(text.find("_cursor=").unwrap_or(text.len())),
            _ => {}
        }
    }
    strip(&mut answer);
    answer
}

#[test]
fn a_batch_entry_is_answered_as_the_same_request_of_its_own() {
    let client = chart();
    let structure = client.structure().to_owned();
    let urls = [
        "Patient/p/_history",
        "Patient/p/_history?_count=1",
        "Patient/p/_history/1",
        "Patient/_history",
        "_history?_count=3",
        "metadata",
        "Patient/p/$forfait?month=2026-10",
        "Patient/p/$prevention?date=2026-10-31",
        "Patient/p/$everything",
        "Patient/p/$meta",
        "Patient/$meta",
        "$meta",
        "Patient/p/$validate",
        "Patient?name=x",
        "Patient/p/Encounter?_count=1",
        "Patient/p/Practitioner",
        "CodeSystem?_count=1",
        "CodeSystem/outcome",
        "ValueSet/rule-status/$expand",
        "CarePlan?patient=p&date=2026-10-31",
        "Measure/$evaluate-measure?measure=active-file&periodStart=2026-01-01&periodEnd=2026-03-31&knownAt=2020-01-01T00:00:00Z",
        &format!("Organization/{structure}/$worklist?date=2026-10-31"),
    ];
    let answer = batch(&client, urls.iter().map(|url| ask("GET", url)).collect());
    assert_eq!(answer["type"], "batch-response");
    for (n, url) in urls.iter().enumerate() {
        let alone = client.get(&format!("/{url}"));
        assert_eq!(status(&answer, n), alone.status, "{url}: {}", answer["entry"][n]);
        let told = &answer["entry"][n];
        let place = if alone.status < 400 { &told["resource"] } else { &told["response"]["outcome"] };
        assert_eq!(timeless(place.clone()), timeless(alone.json()), "{url}");
    }
    let etag = &answer["entry"][17]["response"]["etag"];
    assert_eq!(etag.as_str(), client.get("/CodeSystem/outcome").header("etag"));
}

#[test]
fn what_is_refused_tells_why_in_the_entry() {
    let client = chart();
    let cases = [
        ("GET", "Patient/absent/_history", 404, "MTR-GET-001"),
        ("GET", "Patient/absent/$forfait?month=2026-10", 404, "MTR-GET-001"),
        ("GET", "Patient/p/_history?_sinc=2020", 400, "MTR-HIS-002"),
        ("GET", "Patient/p/$forfait?mont=2026-10", 400, "MTR-OPR-002"),
        ("GET", "Patient/p/$nothing", 400, "MTR-OPR-001"),
        ("GET", "Patient/p/$what-if", 405, "MTR-REQ-001"),
        ("GET", "Medication/m", 404, "MTR-RES-002"),
        ("GET", "CodeSystem/absent", 404, "MTR-GET-001"),
        ("GET", "Patient/_search", 404, ""),
    ];
    let answer = batch(&client, cases.iter().map(|(method, url, ..)| ask(method, url)).collect());
    for (n, (method, url, expected, code)) in cases.iter().enumerate() {
        let told = &answer["entry"][n];
        assert!(told.get("resource").is_none(), "{method} {url}");
        let alone = client.get(&format!("/{url}"));
        assert_eq!(told["response"]["outcome"], alone.json(), "{method} {url}");
        if !code.is_empty() {
            assert_eq!(status(&answer, n), *expected, "{method} {url}: {told}");
            assert_eq!(outcome::codes(&told["response"]["outcome"]), [*code], "{url}");
        }
    }
}

#[test]
fn an_operation_by_post_takes_the_resource_of_its_entry() {
    let client = chart();
    let wrong = make::measure("x", "p", "precar", "1940-01-01", json!({"valueInteger": 45}));
    let tag = json!({"resourceType": "Parameters", "parameter": [
        {"name": "meta", "valueMeta": {"tag": [{"system": "urn:x", "code": "seen"}]}}]});
    let answer = batch(
        &client,
        vec![
            ask_with("Patient/p/$forfait", parameters("month", "2026-10")),
            ask_with("Observation/$validate", wrong),
            ask_with("Patient/p/$meta-add", tag),
            ask("POST", "Patient/_search?gender=male"),
            ask("POST", "Patient/p/$forfait?month=2026-10"),
        ],
    );
    assert_eq!((0..5).map(|n| status(&answer, n)).collect::<Vec<_>>(), [200; 5], "{answer:#}");
    let alone = client.found("/Patient/p/$forfait?month=2026-10");
    for element in ["id", "identifier", "totalNet"] {
        assert_eq!(answer["entry"][0]["resource"][element], alone[element]);
    }
    assert!(outcome::codes(&answer["entry"][1]["resource"]).contains(&"MTR-OBS-015".to_owned()));
    assert_eq!(answer["entry"][2]["resource"]["resourceType"], "Parameters");
    assert_eq!(client.found("/Patient/p")["meta"]["tag"][0]["code"], "seen");
    assert_eq!(answer["entry"][3]["resource"]["total"], 1);
    assert_eq!(answer["entry"][4]["resource"]["resourceType"], "Invoice");
}

#[test]
fn calls_see_what_the_batch_wrote_and_their_answers_stand_where_they_were_asked() {
    let client = harness::structure();
    let answer = batch(
        &client,
        vec![
            ask("GET", "Patient/n/_history"),
            make::put_entry(&make::patient("n", "male", "1950-01-01")),
            ask("HEAD", "Patient/n/_history"),
            ask("GET", "Patient/n/$meta"),
        ],
    );
    assert_eq!(answer["entry"][0]["resource"]["total"], 1, "{answer:#}");
    assert_eq!(status(&answer, 1), 201);
    assert_eq!((status(&answer, 2), answer["entry"][2].get("resource")), (200, None));
    assert_eq!(answer["entry"][3]["resource"]["resourceType"], "Parameters");
}

#[test]
fn a_condition_of_the_entry_and_the_strictness_of_the_sender_are_heard() {
    let client = chart();
    let tag = client.get("/CodeSystem/outcome").header("etag").unwrap().to_owned();
    let known = json!({"request": {"method": "GET", "url": "CodeSystem/outcome", "ifNoneMatch": tag}});
    let lax = ask("GET", "Patient/p/_history?_sinc=2020");
    let body = bundle("batch", vec![known, lax]).to_string();
    let answer = client.send("POST", "", &[("Prefer", "handling=lenient")], body.as_bytes()).expect(200).json();
    assert_eq!((status(&answer, 0), answer["entry"][0].get("resource")), (304, None));
    assert_eq!(answer["entry"][0]["response"]["etag"], *tag);
    assert_eq!(status(&answer, 1), 200, "{answer:#}");
}

#[test]
fn criteria_need_not_be_escaped_as_in_an_address() {
    let client = chart();
    for url in ["Patient/p/$everything?_type=Patient,Condition&_since=2000-01-01", "CodeSystem?name=é a \"b\" <c> {d}"]
    {
        let answer = batch(&client, vec![ask("GET", url)]);
        assert_eq!(status(&answer, 0), 200, "{url}: {answer:#}");
        assert_eq!(answer["entry"][0]["resource"]["type"], "searchset");
    }
}

#[test]
fn a_file_is_a_binary_in_the_answer() {
    let client = chart();
    let structure = client.structure().to_owned();
    let url = format!("Organization/{structure}/$export-lines?month=2026-03&drafts=true&format=csv");
    let answer = batch(&client, vec![ask("GET", &url)]);
    let file = &answer["entry"][0]["resource"];
    assert_eq!(file["resourceType"], "Binary", "{answer:#}");
    assert!(file["contentType"].as_str().unwrap().starts_with("text/csv"));
    assert!(file["data"].as_str().unwrap().len() > 40);
}

#[test]
fn a_transaction_refuses_what_it_cannot_promise_and_writes_nothing() {
    let client = chart();
    for url in ["Patient/p/$forfait?month=2026-10", "Patient/p/_history", "_history", "metadata", "CodeSystem/outcome"]
    {
        let new = make::put_entry(&make::patient("q", "male", "1950-01-01"));
        let answer = client.post("", &bundle("transaction", vec![new, ask("GET", url)]));
        outcome::refused(&answer, 422, "not-supported", "MTR-BDL-015", "Bundle.entry[1].request.url");
        client.get("/Patient/q").expect(404);
    }
    let reads = ["Patient/p", "Patient/p/_history/1", "Patient?gender=male"];
    let mut entries: Vec<Value> = reads.iter().map(|url| ask("GET", url)).collect();
    entries.push(ask("POST", "Patient/_search?gender=male"));
    let answer = client.post("", &bundle("transaction", entries)).expect(200).json();
    assert_eq!((0..4).map(|n| status(&answer, n)).collect::<Vec<_>>(), [200; 4]);
}

#[test]
fn what_does_not_fit_into_one_answer_with_the_others_is_refused() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let many: Vec<Value> = (0..200).map(|n| make::condition(&format!("c{n}"), "p", "I10", "2020")).collect();
    client.push(&many);
    let long = make::with(make::condition("long", "p", "I10", "2020"), json!({"note": [{"text": "x".repeat(50_000)}]}));
    client.store(&long);
    for url in ["metadata", "Condition?_count=200", "Condition/long", "Condition/_history", "POST Condition/_search"] {
        let (method, url) = url.split_once(' ').unwrap_or(("GET", url));
        let answer = client.post("", &bundle("batch", vec![ask(method, url); 60])).expect(200).json();
        let statuses: Vec<u16> = (0..60).map(|n| status(&answer, n)).collect();
        assert_eq!((statuses[0], statuses[59]), (200, 413), "{url}");
        assert_eq!(outcome::codes(&answer["entry"][59]["response"]["outcome"]), ["MTR-BDL-016"], "{url}");
        assert!(answer.to_string().len() < 1_300_000, "{url}: {}", answer.to_string().len());
    }
    // What is small still fits behind what was too much, and the whole has one budget.
    let mixed = [
        vec![ask("GET", "Condition?_count=200"); 30],
        vec![ask("GET", "metadata"); 10],
        vec![ask("GET", "Condition/c1")],
    ];
    let answer = client.post("", &bundle("batch", mixed.concat())).expect(200).json();
    assert_eq!((status(&answer, 29), status(&answer, 39), status(&answer, 40)), (413, 413, 200));
}

#[test]
fn a_transaction_that_reads_too_much_of_what_it_writes_writes_nothing() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let long =
        make::with(make::condition("long", "p", "I10", "2020"), json!({"note": [{"text": "x".repeat(100_000)}]}));
    let with_reads = |reads: usize| {
        let mut entries = vec![ask("GET", "Condition/long"); reads];
        entries.push(make::put_entry(&long));
        client.post("", &bundle("transaction", entries))
    };
    assert_eq!(outcome::codes(&with_reads(12).expect(413).json()), ["MTR-BDL-016"]);
    client.get("/Condition/long").expect(404);
    let answer = with_reads(8).expect(200).json();
    assert!((0..9).all(|n| matches!(status(&answer, n), 200 | 201)), "{answer}");
}

#[test]
fn a_transaction_that_reads_too_much_writes_nothing() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let many: Vec<Value> = (0..200).map(|n| make::condition(&format!("c{n}"), "p", "I10", "2020")).collect();
    client.push(&many);
    let mut entries = vec![ask("GET", "Condition?_count=200"); 60];
    entries.push(make::put_entry(&make::patient("new", "male", "1950-01-01")));
    let answer = client.post("", &bundle("transaction", entries)).expect(413);
    assert_eq!(outcome::codes(&answer.json()), ["MTR-BDL-016"]);
    client.get("/Patient/new").expect(404);
}

#[test]
fn what_is_written_is_shown_again_as_long_as_there_is_room() {
    let gateway = harness::Gateway::start(&["--max-body-mb", "1"]);
    let client = gateway.client();
    let long = make::with(make::condition("long", "p", "I10", "2020"), json!({"note": [{"text": "x".repeat(50_000)}]}));
    client.store(&long);
    let patch = |n: usize| {
        let text = json!([{"op": "replace", "path": "/onsetDateTime", "value": format!("19{:02}", n)}]).to_string();
        let data = base64(text.as_bytes());
        json!({"request": {"method": "PATCH", "url": "Condition/long"},
            "resource": {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}})
    };
    let body = bundle("batch", (0..60).map(patch).collect()).to_string();
    let answer = client.send("POST", "", &[("Prefer", "return=representation")], body.as_bytes()).expect(200).json();
    assert!((0..60).all(|n| status(&answer, n) == 200));
    assert!(answer["entry"][0]["resource"].is_object() && answer["entry"][59].get("resource").is_none());
    assert!(answer.to_string().len() < 1_300_000, "{}", answer.to_string().len());
}

/// Base64 (RFC 4648), as a Binary holds it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, b| word << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * n)) as usize & 63];
            out.push(if n <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[test]
fn an_address_may_be_escaped_as_that_of_a_request() {
    let client = chart();
    let urls = ["Patient/p/%24forfait?month=2026-10", "Patient/p/%24meta", "%5Fhistory?_count=1", "Pati%65nt/p"];
    let answer = batch(&client, urls.iter().map(|url| ask("GET", url)).collect());
    for (n, url) in urls.iter().enumerate() {
        assert_eq!((status(&answer, n), client.get(&format!("/{url}")).status), (200, 200), "{url}");
    }
    let refused = batch(&client, vec![ask("GET", "Patient%2Fp"), ask("GET", "Patient/%zz"), ask("GET", "Patient/%ff")]);
    assert_eq!((0..3).map(|n| status(&refused, n)).collect::<Vec<_>>(), [422; 3]);
}

#[test]
fn a_search_in_a_bundle_is_as_lenient_as_its_sender() {
    let client = chart();
    let url = "Patient?zodiac=lion&gender=male";
    for (handling, want) in [("handling=lenient", 200), ("handling=strict", 400), ("return=minimal", 400)] {
        let prefer = [("Prefer", handling)];
        let alone = client.send("GET", &format!("/{url}"), &prefer, b"");
        assert_eq!(alone.status, want, "{handling}");
        let body = bundle("batch", vec![ask("GET", url)]).to_string();
        let answer = client.send("POST", "", &prefer, body.as_bytes()).expect(200).json();
        let told = &answer["entry"][0];
        let place = if want == 200 { &told["resource"] } else { &told["response"]["outcome"] };
        let codes = |value: &Value| value.to_string().matches("MTR-SRC-00").count();
        assert_eq!((status(&answer, 0), codes(place)), (want, codes(&alone.json())), "{handling}: {told}");
        let body = bundle("transaction", vec![ask("GET", url)]).to_string();
        assert_eq!(client.send("POST", "", &prefer, body.as_bytes()).status, want, "{handling}");
    }
}

#[test]
fn who_sees_no_patient_is_refused_entry_by_entry() {
    let client = chart();
    let new = make::put_entry(&make::patient("q", "male", "1950-01-01"));
    let urls = [
        "metadata",
        "CodeSystem/outcome",
        "MeasureReport?measure=active-file",
        "Patient/p",
        "Patient?gender=male",
        "Patient/p/_history/1",
        "Patient/p/_history",
        "Patient/p/$forfait?month=2026-10",
        "Invoice?patient=p",
        "Foo/1",
    ];
    let mut entries: Vec<Value> = urls.iter().map(|url| ask("GET", url)).collect();
    entries.push(new.clone());
    entries.push(ask("DELETE", "Patient/p"));
    entries.push(ask("POST", "Patient/_search?gender=male"));
    for role in ["payer", "authority"] {
        let headers = [("X-MTR-Role", role)];
        let body = bundle("batch", entries.clone()).to_string();
        let answer = client.send("POST", "", &headers, body.as_bytes()).expect(200).json();
        for (n, url) in urls.iter().enumerate() {
            let alone = client.send("GET", &format!("/{url}"), &headers, b"");
            assert_eq!(status(&answer, n), alone.status, "{role} {url}: {}", answer["entry"][n]);
            if alone.status >= 400 {
                assert_eq!(answer["entry"][n]["response"]["outcome"], alone.json(), "{role} {url}");
            }
        }
        assert_eq!((status(&answer, 0), status(&answer, 2), status(&answer, 3)), (200, 200, 403), "{role}");
        assert_eq!((10..13).map(|n| status(&answer, n)).collect::<Vec<_>>(), [403; 3], "{role}");
        let whole = bundle("transaction", vec![new.clone()]).to_string();
        client.send("POST", "", &headers, whole.as_bytes()).expect(403);
    }
    client.get("/Patient/q").expect(404);
    client.get("/Patient/p").expect(200);
    let unknown = bundle("batch", entries).to_string();
    client.send("POST", "", &[("X-MTR-Role", "anybody")], unknown.as_bytes()).expect(400);
}

#[test]
fn a_search_whose_criteria_are_sent_as_a_resource_is_refused_not_left_without_any() {
    let client = harness::practice();
    client.push(&[make::patient("p", "female", "1955-05-02")]);
    let answer = batch(&client, vec![ask_with("Patient/_search", parameters("family", "Nobody"))]);
    assert_eq!((status(&answer, 0), outcome::codes(&answer["entry"][0]["response"]["outcome"]).len()), (422, 1));
}
