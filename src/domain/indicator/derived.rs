//! Figures made of the summed counts of an indicator: the mean, how many lengths were told, how many
//! patients a full-time GP could follow. Exact decimals, rounded once, half away from zero.

use super::ActiveFile;
use super::Counts;
use super::Indicator;
use super::Rule;
use crate::domain::calendar::Day;
use crate::domain::finding::Uses;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

const MINUTES_PER_HOUR: i64 = 60;
const MONTHS_PER_YEAR: i64 = 12;

/// A figure made of counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// Stable.
    pub code: &'static str,
    pub label_fr: &'static str,
    /// `None`: nobody can tell, for want of a parameter or of anything to divide by.
    pub value: Option<Decimal>,
    /// UCUM.
    pub unit: &'static str,
    /// Weakest status of the rule and the parameters it used.
    pub status: RuleStatus,
}

/// Which figure, and how it is told.
struct Told {
    code: &'static str,
    label_fr: &'static str,
    unit: &'static str,
    decimals: u32,
}

const MEAN: Told = Told {
    code: "mean-minutes",
    label_fr: "Minutes de consultation par patient et par mois",
    unit: "min",
    decimals: 4,
};
const COVERAGE: Told = Told {
    code: "duration-coverage",
    label_fr: "Part des consultations dont la durée est connue",
    unit: "1",
    decimals: 4,
};
const PROJECTED: Told = Told {
    code: "projected-patients-per-full-time-gp",
    label_fr: "File active envisageable par généraliste à temps plein",
    unit: "{patient}",
    decimals: 0,
};
const GPS: Told =
    Told {
        code: "full-time-gps", label_fr: "Généralistes de la structure, en temps plein", unit: "{gp}", decimals: 2
    };
const OBSERVED: Told = Told {
    code: "patients-per-full-time-gp",
    label_fr: "File active par généraliste à temps plein",
    unit: "{patient}",
    decimals: 0,
};
const PROJECTED_FILE: Told = Told {
    code: "projected-active-file",
    label_fr: "File active envisageable de la structure",
    unit: "{patient}",
    decimals: 0,
};

impl Indicator {
    /// Answers the figures made of the summed counts of the groups (`counts`, by group), of whatever
    /// patients they are, on a day and for a structure; none for most indicators.
    pub fn derived(&self, rules: &Rules, day: Day, counts: &[Counts], structure: &str) -> Vec<Derived> {
        let whole = counts.first().copied().unwrap_or_default();
        let own = self.status;
        let mean = |status| MEAN.of(divided(whole.sum.into(), whole.measured.into()), status);
        let coverage = |status| COVERAGE.of(divided(whole.known.into(), (whole.known + whole.missing).into()), status);
        match &self.rule {
            Rule::Minutes(_) => vec![mean(own), coverage(own)],
            Rule::ActiveFile(file) => {
                let of_minutes = rules.indicators.get(file.minutes_of).map_or(own, |indicator| indicator.status);
                let mut all = vec![mean(of_minutes), coverage(of_minutes)];
                all.extend(file.derived(rules, (day, own.max(of_minutes)), whole, structure));
                all
            }
            _ => Vec::new(),
        }
    }
}

impl ActiveFile {
    fn derived(&self, rules: &Rules, (day, own): (Day, RuleStatus), whole: Counts, structure: &str) -> [Derived; 4] {
        let status = |used: &[ParamId]| Uses::of(used).weakest(own, &rules.params, day);
        let number = |id: ParamId| rules.params.number(id, day);
        let projected = self.projected(number(self.weekly_hours), number(self.weeks_per_year), whole);
        let asked = self.full_time_gps.of(structure);
        let gps = asked.and_then(number);
        let of_gps = asked.map_or(RuleStatus::Unknown, |id| status(&[id]));
        let of_time = status(&[self.weekly_hours, self.weeks_per_year]);
        let file = projected.zip(gps).and_then(|(one, gps)| one.checked_mul(gps));
        [
            PROJECTED.of(projected, of_time),
            GPS.of(gps, of_gps),
            OBSERVED.of(gps.and_then(|gps| divided(whole.initial.into(), gps)), of_gps),
            PROJECTED_FILE.of(file, of_time.max(of_gps)),
        ]
    }

    /// Minutes of consultation of a GP in a year, over those a patient takes in one. Multiplied before
    /// anything is divided, so that it is rounded once.
    fn projected(&self, weekly_hours: Option<Decimal>, weeks: Option<Decimal>, whole: Counts) -> Option<Decimal> {
        let offered = weekly_hours?.checked_mul(weeks?)?.checked_mul(MINUTES_PER_HOUR.into())?;
        let taken = Decimal::from(whole.sum).checked_mul(MONTHS_PER_YEAR.into())?;
        divided(offered.checked_mul(whole.measured.into())?, taken)
    }
}

impl Told {
    fn of(&self, value: Option<Decimal>, status: RuleStatus) -> Derived {
        let round = |v: Decimal| v.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero);
        Derived {
            code: self.code,
            label_fr: self.label_fr,
            value: value.map(|value| round(value).normalize()),
            unit: self.unit,
            status,
        }
    }
}

fn divided(of: Decimal, by: Decimal) -> Option<Decimal> {
    of.checked_div(by).filter(|_| !by.is_zero())
}
