//! `mtr-gateway export --month 2026-10 --format csv --out lines.csv`: the lines of statements in a
//! file, with their control totals in another beside it.

use super::client::{self, Client, ClientError};
use super::place::{Place, PricingArguments, opened};
use super::startup::{self, StartError};
use super::{DONE, FAILED, FOUND_FAULTS, USAGE, say};
use crate::app::{COLUMNS, Failure, Format, Gateway, Lines, Presence};
use crate::config::Settings;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::fhir::render;
use crate::fhir::written::Written;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_long_help = columns())]
pub struct ExportArguments {
    /// The month, as 2026-10.
    #[arg(long, value_name = "YYYY-MM", required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    month: Option<String>,
    /// First month of several.
    #[arg(long, value_name = "YYYY-MM", requires = "to")]
    from: Option<String>,
    /// Last month of several; 120 at most.
    #[arg(long, value_name = "YYYY-MM", requires = "from")]
    to: Option<String>,
    /// Form of the file; by default what the name of the file ends with, else ndjson.
    #[arg(long, value_name = "ndjson|csv|parquet")]
    format: Option<String>,
    /// The file; `-` for standard output. The control totals go to FILE.control.json, or to standard
    /// error.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: String,
    /// Export open months that have begun too, as they would be closed.
    #[arg(long)]
    drafts: bool,
    /// Answer as known at this instant.
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<String>,
    #[command(flatten)]
    pricing: PricingArguments,
}

/// Answers the columns, for the help.
fn columns() -> String {
    let mut text = String::from(
        "Columns, the same in every format (CSV: RFC 4180 with a header, UTF-8, decimal point; Parquet:\n\
         typed, not compressed). Closed months give the same bytes each time.\n",
    );
    for column in COLUMNS {
        let presence = if column.presence == Presence::Always { "" } else { " (may be empty)" };
        text.push_str(&format!("  {:<17} {}{presence}\n", column.name, column.meaning));
    }
    text
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error("{0}")]
    Server(#[from] ClientError),
    /// What came is not what its control totals say.
    #[error("the lines received are not those of their control totals")]
    Foreign,
}

/// Exports; exit code 1 when what is asked is refused.
pub fn run(arguments: &ExportArguments) -> u8 {
    let asked = match asked(arguments) {
        Ok(asked) => asked,
        Err(why) => {
            say::err(format!("export: {why}"));
            return USAGE;
        }
    };
    let PricingArguments { place, tariff } = &arguments.pricing;
    let done = match place.place() {
        Place::Folder(folder) => match place.settings(folder, tariff.as_deref()) {
            Ok(settings) => opened(&settings, |gateway| from_store((gateway, &settings), asked, &arguments.out)),
            Err(code) => return code,
        },
        Place::Server(server) if place.structure.is_some() => from_server(server, &asked, &arguments.out),
        Place::Server(_) => {
            say::err("export: --structure names the Organization whose statements they are");
            return USAGE;
        }
    };
    match done {
        Ok(control) => tell(&control, &arguments.out),
        Err(ExportError::Start(StartError::Refused(why))) => {
            say::err(why);
            FOUND_FAULTS
        }
        Err(ExportError::Server(ClientError::Refused { status, body })) => {
            say::err(format!("the server answered {status}: {}", client::diagnostics(&body)));
            FOUND_FAULTS
        }
        Err(error) => {
            say::err(format!("mtr-gateway: {error}"));
            FAILED
        }
    }
}

/// Tells what was exported: the totals in a line, and the months that are left out.
fn tell(control: &str, out: &str) -> u8 {
    if out == "-" {
        say::err(control);
        return DONE;
    }
    let told: Value = serde_json::from_str(control).unwrap_or_default();
    let parameters = || told["parameter"].as_array().into_iter().flatten();
    let number = |name: &str| {
        let found = parameters().find(|parameter| parameter["name"] == name);
        found.map_or(Value::Null, |parameter| parameter["valueDecimal"].clone()).as_i64().unwrap_or_default()
    };
    let sum = crate::domain::money::Centimes(number("centimes"));
    say::err(format!("{out}: {} patient-months, {} lines, {sum} EUR", number("patientMonths"), number("lines")));
    let open = parameters().filter(|parameter| parameter["name"] == "open");
    let open: Vec<&str> = open.filter_map(|parameter| parameter["valueString"].as_str()).collect();
    if !open.is_empty() {
        say::err(format!("open, not exported: {}", open.join(", ")));
    }
    DONE
}

fn asked(arguments: &ExportArguments) -> Result<Lines, &'static str> {
    let read = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Month>().ok());
    let month = read(&arguments.month);
    let from = month.or_else(|| read(&arguments.from));
    let to = month.or_else(|| read(&arguments.to));
    let (Some(from), Some(to)) = (from, to) else { return Err("--month, --from and --to are months such as 2026-10") };
    let named = arguments.format.as_deref().map(Format::from_name);
    let ending = Path::new(&arguments.out).extension().and_then(|end| end.to_str()).and_then(Format::from_name);
    let format = match named {
        Some(format) => format.ok_or("--format is ndjson, csv or parquet")?,
        None => ending.unwrap_or(Format::Ndjson),
    };
    let known_at = match arguments.known_at.as_deref().map(str::parse::<Instant>) {
        Some(instant) => Some(instant.map_err(|_| "--known-at is an instant with zone")?),
        None => None,
    };
    let structure = arguments.pricing.place.structure.clone().unwrap_or_default();
    Ok(Lines { structure, from, to, drafts: arguments.drafts, format, known_at })
}

/// Asks the gateway itself: the bytes HTTP would give.
fn from_store((gateway, settings): (&Gateway, &Settings), asked: Lines, out: &str) -> Result<String, ExportError> {
    let refused = |failure: Failure| ExportError::Start(failure.into());
    startup::with_progress("exporting patient-months", |done| {
        let asked = Lines { structure: settings.structure.clone(), ..asked };
        let mut export = gateway.export(asked).map_err(refused)?;
        let mut target = Target::open(out)?;
        while let Some(bytes) = export.next(gateway, done).map_err(refused)? {
            target.write(&bytes)?;
        }
        let control = Written(&export.control().parameters()).text();
        target.finish(&control)?;
        Ok(control)
    })
}

/// Asks a server for the control totals, then for the lines they are of.
fn from_server(server: &str, asked: &Lines, out: &str) -> Result<String, ExportError> {
    let path = |known_at: Option<Instant>| {
        let Lines { structure, from, to, drafts, format, .. } = asked;
        let known_at = known_at.map(|instant| format!("&knownAt={instant}")).unwrap_or_default();
        let format = format.name();
        format!("/Organization/{structure}/$export-lines?from={from}&to={to}&drafts={drafts}&format={format}{known_at}")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ClientError::Runtime)?;
    runtime.block_on(async {
        let client = Client::new(server)?.for_structure(Some(&asked.structure));
        let totals = format!("{}&_control=true", path(asked.known_at));
        let control = client.text(&totals, "application/fhir+json", "fr").await?;
        let told: Value = serde_json::from_str(&control).unwrap_or_default();
        // Drafts are those that were added up, whatever is received in between.
        let known_at = asked.known_at.or_else(|| drafts_known_at(&told));
        let bytes = number_of(&told, "bytes");
        let bar = startup::progress_bar("receiving bytes", bytes);
        let mut answer = client.open(&path(known_at)).await?;
        let mut target = Target::open(out)?;
        while let Some(chunk) = answer.chunk().await.map_err(ClientError::from)? {
            target.write(&chunk)?;
            bar.inc(chunk.len() as u64);
        }
        bar.finish_and_clear();
        if text_of(&told, "sha256") != Some(&*target.digest()) {
            return Err(ExportError::Foreign);
        }
        target.finish(&control)?;
        Ok(control)
    })
}

fn parameter<'v>(told: &'v Value, name: &str) -> Option<&'v Value> {
    told["parameter"].as_array()?.iter().find(|parameter| parameter["name"] == name)
}

fn text_of<'v>(told: &'v Value, name: &str) -> Option<&'v str> {
    parameter(told, name)?["valueString"].as_str()
}

fn number_of(told: &Value, name: &str) -> u64 {
    parameter(told, name).and_then(|parameter| parameter["valueDecimal"].as_u64()).unwrap_or_default()
}

fn drafts_known_at(told: &Value) -> Option<Instant> {
    let months = told["parameter"].as_array()?.iter().filter(|parameter| parameter["name"] == "month");
    let parts = months.filter_map(|month| month["part"].as_array());
    let mut drafts = parts.filter(|parts| parts.iter().any(|part| part["valueCode"] == "draft"));
    drafts.next()?.iter().find(|part| part["name"] == "knownAt")?["valueInstant"].as_str()?.parse().ok()
}

/// Where the lines go. A file has its name only once it is whole.
struct Target {
    path: Option<PathBuf>,
    to: Box<dyn Write>,
    hash: Sha256,
}

impl Target {
    fn open(out: &str) -> Result<Target, ExportError> {
        if out == "-" {
            return Ok(Target { path: None, to: Box::new(io::stdout()), hash: Sha256::new() });
        }
        let path = PathBuf::from(out);
        let file = File::create(beside(&path, "part")).map_err(|error| ExportError::File(out.to_owned(), error))?;
        Ok(Target { path: Some(path), to: Box::new(BufWriter::new(file)), hash: Sha256::new() })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.hash.update(bytes);
        self.to.write_all(bytes).map_err(|error| ExportError::File(self.name(), error))
    }

    fn digest(&self) -> String {
        render::hex(&self.hash.clone().finalize())
    }

    fn finish(mut self, control: &str) -> Result<(), ExportError> {
        let name = self.name();
        let failed = |error| ExportError::File(name.clone(), error);
        self.to.flush().map_err(failed)?;
        let Some(path) = self.path.take() else { return Ok(()) };
        std::fs::rename(beside(&path, "part"), &path).map_err(failed)?;
        std::fs::write(beside(&path, "control.json"), format!("{control}\n")).map_err(failed)
    }

    fn name(&self) -> String {
        self.path.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Half a file is worth nothing; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(beside(path, "part"));
        }
    }
}

/// Answers the name of a file beside another: its own with an ending more.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
