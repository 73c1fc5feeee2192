//! The Dockerfile, linted here because a newcomer's machine has cargo and nothing else.

use crate::sources;

/// One instruction, with its continuation lines joined.
#[derive(Debug, PartialEq)]
struct Instruction {
    name: String,
    rest: String,
}

/// Answers the instructions of a Dockerfile, comments and parser directives left out.
fn parse(text: &str) -> Vec<Instruction> {
    let mut joined = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.trim_end().strip_suffix('\\') {
            Some(part) => joined.push_str(&format!("{part} ")),
            None => joined.push_str(&format!("{line}\n")),
        }
    }
    joined
        .lines()
        .filter_map(|line| line.trim().split_once(char::is_whitespace))
        .map(|(name, rest)| Instruction {
            name: name.to_ascii_uppercase(),
            rest: rest.split_whitespace().collect::<Vec<_>>().join(" "),
        })
        .collect()
}

/// Answers what is wrong with a Dockerfile whose context lets in what `ignore` says, and whose
/// cargo steps must be among `steps`.
fn faults(text: &str, ignore: &str, steps: &str) -> Vec<String> {
    let all = parse(text);
    let stages: Vec<usize> = all.iter().enumerate().filter(|(_, one)| one.name == "FROM").map(|(at, _)| at).collect();
    let mut out = Vec::new();
    if stages.len() < 2 {
        out.push("two stages: one builds, one runs".to_owned());
    }
    out.extend(all.iter().filter(|one| one.name == "FROM").filter_map(|one| unpinned(&one.rest)));
    out.extend(all.iter().filter(|one| one.name == "ADD").map(|_| "ADD: COPY what is here, nothing remote".to_owned()));
    out.extend(all.iter().filter(|one| one.name == "COPY").filter_map(|one| not_in_context(&one.rest, ignore)));
    out.extend(all.iter().filter_map(|one| not_a_step_of_ci(one, steps)));
    if !all.iter().any(|one| one.name == "RUN" && one.rest.starts_with("cargo ")) {
        out.push("nothing is built".to_owned());
    }
    if let Some(last) = stages.last() {
        out.extend(run_stage(&all[*last..]));
    }
    out
}

/// What the stage that runs must be: not root, watched, without tools.
fn run_stage(stage: &[Instruction]) -> Vec<String> {
    let mut out = Vec::new();
    let last = |name: &str| stage.iter().rev().find(|one| one.name == name).map(|one| one.rest.as_str());
    let user = last("USER").unwrap_or("root");
    let number = user.split(':').next().unwrap_or(user);
    if !number.parse::<u32>().is_ok_and(|number| number > 0) {
        out.push(format!("USER {user}: a number that is not root's"));
    }
    match last("HEALTHCHECK").and_then(|check| check.split_once("CMD ")) {
        Some((_, command)) if exec_form(command).first().is_some_and(|word| word.ends_with("/mtr-gateway")) => {}
        _ => out.push("HEALTHCHECK: the binary asks itself, without a shell".to_owned()),
    }
    if last("ENTRYPOINT").is_none_or(|command| exec_form(command).is_empty()) {
        out.push("ENTRYPOINT in exec form, so that SIGTERM reaches the binary".to_owned());
    }
    if last("VOLUME").is_none_or(|volume| !volume.contains("/data")) {
        out.push("VOLUME /data".to_owned());
    }
    for one in stage.iter().filter(|one| one.name == "RUN") {
        out.push(format!("RUN {}: nothing is installed where it runs", one.rest));
    }
    out
}

fn exec_form(command: &str) -> Vec<String> {
    serde_json::from_str(command.trim()).unwrap_or_default()
}

/// An image needs a tag that does not move from one release of the image's subject to the next.
fn unpinned(from: &str) -> Option<String> {
    let image = from.split_whitespace().find(|word| !word.starts_with("--"))?;
    let tag = image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag);
    let moving = ["latest", "slim", "stable", "stable-slim", "1", "1-slim", "nonroot"];
    match tag {
        Some(tag) if !moving.contains(&tag) => None,
        _ => Some(format!("FROM {image}: pin a release")),
    }
}

/// A COPY from the context needs its source to be let in by .dockerignore.
fn not_in_context(copy: &str, ignore: &str) -> Option<String> {
    if copy.contains("--from=") {
        return None;
    }
    let words: Vec<&str> = copy.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let (_, from) = words.split_last()?;
    let absent = from.iter().find(|source| {
        **source != "." && !ignore.lines().any(|line| line.trim().strip_prefix('!') == Some(source.trim_matches('/')))
    })?;
    Some(format!("COPY {absent}: .dockerignore leaves it out"))
}

fn not_a_step_of_ci(one: &Instruction, steps: &str) -> Option<String> {
    let cargo = one.name == "RUN" && one.rest.starts_with("cargo ");
    let known = steps.lines().any(|line| line.split(" #").next().unwrap_or(line).trim() == one.rest);
    if cargo && !known { Some(format!("RUN {}: no such step in continuous integration", one.rest)) } else { None }
}

fn steps() -> String {
    // CONTRIBUTING names the step; `.ci/run` is what is really run.
    let ci = sources::path(".ci/run");
    if ci.exists() { sources::text(".ci/run") } else { sources::text("CONTRIBUTING.md") }
}

#[test]
fn the_dockerfile_is_clean() {
    let faults = faults(&sources::text("Dockerfile"), &sources::text(".dockerignore"), &steps());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_contributing_page_names_the_step_of_the_image() {
    let steps = sources::text("CONTRIBUTING.md");
    for one in parse(&sources::text("Dockerfile")) {
        assert_eq!(not_a_step_of_ci(&one, &steps), None);
    }
}

#[test]
fn the_context_leaves_out_everything_but_what_is_named() {
    let ignore = sources::text(".dockerignore");
    let rules: Vec<&str> = ignore.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(rules[0], "*");
    assert!(rules[1..].iter().all(|rule| rule.starts_with('!')));
    for never in ["!target", "!data", "!.git", "!."] {
        assert!(!rules.contains(&never), "{never}");
    }
}

const IGNORE: &str = "*\n!src\n!mappings\n";
const STEPS: &str = "cargo build --release --locked\n";
const GOOD: &str = r#"
FROM rust:1.95-slim-trixie AS build
COPY . .
RUN cargo build \
    --release --locked
FROM debian:trixie-slim
COPY --from=build /src/target/release/mtr-gateway /usr/local/bin/mtr-gateway
COPY mappings /usr/share/mappings
USER 10001:10001
VOLUME ["/data"]
HEALTHCHECK --interval=15s CMD ["/usr/local/bin/mtr-gateway", "health"]
ENTRYPOINT ["/usr/local/bin/mtr-gateway"]
"#;

#[test]
fn a_good_one_passes_whatever_its_line_breaks() {
    assert_eq!(faults(GOOD, IGNORE, STEPS), Vec::<String>::new());
}

#[test]
fn each_fault_of_a_dockerfile_is_seen() {
    let good = GOOD.replace("cargo build \\\n    --release", "cargo build --release");
    for (part, instead, names) in [
        ("FROM debian:trixie-slim", "FROM debian", "pin"),
        ("FROM debian:trixie-slim", "FROM debian:latest", "pin"),
        ("FROM rust:1.95-slim-trixie AS build", "FROM rust:1-slim AS build", "pin"),
        ("USER 10001:10001\n", "", "USER root"),
        ("USER 10001:10001", "USER 0", "USER 0"),
        ("USER 10001:10001", "USER 10001\nUSER root", "USER root"),
        ("HEALTHCHECK --interval=15s CMD [\"/usr/local/bin/mtr-gateway\", \"health\"]\n", "", "HEALTHCHECK"),
        ("CMD [\"/usr/local/bin/mtr-gateway\", \"health\"]", "CMD curl -f localhost", "HEALTHCHECK"),
        ("ENTRYPOINT [\"/usr/local/bin/mtr-gateway\"]", "ENTRYPOINT mtr-gateway", "ENTRYPOINT"),
        ("VOLUME [\"/data\"]\n", "", "VOLUME"),
        ("COPY . .", "ADD https://example.org/rules.tar .", "ADD"),
        ("COPY mappings", "COPY data", "COPY data"),
        ("cargo build --release --locked", "cargo build --release", "no such step"),
        ("RUN cargo build --release --locked\n", "", "nothing is built"),
        ("USER 10001", "RUN apt-get install -y curl\nUSER 10001", "nothing is installed"),
    ] {
        let bad = good.replace(part, instead);
        assert_ne!(bad, good, "{part}");
        let found = faults(&bad, IGNORE, STEPS);
        assert!(found.len() == 1 && found[0].contains(names), "{instead}: {found:?}");
    }
    assert!(faults("FROM debian:trixie-slim\n", IGNORE, STEPS).iter().any(|fault| fault.contains("two stages")));
}
