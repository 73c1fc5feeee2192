//! The demonstration and the README: what a stranger pastes answers what is printed there.
//!
//! In the README, a fenced `sh` block that holds `curl` is a command, and the fenced `text` or
//! `json` block that follows it holds lines that its output must have.

use crate::harness::Gateway;
use crate::harness::parameters as read;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// The address that documents use.
const DOCUMENTED: &str = "http://127.0.0.1:8080";

fn demo() -> &'static Gateway {
    static DEMO: OnceLock<Gateway> = OnceLock::new();
    // Fewer patients than a stranger gets: those with names come first.
    DEMO.get_or_init(|| Gateway::demo(&["--patients", "25"]))
}

/// A command of a document and the lines its output must have.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    command: String,
    expected: Vec<String>,
}

/// Answers the commands of a Markdown text, each with what follows it.
fn steps(markdown: &str) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    let mut block: Option<(String, usize, Vec<String>)> = None;
    for (n, line) in markdown.lines().enumerate() {
        match (&mut block, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => block = Some((language.trim().to_owned(), n + 1, Vec::new())),
            (Some(_), Some(_)) => {
                let Some((language, at, lines)) = block.take() else { continue };
                match language.as_str() {
                    "sh" if lines.iter().any(|l| l.contains("curl")) => {
                        out.push(Step { line: at, command: lines.join("\n"), expected: Vec::new() });
                    }
                    "text" | "json" => {
                        if let Some(step) = out.last_mut().filter(|step| step.expected.is_empty()) {
                            step.expected =
                                lines.iter().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
                        }
                    }
                    _ => {}
                }
            }
            (Some((_, _, lines)), None) => lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    out
}

#[test]
fn a_command_is_followed_by_what_it_answers() {
    let text = "a\n```sh\ncurl x\n```\nb\n```json\n{\n  1\n}\n```\n```sh\ncargo run\n```\n```text\nno\n```\n```sh\ncurl y \\\n z\n```\n";
    let step = |line, command: &str, expected: &[&str]| Step {
        line,
        command: command.to_owned(),
        expected: expected.iter().map(|&e| e.to_owned()).collect(),
    };
    assert_eq!(steps(text), [step(2, "curl x", &["{", "1", "}"]), step(17, "curl y \\\n z", &[])]);
}

/// Answers the text with plain spaces: nobody sees in a document which spaces do not break.
fn spaced(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn the_session_of_the_readme_answers_what_it_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).expect("README.md");
    let base = demo().client().base();
    let steps = steps(&text);
    assert!(!steps.is_empty(), "README.md has no curl session");
    for step in steps {
        let command = step.command.replace(DOCUMENTED, &base);
        let output = Command::new("bash")
            .args(["-eo", "pipefail", "-c", &command])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let said = spaced(&String::from_utf8_lossy(&output.stdout).replace(&base, DOCUMENTED));
        assert!(
            output.status.success(),
            "README.md:{}: {}\n{}",
            step.line,
            said,
            String::from_utf8_lossy(&output.stderr)
        );
        for line in &step.expected {
            assert!(said.contains(&spaced(line)), "README.md:{}: {line:?} is not in\n{said}", step.line);
        }
    }
}

#[test]
fn the_three_lines_of_the_tour_answer() {
    let said = demo().said();
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(lines.len(), 3, "{said}");
    for line in lines {
        assert!(line.contains("date=") || line.contains("month="), "it answers the same for ever: {line}");
        let output = Command::new("bash").args(["-c", line]).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && !answer.contains("OperationOutcome") && answer.len() > 200,
            "{line}: {answer}"
        );
    }
}

fn promised() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases/demo.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_named_patients_are_paid_what_is_promised() {
    let client = demo().client();
    let promised = promised();
    let month = promised["month"].as_str().unwrap();
    for case in promised["forfaits"].as_array().unwrap() {
        let patient = case["patient"].as_str().unwrap();
        let invoice = client.found(&format!("/Patient/{patient}/$forfait?month={month}"));
        let wanted: Vec<(String, String)> = serde_json::from_value(case["lines"].clone()).unwrap();
        assert_eq!(read::lines(&invoice), wanted, "{patient}");
        assert_eq!(read::euros(&invoice["totalNet"]["value"]), case["total"].as_str().unwrap(), "{patient}");
        assert_eq!(read::not_payable(&invoice), case["notPayable"].as_str(), "{patient}");
        let answer = client.found(&format!("/Patient/{patient}/$typologies?date={month}-31"));
        let unknown: Vec<&str> = read::all(&answer, "typology")
            .into_iter()
            .filter(|t| read::value(t, "eligible") == "unknown")
            .map(|t| read::value(t, "id").as_str().unwrap())
            .collect();
        let wanted: Vec<&str> = case["unknown"].as_array().into_iter().flatten().map(|u| u.as_str().unwrap()).collect();
        assert_eq!(unknown, wanted, "{patient}");
    }
}

#[test]
fn the_card_of_the_example_is_the_one_promised() {
    let client = demo().client();
    let promised = promised();
    let card = client.found(&format!(
        "/Patient/{}/$prevention?date={}",
        promised["card"]["patient"].as_str().unwrap(),
        promised["asOf"].as_str().unwrap()
    ));
    let summary = read::all(&card, "summary")[0];
    for count in ["applicable", "upToDate", "expired", "neverDone", "notEligible"] {
        assert_eq!(read::value(summary, count), &promised["card"][count], "{count}");
    }
    assert_eq!(read::value(summary, "text"), "à jour 6/15, expirés 4/15, jamais faits 5/15");
    for wanted in promised["card"]["items"].as_array().unwrap() {
        let id = wanted["id"].as_str().unwrap();
        let item = read::by_id(&card, "item", id);
        assert_eq!(read::value(item, "status"), &wanted["status"], "{id}");
        assert_eq!(read::value(item, "lastDone"), &wanted["lastDone"], "{id}");
        if !wanted["due"].is_null() {
            assert_eq!(read::value(item, "dueDate"), &wanted["due"], "{id}");
        }
    }
}

#[test]
fn every_answer_of_the_demonstration_says_its_amounts_are_invented() {
    let client = demo().client();
    assert_eq!(read::tags(&client.found("/Patient/exemple/$forfait?month=2026-10"), "figure"), ["fictional"]);
    let text = client.send("GET", "/Patient/exemple/$explain?month=2026-10", &[("Accept", "text/plain")], b"").text();
    assert!(text.to_lowercase().contains("fictif"), "{text}");
}
