//! Measures answered from the board: today's, by the rules in force.

use super::added::Adding;
use super::board::{Board, RowFigures};
use super::question::{Evaluation, MeasureQuestion, Populations, Whom};
use super::{named, practitioners};
use crate::app::Gateway;
use crate::app::failure::Failure;
use crate::domain::calendar::Day;
use crate::domain::indicator::PeriodUse;
use crate::domain::indicator::QualityMeasure;
use crate::domain::rules::Rules;
use crate::fhir::render;

impl Gateway {
    /// Answers the measures asked for where the board holds them: of today, as known now, over the
    /// civil year so far where the first day of the period matters; `None`: they are to be computed.
    pub(super) fn kept(
        &self,
        asked: &MeasureQuestion,
        (listed, today): (Populations, Day),
    ) -> Result<Option<Evaluation>, Failure> {
        let days = asked.days(today);
        if asked.known_at.is_some() || days.1 != today || matches!(asked.whom, Whom::Patient(_)) {
            return Ok(None);
        }
        let now = self.rulebooks.current();
        let current = render::measure_version(&now.digest);
        if named::versions(&asked.measures).any(|version| version != current) {
            return Ok(None);
        }
        let measures = named::measures(&now, &asked.measures)?;
        let first = |measure: &QualityMeasure| reads_first_day(*measure, &now.rulebook.rules);
        let year = (today.year(), 1, 1) == (days.0.year(), days.0.month_day().0, days.0.month_day().1);
        if measures.iter().any(first) && !year {
            return Ok(None);
        }
        let attended_by = match &asked.practitioner {
            Some(named) => Some(practitioners(&self.basis(&asked.structure, None)?, named)?),
            None => None,
        };
        let board = self.board_on(&asked.structure, today)?;
        if board.day != today || board.rules.digest != now.digest {
            return Ok(None);
        }
        let roster = match &asked.whom {
            Whom::Everybody | Whom::Patient(_) => None,
            Whom::Group(id) => match self.kept_roster(&board, &asked.structure, id) {
                Some(bit) => Some(bit),
                None => return Ok(None),
            },
        };
        let has = |row: &RowFigures| {
            roster.is_none_or(|bit| row.rosters() >> bit & 1 == 1)
                && attended_by.as_ref().is_none_or(|ids| ids.iter().any(|id| row.strata.attended_by(id)))
        };
        let rows: Vec<(&str, &RowFigures)> = board.patients().filter(|(_, row)| has(row)).collect();
        let everybody = roster.is_none() && attended_by.is_none();
        let adding = Adding {
            structure: &asked.structure,
            rules: &board.rules.rulebook.rules,
            frame: &board.frame,
            stratifiers: &asked.stratifiers,
            listed,
        };
        let each = measures.into_iter().enumerate().map(|numbered| {
            adding.measured(numbered, &rows, |add| match everybody {
                true => board.everybody((numbered.1, &asked.stratifiers), add),
                false => add(),
            })
        });
        let reports = each.collect();
        Ok(Some(Evaluation { known_at: board.known_at, rules: board.rules.clone(), day: board.day, reports }))
    }

    /// Answers the bit of a roster in a row. Where other structures may claim a patient, who is on a
    /// roster rests on them too, and is not kept.
    fn kept_roster(&self, board: &Board, structure: &str, group: &str) -> Option<usize> {
        let rules = &board.rules.rulebook.rules;
        let alone = self.store.structures_known() < 2;
        let is = |roster: &crate::domain::roster::Roster| render::group_id(structure, &roster.code(rules)) == group;
        board.rosters.iter().position(is).filter(|bit| alone && *bit < 64)
    }
}

/// Answers whether the first day of the period changes a measure.
fn reads_first_day(measure: QualityMeasure, rules: &Rules) -> bool {
    match measure {
        QualityMeasure::Item(_) | QualityMeasure::Card => false,
        QualityMeasure::Indicator(n) => rules.indicators[n].period == PeriodUse::Period,
    }
}
