//! What is adjusted after a month is closed, and who is paid once.

use super::Linker;
use crate::domain::statement::LateChange;
use crate::domain::statement::OncePerMonth;
use crate::domain::statement::StatementRules;
use crate::rulebook::schema::FileKind;

impl<'f> Linker<'f> {
    pub(super) fn statements(&mut self) -> Option<StatementRules> {
        let at = self.only(FileKind::Statements, "statements.yaml")?;
        let reopens = at.key("reopens")?;
        let [data, identity, rules, other] =
            LateChange::ALL.map(|change| self.word_among(&reopens, change.key(), StatementRules::YES_NO));
        let once_per_month = self.word_among(&at, "once_per_month", OncePerMonth::WORDS);
        let [recovery_months, leaving_days] = ["recovery_months", "leaving_days"].map(|key| self.count(&at, key));
        Some(StatementRules {
            recovery_months: recovery_months?,
            reopens: [data?, identity?, rules?, other?],
            once_per_month: once_per_month?,
            leaving_days: leaving_days?,
        })
    }
}
