//! Two times: whatever comes later, an answer as of a past instant stays what it was, byte for byte.

use super::*;
use crate::cli::check::{copy_bare, edit, mappings};
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::run;
use std::path::PathBuf;
use std::time::Duration;

/// A gateway whose rules are in a folder of its own.
pub struct OwnRules {
    pub gateway: Gateway,
    pub rules: PathBuf,
}

impl OwnRules {
    pub fn start() -> OwnRules {
        let home = tempfile::tempdir().unwrap();
        let rules = home.path().join("rules");
        copy_bare(&mappings(), &rules);
        let folder = rules.to_string_lossy().into_owned();
        let open = ["--structure", "cabinet", "--mode", "demo", "--access", "open", "--mappings", &folder];
        // Links name the address: it has to be the same after a restart.
        let gateway = Gateway::start_in(home, &[&open[..], &["--base-url", "http://mtr.example"]].concat());
        gateway.client().push(&make::professionals());
        OwnRules { gateway, rules }
    }

    /// Changes a file of the rulebook and puts it in force.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let before = self.gateway.log().matches("rulebook in force").count();
        edit(&self.rules.join(file), from, to);
        self.gateway.signal("HUP");
        for _ in 0..1000 {
            if self.gateway.log().matches("rulebook in force").count() > before {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("not in force:\n{}", self.gateway.log());
    }
}

const QUESTIONS: [&str; 9] = [
    "/Patient/p/$forfait?month=2026-01",
    "/Patient/p/$forfait?month=2026-02",
    "/Patient/p/$forfait?month=2026-04&tariff=fmt-2026",
    "/Patient/p/$typologies?date=2026-01-31",
    "/Patient/p/$prevention?date=2026-01-31",
    "/Invoice?subject=Patient/p&date=ge2026-01-01&date=le2026-03-31",
    "/Invoice?issuer=Organization/cabinet&date=ge2026-01-01&date=le2026-03-31&_count=500",
    "/Invoice?type=structure-month&date=2026-02-28",
    "/Invoice?status=issued",
];

/// An instant between commits, as text of microseconds.
fn now() -> String {
    std::thread::sleep(Duration::from_millis(3));
    let now = mtr_gateway::app::now().to_string();
    std::thread::sleep(Duration::from_millis(3));
    now
}

/// Answers every question, and every Invoice that one of them finds, by its address.
fn answers(client: &Client, known_at: &str) -> Vec<(String, String)> {
    let at = if known_at.is_empty() { String::new() } else { format!("&knownAt={known_at}") };
    let mut paths: Vec<String> = QUESTIONS.iter().map(|q| (*q).to_owned()).collect();
    let all = client.found(&format!("{}{at}", QUESTIONS[6]));
    for entry in all["entry"].as_array().into_iter().flatten() {
        paths.push(format!("/Invoice/{}?_format=json", entry["resource"]["id"].as_str().unwrap()));
    }
    // What a link repeats of the question is no part of the answer.
    let without = |text: String| text.replace(&at.replace(':', "%3A"), "").replace(&at, "");
    paths
        .into_iter()
        .map(|path| (path.clone(), without(client.get(&format!("{path}{at}")).expect(200).text())))
        .collect()
}

#[test]
fn every_answer_of_the_past_stays_after_writes_closings_rules_restarts_and_a_new_cache() {
    let mut own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1950-01-01"));
    client.push(&make::man("q", "1980-01-01"));
    let mut noted: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut note = |client: &Client| noted.push((now(), answers(client, "")));
    type Step = fn(&OwnRules, &Client);
    let steps: [Step; 9] = [
        |_, c| drop(c.store(&make::ald("a", "p", "30", "C34.9", "2020"))),
        |_, c| drop(closed(c, &["2026-01"])),
        |_, c| drop(c.store(&make::measure("precar", "p", "precar", "2024-02-01", json!({"valueInteger": 60})))),
        |own, _| own.change("tariffs/mtr-demo.yaml", "value: \"8.40\"", "value: \"8.50\""),
        |_, c| drop(closed(c, &["2026-02"])),
        |_, c| drop(c.delete("/Condition/a").expect(204)),
        |_, c| {
            drop(c.store(&make::with(
                make::patient("q", "male", "1980-01-01"),
                json!({"deceasedDateTime": "2026-01-02"}),
            )))
        },
        |_, c| drop(c.send("DELETE", "/Patient/q?_cascade=delete", &[], b"").expect(204)),
        |_, c| drop(closed(c, &["2026-03"])),
    ];
    for step in steps {
        note(&client);
        step(&own, &client);
    }
    note(&client);
    for pair in noted.windows(2) {
        assert_ne!(pair[0].1, pair[1].1, "each step changed something");
    }
    let check = |client: &Client, when: &str| {
        for (n, (at, told)) in noted.iter().enumerate() {
            for (now, then) in answers(client, at).iter().zip(told) {
                assert_eq!(now, then, "step {n} {when}");
            }
        }
    };
    check(&client, "later");
    own.gateway.restart();
    check(&own.gateway.client(), "after a restart");
    let data = own.gateway.data_dir().to_string_lossy().into_owned();
    assert_eq!(own.gateway.terminate(), Some(0));
    run(&["rebuild", "--data-dir", &data, "--base-url", "http://mtr.example"]).expect(0);
    let verified = run(&["verify", "--data-dir", &data]).expect(0);
    assert!(verified.out.contains("3 statements"), "{}", verified.out);
    own.gateway.start_again();
    check(&own.gateway.client(), "with a cache made anew");
}
