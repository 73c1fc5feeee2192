//! What measures cost over a whole structure: `cargo bench --bench measures`.
//!
//! Fills a store with synthetic practices of 10,000, 20,000 and 40,000 patients (or as many as
//! `MEASURE_PATIENTS=1000,2000` says) through the gateway itself, then prints for each how long it takes to
//! bring the figures of today together, to evaluate the card of everybody on a past day, to answer a
//! summary with every stratifier from what is kept, and to bring the board up to date after one write:
//! the time per patient tells whether it is linear.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops at the first fault")]

use mtr_gateway::app;
use mtr_gateway::app::{Context, Gateway, Handling, MeasureQuestion, Policy, Populations, Whom};
use mtr_gateway::config::Mode;
use mtr_gateway::domain::calendar::Day;
use mtr_gateway::domain::calendar::Month;
use mtr_gateway::domain::indicator::Stratifier;
use mtr_gateway::fhir::validate::Validator;
use mtr_gateway::store::Store;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

// What the binary runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OURS: &str = "https://mtr-gateway.example/fhir/CodeSystem";
const NOS: &str = "https://mos.esante.gouv.fr/NOS";
/// Patients of one transaction.
const STEP: usize = 100;

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn gp() -> [Value; 2] {
    let profession = concept(&format!("{NOS}/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"), "10");
    let specialty = concept(&format!("{NOS}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"), "SM54");
    [
        json!({"resourceType": "Practitioner", "id": "gp", "qualification": [{"code": profession}]}),
        json!({"resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "Practitioner/gp"},
               "specialty": [specialty]}),
    ]
}

/// A patient with some twenty resources over three years.
fn patient(n: usize, today: Day) -> Vec<Value> {
    let id = format!("p{n:06}");
    let subject = json!({"reference": format!("Patient/{id}")});
    let born = today.add_days(-((n * 7919 % 33_000) as i32) - 200);
    let mut all = vec![json!({"resourceType": "Patient", "id": id, "birthDate": born.to_string(),
        "gender": (if n.is_multiple_of(2) { "female" } else { "male" }),
        "identifier": [{"system": "urn:oid:1.2.250.1.999.1.1.1", "value": format!("N{n}"),
                        "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PI")}],
        "generalPractitioner": [{"reference": "Practitioner/gp"}]})];
    let day = |k: usize| today.add_days(-(((n * 31 + k * 127) % 1000) as i32) - 1).max(born);
    for k in 0..10 {
        all.push(
            json!({"resourceType": "Encounter", "id": format!("{id}-e{k}"), "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "participant": [{"individual": {"reference": "Practitioner/gp"}}],
            "length": {"value": 17, "system": "http://unitsofmeasure.org", "code": "min", "unit": "min"},
            "period": {"start": format!("{}T10:00:00+01:00", day(k))}}),
        );
    }
    for (k, code) in
        ["fit", "mammography", "dental-check", "blood-pressure", "tobacco", "bmi", "flu-vaccine"].iter().enumerate()
    {
        all.push(json!({"resourceType": "Observation", "id": format!("{id}-o{k}"), "status": "final", "subject": subject,
            "code": concept(&format!("{OURS}/prevention-evidence"), code), "effectiveDateTime": day(k + 20).to_string()}));
    }
    all.push(json!({"resourceType": "Condition", "id": format!("{id}-c"), "subject": subject,
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "code": concept("http://hl7.org/fhir/sid/icd-10", if n.is_multiple_of(3) { "E11.9" } else { "I10" }),
        "onsetDateTime": day(50).to_string()}));
    all
}

fn push(gateway: &Gateway, resources: &[Value]) {
    let entry: Vec<Value> = resources
        .iter()
        .map(|r| {
            let url = format!("{}/{}", r["resourceType"].as_str().unwrap(), r["id"].as_str().unwrap());
            json!({"resource": r, "request": {"method": "PUT", "url": url}})
        })
        .collect();
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entry}).to_string();
    assert!(gateway.bundle("cabinet", bundle.as_bytes(), Handling::Lenient).is_ok());
}

fn asked(measure: &str, last: Day) -> MeasureQuestion {
    MeasureQuestion {
        structure: "cabinet".into(),
        measures: vec![measure.into()],
        period: (Month::new(last.year(), 1).map_or(last, Month::first_day), last),
        known_at: None,
        whom: Whom::Everybody,
        practitioner: None,
        stratifiers: Stratifier::ALL.to_vec(),
    }
}

fn told(what: &str, patients: usize, took: Duration) {
    let each = took.as_secs_f64() * 1e6 / patients as f64;
    println!("{patients:>6} patients  {what:<44} {:>9.1} ms  {each:>7.2} µs a patient", took.as_secs_f64() * 1e3);
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    std::hint::black_box(work());
    begun.elapsed()
}

fn main() {
    let sizes = std::env::var("MEASURE_PATIENTS").unwrap_or_else(|_| "10000,20000,40000".into());
    for patients in sizes.split(',').filter_map(|n| n.trim().parse::<usize>().ok()) {
        let home = tempfile::tempdir().unwrap();
        let validator = Validator::new(&app::default_profiles().unwrap()).unwrap();
        let context = Context::of(home.path(), mtr_gateway::app::Address::Served("http://localhost/fhir")).unwrap();
        let store = Store::open(home.path(), context.options(Arc::new(|_, _| {}))).unwrap();
        let policy = Policy {
            mode: Mode::Demo,
            structure: "cabinet".into(),
            sites: Vec::new(),
            tariff: None,
            max_bundle_entries: 10_000,
            conditional_delete: mtr_gateway::config::ConditionalDelete::Single,
        };
        let gateway = Gateway::new(store, context, validator, app::default_rules().unwrap(), policy);
        let gateway = gateway.unwrap();
        let today = app::today();
        push(&gateway, &gp());
        for first in (0..patients).step_by(STEP) {
            let part: Vec<Value> = (first..patients.min(first + STEP)).flat_map(|n| patient(n, today)).collect();
            push(&gateway, &part);
        }
        let evaluate = |measure: &str, day: Day| gateway.evaluation(&asked(measure, day), Populations::Counted).is_ok();
        // Read once: the cache is warm, as in a process that has been running.
        let past = today.add_days(-40);
        evaluate("prevention", past);
        told("all items of a past day, every stratifier", patients, timed(|| evaluate("prevention", past)));
        told("one item of a past day", patients, timed(|| evaluate("colorectal-cancer", past)));
        told("the board: every measure of today", patients, timed(|| gateway.board("cabinet").is_ok()));
        for measure in ["colorectal-cancer", "prevention", "prevention-fill-rate", "active-file"] {
            told(&format!("summary kept: {measure}"), patients, timed(|| evaluate(measure, today)));
        }
        push(&gateway, &patient(1, today.add_days(-1)));
        told("summary after one write: prevention", patients, timed(|| evaluate("prevention", today)));
    }
}
