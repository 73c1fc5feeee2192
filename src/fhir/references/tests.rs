use super::*;

#[test]
fn a_reference_has_one_form() {
    let patient = |version| Target { resource_type: "Patient", id: "p-1.x", version };
    let cases = [
        ("#p", Form::Contained("p")),
        ("Patient/p-1.x", Form::Relative(patient(None))),
        ("Patient/p-1.x/_history/3", Form::Relative(patient(Some("3")))),
        ("http://h:80/fhir/Patient/p-1.x", Form::Rest { base: "http://h:80/fhir", target: patient(None) }),
        ("https://h/Patient/p-1.x/_history/2", Form::Rest { base: "https://h", target: patient(Some("2")) }),
        ("http://h/x/y", Form::Absolute),
        ("http://Patient/1", Form::Absolute),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", Form::Urn),
        ("Patient?identifier=a|b", Form::Conditional { resource_type: "Patient", query: "identifier=a|b" }),
        ("mailto:x@y", Form::Absolute),
        ("Patient", Form::Unreadable),
        ("patient/1", Form::Unreadable),
        ("Patient/a b", Form::Unreadable),
        ("Patient/1/_history", Form::Unreadable),
        ("/Patient/1", Form::Unreadable),
        ("", Form::Unreadable),
    ];
    for (text, want) in cases {
        assert_eq!(form(text), want, "{text}");
    }
}

#[test]
fn only_our_own_base_is_local() {
    let base = "https://Gw.example/fhir";
    for (text, want) in [
        ("Patient/1", true),
        ("https://gw.example/fhir/Patient/1", true),
        ("HTTPS://GW.EXAMPLE/fhir/Patient/1/_history/2", true),
        ("https://gw.example/FHIR/Patient/1", false),
        ("https://other.example/fhir/Patient/1", false),
        ("https://gw.example/Patient/1", false),
        ("urn:uuid:1", false),
    ] {
        assert_eq!(local(text, base).map(|t| t.id), want.then_some("1"), "{text}");
    }
}

#[test]
fn a_machine_is_itself_by_each_of_its_own_names() {
    let cases = [
        ("http://127.0.0.1:8080/fhir", "http://localhost:8080/fhir/Patient/1", true),
        ("http://localhost:8080/fhir", "http://127.0.0.1:8080/fhir/Patient/1", true),
        ("http://127.0.0.1:8080/fhir", "http://[::1]:8080/fhir/Patient/1", true),
        ("http://localhost/fhir", "HTTP://LOCALHOST/fhir/Patient/1", true),
        ("http://127.0.0.1:8080/fhir", "http://localhost:8081/fhir/Patient/1", false),
        ("http://127.0.0.1:8080/fhir", "https://localhost:8080/fhir/Patient/1", false),
        ("http://127.0.0.1:8080/fhir", "http://localhost.example:8080/fhir/Patient/1", false),
        ("https://gw.example/fhir", "https://localhost/fhir/Patient/1", false),
    ];
    for (base, text, want) in cases {
        assert_eq!(local(text, base).is_some(), want, "{text} at {base}");
    }
}

fn resolve(text: &str) -> Option<String> {
    match text {
        "urn:uuid:1" => Some("Patient/new".into()),
        "http://c/fhir/Patient/7" => Some("Patient/seven".into()),
        "Patient/7" => Some("Patient/seven".into()),
        "Patient?identifier=s|1" => Some("Patient/found".into()),
        _ => None,
    }
}

fn rewritten(text: &str) -> String {
    String::from_utf8(rewrite(text.as_bytes(), &resolve).into_owned()).unwrap()
}

#[test]
fn links_are_replaced_where_links_stand_and_nowhere_else() {
    let cases = [
        (
            r#"{ "subject" : {"reference" : "urn:uuid:1"}, "n": 1.10 }"#,
            r#"{ "subject" : {"reference" : "Patient/new"}, "n": 1.10 }"#,
        ),
        (r#"{"a":[{"reference":"urn:uuid:1\/_history\/4"}]}"#, r#"{"a":[{"reference":"Patient/new/_history/4"}]}"#),
        (
            r#"{"a":{"reference":"Patient/7"},"b":{"reference":"Patient?identifier=s|1"}}"#,
            r#"{"a":{"reference":"Patient/seven"},"b":{"reference":"Patient/found"}}"#,
        ),
        (
            r#"{"contained":[{"x":{"reference":"urn:uuid:1"}}],"y":{"reference":"urn:uuid:2"}}"#,
            r#"{"contained":[{"x":{"reference":"Patient/new"}}],"y":{"reference":"urn:uuid:2"}}"#,
        ),
        (
            r#"{"extension":[{"url":"urn:uuid:1","valueUri":"urn:uuid:1"}]}"#,
            r#"{"extension":[{"url":"urn:uuid:1","valueUri":"Patient/new"}]}"#,
        ),
        (
            r#"{"photo":[{"url":"http://c/fhir/Patient/7"}],"meta":{"source":"urn:uuid:1","profile":["urn:uuid:1"]}}"#,
            r#"{"photo":[{"url":"Patient/seven"}],"meta":{"source":"Patient/new","profile":["urn:uuid:1"]}}"#,
        ),
        // What is no link stays, even when the text is the same, and so does what can hold no relative one.
        (r#"{"extension":[{"url":"u","valueUuid":"urn:uuid:1"},{"url":"u","valueOid":"urn:uuid:1"}]}"#, ""),
        (r#"{"valueCanonical":"urn:uuid:1","instantiatesCanonical":["urn:uuid:1"],"questionnaire":"urn:uuid:1"}"#, ""),
        (
            r#"{"identifier":[{"system":"urn:uuid:1","value":"urn:uuid:1"}],"display":"urn:uuid:1","valueString":"urn:uuid:1"}"#,
            "",
        ),
        (r##"{"a":{"reference":"#urn:uuid:1"},"b":{"reference":"#"},"valueUri":"Patient/7"}"##, ""),
        (
            r#"{"text":{"div":"<div>urn:uuid:1 <b title=\"urn:uuid:1\" href='urn:uuid:1'>x</b></div>"},"note":[{"div":"<a href='urn:uuid:1'/>"}]}"#,
            "",
        ),
    ];
    for (sent, want) in cases {
        assert_eq!(rewritten(sent), if want.is_empty() { sent } else { want });
    }
}

#[test]
fn links_of_the_narrative_are_replaced() {
    let cases = [
        (
            r#"<div xmlns="http://www.w3.org/1999/xhtml"><a class="x" href="urn:uuid:1">é</a></div>"#,
            r#"<div xmlns="http://www.w3.org/1999/xhtml"><a class="x" href="Patient/new">é</a></div>"#,
        ),
        (
            "<div><a href = 'http://c/fhir/Patient/7'>a</a><img alt='>' src='urn:uuid:1'/></div>",
            "<div><a href = 'Patient/seven'>a</a><img alt='>' src='Patient/new'/></div>",
        ),
        (
            "<div><a name='n' href='urn:uuid:1/_history/2'>a</a></div>",
            "<div><a name='n' href='Patient/new/_history/2'>a</a></div>",
        ),
        ("<div><!-- <a href='urn:uuid:1'> --><abbr href='urn:uuid:1'/><a href='#x'/><a href='Patient/7'/></div>", ""),
        ("<div><a href=urn:uuid:1>a</a><a", ""),
        ("<div>2 < 3 and <a href='urn:uuid:1", ""),
    ];
    for (div, want) in cases {
        let wrap = |div: &str| {
            serde_json::json!({"resourceType": "Patient", "text": {"status": "generated", "div": div}}).to_string()
        };
        assert_eq!(rewritten(&wrap(div)), wrap(if want.is_empty() { div } else { want }));
    }
}

#[test]
fn references_are_listed_with_their_place() {
    let bytes = br##"{"resourceType":"Encounter","subject":{"reference":"Patient/1","display":"d"},
        "participant":[{},{"individual":{"reference":"#dr"}}],
        "extension":[{"url":"u","valueReference":{"reference":"Group?x=1"}}],
        "contained":[{"resourceType":"PractitionerRole","practitioner":{"reference":"urn:uuid:9"}}]}"##;
    let found: Vec<(String, String, String)> =
        collect(bytes, "Bundle.entry[2].resource").into_iter().map(|f| (f.text, f.expression, f.element)).collect();
    let want = [
        ("Patient/1", "Bundle.entry[2].resource.subject", "subject"),
        ("#dr", "Bundle.entry[2].resource.participant[1].individual", "individual"),
        ("Group?x=1", "Bundle.entry[2].resource.extension[0].valueReference", "valueReference"),
        ("urn:uuid:9", "Bundle.entry[2].resource.contained[0].practitioner", "practitioner"),
    ];
    let want: Vec<_> = want.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect();
    assert_eq!(found, want);
}
