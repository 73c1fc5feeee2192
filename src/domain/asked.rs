//! What rules ask of the facts: which concepts, evidences and parameters decide something.
//!
//! Owns: the walk through conditions and items, flags followed once. Must not know: patients.

use super::condition::Absent;
use super::condition::Condition;
use super::condition::EvidenceId;
use super::condition::FlagId;
use super::condition::Latest;
use super::measure::ConceptId;
use super::measure::Derived;
use super::measure::Measure;
use super::measure::MeasureId;
use super::param::ParamId;
use super::prevention::Component;
use super::prevention::EvidenceSource;
use super::prevention::Item;
use super::prevention::Milestones;
use super::prevention::Proof;
use super::prevention::Rule;
use super::prevention::Season;
use super::prevention::Series;
use super::prevention::Validity;
use super::rules::Rules;
use std::collections::BTreeSet;

/// What has been met on the way, each once.
#[derive(Debug)]
pub struct Asked<'r> {
    rules: &'r Rules,
    pub concepts: BTreeSet<ConceptId>,
    /// The answers that coded questions compare with: they are looked for beside the question alone.
    pub values: BTreeSet<ConceptId>,
    pub evidences: BTreeSet<EvidenceId>,
    pub params: BTreeSet<ParamId>,
    flags: BTreeSet<FlagId>,
}

impl<'r> Asked<'r> {
    /// Nothing is asked yet.
    pub fn of(rules: &'r Rules) -> Asked<'r> {
        Asked {
            rules,
            concepts: BTreeSet::new(),
            values: BTreeSet::new(),
            evidences: BTreeSet::new(),
            params: BTreeSet::new(),
            flags: BTreeSet::new(),
        }
    }

    /// Adds what a condition asks. Rights are carried by Coverage and Condition: they ask no code of an act.
    pub fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Always | Condition::Sex(_) | Condition::Right { .. } | Condition::Ald { .. } => {}
            Condition::Age { min, max } => self.params.extend(min.iter().chain(max)),
            Condition::All(parts) | Condition::Any(parts) | Condition::None(parts) => {
                parts.iter().for_each(|part| self.condition(part));
            }
            Condition::AllOrAny { word, parts } => {
                self.params.insert(*word);
                parts.iter().for_each(|part| self.condition(part));
            }
            Condition::Concept { concept, .. } => self.concept(*concept),
            Condition::Latest(latest) => self.latest(latest),
            Condition::LatestCoded { question, value, absent } => {
                self.concept(*question);
                self.values.insert(*value);
                self.absent(absent);
            }
            Condition::Exists(exists) => {
                self.params.extend(exists.from.iter().chain(&exists.min_age));
                self.evidence(exists.evidence);
            }
            Condition::Recognition { observation, value } => {
                self.concept(*observation);
                self.values.insert(*value);
            }
            Condition::Flag(flag) => {
                if self.flags.insert(*flag) {
                    let rules = self.rules;
                    self.condition(&rules.flags[usize::from(flag.0)].condition);
                }
            }
        }
    }

    /// Adds what an item of the prevention catalogue asks.
    pub fn item(&mut self, item: &Item) {
        for line in &item.eligibility {
            self.params.extend(line.age_min.iter().chain(&line.age_max));
            line.requires_any.iter().for_each(|required| self.condition(required));
        }
        item.exclusions.iter().for_each(|exclusion| self.condition(&exclusion.when));
        self.params.insert(item.refusal_months);
        item.components.iter().for_each(|component| self.component(component));
    }

    fn component(&mut self, component: &Component) {
        component.not_applicable_if.iter().for_each(|when| self.condition(when));
        self.params.insert(component.lead_days);
        match &component.rule {
            Rule::Validity(rule) => self.validity(rule),
            Rule::Season(Season { evidence, campaign_start, window_start }) => {
                self.params.extend([*campaign_start, *window_start]);
                self.evidence(*evidence);
            }
            Rule::Milestones(rule) => self.milestones(rule),
            Rule::Series(rule) => self.series(rule),
        }
    }

    fn validity(&mut self, rule: &Validity) {
        for tier in &rule.tiers {
            self.condition(&tier.when);
            self.params.extend(tier.lead_days);
            tier.proofs.iter().for_each(|proof| self.proof(proof));
        }
        if let Some(abnormal) = &rule.abnormal {
            self.params.insert(abnormal.months);
            abnormal.evidence.iter().chain(&abnormal.cleared_by).for_each(|evidence| self.evidence(*evidence));
        }
    }

    fn proof(&mut self, proof: &Proof) {
        self.evidence(proof.evidence);
        let ages = [proof.age_at.0, proof.age_at.1, proof.age_now.0, proof.age_now.1];
        self.params.extend(ages.into_iter().chain([proof.only_if_count, proof.min_count, proof.months]).flatten());
    }

    fn milestones(&mut self, rule: &Milestones) {
        self.evidence(rule.evidence);
        self.params.extend(rule.ages.iter().flat_map(|(age, early)| [*age, *early]));
        if let Some(must) = &rule.must_contain {
            self.evidence(must.evidence);
            self.params.extend([must.at, must.until]);
        }
    }

    fn series(&mut self, rule: &Series) {
        self.evidence(rule.evidence);
        self.params.insert(rule.min_days);
        for schedule in &rule.schedules {
            self.condition(&schedule.when);
            self.params.extend([schedule.doses, schedule.incomplete_months]);
            let limits = [schedule.first_dose_before, schedule.min_spacing_months, schedule.lead_days];
            self.params.extend(limits.into_iter().flatten());
        }
    }

    fn concept(&mut self, concept: ConceptId) {
        self.concepts.insert(concept);
    }

    fn latest(&mut self, latest: &Latest) {
        let (min, max) = latest.age_at_measure;
        self.params.extend([latest.within_months, min, max].into_iter().flatten());
        latest.not_during.into_iter().for_each(|problem| self.concept(problem));
        for bound in &latest.of {
            self.params.extend(bound.bounds.iter().map(|(_, id)| *id));
            self.measure(bound.measure);
        }
        self.absent(&latest.absent);
    }

    fn absent(&mut self, absent: &Absent) {
        if let Absent::UnknownIf(condition) = absent {
            self.condition(condition);
        }
    }

    fn measure(&mut self, measure: MeasureId) {
        let rules = self.rules;
        let measure = rules.measures.get(measure);
        self.concept(measure.concept);
        if let Some(Derived::BodyMassIndex { weight, height }) = measure.derived {
            self.measure(weight);
            self.measure(height);
        }
    }

    fn evidence(&mut self, evidence: EvidenceId) {
        let rules = self.rules;
        if !self.evidences.insert(evidence) {
            return;
        }
        let evidence = &rules.evidences[usize::from(evidence.0)];
        self.params.extend(evidence.min_age);
        match &evidence.source {
            EvidenceSource::Coded { concept, .. } => self.concept(*concept),
            EvidenceSource::SameDay(measures) => {
                measures.iter().for_each(|measure| self.measure(*measure));
                // What would be computed from them may have been measured itself that day.
                let computed = |measure: &&(MeasureId, &Measure)| match measure.1.derived {
                    Some(Derived::BodyMassIndex { weight, height }) => {
                        measures.contains(&weight) || measures.contains(&height)
                    }
                    None => false,
                };
                let all = rules.measures.0.iter().enumerate().map(|(n, measure)| (MeasureId(n as u16), measure));
                let computed: Vec<(MeasureId, &Measure)> = all.filter(|one| computed(&one)).collect();
                computed.into_iter().for_each(|(id, _)| self.measure(id));
            }
            EvidenceSource::AllOf(concepts) => concepts.iter().for_each(|concept| self.concept(*concept)),
        }
    }
}
