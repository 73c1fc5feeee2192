//! Measures over many patients: fill rates of the prevention items and the indicators of the
//! experiment.
//!
//! Owns: what one patient brings to each group of a measure over a period, and how that adds up.
//! Must not know: FHIR, how patients are found, who may see what.

mod active_file;
mod appointments;
mod arm;
mod change;
mod consumption;
mod contacts;
mod counts;
mod definition;
mod derived;
mod horizon;
mod items;
mod leakage;
mod measure;
mod minutes;
mod of_card;
mod population;
mod reports;
mod score;
mod share;
mod standing;
mod strata;
mod subject;
mod tally;
mod team;
#[cfg(test)]
mod tests;
mod units;

pub use active_file::ActiveFile;
pub use active_file::PerStructure;
pub use appointments::Appointments;
pub use arm::Arm;
pub use consumption::Consumption;
pub use consumption::Split;
pub use contacts::Counted;
pub use counts::Counts;
pub use definition::Improvement;
pub use definition::Indicator;
pub use definition::PeriodUse;
pub use definition::Rule;
pub use definition::Scoring;
pub use definition::Texts;
pub use definition::Unit;
pub use derived::Derived;
pub use horizon::Horizon;
pub use horizon::everybody;
pub use items::ItemGroups;
pub use items::Items;
pub use leakage::Leakage;
pub use measure::CARD;
pub use measure::GroupName;
pub use measure::QualityMeasure;
pub use minutes::Minutes;
pub use minutes::Step;
pub use of_card::counts as counts_of;
pub use of_card::share as share_of;
pub use of_card::shares as shares_of;
pub use population::Population;
pub use reports::ReportRules;
pub use score::Score;
pub use share::Share;
pub use standing::Standing;
pub use strata::Frame;
pub use strata::Strata;
pub use strata::Stratifier;
pub use strata::Stratum;
pub use subject::Subject;
pub use tally::Figures;
pub use tally::GroupFigures;
pub use tally::Part;
pub use tally::Tally;
pub use team::Team;
pub use team::TeamProfession;
pub use team::Who;
