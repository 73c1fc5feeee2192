//! JSON strings: decoding and encoding, and the byte order mark.

use std::borrow::Cow;

/// Answers the text of a checked JSON string literal, quotes included in `literal`.
pub fn decode(literal: &[u8]) -> Cow<'_, str> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or(&[]);
    if !inner.contains(&b'\\') {
        return String::from_utf8_lossy(inner);
    }
    // The escapes are rare: leave them to the parser that validation uses as well.
    serde_json::from_slice::<String>(literal).map_or_else(|_| String::from_utf8_lossy(inner), Cow::Owned)
}

/// Appends `text` as a JSON string literal.
pub fn encode(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[run..at]);
        run = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => out.extend_from_slice(format!("\\u{other:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&bytes[run..]);
    out.push(b'"');
}

/// Answers the bytes after a UTF-8 byte order mark, which some Windows software sends.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}
