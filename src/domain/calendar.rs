//! Civil dates: days, months, partial dates and the month arithmetic the rules use.
//!
//! Owns: `Day`, `Month`, `PartialDate`, `When`, `Instant`. All days are civil days in
//! Europe/Paris; the conversion from zoned instants happens once, where a fact is read.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A civil day in Europe/Paris. Ordered by time; valid from year 1 to 9999. Packed as year, month
/// and day of month in one integer: rules compare days far more often than they reckon with them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A civil month in Europe/Paris, written `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// What is wrong with the text of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text does not have the shape of a date of this kind.
    #[error("not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")]
    Shape,
    /// The text has the shape of a date, but no calendar has that day.
    #[error("this day does not exist")]
    Impossible,
}

impl Day {
    /// Answers the day `year-month-day`, or `Impossible` (2023-02-31).
    pub fn new(year: i16, month: i8, day: i8) -> Result<Day, DateError> {
        let month = Month::new(year, month)?;
        if (1..=month.length()).contains(&day) { Ok(month.day(day)) } else { Err(DateError::Impossible) }
    }

    /// Reads a civil date of the calendar crate; one before the first day there is, is that day.
    pub fn from_civil(date: Date) -> Day {
        if date.year() < 1 {
            return Day::min_value();
        }
        Month { year: date.year(), month: date.month() }.day(date.day())
    }

    /// Answers the civil date of the calendar crate.
    pub fn civil(self) -> Date {
        let (month, day) = self.month_day();
        jiff::civil::date(self.year(), month, day)
    }

    pub fn year(self) -> i16 {
        (self.0 >> 9) as i16
    }

    /// Answers the civil month this day belongs to.
    pub fn month(self) -> Month {
        Month { year: self.year(), month: self.month_day().0 }
    }

    /// Answers (month 1..=12, day of month 1..=31).
    pub fn month_day(self) -> (i8, i8) {
        (((self.0 >> 5) & 0xf) as i8, (self.0 & 0x1f) as i8)
    }

    /// Answers the same day `months` later (negative: earlier), clamped to the month's end:
    /// 31 August + 6 months is 28 (or 29) February.
    pub fn add_months(self, months: i32) -> Day {
        let (month, day) = self.month_day();
        let month = (i32::from(self.year()) * 12 + i32::from(month) - 1).saturating_add(months);
        match (i16::try_from(month.div_euclid(12)), (month.rem_euclid(12) + 1) as i8) {
            (Ok(year @ 1..=9999), number) => {
                let month = Month { year, month: number };
                month.day(day.min(month.length()))
            }
            _ if months < 0 => Day::min_value(),
            _ => Day::max_value(),
        }
    }

    pub fn add_days(self, days: i32) -> Day {
        Day::from_civil(self.civil().saturating_add(days.days()))
    }

    /// Answers how many days lie between the two (positive when `self` is later).
    pub fn days_since(self, earlier: Day) -> i32 {
        self.civil().since(earlier.civil()).map(|s: Span| s.get_days()).unwrap_or(0)
    }

    /// Answers the day on which someone born on `self` reaches `years`.
    /// A birth on 29 February turns on 1 March of a common year (domain reading, a parameter of law).
    pub fn birthday(self, years: i16) -> Day {
        let year = self.year().saturating_add(years).min(9999);
        let (month, day) = self.month_day();
        let month = Month { year, month };
        if day <= month.length() { month.day(day) } else { Month { month: 3, ..month }.day(1) }
    }

    /// Answers the completed years at `on` of someone born on `self` (negative before birth).
    pub fn age_at(self, on: Day) -> i16 {
        let years = on.year() - self.year();
        if on < self.birthday(years) { years - 1 } else { years }
    }

    pub const fn min_value() -> Day {
        Month { year: 1, month: 1 }.day(1)
    }

    pub const fn max_value() -> Day {
        Month { year: 9999, month: 12 }.day(31)
    }

    /// Packs the day in an integer that sorts as the day does.
    pub fn to_ordinal(self) -> i32 {
        self.0
    }

    /// Reads what `to_ordinal` wrote.
    pub fn from_ordinal(packed: i32) -> Result<Day, DateError> {
        let year = i16::try_from(packed >> 9).map_err(|_| DateError::Impossible)?;
        Day::new(year, ((packed >> 5) & 0xf) as i8, (packed & 0x1f) as i8)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (month, day) = self.month_day();
        write!(f, "{:04}-{month:02}-{day:02}", self.year())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Day, DateError> {
        match text.parse::<PartialDate>()? {
            PartialDate::Day(day) => Ok(day),
            _ => Err(DateError::Shape),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i32(self.to_ordinal())
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
        Day::from_ordinal(i32::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl Month {
    pub fn new(year: i16, month: i8) -> Result<Month, DateError> {
        if (1..=9999).contains(&year) && (1..=12).contains(&month) {
            Ok(Month { year, month })
        } else {
            Err(DateError::Impossible)
        }
    }

    pub fn year(self) -> i16 {
        self.year
    }

    /// Answers the number of the month, 1 to 12.
    pub fn number(self) -> i8 {
        self.month
    }

    /// Packs the month in an integer that sorts as the month does.
    pub fn to_ordinal(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }

    /// Reads what `to_ordinal` wrote.
    pub fn from_ordinal(packed: i32) -> Result<Month, DateError> {
        let year = i16::try_from(packed.div_euclid(12)).map_err(|_| DateError::Impossible)?;
        Month::new(year, (packed.rem_euclid(12) + 1) as i8)
    }

    pub fn first_day(self) -> Day {
        self.day(1)
    }

    pub fn last_day(self) -> Day {
        self.day(self.length())
    }

    /// Answers how many days the month has.
    const fn length(self) -> i8 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    // Only with a day the month has.
    const fn day(self, day: i8) -> Day {
        Day(((self.year as i32) << 9) | ((self.month as i32) << 5) | (day as i32))
    }

    /// Answers how many months lie between the two (positive when `self` is later).
    pub fn months_since(self, earlier: Month) -> i32 {
        (i32::from(self.year) - i32::from(earlier.year)) * 12 + i32::from(self.month) - i32::from(earlier.month)
    }

    pub const fn max_value() -> Month {
        Month { year: 9999, month: 12 }
    }

    /// Answers the month `n` later (negative: earlier).
    pub fn add_months(self, n: i32) -> Month {
        self.first_day().add_months(n).month()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Month, DateError> {
        match text.parse::<PartialDate>()? {
            PartialDate::Month(month) => Ok(month),
            _ => Err(DateError::Shape),
        }
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i32(self.to_ordinal())
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Month, D::Error> {
        Month::from_ordinal(i32::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// A date of FHIR precision: a year, a month or a day. It names every day it may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartialDate {
    Year(i16),
    Month(Month),
    Day(Day),
}

impl PartialDate {
    /// Answers the first day it may stand for.
    pub fn earliest(self) -> Day {
        match self {
            PartialDate::Year(year) => Month { year, month: 1 }.day(1),
            PartialDate::Month(m) => m.first_day(),
            PartialDate::Day(d) => d,
        }
    }

    /// Answers the last day it may stand for.
    pub fn latest(self) -> Day {
        match self {
            PartialDate::Year(year) => Month { year, month: 12 }.day(31),
            PartialDate::Month(m) => m.last_day(),
            PartialDate::Day(d) => d,
        }
    }

    /// Answers the middle convention of the prevention card for a birth date:
    /// YYYY is 1 July, YYYY-MM is the 15th.
    pub fn midpoint(self) -> Day {
        match self {
            PartialDate::Year(year) => Month { year, month: 7 }.day(1),
            PartialDate::Month(m) => m.day(15),
            PartialDate::Day(d) => d,
        }
    }

    pub fn is_exact(self) -> bool {
        matches!(self, PartialDate::Day(_))
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartialDate::Year(y) => write!(f, "{y:04}"),
            PartialDate::Month(m) => m.fmt(f),
            PartialDate::Day(d) => fmt::Display::fmt(d, f),
        }
    }
}

fn digits(text: &str, len: usize) -> Result<i16, DateError> {
    if text.len() == len && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().map_err(|_| DateError::Shape)
    } else {
        Err(DateError::Shape)
    }
}

impl FromStr for PartialDate {
    type Err = DateError;
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD` (FHIR `date`, without time).
    fn from_str(text: &str) -> Result<PartialDate, DateError> {
        let mut parts = text.split('-');
        let year = digits(parts.next().unwrap_or(""), 4)?;
        let month = parts.next().map(|m| digits(m, 2)).transpose()?;
        let day = parts.next().map(|d| digits(d, 2)).transpose()?;
        if parts.next().is_some() {
            return Err(DateError::Shape);
        }
        if year == 0 {
            return Err(DateError::Impossible);
        }
        match (month, day) {
            (Some(m), Some(d)) => Ok(PartialDate::Day(Day::new(year, m as i8, d as i8)?)),
            (Some(m), None) => Ok(PartialDate::Month(Month::new(year, m as i8)?)),
            (None, _) => Ok(PartialDate::Year(year)),
        }
    }
}

/// When a fact happened: the civil date in Paris as precisely as known, and the second of that
/// day when the source gave a time (used only to order two facts of one day: the later counts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    pub date: PartialDate,
    pub second: Option<u32>,
}

impl When {
    pub fn day(day: Day) -> When {
        When { date: PartialDate::Day(day), second: None }
    }

    /// Answers the earliest day it may stand for: the reading of evidence dates.
    pub fn earliest(&self) -> Day {
        self.date.earliest()
    }

    /// Answers it as a FHIR dateTime: with the time and the offset of Paris, where a time was told.
    pub fn date_time(&self) -> String {
        let (PartialDate::Day(day), Some(second)) = (self.date, self.second) else { return self.date.to_string() };
        let midnight = day.civil().at(0, 0, 0, 0);
        let local = midnight.checked_add(i64::from(second).seconds()).unwrap_or(midnight);
        match local.to_zoned(paris().clone()) {
            Ok(zoned) => zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            Err(_) => day.to_string(),
        }
    }
}

/// A period of civil days; a missing bound is open. Both ends are included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub start: Option<When>,
    pub end: Option<When>,
}

impl Period {
    /// Answers whether some day of `first..=last` may lie in the period
    /// (a partial bound stands for its widest reading).
    pub fn overlaps(&self, first: Day, last: Day) -> bool {
        self.start.is_none_or(|s| s.date.earliest() <= last) && self.end.is_none_or(|e| e.date.latest() >= first)
    }

    pub fn contains(&self, day: Day) -> bool {
        self.overlaps(day, day)
    }
}

/// An instant of knowledge time: microseconds since 1970-01-01T00:00:00Z.
/// The store gives each commit one, strictly increasing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Instant(pub i64);

impl Instant {
    pub const MAX: Instant = Instant(i64::MAX);

    /// Answers the civil day in Europe/Paris of this instant.
    pub fn paris_day(self) -> Day {
        let zone = paris();
        let stamp = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Day::from_civil(zone.to_datetime(stamp).date())
    }
}

impl fmt::Display for Instant {
    /// Writes a FHIR instant in UTC with six decimals, always the same width.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{stamp:.6}")
    }
}

impl FromStr for Instant {
    type Err = DateError;
    /// Reads a FHIR instant: date, time and zone. A `+` that a URL turned into a blank is understood.
    fn from_str(text: &str) -> Result<Instant, DateError> {
        let stamp: jiff::Timestamp = text.replace(' ', "+").parse().map_err(|_| DateError::Shape)?;
        Ok(Instant(stamp.as_microsecond()))
    }
}

/// Answers the time zone of French law, from the bundled time zone database.
pub fn paris() -> &'static jiff::tz::TimeZone {
    static PARIS: std::sync::LazyLock<jiff::tz::TimeZone> =
        std::sync::LazyLock::new(|| jiff::tz::TimeZone::get("Europe/Paris").unwrap_or(jiff::tz::TimeZone::UTC));
    &PARIS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_calendar_months_clamped_to_month_end() {
        let cases = [
            ("2024-02-29", -24, "2022-02-28"),
            ("2026-08-31", 6, "2027-02-28"),
            ("2026-10-31", -24, "2024-10-31"),
            ("2026-03-31", -1, "2026-02-28"),
        ];
        for (from, months, want) in cases {
            assert_eq!(day(from).add_months(months), day(want), "{from} {months:+}");
        }
    }

    #[test]
    fn a_birth_on_29_february_turns_on_1_march() {
        assert_eq!(day("2024-02-29").birthday(1), day("2025-03-01"));
        assert_eq!(day("2024-02-29").age_at(day("2025-02-28")), 0);
        assert_eq!(day("2024-02-29").age_at(day("2025-03-01")), 1);
        assert_eq!(day("2024-02-29").age_at(day("2028-02-29")), 4);
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in ["2023-02-31", "2023-13", "2023-00-10", "0000"] {
            assert_eq!(text.parse::<PartialDate>(), Err(DateError::Impossible), "{text}");
        }
        for text in ["23", "2023-1", "2023-01-01T00", "", "2023-01-01-01"] {
            assert_eq!(text.parse::<PartialDate>(), Err(DateError::Shape), "{text}");
        }
    }

    #[test]
    fn an_instant_belongs_to_its_day_in_paris() {
        // 2026-01-31T23:30:00Z is already 1 February in Paris.
        let instant = Instant(
            jiff::civil::datetime(2026, 1, 31, 23, 30, 0, 0)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .unwrap()
                .timestamp()
                .as_microsecond(),
        );
        assert_eq!(instant.paris_day(), day("2026-02-01"));
        assert_eq!(instant.to_string(), "2026-01-31T23:30:00.000000Z");
    }

    #[test]
    fn a_time_is_told_with_the_offset_of_its_day() {
        let cases = [
            ("2026-01-31", Some(64_800), "2026-01-31T18:00:00+01:00"),
            ("2026-07-31", Some(64_801), "2026-07-31T18:00:01+02:00"),
            ("2026-07-31", None, "2026-07-31"),
            ("2026-07", Some(5), "2026-07"),
        ];
        for (date, second, want) in cases {
            assert_eq!(When { date: date.parse().unwrap(), second }.date_time(), want);
        }
    }

    #[test]
    fn packed_days_sort_as_days_and_come_back() {
        let days = ["0001-01-01", "1999-12-31", "2000-01-01", "2024-02-29", "9999-12-31"].map(day);
        for pair in days.windows(2) {
            assert!(pair[0].to_ordinal() < pair[1].to_ordinal());
        }
        for d in days {
            assert_eq!(Day::from_ordinal(d.to_ordinal()), Ok(d));
        }
        // A year that is written on no date: what is moved to Paris may fall into it.
        assert_eq!(Day::from_civil(jiff::civil::date(0, 12, 31)), day("0001-01-01"));
        assert_eq!(day("0001-01-01").add_days(-1), day("0001-01-01"));
    }
}
