//! `mtr-gateway verify` and `mtr-gateway rebuild`: the journal checked, the cache made anew.

use super::startup::progress_bar;
use super::{DONE, FAILED, FOUND_FAULTS, say};
use crate::app;
use crate::store;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

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
}

/// Reads every record, its checksum and the chain of hashes.
pub fn verify(arguments: &VerifyArguments) -> u8 {
    match store::verify(&arguments.data_dir) {
        Ok(report) => {
            say::out(format!("{}: ok, {report}", arguments.data_dir.display()));
            DONE
        }
        Err(error) => {
            say::err(format!("{}: {error}", arguments.data_dir.display()));
            if error.is_damage() { FOUND_FAULTS } else { FAILED }
        }
    }
}

/// Drops the cache and rebuilds it, with progress.
pub fn rebuild(arguments: &RebuildArguments) -> u8 {
    let bar = OnceLock::new();
    let progress = move |done: u64, total: u64| {
        let bar = bar.get_or_init(|| progress_bar("rebuilding", total));
        bar.set_length(total);
        bar.set_position(done);
    };
    match store::rebuild(&arguments.data_dir, app::store_options(), Arc::new(progress)) {
        Ok(()) => {
            say::out(format!("{}: cache rebuilt from the journal", arguments.data_dir.display()));
            DONE
        }
        Err(error) => {
            say::err(format!("{}: {error}", arguments.data_dir.display()));
            FAILED
        }
    }
}
