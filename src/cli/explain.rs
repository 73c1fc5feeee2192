//! `mtr-gateway explain PATIENT --month 2026-10`: why each euro, for people.

use super::client::{self, Client};
use super::place::{Place, PricingArguments, heard};
use super::startup::StartError;
use super::{DONE, USAGE, say};
use crate::app::{Gateway, Question};
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
    #[command(flatten)]
    pricing: PricingArguments,
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
    match arguments.pricing.place.place() {
        Place::Folder(folder) => arguments.pricing.in_store(folder, |gateway, settings| {
            say::out(explain_from(gateway, settings, arguments)?.trim_end());
            Ok(DONE)
        }),
        Place::Server(server) => from_server(arguments, server),
    }
}

fn path(arguments: &ExplainArguments) -> String {
    let mut path = format!("/Patient/{}/$explain?month={}", arguments.patient, arguments.month);
    for (name, value) in [("tariff", &arguments.pricing.tariff), ("knownAt", &arguments.known_at)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", value.replace('+', "%2B")));
        }
    }
    path
}

fn from_server(arguments: &ExplainArguments, server: &str) -> u8 {
    let answer = client::block_on(async {
        let client = Client::new(server)?.for_structure(arguments.pricing.place.structure.as_deref());
        let form = if arguments.json { "application/fhir+json" } else { "text/plain" };
        client.text(&path(arguments), form, &arguments.language).await
    });
    match heard(server, answer.map(|text| (200, text))) {
        Ok(text) => {
            say::out(text.trim_end());
            DONE
        }
        Err(code) => code,
    }
}

/// Asks the gateway itself: what HTTP would answer.
fn explain_from(gateway: &Gateway, settings: &Settings, arguments: &ExplainArguments) -> Result<String, StartError> {
    let question = Question {
        structure: settings.structure.clone(),
        patient: arguments.patient.clone(),
        known_at: arguments.known_at.as_deref().and_then(|text| text.parse::<Instant>().ok()),
        rulebook: None,
    };
    let language = if arguments.language == "en" { Language::En } else { Language::Fr };
    // The month was read before anything was opened.
    let month = arguments.month.parse::<Month>().map_err(|_| StartError::Refused("--month".to_owned()))?;
    let explained = gateway.explain(&question, month, settings.tariff.as_deref(), language)?;
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
