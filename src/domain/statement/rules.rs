//! What the rulebook says of closed months (`mappings/statements.yaml`).
//!
//! Owns: how each of its parameters is read. Which day they are read on is the caller's: a value
//! that is not known on that day is `None` or `Unknown`, never a default.

use crate::domain::calendar::Day;
use crate::domain::param::ParamId;
use crate::domain::param::Params;
use crate::domain::verdict::Verdict;

/// How long a closed month is adjusted, by what, and who is paid for a person of two structures.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementRules {
    /// Months.
    pub recovery_months: ParamId,
    /// Words `yes` or `no`, in the order of `LateChange`.
    pub reopens: [ParamId; 4],
    /// Word: `first-declared` or `latest-declared`.
    pub once_per_month: ParamId,
    /// Days.
    pub leaving_days: ParamId,
}

/// What comes after a month is closed and could change what it paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LateChange {
    /// A fact that arrives late, is corrected or withdrawn.
    Data,
    /// A merge of records, an INS learnt late.
    Identity,
    /// A file of rules whose `applies_to_closed_from` covers the month.
    Rules,
    /// What another structure declares of the same person.
    OtherStructure,
}

impl LateChange {
    /// In the order of `StatementRules::reopens`.
    pub const ALL: [LateChange; 4] =
        [LateChange::Data, LateChange::Identity, LateChange::Rules, LateChange::OtherStructure];

    /// Answers its key under `reopens` in the file.
    pub fn key(self) -> &'static str {
        match self {
            LateChange::Data => "data",
            LateChange::Identity => "identity",
            LateChange::Rules => "rules",
            LateChange::OtherStructure => "other_structure",
        }
    }
}

/// Which of the structures that declare one person is paid for the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OncePerMonth {
    FirstDeclared,
    LatestDeclared,
}

impl OncePerMonth {
    /// The words a rulebook may write.
    pub const WORDS: &'static [&'static str] = &["first-declared", "latest-declared"];
}

impl StatementRules {
    /// The words of a parameter of `reopens`.
    pub const YES_NO: &'static [&'static str] = &["yes", "no"];

    /// Answers how many months back a closed month is still adjusted; `None`: not known on that day.
    pub fn recovery_months(&self, params: &Params, day: Day) -> Option<i32> {
        params.integer(self.recovery_months, day)
    }

    /// Answers the parameter that says whether a late change makes an adjustment.
    pub fn reopening(&self, change: LateChange) -> ParamId {
        self.reopens[change as usize]
    }

    /// Answers whether a late change makes an adjustment of a closed month.
    pub fn reopens(&self, params: &Params, change: LateChange, day: Day) -> Verdict {
        match params.word(self.reopening(change), day) {
            Some("yes") => Verdict::Yes,
            Some("no") => Verdict::No,
            _ => Verdict::Unknown,
        }
    }

    /// Answers which structure is paid for a person that several declare; `None`: not known on that day.
    pub fn once_per_month(&self, params: &Params, day: Day) -> Option<OncePerMonth> {
        match params.word(self.once_per_month, day)? {
            "first-declared" => Some(OncePerMonth::FirstDeclared),
            "latest-declared" => Some(OncePerMonth::LatestDeclared),
            _ => None,
        }
    }

    /// Answers how many days before the end of a consommant window a patient is said to be leaving.
    pub fn leaving_days(&self, params: &Params, day: Day) -> Option<i32> {
        params.integer(self.leaving_days, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::enrolment::testing;
    use crate::domain::param::ParamValue;
    use crate::domain::verdict::RuleStatus;

    #[test]
    fn each_parameter_is_read_on_the_day_asked() {
        let mut rules = testing::rules();
        let said = |word: &str| Some(ParamValue::Word(word.into()));
        let months = |n: i64| Some(ParamValue::Number(n.into()));
        let status = RuleStatus::Interpretation;
        let (early, late) = ("2020-01-01", "2026-07-01");
        rules.statements.recovery_months =
            testing::param(&mut rules, "s.recovery", &[(early, months(36), status), (late, months(60), status)]);
        rules.statements.once_per_month = testing::param(
            &mut rules,
            "s.once",
            &[(early, said("first-declared"), status), (late, said("latest-declared"), status)],
        );
        rules.statements.reopens[LateChange::Rules as usize] =
            testing::param(&mut rules, "s.rules", &[(early, said("yes"), status), (late, said("no"), status)]);
        let (statements, params) = (&rules.statements, &rules.params);
        let cases = [
            ("2019-12-31", None, None, Verdict::Unknown),
            ("2026-06-30", Some(36), Some(OncePerMonth::FirstDeclared), Verdict::Yes),
            ("2026-07-01", Some(60), Some(OncePerMonth::LatestDeclared), Verdict::No),
        ];
        for (on, recovery, once, reopens) in cases {
            let day = testing::day(on);
            assert_eq!(statements.recovery_months(params, day), recovery, "{on}");
            assert_eq!(statements.once_per_month(params, day), once, "{on}");
            assert_eq!(statements.reopens(params, LateChange::Rules, day), reopens, "{on}");
        }
    }

    #[test]
    fn what_nobody_knows_neither_reopens_nor_leaves_closed() {
        let mut rules = testing::rules();
        let unknown = testing::param(&mut rules, "s.unknown", &[("1900-01-01", None, RuleStatus::Unknown)]);
        rules.statements = StatementRules {
            recovery_months: unknown,
            reopens: [unknown; 4],
            once_per_month: unknown,
            leaving_days: unknown,
        };
        let (statements, params, day) = (&rules.statements, &rules.params, testing::day("2026-10-31"));
        assert_eq!(statements.recovery_months(params, day), None);
        assert_eq!(statements.leaving_days(params, day), None);
        assert_eq!(statements.once_per_month(params, day), None);
        for change in LateChange::ALL {
            assert_eq!(statements.reopens(params, change, day), Verdict::Unknown, "{}", change.key());
        }
    }
}
