//! The writing of queries: percent-encoding, alternatives, escapes (search.html#escaping).

use super::fault::SearchFault;
use super::token::Token;

/// Splits a query string into decoded names and values; a `+` is a blank.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>, SearchFault> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(n, v)| Ok((decoded(n)?, decoded(v)?))).collect()
}

/// Percent-encodes what is not unreserved or usual in a query: `decoded` reads it.
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:/,|$".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn decoded(text: &str) -> Result<String, SearchFault> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(), digit());
                let code = high.zip(low).map(|(h, l)| h * 16 + l).ok_or(SearchFault::BadEncoding)?;
                u8::try_from(code).map_err(|_| SearchFault::BadEncoding)?
            }
            plain => plain,
        });
    }
    String::from_utf8(out).map_err(|_| SearchFault::BadEncoding)
}

/// Splits at the commas that are not escaped.
pub(super) fn alternatives(value: &str) -> Vec<&str> {
    split(value, ',')
}

pub(super) fn split(value: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (place, c) in value.char_indices() {
        if c == at && !escaped {
            parts.push(&value[start..place]);
            start = place + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&value[start..]);
    parts
}

/// Takes the backslash from `\,` `\|` `\$` and `\\`.
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && matches!(chars.peek(), Some(',' | '|' | '$' | '\\'));
        out.push(if escapes { chars.next().unwrap_or(c) } else { c });
    }
    out
}

/// Answers the parts of a value between bars, each without its escapes.
pub(super) fn bars(value: &str) -> Vec<String> {
    split(value, '|').into_iter().map(|part| unescaped(part).trim().to_owned()).collect()
}

pub(super) fn token(value: &str) -> Option<Token> {
    match bars(value).as_slice() {
        [code] if !code.is_empty() => Some(Token::Any(code.clone())),
        [system, code] if !code.is_empty() => Some(Token::Exact(system.clone(), code.clone())),
        [system, _] if !system.is_empty() => Some(Token::System(system.clone())),
        _ => None,
    }
}
