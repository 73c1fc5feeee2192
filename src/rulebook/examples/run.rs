//! Runs one example and compares what the engine answers with what its file expects.

use super::Wrong;
use super::facts::Reader;
use super::facts::unreadable;
use super::practice;
use super::practice::STRUCTURE;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::forfait;
use crate::domain::forfait::FmtTreatment;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::LineCode;
use crate::domain::forfait::MonthlyTariff;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::param::DatedValue;
use crate::domain::pathway;
use crate::domain::pathway::PathwayResult;
use crate::domain::pathway::Places;
use crate::domain::pathway::State;
use crate::domain::prevention;
use crate::domain::rules::Rules;
use crate::domain::typologie;
use crate::domain::typologie::PatientMonth;
use crate::domain::verdict::RuleStatus;
use crate::rulebook::Rulebook;
use crate::rulebook::link::at::At;
use crate::rulebook::link::params;
use crate::rulebook::node::Data;
use crate::rulebook::schema::FileKind;
use std::collections::BTreeMap;

/// What the engine answers, by the key an example may expect.
type Answer = BTreeMap<&'static str, String>;

/// Answers everything wrong with one example of a file.
pub fn one(book: &Rulebook, reader: &Reader<'_>, kind: FileKind, root: &At<'_>, example: &At<'_>) -> Vec<Wrong> {
    match answer(book, reader, kind, root, example) {
        Ok(answer) => compare(&answer, example),
        Err(wrong) => vec![wrong],
    }
}

fn answer(
    book: &Rulebook,
    reader: &Reader<'_>,
    kind: FileKind,
    root: &At<'_>,
    example: &At<'_>,
) -> Result<Answer, Wrong> {
    let day = reference_day(example)?;
    let supposed = supposed(book, root, example)?;
    let rules = supposed.as_ref().unwrap_or(&book.rules);
    let records = reader.records(example, &day.to_string())?;
    let dossier = Dossier::build(&records, rules);
    let id = root.text_of("id");
    match kind {
        FileKind::Prevention => {
            let item = rules.items.iter().position(|i| &*i.id == id).ok_or_else(|| unreadable("id"))?;
            Ok(prevention_answer(&prevention::item(&dossier, day, item)))
        }
        FileKind::Pathway => {
            let directory = Directory::build(&practice::records(), rules);
            let scope = StructureScope::new(&directory, STRUCTURE, &[], SitePolicy::Tree);
            let found = pathway::evaluate(&dossier, &scope, day);
            let result = found.iter().find(|r| &*rules.pathways[r.pathway].id == id).ok_or_else(|| unreadable("id"))?;
            Ok(pathway_answer(rules, result, day))
        }
        _ => {
            let directory = Directory::build(&practice::records(), rules);
            let scope = StructureScope::new(&directory, STRUCTURE, &[], SitePolicy::Tree);
            let month = typologie::patient_month(&dossier, &scope, day.month());
            Ok(match kind {
                FileKind::Typologie => typologie_answer(rules, &month, id),
                FileKind::Tariff => tariff_answer(&dossier, &scope, &month, id),
                _ => month_answer(&month),
            })
        }
    }
}

/// The rules with the values that the example supposes; `None` where it supposes none.
fn supposed(book: &Rulebook, root: &At<'_>, example: &At<'_>) -> Result<Option<Rules>, Wrong> {
    let Some(values) = example.key("suppose") else { return Ok(None) };
    let mut rules = book.rules.clone();
    for (name, at) in values.entries() {
        let id = if name.contains('.') { name.to_owned() } else { format!("{}.{name}", root.scope) };
        let id = rules.params.find(&id).ok_or_else(|| unreadable(name))?;
        let value = params::read_as(&at.node.data, &rules.params.get(id).unit).map_err(|_| unreadable(name))?;
        let source = "supposed by an example".into();
        let dated = DatedValue { from: Day::min_value(), value, status: RuleStatus::Interpretation, source };
        rules.params.change(id, |param| param.values = vec![dated]);
    }
    Ok(Some(rules))
}

pub(super) fn reference_day(example: &At<'_>) -> Result<Day, Wrong> {
    match example.text_of("month") {
        "" => example.text_of("date").parse().map_err(|_| unreadable("date")),
        month => month.parse::<Month>().map(Month::last_day).map_err(|_| unreadable("month")),
    }
}

fn prevention_answer(line: &prevention::ItemResult) -> Answer {
    BTreeMap::from([
        ("status", line.status.code().to_owned()),
        ("due", line.due.map(|d| d.to_string()).unwrap_or_default()),
        ("last_done", line.last_done.map(|d| d.to_string()).unwrap_or_default()),
        ("due_soon", line.due_soon.to_string()),
        ("reason", line.reason.as_deref().unwrap_or_default().to_owned()),
        ("rule_status", line.rule_status.code().to_owned()),
    ])
}

fn pathway_answer(rules: &Rules, result: &PathwayResult, day: Day) -> Answer {
    let number = |n: Option<u32>| n.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let places = Places::of(rules, result.pathway, STRUCTURE, day);
    let mut answer = BTreeMap::from([
        ("eligible", result.ground.verdict.code().to_owned()),
        ("state", result.state().map(State::code).unwrap_or_default().to_owned()),
        ("capacity", number(places.capacity)),
    ]);
    if let Some(stay) = &result.stay {
        let days = [("since", stay.since), ("until", stay.until), ("waiting_since", stay.waiting.map(|(day, _)| day))];
        answer.extend(days.map(|(key, day)| (key, day.map(|d| d.to_string()).unwrap_or_default())));
    }
    if let Some(used) = result.used.first() {
        answer.extend([
            ("granted", number(used.granted)),
            ("used", used.used.to_string()),
            ("left", number(used.left())),
            ("exceeded", number(used.exceeded())),
            ("planned", used.planned.to_string()),
        ]);
    }
    answer
}

fn typologie_answer(rules: &Rules, month: &PatientMonth, id: &str) -> Answer {
    let result = month.typologies.iter().find(|t| &*rules.typologies[t.typologie].id == id);
    let Some(result) = result else { return Answer::new() };
    let missing: Vec<&str> = result.missing.iter().map(|m| &*m.code).collect();
    BTreeMap::from([
        ("eligible", result.eligible.code().to_owned()),
        ("declared", result.declared.to_string()),
        ("paid", result.paid.to_string()),
        ("declared_only", result.declared_only.to_string()),
        ("missing", missing.join(" ")),
    ])
}

fn month_answer(month: &PatientMonth) -> Answer {
    BTreeMap::from([
        ("enrolled", month.enrolled.verdict.code().to_owned()),
        ("consommant", month.consommant.verdict.code().to_owned()),
        ("not_payable", month.not_payable.map(|n| n.code()).unwrap_or_default().to_owned()),
    ])
}

fn tariff_answer(dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: &PatientMonth, id: &str) -> Answer {
    let rules = dossier.rules();
    let Some(tariff) = rules.tariff(id) else { return Answer::new() };
    let mut answer = match forfait::price(dossier, scope, month, tariff) {
        Ok(forfait) => forfait_answer(rules, &forfait),
        Err(error) => BTreeMap::from([("error", error.to_string())]),
    };
    answer.insert("envelope", envelope_answer(rules, tariff, month.month));
    answer
}

fn envelope_answer(rules: &Rules, tariff: &Tariff, month: Month) -> String {
    let TariffKind::Monthly(MonthlyTariff { envelope: Some(envelope), .. }) = &tariff.kind else {
        return String::new();
    };
    match envelope.share(rules, STRUCTURE, month) {
        Ok(share) => share.map(|share| share.amount.to_string()).unwrap_or_default(),
        Err(error) => error.to_string(),
    }
}

fn forfait_answer(rules: &Rules, forfait: &Forfait) -> Answer {
    let lines: Vec<String> =
        forfait.lines.iter().map(|l| format!("{} {}", line_code(rules, l.code), l.amount)).collect();
    let fmt = forfait.fmt.map(|f| if f == FmtTreatment::Included { "included" } else { "on-top" });
    BTreeMap::from([
        ("lines", lines.join(", ")),
        ("total", forfait.total.to_string()),
        ("not_payable", forfait.not_payable.map(|n| n.code()).unwrap_or_default().to_owned()),
        ("fmt", fmt.unwrap_or_default().to_owned()),
        ("year_total", forfait.year.as_ref().map(|y| y.total.to_string()).unwrap_or_default()),
        ("partial", forfait.year.as_ref().is_some_and(|y| y.partial).to_string()),
    ])
}

fn line_code(rules: &Rules, code: LineCode) -> &str {
    match code {
        LineCode::Socle => "socle",
        LineCode::Brick(n) => &rules.typologies[n].id,
        LineCode::Ecretement => "ecretement",
        LineCode::Fmt => "fmt",
    }
}

fn compare(answer: &Answer, example: &At<'_>) -> Vec<Wrong> {
    let Some(expect) = example.key("expect") else { return vec![unreadable("expect")] };
    let mut wrong = Vec::new();
    for (key, expected) in expect.entries() {
        let expected = in_text(&expected);
        let Some(found) = answer.get(key) else {
            let found = answer.get("error").cloned().unwrap_or_else(|| "?".to_owned());
            wrong.push(Wrong::Differs(key.to_owned(), expected, found));
            continue;
        };
        if *found != expected {
            wrong.push(Wrong::Differs(key.to_owned(), expected, found.clone()));
        }
    }
    if expect.entries().is_empty() {
        wrong.push(unreadable("expect"));
    }
    wrong
}

// A list of lines reads `- { line: socle, amount: "8.40" }`.
fn in_text(at: &At<'_>) -> String {
    match &at.node.data {
        Data::Bool(b) => b.to_string(),
        Data::Integer(n) => n.to_string(),
        Data::Text(text) => text.clone(),
        Data::List(_) => {
            let lines: Vec<String> =
                at.items().iter().map(|l| format!("{} {}", l.text_of("line"), l.text_of("amount"))).collect();
            lines.join(", ")
        }
        _ => String::new(),
    }
}
