//! Which parts of a condition decided what it says: those a person can look at one by one.
//!
//! Beside the verdict, not for it: nothing else rests on it. Where the verdict is unknown, what is missing
//! says why.

use super::Condition;
use super::evaluate::Context;
use super::evaluate::evaluate;
use crate::domain::finding::Facts;
use crate::domain::verdict::Verdict;

/// A part that decided, what it says itself and by which facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided<'c> {
    pub condition: &'c Condition,
    pub verdict: Verdict,
    pub facts: Facts,
}

/// Answers the parts that decided, in the order of the rule, each once: of a yes all that hold, of a no all
/// that stand against it. A named condition is one part. Nothing where the verdict is unknown.
pub fn decided<'c>(condition: &'c Condition, ctx: &mut Context<'_>) -> Vec<Decided<'c>> {
    let finding = evaluate(condition, ctx);
    let (parts, wanted) = match condition {
        _ if finding.verdict == Verdict::Unknown => return Vec::new(),
        Condition::All(parts) | Condition::Any(parts) | Condition::AllOrAny { parts, .. } => (parts, finding.verdict),
        Condition::None(parts) => (parts, !finding.verdict),
        _ => return vec![Decided { condition, verdict: finding.verdict, facts: finding.evidence }],
    };
    let mut parts: Vec<&Condition> = parts.iter().filter(|part| evaluate(part, ctx).verdict == wanted).collect();
    // What is asked of the other sex stands against nobody while something is asked of this one.
    if parts.iter().any(|part| !of_other_sex(part, ctx)) && matches!(condition, Condition::Any(_)) {
        parts.retain(|part| !of_other_sex(part, ctx));
    }
    let mut all: Vec<Decided<'c>> = Vec::new();
    for part in parts {
        for one in decided(part, ctx) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

/// Answers whether a part holds of nobody of the patient's sex.
fn of_other_sex(part: &Condition, ctx: &mut Context<'_>) -> bool {
    match part {
        Condition::Sex(_) => evaluate(part, ctx).verdict == Verdict::No,
        Condition::All(parts) => parts.iter().any(|part| matches!(part, Condition::Sex(_)) && of_other_sex(part, ctx)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::BirthReading;
    use crate::domain::dossier::Dossier;
    use crate::domain::fact::Sex;
    use crate::domain::testing::*;

    #[test]
    fn what_decides_is_told_for_the_patient_s_own_sex_and_nothing_where_it_is_unknown() {
        let mut book = Book::new();
        let (forty, fifty) = (book.number("41"), book.number("51"));
        let from = |min| Condition::Age { min: Some(min), max: None };
        let of = |sex, min| Condition::All(vec![Condition::Sex(sex), from(min)]);
        let rule = Condition::Any(vec![of(Sex::Male, forty), of(Sex::Female, fifty)]);
        let neither = Condition::None(vec![from(forty), from(fifty)]);
        let (man, from_forty, from_fifty) = (Condition::Sex(Sex::Male), from(forty), from(fifty));
        let cases = [
            ("2001-01-01", &rule, vec![(&from_forty, Verdict::No)]),
            ("1970-01-01", &rule, vec![(&man, Verdict::Yes), (&from_forty, Verdict::Yes)]),
            // Without a birth date it is unknown: what is missing says why.
            ("", &rule, Vec::new()),
            ("2001-01-01", &neither, vec![(&from_forty, Verdict::No), (&from_fifty, Verdict::No)]),
            ("1981-01-01", &neither, vec![(&from_forty, Verdict::Yes)]),
            ("1981-01-01", &man, vec![(&man, Verdict::Yes)]),
        ];
        for (birth, asked, want) in cases {
            let records = [person(birth, Sex::Male)];
            let dossier = Dossier::build(&records, &book.0);
            let mut ctx = Context::new(&dossier, day("2026-10-31"), BirthReading::Money);
            let told: Vec<(&Condition, Verdict)> =
                decided(asked, &mut ctx).into_iter().map(|one| (one.condition, one.verdict)).collect();
            assert_eq!(told, want, "{birth} {asked:?}");
        }
    }
}
