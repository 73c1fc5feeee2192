//! Control totals of an export, as Parameters: what a receiver adds up again to know that it has all.

use super::{money, parameters, part};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::money::Centimes;
use serde_json::{Value, json};

/// What an export came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    pub structure: String,
    /// Name of the format.
    pub format: &'static str,
    pub months: Vec<MonthControl>,
    /// Months asked for that are open and not exported.
    pub open: Vec<Month>,
    pub bytes: u64,
    /// Of the bytes, in lower-case hex.
    pub sha256: String,
}

/// What a month of it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthControl {
    pub month: Month,
    /// Code of Invoice.status.
    pub status: &'static str,
    pub known_at: Instant,
    pub tariff: Box<str>,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: String,
    pub patients: u64,
    /// Lines of the file.
    pub records: u64,
    /// Lines of Invoices: records without those that say why nothing is due.
    pub lines: u64,
    pub sum: Centimes,
}

impl Control {
    /// Answers the totals of nothing yet.
    pub fn new(structure: &str, format: &'static str, open: Vec<Month>) -> Control {
        Control { structure: structure.to_owned(), format, months: Vec::new(), open, bytes: 0, sha256: String::new() }
    }

    /// Answers patient-months, records, lines and sum of all months.
    pub fn totals(&self) -> (u64, u64, u64, Centimes) {
        self.months.iter().fold((0, 0, 0, Centimes::ZERO), |(patients, records, lines, sum), month| {
            (patients + month.patients, records + month.records, lines + month.lines, sum + month.sum)
        })
    }

    /// Answers the totals in one line, as the header of an answer carries them.
    pub fn header(&self) -> String {
        let (patients, records, lines, sum) = self.totals();
        format!("patient-months={patients}; records={records}; lines={lines}; centimes={}", sum.0)
    }

    /// Answers the Parameters; `Written` gives amounts their two decimals.
    pub fn parameters(&self) -> Value {
        let (patients, records, lines, sum) = self.totals();
        let mut parts = vec![
            json!({"name": "structure", "valueReference": {"reference": format!("Organization/{}", self.structure)}}),
            part("format", "valueCode", self.format),
        ];
        parts.extend(self.months.iter().map(MonthControl::part));
        parts.extend(self.open.iter().map(|month| part("open", "valueString", month.to_string())));
        parts.extend([
            part("patientMonths", "valueDecimal", patients),
            part("records", "valueDecimal", records),
            part("lines", "valueDecimal", lines),
            json!({"name": "sum", "valueMoney": money(sum)}),
            part("centimes", "valueDecimal", sum.0),
            part("bytes", "valueDecimal", self.bytes),
            part("sha256", "valueString", self.sha256.as_str()),
        ]);
        parameters(parts)
    }
}

impl MonthControl {
    fn part(&self) -> Value {
        json!({"name": "month", "part": [
            part("month", "valueString", self.month.to_string()),
            part("status", "valueCode", self.status),
            part("knownAt", "valueInstant", self.known_at.to_string()),
            part("tariff", "valueString", &*self.tariff),
            part("rulebook", "valueString", self.rulebook.as_str()),
            part("patients", "valueDecimal", self.patients),
            part("records", "valueDecimal", self.records),
            part("lines", "valueDecimal", self.lines),
            {"name": "sum", "valueMoney": money(self.sum)},
        ]})
    }
}
