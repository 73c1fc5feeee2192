//! Dates in search: prefixes over intervals, and their sortable form.
//!
//! Owns: what each prefix means when both sides are spans of time (search.html#prefix), and keys
//! that sort by their start within a class of length, so that `ge` too can begin somewhere.

use crate::fhir::facts::date::Interval;
use crate::fhir::facts::date::Moment;
use crate::fhir::facts::date::moment;
use crate::fhir::json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

impl Prefix {
    /// Splits `ge2026` into its prefix and the rest; without a prefix it is `eq`.
    pub fn split(text: &str) -> (Prefix, &str) {
        let prefix = match text.get(..2) {
            Some("eq") => Prefix::Eq,
            Some("ne") => Prefix::Ne,
            Some("gt") => Prefix::Gt,
            Some("lt") => Prefix::Lt,
            Some("ge") => Prefix::Ge,
            Some("le") => Prefix::Le,
            Some("sa") => Prefix::Sa,
            Some("eb") => Prefix::Eb,
            Some("ap") => Prefix::Ap,
            _ => return (Prefix::Eq, text),
        };
        (prefix, &text[2..])
    }

    /// Answers whether `target`, of the resource, satisfies the prefix with `asked`.
    pub fn holds(self, asked: Interval, target: Interval) -> bool {
        let contains = asked.lower <= target.lower && target.upper <= asked.upper;
        let reaches_above = target.upper > asked.upper;
        let reaches_below = target.lower < asked.lower;
        match self {
            Prefix::Eq => contains,
            Prefix::Ne => !contains,
            Prefix::Gt => reaches_above,
            Prefix::Lt => reaches_below,
            Prefix::Ge => reaches_above || contains,
            Prefix::Le => reaches_below || contains,
            Prefix::Sa => target.lower >= asked.upper,
            Prefix::Eb => target.upper <= asked.lower,
            // The tolerance is left to us: the precision of what was asked, no more.
            Prefix::Ap => target.lower < asked.upper && target.upper > asked.lower,
        }
    }

    /// Answers the starts (first, and first not) a target of at most `span` can have.
    pub(super) fn starts(self, asked: Interval, span: i64) -> (i64, i64) {
        let before = |end: i64| if span == i64::MAX { i64::MIN } else { end.saturating_sub(span) };
        match self {
            Prefix::Eq => (asked.lower, asked.upper),
            Prefix::Ne => (i64::MIN, i64::MAX),
            Prefix::Gt => (before(asked.upper), i64::MAX),
            Prefix::Lt | Prefix::Eb => (i64::MIN, asked.lower),
            Prefix::Ge => (before(asked.upper).min(asked.lower), i64::MAX),
            Prefix::Le => (i64::MIN, asked.upper),
            Prefix::Sa => (asked.upper, i64::MAX),
            Prefix::Ap => (before(asked.lower), asked.upper),
        }
    }
}

/// Answers the span of time of a date, a dateTime, an instant, a Period or the events of a Timing, of which only the
/// outer limits matter (search.html#date).
pub(super) fn interval(value: &Value) -> Option<Interval> {
    if value.is_string() {
        return moment(value).map(Moment::interval);
    }
    if let Some(events) = value.get("event").and_then(Value::as_array) {
        let spans = events.iter().filter_map(|event| moment(event).map(Moment::interval));
        return spans
            .reduce(|one, other| Interval { lower: one.lower.min(other.lower), upper: one.upper.max(other.upper) });
    }
    let (start, end) = (moment(&value["start"]), moment(&value["end"]));
    if start.is_none() && end.is_none() {
        return None;
    }
    Some(Interval {
        lower: start.map_or(i64::MIN, |m| m.interval().lower),
        upper: end.map_or(i64::MAX, |m| m.interval().upper),
    })
}

/// Reads the value of a date parameter, prefix included.
pub(super) fn asked(text: &str) -> Option<(Prefix, Interval)> {
    let (prefix, date) = Prefix::split(text);
    // A plus sign that nobody escaped arrives as a blank.
    let date = date.replace(' ', "+");
    Some((prefix, Moment::read(&date)?.interval()))
}

/// The classes of length, longest span of each in microseconds: nearly all dates are days or
/// instants, and the few long ones must not widen the range of all.
pub(super) const SPANS: [i64; 3] = [2 * DAY, 367 * DAY, i64::MAX];
const DAY: i64 = 86_400_000_000;

/// Answers the key of an interval: class, start in whole seconds, length; what is finer than a
/// second follows in full. Nearly all keys are days and instants: 9 bytes and less.
pub(super) fn encode(interval: Interval) -> Vec<u8> {
    let length = interval.upper.saturating_sub(interval.lower);
    let class = SPANS.iter().position(|span| length <= *span).unwrap_or(SPANS.len() - 1);
    let mut key = start_key(class, interval.lower);
    let whole = |micros: i64| micros % SECOND == 0;
    match interval {
        Interval { lower, upper: i64::MAX } if lower == i64::MIN || whole(lower) => key.push(OPEN),
        Interval { lower, upper } if whole(lower) && whole(upper) && upper > lower => {
            let mut seconds = (upper - lower) / SECOND;
            while seconds > 0 {
                key.push(u8::try_from(seconds & 0xff).unwrap_or_default());
                seconds >>= 8;
            }
        }
        Interval { lower, upper } => {
            key.push(FINE);
            key.extend_from_slice(&lower.to_be_bytes());
            key.extend_from_slice(&upper.to_be_bytes());
        }
    }
    key
}

/// Answers the beginning of the keys of that class and second.
pub(super) fn start_key(class: usize, start: i64) -> Vec<u8> {
    let mut key = Vec::with_capacity(10);
    key.push(u8::try_from(class).unwrap_or(u8::MAX));
    key.extend_from_slice(&second(start).to_be_bytes()[3..]);
    key
}

/// Answers the first key after those of that class that start before `end`.
pub(super) fn end_key(class: usize, end: i64) -> Vec<u8> {
    let mut key = start_key(class, end);
    if end % SECOND != 0 {
        let after = second(end) + 1;
        key.truncate(1);
        key.extend_from_slice(&after.to_be_bytes()[3..]);
    }
    key
}

/// Reads what `encode` wrote.
pub(super) fn decode(key: &[u8]) -> Option<Interval> {
    let start = key.get(1..6)?;
    let number = start.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let lower = if number == 0 { i64::MIN } else { (number.cast_signed() - MIDDLE).checked_mul(SECOND)? };
    match key.get(6..)? {
        [OPEN] => Some(Interval { lower, upper: i64::MAX }),
        [FINE, exact @ ..] if exact.len() == 16 => {
            let part = |at: usize| exact.get(at..at + 8)?.try_into().ok().map(i64::from_be_bytes);
            Some(Interval { lower: part(0)?, upper: part(8)? })
        }
        length if (1..=6).contains(&length.len()) => {
            let seconds = length.iter().rev().fold(0i64, |sum, byte| (sum << 8) | i64::from(*byte));
            Some(Interval { lower, upper: lower.checked_add(seconds.checked_mul(SECOND)?)? })
        }
        _ => None,
    }
}

/// Answers a start as a key sorts it: among times of their own class.
pub(super) fn rank(interval: Interval) -> [u8; 8] {
    (interval.lower.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

const SECOND: i64 = 1_000_000;
/// The second 1970-01-01T00:00:00Z in the middle of five bytes; 0 is before all time.
const MIDDLE: i64 = 1 << 39;
/// Forms of the rest of a key; a length in seconds is told from them by how many bytes it takes
/// and by its first byte, which is neither where it stands alone.
const OPEN: u8 = 0;
const FINE: u8 = 0xff;

fn second(micros: i64) -> u64 {
    if micros == i64::MIN { 0 } else { (micros.div_euclid(SECOND) + MIDDLE).clamp(1, (1 << 40) - 2).cast_unsigned() }
}
