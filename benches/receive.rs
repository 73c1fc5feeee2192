//! What a received resource costs before it is committed: scan, parse, validate, map to a fact.

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use mtr_gateway::app;
use mtr_gateway::domain::calendar::Day;
use mtr_gateway::domain::fact::Kind;
use mtr_gateway::fhir::derive;
use mtr_gateway::fhir::facts::HashKey;
use mtr_gateway::fhir::json;
use mtr_gateway::fhir::search::Context;
use mtr_gateway::fhir::validate::Mode;
use mtr_gateway::fhir::validate::Scope;
use mtr_gateway::fhir::validate::Validator;
use std::hint::black_box;

// What the binary runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OBSERVATION: &[u8] = include_bytes!("../fhir-profiles/examples/observation-blood-pressure.json");
const PATIENT: &[u8] = include_bytes!("../fhir-profiles/examples/patient.json");

fn receive(c: &mut Criterion) {
    let (Ok(profiles), Ok(rulebook)) = (app::default_profiles(), app::default_rules()) else { return };
    let Ok(validator) = Validator::new(&profiles) else { return };
    let rules = &rulebook.rules;
    let today = Day::new(2026, 10, 31).unwrap_or(Day::min_value());
    let scope = Scope { mode: Mode::Demo, today, concepts: &rules.concepts, measures: &rules.measures };
    let key = HashKey([7; 32]);
    let context = Context { base: "http://127.0.0.1:8080/fhir", key: &key };
    for (name, kind, bytes) in [("observation", Kind::Observation, OBSERVATION), ("patient", Kind::Patient, PATIENT)] {
        let Ok(value) = json::parse(bytes) else { return };
        c.bench_function(&format!("{name}: scan"), |b| b.iter(|| black_box(json::scan(black_box(bytes)).is_ok())));
        c.bench_function(&format!("{name}: parse"), |b| b.iter(|| black_box(json::parse(black_box(bytes)).is_ok())));
        c.bench_function(&format!("{name}: validate"), |b| b.iter(|| validator.check(kind, black_box(&value), &scope)));
        c.bench_function(&format!("{name}: map"), |b| b.iter(|| derive::derive(kind, black_box(&value), context)));
    }
}

criterion_group!(benches, receive);
criterion_main!(benches);
