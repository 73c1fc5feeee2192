use super::*;
use crate::domain::fact::Kind;
use crate::fhir::facts::date::Interval;
use crate::fhir::json::tree;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

const BASE: &str = "https://gw.example/fhir";
const INS: &str = "urn:oid:1.2.250.1.213.1.4.10";

fn context(key: &HashKey) -> Context<'_> {
    Context { base: BASE, key }
}

fn key() -> HashKey {
    HashKey([9; 32])
}

/// The one value set there is: two codes of one system.
fn value_set(url: &str) -> Option<Members> {
    (url == "http://vs/weights").then(|| -> Members {
        std::sync::Arc::new(|system: &str, code: &str| {
            system == "http://loinc.org" && matches!(code, "29463-7" | "3141-9")
        })
    })
}

fn query(kind: Kind, text: &str) -> Result<Query, Vec<SearchFault>> {
    let key = key();
    let reader = Reader { context: context(&key), value_sets: &value_set, unknown: Unknown::Refused };
    parse(kind, &pairs(text).map_err(|f| vec![f])?, reader)
}

/// Answers what is wrong with a query.
fn faults(kind: Kind, text: &str) -> Vec<SearchFault> {
    query(kind, text).err().unwrap_or_default()
}

fn found(kind: Kind, resource: &Value, text: &str) -> bool {
    found_of(kind, resource, None, text)
}

/// Answers whether a resource `o1` of a patient is found.
fn found_of(kind: Kind, resource: &Value, patient: Option<&str>, text: &str) -> bool {
    let key = key();
    let keys = keys(kind, &tree(resource), context(&key));
    let query = query(kind, text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let known = crate::domain::calendar::Instant(1_000_000);
    let seen = Seen { id: "o1", patient, known, keys: keys.iter().map(|k| (k.param, &*k.value)) };
    let matches = match query.matches(&seen) {
        Fit::No => false,
        Fit::Yes => true,
        Fit::Open => query.matches_body(&tree(resource), patient, context(&key)),
    };
    // A lead never hides what matches.
    if let Some(lead) = query.lead().filter(|_| matches) {
        let within =
            |k: &IndexKey| lead.ranges.iter().any(|(n, r)| *n == k.param && r.lower <= k.value && k.value < r.upper);
        assert!(keys.iter().any(|k| k.lead && within(k)), "{text}");
    }
    matches
}

fn observation() -> Value {
    json!({
        "resourceType": "Observation", "id": "o1",
        "identifier": [{"system": "http://lab", "value": "A 1|2"}, {"value": "bare"}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}, {"code": "POIDS"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-05"
    })
}

#[test]
fn tokens_are_found_in_all_their_forms() {
    let cases = [
        ("code=29463-7", true),
        ("code=http://loinc.org|29463-7", true),
        ("code=http%3A%2F%2Floinc.org%7C29463-7", true),
        ("code=|29463-7", false),
        ("code=|POIDS", true),
        ("code=POIDS", true),
        ("code=http://loinc.org|", true),
        ("code=http://snomed.info/sct|", false),
        ("code=29463", false),
        ("code=poids", false),
        ("code=x,29463-7", true),
        ("code=x,y", false),
        ("code=POIDS&code=29463-7", true),
        ("code=POIDS&code=x", false),
        ("identifier=http://lab|A 1\\|2", true),
        ("identifier=A 1\\|2", true),
        ("identifier=a 1\\|2", false),
        ("identifier=http://lab|", true),
        ("identifier=http://other|A 1\\|2", false),
        ("identifier=|bare", true),
        ("identifier=bare", true),
        ("identifier=|A 1\\|2", false),
        ("_id=o1", true),
        ("_id=o2,o1", true),
        ("_id=o2", false),
        ("_id=o1&_id=o2", false),
        ("", true),
    ];
    for (text, want) in cases {
        assert_eq!(found(Kind::Observation, &observation(), text), want, "{text}");
    }
}

#[test]
fn an_ins_is_found_however_it_is_written_and_never_kept_in_clear() {
    let number = "255050000000296";
    let patient = json!({"resourceType": "Patient", "identifier": [{"system": INS, "value": "2 55 05 00 000 002 96"}]});
    for text in [
        format!("identifier={INS}|{number}"),
        format!("identifier={INS}|2 55 05 00 000 002 96"),
        format!("identifier=1.2.250.1.213.1.4.10|{number}"),
        format!("identifier={number}"),
        format!("identifier={INS}|"),
    ] {
        assert!(found(Kind::Patient, &patient, &text), "{text}");
    }
    let key = key();
    let keys = keys(Kind::Patient, &tree(&patient), context(&key));
    assert_eq!(keys.iter().filter(|k| k.param == LINK_PARAM && k.value.len() == 16 && k.lead).count(), 1);
    for kept in &keys {
        let text = String::from_utf8_lossy(&kept.value);
        assert!(!text.contains("255") && !text.contains("000 002"));
    }
}

#[test]
fn patients_are_a_range_to_read() {
    let refs = |text: &str| {
        let query = query(Kind::Observation, text).unwrap();
        query.patients().map(|p| p.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let some = |ids: &[&str]| Some(ids.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>());
    let cases = [
        ("patient=p1", some(&["p1"])),
        ("patient=Patient/p1", some(&["p1"])),
        ("patient:Patient=p1", some(&["p1"])),
        ("subject=p1", some(&["p1"])),
        ("subject=Patient/p1", some(&["p1"])),
        ("subject:Patient=p1", some(&["p1"])),
        ("subject=https://gw.example/fhir/Patient/p1", some(&["p1"])),
        ("patient=p1,Patient/p2", some(&["p1", "p2"])),
        ("patient=p1,p2&subject=p2", some(&["p2"])),
        ("patient=p1&subject=p2", some(&[])),
        ("subject=https://else/fhir/Patient/p1", None),
        ("patient:missing=false", None),
        ("code=x", None),
    ];
    for (text, want) in cases {
        assert_eq!(refs(text), want, "{text}");
    }
    // One linked by identifier belongs to its patient without a literal reference.
    let by_number = json!({"subject": {"identifier": {"value": "x"}}});
    let of = |patient, text| found_of(Kind::Observation, &by_number, patient, text);
    assert!(of(Some("p1"), "patient=p1") && !of(Some("p2"), "patient=p1") && !of(None, "patient=p1"));
    assert!(of(Some("p1"), "subject=Patient/p1,Location/7") && of(Some("p1"), "patient:missing=false"));
    let elsewhere = json!({"subject": {"reference": "https://else/fhir/Patient/9"}});
    assert!(found(Kind::Observation, &elsewhere, "subject=https://else/fhir/Patient/9"));
    assert!(!found(Kind::Observation, &observation(), "subject=https://else/fhir/Patient/9"));
    let practitioner = json!({"subject": {"reference": "Practitioner/7"}});
    assert!(found(Kind::Flag, &practitioner, "subject=Practitioner/7"));
    assert!(found(Kind::Flag, &practitioner, "subject:Practitioner=7"));
    assert!(!found(Kind::Flag, &practitioner, "subject=Organization/7,Patient/7"));
    assert!(!found(Kind::Flag, &practitioner, "patient:missing=true"));
}

#[test]
fn references_are_found_in_all_their_forms() {
    let visit = json!({
        "account": [{"reference": "Account/7"}],
        "participant": [{"individual": {"reference": "PractitionerRole/r/_history/3"}},
            {"individual": {"reference": "https://gw.example/fhir/Practitioner/d"}}],
        "serviceProvider": {"identifier": {"system": "urn:finess", "value": "99"}},
        "partOf": {"reference": "urn:uuid:1b2c"}
    });
    let cases = [
        ("account=7", true),
        ("account=Account/7", true),
        ("account=8", false),
        ("participant=r", true),
        ("participant=PractitionerRole/r", true),
        ("participant:PractitionerRole=r", true),
        ("participant:Practitioner=r", false),
        ("participant=https://gw.example/fhir/PractitionerRole/r", true),
        ("practitioner=d", true),
        ("practitioner=Practitioner/d", true),
        ("practitioner=r", false),
        ("participant:not=Practitioner/d", false),
        ("participant:not=Practitioner/x", true),
        ("service-provider:identifier=urn:finess|99", true),
        ("service-provider:identifier=99", true),
        ("service-provider:identifier=urn:finess|98", false),
        ("service-provider:missing=false", true),
        ("part-of=urn:uuid:1b2c", true),
        ("based-on:missing=true", true),
    ];
    for (text, want) in cases {
        assert_eq!(found(Kind::Encounter, &visit, text), want, "{text}");
    }
    assert_eq!(faults(Kind::Encounter, "practitioner=Patient/1").len(), 1);
    // Whoever owns a resource is not among those it is not of, however the reference is written.
    let by_number = json!({"subject": {"identifier": {"value": "x"}}});
    assert!(!found_of(Kind::Encounter, &by_number, Some("p"), "patient:not=p"));
    assert!(found_of(Kind::Encounter, &by_number, Some("q"), "patient:not=p"));
}

#[test]
fn canonical_urls_are_found_with_and_without_version() {
    let answers = |url: &str| json!({ "questionnaire": url });
    for (told, asked, want) in [
        ("http://q/1|2.0", "http://q/1", true),
        ("http://q/1|2.0", "http://q/1|2.0", true),
        ("http://q/1|2.0", "http://q/1|3.0", false),
        ("http://q/1", "http://q/1|2.0", false),
        ("http://q/11", "http://q/1", false),
        ("http://q/1", "http://q", false),
    ] {
        assert_eq!(
            found(Kind::QuestionnaireResponse, &answers(told), &format!("questionnaire={asked}")),
            want,
            "{told} {asked}"
        );
    }
    assert!(found(Kind::QuestionnaireResponse, &answers("http://q/1"), "questionnaire:below=http://q"));
    for (told, asked, want) in [
        ("http://q/1", "http://q/1", true),
        ("http://q/1", "http://q/1/2/3", true),
        ("http://q/1", "http://q/1|2.0", true),
        ("http://q/", "http://q/1", true),
        ("http://q/1", "http://q/11", false),
        ("http://q/1/2", "http://q/1", false),
    ] {
        let query = format!("questionnaire:above={asked}");
        assert_eq!(found(Kind::QuestionnaireResponse, &answers(told), &query), want, "{told} {asked}");
    }
}

#[test]
fn chains_and_inclusions_take_several_hops() {
    let read = |kind: Kind, text: &str| query(kind, text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let two = read(Kind::Observation, "encounter.subject.identifier=x");
    let (first, second) = (&two.chains[0].queries[0], &two.chains[0].queries[0].chains[0].queries[0]);
    assert_eq!((first.kind, second.kind, second.criteria.len()), (Kind::Encounter, Kind::Patient, 1));
    let back = read(Kind::Patient, "_has:Encounter:subject:_has:Observation:encounter:code=x");
    assert_eq!(back.has[0].query.has[0].query.kind, Kind::Observation);
    let mixed = read(Kind::Observation, "patient._has:Encounter:patient:practitioner.identifier=x");
    assert_eq!(mixed.chains[0].queries[0].has[0].query.chains.len(), 1);
    // Of the types a reference may lead to, those count that have what comes after.
    let some = read(Kind::Encounter, "participant.organization.name=x");
    assert_eq!(some.chains[0].queries.iter().map(|q| q.kind).collect::<Vec<_>>(), [Kind::PractitionerRole]);
    let results =
        read(Kind::Observation, "_include:iterate=Encounter:location&_revinclude:iterate=Encounter:part-of").results;
    assert_eq!((results.iterated[0].source, results.reviterated[0].source), (Kind::Encounter, Kind::Encounter));
    assert!(results.iterated[0].leads_to(Kind::Location) && !results.iterated[0].leads_to(Kind::Patient));
}

#[test]
fn keys_are_few_and_short() {
    let key = key();
    // What every write of the commonest resource pays in its row, in bytes.
    let observation = json!({
        "status": "final", "subject": {"reference": "Patient/p1"},
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "effectiveDateTime": "2025-03-04T09:15:00+01:00", "valueQuantity": {"value": 7.1, "code": "%"}
    });
    let keys = keys(Kind::Observation, &tree(&observation), context(&key));
    let bytes: usize = keys.iter().map(|k| k.value.len()).sum();
    assert!(keys.len() == 4 && bytes <= 40, "{} keys, {bytes} bytes", keys.len());
    assert_eq!(keys.iter().filter(|k| k.lead).count(), 2, "code and date lead");
}

#[test]
fn an_inclusion_that_cannot_be_is_told_by_the_words_of_fhir_alone() {
    use SearchFault::*;
    let bad = |name, form| BadValue { name, form };
    let unaccepted = |name, sent| TypeNotAccepted { name, sent };
    let not_included = |name, asked: &str| NotIncluded { name, asked: asked.to_owned(), kind: Kind::Observation };
    let cases = [
        ("_include=Patient:link", not_included("_include", "Patient:link")),
        ("_include=Observation:subject:Medication", unaccepted("_include", "Medication")),
        ("_revinclude=Provenance:target", unaccepted("_revinclude", "Provenance")),
        ("_revinclude=Dupont:target", bad("_revinclude", "Type:parameter[:Type]")),
        ("_revinclude=*", bad("_revinclude", "Type:parameter[:Type]")),
        ("_has:Provenance:target:agent=x", unaccepted("_has", "Provenance")),
        ("_include=Observation", bad("_include", "Type:parameter[:Type]")),
        ("_revinclude=Flag:patient", not_included("_revinclude", "Flag:patient")),
        ("_include:iterate=*", bad("_include", "Type:parameter[:Type]")),
        ("_revinclude:iterate=PractitionerRole:endpoint", bad("_revinclude", "Type:parameter[:Type]")),
    ];
    for (text, want) in cases {
        assert_eq!(query(Kind::Observation, text).err().unwrap_or_default(), [want], "{text}");
    }
}

#[test]
fn every_fault_of_a_query_is_told_at_once_and_no_value() {
    let unknown = |name: &'static str, suggestion| move |faults: &[SearchFault]| matches!(faults, [SearchFault::UnknownParameter { name: n, suggestion: s, .. }] if n == name && *s == suggestion);
    assert!(unknown("identifer", Some("identifier"))(&faults(Kind::Patient, "identifer=1")));
    assert!(unknown("patients", Some("patient"))(&faults(Kind::Encounter, "patients=1")));
    assert!(unknown("Code", Some("code"))(&faults(Kind::Observation, "Code=1")));
    assert!(unknown("count", Some("_count"))(&faults(Kind::Observation, "count=1")));
    assert!(unknown("zodiac", None)(&faults(Kind::Observation, "zodiac=1")));
    assert!(unknown("?", None)(&faults(Kind::Observation, "Jean%20Dupont=1")));
    assert!(unknown("identifer", Some("identifier"))(&faults(Kind::Observation, "patient.identifer=1")));
    assert!(unknown("nmae", Some("name"))(&faults(Kind::Observation, "subject.general-practitioner.nmae=1")));
    assert!(unknown("subjet", Some("subject"))(&faults(Kind::Patient, "_has:Flag:subjet:code=1")));
    use SearchFault::*;
    let bad = |name, form| BadValue { name, form };
    let modifier =
        |name, modifier: &str, suggestion| UnknownModifier { name, modifier: modifier.to_owned(), suggestion };
    let chain = |name: &str| Chain { name: name.to_owned() };
    let cases = [
        ("code=&date=", vec![NoValue { name: "code" }, NoValue { name: "date" }]),
        ("code=a,,b", vec![NoValue { name: "code" }]),
        ("code=|", vec![bad("code", "token")]),
        ("code=a|b|c", vec![bad("code", "token")]),
        (
            "date=hier&date=ge2023-02-31&date=xx2023",
            vec![bad("date", "date"), bad("date", "date"), bad("date", "date")],
        ),
        ("date=ge", vec![bad("date", "date")]),
        ("code:note=x", vec![modifier("code", "note", Some("not"))]),
        ("code:above=x", vec![modifier("code", "above", None)]),
        ("code:in=http://vs/none", vec![UnknownValueSet { name: "code" }]),
        ("code:missing=maybe", vec![bad("code", "boolean")]),
        ("subject:Patent=x", vec![modifier("subject", "Patent", Some("Patient"))]),
        ("patient=Group/1", vec![bad("patient", "reference")]),
        ("subject:Patient=Group/1", vec![bad("subject", "reference")]),
        ("subject=a b", vec![bad("subject", "reference")]),
        ("value-quantity=tall", vec![bad("value-quantity", "quantity")]),
        ("code-value-quantity=a", vec![bad("code-value-quantity", "composite a$b")]),
        ("code-value-quantity=a$b", vec![bad("code-value-quantity", "quantity")]),
        ("_count=-1&_id=a b", vec![bad("_count", "integer"), bad("_id", "id")]),
        ("_count=1&_count=2", vec![Repeated { name: "_count" }]),
        ("_count:exact=1", vec![modifier("_count", "exact", None)]),
        ("_summary=all", vec![bad("_summary", "code true|text|data|count|false")]),
        ("_total=yes", vec![bad("_total", "code none|estimate|accurate")]),
        ("_elements=a,,b", vec![bad("_elements", "element")]),
        ("_sort=identifier", vec![bad("_sort", "parameter")]),
        ("_id=", vec![NoValue { name: "_id" }]),
        ("_id:not=a", vec![modifier("_id", "not", None)]),
        ("code=%zz", vec![BadEncoding]),
        ("code=%ff", vec![BadEncoding]),
        ("subject.link.link.link.link.name=x", vec![chain("subject.link.link.link.link.name")]),
        ("_include:recurse=Observation:patient", vec![modifier("_include", "recurse", Some("iterate"))]),
        ("code.name=x", vec![chain("code.name")]),
        ("patient._sort=x", vec![chain("patient._sort")]),
        ("_has:Zodiac:patient:code=x", vec![chain("_has:Zodiac:patient:code")]),
        ("_has:Flag=x", vec![chain("_has:Flag")]),
    ];
    for (text, want) in cases {
        let told = query(Kind::Observation, text).err().unwrap_or_default();
        assert_eq!(told, want, "{text}");
    }
    let good = query(Kind::Observation, "_count=99999999999&_format=json&code=a%2Cb").unwrap();
    assert_eq!(good.results.count, Some(u32::MAX));
    assert_eq!(good.used, [("_count".to_owned(), "99999999999".to_owned()), ("code".into(), "a,b".into())]);
}

#[test]
fn of_the_events_of_a_timing_the_outer_limits_are_searched() {
    let told = json!({"effectiveTiming": {"event": ["2026-04-05", "2026-02-03"]}});
    let cases = [
        ("date=2026", true),
        ("date=ge2026-02-03&date=le2026-04-05", true),
        ("date=2026-02", false),
        ("date=lt2026-02-03", false),
    ];
    for (text, want) in cases {
        assert_eq!(found(Kind::Observation, &told, text), want, "{text}");
    }
}

#[test]
fn dates_are_compared_as_spans_in_paris() {
    let at = |value: Value| {
        if value.is_object() { json!({"effectivePeriod": value}) } else { json!({"effectiveDateTime": value}) }
    };
    let cases = [
        ("2026-03-05", "2026-03-05", true),
        ("2026-03-05", "eq2026-03", true),
        ("2026-03-05", "2026", true),
        ("2026-03-05", "2026-03-05T10:00:00Z", false),
        ("2026-03", "2026-03-05", false),
        ("2026-03-05T23:30:00Z", "2026-03-05", false),
        ("2026-03-05T23:30:00Z", "2026-03-06", true),
        ("2026-03-05T23:30:00+01:00", "2026-03-05", true),
        ("2026-03-05T10:00:00+01:00", "2026-03-05T09:00:00Z", true),
        ("2026-03-05T10:00:00+01:00", "2026-03-05T10:00:00+01:00", true),
        ("2026-03-05T10:00:00+01:00", "2026-03-05T10:00:00 01:00", true),
        ("2026-03-05T10:00:12.5+01:00", "2026-03-05T10:00", true),
        ("2026-03-05", "ge2026-03-05", true),
        ("2026-03-05", "gt2026-03-05", false),
        ("2026-03-05", "lt2026-03-05", false),
        ("2026-03-05", "le2026-03-05", true),
        ("2026-03-05", "lt2026-03-06", true),
        ("2026-03-05", "ne2026-03-05", false),
        ("2026-03-05", "ne2026-03-06", true),
        ("2026-03-05", "sa2026-03-04", true),
        ("2026-03-05", "sa2026-03-05", false),
        ("2026-03-05", "eb2026-03-06", true),
        ("2026-03-05", "eb2026-03-05", false),
        ("2026-03-05", "ap2026-03", true),
        ("2026-03", "ap2026-03-05", true),
        ("2026-03", "gt2026-03-05", true),
        ("2026-03", "sa2026-03-05", false),
        ("2026-03-05", "2026-03-04,2026-03-05", true),
        ("2026-03-05", "ge2026-03-01&date=lt2026-04-01", true),
        ("2026-03-05", "ge2026-03-01&date=lt2026-03-05", false),
    ];
    for (told, asked, want) in cases {
        // What is asked is written unescaped here: escape what a query may not hold.
        let asked = asked.replace('+', "%2B");
        assert_eq!(found(Kind::Observation, &at(json!(told)), &format!("date={asked}")), want, "{told} {asked}");
    }
    let open = at(json!({"start": "2020-01-01"}));
    let until = at(json!({"end": "2020-01-01"}));
    for (resource, asked, want) in [
        (&open, "ge2026-01-01", true),
        (&open, "gt2026-01-01", true),
        (&open, "2026", false),
        (&open, "lt2020-01-01", false),
        (&open, "ap2026", true),
        (&open, "sa2019", true),
        (&until, "ge2020-01-02", false),
        (&until, "lt1950", true),
        (&until, "eb2020-01-02", true),
        (&at(json!({})), "lt2050", false),
        (&at(json!("hier")), "ne2050", false),
    ] {
        assert_eq!(found(Kind::Observation, resource, &format!("date={asked}")), want, "{resource} {asked}");
    }
    assert!(!found(Kind::Immunization, &json!({"occurrenceString": "2026-03-05"}), "date=2026-03-05"));
}

#[test]
fn the_most_telling_parameter_leads() {
    let lead = |text: &str| query(Kind::Observation, text).unwrap().lead();
    let id = |name: &str| parameter(Kind::Observation, name).unwrap().id;
    let cases = [
        ("date=2026&code=a&identifier=b", Some("identifier"), 1),
        ("date=2026&code=a,b", Some("code"), 2),
        ("date=2026&code=http://x|", Some("date"), 3),
        ("date=2026&identifier=http://x|", Some("date"), 3),
        ("date=2026&code:not=a", Some("date"), 3),
        ("date=sa2027&date=eb2026", None, 0),
        ("code-value-quantity=a$gt5", Some("code"), 1),
        ("code=http://x|", None, 0),
        ("code:missing=false", None, 0),
        ("status=final", None, 0),
        ("patient=1", None, 0),
    ];
    for (text, name, ranges) in cases {
        let found = lead(text).map(|l| l.ranges).unwrap_or_default();
        assert_eq!(found.len(), ranges, "{text}");
        assert!(found.iter().all(|(n, _)| Some(*n) == name.map(id)), "{text}");
    }
    assert!(lead("date=sa2027&date=eb2026").is_some() && lead("status=final").is_none());
    // A code leads to itself, not to those that begin with it.
    let ranges = lead("code=E11").unwrap().ranges;
    let within = |key: &[u8]| ranges.iter().any(|(_, r)| *r.lower <= *key && *key < *r.upper);
    assert!(within(b"E11\0") && within(b"E11\0http://x") && !within(b"E110\0http://x") && !within(b"E10\0"));
    // A name is looked for among all the parts of a name.
    assert_eq!(query(Kind::Patient, "name=du").unwrap().lead().unwrap().ranges.len(), 3);
}

#[test]
fn numbers_and_names_of_parameters_stay_together() {
    for kind in Kind::ALL {
        let all: Vec<_> = parameters(*kind).collect();
        let unique = |values: Vec<&str>| values.iter().collect::<std::collections::HashSet<_>>().len() == values.len();
        assert!(unique(all.iter().map(|p| p.name).collect()), "{kind:?}");
        let mut ids: Vec<u8> = all.iter().filter(|p| p.in_row()).map(|p| p.id).collect();
        for internal in [0, LINK_PARAM, ALIAS_PARAM, PERSON_PARAM] {
            assert!(!ids.contains(&internal), "{kind:?}");
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{kind:?}: two parameters of one number");
        for parameter in all {
            assert!(!parameter.paths.is_empty() || parameter.name == "_lastUpdated", "{}", parameter.name);
            assert!(parameter.own <= parameter.paths.len());
            assert!(parameter.definition(*kind).starts_with("http"));
        }
        assert!(parameters(*kind).count() >= 8, "{kind:?} has no rows");
    }
}

/// A small world of points in which the wording of the specification is read literally: outside
/// `-20..20` there are only the points of open ends.
fn literally(prefix: Prefix, asked: (i64, i64), target: (i64, i64)) -> bool {
    let points = |(lower, upper): (i64, i64)| (-30..30).filter(move |p| lower <= *p && *p < upper);
    let in_asked = |p: i64| asked.0 <= p && p < asked.1;
    let above = |p: i64| p >= asked.1;
    let below = |p: i64| p < asked.0;
    let overlaps = points(target).any(in_asked);
    let contained = points(target).all(in_asked);
    match prefix {
        Prefix::Eq => contained,
        Prefix::Ne => !contained,
        Prefix::Gt => points(target).any(above),
        Prefix::Lt => points(target).any(below),
        Prefix::Ge => points(target).any(above) || contained,
        Prefix::Le => points(target).any(below) || contained,
        Prefix::Sa => !overlaps && points(target).all(above),
        Prefix::Eb => !overlaps && points(target).all(below),
        Prefix::Ap => overlaps,
    }
}

/// Every noon of two years in Paris, as its own text: a date stands for the moments whose
/// text begins with it. Read from the calendar, without instants, zones or intervals.
fn noons() -> Vec<String> {
    let first = jiff::civil::date(2024, 1, 1);
    (0..731).map(|n| format!("{}T12:00", first + jiff::Span::new().days(n))).collect()
}

const PREFIXES: [Prefix; 9] =
    [Prefix::Eq, Prefix::Ne, Prefix::Gt, Prefix::Lt, Prefix::Ge, Prefix::Le, Prefix::Sa, Prefix::Eb, Prefix::Ap];

proptest! {
    #[test]
    fn prefixes_mean_what_the_specification_says(
        asked in (-20i64..20, 1i64..12), target in (-20i64..20, 1i64..12), open in 0u8..4, prefix in 0usize..9,
    ) {
        let prefix = PREFIXES[prefix];
        let asked = (asked.0, (asked.0 + asked.1).min(20));
        let mut small = (target.0, (target.0 + target.1).min(20));
        let mut span = Interval { lower: small.0, upper: small.1 };
        if open & 1 == 1 {
            (small.0, span.lower) = (-30, i64::MIN);
        }
        if open & 2 == 2 {
            (small.1, span.upper) = (30, i64::MAX);
        }
        let asked_span = Interval { lower: asked.0, upper: asked.1 };
        prop_assert_eq!(prefix.holds(asked_span, span), literally(prefix, asked, small));
    }

    #[test]
    fn dates_are_found_as_their_texts_are_read(
        asked in 0usize..731, target in 0usize..731, near in -3i64..4, close in any::<bool>(),
        (prefix, cut_asked, cut_target) in (0usize..9, 0usize..4, 0usize..4),
    ) {
        let noons = noons();
        let near = i64::try_from(asked).unwrap() + near;
        let target = if close { usize::try_from(near.clamp(0, 730)).unwrap() } else { target };
        // A year, a month, a day or a minute.
        let cuts = [4, 7, 10, 16];
        let (asked, told) = (&noons[asked][..cuts[cut_asked]], &noons[target][..cuts[cut_target]]);
        let points = |text: &str| -> Vec<usize> { (0..noons.len()).filter(|n| noons[*n].starts_with(text)).collect() };
        let (wanted, has) = (points(asked), points(told));
        let (first, last) = (wanted[0], wanted[wanted.len() - 1]);
        let contained = cut_target >= cut_asked && has.iter().all(|p| wanted.contains(p));
        // A day has moments before and after the minute of its noon.
        let around = cut_asked == 3 && cut_target < 3 && has.contains(&first);
        let above = around || has.iter().any(|p| *p > last);
        let below = around || has.iter().any(|p| *p < first);
        let want = match PREFIXES[prefix] {
            Prefix::Eq => contained,
            Prefix::Ne => !contained,
            Prefix::Gt => above,
            Prefix::Lt => below,
            Prefix::Ge => above || contained,
            Prefix::Le => below || contained,
            Prefix::Sa => has.iter().all(|p| *p > last),
            Prefix::Eb => has.iter().all(|p| *p < first),
            Prefix::Ap => has.iter().any(|p| wanted.contains(p)),
        };
        let names = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];
        let text = format!("date={}{asked}", names[prefix]);
        prop_assert_eq!(found(Kind::Observation, &json!({"effectiveDateTime": told}), &text), want, "{} {}", told, text);
    }

    #[test]
    fn a_date_lead_holds_every_match(
        asked in prop::collection::vec((0usize..9, 0i64..3000, 0usize..3), 1..4),
        target in (0i64..3000, prop::option::of(0i64..1500), any::<bool>()),
    ) {
        let day = |n: i64| (jiff::civil::date(2020, 1, 1) + jiff::Span::new().days(n)).to_string();
        let names = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];
        let precision = [4, 7, 10];
        let text: Vec<String> =
            asked.iter().map(|(p, n, cut)| format!("date={}{}", names[*p], &day(*n)[..precision[*cut]])).collect();
        let (start, length, open) = target;
        let resource = match length {
            None => json!({"effectiveDateTime": day(start)}),
            Some(length) if open => json!({"effectivePeriod": {"end": day(length)}}),
            Some(length) => json!({"effectivePeriod": {"start": day(start), "end": day(start + length)}}),
        };
        // `found` asserts that what matches lies within the lead.
        found(Kind::Observation, &resource, &text.join("&"));
    }

    #[test]
    fn keys_of_dates_sort_as_their_starts_and_come_back(
        spans in prop::collection::vec((-9i64 * (1 << 55)..9i64 * (1 << 55), 1i64..1 << 50, 0u8..6), 2)
    ) {
        let span = |(start, length, form): (i64, i64, u8)| {
            // Whole seconds, as nearly all are, open ends, and neither.
            let cut = if form < 4 { 1_000_000 } else { 1 };
            let lower = if form & 1 == 1 { i64::MIN } else { start / cut * cut };
            let upper = if form & 2 == 2 { i64::MAX } else { (start / cut + length / cut + 1) * cut };
            Interval { lower, upper }
        };
        let spans: Vec<Interval> = spans.into_iter().map(span).collect();
        let keys: Vec<_> = spans.iter().map(|s| dates::encode(*s)).collect();
        for (span, key) in spans.iter().zip(&keys) {
            prop_assert_eq!(dates::decode(key), Some(*span));
        }
        let apart = spans[0].lower.abs_diff(spans[1].lower) >= 1_000_000;
        if keys[0][0] == keys[1][0] && apart {
            prop_assert_eq!(keys[0] < keys[1], spans[0].lower < spans[1].lower);
        }
    }
}
