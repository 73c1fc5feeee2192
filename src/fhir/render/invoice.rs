//! The forfait of a patient-month, and of a structure's month, as a FHIR Invoice (R4 invoice.html, FMM 0).
//!
//! R4 has no Invoice.period: the R5 element is carried by its cross-version extension.

use super::{code_system, structure_definition};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::enrolment::NotPayable;
use crate::domain::finding::EvidenceRef;
use crate::domain::forfait::FmtTreatment;
use crate::domain::money::Centimes;
use crate::domain::statement::Adjustment;
use crate::domain::statement::Cause;
use crate::domain::statement::DueLine;
use crate::domain::statement::Envelope;
use crate::domain::statement::MonthRow;
use crate::domain::statement::REGULARISATION;
use crate::domain::statement::Summary;
use crate::domain::statement::Tally;
use crate::domain::statement::Year;
use crate::domain::verdict::RuleStatus;
use crate::fhir::written::Written;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const PERIOD: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Invoice.period";

/// Whether the month can still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Draft,
    /// Closed at this instant.
    Issued(Instant),
}

impl Standing {
    /// Answers the code of Invoice.status.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Draft => "draft",
            Standing::Issued(_) => "issued",
        }
    }
}

/// Which month of which structure it is, and what its figures rest on.
#[derive(Clone, Debug)]
pub struct InvoiceView<'a> {
    pub structure: &'a str,
    pub month: Month,
    pub tariff: &'a str,
    /// Lower-case hex of the rulebook's SHA-256.
    pub rulebook: &'a str,
    /// Knowledge time of the figures.
    pub known_at: Instant,
    pub standing: Standing,
    /// Code and French label of each line.
    pub names: &'a [(&'a str, &'a str)],
    /// Codes of CodeSystem/figure beside `fictional`.
    pub figures: &'a [&'a str],
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
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Value>,
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
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "written")]
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
pub struct Money {
    value: Box<RawValue>,
    currency: &'static str,
}

impl Money {
    /// Answers an amount in EUR; `None` only when it cannot be written.
    pub fn eur(amount: Centimes) -> Option<Money> {
        // The text of an integer amount with two decimals is always a JSON number.
        RawValue::from_string(amount.to_string()).ok().map(|value| Money { value, currency: "EUR" })
    }
}

/// Answers an amount as a Money for where a tree is built: `Written` makes it a number of two decimals.
pub fn money(amount: Centimes) -> Value {
    json!({"value": amount.to_string(), "currency": "EUR"})
}

fn written<S: serde::Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(Written))
}

/// Answers the id of a patient-month's Invoice: `inv-` and 32 hex digits of the SHA-256 of its
/// identifier `structure/patient/YYYY-MM`.
pub fn invoice_id(structure: &str, patient: &str, month: Month) -> String {
    super::computed_id("inv-", &format!("{structure}/{patient}/{month}"))
}

/// Answers the id of a structure-month's Invoice, of identifier `structure/YYYY-MM`.
pub fn statement_id(structure: &str, month: Month) -> String {
    super::computed_id("inv-", &format!("{structure}/{month}"))
}

/// Answers the Invoice of a patient-month; `None` only when an amount cannot be written.
pub fn invoice(row: &MonthRow, view: &InvoiceView<'_>) -> Option<Invoice> {
    let mut line_item: Vec<LineItem> = Vec::new();
    for line in &row.lines {
        let mut item = due_line(line, line_item.len() + 1, view)?;
        if let ("fmt", Some(year)) = (&*line.code, &row.year) {
            item.price_component.push(year_component(year)?);
        }
        line_item.push(item);
    }
    if let (Some(treatment), None) = (row.fmt, &row.not_payable) {
        line_item.push(fmt_line(treatment, line_item.len() + 1, view.month));
    }
    for adjustment in &row.adjustments {
        line_item.push(adjustment_line(adjustment, row, line_item.len() + 1, view)?);
    }
    let mut extension = extensions(view, row.status);
    extension.extend(
        row.not_payable
            .as_ref()
            .map(|reason| json!({"url": structure_definition("not-payable-reason"), "valueCode": &**reason})),
    );
    extension.extend(row.merged_into.as_ref().map(|patient| {
        json!({"url": structure_definition("merged-into"),
               "valueReference": {"reference": format!("Patient/{patient}")}})
    }));
    if row.contested {
        extension.push(json!({"url": structure_definition("contested"), "valueBoolean": true}));
    }
    Some(Invoice {
        resource_type: "Invoice",
        id: invoice_id(view.structure, &row.patient, view.month),
        meta: meta(view, row.status, row.fictional),
        extension,
        identifier: identifier(&format!("{}/{}/{}", view.structure, row.patient, view.month)),
        status: view.standing.code(),
        r#type: invoice_type("patient-month"),
        subject: Some(json!({"reference": format!("Patient/{}", row.patient)})),
        date: view.month.last_day().to_string(),
        issuer: json!({"reference": format!("Organization/{}", view.structure)}),
        line_item,
        total_net: Money::eur(row.total())?,
        total_gross: Money::eur(row.total())?,
        note: notes(row, view),
    })
}

/// Answers the Invoice of a structure's month: one line per line of the forfait, with how often it is
/// paid, and nobody named. `closed`: what is kept of its closing.
pub fn statement(
    tally: &Tally,
    envelope: Option<&Envelope>,
    closed: Option<&Summary>,
    view: &InvoiceView<'_>,
) -> Option<Invoice> {
    let mut line_item: Vec<LineItem> = Vec::new();
    for total in &tally.lines {
        line_item.push(LineItem {
            extension: vec![json!({"url": structure_definition("line-count"), "valueUnsignedInt": total.count})],
            sequence: line_item.len() + 1,
            charge_item_codeable_concept: charge_item(&total.code, &total.label_fr),
            price_component: vec![price(line_type(&total.code, total.sum), total.sum)?],
        });
    }
    if let Some(envelope) = envelope {
        line_item.push(envelope_line(envelope, line_item.len() + 1)?);
    }
    let mut extension = extensions(view, tally.status);
    extension.push(control(tally, closed));
    let fictional = tally.fictional.then(|| json!({"text": FICTIONAL}));
    Some(Invoice {
        resource_type: "Invoice",
        id: statement_id(view.structure, view.month),
        meta: meta(view, tally.status, tally.fictional),
        extension,
        identifier: identifier(&format!("{}/{}", view.structure, view.month)),
        status: view.standing.code(),
        r#type: invoice_type("structure-month"),
        subject: None,
        date: view.month.last_day().to_string(),
        issuer: json!({"reference": format!("Organization/{}", view.structure)}),
        line_item,
        total_net: Money::eur(tally.total)?,
        total_gross: Money::eur(tally.total)?,
        note: fictional.into_iter().chain(early(view)).collect(),
    })
}

/// The complementary envelope: what the month and the year come to, beside the total.
fn envelope_line(envelope: &Envelope, sequence: usize) -> Option<LineItem> {
    let year = json!({"coding": [{"system": code_system("fmt-treatment"), "code": "year",
                                  "display": "Montant de l'année"}], "text": "Montant de l'année"});
    Some(LineItem {
        extension: vec![json!({"url": structure_definition("rule-status"), "valueCode": envelope.status.code()})],
        sequence,
        charge_item_codeable_concept: charge_item("enveloppe", "Enveloppe complémentaire"),
        price_component: vec![
            price("informational", envelope.month)?,
            PriceComponent { code: Some(year), ..price("informational", envelope.year)? },
        ],
    })
}

/// What a reader checks a statement by: how many patients and lines, and the sums that prove the
/// rest was not changed.
fn control(tally: &Tally, closed: Option<&Summary>) -> Value {
    let count = |url: &str, value: u32| json!({"url": url, "valueUnsignedInt": value});
    let mut parts = vec![
        count("patients", tally.patients),
        count("payable", tally.payable),
        count("lines", tally.count),
        count("contested", tally.contested),
    ];
    for (reason, patients) in &tally.refused {
        parts.push(json!({"url": "refused", "extension": [
            {"url": "reason", "valueCode": &**reason}, count("patients", *patients)]}));
    }
    if let Some(closed) = closed {
        parts.push(json!({"url": "engine", "valueString": &*closed.engine}));
        parts.push(json!({"url": "closedBy", "valueString": &*closed.by}));
        parts.push(json!({"url": "snapshot", "valueString": hex(&closed.snapshot)}));
        parts.push(json!({"url": "rows", "valueString": hex(&closed.rows)}));
    }
    json!({"url": structure_definition("statement-control"), "extension": parts})
}

/// Answers bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn identifier(value: &str) -> Value {
    json!([{"system": format!("{}/identifier/invoice", crate::domain::measure::CANONICAL_BASE), "value": value}])
}

fn invoice_type(code: &str) -> Value {
    json!({"coding": [{"system": code_system("invoice-type"), "code": code}]})
}

fn charge_item(code: &str, label: &str) -> Value {
    json!({"coding": [{"system": code_system("forfait-line"), "code": code, "display": label}], "text": label})
}

/// What takes back is a deduction: the cap, a balance of the FMT below its advances.
fn line_type(code: &str, amount: Centimes) -> &'static str {
    if code == "ecretement" || amount < Centimes::ZERO { "deduction" } else { "base" }
}

fn price(r#type: &'static str, amount: Centimes) -> Option<PriceComponent> {
    Some(PriceComponent { r#type, code: None, amount: Some(Money::eur(amount)?) })
}

/// The year of which the line is one instalment: told, and in no total.
fn year_component(year: &Year) -> Option<PriceComponent> {
    let (code, display) = if year.unknown_indicators > 0 {
        ("year-partial", "Montant de l'année, partiel : des indicateurs ne se décident pas")
    } else {
        ("year", "Montant de l'année")
    };
    let text = format!("{display} ({})", year.year);
    let code = json!({"coding": [{"system": code_system("fmt-treatment"), "code": code, "display": display}],
                      "text": text});
    Some(PriceComponent { code: Some(code), ..price("informational", year.total)? })
}

fn meta(view: &InvoiceView<'_>, status: RuleStatus, fictional: bool) -> Value {
    let mut tag = vec![
        json!({"system": code_system("rulebook"), "code": view.rulebook}),
        json!({"system": code_system("tariff"), "code": view.tariff}),
        json!({"system": code_system("rule-status"), "code": status.code()}),
    ];
    if fictional {
        tag.push(json!({"system": code_system("figure"), "code": "fictional",
                        "display": "Montants fictifs, pour démonstration"}));
    }
    tag.extend(view.figures.iter().map(|code| json!({"system": code_system("figure"), "code": code})));
    let updated = match view.standing {
        Standing::Draft => view.known_at,
        Standing::Issued(at) => at,
    };
    json!({"lastUpdated": updated.to_string(), "tag": tag})
}

fn extensions(view: &InvoiceView<'_>, status: RuleStatus) -> Vec<Value> {
    let (start, end) = (view.month.first_day().to_string(), view.month.last_day().to_string());
    vec![
        json!({"url": PERIOD, "valuePeriod": {"start": start, "end": end}}),
        json!({"url": structure_definition("known-at"), "valueInstant": view.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": status.code()}),
    ]
}

const FICTIONAL: &str = "Montants fictifs : démonstration, aucune valeur officielle.";

const DEATH_OPEN: &str = "Rien n'est versé tant que la date de décès reste incomplète : on ne sait pas si la personne \
     vivait. Une date au jour près régularisera le mois.";

/// What is said of a month that was closed before it was over.
fn early(view: &InvoiceView<'_>) -> Option<Value> {
    let early = matches!(view.standing, Standing::Issued(_)) && view.figures.contains(&"projection");
    early.then(|| json!({"text": EARLY}))
}

const EARLY: &str = "Mois clos avant sa fin : les états de son dernier jour sont ceux que l'on prévoyait à la clôture ; \
     ce qui en diffère régularise un mois suivant.";

fn notes(row: &MonthRow, view: &InvoiceView<'_>) -> Vec<Value> {
    let mut out: Vec<Value> = early(view).into_iter().collect();
    if row.not_payable.as_deref() == Some(NotPayable::DeathDatePartial.code()) {
        out.push(json!({"text": DEATH_OPEN}));
    }
    if row.fictional {
        out.push(json!({"text": FICTIONAL}));
    }
    if let Some(year) = row.year.as_ref().filter(|y| y.unknown_indicators > 0) {
        out.push(json!({"text": format!(
            "Total annuel partiel : {} indicateur(s) sans règle au catalogue.", year.unknown_indicators)}));
    }
    out
}

/// Answers the French label of a line; its code where nobody has a name for it any more.
fn label<'v>(code: &'v str, view: &InvoiceView<'v>) -> &'v str {
    view.names.iter().find(|(known, _)| *known == code).map_or(code, |(_, label)| label)
}

fn due_line(line: &DueLine, sequence: usize, view: &InvoiceView<'_>) -> Option<LineItem> {
    let mut extension: Vec<Value> = line.evidence.iter().map(line_evidence).collect();
    extension.push(json!({"url": structure_definition("rule-status"), "valueCode": line.status.code()}));
    if line.declared_only {
        extension.push(json!({"url": structure_definition("declared-only"), "valueBoolean": true}));
    }
    Some(LineItem {
        extension,
        sequence,
        charge_item_codeable_concept: charge_item(&line.code, label(&line.code, view)),
        price_component: vec![price(line_type(&line.code, line.amount), line.amount)?],
    })
}

fn line_evidence(evidence: &EvidenceRef) -> Value {
    json!({"url": structure_definition("line-evidence"), "valueReference": super::reference(evidence)})
}

/// A signed line that adjusts a closed month: the original Invoice and line, before, after, why.
fn adjustment_line(
    adjustment: &Adjustment,
    row: &MonthRow,
    sequence: usize,
    view: &InvoiceView<'_>,
) -> Option<LineItem> {
    let original = invoice_id(view.structure, &row.patient, adjustment.month);
    let mut parts = vec![
        json!({"url": "invoice", "valueReference": {"reference": format!("Invoice/{original}")}}),
        json!({"url": "month", "valueString": adjustment.month.to_string()}),
        json!({"url": "line", "valueCode": &*adjustment.line}),
        json!({"url": "before", "valueMoney": money(adjustment.before)}),
        json!({"url": "after", "valueMoney": money(adjustment.after)}),
        json!({"url": "reason", "valueCode": adjustment.reason.code()}),
    ];
    parts.extend(adjustment.causes.iter().map(|cause| match cause {
        Cause::Version(version) => json!({"url": "cause", "valueReference": super::reference(version)}),
        Cause::Rulebook(digest) => json!({"url": "rulebook", "valueString": hex(digest)}),
    }));
    let text = format!(
        "Régularisation de {}, {} : {} au lieu de {} ({})",
        adjustment.month,
        label(&adjustment.line, view),
        adjustment.after,
        adjustment.before,
        adjustment.reason.label_fr()
    );
    let mut concept = charge_item(REGULARISATION, label(REGULARISATION, view));
    concept["text"] = Value::String(text);
    let mut extension = vec![json!({"url": structure_definition("adjusts"), "extension": parts})];
    if row.is_declared_only(adjustment) {
        extension.push(json!({"url": structure_definition("declared-only"), "valueBoolean": true}));
    }
    Some(LineItem {
        extension,
        sequence,
        charge_item_codeable_concept: concept,
        price_component: vec![price("base", adjustment.amount())?],
    })
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
    let code = json!({"coding": [{"system": code_system("fmt-treatment"), "code": code, "display": display}],
                      "text": display});
    LineItem {
        extension: Vec::new(),
        sequence,
        charge_item_codeable_concept: charge_item("fmt", label),
        price_component: vec![PriceComponent { r#type: "informational", code: Some(code), amount: None }],
    }
}
