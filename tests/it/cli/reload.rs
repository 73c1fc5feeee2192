//! SIGHUP: an accepted rulebook is in force at once and the old one stays findable; a faulty one
//! is refused and nothing changes.

use super::check::{copy, copy_bare, edit, mappings};
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use std::path::{Path, PathBuf};

fn total(client: &Client, known_at: &str) -> (String, String) {
    let invoice = client.found(&format!("/Patient/p/$forfait?month=2025-12{known_at}"));
    (read::euros(&invoice["totalNet"]["value"]), read::tags(&invoice, "rulebook").remove(0))
}

/// A gateway over a copy of the shipped rules, which knows of one man, and the copy.
fn started(copied: fn(&Path, &Path)) -> (Gateway, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    copied(&mappings(), &rules);
    let folder = rules.to_string_lossy().into_owned();
    let open = ["--structure", "cabinet", "--mode", "demo", "--access", "open", "--mappings", &folder];
    let gateway = Gateway::start_in(home, &open);
    gateway.client().push(&make::and(make::professionals(), make::man("p", "1980-01-01")));
    (gateway, rules)
}

#[test]
fn rules_are_reloaded_without_a_restart_and_faulty_ones_refused() {
    let (mut gateway, rules) = started(copy_bare);
    let client = gateway.client();
    let tariff = rules.join("tariffs").join("mtr-demo.yaml");
    let (before, first) = total(&client, "");
    assert_eq!(before, "8.00");
    let then =
        read::value(&client.found("/Patient/p/$prevention?date=2025-12-31"), "knownAt").as_str().unwrap().to_owned();
    let known_then = format!("&knownAt={then}");

    edit(&tariff, "value: \"8.00\"", "value: \"8.25\"");
    gateway.signal("HUP");
    gateway.wait_until_logged("rulebook in force");
    let (after, second) = total(&client, "");
    assert_eq!(after, "8.25");
    assert_ne!(second, first);
    assert_eq!(total(&client, &known_then), ("8.00".to_owned(), first.clone()), "the rules of that day");
    assert_eq!(client.get("/Patient/p").version(), 1, "nothing stored is rewritten");

    // Any rulebook that was once in force answers when it is named, by the beginning of its digest.
    for (name, want) in [(&first[..], "8.00"), (&first[..8], "8.00"), (&second[..12], "8.25")] {
        assert_eq!(total(&client, &format!("&rulebook={name}")).0, want, "{name}");
        let named = client.found(&format!("/Patient/p/$forfait?month=2025-12&rulebook={name}"));
        assert!(read::tags(&named, "figure").contains(&"simulated".to_owned()), "{name}: what would have been");
    }
    assert_eq!(total(&client, &format!("{known_then}&rulebook={second}")).0, "8.25", "knowledge of then, rules of now");
    for name in ["0000000000", "", &first[..7], "zz"] {
        let answer = client.get(&format!("/Patient/p/$forfait?month=2025-12&rulebook={name}"));
        outcome::refused(&answer, 400, "not-found", "MTR-FIG-007", "");
    }

    edit(&tariff, "value: \"8.25\"", "value: 9.00");
    gateway.signal("HUP");
    gateway.wait_until_logged("refused");
    assert!(gateway.log().contains("mtr-demo.yaml"), "the fault is told: {}", gateway.log());
    assert_eq!(total(&client, ""), ("8.25".to_owned(), second.clone()), "the old one stays");

    edit(&tariff, "value: 9.00", "value: \"8.25\"");
    gateway.restart();
    let client = gateway.client();
    assert_eq!(total(&client, ""), ("8.25".to_owned(), second));
    assert_eq!(total(&client, &known_then), ("8.00".to_owned(), first));
}

#[test]
fn a_faulty_rulebook_does_not_start() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    copy(&mappings(), &rules);
    edit(&rules.join("tariffs").join("mtr-demo.yaml"), "value: \"8.00\"", "value: 8.00");
    let folder = rules.to_string_lossy().into_owned();
    let data = home.path().join("data").to_string_lossy().into_owned();
    let told = crate::harness::run(&[
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--data-dir",
        &data,
        "--structure",
        "cabinet",
        "--mappings",
        &folder,
    ])
    .expect(3);
    assert!(told.err.contains("mtr-demo.yaml"), "{}", told.err);
}

#[test]
fn a_rulebook_that_fails_its_own_examples_is_refused_like_a_faulty_one() {
    let (mut gateway, rules) = started(copy);
    let client = gateway.client();
    let tariff = rules.join("tariffs").join("mtr-demo.yaml");
    let before = total(&client, "");
    edit(&tariff, "value: \"8.00\"", "value: \"8.25\"");
    gateway.signal("HUP");
    gateway.wait_until_logged("refused");
    for part in ["does not keep its own examples", "mtr-demo.yaml", "fr: ", "en: "] {
        assert!(gateway.log().contains(part), "{part} in {}", gateway.log());
    }
    assert_eq!(total(&client, ""), before, "the old one stays");
    gateway.terminate();
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let folder = rules.to_string_lossy().into_owned();
    let serve =
        ["serve", "--bind", "127.0.0.1:0", "--data-dir", &data, "--structure", "cabinet", "--mappings", &folder];
    let told = crate::harness::run(&serve).expect(3);
    assert!(told.err.contains("mtr-demo.yaml") && told.err.contains("examples"), "{}", told.err);
    // A demonstration may try other amounts: it starts, and says so once more.
    let told = gateway.log().matches("does not keep its own examples").count();
    gateway.start_again();
    assert_eq!(total(&gateway.client(), "").0, "8.25");
    assert_eq!(gateway.log().matches("does not keep its own examples").count(), told + 1);
}
