//! `mtr-gateway explain PATIENT --month 2026-10`: why each euro, for people.

use super::client::{self, Client};
use super::startup::{self, StartError};
use super::{DONE, FAILED, FOUND_FAULTS, USAGE, say};
use crate::app::Question;
use crate::config::RawSettings;
use crate::config::Settings;
use crate::config::is_id;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::explain::Language;
use crate::fhir::render;
use crate::fhir::render::ExplanationView;

#[derive(Debug, clap::Args)]
pub struct ExplainArguments {
    /// Id of the patient.
    patient: String,
    /// The month, as 2026-10.
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// A running gateway to ask.
    #[arg(long, env = "MTR_SERVER", value_name = "URL", conflicts_with = "data_dir")]
    server: Option<String>,
    /// A data directory to read (no server may be running on it).
    #[arg(long, env = "MTR_DATA_DIR", value_name = "DIR")]
    data_dir: Option<String>,
    /// The structure whose patient it is.
    #[arg(long, env = "MTR_STRUCTURE", value_name = "ID")]
    structure: Option<String>,
    /// Tariff pack to price with.
    #[arg(long, env = "MTR_TARIFF", value_name = "ID")]
    tariff: Option<String>,
    /// Mode of the data directory.
    #[arg(long, env = "MTR_MODE", value_name = "production|demo")]
    mode: Option<String>,
    /// Answer as known at this instant.
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<String>,
    /// Language of the text.
    #[arg(long = "lang", visible_alias = "language", value_parser = ["fr", "en"], default_value = "fr")]
    language: String,
    /// The answer for machines: Parameters, with the Provenance.
    #[arg(long)]
    json: bool,
}

/// Asks a server, or opens the data directory, and prints the explanation.
pub fn run(arguments: &ExplainArguments) -> u8 {
    if !is_id(&arguments.patient)
        || arguments.month.parse::<Month>().is_err()
        || arguments.known_at.as_deref().is_some_and(|text| text.parse::<Instant>().is_err())
    {
        say::err("explain: PATIENT is a FHIR id, --month a month such as 2026-10, --known-at an instant with zone");
        return USAGE;
    }
    match (&arguments.server, &arguments.data_dir) {
        (_, Some(folder)) => from_store(arguments, folder),
        (server, None) => from_server(arguments, server.as_deref().unwrap_or("http://127.0.0.1:8080")),
    }
}

fn path(arguments: &ExplainArguments) -> String {
    let mut path = format!("/Patient/{}/$explain?month={}", arguments.patient, arguments.month);
    for (name, value) in [("tariff", &arguments.tariff), ("knownAt", &arguments.known_at)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", value.replace('+', "%2B")));
        }
    }
    path
}

fn from_server(arguments: &ExplainArguments, server: &str) -> u8 {
    let answer = client::block_on(async {
        let client = Client::new(server)?.for_structure(arguments.structure.as_deref());
        let form = if arguments.json { "application/fhir+json" } else { "text/plain" };
        client.text(&path(arguments), form, &arguments.language).await
    });
    match answer {
        Ok(text) => {
            say::out(text.trim_end());
            DONE
        }
        Err(client::ClientError::Refused { status, body }) => {
            say::err(format!("{server} answered {status}: {}", client::diagnostics(&body)));
            FOUND_FAULTS
        }
        Err(error) => {
            say::err(format!("{server}: {error}"));
            FAILED
        }
    }
}

/// Opens the directory and asks the gateway itself: what HTTP would answer.
fn from_store(arguments: &ExplainArguments, folder: &str) -> u8 {
    let raw = RawSettings {
        data_dir: Some(folder.into()),
        structure: arguments.structure.clone(),
        mode: arguments.mode.clone(),
        tariff: arguments.tariff.clone(),
        ..RawSettings::default()
    };
    let settings = match raw.check() {
        Ok(settings) => settings,
        Err(bad) => {
            say::err(bad.to_string().trim_end());
            return USAGE;
        }
    };
    match explain_from(&settings, arguments) {
        Ok(text) => {
            say::out(text.trim_end());
            DONE
        }
        Err(error) => {
            say::err(format!("mtr-gateway: {error}"));
            FAILED
        }
    }
}

fn explain_from(settings: &Settings, arguments: &ExplainArguments) -> Result<String, StartError> {
    let gateway = startup::open(settings)?;
    let question = Question {
        structure: settings.structure.clone(),
        patient: arguments.patient.clone(),
        known_at: arguments.known_at.as_deref().and_then(|text| text.parse::<Instant>().ok()),
        rulebook: None,
    };
    let language = if arguments.language == "en" { Language::En } else { Language::Fr };
    // The month was read before anything was opened.
    let month = arguments.month.parse::<Month>().map_err(|_| StartError::Refused("--month".to_owned()))?;
    let explained = gateway.explain(&question, month, settings.tariff.as_deref(), language);
    gateway.close();
    let explained = explained?;
    if !arguments.json {
        return Ok(explained.text);
    }
    Ok(render::explanation(&ExplanationView {
        structure: &question.structure,
        patient: &question.patient,
        explanation: &explained.explanation,
        text: &explained.text,
        next: explained.next.as_ref(),
        stamp: &explained.stamp,
    })
    .to_string())
}
