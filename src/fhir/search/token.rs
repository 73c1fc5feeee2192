//! Tokens: codings as `code NUL system`, identifiers as keyed hashes.
//!
//! The code comes first, so that `code` and `system|code` both begin a range of keys. Nothing of
//! an identifier is ever in a key in clear.

use crate::fhir::facts::HashKey;
use crate::fhir::facts::hash::Use;
use crate::fhir::facts::identity::normal;

/// A form of token in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `code`: of any system.
    Any(String),
    /// `system|code`; the empty system is `|code`, without a system.
    Exact(String, String),
    /// `system|`: any code of the system.
    System(String),
}

/// Answers the key of a coding, or `None` when a NUL in it would forge another.
pub(super) fn coding_key(system: &str, code: &str) -> Option<Box<[u8]>> {
    let clean = !system.contains('\0') && !code.contains('\0');
    clean.then(|| format!("{code}\0{system}").into_bytes().into())
}

/// Answers the hashed keys of an identifier: both, value alone, system alone.
pub(super) fn identifier_keys(system: &str, value: &str, key: &HashKey) -> [Box<[u8]>; 3] {
    let (system, value) = normal(system, value);
    [
        tagged(b't', key.hash(Use::Identifier, &system, &value)),
        tagged(b'v', key.hash(Use::IdentifierValue, "", &value)),
        tagged(b's', key.hash(Use::IdentifierSystem, &system, "")),
    ]
}

/// Answers the key an identifier token asks for.
pub(super) fn asked_identifier(token: &Token, key: &HashKey) -> Box<[u8]> {
    let [both, value, system] = match token {
        Token::Any(value) => identifier_keys("", value, key),
        Token::Exact(system, value) => identifier_keys(system, value, key),
        Token::System(system) => identifier_keys(system, "", key),
    };
    match token {
        Token::Any(_) => value,
        Token::Exact(..) => both,
        Token::System(_) => system,
    }
}

/// Answers whether an identifier's key is that of its system alone, which does not lead.
pub(super) fn is_system_key(key: &[u8]) -> bool {
    key.first() == Some(&b's')
}

fn tagged(tag: u8, hash: [u8; 16]) -> Box<[u8]> {
    let mut key = vec![tag];
    key.extend_from_slice(&hash);
    key.into()
}
