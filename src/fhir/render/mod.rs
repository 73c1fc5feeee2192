//! Results as FHIR resources: one file per question answered.
//!
//! Owns: the JSON shapes of design/api.md. Must not know: how results were computed, HTTP.
//! Amounts are written as JSON numbers with exactly two decimals, never through a float.

mod binary;
mod bundled;
mod care_plan;
mod closing;
mod control;
mod dossier;
mod explanation;
mod gaps;
mod invoice;
mod measure_report;
mod outcome;
mod outlook;
mod pathways;
mod prevention;
mod provenance;
mod published;
mod quality;
mod recommendation;
mod reconciliation;
mod roster;
mod simulation;
mod typologies;
mod worklist;

pub use binary::binary;
pub use bundled::{bind, full_url};
pub use care_plan::{CarePlanView, care_plan, care_plan_days, care_plan_id, care_plan_status};
pub use closing::{CaseView, ClosingView, closing, leaves_amount_open, totals};
pub use control::{Control, MonthControl};
pub use dossier::{DossierView, dossier};
pub use explanation::{ExplanationView, explanation};
pub use gaps::{GapsForm, GapsQuestion, GapsView, Requirements, StoredEntry, care_gaps};
pub use invoice::{Invoice, InvoiceView, Money, Standing, hex, invoice, invoice_id, money, statement, statement_id};
pub use measure_report::{ReportContent, ReportView, group_coding, measure_report, population_id};
pub use outcome::{operation_outcome, operation_outcome_or_ok, outcome_text_or_ok};
pub use outlook::{Changes, NextView, WhatIfView, next_change, what_if};
pub use pathways::{StandingView, StructurePathwaysView, pathways, structure_pathways};
pub use prevention::{prevention, prevention_report};
pub use published::{published_id, published_report};
pub use quality::{QUALITY, QualityView, quality};
pub use recommendation::{RecommendationView, recommendation, recommendation_id};
pub use reconciliation::{Difference, MonthSides, Reconciliation};
pub use roster::{DiffView, GroupView, LeavingView, group, group_id, group_shows, leaving, roster_diff};
pub use simulation::{SimulationView, simulation};
pub use typologies::typologies;
pub use worklist::{WorklistView, worklist};

use crate::domain::calendar::Instant;
use crate::domain::finding::EvidenceRef;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::verdict::RuleStatus;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What every served figure carries beside itself.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Instant of the last commit read: knowledge time of the answer.
    pub known_at: Instant,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: String,
    pub tariff: Option<String>,
    /// Weakest status among everything the figure used.
    pub weakest: RuleStatus,
    /// The patient that stands for the one asked about, when it was merged.
    pub merged_into: Option<Box<str>>,
}

impl Stamp {
    /// Answers the same stamp for a figure that used parameters of this weakest status.
    pub fn with_status(&self, weakest: RuleStatus) -> Stamp {
        Stamp { weakest, ..self.clone() }
    }

    fn parameters(&self) -> Vec<Value> {
        let mut out = vec![
            json!({"name": "knownAt", "valueInstant": self.known_at.to_string()}),
            json!({"name": "rulebook", "valueString": self.rulebook}),
        ];
        if let Some(tariff) = &self.tariff {
            out.push(json!({"name": "tariff", "valueString": tariff}));
        }
        out.push(json!({"name": "weakestStatus", "valueCode": self.weakest.code()}));
        if let Some(patient) = &self.merged_into {
            out.push(json!({"name": "mergedInto", "valueReference": {"reference": format!("Patient/{patient}")}}));
        }
        out
    }
}

/// Answers the id of a computed resource: the same for the same name, another for another
/// structure's, never longer than FHIR allows.
fn computed_id(prefix: &str, name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(16).fold(String::from(prefix), |mut id, byte| {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

/// Answers the versioned canonical of a measure: its version is that of the rulebook.
pub fn measure_canonical(id: &str, digest: &str) -> String {
    format!("{CANONICAL_BASE}/Measure/{id}|{}", measure_version(digest))
}

/// Answers the version of every measure of a rulebook.
pub fn measure_version(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Answers the extension that names the patient who stands for the one asked about, when merged.
fn merged_into(stamp: &Stamp) -> Option<Value> {
    let patient = stamp.merged_into.as_deref()?;
    Some(json!({"url": structure_definition("merged-into"),
                "valueReference": {"reference": format!("Patient/{patient}")}}))
}

/// Answers the URI of one of our code systems.
pub fn code_system(name: &str) -> String {
    format!("{CANONICAL_BASE}/CodeSystem/{name}")
}

/// Answers the URI of one of our structure definitions.
pub fn structure_definition(name: &str) -> String {
    format!("{CANONICAL_BASE}/StructureDefinition/{name}")
}

fn reference(evidence: &EvidenceRef) -> Value {
    json!({"reference": format!("{}/{}/_history/{}", evidence.kind.name(), evidence.id, evidence.version)})
}

fn part(name: &str, kind: &str, value: impl Into<Value>) -> Value {
    json!({"name": name, kind: value.into()})
}

fn evidence_parts(evidence: &[EvidenceRef]) -> impl Iterator<Item = Value> {
    evidence.iter().map(|e| part("evidence", "valueReference", reference(e)))
}

fn parameters(parts: Vec<Value>) -> Value {
    json!({"resourceType": "Parameters", "parameter": parts})
}
