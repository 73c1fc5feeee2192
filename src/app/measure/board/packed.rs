//! What one patient brings to the indicators, in few bytes: nearly all counts are 0 or 1, and there are
//! many patients.

use crate::domain::indicator::Counts;
use crate::domain::indicator::Part;
use crate::domain::verdict::RuleStatus;

const STATUSES: [RuleStatus; 5] = [
    RuleStatus::Official,
    RuleStatus::Fallback,
    RuleStatus::Interpretation,
    RuleStatus::Unknown,
    RuleStatus::Fictional,
];

/// The parts of a patient by indicator. Of each indicator: its number, how many bytes follow, and its
/// parts; of each part: group, status, which counts are not 0, and these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed(Box<[u8]>);

impl Packed {
    /// Packs the parts, by number of their indicator.
    pub(super) fn of(parts: impl Iterator<Item = (usize, Vec<Part>)>) -> Packed {
        let mut out = Vec::new();
        for (indicator, parts) in parts.filter(|(_, parts)| !parts.is_empty()) {
            let mut section = Vec::new();
            parts.iter().for_each(|part| pack(part, &mut section));
            put(indicator as u64, &mut out);
            put(section.len() as u64, &mut out);
            out.extend(section);
        }
        Packed(out.into())
    }

    /// Adds the parts in an indicator to `out`.
    pub(super) fn parts(&self, indicator: usize, out: &mut Vec<Part>) {
        let mut rest = &self.0[..];
        while let (Some(number), Some(length)) = (take(&mut rest), take(&mut rest)) {
            let Some((mut section, after)) = rest.split_at_checked(length as usize) else { return };
            if number == indicator as u64 {
                out.extend(std::iter::from_fn(|| unpack(&mut section)));
                return;
            }
            rest = after;
        }
    }
}

fn pack(part: &Part, out: &mut Vec<u8>) {
    let values = part.counts.values();
    let told = values.iter().enumerate().filter(|(_, value)| **value > 0).fold(0, |bits, (n, _)| bits | 1 << n);
    put(u64::from(part.group), out);
    put(STATUSES.iter().position(|status| *status == part.status).unwrap_or(0) as u64, out);
    put(told, out);
    values.iter().filter(|value| **value > 0).for_each(|value| put(*value, out));
}

fn unpack(rest: &mut &[u8]) -> Option<Part> {
    let group = u16::try_from(take(rest)?).ok()?;
    let status = *STATUSES.get(take(rest)? as usize)?;
    let told = take(rest)?;
    let mut values = [0; 9];
    for (n, value) in values.iter_mut().enumerate() {
        if told >> n & 1 == 1 {
            *value = take(rest)?;
        }
    }
    Some(Part { group, status, counts: Counts::of_values(values) })
}

/// Seven bits a byte, the lowest first; the last has no eighth bit.
fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part() -> impl Strategy<Value = Part> {
        let count = prop_oneof![Just(0_u64), Just(1), 0..300_u64, Just(u64::from(u32::MAX))];
        let values = proptest::array::uniform9(count);
        (0..200_u16, 0..5_usize, values).prop_map(|(group, status, values)| Part {
            group,
            status: STATUSES[status],
            counts: Counts::of_values(values),
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_again(all in proptest::collection::vec(proptest::collection::vec(part(), 0..5), 0..6)) {
            let packed = Packed::of(all.iter().cloned().enumerate());
            for (n, parts) in all.iter().enumerate() {
                let mut read = Vec::new();
                packed.parts(n, &mut read);
                prop_assert_eq!(&read, parts);
            }
            let mut none = Vec::new();
            packed.parts(all.len(), &mut none);
            prop_assert!(none.is_empty());
        }
    }
}
