//! What an evaluation answers beside its verdict: the evidence, what was missing, what it used.

use super::calendar::Day;
use super::fact::Kind;
use super::param::ParamId;
use super::param::Params;
use super::verdict::RuleStatus;
use super::verdict::Verdict;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smallvec::smallvec;

/// A resource version that decided something: cited as `Kind/id/_history/version`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EvidenceRef {
    pub kind: Kind,
    pub id: CompactString,
    pub version: u32,
}

/// A datum whose absence leaves a verdict open (`precar`, `birth-date`, `living-place`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    pub code: Box<str>,
    pub label_fr: Box<str>,
}

/// A missing datum while a verdict is under way: its texts are those of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack<'r> {
    pub code: &'r str,
    pub label_fr: &'r str,
}

impl Lack<'_> {
    pub fn told(self) -> Missing {
        Missing { code: self.code.into(), label_fr: self.label_fr.into() }
    }
}

/// A three-valued answer with its grounds. `'r`: of the rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding<'r> {
    pub verdict: Verdict,
    /// The facts that decided (see `Dossier::reference`).
    pub evidence: Facts,
    pub missing: Vec<Lack<'r>>,
}

/// Where a fact in force stands in the dossier (`Dossier::reference` cites it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactIndex(pub u32);

/// Facts that decided something: nearly always few, which are held without memory of their own.
pub type Facts = SmallVec<[FactIndex; 4]>;

/// The parameters an evaluation read, for the weakest status and for the explanation.
#[derive(Debug, Default, PartialEq)]
pub struct Uses(pub SmallVec<[ParamId; 12]>);

impl Clone for Uses {
    /// As one block of memory: a card is told with those of each of its lines.
    fn clone(&self) -> Uses {
        Uses(SmallVec::from_slice(&self.0))
    }
}

impl Uses {
    /// Answers that these were read.
    pub fn of(ids: &[ParamId]) -> Uses {
        Uses(ids.into())
    }

    pub fn note(&mut self, id: ParamId) {
        if !self.0.contains(&id) {
            self.0.push(id);
        }
    }

    /// Notes every parameter another evaluation read.
    pub fn note_all(&mut self, other: &Uses) {
        for id in &other.0 {
            self.note(*id);
        }
    }

    /// Answers the weakest status on `day` among `own` and the parameters read.
    pub fn weakest(&self, own: RuleStatus, params: &Params, day: Day) -> RuleStatus {
        self.0.iter().map(|id| params.status(*id, day)).fold(own, RuleStatus::max)
    }
}

impl<'r> Finding<'r> {
    /// Answers the finding of a plain truth, without grounds.
    pub fn truth(truth: bool) -> Finding<'r> {
        Finding::of(Verdict::of(truth))
    }

    /// Answers what was missing, to be told.
    pub fn told(missing: &[Lack<'_>]) -> Vec<Missing> {
        missing.iter().map(|lack| lack.told()).collect()
    }

    /// Answers the verdict with these facts as its grounds.
    pub fn grounded(verdict: Verdict, evidence: Facts) -> Finding<'r> {
        Finding { verdict, evidence, missing: Vec::new() }
    }

    /// Adds the grounds of another finding to this one's, each once.
    pub fn absorb(&mut self, other: Finding<'r>) {
        for fact in other.evidence {
            if !self.evidence.contains(&fact) {
                self.evidence.push(fact);
            }
        }
        for missing in other.missing {
            if !self.missing.contains(&missing) {
                self.missing.push(missing);
            }
        }
    }

    pub fn of(verdict: Verdict) -> Finding<'r> {
        Finding { verdict, evidence: Facts::new(), missing: Vec::new() }
    }

    pub fn with(verdict: Verdict, evidence: FactIndex) -> Finding<'r> {
        Finding { verdict, evidence: smallvec![evidence], missing: Vec::new() }
    }

    pub fn unknown(code: &'r str, label_fr: &'r str) -> Finding<'r> {
        Finding { verdict: Verdict::Unknown, evidence: Facts::new(), missing: vec![Lack { code, label_fr }] }
    }
}
