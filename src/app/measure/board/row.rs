//! What the board keeps of one patient.

use super::packed::Packed;
use crate::app::evaluate::{Evaluated, Found};
use crate::domain::calendar::Day;
use crate::domain::fact::Kind;
use crate::domain::indicator::Counts;
use crate::domain::indicator::Frame;
use crate::domain::indicator::Horizon;
use crate::domain::indicator::Part;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Strata;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Subject;
use crate::domain::indicator::counts_of;
use crate::domain::pathway::PathwayResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::roster::Roster;
use crate::domain::verdict::RuleStatus;

/// One patient on the day of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardRow {
    pub patient: Box<str>,
    /// `None`: deleted, or merged into another record, and counted nowhere.
    pub figures: Option<RowFigures>,
    /// The other records whose facts it may rest on.
    pub(super) others: Box<[Box<str>]>,
    /// The first day on which it may differ without a new fact.
    pub(in crate::app::measure) until: Day,
}

/// What is counted of a patient.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFigures {
    pub strata: Strata,
    /// The lines of the prevention card, in catalogue order.
    pub items: Box<[BoardItem]>,
    /// The rosters of the month he is on in this structure alone, as bits in the order of `Roster::all`.
    rosters: u64,
    indicators: Packed,
}

/// One line of the prevention card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardItem {
    pub status: ItemStatus,
    pub rule_status: RuleStatus,
    pub due_soon: bool,
    /// First day it is no longer up to date.
    pub due: Option<Day>,
}

/// By what rows are made.
pub(in crate::app::measure) struct Making<'a> {
    pub(in crate::app::measure) frame: &'a Frame,
    pub(in crate::app::measure) horizon: &'a Horizon,
    pub(in crate::app::measure) days: (Day, Day),
    pub(in crate::app::measure) rosters: &'a [Roster],
}

impl BoardRow {
    pub(in crate::app::measure) fn of(found: &Found, patient: &str, making: &Making<'_>) -> Option<BoardRow> {
        let uncounted = |others| BoardRow { patient: patient.into(), figures: None, others, until: Day::max_value() };
        match found {
            Found::Unknown => None,
            Found::Deleted(evaluated) => Some(uncounted(others(evaluated))),
            Found::Here(evaluated) if evaluated.merged_into().is_some() => Some(uncounted(others(evaluated))),
            Found::Here(evaluated) => {
                let view = evaluated.view();
                let subject = view.subject(making.days);
                let until = making.horizon.until(&subject);
                let pathways = view.pathways(making.days.1.month().last_day());
                let figures = Some(RowFigures::of(&subject, &pathways, making));
                Some(BoardRow { patient: patient.into(), figures, others: others(evaluated), until })
            }
        }
    }
}

/// Answers the other patients among the records: those merged with this one, or that name it.
fn others(evaluated: &Evaluated) -> Box<[Box<str>]> {
    let patients = evaluated.records.iter().filter(|record| record.kind == Kind::Patient);
    let linked = evaluated.linked_since(crate::domain::calendar::Instant(i64::MIN)).map(|version| &version.id);
    let mut ids: Vec<Box<str>> =
        patients.map(|record| &*record.id).chain(linked.map(|id| &**id)).map(Box::from).collect();
    ids.retain(|id| *id != evaluated.patient);
    ids.sort_unstable();
    ids.dedup();
    ids.into()
}

impl RowFigures {
    fn of(subject: &Subject<'_>, pathways: &[PathwayResult], making: &Making<'_>) -> RowFigures {
        let rules = subject.rules();
        let line = |line: &crate::domain::prevention::ItemResult| BoardItem {
            status: line.status,
            rule_status: line.rule_status,
            due_soon: line.due_soon,
            due: line.due,
        };
        let each = (0..rules.indicators.len()).map(|n| {
            let shares = QualityMeasure::Indicator(n).shares(subject);
            (n, shares.iter().filter_map(Part::of).collect())
        });
        let month = subject.month();
        let on = making.rosters.iter().enumerate().filter(|(_, roster)| roster.has(month, pathways));
        RowFigures {
            strata: Strata::of(subject, making.frame, &Stratifier::ALL),
            items: subject.card().items.iter().map(line).collect(),
            rosters: on.fold(0, |bits, (n, _)| bits | 1_u64.checked_shl(n as u32).unwrap_or(0)),
            indicators: Packed::of(each),
        }
    }

    /// Answers the rosters of the month he is on, as bits in the order of `Board::rosters`.
    pub(in crate::app::measure) fn rosters(&self) -> u64 {
        self.rosters
    }

    /// Adds to `out` what the patient brings to a measure.
    pub(in crate::app::measure) fn parts(&self, measure: QualityMeasure, out: &mut Vec<Part>) {
        let part = |group: usize, line: &BoardItem| told(group, counts_of(line.status), line.rule_status);
        match measure {
            QualityMeasure::Item(n) => out.extend(self.items.get(n).and_then(|line| part(0, line))),
            QualityMeasure::Card => {
                let status = self.items.iter().map(|line| line.rule_status).max().unwrap_or(RuleStatus::Official);
                out.extend(told(0, self.items.iter().map(|line| counts_of(line.status)).sum(), status));
                out.extend(self.items.iter().enumerate().filter_map(|(n, line)| part(n + 1, line)));
            }
            QualityMeasure::Indicator(n) => self.indicators.parts(n, out),
        }
    }
}

fn told(group: usize, counts: Counts, status: RuleStatus) -> Option<Part> {
    let group = u16::try_from(group).ok()?;
    (!counts.is_empty()).then_some(Part { group, status, counts })
}
