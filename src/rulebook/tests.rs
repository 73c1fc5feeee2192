//! The shipped rulebook, and each kind of fault a file can have.

use super::*;
use crate::domain::fact::Coding;
use crate::domain::fact::Kind;

fn shipped() -> Source {
    Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings")).unwrap()
}

fn book() -> Rulebook {
    load(&shipped()).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

#[test]
fn the_shipped_rulebook_loads_and_is_whole() {
    let rules = book().rules;
    assert_eq!(rules.typologies.len(), 10);
    assert_eq!(rules.items.len(), 26);
    assert_eq!(rules.pathways.len(), 3);
    assert_eq!(rules.ald_numbers.len(), 32);
    assert_eq!(rules.not_done.per_item.len(), 26);
    assert!(rules.items.iter().map(|i| i.ordinal).eq(1..=26));
    assert!(rules.typologies.iter().map(|t| t.ordinal).eq(1..=10));
    assert!(rules.tariff("mtr-demo").is_some() && rules.tariff("fmt-2026").is_some());
}

#[test]
fn every_example_of_the_shipped_rulebook_holds() {
    let book = book();
    let failures: Vec<String> = examples::run_examples(&book).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(examples::count(&book) > 150);
}
