//! How figures over many patients are broken down.

use super::Linker;
use super::params::ParamKind;
use crate::domain::indicator::ReportRules;
use crate::rulebook::schema::FileKind;

impl<'f> Linker<'f> {
    pub(super) fn reports(&mut self) -> Option<ReportRules> {
        let at = self.only(FileKind::Reports, "reports.yaml")?;
        let bands = at.list("age_bands");
        let age_bands = bands.iter().filter_map(|band| self.param_at(band, ParamKind::Number)).collect();
        let small_cell = self.count(&at, "small_cell");
        Some(ReportRules { age_bands, small_cell: Some(small_cell?) })
    }
}
