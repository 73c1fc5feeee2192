//! Money: integer centimes of euro, never a float.
//!
//! One rounding per line, half away from zero to the centime; totals are sums of rounded lines.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// An amount in EUR, in integer centimes. May be negative (écrêtement, adjustments).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Centimes(pub i64);

impl Centimes {
    pub const ZERO: Centimes = Centimes(0);

    /// Rounds an exact amount in euros half away from zero to the centime.
    /// Answers `None` when it does not fit.
    pub fn from_euros(euros: Decimal) -> Option<Centimes> {
        let cents =
            euros.checked_mul(Decimal::ONE_HUNDRED)?.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        i64::try_from(cents).ok().map(Centimes)
    }

    /// Answers the amount in euros, with exactly two decimals.
    pub fn to_euros(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// Splits an amount in `parts` that re-add exactly; the first parts take the extra centimes
    /// (largest remainder with equal remainders).
    pub fn split(self, parts: usize) -> Vec<Centimes> {
        let n = parts.max(1) as i64;
        let (base, extra) = (self.0.div_euclid(n), self.0.rem_euclid(n));
        (0..n).map(|i| Centimes(base + i64::from(i < extra))).collect()
    }
}

impl fmt::Display for Centimes {
    /// Writes euros with two decimals and a point: `-4.74`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl Add for Centimes {
    type Output = Centimes;
    fn add(self, other: Centimes) -> Centimes {
        Centimes(self.0 + other.0)
    }
}

impl AddAssign for Centimes {
    fn add_assign(&mut self, other: Centimes) {
        self.0 += other.0;
    }
}

impl Sub for Centimes {
    type Output = Centimes;
    fn sub(self, other: Centimes) -> Centimes {
        Centimes(self.0 - other.0)
    }
}

impl Neg for Centimes {
    type Output = Centimes;
    fn neg(self) -> Centimes {
        Centimes(-self.0)
    }
}

impl Sum for Centimes {
    fn sum<I: Iterator<Item = Centimes>>(iter: I) -> Centimes {
        iter.fold(Centimes::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_centime_rounds_away_from_zero() {
        for (euros, want) in [("25.005", 2501), ("-25.005", -2501), ("25.0049", 2500), ("0.1", 10)] {
            assert_eq!(Centimes::from_euros(euros.parse().unwrap()), Some(Centimes(want)), "{euros}");
        }
    }

    #[test]
    fn twelve_instalments_re_add_to_the_year() {
        let parts = Centimes(5500).split(12);
        assert_eq!(parts.iter().filter(|c| c.0 == 459).count(), 4);
        assert_eq!(parts.iter().filter(|c| c.0 == 458).count(), 8);
        assert_eq!(parts.into_iter().sum::<Centimes>(), Centimes(5500));
    }

    #[test]
    fn amounts_are_written_with_two_decimals() {
        for (cents, want) in [(-474, "-4.74"), (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (5500, "55.00")] {
            assert_eq!(Centimes(cents).to_string(), want);
        }
    }
}
