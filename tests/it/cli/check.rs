//! `check`: a good rulebook is told so; each kind of fault is told with file, place and line, in
//! French and in English.

use crate::harness::run;
use std::fs;
use std::path::{Path, PathBuf};

/// The rulebook of this source tree.
pub fn mappings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings")
}

/// Copies a folder with all it holds.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Copies a rulebook without its examples, which would not hold of what a test changes in it.
pub fn copy_bare(from: &Path, to: &Path) {
    copy(from, to);
    let mut folders = vec![to.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.split("\nexamples:").next().unwrap_or_default().to_owned() + "\n").unwrap();
            }
        }
    }
}

/// Replaces text that stands in a file.
pub fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from:?} is not in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_shipped_rulebook_is_good() {
    let told = run(&["check", &mappings().to_string_lossy()]).expect(0);
    for part in ["ok", "10 typologies", "26 prevention items", "3 pathways", "2 tariffs", "digest"] {
        assert!(told.out.contains(part), "{part} in {}", told.out);
    }
}

#[test]
fn the_built_in_rulebook_is_the_shipped_one() {
    let digest = |text: &str| text.split("digest ").nth(1).unwrap().trim().to_owned();
    let shipped = run(&["check", &mappings().to_string_lossy()]).expect(0).out;
    let home = tempfile::tempdir().unwrap();
    let output = crate::harness::command().arg("check").current_dir(home.path()).output().unwrap();
    let built_in = crate::harness::Finished::of(output).expect(0).out;
    assert_eq!(digest(&built_in), digest(&shipped));
}

/// What is wrong, the file, the text replaced, by what; a word the fault must hold.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

const TYPOLOGIE: &str = "typologies/sante-mentale.yaml";
const TARIFF: &str = "tariffs/mtr-demo.yaml";
const STATEMENTS: &str = "statements.yaml";

const FAULTS: [Case; 18] = [
    ("no YAML", TYPOLOGIE, "eligible: {", "eligible: {{{", ""),
    ("a key that stands twice", TYPOLOGIE, "id: sante-mentale", "id: sante-mentale\nid: sante-mentale", "id"),
    ("a key nobody knows", TYPOLOGIE, "ordinal: 7", "ordinal: 7\nordnial: 7", "ordnial"),
    ("a key that is missing", TYPOLOGIE, "label_fr: \"Santé mentale\"\n", "", "label_fr"),
    ("a value of the wrong type", TYPOLOGIE, "ordinal: 7", "ordinal: seven", "ordinal"),
    ("an anchor", TYPOLOGIE, "ordinal: 7", "ordinal: &seven 7", ""),
    ("a boolean of YAML 1.1", TYPOLOGIE, "payable: true", "payable: yes", "payable"),
    (
        "a name that nothing bears",
        TYPOLOGIE,
        "flag: mental-health-disorder",
        "flag: mental-health-disordre",
        "mental-health-disorder",
    ),
    ("a status that is none", TARIFF, "status: fictional", "status: invented", "status"),
    ("an amount that is no text", TARIFF, "value: \"8.00\"", "value: 8.00", "value"),
    ("an amount that is no amount", TARIFF, "value: \"8.00\"", "value: \"8,00\"", "value"),
    ("a date that does not exist", TARIFF, "from: \"2021-01-01\"", "from: \"2021-02-31\"", "from"),
    ("a typology that is none", TARIFF, "typologie: nourrisson", "typologie: nourisson", "nourrisson"),
    ("a word that is none", STATEMENTS, "value: \"first-declared\"", "value: \"frist-declared\"", "first-declared"),
    ("a count that is not whole", STATEMENTS, "value: 36", "value: \"36.5\"", "value"),
    ("a kind of change nobody knows", STATEMENTS, "  identity: ", "  identify: ", "identity"),
    (
        "a first closed month that is none",
        TARIFF,
        "id: mtr-demo",
        "id: mtr-demo\napplies_to_closed_from: \"2026-00\"",
        "applies_to_closed_from",
    ),
    (
        "an example that does not hold",
        TYPOLOGIE,
        "expect: { eligible: \"yes\", paid: true }",
        "expect: { eligible: \"no\", paid: true }",
        "",
    ),
];

#[test]
fn each_kind_of_fault_is_told_with_its_place_in_both_languages() {
    let mut wrong = Vec::new();
    for (what, file, from, to, word) in FAULTS {
        let home = tempfile::tempdir().unwrap();
        copy(&mappings(), home.path());
        edit(&home.path().join(file), from, to);
        let told = run(&["check", &home.path().to_string_lossy()]);
        let place = told.err.lines().any(|line| {
            let after = line.split(file).nth(1).and_then(|rest| rest.strip_prefix(':'));
            after.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        let (fr, en) = (told_in(&told.err, "fr"), told_in(&told.err, "en"));
        let both = !fr.is_empty() && fr.len() == en.len() && fr.iter().zip(&en).all(|(fr, en)| fr != en);
        if told.code != Some(1) || !place || !both || !told.err.contains(word) {
            wrong.push(format!("{what}: {:?} place {place}, two languages {both}, {word:?}: {}", told.code, told.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Answers what is said in a language, line by line.
fn told_in<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim().strip_prefix(language)?.strip_prefix(": ")).collect()
}

#[test]
fn every_fault_of_every_file_is_told_at_once() {
    let home = tempfile::tempdir().unwrap();
    copy(&mappings(), home.path());
    edit(&home.path().join(TYPOLOGIE), "ordinal: 7", "ordinal: 7\nordnial: 7");
    edit(&home.path().join(TARIFF), "value: \"8.00\"", "value: 8.00");
    edit(&home.path().join("prevention/falls.yaml"), "id: falls", "id: falls\nfoo: 1");
    let told = run(&["check", &home.path().to_string_lossy()]).expect(1).err;
    for file in [TYPOLOGIE, TARIFF, "prevention/falls.yaml"] {
        assert!(told.contains(file), "{file} in {told}");
    }
}

#[test]
fn the_files_that_apply_to_closed_months_are_told() {
    let home = tempfile::tempdir().unwrap();
    copy(&mappings(), home.path());
    edit(&home.path().join(TARIFF), "id: mtr-demo", "id: mtr-demo\napplies_to_closed_from: \"2026-03\"");
    let told = run(&["check", &home.path().to_string_lossy()]).expect(0).out;
    assert!(told.contains("tariffs/mtr-demo.yaml: applies to closed months from 2026-03"), "{told}");
    assert!(!run(&["check", &mappings().to_string_lossy()]).expect(0).out.contains("closed months"));
}

#[test]
fn a_rulebook_without_the_statements_file_is_good() {
    let home = tempfile::tempdir().unwrap();
    copy(&mappings(), home.path());
    fs::remove_file(home.path().join(STATEMENTS)).unwrap();
    run(&["check", &home.path().to_string_lossy()]).expect(0);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let told = run(&["check", "/no/such/folder"]);
    assert!(matches!(told.code, Some(1..=3)) && told.err.contains("/no/such/folder"), "{told:?}");
}
