//! `mtr-gateway reconcile LIST.csv`: a payer's list against what was issued and what is computed now.

use super::client::{self, Client, Method};
use super::place::{Place, PricingArguments, heard};
use super::startup;
use super::{DONE, FAILED, FOUND_FAULTS, USAGE, say};
use crate::app::{Failure, Gateway};
use crate::config::Settings;
use crate::domain::calendar::Instant;
use crate::fhir::written::Written;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::Read;

const AFTER_HELP: &str = "\
The list is a CSV with a header (patient,month,amount in any order; other columns are passed over), or
a Parameters with a `line` each. patient: id, Patient/id, or system|value of an INS or IPP; month:
YYYY-MM; amount: euros with at most two decimals.

The differences go to standard output as CSV (month,patient,line,theirs,issued,now,reason,not_payable),
totals and counts to standard error. Exit codes: 0 no difference; 1 differences, or a list that cannot
be read; 2 unusable arguments; 3 the store, the file or the network failed.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ReconcileArguments {
    /// The payer's list; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: String,
    /// Compare with what was known at this instant.
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<String>,
    #[command(flatten)]
    pricing: PricingArguments,
}

/// Compares and prints; exit code 1 when there is a difference.
pub fn run(arguments: &ReconcileArguments) -> u8 {
    let known_at = match arguments.known_at.as_deref().map(str::parse::<Instant>) {
        Some(Err(_)) => {
            say::err("reconcile: --known-at is an instant with zone");
            return USAGE;
        }
        Some(Ok(instant)) => Some(instant),
        None => None,
    };
    let list = match read(&arguments.file) {
        Ok(list) => list,
        Err(error) => {
            say::err(format!("reconcile: {}: {error}", arguments.file));
            return FAILED;
        }
    };
    match (arguments.pricing.place.place(), &arguments.pricing.place.structure) {
        (Place::Folder(folder), _) => arguments
            .pricing
            .in_store(folder, |gateway, settings| Ok(tell(&compare(gateway, settings, (&list, known_at))?))),
        (Place::Server(server), Some(structure)) => at_server(server, structure, (list, known_at)),
        _ => {
            say::err("reconcile: --structure names the Organization whose statements they are");
            USAGE
        }
    }
}

fn read(file: &str) -> std::io::Result<Vec<u8>> {
    if file != "-" {
        return std::fs::read(file);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_json(list: &[u8]) -> bool {
    list.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// Asks the gateway itself: what HTTP would answer.
fn compare(
    gateway: &Gateway,
    settings: &Settings,
    (list, known_at): (&[u8], Option<Instant>),
) -> Result<String, Failure> {
    let theirs = if is_json(list) { gateway.parameters_list(list)? } else { gateway.csv_list(list)? };
    let told = startup::with_progress("comparing patients", |done| {
        gateway.reconcile(&settings.structure, &theirs, known_at, done)
    });
    Ok(Written(&told?.parameters()).text())
}

fn at_server(server: &str, structure: &str, (list, known_at): (Vec<u8>, Option<Instant>)) -> u8 {
    let known_at = known_at.map(|instant| format!("?knownAt={instant}")).unwrap_or_default();
    let media = if is_json(&list) { client::FHIR_JSON } else { "text/csv; charset=utf-8" };
    let answer = client::block_on(async {
        let client = Client::new(server)?.for_structure(Some(structure));
        let path = format!("/Organization/{structure}/$reconcile{known_at}");
        client.send_as(Method::Post, &path, (media, list)).await
    });
    match heard(server, answer) {
        Ok(body) => tell(&body),
        Err(code) => code,
    }
}

/// Parameters as far as they are printed. Amounts stay the text they are.
#[derive(Debug, Deserialize)]
struct Told {
    parameter: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    name: String,
    #[serde(default)]
    part: Vec<Part>,
    value_string: Option<String>,
    value_code: Option<String>,
    value_decimal: Option<Box<RawValue>>,
    value_positive_int: Option<u32>,
    value_money: Option<Amount>,
    value_reference: Option<Reference>,
    value_coding: Option<Coding>,
}

#[derive(Debug, Deserialize)]
struct Amount {
    value: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    reference: String,
}

#[derive(Debug, Deserialize)]
struct Coding {
    code: String,
}

impl Part {
    fn text(&self) -> String {
        let money = self.value_money.as_ref().map(|money| money.value.get());
        let decimal = self.value_decimal.as_ref().map(|decimal| decimal.get());
        let texts = [
            self.value_string.as_deref(),
            self.value_code.as_deref(),
            money,
            decimal,
            self.value_reference.as_ref().map(|reference| &*reference.reference),
            self.value_coding.as_ref().map(|coding| &*coding.code),
        ];
        let number = self.value_positive_int.map(|number| number.to_string());
        number.or_else(|| texts.into_iter().flatten().next().map(str::to_owned)).unwrap_or_default()
    }

    fn get(&self, name: &str) -> String {
        self.part.iter().find(|part| part.name == name).map(Part::text).unwrap_or_default()
    }
}

/// Prints the differences, and totals and counts beside them.
fn tell(answer: &str) -> u8 {
    let Ok(told) = serde_json::from_str::<Told>(answer) else {
        say::err("reconcile: the answer cannot be read");
        return FAILED;
    };
    let named = |name: &'static str| told.parameter.iter().filter(move |part| part.name == name);
    for month in named("month") {
        let (theirs, issued, now) = (month.get("theirs"), month.get("issued"), month.get("now"));
        let status = month.get("status");
        say::err(format!("{} ({status}): theirs {theirs}, issued {issued}, now {now}", month.get("month")));
    }
    let equal: Vec<String> = named("equal").map(Part::text).collect();
    say::err(format!("equal: {}", equal.concat()));
    for count in named("count") {
        say::err(format!("{}: {}", count.get("reason"), count.get("count")));
    }
    let columns = ["month", "patient", "line", "theirs", "issued", "now", "reason", "notPayable"];
    say::out("month,patient,line,theirs,issued,now,reason,not_payable");
    let mut code = DONE;
    for difference in named("difference") {
        let fields = columns.map(|column| difference.get(column).trim_start_matches("Patient/").to_owned());
        say::out(fields.join(","));
        code = FOUND_FAULTS;
    }
    code
}
