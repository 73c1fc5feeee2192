//! What the rest of the project may rely on in the synthetic practice.

mod figures;

use super::named::IDS;
use super::*;
use crate::domain::calendar::PartialDate;
use crate::domain::money::Centimes;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// What the named patients must read, as data shared with the tests of the running gateway.
const EXPECTED: &str = include_str!("../../../../tests/it/cases/demo.json");

fn plan(patients: u32, as_of: &str) -> Plan {
    Plan { structure: "msp-demo".to_owned(), patients, seed: 42, as_of: as_of.parse().unwrap() }
}

fn october(patients: u32) -> Plan {
    plan(patients, "2026-10-31")
}

fn expected() -> Value {
    serde_json::from_str(EXPECTED).unwrap()
}

fn digest(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    for bundle in practice(plan) {
        hash.update(bundle.json.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn strings<'a>(value: &'a Value, path: &str, out: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => out.push((path.to_owned(), text)),
        Value::Array(all) => all.iter().for_each(|one| strings(one, path, out)),
        Value::Object(all) => all.iter().for_each(|(name, one)| strings(one, &format!("{path}.{name}"), out)),
        _ => {}
    }
}

fn leaves(resource: &Resource) -> Vec<(String, &str)> {
    let mut out = Vec::new();
    strings(&resource.body, resource.kind.name(), &mut out);
    out
}

/// The date a text begins with, when it is a date or an instant.
fn date(text: &str) -> Option<PartialDate> {
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    day.parse().ok().filter(|_| day.len() == text.len() || day.len() == 10)
}

#[test]
fn the_same_plan_gives_the_same_bytes_on_every_machine() {
    assert_eq!(digest(&october(120)), digest(&october(120)));
    assert_ne!(digest(&october(120)), digest(&Plan { seed: 43, ..october(120) }));
    // Pinned: it changes only when somebody means to change the practice, and then the documented
    // answers of the demo are to be looked at again.
    assert_eq!(digest(&october(120)), "f001a9a6112991d02e7f394bd1166c4e255f8cf91f2f6cd12259d116f484e212");
}

#[test]
fn a_patient_does_not_depend_on_how_many_come_after() {
    let small: Vec<Resource> = resources(&october(40)).collect();
    let large: Vec<Resource> = resources(&october(60)).take(small.len()).collect();
    assert_eq!(small, large);
}

#[test]
fn every_bundle_is_a_transaction_of_puts_under_the_clients_ids() {
    let mut ids = BTreeSet::new();
    for bundle in practice(&october(80)) {
        let body: Value = serde_json::from_str(&bundle.json).unwrap();
        assert_eq!((&body["resourceType"], &body["type"]), (&json!("Bundle"), &json!("transaction")));
        let entries = body["entry"].as_array().unwrap();
        assert!((1..=ENTRIES).contains(&entries.len()));
        assert_eq!(entries.len(), bundle.entries);
        for entry in entries {
            let kind = entry["resource"]["resourceType"].as_str().unwrap();
            let id = entry["resource"]["id"].as_str().unwrap();
            assert!(Kind::from_name(kind).is_some());
            assert!(id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'), "{id}");
            assert_eq!(entry["request"], json!({"method": "PUT", "url": format!("{kind}/{id}")}));
            assert!(ids.insert(format!("{kind}/{id}")), "{kind}/{id} twice");
        }
    }
}

#[test]
fn a_patient_stays_in_one_bundle_unless_alone_too_large() {
    let mut bundles_of: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut entries_of: BTreeMap<String, usize> = BTreeMap::new();
    for (rank, bundle) in practice(&october(120)).enumerate() {
        let body: Value = serde_json::from_str(&bundle.json).unwrap();
        for entry in body["entry"].as_array().unwrap() {
            let id = entry["resource"]["id"].as_str().unwrap();
            // Drawn patients are p00020 and up; all of theirs begins with their id.
            if let Some(chart) = id.get(..6).filter(|id| id[1..].bytes().all(|b| b.is_ascii_digit())) {
                bundles_of.entry(chart.to_owned()).or_default().insert(rank);
                *entries_of.entry(chart.to_owned()).or_default() += 1;
            }
        }
    }
    assert_eq!(bundles_of.len(), 120 - IDS.len());
    assert!(entries_of.values().any(|count| *count > ENTRIES), "the case is not met");
    for (chart, bundles) in bundles_of {
        assert!(bundles.len() == entries_of[&chart].div_ceil(ENTRIES), "{chart}");
    }
}

#[test]
fn a_reference_points_at_something_sent_before_it() {
    let mut known = BTreeSet::new();
    for one in resources(&october(80)) {
        known.insert(format!("{}/{}", one.kind.name(), one.id));
        for (path, text) in leaves(&one) {
            if path.ends_with(".reference") {
                assert!(known.contains(text), "{} refers to {text}", one.id);
            }
        }
    }
}

#[test]
fn there_are_as_many_patients_as_asked_and_every_kind_of_fact() {
    for patients in [0, 1, IDS.len() as u32, 150] {
        let count = resources(&october(patients)).filter(|one| one.kind == Kind::Patient).count();
        assert_eq!(count, patients as usize);
    }
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for one in resources(&october(200)) {
        *kinds.entry(one.kind).or_default() += 1;
    }
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), Kind::ALL);
    assert_eq!(kinds[&Kind::Practitioner], 11);
    assert_eq!(kinds[&Kind::Organization], 4);
    let total: usize = kinds.values().sum();
    assert!((20..=120).contains(&(total / 200)), "{total} resources for 200 patients");
}

#[test]
fn some_are_in_a_pathway_some_wait_and_some_sit_together() {
    let all: Vec<Resource> = resources(&october(600)).collect();
    let of = |kind, part: &str, text: &str| {
        let says = |one: &&Resource| one.kind == kind && one.body[part].to_string().contains(text);
        all.iter().filter(says).count()
    };
    let told = |text: &str| of(Kind::EpisodeOfCare, "type", text);
    assert!(["souffrance-psychologique", "vulnerabilite-sociale", "obesite-risque-cv"].iter().all(|p| told(p) > 2));
    assert!(of(Kind::EpisodeOfCare, "status", "waitlist") > 0);
    assert!(of(Kind::Encounter, "type", "psychologue") > 10);
    let workshops = all.iter().filter(|one| one.body["type"].to_string().contains("atelier-collectif"));
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    workshops.for_each(|one| *groups.entry(one.body["period"]["start"].as_str().unwrap()).or_default() += 1);
    assert!(groups.len() == 4 && groups.values().all(|size| *size > 2), "{groups:?}");
}

#[test]
fn the_structure_bears_the_id_that_was_asked() {
    let first = resources(&Plan { structure: "cpts-9".to_owned(), ..october(0) }).next().unwrap();
    assert_eq!((first.kind, first.id.as_str()), (Kind::Organization, "cpts-9"));
}

#[test]
fn the_key_of_a_matricule_follows_the_rule_of_the_nir() {
    for (digits, key) in [
        ("1621265879136", 77),
        ("2790351215189", 89),
        ("2061275111005", 64),
        ("1800100000001", 22),
        ("2550500000002", 96),
        ("2211100000003", 14),
        ("180012A000001", 91),
        ("280122B000002", 49),
    ] {
        assert_eq!(ins::key(digits), key, "{digits}");
    }
}

#[test]
fn a_matricule_has_its_key_the_test_oid_and_no_real_place_of_birth() {
    let mut all = BTreeSet::new();
    for one in resources(&october(300)).filter(|one| one.kind == Kind::Patient) {
        for identifier in one.body["identifier"].as_array().into_iter().flatten() {
            if identifier["type"]["coding"][0]["code"] != "INS-NIR-TEST" {
                continue;
            }
            let value = identifier["value"].as_str().unwrap();
            assert_eq!(identifier["system"], codes::INS_TEST);
            assert_eq!(value.len(), 15);
            assert_eq!(&value[7..10], "000", "no commune has this number");
            assert_eq!(value[13..].parse::<u64>().unwrap(), ins::key(&value[..13]));
            assert!(all.insert(value.to_owned()), "two patients share a matricule");
        }
    }
    assert_eq!(all.len(), 300 - 2, "all but the newborn and the one without identifier");
}

#[test]
fn matricules_differ_whatever_the_births() {
    let day: Day = "1980-01-31".parse().unwrap();
    let all: BTreeSet<String> = (0..96_903).map(|n| ins::matricule(n, crate::domain::fact::Sex::Male, day)).collect();
    assert_eq!(all.len(), 96_903);
    assert!(all.iter().any(|one| one.contains("2A")) && all.iter().any(|one| one.contains("2B")));
}

#[test]
fn professional_numbers_end_with_their_luhn_digit_and_begin_with_99() {
    // 972487086 and 732829320 are the usual worked examples of Luhn on French numbers.
    assert_eq!(ins::with_luhn("73282932"), "732829320");
    assert_eq!(ins::with_luhn("97248708"), "972487086");
    for one in resources(&october(0)) {
        for (path, text) in leaves(&one) {
            if path.ends_with(".identifier.value") {
                assert!(text.starts_with("99"));
                assert_eq!(ins::with_luhn(&text[..text.len() - 1]), text);
            }
        }
    }
}

#[test]
fn nothing_is_dated_after_the_day_but_appointments_and_the_end_of_rights() {
    for as_of in ["2026-10-31", "2026-01-01", "2024-02-29", "2023-03-31"] {
        let plan = plan(150, as_of);
        let mut dates = 0;
        for one in resources(&plan).filter(|one| one.kind != Kind::Appointment) {
            for (path, text) in leaves(&one) {
                let right = path.ends_with("eriod.end") && matches!(one.kind, Kind::Coverage | Kind::Observation);
                if let Some(date) = date(text).filter(|_| !right && !path.contains("dentifier")) {
                    dates += 1;
                    assert!(date.earliest() <= plan.as_of, "{} {path} {text}", one.id);
                }
            }
        }
        assert!(dates > 1000);
    }
}

#[test]
fn a_period_never_ends_before_it_starts() {
    for one in resources(&october(200)) {
        let leaves = leaves(&one);
        for (path, start) in leaves.iter().filter(|(path, _)| path.ends_with(".start")) {
            let end_path = path.replace(".start", ".end");
            let end = leaves.iter().find(|(path, _)| *path == end_path);
            assert!(end.is_none_or(|(_, end)| end >= start), "{}", one.id);
        }
    }
}

#[test]
fn some_visits_are_of_the_next_month_in_paris() {
    let late = resources(&october(200))
        .filter(|one| one.kind == Kind::Encounter)
        .filter(|one| one.body["period"]["start"].as_str().unwrap().ends_with("T23:30:00Z"))
        .count();
    assert!(late >= 3, "{late}");
}

#[test]
fn numbers_are_written_as_decimals_and_not_as_floating_noise() {
    for one in resources(&october(200)).filter(|one| one.kind == Kind::Observation) {
        let value = &one.body["valueQuantity"]["value"];
        assert!(value.to_string().len() <= 6, "{} {value}", one.id);
        assert!(value.is_null() || value.as_f64().unwrap() >= 0.0);
    }
}

#[test]
fn the_expected_table_names_every_named_patient_and_foots() {
    let expected = expected();
    let rows = expected["forfaits"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["patient"].as_str().unwrap()).collect();
    assert_eq!(names, IDS);
    for row in rows {
        let lines = row["lines"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|line| centimes(line[1].as_str().unwrap())).sum();
        assert_eq!(sum, centimes(row["total"].as_str().unwrap()), "{row}");
        assert_eq!(lines.is_empty(), row["notPayable"].is_string(), "{row}");
    }
}

fn centimes(text: &str) -> i64 {
    Centimes::from_euros(text.parse().unwrap()).unwrap().0
}

#[test]
fn the_showcase_reads_six_four_five_of_fifteen() {
    let card = &expected()["card"];
    let items = card["items"].as_array().unwrap();
    let count = |status: &str| items.iter().filter(|item| item["status"] == status).count();
    let counts = ["up-to-date", "expired", "never-done", "not-eligible"].map(count);
    assert_eq!(items.len(), 26);
    assert_eq!(counts, [6, 4, 5, 11]);
    assert_eq!(card["applicable"], counts[0] + counts[1] + counts[2]);
}

#[test]
fn the_showcase_has_the_evidence_its_card_cites_and_none_for_the_rest() {
    let expected = expected();
    let chart: Vec<Resource> = resources(&october(1)).collect();
    let dated: BTreeSet<&str> = chart.iter().flat_map(leaves).map(|(_, text)| text).collect();
    for item in expected["card"]["items"].as_array().unwrap() {
        if let Some(day) = item["lastDone"].as_str() {
            assert!(dated.contains(day), "{item}");
        }
    }
    let patient = chart.iter().find(|one| one.id == "exemple").unwrap();
    assert_eq!((&patient.body["birthDate"], &patient.body["gender"]), (&json!("1965-03-14"), &json!("male")));
}

#[test]
fn the_newborn_shares_an_insurance_number_and_no_identity() {
    let all: BTreeMap<String, Resource> = resources(&october(3)).map(|one| (one.id.clone(), one)).collect();
    let mother = &all["mere"].body["identifier"];
    let child = &all["nourrisson"].body["identifier"];
    assert_eq!(child[0]["type"]["coding"][0]["code"], "NH");
    assert_eq!(child[0]["value"], mother[0]["value"]);
    assert_ne!(child[1]["value"], mother[1]["value"]);
}

#[test]
fn weights_decide_in_proportion_and_draws_stay_in_bounds() {
    let mut dice = dice::Dice::new(7, 7);
    let mut drawn = [0; 3];
    for _ in 0..3000 {
        drawn[dice.weighted(&[1, 0, 2])] += 1;
        assert!((-6..=6).contains(&dice.between(-6, 6)));
        assert!((70..=130).contains(&dice.around(100, 30)));
    }
    assert!(drawn[1] == 0 && (800..1200).contains(&drawn[0]), "{drawn:?}");
}
