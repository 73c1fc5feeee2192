//! Minutes of consultation per patient and month of follow-up.
//!
//! Follow-up begins on the day of the first consultation that counts; its months are counted from
//! that day. A month counts when it is over, when the patient lived to its end and was a consommant
//! then. A consultation without a length is in no sum: how many are is told with it.

use super::Counted;
use super::Counts;
use super::GroupName;
use super::Share;
use super::Standing;
use super::Subject;
use super::units::Units;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Uses;
use crate::domain::param::ParamId;
use crate::domain::param::ParamValue;
use crate::domain::rules::Rules;
use crate::domain::typologie::life;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// A follow-up longer than this is cut: groups are listed, and a slip must not list a million.
const LONGEST_FOLLOW_UP: usize = 120;

/// `minutes:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Minutes {
    pub counted: Counted,
    /// How many months of follow-up are looked at.
    pub follow_up_months: ParamId,
    /// A longer consultation is a slip: its length counts as not told.
    pub longest_minutes: ParamId,
    /// The groups beside the whole.
    pub steps: Vec<Step>,
}

/// How follow-up is cut into groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Month,
    Year,
}

impl Step {
    pub const ALL: [Step; 2] = [Step::Month, Step::Year];

    pub fn code(self) -> &'static str {
        match self {
            Step::Month => "month",
            Step::Year => "year",
        }
    }

    fn months(self) -> usize {
        match self {
            Step::Month => 1,
            Step::Year => 12,
        }
    }

    fn label_fr(self, rank: usize) -> String {
        match self {
            Step::Month => format!("Mois {rank} du suivi"),
            Step::Year => format!("Année {rank} du suivi"),
        }
    }
}

/// The consultations of a patient that count, and those that may.
#[derive(Default)]
struct Met {
    sure: Vec<(Day, FactIndex, Option<u32>)>,
    /// On one of these days, if they count at all.
    open: Vec<PartialDate>,
    undated: usize,
}

/// A consultation of a month, and how long it was; `None`: in no sum.
type Timed = (FactIndex, Option<u32>);

/// What is asked of each month of follow-up.
struct Asked {
    start: Day,
    /// The start may be earlier: nobody can tell which month is which.
    start_known: Verdict,
    /// Months a consommant may be without consultation; `None`: nobody knows.
    window: Option<i32>,
    longest: Option<u32>,
}

impl Minutes {
    pub(super) fn groups(&self, whole: GroupName, rules: &Rules) -> Vec<GroupName> {
        let months = self.longest_follow_up(rules);
        let of_step = |step: &Step| {
            let step = *step;
            (1..=months.div_ceil(step.months())).map(move |rank| GroupName {
                code: format!("{}-{rank}", step.code()).into(),
                label_fr: step.label_fr(rank).into(),
            })
        };
        std::iter::once(whole).chain(self.steps.iter().flat_map(of_step)).collect()
    }

    /// The groups do not change with the day: those of the longest follow-up ever asked.
    fn longest_follow_up(&self, rules: &Rules) -> usize {
        let values = rules.params.get(self.follow_up_months).values.iter();
        let months = values.filter_map(|dated| match &dated.value {
            Some(ParamValue::Number(n)) => n.to_usize(),
            _ => None,
        });
        months.max().unwrap_or(0).min(LONGEST_FOLLOW_UP)
    }

    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let months = self.months(subject, subject.period);
        let status = self.status(subject);
        let longest = self.longest_follow_up(subject.rules());
        let mut groups: BTreeMap<usize, Units<'_>> = BTreeMap::new();
        for (rank, counts, met) in months {
            let mut group = 1;
            let mut into = vec![0];
            for step in &self.steps {
                into.push(group + rank / step.months());
                group += longest.div_ceil(step.months());
            }
            for group in into {
                let units = groups.entry(group).or_insert_with(|| Units::of(subject.dossier));
                units.count(counts);
                met.iter().for_each(|(index, minutes)| units.cite(*index, consultation(*minutes)));
            }
        }
        let shares = groups.into_iter().filter_map(|(group, units)| units.share(group, status));
        shares.filter_map(|share| share.only_if(member)).collect()
    }

    /// Answers the sum of all months of follow-up that end from `first` to `last`.
    pub(super) fn sum(&self, subject: &Subject<'_>, days: (Day, Day)) -> Counts {
        self.months(subject, days).into_iter().map(|(_, counts, _)| counts).sum()
    }

    pub(super) fn status(&self, subject: &Subject<'_>) -> RuleStatus {
        let rules = subject.rules();
        let uses = Uses::of(&[self.follow_up_months, self.longest_minutes, rules.consommant.window_months]);
        uses.weakest(rules.consommant.status, &rules.params, subject.day())
    }

    /// Answers each month of follow-up that ends from `first` to `last` and counts: its rank from 0,
    /// what it brings and the consultations in it.
    fn months(&self, subject: &Subject<'_>, (first, last): (Day, Day)) -> Vec<(usize, Counts, Vec<Timed>)> {
        let (rules, day) = (subject.rules(), subject.day());
        let met = self.met(subject);
        let undecided = Counts { undecided: 1, ..Counts::default() };
        let Some(follow_up) = rules.params.integer(self.follow_up_months, day) else { return Vec::new() };
        let Some((start, start_known)) = met.start() else {
            // Nobody can tell when follow-up began: not even which months there are.
            return if met.undated > 0 { vec![(0, undecided, Vec::new())] } else { Vec::new() };
        };
        let asked = Asked {
            start,
            start_known,
            window: rules.params.integer(rules.consommant.window_months, day),
            longest: rules.params.integer(self.longest_minutes, day).and_then(|n| u32::try_from(n).ok()),
        };
        let ranks = 0..follow_up.clamp(0, LONGEST_FOLLOW_UP as i32);
        let ended = ranks.map(|rank| (rank, asked.month(rank))).take_while(|(_, (_, end))| *end <= last);
        let wanted = ended.filter(|(_, (_, end))| *end >= first);
        let each = wanted.filter_map(|(rank, days)| {
            let rank = usize::try_from(rank).ok()?;
            match asked.counts(subject, &met, days) {
                Verdict::No => None,
                Verdict::Unknown => Some((rank, undecided, Vec::new())),
                Verdict::Yes => {
                    let (counts, consultations) = met.within(days, asked.longest);
                    Some((rank, counts, consultations))
                }
            }
        });
        each.collect()
    }

    /// Answers the first day after that of the subject on which another month of follow-up is over.
    pub(super) fn next_month(&self, subject: &Subject<'_>) -> Option<Day> {
        let day = subject.day();
        let (start, _) = self.met(subject).start()?;
        let follow_up = subject.rules().params.integer(self.follow_up_months, day)?;
        let ends =
            (0..follow_up.clamp(0, LONGEST_FOLLOW_UP as i32)).map(|rank| start.add_months(rank + 1).add_days(-1));
        ends.filter(|end| *end > day).min()
    }

    fn met(&self, subject: &Subject<'_>) -> Met {
        let mut met = Met::default();
        for (contact, (by, here)) in self.counted.of(subject) {
            match (by.and(here), contact.on) {
                (Verdict::No, _) => {}
                (_, None) => met.undated += 1,
                (Verdict::Yes, Some(PartialDate::Day(day))) => met.sure.push((day, contact.index, contact.minutes)),
                (_, Some(on)) => met.open.push(on),
            }
        }
        met
    }
}

impl Met {
    /// Answers the first day of follow-up, and whether it is surely that one.
    fn start(&self) -> Option<(Day, Verdict)> {
        let sure = self.sure.iter().map(|(day, ..)| *day).min();
        let open = self.open.iter().map(|on| on.earliest()).min();
        let start = sure.into_iter().chain(open).min()?;
        let known = self.undated == 0 && sure == Some(start);
        Some((start, if known { Verdict::Yes } else { Verdict::Unknown }))
    }

    /// Answers whether a consultation that counts was had on a day from `first` to `last`.
    fn any(&self, first: Day, last: Day) -> Verdict {
        if self.sure.iter().any(|(day, ..)| (first..=last).contains(day)) {
            return Verdict::Yes;
        }
        let may = self.open.iter().any(|on| on.earliest() <= last && on.latest() >= first);
        if may { Verdict::Unknown } else { Verdict::No }
    }

    /// Answers what a month that counts brings.
    fn within(&self, (first, last): (Day, Day), longest: Option<u32>) -> (Counts, Vec<Timed>) {
        let mut counts = Counts { initial: 1, denominator: 1, measured: 1, ..Counts::default() };
        let mut consultations = Vec::new();
        for (_, index, minutes) in self.sure.iter().filter(|(day, ..)| (first..=last).contains(day)) {
            // One that begins and ends at once was stamped when it was saved: its length is not known.
            let minutes = minutes.filter(|minutes| *minutes > 0 && longest.is_none_or(|longest| *minutes <= longest));
            consultations.push((*index, minutes));
            match minutes {
                Some(minutes) => {
                    counts.sum += u64::from(minutes);
                    counts.known += 1;
                }
                None => counts.missing += 1,
            }
        }
        // One that may count is told as one without a length, in the month where it may have begun.
        let open = self.open.iter().filter(|on| (first..=last).contains(&on.earliest()));
        counts.missing += u32::try_from(open.count()).unwrap_or(u32::MAX);
        (counts, consultations)
    }
}

/// Answers what one consultation brings to a month that counts: nothing observed without a length.
fn consultation(minutes: Option<u32>) -> Counts {
    Counts { initial: 1, denominator: 1, measured: u32::from(minutes.is_some()), ..Counts::default() }
}

impl Asked {
    /// Answers the first and last day of a month of follow-up, always counted from the first day of
    /// all: months that begin on a 31st do not drift.
    fn month(&self, rank: i32) -> (Day, Day) {
        (self.start.add_months(rank), self.start.add_months(rank + 1).add_days(-1))
    }

    /// Answers whether a month is one of a consommant who lived to its end.
    fn counts(&self, subject: &Subject<'_>, met: &Met, (_, last): (Day, Day)) -> Verdict {
        let consommant = self.window.map_or(Verdict::Unknown, |months| met.any(last.add_months(-months), last));
        let alive = life(subject.dossier, last, last).alive;
        alive.and(consommant).and(self.start_known)
    }
}
