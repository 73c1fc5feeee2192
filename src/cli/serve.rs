//! `mtr-gateway serve`: the API over a data directory.

use super::startup;
use super::{DONE, USAGE, say};
use crate::config::BadSettings;
use crate::config::RawSettings;
use crate::config::Settings;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct ServeArguments {
    /// Address and port to listen on; port 0 picks a free one and prints it [default: 127.0.0.1:8080].
    #[arg(long, env = "MTR_BIND", value_name = "ADDRESS", help_heading = "Listening")]
    bind: Option<String>,
    /// Folder of the journal and its cache [default: ./data].
    #[arg(long, env = "MTR_DATA_DIR", value_name = "DIR")]
    data_dir: Option<String>,
    /// Folder of the rulebook [default: ./mappings where it exists, else the built-in one].
    #[arg(long, env = "MTR_MAPPINGS", value_name = "DIR")]
    mappings: Option<String>,
    /// Folder of the profiles [default: ./fhir-profiles where it exists, else the built-in ones].
    #[arg(long, env = "MTR_PROFILES", value_name = "DIR")]
    profiles: Option<String>,
    /// Id of this structure's Organization; created at start when absent.
    #[arg(long, env = "MTR_STRUCTURE", value_name = "ID")]
    structure: Option<String>,
    /// `open` lets everybody in (needs --mode demo and a loopback address); `closed` nobody [default: closed].
    #[arg(long, env = "MTR_ACCESS", value_name = "open|closed")]
    access: Option<String>,
    /// `demo` allows invented amounts and test identities; `production` refuses them [default: production].
    #[arg(long, env = "MTR_MODE", value_name = "production|demo")]
    mode: Option<String>,
    /// Tariff pack that prices when none is asked for [default: mtr-demo in demo mode, none in production].
    #[arg(long, env = "MTR_TARIFF", value_name = "ID")]
    tariff: Option<String>,
    /// Further Organizations that are sites of the structure (repeat, or separate by commas).
    #[arg(long, env = "MTR_SITES", value_name = "ID", value_delimiter = ',')]
    sites: Option<Vec<String>>,
    /// Public base URL of links, when a proxy stands in front; with or without /fhir.
    #[arg(long, env = "MTR_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Largest request body, in MB [default: 64].
    #[arg(long, env = "MTR_MAX_BODY_MB", value_name = "MB")]
    max_body_mb: Option<String>,
    /// Most entries of one Bundle [default: 10000].
    #[arg(long, env = "MTR_MAX_BUNDLE_ENTRIES", value_name = "N")]
    max_bundle_entries: Option<String>,
    /// Most patients that one direct answer is about; more are asked for with `Prefer: respond-async` [default: 5000].
    #[arg(long, env = "MTR_MAX_SYNC_SUBJECTS", value_name = "N")]
    max_sync_subjects: Option<String>,
    /// What a conditional delete does with several matches: refuse them, or delete them all [default: single].
    #[arg(long, env = "MTR_CONDITIONAL_DELETE", value_name = "single|multiple")]
    conditional_delete: Option<String>,
    /// Origin whose web pages may ask, `*` for all (repeat, or separate by commas) [default: none].
    #[arg(long, env = "MTR_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Option<Vec<String>>,
    /// What to log: error, warn, info, debug, or a filter such as `info,mtr_gateway::store=debug` [default: info].
    #[arg(long, env = "MTR_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// `text` for people, `json` for collectors [default: text].
    #[arg(long, env = "MTR_LOG_FORMAT", value_name = "text|json")]
    log_format: Option<String>,
    /// TOML file of these settings (names as the options, without `--`).
    #[arg(long, env = "MTR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ServeArguments {
    /// Answers the settings, checked, or every bad one.
    fn settings(&self) -> Result<Settings, BadSettings> {
        let here = RawSettings {
            bind: self.bind.clone(),
            data_dir: self.data_dir.clone(),
            mappings: self.mappings.clone(),
            profiles: self.profiles.clone(),
            structure: self.structure.clone(),
            access: self.access.clone(),
            mode: self.mode.clone(),
            tariff: self.tariff.clone(),
            sites: self.sites.clone(),
            base_url: self.base_url.clone(),
            max_body_mb: self.max_body_mb.clone(),
            max_bundle_entries: self.max_bundle_entries.clone(),
            max_sync_subjects: self.max_sync_subjects.clone(),
            conditional_delete: self.conditional_delete.clone(),
            cors_origin: self.cors_origin.clone(),
            log: self.log.clone(),
            log_format: self.log_format.clone(),
            faults: Vec::new(),
        };
        let raw = here.over_file(self.config.as_deref());
        let unread = raw.log.clone().filter(|filter| !crate::telemetry::reads_filter(filter));
        let (tariff, mappings) = (raw.tariff.clone(), raw.mappings.clone());
        let checked = raw.check();
        if checked.is_ok() && unread.is_none() {
            return checked;
        }
        let mut bad = checked.err().map_or_else(Vec::new, |bad| bad.0);
        bad.extend(
            unread.map(|filter| format!("log: '{filter}' is no filter such as info, or info,mtr_gateway::store=debug")),
        );
        bad.extend(tariff.and_then(|tariff| unknown_tariff(&tariff, mappings.as_deref())));
        Err(BadSettings(bad))
    }
}

/// Answers what is wrong with the name of a tariff, so that it stands in the list of all that is wrong; rules that
/// cannot be read are told by themselves.
fn unknown_tariff(tariff: &str, mappings: Option<&str>) -> Option<String> {
    let folder = Path::new(mappings.unwrap_or("mappings"));
    let folder = match (folder.is_dir(), mappings) {
        (true, _) => Some(folder),
        (false, None) => None,
        // Its tariffs are not known, and the folder is told.
        (false, Some(_)) => return None,
    };
    let rulebook = startup::load_rules(folder).ok()?;
    let known: Vec<&str> = rulebook.rules.tariffs.iter().map(|known| &*known.id).collect();
    (!known.contains(&tariff)).then(|| format!("tariff: '{tariff}' is none of {}", known.join(", ")))
}

/// Serves until SIGTERM or SIGINT, then drains and closes.
pub fn run(arguments: &ServeArguments) -> u8 {
    let settings = match arguments.settings() {
        Ok(settings) => settings,
        Err(bad) => {
            say::err(bad.to_string().trim_end());
            return USAGE;
        }
    };
    crate::telemetry::start(&settings);
    match startup::serve(settings, async |_| Ok(())) {
        Ok(()) => DONE,
        Err(error) => {
            say::err(format!("mtr-gateway: {error}"));
            error.exit_code()
        }
    }
}
