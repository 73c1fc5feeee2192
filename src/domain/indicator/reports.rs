//! What the rulebook says of figures over many patients (`mappings/reports.yaml`).

use crate::domain::calendar::Day;
use crate::domain::param::ParamId;
use crate::domain::param::Params;

/// How figures over many patients are broken down, and which are too small to be told to others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportRules {
    /// Lower bounds of the age bands, in completed years.
    pub age_bands: Vec<ParamId>,
    /// A count below it, and not 0, is not told to whoever sees no patient; `None`: an old rulebook.
    pub small_cell: Option<ParamId>,
}

impl ReportRules {
    /// Answers the least count that is told to whoever sees no patient; `None`: not known that day.
    pub fn small_cell(&self, params: &Params, day: Day) -> Option<i32> {
        params.integer(self.small_cell?, day)
    }
}
