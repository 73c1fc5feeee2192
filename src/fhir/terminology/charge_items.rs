//! A ChargeItemDefinition for each tariff (R4 chargeitemdefinition.html): what each line is worth,
//! since when, on whose word.
//!
//! One propertyGroup for each line and effective period, its first applicability telling the period,
//! its second the line, a third what only words say. R4 has no period there: the R5 element is carried by its cross-version
//! extension, and told as FHIRPath too. An amount nobody knows is absent with its reason, never 0.

use super::value_sets::{rule_source, rule_status, rulebook_digest};
use crate::domain::calendar::Day;
use crate::domain::envelope::Envelope;
use crate::domain::fmt::{FmtIndicator, FmtTariff};
use crate::domain::forfait::{Brick, MonthlyTariff, Tariff, TariffKind};
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::param::{DatedValue, ParamId, ParamValue};
use crate::domain::publication::{Publication, TariffNote};
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::domain::words;
use serde_json::{Value, json};

const PERIOD: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ChargeItemDefinition.applicability.effectivePeriod";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const ECRETEMENT: &str = "ecretement";

/// Answers each tariff of a rulebook as a ChargeItemDefinition.
pub fn all(rules: &Rules, publication: &Publication, named: (&str, &str)) -> Vec<Value> {
    let note = |tariff: &Tariff| publication.tariffs.iter().find(|note| note.id == tariff.id);
    rules.tariffs.iter().map(|tariff| definition(rules, tariff, note(tariff), named)).collect()
}

/// One line of a tariff, over all its periods.
struct Row {
    /// Of CodeSystem/forfait-line.
    code: Box<str>,
    display: Box<str>,
    /// Who or what it is for.
    scope: String,
    /// What else must be true, where the line's code does not tell.
    condition: Option<String>,
    kind: &'static str,
    /// What the amount is; by default the display.
    text: String,
    param: ParamId,
}

fn definition(rules: &Rules, tariff: &Tariff, note: Option<&TariffNote>, (version, digest): (&str, &str)) -> Value {
    let (rows, said) = match &tariff.kind {
        TariffKind::Monthly(pack) => (monthly(rules, pack), MONTHLY.to_owned()),
        TariffKind::Fmt(pack) => (fmt(rules, pack), yearly(rules, pack)),
    };
    let statuses = rows.iter().flat_map(|row| rules.params.get(row.param).values.iter().map(|v| v.status));
    let weakest = statuses.clone().max().unwrap_or(RuleStatus::Unknown);
    let invented = statuses.clone().any(|status| status == RuleStatus::Fictional);
    let mut description = vec![said];
    let mut extensions = vec![rule_status(weakest.code()), rulebook_digest(digest)];
    if let Some(note) = note {
        description.extend(note.notes_fr.iter().map(|said| said.to_string()));
        extensions.push(rule_source(&format!("mappings/{}", note.file)));
        extensions.extend(note.sources.iter().map(|source| rule_source(source)));
    }
    let mut tags = vec![json!({"system": code_system("tariff"), "code": tariff.id})];
    if invented {
        tags.push(json!({"system": code_system("figure"), "code": "fictional",
                         "display": "Montants fictifs, pour démonstration"}));
        description.insert(0, "Montants fictifs : démonstration, aucune valeur officielle.".to_owned());
    }
    let mut out = json!({
        "resourceType": "ChargeItemDefinition",
        "id": super::id_of(&tariff.id),
        "meta": {"tag": tags},
        "language": "fr",
        "extension": extensions,
        "url": format!("{CANONICAL_BASE}/ChargeItemDefinition/{}", tariff.id),
        "version": version,
        "title": tariff.label_fr,
        "status": "active",
        "experimental": invented,
        "publisher": "mtr-gateway",
        "description": description.join(" "),
        "code": {"coding": [{"system": code_system("tariff"), "code": tariff.id, "display": tariff.label_fr}],
                 "text": tariff.label_fr},
        "propertyGroup": rows.iter().flat_map(|row| groups(rules, row)).collect::<Vec<_>>(),
    });
    if let Some(from) = first_day(rules, &tariff.kind) {
        out["effectivePeriod"] = json!({"start": from.to_string()});
    }
    out
}

const MONTHLY: &str = "Montants d'un mois civil, ceux du dernier jour du mois, dans l'ordre des lignes : part socle, \
                       briques sous plafond, écrêtement, briques hors plafond.";

/// Answers the first day on which something of the tariff has a known amount.
fn first_day(rules: &Rules, kind: &TariffKind) -> Option<Day> {
    let known = |id: ParamId| rules.params.get(id).values.iter().find(|v| v.value.is_some()).map(|v| v.from);
    match kind {
        TariffKind::Monthly(pack) => known(pack.socle),
        TariffKind::Fmt(pack) => {
            let said = rules.params.get(pack.exists_from).values.iter().rev().find_map(|v| v.value.as_ref());
            said.and_then(|value| if let ParamValue::Day(day) = value { Some(*day) } else { None })
        }
    }
}

fn monthly(rules: &Rules, pack: &MonthlyTariff) -> Vec<Row> {
    let mut rows = vec![Row {
        code: "socle".into(),
        display: "Part socle".into(),
        scope: "Chaque patient payable du mois, sous plafond".to_owned(),
        condition: None,
        kind: "base",
        text: label(rules, pack.socle),
        param: pack.socle,
    }];
    // Catalogue order, as on the Invoice.
    let mut bricks: Vec<&Brick> = pack.bricks.iter().collect();
    bricks.sort_by_key(|brick| brick.typologie);
    rows.extend(bricks.iter().filter(|b| b.capped).filter_map(|b| brick(rules, b, "sous plafond")));
    if let Some(cap) = pack.cap {
        let covered: Vec<&str> = rows.iter().map(|row| &*row.display).collect();
        let scope = format!(
            "Ce qui dépasse le plafond est retiré en une ligne négative ; sous plafond : {}",
            covered.join(", ")
        );
        rows.push(Row {
            code: ECRETEMENT.into(),
            display: "Écrêtement au plafond mensuel".into(),
            scope,
            condition: None,
            kind: "informational",
            text: label(rules, cap),
            param: cap,
        });
    }
    rows.extend(bricks.iter().filter(|b| !b.capped).filter_map(|b| brick(rules, b, "hors plafond")));
    rows.push(Row {
        code: "fmt".into(),
        display: "Forfait médecin traitant".into(),
        scope: "Pour information : jamais dans le total de ce tarif".to_owned(),
        condition: None,
        kind: "informational",
        text: label(rules, pack.fmt_treatment),
        param: pack.fmt_treatment,
    });
    rows.extend(pack.envelope.as_ref().and_then(|envelope| envelope_row(rules, envelope)));
    rows
}

fn brick(rules: &Rules, brick: &Brick, cap: &str) -> Option<Row> {
    let typologie = rules.typologies.get(brick.typologie)?;
    Some(Row {
        code: typologie.id.clone(),
        display: typologie.label_fr.clone(),
        scope: format!("Patient payable de typologie « {} », {cap}", typologie.label_fr),
        condition: None,
        kind: "base",
        text: label(rules, brick.amount),
        param: brick.amount,
    })
}

/// The amounts of named structures are theirs: only that of the others is published.
fn envelope_row(rules: &Rules, envelope: &Envelope) -> Option<Row> {
    let param = envelope.default?;
    let own = "Les structures qui n'ont pas de montant propre".to_owned();
    let twelfth = "un douzième par mois, les premiers mois prenant les centimes de trop";
    Some(Row {
        code: "enveloppe".into(),
        display: "Enveloppe de la structure".into(),
        scope: format!("Chaque structure ; montant d'une année, {twelfth}"),
        condition: (!envelope.by_structure.is_empty()).then_some(own),
        kind: "base",
        text: label(rules, param),
        param,
    })
}

fn fmt(rules: &Rules, pack: &FmtTariff) -> Vec<Row> {
    let row = |kind, condition: String, label: &str, param| Row {
        code: "fmt".into(),
        display: "Forfait médecin traitant".into(),
        scope: "Chaque patient payable de la photographie du 31 décembre précédent".to_owned(),
        condition: Some(condition),
        kind,
        text: format!("{label} (par an)"),
        param,
    };
    let not_seen = label(rules, pack.not_seen);
    let mut rows = vec![row("base", format!("{not_seen} : remplace la ligne d'âge"), &not_seen, pack.not_seen)];
    rows.extend(pack.rows.iter().enumerate().map(|(n, found)| {
        let condition = format!("{} (ligne {} ; la première qui s'applique)", found.label_fr, n + 1);
        row("base", condition, &found.label_fr, found.amount)
    }));
    let c2s = label(rules, pack.c2s);
    rows.push(row("surcharge", format!("{c2s}, en plus de la ligne"), &c2s, pack.c2s));
    let (decided, open): (Vec<_>, Vec<_>) = pack.indicators.iter().partition(|indicator| indicator.item.is_some());
    let mut each = format!("Pour chaque indicateur validé, en plus de la ligne : {}", listed(&decided));
    if !open.is_empty() {
        each.push_str(&format!(". Sans règle au catalogue, donc inconnus : {}", listed(&open)));
    }
    rows.push(row("surcharge", each, &label(rules, pack.per_indicator), pack.per_indicator));
    rows
}

fn listed(indicators: &[&FmtIndicator]) -> String {
    indicators.iter().map(|indicator| &*indicator.label_fr).collect::<Vec<_>>().join(" ; ")
}

/// Answers how a yearly amount is paid, with the months of the last instalments known.
fn yearly(rules: &Rules, pack: &FmtTariff) -> String {
    let number = |id: &ParamId| {
        let dated = rules.params.get(*id).values.last()?;
        words::month(rules.params.integer(*id, dated.from)?)
    };
    let months: Option<Vec<&str>> = pack.instalment_months.iter().map(number).collect();
    let paid = months.map_or_else(|| "mois de versement inconnus".to_owned(), |months| months.join(", "));
    let dated = pack.last_instalment.and_then(|id| rules.params.get(id).values.last());
    let last = match dated.is_some_and(|dated| pack.has_balance(&rules.params, dated.from)) {
        true => " ; la dernière est le solde de l'année, avances déduites, négatif si elles l'ont dépassée",
        false => "",
    };
    format!(
        "Montants d'une année, ceux du 1er janvier, versés par parts égales ({paid}) ; les premières prennent les centimes de trop{last}."
    )
}

fn label(rules: &Rules, id: ParamId) -> String {
    rules.params.get(id).label_fr.to_string()
}

/// Answers a line as one propertyGroup for each of its periods.
fn groups(rules: &Rules, row: &Row) -> Vec<Value> {
    let values = &rules.params.get(row.param).values;
    let ends = values.iter().skip(1).map(|next| Some(next.from.add_days(-1))).chain([None]);
    // An end of validity opens no period; what nobody knows does.
    let open = |dated: &DatedValue| dated.value.is_some() || dated.status == RuleStatus::Unknown;
    let dated = values.iter().zip(ends).filter(|(dated, _)| open(dated));
    dated.map(|(dated, end)| group(row, dated, end)).collect()
}

fn group(row: &Row, dated: &DatedValue, end: Option<Day>) -> Value {
    let start = dated.from;
    let mut valid = json!({"start": start.to_string()});
    let mut expression = format!("%context.occurrence >= @{start}");
    let mut description = format!("À partir du {start}");
    if let Some(end) = end {
        valid["end"] = Value::from(end.to_string());
        expression.push_str(&format!(" and %context.occurrence <= @{end}"));
        description = format!("Du {start} au {end}");
    }
    let line = format!("%context.code.coding.where(system = '{}').code = '{}'", code_system("forfait-line"), row.code);
    let mut components = vec![component(row, dated)];
    if &*row.code == ECRETEMENT {
        // Reckoned for each patient-month: it has no amount of its own.
        components.insert(
            0,
            json!({"type": "deduction", "code": coded(row, "Ce dont la somme des lignes sous plafond dépasse le plafond")}),
        );
    }
    let mut applicability = vec![
        json!({"extension": [{"url": PERIOD, "valuePeriod": valid}], "description": description,
               "language": "text/fhirpath", "expression": expression}),
        json!({"description": row.scope, "language": "text/fhirpath", "expression": line}),
    ];
    // Said in words alone: no expression of FHIR says it, and one that left it out would be wrong.
    applicability.extend(row.condition.as_ref().map(|condition| json!({"description": condition})));
    json!({"applicability": applicability, "priceComponent": components})
}

fn component(row: &Row, dated: &DatedValue) -> Value {
    let extensions = json!([rule_status(dated.status.code()), rule_source(&dated.source)]);
    let unknown = || json!({"extension": [{"url": ABSENT, "valueCode": "unknown"}]});
    let mut out = json!({"extension": extensions, "type": row.kind, "code": coded(row, &row.text)});
    match &dated.value {
        Some(ParamValue::Amount(amount)) => {
            out["amount"] = json!({"value": amount.to_string(), "currency": "EUR"});
        }
        // The place of the FMT is a word, and no amount.
        Some(ParamValue::Word(word)) => {
            if let Some(known) = treatment(word) {
                out["code"] = json!({"text": known["display"], "coding": [known]});
            }
        }
        Some(_) => {}
        None => out["amount"] = unknown(),
    }
    out
}

fn coded(row: &Row, text: &str) -> Value {
    json!({"coding": [{"system": code_system("forfait-line"), "code": row.code, "display": row.display}], "text": text})
}

fn treatment(word: &str) -> Option<Value> {
    let (code, display) = match word {
        "included" => ("included", "Inclus dans le forfait"),
        "on_top" => ("on-top", "Versé en plus du forfait"),
        _ => return None,
    };
    Some(json!({"system": code_system("fmt-treatment"), "code": code, "display": display}))
}

fn code_system(name: &str) -> String {
    format!("{CANONICAL_BASE}/CodeSystem/{name}")
}

#[cfg(test)]
mod tests;
