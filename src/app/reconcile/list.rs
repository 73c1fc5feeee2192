//! A payer's list as it is sent: CSV, or Parameters with a `line` each. Amounts are read exactly.
//!
//! Every fault is told with its line, up to a number; with one, nothing is compared.

use super::super::failure::{Failure, Reason};
use super::super::{Context, Gateway, parameters};
use crate::config::is_id;
use crate::domain::calendar::Month;
use crate::domain::money::Centimes;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::json::{Elements, Members, Value};
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Lines of one list at most.
const LINES: usize = 500_000;
/// Months of one list at most.
const MONTHS: usize = 120;
/// Faults told at once.
const TOLD: usize = 50;
/// The greatest amount of a line, in centimes: sums of a list stay far from where numbers end.
const GREATEST: i64 = 1_000_000_000_000;
/// The columns, in the order of a difference, each with a value as it should be.
const COLUMNS: [(&str, &str); 3] = [("patient", "Patient/p1"), ("month", "2026-10"), ("amount", "20.40")];

/// A payer's list.
#[derive(Clone, Debug, PartialEq)]
pub struct Theirs {
    pub lines: Vec<TheirLine>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TheirLine {
    /// Line of the CSV, the header being 1; of Parameters, which `line` it is, from 1.
    pub place: u32,
    pub who: Who,
    pub month: Month,
    pub amount: Centimes,
}

/// Whom a line is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Id(Box<str>),
    /// The keyed hash of an INS or IPP: no clear value is kept or compared.
    Identifier([u8; 16]),
    /// An identifier that is none of a person in care.
    Nobody,
}

impl Gateway {
    /// Reads a list in CSV with a header: `patient`, `month` and `amount` in any order, other columns
    /// passed over. Separated by `;` where the header is, then with a decimal comma or point.
    pub fn csv_list(&self, bytes: &[u8]) -> Result<Theirs, Failure> {
        csv(bytes, &self.context)
    }

    /// Reads a list in Parameters: `line` with the parts `patient`, `month` and `amount`.
    pub fn parameters_list(&self, bytes: &[u8]) -> Result<Theirs, Failure> {
        of_parameters(bytes, &self.context)
    }
}

/// Lines read so far, and what is wrong.
#[derive(Default)]
struct Reading {
    lines: Vec<TheirLine>,
    months: BTreeSet<Month>,
    faults: Vec<Issue>,
}

impl Reading {
    /// Takes a line; the value that is missing or does not read is told by its name.
    fn take(&mut self, place: u32, (who, month, amount): (Option<Who>, Option<Month>, Option<Centimes>), at: At<'_>) {
        if let (Some(who), Some(month), Some(amount)) = (&who, month, amount) {
            self.months.insert(month);
            return self.lines.push(TheirLine { place, who: who.clone(), month, amount });
        }
        let missing = [who.is_none(), month.is_none(), amount.is_none()];
        for ((name, example), _) in COLUMNS.iter().zip(missing).filter(|(_, missing)| *missing) {
            let issue = Issue::new(&issues::RECONCILE_VALUE, at(name), &[&place.to_string(), name, example]);
            self.faults.push(issue);
        }
    }

    fn is_full(&self) -> bool {
        self.faults.len() >= TOLD || self.lines.len() > LINES || self.months.len() > MONTHS
    }

    fn finish(self) -> Result<Theirs, Failure> {
        if self.lines.len() > LINES || self.months.len() > MONTHS {
            let limits = [LINES.to_string(), MONTHS.to_string()];
            let issue = Issue::general(&issues::RECONCILE_TOO_MANY, &[&limits[0], &limits[1]]);
            return Err(Failure::new(Reason::TooLarge, issue));
        }
        if !self.faults.is_empty() {
            return Err(Failure::of(self.faults));
        }
        if self.lines.is_empty() {
            return Err(Failure::of(vec![Issue::general(&issues::RECONCILE_EMPTY, &[])]));
        }
        Ok(Theirs { lines: self.lines })
    }
}

/// Answers where a value of a line stands, by its name.
type At<'a> = &'a dyn Fn(&str) -> String;

fn csv(bytes: &[u8], context: &Context) -> Result<Theirs, Failure> {
    let broken = |line: u32| {
        let issue = Issue::new(&issues::RECONCILE_CSV, format!("line[{line}]"), &[&line.to_string()]);
        Failure::of(vec![issue])
    };
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        let before = bytes.get(..fault.valid_up_to()).unwrap_or_default();
        broken(before.iter().filter(|byte| **byte == b'\n').count() as u32 + 1)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = if text.lines().next().unwrap_or_default().contains(';') { ';' } else { ',' };
    let mut records = Records { rest: text, line: 1, separator };
    let header = match records.next() {
        Some((_, fields)) => fields.ok_or_else(|| broken(1))?,
        None => return Reading::default().finish(),
    };
    let mut places = [0; 3];
    for ((name, _), place) in COLUMNS.iter().zip(&mut places) {
        let found = header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
        let missing = || Failure::of(vec![Issue::new(&issues::RECONCILE_COLUMN, "line[1]", &[name])]);
        *place = found.ok_or_else(missing)?;
    }
    let mut reading = Reading::default();
    for (line, fields) in records {
        if reading.is_full() {
            break;
        }
        let Some(fields) = fields.filter(|fields| fields.len() == header.len()) else {
            let issue = Issue::new(&issues::RECONCILE_CSV, format!("line[{line}]"), &[&line.to_string()]);
            reading.faults.push(issue);
            continue;
        };
        let field = |n: usize| fields.get(places[n]).map_or("", |field| field.trim());
        let amount = match separator {
            ';' => exact(&field(2).replacen(',', ".", 1)),
            _ => exact(field(2)),
        };
        let values = (who(field(0), context), field(1).parse().ok(), amount);
        reading.take(line, values, &|name| format!("line[{line}].{name}"));
    }
    reading.finish()
}

/// The records of a CSV (RFC 4180), each with the line it begins on; blank lines are passed over.
/// `None` for fields: a quote that is not where one may be.
struct Records<'t> {
    rest: &'t str,
    line: u32,
    separator: char,
}

impl<'t> Iterator for Records<'t> {
    type Item = (u32, Option<Vec<Cow<'t, str>>>);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            self.rest = rest;
            self.line += 1;
        }
        if self.rest.is_empty() {
            return None;
        }
        let begun = self.line;
        let mut fields = Some(Vec::new());
        loop {
            let (field, ends) = self.field();
            match (field, &mut fields) {
                (Some(field), Some(fields)) => fields.push(field),
                _ => fields = None,
            }
            if ends {
                return Some((begun, fields));
            }
        }
    }
}

impl<'t> Records<'t> {
    /// Reads a field, and whether the record ends with it.
    fn field(&mut self) -> (Option<Cow<'t, str>>, bool) {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            return self.quoted(quoted);
        }
        let end = self.rest.find([self.separator, '\n']).unwrap_or(self.rest.len());
        let field = self.rest.get(..end).unwrap_or_default();
        let field = field.strip_suffix('\r').unwrap_or(field);
        let ends = self.pass(end);
        (Some(Cow::Borrowed(field)).filter(|field| !field.contains('"')), ends)
    }

    fn quoted(&mut self, text: &'t str) -> (Option<Cow<'t, str>>, bool) {
        let mut from = 0;
        let end = loop {
            match text.get(from..).and_then(|rest| rest.find('"')) {
                Some(at) if text.get(from + at + 1..).is_some_and(|rest| rest.starts_with('"')) => from += at + 2,
                Some(at) => break from + at,
                None => {
                    self.pass(self.rest.len());
                    return (None, true);
                }
            }
        };
        let inner = text.get(..end).unwrap_or_default();
        let after = text.get(end + 1..).unwrap_or_default();
        let clean = after.is_empty() || after.starts_with([self.separator, '\n']) || after.starts_with("\r\n");
        self.line += inner.matches('\n').count() as u32;
        self.rest = after;
        let blank = after.find([self.separator, '\n']).unwrap_or(after.len());
        let ends = self.pass(blank);
        (clean.then(|| Cow::Owned(inner.replace("\"\"", "\""))), ends)
    }

    /// Goes behind the end of a field; answers whether the record ends there.
    fn pass(&mut self, end: usize) -> bool {
        let after = self.rest.get(end..).unwrap_or_default();
        self.rest = after.get(1..).unwrap_or_default();
        let ends = !after.starts_with(self.separator);
        self.line += u32::from(after.starts_with('\n'));
        ends
    }
}

/// Answers whom a text is about: an id, with or without `Patient/`, or `system|value`.
fn who(text: &str, context: &Context) -> Option<Who> {
    if let Some((system, value)) = text.split_once('|') {
        let (system, value) = (system.trim(), value.trim());
        return (!system.is_empty() && !value.is_empty())
            .then(|| of_identifier(&Value::of_texts([("system", system), ("value", value)]), context));
    }
    let id = text.strip_prefix("Patient/").unwrap_or(text);
    is_id(id).then(|| Who::Id(id.into()))
}

fn of_identifier(identifier: &Value, context: &Context) -> Who {
    context.patient_key(identifier).map_or(Who::Nobody, Who::Identifier)
}

/// Reads an amount in euros exactly: digits, a point and at most two decimals that are not zero.
fn exact(text: &str) -> Option<Centimes> {
    let plain = text.strip_prefix('-').unwrap_or(text);
    if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || plain.starts_with('.') {
        return None;
    }
    centimes(Decimal::from_str_exact(text.strip_suffix('.').unwrap_or(text)).ok()?)
}

fn centimes(euros: Decimal) -> Option<Centimes> {
    let amount = Centimes::from_euros(euros).filter(|amount| amount.0.abs() <= GREATEST)?;
    (amount.to_euros() == euros).then_some(amount)
}

fn of_parameters(bytes: &[u8], context: &Context) -> Result<Theirs, Failure> {
    let Some(sent) = parameters::read(bytes)? else {
        let issue = Issue::new(&issues::WRONG_RESOURCE_TYPE, "Parameters.resourceType", &["?", "Parameters"]);
        return Err(Failure::new(Reason::Malformed, issue));
    };
    let mut reading = Reading::default();
    for (n, parameter) in sent.iter().enumerate() {
        if reading.is_full() {
            break;
        }
        if parameters::name_of(parameter).as_deref() != Some("line") {
            let issue = Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "Organization", " (line ?)"]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        let (mut found, mut expressions) = ((None, None, None), [None, None, None]);
        let parts = parameter.iter().find(|(name, _)| name == "part").map(|(_, parts)| *parts);
        for (at, part) in parts.into_iter().flat_map(Elements::of).enumerate() {
            let members: Vec<_> = Members::of(part).collect();
            let name = parameters::name_of(&members);
            let value = members.iter().find(|(name, _)| name.starts_with("value"));
            let Some((name, (kind, literal))) = name.zip(value) else { continue };
            let column = COLUMNS.iter().position(|(column, _)| *column == name);
            if let Some(expression) = column.and_then(|column| expressions.get_mut(column)) {
                *expression = Some(format!("Parameters.parameter[{n}].part[{at}]"));
            }
            match &*name {
                "patient" => found.0 = patient(kind, literal, context),
                "month" => found.1 = json::decode(literal).parse().ok(),
                "amount" => found.2 = amount(kind, literal),
                _ => {}
            }
        }
        let at = |name: &str| {
            let column = COLUMNS.iter().position(|(column, _)| *column == name);
            let told = column.and_then(|column| expressions.get(column).cloned().flatten());
            told.unwrap_or_else(|| format!("Parameters.parameter[{n}]"))
        };
        reading.take(n as u32 + 1, found, &at);
    }
    reading.finish()
}

fn patient(kind: &str, literal: &[u8], context: &Context) -> Option<Who> {
    if literal.starts_with(b"\"") {
        return who(&json::decode(literal), context);
    }
    let value = json::parse(literal).ok()?;
    match kind {
        "valueReference" => match value["reference"].as_str() {
            Some(reference) => who(reference, context),
            None => Some(of_identifier(&value["identifier"], context)).filter(|_| value["identifier"].is_object()),
        },
        "valueIdentifier" => Some(of_identifier(&value, context)),
        _ => None,
    }
}

/// Reads a decimal as it was written, exponent included; a Money must be in euros.
fn amount(kind: &str, literal: &[u8]) -> Option<Centimes> {
    if kind == "valueMoney" {
        let members: Vec<_> = Members::of(literal).collect();
        let member = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
        let euros = member("currency").is_none_or(|currency| json::decode(currency) == "EUR");
        return member("value").filter(|_| euros).and_then(|value| amount("valueDecimal", value));
    }
    let text = std::str::from_utf8(literal).ok()?;
    if !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    let read = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    centimes(read.ok()?)
}

#[cfg(test)]
mod tests;
