//! `mtr-gateway verify` and `mtr-gateway rebuild`: the journal checked, the cache made anew.

use super::startup::USUAL_BASE;
use super::startup::replay_progress;
use super::{DONE, FAILED, FOUND_FAULTS, say};
use crate::app::Address;
use crate::app::Context;
use crate::store;
use crate::store::Report;
use crate::store::StoreError;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct VerifyArguments {
    /// The data directory.
    #[arg(long, env = "MTR_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct RebuildArguments {
    /// The data directory; no server may be running on it.
    #[arg(long, env = "MTR_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// A public base URL of the server, beside those the directory has been served under: absolute
    /// references below them are its own.
    #[arg(long, env = "MTR_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
}

/// Reads every record, its checksum and the chain of hashes.
pub fn verify(arguments: &VerifyArguments) -> u8 {
    match store::verify(&arguments.data_dir) {
        Ok(report) => {
            say::out(format!("{}: ok, {}", arguments.data_dir.display(), told(&report)));
            if report.unfinished_bytes > 0 {
                say::err(format!(
                    "{} bytes after the last commit are no whole one: a write under way, or one the next start cuts and keeps aside",
                    report.unfinished_bytes
                ));
            }
            DONE
        }
        Err(error) => {
            say::err(format!("{}: {error}", arguments.data_dir.display()));
            if matches!(error, StoreError::Corrupt { .. } | StoreError::Short { .. }) { FOUND_FAULTS } else { FAILED }
        }
    }
}

fn told(report: &Report) -> String {
    let chain: String = report.chain.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{} commits in {} segments ({} compressed), {} versions, {} deletions, {} rulebooks, {} statements, {} publications, chain {chain}",
        report.records,
        report.segments,
        report.sealed,
        report.versions,
        report.deletions,
        report.rulebooks,
        report.statements,
        report.publications
    )
}

/// Drops the cache and rebuilds it, with progress.
pub fn rebuild(arguments: &RebuildArguments) -> u8 {
    if !store::has_journal(&arguments.data_dir) {
        say::err(StoreError::NoJournal { dir: arguments.data_dir.clone() }.to_string());
        return FAILED;
    }
    let told = arguments.base_url.as_ref().map(|url| format!("{}/fhir", crate::config::root_of(url)));
    let address = told.as_deref().map_or(Address::Shown(USUAL_BASE), Address::Served);
    let rebuilt = Context::of(&arguments.data_dir, address)
        .and_then(|context| store::rebuild(&arguments.data_dir, &context.options(replay_progress())));
    match rebuilt {
        Ok(recovery) => {
            say::out(format!("{}: cache rebuilt, {} commits applied", arguments.data_dir.display(), recovery.replayed));
            DONE
        }
        Err(error) => {
            say::err(format!("{}: {error}", arguments.data_dir.display()));
            FAILED
        }
    }
}
