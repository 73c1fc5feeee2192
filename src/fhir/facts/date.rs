//! FHIR dates, dateTimes and instants: civil days in Paris for facts, intervals for search.
//!
//! Owns: the one reading of a date text. A date without time or zone is a civil date in
//! Europe/Paris; a zoned one is moved there. Implements datatypes.html#dateTime (FHIR R4).

use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::calendar::paris;
use crate::fhir::json::Value;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::DateTime;

/// A date text, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A year, a month or a day.
    Civil(PartialDate),
    /// With a time of day.
    Timed(Timed),
}

/// An instant and how precisely it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// Microseconds since 1970-01-01T00:00:00Z.
    at: i64,
    /// Microseconds of its precision: a minute, a second, or a fraction of one.
    resolution: i64,
}

/// A span of time in microseconds since 1970-01-01T00:00:00Z: from `lower` up to, not including,
/// `upper`. `i64::MIN` and `i64::MAX` are open ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub lower: i64,
    pub upper: i64,
}

impl Interval {
    pub const ALWAYS: Interval = Interval { lower: i64::MIN, upper: i64::MAX };
}

impl Moment {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm[:ss[.fff]]` with `Z`, `+hh:mm`
    /// or no zone (then Paris). `None` when it is none of them or no such day exists.
    pub fn read(text: &str) -> Option<Moment> {
        let text = text.trim();
        match text.split_once('T') {
            None => text.parse().ok().map(Moment::Civil),
            Some((date, time)) => timed(date, time).map(Moment::Timed),
        }
    }

    /// Answers the civil date in Paris, and the second of that day when a time was told.
    pub fn when(self) -> When {
        match self {
            Moment::Civil(date) => When { date, second: None },
            Moment::Timed(timed) => {
                let (day, second) = in_paris(timed.at);
                When { date: PartialDate::Day(day), second: Some(second) }
            }
        }
    }

    /// Answers the span of time the text stands for.
    pub fn interval(self) -> Interval {
        match self {
            Moment::Civil(date) => {
                Interval { lower: start_of(date.earliest().civil()), upper: end_of(date.latest().civil()) }
            }
            Moment::Timed(Timed { at, resolution }) => Interval { lower: at, upper: at.saturating_add(resolution) },
        }
    }

    /// Answers the instant, in microseconds, when a time was told.
    pub fn instant(self) -> Option<i64> {
        match self {
            Moment::Timed(timed) => Some(timed.at),
            Moment::Civil(_) => None,
        }
    }
}

fn start_of(day: Date) -> i64 {
    of_paris(day.to_datetime(jiff::civil::Time::midnight()))
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;
/// At the end of time, beyond what the calendar crate moves between zones, Paris keeps to this offset.
const LAST_OFFSET: i64 = 3_600;

/// Answers the instant of a civil time in Paris.
fn of_paris(local: DateTime) -> i64 {
    let told = paris().to_timestamp(local).map(Timestamp::as_microsecond);
    told.unwrap_or_else(|_| of_utc(local) - LAST_OFFSET * SECOND)
}

/// Answers the instant of a civil time in UTC.
fn of_utc(local: DateTime) -> i64 {
    let days = local.date().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    let time = local.time();
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    (days * DAY + seconds) * SECOND + i64::from(time.subsec_nanosecond()) / 1000
}

/// Answers the civil day in Paris and the second of that day. What falls into a year that no date can
/// name is at the first or the last moment there is.
fn in_paris(at: i64) -> (Day, u32) {
    if let Ok(stamp) = Timestamp::from_microsecond(at) {
        let local = paris().to_datetime(stamp);
        let second = u32::from(local.hour().unsigned_abs()) * 3600
            + u32::from(local.minute().unsigned_abs()) * 60
            + u32::from(local.second().unsigned_abs());
        return if local.year() < 1 { (Day::min_value(), 0) } else { (Day::from_civil(local.date()), second) };
    }
    let last = Day::max_value();
    let since =
        at.div_euclid(SECOND) + LAST_OFFSET - of_utc(last.civil().to_datetime(jiff::civil::Time::midnight())) / SECOND;
    let day = if since < 0 { last.add_days(-1) } else { last };
    let second = if since < 0 { since + DAY } else { since.min(DAY - 1) };
    (day, u32::try_from(second).unwrap_or_default())
}

fn end_of(day: Date) -> i64 {
    day.tomorrow().map_or(i64::MAX, start_of)
}

fn timed(date: &str, time: &str) -> Option<Timed> {
    let PartialDate::Day(day) = date.parse().ok()? else { return None };
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let (second, fraction) = match parts.next() {
        None => (None, ""),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').map_or((seconds, ""), |(w, f)| (w, f));
            (Some(two(whole)?), fraction)
        }
    };
    // A leap second has no civil instant of its own: it is the end of its minute.
    let civil_second = second.unwrap_or(0).min(59);
    if second.is_some_and(|s| s > 60) || !fraction.bytes().all(|b| b.is_ascii_digit()) || clock.ends_with('.') {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let nanos = micros.parse::<i32>().ok()?.checked_mul(1000)?;
    let local = day.civil().to_datetime(jiff::civil::Time::new(hour, minute, civil_second, nanos).ok()?);
    let resolution = match second {
        None => 60_000_000,
        Some(_) => 10i64.pow(6 - u32::try_from(fraction.len().min(6)).unwrap_or(6)),
    };
    Some(Timed { at: zoned(local, zone)?, resolution })
}

fn zoned(local: DateTime, zone: &str) -> Option<i64> {
    let seconds = match zone.as_bytes().first() {
        None => return Some(of_paris(local)),
        Some(b'Z') if zone.len() == 1 => 0,
        Some(sign @ (b'+' | b'-')) => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let (hours, minutes) = (two(hours)?, two(minutes)?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        Some(_) => return None,
    };
    Some(of_utc(local) - seconds * SECOND)
}

fn two(text: &str) -> Option<i8> {
    let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Answers the date of a JSON text.
pub fn when(value: &Value) -> Option<When> {
    moment(value).map(Moment::when)
}

pub fn moment(value: &Value) -> Option<Moment> {
    value.as_str().and_then(Moment::read)
}

/// Answers a FHIR Period as civil days; what is missing or unreadable is open.
pub fn period(value: &Value) -> Period {
    Period { start: when(&value["start"]), end: when(&value["end"]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zoned_instant_is_a_day_and_a_second_in_paris() {
        let cases = [
            ("2026", "2026", None),
            ("2026-03", "2026-03", None),
            ("2026-03-29", "2026-03-29", None),
            (" 2026-03-29 ", "2026-03-29", None),
            ("2026-01-31T23:30:00Z", "2026-02-01", Some(1800)),
            ("2026-07-31T22:00:00.123456789Z", "2026-08-01", Some(0)),
            ("2026-07-31T21:59:59Z", "2026-07-31", Some(86399)),
            ("2026-01-31T23:30:00+01:00", "2026-01-31", Some(84600)),
            ("2026-02-01T04:00:00+14:00", "2026-01-31", Some(54000)),
            ("2026-02-01T00:30:00-04:00", "2026-02-01", Some(19800)),
            ("2026-02-01T10:15:00", "2026-02-01", Some(36900)),
            ("2026-02-01T10:15", "2026-02-01", Some(36900)),
            ("2026-02-01T10:15Z", "2026-02-01", Some(40500)),
            ("2016-12-31T23:59:60Z", "2017-01-01", Some(3599)),
            // The ends of time: what senders write for "always" and "never".
            ("0001-01-01T00:00:00Z", "0001-01-01", Some(561)),
            ("0001-01-01T00:00:00+01:00", "0001-01-01", Some(0)),
            ("9999-12-30T21:59:59Z", "9999-12-30", Some(82_799)),
            ("9999-12-30T22:59:59Z", "9999-12-30", Some(86_399)),
            ("9999-12-30T23:00:00Z", "9999-12-31", Some(0)),
            ("9999-12-31T00:00:00+01:00", "9999-12-31", Some(0)),
            ("9999-12-31T23:59:59", "9999-12-31", Some(86_399)),
            ("9999-12-31T23:59:59Z", "9999-12-31", Some(86_399)),
            ("9999-12-31T23:59:59.999-05:00", "9999-12-31", Some(86_399)),
        ];
        for (text, date, second) in cases {
            let when = Moment::read(text).unwrap_or_else(|| panic!("{text}")).when();
            assert_eq!((when.date.to_string().as_str(), when.second), (date, second), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "26",
            "2026-13",
            "2023-02-31",
            "2023-02-31T10:00:00Z",
            "2026-02-01T",
            "2026-02T10:00:00Z",
            "2026-02-01T24:00:00Z",
            "2026-02-01T10",
            "2026-02-01T10:00:00+1:00",
            "2026-02-01T10:00:00ZZ",
            "2026-02-01T10:00:00.Z",
            "2026-02-01T10:00:61Z",
            "2026-02-01T10:00:00+15:00",
            "2026-02-01T10:0x:00Z",
            "hier",
            "2026-02-01T10:00:00.12x4Z",
        ] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }

    #[test]
    fn an_interval_is_as_long_as_the_text_is_precise() {
        let hour = 3_600_000_000i64;
        for (text, length) in [
            ("2026-03-29", 23 * hour),
            ("2026-10-25", 25 * hour),
            ("2026-01-01", 24 * hour),
            ("2026-02", 28 * 24 * hour),
            ("2024", 366 * 24 * hour),
            ("2026-01-01T10:00Z", 60_000_000),
            ("2026-01-01T10:00:00Z", 1_000_000),
            ("2026-01-01T10:00:00.5Z", 100_000),
            ("2026-01-01T10:00:00.123456789Z", 1),
        ] {
            let interval = Moment::read(text).unwrap().interval();
            assert_eq!(interval.upper - interval.lower, length, "{text}");
        }
        let last = Moment::read("9999-12-31").unwrap().interval();
        assert_eq!(last.upper, i64::MAX);
        assert_eq!(Some(last.lower), Moment::read("9999-12-30T23:00:00Z").unwrap().instant());
        let ends = ["9999-12-29", "9999-12-30", "9999-12-30T21:59:00Z", "9999-12-30T22:59:00Z", "9999-12-31T10:00:00Z"];
        let starts = ends.map(|text| Moment::read(text).unwrap().interval().lower);
        assert!(starts.is_sorted(), "{starts:?}");
        // Midnight in Paris, in summer, is 22:00 of the day before in UTC.
        let summer = Moment::read("2026-07-01").unwrap().interval().lower;
        assert_eq!(Some(summer), Moment::read("2026-06-30T22:00:00Z").unwrap().instant());
    }
}
