//! What another tariff would have paid: two prices of the same patient-months, side by side.
//!
//! Owns: how the two are compared (by line, month, typology and patient). Months that one of the two
//! cannot price are counted apart, month by month, and in no sum. A month is compared as it is computed:
//! what was issued of it, and adjustments of closed months, are in neither. Must not know: how they
//! were priced.

use super::calendar::Month;
use super::forfait::Forfait;
use super::money::Centimes;
use super::rules::Rules;
use super::statement::line_name;
use super::verdict::RuleStatus;
use std::collections::BTreeMap;

/// One patient-month under both tariffs, `None` where no amount is known. `'r`: of the rules.
#[derive(Clone, Debug)]
pub struct Pair<'r> {
    pub before: Option<Due<'r>>,
    pub after: Option<Due<'r>>,
}

/// What a patient-month comes to, line by line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Due<'r> {
    pub lines: Vec<(&'r str, Centimes)>,
    pub status: Option<RuleStatus>,
    pub fictional: bool,
    /// It is of a year some of which nobody can decide.
    pub partial: bool,
}

impl<'r> Due<'r> {
    pub fn of(forfait: &Forfait, rules: &'r Rules) -> Due<'r> {
        let lines = forfait.lines.iter().map(|line| (line_name(line.code, rules).0, line.amount)).collect();
        let partial = forfait.year.as_ref().is_some_and(|year| year.partial);
        Due { lines, status: Some(forfait.status), fictional: forfait.fictional, partial }
    }

    fn total(&self) -> Centimes {
        self.lines.iter().map(|(_, amount)| *amount).sum()
    }
}

/// How often, and what it comes to, before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub count_before: u64,
    pub before: Centimes,
    pub count_after: u64,
    pub after: Centimes,
}

impl Change {
    pub fn effect(&self) -> Centimes {
        self.after - self.before
    }
}

/// Who gains and who loses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    pub winners: u32,
    pub losers: u32,
    pub unchanged: u32,
    pub effect: Centimes,
}

impl Balance {
    fn add(&mut self, effect: Centimes) {
        self.effect += effect;
        let place = match effect {
            e if e > Centimes::ZERO => &mut self.winners,
            e if e < Centimes::ZERO => &mut self.losers,
            _ => &mut self.unchanged,
        };
        *place += 1;
    }
}

/// Shares of the patients, in hundredths, at which the distribution is told.
pub const HUNDREDTHS: [u32; 7] = [0, 10, 25, 50, 75, 90, 100];

/// One month of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfMonth {
    pub change: Change,
    /// Patients that one of the tariffs has no known amount for, who are in no sum.
    pub unpriced: u64,
    /// Some amount is of a year some of which nobody can decide.
    pub partial: bool,
}

/// Two tariffs compared over a range of months.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub patients: u32,
    /// By line, in the order given; lines of neither are left out.
    pub lines: Vec<(Box<str>, Box<str>, Change)>,
    pub months: Vec<(Month, OfMonth)>,
    pub total: Change,
    pub all: Balance,
    /// By line paid at least once under either tariff: patients count once in each of theirs.
    pub by_line: Vec<(Box<str>, Balance)>,
    /// Effect on a patient over the range at `HUNDREDTHS`; empty when there is no patient.
    pub distribution: Vec<(u32, Centimes)>,
    /// Patient-months that one of the tariffs has no known amount for.
    pub unpriced: u64,
    pub status: RuleStatus,
    pub fictional: bool,
}

/// A comparison under way. Patients are added in any order: all that is told of them is sums, counts
/// and ranks.
#[derive(Debug)]
pub struct Totals<'r> {
    lines: BTreeMap<&'r str, Change>,
    by_line: BTreeMap<&'r str, Balance>,
    by_month: Vec<OfMonth>,
    total: Change,
    all: Balance,
    effects: Vec<Centimes>,
    status: RuleStatus,
    fictional: bool,
}

impl<'r> Totals<'r> {
    /// Begins the comparison of so many months.
    pub fn new(months: usize) -> Totals<'r> {
        Totals {
            lines: BTreeMap::new(),
            by_line: BTreeMap::new(),
            by_month: vec![OfMonth::default(); months],
            total: Change::default(),
            all: Balance::default(),
            effects: Vec::new(),
            status: RuleStatus::Official,
            fictional: false,
        }
    }

    /// Adds a patient: each month of the range, in order.
    pub fn add(&mut self, months: &[Pair<'r>]) {
        let (mut effect, mut on) = (Centimes::ZERO, Vec::new());
        for (month, pair) in months.iter().enumerate() {
            match (&pair.before, &pair.after) {
                (Some(before), Some(after)) => effect += self.month(month, (before, after), &mut on),
                _ => self.by_month[month].unpriced += 1,
            }
        }
        for code in on {
            self.by_line.entry(code).or_default().add(effect);
        }
        self.all.add(effect);
        self.effects.push(effect);
    }

    /// Adds a month and notes its lines, each once; answers its effect.
    fn month(&mut self, month: usize, (before, after): (&Due<'r>, &Due<'r>), on: &mut Vec<&'r str>) -> Centimes {
        for due in [before, after] {
            self.status = self.status.max(due.status.unwrap_or(RuleStatus::Official));
            self.fictional |= due.fictional;
            self.by_month[month].partial |= due.partial;
            for (code, _) in &due.lines {
                if !on.contains(code) {
                    on.push(code);
                }
            }
        }
        for (code, amount) in &before.lines {
            let line = self.lines.entry(code).or_default();
            (line.count_before, line.before) = (line.count_before + 1, line.before + *amount);
        }
        for (code, amount) in &after.lines {
            let line = self.lines.entry(code).or_default();
            (line.count_after, line.after) = (line.count_after + 1, line.after + *amount);
        }
        let sums = (before.total(), after.total());
        for change in [&mut self.by_month[month].change, &mut self.total] {
            (change.before, change.after) = (change.before + sums.0, change.after + sums.1);
            change.count_before += u64::from(!before.lines.is_empty());
            change.count_after += u64::from(!after.lines.is_empty());
        }
        sums.1 - sums.0
    }

    /// Answers the comparison. `months`: those of the range; `names`: code and French label of the
    /// lines, in the order to show them.
    pub fn finish(self, months: &[Month], names: &[(&str, &str)]) -> Comparison {
        let (lines, by_line) = (&self.lines, &self.by_line);
        let unpriced = self.by_month.iter().map(|month| month.unpriced).sum();
        let other = lines.keys().copied().filter(|code| !names.iter().any(|(name, _)| name == code));
        let order: Vec<(&str, &str)> = names.iter().copied().chain(other.map(|code| (code, code))).collect();
        let of_line = |(code, label): &(&str, &str)| Some(((*code).into(), (*label).into(), *lines.get(code)?));
        Comparison {
            patients: self.effects.len() as u32,
            lines: order.iter().filter_map(of_line).collect(),
            months: months.iter().copied().zip(self.by_month).collect(),
            total: self.total,
            all: self.all,
            by_line: order.iter().filter_map(|(code, _)| Some(((*code).into(), *by_line.get(code)?))).collect(),
            distribution: distribution(self.effects),
            unpriced,
            status: self.status,
            fictional: self.fictional,
        }
    }
}

/// The nearest rank: the smallest effect that at least that share of the patients has or is below.
fn distribution(mut effects: Vec<Centimes>) -> Vec<(u32, Centimes)> {
    effects.sort_unstable();
    let at = |share: u32| {
        let rank = (effects.len() * share as usize).div_ceil(100).max(1);
        effects.get(rank - 1).map(|effect| (share, *effect))
    };
    HUNDREDTHS.into_iter().filter_map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due<'r>(lines: &[(&'r str, i64)]) -> Option<Due<'r>> {
        let lines = lines.iter().map(|(code, cents)| (*code, Centimes(*cents))).collect();
        Some(Due { lines, status: Some(RuleStatus::Fictional), fictional: true, partial: false })
    }

    #[test]
    fn two_tariffs_are_compared_by_line_month_and_patient() {
        let patient = |months: Vec<(Option<Due<'static>>, Option<Due<'static>>)>| -> Vec<Pair<'static>> {
            months.into_iter().map(|(before, after)| Pair { before, after }).collect()
        };
        let patients = [
            patient(vec![
                (due(&[("socle", 800)]), due(&[("socle", 900)])),
                (due(&[("socle", 800), ("ald", 700)]), due(&[("socle", 900), ("ald", 500)])),
            ]),
            patient(vec![(due(&[("socle", 800)]), due(&[("socle", 900)])), (due(&[]), due(&[]))]),
            patient(vec![(due(&[("socle", 800)]), None), (due(&[]), due(&[]))]),
        ];
        let months: Vec<Month> = ["2026-01", "2026-02"].map(|m| m.parse().unwrap()).to_vec();
        let mut totals = Totals::new(months.len());
        patients.iter().for_each(|patient| totals.add(patient));
        let found = totals.finish(&months, &[("socle", "Part socle"), ("ald", "ALD"), ("fmt", "FMT")]);
        let change = |count_before, before, count_after, after| Change {
            count_before,
            before: Centimes(before),
            count_after,
            after: Centimes(after),
        };
        assert_eq!(
            found.lines,
            [
                ("socle".into(), "Part socle".into(), change(3, 2400, 3, 2700)),
                ("ald".into(), "ALD".into(), change(1, 700, 1, 500))
            ]
        );
        let of = |change, unpriced| OfMonth { change, unpriced, partial: false };
        // One month of the third has one price alone: it is left out of that month, which says so.
        assert_eq!(
            found.months,
            [(months[0], of(change(2, 1600, 2, 1800), 1)), (months[1], of(change(1, 1500, 1, 1400), 0))]
        );
        assert_eq!(found.total, change(3, 3100, 3, 3200));
        // The first loses 200 in February and gains 100 in January; the second gains 100; the third is open.
        assert_eq!(found.all, Balance { winners: 1, losers: 0, unchanged: 2, effect: Centimes(100) });
        assert_eq!(found.by_line[1].1, Balance { winners: 0, losers: 0, unchanged: 1, effect: Centimes(0) });
        assert_eq!(found.unpriced, 1);
        assert_eq!(found.total.effect(), found.lines.iter().map(|(.., change)| change.effect()).sum());
        assert_eq!(found.distribution.first(), Some(&(0, Centimes(0))));
        assert_eq!(found.distribution.last(), Some(&(100, Centimes(100))));
        assert!(found.fictional && found.status == RuleStatus::Fictional);
    }

    #[test]
    fn a_year_some_of_which_nobody_can_decide_marks_its_month() {
        let months: Vec<Month> = ["2026-01", "2026-02"].map(|m| m.parse().unwrap()).to_vec();
        let partial = due(&[("fmt", 125)]).map(|due| Due { partial: true, ..due });
        let mut totals = Totals::new(months.len());
        totals.add(&[Pair { before: due(&[]), after: partial.clone() }, Pair { before: due(&[]), after: due(&[]) }]);
        // A month that is in no sum marks nothing.
        totals.add(&[Pair { before: due(&[]), after: due(&[]) }, Pair { before: None, after: partial }]);
        let found = totals.finish(&months, &[]);
        let marks: Vec<_> = found.months.iter().map(|(_, month)| (month.partial, month.unpriced)).collect();
        assert_eq!((marks, found.unpriced), (vec![(true, 0), (false, 1)], 1));
    }

    #[test]
    fn of_nobody_nothing_is_told() {
        let found = Totals::new(0).finish(&[], &[]);
        assert_eq!((found.patients, found.distribution.len(), found.total), (0, 0, Change::default()));
    }
}
