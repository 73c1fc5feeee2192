//! `Measure/$care-gaps`: the Bundle of one person (DEQM-UV 1.0.0, gaps in care reporting).
//!
//! A document has its Composition first, a section per measure; a collection has none. Every resource
//! that a computed one refers to is an entry: the reports, issues and guidance, the Patient, the
//! structure, and the versions of what was evaluated. What is computed is named by a urn and refers to
//! all it cites by whole references (`bundled`); what is stored is served as it is stored: what it refers
//! to itself is read at the address of its fullUrl.

mod issue;
mod requirements;

pub(super) use issue::{IssueView, detected_issue, text_fr};
pub use requirements::Requirements;

use super::{
    ReportContent, ReportView, Stamp, bind, code_system, computed_id, full_url, measure_canonical, measure_report,
    merged_into, structure_definition,
};
use crate::domain::calendar::Day;
use crate::domain::fact::Kind;
use crate::domain::finding::EvidenceRef;
use crate::domain::gap;
use crate::domain::gap::Gap;
use crate::domain::gap::GapStatus;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::share_of;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use crate::fhir::written::Written;
use issue::{GuidanceView, guidance};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;

/// Which Bundle is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapsForm {
    Document,
    Collection,
}

/// What is asked about everybody alike.
#[derive(Clone, Debug)]
pub struct GapsQuestion {
    /// First and last day of the gaps-through period.
    pub period: (Day, Day),
    /// The day that is looked at: the last of the period, or an earlier one when that is to come.
    pub date: Day,
    /// Indices in `Rules::items`, in order.
    pub items: Vec<usize>,
    pub statuses: Vec<GapStatus>,
    pub form: GapsForm,
}

/// A person's gaps.
pub struct GapsView<'a> {
    pub structure: &'a str,
    pub patient: &'a str,
    pub asked: &'a GapsQuestion,
    pub rules: &'a Rules,
    pub requirements: &'a Requirements,
    pub stamp: &'a Stamp,
    pub card: &'a Card,
    /// Base URL of fullUrl, without a slash at the end.
    pub base: &'a str,
}

/// A stored resource that goes with a Bundle.
pub struct StoredEntry {
    pub kind: Kind,
    pub id: Box<str>,
    /// Its JSON text.
    pub json: String,
}

/// A line that is told: its gap, or `None` when nobody can tell.
type Told<'a> = (&'a ItemResult, Option<Gap>);

impl<'a> GapsView<'a> {
    /// Answers the lines asked for: those of the statuses wanted, and every one that is indeterminate,
    /// which might be of any of them.
    fn told(&self) -> Vec<Told<'a>> {
        let lines = self.asked.items.iter().filter_map(|item| self.card.items.get(*item));
        let told = lines.map(|line| (line, gap::of_line(line, self.asked.period.1)));
        told.filter(|(_, gap)| gap.is_none_or(|gap| self.asked.statuses.contains(&gap.status))).collect()
    }

    /// Answers whether nothing is to be told of the person.
    pub fn is_empty(&self) -> bool {
        self.told().is_empty()
    }

    /// Answers the resource versions that the Bundle cites, each once.
    pub fn cited(&self) -> Vec<EvidenceRef> {
        let mut cited: Vec<EvidenceRef> =
            self.told().iter().flat_map(|(line, _)| line.evidence.iter().cloned()).collect();
        cited.sort();
        cited.dedup();
        cited
    }

    /// Answers the id of what is said of `name` on this question: another knowledge or other rules may
    /// say something else.
    fn id(&self, prefix: &str, name: &str) -> String {
        let ((start, end), GapsQuestion { date, .. }) = (self.asked.period, self.asked);
        let Stamp { known_at, rulebook, .. } = self.stamp;
        let by = format!("{known_at}/{rulebook}");
        computed_id(prefix, &format!("{}/{}/{start}/{end}/{date}/{by}/{prefix}{name}", self.structure, self.patient))
    }

    /// Answers a name of this very answer.
    fn document_id(&self) -> String {
        let items: Vec<&str> = self.asked.items.iter().map(|item| &*self.rules.items[*item].id).collect();
        let statuses: Vec<&str> = self.asked.statuses.iter().map(|status| status.code()).collect();
        let form = self.form();
        self.id("gic-", &format!("{items:?}/{statuses:?}/{form}"))
    }

    fn form(&self) -> &'static str {
        match self.asked.form {
            GapsForm::Document => "document",
            GapsForm::Collection => "collection",
        }
    }
}

/// Answers the Bundle as JSON text, with the stored resources it cites.
pub fn care_gaps(view: &GapsView<'_>, stored: &[StoredEntry]) -> Result<String, serde_json::Error> {
    let told = view.told();
    let told: Vec<Reported<'_>> = told.into_iter().map(|(line, gap)| (line, gap, report(view, line))).collect();
    let id = view.document_id();
    let mut out = String::with_capacity(4096 * (told.len() + 2));
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        r#"{{"resourceType":"Bundle","id":"{id}","meta":{},"identifier":{{"system":"{CANONICAL_BASE}/identifier/care-gaps","value":"{id}"}},"type":"{}","timestamp":"{}","entry":["#,
        json!({"profile": ["http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-gapsincarebundle"],
               "tag": [{"system": code_system("rulebook"), "code": view.stamp.rulebook}]}),
        view.form(),
        view.stamp.known_at,
    );
    let mut entries = Entries { base: view.base, out, opening: "" };
    if view.asked.form == GapsForm::Document {
        let id = view.id("comp-", &id);
        let mut composition = composition(view, &id, &told);
        bind(&mut composition, view.base);
        entries.push("Composition", &id, &composition)?;
    }
    for (line, gap, report) in &told {
        let mut bound = report.clone();
        bind(&mut bound, view.base);
        entries.push_text("MeasureReport", id_of(report), &Written(&bound).text());
        if let Some(gap) = gap {
            issue(view, (line, *gap), id_of(report), &mut entries)?;
        }
    }
    for one in stored {
        entries.push_text(one.kind.name(), &one.id, &one.json);
    }
    let mut out = entries.out;
    out.push_str("]}");
    Ok(out)
}

/// A line that is told, with its report.
type Reported<'a> = (&'a ItemResult, Option<Gap>, Value);

fn id_of(resource: &Value) -> &str {
    resource["id"].as_str().unwrap_or_default()
}

/// Answers the report of a line, which is that of `$evaluate-measure`; where nobody can tell, it says
/// which datum is missing.
fn report(view: &GapsView<'_>, line: &ItemResult) -> Value {
    let mut report = measure_report(&ReportView {
        structure: view.structure,
        rules: view.rules,
        measure: QualityMeasure::Item(line.item),
        stamp: view.stamp,
        period: view.asked.period,
        day: view.asked.date,
        subject: Some(&format!("Patient/{}", view.patient)),
        practitioner: None,
        content: ReportContent::Individual(&[share_of(0, line)]),
    });
    if line.status == ItemStatus::Indeterminate
        && let Some(extensions) = report["extension"].as_array_mut()
    {
        extensions.push(undecided(line));
    }
    report
}

/// The entries of a Bundle under way.
struct Entries<'a> {
    base: &'a str,
    out: String,
    opening: &'static str,
}

impl Entries<'_> {
    fn push(&mut self, kind: &str, id: &str, resource: &impl Serialize) -> Result<(), serde_json::Error> {
        let text = serde_json::to_string(resource)?;
        self.push_text(kind, id, &text);
        Ok(())
    }

    fn push_text(&mut self, kind: &str, id: &str, json: &str) {
        let Entries { base, opening, .. } = *self;
        // Writing to a String cannot fail.
        let url = full_url(kind, id, base);
        let _ = write!(self.out, r#"{opening}{{"fullUrl":"{url}","resource":{json}}}"#);
        self.opening = ",";
    }
}

/// Writes a gap, and why.
fn issue(
    view: &GapsView<'_>,
    (line, gap): (&ItemResult, Gap),
    report: &str,
    entries: &mut Entries<'_>,
) -> Result<(), serde_json::Error> {
    let item = &view.rules.items[line.item];
    let (issue, why) = (view.id("gap-", &item.id), view.id("why-", &item.id));
    let cite = |kind: &str, id: &str| vec![json!({"reference": format!("{kind}/{id}")})];
    let said = IssueView {
        id: &issue,
        patient: view.patient,
        date: view.asked.date,
        item,
        line,
        gap,
        evidence: vec![cite("MeasureReport", report), cite("GuidanceResponse", &why)],
    };
    let mut told = detected_issue(&said);
    bind(&mut told, view.base);
    entries.push("DetectedIssue", &issue, &told)?;
    let reasons = GuidanceView {
        id: &why,
        measure: &measure_canonical(&item.id, &view.stamp.rulebook),
        patient: view.patient,
        known_at: &view.stamp.known_at.to_string(),
        line,
        gap,
        requirements: view.requirements.of_item(line.item),
    };
    entries.push("GuidanceResponse", &why, &guidance(&reasons, view.base))
}

/// Answers the Composition: its author is the structure that reports, never the patient.
fn composition(view: &GapsView<'_>, id: &str, told: &[Reported<'_>]) -> Value {
    let (start, end) = view.asked.period;
    let weakest = told.iter().map(|(line, ..)| line.rule_status).max().unwrap_or(view.stamp.weakest);
    let mut extension = vec![
        json!({"url": structure_definition("known-at"), "valueInstant": view.stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": weakest.code()}),
        json!({"url": structure_definition("evaluated-on"), "valueDate": view.asked.date.to_string()}),
    ];
    extension.extend(merged_into(view.stamp));
    let mut out = json!({
        "resourceType": "Composition",
        "id": id,
        "meta": {"profile": ["http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-gapsincarecomposition"],
                 "tag": [{"system": code_system("rulebook"), "code": view.stamp.rulebook},
                         {"system": code_system("rule-status"), "code": weakest.code()}]},
        "language": "fr",
        "text": {"status": "generated", "div": narrative(view, told)},
        "extension": extension,
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "96315-7", "display": "Gaps in care report"}],
                 "text": "Bilan des écarts de prévention"},
        "subject": {"reference": format!("Patient/{}", view.patient)},
        "date": view.stamp.known_at.to_string(),
        "author": [{"reference": format!("Organization/{}", view.structure)}],
        "title": format!("Bilan des écarts de prévention du {start} au {end}"),
        "custodian": {"reference": format!("Organization/{}", view.structure)},
    });
    let sections: Vec<Value> = told.iter().map(|one| section(view, one)).collect();
    if !sections.is_empty() {
        out["section"] = Value::Array(sections);
    }
    out
}

/// A section without a gap says that it is not known: the datum that is missing is in its report.
fn section(view: &GapsView<'_>, (line, gap, report): &Reported<'_>) -> Value {
    let item = &view.rules.items[line.item];
    let focus = format!("MeasureReport/{}", id_of(report));
    let mut section = json!({"title": &*item.label_fr, "focus": {"reference": focus}});
    if gap.is_some() {
        let issue = format!("DetectedIssue/{}", view.id("gap-", &item.id));
        section["entry"] = json!([{"reference": issue}]);
    } else {
        let div = format!(r#"<div xmlns="http://www.w3.org/1999/xhtml"><p>{}</p></div>"#, undecided_fr(line));
        section["extension"] = json!([undecided(line)]);
        section["text"] = json!({"status": "additional", "div": div});
        section["emptyReason"] = json!({"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "unavailable"}]});
    }
    section
}

/// Answers the extension that says which datum is missing to tell.
pub(super) fn undecided(line: &ItemResult) -> Value {
    let reason = line.reason.as_deref().unwrap_or(ItemStatus::Indeterminate.code());
    json!({"url": structure_definition("gap-undecided"),
           "valueCodeableConcept": {"coding": [{"system": code_system("prevention-reason"), "code": reason}],
                                    "text": undecided_fr(line)}})
}

fn undecided_fr(line: &ItemResult) -> &'static str {
    match line.reason.as_deref() {
        Some("missing-birth-date") => "Indéterminé : la date de naissance manque.",
        Some("missing-sex") => "Indéterminé : le sexe manque.",
        Some("death-date-partial") => "Indéterminé : la date du décès est incomplète.",
        Some("missing-parameter") => "Indéterminé : un paramètre de la règle n'est pas connu à cette date.",
        _ => "Indéterminé : une donnée manque.",
    }
}

fn narrative(view: &GapsView<'_>, told: &[Reported<'_>]) -> String {
    let mut div = format!(
        r#"<div xmlns="http://www.w3.org/1999/xhtml"><p>Situation au {}, écarts jusqu'au {}.</p>"#,
        view.asked.date, view.asked.period.1
    );
    if view.card.approximate {
        div.push_str("<p>La date de naissance est partielle : les âges sont approchés.</p>");
    }
    div.push_str("<ul>");
    for (line, gap, _) in told {
        let label = escaped(&view.rules.items[line.item].label_fr);
        let said = match gap {
            Some(gap) => format!("{} ({})", text_fr(line), gap_fr(gap.status)),
            None => undecided_fr(line).to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = write!(div, "<li>{label} : {said}</li>");
    }
    div.push_str("</ul></div>");
    div
}

fn gap_fr(status: GapStatus) -> &'static str {
    match status {
        GapStatus::Open => "écart ouvert",
        GapStatus::Closed => "pas d'écart",
        GapStatus::Prospective => "écart à venir",
        GapStatus::NotApplicable => "non concerné",
    }
}

/// Answers a text as XHTML holds it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
