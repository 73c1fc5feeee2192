//! The atoms of JSON: strings, escapes and numbers, by their grammar (RFC 8259).

use super::fault::JsonFaultKind;

/// Where and why reading stopped.
pub(super) struct Stop {
    pub(super) kind: JsonFaultKind,
    pub(super) at: usize,
}

/// Answers how many bytes from here on are neither quote, backslash nor control, eight at a time.
pub(super) fn plain(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The classic test for a zero byte, exact for the first one from the low end.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = 0;
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = &text[at.min(text.len())..];
    at + rest.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(rest.len())
}

/// Checks the escape at `at`; answers where it ends.
pub(super) fn escape(text: &[u8], at: usize) -> Result<usize, Stop> {
    let bad = || Stop { kind: JsonFaultKind::NotJson, at };
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match hex(text, at + 2).ok_or_else(bad)? {
            // Half a surrogate pair is no character: nothing could give it back.
            0xdc00..=0xdfff => Err(bad()),
            0xd800..=0xdbff => {
                let follows = text.get(at + 6..at + 8) == Some(b"\\u");
                let low = hex(text, at + 8).filter(|u| follows && (0xdc00..=0xdfff).contains(u));
                low.map(|_| at + 12).ok_or_else(bad)
            }
            _ => Ok(at + 6),
        },
        _ => Err(bad()),
    }
}

fn hex(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    digits.iter().try_fold(0, |n, b| char::from(*b).to_digit(16).map(|d| n * 16 + d))
}

/// Checks the number at `start`; answers where it ends.
pub(super) fn number(text: &[u8], start: usize) -> Result<usize, Stop> {
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    at = match text.get(at) {
        Some(b'0') => at + 1,
        _ => digits(text, at)?,
    };
    if text.get(at) == Some(&b'.') {
        at = digits(text, at + 1)?;
    }
    let scaled = matches!(text.get(at), Some(b'e' | b'E'));
    if scaled {
        at += 1;
        at = digits(text, at + usize::from(matches!(text.get(at), Some(b'+' | b'-'))))?;
    }
    let number = &text[start..at];
    if (scaled || number.len() > 300) && !finite(number) {
        return Err(Stop { kind: JsonFaultKind::NumberOutOfRange, at: start });
    }
    Ok(at)
}

fn digits(text: &[u8], start: usize) -> Result<usize, Stop> {
    let count = text[start.min(text.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 { Err(Stop { kind: JsonFaultKind::NotJson, at: start }) } else { Ok(start + count) }
}

fn finite(number: &[u8]) -> bool {
    let text = std::str::from_utf8(number).unwrap_or("");
    text.parse::<f64>().is_ok_and(f64::is_finite)
}
