//! `mtr-gateway close --month 2026-10`: closes a month of the structure, or says what speaks against it.

use super::client::{self, Client, Method};
use super::place::{Place, PricingArguments, heard};
use super::startup;
use super::{DONE, FOUND_FAULTS, USAGE, say};
use crate::app::{Case, Close, Closing, Failure, Gateway};
use crate::config::Settings;
use crate::domain::calendar::Month;
use crate::domain::statement::Tally;
use crate::fhir::json::pretty;
use crate::fhir::render::leaves_amount_open;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub struct CloseArguments {
    /// The month, as 2026-10.
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// Say what would be closed and what speaks against it; close nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pricing: PricingArguments,
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
    match arguments.pricing.place.place() {
        Place::Folder(folder) => {
            arguments.pricing.in_store(folder, |gateway, settings| Ok(close(gateway, settings, arguments, month)?))
        }
        Place::Server(server) => at_server(arguments, month, server),
    }
}

/// Asks the gateway itself: what HTTP would do.
fn close(gateway: &Gateway, settings: &Settings, arguments: &CloseArguments, month: Month) -> Result<u8, Failure> {
    let close = Close {
        structure: settings.structure.clone(),
        month,
        tariff: settings.tariff.clone(),
        by: arguments.by.clone(),
    };
    let what = "computing patient-months";
    if arguments.dry_run {
        return Ok(tell(&startup::with_progress(what, |done| gateway.closing(&close, done))?));
    }
    let closed = startup::with_progress(what, |done| gateway.close_month(&close, done))?;
    say::out(format!("{month} is closed: {}", totals(&closed.tally)));
    if let Some(tables) = gateway.publish_month(&close.structure, month)? {
        say::out(format!("{} tables are published", tables.tables.len()));
    }
    Ok(DONE)
}

/// Tells what a dry run found; exit code 1 while something speaks against closing.
fn tell(closing: &Closing) -> u8 {
    let open = closing.blocking.iter().any(|case| leaves_amount_open(&case.code));
    let partial = if open { ", without the amounts that are unknown" } else { "" };
    say::out(format!("{} would be closed: {}{partial}", closing.month, totals(&closing.tally)));
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
    let Some(structure) = arguments.pricing.place.structure.as_deref() else {
        say::err("close: --structure names the Organization whose month it is");
        return USAGE;
    };
    let mut parts = vec![
        json!({"name": "month", "valueString": month.to_string()}),
        json!({"name": "dryRun", "valueBoolean": arguments.dry_run}),
        json!({"name": "by", "valueString": arguments.by}),
    ];
    parts.extend(arguments.pricing.tariff.iter().map(|tariff| json!({"name": "tariff", "valueString": tariff})));
    let body = json!({"resourceType": "Parameters", "parameter": parts}).to_string();
    let answer = client::block_on(async {
        let client = Client::new(server)?.for_structure(Some(structure));
        client.send(Method::Post, &format!("/Organization/{structure}/$close-month"), body.into_bytes()).await
    });
    let body = match heard(server, answer) {
        Ok(body) => body,
        Err(code) => return code,
    };
    // As it was told: amounts keep their two decimals.
    say::out(String::from_utf8_lossy(&pretty(body.as_bytes())));
    let told: Value = serde_json::from_str(&body).unwrap_or_default();
    let closable = told["parameter"].as_array().into_iter().flatten().find(|p| p["name"] == "closable");
    if closable.is_some_and(|p| p["valueBoolean"] == false) { FOUND_FAULTS } else { DONE }
}
