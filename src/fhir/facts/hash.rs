//! Keyed hashes of identifiers: the only form in which an identifier leaves its resource.

use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;

/// The secret of the installation under which identifiers are hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct HashKey(pub [u8; 32]);

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashKey(..)")
    }
}

/// What a hash is of: two uses of one text never give one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// An identifier by which a reference meets a Patient (INS, PI, a local number).
    Link,
    /// A text that could not be read as such an identifier: it meets no Patient, ever.
    Unknown,
    /// An identifier by which a professional or a structure is named (RPPS, FINESS...).
    Actor,
    /// Any identifier, system and value.
    Identifier,
    /// The value of an identifier, whatever its system.
    IdentifierValue,
    /// The system of an identifier, whatever its value.
    IdentifierSystem,
}

impl HashKey {
    /// Answers HMAC-SHA-256 over the use and `system|value`, cut to 16 bytes.
    pub fn hash(&self, of: Use, system: &str, value: &str) -> [u8; 16] {
        let tag = match of {
            Use::Link => b'i',
            Use::Unknown => b'u',
            Use::Actor => b'a',
            Use::Identifier => b't',
            Use::IdentifierValue => b'v',
            Use::IdentifierSystem => b's',
        };
        let mut out = [0; 16];
        // A key of 32 bytes is always accepted: HMAC takes any length.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0) else { return out };
        mac.update(&[tag]);
        mac.update(system.as_bytes());
        mac.update(b"|");
        mac.update(value.as_bytes());
        out.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_key_use_system_and_value() {
        let (key, other) = (HashKey([7; 32]), HashKey([8; 32]));
        let base = key.hash(Use::Link, "s", "v");
        assert_eq!(base, key.hash(Use::Link, "s", "v"));
        for different in [
            other.hash(Use::Link, "s", "v"),
            key.hash(Use::Identifier, "s", "v"),
            key.hash(Use::Link, "s", "w"),
            key.hash(Use::Link, "", "v"),
            key.hash(Use::Unknown, "s", "v"),
        ] {
            assert_ne!(base, different);
        }
        assert!(!format!("{key:?}").contains('7'));
    }
}
