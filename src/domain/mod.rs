//! Facts, rules and figures of the MTR experiment.
//!
//! Owns: what a fact is, what a rule is, and how (facts, rules, date) become verdicts, a
//! prevention card and a forfait. Everything here is a pure function of its arguments.
//! Must not know: FHIR JSON, YAML, HTTP, the store, the clock. The date is always an argument.

// The paths of this floor read alike from inside and from above.
extern crate self as domain;

pub mod asked;
pub mod calendar;
pub mod codes;
pub mod condition;
pub mod directory;
pub mod disclosure;
pub mod dossier;
pub mod enrolment;
pub mod envelope;
pub mod explain;
pub mod fact;
pub mod finding;
pub mod fmt;
pub mod forfait;
pub mod gap;
pub mod id;
pub mod indicator;
pub mod measure;
pub mod merge;
pub mod money;
pub mod outlook;
pub mod param;
pub mod pathway;
pub mod prevention;
pub mod publication;
pub mod published;
pub mod quality;
pub mod relevance;
pub mod roster;
pub mod rules;
pub mod simulation;
pub mod statement;
pub mod system;
#[cfg(test)]
pub mod testing;
pub mod typologie;
pub mod verdict;
pub mod words;
pub mod worklist;
