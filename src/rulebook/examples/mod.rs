//! The examples that mapping files carry, run against the engine.
//!
//! Owns: from the compact facts of an example to records (`facts`), the practice every example
//! happens in (`practice`), and the comparison of what the engine answers with what the file
//! expects (`run`). The format is told in `mappings/README.md`.

mod facts;
mod practice;
mod run;

use super::Rulebook;
use super::link::at::At;
use super::node;
use super::node::Node;
use super::schema::FileKind;
use facts::Reader;
use std::collections::BTreeMap;

/// An example whose answer is not the one its file expects, or that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFailure {
    pub file: String,
    pub line: u32,
    /// The example's own name.
    pub name: String,
    pub text_fr: String,
    pub text_en: String,
}

/// What an example could not say or did not get.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Something in the example cannot be read.
    Unreadable(String),
    /// key, expected, found.
    Differs(String, String, String),
}

impl std::fmt::Display for ExampleFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.name, self.text_en)
    }
}

/// Answers every example of the rulebook that fails, none when all hold.
pub fn run_examples(book: &Rulebook) -> Vec<ExampleFailure> {
    let trees = trees(book);
    let systems = short_names(&trees);
    let reader = Reader { systems: &systems };
    let mut failures = Vec::new();
    for (path, kind, tree) in &trees {
        let root = At::root(path, tree);
        for example in root.list("examples") {
            for wrong in run::one(book, &reader, *kind, &root, &example) {
                failures.push(failure(&example, &wrong));
            }
        }
    }
    failures
}

/// Answers how many examples the rulebook carries.
pub fn count(book: &Rulebook) -> usize {
    trees(book).iter().map(|(_, _, tree)| tree.get("examples").map_or(0, |e| e.items().len())).sum()
}

fn trees(book: &Rulebook) -> Vec<(String, FileKind, Node)> {
    let read = |(path, content): &(String, Vec<u8>)| {
        let tree = node::read(&String::from_utf8_lossy(content)).ok()?;
        Some((path.clone(), FileKind::of(path)?, tree))
    };
    book.files.0.iter().filter_map(read).collect()
}

fn short_names(trees: &[(String, FileKind, Node)]) -> BTreeMap<String, String> {
    let systems = trees.iter().filter(|(_, kind, _)| *kind == FileKind::System);
    systems.filter_map(|(_, _, t)| Some((t.get("id")?.text()?.to_owned(), t.get("uri")?.text()?.to_owned()))).collect()
}

fn failure(example: &At<'_>, wrong: &Wrong) -> ExampleFailure {
    let (text_fr, text_en) = match wrong {
        Wrong::Unreadable(what) => (format!("illisible : {what}"), format!("cannot be read: {what}")),
        Wrong::Differs(key, expected, found) => (
            format!("« {key} » : attendu « {expected} », obtenu « {found} »"),
            format!("\"{key}\": expected \"{expected}\", found \"{found}\""),
        ),
    };
    let (file, name) = (example.file.to_owned(), example.text_of("name").to_owned());
    ExampleFailure { file, line: example.line, name, text_fr, text_en }
}
