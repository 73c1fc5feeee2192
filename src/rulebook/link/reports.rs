//! How figures over many patients are broken down.

use super::At;
use super::Linker;
use super::params::ParamKind;
use crate::domain::indicator::Indicator;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::ReportRules;
use crate::domain::indicator::Stratifier;
use crate::domain::prevention::Item;
use crate::domain::published::Groups;
use crate::domain::published::PublicationRules;
use crate::domain::published::TableRule;
use crate::rulebook::schema::FileKind;
use std::collections::BTreeMap;

impl<'f> Linker<'f> {
    pub(super) fn reports(&mut self) -> Option<ReportRules> {
        let at = self.only(FileKind::Reports, "reports.yaml")?;
        let bands = at.list("age_bands");
        let age_bands = bands.iter().filter_map(|band| self.param_at(band, ParamKind::Number)).collect();
        Some(ReportRules { age_bands })
    }

    /// Answers what is published of a closed month.
    pub(super) fn published(&mut self, items: &[Item], indicators: &[Indicator]) -> PublicationRules {
        let Some(at) = self.only(FileKind::Reports, "reports.yaml") else { return PublicationRules::default() };
        let [small_cell, rounding, months] =
            ["small_cell", "rounding", "published_months"].map(|key| self.count(&at, key));
        let tables = at.list("published");
        let tables = tables.iter().filter_map(|table| self.table(table, items, indicators)).collect();
        PublicationRules { small_cell, rounding, months, tables }
    }

    fn table(&mut self, at: &At<'f>, items: &[Item], indicators: &[Indicator]) -> Option<TableRule> {
        let named = at.key("measure")?;
        let known: BTreeMap<&str, QualityMeasure> = items
            .iter()
            .enumerate()
            .map(|(n, item)| (&*item.id, QualityMeasure::Item(n)))
            .chain(indicators.iter().enumerate().map(|(n, indicator)| (&*indicator.id, QualityMeasure::Indicator(n))))
            .collect();
        // A rulebook older than the indicators has none of them: it publishes none.
        if indicators.is_empty() && !known.contains_key(named.text()) {
            return None;
        }
        // What a faulty file would have made is blamed there, and only there.
        let name = named.text();
        let written = [format!("indicators/{name}.yaml"), format!("prevention/{name}.yaml")];
        if !known.contains_key(name) && self.files.iter().any(|file| written.contains(&file.path)) {
            return None;
        }
        let measure = self.resolve(&named, &known, "unknown-measure", ("mesure", "measure"))?;
        let groups = Groups::WORDS.iter().find(|(word, _)| *word == at.text_of("groups")).map(|(_, groups)| *groups);
        let by = at.key("by").and_then(|by| Stratifier::from_code(by.text()));
        Some(TableRule { measure, groups: groups?, by })
    }
}
