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

/// One line of a table: counts shown together or not at all, and those of the same people who are in
/// none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// People nobody of whom is in two counts (those for whom it holds, those for whom it does not).
    pub counts: Vec<u32>,
    /// People taken out of counts that are shown. No table tells them, yet they are what counts of two
    /// tables over the same people differ by: they are shown with the line, as it were.
    pub excluded: u32,
    /// Further people behind the line, of whom nothing shown is a count: without anybody in the counts
    /// they are still somebody. Of whom nobody can tell is one of them, and not taken out: what a record
    /// lacks says nothing of anybody's health, and few lack something in nearly every practice.
    pub beside: u32,
}

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
    /// Nobody stands behind it, not even somebody taken out: which is told.
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

    /// Answers whether no count of a line is small: none of those shown, not even 0, for what holds of
    /// nobody holds not of everybody; of those taken out, nobody or not few.
    fn allows(self, line: &Line) -> bool {
        line.counts.iter().all(|count| *count >= self.small) && (line.excluded == 0 || line.excluded >= self.small)
    }
}

impl Line {
    /// Answers the line of people who are all in its counts.
    pub fn of(counts: Vec<u32>) -> Line {
        Line { counts, ..Line::default() }
    }

    fn is_empty(&self) -> bool {
        self.size() == 0 && self.excluded == 0 && self.beside == 0
    }

    fn size(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// Answers whether what is shown of both is of the same people.
    fn shows_as(&self, other: &Line) -> bool {
        (&self.counts, self.excluded) == (&other.counts, other.excluded)
    }

    fn without(&self, other: &Line) -> Line {
        Line {
            counts: self.counts.iter().zip(&other.counts).map(|(all, some)| all.saturating_sub(*some)).collect(),
            excluded: self.excluded.saturating_sub(other.excluded),
            beside: self.beside.saturating_sub(other.beside),
        }
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
            Relation::Overlap => guard.allows(line) && (line.shows_as(total) || guard.allows(&total.without(line))),
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
    let sums = (0..first.counts.len()).map(|n| hidden.iter().map(|line| line.counts[n]).sum());
    // Two tables that hide the same lines tell by how many are taken out of them together.
    let excluded = hidden.iter().map(|line| line.excluded).sum();
    hidden.len() > 1 && guard.allows(&Line { counts: sums.collect(), excluded, beside: 0 })
}

#[cfg(test)]
mod tests;
