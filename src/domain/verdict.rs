//! Three-valued verdicts and the status of what they rest on.

use serde::{Deserialize, Serialize};

/// Yes, no, or unknown because a datum is missing. Unknown is never taken for no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    Yes,
    No,
    Unknown,
}

impl Verdict {
    /// Kleene conjunction: a single `No` decides, whatever else is unknown.
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            _ => Verdict::Yes,
        }
    }

    /// Kleene disjunction: a single `Yes` decides.
    pub fn or(self, other: Verdict) -> Verdict {
        !(!self).and(!other)
    }

    pub fn of(truth: bool) -> Verdict {
        if truth { Verdict::Yes } else { Verdict::No }
    }

    pub fn is_yes(self) -> bool {
        self == Verdict::Yes
    }

    /// Answers the FHIR code of the verdict: yes, no, unknown.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Yes => "yes",
            Verdict::No => "no",
            Verdict::Unknown => "unknown",
        }
    }
}

impl std::ops::Not for Verdict {
    type Output = Verdict;
    fn not(self) -> Verdict {
        match self {
            Verdict::Yes => Verdict::No,
            Verdict::No => Verdict::Yes,
            Verdict::Unknown => Verdict::Unknown,
        }
    }
}

/// How sure we are of a parameter (the order is stored), from the surest to the weakest. A figure carries the weakest
/// status among the parameters it used (`Ord`: the greater is the weaker).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RuleStatus {
    /// The text of the experiment itself is cited.
    Official,
    /// An official French text that is not MTR's.
    Fallback,
    /// Our reading, where the sources leave room.
    Interpretation,
    /// Nobody knows: asking for the value is an error, never 0.
    Unknown,
    /// Invented for demonstration: refused in production.
    Fictional,
}

impl RuleStatus {
    pub fn code(self) -> &'static str {
        match self {
            RuleStatus::Official => "official",
            RuleStatus::Fallback => "fallback",
            RuleStatus::Interpretation => "interpretation",
            RuleStatus::Unknown => "unknown",
            RuleStatus::Fictional => "fictional",
        }
    }

    /// Reads the code of a mapping file.
    pub fn from_code(code: &str) -> Option<RuleStatus> {
        [
            RuleStatus::Official,
            RuleStatus::Fallback,
            RuleStatus::Interpretation,
            RuleStatus::Unknown,
            RuleStatus::Fictional,
        ]
        .into_iter()
        .find(|s| s.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;

    #[test]
    fn a_single_no_decides_an_and_and_a_single_yes_an_or() {
        assert_eq!(Unknown.and(No), No);
        assert_eq!(Unknown.and(Yes), Unknown);
        assert_eq!(Unknown.or(Yes), Yes);
        assert_eq!(Unknown.or(No), Unknown);
        assert_eq!(!Unknown, Unknown);
    }
}
