//! `Patient/{id}/$mtr-dossier`: everything known of a patient on a date, as one collection Bundle.

use super::gaps::{IssueView, detected_issue};
use super::invoice::Invoice;
use super::prevention::report_id;
use super::provenance::provenance;
use super::{Stamp, bind, code_system, computed_id, full_url, group_id, prevention_report, reference};
use crate::domain::calendar::Day;
use crate::domain::condition::Window;
use crate::domain::finding::EvidenceRef;
use crate::domain::gap;
use crate::domain::gap::Gap;
use crate::domain::gap::GapStatus;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::roster::Roster;
use crate::domain::rules::Rules;
use crate::domain::typologie::PatientMonth;
use crate::fhir::written::Written;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What the dossier shows.
pub struct DossierView<'a> {
    pub structure: &'a str,
    pub patient: &'a str,
    pub date: Day,
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
    pub card: &'a Card,
    pub month: &'a PatientMonth,
    /// The rosters the patient is on in the month, with his days on each.
    pub rosters: &'a [(Roster, Window)],
    /// What the month rests on, as its explanation cites it.
    pub evidence: &'a [EvidenceRef],
    /// `None`: the tariff has no known amount; the OperationOutcome to show instead.
    pub invoice: Result<&'a Invoice, &'a Value>,
    /// Base URL of fullUrl, without a slash at the end.
    pub base: &'a str,
}

impl DossierView<'_> {
    /// Answers the id of what this dossier says of `name`.
    fn id(&self, prefix: &str, name: &str) -> String {
        let Stamp { known_at, rulebook, .. } = self.stamp;
        let by = format!("{known_at}/{rulebook}");
        computed_id(prefix, &format!("{}/{}/{}/{by}/{prefix}{name}", self.structure, self.patient, self.date))
    }

    fn report(&self) -> String {
        report_id(self.structure, self.patient, self.date, self.stamp)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    full_url: String,
    resource: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    resource_type: &'static str,
    meta: Value,
    r#type: &'static str,
    timestamp: String,
    entry: Vec<Entry>,
}

/// Answers the Bundle as JSON text: Invoice of the month (or why there is none), MeasureReport of
/// prevention, one DetectedIssue per open gap, Group memberships, Provenance.
pub fn dossier(view: &DossierView<'_>) -> Result<String, serde_json::Error> {
    let mut entry = Vec::new();
    match view.invoice {
        Ok(invoice) => entry.push(raw(view, "Invoice", &invoice.id, invoice)?),
        Err(outcome) => entry.push(raw(view, "OperationOutcome", "invoice", outcome)?),
    }
    let report = prevention_report(view.card, view.rules, view.stamp, view.patient, view.structure);
    entry.push(raw(view, "MeasureReport", &view.report(), &Written(&bound(report, view)))?);
    for line in &view.card.items {
        let Some(gap) = gap::of_line(line, view.date).filter(|gap| gap.status == GapStatus::Open) else { continue };
        let id = view.id("gap-", &view.rules.items[line.item].id);
        entry.push(raw(view, "DetectedIssue", &id, &bound(open_issue(line, gap, &id, view), view))?);
    }
    for (roster, days) in view.rosters {
        let code = roster.code(view.rules);
        let id = group_id(view.structure, &code);
        entry.push(raw(view, "Group", &id, &group(&id, (*roster, &code), *days, view))?);
    }
    let id = view.id("prov-", "provenance");
    entry.push(raw(view, "Provenance", &id, &bound(provenance_of(&id, view), view))?);
    serde_json::to_string(&Collection {
        resource_type: "Bundle",
        meta: json!({"tag": [{"system": code_system("rulebook"), "code": view.stamp.rulebook}]}),
        r#type: "collection",
        timestamp: view.stamp.known_at.to_string(),
        entry,
    })
}

fn raw(view: &DossierView<'_>, kind: &str, id: &str, resource: &impl Serialize) -> Result<Entry, serde_json::Error> {
    Ok(Entry { full_url: full_url(kind, id, view.base), resource: serde_json::value::to_raw_value(resource)? })
}

/// What is computed for the dossier alone refers to the rest by whole references.
fn bound(mut resource: Value, view: &DossierView<'_>) -> Value {
    bind(&mut resource, view.base);
    resource
}

/// An open care gap, with the report and the evidence beside it.
fn open_issue(line: &ItemResult, gap: Gap, id: &str, view: &DossierView<'_>) -> Value {
    let mut detail = vec![json!({"reference": format!("MeasureReport/{}", view.report())})];
    detail.extend(line.evidence.iter().map(reference));
    detected_issue(&IssueView {
        id,
        patient: view.patient,
        date: view.date,
        item: &view.rules.items[line.item],
        line,
        gap,
        evidence: vec![detail],
    })
}

/// The patient's part of a roster: his days are those that the roster itself tells.
fn group(id: &str, (roster, code): (Roster, &str), days: Window, view: &DossierView<'_>) -> Value {
    let mut member = json!({"entity": {"reference": format!("Patient/{}", view.patient)}});
    for (name, bound) in [("start", days.from), ("end", days.until)] {
        if let Some(bound) = bound {
            member["period"][name] = json!(bound.day.to_string());
        }
    }
    json!({
        "resourceType": "Group", "id": id, "type": "person", "actual": true, "name": roster.label_fr(view.rules),
        "code": {"coding": [{"system": code_system("roster"), "code": code}]},
        "managingEntity": {"reference": format!("Organization/{}", view.structure)},
        "member": [member],
    })
}

/// Which resource versions and which rules the figures rest on: the key to replay them.
fn provenance_of(id: &str, view: &DossierView<'_>) -> Value {
    let mut used: Vec<EvidenceRef> = view.card.items.iter().flat_map(|i| i.evidence.iter().cloned()).collect();
    used.extend(view.month.typologies.iter().flat_map(|t| t.evidence.iter().cloned()));
    used.extend_from_slice(view.evidence);
    used.sort();
    used.dedup();
    let mut targets = vec![format!("MeasureReport/{}", view.report())];
    if let Ok(invoice) = view.invoice {
        targets.insert(0, format!("Invoice/{}", invoice.id));
    }
    provenance(id, &targets, &used, view.stamp)
}
