//! The rulebook: from mapping files to linked rules.
//!
//! Owns: reading `mappings/` strictly, checking shapes, linking across files, the digest that names
//! a rulebook, and the examples its files carry. Knows nothing of FHIR resources, of the store or of
//! patients; `mappings/README.md` is the reference of the format.

// The paths of this floor read alike from inside and from above.
extern crate mtr_domain as domain;
extern crate self as rulebook;

mod closed;
mod error;
pub mod examples;
mod link;
mod node;
mod publication;
mod schema;

pub use closed::applies_to_closed;
pub use closed::closed_from;
pub use closed::for_closed_month;
pub use error::MappingError;
pub use publication::publication;

use crate::domain::calendar::Month;
use crate::domain::rules::Rules;
use error::Fault;
use link::LinkFile;
use schema::FileKind;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::Path;

/// The files of a rulebook: paths relative to `mappings/` with `/`, and their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source(pub Vec<(String, Vec<u8>)>);

/// Linked rules, the digest that names them, and the files they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rulebook {
    pub rules: Rules,
    /// SHA-256 over the sorted files, each as length-prefixed path and content.
    pub digest: [u8; 32],
    pub files: Source,
    /// The files that also apply to closed months, each with the first of them.
    pub closed_from: BTreeMap<Box<str>, Month>,
}

impl Source {
    /// Answers every `.yaml` file under a folder, sorted by path. Nothing else is part of a rulebook.
    pub fn read_dir(root: &Path) -> std::io::Result<Source> {
        let mut files = Vec::new();
        let mut folders = vec![(root.to_path_buf(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = format!("{prefix}{name}");
                if entry.path().is_dir() {
                    folders.push((entry.path(), format!("{path}/")));
                } else if name.ends_with(".yaml") || name.ends_with(".yml") {
                    files.push((path, std::fs::read(entry.path())?));
                }
            }
        }
        files.sort();
        Ok(Source(files))
    }

    /// Answers the name of this set of files, whatever their order.
    pub fn digest(&self) -> [u8; 32] {
        let mut sorted: Vec<&(String, Vec<u8>)> = self.0.iter().collect();
        sorted.sort();
        let mut hasher = Sha256::new();
        for (path, content) in sorted {
            for part in [path.as_bytes(), content.as_slice()] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().into()
    }
}

impl Rulebook {
    /// Answers the digest in lower-case hexadecimal, as figures carry it.
    pub fn digest_hex(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What a rulebook is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// To be put in force: every fault counts.
    New,
    /// It was in force: what was no fault when it was accepted is none.
    Accepted,
}

/// Reads, checks and links a rulebook. Every fault of every file is reported at once, sorted by file
/// and line.
pub fn load(source: &Source) -> Result<Rulebook, Vec<MappingError>> {
    load_as(source, Reading::New)
}

/// The same of a rulebook that was accepted once, by an older version perhaps.
pub fn load_accepted(source: &Source) -> Result<Rulebook, Vec<MappingError>> {
    load_as(source, Reading::Accepted)
}

fn load_as(source: &Source, reading: Reading) -> Result<Rulebook, Vec<MappingError>> {
    let mut sorted = source.clone();
    sorted.0.sort();
    let checked = check_files(&sorted.0, reading);
    assemble(sorted, checked, reading)
}

/// Links checked files, in the order of `sorted`.
fn assemble(sorted: Source, checked: Vec<Checked>, reading: Reading) -> Result<Rulebook, Vec<MappingError>> {
    let mut faults = Vec::new();
    let mut files = Vec::new();
    let mut left_out = HashSet::new();
    for ((path, content), checked) in sorted.0.iter().zip(checked) {
        match checked {
            Ok(file) => files.push(file),
            Err(found) => {
                left_out.extend(names_of(path, content));
                faults.extend(found);
            }
        }
    }
    let closed_from = files.iter().filter_map(|f| Some((f.path.as_str().into(), closed::member(&f.tree)?))).collect();
    // Rulebooks of the journal are older than these files: they must load, and price what they priced.
    for (path, default) in DEFAULTS {
        if !sorted.0.iter().any(|(own, _)| own == path) {
            files.extend(check_file(path, default));
        }
    }
    match link::link(&files, left_out, reading) {
        Ok(rules) if faults.is_empty() => Ok(Rulebook { rules, digest: sorted.digest(), files: sorted, closed_from }),
        linked => {
            faults.extend(linked.err().unwrap_or_default());
            faults.sort();
            faults.dedup();
            Err(faults)
        }
    }
}

/// What stands in for a file that older rulebooks do not have.
const DEFAULTS: [(&str, &str); 3] = [
    ("statements.yaml", include_str!("defaults/statements.yaml")),
    ("reports.yaml", include_str!("defaults/reports.yaml")),
    ("worklist.yaml", include_str!("defaults/worklist.yaml")),
];

type Checked = Result<LinkFile, Vec<MappingError>>;

// Reading is most of the cost of a start: two halves at once, where there are two cores.
fn check_files(files: &[(String, Vec<u8>)], reading: Reading) -> Vec<Checked> {
    let check_all = |half: &[(String, Vec<u8>)]| -> Vec<Checked> {
        half.iter().map(|(path, content)| check_content(path, content, reading)).collect()
    };
    let (first, second) = files.split_at(files.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| check_all(second));
        let mut checked = check_all(first);
        // A thread that could not end is done over here.
        checked.extend(other.join().unwrap_or_else(|_| check_all(second)));
        checked
    })
}

/// Reads the bytes of one file, examples aside, and checks its shape.
fn check_content(path: &str, content: &[u8], reading: Reading) -> Checked {
    if reading == Reading::Accepted {
        return check_file(path, rules_of(&String::from_utf8_lossy(content)));
    }
    let text = std::str::from_utf8(content).map_err(|bad| {
        let line = 1 + content[..bad.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        vec![MappingError {
            file: path.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            path: String::new(),
            code: "not-utf8",
            text_fr: "ce fichier n’est pas en UTF-8".to_owned(),
            text_en: "this file is not UTF-8".to_owned(),
        }]
    })?;
    check_file(path, rules_of(text))
}

/// Answers the text of a file without its examples, which no rule needs: `examples::run_examples`
/// reads them. Kept whole when something follows them.
fn rules_of(text: &str) -> &str {
    const EXAMPLES: &str = "\nexamples:\n";
    let Some(at) = text.find(EXAMPLES) else { return text };
    let mut after = text[at + EXAMPLES.len()..].lines();
    if after.all(|line| line.is_empty() || line.starts_with([' ', '-', '#'])) { &text[..=at] } else { text }
}

/// Reads one file and checks its shape.
fn check_file(path: &str, text: &str) -> Checked {
    let fault = |line: u32, steps: String, fault: Fault| MappingError {
        file: path.to_owned(),
        line,
        path: steps,
        code: fault.code,
        text_fr: fault.text_fr,
        text_en: fault.text_en,
    };
    let Some(kind) = FileKind::of(path).filter(|_| path.ends_with(".yaml")) else {
        let stranger = Fault::new("stranger", "ce fichier n’a pas sa place ici", "this file has no place here");
        return Err(vec![fault(1, String::new(), stranger)]);
    };
    let tree = node::read(text).map_err(|refused| {
        let text_fr = format!("YAML illisible : {}", refused.detail);
        vec![fault(refused.line, String::new(), Fault::new("not-yaml", text_fr, refused.detail))]
    })?;
    let faults: Vec<MappingError> = schema::check(kind, &tree)
        .into_iter()
        .map(|shape| {
            let line = tree.line_at(shape.steps.iter().map(String::as_str));
            fault(line, in_words(&shape.steps), shape.fault)
        })
        .collect();
    if faults.is_empty() { Ok(LinkFile { path: path.to_owned(), kind, tree }) } else { Err(faults) }
}

// `parameters.age_min.values[0].status`
fn in_words(steps: &[String]) -> String {
    let mut out = String::new();
    for step in steps {
        if step.parse::<usize>().is_ok() {
            out.push_str(&format!("[{step}]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(step);
        }
    }
    out
}

// Every name a faulty file may have borne: its own, those it defines, and its parameters' prefix.
fn names_of(path: &str, content: &[u8]) -> Vec<String> {
    let stem = path.strip_suffix(".yaml").unwrap_or(path);
    let mut names = vec![stem.rsplit('/').next().unwrap_or(stem).to_owned()];
    names.push(stem.strip_prefix("facts/").unwrap_or(stem).to_owned());
    if let Ok(tree) = node::read(&String::from_utf8_lossy(content)) {
        let concepts = tree.get("concepts").map(node::Node::items).unwrap_or_default();
        let ids = std::iter::once(&tree).chain(concepts).filter_map(|n| n.get("id")?.text());
        names.extend(ids.map(str::to_owned));
    }
    names
}

#[cfg(test)]
mod tests;
