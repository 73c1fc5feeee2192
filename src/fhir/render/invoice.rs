//! The forfait of a patient-month as a FHIR Invoice (R4 invoice.html, FMM 0).
//!
//! R4 has no Invoice.period: the R5 element is carried by its cross-version extension.

use super::{Stamp, code_system, structure_definition};
use crate::domain::calendar::Month;
use crate::domain::finding::EvidenceRef;
use crate::domain::fmt::FmtYear;
use crate::domain::forfait::FmtTreatment;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::Line;
use crate::domain::forfait::LineCode;
use crate::domain::money::Centimes;
use crate::domain::rules::Rules;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const PERIOD: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Invoice.period";

/// Whose month it is.
pub struct InvoiceView<'a> {
    pub structure: &'a str,
    pub patient: &'a str,
    pub month: Month,
    pub tariff: &'a str,
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
}

/// An Invoice ready to be written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    resource_type: &'static str,
    pub id: String,
    meta: Value,
    extension: Vec<Value>,
    identifier: Value,
    status: &'static str,
    r#type: Value,
    subject: Value,
    date: String,
    issuer: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_item: Vec<LineItem>,
    total_net: Money,
    total_gross: Money,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    note: Vec<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineItem {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extension: Vec<Value>,
    sequence: usize,
    charge_item_codeable_concept: Value,
    price_component: Vec<PriceComponent>,
}

#[derive(Serialize)]
struct PriceComponent {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

/// FHIR Money: a JSON number with exactly two decimals.
#[derive(Serialize)]
pub(super) struct Money {
    value: Box<RawValue>,
    currency: &'static str,
}

impl Money {
    pub(super) fn eur(amount: Centimes) -> Option<Money> {
        // The text of an integer amount with two decimals is always a JSON number.
        RawValue::from_string(amount.to_string()).ok().map(|value| Money { value, currency: "EUR" })
    }
}

/// Answers the id of a patient-month's Invoice: `inv-` and 32 hex digits of the SHA-256 of its
/// identifier `structure/patient/YYYY-MM`.
pub fn invoice_id(structure: &str, patient: &str, month: Month) -> String {
    super::computed_id("inv-", &format!("{structure}/{patient}/{month}"))
}

/// Answers the draft Invoice of a priced month; `None` only when an amount cannot be written.
pub fn invoice(forfait: &Forfait, view: &InvoiceView<'_>) -> Option<Invoice> {
    let mut line_item: Vec<LineItem> = Vec::new();
    for line in &forfait.lines {
        let mut item = line_json(line, line_item.len() + 1, view)?;
        if let (LineCode::Fmt, Some(year)) = (line.code, &forfait.year) {
            item.price_component.push(year_component(year)?);
        }
        line_item.push(item);
    }
    if let (Some(treatment), None) = (forfait.fmt, forfait.not_payable) {
        line_item.push(fmt_line(treatment, line_item.len() + 1, forfait.month));
    }
    Some(Invoice {
        resource_type: "Invoice",
        id: invoice_id(view.structure, view.patient, view.month),
        meta: meta(forfait, view),
        extension: extensions(forfait, view.stamp),
        identifier: json!([{"system": format!("{}/identifier/invoice", crate::domain::measure::CANONICAL_BASE),
                            "value": format!("{}/{}/{}", view.structure, view.patient, view.month)}]),
        status: "draft",
        r#type: json!({"coding": [{"system": code_system("invoice-type"), "code": "patient-month"}]}),
        subject: json!({"reference": format!("Patient/{}", view.patient)}),
        date: view.month.last_day().to_string(),
        issuer: json!({"reference": format!("Organization/{}", view.structure)}),
        line_item,
        total_net: Money::eur(forfait.total)?,
        total_gross: Money::eur(forfait.total)?,
        note: notes(forfait),
    })
}

/// The year of which the line is one instalment: told, and in no total.
fn year_component(year: &FmtYear) -> Option<PriceComponent> {
    let (code, display) = if year.partial {
        ("year-partial", "Montant de l'année, partiel : des indicateurs ne se décident pas")
    } else {
        ("year", "Montant de l'année")
    };
    let text = format!("{display} ({})", year.year);
    Some(PriceComponent {
        r#type: "informational",
        code: Some(json!({"coding": [{"system": code_system("fmt-treatment"), "code": code, "display": display}],
                          "text": text})),
        amount: Some(Money::eur(year.total)?),
    })
}

fn meta(forfait: &Forfait, view: &InvoiceView<'_>) -> Value {
    let mut tag = vec![
        json!({"system": code_system("rulebook"), "code": view.stamp.rulebook}),
        json!({"system": code_system("tariff"), "code": view.tariff}),
        json!({"system": code_system("rule-status"), "code": forfait.status.code()}),
    ];
    if forfait.fictional {
        tag.push(json!({"system": code_system("figure"), "code": "fictional",
                        "display": "Montants fictifs, pour démonstration"}));
    }
    json!({"lastUpdated": view.stamp.known_at.to_string(), "tag": tag})
}

fn extensions(forfait: &Forfait, stamp: &Stamp) -> Vec<Value> {
    let month = forfait.month;
    let mut out = vec![
        json!({"url": PERIOD, "valuePeriod": {"start": month.first_day().to_string(), "end": month.last_day().to_string()}}),
        json!({"url": structure_definition("known-at"), "valueInstant": stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": forfait.status.code()}),
    ];
    if let Some(reason) = forfait.not_payable {
        out.push(json!({"url": structure_definition("not-payable-reason"), "valueCode": reason.code()}));
    }
    if let Some(patient) = &stamp.merged_into {
        out.push(json!({"url": structure_definition("merged-into"),
                        "valueReference": {"reference": format!("Patient/{patient}")}}));
    }
    out
}

fn notes(forfait: &Forfait) -> Vec<Value> {
    let mut out = Vec::new();
    if forfait.fictional {
        out.push(json!({"text": "Montants fictifs : démonstration, aucune valeur officielle."}));
    }
    if let Some(year) = forfait.year.as_ref().filter(|y| y.partial) {
        out.push(json!({"text": format!(
            "Total annuel partiel : {} indicateur(s) sans règle au catalogue.", year.unknown_indicators.len())}));
    }
    out
}

fn line_json(line: &Line, sequence: usize, view: &InvoiceView<'_>) -> Option<LineItem> {
    let (code, label) = line_code(line.code, view.rules);
    let mut extension: Vec<Value> = line.evidence.iter().map(line_evidence).collect();
    extension.push(json!({"url": structure_definition("rule-status"), "valueCode": line.status.code()}));
    if line.declared_only {
        extension.push(json!({"url": structure_definition("declared-only"), "valueBoolean": true}));
    }
    Some(LineItem {
        extension,
        sequence,
        charge_item_codeable_concept: json!({"coding": [{"system": code_system("forfait-line"), "code": code, "display": label}],
                                             "text": label}),
        price_component: vec![PriceComponent {
            r#type: if line.code == LineCode::Ecretement { "deduction" } else { "base" },
            code: None,
            amount: Some(Money::eur(line.amount)?),
        }],
    })
}

fn line_evidence(evidence: &EvidenceRef) -> Value {
    json!({"url": structure_definition("line-evidence"), "valueReference": super::reference(evidence)})
}

/// Answers the code of CodeSystem/forfait-line and its French label.
pub(super) fn line_code(code: LineCode, rules: &Rules) -> (String, String) {
    match code {
        LineCode::Socle => ("socle".into(), "Part socle".into()),
        LineCode::Brick(n) => (rules.typologies[n].id.to_string(), rules.typologies[n].label_fr.to_string()),
        LineCode::Ecretement => ("ecretement".into(), "Écrêtement au plafond mensuel".into()),
        LineCode::Fmt => ("fmt".into(), "Forfait médecin traitant".into()),
    }
}

/// The FMT beside a monthly forfait: told, never counted, never given an amount here.
fn fmt_line(treatment: FmtTreatment, sequence: usize, month: Month) -> LineItem {
    let (code, display) = match treatment {
        FmtTreatment::Included => ("included", "Inclus dans le forfait"),
        FmtTreatment::OnTop => ("on-top", "Versé en plus du forfait"),
    };
    // Before 2026 the same payment was called forfait patientèle médecin traitant.
    let label = if month.year() < 2026 {
        "Forfait patientèle médecin traitant (FPMT)"
    } else {
        "Forfait médecin traitant (FMT)"
    };
    LineItem {
        extension: Vec::new(),
        sequence,
        charge_item_codeable_concept: json!({"coding": [{"system": code_system("forfait-line"), "code": "fmt", "display": label}],
                                             "text": label}),
        price_component: vec![PriceComponent {
            r#type: "informational",
            code: Some(json!({"coding": [{"system": code_system("fmt-treatment"), "code": code, "display": display}],
                              "text": display})),
            amount: None,
        }],
    }
}
