//! What is counted one by one where a patient brings several: appointments, encounters.

use super::Counts;
use super::Share;
use crate::domain::dossier::Dossier;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::FactIndex;
use crate::domain::verdict::RuleStatus;

/// What was counted so far, and which resource brought what, where that is asked.
pub(super) struct Units<'d> {
    dossier: &'d Dossier<'d>,
    counts: Counts,
    cited: Vec<(EvidenceRef, Counts)>,
}

impl<'d> Units<'d> {
    pub(super) fn of(dossier: &'d Dossier<'d>) -> Units<'d> {
        Units { dossier, counts: Counts::default(), cited: Vec::new() }
    }

    /// Counts a resource, which alone brings all of this.
    pub(super) fn add(&mut self, index: FactIndex, counts: Counts) {
        self.count(counts);
        self.cite(index, counts);
    }

    /// Counts what no single resource brings.
    pub(super) fn count(&mut self, counts: Counts) {
        self.counts += counts;
    }

    /// Cites a resource with its own part of what is counted apart.
    pub(super) fn cite(&mut self, index: FactIndex, counts: Counts) {
        self.cited.extend(self.dossier.citation(index).map(|reference| (reference, counts)));
    }

    /// Answers the share in a group; `None` where nothing was counted.
    pub(super) fn share(self, group: usize, status: RuleStatus) -> Option<Share> {
        let Units { counts, cited, .. } = self;
        (!counts.is_empty()).then_some(Share { group, counts, evidence: Vec::new(), units: Some(cited), status })
    }
}
