//! `mtr-gateway demo`: the main job in one command, on invented data.
//!
//! A temporary store, a deterministic synthetic practice pushed through the public API, then serve.

mod population;

use super::client::{Client, Method};
use super::startup::{self, StartError};
use super::{DONE, FAILED, USAGE, say};
use crate::config::RawSettings;
use crate::config::Settings;
use crate::domain::calendar::Day;
use population::{Bundle, Plan};
use std::net::SocketAddr;
use std::time::Instant;

/// The patient whose card is the one of the published screen.
const SHOWCASE: &str = "exemple";
/// The Organization of the demonstration.
const STRUCTURE: &str = "cabinet-demo";

#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    /// How many invented patients; the first score have readable ids.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    patients: u32,
    /// Seed of the invention: the same seed gives the same practice for ever.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// The day the practice's records end.
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2026-10-31")]
    as_of: String,
    /// Address and port to listen on (loopback only).
    #[arg(long, env = "MTR_BIND", default_value = "127.0.0.1:8080")]
    bind: String,
    /// Push the practice, print what to try, and stop.
    #[arg(long)]
    once: bool,
}

/// Serves the demonstration until SIGTERM or SIGINT.
pub fn run(arguments: &DemoArguments) -> u8 {
    let Ok(as_of) = arguments.as_of.parse::<Day>() else {
        say::err("demo: --as-of is a day such as 2026-10-31");
        return USAGE;
    };
    let folder = match tempfile::Builder::new().prefix("mtr-gateway-demo-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            say::err(format!("demo: no temporary folder: {error}"));
            return FAILED;
        }
    };
    let settings = match settings(arguments, &folder.path().to_string_lossy()) {
        Ok(settings) => settings,
        Err(bad) => {
            say::err(bad.trim_end());
            return USAGE;
        }
    };
    crate::telemetry::start(&settings);
    let result = startup::serve(settings, async |address| {
        push(address, arguments, as_of).await?;
        say::out(tour(address, as_of));
        if arguments.once { Err(StartError::Done) } else { Ok(()) }
    });
    match result {
        Ok(()) | Err(StartError::Done) => DONE,
        Err(error) => {
            say::err(format!("demo: {error}"));
            FAILED
        }
    }
}

fn settings(arguments: &DemoArguments, folder: &str) -> Result<Settings, String> {
    RawSettings {
        bind: Some(arguments.bind.clone()),
        data_dir: Some(folder.to_owned()),
        structure: Some(STRUCTURE.to_owned()),
        access: Some("open".to_owned()),
        mode: Some("demo".to_owned()),
        log: Some("warn".to_owned()),
        ..RawSettings::default()
    }
    .check()
    .map_err(|bad| bad.to_string())
}

/// Pushes the practice as transaction Bundles, as any practice software would.
async fn push(address: SocketAddr, arguments: &DemoArguments, as_of: Day) -> Result<(), StartError> {
    let client = Client::new(&format!("http://{address}"))?;
    let started = Instant::now();
    let mut resources = 0;
    let plan = Plan { structure: STRUCTURE.to_owned(), patients: arguments.patients, seed: arguments.seed, as_of };
    let bundles: Vec<Bundle> = population::practice(&plan).collect();
    let bar = startup::progress_bar("pushing an invented practice", bundles.len() as u64);
    for bundle in bundles {
        resources += bundle.entries;
        let (status, body) = client.send(Method::Post, "", bundle.json.into_bytes()).await?;
        if status != 200 {
            return Err(StartError::Push(format!(
                "a Bundle was refused with {status}: {}",
                super::client::diagnostics(&body)
            )));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    say::out(format!(
        "{resources} resources of an invented practice pushed over HTTP in {seconds:.1} s, all of them on disk."
    ));
    Ok(())
}

/// Answers the lines to try; each names its date, so that it answers the same for ever.
fn tour(address: SocketAddr, as_of: Day) -> String {
    let base = format!("http://{address}/fhir/Patient/{SHOWCASE}");
    let month = as_of.month();
    format!(
        "\nTry (amounts are invented, every answer says so):\n\
         \n  curl -s '{base}/$forfait?month={month}'\
         \n  curl -s '{base}/$prevention?date={as_of}'\
         \n  curl -s -H 'Accept: text/plain' '{base}/$explain?month={month}'\
         \n\nStop with Ctrl-C; the temporary store goes with it."
    )
}
