//! Patients with more consultations than a threshold, as a whole and by typology: each counts in
//! every typology that holds for him, payable or not.

use super::Counted;
use super::GroupName;
use super::Share;
use super::Standing;
use super::Subject;
use super::share::both;
use crate::domain::finding::FactIndex;
use crate::domain::finding::Uses;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::typologie;
use crate::domain::verdict::Verdict;
use rust_decimal::Decimal;

/// `consultations:` of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Consumption {
    pub counted: Counted,
    /// Strictly.
    pub above: ParamId,
    /// Window that ends on the day, from the same day as many months before, both included.
    pub within_months: ParamId,
    pub split: Split,
}

/// Which groups there are beside the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    None,
    /// One for each typology of the catalogue.
    Typologie,
}

impl Consumption {
    pub(super) fn groups(&self, whole: GroupName, rules: &Rules) -> Vec<GroupName> {
        let typologies = match self.split {
            Split::None => &[],
            Split::Typologie => rules.typologies.as_slice(),
        };
        let each = typologies.iter().map(|t| GroupName { code: t.id.clone(), label_fr: t.label_fr.clone() });
        std::iter::once(whole).chain(each).collect()
    }

    pub(super) fn shares(&self, subject: &Subject<'_>, member: &Standing) -> Vec<Share> {
        if member.verdict == Verdict::No {
            return Vec::new();
        }
        let high = self.high(subject);
        let whole = Share::of_one(0, member, &high);
        let each = match self.split {
            Split::None => Vec::new(),
            Split::Typologie => by_typologie(subject, member, &high),
        };
        whole.into_iter().chain(each).collect()
    }

    /// Answers whether the patient consults more than the threshold: also when what is not known of
    /// some consultations changes nothing.
    fn high(&self, subject: &Subject<'_>) -> Standing {
        let (rules, day) = (subject.rules(), subject.day());
        let uses = Uses::of(&[self.above, self.within_months]);
        let status = uses.weakest(rules.consommant.status, &rules.params, day);
        let above = rules.params.number(self.above, day);
        let months = rules.params.integer(self.within_months, day);
        let (Some(above), Some(months)) = (above, months) else { return Standing::of(Verdict::Unknown, status) };
        let first = day.add_months(-months);
        let (mut sure, mut open): (Vec<FactIndex>, Vec<FactIndex>) = (Vec::new(), Vec::new());
        for (contact, (by, here)) in self.counted.of(subject) {
            match contact.within(first, day).and(by).and(here) {
                Verdict::Yes => sure.push(contact.index),
                Verdict::Unknown => open.push(contact.index),
                Verdict::No => {}
            }
        }
        let verdict = if Decimal::from(sure.len()) > above {
            Verdict::Yes
        } else if Decimal::from(sure.len() + open.len()) > above {
            sure.append(&mut open);
            Verdict::Unknown
        } else {
            Verdict::No
        };
        Standing { verdict, evidence: subject.dossier.references(&sure), status }
    }
}

fn by_typologie(subject: &Subject<'_>, member: &Standing, high: &Standing) -> Vec<Share> {
    let month = subject.month();
    let each = month.typologies.iter().filter_map(|result| {
        let verdict = typologie::holds(subject.dossier, month.month, result);
        if verdict == Verdict::No {
            return None;
        }
        let evidence = both(&result.evidence, &[]);
        let of_it = member.and(&Standing { verdict, evidence, status: result.rule_status });
        Share::of_one(result.typologie + 1, &of_it, high)
    });
    each.collect()
}
