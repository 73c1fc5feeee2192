//! What a refusal may repeat of what was sent: words of closed lists. Any other word may be anything, a
//! name among them.

use super::results;
use super::table::parameters;
use crate::domain::fact::Kind;

/// Names of parameters that FHIR R4 or this interface has beside those of the tables.
const OTHERS: [&str; 21] = [
    "_at",
    "_cascade",
    "_contained",
    "_containedType",
    "_content",
    "_filter",
    "_format",
    "_has",
    "_id",
    "_lastUpdated",
    "_list",
    "_page",
    "_pretty",
    "_profile",
    "_query",
    "_security",
    "_since",
    "_source",
    "_tag",
    "_text",
    "_type",
];

/// Answers the name of a parameter, without what modifies it, where it is one; `?` for any other word.
pub fn parameter_word(sent: &str) -> &'static str {
    let bare = sent.split([':', '.']).next().unwrap_or(sent);
    let named = results::NAMES.into_iter().chain(OTHERS).find(|name| *name == bare);
    let of_types = || Kind::ALL.iter().flat_map(|kind| parameters(*kind)).map(|p| p.name).find(|name| *name == bare);
    named.or_else(of_types).unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_parameter_is_repeated_and_no_other_word() {
        for (sent, told) in [
            ("_sort", "_sort"),
            ("_revinclude:iterate", "_revinclude"),
            ("_has:Observation:patient:code", "_has"),
            ("birthdate", "birthdate"),
            ("subject:Patient.name", "subject"),
            ("Dupont", "?"),
            ("199012", "?"),
            ("", "?"),
        ] {
            assert_eq!(parameter_word(sent), told, "{sent}");
        }
    }
}
