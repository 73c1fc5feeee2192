//! Changes and their reasons in words, in French first and in English.

use super::Cause;
use super::Change;
use super::Standing;
use super::Told;
use super::Turn;
use crate::domain::calendar::Day;
use crate::domain::explain::Language;
use crate::domain::explain::line_name;
use crate::domain::forfait::FmtTreatment;
use crate::domain::money::Centimes;
use crate::domain::param::ParamId;
use crate::domain::param::ParamValue;
use crate::domain::prevention::ItemStatus;
use crate::domain::rules::Rules;
use crate::domain::statement::line_names;

/// Answers one line of text: from which month the money is another with no new fact, to what and
/// why; `None`: not within so many months.
pub fn sentence(turn: Option<&Turn>, months: u16, rules: &Rules, language: Language) -> String {
    let title = language.pick("Prochain changement sans nouvelle donnée", "Next change with no new data");
    let colon = language.colon();
    let Some(turn) = turn else {
        return match language {
            Language::Fr => format!("{title}{colon}aucun dans les {months} mois.\n"),
            Language::En => format!("{title}{colon}none within {months} months.\n"),
        };
    };
    let told: Vec<String> = turn.changes.iter().map(|told| change_text(told, rules, language)).collect();
    format!("{title}{colon}{}{colon}{}.\n", turn.date.month(), told.join("\u{a0}; "))
}

/// Answers one change and its reasons.
pub fn change_text(told: &Told, rules: &Rules, language: Language) -> String {
    let mut text = what(&told.change, rules, language);
    // What follows from the change beside it needs no words.
    let reasons: Vec<String> =
        told.causes.iter().filter(|cause| **cause != Cause::Follows).map(|c| why(c, rules, language)).collect();
    if !reasons.is_empty() {
        text.push_str(&format!(" ({})", reasons.join(", ")));
    }
    text
}

fn what(change: &Change, rules: &Rules, language: Language) -> String {
    let quoted = |name: &str| format!("«\u{a0}{name}\u{a0}»");
    match change {
        Change::Payable { to: None, .. } => {
            language.pick("le mois devient payable", "the month becomes payable").into()
        }
        Change::Payable { from, to: Some(reason) } => {
            let no = match from {
                None => language.pick("le mois n’est plus payable", "the month is no longer payable"),
                Some(_) => language.pick("le mois reste impayable", "the month remains unpayable"),
            };
            format!("{no}{}{}", language.colon(), language.reason(*reason))
        }
        Change::Typologie { typologie, from, to } => {
            let name = rules.typologies.get(*typologie).map_or("", |t| &t.label_fr);
            format!("{} {} {}", language.pick("typologie", "typology"), quoted(name), standing((*from, *to), language))
        }
        Change::Line { code, from, to } => {
            let (_, label) = line_name(*code, rules);
            format!("{} {} {}", language.pick("ligne", "line"), quoted(label), amounts((*from, *to), language))
        }
        Change::Adjustment { month, line, from, to } => {
            let names = line_names(rules);
            let label = names.iter().find(|(code, _)| *code == &**line).map_or(&**line, |(_, label)| label);
            let name = language.pick("régularisation de", "adjustment of");
            format!("{name} {month}, {} {}", quoted(label), amounts((*from, *to), language))
        }
        Change::Fmt { from, to } => format!("FMT {} → {}", treatment(*from, language), treatment(*to, language)),
        Change::Total { from, to } => format!("total {}", amounts((*from, *to), language)),
        Change::Item { item, from, to } => {
            let name = rules.items.get(*item).map_or("", |item| &item.label_fr);
            format!("{} {} → {}", quoted(name), status(*from, language), status(*to, language))
        }
    }
}

fn standing((from, to): (Standing, Standing), language: Language) -> String {
    let mut told = Vec::new();
    if from.eligible != to.eligible {
        let name = language.pick("éligible", "eligible");
        told.push(format!("{name} {} → {}", language.verdict(from.eligible), language.verdict(to.eligible)));
    }
    for (fr, en, was, is) in
        [("déclarée", "declared", from.declared, to.declared), ("payée", "paid", from.paid, to.paid)]
    {
        if was != is {
            told.push(format!("{} {} → {}", language.pick(fr, en), language.truth(was), language.truth(is)));
        }
    }
    told.join(", ")
}

fn amounts((from, to): (Option<Centimes>, Option<Centimes>), language: Language) -> String {
    let none = language.pick("aucun montant", "no amount");
    let told = |amount: Option<Centimes>| amount.map_or_else(|| none.to_owned(), |amount| language.amount(amount));
    format!("{} → {}", told(from), told(to))
}

fn treatment(treatment: Option<FmtTreatment>, language: Language) -> &'static str {
    match treatment {
        Some(FmtTreatment::Included) => language.pick("compris", "included"),
        Some(FmtTreatment::OnTop) => language.pick("versé en sus", "paid on top"),
        None => language.pick("inconnu", "unknown"),
    }
}

fn status(status: ItemStatus, language: Language) -> &'static str {
    match status {
        ItemStatus::UpToDate => language.pick("à jour", "up to date"),
        ItemStatus::Expired => language.pick("expiré", "expired"),
        ItemStatus::NeverDone => language.pick("jamais fait", "never done"),
        ItemStatus::Refused => language.pick("refusé", "refused"),
        ItemStatus::Excluded => language.pick("exclu", "excluded"),
        ItemStatus::NotEligible => language.pick("non concerné", "not concerned"),
        ItemStatus::Indeterminate => language.pick("indéterminé", "indeterminate"),
    }
}

fn why(cause: &Cause, rules: &Rules, language: Language) -> String {
    match (cause, language) {
        (Cause::Death, _) => language.pick("décès", "death").into(),
        (Cause::Birthday { age, on }, Language::Fr) => format!("{age} ans le {on}"),
        (Cause::Birthday { age, on }, Language::En) => format!("aged {age} on {on}"),
        (Cause::Parameter { id, on }, Language::Fr) => {
            format!("le paramètre {} change le {on}{}", rules.params.get(*id).id, value(*id, *on, rules, language))
        }
        (Cause::Parameter { id, on }, Language::En) => {
            format!("parameter {} changes on {on}{}", rules.params.get(*id).id, value(*id, *on, rules, language))
        }
        (Cause::ValidityEnds { on, .. }, Language::Fr) => format!("validité échue le {on}"),
        (Cause::ValidityEnds { on, .. }, Language::En) => format!("validity over on {on}"),
        (Cause::PeriodEnds { what, on }, Language::Fr) => format!("{}/{} finit le {on}", what.kind.name(), what.id),
        (Cause::PeriodEnds { what, on }, Language::En) => format!("{}/{} ends on {on}", what.kind.name(), what.id),
        (Cause::PeriodBegins { what, on }, Language::Fr) => {
            format!("{}/{} commence le {on}", what.kind.name(), what.id)
        }
        (Cause::PeriodBegins { what, on }, Language::En) => format!("{}/{} begins on {on}", what.kind.name(), what.id),
        (Cause::WindowEnds { what }, Language::Fr) => {
            format!("{}/{} sort de la période regardée", what.kind.name(), what.id)
        }
        (Cause::WindowEnds { what }, Language::En) => format!("{}/{} leaves the window", what.kind.name(), what.id),
        (Cause::Instalment, _) => language.pick("échéancier du FMT", "instalments of the FMT").into(),
        (Cause::NewYear, _) => language.pick("nouvelle année du FMT", "a new year of the FMT").into(),
        (Cause::Follows, _) => language.pick("en conséquence", "as a consequence").into(),
        (Cause::Time, _) => language.pick("le temps passe", "time passes").into(),
    }
}

/// The value a parameter takes that day, where it can be told.
fn value(id: ParamId, on: Day, rules: &Rules, language: Language) -> String {
    let told = match rules.params.value(id, on) {
        Some(ParamValue::Number(number)) => number.to_string(),
        Some(ParamValue::Amount(amount)) => language.amount(*amount),
        Some(ParamValue::Word(word)) => word.to_string(),
        Some(ParamValue::Day(day)) => day.to_string(),
        None => language.pick("inconnu", "unknown").to_owned(),
    };
    format!("{}{told}", language.colon())
}
