//! Which file of which rulebook a closed month is adjusted with.

use super::*;
use crate::rulebook;

/// Files written `path=content`; `path@2026-03=content` applies to closed months from March.
fn source(files: &[&str]) -> Source {
    let file = |written: &&str| {
        let (place, content) = written.split_once('=').unwrap();
        let (path, from) = place.split_once('@').unwrap_or((place, ""));
        let member = if from.is_empty() { String::new() } else { format!("applies_to_closed_from: \"{from}\"\n") };
        (path.to_owned(), format!("{member}id: \"{content}\"\n").into_bytes())
    };
    Source(files.iter().map(file).collect())
}

/// What is told of the files: `path=content`.
fn told(source: &Source) -> Vec<String> {
    let mut told: Vec<String> = source
        .0
        .iter()
        .map(|(path, content)| {
            let tree = node::read(std::str::from_utf8(content).unwrap()).unwrap();
            format!("{path}={}", tree.get("id").unwrap().text().unwrap())
        })
        .collect();
    told.sort();
    told
}

struct Case {
    name: &'static str,
    closing: &'static [&'static str],
    later: &'static [&'static [&'static str]],
    month: &'static str,
    want: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case { name: "no later rulebook", closing: &["a=1", "b=1"], later: &[], month: "2026-03", want: &["a=1", "b=1"] },
    Case {
        name: "a file without the member stays as it was at the closing",
        closing: &["a=1", "b=1"],
        later: &[&["a=2", "b=2"]],
        month: "2026-03",
        want: &["a=1", "b=1"],
    },
    Case {
        name: "the first month is covered",
        closing: &["a=1", "b=1"],
        later: &[&["a@2026-03=2", "b=2"]],
        month: "2026-03",
        want: &["a=2", "b=1"],
    },
    Case {
        name: "a month after it is covered",
        closing: &["a=1"],
        later: &[&["a@2025-12=2"]],
        month: "2026-03",
        want: &["a=2"],
    },
    Case {
        name: "the month before is not",
        closing: &["a=1"],
        later: &[&["a@2026-03=2"]],
        month: "2026-02",
        want: &["a=1"],
    },
    Case {
        name: "a new file joins when it applies",
        closing: &["b=1"],
        later: &[&["a@2026-01=2", "b=1", "c=2"]],
        month: "2026-03",
        want: &["a=2", "b=1"],
    },
    Case {
        name: "the last rulebook that applies wins",
        closing: &["a=1"],
        later: &[&["a@2026-01=2"], &["a@2026-01=3"]],
        month: "2026-03",
        want: &["a=3"],
    },
    Case {
        name: "a later file for later months leaves the earlier correction",
        closing: &["a=1"],
        later: &[&["a@2026-01=2"], &["a@2026-06=3"]],
        month: "2026-03",
        want: &["a=2"],
    },
    Case {
        name: "both months of the same history",
        closing: &["a=1"],
        later: &[&["a@2026-01=2"], &["a@2026-06=3"]],
        month: "2026-06",
        want: &["a=3"],
    },
    Case {
        name: "a later edit without the member does not undo a correction",
        closing: &["a=1"],
        later: &[&["a@2026-01=2"], &["a=3"]],
        month: "2026-03",
        want: &["a=2"],
    },
    Case {
        name: "a removed file stays",
        closing: &["a=1", "b=1"],
        later: &[&["a@2026-01=2"]],
        month: "2026-03",
        want: &["a=2", "b=1"],
    },
    Case {
        name: "a correction removed afterwards stays",
        closing: &["a=1"],
        later: &[&["a@2026-01=2", "b=1"], &["b=1"]],
        month: "2026-03",
        want: &["a=2"],
    },
    Case {
        name: "the member of the closing itself counts for nothing",
        closing: &["a@2026-01=1"],
        later: &[&["a=2"]],
        month: "2026-03",
        want: &["a=1"],
    },
    Case {
        name: "each file by its own member",
        closing: &["a=1", "b=1", "c=1"],
        later: &[&["a@2026-01=2", "b@2026-04=2", "c=2"], &["a@2026-01=2", "b@2026-03=3", "c@2026-05=3"]],
        month: "2026-04",
        want: &["a=2", "b=3", "c=1"],
    },
];

#[test]
fn a_closed_month_keeps_its_files_but_those_that_apply_to_it() {
    for Case { name, closing, later, month, want } in CASES {
        let closing = source(closing);
        let later: Vec<Source> = later.iter().map(|files| source(files)).collect();
        let later: Vec<&Source> = later.iter().collect();
        let month = month.parse().unwrap();
        let found = for_closed_month(&closing, &later, month);
        assert_eq!(told(&found), *want, "{name}");
        let differs = found.digest() != closing.digest();
        assert_eq!(applies_to_closed(&closing, &later, month), differs, "{name}");
        assert!(differs || found == closing, "{name}");
    }
}

#[test]
fn the_same_file_again_is_no_change() {
    let closing = source(&["a@2026-01=1", "b=1"]);
    let month = "2026-03".parse().unwrap();
    assert!(!applies_to_closed(&closing, &[&closing], month));
    assert_eq!(for_closed_month(&closing, &[&closing], month), closing);
}

#[test]
fn a_file_that_differs_elsewhere_replaces_the_other_all_the_same() {
    let closing = source(&["a@2026-01=1"]);
    let mut later = closing.clone();
    later.0[0].1.extend_from_slice(b"# relu\n");
    let month = "2026-01".parse().unwrap();
    assert!(applies_to_closed(&closing, &[&later], month));
    assert_eq!(for_closed_month(&closing, &[&later], month), later);
}

#[test]
fn only_a_member_at_the_root_of_a_readable_file_counts() {
    let cases: &[(&str, Option<&str>)] = &[
        ("applies_to_closed_from: \"2026-03\"\nid: a\n", Some("2026-03")),
        ("id: a\nexamples:\n  - name: x\napplies_to_closed_from: 2026-03\n", Some("2026-03")),
        ("id: a\n", None),
        ("# applies_to_closed_from: \"2026-03\"\nid: a\n", None),
        ("monthly:\n  applies_to_closed_from: \"2026-03\"\n", None),
        ("note_fr: \"applies_to_closed_from: 2026-03\"\n", None),
        ("applies_to_closed_from: \"2026-03-01\"\n", None),
        ("applies_to_closed_from: 2026\n", None),
        ("applies_to_closed_from: \"2026-03\"\nid: [\n", None),
        ("", None),
    ];
    for (text, want) in cases {
        let source = Source(vec![("a.yaml".to_owned(), text.as_bytes().to_vec())]);
        let want = want.map(|month| ("a.yaml", month.parse::<Month>().unwrap()));
        assert_eq!(closed_from(&source).into_iter().next(), want, "{text}");
    }
    // A byte that is no text, in a comment: loading reads past it, and so does this.
    let source = Source(vec![("a.yaml".to_owned(), b"applies_to_closed_from: \"2026-03\" # \xff\n".to_vec())]);
    assert_eq!(closed_from(&source).len(), 1);
}

#[test]
fn a_loaded_rulebook_knows_the_months_its_files_apply_to() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings");
    let shipped = Source::read_dir(&folder).unwrap();
    assert!(rulebook::load(&shipped).unwrap().closed_from.is_empty());
    let mut changed = shipped.clone();
    for (path, content) in &mut changed.0 {
        if path == "tariffs/mtr-demo.yaml" || path == "systems/atc.yaml" {
            content.splice(0..0, *b"applies_to_closed_from: \"2026-03\"\n");
        }
    }
    let book = rulebook::load(&changed).unwrap();
    let told: Vec<(&str, String)> = book.closed_from.iter().map(|(path, month)| (&**path, month.to_string())).collect();
    assert_eq!(told, [("systems/atc.yaml", "2026-03".to_owned()), ("tariffs/mtr-demo.yaml", "2026-03".to_owned())]);
    let read: Vec<(&str, String)> =
        closed_from(&changed).iter().map(|(path, month)| (*path, month.to_string())).collect();
    assert_eq!(read, told);
    let mixed = for_closed_month(&shipped, &[&changed], "2026-04".parse().unwrap());
    assert_eq!(rulebook::load(&mixed).unwrap().closed_from, book.closed_from);
}
