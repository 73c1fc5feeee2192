//! Attackers: one who tries every table that could have been published so, and knows how it was made;
//! one who does so with two tables over the same people, of whom each leaves out others; and one who
//! subtracts what was published of overlapping people.

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

/// What is seen of a table: its total and its lines.
type Publication = (Seen, Vec<Seen>);

fn published(guard: Guard, relation: Relation, total: &Line, lines: &[Line]) -> Publication {
    let (of_total, of_lines) = protect(guard, relation, total, lines);
    let seen = |shown: Shown, line: &Line| {
        let told = (guard.rounded(u64::from(line.counts[0])), guard.rounded(line.size()));
        (shown, (shown == Shown::Told).then_some(told))
    };
    (seen(of_total, total), of_lines.into_iter().zip(lines).map(|(shown, line)| seen(shown, line)).collect())
}

fn total(lines: &[Line]) -> Line {
    Line {
        counts: (0..2).map(|cell| lines.iter().map(|line| line.counts[cell]).sum()).collect(),
        excluded: lines.iter().map(|line| line.excluded).sum(),
        beside: lines.iter().map(|line| line.beside).sum(),
    }
}

/// Table number `n` of all those of `count` lines with cells up to `most`.
fn table(mut n: usize, count: usize, most: u32) -> Vec<Line> {
    let cells = most as usize + 1;
    let mut next = || {
        let cell = n % cells;
        n /= cells;
        cell as u32
    };
    (0..count).map(|_| Line::of(vec![next(), next()])).collect()
}

/// Every table is published; of every publication whose total leaves no table out, whoever tries all
/// tables must find so many values for each hidden count.
fn attack_by_trying(guard: Guard, count: usize, most: u32) {
    let mut possible: HashMap<Publication, Vec<BTreeSet<u32>>> = HashMap::new();
    for n in 0..(most as usize + 1).pow(2 * count as u32) {
        let lines = table(n, count, most);
        let found = possible
            .entry(published(guard, Relation::Partition, &total(&lines), &lines))
            .or_insert_with(|| vec![BTreeSet::new(); 2 * count]);
        for (cell, value) in lines.iter().flat_map(|line| &line.counts).enumerate() {
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

/// Every way in which people of a stratum stand in two tables over the same: for each table those for
/// whom it holds, those for whom it does not, and those who are excluded from it.
fn strata_of_two_tables(most: u32) -> Vec<[Line; 2]> {
    let of = |people: u32| {
        let parts = (0..=people).flat_map(move |a| (0..=people - a).map(move |b| (a, b)));
        parts.map(move |(a, b)| Line { excluded: people - a - b, ..Line::of(vec![a, b]) }).collect::<Vec<_>>()
    };
    (0..=most)
        .flat_map(|people| {
            let lines = of(people);
            let pair = |one: &Line| lines.iter().map(|two| [one.clone(), two.clone()]).collect::<Vec<_>>();
            lines.iter().flat_map(pair).collect::<Vec<_>>()
        })
        .collect()
}

/// The values that a count may have, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Values(u16);

/// Two tables over the same people are published of two strata, for every number of people in each and
/// every way in which they are excluded. Whoever tries them all must not tell that few are excluded.
fn attack_by_subtracting(guard: Guard, most: u32) {
    let every = strata_of_two_tables(most);
    let mut possible: HashMap<[Publication; 2], [[Values; 3]; 4]> = HashMap::new();
    for one in &every {
        for other in &every {
            let tables = [0, 1].map(|table| [one[table].clone(), other[table].clone()]);
            let seen = tables.each_ref().map(|lines| published(guard, Relation::Partition, &total(lines), lines));
            let found = possible.entry(seen).or_default();
            for (found, line) in found.iter_mut().zip(tables.iter().flatten()) {
                found[0].0 |= 1 << line.counts[0];
                found[1].0 |= 1 << line.counts[1];
                found[2].0 |= 1 << line.excluded;
            }
        }
    }
    let (mut hidden, mut told) = (0, 0);
    for (seen, values) in &possible {
        // Where a total nears what is tried, tables are left out that could have been published so.
        let sizes = seen.iter().filter_map(|(of_total, _)| of_total.1).map(|(_, size)| size);
        if sizes.max().is_none_or(|size| size > u64::from(most)) {
            continue;
        }
        let nobody = |n: usize| seen.iter().any(|(_, lines)| lines[n % 2].0 == Shown::Empty);
        let of_lines = seen.iter().flat_map(|(_, lines)| lines).zip(values).enumerate();
        for (n, ((shown, _), [holds, not, excluded])) in of_lines {
            let few = Values((1 << guard.small) - 2);
            match shown {
                Shown::Empty => assert!([holds, not, excluded] == [&Values(1); 3], "{seen:?}"),
                // Of a stratum that another table tells to be empty nobody can be excluded.
                Shown::Hidden if nobody(n) => {}
                // That somebody is excluded is as little told as who it holds for.
                Shown::Hidden => {
                    hidden += 1;
                    let open = |values: &Values| values.0.count_ones() > guard.small;
                    assert!(open(holds) && open(not) && open(excluded), "{seen:?}: {excluded:?}");
                    assert!(excluded.0 & 1 == 1, "{seen:?}: {excluded:?}");
                }
                Shown::Told => {
                    told += 1;
                    assert!(excluded.0 & few.0 == 0, "{seen:?}: {excluded:?}");
                }
            }
        }
    }
    assert!(hidden > 10 && told > 5, "{guard:?}: only {hidden} hidden lines and {told} shown were attacked");
}

#[test]
fn whoever_subtracts_two_tables_over_the_same_people_cannot_tell_who_is_excluded() {
    for (small, base, most) in [(2, 1, 4), (2, 2, 5)] {
        attack_by_subtracting(Guard { small, base }, most);
    }
}

const GUARD: Guard = Guard { small: 11, base: 5 };

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let cell = prop_oneof![3 => 0_u32..15, 2 => 0_u32..400, 1 => Just(0)];
    let excluded = prop_oneof![3 => Just(0), 1 => 0_u32..15, 1 => 0_u32..400];
    let beside = prop_oneof![4 => Just(0), 1 => 1_u32..15];
    let line = (cell.clone(), cell, excluded, beside);
    let line = line.prop_map(|(a, b, excluded, beside)| Line { counts: vec![a, b], excluded, beside });
    prop::collection::vec(line, 1..9)
}

/// Answers whether people taken out may be told by a difference: nobody, or not few.
fn excludes_no_few(lines: &[&Line]) -> bool {
    let excluded: u32 = lines.iter().map(|line| line.excluded).sum();
    excluded == 0 || excluded >= GUARD.small
}

proptest! {
    #[test]
    fn no_small_count_is_shown(lines in lines()) {
        for relation in [Relation::Partition, Relation::Overlap] {
            let (of_total, shown) = protect(GUARD, relation, &total(&lines), &lines);
            for (line, shown) in lines.iter().zip(shown) {
                prop_assert_eq!(shown == Shown::Empty, line.is_empty() && of_total != Shown::Hidden);
                if shown == Shown::Told {
                    prop_assert!(line.counts.iter().all(|count| *count >= GUARD.small));
                    prop_assert!(excludes_no_few(&[line]));
                }
            }
            if of_total == Shown::Told {
                prop_assert!(excludes_no_few(&[&total(&lines)]));
            }
        }
    }

    /// Whoever knows how many people the strata have, from another table that excludes nobody, learns
    /// by subtraction how many are excluded from each line shown, from the total and from what is hidden.
    #[test]
    fn no_difference_to_a_table_over_the_same_people_is_few(lines in lines()) {
        let (of_total, shown) = protect(GUARD, Relation::Partition, &total(&lines), &lines);
        if of_total == Shown::Told {
            let hidden: Vec<&Line> = lines.iter().zip(&shown).filter(|(_, s)| **s == Shown::Hidden).map(|(l, _)| l).collect();
            prop_assert!(excludes_no_few(&hidden));
        }
        for (line, shown) in lines.iter().zip(&shown) {
            prop_assert!(*shown != Shown::Told || excludes_no_few(&[line]));
            // An exact 0 is told where there are no people at all.
            prop_assert!(*shown != Shown::Empty || *line == Line::of(vec![0, 0]));
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
                prop_assert!(hidden.iter().map(|line| line.counts[cell]).sum::<u32>() >= GUARD.small);
            }
        }
    }

    /// Strata that overlap: neither those who are in one nor those who are not are few.
    #[test]
    fn the_total_without_a_stratum_is_no_small_count(lines in lines()) {
        let all = total(&lines);
        let (_, shown) = protect(GUARD, Relation::Overlap, &all, &lines);
        for (line, _) in lines.iter().zip(&shown).filter(|(line, s)| **s == Shown::Told && **line != all) {
            let rest = all.without(line);
            let same = (&line.counts, line.excluded) == (&all.counts, all.excluded);
            prop_assert!(same || rest.counts.iter().all(|count| *count >= GUARD.small) && excludes_no_few(&[&rest]));
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
    let line = |a, b| Line::of(vec![a, b]);
    let out = |a, b, excluded| Line { excluded, ..line(a, b) };
    let untold = |beside| Line { beside, ..line(0, 0) };
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
        // All of a stratum are excluded: to tell that it is empty would tell it of each of them.
        (vec![line(40, 60), line(30, 20), out(0, 0, 15)], Told, vec![Told, Hidden, Hidden]),
        (vec![line(40, 60), out(0, 0, 3)], Hidden, vec![Hidden, Hidden]),
        (vec![out(0, 0, 3), line(0, 0)], Hidden, vec![Hidden, Hidden]),
        // Few are excluded: another table over the same people would tell them.
        (vec![line(40, 60), out(30, 20, 3)], Hidden, vec![Hidden, Hidden]),
        (vec![line(40, 60), out(30, 20, 3), out(40, 30, 12)], Told, vec![Told, Hidden, Hidden]),
        (vec![out(40, 60, 11), out(30, 20, 3), line(40, 30)], Told, vec![Hidden, Hidden, Hidden]),
        (vec![line(40, 60), out(30, 20, 12)], Told, vec![Told, Told]),
        // Nobody can tell of some: they are no count of anything, and yet not nobody.
        (vec![line(40, 60), line(30, 20), untold(2)], Told, vec![Told, Hidden, Hidden]),
        (vec![untold(2), line(0, 0)], Hidden, vec![Hidden, Hidden]),
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
