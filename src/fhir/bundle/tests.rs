use super::*;
use crate::fhir::json::JsonFaultKind;
use crate::fhir::references;

const BASE: &str = "https://gw.example/fhir";

fn bundle(mode: &str, entries: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","type":"{mode}","entry":[{entries}]}}"#)
}

fn faults(text: &str) -> Vec<(BundleFaultKind, String)> {
    read(text.as_bytes(), BASE, 100).unwrap().faults().map(|f| (f.kind, f.expression.clone())).collect()
}

#[test]
fn a_bundle_that_is_no_transaction_is_refused_as_a_whole() {
    let cases = [
        (r#"{"resourceType":"Bundle"}"#, WholeFault::NoType, "Bundle.type"),
        (r#"{"resourceType":"Bundle","type":"searchset"}"#, WholeFault::TypeNotSupported, "Bundle.type"),
        (r#"{"resourceType":"Bundle","type":"transaction-response"}"#, WholeFault::TypeNotSupported, "Bundle.type"),
        (r#"{"resourceType":"Patient","type":"batch"}"#, WholeFault::NotABundle("Patient"), "Bundle"),
        (r#"{"resourceType":"Bundle","type":"batch","entry":{}}"#, WholeFault::EntryNotAnArray, "Bundle.entry"),
        (
            r#"{"resourceType":"Bundle","type":"batch","entry":[{},{},{}]}"#,
            WholeFault::TooManyEntries { count: 3, limit: 2 },
            "Bundle.entry",
        ),
    ];
    for (text, want, expression) in cases {
        let fault = read(text.as_bytes(), BASE, 2).unwrap_err();
        assert_eq!((&fault, fault.expression().as_str()), (&want, expression), "{text}");
    }
    let broken = bundle("batch", r#"{"request":{"method":"GET","method":"GET"}}"#);
    let WholeFault::Json(fault) = read(broken.as_bytes(), BASE, 9).unwrap_err() else { panic!() };
    assert_eq!(
        (fault.kind, fault.expression().as_str()),
        (JsonFaultKind::DuplicateMember, "Bundle.entry[0].request.method")
    );
    let empty = read(br#"{"resourceType":"Bundle","type":"transaction"}"#, BASE, 9).unwrap();
    assert_eq!((empty.mode, empty.entries.len()), (Mode::Transaction, 0));
}

#[test]
fn a_resource_of_the_accepted_depth_is_accepted_in_an_entry() {
    let nested = |n: usize| format!("{{\"resourceType\":\"Patient\",\"x\":{}{}}}", "[".repeat(n), "]".repeat(n));
    let entry =
        |n| bundle("batch", &format!(r#"{{"resource":{},"request":{{"method":"POST","url":"Patient"}}}}"#, nested(n)));
    assert!(read(entry(99).as_bytes(), BASE, 9).is_ok());
    let WholeFault::Json(fault) = read(entry(100).as_bytes(), BASE, 9).unwrap_err() else { panic!() };
    assert_eq!(fault.kind, JsonFaultKind::TooDeep);
    assert!(read(entry(10_000).as_bytes(), BASE, 9).is_err());
}

#[test]
fn entries_keep_their_bytes() {
    let resource = r#"{ "resourceType" : "Patient", "x": 1.10 , "y": 1e2}"#;
    let text = bundle(
        "transaction",
        &format!(
            r#"{{"fullUrl":"urn:uuid:1","resource":{resource},"request":{{"method":"POST","url":"Patient","ifNoneExist":"?identifier=a%7Cb"}}}}"#
        ),
    );
    let read = read(text.as_bytes(), BASE, 9).unwrap();
    let entry = read.entries[0].as_ref().unwrap();
    assert_eq!(entry.resource, Some(resource.as_bytes()));
    assert_eq!(entry.if_none_exist.as_deref(), Some("identifier=a%7Cb"));
    assert_eq!(entry.full_url.as_deref(), Some("urn:uuid:1"));
}

#[test]
fn every_fault_of_every_entry_is_told_at_once() {
    use BundleFaultKind::*;
    let cases: &[(&str, &[(BundleFaultKind, &str)])] = &[
        ("5", &[(WrongType, "Bundle.entry[0]")]),
        ("{}", &[(NoRequest, "Bundle.entry[0].request")]),
        (r#"{"request":{}}"#, &[(NoMethod, "Bundle.entry[0].request.method"), (NoUrl, "Bundle.entry[0].request.url")]),
        (
            r#"{"resource":[],"request":{"method":"post","url":7},"foo":1,"fullUrl":"Patient/1"}"#,
            &[
                (WrongType, "Bundle.entry[0].resource"),
                (UnknownMethod, "Bundle.entry[0].request.method"),
                (WrongType, "Bundle.entry[0].request.url"),
                (UnknownElement, "Bundle.entry[0].foo"),
                (BadFullUrl, "Bundle.entry[0].fullUrl"),
            ],
        ),
        (
            r#"{"resource":null,"request":{"method":"POST","url":"Patient"}}"#,
            &[(NoResource, "Bundle.entry[0].resource")],
        ),
        (
            r#"{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient/1"}}"#,
            &[(UrlNotForMethod, "Bundle.entry[0].request.url")],
        ),
        (
            r#"{"resource":{"resourceType":"Patient","id":"2"},"request":{"method":"PUT","url":"Patient/1"}}"#,
            &[(IdMismatch, "Bundle.entry[0].resource.id")],
        ),
        (
            r#"{"resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"Patient/1"}}"#,
            &[(IdMismatch, "Bundle.entry[0].resource.id")],
        ),
        (
            r#"{"resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"Patient"}}"#,
            &[(UrlNotForMethod, "Bundle.entry[0].request.url")],
        ),
        (
            r#"{"resource":{"resourceType":"Flag"},"request":{"method":"POST","url":"Patient"}}"#,
            &[(TypeMismatch("Patient", "Flag"), "Bundle.entry[0].resource.resourceType")],
        ),
        (
            r#"{"resource":{},"request":{"method":"POST","url":"Patient","ifNoneExist":"?"}}"#,
            &[
                (NoResourceType, "Bundle.entry[0].resource.resourceType"),
                (EmptyCondition, "Bundle.entry[0].request.ifNoneExist"),
            ],
        ),
        (
            r#"{"resource":{"resourceType":"Claim"},"request":{"method":"POST","url":"Claim"}}"#,
            &[(TypeNotAccepted("Claim"), "Bundle.entry[0].request.url")],
        ),
        (
            r#"{"request":{"method":"GET","url":"http://other/fhir/Patient/1"}}"#,
            &[(ForeignUrl, "Bundle.entry[0].request.url")],
        ),
        (r#"{"request":{"method":"GET","url":"patients/1"}}"#, &[(BadUrl, "Bundle.entry[0].request.url")]),
        (r#"{"request":{"method":"GET","url":"Measure/x"}}"#, &[]),
        (
            r#"{"fullUrl":"http://a/Patient/1/_history/1","request":{"method":"GET","url":"Patient/1"}}"#,
            &[(BadFullUrl, "Bundle.entry[0].fullUrl")],
        ),
    ];
    for (entry, want) in cases {
        let want: Vec<_> = want.iter().map(|(k, e)| (*k, (*e).to_owned())).collect();
        assert_eq!(faults(&bundle("transaction", entry)), want, "{entry}");
    }
    let good = r#"{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}"#;
    let many = bundle("transaction", &[&[good; 56][..], &["{}"], &[good]].concat().join(","));
    assert_eq!(faults(&many), [(NoRequest, "Bundle.entry[56].request".to_owned())]);
}

#[test]
fn one_resource_is_written_once_in_a_transaction() {
    use BundleFaultKind::*;
    let put = r#"{"resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}}"#;
    let delete = r#"{"request":{"method":"DELETE","url":"https://gw.example/fhir/Patient/1"}}"#;
    let get = r#"{"request":{"method":"GET","url":"/Patient/1"}}"#;
    let create = r#"{"fullUrl":"urn:uuid:A","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}}"#;
    let again = create.replace("urn:uuid:A", "urn:uuid:b");
    let shouted = r#"{"fullUrl":"URN:UUID:a","request":{"method":"GET","url":"Patient"}}"#;
    assert_eq!(
        faults(&bundle("transaction", &[put, get, delete].join(","))),
        [(SameIdentity, "Bundle.entry[2].request.url".into())]
    );
    assert_eq!(faults(&bundle("batch", &[put, get, delete].join(","))), []);
    assert_eq!(
        faults(&bundle("transaction", &[create, &again].join(","))),
        [(SameCondition, "Bundle.entry[1].request.ifNoneExist".into())]
    );
    assert_eq!(
        faults(&bundle("batch", &[create, shouted].join(","))),
        [(DuplicateFullUrl, "Bundle.entry[1].fullUrl".into())]
    );
    let late = overlapping([(0, "Patient", "1"), (1, "Flag", "1"), (4, "Patient", "1")]);
    assert_eq!(late.iter().map(|f| f.entry).collect::<Vec<_>>(), [4]);
}

#[test]
fn request_urls_have_many_forms() {
    let url = |t: &str, id: &str, v: &str, op: &str, q: &str| {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        RequestUrl {
            resource_type: some(t),
            id: some(id),
            version: some(v),
            operation: some(op),
            query: some(q),
            cascade: false,
        }
    };
    let cases = [
        ("Patient", Ok(url("Patient", "", "", "", ""))),
        ("/Patient/1", Ok(url("Patient", "1", "", "", ""))),
        ("/fhir/Patient/1", Ok(url("Patient", "1", "", "", ""))),
        ("fhir/Patient/1", Err(UrlFault::Shape)),
        ("https://GW.example/fhir/Patient/1/", Ok(url("Patient", "1", "", "", ""))),
        ("https://gw.example/fhirPatient", Err(UrlFault::Foreign)),
        ("https://gw.example/fhir", Ok(url("", "", "", "", ""))),
        ("Patient?identifier=a|b&x=http://y/z", Ok(url("Patient", "", "", "", "identifier=a|b&x=http://y/z"))),
        ("Patient?", Ok(url("Patient", "", "", "", ""))),
        ("Patient/1/_history/2", Ok(url("Patient", "1", "2", "", ""))),
        ("Patient/1/_history", Ok(url("Patient", "1", "", "_history", ""))),
        ("Patient/1/$prevention?date=2026-10-31", Ok(url("Patient", "1", "", "$prevention", "date=2026-10-31"))),
        ("Patient/_search", Ok(url("Patient", "", "", "_search", ""))),
        ("metadata", Ok(url("", "", "", "metadata", ""))),
        ("", Ok(url("", "", "", "", ""))),
        ("Patient/a b", Err(UrlFault::Shape)),
        ("Patient//1", Err(UrlFault::Shape)),
        ("patient/1", Err(UrlFault::Shape)),
        ("urn:uuid:1", Err(UrlFault::Shape)),
        ("Patient/1/%24prevention", Ok(url("Patient", "1", "", "$prevention", ""))),
        ("Patient%2F1", Err(UrlFault::Shape)),
        ("Patient/1%", Err(UrlFault::Shape)),
    ];
    for (text, want) in cases {
        assert_eq!(RequestUrl::read(text, BASE), want, "{text}");
    }
    let here = RequestUrl::read("http://localhost:8080/fhir/Patient/1", "http://127.0.0.1:8080/fhir");
    assert_eq!(here, Ok(url("Patient", "1", "", "", "")));
}

#[test]
fn entries_are_processed_in_turn_and_answered_in_place() {
    let entry = |method: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Patient","id":"{method}"}},"request":{{"method":"{method}","url":"Patient/{method}"}}}}"#
        )
    };
    let post = r#"{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}"#.to_owned();
    let text = bundle(
        "batch",
        &[entry("GET"), entry("PUT"), post.clone(), entry("HEAD"), entry("DELETE"), post, "{}".to_owned()].join(","),
    );
    let read = read(text.as_bytes(), BASE, 9).unwrap();
    assert_eq!(read.in_turn().iter().map(|e| e.index).collect::<Vec<_>>(), [4, 2, 5, 1, 0, 3]);
}

#[test]
fn forward_circular_and_relative_references_resolve() {
    let post = |url: &str, kind: &str, reference: &str| {
        format!(
            r#"{{"fullUrl":"{url}","resource":{{"resourceType":"{kind}","x":{{"reference":"{reference}"}}}},"request":{{"method":"POST","url":"{kind}"}}}}"#
        )
    };
    let cases = [
        // Each refers to the other; the first reference points forward.
        (post("urn:uuid:aa", "Patient", "urn:uuid:BB"), Some("Organization/id1")),
        (post("urn:uuid:bb", "Organization", "urn:uuid:aa/_history/3"), Some("Patient/id0/_history/3")),
        (post("http://c.example/r4/Flag/9", "Flag", "Flag/9"), Some("Flag/id2")),
        (post("http://c.example/r4/Flag/10", "Flag", "Flag/9/_history/2"), Some("Flag/id2/_history/2")),
        (post("http://d.example/r4/Flag/9", "Flag", "http://c.example/r4/Flag/9"), Some("Flag/id2")),
        (post("http://e.example/r4/Flag/9", "Flag", "Flag/10"), None),
        (post("urn:uuid:cc", "Flag", "Flag/9"), None),
        (post("urn:oid:1.2.3", "Flag", "urn:oid:1.2.3"), Some("Flag/id7")),
        (post("urn:uuid:dd", "Flag", "urn:uuid:ee"), None),
    ];
    let text = bundle("transaction", &cases.iter().map(|c| c.0.clone()).collect::<Vec<_>>().join(","));
    let read = read(text.as_bytes(), BASE, 99).unwrap();
    let mut plan = Plan::new();
    for entry in read.in_turn() {
        plan.assign(entry, entry.url.resource_type.as_deref().unwrap(), &format!("id{}", entry.index));
    }
    for (slot, (sent, want)) in read.entries.iter().zip(&cases) {
        let entry = slot.as_ref().unwrap();
        let rewritten = references::rewrite(entry.resource.unwrap(), &|r| plan.resolve(entry.full_url.as_deref(), r));
        let found = references::collect(&rewritten, "Flag").remove(0).text;
        let sent_reference = references::collect(entry.resource.unwrap(), "Flag").remove(0).text;
        assert_eq!(found, want.map_or(sent_reference, str::to_owned), "{sent}");
    }
    assert!(plan.dangling("urn:uuid:ee"));
    assert!(!plan.dangling("urn:uuid:AA"));
    assert!(!plan.dangling("Patient/1"));
}

#[test]
fn the_path_of_a_request_is_the_one_that_was_read() {
    let paths =
        ["", "metadata", "$meta", "_history", "Patient", "Patient/1", "Patient/1/_history", "Patient/$validate"];
    for path in paths.into_iter().chain(["Patient/1/_history/2", "Patient/1/$everything", "Patient/_history"]) {
        let url = RequestUrl::read(&format!("{BASE}/{path}?a=b&_cascade=delete"), BASE).unwrap();
        assert_eq!((url.path().as_str(), url.query.as_deref()), (path, Some("a=b")));
    }
}
