//! Where the candidates of a search come from.

use crate::domain::calendar::Instant;
use crate::fhir::search::Lead;
use crate::fhir::search::Query;

/// What is read, the narrowest first.
pub(super) enum Source<'q> {
    /// These resources.
    Ids(&'q [Box<str>]),
    /// What belongs to these patients.
    Patients(&'q [Box<str>]),
    /// What an index says.
    Lead(Lead),
    /// What was written since an instant, by the journal; the whole type where that is too much.
    Since(Instant),
    /// The whole type.
    All,
}

impl<'q> Source<'q> {
    pub(super) fn of(query: &'q Query) -> Source<'q> {
        if let Some(ids) = query.ids() {
            return Source::Ids(ids);
        }
        if let Some(patients) = query.patients() {
            return Source::Patients(patients);
        }
        if let Some(lead) = query.lead() {
            return Source::Lead(lead);
        }
        query.updated_since().map_or(Source::All, Source::Since)
    }

    /// Answers whether it hands over resources in the order of their ids.
    pub(super) fn is_by_id(&self) -> bool {
        !matches!(self, Source::Patients(patients) if patients.len() > 1)
    }
}
