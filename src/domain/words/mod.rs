//! A rule told in French, so that whoever does not read its file can say whether it is right.
//!
//! Owns: the sentences for conditions and for the lines of the prevention catalogue. Numbers are those
//! in force last: their dates and sources stand beside, in the parameters. Must not know: patients.

mod condition;
mod item;
mod reason;

pub use condition::condition;
pub use item::item;
pub use reason::reason;

use super::explain::Language;
use super::explain::with_unit;
use super::param::ParamId;
use super::param::ParamValue;
use super::rules::Rules;

/// Answers the latest value of a parameter with its unit: "24 mois", "4 ans".
fn value(rules: &Rules, id: ParamId) -> String {
    value_in(rules, id, Language::Fr)
}

fn value_in(rules: &Rules, id: ParamId, language: Language) -> String {
    let param = rules.params.get(id);
    match param.values.last().and_then(|dated| dated.value.as_ref()) {
        None => format!("{} ({})", param.label_fr, language.pick("inconnu", "unknown")),
        Some(ParamValue::Number(number)) => {
            let number = number.to_string().replace('.', language.pick(",", "."));
            with_unit(&number, &param.unit, language).replace('\u{a0}', " ")
        }
        Some(ParamValue::Amount(amount)) => language.amount(*amount),
        Some(ParamValue::Word(word)) => word.to_string(),
        Some(ParamValue::Day(day)) => day.to_string(),
    }
}

/// Answers the name of month number 1 to 12: "mars"; `None` of any other number.
pub fn month(number: i32) -> Option<&'static str> {
    let names = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    names.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}

/// Answers "a, b et c", or "a, b ou c".
fn listed(parts: &[String], last: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Answers bounds as words: "de 50 ans à 74 ans", "à partir de 50 ans", "jusqu'à 74 ans".
fn bounds(rules: &Rules, min: Option<ParamId>, max: Option<ParamId>) -> Option<String> {
    Some(match (min, max) {
        (Some(min), Some(max)) => format!("de {} à {}", value(rules, min), value(rules, max)),
        (Some(min), None) => format!("à partir de {}", value(rules, min)),
        (None, Some(max)) => format!("jusqu'à {}", value(rules, max)),
        (None, None) => return None,
    })
}
