//! What the rulebook says of figures over many patients (`mappings/reports.yaml`).

use crate::domain::param::ParamId;

/// How figures over many patients are broken down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportRules {
    /// Lower bounds of the age bands, in completed years.
    pub age_bands: Vec<ParamId>,
}
