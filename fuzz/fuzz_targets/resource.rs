//! One received resource: scanned, validated, derived, kept and served again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mtr_gateway::app::{default_profiles, default_rules};
use mtr_gateway::domain::fact::Kind;
use mtr_gateway::fhir::derive;
use mtr_gateway::fhir::facts::HashKey;
use mtr_gateway::fhir::json;
use mtr_gateway::fhir::subset::{Subset, Summary};
use mtr_gateway::fhir::validate::{Mode, Scope, Validator};
use mtr_gateway::rulebook::Rulebook;
use std::sync::LazyLock;

static RULES: LazyLock<Rulebook> = LazyLock::new(|| default_rules().unwrap());
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(&default_profiles().unwrap()).unwrap());
static KEY: HashKey = HashKey([7; 32]);

fuzz_target!(|bytes: &[u8]| {
    let Ok(scanned) = json::scan(bytes) else { return };
    let value = json::parse(bytes).expect("what is scanned is JSON");
    let Some(kind) = Kind::from_name(&scanned.resource_type) else { return };
    let scope = Scope {
        mode: Mode::Production,
        today: "2026-10-31".parse().unwrap(),
        concepts: &RULES.rules.concepts,
        measures: &RULES.rules.measures,
    };
    for issue in VALIDATOR.check(kind, &value, &scope) {
        assert!(issue.expression.as_deref().is_none_or(|e| e.starts_with(kind.name())), "{issue:?}");
    }
    let context = derive::Context { base: "https://gw.example/fhir", key: &KEY };
    let derived = derive::derive(kind, &value, context);
    // What is kept says the same as what was sent, and is served as it was.
    assert!(json::same(&scanned.body, &scanned.body));
    let served = json::render(kind.name(), "a", 1, "2026-10-31T00:00:00Z", &scanned.body);
    let again = json::scan(&served).expect("what is served is a resource");
    assert_eq!(again.body, scanned.body, "kept as it was sent");
    if scanned.id.as_deref() == Some("a") {
        assert_eq!(derive::derive_body(kind, "a", &again.body, context), Ok(derived));
    }
    let short = Subset { summary: Summary::Short, elements: Vec::new() };
    json::scan(&short.apply(kind, &served)).expect("a part of a resource is one");
});
