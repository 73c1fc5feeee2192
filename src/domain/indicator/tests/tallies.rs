//! Figures add up alike whoever adds them, and in whatever parts.

use crate::domain::calendar::Day;
use crate::domain::enrolment::testing::rules;
use crate::domain::indicator::Arm;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Frame;
use crate::domain::indicator::Part;
use crate::domain::indicator::Strata;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Tally;
use crate::domain::verdict::RuleStatus;
use proptest::prelude::*;

type Patient = (Strata, Vec<Part>);

fn patient() -> impl Strategy<Value = Patient> {
    let practitioners = prop::collection::btree_set(prop::sample::select(vec!["gp-1", "gp-2", "gp-3", "gp-4"]), 0..3);
    let part = (0..3_u16, 0..3_u32, prop::sample::select(vec![RuleStatus::Official, RuleStatus::Interpretation]));
    let parts = prop::collection::vec(part, 0..4);
    (0..4_u8, 0..4_usize, any::<bool>(), practitioners, parts).prop_map(|(sex, arm, told, practitioners, parts)| {
        let strata = Strata {
            sex,
            band: 0,
            arm: told.then_some(Arm::ALL[arm]),
            typologies: 0,
            practitioners: practitioners.into_iter().map(Box::from).collect(),
            attended_by_unknown: Default::default(),
        };
        let part = |(group, n, status)| Part {
            group,
            status,
            counts: Counts { initial: n, denominator: n, numerator: n / 2, ..Counts::default() },
        };
        (strata, parts.into_iter().map(part).collect())
    })
}

fn added<'f>(frame: &'f Frame, patients: &[Patient]) -> Tally<'f> {
    let mut tally = Tally::new(frame, &Stratifier::ALL, 3);
    patients.iter().for_each(|(strata, parts)| tally.add(strata, parts.iter().copied()));
    tally
}

proptest! {
    #[test]
    fn the_figures_of_two_parts_are_those_of_the_whole(
        patients in prop::collection::vec(patient(), 0..12),
        cut in 0..12_usize,
    ) {
        let day: Day = "2026-10-31".parse().unwrap();
        let frame = Frame::of(&rules(), day);
        let (one, other) = patients.split_at(cut.min(patients.len()));
        let mut parts = added(&frame, one);
        parts.absorb(&added(&frame, other));
        prop_assert_eq!(parts.finish("s"), added(&frame, &patients).finish("s"));
    }
}
