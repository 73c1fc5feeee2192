//! MeasureReport (R4 measurereport.html; DEQM individual, subject-list and summary): one measure, of
//! one patient or of many.
//!
//! A score is a JSON number of four decimals, divided once and never a float; where there is nothing to
//! divide by there is none. Who cannot be counted for want of a datum is told as population `undecided`.

mod individual;
mod populations;
mod summary;

pub use populations::{group_coding, population_id};

use super::{Stamp, code_system, computed_id, measure_canonical, structure_definition};
use crate::domain::calendar::Day;
use crate::domain::indicator::Figures;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Scoring;
use crate::domain::indicator::Share;
use crate::domain::rules::Rules;
use serde_json::{Map, Value, json};

const SCORING: &str = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-measureScoring";

/// One measure as it is reported, and what its figures rest on.
pub struct ReportView<'a> {
    pub structure: &'a str,
    pub rules: &'a Rules,
    pub measure: QualityMeasure,
    /// Its status is that of what was counted: the rule's own is added here.
    pub stamp: &'a Stamp,
    /// As asked for, both days included.
    pub period: (Day, Day),
    /// The day whose states count: the last of the period, or an earlier one where that is to come.
    pub day: Day,
    /// `Patient/id`, `Group/id` or `Practitioner/id`; `None`: everybody of the structure.
    pub subject: Option<&'a str>,
    /// Only patients this one attends, beside the subject.
    pub practitioner: Option<&'a str>,
    pub content: ReportContent<'a>,
}

/// What a report tells.
pub enum ReportContent<'a> {
    Individual(&'a [Share]),
    /// With, of each group, the patients in its populations.
    SubjectList(&'a Figures, &'a [[Vec<Box<str>>; 5]]),
    Summary(&'a Figures),
}

impl ReportContent<'_> {
    /// Answers MeasureReport.type, which is not the code a request asks by.
    fn code(&self) -> &'static str {
        match self {
            ReportContent::Individual(_) => "individual",
            ReportContent::SubjectList(..) => "subject-list",
            ReportContent::Summary(_) => "summary",
        }
    }
}

/// Answers the MeasureReport. Its id is the same for the same question asked of the same knowledge.
pub fn measure_report(view: &ReportView<'_>) -> Value {
    let ReportView { structure, rules, measure, stamp, period, .. } = view;
    let used = match &view.content {
        ReportContent::Individual(shares) => shares.iter().map(|share| share.status).max(),
        ReportContent::SubjectList(figures, _) | ReportContent::Summary(figures) => Some(figures.status),
    };
    let weakest = measure.own_status(rules).max(stamp.weakest).max(used.unwrap_or(stamp.weakest));
    let mut report = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            report.insert(name.to_owned(), value);
        }
    };
    put("resourceType", json!("MeasureReport"));
    put("id", json!(id(view)));
    put(
        "meta",
        json!({"tag": [
            {"system": code_system("rulebook"), "code": stamp.rulebook},
            {"system": code_system("rule-status"), "code": weakest.code()},
        ]}),
    );
    if let ReportContent::SubjectList(_, lists) = &view.content {
        put("contained", summary::contained(view, lists));
    }
    put("extension", extensions(view, weakest.code()));
    put("status", json!("complete"));
    put("type", json!(view.content.code()));
    put("measure", json!(measure_canonical(measure.id(rules), &stamp.rulebook)));
    put("subject", view.subject.map_or(Value::Null, |subject| json!({"reference": subject})));
    put("date", json!(stamp.known_at.to_string()));
    put("reporter", json!({"reference": format!("Organization/{structure}")}));
    put("period", json!({"start": period.0.to_string(), "end": period.1.to_string()}));
    put("improvementNotation", improvement(view));
    let (group, evaluated) = match &view.content {
        ReportContent::Individual(shares) => (individual::groups(view, shares), individual::evaluated(view, shares)),
        ReportContent::SubjectList(figures, lists) => (summary::groups(view, figures, lists), Value::Null),
        ReportContent::Summary(figures) => (summary::groups(view, figures, &[]), Value::Null),
    };
    put("group", group);
    put("evaluatedResource", evaluated);
    Value::Object(report)
}

/// Answers the id of a report: that of all that decides what it says, so that two which differ have two.
fn id(view: &ReportView<'_>) -> String {
    let whom = view.subject.unwrap_or("everybody");
    let by = view.practitioner.unwrap_or("anybody");
    let (start, end) = view.period;
    let (measure, kind) = (view.measure.id(view.rules), view.content.code());
    let Stamp { known_at, rulebook, .. } = view.stamp;
    let strata: Vec<&str> = match &view.content {
        ReportContent::Individual(_) => Vec::new(),
        ReportContent::SubjectList(figures, _) | ReportContent::Summary(figures) => {
            figures.groups.iter().take(1).flat_map(|group| group.strata.iter().map(|(by, _)| by.code())).collect()
        }
    };
    let asked = format!("{measure}/{kind}/{whom}/{by}/{start}/{end}/{}/{strata:?}", view.day);
    computed_id("mr-", &format!("{}/{asked}/{known_at}/{rulebook}", view.structure))
}

fn extensions(view: &ReportView<'_>, weakest: &str) -> Value {
    let scoring = view.measure.scoring(view.rules).code();
    let mut all = vec![
        json!({"url": SCORING, "valueCodeableConcept": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/measure-scoring", "code": scoring}]}}),
        json!({"url": structure_definition("known-at"), "valueInstant": view.stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": weakest}),
        json!({"url": structure_definition("evaluated-on"), "valueDate": view.day.to_string()}),
    ];
    if let Some(practitioner) = view.practitioner {
        all.push(json!({"url": structure_definition("attended-by"), "valueReference": {"reference": practitioner}}));
    }
    if let Some(patient) = &view.stamp.merged_into {
        let survivor = json!({"reference": format!("Patient/{patient}")});
        all.push(json!({"url": structure_definition("merged-into"), "valueReference": survivor}));
    }
    Value::Array(all)
}

/// Which way is better is told of a proportion.
fn improvement(view: &ReportView<'_>) -> Value {
    let told = view.measure.improvement(view.rules).filter(|_| view.measure.scoring(view.rules) == Scoring::Proportion);
    told.map_or(Value::Null, |improvement| {
        json!({"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/measure-improvement-notation", "code": improvement.code()}]})
    })
}
