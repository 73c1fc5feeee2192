//! Attackers: one who tries every table that could have been published so, and knows how it was made;
//! and one who subtracts what was published of overlapping people.

use super::Guard;
use super::Line;
use super::Relation;
use super::Shown;
use super::protect;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// What is seen of a line: that it is empty or hidden, or its rounded numerator and denominator.
type Seen = (Shown, Option<(u64, u64)>);

fn published(guard: Guard, relation: Relation, total: &Line, lines: &[Line]) -> (Seen, Vec<Seen>) {
    let (of_total, of_lines) = protect(guard, relation, total, lines);
    let seen = |shown: Shown, line: &Line| {
        let told = (guard.rounded(u64::from(line.0[0])), guard.rounded(line.size()));
        (shown, (shown == Shown::Told).then_some(told))
    };
    (seen(of_total, total), of_lines.into_iter().zip(lines).map(|(shown, line)| seen(shown, line)).collect())
}

fn total(lines: &[Line]) -> Line {
    Line((0..2).map(|cell| lines.iter().map(|line| line.0[cell]).sum()).collect())
}

/// Table number `n` of all those of `count` lines with cells up to `most`.
fn table(mut n: usize, count: usize, most: u32) -> Vec<Line> {
    let cells = most as usize + 1;
    let mut next = || {
        let cell = n % cells;
        n /= cells;
        cell as u32
    };
    (0..count).map(|_| Line(vec![next(), next()])).collect()
}

/// Every table is published; of every publication whose total leaves no table out, whoever tries all
/// tables must find so many values for each hidden count.
fn attack_by_trying(guard: Guard, count: usize, most: u32) {
    let mut possible: HashMap<(Seen, Vec<Seen>), Vec<BTreeSet<u32>>> = HashMap::new();
    for n in 0..(most as usize + 1).pow(2 * count as u32) {
        let lines = table(n, count, most);
        let found = possible
            .entry(published(guard, Relation::Partition, &total(&lines), &lines))
            .or_insert_with(|| vec![BTreeSet::new(); 2 * count]);
        for (cell, value) in lines.iter().flat_map(|line| &line.0).enumerate() {
            found[cell].insert(*value);
        }
    }
    let mut hidden = 0;
    for ((of_total, of_lines), values) in &possible {
        let Some((_, size)) = of_total.1.filter(|(_, size)| size + u64::from(guard.base) <= u64::from(most)) else {
            continue;
        };
        for (cell, found) in values.iter().enumerate().filter(|(cell, _)| of_lines[cell / 2].0 == Shown::Hidden) {
            hidden += 1;
            let least = guard.small as usize + 1;
            assert!(found.len() >= least, "{guard:?}, {size} in all, {of_lines:?}: cell {cell} is one of {found:?}");
        }
    }
    assert!(hidden > 20, "{guard:?}: only {hidden} hidden counts were attacked");
}

#[test]
fn whoever_tries_every_table_and_knows_the_method_cannot_tell_a_hidden_count() {
    for (small, base, count, most) in [(2, 1, 3, 7), (2, 2, 3, 8), (3, 1, 2, 18), (3, 2, 2, 20), (3, 5, 2, 24)] {
        attack_by_trying(Guard { small, base }, count, most);
    }
}

const GUARD: Guard = Guard { small: 11, base: 5 };

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let cell = prop_oneof![3 => 0_u32..15, 2 => 0_u32..400, 1 => Just(0)];
    prop::collection::vec((cell.clone(), cell).prop_map(|(a, b)| Line(vec![a, b])), 1..9)
}

proptest! {
    #[test]
    fn no_small_count_is_shown(lines in lines()) {
        for relation in [Relation::Partition, Relation::Overlap] {
            let (of_total, shown) = protect(GUARD, relation, &total(&lines), &lines);
            for (line, shown) in lines.iter().zip(shown) {
                prop_assert_eq!(shown == Shown::Empty, line.is_empty() && of_total != Shown::Hidden);
                if shown == Shown::Told {
                    prop_assert!(line.0.iter().all(|count| *count >= GUARD.small));
                }
            }
        }
    }

    /// The total without what is shown is what is hidden: never one line, never few people.
    #[test]
    fn the_total_without_the_lines_shown_is_no_small_count(lines in lines()) {
        let (of_total, shown) = protect(GUARD, Relation::Partition, &total(&lines), &lines);
        let hidden: Vec<&Line> = lines.iter().zip(&shown).filter(|(_, s)| **s == Shown::Hidden).map(|(l, _)| l).collect();
        if of_total == Shown::Told && !hidden.is_empty() {
            prop_assert!(hidden.len() > 1);
            for cell in 0..2 {
                prop_assert!(hidden.iter().map(|line| line.0[cell]).sum::<u32>() >= GUARD.small);
            }
        }
    }

    /// Strata that overlap: neither those who are in one nor those who are not are few.
    #[test]
    fn the_total_without_a_stratum_is_no_small_count(lines in lines()) {
        let all = total(&lines);
        let (_, shown) = protect(GUARD, Relation::Overlap, &all, &lines);
        for (line, _) in lines.iter().zip(&shown).filter(|(line, s)| **s == Shown::Told && **line != all) {
            prop_assert!(all.without(line).0.iter().all(|count| *count >= GUARD.small));
        }
    }

    /// Two counts of overlapping people (a cohort and part of it, a month and the next) cannot be
    /// subtracted: a difference is never exact, and one that could be of few people could be of none.
    #[test]
    fn what_is_shown_of_two_cohorts_leaves_their_difference_open(least in 0_u64..2000, more in 0_u64..15) {
        let (a, b) = (GUARD.rounded(least), GUARD.rounded(least + more));
        let base = u64::from(GUARD.base);
        // Every pair of counts that is shown so.
        let near = |shown: u64| shown.saturating_sub(base)..=shown + base;
        let pairs = near(a).filter(|x| GUARD.rounded(*x) == a).flat_map(|x| {
            near(b).filter(|y| GUARD.rounded(*y) == b).map(move |y| y as i64 - x as i64)
        });
        let differences: BTreeSet<i64> = pairs.collect();
        prop_assert!(differences.contains(&(more as i64)));
        prop_assert!(differences.len() >= GUARD.base as usize);
    }

    #[test]
    fn the_order_of_lines_changes_nothing_but_their_place(lines in lines()) {
        let (of_total, shown) = protect(GUARD, Relation::Overlap, &total(&lines), &lines);
        let mut turned = lines.clone();
        turned.reverse();
        let (again, mut backwards) = protect(GUARD, Relation::Overlap, &total(&turned), &turned);
        backwards.reverse();
        prop_assert_eq!((of_total, shown), (again, backwards));
    }
}

#[test]
fn worked_tables() {
    use Shown::{Empty, Hidden, Told};
    let line = |a, b| Line(vec![a, b]);
    // (lines, total shown, lines shown)
    let cases = [
        (vec![line(40, 60), line(30, 20)], Told, vec![Told, Told]),
        // One small line takes the smallest other with it.
        (vec![line(40, 60), line(30, 20), line(3, 30)], Told, vec![Told, Hidden, Hidden]),
        // Nobody for whom it does not hold is as telling as nobody for whom it does.
        (vec![line(40, 60), line(30, 0), line(20, 30)], Told, vec![Told, Hidden, Hidden]),
        (vec![line(40, 60), line(0, 0)], Told, vec![Told, Empty]),
        (vec![line(5, 60), line(4, 50)], Hidden, vec![Hidden, Hidden]),
        // An empty line is not told where the total is hidden: the other would be the total.
        (vec![line(5, 60), line(0, 0)], Hidden, vec![Hidden, Hidden]),
        (vec![line(0, 0), line(0, 0)], Empty, vec![Empty, Empty]),
    ];
    for (lines, of_total, of_lines) in cases {
        assert_eq!(protect(GUARD, Relation::Partition, &total(&lines), &lines), (of_total, of_lines), "{lines:?}");
    }
}

#[test]
fn counts_are_shown_as_the_nearest_multiple() {
    for (count, shown) in [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (11, 15), (12, 15), (13, 15), (17, 15), (18, 20)] {
        assert_eq!(GUARD.rounded(count), shown, "{count}");
    }
    assert_eq!(Guard { small: 11, base: 1 }.rounded(17), 17);
}
