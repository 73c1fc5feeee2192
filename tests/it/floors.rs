//! The floors of ARCHITECTURE.md, kept by reading the sources: which module may name which, which
//! outside crate lives where, and what nobody below a floor may do.
//!
//! Two tables and a list are the rule; `faults` applies them to one file, so that the last tests can
//! show it lines that must be refused.

use crate::sources;

/// A floor (a module of the crate's root), and the floors it may name beside itself.
const FLOORS: [(&str, &[&str]); 10] = [
    ("main", &["cli", "config", "telemetry"]),
    ("cli", &["http", "app", "fhir", "rulebook", "store", "domain", "config", "telemetry"]),
    ("config", &["domain"]),
    ("telemetry", &["config"]),
    ("http", &["app", "fhir", "domain", "config"]),
    ("app", &["fhir", "rulebook", "store", "domain", "config"]),
    ("fhir", &["domain"]),
    ("rulebook", &["domain"]),
    ("store", &["domain"]),
    ("domain", &[]),
];

/// An outside crate, and the beginnings of the paths where it may be named.
const CRATES: [(&str, &[&str]); 29] = [
    ("actix_cors", &["http/"]),
    ("actix_http", &["http/"]),
    ("actix_service", &["http/"]),
    ("base64", &["app/", "fhir/"]),
    ("actix_web", &["http/", "cli/"]),
    ("actix_rt", &["http/", "cli/"]),
    ("parquet", &["app/export/"]),
    ("sled", &["store/"]),
    ("aho_corasick", &["store/"]),
    ("compact_str", &["domain/", "store/cache/fact"]),
    ("smallvec", &["domain/"]),
    ("crc32fast", &["store/"]),
    ("zstd", &["store/"]),
    ("ring", &["store/"]),
    ("reqwest", &["cli/"]),
    ("clap", &["cli/", "config", "main"]),
    ("toml", &["cli/", "config"]),
    ("indicatif", &["cli/"]),
    ("rand", &["cli/demo/", "app/statement/tests"]),
    ("rand_chacha", &["cli/demo/", "app/statement/tests"]),
    ("tempfile", &["cli/"]),
    ("jiff", &["domain/calendar", "fhir/", "app/"]),
    ("jsonschema", &["fhir/", "rulebook/"]),
    ("serde_saphyr", &["rulebook/"]),
    ("tracing_subscriber", &["telemetry", "cli/"]),
    ("rustls", &["http/", "cli/", "main"]),
    ("serde_yaml", &[]),
    ("anyhow", &[]),
    ("chrono", &[]),
];

/// What may not be written on some floors: the text, the floors, and why.
const WORDS: [(&str, &[&str], &str); 15] = [
    ("serde_json", &["domain"], "domain knows no JSON"),
    ("tracing::", &["domain"], "domain does not log"),
    ("tokio", &["domain", "fhir", "rulebook"], "pure floors do not wait"),
    ("async fn", &["domain", "fhir", "rulebook"], "pure floors do not wait"),
    ("std::fs", &["domain", "http"], "files are read below http, and never by domain"),
    ("std::env::var", &["domain", "fhir", "rulebook", "store", "app", "http"], "settings come from config"),
    ("std::net", &["domain", "fhir", "rulebook", "store"], "no network here"),
    ("SystemTime::now", &["domain", "fhir", "rulebook"], "the date is an argument"),
    ("Timestamp::now", &["domain", "fhir", "rulebook"], "the date is an argument"),
    ("Zoned::now", &["domain", "fhir", "rulebook"], "the date is an argument"),
    ("StatusCode", &["domain", "fhir", "rulebook", "store", "app"], "only http knows statuses"),
    ("f64", &["domain/money", "domain/forfait", "domain/fmt"], "no float for money"),
    ("f32", &["domain/money", "domain/forfait", "domain/fmt"], "no float for money"),
    ("println!", &["domain", "fhir", "rulebook", "store", "app", "http"], "only cli speaks to the terminal"),
    ("todo!", &[""], "nothing is left to do"),
];

/// Answers what is wrong with the source at `path` (from `src`), one line of text per fault.
fn faults(path: &str, source: &str) -> Vec<String> {
    let floor = floor(path);
    let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
        return if floor == "lib" { Vec::new() } else { vec![format!("{path}: {floor} is no floor of the table")] };
    };
    let mut out = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = code(line);
        let mut fault = |what: String| out.push(format!("{path}:{}: {what}", number + 1));
        if code.contains("use crate::{") {
            fault("one import of crate:: per line".to_owned());
        }
        for other in named_floors(path, code) {
            if other != floor && !allowed.contains(&other.as_str()) && FLOORS.iter().any(|(name, _)| *name == other) {
                fault(format!("{floor} may not name {other}"));
            }
        }
        for (name, homes) in CRATES {
            if names_crate(code, name) && !homes.iter().any(|home| path.starts_with(home)) {
                fault(format!("{name} does not live here"));
            }
        }
        for (word, floors, why) in WORDS {
            if has_word(code, word) && floors.iter().any(|place| path.starts_with(place)) {
                fault(format!("{word}: {why}"));
            }
        }
    }
    out
}

/// Answers the first part of a path: the name of the floor.
fn floor(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// Answers the line without its comment. A `//` after a colon belongs to an address.
fn code(line: &str) -> &str {
    let mut from = 0;
    while let Some(found) = line[from..].find("//") {
        let at = from + found;
        if at == 0 || !line[..at].ends_with(':') {
            return &line[..at];
        }
        from = at + 2;
    }
    line
}

/// Answers the root modules a line names: by `crate::`, by the crate's own name, or by climbing
/// with `super::` out of its floor.
fn named_floors(path: &str, code: &str) -> Vec<String> {
    let mut found: Vec<String> = ["crate::", "mtr_gateway::"]
        .iter()
        .flat_map(|root| code.match_indices(root).map(|(at, _)| identifier(&code[at + root.len()..])))
        .collect();
    let climb = code.matches("super::super::").next().map_or(0, |_| longest_climb(code));
    if climb >= depth(path) {
        found.extend(code.rfind("super::").map(|at| identifier(&code[at + "super::".len()..])));
    }
    found
}

/// Answers how many `super::` follow one another at most.
fn longest_climb(code: &str) -> usize {
    (1..=8).take_while(|count| code.contains(&"super::".repeat(*count))).count()
}

/// Answers how many `super::` lead from a file to the root of the crate.
fn depth(path: &str) -> usize {
    let names = path.trim_end_matches(".rs").split('/');
    names.filter(|name| *name != "mod").count()
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Answers whether the line names that crate: `use name`, or `name::` at the beginning of a path.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = &code[..at];
        let after = &code[at + name.len()..];
        let begins = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '"');
        let imported = before.trim_end().ends_with("use") && (after.starts_with(';') || after.starts_with(" as "));
        begins && (after.starts_with("::") || imported)
    })
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !code[..at].ends_with(inside) && (word.ends_with("::") || !code[at + word.len()..].starts_with(inside))
    })
}

#[test]
fn imports_go_down_and_outside_crates_stay_on_their_floor() {
    let files = sources::rust();
    assert!(files.iter().any(|(path, _)| path == "domain/mod.rs"), "the sources were not found");
    // What a test does on a file of its own is no business of the floors.
    let built = files.iter().filter(|(path, _)| !path.contains("/tests/"));
    let all: Vec<String> = built.flat_map(|(path, text)| faults(path, text)).collect();
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    let silent: Vec<String> = sources::rust()
        .into_iter()
        .filter(|(path, _)| !path.ends_with("tests.rs"))
        .filter(|(_, text)| text.lines().count() > 5 && !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn a_line_that_breaks_the_house_is_seen() {
    for (path, line) in [
        ("domain/fact.rs", "use crate::fhir::Bundle;"),
        ("domain/fact.rs", "use crate::store::types::Key;"),
        ("fhir/validate/mod.rs", "use crate::rulebook::Rulebook;"),
        ("fhir/date.rs", "pub(in crate::store) fn day() {}"),
        ("store/journal.rs", "    let body = crate::fhir::json::parse(text);"),
        ("rulebook/mod.rs", "use crate::app::evaluate;"),
        ("http/read.rs", "use crate::store::Store;"),
        ("app/price.rs", "use crate::http::problem::Problem;"),
        ("main.rs", "use mtr_gateway::store::Store;"),
        ("store/types.rs", "use super::super::fhir::issue::Issue;"),
        ("fhir/facts/date.rs", "use super::super::super::store::types::Key;"),
        ("domain/fact.rs", "use crate::{store, fhir};"),
        ("metrics/mod.rs", "pub fn count() {}"),
        ("store/tree.rs", "use actix_web::web;"),
        ("app/write.rs", "let tree: sled::Tree = open();"),
        ("http/read.rs", "use sled;"),
        ("http/client.rs", "reqwest::get(url).await"),
        ("domain/fact.rs", "use serde_json::Value;"),
        ("domain/forfait.rs", "use jiff::Timestamp;"),
        ("app/close.rs", "use anyhow::Context;"),
        ("domain/fact.rs", "tracing::info!(\"seen\");"),
        ("domain/fact.rs", "pub async fn read() {}"),
        ("domain/calendar.rs", "let now = jiff::Zoned::now();"),
        ("fhir/facts/mod.rs", "let now = SystemTime::now();"),
        ("domain/money.rs", "pub fn euros(self) -> f64 {"),
        ("app/write.rs", "StatusCode::NOT_FOUND"),
        ("store/mod.rs", "println!(\"here\");"),
        ("rulebook/mod.rs", "todo!()"),
        ("http/mod.rs", "let text = std::fs::read_to_string(path)?;"),
        ("store/mod.rs", "let key = std::env::var(\"MTR_KEY\");"),
    ] {
        assert_eq!(faults(path, line).len(), 1, "{path}: {line}: {:?}", faults(path, line));
    }
}

#[test]
fn a_line_that_keeps_to_the_house_is_not() {
    for (path, line) in [
        ("domain/fact.rs", "use crate::domain::calendar::Day;"),
        ("domain/prevention/tiers.rs", "use super::super::calendar::Day;"),
        ("domain/fact.rs", "// use crate::store::Store; would be wrong"),
        ("domain/fact.rs", "/// Not serde_json, and no tracing::info here."),
        ("domain/fact.rs", "pub system: &str = \"http://loinc.org\"; // actix_web::web"),
        ("http/read.rs", "use crate::app::read::Answer;"),
        ("http/read.rs", "use actix_web::web;"),
        ("app/write.rs", "use crate::store::Store;"),
        ("cli/serve.rs", "use crate::http::server;"),
        ("cli/check.rs", "println!(\"{report}\");"),
        ("store/tree.rs", "let db = sled::open(path)?;"),
        ("store/tree.rs", "let unpacked = xsled::open(path)?;"),
        ("domain/calendar.rs", "use jiff::civil::Date;"),
        ("main.rs", "use mtr_gateway::cli;"),
        ("lib.rs", "pub mod domain;"),
        ("config.rs", "use crate::domain::calendar::Day;"),
        ("rulebook/load.rs", "use std::fs;"),
    ] {
        assert_eq!(faults(path, line), Vec::<String>::new(), "{path}: {line}");
    }
}

#[test]
fn the_table_has_no_way_up_and_no_way_round() {
    let reaches = |from: &str, to: &str| FLOORS.iter().any(|(name, allowed)| *name == from && allowed.contains(&to));
    for (low, _) in FLOORS {
        for (high, _) in FLOORS {
            assert!(!(reaches(low, high) && reaches(high, low)), "{low} and {high} name each other");
        }
    }
    for side in ["fhir", "rulebook", "store"] {
        assert!(["fhir", "rulebook", "store"].iter().all(|other| !reaches(side, other)));
    }
    assert!(!reaches("http", "store"));
}
