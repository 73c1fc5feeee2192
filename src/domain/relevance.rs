//! Which acts can matter to a monthly forfait: most of what a practice sends is for prevention alone.
//!
//! Owns: the texts one of which an act must hold, in a code or in the name of a code system, to be met
//! by any condition of a typology. Too many texts cost time; one too few would cost money.

use super::asked::Asked;
use super::rules::Rules;
use super::system::System;
use std::collections::BTreeSet;

/// Answers the texts of the codes that typologies ask of acts (Observation, Procedure, Immunization,
/// DiagnosticReport, QuestionnaireResponse). A code written in several ways is told by its systems.
pub fn texts_of_acts(rules: &Rules) -> BTreeSet<Box<str>> {
    let mut asked = Asked::of(rules);
    for typologie in &rules.typologies {
        asked.condition(&typologie.eligible);
        asked.condition(&typologie.limits);
    }
    // Our own code of an evidence, which is its id, names it on any act.
    let own = asked.evidences.iter().map(|evidence| rules.evidences[usize::from(evidence.0)].id.clone());
    let mut texts: BTreeSet<Box<str>> = own.collect();
    for concept in asked.concepts {
        for code in &rules.concepts.get(concept).codes {
            let described = rules.concepts.system(&code.system);
            let system = described.and_then(|system| rules.concepts.systems.get(usize::from(system)));
            match system.filter(|system| system.dotless) {
                Some(system) => {
                    let written = system.aliases.iter().chain([&system.uri]);
                    texts.extend(written.map(|address| System::from(&**address).kept()));
                }
                None => drop(texts.insert(code.code.clone())),
            }
        }
    }
    texts
}
