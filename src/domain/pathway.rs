//! The three care pathways (parcours): who may enter.

use super::calendar::Day;
use super::condition;
use super::condition::BirthReading;
use super::condition::Condition;
use super::condition::Context;
use super::dossier::Dossier;
use super::typologie::Ground;
use super::verdict::RuleStatus;

/// One pathway of `mappings/pathways/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pathway {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub eligible: Condition,
    pub status: RuleStatus,
}

/// Whether the patient may enter a pathway on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct PathwayResult {
    /// Index in `Rules::pathways`.
    pub pathway: usize,
    pub ground: Ground,
}

/// Answers which pathways the patient may enter on `date`, in the order of the rulebook. Rights and
/// states are those of the month of that day; a partial birth date stays three-valued.
pub fn evaluate(dossier: &Dossier<'_>, date: Day) -> Vec<PathwayResult> {
    let mut context = Context::new(dossier, date, BirthReading::Money);
    let params = &dossier.rules().params;
    let each = dossier.rules().pathways.iter().enumerate().map(|(pathway, rule)| {
        let finding = condition::evaluate(&rule.eligible, &mut context);
        let uses = context.take_uses();
        let ground = Ground {
            verdict: finding.verdict,
            evidence: dossier.references(&finding.evidence),
            missing: finding.missing,
            status: uses.weakest(rule.status, params, date),
            uses,
        };
        PathwayResult { pathway, ground }
    });
    each.collect()
}
