//! Parameters: the dated, sourced values that rules name instead of bare numbers.

use super::calendar::Day;
use super::money::Centimes;
use super::verdict::RuleStatus;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Where a parameter stands in `Params`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParamId(pub u16);

/// What a parameter says from its start date on.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// A number in the parameter's unit (years, months, days, percent, a score...).
    Number(Decimal),
    /// An amount in EUR, rounded once when the file was read.
    Amount(Centimes),
    /// A choice among words (`contract`, `on_top`).
    Word(Box<str>),
    /// A day.
    Day(Day),
}

/// One dated value. `value: None` ends validity (an explicit null) or, with status `unknown`,
/// says that nobody knows it: either way asking for it finds nothing, never 0.
#[derive(Clone, Debug, PartialEq)]
pub struct DatedValue {
    pub from: Day,
    pub value: Option<ParamValue>,
    pub status: RuleStatus,
    /// Bibliographic source or the reading it comes from.
    pub source: Box<str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// `file-id.parameter-name`, unique in a rulebook.
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub unit: Box<str>,
    /// Ascending by `from`, never empty.
    pub values: Vec<DatedValue>,
}

impl Param {
    /// Answers the value in force on `day`: the one with the greatest start date <= `day`.
    pub fn on(&self, day: Day) -> Option<&DatedValue> {
        self.values.iter().rev().find(|v| v.from <= day)
    }
}

/// All parameters of a rulebook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    all: Vec<Param>,
    /// Of each what is asked a hundred times per patient, side by side.
    last: Vec<Last>,
}

/// The last of the dated values of a parameter: the one nearly every question means.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Last {
    from: Day,
    /// The value, where it is a number that fits.
    integer: Option<i32>,
    status: RuleStatus,
}

impl Last {
    fn of(param: &Param) -> Last {
        match param.values.last() {
            Some(last) => Last { from: last.from, integer: integer(last), status: last.status },
            None => Last { from: Day::min_value(), integer: None, status: RuleStatus::Unknown },
        }
    }
}

fn integer(dated: &DatedValue) -> Option<i32> {
    match dated.value {
        Some(ParamValue::Number(number)) => number.to_i32(),
        _ => None,
    }
}

impl Params {
    /// Adds a parameter after the others.
    pub fn push(&mut self, param: Param) -> ParamId {
        self.last.push(Last::of(&param));
        self.all.push(param);
        ParamId((self.all.len() - 1) as u16)
    }

    /// Answers all of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Param> {
        self.all.iter()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Answers the parameter named `id`.
    pub fn find(&self, id: &str) -> Option<ParamId> {
        self.all.iter().position(|param| *param.id == *id).map(|n| ParamId(n as u16))
    }

    /// Changes one: rules as they might be.
    pub fn change(&mut self, id: ParamId, change: impl FnOnce(&mut Param)) {
        let n = usize::from(id.0);
        change(&mut self.all[n]);
        self.last[n] = Last::of(&self.all[n]);
    }

    pub fn get(&self, id: ParamId) -> &Param {
        &self.all[usize::from(id.0)]
    }

    /// Answers the value of `id` in force on `day`, `None` when there is none or it is unknown.
    pub fn value(&self, id: ParamId, day: Day) -> Option<&ParamValue> {
        self.get(id).on(day).and_then(|v| v.value.as_ref())
    }

    pub fn number(&self, id: ParamId, day: Day) -> Option<Decimal> {
        match self.value(id, day)? {
            ParamValue::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// Answers a whole number (years, months, days, counts).
    pub fn integer(&self, id: ParamId, day: Day) -> Option<i32> {
        let last = self.last[usize::from(id.0)];
        if last.from <= day { last.integer } else { integer(self.get(id).on(day)?) }
    }

    pub fn amount(&self, id: ParamId, day: Day) -> Option<Centimes> {
        match self.value(id, day)? {
            ParamValue::Amount(a) => Some(*a),
            _ => None,
        }
    }

    pub fn word(&self, id: ParamId, day: Day) -> Option<&str> {
        match self.value(id, day)? {
            ParamValue::Word(w) => Some(w),
            _ => None,
        }
    }

    pub fn day(&self, id: ParamId, day: Day) -> Option<Day> {
        match self.value(id, day)? {
            ParamValue::Day(d) => Some(*d),
            _ => None,
        }
    }

    /// Answers the status of `id` on `day`; `Unknown` where no value is in force.
    pub fn status(&self, id: ParamId, day: Day) -> RuleStatus {
        let last = self.last[usize::from(id.0)];
        if last.from <= day { last.status } else { self.get(id).on(day).map_or(RuleStatus::Unknown, |v| v.status) }
    }
}
