//! Under what patients are evaluated: as known when, by which rules, reading which facts.

use super::evaluate::Scope;
use super::failure::Failure;
use super::rulebooks::ActiveRules;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::domain::fact::Named;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::indicator::everybody;
use crate::domain::relevance;
use crate::domain::rules::Rules;
use crate::store::Relevant;
use std::sync::Arc;

/// Under what every patient of a structure is evaluated: as known when, by which rules, and who
/// works where.
#[derive(Clone)]
pub struct Basis {
    pub structure: String,
    /// Instant of the last commit read.
    pub known_at: Instant,
    pub rules: Arc<ActiveRules>,
    pub(super) scope: Arc<Scope>,
    /// The rules are those somebody named, not those in force.
    pub named: bool,
    /// Only these facts are read, where not all matter to the question.
    pub(super) relevant: Option<Arc<Relevant>>,
}

impl Basis {
    /// Answers the basis that reads only these facts.
    pub(super) fn of_relevant(self, relevant: Relevant) -> Basis {
        Basis { relevant: Some(Arc::new(relevant)), ..self }
    }

    /// Answers the first day after `day` on which something may change for every patient.
    pub(super) fn turns(&self, day: Day) -> Day {
        everybody(&self.rules.rulebook.rules, &self.scope.directory, day)
    }

    /// Answers the ids of the Practitioners that `Practitioner/id` or `PractitionerRole/id` means;
    /// `None` where the structure knows nobody of that name.
    pub(super) fn practitioners(&self, named: &str) -> Option<Vec<Box<str>>> {
        let (kind, id) = named.rsplit_once('/')?;
        let named = Named::resource(Kind::from_name(kind)?, id);
        let found = self.scope.directory.practitioners(&named);
        (self.scope.directory.knows(&named) && !found.is_empty()).then_some(found)
    }

    /// Answers the basis that reads only what matters to monthly forfaits, by its own rules and by those
    /// beside them. Where an FMT is priced everything matters.
    pub(super) fn for_money<'r>(
        self,
        tariffs: &[&Tariff],
        beside: impl Iterator<Item = &'r Rules>,
    ) -> Result<Basis, Failure> {
        if !tariffs.iter().all(|tariff| matches!(tariff.kind, TariffKind::Monthly(_))) {
            return Ok(self);
        }
        let mut texts = relevance::texts_of_acts(&self.rules.rulebook.rules);
        beside.for_each(|rules| texts.extend(relevance::texts_of_acts(rules)));
        let relevant = Relevant::new(texts.iter().map(|text| &**text), &relevance::SOUGHT_FOR_MONEY)?;
        Ok(self.of_relevant(relevant))
    }

    /// Answers the basis that reads only what matters to the prevention card.
    pub(super) fn for_card(self) -> Result<Basis, Failure> {
        let texts = relevance::texts_of_items(&self.rules.rulebook.rules);
        let relevant = Relevant::new(texts.iter().map(|text| &**text), &relevance::SOUGHT_FOR_CARD)?;
        Ok(self.of_relevant(relevant))
    }
}
