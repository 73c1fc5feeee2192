//! The complementary envelope: a yearly amount paid to a structure beside its forfaits.
//!
//! Our reading, no text being public: a month pays the twelfth of the yearly amount in force on its
//! last day, so that twelve months under one amount re-add to it, and an amount that changes in the
//! year counts from its first month on.

use super::calendar::Month;
use super::forfait::PricingError;
use super::forfait::unknown_amount;
use super::money::Centimes;
use super::param::ParamId;
use super::rules::Rules;
use super::verdict::RuleStatus;

const MONTHS: usize = 12;

/// `monthly.envelope` of a tariff: yearly amounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Of the structures that are not named; `None`: they have no envelope.
    pub default: Option<ParamId>,
    /// Organization id, its own amount.
    pub by_structure: Vec<(Box<str>, ParamId)>,
}

/// What one month pays of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub amount: Centimes,
    /// Of the year, in force on the last day of the month.
    pub year: Centimes,
    pub param: ParamId,
    pub status: RuleStatus,
}

impl Envelope {
    /// Answers the parameter of a structure's yearly amount, `None` when it has no envelope.
    pub fn of(&self, structure: &str) -> Option<ParamId> {
        let own = self.by_structure.iter().find(|(id, _)| &**id == structure);
        own.map(|(_, param)| *param).or(self.default)
    }

    /// Answers what a month pays a structure: a twelfth, the first months of the year taking the
    /// extra centimes. `None`: it has no envelope. An amount that nobody knows is an error.
    pub fn share(&self, rules: &Rules, structure: &str, month: Month) -> Result<Option<Share>, PricingError> {
        let Some(param) = self.of(structure) else { return Ok(None) };
        let day = month.last_day();
        let year = rules.params.amount(param, day).ok_or_else(|| unknown_amount(rules, param, month))?;
        let nth = usize::from(month.number().unsigned_abs()).saturating_sub(1);
        let amount = year.split(MONTHS).get(nth).copied();
        Ok(amount.map(|amount| Share { amount, year, param, status: rules.params.status(param, day) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::enrolment::testing;
    use crate::domain::param::ParamValue;
    use proptest::prelude::*;

    fn euros(cents: i64) -> Option<ParamValue> {
        Some(ParamValue::Amount(Centimes(cents)))
    }

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// 25,000.00 a year, 12,000.00 from July 2026; `own` has 100.00, then nobody knows.
    fn book() -> (Rules, Envelope) {
        let mut rules = testing::rules();
        let fictional = RuleStatus::Fictional;
        let dated = [("2025-01-01", euros(2_500_000), fictional), ("2026-07-01", euros(1_200_000), fictional)];
        let default = testing::param(&mut rules, "demo.envelope", &dated);
        let dated = [("2025-01-01", euros(10_000), fictional), ("2026-03-01", None, RuleStatus::Unknown)];
        let own = testing::param(&mut rules, "demo.own", &dated);
        (rules, Envelope { default: Some(default), by_structure: vec![("own".into(), own)] })
    }

    #[test]
    fn a_month_pays_a_twelfth_and_the_first_months_the_extra_centimes() {
        let (rules, envelope) = book();
        // 2 500 000 = 12 × 208 333 + 4; 10 000 = 12 × 833 + 4.
        let cases = [
            ("any", "2025-01", 208_334),
            ("any", "2025-04", 208_334),
            ("any", "2025-05", 208_333),
            ("any", "2025-12", 208_333),
            ("any", "2026-06", 208_333),
            ("any", "2026-07", 100_000),
            ("own", "2025-04", 834),
            ("own", "2025-05", 833),
            ("own", "2026-02", 834),
        ];
        for (structure, on, cents) in cases {
            let share = envelope.share(&rules, structure, month(on)).unwrap().unwrap();
            assert_eq!((share.amount, share.status), (Centimes(cents), RuleStatus::Fictional), "{structure} {on}");
        }
    }

    #[test]
    fn an_amount_nobody_knows_is_said_and_never_zero() {
        let (rules, envelope) = book();
        for (structure, on, param) in
            [("any", "2024-12", "demo.envelope"), ("own", "2024-12", "demo.own"), ("own", "2026-03", "demo.own")]
        {
            let error = envelope.share(&rules, structure, month(on)).unwrap_err();
            assert_eq!(error, PricingError::AmountUnknown { param: param.into(), month: month(on) }, "{structure}");
        }
    }

    #[test]
    fn a_structure_without_envelope_has_none() {
        let (rules, mut envelope) = book();
        envelope.default = None;
        assert_eq!(envelope.share(&rules, "any", month("2025-01")), Ok(None));
        assert!(envelope.share(&rules, "own", month("2025-01")).unwrap().is_some());
    }

    proptest! {
        #[test]
        fn the_twelve_months_re_add_to_the_year(cents in 0i64..10_000_000_000, year in 2000i16..2100) {
            let mut rules = testing::rules();
            let default = testing::amount(&mut rules, "demo.envelope", cents, RuleStatus::Fictional);
            rules.params.change(default, |default| default.values[0].from = testing::day("1900-01-01"));
            let envelope = Envelope { default: Some(default), by_structure: Vec::new() };
            let paid: Vec<i64> = (1..=12)
                .map(|n| envelope.share(&rules, "s", Month::new(year, n).unwrap()).unwrap().unwrap().amount.0)
                .collect();
            prop_assert_eq!(paid.iter().sum::<i64>(), cents);
            prop_assert!(paid.windows(2).all(|pair| pair[0] >= pair[1] && pair[0] - pair[1] <= 1));
        }
    }
}
