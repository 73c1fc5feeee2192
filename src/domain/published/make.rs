//! How the figures of a measure become a published table.
//!
//! What is small is told by people, whatever the measure counts: eleven appointments may be one
//! patient's. So each figure comes with how many people it is of.

use super::Cell;
use super::Group;
use super::Groups;
use super::Kind;
use super::Stratum;
use super::Table;
use super::TableRule;
use crate::domain::disclosure::Guard;
use crate::domain::disclosure::Line;
use crate::domain::disclosure::Relation;
use crate::domain::disclosure::Shown;
use crate::domain::disclosure::protect;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Figures;
use crate::domain::indicator::GroupFigures;
use crate::domain::indicator::Part;
use crate::domain::indicator::Unit;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;

/// Answers the people behind a part, as a part that adds up: of one patient, whether something of his
/// is in the numerator (`numerator`), in the base outside the numerator (`undecided`), in the base
/// (`denominator`), excluded, of those of whom nobody can tell (`missing`), in the initial population,
/// and measured.
pub fn people(part: Part) -> Part {
    let of = part.counts;
    let counts = Counts {
        initial: of.initial.min(1),
        denominator: of.base().min(1),
        numerator: of.numerator.min(1),
        undecided: of.base().saturating_sub(of.numerator).min(1),
        excluded: of.excluded.min(1),
        missing: of.undecided.min(1),
        measured: of.measured.min(1),
        ..Counts::default()
    };
    Part { counts, ..part }
}

/// Answers the table of a measure from its figures and from those of the people behind them.
pub fn table(guard: Guard, rule: &TableRule, rules: &Rules, figures: &Figures, people: &Figures) -> Table {
    let kind = Kind::of(rule.measure.scoring(rules));
    let maker = Maker { guard, kind, unit: rule.measure.unit(rules, 0) };
    let names = rule.measure.groups(rules);
    let each: Vec<Both<'_>> = figures.groups.iter().zip(&people.groups).map(|(of, by)| Both { of, by }).collect();
    let cells: Vec<(Cell, Vec<Cell>)> = match rule.groups {
        Groups::First => each.iter().take(1).map(|group| maker.apart(group, rule)).collect(),
        Groups::Apart => each.iter().map(|group| maker.apart(group, rule)).collect(),
        Groups::Overlap => maker.overlapping(&each),
        Groups::Shares => maker.shares(&each),
    };
    let groups = names.into_iter().zip(cells).zip(&each).map(|((name, (whole, cells)), both)| {
        let strata = both.strata().map(|(stratum, ..)| stratum);
        let strata = strata.zip(cells).map(|(stratum, cell)| Stratum {
            code: stratum.code.clone(),
            label_fr: stratum.label_fr.clone(),
            cell,
        });
        Group { code: name.code, label_fr: name.label_fr, whole, strata: strata.collect() }
    });
    Table {
        measure: rule.measure.id(rules).into(),
        kind: maker.kind,
        unit: rule.measure.unit(rules, 0).code().into(),
        by: rule.by.map(|by| by.code().into()),
        groups: groups.collect(),
        status: figures.status.max(rule.measure.own_status(rules)).max(RuleStatus::Official),
    }
}

/// The figures of a group and of the people behind them.
struct Both<'f> {
    of: &'f GroupFigures,
    by: &'f GroupFigures,
}

impl<'f> Both<'f> {
    /// Answers each stratum of the one way it is broken down, with its counts and its people.
    fn strata(&self) -> impl Iterator<Item = (&'f crate::domain::indicator::Stratum, Counts, Counts)> + use<'f> {
        let of = self.of.strata.first().map(|(_, strata)| strata.as_slice()).unwrap_or_default();
        let by = self.by.strata.first().map(|(_, strata)| strata.as_slice()).unwrap_or_default();
        of.iter().zip(by).map(|((stratum, counts), (_, people))| (stratum, *counts, *people))
    }
}

/// Answers a share in hundredths, the nearest.
fn hundredths(part: u64, whole: u64) -> u64 {
    let whole = whole.max(1);
    (200 * part + whole) / (2 * whole)
}

/// Answers the people who must not be few, whichever of them are counted. Where it is people that are
/// counted, a denominator is told: another one over the same people tells who is excluded from it.
pub(super) fn line((kind, unit): (Kind, Unit), people: &Counts) -> Line {
    let told = kind == Kind::Proportion && unit == Unit::Patient;
    Line {
        counts: match kind {
            Kind::Proportion => vec![people.numerator, people.undecided],
            Kind::Mean => vec![people.measured],
            Kind::Count => vec![people.initial],
        },
        excluded: if told { people.excluded } else { 0 },
        beside: people.initial.saturating_add(people.missing),
    }
}

struct Maker {
    guard: Guard,
    kind: Kind,
    unit: Unit,
}

impl Maker {
    fn line(&self, people: &Counts) -> Line {
        line((self.kind, self.unit), people)
    }

    fn cell(&self, shown: Shown, of: &Counts) -> Cell {
        let rounded = |count: u64| self.guard.rounded(count);
        match (shown, self.kind) {
            (Shown::Empty, _) => Cell::Empty,
            (Shown::Hidden, _) => Cell::Hidden,
            (Shown::Told, Kind::Proportion) if self.unit != Unit::Patient => {
                Cell::Rate(hundredths(u64::from(of.numerator), u64::from(of.base())))
            }
            (Shown::Told, Kind::Proportion) => Cell::Proportion {
                numerator: rounded(u64::from(of.numerator)),
                denominator: rounded(u64::from(of.base())),
            },
            (Shown::Told, Kind::Mean) if of.known == 0 && of.missing > 0 => Cell::Unknown,
            (Shown::Told, Kind::Mean) => {
                let measured = u64::from(of.measured.max(1));
                let (known, missing) = (u64::from(of.known), u64::from(of.missing));
                let coverage = if missing == 0 { 100 } else { hundredths(known, known + missing) };
                Cell::Mean { tenths: (20 * of.sum + measured) / (2 * measured), coverage }
            }
            (Shown::Told, Kind::Count) => Cell::Count(rounded(u64::from(of.initial))),
        }
    }

    /// A group for itself, with its strata.
    fn apart(&self, group: &Both<'_>, rule: &TableRule) -> (Cell, Vec<Cell>) {
        let overlaps = rule.by.is_some_and(|by| by.overlaps());
        let relation = if overlaps { Relation::Overlap } else { Relation::Partition };
        let lines: Vec<Line> = group.strata().map(|(_, _, people)| self.line(&people)).collect();
        let (of_whole, of_strata) = protect(self.guard, relation, &self.line(&group.by.whole), &lines);
        let strata = group.strata().zip(of_strata).map(|((_, counts, _), shown)| self.cell(shown, &counts));
        (self.cell(of_whole, &group.of.whole), strata.collect())
    }

    /// The first group is the whole of the others.
    fn overlapping(&self, groups: &[Both<'_>]) -> Vec<(Cell, Vec<Cell>)> {
        let Some((whole, parts)) = groups.split_first() else { return Vec::new() };
        let lines: Vec<Line> = parts.iter().map(|part| self.line(&part.by.whole)).collect();
        let (of_whole, of_parts) = protect(self.guard, Relation::Overlap, &self.line(&whole.by.whole), &lines);
        let shown = std::iter::once(of_whole).chain(of_parts);
        groups.iter().zip(shown).map(|(group, shown)| (self.cell(shown, &group.of.whole), Vec::new())).collect()
    }

    /// The numerators of all groups add up to their one denominator.
    fn shares(&self, groups: &[Both<'_>]) -> Vec<(Cell, Vec<Cell>)> {
        let first = groups.first().map(|group| group.by.whole).unwrap_or_default();
        let beside = first.initial.saturating_add(first.missing);
        let whole = Line { beside, ..Line::of(vec![first.denominator]) };
        let lines: Vec<Line> = groups.iter().map(|group| Line::of(vec![group.by.whole.numerator])).collect();
        let (of_whole, mut shown) = protect(self.guard, Relation::Partition, &whole, &lines);
        // One person may be in several groups: how many are hidden together nobody can tell from their
        // sum, so that one hidden group hides them all.
        if shown.contains(&Shown::Hidden) {
            shown.fill(Shown::Hidden);
        }
        let cell = |shown: Shown, group: &Both<'_>| match (of_whole, shown) {
            // Nobody of a group is a share of 0, of a base that has somebody.
            (Shown::Told, Shown::Empty) => Cell::Rate(0),
            _ => self.cell(shown, &group.of.whole),
        };
        groups.iter().zip(shown).map(|(group, shown)| (cell(shown, group), Vec::new())).collect()
    }
}
