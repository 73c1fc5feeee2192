//! `mtr-gateway check [mappings]`: every fault of a rulebook, with file, path and line.

use super::{DONE, FOUND_FAULTS, say};
use crate::app;
use crate::rulebook::examples;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct CheckArguments {
    /// Folder of the rulebook; the built-in one when there is no such folder and none is named.
    folder: Option<PathBuf>,
}

/// Loads and links the rulebook and runs the examples of its files.
pub fn run(arguments: &CheckArguments) -> u8 {
    let folder = arguments.folder.clone().or_else(|| Some(PathBuf::from("mappings")).filter(|p| p.is_dir()));
    let loaded = match folder.as_deref() {
        Some(folder) => app::rules_from(folder),
        None => app::default_rules(),
    };
    let name = folder.as_deref().map_or_else(|| "built-in rulebook".to_owned(), |p: &Path| p.display().to_string());
    let rulebook = match loaded {
        Ok(rulebook) => rulebook,
        Err(errors) => {
            errors.iter().for_each(|e| {
                say::err(format!(
                    "{}:{}: {} [{}]\n  fr: {}\n  en: {}",
                    e.file, e.line, e.path, e.code, e.text_fr, e.text_en
                ))
            });
            say::err(format!("{name}: {} faute(s) / {} fault(s)", errors.len(), errors.len()));
            return FOUND_FAULTS;
        }
    };
    let failures = examples::run_examples(&rulebook);
    failures.iter().for_each(|failure| {
        say::err(format!(
            "{}:{}: {}\n  fr: {}\n  en: {}",
            failure.file, failure.line, failure.name, failure.text_fr, failure.text_en
        ));
    });
    if !failures.is_empty() {
        say::err(format!("{name}: {} exemple(s) faux / {} example(s) failed", failures.len(), failures.len()));
        return FOUND_FAULTS;
    }
    for (path, month) in &rulebook.closed_from {
        say::out(format!("{path}: applies to closed months from {month}"));
    }
    let rules = &rulebook.rules;
    say::out(format!(
        "{name}: ok, {} typologies, {} prevention items, {} pathways, {} tariffs, {} examples, digest {}",
        rules.typologies.len(),
        rules.items.len(),
        rules.pathways.len(),
        rules.tariffs.len(),
        examples::count(&rulebook),
        rulebook.digest_hex(),
    ));
    DONE
}
