//! Forms of the FHIR primitives, read byte by byte: no regular expression in the hot path.
//!
//! Owns: what a date, dateTime, instant, time, id, code, uri, oid, uuid, base64 or reference looks
//! like, and what exactly is wrong with a date. FHIR page: R4 datatypes.html#primitive.

use crate::domain::calendar::DateError;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::paris;

/// What is wrong with a date, a dateTime, an instant or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFault {
    /// Not of the form at all.
    Shape,
    /// The form is right, but no calendar or clock has it.
    Impossible,
    /// A time of day without a zone.
    ZoneMissing,
    /// Precision an instant must have is absent.
    Precision,
}

impl From<DateError> for DateFault {
    fn from(error: DateError) -> DateFault {
        match error {
            DateError::Shape => DateFault::Shape,
            DateError::Impossible => DateFault::Impossible,
        }
    }
}

/// The check of one form.
pub type FormatCheck = fn(&str) -> bool;

/// Every form a schema may name, with its check.
pub const FORMATS: &[(&str, FormatCheck)] = &[
    ("fhir-base64Binary", is_base64),
    ("fhir-code", is_code),
    ("fhir-date", |t| check_date(t).is_ok()),
    ("fhir-dateTime", |t| check_date_time(t).is_ok()),
    ("fhir-id", is_id),
    ("fhir-instant", |t| check_instant(t).is_ok()),
    ("fhir-oid", is_oid),
    ("fhir-reference", is_reference),
    ("fhir-string", is_string),
    ("fhir-time", |t| check_time(t).is_ok()),
    ("fhir-uri", is_uri),
    ("fhir-uuid", is_uuid),
    ("fhir-xhtml", is_xhtml),
];

pub fn check_date(text: &str) -> Result<PartialDate, DateFault> {
    Ok(text.parse::<PartialDate>()?)
}

/// Reads a dateTime: a partial date, or a full date with a time to the second and a zone.
pub fn check_date_time(text: &str) -> Result<(), DateFault> {
    let Some((date, rest)) = text.split_once('T') else { return check_date(text).map(|_| ()) };
    if !matches!(check_date(date)?, PartialDate::Day(_)) {
        return Err(DateFault::Shape);
    }
    let bytes = rest.as_bytes();
    let zone_at = bytes.iter().position(|b| matches!(b, b'Z' | b'+' | b'-')).unwrap_or(bytes.len());
    let (clock, zone) = rest.split_at(zone_at);
    check_time(clock)?;
    check_zone(zone)
}

/// Reads an instant: nothing of a dateTime may be left out.
pub fn check_instant(text: &str) -> Result<(), DateFault> {
    check_date_time(text)?;
    if text.contains('T') { Ok(()) } else { Err(DateFault::Precision) }
}

/// Reads `hh:mm:ss` with an optional fraction.
pub fn check_time(text: &str) -> Result<(), DateFault> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() >= 8
        && bytes[..8].iter().enumerate().all(|(n, b)| if n == 2 || n == 5 { *b == b':' } else { b.is_ascii_digit() })
        && match &bytes[8..] {
            [] => true,
            [b'.', fraction @ ..] => !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit),
            _ => false,
        };
    if !shaped {
        return Err(DateFault::Shape);
    }
    // 60 is a leap second: FHIR admits it.
    let possible = two(bytes, 0) <= 23 && two(bytes, 3) <= 59 && two(bytes, 6) <= 60;
    if possible { Ok(()) } else { Err(DateFault::Impossible) }
}

fn check_zone(text: &str) -> Result<(), DateFault> {
    let bytes = text.as_bytes();
    match bytes {
        b"Z" => Ok(()),
        [] => Err(DateFault::ZoneMissing),
        [b'+' | b'-', h, i, b':', m, n] if [h, i, m, n].iter().all(|b| b.is_ascii_digit()) => {
            let (hours, minutes) = (two(bytes, 1), two(bytes, 4));
            let possible = hours < 14 && minutes <= 59 || hours == 14 && minutes == 0;
            if possible { Ok(()) } else { Err(DateFault::Impossible) }
        }
        _ => Err(DateFault::Shape),
    }
}

fn two(bytes: &[u8], at: usize) -> u8 {
    (bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0')
}

/// The seconds a date or dateTime may stand for, first and last, since 1970 in UTC.
/// Dates without a time are days in Europe/Paris.
pub fn seconds(text: &str) -> Option<(i64, i64)> {
    if text.contains('T') {
        // The calendar crate does not read the leap second, nor the last day there is where it is past it.
        let stamp: jiff::Timestamp = text.parse().ok()?;
        return Some((stamp.as_second(), stamp.as_second()));
    }
    let date: PartialDate = text.parse().ok()?;
    let next = if date.latest() == Day::max_value() { date.latest() } else { date.latest().add_days(1) };
    Some((midnight(date.earliest())?, midnight(next)? - 1))
}

/// The civil day in Paris on which a date or dateTime begins.
pub fn first_day(text: &str) -> Option<Day> {
    if text.contains('T') {
        let stamp: jiff::Timestamp = text.parse().ok()?;
        return Some(Day::from_civil(paris().to_datetime(stamp).date()));
    }
    Some(text.parse::<PartialDate>().ok()?.earliest())
}

fn midnight(day: Day) -> Option<i64> {
    let zoned = paris().to_zoned(day.civil().to_datetime(jiff::civil::Time::midnight())).ok()?;
    Some(zoned.timestamp().as_second())
}

pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// No white space at either end, single spaces within.
fn is_code(text: &str) -> bool {
    let mut spaced = true;
    for c in text.chars() {
        let space = c.is_whitespace();
        if space && spaced {
            return false;
        }
        spaced = space;
    }
    !spaced
}

fn is_string(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace())
}

fn is_uri(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_whitespace)
}

fn is_oid(text: &str) -> bool {
    let Some(arcs) = text.strip_prefix("urn:oid:") else { return false };
    let mut count = 0;
    for arc in arcs.split('.') {
        let number =
            !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'));
        if !number || count == 0 && !matches!(arc, "0" | "1" | "2") {
            return false;
        }
        count += 1;
    }
    count > 1
}

fn is_uuid(text: &str) -> bool {
    let Some(hex) = text.strip_prefix("urn:uuid:") else { return false };
    hex.len() == 36
        && hex.bytes().enumerate().all(
            |(n, b)| {
                if matches!(n, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() }
            },
        )
}

fn is_base64(text: &str) -> bool {
    let mut digits = 0_usize;
    for b in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        if !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
            return false;
        }
        digits += 1;
    }
    digits > 0 && digits.is_multiple_of(4)
}

fn is_xhtml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// A reference as it may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceForm<'a> {
    /// `Patient/1`, `Patient/1/_history/2`.
    Relative { kind: &'a str },
    /// `https://elsewhere/fhir/Patient/1`; `kind` where the address shows one.
    Absolute { kind: Option<&'a str> },
    /// `urn:uuid:`, `urn:oid:` and any other scheme without a path.
    Urn,
    /// `#id`, or `#` for the resource itself.
    Contained { id: &'a str },
    /// `Patient?identifier=...`.
    Conditional { kind: &'a str },
}

/// Reads a literal reference; `None` when it is none.
pub fn reference_form(text: &str) -> Option<ReferenceForm<'_>> {
    if let Some(id) = text.strip_prefix('#') {
        return (id.is_empty() || is_id(id)).then_some(ReferenceForm::Contained { id });
    }
    if !is_uri(text) {
        return None;
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Some(ReferenceForm::Absolute { kind: type_in_path(text) });
    }
    if let Some(rest) = text.strip_prefix("urn:") {
        let read = if rest.starts_with("uuid:") { is_uuid(text) } else { !rest.starts_with("oid:") || is_oid(text) };
        return read.then_some(ReferenceForm::Urn);
    }
    if let Some((kind, criteria)) = text.split_once('?') {
        return (is_type_name(kind) && !criteria.is_empty()).then_some(ReferenceForm::Conditional { kind });
    }
    relative(text)
}

fn relative(text: &str) -> Option<ReferenceForm<'_>> {
    let mut parts = text.split('/');
    let kind = parts.next()?;
    if let Some((scheme, rest)) = kind.split_once(':') {
        let named = scheme.starts_with(|c: char| c.is_ascii_lowercase()) && !(rest.is_empty() && text.ends_with(':'));
        return named.then_some(ReferenceForm::Urn);
    }
    let id = parts.next()?;
    let versioned = match (parts.next(), parts.next(), parts.next()) {
        (None, None, None) => true,
        (Some("_history"), Some(version), None) => is_id(version),
        _ => false,
    };
    (is_type_name(kind) && is_id(id) && versioned).then_some(ReferenceForm::Relative { kind })
}

fn is_reference(text: &str) -> bool {
    reference_form(text).is_some()
}

fn is_type_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The resource type an absolute address shows: `.../Type/id` or `.../Type/id/_history/v`.
fn type_in_path(text: &str) -> Option<&str> {
    let path = text.split(['?', '#']).next()?;
    let mut parts = path.rsplit('/');
    let mut last = parts.next()?;
    let mut before = parts.next()?;
    if before == "_history" {
        last = parts.next()?;
        before = parts.next()?;
    }
    (is_id(last) && super::names::is_resource_type(before)).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_to_the_letter_of_fhir() {
        use DateFault::{Impossible, Shape, ZoneMissing};
        let cases = [
            ("2023", Ok(())),
            ("2023-02", Ok(())),
            ("2023-02-28", Ok(())),
            ("2024-02-29", Ok(())),
            ("2023-02-28T10:00:00Z", Ok(())),
            ("2023-02-28T10:00:00.123456+14:00", Ok(())),
            ("2016-12-31T23:59:60Z", Ok(())),
            ("2023-02-29", Err(Impossible)),
            ("2023-02-31", Err(Impossible)),
            ("2023-13", Err(Impossible)),
            ("0000", Err(Impossible)),
            ("2023-02-28T24:00:00Z", Err(Impossible)),
            ("2023-02-28T10:60:00Z", Err(Impossible)),
            ("2023-02-28T10:00:00+15:00", Err(Impossible)),
            ("2023-02-31T10:00:00Z", Err(Impossible)),
            ("2023-02-28T10:00:00", Err(ZoneMissing)),
            ("2023-02-28T10:00Z", Err(Shape)),
            ("2023-02-28T10:00:00.Z", Err(Shape)),
            ("2023-02-28 10:00:00Z", Err(Shape)),
            ("2023-02T10:00:00Z", Err(Shape)),
            ("28/02/2023", Err(Shape)),
            ("2023-2-8", Err(Shape)),
            ("", Err(Shape)),
        ];
        for (text, want) in cases {
            assert_eq!(check_date_time(text), want, "{text}");
        }
        assert_eq!(check_instant("2023-02-28"), Err(DateFault::Precision));
    }

    #[test]
    fn references_have_five_forms_and_no_other() {
        use ReferenceForm::{Absolute, Conditional, Contained, Relative, Urn};
        let cases = [
            ("Patient/1", Some(Relative { kind: "Patient" })),
            ("Patient/1/_history/3", Some(Relative { kind: "Patient" })),
            ("https://a.example/fhir/Patient/1", Some(Absolute { kind: Some("Patient") })),
            ("https://a.example/fhir/Patient/1/_history/2", Some(Absolute { kind: Some("Patient") })),
            ("https://a.example/page.html", Some(Absolute { kind: None })),
            ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", Some(Urn)),
            ("urn:oid:1.2.250.1", Some(Urn)),
            ("#p1", Some(Contained { id: "p1" })),
            ("#", Some(Contained { id: "" })),
            ("Patient?identifier=x|1", Some(Conditional { kind: "Patient" })),
            ("urn:uuid:nonsense", None),
            ("Patient", None),
            ("Patient/", None),
            ("patient/1", None),
            ("Patient/1/2", None),
            ("Patient/a b", None),
            ("", None),
            ("Patient?", None),
        ];
        for (text, want) in cases {
            assert_eq!(reference_form(text), want, "{text}");
        }
    }

    #[test]
    fn a_day_without_time_is_a_day_in_paris() {
        let (first, last) = seconds("2026-02-01").unwrap();
        assert_eq!(first, seconds("2026-01-31T23:00:00Z").unwrap().0);
        assert_eq!(last - first, 86_399);
        assert_eq!(first_day("2026-01-31T23:30:00Z"), first_day("2026-02-01"));
    }

    #[test]
    fn codes_and_strings_are_not_blank() {
        for (text, code, string) in [
            ("a", true, true),
            ("a b", true, true),
            ("a  b", false, true),
            (" a", false, true),
            (" ", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_code(text), code, "{text:?}");
            assert_eq!(is_string(text), string, "{text:?}");
        }
    }
}
