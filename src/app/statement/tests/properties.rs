//! Properties of closed months: whatever comes, in whatever order and however late, what was issued and
//! adjusted comes to what one computation with all of it gives; and what was once answered stays.

use super::*;
use proptest::prelude::*;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicU32;

fn arrival() -> impl Strategy<Value = Arrival> {
    let one = (0u8..12, 0..PEOPLE, any::<u8>(), any::<u8>());
    one.prop_map(|(what, who, a, b)| Arrival { what, who, a, b })
}

fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    proptest::collection::vec(arrival(), 5..60)
}

/// After how many arrivals each month is closed.
fn closings(arrivals: usize, places: &[usize]) -> Vec<usize> {
    let mut at: Vec<usize> = places.iter().map(|place| place % (arrivals + 1)).collect();
    at.sort_unstable();
    at
}

fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("MTR_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(16))]

    /// `MTR_CASES=2000 cargo test --lib app::statement` looks further.
    #[test]
    fn whatever_comes_late_issued_and_adjusted_is_what_is_due(
        late in arrivals(),
        places in proptest::collection::vec(any::<usize>(), CLOSED as usize),
        known in any::<bool>(),
    ) {
        let (piecewise, at_once) = (fresh("piecewise"), fresh("at-once"));
        if known {
            everybody(PEOPLE).for_each(|arrival| [&piecewise, &at_once].into_iter().for_each(|s| arrival.arrive(s)));
        }
        let mut open = 0;
        for (n, arrival) in late.iter().enumerate() {
            for _ in closings(late.len(), &places).iter().filter(|at| **at == n) {
                foots_as_answered(&piecewise, month(open));
                close(&piecewise, open);
                foots_as_answered(&piecewise, month(open));
                open += 1;
            }
            arrival.arrive(&piecewise);
            arrival.arrive(&at_once);
        }
        for n in open..=CLOSED {
            foots_as_answered(&piecewise, month(n));
            close(&piecewise, n);
        }
        prop_assert_eq!(paid(&piecewise), due(&at_once, (PEOPLE, CLOSED + 1)));
        // Nothing came since: nothing more is adjusted.
        let next = gateway().store.statements(&piecewise).unwrap().len();
        prop_assert_eq!(next as i32, CLOSED + 1);
        close(&piecewise, CLOSED + 1);
        let last = gateway().store.statements(&piecewise).unwrap().pop().unwrap().read_summary().unwrap();
        prop_assert!(last.tally.lines.iter().all(|line| &*line.code != REGULARISATION));
    }

    /// Two structures that declare the same people: each is adjusted to what it is due beside the other.
    #[test]
    fn two_structures_come_to_what_one_computation_of_both_gives(
        late in proptest::collection::vec((arrival(), any::<bool>()), 5..50),
        places in proptest::collection::vec((any::<usize>(), any::<bool>()), 6),
    ) {
        static PEOPLE_SO_FAR: AtomicU32 = AtomicU32::new(0);
        let pair = || {
            let first = PEOPLE_SO_FAR.fetch_add(u32::from(PEOPLE), Ordering::Relaxed);
            ([fresh("pair"), fresh("pair")], Some(first))
        };
        let (piecewise, at_once) = (pair(), pair());
        for (structures, ins) in [&piecewise, &at_once] {
            structures.iter().for_each(|s| everybody(PEOPLE).for_each(|arrival| arrival.arrive_as(s, *ins)));
        }
        let mut open = [0, 0];
        for (n, (arrival, which)) in late.iter().enumerate() {
            for (_, which) in places.iter().filter(|(place, _)| place % late.len() == n) {
                let structure = &piecewise.0[usize::from(*which)];
                foots_as_answered(structure, month(open[usize::from(*which)]));
                close(structure, open[usize::from(*which)]);
                open[usize::from(*which)] += 1;
            }
            for (structures, ins) in [&piecewise, &at_once] {
                arrival.arrive_as(&structures[usize::from(*which)], *ins);
            }
        }
        for which in [0, 1] {
            (open[which]..=CLOSED).for_each(|n| drop(close(&piecewise.0[which], n)));
            prop_assert_eq!(paid(&piecewise.0[which]), due(&at_once.0[which], (PEOPLE, CLOSED + 1)), "{}", which);
        }
    }

}

proptest! {
    #![proptest_config(config(4))]

    #[test]
    fn what_was_answered_at_an_instant_is_answered_of_it_for_ever(
        late in arrivals(),
        places in proptest::collection::vec(any::<usize>(), 3),
    ) {
        let structure = fresh("replay");
        everybody(PEOPLE).for_each(|arrival| arrival.arrive(&structure));
        let mut open = 0;
        let mut noted = Vec::new();
        let at = closings(late.len(), &places);
        for (n, arrival) in late.iter().enumerate().take(30) {
            if at.contains(&n) && open < 3 {
                close(&structure, open);
                open += 1;
            }
            if n % 4 == 0 {
                let now = crate::app::now();
                let told: Vec<_> = (0..3).map(|m| answered(&structure, month(m), None)).collect();
                noted.push((now, told));
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            arrival.arrive(&structure);
        }
        close(&structure, open);
        for (instant, told) in &noted {
            for (m, told) in told.iter().enumerate() {
                prop_assert_eq!(&answered(&structure, month(m as i32), Some(*instant)), told);
            }
        }
    }
}

/// Writes these to both structures: what is put in one commit, each id once, the rest after it.
fn arrive_together(arrivals: &[Arrival], structures: [&str; 2]) {
    let mut resources: BTreeMap<String, Value> = BTreeMap::new();
    resources.extend(arrivals.iter().filter_map(|one| one.resource(None)).map(|resource| (place(&resource), resource)));
    let resources: Vec<Value> = resources.into_values().collect();
    for structure in structures {
        resources.chunks(500).for_each(|chunk| push(structure, chunk));
        arrivals.iter().filter(|one| one.resource(None).is_none()).for_each(|one| one.arrive(structure));
    }
}

/// A year of a practice, closed month by month while late data of every kind arrives: 120 patients; as
/// many as `MTR_PATIENTS` says.
/// `MTR_PATIENTS=2000 cargo test --release --lib a_year_of_a_practice`
#[test]
fn a_year_of_a_practice_comes_to_what_is_due() {
    let people = std::env::var("MTR_PATIENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(120u16);
    let (piecewise, at_once) = (fresh("year"), fresh("year-at-once"));
    let both = [piecewise.as_str(), at_once.as_str()];
    arrive_together(&everybody(people).collect::<Vec<_>>(), both);
    let mut random = ChaCha8Rng::seed_from_u64(2026);
    const MONTHS: i32 = 12;
    let last = crate::app::today().month();
    let first = last.add_months(1 - MONTHS);
    for n in 0..MONTHS {
        let late: Vec<Arrival> = (0..people / 2)
            .map(|_| Arrival {
                what: random.random_range(0..12),
                who: random.random_range(0..people),
                a: random.random(),
                b: random.random(),
            })
            .collect();
        arrive_together(&late, both);
        close_month(&piecewise, first.add_months(n));
    }
    let paid = paid(&piecewise);
    assert!(paid.len() > usize::from(people) * 3, "{} patient-months are paid", paid.len());
    // The last month is closed with all that came: it adjusts every other.
    assert_eq!(paid, due_from(&at_once, (people, first, MONTHS)));
}
