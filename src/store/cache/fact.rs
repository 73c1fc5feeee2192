//! Reading a fact as it is kept: postcard, whose acts are read by hand.
//!
//! A patient is mostly acts (observations, procedures, immunizations...), and a pass over all patients
//! reads millions of them: field by field, without a visitor for each, it takes a third of the time.
//! What is read so, and what is not, is the same fact: the test of this module holds it to that.

use super::super::codec::Reader;
use super::super::error::StoreError;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::Coding;
use crate::domain::fact::Comparator;
use crate::domain::fact::Component;
use crate::domain::fact::Fact;
use crate::domain::fact::Value;
use crate::domain::system::System;
use compact_str::CompactString;
use rust_decimal::Decimal;

/// The place of acts among the facts.
const ACT: u8 = 1;

/// Reads a fact; refuses what is none.
pub(super) fn read(bytes: &[u8]) -> Result<Fact, StoreError> {
    if let Some((&ACT, rest)) = bytes.split_first() {
        let mut reader = Reader::new(rest);
        if let Some(act) = act(&mut reader).filter(|_| reader.is_empty()) {
            return Ok(Fact::Act(act));
        }
    }
    postcard::from_bytes(bytes).map_err(|error| StoreError::Cache(Box::new(error)))
}

fn act(reader: &mut Reader<'_>) -> Option<ActFact> {
    Some(ActFact {
        state: match reader.u8()? {
            0 => ActState::Done,
            1 => ActState::NotDone,
            2 => ActState::Ignored,
            _ => return None,
        },
        codings: list(reader, coding)?,
        when: option(reader, when)?,
        period: option(reader, period)?,
        value: value(reader)?,
        absent: truth(reader)?,
        components: list(reader, component)?,
        interpretation: list(reader, coding)?,
        reference_high: option(reader, decimal)?,
        reasons: list(reader, coding)?,
    })
}

fn component(reader: &mut Reader<'_>) -> Option<Component> {
    Some(Component { codings: list(reader, coding)?, value: value(reader)?, absent: truth(reader)? })
}

fn value(reader: &mut Reader<'_>) -> Option<Value> {
    Some(match reader.u8()? {
        0 => Value::None,
        1 => Value::Quantity { value: decimal(reader)?, unit: option(reader, text)? },
        2 => Value::Bounded {
            comparator: match reader.u8()? {
                0 => Comparator::Below,
                1 => Comparator::AtMost,
                2 => Comparator::AtLeast,
                3 => Comparator::Above,
                _ => return None,
            },
            value: decimal(reader)?,
            unit: option(reader, text)?,
        },
        3 => Value::Integer(signed(reader.varint()?)),
        4 => Value::Boolean(truth(reader)?),
        5 => Value::Coded(list(reader, coding)?),
        6 => Value::Other,
        _ => return None,
    })
}

fn coding(reader: &mut Reader<'_>) -> Option<Coding> {
    Some(Coding { system: System::from_kept(reader.block()?)?, code: text(reader)? })
}

fn text(reader: &mut Reader<'_>) -> Option<CompactString> {
    CompactString::from_utf8(reader.block()?).ok()
}

fn when(reader: &mut Reader<'_>) -> Option<When> {
    Some(When { date: date(reader)?, second: option(reader, |reader| reader.varint32())? })
}

fn period(reader: &mut Reader<'_>) -> Option<Period> {
    Some(Period { start: option(reader, when)?, end: option(reader, when)? })
}

fn date(reader: &mut Reader<'_>) -> Option<PartialDate> {
    let kind = reader.u8()?;
    let number = i32::try_from(signed(reader.varint()?)).ok()?;
    match kind {
        0 => i16::try_from(number).ok().map(PartialDate::Year),
        1 => Month::from_ordinal(number).ok().map(PartialDate::Month),
        2 => Day::from_ordinal(number).ok().map(PartialDate::Day),
        _ => None,
    }
}

/// A number of up to 63 bits; a longer one, which nobody measures, is left to postcard.
fn decimal(reader: &mut Reader<'_>) -> Option<Decimal> {
    let mantissa = signed(reader.varint()?);
    Decimal::try_new(mantissa, reader.varint32()?).ok()
}

fn option<T>(reader: &mut Reader<'_>, read: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<Option<T>> {
    match truth(reader)? {
        false => Some(None),
        true => read(reader).map(Some),
    }
}

fn list<T, L: Default + Extend<T>>(reader: &mut Reader<'_>, read: fn(&mut Reader<'_>) -> Option<T>) -> Option<L> {
    let mut all = L::default();
    for _ in 0..reader.varint32()? {
        all.extend([read(reader)?]);
    }
    Some(all)
}

fn truth(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.u8()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// Reads what was written as 0, -1, 1, -2...
fn signed(zigzag: u64) -> i64 {
    (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    fn codings() -> impl Strategy<Value = Vec<Coding>> {
        let systems = ["http://loinc.org", "", "urn:oid:1.2", "\u{1f}x", "http://snomed.info/sct"];
        let coding = (0..systems.len(), "[a-zA-Zé0-9.-]{0,30}");
        vec(coding.prop_map(move |(system, code)| Coding::new(systems[system], &code)), 0..4)
    }

    fn dates() -> impl Strategy<Value = PartialDate> {
        let parts = (1i16..=9999, 1i8..=12, 1i8..=28, 0..3);
        parts.prop_map(|(year, month, day, precision)| match precision {
            0 => PartialDate::Year(year),
            1 => PartialDate::Month(Month::new(year, month).unwrap()),
            _ => PartialDate::Day(Day::new(year, month, day).unwrap()),
        })
    }

    fn whens() -> impl Strategy<Value = Option<When>> {
        option::of((dates(), option::of(0u32..86_400)).prop_map(|(date, second)| When { date, second }))
    }

    fn periods() -> impl Strategy<Value = Option<Period>> {
        option::of((whens(), whens()).prop_map(|(start, end)| Period { start, end }))
    }

    fn decimals() -> impl Strategy<Value = Decimal> {
        let long = ((any::<i128>(), 33..=68).prop_map(|(n, cut)| n >> cut), 0u32..=28);
        prop_oneof![
            long.prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale)),
            (any::<i64>(), 0u32..=28).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
        ]
    }

    fn values() -> impl Strategy<Value = Value> {
        let unit = || option::of("[a-zA-Z0-9/%{}]{0,30}".prop_map(CompactString::from));
        let sides = [Comparator::Below, Comparator::AtMost, Comparator::AtLeast, Comparator::Above];
        prop_oneof![
            Just(Value::None),
            Just(Value::Other),
            (decimals(), unit()).prop_map(|(value, unit)| Value::Quantity { value, unit }),
            (0..4usize, decimals(), unit())
                .prop_map(move |(side, value, unit)| { Value::Bounded { comparator: sides[side], value, unit } }),
            any::<i64>().prop_map(Value::Integer),
            any::<bool>().prop_map(Value::Boolean),
            codings().prop_map(Value::Coded),
        ]
    }

    fn acts() -> impl Strategy<Value = ActFact> {
        let part = (codings(), values(), any::<bool>());
        let part = part.prop_map(|(codings, value, absent)| Component { codings: codings.into(), value, absent });
        let first = (0..3usize, codings(), whens(), periods(), values(), any::<bool>());
        (first, vec(part, 0..3), codings(), option::of(decimals()), codings()).prop_map(
            |((state, codings, when, period, value, absent), components, interpretation, reference_high, reasons)| {
                let state = [ActState::Done, ActState::NotDone, ActState::Ignored][state];
                let codings = codings.into();
                ActFact {
                    state,
                    codings,
                    when,
                    period,
                    value,
                    absent,
                    components,
                    interpretation,
                    reference_high,
                    reasons,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn an_act_is_read_as_it_was_kept(act in acts()) {
            let fact = Fact::Act(act);
            let kept = postcard::to_stdvec(&fact).unwrap();
            prop_assert_eq!(read(&kept).unwrap(), fact.clone());
            // And by hand, unless some number of it is longer than anybody measures.
            let mut reader = Reader::new(&kept[1..]);
            if let Some(by_hand) = super::act(&mut reader) {
                prop_assert_eq!(Fact::Act(by_hand), fact);
                prop_assert!(reader.is_empty());
            }
            // A cut one is refused, wherever it was cut.
            for end in 0..kept.len() {
                prop_assert!(read(&kept[..end]).is_err());
            }
        }

        #[test]
        fn any_bytes_are_read_as_postcard_reads_them(bytes in vec(0u8..8, 0..40)) {
            let kept = [vec![ACT], bytes].concat();
            let by_postcard = postcard::take_from_bytes::<Fact>(&kept).ok().filter(|(_, rest)| rest.is_empty());
            let by_hand = super::act(&mut Reader::new(&kept[1..]));
            if let Some((fact, _)) = by_postcard {
                prop_assert_eq!(read(&kept).unwrap(), fact);
            } else if let Some(act) = by_hand {
                // What follows an act, postcard does not look at.
                prop_assert_eq!(postcard::from_bytes::<Fact>(&kept).unwrap(), Fact::Act(act));
            }
        }
    }

    #[test]
    fn what_is_measured_is_read_by_hand() {
        let value = Value::Quantity { value: "-142.50".parse().unwrap(), unit: Some("mm[Hg]".into()) };
        let act = ActFact {
            state: ActState::Done,
            codings: [Coding::new("http://loinc.org", "8480-6")].into(),
            when: Some(When::day(Day::new(2026, 10, 15).unwrap())),
            period: None,
            value,
            absent: false,
            components: Vec::new(),
            interpretation: Vec::new(),
            reference_high: Some("5.0".parse().unwrap()),
            reasons: Vec::new(),
        };
        let kept = postcard::to_stdvec(&Fact::Act(act.clone())).unwrap();
        assert_eq!(super::act(&mut Reader::new(&kept[1..])), Some(act));
    }
}
