//! Over which months the conditions of a rulebook look back for a value.

use super::Absent;
use super::Condition;
use crate::domain::measure::ConceptId;
use crate::domain::measure::MeasureId;
use crate::domain::param::ParamId;
use crate::domain::prevention::Rule;
use crate::domain::rules::Rules;

/// A measure whose latest value counts only for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookBack {
    pub measure: MeasureId,
    /// Values taken while this problem was active are passed over.
    pub not_during: Option<ConceptId>,
    /// The parameter of that time, in months.
    pub months: ParamId,
}

/// Answers every such measure, wherever a rule asks.
pub fn windows(rules: &Rules) -> Vec<LookBack> {
    let mut found = Vec::new();
    rules.flags.iter().for_each(|flag| of(&flag.condition, &mut found));
    for typologie in &rules.typologies {
        of(&typologie.eligible, &mut found);
        of(&typologie.limits, &mut found);
    }
    rules.pathways.iter().for_each(|pathway| of(&pathway.eligible, &mut found));
    for item in &rules.items {
        let eligible = item.eligibility.iter().flat_map(|line| &line.requires_any);
        let excluded = item.exclusions.iter().map(|exclusion| &exclusion.when);
        let unconcerned = item.components.iter().flat_map(|component| &component.not_applicable_if);
        eligible.chain(excluded).chain(unconcerned).for_each(|condition| of(condition, &mut found));
        for component in &item.components {
            match &component.rule {
                Rule::Validity(rule) => rule.tiers.iter().for_each(|tier| of(&tier.when, &mut found)),
                Rule::Series(rule) => rule.schedules.iter().for_each(|schedule| of(&schedule.when, &mut found)),
                Rule::Season(_) | Rule::Milestones(_) => {}
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Flags are read where they are defined, not where they are named.
fn of(condition: &Condition, found: &mut Vec<LookBack>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) | Condition::None(parts) | Condition::AllOrAny { parts, .. } => {
            parts.iter().for_each(|part| of(part, found));
        }
        Condition::Latest(latest) => {
            if let Some(months) = latest.within_months {
                let not_during = latest.not_during;
                found.extend(latest.of.iter().map(|bound| LookBack { measure: bound.measure, not_during, months }));
            }
            absent(&latest.absent, found);
        }
        Condition::LatestCoded { absent: rule, .. } => absent(rule, found),
        Condition::Always
        | Condition::Age { .. }
        | Condition::Sex(_)
        | Condition::Concept { .. }
        | Condition::Exists(_)
        | Condition::Right { .. }
        | Condition::Ald { .. }
        | Condition::Recognition { .. }
        | Condition::Flag(_) => {}
    }
}

fn absent(rule: &Absent, found: &mut Vec<LookBack>) {
    if let Absent::UnknownIf(condition) = rule {
        of(condition, found);
    }
}
