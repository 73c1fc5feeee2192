//! Reports of measures, as trees: of one patient, of a list, of all.

use crate::app::{Gateway, Individual, MeasureQuestion, Measured, Populations, Whom};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::fhir::render;
use crate::fhir::render::{ReportContent, ReportView, Stamp};
use crate::http::problem::Problem;
use serde_json::{Value, json};

/// What the figures of an answer rest on.
pub(super) struct Grounds<'a> {
    pub(super) known_at: Instant,
    pub(super) rules: &'a Rules,
    pub(super) rulebook: &'a str,
    pub(super) day: Day,
}

impl Grounds<'_> {
    fn stamp(&self, merged_into: Option<Box<str>>) -> Stamp {
        Stamp {
            known_at: self.known_at,
            rulebook: self.rulebook.to_owned(),
            tariff: None,
            weakest: RuleStatus::Official,
            merged_into,
        }
    }
}

/// Answers one report per measure of one patient.
pub(super) fn individual(gateway: &Gateway, asked: &MeasureQuestion, patient: &str) -> Result<Vec<Value>, Problem> {
    let Individual { known_at, rules, day, merged_into, measures } = gateway.individual(asked, patient)?;
    let rulebook = &rules.rulebook.rules;
    let grounds = Grounds { known_at, rules: rulebook, rulebook: &rules.digest, day };
    let stamp = grounds.stamp(merged_into);
    let subject = format!("Patient/{patient}");
    let each = measures.iter().map(|(measure, shares)| {
        render::measure_report(&ReportView {
            structure: &asked.structure,
            rules: rulebook,
            measure: *measure,
            stamp: &stamp,
            period: asked.period,
            day,
            subject: Some(&subject),
            practitioner: asked.practitioner.as_deref(),
            content: ReportContent::Individual(shares),
        })
    });
    Ok(each.collect())
}

/// Answers one report per measure over the patients asked about.
pub(super) fn over_many(
    gateway: &Gateway,
    asked: &MeasureQuestion,
    listed: Populations,
) -> Result<Vec<Value>, Problem> {
    let told = gateway.evaluation(asked, listed)?;
    let rulebook = &told.rules.rulebook.rules;
    let grounds = Grounds { known_at: told.known_at, rules: rulebook, rulebook: &told.rules.digest, day: told.day };
    Ok(told.reports.iter().map(|measured| summary(asked, &grounds, measured, listed)).collect())
}

/// Answers the report of one measure.
pub(super) fn summary(
    asked: &MeasureQuestion,
    grounds: &Grounds<'_>,
    measured: &Measured,
    listed: Populations,
) -> Value {
    let subject = match (&asked.whom, &asked.practitioner) {
        (Whom::Patient(id), _) => Some(format!("Patient/{id}")),
        (Whom::Group(id), _) => Some(format!("Group/{id}")),
        (Whom::Everybody, practitioner) => practitioner.clone(),
    };
    render::measure_report(&ReportView {
        structure: &asked.structure,
        rules: grounds.rules,
        measure: measured.measure,
        stamp: &grounds.stamp(None),
        period: asked.period,
        day: grounds.day,
        subject: subject.as_deref(),
        practitioner: asked.practitioner.as_deref().filter(|_| asked.whom != Whom::Everybody),
        content: match listed {
            Populations::Counted => ReportContent::Summary(&measured.figures),
            Populations::Listed => ReportContent::SubjectList(&measured.figures, &measured.lists),
        },
    })
}

/// Answers a collection of reports.
pub(super) fn collection(reports: Vec<Value>, base: &str) -> Value {
    let entry = reports.into_iter().map(|mut report| {
        let url = render::full_url("MeasureReport", report["id"].as_str().unwrap_or_default(), base);
        render::bind(&mut report, base);
        json!({"fullUrl": url, "resource": report})
    });
    let entry: Vec<Value> = entry.collect();
    let mut bundle = json!({"resourceType": "Bundle", "type": "collection"});
    // FHIR has no empty arrays.
    if !entry.is_empty() {
        bundle["entry"] = Value::Array(entry);
    }
    bundle
}
