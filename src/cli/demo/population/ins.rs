//! Identifiers that look like the real ones and can belong to nobody.
//!
//! A matricule INS has the layout of the NIR (sex, year, month, place of birth, order, key). Here
//! the commune is always 000, which the Code officiel géographique attributes to none, and the
//! matricule travels under the test OID. RPPS and FINESS numbers begin with 99, which is no
//! attributed prefix, and end with their Luhn digit.

use crate::domain::calendar::Day;
use crate::domain::fact::Sex;

/// Metropolitan départements, Corsica by its letters, and 00 that is none: see `matricule`.
const PLACES: u32 = 97;
const ORDERS: u32 = 999;

/// Answers the matricule of patient number `index`, different for every index below 96,903
/// whatever the births, with its key.
pub(super) fn matricule(index: u32, sex: Sex, born: Day) -> String {
    let first = if sex == Sex::Female { 2 } else { 1 };
    let (month, _) = born.month_day();
    let order = 1 + index % ORDERS;
    let digits = format!("{first}{:02}{month:02}{}{order:03}", born.year().rem_euclid(100), place(index));
    let control = key(&digits);
    format!("{digits}{control:02}")
}

/// Answers the place of birth in that matricule, five characters of the COG that name no commune.
pub(super) fn place(index: u32) -> String {
    // For one order number, `index / ORDERS` differs, and so does the département: no two meet.
    match (index % ORDERS + index / ORDERS) % PLACES {
        20 => "2A000".to_owned(),
        96 => "2B000".to_owned(),
        department => format!("{department:02}000"),
    }
}

/// Answers the control key of 13 characters: 97 - (N mod 97), where 2A counts for 19 and 2B for 18.
pub(super) fn key(digits: &str) -> u64 {
    let number = digits.replace("2A", "19").replace("2B", "18");
    97 - number.bytes().filter(u8::is_ascii_digit).fold(0, |n, b| (n * 10 + u64::from(b - b'0')) % 97)
}

/// Answers `digits` followed by its Luhn digit.
pub(super) fn with_luhn(digits: &str) -> String {
    let sum: u32 = digits.bytes().rev().enumerate().map(|(rank, byte)| luhn_weight(rank, u32::from(byte - b'0'))).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn luhn_weight(rank: usize, digit: u32) -> u32 {
    if rank % 2 == 1 {
        return digit;
    }
    if digit > 4 { digit * 2 - 9 } else { digit * 2 }
}
