//! Conditions and flags: from their written form to the closed vocabulary of the engine.

use super::At;
use super::Linker;
use super::params::ParamKind;
use crate::domain::condition::Absent;
use crate::domain::condition::Compare;
use crate::domain::condition::ConceptState;
use crate::domain::condition::Condition;
use crate::domain::condition::EvidenceId;
use crate::domain::condition::Exists;
use crate::domain::condition::Flag;
use crate::domain::condition::FlagId;
use crate::domain::condition::Latest;
use crate::domain::condition::LatestBound;
use crate::domain::fact::Sex;
use crate::domain::param::ParamId;
use crate::rulebook::error::Fault;
use crate::rulebook::schema::FileKind;

/// Two optional bounds of an age.
pub(super) type AgeBounds = (Option<ParamId>, Option<ParamId>);

impl<'f> Linker<'f> {
    pub(super) fn name_flags_and_evidences(&mut self) {
        for (n, at) in self.roots(FileKind::Flag).iter().enumerate() {
            self.check_file_name(at);
            self.flag_ids.insert(at.text_of("id"), n as u16);
        }
        for (n, at) in self.roots(FileKind::Evidence).iter().enumerate() {
            self.check_file_name(at);
            self.evidence_ids.insert(at.text_of("id"), n as u16);
        }
    }

    pub(super) fn flags(&mut self) {
        let roots = self.roots(FileKind::Flag);
        for at in &roots {
            let condition = at.key("when").and_then(|w| self.condition(&w)).unwrap_or(Condition::Always);
            let (id, label_fr) = (at.text_of("id").into(), at.text_of("label_fr").into());
            self.flags.push(Flag { id, label_fr, condition });
        }
        for (n, at) in roots.iter().enumerate() {
            if self.reaches(n, n, &mut vec![false; roots.len()]) {
                let fault =
                    Fault::new("flag-cycle", "cette condition dépend d’elle-même", "this condition depends on itself");
                self.blame(&at.key("when").unwrap_or_else(|| at.clone()), fault);
            }
        }
    }

    fn reaches(&self, from: usize, target: usize, seen: &mut [bool]) -> bool {
        let mut named = Vec::new();
        if let Some(flag) = self.flags.get(from) {
            flags_of(&flag.condition, &mut named);
        }
        named
            .into_iter()
            .any(|n| n == target || (!std::mem::replace(&mut seen[n], true) && self.reaches(n, target, seen)))
    }

    /// Answers the conditions of a list.
    pub(super) fn conditions(&mut self, items: &[At<'f>]) -> Vec<Condition> {
        items.iter().filter_map(|at| self.condition(at)).collect()
    }

    /// Answers the condition written at `at`; the schema has made sure it has one key.
    pub(super) fn condition(&mut self, at: &At<'f>) -> Option<Condition> {
        let (word, inner) = at.entries().into_iter().next()?;
        Some(match word {
            "always" => Condition::Always,
            "all" => Condition::All(self.conditions(&inner.items())),
            "any" => Condition::Any(self.conditions(&inner.items())),
            "none" => Condition::None(self.conditions(&inner.items())),
            "all_or_any" => Condition::AllOrAny {
                word: self.word_among(&inner, "word", Condition::WORDS)?,
                parts: self.conditions(&inner.list("of")),
            },
            "age" => {
                let (min, max) = self.bounds(&inner);
                Condition::Age { min, max }
            }
            "sex" => Condition::Sex(sex(inner.text())),
            "diagnosis" => Condition::Concept {
                concept: self.concept_of(&inner, "concept")?,
                state: match inner.text_of("state") {
                    "history" => ConceptState::History,
                    "in-month" => ConceptState::InMonth,
                    _ => ConceptState::Active,
                },
            },
            "latest" => Condition::Latest(self.latest(&inner)?),
            "latest_coded" => Condition::LatestCoded {
                question: self.concept_of(&inner, "question")?,
                value: self.concept_of(&inner, "value")?,
                absent: if inner.text_of("absent") == "is-unknown" { Absent::Unknown } else { Absent::No },
            },
            "exists" => Condition::Exists(Exists {
                evidence: self.evidence_of(&inner, "evidence")?,
                from: self.param(&inner, "from", ParamKind::Day),
                min_age: self.number(&inner, "min_age"),
            }),
            "right" => Condition::Right { right: self.concept(&inner)? },
            "ald" if inner.text() == "any" => Condition::Ald { number: None },
            "ald" => Condition::Ald { number: Some(self.concept(&inner)?) },
            "recognition" => Condition::Recognition {
                observation: self.concept_of(&inner, "observation")?,
                value: self.concept_of(&inner, "value")?,
            },
            "flag" => Condition::Flag(self.flag(&inner)?),
            _ => return None,
        })
    }

    fn flag(&mut self, at: &At<'f>) -> Option<FlagId> {
        let known = std::mem::take(&mut self.flag_ids);
        let found = self.resolve(at, &known, "unknown-flag", ("indicateur", "flag"));
        self.flag_ids = known;
        found.map(FlagId)
    }

    pub(super) fn evidence_of(&mut self, at: &At<'f>, key: &str) -> Option<EvidenceId> {
        let at = at.key(key)?;
        self.evidence(&at)
    }

    pub(super) fn evidence(&mut self, at: &At<'f>) -> Option<EvidenceId> {
        let known = std::mem::take(&mut self.evidence_ids);
        let found = self.resolve(at, &known, "unknown-evidence", ("preuve", "evidence"));
        self.evidence_ids = known;
        found.map(EvidenceId)
    }

    pub(super) fn bounds(&mut self, at: &At<'f>) -> AgeBounds {
        (self.number(at, "min"), self.number(at, "max"))
    }

    /// Answers the age bounds under a key, open when it is absent.
    pub(super) fn bounds_of(&mut self, at: &At<'f>, key: &str) -> AgeBounds {
        at.key(key).map_or((None, None), |at| self.bounds(&at))
    }

    fn latest(&mut self, at: &At<'f>) -> Option<Latest> {
        let of = if at.key("any_of").is_some() { at.list("any_of") } else { vec![at.clone()] };
        let of: Vec<LatestBound> = of.iter().filter_map(|bound| self.latest_bound(bound)).collect();
        let absent = self.absent(&at.key("absent")?)?;
        let within_months = self.number(at, "within");
        let age_at_measure = self.bounds_of(at, "age_at_measure");
        let not_during = match at.key("not_during") {
            Some(problem) => Some(self.concept(&problem)?),
            None => None,
        };
        (!of.is_empty()).then_some(Latest { of, within_months, age_at_measure, not_during, absent })
    }

    fn latest_bound(&mut self, at: &At<'f>) -> Option<LatestBound> {
        let words = [
            ("above", Compare::Above),
            ("at_least", Compare::AtLeast),
            ("at_most", Compare::AtMost),
            ("below", Compare::Below),
        ];
        if at.key("measure").is_none() {
            let fault = Fault::new("missing-key", "il manque « measure »", "\"measure\" is missing");
            self.blame(at, fault);
        }
        let measure = self.measure_of(at, "measure")?;
        let bounds: Vec<_> =
            words.into_iter().filter_map(|(word, compare)| Some((compare, self.number(at, word)?))).collect();
        Some(LatestBound { measure, bounds })
    }

    fn absent(&mut self, at: &At<'f>) -> Option<Absent> {
        Some(match at.text() {
            "is-no" => Absent::No,
            "is-unknown" => Absent::Unknown,
            "is-yes" => Absent::Yes,
            _ => Absent::UnknownIf(Box::new(self.condition(&at.key("unknown_if")?)?)),
        })
    }
}

pub(super) fn sex(word: &str) -> Sex {
    if word == "female" { Sex::Female } else { Sex::Male }
}

fn flags_of(condition: &Condition, out: &mut Vec<usize>) {
    match condition {
        Condition::Flag(FlagId(n)) => out.push(usize::from(*n)),
        Condition::All(inner)
        | Condition::Any(inner)
        | Condition::None(inner)
        | Condition::AllOrAny { parts: inner, .. } => {
            inner.iter().for_each(|c| flags_of(c, out));
        }
        Condition::Latest(Latest { absent: Absent::UnknownIf(inner), .. }) => flags_of(inner, out),
        _ => {}
    }
}
