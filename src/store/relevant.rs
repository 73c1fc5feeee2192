//! Reading fewer facts: those of some kinds that hold none of some texts are passed over, unread.

use super::error::StoreError;
use crate::domain::fact::Kind;
use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;

/// Which facts a reader wants: of the kinds sought in, those that hold one of the texts somewhere; of
/// the rest, all.
#[derive(Clone, Debug)]
pub struct Relevant {
    texts: AhoCorasick,
    sought: Box<[Kind]>,
}

impl Relevant {
    /// Answers the reader's wish. The texts are sought as they were sent, anywhere in the fact.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>, sought: &[Kind]) -> Result<Relevant, StoreError> {
        // Made once for a pass over every patient: the automaton that costs most to make and least to run.
        let made = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(texts);
        let texts = made.map_err(|error| StoreError::Cache(Box::new(error)))?;
        Ok(Relevant { texts, sought: sought.into() })
    }

    /// Answers whether a fact as it is kept is to be read.
    pub fn wants(&self, kind: Kind, fact: &[u8]) -> bool {
        !self.sought.contains(&kind) || self.texts.is_match(fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sought_in_is_passed_over() {
        let relevant = Relevant::new(["gir", "44261-6"], &[Kind::Observation, Kind::Procedure]).unwrap();
        let cases = [
            (Kind::Observation, &b"..loinc 44261-6.."[..], true),
            (Kind::Observation, b"..loinc 8480-6..", false),
            (Kind::Procedure, b"..gir", true),
            (Kind::Coverage, b"ald", true),
            (Kind::Patient, b"", true),
        ];
        for (kind, fact, want) in cases {
            assert_eq!(relevant.wants(kind, fact), want, "{kind:?}");
        }
    }
}
