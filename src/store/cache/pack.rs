//! Bodies compressed for the cache, with a dictionary of what our resources repeat.
//!
//! A FHIR resource is small and most of it is the same words as in the next one: without a
//! dictionary zstd hardly helps, with one a body shrinks to about a quarter. Level 1, because the
//! cost per entry matters more than the last bytes.

use super::super::codec::Reader;
use super::super::codec::put_varint;
use super::super::types::Body;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::LazyLock;
use zstd::bulk::Compressor;
use zstd::bulk::Decompressor;
use zstd::dict::DecoderDictionary;
use zstd::dict::EncoderDictionary;

const LEVEL: i32 = 1;
/// Part of the cache's format: changing it means raising `entry::FORMAT`.
static DICTIONARY: &[u8] = include_bytes!("dictionary.txt");
static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// A body as the cache keeps it, borrowed from its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<'a> {
    pub meta_len: u32,
    raw_len: u32,
    bytes: &'a [u8],
}

/// Compresses a body; one that does not shrink is kept as it is.
pub(crate) fn pack(body: &Body) -> Vec<u8> {
    let raw = &body.bytes;
    let mut out = Vec::with_capacity(raw.len() / 2 + 64);
    put_varint(&mut out, u64::from(body.meta_len));
    put_varint(&mut out, raw.len() as u64);
    match compress(raw) {
        Some(packed) if packed.len() < raw.len() => out.extend_from_slice(&packed),
        _ => out.extend_from_slice(raw),
    }
    out
}

fn compress(raw: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            let mut new = Compressor::with_prepared_dictionary(&ENCODER).ok()?;
            // The length is kept beside the frame already.
            new.set_parameter(zstd::zstd_safe::CParameter::ContentSizeFlag(false)).ok()?;
            *slot = Some(new);
        }
        slot.as_mut()?.compress(raw).ok()
    })
}

impl<'a> Packed<'a> {
    pub(super) fn decode(value: &'a [u8]) -> Option<Packed<'a>> {
        let mut reader = Reader::new(value);
        let meta_len = reader.varint32()?;
        let raw_len = reader.varint32()?;
        Some(Packed { meta_len, raw_len, bytes: reader.rest() })
    }

    /// Answers the body as it was received; `None` when the bytes do not decompress to it.
    pub(super) fn unpack(&self) -> Option<Body> {
        let len = self.raw_len as usize;
        if self.bytes.len() == len {
            return Some(Body { bytes: Arc::from(self.bytes), meta_len: self.meta_len });
        }
        let raw = DECOMPRESSOR.with_borrow_mut(|slot| {
            if slot.is_none() {
                *slot = Decompressor::with_prepared_dictionary(&DECODER).ok();
            }
            slot.as_mut()?.decompress(self.bytes, len).ok()
        })?;
        (raw.len() == len && self.meta_len as usize <= len).then(|| Body { bytes: raw.into(), meta_len: self.meta_len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_byte_for_byte() {
        let observation = br#""status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"valueQuantity":{"value":7.10}"#;
        let noise: Vec<u8> = (0..999u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let cases: [(&[u8], u32); 4] = [(b"", 0), (b"x", 1), (observation, 12), (&noise, 3)];
        for (bytes, meta_len) in cases {
            let body = Body { bytes: bytes.into(), meta_len };
            let packed = pack(&body);
            assert_eq!(Packed::decode(&packed).and_then(|p| p.unpack()), Some(body));
        }
    }

    #[test]
    fn a_usual_body_shrinks_to_less_than_half() {
        let bytes: &[u8] = br#""status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Poids"}]},"subject":{"reference":"Patient/p000123"},"effectiveDateTime":"2025-03-04T09:15:00+01:00","valueQuantity":{"value":71.3,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}"#;
        let packed = pack(&Body { bytes: bytes.into(), meta_len: 0 });
        assert!(packed.len() * 2 < bytes.len(), "{} of {}", packed.len(), bytes.len());
    }
}
