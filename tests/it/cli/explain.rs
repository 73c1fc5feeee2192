//! `explain`: the same text from a running gateway and from a data directory; what production refuses.

use super::check::{copy_bare, edit, mappings};
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::run;
use serde_json::json;

fn loaded() -> Gateway {
    let gateway = Gateway::start(&[]);
    gateway.client().push(&make::and(
        make::professionals(),
        make::and(
            make::man("p", "1980-01-01"),
            vec![make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60}))],
        ),
    ));
    gateway
}

#[test]
fn a_server_and_a_data_directory_tell_the_same() {
    let mut gateway = loaded();
    let base = gateway.client().base();
    let served = run(&["explain", "p", "--month", "2025-12", "--server", &base]).expect(0).out;
    assert!(served.contains("8,00") && served.contains("12,40") && served.contains("20,40"), "{served}");
    let english = run(&["explain", "p", "--month", "2025-12", "--server", &base, "--language", "en"]).expect(0).out;
    assert!(english.contains("20.40"), "{english}");
    let over_http =
        gateway.client().send("GET", "/Patient/p/$explain?month=2025-12", &[("Accept", "text/plain")], b"").text();
    assert_eq!(served.trim(), over_http.trim());
    let lang = run(&["explain", "p", "--month", "2025-12", "--server", &base, "--lang", "en"]).expect(0).out;
    assert_eq!(lang, english);
    let machine = run(&["explain", "p", "--month", "2025-12", "--server", &base, "--json"]).expect(0).out;
    assert!(machine.contains(r#""resourceType":"Provenance""#), "{machine}");
    assert_eq!(machine.trim(), gateway.client().get("/Patient/p/$explain?month=2025-12").text());
    gateway.terminate();
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let local = ["explain", "p", "--month", "2025-12", "--data-dir", &data, "--structure", "cabinet", "--mode", "demo"];
    assert_eq!(run(&[&local[..], &["--json"]].concat()).expect(0).out, machine);
    assert_eq!(run(&[&local[..], &["--lang", "en"]].concat()).expect(0).out, english);
    run(&[&local[..], &["--lang", "de"]].concat()).expect(2);
    let read =
        run(&["explain", "p", "--month", "2025-12", "--data-dir", &data, "--structure", "cabinet", "--mode", "demo"])
            .expect(0)
            .out;
    assert_eq!(read, served);
}

#[test]
fn an_unknown_patient_is_told() {
    let gateway = loaded();
    let told = run(&["explain", "nobody", "--month", "2025-12", "--server", &gateway.client().base()]).expect(1);
    assert!(told.err.contains("404") && told.err.contains("MTR-GET-001"), "{}", told.err);
    let told = run(&["explain", "p", "--month", "2025-12", "--server", "http://127.0.0.1:1"]).expect(3);
    assert!(!told.err.is_empty());
}

#[test]
fn production_has_no_tariff_by_default_and_refuses_a_fictional_one() {
    let mut gateway = loaded();
    gateway.terminate();
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let explain = |more: &[&str]| {
        run(&[
            &[
                "explain",
                "p",
                "--month",
                "2026-04",
                "--data-dir",
                &data,
                "--structure",
                "cabinet",
                "--mode",
                "production",
            ][..],
            more,
        ]
        .concat())
    };
    let none = explain(&[]);
    assert!(none.code != Some(0) && none.err.contains("MTR-FIG-002"), "{none:?}");
    let fictional = explain(&["--tariff", "mtr-demo"]);
    assert!(!fictional.out.contains("8,40"), "no fictional amount in production: {fictional:?}");
    assert!(fictional.code != Some(0) && fictional.err.contains("MTR-FIG-004"), "{fictional:?}");
    let public = explain(&["--tariff", "fmt-2026"]).expect(0);
    assert!(public.out.contains("1,25"), "{}", public.out);
}

#[test]
fn a_folder_is_asked_by_the_rules_in_force_in_it_and_a_question_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    copy_bare(&mappings(), &rules);
    edit(&rules.join("tariffs").join("mtr-demo.yaml"), "value: \"8.00\"", "value: \"8.25\"");
    let folder = rules.to_string_lossy().into_owned();
    let of = ["--structure", "cabinet", "--mode", "demo"];
    let open = ["--access", "open", "--mappings", &folder, "--sites", "annexe"];
    let mut gateway = Gateway::start_in(home, &[&of[..], &open].concat());
    gateway.client().push(&make::and(make::professionals(), make::man("p", "1980-01-01")));
    gateway.terminate();
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let verified = || run(&["verify", "--data-dir", &data]).expect(0).out;
    let before = verified();
    let place = [&["--data-dir", &data], &of[..]].concat();
    let told = run(&[&["explain", "p", "--month", "2025-12"], &place[..]].concat()).expect(0).out;
    assert!(told.contains("8,25") || told.contains("8.25"), "{told}");
    assert_eq!(verified(), before, "no other rules are in force for the question");
    let told = run(&[&["close", "--month", "2025-12"], &place[..]].concat()).expect(0).out;
    assert!(told.contains("8.25"), "{told}");
    assert!(verified().contains(" 1 rulebooks"), "{}", verified());
}

#[test]
fn a_question_makes_no_folder() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("none").to_string_lossy().into_owned();
    let commands: [&[&str]; 3] = [
        &["explain", "p", "--month", "2026-10", "--structure", "cabinet"],
        &["close", "--month", "2026-09", "--structure", "cabinet"],
        &["rebuild"],
    ];
    for command in commands {
        let told = run(&[command, &["--data-dir", &data]].concat()).expect(3);
        assert!(told.err.contains("there is no journal in"), "{}", told.err);
        assert!(!home.path().join("none").exists(), "{command:?}");
    }
}

#[test]
fn sites_and_structure_of_a_folder_are_read_from_the_file_of_the_server() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.toml");
    let settings = "structure = \"cabinet\"\nmode = \"production\"\nsites = [\"annexe\"]\n";
    std::fs::write(&file, settings).unwrap();
    let data = home.path().join("data").to_string_lossy().into_owned();
    let lines = home.path().join("a.ndjson");
    let mut resources = make::and(make::professionals(), make::man("p", "1980-01-01"));
    for resource in resources.iter_mut().filter(|resource| resource["resourceType"] == "Encounter") {
        resource["serviceProvider"] = serde_json::json!({"reference": "Organization/annexe"});
    }
    let text: Vec<String> = resources.iter().map(ToString::to_string).collect();
    std::fs::write(&lines, text.join("\n")).unwrap();
    let (file, lines) = (file.to_string_lossy().into_owned(), lines.to_string_lossy().into_owned());
    run(&["import", "--data-dir", &data, "--config", &file, &lines]).expect(0);
    let asked = ["explain", "p", "--month", "2026-01", "--tariff", "fmt-2026", "--data-dir", &data, "--lang", "en"];
    let consuming = |more: &[&str]| {
        run(&[&asked[..], more].concat()).expect(0).out.contains("Patient consommant (seen within the window): yes")
    };
    assert!(consuming(&["--config", &file]));
    assert!(consuming(&["--structure", "cabinet", "--sites", "annexe"]));
    assert!(!consuming(&["--structure", "cabinet"]));
}
