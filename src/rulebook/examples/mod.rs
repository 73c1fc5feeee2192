//! The examples that mapping files carry, run against the engine.
//!
//! Owns: from the compact facts of an example to records (`facts`), the practice every example
//! happens in (`practice`), and the comparison of what the engine answers with what the file
//! expects (`run`, `indicators`). The format is told in `mappings/README.md`.

mod facts;
mod indicators;
mod practice;
mod run;

use super::MappingError;
use super::Rulebook;
use super::check_file;
use super::link::LinkFile;
use super::link::at::At;
use super::schema::FileKind;
use crate::domain::calendar::Day;
use crate::domain::fact::Record;
use facts::Reader;
use std::collections::BTreeMap;

/// An example whose answer is not the one its file expects, or that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFailure {
    pub file: String,
    pub line: u32,
    /// The example's own name; the place in the file where that cannot be read.
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
    let (trees, mut failures) = trees(book);
    let systems = short_names(&trees);
    let reader = Reader { systems: &systems };
    for LinkFile { path, kind, tree } in &trees {
        let root = At::root(path, tree);
        for example in root.list("examples") {
            let wrongs = match kind {
                FileKind::Indicator => indicators::one(book, &reader, &root, &example),
                _ => run::one(book, &reader, *kind, &root, &example),
            };
            for wrong in wrongs {
                failures.push(failure(&example, &wrong));
            }
        }
    }
    failures
}

/// Answers the day and the facts of every example that can be read, whatever it expects.
pub fn charts(book: &Rulebook) -> Vec<(Day, Vec<Record>)> {
    let (trees, _) = trees(book);
    let systems = short_names(&trees);
    let reader = Reader { systems: &systems };
    let read = |example: &At<'_>| {
        let day = run::reference_day(example).ok()?;
        Some((day, reader.records(example, &day.to_string()).ok()?))
    };
    let of = |file: &LinkFile| -> Vec<_> {
        At::root(&file.path, &file.tree).list("examples").iter().filter_map(read).collect()
    };
    trees.iter().flat_map(of).collect()
}

/// Answers how many examples the rulebook carries.
pub fn count(book: &Rulebook) -> usize {
    trees(book).0.iter().map(|file| file.tree.get("examples").map_or(0, |e| e.items().len())).sum()
}

// Every file read whole, and what is wrong with those whose examples are not of the right shape.
fn trees(book: &Rulebook) -> (Vec<LinkFile>, Vec<ExampleFailure>) {
    let mut files = Vec::new();
    let mut failures = Vec::new();
    for (path, content) in &book.files.0 {
        match check_file(path, &String::from_utf8_lossy(content)) {
            Ok(file) => files.push(file),
            Err(faults) => failures.extend(faults.into_iter().map(ill_formed)),
        }
    }
    (files, failures)
}

fn ill_formed(fault: MappingError) -> ExampleFailure {
    let MappingError { file, line, path, text_fr, text_en, .. } = fault;
    ExampleFailure { file, line, name: path, text_fr, text_en }
}

fn short_names(files: &[LinkFile]) -> BTreeMap<String, String> {
    let systems = files.iter().filter(|file| file.kind == FileKind::System).map(|file| &file.tree);
    systems.filter_map(|t| Some((t.get("id")?.text()?.to_owned(), t.get("uri")?.text()?.to_owned()))).collect()
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
