//! Which counts of a table may be shown to somebody who must not learn of few people.
//!
//! Owns: suppression of small cells, the further suppression that keeps a total from giving them away,
//! and rounding, so that two tables of overlapping people, months or totals cannot be subtracted. Must
//! not know: what is counted, of whom.

/// How closely people may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// A count below this is small: it is not shown.
    pub small: u32,
    /// Every count shown is a multiple of this, at least 1.
    pub base: u32,
}

/// One line of a table: counts shown together or not at all, of people none of whom is in two of them
/// (those for whom it holds, those for whom it does not).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line(pub Vec<u32>);

/// How the lines of a table and its total belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Everybody of the total is in one line and no other: they add up to it.
    Partition,
    /// Somebody may be in several lines or in none: each leaves the others of the total.
    Overlap,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// There is nobody in it, which is told.
    Empty,
    Hidden,
    Told,
}

impl Guard {
    /// Answers a count as it is shown: the nearest multiple of the base, the greater of two as near; of one
    /// that is not small never a multiple that would be.
    pub fn rounded(self, count: u64) -> u64 {
        let (base, small) = (u64::from(self.base.max(1)), u64::from(self.small));
        let nearest = (count + base / 2) / base * base;
        if count < small { nearest } else { nearest.max(small.div_ceil(base) * base) }
    }

    /// Answers whether no count of a line is small.
    fn allows(self, line: &Line) -> bool {
        line.0.iter().all(|count| *count >= self.small)
    }
}

impl Line {
    fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    fn size(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    fn without(&self, other: &Line) -> Line {
        Line(self.0.iter().zip(&other.0).map(|(all, some)| all.saturating_sub(*some)).collect())
    }
}

/// Answers what becomes of the total and of each line.
pub fn protect(guard: Guard, relation: Relation, total: &Line, lines: &[Line]) -> (Shown, Vec<Shown>) {
    if total.is_empty() {
        return (Shown::Empty, vec![Shown::Empty; lines.len()]);
    }
    if !guard.allows(total) {
        // Whoever is in no line would be told by an empty one.
        return (Shown::Hidden, vec![Shown::Hidden; lines.len()]);
    }
    let alone = |line: &Line| {
        let told = match relation {
            Relation::Partition => guard.allows(line),
            // Those of the total who are not in the line are as easily told as those who are.
            Relation::Overlap => guard.allows(line) && (line == total || guard.allows(&total.without(line))),
        };
        match told {
            _ if line.is_empty() => Shown::Empty,
            true => Shown::Told,
            false => Shown::Hidden,
        }
    };
    let mut shown: Vec<Shown> = lines.iter().map(alone).collect();
    if relation == Relation::Partition {
        cover(guard, lines, &mut shown);
    }
    (Shown::Told, shown)
}

/// Hides further lines, the smallest first, until what is hidden cannot be told from the total: never
/// one line alone, and no count of all those hidden together small.
fn cover(guard: Guard, lines: &[Line], shown: &mut [Shown]) {
    while !covered(guard, lines, shown) {
        let told = (0..lines.len()).filter(|n| shown[*n] == Shown::Told);
        let Some(smallest) = told.min_by_key(|n| lines[*n].size()) else { return };
        shown[smallest] = Shown::Hidden;
    }
}

fn covered(guard: Guard, lines: &[Line], shown: &[Shown]) -> bool {
    let hidden: Vec<&Line> = lines.iter().zip(shown).filter(|(_, s)| **s == Shown::Hidden).map(|(l, _)| l).collect();
    let Some(first) = hidden.first() else { return true };
    let sums = (0..first.0.len()).map(|cell| hidden.iter().map(|line| line.0[cell]).sum());
    hidden.len() > 1 && guard.allows(&Line(sums.collect()))
}

#[cfg(test)]
mod tests;
