//! `mtr-gateway simulate tariff.yaml --from 2026-01 --to 2026-12`: what another tariff would pay.

use super::client::{self, Client, Method};
use super::place::{Place, PlaceArguments, heard};
use super::startup;
use super::{DONE, FAILED, USAGE, say};
use crate::app;
use crate::app::{Failure, Gateway, Simulation, SimulationResult};
use crate::domain::calendar::Month;
use crate::domain::simulation::Balance;
use crate::domain::simulation::Change;
use crate::domain::simulation::Comparison;
use crate::domain::simulation::OfMonth;
use crate::fhir::json::pretty;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct SimulateArguments {
    /// The tariff file to try, or a folder of mapping files that replace those of the same path.
    pack: PathBuf,
    /// First month.
    #[arg(long, value_name = "YYYY-MM")]
    from: String,
    /// Last month; the first one when it is left out.
    #[arg(long, value_name = "YYYY-MM")]
    to: Option<String>,
    /// Tariff in force to compare with.
    #[arg(long, value_name = "ID")]
    current: Option<String>,
    /// Tariff of the pack to try, when it brings several or none.
    #[arg(long, value_name = "ID")]
    try_tariff: Option<String>,
    #[command(flatten)]
    place: PlaceArguments,
    /// The whole answer as FHIR Parameters; over --server it always is.
    #[arg(long)]
    json: bool,
}

/// Prints the comparison; exit code 1 when the pack is faulty.
pub fn run(arguments: &SimulateArguments) -> u8 {
    let months = arguments.from.parse::<Month>().ok().and_then(|from| {
        let to = arguments.to.as_deref().map_or(Ok(from), str::parse::<Month>).ok()?;
        app::months_between(from, to)
    });
    let Some(months) = months else {
        say::err(format!("simulate: --from and --to are months such as 2026-01, {} at most", app::SIMULATED_MONTHS));
        return USAGE;
    };
    let files = match read(&arguments.pack) {
        Ok(files) => files,
        Err(error) => {
            say::err(format!("simulate: {}: {error}", arguments.pack.display()));
            return FAILED;
        }
    };
    match arguments.place.place() {
        Place::Folder(folder) => arguments.place.in_store((folder, None), |gateway, settings| {
            let asked = Simulation {
                structure: settings.structure.clone(),
                known_at: None,
                months,
                current: arguments.current.clone(),
                tariff: arguments.try_tariff.clone(),
                files,
            };
            compare(gateway, &asked, arguments)?;
            Ok(DONE)
        }),
        Place::Server(server) => at_server(arguments, &files, server),
    }
}

type Files = Vec<(String, Vec<u8>)>;

fn read(pack: &Path) -> std::io::Result<Files> {
    if pack.is_dir() {
        return app::files_of(pack);
    }
    app::yaml_file(&std::fs::read(pack)?)
        .map_err(|_| std::io::Error::other("a tariff file begins with its id, such as id: mtr-demo"))
}

fn compare(gateway: &Gateway, asked: &Simulation, arguments: &SimulateArguments) -> Result<(), Failure> {
    let result = startup::with_progress("pricing patients", |done| gateway.simulate(asked, done))?;
    if arguments.json {
        say::out(result.json());
    } else {
        say::out(format!("{} instead of {}", result.tariff, result.current));
        tell(&result.comparison);
        marks(&result).into_iter().for_each(say::out);
    }
    Ok(())
}

fn tell(found: &Comparison) {
    let change = |name: &str, change: &Change| {
        say::out(format!(
            "  {name:<28} {:>8} {:>14} -> {:>8} {:>14}  {:>+14}",
            change.count_before,
            change.before,
            change.count_after,
            change.after,
            change.effect()
        ));
    };
    found.months.iter().for_each(|(month, of_month)| change(&month.to_string(), &of_month.change));
    found.lines.iter().for_each(|(code, _, of_line)| change(code, of_line));
    change("total", &found.total);
    let balance = |name: &str, balance: &Balance| {
        say::out(format!(
            "  {name:<28} {} gain, {} lose, {} unchanged, {} EUR",
            balance.winners, balance.losers, balance.unchanged, balance.effect
        ));
    };
    balance("patients", &found.all);
    found.by_line.iter().for_each(|(code, of_line)| balance(code, of_line));
    let shares: Vec<String> = found.distribution.iter().map(|(share, effect)| format!("{share} %: {effect}")).collect();
    say::out(format!("  effect per patient, by share of patients: {}", shares.join(", ")));
    if found.unpriced > 0 {
        say::out(format!("  {} patient-months have no known amount and are in no sum", found.unpriced));
    }
    say::out(format!("  weakest status: {}", found.status.code()));
}

/// What is to be known of the months before their figures are used.
fn marks(result: &SimulationResult) -> Vec<String> {
    let named = |what: &str, months: Vec<Month>| {
        let months: Vec<String> = months.iter().map(Month::to_string).collect();
        (!months.is_empty()).then(|| format!("  {what}: {}", months.join(", ")))
    };
    let of = |holds: fn(&OfMonth) -> bool| -> Vec<Month> {
        result.comparison.months.iter().filter(|(_, month)| holds(month)).map(|(month, _)| *month).collect()
    };
    let told = [
        named("closed months, computed again and without adjustments", result.closed.clone()),
        named("months that are not over", result.ahead()),
        named("partial years, some of which nobody can decide", of(|month| month.partial)),
        named("months in which some patients have no known amount", of(|month| month.unpriced > 0)),
    ];
    told.into_iter().flatten().collect()
}

fn at_server(arguments: &SimulateArguments, files: &Files, server: &str) -> u8 {
    let text = |name: &str, value: &str| json!({"name": name, "valueString": value});
    let mut parts = vec![text("from", &arguments.from)];
    parts.extend(arguments.to.iter().map(|to| text("to", to)));
    parts.extend(arguments.current.iter().map(|id| text("current", id)));
    parts.extend(arguments.try_tariff.iter().map(|id| text("tariff", id)));
    for (path, content) in files {
        let content = String::from_utf8_lossy(content);
        parts.push(json!({"name": "file", "part": [text("path", path), text("content", &content)]}));
    }
    let body = json!({"resourceType": "Parameters", "parameter": parts}).to_string();
    let answer = client::block_on(async {
        let client = Client::new(server)?.for_structure(arguments.place.structure.as_deref());
        client.send(Method::Post, "/$simulate", body.into_bytes()).await
    });
    match heard(server, answer) {
        Ok(body) => {
            // As it was told: amounts keep their two decimals.
            say::out(String::from_utf8_lossy(&pretty(body.as_bytes())));
            DONE
        }
        Err(code) => code,
    }
}
