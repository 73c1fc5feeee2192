//! The scripts of `tests/curl`, each run with bash and curl against a gateway.

use crate::harness::Gateway;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("curl")
}

fn run(script: &Path, base: &str) -> Output {
    Command::new("bash").arg(script).arg(base).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_script_says_what_the_gateway_does() {
    let gateway = Gateway::start(&[]);
    let mut names: Vec<PathBuf> = std::fs::read_dir(scripts()).unwrap().map(|e| e.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|e| e == "sh") && !path.ends_with("lib.sh"));
    names.sort();
    assert!(names.len() >= 13, "{names:?}");
    for script in names {
        let output = run(&script, &gateway.client().base());
        assert!(output.status.success(), "{}: {}", script.display(), told(&output));
    }
}

#[test]
fn a_script_fails_where_the_answer_is_another() {
    // A gateway that lets nobody in answers none of it.
    let gateway = Gateway::start_as(&["--structure", "cabinet"]);
    for name in ["create.sh", "forfait.sh", "session.sh"] {
        let output = run(&scripts().join(name), &gateway.client().base());
        assert!(!output.status.success(), "{name}: {}", told(&output));
    }
}
