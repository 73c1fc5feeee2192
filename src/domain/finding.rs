//! What an evaluation answers beside its verdict: the evidence, what was missing, what it used.

use super::fact::Kind;
use super::param::ParamId;
use super::verdict::Verdict;

/// A resource version that decided something: cited as `Kind/id/_history/version`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceRef {
    pub kind: Kind,
    pub id: Box<str>,
    pub version: u32,
}

/// A datum whose absence leaves a verdict open (`precar`, `birth-date`, `living-place`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    pub code: Box<str>,
    pub label_fr: Box<str>,
}

/// A three-valued answer with its grounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub verdict: Verdict,
    /// Indexes into the dossier's records (see `Dossier::reference`).
    pub evidence: Vec<FactIndex>,
    pub missing: Vec<Missing>,
}

/// Where a record stands in the dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactIndex(pub u16);

/// The parameters an evaluation read, for the weakest status and for the explanation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uses(pub Vec<ParamId>);

impl Uses {
    pub fn note(&mut self, id: ParamId) {
        if !self.0.contains(&id) {
            self.0.push(id);
        }
    }
}

impl Finding {
    pub fn of(verdict: Verdict) -> Finding {
        Finding { verdict, evidence: Vec::new(), missing: Vec::new() }
    }

    pub fn with(verdict: Verdict, evidence: FactIndex) -> Finding {
        Finding { verdict, evidence: vec![evidence], missing: Vec::new() }
    }

    pub fn unknown(code: &str, label_fr: &str) -> Finding {
        Finding {
            verdict: Verdict::Unknown,
            evidence: Vec::new(),
            missing: vec![Missing { code: code.into(), label_fr: label_fr.into() }],
        }
    }
}
