//! The adjustments of a month, in words.

use super::Language;
use crate::domain::rules::Rules;
use crate::domain::statement::Adjustment;
use crate::domain::statement::Cause;
use crate::domain::statement::line_names;
use std::fmt::Write;

/// Answers one line for each adjustment: the closed month and its line, before, after, why, and what
/// came since. Empty when there is none.
pub fn adjustments(adjustments: &[Adjustment], rules: &Rules, language: Language) -> String {
    let names = line_names(rules);
    let mut out = String::new();
    for adjustment in adjustments {
        let label = names.iter().find(|(code, _)| *code == &*adjustment.line).map_or(&*adjustment.line, |(_, l)| l);
        let Adjustment { month, before, after, reason, .. } = adjustment;
        let amount = adjustment.amount();
        // Writing to a String cannot fail.
        let _ = match language {
            Language::Fr => writeln!(
                out,
                "Régularisation du mois clos {month}, {label} : {amount} EUR ({after} au lieu de {before}), raison : {}",
                reason.label_fr()
            ),
            Language::En => writeln!(
                out,
                "Adjustment of the closed month {month}, {label}: {amount} EUR ({after} instead of {before}), reason: {}",
                reason.code()
            ),
        };
        for cause in &adjustment.causes {
            let since = language.pick("depuis la clôture", "since the closing");
            let _ = match cause {
                Cause::Version(v) => writeln!(out, "  {since}: {}/{}/_history/{}", v.kind.name(), v.id, v.version),
                Cause::Rulebook(_) => {
                    writeln!(out, "  {}", language.pick("un autre jeu de règles s’applique", "other rules apply"))
                }
            };
        }
    }
    out
}
