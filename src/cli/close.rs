//! `mtr-gateway close --month 2026-10`: closes a month of the structure, or says what speaks against it.

use super::client::{self, Client, Method};
use super::startup::{self, StartError};
use super::{DONE, FAILED, FOUND_FAULTS, USAGE, say};
use crate::app::{Case, Close, Closing};
use crate::config::RawSettings;
use crate::config::Settings;
use crate::domain::calendar::Month;
use crate::domain::statement::Tally;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub struct CloseArguments {
    /// The month, as 2026-10.
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// Say what would be closed and what speaks against it; close nothing.
    #[arg(long)]
    dry_run: bool,
    /// A running gateway to ask.
    #[arg(long, env = "MTR_SERVER", value_name = "URL", conflicts_with = "data_dir")]
    server: Option<String>,
    /// A data directory to open (no server may be running on it).
    #[arg(long, env = "MTR_DATA_DIR", value_name = "DIR")]
    data_dir: Option<String>,
    /// The structure whose month it is.
    #[arg(long, env = "MTR_STRUCTURE", value_name = "ID")]
    structure: Option<String>,
    /// Tariff pack to price with.
    #[arg(long, env = "MTR_TARIFF", value_name = "ID")]
    tariff: Option<String>,
    /// Mode of the data directory.
    #[arg(long, env = "MTR_MODE", value_name = "production|demo")]
    mode: Option<String>,
    /// Who closes, as it is kept with the month.
    #[arg(long, value_name = "NAME", default_value = "command line")]
    by: String,
}

/// Closes a month; exit code 1 when it cannot be closed as it stands.
pub fn run(arguments: &CloseArguments) -> u8 {
    let Ok(month) = arguments.month.parse::<Month>() else {
        say::err("close: --month is a month such as 2026-10");
        return USAGE;
    };
    match (&arguments.server, &arguments.data_dir) {
        (_, Some(folder)) => in_store(arguments, month, folder),
        (server, None) => at_server(arguments, month, server.as_deref().unwrap_or("http://127.0.0.1:8080")),
    }
}

fn in_store(arguments: &CloseArguments, month: Month, folder: &str) -> u8 {
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
    match close(&settings, arguments, month) {
        Ok(code) => code,
        Err(StartError::Refused(why)) => {
            say::err(why);
            FOUND_FAULTS
        }
        Err(error) => {
            say::err(format!("mtr-gateway: {error}"));
            FAILED
        }
    }
}

/// Opens the directory and asks the gateway itself: what HTTP would do.
fn close(settings: &Settings, arguments: &CloseArguments, month: Month) -> Result<u8, StartError> {
    let gateway = startup::open(settings)?;
    let close = Close {
        structure: settings.structure.clone(),
        month,
        tariff: settings.tariff.clone(),
        by: arguments.by.clone(),
    };
    let bar = startup::progress_bar("computing patient-months", 0);
    let done = |done: u64, all: u64| {
        bar.set_length(all);
        bar.set_position(bar.position().max(done));
    };
    let told = if arguments.dry_run {
        gateway.closing(&close, &done).map(|closing| {
            bar.finish_and_clear();
            tell(&closing)
        })
    } else {
        gateway
            .close_month(&close, &done)
            .map(|closed| {
                bar.finish_and_clear();
                say::out(format!("{month} is closed: {}", totals(&closed.tally)));
                DONE
            })
            .and_then(|done| {
                let published = gateway.publish_month(&close.structure, month)?;
                if let Some(tables) = published {
                    say::out(format!("{} tables are published", tables.tables.len()));
                }
                Ok(done)
            })
    };
    bar.finish_and_clear();
    gateway.close();
    told.map_err(Into::into)
}

/// Tells what a dry run found; exit code 1 while something speaks against closing.
fn tell(closing: &Closing) -> u8 {
    say::out(format!("{} would be closed: {}", closing.month, totals(&closing.tally)));
    for line in &closing.tally.lines {
        say::out(format!("  {:<28} {:>7} × {:>14} EUR", line.code, line.count, line.sum));
    }
    list("blocking", &closing.blocking);
    list("to look at", &closing.doubtful());
    if closing.blocking.is_empty() { DONE } else { FOUND_FAULTS }
}

fn totals(tally: &Tally) -> String {
    format!(
        "{} patients, {} payable, {} lines, {} EUR ({})",
        tally.patients,
        tally.payable,
        tally.count,
        tally.total,
        tally.status.code()
    )
}

fn list(what: &str, cases: &[Case]) {
    for case in cases {
        let patient = case.patient.as_deref().map(|id| format!(" Patient/{id}")).unwrap_or_default();
        let about = case.about.as_deref().map(|about| format!(" ({about})")).unwrap_or_default();
        say::out(format!("  {what}: {}{about}{patient}", case.code));
    }
}

fn at_server(arguments: &CloseArguments, month: Month, server: &str) -> u8 {
    let Some(structure) = arguments.structure.as_deref() else {
        say::err("close: --structure names the Organization whose month it is");
        return USAGE;
    };
    let mut parts = vec![
        json!({"name": "month", "valueString": month.to_string()}),
        json!({"name": "dryRun", "valueBoolean": arguments.dry_run}),
        json!({"name": "by", "valueString": arguments.by}),
    ];
    parts.extend(arguments.tariff.iter().map(|tariff| json!({"name": "tariff", "valueString": tariff})));
    let body = json!({"resourceType": "Parameters", "parameter": parts}).to_string();
    let answer = client::block_on(async {
        let client = Client::new(server)?.for_structure(Some(structure));
        client.send(Method::Post, &format!("/Organization/{structure}/$close-month"), body.into_bytes()).await
    });
    match answer {
        Ok((200, body)) => {
            let told: Value = serde_json::from_str(&body).unwrap_or_default();
            say::out(serde_json::to_string_pretty(&told).unwrap_or_default());
            let closable = told["parameter"].as_array().into_iter().flatten().find(|p| p["name"] == "closable");
            if closable.is_some_and(|p| p["valueBoolean"] == false) { FOUND_FAULTS } else { DONE }
        }
        Ok((status, body)) => {
            say::err(format!("{server} answered {status}: {}", client::diagnostics(&body)));
            FOUND_FAULTS
        }
        Err(error) => {
            say::err(format!("{server}: {error}"));
            FAILED
        }
    }
}
