//! What a search costs, and what keys cost each write: `cargo bench --bench search`.
//!
//! Prints CPU per search over 300 patients of 60 resources each, time and bytes of the keys of one
//! resource. Everything goes through the gateway and a store on disk, without HTTP.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops at the first fault")]

use mtr_gateway::app;
use mtr_gateway::app::Context;
use mtr_gateway::app::Gateway;
use mtr_gateway::app::Handling;
use mtr_gateway::app::Policy;
use mtr_gateway::config::Mode;
use mtr_gateway::domain::fact::Kind;
use mtr_gateway::fhir::facts::HashKey;
use mtr_gateway::fhir::json;
use mtr_gateway::fhir::search;
use mtr_gateway::fhir::validate::Validator;
use mtr_gateway::store::Store;
use serde_json::Value;
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;

// What the binary runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const STRUCTURE: &str = "demo";
const BASE: &str = "http://127.0.0.1:8080/fhir";
const PATIENTS: usize = 300;
const CODES: [&str; 5] = ["29463-7", "39156-5", "4548-4", "72166-2", "3141-9"];

fn patient(p: usize) -> Value {
    json!({
        "resourceType": "Patient", "id": format!("p{p:05}"), "gender": "female", "birthDate": format!("{}-03-05", 1930 + p % 80),
        "identifier": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]},
            "system": "urn:oid:1.2.250.1.999.1.1.1", "value": format!("N{p}")}],
        "name": [{"family": format!("Martin{p}"), "given": ["Camille"]}],
    })
}

fn observation(p: usize, n: usize) -> Value {
    // Values that the rules take as possible.
    let (value, unit) = [(60 + n, "kg"), (20 + n, "kg/m2"), (5 + n % 5, "%"), (60 + n, "kg"), (60 + n, "kg")][n % 5];
    json!({
        "resourceType": "Observation", "id": format!("o{p:05}-{n}"), "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": CODES[n % 5], "display": "mesure"}]},
        "subject": {"reference": format!("Patient/p{p:05}")},
        "effectiveDateTime": format!("20{:02}-0{}-1{}T09:15:00+01:00", 15 + n % 10, 1 + n % 9, n % 9),
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    })
}

fn visit(p: usize, n: usize) -> Value {
    json!({
        "resourceType": "Encounter", "id": format!("e{p:05}-{n}"), "status": "finished",
        "identifier": [{"system": "urn:oid:1.2.250.1.999.1.1.2", "value": format!("{p}-{n}")}],
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": format!("Patient/p{p:05}")},
        "period": {"start": format!("20{:02}-0{}-1{}T09:00:00+01:00", 15 + n % 10, 1 + n % 9, n % 9)},
    })
}

fn load(gateway: &Gateway) {
    for p in 0..PATIENTS {
        let all =
            std::iter::once(patient(p)).chain((0..40).map(|n| observation(p, n))).chain((0..19).map(|n| visit(p, n)));
        let entry: Vec<Value> = all
            .map(|r| {
                let url = format!("{}/{}", r["resourceType"].as_str().unwrap(), r["id"].as_str().unwrap());
                json!({"resource": r, "request": {"method": "PUT", "url": url}})
            })
            .collect();
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entry}).to_string();
        gateway.bundle(STRUCTURE, bundle.as_bytes(), Handling::Lenient).unwrap();
    }
}

/// Answers the nanoseconds this thread has run: time it waited for a processor is not in it.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

fn timed(name: &str, times: usize, mut run: impl FnMut(usize)) {
    // What is named on the command line is measured alone.
    if std::env::args().skip(1).any(|wanted| !wanted.starts_with('-') && !name.contains(&wanted)) {
        return;
    }
    (0..times / 10 + 1).for_each(&mut run);
    let start = cpu();
    (0..times).for_each(&mut run);
    println!("{name:52} {:9.2} us", (cpu() - start) as f64 / 1e3 / times as f64);
}

fn searches(gateway: &Gateway) {
    let cases: [(&str, Kind, &str, usize); 11] = [
        ("one patient, one code (8 of 60)", Kind::Observation, "patient=Patient/{p}&code={c}", 2000),
        (
            "one patient, category and date, sorted",
            Kind::Observation,
            "patient={p}&category=laboratory&date=ge2020&_sort=-date&_count=10",
            2000,
        ),
        ("one patient, by a value (bodies are read)", Kind::Observation, "patient={p}&value-quantity=gt50", 2000),
        ("one patient, all encounters", Kind::Encounter, "patient={p}", 2000),
        ("a patient by identifier", Kind::Patient, "identifier=urn:oid:1.2.250.1.999.1.1.1|N{n}", 2000),
        ("a patient by name and birth year", Kind::Patient, "family=martin{n}&birthdate=ge1900", 2000),
        ("an encounter by identifier", Kind::Encounter, "identifier=urn:oid:1.2.250.1.999.1.1.2|{n}-3", 2000),
        ("chain: patient.identifier", Kind::Observation, "patient.identifier=N{n}&code={c}", 2000),
        ("100 of 2400 by code, counted", Kind::Observation, "code={c}", 50),
        ("20 of all by date, sorted (12000 looked at)", Kind::Observation, "_sort=-date&_count=20", 10),
        ("100 of all, cheap total", Kind::Observation, "status=final", 20),
    ];
    for (name, kind, query, times) in cases {
        timed(name, times, |n| {
            let n = n * 7 % PATIENTS;
            let text =
                query.replace("{p}", &format!("p{n:05}")).replace("{n}", &n.to_string()).replace("{c}", CODES[n % 5]);
            let pairs = search::pairs(&text).unwrap();
            black_box(gateway.search(STRUCTURE, kind, &pairs).unwrap());
        });
    }
}

fn keys() {
    let key = HashKey([7; 32]);
    let context = search::Context { base: BASE, key: &key };
    for (name, kind, resource) in [
        ("keys of an Observation", Kind::Observation, observation(1, 1)),
        ("keys of an Encounter", Kind::Encounter, visit(1, 1)),
        ("keys of a Patient", Kind::Patient, patient(1)),
    ] {
        let text = resource.to_string();
        let resource = json::parse(text.as_bytes()).unwrap();
        timed(name, 100_000, |_| drop(black_box(search::keys(kind, black_box(&resource), context))));
        let keys = search::keys(kind, &resource, context);
        let (all, lead): (usize, usize) =
            keys.iter().fold((0, 0), |(a, l), k| (a + k.value.len(), l + k.value.len() * usize::from(k.lead)));
        println!("  {} keys, {all} bytes, {lead} of them lead; {} bytes of JSON", keys.len(), text.len());
    }
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let context = Context::of(dir.path(), mtr_gateway::app::Address::Served(BASE)).unwrap();
    let store = Store::open(dir.path(), context.options(Arc::new(|_, _| {}))).unwrap();
    let validator = Validator::new(&app::default_profiles().unwrap()).unwrap();
    let policy = Policy {
        mode: Mode::Demo,
        structure: STRUCTURE.to_owned(),
        sites: Vec::new(),
        tariff: None,
        max_bundle_entries: 10_000,
        conditional_delete: mtr_gateway::config::ConditionalDelete::Single,
    };
    let gateway = Gateway::new(store, context, validator, app::default_rules().unwrap(), policy).unwrap();
    keys();
    load(&gateway);
    searches(&gateway);
    gateway.close();
}
