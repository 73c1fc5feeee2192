//! The measures there are: one per prevention item, the card as a whole, one per indicator.

use super::Improvement;
use super::Part;
use super::Scoring;
use super::Share;
use super::Subject;
use super::of_card;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;

/// The id of the measure of the whole card.
pub const CARD: &str = "prevention";

/// A measure of a rulebook: what is published as `Measure/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityMeasure {
    /// An item of the prevention catalogue: index in `Rules::items`.
    Item(usize),
    /// The whole prevention card: one group of all its lines together, then one for each item.
    Card,
    /// Index in `Rules::indicators`.
    Indicator(usize),
}

/// One group of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupName {
    /// Unique in its measure, and stable: MeasureReport.group.code.
    pub code: Box<str>,
    pub label_fr: Box<str>,
}

impl QualityMeasure {
    /// Answers every measure, in the order of the catalogues: items, card, indicators.
    pub fn all(rules: &Rules) -> Vec<QualityMeasure> {
        let items = (0..rules.items.len()).map(QualityMeasure::Item);
        let indicators = (0..rules.indicators.len()).map(QualityMeasure::Indicator);
        items.chain([QualityMeasure::Card]).chain(indicators).collect()
    }

    /// Answers the measure of that id; `None` when there is none.
    pub fn find(rules: &Rules, id: &str) -> Option<QualityMeasure> {
        QualityMeasure::all(rules).into_iter().find(|measure| measure.id(rules) == id)
    }

    pub fn id(self, rules: &Rules) -> &str {
        match self {
            QualityMeasure::Item(n) => &rules.items[n].id,
            QualityMeasure::Card => CARD,
            QualityMeasure::Indicator(n) => &rules.indicators[n].id,
        }
    }

    pub fn label_fr(self, rules: &Rules) -> &str {
        match self {
            QualityMeasure::Item(n) => &rules.items[n].label_fr,
            QualityMeasure::Card => "Indicateurs de prévention",
            QualityMeasure::Indicator(n) => &rules.indicators[n].label_fr,
        }
    }

    /// Answers the groups, never none, in the order `Share::group` counts them.
    pub fn groups(self, rules: &Rules) -> Vec<GroupName> {
        let of_item =
            |n: usize| GroupName { code: rules.items[n].id.clone(), label_fr: rules.items[n].label_fr.clone() };
        match self {
            QualityMeasure::Item(n) => vec![of_item(n)],
            QualityMeasure::Card => {
                let whole = GroupName { code: CARD.into(), label_fr: self.label_fr(rules).into() };
                std::iter::once(whole).chain((0..rules.items.len()).map(of_item)).collect()
            }
            QualityMeasure::Indicator(n) => rules.indicators[n].groups(rules),
        }
    }

    /// Answers the status of its rule itself, whoever is counted.
    pub fn own_status(self, rules: &Rules) -> RuleStatus {
        match self {
            QualityMeasure::Item(n) => rules.items[n].status,
            QualityMeasure::Card => rules.items.iter().map(|item| item.status).max().unwrap_or(RuleStatus::Official),
            QualityMeasure::Indicator(n) => rules.indicators[n].status,
        }
    }

    /// Answers how its score is made, and which way is better.
    pub fn scored(self, rules: &Rules) -> (Scoring, Option<Improvement>) {
        match self {
            QualityMeasure::Item(_) | QualityMeasure::Card => (Scoring::Proportion, Some(Improvement::Increase)),
            QualityMeasure::Indicator(n) => (rules.indicators[n].scoring, rules.indicators[n].improvement),
        }
    }

    /// Answers what one patient brings to each group; a group he has no part in may be left out.
    /// A record merged into another brings nothing: the person counts once, there.
    pub fn shares(self, subject: &Subject<'_>) -> Vec<Share> {
        if subject.counts_for_nobody() {
            return Vec::new();
        }
        match self {
            QualityMeasure::Item(n) => vec![of_card::share(0, &subject.item(n))],
            QualityMeasure::Card => of_card::shares(subject.card()),
            QualityMeasure::Indicator(n) => subject.rules().indicators[n].shares(subject),
        }
    }

    /// Answers the same without what it rests on, which adding up does not ask for.
    pub fn parts(self, subject: &Subject<'_>) -> Vec<Part> {
        match self {
            _ if subject.counts_for_nobody() => Vec::new(),
            QualityMeasure::Item(n) => of_card::part(0, subject.status(n)).into_iter().collect(),
            QualityMeasure::Card => of_card::parts(subject.statuses()).collect(),
            QualityMeasure::Indicator(_) => self.shares(subject).iter().filter_map(Part::of).collect(),
        }
    }
}
