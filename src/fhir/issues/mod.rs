//! The table of stable codes, in five parts by what they speak of.
//!
//! Owns: every `IssueKind`. A code is never reused and never changes its meaning; a new fault gets
//! a new number. CodeSystem/outcome is generated from `ALL`.
//! Must not know: HTTP statuses. Texts take element names, type names, counts, limits and codes of
//! ours as arguments, never a value of the sender's.

use crate::fhir::issue::IssueKind;

macro_rules! issue_table {
    ($($name:ident = $code:literal $fhir:literal $severity:ident $class:ident, $fr:literal, $en:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "`, of FHIR type ", $fhir, ".")]
            pub const $name: IssueKind = IssueKind {
                code: $code,
                fhir: $fhir,
                severity: Severity::$severity,
                class: Class::$class,
                fr: $fr,
                en: $en,
            };
        )+
        /// Every code of this part.
        pub(super) const TABLE: &[&IssueKind] = &[$(&$name),+];
    };
}

mod contract;
mod exchange;
mod invariants;
mod structure;
mod terminology;

pub use contract::*;
pub use exchange::*;
pub use invariants::*;
pub use structure::*;
pub use terminology::*;

/// Every stable code, in the order in which it is published.
pub const ALL: &[&IssueKind] = &joined();

const LENGTH: usize = structure::TABLE.len()
    + contract::TABLE.len()
    + exchange::TABLE.len()
    + terminology::TABLE.len()
    + invariants::TABLE.len();

const fn joined() -> [&'static IssueKind; LENGTH] {
    let parts = [structure::TABLE, contract::TABLE, exchange::TABLE, terminology::TABLE, invariants::TABLE];
    let mut all = [structure::TABLE[0]; LENGTH];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].len() {
            all[at] = parts[part][row];
            at += 1;
            row += 1;
        }
        part += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::issue::Class;
    use crate::fhir::issue::Severity;

    /// IssueType of FHIR R4, as far as it concerns us.
    const ISSUE_TYPES: &[&str] = &[
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "security",
        "login",
        "unknown",
        "expired",
        "forbidden",
        "suppressed",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "too-costly",
        "business-rule",
        "conflict",
        "transient",
        "lock-error",
        "no-store",
        "exception",
        "timeout",
        "incomplete",
        "throttled",
        "informational",
    ];

    #[test]
    fn each_code_stands_once_and_has_the_form_of_a_code() {
        let mut seen = std::collections::HashSet::new();
        for kind in ALL {
            assert!(seen.insert(kind.code), "{} twice", kind.code);
            let parts: Vec<&str> = kind.code.split('-').collect();
            let [mtr, area, number] = parts[..] else { panic!("{}", kind.code) };
            assert_eq!(mtr, "MTR");
            assert!(area.len() == 3 && area.bytes().all(|b| b.is_ascii_uppercase()), "{}", kind.code);
            assert!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "{}", kind.code);
        }
    }

    #[test]
    fn each_code_has_a_fhir_type_and_the_same_arguments_in_both_languages() {
        for kind in ALL {
            assert!(ISSUE_TYPES.contains(&kind.fhir), "{}: {}", kind.code, kind.fhir);
            assert!(!kind.fr.is_empty() && !kind.en.is_empty(), "{}", kind.code);
            for n in 0..5 {
                let mark = format!("{{{n}}}");
                assert_eq!(kind.fr.contains(&mark), kind.en.contains(&mark), "{} {mark}", kind.code);
            }
        }
    }

    #[test]
    fn advice_never_refuses_and_the_rest_of_the_content_faults_do() {
        for kind in ALL {
            match kind.class {
                Class::Advice => assert!(kind.severity < Severity::Error, "{}", kind.code),
                Class::Malformed | Class::Contract | Class::UnacceptedType => {
                    assert!(kind.severity >= Severity::Error, "{}", kind.code);
                }
                Class::Exchange => {}
            }
        }
    }
}
