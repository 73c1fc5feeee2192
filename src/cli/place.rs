//! Where a command finds the records: at a running gateway, or in a data directory that it opens for
//! itself and asks as HTTP would.

use super::client;
use super::client::ClientError;
use super::startup;
use super::startup::StartError;
use super::{FAILED, FOUND_FAULTS, USAGE, say};
use crate::app::Gateway;
use crate::config::RawSettings;
use crate::config::Settings;
use crate::store;
use crate::store::StoreError;
use std::path::PathBuf;

/// Asked where neither a server nor a directory is named.
const HERE: &str = "http://127.0.0.1:8080";

#[derive(Debug, clap::Args)]
pub struct PlaceArguments {
    /// A running gateway to ask [default: http://127.0.0.1:8080].
    #[arg(long, env = "MTR_SERVER", value_name = "URL", conflicts_with = "data_dir")]
    server: Option<String>,
    /// A data directory to open (no server may be running on it).
    #[arg(long, env = "MTR_DATA_DIR", value_name = "DIR")]
    data_dir: Option<String>,
    /// The structure whose patients and statements they are.
    #[arg(long, env = "MTR_STRUCTURE", value_name = "ID")]
    pub structure: Option<String>,
    /// Mode of the data directory.
    #[arg(long, env = "MTR_MODE", value_name = "production|demo")]
    mode: Option<String>,
    /// Further Organizations that are sites of the structure, as the server is told (with --data-dir).
    #[arg(long, env = "MTR_SITES", value_name = "ID", value_delimiter = ',')]
    sites: Option<Vec<String>>,
    /// TOML file of the server's settings: structure, mode, sites and tariff are read from it (with --data-dir).
    #[arg(long, env = "MTR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The same, of a command that prices.
#[derive(Debug, clap::Args)]
pub struct PricingArguments {
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Tariff pack to price with.
    #[arg(long, env = "MTR_TARIFF", value_name = "ID")]
    pub tariff: Option<String>,
}

/// Where the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    Server(&'a str),
    Folder(&'a str),
}

impl PlaceArguments {
    pub fn place(&self) -> Place<'_> {
        match (&self.server, &self.data_dir) {
            (_, Some(folder)) => Place::Folder(folder),
            (server, None) => Place::Server(server.as_deref().unwrap_or(HERE)),
        }
    }

    /// Answers the settings of a data directory; what cannot be used is told, and is the exit code.
    pub fn settings(&self, folder: &str, tariff: Option<&str>) -> Result<Settings, u8> {
        let here = RawSettings {
            data_dir: Some(folder.into()),
            structure: self.structure.clone(),
            mode: self.mode.clone(),
            tariff: tariff.map(str::to_owned),
            sites: self.sites.clone(),
            ..RawSettings::default()
        };
        here.over_file(self.config.as_deref()).check().map_err(|bad| {
            say::err(bad.to_string().trim_end());
            USAGE
        })
    }

    /// Opens a data directory, asks, and closes it; answers the exit code.
    pub fn in_store(
        &self,
        (folder, tariff): (&str, Option<&str>),
        ask: impl FnOnce(&Gateway, &Settings) -> Result<u8, StartError>,
    ) -> u8 {
        let settings = match self.settings(folder, tariff) {
            Ok(settings) => settings,
            Err(code) => return code,
        };
        let done = opened(&settings, |gateway| ask(gateway, &settings));
        match done {
            Ok(code) => code,
            Err(error) => told(&error),
        }
    }
}

impl PricingArguments {
    /// The same with the tariff.
    pub fn in_store(&self, folder: &str, ask: impl FnOnce(&Gateway, &Settings) -> Result<u8, StartError>) -> u8 {
        self.place.in_store((folder, self.tariff.as_deref()), ask)
    }
}

/// Opens a directory, asks, and closes it whatever the answer. A question makes no directory.
pub fn opened<T, E: From<StartError>>(settings: &Settings, ask: impl FnOnce(&Gateway) -> Result<T, E>) -> Result<T, E> {
    if !store::has_journal(&settings.data_dir) {
        return Err(StartError::from(StoreError::NoJournal { dir: settings.data_dir.clone() }).into());
    }
    let gateway = startup::open_offline(settings)?;
    let answer = ask(&gateway);
    gateway.close();
    answer
}

/// Tells why a gateway of our own did not do it; answers the exit code. What is refused is a fault of
/// what was asked.
fn told(error: &StartError) -> u8 {
    match error {
        StartError::Refused(why) => {
            say::err(why);
            FOUND_FAULTS
        }
        error => {
            say::err(format!("mtr-gateway: {error}"));
            FAILED
        }
    }
}

/// Answers what a server said; what it refused, and that it could not be asked, is told, and is the exit
/// code.
pub fn heard(server: &str, answer: Result<(u16, String), ClientError>) -> Result<String, u8> {
    match answer {
        Ok((200, body)) => Ok(body),
        Ok((status, body)) | Err(ClientError::Refused { status, body }) => {
            say::err(format!("{server} answered {status}: {}", client::diagnostics(&body)));
            Err(FOUND_FAULTS)
        }
        Err(error) => {
            say::err(format!("{server}: {error}"));
            Err(FAILED)
        }
    }
}
