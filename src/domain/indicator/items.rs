//! Lines of the prevention card up to date: fill rates, and the three cancer screenings together.

use super::GroupName;
use super::Share;
use super::Standing;
use super::Subject;
use super::of_card;
use crate::domain::calendar::Day;
use crate::domain::enrolment::consulted;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::Uses;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::verdict::Verdict;

/// `items:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    /// Indexes in `Rules::items`, in the order of the groups.
    pub of: Vec<usize>,
    pub groups: ItemGroups,
    /// Only patients whose first consultation that counts is older than so many months.
    pub followed_more_than: Option<ParamId>,
}

/// How the lines are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemGroups {
    /// One group for each.
    Each,
    /// All together, then one for each.
    TogetherAndEach,
}

impl Items {
    pub(super) fn together(&self) -> bool {
        self.groups == ItemGroups::TogetherAndEach
    }

    pub(super) fn groups(&self, whole: GroupName, rules: &Rules) -> Vec<GroupName> {
        let each = self
            .of
            .iter()
            .map(|n| GroupName { code: rules.items[*n].id.clone(), label_fr: rules.items[*n].label_fr.clone() });
        self.together().then_some(whole).into_iter().chain(each).collect()
    }

    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let member = match self.followed_more_than {
            Some(months) => member.and(&followed(subject, months)),
            None => member.clone(),
        };
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let first = usize::from(self.together());
        // Most of the lines cost as much as the whole card, which others will ask for too.
        if self.of.len() * 2 > subject.rules().items.len() {
            subject.card();
        }
        let line = |rank: usize, item: usize| subject.with_item(item, |line| of_card::share(first + rank, line));
        let lines = self.of.iter().enumerate().map(|(rank, item)| line(rank, *item));
        let each: Vec<Share> = lines.filter_map(|share| share.only_if(&member)).collect();
        let whole = (self.together() && !each.is_empty()).then(|| of_card::together(&each));
        whole.into_iter().chain(each).collect()
    }
}

/// Answers whether the patient has been followed for more than so many months: a consultation that
/// counts is older than the same day as many months before, and one of that very day is not.
fn followed(subject: &Subject<'_>, months: ParamId) -> Standing {
    let rules = subject.rules();
    let status = Uses::of(&[months]).weakest(rules.consommant.status, &rules.params, subject.day());
    let Some(months) = rules.params.integer(months, subject.day()) else {
        return Standing::of(Verdict::Unknown, status);
    };
    let limit = subject.day().add_months(-months).add_days(-1);
    let found = consulted(subject.dossier, subject.scope, (Day::min_value(), limit));
    let mut evidence: Vec<EvidenceRef> = found.evidence;
    evidence.sort();
    Standing { verdict: found.verdict, evidence, status }
}
