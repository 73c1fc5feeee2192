//! What holds for anybody on a roster.

use super::*;
use proptest::prelude::*;

prop_compose! {
    fn anybody()(
        birth in (1935i16..2027, 1i8..13, 1i8..29),
        death in prop::option::weighted(0.2, (2026i16..2027, 6i8..13, 1i8..29)),
        declared in prop::option::of((2024i16..2027, 1i8..13, 1i8..29)),
        ended in prop::option::weighted(0.3, (2026i16..2027, 1i8..13, 1i8..29)),
        visits in prop::collection::vec((2023i16..2027, 1i8..13, 1i8..29), 0..4),
        ald in prop::option::of(((2024i16..2027, 1i8..13, 1i8..29), (2026i16..2028, 1i8..13, 1i8..29))),
        c2s in prop::option::weighted(0.3, (2025i16..2027, 1i8..13, 1i8..29)),
    ) -> Vec<Record> {
        let text = |(year, month, day): (i16, i8, i8)| format!("{year:04}-{month:02}-{day:02}");
        let or_open = |date: Option<(i16, i8, i8)>| date.map(text).unwrap_or_default();
        let mut who = patient(&text(birth), Sex::Female);
        if let Some(date) = death {
            who.death = Death::On(when(&text(date)).unwrap());
        }
        let mut records = vec![person(who)];
        if declared.is_some() {
            records.push(enrolled(&format!("{}/{}", or_open(declared), or_open(ended))));
        }
        let mut days: Vec<String> = visits.into_iter().map(text).collect();
        days.dedup();
        records.extend(days.iter().map(|day| seen_on(day)));
        records.extend(ald.map(|(from, to)| right("a", "ald", &format!("{}/{}", text(from), text(to)))));
        records.extend(c2s.map(|from| right("c", "c2s", &format!("{}/", text(from)))));
        records
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..Default::default() })]

    #[test]
    fn entered_less_left_is_what_a_roster_grew_by_and_its_effects_are_what_it_costs_more(
        people in prop::collection::vec(anybody(), 1..8),
        gap in 1i32..7,
    ) {
        let from: Month = "2026-06".parse().unwrap();
        let (from, to) = (from.to_string(), from.add_months(gap).to_string());
        let charts: Vec<Chart> = people.into_iter().map(Chart::new).collect();
        for roster in Roster::all(&book()) {
            let (mut counts, mut cost) = (Counts::default(), 0);
            for chart in &charts {
                let (before, after) = (chart.side(&from), chart.side(&to));
                let change = chart.change(roster, &from, &to);
                let on = |side: &Side| roster.has(&side.month, &side.pathways);
                prop_assert_eq!(change.is_some(), on(&before) || on(&after));
                let Some(change) = change else { continue };
                counts.add(&change);
                cost += after.total.unwrap().0 - before.total.unwrap().0;
                prop_assert_eq!(change.reasons.is_empty(), change.moved == Move::Unchanged);
                if change.moved == Move::Unchanged {
                    prop_assert_eq!(change.effect, Some(Centimes::ZERO));
                }
                // The other way round who came has left.
                let back = chart.change(roster, &to, &from).unwrap();
                prop_assert_eq!(back.moved == Move::Left, change.moved == Move::Entered);
                prop_assert_eq!(back.moved == Move::Unchanged, change.moved == Move::Unchanged);
            }
            let [entered, left, changed, unchanged] = counts.moved.map(i64::from);
            prop_assert_eq!(entered - left, i64::from(counts.after) - i64::from(counts.before));
            prop_assert_eq!(i64::from(counts.before), left + changed + unchanged);
            prop_assert_eq!(counts.total(), Some(Centimes(cost)));
        }
    }

    #[test]
    fn a_membership_has_days_in_its_month(records in anybody(), ahead in 0i32..7) {
        let month: Month = "2026-06".parse().unwrap();
        let month = month.add_months(ahead);
        let chart = Chart::new(records);
        for roster in Roster::all(&book()) {
            let Some((from, until)) = chart.days(roster, &month.to_string()) else { continue };
            prop_assert!(from.is_empty() || day(&from) <= month.last_day(), "{from} to {until} in {month}");
            prop_assert!(until.is_empty() || day(&until) >= month.first_day(), "{from} to {until} in {month}");
            prop_assert!(from.is_empty() || until.is_empty() || from <= until, "{from} to {until}");
        }
    }
}
