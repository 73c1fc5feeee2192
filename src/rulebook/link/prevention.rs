//! Evidences and the items of the prevention catalogue.

use super::At;
use super::Linker;
use super::conditions::sex;
use super::params::ParamKind;
use crate::domain::condition::Condition;
use crate::domain::measure::ConceptId;
use crate::domain::prevention::Abnormal;
use crate::domain::prevention::Component;
use crate::domain::prevention::Eligibility;
use crate::domain::prevention::Evidence;
use crate::domain::prevention::EvidenceSource;
use crate::domain::prevention::Exclusion;
use crate::domain::prevention::Item;
use crate::domain::prevention::Milestones;
use crate::domain::prevention::MustContain;
use crate::domain::prevention::NotDone;
use crate::domain::prevention::Proof;
use crate::domain::prevention::Rule;
use crate::domain::prevention::Schedule;
use crate::domain::prevention::Season;
use crate::domain::prevention::Series;
use crate::domain::prevention::Tier;
use crate::domain::prevention::Validity;
use crate::domain::verdict::RuleStatus;
use crate::rulebook::error::Fault;
use crate::rulebook::schema::FileKind;

impl<'f> Linker<'f> {
    pub(super) fn evidences(&mut self) {
        for at in self.roots(FileKind::Evidence) {
            let source = self.evidence_source(&at).unwrap_or(EvidenceSource::AllOf(Vec::new()));
            let min_age = self.number(&at, "min_age");
            let (id, label_fr) = (at.text_of("id").into(), at.text_of("label_fr").into());
            self.evidences.push(Evidence { id, label_fr, source, min_age });
        }
    }

    fn evidence_source(&mut self, at: &At<'f>) -> Option<EvidenceSource> {
        let kinds = ["codes", "same_day", "all_of"].iter().filter(|k| at.key(k).is_some()).count();
        if kinds != 1 || at.key("codes").is_some() != at.key("accepted_on").is_some() {
            let fault = Fault::new(
                "evidence-source-count",
                "une preuve a soit des codes et les types qui les portent, soit same_day, soit all_of",
                "an evidence has either codes and the types that carry them, or same_day, or all_of",
            );
            self.blame(at, fault);
            return None;
        }
        if at.key("same_day").is_some() {
            return Some(EvidenceSource::SameDay(at.list("same_day").iter().filter_map(|m| self.measure(m)).collect()));
        }
        if at.key("all_of").is_some() {
            return Some(EvidenceSource::AllOf(at.list("all_of").iter().filter_map(|c| self.concept(c)).collect()));
        }
        let concept = *self.concept_ids.get(at.text_of("id"))?;
        Some(EvidenceSource::Coded { concept, numeric: at.is_true("requires_value") })
    }

    /// Answers the items in catalogue order.
    pub(super) fn items(&mut self) -> Vec<Item> {
        let roots = self.roots(FileKind::Prevention);
        self.check_ordinals(&roots);
        let mut items: Vec<Item> = Vec::new();
        for at in &roots {
            match self.item(at) {
                Some(item) => items.push(item),
                // Its own fault is told: what names it is not a second one.
                None => drop(self.left_out.insert(at.text_of("id").to_owned())),
            }
        }
        items.sort_by_key(|item| item.ordinal);
        items
    }

    fn item(&mut self, at: &At<'f>) -> Option<Item> {
        self.check_file_name(at);
        let eligibility = at.list("eligible").iter().map(|line| self.eligibility(line)).collect();
        let exclusions = at.list("excluded").iter().filter_map(|line| self.exclusion(line)).collect();
        let components = at.list("components").iter().filter_map(|c| self.component(c)).collect();
        let refusal_months = self.number(at, "refusal_months");
        Some(Item {
            ordinal: u16::try_from(at.integer_of("ordinal")?).ok()?,
            id: at.text_of("id").into(),
            domain: at.text_of("domain").into(),
            label_fr: at.text_of("label_fr").into(),
            short_fr: at.text_of("short_fr").into(),
            eligibility,
            exclusions,
            components,
            refusal_months: refusal_months?,
            status: RuleStatus::from_code(at.text_of("status"))?,
        })
    }

    fn eligibility(&mut self, at: &At<'f>) -> Eligibility {
        let (age_min, age_max) = self.bounds_of(at, "age");
        let requires_any = self.conditions(&at.list("requires_any"));
        Eligibility { sex: at.key("sex").map(|s| sex(s.text())), age_min, age_max, requires_any }
    }

    fn exclusion(&mut self, at: &At<'f>) -> Option<Exclusion> {
        let when = self.condition(&at.key("when")?)?;
        Some(Exclusion { when, reason: at.text_of("reason").into() })
    }

    fn component(&mut self, at: &At<'f>) -> Option<Component> {
        let kinds = ["validity", "season", "milestones", "series"];
        let named: Vec<&str> = kinds.into_iter().filter(|k| at.key(k).is_some()).collect();
        let [kind] = named[..] else {
            let fault = Fault::new(
                "rule-kind-count",
                "une composante a une règle et une seule : validity, season, milestones ou series",
                "a component has exactly one rule: validity, season, milestones or series",
            );
            self.blame(at, fault);
            return None;
        };
        let inner = at.key(kind)?;
        let rule = match kind {
            "validity" => self.validity(&inner).map(Rule::Validity),
            "season" => self.season(&inner).map(Rule::Season),
            "milestones" => self.milestones(&inner).map(Rule::Milestones),
            _ => self.series(&inner).map(Rule::Series),
        };
        let not_applicable_if = self.conditions(&at.list("not_applicable_if"));
        let lead_days = self.number(at, "lead_days");
        Some(Component { id: at.text_of("id").into(), not_applicable_if, rule: rule?, lead_days: lead_days? })
    }

    fn when(&mut self, at: &At<'f>) -> Option<Condition> {
        match at.key("when") {
            Some(when) => self.condition(&when),
            None => Some(Condition::Always),
        }
    }

    fn validity(&mut self, at: &At<'f>) -> Option<Validity> {
        let tiers = at.list("tiers").iter().filter_map(|tier| self.tier(tier)).collect();
        let abnormal = at.key("abnormal").and_then(|a| self.abnormal(&a));
        Some(Validity { tiers, abnormal })
    }

    fn tier(&mut self, at: &At<'f>) -> Option<Tier> {
        let when = self.when(at);
        let proofs = at.list("proofs").iter().filter_map(|p| self.proof(p)).collect();
        let lead_days = self.number(at, "lead_days");
        Some(Tier { when: when?, proofs, lead_days })
    }

    fn proof(&mut self, at: &At<'f>) -> Option<Proof> {
        Some(Proof {
            evidence: self.evidence_of(at, "evidence")?,
            age_at: self.bounds_of(at, "age_at"),
            age_now: self.bounds_of(at, "age_now"),
            only_if_count: self.number(at, "only_if_count"),
            min_count: self.number(at, "min_count"),
            months: self.number(at, "months"),
        })
    }

    fn abnormal(&mut self, at: &At<'f>) -> Option<Abnormal> {
        let evidence = at.list("evidence").iter().filter_map(|e| self.evidence(e)).collect();
        let cleared_by = at.list("cleared_by").iter().filter_map(|e| self.evidence(e)).collect();
        Some(Abnormal { evidence, cleared_by, months: self.number(at, "months")?, reason: at.text_of("reason").into() })
    }

    fn season(&mut self, at: &At<'f>) -> Option<Season> {
        let evidence = self.evidence_of(at, "evidence");
        let campaign_start = self.param(at, "campaign_start", ParamKind::MonthDay);
        let window_start = self.param(at, "window_start", ParamKind::MonthDay);
        Some(Season { evidence: evidence?, campaign_start: campaign_start?, window_start: window_start? })
    }

    fn milestones(&mut self, at: &At<'f>) -> Option<Milestones> {
        let evidence = self.evidence_of(at, "evidence");
        let ages = at
            .list("ages")
            .iter()
            .filter_map(|m| Some((self.number(m, "age")?, self.number(m, "tolerance")?)))
            .collect();
        let must_contain = at.key("must_contain").and_then(|m| self.must_contain(&m));
        Some(Milestones { evidence: evidence?, ages, must_contain })
    }

    fn must_contain(&mut self, at: &At<'f>) -> Option<MustContain> {
        Some(MustContain {
            at: self.number(at, "at")?,
            until: self.number(at, "until")?,
            evidence: self.evidence_of(at, "evidence")?,
            reason: at.text_of("reason").into(),
        })
    }

    fn series(&mut self, at: &At<'f>) -> Option<Series> {
        let evidence = self.evidence_of(at, "evidence");
        let min_days = self.number(at, "min_days");
        let schedules = at.list("schedules").iter().filter_map(|s| self.schedule(s)).collect();
        Some(Series { evidence: evidence?, min_days: min_days?, schedules })
    }

    fn schedule(&mut self, at: &At<'f>) -> Option<Schedule> {
        let when = self.when(at);
        Some(Schedule {
            first_dose_before: self.number(at, "first_dose_before"),
            min_spacing_months: self.number(at, "min_spacing_months"),
            doses: self.number(at, "doses")?,
            incomplete_months: self.number(at, "incomplete_months")?,
            lead_days: self.number(at, "lead_days"),
            when: when?,
        })
    }

    /// Answers what makes an act refused, contraindicated or abnormal; `items` in catalogue order.
    pub(super) fn not_done(&mut self, items: &[Item]) -> Option<NotDone> {
        let at = self.only(FileKind::NotDone, "not-done.yaml")?;
        let per_item: Vec<(ConceptId, ConceptId)> = items
            .iter()
            .filter_map(|item| {
                let own = |word: &str| self.concept_ids.get(format!("{word}:{}", item.id).as_str()).copied();
                Some((own("refused")?, own("contraindicated")?))
            })
            .collect();
        Some(NotDone {
            refusal: self.concept_of(&at, "refusal")?,
            contraindication: self.concept_of(&at, "contraindication")?,
            abnormal: self.concept_of(&at, "abnormal")?,
            per_item,
        })
    }
}
