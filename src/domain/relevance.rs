//! Which acts can matter to a monthly forfait: most of what a practice sends is for prevention alone.
//!
//! Owns: the texts one of which an act must hold, in a code or in the name of a code system, to be met
//! by any condition of a typology. Too many texts cost time; one too few would cost money.

use super::condition::Absent;
use super::condition::Condition;
use super::condition::EvidenceId;
use super::measure::ConceptId;
use super::measure::Derived;
use super::measure::MeasureId;
use super::prevention::EvidenceSource;
use super::rules::Rules;
use std::collections::BTreeSet;

/// Answers the texts of the codes that typologies ask of acts (Observation, Procedure, Immunization,
/// DiagnosticReport, QuestionnaireResponse). A code written in several ways is told by its systems.
pub fn texts_of_acts(rules: &Rules) -> BTreeSet<Box<str>> {
    let mut asked = Asked { rules, concepts: BTreeSet::new(), flags: BTreeSet::new(), own: BTreeSet::new() };
    for typologie in &rules.typologies {
        asked.condition(&typologie.eligible);
        asked.condition(&typologie.limits);
    }
    let mut texts = asked.own;
    for concept in asked.concepts {
        for code in &rules.concepts.get(ConceptId(concept)).codes {
            let described = rules.concepts.system(&code.system);
            let system = described.and_then(|system| rules.concepts.systems.get(usize::from(system)));
            match system.filter(|system| system.dotless) {
                Some(system) => texts.extend(system.aliases.iter().cloned().chain([system.uri.clone()])),
                None => drop(texts.insert(code.code.clone())),
            }
        }
    }
    texts
}

/// What conditions ask, flags followed once.
struct Asked<'r> {
    rules: &'r Rules,
    concepts: BTreeSet<u16>,
    flags: BTreeSet<u16>,
    own: BTreeSet<Box<str>>,
}

impl Asked<'_> {
    fn concept(&mut self, concept: ConceptId) {
        self.concepts.insert(concept.0);
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Always | Condition::Age { .. } | Condition::Sex(_) => {}
            Condition::All(parts)
            | Condition::Any(parts)
            | Condition::None(parts)
            | Condition::AllOrAny { parts, .. } => {
                parts.iter().for_each(|part| self.condition(part));
            }
            Condition::Concept { concept, .. } => self.concept(*concept),
            Condition::Latest(latest) => {
                latest.of.iter().for_each(|bound| self.measure(bound.measure));
                self.absent(&latest.absent);
            }
            Condition::LatestCoded { question, absent, .. } => {
                self.concept(*question);
                self.absent(absent);
            }
            Condition::Exists(exists) => self.evidence(exists.evidence),
            // Rights are carried by Coverage and Condition, which are always read.
            Condition::Right { .. } | Condition::Ald { .. } => {}
            Condition::Recognition { observation, .. } => self.concept(*observation),
            Condition::Flag(flag) => {
                if self.flags.insert(flag.0) {
                    let rules = self.rules;
                    self.condition(&rules.flags[usize::from(flag.0)].condition);
                }
            }
        }
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
        match &rules.evidences[usize::from(evidence.0)].source {
            EvidenceSource::Coded { concept, .. } => self.concept(*concept),
            EvidenceSource::SameDay(measures) => measures.iter().for_each(|measure| self.measure(*measure)),
            EvidenceSource::AllOf(concepts) => concepts.iter().for_each(|concept| self.concept(*concept)),
        }
        // Our own code of an evidence, which is its id, names it on any act.
        self.own.insert(rules.evidences[usize::from(evidence.0)].id.clone());
    }
}
