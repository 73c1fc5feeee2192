//! Reading fewer facts: acts that hold none of some texts are passed over, unread.

use super::error::StoreError;
use crate::domain::fact::Kind;
use aho_corasick::AhoCorasick;

/// Which facts a reader wants: of acts, those that hold one of these texts somewhere; of the rest, all
/// but appointments. What is passed over stands as a version that says nothing.
#[derive(Clone, Debug)]
pub struct Relevant(AhoCorasick);

impl Relevant {
    /// Answers the reader's wish. The texts are sought as they were sent, anywhere in the fact.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Relevant, StoreError> {
        AhoCorasick::new(texts).map(Relevant).map_err(|error| StoreError::Cache(Box::new(error)))
    }

    pub(super) fn wants(&self, kind: Kind, fact: &[u8]) -> bool {
        match kind {
            Kind::Observation
            | Kind::Procedure
            | Kind::Immunization
            | Kind::DiagnosticReport
            | Kind::QuestionnaireResponse => self.0.is_match(fact),
            Kind::Appointment => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_acts_are_passed_over() {
        let relevant = Relevant::new(["gir", "44261-6"]).unwrap();
        let cases = [
            (Kind::Observation, &b"..loinc 44261-6.."[..], true),
            (Kind::Observation, b"..loinc 8480-6..", false),
            (Kind::Procedure, b"..gir", true),
            (Kind::Coverage, b"ald", true),
            (Kind::Patient, b"", true),
            (Kind::Appointment, b"gir", false),
        ];
        for (kind, fact, want) in cases {
            assert_eq!(relevant.wants(kind, fact), want, "{kind:?}");
        }
    }
}
