//! What an interaction that searches nothing takes of its address: how the answer is written, and how
//! much of it. Anything else is refused rather than passed over in silence: it may be a misspelling.

use super::failure::{Failure, Reason};
use crate::fhir::issue::Issue;
use crate::fhir::issue::nearest;
use crate::fhir::issues;
use crate::fhir::search::Unknown;
use crate::fhir::search::parameter_word;

/// How an answer is written, and how much of it is shown.
pub const OF_THE_ANSWER: [&str; 4] = ["_format", "_pretty", "_summary", "_elements"];

/// Refuses a parameter that is none of `known`, unless such are passed over. `place` names the interaction.
pub fn only_known(
    pairs: &[(String, String)],
    known: &[&str],
    (place, unknown): (&str, Unknown),
) -> Result<(), Failure> {
    let foreign = pairs.iter().map(|(name, _)| name).find(|name| !known.contains(&name.as_str()));
    match foreign.filter(|_| unknown == Unknown::Refused) {
        Some(name) => Err(unknown_parameter(name, place, known)),
        None => Ok(()),
    }
}

/// Answers the refusal of a parameter that is none of `known`, with the nearest of them where one is near. The
/// name itself is told where it is one of FHIR: any other word may be anything.
pub fn unknown_parameter(sent: &str, place: &str, known: &[&str]) -> Failure {
    let near = nearest(sent, known.iter().copied()).map_or(String::new(), |near| format!("{near} ? "));
    let near = if known.is_empty() { String::new() } else { format!(" ({near}{})", known.join(", ")) };
    let issue = Issue::general(&issues::PARAMETER_UNKNOWN, &[parameter_word(sent), place, &near]);
    Failure::new(Reason::NotSupported, issue)
}
