//! Cursors: where the next page begins, as a text that only this installation can read or make.
//!
//! The whole query travels in it, encrypted and authenticated under a key of the data directory,
//! so that no value of a search stands in a link of ours and nothing is kept between pages. It is
//! bound to one structure and one type.

use super::links::COUNT;
use super::links::CURSOR;
use super::links::HIDDEN;
use super::links::LEFT_OUT;
use super::refusal::bad_cursor;
use crate::app::Gateway;
use crate::app::failure::Failure;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::AeadInOut;
use chacha20poly1305::KeyInit;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::XNonce;
use hmac::Hmac;
use hmac::Mac;
use serde::Deserialize;
use serde::Serialize;
use sha2::Sha256;

/// What of a search the next page needs beside the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The state of the store the first page showed.
    pub snapshot: i64,
    /// The last resource shown: its place in the order asked for, and its id.
    pub rank: Vec<u8>,
    pub id: String,
    pub total: Option<u64>,
}

impl Mark {
    pub(super) fn snapshot(&self) -> Instant {
        Instant(self.snapshot)
    }
}

/// A cursor that was received.
pub(super) struct Cursor {
    pub mark: Mark,
    /// As it was received.
    pub sealed: String,
}

/// Decoded names and values of a query.
type Pairs = Vec<(String, String)>;

/// What a sealed text is for: one is never taken for another.
#[derive(Clone, Copy)]
enum Use {
    /// Where a page begins.
    Page,
    /// What a link leaves out.
    Values,
}

/// A cursor's content; raise `VERSION` when its form or its meaning changes.
#[derive(Serialize, Deserialize)]
struct Content {
    pairs: Pairs,
    mark: Mark,
}

const VERSION: u8 = 1;
/// The longest cursor: that of a form with a thousand ids still is a page link we can read. One
/// too long for a proxy may be sent by `POST _search` as well.
const LONGEST: usize = 60_000;

/// Makes and reads cursors.
pub(super) struct Cursors {
    cipher: XChaCha20Poly1305,
    /// Under which nonces are made.
    nonces: [u8; 32],
}

impl Gateway {
    pub(super) fn cursors(&self) -> Cursors {
        Cursors::new(&self.store.key())
    }

    /// Answers the parameters to search with: those given, or those of the cursor among them.
    pub(super) fn turned_to(
        &self,
        structure: &str,
        kind: Kind,
        pairs: &[(String, String)],
    ) -> Result<(Pairs, Option<Cursor>), Failure> {
        if pairs.iter().any(|(name, _)| name == CURSOR) {
            self.cursors().take(structure, kind, pairs).map(|(pairs, cursor)| (pairs, Some(cursor)))
        } else if pairs.iter().any(|(name, _)| name == LEFT_OUT) {
            self.cursors().put_back(structure, kind, pairs).ok_or_else(bad_cursor).map(|pairs| (pairs, None))
        } else {
            Ok((pairs.to_vec(), None))
        }
    }
}

impl Cursors {
    fn new(secret: &[u8; 32]) -> Cursors {
        let key = keyed(secret, &[b"search cursor: key"]);
        Cursors { cipher: XChaCha20Poly1305::new(&key.into()), nonces: keyed(secret, &[b"search cursor: nonce"]) }
    }

    /// Answers what a cursor among the parameters stands for.
    fn take(&self, structure: &str, kind: Kind, pairs: &[(String, String)]) -> Result<(Pairs, Cursor), Failure> {
        let mut cursors = pairs.iter().filter(|(name, _)| name == CURSOR);
        let (Some((_, sealed)), None) = (cursors.next(), cursors.next()) else { return Err(bad_cursor()) };
        // A cursor is a whole query: nothing can be added to it but how it is written, and how much of it
        // is on one page, which some clients say with every page.
        if !pairs.iter().all(|(name, _)| matches!(name.as_str(), CURSOR | COUNT | "_format" | "_pretty")) {
            return Err(bad_cursor());
        }
        let mut content = self.open(Use::Page, (structure, kind), sealed).ok_or_else(bad_cursor)?;
        let counts: Pairs = pairs.iter().filter(|(name, _)| name == COUNT).cloned().collect();
        if !counts.is_empty() {
            content.pairs.retain(|(name, _)| name != COUNT);
            content.pairs.extend(counts);
        }
        Ok((content.pairs, Cursor { mark: content.mark, sealed: sealed.clone() }))
    }

    /// Answers the cursor of the page after `mark`; a query that fits in no URL has none.
    pub(super) fn seal(
        &self,
        structure: &str,
        kind: Kind,
        pairs: &[(String, String)],
        mark: &Mark,
    ) -> Result<String, Failure> {
        self.seal_for(Use::Page, (structure, kind), Content { pairs: pairs.to_vec(), mark: mark.clone() })
    }

    /// Answers what a link leaves out, sealed, so that it can be followed by whoever was given it.
    pub(super) fn seal_values(&self, structure: &str, kind: Kind, left_out: Pairs) -> Result<String, Failure> {
        self.seal_for(Use::Values, (structure, kind), Content { pairs: left_out, mark: Mark::default() })
    }

    /// Answers the parameters of a link with what it left out.
    fn put_back(&self, structure: &str, kind: Kind, pairs: &[(String, String)]) -> Option<Pairs> {
        let mut sealed = pairs.iter().filter(|(name, _)| name == LEFT_OUT);
        let (Some((_, text)), None) = (sealed.next(), sealed.next()) else { return None };
        let mut values = self.open(Use::Values, (structure, kind), text)?.pairs.into_iter();
        let mut whole = Vec::with_capacity(pairs.len());
        for (name, value) in pairs.iter().filter(|(name, _)| name != LEFT_OUT) {
            match value.as_str() {
                HIDDEN => whole.push(values.next().filter(|(of, _)| of == name)?),
                _ => whole.push((name.clone(), value.clone())),
            }
        }
        values.next().is_none().then_some(whole)
    }

    fn seal_for(&self, of: Use, (structure, kind): (&str, Kind), content: Content) -> Result<String, Failure> {
        let mut bytes = postcard::to_allocvec(&content).map_err(|_| Failure::internal())?;
        // One nonce per content: what was never encrypted before cannot meet a nonce again.
        let bound = bound(of, structure, kind);
        let digest = keyed(&self.nonces, &[&bound, &[0], &bytes]);
        let nonce: [u8; 24] = digest[..24].try_into().map_err(|_| Failure::internal())?;
        self.cipher.encrypt_in_place(&XNonce::from(nonce), &bound, &mut bytes).map_err(|_| Failure::internal())?;
        let sealed = URL_SAFE_NO_PAD.encode([&[VERSION], &nonce[..], &bytes].concat());
        if sealed.len() > LONGEST { Err(super::refusal::too_costly()) } else { Ok(sealed) }
    }

    fn open(&self, of: Use, (structure, kind): (&str, Kind), sealed: &str) -> Option<Content> {
        if sealed.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<24>()?;
        let mut bytes = sealed.to_vec();
        self.cipher.decrypt_in_place(&XNonce::from(*nonce), &bound(of, structure, kind), &mut bytes).ok()?;
        if *version == VERSION { postcard::from_bytes(&bytes).ok() } else { None }
    }
}

/// What a cursor is authenticated with beside its content.
fn bound(of: Use, structure: &str, kind: Kind) -> Vec<u8> {
    // No structure has a zero in its id.
    let of: &[u8] = match of {
        Use::Page => &[],
        Use::Values => b"\0values",
    };
    [&[VERSION, kind.code()], structure.as_bytes(), of].concat()
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of 32 bytes is always accepted: HMAC takes any length.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        Mark { snapshot: 12, rank: vec![0, 255], id: "o1".to_owned(), total: Some(3) }
    }

    fn pairs() -> Vec<(String, String)> {
        vec![("identifier".to_owned(), "urn:x|SECRET-77".to_owned())]
    }

    #[test]
    fn a_cursor_comes_back_and_shows_nothing() {
        let cursors = Cursors::new(&[7; 32]);
        let sealed = cursors.seal("s", Kind::Patient, &pairs(), &mark()).unwrap();
        assert!(sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{sealed}");
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        assert!(memchr::memmem::find(&bytes, b"SECRET").is_none());
        let asked = [(CURSOR.to_owned(), sealed.clone())];
        let (back, cursor) = cursors.take("s", Kind::Patient, &asked).unwrap();
        assert_eq!((back, cursor.mark), (pairs(), mark()));
        assert_eq!(sealed, cursors.seal("s", Kind::Patient, &pairs(), &mark()).unwrap());
    }

    #[test]
    fn a_cursor_of_another_or_a_changed_one_is_refused() {
        let cursors = Cursors::new(&[7; 32]);
        let sealed = cursors.seal("s", Kind::Patient, &pairs(), &mark()).unwrap();
        assert!(cursors.open(Use::Page, ("t", Kind::Patient), &sealed).is_none());
        assert!(cursors.open(Use::Page, ("s", Kind::Observation), &sealed).is_none());
        assert!(Cursors::new(&[8; 32]).open(Use::Page, ("s", Kind::Patient), &sealed).is_none());
        for end in 0..sealed.len() {
            assert!(cursors.open(Use::Page, ("s", Kind::Patient), &sealed[..end]).is_none(), "{end}");
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(
                cursors.open(Use::Page, ("s", Kind::Patient), &String::from_utf8(changed).unwrap()).is_none(),
                "{at}"
            );
        }
        let with = |extra: &str| [(CURSOR.to_owned(), sealed.clone()), (extra.to_owned(), "1".to_owned())];
        assert!(cursors.take("s", Kind::Patient, &with("_sort")).is_err());
        assert!(cursors.take("s", Kind::Patient, &with("_pretty")).is_ok());
        let (turned, _) = cursors.take("s", Kind::Patient, &with("_count")).unwrap();
        assert_eq!(turned, [pairs(), vec![("_count".to_owned(), "1".to_owned())]].concat());
    }
}
