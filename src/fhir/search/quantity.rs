//! Quantities: prefixes over numbers, implicit precision, units (search.html#quantity).
//!
//! Units of one dimension whose ratio is fixed by UCUM are compared; any other must be the same.

use super::dates::Prefix;
use crate::fhir::facts::read::decimal;
use crate::fhir::facts::read::text;
use crate::fhir::json::Value;
use rust_decimal::Decimal;

const UCUM: &str = "http://unitsofmeasure.org";

/// What a quantity parameter asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    prefix: Prefix,
    value: Decimal,
    /// The numbers that are written so: from `lower` up to, not including, `upper`.
    lower: Decimal,
    upper: Decimal,
    system: Option<String>,
    code: Option<String>,
}

/// A quantity of a resource: a number, or all on one side of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told<'a> {
    lower: Option<Decimal>,
    upper: Option<Decimal>,
    /// Whether the number itself is left out: what is below 5 is not 5.
    open: bool,
    system: &'a str,
    code: &'a str,
    unit: &'a str,
}

/// Reads a Quantity; `None` when it has no number.
pub(super) fn told<'v>(value: &'v Value<'_>) -> Option<Told<'v>> {
    let number = decimal(&value["value"]).or_else(|| beyond(&value["value"]))?;
    let comparator = text(&value["comparator"]);
    let (lower, upper) = match comparator {
        Some("<" | "<=") => (None, Some(number)),
        Some(">" | ">=") => (Some(number), None),
        _ => (Some(number), Some(number)),
    };
    let word = |name: &str| text(&value[name]).unwrap_or_default();
    let open = matches!(comparator, Some("<" | ">"));
    Some(Told { lower, upper, open, system: word("system"), code: word("code"), unit: word("unit") })
}

/// Answers the nearest number to one that has more digits than are compared: it stays on its side of
/// whatever can be asked.
fn beyond(value: &Value) -> Option<Decimal> {
    let number = value.as_number()?.as_f64()?;
    Some(match number {
        n if n.abs() < 1.0 => Decimal::ZERO,
        n if n < 0.0 => Decimal::MIN,
        _ => Decimal::MAX,
    })
}

/// Answers the number by which a quantity is sorted.
pub(super) fn rank(told: &Told<'_>) -> Option<Decimal> {
    let number = told.lower.or(told.upper)?;
    Some(number.checked_mul(scale(told.code).map_or(Decimal::ONE, |(_, factor)| factor)).unwrap_or(number))
}

/// Reads `[prefix]number`, `[prefix]number|system|code` or `[prefix]number||code`; answers the form it
/// should have otherwise. A number of more digits than are compared would find nothing, or too much.
pub(super) fn asked(parts: &[String]) -> Result<Asked, &'static str> {
    let (number, system, code) = match parts {
        [number] => (number, "", ""),
        [number, system, code] => (number, system.as_str(), code.as_str()),
        _ => return Err("quantity"),
    };
    let (prefix, number) = Prefix::split(number.trim());
    let written = Written::read(number).ok_or("quantity")?;
    ranged(prefix, &written, (system, code)).ok_or("quantity (1e-28 … 1e28)")
}

fn ranged(prefix: Prefix, written: &Written<'_>, (system, code): (&str, &str)) -> Option<Asked> {
    let (value, half) = precise(written)?;
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (lower, upper) = match prefix {
        Prefix::Ap => {
            let tenth = value.abs().checked_mul(Decimal::new(1, 1))?.max(half);
            (value.checked_sub(tenth)?, value.checked_add(tenth)?)
        }
        _ => (value.checked_sub(half)?, value.checked_add(half)?),
    };
    Some(Asked { prefix, value, lower, upper, system: filled(system), code: filled(code) })
}

/// A number as it is written.
struct Written<'t> {
    /// With the sign.
    digits: &'t str,
    fraction: &'t str,
    exponent: &'t str,
}

impl Written<'_> {
    fn read(number: &str) -> Option<Written<'_>> {
        let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let bare = digits.strip_prefix(['-', '+']).unwrap_or(digits);
        let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let read = !whole.is_empty() && all_digits(whole) && all_digits(fraction) && !bare.ends_with('.');
        (read && !power.is_empty() && all_digits(power)).then_some(Written { digits, fraction, exponent })
    }
}

/// Answers a number and half a unit of its last digit: `5.40` is known to 0.005, `1e2` to 50.
fn precise(Written { digits, fraction, exponent }: &Written<'_>) -> Option<(Decimal, Decimal)> {
    let exponent = exponent.parse::<i32>().ok()?;
    let value = digits.trim_start_matches('+').parse::<Decimal>().ok()?;
    let half = Decimal::new(5, 1).checked_mul(power(-i32::try_from(fraction.len()).ok()?)?)?;
    Some((value.checked_mul(power(exponent)?)?, half.checked_mul(power(exponent)?)?))
}

fn power(exponent: i32) -> Option<Decimal> {
    match exponent {
        0..=28 => Some(Decimal::from_i128_with_scale(10i128.pow(exponent.unsigned_abs()), 0)),
        -28..0 => Some(Decimal::new(1, exponent.unsigned_abs())),
        _ => None,
    }
}

impl Asked {
    /// Answers whether a quantity of a resource is asked for; without a unit any unit is.
    pub(super) fn holds(&self, told: &Told<'_>) -> bool {
        let Some(factor) = self.factor(told) else { return false };
        let scaled = |number: Option<Decimal>| number.map(|n| n.checked_mul(factor).unwrap_or(n));
        let (low, high) = (scaled(told.lower), scaled(told.upper));
        let above = |limit: Decimal| high.is_none_or(|h| h > limit);
        let below = |limit: Decimal| low.is_none_or(|l| l < limit);
        let at = |bound: Option<Decimal>| bound == Some(self.value);
        let within = low.is_some_and(|l| l >= self.lower) && high.is_some_and(|h| h < self.upper);
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => above(self.value),
            Prefix::Lt => below(self.value),
            Prefix::Ge => above(self.value) || !told.open && at(high),
            Prefix::Le => below(self.value) || !told.open && at(low),
            Prefix::Sa => low.is_some_and(|l| l > self.value) || told.open && at(low),
            Prefix::Eb => high.is_some_and(|h| h < self.value) || told.open && at(high),
            Prefix::Ap if told.open => above(self.lower) && below(self.upper),
            Prefix::Ap => high.is_none_or(|h| h >= self.lower) && low.is_none_or(|l| l <= self.upper),
        }
    }

    /// Answers by what a told number is multiplied to be in the unit asked; `None`: it never is.
    fn factor(&self, told: &Told<'_>) -> Option<Decimal> {
        let Some(code) = &self.code else {
            return self.system.as_deref().is_none_or(|s| s == told.system).then_some(Decimal::ONE);
        };
        if self.system.as_deref().is_some_and(|s| s != told.system) {
            return None;
        }
        // Without a system the code may be the unit in words as well (search.html#quantity).
        if *code == told.code || (self.system.is_none() && *code == told.unit) {
            return Some(Decimal::ONE);
        }
        let ((one, from), (other, to)) = (scale(told.code)?, scale(code)?);
        (told.system == UCUM && one == other).then(|| from.checked_div(to)).flatten()
    }
}

/// Answers the base and the factor to it of the UCUM units that practices use.
fn scale(code: &str) -> Option<(&'static str, Decimal)> {
    let thousandths = |base, steps: u32| Some((base, Decimal::new(1, steps)));
    let whole = |base, times: i64| Some((base, Decimal::new(times, 0)));
    match code {
        "kg" => whole("g", 1000),
        "g" => whole("g", 1),
        "mg" => thousandths("g", 3),
        "ug" => thousandths("g", 6),
        "m" => whole("m", 1),
        "cm" => thousandths("m", 2),
        "mm" => thousandths("m", 3),
        "L" | "l" => whole("L", 1),
        "dL" | "dl" => thousandths("L", 1),
        "mL" | "ml" => thousandths("L", 3),
        "g/L" | "g/l" | "mg/mL" => whole("g/L", 1),
        "mg/L" | "mg/l" => thousandths("g/L", 3),
        "mg/dL" | "mg/dl" => thousandths("g/L", 2),
        "g/dL" | "g/dl" => whole("g/L", 10),
        "mol/L" | "mol/l" => whole("mol/L", 1),
        "mmol/L" | "mmol/l" => thousandths("mol/L", 3),
        "umol/L" | "umol/l" => thousandths("mol/L", 6),
        "s" => whole("s", 1),
        "min" => whole("s", 60),
        "h" => whole("s", 3600),
        "d" => whole("s", 86_400),
        "wk" => whole("s", 604_800),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::json::tree;
    use serde_json::Value;
    use serde_json::json;

    fn holds(text: &str, quantity: &Value) -> bool {
        let parts: Vec<String> = text.split('|').map(str::to_owned).collect();
        let asked = asked(&parts).unwrap_or_else(|_| panic!("{text}"));
        told(&tree(quantity)).is_some_and(|t| asked.holds(&t))
    }

    #[test]
    fn numbers_are_compared_with_the_precision_in_which_they_are_asked() {
        let kg = |value: Value| json!({"value": value, "unit": "kilo", "system": UCUM, "code": "kg"});
        let cases = [
            ("5.4", json!(5.4), true),
            ("5.4", json!(5.35), true),
            ("5.4", json!(5.449), true),
            ("5.4", json!(5.45), false),
            ("5.40", json!(5.404), true),
            ("5.40", json!(5.406), false),
            ("100", json!(99.5), true),
            ("100", json!(100.5), false),
            ("1e2", json!(149), true),
            ("1e2", json!(150), false),
            ("1.0e2", json!(106), false),
            ("ne5.4", json!(5.449), false),
            ("ne5.4", json!(6), true),
            ("gt5.4", json!(5.41), true),
            ("gt5.4", json!(5.4), false),
            ("ge5.4", json!(5.4), true),
            ("lt5.4", json!(5.4), false),
            ("lt5.4", json!(5.39), true),
            ("le5.4", json!(5.4), true),
            ("le5.4", json!(5.41), false),
            ("sa5.4", json!(5.41), true),
            ("eb5.4", json!(5.39), true),
            ("ap100", json!(91), true),
            ("ap100", json!(111), false),
            ("-3", json!(-3), true),
            ("lt0", json!(-0.1), true),
        ];
        for (text, value, want) in cases {
            assert_eq!(holds(text, &kg(value.clone())), want, "{text} {value}");
            assert_eq!(holds(&format!("{text}|{UCUM}|kg"), &kg(value.clone())), want, "{text} {value}");
            assert_eq!(holds(&format!("{text}||kg"), &kg(value.clone())), want, "{text} {value}");
            assert_eq!(holds(&format!("{text}||kilo"), &kg(value.clone())), want, "{text} {value}");
            assert!(!holds(&format!("{text}|http://else|kg"), &kg(value)), "{text}");
        }
    }

    #[test]
    fn units_of_one_dimension_meet_and_others_do_not() {
        let quantity = json!({"value": 1.72, "system": UCUM, "code": "m"});
        for (text, want) in [
            (format!("172|{UCUM}|cm"), true),
            ("172||cm".to_owned(), true),
            (format!("gt171|{UCUM}|cm"), true),
            (format!("1720|{UCUM}|mm"), true),
            (format!("1.72|{UCUM}|kg"), false),
            (format!("172|{UCUM}|"), false),
            (format!("1.72|{UCUM}|"), true),
            ("1.72".to_owned(), true),
        ] {
            assert_eq!(holds(&text, &quantity), want, "{text}");
        }
        // Words are no units: they are not converted.
        assert!(!holds("172||cm", &json!({"value": 1.72, "unit": "m"})));
    }

    #[test]
    fn a_comparator_tells_a_side_only() {
        // What is asked, and whether it is found of what is below, at most, above and at least 5.4.
        let cases = [
            ("lt5.4", [true, true, false, false]),
            ("lt1", [true, true, false, false]),
            ("le5.4", [true, true, false, true]),
            ("gt5.4", [false, false, true, true]),
            ("gt4", [true, true, true, true]),
            ("ge5.4", [false, true, true, true]),
            ("5.4", [false, false, false, false]),
            ("ne5.4", [true, true, true, true]),
            ("sa5.4", [false, false, true, false]),
            ("sa5.3", [false, false, true, true]),
            ("eb5.4", [true, false, false, false]),
            ("eb5.5", [true, true, false, false]),
            ("ap6.0", [false, true, true, true]),
            ("ap5", [true, true, true, true]),
            ("ap4.9", [true, true, false, false]),
        ];
        for (text, want) in cases {
            let told = ["<", "<=", ">", ">="];
            let found = told
                .map(|sign| holds(text, &json!({"value": 5.4, "comparator": sign, "system": UCUM, "code": "mg/L"})));
            assert_eq!(found, want, "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in ["", "x", "5|", "5|a|b|c", "5.|", ".5", "1e99", "5,4", "gt", "1e", "--1"] {
            let parts: Vec<String> = text.split('|').map(str::to_owned).collect();
            assert!(asked(&parts).is_err(), "{text}");
        }
    }
}
